"""Chances as integers: an event happens when a random integer is below a threshold.

Decisions are integer comparisons, because the last bit of a floating-point function differs between
processors. A threshold is floor(p * 2**32), so that certainty (2**32) always happens; below p = 2**-20 it
is floor(p * 2**64) with the top bit set, and 64 random bits decide, so that 1e-10 does not become never.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glasstown.core.kernels import piece

FINE = np.uint64(1 << 63)
CERTAIN = np.uint64(1 << 32)
DAYS_OF_A_YEAR = 365
_SMALL = 2.0**-20
_HALF = np.uint64(32)


def threshold(p: float) -> np.uint64:
    """Turn one probability into the integer that decides it.

    Parameters
    ----------
    p : float
        Probability of a stated trial, 0 to 1.

    Returns
    -------
    uint64
        Code understood by `happens`.
    """
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"a probability lies between 0 and 1, not {p!r}")
    if 0.0 < p < _SMALL:
        return FINE | np.uint64(int(p * 2.0**64))
    return np.uint64(int(p * 2.0**32))


def thresholds(p: Sequence[float] | NDArray[np.float64]) -> NDArray[np.uint64]:
    """Turn many probabilities into thresholds, one for each."""
    chances = np.asarray(p, np.float64).ravel()
    wrong = chances[~((chances >= 0.0) & (chances <= 1.0))]
    if len(wrong):
        threshold(float(wrong[0]))
    codes = (chances * 2.0**32).astype(np.uint64)
    small = (chances > 0.0) & (chances < _SMALL)
    codes[small] = (chances[small] * 2.0**64).astype(np.uint64) | FINE
    return codes


def capped(p: float) -> np.uint64:
    """Turn a chance that factors may have lifted above 1 into the threshold of one 32-bit draw."""
    return np.uint64(int(min(p, 1.0) * 2.0**32))


@piece
def happens(high: np.uint64, low: np.uint64, code: np.uint64) -> bool:
    """Decide one event from two random 32-bit words and a threshold."""
    if code >= FINE:
        return bool(((high << _HALF) | low) < (code ^ FINE))
    return bool(high < code)


def happen(high: NDArray[np.uint64], low: NDArray[np.uint64], code: ArrayLike) -> NDArray[np.bool_]:
    """Decide many events: the plain NumPy twin of `happens`."""
    codes = np.asarray(code, np.uint64)
    fine = codes >= FINE
    if not fine.any():
        return high < codes
    return np.where(fine, ((high << _HALF) | low) < (codes & ~FINE), high < codes)


def steady(p: float) -> float:
    """Cut a probability to nine digits, so that the last bit of a library's function never reaches a decision."""
    return min(max(float(f"{p:.9g}"), 0.0), 1.0)


def within_days(per_year: float, days: int) -> float:
    """Turn a yearly hazard into the chance that it strikes within so many days."""
    return steady(-math.expm1(-per_year * days / DAYS_OF_A_YEAR))


def of_month(share: float, days: int) -> float:
    """Turn a monthly chance into the chance within a month of so many days (an average month has 365 / 12)."""
    return steady(1.0 - (1.0 - share) ** (days * 12 / DAYS_OF_A_YEAR))


def cumulative(weights: Sequence[float]) -> NDArray[np.uint64]:
    """Turn weights into running thresholds: draw 32 bits and take the first index whose threshold is above them."""
    total = math.fsum(weights)
    running, codes = 0.0, list[int]()
    for weight in weights:
        running += weight
        codes.append(int(steady(running / total) * 2.0**32) if total else 0)
    if total:
        last = max(k for k, weight in enumerate(weights) if weight)
        codes[last:] = [1 << 32] * (len(codes) - last)
    return np.array(codes, np.uint64)


@piece
def elsewhere(running: NDArray[np.uint64], home: int, bits: np.uint64) -> int:
    """Choose an index other than `home`, each as often as its weight among the others says.

    Parameters
    ----------
    running : array of uint64, shape (n,)
        Running thresholds, as `cumulative` makes them.
    home : int
        The index that is left out.
    bits : uint64
        32 random bits.

    Returns
    -------
    int
        The index; `home` where no other has any weight.
    """
    before = running[home - 1] if home > 0 else np.uint64(0)
    own = running[home] - before
    others = CERTAIN - own
    if others == np.uint64(0):
        return home
    at = (bits * others) >> _HALF
    if at >= before:
        at += own
    found = 0
    while at >= running[found]:
        found += 1
    return found


def occasions(mean: float, most: int) -> NDArray[np.uint64]:
    """Turn a mean number of occasions into running thresholds of how many there are (Poisson, cut at `most`)."""
    term = total = math.exp(-mean)
    codes: list[int] = []
    for k in range(1, most + 1):
        codes.append(int(steady(total) * 2.0**32))
        term *= mean / k
        total += term
    return np.array([*codes, 1 << 32], np.uint64)
