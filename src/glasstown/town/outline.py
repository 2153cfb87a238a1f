"""What some hundred people are going to do today, decided column by column, so that there is nothing to guess.

A processor guesses which way a decision goes and loses time where it was wrong, and most decisions of a day are as good
as a throw of dice. Here every tour is worked out for everybody, whether it is made or not, eight people at a time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import happens
from glasstown.core.columns import I32, I64, U32, U64
from glasstown.core.kernels import piece, whole
from glasstown.core.philox import words
from glasstown.state import WAY_MOST, WAY_PASSES
from glasstown.town.walkers import ANY_ROUTE, Today, Walkers

SLOTS = 7
BATCH = 256
# The slots in which a tour begins; each has a block of four random words.
BEGIN = (0, 1, 3, 5)
# What a plan says of a trip that is left undone because people are watched on it, instead of its purpose.
SHUNNED = 255
# A few numbers more, or the rows of a block would compete for the same places of the nearest memory.
APART = BATCH + 8

# Minutes: (least, how many values) of each whole-minute draw; the shape of the day is an assumption.
ARRIVAL = (whole(-10), whole(21))
LONGER = (whole(-15), whole(31))
ERRAND_STAY = (whole(5), whole(31))
REST = (whole(10), whole(51))
LEISURE_FROM, LEISURE_STAY = (whole(570), whole(181)), (whole(30), whole(91))
VISIT_FROM, VISIT_STAY = (whole(810), whole(241)), (whole(45), whole(106))
MORNING, AFTERNOON, EVENING = (whole(480), whole(121)), (whole(990), whole(121)), (whole(1260), whole(121))
HOME, ERRAND, LEISURE, VISIT = (whole(t.PURPOSES.index(name)) for name in ("home", "errand", "leisure", "visit"))
LAST_MINUTE = whole(1439)
# A trip in brief: the slot (3 bits), the direction, minutes of departure and stay (11 each), purpose (8), whose it is
# (8), and where its route stands in the outline (11).
BACKWARD, DEPART, STAY, PURPOSE, ROW, PLACE = (whole(at) for at in (3, 4, 15, 26, 34, 42))
_OUT, _BACK, _ERRAND_BACK, _LEISURE_OUT, _LEISURE_BACK, _VISIT_OUT, _VISIT_BACK = (whole(n) for n in range(SLOTS))
_SHUNNED = whole(SHUNNED)
_NONE, _START, _ONCE, _NEVER = whole(0), whole(0), whole(1), whole(-1)
_MINUTES, _PASSES, _MOST_PASSES = whole((1 << WAY_PASSES) - 1), whole(WAY_PASSES), whole(WAY_MOST)
_WORD, _BLOCK = np.uint64(32), np.uint64(BATCH)
# The words of all tours lie one after the other: first the first one of each draw, then the second one, and so on.
_OF_WORK, _OF_ERRAND, _OF_LEISURE, _OF_VISIT = (np.uint64(BATCH * tour) for tour in range(len(BEGIN)))
_SECOND, _THIRD, _FOURTH = (np.uint64(BATCH * len(BEGIN) * word) for word in (1, 2, 3))
# The rows of an outline. Their distances are known beforehand: a compiler that cannot know whether columns overlap
# works out one person after the other.
_ROWS, TOURS = 27, 5
_AT = tuple(np.uint64(APART * row) for row in range(_ROWS))
# The route of every tour that may be made (-1: none), and what there is to know of it.
_ANCHOR, _CHAIN, _ERRAND, _FREE, _SEEN = _AT[:TOURS]
_ANCHOR_WAY, _CHAIN_WAY, _ERRAND_WAY, _FREE_WAY, _SEEN_WAY = _AT[TOURS : 2 * TOURS]
TRIPS = _AT[2 * TOURS : 2 * TOURS + SLOTS]
_TRIP_0, _TRIP_1, _TRIP_2, _TRIP_3, _TRIP_4, _TRIP_5, _TRIP_6 = TRIPS
N_WORK, N_ERRAND, N_FREE, N_SEEN, HELD, SHY = _AT[17:23]
_MIXED, _KIND, _START_MINUTE, _STAY_MINUTES = _AT[23:]
WAYS = np.uint64(APART * TOURS)
_SIDE, _DICE = whole(_ROWS * APART), whole(4 * len(BEGIN) * BATCH)
# What is noted of a set of columns: whose row is the first, whether anybody goes anywhere or has habits, and whether
# anybody has a route of each tour.
BEGINS, MIXED, SETTLED, _NOTED = (whole(n) for n in range(4))
_NOTES = _NOTED + TOURS


class Outline(NamedTuple):
    """Room for what `BATCH` people are going to do, and for what the next `BATCH` have a mind to.

    `dice` has the four random words of each slot in which a tour begins. `columns` has for each person the route of
    every tour that may be made (-1: none) and what there is to know of it, the trips in brief, and how many of them are
    made: 2 or none to the place they attend and on from it, 1 or none home from an errand, and 2 or none on each of the
    other tours (1 where people go anywhere). There are two sets of columns, and `notes` on whose they are.
    """

    dice: U32
    columns: I64
    notes: I64


def outlines() -> Outline:
    """Make room for the first people and the next."""
    return Outline(np.empty(2 * _DICE, np.uint32), np.zeros(2 * _SIDE, np.int64), np.full(2 * _NOTES, _NEVER, np.int64))


@piece
def side_of(room: Outline, low: int) -> Outline:
    """Return the half of the room for the people from row `low` on: they take turns."""
    side = (low // BATCH) & 1
    dice, columns = room.dice[side * _DICE : (side + 1) * _DICE], room.columns[side * _SIDE : (side + 1) * _SIDE]
    return Outline(dice, columns, room.notes[side * _NOTES : (side + 1) * _NOTES])


@piece
def have_in_mind(
    who: Walkers, low: int, high: int, today: Today, day: int, k0: np.uint64, k1: np.uint64, side: Outline
) -> None:
    """Draw for the people of rows low to high, and choose the tours that they are going to make if there is time."""
    person, occupation, anchor, chain, errand, leisure, visit, start, stay, held_until, avoids_until = who
    dice, columns, notes = side
    begin, n = np.uint64(low), np.uint64(high - low)
    mixed, settled, anchored, leisured, visiting = _NONE, _NONE, _NONE, _NONE, _NONE
    for i in range(n):
        at = begin + i
        anywhere = whole(leisure[at] == ANY_ROUTE)
        columns[i + _ANCHOR], columns[i + _CHAIN], columns[i + _ERRAND] = anchor[at], chain[at], errand[at]
        columns[i + _FREE], columns[i + _SEEN], columns[i + _MIXED] = leisure[at], visit[at], anywhere
        mixed |= anywhere
        settled |= anywhere ^ _ONCE
        anchored |= whole(anchor[at] >= 0) & (anywhere ^ _ONCE)
        leisured |= whole(leisure[at] >= 0) | anywhere
        visiting |= whole(visit[at] >= 0)
    for i in range(n):
        at = begin + i
        columns[i + _KIND], columns[i + _START_MINUTE] = occupation[at], start[at]
        columns[i + _STAY_MINUTES], columns[i + HELD] = stay[at], held_until[at] > day
        columns[i + SHY] = (avoids_until[at] > day) & (held_until[at] <= day)
    notes[BEGINS], notes[MIXED], notes[SETTLED] = low, mixed, settled
    for tour, there in enumerate((anchored | mixed, anchored | mixed, anchored, leisured, visiting)):
        notes[_NOTED + tour] = there
    _roll(person[low:high], (anchored, anchored, leisured, visiting), k0, k1, dice)
    _choose(n, dice, today, columns)


@piece
def _roll(person: I32, slots: tuple[int, ...], k0: np.uint64, k1: np.uint64, dice: U32) -> None:
    """Draw the words of some people's slots, many at a time."""
    zero = np.uint64(0)
    for tour in range(len(BEGIN)):
        if not slots[tour]:
            continue
        slot, at = np.uint64(BEGIN[tour]), np.uint64(tour) * _BLOCK
        for i in range(np.uint64(len(person))):
            one, two, three, four = words(np.uint64(person[i]), slot, zero, zero, k0, k1)
            x = at + i
            dice[x], dice[x + _SECOND], dice[x + _THIRD], dice[x + _FOURTH] = one, two, three, four


