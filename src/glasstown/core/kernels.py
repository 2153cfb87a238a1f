"""Compiled loops: one decorator, one cache that can never be stale."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cached_property, update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar, cast, final

import numba
import numpy as np
from numba.core import types
from numba.core.caching import CompileResultCacheImpl, FunctionCache, UserProvidedCacheLocator
from numba.core.runtime.nrt import rtsys
from numba.extending import lower_builtin, type_callable, typeof_impl

from glasstown.core.cached import LOOPS

P = ParamSpec("P")
R = TypeVar("R")

if LOOPS is not None:
    numba.config.CACHE_DIR = str(LOOPS)  # pyright: ignore[reportPrivateImportUsage, reportAttributeAccessIssue]


def whole(value: Any) -> int:
    """Return a number as compiled loops count.

    Constants that loops take in are such numbers: what is given a plain one is compiled for that number alone. In a
    loop it stands for `int`, which would be compiled as a loop of its own, anew for each that calls it.
    """
    return cast(int, np.int64(value))


@cast(Any, type_callable)(whole)
def _whole_typed(_: Any) -> Any:
    def typed(value: Any) -> Any:
        return types.int64

    return typed


@cast(Any, lower_builtin)(whole, types.Any)
def _whole_built(target: Any, builder: Any, signature: Any, given: Any) -> Any:
    return target.cast(builder, given[0], signature.args[0], types.int64)


@final
class _Locator(UserProvidedCacheLocator):
    """Where a loop is looked for, whether or not anything can be written there."""

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        """Name the place; the others of numba are beside the source, where a loop could be stale."""
        return cls(py_func, py_file)


class _Place(CompileResultCacheImpl):
    _locator_classes = (_Locator,)


@final
class _Forgiving(FunctionCache):
    """A cache of one loop: what of it cannot be read is compiled again, and what cannot be written is done without."""

    _impl_class = _Place

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Load compiled code; None where there is none, or what there is is damaged."""
        try:
            # All that a compiler must know of NumPy is left to the one who compiles: reading it in takes longer than
            # all loops of a small town.
            rtsys.initialize(target_context)
            return self._load_overload(sig, target_context)
        except Exception:
            with suppress(OSError):
                self.flush()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep compiled code, where the disk takes it."""
        with suppress(OSError):
            super().save_overload(sig, data)


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop to machine code that runs without holding Python's lock."""
    return _compiled(function, {})


def in_place(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop that makes no arrays and returns none; neither do the loops that it calls.

    It does not count who holds those arrays that it is given. For a loop over few rows that is called often, counting
    takes as long as some of its steps, and longer where several threads read the same arrays: they have to agree on
    each count.
    """
    return _compiled(function, {"_nrt": False})


def _compiled(function: Callable[P, R], how: dict[str, bool]) -> Callable[P, R]:
    compiled = cast(Any, numba.njit)(nogil=True, error_model="numpy", no_cfunc_wrapper=True, **how)(function)
    if LOOPS is not None:
        compiled._cache = _Forgiving(function)
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
