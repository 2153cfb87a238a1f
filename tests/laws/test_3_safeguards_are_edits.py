"""Law 3: a safeguard is an edit of knobs, and nothing upstream of the knob moves by a bit.

Smallest error noticed: one value of any table made before the verb that reads the knob, on the first day, on a day in
the middle of a life, or on any day of a life without feedback; one candidate that a higher threshold adds.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from glasstown import catalogue, simulate
from glasstown.scenario import Scenario, differences, load, with_changes
from glasstown.state import State
from glasstown.study.life import live_once
from tests.worlds import (
    KEY,
    LOUD,
    NO_FEEDBACK,
    differing,
    evening,
    home,
    lived,
    problem_of,
    rows,
    town,
    traced,
    world,
)

DAYS = 4

# Everything a day is made of, each after all that it rests on: the evening before, then the thirteen verbs.
ORDER = (
    *("layout", "people", "habits", "rates", "devices", "posts", "passes"),
    *("trips", "conduct", "captures", "searching", "exposures", "references", "likeness"),
    *("candidates", "alerts", "outcomes", "sightings", "remembered", "kept", "rated", "decisions"),
    *("sanctions", "appeals", "responses"),
)

# A knob, its new value, and the first thing that it may move (and does).
KNOBS: dict[str, tuple[object, str]] = {
    "town.female": (0.2, "people"),
    "town.places.work_distance": (200, "habits"),
    "town.day.attend": (0.4, "rates"),
    "sensing.cameras.per_km": (3, "devices"),
    "sensing.cameras.field": (60, "devices"),
    "sensing.cameras.capture": (0.3, "passes"),
    "sensing.cameras.night": (0, "captures"),
    "sensing.cameras.working": (0.5, "captures"),
    "sensing.recognition.searching": (0.25, "searching"),
    "sensing.watchlist.size": (150, "references"),
    "sensing.watchlist.wrongly_listed": (0, "references"),
    "sensing.watchlist.out_of_date": (0.5, "references"),
    "sensing.watchlist.listed_by_group": ({"a": 5}, "references"),
    "sensing.recognition.misses_by_person": (0, "references"),
    "sensing.recognition.fmr": (0.0001, "likeness"),
    "sensing.recognition.clustered": (2, "likeness"),
    "sensing.recognition.masked": (1, "candidates"),
    "sensing.recognition.unusable": (0.5, "candidates"),
    "sensing.recognition.fnmr": (0.5, "candidates"),
    "sensing.operator.kind": ("off", "alerts"),
    "sensing.operator.confirm_false": (0.01, "alerts"),
    "sensing.case_minutes": (1440, "alerts"),
    "sensing.agree": (2, "alerts"),
    "sensing.operator.reviewers": (2, "alerts"),
    "consequence.stop.found_half_minutes": (1, "outcomes"),
    "consequence.stop.found": (0.1, "outcomes"),
    "consequence.stop.intervenes_if_false": (0.1, "outcomes"),
    "consequence.stop.minutes_cleared": (40, "outcomes"),
    "records.retention_days": (0, "remembered"),
    "records.alert_retention_days": (0, "remembered"),
    "judgement.rating.points_per_sighting": (0, "rated"),
    "judgement.rating.alert_threshold": (1, "decisions"),
    "judgement.remove_when_found": (False, "decisions"),
    "consequence.custody_days": (3, "sanctions"),
    "consequence.appeal.files": (0, "appeals"),
    "consequence.response.avoids": (0, "responses"),
}
READ_BY_THE_DAY = [
    *("sensing.cameras.night", "sensing.cameras.working"),
    *(knob for knob, (_, stage) in KNOBS.items() if ORDER.index(stage) > ORDER.index("likeness")),
]
WITHOUT_FEEDBACK = [knob for knob in KNOBS if knob not in NO_FEEDBACK and not knob.startswith("consequence.resp")]


def made(state: State, told: dict[str, Any]) -> dict[str, Any]:
    """Name everything that one morning and one day were made of, in `ORDER`."""
    world_, people, gallery = state.world, state.town, state.gallery
    devices = {c.name: getattr(world_.devices, c.name) for c in world_.devices.columns()}
    searching = devices.pop("searching")
    residents = {c.name: getattr(people.people, c.name) for c in people.people.columns()}
    anchors = residents.pop("anchor")
    return {
        "layout": world_.layout,
        "people": [residents, people.tokens],
        "habits": [anchors, people.habits, world_.routes, world_.steps],
        "rates": people.rates,
        "devices": devices,
        "posts": world_.posts,
        "passes": world_.passes,
        "trips": told["live"][0],
        "conduct": told["live"][1],
        "captures": told["capture"].captures,
        "searching": searching,
        "exposures": told["capture"].exposures,
        "references": [gallery.references, gallery.likeness.enrolled],
        "likeness": gallery.likeness,
        "candidates": told["compare"],
        "alerts": told["adjudicate"],
        "outcomes": told["halt"],
        "sightings": told["link"],
        "remembered": told["remember"],
        "kept": told["forget"],
        "rated": [told["assess"].rating, told["assess"].n_sightings],
        "decisions": told["decide"],
        "sanctions": told["sanction"],
        "appeals": told["appeal"],
        "responses": told["respond"],
    }


def days_of(states: list[State], scenario: Scenario, n: int) -> list[dict[str, Any]]:
    """Live n days of one community and name what each was made of."""
    (state,) = states
    found: list[dict[str, Any]] = []
    with traced() as told:
        for _ in range(n):
            before = state
            state, _ = simulate.step(state, scenario, KEY)
            found.append(made(before, told[-1]))
    return found


def check_upstream(one: Sequence[dict[str, Any]], other: Sequence[dict[str, Any]], stage: str) -> None:
    """Assert that all that was made before a stage is the same to the bit, each day."""
    upstream = ORDER[: ORDER.index(stage)]
    moved = [
        (day, f) for day, (a, b) in enumerate(zip(one, other, strict=True)) for u in upstream if (f := _in(u, a, b))
    ]
    assert not moved, moved


def _in(name: str, one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return differing(one[name], other[name], name)


def check_moves(one: Sequence[dict[str, Any]], other: Sequence[dict[str, Any]], stage: str) -> None:
    """Assert that a stage did move on some day: the knob is turned far enough for the law to be tested."""
    assert any(_in(stage, a, b) for a, b in zip(one, other, strict=True)), f"nothing happens to {stage}"


def check_first_day(knob: str) -> None:
    """Assert the law on the first day of a town built with the knob turned."""
    value, stage = KNOBS[knob]
    one, other = (
        days_of(world(days=1, changes=changes), town(days=1, changes=changes), 1)
        for changes in (LOUD, {**LOUD, knob: value})
    )
    check_upstream(one, other, stage)


def check_whole_run(knob: str) -> None:
    """Assert the law on every day of a life in which no day reaches the next."""
    value, stage = KNOBS[knob]
    quiet = {**LOUD, **NO_FEEDBACK}
    one, other = (
        days_of(world(days=DAYS, changes=changes), town(days=DAYS, changes=changes), DAYS)
        for changes in (quiet, {**quiet, knob: value})
    )
    check_upstream(one, other, stage)
    check_moves(one, other, stage)


def test_everything_named_is_in_order() -> None:
    (day,) = days_of(world(days=1), town(days=1), 1)
    assert tuple(day) == ORDER
    assert {stage for _, stage in KNOBS.values()} <= set(ORDER)
    assert len(KNOBS) >= 12


@pytest.mark.parametrize("knob", KNOBS)
def test_nothing_upstream_moves_on_the_first_day(knob: str) -> None:
    check_first_day(knob)


@pytest.mark.parametrize("knob", READ_BY_THE_DAY)
def test_nothing_upstream_moves_on_a_day_in_the_middle_of_a_life(knob: str) -> None:
    """From one and the same morning, with people in custody and people who avoid cameras."""
    value, stage = KNOBS[knob]
    ((state, _),) = lived(days=4)[0]
    assert (state.town.standing.held_until_day > state.day).any()
    assert (state.town.standing.avoids_until_day > state.day).any()
    scenarios = [town(days=4, changes={**LOUD, **turned}) for turned in ({}, {knob: value})]
    one, other = (days_of([state], scenario, 1) for scenario in scenarios)
    check_upstream(one, other, stage)
    check_moves(one, other, stage)


@pytest.mark.parametrize("knob", WITHOUT_FEEDBACK)
def test_nothing_upstream_moves_in_a_whole_life_without_feedback(knob: str) -> None:
    check_whole_run(knob)


def test_feedback_carries_effects_around_as_it_should() -> None:
    """With people who avoid cameras, a stop today changes the trips of tomorrow; and the check can fail."""
    one, other = (
        days_of(world(days=DAYS, changes=changes), town(days=DAYS, changes=changes), DAYS)
        for changes in ({**LOUD, "consequence.stop.found": found} for found in (0.6, 0.1))
    )
    check_upstream(one[:1], other[:1], "outcomes")
    with pytest.raises(AssertionError, match="trips"):
        check_upstream(one, other, "outcomes")


# ------------------------------------------------------------------ a higher threshold only removes
def check_only_removes(lower: Scenario, higher: Scenario) -> int:
    """Assert that a higher threshold returns some of the same candidates of the same captures; count the removed."""
    one, other = (days_of(evening(s), s, 1)[0] for s in (lower, higher))
    assert not differing(one["captures"], other["captures"])
    more, fewer = (set(rows(made_["candidates"].candidates)) for made_ in (one, other))
    assert fewer <= more
    return len(more) - len(fewer)


def test_raising_the_threshold_of_a_named_system_only_removes_candidates() -> None:
    named: dict[str, object] = {
        "sensing.watchlist.residents_per_1000": 300,
        "sensing.recognition.fmr_by_group": {"a": 20, "b": 200, "c": 1000},
    }
    steps = (0.56, 0.58, 0.60, 0.62, 0.64)
    scenarios = [town(days=1, changes={**named, "sensing.recognition.decision_threshold": step}) for step in steps]
    for lower, higher in pairwise(scenarios):
        assert check_only_removes(lower, higher) > 5


@pytest.mark.parametrize("repeat", [0, 0.05, 0.9])
def test_a_lower_false_match_rate_and_more_misses_only_remove_candidates(repeat: float) -> None:
    """Below, at and above the chance at which look-alikes are returned again."""
    rates = [(0.01, 0.01), (0.002, 0.05), (0.0005, 0.2), (1e-5, 0.5), (0.0, 1.0)]
    scenarios = [
        town(
            days=1,
            changes={
                **LOUD,
                "sensing.recognition.fmr": fmr,
                "sensing.recognition.fnmr": fnmr,
                "sensing.recognition.repeat": repeat,
            },
        )
        for fmr, fnmr in rates
    ]
    for lower, higher in pairwise(scenarios):
        assert check_only_removes(lower, higher) > 0


def test_an_added_candidate_would_be_noticed() -> None:
    low, high = (town(days=1, changes={**LOUD, "sensing.recognition.fnmr": fnmr}) for fnmr in (0.2, 0.1))
    with pytest.raises(AssertionError):
        check_only_removes(low, high)


# ------------------------------------------------------------------ the catalogue's safeguards
DAILY = [name for name in catalogue.names("safeguards") if home(name) == "newtown"]
MONTHLY = [name for name in catalogue.names("safeguards") if home(name) == "reality"]
OTHERS = [name for name in catalogue.names("safeguards") if home(name) not in ("newtown", "reality")]


def printed(found: list[tuple[str, Any, Any]]) -> list[str]:
    return [f"{path}: {before} -> {after}" for path, before, after in found]


@pytest.mark.parametrize("name", MONTHLY)
def test_a_safeguard_of_a_nation_turns_its_knobs_and_no_others(name: str) -> None:
    changes = [catalogue.safeguard(name).change, differences(load("reality"), load("reality", safeguards=[name]))]
    for path, _, _ in changes[1]:
        assert [knob for knob in changes[0] if path == knob or path.startswith(f"{knob}.")], path


@pytest.mark.parametrize("name", DAILY)
def test_a_safeguard_prints_as_the_knobs_it_turns(name: str) -> None:
    change = catalogue.safeguard(name).change
    found = differences(load("newtown"), load("newtown", safeguards=[name]))
    follow = {"sensing.recognition.fmr", "sensing.recognition.fnmr"}
    turned = {path for path, _, _ in found}
    assert turned <= set(change) | (follow if "sensing.recognition.decision_threshold" in change else set())
    for path, _, after in found:
        if path in change:
            assert _number(after) == _number(change[path]), path
    for line in printed(found):
        path, _, values = line.partition(": ")
        assert path
        assert len(set(values.split(" -> "))) == 2


def _number(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    return given["value"] if "value" in given else catalogue.fact(given["fact"]).value


def test_a_safeguard_that_newtown_has_already_is_refused() -> None:
    assert OTHERS
    for name in OTHERS:
        refused = problem_of(lambda name=name: load("newtown", safeguards=[name]))
        assert refused is not None
        assert "changes nothing" in refused.what
        change = catalogue.safeguard(name).change
        opposite = {path: not value if isinstance(value, bool) else value + 1 for path, value in change.items()}
        other = load("newtown", changes=opposite)
        assert {p for p, _, _ in differences(other, with_changes(other, change))} == set(change)
        assert load("newtown", changes=opposite, safeguards=[name]) == other


@pytest.mark.parametrize("name", DAILY)
def test_a_town_lives_with_each_safeguard(name: str) -> None:
    scenario = load("newtown", safeguards=[name], changes={"town.people": 200, "days": 2})
    plain = load("newtown", changes={"town.people": 200, "days": 2})
    one, other = live_once(scenario, 1), live_once(plain, 1)
    assert not differing(one.tables["people"], other.tables["people"])
    assert not differing(one.tables["habits"], other.tables["habits"])


def test_safeguards_combine_in_any_order() -> None:
    both = load("newtown", safeguards=["retention-7", "no-operator"])
    assert both == load("newtown", safeguards=["no-operator", "retention-7"])
    apart = [differences(load("newtown"), load("newtown", safeguards=[n])) for n in ("retention-7", "no-operator")]
    assert sorted(printed(differences(load("newtown"), both))) == sorted(printed([*apart[0], *apart[1]]))
