"""The plain twin of `town.choice`: one person after the other, every place looked at."""

from __future__ import annotations

import math

import numpy as np

from glasstown import tables as t
from glasstown.core.keys import Key
from glasstown.town.choice import CELL


def choose(
    places: t.Places,
    among: list[int],
    person: int,
    origin: int,
    distance_m: float,
    decay: bool,
    attempts: int,
    key: Key,
    weights: list[int],
) -> int:
    """Choose a place for one person; `weights` are the integer weights of `among`."""
    cell = max(round(distance_m * 10 * CELL), 100)
    left, bottom = int(places.x_dm.min()), int(places.y_dm.min())

    def square(row: int) -> tuple[int, int]:
        return (int(places.y_dm[row]) - bottom) // cell, (int(places.x_dm[row]) - left) // cell

    here = square(origin)
    offered = sorted(range(len(among)), key=lambda i: (square(among[i]), i))
    near = [i for i in offered if max(abs(a - b) for a, b in zip(square(among[i]), here, strict=True)) <= 1]
    near = near if sum(weights[i] for i in near) else offered
    total = sum(weights[i] for i in near)
    best, least = -1, math.inf
    for attempt in range(attempts):
        proposal, luck = (int(w[0]) for w in key._blocks((np.array([person]), np.array([attempt])))[:2])
        drawn = proposal * total >> 32
        for i in near:
            if drawn < weights[i]:
                break
            drawn -= weights[i]
        else:
            raise AssertionError("a proposal lies within the total")
        row = among[i]
        squared = sum(
            (int(column[row]) - int(column[origin])) ** 2 for column in (places.x_dm, places.y_dm)
        )
        if squared < least:
            best, least = row, squared
        if decay:
            closeness = (distance_m * 10.0) ** 2 / ((distance_m * 10.0) ** 2 + squared)
            if luck < closeness * closeness * 2.0**32:
                return row
    return best
