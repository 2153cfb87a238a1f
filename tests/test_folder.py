"""The run folder: complete, exact, whole or not there, and telling nothing of the machine it was made on.

Smallest error noticed: one file, one column's unit or one number that is missing or differs between two files of the
folder; one path of this machine; one part of a folder that a writer who failed or was killed leaves behind.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import glasstown as gt
from glasstown import tables
from glasstown.core.columns import Table
from glasstown.core.errors import BAD_FILE, Problem
from glasstown.core.files import check_file, check_place, file_digest, whole_folder, write_whole
from glasstown.report.folder import MARK, PAGE, SCHEMA, check_files, of_folder, read_json
from glasstown.report.material import of_run
from glasstown.report.replay import inputs_of, replay
from glasstown.scenario import from_resolved
from glasstown.study.run import row_tables
from tests.conftest import DAYS, SEED
from tests.odd_files import CROSS
from tests.worlds import problem_of

KINDS = {re.sub(r"(?<!^)([A-Z])", r"_\1", k.__name__).lower(): k for k in Table.__subclasses__()}
TOWN = ["people", "tokens", "places", "nodes", "streets", "street_points", "habits", "likeness"]
SYSTEM = ["devices", "posts", "references", "device_use", "street_use"]
BOOKS = ["tallies", "ledger"]


@pytest.fixture
def copied(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "copied"))


# ------------------------------------------------------------------ what is in it
def test_the_folder_holds_what_it_promises(written: Path) -> None:
    names = {f.relative_to(written).as_posix() for f in written.rglob("*") if f.is_file()}
    expected = {f"tables/{name}.parquet" for name in [*TOWN, *SYSTEM, *BOOKS, *row_tables()]}
    assert names == expected | {"scenario.json", "metrics.json", "metrics.csv", PAGE, MARK}


def test_the_scenario_in_it_is_the_one_that_was_run(written: Path, lived: gt.Run) -> None:
    assert from_resolved(read_json(written / "scenario.json")) == lived.scenario


@pytest.mark.parametrize("name", [*TOWN, *SYSTEM, *BOOKS, *row_tables()])
def test_a_table_says_what_it_is(written: Path, lived: gt.Run, name: str) -> None:
    """Name, version, and for each column its type, unit, meaning and who may see it; and the very same values."""
    frame = pq.read_table(written / "tables" / f"{name}.parquet")
    assert frame.schema.metadata[b"glasstown_table"] == name.encode()
    assert frame.schema.metadata[b"glasstown_schema"] == str(SCHEMA).encode()
    declared = {c.name: c for c in KINDS[name].columns()}
    front = ["day", "community"] if name in row_tables() else []
    assert frame.column_names == [c for c in front if c not in declared] + list(declared)
    for field in frame.schema:
        assert field.metadata[b"unit"]
        if field.name in declared:
            column = declared[field.name]
            assert field.type.to_pandas_dtype() == np.dtype(column.dtype)
            assert not field.nullable
            assert field.metadata[b"unit"].decode() == column.unit
            assert field.metadata[b"meaning"].decode() == column.meaning
            assert field.metadata[b"seen_by"] == (b"nobody" if column.truth else b"system")
    assert frame.equals(lived.frame(name))


def test_metrics_are_the_same_in_every_form(written: Path, lived: gt.Run) -> None:
    document = read_json(written / "metrics.json")
    assert document["metrics"] == [m.document() for m in lived.metrics]
    assert document["counterfactual"]["cameras-off"] == [m.document() for m in lived.counterfactual]
    with (written / "metrics.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(document["metrics"])
    for row, metric in zip(rows, document["metrics"], strict=True):
        assert list(row) == list(metric)
        for key, value in metric.items():
            text = row[key]
            if key in ("by", "group"):
                assert (text or None) == (" x ".join(value) if isinstance(value, list) else value)
            elif isinstance(value, str):
                assert text == value
            else:
                assert (float(text) if text else None) == value


def test_run_json_tells_where_everything_comes_from(written: Path, lived: gt.Run) -> None:
    document = check_files(written)
    assert document["seed"] == SEED
    assert document["digest"] == lived.digest
    assert document["glasstown"] == gt.__version__
    assert {"numpy", "numba", "pyarrow"} <= set(document["versions"])
    assert set(document["forecast"]) == set(document["actual"]) == {"seconds", "memory_mb", "disk_mb"}
    timings = document["timings"]
    whole = timings["build_s"] + timings["simulate_s"] + timings["report_s"]
    assert document["actual"]["seconds"] == pytest.approx(whole, abs=0.06)
    size = sum(f.stat().st_size for f in written.rglob("*") if f.is_file() and f.name != MARK)
    assert document["actual"]["disk_mb"] == pytest.approx(size / 1e6, abs=0.06)
    assert document["actual"]["memory_mb"] >= document["peak_memory_mb"] > 50
    others = {f.relative_to(written).as_posix(): file_digest(f) for f in written.rglob("*.*") if f.is_file()}
    others.pop(MARK)
    assert document["files"] == others
    assert [s[:2] for s in document["signatures"]] == [[day, 0] for day in range(DAYS)]


def test_the_page_is_made_of_the_same_from_the_run_and_from_its_folder(written: Path, lived: gt.Run) -> None:
    ours, read = of_run(lived.lived), of_folder(written, check_files(written))
    assert read.metrics == ours.metrics
    assert read.counterfactual == ours.counterfactual
    assert (read.scenario, read.notes, read.digest) == (ours.scenario, ours.notes, ours.digest)
    assert set(read.tables) == {"streets", "street_points", "devices", "street_use", "tallies", "outcomes"}
    for name, one in read.tables.items():
        other = ours.tables[name]
        assert all(np.array_equal(getattr(one, c.name), getattr(other, c.name)) for c in one.columns())


# ------------------------------------------------------------------ places
def on_streets(folder: Path, streets: Path, **more: Any) -> gt.Run:
    run = gt.run("newtown", 2, people=30, days=1, streets=streets, threads=1, **more)
    run.save(folder)
    return run


def test_nothing_in_it_tells_where_it_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the folder of the input, nor that of the run, nor the home of the person, in any file or its metadata."""
    home = tmp_path / "home-of-ada"
    (home / "maps").mkdir(parents=True)
    (home / "maps" / "cross.osm").write_bytes(CROSS)
    monkeypatch.chdir(home)
    on_streets(home / "run", home / "maps" / "cross.osm")
    for file in (home / "run").rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            for secret in ("home-of-ada", str(tmp_path), str(Path.home()) + "/"):
                assert secret.encode() not in content, file.name
    digest = file_digest(home / "maps" / "cross.osm")
    entry = read_json(home / "run" / MARK)["inputs"]["streets"]
    assert entry == {"file": "cross.osm", "sha256": digest, "path": "../maps/cross.osm"}


