"""Which places people choose: equal to the plain twin, and as far away as stated."""

from __future__ import annotations

import numpy as np
import pytest

from glasstown import tables as t
from glasstown.core.keys import Key
from glasstown.town.choice import choose
from glasstown.town.people import parts
from tests.plain import choice as plain

KEY = Key.from_seed(3)


def scattered(n: int, width_m: int, seed: int = 1) -> t.Places:
    """Scatter places over a square, the first one a home in the middle."""
    key, row = Key.from_seed(seed), np.arange(n)
    x, y = key("x").below(width_m * 10, row), key("y").below(width_m * 10, row)
    x[0], y[0] = width_m * 5, width_m * 5
    weight = key("weight").below(9, row) + 1
    return t.Places.of(place=row, node=row, x_dm=x, y_dm=y, kind=np.zeros(n), weight=weight)


@pytest.mark.parametrize("decay", [True, False])
@pytest.mark.parametrize(
    ("n", "width_m", "distance_m"), [(1, 100, 300), (40, 5_000, 300), (300, 3_000, 250), (60, 40_000, 90)]
)
def test_every_choice_is_that_of_the_plain_twin(n: int, width_m: int, distance_m: float, decay: bool) -> None:
    """Notices a single choice that differs, at the town's edge and where the surroundings are empty too."""
    places = scattered(n, width_m)
    among = np.arange(0 if n == 1 else 1, n, dtype=np.int32)
    person = np.arange(120, dtype=np.int32) + 7
    origin = KEY("origin").below(n, person).astype(np.int32)
    chosen = choose(places, among, person, origin, distance_m, decay, 6, KEY)
    weights = [int(w) for w in parts(places.weight[among])]
    for i in range(len(person)):
        rows = [int(row) for row in among]
        expected = plain.choose(
            places, rows, int(person[i]), int(origin[i]), distance_m, decay, 6, KEY, weights
        )
        assert chosen[i] == expected, f"person {person[i]}"


def test_places_pull_as_stated() -> None:
    """Among even places the chance of going d away falls as 1/(1 + (d/d0)^2)^2; notices 2 % of the mean distance.

    Within nine cells of 3 d0 around the middle of one of them the mean distance is that of the stated law, cut at the
    cells' edge, computed here by summing over a fine grid.
    """
    d0, n = 200.0, 40_000
    places = scattered(n, 4_200)
    places = t.Places.of(**{**{c.name: getattr(places, c.name) for c in places.columns()}, "weight": np.ones(n)})
    person = np.arange(60_000, dtype=np.int32)
    origin = np.zeros(len(person), np.int32)
    among = np.arange(1, n, dtype=np.int32)
    chosen = choose(places, among, person, origin, d0, True, 500, KEY)
    east, north = (places.x_dm - places.x_dm[0]) / 10, (places.y_dm - places.y_dm[0]) / 10
    cell = [(int(column[0]) - int(column.min())) // 6000 for column in (places.x_dm, places.y_dm)]
    inside = np.ones(n, np.bool_)
    for column, own in zip((places.x_dm, places.y_dm), cell, strict=True):
        inside &= np.abs((column - column.min()) // 6000 - own) <= 1
    distance = np.hypot(east, north)
    pull = np.where(inside, 1 / (1 + (distance / d0) ** 2) ** 2, 0.0)
    pull[0] = 0.0
    expected = float((distance * pull).sum() / pull.sum())
    spread = float(np.sqrt((distance**2 * pull).sum() / pull.sum() - expected**2))
    found = float(distance[chosen].mean())
    assert abs(found - expected) < 5 * spread / np.sqrt(len(person)) < 0.02 * expected
    assert inside[chosen].all()


def test_an_empty_neighbourhood_is_left() -> None:
    """Where the nine cells hold no such place, somebody still finds the only one there is."""
    places = t.Places.of(place=[0, 1], node=[0, 1], x_dm=[0, 900_000], y_dm=[0, 0], kind=[0, 1], weight=[1, 1])
    chosen = choose(places, np.array([1], np.int32), np.array([5], np.int32), np.array([0], np.int32), 50, True, 3, KEY)
    assert chosen.tolist() == [1]
