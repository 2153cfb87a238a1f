"""Blocks: named arrays and a few words as bytes, which tell when they are not what was written, or not where.

A block begins with a line that says what it is and with what it holds, as JSON; the arrays follow; a BLAKE3 digest over
its address and all its bytes ends it. Nothing in it is ever executed.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

Array = NDArray[Any]

_MAGIC = b"glasstown block 3\n"
_COUNT = 8
_SUM = blake3.digest_size
_NARROW = tuple(
    (int(limits.min), int(limits.max), limits.dtype)
    for limits in map(np.iinfo, ("u1", "i1", "<u2", "<i2", "<u4", "<i4"))
)
_KINDS = "biuf"
_FEW, _SAMPLE, _LONG = 64, 256, 2


@final
@dataclass(frozen=True)
class Block:
    """Arrays by name, and words: whatever JSON can say."""

    arrays: dict[str, Array] = field(default_factory=dict[str, Array])
    words: dict[str, Any] = field(default_factory=dict[str, Any])


def to_bytes(block: Block, address: str) -> list[bytes | memoryview]:
    """Turn a block into pieces of bytes that follow each other.

    Parameters
    ----------
    address : str
        Where the block belongs; it is read back only there.

    Notes
    -----
    Whole numbers are stored in the narrowest type that holds them, a value that fills an array is stored once, and
    where values repeat one another each is stored once with how often it comes.
    """
    laid: list[tuple[str, str, str, str | None, list[int]]] = []
    pieces: list[bytes | memoryview] = []
    for name, array in block.arrays.items():
        if array.dtype.kind not in _KINDS:
            raise TypeError(f"{name}: arrays of {array.dtype} are not kept")
        values, often = _once(array)
        stored = _narrowed(values)
        counted = None if often is None else often.dtype.str
        laid.append((name, array.dtype.str, stored.dtype.str, counted, [len(stored), *array.shape]))
        pieces += [memoryview(part.view(np.uint8).data) for part in (stored, often) if part is not None]
    head = json.dumps([laid, block.words], separators=(",", ":"), allow_nan=False).encode()
    pieces = [_MAGIC, len(head).to_bytes(_COUNT, "little"), head, *pieces]
    return [*pieces, _sum(pieces, address)]


def from_bytes(content: bytes, address: str) -> Block:
    """Read a block back.

    Raises
    ------
    ValueError
        If a byte is not as it was written, or it was written for another address.
    """
    start = len(_MAGIC) + _COUNT
    body, end = memoryview(content)[:-_SUM], content[-_SUM:]
    if not content.startswith(_MAGIC) or _sum([body], address) != end:
        raise ValueError("a block is damaged, cut or of another place")
    at = start + int.from_bytes(content[len(_MAGIC) : start], "little")
    laid, words = json.loads(content[start:at])
    arrays: dict[str, Array] = {}
    for name, dtype, stored, counted, (length, *shape) in laid:
        if not {np.dtype(dtype).kind, np.dtype(stored).kind} <= set(_KINDS):
            raise ValueError(f"a block holds arrays of {dtype}")
        values: Array = np.frombuffer(body, stored, length, at)
        at += values.nbytes
        if counted is not None:
            often: Array = np.frombuffer(body, counted, length, at)
            at += often.nbytes
            if often.dtype.kind not in "iu" or int(often.sum()) != math.prod(shape):
                raise ValueError("values are repeated too often")
            values = np.repeat(values, often)
        elif length != math.prod(shape):
            values = np.broadcast_to(values, shape)
        arrays[name] = values.reshape(shape).astype(dtype)
    return Block(arrays, words)


def _sum(pieces: list[bytes | memoryview], address: str) -> bytes:
    digest = blake3(f"{address}\n".encode())
    for piece in pieces:
        digest.update(piece)
    return digest.digest()


def _once(array: Array) -> tuple[Array, Array | None]:
    """Return the values in a row, or one for each run of equal ones and how long it is; one alone if there is no other.

    Most arrays are seen from their first values to have no long runs, and are not looked at further.
    """
    if array.size and not any(array.strides):
        return array.flat[:1], None
    flat: Array = np.ascontiguousarray(array).reshape(-1)
    begin = flat[:_SAMPLE]
    if len(flat) < _SAMPLE or np.count_nonzero(begin[1:] != begin[:-1]) > _SAMPLE // _LONG:
        return flat, None
    ends = np.flatnonzero(flat[1:] != flat[:-1])
    if not len(ends):
        return flat[:1], None
    if len(ends) > len(flat) // _LONG:
        return flat, None
    first = np.concatenate(([0], ends + 1))
    return flat[first], _narrowed(np.diff(first, append=len(flat)))


def _narrowed(flat: Array) -> Array:
    """Return values in a narrow type that holds them; a few stay as they are."""
    if flat.dtype.kind not in "iu" or flat.size < _FEW:
        return flat
    low, high = int(flat.min()), int(flat.max())
    for least, most, kind in _NARROW:
        if kind.itemsize >= flat.dtype.itemsize:
            break
        if least <= low and high <= most:
            return flat.astype(kind)
    return flat
