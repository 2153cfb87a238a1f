"""One budget of false alarms for the suite: how often correct code may be called wrong, and which file may do so.

A check on a count is exact: it is red when a binomial count as far out or farther has a chance below half of one
in a million on its side. So each check spends at most one millionth of the budget, and `SHARES` says how many
millionths each file may spend; the whole is one in a thousand for the suite. Seeds are fixed, so an alarm can
only come when a draw's address changes.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable
from functools import cache

from scipy.special import bdtr, bdtrc

EACH = 1e-6
WHOLE = 1e-3
SHARES = {
    "test_adjudicate.py": 4,
    "test_capture.py": 17,
    "test_compare.py": 95,
    "test_conditions.py": 56,
    "test_consequence.py": 4,
    "test_core.py": 45,
    "test_crowd.py": 20,
    "test_devices.py": 19,
    "test_halt.py": 10,
    "test_intervals.py": 20,
    "test_known_answers.py": 75,
    "test_live.py": 20,
    "test_nation_moves.py": 16,
    "test_people.py": 340,
    "test_review.py": 20,
    "test_views.py": 3,
    "test_watchlist.py": 40,
}
OWN_BOUNDS = ("test_crowd.py", "test_intervals.py", "test_live.py", "test_people.py")
POWER = 0.99

_spent: Counter[str] = Counter()


def tails(observed: int, n: int, p: float) -> tuple[float, float]:
    """Return the chances of a count at most and at least as large, of n trials with probability p."""
    if p <= 0.0 or p >= 1.0:
        sure = n if p >= 1.0 else 0
        return float(observed >= sure), float(observed <= sure)
    return float(bdtr(observed, n, p)), float(bdtrc(observed - 1, n, p)) if observed > 0 else 1.0


def plausible(observed: int, n: int, p: float) -> bool:
    """Tell whether a count can come from n trials with probability p, up to one false alarm in a million."""
    return min(tails(int(observed), int(n), float(p))) >= EACH / 2


@cache
def smallest_error(n: int, p: float) -> float:
    """Return the smallest error of p, up or down, that `agrees` notices 99 times in 100 (inf: none that size).

    An error that leaves the interval 0 to 1 cannot happen and is not asked for.
    """
    low, high = _limits(n, p)
    errors: list[float] = []
    if p < 1.0:
        errors.append(_until(lambda q: tails(high, n, q)[1] if high <= n else 0.0, p, 1.0) - p)
    if p > 0.0:
        errors.append(p - _until(lambda q: tails(low, n, q)[0] if low >= 0 else 0.0, p, 0.0))
    return max(errors)


def _limits(n: int, p: float) -> tuple[int, int]:
    """Return the largest count that is too small and the smallest that is too large."""
    width = 8 * math.sqrt(n * p * (1 - p)) + 40
    low, inside = max(-1, int(n * p - width)), int(n * p)
    while inside - low > 1:
        middle = (low + inside) // 2
        low, inside = (low, middle) if plausible(middle, n, p) else (middle, inside)
    inside, high = int(n * p), min(n + 1, int(n * p + width) + 1)
    while high - inside > 1:
        middle = (inside + high) // 2
        inside, high = (middle, high) if plausible(middle, n, p) else (inside, middle)
    return low, high


def _until(power: Callable[[float], float], start: float, end: float) -> float:
    """Return the probability nearest to `start` at which the power suffices, infinitely far if none does."""
    if power(end) < POWER:
        return math.inf if end > start else -math.inf
    near, far = start, end
    for _ in range(50):
        middle = (near + far) / 2
        near, far = (middle, far) if power(middle) < POWER else (near, middle)
    return far


def agrees(observed: int, n: int, p: float, notices: float) -> None:
    """Assert that a count agrees with n trials of probability p, and that an error of `notices` would be red.

    Parameters
    ----------
    observed, n : int
        Successes and trials.
    p : float
        What was configured.
    notices : float
        The error of p, up or down, that the test promises to notice 99 times in 100.
    """
    file = os.environ.get("PYTEST_CURRENT_TEST", "").partition("::")[0].rpartition("/")[2]
    _spent[file] += 1
    assert _spent[file] <= SHARES.get(file, 0), f"{file} has spent its share of the false alarms"
    assert smallest_error(int(n), float(p)) <= notices, (
        f"{n:,} trials notice {smallest_error(int(n), float(p)):.3g}, not {notices:.3g}"
    )
    low, high = tails(int(observed), int(n), float(p))
    assert min(low, high) >= EACH / 2, f"{observed:,} of {n:,} do not agree with {p:.6g} (tails {low:.2g}, {high:.2g})"
