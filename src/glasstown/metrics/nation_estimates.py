"""From what was counted in a nation to estimates: values for the whole nation, with intervals over clusters.

Communities live apart and alike, so that clusters of them are independent draws of the same thing: their spread says
how far a number could be off by chance, whatever is shared within a person, a community or a month. A simulated part
of the nation is scaled up; the interval is that of the part, scaled too. A mean that one cluster bears, or of which
all clusters say the same, shows no spread: it has a value and a count, and its interval is not known.

Source
------
Wolter 2007, Introduction to Variance Estimation, chapters 2 (random groups) and 4 (jackknife).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar, final

import numpy as np
from numpy.typing import NDArray

from glasstown import counts as q
from glasstown import tables as t
from glasstown.core.columns import F64, I64
from glasstown.core.estimates import Estimate
from glasstown.core.intervals import Bounds, Sums, share_bounds, student, total_bounds
from glasstown.metrics.conservation import Inconsistent
from glasstown.metrics.nation import PREDICTORS
from glasstown.metrics.nation_quantities import QUANTITIES
from glasstown.metrics.nation_quantity import Quantity

MOST_CLUSTERS = 64
Numbers = TypeVar("Numbers", I64, F64)
# Of two clusters one may bear nearly four times as much as the other: beyond that their spread says too little.
_LEAST_WORTH = 1.5
_NUMBER = re.compile(r"(\w+)(?:\[(\d+)\])?")
Label = str | tuple[str, ...] | None


@final
@dataclass(frozen=True)
class Counted:
    """Everything that was counted in the simulated part of a nation.

    Parameters
    ----------
    rows : array of int64, shape (clusters, rows, counts)
        By group of people (`census.count`).
    series : array of int64, shape (months, series)
        Month by month.
    grades : array of int64, shape (clusters, groups, bands, bands)
        Grades at the start by grades at the end.
    deals : array of int64, shape (clusters, groups, predictors, bins, 2)
        Who cheated, by what was on file.
    """

    rows: I64
    series: I64
    grades: I64
    deals: I64


class Part(NamedTuple):
    """One group of people: how it is grouped, its name, and its row in the counts."""

    by: str
    name: str
    row: int


def parts(groups: Sequence[str], places: Sequence[str]) -> list[Part]:
    """List the groups of people for whom everything is counted, in the order of `census.count`."""
    named = [("age", t.AGE_BANDS), ("sex", t.SEXES), ("income", t.INCOMES), ("group", groups)]
    listed = [Part(by, name, 0) for by, names in named for name in names]
    found = [Part(part.by, part.name, 1 + k) for k, part in enumerate(listed)]
    last = len(found) + len(places)
    return found + [Part("jurisdiction", name, last - k) for k, name in enumerate(places)]


def estimates(
    counted: Counted,
    groups: Sequence[str],
    places: Sequence[str],
    grades: Sequence[str],
    scale: float,
    ruled_out: frozenset[str],
) -> list[Estimate]:
    """Estimate every quantity of a nation.

    Parameters
    ----------
    groups, places, grades : sequences of str
        Names of the groups, the jurisdictions and the grades, lowest first.
    scale : float
        People in the nation for each one simulated.
    ruled_out : frozenset of str
        Quantities, and numbers of a longer count (`deals[0]`), that the scenario holds at zero: there chance leaves
        nothing open.

    Raises
    ------
    Inconsistent
        If something happened that the scenario rules out.
    """
    people = parts(groups, places)
    asked: list[_Asked] = []
    for quantity in QUANTITIES:
        asked += _of_quantity(quantity, people, tuple(grades))
    found = [_simulated(counted), *_worked_out(asked, counted.rows, scale, ruled_out)]
    found += _uninformed(counted, people)
    found += _variance(counted, people)
    found += _predicted(counted, groups)
    found += _mobility(counted, tuple(grades), people)
    return found


def _simulated(counted: Counted) -> Estimate:
    n = int(counted.rows[:, 0, q.PEOPLE].sum())
    return _estimate("people_simulated", "people", None, None, float(n) if n else None, float(n), float(n), n)


def _estimate(
    name: str, unit: str, by: Label, group: Label, value: float | None, low: float, high: float, n: int
) -> Estimate:
    """Make an estimate; without a value it has no interval and no count, and ends that are NaN are not known."""
    if value is None:
        return Estimate(name, unit, by, group, None, None, None, None, None, 0)
    if math.isnan(low) or math.isnan(high):
        return Estimate(name, unit, by, group, value, None, None, None, None, n)
    return Estimate(name, unit, by, group, value, low, high, None, None, n)


# ------------------------------------------------------------------ ratios of counts
class _Asked(NamedTuple):
    quantity: Quantity
    by: Label
    group: Label
    row: int
    above: tuple[int, ...]
    below: tuple[int, ...]


def _of_quantity(quantity: Quantity, people: list[Part], grades: tuple[str, ...]) -> Iterator[_Asked]:
    above, below = _columns(quantity.above), _columns(quantity.below)
    yield _Asked(quantity, None, None, 0, above, below)
    for part in people:
        yield _Asked(quantity, part.by, part.name, part.row, above, below)
    if not quantity.by:
        return
    if quantity.each:
        above = _columns((quantity.each,) if isinstance(quantity.each, str) else quantity.each)
    words = grades if quantity.by == "grade" else quantity.words
    each_below = _columns((quantity.below_each,)) if quantity.below_each else ()
    # Below, a count may be longer than the part of it that has names.
    each_below = each_below[len(each_below) - len(words) :] if quantity.by == "cause" else each_below
    for k, word in enumerate(words):
        under = (each_below[k],) if each_below else below
        yield _Asked(quantity, quantity.by, word, 0, (above[k],), under)
        for part in people:
            if part.by in ("group", "income", "jurisdiction"):
                yield _Asked(quantity, (quantity.by, part.by), (word, part.name), part.row, (above[k],), under)
    if quantity.across:
        yield from _crossed(quantity, grades if quantity.across == "grade" else quantity.others)


def _crossed(quantity: Quantity, others: tuple[str, ...]) -> Iterator[_Asked]:
    """Ask for each of a second thing, in all and for each of the first."""
    above, below = _columns((quantity.crossed,)), _columns(quantity.below)
    size = len(above) // len(quantity.words)
    for m, other in enumerate(others):
        yield _Asked(quantity, quantity.across, other, 0, above[m::size], below)
        for k, word in enumerate(quantity.words):
            by, group = (quantity.by, quantity.across), (word, other)
            yield _Asked(quantity, by, group, 0, (above[k * size + m],), below)


def _columns(names: Sequence[str]) -> tuple[int, ...]:
    found: list[int] = []
    for name in names:
        match = _NUMBER.fullmatch(name)
        assert match is not None, name
        first, size = q.FIRST[match[1]], q.SIZES[match[1]]
        found += [first + int(match[2])] if match[2] else range(first, first + size)
    return tuple(found)


def _worked_out(asked: list[_Asked], rows: I64, scale: float, ruled_out: frozenset[str]) -> list[Estimate]:
    alive = rows[:, 0, q.PEOPLE] > 0
    held = rows[alive] if alive.any() else rows[:1]
    above = np.array([held[:, a.row, list(a.above)].sum(axis=1) for a in asked])
    below = np.array([held[:, a.row, list(a.below)].sum(axis=1) for a in asked])
    low, high = np.zeros(len(asked)), np.zeros(len(asked))
    for kind, bounds in _BOUNDS.items():
        some = [k for k, a in enumerate(asked) if a.quantity.kind in kind]
        within = bounds(above[some], below[some])
        low[some], high[some] = within.low, within.high
    never = frozenset(_columns([name for name in ruled_out if name.endswith("]")]))
    found: list[Estimate] = []
    for k, a in enumerate(asked):
        over, under, of = int(above[k].sum()), int(below[k].sum()), a.quantity
        count = of.kind == "count"
        by = scale if count else of.per
        # What was counted of people of whom no adult is left rests on what happened.
        n = under or over if count else under
        value = (over * by if count else over * by / under) if n else None
        weighed = by if count or of.kind != "rate" else by / max(under, 1)
        ends = (float(low[k]) * weighed, float(high[k]) * weighed)
        if of.name in ruled_out or never.issuperset(a.above):
            if over:
                raise Inconsistent(f"{of.name} is {over * by:g}, which the scenario rules out")
            ends = (0.0, 0.0)
        found.append(_estimate(of.name, of.unit, a.by, a.group, value, *ends, n))
    return found


def _sums(above: I64, below: I64) -> Sums:
    a, b = above.astype(object), below.astype(object)
    clusters = np.full(len(a), above.shape[1], np.int64)
    return Sums(a.sum(1), b.sum(1), (a * a).sum(1), (a * b).sum(1), (b * b).sum(1), clusters)


def _totals(above: I64, below: I64) -> Bounds:
    return total_bounds(_sums(above, below))


def _shares(above: I64, below: I64) -> Bounds:
    return share_bounds(_sums(above, below), independent=True)


def _means(above: I64, below: I64) -> Bounds:
    """Give the interval of a ratio by linearisation, with as many degrees of freedom as clusters that bear it.

    Returns
    -------
    Bounds
        NaN where nothing shows how far chance moves the ratio: where all clusters that bear it say the same, as one
        does alone, or where one bears so much that together they are worth less than one and a half.
    """
    a, b = above.astype(np.float64), below.astype(np.float64)
    total = np.maximum(b.sum(1), 1e-9)
    ratio = a.sum(1) / total
    n = (b > 0).sum(1)
    spread = ((a - ratio[:, None] * b) ** 2).sum(1) * n / np.maximum(n - 1, 1)
    worth = total**2 / np.maximum((b * b).sum(1), 1e-9)
    reach = student(np.clip(worth - 1, 1, None)) * np.sqrt(spread) / total
    reach[_alike(above, below) | (worth < _LEAST_WORTH)] = np.nan
    return Bounds(np.maximum(ratio - reach, 0.0), ratio + reach)


def _alike(above: I64, below: I64) -> NDArray[np.bool_]:
    """Say which ratios are the same in all clusters, in whole numbers: of fractions a rounding would pass as spread."""
    a, b = above.astype(object), below.astype(object)
    return np.array([not (x * v.sum() != x.sum() * v).any() for x, v in zip(a, b, strict=True)], np.bool_)


_BOUNDS: dict[tuple[str, ...], Callable[[I64, I64], Bounds]] = {
    ("count", "rate"): _totals,
    ("share",): _shares,
    ("mean",): _means,
}


# ------------------------------------------------------------------ what is no ratio of counts
def _jackknifed(values: Callable[[Numbers], F64], counts: Numbers) -> tuple[F64, F64, F64]:
    """Return a statistic and its interval by leaving out one cluster after the other."""
    whole = counts.sum(axis=0)
    value = values(whole)
    n = len(counts)
    left = np.array([values(whole - one) for one in counts])
    deviation = np.sqrt(((left - left.mean(axis=0)) ** 2).sum(axis=0) * (n - 1) / n)
    reach = float(student(max(n - 1, 1))) * deviation
    return value, value - reach, value + reach


def _variance(counted: Counted, people: list[Part]) -> list[Estimate]:
    found: list[Estimate] = []
    everybody: list[tuple[Label, Label, int]] = [(None, None, 0)]
    for by, name, row in everybody + [(p.by, p.name, p.row) for p in people if p.by == "group"]:
        counts = counted.rows[:, row, q.VARIANCE : q.VARIANCE + 11]
        # As fractions: of a large nation with large points the sum of all clusters would not fit into 64 bits.
        counts = counts[counts[:, 0] > 0].astype(np.float64)
        n = int(counts[:, 0].sum()) if len(counts) else 0
        spread = len(counts) > 1 and _parts_of_variance(counts.sum(axis=0)).sum() > 0.5
        share, low, high = _jackknifed(_parts_of_variance, counts) if spread else (np.zeros(4),) * 3
        for k, cause in enumerate(t.RATING_CAUSES):
            to: Label = "cause" if by is None else ("cause", str(by))
            of: Label = cause if by is None else (cause, str(name))
            value = float(share[k]) if spread else None
            found.append(_estimate("rating_variance_share", "share", to, of, value, float(low[k]), float(high[k]), n))
    return found


def _parts_of_variance(sums: F64) -> F64:
    """Split the variance of ratings: the covariance of each part with the whole, over the variance of the whole.

    The parts (conduct, luck, bias of reporters, errors of the data) add up to the rating, so their shares add up to 1.
    A share can be negative: errors that fall on people with good ratings pull the ratings together.
    """
    n = float(max(sums[0], 1))
    mean = sums[1] / n
    whole = sums[2] / n - mean * mean
    if whole <= 0:
        return np.zeros(4)
    return np.array([(sums[4 + 2 * k] / n - sums[3 + 2 * k] / n * mean) / whole for k in range(4)])


def _each(counts: I64, groups: Sequence[str]) -> Iterator[tuple[str | None, I64]]:
    """Give what was counted for everybody, then group by group; clusters come first, groups second."""
    yield None, counts.sum(axis=1)
    for k, group in enumerate(groups):
        yield group, counts[:, k]


def _named(by: Label, of: Label, group: str | None) -> tuple[Label, Label]:
    """Name a grouping and its group, crossed with a group of people where there is one."""
    if group is None:
        return by, of
    several = [() if x is None else x if isinstance(x, tuple) else (x,) for x in (by, of)]
    if not several[0]:
        return "group", group
    return (*several[0], "group"), (*several[1], group)


def _predicted(counted: Counted, groups: Sequence[str]) -> list[Estimate]:
    found: list[Estimate] = []
    for group, counts in _each(counted.deals, groups):
        for k, name in enumerate(PREDICTORS):
            deals = counts[:, k]
            n = int(deals[:, :, 1].sum())
            alive = deals[deals.sum(axis=(1, 2)) > 0]
            some = n > 0 and int(deals[:, :, 0].sum()) > 0
            order, low, high = _jackknifed(_right_order, alive) if some else (np.zeros(1),) * 3
            value = float(order[0]) if some else None
            # One cluster, or clusters that say the same, show no spread.
            spread = float(high[0]) > float(low[0])
            ends = (max(float(low[0]), 0.0), min(float(high[0]), 1.0)) if spread else (math.nan, math.nan)
            names = _named("predictor", name, group)
            found.append(_estimate("cheating_predicted", "share", *names, value, *ends, n))
    return found


def _right_order(deals: I64) -> F64:
    """Return the chance that who cheated stands before who did not; ties count one half."""
    honest, cheated = deals[:, 0].astype(np.float64), deals[:, 1].astype(np.float64)
    above = np.concatenate([[0.0], np.cumsum(honest)[:-1]])
    pairs = honest.sum() * cheated.sum()
    return np.array([float((cheated * (above + honest / 2)).sum() / pairs) if pairs else 0.5])


def _mobility(counted: Counted, grades: tuple[str, ...], people: list[Part]) -> list[Estimate]:
    found: list[Estimate] = []
    groups = {part.name: part.row for part in people if part.by == "group"}
    n = len(grades)
    for group, counts in _each(counted.grades, list(groups)):
        moves = counts[:, :n, :n]
        for k, before in enumerate(grades if moves.sum() else ()):
            below = moves[:, k].sum(axis=1)
            bounds = _shares(moves[:, k].T, np.repeat(below[None], n, axis=0))
            for m, after in enumerate(grades):
                total = int(below.sum())
                value = float(moves[:, k, m].sum() / total) if total else None
                names = _named(("grade", "grade_after"), (before, after), group)
                ends = float(bounds.low[m]), float(bounds.high[m])
                found.append(_estimate("grade_mobility", "share", *names, value, *ends, total))
    for group, counts in _each(counted.deals, list(groups)):
        ties, low, high = _jackknifed(_same, counts[:, 0].sum(axis=2))
        rated = int(counted.rows[:, 0 if group is None else groups[group], q.RATED].sum())
        value, ends = float(ties[0]) if rated else None, (max(float(low[0]), 0.0), min(float(high[0]), 1.0))
        found.append(_estimate("rating_ties", "share", *_named(None, None, group), value, *ends, rated))
    return found


def _same(people: I64) -> F64:
    total = float(people.sum())
    return np.array([float(((people / total) ** 2).sum()) if total else 0.0])


def _uninformed(counted: Counted, people: list[Part]) -> list[Estimate]:
    rows = counted.rows
    found: list[Estimate] = []
    for by, name, row in [(None, None, 0), *((p.by, p.name, p.row) for p in people)]:
        below = (rows[:, row, q.ADULTS] - rows[:, row, q.INFORMED])[None]
        above = rows[:, row, q.UNINFORMED_APPROVE][None]
        n = int(below.sum())
        bounds = _shares(above, below)
        value = float(above.sum() / n) if n else None
        ends = float(bounds.low[0]), float(bounds.high[0])
        found.append(_estimate("approval_uninformed", "share", by, name, value, *ends, n))
    return found
