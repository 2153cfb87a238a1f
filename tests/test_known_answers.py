"""What is put in comes out: each configured chance, alone, in a chain of verbs, and in the metrics of a whole run.

Counts are exact binomial ones, so a check is red when the count has less than half a chance in a million on its
side (see `tests/budget.py`); each docstring says the smallest error that is noticed 99 times in 100.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from glasstown import tables as t
from glasstown.consequence.appeal import appeal
from glasstown.consequence.halt import TAKEN, halt
from glasstown.consequence.knobs import Appeal, Response, Stop
from glasstown.consequence.respond import respond
from glasstown.core.keys import Key
from glasstown.core.quantity import assume
from glasstown.sensing.adjudicate import adjudicate, in_order
from glasstown.sensing.capture import capture, working
from glasstown.sensing.compare import compare
from glasstown.sensing.knobs import Cameras, Operator, Recognition, Watchlist
from glasstown.sensing.passes import compile_passes
from glasstown.sensing.recognition import operating_point
from glasstown.sensing.views import posts
from glasstown.sensing.watchlist import enrol
from glasstown.state import Layout
from glasstown.study.run import Run, run_scenario
from tests import worlds
from tests.budget import agrees

KEY = Key.from_seed(131)
N = 200_000
DAY, NIGHT = 720, 1_400


def numbers(knobs: Any, /, **values: Any) -> Any:
    return knobs(**{name: v if isinstance(v, str | dict) else assume(v) for name, v in values.items()})


# ---------------------------------------------------------------- capture, by distance, light and mode
CAMERAS = numbers(
    Cameras, capture=0.8, half_distance=12, night=0.4, ride=0.25, working=1, dawn_minute=420, dusk_minute=1_140
)
DISTANCES_DM = (0, 60, 120, 240)


@cache
def captured(ride: bool, minute: int) -> t.Captures:
    """Let 200,000 people pass cameras that look along one straight street, each from its own distance."""
    length, n_pieces = 10_039, 251
    street = Layout(
        nodes=t.Nodes.of(node=[0, 1], x_dm=[0, length], y_dm=[0, 0]),
        streets=t.Streets.of(segment=[0], node_a=[0], node_b=[1], length_dm=[length], kind=[0]),
        points=t.StreetPoints.of(segment=[0, 0], x_dm=[0, length], y_dm=[0, 0]),
        places=t.Places.empty(),
        projection=None,
        notes={},
    )
    n = len(DISTANCES_DM)
    other = {c.name: np.zeros(n) for c in t.Devices.columns()}
    # Each stands above the middle of a piece of the street, so that its shortest distance is the one stated.
    seat = length * (100 * np.arange(n) + 1) // (2 * n_pieces)
    place = {"x_dm": seat, "y_dm": DISTANCES_DM, "direction_deg": np.full(n, -1), "range_dm": np.full(n, 400)}
    there = {"device": np.arange(n), "alive": np.ones(n), "certainty_percent": np.ones(n)}
    devices = t.Devices.of(**(other | place | there))
    standing = posts(devices, street)
    assert standing.nearest_dm.tolist() == list(DISTANCES_DM)
    route = {c.name: [0] for c in t.Routes.columns()} | {"n_steps": [1], "length_dm": [length], "minutes": [10]}
    routes = t.Routes.of(**(route | {"ride": [ride]}))
    steps = t.Steps.of(segment=[0], forward=[True])
    passes = compile_passes(routes, steps, standing, devices, street.streets.length_dm, CAMERAS)
    nothing = {c.name: np.zeros(N) for c in t.Trips.columns()}
    times = {
        "depart_minute": np.full(N, minute),
        "travel_minutes": np.full(N, 10),
        "until_minute": np.full(N, t.NO_CUT),
    }
    trips = t.Trips.of(**(nothing | times | {"person": np.arange(N)}))
    on = working(devices, CAMERAS, KEY)
    return capture(trips, passes, on, on, CAMERAS, KEY("minute", minute, int(ride))).captures


@pytest.mark.parametrize(("minute", "light"), [(DAY, 1.0), (NIGHT, 0.4)])
@pytest.mark.parametrize(("ride", "mode"), [(False, 1.0), (True, 0.25)])
def test_capture_by_distance_light_and_mode(ride: bool, mode: float, minute: int, light: float) -> None:
    """0.8 at no distance, half of it at 12 m, a fifth at 24 m; 0.4 of that at night, a quarter for riders.

    Smallest error noticed: 0.9 points of a capture's chance.
    """
    found = captured(ride, minute)
    for device, distance in enumerate(DISTANCES_DM):
        stated = 0.8 * mode * light / (1 + (distance / 120) ** 2)
        agrees(np.count_nonzero(found.device == device), N, stated, notices=0.009)


# ---------------------------------------------------------------- a chain of verbs
RECOGNITION = numbers(Recognition, fmr=2e-4, fnmr=0.25, fmr_by_group={"b": assume(3)}, fmr_by_sex={"f": assume(2)})
GROUPS, SIZE = ("a", "b"), 1_000


def everyone() -> t.People:
    who = np.arange(N)
    usual = {c.name: np.zeros(N) for c in t.People.columns()}
    return t.People.of(**(usual | {"person": who, "group": who % 2, "sex": who // 2 % 2}))


@pytest.mark.parametrize("repeat", [0.0, 0.4])
def test_the_wrong_person_is_stopped_taken_and_appeals_as_often_as_the_chances_multiply(repeat: float) -> None:
    """Capture 0.8 x FPIR by kind (0.18 to 0.70) x confirmed 0.5 x found 0.7 x taken 0.4 x files 0.6 x granted 0.5.

    Smallest error noticed: 1.7 points of a kind's candidates, 1.4 of its stops, 0.9 of those taken and of the rest.
    """
    people = everyone()
    point = operating_point(RECOGNITION.model_copy(update={"repeat": assume(repeat)}), GROUPS, SIZE)
    point = replace(point, size=0.0)  # one look-alike at most, so that nobody is confirmed twice in one search
    (gallery,) = enrol([people], numbers(Watchlist, size=SIZE), point, KEY)
    faces = captured(False, DAY)
    faces = faces.take(faces.device == 0)
    compared = compare(faces, np.ones(4, np.bool_), people, gallery, point, KEY)
    room = numbers(Operator, kind="human", confirm_true=0, confirm_false=0.5)
    alerts = adjudicate(in_order(compared.candidates, KEY), room, 0, SIZE, KEY).alerts
    stop = numbers(Stop, found=0.7, taken_if_true=0, taken_if_false=0.4)
    out = halt(alerts, people, gallery.references.wrongly_listed, stop, KEY).outcomes
    taken = out.take(out.outcome == TAKEN)
    filed = appeal(t.Appeals.empty(), out, numbers(Appeal, files=0.6, granted=0.5), 0, KEY).waiting
    won = appeal(filed, t.Outcomes.empty(), numbers(Appeal, files=0.6, granted=0.5), 1, KEY).granted
    standing = t.Standing(people.person, np.zeros(N, np.int16), np.zeros(N, np.int16))
    changed = respond(
        standing,
        out,
        t.Sanctions.empty(),
        won,
        np.zeros(0, np.int32),
        numbers(Response, kind="avoid", avoids=0.3),
        1,
        KEY,
    ).responses
    for group in range(2):
        for sex in range(2):
            fpir = 1 - (1 - 2e-4 * (1, 3)[group] * (2, 1)[sex]) ** SIZE

            def of_kind(person: Any, group: int = group, sex: int = sex) -> int:
                return int(np.count_nonzero((person % 2 == group) & (person // 2 % 2 == sex)))

            chance = 0.8 * fpir
            agrees(of_kind(compared.candidates.person), N // 4, chance, notices=0.017)
            agrees(of_kind(out.person[out.outcome > 0]), N // 4, chance * 0.35, notices=0.014)
            agrees(of_kind(taken.person), N // 4, chance * 0.14, notices=0.009)
            agrees(of_kind(filed.person), N // 4, chance * 0.084, notices=0.008)
            agrees(of_kind(won.person), N // 4, chance * 0.042, notices=0.006)
            agrees(of_kind(changed.person), N // 4, chance * 0.35 * 0.3, notices=0.009)


def test_the_right_person_is_found_and_the_wrongly_listed_pay_as_often_as_the_chances_multiply() -> None:
    """Capture 0.8 x TPIR 0.75 x confirmed 0.9 x found 0.7 x taken 0.8; a third of the list is there by mistake.

    Smallest error noticed: 1.3 points of 100,000 listed people taken, 1.1 of the wrongly listed.
    """
    people = everyone()
    point = operating_point(RECOGNITION.model_copy(update={"fmr": assume(0)}), GROUPS, N)
    listing = numbers(Watchlist, size=N, residents_per_1000=500, wrongly_listed=1 / 3)
    (gallery,) = enrol([people], listing, point, KEY)
    faces = captured(False, DAY)
    compared = compare(faces.take(faces.device == 0), np.ones(4, np.bool_), people, gallery, point, KEY)
    room = numbers(Operator, kind="human", confirm_true=0.9, confirm_false=0)
    alerts = adjudicate(in_order(compared.candidates, KEY), room, 0, N, KEY).alerts
    stop = numbers(Stop, found=0.7, taken_if_true=0.8, taken_if_false=1)
    out = halt(alerts, people, gallery.references.wrongly_listed, stop, KEY).outcomes
    assert out.mated.all()
    chance = 0.8 * 0.75 * 0.9 * 0.7
    agrees(np.count_nonzero(out.outcome > 0), N // 2, chance, notices=0.013)
    agrees(np.count_nonzero(out.outcome == TAKEN), N // 2, chance * 0.8, notices=0.013)
    agrees(np.count_nonzero((out.outcome > 0) & out.wrongly_listed), N // 2, chance / 3, notices=0.011)


# ---------------------------------------------------------------- the metrics of a whole run
WHOLE: dict[str, object] = {
    "town.groups": {"a": 0.5, "b": 0.5},
    "town.streets.least_nodes": 200,
    "sensing.cameras.per_km": 25,
    "sensing.cameras.capture": 1,
    "sensing.cameras.night": 1,
    "sensing.cameras.ride": 1,
    "sensing.cameras.half_distance": 100_000,
    "sensing.cameras.dead": 0,
    "sensing.cameras.working": 1,
    "sensing.watchlist.size": 500,
    "sensing.watchlist.residents_per_1000": 300,
    "sensing.watchlist.wrongly_listed": 0,
    "sensing.recognition.system": "custom",
    "sensing.recognition.fmr": 5e-5,
    "sensing.recognition.fnmr": 0.3,
    "sensing.recognition.fmr_by_group": {"b": 4},
    "sensing.recognition.fmr_by_sex": {"f": 2},
    "sensing.recognition.fnmr_by_group": {"b": 2},
    "sensing.recognition.repeat": 0,
    "sensing.recognition.misses_by_person": 0,
    "sensing.recognition.misses_by_day": 0,
    "sensing.recognition.misses_by_place": 0,
    "sensing.recognition.unmatchable": 0,
    "sensing.operator.confirm_true": 0.8,
    "sensing.operator.confirm_false": 0.25,
    "sensing.operator.reviews_per_hour": 1_000_000,
    "sensing.case_minutes": 0,
    "consequence.stop.found": 0,
    "consequence.response.kind": "off",
}


@cache
def whole_run() -> Run:
    """A run in which nobody is stopped, so that every search and every look is a trial of its own."""
    return run_scenario(worlds.town(700, 2, WHOLE), 5)


def estimate(name: str, by: Any = None, group: Any = None) -> tuple[float, int]:
    (e,) = (m for m in whole_run().metrics if (m.name, m.by, m.group) == (name, by, group))
    assert e.value is not None
    return e.value, e.n


@pytest.mark.parametrize("sex", ["f", "m"])
@pytest.mark.parametrize("group", ["a", "b"])
def test_the_run_reports_the_fpir_that_was_put_in(group: str, sex: str) -> None:
    """By group and sex 0.025 to 0.18; smallest error noticed: 4 points."""
    value, n = estimate("fpir", ("sex", "group"), (sex, group))
    stated = 1 - (1 - 5e-5 * {"a": 1, "b": 4}[group] * {"f": 2, "m": 1}[sex]) ** 500
    agrees(round(value * n), n, stated, notices=0.04)


@pytest.mark.parametrize(("group", "stated"), [("a", 0.7), ("b", 0.4)])
def test_the_run_reports_the_tpir_that_was_put_in(group: str, stated: float) -> None:
    """Smallest error noticed: 5 points."""
    value, n = estimate("tpir", "group", group)
    agrees(round(value * n), n, stated, notices=0.05)


def test_the_run_reports_the_operators_rates_and_certain_captures() -> None:
    """Every pass of a working camera is a capture; right and wrong candidates are confirmed as stated.

    Smallest error noticed: 3 points of true alerts, 5 of false ones.
    """
    assert estimate("passes_per_person_day") == estimate("captures_per_person_day")
    ledger: Any = whole_run().tables["ledger"]
    found, alerts = int(ledger.mated_found.sum()), int(ledger.true_alerts.sum())
    agrees(alerts, found, 0.8, notices=0.03)
    agrees(int(ledger.false_alerts.sum()), int(ledger.candidates.sum()) - found, 0.25, notices=0.05)
    assert estimate("alerts")[0] == alerts + ledger.false_alerts.sum()
    assert estimate("stops")[0] == 0


def test_the_run_without_cameras_sees_nothing() -> None:
    for name in (
        "searches",
        "candidates",
        "alerts",
        "stops",
        "captures_per_person_day",
        "minutes_lost",
        "trips_avoided",
    ):
        (e,) = (m for m in whole_run().counterfactual if (m.name, m.by) == (name, None))
        assert e.value == 0
    for name in ("fpir", "tpir", "ppv"):
        (e,) = (m for m in whole_run().counterfactual if (m.name, m.by) == (name, None))
        assert (e.value, e.n) == (None, 0)
