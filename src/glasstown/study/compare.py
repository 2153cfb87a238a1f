"""Comparing: the same people under several sets of rules, seed by seed, and what differs."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import glasstown.catalogue as catalogue
from glasstown.core.errors import Problem, did_you_mean
from glasstown.core.estimates import Estimate, crossed
from glasstown.core.keys import Key
from glasstown.scenario import Scenario
from glasstown.study.arms import Arm, arm, names_of, written_out
from glasstown.study.asked import Settings, check_counts, refuse_said_twice, several, sizes, threads_for
from glasstown.study.cells import Cell, difference, of_arm, sort_of, within
from glasstown.study.fit import refuse_too_large
from glasstown.study.forecast import Forecast
from glasstown.study.kinds import kind_of
from glasstown.study.life import Progress
from glasstown.study.lives import forecasts_of, grounds_of, of_all, surveyed_as

SEEDS = 3
Row = tuple[str, Any, Any]
_OVER_SEEDS = {"count": "mean", "ratio": "pooled", "value": "mean"}


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
            "over_seeds": _OVER_SEEDS[sort_of(self.name)],
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
    unpaired : tuple of str
        Quantities that every arm has and that mean another thing in another kind of town: they are left out.
    """

    arms: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    seeds: tuple[int, ...]
    lines: tuple[Line, ...]
    unpaired: tuple[str, ...] = ()

    @property
    def same_lives(self) -> tuple[bool, ...]:
        """Of each arm, whether it has the town and the days of the first: the same people live as long."""
        first = self.scenarios[:1]
        return tuple((s.town, s.days) == (first[0].town, first[0].days) for s in self.scenarios)

    def document(self) -> dict[str, Any]:
        """Return the comparison as JSON-ready values."""
        return {
            "arms": [
                {"name": name, "scenario": scenario.id, "days": scenario.days, **kind_of(scenario).size(scenario)}
                | {"paired": paired, **searched_at(scenario)}
                for name, scenario, paired in zip(self.arms, self.scenarios, self.same_lives, strict=True)
            ],
            "seeds": list(self.seeds),
            "unpaired": list(self.unpaired),
            "lines": [line.document(self.arms) for line in self.lines],
        }


def compare(
    *arms: Arm,
    seed: int = 1,
    seeds: int = SEEDS,
    people: int | None = None,
    days: int | None = None,
    settings: Settings = (),
    metrics: str | Sequence[str] = (),
    by: str | Sequence[str] = (),
    files: Mapping[str, Path] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    foresee: Callable[[Forecast], None] | None = None,
) -> Comparison:
    """Live several arms with the same seeds and set their quantities side by side, with paired differences.

    Random numbers have addresses, so that the same seed gives every arm the same people, the same conduct and the
    same luck, as far as the rules leave them: differences are paired, and much surer than either side. Arms of another
    town, other people or other days share no more than the seed: what they differ in is also how many lived how long.

    Parameters
    ----------
    arms : str, Path or Scenario
        Two or more: a scenario, and after each plus of a text a safeguard or a setting; the others are compared with
        the first, and one that begins with a plus is the first and this.
    seed, seeds : int
        The first seed, and how many; more than one give intervals of the differences.
    people, days, settings, files, threads
        As for a run, in every arm; what an arm itself turns counts.
    metrics, by : str or sequence of str
        Quantities and groupings that will be asked for: a name that no arm knows is told before anything is lived.
    progress, foresee : callable, optional
        Told what is under way, and how many of the foreseen seconds are done; and beforehand what it will take.

    Raises
    ------
    Problem
        For an arm that cannot be loaded, fewer than two, arms that have nothing in common, or what does not fit in the
        machine's memory.
    """
    check_counts(seed=seed, seeds=seeds, threads=threads, people=people, days=days)
    first, many, threads = operator.index(seed), operator.index(seeds), threads_for(threads)
    if first + many > 2**63:
        what = f"the last of {many:,} seeds would be larger than {2**63 - 1:,}"
        raise Problem(what, where="--seed", todo="begin with a smaller one.")
    arms = written_out(arms)
    if len(arms) < 2:
        raise Problem("a comparison needs two arms", todo="Write for example: glasstown compare myth reality.")
    chosen = sizes(people, days)
    refuse_said_twice(settings, chosen)
    scenarios = [arm(written, settings, chosen) for written in arms]
    names = names_of(arms)
    shared, unpaired = _shared(scenarios)
    for name in several(metrics, "metrics"):
        if name in unpaired:
            what = f"'{name}' does not mean the same in every arm"
            why = "a difference of two things that only share a name says nothing."
            raise Problem(what, where="--metric", why=why, todo="Compare scenarios of the same kind of town.")
    refuse_unknown(several(metrics, "metrics"), shared, "metric")
    refuse_unknown(several(by, "by"), frozenset.intersection(*(kind_of(s).groupings for s in scenarios)), "grouping")
    grounds = grounds_of(scenarios, files)
    numbers = range(first, first + many)
    key = Key.from_seed(first)
    towns = [
        kind_of(scenario).settled_as(scenario, ground, key)
        for scenario, ground in zip(scenarios, grounds, strict=True)
    ]
    each = forecasts_of(scenarios, grounds, towns, numbers, threads)
    expected = of_all(each)
    refuse_too_large(expected, what="this comparison", less="fewer people (--people), days (--days) or --threads.")
    if foresee:
        foresee(expected)
    lived: list[list[dict[Row, Estimate]]] = [[] for _ in scenarios]
    # Seed by seed, and town by town within it: each town is settled once, and no two are held at a time.
    on, order = surveyed_as(scenarios), sorted(range(len(scenarios)), key=lambda i: towns.index(towns[i]))
    done, settled = 0.0, None
    for number in numbers:
        for i in order:
            scenario, kind = scenarios[i], kind_of(scenarios[i])
            if progress:
                progress(f"living {names[i]}, seed {number}", done, expected.seconds)
            ground = grounds[on[i]] = grounds[on[i]] or kind.survey(scenario, files)
            if towns[i] not in towns[:i]:
                settled = None
                settled = kind.settle(scenario, ground, Key.from_seed(number), threads)
            life = kind.live(scenario, number, ground, settled, threads=threads, keep=None)
            lived[i].append({(e.name, e.by, e.group): e for e in kind.read(life, scenario) if e.name in shared})
            done = min(done + (each[i].build_s + each[i].life_s) / many, expected.seconds)
    rows = [row for row in lived[0][0] if all(row in found for arm_ in lived for found in arm_)]
    signed = frozenset[str]().union(*(kind_of(scenario).signed for scenario in scenarios))
    same = [scenario == scenarios[0] for scenario in scenarios[1:]]
    lines = tuple(line_between(row, lived, same, signed) for row in rows)
    return Comparison(names, tuple(scenarios), tuple(numbers), lines, unpaired)


