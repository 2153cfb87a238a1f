"""What a whole day must leave behind: nothing from nowhere, nothing twice, nothing after a stop."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pytest

from glasstown import tables as t
from glasstown.core.columns import Table
from glasstown.prepare import operating
from glasstown.scenario import Scenario
from glasstown.sensing.capture import capture, working
from glasstown.sensing.compare import compare, log
from glasstown.state import Day, Gallery, World
from tests import worlds
from tests.harsh import HARSH, Lived, scenario, week
from tests.plain.metrics import device_days_of, outings_of, rows_of
from tests.worlds import rows

FACE = ("person", "trip", "device", "minute")
RAISED = (*FACE, "reference", "mated")


def columns(table: Table, names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    return list(zip(*(getattr(table, name).tolist() for name in names), strict=True))


@pytest.fixture(params=range(24), ids=lambda i: f"day {i // 3} community {i % 3}")
def lived(request: pytest.FixtureRequest) -> Lived:
    return week()[request.param]


def test_the_week_is_eventful() -> None:
    """Everything that these tests look at happens, in each community."""
    total: Counter[Any] = Counter()
    for each in week():
        day, people = each.day, each.day.community
        for name in ("trips", "conduct", "captures", "alerts", "decisions", "sanctions", "appeals", "responses"):
            total[name, people] += len(getattr(day, name))
        for mated in (True, False):
            total["mated", mated, people] += np.count_nonzero(day.candidates.mated == mated)
        for outcome in range(len(t.OUTCOMES)):
            total[t.OUTCOMES[outcome], people] += np.count_nonzero(day.outcomes.outcome == outcome)
        for kind in range(len(t.CONDUCT)):
            total[t.CONDUCT[kind], people] += np.count_nonzero(day.conduct.kind == kind)
        total["cut", people] += np.count_nonzero(day.trips.until_minute != t.NO_CUT)
        total["flagged", people] += np.count_nonzero(each.after.docket.dossiers.flagged)
    assert min(total.values()) > 5
    assert len(total) == 17 * 3


def test_every_table_is_as_declared(lived: Lived) -> None:
    for table in vars(lived.day).values():
        if isinstance(table, Table):
            table.check()
    for table in (lived.after.town.standing, lived.after.docket.dossiers, lived.after.docket.waiting):
        table.check()


def test_every_alert_stems_from_a_candidate_from_a_search_from_a_capture_from_a_pass(lived: Lived) -> None:
    day, world = lived.day, lived.before.world
    met = {
        (trip["person"], trip["trip"], int(device))
        for trip in rows_of(day.trips)
        for device in world.passes.device[world.passes.first[trip["route"]] : world.passes.first[trip["route"] + 1]]
    }
    captures = columns(day.captures, FACE)
    assert {face[:3] for face in captures} <= met
    assert len({face[:3] for face in captures}) == len(captures)
    on = working(world.devices, scenario().sensing.cameras, worlds.KEY("day", day.day))
    assert on[day.captures.device].all()
    candidates = columns(day.candidates, FACE)
    assert candidates == [captures[row] for row in day.findings.capture.tolist()]
    assert day.candidates.reference.tolist() == day.findings.reference.tolist()
    assert world.devices.searching[day.candidates.device].all()
    assert Counter(columns(day.alerts, RAISED)) <= Counter(columns(day.candidates, RAISED))
    assert columns(day.outcomes, RAISED) == columns(day.alerts, RAISED)


def test_a_search_returns_each_reference_once_and_at_most_one_right_one(lived: Lived) -> None:
    day, gallery = lived.day, lived.after.gallery
    assert max(Counter(columns(day.candidates, (*FACE, "reference"))).values(), default=0) <= 1
    right = day.candidates.take(day.candidates.mated)
    assert max(Counter(columns(right, FACE)).values(), default=0) <= 1
    alike = gallery.likeness.n_alike[day.candidates.person - lived.before.town.people.person[0]]
    wrong = Counter(columns(day.candidates.take(~day.candidates.mated), FACE))
    assert all(n <= alike.max() for n in wrong.values())
    own = gallery.likeness.enrolled[day.candidates.person - lived.before.town.people.person[0]]
    assert np.array_equal(day.candidates.mated, day.candidates.reference == own)
    assert gallery.references.active[day.candidates.reference].all()


def test_the_log_and_the_exposures_count_the_same_events(lived: Lived) -> None:
    day, searching = lived.day, lived.before.world.devices.searching
    searched = Counter(d for d in day.captures.device.tolist() if searching[d])
    returned = Counter(day.candidates.device.tolist())
    assert rows(day.searches) == [(d, n, returned[d]) for d, n in sorted(searched.items())]
    captured = Counter(columns(day.captures, ("person", "trip")))
    with_search = Counter((p, s) for p, s, d, _ in columns(day.captures, FACE) if searching[d])
    for trip, seen in zip(rows_of(day.trips), rows_of(day.exposures), strict=True):
        where = (trip["person"], trip["trip"])
        assert (seen["person"], seen["trip"]) == where
        assert seen["n_captures"] == captured[where]
        assert seen["n_searches"] == with_search[where]
        assert seen["n_searches"] <= seen["n_captures"] <= seen["n_passes"]
        assert (seen["minutes_viewed"] > 0) == (seen["n_passes"] > 0)
        assert seen["minutes_viewed"] <= min(seen["n_passes"], trip["travel_minutes"] + 1)


def test_nobody_is_stopped_twice_and_nothing_follows_a_stop(lived: Lived) -> None:
    day = lived.day
    stopped = day.outcomes.take(day.outcomes.outcome > 0)
    minute = dict(zip(stopped.person.tolist(), stopped.minute.tolist(), strict=True))
    assert len(minute) == len(stopped)
    for table in (day.captures, day.candidates, day.alerts, day.outcomes):
        for person, at in columns(table, ("person", "minute")):
            assert at <= minute.get(person, t.NO_CUT)
    for trip in rows_of(day.trips):
        cut = minute.get(trip["person"], t.NO_CUT)
        ends = trip["depart_minute"] + trip["travel_minutes"] + trip["stay_minutes"]
        assert trip["depart_minute"] <= cut
        assert trip["until_minute"] == (cut if ends > cut else t.NO_CUT)


def assert_no_trace(scenario: Scenario, world: World, people: t.People, gallery: Gallery, day: Day) -> None:
    """Capture and comparison of the day as it was lived give the day's tables: what was taken back left no trace."""
    devices, today = world.devices, worlds.KEY("day", day.day)
    on = working(devices, scenario.sensing.cameras, today)
    seen = capture(day.trips, world.passes, on, devices.searching, scenario.sensing.cameras, today)
    assert rows(seen.exposures) == rows(day.exposures)
    assert rows(seen.captures) == rows(day.captures)
    compared = compare(seen.captures, devices.searching, people, gallery, operating(scenario), today)
    assert rows(compared.candidates) == rows(day.candidates)
    assert rows(compared.findings) == rows(day.findings)
    assert rows(log(day.device_days, compared.candidates, devices.searching)) == rows(day.searches)
    assert rows(device_days_of(day.captures, len(devices))) == rows(day.device_days)
    assert rows(outings_of(people, day.trips, day.exposures)) == rows(day.outings)


