"""An invented town: a grown-looking street grid with a centre and arterials, and its places."""

from __future__ import annotations

import math

import numpy as np

from glasstown.core.chance import threshold
from glasstown.core.columns import F64, I32, I64, U8, Bool
from glasstown.core.errors import Problem
from glasstown.core.keys import Key
from glasstown.state import Layout
from glasstown.town.knobs import TownKnobs
from glasstown.town.network import ARTERIAL, PATH, STREET, Network, largest_part, spanning, straight
from glasstown.town.places import counts, draw_places

FEWEST_NODES = 9
MOST_NODES = 5_000_000

# What makes the grid look grown; assumptions, chosen by eye.
CENTRE_SPACING = 0.65
LONG_SIDE, SHORT_SIDE = 1.15, 0.87
LINE_SHIFT_PERCENT = 16
NODE_SHIFT_PERCENT = 9
BEND = 0.12
MERGED = 0.16
MADE_PATH = 0.06
CUT_ACROSS = 0.03
PARK_SHARE = 0.05
PATCH = 6


def generate_layout(knobs: TownKnobs, key: Key) -> Layout:
    """Invent a town's streets and places: the same plan and sizes give the same town.

    A grid, denser in the centre, is bent and jostled; its outline is ragged; some blocks are parks, some are
    merged, some are cut across by a path; every few blocks an arterial runs through.

    Parameters
    ----------
    knobs : TownKnobs
        The town; `people`, `streets` and `places` are read.
    key : Key
        The plan's key; draws are addressed by position on the grid counted from the centre.

    Returns
    -------
    Layout
        Connected; about `max(least_nodes, people / people_per_node)` nodes; no projection.

    Raises
    ------
    Problem
        If the sizes make no town: block under 10 m or over 1 km, no people per node, over 5 million nodes.

    Limits
    ------
    No river, no hills, no railway; segments are straight. The shares that shape it are assumptions.
    """
    counts(knobs)
    network = _streets(knobs, key("streets"))
    places = draw_places(network, (0, 0), knobs, key)
    notes: dict[str, float | str] = {
        "source": "generated",
        "plan": knobs.plan,
        "nodes": len(network.nodes),
        "segments": len(network.streets),
        "km": network.km,
        "places_from": "streets",
    }
    return Layout(network.nodes, network.streets, network.points, places, None, notes)


