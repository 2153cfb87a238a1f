"""What is counted in a nation: integers that add up over people, months and communities, whatever the order."""

from __future__ import annotations

import numpy as np

from glasstown import census as c
from glasstown import counts as q
from glasstown.core.columns import I16, I32, I64, U8, Int
from glasstown.core.kernels import piece

BINS = 256
MIDDLE = 128
FAR = c.FAR
PREDICTORS = ("rating", "record")


def blank_tally(n_rows: int, months: int, n_groups: int) -> c.Tally:
    """Make a tally with nothing in it."""
    return c.Tally(
        rows=np.zeros((n_rows, q.N_COUNTS), np.int64),
        series=np.zeros((months, len(c.SERIES)), np.int64),
        grades=np.zeros((n_groups, c.MOST_BANDS, c.MOST_BANDS), np.int64),
        deals=np.zeros((n_groups, len(PREDICTORS), BINS, 2), np.int64),
    )


@piece
def note_grades(out: c.Changes, files: c.Files, who: c.Residents, lot: c.Lots, look_at: U8, rows: I64) -> None:
    """Count grades that went up or down, and whether they had gone the other way before.

    Parameters
    ----------
    look_at : array of uint8, shape (jurisdictions, grades)
        Whether somebody with the grade needs a look each month.
    """
    for row in range(out.n[0]):
        i, up = out.dossier[row], out.what[row]
        q.count(rows, who, i, q.UP if up else q.DOWN, 1)
        way = 1 if up else -1
        if lot.turn[i] == -way:
            q.count(rows, who, i, q.TURNED_BACK, 1)
        lot.turn[i] = way
        if look_at[files.seat[i], files.band[i]]:
            lot.busy[i] = 1


@piece
def note_low(
    out: c.Changes, files: c.Files, fair: I32, lot: c.Lots, begins: I32, ends: I32, floor: I32, cap: I32, new: U8
) -> None:
    """Say of listings for a low rating what is wrong with them: nothing, where it is as low without errors and bias.

    Parameters
    ----------
    fair : array of int32, shape (people,)
        Ratings without errors and biased reporters.
    begins, ends : arrays of int32, shape (jurisdictions,)
        From which to which rating people are listed.
    new : array of uint8, shape (people,)
        Written for everybody in `out`.
    """
    for row in range(out.n[0]):
        i = out.dossier[row]
        at = files.seat[i]
        low = begins[at] <= min(max(fair[i], floor[at]), cap[at]) <= ends[at]
        new[i] = c.RIGHT if low or out.reason[row] >= 0 else lot.blame[i]


@piece
def note_changes(
    out: c.Changes, day: Int, deed: U8, true_cause: U8, who: c.Residents, lot: c.Lots, new: U8, rows: I64, series: I64
) -> None:
    """Count who came on the list and who came off it.

    Parameters
    ----------
    deed, true_cause : arrays of uint8, shape (rows,)
        What each entry says, and what is wrong with it.
    new : array of uint8, shape (people,)
        What is wrong with listings for a low rating, as `note_low` has written it; after that 1 for who came on.
    """
    for row in range(out.n[0]):
        i, what, reason = out.dossier[row], out.what[row], out.reason[row]
        cause, new[i] = np.int64(new[i]), 0
        if what == c.LISTED:
            remember(i, who, lot)
            why = np.int64(true_cause[reason]) if reason >= 0 else cause
            # A judgment paid before the court listed it is no reason any more.
            if reason >= 0 and why == c.RIGHT and deed[reason] == c.DEBT and not who.owes[i]:
                why = c.STALE
            lot.cause[i], lot.since[i] = why, day
            lot.marks[i] |= np.uint8(1 if why in (c.RIGHT, c.STALE) else 3)
            new[i] = 1
            q.count(rows, who, i, q.LISTED_NEW + why, 1)
            series[2] += 1
            continue
        note_off(i, np.int64(what), day, who, lot, rows, series)


@piece
def note_off(i: Int, what: Int, day: Int, who: c.Residents, lot: c.Lots, rows: I64, series: I64) -> None:
    """Count that somebody came off the list, and after how long."""
    q.count(rows, who, i, q.REMOVED + what - c.REPAID, 1)
    q.count(rows, who, i, q.SPELLS, 1)
    q.count(rows, who, i, q.SPELL_DAYS, day - lot.since[i])
    remember(i, who, lot)
    lot.cause[i] = lot.told[i] = lot.shamed[i] = 0
    series[3] += 1


