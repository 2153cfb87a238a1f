"""What people do in a month that some institution cares about, whether or not anybody notes it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from glasstown import census as c
from glasstown import counts as q
from glasstown import tables as t
from glasstown.core.chance import cumulative, elsewhere, occasions, steady, within_days
from glasstown.core.columns import F64, I64, U32, U64, Int
from glasstown.core.errors import Problem
from glasstown.core.kernels import piece, whole
from glasstown.core.philox import LOW, STRIP, draw_all
from glasstown.town.knobs import TownKnobs
from glasstown.town.nation import pick

MOST_OCCASIONS = 40


class Conduct(NamedTuple):
    """How often people of each class do what, as running thresholds for a month of a given length.

    `many` has shape (classes, occasions), `which` (classes, deeds); `away` is the chance that an occasion is in another
    jurisdiction, `places` which; `repays` (incomes,) the chance that a judgment is paid where no list exists.
    """

    many: U64
    which: U64
    away: np.uint64
    places: U64
    repays: U64


def conduct(town: TownKnobs, days: int, judgments: float = 0.0) -> Conduct:
    """Turn yearly rates into thresholds for a month of so many days.

    Parameters
    ----------
    days : int
        Length of the month.
    judgments : float
        Debt judgments a year in the whole nation where something else says how many; 0 for as the knobs say.

    Raises
    ------
    Problem
        If somebody would have more than about 20 occasions a month.
    """
    yearly = rates(town, judgments)
    many = np.zeros((c.CLASSES, MOST_OCCASIONS + 1), np.uint64)
    which = np.zeros((c.CLASSES, c.N_DEEDS), np.uint64)
    for kind, of_kind in enumerate(yearly):
        mean = float(of_kind.sum()) * days / 365
        if mean > MOST_OCCASIONS / 2:
            raise Problem(
                f"some people would have {mean:,.0f} occasions a month that an institution could note",
                where="town.deeds",
                why=f"a month holds at most {MOST_OCCASIONS // 2}.",
                todo="count only occasions where somebody could take note, and lower per_year or the multipliers.",
            )
        many[kind] = occasions(mean, MOST_OCCASIONS)
        which[kind] = cumulative([float(rate) for rate in of_kind])
    life = town.life
    repays = [float(life.repays_per_year) * f for f in (float(life.low_income_repays), 1.0, 1.0)]
    return Conduct(
        many=many,
        which=which,
        away=np.uint64(int(steady(float(life.away) if len(town.jurisdictions) > 1 else 0.0) * 2.0**32)),
        places=cumulative([float(share) for share in town.jurisdictions.values()]),
        repays=np.array([int(within_days(rate, days) * 2.0**32) for rate in repays], np.uint64),
    )


def rates(town: TownKnobs, judgments: float = 0.0) -> F64:
    """Return occasions a year of each class and kind of conduct, shape (classes, deeds); minors have none."""
    young, adults = _adults(town)
    incomes = [float(town.incomes[name]) if name in town.incomes else 0.0 for name in t.INCOMES]
    incomes = incomes if town.incomes else [0.0, 1.0, 0.0]
    habit = float(town.life.habitual)
    judgments = judgments or float(town.deeds.debt_judgments)
    yearly = np.zeros((c.CLASSES, c.N_DEEDS))
    for deed, name in enumerate(t.DEEDS):
        knobs = getattr(town.deeds, name)
        rate = float(knobs.per_year)
        if deed == c.DEBT and judgments:
            rate = judgments / max(adults * (town.counted_among or town.people), 1.0)
        by_age = (float(knobs.young), 1.0)
        by_income = (float(knobs.low_income), 1.0, float(knobs.high_income))
        by_habit = (1.0, float(knobs.habitual))
        mean = (young * by_age[0] + 1 - young) * (1 - habit + habit * by_habit[1])
        mean *= math.fsum(share * factor for share, factor in zip(incomes, by_income, strict=True))
        for stage, income, habitual, ever in np.ndindex(2, 3, 2, 2):
            kind = (((stage + 1) * 3 + income) * 2 + habitual) * 2 + ever
            factor = by_age[stage] * by_income[income] * by_habit[habitual]
            more = float(town.life.defaulters_cheat) if deed == c.CHEAT and ever else 1.0
            yearly[kind, deed] = rate * factor * more / mean if mean else 0.0
    return yearly


def _adults(town: TownKnobs) -> tuple[float, float]:
    """Return the share of the young among adults, and of adults among all."""
    if not town.ages:
        return 0.0, 1.0
    shares = [float(town.ages[name]) if name in town.ages else 0.0 for name in t.AGE_BANDS]
    adults = math.fsum(shares[1:])
    return (shares[1] / adults if adults else 0.0), adults


class Sway(NamedTuple):
    """What keeps people who know of the system from bad conduct: thresholds by jurisdiction and kind.

    `deters` has shape (jurisdictions, deeds); `displaced` is the share of it that happens where nobody can report.
    """

    deters: U64
    displaced: np.uint64


@piece
def act(
    n: Int,
    first: Int,
    month: Int,
    lots: U32,
    who: c.Residents,
    told: c.Lots,
    rates: Conduct,
    sway: Sway,
    deeds: c.Deeds,
    at: Int,
    rows: I64,
    keys: U64,
) -> Int:
    """Let n people live a month: most do nothing of note; what they do is written from row `at` on.

    Parameters
    ----------
    lots : array of uint64, shape (4, n)
        Draws for each person; the first decides how many occasions there are.
    rows : array of int64
        The tally.

    Returns
    -------
    int
        The next free row; -1 if there is no more room.
    """
    end = occasions_of(n, lots[0], who, rates.many, deeds, at)
    if end < 0:
        return -1
    words, doers = np.empty((4, STRIP), np.uint64), np.empty(STRIP, np.int32)
    slots, kinds = np.empty(STRIP, np.uint8), np.empty(STRIP, np.uint8)
    for begin in range(at, end, STRIP):
        m = min(STRIP, end - begin)
        for j in range(m):
            row = begin + j
            doers[j], slots[j], kinds[j] = deeds.doer[row], deeds.slot[row], deeds.deed[row]
            words[0, j], words[1, j] = np.uint64(first + doers[j]) & LOW, np.uint64(month)
            words[2, j], words[3, j] = np.uint64(slots[j]), np.uint64(0)
        draw_all(words[0, :m], words[1, :m], words[2, :m], words[3, :m], keys[c.P_DEED, 0], keys[c.P_DEED, 1])
        for j in range(m):
            i, d = doers[j], words[2, j]
            deed = pick(rates.which[kinds[j]], words[0, j])
            unseen, knows = 0, (month >= who.aware_from[i]) | (told.told[i] != 0)
            if (words[1, j] < sway.deters[who.home[i], deed]) & knows & (deed < c.N_BAD):
                q.count(rows, who, i, q.DETERRED + deed, 1)
                if d >= sway.displaced:
                    continue
                q.count(rows, who, i, q.DISPLACED, 1)
                unseen = 1
            place = whole(who.home[i])
            if words[3, j] < rates.away:
                place = elsewhere(rates.places, place, d)
            q.count(rows, who, i, q.ACTS + deed, 1)
            if deed == c.DEBT:
                who.owes[i] = min(whole(who.owes[i]) + 1, 255)
                who.defaults[i] = min(whole(who.defaults[i]) + 1, 255)
                who.kind[i] |= np.uint8(c.DEFAULTED)
                told.busy[i] = 1
            elif deed == c.CHEAT:
                who.cheats[i] = min(whole(who.cheats[i]) + 1, 255)
            deeds.doer[at], deeds.deed[at], deeds.slot[at] = i, deed, slots[j]
            deeds.place[at], deeds.unseen[at] = place, unseen
            at += 1
    return at


@piece
def occasions_of(n: Int, lots: U32, who: c.Residents, many: U64, deeds: c.Deeds, at: Int) -> Int:
    """Write a row for each occasion of each person from row `at` on: who, which one, and the class of the person.

    Returns
    -------
    int
        The next free row; -1 if there is no more room.
    """
    some, m = np.empty(n + 1, np.int32), 0
    for i in range(n):
        # Most have none: counting on is quicker than guessing who has.
        some[m] = i
        m += (lots[i] >= many[who.kind[i], 0]) & (who.lives[i] == c.LIVES)
    for s in range(m):
        i = some[s]
        kind, slot = who.kind[i], 0
        if at + MOST_OCCASIONS > len(deeds.doer):
            return -1
        while lots[i] >= many[kind, slot]:
            deeds.doer[at], deeds.slot[at], deeds.deed[at] = i, slot, kind
            slot += 1
            at += 1
    return at


@piece
def leave(month: Int, who: c.Residents, told: c.Lots, n: Int) -> None:
    """Let people die or emigrate in the month that was drawn for it; their files stay behind."""
    for i in range(n):
        if who.ends[i] == month:
            who.lives[i] = who.fate[i]
            told.busy[i] = 1
