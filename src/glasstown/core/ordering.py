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
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_ONE = np.uint64(1)


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
