"""One day of each person, slowly and obviously."""

from __future__ import annotations

from typing import Any

import numpy as np

from glasstown.core.keys import Key
from glasstown.core.philox import blocks
from glasstown.core.quantity import assume
from glasstown.state import Town
from glasstown.town.knobs import Day, TownKnobs

DAY = Day(trips_per_day=assume(2.5), attend=assume(0.85), chain=assume(0.3), weekend_factor=assume(0.9))


def lively(people: int, **changes: Any) -> TownKnobs:
    values: dict[str, Any] = {
        "people": people,
        "day": DAY,
        "ages": {"0-17": assume(0.2), "18-24": assume(0.1), "25-44": assume(0.5), "65-79": assume(0.2)},
        "household_sizes": {"1": assume(0.4), "2": assume(0.3), "4": assume(0.3)},
        "employed": assume(0.75),
        "phones": assume(0.8),
        "female": assume(0.5),
    }
    return TownKnobs(**(values | changes))


class Draw:
    """The four words at one address, read as decisions and whole minutes."""

    def __init__(self, key: Key, person: int, slot: int) -> None:
        counter = [np.array([c], np.uint64) for c in (person, slot, 0, 0)]
        self.words = [int(w[0]) for w in blocks(*counter, *key.words)]

    def yes(self, code: int) -> bool:
        if code >= 2**63:
            return self.words[0] * 2**32 + self.words[1] < code - 2**63
        return self.words[0] < code

    def of(self, word: int, values: int) -> int:
        return self.words[word] * values // 2**32


def live(town: Town, travel: list[int], watched: list[bool], day: int, weekend: bool, key: Key):
    """The rows of trips (person, slot, route, backward, purpose, depart, travel, stay) and of conduct."""
    trips: list[tuple[Any, ...]] = []
    conduct: list[tuple[int, int, int]] = []
    for row, person in enumerate(town.people.person.tolist()):
        held = town.standing.held_until_day[row] > day
        avoids = not held and town.standing.avoids_until_day[row] > day
        shunned = watched if avoids else [False] * len(watched)
        planned, avoided = one_day(town, row, person, travel, shunned, weekend, key)
        if held:
            conduct += [(person, trip[1], 1) for trip in planned]
        else:
            trips += planned
            conduct += [(person, slot, 0) for slot in avoided]
    return trips, conduct


def one_day(
    town: Town, row: int, person: int, travel: list[int], shunned: list[bool], weekend: bool, key: Key
) -> tuple[list[tuple[Any, ...]], list[int]]:
    habits = town.habits
    anchor, chain, errand, leisure, visit = (
        int(getattr(habits, f"route_{name}")[row])
        for name in ("anchor", "chain", "errand", "leisure", "visit")
    )
    occupation = int(town.people.occupation[row])
    if leisure == -2:
        return mixed_day(person, anchor, chain, travel, shunned, key)
    rate = occupation + (3 if weekend else 0)
    trips: list[tuple[Any, ...]] = []
    avoided: list[int] = []
    home_since = -1

    work = Draw(key, person, 0)
    if anchor >= 0 and work.yes(int(town.rates.attend[rate])):
        depart = max(0, int(habits.start_minute[row]) - 10 + work.of(2, 21) - travel[anchor])
        arrive = depart + travel[anchor]
        leave = arrive + max(1, int(habits.stay_minutes[row]) - 15 + work.of(3, 31))
        if leave + travel[anchor] < 1440:
            trips.append(
                (person, 0, anchor, False, max(1, occupation), depart, travel[anchor], leave - arrive)
            )
            shop = Draw(key, person, 1)
            chained = chain >= 0 and errand >= 0 and shop.yes(int(town.rates.chain[rate]))
            if chained:
                there = leave + travel[chain]
                onward = there + 5 + shop.of(2, 31)
                home_since = onward + travel[errand]
                chained = home_since < 1440
            if chained and (shunned[chain] or shunned[errand]):
                avoided.append(2)
                chained = False
            if chained:
                trips.append((person, 1, chain, False, 3, leave, travel[chain], onward - there))
                trips.append((person, 2, errand, False, 0, onward, travel[errand], 0))
            else:
                home_since = leave + travel[anchor]
                trips.append((person, 1, anchor, True, 0, leave, travel[anchor], 0))

    attended = home_since >= 0
    tours = (
        (3, 4, leisure, town.rates.leisure, (570, 181), (30, 91)),
        (5, 5, visit, town.rates.visit, (810, 241), (45, 106)),
    )
    for slot, purpose, route, codes, window, stays in tours:
        out = Draw(key, person, slot)
        if route < 0 or not out.yes(int(codes[rate])):
            continue
        if attended:
            depart = home_since + 10 + out.of(2, 51)
        else:
            depart = max(home_since, window[0] + out.of(2, window[1]))
        stay = stays[0] + out.of(3, stays[1])
        back = depart + travel[route] + stay
        if back + travel[route] >= 1440:
            continue
        if shunned[route]:
            avoided += [slot, slot + 1]
            continue
        trips.append((person, slot, route, False, purpose, depart, travel[route], stay))
        trips.append((person, slot + 1, route, True, 0, back, travel[route], 0))
        home_since = back + travel[route]
    return trips, avoided


def mixed_day(person: int, one: int, two: int, travel: list[int], shunned: list[bool], key: Key):
    draw = Draw(key, person, 3)
    three = draw.of(0, len(travel))
    starts = [480 + draw.of(1, 121), 990 + draw.of(2, 121), 1260 + draw.of(3, 121)]
    ends = [starts[i] + travel[r] for i, r in enumerate((one, two, three))]
    if ends[0] > starts[1] or ends[1] > starts[2] or ends[2] >= 1440:
        return [], []
    trips: list[tuple[Any, ...]] = [
        (person, 0, one, False, 1, starts[0], travel[one], starts[1] - ends[0]),
        (person, 1, two, False, 0, starts[1], travel[two], 0),
    ]
    if shunned[three]:
        return trips, [3]
    return [*trips, (person, 3, three, False, 4, starts[2], travel[three], 0)], []
