"""Compiled loops: one decorator, one cache that can never be stale.

The compiled code of all loops is kept in a folder named by a hash of every source file that has one,
because a cache kept per function would keep a stale result when a callee in another file changes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

import numba
import numpy as np

from glasstown.core.files import make_folder

P = ParamSpec("P")
R = TypeVar("R")

PACKAGE = Path(__file__).resolve().parents[1]


def cache_root() -> Path:
    """Return the folder for things that can be made again (`GLASSTOWN_CACHE`, or the user's cache)."""
    named = os.environ.get("GLASSTOWN_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "glasstown"


def _sources_digest() -> str:
    digest = hashlib.sha256()
    for file in sorted(PACKAGE.rglob("*.py")):
        text = file.read_bytes()
        if b"@kernel" in text or b"@inlined" in text:
            digest.update(file.relative_to(PACKAGE).as_posix().encode() + b"\0" + text + b"\0")
    return digest.hexdigest()[:16]


def _use_cache() -> bool:
    try:
        folder = cache_root() / "kernels" / _sources_digest()
        make_folder(folder)
        writable = os.access(folder, os.W_OK)
    except (OSError, RuntimeError):
        return False
    if writable:
        numba.config.CACHE_DIR = str(folder)  # pyright: ignore[reportPrivateImportUsage, reportAttributeAccessIssue]
    return writable


_CACHED = _use_cache()


def compiled_before(module: str) -> bool:
    """Say whether loops of a module, named without its package, lie in the cache; also where there is no cache."""
    return not _CACHED or any(Path(numba.config.CACHE_DIR).rglob(f"{module}.*.nbi"))  # pyright: ignore


def whole(value: int) -> int:
    """Return a constant for compiled loops; what is given a plain number is compiled for that number alone."""
    return cast(int, np.int64(value))


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop to machine code that runs without holding Python's lock."""
    compiled = numba.njit(nogil=True, cache=_CACHED, error_model="numpy")(function)  # pyright: ignore
    return cast(Callable[P, R], compiled)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a piece of a loop into every loop that uses it, so that a processor can do several turns at once."""
    compiled = numba.njit(nogil=True, inline="always", error_model="numpy")(function)  # pyright: ignore
    return cast(Callable[P, R], compiled)
