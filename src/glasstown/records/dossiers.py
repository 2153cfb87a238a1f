"""What agencies keep: entries arrive, some of them late; copies spread, and corrections more slowly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glasstown import census as c
from glasstown import tables as t
from glasstown.core.chance import of_month, steady
from glasstown.core.columns import I32, I64, U8, U64, Int
from glasstown.core.kernels import piece
from glasstown.core.philox import LOW, block
from glasstown.records.knobs import RecordsKnobs

# Months before the first one have addresses of their own.
BEFORE = 1 << 20
# So have copies of lists and of grades: agencies make 72 ordered pairs.
LISTS, GRADES = 0, 128


class Sharing(NamedTuple):
    """Which agency's entries reach which other in a month, as thresholds.

    `source`, `target` and `reaches` have shape (pairs,); `corrects` is the chance that a holder of a copy hears that
    the original was taken back.
    """

    source: U8
    target: U8
    reaches: U64
    corrects: np.uint64


def sharing(knobs: RecordsKnobs, days: int) -> Sharing:
    """Turn the sharing matrix into thresholds for a month of so many days."""
    pairs = [(*name.split(" to "), float(share)) for name, share in knobs.sharing.items() if float(share)]
    reaches = [int(of_month(share, days) * 2.0**32) for _, _, share in pairs]
    return Sharing(
        source=np.array([t.AGENCIES.index(a) for a, _, _ in pairs], np.uint8),
        target=np.array([t.AGENCIES.index(b) for _, b, _ in pairs], np.uint8),
        reaches=np.array(reaches, np.uint64),
        corrects=np.uint64(int(steady(of_month(float(knobs.correction), days)) * 2.0**32)),
    )


@piece
def arrive(begin: Int, end: Int, month: Int, due: c.Entries, waiting: I32, n_waiting: I64, filed: I32, at: Int) -> Int:
    """File what is due this month: new entries in rows begin to end (-1: never sent), and those that were waiting.

    Parameters
    ----------
    waiting, n_waiting : arrays
        Rows of late entries; in and out.
    filed : array of int32
        Rows in the order of filing; written from `at` on.

    Returns
    -------
    int
        The next free place in `filed`.
    """
    kept = 0
    for k in range(n_waiting[0]):
        row = waiting[k]
        if due.due[row] <= month:
            filed[at] = row
            at += 1
        else:
            waiting[kept] = row
            kept += 1
    for row in range(begin, end):
        if due.due[row] < 0:
            continue
        if due.due[row] <= month:
            filed[at] = row
            at += 1
        else:
            waiting[kept] = row
            kept += 1
    n_waiting[0] = kept
    return at


@piece
def kept(filed: I32, begin: Int, end: Int, dossier: I32) -> Int:
    """Count the rows from begin to end of the order of filing that are in somebody's dossier.

    The others are what a reporter without bias would have filed, and this one did not.
    """
    n = 0
    for k in range(begin, end):
        n += 1 if dossier[filed[k]] >= 0 else 0
    return n


@piece
def spread(some: I32, m: Int, first: Int, month: Int, files: c.Files, closes: U8, how: Sharing, keys: U64) -> None:
    """Copy listings and low grades to agencies that share, or take copies back once the original is gone.

    Parameters
    ----------
    some : array of int32
        Whose files: the first m.
    closes : array of uint8, shape (jurisdictions, grades)
        Sets of doors that a grade closes; a grade that closes none is not worth copying, and whom the rulebook does not
        cover has no grade.

    Limits
    ------
    A copy can be copied on. The agency where it began drops it at once; the others hear of a correction with the
    chance that `corrects` says, and go by the grade they last heard of until then.
    """
    for s in range(m):
        i = some[s]
        person = np.uint64(first + i) & LOW
        files.held[i] = copies(
            np.int64(files.held[i]), files.on_list[i] != c.NEVER, c.COURT, person, month, LISTS, how, keys
        )
        low = files.covered[i] != 0 and closes[files.seat[i], files.band[i]] != 0
        files.graded[i] = copies(np.int64(files.graded[i]), low, c.CREDIT_OFFICE, person, month, GRADES, how, keys)
        if low or not files.graded[i]:
            files.shown[i] = files.band[i]


@piece
def copies(
    held: Int, stands: bool, origin: Int, person: np.uint64, month: Int, salt: Int, how: Sharing, keys: U64
) -> Int:
    """Return which agencies hold a copy after this month, of those that held one before.

    Parameters
    ----------
    held : int
        The agencies that hold one, one bit each.
    stands : bool
        Whether the original does.
    origin : int
        The agency that it is at.
    person : uint64
        Whose it is, by which draws are addressed.
    month : int
        The month.
    salt : int
        Keeps the draws for lists and grades apart.
    how : Sharing
        Which agencies share with which others, and how surely copies arrive and are corrected.
    keys : array of uint64, shape (purposes, 2)
        The key of each purpose of random numbers.
    """
    if stands:
        before = held | 1 << origin
        held = before
        for pair in range(len(how.source)):
            target = 1 << np.int64(how.target[pair])
            if before >> np.int64(how.source[pair]) & 1 and not held & target:
                a, _, _, _ = block(
                    person,
                    np.uint64(month),
                    np.uint64(salt + pair),
                    np.uint64(0),
                    keys[c.P_SHARE, 0],
                    keys[c.P_SHARE, 1],
                )
                if a < how.reaches[pair]:
                    held |= target
        return held
    held &= ~(1 << origin)
    if held:
        for agency in range(c.N_AGENCIES):
            if held >> agency & 1:
                a, _, _, _ = block(
                    person,
                    np.uint64(month),
                    np.uint64(salt + agency),
                    np.uint64(0),
                    keys[c.P_CORRECT, 0],
                    keys[c.P_CORRECT, 1],
                )
                if a < how.corrects:
                    held &= ~(1 << agency)
    return held
