"""Numbers that are known within a range, as equally likely points: multiplied, observed, and turned into counts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import final

import numpy as np

from glasstown.core.columns import F64

POINTS = 401
_NORMAL = NormalDist()
_Z = _NORMAL.inv_cdf(0.975)


@final
@dataclass(frozen=True)
class Doubt:
    """A positive number known within a range.

    Parameters
    ----------
    logs : array of float64, shape (points,)
        Natural logarithms of the values it may have.
    weights : array of float64, shape (points,)
        How likely each is; they add up to 1.
    """

    logs: F64
    weights: F64

    def times(self, other: Doubt) -> Doubt:
        """Multiply two numbers that are in doubt independently of each other."""
        logs = (self.logs[:, None] + other.logs[None, :]).ravel()
        weights = (self.weights[:, None] * other.weights[None, :]).ravel()
        return Doubt(logs, weights).thinned()

    def thinned(self) -> Doubt:
        """Keep so many equally likely points, at the middle of each slice of probability."""
        order = np.argsort(self.logs, kind="stable")
        total = np.cumsum(self.weights[order])
        wanted = (np.arange(POINTS) + 0.5) / POINTS * total[-1]
        logs = self.logs[order][np.minimum(np.searchsorted(total, wanted), len(order) - 1)]
        return Doubt(logs, np.full(POINTS, 1 / POINTS))

    def quantile(self, share: float) -> float:
        """Return the value below which it lies with the given probability."""
        order = np.argsort(self.logs, kind="stable")
        total = np.cumsum(self.weights[order])
        return float(math.exp(self.logs[order][min(int(np.searchsorted(total, share * total[-1])), len(order) - 1)]))

    def observed(self, count: int, scale: F64) -> F64:
        """Return the likelihood of a Poisson count whose mean is this number times each of `scale`.

        Parameters
        ----------
        scale : array of float64, shape (k,)
            Natural logarithms of common factors.

        Returns
        -------
        array of float64, shape (k,)
        """
        mean = self.logs[None, :] + scale[:, None]
        return np.exp(count * mean - np.exp(mean) - math.lgamma(count + 1)) @ self.weights


def exactly(value: float) -> Doubt:
    """Take a number as known."""
    return Doubt(np.array([math.log(value)]), np.ones(1))


def between(low: float, high: float) -> Doubt:
    """Take a number as evenly spread between two on a logarithmic scale."""
    steps = (np.arange(POINTS) + 0.5) / POINTS
    return Doubt(math.log(low) + steps * math.log(high / low), np.full(POINTS, 1 / POINTS))


def lognormal(median: float, low: float, high: float) -> Doubt:
    """Take a number as lognormal, with `low` and `high` as its 95 % range."""
    steps = (np.arange(POINTS) + 0.5) / POINTS
    z = np.array([_NORMAL.inv_cdf(s) for s in steps])
    spread = math.log(high / low) / (2 * _Z)
    return Doubt(math.log(median) + spread * z, np.full(POINTS, 1 / POINTS))


def rate_of(events: int, exposure: float) -> Doubt:
    """Take a rate as the Jeffreys posterior of so many events in so much exposure; none is not zero.

    Source
    ------
    Gamma(events + 1/2, exposure): Jeffreys prior of a Poisson rate.
    """
    from scipy.special import gammaincinv

    steps = (np.arange(POINTS) + 0.5) / POINTS
    values = gammaincinv(events + 0.5, steps) / exposure
    return Doubt(np.log(values), np.full(POINTS, 1 / POINTS))


def count_interval(mean: Doubt) -> tuple[int, int]:
    """Return the central 95 % interval of a Poisson count with a mean in doubt."""
    most = int(math.exp(float(mean.logs.max())) + 12 * math.exp(float(mean.logs.max()) / 2) + 20)
    low = high = -1
    total = 0.0
    values = np.exp(mean.logs)
    term = np.exp(-values)
    for k in range(most + 1):
        total += float(term @ mean.weights)
        if low < 0 and total > 0.025:
            low = k
        if total >= 0.975:
            high = k
            break
        term = term * values / (k + 1)
    return max(low, 0), high if high >= 0 else most
