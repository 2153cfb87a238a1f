"""Sums over households: they add up over communities and hold all that an estimate needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from glasstown import tables as t
from glasstown.core.columns import I16, I32, I64
from glasstown.core.intervals import Exact, Sums
from glasstown.core.kernels import kernel
from glasstown.metrics.ledger import MOST_A_DAY, Book
from glasstown.metrics.partitions import kinds_of_cells, n_cells, n_kinds
from glasstown.metrics.quantities import COLUMNS, DERIVED, METRICS, Metric

_MIDDLE = 32
_MASK = (1 << _MIDDLE) - 1


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
    hits : array of int64, shape (kinds, metrics, 2)
        Households with events, and households with more trials than events.
    passes, captures : arrays of int64, shape (cells, 1024)
        Person-days by number of passes and captures, for the finest kinds.
    """

    n_groups: int
    clusters: I64
    totals: I64
    squares: Exact
    hits: I64
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
            self.hits[:, i, 0],
            self.hits[:, i, 1],
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
        np.zeros((kinds, len(METRICS), 2), np.int64),
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
    if n_groups != book.n_groups or not np.array_equal(book.ledger.person, people.person):
        raise ValueError("the books belong to other people")
    none = nothing(n_groups)
    counts, kinds = _counts(book.ledger), kinds_of_cells(n_groups)[book.cell]
    order = np.argsort(people.household, kind="stable")
    household = people.household[order]
    if not np.array_equal(order, np.arange(len(order))):
        counts, kinds = counts[order], kinds[order]
    where = {name: i for i, name in enumerate(COLUMNS)}
    events = np.array([where[m.events] for m in METRICS], np.int64)
    trials = np.array([where[m.trials] for m in METRICS], np.int64)
    halves = np.zeros((*none.squares.shape, 2), np.int64)
    _sum_households(household, kinds, counts, events, trials, none.clusters, none.totals, halves, none.hits)
    squares: Exact = halves[..., 1].astype(np.object_) * (1 << _MIDDLE) + halves[..., 0]
    return Moments(
        n_groups,
        none.clusters,
        none.totals,
        squares,
        none.hits,
        book.passes.astype(np.int64),
        book.captures.astype(np.int64),
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
        a.hits + b.hits,
        a.passes + b.passes,
        a.captures + b.captures,
    )


def column(ledger: t.Ledger, name: str) -> NDArray[Any]:
    """Return one of `quantities.COLUMNS` for each person."""
    if name == "people":
        return np.ones(len(ledger), np.int32)
    if name == "scanned":
        return ledger.searches > 0
    if name not in DERIVED:
        return getattr(ledger, name)
    first, second = DERIVED[name]
    values: I32 = getattr(ledger, first)
    other: I32 = getattr(ledger, second[1:])
    return values - other if second[0] == "-" else values + other


def _counts(ledger: t.Ledger) -> I32:
    """Lay the columns side by side, one row for each person."""
    counts = np.empty((len(ledger), len(COLUMNS)), np.int32)
    for i, name in enumerate(COLUMNS):
        counts[:, i] = column(ledger, name)
    return counts


@kernel
def _sum_households(
    household: I32,
    kinds: I16,
    counts: I32,
    events: I64,
    trials: I64,
    clusters: I64,
    totals: I64,
    halves: I64,
    hits: I64,
) -> None:
    """Add every household to the sums of each kind of person who lives in it."""
    n, n_levels, n_columns = len(household), kinds.shape[1], counts.shape[1]
    own = np.zeros(n_columns, np.int64)
    begin = 0
    while begin < n:
        end = begin + 1
        while end < n and household[end] == household[begin]:
            end += 1
        for level in range(n_levels):
            for i in range(begin, end):
                kind = kinds[i, level]
                done = False
                for j in range(begin, i):
                    done |= kinds[j, level] == kind
                if done:
                    continue
                own[:] = 0
                for j in range(i, end):
                    if kinds[j, level] == kind:
                        for c in range(n_columns):
                            own[c] += counts[j, c]
                clusters[kind] += 1
                for c in range(n_columns):
                    totals[kind, c] += own[c]
                for m in range(len(events)):
                    a, b = own[events[m]], own[trials[m]]
                    if a > 0:
                        hits[kind, m, 0] += 1
                    if b > a:
                        hits[kind, m, 1] += 1
                    for k, product in enumerate((a * a, a * b, b * b)):
                        halves[kind, m, k, 0] += product & _MASK
                        halves[kind, m, k, 1] += product >> _MIDDLE
        begin = end
