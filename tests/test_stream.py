"""The streamed day: equal to the bit to the day written out, in ordinary towns and in odd ones.

Smallest error noticed: one bit of any table that is always there, of the records, or of the books, on one day.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from glasstown import simulate
from glasstown import stream as streaming
from glasstown import tables as t
from glasstown.core.keys import Key
from glasstown.metrics.ledger import open_book, post_day, walked
from glasstown.outdoors import only
from glasstown.prepare import prepare, settle_people, survey
from glasstown.scenario import load
from glasstown.sensing.kinds import FixedCameras
from glasstown.state import Day, State
from glasstown.stream import stream
from glasstown.study.life import live_once
from glasstown.study.rows import ROWS_KEPT, WRITTEN_OUT, write_out
from glasstown.sums import MOST, add_up, added_for, summed, sums_for
from glasstown.town.outline import BATCH, SLOTS
from glasstown.town.plan import plans
from glasstown.town.walkers import ANY_ROUTE
from tests.odd_towns import ODD
from tests.plain.metrics import outings_of
from tests.worlds import KEY, LOUD, SEED, Lived, communities_of, differing, live, rows, town, world

KINDS: dict[str, dict[str, object]] = {
    "loud": LOUD,
    "nobody is stopped": {**LOUD, "consequence.stop.found": 0},
    "each search is a fresh coin": {**LOUD, "sensing.recognition.repeat": 0},
    "nothing is kept": {**LOUD, "records.retention_days": 0, "records.alert_retention_days": 0},
}


def always_there(day: Day) -> Day:
    """Return the day without what is written out on request."""
    nothing: dict[str, Any] = {name: type(getattr(day, name)).empty() for name in WRITTEN_OUT}
    return replace(day, **nothing)


def check_same(written: Lived, streamed: Lived) -> None:
    """Assert that two lives differ in nothing but the rows that are written out on request."""
    for one, other in zip(written, streamed, strict=True):
        for (state, day), (again, day_again) in zip(one, other, strict=True):
            assert not differing(state, again)
            assert not differing(always_there(day), day_again)


def streamed(states: list[State], scenario: Any) -> Lived:
    return list(simulate.days(states, scenario, KEY, rows=False))


@pytest.mark.parametrize("kind", KINDS)
def test_a_streamed_day_is_the_day_written_out(kind: str) -> None:
    scenario, states = town(days=6, changes=KINDS[kind]), world(days=6, changes=KINDS[kind], size=70)
    written = live(states, scenario)
    check_same(written, streamed(states, scenario))
    cut = sum(np.count_nonzero(day.trips.until_minute != t.NO_CUT) for w in written for _, day in w)
    assert (cut > 20) == (kind != "nobody is stopped")


@pytest.mark.parametrize("name", ODD)
def test_an_odd_town_streams_as_it_is_written_out(name: str) -> None:
    odd = ODD[name]
    scenario, key = odd.scenario, Key.from_seed(SEED)
    ground = odd.ground() if odd.ground else survey(scenario)
    states = prepare(scenario, ground, settle_people(scenario, ground, key), key)
    states = [odd.evening(state) for state in states] if odd.evening else states
    written = list(simulate.days(states, scenario, key))
    check_same(written, list(simulate.days(states, scenario, key, rows=False)))


@pytest.mark.parametrize("batch", [1, 3])
def test_blocks_of_any_size_give_the_same(batch: int) -> None:
    """A town larger and smaller than a block, with blocks that the people fill, overfill, and fall short of."""
    for people in (BATCH - 1, BATCH, batch * BATCH + 1):
        scenario, states = town(people, 2), world(people, 2)
        check_same(live(states, scenario), streamed(states, scenario))


@pytest.mark.parametrize("to_and_fro", [False, True])
def test_a_well_mixed_town_streams_as_it_is_written_out(to_and_fro: bool) -> None:
    """Nobody walks backward there; some who walk one route twice have captures of both walks side by side."""
    scenario = load("gt1", changes={"town.people": 700, "days": 2})
    ground, key = survey(scenario), Key.from_seed(SEED)
    states = prepare(scenario, ground, settle_people(scenario, ground, key), key)
    if to_and_fro:
        chains = [state.town.habits.route_chain.copy() for state in states]
        for state, chain in zip(states, chains, strict=True):
            chain[::3] = state.town.habits.route_anchor[::3]
        habits = [replace(s.town.habits, route_chain=chain) for s, chain in zip(states, chains, strict=True)]
        states = [replace(s, town=replace(s.town, habits=h)) for s, h in zip(states, habits, strict=True)]
    written = list(simulate.days(states, scenario, key))
    check_same(written, list(simulate.days(states, scenario, key, rows=False)))
    captures = written[0][0][1].captures
    twice = np.count_nonzero(np.bincount(captures.person * 8 + captures.trip) > 1)
    assert twice > 50


def test_a_life_has_one_digest_whether_its_days_are_written_out_or_streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    from glasstown.study import rows

    with communities_of(100):
        written = live_once(town(), SEED)
        monkeypatch.setattr(rows, "write_out", lambda *_: False)
        other = live_once(town(), SEED)
    assert (other.digest, other.signatures) == (written.digest, written.signatures)
    assert set(written.rows) - set(other.rows) == set(WRITTEN_OUT)
    assert other.not_kept == {name: len(written.rows[name].table) for name in WRITTEN_OUT}


def test_days_are_written_out_where_rows_are_few_or_asked_for() -> None:
    assert write_out(ROWS_KEPT, ())
    assert not write_out(ROWS_KEPT + 1, ("alerts",))
    assert write_out(ROWS_KEPT + 1, ("captures",))
    assert not write_out(ROWS_KEPT + 1, None)


def test_usual_routes_are_walked_as_often_as_the_trips_say() -> None:
    scenario, (state,) = town(days=8), world(days=8)
    book = open_book(state.town.people, state.gallery)
    found = np.zeros(len(state.world.routes), np.int64)
    for ((after, day),) in live([state], scenario):
        book = post_day(book, after, day)
        found += np.bincount(day.trips.route, minlength=len(found))
    assert np.array_equal(walked(book, state.town.habits, len(found)), found)
    assert found.sum() > 1_000


def test_captures_are_written_down_of_those_asked_for_and_of_nobody_else() -> None:
    scenario, (state,) = town(days=1), world(days=1)
    people, world_, today = state.town.people, state.world, KEY("day", 0)
    see = FixedCameras.today(world_, scenario.sensing.cameras, today).sight()
    uncut = np.full(len(people), t.NO_CUT, np.int16)
    some = people.person % 3 == 0
    everybody, few = (
        stream(state.town, world_, see, 0, False, today("live"), uncut, who, faces=True)
        for who in (np.ones(len(people), np.bool_), some)
    )
    assert rows(few.captures) == [row for row in rows(everybody.captures) if row[0] % 3 == 0]
    assert len(few.captures) > 100
    assert np.array_equal(np.sort(few.faces.packed), np.sort(everybody.faces.packed))
    part = only(state.town, some)
    alone = stream(part, world_, see, 0, False, today("live"), uncut[some], some[some], faces=False)
    assert rows(alone.captures) == rows(few.captures)
    assert rows(alone.outings) == [row for row in rows(everybody.outings) if row[0] % 3 == 0]
    assert len(alone.faces) == 0


def test_sums_of_rows_equal_the_plain_twin_and_strangers_are_refused() -> None:
    scenario, (state,) = town(days=2), world(days=2)
    people, habits = state.town.people, state.town.habits
    for ((_, day),) in live([state], scenario):
        plain = outings_of(people, day.trips, day.exposures)
        assert rows(summed(day.trips, day.exposures, people, habits)) == rows(plain)
        with pytest.raises(ValueError, match="one row of exposures"):
            summed(day.trips, day.exposures.take(slice(1, None)), people, habits)
        with pytest.raises(ValueError, match="people of the community"):
            summed(day.trips, day.exposures, people.take(slice(5, None)), habits.take(slice(5, None)))


def test_a_trip_that_begins_at_midnight_is_added_up_like_any_other() -> None:
    """Nobody sets out in the first minute of a day in the towns of these tests; here somebody is out for twelve."""
    _, (state,) = town(days=1), world(days=1)
    people, habits = (part.take(slice(0, 2)) for part in (state.town.people, state.town.habits))
    trips = t.Trips.of(
        person=[1], trip=[1], route=[0], backward=[False], purpose=[1], depart_minute=[0], travel_minutes=[5],
        stay_minutes=[7], until_minute=[t.NO_CUT],
    )  # fmt: skip
    seen = t.Exposures.of(person=[1], trip=[1], n_passes=[4], n_captures=[2], n_searches=[1], minutes_viewed=[3])
    assert rows(summed(trips, seen, people, habits)) == [
        (0, 0, -1, 0, 0, 0, 0, 0, 0),
        (1, 0b10000010, -1, 0, 4, 2, 1, 12, 3),
    ]


@pytest.mark.parametrize("low", [0, BATCH, 2 * BATCH])
@pytest.mark.parametrize("n", [1, 7, BATCH - 1, BATCH])
def test_trips_of_a_block_are_added_up_as_a_plain_loop_does(low: int, n: int) -> None:
    """Also those that begin at midnight, are cut as they begin, or were watched for longer than they lasted.

    Smallest error noticed: one minute, pass or bit of one person. The room holds rubbish before.
    """
    at = KEY("trips", low, n)
    who = np.repeat(np.arange(low, low + n, dtype=np.int32), SLOTS)
    slot = np.tile(np.arange(SLOTS, dtype=np.uint8), n)
    made = np.flatnonzero(at("made").below(3, who, slot) > 0)
    who, slot = who[made], slot[made]
    trips = t.Trips.of(
        person=who, trip=slot, route=at("route").below(99, who, slot), backward=at("back").below(2, who, slot),
        purpose=np.ones(len(who)), depart_minute=at("depart").below(3, who, slot) * 400,
        travel_minutes=1 + at("travel").below(30, who, slot), stay_minutes=at("stay").below(60, who, slot),
        until_minute=np.full(len(who), t.NO_CUT),
    )  # fmt: skip
    cut = at("cut").below(4, who, slot) == 0
    until = np.where(cut, trips.depart_minute + at("until").below(40, who, slot), t.NO_CUT).astype(np.int16)
    trips = replace(trips, until_minute=until)
    seen = [at(name).below(most, who, slot) for name, most in (("p", 40), ("c", 3), ("s", 3), ("v", 99))]
    made_up, added, sums = plans(MOST), added_for(), sums_for(low + n)
    for column in added:
        column[:] = np.iinfo(column.dtype).max // 3
    given = (
        *(trips.person, trips.person, trips.trip, trips.route, trips.backward, trips.purpose, trips.depart_minute),
        *(trips.travel_minutes, trips.stay_minutes, trips.until_minute, np.zeros(len(who), np.uint64)),
    )
    for column, values in zip(made_up, given, strict=True):
        column[: len(who)] = values
    packed = np.zeros(MOST, np.uint64)
    packed[: len(who)] = sum(column.astype(np.uint64) << np.uint64(16 * i) for i, column in enumerate(seen))
    leisure = np.where(np.arange(low + n) % 2, ANY_ROUTE, 5).astype(np.int32)
    add_up(made_up, len(who), packed, leisure, low, low + n, added, sums)
    expected = dict.fromkeys(range(low, low + n), (0, -1, 0, 0, 0, 0, 0, 0))
    for row in range(len(who)):
        one = trips.take(slice(row, row + 1))
        p, taken, s, v = (int(column[row]) for column in seen)
        person, k, depart, end = (int(c[0]) for c in (one.person, one.trip, one.depart_minute, one.until_minute))
        out = min(int(one.travel_minutes[0]) + int(one.stay_minutes[0]), end + 1 - depart)
        slots, stroll, without, passes, captures, searches, minutes, viewed = expected[person]
        bits = 1 << k | (128 if k == 1 and not one.backward[0] else 0)
        stroll = int(one.route[0]) if k == 3 and leisure[person] == ANY_ROUTE else stroll
        expected[person] = (
            *(slots | bits, stroll, without + (taken == 0), passes + p, captures + taken, searches + s),
            *(minutes + out, viewed + min(out, v)),
        )
    assert [tuple(int(column[i]) for column in sums) for i in range(low, low + n)] == list(expected.values())


def test_a_stream_that_forgets_a_stop_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    from glasstown import outdoors

    scenario, states = town(days=6), world(days=6)
    whole = streaming.stream

    def uncut(*given: Any, **how: Any) -> Any:
        return whole(*given[:6], np.full_like(given[6], t.NO_CUT), *given[7:], **how)

    monkeypatch.setattr(outdoors, "stream", uncut)
    with pytest.raises(AssertionError):
        check_same(live(states, scenario), streamed(states, scenario))
