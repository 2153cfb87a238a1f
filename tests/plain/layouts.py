"""What must hold for every layout, checked the slow way, one segment at a time."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise

from glasstown.state import Layout
from glasstown.tables import PLACE_KINDS, STREET_KINDS


def check_layout(layout: Layout) -> None:
    """Raise AssertionError naming the first rule that a layout breaks."""
    nodes, streets, points, places = layout.nodes, layout.streets, layout.points, layout.places
    for table in (nodes, streets, points, places):
        table.check()
    assert nodes.node.tolist() == list(range(len(nodes))), "nodes are numbered by row"
    assert streets.segment.tolist() == list(range(len(streets))), "segments are numbered by row"
    assert places.place.tolist() == list(range(len(places))), "places are numbered by row"
    where = list(zip(nodes.x_dm.tolist(), nodes.y_dm.tolist(), strict=True))
    shape: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for segment, x, y in zip(points.segment.tolist(), points.x_dm.tolist(), points.y_dm.tolist(), strict=True):
        assert segment == len(shape) or segment == len(shape) - 1, "points are in the order of segments"
        shape[segment].append((x, y))
    assert len(shape) == len(streets), "every segment has points"
    neighbours: dict[int, set[int]] = defaultdict(set)
    pairs: set[tuple[int, int]] = set()
    for segment in range(len(streets)):
        a, b = int(streets.node_a[segment]), int(streets.node_b[segment])
        length = int(streets.length_dm[segment])
        assert a != b, "no segment joins a node to itself"
        pair = (min(a, b), max(a, b))
        assert pair not in pairs, "no two segments join the same nodes"
        pairs.add(pair)
        neighbours[a].add(b)
        neighbours[b].add(a)
        line = shape[segment]
        assert line[0] == where[a], "the shape starts at node_a"
        assert line[-1] == where[b], "the shape ends at node_b"
        assert length >= max(1.0, math.dist(where[a], where[b])), "no street is shorter than a straight line"
        drawn = sum(math.dist(p, q) for p, q in pairwise(line))
        assert abs(length - drawn) <= 1.0 + len(line) / 1000, "the length is that of the shape"
        assert 0 <= streets.kind[segment] < len(STREET_KINDS), "the kind is known"
    reached, waiting = {0}, [0]
    while waiting:
        for other in neighbours[waiting.pop()] - reached:
            reached.add(other)
            waiting.append(other)
    assert len(reached) == len(nodes), "every node is reached from every other"
    assert set(places.kind.tolist()) == set(range(len(PLACE_KINDS))), "there is a place of each kind"
    assert all(0 <= node < len(nodes) for node in places.node.tolist()), "every place is reached from a node"
    assert min(places.weight.tolist()) >= 1, "every place attracts"
