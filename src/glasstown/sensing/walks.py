"""How walks meet devices: the compiled part of the verb `capture`, some hundred walks at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from glasstown.core.columns import I16, I32, I64, U8, U32, U64, Bool
from glasstown.core.kernels import in_place, kernel, piece, whole
from glasstown.core.lanes import LANES, ones
from glasstown.core.philox import LOW, begun
from glasstown.core.prefetch import prefetch
from glasstown.sensing.glance import (
    APART,
    CAPTURED,
    HAPPEN,
    OF_A_WALK,
    OF_ONE,
    TOGETHER,
    cut,
    glance,
    glance_twice,
    standing,
)
from glasstown.state import WAY_BEGINS, WAY_MOST, WAY_PASSES

# Of eights that two walks share, which take longer, fewer are asked for ahead.
AHEAD, AHEAD_OF_TWO = 48, 32
_START = whole(0)
_NONE, _ONE = np.uint64(0), np.uint64(1)
_AHEAD, _AHEAD_OF_TWO = np.uint64(AHEAD), np.uint64(AHEAD_OF_TWO)
_BEGINS, _PASSES, _MOST = np.uint64(WAY_BEGINS), np.uint64(WAY_PASSES), np.uint64(WAY_MOST)
_CUT, _PLACE, _THREE = whole(LANES * LANES), whole(LANES - 1), np.uint64(3)
_LANES, _ALL, _EVERY = map(np.uint64, (LANES, 255, 65535))
_HAPPEN, _CAPTURED, _OF_ONE = np.uint64(HAPPEN), np.uint64(CAPTURED), np.uint64(OF_ONE)
_N_CAPTURES, _N_SEARCHES, _N_MINUTES, _COUNT = np.uint64(16), np.uint64(32), np.uint64(48), np.uint64(0xFFFF)
# Distances known beforehand: a compiler that cannot know whether columns overlap sets out one walk after the other.
_BEGIN, _LAST, _WORD, _FIRST, _SECOND, _THIRD, _FOURTH, _FIFTH = (np.uint64(APART * i) for i in range(1, OF_A_WALK))
# Trips 0 and 1, 3 and 4, 5 and 6 lead there and back; trip 2 is the rest of a way back with an errand on it.
_ERRAND = np.uint64(2)


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

    `walks` says what matters of each walk (see `glance`); `both` whether the next one is the way home along it. `at` is
    where an eight lies, `masks` what it is, `walk` whose: those of single walks from the first place on, and from half
    of the room on those that two walks share.
    """

    walks: U64
    both: Bool
    at: I64
    masks: U64
    walk: U32


