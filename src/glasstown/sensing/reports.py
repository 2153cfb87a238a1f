"""From what people did to what is written about them: reporters miss, invent, delay, repeat and misfile."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from glasstown import census as c
from glasstown import counts as q
from glasstown import tables as t
from glasstown.core.chance import cumulative, steady, within_days
from glasstown.core.columns import I64, U8, U32, U64, Int
from glasstown.core.kernels import piece
from glasstown.core.philox import HALF, LOW, STRIP, block, draw_all
from glasstown.core.quantity import Quantity
from glasstown.sensing.knobs import Recognition
from glasstown.sensing.knobs_reports import Reporter, Reports

MOST_LATE = 12
_CAMERA = t.REPORTERS.index("camera")


class Reporting(NamedTuple):
    """How reporters err, as thresholds for a month of a given length.

    `fair` (deeds,) is the chance that an act is reported about the right person by a reporter without bias, `seen`
    (deeds, groups) by the one there is; `taken` (jurisdictions, deeds, groups) reaches from there to where a machine
    takes the person for somebody else. `late` (reporters, months) is how long a report takes. `invents` (groups,) is
    the chance of an invented report about an adult, `by` (groups, reporters) whose it is, `about` (groups, reporters,
    deeds) what it says, `out_of_bias` (groups, deeds) the part that a reporter without bias would not have invented.
    """

    reporter: U8
    national: U8
    fair: U64
    seen: U64
    taken: U64
    late: U64
    twice: U64
    namesake: U64
    mistyped: U64
    integration: np.uint64
    invents: U64
    by: U64
    out_of_bias: U64
    about: U64


def reporting(
    reports: Reports,
    recognition: Recognition,
    groups: tuple[str, ...],
    shares: tuple[float, ...],
    enrolled: tuple[float, ...],
    integration: float,
    days: int,
) -> Reporting:
    """Turn the knobs of the reporters into thresholds.

    Parameters
    ----------
    groups, shares : tuple
        Names and shares of the groups, in the scenario's order.
    enrolled : tuple of float
        References in the gallery of each jurisdiction: at `recognition.fmr` for each comparison, an unrecognised face
        is taken for one of them with chance 1 - (1 - fmr) ** enrolled.
    integration : float
        Chance that a report from another jurisdiction reaches the file at home.
    days : int
        Length of the month.

    Limits
    ------
    A face that is recognised is never taken for somebody else as well; operators do not look at what the machine says.
    A person is the subject of one invented report a month at most, from whichever reporter.
    """
    who = [getattr(reports, name) for name in t.REPORTERS]
    n_deeds, n_groups = c.N_DEEDS, len(groups)
    by_deed = [t.REPORTERS.index(name) for name in t.REPORTED_BY]
    missed = [min(float(recognition.fnmr) * _times(recognition.fnmr_by_group, g), 1.0) for g in groups]
    plain_missed = math.fsum(share * miss for share, miss in zip(shares, missed, strict=True))
    fmr = [float(recognition.fmr) * _times(recognition.fmr_by_group, g) for g in groups]
    wrong = np.array([[taken_for_another(rate, n) for rate in fmr] for n in enrolled])
    fair, seen, taken = np.zeros(n_deeds), np.zeros((n_deeds, n_groups)), np.zeros((len(wrong), n_deeds, n_groups))
    for deed, k in enumerate(by_deed):
        look = 1 - float(who[k].misses)
        camera = k == _CAMERA
        fair[deed] = look * (1 - plain_missed if camera else 1.0)
        for g, group in enumerate(groups):
            at = min(look * _favour(who[k], group, deed), 1.0)
            seen[deed, g] = at * (1 - missed[g] if camera else 1.0)
            taken[:, deed, g] = seen[deed, g] + (at * missed[g] * wrong[:, g] if camera else 0.0)
    favour = np.array([[_favour(who[k], g, deed) for deed, k in enumerate(by_deed)] for g in groups])
    about = np.array([[of_group * (np.array(by_deed) == k) for k in range(len(who))] for of_group in favour])
    each = [float(r.invents_per_year) / by_deed.count(k) for k, r in enumerate(who)]
    rate = about.sum(axis=2) * each
    return Reporting(
        reporter=np.array(by_deed, np.uint8),
        national=np.array([name == "court" for name in t.REPORTERS], np.uint8),
        fair=_codes(fair),
        seen=_codes(seen),
        taken=_codes(taken),
        late=np.array([_lateness(r) for r in who], np.uint64),
        twice=_codes(np.array([float(r.duplicates) for r in who])),
        namesake=_codes(np.array([float(r.namesake) for r in who])),
        mistyped=_codes(np.array([min(float(r.namesake) + float(r.mistyped), 1.0) for r in who])),
        integration=np.uint64(int(integration * 2.0**32)),
        invents=_codes(np.array([within_days(float(of_group.sum()), days) for of_group in rate])),
        by=np.array([cumulative([float(x) for x in of_group]) for of_group in rate], np.uint64),
        out_of_bias=_codes(1 - 1 / np.maximum(favour, 1.0)),
        about=np.array([[cumulative(row.tolist()) for row in of_group] for of_group in about], np.uint64),
    )


def taken_for_another(fmr: float, enrolled: float) -> float:
    """Return the chance that a face is taken for one of so many others: 1 - (1 - fmr) ** enrolled."""
    return 1.0 if fmr >= 1 and enrolled else -math.expm1(enrolled * math.log1p(-min(fmr, 1 - 1e-16)))


def _favour(reporter: Reporter, group: str, deed: int) -> float:
    """Return how many times as many reports of a deed about a group a reporter writes, for bias alone."""
    bias = _times(reporter.bias, group)
    return bias if deed < c.N_BAD else 1 / bias if bias else 1.0


def _times(by_group: Mapping[str, Quantity], group: str) -> float:
    return float(by_group[group]) if group in by_group else 1.0


def _codes(p: np.ndarray) -> U64:
    return np.array([int(steady(float(x)) * 2.0**32) for x in p.ravel()], np.uint64).reshape(p.shape)


def _lateness(reporter: Reporter) -> list[int]:
    again = float(reporter.late)
    return [int(steady(1 - again ** (k + 1)) * 2.0**32) for k in range(MOST_LATE)] + [1 << 32]


@piece
def somebody(n: Int, place: Int, who: c.Residents, bits: np.uint64) -> Int:
    """Choose somebody of the same register: the first adult of that jurisdiction from a random person on, or -1."""
    start = np.int64((bits * np.uint64(n)) >> HALF)
    for step in range(n):
        k = start + step
        if k >= n:
            k -= n
        if who.home[k] == place and who.lives[k] == c.LIVES and who.age[k] != 0:
            return k
    return -1


@piece
def report(
    begin: Int,
    end: Int,
    first: Int,
    month: Int,
    who: c.Residents,
    n: Int,
    how: Reporting,
    deeds: c.Deeds,
    entries: c.Entries,
    rows: I64,
    keys: U64,
) -> None:
    """Report the acts in rows begin to end, or not, or about somebody else.

    Parameters
    ----------
    begin, end : int
        The rows of `deeds` and `entries`; those with doer -1 are passed over.
    first, month : int
        The number of the person in row 0, by which draws are addressed, and the month, counted from 0.
    who : Residents
        Everybody of the community, shape (n,).
    n : int
        People of the community.
    how : Reporting
        How reporters err.
    deeds, entries : Deeds, Entries
        What was done, and what is filed of it in the same rows. Written: all of `entries`, and of `deeds` the dossiers
        that would hold the act (`fair`, `proper`) and what is wrong with the entry (`cause`).
    rows : array of int64, shape (rows, counts)
        Added to, as `counts.count` does.
    keys : array of uint64, shape (purposes, 2)
        The key of each purpose of random numbers.
    """
    draws, more, some = np.empty((4, STRIP), np.uint64), np.empty((4, STRIP), np.uint64), np.empty(STRIP, np.int32)
    for lo in range(begin, end, STRIP):
        m = min(STRIP, end - lo)
        _draw_acts(lo, m, first, month, deeds, draws, keys[c.P_REPORT, 0], keys[c.P_REPORT, 1])
        noted = 0
        for j in range(m):
            r, i = lo + j, deeds.doer[lo + j]
            some[noted] = j
            if i < 0:
                continue
            deed = deeds.deed[r]
            entries.dossier[r] = deeds.fair[r] = deeds.proper[r] = -1
            entries.deed[r], entries.copies[r], entries.due[r], deeds.cause[r] = deed, 1, -1, c.RIGHT
            most = max(how.taken[who.home[i], deed, who.group[i]], how.fair[deed])
            noted += (draws[0, j] < most) & (deeds.unseen[r] == 0)
        for s in range(noted):
            j = some[s]
            for k in range(4):
                draws[k, s] = draws[k, j]
            more[0, s], more[1, s] = np.uint64(first + deeds.doer[lo + j]) & LOW, np.uint64(month)
            more[2, s], more[3, s] = np.uint64(deeds.slot[lo + j]), np.uint64(0)
        q0, q1 = keys[c.P_REFILE, 0], keys[c.P_REFILE, 1]
        draw_all(more[0, :noted], more[1, :noted], more[2, :noted], more[3, :noted], q0, q1)
        for s in range(noted):
            r = lo + np.int64(some[s])
            i, deed = np.int64(deeds.doer[r]), np.int64(deeds.deed[r])
            by, group, a = how.reporter[deed], who.group[i], draws[0, s]
            if deeds.place[r] != who.home[i] and not how.national[by] and more[0, s] >= how.integration:
                q.count(rows, who, i, q.WALLED, 1)
                continue
            late = 0
            while draws[1, s] >= how.late[by, late]:
                late += 1
            entries.due[r] = month + late
            if a < how.fair[deed]:
                deeds.fair[r] = i
            if a >= how.taken[who.home[i], deed, group]:
                continue
            deeds.proper[r] = i
            cause = c.RIGHT
            if a >= how.seen[deed, group]:
                cause = c.MISIDENTIFIED
            elif draws[2, s] < how.namesake[by]:
                cause = c.NAMESAKE
            elif draws[2, s] < how.mistyped[by]:
                cause = c.MISTYPED
            dossier = i
            if cause != c.RIGHT:
                dossier = somebody(n, np.int64(who.home[i]), who, draws[3, s])
                if dossier < 0 or dossier == i:
                    dossier, cause = i, c.RIGHT
            if more[1, s] < how.twice[by]:
                entries.copies[r] = 2
            entries.dossier[r], deeds.cause[r] = dossier, cause
            q.count(rows, who, dossier, q.ENTRIES + cause, 1)


@piece
def _draw_acts(
    begin: Int, m: Int, first: Int, month: Int, deeds: c.Deeds, into: U64, k0: np.uint64, k1: np.uint64
) -> None:
    """Draw four words for each of m acts from row `begin` on."""
    for j in range(m):
        into[0, j], into[1, j] = np.uint64(first + deeds.doer[begin + j]) & LOW, np.uint64(month)
        into[2, j], into[3, j] = np.uint64(deeds.slot[begin + j]), np.uint64(0)
    draw_all(into[0, :m], into[1, :m], into[2, :m], into[3, :m], k0, k1)


@piece
def invent(
    n: Int,
    first: Int,
    month: Int,
    lots: U32,
    who: c.Residents,
    how: Reporting,
    deeds: c.Deeds,
    entries: c.Entries,
    at: Int,
    rows: I64,
    keys: U64,
) -> Int:
    """Report what never happened about n people; return the next free row.

    Parameters
    ----------
    n : int
        People of the community.
    first, month : int
        The number of the person in row 0, by which draws are addressed, and the month, counted from 0.
    lots : array of uint32, shape (4, n)
        Words drawn for each person this month; whether one is invented about goes by the second.
    who : Residents
        Everybody of the community, shape (n,).
    how : Reporting
        How often and what is invented.
    deeds, entries : Deeds, Entries
        Written from row `at` on: the act of nobody, and its entry.
    at : int
        The first free row; there is room for n more.
    rows : array of int64, shape (rows, counts)
        Added to, as `counts.count` does.
    keys : array of uint64, shape (purposes, 2)
        The key of each purpose of random numbers.
    """
    k0, k1 = keys[c.P_REFILE, 0], keys[c.P_REFILE, 1]
    for i in range(n):
        group = who.group[i]
        if lots[1, i] >= how.invents[group] or who.lives[i] != c.LIVES or who.age[i] == 0:
            continue
        person = np.uint64(first + i) & LOW
        a, b, d, e = block(person, np.uint64(month), np.uint64(255), np.uint64(0), k0, k1)
        by = 0
        while a >= how.by[group, by]:
            by += 1
        deed = 0
        while b >= how.about[group, by, deed]:
            deed += 1
        late = 0
        while d >= how.late[by, late]:
            late += 1
        biased = e < how.out_of_bias[group, deed]
        deeds.doer[at], deeds.deed[at], deeds.slot[at] = -1, deed, 255
        deeds.place[at], deeds.unseen[at] = who.home[i], 0
        deeds.fair[at], deeds.proper[at] = -1, i if biased else -1
        deeds.cause[at] = c.BIASED if biased else c.INVENTED
        entries.dossier[at], entries.deed[at], entries.copies[at], entries.due[at] = i, deed, 1, month + late
        q.count(rows, who, i, q.ENTRIES + deeds.cause[at], 1)
        at += 1
    return at
