"""Several systems, cameras or images that decide together, and how far their errors come together.

Errors of several deciders share causes: light and place for misses, almost nothing for false alarms of different
vendors. The model is one common factor: each decider errs when its own mixture of a shared and a private normal
number falls below its quantile. The two dependences, of misses and of false alarms, are separate numbers and never
mixed.

Source
------
One-factor Gaussian copula: Vasicek 1987, Probability of loss on loan portfolio; the number of errors given the
factor is Poisson-binomial. The integral over the factor is taken by Gauss-Legendre rules on fixed panels: the
common Gauss-Hermite rule loses digits where the dependence is near 1 and the integrand is almost a step.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from glasstown.core.columns import F64

Rule = Literal["or", "and", "majority"]

_REACH = 9.5
_PANELS = 95
_NODES = 12
_NEARLY = 1.0 - 1e-6


def needed(rule: Rule, n: int) -> int:
    """Return how many of n deciders must say yes."""
    return {"or": 1, "and": n, "majority": n // 2 + 1}[rule]


def at_least(k: int, p: ArrayLike, together: ArrayLike) -> F64:
    """Return the chance that at least k of n dependent events happen.

    Parameters
    ----------
    k : int
        How many must happen.
    p : array of float, shape (..., n)
        Chance of each.
    together : array of float, shape (...)
        Correlation of any two of the normal numbers behind them, 0 (independent) to 1.

    Returns
    -------
    array of float64, shape (...)
    """
    from scipy.special import ndtr, ndtri

    chance = np.asarray(p, np.float64)
    rho = np.clip(np.asarray(together, np.float64), 0.0, _NEARLY)
    z, weight = _rule()
    quantile = np.clip(ndtri(chance), -40.0, 40.0)[..., None]
    rho = rho[..., None, None]
    given = ndtr((quantile - np.sqrt(rho) * z) / np.sqrt(1.0 - rho))
    given = np.where(chance[..., None] >= 1.0, 1.0, np.where(chance[..., None] <= 0.0, 0.0, given))
    return np.clip((_tail(k, given) * weight).sum(axis=-1), 0.0, 1.0)


def missed(rule: Rule, fnmr: ArrayLike, together: ArrayLike) -> F64:
    """Return the misses of several deciders from their own misses.

    Parameters
    ----------
    rule : str
        `or`: any one suffices; `and`: all must agree; `majority`: more than half.
    fnmr : array of float, shape (..., n)
        Share missed by each.
    together : array of float, shape (...)
        Correlation of their misses.
    """
    n = np.asarray(fnmr).shape[-1]
    return at_least(n - needed(rule, n) + 1, fnmr, together)


def falsely_matched(rule: Rule, false: ArrayLike, together: ArrayLike) -> F64:
    """Return the false alarms of several deciders from their own; `together` is the correlation of false alarms."""
    n = np.asarray(false).shape[-1]
    return at_least(needed(rule, n), false, together)


def several_images(fnmr: ArrayLike, images: int, together: ArrayLike) -> F64:
    """Return the misses when a person is enrolled with several images, any of which may match."""
    each = np.asarray(fnmr, np.float64)
    return at_least(images, np.repeat(each[..., None], images, axis=-1), together)


def correlation_of_two_lights(day: float, night: float, share_night: float) -> float:
    """Return the correlation of misses that a change between two lights makes by itself.

    Parameters
    ----------
    day, night : float
        Share missed by day and by night.
    share_night : float
        Share of walks by night.

    Notes
    -----
    On the probit scale the light is a number with two values d apart; its variance w (1 - w) d^2 is shared by all
    systems at the place, against the 1 of what they do not share.
    """
    from scipy.special import ndtri

    apart = float(ndtri(night) - ndtri(day))
    variance = share_night * (1.0 - share_night) * apart * apart
    return variance / (1.0 + variance)


@cache
def _rule() -> tuple[F64, F64]:
    """Nodes and weights against the normal density, on fixed panels from -9.5 to 9.5."""
    x, w = np.polynomial.legendre.leggauss(_NODES)
    edges = np.linspace(-_REACH, _REACH, _PANELS + 1)
    half, middle = np.diff(edges) / 2.0, (edges[1:] + edges[:-1]) / 2.0
    z = (middle[:, None] + half[:, None] * x).ravel()
    weight = (half[:, None] * w).ravel() * np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    return z, weight / weight.sum()


def _tail(k: int, given: F64) -> F64:
    """Return the chance of at least k of independent events; the events are on the last axis but one.

    Built from the small side, so that the chance of several rare events keeps its digits.
    """
    n = given.shape[-2]
    if k <= 0:
        return np.ones(given.shape[:-2] + given.shape[-1:])
    reached = np.zeros((k + 1, *given.shape[:-2], given.shape[-1]))
    reached[0] = 1.0
    for i in range(n):
        p = given[..., i, :]
        reached[k] = reached[k] + reached[k - 1] * p
        for j in range(k - 1, 0, -1):
            reached[j] = reached[j] * (1.0 - p) + reached[j - 1] * p
        reached[0] = reached[0] * (1.0 - p)
    return reached[k]