@piece
def remember(i: Int, who: c.Residents, lot: c.Lots) -> None:
    """Let whoever was told of a listing, or at a door, know of the system from then on, though the listing be over."""
    if lot.told[i]:
        who.aware_from[i] = 0


@piece
def note_moves(
    out: c.Changes, day: Int, who: c.Residents, lot: c.Lots, conduct: I64, rows: I64, series: I64
) -> None:
    """Count listings that stay behind when people move, and begin their conduct anew where a file does not come along.

    Parameters
    ----------
    out : Changes
        Who moved, whether the file came along (`what`), and whether a listing stayed behind (`reason`).
    conduct : array of int64, shape (people,)
        What conduct alone would make of the rating.
    """
    for row in range(out.n[0]):
        i = out.dossier[row]
        lot.busy[i] = 1
        if not out.what[row]:
            conduct[i] = 0
        if out.reason[row]:
            note_off(i, c.MOVED_OFF, day, who, lot, rows, series)


@piece
def begin_anew(out: c.Changes, band_from: I32, files: c.Files, lot: c.Lots) -> None:
    """Let those who move begin with their present grade where the grades are others, or the old file stays behind.

    Parameters
    ----------
    band_from : array of int32, shape (jurisdictions, grades)
        Where each grade begins.
    """
    for row in range(out.n[0]):
        i, carried, place = out.dossier[row], out.what[row], out.reason[row]
        old, alike = files.seat[i], carried != 0
        for band in range(band_from.shape[1]):
            alike = alike and band_from[old, band] == band_from[place, band]
        if not alike:
            lot.first_band[i], lot.turn[i] = files.band[i], 0


@piece
def blame(filed: I32, begin: Int, end: Int, deeds: c.Deeds, entries: c.Entries, lot: c.Lots) -> None:
    """Note the latest thing wrong with each file: an entry that should not be on it, or one that is missing.

    Parameters
    ----------
    filed : array of int32
        Rows of entries in the order of filing; those from begin to end are new.

    Limits
    ------
    An entry that was filed twice counts as mistyped.
    """
    for k in range(begin, end):
        row = filed[k]
        i, fair, proper, cause = entries.dossier[row], deeds.fair[row], deeds.proper[row], deeds.cause[row]
        if i >= 0 and (cause != c.RIGHT or entries.copies[row] > 1):
            lot.blame[i] = cause if cause != c.RIGHT else c.MISTYPED
        if proper >= 0 and proper != i:
            lot.blame[proper] = cause
        if fair != proper:
            # Noted, or left out, because of whom it is about.
            lot.blame[proper if proper >= 0 else fair] = c.BIASED


@piece
def note_wrong(looks: c.Looks, day: Int, new: Int, who: c.Residents, files: c.Files, lot: c.Lots, rows: I64) -> None:
    """Count the records that begin to be wrong, the doors each closes, and after how long it was put right.

    A record is wrong while a listing that should not stand does, or while a door is closed that should be open.

    Parameters
    ----------
    day, new : int
        Which day it is, and since when what is found wrong now has been so.
    """
    for s in range(looks.n[0]):
        i = looks.some[s]
        if who.lives[i] != c.LIVES:
            continue
        listed = files.on_list[i] != c.NEVER
        by_list = listed and lot.cause[i] != c.RIGHT
        if not by_list and not looks.wrong[i]:
            if lot.wrong_from[i] != c.FAR:
                why = np.int64(lot.why[i])
                q.count(rows, who, i, q.RIGHTED + why, 1)
                q.count(rows, who, i, q.RIGHTED_DAYS + why, day - np.int64(lot.wrong_from[i]))
                q.count(rows, who, i, q.RIGHTED_TRIES + why, np.int64(lot.tries[i]))
                lot.wrong_from[i], lot.wrongly[i], lot.tries[i] = c.FAR, 0, 0
            continue
        if lot.wrong_from[i] == c.FAR:
            outlived = (files.held[i] and not listed) or files.shown[i] != files.band[i]
            lot.why[i] = lot.cause[i] if by_list else c.STALE if outlived else lot.blame[i]
            lot.wrong_from[i], lot.wrongly[i] = new, 0
            if by_list and lot.cause[i] != c.STALE:
                lot.wrong_from[i] = lot.since[i]
            elif not by_list:
                lot.tries[i] = 0
            q.count(rows, who, i, q.WRONG_RECORDS + np.int64(lot.why[i]), 1)
        for door in range(c.N_DOORS):
            if (looks.wrong[i] & ~lot.wrongly[i]) >> door & 1:
                q.count(rows, who, i, q.WRONG_DOORS + np.int64(lot.why[i]), 1)
        lot.wrongly[i] |= looks.wrong[i]


