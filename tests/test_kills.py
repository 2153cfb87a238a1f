"""A run that is killed loses at most a day, leaves nothing half-written in sight, and goes on to the same bytes.

Smallest error noticed: one point at which the package writes, syncs or renames where a kill leaves a visible file that
is not whole, a journal that is refused, another digest, or more than one finished community-day to be lived again.
"""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from glasstown.report.folder import check_files
from tests.conftest import started
from tests.mishaps import LONG, check_goes_on, check_in_sight, killed
from tests.mishaps import trials as trials
from tests.mishaps import undisturbed as undisturbed
from tests.trials import Ended, Fault, Trials

# What is done how often by the run of `LONG`, its folder included: at least so much, or points are missed.
FEWEST = {"write": 50, "fsync": 100, "rename": 50}


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
@pytest.mark.parametrize(("threads", "most"), [("1", 300), ("2", 100)])
def test_kills_at_random_instants(
    trials: Trials, undisturbed: Ended, tmp_path: Path, threads: str, most: int
) -> None:
    """Runs that are killed up to six times, while they go on too, and then finish: 400 kills in all."""
    draw, kills, said = np.random.default_rng(7), 0, LONG.index("--threads") + 1
    while kills < most:
        root = tmp_path / str(kills)
        place, unfinished = root / "x", root / ".x.unfinished"
        words: tuple[str, ...] = (*LONG[:said], threads, *LONG[said + 1 :], "--out", str(place))
        for after_s in (*draw.uniform(0.02, 0.8, 6).tolist(), 0.0):
            ended = trials.run(words, root, after_s=after_s)
            assert ended.code in (0, -signal.SIGKILL), ended
            kills += ended.code != 0
            check_in_sight(place)
            if unfinished.exists():
                words = ("resume", str(place), "--threads", threads, "--json")
            elif place.exists():
                break
        assert os.listdir(root) == ["x"]
        assert check_files(place)["digest"] == undisturbed.digest


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
