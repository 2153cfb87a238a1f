"""Law 7: nothing read back is trusted: a run folder is output, and one that differs is refused with a sentence.

Smallest error noticed: one bit of one file that the run wrote; one value of the rows of the community-day that is lived
again, one signature or a scenario that would lead elsewhere, even where the list of digests agrees; one public
function that takes rows of people in, one table that leaves by another door than `frame()`.
"""

from __future__ import annotations

import ast
import inspect
import json
import shutil
import sys
import typing
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import glasstown as gt
from glasstown import cli
from glasstown import tables as gt_tables
from glasstown.core.columns import Table
from glasstown.core.errors import BAD_FILE
from glasstown.core.files import file_digest
from glasstown.core.keys import Key
from glasstown.report.folder import MARK, PAGE, write_folder
from glasstown.report.replay import replay
from glasstown.study.run import run_scenario
from tests.laws.test_1_truth_and_belief import tables_in
from tests.odd_files import CROSS
from tests.repository import called, modules
from tests.worlds import LOUD, SEED, run, town

Command = Callable[..., tuple[int, str]]


def command(capsys: pytest.CaptureFixture[str], name: str, folder: Path, *options: object) -> tuple[int, str]:
    """Run `glasstown NAME FOLDER` and return its code and what it says; a traceback is an error of the test."""
    before = sys.argv
    sys.argv = ["glasstown", name, str(folder), *map(str, options)]
    try:
        cli.main()
    except SystemExit as left:
        said = capsys.readouterr()
        return int(left.code or 0), said.out + said.err
    finally:
        sys.argv = before
    raise AssertionError("the command does not say how it ended")


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Command:
    return partial(command, capsys, "report")


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copied"))


def check_refused(report: Command, folder: Path, named: str, because: str = "") -> None:
    """Assert that a folder is refused with code 74 and a sentence that names the file, and nothing is written."""
    page = (folder / PAGE).read_bytes() if (folder / PAGE).exists() else b""
    code, said = report(folder)
    assert code == BAD_FILE, said
    assert said.startswith(f"glasstown: {folder / named}"), said
    assert because in said
    assert "Traceback" not in said
    assert ((folder / PAGE).read_bytes() if (folder / PAGE).exists() else b"") == page


def files_of(folder: Path) -> list[str]:
    """List what a run writes, but for the page, which the command writes anew, and the list itself."""
    names = [f.relative_to(folder).as_posix() for f in sorted(folder.rglob("*")) if f.is_file()]
    return [name for name in names if name not in (MARK, PAGE)]


def edit(folder: Path, change: Callable[[Any], Any]) -> None:
    """Change the list of the folder."""
    document = json.loads((folder / MARK).read_text(encoding="utf-8"))
    change(document)
    (folder / MARK).write_text(json.dumps(document), encoding="utf-8")


def agree(folder: Path, *names: str) -> None:
    """Write the digests of changed files into the list, as somebody would who knows how a folder is checked."""
    edit(folder, lambda document: document["files"].update({name: file_digest(folder / name) for name in names}))


def replayed_day() -> int:
    """Say which day of the loud world is lived again."""
    return int(Key.from_seed(SEED)("replay").below(town().days, 0)[0])


def alter(folder: Path, table: str, column: str, day: int | None = None) -> None:
    """Add one to one value of a table (of one day), and make the list agree."""
    path = folder / "tables" / f"{table}.parquet"
    frame = pq.read_table(path)
    row = 0 if day is None else frame["day"].to_pylist().index(day)
    values = frame[column].to_pylist()
    values[row] = not values[row] if isinstance(values[row], bool) else values[row] + 1
    at = frame.schema.get_field_index(column)
    pq.write_table(frame.set_column(at, frame.schema.field(at), pa.array(values, frame.schema.field(at).type)), path)
    agree(folder, f"tables/{table}.parquet")


def turn(folder: Path, change: Callable[[Any], Any]) -> None:
    """Change the scenario, and make the list agree."""
    document = json.loads((folder / "scenario.json").read_text(encoding="utf-8"))
    change(document)
    (folder / "scenario.json").write_text(json.dumps(document), encoding="utf-8")
    agree(folder, "scenario.json")


