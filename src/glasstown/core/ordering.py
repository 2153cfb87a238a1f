"""Orders that carry nothing: by where and when, and where that is the same by an addressed draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Tie = Callable[[NDArray[np.int64]], NDArray[Any]]

_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


def in_sequence(first: NDArray[np.uint32], tie: Tie) -> NDArray[np.int64]:
    """Return the order of rows by an integer, then by a draw, then by position.

    Parameters
    ----------
    first : array of uint32, shape (n,)
        What rows are ordered by.
    tie : callable
        Given rows, their addressed draws. Asked only for rows that have their `first` in common with others.
    """
    packed = (first.astype(np.uint64) << _HALF) | np.arange(len(first), dtype=np.uint64)
    packed.sort()
    order = (packed & _LOW).astype(np.int64)
    same = packed[1:] >> _HALF == packed[:-1] >> _HALF
    if same.any():
        tied = np.zeros(len(first), np.bool_)
        tied[1:] |= same
        tied[:-1] |= same
        rows = order[tied]
        order[tied] = rows[np.lexsort((rows, tie(rows), first[rows]))]
    return order
