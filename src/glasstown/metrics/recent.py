"""What was counted of each person lately: small numbers, brought into the accounts before they grow too large.

Each day adds to nearly everybody's counts, and most of what that takes is moving them through memory.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import I16, I32, U8, U16, U64, Bool
from glasstown.core.kernels import in_place, piece
from glasstown.core.lanes import ones

ALL_SLOTS = 127
COUNTED = (
    *("trips", "trips_unobserved", "passes", "captures", "days_captured", "minutes_out", "minutes_viewed"),
    *("searches", "mated_searches"),
)
MOST = 65_535
_ALL_SLOTS, _ZERO = np.uint64(ALL_SLOTS), np.uint64(0)


def nothing_yet(people: int) -> U16:
    """Return the counts of so many people of whom nothing was counted: a row for each of `COUNTED`."""
    return np.zeros((len(COUNTED), people), np.uint16)


def with_today(accounts: t.Ledger, recent: U16, outings: t.Outings, mated: Bool) -> tuple[t.Ledger, U16]:
    """Count one day.

    Parameters
    ----------
    accounts : Ledger
        One row for each person, without what is recent.
    recent : array of uint16, shape (9, people)
        What was counted since, a row for each of `COUNTED`; no columns where that is nothing.
    outings : Outings
        The day, one row for each person.
    mated : array of bool, shape (people,)
        Of whom a reference is searched today.

    Returns
    -------
    Ledger, array of uint16
        The accounts and what is recent. A column of which somebody's count no longer fits is in the accounts, with the
        day.

    Raises
    ------
    ValueError
        If these are not of the same people.
    """
    o, recent = outings, recent if recent.shape[1] else nothing_yet(len(accounts))
    if recent.shape != (len(COUNTED), len(o)) or len(mated) != len(o):
        raise ValueError("a day has one row of outings for each person")
    after, largest = np.empty_like(recent), np.zeros(len(COUNTED), np.uint64)
    _count(
        o.slots, o.n_unobserved, o.n_passes, o.n_captures, o.minutes_out, o.minutes_viewed, o.n_searches, mated,
        recent, after, largest,
    )  # fmt: skip
    full = np.flatnonzero(largest > MOST)
    if not len(full):
        return accounts, after
    today = _of(outings, mated)
    columns = {COUNTED[i]: getattr(accounts, COUNTED[i]) + recent[i] + today[COUNTED[i]] for i in full}
    after[full] = 0
    return replace(accounts, **columns), after


def brought_in(accounts: t.Ledger, recent: U16) -> t.Ledger:
    """Return the accounts with what is recent in them."""
    return replace(accounts, **{name: getattr(accounts, name) + recent[i] for i, name in enumerate(COUNTED)})


def trips_of(outings: t.Outings) -> U8:
    """Count the trips of each person."""
    return np.bitwise_count(outings.slots & np.uint8(ALL_SLOTS))


def _of(outings: t.Outings, mated: Bool) -> dict[str, Any]:
    """Say what a day adds to each of `COUNTED`: the plain twin of `_count`."""
    o = outings
    today = (
        *(trips_of(o), o.n_unobserved, o.n_passes, o.n_captures, o.n_captures > 0, o.minutes_out, o.minutes_viewed),
        *(o.n_searches, o.n_searches * mated),
    )
    return dict(zip(COUNTED, today, strict=True))


@in_place
def _count(
    slots: U8,
    n_unobserved: U8,
    n_passes: I32,
    n_captures: I32,
    minutes_out: I16,
    minutes_viewed: I16,
    n_searches: I32,
    mated: Bool,
    before: U16,
    after: U16,
    largest: U64,
) -> None:
    """Write down what is recent with the day in it, and the largest number of each row, whether or not it fits."""
    most = _ZERO
    for i in range(np.uint64(len(slots))):
        n = np.uint64(before[0, i]) + ones(np.uint64(slots[i]) & _ALL_SLOTS)
        after[0, i] = n
        most = max(most, n)
    largest[0] = most
    largest[1] = _plus(before[1], n_unobserved, after[1])
    largest[2] = _plus(before[2], n_passes, after[2])
    largest[3] = _plus(before[3], n_captures, after[3])
    most = _ZERO
    for i in range(np.uint64(len(slots))):
        n = np.uint64(before[4, i]) + np.uint64(n_captures[i] > 0)
        after[4, i] = n
        most = max(most, n)
    largest[4] = most
    largest[5] = _plus(before[5], minutes_out, after[5])
    largest[6] = _plus(before[6], minutes_viewed, after[6])
    largest[7] = _plus(before[7], n_searches, after[7])
    most = _ZERO
    for i in range(np.uint64(len(slots))):
        n = np.uint64(before[8, i]) + (np.uint64(n_searches[i]) if mated[i] else _ZERO)
        after[8, i] = n
        most = max(most, n)
    largest[8] = most


@piece
def _plus(before: U16, today: Any, after: U16) -> np.uint64:
    """Write down one row with what the day adds to it; return the largest number."""
    most = _ZERO
    for i in range(np.uint64(len(before))):
        n = np.uint64(before[i]) + np.uint64(today[i])
        after[i] = n
        most = max(most, n)
    return most
