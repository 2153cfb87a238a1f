"""Rows of the days: what is kept of them, and how they leave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, final, get_type_hints

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from glasstown import tables as t
from glasstown.core.columns import I16, Table, arrow
from glasstown.state import CrowdDay, Day

ROWS_KEPT = 1_000_000
_FEW = 64
WRITTEN_OUT = ("trips", "exposures", "captures", "findings")


@final
@dataclass(frozen=True)
class Rows:
    """Rows of one kind from many days.

    Parameters
    ----------
    table : Table
        The rows.
    day, community : arrays of int16, shape (rows,)
        When and where each row was lived.
    """

    table: Table
    day: I16
    community: I16

    @staticmethod
    def of(table: Table, day: int, community: int) -> Rows:
        """Take the rows of one community-day."""
        n = len(table)
        return Rows(table, np.full(n, day, np.int16), np.full(n, community, np.int16))

    @staticmethod
    def concat(parts: Sequence[Rows]) -> Rows:
        """Stack rows of one kind, in the order given."""
        table = type(parts[0].table).concat([part.table for part in parts])
        return Rows(table, np.concatenate([p.day for p in parts]), np.concatenate([p.community for p in parts]))

    def on(self, day: int, community: int) -> Table:
        """Return the rows of one community-day."""
        return self.table.take((self.day == day) & (self.community == community))

    def frame(self) -> Any:
        """Convert to a `pyarrow.Table` with the day and the community in front."""
        import pyarrow as pa

        frame = self.table.frame()
        for name, values in (("community", self.community), ("day", self.day)):
            if name not in frame.column_names:
                field = pa.field(name, pa.int16(), nullable=False, metadata={"unit": name, "seen_by": "system"})
                frame = frame.add_column(0, field, arrow(values))
        return frame


@final
class Keeper:
    """Keeps the rows of each table while they are fewer than a stated size, or if they were asked for.

    Parameters
    ----------
    asked : sequence of str, optional
        Tables of rows to keep whatever their size; None keeps no rows at all, of any table.
    person_days : int
        How many days of people the run has.
    """

    def __init__(self, asked: Sequence[str] | None, person_days: int = 0) -> None:
        self.asked = frozenset(asked or ())
        self.keeps_nothing = asked is None
        self.writes_out = write_out(person_days, asked)
        self._most = -1 if self.keeps_nothing else ROWS_KEPT
        self.dropped: dict[str, int] = {}
        self._parts: dict[str, list[Rows]] = {}
        self._n: dict[str, int] = {}

    def wants(self, name: str) -> bool:
        """Say whether rows of a table are still kept."""
        return self._most >= 0 and name not in self.dropped and (self.writes_out or name not in WRITTEN_OUT)

    def add(self, name: str, n: int, rows: Rows | None) -> None:
        """Keep n rows, or count them only.

        Raises
        ------
        ValueError
            If rows are to be kept and are not there.
        """
        self._n[name] = self._n.get(name, 0) + n
        if not self.wants(name) or (self._n[name] > self._most and name not in self.asked):
            self.dropped[name] = self._n[name]
            self._parts.pop(name, None)
        elif rows is None or len(rows.table) != n:
            raise ValueError(f"the rows of {name} are missing")
        else:
            self._parts.setdefault(name, []).append(rows)

    def rows(self) -> dict[str, Rows]:
        """Return what was kept, by table."""
        return {name: Rows.concat(parts) for name, parts in self._parts.items()}


def write_out(person_days: int, asked: Sequence[str] | None) -> bool:
    """Say whether the days of a run are written out with rows for everybody, or streamed.

    They are written out where somebody asked for such rows, and where they could be few enough to be kept; so the life
    without cameras beside a small run needs no loops compiled that the run itself does not.
    """
    return person_days <= ROWS_KEPT or not frozenset(asked or ()).isdisjoint(WRITTEN_OUT)


def rows_in(day: Day, tally: t.Tallies) -> dict[str, int]:
    """Return how many rows each table of a day has, or would have if the day had been written out."""
    counted = (tally.trips, tally.trips, tally.captures, tally.candidates)
    told = {name: int(column.sum()) for name, column in zip(WRITTEN_OUT, counted, strict=True)}
    return {name: told.get(name, len(table)) for name, table in tables_of(day)}


def tables_of(day: Day | CrowdDay) -> Iterable[tuple[str, Table]]:
    """List the tables of one community-day with their names."""
    for field in fields(day):
        value = getattr(day, field.name)
        if isinstance(value, Table):
            yield field.name, value


def sign(digest: blake3, name: str, table: Table) -> None:
    """Add a table's integer columns to a digest: the names, types and lengths of all, then the numbers of each.

    Of numbers that are all the same, or follow each other, the first one says everything, and stands beside the length.
    """
    told, written = list[str](), list[NDArray[Any]]()
    for column, what in _signed_columns(type(table), name):
        values = getattr(table, column)
        step = _step(values)
        alike = "" if step is None else f":{int(values.item(0))}+{step}"
        told.append(f"{what}:{values.dtype.str}:{len(values)}{alike};")
        if step is None and len(values):
            written.append(values)
    digest.update("".join(told).encode())
    for values in written:
        digest.update(np.ascontiguousarray(values).data.cast("B"))


@cache
def _signed_columns(kind: type[Table], name: str) -> tuple[tuple[str, str], ...]:
    """List the integer columns of a table, and what a digest calls them."""
    kinds = ((column.name, np.dtype(column.dtype).kind) for column in kind.columns())
    return tuple((column, f"{name}.{column}") for column, kind in kinds if kind in "iub")


def _step(values: NDArray[np.integer[Any] | np.bool_]) -> int | None:
    """Return by how much each number is more than the one before, if that is nothing or one in every row."""
    if len(values) < _FEW:
        return None
    first, last = values.item(0), values.item(-1)
    step = values.item(1) - first
    if step not in (0, 1) or last - first != step * (len(values) - 1):
        return None
    like = np.arange(first, last + 1, dtype=values.dtype) if step else values[0]
    return step if bool((values == like).all()) else None


def signature(day: Day, tally: t.Tallies) -> str:
    """Sign one community-day: the BLAKE3 digest over the integer columns of what is there of every day.

    What is written out on request is not signed: trips, exposures, captures, and the findings that name a row of them.
    What they come to for each person and each device is, and every candidate.
    """
    return signed(day.day, day.community, tables_of(day), tally)


def signed(day: int, community: int, tables: Iterable[tuple[str, Table]], tally: t.Tallies) -> str:
    """Sign a community-day of which there are the tables, in their order, and the tally."""
    digest = blake3(f"{day}/{community};".encode())
    for name, table in tables:
        if name not in WRITTEN_OUT:
            sign(digest, name, table)
    sign(digest, "tallies", tally)
    return digest.hexdigest()


def kinds_of_rows() -> dict[str, type[Table]]:
    """List the tables of a day by name."""
    hints = get_type_hints(Day)
    return {field.name: hints[field.name] for field in fields(Day) if issubclass(hints[field.name], Table)}
