"""What `import glasstown` gives: run a scenario, read what it says."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, final

from glasstown.core.errors import Problem, did_you_mean
from glasstown.core.estimates import Estimate, crossed
from glasstown.scenario import Scenario, load, with_changes
from glasstown.study.asked import Settings, check_counts, loaded, refuse_said_twice, several, sizes, threads_for
from glasstown.study.compare import compare
from glasstown.study.forecast import Forecast
from glasstown.study.life import Progress
from glasstown.study.run import Run as Lived
from glasstown.study.run import run_scenario

__all__ = ["Estimate", "Problem", "Run", "Scenario", "compare", "load", "resume", "run"]

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
        """SHA-256 over the resolved scenario, the inputs and the digest of all integer tables."""
        return self.lived.digest

    def metric(
        self, name: str, by: str | tuple[str, ...] | None = None, group: str | tuple[str, ...] | None = None
    ) -> Estimate:
        """Return one estimate, for everybody or for one group; crossings are tuples of both."""
        for estimate in self.metrics:
            if (estimate.name, estimate.by, estimate.group) == (name, by, group):
                return estimate
        known = {m.name for m in self.metrics}
        groupings = dict.fromkeys(crossed(m.by) for m in self.metrics if m.name == name and m.by)
        raise Problem(
            f"no metric '{name}'" + (f" for {crossed(by)} {crossed(group)}" if by else ""),
            todo=f"known groupings: {', '.join(groupings)}." if name in known else did_you_mean(name, known),
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

        write_whole(Path(path), page(of_run(self.lived)).encode(errors="replace"))
        return Path(path)

    def save(self, folder: str | Path) -> Path:
        """Write the run folder: resolved scenario, provenance, tables, metrics, report."""
        from glasstown.report.folder import write_folder

        write_folder(self.lived, Path(folder))
        self.out = Path(folder)
        return self.out

    def document(self) -> dict[str, Any]:
        """Return what `glasstown run --json` prints."""
        from glasstown.report.material import of_run

        return of_run(self.lived).document(self.out)


def run(
    scenario: str | Path | Scenario = "newtown",
    seed: int = 1,
    *,
    people: int | None = None,
    days: int | None = None,
    streets: str | Path | None = None,
    cameras: str | Path | None = None,
    settings: Settings = (),
    safeguards: str | Sequence[str] = (),
    threads: int | None = None,
    replicates: int = 1,
    keep: str | Sequence[str] = (),
    progress: Progress | None = None,
    foresee: Callable[[Forecast], None] | None = None,
    out: str | Path | Callable[[Scenario], Path] | None = None,
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
        A CSV or GeoJSON list of cameras, or `tagged` for those in the extract. With `streets` alone, cameras
        tagged in the extract take the place of invented ones where it has any.
    settings : str, sequence of str, or mapping
        Knobs to turn: `["records.retention_days=0"]` or `{"records.retention_days": 0}`. A knob that another parameter
        turns too must be given the same value.
    safeguards : str or sequence of str
        Safeguards of the catalogue to apply.
    threads : int, optional
        By default as many as there are processors that this process may use.
    replicates : int
        Two or more fill the ranges over numbers with a stated range and uncertain cameras.
    keep : str or sequence of str
        Tables of rows to keep whatever their size.
    progress, foresee : callable, optional
        Told how far the run is: the part under way, and how many of the foreseen seconds are done
        (`core.progress.Progress` prints it); and beforehand what it will take.
    out : path or callable, optional
        Where to write the run folder, or what says so of the scenario. Meanwhile a journal is kept beside it: whatever
        ends the run, `resume(out)` goes on, and so does the same call.

    Returns
    -------
    Run
        Without `out` not written anywhere yet: `.save(folder)` does that, `.report(file)` writes the page alone.

    Raises
    ------
    Problem
        For bad input, if something else is where the folder shall be, or if the run does not fit in the machine's
        memory, or its pictures in what a process may have.
    """
    from glasstown.core.files import check_place
    from glasstown.report.artist import drawing_apart
    from glasstown.report.folder import MARK
    from glasstown.report.forms import check_pictures

    check_counts(seed=seed, threads=threads, replicates=replicates, people=people, days=days)
    chosen, files = _placed(streets, cameras)
    chosen |= sizes(people, days)
    refuse_said_twice(settings, chosen)
    asked = loaded(scenario, settings, chosen, several(safeguards))
    place = out(asked) if callable(out) else Path(out) if out else None
    if place:
        check_place(place, MARK)
        check_pictures(asked)
    if streets is not None and cameras is None and not _turned(settings, "sensing.cameras"):
        asked = _with_tagged_cameras(asked, files)
    with drawing_apart() as artist, ExitStack() as until_saved:
        lived = run_scenario(
            asked,
            operator.index(seed),
            threads=threads_for(threads),
            replicates=operator.index(replicates),
            keep=several(keep),
            files=files,
            progress=progress,
            foresee=foresee,
            journal=place,
            meanwhile=artist.begin if place else None,
            until_saved=until_saved,
        )
        return _saved(lived)


