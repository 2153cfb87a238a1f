"""Where the cameras are, how they look, and how surely each is known."""

from __future__ import annotations

import math

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import threshold, thresholds
from glasstown.core.columns import F64, I16, I32, I64, U8, Bool
from glasstown.core.errors import Problem
from glasstown.core.keys import Key
from glasstown.core.quantity import Quantity
from glasstown.sensing.knobs import Cameras
from glasstown.state import Layout

KIND_WEIGHTS = (2, 5, 1)
FARTHEST_DM = 10_000


def how_many(layout: Layout, knobs: Cameras) -> int:
    """Return how many cameras stand along the streets where `generated_devices` puts them up."""
    km = float(layout.streets.length_dm.astype(np.int64).sum()) / 10_000
    return min(round(km * float(knobs.per_km)), int(knobs.most))


def generated_devices(layout: Layout, knobs: Cameras, searching: Quantity, plan: Key, doubt: Key) -> t.Devices:
    """Put cameras along the streets of a town, more of them on arterials than on paths.

    Parameters
    ----------
    layout : Layout
        The streets.
    knobs : Cameras
        How many for each kilometre, and what they are like.
    searching : Quantity
        Share of the cameras whose captures are searched.
    plan, doubt : Key
        Where the cameras stand belongs to the town's plan; which of them exist and work, to the doubt.

    Limits
    ------
    Cameras stand at the kerb and look along the street or all round; buildings hide nothing.
    """
    streets = layout.streets
    if not len(streets):
        return t.Devices.empty()
    n = how_many(layout, knobs)
    ids = np.arange(n, dtype=np.int32)
    weights = streets.length_dm.astype(np.int64) * np.array(KIND_WEIGHTS)[streets.kind]
    weights = np.maximum(weights // max(1, int(weights.sum()) >> 31), 1)
    segment = plan("camera-segment").choice(weights, ids)
    share = plan("camera-along").below(1000, ids)
    side = np.where(plan("camera-side").below(2, ids) == 0, 1, -1)
    x, y, dx, dy = _on_the_street(layout.points, segment, share)
    length = np.maximum(np.sqrt((dx * dx + dy * dy).astype(np.float64)), 1.0)
    x += np.rint(-dy / length * 40).astype(np.int64) * side
    y += np.rint(dx / length * 40).astype(np.int64) * side
    along = np.rint(np.degrees(np.arctan2(dx * side, dy * side))).astype(np.int64) % 360
    dome = plan("camera-dome").happens(threshold(float(knobs.dome)), ids)
    return _devices(
        knobs,
        searching,
        plan,
        doubt,
        x=x.astype(np.int32),
        y=y.astype(np.int32),
        direction=np.where(dome, -1, along).astype(np.int16),
        certainty=np.full(n, round(100 * float(knobs.certainty_generated)), np.uint8),
        direction_known=np.ones(n, np.bool_),
        origin=0,
    )


def _on_the_street(points: t.StreetPoints, segment: I64, share: I64) -> tuple[I64, I64, I64, I64]:
    """Go along segments by so many thousandths of their length; return where that is and the stretch it lies on."""
    x, y = points.x_dm.astype(np.int64), points.y_dm.astype(np.int64)
    stretch = np.rint(np.sqrt((np.diff(x) ** 2 + np.diff(y) ** 2).astype(np.float64))).astype(np.int64)
    walked = np.append(0, np.cumsum(np.where(np.diff(points.segment) == 0, stretch, 0)))
    first = np.searchsorted(points.segment, segment)
    last = np.searchsorted(points.segment, segment, side="right") - 1
    thousandths = 1000 * walked[first] + share * (walked[last] - walked[first])
    at = np.clip(np.searchsorted(1000 * walked, thousandths, side="right") - 1, first, last - 1)
    dx, dy, gone = x[at + 1] - x[at], y[at + 1] - y[at], thousandths - 1000 * walked[at]
    whole = np.maximum(1000 * (walked[at + 1] - walked[at]), 1)
    return x[at] + dx * gone // whole, y[at] + dy * gone // whole, dx, dy


def listed_devices(
    listed: t.ListedCameras,
    layout: Layout,
    knobs: Cameras,
    searching: Quantity,
    plan: Key,
    doubt: Key,
    *,
    tagged: bool = False,
) -> t.Devices:
    """Make devices of the cameras in a file or an extract; what the list does not say is drawn.

    A camera that watches an inside sees no street. A fixed camera without a direction looks somewhere, drawn
    anew with each doubt; one without a type is all-round with the stated share. Draws are addressed by where a camera
    stands, so that one more row, or another order, changes nothing about the others.

    Raises
    ------
    Problem
        If the streets have no place on the map, or every camera stands far beyond the town (see `beyond_town`).
    """
    if layout.projection is None:
        raise Problem(
            "a camera list needs real streets",
            why="its longitudes and latitudes mean nothing in an invented town.",
            todo="give --streets FILE.osm.pbf, or set sensing.cameras.kind to generated.",
        )
    x, y = layout.projection.dm(listed.lon, listed.lat)
    _refuse_far(listed, layout, knobs)
    at = _address(listed)
    unknown = listed.camera_type == 0
    dome = np.isin(listed.camera_type, (2, 3))
    dome |= unknown & (listed.direction_deg < 0) & doubt("camera-dome").happens(threshold(float(knobs.dome)), *at)
    drawn = doubt("camera-direction").below(360, *at)
    said = listed.direction_deg >= 0
    direction = np.where(dome, -1, np.where(said, listed.direction_deg, drawn)).astype(np.int16)
    certainty = np.where(listed.vague, float(knobs.certainty_vague), float(knobs.certainty_listed))
    certainty = np.where(listed.indoor, 0.0, certainty)
    return _devices(
        knobs,
        searching,
        plan,
        doubt,
        x=x,
        y=y,
        direction=direction,
        certainty=np.rint(certainty * 100).astype(np.uint8),
        direction_known=said | np.isin(listed.camera_type, (2, 3)),
        origin=2 if tagged else 1,
        at=at,
    )


def _address(listed: t.ListedCameras) -> tuple[I64, I64, I64]:
    """Return where listed cameras stand, in millionths of a degree, and which of those at one place each is."""
    east, north = (np.rint((to + from_) * 1e6).astype(np.int64) for to, from_ in ((listed.lon, 180), (listed.lat, 90)))
    order = np.lexsort((north, east))
    new = np.append(True, (np.diff(east[order]) != 0) | (np.diff(north[order]) != 0))[: len(order)]
    begin, nth = np.flatnonzero(new), np.empty(len(order), np.int64)
    nth[order] = np.arange(len(order)) - np.repeat(begin, np.diff(np.append(begin, len(order))))
    return east, north, nth


def mixed_devices(layout: Layout, knobs: Cameras, searching: Quantity, plan: Key, doubt: Key) -> t.Devices:
    """Put one device on every segment of a well-mixed town."""
    first = np.searchsorted(layout.points.segment, layout.streets.segment)
    n = len(layout.streets)
    return _devices(
        knobs,
        searching,
        plan,
        doubt,
        x=layout.points.x_dm[first],
        y=layout.points.y_dm[first],
        direction=np.full(n, -1, np.int16),
        certainty=np.full(n, 100, np.uint8),
        direction_known=np.ones(n, np.bool_),
        origin=0,
    )


def _devices(
    knobs: Cameras,
    searching: Quantity,
    plan: Key,
    doubt: Key,
    *,
    x: I32,
    y: I32,
    direction: I16,
    certainty: U8,
    direction_known: Bool,
    origin: int,
    at: tuple[I64, ...] = (),
) -> t.Devices:
    n = len(x)
    ids = np.arange(n, dtype=np.int32)
    where = at or (ids,)
    exists = doubt("camera-exists").happens(thresholds(np.arange(101) / 100)[certainty], *where)
    dead = doubt("camera-dead").happens(threshold(float(knobs.dead)), *where)
    return t.Devices.of(
        device=ids,
        kind=np.zeros(n),
        origin=np.full(n, origin),
        x_dm=x,
        y_dm=y,
        direction_deg=direction,
        field_deg=np.where(direction < 0, 360, round(float(knobs.field))),
        range_dm=np.full(n, round(float(knobs.range) * 10)),
        certainty_percent=certainty,
        direction_known=direction_known,
        alive=exists & ~dead,
        searching=plan("camera-searching").happens(threshold(float(searching)), *where),
    )


def beyond_town(listed: t.ListedCameras, layout: Layout, knobs: Cameras) -> tuple[Bool, F64]:
    """Say which cameras of a list stand so far beyond the outermost streets that they are none of the town's.

    Returns
    -------
    beyond : array of bool, shape (cameras,)
        More than 1 km beyond, or more than a camera sees if that is farther.
    km : array of float64, shape (cameras,)
        How far, measured to the rectangle round all junctions.
    """
    n, nodes = len(listed), layout.nodes
    if layout.projection is None or not n or not len(nodes):
        return np.zeros(n, np.bool_), np.zeros(n)
    away = np.zeros(n)
    for at, ends in zip(layout.projection.dm(listed.lon, listed.lat), (nodes.x_dm, nodes.y_dm), strict=True):
        to = at.astype(np.float64)
        away += np.maximum(np.maximum(int(ends.min()) - to, to - int(ends.max())), 0.0) ** 2
    away = np.sqrt(away)
    return away > max(FARTHEST_DM, float(knobs.range) * 10), away / 10_000


def _refuse_far(listed: t.ListedCameras, layout: Layout, knobs: Cameras) -> None:
    beyond, km = beyond_town(listed, layout, knobs)
    if len(listed) and beyond.all():
        raise Problem(
            f"all {len(listed):,} cameras are far from every street (the nearest is {km.min():,.0f} km away)",
            why="cameras that see no street would make a report that shows nothing.",
            todo="check that both files show the same place and that lon and lat are not swapped.",
        )


def directions() -> tuple[list[int], list[int]]:
    """Return east and north parts of each whole degree's direction, in millionths, as integers."""
    east = [round(1_000_000 * math.sin(math.radians(d))) for d in range(361)]
    north = [round(1_000_000 * math.cos(math.radians(d))) for d in range(361)]
    return east, north
