"""Checks that what was counted in a nation and what was estimated tell the same story."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from glasstown import counts as q
from glasstown.core.columns import I64, Table
from glasstown.core.estimates import Estimate
from glasstown.metrics.conservation import Inconsistent
from glasstown.metrics.nation_quantities import QUANTITIES, SIGNED
from glasstown.tables_nation import Census, MonthByMonth

# What may have no interval, since nothing showed a spread.
MEANS = frozenset(of.name for of in QUANTITIES if of.kind == "mean")


def check(estimates: Sequence[Estimate], tables: Mapping[str, Table]) -> None:
    """Check that nobody appears on a list or leaves one uncounted, that groups add up to everybody, and so on.

    Raises
    ------
    Inconsistent
        With the first thing that does not add up.
    """
    check_estimates(estimates)
    census, months = tables["census"], tables["months"]
    assert isinstance(census, Census)
    assert isinstance(months, MonthByMonth)
    rows = np.zeros((6, q.N_COUNTS), np.int64)
    np.add.at(rows, (census.kind, census.column), census.amount)
    _balance(rows[0], months)
    for kind in range(1, 6):
        # A person who moves is counted in the jurisdiction of the day.
        if (rows[kind] != rows[0]).any():
            column = int(np.flatnonzero(rows[kind] != rows[0])[0])
            raise Inconsistent(f"the groups of kind {kind} do not add up to everybody in column {column}")


def _balance(rows: I64, months: MonthByMonth) -> None:
    def total(name: str) -> int:
        return int(rows[q.FIRST[name] : q.FIRST[name] + q.SIZES[name]].sum())

    def equal(what: str, one: int, other: int) -> None:
        if one != other:
            raise Inconsistent(f"{what}: {one:,} is not {other:,}")

    equal(
        "the list at the end against start, flow and removals",
        total("listed_start") + total("listed_new") - total("removed"),
        total("listed_end"),
    )
    equal("listings month by month", int(months.listed_new.sum()), total("listed_new"))
    equal("removals month by month", int(months.removed.sum()), total("removed"))
    equal("refusals month by month", int(months.refusals.sum()), total("refusals"))
    equal("payments month by month", int(months.repaid.sum()), total("repaid_listed") + total("repaid_unlisted"))
    equal("refusals without reason by what is wrong", total("refusals_wrong"), total("refusals_why"))
    for more, less in (
        ("refusals", "refusals_wrong"),
        ("refusals", "refusals_graded"),
        ("wrong_records", "righted"),
        ("rated", "misrated"),
        ("refusals", "trips"),
        ("trips", "people_refused"),
        ("people_refused", "refused_anywhere"),
        ("ever_listed", "ever_wrong"),
        ("rated", "misrated_by_error"),
        ("given", "given_anyway"),
        ("wanted", "given"),
        ("told_of_shame", "people_told_of_shame"),
        ("people_told_of_shame", "isolated"),
        ("adults", "approve"),
        ("say_approve", "approve"),
    ):
        if total(more) < total(less):
            raise Inconsistent(f"{less} ({total(less):,}) is more than {more} ({total(more):,})")


def check_estimates(estimates: Sequence[Estimate]) -> None:
    """Check that every estimate lies within its interval and within what is possible.

    Of a mean the interval may not be known, but no mean except 0 is known exactly.

    Raises
    ------
    Inconsistent
        With the first that does not.
    """
    for e in estimates:
        where = f"{e.name} {e.by} {e.group}"
        if e.value is None:
            if e.n or e.low is not None or e.high is not None:
                raise Inconsistent(f"{where} is undefined and has a count or an interval")
            continue
        if not e.n:
            raise Inconsistent(f"{where} is {e.value} and counts nobody")
        if e.low is None or e.high is None:
            _not_known(e, where)
            continue
        if e.name in MEANS and e.value and e.low == e.high:
            raise Inconsistent(f"{where} is a mean, and its interval is without width: {e.value}")
        slack = 1e-9 * max(abs(e.value), 1.0)
        if not all(map(math.isfinite, (e.value, e.low, e.high))) or not e.low - slack <= e.value <= e.high + slack:
            raise Inconsistent(f"{where}: {e.value} is not within {e.low} to {e.high}")
        if e.unit == "share" and e.name not in SIGNED and not -slack <= e.value <= 1 + slack:
            raise Inconsistent(f"{where}: {e.value} is no share")


def _not_known(e: Estimate, where: str) -> None:
    """Check that an interval that is not known is that of a mean or a prediction, and has neither end."""
    if e.name not in MEANS and e.name != "cheating_predicted":
        raise Inconsistent(f"{where} is {e.value} and has no interval")
    if (e.low, e.high) != (None, None):
        raise Inconsistent(f"{where} has one end of an interval")
