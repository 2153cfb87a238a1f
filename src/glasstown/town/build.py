"""The town comes to life: residents in communities, their usual places, and the ways between them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import I32, I64
from glasstown.core.keys import Key
from glasstown.state import Layout, Town
from glasstown.town.habits import Usual, going_out, usual_places, usual_times
from glasstown.town.knobs import TownKnobs
from glasstown.town.people import populate
from glasstown.town.routes import as_searched, route_pairs, unique_pairs

_WAYS = 5
_SEARCHED_AGAIN = 64


def community_sizes(people: int) -> list[int]:
    """Split a population into communities of nearly equal size, none above the limit; by the number alone."""
    n = -(-people // t.COMMUNITY_SIZE)
    return [people // n + (1 if c < people % n else 0) for c in range(n)]


def build_towns(layout: Layout, knobs: TownKnobs, key: Key, threads: int = 1) -> tuple[list[Town], t.Routes, t.Steps]:
    """Invent everybody who lives in a town, and find the ways they go.

    Parameters
    ----------
    layout : Layout
        Streets and places.
    knobs : TownKnobs
        How many people, of what kind, and how they spend their days.
    key : Key
        Where the draws come from.
    threads : int
        How many communities are invented, and route searches run, at once; the result does not depend on it.

    Returns
    -------
    tuple of (list of Town, Routes, Steps)
        One town for each community; the routes are shared and numbered in order of first use, so that each
        person's lie near each other.

    Raises
    ------
    Problem
        If the town has no homes or a share makes no sense.
    """
    sizes = community_sizes(knobs.people)
    first = [sum(sizes[:c]) for c in range(len(sizes))]
    with ThreadPoolExecutor(max(1, threads)) as pool:
        moved_in = list(pool.map(partial(_residents, layout, knobs, key), first, sizes))
    residents = [(people, tokens) for people, tokens, _ in moved_in]
    usual = [places for _, _, places in moved_in]
    del moved_in

    routes, steps, used = _ways(layout, knobs, usual, threads)
    rates = going_out(knobs, _counts([people for people, _ in residents], used))
    towns: list[Town] = []
    done = 0
    for people, tokens in residents:
        n = len(people)
        towns.append(settled(people, tokens, used[done : done + n], knobs, rates, key("habits")))
        done += n
    return towns, routes, steps


def _residents(layout: Layout, knobs: TownKnobs, key: Key, first: int, n: int) -> tuple[t.People, t.Tokens, Usual]:
    people, tokens = populate(layout, knobs, key("people"), first, first, n)
    people, places = usual_places(layout.places, knobs, people, key("habits"))
    return people, tokens, places


def as_invented(
    layout: Layout, knobs: TownKnobs, key: Key, towns: Sequence[Town], routes: t.Routes, steps: t.Steps
) -> bool:
    """Invent one community again and search some ways again; say whether a town agrees with them.

    Parameters
    ----------
    layout, knobs, key : Layout, TownKnobs, Key
        As given to `build_towns`.
    towns, routes, steps : list of Town, Routes, Steps
        What it is said to have returned.
    """
    sizes = community_sizes(knobs.people)
    if [len(town.people) for town in towns] != sizes:
        return False
    which = int(key("invented again").below(len(sizes), 0)[0])
    people, tokens, _ = _residents(layout, knobs, key, sum(sizes[:which]), sizes[which])
    if not (people.same(towns[which].people) and tokens.same(towns[which].tokens)):
        return False
    rows = key("searched again").below(len(routes), np.arange(_SEARCHED_AGAIN)) if len(routes) else np.arange(0)
    return as_searched(layout, knobs.streets, routes.take(rows), steps)


def settled(people: t.People, tokens: t.Tokens, used: I32, knobs: TownKnobs, rates: t.Rates, key: Key) -> Town:
    """Make the town of one community from its people and the routes they use, shape (people, 5)."""
    start, stay = usual_times(knobs.day, people, key)
    habits = t.Habits.of(
        person=people.person,
        route_anchor=used[:, 0],
        route_chain=used[:, 1],
        route_errand=used[:, 2],
        route_leisure=used[:, 3],
        route_visit=used[:, 4],
        start_minute=start,
        stay_minutes=stay,
    )
    free = np.zeros(len(people), np.int16)
    standing = t.Standing(person=people.person, held_until_day=free, avoids_until_day=free.copy())
    return Town(people, tokens, habits, rates, standing)


def _ways(layout: Layout, knobs: TownKnobs, usual: list[Usual], threads: int) -> tuple[t.Routes, t.Steps, I32]:
    """Find the distinct ways between usual places; return them and each person's, shape (people, 5)."""
    node = layout.places.node

    def joined(name: str) -> I32:
        rows = np.concatenate([getattr(part, name) for part in usual])
        return np.where(rows >= 0, node[rows], -1).astype(np.int32)

    home, anchor, errand, leisure, visit = map(joined, ("home", "anchor", "errand", "leisure", "visit"))
    origin = np.stack([home, anchor, errand, home, home], axis=1).ravel()
    destination = np.stack([anchor, errand, np.where(errand >= 0, home, -1), leisure, visit], axis=1).ravel()
    from_origin = np.tile(np.array([False, False, True, False, False]), len(home))
    rows = np.flatnonzero((origin >= 0) & (destination >= 0))
    origin, destination, from_origin = origin[rows], destination[rows], from_origin[rows]
    first_use, number = unique_pairs(origin, destination, from_origin)
    routes, steps = route_pairs(
        layout, knobs.streets, origin[first_use], destination[first_use], from_origin[first_use], threads
    )
    used = np.full(_WAYS * len(home), -1, np.int32)
    used[rows] = number
    return routes, steps, used.reshape(-1, _WAYS)


def _counts(residents: list[t.People], used: I32) -> I64:
    """Count people by occupation: all, and those with each kind of outing; shape (3, 5)."""
    occupation = np.concatenate([people.occupation for people in residents])
    outing = np.stack(
        [np.ones(len(used), np.bool_), used[:, 0] >= 0, used[:, 1] >= 0, used[:, 3] >= 0, used[:, 4] >= 0]
    )
    return np.array([[np.count_nonzero(row[occupation == o]) for row in outing] for o in range(3)], np.int64)
