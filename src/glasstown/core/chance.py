"""Chances as integers: an event happens when a random integer is below a threshold.

Decisions are integer comparisons, because the last bit of a floating-point function differs between
processors. A threshold is floor(p * 2**32), so that certainty (2**32) always happens; below p = 2**-20 it
is floor(p * 2**64) with the top bit set, and 64 random bits decide, so that 1e-10 does not become never.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glasstown.core.kernels import kernel

FINE = np.uint64(1 << 63)
CERTAIN = np.uint64(1 << 32)
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
    return np.array([threshold(float(x)) for x in np.asarray(p, np.float64).ravel()], np.uint64)


@kernel
def happens(high: np.uint64, low: np.uint64, code: np.uint64) -> bool:
    """Decide one event from two random 32-bit words and a threshold."""
    if code >= FINE:
        return bool(((high << _HALF) | low) < (code ^ FINE))
    return bool(high < code)


def happen(high: NDArray[np.uint64], low: NDArray[np.uint64], code: ArrayLike) -> NDArray[np.bool_]:
    """Decide many events: the plain NumPy twin of `happens`."""
    codes = np.asarray(code, np.uint64)
    fine = codes >= FINE
    return np.where(fine, ((high << _HALF) | low) < (codes & ~FINE), high < codes)
