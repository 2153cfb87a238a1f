"""The folder of things that can be made again, and which compiled loops lie in it.

The compiled code of all loops is kept in a folder named by a hash of every source file that any of it is made of,
because a cache kept per function would keep a stale result when a callee in another file changes. Whoever makes such a
folder removes those that no program has used for a month: each program notes once a day that it uses its own.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from glasstown.core.files import forget, make_folder, touch

PACKAGE = Path(__file__).resolve().parents[1]
_MARKS = (b"@kernel", b"@in_place", b"@piece", b"intrinsic(")
_OF_LOOPS = re.compile("[0-9a-f]{16}")
_DAY_S = 24 * 3600.0
UNUSED_S = 30 * _DAY_S
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
        there = folder.is_dir()
        make_folder(folder)
    except (OSError, RuntimeError):
        return None
    with suppress(OSError):
        if not there:
            _forget_unused(folder)
        elif time.time() - folder.stat().st_mtime > _DAY_S:
            touch(folder)
    return folder


def _forget_unused(own: Path) -> None:
    """Remove the loops of other programs that were not used for long; one that still runs compiles them again."""
    for folder in own.parent.iterdir():
        if folder == own or not _OF_LOOPS.fullmatch(folder.name):
            continue
        with suppress(OSError):
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and time.time() - found.st_mtime > UNUSED_S:
                forget(folder)


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
