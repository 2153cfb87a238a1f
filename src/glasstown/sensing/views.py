"""Which stretch of which street each device sees."""

from __future__ import annotations

import math

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import F64, I64
from glasstown.core.kernels import kernel
from glasstown.core.keys import Key
from glasstown.sensing.devices import directions
from glasstown.sensing.knobs import Cameras
from glasstown.state import Layout

PIECE_DM = 40
MOST_CELLS = 4_000_000
ALWAYS = 32767
ROUTES_AT_ONCE = 1 << 16
_MILLION = 1_000_000
_ALL_ROUND = -2 * _MILLION


def posts(devices: t.Devices, layout: Layout) -> t.Posts:
    """Work out where fixed devices stand and what they see.

    Streets are cut into pieces of at most 4 m; a piece is in view if its middle lies within the device's range and
    field of view. What surely is not there or watches an inside (a certainty of 0) sees no street.

    Returns
    -------
    Posts
        One row for each device and segment, sorted by segment and device.

    Limits
    ------
    Buildings, trees and lamp posts hide nothing, and cameras are as high as the street. The middle of a piece is up to
    2 m farther than its nearest point: over the default town, the chances of a capture come out 4 % lower than if
    streets were cut into pieces of 20 cm, and 3 of 100 stretches, which a view just touches, are missing.
    """
    devices, pieces = devices.take(devices.certainty_percent > 0), _pieces(layout)
    if not len(devices) or not len(pieces[0]):
        return t.Posts.empty()
    x, y, segment, along = pieces
    left, bottom = int(x.min()), int(y.min())
    area = (int(x.max()) - left + 1) * (int(y.max()) - bottom + 1)
    cell_dm = max(int(devices.range_dm.max()), 100, math.isqrt(area // MOST_CELLS))
    columns = (int(x.max()) - left) // cell_dm + 1
    cell = (y - bottom) // cell_dm * columns + (x - left) // cell_dm
    order = np.argsort(cell, kind="stable")
    n_cells = int(columns) * ((int(y.max()) - bottom) // cell_dm + 1)
    first = np.searchsorted(cell[order], np.arange(n_cells + 1))
    east, north = directions()
    around = (devices.direction_deg < 0) | (devices.field_deg >= 360)
    geometry = np.array([left, bottom, cell_dm, columns, n_cells], np.int64)
    arguments = (
        devices.x_dm.astype(np.int64),
        devices.y_dm.astype(np.int64),
        devices.range_dm.astype(np.int64),
        np.where(around, 0, devices.direction_deg).astype(np.int64),
        np.where(around, _ALL_ROUND, _half_fields()[devices.field_deg % 360]),
        np.array(east, np.int64),
        np.array(north, np.int64),
        geometry,
        first.astype(np.int64),
        x[order],
        y[order],
    )
    nothing = np.zeros(0, np.int64)
    n = _look(*arguments, nothing, nothing, np.zeros(0, np.float64))
    device, piece, distance = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.float64)
    _look(*arguments, device, piece, distance)
    ids = devices.device[device].astype(np.int64)
    return _merged(ids, segment[order][piece], along[order][piece], distance, layout)


def mixed_posts(devices: t.Devices, layout: Layout, knobs: Cameras, key: Key) -> t.Posts:
    """Put one device on each segment of a well-mixed town, at a distance drawn so that chances vary as stated.

    With `mixed_mean` the chances of a capture are exponential with that mean, cut at `capture`.

    Parameters
    ----------
    key : Key
        The town's plan; a draw is addressed by device.
    """
    n = min(len(devices), len(layout.streets))
    top, mean = float(knobs.capture), float(knobs.mixed_mean)
    distance = np.zeros(n)
    if mean > 0:
        chance = np.minimum(-mean * np.log1p(-key("mixed-chance").uniform(np.arange(n))), top)
        distance = float(knobs.half_distance) * 10 * np.sqrt(np.maximum(top / np.maximum(chance, 1e-6) - 1.0, 0.0))
    return t.Posts.of(
        device=devices.device[:n],
        segment=layout.streets.segment[:n],
        from_day=np.zeros(n),
        to_day=np.full(n, ALWAYS),
        from_minute=np.zeros(n),
        to_minute=np.full(n, 1440),
        from_dm=np.zeros(n),
        to_dm=layout.streets.length_dm[:n],
        nearest_dm=np.rint(distance),
    )


def _merged(device: I64, segment: I64, along: I64, distance: F64, layout: Layout) -> t.Posts:
    """Merge the pieces that one device sees of one segment into one stretch."""
    if not len(device):
        return t.Posts.empty()
    order = np.lexsort((along, device, segment))
    device, segment, along, distance = device[order], segment[order], along[order], distance[order]
    new = np.ones(len(device), np.bool_)
    new[1:] = (device[1:] != device[:-1]) | (segment[1:] != segment[:-1])
    starts = np.flatnonzero(new)
    length = layout.streets.length_dm[segment[starts]]
    low = np.minimum.reduceat(along, starts) - PIECE_DM // 2
    high = np.maximum.reduceat(along, starts) + PIECE_DM // 2
    n = len(starts)
    return t.Posts.of(
        device=device[starts],
        segment=segment[starts],
        from_day=np.zeros(n),
        to_day=np.full(n, ALWAYS),
        from_minute=np.zeros(n),
        to_minute=np.full(n, 1440),
        from_dm=np.clip(low, 0, length),
        to_dm=np.clip(high, 0, length),
        nearest_dm=np.rint(np.minimum.reduceat(distance, starts)),
    )


def _pieces(layout: Layout) -> tuple[I64, I64, I64, I64]:
    """Cut every segment into short pieces: middle x, middle y, segment, distance along the segment."""
    points = layout.points
    x, y = points.x_dm.astype(np.int64), points.y_dm.astype(np.int64)
    inner = points.segment[1:] == points.segment[:-1] if len(points) else np.zeros(0, np.bool_)
    dx, dy = (x[1:] - x[:-1])[inner], (y[1:] - y[:-1])[inner]
    length = np.rint(np.sqrt((dx * dx + dy * dy).astype(np.float64))).astype(np.int64)
    owner = points.segment[1:][inner].astype(np.int64)
    walked = np.cumsum(length) - length
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if len(owner) else np.zeros(0, np.int64)
    before = walked - np.repeat(walked[starts], np.diff(np.r_[starts, len(owner)])) if len(owner) else walked
    n = length // PIECE_DM + 1
    parent = np.repeat(np.arange(len(n)), n)
    which = np.arange(len(parent)) - np.repeat(np.cumsum(n) - n, n)
    twice = 2 * which + 1
    return (
        x[:-1][inner][parent] + dx[parent] * twice // (2 * n[parent]),
        y[:-1][inner][parent] + dy[parent] * twice // (2 * n[parent]),
        owner[parent],
        before[parent] + length[parent] * twice // (2 * n[parent]),
    )


def _half_fields() -> I64:
    """Return the cosine of half of each field of view of whole degrees, in millionths."""
    return np.array([round(_MILLION * math.cos(math.radians(d / 2))) for d in range(360)], np.int64)


@kernel
def _look(
    device_x: I64,
    device_y: I64,
    reach: I64,
    direction: I64,
    half_field: I64,
    east: I64,
    north: I64,
    geometry: I64,
    first: I64,
    x: I64,
    y: I64,
    out_device: I64,
    out_piece: I64,
    out_distance: F64,
) -> int:
    """Find the pieces in view of each device; with empty outputs, only count them."""
    left, bottom, cell_dm, columns, n_cells = geometry[0], geometry[1], geometry[2], geometry[3], geometry[4]
    rows = n_cells // columns
    write = len(out_device) > 0
    n = 0
    for d in range(len(device_x)):
        column = (device_x[d] - left) // cell_dm
        row = (device_y[d] - bottom) // cell_dm
        for r in range(max(row - 1, 0), min(row + 2, rows)):
            for c in range(max(column - 1, 0), min(column + 2, columns)):
                for i in range(first[r * columns + c], first[r * columns + c + 1]):
                    dx, dy = x[i] - device_x[d], y[i] - device_y[d]
                    squared = dx * dx + dy * dy
                    if squared > reach[d] * reach[d]:
                        continue
                    distance = np.sqrt(float(squared))
                    ahead = dx * east[direction[d]] + dy * north[direction[d]]
                    if float(ahead) < distance * float(half_field[d]):
                        continue
                    if write:
                        out_device[n], out_piece[n], out_distance[n] = d, i, distance
                    n += 1
    return n


def use_of_streets(routes: t.Routes, steps: t.Steps, walks: I64, posts: t.Posts, layout: Layout) -> t.StreetUse:
    """Count how often each segment was walked, and how much of it is in view.

    Parameters
    ----------
    walks : array of int64, shape (routes,)
        How often each route was walked in the run.

    Raises
    ------
    ValueError
        If the steps of the routes do not follow each other in the order of the routes.
    """
    n, n_steps = len(layout.streets), routes.n_steps.astype(np.int64)
    ends = np.cumsum(n_steps)
    if not np.array_equal(routes.first, ends - n_steps) or len(steps) != n_steps.sum():
        raise ValueError("the steps of each route follow those of the route before it")
    walked = np.zeros(n, np.int64)
    for begin in range(0, len(routes), ROUTES_AT_ONCE):
        some = slice(begin, begin + ROUTES_AT_ONCE)
        segment = steps.segment[routes.first[begin] : ends[some][-1]]
        per_step = np.repeat(walks[some], n_steps[some])
        walked += np.rint(np.bincount(segment, per_step, minlength=n)).astype(np.int64)[:n]
    return t.StreetUse.of(
        segment=layout.streets.segment,
        walks=walked,
        n_devices=np.bincount(posts.segment, minlength=n)[:n],
        viewed_dm=_viewed(posts, n),
    )


def _viewed(posts: t.Posts, n_segments: int) -> I64:
    """Measure how much of each segment is seen by at least one device."""
    street = posts.segment.astype(np.int64) << 32
    order = np.argsort(street + posts.from_dm, kind="stable")
    low, high = (street + posts.from_dm)[order], (street + posts.to_dm)[order]
    covered = np.append(low[:1], np.maximum.accumulate(high)[:-1])
    viewed = np.zeros(n_segments, np.int64)
    np.add.at(viewed, posts.segment[order], np.maximum(high - np.maximum(low, covered), 0))
    return viewed
