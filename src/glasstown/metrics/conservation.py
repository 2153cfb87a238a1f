"""Checks that nothing was counted twice or lost; they run in every run."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol, final

import numpy as np
from numpy.typing import NDArray

from glasstown import tables as t
from glasstown.core.columns import I64, Table
from glasstown.core.estimates import Estimate
from glasstown.metrics.partitions import LEVELS, cell_of, n_cells
from glasstown.metrics.quantities import BY_NAME, COUNTS, METRICS, column

Place = tuple[str | tuple[str, ...] | None, str | tuple[str, ...] | None]

AT_MOST: tuple[tuple[str, str], ...] = (
    ("weeks", "days"),
    ("weeks_captured", "weeks"),
    ("weeks_captured", "days_captured"),
    ("days_captured", "days"),
    ("days_captured", "captures"),
    ("trips_unobserved", "trips"),
    ("captures", "passes"),
    ("searches", "captures"),
    ("minutes_viewed", "minutes_out"),
    ("mated_searches", "searches"),
    ("mated_found", "mated_searches"),
    ("false_found", "nonmated_searches"),
    ("false_found", "candidates"),
    ("reviews", "candidates"),
    ("alerts", "candidates"),
    ("true_alerts", "mated_found"),
    ("stops", "alerts"),
    ("misidentified", "false_alerts"),
    ("wrongly_listed", "true_alerts"),
    ("wrongful_stops", "stops"),
    ("listed_found", "listed"),
    ("listed_found", "true_alerts"),
)

SUMS: tuple[tuple[str, str, str], ...] = (
    ("alerts", "true_alerts", "false_alerts"),
    ("wrongful_stops", "misidentified", "wrongly_listed"),
)

_TWICE: tuple[str, ...] = tuple(
    c.name for c in t.Tallies.columns() if c.name not in ("day", "age_band", "sex", "group", "people")
)


class HasTable(Protocol):
    """Rows of one kind, from one day or many."""

    @property
    def table(self) -> Table:
        """The rows."""
        ...


@final
class Inconsistent(RuntimeError):
    """Two counts that must agree do not: a fault of the program, never of its input."""


def check(
    estimates: Sequence[Estimate], tables: Mapping[str, Table], rows: Mapping[str, HasTable] | None = None
) -> None:
    """Check a whole run: its rows, its books, its days and its estimates must tell the same story.

    Parameters
    ----------
    estimates : sequence of Estimate
        Every metric for every kind of person.
    tables : mapping of str to Table
        At least `people`, `ledger` and `tallies`, of all days and communities.
    rows : mapping of str to rows, optional
        What happened day by day, where it was kept.

    Raises
    ------
    Inconsistent
        If the tables of events contradict each other; a part exceeds its whole; books, days and estimates have
        different totals; parts or groups do not add up; or an interval misses its value.
    """
    people, ledger, tallies = tables["people"], tables["ledger"], tables["tallies"]
    if not (isinstance(people, t.People) and isinstance(ledger, t.Ledger) and isinstance(tallies, t.Tallies)):
        raise TypeError("people, ledger and tallies are tables of these kinds")
    check_events({name: kept.table for name, kept in (rows or {}).items()})
    check_ledger(ledger)
    check_days(ledger, people, tallies)
    check_estimates(estimates)
    _check_totals(estimates, ledger, tallies)


def check_events(tables: Mapping[str, Table]) -> None:
    """Check that the tables of events tell of the same events; tables that were not kept are passed over."""
    for (one, column_of_one), (other, column_of_other) in (
        (("trips", ""), ("exposures", "")),
        (("captures", ""), ("exposures", "n_captures")),
        (("outings", "n_passes"), ("exposures", "n_passes")),
        (("outings", "n_captures"), ("device_days", "n_captures")),
        (("captures", ""), ("device_days", "n_captures")),
        (("searches", "n_searches"), ("outings", "n_searches")),
        (("searches", "n_searches"), ("exposures", "n_searches")),
        (("searches", "n_candidates"), ("candidates", "")),
        (("outcomes", ""), ("alerts", "")),
        (("outcomes", "mated"), ("alerts", "mated")),
    ):
        if one in tables and other in tables:
            n, m = _amount(tables[one], column_of_one), _amount(tables[other], column_of_other)
            if n != m:
                told = f"{one} {column_of_one}".strip(), f"{other} {column_of_other}".strip()
                raise Inconsistent(f"{told[0]} and {told[1]} differ: {n:,} and {m:,}")


def check_ledger(ledger: t.Ledger) -> None:
    """Check that no count of a person is negative or exceeds what it is a part of."""
    for c in t.Ledger.columns():
        values: NDArray[np.int32] = getattr(ledger, c.name)
        if len(values) and values.min() < 0:
            raise Inconsistent(f"{c.name} of person {ledger.person[values.argmin()]} is negative")
    for part, whole in AT_MOST:
        over = column(ledger, part) > column(ledger, whole)
        if over.any():
            raise Inconsistent(f"{part} exceeds {whole} for person {ledger.person[over.argmax()]}")


def check_days(ledger: t.Ledger, people: t.People, tallies: t.Tallies) -> None:
    """Check that people's books and the days' tallies, counted apart, agree for each kind of person.

    Parameters
    ----------
    ledger, people : Ledger, People
        The same people in the same order.
    tallies : Tallies
        Of all days of these people.
    """
    if not np.array_equal(ledger.person, people.person):
        raise Inconsistent("books and people differ")
    n_groups = int(max(people.group.max(initial=0), tallies.group.max(initial=0))) + 1
    cell = cell_of(people, n_groups).astype(np.int64)
    told = (tallies.age_band.astype(np.int64) * len(t.SEXES) + tallies.sex) * n_groups + tallies.group
    for book, name in (("days", "people"), *((name, name) for name in _TWICE)):
        lived = _by(cell, column(ledger, book), n_cells(n_groups))
        days = _by(told, getattr(tallies, name), n_cells(n_groups))
        if not np.array_equal(lived, days):
            raise Inconsistent(f"{book} of people ({lived.sum():,}) and of days ({days.sum():,}) differ by kind")


def check_estimates(estimates: Sequence[Estimate], names: Collection[str] = BY_NAME.keys()) -> None:
    """Check that intervals hold their values, parts add to totals, and groups add to everybody.

    Parameters
    ----------
    names : collection of str
        The metrics that there must be.
    """
    values = _by_place(estimates)
    for e in estimates:
        _check_numbers(e)
    for place, named in values.items():
        missing = set(names) - named.keys()
        if missing:
            raise Inconsistent(f"no estimate of {', '.join(sorted(missing))} for {place}")
        for total, one, other in SUMS:
            if _whole(named[total]) != _whole(named[one]) + _whole(named[other]):
                raise Inconsistent(f"{total} is not {one} and {other} for {place}")
    for level in LEVELS:
        by = None if not level else level[0] if len(level) == 1 else level
        for name in (name for name in COUNTS if name in names):
            total = sum(_whole(named[name]) for place, named in values.items() if place[0] == by)
            if total != _whole(values[None, None][name]):
                raise Inconsistent(f"{name} by {by} adds up to {total:,}")


def _check_totals(estimates: Sequence[Estimate], ledger: t.Ledger, tallies: t.Tallies) -> None:
    values = _by_place(estimates)
    for metric in METRICS:
        e = values[None, None][metric.name]
        if metric.kind == "percentile":
            continue
        above, below = (int(column(ledger, c).sum(dtype=np.int64)) for c in (metric.above, metric.below))
        value = above / metric.per if metric.kind in ("count", "distinct") else None
        if metric.kind not in ("count", "distinct") and below:
            value = metric.per * above / below
        same = value == e.value if value is None or e.value is None else math.isclose(value, e.value, rel_tol=1e-9)
        if not same or e.n != below:
            raise Inconsistent(f"{metric.name} is {e.value} of {e.n:,}: the books tell {value} of {below:,}")
    groups = tuple(str(group) for by, group in values if by == "group")
    for place, name, counted in _told_by_days(tallies, groups):
        if place not in values or _whole(values[place][name]) != counted:
            raise Inconsistent(f"{name} for {place}: the days tell {counted:,}")


def _check_numbers(e: Estimate) -> None:
    where = f"{e.name} for {e.by}, {e.group}"
    if e.value is None:
        if (e.low, e.high, e.n) != (None, None, 0):
            raise Inconsistent(f"{where}: undefined, yet it has an interval or a count")
        return
    if e.low is None or e.high is None or not 0 <= e.low <= e.value <= e.high < math.inf:
        raise Inconsistent(f"{where}: {e.value} is not within {e.low} and {e.high}")
    if e.unit == "share" and e.high > 1:
        raise Inconsistent(f"{where}: a share above 1")


def _told_by_days(tallies: t.Tallies, groups: Sequence[str]) -> Iterator[tuple[Place, str, int]]:
    """Yield the totals of the days by age, sex and group."""
    names = {"age": t.AGE_BANDS, "sex": t.SEXES, "group": groups}
    codes = {"age": tallies.age_band, "sex": tallies.sex, "group": tallies.group}
    for name in _TWICE:
        if name in COUNTS:
            for by, labels in names.items():
                sums = _by(codes[by].astype(np.int64), getattr(tallies, name), len(labels))
                for label, total in zip(labels, sums, strict=True):
                    yield (by, label), name, int(total)


def _by_place(estimates: Sequence[Estimate]) -> dict[Place, dict[str, Estimate]]:
    values: dict[Place, dict[str, Estimate]] = {(None, None): {}}
    for e in estimates:
        values.setdefault((e.by, e.group), {})[e.name] = e
    return values


def _by(code: I64, amount: NDArray[Any], n: int) -> I64:
    """Sum whole numbers by code, exactly."""
    sums = np.zeros(n, np.int64)
    np.add.at(sums, code, amount.astype(np.int64))
    return sums


def _amount(table: Table, name: str) -> int:
    return int(getattr(table, name).sum(dtype=np.int64)) if name else len(table)


def _whole(e: Estimate) -> int:
    if e.value is None or e.value != int(e.value):
        raise Inconsistent(f"{e.name} for {e.by}, {e.group} is not a count: {e.value}")
    return int(e.value)
