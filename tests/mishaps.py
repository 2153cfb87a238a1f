"""What tests of kills and of failing disks share: a small run, how it is disturbed, and what must hold afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from glasstown.core.errors import BAD_FILE
from glasstown.report.folder import check_files
from glasstown.study.nation_stream import AHEAD
from tests.trials import IN_A_CROWD, IN_MONTHS, RUN, Ended, Fault, Trials
from tests.worlds import LOUD

TURNED = tuple(word for path, value in LOUD.items() for word in ("--set", f"{path}={value}"))
SHORT = (*RUN, *TURNED)
LONG = (*SHORT, "--replicates", "2")
LIVES = 3
ERRORS = {"ENOSPC": "No space left on device", "EIO": "Input/output error", "EMFILE": "Too many open files"}


@pytest.fixture(scope="module")
def trials() -> Iterator[Trials]:
    with Trials() as ready:
        yield ready


@pytest.fixture(scope="module")
def undisturbed(trials: Trials, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Run the small world without a disturbance, its folder written."""
    root = tmp_path_factory.mktemp("undisturbed") / "runs"
    ended = trials.run((*LONG, "--out", str(root / "x")), root)
    assert ended.code == 0, ended.err
    check_files(root / "x")
    return ended


@pytest.fixture(scope="module")
def short(trials: Trials, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Run it without replicates, its folder not written."""
    root = tmp_path_factory.mktemp("short") / "runs"
    return trials.run((*SHORT, "--out", str(root / "x")), root, save=False)


def check_in_sight(place: Path) -> None:
    """Assert that nothing is to be seen but whole run folders."""
    if place.parent.exists():
        assert [name for name in os.listdir(place.parent) if not name.startswith(".")] in ([], [place.name])
    if place.exists():
        check_files(place)


def check_goes_on(
    trials: Trials, place: Path, before: int, undisturbed: Ended, *, words: tuple[str, ...] = LONG, save: bool = False
) -> None:
    """Go on with a run of which so many community-days were lived, and compare."""
    check_in_sight(place)
    typed = ("resume", str(place), "--threads", "1", "--json")
    if not (place.parent / f".{place.name}.unfinished").exists():
        if place.exists():
            assert trials.run(typed[:2], place.parent).out.startswith("nothing is left to do")
            return
        assert before == 0, "lived, and nothing is there to go on from"
        typed = (*words, "--out", str(place))
    ended = trials.run(typed, place.parent, save=save)
    assert ended.code == 0, ended.err
    assert ended.digest == undisturbed.digest
    again = before + ended.lived - undisturbed.lived
    ahead = {IN_MONTHS[1]: AHEAD, IN_A_CROWD[1]: 3}.get(words[1], 0)
    assert again <= 2 + LIVES + ahead, "a finished day, those under way, and one of each life to test the journal"
    if save:
        check_in_sight(place)
        assert os.listdir(place.parent) == [place.name]


def killed(
    trials: Trials, place: Path, fault: Fault, undisturbed: Ended, *, words: tuple[str, ...] = LONG, save: bool = True
) -> None:
    """Kill a run at one point, and go on."""
    ended = trials.run((*words, "--out", str(place)), place.parent, fault, save=save)
    assert ended.code == -signal.SIGKILL, (fault, ended)
    check_goes_on(trials, place, ended.lived, undisturbed, words=words)


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


@contextmanager
def disk(folder: Path, *how: str) -> Generator[None]:
    """Mount a disk of its own on a folder, or what else is said; skip where that is not allowed."""
    folder.mkdir()
    typed = how or ("-t", "tmpfs", "-o", "size=64m", "tmpfs")
    try:
        done = subprocess.run(["mount", *typed, str(folder)], capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"no disk can be mounted here: {error}")
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def read_only(folder: Path, shown: Path) -> Generator[None]:
    """Show a folder at another place, where not even the administrator can write."""
    with disk(folder, "--bind", str(shown)):
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        yield


def check_full_disk(trials: Trials, folder: Path, size: str, undisturbed: Ended, words: tuple[str, ...]) -> int:
    """Let a disk become small once the run has begun, enlarge it, go on; return how many days were lived until then."""
    with disk(folder):
        place = folder / "x"
        ended = trials.run((*words, "--out", str(place)), folder, Fault("write", 1, f"disk of {size}"))
        assert ended.code in (BAD_FILE, 0), ended.err
        check_in_sight(place)
        if ended.code:
            assert "No space left on device" in ended.err
            subprocess.run(["mount", "-o", "remount,size=64m", str(folder)], check=True)
            check_goes_on(trials, place, ended.lived, undisturbed, words=words, save=True)
        assert os.listdir(folder) == ["x"]
        return ended.lived
