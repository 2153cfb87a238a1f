"""A real town: the walkable network of an OpenStreetMap extract, and its places."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import I32, I64, U8, Bool
from glasstown.core.errors import Problem
from glasstown.core.keys import Key
from glasstown.core.projection import Projection
from glasstown.state import Layout
from glasstown.town.buildings import find_buildings, house_places
from glasstown.town.extract import Extract, read_extract
from glasstown.town.knobs import TownKnobs
from glasstown.town.network import Network, largest_part, shaped
from glasstown.town.places import draw_places

# Longer segments are cut where the street has a point; longer stretches between two points are slips of a mapper.
LONG_DM = 2_000
IMPOSSIBLE_DM = 200_000


def layout_from_extract(path: Path, knobs: TownKnobs, key: Key) -> tuple[Layout, t.ListedCameras]:
    """Turn an OpenStreetMap extract into streets and places, and list the cameras tagged in it.

    Streets are the walkable ways (see `extract.walkable`), cut where ways meet and where they end. Parts of a way whose
    nodes are not in the file are left out and counted; the connected part with the most street length is the
    town. Places are the buildings or, where the extract has few for the number of people, are drawn along the
    streets as in an invented town.

    Parameters
    ----------
    path : Path
        A `.osm.pbf` or `.osm` file.
    knobs : TownKnobs
        The town; `people` and `places` are read.
    key : Key
        The plan's key; draws are addressed by OpenStreetMap's number of the building, or by number of the place.

    Returns
    -------
    layout : Layout
        Connected; no segment joins a node to itself, no two segments join the same nodes. `notes` holds nodes,
        segments, km, share_left_out (of street length), ways_with_missing_nodes, stretches_over_20_km (left out as
        mistakes), ways_not_walkable, buildings,
        buildings_left_out, places_from ("buildings" or "streets"), cameras_tagged, cameras_left_out,
        speed_cameras and source.
    cameras : ListedCameras
        Nodes with `man_made=surveillance` that are not said to be guards or plate readers, anywhere in the file.

    Raises
    ------
    Problem
        Code 74 where there is no readable file; code 2 where its content is no map or has no walkable street.

    Limits
    ------
    One level: streets that cross on a bridge without a common node do not meet, but lifts and stairs are as long as
    drawn. Squares are walked along their outlines. Distances are good to 2 % (see `core.projection`).
    """
    extract = read_extract(path)
    edges = _edges(path, extract)
    network, share_left_out = _network(edges)
    buildings, left_out = find_buildings(extract, edges.projection)
    dense = len(buildings.way) * 1000 >= float(knobs.places.sparse_below) * knobs.people
    if dense:
        places = house_places(buildings, network, network.centre(), knobs, key)
    else:
        places = draw_places(network, network.centre(), knobs, key)
    notes: dict[str, float | str] = {
        "source": "OpenStreetMap contributors, ODbL 1.0",
        "nodes": len(network.nodes),
        "segments": len(network.streets),
        "km": network.km,
        "share_left_out": share_left_out,
        "ways_with_missing_nodes": _incomplete(extract),
        "stretches_over_20_km": edges.impossible,
        "buildings": len(buildings.way),
        "buildings_left_out": left_out,
        "places_from": "buildings" if dense else "streets",
        **extract.notes,
    }
    return Layout(network.nodes, network.streets, network.points, places, edges.projection, notes), extract.cameras


def _found(extract: Extract, ref: I64) -> tuple[I64, Bool]:
    """Look references up; return rows of the extract's nodes and whether each is there."""
    if not len(extract.node):
        return np.zeros(len(ref), np.int64), np.zeros(len(ref), np.bool_)
    row = np.minimum(np.searchsorted(extract.node, ref), len(extract.node) - 1)
    return row, extract.node[row] == ref


def _incomplete(extract: Extract) -> int:
    ways = extract.streets
    _, there = _found(extract, ways.ref)
    way = np.repeat(np.arange(len(ways.way)), np.diff(ways.first))
    return len(np.unique(way[~there]))


@final
@dataclass(frozen=True)
class _Edges:
    """Stretches between neighbouring nodes of walkable ways, each pair of nodes once, in the order of the ways."""

    x: I32
    y: I32
    a: I64
    b: I64
    way: I64
    kind: U8
    projection: Projection
    impossible: int


