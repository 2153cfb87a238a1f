"""One run: a life, the same life with the cameras off, and replicates for the range."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path, PurePath
from typing import Any, final

from glasstown.core.columns import Table
from glasstown.core.errors import Problem, did_you_mean
from glasstown.core.estimates import Estimate
from glasstown.core.files import file_digest
from glasstown.core.intervals import with_ranges
from glasstown.core.kept import leaving_room
from glasstown.core.keys import Key
from glasstown.core.machine import peak_memory_mb
from glasstown.core.version import VERSION
from glasstown.scenario import Scenario, resolved
from glasstown.study.day_town import DAY_TOWN
from glasstown.study.fit import refuse_too_large
from glasstown.study.forecast import Forecast
from glasstown.study.going_on import Spared, spared
from glasstown.study.journal import Journal, header
from glasstown.study.kind import Files, Found, Kind, Lived
from glasstown.study.kinds import kind_of
from glasstown.study.life import Progress
from glasstown.study.replicates import jobs, live_all
from glasstown.study.rows import Rows
from glasstown.study.unfinished import size_of

# What saving a run needs is started beforehand where the run is over before that memory could be missed.
SHORT_S = 10.0
_LIBRARIES = ("numpy", "numba", "blake3", "scipy", "shapely", "osmium", "pyarrow")


@final
@dataclass(frozen=True)
class Run:
    """One life of one scenario of any kind, with what it would have been without cameras.

    Parameters
    ----------
    scenario : Scenario
        What was simulated.
    seed : int
        Repeats the run bit for bit.
    metrics : tuple of Estimate
        What is read off, overall and by group.
    counterfactual : tuple of Estimate
        The same with the cameras off.
    life : Lived
        Tables, rows and signatures.
    ground : Found
        What it stands on: for a town the streets and the list of cameras.
    digest : str
        SHA-256 over the resolved scenario, the inputs and the digest of all integer tables.
    provenance : dict
        Versions, machine, inputs, timings, forecast against what was used.
    journal : Journal, optional
        From which the run could go on until its folder is complete.
    kept_mb : float
        How much of the town was kept in the cache folder for later runs.
    """

    scenario: Scenario
    seed: int
    replicates: int
    metrics: tuple[Estimate, ...]
    counterfactual: tuple[Estimate, ...]
    life: Lived
    ground: Found
    digest: str
    provenance: dict[str, Any]
    journal: Journal | None = None
    kept_mb: float = 0.0

    @property
    def tables(self) -> dict[str, Table | Rows]:
        """All tables by name: lasting ones, and rows of the days."""
        return {**self.life.tables, **self.life.rows}

    def value(self, name: str, by: str | None = None, group: str | None = None) -> float | None:
        """Return one metric's value, overall or for one group."""
        return next(m.value for m in self.metrics if (m.name, m.by, m.group) == (name, by, group))


