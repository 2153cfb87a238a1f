"""Many numbers sorted and taken apart: by their upper part, then by their lower one."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from glasstown.core.kernels import kernel, piece, whole
from glasstown.core.lanes import LANES, LOWER, Lanes, pointer

# For no more than these, compiling or loading a loop takes longer than NumPy takes to sort.
FEW_NUMBERS = 1 << 17
_FIRST = 64
# So many numbers, and the table that deals them out by one digit, stay in a core's own memory.
_NEAR, _DIGIT, _HEAPS = whole(1 << 12), whole(11), whole(8)
_TRIED, _TRIALS, _SPREAD, _TRIED_BITS = 1 << 15, 5, np.uint32(2_654_435_769), np.uint32(5)
_CLEARLY = 2
_HALF, _LOW = np.uint64(32), np.uint64(LOWER)
_ZERO, _ONE, _EIGHT = np.uint64(0), np.uint64(1), np.uint64(LANES)
_COUNT = np.uint64(15)
_NONE = whole(0)


class Dealt(NamedTuple):
    """Numbers sorted by their upper part, then by their lower one: each upper part once, and how often it comes."""

    upper: NDArray[np.int32]
    n: NDArray[np.int32]
    lower: NDArray[np.int16]


def dealt(numbers: NDArray[np.uint32], width: int) -> Dealt:
    """Sort numbers and take each apart: what it has above its last `width` bits (1 to 15), and those bits.

    Many numbers that are in order already are only taken apart.
    """
    if len(numbers) > FEW_NUMBERS:
        rising = bool((numbers[1:_FIRST] >= numbers[: _FIRST - 1]).all())
        if rising and (apart := _taken_apart(numbers, whole(width))) is not None:
            return apart
        return (dealt_by_comparing if _compares_well() else dealt_by_digits)(numbers, whole(width))
    ordered = np.sort(numbers)
    upper, new = (ordered >> width).astype(np.int32), np.ones(len(ordered), np.bool_)
    new[1:] = upper[1:] != upper[:-1]
    begins = np.flatnonzero(new)
    after = np.diff(begins, append=len(ordered)).astype(np.int32)
    return Dealt(upper[begins], after, (ordered & ((1 << width) - 1)).astype(np.int16))


def put_in_order(numbers: NDArray[np.uint32]) -> None:
    """Sort numbers in place if `dealt` would otherwise sort a copy of them."""
    if len(numbers) > FEW_NUMBERS and _compares_well():
        numbers.sort()


@cache
def _compares_well() -> bool:
    """Say whether this processor sorts many numbers faster by comparing them than digit by digit; tried once.

    NumPy sorts with a processor's widest registers. Some take less time for it than for digits; some, which are slow at
    putting chosen lanes together, take several times as much: only where it takes clearly more are digits taken, or a
    moment in which something else ran would decide for a whole run. The outcome is the same.
    """
    numbers = np.arange(_TRIED, dtype=np.uint32) * _SPREAD >> _TRIED_BITS

    def trial(dealing: Callable[[NDArray[np.uint32], int], Dealt]) -> int:
        begun = time.thread_time_ns()
        dealing(numbers, _DIGIT)
        return time.thread_time_ns() - begun

    # Of several trials the first one may load the loop.
    comparing, by_digits = (
        min(trial(dealing) for _ in range(_TRIALS)) for dealing in (dealt_by_comparing, dealt_by_digits)
    )
    return comparing < _CLEARLY * by_digits


def dealt_by_comparing(numbers: NDArray[np.uint32], width: int) -> Dealt:
    """Return what `dealt` does, by comparing numbers with each other: for many numbers."""
    apart = _taken_apart(np.sort(numbers), width)
    assert apart is not None
    return apart


@kernel
def dealt_by_digits(numbers: NDArray[np.uint32], width: int) -> Dealt:
    """Return what `dealt` does, digit by digit: for many numbers.

    Numbers are put on heaps by their first bits, and each heap, small enough for near memory, is then dealt out by its
    other digits, the last one first.
    """
    n, used, bits, heaps = len(numbers), np.uint32(0), np.int64(1), np.int64(0)
    for i in range(n):
        used |= numbers[i]
    while np.uint64(used) >> np.uint64(bits):
        bits += 1
    while heaps < min(bits - 1, _HEAPS) and n >> heaps > _NEAR:
        heaps += 1
    digits = (bits - heaps + _DIGIT - 1) // _DIGIT
    digit = (bits - heaps + digits - 1) // digits
    ends, heaped, largest = _heaped(numbers, np.uint32(bits - heaps), whole(1 << heaps))
    one, other, places = np.empty(largest, np.uint32), np.empty(largest, np.uint32), np.empty(1 << digit, np.uint32)
    begins, lower = _room_for(n, width)
    mask = np.uint32((1 << digit) - 1)
    low, k, before = _ZERO, _ZERO, ~_ZERO
    for heap in range(1 << heaps):
        high = np.uint64(ends[heap])
        source, at = heaped, low
        for d in range(digits):
            by, begin = np.uint32(d * digit), np.uint32(0)
            for j in range(len(places)):
                places[j] = 0
            for i in range(high - low):
                places[np.uint64((source[at + i] >> by) & mask)] += np.uint32(1)
            for j in range(len(places)):
                places[j], begin = begin, begin + places[j]
            for i in range(high - low):
                place = np.uint64((source[at + i] >> by) & mask)
                one[np.uint64(places[place])] = source[at + i]
                places[place] += np.uint32(1)
            source, one, other, at = one, other, one, _ZERO
        k, before, _ = _part(source, at, high - low, low, width, k, before, begins, lower)
        low = high
    return _counted(begins, k, lower)


@kernel
def _taken_apart(numbers: NDArray[np.uint32], width: int) -> Dealt | None:
    """Take numbers apart that are in order; return None where they are not."""
    n = len(numbers)
    begins, lower = _room_for(n, width)
    k, _, rising = _part(numbers, _ZERO, np.uint64(n), _ZERO, width, _ZERO, ~_ZERO, begins, lower)
    return _counted(begins, k, lower) if rising else None


@piece
def _room_for(n: int, width: int) -> tuple[NDArray[np.uint64], NDArray[np.int16]]:
    """Make room for where each upper part begins, and for the lower parts of n numbers."""
    return np.empty(min(n, 1 << (32 - width)) + 2 * LANES, np.uint64), np.empty(n, np.int16)


@piece
def _part(
    source: NDArray[np.uint32], at: np.uint64, n: np.uint64, low: np.uint64, width: int, k: np.uint64,
    before: np.uint64, begins: NDArray[np.uint64], lower: NDArray[np.int16],
) -> tuple[np.uint64, np.uint64, bool]:  # fmt: skip
    """Part n numbers, from `at` on, into places from `low` on, and write down each upper part and where it begins.

    `k` is how many upper parts there were so far, `before` the last one of them; both are returned as they are
    afterwards, with whether the numbers were in order. It ends with the eight in which they are not.
    """
    by, last, number = np.uint64(width), (_ONE << np.uint64(width)) - _ONE, _ZERO
    head = ((n - _ONE) & (_EIGHT - _ONE)) + _ONE if n else _ZERO
    rising = True
    for i in range(head):
        rising &= source[at + i] >= number
        number = np.uint64(source[at + i])
        # Written over until the upper part changes: nothing to guess.
        begins[k] = number >> by | (low + i) << _HALF
        k += np.uint64(number >> by != before)
        before, lower[low + i] = number >> by, number & last
    for i in range(head, n, _EIGHT):
        found = _eight_parted(source, at + i, by, last, low + i, lower, begins, k)
        k += found & _COUNT
        rising &= found <= _COUNT
        if not rising:
            break
    return k, np.uint64(source[at + n - _ONE]) >> by if n else before, rising


def _parted(
    context: Any, source: Any, at: Any, by: Any, last: Any, low: Any, lower: Any, begins: Any, k: Any
) -> Any:  # fmt: skip
    def generate(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        source, lower, begins = (pointer(target, builder, signature.args[i], given[i]) for i in (0, 5, 6))
        _, at, by, last, low, _, _, k = given
        do = Lanes(builder)
        these, before = do.load_halves(source, at), do.load_halves(source, builder.sub(at, at.type(1)))
        new = do.compare(do.down(do.differ(these, before), by), "!=", 0)
        do.write_first(do.any_of(do.down(these, by), do.up(do.add(do.numbers, low), 32)), new, begins, k)
        do.write_quarters(do.all_of(these, last), lower, low)
        falls = do.number(do.compare(these, "<", before))
        return do.any_of(do.ones(new), do.up(falls, LANES))

    return types.uint64(source, *[types.uint64] * 4, lower, begins, types.uint64), generate


_eight_parted: Any = intrinsic(_parted)
"""Part eight numbers as `_part` does; neither is there nothing before them, nor do any follow that are not read yet.

