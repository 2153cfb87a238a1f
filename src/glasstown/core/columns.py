"""Tables: frozen bundles of equal-length columns that say what they mean and who may see them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Self, TypeVar, cast, dataclass_transform

import numpy as np
from numpy.typing import NDArray

from glasstown.core.ordering import Order, Tie, in_sequence

I8 = NDArray[np.int8]
F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
Bool = NDArray[np.bool_]
Int = int | np.integer[Any]

T = TypeVar("T", bound="Table")


@dataclass(frozen=True)
class Column:
    """One column's declaration.

    Parameters
    ----------
    name, dtype, unit, meaning : str
        What it is called, its NumPy type, its unit, and what it says.
    truth : bool
        Whether only the simulated world may see it; the watching system never does.
    """

    name: str
    dtype: str
    unit: str
    meaning: str
    truth: bool


def truth(dtype: str, unit: str, meaning: str) -> Any:
    """Declare a column that only the simulated world may see."""
    return dataclasses.field(metadata={"dtype": dtype, "unit": unit, "meaning": meaning, "truth": True})


def known(dtype: str, unit: str, meaning: str) -> Any:
    """Declare a column that the watching system may see."""
    return dataclasses.field(metadata={"dtype": dtype, "unit": unit, "meaning": meaning, "truth": False})


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(truth, known))
class Table:
    """Columns of equal length; a row is a thing, a column a fact about it.

    Every class that extends it is a final, frozen dataclass.
    """

    _first: ClassVar[str]

    def __init_subclass__(cls) -> None:
        dataclass(frozen=True, eq=False, repr=False)(cls)
        cls._first = cls.columns()[0].name

    def __len__(self) -> int:
        return len(getattr(self, self._first))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self):,} rows)"

    @classmethod
    def columns(cls) -> tuple[Column, ...]:
        """List the declarations of the columns, in order."""
        return _columns(cls)

    @classmethod
    def empty(cls) -> Self:
        """Make the table with no rows."""
        return cls(**{c.name: np.zeros(0, c.dtype) for c in cls.columns()})

    @classmethod
    def of(cls, **columns: Any) -> Self:
        """Make a table from anything array-like, cast to the declared types."""
        return cls(**{c.name: np.ascontiguousarray(columns.pop(c.name), c.dtype) for c in cls.columns()}, **columns)

    @classmethod
    def concat(cls, parts: Sequence[Self]) -> Self:
        """Stack tables of one kind, in the order given."""
        parts = [part for part in parts if len(part)]
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return cls.empty()
        names = [c.name for c in cls.columns()]
        return cls(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})

    def take(self, rows: NDArray[np.bool_] | NDArray[np.integer[Any]] | slice) -> Self:
        """Keep some rows: a mask, an order, or a range."""
        if isinstance(rows, slice):
            return type(self)(**{c.name: getattr(self, c.name)[rows] for c in self.columns()})
        if rows.dtype == np.bool_:
            if rows.shape != (len(self),):
                raise IndexError(f"a mask of {len(rows):,} rows for a table of {len(self):,}")
            if rows.all():
                return self
            rows = np.flatnonzero(rows)
        return type(self)(**{c.name: getattr(self, c.name).take(rows) for c in self.columns()})

    def same(self, other: Table) -> bool:
        """Say whether another table has the same columns with the same values."""
        return type(self) is type(other) and all(
            np.array_equal(getattr(self, c.name), getattr(other, c.name)) for c in self.columns()
        )

    def seen(
        self, into: type[T], tie: NDArray[np.uint64] | Tie | None = None, order: Order | None = None
    ) -> T:
        """Hand rows to the watching system: truth columns go, and row order comes to carry nothing.

        Parameters
        ----------
        into : type of Table
            The blind table; each of its columns must be one that the system may see here.
        tie : array of uint64, shape (n,), or callable, optional
            An addressed 32-bit draw for each row, or what gives it for the rows asked for; it orders rows of one device
            and minute.
        order : Order, optional
            The order of rows (see `sequence`), where it is known already; then no tie is needed.

        Returns
        -------
        Table
            Rows sorted by device, minute and tie, numbered afresh by position.
        """
        visible = {c.name for c in self.columns() if not c.truth}
        wanted = [c.name for c in into.columns()]
        hidden = [name for name in wanted if name not in visible]
        if hidden:
            raise TypeError(f"{into.__name__} asks {type(self).__name__} for truth: {', '.join(hidden)}")
        if order is None:
            if tie is None:
                raise TypeError(f"{into.__name__} needs a tie")
            order = self.sequence(tie)
        there = {"device": order.first, "minute": order.second}
        return into(**{name: there[name] if name in there else getattr(self, name).take(order.rows) for name in wanted})

    def sequence(self, tie: NDArray[np.uint64] | Tie) -> Order:
        """Return the order of rows by device, minute and an addressed draw."""
        where_and_when: Any = self
        return in_sequence(
            where_and_when.device, where_and_when.minute, tie if callable(tie) else tie.__getitem__
        )

    def check(self) -> None:
        """Raise if columns differ in length or type from their declarations."""
        for column in self.columns():
            values = getattr(self, column.name)
            if values.dtype != np.dtype(column.dtype) or values.shape != (len(self),):
                raise TypeError(
                    f"{type(self).__name__}.{column.name}: {values.dtype}{values.shape}, "
                    f"declared {column.dtype}({len(self)},)"
                )

    def frame(self) -> Any:
        """Convert to a `pyarrow.Table`, with each column's unit and meaning; the only way out of the program."""
        import pyarrow as pa

        fields = [
            pa.field(
                c.name,
                pa.from_numpy_dtype(np.dtype(c.dtype)),
                nullable=False,
                metadata={"unit": c.unit, "meaning": c.meaning, "seen_by": "nobody" if c.truth else "system"},
            )
            for c in self.columns()
        ]
        return pa.Table.from_arrays([arrow(getattr(self, f.name)) for f in fields], schema=pa.schema(fields))


def arrow(values: NDArray[Any]) -> Any:
    """Return an array as Arrow holds it; `pyarrow.array` would load pandas wherever that is installed."""
    import pyarrow as pa

    held = np.packbits(values, bitorder="little") if values.dtype == np.bool_ else np.ascontiguousarray(values)
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(held)])


@cache
def _columns(kind: type[Table]) -> tuple[Column, ...]:
    return tuple(Column(f.name, **cast(dict[str, Any], dict(f.metadata))) for f in dataclasses.fields(cast(Any, kind)))