def _streets(knobs: TownKnobs, key: Key) -> Network:
    n = _size(knobs)
    half = max(2, math.isqrt(int(n / 0.6)) // 2 + 1)
    every = int(knobs.streets.arterial_every)
    column, row = (a.ravel() for a in np.meshgrid(np.arange(-half, half + 1), np.arange(-half, half + 1)))
    busy = _on(column, every) | _on(row, every)
    kept = _outline(column, row, busy, n, half, key)
    x, y = _positions(column, row, half, float(knobs.streets.block) * 10.0, key)
    a, b, kind = _links(column, row, kept, every, key, 2 * half + 1)
    piece = largest_part(len(x), a, b, np.ones(len(a), np.int64))
    a, b, kind = a[piece], b[piece], kind[piece]
    used, ends = np.unique(np.concatenate([a, b]), return_inverse=True)
    ends = ends.astype(np.int32)
    return straight(x[used], y[used], ends[: len(a)], ends[len(a) :], kind)


def _size(knobs: TownKnobs) -> int:
    streets = knobs.streets
    block, share = float(streets.block), int(streets.people_per_node)
    if not 10 <= block <= 1000:
        raise Problem(
            f"a block of {block:g} metres makes no town",
            where="town.streets.block",
            why="blocks lie between 10 and 1,000 metres.",
            todo="90 is usual.",
        )
    if share < 1:
        raise Problem("no people per street junction", where="town.streets.people_per_node", todo="20 is usual.")
    n = max(FEWEST_NODES, int(streets.least_nodes), knobs.people // share)
    if n > MOST_NODES:
        raise Problem(
            f"the town asks for {n:,} street junctions",
            where="town.streets",
            why=f"at most {MOST_NODES:,} fit.",
            todo="check town.people, least_nodes and people_per_node for a slipped zero.",
        )
    return n


def _on(line: I64, every: int) -> Bool:
    return line % every == 0 if every else np.zeros(line.shape, np.bool_)


def _noise(column: I64, row: I64, patch: int, key: Key) -> I64:
    """Draw a number from 0 to 1,024 that changes smoothly over about `patch` blocks."""
    c, dc = np.divmod(column, patch)
    r, dr = np.divmod(row, patch)
    corner = [[key.below(1025, c + i, r + j) for j in (0, 1)] for i in (0, 1)]
    lower = corner[0][0] * (patch - dc) + corner[1][0] * dc
    upper = corner[0][1] * (patch - dc) + corner[1][1] * dc
    return (lower * (patch - dr) + upper * dr) // (patch * patch)


def _outline(column: I64, row: I64, busy: Bool, n: int, half: int, key: Key) -> Bool:
    """Keep `n` crossings: near the centre rather than far, with a ragged edge and without the parks."""
    square = column * column + row * row
    edge = square * (704 + _noise(column, row, max(PATCH, half // 3), key("edge")))
    green = _noise(column, row, PATCH, key("green")) + np.where(busy | (square < 16), -2048, 0)
    parks = np.argsort(-green, kind="stable")[: int(len(green) * PARK_SHARE)]
    edge[parks] = np.iinfo(np.int64).max
    kept = np.zeros(len(edge), np.bool_)
    kept[np.argsort(edge, kind="stable")[:n]] = True
    return kept


def _positions(column: I64, row: I64, half: int, block: float, key: Key) -> tuple[I32, I32]:
    """Place the crossings (decimetres): closer in the centre, shifted by line and one by one, bent and turned."""
    shift = block * CENTRE_SPACING / 100.0

    def along(line: I64, side: float, purpose: str) -> F64:
        away = np.abs(line).astype(np.float64)
        grown = CENTRE_SPACING * away + (1.0 - CENTRE_SPACING) * away * away / half
        by_line = key(purpose, "line").below(2 * LINE_SHIFT_PERCENT + 1, line) - LINE_SHIFT_PERCENT
        one = key(purpose, "node").below(2 * NODE_SHIFT_PERCENT + 1, column, row) - NODE_SHIFT_PERCENT
        return np.sign(line) * grown * block * side + (by_line + one) * shift

    u, v = along(column, LONG_SIDE, "x"), along(row, SHORT_SIDE, "y")
    reach = half * block
    bend = key("bend").uniform(np.arange(2)) * 2.0 - 1.0
    u, v = u + bend[0] * BEND * v * np.abs(v) / reach, v + bend[1] * BEND * u * np.abs(u) / reach
    turn = float(key("turn").uniform(0)[0]) * 0.4
    whole = 1.0 + turn * turn
    cosine, sine = (1.0 - turn * turn) / whole, 2.0 * turn / whole
    x, y = np.rint(u * cosine - v * sine), np.rint(u * sine + v * cosine)
    return x.astype(np.int32), y.astype(np.int32)


def _links(column: I64, row: I64, kept: Bool, every: int, key: Key, width: int) -> tuple[I32, I32, U8]:
    """Join neighbours; merge some blocks, but never so that a part is cut off; add paths across a few blocks."""
    here = np.arange(len(column), dtype=np.int32)
    half = width // 2
    east = here[(column < half) & kept]
    east = east[kept[east + 1]]
    north = here[(row < half) & kept]
    north = north[kept[north + width]]
    a = np.concatenate([east, north])
    b = np.concatenate([east + 1, north + width]).astype(np.int32)
    axis = np.repeat(np.array([0, 1]), [len(east), len(north)])
    arterial = np.where(axis == 0, _on(row[a], every), _on(column[a], every))
    merged = key("merged").happens(threshold(MERGED), column[a], row[a], axis) & ~arterial
    order = key("tree").bits(column[a], row[a], axis).astype(np.int64)
    needed = spanning(len(column), a, b, order + np.where(arterial, 0, 1 << 32))
    path = key("path").happens(threshold(MADE_PATH), column[a], row[a], axis)
    kind = np.where(arterial, ARTERIAL, np.where(path, PATH, STREET)).astype(np.uint8)
    stays = needed | ~merged
    corner = here[(column < half) & (row < half) & kept]
    corner = corner[kept[corner + 1] & kept[corner + width] & kept[corner + width + 1]]
    corner = corner[key("across").happens(threshold(CUT_ACROSS), column[corner], row[corner])]
    a = np.concatenate([a[stays], corner]).astype(np.int32)
    b = np.concatenate([b[stays], corner + width + 1]).astype(np.int32)
    return a, b, np.concatenate([kind[stays], np.full(len(corner), PATH, np.uint8)])
