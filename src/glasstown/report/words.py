"""Numbers as people say them: natural frequencies, few digits, the denominator always said."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import final

from glasstown.core.estimates import Estimate
from glasstown.metrics.quantities import COUNTS

FEW = 20
ROUND = 1_000
LARGEST = 10_000_000
NBSP = "\u00a0"


def whole(value: float) -> str:
    """Write a count, thousands separated."""
    return f"{round(value):,}"


def few(value: float, n_digits: int = 3) -> str:
    """Write a number with few significant digits, never as a power of ten."""
    if not math.isfinite(value):
        raise ValueError("only finite numbers are shown to people")
    rounded = rounded_to(value, n_digits)
    if rounded == round(rounded):
        return f"{round(rounded):,}"
    return f"{Decimal(repr(rounded)):,f}"


def rounded_to(value: float, n_digits: int) -> float:
    """Round to so many significant digits."""
    if value == 0:
        return 0.0
    return round(value, n_digits - 1 - math.floor(math.log10(abs(value))))


def resolution(low: float, high: float) -> float:
    """Say to which place a number is known: two digits of the width of its interval.

    Returns
    -------
    float
        A power of ten; 0 where the interval has no width.
    """
    return 10.0 ** (math.floor(math.log10(high - low)) - 1) if high > low else 0.0


def to_place(value: float, place: float) -> str:
    """Write a number rounded to a place (a power of ten, or 0 to keep three significant digits)."""
    if place <= 0:
        return few(value)
    rounded = round(value, -round(math.log10(place)))
    return few(rounded, 15)


def near(value: float, low: float | None, high: float | None) -> str:
    """Write a value with the digits that its interval supports: at least one, and never more than three."""
    if value == 0 or low is None or high is None:
        return few(value)
    first = math.floor(math.log10(abs(value)))
    return to_place(value, min(max(10.0 ** (first - 2), resolution(low, high)), 10.0**first))


def between(low: float, high: float, *, counts: bool = False) -> str:
    """Write an interval to two digits of its width, one of counts in whole numbers; only 0 is written as 0."""
    place = max(resolution(low, high), 1.0) if counts else resolution(low, high)
    return f"{_end(low, place)} to {_end(high, place)}"


def _end(value: float, place: float) -> str:
    said = to_place(value, place)
    return few(value, 2) if said == "0" else said


def plural(n: float, one: str, many: str) -> str:
    """Choose the word that goes with a number."""
    return one if n == 1 else many


def listing(names: Sequence[str]) -> str:
    """Write names one after the other: "group, sex and age"."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


@final
@dataclass(frozen=True)
class Frequency:
    """A share as "so many of so many".

    Parameters
    ----------
    of : int
        The round denominator: 1,000, or more where the share is small or nearly everything.
    estimate : Estimate
        The share; it is defined.
    """

    of: int
    estimate: Estimate

    @property
    def value(self) -> float:
        """The share, 0 to 1."""
        return self.estimate.value or 0.0

    @property
    def plain(self) -> bool:
        """Whether there are too few trials for a round denominator, so that the plain count is said."""
        return self.estimate.n < FEW

    def part(self) -> str:
        """Say the share as a number of `of`, with the digits its interval supports."""
        e = self.estimate
        return near_part(self.value, e.low, e.high, self.of)

    def short(self) -> str:
        """Say it: "870 of 1,000"; with few trials the plain count, "8 of 9"."""
        if self.plain:
            return f"{whole(self.value * self.estimate.n)} of {whole(self.estimate.n)}"
        return f"{self.part()} of {self.of:,}"

    def interval(self) -> str:
        """Say the interval on the round denominator: "95 % interval 760 to 930 of 1,000"."""
        return _framed(self.estimate, lambda e: _ends_of(e, self.of))

    def beside(self) -> str:
        """Say the interval on the denominator of `short`: "95 % interval 5 to 8.8 of 9"."""
        return _framed(self.estimate, lambda e: _ends_of(e, self._shown))

    def ends(self) -> str:
        """Write the ends of the interval on the denominator of `short`: "760 to 930 of 1,000", "5 to 8.8 of 9"."""
        return _ends_of(self.estimate, self._shown)

    @property
    def _shown(self) -> int:
        return self.estimate.n if self.plain else self.of