def resume(
    folder: str | Path,
    *,
    streets: str | Path | None = None,
    cameras: str | Path | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    foresee: Callable[[Forecast], None] | None = None,
) -> Run:
    """Go on with a run that something has ended, to the same bytes as if nothing had.

    Parameters
    ----------
    folder : path
        Where the run folder was to be: the `out` of the run.
    streets, cameras : path, optional
        Where these files are now, if not where the run found them.
    threads, progress, foresee : optional
        As for `run`.

    Returns
    -------
    Run
        Written to the folder.

    Raises
    ------
    Problem
        If no unfinished run is there, another process is living it, another version has begun it, an input is another
        file, or a day that it holds comes out otherwise when it is lived again.
    """
    from glasstown.core.files import check_place
    from glasstown.report.artist import drawing_apart
    from glasstown.report.folder import MARK
    from glasstown.report.forms import check_pictures
    from glasstown.report.replay import inputs_of
    from glasstown.scenario import from_resolved
    from glasstown.study.journal import Journal
    from glasstown.study.unfinished import damaged

    place = Path(folder)
    given = {"streets": streets, "cameras": cameras}
    journal = Journal.reopen(place)
    said = journal.said
    with closing(journal), drawing_apart() as artist, ExitStack() as until_saved:
        check_place(place, MARK)
        try:
            scenario = from_resolved(said["scenario"])
        except Problem as problem:
            raise damaged(place, problem.what) from problem
        check_pictures(scenario)
        inputs = inputs_of(place, said, {name: Path(path) for name, path in given.items() if path})
        workers = threads_for(threads)
        until_saved.push(journal.until_saved)
        lived = run_scenario(
            scenario,
            said["seed"],
            threads=workers,
            replicates=said["replicates"],
            keep=said["keep"],
            files=inputs,
            progress=progress,
            foresee=foresee,
            journal=journal,
            meanwhile=artist.begin,
        )
        return _saved(lived)


def _saved(lived: Lived) -> Run:
    """Write the folder of a run that has a journal, which ends with it."""
    done = Run(lived)
    if lived.journal:
        done.save(lived.journal.place)
        lived.journal.finish()
    return done


def _turned(settings: Settings, section: str) -> bool:
    """Say whether any setting turns a knob of a section."""
    lines = settings if isinstance(settings, Mapping) else several(settings)
    return any(str(line).strip().startswith(section) for line in lines)


def _with_tagged_cameras(scenario: Scenario, files: Mapping[str, Path]) -> Scenario:
    """Put the cameras that the extract itself has in place of invented ones, where it has any."""
    from glasstown.prepare import survey
    from glasstown.sensing.devices import beyond_town

    if scenario.sensing.cameras.kind != "generated":
        return scenario
    ground = survey(with_changes(scenario, {"sensing.cameras.kind": "none"}), files)
    beyond, _ = beyond_town(ground.listed, ground.layout, scenario.sensing.cameras)
    return scenario if beyond.all() else with_changes(scenario, {"sensing.cameras.kind": "tagged"})


def _placed(
    streets: str | Path | None, cameras: str | Path | None
) -> tuple[dict[str, object], dict[str, Path]]:
    """Turn files on the command line into knobs (names only) and places."""
    from glasstown.prepare import locate

    changes: dict[str, object] = {}
    files: dict[str, Path] = {}
    if streets is not None:
        files["streets"] = locate(str(streets), "streets", "--streets", "--streets")
        changes |= {"town.kind": "streets", "town.streets.file": _text(files["streets"].name)}
    if cameras is not None and str(cameras) == "tagged":
        changes["sensing.cameras.kind"] = "tagged"
    elif cameras is not None:
        files["cameras"] = locate(str(cameras), "cameras", "--cameras", "--cameras")
        changes |= {"sensing.cameras.kind": "file", "sensing.cameras.file": _text(files["cameras"].name)}
    return changes, files


def _text(name: str) -> str:
    """Write a file's name so that it is text even where the disk's name is not."""
    return name.encode("utf-8", "backslashreplace").decode()
