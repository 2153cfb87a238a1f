"""A nation that is ended goes on from its journal to the same bytes.

Smallest error noticed: one community that is counted twice or left out, one signature or one missing row of the sums
that is changed in the journal.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glasstown as gt
from glasstown.core.blocks import Block
from glasstown.core.errors import Problem
from glasstown.core.keys import Key
from glasstown.study import nation, nation_stream
from glasstown.study.journal import Chapter
from glasstown.study.nation import NATION, NationLife, Plan
from tests.conftest import started
from tests.mishaps import ERRORS, check_full_disk, failed, killed
from tests.nations import both, law, loud
from tests.trials import COMMUNITIES as COMMUNITIES_OF_TRIALS
from tests.trials import IN_MONTHS, KINDS, Ended, Fault, Trials

Patch = pytest.MonkeyPatch
COMMUNITIES = 33
SEED = 7


class Killed(BaseException):
    """What a process that is killed does not live to see."""


def live(chapter: Chapter | None = None) -> NationLife:
    return NATION.live(loud(), SEED, law(both()), chapter=chapter)


@pytest.fixture
def chapter(tmp_path: Path, monkeypatch: Patch) -> Chapter:
    """Return a chapter in which every community is kept at once."""
    monkeypatch.setattr(nation_stream, "BETWEEN_S", 0.0)
    return Chapter(tmp_path, tmp_path / "life", "a")


@pytest.fixture
def lived(monkeypatch: Patch) -> list[int]:
    """Return the communities that are lived from now on."""
    found: list[int] = []
    whole = Plan.lived

    def noted(self: Plan, community: int, here: Any) -> Any:
        found.append(community)
        return whole(self, community, here)

    monkeypatch.setattr(Plan, "lived", noted)
    return found


def ended(chapter: Chapter, monkeypatch: Patch, at: int) -> None:
    """Live until a community comes up, and end there without a word."""
    add = nation._add  # pyright: ignore[reportPrivateUsage]
    with monkeypatch.context() as patch:
        added: list[int] = []

        def stop(*given: Any) -> None:
            if len(added) == at:
                raise Killed
            added.append(1)
            add(*given)

        patch.setattr(nation, "_add", stop)
        with pytest.raises(Killed):
            live(chapter)


@pytest.mark.parametrize("at", [1, 20, COMMUNITIES - 1])
def test_a_nation_goes_on_to_the_same_bytes(chapter: Chapter, monkeypatch: Patch, lived: list[int], at: int) -> None:
    whole = live()
    ended(chapter, monkeypatch, at)
    done = int(max(chapter.names(), key=lambda name: (name.endswith(".sums"), name)).partition(".")[0])
    assert at - 2 <= done <= at
    lived.clear()
    again = live(chapter)
    assert again.digest == whole.digest
    assert again.signatures == whole.signatures
    for name, counts in vars(whole.counted).items():
        assert np.array_equal(getattr(again.counted, name), counts), name
    assert lived[1:] == list(range(done, COMMUNITIES)), "one is tested, and no other is lived again"
    assert len([name for name in chapter.names() if name.endswith(".sums")]) <= nation_stream.KEPT + 1
    lived.clear()
    assert live(chapter).digest == whole.digest
    assert len(lived) == 1


def changed(chapter: Chapter, ending: str, change: Callable[[Block], None]) -> None:
    """Change the newest block of a kind and write it as if nothing had happened."""
    name = [name for name in chapter.names() if name.endswith(ending)][-1]
    block = chapter.get(name)
    assert block is not None
    change(block)
    chapter.put(name, block)


def test_newest_sums_that_are_damaged_give_way_to_those_before(chapter: Chapter, monkeypatch: Patch) -> None:
    ended(chapter, monkeypatch, 20)
    newest = [name for name in chapter.names() if name.endswith(".sums")][-1]
    (chapter.folder / f"{newest}.block").write_bytes(b"torn")
    assert live(chapter).digest == live().digest


def other_signatures(block: Block) -> None:
    block.words["signed"] = ["0" * 64 for _ in block.words["signed"]]


def fewer_signatures(block: Block) -> None:
    del block.words["signed"][0]


def narrower_sums(block: Block) -> None:
    block.arrays["series"] = block.arrays["series"][:-1]


def more_than_all(block: Block) -> None:
    block.words["done"] = COMMUNITIES + 1


@pytest.mark.parametrize(
    ("ending", "change"),
    [(".signed", fewer_signatures), (".sums", narrower_sums), (".sums", more_than_all)],
)
def test_a_journal_that_is_not_of_this_nation_is_refused(
    chapter: Chapter, monkeypatch: Patch, ending: str, change: Callable[[Block], None]
) -> None:
    ended(chapter, monkeypatch, 3)
    for name in [name for name in chapter.names() if name.endswith(".sums")][:-1]:
        chapter.drop([name])
    changed(chapter, ending, change)
    with pytest.raises(Problem, match="what was counted in it is damaged"):
        live(chapter)


def test_a_community_that_comes_out_otherwise_is_noticed(chapter: Chapter, monkeypatch: Patch) -> None:
    ended(chapter, monkeypatch, 2)
    for name in [name for name in chapter.names() if name.endswith(".signed")]:
        block = chapter.get(name)
        assert block is not None
        other_signatures(block)
        chapter.put(name, block)
    with pytest.raises(Problem, match=r"community \d+ comes out otherwise when it lives again"):
        live(chapter)


def test_which_community_is_tested_follows_from_the_seed() -> None:
    chosen = {int(Key.from_seed(seed)("resume", 20).below(20, 0)[0]) for seed in range(200)}
    assert chosen == set(range(20))


# ------------------------------------------------------------------ kills and disks
@pytest.fixture(scope="module")
def trials() -> Iterator[Trials]:
    with Trials("nation") as ready:
        yield ready


@pytest.fixture(scope="module")
def undisturbed(trials: Trials, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Run a nation of four communities without a disturbance, its folder written."""
    root = tmp_path_factory.mktemp("undisturbed") / "runs"
    ended = trials.run((*IN_MONTHS, "--out", str(root / "x")), root)
    assert ended.code == 0, ended.err
    assert ended.lived == 2 * COMMUNITIES_OF_TRIALS
    return ended


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "how"),
    [("write", "kill half-way"), ("fsync", "kill before"), ("rename", "kill before"), ("rename", "kill after")],
)
def test_a_kill_at_every_point(trials: Trials, undisturbed: Ended, tmp_path: Path, kind: str, how: str) -> None:
    n = undisturbed.counts[kind]
    assert n >= 2 * 2 * COMMUNITIES_OF_TRIALS
    for k in range(1, n + 1):
        killed(trials, tmp_path / f"{k}" / "x", Fault(kind, k, how), undisturbed, words=IN_MONTHS)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_an_error_at_every_point(trials: Trials, undisturbed: Ended, tmp_path: Path, kind: str) -> None:
    for k in range(1, undisturbed.counts[kind] + 1):
        fault = Fault(kind, k, list(ERRORS)[k % 3], lasting=k % 2 == 0 or kind == "mkdir")
        failed(trials, tmp_path / f"{k}" / "x", fault, undisturbed, words=IN_MONTHS)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="mounts a disk in memory")
