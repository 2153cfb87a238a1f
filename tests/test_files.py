"""What a person sees of long work and of the disk: an honest remaining time, and files that are whole or not there."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from glasstown.core import files
from glasstown.core import progress as progress_module
from glasstown.core.errors import BAD_FILE, Problem
from glasstown.core.files import check_place, file_digest, hold, let_go, sweep, whole_folder, write_whole
from glasstown.core.progress import Progress
from tests.mishaps import disk


# ---------------------------------------------------------------- progress
class Clock:
    """A clock that tells what it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Closed(io.StringIO):
    def write(self, text: str) -> int:
        raise ValueError("I/O operation on closed file")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(progress_module, "time", made)
    return made


def test_the_remaining_time_is_that_of_the_pace_and_counts_down(clock: Clock) -> None:
    """28 seconds were foreseen; twenty of them took ten, so the other eight take four, told until they are over."""
    with Progress(io.StringIO()) as progress:
        assert progress.line(clock.now) == "starting"
        progress("building", 0, 28)
        assert progress.line(clock.now) == "building, about 28 s left"
        clock.now += 10
        progress("living", 20, 28)
        told = [progress.line(clock.now + later) for later in (0, 1, 3, 4, 9)]
        assert told[:3] == [f"living, about {left} s left" for left in (4, 3, 1)]
        assert told[3:] == ["living, taking longer than expected"] * 2


@pytest.mark.parametrize(
    ("left", "words"), [(0.2, "1 s"), (89, "89 s"), (90, "2 min"), (5_000, "83 min"), (90_720, "25.2 h")]
)
def test_long_times_are_told_in_minutes_and_hours(clock: Clock, left: float, words: str) -> None:
    with Progress(io.StringIO()) as progress:
        clock.now += left
        progress("living", 1, 2)
        assert progress.line(clock.now) == f"living, about {words} left"


def test_short_work_says_nothing() -> None:
    out = io.StringIO()
    with Progress(out) as progress:
        for done in range(10):
            progress("living", done, 10)
    assert out.getvalue() == ""


