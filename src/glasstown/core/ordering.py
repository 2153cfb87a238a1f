"""Orders that carry nothing: by where and when, and where that is the same by an addressed draw."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glasstown.core.kernels import kernel, piece, whole

Tie = Callable[[NDArray[np.int64]], NDArray[Any]]

KEY_BITS = 32
# With few rows, clearing a table of many digits would take longer than dealing out once more.
_NARROW, _WIDE, _MANY = whole(9), whole(14), whole(1 << 14)
# So many numbers, and the table that deals them out by one digit, stay in a core's own memory.
_NEAR, _DIGIT, _HEAPS = whole(1 << 12), whole(11), whole(8)
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_ZERO, _ONE = np.uint64(0), np.uint64(1)
_NONE = whole(0)
# For no more than these, compiling or loading a loop takes longer than NumPy takes to sort.
FEW_ROWS, FEW_NUMBERS = 1 << 12, 1 << 17
_TRIED, _TRIALS, _SPREAD, _TRIED_BITS = 1 << 15, 3, np.uint32(2_654_435_769), np.uint32(5)


class Order(NamedTuple):
    """Rows in their order, and beside each the two numbers by which it has its place."""

    rows: NDArray[np.int64]
    first: NDArray[Any]
    second: NDArray[Any]


def in_sequence(first: NDArray[np.integer[Any]], second: NDArray[np.integer[Any]], tie: Tie) -> Order:
    """Return the order of rows by one number, then by another, then by a draw, then by position.

    Parameters
    ----------
    first, second : arrays of whole numbers, shape (n,)
        What rows are ordered by: none below 0, none of more than 31 bits, and together at most 32.
    tie : callable
        Given rows, their addressed 32-bit draws. Asked only for rows that have both numbers in common with others.
    """
    bits = [int(column.max(initial=0)).bit_length() for column in (first, second)]
    if sum(bits) > KEY_BITS or max(bits) >= KEY_BITS:
        raise ValueError(f"rows are ordered by numbers of less than {KEY_BITS} bits, together as many, not of {bits}")
    # Whatever their types, one loop that is compiled once.
    one, other = first.astype(np.int32, copy=False), second.astype(np.int32, copy=False)
    few = len(one) <= FEW_ROWS
    order, places, begins = (sorted_rows if few else ranked)(one, other, bits[0], bits[1])
    if len(places):
        draws = tie(order.rows[places]).astype(np.uint64)
        if few:
            order.rows[places] = order.rows[places[np.lexsort((draws, begins))]]
        else:
            _untie(order.rows, places, begins, draws)
    return Order(
        order.rows, order.first.astype(first.dtype, copy=False), order.second.astype(second.dtype, copy=False)
    )


def sorted_rows(
    first: NDArray[np.int32], second: NDArray[np.int32], bits: int, more_bits: int
) -> tuple[Order, NDArray[np.int64], NDArray[np.int64]]:
    """Return what `ranked` does, by sorting: for few rows."""
    key = first.astype(np.int64) << more_bits | second
    rows = np.argsort(key, kind="stable")
    like_before, like_after = np.zeros((2, len(key)), np.bool_)
    like_before[1:] = like_after[:-1] = np.diff(key[rows]) == 0
    places = np.flatnonzero(like_before | like_after)
    begins = np.maximum.accumulate(np.where(like_before[places], 0, np.arange(len(places))))
    return Order(rows, first[rows], second[rows]), places, begins


@kernel
def ranked(
    first: NDArray[np.int32], second: NDArray[np.int32], bits: int, more_bits: int
) -> tuple[Order, NDArray[np.int64], NDArray[np.int64]]:
    """Return the order of rows by two numbers of so many bits, equal rows as they stand.

    Where rows are in order by the second number already, they are dealt out by the first one alone.

    Returns
    -------
    Order
        The order.
    places : array of int64, shape (tied,)
        The places in it whose rows have both numbers in common with a neighbour.
    begins : array of int64, shape (tied,)
        For each of them, which of `places` is the first one of all that have these numbers in common.
    """
    n, width = len(first), np.uint64(more_bits)
    packed, before, ordered = np.empty(n, np.uint64), _ZERO, True
    for i in range(n):
        after = np.uint64(second[i])
        packed[i] = (((np.uint64(first[i]) << width) | after) << _HALF) | np.uint64(i)
        ordered &= after >= before
        before = after
    packed = _by_digits(packed, _HALF + width, bits) if ordered else _by_digits(packed, _HALF, bits + more_bits)
    by_first, by_second = np.empty(n, np.int32), np.empty(n, np.int32)
    like_before, m, before, mask = np.empty(n, np.uint32), _ZERO, ~_ZERO, (_ONE << width) - _ONE
    for i in range(n):
        key = packed[i] >> _HALF
        by_first[i], by_second[i] = key >> width, key & mask
        like_before[m] = i
        m += np.uint64(key == before)
        before = key
        packed[i] &= _LOW
    return Order(packed.view(np.int64), by_first, by_second), *_ties(like_before[:m])


@piece
def _ties(like_before: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return all tied places and which of them each tie begins with, given those that are like the one before."""
    places, begins, m = np.empty(2 * len(like_before), np.int64), np.empty(2 * len(like_before), np.int64), _NONE
    for place in like_before:
        if m == 0 or places[m - 1] != place - 1:
            places[m], begins[m] = place - 1, m
            m += 1
        places[m], begins[m] = place, begins[m - 1]
        m += 1
    return places[:m], begins[:m]