@piece
def note_month(
    looks: c.Looks, days: Int, who: c.Residents, files: c.Files, lot: c.Lots, rows: I64, series: I64
) -> None:
    """Count a month on the list and before closed doors, and who owes."""
    for s in range(looks.n[0]):
        i = looks.some[s]
        lives = who.lives[i] == c.LIVES
        if files.on_list[i] != c.NEVER:
            if not lives and lot.cause[i] == c.RIGHT:
                lot.cause[i] = c.STALE
            cause = np.int64(lot.cause[i])
            q.count(rows, who, i, q.DAYS_LISTED + cause, days)
            series[0] += 1
            if lot.cause[i] != c.RIGHT:
                series[1] += 1
        if lives and looks.closed[i]:
            for door in range(c.N_DOORS):
                if looks.closed[i] >> door & 1:
                    q.count(rows, who, i, q.CLOSED_DAYS + door, days)
        if who.owes[i] and lives:
            series[6] += 1


@piece
def expect(
    month: Int,
    acts_from: I64,
    deeds: c.Deeds,
    who: c.Residents,
    files: c.Files,
    twins: c.Twins,
    expiry: I32,
    worth: I64,
) -> None:
    """Keep the rating that conduct alone would give: acts count with the chance that they are fairly noted.

    Parameters
    ----------
    deeds : Deeds
        Written: where each act has counted (`counted`), so that as much is taken back.
    worth : array of int64, shape (jurisdictions, 2, deeds)
        Points times that chance, in 2**-16 points, at home and away.
    """
    for age in range(month + 1):
        some = age == 0
        for at in range(expiry.shape[0]):
            for deed in range(c.N_DEEDS):
                some = some or (expiry[at, deed] == age and worth[:, 0, deed].any())
        if not some:
            continue
        for row in range(acts_from[month - age], acts_from[month - age + 1]):
            i, deed = deeds.doer[row], deeds.deed[row]
            if age == 0:
                deeds.counted[row] = 0
                if i >= 0 and not deeds.unseen[row] and files.covered[i]:
                    where = 2 * np.int64(files.seat[i]) + (0 if deeds.place[row] == who.home[i] else 1)
                    deeds.counted[row] = where + 1
                    twins.conduct[i] += worth[where // 2, where % 2, deed]
            elif deeds.counted[row] and expiry[files.seat[i], deed] == age and files.opened[i] < month - age:
                where = np.int64(deeds.counted[row]) - 1
                deeds.counted[row] = 0
                twins.conduct[i] -= worth[where // 2, where % 2, deed]


@piece
def lapse(
    month: Int,
    least: Int,
    arrives: I16,
    acts_from: I64,
    deeds: c.Deeds,
    opened: I16,
    twins: c.Twins,
    expiry: I32,
    worth: I64,
) -> None:
    """Take back from ratings by conduct what has had its time where a file comes to.

    Parameters
    ----------
    least : int
        After how many months points are taken back in those places, at the soonest; 0 if nobody moves so.
    arrives : array of int16, shape (people,)
        1 + the new place of whoever moves so, 0 for the others.
    opened : array of int16, shape (people,)
        When the present file was opened.
    worth
        As in `expect`.
    """
    for then in range(month - least + 1 if least else 0):
        for row in range(acts_from[then], acts_from[then + 1]):
            if not deeds.counted[row]:
                continue
            i, where = deeds.doer[row], np.int64(deeds.counted[row]) - 1
            if arrives[i] and opened[i] < then and expiry[arrives[i] - 1, deeds.deed[row]] <= month - then:
                deeds.counted[row] = 0
                twins.conduct[i] -= worth[where // 2, where % 2, deeds.deed[row]]


@piece
def look_early(n: Int, files: c.Files, twins: c.Twins, who: c.Residents, base: I32) -> None:
    """Note half-way what rating and record say of each person, and how often they have cheated so far."""
    for i in range(n):
        twins.early[i] = min(max(files.rating[i] - base[files.seat[i]], -FAR), FAR)
        twins.early_record[i] = files.record[i]
        twins.early_cheats[i] = who.cheats[i]
