"""What compiled loops need to know of people to plan their day."""

from __future__ import annotations

from typing import NamedTuple

from glasstown.core.columns import I16, I32, U8, U64
from glasstown.state import Town

ANY_ROUTE = -2


class Walkers(NamedTuple):
    """What a compiled loop needs to know of people: one row each, columns as in `people`, `habits` and `standing`."""

    person: I32
    occupation: U8
    anchor: I32
    chain: I32
    errand: I32
    leisure: I32
    visit: I32
    start_minute: I16
    stay_minutes: I16
    held_until_day: I16
    avoids_until_day: I16


class Today(NamedTuple):
    """What is the same for everybody today: thresholds by occupation, and what there is to know of each route."""

    attend: U64
    chain: U64
    leisure: U64
    visit: U64
    ways: U64


def walkers(town: Town) -> Walkers:
    """Put what is known of people and matters to their day side by side."""
    people, habits, standing = town.people, town.habits, town.standing
    return Walkers(
        people.person,
        people.occupation,
        habits.route_anchor,
        habits.route_chain,
        habits.route_errand,
        habits.route_leisure,
        habits.route_visit,
        habits.start_minute,
        habits.stay_minutes,
        standing.held_until_day,
        standing.avoids_until_day,
    )


def today_of(town: Town, ways: U64, weekend: bool) -> Today:
    """Put what is the same for everybody today side by side."""
    rows, rates = slice(3, 6) if weekend else slice(0, 3), town.rates
    return Today(rates.attend[rows], rates.chain[rows], rates.leisure[rows], rates.visit[rows], ways)
