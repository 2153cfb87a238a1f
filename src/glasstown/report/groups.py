"""Who bears it: the watching and the errors by age, sex and group."""

from __future__ import annotations

from collections.abc import Sequence

from glasstown.report.blocks import cell, figure, mark, panel, section
from glasstown.report.drawing import picture
from glasstown.report.figures import Mark, intervals
from glasstown.report.grounds import told_apart
from glasstown.report.lead import lasting
from glasstown.report.markup import Child, Markup, paragraphs, table, wide
from glasstown.report.material import Material
from glasstown.report.readings import Readings, kind_words
from glasstown.report.words import denominator, listing, times
from glasstown.scenario import Scenario

RESIDENTS = (
    ("captures_per_person_day", "Captures per person-day", "Faces taken", "captures per person-day"),
    ("fpir", "False identifications of {} searches", "False positive identifications", "of {} searches (FPIR)"),
    ("wrongful_stops", "Wrongful stops", "", ""),
    (
        "wrongful_stops_per_100k",
        "Wrongful stops per 100,000 people",
        "Wrongful stops",
        "stops per 100,000 people of the kind",
    ),
    ("minutes_lost", "Minutes lost", "", ""),
)
PASSERS = (
    ("searches", "Faces searched", "", ""),
    ("fpir", "False identifications of {} searches", "False positive identifications", "of {} searches (FPIR)"),
    (
        "false_alerts_per_1000_searches",
        "False alerts per 1,000 faces",
        "False alerts",
        "alerts per 1,000 faces of the kind",
    ),
    ("misidentified", "Stops of the wrong person", "", ""),
    ("minutes_lost", "Minutes lost", "", ""),
)
Columns = Sequence[tuple[str, str, str, str]]


def groups(material: Material, columns: Columns) -> Markup:
    """Show who bears the errors and the watching.

    Parameters
    ----------
    columns : sequence of (metric, heading, picture, unit)
        The columns of the table; those with a title for a picture are drawn too.
    """
    r = Readings(material.metrics)
    fpir = r["fpir"]
    of = denominator(fpir.value or fpir.high or 0.0)
    pictures: list[Markup] = []
    for name, _, title, unit in reversed(columns):
        if not title:
            continue
        scale = _scale(name, of)
        rows = _kind_rows(r, name, scale)
        if all(row is None or row.value is None for row in rows):
            continue
        overall = times(r[name].value, scale)
        heard = "; ".join(row.heard() for row in rows if row)
        drawn = intervals(rows, overall, unit.format(f"{of:,}"))
        pictures.append(panel(title, picture(f"who-{name}", drawn, title, heard)))
    return section(
        "groups",
        "Who bears it",
        paragraphs(
            "Groups are neutral letters: they say that a system can serve some people worse, not who these "
            "people are. How much worse is an input of this scenario, listed below with its source or as "
            "an assumption.",
            _apart(material.scenario),
        ),
        figure(
            "Dots are what happened, bars are 95 % intervals, the dashed line is everybody together. Where "
            "intervals overlap widely, the run does not show a difference.",
            *pictures,
        )
        if pictures
        else None,
        _kinds_table(r, of, columns, material.scenario.days),
    )


def _apart(scenario: Scenario) -> str:
    """Name which of group, sex and age errors depend on here, and what differences between the others are."""
    depend = {name for names in told_apart(scenario) for name in names}
    of, alike = ([name for name in ("group", "sex", "age") if (name in depend) is told] for told in (True, False))
    if not alike:
        return "In this scenario errors of the machine depend on group, sex and age."
    said = f"depend on {listing(of)}, and not on {listing(alike)}" if of else "depend on neither group nor sex nor age"
    other = "" if scenario.town.kind == "crowd" else " or come from where and how often they pass cameras"
    return f"In this scenario errors of the machine {said}; differences between {_kinds(alike)} are chance{other}."


def _kinds(names: Sequence[str]) -> str:
    return listing([{"group": "groups", "sex": "the sexes", "age": "ages"}[name] for name in names])


def _scale(name: str, of: int) -> float:
    return float(of) if name == "fpir" else 1.0


def _kind_rows(r: Readings, name: str, scale: float) -> list[Mark | None]:
    rows: list[Mark | None] = []
    before = None
    for e in r.by_kind(name):
        if before is not None and e.by != before:
            rows.append(None)
        before = e.by
        rows.append(mark(kind_words(str(e.by), str(e.group)), e, scale))
    return rows


def _kinds_table(r: Readings, of: int, columns: Columns, days: int) -> Markup:
    scales = [(name, _scale(name, of)) for name, *_ in columns]
    found = {name: {(e.by, e.group): e for e in r.by_kind(name)} for name, _ in scales}
    rows: list[list[Child]] = [["Everybody", *(cell(r[name], scale) for name, scale in scales)]]
    rows += [
        [
            kind_words(str(by), str(group)),
            *(cell(found[name].get((by, group)), scale) for name, scale in scales),
        ]
        for by, group in found[scales[0][0]]
    ]
    head = ("", *(heading.format(f"{of:,}") for _, heading, _, _ in columns))
    caption = f"By age, sex and group, over {lasting(days)}; 95 % intervals in small figures"
    return wide(table(caption, head, rows, numeric=range(1, 6), stacked=True))
