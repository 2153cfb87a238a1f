"""Faces of a crowd: which of the people who pass are on the list, and the captures that a search can return."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import F64, I32, I64, U64, Bool
from glasstown.core.keys import Key
from glasstown.sensing.knobs import Cameras
from glasstown.tables_crowd import Passers

_PARTS = 1 << 16


class Lots(NamedTuple):
    """The smallest lots that people of one block drew, and who drew them."""

    lot: U64
    person: I32


class Present(NamedTuple):
    """People on the list who pass today, by number, and the reference that shows each."""

    person: I32
    reference: I32


def lots(person: I32, weight: F64, most: int, key: Key) -> Lots:
    """Let people draw lots, and keep the smallest `most`, with all that are as small.

    Parameters
    ----------
    weight : array of float64, shape (people,)
        How many times as often as others each is on the list; the smaller a lot divided by it, the sooner.
    key : Key
        The day's key; a lot is addressed by person, so that it depends on nobody else.
    """
    parts = np.round(np.minimum(weight, 10_000.0) * _PARTS).astype(np.uint64)
    able = parts > 0
    drawn = (key("present").bits(person[able]) << np.uint64(31)) // parts[able]
    who = person[able]
    if most < len(drawn):
        small = drawn <= np.partition(drawn, most)[most]
        return Lots(drawn[small], who[small])
    return Lots(drawn, who)


def present(parts: Sequence[Lots], most: int, active: Bool, key: Key) -> Present:
    """Say who on the list passes today: whoever drew the smallest lots, and references drawn likewise.

    Parameters
    ----------
    parts : sequence of Lots
        From all blocks of the crowd.
    most : int
        How many people on the list pass; fewer if fewer are on it or pass at all.
    active : array of bool, shape (references,)
        References searched today.
    key : Key
        The day's key.
    """
    on = np.flatnonzero(active).astype(np.int32)
    lot, person = np.concatenate([p.lot for p in parts]), np.concatenate([p.person for p in parts])
    n = min(most, len(on), len(person))
    who = np.sort(person[np.lexsort((person, lot))[:n]])
    ranked = on[np.lexsort((on, key("shown").bits(on)))[:n]]
    return Present(who, ranked)


def enrolled_here(person: I32, listed: Present) -> I32:
    """Return the reference that shows each of these people, whose numbers follow each other; -1 for none."""
    enrolled = np.full(len(person), -1, np.int32)
    here = (listed.person >= person[0]) & (listed.person <= person[-1])
    enrolled[listed.person[here] - person[0]] = listed.reference[here]
    return enrolled


def faces_of(passers: Passers, minute: I64, last: int, cameras: Cameras, key: Key) -> t.Captures:
    """Make a capture of each face of some passers-by.

    Parameters
    ----------
    minute : array of int64, shape (passers,)
        When the first face of each was taken; further ones follow a minute apart.
    last : int
        The last minute in which a face is taken.
    key : Key
        The day's key; the camera of a face is addressed by person and face.

    Limits
    ------
    Every face counted was captured: the faces that cameras miss are not among those a deployment counts.
    """
    n = passers.n_faces.astype(np.int64)
    person = np.repeat(passers.person, n)
    trip = (np.arange(len(person)) - np.repeat(np.cumsum(n) - n, n)).astype(np.uint8)
    device = key("camera").below(int(cameras.count), person, trip)
    taken = np.minimum(np.repeat(minute, n) + trip, last)
    return t.Captures.of(person=person, trip=trip, device=device, minute=taken)
