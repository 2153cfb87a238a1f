"""Files that are whole or not there: written beside their place, then renamed."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from glasstown.core.errors import BAD_FILE, Problem


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> Problem:
    """Say that a file cannot be read."""
    return Problem(
        f"cannot read it: {error.strerror or error}",
        where=str(path),
        why="without it there is nothing to work on.",
        todo="check the name, and that you may read it.",
        code=BAD_FILE,
    )


def unwritable(path: Path, error: OSError) -> Problem:
    """Say that a file or folder cannot be written."""
    return Problem(
        f"cannot write there: {error.strerror or error}",
        where=str(path),
        why="nothing half-written is left behind; what was there before is untouched.",
        todo="free some space or choose another place with --out DIR.",
        code=BAD_FILE,
    )


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place, make sure it is on the disk, and rename it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise unwritable(path, error) from error


@contextmanager
def whole_folder(path: Path, mark: str) -> Generator[Path]:
    """Fill a folder beside its place and rename it when it is complete.

    Parameters
    ----------
    path : Path
        Where the folder shall be. One that is there is replaced only if it holds a file named `mark`.
    mark : str
        The file by which a folder of ours is known.

    Yields
    ------
    Path
        The folder to fill. If filling fails, it is removed and `path` is untouched.
    """
    if path.exists() and not (path.is_dir() and (not any(path.iterdir()) or (path / mark).is_file())):
        raise Problem(
            "something else is there already",
            where=str(path),
            why=f"only an empty folder, or one with a {mark}, is replaced.",
            todo="choose another place with --out DIR.",
            code=BAD_FILE,
        )
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    before = path.with_name(f".{path.name}.{os.getpid()}.before")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.mkdir()
        yield beside
        if path.exists():
            path.rename(before)
        beside.rename(path)
    except OSError as error:
        if before.exists() and not path.exists():
            before.rename(path)
        raise unwritable(path, error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        if path.exists():
            shutil.rmtree(before, ignore_errors=True)
