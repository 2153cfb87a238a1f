"""Dealings with strangers: who is cheated, who is refused, and what looking at a rating or a record changes.

The same deals are gone through three times: the stranger knows nothing, sees the rating, or sees how many judgments
are on file. So what a rating prevents stands beside what a plain record would have prevented, and beside whom each
refuses.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glasstown import census as c
from glasstown import counts as q
from glasstown.consequence.knobs_reaction import Trust
from glasstown.core.chance import occasions
from glasstown.core.columns import F64, I64, U64, Int
from glasstown.core.errors import Problem
from glasstown.core.kernels import piece, whole
from glasstown.core.philox import HALF, STRIP, draw_row

MOST_DEALS = 60
NEVER_REACHED = 1 << 30


class Dealing(NamedTuple):
    """How people deal in the second half of a run, as thresholds.

    `honest` (classes, deals) says how many deals end well; `refused` and `deposit` (2,) from how many points below the
    start, and from how many judgments on, strangers refuse or ask for a deposit; `lost` (incomes,) is the share of
    honest deals that a deposit stops, `stopped` that of the others.
    """

    honest: U64
    refused: I64
    deposit: I64
    lost: U64
    stopped: np.uint64


def dealing(knobs: Trust, cheats: F64, days: int) -> Dealing:
    """Turn the knobs of trust into thresholds.

    Parameters
    ----------
    cheats : array of float, shape (classes,)
        How often people of each class cheat a stranger in a year.
    days : int
        Length of the second half.

    Raises
    ------
    Problem
        If there were too many deals to count.
    """
    mean = np.maximum(float(knobs.deals_per_year) - cheats, 0.0) * days / 365
    if mean.max() > MOST_DEALS / 2:
        raise Problem(
            f"people would deal with {mean.max():,.0f} strangers in the second half of the run",
            where="consequence.trust.deals_per_year",
            why=f"at most {MOST_DEALS // 2} are counted.",
            todo="lower deals_per_year, or count only deals in which somebody could be cheated.",
        )
    none = float(knobs.deals_per_year) == 0

    def reached(points: float, defaults: float) -> I64:
        return np.array([round(x) or NEVER_REACHED for x in (points, defaults)], np.int64)

    lost = [min(float(knobs.deposit_lost) * f, 1.0) for f in (float(knobs.low_income), 1.0, 1.0)]
    return Dealing(
        honest=np.array([occasions(float(m), MOST_DEALS) for m in mean]) if not none else np.zeros((0, 1), np.uint64),
        refused=reached(float(knobs.refused_points), float(knobs.refused_defaults)),
        deposit=reached(float(knobs.deposit_points), float(knobs.deposit_defaults)),
        lost=np.array([int(share * 2.0**32) for share in lost], np.uint64),
        stopped=np.uint64(int(float(knobs.deposit_stops) * 2.0**32)),
    )


@piece
def deal(first: Int, n: Int, who: c.Residents, twins: c.Twins, how: Dealing, rows: I64, keys: U64) -> None:
    """Count deals of the second half and how they end, by what strangers saw of what was on file half-way.

    A deal in which somebody is cheated is an act of that person; others are drawn, so that all come to the stated
    number.

    Limits
    ------
    Whoever is refused does not try another stranger and does not change; all strangers look, at the same thing.
    """
    k0, k1 = keys[c.P_DEAL, 0], keys[c.P_DEAL, 1]
    if len(how.honest) == 0:
        return
    words = np.empty((4, STRIP), np.uint64)
    for i in range(n):
        j = i % STRIP
        if j == 0:
            draw_row(first + i, min(STRIP, n - i), 0, 0, words, k0, k1)
        if who.lives[i] != c.LIVES or who.age[i] == 0:
            continue
        a, b, d = words[0, j], words[1, j], words[2, j]
        kind, honest = who.kind[i], 0
        while a >= how.honest[kind, honest]:
            honest += 1
        cheated = whole(who.cheats[i]) - whole(twins.early_cheats[i])
        if honest + cheated == 0:
            continue
        q.count(rows, who, i, q.DEALS, honest + cheated)
        if cheated:
            q.count(rows, who, i, q.DEALS_CHEATED, cheated)
        for way in range(2):
            stands = -whole(twins.early[i]) if way == 0 else whole(twins.early_record[i])
            prevented = 0
            if stands >= how.refused[way]:
                prevented = cheated
                q.count(rows, who, i, q.DEALS_LOST + way, honest)
                if cheated == 0:
                    q.count(rows, who, i, q.HONEST_REFUSED + way, 1)
            elif stands >= how.deposit[way]:
                prevented = np.int64((np.uint64(cheated) * how.stopped + d) >> HALF)
                lost = np.int64((np.uint64(honest) * how.lost[who.income[i]] + b) >> HALF)
                q.count(rows, who, i, q.DEPOSITS + way, honest + cheated)
                q.count(rows, who, i, q.DEALS_LOST + way, lost)
            if cheated:
                q.count(rows, who, i, q.PREVENTED + way, prevented)
                q.count(rows, who, i, q.DEALS_CHEATED + 1 + way, cheated - prevented)
