"""The data model as a page: every table and column, from their declarations."""

from __future__ import annotations

import inspect

from glasstown import tables, tables_crowd
from glasstown.core.columns import Table

_MODULES = (tables, tables_crowd)


def nouns() -> str:
    """Return `docs/tables.md`: what each table holds, its columns, units, meanings, and who may see them."""
    lines = ["# Tables", "", *_intro(), ""]
    for kind in kinds():
        lines += [f"## {kind.__name__}", "", inspect.cleandoc(kind.__doc__ or ""), ""]
        lines += ["| column | type | unit | meaning | seen by the system |", "|---|---|---|---|---|"]
        for c in kind.columns():
            seen = "no" if c.truth else "yes"
            lines.append(f"| `{c.name}` | {c.dtype} | {c.unit} | {c.meaning} | {seen} |")
        lines.append("")
    return "\n".join(lines)


def kinds() -> list[type[Table]]:
    """List every table, in the order of declaration."""
    found = [kind for module in _MODULES for kind in vars(module).values() if inspect.isclass(kind)]
    return [kind for kind in found if issubclass(kind, Table) and kind is not Table]


def _intro() -> list[str]:
    paragraphs = inspect.cleandoc(tables.__doc__ or "").split("\n\n")[1:]
    return [
        *paragraphs,
        "",
        "This page is made by `glasstown tables` from the declarations in `tables.py` and its neighbours. "
        "In a run folder, tables of daily rows have `day` and `community` in front.",
    ]
