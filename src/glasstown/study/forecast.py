"""What a run will take, said before it starts, and refused where the machine has not got it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

from glasstown.prepare import Ground, Kept
from glasstown.scenario import Scenario
from glasstown.study.costs import FEW_PROBES, PROBES, TIMES, at_once_of, compiling, cost, pace_now, price
from glasstown.study.load import Load, load_of

NOT_SHORT_S, LONG_S = 10.0, 60.0


@final
@dataclass(frozen=True)
class Forecast:
    """Time, memory and disk that a run is expected to take.

    What a count costs (`costs.json`) was fitted to the runs of `benchmarks/refit.py`, with loops compiled before;
    `docs/benchmarks.md` says how far off it was. Times are the mean of fits in a slow, a fast and a middling hour of
    one machine; those of buildings, crowds and nations were then moved by hand, by a tenth or a fifth, towards another
    kind of machine. How fast the machine is just now is found out before each run, as far as `pace_now` sees it.

    Parameters
    ----------
    build_s, life_s, bare_s, others_s, report_s : float
        The parts of the time: building the town, living as described, living with the cameras off, the other
        replicates, writing the folder.
    memory_mb, disk_mb : float
        The most memory and disk held at one time, all processes together.
    journal_mb : float
        The part of the disk that is given back when the run is finished; the rest is the run folder.
    pace : float
        How much slower than usual the machine was found to be just before.
    compile_s : float
        The part of building in which loops are compiled.
    each_time : bool
        Whether they have to be compiled again by every run, because they cannot be kept.
    """

    build_s: float
    life_s: float
    bare_s: float
    others_s: float
    report_s: float
    memory_mb: float
    disk_mb: float
    journal_mb: float = 0.0
    pace: float = 1.0
    compile_s: float = 0.0
    each_time: bool = False

    @property
    def seconds(self) -> float:
        """The whole time."""
        return self.build_s + self.life_s + self.bare_s + self.others_s + self.report_s

    def at(self, pace: float) -> Forecast:
        """Return the same at another pace of the machine."""
        by = pace / self.pace
        times = ("build_s", "life_s", "bare_s", "others_s", "report_s", "compile_s")
        return replace(self, pace=pace, **{name: getattr(self, name) * by for name in times})

    def lived(self, times: float, *, report: bool = False) -> Forecast:
        """Return what so many lives take, or a part of one, of which nothing is kept; perhaps a report is written."""
        nothing = dict.fromkeys(("bare_s", "others_s", "disk_mb", "journal_mb"), 0.0)
        return replace(self, life_s=self.life_s * times, report_s=self.report_s * report, **nothing)

    def document(self) -> dict[str, float]:
        """Return the forecast as JSON-ready values."""
        parts = {"seconds": self.seconds, "memory_mb": self.memory_mb, "disk_mb": self.disk_mb}
        return {name: round(value, 1) for name, value in parts.items()}


def forecast(
    scenario: Scenario,
    ground: Ground | None,
    *,
    replicates: int = 1,
    workers: int = 1,
    keep: Sequence[str] = (),
    threads: int = 1,
    kept: Kept | None = None,
) -> Forecast:
    """Estimate what a run will take, building included.

    Parameters
    ----------
    ground : Ground, optional
        Real streets and the list of cameras; an invented town is foreseen from its knobs alone.
    replicates, workers : int
        How often the scenario is lived, and in how many processes at a time the further ones are.
    keep : sequence of str
        Tables whose rows are kept whatever their size.
    threads : int
        Communities that are built, and that live, at the same time.
    kept : Kept, optional
        What of the town is in the cache already; None where it will not be kept.
    """
    load = load_of(scenario, ground, keep)
    many = float(at_once_of(threads))
    at_once = min(many, load.communities)
    watched = scenario.sensing.cameras.kind != "none"
    built, life = building(load, kept, many), load.cost("life", at_once)
    bare, report = load.cost("bare", at_once) if watched else 0.0, load.cost("report")
    alone = (load.cost("build") + load.cost("life")) * (replicates - 1)
    pace = pace_for(built + life + bare + alone + report, at_once_of(threads, workers))
    first, again = compiling(scenario)
    alone, beside = _beside(alone, replicates, workers, again)
    unwritten = load.without_rows().cost("journal")
    others = beside * price("drawn_journal") if beside else min(replicates - 1, 1)
    journal = load.cost("journal") + unwritten * others
    return Forecast(
        build_s=pace * (built + first),
        life_s=pace * life,
        bare_s=pace * bare,
        others_s=pace * alone / workers,
        report_s=pace * report,
        memory_mb=(load.cost("memory") + beside * bytes_without_rows(load, price("drawn"))) / 1e6,
        disk_mb=(load.cost("folder") + journal) / 1e6,
        journal_mb=journal / 1e6,
        pace=pace,
        compile_s=pace * first,
        each_time=again > 0,
    )


def foreseen(
    kind: str, counts: Mapping[str, float], *, replicates: int, workers: int, threads: int, compared: bool
) -> Forecast:
    """Estimate what a run without streets will take, from what there is to count.

    Parameters
    ----------
    kind : str
        Whose costs: `crowd` or `nation`.
    compared : bool
        Whether it is also lived with nobody watching.
    """
    many = float(at_once_of(threads))
    life, bare, alone = (
        cost(f"{kind} {part}", counts, at_once) for part, at_once in (("life", many), ("bare", many), ("life", 1.0))
    )
    others, report = alone * (replicates - 1), price(f"{kind} report")
    lasts = life + bare * compared + others + report
    pace = pace_for(lasts, at_once_of(threads, workers))
    others, beside = _beside(others, replicates, workers)
    memory = cost(f"{kind} memory", counts)
    journal = cost(f"{kind} journal", counts)
    return Forecast(
        build_s=0.0,
        life_s=pace * life,
        bare_s=pace * bare * compared,
        others_s=pace * others / workers,
        report_s=pace * report,
        memory_mb=(memory + beside * (memory - price(f"{kind} no_report"))) / 1e6,
        disk_mb=(cost(f"{kind} folder", counts) + journal) / 1e6,
        journal_mb=journal / 1e6,
        pace=pace,
    )


def _beside(alone_s: float, replicates: int, workers: int, compiles_s: float = 0.0) -> tuple[float, int]:
    """Return what further replicates take with so many side by side, and how many processes those are; 0 for none."""
    if workers < 2:
        return alone_s, 0
    each = price("start") + compiles_s
    return alone_s * price("beside") + each * (replicates - 1), min(workers, replicates - 1)


def building(load: Load, kept: Kept | None, many: float) -> float:
    """Return the seconds until people live in their town: built, built and kept, or reopened."""
    if kept is None or not kept.people:
        return load.cost("build", many) + (load.cost("keep") if kept else 0.0)
    return load.cost("reopen") + (0.0 if kept.watched else load.cost("watch"))


def pace_for(usually_s: float, threads: int) -> float:
    """Find out how fast the machine is just now, in a moment that is short beside what is foreseen."""
    probes, times = PROBES if usually_s > NOT_SHORT_S else FEW_PROBES, TIMES if usually_s > LONG_S else 1
    return pace_now(threads, probes, times)


def bytes_without_rows(load: Load, drawn: float = 1.0) -> float:
    """Return what a life holds of which no rows are kept and no report is written; what is drawn may be more."""
    bare = price("memory")
    return bare - price("no_report") + drawn * (load.without_rows().cost("memory") - bare)
