"""Orders that carry nothing: by where and when, and where that is the same by an addressed draw."""

from __future__ import annotations

from collections.abc import Callable
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
        return dealt_by_digits(numbers, whole(width))
    ordered = np.sort(numbers)
    upper, new = (ordered >> width).astype(np.int32), np.ones(len(ordered), np.bool_)
    new[1:] = upper[1:] != upper[:-1]
    begins = np.flatnonzero(new)
    after = np.diff(begins, append=len(ordered)).astype(np.int32)
    return Dealt(upper[begins], after, (ordered & ((1 << width) - 1)).astype(np.int16))


@kernel
def dealt_by_digits(numbers: NDArray[np.uint32], width: int) -> Dealt:
    """Return what `dealt` does, digit by digit: for many numbers.

    Numbers are put on heaps by their first bits, and each heap, small enough for near memory, is then dealt out by its
    other digits, the last one first. Sorting by comparison takes several times as long where a processor is slow at
    putting chosen lanes together.
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
    most = min(n, np.int64(used >> np.uint32(width)) + 1)
    upper, after, lower = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(n, np.int16)
    mask, last = np.uint32((1 << digit) - 1), np.uint32((1 << width) - 1)
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
        # Written over until the upper part changes: nothing to guess.
        for i in range(high - low):
            number = np.uint64(source[i] >> np.uint32(width))
            k += np.uint64(number != before)
            before = number
            upper[k], after[k], lower[low + i] = number, low + i + _ONE, source[i] & last
        low = high
    k += _ONE
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
