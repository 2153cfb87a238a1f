"""Verb 11, sanction: what is imposed on people who were taken."""

from __future__ import annotations

import numpy as np

from glasstown import tables as t
from glasstown.consequence.halt import TAKEN


def sanction(outcomes: t.Outcomes, custody_days: int, day: int) -> t.Sanctions:
    """Hold the people who were taken, rightly or wrongly, for a stated number of whole days after today.

    Parameters
    ----------
    outcomes : Outcomes
        Today's stops.
    custody_days : int
        0 holds nobody overnight.

    Limits
    ------
    Custody is the only sanction here; a court's decision and a sentence are left out.
    """
    if custody_days == 0:
        return t.Sanctions.empty()
    taken = outcomes.take(outcomes.outcome == TAKEN)
    n = len(taken)
    return t.Sanctions.of(
        person=taken.person,
        reference=taken.reference,
        kind=np.zeros(n),
        rightful=taken.mated & ~taken.wrongly_listed,
        until_day=np.full(n, day + 1 + custody_days),
    )
