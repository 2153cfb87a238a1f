"""Compiled loops that lie in the cache: what is damaged there, or cannot be written, costs time and nothing else.

What only a compiler needs is not loaded for loops that are kept. Smallest error noticed: one loop, one such module; one
count of who holds an array.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from numba.core.errors import NumbaError

from glasstown.core import cached, kernels
from glasstown.core.columns import I64
from glasstown.core.kernels import in_place, kernel
from tests.mishaps import read_only

COUNT = """
import resource, sys
import numpy as np
from glasstown.study.life import _count
if sys.argv[1:]:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
total = np.zeros(3, np.int64)
_count(total, np.array([2, 0, 2], np.int32))
print(total.tolist(), len(_count.stats.cache_hits), "numba.np.linalg" in sys.modules)
"""
COMPILED, KEPT = "[1, 0, 2] 0 True", "[1, 0, 2] 1 False"


def counted(cache: Path, *full: str) -> str:
    told = [sys.executable, "-c", COUNT, *full]
    done = subprocess.run(told, capture_output=True, text=True, env={**os.environ, "GLASSTOWN_CACHE": str(cache)})
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.strip()


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = tmp_path_factory.mktemp("compiled")
    assert counted(cache) == COMPILED
    assert counted(cache) == KEPT
    return cache


@pytest.mark.parametrize("length", [0, 100], ids=["empty", "cut short"])
@pytest.mark.parametrize("kind", ["nbi", "nbc"])
def test_damaged_loops_are_compiled_again(compiled: Path, tmp_path: Path, kind: str, length: int) -> None:
    """As a loss of power may leave them: nothing brings them to the disk."""
    cache = tmp_path / "cache"
    shutil.copytree(compiled, cache)
    files = list(cache.rglob(f"*.{kind}"))
    assert files
    for file in files:
        os.truncate(file, length)
    assert counted(cache) == COMPILED
    assert counted(cache) == KEPT


def test_a_full_disk_keeps_no_loops(tmp_path: Path) -> None:
    """No file of this process may grow, as where the disk of the cache is full."""
    assert counted(tmp_path, "full") == COMPILED
    assert not any(file.stat().st_size for file in tmp_path.rglob("*.nb?"))


def test_loops_that_can_be_read_and_not_written_are_used(compiled: Path, tmp_path: Path) -> None:
    """A cache in an image, or a share: as by a mount that nobody can write to."""
    with read_only(tmp_path / "shown", compiled):
        assert counted(tmp_path / "shown") == KEPT


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    """And nothing is left beside the source instead, where it could be stale."""
    (tmp_path / "empty").mkdir()
    beside = set(cached.PACKAGE.rglob("*.nb?"))
    with read_only(tmp_path / "shown", tmp_path / "empty"):
        assert counted(tmp_path / "shown") == COMPILED
    folder = tmp_path / "none" / "kernels" / cached.LOOPS.name
    folder.mkdir(parents=True)
    with read_only(tmp_path / "bare", tmp_path / "none"):
        assert counted(tmp_path / "bare") == COMPILED
    assert counted(Path("/proc/nothing")) == COMPILED
    assert set(cached.PACKAGE.rglob("*.nb?")) == beside


DAY_S = 86_400.0


def aged(folder: Path, days: float) -> Path:
    """Make a folder in which loops lie that were used for the last time so many days ago."""
    (folder / "core_0").mkdir(parents=True, exist_ok=True)
    (folder / "core_0" / "philox.drawn-1.py311.nbi").touch()
    used = time.time() - days * DAY_S
    os.utime(folder, (used, used))
    return folder


def of_this_program(cache: Path) -> Path:
    """Let the program find its folder of loops, as each command does when it begins."""
    told = [sys.executable, "-c", "from glasstown.core.cached import LOOPS; print(LOOPS)"]
    done = subprocess.run(told, capture_output=True, text=True, env={**os.environ, "GLASSTOWN_CACHE": str(cache)})
    assert done.stderr == ""
    return Path(done.stdout.strip())


def test_loops_that_no_program_used_for_a_month_are_removed_when_new_ones_are_made(tmp_path: Path) -> None:
    """Noticed: a day too early or too late, and anything else that lies there."""
    kernels = tmp_path / "kernels"
    old, not_yet = aged(kernels / "0123456789abcdef", 31), aged(kernels / "fedcba9876543210", 29)
    others = [aged(kernels / name, 400) for name in ("photographs", "0123456789abcde", "0123456789ABCDEF")]
    (tmp_path / "far").mkdir()
    link, file = (kernels / f"00000000000000{end}" for end in ("aa", "bb"))
    link.symlink_to(aged(tmp_path / "far" / "x", 400))
    file.touch()
    for other in (link, file):
        os.utime(other, (1e9, 1e9), follow_symlinks=False)
    own = of_this_program(tmp_path)
    assert own.parent == kernels
    assert not old.exists()
    assert set(kernels.iterdir()) == {own, not_yet, *others, link, file}
    assert all(list(folder.rglob("*.nbi")) for folder in (not_yet, *others, tmp_path / "far" / "x"))


def test_using_loops_is_noted_once_a_day_and_removes_nothing(tmp_path: Path) -> None:
    own = of_this_program(tmp_path)
    old = aged(tmp_path / "kernels" / "0123456789abcdef", 31)
    aged(own, 40)
    assert of_this_program(tmp_path) == own
    assert time.time() - own.stat().st_mtime < DAY_S / 2
    assert list(own.rglob("*.nbi"))
    aged(own, 0.5)
    before = own.stat().st_mtime_ns
    of_this_program(tmp_path)
    assert own.stat().st_mtime_ns == before
    assert old.exists()


def test_loops_that_are_removed_while_a_program_runs_are_kept_again(compiled: Path, tmp_path: Path) -> None:
    """As by another program that begins just then, or by hand: all of them, and half of the files."""
    for kinds in (("nbi", "nbc"), ("nbi",), ("nbc",)):
        cache = tmp_path / "-".join(kinds)
        shutil.copytree(compiled, cache)
        gone = f"import pathlib; [x.unlink() for k in {kinds} for x in pathlib.Path({str(cache)!r}).rglob('*.' + k)]"
        if len(kinds) > 1:
            gone = f"import shutil; shutil.rmtree({str(cache / 'kernels')!r})"
        code = COUNT.replace("if sys.argv[1:]", f"{gone}\nif sys.argv[1:]")
        told, env = [sys.executable, "-c", code], {**os.environ, "GLASSTOWN_CACHE": str(cache)}
        done = subprocess.run(told, capture_output=True, text=True, env=env)
        assert (done.stdout.strip(), done.stderr) == (COMPILED, "")
        assert counted(cache) == KEPT


def test_programs_that_begin_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    for n in range(40):
        aged(tmp_path / "kernels" / f"{n:016x}", 31)
    told, env, pipe = [sys.executable, "-c", COUNT], {**os.environ, "GLASSTOWN_CACHE": str(tmp_path)}, subprocess.PIPE
    both = [subprocess.Popen(told, stdout=pipe, stderr=pipe, text=True, env=env) for _ in range(2)]
    for text, complaints in [process.communicate(timeout=120) for process in both]:
        assert text.startswith("[1, 0, 2]")
        assert complaints == ""
    assert [folder.name for folder in (tmp_path / "kernels").iterdir()] == [of_this_program(tmp_path).name]
    assert counted(tmp_path) == KEPT


class Columns(NamedTuple):
    one: I64
    other: I64


def _total(columns: Columns, most: int) -> int:
    total = np.int64(0)
    while total < most:
        for column in columns:
            total += column[0]
    return total


@pytest.mark.parametrize(("how", "counts"), [(kernel, True), (in_place, False)])
def test_a_loop_without_arrays_of_its_own_does_not_count_who_holds_those_it_is_given(
    how: Callable[..., Any], counts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop is such that a compiler cannot leave counting out by itself, as the first way of compiling it shows."""
    monkeypatch.setattr(kernels, "LOOPS", None)
    loop = how(_total)
    assert loop(Columns(np.arange(1, 4), np.full(4, 5)), 7) == 12
    (compiled,) = loop.inspect_llvm().values()
    assert ("NRT_incref" in compiled) == counts


def test_a_loop_in_place_that_makes_an_array_is_not_compiled() -> None:
    @in_place
    def filled(n: int) -> I64:
        return np.zeros(n, np.int64)

    with pytest.raises(NumbaError):
        filled(3)
