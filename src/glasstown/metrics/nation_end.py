"""What is counted when a nation's last month is over: how everybody stands, and how right ratings were."""

from __future__ import annotations

import numpy as np

from glasstown import census as c
from glasstown import counts as q
from glasstown.core.columns import I32, I64, U8, Int
from glasstown.core.kernels import piece, whole
from glasstown.metrics.nation import BINS, MIDDLE


@piece
def close(
    n: Int,
    who: c.Residents,
    files: c.Files,
    lot: c.Lots,
    twins: c.Twins,
    tally: c.Tally,
    rows: I64,
    last: Int,
    half: bool,
) -> None:
    """Count how everybody stands after the last month: lists, debts, cheating.

    Parameters
    ----------
    last : int
        The last month.
    half : bool
        Whether ratings were looked at half-way.
    """
    for i in range(n):
        if files.on_list[i] != c.NEVER:
            q.count(rows, who, i, q.LISTED_END + lot.cause[i], 1)
        if lot.marks[i]:
            q.count(rows, who, i, q.EVER_LISTED, 1)
            if lot.marks[i] & 2:
                q.count(rows, who, i, q.EVER_WRONG, 1)
        if lot.marks[i] and lot.shamed[i]:
            q.count(rows, who, i, q.SHAMED, 1)
        if who.lives[i] != c.LIVES:
            continue
        q.count(rows, who, i, q.PEOPLE, 1)
        if who.age[i] == 0:
            continue
        q.count(rows, who, i, q.ADULTS, 1)
        if who.aware_from[i] <= last or lot.told[i]:
            q.count(rows, who, i, q.AWARE, 1)
        if who.owes[i]:
            q.count(rows, who, i, q.OWING_END, 1)
        if who.cheats[i]:
            q.count(rows, who, i, q.CHEATS, whole(who.cheats[i]))
        if half:
            later = 1 if who.cheats[i] > twins.early_cheats[i] else 0
            tally.deals[who.group[i], 1, twins.early_record[i], later] += 1


@piece
def close_ratings(
    n: Int,
    who: c.Residents,
    files: c.Files,
    lot: c.Lots,
    twins: c.Twins,
    tally: c.Tally,
    rows: I64,
    base: I32,
    floor: I32,
    cap: I32,
    band_from: I32,
    n_bands: I32,
    rates: U8,
) -> None:
    """Count rated people: grades, wrong grades, who cheated, and what the shares of the variance are made of.

    Parameters
    ----------
    n : int
        People of the community.
    who, files, lot, twins : Residents, Files, Lots, Twins
        Everybody after the last month, shape (n,).
    tally : Tally
        Added to: `grades` and `deals`.
    rows : array of int64, shape (rows, counts)
        Added to, as `counts.count` does.
    base, floor, cap : arrays of int32, shape (jurisdictions,)
        Where ratings start, and their ends, in points.
    band_from : array of int32, shape (jurisdictions, bands)
        Where each grade begins, in points; the first one begins at the floor.
    n_bands : array of int32, shape (jurisdictions,)
        How many grades there are.
    rates : array of uint8, shape (jurisdictions,)
        1 where people are rated.

    Limits
    ------
    For predictions and ties ratings are told apart from 128 points below the start to 127 above it. Under a rulebook
    with larger points whatever lies beyond is one tie: ties are too many, and the rating predicts worse than it could.
    """
    for i in range(n):
        at = files.seat[i]
        if who.lives[i] != c.LIVES or who.age[i] == 0 or not (rates[at] and files.covered[i]):
            continue
        first, band, rating = lot.first_band[i], np.int64(files.band[i]), files.rating[i]
        proper = fair = c.band_of(twins.proper[i], at, floor, cap, band_from, n_bands)
        if twins.fair[i] != twins.proper[i]:
            fair = c.band_of(twins.fair[i], at, floor, cap, band_from, n_bands)
        q.count(rows, who, i, q.RATED, 1)
        q.count(rows, who, i, q.GRADE_START + first, 1)
        q.count(rows, who, i, q.GRADE_END + band, 1)
        tally.grades[who.group[i], first, band] += 1
        later = 1 if who.cheats[i] > twins.early_cheats[i] else 0
        place = min(max(whole(twins.early[i]), -MIDDLE), MIDDLE - 1) + MIDDLE
        tally.deals[who.group[i], 0, BINS - 1 - place, later] += 1
        if band != proper:
            q.count(rows, who, i, q.MISRATED_BY_ERROR, 1)
        if proper != fair:
            q.count(rows, who, i, q.MISRATED_BY_BIAS, 1)
        if band != fair:
            q.count(rows, who, i, q.MISRATED + np.int64(lot.blame[i]), 1)
        x = (rating - base[at]) * 16
        conduct = (twins.conduct[i] + 2048) >> 12
        luck = (twins.fair[i] - base[at]) * 16 - conduct
        bias, error = (twins.proper[i] - twins.fair[i]) * 16, (rating - twins.proper[i]) * 16
        for row in (np.int64(who.cell[i]), rows.shape[0] - 1 - np.int64(who.home[i])):
            products = rows[row, q.VARIANCE : q.VARIANCE + 11]
            products[0] += 1
            products[1] += x
            products[2] += x * x
            products[3] += conduct
            products[4] += conduct * x
            products[5] += luck
            products[6] += luck * x
            products[7] += bias
            products[8] += bias * x
            products[9] += error
            products[10] += error * x
