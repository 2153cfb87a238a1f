"""One day's totals for each kind of person: what a curve over time is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasstown import tables as t
from glasstown.core.columns import I64
from glasstown.metrics.ledger import Book
from glasstown.metrics.partitions import n_cells, parts_of
from glasstown.state import Day

AMOUNTS: tuple[str, ...] = tuple(
    c.name for c in t.Tallies.columns() if c.name not in ("day", "age_band", "sex", "group")
)


def day_tallies(book: Book, day: Day) -> t.Tallies:
    """Total one day of one community for each age band, sex and group.

    Parameters
    ----------
    book : Book
        The community's books, before or after the day: only who belongs where is read.
    day : Day
        What happened.

    Returns
    -------
    Tallies
        One row for each kind of person, also for those of whom there are none. It is counted from the day's
        tables alone, apart from the ledger, so that the two can be checked against each other.
    """
    cells = n_cells(book.n_groups)
    first = int(book.ledger.person[0]) if len(book.ledger) else 0

    def rows(person: NDArray[np.int32]) -> I64:
        return np.bincount(book.cell[person - first], minlength=cells)

    def amounts(cell: Any, amount: NDArray[np.int16]) -> I64:
        return np.bincount(cell, weights=amount, minlength=cells).astype(np.int64)

    traveller = book.cell[day.exposures.person - first].astype(np.intp)
    stopped = day.outcomes.outcome != t.OUTCOMES.index("not_found")
    rightful = day.outcomes.mated & ~day.outcomes.wrongly_listed
    parts = parts_of(np.arange(cells), book.n_groups)
    return t.Tallies.of(
        day=np.full(cells, day.day),
        age_band=parts["age"],
        sex=parts["sex"],
        group=parts["group"],
        people=np.bincount(book.cell, minlength=cells),
        trips=rows(day.trips.person),
        passes=amounts(traveller, day.exposures.n_passes),
        captures=amounts(traveller, day.exposures.n_captures),
        searches=amounts(traveller, day.exposures.n_searches),
        candidates=rows(day.candidates.person),
        alerts=rows(day.alerts.person),
        stops=rows(day.outcomes.person[stopped]),
        wrongful_stops=rows(day.outcomes.person[stopped & ~rightful]),
        trips_avoided=rows(day.conduct.person[day.conduct.kind == t.CONDUCT.index("trip_avoided")]),
    )


def add_tallies(parts: Sequence[t.Tallies]) -> t.Tallies:
    """Add the tallies of communities: one row for each day and kind of person, in order."""
    rows = t.Tallies.concat(parts)
    order = np.lexsort((rows.group, rows.sex, rows.age_band, rows.day))
    rows = rows.take(order)
    labels = np.stack([rows.day, rows.age_band, rows.sex, rows.group]).astype(np.int64)
    new = np.ones(len(rows), np.bool_)
    new[1:] = (labels[:, 1:] != labels[:, :-1]).any(axis=0)
    starts = np.flatnonzero(new)
    kept = {name: getattr(rows, name)[starts] for name in ("day", "age_band", "sex", "group")}
    summed: dict[str, Any] = {}
    for name in AMOUNTS:
        values: NDArray[Any] = getattr(rows, name)
        summed[name] = np.add.reduceat(values, starts) if len(starts) else values
    return t.Tallies.of(**kept, **summed)
