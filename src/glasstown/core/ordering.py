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
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_ZERO, _ONE = np.uint64(0), np.uint64(1)
_NONE = whole(0)
# For no more than these, compiling or loading a loop takes longer than NumPy takes to sort.
FEW_ROWS = 1 << 12


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