def run_scenario(
    scenario: Scenario,
    seed: int,
    *,
    threads: int = 1,
    replicates: int = 1,
    keep: Sequence[str] = (),
    files: Files | None = None,
    progress: Progress | None = None,
    foresee: Callable[[Forecast], None] | None = None,
    journal: Journal | Path | None = None,
    meanwhile: Callable[[], None] | None = None,
    until_saved: ExitStack | None = None,
) -> Run:
    """Run a scenario: once as described, once with the cameras off, and again for each further replicate.

    Parameters
    ----------
    scenario : Scenario
        What is simulated.
    seed : int
        From 0 to 2**63 - 1.
    threads : int
        Communities that live at the same time; with replicates, replicates that do.
    replicates : int
        With two or more, numbers with a stated range and uncertain cameras vary, which fills `range_low, range_high`.
    keep : sequence of str
        Tables of rows to keep whatever their size.
    files : mapping of str to Path, optional
        Where the `streets` and the `cameras` are.
    progress, foresee : callable, optional
        Told how far the run is, and beforehand what it will take.
    journal : Journal or Path, optional
        A run that goes on, or where its folder will be, so that it can go on if something ends it. Whoever saves the
        run finishes the journal.
    meanwhile : callable, optional
        Called when the first day begins, to start what saving the run will need; not where the run is so long that it
        would take memory for nothing.
    until_saved : ExitStack, optional
        Where a journal that begins here is let go, by whoever saves the run; otherwise when all is lived.

    Raises
    ------
    Problem
        If an input cannot be used, a table to keep does not exist, the run does not fit in memory, or its journal
        is not true.
    """
    kind = kind_of(scenario)
    _check_rows(keep, kind)
    workers = 1 if kind.light(scenario) else max(1, min(threads, replicates - 1))
    with _compiling() as compiled, ExitStack() as own:
        began = time.perf_counter()
        ground = kind.survey(scenario, files) if kind.surveyed_first(scenario) else None
        expected = kind.forecast(
            scenario, ground, replicates=replicates, workers=workers, keep=keep, threads=threads, seed=seed
        )
        saved = Spared()
        if isinstance(journal, Journal):
            saved = spared(kind, scenario, replicates, journal)
            expected = saved.left_of(expected)
        elif journal is None:
            expected = replace(expected, disk_mb=expected.disk_mb - expected.journal_mb, journal_mb=0.0)
        place = journal.place if isinstance(journal, Journal) else journal
        there_mb = size_of(place) / 1e6 if place else 0.0
        refuse_too_large(expected, place, there_mb)
        room = own.enter_context(leaving_room(place, expected.disk_mb - there_mb))
        if foresee:
            foresee(expected)
        way = _Way(expected, progress)
        way.tell(kind.settling, 0.0)
        ground = ground or kind.survey(scenario, files)
        inputs = {name: file_digest(path) for name, path in sorted(ground.inputs.items())}
        if isinstance(journal, Path):
            journal = Journal.begin(journal, header(scenario, seed, replicates, keep, ground.inputs, journal))
            (until_saved or own).push(journal.until_saved)
            if journal.begun:
                saved = spared(kind, scenario, replicates, journal)
                way = _Way(saved.left_of(expected), progress)
                expected = way.expected
        if journal:
            journal.check_inputs(inputs)
        key = Key.from_seed(seed)
        settled = kind.settle(scenario, ground, key, threads)
        built = time.perf_counter()
        if meanwhile and expected.seconds - expected.build_s < SHORT_S:
            meanwhile()
        days = way.part("living", expected.build_s, expected.life_s, saved.life)
        chapter = journal.chapter("life") if journal else None
        life = kind.live(scenario, seed, ground, settled, threads=threads, keep=keep, progress=days, chapter=chapter)
        base = counterfactual = kind.read(life, scenario)
        kind.check(base, life.tables, life.rows)
        lived = time.perf_counter()
        days = way.part(kind.bare, expected.build_s + expected.life_s, expected.bare_s, saved.bare)
        off = kind.without(scenario)
        if off is not None:
            chapter = journal.chapter("without") if journal else None
            bare = kind.live(off, seed, ground, settled, threads=threads, keep=None, progress=days, chapter=chapter)
            counterfactual = kind.read(bare, off)
        compared = time.perf_counter()
        if replicates > 1:
            begun = expected.seconds - expected.report_s - expected.others_s
            way.tell(f"replicates, 1 of {replicates}", begun)
            there, left = saved.finished, max(replicates - 1 - saved.finished, 1)
            others = live_all(
                jobs(scenario, seed, replicates, ground.inputs, inputs, journal.place if journal else None),
                workers,
                lambda n: way.tell(
                    f"replicates, {n + 1} of {replicates}", begun + expected.others_s * (n - there) / left
                ),
            )
            base = with_ranges(base, [base, *others], kind.at_most_n, kind.signed)
        way.tell("writing the report", expected.seconds - expected.report_s)
        ended = time.perf_counter()
        journal_mb = journal.size() / 1e6 if journal else 0.0
    timings = {
        "build_s": round(built - began, 3),
        "simulate_s": round(ended - built, 3),
        "report_s": 0.0,
        "compile_s": round(compiled(), 3),
    }
    provenance = {
        "glasstown": VERSION,
        "schema": 1,
        "seed": seed,
        "replicates": replicates,
        "threads": threads,
        "keep": sorted(set(keep)),
        "resumed": bool(journal and journal.begun),
        "inputs": {name: {"file": ground.inputs[name].name, "sha256": inputs[name]} for name in inputs},
        "versions": {name: version(name) for name in _LIBRARIES},
        "python": platform.python_version(),
        "machine": {"system": platform.system(), "processor": platform.machine()},
        "timings": timings,
        "peak_memory_mb": round(peak_memory_mb(workers if workers > 1 else 0), 1),
        "forecast": expected.document(),
        "parts": {
            "life_s": round(lived - built, 3),
            "bare_s": round(compared - lived, 3),
            "others_s": round(ended - compared, 3),
            "pace": round(expected.pace, 3),
        },
        "journal_mb": round(journal_mb, 1),
    }
    digest = whole_digest(scenario, inputs, life.digest)
    estimates = tuple(base), tuple(counterfactual)
    return Run(scenario, seed, replicates, *estimates, life, ground, digest, provenance, journal, room.kept_mb)


def whole_digest(scenario: Scenario, inputs: dict[str, str], tables: str) -> str:
    """Return the SHA-256 over the resolved scenario, the inputs' digests and the tables' digest.

    Of an input file's path only the name counts, so that the digest is the same wherever the file lies.
    """
    document = resolved(scenario)
    for section in (document["town"].get("streets", {}), document["sensing"].get("cameras", {})):
        if "file" in section:
            section["file"] = PurePath(section["file"]).name
    text = json.dumps([document, inputs, tables], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def row_tables(kind: Kind[Any, Any, Any] = DAY_TOWN) -> list[str]:
    """List the tables of daily rows, which are kept below a stated size or on request."""
    return [*kind.events, *kind.held]


def _check_rows(keep: Sequence[str], kind: Kind[Any, Any, Any]) -> None:
    known = row_tables(kind)
    for name in keep:
        if name not in known:
            raise Problem(
                f"no table of daily rows is called '{name}'",
                where="--keep",
                why=did_you_mean(name, known),
                todo="'glasstown tables' describes every table.",
            )


@final
@dataclass(frozen=True)
class _Way:
    """How far a run is, in the seconds it was foreseen to take."""

    expected: Forecast
    progress: Progress | None

    def tell(self, part: str, done_s: float) -> None:
        if self.progress:
            self.progress(part, done_s, self.expected.seconds)

    def part(self, words: str, begun_s: float, takes_s: float, spared: float) -> Progress:
        """Turn the days of one life into seconds of the whole; a share of its work may be spared."""

        def told(_: str, day: float, days: float) -> None:
            done = max(day / days - spared, 0.0) / (1.0 - spared)
            self.tell(f"{words}, day {day:,.0f} of {days:,.0f}", begun_s + takes_s * done)

        self.tell(words, begun_s)
        return told


@contextmanager
def _compiling() -> Generator[Callable[[], float]]:
    """Measure how long loops take to compile meanwhile."""
    from numba.core import event

    listener = event.TimingListener()
    event.register("numba:compile", listener)
    try:
        yield lambda: float(listener.duration) if listener.done else 0.0
    finally:
        event.unregister("numba:compile", listener)
