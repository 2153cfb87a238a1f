"""Verb 9, assess: rate each file by the sightings in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import I32, I64
from glasstown.core.kernels import kernel
from glasstown.core.keys import Key
from glasstown.judgement.knobs import Rating

POINT_BITS = 16
POINT = 1 << POINT_BITS
_PART = POINT - 1


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
    points, fades = (round(float(share) * POINT) for share in (knobs.points_per_sighting, knobs.decay_per_day))
    weight = _weights(key, n_devices if points and len(today) and knobs.by_device else 0)
    rating = _rated(dossiers.rating, today.dossier, today.device, weight, points, fades)
    n_sightings = np.zeros(n, np.int32)
    if kept:
        filed = np.concatenate([part.dossier for part in kept])
        n_sightings = np.bincount(filed, minlength=n).astype(np.int32)
    return replace(dossiers, rating=rating, n_sightings=n_sightings)


def threshold_of(knobs: Rating) -> int:
    """Return the threshold in the units of ratings.

    Points for a sighting are rounded to whole units, so the threshold is measured in sightings and then rounded like
    them: whoever has three sightings of -0.1 is at a threshold of -0.3, not below it.
    """
    return _in_units(float(knobs.points_per_sighting), float(knobs.alert_threshold))


@lru_cache(4)
def _in_units(per_sighting: float, alert_threshold: float) -> int:
    points, threshold = Fraction(str(per_sighting)), Fraction(str(alert_threshold))
    whole = round(points * POINT)
    return round(threshold / points * whole) if whole else round(threshold * POINT)


@lru_cache(4)
def _weights(key: Key, n_devices: int) -> I64:
    """Draw what a sighting by each device weighs, in 2**-16 points."""
    return (key("device-weight").bits(np.arange(n_devices)) >> np.uint64(16)).astype(np.int64)


@kernel
def _rated(rating: I64, dossier: I32, device: I32, weight: I64, points: int, fades: int) -> I64:
    """Add points for each sighting by the weight of its device, if they have weights, and let ratings fade.

    Products are formed in two halves, so that none of them can overflow.
    """
    added = np.zeros(len(rating), np.int64)
    for i in range(len(dossier)):
        added[np.uint64(dossier[i])] += weight[np.uint64(device[i])] if len(weight) else POINT
    for i in range(len(rating)):
        points_now = rating[i] + (added[i] >> POINT_BITS) * points + ((added[i] & _PART) * points >> POINT_BITS)
        size = abs(points_now)
        size -= (size >> POINT_BITS) * fades + ((size & _PART) * fades >> POINT_BITS)
        added[i] = size if points_now > 0 else -size
    return added
