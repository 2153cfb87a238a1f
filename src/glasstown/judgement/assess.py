"""Verb 9, assess: rate each file by the sightings in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from glasstown import tables as t
from glasstown.core.keys import Key
from glasstown.judgement.knobs import Rating

POINT = 1 << 16


def assess(
    dossiers: t.Dossiers,
    today: t.Sightings,
    kept: Sequence[t.Sightings],
    n_devices: int,
    knobs: Rating,
    key: Key,
) -> t.Dossiers:
    """Bring each dossier's rating and number of sightings up to date.

    Points for today's sightings are added, then the whole rating fades by the daily share.

    Parameters
    ----------
    dossiers : Dossiers
        The files, ratings in 2**-16 points.
    today, kept : Sightings
        Today's sightings, and all that are still kept.
    n_devices : int
        How many devices there are.
    key : Key
        The run's key; a device's weight is drawn once, by device.
    """
    n = len(dossiers)
    points = round(float(knobs.points_per_sighting) * POINT)
    added = np.zeros(n, np.int64)
    if points and len(today):
        weight = np.full(n_devices, POINT, np.int64)
        if knobs.by_device:
            weight = (key("device-weight").bits(np.arange(n_devices)) >> np.uint64(16)).astype(np.int64)
        # Sums of whole numbers below 2**53 are exact in floating point, in any order.
        added = np.bincount(today.dossier, weights=weight[today.device], minlength=n).astype(np.int64) * points // POINT
    rating = dossiers.rating + added
    fades = round(float(knobs.decay_per_day) * POINT)
    rating = np.sign(rating) * (np.abs(rating) - np.abs(rating) * fades // POINT)
    n_sightings = np.zeros(n, np.int64)
    for part in kept:
        n_sightings += np.bincount(part.dossier, minlength=n)
    return replace(dossiers, rating=rating, n_sightings=n_sightings.astype(np.int32))
