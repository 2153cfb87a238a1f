"""The well-mixed town: routes are devices met at random, and streets have no shape; for comparing speeds."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import thresholds
from glasstown.core.columns import I64
from glasstown.core.keys import Key
from glasstown.state import Layout, Town
from glasstown.town.build import community_sizes, settled
from glasstown.town.knobs import TownKnobs
from glasstown.town.people import NOT_OCCUPIED, populate
from glasstown.town.routes import travel
from glasstown.town.walkers import ANY_ROUTE

SEGMENTS = 10_000
LENGTH_DM = 1_000
APART_DM = 100_000
LEAST_ROUTES, MOST_ROUTES = 20_000, 1_000_000
MOST_DEVICES = 30
_ACROSS = 100


def mixed_layout(knobs: TownKnobs, key: Key) -> Layout:
    """Make 10,000 segments of 100 metres that touch nowhere, ten kilometres apart, and one home.

    Parameters
    ----------
    knobs : TownKnobs
        Not read: the layout is always the same.
    key : Key
        Not read.

    Returns
    -------
    Layout
        Segment s leads from node 2s to node 2s + 1.
    """
    del knobs, key
    segment = np.arange(SEGMENTS)
    x, y = segment % _ACROSS * APART_DM, segment // _ACROSS * APART_DM
    ends_x, ends_y = np.stack([x, x + LENGTH_DM], axis=1).ravel(), np.repeat(y, 2)
    nodes = t.Nodes.of(node=np.arange(2 * SEGMENTS), x_dm=ends_x, y_dm=ends_y)
    streets = t.Streets.of(
        segment=segment,
        node_a=2 * segment,
        node_b=2 * segment + 1,
        length_dm=np.full(SEGMENTS, LENGTH_DM),
        kind=np.zeros(SEGMENTS),
    )
    points = t.StreetPoints.of(segment=np.repeat(segment, 2), x_dm=ends_x, y_dm=ends_y)
    places = t.Places.of(place=[0], node=[0], x_dm=[0], y_dm=[0], kind=[0], weight=[1])
    return Layout(nodes, streets, points, places, None, {"segments": float(SEGMENTS)})


def mixed_towns(layout: Layout, knobs: TownKnobs, key: Key, threads: int = 1) -> tuple[list[Town], t.Routes, t.Steps]:
    """Invent people who meet devices at random: two fixed routes each, and any third one every day.

    Parameters
    ----------
    layout : Layout
        What `mixed_layout` made.
    knobs : TownKnobs
        How many people, of what kind, and the mean number of segments of a route.
    key : Key
        Where the draws come from.
    threads : int
        Not used: nothing here is searched for.

    Returns
    -------
    tuple of (list of Town, Routes, Steps)
        One town for each community; `route_leisure` is -2, which means any route.

    Limits
    ------
    The steps of a route do not touch each other, and nobody works or learns. The work is that of a speed
    comparison, not of a believable town.
    """
    del threads
    routes, steps = _routes(layout, knobs, key("routes"))
    rates = t.Rates(**{name: thresholds([0.0] * 6) for name in ("attend", "chain", "leisure", "visit")})
    towns: list[Town] = []
    first = 0
    for n in community_sizes(knobs.people):
        people, tokens = populate(layout, knobs, key("people"), first, first, n)
        people = replace(people, occupation=np.full(n, NOT_OCCUPIED, np.uint8))
        used = np.full((n, 5), -1, np.int32)
        used[:, 0] = key("fixed route").below(len(routes), people.person, 0)
        used[:, 1] = key("fixed route").below(len(routes), people.person, 1)
        used[:, 3] = ANY_ROUTE
        towns.append(settled(people, tokens, used, knobs, rates, key("habits")))
        first += n
    return towns, routes, steps


def poisson_parts(mean: float, least: int, most: int) -> I64:
    """Give whole weights of the numbers `least` to `most` under a Poisson law clipped to them.

    Worked out in decimal arithmetic, which is the same on every machine.
    """
    chance = [(-Decimal(mean)).exp()]
    for k in range(1, most):
        chance.append(chance[-1] * Decimal(mean) / k)
    clipped = [sum(chance[: least + 1]), *chance[least + 1 : most]]
    clipped.append(1 - sum(clipped))
    return np.array([round(max(c, Decimal(0)) * 2**31) for c in clipped], np.int64)


def _routes(layout: Layout, knobs: TownKnobs, key: Key) -> tuple[t.Routes, t.Steps]:
    """Draw routes of random segments, each addressed by route and position."""
    n = max(LEAST_ROUTES, min(MOST_ROUTES, knobs.people))
    route = np.arange(n)
    weights = poisson_parts(float(knobs.mixed_devices_per_route), 1, MOST_DEVICES)
    n_steps = 1 + key("length").choice(weights, route)
    first = np.cumsum(n_steps) - n_steps
    owner = np.repeat(route, n_steps)
    position = np.arange(len(owner)) - first[owner]
    segment = key("segment").below(len(layout.streets), owner, position)
    length = (n_steps * LENGTH_DM).astype(np.int32)
    minutes, ride = travel(knobs.streets, length)
    routes = t.Routes.of(
        route=route,
        origin=layout.streets.node_a[segment[first]],
        destination=layout.streets.node_b[segment[first + n_steps - 1]],
        first=first,
        n_steps=n_steps,
        length_dm=length,
        minutes=minutes,
        ride=ride,
    )
    steps = t.Steps.of(segment=segment, forward=np.ones(len(segment)))
    return routes, steps
