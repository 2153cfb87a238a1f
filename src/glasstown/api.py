"""What `import glasstown` gives: run a scenario, read what it says."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, final

from glasstown.core.errors import Problem, did_you_mean
from glasstown.core.estimates import Estimate
from glasstown.scenario import Scenario, load
from glasstown.study.forecast import Forecast
from glasstown.study.life import Progress
from glasstown.study.run import Run as Lived
from glasstown.study.run import run_scenario

__all__ = ["Estimate", "Problem", "Run", "Scenario", "load", "run"]

MOST_SEED = 2**63 - 1


@final
class Run:
    """One run of one scenario: its metrics, its tables, its report.

    Parameters
    ----------
    lived : study.run.Run
        The run itself.
    """

    def __init__(self, lived: Lived) -> None:
        self.lived = lived
        self.out: Path | None = None

    @property
    def scenario(self) -> Scenario:
        """What was simulated."""
        return self.lived.scenario

    @property
    def metrics(self) -> tuple[Estimate, ...]:
        """What is read off, overall and by group, each with its interval and count."""
        return self.lived.metrics

    @property
    def counterfactual(self) -> tuple[Estimate, ...]:
        """The same with the cameras off."""
        return self.lived.counterfactual

    @property
    def digest(self) -> str:
        """SHA-256 over the resolved scenario, the inputs and all integer tables."""
        return self.lived.digest

    def metric(self, name: str, by: str | None = None, group: str | None = None) -> Estimate:
        """Return one estimate, for everybody or for one group."""
        for estimate in self.metrics:
            if (estimate.name, estimate.by, estimate.group) == (name, by, group):
                return estimate
        known = {m.name for m in self.metrics}
        raise Problem(
            f"no metric '{name}'" + (f" for {by} {group}" if by else ""),
            todo=did_you_mean(name, known) if name not in known else "known groupings: age, sex, group.",
        )

    def frame(self, name: str) -> Any:
        """Return one table as a `pyarrow.Table`, its columns with unit and meaning.

        Raises
        ------
        Problem
            If there is no such table, or its rows were counted but not kept.
        """
        tables = self.lived.tables
        if name in tables:
            return tables[name].frame()
        if name in self.lived.life.not_kept:
            raise Problem(
                f"the {self.lived.life.not_kept[name]:,} rows of '{name}' were counted, not kept",
                why="rows are kept below 1,000,000, or on request.",
                todo=f"ask for them: keep=['{name}'] (--keep {name}).",
            )
        raise Problem(f"no table '{name}'", todo=did_you_mean(name, tables))

    def report(self, path: str | Path = "report.html") -> Path:
        """Write the report, one page that needs nothing else, and return where it is."""
        from glasstown.core.files import write_whole
        from glasstown.report.material import of_run
        from glasstown.report.page import page

        write_whole(Path(path), page(of_run(self.lived)).encode())
        return Path(path)

    def save(self, folder: str | Path) -> Path:
        """Write the run folder: resolved scenario, provenance, tables, metrics, report."""
        from glasstown.report.folder import write_folder

        write_folder(self.lived, Path(folder))
        self.out = Path(folder)
        return self.out

    def document(self) -> dict[str, Any]:
        """Return what `glasstown run --json` prints."""
        lived = self.lived
        return {
            "scenario": lived.scenario.id,
            "seed": lived.seed,
            "people": lived.scenario.town.people,
            "days": lived.scenario.days,
            "digest": lived.digest,
            "metrics": [m.document() for m in lived.metrics],
            "counterfactual": {"cameras-off": [m.document() for m in lived.counterfactual]},
            "timings": lived.provenance["timings"],
            "peak_memory_mb": lived.provenance["peak_memory_mb"],
            "out": str(self.out) if self.out else None,
        }


def run(
    scenario: str | Path | Scenario = "newtown",
    seed: int = 1,
    *,
    people: int | None = None,
    days: int | None = None,
    streets: str | Path | None = None,
    cameras: str | Path | None = None,
    settings: Sequence[str] | Mapping[str, object] = (),
    safeguards: Sequence[str] = (),
    threads: int | None = None,
    replicates: int = 1,
    keep: Sequence[str] = (),
    progress: Progress | None = None,
    foresee: Callable[[Forecast], None] | None = None,
) -> Run:
    """Run a scenario of the catalogue, a file, or one already loaded.

    Parameters
    ----------
    scenario : str, Path or Scenario
        A name (`newtown`), a YAML file, or a scenario.
    seed : int
        From 0 to 2**63 - 1; the same seed and scenario give the same bytes.
    people, days : int, optional
        Instead of what the scenario says.
    streets : path, optional
        An OpenStreetMap extract to build the town on.
    cameras : path, optional
        A CSV or GeoJSON list of cameras, or `tagged` for those in the extract.
    settings : sequence of str or mapping
        Knobs to turn: `["records.retention_days=0"]` or `{"records.retention_days": 0}`.
    safeguards : sequence of str
        Safeguards of the catalogue to apply.
    threads : int, optional
        By default as many as there are processors.
    replicates : int
        Two or more fill the ranges over facts and uncertain cameras.
    keep : sequence of str
        Tables of rows to keep whatever their size.
    """
    changes: dict[str, object] = {}
    if people is not None:
        changes["town.people"] = people
    if days is not None:
        changes["days"] = days
    lines: Sequence[str] = ()
    if isinstance(settings, Mapping):
        changes |= settings
    else:
        lines = settings
    chosen, files = _placed(changes, streets, cameras)
    if isinstance(scenario, Scenario):
        from glasstown.scenario import with_changes

        loaded = with_changes(scenario, chosen) if chosen else scenario
    else:
        loaded = load(scenario, settings=lines, changes=chosen, safeguards=safeguards)
    _check_counts(seed, threads, replicates)
    lived = run_scenario(
        loaded,
        seed,
        threads=threads or os.cpu_count() or 1,
        replicates=replicates,
        keep=keep,
        files=files,
        progress=progress,
        foresee=foresee,
    )
    return Run(lived)


def _placed(
    changes: dict[str, object], streets: str | Path | None, cameras: str | Path | None
) -> tuple[dict[str, object], dict[str, Path]]:
    """Turn files on the command line into knobs (names only) and places."""
    from glasstown.prepare import locate

    files: dict[str, Path] = {}
    if streets is not None:
        files["streets"] = locate(str(streets), "streets", "--streets", "--streets")
        changes |= {"town.kind": "streets", "town.streets.file": files["streets"].name}
    if cameras is not None and str(cameras) == "tagged":
        changes["sensing.cameras.kind"] = "tagged"
    elif cameras is not None:
        files["cameras"] = locate(str(cameras), "cameras", "--cameras", "--cameras")
        changes |= {"sensing.cameras.kind": "file", "sensing.cameras.file": files["cameras"].name}
    return changes, files


def _check_counts(seed: int, threads: int | None, replicates: int) -> None:
    for name, value, least, most in (
        ("seed", seed, 0, MOST_SEED),
        ("threads", threads if threads is not None else 1, 1, 1024),
        ("replicates", replicates, 1, 10_000),
    ):
        if not least <= value <= most:
            raise Problem(f"expected {name} from {least} to {most}, found {value}", where=f"--{name}")
