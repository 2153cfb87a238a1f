"""Where people live, work, learn, shop and meet, drawn along the streets."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasstown import tables as t
from glasstown.core.columns import F64, I64
from glasstown.core.errors import Problem
from glasstown.core.keys import Key
from glasstown.town.knobs import TownKnobs
from glasstown.town.network import ARTERIAL, Network

HOME, WORK, SCHOOL, SHOP, LEISURE, STATION = range(6)
MOST_PLACES = 20_000_000

# Chance of a place for each metre of street, by kind of street (STREET_KINDS): assumptions.
ALONG = {
    HOME: (10, 6, 1),
    WORK: (8, 12, 1),
    SCHOOL: (10, 4, 1),
    SHOP: (4, 16, 1),
    LEISURE: (6, 8, 3),
}
# (even share, share that falls off from the centre, how fast): assumptions.
SPREAD = {HOME: (2, 1, 1), WORK: (1, 8, 4), SCHOOL: (2, 1, 1), SHOP: (1, 6, 4), LEISURE: (1, 4, 2)}
# Each size is twice the one before and half as frequent, up to 2**(k - 1).
SIZES = {WORK: 8, SHOP: 6, LEISURE: 5}


def counts(knobs: TownKnobs) -> tuple[int, ...]:
    """Say how many places of each kind the town asks for, in the order of `tables.PLACE_KINDS`.

    Raises
    ------
    Problem
        If the sizes ask for more places than a computer could hold.
    """
    wanted = knobs.places
    per_1000 = (
        wanted.homes_per_1000,
        wanted.work_per_1000,
        wanted.schools_per_1000,
        wanted.shops_per_1000,
        wanted.leisure_per_1000,
    )
    numbers = (*(max(1, round(knobs.people * float(p) / 1000)) for p in per_1000), 1)
    if sum(numbers) > MOST_PLACES:
        raise Problem(
            f"the town asks for {sum(numbers):,} places",
            where="town.places",
            why=f"at most {MOST_PLACES:,} fit.",
            todo="check town.people and the *_per_1000 counts for a slipped zero.",
        )
    return numbers


def draw_places(network: Network, centre: tuple[int, int], knobs: TownKnobs, key: Key) -> t.Places:
    """Draw homes, work, schools, shops, leisure places and one station along the streets.

    Each kind is spread in equal steps over the whole street length, weighted by the kind of street and by the
    distance from the centre; within its step a place falls anywhere. So homes and schools cover the
    town, and work and shops crowd in the centre and on arterials.

    Parameters
    ----------
    network : Network
        Connected streets.
    centre : tuple of int
        The centre, decimetres.
    knobs : TownKnobs
        The town; `people` and `places` are read.
    key : Key
        A plan's key; draws are addressed by kind and number of the place.

    Returns
    -------
    Places
        All kinds in the order of `tables.PLACE_KINDS`, at least one of each.

    Limits
    ------
    The shares and the fall-off are assumptions; no land use is read.
    """
    return numbered([draw_kind(network, centre, kind, n, key) for kind, n in enumerate(counts(knobs))])


def draw_kind(network: Network, centre: tuple[int, int], kind: int, n: int, key: Key) -> t.Places:
    """Draw `n` places of one kind along the streets (numbered by themselves); a station is always one."""
    below = key("places", kind)
    return _station(network, centre, below) if kind == STATION else _along(network, centre, kind, n, below)


def numbered(parts: list[t.Places]) -> t.Places:
    """Stack places of all kinds and number them by row."""
    places = t.Places.concat(parts)
    return t.Places.of(
        **{c.name: getattr(places, c.name) for c in t.Places.columns() if c.name != "place"},
        place=np.arange(len(places)),
    )


def nearness(x: NDArray[Any], y: NDArray[Any], centre: tuple[int, int], network: Network, fall: int) -> I64:
    """Rate points from 1,024 (in the centre) towards 0, by distance in units of the town's middling radius.

    Half of the junctions lie within that radius, where the value is 1,024 / (1 + fall).
    """
    radius = int(np.median(_square_m(network.nodes.x_dm, network.nodes.y_dm, centre))) + 1
    return 1024 * radius // (radius + fall * _square_m(x, y, centre))


def attraction(kind: int, n: int, near: I64, key: Key) -> I64:
    """Draw how much each place attracts; for homes, how many dwellings a building holds (more in the centre)."""
    row = np.arange(n)
    if kind == HOME:
        return 1 + key("dwellings").below(4 + near // 128, row)
    if kind == SCHOOL:
        return 80 + key("pupils").below(80, row)
    classes = SIZES[kind]
    return np.left_shift(1, key("size").choice([1 << (classes - 1 - k) for k in range(classes)], row))


def _square_m(x: NDArray[Any], y: NDArray[Any], centre: tuple[int, int]) -> I64:
    dx, dy = (x.astype(np.int64) - centre[0]) // 10, (y.astype(np.int64) - centre[1]) // 10
    return dx * dx + dy * dy


def _along(network: Network, centre: tuple[int, int], kind: int, n: int, key: Key) -> t.Places:
    points, streets = network.points, network.streets
    first = np.flatnonzero(points.segment[1:] == points.segment[:-1])
    x, y = points.x_dm.astype(np.int64), points.y_dm.astype(np.int64)
    dx, dy = (x[first + 1] - x[first]).astype(np.float64), (y[first + 1] - y[first]).astype(np.float64)
    length = np.sqrt(dx * dx + dy * dy)
    by_street = np.array(ALONG[kind])[streets.kind[points.segment[first]]]
    even, extra, fall = SPREAD[kind]
    middle_x, middle_y = (x[first] + x[first + 1]) // 2, (y[first] + y[first + 1]) // 2
    near = nearness(middle_x, middle_y, centre, network, fall)
    weight = (np.rint(length).astype(np.int64) + 1) * by_street * (256 * even + extra * near)
    row = np.arange(n)
    total = np.cumsum(weight)
    piece = np.searchsorted(total, _steps(n, key("piece").uniform(row)) * float(total[-1]), side="right")
    piece = np.minimum(piece, len(first) - 1)
    at, share = first[piece], key("along").uniform(row)
    side = (8.0 + 12.0 * key("aside").uniform(row)) * np.where(key("side").bits(row) & np.uint64(1), 10.0, -10.0)
    run = np.maximum(length[piece], 1.0)
    place_x = np.rint(x[at] + share * dx[piece] - side * dy[piece] / run).astype(np.int64)
    place_y = np.rint(y[at] + share * dy[piece] + side * dx[piece] / run).astype(np.int64)
    segment = points.segment[at]
    a, b = streets.node_a[segment], streets.node_b[segment]
    to_a, to_b = ((network.nodes.x_dm[end] - place_x) ** 2 + (network.nodes.y_dm[end] - place_y) ** 2 for end in (a, b))
    return t.Places.of(
        place=row,
        node=np.where(to_a <= to_b, a, b),
        x_dm=place_x,
        y_dm=place_y,
        kind=np.full(n, kind),
        weight=attraction(kind, n, nearness(place_x, place_y, centre, network, fall), key),
    )


def _steps(n: int, within: F64) -> F64:
    return np.minimum((np.arange(n) + within) / n, 1.0 - 2.0**-40)


def _station(network: Network, centre: tuple[int, int], key: Key) -> t.Places:
    nodes, streets = network.nodes, network.streets
    busy = streets.kind == ARTERIAL
    ends = np.concatenate([streets.node_a[busy], streets.node_b[busy]])
    candidates = np.unique(ends) if len(ends) else nodes.node
    off = np.abs(nearness(nodes.x_dm[candidates], nodes.y_dm[candidates], centre, network, 4) - 800)
    best = candidates[np.argsort(off, kind="stable")[: max(1, len(candidates) // 20)]]
    node = best[key("node").below(len(best), 0)]
    return t.Places.of(place=[0], node=node, x_dm=nodes.x_dm[node], y_dm=nodes.y_dm[node], kind=[STATION], weight=[128])
