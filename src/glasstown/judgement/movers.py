"""What becomes of files where people move: points that have had their time, a new file or the old one, the lists."""

from __future__ import annotations

import numpy as np

from glasstown import census as c
from glasstown.core.columns import I16, I32, I64, U8, U16, Int
from glasstown.core.kernels import piece
from glasstown.judgement.ratings import Rulebooks


@piece
def arrivals(out: c.Changes, by: Rulebooks, arrives: I16) -> Int:
    """Note who moves, file and all, to where points are taken back sooner than elsewhere.

    Parameters
    ----------
    arrives : array of int16, shape (people,)
        Written: 1 + the new place for such movers.

    Returns
    -------
    int
        After how many months points are taken back there, at the soonest; 0 if nobody moves so.
    """
    least, none = np.int64(0), np.int64(1 << 31)
    for row in range(out.n[0]):
        place, soonest = np.int64(out.reason[row]), none
        for deed in range(c.N_DEEDS):
            if by.points[:, deed].any() and by.expiry[place, deed] < by.expiry[:, deed].max():
                soonest = min(soonest, np.int64(by.expiry[place, deed]))
        if out.what[row] and soonest < none:
            arrives[out.dossier[row]] = place + 1
            least = min(least, soonest) if least else soonest
    return least


@piece
def lapse(
    out: c.Changes,
    arrives: I16,
    filed: I32,
    filed_from: I64,
    month: Int,
    dossiers: tuple[I32, I32, I32],
    deed: U8,
    worth: I32,
    opened: I16,
    ratings: tuple[I32, I32, I32],
    by: Rulebooks,
) -> Int:
    """Take back what has had its time where a file comes to: nothing of that age is taken back there later on.

    Parameters
    ----------
    out : Changes
        Who moved, whether the file came along (`what`) and where to (`reason`).
    arrives
        As in `arrivals`.
    filed, filed_from, deed, opened
        As in `ratings.strike`.
    dossiers, ratings : tuples of arrays
        As filed, and as it would have been; each with its column of `worth`. Changed, as that is.

    Returns
    -------
    int
        As from `arrivals`.
    """
    least = arrivals(out, by, arrives)
    for then in range(month - least + 1 if least else 0):
        for k in range(filed_from[then], filed_from[then + 1]):
            row = filed[k]
            for of in range(3):
                i = dossiers[of][row]
                if i < 0 or not arrives[i] or not worth[row, of] or opened[i] >= then:
                    continue
                if by.expiry[arrives[i] - 1, deed[row]] <= month - then:
                    ratings[of][i] -= worth[row, of]
                    worth[row, of] = 0
    return least


@piece
def reopen(
    out: c.Changes,
    files: c.Files,
    ratings: tuple[I32, I32, I32],
    counts: U16,
    month: Int,
    by: Rulebooks,
    touched: U8,
) -> None:
    """Open files where people move: with the points so far if the old file comes along, with the base if not.

    Parameters
    ----------
    out : Changes
        Who moved, whether the file came along (`what`) and where to (`reason`).
    ratings : tuple of arrays
        Ratings to carry over, each in points.
    counts : array of uint16, shape (dossiers, ratings, deeds + 1)
        Entries counted in the present period; a new file has none.
    """
    for row in range(out.n[0]):
        i, carried, place = out.dossier[row], out.what[row], out.reason[row]
        old = files.seat[i]
        for rating in ratings:
            rating[i] = rating[i] - by.begins[old] + by.begins[place] if carried else by.begins[place]
        if not carried:
            files.opened[i], files.graded[i] = month, 0
            counts[i, :, :] = 0
        # Grades of two rulebooks are not compared: whoever moves has one of the new place at once.
        points = np.int64(files.rating[i])
        band = c.band_of(points, np.int64(place), by.floor, by.cap, by.band_from, by.n_bands)
        files.band[i] = files.shown[i] = band
        touched[i] = 1


@piece
def hand_over(out: c.Changes, deed: U8, files: c.Files, by: Rulebooks, age: U8) -> None:
    """Hand files to the jurisdiction where people move: a list that is not national stays behind a wall.

    Nobody comes with a listing, or a reason for one, to where no such list is kept or the rulebook does not cover them.
    What the court has to do with debts it knows everywhere, as its list does; other reasons stay in the old file.

    Parameters
    ----------
    out : Changes
        Who moved, whether the file came along (`what`) and where to (`reason`). Changed: `reason` says who was on the
        court's list and is no more.
    deed : array of uint8, shape (rows,)
        What each entry says.
    age : array of uint8
        Age band of each person, as the register has it.
    """
    for row in range(out.n[0]):
        i, carried, place, case = out.dossier[row], out.what[row] != 0, out.reason[row], files.case[out.dossier[row]]
        covered, old, listed = by.covers[place, age[i]], files.seat[i], files.on_list[i] != c.NEVER
        comes = covered != 0 and by.court[place] != 0 and (carried or by.national[old] != 0)
        out.reason[row] = listed and not comes
        if not comes:
            files.on_list[i], files.held[i], files.claim[i] = c.NEVER, 0, 0
        if case >= 0 and not listed:
            comes = comes and by.triggers[place, deed[case]] != 0 and (carried or deed[case] == c.DEBT)
        if not comes:
            files.case[i] = c.NEVER
        if not (covered and by.red[place] and (carried or by.red_national[old])):
            files.red[i] = c.NEVER
        files.seat[i], files.covered[i] = place, covered
