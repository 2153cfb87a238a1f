"""Blocks: named arrays and a few words as bytes, which tell when they are not what was written, or not where.

A block begins with a line that says what it is and with what it holds, as JSON; the arrays follow; a SHA-256 over its
address and all its bytes ends it. Nothing in it is ever executed.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field
from typing import Any, cast, final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_MAGIC = b"glasstown block 1\n"
_COUNT = 8
_SUM = hashlib.sha256().digest_size
_NARROW = tuple(np.dtype(name) for name in ("u1", "i1", "<u2", "<i2", "<u4", "<i4"))
_KINDS = "biuf"


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
    Whole numbers are stored in the narrowest type that holds them, and a value that fills an array is stored once.
    """
    laid: list[tuple[str, str, str, list[int]]] = []
    pieces: list[bytes | memoryview] = []
    for name, array in block.arrays.items():
        if array.dtype.kind not in _KINDS:
            raise TypeError(f"{name}: arrays of {array.dtype} are not kept")
        stored = _narrowed(array)
        laid.append((name, array.dtype.str, stored.dtype.str, [len(stored), *array.shape]))
        pieces.append(memoryview(stored.view(np.uint8).data))
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
    for name, dtype, stored, (length, *shape) in laid:
        if not {np.dtype(dtype).kind, np.dtype(stored).kind} <= set(_KINDS):
            raise ValueError(f"a block holds arrays of {dtype}")
        values: Array = np.frombuffer(body, stored, length, at)
        at += values.nbytes
        if length != math.prod(shape):
            values = np.broadcast_to(values, shape)
        arrays[name] = values.reshape(shape).astype(dtype)
    return Block(arrays, words)


def _sum(pieces: list[bytes | memoryview], address: str) -> bytes:
    digest = hashlib.sha256(f"{address}\n".encode())
    for piece in pieces:
        digest.update(piece)
    return digest.digest()


def _narrowed(array: Array) -> Array:
    """Return the values in a row, as few bytes as hold them: one for all where all are equal."""
    flat: Array = np.ascontiguousarray(array).reshape(-1)
    if array.dtype.kind not in "iu" or not flat.size:
        return flat
    low, high = int(flat.min()), int(flat.max())
    if low == high:
        flat = flat[:1]
    for kind in _NARROW:
        if kind.itemsize >= array.dtype.itemsize:
            break
        limits = np.iinfo(kind)
        if limits.min <= low and high <= limits.max:
            return cast(Array, flat.astype(kind))
    return flat