@kernel
def _untie(
    rows: NDArray[np.int64], places: NDArray[np.int64], begins: NDArray[np.int64], draws: NDArray[np.uint64]
) -> None:
    """Put the rows at tied places in the order of their draws, equal ones as they stand; in place."""
    m = len(places)
    packed, tied, free = np.empty(m, np.uint64), np.empty(m, np.int64), np.zeros(m, np.int64)
    for k in range(m):
        packed[k], tied[k] = (draws[k] << _HALF) | np.uint64(k), rows[places[k]]
    packed = _by_digits(packed, _HALF, KEY_BITS)
    for k in range(m):
        who = np.uint64(packed[k] & _LOW)
        begin = np.uint64(begins[who])
        rows[places[begin] + free[begin]] = tied[who]
        free[begin] += 1


@piece
def _by_digits(packed: NDArray[np.uint64], at: np.uint64, bits: int) -> NDArray[np.uint64]:
    """Deal numbers out by so many of their bits above some, the last digits first, equal ones as they stand."""
    n = len(packed)
    widest = _WIDE if n > _MANY else _NARROW
    digits = max((bits + widest - 1) // widest, 1)
    width = np.uint64((bits + digits - 1) // digits)
    mask = (_ONE << width) - _ONE
    begin, dealt = np.empty(mask + np.uint64(2), np.uint32), np.empty(n, np.uint64)
    for _ in range(digits):
        begin[:] = 0
        for i in range(n):
            begin[((packed[i] >> at) & mask) + _ONE] += np.uint32(1)
        for d in range(mask):
            begin[d + _ONE] += begin[d]
        for i in range(n):
            digit = (packed[i] >> at) & mask
            dealt[begin[digit]] = packed[i]
            begin[digit] += np.uint32(1)
        packed, dealt = dealt, packed
        at += width
    return packed


class Dealt(NamedTuple):
    """Numbers sorted by their upper part, then by their lower one: each upper part once, and how often it comes."""

    upper: NDArray[np.int32]
    n: NDArray[np.int32]
    lower: NDArray[np.int16]


def dealt(numbers: NDArray[np.uint32], width: int) -> Dealt:
    """Sort numbers and take each apart: what it has above its last `width` bits (1 to 15), and those bits."""
    if len(numbers) > FEW_NUMBERS:
        return (dealt_by_comparing if _compares_well() else dealt_by_digits)(numbers, whole(width))
    ordered = np.sort(numbers)
    upper, new = (ordered >> width).astype(np.int32), np.ones(len(ordered), np.bool_)
    new[1:] = upper[1:] != upper[:-1]
    begins = np.flatnonzero(new)
    after = np.diff(begins, append=len(ordered)).astype(np.int32)
    return Dealt(upper[begins], after, (ordered & ((1 << width) - 1)).astype(np.int16))


@cache
def _compares_well() -> bool:
    """Say whether this processor sorts many numbers faster by comparing them than digit by digit; tried once.

    NumPy sorts with a processor's widest registers. Some take less time for it than for digits; some, which are slow at
    putting chosen lanes together, take several times as much. The outcome is the same.
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
    return comparing < by_digits


def dealt_by_comparing(numbers: NDArray[np.uint32], width: int) -> Dealt:
    """Return what `dealt` does, by comparing numbers with each other: for many numbers."""
    return _taken_apart(np.sort(numbers), width)


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
    parts, mask = _room_for(n, used, width), np.uint32((1 << digit) - 1)
    low, k, before = _ZERO, ~_ZERO, ~_ZERO
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
        k, before = _part(source, at, high - low, low, width, k, before, parts)
        low = high
    return _counted(parts, k + _ONE)


@kernel
def _taken_apart(ordered: NDArray[np.uint32], width: int) -> Dealt:
    """Take numbers apart that are in order."""
    n = len(ordered)
    parts = _room_for(n, ordered[-1] if n else np.uint32(0), width)
    k, _ = _part(ordered, _ZERO, np.uint64(n), _ZERO, width, ~_ZERO, ~_ZERO, parts)
    return _counted(parts, k + _ONE)


@piece
def _room_for(n: int, most: np.uint32, width: int) -> Dealt:
    """Make room for the parts of n numbers that have no bit above the highest one of `most`."""
    uppers = min(n, np.int64(most >> np.uint32(width)) + 1)
    return Dealt(np.empty(uppers, np.int32), np.empty(uppers, np.int32), np.empty(n, np.int16))


@piece
def _part(
    source: NDArray[np.uint32], at: np.uint64, n: np.uint64, low: np.uint64, width: int, k: np.uint64,
    before: np.uint64, parts: Dealt,
) -> tuple[np.uint64, np.uint64]:  # fmt: skip
    """Part n numbers that are in order, from `at` on, into places from `low` on; for each upper part, where it ends.

    `k` is the place of the last upper part so far, `before` the part itself; both are returned as they are afterwards.
    """
    upper, after, lower = parts
    last = np.uint32((1 << width) - 1)
    # Written over until the upper part changes: nothing to guess.
    for i in range(n):
        number = np.uint64(source[at + i] >> np.uint32(width))
        k += np.uint64(number != before)
        before = number
        upper[k], after[k], lower[low + i] = number, low + i + _ONE, source[at + i] & last
    return k, before


@piece
def _counted(parts: Dealt, k: np.uint64) -> Dealt:
    """Turn where each of k upper parts ends into how often it comes, and give back room that was not needed."""
    upper, after, lower = parts
    for j in range(k - _ONE if k else k):
        after[k - _ONE - j] -= after[k - _ONE - j - _ONE]
    return Dealt(upper[:k].copy(), after[:k].copy(), lower)


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