@piece
def _choose(n: np.uint64, dice: U32, today: Today, columns: I64) -> None:
    """Decide which tours people are going to make if there is time; the routes of others are taken away."""
    n_ways = np.uint64(len(today.ways))
    attend, on_the_way = _by_kind(today.attend), _by_kind(today.chain)
    leisure, visit = _by_kind(today.leisure), _by_kind(today.visit)
    for i in range(n):
        kind, anywhere = columns[i + _KIND], columns[i + _MIXED] != 0
        anchor, chain, errand = columns[i + _ANCHOR], columns[i + _CHAIN], columns[i + _ERRAND]
        attends = (anchor >= 0) & _happens(dice, i + _OF_WORK, kind, attend)
        chained = attends & (chain >= 0) & (errand >= 0) & _happens(dice, i + _OF_ERRAND, kind, on_the_way)
        columns[i + _ANCHOR] = anchor if attends | anywhere else _NEVER
        columns[i + _CHAIN] = chain if chained | anywhere else _NEVER
        columns[i + _ERRAND] = errand if chained else _NEVER
        usual, any_route = columns[i + _FREE], whole((np.uint64(dice[i + _OF_LEISURE]) * n_ways) >> _WORD)
        goes_out = (usual >= 0) & _happens(dice, i + _OF_LEISURE, kind, leisure)
        columns[i + _FREE] = any_route if anywhere else (usual if goes_out else _NEVER)
        visits = (columns[i + _SEEN] >= 0) & _happens(dice, i + _OF_VISIT, kind, visit)
        columns[i + _SEEN] = columns[i + _SEEN] if visits else _NEVER


