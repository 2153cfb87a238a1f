"""The run folder: written whole or not at all, and never trusted when it is read back."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path, PurePosixPath
from typing import Any

from glasstown import tables as t
from glasstown.core.columns import Table
from glasstown.core.errors import BAD_FILE, Problem
from glasstown.core.estimates import Estimate, crossed
from glasstown.core.files import file_digest, make_folder, unreadable, whole_folder, write_whole
from glasstown.core.machine import peak_memory_mb
from glasstown.report.artist import drawing_apart
from glasstown.report.forms import form_of
from glasstown.report.material import Material, of_run
from glasstown.report.page import page
from glasstown.scenario import Scenario, counted, from_resolved, resolved
from glasstown.study.kinds import kind_of, without_name
from glasstown.study.replicates import estimate_of
from glasstown.study.rows import Rows
from glasstown.study.run import Run

MARK = "run.json"
PAGE = "report.html"
OUTCOMES = "outcomes"
SCHEMA = 1

_FORM: dict[str, type] = {
    **dict.fromkeys(("scenario", "glasstown", "digest", "tables_digest", "python"), str),
    **dict.fromkeys(("seed", "replicates", "threads"), int),
    **dict.fromkeys(("files", "inputs", "notes", "not_kept", "timings", "versions", "machine"), dict),
    **dict.fromkeys(("signatures", "keep"), list),
    "peak_memory_mb": float,
}
_NEEDED = ("scenario.json", "metrics.json")


def write_folder(run: Run, path: Path) -> dict[str, float]:
    """Write a run: resolved scenario, tables, metrics, page, and `run.json` with its provenance.

    Returns
    -------
    dict
        The timings, the writing included.

    Raises
    ------
    Problem
        If the place is taken by something else, or the disk is full; then nothing is left behind.
    """
    began = time.perf_counter()
    with drawing_apart() as artist, whole_folder(path, MARK) as folder, ThreadPoolExecutor(2) as beside:
        artist.begin()
        written_up = beside.submit(copy_context().run, page, of_run(run))
        packed = beside.map(packed_table, run.tables, run.tables.values())
        write_whole(folder / "scenario.json", _json(resolved(run.scenario)))
        metrics = _json(metrics_document(run))
        make_folder(folder / "tables")
        for name, content in zip(run.tables, packed, strict=True):
            write_whole(folder / "tables" / f"{name}.parquet", content)
        write_whole(folder / "metrics.json", metrics)
        write_whole(folder / "metrics.csv", csv_of(run.metrics))
        write_whole(folder / PAGE, written_up.result().encode(errors="replace"))
        written = sorted(folder.rglob("*.*"))
        files = {file.relative_to(folder).as_posix(): file_digest(file) for file in written}
        timings = {**run.provenance["timings"], "report_s": round(time.perf_counter() - began, 3)}
        run.provenance["timings"] = timings
        # At most: the two need not have held most at the same time.
        most = peak_memory_mb() + artist.peak_mb
        run.provenance["peak_memory_mb"] = max(run.provenance["peak_memory_mb"], round(most, 1))
        size = sum(file.stat().st_size for file in written)
        write_whole(folder / MARK, _json(run_document(run, files, path.resolve(), size)))
    return timings


def actual(run: Run, size: int) -> dict[str, float]:
    """Return what a run took, in the terms of its forecast; of the disk, with its journal still beside the folder."""
    seconds = sum(run.provenance["timings"][part] for part in ("build_s", "simulate_s", "report_s"))
    memory, disk = run.provenance["peak_memory_mb"], run.provenance["journal_mb"] + size / 1e6
    return {"seconds": round(seconds, 1), "memory_mb": memory, "disk_mb": round(disk, 1)}


def run_document(run: Run, files: dict[str, str], place: Path, size: int) -> dict[str, Any]:
    """Return `run.json`: provenance, digests and signatures, enough to repeat the run and to test the folder.

    Parameters
    ----------
    files : dict of str to str
        SHA-256 of every other file of the folder.
    place : Path
        Where the folder will be: inputs are found again from there, so that no name of a home folder is told.
    size : int
        Bytes of the other files.
    """
    inputs = {
        name: {**entry, "path": Path(os.path.relpath(run.ground.inputs[name].resolve(), place)).as_posix()}
        for name, entry in run.provenance["inputs"].items()
    }
    return {
        "run_schema": SCHEMA,
        "scenario": run.scenario.id,
        "numbers": counted(run.scenario),
        **run.provenance,
        "inputs": inputs,
        "actual": actual(run, size),
        "digest": run.digest,
        "tables_digest": run.life.digest,
        "notes": run.ground.notes,
        "not_kept": run.life.not_kept,
        "files": files,
        "signatures": [list(signature) for signature in run.life.signatures],
    }


def metrics_document(run: Run) -> dict[str, Any]:
    """Return `metrics.json`: the estimates as described and with the cameras off."""
    return {
        "metrics": [m.document() for m in run.metrics],
        "counterfactual": {without_name(run.scenario): [m.document() for m in run.counterfactual]},
    }


def packed_table(name: str, table: Table | Rows) -> bytes:
    """Return one table as Parquet, with its name and schema version in the metadata."""
    import pyarrow.parquet as pq

    frame = table.frame()
    mark = {"glasstown_table": name, "glasstown_schema": str(SCHEMA)}
    frame = frame.replace_schema_metadata({**(frame.schema.metadata or {}), **mark})
    buffer = io.BytesIO()
    pq.write_table(frame, buffer, compression="zstd")
    return buffer.getvalue()


def read_table(path: Path, kind: type[Table]) -> Table:
    """Read one table of a run folder back, checking that it is the table it says it is."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        frame = pq.read_table(path)
        return kind.of(**{c.name: frame.column(c.name).to_numpy() for c in kind.columns()})
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise broken(path, f"it holds no table of {kind.__name__}") from error


