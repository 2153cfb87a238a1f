"""Kinds of people: by age, sex and group, and by two of these at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import I16, I64, U8

LEVELS: tuple[tuple[str, ...], ...] = (
    (),
    ("age",),
    ("sex",),
    ("group",),
    ("age", "sex"),
    ("sex", "group"),
    ("age", "group"),
)

GROUPINGS: frozenset[str] = frozenset(" x ".join(level) for level in LEVELS if level)

_BAND = (np.searchsorted(t.AGE_FROM, np.arange(256), side="right") - 1).astype(np.uint8)


def n_cells(n_groups: int) -> int:
    """Count the finest kinds: age band by sex by group."""
    return len(t.AGE_BANDS) * len(t.SEXES) * n_groups


def n_kinds(n_groups: int) -> int:
    """Count the kinds of all levels together."""
    return sum(_size(level, n_groups) for level in LEVELS)


def groups_here(people: t.People) -> int:
    """Count the neutral groups up to the last one that some of these people belong to."""
    return int(people.group.max()) + 1 if len(people) else 1


def cell_of(people: t.People, n_groups: int) -> U8:
    """Put each person into the finest kind, numbered by age band, then sex, then group."""
    band = _BAND.take(people.age)
    return ((band * np.uint8(len(t.SEXES)) + people.sex) * np.uint8(n_groups) + people.group).astype(np.uint8)


def parts_of(cells: I64, n_groups: int) -> dict[str, I64]:
    """Take the number of a finest kind apart again into age band, sex and group."""
    return {
        "age": cells // (len(t.SEXES) * n_groups),
        "sex": cells // n_groups % len(t.SEXES),
        "group": cells % n_groups,
    }


def kinds_of_cells(n_groups: int) -> I16:
    """Say to which kind of each level a finest kind belongs.

    Returns
    -------
    array of int16, shape (cells, levels)
        Kinds are numbered through all levels; 0 is everybody.
    """
    parts = parts_of(np.arange(n_cells(n_groups)), n_groups)
    sizes = _sizes(n_groups)
    kinds = np.zeros((n_cells(n_groups), len(LEVELS)), np.int16)
    start = 0
    for i, level in enumerate(LEVELS):
        code = np.zeros(len(kinds), np.int64)
        for name in level:
            code = code * sizes[name] + parts[name]
        kinds[:, i] = start + code
        start += _size(level, n_groups)
    return kinds


def labels(groups: Sequence[str]) -> list[tuple[str | tuple[str, ...] | None, str | tuple[str, ...] | None]]:
    """Name the kinds of all levels in order, as `by, group` of an estimate."""
    names = {"age": t.AGE_BANDS, "sex": t.SEXES, "group": tuple(groups)}
    named: list[tuple[str | tuple[str, ...] | None, str | tuple[str, ...] | None]] = []
    for level in LEVELS:
        for values in product(*(names[name] for name in level)):
            if not level:
                named.append((None, None))
            elif len(level) == 1:
                named.append((level[0], values[0]))
            else:
                named.append((level, values))
    return named


def _sizes(n_groups: int) -> dict[str, int]:
    return {"age": len(t.AGE_BANDS), "sex": len(t.SEXES), "group": n_groups}


def _size(level: tuple[str, ...], n_groups: int) -> int:
    size = 1
    for name in level:
        size *= _sizes(n_groups)[name]
    return size
