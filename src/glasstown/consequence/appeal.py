"""Verb 12, appeal: people wrongly taken complain, and wait."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glasstown import tables as t
from glasstown.consequence.halt import TAKEN, wrongful
from glasstown.consequence.knobs import Appeal
from glasstown.core.chance import threshold
from glasstown.core.keys import Key

GRANTED = t.APPEALS.index("granted")
REFUSED = t.APPEALS.index("refused")


class Appealed(NamedTuple):
    """Appeals filed or decided today, those still waiting, and those granted today."""

    today: t.Appeals
    waiting: t.Appeals
    granted: t.Appeals


def appeal(waiting: t.Appeals, outcomes: t.Outcomes, knobs: Appeal, day: int, key: Key) -> Appealed:
    """Decide the appeals that are due and file those of people wrongly taken today.

    Parameters
    ----------
    waiting : Appeals
        Filed earlier, not decided.
    outcomes : Outcomes
        Today's stops.
    key : Key
        The day's key; a draw is addressed by person and reference.

    Limits
    ------
    An appeal's result does not depend on who appeals; nobody appeals twice about one stop.
    """
    due = waiting.due_day <= day
    decided = waiting.take(due)
    wins = key("appeal-granted").happens(threshold(float(knobs.granted)), decided.person, decided.reference)
    decided = t.Appeals(
        decided.person,
        decided.reference,
        decided.filed_day,
        decided.due_day,
        np.where(wins, GRANTED, REFUSED).astype(np.uint8),
    )
    rows = wrongful(outcomes, outcomes.outcome == TAKEN)
    person, reference = outcomes.person[rows], outcomes.reference[rows]
    files = key("appeal-filed").happens(threshold(float(knobs.files)), person, reference)
    n = np.count_nonzero(files)
    filed = t.Appeals.of(
        person=person[files],
        reference=reference[files],
        filed_day=np.full(n, day),
        due_day=np.full(n, day + 1 + int(knobs.delay_days)),
        result=np.zeros(n),
    )
    return Appealed(
        t.Appeals.concat([decided, filed]), t.Appeals.concat([waiting.take(~due), filed]), decided.take(wins)
    )
