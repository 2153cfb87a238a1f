"""A disk that fails ends a run with code 74 and a sentence, leaves nothing half-written in sight, and the run goes on.

Smallest error noticed: one point at which the package opens, writes, syncs, renames or makes something below the place
of a run where an error of the disk gives another code, a traceback, a visible file that is not whole, or another digest
afterwards.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from glasstown.core.errors import BAD_FILE, BAD_INPUT
from tests.repository import ROOT
from tests.test_kills import LONG, SHORT, check_goes_on, check_in_sight
from tests.test_kills import short as short
from tests.test_kills import trials as trials
from tests.test_kills import undisturbed as undisturbed
from tests.trials import KINDS, Ended, Fault, Trials

ERRORS = {"ENOSPC": "No space left on device", "EIO": "Input/output error", "EMFILE": "Too many open files"}


def failed(
    trials: Trials, place: Path, fault: Fault, undisturbed: Ended, *, words: tuple[str, ...] = LONG, save: bool = True
) -> None:
    """Let one thing fail, and go on."""
    ended = trials.run((*words, "--out", str(place)), place.parent, fault, save=save)
    assert ended.code == BAD_FILE, (fault, ended)
    assert "Traceback" not in ended.err
    assert ERRORS[fault.how] in ended.err, ended.err
    assert ended.out == ""
    if (place.parent / f".{place.name}.unfinished").exists():
        assert ended.err.endswith(f"to go on from what was lived: glasstown resume {place}\n"), (fault, ended.err)
    check_goes_on(trials, place, ended.lived, undisturbed, words=words)


SOME = [
    Fault("open", 1, "EIO"),
    Fault("open", 20, "EMFILE"),
    Fault("write", 6, "ENOSPC", lasting=True),
    Fault("fsync", 9, "EIO"),
    Fault("rename", 12, "ENOSPC"),
]


@pytest.mark.parametrize("fault", SOME, ids=lambda f: f"{f.how} {f.kind} {f.k}")
def test_some_errors(trials: Trials, short: Ended, tmp_path: Path, fault: Fault) -> None:
    failed(trials, tmp_path / "runs" / "x", fault, short, words=SHORT, save=False)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_an_error_at_every_point(trials: Trials, undisturbed: Ended, tmp_path: Path, kind: str) -> None:
    """Each point fails once: the three errors take turns, and so do one failure and a disk that stays broken."""
    n = undisturbed.counts[kind]
    assert n >= (5 if kind == "mkdir" else 50)
    for k in range(1, n + 1):
        how = list(ERRORS)[k % 3]
        failed(trials, tmp_path / f"{k}" / "x", Fault(kind, k, how, lasting=k % 2 == 0), undisturbed)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Mount a disk of so many bytes on a folder; skip where that is not allowed."""
    folder.mkdir()
    try:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, text=True
        )
    except OSError as error:
        pytest.skip(f"no disk can be mounted here: {error}")
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def check_full_disk(trials: Trials, folder: Path, size: str, undisturbed: Ended, words: tuple[str, ...]) -> int:
    """Fill a small disk, enlarge it, go on; return how many days were lived before it was full."""
    with small_disk(folder, size):
        place = folder / "x"
        ended = trials.run((*words, "--out", str(place)), folder)
        assert ended.code in (BAD_FILE, 0), ended.err
        check_in_sight(place)
        if ended.code:
            assert "No space left on device" in ended.err
            subprocess.run(["mount", "-o", "remount,size=64m", str(folder)], check=True)
            check_goes_on(trials, place, ended.lived, undisturbed, words=words, save=True)
        assert os.listdir(folder) == ["x"]
        return ended.lived


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a disk in memory")
def test_a_small_disk_that_is_full(trials: Trials, short: Ended, tmp_path: Path) -> None:
    assert 0 < check_full_disk(trials, tmp_path / "disk", "300k", short, SHORT) < short.lived


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="mounts a disk in memory")
def test_disks_of_many_sizes(trials: Trials, undisturbed: Ended, tmp_path: Path) -> None:
    """From one that holds nothing, over one that holds the folder, but not beside the journal, to one that is large."""
    lived = [
        check_full_disk(trials, tmp_path / f"{pages}", f"{4 * pages}k", undisturbed, LONG)
        for pages in (1, 4, 9, 16, 30, 50, 80, 120, 170, 230, 300, 400, 600, 900, 1300, 4000)
    ]
    assert len(set(lived)) > 5, "they are full at different times"


@pytest.mark.slow
def test_too_few_open_files(tmp_path: Path) -> None:
    """The system itself refuses: wherever that is, it is said in a sentence."""
    for limit in (4, 5, 6, 7, 9, 12, 15, 18, 24, 40):
        code = "import resource, sys; from glasstown.cli import main; "
        code += f"resource.setrlimit(resource.RLIMIT_NOFILE, ({limit}, {limit})); main()"
        words = ["run", *LONG[2:6], "--days", "1", "--out", str(tmp_path / f"{limit}" / "x")]
        done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=ROOT)
        assert done.returncode in (BAD_FILE, 0), done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        check_in_sight(tmp_path / f"{limit}" / "x")


def test_too_little_memory_says_how_to_go_on(trials: Trials, tmp_path: Path) -> None:
    place = tmp_path / "runs" / "x"
    ended = trials.run((*SHORT, "--out", str(place)), place.parent, Fault("write", 6, "no memory"), save=False)
    assert ended.code == BAD_INPUT, ended
    assert ended.err.startswith("glasstown: this does not fit in the machine's memory")
    assert ended.err.endswith(f"to go on from what was lived: glasstown resume {place}\n")
