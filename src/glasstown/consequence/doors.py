"""Doors: people who meet a block, try again, take another way or other papers, pay, learn, and give up."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glasstown import census as c
from glasstown import counts as q
from glasstown import tables as t
from glasstown.consequence.knobs_doors import Door, Doors, Perks
from glasstown.core.chance import cumulative, occasions, steady, within_days
from glasstown.core.columns import I64, U8, U32, U64, Int
from glasstown.core.errors import Problem
from glasstown.core.kernels import piece, whole
from glasstown.core.philox import LOW, STRIP, block, draw_all

MOST_TRIPS = 8
MOST_RETRIES = 20
# Says that it was drawn which doors a person ever tries.
DRAWN = 128
# The agency that each door asks, as numbers.
ASKS: U8 = np.array([t.AGENCIES.index(name) for name in t.ASKED_BY], np.uint8)


class Trying(NamedTuple):
    """How often people try each door and what they do when it is closed: thresholds for a month of a given length.

    `uses` has shape (doors, incomes), `tries` (doors, trips); the others (doors,). `papers` is the chance that a
    person gets through with other documents this month: it falls as more sellers check them.
    """

    uses: U64
    tries: U64
    retries: U64
    other_way: U64
    pays: U64
    learns: U64
    forgets: U64
    papers: U64


def trying(knobs: Doors, year: float, days: int) -> Trying:
    """Turn the knobs of the doors into thresholds.

    Parameters
    ----------
    year : float
        Years since sellers began to check documents.
    days : int
        Length of the month.

    Raises
    ------
    Problem
        If somebody would come to a door more often than a month can hold.
    """
    doors = [getattr(knobs, name) for name in t.DOORS]
    for name, door in zip(t.DOORS, doors, strict=True):
        if float(door.attempts_per_year) * days / 365 > MOST_TRIPS / 2:
            raise Problem(
                f"people would come to this door {float(door.attempts_per_year) / 12:,.0f} times a month",
                where=f"consequence.doors.{name}.attempts_per_year",
                why=f"a month holds at most {MOST_TRIPS // 2}, and the rest would be lost uncounted.",
                todo="count occasions on which the door is asked for, not each purchase.",
            )

    def each(name: str) -> U64:
        return np.array([int(float(getattr(door, name)) * 2.0**32) for door in doors], np.uint64)

    uses = [
        [int(min(float(d.users) * f, 1.0) * 2.0**32) for f in (float(d.low_income), 1.0, float(d.high_income))]
        for d in doors
    ]
    return Trying(
        uses=np.array(uses, np.uint64),
        tries=np.array([occasions(float(d.attempts_per_year) * days / 365, MOST_TRIPS) for d in doors]),
        retries=each("retries"),
        other_way=each("other_way"),
        pays=each("pays"),
        learns=each("learns"),
        forgets=np.array([int(within_days(float(d.forgets_per_year), days) * 2.0**32) for d in doors], np.uint64),
        papers=np.array([int(steady(p) * 2.0**32) for p in (_papers(d, year) for d in doors)], np.uint64),
    )


def _papers(door: Door, year: float) -> float:
    """Return the chance to get through with other documents once sellers have been checking for so many years."""
    return float(door.other_documents) * (1 - float(door.checked)) * (1 - float(door.checked_per_year)) ** year


@piece
def uses(person: np.uint64, door: Int, income: Int, how: Trying, keys: U64) -> bool:
    """Say whether a person ever tries a door: drawn once and for good."""
    a, _, _, _ = block(person & LOW, np.uint64(door), np.uint64(0), np.uint64(0), keys[c.P_USER, 0], keys[c.P_USER, 1])
    return bool(a < how.uses[door, income])


def learned(knobs: Doors, most_months: int, year: float) -> U64:
    """Return the chance to have given up each door after so many months of finding it closed, as thresholds.

    Each month a person learns by one trip or more, or forgets: shape (doors, months + 1). Sellers have been
    checking documents for `year` years by then.
    """
    codes = np.zeros((c.N_DOORS, most_months + 1), np.uint64)
    for k, name in enumerate(t.DOORS):
        door = getattr(knobs, name)
        forgets = within_days(float(door.forgets_per_year), 30)
        then = [max(year - month / 12, 0.0) for month in range(most_months, 0, -1)]
        met = [float(door.attempts_per_year) * (1 - _papers(door, at)) for at in then]
        learns = [within_days(times * float(door.learns), 30) for times in met]
        for months in range(1, most_months + 1):
            share = 0.0
            for chance in learns[most_months - months :]:
                share = share * (1 - forgets) + (1 - share) * chance
            codes[k, months] = int(steady(share) * 2.0**32)
    return codes


@piece
def used_to(
    i: Int,
    person: np.uint64,
    months: Int,
    closed: Int,
    who: c.Residents,
    lot: c.Lots,
    how: Trying,
    learned: U64,
    keys: U64,
) -> None:
    """Give somebody who has been listed for months before the run what they have learned at closed doors.

    Parameters
    ----------
    i : int
        The person's row.
    person : uint64
        The person's number, by which draws are addressed.
    months : int
        Since when the person has been listed.
    closed : int
        The doors that were closed, one bit each.
    who, lot : Residents, Lots
        Everybody of the community, shape (people,). Written: the doors that the person has given up (`lot.gave_up`).
    how : Trying
        Who ever tries a door.
    learned : array of uint64, shape (doors, months + 1)
        As `learned` returns it.
    keys : array of uint64, shape (purposes, 2)
        The key of each purpose of random numbers.
    """
    for door in range(c.N_DOORS):
        if closed >> door & 1 and uses(person, door, whole(who.income[i]), how, keys):
            a, _, _, _ = block(
                person & LOW, np.uint64(1 << 20), np.uint64(door), np.uint64(0), keys[c.P_DOOR, 0], keys[c.P_DOOR, 1]
            )
            if a < learned[door, months]:
                lot.gave_up[i] |= np.uint8(1 << door)


@piece
def try_doors(
    first: Int,
    month: Int,
    looks: c.Looks,
    away: np.uint64,
    integration: np.uint64,
    who: c.Residents,
    files: c.Files,
    lot: c.Lots,
    how: Trying,
    rows: I64,
    keys: U64,
) -> Int:
    """Let people come to the doors that are closed to them this month; return how many purchases were refused.

    Parameters
    ----------
    looks : Looks
        Whose doors are closed; written: who pays the debt because of it.
    away, integration : threshold
        Chance of being elsewhere, and that what home knows is known there.
    files : Files
        Who is on the court's list: their refusals are counted apart, for whatever reason a door is closed to them.
    """
    k0, k1 = keys[c.P_DOOR, 0], keys[c.P_DOOR, 1]
    when, total = np.uint64(month), 0
    for s in range(looks.n[0]):
        i = looks.some[s]
        looks.at_door[i] = 0
        if not looks.closed[i] or who.lives[i] != c.LIVES:
            continue
        person = np.uint64(first + i) & LOW
        if not lot.goes[i] & DRAWN:
            lot.goes[i] = _goes(person, np.int64(who.income[i]), how, keys) | DRAWN
        meets = np.int64(looks.closed[i] & lot.goes[i])
        for door in range(c.N_DOORS):
            bit = 1 << door
            if not meets & bit:
                continue
            where = np.uint64(door)
            if lot.gave_up[i] & bit:
                f, _, _, _ = block(person, when, where, np.uint64(255), k0, k1)
                if f >= how.forgets[door]:
                    continue
                lot.gave_up[i] &= np.uint8(255 - bit)
            n, _, _, _ = block(person, when, where, np.uint64(254), k0, k1)
            trips = 0
            while n >= how.tries[door, trips]:
                trips += 1
            for trip in range(trips):
                a, b, d, e = block(person, when, where, np.uint64(trip * 32), k0, k1)
                elsewhere = a < away
                if elsewhere and looks.local[i] & bit and b >= integration:
                    continue
                if d < how.papers[door]:
                    q.count(rows, who, i, q.OTHER_DOCUMENTS + door, 1)
                    continue
                refusals = 1
                a, b, d, _ = block(person, when, where, np.uint64(trip * 32 + 1), k0, k1)
                if a < how.pays[door] and who.owes[i]:
                    looks.at_door[i] = 1
                else:
                    while refusals < MOST_RETRIES and e < how.retries[door]:
                        refusals += 1
                        e, _, _, _ = block(person, when, where, np.uint64(trip * 32 + refusals), k0, k1)
                    if b < how.other_way[door]:
                        q.count(rows, who, i, q.OTHER_WAY + door, 1)
                    if d < how.learns[door]:
                        lot.gave_up[i] |= np.uint8(bit)
                        q.count(rows, who, i, q.GAVE_UP + door, 1)
                total += refusals
                if elsewhere and looks.local[i] & bit:
                    q.count(rows, who, i, q.REFUSALS_ELSEWHERE, refusals)
                if files.on_list[i] != c.NEVER:
                    q.count(rows, who, i, q.REFUSALS_LISTED, refusals)
                _refused(i, door, refusals, looks, who, lot, rows)
                if looks.at_door[i] or lot.gave_up[i] & bit:
                    break
    return total


@piece
def _goes(person: np.uint64, income: Int, how: Trying, keys: U64) -> Int:
    """Return the set of doors that a person ever tries."""
    goes = 0
    for door in range(c.N_DOORS):
        if uses(person, door, income, how, keys):
            goes |= 1 << door
    return goes


@piece
def _refused(i: Int, door: Int, refusals: Int, looks: c.Looks, who: c.Residents, lot: c.Lots, rows: I64) -> None:
    """Count the refusals of one trip."""
    bit = 1 << door
    q.count(rows, who, i, q.TRIPS + door, 1)
    q.count(rows, who, i, q.REFUSALS + door, refusals)
    if looks.wrong[i] & bit:
        q.count(rows, who, i, q.REFUSALS_WRONG + door, refusals)
        q.count(rows, who, i, q.REFUSALS_WHY + door * c.N_CAUSES + np.int64(lot.why[i]), refusals)
    if looks.grade[i] != c.UNRATED:
        q.count(rows, who, i, q.REFUSALS_GRADED + door * c.MOST_BANDS + np.int64(looks.grade[i]), refusals)
    if not lot.refused[i]:
        q.count(rows, who, i, q.REFUSED_ANYWHERE, 1)
    if not lot.refused[i] & bit:
        q.count(rows, who, i, q.PEOPLE_REFUSED + door, 1)
        lot.refused[i] |= np.uint8(bit)
    lot.told[i] = 1


class Wants(NamedTuple):
    """How often people want each perk: `any_` (incomes,), `which` (perks,), `anyway` (perks, incomes)."""

    any_: np.uint64
    which: U64
    anyway: U64


def wants(knobs: Perks, days: int) -> Wants:
    """Turn the knobs of the perks into thresholds for a month of so many days."""
    perks = [getattr(knobs, name) for name in t.PERKS]
    yearly = [float(p.wanted_per_year) for p in perks]
    anyway = [
        [int(min(float(p.anyway) * f, 1.0) * 2.0**32) for f in (1.0, 1.0, float(p.high_income_anyway))] for p in perks
    ]
    some = within_days(sum(yearly), days)
    return Wants(np.uint64(int(some * 2.0**32)), cumulative(yearly), np.array(anyway, np.uint64))


@piece
def offer(
    n: Int,
    first: Int,
    month: Int,
    lots: U32,
    opens: U8,
    red_opens: U8,
    who: c.Residents,
    files: c.Files,
    how: Wants,
    rows: I64,
    keys: U64,
) -> None:
    """Let n people want a perk, and have it if their grade or the red list opens it, or anyway.

    Parameters
    ----------
    opens : array of uint8, shape (jurisdictions, grades)
        Sets of perks.
    red_opens : array of uint8, shape (jurisdictions,)
        Those of the red list.
    """
    some, words, m = np.empty(n, np.int32), np.empty((4, STRIP), np.uint64), 0
    for i in range(n):
        if lots[2, i] < how.any_ and who.lives[i] == c.LIVES and files.covered[i]:
            some[m] = i
            m += 1
    for begin in range(0, m, STRIP):
        of = some[begin : min(begin + STRIP, m)]
        for j in range(len(of)):
            words[0, j], words[1, j] = np.uint64(first + of[j]) & LOW, np.uint64(month)
            words[2, j] = words[3, j] = np.uint64(0)
        a, b, d, e = words[0, : len(of)], words[1, : len(of)], words[2, : len(of)], words[3, : len(of)]
        draw_all(a, b, d, e, keys[c.P_PERK, 0], keys[c.P_PERK, 1])
        for j in range(len(of)):
            i, perk = np.int64(of[j]), 0
            for k in range(c.N_PERKS - 1):
                perk += np.int64(a[j] >= how.which[k])
            at = files.seat[i]
            open_ = whole(opens[at, files.band[i]])
            if files.red[i] >= 0:
                open_ |= whole(red_opens[at])
            q.count(rows, who, i, q.WANTED + perk, 1)
            if open_ >> perk & 1:
                q.count(rows, who, i, q.GIVEN + perk, 1)
                if b[j] < how.anyway[perk, who.income[i]]:
                    q.count(rows, who, i, q.GIVEN_ANYWAY + perk, 1)
