"""The verb `live`: everybody spends one day, and the day is written down as trips."""

from __future__ import annotations

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import happens
from glasstown.core.columns import I16, I32, U8, U64, Bool
from glasstown.core.kernels import kernel
from glasstown.core.keys import Key
from glasstown.core.philox import block
from glasstown.state import Town

ANY_ROUTE = -2
LAST_MINUTE = 1439
SLOTS = 7
TRIP_AVOIDED, TRIP_PREVENTED = range(2)
HOME, ERRAND = t.PURPOSES.index("home"), t.PURPOSES.index("errand")

# Minutes: (least, how many values) of each whole-minute draw; the shape of the day is an assumption.
ARRIVAL = (-10, 21)
LONGER = (-15, 31)
ERRAND_STAY = (5, 31)
REST = (10, 51)
LEISURE_FROM, LEISURE_STAY = (570, 181), (30, 91)
VISIT_FROM, VISIT_STAY = (810, 241), (45, 106)
MIXED_FROM = (480, 990, 1260)
MIXED_LATER = 121
PURPOSE = (1, 0, 0, 4, 0, 5, 0)
_NOTHING, _MADE, _AVOIDED = range(3)
_WORD = np.uint64(32)
_ZERO = np.uint64(0)

Made = tuple[I32, U8, I32, Bool, U8, I16, I16, I16]
Left = tuple[I32, U8, U8]


def live(town: Town, routes: t.Routes, watched: Bool, day: int, weekend: bool, key: Key) -> tuple[t.Trips, t.Conduct]:
    """Live one day: everybody goes to work or school, runs errands, spends free time, and comes home.

    Parameters
    ----------
    town : Town
        The people of any whole communities, their habits, how often they go out, and their standing.
    routes : Routes
        All routes of the town.
    watched : array of bool, shape (routes,)
        Whether people take the route to be watched.
    day : int
        The day of the run, for standing alone.
    weekend : bool
        Whether it is a weekend day.
    key : Key
        The day's key; a draw is addressed by person and slot.

    Returns
    -------
    tuple of (Trips, Conduct)
        The trips made, and the trips avoided or prevented; both sorted by person and slot. Slot 0 leads
        from home to work or school, 1 from there home or to an errand, 2 from the errand home, 3 and 4 to
        the leisure place and back, 5 and 6 to the visit and back.

    Notes
    -----
    A person in custody makes no trip; each trip of the day they would have lived is written down as
    prevented. A person who avoids watched streets goes straight home where the errand would lead through
    one, and leaves out leisure and visits on watched routes; each of these trips is written down as
    avoided. Work and school are not avoided. A tour that would not end by 23:59 is not made.

    Who attends spends free time after coming home; others go to leisure places from 9:30 to 12:30 and on
    visits from 13:30 to 17:30.

    Where `route_leisure` is -2 the town is well mixed: the person walks `route_anchor` and `route_chain`
    once every day (slots 0 and 1) and any one of all routes (slot 3), which is left out if the person
    avoids watched streets and it is watched.

    Limits
    ------
    Nobody's day depends on anybody else's: no shared trips, no escorted children, no crowding. Windows of
    the day are assumptions and the same for all. Nobody attends work or school at weekends.
    """
    people, habits, rates, standing = town.people, town.habits, town.rates, town.standing
    rows = slice(3, 6) if weekend else slice(0, 3)
    made, left = _live(
        people.person,
        people.occupation,
        (
            habits.route_anchor,
            habits.route_chain,
            habits.route_errand,
            habits.route_leisure,
            habits.route_visit,
        ),
        habits.start_minute,
        habits.stay_minutes,
        (rates.attend[rows], rates.chain[rows], rates.leisure[rows], rates.visit[rows]),
        standing.held_until_day,
        standing.avoids_until_day,
        day,
        routes.minutes,
        watched,
        *key.words,
    )
    person, trip, route, backward, purpose, depart, minutes, stay = made
    trips = t.Trips(
        person=person,
        trip=trip,
        route=route,
        backward=backward,
        purpose=purpose,
        depart_minute=depart,
        travel_minutes=minutes,
        stay_minutes=stay,
        until_minute=np.full(len(person), t.NO_CUT, np.int16),
    )
    return trips, t.Conduct(person=left[0], trip=left[1], kind=left[2])


