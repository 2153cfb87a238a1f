"""The quantities of wrong records: how many there are, why, what each closes, and how long it stands."""

from __future__ import annotations

from collections.abc import Iterable

from glasstown import census as c
from glasstown import tables as t
from glasstown.metrics.nation_quantity import Quantity


def of(name: str, which: Iterable[int] = range(1, c.N_CAUSES)) -> tuple[str, ...]:
    """Name some numbers of a longer count: of one by cause, those with which something is wrong."""
    return tuple(f"{name}[{k}]" for k in which)


def _cause(name: str, unit: str, says: str, above: str, below: str) -> Quantity:
    """Return a mean by what is wrong with a record."""
    return Quantity(
        name,
        unit,
        says,
        "mean",
        of(above),
        of(below),
        by="cause",
        words=t.RECORD_CAUSES[1:],
        below_each=below,
    )


WRONGS: tuple[Quantity, ...] = (
    _cause(
        "doors_closed_per_wrong_record",
        "doors",
        "One wrong record closed so many different doors.",
        "wrong_doors",
        "wrong_records",
    ),
    Quantity(
        "wrong_records",
        "records",
        "So many records were wrong that listed somebody or closed a door.",
        "count",
        of("wrong_records"),
        by="cause",
        words=t.RECORD_CAUSES[1:],
    ),
    Quantity(
        "records_put_right",
        "records",
        "So many of them were put right within the run.",
        "count",
        of("righted"),
        by="cause",
        words=t.RECORD_CAUSES[1:],
    ),
    _cause(
        "days_until_right",
        "days",
        "A wrong record that was put right had stood for so many days.",
        "righted_days",
        "righted",
    ),
    _cause("tries_until_right", "appeals", "It took so many appeals.", "righted_tries", "righted"),
    Quantity(
        "misrated_share",
        "share",
        "This share has another grade at the end than without errors of the data and biased reporters; by cause, what "
        "each changes: both can move one person, or cancel.",
        "share",
        ("misrated",),
        ("rated",),
        by="cause",
        words=("data_error", "reporter_bias"),
        each=("misrated_by_error", "misrated_by_bias"),
    ),
    Quantity(
        "wrongly_rated",
        "people",
        "So many people have another grade at the end than they should.",
        "count",
        of("misrated"),
        by="cause",
        words=t.RECORD_CAUSES[1:],
    ),
    Quantity(
        "wrong_entries_share",
        "share",
        "This share of the entries is about something that the person did not do.",
        "share",
        of("entries"),
        ("entries",),
    ),
)
