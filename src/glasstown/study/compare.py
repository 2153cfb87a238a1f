"""Comparing: the same people under several sets of rules, seed by seed, and what differs."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

import glasstown.catalogue as catalogue
from glasstown.core.errors import Problem, did_you_mean
from glasstown.core.estimates import Estimate
from glasstown.scenario import Scenario, load
from glasstown.study.kinds import kind_of
from glasstown.study.life import Progress

SEEDS = 3
Row = tuple[str, Any, Any]


@final
@dataclass(frozen=True)
class Cell:
    """One quantity of one arm, or a difference: the mean over the seeds.

    Parameters
    ----------
    value, low, high : float or None
        The mean, and the 95 % interval of its expectation: over the seeds (Student's t), or that of the one run.
    n : int
        Seeds in which it is defined.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int

    def document(self) -> dict[str, Any]:
        """Return the cell as JSON-ready values."""
        return dict(vars(self))


@final
@dataclass(frozen=True)
class Line:
    """One quantity, overall or for a group, in every arm.

    Parameters
    ----------
    name, unit, by, group
        As in an `Estimate`.
    arms : tuple of Cell
        One for each arm.
    differences : tuple of Cell
        Each arm less the first, seed by seed; nothing for the first itself.
    """

    name: str
    unit: str
    by: Any
    group: Any
    arms: tuple[Cell, ...]
    differences: tuple[Cell, ...]

    def document(self, names: Sequence[str]) -> dict[str, Any]:
        """Return the line as JSON-ready values."""
        by, group = (list(x) if isinstance(x, tuple) else x for x in (self.by, self.group))
        return {
            "name": self.name,
            "unit": self.unit,
            "by": by,
            "group": group,
            "arms": {name: cell.document() for name, cell in zip(names, self.arms, strict=True)},
            "less_first": {name: c.document() for name, c in zip(names[1:], self.differences, strict=True)},
        }


@final
@dataclass(frozen=True)
class Comparison:
    """Arms lived with the same seeds, and their quantities side by side.

    Parameters
    ----------
    arms : tuple of str
        What they were called; the first is the one that the others are compared with.
    scenarios : tuple of Scenario
        What was simulated in each.
    seeds : tuple of int
        The seeds of every arm.
    lines : tuple of Line
        The quantities.
    """

    arms: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    seeds: tuple[int, ...]
    lines: tuple[Line, ...]

    def document(self) -> dict[str, Any]:
        """Return the comparison as JSON-ready values."""
        return {
            "arms": [
                {"name": name, "scenario": scenario.id, "days": scenario.days, **kind_of(scenario).size(scenario)}
                for name, scenario in zip(self.arms, self.scenarios, strict=True)
            ],
            "seeds": list(self.seeds),
            "lines": [line.document(self.arms) for line in self.lines],
        }


def arm(written: str, settings: Sequence[str] = ()) -> Scenario:
    """Load one arm: a scenario, and after each plus a safeguard or a setting (`reality+no-sharing+days=90`).

    Parameters
    ----------
    settings : sequence of str
        Knobs turned in every arm, before the arm's own.

    Raises
    ------
    Problem
        As `load` does.
    """
    name, *edits = (word.strip() for word in written.split("+"))
    own = [edit for edit in edits if "=" in edit]
    named = [edit for edit in edits if "=" not in edit]
    for edit in named:
        if edit not in catalogue.names("safeguards"):
            near = did_you_mean(edit, catalogue.names("safeguards"))
            raise Problem(f"the catalogue has no safeguard '{edit}'", where=f"arm {written}", why=near)
    return load(name, settings=[*settings, *own], safeguards=named)


def compare(
    *arms: str,
    seed: int = 1,
    seeds: int = SEEDS,
    people: int | None = None,
    days: int | None = None,
    settings: Sequence[str] = (),
    files: Mapping[str, Path] | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> Comparison:
    """Live several arms with the same seeds and set their quantities side by side, with paired differences.

    Random numbers have addresses, so that the same seed gives every arm the same people, the same conduct and the
    same luck, as far as the rules leave them: differences are paired, and much surer than either side.

    Parameters
    ----------
    arms : str
        Two or more: a scenario, and after each plus a safeguard or a setting; the others are compared with the first.
    seed, seeds : int
        The first seed, and how many; more than one give intervals of the differences.
    people, days, settings, files, threads
        As for a run, in every arm.
    progress : callable, optional
        Told what is under way, and how many of how many lives are done.

    Raises
    ------
    Problem
        For an arm that cannot be loaded, fewer than two, or arms that have nothing in common.
    """
    sizes = {"town.people": people, "days": days}
    common = [*settings, *(f"{path}={value}" for path, value in sizes.items() if value is not None)]
    if len(arms) < 2:
        raise Problem("a comparison needs two arms", todo="Write for example: glasstown compare myth reality.")
    scenarios = [arm(written, common) for written in arms]
    lived: list[list[dict[Row, Estimate]]] = []
    for number, (name, scenario) in enumerate(zip(arms, scenarios, strict=True)):
        kind, found = kind_of(scenario), list[dict[Row, Estimate]]()
        ground = kind.survey(scenario, files)
        for k in range(seeds):
            if progress:
                progress(f"living {name}, seed {seed + k}", number * seeds + k, len(arms) * seeds)
            life = kind.live(scenario, seed + k, ground, threads=threads, keep=None)
            found.append({(e.name, e.by, e.group): e for e in kind.read(life, scenario)})
        lived.append(found)
    rows = [row for row in lived[0][0] if all(row in found for arm_ in lived for found in arm_)]
    if not rows:
        what = "these arms have no quantity in common"
        raise Problem(what, where=", ".join(arms), todo="Compare scenarios of the same kind of town.")
    signed = frozenset[str]().union(*(kind_of(scenario).signed for scenario in scenarios))
    lines = tuple(_line(row, lived, signed) for row in rows)
    return Comparison(tuple(arms), tuple(scenarios), tuple(range(seed, seed + seeds)), lines)


def chosen(lines: Sequence[Line], metrics: Sequence[str], by: Sequence[str]) -> list[Line]:
    """Choose quantities by name, overall and by the named groupings.

    Raises
    ------
    Problem
        For a quantity or a grouping that no line has.
    """
    for wanted, known, what in (
        (metrics, {line.name for line in lines}, "metric"),
        (by, {" x ".join(line.by) if isinstance(line.by, tuple) else line.by for line in lines if line.by}, "grouping"),
    ):
        for name in wanted:
            if name not in known:
                raise Problem(f"no {what} '{name}'", todo=did_you_mean(name, known))
    return [
        line
        for line in lines
        if (not metrics or line.name in metrics)
        and (line.by is None or (" x ".join(line.by) if isinstance(line.by, tuple) else line.by) in by)
    ]


def _line(row: Row, lived: Sequence[Sequence[Mapping[Row, Estimate]]], signed: Collection[str] = ()) -> Line:
    estimates = [[found[row] for found in arm_] for arm_ in lived]
    first = estimates[0]
    cells = tuple(_cell([e.value for e in arm_], arm_[0] if len(arm_) == 1 else None) for arm_ in estimates)
    if first[0].name not in signed:
        most = 1.0 if first[0].unit == "share" else math.inf
        cells = tuple(_possible(cell, most) for cell in cells)
    differences = tuple(_cell([_less(a, b) for a, b in zip(arm_, first, strict=True)]) for arm_ in estimates[1:])
    return Line(first[0].name, first[0].unit, row[1], row[2], cells, differences)


def _possible(cell: Cell, most: float) -> Cell:
    """Keep an interval to what the quantity can be: nothing counted is below 0, no share above 1."""
    if cell.low is None or cell.high is None:
        return cell
    return replace(cell, low=max(cell.low, 0.0), high=min(cell.high, most))


def _less(one: Estimate, other: Estimate) -> float | None:
    return None if one.value is None or other.value is None else one.value - other.value


def _cell(values: Sequence[float | None], alone: Estimate | None = None) -> Cell:
    """Return the mean and its interval over the seeds; with one seed, that of the run."""
    known = [value for value in values if value is not None]
    if not known:
        return Cell(None, None, None, 0)
    mean = math.fsum(known) / len(known)
    if len(known) == 1:
        return Cell(mean, alone.low if alone else None, alone.high if alone else None, 1)
    from scipy.stats import t

    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in known) / (len(known) - 1) / len(known))
    reach = float(t.ppf(0.975, len(known) - 1)) * spread
    return Cell(mean, mean - reach, mean + reach, len(known))