def activities(trips: t.Trips) -> t.Activities:
    """List the time people spent away from home between trips, as far as they arrived there."""
    arrival = trips.depart_minute + trips.travel_minutes
    rows = (trips.purpose != HOME) & (trips.stay_minutes > 0) & (trips.until_minute >= arrival)
    return t.Activities(
        person=trips.person[rows],
        purpose=trips.purpose[rows],
        from_minute=arrival[rows],
        to_minute=(arrival + trips.stay_minutes)[rows],
    )


@kernel
def _within(word: np.uint64, least: int, values: int) -> int:
    """Read a random word as one of so many whole numbers from the least."""
    return least + int((word * np.uint64(values)) >> _WORD)


@kernel
def _live(
    person: I32,
    occupation: U8,
    habit: tuple[I32, I32, I32, I32, I32],
    start_minute: I16,
    stay_minutes: I16,
    rate: tuple[U64, U64, U64, U64],
    held_until_day: I16,
    avoids_until_day: I16,
    day: int,
    travel: I16,
    watched: Bool,
    k0: np.uint64,
    k1: np.uint64,
) -> tuple[Made, Left]:
    """Plan each person's slots, then write down what is made and what is left undone."""
    most = SLOTS * len(person)
    made_person, made_slot = np.empty(most, np.int32), np.empty(most, np.uint8)
    made_route, made_back = np.empty(most, np.int32), np.empty(most, np.bool_)
    made_purpose, made_depart = np.empty(most, np.uint8), np.empty(most, np.int16)
    made_minutes, made_stay = np.empty(most, np.int16), np.empty(most, np.int16)
    left_person, left_slot = np.empty(most, np.int32), np.empty(most, np.uint8)
    left_kind = np.empty(most, np.uint8)
    n = 0
    m = 0
    plan = np.zeros(SLOTS, np.int64)
    route_of = np.zeros(SLOTS, np.int64)
    depart_of = np.zeros(SLOTS, np.int64)
    stay_of = np.zeros(SLOTS, np.int64)
    for i in range(len(person)):
        address = np.uint64(person[i])
        kind = int(occupation[i])
        held = held_until_day[i] > day
        avoids = avoids_until_day[i] > day and not held
        anchor = int(habit[0][i])
        chain = int(habit[1][i])
        errand = int(habit[2][i])
        leisure = int(habit[3][i])
        straight = False
        for slot in range(SLOTS):
            plan[slot] = _NOTHING
            stay_of[slot] = 0

        if leisure == ANY_ROUTE:
            w0, w1, w2, w3 = block(address, np.uint64(3), _ZERO, _ZERO, k0, k1)
            route_of[0], route_of[1] = anchor, chain
            route_of[3] = int((w0 * np.uint64(len(travel))) >> _WORD)
            depart_of[0] = _within(w1, MIXED_FROM[0], MIXED_LATER)
            depart_of[1] = _within(w2, MIXED_FROM[1], MIXED_LATER)
            depart_of[3] = _within(w3, MIXED_FROM[2], MIXED_LATER)
            stay_of[0] = depart_of[1] - depart_of[0] - travel[anchor]
            end = depart_of[3] + travel[route_of[3]]
            if stay_of[0] >= 0 and depart_of[1] + travel[chain] <= depart_of[3] and end <= LAST_MINUTE:
                plan[0], plan[1] = _MADE, _MADE
                plan[3] = _AVOIDED if avoids and watched[route_of[3]] else _MADE
        else:
            free = -1
            if anchor >= 0:
                w0, w1, w2, w3 = block(address, _ZERO, _ZERO, _ZERO, k0, k1)
                away = int(travel[anchor])
                depart = max(start_minute[i] + _within(w2, ARRIVAL[0], ARRIVAL[1]) - away, 0)
                stay = max(stay_minutes[i] + _within(w3, LONGER[0], LONGER[1]), 1)
                leave = depart + away + stay
                if happens(w0, w1, rate[0][kind]) and leave + away <= LAST_MINUTE:
                    plan[0], route_of[0], depart_of[0], stay_of[0] = _MADE, anchor, depart, stay
                    straight = True
                    if chain >= 0 and errand >= 0:
                        w0, w1, w2, w3 = block(address, np.uint64(1), _ZERO, _ZERO, k0, k1)
                        there = leave + travel[chain]
                        stay = _within(w2, ERRAND_STAY[0], ERRAND_STAY[1])
                        if happens(w0, w1, rate[1][kind]) and there + stay + travel[errand] <= LAST_MINUTE:
                            if avoids and (watched[chain] or watched[errand]):
                                plan[2] = _AVOIDED
                            else:
                                straight = False
                                plan[1], route_of[1], depart_of[1], stay_of[1] = _MADE, chain, leave, stay
                                onward = there + stay
                                plan[2], route_of[2], depart_of[2] = _MADE, errand, onward
                                free = onward + travel[errand]
                    if straight:
                        plan[1], route_of[1], depart_of[1] = _MADE, anchor, leave
                        free = leave + away
            evening = free >= 0
            for slot in (3, 5):
                route = leisure if slot == 3 else int(habit[4][i])
                if route < 0:
                    continue
                w0, w1, w2, w3 = block(address, np.uint64(slot), _ZERO, _ZERO, k0, k1)
                if not happens(w0, w1, rate[2][kind] if slot == 3 else rate[3][kind]):
                    continue
                away = int(travel[route])
                if slot == 3:
                    depart = _within(w2, LEISURE_FROM[0], LEISURE_FROM[1])
                    stay = _within(w3, LEISURE_STAY[0], LEISURE_STAY[1])
                else:
                    depart = _within(w2, VISIT_FROM[0], VISIT_FROM[1])
                    stay = _within(w3, VISIT_STAY[0], VISIT_STAY[1])
                depart = free + _within(w2, REST[0], REST[1]) if evening else max(free, depart)
                back = depart + away + stay
                if back + away > LAST_MINUTE:
                    continue
                if avoids and watched[route]:
                    plan[slot], plan[slot + 1] = _AVOIDED, _AVOIDED
                    continue
                plan[slot], route_of[slot], depart_of[slot], stay_of[slot] = _MADE, route, depart, stay
                plan[slot + 1], route_of[slot + 1], depart_of[slot + 1] = _MADE, route, back
                free = back + away

        for slot in range(SLOTS):
            if plan[slot] == _NOTHING:
                continue
            if held or plan[slot] == _AVOIDED:
                left_person[m] = person[i]
                left_slot[m] = slot
                left_kind[m] = TRIP_PREVENTED if held else TRIP_AVOIDED
                m += 1
                continue
            made_person[n] = person[i]
            made_slot[n] = slot
            made_route[n] = route_of[slot]
            made_back[n] = straight if slot == 1 else (slot == 4 or slot == 6)
            made_purpose[n] = PURPOSE[slot]
            if slot == 0:
                made_purpose[n] = max(kind, 1)
            elif slot == 1 and stay_of[1] > 0:
                made_purpose[n] = ERRAND
            made_depart[n] = depart_of[slot]
            made_minutes[n] = travel[route_of[slot]]
            made_stay[n] = stay_of[slot]
            n += 1
    made = (made_person[:n], made_slot[:n], made_route[:n], made_back[:n], made_purpose[:n])
    times = (made_depart[:n], made_minutes[:n], made_stay[:n])
    return (made[0], made[1], made[2], made[3], made[4], times[0], times[1], times[2]), (
        left_person[:m],
        left_slot[:m],
        left_kind[:m],
    )
