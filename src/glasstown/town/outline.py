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
_ROWS, TOURS = 32, 5
_AT = tuple(np.uint64(APART * row) for row in range(_ROWS))
# The route of every tour that may be made (-1: none), and what there is to know of it.
_ANCHOR, _CHAIN, _ERRAND, _FREE, _SEEN = _AT[:TOURS]
_ANCHOR_WAY, _CHAIN_WAY, _ERRAND_WAY, _FREE_WAY, _SEEN_WAY = _AT[TOURS : 2 * TOURS]
TRIPS = _AT[2 * TOURS : 2 * TOURS + SLOTS]
_TRIP_0, _TRIP_1, _TRIP_2, _TRIP_3, _TRIP_4, _TRIP_5, _TRIP_6 = TRIPS
N_WORK, N_ERRAND, N_FREE, N_SEEN, HELD, SHY = _AT[17:23]
_MIXED, _GOAL, _START_MINUTE, _STAY_MINUTES, _KIND, _ATTEND, _CHAINS, _GOES_OUT, _VISITS = _AT[23:]
WAYS = np.uint64(APART * TOURS)
_SIDE, _DICE = whole(_ROWS * APART), whole(4 * len(BEGIN) * BATCH)
# What is noted of a set of columns: whose row is the first, and whether anybody goes anywhere, has habits, somewhere to
# attend, to spend free time, or to visit.
_BEGINS, _SOME_MIXED, _SOME_SETTLED, _ANCHORED, _LEISURED, _VISITING, _NOTES = (whole(n) for n in range(7))


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
def outline(
    who: Walkers, low: int, high: int, today: Today, day: int, k0: np.uint64, k1: np.uint64, room: Outline
) -> tuple[I64, I64]:
    """Work out what the people of rows low to high are going to do, at most `BATCH`; those of row 0 come first.

    Returns
    -------
    tuple of arrays of int64
        The columns of these people, and those of the next, of whom only the routes are chosen: so that memory can be
        asked for them before they are needed.
    """
    one, other = room.dice[:_DICE], room.dice[_DICE:]
    here, there = room.columns[:_SIDE], room.columns[_SIDE:]
    told, next_told = room.notes[:_NOTES], room.notes[_NOTES:]
    if (low // BATCH) & 1:
        one, other, here, there, told, next_told = other, one, there, here, next_told, told
    if low == 0 or told[_BEGINS] != low:
        _have_in_mind(who, low, high, today, day, k0, k1, one, here, told)
    if high < len(who.person):
        after = min(high + BATCH, len(who.person))
        _have_in_mind(who, high, after, today, day, k0, k1, other, there, next_told)
    n = np.uint64(high - low)
    if told[_ANCHORED] | told[_SOME_MIXED]:
        _look_up(n, today.ways, here, _ANCHOR)
        _look_up(n, today.ways, here, _CHAIN)
    if told[_ANCHORED]:
        _look_up(n, today.ways, here, _ERRAND)
    if told[_LEISURED]:
        _look_up(n, today.ways, here, _FREE)
    if told[_VISITING]:
        _look_up(n, today.ways, here, _SEEN)
    if told[_SOME_SETTLED]:
        _as_usual(n, one, here)
    if told[_SOME_MIXED]:
        _anywhere(n, one, here)
    return here, there


@piece
def _have_in_mind(
    who: Walkers, low: int, high: int, today: Today, day: int, k0: np.uint64, k1: np.uint64, dice: U32, columns: I64,
    notes: I64,
) -> None:  # fmt: skip
    """Draw for the people of rows low to high, and choose the tours that they are going to make if there is time."""
    n = np.uint64(high - low)
    _known(who, low, n, day, columns)
    mixed, settled, anchored, leisured, visiting = _NONE, _NONE, _NONE, _NONE, _NONE
    for i in range(n):
        anywhere = columns[i + _MIXED]
        mixed |= anywhere
        settled |= anywhere ^ _ONCE
        anchored |= (columns[i + _ANCHOR] >= 0) & (anywhere ^ _ONCE)
        leisured |= (columns[i + _FREE] >= 0) | anywhere
        visiting |= columns[i + _SEEN] >= 0
    _roll(who.person[low:high], (anchored, anchored, leisured, visiting), k0, k1, dice)
    notes[_BEGINS], notes[_SOME_MIXED], notes[_SOME_SETTLED] = low, mixed, settled
    notes[_ANCHORED], notes[_LEISURED], notes[_VISITING] = anchored, leisured, visiting
    if anchored | mixed:
        _choose_work(n, dice, today, columns)
    if leisured:
        _choose_leisure(n, dice, today, columns)
    if visiting:
        _choose_visit(n, dice, today, columns)


@piece
def _known(who: Walkers, low: int, n: np.uint64, day: int, columns: I64) -> None:
    """Write down what is known of people: their routes, what they attend and when, and how they stand."""
    _, occupation, anchor, chain, errand, leisure, visit, start_minute, stay_minutes, held_until, avoids_until = who
    begin = np.uint64(low)
    for i in range(n):
        columns[i + _ANCHOR] = anchor[begin + i]
    for i in range(n):
        columns[i + _CHAIN] = chain[begin + i]
    for i in range(n):
        columns[i + _ERRAND] = errand[begin + i]
    for i in range(n):
        columns[i + _FREE] = leisure[begin + i]
        columns[i + _MIXED] = leisure[begin + i] == ANY_ROUTE
    for i in range(n):
        columns[i + _SEEN] = visit[begin + i]
    for i in range(n):
        columns[i + _KIND] = occupation[begin + i]
        columns[i + _GOAL] = max(whole(occupation[begin + i]), _ONCE)
    for i in range(n):
        columns[i + _START_MINUTE] = start_minute[begin + i]
    for i in range(n):
        columns[i + _STAY_MINUTES] = stay_minutes[begin + i]
    for i in range(n):
        columns[i + HELD] = held_until[begin + i] > day
        columns[i + SHY] = (avoids_until[begin + i] > day) & (held_until[begin + i] <= day)


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
def _choose_work(n: np.uint64, dice: U32, today: Today, columns: I64) -> None:
    """Decide who is going to attend, and to do an errand on the way home; the routes of others are taken away."""
    _of_kind(n, today.attend, columns, _ATTEND)
    _of_kind(n, today.chain, columns, _CHAINS)
    for i in range(n):
        anywhere = columns[i + _MIXED] != 0
        anchor, chain, errand = columns[i + _ANCHOR], columns[i + _CHAIN], columns[i + _ERRAND]
        attends = (anchor >= 0) & _happens(dice, i + _OF_WORK, columns[i + _ATTEND])
        on_the_way = attends & (chain >= 0) & (errand >= 0) & _happens(dice, i + _OF_ERRAND, columns[i + _CHAINS])
        columns[i + _ANCHOR] = anchor if attends | anywhere else _NEVER
        columns[i + _CHAIN] = chain if on_the_way | anywhere else _NEVER
        columns[i + _ERRAND] = errand if on_the_way else _NEVER


@piece
def _choose_leisure(n: np.uint64, dice: U32, today: Today, columns: I64) -> None:
    """Decide who is going out, and where to, of those who go anywhere; the routes of others are taken away."""
    _of_kind(n, today.leisure, columns, _GOES_OUT)
    n_ways = np.uint64(len(today.ways))
    for i in range(n):
        leisure, any_route = columns[i + _FREE], whole((np.uint64(dice[i + _OF_LEISURE]) * n_ways) >> _WORD)
        goes_out = (leisure >= 0) & _happens(dice, i + _OF_LEISURE, columns[i + _GOES_OUT])
        columns[i + _FREE] = any_route if columns[i + _MIXED] else (leisure if goes_out else _NEVER)


@piece
def _choose_visit(n: np.uint64, dice: U32, today: Today, columns: I64) -> None:
    """Decide who is going to visit somebody; the routes of others are taken away."""
    _of_kind(n, today.visit, columns, _VISITS)
    for i in range(n):
        visits = (columns[i + _SEEN] >= 0) & _happens(dice, i + _OF_VISIT, columns[i + _VISITS])
        columns[i + _SEEN] = columns[i + _SEEN] if visits else _NEVER


@piece
def _of_kind(n: np.uint64, codes: U64, columns: I64, row: np.uint64) -> None:
    """Write down what chance each person has by occupation."""
    none, work, school = whole(codes[0]), whole(codes[1]), whole(codes[2])
    for i in range(n):
        kind = columns[i + _KIND]
        columns[i + row] = none if kind == 0 else (work if kind == 1 else school)


@piece
def _happens(dice: U32, at: np.uint64, code: int) -> bool:
    """Decide an event by the first two words at a place (see `chance.happens`)."""
    return happens(np.uint64(dice[at]), np.uint64(dice[at + _SECOND]), np.uint64(code))


@piece
def _look_up(n: np.uint64, ways: U64, columns: I64, tour: np.uint64) -> None:
    """Read what there is to know of each route of a tour; of no route, what there is to know of the first one."""
    for i in range(tour, tour + n):
        columns[i + WAYS] = ways[np.uint64(max(columns[i], _NONE))]


@piece
def _as_usual(n: np.uint64, dice: U32, columns: I64) -> None:
    """Work out the day of people with habits: to the place they attend, home by an errand, out, and on a visit."""
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
        columns[i + _TRIP_0] = _brief(row, _ANCHOR, _OUT, columns[i + _GOAL], depart, stay)
        on_the_way = _brief(row, _CHAIN, _BACK, ERRAND, leave, errand_stay)
        straight = _brief(row, _ANCHOR, _back(_BACK), HOME, leave, _START)
        columns[i + _TRIP_1] = on_the_way if chained else straight
        columns[i + _TRIP_2] = _brief(row, _ERRAND, _ERRAND_BACK, _SHUNNED if shuns else HOME, onward, _START)
        columns[i + N_WORK], columns[i + N_ERRAND] = _two(attends), fits
        free = home if chained else (leave + away if attends else _NEVER)
        # Who has been at work or school rests at home before going out; others have a part of the day for it.
        rested = free >= 0
        word, route, way = dice[i + _OF_LEISURE + _THIRD], columns[i + _FREE], columns[i + _FREE_WAY]
        depart = free + _within(word, REST) if rested else _within(word, LEISURE_FROM)
        stay = _within(dice[i + _OF_LEISURE + _FOURTH], LEISURE_STAY)
        leave = depart + _minutes(way) + stay
        fits = (route >= 0) & (leave + _minutes(way) <= LAST_MINUTE)
        shuns = fits & shy & _watched(way)
        columns[i + _TRIP_3] = _brief(row, _FREE, _LEISURE_OUT, _SHUNNED if shuns else LEISURE, depart, stay)
        columns[i + _TRIP_4] = _brief(row, _FREE, _back(_LEISURE_BACK), _SHUNNED if shuns else HOME, leave, _START)
        columns[i + N_FREE] = _two(fits)
        free = leave + _minutes(way) if fits & ~shuns else free
        word, route, way = dice[i + _OF_VISIT + _THIRD], columns[i + _SEEN], columns[i + _SEEN_WAY]
        depart = free + _within(word, REST) if rested else max(free, _within(word, VISIT_FROM))
        stay = _within(dice[i + _OF_VISIT + _FOURTH], VISIT_STAY)
        leave = depart + _minutes(way) + stay
        fits = (route >= 0) & (leave + _minutes(way) <= LAST_MINUTE)
        shuns = fits & shy & _watched(way)
        columns[i + _TRIP_5] = _brief(row, _SEEN, _VISIT_OUT, _SHUNNED if shuns else VISIT, depart, stay)
        columns[i + _TRIP_6] = _brief(row, _SEEN, _back(_VISIT_BACK), _SHUNNED if shuns else HOME, leave, _START)
        columns[i + N_SEEN] = _two(fits)


@piece
def _anywhere(n: np.uint64, dice: U32, columns: I64) -> None:
    """Work out the day of those who walk two routes of their own and any third one, over that of people with habits."""
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
        columns[i + _TRIP_0] = _brief(row, _ANCHOR, _OUT, columns[i + _GOAL], depart, stay) if mixed else there
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
