"""Counts of a crowd: by day and kind of person, and the sums from which estimates are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import I32, I64, Bool, Table
from glasstown.core.estimates import Estimate
from glasstown.metrics.conservation import HasTable, Inconsistent, check_estimates
from glasstown.metrics.events import first_of_search
from glasstown.metrics.moments import Moments, nothing
from glasstown.metrics.partitions import kinds_of_cells, labels, n_cells, parts_of
from glasstown.metrics.quantities import BY_NAME, COLUMNS, METRICS, column
from glasstown.tables_crowd import CrowdTallies, Passers

NAMES: tuple[str, ...] = (
    *("searches", "candidates", "mated_missed", "reviews", "operator_minutes", "alerts", "true_alerts", "false_alerts"),
    *("false_alerts_per_1000_searches", "ppv", "fpir", "tpir", "fnir", "stops", "wrongful_stops", "misidentified"),
    *("wrongly_listed", "wrongful_stops_share", "searches_per_true_alert", "minutes_lost", "listed_people"),
    *("listed_found", "listed_found_share"),
)
SAYS: dict[str, str] = {name: BY_NAME[name].says for name in NAMES} | {
    "listed_people": "So many of those who passed are rightly on the list, each counted once a day.",
    "listed_found": (
        "So many of those who passed and are rightly on the list were taken into custody, each counted once a day."
    ),
    "listed_found_share": (
        "This share of those who passed and are rightly on the list was taken into custody, each counted once a day."
    ),
}

_GIVEN = "searches"
_COUNTED = tuple(c.name for c in CrowdTallies.columns() if c.name not in ("day", "age_band", "sex", "group"))
_AT_MOST = (
    ("mated_searches", "searches"),
    ("mated_found", "mated_searches"),
    ("mated_found", "candidates"),
    ("reviews", "candidates"),
    ("false_found", "candidates"),
    ("misidentified", "false_alerts"),
    ("wrongly_listed", "true_alerts"),
    ("listed_found", "listed"),
    ("listed_found", "true_alerts"),
)


def posted(
    passers: Passers,
    likeness: t.Likeness,
    candidates: t.Candidates,
    reviews: t.Reviews,
    alerts: t.Alerts,
    outcomes: t.Outcomes,
    references: t.References,
    searching: bool,
) -> t.Ledger:
    """Open and close the account of each person of a crowd who could be returned: one day, one row.

    Parameters
    ----------
    passers, likeness : Passers, Likeness
        The same people in the same order, by number.
    candidates, reviews, alerts, outcomes : Candidates, Reviews, Alerts, Outcomes
        What happened to them.
    references : References
        The list as it was searched.
    searching : bool
        Whether any face was searched.
    """
    n = len(passers)
    columns: dict[str, Any] = {c.name: np.zeros(n, np.int32) for c in t.Ledger.columns()}
    own = likeness.enrolled
    mated, listed = own >= 0, own >= 0
    mated[mated] = references.active[own[mated]]
    listed[listed] = ~references.wrongly_listed[own[listed]]

    def add(name: str, persons: I32, amount: Any = 1) -> None:
        np.add.at(columns[name], np.searchsorted(passers.person, persons), amount)

    columns |= {"person": passers.person, "days": np.ones(n, np.int32), "listed": listed.astype(np.int32)}
    if searching:
        columns["passes"] = columns["searches"] = passers.n_faces.astype(np.int32)
        columns["mated_searches"] = np.where(mated, passers.n_faces, 0).astype(np.int32)
    shown = mated[np.searchsorted(passers.person, candidates.person)]
    add("candidates", candidates.person)
    add("mated_found", candidates.person[candidates.mated])
    add("false_found", candidates.person[~shown & first_of_search(candidates)])
    add("reviews", reviews.person)
    add("operator_seconds", reviews.person, reviews.seconds)
    add("true_alerts", alerts.person[alerts.mated])
    add("false_alerts", alerts.person[~alerts.mated])
    stopped = outcomes.outcome != t.OUTCOMES.index("not_found")
    by_mistake = stopped & outcomes.mated & outcomes.wrongly_listed
    wrongful = by_mistake | (stopped & ~outcomes.mated)
    add("stops", outcomes.person[stopped])
    add("misidentified", outcomes.person[stopped & ~outcomes.mated])
    add("wrongly_listed", outcomes.person[by_mistake])
    add("minutes_lost", outcomes.person[wrongful], outcomes.minutes_lost[wrongful])
    rightful = ~wrongful & (outcomes.outcome == t.OUTCOMES.index("taken"))
    add("listed_found", outcomes.person[rightful])
    return t.Ledger(**columns)


def rows_of(
    ledger: t.Ledger, passers: Passers, others: I64, searching: bool, n_groups: int
) -> tuple[I64, I64, I64]:
    """Lay out all people of a crowd as few rows: those who could be returned, and the others by kind and faces.

    Parameters
    ----------
    ledger, passers : Ledger, Passers
        Whoever could be returned; the same rows.
    others : array of int64, shape (kinds, faces)
        How many other people of each kind had so many faces taken.

    Returns
    -------
    counts : array of int64, shape (rows, columns)
        `quantities.COLUMNS` of one person of each row.
    cell, people : arrays of int64, shape (rows,)
        The finest kind, and how many people a row stands for.
    """
    kind, faces = np.nonzero(others)
    rest = {c.name: np.zeros(len(kind), np.int32) for c in t.Ledger.columns()}
    rest["days"] = np.ones(len(kind), np.int32)
    if searching:
        rest["passes"] = rest["searches"] = faces.astype(np.int32)
    whole = t.Ledger.concat([ledger, t.Ledger(**rest)])
    counts = np.stack([column(whole, name).astype(np.int64) for name in COLUMNS], axis=1)
    own = (passers.age_band.astype(np.int64) * len(t.SEXES) + passers.sex) * n_groups + passers.group
    people = np.concatenate([np.ones(len(ledger), np.int64), others[kind, faces]])
    return counts, np.concatenate([own, kind]), people


def tallied(day: int, counts: I64, cell: I64, people: I64, n_groups: int) -> CrowdTallies:
    """Count one day by kind of person."""
    cells = n_cells(n_groups)
    columns: dict[str, Any] = {}
    for name in _COUNTED:
        columns[name] = np.zeros(cells, np.int64)
        np.add.at(columns[name], cell, counts[:, COLUMNS.index(name)] * people)
    kinds = np.flatnonzero(columns["people"])
    parts = parts_of(kinds, n_groups)
    return CrowdTallies.of(
        day=np.full(len(kinds), day),
        age_band=parts["age"],
        sex=parts["sex"],
        group=parts["group"],
        **{name: values[kinds] for name, values in columns.items()},
    )


def moments_of(counts: I64, cell: I64, people: I64, n_groups: int) -> Moments:
    """Sum people's counts, their squares and their products for every kind of person; each person is a cluster."""
    none = nothing(n_groups)
    clusters, totals = none.clusters.copy(), none.totals.copy()
    events = np.array([COLUMNS.index(metric.events) for metric in METRICS])
    trials = np.array([COLUMNS.index(metric.trials) for metric in METRICS])
    a, b = counts[:, events], counts[:, trials]
    products = np.stack([a * a, a * b, b * b], axis=-1) * people[:, None, None]
    squares = np.zeros(none.squares.shape, np.int64)
    for level in kinds_of_cells(n_groups)[cell].T:
        order = np.argsort(level, kind="stable")
        kinds, begins = np.unique(level[order], return_index=True)
        if len(kinds):
            clusters[kinds] += np.add.reduceat(people[order], begins)
            totals[kinds] += np.add.reduceat((counts * people[:, None])[order], begins, axis=0)
            squares[kinds] += np.add.reduceat(products[order], begins, axis=0)
    return replace(none, clusters=clusters, totals=totals, squares=squares.astype(np.object_))


