"""How one day is planned: the compiled part of the verb `live`, a few hundred people at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import happens
from glasstown.core.columns import I16, I32, U8, U32, U64, Bool
from glasstown.core.kernels import in_place, piece, whole
from glasstown.core.philox import words
from glasstown.core.prefetch import prefetch
from glasstown.state import WAY_MOST, WAY_PASSES, Town

ANY_ROUTE = -2
LAST_MINUTE = 1439
SLOTS = 7
BEGIN = (0, 1, 3, 5)
BATCH = 256
SOON = 16
TRIP_AVOIDED, TRIP_PREVENTED = range(2)
HOME, ERRAND, LEISURE, VISIT = (t.PURPOSES.index(name) for name in ("home", "errand", "leisure", "visit"))
SHUNNED = 255

# Minutes: (least, how many values) of each whole-minute draw; the shape of the day is an assumption.
ARRIVAL = (whole(-10), whole(21))
LONGER = (whole(-15), whole(31))
ERRAND_STAY = (whole(5), whole(31))
REST = (whole(10), whole(51))
LEISURE_FROM, LEISURE_STAY = (whole(570), whole(181)), (whole(30), whole(91))
VISIT_FROM, VISIT_STAY = (whole(810), whole(241)), (whole(45), whole(106))
MIXED_FROM = ((whole(480), whole(121)), (whole(990), whole(121)), (whole(1260), whole(121)))
_WORD = np.uint64(32)
_OUT, _BACK, _ERRAND_BACK, _LEISURE, _, _VISIT, _, _SLOT, _BACKWARD = (np.uint64(slot) for slot in range(SLOTS + 2))
_STRAIGHT_BACK, _LEISURE_BACK, _VISIT_BACK = (np.uint64(slot) | _BACKWARD for slot in (1, 4, 6))
_DEPART, _STAY, _PURPOSE, _ROW = (np.uint64(at) for at in (4, 15, 26, 34))
_MINUTE_OF_DAY, _BYTE, _SHUNNED = np.uint64(2047), np.uint64(255), np.uint64(SHUNNED)
_ZERO, _ONE = np.uint64(0), np.uint64(1)
_UNCUT = whole(t.NO_CUT)
_NONE, _START, _ONCE, _NEVER = whole(0), whole(0), whole(1), whole(-1)
_SOON, _BATCH, _EVENING = np.uint64(SOON), np.uint64(BATCH), np.uint64(2 * BATCH)
_PASSES, _MOST_PASSES, _MINUTES = np.uint64(WAY_PASSES), np.uint64(WAY_MOST), np.uint64((1 << WAY_PASSES) - 1)


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
    way: U64


class LeftUndone(NamedTuple):
    """Room for the trips that some people leave undone: the columns of `conduct`."""

    person: I32
    slot: U8
    kind: U8


class Drawn(NamedTuple):
    """Room for the next `BATCH` people: four random words for each slot in which a tour begins, and trips in brief."""

    one: U32
    two: U32
    three: U32
    four: U32
    brief: U64


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
        np.empty(room, short),
        np.empty(room, short),
        np.empty(room, short),
        np.empty(room, short),
        np.empty(room, np.uint64),
    )


def left_undone(room: int) -> LeftUndone:
    """Make room for trips left undone."""
    return LeftUndone(np.empty(room, np.int32), np.empty(room, np.uint8), np.empty(room, np.uint8))


def drawn() -> Drawn:
    """Make room for random words."""
    one, two, three, four = np.empty((4, len(BEGIN) * BATCH), np.uint32)
    return Drawn(one, two, three, four, np.empty(SLOTS * BATCH, np.uint64))


@piece
def _within(word: np.uint32, span: tuple[int, int]) -> int:
    """Read a random word as one of so many whole numbers from the least."""
    least, values = span
    return least + whole((np.uint64(word) * np.uint64(values)) >> _WORD)


@piece
def _minutes(way: np.uint64) -> int:
    """Say how long a way takes."""
    return whole(way & _MINUTES)


@piece
def _watched(way: np.uint64) -> bool:
    """Say whether any device is passed on a way."""
    return bool((way >> _PASSES) & _MOST_PASSES)


@piece
def _any(word: np.uint32, routes: int) -> int:
    """Read a random word as one of so many routes."""
    return whole((np.uint64(word) * np.uint64(routes)) >> _WORD)


@piece
def _happens(high: np.uint32, low: np.uint32, code: np.uint64) -> bool:
    """Decide an event by two random words (see `chance.happens`)."""
    return happens(np.uint64(high), np.uint64(low), code)


@piece
def _roll(person: I32, slots: tuple[int, ...], k0: np.uint64, k1: np.uint64, dice: Drawn) -> None:
    """Draw the words of some people's slots, many at a time."""
    one, two, three, four, _ = dice
    for s in range(len(BEGIN)):
        if not slots[s]:
            continue
        slot, at = np.uint64(BEGIN[s]), s * BATCH
        for i in range(len(person)):
            x = words(np.uint64(person[i]), slot, _ZERO, _ZERO, k0, k1)
            one[at + i], two[at + i], three[at + i], four[at + i] = x


