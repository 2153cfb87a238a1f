"""Files that are whole or not there: written beside their place, brought to the disk, then renamed.

Nothing else in the package opens a file to write, renames one or removes one.
"""

from __future__ import annotations

import errno
import fcntl
import glob
import hashlib
import os
import shutil
import tempfile
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from glasstown.core.errors import BAD_FILE, Problem
from glasstown.core.taken import ANOTHER, ELSEWHERE, no_file, no_place

_FORBIDDEN = (errno.EACCES, errno.EISDIR, errno.ENAMETOOLONG, errno.ENOTDIR, errno.EPERM, errno.EROFS)
_LONGEST = 40
_SMALL = 1 << 16
_NOTHING_TO_HOLD = (errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOSYS, errno.ENOTDIR, errno.EOPNOTSUPP)


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


def unwritable(path: Path, error: OSError, elsewhere: str = ELSEWHERE) -> Problem:
    """Say that a file or folder cannot be written; what to do depends on why, and `elsewhere` is always possible."""
    if error.errno == errno.ENOENT:
        todo = f"make the folder {path.parent} first, or {elsewhere}"
    else:
        todo = elsewhere if error.errno in _FORBIDDEN else f"free some space, or {elsewhere}"
    return Problem(
        f"cannot write there: {error.strerror or error}",
        where=str(path),
        why="nothing half-written is left behind; what was there before is untouched.",
        todo=todo,
        code=BAD_FILE,
    )


def write_whole(path: Path, *content: bytes | memoryview, lasting: bool = True) -> None:
    """Write a file beside its place, make sure it is on the disk, and rename it.

    Links are followed, so that they stay.

    Parameters
    ----------
    content : bytes or memoryview
        One after the other they are the file.
    lasting : bool
        Whether it must outlast the machine being switched off; what can be made again need not.
    """
    place = _behind(path)
    write_together(place.parent, {place.name: content}, lasting=lasting)


def write_together(
    folder: Path, contents: Mapping[str, Sequence[bytes | memoryview]], *, lasting: bool = True
) -> None:
    """Write files of one folder beside their places, make sure they are on the disk, and rename them in that order.

    What has such a name is replaced whatever it is, links too: nothing outside the folder changes.
    """
    beside = {name: folder / f".{name}.{os.getpid()}.part" for name in contents}
    try:
        try:
            for name, content in contents.items():
                _fill(beside[name], content, lasting=lasting)
            for name, part in beside.items():
                os.replace(part, folder / name)
        finally:
            for part in beside.values():
                forget(part)
        if lasting:
            sync_folder(folder)
    except OSError as error:
        raise unwritable(folder / next(iter(contents)), error, ANOTHER) from error


def _behind(path: Path) -> Path:
    """Follow links to the place of a file."""
    try:
        refused = no_file(path)
        place = path.resolve() if path.is_symlink() else path
    except (OSError, RuntimeError, ValueError) as error:
        raise unwritable(path, error if isinstance(error, OSError) else OSError(str(error)), ANOTHER) from error
    if refused:
        raise refused
    return place


def _fill(path: Path, content: Iterable[bytes | memoryview], *, lasting: bool) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    try:
        for part in _gathered(content):
            left = memoryview(part).cast("B")
            while left:
                left = left[os.write(file, left) :]
        if lasting:
            os.fsync(file)
    finally:
        os.close(file)


