"""The run folder: written whole or not at all, and never trusted when it is read back."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path
from typing import Any

from glasstown import tables as t
from glasstown.core.columns import Table
from glasstown.core.errors import BAD_FILE, Problem
from glasstown.core.estimates import Estimate
from glasstown.core.files import file_digest, unreadable, whole_folder, write_whole
from glasstown.report.material import Material, of_run
from glasstown.report.page import page
from glasstown.scenario import Scenario, from_resolved, resolved
from glasstown.study.rows import Rows
from glasstown.study.run import Run

MARK = "run.json"
PAGE = "report.html"
SCHEMA = 1


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
    with whole_folder(path, MARK) as folder:
        write_whole(folder / "scenario.json", _json(resolved(run.scenario)))
        (folder / "tables").mkdir()
        for name, table in run.tables.items():
            write_table(folder / "tables" / f"{name}.parquet", name, table)
        write_whole(folder / "metrics.json", _json(metrics_document(run)))
        write_whole(folder / "metrics.csv", _csv(run.metrics))
        write_whole(folder / "report.html", page(of_run(run)).encode())
        timings = {**run.provenance["timings"], "report_s": round(time.perf_counter() - began, 3)}
        run.provenance["timings"] = timings
        files = {file.relative_to(folder).as_posix(): file_digest(file) for file in sorted(folder.rglob("*.*"))}
        write_whole(folder / MARK, _json(run_document(run, files)))
    return timings


def run_document(run: Run, files: dict[str, str]) -> dict[str, Any]:
    """Return `run.json`: provenance, digests and signatures, enough to repeat the run and to test the folder."""
    return {
        "run_schema": SCHEMA,
        "scenario": run.scenario.id,
        **run.provenance,
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
        "counterfactual": {"cameras-off": [m.document() for m in run.counterfactual]},
    }


def write_table(path: Path, name: str, table: Table | Rows) -> None:
    """Write one table as Parquet, with its name and schema version in the metadata."""
    import pyarrow.parquet as pq

    frame = table.frame()
    mark = {"glasstown_table": name, "glasstown_schema": str(SCHEMA)}
    frame = frame.replace_schema_metadata({**(frame.schema.metadata or {}), **mark})
    buffer = io.BytesIO()
    pq.write_table(frame, buffer, compression="zstd")
    write_whole(path, buffer.getvalue())


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
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise unreadable(path, error) from error
    except ValueError as error:
        raise broken(path, "it is not JSON") from error


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
    document = read_json(folder / MARK)
    if not isinstance(document, dict) or document.get("run_schema") != SCHEMA:
        raise broken(folder / MARK, "it is not the list of a run folder of this version")
    for name, digest in document["files"].items():
        if name != PAGE and file_digest(folder / name) != digest:
            raise broken(folder / name, "it differs from what the run wrote")
    return document


def of_folder(folder: Path, document: dict[str, Any]) -> Material:
    """Take a page's material from a run folder that was checked."""
    metrics = read_json(folder / "metrics.json")

    def table(name: str, kind: type[Table]) -> Any:
        return read_table(folder / "tables" / f"{name}.parquet", kind)

    return Material(
        scenario=read_scenario(folder),
        metrics=tuple(map(_estimate, metrics["metrics"])),
        counterfactual=tuple(map(_estimate, metrics["counterfactual"]["cameras-off"])),
        provenance=document,
        notes=document["notes"],
        digest=document["digest"],
        streets=table("streets", t.Streets),
        points=table("street_points", t.StreetPoints),
        devices=table("devices", t.Devices),
        street_use=table("street_use", t.StreetUse),
        tallies=table("tallies", t.Tallies),
    )


def _estimate(document: dict[str, Any]) -> Estimate:
    for key in ("by", "group"):
        if isinstance(document[key], list):
            document[key] = tuple(document[key])
    return Estimate(**document)


def _json(document: Any) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _csv(metrics: tuple[Estimate, ...]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["name", "unit", "by", "group", "value", "low", "high", "range_low", "range_high", "n"])
    for m in metrics:
        by, group = (" x ".join(x) if isinstance(x, tuple) else x for x in (m.by, m.group))
        row = [m.name, m.unit, by, group, m.value, m.low, m.high, m.range_low, m.range_high, m.n]
        writer.writerow(["" if x is None else x for x in row])
    return out.getvalue().encode()