def _edges(path: Path, extract: Extract) -> _Edges:
    ways = extract.streets
    row, there = _found(extract, ways.ref)
    way = np.repeat(np.arange(len(ways.way)), np.diff(ways.first))
    pair = np.flatnonzero((way[1:] == way[:-1]) & there[1:] & there[:-1] & (row[1:] != row[:-1]))
    used, ends = np.unique(np.concatenate([row[pair], row[pair + 1]]), return_inverse=True)
    a, b = ends[: len(pair)].astype(np.int64), ends[len(pair) :].astype(np.int64)
    lon, lat = extract.lon[used], extract.lat[used]
    middle = [int(np.median(degrees)) / 1e7 if len(used) else 0.0 for degrees in (lon, lat)]
    projection = Projection(middle[0], middle[1])
    x, y = projection.dm(lon / 1e7, lat / 1e7)
    possible = _straight(x, y, a, b) <= IMPOSSIBLE_DM
    pair, a, b = pair[possible], a[possible], b[possible]
    if not len(pair):
        raise Problem(
            "there is no walkable street in this extract",
            where=str(path),
            why=f"of {len(ways.way):,} walkable ways none has two neighbouring nodes in the file.",
            todo="cut the piece with complete ways (osmium extract --strategy complete_ways).",
        )
    _, first = np.unique(np.minimum(a, b) * len(used) + np.maximum(a, b), return_index=True)
    keep = np.sort(first)
    way = way[pair[keep]]
    return _Edges(x, y, a[keep], b[keep], way, ways.code[way], projection, int((~possible).sum()))


def _network(edges: _Edges) -> tuple[Network, float]:
    """Join stretches into segments from junction to junction; keep the largest connected part."""
    x, y = edges.x, edges.y
    length = np.maximum(_straight(x, y, edges.a, edges.b), 1)
    kept = largest_part(len(x), edges.a.astype(np.int32), edges.b.astype(np.int32), length)
    share_left_out = round(1.0 - int(length[kept].sum()) / int(length.sum()), 6)
    a, b, way, kind, length = edges.a[kept], edges.b[kept], edges.way[kept], edges.kind[kept], length[kept]
    follows = np.zeros(len(a), np.bool_)
    follows[1:] = (way[1:] == way[:-1]) & (a[1:] == b[:-1])
    junction = np.bincount(np.concatenate([a, b]), minlength=len(x)) != 2
    junction[a[~follows]] = True
    junction[b[:-1][~follows[1:]]] = True
    junction[b[-1]] = True
    begins = ~follows | junction[a]
    begins[_cuts(a, b, begins, length)] = True
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(a)) - 1
    n_points = last - first + 2
    at = np.repeat(first, n_points) + _counted(n_points)
    final_point = np.cumsum(n_points) - 1
    point = a[np.minimum(at, len(a) - 1)]
    point[final_point] = b[last]
    used, ends = np.unique(np.concatenate([a[first], b[last]]), return_inverse=True)
    ends = ends.astype(np.int32)
    n = len(first)
    return shaped(x[used], y[used], ends[:n], ends[n:], kind[first], n_points, x[point], y[point]), share_left_out


def _straight(x: I32, y: I32, a: I64, b: I64) -> I64:
    dx, dy = (x[b] - x[a]).astype(np.float64), (y[b] - y[a]).astype(np.float64)
    return np.rint(np.sqrt(dx * dx + dy * dy)).astype(np.int64)


def _counted(n: I64) -> I64:
    """Count from 0 within each group of the given sizes."""
    return np.arange(int(n.sum())) - np.repeat(np.cumsum(n) - n, n)


def _cuts(a: I64, b: I64, begins: Bool, length: I64) -> I64:
    """Find stretches at whose start a segment is cut: long segments, loops, and twins between the same junctions."""
    first = np.flatnonzero(begins)
    n_edges = np.diff(np.append(first, len(a)))
    total = np.add.reduceat(length, first)
    parts = -(-total // LONG_DM)
    start, end = a[first], b[first + n_edges - 1]
    loop, twin = start == end, _twin(start, end, n_edges)
    parts = np.where(loop, np.maximum(parts, 3), np.where(twin, np.maximum(parts, 2), parts))
    parts = np.minimum(parts, n_edges)
    within = _counted(n_edges)
    of = np.repeat(np.arange(len(first)), n_edges)
    run = np.cumsum(length) - length
    run = run - run[first][of]
    by_length = run * parts[of] // total[of]
    by_count = within * parts[of] // n_edges[of]
    level = np.where((loop | twin)[of], by_count, by_length)
    return np.flatnonzero((within > 0) & (level != np.concatenate([level[:1], level[:-1]])))


def _twin(start: I64, end: I64, n_edges: I64) -> Bool:
    """Say which segments share both ends with one of fewer stretches; the first of equals is spared."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((n_edges, high, low))
    same = (low[order][1:] == low[order][:-1]) & (high[order][1:] == high[order][:-1])
    twin = np.zeros(len(start), np.bool_)
    twin[order[1:][same]] = True
    return twin