def read_json(path: Path) -> Any:
    """Read a JSON file of a run folder."""
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
    except OSError as error:
        raise unreadable(path, error) from error
    except (ValueError, RecursionError) as error:
        raise broken(path, "it is not JSON") from error


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON")


def broken(path: Path, what: str) -> Problem:
    """Say that a run folder is not as it was written."""
    return Problem(
        what,
        where=str(path),
        why="a run folder is output: what was changed, cut or mixed is not reported as a result.",
        todo="repeat the run ('glasstown run').",
        code=BAD_FILE,
    )


def read_scenario(folder: Path) -> Scenario:
    """Read the resolved scenario of a run folder."""
    try:
        return from_resolved(read_json(folder / "scenario.json"))
    except Problem as problem:
        raise broken(folder / "scenario.json", problem.what) from problem


def check_files(folder: Path) -> dict[str, Any]:
    """Check a run folder against its own list of files and return `run.json`."""
    try:
        document = read_json(folder / MARK)
    except Problem as problem:
        if isinstance(problem.__cause__, FileNotFoundError | NotADirectoryError):
            raise _no_run_folder(folder) from problem
        raise
    if not isinstance(document, dict) or document.get("run_schema") != SCHEMA:
        raise broken(folder / MARK, "it is not the list of a run folder of this version")
    strange = _strange(document)
    if strange:
        raise broken(folder / MARK, f"its '{strange}' is not what a run writes")
    for name, digest in document["files"].items():
        if name != PAGE and file_digest(folder / name) != digest:
            raise broken(folder / name, "it differs from what the run wrote")
    scenario = read_scenario(folder)
    tables = {*kind_of(scenario).books, *form_of(scenario).drawn}
    if not {f"tables/{name}.parquet" for name in tables} <= set(document["files"]):
        raise broken(folder / MARK, "its 'files' is not what a run writes")
    return document