def searched_at(scenario: Scenario) -> dict[str, float | None]:
    """Return against how many references faces are searched, and at which threshold.

    Both are None where nobody searches, and the threshold also of a system of which one setting was published.
    """
    sensing = scenario.sensing
    if sensing.cameras.kind == "none":
        return {"list_size": None, "threshold": None}
    size = scenario.town.people if sensing.watchlist.everybody else int(sensing.watchlist.size)
    system = sensing.recognition.system
    single = system in catalogue.names("systems") and catalogue.system(system).one_setting
    return {"list_size": size, "threshold": None if single else float(sensing.recognition.decision_threshold)}


def _shared(scenarios: Sequence[Scenario]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return what every arm reads off and means the same by, and what only the name is shared of."""
    says = [kind_of(scenario).says for scenario in scenarios]
    common = [name for name in says[0] if all(name in other for other in says)]
    shared = frozenset(name for name in common if len({other[name] for other in says}) == 1)
    if not shared:
        what = "these arms have no quantity in common"
        where = ", ".join(scenario.id for scenario in scenarios)
        raise Problem(what, where=where, todo="Compare scenarios of the same kind of town.")
    return shared, tuple(name for name in common if name not in shared)


def chosen(lines: Sequence[Line], metrics: Sequence[str], by: Sequence[str]) -> list[Line]:
    """Choose quantities by name, overall and by the named groupings.

    Raises
    ------
    Problem
        For a quantity or a grouping that no line has.
    """
    refuse_unknown(metrics, {line.name for line in lines}, "metric")
    groupings = {crossed(line.by) for line in lines if line.by}
    refuse_unknown(by, groupings, "grouping")
    return [
        line
        for line in lines
        if (not metrics or line.name in metrics)
        and (line.by is None or crossed(line.by) in by)
    ]


def refuse_unknown(wanted: Sequence[str], known: Collection[str], what: str) -> None:
    """Refuse a name that is not among the known ones."""
    for name in wanted:
        if name not in known:
            where = "--metric" if what == "metric" else "--by"
            raise Problem(f"no {what} '{name}'", where=where, todo=did_you_mean(name, known))


def line_between(
    row: Row, lived: Sequence[Sequence[Mapping[Row, Estimate]]], same: Sequence[bool], signed: Collection[str] = ()
) -> Line:
    """Set one quantity of all arms side by side.

    Parameters
    ----------
    lived : sequence of sequences of mappings
        The estimates of each arm, seed by seed.
    same : sequence of bool
        Whether each further arm is the same scenario as the first.
    signed : collection of str
        Names of quantities that may be below 0 and above 1.
    """
    estimates = [[found[row] for found in arm_] for arm_ in lived]
    first = estimates[0]
    cells = tuple(map(of_arm, estimates))
    most = 1.0 if first[0].unit == "share" else math.inf
    free = first[0].name in signed
    cells = tuple(cell if free else within(cell, 0.0, most) for cell in cells)
    differences = tuple(
        difference(arm_, first, cell, cells[0], alike)
        for arm_, cell, alike in zip(estimates[1:], cells[1:], same, strict=True)
    )
    differences = tuple(cell if free else within(cell, -most, most) for cell in differences)
    return Line(first[0].name, first[0].unit, row[1], row[2], cells, differences)