def test_inputs_are_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they were seen from the folder, also if both have moved; by name in GLASSTOWN_DATA; or where one says."""
    monkeypatch.delenv("GLASSTOWN_DATA", raising=False)
    (tmp_path / "a" / "maps").mkdir(parents=True)
    (tmp_path / "a" / "maps" / "cross.osm").write_bytes(CROSS)
    on_streets(tmp_path / "a" / "run", tmp_path / "a" / "maps" / "cross.osm")
    moved = (tmp_path / "a").rename(tmp_path / "b")
    folder, document = moved / "run", check_files(moved / "run")
    assert inputs_of(folder, document, {}) == {"streets": moved / "maps" / "cross.osm"}
    away = tmp_path / "data" / "streets"
    away.mkdir(parents=True)
    (moved / "maps" / "cross.osm").rename(away / "cross.osm")
    said = problem_of(lambda: inputs_of(folder, document, {}))
    assert said is not None
    assert (said.code, "--streets FILE" in said.todo) == (BAD_FILE, True)
    assert inputs_of(folder, document, {"streets": away / "cross.osm"}) == {"streets": away / "cross.osm"}
    monkeypatch.setenv("GLASSTOWN_DATA", str(tmp_path / "data"))
    assert inputs_of(folder, document, {}) == {"streets": away / "cross.osm"}
    (away / "cross.osm").write_bytes(CROSS + b"\n")
    said = problem_of(lambda: inputs_of(folder, document, {}))
    assert said is not None
    assert "not the one that the run read" in said.what
    assert document["inputs"]["streets"]["sha256"] in said.why


# ------------------------------------------------------------------ not trusted
def rewritten(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    document = json.loads((folder / MARK).read_text(encoding="utf-8"))
    change(document)
    (folder / MARK).write_text(json.dumps(document), encoding="utf-8")


STRANGE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "files": lambda d: d.update(files=[]),
    "signatures": lambda d: d["signatures"].append([1, 2]),
    "seed": lambda d: d.update(seed=-1),
    "replicates": lambda d: d.update(replicates="many"),
    "threads": lambda d: d.update(threads=True),
    "notes": lambda d: d.pop("notes"),
    "inputs": lambda d: d["inputs"].update(streets=7),
    "digest": lambda d: d.update(digest=None),
}


@pytest.mark.parametrize("part", STRANGE)
def test_a_list_with_a_strange_part_is_refused(copied: Path, part: str) -> None:
    rewritten(copied, STRANGE[part])
    with pytest.raises(Problem, match=f"its '{part}' is not what a run writes") as caught:
        check_files(copied)
    assert caught.value.code == BAD_FILE


@pytest.mark.parametrize("name", ["../x", "/etc/hostname", "tables/../../x"])
def test_a_list_that_reaches_out_of_its_folder_is_refused(copied: Path, name: str) -> None:
    rewritten(copied, lambda d: d["files"].update({name: "0" * 64}))
    with pytest.raises(Problem, match="its 'files' is not what a run writes"):
        check_files(copied)


@pytest.mark.parametrize("name", ["metrics.json", "tables/tallies.parquet"])
def test_what_the_page_shows_must_be_on_the_list(copied: Path, name: str) -> None:
    rewritten(copied, lambda d: d["files"].pop(name))
    with pytest.raises(Problem, match="its 'files' is not what a run writes"):
        check_files(copied)


def agreeing(folder: Path, name: str, content: bytes) -> None:
    """Change a file and make the list agree, as somebody would who knows how a folder is checked."""
    (folder / name).write_bytes(content)
    rewritten(folder, lambda d: d["files"].update({name: file_digest(folder / name)}))


def test_metrics_that_contradict_the_tables_are_refused(copied: Path) -> None:
    """One stop less in the metrics, even with a list of files that agrees."""
    document = read_json(copied / "metrics.json")
    stops = next(m for m in document["metrics"] if m["name"] == "stops" and m["by"] is None)
    assert stops["value"] > 0
    stops["value"] -= 1
    agreeing(copied, "metrics.json", json.dumps(document).encode())
    with pytest.raises(Problem, match="contradicts the tables") as caught:
        replay(copied, {})
    assert caught.value.where == str(copied / "metrics.json")


@pytest.mark.parametrize("content", [b"{}", b"[]", b'{"metrics": [{"name": 1}], "counterfactual": {}}', b"[" * 100_000])
def test_metrics_that_are_none_are_refused(copied: Path, content: bytes) -> None:
    agreeing(copied, "metrics.json", content)
    with pytest.raises(Problem, match=r"no estimates|not JSON"):
        of_folder(copied, check_files(copied))


@pytest.mark.parametrize("name", ["devices", "alerts"])
def test_a_table_that_is_none_is_refused(copied: Path, name: str) -> None:
    agreeing(copied, f"tables/{name}.parquet", b"PAR1 and so on")
    with pytest.raises(Problem, match="it holds no"):
        replay(copied, {})


def test_another_town_on_the_map_is_refused(copied: Path) -> None:
    frame = pq.read_table(copied / "tables" / "devices.parquet")
    at = frame.schema.get_field_index("x_dm")
    column = frame["x_dm"].to_numpy().copy()
    column[3] += 1
    changed = frame.set_column(at, frame.schema.field(at), [column])
    pq.write_table(changed, copied / "tables" / "devices.parquet")
    agreeing(copied, "tables/devices.parquet", (copied / "tables" / "devices.parquet").read_bytes())
    with pytest.raises(Problem, match="the town comes out otherwise"):
        replay(copied, {})


def test_the_page_may_be_written_again(copied: Path) -> None:
    (copied / PAGE).write_text("mine", encoding="utf-8")
    assert replay(copied, {})["seed"] == SEED


# ------------------------------------------------------------------ whole or not there
def test_a_folder_appears_when_it_is_complete(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "er" / "run"
    with whole_folder(place, "mark") as beside:
        write_whole(beside / "mark", b"1")
        assert not place.exists()
    assert os.listdir(place) == ["mark"]
    assert os.listdir(place.parent) == ["run"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, MemoryError])
def test_a_folder_that_fails_leaves_the_one_before(tmp_path: Path, error: type[BaseException]) -> None:
    with whole_folder(tmp_path / "run", "mark") as beside:
        write_whole(beside / "mark", b"before")

    def fail() -> None:
        with whole_folder(tmp_path / "run", "mark") as beside:
            write_whole(beside / "mark", b"after")
            raise error

    with pytest.raises(error):
        fail()
    assert os.listdir(tmp_path) == ["run"]
    assert (tmp_path / "run" / "mark").read_bytes() == b"before"


def test_a_problem_inside_is_told_of_the_place(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught, whole_folder(tmp_path / "run", "mark") as beside:
        write_whole(beside / "no" / "such" / "folder", b"")
    assert caught.value.where == str(tmp_path / "run" / "no" / "such" / "folder")


def test_only_a_folder_of_ours_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    check_place(tmp_path / "run", "mark")
    (tmp_path / "run" / "letters").write_text("dear", encoding="utf-8")
    with pytest.raises(Problem, match="something else is there"):
        check_place(tmp_path / "run", "mark")
    (tmp_path / "run" / "mark").write_text('{"run_schema": 1, "files": {"report.html": "0"}}', encoding="utf-8")
    with pytest.raises(Problem, match="would be replaced, but letters is not part of it"):
        check_place(tmp_path / "run", "mark")
    (tmp_path / "run" / "letters").rename(tmp_path / "run" / "report.html")
    check_place(tmp_path / "run", "mark")
    (tmp_path / "letters").write_text("dear", encoding="utf-8")
    with pytest.raises(Problem, match="something else is there"):
        check_place(tmp_path / "letters", "mark")
    with pytest.raises(Problem, match="letters is not a folder") as caught:
        check_place(tmp_path / "letters" / "run", "mark")
    assert "free some space" not in str(caught.value)


def entries(folder: Path) -> dict[str, bytes | str]:
    """Read all that is in a folder, links as what they name."""
    there = {f.relative_to(folder).as_posix(): f for f in folder.rglob("*") if f.is_symlink() or f.is_file()}
    return {name: os.readlink(f) if f.is_symlink() else f.read_bytes() for name, f in there.items()}


# A mark that is none, and what it makes of a folder with somebody's files in it.
NO_RUN = "something else is there already"
LISTS = {
    '{"task": "build"}': NO_RUN,
    '{"files": {"thesis.tex": "0", "src/a.py": "0"}}': NO_RUN,
    '{"run_schema": 1, "files": ["thesis.tex", "src/a.py"]}': NO_RUN,
    "[1, 2]": NO_RUN,
    "null": NO_RUN,
    '{"run_schema": 1, "files": {}}': "src/a.py and 1 more is not part of it",
    '{"run_schema": 1, "fil': "src/a.py and 1 more is not part of it",
    "[" * 100_000: "src/a.py and 1 more is not part of it",
    "": "src/a.py and 1 more is not part of it",
}


@pytest.mark.parametrize("mark", LISTS, ids=[mark[:40] or "empty" for mark in LISTS])
def test_a_folder_of_somebody_elses_is_never_taken_for_a_run(tmp_path: Path, mark: str) -> None:
    (tmp_path / "src").mkdir()
    for name, text in ((MARK, mark), ("thesis.tex", "years"), ("src/a.py", "pass")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    before = entries(tmp_path)
    with pytest.raises(Problem, match=LISTS[mark]), whole_folder(tmp_path, MARK) as beside:
        write_whole(beside / MARK, b"{}")
    assert entries(tmp_path) == before


@pytest.mark.parametrize("name", [".git/HEAD", ".notes", "tables/.mine", "link", "tables/link", ".thesis.tex.77.part"])
def test_what_somebody_hid_or_linked_in_a_run_is_not_lost(copied: Path, name: str) -> None:
    check_place(copied, MARK)
    (copied / name).parent.mkdir(exist_ok=True)
    if name.endswith("link"):
        (copied / name).symlink_to(copied.parent)
    else:
        (copied / name).write_text("mine", encoding="utf-8")
    with pytest.raises(Problem, match=f"{re.escape(name)} is not part of it"):
        check_place(copied, MARK)


@pytest.mark.parametrize("mark", [None, b"", b"\xff", b'{"run_schema": 1, "fi'])
def test_a_run_is_replaced_whatever_became_of_its_list_and_whatever_was_killed_in_it(
    copied: Path, mark: bytes | None
) -> None:
    if mark is not None:
        (copied / MARK).write_bytes(mark)
    for name in (f".{PAGE}.77.part", ".DS_Store", "tables/._devices.parquet"):
        (copied / name).write_text("left", encoding="utf-8")
    check_place(copied, MARK)


def test_a_long_name_and_a_link_are_places_too(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "near").symlink_to(tmp_path / "far")
    for place in (tmp_path / ("n" * 250), tmp_path / "near"):
        with whole_folder(place, "mark") as beside:
            write_whole(beside / "mark", b"")
        assert (place / "mark").exists()
    assert (tmp_path / "near").is_symlink()
    with pytest.raises(Problem, match="cannot write there"):
        check_place(tmp_path / ("n" * 300), "mark")


def test_what_a_killed_run_left_is_swept_away(tmp_path: Path) -> None:
    """But not what a run that still lives is writing, nor anything else."""
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    left = tmp_path / f".run.{killed.pid}.part"
    kept = [tmp_path / f".run.{os.getppid()}.part", tmp_path / ".run.x.part"]
    for folder in (left, *kept):
        folder.mkdir()
    with whole_folder(tmp_path / "run", "mark") as beside:
        write_whole(beside / "mark", b"")
    assert not left.exists()
    assert all(folder.exists() for folder in kept)


def test_writing_over_a_file_that_may_not_be_written_leaves_it(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(Problem, match="cannot write there") as caught:
        write_whole(tmp_path / "there", b"x")
    assert caught.value.code == BAD_FILE
    assert os.listdir(tmp_path) == ["there"]


def write_x(path: Path) -> None:
    write_whole(path, b"x")


def test_what_is_no_file_is_not_written_over(tmp_path: Path) -> None:
    """A pipe stays a pipe, also behind a link; in front of a file, a link stays a link."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "near").symlink_to("pipe")
    for name in ("pipe", "near"):
        for write in (write_x, check_file):
            with pytest.raises(Problem, match="a pipe, a device or the like is there") as caught:
                write(tmp_path / name)
            assert (caught.value.code, caught.value.where) == (BAD_FILE, str(tmp_path / name))
    assert (tmp_path / "pipe").is_fifo()
    (tmp_path / "loop").symlink_to("loop")
    for write in (write_x, check_file):
        with pytest.raises(Problem, match="cannot write there"):
            write(tmp_path / "loop")
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "there").write_bytes(b"before")
    for name in ("there", "not there yet"):
        (tmp_path / name).symlink_to(Path("far") / name)
        check_file(tmp_path / name)
        write_whole(tmp_path / name, b"after")
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / "far" / name).read_bytes() == b"after"
    assert sorted(os.listdir(tmp_path)) == ["far", "loop", "near", "not there yet", "pipe", "there"]
    assert sorted(os.listdir(tmp_path / "far")) == ["not there yet", "there"]


def test_every_table_has_a_name_of_its_own() -> None:
    assert len(KINDS) == len(Table.__subclasses__())
    assert set(KINDS) >= {*TOWN, *SYSTEM, *BOOKS, *row_tables()}
    assert KINDS["street_use"] is tables.StreetUse