def test_what_was_seen_is_what_the_walks_that_remain_would_show(lived: Lived) -> None:
    state = lived.before
    assert_no_trace(scenario(), state.world, state.town.people, lived.after.gallery, lived.day)


def test_a_stop_on_the_last_walk_of_the_day_leaves_no_trace_either() -> None:
    """A hamlet where a stop is often the only one of the day, and there is no later walk to take back."""
    lone = {"consequence.custody_days": 0, "consequence.response.kind": "off", "sensing.recognition.repeat": 0}
    hamlet = worlds.town(6, 60, {**HARSH, **lone})
    alone = 0
    for ((state, day),) in worlds.live(worlds.evening(hamlet), hamlet):
        assert_no_trace(hamlet, state.world, state.town.people, state.gallery, day)
        cut = day.trips.take(day.trips.until_minute != t.NO_CUT)
        alone += len(cut) == 1 and cut.purpose[0] == t.PURPOSES.index("home")
    assert alone > 5


def test_cases_and_workload_hold_over_the_day(lived: Lived) -> None:
    last: dict[int, int] = {}
    per_hour: Counter[int] = Counter()
    for reference, minute in columns(lived.day.alerts, ("reference", "minute")):
        assert minute >= last.get(reference, -1_000) + 30
        last[reference] = minute
        per_hour[minute // 60] += 1
    assert max(per_hour.values(), default=0) <= 4


def test_custody_keeps_people_from_every_trip(lived: Lived) -> None:
    day, standing = lived.day, lived.before.town.standing
    held = set(standing.person[standing.held_until_day > day.day].tolist())
    assert not held & set(day.trips.person.tolist())
    prevented = day.conduct.take(day.conduct.kind == t.CONDUCT.index("trip_prevented"))
    assert set(prevented.person.tolist()) <= held
    free = set(standing.person.tolist()) - held
    assert set(day.trips.person.tolist()) <= free


def test_who_avoids_walks_to_no_errand_or_visit_under_a_camera(lived: Lived) -> None:
    day, state = lived.day, lived.before
    standing = state.town.standing
    avoids = standing.person[standing.avoids_until_day > day.day]
    watched = np.diff(state.world.passes.first) > 0
    commute = state.town.habits.route_anchor[day.trips.person - standing.person[0]]
    chosen = np.isin(day.trips.person, avoids) & (day.trips.route != commute)
    assert not watched[day.trips.route[chosen]].any()
    avoided = day.conduct.take(day.conduct.kind == t.CONDUCT.index("trip_avoided"))
    assert np.isin(avoided.person, avoids).all()


def test_a_reference_taken_off_the_list_raises_nothing_anywhere_from_the_next_day_on() -> None:
    asked: dict[int, int] = {}
    returned: defaultdict[int, list[int]] = defaultdict(list)
    removal = t.DECISIONS.index("remove_from_list")
    for each in week(judgement__remove_when_found=True):
        off = each.day.decisions.reference[each.day.decisions.decision == removal].tolist()
        for reference in off:
            asked.setdefault(reference, each.day.day)
        for reference in each.day.candidates.reference.tolist():
            returned[reference].append(each.day.day)
        inactive = set(np.flatnonzero(~each.after.gallery.references.active).tolist())
        assert inactive == {r for r, day in asked.items() if day < each.day.day}
    assert len(asked) > 20
    for reference, day in asked.items():
        assert max(returned[reference], default=0) <= day
    rooms = {e.day.community for e in week(judgement__remove_when_found=True) if len(e.day.alerts)}
    assert rooms == {0, 1, 2}


# ---------------------------------------------------------------- nothing comes of nothing
NOTHING = ("captures", "searches", "findings", "candidates", "alerts", "outcomes", "decisions", "sanctions", "appeals")
NULLS: dict[str, tuple[dict[str, object], str]] = {
    "no cameras": ({"sensing__cameras__kind": "none"}, "captures"),
    "no camera on any street": ({"sensing__cameras__per_km": 0}, "captures"),
    "cameras that never capture": ({"sensing__cameras__capture": 0}, "captures"),
    "cameras that never work": ({"sensing__cameras__working": 0}, "captures"),
    "cameras dead for good": ({"sensing__cameras__dead": 1}, "captures"),
    "no camera is searched": ({"sensing__recognition__searching": 0}, "searches"),
    "an empty list": (
        {"sensing__watchlist__size": 0, "sensing__watchlist__residents_per_1000": 0},
        "candidates",
    ),
    "nobody is matched": ({"sensing__recognition__fmr": 0, "sensing__recognition__fnmr": 1}, "candidates"),
    "the operator passes nothing on": (
        {"sensing__operator__confirm_true": 0, "sensing__operator__confirm_false": 0},
        "alerts",
    ),
    "an operator without time": ({"sensing__operator__reviews_per_hour": 0}, "alerts"),
}


@pytest.mark.parametrize("name", NULLS)
def test_what_is_switched_off_leaves_exact_zeros(name: str) -> None:
    """And every trip is made: nobody is held and nobody avoids."""
    changes, first = NULLS[name]
    quiet = {"judgement__rating__points_per_sighting": 0}
    for each in week(**changes, **quiet):
        for table in NOTHING[NOTHING.index(first) :]:
            assert len(getattr(each.day, table)) == 0 or (first == "candidates" and table == "searches"), table
        assert not each.after.town.standing.held_until_day.any()
        assert not each.after.town.standing.avoids_until_day.any()
        assert len(each.day.conduct) == 0
        assert np.all(each.day.trips.until_minute == t.NO_CUT)
    unseen = week(sensing__cameras__kind="none", **quiet)
    for one, other in zip(week(**changes, **quiet), unseen, strict=True):
        assert rows(one.day.trips) == rows(other.day.trips)


def test_no_false_matches_means_no_false_alerts() -> None:
    for each in week(sensing__recognition__fmr=0):
        for table in (each.day.candidates, each.day.alerts, each.day.outcomes):
            assert table.mated.all()
    assert sum(len(each.day.alerts) for each in week(sensing__recognition__fmr=0)) > 20


def test_no_residents_on_the_list_means_false_alerts_only() -> None:
    for each in week(sensing__watchlist__residents_per_1000=0):
        assert not each.day.candidates.mated.any()
        assert not each.day.outcomes.wrongly_listed.any()


@pytest.mark.parametrize("people", [1, 2, 3])
def test_a_town_of_hardly_anybody(people: int) -> None:
    for each in worlds.lived(people, 3, worlds.LOUD):
        for state, day in each:
            assert len(state.town.people) == people
            assert set(day.trips.person.tolist()) <= set(range(people))
    alone = worlds.lived(people, 3, {**worlds.LOUD, "sensing.watchlist.size": 0})
    assert worlds.total(alone, "candidates") == 0
