"""The compiled day: a block of people plans, walks past devices and is counted before the next block begins.

Each room gives one loop that works on a few hundred people (`town.plan.plan`, `consequence.halt.still_made`,
`sensing.walks.walk_past`); here they are put one after the other, so that what one writes the next one reads from the
nearest cache, and no row of a trip or capture reaches memory unless it is asked for.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from glasstown import tables as t
from glasstown.consequence.halt import still_made
from glasstown.core.columns import I16, I32, U8, U32, U64, Bool
from glasstown.core.dealing import put_in_order
from glasstown.core.kernels import in_place, kernel, whole
from glasstown.core.keys import Key
from glasstown.core.lanes import LANES, LOWER
from glasstown.core.philox import HALF
from glasstown.sensing.glance import DEVICE, MINUTES
from glasstown.sensing.walks import Eights, Sight, eights, in_order, walk_past
from glasstown.state import WAY_MOST, WAY_PASSES, Town, World
from glasstown.sums import MOST, Added, Sums, add_up, added_for, sums_for
from glasstown.town.live import conduct_of
from glasstown.town.outline import BATCH
from glasstown.town.plan import LeftUndone, PlanRoom, Plans, plan, plan_room, plans
from glasstown.town.walkers import Today, Walkers, today_of, walkers

USUAL = 512
_ONE = np.uint64(1)
_DEVICE, _MINUTES, _ROW = np.uint64(DEVICE), np.uint64(MINUTES), np.uint64(LOWER)
_PASSES, _MOST_PASSES = np.uint64(WAY_PASSES), np.uint64(WAY_MOST)
_MARGIN, _OF = whole(9), whole(8)
_NONE, _UNCUT = whole(0), whole(t.NO_CUT)


class Streamed(NamedTuple):
    """What a stream leaves of a day, and the captures of those people whose rows were asked for.

    `taken` says how many faces each device took; it is empty where all faces are collected, which say so themselves.
    """

    outings: t.Outings
    taken: I32
    conduct: t.Conduct
    faces: t.Faces
    captures: t.Captures


class Rows(NamedTuple):
    """Captures as they are written down: the columns of `captures`."""

    person: I32
    trip: U8
    device: I32
    minute: I16


class Room(NamedTuple):
    """What a stream works in: room for one block of people, used again for the next."""

    added: Added
    plan: PlanRoom
    made: Plans
    kept: Bool
    seen: U64
    eights: Eights


def stream(
    town: Town,
    world: World,
    see: Sight,
    day: int,
    weekend: bool,
    key: Key,
    cut: I16,
    written: Bool,
    *,
    faces: bool,
) -> Streamed:
    """Let people spend the day block by block: they plan, walk past devices, and are counted.

    Parameters
    ----------
    town, world : Town, World
        Any people, and what all share.
    see : Sight
        What devices there are today.
    day, weekend, key
        As for the verb `live`.
    cut : array of int16, shape (people,)
        The minute from which each person's day is cut (NO_CUT: not at all).
    written : array of bool, shape (people,)
        Whose captures are written down as rows.
    faces : bool
        Whether to collect all faces taken, instead of counting them.

    Returns
    -------
    Streamed
        The same, to the bit, as `live`, `cut_short`, `capture` and `summed` one after the other.
    """
    who, today = walkers(town), today_of(town, world.ways, weekend)
    sums = sums_for(len(cut))
    taken = np.zeros(0 if faces else len(world.devices), np.int32)
    kept, seen = np.empty(MOST, np.bool_), np.empty(MOST, np.uint64)
    room = Room(added_for(), plan_room(), plans(MOST), kept, seen, eights(see.longest))
    left, undone, packed, rows = _stream(who, today, day, *key.words, see, cut, written, faces, sums, taken, room)
    put_in_order(packed)
    return Streamed(
        t.Outings(who.person, *sums),
        taken,
        conduct_of(left, undone),
        t.Faces(packed),
        t.Captures(*rows),
    )


@in_place
def _cut(made: Plans, n: int, low: int, high: int, cut: I16, kept: Bool) -> int:
    """Cut the plans of people who will be stopped, and close the gaps; return how many remain."""
    least = _UNCUT
    for i in range(np.uint64(low), np.uint64(high)):
        least = min(least, whole(cut[i]))
    if least == _UNCUT:
        return n
    still_made(made.row, made.depart, made.travel, made.stay, n, cut, kept, made.until)
    row, person, trip, route, backward, purpose, depart, travel, stay, until, way = made
    m = 0
    for j in range(n):
        if kept[j]:
            row[m], person[m], trip[m], route[m] = row[j], person[j], trip[j], route[j]
            backward[m], purpose[m], depart[m] = backward[j], purpose[j], depart[j]
            travel[m], stay[m], until[m], way[m] = travel[j], stay[j], until[j], way[j]
            m += 1
    return m


@kernel
def _stream(
    who: Walkers,
    today: Today,
    day: int,
    k0: np.uint64,
    k1: np.uint64,
    see: Sight,
    cut: I16,
    written: Bool,
    collect: bool,
    sums: Sums,
    taken: I32,
    room: Room,
) -> tuple[LeftUndone, int, U32, Rows]:
    """Live everybody's day, block by block."""
    added, planning, made, kept, seen, some = room
    row, person, trip, _, backward, _, depart, travel, _, until, way = made
    left = LeftUndone(np.empty(MOST, np.int32), np.empty(MOST, np.uint8), np.empty(MOST, np.uint8))
    faces = np.empty(MOST * min(see.longest, USUAL) + LANES, np.uint64)
    packed = np.empty(0, np.uint32)
    out_person, out_trip = np.empty(1, np.int32), np.empty(1, np.uint8)
    out_device, out_minute = np.empty(1, np.int32), np.empty(1, np.int16)
    m, f, r = _NONE, _NONE, _NONE
    for low in range(0, len(cut), BATCH):
        high = min(low + BATCH, len(cut))
        if m + MOST > len(left.person):
            more = 2 * (m + MOST)
            person_left, slot_left = _with_room(left.person, m, more), _with_room(left.slot, m, more)
            left = LeftUndone(person_left, slot_left, _with_room(left.kind, m, more))
        n, m = plan(who, low, high, today, day, k0, k1, planning, made, _NONE, left, m)
        n = _cut(made, n, low, high, cut, kept)
        if n * see.longest + LANES > len(faces):
            passes = np.int64(LANES)
            for j in range(n):
                passes += np.int64((way[j] >> _PASSES) & _MOST_PASSES)
            if passes > len(faces):
                faces = np.empty(2 * passes, np.uint64)
        k = walk_past(person, trip, way, backward, depart, travel, until, n, see, some, seen, faces)
        add_up(made, n, seen, who.leisure, low, high, added, sums)
        if not collect:
            for j in range(np.uint64(k)):
                taken[faces[j] >> _DEVICE] += 1
        else:
            if f + k > len(packed):
                # An eighth more than it looks like so far: room that is not used costs nothing, each copy new pages.
                packed = _with_room(packed, f, (f + k) * len(cut) // high * _MARGIN // _OF + k)
            tail = packed[f : f + k]
            for j in range(np.uint64(k)):
                tail[j] = faces[j] >> HALF
            f += k
        asked = _NONE
        for i in range(np.uint64(low), np.uint64(high)):
            asked += written[i]
        if asked:
            if r + k > len(out_person):
                more = 2 * (r + k)
                out_person, out_trip = _with_room(out_person, r, more), _with_room(out_trip, r, more)
                out_device, out_minute = _with_room(out_device, r, more), _with_room(out_minute, r, more)
            walked = faces if _in_order_already(faces, k, backward, n) else in_order(faces, k, backward, seen, n)
            for j in range(np.uint64(k)):
                face, at = walked[j], np.uint64(r)
                x = face & _ROW
                out_person[at], out_trip[at] = person[x], trip[x]
                out_device[at], out_minute[at] = face >> _DEVICE, (face >> HALF) & _MINUTES
                r += whole(written[np.uint64(row[x])])
    return left, m, packed[:f], Rows(out_person[:r], out_trip[:r], out_device[:r], out_minute[:r])


@in_place
def _in_order_already(faces: U64, k: int, backward: Bool, n: int) -> bool:
    """Say whether the first k captures came in the order of n trips, and of walking on each: nobody walked backward."""
    back, falls = _NONE, _NONE
    for i in range(np.uint64(n)):
        back |= whole(backward[i])
    for j in range(np.uint64(max(k - 1, 0))):
        falls |= whole((faces[j] & _ROW) > (faces[j + _ONE] & _ROW))
    return not back | falls


@kernel
def _with_room(column: Any, filled: int, room: int) -> Any:
    """Return a column with more room, and what was in it."""
    larger = np.empty(room, column.dtype)
    for i in range(filled):
        larger[i] = column[i]
    return larger
