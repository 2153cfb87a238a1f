"""Sums over households: they add up over communities and hold all that an estimate needs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, final

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import F64, I16, I32, I64, Bool
from glasstown.core.estimates import Estimate
from glasstown.core.intervals import Bounds, Exact, Sums, among_all, kish, percentiles, share_bounds, total_bounds
from glasstown.core.kernels import kernel
from glasstown.metrics.ledger import MOST_A_DAY, Book
from glasstown.metrics.partitions import cell_of, kinds_of_cells, labels, n_cells, n_kinds
from glasstown.metrics.quantities import COLUMNS, METRICS, Metric, column

_NONE, _ONE = np.uint64(0), np.uint64(1)
_MIDDLE = 32
_MASK = (1 << _MIDDLE) - 1
_NOBODY = -1.0
_RATIOS = [(metric.events, metric.trials) for metric in METRICS]
_SHARES = {(metric.above, metric.below): metric for metric in METRICS if metric.kind == "share"}


@final
@dataclass(frozen=True)
class Moments:
    """Whole-number sums over households for every kind of person at every level.

    Parameters
    ----------
    n_groups : int
        Number of neutral groups.
    clusters : array of int64, shape (kinds,)
        Households with somebody of the kind.
    totals : array of int64, shape (kinds, columns)
        Totals of `quantities.COLUMNS`.
    squares : array of Python integers, shape (kinds, metrics, 3)
        Sums over households of events**2, events * trials and trials**2.
    passes, captures : arrays of int64, shape (cells, 1024)
        Person-days by number of passes and captures, for the finest kinds.
    """

    n_groups: int
    clusters: I64
    totals: I64
    squares: Exact
    passes: I64
    captures: I64

    def total(self, column: str) -> I64:
        """Return the totals of one column for all kinds; the first is everybody."""
        return self.totals[:, COLUMNS.index(column)]

    def sums(self, metric: Metric) -> Sums:
        """Return what the interval of one metric needs."""
        i = METRICS.index(metric)
        return Sums(
            self.total(metric.events).astype(object),
            self.total(metric.trials).astype(object),
            self.squares[:, i, 0],
            self.squares[:, i, 1],
            self.squares[:, i, 2],
            self.clusters,
        )

    def histograms(self, column: str) -> I64:
        """Return person-days by number of passes or captures for all kinds, shape (kinds, 1024)."""
        cells = self.passes if column == "passes" else self.captures
        kinds = np.zeros((n_kinds(self.n_groups), cells.shape[1]), np.int64)
        for level in kinds_of_cells(self.n_groups).T:
            np.add.at(kinds, level, cells)
        return kinds


def nothing(n_groups: int) -> Moments:
    """Return the moments of no community, to which others are added."""
    kinds, cells = n_kinds(n_groups), n_cells(n_groups)
    histogram = np.zeros((cells, MOST_A_DAY + 1), np.int64)
    return Moments(
        n_groups,
        np.zeros(kinds, np.int64),
        np.zeros((kinds, len(COLUMNS)), np.int64),
        np.zeros((kinds, len(METRICS), 3), np.object_),
        histogram,
        histogram,
    )


def close(book: Book, people: t.People, n_groups: int) -> Moments:
    """Sum one community's books over its households.

    Parameters
    ----------
    book : Book
        The community's books after its last day.
    people : People
        The same people in the same order.
    n_groups : int
        Number of neutral groups.

    Returns
    -------
    Moments
        Exact: products are summed in two halves, so that no sum can overflow.

    Raises
    ------
    ValueError
        If the books and the people differ.
    """
    if n_groups < book.n_groups or not np.array_equal(book.accounts.person, people.person):
        raise ValueError("the books belong to other people")
    none, products = nothing(n_groups), _products()
    counts, kinds = _counts(book.ledger), kinds_of_cells(n_groups)[cell_of(people, n_groups)]
    order = np.argsort(people.household, kind="stable")
    household = people.household[order]
    if not np.array_equal(order, np.arange(len(order))):
        counts, kinds = np.ascontiguousarray(counts[:, order]), kinds[order]
    halves = np.zeros((len(none.clusters), products.first.size, 2), np.int64)
    room = np.empty((3, max(len(COLUMNS), len(products.first)) + 1), np.int64)
    _sum_households(
        household, kinds, counts, products.first, products.second, room, none.clusters, none.totals, halves
    )  # fmt: skip
    sums: Exact = halves[..., 1].astype(np.object_) * (1 << _MIDDLE) + halves[..., 0]
    squares: Exact = sums[:, products.of_metric]
    return Moments(
        n_groups,
        none.clusters,
        none.totals,
        squares,
        _with_groups(book.passes, book.n_groups, n_groups),
        _with_groups(book.captures, book.n_groups, n_groups),
    )


def add(a: Moments, b: Moments) -> Moments:
    """Add the moments of two sets of whole communities."""
    if a.n_groups != b.n_groups:
        raise ValueError("moments of different scenarios do not add up")
    return Moments(
        a.n_groups,
        a.clusters + b.clusters,
        a.totals + b.totals,
        a.squares + b.squares,
        a.passes + b.passes,
        a.captures + b.captures,
    )


def estimates(
    moments: Moments, groups: Sequence[str], days: int, ruled_out: Collection[str] = ()
) -> list[Estimate]:
    """Estimate every metric for everybody, by age, sex and group, and by each two of them.

    Parameters
    ----------
    moments : Moments
        Of all communities, added up.
    groups : sequence of str
        Names of the neutral groups, in the scenario's order.
    days : int
        How long the run was; the books are checked against it.
    ruled_out : collection of str
        Metrics that cannot be anything but zero, whatever chance does.

    Returns
    -------
    list of Estimate
        Metric by metric, in the order of `METRICS`; `value`, `low` and `high` are None where there is nothing
        to divide by, of percentiles that may be 1,023 a day or more, which are not counted apart, and of those of
        fewer person-days than one for the part above (a 99th percentile of fewer than 100).

    Raises
    ------
    ValueError
        If groups or days are not those of the moments.

    Limits
    ------
    The interval says how far chance in people's lives and in the devices could move the number in a town of
    these streets, cameras and list. How many people are of a kind is left to chance too; how many there are in all
    is not, nor how many of them are rightly on the list. It does not cover wrong facts: for these see `range_low,
    range_high`.
    """
    if len(groups) != moments.n_groups or moments.total("days")[0] != days * moments.total("people")[0]:
        raise ValueError("the moments are of other groups or other days")
    named = labels(groups)
    found: list[Estimate] = []
    for metric in METRICS:
        value, bounds, n = _estimated(moments, metric, days)
        if metric.name in ruled_out or (metric.opportunity and not moments.total(metric.opportunity)[0]):
            bounds = Bounds(value, value)
        for i, (by, group) in enumerate(named):
            numbers = (None, None, None)
            if value[i] != _NOBODY:
                numbers = (float(value[i]), float(bounds.low[i]), float(bounds.high[i]))
            found.append(Estimate(metric.name, metric.unit, by, group, *numbers, None, None, int(n[i])))
    return found


def _estimated(moments: Moments, metric: Metric, days: int) -> tuple[F64, Bounds, I64]:
    """Return value, bounds and count for all kinds; the value is -1 where it is undefined."""
    sums = moments.sums(metric)
    above, below = moments.total(metric.above), moments.total(metric.below)
    if metric.kind == "percentile":
        return _percentile(moments, metric, sums)
    if metric.kind == "share":
        bounds = share_bounds(sums, borrow=True)
        return _where(below > 0, above / np.maximum(below, 1), bounds, below)
    if metric.kind == "distinct":
        most = moments.total(metric.of or metric.below)[0]
        everybody = _of_all(moments, metric, sums)
        low, high = total_bounds(among_all(sums), borrow=True)
        low[0], high[0] = everybody.low[0] * most, everybody.high[0] * most
        high = np.where(below > 0, np.minimum(high, most), 0.0)
        return _where(below >= 0, above * 1.0, Bounds(low, high), below)
    counted = among_all(sums) if metric.kind == "count" else sums
    totals = total_bounds(counted, metric.together(days), borrow=True)
    if metric.kind == "count":
        high = np.where(below > 0, totals.high, 0.0)
        return _where(below >= 0, above / metric.per, Bounds(totals.low / metric.per, high / metric.per), below)
    if metric.kind == "each":
        some = np.maximum(below, 1)
        low, high = np.where(below > 0, totals.low, 1.0), np.where(below > 0, totals.high, 1.0)
        return _where(below > 0, above / some, Bounds(above / high, above / low), below)
    scale = metric.per / np.maximum(below, 1)
    return _where(below > 0, above * scale, Bounds(totals.low * scale, totals.high * scale), below)


def _of_all(moments: Moments, metric: Metric, sums: Sums) -> Bounds:
    """Give the interval of the share that different people are of all whom they could be.

    People are counted one by one; of those whose number is given it is the interval of the share that is told of them.
    """
    if metric.of == metric.above:
        given = np.ones(len(sums.clusters))
        return Bounds(given, given)
    if metric.of:
        return share_bounds(moments.sums(_SHARES[metric.above, metric.of]), borrow=True)
    return share_bounds(sums, borrow=True, independent=True)


def _percentile(moments: Moments, metric: Metric, sums: Sums) -> tuple[F64, Bounds, I64]:
    """Read percentiles off the histograms.

    Undefined where an end is in the last column, which holds 1,023 and more, and of so few person-days that it would be
    the largest number seen.
    """
    histograms = moments.histograms(metric.above)
    n = histograms.sum(axis=1)
    some = n * (1000 - metric.permille) >= 1000
    value, low, high = np.full(len(n), _NOBODY), np.zeros(len(n)), np.zeros(len(n))
    value[some], bounds = percentiles(histograms[some], metric.permille, kish(sums.below, sums.below2)[some])
    low[some], high[some] = bounds
    beyond = high >= MOST_A_DAY
    value[beyond] = _NOBODY
    return value, Bounds(low, high), np.where(some & ~beyond, n, 0)


def _where(defined: Bool, value: Any, bounds: Bounds, n: I64) -> tuple[F64, Bounds, I64]:
    """Mark what is undefined, and keep rounding from putting a value outside its own interval."""
    marked = np.where(defined, value, _NOBODY)
    return marked, Bounds(np.minimum(bounds.low, value), np.maximum(bounds.high, value)), n


def _with_groups(histogram: I32, here: int, n_groups: int) -> I64:
    """Make room for the groups of which nobody lives here."""
    by_group = histogram.astype(np.int64).reshape(-1, here, histogram.shape[1])
    return np.pad(by_group, ((0, 0), (0, n_groups - here), (0, 0))).reshape(-1, histogram.shape[1])


class _Products(NamedTuple):
    """Which columns are multiplied: the first and the second of each product, and the three products of each metric."""

    first: I64
    second: I64
    of_metric: I64


@cache
def _products() -> _Products:
    """List each product of two columns once, whichever metrics need it."""
    where = {name: i for i, name in enumerate(COLUMNS)}
    events, trials = (np.array([where[name] for name in names]) for names in zip(*_RATIOS, strict=True))
    pairs = np.stack([events, events, trials]) * len(COLUMNS) + np.stack([events, trials, trials])
    listed, of_metric = np.unique(pairs.T, return_inverse=True)
    return _Products(*np.divmod(listed, len(COLUMNS)), of_metric.reshape(len(METRICS), 3))


def _counts(ledger: t.Ledger) -> I32:
    """Lay the columns below each other, shape (columns, people)."""
    counts = np.empty((len(COLUMNS), len(ledger)), np.int32)
    for i, name in enumerate(COLUMNS):
        counts[i] = column(ledger, name)
    return counts


@kernel
def _sum_households(
    household: I32,
    kinds: I16,
    counts: I32,
    first: I64,
    second: I64,
    room: I64,
    clusters: I64,
    totals: I64,
    halves: I64,
) -> None:
    """Add every household to the sums of each kind of person who lives in it.

    What is rare has not happened to most households: only the columns in which a household has anything are looked at,
    and the products of two of them. `room` has three rows, in which all columns and all products find room.
    """
    n, n_levels, n_columns, n_products = len(household), kinds.shape[1], np.uint64(len(counts)), np.uint64(len(first))
    own, some, pairs = room
    begin = 0
    while begin < n:
        end = begin + 1
        while end < n and household[end] == household[begin]:
            end += 1
        n_some, n_pairs = _NONE, _NONE
        for c in range(n_columns):
            own[c] = 0
            for j in range(np.uint64(begin), np.uint64(end)):
                own[c] += counts[c, j]
            some[n_some] = c
            n_some += np.uint64(own[c] != 0)
        for p in range(n_products):
            pairs[n_pairs] = p
            n_pairs += np.uint64((own[np.uint64(first[p])] != 0) & (own[np.uint64(second[p])] != 0))
        for level in range(np.uint64(n_levels)):
            for i in range(np.uint64(begin), np.uint64(end)):
                kind = np.uint64(kinds[i, level])
                done = False
                for j in range(np.uint64(begin), i):
                    done |= np.uint64(kinds[j, level]) == kind
                if done:
                    continue
                clusters[kind] += 1
                for s in range(n_some):
                    c = np.uint64(some[s])
                    own[c] = counts[c, i]
                for j in range(i + _ONE, np.uint64(end)):
                    if np.uint64(kinds[j, level]) == kind:
                        for s in range(n_some):
                            c = np.uint64(some[s])
                            own[c] += counts[c, j]
                for s in range(n_some):
                    c = np.uint64(some[s])
                    totals[kind, c] += own[c]
                for s in range(n_pairs):
                    p = np.uint64(pairs[s])
                    product = own[np.uint64(first[p])] * own[np.uint64(second[p])]
                    halves[kind, p, _NONE] += product & _MASK
                    halves[kind, p, _ONE] += product >> _MIDDLE
        begin = end
