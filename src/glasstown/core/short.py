"""Whole numbers of which nearly all are small, in a byte each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from glasstown.core.columns import I32, I64, U8

_MORE = 255


@final
@dataclass(frozen=True)
class Short:
    """Numbers from 0 on, written short.

    Parameters
    ----------
    byte : array of uint8
        Each number; 255 stands for 255 or more.
    large : array of int32
        The numbers that 255 stands for, in the same order.
    """

    byte: U8
    large: I32

    @staticmethod
    def of(numbers: I32) -> Short:
        """Write numbers short; none is below 0."""
        byte = np.minimum(numbers, _MORE).astype(np.uint8)
        return Short(byte, numbers.take(np.flatnonzero(byte == _MORE)))

    def __len__(self) -> int:
        return len(self.byte)

    def check(self) -> None:
        """Raise if the large numbers are not those that the bytes say."""
        if (self.byte == _MORE).sum() != len(self.large) or (self.large < _MORE).any():
            raise ValueError("numbers that are not as large as it is said")

    def add_to(self, counts: I64) -> None:
        """Add each number to a count of its own."""
        counts += self.byte
        counts[np.flatnonzero(self.byte == _MORE)] += self.large - _MORE

    def numbers(self) -> I32:
        """Return the numbers themselves."""
        numbers = self.byte.astype(np.int32)
        numbers[self.byte == _MORE] = self.large
        return numbers
