"""A system's operating characteristics as a table for the terminal and as a drawing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from glasstown import catalogue
from glasstown.catalogue import System
from glasstown.catalogue.system import ONE_SETTING
from glasstown.core.errors import Problem, did_you_mean
from glasstown.core.quantity import spelled
from glasstown.report.drawing import LISTED, PLAIN, RIGHT, SOFT, WRONG, Spec, picture
from glasstown.scenario import Scenario, load
from glasstown.sensing.curve import Interval
from glasstown.study.curves import By, Row, kinds, operating_points, swept

_STROKES = (RIGHT, WRONG, LISTED, PLAIN)
_DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2])


def listing() -> str:
    """List the named systems with their ranges and titles."""
    lines: list[str] = []
    for name in catalogue.names("systems"):
        one = catalogue.system(name)
        span = "one setting" if one.one_setting else _span(one)
        lines.append(f"{name:<20} {span:<18} {one.title}")
    return "\n".join(lines)


def listed() -> list[dict[str, Any]]:
    """List the named systems as JSON-ready values; thresholds are null where one setting was published."""
    found: list[dict[str, Any]] = []
    for name in catalogue.names("systems"):
        one = catalogue.system(name)
        span = (None, None, None) if one.one_setting else (one.threshold, one.least, one.most)
        ends = dict(zip(("threshold", "least", "most"), span, strict=True))
        found.append({"system": name, "title": one.title, **ends})
    return found


def table(one: System, rows: Sequence[Row]) -> str:
    """Write rows for a terminal: every rate with its interval, and with N, T and R beside it."""
    head = ("N", "T", "R", "group", "FPIR", "FNIR", "FMR", "FNMR")
    cells = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(head))]
    written = ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in cells]
    notes = [
        f"{one.id}: {one.title}",
        "FPIR: share of searches of people not enrolled that return somebody. FNIR: share of searches of enrolled",
        "people that do not return them. FMR, FNMR: of one comparison. In brackets: 95 % interval over what sources,",
        "counts and assumptions leave open.",
    ]
    if any(row.extrapolated for row in rows):
        notes.append(f"EXTRAPOLATED: nothing was published about this system outside {_span(one)}.")
    told = f"Rests on: {', '.join(one.facts) or 'no fact'} ('glasstown facts ID' shows one)."
    return "\n".join([*notes, "", *written, "", told])


def _span(one: System) -> str:
    return f"T = {spelled(one.least)} to {spelled(one.most)}"


def _cells(row: Row) -> tuple[str, ...]:
    rank = "any" if row.rank is None else str(row.rank)
    group = f"{row.by} {row.group}" if row.group else "all"
    mark = " (extrapolated)" if row.extrapolated else ""
    rates = (row.fpir, row.fnir, row.fmr, row.fnmr)
    threshold = "one setting" if catalogue.system(row.system).one_setting else f"{spelled(row.threshold)}{mark}"
    return (f"{row.gallery:,}", threshold, rank, group, *(_rate(x) for x in rates))


def _setting(row: Row) -> str:
    return ONE_SETTING if catalogue.system(row.system).one_setting else f"T = {spelled(row.threshold)}"


def _rate(rate: Interval) -> str:
    if rate.low == rate.high:
        return f"{rate.value:.3g}"
    return f"{rate.value:.3g} ({rate.low:.2g} to {rate.high:.2g})"


def drawing(one: System, scenario: Scenario, rows: Sequence[Row], by: By | None) -> str:
    """Draw FNIR against FPIR, one line for each gallery size and kind of people, as an SVG document."""
    svg = str(picture("curve", _spec(one, scenario, rows, by), one.title, _read_out(rows)))
    svg = re.sub(r"var\(--\w+,(#[0-9a-f]{6})\)", r"\1", svg)
    return svg.replace("<svg ", '<svg font-family="sans-serif" ', 1)


def _spec(one: System, scenario: Scenario, rows: Sequence[Row], by: By | None) -> Spec:
    galleries = list(dict.fromkeys(row.gallery for row in rows))
    groups = list(dict.fromkeys(row.group for row in rows))
    people = {kind.group: kind for kind in kinds(scenario, by)}
    rank = rows[0].rank if rows else None
    best = f", R = {rank}" if rank else ""
    name = {(n, g): f"N = {n:,}{best}" + (f", {by} {g}" if g else "") for n in galleries for g in groups}
    lines = [
        {"line": name[n, g], "fpir": x, "fnir": y, "order": i}
        for n in galleries
        for g in groups
        for i, (x, y) in enumerate(swept(one.id, scenario, n, people[g], rank=rank or 0))
        if x > 0 and y > 0
    ]
    dots: list[dict[str, Any]] = [
        {
            "line": name[row.gallery, row.group],
            "fpir": row.fpir.value,
            "fnir": row.fnir.value,
            "low": max(row.fpir.low, 1e-12),
            "high": row.fpir.high,
            "below": max(row.fnir.low, 1e-9),
            "above": row.fnir.high,
            "said": _setting(row),
        }
        for row in rows
        if row.fpir.value > 0 and row.fnir.value > 0
    ]
    order = list(name.values())
    thin = {"gridOpacity": 0.5, "gridWidth": 0.5}
    x: Spec = {
        "field": "fpir",
        "type": "quantitative",
        "scale": {"type": "log", "nice": False},
        "axis": {"title": "FPIR (false positive identification rate)", "format": "~g", "tickCount": 4, **thin},
    }
    y: Spec = {
        "field": "fnir",
        "type": "quantitative",
        "scale": {"type": "log", "nice": False},
        "axis": {"title": "FNIR (misses of enrolled people)", "format": "~g", "tickCount": 4, **thin},
    }
    shades = {
        "field": "line",
        "type": "nominal",
        "sort": order,
        "scale": {"domain": order, "range": [_STROKES[i % len(_STROKES)] for i in range(len(order))]},
    }
    dash = {
        "field": "line",
        "type": "nominal",
        "sort": order,
        "scale": {"domain": order, "range": [_DASHES[i // len(_STROKES) % len(_DASHES)] for i in range(len(order))]},
        "legend": None,
    }
    colour = {**shades, "legend": {"orient": "bottom", "title": None, "columns": 2, "labelLimit": 220}}
    bar: Spec = {"type": "rule", "opacity": 0.5}
    across = {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y, "color": colour}
    along = {"y": {**y, "field": "below"}, "y2": {"field": "above"}, "x": x, "color": colour}
    layers: list[Spec] = [
        {
            "data": {"values": lines},
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash, "order": {"field": "order"}},
        },
        {"data": {"values": dots}, "mark": bar, "encoding": across},
        {"data": {"values": dots}, "mark": bar, "encoding": along},
        {
            "data": {"values": dots},
            "mark": {"type": "point", "filled": True, "size": 45, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": colour},
        },
    ]
    if len(dots) <= 8:
        text = {"type": "text", "align": "left", "dx": 7, "dy": -8, "fontSize": 11, "color": SOFT}
        layers.append(
            {"data": {"values": dots}, "mark": text, "encoding": {"x": x, "y": y, "text": {"field": "said"}}}
        )
    return {"height": 260, "width": 440, "layer": layers if lines else layers[1:]}


def _read_out(rows: Sequence[Row]) -> str:
    said: list[str] = []
    for row in rows:
        best = f", R = {row.rank}" if row.rank else ""
        who = f", {row.by} {row.group}" if row.group else ""
        said.append(
            f"N = {row.gallery:,}{best}, {_setting(row)}{who}: FPIR {row.fpir.value:.3g}, FNIR {row.fnir.value:.3g}."
        )
    return " ".join(said[:40])


@final
@dataclass(frozen=True)
class Characteristic:
    """A system's rows, and the people whose multipliers they take."""

    one: System
    scenario: Scenario
    rows: list[Row]
    by: By | None

    def table(self) -> str:
        """Write the rows for a terminal (see `table`)."""
        return table(self.one, self.rows)

    def drawing(self) -> str:
        """Draw the rows (see `drawing`)."""
        return drawing(self.one, self.scenario, self.rows, self.by)


