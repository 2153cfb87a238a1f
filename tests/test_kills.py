"""A run that is killed loses at most a day, leaves nothing half-written in sight, and goes on to the same bytes.

Smallest error noticed: one point at which the package writes, syncs or renames where a kill leaves a visible file that
is not whole, a journal that is refused, another digest, or more than one finished community-day to be lived again.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from glasstown.report.folder import check_files
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
    """Runs that are killed again and again, while they go on too, until they are finished: 100 kills in all."""
    draw, kills = np.random.default_rng(7), 0
    while kills < 100:
        root = tmp_path / str(kills)
        place, words, finished = root / "x", (*LONG, "--out", str(root / "x")), False
        while not finished:
            ended = trials.run(words, root, after_s=float(draw.uniform(0.02, 1.2)))
            finished = ended.code == 0
            kills += ended.code == -signal.SIGKILL
            assert finished or ended.code == -signal.SIGKILL, ended
            check_in_sight(place)
            if (root / ".x.unfinished").exists():
                words = ("resume", str(place), "--threads", "1", "--json")
        assert ended.digest == undisturbed.digest
        assert os.listdir(root) == ["x"]


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
