"""Verb 2, capture: which working devices take a face of whom, and when."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import CERTAIN, happens, threshold
from glasstown.core.columns import I16, I32, I64, U8, U32, U64, Bool
from glasstown.core.kernels import kernel, whole
from glasstown.core.keys import Key
from glasstown.core.lanes import LANES, ones
from glasstown.core.philox import HALF, LOW, begun, words
from glasstown.core.prefetch import prefetch
from glasstown.sensing.glance import (
    APART,
    CAPTURED,
    DEVICE,
    ENDS,
    MINUTES,
    OF_A_WALK,
    TOGETHER,
    glance,
    masks_of,
    standing,
)
from glasstown.sensing.knobs import Cameras
from glasstown.state import WAY_BEGINS, WAY_MOST, WAY_PASSES, Passes, ways

AHEAD = 32
NEVER = 1 << 20
KINDS = LANES + 2
_EVEN = np.uint64(65536)
_START = whole(0)
_NONE, _ONE = np.uint64(0), np.uint64(1)
_AHEAD = np.uint64(AHEAD)
_KINDS, _MORE = np.uint64(KINDS), whole(LANES + 1)
_USUAL = 2
_BEGINS, _PASSES, _MOST = np.uint64(WAY_BEGINS), np.uint64(WAY_PASSES), np.uint64(WAY_MOST)
_EIGHT, _PLACE, _LANES, _ALL = whole(LANES), whole(LANES - 1), np.uint64(LANES), np.uint64(255)
_CAPTURED, _ENDS = np.uint64(CAPTURED), np.uint64(ENDS)
_N_CAPTURES, _N_SEARCHES, _N_MINUTES = np.uint64(16), np.uint64(32), np.uint64(48)
_DEVICE = np.uint64(DEVICE)
# Distances known beforehand: a compiler that cannot know whether columns overlap sets out one walk after the other.
_START_MINUTE, _LAST, _ROW, _FIRST, _SECOND, _THIRD, _MIXED = (np.uint64(APART * i) for i in range(1, OF_A_WALK))
_MINUTES = np.uint64(MINUTES)


class Sight(NamedTuple):
    """What a compiled loop needs to know of the devices today.

    `packed` is that of `Passes`, `longest` the most passes of a route. `flags` has two bits for each device, four
    devices to a byte: whether it works, and whether its captures are searched; `plain` says that all do both. It is
    light from `dawn` to `dusk`, and otherwise chances are multiplied by `night` / 65,536. `k0` and `k1` are the words
    of the key, and `lower` is the lower half of a number (see `core.philox.first_words`).
    """

    packed: U64
    longest: int
    flags: U8
    plain: bool
    dawn: int
    dusk: int
    night: np.uint64
    k0: np.uint64
    k1: np.uint64
    lower: np.uint64


class Eights(NamedTuple):
    """Room for some walks and their eights of passes.

    `walks` says what matters of each walk (see `glance`); `at` where an eight lies, `masks` what it is, `walk` whose.
    `kinds` has the masks of each number of passes left, for walks forward and then for those backward.
    """

    walks: U64
    at: I64
    masks: U64
    walk: U32
    kinds: U64


class Seen(NamedTuple):
    """What the devices made of a set of trips: one row an exposure for each trip, and the captures."""

    exposures: t.Exposures
    captures: t.Captures


def working(devices: t.Devices, knobs: Cameras, key: Key) -> Bool:
    """Draw which devices work today.

    Parameters
    ----------
    key : Key
        The day's key; a draw is addressed by device.
    """
    code = threshold(float(knobs.working))
    return devices.alive if code == CERTAIN else _working(devices.device, devices.alive, code, *key("working").words)


@kernel
def _working(device: I32, alive: Bool, code: np.uint64, k0: np.uint64, k1: np.uint64) -> Bool:
    """Draw which devices work, given the threshold of doing so."""
    on = np.empty(len(device), np.bool_)
    for i in range(len(device)):
        high, low, _, _ = words(np.uint64(device[i]), _NONE, _NONE, _NONE, k0, k1)
        on[i] = alive[i] & happens(high, low, code)
    return on


def sight(passes: Passes, on: Bool, searching: Bool, knobs: Cameras, key: Key) -> Sight:
    """Put what matters about the devices today side by side.

    Parameters
    ----------
    passes : Passes
        Which devices each route passes.
    on, searching : arrays of bool, shape (devices,)
        Which devices work today, and whose captures are searched.
    key : Key
        The day's key; a draw is addressed by person, trip and device.
    """
    night = np.uint64(round(float(knobs.night) * 65536))
    dawn, dusk = (-1, NEVER) if night == _EVEN else (int(knobs.dawn_minute), int(knobs.dusk_minute))
    # Where it is never light, both are the same minute.
    dusk = max(dusk, dawn)
    plain, k = bool(on.all() and searching.all()), key("capture").words
    return Sight(passes.packed, passes.longest, _flags(on, searching), plain, dawn, dusk, night, *k, LOW)


@kernel
def _flags(on: Bool, searching: Bool) -> U8:
    """Put two bits for each device side by side, four devices to a byte."""
    flags = np.zeros((len(on) + 3) // 4, np.uint8)
    for i in range(len(on)):
        both = np.uint8(on[i]) | np.uint8(searching[i]) << _ONE
        flags[i // 4] |= both << np.uint64(2 * (i % 4))
    return flags


def capture(trips: t.Trips, passes: Passes, on: Bool, searching: Bool, knobs: Cameras, key: Key) -> Seen:
    """Let devices see people pass: each pass of a working device is one chance of one capture.

    Parameters
    ----------
    trips : Trips
        Any trips of one day.
    passes : Passes
        Which devices each route passes.
    on, searching : arrays of bool, shape (devices,)
        Which devices work today, and whose captures are searched.
    key : Key
        The day's key; a draw is addressed by person, trip and device.

    Returns
    -------
    Seen
        Exposures aligned with `trips`; captures in the order of trips and walking.

    Limits
    ------
    Captures of one person are independent given distance and light; crowds hide nobody.
    """
    begin, n_passes = passes.begin[trips.route], passes.n_passes[trips.route]
    seen, faces = np.empty(len(trips), np.uint64), room_for(int(n_passes.sum()))
    taken = walk_past(
        trips.person,
        trips.trip,
        ways(begin, n_passes, trips.travel_minutes),
        trips.backward,
        trips.depart_minute,
        trips.travel_minutes,
        trips.until_minute,
        len(trips),
        sight(passes, on, searching, knobs, key),
        eights(passes.longest),
        seen,
        faces,
    )
    faces = faces[:taken]
    row, device = (faces & LOW).astype(np.int64), (faces >> _DEVICE).astype(np.int32)
    columns = ((seen >> np.uint64(16 * i) & np.uint64(0xFFFF)).astype(np.int16) for i in range(4))
    return Seen(
        t.Exposures(trips.person, trips.trip, *columns),
        t.Captures(trips.person[row], trips.trip[row], device, ((faces >> HALF) & _MINUTES).astype(np.int16)),
    )


def together(exposures: t.Exposures) -> U64:
    """Put the counts of each trip into one integer, as a compiled loop leaves them."""
    together = exposures.n_passes.astype(np.uint64)
    for i, column in enumerate((exposures.n_captures, exposures.n_searches, exposures.minutes_viewed), 1):
        together |= column.astype(np.uint64) << np.uint64(16 * i)
    return together


def room_for(passes: int) -> U64:
    """Make room for the captures of so many passes."""
    return np.empty(passes + LANES, np.uint64)


def eights(longest: int) -> Eights:
    """Make room for the eights of passes of `TOGETHER` walks, along routes with at most so many passes."""
    room = TOGETHER * (longest // LANES + 1) + AHEAD
    kinds = [masks_of(left, back) for back in (False, True) for left in range(KINDS)]
    return Eights(
        np.empty(OF_A_WALK * APART, np.uint64),
        np.empty(room, np.int64),
        np.empty(room, np.uint64),
        np.empty(room, np.uint32),
        np.array(kinds, np.uint64),
    )


@kernel
def walk_past(
    person: I32,
    trip: U8,
    way: U64,
    backward: Bool,
    depart: I16,
    travel: I16,
    until: I16,
    n: int,
    see: Sight,
    room: Eights,
    seen: U64,
    faces: U64,
) -> int:
    """Walk the first n trips past their devices; return how many captures were written.

    Some walks are first cut into eights of passes, and then all those eights are decided one after the other, so that a
    processor never has to guess where a walk ends. For each trip one integer is left: passes, captures, searches and
    minutes in view, 16 bits each; a capture is as `glance` writes it.
    """
    packed, _, flags, plain, dawn, dusk, night, k0, k1, lower = see
    eight_at, masks, eight_walk, walks = room.at, room.masks, room.walk, room.walks
    f = _NONE
    for low in range(0, n, TOGETHER):
        high = min(low + TOGETHER, n)
        _set_out(low, high, person, trip, backward, depart, travel, until, k0, k1, walks)
        m = _cut_up(low, high, way, backward, packed, room)
        here = seen[low:high]
        here[:] = 0
        viewed = _NONE
        for j in range(np.uint64(m)):
            prefetch(packed, eight_at[j + _AHEAD])
            at, walk = eight_at[j], np.uint64(eight_walk[j])
            awake, searching = _ALL, _ALL
            if not plain:
                both = standing(packed, at, masks, j, flags)
                awake, searching = both & _ALL, both >> _LANES
            found = glance(packed, at, masks, j, walks, walk, awake, dawn, dusk, night, k0, k1, lower, faces, f)
            happen, taken, ends = found & _ALL, (found >> _CAPTURED) & _ALL, found >> _ENDS
            n_captures = ones(taken)
            f += n_captures
            # A minute counts where it ends if anything was passed in it: adding carries each such pass up to there.
            there, open_ = happen | viewed, ends ^ _ALL
            reached = (there & open_) + open_
            viewed = reached >> _LANES
            minutes = ones((reached | there) & ends)
            counts = ones(happen) | (n_captures << _N_CAPTURES) | (ones(taken & searching) << _N_SEARCHES)
            here[walk] += counts | (minutes << _N_MINUTES)
    return int(np.int64(f))


@kernel
def _set_out(
    low: int,
    high: int,
    person: I32,
    trip: U8,
    backward: Bool,
    depart: I16,
    travel: I16,
    until: I16,
    k0: np.uint64,
    k1: np.uint64,
    walks: U64,
) -> None:
    """Write down what matters of the walks of rows low to high, as `glance` reads it."""
    for i in range(np.uint64(high - low)):
        row = np.uint64(low) + i
        back = -np.int64(backward[row])
        walks[i] = back
        walks[i + _START_MINUTE] = np.int64(depart[row]) + (back & (np.int64(travel[row]) + 1))
        walks[i + _LAST] = np.int64(until[row])
        walks[i + _ROW] = row
    for i in range(np.uint64(high - low)):
        row = np.uint64(low) + i
        first, second, third, mixed = begun(np.uint64(person[row]), np.uint64(trip[row]), k0, k1)
        walks[i + _FIRST], walks[i + _SECOND], walks[i + _THIRD], walks[i + _MIXED] = first, second, third, mixed


@kernel
def _cut_up(low: int, high: int, way: U64, backward: Bool, packed: U64, room: Eights) -> int:
    """Cut the walks of rows low to high into eights of passes, in the order of walking; return how many there are.

    An eight is a line of memory (see `core.lines`); in the first of a walk, lanes before its first pass are left out.
    Memory is asked for the first ones; the next are asked for while these are decided.
    """
    _, eight_at, masks, eight_walk, kinds = room
    m = _NONE
    for i in range(np.uint64(high - low)):
        met, back = way[np.uint64(low) + i], backward[np.uint64(low) + i]
        begin, n = np.int64(met >> _BEGINS), np.int64((met >> _PASSES) & _MOST)
        end = begin + n - 1
        by, first, skipped = (-_EIGHT, end, ~end & _PLACE) if back else (_EIGHT, begin, begin & _PLACE)
        at, left = first & ~_PLACE, n + skipped if n else _START
        kind, there = _KINDS if back else _NONE, ~_NONE << np.uint64(skipped)
        # Most walks are that short, and a processor would guess wrong where one ends.
        for _ in range(_USUAL):
            eight_at[m], eight_walk[m] = at, i
            masks[m] = kinds[kind + np.uint64(min(max(left, _START), _MORE))] & there
            m += np.uint64(left > 0)
            at += by
            left -= _EIGHT
            there = ~_NONE
        while left > 0:
            eight_at[m], masks[m], eight_walk[m] = at, kinds[kind + np.uint64(min(left, _MORE))], i
            at += by
            left -= _EIGHT
            m += _ONE
    for j in range(AHEAD):
        eight_at[m + np.uint64(j)] = 0
        prefetch(packed, eight_at[np.uint64(j)])
    return int(np.int64(m))


def withdraw(seen: Seen, kept: Bool, again: Bool, cut_seen: Seen, gone: Bool) -> Seen:
    """Take back what devices saw of walks that a stop cut short.

    Parameters
    ----------
    seen : Seen
        What was seen as if nobody had been stopped.
    kept, again : arrays of bool, shape (trips,)
        Trips still made, and among those that remain, the ones that were cut.
    cut_seen : Seen
        The cut trips, seen again.
    gone : array of bool, shape (captures,)
        Captures that did not happen.
    """
    exposures = seen.exposures.take(kept)
    where = np.flatnonzero(again)
    columns: dict[str, Any] = {}
    for column in exposures.columns():
        values = getattr(exposures, column.name).copy()
        values[where] = getattr(cut_seen.exposures, column.name)
        columns[column.name] = values
    return Seen(t.Exposures(**columns), seen.captures.take(~gone))
