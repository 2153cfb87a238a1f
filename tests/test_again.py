"""A run lived again beside its folder: what was changed there is named, even by somebody who made the list agree.

Smallest error noticed: one number of metrics.json in its ninth digit, one value of one table, one letter of the page,
one note; and one file that was given and not read.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import glasstown as gt
from glasstown.core.errors import BAD_FILE, BAD_INPUT
from glasstown.core.files import file_digest
from glasstown.report import again
from glasstown.report.folder import MARK, PAGE
from tests.conftest import Command
from tests.nations import loud
from tests.odd_files import CROSS
from tests.worlds import LOUD


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("again") / "run"
    gt.run("newtown", 3, people=200, days=2, replicates=2, settings=LOUD, out=place)
    return place


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("again") / "nation"
    gt.run(loud(days=61), 3, threads=1, out=place)
    return place


@pytest.fixture
def copied(small: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small, tmp_path / "copied"))


def change(file: Path, to: Callable[[Any], Any]) -> None:
    """Change a JSON file of a folder, and make the list agree."""
    document = json.loads(file.read_text(encoding="utf-8"))
    to(document)
    file.write_text(json.dumps(document), encoding="utf-8")
    if file.name != MARK:
        agree(file)


def agree(file: Path) -> None:
    folder = file.parent.parent if file.parent.name == "tables" else file.parent
    name, digest = file.relative_to(folder).as_posix(), file_digest(file)
    change(folder / MARK, lambda d: d["files"].update({name: digest}))


def estimate(part: str, name: str, by: str | None = None) -> Callable[[Any], Any]:
    """Find an estimate in a document that was read."""
    return lambda d: next(
        e
        for e in (d[part] if part == "metrics" else next(iter(d[part].values())))
        if (e["name"], e["by"]) == (name, by)
    )


def nudge(key: str, part: str = "metrics", name: str = "searches", by: str | None = None) -> Callable[[Path], None]:
    """Change one number of an estimate in its ninth digit."""

    def to(folder: Path) -> None:
        find = estimate(part, name, by)
        change(folder / "metrics.json", lambda d: find(d).update({key: find(d)[key] * (1 + 1e-8) + 1e-8}))

    return to


def without_a_column(folder: Path) -> None:
    path = folder / "tables" / "tallies.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["trips"]), path)
    agree(path)


def another_value(folder: Path) -> None:
    path = folder / "tables" / "trips.parquet"
    frame = pq.read_table(path)
    at, values = frame.schema.get_field_index("depart_minute"), frame["depart_minute"].to_pylist()
    values[-1] += 1
    pq.write_table(frame.set_column(at, frame.schema.field(at), pa.array(values, frame.schema.field(at).type)), path)
    agree(path)


def another_table(folder: Path) -> None:
    path = folder / "tables" / "more.parquet"
    shutil.copy(folder / "tables" / "trips.parquet", path)
    agree(path)


def no_table(folder: Path) -> None:
    change(folder / MARK, lambda d: d["files"].pop("tables/trips.parquet") and None)


def on_the_page(old: str, new: str) -> Callable[[Path], None]:
    def to(folder: Path) -> None:
        text = (folder / PAGE).read_text(encoding="utf-8")
        assert old in text
        (folder / PAGE).write_text(text.replace(old, new, 1), encoding="utf-8")

    return to


def another_csv(folder: Path) -> None:
    (folder / "metrics.csv").write_bytes((folder / "metrics.csv").read_bytes().replace(b"people", b"folk", 1))
    agree(folder / "metrics.csv")


CHANGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a value": (nudge("value"), "metrics.json: searches: value "),
    "the end of a range": (nudge("range_high"), "metrics.json: searches: range_high "),
    "a group": (nudge("low", by="group"), "metrics.json: searches (group a): low "),
    "nobody watches": (
        nudge("value", "counterfactual", "trips_per_person_day"),
        "metrics.json: trips_per_person_day where nobody watches: value ",
    ),
    "a quantity more": (
        lambda f: change(f / "metrics.json", lambda d: d["metrics"].append({**d["metrics"][0], "name": "luck"})),
        "metrics.json: luck is no quantity of this run",
    ),
    "a quantity less": (
        lambda f: change(f / "metrics.json", lambda d: d["metrics"].pop(0)),
        "metrics.json: people_searched is not there",
    ),
    "a table for a terminal": (another_csv, "metrics.csv: it is not what metrics.json says"),
    "a value of a table": (another_value, "tables/trips.parquet: 'depart_minute'"),
    "a column less": (without_a_column, "tables/tallies.parquet: it has other columns or rows"),
    "a table more": (another_table, "tables/more.parquet: it is no table of this run"),
    "a table less": (no_table, "tables/trips.parquet: it is not there"),
    "a word of the page": (on_the_page("Newtown", "Newton"), "report.html: it is not the page of this run"),
    "a picture": (on_the_page("</svg>", "<g></g></svg>"), "report.html: a picture"),
    "a note": (lambda f: change(f / MARK, lambda d: d["notes"].update(km=1.0)), "run.json: 'notes'"),
    "a signature": (lambda f: change(f / MARK, lambda d: d["signatures"][0].__setitem__(2, "0")), "run.json: 'sign"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_changed_is_named(copied: Path, command: Command, what: str) -> None:
    make, words = CHANGES[what]
    make(copied)
    said = command("rerun", copied)
    assert said.code == 1, said.err
    first, *others = said.out.splitlines()
    assert first.startswith("same digest: ")
    assert any(line.startswith(f"DIFFERENT: {words}") for line in others), said.out


def test_a_count_is_the_same_or_not() -> None:
    """Also where one more is less than a billionth of it."""
    for n in (3_000_000_000, 3_000_000_001):
        assert again._same(n, 3_000_000_000) == (n == 3_000_000_000)
    assert again._same(0.1 + 0.2, 0.3)


def test_a_run_is_not_repeated_over_itself(copied: Path, command: Command) -> None:
    """It would be compared with itself, and what was changed in it be gone."""
    nudge("value")(copied)
    before = (copied / "metrics.json").read_bytes()
    said = command("rerun", copied, "--out", copied.parent / "." / copied.name)
    assert (said.code, said.out) == (2, "")
    assert "take the place of the run" in said.err
    assert (copied / "metrics.json").read_bytes() == before


def test_what_rightly_differs_is_not_named(copied: Path, command: Command) -> None:
    """Times, memory, threads, machine and libraries, where the folder lies, and a page that was written again."""
    assert command("report", copied).code == 0
    other = {"threads": 7, "peak_memory_mb": 1.0, "python": "2.7", "resumed": True}
    change(copied / MARK, lambda d: d.update(other) or d["timings"].update(build_s=9.0))
    assert command("report", copied).code == 0
    said = command("rerun", copied, "--threads", "2")
    assert (said.code, len(said.out.splitlines())) == (0, 1), said.out


def test_a_page_of_another_version_is_not_compared(copied: Path, command: Command) -> None:
    change(copied / MARK, lambda d: d.update(glasstown="0.0.9"))
    on_the_page("Newtown", "Newton")(copied)
    assert command("rerun", copied).code == 0


def test_much_that_differs_is_counted(copied: Path, command: Command) -> None:
    change(copied / "metrics.json", lambda d: [e.update(n=e["n"] + 1) for e in d["metrics"]] and None)
    said = command("rerun", copied)
    assert said.code == 1
    lines = said.out.splitlines()
    assert len(lines) == 22
    assert lines[-1].startswith("and ")


# ------------------------------------------------------------------ what run.json says of a run
@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("notes", value) for value in (None, True, [1], {"a": 1}, 10**400)),
        *(("timings", value) for value in ("1", None, True, [1.0], 10**400)),
        *(("not_kept", value) for value in ("1", 1.5, None)),
        *((name, value) for name in ("versions", "machine") for value in (1, None, ["x"])),
    ],
    ids=lambda value: str(value)[:20],
)
def test_odd_parts_of_the_list_are_refused_with_a_sentence(
    copied: Path, command: Command, key: str, value: object
) -> None:
    change(copied / MARK, lambda d: d[key].update(odd=value))
    for name in ("report", "rerun"):
        said = command(name, copied)
        assert said.code == BAD_FILE
        assert said.err.startswith(f"glasstown: {copied / MARK}: its '{key}' is not what a run writes"), said.err


@pytest.mark.parametrize(
    ("key", "value"),
    [("name", 3), ("by", [1, 2]), ("group", {"a": 1}), ("value", "3"), ("high", True), ("n", 1.5), ("n", None)],
)
def test_odd_parts_of_an_estimate_are_refused_with_a_sentence(
    copied: Path, command: Command, key: str, value: object
) -> None:
    change(copied / "metrics.json", lambda d: d["metrics"][0].update({key: value}))
    said = command("rerun", copied)
    assert said.code == BAD_FILE
    assert said.err.startswith(f"glasstown: {copied / 'metrics.json'}: it holds no estimates"), said.err


def test_a_name_that_no_file_can_have_is_refused(copied: Path, command: Command) -> None:
    change(copied / MARK, lambda d: d["files"].update({"a\0b": "x"}))
    said = command("report", copied)
    assert (said.code, "its 'files' is not what a run writes" in said.err) == (BAD_FILE, True)


def test_how_many_people_were_simulated_is_not_taken_from_the_list(
    country: Path, tmp_path: Path, command: Command
) -> None:
    """The page scales what it shows of each month by it."""
    copied = Path(shutil.copytree(country, tmp_path / "copied"))
    assert command("report", copied).code == 0
    change(copied / MARK, lambda d: d["notes"].update(people_simulated=60))
    page = (copied / PAGE).read_bytes()
    said = command("report", copied)
    assert said.code == BAD_FILE
    assert said.err.startswith(f"glasstown: {copied / MARK}: its notes are not those of what the run stands on")
    assert (copied / PAGE).read_bytes() == page
    said = command("rerun", copied)
    assert (said.code, "DIFFERENT: run.json: 'notes'" in said.out) == (1, True)


# ------------------------------------------------------------------ files that the run did not read
@pytest.mark.parametrize("name", ["rerun", "report"])
@pytest.mark.parametrize("option", ["streets", "cameras"])
def test_a_file_that_the_run_did_not_read_is_refused(
    small: Path, tmp_path: Path, command: Command, name: str, option: str
) -> None:
    file = tmp_path / "cross.osm"
    file.write_bytes(CROSS)
    said = command(name, small, f"--{option}", file)
    assert said.code == BAD_INPUT
    assert said.err.startswith(f"glasstown: --{option} {file}: the run read no {option} file\n")
    assert f"leave --{option} out" in said.err
