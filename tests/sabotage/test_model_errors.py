"""Errors that models of this kind have made before: a small check for each, green as it is, red with the error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import glasstown.tables as t
from glasstown import outdoors, prepare, simulate
from glasstown.core.quantity import assume
from glasstown.metrics import ledger
from glasstown.metrics.moments import estimates
from glasstown.sensing.recognition import OperatingPoint, operating_point
from glasstown.state import Reel
from glasstown.study.life import live_once
from tests.worlds import LOUD, NO_FEEDBACK, SEED, Lived, live, place_of, rows, town, traced, world

DAYS = 6
RATES: dict[str, object] = {
    **LOUD,
    "sensing.recognition.fmr": 0.0001,
    "sensing.recognition.fmr_by_group": {"a": 0.5, "b": 2, "c": 5},
    "sensing.recognition.fmr_by_sex": {"f": 1.5, "m": 0.5},
    "sensing.recognition.fnmr_by_group": {"c": 3},
}


def days_of(changes: dict[str, object] = LOUD) -> Lived:
    """Live a small loud world, not remembered: what is planted must not stay."""
    return live(world(days=DAYS, changes=changes), town(days=DAYS, changes=changes))


# ------------------------------------------------------------------ gallery size and multipliers
def check_operating_point() -> None:
    """Assert FPIR(N) = 1 - (1 - FMR x group x sex)^N and TPIR = 1 - FNMR x group, in exact fractions.

    Would notice one reference more or less, and any multiplier left out, doubled or swapped.
    """
    groups, sexes = {"a": 0.5, "b": 2.0, "c": 5.0}, {"f": 1.5, "m": 0.5}
    for size in (1, 10, 200):
        # A scenario of its own, because what was made of one is remembered.
        point = prepare.operating(town(changes={**RATES, "sensing.watchlist.size": size}).model_copy())
        for g, by_group in enumerate(groups.values()):
            for s, by_sex in enumerate(sexes.values()):
                rate = Fraction(0.0001) * Fraction(by_group) * Fraction(by_sex)
                assert np.all(abs(point.fpir[g, s] / float(1 - (1 - rate) ** size) - 1) < 1e-9)
        for g, misses in enumerate((0.1, 0.1, 0.3)):
            assert abs(point.tpir[g] - (1 - misses)) < 1e-12


def test_the_operating_point_is_as_published() -> None:
    check_operating_point()


def _squared(knobs: Any, name: str) -> Any:
    table = {key: assume(float(value) ** 2) for key, value in getattr(knobs, name).items()}
    return knobs.model_copy(update={name: table})


GALLERY_ERRORS: dict[str, Callable[..., OperatingPoint]] = {
    "N ten times too large": lambda knobs, groups, size, *more: operating_point(knobs, groups, 10 * size, *more),
    "N ten too large": lambda knobs, groups, size, *more: operating_point(knobs, groups, size + 10, *more),
    "N one too small": lambda knobs, groups, size, *more: operating_point(knobs, groups, size - 1, *more),
    "multiplier of the group twice": lambda knobs, *more: operating_point(_squared(knobs, "fmr_by_group"), *more),
    "multiplier of the sex twice": lambda knobs, *more: operating_point(_squared(knobs, "fmr_by_sex"), *more),
    "multiplier of misses twice": lambda knobs, *more: operating_point(_squared(knobs, "fnmr_by_group"), *more),
    "misses for matches": lambda *given: (p := operating_point(*given), replace(p, tpir=1 - p.tpir))[1],
}


@pytest.mark.parametrize("error", GALLERY_ERRORS)
def test_an_error_in_the_operating_point_is_red(error: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "operating_point", GALLERY_ERRORS[error])
    with pytest.raises(AssertionError):
        check_operating_point()


# ------------------------------------------------------------------ mated and non-mated
def check_mated(days: Lived) -> None:
    """Assert of each candidate, alert and outcome that `mated` says whether the reference shows that person."""
    seen = 0
    for lived_day in days:
        for state, day in lived_day:
            shows = state.gallery.references.person
            for table in (day.candidates, day.alerts, day.outcomes):
                assert np.array_equal(table.mated, shows[table.reference] == table.person)
                seen += len(np.unique(table.mated))
    assert seen > 3 * len(days)


def check_rates() -> None:
    """Assert that TPIR and FPIR are what one gets by counting searches one by one, mated and non-mated apart.

    Would notice one search or one candidate on the wrong side.
    """
    scenario = town(changes={**RATES, **NO_FEEDBACK})
    life = live_once(scenario, SEED)
    tables: Any = life.tables
    captures, candidates = life.rows["captures"].table, life.rows["candidates"].table
    listed = set(tables["references"].person.tolist()) - {-1}
    searching = tables["devices"].searching.tolist()
    searches: Counter[bool] = Counter()
    for row in rows(captures):
        if searching[row[2]]:
            searches[row[0] in listed] += 1
    found: Counter[str] = Counter()
    before: Any = None
    for person, trip, mated, device, minute, _ in rows(candidates):
        # Several wrong candidates of one search follow each other and are one false search.
        search = (person, trip, device, minute)
        if person not in listed:
            found["false"] += search != before
            before = search
        elif mated:
            found["mated"] += 1
    told = {e.name: e for e in estimates(life.moments, tuple(scenario.town.groups), scenario.days) if e.by is None}
    assert found["mated"] > 100
    assert found["false"] > 100
    assert (told["tpir"].n, told["tpir"].value) == (searches[True], found["mated"] / searches[True])
    assert (told["fpir"].n, told["fpir"].value) == (searches[False], found["false"] / searches[False])


def test_mated_and_non_mated_are_kept_apart() -> None:
    check_mated(days_of())
    check_rates()


def test_swapped_flags_are_red(monkeypatch: pytest.MonkeyPatch) -> None:
    compare = place_of("compare").compare

    def swapped(*given: Any) -> Any:
        compared = compare(*given)
        return compared._replace(candidates=replace(compared.candidates, mated=~compared.candidates.mated))

    monkeypatch.setattr(place_of("compare"), "compare", swapped)
    with pytest.raises(AssertionError):
        check_mated(days_of())
    with pytest.raises(AssertionError):
        check_rates()


def test_swapped_searches_are_red(monkeypatch: pytest.MonkeyPatch) -> None:
    today = ledger._on_todays_list
    monkeypatch.setattr(ledger, "_on_todays_list", lambda gallery: ~today(gallery))
    with pytest.raises(AssertionError):
        check_rates()


# ------------------------------------------------------------------ threshold, then operator
def check_order_of_deciding(days: Lived) -> None:
    """Assert that every alert was a candidate, every candidate a capture at a searching device, and none twice."""
    for lived_day in days:
        for state, day in lived_day:
            faces = {(p, k, d, m) for p, k, d, m in rows(day.captures)}
            returned = {(p, k, d, m, r): mated for p, k, mated, d, m, r in rows(day.candidates)}
            alerts = {(p, k, d, m, r): mated for p, k, mated, d, m, r in rows(day.alerts)}
            assert len(returned) == len(day.candidates)
            assert len(alerts) == len(day.alerts)
            assert alerts.items() <= returned.items()
            assert {key[:4] for key in returned} <= faces
            assert state.world.devices.searching[day.candidates.device].all()


def test_the_operator_sees_what_reached_the_threshold() -> None:
    check_order_of_deciding(days_of())


def test_an_operator_who_sees_captures_below_the_threshold_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    compare, in_order = place_of("compare").compare, outdoors.in_order
    below: list[t.Candidates] = []

    def compared(captures: Any, searching: Any, people: Any, gallery: Any, point: OperatingPoint, key: Any) -> Any:
        everything = OperatingPoint(np.ones_like(point.tpir), point.fpir, 1.0)
        below.append(compare(captures, searching, people, gallery, everything, key).candidates)
        return compare(captures, searching, people, gallery, point, key)

    monkeypatch.setattr(place_of("compare"), "compare", compared)
    monkeypatch.setattr(outdoors, "in_order", lambda _, key: in_order(below[-1], key))
    with pytest.raises(AssertionError):
        check_order_of_deciding(days_of())


# ------------------------------------------------------------------ retention
def check_retention(days: Lived, footage: int, sightings: int) -> None:
    """Assert that each evening holds the records of exactly the last so many days, all of them and none older.

    Would notice one record kept one day too long, or forgotten one day too soon.
    """
    captured = [sum(len(day.captures) for _, day in lived_day) for lived_day in days]
    alerted = [sum(len(day.alerts) for _, day in lived_day) for lived_day in days]
    assert min(captured) > 0
    assert min(alerted) > 0
    for evening, lived_day in enumerate(days):
        for name, kept, written in (("footage", footage, captured), ("sightings", sightings, alerted)):
            found: Counter[int] = Counter()
            for state, _ in lived_day:
                for part in getattr(state.records, name):
                    found.update(part.footage().day.tolist() if isinstance(part, Reel) else part.day.tolist())
            first = max(0, evening - kept + 1)
            assert found == {day: written[day] for day in range(first, evening + 1)}, (name, evening)


KEPT = [(0, 0), (1, 1), (2, 3), (30, 2)]


def kept_days(footage: int, sightings: int) -> Lived:
    return days_of({**LOUD, "records.retention_days": footage, "records.alert_retention_days": sightings})


@pytest.mark.parametrize(("footage", "sightings"), KEPT)
def test_records_are_kept_for_their_retention(footage: int, sightings: int) -> None:
    check_retention(kept_days(footage, sightings), footage, sightings)


@pytest.mark.parametrize("by", [1, -1])
def test_records_kept_a_day_longer_or_shorter_are_red(by: int, monkeypatch: pytest.MonkeyPatch) -> None:
    forget = simulate.forget
    monkeypatch.setattr(simulate, "forget", lambda records, knobs, day: forget(records, knobs, day - by))
    with pytest.raises(AssertionError, match="footage"):
        check_retention(kept_days(2, 3), 2, 3)


def test_captures_written_down_where_nothing_is_kept_are_red(monkeypatch: pytest.MonkeyPatch) -> None:
    remember = simulate.remember

    def always(records: Any, captures: Any, sightings: Any, knobs: Any, day: int) -> Any:
        return remember(records, captures, sightings, town(changes=LOUD).records, day)

    monkeypatch.setattr(simulate, "remember", always)
    monkeypatch.setattr(simulate, "forget", lambda records, knobs, day: records)
    with pytest.raises(AssertionError, match="footage"):
        check_retention(kept_days(0, 0), 0, 0)


# ------------------------------------------------------------------ stops
def check_stops_cut(days: Lived) -> None:
    """Assert that after the minute of a stop the person makes no trip and is captured, returned and alerted no more.

    Would notice one capture of one person one minute after the stop, one second stop, one count not taken back.
    """
    stops = 0
    for lived_day in days:
        for _, day in lived_day:
            out = day.outcomes
            halted = out.outcome != t.OUTCOMES.index("not_found")
            who = out.person[halted]
            assert len(np.unique(who)) == len(who), "nobody is stopped twice a day"
            until = np.full(1_000, t.NO_CUT)
            until[who] = out.minute[halted]
            stops += len(who)
            for name in ("captures", "candidates", "alerts"):
                table = getattr(day, name)
                assert np.all(table.minute <= until[table.person]), f"{name} after a stop"
            trips = day.trips
            assert np.all(trips.depart_minute <= until[trips.person]), "trips after a stop"
            assert np.all(trips.until_minute >= np.minimum(until[trips.person], trips.until_minute))
            counted = Counter(zip(day.captures.person.tolist(), day.captures.trip.tolist(), strict=True))
            for person, trip, _, n_captures, _, _ in rows(day.exposures):
                assert n_captures == counted[person, trip], "exposures count what was captured"
            assert len(day.exposures) == len(trips)
    assert stops > 20


def test_stops_cut_the_rest_of_the_day() -> None:
    check_stops_cut(days_of())
    with traced() as told:
        days = days_of()
    uncut = sum(len(day["capture"].captures) for day in told)
    assert uncut > sum(len(day.captures) for lived_day in days for _, day in lived_day) + 50


STOP_ERRORS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "the rest of the day stays": (
        "cut_short",
        lambda _: lambda trips, people, cut: (trips, np.ones(len(trips), np.bool_), np.zeros(len(trips), np.bool_)),
    ),
    "captures stay": (
        "withdraw",
        lambda withdraw: lambda seen, *given: withdraw(seen, *given)._replace(captures=seen.captures),
    ),
    "cut an hour late": (
        "halt",
        lambda halt: lambda *given: (h := halt(*given))._replace(cut=np.minimum(h.cut, 32_700) + np.int16(60)),
    ),
}


@pytest.mark.parametrize("error", STOP_ERRORS)
def test_stops_that_do_not_cut_are_red(error: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, plant = STOP_ERRORS[error]
    monkeypatch.setattr(place_of(name), name, plant(getattr(place_of(name), name)))
    with pytest.raises(AssertionError):
        check_stops_cut(days_of())
