"""How people change: deterred by what is surely noted, buying good deeds, moving away, and what they think and say."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glasstown import census as c
from glasstown import counts as q
from glasstown.consequence.knobs_reaction import Opinion, Reaction
from glasstown.core.chance import capped, elsewhere, of_month, steady
from glasstown.core.columns import F64, I32, I64, U8, U32, U64, Int
from glasstown.core.kernels import piece, whole
from glasstown.core.philox import LOW, STRIP, block, draw_row


class Reacting(NamedTuple):
    """How often people buy good deeds, move away and hear of the system, as thresholds for a month of a given length.

    `buys` (jurisdictions,) is the kind of good deed bought there, -1 for none.
    """

    games: np.uint64
    within: np.int64
    buys: I32
    moves: np.uint64
    hears: np.uint64


def reacting(knobs: Reaction, points: I32, noted: F64, days: int) -> Reacting:
    """Turn the knobs of reactions into thresholds.

    Parameters
    ----------
    points : array of int32, shape (jurisdictions, deeds)
        What each entry brings.
    noted : array of float, shape (deeds,)
        Chance that a deed is reported: the good deed with the most points on average is bought.
    """
    gain = points * noted
    gain[:, : c.N_BAD] = 0
    best = np.where(gain.max(axis=1) > 0, gain.argmax(axis=1), -1)
    return Reacting(
        games=np.uint64(int(of_month(float(knobs.games_per_month), days) * 2.0**32)),
        within=np.int64(round(float(knobs.within))),
        buys=best.astype(np.int32),
        moves=np.uint64(int(of_month(float(knobs.moves), days) * 2.0**32)),
        hears=capped(float(knobs.hears_per_year) * days / 365),
    )


def deterred(knobs: Reaction, counts: F64, noted: F64, closes: F64) -> tuple[U64, np.uint64]:
    """Return how much less of each bad deed is done by people who know of the system.

    Parameters
    ----------
    counts : array, shape (jurisdictions, deeds)
        1 where an entry costs points or leads to a list, else 0.
    noted : array, shape (deeds,)
        Chance that a deed is reported: certainty.
    closes : array, shape (jurisdictions,)
        Share of the doors that the rulebook can close: severity.

    Returns
    -------
    deters : array of uint64, shape (jurisdictions, deeds)
    displaced : uint64
        Share of what is deterred that happens where nobody can report it.

    Source
    ------
    The form follows Chalfin & McCrary 2017, JEL 55(1): certainty of capture deters, severity little.
    """
    falls = counts * (float(knobs.certainty) * noted[None, :] + float(knobs.severity) * closes[:, None])
    codes = [[int(steady(float(x)) * 2.0**32) for x in row] for row in falls]
    return np.array(codes, np.uint64), np.uint64(int(float(knobs.displaced) * 2.0**32))


@piece
def buy(
    n: Int,
    month: Int,
    lots: U32,
    next_from: I32,
    who: c.Residents,
    files: c.Files,
    how: Reacting,
    deeds: c.Deeds,
    at: Int,
    rows: I64,
) -> Int:
    """Let people who stand just below a better grade, and know it, buy a good deed that will be seen.

    Parameters
    ----------
    next_from : array of int32, shape (jurisdictions, bands + 1)
        Where each better grade begins.
    """
    for i in range(n):
        if lots[3, i] >= how.games or not files.covered[i] or who.lives[i] != c.LIVES or month < who.aware_from[i]:
            continue
        place = files.seat[i]
        deed = how.buys[place]
        missing = whole(next_from[place, whole(files.band[i]) + 1]) - whole(files.rating[i])
        if deed < 0 or not 0 < missing <= how.within:
            continue
        deeds.doer[at], deeds.deed[at], deeds.slot[at] = i, deed, 254
        deeds.place[at], deeds.unseen[at] = who.home[i], 0
        q.count(rows, who, i, q.ACTS + np.int64(deed), 1)
        q.count(rows, who, i, q.BOUGHT, 1)
        at += 1
    return at


@piece
def move(
    first: Int,
    n: Int,
    month: Int,
    closed: U8,
    integration: np.uint64,
    places: U64,
    who: c.Residents,
    busy: U8,
    how: Reacting,
    out: c.Changes,
    rows: I64,
    keys: U64,
) -> None:
    """Let people move, as was drawn at the start or away from closed doors, to another jurisdiction.

    Parameters
    ----------
    places : array of uint64, shape (jurisdictions,)
        Running thresholds of where people live: they go to the others in proportion, and stay where there is none.
    closed, busy : arrays of uint8, shape (n,)
        Doors closed to each, which mean something for who is looked at this month.
    integration : threshold
        Chance that the file comes along.
    out : Changes
        Written: who moved, whether the file came along (`what`) and where to (`reason`).
    """
    k0, k1 = keys[c.P_REACT, 0], keys[c.P_REACT, 1]
    out.n[0] = 0
    for i in range(n):
        due = who.moves[i] == month
        if not (due or (busy[i] and closed[i])) or who.lives[i] != c.LIVES:
            continue
        a, b, d, _ = block(np.uint64(first + i) & LOW, np.uint64(month), np.uint64(0), np.uint64(0), k0, k1)
        if not due and a >= how.moves:
            continue
        place = elsewhere(places, whole(who.home[i]), b)
        if place == who.home[i]:
            continue
        q.count(rows, who, i, q.MOVED, 1)
        if not due:
            q.count(rows, who, i, q.MOVED_AWAY, 1)
        who.home[i] = place
        row = out.n[0]
        out.dossier[row], out.what[row], out.reason[row] = i, d < integration, place
        out.n[0] = row + 1


@piece
def hear(
    first: Int, n: Int, month: Int, who: c.Residents, lot: c.Lots, how: Reacting, rows: I64, keys: U64
) -> None:
    """Let adults who do not know of the system hear of it, the sooner the more people around them it has struck.

    Limits
    ------
    Around somebody are all adults of the community, wherever they live.
    """
    k0, k1 = keys[c.P_REACT, 0], keys[c.P_REACT, 1]
    adults, struck = 0, 0
    for i in range(n):
        if who.lives[i] == c.LIVES and who.age[i]:
            adults += 1
            struck += 1 if lot.told[i] or lot.refused[i] else 0
    if struck == 0:
        return
    chance = how.hears * np.uint64(struck) // np.uint64(adults)
    for i in range(n):
        knows = month >= who.aware_from[i] or lot.told[i] or lot.refused[i]
        if knows or who.lives[i] != c.LIVES or who.age[i] == 0:
            continue
        a, _, _, _ = block(np.uint64(first + i) & LOW, np.uint64(month), np.uint64(1), np.uint64(0), k0, k1)
        if a < chance:
            who.aware_from[i] = month + 1
            q.count(rows, who, i, q.HEARD, 1)


class Minds(NamedTuple):
    """What people think and say, as thresholds: `approves` has shape (incomes,)."""

    approves: U64
    knows: np.uint64
    informed: np.uint64
    listed: np.uint64
    hides: np.uint64


def minds(knobs: Opinion) -> Minds:
    """Turn the knobs of opinion into thresholds."""
    by_income = (float(knobs.low_income), 1.0, float(knobs.high_income))
    approves = [capped(float(knobs.approve) * factor) for factor in by_income]
    return Minds(
        np.array(approves, np.uint64),
        *(capped(float(share)) for share in (knobs.knows, knobs.informed, knobs.listed, knobs.hides)),
    )


@piece
def think(first: Int, n: Int, who: c.Residents, lot: c.Lots, how: Minds, rows: I64, keys: U64) -> None:
    """Count what adults think of the system, and what the same people say in a survey."""
    k0, k1 = keys[c.P_OPINION, 0], keys[c.P_OPINION, 1]
    words = np.empty((4, STRIP), np.uint64)
    for i in range(n):
        j = i % STRIP
        if j == 0:
            draw_row(first + i, min(STRIP, n - i), 0, 0, words, k0, k1)
        if who.lives[i] != c.LIVES or who.age[i] == 0:
            continue
        knows = words[1, j] < how.knows
        approves = (words[0, j] < how.approves[who.income[i]]) & ~(knows & (words[2, j] >= how.informed))
        if lot.refused[i]:
            f, _, _, _ = block(np.uint64(first + i) & LOW, np.uint64(1), np.uint64(0), np.uint64(0), k0, k1)
            if f >= how.listed:
                approves = False
        q.count(rows, who, i, q.INFORMED, 1 if knows else 0)
        q.count(rows, who, i, q.APPROVE, 1 if approves else 0)
        q.count(rows, who, i, q.INFORMED_APPROVE if knows else q.UNINFORMED_APPROVE, 1 if approves else 0)
        q.count(rows, who, i, q.SAY_APPROVE, 1 if approves | (words[3, j] < how.hides) else 0)
