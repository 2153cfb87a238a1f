"""Ratings: entries on file become points, points a rating, ratings a grade; all by the rulebook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glasstown import census as c
from glasstown.core.columns import I16, I32, I64, U8, U16, Int
from glasstown.core.kernels import piece
from glasstown.judgement.rules import Rules


class Rulebooks(NamedTuple):
    """The rulebooks of all jurisdictions side by side; sets of doors and perks are bits.

    Arrays have the shape (jurisdictions,) and one more axis for deeds, bands or ages where there is one.
    """

    rates: U8
    begins: I32
    floor: I32
    cap: I32
    points: I32
    most: I32
    period: I32
    expiry: I32
    n_bands: I32
    band_from: I32
    covers: U8
    closes: U8
    opens: U8
    court: U8
    triggers: U8
    court_from: I32
    court_to: I32
    court_closes: U8
    court_expires: I32
    ends_when_repaid: U8
    shamed: U8
    national: U8
    red: U8
    red_triggers: U8
    red_from: I32
    red_to: I32
    red_opens: U8
    red_expires: I32
    red_national: U8


def rulebooks(of: Sequence[Rules], retention_months: int) -> Rulebooks:
    """Put the rulebooks of the jurisdictions side by side.

    Parameters
    ----------
    of : sequence of Rules
        One for each jurisdiction.
    retention_months : int
        After which agencies drop an entry, and its points with it; 0 keeps nothing over the month.
    """

    def stacked(values: Sequence[object], dtype: type[np.generic]) -> NDArray[np.generic]:
        return np.array(values, dtype)

    def widened(values: NDArray[np.generic], fill: int) -> NDArray[np.int64]:
        return np.concatenate([values.astype(np.int64), np.full(c.MOST_BANDS - len(values), fill)])

    far = 1 << 30
    expiry = [[min(int(m) or far, max(retention_months, 1)) for m in r.expiry_months] for r in of]
    i32, u8 = np.int32, np.uint8
    values: dict[str, NDArray[np.generic]] = {
        "rates": stacked([r.rates for r in of], u8),
        "begins": stacked([r.base for r in of], i32),
        "floor": stacked([r.floor for r in of], i32),
        "cap": stacked([r.cap for r in of], i32),
        "points": stacked([r.points for r in of], i32),
        "most": stacked([r.most_per_period for r in of], i32),
        "period": stacked([max(r.period_months, 1) for r in of], i32),
        "expiry": stacked(expiry, i32),
        "n_bands": stacked([len(r.bands) for r in of], i32),
        "band_from": stacked([widened(r.band_from, far) for r in of], i32),
        "covers": stacked([r.covers_ages for r in of], u8),
        "closes": stacked([widened(_bits(r.closes), 0) for r in of], u8),
        "opens": stacked([widened(_bits(r.opens), 0) for r in of], u8),
        "court": stacked([r.court.kept for r in of], u8),
        "triggers": stacked([r.court.triggers & r.court.kept for r in of], u8),
        "court_from": stacked([r.court.from_rating if r.court.kept else 1 for r in of], i32),
        "court_to": stacked([r.court.to_rating if r.court.kept else 0 for r in of], i32),
        "court_closes": stacked([int(_bits(r.court.closes[None])[0]) for r in of], u8),
        "court_expires": stacked([r.court.expires_months for r in of], i32),
        "ends_when_repaid": stacked([r.court.ends_when_repaid for r in of], u8),
        "shamed": stacked([r.court.shamed for r in of], u8),
        "national": stacked([r.court.national for r in of], u8),
        "red": stacked([r.red.kept for r in of], u8),
        "red_triggers": stacked([r.red.triggers & r.red.kept for r in of], u8),
        "red_from": stacked([r.red.from_rating if r.red.kept else 1 for r in of], i32),
        "red_to": stacked([r.red.to_rating if r.red.kept else 0 for r in of], i32),
        "red_opens": stacked([int(_bits(r.red.opens[None])[0]) for r in of], u8),
        "red_expires": stacked([r.red.expires_months for r in of], i32),
        "red_national": stacked([r.red.national for r in of], u8),
    }
    by = c.side_by_side(Rulebooks, {name: (x.dtype, x.shape[1:]) for name, x in values.items()}, len(of))
    for name, numbers in values.items():
        getattr(by, name)[:] = numbers
    return by


def _bits(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    return (flags.astype(np.int64) << np.arange(flags.shape[-1])).sum(axis=-1)


@piece
def enter(
    filed: I32,
    begin: Int,
    end: Int,
    month: Int,
    dossier: I32,
    deed: U8,
    copies: U8,
    files: c.Files,
    rating: I32,
    counts: U16,
    worth: I32,
    touched: U8,
    by: Rulebooks,
) -> None:
    """Add the points of newly filed entries to the ratings of the dossiers they are filed under.

    Parameters
    ----------
    filed : array of int32
        Rows of entries in the order of filing; those from begin to end are new.
    dossier, deed, copies : arrays, shape (rows,)
        Under which dossier (-1 nowhere), what, and how often.
    files : Files
        Whose rulebook applies, and whether it does.
    rating : array of int32, shape (dossiers,)
        Points; changed.
    counts : array of uint16, shape (dossiers, deeds + 1)
        Entries counted in the present period; the last column says in which period that is. Changed.
    worth : array of int32, shape (rows,)
        Written: the points that the entry has brought, so that they can be taken back.
    touched : array of uint8, shape (dossiers,)
        Set where a rating changed.
    """
    periods = np.empty(len(by.period), np.int64)
    for at in range(len(periods)):
        periods[at] = month // by.period[at]
    for k in range(begin, end):
        row = filed[k]
        i, what = dossier[row], deed[row]
        worth[row] = 0
        if i < 0:
            continue
        at = files.seat[i]
        points, most = by.points[at, what], by.most[at, what]
        if (points == 0) | (files.covered[i] == 0):
            continue
        many = np.int64(copies[row])
        if most > 0:
            if counts[i, c.N_DEEDS] != periods[at]:
                counts[i, :] = 0
                counts[i, c.N_DEEDS] = periods[at]
            # A file that came along from elsewhere may have more than is counted here.
            many = max(min(many, most - np.int64(counts[i, what])), 0)
            counts[i, what] += many
        worth[row] = many * points
        rating[i] += many * points
        touched[i] = 1


@piece
def expire(
    filed: I32,
    filed_from: I64,
    month: Int,
    dossier: I32,
    deed: U8,
    worth: I32,
    files: c.Files,
    rating: I32,
    touched: U8,
    by: Rulebooks,
) -> None:
    """Take back the points of entries that have had their time; a file opened since, or in that month, has none.

    Parameters
    ----------
    filed_from : array of int64
        Where each month's entries begin in `filed`.
    dossier, deed, worth, files, rating, touched
        As in `enter`.
    """
    for age in range(1, month + 1):
        if not expires_at(by, age):
            continue
        for k in range(filed_from[month - age], filed_from[month - age + 1]):
            row = filed[k]
            i = dossier[row]
            if i >= 0 and worth[row] and by.expiry[files.seat[i], deed[row]] == age and files.opened[i] < month - age:
                rating[i] -= worth[row]
                worth[row] = 0
                touched[i] = 1


@piece
def expires_at(by: Rulebooks, age: Int) -> bool:
    """Say whether any rulebook takes points back after so many months."""
    for at in range(by.expiry.shape[0]):
        for deed in range(c.N_DEEDS):
            if by.expiry[at, deed] == age and by.points[:, deed].any():
                return True
    return False


@piece
def grade(n: Int, month: Int, touched: U8, files: c.Files, by: Rulebooks, out: c.Changes) -> None:
    """Give every dossier whose rating changed its grade, and put it on the red list or take it off for its rating.

    Parameters
    ----------
    touched : array of uint8, shape (n,)
        Where a rating changed; cleared.
    out : Changes
        Written: dossiers whose grade changed, `what` being 1 for up and 0 for down.
    """
    out.n[0] = 0
    for i in range(n):
        if not touched[i]:
            continue
        touched[i] = 0
        at = files.seat[i]
        band = c.band_of(files.rating[i], at, by.floor, by.cap, by.band_from, by.n_bands)
        if band != files.band[i]:
            row = out.n[0]
            out.dossier[row], out.what[row] = i, band > files.band[i]
            out.n[0] = row + 1
            files.band[i] = band
        if by.red[at]:
            honour(i, at, month, files, by)


@piece
def honour(i: Int, at: Int, month: Int, files: c.Files, by: Rulebooks) -> None:
    """Put one dossier on the red list if its rating is worthy, or take it off if it is not."""
    rating = min(max(files.rating[i], by.floor[at]), by.cap[at])
    ranged = by.red_from[at] <= by.red_to[at]
    worthy = files.covered[i] and ranged and by.red_from[at] <= rating <= by.red_to[at]
    if files.red[i] < 0:
        if worthy:
            files.red[i] = month
    elif ranged and not worthy:
        files.red[i] = c.NEVER


@piece
def review(n: Int, month: Int, files: c.Files, by: Rulebooks) -> None:
    """Let entries on the red list end that have had their time, whatever ratings do.

    Whoever is still worthy is on it anew a month later.
    """
    for i in range(n):
        at = files.seat[i]
        if files.red[i] < 0:
            if by.red[at]:
                honour(i, at, month, files, by)
        elif by.red_expires[at] > 0 and month - files.red[i] >= by.red_expires[at]:
            files.red[i] = c.NEVER


@piece
def strike(
    pardon: U8,
    heard: tuple[U8, I32, I32],
    filed: I32,
    filed_from: I64,
    month: Int,
    dossier: I32,
    worth: I32,
    opened: I16,
    rating: I32,
    touched: U8,
) -> None:
    """Put right the files of those whose appeals were granted: strike, count once, and bring in what went elsewhere.

    Parameters
    ----------
    pardon : array of uint8, shape (dossiers,)
        Whose appeal was granted.
    heard : tuple of arrays, each of shape (rows,)
        What the hearing found about each entry: what is wrong with it (0 for nothing), to whose file it belongs (-1 to
        none), and how many points it is worth there.
    filed, filed_from
        As in `expire`.
    opened : array of int16, shape (dossiers,)
        When the present file was opened; entries filed by then are in an old one, which no hearing opens again.
    dossier, worth, rating, touched
        As in `enter`; changed.

    Limits
    ------
    A hearing does not hear of bias: an act that was noted because of whom it is about stands. A good deed that went to
    another file is brought in, a bad one is not.
    """
    wrong, belongs, due = heard
    for then in range(month + 1):
        for k in range(filed_from[then], filed_from[then + 1]):
            row = filed[k]
            i, own = dossier[row], belongs[row]
            here = i >= 0 and opened[i] < then
            if own >= 0 and own != i and due[row] > 0 and pardon[own] and opened[own] < then:
                if here:
                    rating[i] -= worth[row]
                    touched[i] = 1
                dossier[row], worth[row] = own, due[row]
                rating[own] += due[row]
                touched[own] = 1
            elif here and pardon[i]:
                right = due[row] if own == i and not wrong[row] else 0
                if worth[row] != right:
                    rating[i] += right - worth[row]
                    worth[row] = right
                    touched[i] = 1
