"""What is made of something that does not change is made once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast
from weakref import ref

P = ParamSpec("P")
R = TypeVar("R")

FEW = 4


def once_each(make: Callable[P, R]) -> Callable[P, R]:
    """Remember what was made of the last few objects, and give it again when asked about the same object or objects.

    Objects are told apart by which they are and not by what they equal, so they need no hash and comparing them costs
    nothing. What was made is let go with the first of the objects it was made of. Made of frozen objects only; threads
    that ask at the same time may make the same thing twice.
    """
    known: tuple[tuple[tuple[ref[Any], ...], R], ...] = ()

    def forget(_: Any) -> None:
        nonlocal known
        known = tuple(one for one in known if all(of() is not None for of in one[0]))

    @wraps(make)
    def remembered(*of: Any) -> R:
        nonlocal known
        for some, made in known:
            if all(one() is other for one, other in zip(some, of, strict=True)):
                return made
        made = cast(Any, make)(*of)
        known = ((tuple(ref(one, forget) for one in of), made), *known[: FEW - 1])
        return made

    return cast(Callable[P, R], remembered)
