"""The operating point of the comparison: who is returned, by group, at one gallery size and threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from glasstown.core.chance import thresholds
from glasstown.core.columns import F64, U64
from glasstown.core.quantity import Quantity
from glasstown.sensing.knobs import Recognition
from glasstown.tables import SEXES


@final
@dataclass(frozen=True)
class OperatingPoint:
    """What the comparison does at its decision threshold T and gallery size N.

    Parameters
    ----------
    tpir : array of float64, shape (groups,)
        Chance that a mated search returns the right reference.
    fpir : array of float64, shape (groups, sexes)
        Chance that a non-mated search returns a candidate.
    repeat : float
        Chance that somebody who resembles a reference is returned at the next search.
    """

    tpir: F64
    fpir: F64
    repeat: float

    @property
    def resembles(self) -> F64:
        """Share of people who resemble a reference closely enough to be returned now and then."""
        return np.minimum(self.fpir / np.maximum(self.returned, 1e-300), 1.0)

    @property
    def returned(self) -> F64:
        """Chance that such a person is returned by one search; times `resembles` it is the FPIR."""
        return np.maximum(self.fpir, self.repeat)

    @property
    def match_code(self) -> U64:
        """Thresholds of a match for mated searches, shape (groups,)."""
        return thresholds(self.tpir)

    @property
    def returned_code(self) -> U64:
        """Thresholds of a candidate for people who resemble a reference, shape (groups * sexes,)."""
        return thresholds(self.returned)

    @property
    def resembles_code(self) -> U64:
        """Thresholds of resembling a reference, shape (groups * sexes,)."""
        return thresholds(self.resembles)


def operating_point(knobs: Recognition, groups: Sequence[str], size: int, per_search: bool = False) -> OperatingPoint:
    """Work out FPIR(N, T) and TPIR for each group from the false match and miss rates per comparison.

    Parameters
    ----------
    knobs : Recognition
        Rates per comparison at the decision threshold, and multipliers by group and sex.
    groups : sequence of str
        The scenario's groups, in order.
    size : int
        Gallery size N.
    per_search : bool
        Take the false match rate as the chance per search whatever the gallery's size.

    Source
    ------
    FPIR(N) = 1 - (1 - FMR)^N: ISO/IEC 19795-1.

    Limits
    ------
    Comparisons are taken to be independent within a search; light and pose change captures, not comparisons.
    """

    def of(table: dict[str, Quantity], name: str) -> float:
        return float(table[name]) if name in table else 1.0

    fmr = np.array(
        [[float(knobs.fmr) * of(knobs.fmr_by_group, g) * of(knobs.fmr_by_sex, s) for s in SEXES] for g in groups]
    )
    fnmr = np.array([float(knobs.fnmr) * of(knobs.fnmr_by_group, g) for g in groups])
    fmr, fnmr = np.minimum(fmr, 1.0), np.minimum(fnmr, 1.0)
    fpir = fmr if per_search else np.array([_at_least_one(float(p), size) for p in fmr.ravel()]).reshape(fmr.shape)
    return OperatingPoint(1.0 - fnmr, fpir, float(knobs.repeat))


def _at_least_one(p: float, n: int) -> float:
    """Return the chance of at least one success in n independent trials."""
    if p >= 1.0:
        return 1.0 if n else 0.0
    return -math.expm1(n * math.log1p(-p))
