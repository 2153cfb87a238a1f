"""Off the list: notice, appeals, repayment; and shame while on it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glasstown import census as c
from glasstown import counts as q
from glasstown.consequence.knobs_doors import Shaming
from glasstown.consequence.knobs_reaction import Reaction, Redress
from glasstown.core.chance import capped, of_month, within_days
from glasstown.core.columns import I64, U8, U64, Int
from glasstown.core.kernels import piece
from glasstown.core.philox import HALF, LOW, block

MOST_REACHED = 65_535


class Ways(NamedTuple):
    """Ways off a list and off a file, as thresholds for a month of a given length.

    `files` has shape (groups,); `repays` (incomes, knows of the listing, shamed).
    """

    notice: np.uint64
    files: U64
    delay: np.int64
    grants_wrong: np.uint64
    grants_right: np.uint64
    tries: np.int64
    repays: U64
    ringtone: np.uint64
    billboard: np.uint64
    callers: np.uint64
    viewers: np.uint64
    circle: np.uint64
    isolates: np.uint64


def ways(
    redress: Redress,
    reaction: Reaction,
    shaming: Shaming,
    groups: tuple[str, ...],
    yearly: tuple[float, ...],
    days: int,
) -> Ways:
    """Turn the knobs of redress and shame into thresholds.

    Parameters
    ----------
    groups : tuple of str
        In the scenario's order.
    yearly : tuple of float
        How often people of each income repay in a year where no list exists.
    days : int
        Length of the month.
    """
    by_group = [float(redress.by_group[g]) if g in redress.by_group else 1.0 for g in groups]
    more = ((1.0, float(shaming.repays)), (float(reaction.repays), float(reaction.repays) * float(shaming.repays)))
    repays = [[[within_days(rate * factor, days) for factor in row] for row in more] for rate in yearly]
    return Ways(
        notice=capped(float(redress.notice)),
        files=np.array([capped(of_month(min(float(redress.files) * f, 1.0), days)) for f in by_group], np.uint64),
        delay=np.int64(int(redress.delay_months)),
        grants_wrong=capped(float(redress.granted_if_wrong)),
        grants_right=capped(float(redress.granted_if_right)),
        tries=np.int64(int(redress.tries)),
        repays=np.array([[[int(p * 2.0**32) for p in row] for row in table] for table in repays], np.uint64),
        ringtone=capped(float(shaming.ringtone)),
        billboard=capped(float(shaming.billboard)),
        callers=np.uint64(int(float(shaming.callers) * days / 365 * 2.0**32)),
        viewers=np.uint64(int(float(shaming.viewers) * days / 365 * 2.0**32)),
        circle=np.uint64(min(round(float(shaming.circle)), MOST_REACHED)),
        isolates=capped(float(shaming.isolates)),
    )


@piece
def notify(i: Int, person: np.uint64, month: Int, shamed: bool, lot: c.Lots, how: Ways, keys: U64) -> None:
    """Tell a newly listed person, or not; and tell others, where the list is published."""
    a, b, d, _ = block(
        person & LOW, np.uint64(month), np.uint64(0), np.uint64(0), keys[c.P_REDRESS, 0], keys[c.P_REDRESS, 1]
    )
    lot.told[i] = 1 if a < how.notice or lot.gave_up[i] else 0
    lot.tries[i] = 0
    lot.shamed[i] = ((1 if b < how.ringtone else 0) | (2 if d < how.billboard else 0)) if shamed else 0


@piece
def notify_new(
    out: c.Changes, new: U8, first: Int, month: Int, shamed: U8, place: U8, lot: c.Lots, how: Ways, keys: U64
) -> None:
    """Tell whoever came on the list this month, or not.

    Parameters
    ----------
    new : array of uint8, shape (people,)
        1 for who came on, among those in `out`. Whoever has given up a door knows in any case.
    shamed : array of uint8, shape (jurisdictions,)
        Whether the list is published.
    """
    for row in range(out.n[0]):
        i = out.dossier[row]
        if new[i]:
            notify(i, np.uint64(first + i), month, shamed[place[i]] != 0, lot, how, keys)


@piece
def appeal(
    first: Int,
    month: Int,
    looks: c.Looks,
    who: c.Residents,
    files: c.Files,
    lot: c.Lots,
    how: Ways,
    rows: I64,
    keys: U64,
) -> bool:
    """Let people who know what is on file appeal, and hear the appeals that are due; return whether one was granted.

    Parameters
    ----------
    first, month : int
        The number of the person in row 0, by which draws are addressed, and the month, counted from 0.
    looks : Looks
        Whom the month needs a look at, and which doors are closed to them, rightly or not.
    who, files, lot : Residents, Files, Lots
        Everybody of the community, shape (people,). Written: appeals under way and how many there were (`lot`),
        and those that were granted (`files.pardon`).
    how : Ways
        Chances, as thresholds for a month.
    rows : array of int64, shape (rows, counts)
        Added to, as `counts.count` does.
    keys : array of uint64, shape (purposes, 2)
        The key of each purpose of random numbers.
    """
    k0, k1 = keys[c.P_REDRESS, 0], keys[c.P_REDRESS, 1]
    some = False
    for s in range(looks.n[0]):
        i = looks.some[s]
        listed = files.on_list[i] != c.NEVER
        if who.lives[i] != c.LIVES or not (listed or looks.closed[i] or lot.appeal[i] >= 0):
            continue
        waits = lot.appeal[i] >= 0
        if (waits and month < lot.appeal[i]) or (not waits and not (lot.told[i] and lot.tries[i] < how.tries)):
            continue
        a, b, _, _ = block(np.uint64(first + i) & LOW, np.uint64(month), np.uint64(1), np.uint64(0), k0, k1)
        if waits:
            lot.appeal[i] = c.NEVER
            q.count(rows, who, i, q.APPEALS_DECIDED, 1)
            wrong = looks.wrong[i] != 0 or (listed and lot.cause[i] != c.RIGHT)
            if a < (how.grants_wrong if wrong else how.grants_right):
                q.count(rows, who, i, q.GRANTED_WRONG if wrong else q.GRANTED_RIGHT, 1)
                files.pardon[i] = 1
                some = True
        elif b < how.files[who.group[i]]:
            lot.tries[i] += np.uint8(1)
            lot.appeal[i] = month + how.delay
            q.count(rows, who, i, q.APPEALS, 1)
    return some


@piece
def repay(
    first: Int,
    month: Int,
    looks: c.Looks,
    who: c.Residents,
    files: c.Files,
    lot: c.Lots,
    deed: U8,
    how: Ways,
    rows: I64,
    keys: U64,
) -> Int:
    """Let people who owe pay, of their own accord or because of a closed door; return how many did.

    Who pays shows it to the court: a debt is no reason to list any more, and who is listed for one has a claim to come
    off. Whatever else is reason to list stays so.

    Parameters
    ----------
    first, month : int
        The number of the person in row 0, by which draws are addressed, and the month, counted from 0.
    looks : Looks
        Whom the month needs a look at, and whom a closed door makes pay.
    who, files, lot : Residents, Files, Lots
        Everybody of the community, shape (people,). Written: the debt (`who.owes`), the case and the claim
        (`files`), and that a listing no longer has its reason (`lot.cause`).
    deed : array of uint8, shape (rows,)
        What each entry says.
    how : Ways
        Chances, as thresholds for a month.
    rows : array of int64, shape (rows, counts)
        Added to, as `counts.count` does.
    keys : array of uint64, shape (purposes, 2)
        The key of each purpose of random numbers.
    """
    k0, k1 = keys[c.P_REDRESS, 0], keys[c.P_REDRESS, 1]
    paid = 0
    for s in range(looks.n[0]):
        i = looks.some[s]
        if not who.owes[i] or who.lives[i] != c.LIVES:
            continue
        listed = files.on_list[i] != c.NEVER
        a, _, _, _ = block(np.uint64(first + i) & LOW, np.uint64(month), np.uint64(2), np.uint64(0), k0, k1)
        knows, shamed = (1 if listed and lot.told[i] else 0), (1 if listed and lot.shamed[i] else 0)
        pays = a < how.repays[who.income[i], knows, shamed]
        if not pays and not looks.at_door[i]:
            continue
        if not pays:
            q.count(rows, who, i, q.PAID_AT_DOOR, 1)
        q.count(rows, who, i, q.REPAID_LISTED if listed else q.REPAID_UNLISTED, 1)
        who.owes[i] = 0
        paid += 1
        case = files.case[i]
        # People who were listed before the run were so for debts, and the entries are not among these.
        for_debt = deed[case] == c.DEBT if case >= 0 else listed and files.on_list[i] < c.NEVER
        if listed and for_debt:
            files.claim[i] = 1
            if lot.cause[i] == c.RIGHT:
                lot.cause[i] = c.STALE
        elif for_debt:
            files.case[i] = c.NEVER
    return paid


@piece
def shame(
    first: Int,
    month: Int,
    looks: c.Looks,
    who: c.Residents,
    files: c.Files,
    lot: c.Lots,
    how: Ways,
    rows: I64,
    keys: U64,
) -> None:
    """Count who learns of a listing this month, and who has less to do with the person since.

    A telling reaches anybody of the person's circle, and somebody new as long as there are any.

    Parameters
    ----------
    first, month : int
        The number of the person in row 0, by which draws are addressed, and the month, counted from 0.
    looks : Looks
        Whom the month needs a look at.
    who, files, lot : Residents, Files, Lots
        Everybody of the community, shape (people,). Written: how many others have learned of a listing
        (`lot.reached`).
    how : Ways
        Chances, as thresholds for a month.
    rows : array of int64, shape (rows, counts)
        Added to, as `counts.count` does.
    keys : array of uint64, shape (purposes, 2)
        The key of each purpose of random numbers.

    Limits
    ------
    Circles do not overlap: whoever learns of two listings counts twice.
    """
    k0, k1 = keys[c.P_SHAME, 0], keys[c.P_SHAME, 1]
    for s in range(looks.n[0]):
        i = looks.some[s]
        if not lot.shamed[i] or files.on_list[i] == c.NEVER or who.lives[i] != c.LIVES:
            continue
        a, b, d, _ = block(np.uint64(first + i) & LOW, np.uint64(month), np.uint64(0), np.uint64(0), k0, k1)
        told = np.uint64(0)
        if lot.shamed[i] & 1:
            told += (how.callers + a) >> HALF
        if lot.shamed[i] & 2:
            told += (how.viewers + b) >> HALF
        q.count(rows, who, i, q.TOLD_OF_SHAME, np.int64(told))
        new = _reach(i, np.uint64(first + i) & LOW, month, np.int64(told), lot, how.circle, k0, k1)
        if new:
            q.count(rows, who, i, q.PEOPLE_TOLD, new)
            q.count(rows, who, i, q.ISOLATED, np.int64((np.uint64(new) * how.isolates + d) >> HALF))


@piece
def _reach(
    i: Int, person: np.uint64, month: Int, told: Int, lot: c.Lots, circle: np.uint64, k0: np.uint64, k1: np.uint64
) -> Int:
    """Tell so many people drawn from a circle; return how many did not know before."""
    before = reached = np.uint64(lot.reached[i])
    for k in range(0, told, 4):
        words = block(person, np.uint64(month), np.uint64(1 + k // 4), np.uint64(0), k0, k1)
        for lane in range(min(4, told - k)):
            if (words[lane] * circle) >> HALF >= reached and reached < circle:
                reached += np.uint64(1)
    lot.reached[i] = reached
    return np.int64(reached - before)