@pytest.mark.parametrize("kind", [io.StringIO, Terminal, Closed])
def test_long_work_is_told_and_a_terminal_is_left_clean(
    kind: type[io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_module, "QUIET_SECONDS", 0.01)
    out = kind()
    with Progress(out) as progress:
        progress("living", 0, 10)
        deadline = time.monotonic() + 10
        while "living" not in out.getvalue() and time.monotonic() < deadline and kind is not Closed:
            time.sleep(0.01)
    told = out.getvalue()
    if kind is Terminal:
        assert "\n" not in told
        assert re.search("^\r(starting +\r)?living, about 10 s left ", told)
        assert re.search("\r +\r$", told)
    else:
        assert told.removeprefix("starting\n") == ("" if kind is Closed else "living, about 10 s left\n")


# ---------------------------------------------------------------- files
def left_over(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_a_file_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.txt"
    write_whole(file, b"one")
    write_whole(file, b"two")
    assert file.read_bytes() == b"two"
    assert file_digest(file) == "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3"

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Problem, match="No space left") as told:
        write_whole(file, b"three")
    assert told.value.code == BAD_FILE
    assert file.read_bytes() == b"two"
    assert left_over(tmp_path) == ["a.txt"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for broken in (lambda: file_digest(tmp_path / "no"), lambda: write_whole(tmp_path / "no" / "way", b"")):
        with pytest.raises(Problem, match="No such file") as told:
            broken()
        assert told.value.code == BAD_FILE


def test_a_folder_is_replaced_whole_and_only_if_it_is_ours(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "run"
    for name in ("metrics.json", "report.html"):
        with whole_folder(place, "run.json") as beside:
            assert beside != place
            (beside / "run.json").write_text(json.dumps({"run_schema": 1, "files": {name: ""}}))
            (beside / name).touch()
    assert left_over(place) == ["report.html", "run.json"]
    assert left_over(place.parent) == ["run"]
    (tmp_path / "empty").mkdir()
    with whole_folder(tmp_path / "empty", "run.json") as beside:
        (beside / "run.json").touch()
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "thesis.txt").touch()
    for place in (theirs, theirs / "thesis.txt"):
        with pytest.raises(Problem, match="something else") as told, whole_folder(place, "run.json"):
            pass
        assert told.value.code == BAD_FILE
    assert left_over(theirs) == ["thesis.txt"]


@pytest.mark.parametrize("error", [OSError(28, "No space left"), KeyboardInterrupt(), ValueError("x")])
def test_a_folder_that_was_not_finished_leaves_the_old_one(tmp_path: Path, error: BaseException) -> None:
    place = tmp_path / "run"
    with whole_folder(place, "run.json") as beside:
        (beside / "run.json").write_text("old")

    def fill() -> None:
        with whole_folder(place, "run.json") as beside:
            (beside / "run.json").write_text("new")
            raise error

    with pytest.raises((Problem, KeyboardInterrupt, ValueError)):
        fill()
    assert (place / "run.json").read_text() == "old"
    assert left_over(tmp_path) == ["run"]


def test_a_place_is_tried_before_the_work_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "inside" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "inside" / "deep")
    places = {
        "file": "something else",
        "file/run": "not a folder",
        "inside": "something else",
        "inside/deep": "you are in",
    }
    for place, words in places.items():
        with pytest.raises(Problem, match=words) as told:
            check_place(tmp_path / place, "run.json")
        assert told.value.code == BAD_FILE
        assert "--out DIR" in told.value.todo
    check_place(tmp_path / "new" / "and" / "deeper", "run.json")
    assert left_over(tmp_path) == ["file", "inside"]


@pytest.mark.parametrize("inside", [(), ("run.json",)], ids=["empty", "with a run"])
def test_a_mount_is_refused_before_the_work_begins(tmp_path: Path, inside: tuple[str, ...]) -> None:
    """A run could not take its place: it would be lived, and could never be saved."""
    place = tmp_path / "a disk"
    with disk(place):
        for name in inside:
            (place / name).touch()
        with pytest.raises(Problem, match="mounted there") as told, whole_folder(place, "run.json"):
            pytest.fail("the work has begun")
        assert told.value.code == BAD_FILE
        assert f"--out {place}/NAME" in told.value.todo
        assert left_over(place) == [*inside]
        with whole_folder(place / "NAME", "run.json") as beside:
            (beside / "run.json").touch()
        assert left_over(place) == ["NAME", *inside]
    assert left_over(tmp_path) == ["a disk"]
    check_place(place, "run.json")


def test_a_folder_of_the_same_disk_that_is_mounted_is_a_mount_too(tmp_path: Path) -> None:
    """As by `mount --bind`, or a volume of a container: the disk's number alone does not tell."""
    (tmp_path / "far").mkdir()
    with disk(tmp_path / "near", "--bind", str(tmp_path / "far")), pytest.raises(Problem, match="mounted there"):
        check_place(tmp_path / "near", "run.json")


def test_the_root_of_all_is_no_place() -> None:
    with pytest.raises(Problem, match="mounted there") as told:
        check_place(Path("/"), "run.json")
    assert told.value.todo == "name a folder in it: --out /NAME"


def test_what_a_killed_run_left_behind_is_swept_away(tmp_path: Path) -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    for name in (f".run.{int(gone.stdout)}.part", f".run.{os.getppid()}.part", ".other.1.part"):
        (tmp_path / name).mkdir()
    with whole_folder(tmp_path / "run", "run.json") as beside:
        (beside / "run.json").touch()
    assert left_over(tmp_path) == sorted([f".run.{os.getppid()}.part", ".other.1.part", "run"])


def test_what_a_process_of_the_same_number_left_behind_is_swept_away(tmp_path: Path) -> None:
    """As in a container, where the program is the first process each time."""
    (tmp_path / f".run.{os.getpid()}.part" / "tables").mkdir(parents=True)
    with whole_folder(tmp_path / "run", "run.json") as beside:
        assert left_over(beside) == []
        (beside / "run.json").touch()
    assert left_over(tmp_path) == ["run"]


def test_what_another_process_fills_stays_whatever_its_number(tmp_path: Path) -> None:
    """As where two containers share a disk: the number of one is nobody's in the other."""
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    theirs = tmp_path / f".run.{int(gone.stdout)}.part"
    theirs.mkdir()
    held = hold(theirs)
    assert held is not None
    sweep(tmp_path / "run")
    assert left_over(tmp_path) == [theirs.name]
    let_go(held)
    sweep(tmp_path / "run")
    assert left_over(tmp_path) == []


def test_a_folder_is_held_while_it_is_filled(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "run", "run.json") as beside:
        assert hold(beside) is None
        (beside / "run.json").touch()
    held = hold(tmp_path / "run")
    assert held is not None
    let_go(held)


def test_what_somebody_puts_there_meanwhile_stays(tmp_path: Path) -> None:
    place = tmp_path / "run"

    def fill() -> None:
        with whole_folder(place, "run.json") as beside:
            (beside / "run.json").touch()
            place.mkdir()
            (place / "thesis.txt").touch()

    with pytest.raises(Problem, match="something else"):
        fill()
    assert left_over(place) == ["thesis.txt"]
    assert left_over(tmp_path) == ["run"]


@pytest.mark.parametrize(("code", "goes_on"), [(errno.ENOLCK, True), (errno.EOPNOTSUPP, True), (errno.EIO, False)])
def test_disks_that_cannot_hold_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, *, goes_on: bool
) -> None:
    """As some network disks: a folder is filled there all the same; what else goes wrong is told."""

    def fails(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    def fill() -> None:
        with whole_folder(tmp_path / "run", "run.json") as beside:
            (beside / "run.json").touch()

    monkeypatch.setattr(files.fcntl, "flock", fails)
    if goes_on:
        fill()
    else:
        with pytest.raises(Problem, match=os.strerror(code)):
            fill()
    assert left_over(tmp_path) == (["run"] if goes_on else [])
