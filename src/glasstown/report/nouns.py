"""The data model as a page: every table and column, from their declarations."""

from __future__ import annotations

import inspect

from glasstown import tables
from glasstown.core.columns import Table


def nouns() -> str:
    """Return `docs/tables.md`: what each table holds, its columns, units, meanings, and who may see them."""
    lines = ["# Tables", "", *_intro(), ""]
    for name, kind in vars(tables).items():
        if inspect.isclass(kind) and issubclass(kind, Table) and kind is not Table:
            lines += [f"## {name}", "", inspect.cleandoc(kind.__doc__ or ""), ""]
            lines += ["| column | type | unit | meaning | seen by the system |", "|---|---|---|---|---|"]
            for c in kind.columns():
                seen = "no" if c.truth else "yes"
                lines.append(f"| `{c.name}` | {c.dtype} | {c.unit} | {c.meaning} | {seen} |")
            lines.append("")
    return "\n".join(lines)


def _intro() -> list[str]:
    paragraphs = inspect.cleandoc(tables.__doc__ or "").split("\n\n")[1:]
    return [
        *paragraphs,
        "",
        "This page is made by `glasstown tables` from the declarations in `tables.py`. "
        "In a run folder, tables of daily rows have `day` and `community` in front.",
    ]
