"""Things that take long to make and can be made again: kept in the cache folder under what they were made from.

A kept bundle is one file of arrays. It is written beside its place and renamed; its bytes are compared with their
BLAKE3 whenever it is opened, and what does not agree is removed and made again. Nothing is kept without end: the
bundles that were not used for longest make room for new ones.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import mmap
import os
import shutil
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar, cast, final, get_args, get_origin, get_type_hints

import numba
import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from glasstown.core.cached import cache_root
from glasstown.core.columns import Table
from glasstown.core.errors import Problem
from glasstown.core.files import forget, make_folder, touch, write_whole
from glasstown.core.machine import processors
from glasstown.core.version import program

MOST_GB = 10.0
LIMIT = "GLASSTOWN_CACHE_GB"
_MAGIC = b"glasstown kept 2"
_PAGE = 4096
_PIECE = 1 << 26
_LINE = 64
_SUM = 32
_COUNT = 8
_ABANDONED_S = 3600.0

T = TypeVar("T")
Arrays = dict[str, NDArray[Any]]


@final
@dataclasses.dataclass
class Room:
    """What a run will write and where, and how much it has kept beside that."""

    place: Path | None
    needed_mb: float
    kept_mb: float = 0.0

    def needed_beside(self, folder: Path) -> float:
        """Return how many bytes the run needs of the disk on which a folder is."""
        beside = self.place is not None and _disk_of(self.place) == _disk_of(folder)
        return max(self.needed_mb, 0.0) * 1e6 if beside else 0.0


_ROOM: ContextVar[Room | None] = ContextVar("what is written meanwhile", default=None)


@contextmanager
def leaving_room(place: Path | None, needed_mb: float) -> Generator[Room]:
    """Keep nothing, while the block runs, that takes the room which a run will need at its place, if it has one."""
    room = Room(place, needed_mb)
    told = _ROOM.set(room)
    try:
        yield room
    finally:
        _ROOM.reset(told)


def _disk_of(place: Path) -> int | None:
    """Return the number of the disk on which something is or shall be."""
    for there in (place, *place.absolute().parents):
        with suppress(OSError):
            return there.stat().st_dev
    return None


def kept_or_made(name: str, kind: type[T], make: Callable[[], T], trust: Callable[[T], bool]) -> T:
    """Reopen a bundle that was made before, or make it and keep it.

    Parameters
    ----------
    name : str
        From `name_of`: the same name means the same bytes.
    kind : type
        A dataclass of arrays, tables, such dataclasses and lists of them. Fields with a default are not kept.
    make : callable
        Makes the bundle.
    trust : callable
        Compares what was reopened with a part made afresh; what it refuses is made again.

    Returns
    -------
    object of `kind`
        Reopened arrays are mapped into memory, each page read when it is needed, and may be written to: nothing
        that is written reaches the file.
    """
    if not _limit_bytes():
        return make()
    place = cache_root() / "kept" / f"{name}.arrays"
    arrays = _opened(place)
    if arrays is not None:
        try:
            found = cast(T, _joined(kind, "", arrays))
            if trust(found):
                return found
        except (KeyError, TypeError, ValueError, IndexError):
            pass
        forget(place)
    made = make()
    _keep(place, dict(_parted(made, "")))
    return made


def is_kept(name: str) -> bool | None:
    """Say whether a bundle lies in the cache, without reading it; None where nothing is kept."""
    return os.access(cache_root() / "kept" / f"{name}.arrays", os.R_OK) if _limit_bytes() else None


def name_of(*made_from: object) -> str:
    """Name a bundle by everything that it is made from: the program and its libraries, documents, and tables."""
    digest = hashlib.sha256(f"{program()} {np.__version__} {numba.__version__}".encode())
    for part in made_from:
        if isinstance(part, str | int | dict | list | tuple):
            digest.update(json.dumps(part).encode() + b"\0")
            continue
        for path, array in _parted(part, ""):
            digest.update(f"{path} {array.dtype.str} {array.shape}\0".encode())
            digest.update(_flat(array))
    return digest.hexdigest()


def _limit_bytes() -> int:
    """Return how much may be kept; 0 switches keeping off, and so does having no place for it."""
    said = os.environ.get(LIMIT, "").strip()
    try:
        gigabytes = float(said) if said else MOST_GB
        if not 0.0 <= gigabytes < 1e6:
            raise ValueError
    except ValueError:
        raise Problem(
            f"{LIMIT} is '{said}', which is no size",
            where=LIMIT,
            why="it says how many gigabytes of built towns may be kept.",
            todo=f"give a number such as {MOST_GB:g}, or 0 to keep none.",
        ) from None
    try:
        cache_root()
    except RuntimeError:
        # Somebody who has no home has no cache in it either.
        return 0
    return int(gigabytes * 1e9)


# ------------------------------------------------------------------ a bundle as named arrays
def _parted(bundle: Any, path: str) -> Iterator[tuple[str, NDArray[Any]]]:
    if isinstance(bundle, np.ndarray):
        yield path, cast(NDArray[Any], bundle)
    elif isinstance(bundle, list | tuple):
        for i, item in enumerate(cast(list[Any], bundle)):
            yield from _parted(item, f"{path}/{i}")
    else:
        for name in _fields(type(bundle)):
            yield from _parted(getattr(bundle, name), f"{path}/{name}")


def _flat(array: NDArray[Any]) -> memoryview:
    """Return the bytes of an array, without copying them where they lie side by side."""
    return memoryview(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def _joined(kind: Any, path: str, arrays: Mapping[str, NDArray[Any]]) -> Any:
    if get_origin(kind) is list:
        (item,) = get_args(kind)
        many = {int(name[len(path) + 1 :].partition("/")[0]) for name in arrays if name.startswith(path + "/")}
        return [_joined(item, f"{path}/{i}", arrays) for i in range(len(many))]
    if not dataclasses.is_dataclass(kind):
        return arrays[path]
    hints = get_type_hints(kind)
    whole = cast(Callable[..., Any], kind)(
        **{name: _joined(hints[name], f"{path}/{name}", arrays) for name in _fields(kind)}
    )
    if isinstance(whole, Table):
        whole.check()
    return whole


def _fields(kind: Any) -> list[str]:
    return [f.name for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING]


# ------------------------------------------------------------------ named arrays as a file
def _opened(place: Path) -> Arrays | None:
    """Map the arrays of a file, if each of its bytes is as it was written."""
    try:
        with place.open("rb") as file:
            bytes_there = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    except (OSError, ValueError):
        return None
    with suppress(OSError):
        # Where nothing can be written, nothing has to make room either.
        touch(place)
    whole = memoryview(bytes_there)
    try:
        told, start = _head(whole)
        if _sums([whole[start + a : start + b] for a, b in told["pieces"]]) != told["sums"]:
            raise ValueError("a piece is damaged")
        return {
            name: np.frombuffer(bytes_there, dtype, math.prod(shape), start + at).reshape(shape)
            for name, (dtype, shape, at) in told["arrays"].items()
        }
    except (ValueError, KeyError, TypeError):
        forget(place)
        return None


def _head(whole: memoryview) -> tuple[dict[str, Any], int]:
    """Read what a file holds, and where the first array begins."""
    begin = len(_MAGIC) + _SUM
    length = int.from_bytes(whole[begin : begin + _COUNT], "little")
    text = bytes(whole[begin + _COUNT : begin + _COUNT + length])
    if bytes(whole[:begin]) != _MAGIC + blake3(text).digest():
        raise ValueError("the head is damaged")
    return json.loads(text), _rounded(begin + _COUNT + length, _PAGE)


def _rounded(size: int, to: int) -> int:
    return -(-size // to) * to


def _keep(place: Path, arrays: Arrays) -> None:
    """Write arrays to a file that is whole or not there; where the disk has no room, keep nothing."""
    end, laid = 0, dict[str, tuple[str, tuple[int, ...], int]]()
    views: list[memoryview] = []
    pieces: list[tuple[int, int]] = []
    for name, array in arrays.items():
        flat = _flat(array)
        laid[name] = (array.dtype.str, array.shape, end)
        for begin in range(0, len(flat), _PIECE):
            views.append(flat[begin : begin + _PIECE])
            pieces.append((end + begin, end + begin + len(views[-1])))
        end = _rounded(end + len(flat), _LINE)
    told = json.dumps({"arrays": laid, "pieces": pieces, "sums": _sums(views)}).encode()
    head = _MAGIC + blake3(told).digest() + len(told).to_bytes(_COUNT, "little") + told
    start = _rounded(len(head), _PAGE)
    whole: list[bytes | memoryview] = [head]
    at = len(head)
    for (begin, stop), view in zip(pieces, views, strict=True):
        whole += [bytes(start + begin - at), view]
        at = start + stop
    try:
        make_folder(place.parent)
        if _make_room(place, start + end):
            write_whole(place, *whole, bytes(start + end - at), lasting=False)
            if room := _ROOM.get():
                room.kept_mb += (start + end) / 1e6
    except (OSError, Problem):
        pass


def _sums(pieces: list[memoryview]) -> list[str]:
    with ThreadPoolExecutor(processors()) as pool:
        return list(pool.map(_sum, pieces))


def _sum(piece: memoryview) -> str:
    return blake3(piece).hexdigest()


def _make_room(place: Path, needed: int) -> bool:
    """Remove what was not used for longest until a new file fits; where it will not, remove nothing and say so."""
    folder, most = place.parent, _limit_bytes()
    for left in folder.glob(".*.part"):
        if time.time() - left.stat().st_mtime > _ABANDONED_S:
            forget(left)
    there = sorted((file.stat().st_mtime, file.stat().st_size, file) for file in folder.glob("*.arrays"))
    held = sum(size for _, size, _ in there)
    going, given_back = list[Path](), 0
    for _, size, file in there:
        if held - given_back + needed <= most:
            break
        going.append(file)
        given_back += size
    room = _ROOM.get()
    others = room.needed_beside(folder) if room else 0.0
    if needed > most or shutil.disk_usage(folder).free + given_back <= 2 * needed + others:
        return False
    for file in going:
        forget(file)
    return True