def eights(longest: int) -> Eights:
    """Make room for the eights of passes of `TOGETHER` walks, along routes with at most so many passes."""
    room = 2 * (TOGETHER * (longest // LANES + 1) + AHEAD)
    return Eights(
        np.empty(OF_A_WALK * APART, np.uint64),
        np.empty(TOGETHER, np.bool_),
        np.empty(room, np.int64),
        np.empty(room, np.uint64),
        np.empty(room, np.uint32),
    )


@in_place
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
    minutes in view, 16 bits each; a capture is as `glance` writes it. Captures of a walk come as they lie along its
    route, and those of walks that share their eights before all others: see `in_order`.

    Parameters
    ----------
    person, trip : arrays of int32 and uint8, shape (trips,)
        Whose trip it is, and which of the seven of a day.
    way : array of uint64, shape (trips,)
        What there is to know of its route, as `state.ways` packs it.
    backward : array of bool, shape (trips,)
        Whether the route is walked from its end.
    depart, travel, until : arrays of int16, shape (trips,)
        The minute of the day it begins in, how many minutes it takes, and the minute of the day after which nothing
        is passed.
    n : int
        How many of the trips are walked.
    see : Sight
        The devices today.
    room : Eights
        Room for `TOGETHER` walks; what it held is written over.
    seen : array of uint64, shape (trips,)
        Written: the counts of each of the first n trips.
    faces : array of uint64
        Written: the captures; room for every pass of the n trips and `LANES` more.
    """
    packed, _, flags, plain, dawn, dusk, night, k0, k1, lower = see
    walks, both, eight_at, masks, eight_walk = room
    f, half = _NONE, np.uint64(len(eight_at)) >> _ONE
    for low in range(0, n, TOGETHER):
        high = min(low + TOGETHER, n)
        _set_out(low, high, person, trip, way, backward, depart, travel, until, k0, k1, walks, both)
        single, double = _cut_up(low, high, way, room)
        here = seen[low:high]
        here[:] = 0
        _ask_ahead(packed, eight_at, half, double, _AHEAD_OF_TWO)
        out, home = _NONE, _NONE
        for j in range(half, half + double):
            prefetch(packed, eight_at[j + _AHEAD_OF_TWO])
            at, walk = eight_at[j], np.uint64(eight_walk[j])
            row, on = np.uint64(low) + walk, _EVERY if plain else standing(packed, at, flags)
            found = glance_twice(
                packed, at, masks, j, walks, walk, row, on, dawn, dusk, night, k0, k1, lower, faces, f
            )  # fmt: skip
            counts, out, k = _exposed(found, found, on, out)
            here[walk] += counts
            counts, home, more = _exposed(found, found >> _OF_ONE, on, home)
            here[walk + _ONE] += counts
            f += k + more
        _ask_ahead(packed, eight_at, _NONE, single, _AHEAD)
        viewed = _NONE
        for j in range(single):
            prefetch(packed, eight_at[j + _AHEAD])
            at, walk = eight_at[j], np.uint64(eight_walk[j])
            row, on = np.uint64(low) + walk, _EVERY if plain else standing(packed, at, flags)
            found = glance(packed, at, masks, j, walks, walk, row, on, dawn, dusk, night, k0, k1, lower, faces, f)
            counts, viewed, k = _exposed(found, found, on, viewed)
            here[walk] += counts
            f += k
    return whole(f)


@piece
def _ask_ahead(packed: U64, at: I64, begin: np.uint64, n: np.uint64, ahead: np.uint64) -> None:
    """Ask memory for the first eights of a list; the next are asked for while these are decided."""
    for j in range(begin, begin + ahead):
        at[j + n] = 0
        prefetch(packed, at[j])


@piece
def _exposed(found: np.uint64, whose: np.uint64, on: np.uint64, viewed: np.uint64) -> tuple[Any, Any, Any]:
    """Count what an eight adds to a walk; return that, whether a minute in view goes on, and the captures alone."""
    happen, taken, ends = (whose >> _HAPPEN) & _ALL, (whose >> _CAPTURED) & _ALL, found & _ALL
    n_captures = ones(taken)
    # A minute counts where it ends if anything was passed in it: adding carries each such pass up to there.
    there, open_ = happen | viewed, ends ^ _ALL
    reached = (there & open_) + open_
    minutes = ones((reached | there) & ends)
    n_searches = ones(taken & (on >> _LANES))
    counts = ones(happen) | (n_captures << _N_CAPTURES) | (n_searches << _N_SEARCHES) | (minutes << _N_MINUTES)
    return counts, reached >> _LANES, n_captures


@piece
def _set_out(
    low: int,
    high: int,
    person: I32,
    trip: U8,
    way: U64,
    backward: Bool,
    depart: I16,
    travel: I16,
    until: I16,
    k0: np.uint64,
    k1: np.uint64,
    walks: U64,
    both: Bool,
) -> None:
    """Write down what matters of the walks of rows low to high, as `glance` reads it, and which two share a way."""
    n = np.uint64(high - low)
    for i in range(n):
        row = np.uint64(low) + i
        back = -np.int64(backward[row])
        walks[i] = back
        walks[i + _BEGIN] = np.int64(depart[row]) + (back & (np.int64(travel[row]) + 1))
        walks[i + _LAST] = np.int64(until[row])
    for i in range(n):
        row = np.uint64(low) + i
        leg = _leg(np.uint64(trip[row]))
        walks[i + _WORD] = _NONE - (leg & _ONE)
        one, two, three, four, five = begun(np.uint64(person[row]), leg >> _ONE, k0, k1)
        walks[i + _FIRST], walks[i + _SECOND], walks[i + _THIRD] = one, two, three
        walks[i + _FOURTH], walks[i + _FIFTH] = four, five
    for i in range(n - _ONE):
        row = np.uint64(low) + i
        after, leg = row + _ONE, _leg(np.uint64(trip[row]))
        home = (leg & _ONE == _NONE) & (_leg(np.uint64(trip[after])) == leg + _ONE)
        both[i] = home & (person[row] == person[after]) & (way[row] == way[after])
    both[n - _ONE] = False


@piece
def _leg(trip: np.uint64) -> np.uint64:
    """Number trips so that two that lead there and back are 2 n and 2 n + 1: they draw from the same blocks."""
    return trip + np.uint64(trip > _ERRAND)


@piece
def _cut_up(low: int, high: int, way: U64, room: Eights) -> tuple[np.uint64, np.uint64]:
    """Cut the walks of rows low to high into eights; return how many single walks have, and how many two share.

    An eight is a line of memory (see `core.lines`); in the first of a walk, lanes before its first pass are left out.
    """
    _, both, eight_at, masks, eight_walk = room
    single, double = _NONE, np.uint64(len(eight_at)) >> _ONE
    half, i, end = double, _NONE, np.uint64(high - low)
    while i < end:
        met, pair = way[np.uint64(low) + i], both[i]
        begin, n = np.int64(met >> _BEGINS), np.int64((met >> _PASSES) & _MOST)
        skipped = begin & _PLACE
        at, left = begin - skipped, n + skipped if n else _START
        m = double if pair else single
        cut(at, left, ~_NONE << np.uint64(skipped), i, eight_at, masks, eight_walk, m)
        while left > _CUT:
            at, left, m = at + _CUT, left - _CUT, m + _LANES
            cut(at, left, ~_NONE, i, eight_at, masks, eight_walk, m)
        m += np.uint64(left + _PLACE) >> _THREE
        double, single = (m, single) if pair else (double, m)
        # The second of two walks along the same way has no eights of its own.
        i += _ONE + np.uint64(pair)
    return single, double - half


@kernel
def in_order(faces: U64, k: int, backward: Bool, seen: U64, n: int) -> U64:
    """Return the first k captures that `walk_past` wrote on n trips in the order of trips, and of walking on each."""
    place, ordered, begin = np.empty(n, np.uint64), np.empty(k, np.uint64), _NONE
    for i in range(np.uint64(n)):
        end = begin + ((seen[i] >> _N_CAPTURES) & _COUNT)
        place[i] = end - _ONE if backward[i] else begin
        begin = end
    for j in range(np.uint64(k)):
        row = faces[j] & LOW
        ordered[place[row]] = faces[j]
        place[row] += _NONE - _ONE if backward[row] else _ONE
    return ordered
