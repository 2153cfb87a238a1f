"""The court's list and the red list: who comes on, who comes off, by the rulebook and by what is on file."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from glasstown import census as c
from glasstown.core.chance import cumulative, happens, of_month, steady, threshold, within_days
from glasstown.core.columns import I32, U8, U64, Int
from glasstown.core.growth import Growth
from glasstown.core.kernels import piece
from glasstown.core.philox import LOW, STRIP, block, draw_row
from glasstown.judgement.knobs import Lists
from glasstown.judgement.ratings import Rulebooks

MOST_MONTHS = 120


class Listing(NamedTuple):
    """How fast a court lists and takes off, as thresholds for a month of a given length."""

    lists: np.uint64
    removes: np.uint64
    repairs: np.uint64


class Initial(NamedTuple):
    """Who is listed when the run begins: a chance for each adult, a share by mistake, and for how many months."""

    chance: np.uint64
    wrong: np.uint64
    since: U64


def initial(knobs: Lists, adults: float) -> Initial:
    """Turn the knobs of the list at the start into thresholds; `adults` are those who can be on it.

    Where the growth of the list is given and `initial_months` is 0, people have been listed for as long as it says.
    """
    court = knobs.court
    chance = steady(min(float(court.initial) / adults, 1.0)) if adults else 0.0
    growth, most = growth_of(knobs), int(court.initial_months)
    months = [1.0] * (most + 1)
    if growth and not most:
        day = growth.day_of(float(court.initial))
        counts = [growth.count_at(day - 365 / 12 * k) for k in range(MOST_MONTHS + 1)]
        months = [new - old for new, old in pairwise(counts)]
        months[-1] += counts[-1]
    return Initial(threshold(chance), threshold(float(court.initial_wrong)), cumulative(months))


def growth_of(knobs: Lists) -> Growth | None:
    """Return how many entries had ever been made when, where it is written."""
    counts = {day: float(count) for day, count in knobs.court.growth.items()}
    return Growth.of(counts) if counts else None


def listing(knobs: Lists, days: int) -> Listing:
    """Turn the knobs of the court's list into thresholds for a month of so many days."""
    court = knobs.court
    chances = (
        of_month(float(court.listing), days),
        of_month(float(court.removal), days),
        within_days(float(court.repair_per_year), days),
    )
    return Listing(*(np.uint64(int(p * 2.0**32)) for p in chances))


@piece
def open_cases(
    filed: I32, begin: Int, end: Int, month: Int, entries: c.Entries, files: c.Files, busy: U8, by: Rulebooks
) -> None:
    """Note which newly filed entries are reason to list the person they are filed under."""
    for k in range(begin, end):
        row = filed[k]
        i = entries.dossier[row]
        if i < 0 or not files.covered[i]:
            continue
        at = files.seat[i]
        if entries.deed[row] == c.DEBT and files.record[i] < 255:
            files.record[i] += np.uint8(1)
        if by.triggers[at, entries.deed[row]] and files.on_list[i] == c.NEVER and files.case[i] < 0:
            files.case[i] = row
            busy[i] = 1
        if by.red_triggers[at, entries.deed[row]] and files.red[i] < 0:
            files.red[i] = month
            busy[i] = 1


@piece
def judge(
    some: I32, m: Int, first: Int, month: Int, files: c.Files, by: Rulebooks, how: Listing, out: c.Changes, keys: U64
) -> None:
    """Put dossiers on the court's list, or take them off; what changed is written to `out`.

    Parameters
    ----------
    some : array of int32
        Which dossiers to look at: the first m.
    """
    k0, k1 = keys[c.P_LISTING, 0], keys[c.P_LISTING, 1]
    out.n[0] = 0
    for s in range(m):
        i = some[s]
        at = files.seat[i]
        pardoned, files.pardon[i] = files.pardon[i], 0
        if not by.court[at]:
            continue
        rating = min(max(files.rating[i], by.floor[at]), by.cap[at])
        low = files.covered[i] and by.court_from[at] <= rating <= by.court_to[at]
        listed = files.on_list[i] != c.NEVER
        if not listed and files.case[i] < 0 and not low:
            continue
        a, b, d, _ = block(np.uint64(first + i) & LOW, np.uint64(month), np.uint64(0), np.uint64(0), k0, k1)
        what = 0
        if not listed:
            what = c.LISTED if low or a < how.lists else 0
        elif pardoned:
            what = c.APPEALED
        elif files.claim[i] and by.ends_when_repaid[at] and a < how.removes:
            what = c.REPAID
        elif by.court_expires[at] > 0 and month - listed_in(np.int64(files.on_list[i])) >= by.court_expires[at]:
            what = c.EXPIRED
        elif files.ended[i] and b < how.removes:
            what = c.ENDED
        elif d < how.repairs and not low:
            what = c.REPAIRED
        if what == 0:
            continue
        row = out.n[0]
        out.dossier[row], out.what[row], out.reason[row] = i, what, files.case[i]
        out.n[0] = row + 1
        files.on_list[i] = month if what == c.LISTED else c.NEVER
        files.claim[i] = 0
        if what != c.LISTED:
            files.case[i] = c.NEVER


@piece
def listed_in(mark: Int) -> Int:
    """Return the month in which a listing began, negative for months before the run."""
    return mark if mark >= 0 else mark + 2


@piece
def listed_before(first: Int, n: Int, age: U8, how: Initial, out: c.Changes, keys: U64) -> None:
    """Choose the adults who are listed when the run begins.

    Parameters
    ----------
    age : array of uint8, shape (n,)
        Age bands; minors are not listed.
    out : Changes
        Written: who, whether by mistake (`what`), and for how many months (`reason`).
    """
    k0, k1 = keys[c.P_INITIAL, 0], keys[c.P_INITIAL, 1]
    out.n[0] = 0
    words = np.empty((4, STRIP), np.uint64)
    for i in range(n):
        j = i % STRIP
        if j == 0:
            draw_row(first + i, min(STRIP, n - i), 0, 0, words, k0, k1)
        if age[i] == 0 or not happens(words[0, j], words[1, j], how.chance):
            continue
        months, d, e = 0, words[2, j], words[3, j]
        while d >= how.since[months]:
            months += 1
        row = out.n[0]
        out.dossier[row], out.what[row], out.reason[row] = i, e < how.wrong, months
        out.n[0] = row + 1


@piece
def known_at(doors: Int, held: Int, asks: U8) -> Int:
    """Return those of a set of doors whose agency is among the holders."""
    closed = 0
    for door in range(c.N_DOORS):
        if doors >> door & 1 and held >> np.int64(asks[door]) & 1:
            closed |= 1 << door
    return closed