@piece
def _by_kind(codes: U64) -> tuple[np.uint64, np.uint64, np.uint64]:
    """Return a threshold for each of `tables.OCCUPATIONS`."""
    return codes[0], codes[1], codes[2]


@piece
def _happens(dice: U32, at: np.uint64, kind: int, codes: tuple[np.uint64, np.uint64, np.uint64]) -> bool:
    """Decide an event by the first two words at a place and somebody's occupation (see `chance.happens`)."""
    code = codes[0] if kind == 0 else (codes[1] if kind == 1 else codes[2])
    return happens(np.uint64(dice[at]), np.uint64(dice[at + _SECOND]), code)


@piece
def look_up(n: np.uint64, ways: U64, side: Outline) -> None:
    """Read what there is to know of each route; of no route, what there is to know of the first one."""
    columns = side.columns
    for tour in range(TOURS):
        if side.notes[_NOTED + tour]:
            begin = np.uint64(tour * APART)
            for i in range(begin, begin + n):
                columns[i + WAYS] = ways[np.uint64(max(columns[i], _NONE))]


@piece
def as_usual(n: np.uint64, side: Outline) -> None:
    """Work out the day of people with habits: to the place they attend, home by an errand, out, and on a visit."""
    dice, columns, _ = side
    for i in range(n):
        row, shy = whole(i), columns[i + SHY] != 0
        away = _minutes(columns[i + _ANCHOR_WAY])
        depart = max(columns[i + _START_MINUTE] + _within(dice[i + _THIRD], ARRIVAL) - away, _START)
        stay = max(columns[i + _STAY_MINUTES] + _within(dice[i + _FOURTH], LONGER), _ONCE)
        leave = depart + away + stay
        attends = (columns[i + _ANCHOR] >= 0) & (leave + away <= LAST_MINUTE)
        errand_stay = _within(dice[i + _OF_ERRAND + _THIRD], ERRAND_STAY)
        onward = leave + _minutes(columns[i + _CHAIN_WAY]) + errand_stay
        home = onward + _minutes(columns[i + _ERRAND_WAY])
        fits = attends & (columns[i + _CHAIN] >= 0) & (home <= LAST_MINUTE)
        shuns = fits & shy & (_watched(columns[i + _CHAIN_WAY]) | _watched(columns[i + _ERRAND_WAY]))
        chained = fits & ~shuns
        columns[i + _TRIP_0] = _brief(row, _ANCHOR, _OUT, max(columns[i + _KIND], _ONCE), depart, stay)
        on_the_way = _brief(row, _CHAIN, _BACK, ERRAND, leave, errand_stay)
        straight = _brief(row, _ANCHOR, _back(_BACK), HOME, leave, _START)
        columns[i + _TRIP_1] = on_the_way if chained else straight
        columns[i + _TRIP_2] = _brief(row, _ERRAND, _ERRAND_BACK, _SHUNNED if shuns else HOME, onward, _START)
        columns[i + N_WORK], columns[i + N_ERRAND] = _two(attends), fits
        free = home if chained else (leave + away if attends else _NEVER)
        # Who has been at work or school rests at home before going out; others have a part of the day for it.
        rested = free >= 0
        route, way = columns[i + _FREE], columns[i + _FREE_WAY]
        depart, stay, leave, fits, shuns, free = _free_time(
            dice, i + _OF_LEISURE, route, way, free, rested, shy, LEISURE_FROM, LEISURE_STAY
        )
        columns[i + _TRIP_3] = _brief(row, _FREE, _LEISURE_OUT, _SHUNNED if shuns else LEISURE, depart, stay)
        columns[i + _TRIP_4] = _brief(row, _FREE, _back(_LEISURE_BACK), _SHUNNED if shuns else HOME, leave, _START)
        columns[i + N_FREE] = _two(fits)
        route, way = columns[i + _SEEN], columns[i + _SEEN_WAY]
        depart, stay, leave, fits, shuns, _ = _free_time(
            dice, i + _OF_VISIT, route, way, free, rested, shy, VISIT_FROM, VISIT_STAY
        )
        columns[i + _TRIP_5] = _brief(row, _SEEN, _VISIT_OUT, _SHUNNED if shuns else VISIT, depart, stay)
        columns[i + _TRIP_6] = _brief(row, _SEEN, _back(_VISIT_BACK), _SHUNNED if shuns else HOME, leave, _START)
        columns[i + N_SEEN] = _two(fits)