Returned is how many begin a new upper part; bits 8 to 15 say which of them are less than the one before.
"""


@piece
def _counted(begins: NDArray[np.uint64], k: np.uint64, lower: NDArray[np.int16]) -> Dealt:
    """Turn where each of k upper parts begins into how often it comes."""
    upper, n = np.empty(k, np.int32), np.empty(k, np.int32)
    begins[k] = np.uint64(len(lower)) << _HALF
    for j in range(k):
        upper[j], n[j] = begins[j] & _LOW, (begins[j + _ONE] >> _HALF) - (begins[j] >> _HALF)
    return Dealt(upper, n, lower)


@kernel
def spread(places: NDArray[np.int32], numbers: NDArray[np.int32], n: int) -> NDArray[np.int32]:
    """Return n numbers: those that are given in their places, none of which comes twice, and 0 elsewhere."""
    all_of_them = np.zeros(n, np.int32)
    for i in range(len(places)):
        all_of_them[np.uint64(places[i])] = numbers[i]
    return all_of_them


@piece
def _heaped(
    numbers: NDArray[np.uint32], by: np.uint32, heaps: int
) -> tuple[NDArray[np.int64], NDArray[np.uint32], int]:
    """Put numbers on heaps by their bits above some; return where each heap ends, all heaps, and the largest size."""
    ends, heaped, end, largest = np.zeros(heaps, np.int64), np.empty(len(numbers), np.uint32), _NONE, _NONE
    for i in range(len(numbers)):
        ends[np.uint64(numbers[i] >> by)] += 1
    for heap in range(heaps):
        largest = max(largest, whole(ends[heap]))
        ends[heap], end = end, end + ends[heap]
    for i in range(len(numbers)):
        heap = np.uint64(numbers[i] >> by)
        heaped[np.uint64(ends[heap])] = numbers[i]
        ends[heap] += 1
    return ends, heaped, largest
