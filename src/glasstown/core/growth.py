"""A count that only grows, known on a few dates: a smooth curve through the dates, and back from count to date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import final

DAYS_A_YEAR = 365.0


@final
@dataclass(frozen=True)
class Growth:
    """A count that only grows.

    Parameters
    ----------
    days : tuple of float
        When it was published, days since the first date, ascending.
    counts : tuple of float
        What was published, ascending.

    Notes
    -----
    Between two dates the curve is the monotone cubic with the slopes of Fritsch and Butland: it passes through every
    count and never falls. Before the first date it shrinks towards nothing; after the last it keeps its last year's
    pace.

    Source
    ------
    Fritsch and Butland 1984, A method for constructing local monotone piecewise cubic interpolants, SIAM J. Sci.
    Stat. Comput. 5:300.
    """

    days: tuple[float, ...]
    counts: tuple[float, ...]

    @staticmethod
    def of(counts: Mapping[str, float]) -> Growth:
        """Take counts by their date, written as 2014-07-23.

        Raises
        ------
        ValueError
            In words, for a date that is none, fewer than two dates, or a count that falls.
        """
        known = sorted((_date(day), float(count)) for day, count in counts.items())
        if len(known) < 2:
            raise ValueError("a growth needs two dates at least")
        for (earlier, before), (day, count) in pairwise(known):
            if day == earlier:
                raise ValueError(f"{day} is there twice")
            if not 0 < before < count:
                raise ValueError(f"a count that only grows is above 0 and larger on {day} than before")
        first = known[0][0]
        return Growth(tuple(float((day - first).days) for day, _ in known), tuple(count for _, count in known))

    @cached_property
    def slopes(self) -> tuple[float, ...]:
        """How much is added in a day, on each date."""
        days, counts = self.days, self.counts
        steps = [b - a for a, b in pairwise(days)]
        pace = [(b - a) / step for a, b, step in zip(counts, counts[1:], steps, strict=False)]
        inner = [
            3 * (h + k) / ((2 * k + h) / p + (k + 2 * h) / q)
            for h, k, p, q in zip(steps, steps[1:], pace, pace[1:], strict=False)
        ]
        return (pace[0], *inner, pace[-1])

    def count_at(self, day: float) -> float:
        """Return the count so many days after the first date."""
        if day <= 0:
            return self.counts[0] / (1.0 - day * self.slopes[0] / self.counts[0])
        if day >= self.days[-1]:
            return self.counts[-1] + (day - self.days[-1]) * self._last_pace
        k = max(i for i, known in enumerate(self.days) if known <= day)
        h = self.days[k + 1] - self.days[k]
        s = (day - self.days[k]) / h
        return (
            (1 + 2 * s) * (1 - s) * (1 - s) * self.counts[k]
            + s * (1 - s) * (1 - s) * h * self.slopes[k]
            + s * s * (3 - 2 * s) * self.counts[k + 1]
            + s * s * (s - 1) * h * self.slopes[k + 1]
        )

    def day_of(self, count: float) -> float:
        """Return the day on which the curve reaches a count, by halving; at most ten years either side of the dates."""
        low, high = self.days[0] - 10 * DAYS_A_YEAR, self.days[-1] + 10 * DAYS_A_YEAR
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if self.count_at(middle) < count else (low, middle)
        return (low + high) / 2

    @cached_property
    def _last_pace(self) -> float:
        end = self.days[-1]
        start = max(end - DAYS_A_YEAR, 0.0)
        k = max(i for i, known in enumerate(self.days[:-1]) if known <= start)
        share = (start - self.days[k]) / (self.days[k + 1] - self.days[k])
        begun = self.counts[k] + share * (self.counts[k + 1] - self.counts[k])
        return (self.counts[-1] - begun) / (end - start)


def _date(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise ValueError(f"'{word}' is not a date") from None
