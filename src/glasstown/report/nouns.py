"""The data model as a page: every table and column, and every quantity, from their declarations."""

from __future__ import annotations

import inspect

from glasstown import counts, tables, tables_crowd, tables_nation
from glasstown.core.columns import Table
from glasstown.metrics import crowd
from glasstown.metrics.nation_quantities import NAMES, QUANTITIES, SAYS
from glasstown.metrics.partitions import LEVELS
from glasstown.metrics.quantities import METRICS

_MODULES = (tables, tables_crowd, tables_nation)
# Quantities of a nation that are no ratio of counts: what they are read off by.
_BESIDE = {
    "people_simulated": ("people", ""),
    "rating_variance_share": ("share", "cause; cause x group"),
    "cheating_predicted": ("share", "predictor; predictor x group"),
    "rating_ties": ("share", "group"),
    "grade_mobility": ("share", "grade x grade_after; grade x grade_after x group"),
    "approval_uninformed": ("share", "age; sex; income; group; jurisdiction"),
}


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
    return "\n".join([*lines, *_of_towns(), *_quantities(), *_counts()])


def _of_towns() -> list[str]:
    """List what is read off a town, and which of it off a crowd."""
    by = "; ".join(" x ".join(level) for level in LEVELS if level)
    lines = ["## Quantities of towns and crowds", ""]
    lines += [f"Each has an interval and a count, in all and by {by}.", ""]
    lines += ["| quantity | unit | says | of a crowd too |", "|---|---|---|---|"]
    for metric in METRICS:
        of_crowd = "yes" if metric.name in crowd.NAMES else "no"
        lines.append(f"| `{metric.name}` | {metric.unit} | {metric.says} | {of_crowd} |")
    return [*lines, ""]


def _quantities() -> list[str]:
    """List what is read off a nation, in which unit and by what."""
    lines = ["## Quantities of a nation", ""]
    lines += ["Each has an interval and a count, in all and by what stands in the last column.", ""]
    lines += ["| quantity | unit | says | by |", "|---|---|---|---|"]
    people = "age; sex; income; group; jurisdiction"
    known = {quantity.name: quantity for quantity in QUANTITIES}
    for name in NAMES:
        if name in known:
            unit, by = known[name].unit, people
            if known[name].by:
                own = known[name].by
                by += f"; {own}; {own} x income, group or jurisdiction"
            if known[name].across:
                by += f"; {known[name].across}; {known[name].by} x {known[name].across}"
        else:
            unit, by = _BESIDE[name]
        lines.append(f"| `{name}` | {unit} | {SAYS[name]} | {by} |")
    return [*lines, ""]


def _counts() -> list[str]:
    """List what the column `column` of the table Census says."""
    lines = ["## Counts of a nation", ""]
    lines += ["What `column` of the table Census says: from which number on, and how many.", ""]
    lines += ["| count | from | how many |", "|---|---|---|"]
    lines += [f"| `{name}` | {counts.FIRST[name]} | {size} |" for name, size in counts.SIZES.items()]
    return [*lines, ""]


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
