"""Compiled loops: one decorator, one cache that can never be stale."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba
import numpy as np

from glasstown.core.cached import LOOPS

P = ParamSpec("P")
R = TypeVar("R")

if LOOPS is not None:
    numba.config.CACHE_DIR = str(LOOPS)  # pyright: ignore[reportPrivateImportUsage, reportAttributeAccessIssue]


def whole(value: int) -> int:
    """Return a constant for compiled loops; what is given a plain number is compiled for that number alone."""
    return cast(int, np.int64(value))


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop to machine code that runs without holding Python's lock."""
    compiled = numba.njit(nogil=True, cache=LOOPS is not None, error_model="numpy")(function)  # pyright: ignore
    return cast(Callable[P, R], compiled)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a piece of a loop into every loop that uses it, so that a processor can do several turns at once."""
    compiled = numba.njit(nogil=True, inline="always", error_model="numpy")(function)  # pyright: ignore
    return cast(Callable[P, R], compiled)
