"""The watchlist: whom its references show, who is on it by mistake, and who merely looks like somebody on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import threshold
from glasstown.core.columns import I32
from glasstown.core.keys import Key
from glasstown.sensing.knobs import Watchlist
from glasstown.sensing.recognition import OperatingPoint
from glasstown.state import Commons, Gallery


def enrol(people: Sequence[t.People], knobs: Watchlist, point: OperatingPoint, key: Key) -> list[Gallery]:
    """Draw up the watchlist and say who in each community is on it or resembles somebody on it.

    Parameters
    ----------
    people : sequence of People
        The residents, community by community.
    knobs : Watchlist
        Its size, how many residents are on it, and the share listed by mistake.
    point : OperatingPoint
        What share of each group resembles a reference.
    key : Key
        The run's key; draws are addressed by person and by reference.

    Returns
    -------
    list of Gallery
        One for each community; all share the same references unless `everybody` is listed, when each
        community's gallery holds its own residents.

    Limits
    ------
    Residents are listed without regard to group, age or sex; nobody resembles two references.
    """
    if knobs.everybody:
        return [_everybody(part, point, key) for part in people]
    size = int(knobs.size)
    references = np.arange(size, dtype=np.int32)
    residents = np.concatenate([part.person for part in people])
    n = min(round(len(residents) * float(knobs.residents_per_1000) / 1000), len(residents), size)
    listed = np.sort(residents[np.lexsort((residents, key("listed").bits(residents)))[:n]])
    slots = np.lexsort((references, key("slot").bits(references)))[:n].astype(np.int32)
    person = np.full(size, -1, np.int32)
    person[slots] = listed
    wrongly = key("wrongly-listed").happens(threshold(float(knobs.wrongly_listed)), references)
    shared = t.References.of(reference=references, person=person, wrongly_listed=wrongly, active=np.ones(size))
    return [Gallery(shared, _likeness(part, _enrolled(part, listed, slots), size, point, key)) for part in people]


def _enrolled(people: t.People, listed: I32, slots: I32) -> I32:
    """Return the reference that shows each person, -1 for none."""
    enrolled = np.full(len(people), -1, np.int32)
    here = (listed >= people.person[0]) & (listed <= people.person[-1]) if len(people) else np.zeros(0, np.bool_)
    enrolled[np.searchsorted(people.person, listed[here])] = slots[here]
    return enrolled


def _likeness(people: t.People, enrolled: I32, size: int, point: OperatingPoint, key: Key) -> t.Likeness:
    """Draw who merely resembles a reference, and which; with a repeat chance of 0 nobody does for good."""
    lookalike = np.full(len(people), -1, np.int32)
    if size and point.repeat > 0:
        kind = people.group.astype(np.int64) * len(t.SEXES) + people.sex
        resembles = key("lookalike").happens(point.resembles_code[kind], people.person)
        whom = key("lookalike-of").below(size, people.person).astype(np.int32)
        whom = np.where(whom == enrolled, (whom + 1) % size, whom)
        resembles &= whom != enrolled
        lookalike = np.where(resembles, whom, -1).astype(np.int32)
    return t.Likeness(people.person, enrolled, lookalike)


def _everybody(people: t.People, point: OperatingPoint, key: Key) -> Gallery:
    n = len(people)
    rows = np.arange(n, dtype=np.int32)
    references = t.References.of(
        reference=rows, person=people.person, wrongly_listed=np.zeros(n), active=np.ones(n, np.bool_)
    )
    return Gallery(references, _likeness(people, rows, n, point, key))


def revise(gallery: Gallery, commons: Commons) -> Gallery:
    """Take off the list what any control room asked to be removed the evening before."""
    if not len(commons.removed) or not commons.removed.any():
        return gallery
    active = gallery.references.active & (commons.removed == 0)
    return replace(gallery, references=replace(gallery.references, active=active))
