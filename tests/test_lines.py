"""Rows lie in as few lines of memory as they can, in their order, and none over another.

Smallest error noticed: one line too many, one number that two rows share, one gap that is longer than it must be.
"""

from __future__ import annotations

import numpy as np
import pytest

from glasstown.core.columns import I64
from glasstown.core.keys import Key
from glasstown.core.lanes import LANES
from glasstown.core.lines import LINE, laid, lines

KEY = Key.from_seed(5)
ROWS: dict[str, list[int]] = {
    "none": [],
    "empty": [0, 0, 0],
    "one line each": [8, 8, 16],
    "a gap after each": [5, 5, 5, 5],
    "empty ones between": [3, 0, 5, 0, 1, 0],
    "of all lengths": [*range(40), *range(40, 0, -1)],
    "drawn": KEY("some").below(30, np.arange(500)).tolist(),
}


def lines_touched(begin: int, n: int) -> int:
    return len({place // LINE for place in range(begin, begin + n)})


def plain(lengths: list[int]) -> list[int]:
    """The first place behind the row before at which a row touches no more lines than it must."""
    begins: list[int] = []
    end = 0
    for n in lengths:
        while lines_touched(end, n) > -(-n // LINE):
            end += 1
        begins.append(end)
        end += n
    return begins


@pytest.mark.parametrize("name", ROWS)
def test_rows_are_laid_out_as_the_plain_twin_does(name: str) -> None:
    lengths = ROWS[name]
    begin: I64 = np.full(len(lengths), -1, np.int64)
    size = laid(np.array(lengths, np.int16), begin)
    assert begin.tolist() == plain(lengths)
    assert size % LINE == 0
    assert 0 <= size - sum((begin[-1:] + lengths[-1:]).tolist()) < LINE


def test_room_begins_a_line_and_a_line_is_as_long_as_what_is_decided_at_once() -> None:
    for n in (0, 1, 8, 1_000, 100_000):
        room = lines(n)
        assert len(room) == n
        assert n == 0 or room.ctypes.data % 64 == 0
        assert room.flags.c_contiguous
    assert LINE == LANES
