"""What people's days are made of: where each works, shops and visits, when, and how often they go out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import thresholds
from glasstown.core.columns import I16, I32, I64, Bool
from glasstown.core.keys import Key
from glasstown.town.choice import choose
from glasstown.town.knobs import Day, TownKnobs
from glasstown.town.people import SCHOOL, WORK

ATTEMPTS = 256
SCHOOLS_CONSIDERED = 24
SCHOOL_MINUTE = 510
SPREAD_MINUTES = 5
MOST = 0.95
LEISURE_SHARE = 0.6
FREE_FACTOR = 2.0
_KINDS = {name: code for code, name in enumerate(t.PLACE_KINDS)}


@final
@dataclass(frozen=True)
class Usual:
    """The usual places of each person, as rows of the table of places (-1 for none)."""

    home: I32
    anchor: I32
    errand: I32
    leisure: I32
    visit: I32


def usual_places(places: t.Places, knobs: TownKnobs, people: t.People, key: Key) -> tuple[t.People, Usual]:
    """Choose where each person works or learns, runs errands, spends free time and visits.

    Parameters
    ----------
    places : Places
        All places of the town.
    knobs : TownKnobs
        How far people go.
    people : People
        The residents, without anchors.
    key : Key
        Where the draws come from; each is addressed by person, purpose and attempt.

    Returns
    -------
    tuple of (People, Usual)
        The residents with their anchors, and the rows of all their usual places.

    Limits
    ------
    Distances are straight, from home (for errands: from work or school). A pupil goes to the nearest of 24 proposed
    schools. Half of the visits lead to a home, which may be the building where the person lives: neighbours are visited
    in a minute, and no street is walked. In the default town this is 1 person in 57 of those who visit homes, but with
    300 people, who live in 36 buildings, it is 2 in 5, and with a single building it is all. How places are chosen:
    `choice.choose`.
    """
    order = np.argsort(places.place)
    home = order[np.searchsorted(places.place[order], people.home)].astype(np.int32)
    worker, pupil = people.occupation == WORK, people.occupation == SCHOOL
    to_home = (key("visits a home").bits(people.person) & np.uint64(1)) == 1
    far, near = float(knobs.places.work_distance), float(knobs.places.errand_distance)

    def pick(rows: Bool, origin: I32, purpose: str, kinds: tuple[str, ...], d0: float, attempts: int) -> I32:
        chosen = np.full(len(people), -1, np.int32)
        rows = rows & (origin >= 0)
        among = np.flatnonzero(np.isin(places.kind, [_KINDS[kind] for kind in kinds])).astype(np.int32)
        if len(among) and rows.any():
            decay, draws = purpose != "school", key("places", purpose)
            chosen[rows] = choose(places, among, people.person[rows], origin[rows], d0, decay, attempts, draws)
        return chosen

    everybody = np.ones(len(people), np.bool_)
    work = pick(worker, home, "work", ("work",), far, ATTEMPTS)
    school = pick(pupil, home, "school", ("school",), near, SCHOOLS_CONSIDERED)
    anchor = np.where(worker, work, school)
    leisure = pick(everybody, home, "leisure", ("shop", "leisure"), near, ATTEMPTS)
    at_home = pick(to_home, home, "visit at home", ("home",), near, ATTEMPTS)
    elsewhere = pick(~to_home, home, "visit elsewhere", ("leisure",), near, ATTEMPTS)
    errand = pick(everybody, anchor, "errand", ("shop", "station"), near, ATTEMPTS)

    numbers = np.where(anchor >= 0, places.place[anchor], -1).astype(np.int32)
    usual = Usual(home, anchor, errand, leisure, np.where(to_home, at_home, elsewhere))
    return replace(people, anchor=numbers), usual


def usual_times(day: Day, people: t.People, key: Key) -> tuple[I16, I16]:
    """Say when each person usually arrives at work or school, and for how many minutes they stay.

    Returns
    -------
    tuple of (start_minute, stay_minutes)
        Arrival of workers is spread by 20 minutes around the stated minute, their stay by 20 minutes around
        the stated one (standard deviations); schools begin at 8:30. People without either stay nowhere.
    """
    worker, pupil = people.occupation == WORK, people.occupation == SCHOOL
    late = SPREAD_MINUTES * _centred(key("start"), people.person)
    longer = SPREAD_MINUTES * _centred(key("stay"), people.person)
    start = np.where(pupil, SCHOOL_MINUTE, int(day.start_minute) + late)
    stay = np.where(pupil, int(day.school_minutes), np.where(worker, int(day.work_minutes) + longer, 0))
    return np.clip(start, 0, 1439).astype(np.int16), np.clip(stay, 0, 1439).astype(np.int16)


def _centred(key: Key, person: I32) -> I64:
    """Draw a whole number around 0 with standard deviation 4: heads in 64 coin throws, less 32."""
    heads = np.bitwise_count(key.bits(person, 0)).astype(np.int64)
    return heads + np.bitwise_count(key.bits(person, 1)) - 32


def going_out(knobs: TownKnobs, people: I64) -> t.Rates:
    """Work out how often people go out, so that the town makes the stated number of trips a day.

    Parameters
    ----------
    knobs : TownKnobs
        Trips per person-day over a whole week, attendance, errands, and how lively weekends are.
    people : array of int64, shape (3, 5)
        For people without occupation, workers and pupils: how many there are, and how many of them have a
        place to attend, an errand on the way home, a leisure place, and somebody to visit.

    Returns
    -------
    Rates
        Six rows: none, work, school on weekdays, then on weekend days.

    Notes
    -----
    With T trips a day and weekend factor f, a weekday has 7T/(5 + 2f) trips and a weekend day f times as
    many. On weekdays, what attendance and errands leave is filled by leisure and visits (60 : 40), two
    trips each, twice as often for people without occupation; on weekends everybody goes out alike. No
    chance exceeds 0.95. Where attendance alone makes more trips than stated, attendance is scaled down;
    where even the largest chances make fewer, the town falls short.

    Limits
    ------
    Tours that would not end before midnight are not made; the sum does not know of them.
    """
    everybody = float(max(people[:, 0].sum(), 1))
    weekday = 7.0 * float(knobs.day.trips_per_day) / (5.0 + 2.0 * float(knobs.day.weekend_factor))
    weekend = weekday * float(knobs.day.weekend_factor)
    chain = float(knobs.day.chain)
    attend = float(knobs.day.attend)
    bound = attend * (2.0 * float(people[1:, 1].sum()) + chain * float(people[1:, 2].sum())) / everybody
    if bound > weekday:
        attend, bound = attend * weekday / bound, weekday

    busy = _level(weekday - bound, people[:, 3:], (FREE_FACTOR, 1.0, 1.0), everybody)
    idle = _level(weekend, people[:, 3:], (1.0, 1.0, 1.0), everybody)
    tours = [busy * FREE_FACTOR, busy, busy, idle, idle, idle]
    leisure = [_chance(level, LEISURE_SHARE) for level in tours]
    visit = [_chance(level, 1 - LEISURE_SHARE) for level in tours]
    return t.Rates(
        attend=thresholds([0.0, attend, attend, 0.0, 0.0, 0.0]),
        chain=thresholds([0.0, chain, chain, 0.0, 0.0, 0.0]),
        leisure=thresholds(leisure),
        visit=thresholds(visit),
    )


def _chance(level: float, share: float) -> float:
    return min(level * share, MOST)


def _level(trips: float, counts: I64, factors: tuple[float, float, float], people: float) -> float:
    """Find the number of tours a day that makes the stated number of trips; bisection, 60 halvings."""
    low, high = 0.0, 4.0
    for _ in range(60):
        middle = (low + high) / 2.0
        made = 0.0
        for row, factor in zip(counts, factors, strict=True):
            made += float(row[0]) * _chance(middle * factor, LEISURE_SHARE)
            made += float(row[1]) * _chance(middle * factor, 1 - LEISURE_SHARE)
        low, high = (middle, high) if 2.0 * made < trips * people else (low, middle)
    return low if trips > 0.0 else 0.0
