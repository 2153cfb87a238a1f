"""How large a compressed map would become, read from its outside without unpacking it."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

MOST_EXPANDED = 4_000_000_000
MOST_BLOBS = 200_000

_LONGEST_HEADER = 64 * 1024
_SIZE_OF_DATA = 3
_RAW_SIZE = 2


def overblown(path: Path) -> bool:
    """Say whether a `.osm.pbf` file claims to unpack to more than four gigabytes, or is chopped into crumbs.

    A few kilobytes can be made to unpack to megabytes, again and again; such a file would keep a computer busy for
    hours. What is no such file at all is not judged here: the reader says what is wrong with it.

    Source
    ------
    OpenStreetMap wiki, PBF Format: a BlobHeader (field 3: size of the blob) before each Blob (field 2: raw size).
    """
    total = 0
    with path.open("rb") as file:
        for _ in range(MOST_BLOBS):
            size = _header(file)
            if size < 0:
                return False
            start = file.tell()
            total += _varint_field(file, start + size, _RAW_SIZE)
            if total > MOST_EXPANDED:
                return True
            file.seek(start + size)
    return True


def _header(file: BinaryIO) -> int:
    """Read one blob's header; return the size of the blob, -1 at the end of what can be understood."""
    length = int.from_bytes(file.read(4), "big")
    if not 0 < length <= _LONGEST_HEADER:
        return -1
    end = file.tell() + length
    size = _varint_field(file, end, _SIZE_OF_DATA)
    file.seek(end)
    return size if size > 0 else -1


def _varint_field(file: BinaryIO, end: int, wanted: int) -> int:
    """Find a numbered whole-number field of a message that ends at `end`; 0 where there is none."""
    while file.tell() < end:
        tag = _varint(file)
        if tag <= 0:
            return 0
        value = _varint(file)
        if tag & 7 == 0 and tag >> 3 == wanted:
            return max(value, 0)
        if tag & 7 == 2 and value >= 0:
            file.seek(min(file.tell() + value, end))
        elif tag & 7:
            return 0
    return 0


def _varint(file: BinaryIO) -> int:
    """Read a number of seven bits a byte, -1 where there is none."""
    value = 0
    for shift in range(0, 63, 7):
        byte = file.read(1)
        if not byte:
            return -1
        value |= (byte[0] & 127) << shift
        if byte[0] < 128:
            return value
    return -1
