"""The promise that no records of individuals are read, kept at the door."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, cast

from glasstown.core.documents import Document, KeyPath
from glasstown.core.errors import Problem
from glasstown.core.personal import describes_people, personal, spelled

PROMISE = "glasstown never reads records of individuals: its people are invented from aggregates."

# Things have it too: it counts where another name that speaks of people stands beside it.
_BESIDE = frozenset(("id",))
_TODO = "Give a scenario: a YAML file that describes a town and a system ('glasstown new FILE')."
TABLES = (".csv", ".tsv", ".xls", ".xlsx", ".parquet", ".arrow", ".feather", ".sqlite", ".db")


def about_people(columns: Iterable[object]) -> bool:
    """Tell whether columns hold data of individuals: one telling name, or two that go together."""
    names = list(columns)
    return any(map(personal, names)) or len({spelled(name) for name in names if _telling(name)}) > 1


def _telling(name: object) -> bool:
    return personal(name) or describes_people(name) or spelled(name) in _BESIDE


def refuse_table(text: str, where: str, suffix: str) -> None:
    """Refuse a file of rows where a scenario is expected, before it is read as YAML.

    Raises
    ------
    Problem
        With the promise as the reason if the columns are about people.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    columns = [c.strip().strip("\"'") for c in re.split(r"[,;\t|]", first)]
    header = len(columns) > 1 and all(re.fullmatch(r"[\w .-]+", c) for c in columns)
    if header and about_people(columns):
        _refuse(columns, f"{where}:1")
    if suffix in TABLES:
        raise Problem("this is a table, not a scenario", where=where, todo=_TODO)


def refuse_rows(document: Document) -> None:
    """Refuse lists of rows about people, wherever in a document they stand.

    Raises
    ------
    Problem
        With the promise as the reason.
    """
    stack: list[tuple[KeyPath, Any]] = [((), document.tree)]
    while stack:
        path, node = stack.pop()
        if isinstance(node, dict):
            stack += [((*path, key), part) for key, part in cast(dict[str, Any], node).items()]
        elif isinstance(node, list):
            rows = list(enumerate(cast(list[Any], node)))
            for place, row in rows:
                if isinstance(row, dict) and about_people(cast(dict[str, Any], row)):
                    _refuse(list(cast(dict[str, Any], row)), document.at((*path, place)))
            stack += [((*path, place), row) for place, row in rows]


def _refuse(columns: list[str], where: str) -> None:
    named = ", ".join([column for column in columns if _telling(column)][:5])
    raise Problem(f"this file has rows about people (columns {named})", where=where, why=PROMISE, todo=_TODO)
