"""How one day is planned: the compiled part of the verb `live`, a few hundred people at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import I16, I32, I64, U8, U64, Bool
from glasstown.core.kernels import in_place, piece, whole
from glasstown.core.prefetch import prefetch
from glasstown.state import WAY_PASSES
from glasstown.town.outline import (
    APART,
    BACKWARD,
    BATCH,
    BEGINS,
    DEPART,
    HELD,
    MIXED,
    N_ERRAND,
    N_FREE,
    N_SEEN,
    N_WORK,
    PLACE,
    PURPOSE,
    ROW,
    SETTLED,
    SHUNNED,
    SHY,
    SLOTS,
    STAY,
    TOURS,
    TRIPS,
    WAYS,
    Outline,
    anywhere,
    as_usual,
    have_in_mind,
    look_up,
    outlines,
    side_of,
)
from glasstown.town.walkers import Today, Walkers

TRIP_AVOIDED, TRIP_PREVENTED = range(2)
_SLOT, _BACKWARD = np.uint64(7), np.uint64(1 << BACKWARD)
_ROW, _PURPOSE, _STAY, _DEPART, _PLACE = (np.uint64(at) for at in (ROW, PURPOSE, STAY, DEPART, PLACE))
_TRIP_0, _TRIP_1, _TRIP_2, _TRIP_3, _TRIP_4, _TRIP_5, _TRIP_6 = TRIPS
_MINUTE_OF_DAY, _BYTE, _SHUNNED, _MINUTES = (np.uint64(n) for n in (2047, 255, SHUNNED, (1 << WAY_PASSES) - 1))
_ZERO, _ONE, _APART = np.uint64(0), np.uint64(1), np.uint64(APART)
_UNCUT = whole(t.NO_CUT)


class Plans(NamedTuple):
    """Room for the trips of some people: the columns of `trips`, and `row` says whose they are in `Walkers`."""

    row: I32
    person: I32
    slot: U8
    route: I32
    backward: Bool
    purpose: U8
    depart: I16
    travel: I16
    stay: I16
    until: I16
    way: U64


class LeftUndone(NamedTuple):
    """Room for the trips that some people leave undone: the columns of `conduct`."""

    person: I32
    slot: U8
    kind: U8


class PlanRoom(NamedTuple):
    """Room for a block of people: what they and the next are going to do, and their trips in brief."""

    outline: Outline
    brief: U64


def plans(room: int) -> Plans:
    """Make room for trips."""
    short, word, byte = np.int16, np.int32, np.uint8
    return Plans(
        np.empty(room, word),
        np.empty(room, word),
        np.empty(room, byte),
        np.empty(room, word),
        np.empty(room, np.bool_),
        np.empty(room, byte),
        np.empty(room, short),
        np.empty(room, short),
        np.empty(room, short),
        np.empty(room, short),
        np.empty(room, np.uint64),
    )


def left_undone(room: int) -> LeftUndone:
    """Make room for trips left undone."""
    return LeftUndone(np.empty(room, np.int32), np.empty(room, np.uint8), np.empty(room, np.uint8))


def plan_room() -> PlanRoom:
    """Make room to plan in."""
    return PlanRoom(outlines(), np.empty(SLOTS * BATCH, np.uint64))


@piece
def _unfold(brief: U64, n: np.uint64, whose: I32, low: int, columns: I64, made: Plans, begin: int) -> None:
    """Write the first n trips of the people from row `low` on down, column by column, from row `begin` on."""
    row, person, route, way = made.row[begin:], made.person[begin:], made.route[begin:], made.way[begin:]
    slot, backward, purpose = made.slot[begin:], made.backward[begin:], made.purpose[begin:]
    depart, stay = made.depart[begin:], made.stay[begin:]
    travel, until = made.travel[begin:], made.until[begin:]
    for j in range(n):
        who = np.uint64(low) + (brief[j] >> _ROW & _BYTE)
        row[j], person[j] = who, whose[who]
    for j in range(n):
        place = brief[j] >> _PLACE
        route[j], way[j] = columns[place], columns[place + WAYS]
    for j in range(n):
        slot[j], backward[j] = brief[j] & _SLOT, (brief[j] & _BACKWARD) != _ZERO
        purpose[j] = brief[j] >> _PURPOSE & _BYTE
    for j in range(n):
        depart[j], stay[j] = brief[j] >> _DEPART & _MINUTE_OF_DAY, brief[j] >> _STAY & _MINUTE_OF_DAY
    for j in range(n):
        travel[j], until[j] = way[j] & _MINUTES, _UNCUT


@piece
def _leave_undone(
    person: np.int32, brief: U64, begin: np.uint64, end: np.uint64, held: bool, left: LeftUndone, m: int
) -> tuple[np.uint64, int]:
    """Take back the trips of a person in custody, and those that are shunned; return where the next ones go."""
    n = begin
    for j in range(begin, end):
        if held or brief[j] >> _PURPOSE & _BYTE == _SHUNNED:
            left.person[m], left.slot[m] = person, brief[j] & _SLOT
            left.kind[m] = TRIP_PREVENTED if held else TRIP_AVOIDED
            m += 1
        else:
            brief[n] = brief[j]
            n += _ONE
    return n, m


@piece
def _write_down(
    whose: I32, low: int, n: np.uint64, columns: I64, soon: I64, ways: U64, brief: U64, left: LeftUndone, m: int
) -> tuple[np.uint64, int]:
    """Write the trips of n outlines one after the other; return how many are made, and the next free row of `left`.

    All seven of a person are written, and those that are not made are written over: nothing to guess. Meanwhile memory
    is asked for the ways that the next people have in mind.
    """
    end = _ZERO
    for i in range(n):
        for tour in range(TOURS):
            prefetch(ways, soon[i + np.uint64(tour) * _APART])
        begin = end
        brief[end], brief[end + _ONE] = columns[i + _TRIP_0], columns[i + _TRIP_1]
        end += np.uint64(columns[i + N_WORK])
        brief[end] = columns[i + _TRIP_2]
        end += np.uint64(columns[i + N_ERRAND])
        brief[end], brief[end + _ONE] = columns[i + _TRIP_3], columns[i + _TRIP_4]
        end += np.uint64(columns[i + N_FREE])
        brief[end], brief[end + _ONE] = columns[i + _TRIP_5], columns[i + _TRIP_6]
        end += np.uint64(columns[i + N_SEEN])
        held = columns[i + HELD]
        if held | columns[i + SHY]:
            end, m = _leave_undone(whose[np.uint64(low) + i], brief, begin, end, held != 0, left, m)
    return end, m


@in_place
def plan(
    who: Walkers,
    low: int,
    high: int,
    today: Today,
    day: int,
    k0: np.uint64,
    k1: np.uint64,
    room: PlanRoom,
    made: Plans,
    n: int,
    left: LeftUndone,
    m: int,
) -> tuple[int, int]:
    """Plan the day of the people of rows low to high, at most `BATCH`: what is made, and what is left undone.

    Written from row n of `made` and row m of `left`; returns the next free row of each. Whoever the room is used for,
    those of row 0 come first: what the room holds of others is known by their first row alone.

    Parameters
    ----------
    who : Walkers
        Everybody of the community.
    low, high : int
        The rows of those whose day is planned.
    today : Today
        What is the same for everybody.
    day : int
        The day of the run, counted from 0.
    k0, k1 : uint64
        The words of the key.
    room : PlanRoom
        Room to plan in, kept from one call to the next.
    made, left : Plans, LeftUndone
        Written: the trips that are made, and those that are left undone.
    n, m : int
        The first free row of each.
    """
    here, known = side_of(room.outline, low), len(who.person)
    thought_of = low and here.notes[BEGINS] == low
    # Nobody is thought of who would take the place of these.
    ahead = high if high // BATCH > low // BATCH else low
    for begin in range(high if thought_of else low, min(ahead + 1, known), BATCH):
        have_in_mind(who, begin, min(begin + BATCH, known), today, day, k0, k1, side_of(room.outline, begin))
    people = np.uint64(high - low)
    look_up(people, today.ways, here)
    if here.notes[SETTLED]:
        as_usual(people, here)
    if here.notes[MIXED]:
        anywhere(people, here)
    soon = side_of(room.outline, high).columns
    end, m = _write_down(who.person, low, people, here.columns, soon, today.ways, room.brief, left, m)
    _unfold(room.brief, end, who.person, low, here.columns, made, n)
    return n + whole(end), m
