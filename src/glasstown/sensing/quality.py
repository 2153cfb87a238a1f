"""What makes a face harder to match: pose, light, distance, motion, masks and old references.

Each condition shifts the mean of the misses on the probit scale. A shift of 1 probit turns 2 % missed into 15 %,
and 15 % into 48 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from glasstown.core.columns import F64
from glasstown.sensing.gallery import fmr_for, fpir_of

_FARTHEST = 300.0


@final
@dataclass(frozen=True)
class Conditions:
    """By how many probits each condition makes a match harder, against the conditions of the measurement.

    Parameters
    ----------
    pose, light, distance, motion, mask : float
        Probits when the condition is fully there: head turned away, darkness, the far end of the view, walking
        fast, a mask.
    ageing : float
        Probits for each year since the reference was taken.
    """

    pose: float = 0.0
    light: float = 0.0
    distance: float = 0.0
    motion: float = 0.0
    mask: float = 0.0
    ageing: float = 0.0

    def shift(
        self,
        pose: ArrayLike = 0.0,
        light: ArrayLike = 0.0,
        distance: ArrayLike = 0.0,
        motion: ArrayLike = 0.0,
        mask: ArrayLike = 0.0,
        years: ArrayLike = 0.0,
    ) -> F64:
        """Add up the shifts of a capture: how far each condition is there, 0 to 1, and the reference's age in years."""
        given = (pose, light, distance, motion, mask, years)
        weights = (self.pose, self.light, self.distance, self.motion, self.mask, self.ageing)
        total = np.zeros(np.broadcast_shapes(*(np.shape(x) for x in given)))
        for how_far, weight in zip(given, weights, strict=True):
            total = total + np.asarray(how_far, np.float64) * weight
        return total


@final
@dataclass(frozen=True)
class Detections:
    """What a camera in a street takes for a face.

    Parameters
    ----------
    unusable : float
        Share of detections that match nothing, whoever they show: they are counted as faces, and nothing comes of them.
    pictures : float
        Share of detections that are no person: a face on an advertisement, a bus, a shirt. As many of them as of
        people are unusable.
    picture_shift : float
        Decades by which such a picture is more easily taken for somebody on the list than a passer-by is.
    """

    unusable: float = 0.0
    pictures: float = 0.0
    picture_shift: float = 0.0

    def fpir(self, n: ArrayLike, fmr: ArrayLike, clustered: ArrayLike = 0.0) -> F64:
        """Return the chance that one detection of nobody listed returns a candidate.

        Parameters
        ----------
        n, fmr, clustered : arrays of float
            As for `gallery.fpir_of`, for a usable face of a person.
        """
        moved = np.minimum(np.asarray(fmr, np.float64) * 10.0**self.picture_shift, 1.0)
        person = fpir_of(n, fmr, clustered)
        picture = fpir_of(n, moved, clustered)
        return (1.0 - self.unusable) * ((1.0 - self.pictures) * person + self.pictures * picture)

    def fmr_for(self, n: float, fpir: float, clustered: float = 0.0) -> float:
        """Return the false match rate of a person at which `fpir` is as stated; 1 where none reaches it."""
        if not (self.unusable or self.pictures):
            return float(fmr_for(n, fpir, clustered))
        low, high = -_FARTHEST, 0.0
        if float(self.fpir(n, 1.0, clustered)) <= fpir:
            return 1.0
        for _ in range(100):
            middle = (low + high) / 2.0
            below = float(self.fpir(n, 10.0**middle, clustered)) < fpir
            low, high = (middle, high) if below else (low, middle)
        return float(10.0**high)

    def found(self, tpir: ArrayLike) -> F64:
        """Return the chance that one detection of somebody listed returns them; pictures show nobody who is there."""
        return np.asarray(tpir, np.float64) * (1.0 - self.unusable)
