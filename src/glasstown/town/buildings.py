"""Real buildings as places: where they stand, how large they are, what they are used for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import thresholds
from glasstown.core.columns import I32, I64, U8
from glasstown.core.keys import Key
from glasstown.core.projection import Projection
from glasstown.town.extract import Extract
from glasstown.town.knobs import TownKnobs
from glasstown.town.network import Network
from glasstown.town.places import HOME, LEISURE, SCHOOL, SHOP, STATION, WORK, counts, draw_kind, numbered

MIXED, UNUSED = 6, 7
SMALLEST_M2 = 20
LARGEST_DM = 50_000

# What a building's tag says it is used for; whatever is not listed (also `yes`) is mixed.
USES = {
    **dict.fromkeys("apartments residential house detached semidetached_house terrace bungalow".split(), HOME),
    **dict.fromkeys("dormitory farm cabin houseboat static_caravan".split(), HOME),
    **dict.fromkeys("commercial office offices industrial warehouse government public".split(), WORK),
    **dict.fromkeys("civic hospital hotel fire_station public_building data_center".split(), WORK),
    **dict.fromkeys("school university college kindergarten".split(), SCHOOL),
    **dict.fromkeys("retail shop supermarket kiosk mall".split(), SHOP),
    **dict.fromkeys("theatre cinema museum stadium sports_hall sports_centre pavilion".split(), LEISURE),
    **dict.fromkeys("church chapel cathedral mosque synagogue temple pub restaurant".split(), LEISURE),
    "train_station": STATION,
    **dict.fromkeys("garage garages carport shed roof hut ruins construction greenhouse".split(), UNUSED),
    **dict.fromkeys("service air_shaft utility farm_auxiliary barn tower entrance bridge".split(), UNUSED),
    **dict.fromkeys("ship boat parking glasshouse".split(), UNUSED),
}
# Share of mixed buildings that hold each use, drawn one by one (a building may hold several), in the order of
# PLACE_KINDS; a building for which none is drawn is a home. Assumptions.
SHARES = (0.65, 0.25, 0.01, 0.15, 0.05)
# Floor area in square metres for one part of weight: a dwelling, a job, a pupil, and so on. Assumptions.
AREA_EACH = (100, 30, 12, 50, 50, 50)
ASSUMED_LEVELS = 2


@final
@dataclass(frozen=True)
class Buildings:
    """Outlines reduced to a point, an area and a use.

    Parameters
    ----------
    way : array of int64, shape (n,)
        OpenStreetMap's number of each.
    x_dm, y_dm : arrays of int32, shape (n,)
        Centroid, decimetres.
    floor_m2 : array of int64, shape (n,)
        Footprint times levels, square metres.
    use : array of uint8, shape (n,)
        A place kind, or 6 mixed.
    """

    way: I64
    x_dm: I32
    y_dm: I32
    floor_m2: I64
    use: U8


def find_buildings(extract: Extract, projection: Projection) -> tuple[Buildings, int]:
    """Reduce building outlines to centroid, floor area and use.

    Returns
    -------
    buildings : Buildings
        Closed outlines of at least 20 square metres that can hold people.
    left_out : int
        Outlines that are open, have missing nodes or fewer than three corners, are small, are over 5 km
        long, or hold nobody (garages, roofs, ruins).

    Limits
    ------
    Heights are read from `building:levels` alone; two levels are assumed elsewhere. Courtyards count as built.
    """
    ways = extract.buildings
    n = len(ways.way)
    if not n or not len(extract.node):
        return Buildings(*(np.zeros(0, kind) for kind in ("i8", "i4", "i4", "i8", "u1"))), n
    row = np.minimum(np.searchsorted(extract.node, ways.ref), len(extract.node) - 1)
    of = np.repeat(np.arange(n), np.diff(ways.first))
    missing = np.bincount(of[extract.node[row] != ways.ref], minlength=n)
    size = np.diff(ways.first)
    start = np.minimum(ways.first[:-1], max(len(row) - 1, 0))
    closed = (size >= 4) & (missing == 0)
    closed[closed] = ways.ref[start[closed]] == ways.ref[ways.first[1:][closed] - 1]
    x, y = (a.astype(np.int64) for a in projection.dm(extract.lon[row] / 1e7, extract.lat[row] / 1e7))
    dx, dy = x - x[start[of]], y - y[start[of]]
    closed &= np.bincount(of[np.maximum(np.abs(dx), np.abs(dy)) > LARGEST_DM], minlength=n) == 0
    inner = np.flatnonzero(of[1:] == of[:-1])
    cross = dx[inner] * dy[inner + 1] - dx[inner + 1] * dy[inner]
    twice = _summed(cross, of[inner], n)
    east = _summed((dx[inner] + dx[inner + 1]) * cross, of[inner], n)
    north = _summed((dy[inner] + dy[inner + 1]) * cross, of[inner], n)
    area = np.abs(twice) // 200
    use = np.array([USES.get(tag, MIXED) for tag in ways.tag], np.uint8)
    kept = np.flatnonzero(closed & (area >= SMALLEST_M2) & (use != UNUSED))
    levels = np.where(ways.code[kept] == 0, ASSUMED_LEVELS, ways.code[kept]).astype(np.int64)
    middle_x = x[start[kept]] + np.rint(east[kept] / (3.0 * twice[kept])).astype(np.int64)
    middle_y = y[start[kept]] + np.rint(north[kept] / (3.0 * twice[kept])).astype(np.int64)
    where = middle_x.astype(np.int32), middle_y.astype(np.int32)
    return Buildings(ways.way[kept], *where, area[kept] * levels, use[kept]), n - len(kept)


def _summed(value: I64, of: I64, n: int) -> I64:
    total = np.zeros(n, np.int64)
    np.add.at(total, of, value)
    return total


def house_places(
    buildings: Buildings, network: Network, centre: tuple[int, int], knobs: TownKnobs, key: Key
) -> t.Places:
    """Turn buildings into homes, workplaces, schools, shops, leisure places and stations.

    A tag decides where it says the use; mixed buildings hold each use by a stated share. The weight is the floor
    area in dwellings, jobs or pupils. A kind that no building holds is drawn along the streets.

    Parameters
    ----------
    buildings : Buildings
        What stands there.
    network : Network
        Connected streets; each place is reached from the nearest junction.
    centre : tuple of int
        The centre, decimetres.
    knobs : TownKnobs
        The town; `places` is read only for kinds that no building holds.
    key : Key
        The plan's key; draws are addressed by OpenStreetMap's number of the building and the kind.

    Returns
    -------
    Places
        All kinds in the order of `tables.PLACE_KINDS`, at least one of each.
    """
    n = len(buildings.way)
    holds = np.zeros((STATION + 1, n), np.bool_)
    mixed = buildings.use == MIXED
    for kind, code in enumerate(thresholds(SHARES)):
        holds[kind] = (buildings.use == kind) | (mixed & key("use", kind).happens(code, buildings.way))
    holds[STATION] = buildings.use == STATION
    holds[HOME] |= ~holds.any(axis=0)
    uses = holds.sum(axis=0)
    nearest = _nearest(network, buildings)
    numbers = counts(knobs)
    parts: list[t.Places] = []
    for kind in range(STATION + 1):
        rows = np.flatnonzero(holds[kind])
        if not len(rows):
            parts.append(draw_kind(network, centre, kind, numbers[kind], key))
            continue
        weight = np.clip(buildings.floor_m2[rows] // (uses[rows] * AREA_EACH[kind]), 1, 10_000)
        parts.append(
            t.Places.of(
                place=rows,
                node=nearest[rows],
                x_dm=buildings.x_dm[rows],
                y_dm=buildings.y_dm[rows],
                kind=np.full(len(rows), kind),
                weight=weight,
            )
        )
    return numbered(parts)


def _nearest(network: Network, buildings: Buildings) -> I64:
    from scipy.spatial import KDTree

    tree = KDTree(np.stack([network.nodes.x_dm, network.nodes.y_dm], axis=1))
    found: Any = tree.query(np.stack([buildings.x_dm, buildings.y_dm], axis=1))
    return np.asarray(found[1], np.int64)
