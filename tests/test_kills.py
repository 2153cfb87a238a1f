"""A run that is killed loses at most a day, leaves nothing half-written in sight, and goes on to the same bytes.

Smallest error noticed: one point at which the package writes, syncs or renames where a kill leaves a visible file that
is not whole, a journal that is refused, another digest, or more than one finished community-day to be lived again.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from glasstown.report.folder import check_files
from tests.conftest import started
from tests.trials import RUN, Ended, Fault, Trials
from tests.worlds import LOUD

TURNED = tuple(word for path, value in LOUD.items() for word in ("--set", f"{path}={value}"))
SHORT = (*RUN, *TURNED)
LONG = (*SHORT, "--replicates", "2")
LIVES = 3
# What is done how often by the run of `LONG`, its folder included: at least so much, or points are missed.
FEWEST = {"write": 50, "fsync": 100, "rename": 50}


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
    assert again <= 2 + LIVES, "a finished day, one that was under way, and one of each life to test the journal"
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


A_DOZEN = [
    *(Fault("write", k, "kill half-way") for k in (1, 2, 5, 12, 17)),
    *(Fault("fsync", k, "kill before") for k in (2, 12, 30)),
    *(Fault("rename", k, "kill before") for k in (3, 16)),
    *(Fault("rename", k, "kill after") for k in (2, 18)),
]


@pytest.mark.parametrize("fault", A_DOZEN, ids=lambda f: f"{f.how} {f.kind} {f.k}")
def test_a_dozen_kills(trials: Trials, short: Ended, tmp_path: Path, fault: Fault) -> None:
    killed(trials, tmp_path / "runs" / "x", fault, short, words=SHORT, save=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "how"),
    [("write", "kill half-way"), ("fsync", "kill before"), ("rename", "kill before"), ("rename", "kill after")],
)
def test_a_kill_at_every_point(trials: Trials, undisturbed: Ended, tmp_path: Path, kind: str, how: str) -> None:
    n = undisturbed.counts[kind]
    assert n >= FEWEST[kind]
    for k in range(1, n + 1):
        killed(trials, tmp_path / f"{k}" / "x", Fault(kind, k, how), undisturbed)


@pytest.mark.slow
def test_kills_at_random_instants(trials: Trials, undisturbed: Ended, tmp_path: Path) -> None:
    """Runs that are killed up to six times, while they go on too, and then finish: 100 kills in all."""
    draw, kills = np.random.default_rng(7), 0
    while kills < 100:
        root = tmp_path / str(kills)
        place, words, code = root / "x", (*LONG, "--out", str(root / "x")), -1
        for after_s in (*draw.uniform(0.02, 0.8, 6), 0.0):
            ended = trials.run(words, root, after_s=float(after_s), save=after_s == 0)
            assert ended.code in (0, -signal.SIGKILL), ended
            code, kills = ended.code, kills + (ended.code != 0)
            check_in_sight(place)
            if (root / ".x.unfinished").exists():
                words = ("resume", str(place), "--threads", "1", "--json")
            if code == 0:
                break
        assert code == 0
        assert ended.digest == undisturbed.digest


@pytest.mark.slow
@pytest.mark.parametrize("how", ["kill before", "kill after"])
def test_a_finished_run_that_was_there_before(
    trials: Trials, undisturbed: Ended, tmp_path: Path, how: str
) -> None:
    """The old folder is there until the new one is, but for the instant between two renames; then it comes back."""
    place = tmp_path / "runs" / "x"
    short = ("run", "newtown", "--people", "20", "--days", "1", "--threads", "1", "--json", "--out", str(place))
    old = trials.run(short, place.parent).digest
    renames = undisturbed.counts["rename"]
    for k in (1, 5, renames - 3, renames - 2, renames - 1, renames, renames + 1):
        ended = trials.run((*LONG, "--out", str(place)), place.parent, Fault("rename", k, how))
        assert ended.code == -signal.SIGKILL, k
        check_in_sight(place)
        assert not place.exists() or check_files(place)["digest"] in (old, undisturbed.digest)
        check_goes_on(trials, place, ended.lived, undisturbed, save=True)
        assert trials.run(short, place.parent).digest == old


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_asked_to_end_it_says_how_to_go_on(trials: Trials, tmp_path: Path, number: int, code: int) -> None:
    place = tmp_path / "ru ns" / "x"
    ended = trials.run((*SHORT, "--days", "2000", "--out", str(place)), place.parent, after_s=0.5, end=number)
    assert ended.code == code, ended
    assert ended.out == ""
    assert ended.err.endswith(f"\n  to go on from what was lived: glasstown resume '{place}'\n")
    check_in_sight(place)


@pytest.mark.slow
def test_replicates_in_processes_of_their_own_end_and_go_on(tmp_path: Path) -> None:
    """As people type it, in the folder where they are: kill -9 in the middle of the replicates, then resume."""
    words = ["--people", "3000", "--days", "8", "--replicates", "5", "--threads", "2", "--json"]
    whole = started("run", *words, "--out", "whole", cwd=tmp_path)
    expected = json.loads(whole.communicate(timeout=600)[0])
    process = started("run", *words, cwd=tmp_path)
    deadline = time.monotonic() + 300
    while not list(tmp_path.glob("runs/.newtown-seed1.unfinished/replicate-3/*.night.block")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    process.communicate()
    unfinished = tmp_path / "runs" / ".newtown-seed1.unfinished"
    assert list(unfinished.glob("replicate-*/estimates.block"))
    while True:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            break
        assert time.monotonic() < deadline, "those it has started live on"
        time.sleep(0.1)
    again = started("resume", "runs/newtown-seed1", "--threads", "2", "--json", cwd=tmp_path)
    found = json.loads(again.communicate(timeout=600)[0])
    assert found["digest"] == expected["digest"]
    assert found["metrics"] == expected["metrics"]
    assert os.listdir(tmp_path / "runs") == ["newtown-seed1"]
