"""How one day is planned: the compiled part of the verb `live`, a few hundred people at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import happens
from glasstown.core.columns import I16, I32, U8, U32, U64, Bool
from glasstown.core.kernels import kernel, whole
from glasstown.core.philox import words
from glasstown.core.prefetch import prefetch
from glasstown.state import Town

ANY_ROUTE = -2
LAST_MINUTE = 1439
SLOTS = 7
BEGIN = (0, 1, 3, 5)
BATCH = 256
SOON = 16
TRIP_AVOIDED, TRIP_PREVENTED = range(2)
HOME, ERRAND = t.PURPOSES.index("home"), t.PURPOSES.index("errand")


# Minutes: (least, how many values) of each whole-minute draw; the shape of the day is an assumption.
ARRIVAL = (whole(-10), whole(21))
LONGER = (whole(-15), whole(31))
ERRAND_STAY = (whole(5), whole(31))
REST = (whole(10), whole(51))
LEISURE_FROM, LEISURE_STAY = (whole(570), whole(181)), (whole(30), whole(91))
VISIT_FROM, VISIT_STAY = (whole(810), whole(241)), (whole(45), whole(106))
MIXED_FROM = ((whole(480), whole(121)), (whole(990), whole(121)), (whole(1260), whole(121)))
PURPOSE = (1, 0, 0, 4, 0, 5, 0)
_NOTHING, _MADE, _AVOIDED = range(3)
_WORD = np.uint64(32)
_ZERO = np.uint64(0)
_NONE = whole(0)


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


class Plans(NamedTuple):
    """Room for the trips of some people: the columns of `trips`, and `row` says whose they are in `Walkers`."""

    row: I32
    person: I32
    slot: U8
    route: I32
    backward: Bool
    purpose: U8
    depart: I16
    travel: I16
    stay: I16
    until: I16


class LeftUndone(NamedTuple):
    """Room for the trips that some people leave undone: the columns of `conduct`."""

    person: I32
    slot: U8
    kind: U8


class Drawn(NamedTuple):
    """Room for the random words of the next `BATCH` people: four for each slot in which a tour begins."""

    one: U32
    two: U32
    three: U32
    four: U32


class Today(NamedTuple):
    """What is the same for everybody today: thresholds by occupation, the time each route takes, which are watched."""

    attend: U64
    chain: U64
    leisure: U64
    visit: U64
    travel: I16
    watched: Bool


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


def today_of(town: Town, routes: t.Routes, watched: Bool, weekend: bool) -> Today:
    """Put what is the same for everybody today side by side."""
    rows, rates = slice(3, 6) if weekend else slice(0, 3), town.rates
    return Today(rates.attend[rows], rates.chain[rows], rates.leisure[rows], rates.visit[rows], routes.minutes, watched)


def plans(room: int) -> Plans:
    """Make room for trips."""
    short, word, byte = np.int16, np.int32, np.uint8
    return Plans(
        np.empty(room, word),
        np.empty(room, word),
        np.empty(room, byte),
        np.empty(room, word),
        np.empty(room, np.bool_),
        np.empty(room, byte),
        *(np.empty(room, short) for _ in range(4)),
    )


def left_undone(room: int) -> LeftUndone:
    """Make room for trips left undone."""
    return LeftUndone(np.empty(room, np.int32), np.empty(room, np.uint8), np.empty(room, np.uint8))


def drawn() -> Drawn:
    """Make room for random words."""
    return Drawn(*(np.empty(len(BEGIN) * BATCH, np.uint32) for _ in range(4)))


@kernel
def _within(word: np.uint32, span: tuple[int, int]) -> int:
    """Read a random word as one of so many whole numbers from the least."""
    least, values = span
    return least + int((np.uint64(word) * np.uint64(values)) >> _WORD)


@kernel
def _any(word: np.uint32, routes: int) -> int:
    """Read a random word as one of so many routes."""
    return int((np.uint64(word) * np.uint64(routes)) >> _WORD)


@kernel
def _happens(high: np.uint32, low: np.uint32, code: np.uint64) -> bool:
    """Decide an event by two random words (see `chance.happens`)."""
    return happens(np.uint64(high), np.uint64(low), code)


@kernel
def _roll(person: I32, slots: tuple[int, ...], k0: np.uint64, k1: np.uint64, dice: Drawn) -> None:
    """Draw the words of some people's slots, many at a time."""
    one, two, three, four = dice
    for s in range(len(BEGIN)):
        if not slots[s]:
            continue
        slot, at = np.uint64(BEGIN[s]), s * BATCH
        for i in range(len(person)):
            x = words(np.uint64(person[i]), slot, _ZERO, _ZERO, k0, k1)
            one[at + i], two[at + i], three[at + i], four[at + i] = x


