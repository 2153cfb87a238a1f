"""The court list as a few totals: how many are on it, how many came off, how many trips met a closed door.

The same equations as the nation's engine follows person by person, with the same knobs; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import final

import numpy as np

from glasstown.consequence.knobs_doors import Door
from glasstown.core.columns import F64
from glasstown.core.growth import DAYS_A_YEAR, Growth
from glasstown.core.quantity import Quantity

SAMPLES = 256
_STEPS = tuple(prime**0.5 % 1.0 for prime in (2, 3, 5, 7, 11, 13, 17, 19))


@final
@dataclass(frozen=True)
class Habits:
    """How people behave at one door that a list closes; one value each, or one for each possible world.

    Parameters
    ----------
    trips : array
        Purchases tried in a year by somebody who uses the door and has not given it up.
    learns, forgets : array
        Chance to give the door up after a blocked trip; how often in a year people take it up again.
    papers : array
        Chance to travel with documents that sellers do not check unless they check everything.
    checked, checks : array
        Share of sellers who check everything on the first day, and of the rest who begin to in a year.
    """

    trips: F64
    learns: F64
    forgets: F64
    papers: F64
    checked: F64
    checks: F64


def habits(door: Door, worlds: int = 1) -> Habits:
    """Take the habits at a door from its knobs: as they are for one world, else spread evenly over their ranges.

    Notes
    -----
    World 0 has the values themselves. The others lie on an additive recurrence: it fills the ranges evenly, without
    chance.
    """
    names = ("attempts_per_year", "learns", "forgets_per_year", "other_documents", "checked", "checked_per_year")
    return Habits(*(spread(getattr(door, name), k, worlds) for k, name in enumerate(names)))


def spread(quantity: Quantity, turn: int, worlds: int) -> F64:
    """Return a number's value and, for further worlds, points of its range; each `turn` has a rhythm of its own."""
    low = quantity.value if quantity.low is None else quantity.low
    high = quantity.value if quantity.high is None else quantity.high
    points: F64 = (0.5 + np.arange(worlds, dtype=np.float64) * _STEPS[turn]) % 1.0
    values: F64 = low + (high - low) * points
    values[0] = quantity.value
    return values


def added(growth: Growth, days: int, later: Callable[[int], float] | None = None) -> F64:
    """Return how many entries are made on each day from the first date on; after the last date by `later`."""
    counts = [growth.count_at(float(day)) for day in range(days + 1)]
    flow = np.diff(np.array(counts))
    if later is not None:
        for day in range(int(growth.days[-1]), days):
            flow[day] = later(day)
    return flow


def day_since(growth_first: str, day: str) -> int:
    """Return how many days lie between two dates."""
    return (date.fromisoformat(day) - date.fromisoformat(growth_first)).days


def stock(first: float, flow: F64, hazard: F64) -> tuple[F64, F64]:
    """Follow how many are listed and how many have come off.

    Parameters
    ----------
    first : float
        Listed on the first day.
    flow : array, shape (days,)
        Entries made each day.
    hazard : array, shape (worlds,)
        How often a listed person comes off in a year.

    Returns
    -------
    listed, off : arrays, shape (days + 1, worlds)
        On the list at the beginning of each day, and come off until then.
    """
    leaves = -np.expm1(-hazard / DAYS_A_YEAR)
    listed = np.empty((len(flow) + 1, len(hazard)))
    off = np.zeros_like(listed)
    listed[0] = first
    for day, new in enumerate(flow):
        gone = listed[day] * leaves
        off[day + 1] = off[day] + gone
        listed[day + 1] = listed[day] - gone + new
    return listed, off


def fitted_hazard(first: float, flow: F64, repaid: float, day: int) -> float:
    """Return the hazard with which so many have come off by a day, by halving."""
    low, high = 1e-4, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        off = stock(first, flow[:day], np.array([middle]))[1]
        low, high = (middle, high) if off[day, 0] < repaid else (low, middle)
    return (low + high) / 2


def blocked(first: float, flow: F64, hazard: F64, how: Habits) -> F64:
    """Follow the trips that meet the closed door, for each person who would use it.

    Newly listed people do not know; each blocked trip makes some give up, and some come back to it; documents
    that are not checked let people through until they are.

    Returns
    -------
    array, shape (days + 1, worlds)
        Blocked trips until the beginning of each day, if every listed person used the door.

    Limits: nobody dies or moves; whoever pays because of the door is part of the hazard.
    """
    leaves = -np.expm1(-hazard / DAYS_A_YEAR)
    worlds = len(how.trips)
    trying, gave_up = np.full(worlds, first), np.zeros(worlds)
    trips = np.zeros((len(flow) + 1, worlds))
    for day, new in enumerate(flow):
        unchecked = (1 - how.checked) * (1 - how.checks) ** (day / DAYS_A_YEAR)
        met = trying * how.trips / DAYS_A_YEAR * (1 - how.papers * unchecked)
        trips[day + 1] = trips[day] + met
        learned, back = met * how.learns, gave_up * how.forgets / DAYS_A_YEAR
        trying = trying * (1 - leaves) + new - learned + back
        gave_up = gave_up * (1 - leaves) + learned - back
    return trips