@piece
def _brief(row: np.uint64, slot: np.uint64, purpose: int, depart: int, stay: int) -> np.uint64:
    """Put a trip into one integer: who, purpose (8 bits), minutes of stay and departure (11 each), direction, slot."""
    trip = row << _ROW | np.uint64(purpose) << _PURPOSE
    return trip | np.uint64(stay) << _STAY | np.uint64(depart) << _DEPART | slot


@piece
def _unfold(brief: U64, n: np.uint64, whose: I32, low: int, made: Plans, begin: int) -> None:
    """Write the first n trips of the people from row `low` on down, column by column, from row `begin` on."""
    row, person, slot, backward, purpose = made.row, made.person, made.slot, made.backward, made.purpose
    depart, travel, stay, until, way = made.depart, made.travel, made.stay, made.until, made.way
    for j in range(n):
        trip, at = brief[j], np.uint64(begin) + j
        who = np.uint64(low) + (trip >> _ROW)
        row[at], person[at] = who, whose[who]
        slot[at], backward[at] = trip & _SLOT, (trip & _BACKWARD) != _ZERO
        purpose[at] = trip >> _PURPOSE & _BYTE
    for j in range(n):
        trip, at = brief[j], np.uint64(begin) + j
        depart[at], stay[at] = trip >> _DEPART & _MINUTE_OF_DAY, trip >> _STAY & _MINUTE_OF_DAY
        travel[at], until[at] = way[at] & _MINUTES, _UNCUT


@piece
def _ask_for(ways: U64, code: np.uint64, who: Walkers, i: np.uint64, one: U32, two: U32, at: np.uint64) -> None:
    """Ask for the ways that a person may take; the words drawn for place `at` say which of them it may be."""
    anchor, chain, errand = who.anchor[i], who.chain[i], who.errand[i]
    prefetch(ways, anchor)
    if who.leisure[i] == ANY_ROUTE:
        prefetch(ways, chain)
        prefetch(ways, _any(one[at + _EVENING], len(ways)))
    else:
        prefetch(ways, who.leisure[i])
        prefetch(ways, who.visit[i])
        # Few have an errand on their way home: whoever has none asks for what is asked for already.
        on_the_way = _happens(one[at + _BATCH], two[at + _BATCH], code)
        prefetch(ways, chain if on_the_way else anchor)
        prefetch(ways, errand if on_the_way else anchor)


@piece
def _leave_undone(
    person: np.int32,
    brief: U64,
    route: I32,
    met: U64,
    begin: np.uint64,
    end: np.uint64,
    held: bool,
    left: LeftUndone,
    m: int,
) -> tuple[np.uint64, int]:
    """Take back the trips of a person in custody, and those that are shunned; return where the next ones go."""
    n = begin
    for j in range(begin, end):
        if held or brief[j] >> _PURPOSE & _BYTE == _SHUNNED:
            left.person[m], left.slot[m] = person, brief[j] & _SLOT
            left.kind[m] = TRIP_PREVENTED if held else TRIP_AVOIDED
            m += 1
        else:
            brief[n], route[n], met[n] = brief[j], route[j], met[j]
            n += _ONE
    return n, m


