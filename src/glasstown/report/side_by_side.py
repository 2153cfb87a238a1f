"""A comparison as a table for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from glasstown.core.quantity import spelled
from glasstown.study.compare import Cell, Comparison, Line


def table(comparison: Comparison, lines: Sequence[Line]) -> str:
    """Write quantities of several arms side by side, each with its interval, and the paired differences."""
    arms, first = comparison.arms, comparison.arms[0]
    head = ["", *arms, *(f"{name} less {first}" for name in arms[1:])]
    rows = [[_said(line), *map(_cell, (*line.arms, *line.differences))] for line in lines]
    widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(head))]
    written = ["  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)) for row in [head, *rows]]
    seeds = comparison.seeds
    note = "the interval of the run" if len(seeds) == 1 else "intervals over the seeds (95 %, Student's t)"
    return "\n".join([*(row.rstrip() for row in written), f"seeds {seeds[0]} to {seeds[-1]}, paired; {note}."])


def _said(line: Line) -> str:
    group = " x ".join(line.group) if isinstance(line.group, tuple) else line.group
    return f"{line.name} [{line.unit}]" if group is None else f"  {group}: {line.name}"


def _cell(cell: Cell) -> str:
    if cell.value is None:
        return "not defined"
    if cell.low is None or cell.high is None:
        return _number(cell.value)
    return f"{_number(cell.value)} ({_number(cell.low)} to {_number(cell.high)})"


def _number(value: float) -> str:
    return spelled(float(f"{value:.4g}"))
