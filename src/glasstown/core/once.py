"""What is made of something that does not change is made once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

FEW = 4


def once_each(make: Callable[[T], R]) -> Callable[[T], R]:
    """Remember what was made of the last few objects, and give it again when asked about the same object.

    Objects are told apart by which they are and not by what they equal, so they need no hash and comparing them costs
    nothing. Made of frozen objects only; threads that ask at the same time may make the same thing twice.
    """
    known: tuple[tuple[T, R], ...] = ()

    @wraps(make)
    def remembered(of: T) -> R:
        nonlocal known
        for one, made in known:
            if one is of:
                return made
        made = make(of)
        known = ((of, made), *known[: FEW - 1])
        return made

    return remembered
