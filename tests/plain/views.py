"""What devices see of streets: one device and one short piece of street at a time."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

from glasstown import tables as t
from glasstown.state import Layout
from tests.plain.metrics import rows_of

PIECE_DM = 40
MILLION = 1_000_000


class Piece(NamedTuple):
    """The middle of a piece, and how far along its segment it lies."""

    segment: int
    x: int
    y: int
    along: int


def pieces(layout: Layout) -> list[Piece]:
    """Streets cut into pieces of at most four metres."""
    found: list[Piece] = []
    for segment in layout.streets.segment.tolist():
        shape = [(p["x_dm"], p["y_dm"]) for p in rows_of(layout.points) if p["segment"] == segment]
        before = 0
        for (x0, y0), (x1, y1) in pairwise(shape):
            length = round(math.sqrt((x1 - x0) ** 2 + (y1 - y0) ** 2))
            n = length // PIECE_DM + 1
            for k in range(n):
                part = 2 * k + 1
                x, y = x0 + (x1 - x0) * part // (2 * n), y0 + (y1 - y0) * part // (2 * n)
                found.append(Piece(segment, x, y, before + length * part // (2 * n)))
            before += length
    return found


def in_view(device: dict[str, int], x: int, y: int) -> bool:
    """Within range, and not farther from where the device looks than half its field of view."""
    dx, dy = x - device["x_dm"], y - device["y_dm"]
    squared = dx * dx + dy * dy
    if squared > device["range_dm"] ** 2:
        return False
    if device["direction_deg"] < 0 or device["field_deg"] >= 360:
        return True
    look, half = math.radians(device["direction_deg"]), math.radians(device["field_deg"] / 2)
    east, north = round(MILLION * math.sin(look)), round(MILLION * math.cos(look))
    return dx * east + dy * north >= math.sqrt(squared) * round(MILLION * math.cos(half))


def posts(devices: t.Devices, layout: Layout) -> list[tuple[int, int, int, int, int]]:
    """The stretches in view: segment, device, from, to, shortest distance."""
    cut = pieces(layout)
    found: list[tuple[int, int, int, int, int]] = []
    for segment, length in zip(layout.streets.segment.tolist(), layout.streets.length_dm.tolist(), strict=True):
        here = [p for p in cut if p.segment == segment]
        for device in rows_of(devices):
            seen = [p for p in here if in_view(device, p.x, p.y)]
            if not seen:
                continue
            low = min(p.along for p in seen) - PIECE_DM // 2
            high = max(p.along for p in seen) + PIECE_DM // 2
            near = min(math.sqrt((p.x - device["x_dm"]) ** 2 + (p.y - device["y_dm"]) ** 2) for p in seen)
            found.append((segment, device["device"], max(0, min(low, length)), max(0, min(high, length)), round(near)))
    return found
