"""What was counted of each person lately: small numbers, brought into the accounts before they grow too large.

Each day adds to nearly everybody's counts, and most of what that takes is moving them through memory.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import U8, U16, Bool
from glasstown.core.kernels import in_place

ALL_SLOTS = 127
COUNTED = (
    *("trips", "trips_unobserved", "passes", "captures", "days_captured", "minutes_out", "minutes_viewed"),
    *("searches", "mated_searches"),
)
MOST = 65_535
_ZERO = np.uint64(0)


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
    recent = recent if recent.shape[1] else nothing_yet(len(accounts))
    if recent.shape != (len(COUNTED), len(outings)) or len(mated) != len(outings):
        raise ValueError("a day has one row of outings for each person")
    today, after = _of(outings, mated), np.empty_like(recent)
    largest = [_plus(recent[i], today[name], after[i]) for i, name in enumerate(COUNTED)]
    full = [i for i, most in enumerate(largest) if most > MOST]
    if not full:
        return accounts, after
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
    """Say what a day adds to each of `COUNTED`."""
    o = outings
    today = (
        *(trips_of(o), o.n_unobserved, o.n_passes, o.n_captures, o.n_captures > 0, o.minutes_out, o.minutes_viewed),
        *(o.n_searches, o.n_searches * mated),
    )
    return dict(zip(COUNTED, today, strict=True))


@in_place
def _plus(before: U16, today: Any, after: U16) -> np.uint64:
    """Write down one row with what the day adds to it; return the largest number, whether or not it fits."""
    most = _ZERO
    for i in range(np.uint64(len(before))):
        n = np.uint64(before[i]) + np.uint64(today[i])
        after[i] = n
        most = max(most, n)
    return most
