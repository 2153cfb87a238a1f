"""Who bears it: the watching and the errors by age, sex and group."""

from __future__ import annotations

from glasstown.report.blocks import cell, figure, mark, panel, section
from glasstown.report.drawing import picture
from glasstown.report.figures import Mark, intervals
from glasstown.report.markup import Child, Markup, el, paragraphs, table
from glasstown.report.material import Material
from glasstown.report.readings import Readings, kind_words
from glasstown.report.words import denominator, times


def groups(material: Material) -> Markup:
    """Show who bears the errors and the watching."""
    r = Readings(material.metrics)
    fpir = r["fpir"]
    of = denominator(fpir.value or fpir.high or 0.0)
    shown = (
        ("wrongful_stops_per_100k", "Wrongful stops", "stops per 100,000 people of the kind", 1.0),
        ("fpir", "False positive identifications", f"of {of:,} searches (FPIR)", float(of)),
        ("captures_per_person_day", "Faces taken", "captures per person-day", 1.0),
    )
    pictures: list[Markup] = []
    for name, title, unit, scale in shown:
        rows = _kind_rows(r, name, scale)
        if all(row is None or row.value is None for row in rows):
            continue
        overall = times(r[name].value, scale)
        heard = "; ".join(f"{row.label}: {row.said or 'nothing to count'}" for row in rows if row)
        pictures.append(panel(title, picture(f"who-{name}", intervals(rows, overall, unit), title, heard)))
    return section(
        "groups",
        "Who bears it",
        paragraphs(
            "Groups are neutral letters: they say that a system can serve some people worse, not who these "
            "people are. How much worse is an input of this scenario, listed below with its source or as "
            "an assumption."
        ),
        figure(
            "Dots are what happened, bars are 95 % intervals, the dashed line is everybody together. Where "
            "intervals overlap widely, the run does not show a difference.",
            *pictures,
        )
        if pictures
        else None,
        _kinds_table(r, of),
    )


def _kind_rows(r: Readings, name: str, scale: float) -> list[Mark | None]:
    rows: list[Mark | None] = []
    before = None
    for e in r.by_kind(name):
        if before is not None and e.by != before:
            rows.append(None)
        before = e.by
        rows.append(mark(kind_words(str(e.by), str(e.group)), e, scale))
    return rows


def _kinds_table(r: Readings, of: int) -> Markup:
    columns = (
        ("captures_per_person_day", 1.0),
        ("fpir", float(of)),
        ("wrongful_stops", 1.0),
        ("wrongful_stops_per_100k", 1.0),
        ("minutes_lost", 1.0),
    )
    found = {name: {(e.by, e.group): e for e in r.by_kind(name)} for name, _ in columns}
    rows: list[list[Child]] = [["Everybody", *(cell(r[name], scale) for name, scale in columns)]]
    rows += [
        [
            kind_words(str(by), str(group)),
            *(cell(found[name].get((by, group)), scale) for name, scale in columns),
        ]
        for by, group in found["captures_per_person_day"]
    ]
    head = (
        "",
        "Captures per person-day",
        f"False identifications of {of:,} searches",
        "Wrongful stops",
        "Wrongful stops per 100,000 people",
        "Minutes lost",
    )
    caption = "By age, sex and group; 95 % intervals in small figures"
    return el("div", table(caption, head, rows, numeric=range(1, 6), stacked=True), class_="wide")