def near_part(share: float, low: float | None, high: float | None, of: int) -> str:
    """Write a share on a denominator; the smaller of it and the rest is what has at most three digits."""
    if share <= 0.5 or share == 1:
        return near(share * of, times(low, of), times(high, of))
    rest = near((1.0 - share) * of, times(_rest(high), of), times(_rest(low), of))
    return few(of - float(rest.replace(",", "")), 12)


def denominator(share: float) -> int:
    """Choose a round denominator at which neither the share nor the rest of it vanishes."""
    of = ROUND
    small = min(share, 1.0 - share)
    wanted = (10 if share < 0.5 else 1) * (1 - 1e-9)
    while 0 < small * of < wanted and of < LARGEST:
        of *= 10
    return of


def frequency(estimate: Estimate, of: int | None = None) -> Frequency | None:
    """Put a share into words; None where there was nothing to take a share of.

    Parameters
    ----------
    estimate : Estimate
        A share between 0 and 1.
    of : int, optional
        The denominator, where several shares are to be compared; chosen by default.
    """
    if estimate.value is None or estimate.n == 0:
        return None
    return Frequency(of or denominator(estimate.value or estimate.high or 0.0), estimate)


def amount(estimate: Estimate, scale: float = 1.0) -> str:
    """Write an estimate's value: a count exactly, anything else with the digits its interval supports."""
    if estimate.value is None:
        return "not defined"
    if is_count(estimate):
        return whole(estimate.value)
    return near(estimate.value * scale, times(estimate.low, scale), times(estimate.high, scale))


def limits(estimate: Estimate, scale: float = 1.0) -> str:
    """Write the ends of an estimate's interval; "" where it has none or it is a point."""
    if estimate.low is None or estimate.high is None or estimate.low == estimate.high:
        return ""
    return between(estimate.low * scale, estimate.high * scale, counts=is_count(estimate))


def known(estimate: Estimate) -> bool:
    """Say whether an estimate's interval is known, if it has a value: one of which nothing shows the spread is not."""
    return estimate.value is None or (estimate.low is not None and estimate.high is not None)


def interval(estimate: Estimate, unit: str = "") -> str:
    """Say an estimate's interval, and its range where replicates gave one; "" where it has none.

    Parameters
    ----------
    unit : str
        What the ends count: needed where another number than the estimate stands before them.
    """
    return _framed(estimate, lambda e: f"{limits(e)} {unit}".rstrip() if limits(e) else "")


def is_count(estimate: Estimate) -> bool:
    """Say whether the estimate is a number of events or people."""
    return estimate.name in COUNTS


def chance(value: float) -> str:
    """Write a number of a scenario; a very small one as "1 in so many"."""
    if 0 < value < 1e-4:
        return f"1 in {few(1 / value)}"
    return few(value, 6)


def _ends_of(estimate: Estimate, of: int) -> str:
    ends = limits(estimate, of)
    return f"{ends} of {of:,}" if ends else ""


def _framed(estimate: Estimate, ends: Callable[[Estimate], str]) -> str:
    """Call the ends what they are, and add the range over facts and doubtful cameras on the same scale."""
    said = ends(estimate)
    if not said:
        return ""
    said = f"95{NBSP}% interval {said}"
    if estimate.range_low is None or estimate.range_high is None:
        return said
    return f"{said}; range {ends(replace(estimate, low=estimate.range_low, high=estimate.range_high))}"


def _rest(share: float | None) -> float | None:
    return None if share is None else 1.0 - share


def times(value: float | None, factor: float) -> float | None:
    """Scale a value that may be undefined."""
    return None if value is None else value * factor
