"""A comparison as a table for a terminal, and as a picture."""

from __future__ import annotations

from collections.abc import Sequence

from glasstown.core.estimates import crossed
from glasstown.core.quantity import spelled
from glasstown.report.drawing import CONFIG, WIDTH, Spec, drawn
from glasstown.report.figures import Mark, intervals
from glasstown.report.recognition import at_threshold
from glasstown.report.words import plural
from glasstown.study.arms import short_names
from glasstown.study.cells import Cell, sort_of
from glasstown.study.compare import Comparison, Line, searched_at

_CONFIG = {**CONFIG, "background": "#fdfcf9", "padding": {"left": 60, "top": 12, "right": 16, "bottom": 12}}
_APART = {"scale": {"x": "independent", "y": "independent"}}
_OF_SEARCHES = ("fpir", "tpir", "fnir", "ppv", "false_alerts_per_1000_searches")
_OVER_SEEDS = {
    "count": "a count is the mean of the seeds' counts",
    "ratio": "a share or rate is that of all seeds together, events over what they are counted of",
    "value": "a percentile, and what else is no ratio, is the mean of the seeds' values",
}


def table(comparison: Comparison, lines: Sequence[Line]) -> str:
    """Write quantities of several arms side by side, each with its interval, and the differences."""
    arms, first = comparison.arms, comparison.arms[0]
    head = ["", *arms, *(f"{name} less {first}" for name in arms[1:])]
    seeds = len(comparison.seeds)
    rows = [[_said(line), *_cells(line, seeds)] for line in lines]
    widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(head))]
    written = ["  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)) for row in [head, *rows]]
    notes = [f"{_note(comparison, lines)}.", *_made_of(lines, seeds), *_searched(comparison, lines)]
    notes += [*_lived(comparison), *_other_lives(comparison)]
    if any(0 < cell.seeds < seeds for line in lines for cell in (*line.arms, *line.differences)):
        words = "where seeds are counted, the number is of those in which it is defined; in both arms, of a difference."
        notes.append(f"{words} An interval of one seed is that of its run.")
    if comparison.unpaired:
        notes.append(f"left out, because they mean other things in these arms: {', '.join(comparison.unpaired)}.")
    return "\n".join([*(row.rstrip() for row in written), *notes])


def _note(comparison: Comparison, lines: Sequence[Line]) -> str:
    """Say which seeds lived and what the intervals are."""
    seeds, alike = comparison.seeds, comparison.same_lives[1:]
    note = "the 95 % interval of the run"
    if seeds[1:]:
        note = f"95 % intervals over {len(seeds)} seeds (jackknife, Student's t); a single run varies more"
    if any(cell.of_runs for line in lines for cell in line.arms):
        note += "; where every seed says the same, those of the runs"
    if any(cell.of_runs for line in lines for cell in line.differences):
        note += "; in a difference from end to end"
    paired = ", paired" if all(alike) else ", partly paired" if any(alike) else ", not paired"
    return f"seeds {seeds[0]} to {seeds[-1]}{paired}; {note}"


def _made_of(lines: Sequence[Line], seeds: int) -> list[str]:
    """Say what is made of the seeds' values, and what follows "of"."""
    sorts = {sort_of(line.name) for line in lines}
    of = ["after 'of': how many trials, people or events a number rests on."] if sorts - {"count"} else []
    words = [said for sort, said in _OVER_SEEDS.items() if sort in sorts] if seeds > 1 else []
    return [*(f"{'; '.join(part)}." for part in [words] if part), *of]


def _searched(comparison: Comparison, lines: Sequence[Line]) -> list[str]:
    """Say against how many references, and at which threshold, the rates of recognition came about."""
    if not any(line.name in _OF_SEARCHES for line in lines):
        return []
    said: list[str] = []
    for name, scenario in zip(comparison.arms, comparison.scenarios, strict=True):
        size = searched_at(scenario)["list_size"]
        if size is not None:
            said.append(f"{name}: N = {size:,.0f} references, {at_threshold(scenario.sensing.recognition)}.")
    return said


def _lived(comparison: Comparison) -> list[str]:
    """Say how many lived how long, where that is not the same in every arm."""
    said: list[str] = []
    for entry in [] if all(comparison.same_lives) else comparison.document()["arms"]:
        what, n = ("people", entry["people"]) if entry["people"] is not None else ("faces", entry["faces"])
        said.append(f"{entry['name']}: {n:,} {what}, {entry['days']:,} {plural(entry['days'], 'day', 'days')}.")
    return said


def _other_lives(comparison: Comparison) -> list[str]:
    """Say which arms are of another town, other people or other days, and what a difference from them means."""
    others = [name for name, same in zip(comparison.arms, comparison.same_lives, strict=False) if not same]
    said = (
        f"not paired with {comparison.arms[0]}: {', '.join(others)}. Town, people or days are others there, and a "
        "difference of counts is also one of how many lived how long; compare shares and rates."
    )
    return [said] if others else []


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
    said = [_note(comparison, lines), *_searched(comparison, lines), *_lived(comparison)]
    title = {"text": " and ".join(short), "subtitle": said, "anchor": "start", "offset": 16}
    return drawn({"config": _CONFIG, "title": title, "vconcat": panels, "resolve": _APART})


def _wide(spec: Spec) -> Spec:
    """Leave labels the room they need: beside a figure alone there is no text."""
    for layer in spec["layer"]:
        if "y" in layer["encoding"]:
            layer["encoding"]["y"]["axis"] |= {"labelLimit": 400, "minExtent": 0, "maxExtent": 400}
    return spec


def _said(line: Line) -> str:
    return f"{line.name} [{line.unit}]" if line.group is None else f"  {crossed(line.group)}: {line.name}"


def _cells(line: Line, seeds: int) -> list[str]:
    counted = sort_of(line.name) == "count"
    return [_cell(cell, seeds, counted) for cell in (*line.arms, *line.differences)]


def _cell(cell: Cell, seeds: int, counted: bool) -> str:
    if cell.value is None:
        return "not defined"
    words = [f"({_number(cell.low)} to {_number(cell.high)})"] if cell.low is not None and cell.high is not None else []
    words += [f"({cell.note})"] if cell.note else []
    words += [f"of {cell.n:,}"] if cell.n and not counted else []
    words += [f"in {cell.seeds} of {seeds} seeds"] if cell.seeds < seeds else []
    return " ".join([_number(cell.value), *words])


def _number(value: float) -> str:
    return spelled(float(f"{value:.4g}"))