def chosen(estimates: Sequence[Estimate]) -> list[Estimate]:
    """Keep the estimates that make sense of a crowd; how many faces it has is given, not left to chance."""
    kept = [e for e in estimates if e.name in NAMES]
    return [replace(e, low=e.value, high=e.value) if (e.name, e.by) == (_GIVEN, None) else e for e in kept]


def check(
    estimates: Sequence[Estimate], tables: Mapping[str, Table], rows: Mapping[str, HasTable] | None = None
) -> None:
    """Check a whole run: rows, days and estimates must tell the same story.

    Raises
    ------
    Inconsistent
        If a part exceeds its whole, events and days differ, or estimates are not those of the days.
    """
    tallies = tables["tallies"]
    if not isinstance(tallies, CrowdTallies):
        raise TypeError("tallies are a table of this kind")
    for part, whole in _AT_MOST:
        if (getattr(tallies, part) > getattr(tallies, whole)).any():
            raise Inconsistent(f"{part} exceeds {whole}")
    for name, counted in (("candidates", tallies.candidates), ("alerts", tallies.true_alerts + tallies.false_alerts)):
        if rows and name in rows and len(rows[name].table) != counted.sum():
            raise Inconsistent(f"{name} and days differ: {len(rows[name].table):,} and {counted.sum():,}")
    check_estimates(estimates, NAMES)
    groups = tuple(str(e.group) for e in estimates if e.name == _GIVEN and e.by == "group")
    _check_totals(estimates, tallies, groups)


def _check_totals(estimates: Sequence[Estimate], tallies: CrowdTallies, groups: Sequence[str]) -> None:
    """Compare each estimate with what the days tell of its kind of person."""
    found = {(e.name, e.by, e.group): e for e in estimates}
    n_groups = len(groups)
    cell = (tallies.age_band.astype(np.int64) * len(t.SEXES) + tallies.sex) * n_groups + tallies.group
    kinds = kinds_of_cells(n_groups)[cell]
    for kind, (by, group) in enumerate(labels(groups)):
        here: Bool = (kinds == kind).any(axis=1)
        for name in NAMES:
            metric, e = BY_NAME[name], found[name, by, group]
            above, below = _told(tallies, metric.above, here), _told(tallies, metric.below, here)
            if metric.kind in ("count", "distinct"):
                value: float | None = above / metric.per
            else:
                value = metric.per * above / below if below else None
            if value is None or e.value is None:
                same = value == e.value
            else:
                same = abs(value - e.value) <= 1e-9 * max(abs(value), 1.0)
            if not same or e.n != below:
                told = f"the days tell {value} of {below:,}"
                raise Inconsistent(f"{name} for {by}, {group} is {e.value} of {e.n:,}: {told}")


_SUMS = {
    "alerts": ("true_alerts", "false_alerts", 1),
    "wrongful_stops": ("misidentified", "wrongly_listed", 1),
    "nonmated_searches": ("searches", "mated_searches", -1),
    "mated_missed": ("mated_searches", "mated_found", -1),
}


def _told(tallies: CrowdTallies, name: str, here: Bool) -> int:
    if name in _SUMS:
        one, other, sign = _SUMS[name]
        return _told(tallies, one, here) + sign * _told(tallies, other, here)
    values: I64 = getattr(tallies, name)
    return int(values[here].sum())
