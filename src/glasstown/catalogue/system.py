"""Recognition systems: which false match rate and miss rate a decision threshold gives.

One axis carries every threshold: t = -log10 of the false match rate. A system is one published operating point,
a slope from its own threshold to t, and a slope from t to misses.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import product
from statistics import NormalDist
from typing import final

from pydantic import BaseModel, ConfigDict

from glasstown.catalogue.fact import fact
from glasstown.catalogue.files import opened
from glasstown.core.errors import Problem
from glasstown.core.quantity import Quantity, spelled

_NORMAL = NormalDist()


@final
class System(BaseModel):
    """A named recognition system with its published operating point.

    Parameters
    ----------
    id, title, description : str
        What it is and where its numbers come from.
    threshold : float
        The threshold at which `fmr` and `fnmr` were published.
    least, most : float
        Thresholds for which the slopes may be used.
    fmr, fnmr : str
        Facts: false matches per comparison and misses per search of an enrolled person.
    decades_per_unit : Quantity
        Growth of t = -log10 FMR for each unit of the threshold (assumed).
    probits_per_decade : Quantity
        Growth of misses, on the probit scale, for each unit of t (assumed).

    Notes
    -----
    Misses are taken as probit-linear in t: public 1:1 curves have 0.16 to 0.24 probits per decade in their middle.

    Limits: one point and two slopes; no dependence of misses on gallery size, image quality or light.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: str
    title: str
    description: str
    threshold: float
    least: float
    most: float
    fmr: str
    fnmr: str
    decades_per_unit: Quantity
    probits_per_decade: Quantity

    def operating(self, decision_threshold: float) -> tuple[Quantity, Quantity]:
        """Return the false match rate per comparison and the miss rate at a threshold.

        At the published threshold these are the facts; elsewhere they are assumptions whose range spans the
        assumed slopes.

        Raises
        ------
        Problem
            For a threshold outside the range of the system.
        """
        if not self.least <= decision_threshold <= self.most:
            raise Problem(
                f"{self.id} has no threshold {spelled(decision_threshold)}: {self._range()}",
                why="Outside that range nothing published says how often it errs.",
                todo="Choose a threshold in the range, or write system: custom with your own fmr and fnmr.",
            )
        fmr, fnmr = fact(self.fmr).quantity, fact(self.fnmr).quantity
        distance = decision_threshold - self.threshold
        if distance == 0:
            return fmr, fnmr
        rates, misses = _spread(fmr), _spread(fnmr)
        shifts = [distance * slope for slope in _spread(self.decades_per_unit)]
        slopes = _spread(self.probits_per_decade)
        return (
            _ranged([r * 10.0**-s for r, s in product(rates, shifts)]),
            _ranged([_missed(m, p * s) for m, p, s in product(misses, slopes, shifts)]),
        )

    def _range(self) -> str:
        if self.least == self.most:
            return f"it has one published setting, decision_threshold {spelled(self.least)}"
        return f"its range is {spelled(self.least)} to {spelled(self.most)}"


def _spread(quantity: Quantity) -> tuple[float, float, float]:
    """Return value, low and high, the value standing in where there is no range."""
    low = quantity.value if quantity.low is None else quantity.low
    high = quantity.value if quantity.high is None else quantity.high
    return quantity.value, low, high


def _missed(share: float, probits: float) -> float:
    return _NORMAL.cdf(_NORMAL.inv_cdf(share) + probits)


def _ranged(values: list[float]) -> Quantity:
    """Make a quantity from the value at the central slopes (first) and all the others.

    Six significant digits, so that the last bit of a library's logarithm never reaches a decision.
    """
    short = [float(f"{min(v, 1.0):.6g}") for v in values]
    if not all(map(math.isfinite, short)):
        raise ValueError("an operating point is finite")
    return Quantity(value=short[0], low=min(short), high=max(short))


@cache
def system(name: str) -> System:
    """Return one recognition system.

    Raises
    ------
    Problem
        For a name that is not in the catalogue, with the nearest one that is.
    """
    return System.model_validate(opened("systems", name).tree)
