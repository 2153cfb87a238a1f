"""Nothing read back is trusted: live one community-day again and refuse a folder that differs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from glasstown.core.columns import Table
from glasstown.core.errors import BAD_FILE, Problem
from glasstown.core.files import file_digest
from glasstown.core.keys import Key
from glasstown.metrics import conservation
from glasstown.report.folder import MARK, broken, check_files, read_metrics, read_scenario, read_table
from glasstown.study.asked import threads_for
from glasstown.study.fit import refuse_too_large
from glasstown.study.forecast import Forecast
from glasstown.study.kind import Again, Kind
from glasstown.study.kinds import kind_of
from glasstown.study.life import Progress
from glasstown.study.run import whole_digest


def replay(
    folder: Path,
    files: Mapping[str, Path],
    *,
    threads: int | None = None,
    progress: Progress | None = None,
    foresee: Callable[[Forecast], None] | None = None,
) -> dict[str, Any]:
    """Test a run folder by living one of its community-days again, chosen at random from the seed.

    Then the town that is drawn on the map is compared with the one just built, and the metrics with the books and the
    days they were made from.

    Parameters
    ----------
    folder : Path
        A run folder.
    files : mapping of str to Path
        Where the streets and the cameras are now, if not where the run found them.
    threads : int, optional
        Communities that live at the same time; by default as many as there are processors.
    progress, foresee : callable, optional
        Told what is under way, and how many of the foreseen seconds are done; and beforehand what it will take.

    Returns
    -------
    dict
        `run.json`.

    Raises
    ------
    Problem
        If a file was changed, an input differs, the day comes out otherwise than the folder says, or what has to be
        lived again does not fit in the machine's memory.

    Limits
    ------
    Days that are not lived again are trusted to their digests: only `rerun` repeats everything.
    """
    document = check_files(folder)
    scenario = read_scenario(folder)
    inputs = {name: entry["sha256"] for name, entry in document["inputs"].items()}
    if whole_digest(scenario, inputs, document["tables_digest"]) != document["digest"]:
        raise broken(folder / MARK, "its digest is not that of its scenario, inputs and tables")
    kind = kind_of(scenario)
    found, seed, keep = inputs_of(folder, document, files), document["seed"], document["keep"]
    threads = threads_for(threads)

    def choose(n: int) -> int:
        return int(Key.from_seed(seed)("replay").below(n, 0)[0])

    ground = kind.survey(scenario, found) if kind.surveyed_first(scenario) else None
    expected = kind.forecast_again(scenario, ground, choose, keep=keep, threads=threads)
    refuse_too_large(expected, what="living a day of this run again", less="fewer --threads, or a larger machine.")
    if foresee:
        foresee(expected)

    def tell(words: str, done_s: float) -> None:
        if progress:
            progress(words, done_s, expected.seconds)

    def living(_: str, day: float, of: float) -> None:
        tell(f"living again, day {day:,.0f} of {of:,.0f}", expected.build_s + expected.life_s * day / of)

    tell(kind.settling, 0.0)
    ground = ground or kind.survey(scenario, found)
    if json.loads(json.dumps(ground.notes)) != document["notes"]:
        raise broken(folder / MARK, "its notes are not those of what the run stands on")
    again = kind.again(scenario, seed, ground, choose, keep=keep, threads=threads, progress=living)
    tell("comparing with the folder", expected.seconds - expected.report_s)
    _compare_day(folder, document, again)
    for name, table in again.lasting.items():
        path = folder / "tables" / f"{name}.parquet"
        _compare(path, read_table(path, type(table)), table, "the town comes out otherwise when built again")
    _compare_counts(folder, document, kind)
    return document


def inputs_of(folder: Path, document: dict[str, Any], files: Mapping[str, Path]) -> dict[str, Path]:
    """Find the inputs of a run again, each the same as the run read it.

    Looked for where the caller says; else where the run found them, seen from its folder, by name in the folder that
    GLASSTOWN_DATA names, and by name where one is.

    Raises
    ------
    Problem
        If one is not found, is another file than the run read, or is given and the run read none.
    """
    for name in files:
        if name not in document["inputs"]:
            raise Problem(
                f"the run read no {name} file",
                where=f"--{name} {files[name]}",
                why="a run is repeated with what it read, and this file would be passed over without a word.",
                todo=f"leave --{name} out, or begin a new run with it: glasstown run ... --{name} FILE.",
            )
    found: dict[str, Path] = {}
    for name, entry in document["inputs"].items():
        recorded = (folder / entry.get("path", entry["file"])).resolve()
        data = os.environ.get("GLASSTOWN_DATA")
        places = [recorded, *([Path(data) / name / entry["file"], Path(data) / entry["file"]] if data else [])]
        places = [files[name]] if name in files else [*places, Path(entry["file"])]
        there = [path for path in places if os.path.isfile(path)]
        if not there:
            raise Problem(
                f"the {name} file '{entry['file']}' is not there",
                where=str(places[0]),
                why="the run read it, and nothing can be repeated without it.",
                todo=f"give --{name} FILE, or set GLASSTOWN_DATA to the folder that has {name}/{entry['file']}.",
                code=BAD_FILE,
            )
        same = [path for path in there if file_digest(path) == entry["sha256"]]
        if not same:
            raise Problem(
                f"the {name} file is not the one that the run read",
                where=str(there[0]),
                why=f"the run read a '{entry['file']}' with the SHA-256 {entry['sha256']}.",
                todo=f"give that file: --{name} FILE.",
                code=BAD_FILE,
            )
        found[name] = same[0]
    return found


def _compare_day(folder: Path, document: dict[str, Any], again: Again) -> None:
    """Compare a community-day that was lived again with its signature and with its rows."""
    words = f"day {again.day} of community {again.community} comes out otherwise when lived again"
    said = {(d, c): s for d, c, s in document["signatures"]}
    if again.signature != said.get((again.day, again.community)):
        raise broken(folder, words)
    for name, table in again.rows.items():
        if name not in document["not_kept"]:
            path = folder / "tables" / f"{name}.parquet"
            kept = _rows(path, type(table), again.day, again.community)
            _compare(path, kept, table, words)


def _compare_counts(folder: Path, document: dict[str, Any], kind: Kind[Any, Any, Any]) -> None:
    """Compare metrics, books, days and rows with each other: what conservation asks of every run."""
    tables = {name: _table(folder, name, table) for name, table in kind.books.items()}
    events = {
        name: _Kept(_table(folder, name, table))
        for name, table in kind.events.items()
        if name not in document["not_kept"]
    }
    metrics, off = read_metrics(folder)
    try:
        kind.check(metrics, tables, events)
        kind.check_estimates(off)
    except (conservation.Inconsistent, KeyError, TypeError, ValueError) as error:
        raise broken(folder / "metrics.json", f"it contradicts the tables: {error}") from error


class _Kept:
    """Rows of all days, read back."""

    def __init__(self, table: Table) -> None:
        self.table = table


def _table(folder: Path, name: str, kind: type[Table]) -> Table:
    return read_table(folder / "tables" / f"{name}.parquet", kind)


def _rows(path: Path, kind: type[Table], day: int, community: int) -> Table:
    """Read the rows of one community-day."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        frame = pq.read_table(path)
        here = (frame["day"].to_numpy() == day) & (frame["community"].to_numpy() == community)
        kept = frame.filter(here)
        return kind.of(**{c.name: kept[c.name].to_numpy() for c in kind.columns()})
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise broken(path, f"it holds no rows of {kind.__name__}") from error


def _compare(path: Path, said: Table, lived: Table, words: str) -> None:
    for column in lived.columns():
        if not np.array_equal(getattr(said, column.name), getattr(lived, column.name)):
            raise broken(path, words)
