"""The verb `live`: everybody spends one day, and the day is written down as trips."""

from __future__ import annotations

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import Bool
from glasstown.core.keys import Key
from glasstown.state import Town, ways
from glasstown.town.outline import BATCH, HOME, SLOTS
from glasstown.town.plan import LeftUndone, Plans, left_undone, plan, plan_room, plans
from glasstown.town.walkers import today_of, walkers


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
    n = len(town.people)
    made, left = plans(SLOTS * n), left_undone(SLOTS * n)
    known = ways(np.zeros(len(routes), np.int64), watched, routes.minutes)
    who, today = walkers(town), today_of(town, known, weekend)
    # A loop around this one would be compiled too, and with it everything that this one is given: longer than it saves.
    trips, undone, room, (k0, k1) = 0, 0, plan_room(), key.words
    for low in range(0, n, BATCH):
        trips, undone = plan(who, low, min(low + BATCH, n), today, day, k0, k1, room, made, trips, left, undone)
    return trips_of(made, trips), conduct_of(left, undone)


def trips_of(made: Plans, n: int) -> t.Trips:
    """Write the first n plans down as trips."""
    return t.Trips(
        person=made.person[:n].copy(),
        trip=made.slot[:n].copy(),
        route=made.route[:n].copy(),
        backward=made.backward[:n].copy(),
        purpose=made.purpose[:n].copy(),
        depart_minute=made.depart[:n].copy(),
        travel_minutes=made.travel[:n].copy(),
        stay_minutes=made.stay[:n].copy(),
        until_minute=made.until[:n].copy(),
    )


def conduct_of(left: LeftUndone, n: int) -> t.Conduct:
    """Write the first n trips left undone down as conduct."""
    return t.Conduct(left.person[:n].copy(), left.slot[:n].copy(), left.kind[:n].copy())


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
