"""Files that are whole or not there: written beside their place, then renamed."""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from glasstown.core.errors import BAD_FILE, Problem

_ELSEWHERE = "choose another place with --out DIR."


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


def unwritable(path: Path, error: OSError, todo: str = f"free some space, or {_ELSEWHERE}") -> Problem:
    """Say that a file or folder cannot be written."""
    return Problem(
        f"cannot write there: {error.strerror or error}",
        where=str(path),
        why="nothing half-written is left behind; what was there before is untouched.",
        todo=todo,
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
        raise unwritable(path, error, "free some space, or choose another place.") from error
    finally:
        _forget(beside)


def _forget(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        pass


def check_place(path: Path, mark: str) -> None:
    """Make sure before a long run that its folder can be written where it shall be.

    Parameters
    ----------
    path : Path
        Where the folder shall be. One that is there is replaced only if it holds a file named `mark`.
    mark : str
        The file by which a folder of ours is known.

    Raises
    ------
    Problem
        Code 74, if something else is there, or nothing can be written there.
    """
    try:
        place = path.resolve()
        taken = place.exists() and not (place.is_dir() and (not any(place.iterdir()) or (place / mark).is_file()))
        above = place.parent
        while not above.exists() and above != above.parent:
            above = above.parent
    except (OSError, RuntimeError, ValueError) as error:
        raise unwritable(path, error if isinstance(error, OSError) else OSError(str(error))) from error
    if taken:
        raise Problem(
            "something else is there already",
            where=str(path),
            why=f"only an empty folder, or one with a {mark}, is replaced.",
            todo=_ELSEWHERE,
            code=BAD_FILE,
        )
    if place == Path.cwd() or place in Path.cwd().parents:
        raise Problem(
            "this is the folder you are in",
            where=str(path),
            why="a run folder is put in its place as a whole.",
            todo="name a folder in it: --out DIR.",
            code=BAD_FILE,
        )
    if not above.is_dir():
        raise unwritable(path, NotADirectoryError(20, f"{above} is not a folder"))
    if not os.access(above, os.W_OK | os.X_OK):
        raise unwritable(path, PermissionError(13, f"you may not write in {above}"))


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
        The folder to fill. If filling fails or is interrupted, it is removed and `path` is untouched.
    """
    check_place(path, mark)
    place = path.resolve()
    short = _short(place)
    beside = place.with_name(f"{short}.{os.getpid()}.part")
    before = place.with_name(f"{short}.{os.getpid()}.before")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _sweep(place)
        beside.mkdir()
        yield beside
        if place.exists():
            place.rename(before)
        beside.rename(place)
    except OSError as error:
        raise unwritable(path, error) from error
    except Problem as problem:
        # What went wrong beside the place is told of the place itself.
        problem.where = problem.where.replace(str(beside), str(path))
        raise
    finally:
        if before.exists() and not place.exists():
            before.rename(place)
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(before, ignore_errors=True)


def _sweep(place: Path) -> None:
    """Remove what runs that were killed have left beside this place."""
    for left in place.parent.glob(f"{glob.escape(_short(place))}.*.part"):
        number = left.name.removesuffix(".part").rpartition(".")[2]
        if number.isdigit() and not _alive(int(number)):
            shutil.rmtree(left, ignore_errors=True)


def _short(place: Path) -> str:
    """Begin a hidden name that is not too long for any disk, whatever the place is called."""
    return f".{place.name[:40]}"


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