def test_disks_of_many_sizes(trials: Trials, undisturbed: Ended, tmp_path: Path) -> None:
    for pages in (1, 20, 80, 200, 400, 600, 900, 1300):
        check_full_disk(trials, tmp_path / f"{pages}", f"{4 * pages}k", undisturbed, IN_MONTHS)


@pytest.mark.slow
def test_a_nation_that_is_asked_to_end_says_how_to_go_on(trials: Trials, tmp_path: Path) -> None:
    place = tmp_path / "x"
    large = ("town.people=4000000" if word.startswith("town.people=") else word for word in IN_MONTHS)
    words = (*large, "--set", "town.sample=1", "--out", str(place))
    ended = trials.run(words, tmp_path, once="*.sums.block", end=signal.SIGINT)
    assert ended.code == 130, ended
    assert ended.err.endswith(f"\n  to go on from what was lived: glasstown resume {place}\n")


def test_both_lives_of_a_nation_tell_how_far_they_are() -> None:
    told: list[str] = []
    gt.run("reality", people=400, progress=lambda part, *_: told.append(part))
    lives = [part.partition(", day ")[0] for part in told if ", day " in part]
    assert list(dict.fromkeys(lives)) == ["living", "where nobody watches"]


@pytest.mark.slow
def test_a_nation_that_is_killed_is_resumed_as_people_type_it(tmp_path: Path) -> None:
    """Kill -9 in either life, then `glasstown resume`: the same digest and metrics, nothing left behind."""
    words = ("run", "reality", "--set", "town.people=20000000", "--set", "town.sample=1", "--threads", "2", "--json")
    expected = json.loads(started(*words, "--out", "whole", cwd=tmp_path).communicate(timeout=600)[0])
    for part in ("life", "without"):
        process = started(*words, "--out", part, cwd=tmp_path)
        deadline = time.monotonic() + 300
        while not list(tmp_path.glob(f".{part}.unfinished/{part}/*.sums.block")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.kill()
        process.communicate()
        again = started("resume", part, "--threads", "1", "--json", cwd=tmp_path)
        found = json.loads(again.communicate(timeout=600)[0])
        assert found["digest"] == expected["digest"]
        assert found["metrics"] == expected["metrics"]
    assert sorted(os.listdir(tmp_path)) == ["life", "whole", "without"]