def _gathered(content: Iterable[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    """Put small pieces together, so that each is not written alone."""
    small: list[bytes | memoryview] = []
    for part in content:
        if len(part) < _SMALL:
            small.append(part)
            continue
        if small:
            yield b"".join(small)
            small = []
        yield part
    yield b"".join(small)


def sync_folder(folder: Path) -> None:
    """Make sure that the names in a folder are on the disk; some disks cannot promise that, and are not asked."""
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(place)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(place)


def make_folder(folder: Path, *, above: bool = True) -> None:
    """Make a folder where it is not there yet, and those above it unless told otherwise."""
    folder.mkdir(parents=above, exist_ok=True)


def touch(path: Path) -> None:
    """Note that a file was used just now."""
    os.utime(path)


def put_in_place(old: Path, new: Path) -> None:
    """Put something that is complete in its place."""
    os.replace(old, new)
    sync_folder(new.parent)


def forget(path: Path) -> None:
    """Remove a file or a folder with all that it holds; what cannot be removed stays."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        shutil.rmtree(path, ignore_errors=True)


def take_away(folder: Path, place: Path) -> None:
    """Remove a folder that belongs to a place, so that it is never seen half removed."""
    gone = hidden(place, f"{os.getpid()}.part")
    forget(gone)
    os.replace(folder, gone)
    forget(gone)


def hidden(place: Path, ending: str) -> Path:
    """Name something hidden that lies beside a place, not too long for any disk whatever the place is called."""
    name = place.name
    if len(name) > _LONGEST:
        name = f"{name[:_LONGEST]}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:8]}"
    return place.with_name(f".{name}.{ending}")


def scratch() -> IO[bytes]:
    """Open a file without a name, which is gone when it is closed."""
    return tempfile.TemporaryFile()


def hold(folder: Path, inside: str | None = None) -> int | None:
    """Hold a folder for this process alone until `let_go` or its end, however it ends.

    Parameters
    ----------
    inside : str, optional
        A file in it, which is held instead where the disk holds no folders, as many disks in a network do not.

    Returns
    -------
    int or None
        What to give to `let_go`; None if another process holds it.
    """
    try:
        return _held(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        if inside is None or error.errno not in _NOTHING_TO_HOLD:
            raise
    return _held(folder / inside, os.O_RDWR)


def _held(path: Path, how: int) -> int | None:
    held = os.open(path, how | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(held), os.stat(path)):
            return held
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(held)
        raise
    os.close(held)
    return None


def _hold_if_possible(folder: Path) -> int | None:
    """Hold a folder, or do without where the disk cannot hold any, or it is a file; numbers have to tell there."""
    try:
        held = hold(folder)
    except OSError as error:
        if error.errno in _NOTHING_TO_HOLD:
            return None
        raise
    if held is None:
        raise BlockingIOError(errno.EWOULDBLOCK, "another process holds it")
    return held


def let_go(held: int) -> None:
    """Let go of a folder that `hold` held."""
    os.close(held)


def check_place(path: Path, mark: str) -> None:
    """Make sure before a long run that its folder can be written where it shall be.

    Parameters
    ----------
    path : Path
        Where the folder shall be. One that is there is replaced only if it is a run and holds nothing else.
    mark : str
        The file by which a run is known; its `files` name all others.

    Raises
    ------
    Problem
        Code 74, if something else is there, or nothing can be written there.
    """
    try:
        refused = no_place(path, mark)
        above = path.resolve().parent
        while not above.exists() and above != above.parent:
            above = above.parent
    except (OSError, RuntimeError, ValueError) as error:
        raise unwritable(path, error if isinstance(error, OSError) else OSError(str(error))) from error
    if refused:
        raise refused
    if not above.is_dir():
        raise unwritable(path, NotADirectoryError(20, f"{above} is not a folder"))
    if not os.access(above, os.W_OK | os.X_OK):
        raise unwritable(path, PermissionError(13, f"you may not write in {above}"))


def check_file(path: Path) -> None:
    """Make sure before long work that a file can be written where it shall be.

    Raises
    ------
    Problem
        Code 74, if something else than a file is there, or nothing can be written there.
    """
    above = _behind(path).parent
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        os.stat(above)
        if not above.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, f"{above} is not a folder")
        if not os.access(above, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, f"you may not write in {above}")
    except (OSError, ValueError) as error:
        raise unwritable(path, error if isinstance(error, OSError) else OSError(str(error)), ANOTHER) from error


@contextmanager
def whole_folder(path: Path, mark: str) -> Generator[Path]:
    """Fill a folder beside its place and rename it when it is complete.

    Parameters
    ----------
    path : Path
        Where the folder shall be. One that is there is replaced only if it is a run and holds nothing else.
    mark : str
        The file by which a run is known.

    Yields
    ------
    Path
        The folder to fill. If filling fails or is interrupted, it is removed and `path` is untouched.
    """
    check_place(path, mark)
    place = path.resolve()
    beside, before = (hidden(place, f"{os.getpid()}.{ending}") for ending in ("part", "before"))
    held = None
    try:
        make_folder(place.parent)
        sweep(place)
        beside.mkdir()
        held = _hold_if_possible(beside)
        yield beside
        for folder, _, _ in os.walk(beside):
            sync_folder(Path(folder))
        # Somebody may have put something there meanwhile.
        check_place(path, mark)
        if place.exists():
            os.replace(place, before)
        put_in_place(beside, place)
    except OSError as error:
        raise unwritable(path, error) from error
    except Problem as problem:
        # What went wrong beside the place is told of the place itself.
        problem.where = problem.where.replace(str(beside), str(path))
        raise
    finally:
        if before.exists() and not place.exists():
            os.replace(before, place)
        forget(beside)
        forget(before)
        if held is not None:
            let_go(held)


def sweep(place: Path) -> None:
    """Clear away what processes that were killed have left beside a place; what they had moved aside comes back.

    A process that lives holds the folder that it fills. Numbers alone do not tell: in two containers that share a
    disk, processes have the same ones.
    """
    for ending in ("before", "part"):
        pattern = hidden(place, "").name
        for left in place.parent.glob(f"{glob.escape(pattern)}*.{ending}"):
            number = left.name.removesuffix(f".{ending}").removeprefix(pattern)
            if number.isdigit() and (int(number) == os.getpid() or not _alive(int(number))):
                _clear(left, place if ending == "before" else None)


def _clear(left: Path, place: Path | None) -> None:
    """Put a folder back in its place if nothing else is there, else remove it; not if somebody holds it."""
    try:
        held = _hold_if_possible(left)
    except OSError:
        return
    if place is not None and not place.exists():
        os.replace(left, place)
    forget(left)
    if held is not None:
        let_go(held)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
