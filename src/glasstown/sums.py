"""What a day comes to for each person: trips, passes, captures, searches and minutes, added up from the trips."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glasstown import tables as t
from glasstown.core.columns import I16, I32, U8, U16, U32, U64
from glasstown.core.kernels import in_place, piece, whole
from glasstown.town.outline import APART, BATCH, SLOTS
from glasstown.town.plan import Plans
from glasstown.town.walkers import ANY_ROUTE

ERRAND_ON_THE_WAY = 128
MOST = SLOTS * BATCH
BACK, STROLL = 1, 3
_NONE, _ONCE, _BACK, _STROLL = (whole(n) for n in (0, 1, BACK, STROLL))
_ZERO, _ONE, _STROLL_BIT = (np.uint64(n) for n in (0, 1, STROLL))
_COUNT, _BOTH, _SIXTEEN, _THIRTY_TWO, _FORTY_EIGHT = map(np.uint64, (0xFFFF, 0xFFFF0000FFFF, 16, 32, 48))
_ERRAND = np.uint64(ERRAND_ON_THE_WAY.bit_length() - 1)
_SLOTS, _APART, _ELSEWHERE = np.uint64(SLOTS), np.uint64(APART), np.uint64(BATCH)
# Of what a trip took: minutes, whether it is made, and whether on an errand.
_MADE_AT, _ERRAND_AT, _MINUTES = map(np.uint64, (14, 15, (1 << 14) - 1))
_MADE, _ERRAND_MADE = whole(1 << 14), whole(15)
_ROWS = SLOTS + 4
_TOTALS = np.uint64(SLOTS * APART)
_PASSED, _CAPTURED, _OUT, _FILLED = (np.uint64(APART * row) for row in range(SLOTS, _ROWS))


class Sums(NamedTuple):
    """The columns of `outings` but for the person, as a compiled loop fills them."""

    slots: U8
    stroll: I32
    n_unobserved: U8
    n_passes: I32
    n_captures: I32
    n_searches: I32
    minutes_out: I16
    minutes_viewed: I16


class Added(NamedTuple):
    """Room to add up what the trips of `BATCH` people come to.

    `columns` has what `walk_past` counted on each trip, a row for each slot (0: no trip), and below it what all slots
    come to: passes and searches, captures, minutes out and in view, and slots and trips without a capture (32 bits
    each). `spent` has the minutes of each trip, and whether it is made, and made on an errand; `route` where people
    strolled. `place` and `time` are what stands in `spent`, and where, trip by trip.
    """

    columns: U64
    spent: U16
    route: I32
    place: U32
    time: U16


def summed(trips: t.Trips, exposures: t.Exposures, people: t.People, habits: t.Habits) -> t.Outings:
    """Add up each person's trips and what they were exposed to, from the rows.

    Raises
    ------
    ValueError
        If the exposures do not belong to the trips, or a trip to nobody.
    """
    if len(trips) != len(exposures):
        raise ValueError("each trip has one row of exposures")
    row, n = trips.person - people.person[0] if len(people) else trips.person, len(people)
    if len(row) and not (row.min() >= 0 and row.max() < n):
        raise ValueError("trips are made by the people of the community")

    def total(amount: NDArray[Any]) -> NDArray[Any]:
        return np.bincount(row, amount, n)

    # A day that is not cut ends with the largest number that the column holds.
    ends = trips.until_minute.astype(np.int32) + 1
    minutes = np.minimum(trips.travel_minutes + trips.stay_minutes, ends - trips.depart_minute)
    errand = (trips.trip == BACK) & ~trips.backward
    strolls = (trips.trip == STROLL) & (habits.route_leisure.take(row) == ANY_ROUTE)
    stroll = np.full(n, -1, np.int32)
    stroll[row[strolls]] = trips.route[strolls]
    return t.Outings.of(
        person=people.person,
        # A person makes one trip at most in a slot: the sum of bits is all of them.
        slots=total(np.left_shift(1, trips.trip) + errand * ERRAND_ON_THE_WAY),
        stroll=stroll,
        n_unobserved=total(exposures.n_captures == 0),
        n_passes=total(exposures.n_passes),
        n_captures=total(exposures.n_captures),
        n_searches=total(exposures.n_searches),
        minutes_out=total(minutes),
        minutes_viewed=total(np.minimum(minutes, exposures.minutes_viewed)),
    )


def sums_for(n: int) -> Sums:
    """Make room for the sums of n people."""
    return Sums(
        np.empty(n, np.uint8),
        np.empty(n, np.int32),
        np.empty(n, np.uint8),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.int16),
        np.empty(n, np.int16),
    )


def added_for() -> Added:
    """Make room for what the trips of some people come to."""
    columns, spent = np.empty(_ROWS * APART, np.uint64), np.empty(SLOTS * APART, np.uint16)
    return Added(columns, spent, np.empty(APART, np.int32), np.empty(MOST, np.uint32), np.empty(MOST, np.uint16))


@in_place
def add_up(made: Plans, n: int, seen: U64, leisure: I32, low: int, high: int, added: Added, sums: Sums) -> None:
    """Write down what the first n trips come to for the people of rows low to high, who made them.

    What each slot came to is put in its place, and all people are added up at once.
    """
    row, _, slot, route, backward, _, depart, travel, stay, until, _ = made
    columns, spent, strolled, place, time = added
    people, begin, trips, anywhere = np.uint64(high - low), np.uint64(low), np.uint64(n), _NONE
    for at in range(people):
        anywhere |= whole(leisure[begin + at] == ANY_ROUTE)
    for at in range(_TOTALS):
        columns[at] = _ZERO
    for at in range(np.uint64(len(spent))):
        spent[at] = 0
    for j in range(trips):
        place[j] = np.uint64(slot[j]) * _APART + np.uint64(row[j]) - begin
    for j in range(trips):
        minutes = min(travel[j] + stay[j], until[j] + _ONCE - depart[j])
        errand = whole(slot[j] == _BACK) & (whole(backward[j]) ^ _ONCE)
        time[j] = minutes | _MADE | errand << _ERRAND_MADE
    for j in range(trips):
        at = np.uint64(place[j])
        columns[at], spent[at] = seen[j], time[j]
    if anywhere:
        for j in range(trips):
            strolled[np.uint64(row[j]) - begin if slot[j] == _STROLL else _ELSEWHERE] = route[j]
    for at in range(people):
        passed, captured, out, slots = _ZERO, _ZERO, _ZERO, _ZERO
        for turn in range(_SLOTS):
            counts, taken = columns[turn * _APART + at], np.uint64(spent[turn * _APART + at])
            captures, there, minutes = (counts >> _SIXTEEN) & _COUNT, (taken >> _MADE_AT) & _ONE, taken & _MINUTES
            passed += counts & _BOTH
            captured += captures
            out += minutes | min(minutes, counts >> _FORTY_EIGHT) << _THIRTY_TWO
            unobserved = there & np.uint64(captures == _ZERO)
            slots += there << turn | (taken >> _ERRAND_AT) << _ERRAND | unobserved << _THIRTY_TWO
        columns[at + _PASSED], columns[at + _CAPTURED] = passed, captured
        columns[at + _OUT], columns[at + _FILLED] = out, slots
    _write_down(columns, strolled, leisure, begin, people, sums)


@piece
def _write_down(columns: U64, strolled: I32, leisure: I32, begin: np.uint64, people: np.uint64, sums: Sums) -> None:
    """Write down the sums of some people, from row `begin` on."""
    slots, stroll, n_unobserved, n_passes, n_captures, n_searches, minutes_out, minutes_viewed = sums
    for at in range(people):
        slots[begin + at] = columns[at + _FILLED]
    for at in range(people):
        n_unobserved[begin + at] = columns[at + _FILLED] >> _THIRTY_TWO
    for at in range(people):
        n_passes[begin + at] = columns[at + _PASSED]
    for at in range(people):
        n_searches[begin + at] = columns[at + _PASSED] >> _THIRTY_TWO
    for at in range(people):
        n_captures[begin + at] = columns[at + _CAPTURED]
    for at in range(people):
        minutes_out[begin + at] = columns[at + _OUT]
    for at in range(people):
        minutes_viewed[begin + at] = columns[at + _OUT] >> _THIRTY_TWO
    for at in range(people):
        strolls = (leisure[begin + at] == ANY_ROUTE) & ((columns[at + _FILLED] >> _STROLL_BIT) & _ONE != _ZERO)
        stroll[begin + at] = strolled[at] if strolls else -1