def _no_run_folder(folder: Path) -> Problem:
    there = "this is a file, not the folder of a run" if folder.exists() else "there is no such folder"
    return Problem(
        f"this is no run folder: it has no {MARK}" if folder.is_dir() else there,
        where=str(folder),
        why="what a run found, and what it rests on, is read from the folder that it wrote.",
        todo="name the folder of a run, such as runs/newtown-seed1; 'glasstown run' writes one.",
        code=BAD_FILE,
    )


def _strange(document: dict[str, Any]) -> str | None:
    """Name the first part of `run.json` that is missing or is of another kind than a run writes."""
    for key, kind in _FORM.items():
        if not isinstance(document.get(key), kind) or isinstance(document[key], bool):
            return key
    if not (0 <= document["seed"] < 2**63 and 1 <= document["replicates"] <= 10_000):
        return "seed"
    texts = [*document["files"].values(), *document["keep"]]
    for entry in document["inputs"].values():
        if not isinstance(entry, dict):
            return "inputs"
        texts += [entry.get("file"), entry.get("sha256"), entry.get("path", "")]
    if not all(isinstance(text, str) and "\0" not in text for text in (*texts, *document["files"])):
        return "files"
    for key, kinds in (("notes", (str, int, float)), ("timings", (int, float)), ("not_kept", (int,))):
        if not all(_fits(value, kinds) for value in document[key].values()):
            return key
    for key in ("versions", "machine"):
        if not all(isinstance(value, str) for value in document[key].values()):
            return key
    if not _fits(document["peak_memory_mb"], (float,)):
        return "peak_memory_mb"
    outside = [name for name in document["files"] if PurePosixPath(name).is_absolute() or ".." in name]
    if outside or not set(_NEEDED) <= set(document["files"]):
        return "files"
    for signed in document["signatures"]:
        if not isinstance(signed, list) or [type(part) for part in signed] != [int, int, str]:
            return "signatures"
    return None


def _fits(value: object, kinds: tuple[type, ...]) -> bool:
    """Say whether a value is of a kind that a run writes; of numbers, whether it is one that can be used."""
    if isinstance(value, bool) or not isinstance(value, kinds):
        return False
    return not isinstance(value, int | float) or abs(value) <= sys.float_info.max


def of_folder(folder: Path, document: dict[str, Any]) -> Material:
    """Take a page's material from a run folder that was checked."""
    metrics, counterfactual = read_metrics(folder)
    scenario = read_scenario(folder)
    drawn = dict(form_of(scenario).drawn)
    if f"tables/{OUTCOMES}.parquet" in document["files"]:
        drawn[OUTCOMES] = t.Outcomes
    return Material(
        scenario=scenario,
        metrics=metrics,
        counterfactual=counterfactual,
        provenance=document,
        notes=document["notes"],
        digest=document["digest"],
        tables={name: read_table(folder / "tables" / f"{name}.parquet", kind) for name, kind in drawn.items()},
    )


def read_metrics(folder: Path) -> tuple[tuple[Estimate, ...], tuple[Estimate, ...]]:
    """Read the estimates of a run folder: as described, and where nobody watches."""
    document = read_json(folder / "metrics.json")
    try:
        (without,) = document["counterfactual"].values()
        described, off = (tuple(map(estimate_of, part)) for part in (document["metrics"], without))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise broken(folder / "metrics.json", "it holds no estimates") from error
    return described, off


def _json(document: Any) -> bytes:
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode(errors="backslashreplace")


def csv_of(metrics: tuple[Estimate, ...]) -> bytes:
    """Return `metrics.csv`: the estimates as described."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["name", "unit", "by", "group", "value", "low", "high", "range_low", "range_high", "n"])
    for m in metrics:
        row = [m.name, m.unit, crossed(m.by), crossed(m.group), m.value, m.low, m.high, m.range_low, m.range_high, m.n]
        writer.writerow(["" if x is None else x for x in row])
    return out.getvalue().encode()


