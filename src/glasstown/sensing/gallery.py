"""From one comparison to a search: how chances grow with the gallery, and who is among the best R.

Everything is a pure function of arrays that broadcast against each other. The common axis is t = -log10 FMR: a step
of 1 makes false matches ten times rarer, and a group's multiplier is a shift along it.

Source
------
FPIR(N) = 1 - (1 - FMR)^N: ISO/IEC 19795-1. Chances that vary from person to person by a gamma distribution give the
negative binomial: Fisher 1941, Annals of Eugenics 11, 182. Extremes of N samples: David & Nagaraja 2003, Order
Statistics, section 2.1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glasstown.core.columns import F64

_LARGEST_T = 300.0


def t_of(fmr: ArrayLike) -> F64:
    """Put false match rates on the axis: t = -log10 FMR (0 gives 300, farther than anything published)."""
    rate = np.asarray(fmr, np.float64)
    return np.where(rate > 0, -np.log10(np.maximum(rate, 10.0**-_LARGEST_T)), _LARGEST_T)


def fmr_of(t: ArrayLike, shift: ArrayLike = 0.0) -> F64:
    """Read the false match rate off the axis.

    Parameters
    ----------
    t : array of float
        Thresholds, in decades.
    shift : array of float
        Decades by which a kind of person is worse off: log10 of its multiplier.
    """
    return np.minimum(10.0 ** -(np.asarray(t, np.float64) - np.asarray(shift, np.float64)), 1.0)


def effective_size(n: ArrayLike, normalised: ArrayLike = 0.0, published: ArrayLike = 1.0) -> F64:
    """Return the gallery size that counts when the vendor's threshold follows the gallery.

    Parameters
    ----------
    n, published : array of float
        Gallery size N, and the size N0 for which the threshold was published.
    normalised : array of float
        How far the vendor makes the threshold follow the gallery: 0 not at all, 1 so that FPIR no longer depends on
        N. A gallery of N then counts as N0 (N / N0)^(1 - normalised). Below 0 false matches grow faster than N.
    """
    size, base = np.asarray(n, np.float64), np.asarray(published, np.float64)
    ratio = np.maximum(size, 1e-300) / base
    return np.where(size > 0, base * ratio ** (1.0 - np.asarray(normalised, np.float64)), 0.0)


def fpir_of(n: ArrayLike, fmr: ArrayLike, clustered: ArrayLike = 0.0) -> F64:
    """Return the chance that a search of somebody who is not enrolled returns at least one candidate.

    Parameters
    ----------
    n : array of float
        Gallery size N (or `effective_size`).
    fmr : array of float
        False match rate of one comparison at the threshold.
    clustered : array of float
        How unevenly false matches fall on people: the variance of each person's own multiplier, whose mean is 1. 0
        makes every comparison independent; 1 makes a third of all false matches fall on a tenth of the people.

    Returns
    -------
    array of float64
        FPIR(N, T). With `clustered` = 0 it is 1 - (1 - FMR)^N.
    """
    return -np.expm1(-_none(_hazard(n, fmr), clustered))


def fmr_for(n: ArrayLike, fpir: ArrayLike, clustered: ArrayLike = 0.0) -> F64:
    """Return the false match rate at which a gallery of N gives a stated FPIR: the inverse of `fpir_of`."""
    size = np.maximum(np.asarray(n, np.float64), 1e-300)
    wanted, v = np.broadcast_arrays(np.asarray(fpir, np.float64), np.asarray(clustered, np.float64))
    with np.errstate(divide="ignore"):
        each = -np.log1p(-wanted)
        hazard = np.where(v > 0, np.expm1(np.minimum(v * each, 700.0)) / np.where(v > 0, v, 1.0), each)
    return -np.expm1(-hazard / size)


def repeated(n: ArrayLike, fmr: ArrayLike, searches: ArrayLike, repeat: ArrayLike, clustered: ArrayLike = 0.0) -> F64:
    """Return the chance that a person is returned at least once in several searches.

    A pair of faces that match once match again with the chance `repeat`: somebody either resembles a reference for
    good, and is then returned at each search with that chance, or does not.

    Parameters
    ----------
    searches : array of float
        Searches of the same person.
    repeat : array of float
        From the FMR (every search a fresh draw) to 1 (always or never).
    """
    again = np.maximum(np.asarray(repeat, np.float64), np.asarray(fmr, np.float64))
    resembles = np.minimum(np.asarray(fmr, np.float64) / np.maximum(again, 1e-300), 1.0)
    once = -np.expm1(np.asarray(searches, np.float64) * np.log1p(-np.minimum(again, 1.0 - 1e-16)))
    return fpir_of(n, resembles * once, clustered)


def rank_t(n: ArrayLike, rank: int, shift: ArrayLike = 0.0, points: int = 64) -> tuple[F64, F64]:
    """Return where the R-th best of N non-mated comparisons lies on the axis, as nodes and weights.

    The chance of fewer than R matches among N at level t is a binomial tail; in terms of the expected number of
    matches x it is the gamma distribution with shape R for large N. The nodes are its quantiles at the midpoints of
    equal parts.

    Parameters
    ----------
    n : array of float, shape (...)
        Gallery size N, without the mated reference.
    rank : int
        R, at least 1.

    Returns
    -------
    t, weights : arrays of float64, shape (..., points) and (points,)
        With N < R the mated reference is always among the best R, and t is -300.
    """
    from scipy.special import betaincinv

    size, moved = np.broadcast_arrays(np.asarray(n, np.float64), np.asarray(shift, np.float64))
    middle = (np.arange(points) + 0.5) / points
    enough = size >= rank
    safe = np.where(enough, size, rank)[..., None]
    # The R-th smallest of N uniform numbers has a beta distribution with parameters R and N - R + 1.
    level = betaincinv(float(rank), safe - rank + 1.0, middle)
    return np.where(enough[..., None], t_of(level) + moved[..., None], -_LARGEST_T), np.full(points, 1.0 / points)


def _hazard(n: ArrayLike, fmr: ArrayLike) -> F64:
    size, rate = np.broadcast_arrays(np.asarray(n, np.float64), np.asarray(fmr, np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((size > 0) & (rate > 0), size * -np.log1p(-np.minimum(rate, 1.0)), 0.0)


def _none(hazard: F64, clustered: ArrayLike) -> Any:
    """Return minus the log of the chance that nothing is returned, mixed over people."""
    v = np.asarray(clustered, np.float64)
    return np.where(v > 0, np.log1p(v * np.where(v > 0, hazard, 0.0)) / np.where(v > 0, v, 1.0), hazard)
