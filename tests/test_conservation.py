"""The checks of every run: green on books that agree, red on each planted error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

import glasstown.tables as t
from glasstown.core.columns import Table
from glasstown.core.estimates import Estimate
from glasstown.core.keys import Key
from glasstown.metrics.conservation import AT_MOST, SUMS, Inconsistent, check
from glasstown.metrics.ledger import Book, day_tallies, open_book, post_day
from glasstown.metrics.moments import Moments, add, close, estimates
from glasstown.metrics.quantities import BY_NAME, METRICS
from tests.plain.metrics import some_day, some_gallery, some_people, state_of

GROUPS = ("a", "b")
DAYS = 8


@dataclass(frozen=True)
class Kept:
    """Rows as a run keeps them."""

    table: Table


@dataclass(frozen=True)
class Story:
    """All that one run tells."""

    estimates: list[Estimate]
    tables: dict[str, Any]
    rows: dict[str, Kept]
    moments: Moments

    def check(self) -> None:
        check(self.estimates, self.tables, self.rows)


@cache
def story() -> Story:
    """Two communities over eight days."""
    books: list[Book] = []
    folk: list[t.People] = []
    tallies: list[t.Tallies] = []
    events: dict[str, list[Any]] = {}
    for community, first in enumerate((0, 60)):
        key = Key.from_seed(30 + community)
        people = some_people(key, 60, len(GROUPS), first)
        gallery = some_gallery(key, people)
        book = open_book(people, gallery)
        for n in range(DAYS):
            day = some_day(key, people, gallery, n, community)
            state = state_of(people, gallery, n, community)
            book = post_day(book, state, day)
            tallies.append(day_tallies(state, day))
            for field in fields(day):
                if isinstance(getattr(day, field.name), Table):
                    events.setdefault(field.name, []).append(getattr(day, field.name))
        books.append(book)
        folk.append(people)
    moments = add(*(close(b, p, len(GROUPS)) for b, p in zip(books, folk, strict=True)))
    tables = {
        "people": t.People.concat(folk),
        "ledger": t.Ledger.concat([b.ledger for b in books]),
        "tallies": t.Tallies.concat(tallies),
    }
    rows = {name: Kept(type(parts[0]).concat(parts)) for name, parts in events.items()}
    return Story(estimates(moments, GROUPS, DAYS), tables, rows, moments)


def changed(table: Any, name: str, by: int, row: int | None = None) -> Any:
    """Add to one entry of a column: the first that is positive, or a given one."""
    values = getattr(table, name).copy()
    values[int(np.argmax(values > 0)) if row is None else row] += by
    return replace(table, **{name: values})


def retold(told: Story, **tables: Any) -> Story:
    return replace(told, tables=told.tables | tables)


def test_a_true_story_passes() -> None:
    told = story()
    told.check()
    check(told.estimates, told.tables)
    overall = {e.name: e.value for e in told.estimates if e.by is None}
    assert all(overall[name] for name in ("stops", "misidentified", "wrongly_listed", "true_alerts", "trips_avoided"))


def test_an_empty_story_passes() -> None:
    people = some_people(Key.from_seed(1), 5, len(GROUPS))
    book = open_book(people, some_gallery(Key.from_seed(1), people, 1))
    found = estimates(close(book, people, len(GROUPS)), GROUPS, 0)
    check(found, {"people": people, "ledger": book.ledger, "tallies": t.Tallies.empty()})


@pytest.mark.parametrize("part", sorted({part for part, _ in AT_MOST if part in {c.name for c in t.Ledger.columns()}}))
def test_a_part_larger_than_its_whole_is_noticed(part: str) -> None:
    told = story()
    ledger: Any = told.tables["ledger"]
    with pytest.raises(Inconsistent, match=r"exceeds|differ"):
        retold(told, ledger=changed(ledger, part, 10_000)).check()


@pytest.mark.parametrize("name", [c.name for c in t.Ledger.columns() if c.name != "person"])
@pytest.mark.parametrize("by", [1, -1])
def test_a_count_of_one_person_changed_by_one_is_noticed(name: str, by: int) -> None:
    """The smallest error that the check sees is one event of one person."""
    told = story()
    with pytest.raises(Inconsistent):
        retold(told, ledger=changed(told.tables["ledger"], name, by)).check()


@pytest.mark.parametrize(
    "name", [c.name for c in t.Tallies.columns() if c.name not in ("day", "age_band", "sex", "group")]
)
def test_a_day_that_tells_one_more_is_noticed(name: str) -> None:
    told = story()
    with pytest.raises(Inconsistent, match="differ by kind"):
        retold(told, tallies=changed(told.tables["tallies"], name, 1)).check()


@pytest.mark.parametrize("name", ["age_band", "sex", "group"])
def test_an_event_told_of_the_wrong_kind_of_person_is_noticed(name: str) -> None:
    told = story()
    tallies = told.tables["tallies"]
    row = int(np.argmax((getattr(tallies, name) == 0) & (tallies.passes > 0)))
    with pytest.raises(Inconsistent, match="differ by kind"):
        retold(told, tallies=changed(tallies, name, 1, row)).check()


@pytest.mark.parametrize("name", ["trips", "captures", "candidates", "alerts", "outcomes"])
def test_a_lost_row_is_noticed(name: str) -> None:
    told = story()
    fewer = Kept(told.rows[name].table.take(slice(1, None)))
    with pytest.raises(Inconsistent, match=name):
        replace(told, rows=told.rows | {name: fewer}).check()


@pytest.mark.parametrize("total", [total for total, _, _ in SUMS])
def test_parts_that_do_not_add_up_are_noticed(total: str) -> None:
    def shift(e: Estimate) -> Estimate:
        return replace(e, value=(e.value or 0) + 1, high=(e.high or 0) + 1) if (e.name, e.by) == (total, None) else e

    with pytest.raises(Inconsistent, match=f"{total} is not"):
        replace(story(), estimates=[shift(e) for e in story().estimates]).check()


def dropped_group(found: list[Estimate]) -> list[Estimate]:
    return [e for e in found if (e.by, e.group) != ("group", "b")]


def dropped_crossing(found: list[Estimate]) -> list[Estimate]:
    return [e for e in found if (e.by, e.group) != (("sex", "group"), ("m", "a"))]


def dropped_metric(found: list[Estimate]) -> list[Estimate]:
    return [e for e in found if (e.name, e.by) != ("fpir", None)]


def dropped_everybody(found: list[Estimate]) -> list[Estimate]:
    return [e for e in found if e.by is not None]


def exchanged_sexes(found: list[Estimate]) -> list[Estimate]:
    other = {"f": "m", "m": "f"}
    return [replace(e, group=other[str(e.group)]) if e.by == "sex" else e for e in found]


def interval_beside_value(found: list[Estimate]) -> list[Estimate]:
    return [replace(e, low=e.high, high=e.high) if (e.name, e.by) == ("searches", None) else e for e in found]


def not_a_number(found: list[Estimate]) -> list[Estimate]:
    return [replace(e, high=float("inf")) if (e.name, e.by) == ("ppv", None) else e for e in found]


def undefined_with_count(found: list[Estimate]) -> list[Estimate]:
    return [replace(e, value=None, low=None, high=None) if e.name == "fpir" else e for e in found]


@pytest.mark.parametrize(
    "plant",
    [
        dropped_group,
        dropped_crossing,
        dropped_metric,
        dropped_everybody,
        exchanged_sexes,
        interval_beside_value,
        not_a_number,
        undefined_with_count,
    ],
)
def test_a_planted_error_turns_the_check_red(plant: Callable[[list[Estimate]], list[Estimate]]) -> None:
    with pytest.raises(Inconsistent):
        replace(story(), estimates=plant(story().estimates)).check()


@pytest.mark.parametrize("name", [m.name for m in METRICS if m.kind in ("rate", "share", "each")])
def test_a_metric_upside_down_is_noticed(name: str) -> None:
    """Numerator and denominator exchanged, with an interval to match."""

    def turned(e: Estimate) -> Estimate:
        if (e.name, e.by) != (name, None):
            return e
        upside = told.moments.total(metric.below)[0] / told.moments.total(metric.above)[0] * metric.per
        return replace(e, value=upside, low=0.0, high=2 * upside)

    told, metric = story(), BY_NAME[name]
    with pytest.raises(Inconsistent):
        replace(told, estimates=[turned(e) for e in told.estimates]).check()
