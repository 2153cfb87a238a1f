"""Compiled loops: one decorator, one cache that can never be stale."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar, cast, final

import numba
import numpy as np
from numba.core import types
from numba.extending import typeof_impl

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
    how = {"nogil": True, "cache": LOOPS is not None, "error_model": "numpy", "no_cfunc_wrapper": True}
    compiled = cast(Any, numba.njit)(**how)(function)
    return cast(Callable[P, R], compiled)


@final
class Piece(Generic[P, R]):
    """A loop that other loops call: what it takes to be called by Python is compiled only when Python does."""

    def __init__(self, function: Callable[P, R]) -> None:
        self.py_func = function
        inner = {"nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
        self.part = cast(Any, numba.njit)(**inner)(function)
        update_wrapper(self, function)

    @cached_property
    def alone(self) -> Callable[P, R]:
        """The loop as Python calls it."""
        return kernel(self.py_func)

    def __call__(self, *given: P.args, **named: P.kwargs) -> R:
        """Call it from Python."""
        return self.alone(*given, **named)


@typeof_impl.register(Piece)
def _typed(piece: Piece[..., Any], _: object) -> types.Dispatcher:
    return types.Dispatcher(piece.part)


def piece(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop as a part of the loops that call it; tests call it alone."""
    return Piece(function)
