"""The folder of things that can be made again, and which compiled loops lie in it.

The compiled code of all loops is kept in a folder named by a hash of every source file that any of it is made of,
because a cache kept per function would keep a stale result when a callee in another file changes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from glasstown.core.files import make_folder

PACKAGE = Path(__file__).resolve().parents[1]
_MARKS = (b"@kernel", b"@in_place", b"@piece", b"intrinsic(")
_SHARED = ("kernels", "provide", "state", "tables", "tables_books", "walkers")


def cache_root() -> Path:
    """Return the folder for things that can be made again (`GLASSTOWN_CACHE`, or the user's cache)."""
    named = os.environ.get("GLASSTOWN_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "glasstown"


def sources_of_loops() -> Iterator[tuple[str, bytes]]:
    """Yield the path within the package, and the text, of every file that compiled code is made of.

    These are the files with a loop or a piece of one, and those that say how loops are compiled, which constants they
    take in, and what belongs together in what they are given.
    """
    for file in sorted(PACKAGE.rglob("*.py")):
        text = file.read_bytes()
        if file.stem in _SHARED or any(mark in text for mark in _MARKS):
            yield file.relative_to(PACKAGE).as_posix(), text


def _sources_digest() -> str:
    digest = hashlib.sha256()
    for path, text in sources_of_loops():
        digest.update(path.encode() + b"\0" + text + b"\0")
    return digest.hexdigest()[:16]


def _folder_of_loops() -> Path | None:
    try:
        folder = cache_root() / "kernels" / _sources_digest()
        make_folder(folder)
        return folder
    except (OSError, RuntimeError):
        return None


# Where compiled loops are looked for, and kept if that can be written; None where there is no such folder.
LOOPS = _folder_of_loops()


def loops_are_kept() -> bool:
    """Say whether a loop that is compiled now is there the next time."""
    return LOOPS is not None and os.access(LOOPS, os.W_OK)


def compiled_before() -> set[str] | None:
    """List the loops that lie in the cache as folder.module.name; None where there is no cache."""
    if LOOPS is None:
        return None
    return {f"{file.parent.name.rpartition('_')[0]}.{file.name.partition('-')[0]}" for file in LOOPS.rglob("*.nbi")}
