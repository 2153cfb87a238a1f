"""The walkable network of a map by the book: sets and dictionaries, one stretch at a time."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise

Point = tuple[float, float]


def metres(a: Point, b: Point) -> float:
    """Measure the great-circle distance between two (lon, lat) points (haversine, sphere of 6,378,137 m)."""
    lon_a, lat_a, lon_b, lat_b = map(math.radians, (*a, *b))
    h = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6_378_137 * math.asin(math.sqrt(h))


def largest_metres(nodes: Mapping[int, Point], ways: Iterable[list[int]]) -> tuple[float, float]:
    """Return the street length of the largest connected part and of all parts, in metres, each stretch once."""
    stretches: dict[frozenset[int], float] = {}
    for refs in ways:
        for a, b in pairwise(refs):
            if a != b and a in nodes and b in nodes:
                stretches[frozenset((a, b))] = metres(nodes[a], nodes[b])
    joined: dict[int, set[int]] = defaultdict(set)
    for a, b in map(tuple, stretches):
        joined[a].add(b)
        joined[b].add(a)
    seen: set[int] = set()
    best = 0.0
    for start in joined:
        if start in seen:
            continue
        part, waiting = {start}, [start]
        while waiting:
            for other in joined[waiting.pop()] - part:
                part.add(other)
                waiting.append(other)
        seen |= part
        best = max(best, sum(length for pair, length in stretches.items() if pair <= part))
    return best, sum(stretches.values())
