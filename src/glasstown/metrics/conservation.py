"""Checks that nothing was counted twice or lost; they run in every run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from glasstown import tables as t
from glasstown.core.columns import I64
from glasstown.core.estimates import Estimate
from glasstown.metrics.ledger import Book
from glasstown.metrics.moments import column
from glasstown.metrics.partitions import LEVELS, n_cells
from glasstown.metrics.quantities import BY_NAME, COUNTS
from glasstown.metrics.tallies import AMOUNTS
from glasstown.state import Day

Place = tuple[str | tuple[str, ...] | None, str | tuple[str, ...] | None]

AT_MOST: tuple[tuple[str, str], ...] = (
    ("weeks_captured", "weeks"),
    ("weeks", "days"),
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

_COUNTED_TWICE: tuple[str, ...] = tuple(name for name in AMOUNTS if name != "people")


@final
class Inconsistent(RuntimeError):
    """Two counts that must agree do not: a fault of the program, never of its input."""


def check_day(day: Day) -> None:
    """Check that the tables of one day tell of the same events.

    Raises
    ------
    Inconsistent
        If captures, searches, candidates, alerts and outcomes do not follow from each other.
    """
    pairs = (
        ("rows of exposures and trips", len(day.exposures), len(day.trips)),
        ("captures and captures of trips", len(day.captures), int(day.exposures.n_captures.sum(dtype=np.int64))),
        (
            "searches of devices and of trips",
            int(day.searches.n_searches.sum(dtype=np.int64)),
            int(day.exposures.n_searches.sum(dtype=np.int64)),
        ),
        ("candidates of devices and in all", int(day.searches.n_candidates.sum(dtype=np.int64)), len(day.candidates)),
        ("outcomes and alerts", len(day.outcomes), len(day.alerts)),
        (
            "outcomes and alerts of the right person",
            int(np.count_nonzero(day.outcomes.mated)),
            int(np.count_nonzero(day.alerts.mated)),
        ),
    )
    for what, one, other in pairs:
        if one != other:
            raise Inconsistent(f"day {day.day}, community {day.community}: {what} differ: {one:,} and {other:,}")


def check_book(book: Book, tallies: t.Tallies) -> None:
    """Check one community's books after its last day.

    Parameters
    ----------
    book : Book
        Each person's counts.
    tallies : Tallies
        The community's days.

    Raises
    ------
    Inconsistent
        If a count is negative or exceeds what it is a part of, or books and tallies differ.
    """
    ledger = book.ledger
    for c in t.Ledger.columns():
        values: NDArray[np.int32] = getattr(ledger, c.name)
        if len(values) and values.min() < 0:
            raise Inconsistent(f"{c.name} of person {ledger.person[values.argmin()]} is negative")
    for part, whole in AT_MOST:
        over = column(ledger, part) > column(ledger, whole)
        if over.any():
            raise Inconsistent(f"{part} exceed {whole} for person {ledger.person[over.argmax()]}")
    cell = (tallies.age_band.astype(np.int64) * len(t.SEXES) + tallies.sex) * book.n_groups + tallies.group
    for name in _COUNTED_TWICE:
        days = _by(cell, getattr(tallies, name), n_cells(book.n_groups))
        people = _by(book.cell.astype(np.int64), column(ledger, name), n_cells(book.n_groups))
        if not np.array_equal(days, people):
            raise Inconsistent(f"{name} of days ({days.sum():,}) and of people ({people.sum():,}) differ by kind")
    lived = int(book.passes.sum(dtype=np.int64)), int(book.captures.sum(dtype=np.int64))
    if set(lived) != {int(ledger.days.sum(dtype=np.int64))}:
        raise Inconsistent(f"person-days differ: {ledger.days.sum():,} lived, {lived[0]:,} and {lived[1]:,} told")


def check(estimates: Sequence[Estimate], tallies: t.Tallies, groups: Sequence[str]) -> None:
    """Check a whole run's estimates against each other and against the days.

    Parameters
    ----------
    estimates : sequence of Estimate
        Every metric for every kind of person.
    tallies : Tallies
        Of all days and communities.
    groups : sequence of str
        Names of the neutral groups.

    Raises
    ------
    Inconsistent
        If parts do not add to totals, groups do not add to everybody, an interval misses its value, or the
        days tell another total.
    """
    values: dict[Place, dict[str, Estimate]] = {}
    for e in estimates:
        values.setdefault((e.by, e.group), {})[e.name] = e
        _check_numbers(e)
    for place, named in values.items():
        missing = BY_NAME.keys() - named.keys()
        if missing:
            raise Inconsistent(f"no estimate of {', '.join(sorted(missing))} for {place}")
        for total, one, other in SUMS:
            if _whole(named[total]) != _whole(named[one]) + _whole(named[other]):
                raise Inconsistent(f"{total} are not {one} and {other} for {place}")
    if (None, None) not in values:
        raise Inconsistent("no estimates for everybody")
    _check_groups(values)
    for place, name, counted in _told_by_days(tallies, groups):
        if place not in values or _whole(values[place][name]) != counted:
            raise Inconsistent(f"{name} for {place}: the days tell {counted:,}")


def _check_groups(values: dict[Place, dict[str, Estimate]]) -> None:
    everybody = values[None, None]
    totals: dict[Any, dict[str, int]] = {}
    for (by, _), named in values.items():
        if by is not None:
            sums = totals.setdefault(by, dict.fromkeys(COUNTS, 0))
            for name in COUNTS:
                sums[name] += _whole(named[name])
    for level in LEVELS[1:]:
        by = level[0] if len(level) == 1 else level
        for name in COUNTS:
            if totals.get(by, {}).get(name) != _whole(everybody[name]):
                raise Inconsistent(f"{name} by {by} do not add up to {_whole(everybody[name]):,}")


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
    """Yield the totals of the days, for everybody and by age, sex and group."""
    names = {"age": t.AGE_BANDS, "sex": t.SEXES, "group": tuple(groups)}
    codes = {"age": tallies.age_band, "sex": tallies.sex, "group": tallies.group}
    for name in _COUNTED_TWICE:
        if name not in COUNTS:
            continue
        amounts: I64 = getattr(tallies, name)
        yield (None, None), name, int(amounts.sum())
        for by, labels in names.items():
            sums = _by(codes[by].astype(np.int64), amounts, len(labels))
            for label, total in zip(labels, sums, strict=True):
                yield (by, label), name, int(total)


def _by(code: I64, amount: NDArray[Any], n: int) -> I64:
    """Sum whole numbers by code, exactly."""
    sums = np.zeros(n, np.int64)
    np.add.at(sums, code, amount.astype(np.int64))
    return sums


def _whole(e: Estimate) -> int:
    if e.value is None or e.value != int(e.value):
        raise Inconsistent(f"{e.name} for {e.by}, {e.group} is not a count: {e.value}")
    return int(e.value)