def characteristic(
    name: str,
    source: str,
    settings: Sequence[str] = (),
    *,
    galleries: Sequence[int] = (),
    thresholds: Sequence[float] = (),
    at_fpir: Sequence[float] = (),
    by: str | None = None,
    rank: int = 0,
    extrapolate: bool = False,
) -> Characteristic:
    """Work out what `glasstown curve` shows.

    Parameters
    ----------
    name : str
        A system of the catalogue.
    source : str
        The scenario whose multipliers are taken: a name of the catalogue, or a file.
    settings : sequence of str
        Knobs of it to turn, each `path=value`.
    galleries, thresholds, at_fpir, rank, extrapolate
        As for `study.curves.operating_points`.
    by : str, optional
        `group`, `sex` or `age`: rows for each kind of people instead of everybody.

    Raises
    ------
    Problem
        For a name, a number or a kind of people that makes no sense.
    """
    if by not in (None, "group", "sex", "age"):
        raise Problem(
            f"people are told apart by group, sex or age, not by '{by}'",
            where="--by",
            why=did_you_mean(str(by), ("group", "sex", "age")),
            todo="Write --by group.",
        )
    one, kind = catalogue.system(name), by
    scenario = load(source, settings=settings)
    found = operating_points(
        name,
        scenario,
        galleries=galleries,
        thresholds=thresholds,
        at_fpir=at_fpir,
        by=kind,
        rank=rank,
        extrapolate=extrapolate,
    )
    return Characteristic(one, scenario, found, kind)
