"""Shortest ways, slowly and obviously: Bellman's rule until nothing changes."""

from __future__ import annotations

import numpy as np

from glasstown import tables as t
from glasstown.core.keys import Key
from glasstown.state import Layout


def grid_layout(across: int, up: int, key: Key, places: int = 0) -> Layout:
    """A grid of streets of 60 to 120 metres (in steps of 10, so that ties are common) with places on it."""
    node = np.arange(across * up).reshape(up, across)
    a = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    b = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    swap = key("swap").below(2, np.arange(len(a))) == 1
    a, b = np.where(swap, b, a), np.where(swap, a, b)
    x, y = node.ravel() % across * 900, node.ravel() // across * 900
    length = 600 + 100 * key("length").below(7, np.arange(len(a)))
    where = key("where").below(across * up, np.arange(places))
    kind = key("kind").choice([120, 30, 2, 8, 4, 1], np.arange(places))
    if places:
        kind[: len(t.PLACE_KINDS)] = np.arange(len(t.PLACE_KINDS))[:places]
    return Layout(
        nodes=t.Nodes.of(node=node.ravel(), x_dm=x, y_dm=y),
        streets=t.Streets.of(
            segment=np.arange(len(a)), node_a=a, node_b=b, length_dm=length, kind=np.zeros(len(a))
        ),
        points=t.StreetPoints.of(
            segment=np.repeat(np.arange(len(a)), 2),
            x_dm=np.stack([x[a], x[b]], 1).ravel(),
            y_dm=np.stack([y[a], y[b]], 1).ravel(),
        ),
        places=t.Places.of(
            place=np.arange(places),
            node=where,
            x_dm=x[where] + 100,
            y_dm=y[where] - 100,
            kind=kind,
            weight=1 + key("weight").below(20, np.arange(places)),
        ),
        projection=None,
        notes={},
    )


def distances(layout: Layout, root: int) -> list[float]:
    """The length of the shortest way from one junction to each, in decimetres."""
    streets = layout.streets
    least = [float("inf")] * len(layout.nodes)
    least[root] = 0
    changed = True
    while changed:
        changed = False
        for a, b, length in zip(streets.node_a, streets.node_b, streets.length_dm, strict=True):
            for u, v in ((a, b), (b, a)):
                if least[u] + length < least[v]:
                    least[v] = least[u] + int(length)
                    changed = True
    return least


def way(layout: Layout, root: int, end: int) -> list[tuple[int, bool]]:
    """The segments from end to root: each time to the lowest junction, then segment, on a shortest way."""
    streets, least = layout.streets, distances(layout, root)
    steps: list[tuple[int, bool]] = []
    here = end
    while here != root:
        choices: list[tuple[int, int, bool]] = []
        for s, (a, b, length) in enumerate(
            zip(streets.node_a.tolist(), streets.node_b.tolist(), streets.length_dm.tolist(), strict=True)
        ):
            if a == here and b != here and least[b] + length == least[here]:
                choices.append((b, s, True))
            if b == here and a != here and least[a] + length == least[here]:
                choices.append((a, s, False))
        here, segment, forward = min(choices)
        steps.append((segment, forward))
    return steps
