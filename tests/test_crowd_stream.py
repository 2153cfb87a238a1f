"""A crowd that is ended goes on from its journal to the same bytes.

Smallest error noticed: one block that passes twice or not at all, one column of a block that is changed in the journal.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glasstown import crowds
from glasstown.core.blocks import Block
from glasstown.core.errors import Problem
from glasstown.scenario import Scenario
from glasstown.study import crowd_stream
from glasstown.study.crowd import CROWD, Open
from glasstown.study.journal import Chapter
from glasstown.study.life import Life
from glasstown.town import crowd as passing
from tests.conftest import started
from tests.crowds import SEED, crowd
from tests.mishaps import ERRORS, failed, killed
from tests.trials import IN_A_CROWD, KINDS, Ended, Fault, Trials

Patch = pytest.MonkeyPatch
BLOCKS, DAYS, FACES = 6, 3, 1000


class Killed(BaseException):
    """What a process that is killed does not live to see."""


@pytest.fixture
def chapter(tmp_path: Path, monkeypatch: Patch) -> Chapter:
    """Return a chapter in which every block is kept at once, of a crowd whose blocks are small."""
    monkeypatch.setattr(crowd_stream, "BETWEEN_S", -1.0)
    for module in (passing, crowds):
        monkeypatch.setattr(module, "BLOCK", FACES)
    return Chapter(tmp_path, tmp_path / "life", "a")


@pytest.fixture
def met(monkeypatch: Patch) -> list[int]:
    """Return the blocks that pass from now on."""
    found: list[int] = []
    meet = crowds._meet  # pyright: ignore[reportPrivateUsage]

    def noted(*given: Any) -> Any:
        found.append(given[-1])
        return meet(*given)

    monkeypatch.setattr(crowds, "_meet", noted)
    return found


def several_days() -> Scenario:
    return crowd({"town.faces": BLOCKS * FACES - 100, "days": DAYS, "sensing.recognition.fmr": 0.0001})


def live(chapter: Chapter | None = None, threads: int = 1) -> Life:
    return CROWD.live(several_days(), SEED, Open({}, {}), chapter=chapter, threads=threads, keep=["candidates"])


def ended(chapter: Chapter, monkeypatch: Patch, at: int) -> None:
    """Let so many blocks pass, and end there without a word."""
    with monkeypatch.context() as patch:
        meet, passed = crowds._meet, list[int]()  # pyright: ignore[reportPrivateUsage]

        def stop(*given: Any) -> Any:
            if len(passed) == at:
                raise Killed
            passed.append(1)
            return meet(*given)

        patch.setattr(crowds, "_meet", stop)
        with pytest.raises(Killed):
            live(chapter)


@pytest.mark.parametrize("at", [1, 4, BLOCKS, 2 * BLOCKS + 3, DAYS * BLOCKS - 1])
def test_a_crowd_goes_on_to_the_same_bytes(chapter: Chapter, monkeypatch: Patch, met: list[int], at: int) -> None:
    whole = live()
    assert len(whole.rows["candidates"].table) > 100
    assert len(met) == DAYS * BLOCKS
    ended(chapter, monkeypatch, at)
    done = len(chapter.names())
    assert at - 1 <= done <= at
    met.clear()
    again = live(chapter, threads=3)
    assert again.digest == whole.digest
    assert again.signatures == whole.signatures
    assert vars(again.moments).keys() == vars(whole.moments).keys()
    for name, sums in vars(whole.moments).items():
        assert np.array_equal(getattr(again.moments, name), sums), name
    assert len(met) == DAYS * BLOCKS - done + (done > 0), "one is tested, and no other passes again"
    met.clear()
    assert live(chapter).digest == whole.digest
    assert len(met) == 1


def test_a_part_that_is_damaged_is_lived_again(chapter: Chapter, monkeypatch: Patch, met: list[int]) -> None:
    ended(chapter, monkeypatch, 9)
    torn = chapter.names()[2:4]
    for name in torn:
        (chapter.folder / f"{name}.block").write_bytes(b"torn")
    (chapter.folder / "notes.block").write_bytes(b"")
    met.clear()
    assert live(chapter).digest == live().digest
    met.clear()
    assert live(chapter).digest == live().digest
    assert len(met) == 1 + DAYS * BLOCKS, "what was torn has been written anew"


def one_person_more(block: Block) -> None:
    block.arrays["0.others"] = block.arrays["0.others"].copy()
    block.arrays["0.others"][0, 0] += 1


def another_digest(block: Block) -> None:
    block.words["met"][0]["faces"] = {"=": "0" * 64}


@pytest.mark.parametrize("change", [one_person_more, another_digest])
def test_a_block_that_comes_out_otherwise_is_noticed(
    chapter: Chapter, monkeypatch: Patch, change: Callable[[Block], None]
) -> None:
    ended(chapter, monkeypatch, 8)
    for name in chapter.names():
        block = chapter.get(name)
        assert block is not None
        change(block)
        chapter.put(name, block)
    with pytest.raises(Problem, match=r"block \d+ of day \d+ comes out otherwise when it passes again"):
        live(chapter)


# ------------------------------------------------------------------ kills and disks
@pytest.fixture(scope="module")
def trials() -> Iterator[Trials]:
    with Trials("crowd") as ready:
        yield ready


@pytest.fixture(scope="module")
def undisturbed(trials: Trials, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Let a crowd of a few blocks pass without a disturbance, its folder written."""
    root = tmp_path_factory.mktemp("undisturbed") / "runs"
    ended = trials.run((*IN_A_CROWD, "--out", str(root / "x")), root)
    assert ended.code == 0, ended.err
    assert ended.lived == 2 * 2 * 3, "two lives of two days of three blocks"
    return ended


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "how"),
    [("write", "kill half-way"), ("fsync", "kill before"), ("rename", "kill before"), ("rename", "kill after")],
)
def test_a_kill_at_every_point(trials: Trials, undisturbed: Ended, tmp_path: Path, kind: str, how: str) -> None:
    n = undisturbed.counts[kind]
    assert n >= 2 * 2 * 3
    for k in range(1, n + 1):
        killed(trials, tmp_path / f"{k}" / "x", Fault(kind, k, how), undisturbed, words=IN_A_CROWD)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_an_error_at_every_point(trials: Trials, undisturbed: Ended, tmp_path: Path, kind: str) -> None:
    for k in range(1, undisturbed.counts[kind] + 1):
        fault = Fault(kind, k, list(ERRORS)[k % 3], lasting=k % 2 == 0 or kind == "mkdir")
        failed(trials, tmp_path / f"{k}" / "x", fault, undisturbed, words=IN_A_CROWD)


@pytest.mark.slow
def test_a_crowd_that_is_asked_to_end_is_resumed_as_people_type_it(tmp_path: Path) -> None:
    """Ctrl-C gives 130 and the line that resumes; so does the same digest afterwards."""
    words = ("run", "busy-street", "--set", "town.faces=20000000", "--threads", "2", "--json")
    expected = json.loads(started(*words, "--out", "whole", cwd=tmp_path).communicate(timeout=600)[0])
    process = started(*words, "--out", "x", cwd=tmp_path)
    while not list(tmp_path.glob(".x.unfinished/life/*.block")):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=600)
    assert process.returncode == 130
    assert told.decode().endswith("\n  to go on from what was lived: glasstown resume x\n")
    again = json.loads(started("resume", "x", "--threads", "1", "--json", cwd=tmp_path).communicate(timeout=600)[0])
    assert again["digest"] == expected["digest"]
    assert again["metrics"] == expected["metrics"]
    assert sorted(os.listdir(tmp_path)) == ["whole", "x"]
