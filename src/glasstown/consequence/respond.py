"""Verb 13, respond: how people change their ways."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glasstown import tables as t
from glasstown.consequence.halt import NOT_FOUND, wrongful
from glasstown.consequence.knobs import Response
from glasstown.core.chance import threshold
from glasstown.core.columns import I32
from glasstown.core.keys import Key


class Responded(NamedTuple):
    """How people changed today, and where everybody stands for tomorrow."""

    responses: t.Responses
    standing: t.Standing


def respond(
    standing: t.Standing,
    outcomes: t.Outcomes,
    sanctions: t.Sanctions,
    granted: t.Appeals,
    flagged: I32,
    knobs: Response,
    day: int,
    key: Key,
) -> Responded:
    """Let people who were wrongly stopped, or whose file is flagged, avoid watched streets; open and end custody.

    Parameters
    ----------
    standing : Standing
        Where everybody stands this evening.
    granted : Appeals
        Appeals granted today; they end custody.
    flagged : array of int32
        Whom the files that are flagged tonight show (ids); those who do not live in this community are passed over.
    key : Key
        The day's key; a draw is addressed by person.

    Source
    ------
    That people change under watch: Penney 2016; how many is a range, never one number (see the facts BE01, BE02).

    Limits
    ------
    Streets that only dead devices see are not avoided, although nobody in a street can tell which devices are dead.
    """
    first = int(standing.person[0]) if len(standing) else 0
    held, avoids = standing.held_until_day, standing.avoids_until_day
    if len(granted) or len(sanctions):
        held = held.copy()
        held[granted.person - first] = 0
        held[sanctions.person - first] = np.maximum(held[sanctions.person - first], sanctions.until_day)
    if knobs.kind == "off":
        return Responded(t.Responses.empty(), t.Standing(standing.person, held, avoids))
    stopped = outcomes.person[wrongful(outcomes, outcomes.outcome != NOT_FOUND)]
    who = stopped[key("avoids").happens(threshold(float(knobs.avoids)), stopped)]
    until = np.full(len(who), day + 1 + int(knobs.days), np.int16)
    if knobs.flagged:
        here = flagged.take(np.flatnonzero((flagged >= first) & (flagged < first + len(standing))))
        who = np.concatenate([who, here])
        until = np.concatenate([until, np.full(len(here), day + 2, np.int16)])
    if len(who):
        avoids = avoids.copy()
        np.maximum.at(avoids, who - first, until)
    responses = t.Responses.of(person=who, kind=np.zeros(len(who)), until_day=until)
    return Responded(responses, t.Standing(standing.person, held, avoids))
