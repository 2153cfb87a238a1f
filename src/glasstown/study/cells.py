"""The numbers of a comparison: what all seeds together say, and how far other seeds might move it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, final

from glasstown.core.estimates import Estimate
from glasstown.core.intervals import student
from glasstown.metrics.nation_quantities import QUANTITIES
from glasstown.metrics.quantities import METRICS, PERCENTILES

Sort = Literal["count", "ratio", "value"]

ALIKE = "the same in every seed"
_COUNTS = frozenset[str]().union(
    (m.name for m in METRICS if m.kind in ("count", "distinct")),
    (q.name for q in QUANTITIES if q.kind == "count"),
    ("people_simulated",),
)
_RATIOS = frozenset[str]().union(
    (m.name for m in METRICS if m.kind in ("rate", "share", "each")),
    (q.name for q in QUANTITIES if q.kind != "count"),
)
_NEAR = 1e-9


@final
@dataclass(frozen=True)
class Cell:
    """One quantity of one arm, or a difference, over the seeds.

    Parameters
    ----------
    value, low, high : float or None
        What the seeds say together (`sort_of`), and the 95 % interval of its expectation: over the seeds (jackknife,
        Student's t), or that of the one run. Where a quantity is the same in every seed, the seeds do not show how it
        varies, and the intervals of the runs are taken: what no run has seen has an upper bound.
    seeds : int
        Seeds in which it is defined; a difference is of those in which both sides are.
    n : int or None
        How many trials, people or events the value rests on, in all these seeds; None of a difference, whose sides
        have their own.
    note : str, optional
        Why there is no interval, if there are several seeds and none.
    of_runs : bool
        Whether the interval is that of the runs.
    """

    value: float | None
    low: float | None
    high: float | None
    seeds: int
    n: int | None = None
    note: str | None = None
    of_runs: bool = False

    def document(self) -> dict[str, Any]:
        """Return the cell as JSON-ready values."""
        return dict(vars(self))


def sort_of(name: str) -> Sort:
    """Say what is made of the seeds' values of a quantity.

    Of a `count` and of any other `value` (a percentile, a part of a variance) their mean. Of a `ratio` what was counted
    in all seeds over what it was counted of in all seeds: three alerts weigh less than thirty.
    """
    if name in _COUNTS:
        return "count"
    return "ratio" if name in _RATIOS else "value"


class _Side(NamedTuple):
    """The values of one arm in some seeds, and what each weighs."""

    values: list[float]
    weights: list[float]

    def whole(self) -> float:
        if len(set(self.values)) == 1:
            return self.values[0]
        return math.fsum(v * w for v, w in zip(*self, strict=True)) / math.fsum(self.weights)

    def without(self) -> list[float]:
        """Return what is left of it without each seed in turn."""
        if len(set(self.values)) == 1:
            return self.values
        above, below = math.fsum(v * w for v, w in zip(*self, strict=True)), math.fsum(self.weights)
        return [(above - v * w) / (below - w) for v, w in zip(*self, strict=True)]


def _side(estimates: Sequence[Estimate]) -> _Side:
    values = [e.value for e in estimates if e.value is not None]
    if estimates and sort_of(estimates[0].name) == "ratio":
        return _Side(values, [float(e.n) for e in estimates if e.value is not None])
    return _Side(values, [1.0] * len(values))


def of_arm(estimates: Sequence[Estimate]) -> Cell:
    """Return what the seeds of an arm say together, and its interval; that of the runs where all say the same."""
    known = [e for e in estimates if e.value is not None]
    if not known:
        return Cell(None, None, None, 0, 0)
    side, many, n = _side(known), len(known), sum(e.n for e in known)
    value = side.whole()
    if len(set(side.values)) > 1:
        reach = _reach(side.without())
        return Cell(value, value - reach, value + reach, many, n)
    lows, highs = [e.low for e in known if e.low is not None], [e.high for e in known if e.high is not None]
    if len(lows) < many or len(highs) < many:
        return Cell(value, None, None, many, n, ALIKE if many > 1 else None)
    low, high = math.fsum(lows) / many, math.fsum(highs) / many
    if known[0].name not in PERCENTILES:
        # So many runs without an event say as much as one that is so many times as long.
        high = high / many if value == low == 0.0 else high
        low = 1 - (1 - low) / many if value == high == 1.0 and known[0].unit == "share" else low
    return Cell(value, low, high, many, n, of_runs=many > 1)


def within(cell: Cell, least: float, most: float) -> Cell:
    """Keep an interval to what the quantity can be: nothing counted is below 0, no share above 1."""
    if cell.low is None or cell.high is None:
        return cell
    return replace(cell, low=max(cell.low, least), high=min(cell.high, most))


def difference(one: Sequence[Estimate], other: Sequence[Estimate], cell: Cell, first: Cell, alike: bool) -> Cell:
    """Return what one arm has more than the first, leaving out the same seed on both sides.

    A difference that is the same in every seed may be another in the next one, unless the scenarios are alike, and the
    seeds do not say how much. Only what the scenario rules out and what no run has seen is bounded by the runs: there
    the interval is from end to end.
    """
    both = [(a, b) for a, b in zip(one, other, strict=True) if a.value is not None and b.value is not None]
    if not both:
        return Cell(None, None, None, 0)
    sides = _side([a for a, _ in both]), _side([b for _, b in both])
    value, many = sides[0].whole() - sides[1].whole(), len(both)
    if many == 1:
        return Cell(value, None, None, 1)
    each = [a - b for a, b in zip(*(side.values for side in sides), strict=True)]
    reach = _reach([a - b for a, b in zip(*(side.without() for side in sides), strict=True)])
    size = max(abs(v) for side in sides for v in side.values)
    if len(set(each)) > 1 or reach > _NEAR * size:
        return Cell(value, value - reach, value + reach, many)
    if alike:
        return Cell(value, value, value, many)
    ends = [_bounded(c, side, both[0][0]) for c, side in zip((cell, first), sides, strict=True)]
    if ends[0] is None or ends[1] is None:
        return Cell(value, None, None, many, note=ALIKE)
    return Cell(value, ends[0][0] - ends[1][1], ends[0][1] - ends[1][0], many, of_runs=True)


def _bounded(cell: Cell, side: _Side, of: Estimate) -> tuple[float, float] | None:
    """Return the ends of an arm that its runs bound: no event in any seed, nothing but events, or ruled out."""
    if cell.low is None or cell.high is None or len(set(side.values)) > 1 or not cell.of_runs:
        return None
    never = of.name not in PERCENTILES and (side.values[0] == 0 or (side.values[0] == 1 and of.unit == "share"))
    return (cell.low, cell.high) if never or cell.low == cell.high else None


def _reach(without: Sequence[float]) -> float:
    """Return half the interval of a jackknife: of a mean it is that of Student's t."""
    many = len(without)
    mean = math.fsum(without) / many
    spread = math.sqrt((many - 1) / many * math.fsum((value - mean) ** 2 for value in without))
    return float(student(many - 1)) * spread