@kernel
def plan(
    who: Walkers,
    low: int,
    high: int,
    today: Today,
    day: int,
    k0: np.uint64,
    k1: np.uint64,
    dice: Drawn,
    made: Plans,
    n: int,
    left: LeftUndone,
    m: int,
) -> tuple[int, int]:
    """Plan the day of the people of rows low to high, at most `BATCH`: what is made, and what is left undone.

    Written from row n of `made` and row m of `left`; returns the next free row of each.
    """
    mixed, anchored, leisured, visiting = _NONE, _NONE, _NONE, _NONE
    for i in range(low, high):
        mixed |= who.leisure[i] == ANY_ROUTE
        anchored |= who.anchor[i] >= 0
        leisured |= who.leisure[i] >= 0
        visiting |= who.visit[i] >= 0
    _roll(who.person[low:high], (anchored, anchored, leisured | mixed, visiting), k0, k1, dice)
    one, two, three, four = dice
    travel, watched = today.travel, today.watched
    begun = np.zeros(SLOTS, np.int64)
    route_of = np.zeros(SLOTS, np.int64)
    depart_of = np.zeros(SLOTS, np.int64)
    stay_of = np.zeros(SLOTS, np.int64)
    for i in range(low, high):
        soon = min(i + SOON, high - 1)
        prefetch(travel, who.anchor[soon])
        if who.leisure[soon] == ANY_ROUTE:
            prefetch(travel, who.chain[soon])
            prefetch(travel, _any(one[soon - low + 2 * BATCH], len(travel)))
        else:
            prefetch(travel, who.leisure[soon])
            prefetch(travel, who.visit[soon])
        work, shop = i - low, i - low + BATCH
        kind = int(who.occupation[i])
        held = who.held_until_day[i] > day
        avoids = who.avoids_until_day[i] > day and not held
        anchor = int(who.anchor[i])
        chain = int(who.chain[i])
        errand = int(who.errand[i])
        leisure = int(who.leisure[i])
        straight = False
        for slot in range(SLOTS):
            begun[slot] = _NOTHING
            stay_of[slot] = 0

        if leisure == ANY_ROUTE:
            x = shop + BATCH
            route_of[0], route_of[1] = anchor, chain
            route_of[3] = _any(one[x], len(travel))
            depart_of[0] = _within(two[x], MIXED_FROM[0])
            depart_of[1] = _within(three[x], MIXED_FROM[1])
            depart_of[3] = _within(four[x], MIXED_FROM[2])
            stay_of[0] = depart_of[1] - depart_of[0] - travel[anchor]
            end = depart_of[3] + travel[route_of[3]]
            if stay_of[0] >= 0 and depart_of[1] + travel[chain] <= depart_of[3] and end <= LAST_MINUTE:
                begun[0], begun[1] = _MADE, _MADE
                begun[3] = _AVOIDED if avoids and watched[route_of[3]] else _MADE
        else:
            free = -1
            if anchor >= 0:
                away = int(travel[anchor])
                depart = max(who.start_minute[i] + _within(three[work], ARRIVAL) - away, 0)
                stay = max(who.stay_minutes[i] + _within(four[work], LONGER), 1)
                leave = depart + away + stay
                if _happens(one[work], two[work], today.attend[kind]) and leave + away <= LAST_MINUTE:
                    begun[0], route_of[0], depart_of[0], stay_of[0] = _MADE, anchor, depart, stay
                    straight = True
                    if chain >= 0 and errand >= 0:
                        there = leave + travel[chain]
                        stay = _within(three[shop], ERRAND_STAY)
                        does = _happens(one[shop], two[shop], today.chain[kind])
                        if does and there + stay + travel[errand] <= LAST_MINUTE:
                            if avoids and (watched[chain] or watched[errand]):
                                begun[2] = _AVOIDED
                            else:
                                straight = False
                                begun[1], route_of[1], depart_of[1], stay_of[1] = _MADE, chain, leave, stay
                                onward = there + stay
                                begun[2], route_of[2], depart_of[2] = _MADE, errand, onward
                                free = onward + travel[errand]
                    if straight:
                        begun[1], route_of[1], depart_of[1] = _MADE, anchor, leave
                        free = leave + away
            evening = free >= 0
            for slot in (3, 5):
                route = leisure if slot == 3 else int(who.visit[i])
                if route < 0:
                    continue
                x = shop + BATCH if slot == 3 else shop + 2 * BATCH
                if not _happens(one[x], two[x], today.leisure[kind] if slot == 3 else today.visit[kind]):
                    continue
                away = int(travel[route])
                if slot == 3:
                    depart = _within(three[x], LEISURE_FROM)
                    stay = _within(four[x], LEISURE_STAY)
                else:
                    depart = _within(three[x], VISIT_FROM)
                    stay = _within(four[x], VISIT_STAY)
                depart = free + _within(three[x], REST) if evening else max(free, depart)
                back = depart + away + stay
                if back + away > LAST_MINUTE:
                    continue
                if avoids and watched[route]:
                    begun[slot], begun[slot + 1] = _AVOIDED, _AVOIDED
                    continue
                begun[slot], route_of[slot], depart_of[slot], stay_of[slot] = _MADE, route, depart, stay
                begun[slot + 1], route_of[slot + 1], depart_of[slot + 1] = _MADE, route, back
                free = back + away

        for slot in range(SLOTS):
            if begun[slot] == _NOTHING:
                continue
            if held or begun[slot] == _AVOIDED:
                left.person[m] = who.person[i]
                left.slot[m] = slot
                left.kind[m] = TRIP_PREVENTED if held else TRIP_AVOIDED
                m += 1
                continue
            made.row[n], made.person[n] = i, who.person[i]
            made.slot[n] = slot
            made.route[n] = route_of[slot]
            made.backward[n] = straight if slot == 1 else (slot == 4 or slot == 6)
            made.purpose[n] = PURPOSE[slot]
            if slot == 0:
                made.purpose[n] = max(kind, 1)
            elif slot == 1 and stay_of[1] > 0:
                made.purpose[n] = ERRAND
            made.depart[n] = depart_of[slot]
            made.travel[n] = travel[route_of[slot]]
            made.stay[n] = stay_of[slot]
            made.until[n] = t.NO_CUT
            n += 1
    return n, m