def estimate(folder: Path, name: str, **changes: object) -> None:
    """Change one estimate for everybody, and make the list agree."""
    document = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    next(e for e in document["metrics"] if e["name"] == name and e["by"] is None).update(changes)
    (folder / "metrics.json").write_text(json.dumps(document), encoding="utf-8")
    agree(folder, "metrics.json")


def spoil(folder: Path, table: str) -> None:
    """Put something else where a table was, and make the list agree."""
    (folder / "tables" / f"{table}.parquet").write_bytes(b"PAR1 and nothing more")
    agree(folder, f"tables/{table}.parquet")


# ------------------------------------------------------------------ a folder as it was written
def test_a_folder_as_it_was_written_passes_as_often_as_one_likes(copied: Path, report: Command) -> None:
    for _ in range(2):
        code, said = report(copied)
        assert code == 0, said
        assert said == f"report: {copied / PAGE}\n"
    assert run().digest in (copied / PAGE).read_text(encoding="utf-8")


# ------------------------------------------------------------------ a folder that was changed, cut or mixed
def test_every_file_counts_in_every_bit(copied: Path, report: Command, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file in turn: one bit flipped, and not there at all; one of each kind also cut short and empty."""
    names = files_of(copied)
    assert len(names) > 25
    first = {name.rpartition(".")[2]: name for name in reversed(names)}
    for name in names:
        file = copied / name
        whole = file.read_bytes()
        middle = len(whole) // 2
        flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
        for content in (flipped, *((whole[:-1], b"") if name in first.values() else ())):
            file.write_bytes(content)
            check_refused(report, copied, name, "differs from what the run wrote")
        file.unlink()
        check_refused(report, copied, name, "cannot read it")
        file.write_bytes(whole)
    assert command(capsys, "rerun", copied)[0] == 0


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (b"", "it is not JSON"),
        (b'{"run_schema": 1', "it is not JSON"),
        (b"\xff\xfe", "it is not JSON"),
        (b"[]", "it is not the list of a run folder"),
        (b'{"run_schema": 2}', "it is not the list of a run folder"),
        (b'{"run_schema": 1}', "is not what a run writes"),
        (b"[" * 100_000, "it is not JSON"),
    ],
)
def test_a_list_that_is_none_is_refused(copied: Path, report: Command, content: bytes, because: str) -> None:
    (copied / MARK).write_bytes(content)
    check_refused(report, copied, MARK, because)


def test_what_is_no_run_folder_is_refused(tmp_path: Path, report: Command) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for name, because in (("empty", "it has no run.json"), ("file", "a file, not"), ("nowhere", "no such folder")):
        check_refused(report, tmp_path / name, "", because)


LIVED_AGAIN = "comes out otherwise when lived again"
DAY = replayed_day()
CONSISTENT: dict[str, tuple[str, str, Callable[[Path], None]]] = {
    "a signature of the day that is lived again": (
        "",
        LIVED_AGAIN,
        lambda f: edit(f, lambda d: d["signatures"][DAY].__setitem__(2, "0" * 64)),
    ),
    "all signatures": (
        "",
        LIVED_AGAIN,
        lambda f: edit(f, lambda d: d.update(signatures=[[*s[:2], "0" * 64] for s in d["signatures"]])),
    ),
    "no signatures": ("", LIVED_AGAIN, lambda f: edit(f, lambda d: d.update(signatures=[]))),
    "another seed": ("", LIVED_AGAIN, lambda f: edit(f, lambda d: d.update(seed=SEED + 1))),
    "a knob": (MARK, "digest", lambda f: turn(f, lambda d: d["sensing"]["cameras"]["capture"].update(value=0.61))),
    "fewer people": (MARK, "digest", lambda f: turn(f, lambda d: d["town"].update(people=299))),
    "a gap in the scenario": ("scenario.json", "not complete", lambda f: turn(f, lambda d: d.pop("days") and None)),
    "an unknown knob": ("scenario.json", "knobb", lambda f: turn(f, lambda d: d["town"].update(knobb=1))),
    "a minute of a trip": ("tables/trips.parquet", LIVED_AGAIN, lambda f: alter(f, "trips", "depart_minute", DAY)),
    "whose face it is": ("tables/captures.parquet", LIVED_AGAIN, lambda f: alter(f, "captures", "person", DAY)),
    "a false alert": ("tables/alerts.parquet", LIVED_AGAIN, lambda f: alter(f, "alerts", "mated", DAY)),
    "what came of a stop": ("tables/outcomes.parquet", LIVED_AGAIN, lambda f: alter(f, "outcomes", "outcome", DAY)),
    "a search": ("tables/searches.parquet", LIVED_AGAIN, lambda f: alter(f, "searches", "n_searches", DAY)),
}


CONSISTENT |= {
    f"a list without its {key}": (MARK, f"'{key}' is not what", lambda f, k=key: edit(f, lambda d: d.pop(k) and None))
    for key in ("seed", "digest", "files", "signatures", "inputs", "not_kept", "replicates", "keep", "notes")
}
CONSISTENT |= {
    f"a list whose {key} is odd": (MARK, "is not what", lambda f, k=key, v=value: edit(f, lambda d: d.update({k: v})))
    for key, value in {
        "seed": "x",
        "files": {},
        "inputs": 3,
        "signatures": [[0, 0]],
        "notes": [],
        "threads": True,
    }.items()
}
CONTRADICTS = "contradicts the tables"
DIGEST = "its digest is not that of its scenario, inputs and tables"
CONSISTENT |= {
    "fewer false alerts": ("metrics.json", CONTRADICTS, lambda f: estimate(f, "false_alerts", value=0, low=0)),
    "another denominator": ("metrics.json", CONTRADICTS, lambda f: estimate(f, "ppv", n=1)),
    "an alert in somebody's books": ("metrics.json", CONTRADICTS, lambda f: alter(f, "ledger", "false_alerts")),
    "a trip in the count of a day": ("metrics.json", CONTRADICTS, lambda f: alter(f, "tallies", "trips")),
    "somebody's age": ("tables/people.parquet", "when built again", lambda f: alter(f, "people", "age")),
    "where a camera stands": ("tables/devices.parquet", "when built again", lambda f: alter(f, "devices", "x_dm")),
    "who is on the list": ("tables/likeness.parquet", "when built again", lambda f: alter(f, "likeness", "enrolled")),
    "somebody's habits": ("tables/habits.parquet", "when built again", lambda f: alter(f, "habits", "start_minute")),
    "what a camera sees": ("tables/posts.parquet", "when built again", lambda f: alter(f, "posts", "to_dm")),
    "another title": (MARK, DIGEST, lambda f: turn(f, lambda d: d.update(title="x"))),
    "a knob that this day does not feel": (
        MARK,
        DIGEST,
        lambda f: turn(f, lambda d: d["consequence"]["appeal"]["granted"].update(value=0.61)),
    ),
    "another digest": (MARK, DIGEST, lambda f: edit(f, lambda d: d.update(digest="0" * 64))),
    "another digest of the tables": (MARK, DIGEST, lambda f: edit(f, lambda d: d.update(tables_digest="0" * 64))),
    "a table that is none": ("tables/trips.parquet", "holds no rows", lambda f: spoil(f, "trips")),
}


@pytest.mark.parametrize("what", CONSISTENT)
def test_a_change_is_refused_even_if_the_list_agrees(copied: Path, report: Command, what: str) -> None:
    named, because, change = CONSISTENT[what]
    change(copied)
    check_refused(report, copied, named, because)


def test_an_input_that_was_replaced_is_refused(tmp_path: Path, report: Command) -> None:
    """Real streets and a list of cameras, each replaced by another one that would do as well."""
    files = {"streets": tmp_path / "cross.osm", "cameras": tmp_path / "cameras.csv"}
    files["streets"].write_bytes(CROSS)
    files["cameras"].write_text("lon,lat\n24.931,60.17\n", encoding="utf-8")
    changes = {"town.kind": "streets", "town.streets.file": "cross.osm", "sensing.cameras.kind": "file"}
    scenario = town(people=40, days=1, changes={**LOUD, **changes, "sensing.cameras.file": "cameras.csv"})
    write_folder(run_scenario(scenario, SEED, files=files), tmp_path / "run")
    given = (tmp_path / "run", *(word for name, path in files.items() for word in (f"--{name}", path)))
    for name, (old, new) in {"streets": ("residential", "unclassified"), "cameras": ("60.17", "60.17001")}.items():
        before = files[name].read_text(encoding="utf-8")
        files[name].write_text(before.replace(old, new), encoding="utf-8")
        code, said = report(*given)
        assert (code, said.startswith(f"glasstown: {files[name]}: the {name} file is not the one")) == (
            BAD_FILE,
            True,
        ), said
        files[name].unlink()
        code, said = report(*given)
        assert code == BAD_FILE, said
        assert str(files[name]) in said
        files[name].write_text(before, encoding="utf-8")
    assert report(*given)[0] == 0


def test_days_that_are_not_lived_again_are_trusted_to_their_digests(copied: Path) -> None:
    """The law lives one day again, not all: this is what it costs to be fooled, the list must be made to agree."""
    others = [day for day in range(run().scenario.days) if day != DAY]
    alter(copied, "trips", "depart_minute", others[-1])
    assert replay(copied, {})["digest"] == run().digest


def test_the_day_lived_again_depends_on_the_seed() -> None:
    days = {int(Key.from_seed(seed)("replay").below(28, 0)[0]) for seed in range(100)}
    assert len(days) > 20


# ------------------------------------------------------------------ the doors
def public(module: Any) -> list[Callable[..., Any]]:
    """List every function that people can call, methods of public classes included."""
    found: list[Callable[..., Any]] = []
    for name in getattr(module, "__all__", None) or [n for n in vars(module) if not n.startswith("_")]:
        thing = getattr(module, name)
        if inspect.isfunction(thing):
            found.append(thing)
        elif inspect.isclass(thing) and thing.__module__.startswith("glasstown"):
            found += [f for n, f in vars(thing).items() if inspect.isfunction(f) and not n.startswith("_")]
    return found


def takes_tables(function: Callable[..., Any]) -> list[str]:
    """Return the parameters through which rows could come in."""
    names = {"Path": Path, "Sequence": typing.Sequence, "Mapping": typing.Mapping, "pyarrow": pa, "api": gt.api}
    hints = typing.get_type_hints(function, localns=names)
    return [name for name, kind in hints.items() if name != "return" and (tables_in(kind) or kind is pa.Table)]


def test_no_public_function_takes_rows_in() -> None:
    functions = [*public(gt), *public(cli)]
    assert {"run", "load", "frame", "report", "rerun"} <= {f.__name__ for f in functions}
    assert not {f.__name__: bad for f in functions if (bad := takes_tables(f))}


def test_a_function_that_takes_rows_in_would_be_noticed() -> None:
    def one(people: gt_tables.People) -> None: ...
    def two(rows: list[gt_tables.Habits], n: int) -> None: ...
    def three(frame: pa.Table) -> None: ...
    def fine(people: int, streets: Path) -> gt_tables.People: ...

    assert [bool(takes_tables(f)) for f in (one, two, three, fine)] == [True, True, True, False]


def made_frames(text: str) -> list[str]:
    """Return the functions of a module in which columns become Arrow tables or another library's frames."""
    makers = {"from_arrays", "from_pydict", "from_pandas", "from_pylist", "to_pandas", "DataFrame", "from_numpy_dtype"}
    return [
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
        and makers
        & {getattr(c.func, "attr", getattr(c.func, "id", "")) for c in ast.walk(node) if isinstance(c, ast.Call)}
    ]


def test_tables_leave_through_frame() -> None:
    """Only `Table.frame` makes Arrow tables, of single columns; what writes Parquet writes what `frame` gave."""
    found = {path.as_posix(): made for path, text in modules() if (made := made_frames(text))}
    assert found == {"core/columns.py": ["arrow", "frame"]}
    users = {path.as_posix() for path, text in modules() if "arrow" in called(text)}
    assert users == {"core/columns.py", "study/rows.py"}, "rows get their day and community"
    writers = {path.as_posix() for path, text in modules() if "write_table" in called(text)}
    assert writers == {"report/folder.py"}


def test_another_door_would_be_noticed() -> None:
    assert made_frames("def leak(t):\n    return pa.Table.from_pydict({'person': t.person})") == ["leak"]
    assert made_frames("def f(t):\n    return t.frame()") == []


def test_every_column_that_leaves_says_who_may_see_it() -> None:
    lived = gt.Run(run())
    for name in ("alerts", "people", "ledger", "footage", "dossiers"):
        frame = lived.frame(name)
        for field in frame.schema:
            assert field.metadata[b"seen_by"] in (b"system", b"nobody"), (name, field.name)
            assert field.metadata[b"unit"]
    assert lived.frame("alerts").schema.field("person").metadata[b"seen_by"] == b"nobody"
    assert isinstance(lived.lived.tables["people"], Table)
