"""A dozen kills, some errors of the disk, a full disk, Ctrl-C: nothing half-written, and the same bytes in the end.

Smallest error noticed: at these points, a visible file that is not whole, a journal that is refused, another digest,
more than one finished community-day lived again, another code or no word on how to go on. All other points:
`test_kills.py` and `test_disks.py`.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from glasstown.core.errors import BAD_INPUT
from tests.mishaps import SHORT, check_full_disk, check_in_sight, failed, killed
from tests.mishaps import short as short
from tests.mishaps import trials as trials
from tests.trials import Ended, Fault, Trials

A_DOZEN = [
    *(Fault("write", k, "kill half-way") for k in (1, 2, 5, 12, 17)),
    *(Fault("fsync", k, "kill before") for k in (2, 12, 27)),
    *(Fault("rename", k, "kill before") for k in (3, 16)),
    *(Fault("rename", k, "kill after") for k in (2, 18)),
]


@pytest.mark.parametrize("fault", A_DOZEN, ids=lambda f: f"{f.how} {f.kind} {f.k}")
def test_a_dozen_kills(trials: Trials, short: Ended, tmp_path: Path, fault: Fault) -> None:
    killed(trials, tmp_path / "runs" / "x", fault, short, words=SHORT, save=False)


SOME = [Fault("open", 20, "EMFILE"), Fault("write", 6, "ENOSPC", lasting=True), Fault("fsync", 9, "EIO")]


@pytest.mark.parametrize("fault", SOME, ids=lambda f: f"{f.how} {f.kind} {f.k}")
def test_some_errors(trials: Trials, short: Ended, tmp_path: Path, fault: Fault) -> None:
    failed(trials, tmp_path / "runs" / "x", fault, short, words=SHORT, save=False)


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a disk in memory")
def test_a_small_disk_that_is_full(trials: Trials, short: Ended, tmp_path: Path) -> None:
    assert 0 < check_full_disk(trials, tmp_path / "disk", "140k", short, SHORT) < short.lived


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_asked_to_end_it_says_how_to_go_on(trials: Trials, tmp_path: Path, number: int, code: int) -> None:
    place = tmp_path / "ru ns" / "x"
    words = [*SHORT, "--out", str(place)]
    words[words.index("--days") + 1] = "2000"
    ended = trials.run(tuple(words), place.parent, once="*.night.block", end=number)
    assert ended.code == code, ended
    assert ended.out == ""
    assert ended.err.endswith(f"\n  to go on from what was lived: glasstown resume '{place}'\n")
    check_in_sight(place)


def test_too_little_memory_says_how_to_go_on(trials: Trials, tmp_path: Path) -> None:
    place = tmp_path / "runs" / "x"
    ended = trials.run((*SHORT, "--out", str(place)), place.parent, Fault("write", 6, "no memory"), save=False)
    assert ended.code == BAD_INPUT, ended
    assert ended.err.startswith("glasstown: this does not fit in the machine's memory")
    assert ended.err.endswith(f"to go on from what was lived: glasstown resume {place}\n")


def test_too_few_threads_say_how_to_go_on(trials: Trials, tmp_path: Path) -> None:
    place = tmp_path / "runs" / "x"
    ended = trials.run((*SHORT, "--out", str(place)), place.parent, Fault("write", 1, "no thread"), save=False)
    assert ended.code == BAD_INPUT, ended
    assert ended.err.startswith("glasstown: the system starts no further thread")
    assert "--threads 1" in ended.err
    assert ended.err.endswith(f"to go on from what was lived: glasstown resume {place}\n")
