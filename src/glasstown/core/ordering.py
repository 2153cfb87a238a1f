"""Orders that carry nothing: by where and when, and where that is the same by an addressed draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasstown.core.kernels import kernel, whole

Tie = Callable[[NDArray[np.int64]], NDArray[Any]]

_NARROW, _WIDE = whole(8), whole(13)
_MANY = 4096
# So many numbers, and the table that deals them out by one digit, stay in a core's own memory.
_NEAR, _DIGIT, _HEAPS = whole(1 << 12), whole(11), whole(7)
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_ONE = np.uint64(1)
_NONE = whole(0)


def in_sequence(first: NDArray[np.uint32], tie: Tie) -> NDArray[np.int64]:
    """Return the order of rows by an integer, then by a draw, then by position.

    Parameters
    ----------
    first : array of uint32, shape (n,)
        What rows are ordered by.
    tie : callable
        Given rows, their addressed 32-bit draws. Asked only for rows that have their `first` in common with others.
    """
    order, tied = ranked(first)
    if len(tied):
        rows = order[tied]
        rows = rows[ranked(tie(rows).astype(np.uint32))[0]]
        order[tied] = rows[ranked(first[rows])[0]]
    return order


@kernel
def ranked(numbers: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the order of numbers, equal ones as they stand, and the places in it where neighbours are equal.

    Numbers are dealt out by their last digits and then by those before, as few digits as their bits need.
    """
    n, bits = len(numbers), np.int64(0)
    used = np.uint32(0)
    for i in range(n):
        used |= numbers[i]
    while np.uint64(used) >> np.uint64(bits):
        bits += 1
    widest = _WIDE if n > _MANY else _NARROW
    digits = max((bits + widest - 1) // widest, 1)
    width = np.uint64((bits + digits - 1) // digits)
    mask = (_ONE << width) - _ONE
    begin = np.empty(mask + np.uint64(2), np.uint32)
    dealt, packed = np.empty(n, np.uint64), np.empty(n, np.uint64)
    for i in range(n):
        packed[i] = (np.uint64(numbers[i]) << _HALF) | np.uint64(i)
    at = _HALF
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
    order, tied, m = np.empty(n, np.int64), np.empty(n, np.int64), np.uint64(0)
    for i in range(n):
        order[i] = packed[i] & _LOW
    before = False
    for i in range(n):
        after = i + 1 < n and packed[i] >> _HALF == packed[i + 1] >> _HALF
        tied[m] = i
        m += np.uint64(before or after)
        before = after
    return order, tied[:m].copy()


@kernel
def sorted_apart(numbers: NDArray[np.uint32], width: int) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
    """Sort numbers and take each apart: what it has above its last `width` bits (at most 15), and those bits.

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
    begins, heaped = _heaped(numbers, np.uint32(bits - heaps), int(1 << heaps))
    largest = _NONE
    for heap in range(1 << heaps):
        largest = max(largest, begins[heap + 1] - begins[heap])
    aside, begin = np.empty(largest, np.uint32), np.empty((digits, 1 << digit), np.uint32)
    upper, lower = np.empty(n, np.int32), np.empty(n, np.int16)
    last = np.uint32((1 << width) - 1)
    for heap in range(1 << heaps):
        low, high = begins[heap], begins[heap + 1]
        dealt = _dealt(heaped[low:high], aside[: high - low], begin, int(digit))
        above, below = upper[low:high], lower[low:high]
        for i in range(np.uint64(high - low)):
            above[i], below[i] = dealt[i] >> np.uint32(width), dealt[i] & last
    return upper, lower


@kernel
def _heaped(numbers: NDArray[np.uint32], by: np.uint32, heaps: int) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Put numbers on heaps by their bits above some; return where each heap begins, and the heaps side by side."""
    begins, heaped = np.zeros(heaps + 1, np.int64), np.empty(len(numbers), np.uint32)
    for i in range(len(numbers)):
        begins[np.uint64(numbers[i] >> by) + _ONE] += 1
    for heap in range(heaps):
        begins[heap + 1] += begins[heap]
    free = begins.copy()
    for i in range(len(numbers)):
        heap = np.uint64(numbers[i] >> by)
        heaped[np.uint64(free[heap])] = numbers[i]
        free[heap] += 1
    return begins, heaped


@kernel
def _dealt(
    numbers: NDArray[np.uint32], aside: NDArray[np.uint32], begin: NDArray[np.uint32], digit: int
) -> NDArray[np.uint32]:
    """Deal numbers out by each digit, the last first, to and fro between two places; return where they then lie.

    Bits above the digits must be the same in all numbers.
    """
    digits, n = len(begin), np.uint64(len(numbers))
    mask = np.uint32((1 << digit) - 1)
    begin[:] = 0
    for i in range(n):
        for d in range(digits):
            begin[d, np.uint64((numbers[i] >> np.uint32(d * digit)) & mask)] += np.uint32(1)
    for d in range(digits):
        places, by, at = begin[d], np.uint32(d * digit), np.uint32(0)
        for k in range(len(places)):
            places[k], at = at, at + places[k]
        for i in range(n):
            k = np.uint64((numbers[i] >> by) & mask)
            aside[np.uint64(places[k])] = numbers[i]
            places[k] += np.uint32(1)
        numbers, aside = aside, numbers
    return numbers
