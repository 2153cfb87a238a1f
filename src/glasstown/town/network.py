"""The walkable network: junctions, the segments between them, and their shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from glasstown import tables as t
from glasstown.core.columns import I32, I64, U8, Bool

STREET, ARTERIAL, PATH = range(3)


@final
@dataclass(frozen=True)
class Network:
    """Streets without places: junctions, segments, and the points of each segment from its start to its end."""

    nodes: t.Nodes
    streets: t.Streets
    points: t.StreetPoints

    @property
    def km(self) -> float:
        """Length of all segments together, in kilometres."""
        return round(int(self.streets.length_dm.astype(np.int64).sum()) / 10_000, 3)

    def centre(self) -> tuple[int, int]:
        """Return the point (decimetres) with half of the junctions on either side, west-east and south-north."""
        return int(np.median(self.nodes.x_dm)), int(np.median(self.nodes.y_dm))


def straight(x_dm: I32, y_dm: I32, node_a: I32, node_b: I32, kind: U8) -> Network:
    """Make a network of straight segments.

    Parameters
    ----------
    x_dm, y_dm : arrays of int32, shape (nodes,)
        Where the junctions are.
    node_a, node_b : arrays of int32, shape (segments,)
        The two ends of each segment.
    kind : array of uint8, shape (segments,)
        Codes of `tables.STREET_KINDS`.
    """
    ends = np.stack([node_a, node_b], axis=1).ravel()
    return shaped(x_dm, y_dm, node_a, node_b, kind, np.full(len(node_a), 2), x_dm[ends], y_dm[ends])


def shaped(
    x_dm: I32,
    y_dm: I32,
    node_a: I32,
    node_b: I32,
    kind: U8,
    n_points: NDArray[np.integer[Any]],
    point_x: I32,
    point_y: I32,
) -> Network:
    """Make a network of segments with a shape.

    Parameters
    ----------
    n_points : array of int, shape (segments,)
        How many points each segment has, both ends included; at least 2.
    point_x, point_y : arrays of int32, shape (points,)
        The points, segment after segment.
    """
    n = len(node_a)
    segment = np.repeat(np.arange(n, dtype=np.int32), n_points)
    nodes = t.Nodes.of(node=np.arange(len(x_dm)), x_dm=x_dm, y_dm=y_dm)
    length = polyline_dm(segment, point_x, point_y, n)
    streets = t.Streets.of(segment=np.arange(n), node_a=node_a, node_b=node_b, length_dm=length, kind=kind)
    return Network(nodes, streets, t.StreetPoints.of(segment=segment, x_dm=point_x, y_dm=point_y))


def polyline_dm(segment: I32, x_dm: I32, y_dm: I32, n_segments: int) -> I64:
    """Measure polylines in whole decimetres, rounded up, so that none is shorter than a straight line.

    Pieces are added as integers of 1/1024 decimetre: the sum does not depend on the order.

    Parameters
    ----------
    segment, x_dm, y_dm : arrays of int32, shape (points,)
        Points of all polylines, each polyline's points together and in order.
    n_segments : int
        How many polylines there are.

    Returns
    -------
    array of int64, shape (n_segments,)
        Length of each, at least 1.
    """
    inside = segment[1:] == segment[:-1]
    dx = np.diff(x_dm.astype(np.float64))[inside]
    dy = np.diff(y_dm.astype(np.float64))[inside]
    fine = np.ceil(np.sqrt(dx * dx + dy * dy) * 1024.0).astype(np.int64)
    running = np.concatenate([np.zeros(1, np.int64), np.cumsum(fine)])
    piece_of = segment[1:][inside]
    at = np.searchsorted(piece_of, np.arange(n_segments + 1))
    return np.maximum(-(-(running[at[1:]] - running[at[:-1]]) // 1024), 1)


def largest_part(n_nodes: int, node_a: I32, node_b: I32, length_dm: NDArray[np.integer[Any]]) -> Bool:
    """Say which segments belong to the connected part with the most street length.

    Where two parts are equally long, the one with the lowest node counts.

    Returns
    -------
    array of bool, shape (segments,)
        True for the segments to keep.
    """
    part = parts(n_nodes, node_a, node_b)
    total = np.zeros(n_nodes, np.int64)
    np.add.at(total, part[node_a], length_dm)
    return part[node_a] == int(np.argmax(total))


def parts(n_nodes: int, node_a: NDArray[np.integer[Any]], node_b: NDArray[np.integer[Any]]) -> I64:
    """Say to which connected part each junction belongs: the number of its lowest junction.

    Written out, because the library that has it takes longer to load than a small town takes to build.
    """
    part = np.arange(n_nodes)
    while True:
        one, other = part[node_a], part[node_b]
        if np.array_equal(one, other):
            return part
        np.minimum.at(part, np.maximum(one, other), np.minimum(one, other))
        while not np.array_equal(part, part[part]):
            part = part[part]


def spanning(n_nodes: int, node_a: I32, node_b: I32, order: I64) -> Bool:
    """Say which links join everything that can be joined, taking links of low `order` first.

    Parameters
    ----------
    order : array of int64, shape (links,)
        Of links with the same order the earlier one goes first.
    """
    sequence = np.argsort(order, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[sequence] = np.arange(len(order))
    part, needed = np.arange(n_nodes), np.zeros(len(order), np.bool_)
    while True:
        between = np.flatnonzero(part[node_a] != part[node_b])
        if not len(between):
            return needed
        first = np.full(n_nodes, len(order))
        for ends in (node_a, node_b):
            np.minimum.at(first, part[ends[between]], rank[between])
        chosen = sequence[first[first < len(order)]]
        needed[chosen] = True
        part = parts(n_nodes, part[node_a[chosen]], part[node_b[chosen]])[part]