@in_place
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
    for i in range(np.uint64(low), np.uint64(high)):
        mixed |= who.leisure[i] == ANY_ROUTE
        anchored |= who.anchor[i] >= 0 and who.leisure[i] != ANY_ROUTE
        leisured |= who.leisure[i] >= 0
        visiting |= who.visit[i] >= 0
    _roll(who.person[low:high], (anchored, anchored, leisured | mixed, visiting), k0, k1, dice)
    one, two, three, four, brief = dice
    route, met = made.route[n:], made.way[n:]
    ways, chances, soonest, end = today.ways, today.chain, np.uint64(high - 1), _ZERO
    for i in range(np.uint64(low), min(np.uint64(low) + _SOON, soonest)):
        code = chances[np.uint64(who.occupation[i])]
        _ask_for(ways, code, who, np.uint64(i), one, two, i - np.uint64(low))
    for i in range(np.uint64(low), np.uint64(high)):
        soon = min(i + _SOON, soonest)
        _ask_for(ways, chances[np.uint64(who.occupation[soon])], who, soon, one, two, soon - np.uint64(low))
        held = who.held_until_day[i] > day
        shy = who.avoids_until_day[i] > day and not held
        begin, at, kind = end, i - np.uint64(low), np.uint64(who.occupation[i])
        anchor, chain = whole(who.anchor[i]), whole(who.chain[i])
        errand, leisure = whole(who.errand[i]), whole(who.leisure[i])
        if leisure == ANY_ROUTE:
            x = at + _EVENING
            third = _any(one[x], len(ways))
            there, home, out = ways[np.uint64(anchor)], ways[np.uint64(chain)], ways[np.uint64(third)]
            depart, leave = _within(two[x], MIXED_FROM[0]), _within(three[x], MIXED_FROM[1])
            evening = _within(four[x], MIXED_FROM[2])
            stay = leave - depart - _minutes(there)
            if stay >= 0 and leave + _minutes(home) <= evening and evening + _minutes(out) <= LAST_MINUTE:
                goal = max(whole(kind), _ONCE)
                brief[end], route[end], met[end] = _brief(at, _OUT, goal, depart, stay), anchor, there
                end += _ONE
                brief[end], route[end], met[end] = _brief(at, _BACK, HOME, leave, _START), chain, home
                end += _ONE
                goal = SHUNNED if shy and _watched(out) else LEISURE
                brief[end], route[end], met[end] = _brief(at, _LEISURE, goal, evening, _START), third, out
                end += _ONE
        else:
            free, x = _NEVER, at
            if anchor >= 0 and _happens(one[x], two[x], today.attend[kind]):
                way = ways[np.uint64(anchor)]
                away = _minutes(way)
                depart = max(who.start_minute[i] + _within(three[x], ARRIVAL) - away, _START)
                stay = max(who.stay_minutes[i] + _within(four[x], LONGER), _ONCE)
                leave = depart + away + stay
                if leave + away <= LAST_MINUTE:
                    free = leave + away
                    goal = max(whole(kind), _ONCE)
                    brief[end], route[end], met[end] = _brief(at, _OUT, goal, depart, stay), anchor, way
                    end += _ONE
                    brief[end], route[end], met[end] = _brief(at, _STRAIGHT_BACK, HOME, leave, _START), anchor, way
                    end += _ONE
                    x = at + _BATCH
                    if chain >= 0 and errand >= 0 and _happens(one[x], two[x], today.chain[kind]):
                        out, home = ways[np.uint64(chain)], ways[np.uint64(errand)]
                        stay = _within(three[x], ERRAND_STAY)
                        onward = leave + _minutes(out) + stay
                        if onward + _minutes(home) <= LAST_MINUTE:
                            shuns = shy and (_watched(out) or _watched(home))
                            if not shuns:
                                last = end - _ONE
                                brief[last], route[last], met[last] = _brief(at, _BACK, ERRAND, leave, stay), chain, out
                                free = onward + _minutes(home)
                            goal = SHUNNED if shuns else HOME
                            trip = _brief(at, _ERRAND_BACK, goal, onward, _START)
                            brief[end], route[end], met[end] = trip, errand, home
                            end += _ONE
            evening = free
            usual, x = leisure, at + _EVENING
            if usual >= 0 and _happens(one[x], two[x], today.leisure[kind]):
                way = ways[np.uint64(usual)]
                depart = _within(three[x], LEISURE_FROM)
                depart = free + _within(three[x], REST) if evening >= 0 else depart
                stay = _within(four[x], LEISURE_STAY)
                back = depart + _minutes(way) + stay
                if back + _minutes(way) <= LAST_MINUTE:
                    shuns = shy and _watched(way)
                    free = free if shuns else back + _minutes(way)
                    goal = SHUNNED if shuns else LEISURE
                    brief[end], route[end], met[end] = _brief(at, _LEISURE, goal, depart, stay), usual, way
                    end += _ONE
                    goal = SHUNNED if shuns else HOME
                    brief[end], route[end], met[end] = _brief(at, _LEISURE_BACK, goal, back, _START), usual, way
                    end += _ONE
            usual, x = whole(who.visit[i]), x + _BATCH
            if usual >= 0 and _happens(one[x], two[x], today.visit[kind]):
                way = ways[np.uint64(usual)]
                depart = max(free, _within(three[x], VISIT_FROM))
                depart = free + _within(three[x], REST) if evening >= 0 else depart
                stay = _within(four[x], VISIT_STAY)
                back = depart + _minutes(way) + stay
                if back + _minutes(way) <= LAST_MINUTE:
                    shuns = shy and _watched(way)
                    goal = SHUNNED if shuns else VISIT
                    brief[end], route[end], met[end] = _brief(at, _VISIT, goal, depart, stay), usual, way
                    end += _ONE
                    goal = SHUNNED if shuns else HOME
                    brief[end], route[end], met[end] = _brief(at, _VISIT_BACK, goal, back, _START), usual, way
                    end += _ONE
        if held or shy:
            end, m = _leave_undone(who.person[i], brief, route, met, begin, end, held, left, m)
    _unfold(brief, end, who.person, low, made, n)
    return n + whole(end), m
