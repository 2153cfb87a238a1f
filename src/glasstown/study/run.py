"""One run: a life, the same life with the cameras off, and replicates for the range."""

from __future__ import annotations

import hashlib
import json
import platform
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any, final

from glasstown.core.columns import Table
from glasstown.core.estimates import Estimate
from glasstown.core.files import file_digest
from glasstown.core.intervals import with_ranges
from glasstown.core.keys import Key
from glasstown.core.version import VERSION
from glasstown.metrics import conservation
from glasstown.metrics.moments import estimates
from glasstown.metrics.quantities import AT_MOST_N
from glasstown.prepare import Ground, Settled, settle_people, survey
from glasstown.scenario import Scenario, drawn, from_resolved, resolved, with_changes
from glasstown.study.forecast import Forecast, forecast
from glasstown.study.life import Life, Progress, live_once
from glasstown.study.rows import Rows


@final
@dataclass(frozen=True)
class Run:
    """One life of one town, with what it would have been without cameras.

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
    life : Life
        Tables, rows and signatures.
    ground : Ground
        The streets and the list of cameras.
    digest : str
        SHA-256 over the resolved scenario, the inputs and all integer tables.
    provenance : dict
        Versions, machine, inputs, timings, forecast against what was used.
    """

    scenario: Scenario
    seed: int
    replicates: int
    metrics: tuple[Estimate, ...]
    counterfactual: tuple[Estimate, ...]
    life: Life
    ground: Ground
    digest: str
    provenance: dict[str, Any]

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
    files: Mapping[str, Path] | None = None,
    progress: Progress | None = None,
    foresee: Callable[[Forecast], None] | None = None,
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
        With two or more, sourced facts and uncertain cameras vary and `range_low, range_high` are filled.
    keep : sequence of str
        Tables of rows to keep whatever their size.
    files : mapping of str to Path, optional
        Where the `streets` and the `cameras` are.
    progress, foresee : callable, optional
        Told how far the run is, and beforehand what it will take.
    """
    with _compiling() as compiled:
        began = time.perf_counter()
        ground = survey(scenario, files)
        key = Key.from_seed(seed)
        settled = settle_people(scenario, ground, key, threads)
        built = time.perf_counter()
        expected = forecast(scenario, settled, replicates)
        if foresee:
            foresee(expected)
        life = live_once(scenario, seed, ground, settled, threads=threads, keep=keep, progress=progress)
        base = _estimates(life, scenario)
        conservation.check(base, life.tables, life.rows)
        counterfactual = _without_cameras(scenario, seed, ground, settled, base, threads)
        if replicates > 1:
            others = _replicates(scenario, seed, replicates, threads, ground.inputs, progress)
            base = with_ranges(base, [base, *others], AT_MOST_N)
        ended = time.perf_counter()
    inputs = {name: file_digest(path) for name, path in sorted(ground.inputs.items())}
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
        "keep": sorted(keep),
        "inputs": {name: {"file": str(ground.inputs[name]), "sha256": inputs[name]} for name in inputs},
        "versions": {name: version(name) for name in ("numpy", "numba", "scipy", "shapely", "osmium", "pyarrow")},
        "python": platform.python_version(),
        "machine": {"system": platform.system(), "processor": platform.machine()},
        "timings": timings,
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "forecast": expected.document(),
    }
    digest = whole_digest(scenario, inputs, life.digest)
    return Run(scenario, seed, replicates, tuple(base), tuple(counterfactual), life, ground, digest, provenance)


def whole_digest(scenario: Scenario, inputs: dict[str, str], tables: str) -> str:
    """Return the SHA-256 over the resolved scenario, the inputs' digests and the tables' digest."""
    document = json.dumps([resolved(scenario), inputs, tables], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(document.encode()).hexdigest()


def _estimates(life: Life, scenario: Scenario) -> list[Estimate]:
    return estimates(life.moments, tuple(scenario.town.groups), scenario.days)


def _without_cameras(
    scenario: Scenario, seed: int, ground: Ground, settled: Settled, base: list[Estimate], threads: int
) -> list[Estimate]:
    if scenario.sensing.cameras.kind == "none":
        return base
    off = with_changes(scenario, {"sensing.cameras.kind": "none"})
    return _estimates(live_once(off, seed, ground, settled, threads=threads), off)


def _replicates(
    scenario: Scenario, seed: int, n: int, threads: int, files: Mapping[str, Path], progress: Progress | None
) -> list[list[Estimate]]:
    jobs = [(json.dumps(resolved(scenario)), seed, r, dict(files)) for r in range(1, n)]
    done: list[list[Estimate]] = []
    if threads > 1:
        with ProcessPoolExecutor(min(threads, n - 1), mp_context=get_context("spawn")) as pool:
            for result in pool.map(_replicate, jobs):
                done.append(result)
                if progress:
                    progress("replicates", len(done), n - 1)
        return done
    for job in jobs:
        done.append(_replicate(job))
        if progress:
            progress("replicates", len(done), n - 1)
    return done


def _replicate(job: tuple[str, int, int, dict[str, Path]]) -> list[Estimate]:
    """Live once more under another seed, with facts and doubtful cameras drawn within their intervals."""
    document, seed, number, files = job
    key = Key.from_seed(seed)("replicate", number)
    scenario = drawn(from_resolved(json.loads(document)), key("facts"))
    life = live_once(scenario, int(key.bits(0)[0]), survey(scenario, files), doubt=key("doubt"))
    return _estimates(life, scenario)


class _compiling:  # noqa: N801
    """Measures how long loops took to compile while it is open."""

    def __enter__(self) -> Callable[[], float]:
        from numba.core import event

        self._listener = event.TimingListener()
        event.register("numba:compile", self._listener)
        return lambda: self._listener.duration if self._listener.done else 0.0

    def __exit__(self, *_: object) -> None:
        from numba.core import event

        event.unregister("numba:compile", self._listener)