@piece
def _free_time(
    dice: U32, at: np.uint64, route: int, way: int, free: int, rested: bool, shy: bool,
    since: tuple[int, int], lasts: tuple[int, int],
) -> tuple[int, int, int, bool, bool, int]:  # fmt: skip
    """Work out a tour in somebody's free time, who is at home from minute `free` on (-1: since the morning).

    Returns when it begins, how long the stay is and when it ends, whether there is time for it, whether it is shunned,
    and when the person is at home again.
    """
    word = dice[at + _THIRD]
    depart = free + _within(word, REST) if rested else max(free, _within(word, since))
    stay = _within(dice[at + _FOURTH], lasts)
    leave = depart + _minutes(way) + stay
    fits = (route >= 0) & (leave + _minutes(way) <= LAST_MINUTE)
    shuns = fits & shy & _watched(way)
    return depart, stay, leave, fits, shuns, leave + _minutes(way) if fits & (not shuns) else free


@piece
def anywhere(n: np.uint64, side: Outline) -> None:
    """Work out the day of those who walk two routes of their own and any third one, over that of people with habits."""
    dice, columns, _ = side
    for i in range(n):
        row, mixed, third = whole(i), columns[i + _MIXED] != 0, columns[i + _FREE_WAY]
        depart = _within(dice[i + _OF_LEISURE + _SECOND], MORNING)
        leave = _within(dice[i + _OF_LEISURE + _THIRD], AFTERNOON)
        evening = _within(dice[i + _OF_LEISURE + _FOURTH], EVENING)
        stay = leave - depart - _minutes(columns[i + _ANCHOR_WAY])
        fits = (stay >= 0) & (leave + _minutes(columns[i + _CHAIN_WAY]) <= evening)
        fits &= evening + _minutes(third) <= LAST_MINUTE
        shuns = (columns[i + SHY] != 0) & _watched(third)
        there, home = columns[i + _TRIP_0], columns[i + _TRIP_1]
        goal = max(columns[i + _KIND], _ONCE)
        columns[i + _TRIP_0] = _brief(row, _ANCHOR, _OUT, goal, depart, stay) if mixed else there
        columns[i + _TRIP_1] = _brief(row, _CHAIN, _BACK, HOME, leave, _START) if mixed else home
        stroll = _brief(row, _FREE, _LEISURE_OUT, _SHUNNED if shuns else LEISURE, evening, _START)
        columns[i + _TRIP_3] = stroll if mixed else columns[i + _TRIP_3]
        columns[i + N_WORK] = _two(fits) if mixed else columns[i + N_WORK]
        columns[i + N_FREE] = whole(fits) if mixed else columns[i + N_FREE]
        columns[i + N_ERRAND] = _NONE if mixed else columns[i + N_ERRAND]
        columns[i + N_SEEN] = _NONE if mixed else columns[i + N_SEEN]


@piece
def _within(word: np.uint32, span: tuple[int, int]) -> int:
    """Read a random word as one of so many whole numbers from the least."""
    least, values = span
    return least + whole((np.uint64(word) * np.uint64(values)) >> _WORD)


@piece
def _minutes(way: int) -> int:
    """Say how long a way takes."""
    return way & _MINUTES


@piece
def _watched(way: int) -> bool:
    """Say whether any device is passed on a way."""
    return ((way >> _PASSES) & _MOST_PASSES) != 0


@piece
def _two(made: bool) -> int:
    """Say how many trips a tour has that is made or not."""
    return whole(made) << _ONCE


@piece
def _back(slot: int) -> int:
    """Say of a slot that its trip leads back along its route."""
    return slot | _ONCE << BACKWARD


@piece
def _brief(row: int, tour: np.uint64, slot: int, purpose: int, depart: int, stay: int) -> int:
    """Put a trip into one number; the routes of its tour stand in the row of an outline that is given."""
    whose = row << ROW | (row + whole(tour)) << PLACE
    return whose | purpose << PURPOSE | stay << STAY | depart << DEPART | slot
