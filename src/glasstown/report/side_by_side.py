"""A comparison as a table for a terminal, and as a picture."""

from __future__ import annotations

from collections.abc import Sequence

from glasstown.core.estimates import crossed
from glasstown.core.quantity import spelled
from glasstown.report.drawing import CONFIG, WIDTH, Spec, drawn
from glasstown.report.figures import Mark, intervals
from glasstown.study.arms import short_names
from glasstown.study.compare import Cell, Comparison, Line

_CONFIG = {**CONFIG, "background": "#fdfcf9", "padding": {"left": 60, "top": 12, "right": 16, "bottom": 12}}
_APART = {"scale": {"x": "independent", "y": "independent"}}


def table(comparison: Comparison, lines: Sequence[Line]) -> str:
    """Write quantities of several arms side by side, each with its interval, and the paired differences."""
    arms, first = comparison.arms, comparison.arms[0]
    head = ["", *arms, *(f"{name} less {first}" for name in arms[1:])]
    seeds = len(comparison.seeds)
    rows = [[_said(line), *(_cell(cell, seeds) for cell in (*line.arms, *line.differences))] for line in lines]
    widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(head))]
    written = ["  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)) for row in [head, *rows]]
    notes = [f"{_note(comparison, lines)}."]
    if any(0 < cell.n < seeds for line in lines for cell in (*line.arms, *line.differences)):
        words = "where seeds are counted, the mean is of those in which it is defined; in both arms, of a difference."
        notes.append(words)
    if comparison.unpaired:
        notes.append(f"left out, because they mean other things in these arms: {', '.join(comparison.unpaired)}.")
    return "\n".join([*(row.rstrip() for row in written), *notes])


def _note(comparison: Comparison, lines: Sequence[Line]) -> str:
    """Say which seeds lived and what the intervals are."""
    seeds = comparison.seeds
    note = "the 95 % interval of the run"
    if seeds[1:]:
        note = f"95 % intervals of the mean over {len(seeds)} seeds (Student's t); a single run varies more"
    if any(cell.of_runs for line in lines for cell in (*line.arms, *line.differences)):
        note += "; where every seed says the same, those of the runs, from end to end in a difference"
    return f"seeds {seeds[0]} to {seeds[-1]}, paired; {note}"


def drawing(comparison: Comparison, lines: Sequence[Line]) -> str:
    """Draw each quantity with its intervals, a row for each arm and group, as an SVG document."""
    short = short_names(comparison.arms)
    panels: list[Spec] = []
    for name in dict.fromkeys(line.name for line in lines):
        mine = [line for line in lines if line.name == name]
        rows: list[Mark | None] = []
        for line in mine:
            rows += [None] if rows else []
            kind = f", {crossed(line.by)} {crossed(line.group)}" if line.group is not None else ""
            rows += [
                Mark(f"{arm}{kind}", cell.value, cell.low, cell.high)
                for arm, cell in zip(short, line.arms, strict=True)
            ]
        panels.append({"width": WIDTH, "title": name, **_wide(intervals(rows, None, mine[0].unit))})
    title = {"text": " and ".join(short), "subtitle": _note(comparison, lines), "anchor": "start", "offset": 16}
    return drawn({"config": _CONFIG, "title": title, "vconcat": panels, "resolve": _APART})


def _wide(spec: Spec) -> Spec:
    """Leave labels the room they need: beside a figure alone there is no text."""
    for layer in spec["layer"]:
        if "y" in layer["encoding"]:
            layer["encoding"]["y"]["axis"] |= {"labelLimit": 400, "minExtent": 0, "maxExtent": 400}
    return spec


def _said(line: Line) -> str:
    return f"{line.name} [{line.unit}]" if line.group is None else f"  {crossed(line.group)}: {line.name}"


def _cell(cell: Cell, seeds: int) -> str:
    if cell.value is None:
        return "not defined"
    words = [f"({_number(cell.low)} to {_number(cell.high)})"] if cell.low is not None and cell.high is not None else []
    words += [f"({cell.note})"] if cell.note else []
    words += [f"in {cell.n} of {seeds} seeds"] if cell.n < seeds else []
    return " ".join([_number(cell.value), *words])


def _number(value: float) -> str:
    return spelled(float(f"{value:.4g}"))
