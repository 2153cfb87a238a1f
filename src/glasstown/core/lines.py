"""Rows of numbers in as few lines of memory as they can: a processor reads whole lines of eight numbers, 64 bytes."""

from __future__ import annotations

import numpy as np

from glasstown.core.columns import I16, I64, U64
from glasstown.core.kernels import kernel, whole

LINE = 8
_BYTES = 64
_PLACE, _NONE = whole(LINE - 1), whole(0)


def lines(n: int) -> U64:
    """Make room for so many numbers, the first of which begins a line."""
    room = np.empty(n + LINE, np.uint64)
    skipped = -room.ctypes.data % _BYTES // room.itemsize
    return room[skipped : skipped + n]


@kernel
def laid(length: I16, begin: I64) -> int:
    """Lay out rows of so many numbers one after the other, and leave a gap where a row would touch a line too many.

    Writes where each row begins, and returns how many numbers the lines have that hold them all.
    """
    end = _NONE
    for r in range(len(length)):
        n = np.int64(length[r])
        in_last_line = ((n - 1) & _PLACE) + 1 if n else _NONE
        if (end & _PLACE) + in_last_line > LINE:
            end = (end | _PLACE) + 1
        begin[r] = end
        end += n
    return whole((end + _PLACE) & ~_PLACE)
