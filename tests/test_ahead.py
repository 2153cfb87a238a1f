"""On the first use, loops are compiled in two processes; afterwards nothing is started.

Smallest error noticed: a process started for nothing or left behind; a loop of the default run that is not on the list,
or is there with other types; a file that loops take a number from, and that changes without their being compiled anew.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from importlib import import_module
from numbers import Number
from pathlib import Path

import pytest

from glasstown.core import cached, loops
from glasstown.scenario import Scenario, load
from glasstown.study import ahead
from glasstown.study import forecast as forecasting
from glasstown.study.ahead import LISTED, PARTS, Helper, compiling_ahead, helped, listed, not_compiled, part_of
from glasstown.study.costs import price
from glasstown.study.forecast import Forecast
from glasstown.study.kinds import kind_of
from tests.mishaps import read_only
from tests.refresh_loops import needed
from tests.repository import ROOT, modules
from tests.repository import loops as loops_of
from tests.worlds import town

SMALL = town()
WAITS = "import sys, time; sys.stdin.readline(); time.sleep(9)"
ANSWERS = "import sys; [print(flush=True) for line in sys.stdin]"


class Started(list[Helper]):
    """The processes that were started, each of which runs a few lines instead of compiling."""

    lines: str = ANSWERS

    def start(self) -> Helper:
        pipe = subprocess.PIPE
        self.append(subprocess.Popen([sys.executable, "-c", self.lines], stdin=pipe, stdout=pipe))
        return self[-1]


@pytest.fixture
def compiled_here() -> list[ahead.Loop]:
    """Loops that this process was asked to compile."""
    return []


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled_here: list[ahead.Loop]) -> Started:
    """Begin with an empty cache on two processors."""
    there = Started()
    monkeypatch.setattr(ahead, "_start", there.start)
    monkeypatch.setattr(loops, "compile_loop", compiled_here.append)
    monkeypatch.setattr(ahead, "processors", lambda: 2)
    monkeypatch.setattr(cached, "LOOPS", tmp_path)
    return there


def test_the_cache_knows_every_file_that_loops_take_something_from() -> None:
    texts = dict(cached.sources_of_loops())
    assert {"core/lanes.py", "core/prefetch.py", "sensing/glance.py", "town/plan.py", "tables.py"} <= set(texts)
    with_loops = [path for path, text in modules() if loops_of(text)]
    assert len(with_loops) > 30
    assert not [path for path in with_loops if path.as_posix() not in texts]
    nodes = [node for text in texts.values() for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    ours = [node for node in nodes if (node.module or "").startswith("glasstown")]
    taken = [(node.module or "", name.name) for node in ours for name in node.names]
    missing = [(where, name) for where, name in taken if _holds_numbers(where, name) and _path(where) not in texts]
    assert len(taken) > 100
    assert not missing
    assert "core/kernels.py" in texts
    given = set(re.findall(r"glasstown\.[\w.]+(?=:)", str([listed(part) for part in PARTS])))
    assert len(given) > 5
    assert not [module for module in given if _path(module) not in texts]
    assert _holds_numbers("glasstown.state", "WAY_MOST")
    assert _path("glasstown.state") in texts


def _holds_numbers(module: str, name: str) -> bool:
    value = getattr(import_module(module), name, None)
    many = value if isinstance(value, tuple) else (value,)
    return bool(many) and all(isinstance(one, Number) for one in many)


def _path(module: str) -> str:
    return "/".join(module.split(".")[1:]) + ".py"


def test_nothing_is_started_where_loops_lie_in_the_cache(
    started: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not_compiled(PARTS[0]) == list(listed(PARTS[0]))
    for module, name, _ in listed(PARTS[0])[1:]:
        folder, last = module.split(".")[-2:]
        (tmp_path / f"{folder}_0").mkdir(exist_ok=True)
        (tmp_path / f"{folder}_0" / f"{last}.{name}-1.py311.nbi").touch()
    assert not_compiled(PARTS[0]) == [listed(PARTS[0])[0]]
    monkeypatch.setattr(cached, "LOOPS", None)
    assert not_compiled(PARTS[0]) == list(listed(PARTS[0])), "none of them is there"
    with helped(), compiling_ahead(SMALL):
        assert not started, "what a helper compiles could not be kept"
    monkeypatch.setattr(cached, "LOOPS", tmp_path)
    monkeypatch.setattr(ahead, "processors", lambda: 1)
    with helped(), compiling_ahead(SMALL):
        assert not started, "one processor compiles no faster twice"


def test_nothing_is_started_where_no_loop_can_be_kept(
    started: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty folder that cannot be written: what a helper compiled would reach nobody."""
    with read_only(tmp_path / "near", tmp_path):
        monkeypatch.setattr(cached, "LOOPS", tmp_path / "near")
        with helped(), compiling_ahead(SMALL):
            assert not started


def all_compiled(there: Path, scenario: Scenario) -> Path:
    """Make a folder in which all loops of a scenario seem to lie."""
    for module, name, _ in listed(part_of(scenario)):
        folder, last = module.split(".")[-2:]
        (there / f"{folder}_0").mkdir(parents=True, exist_ok=True)
        (there / f"{folder}_0" / f"{last}.{name}-1.py311.nbi").touch()
    return there


def foreseen(monkeypatch: pytest.MonkeyPatch, scenario: Scenario, loops: Path | None, workers: int) -> Forecast:
    """Foresee a run with loops in a folder, on a machine that is as fast as usual."""
    monkeypatch.setattr(cached, "LOOPS", loops)
    monkeypatch.setattr(forecasting, "pace_now", lambda *_: 1.0)
    return kind_of(scenario).forecast(scenario, None, replicates=workers + 1, workers=workers)


@pytest.mark.parametrize(("scenario", "part"), [(SMALL, "compile"), (load("myth"), "nation compile")])
def test_what_cannot_be_kept_is_foreseen_to_be_compiled_by_every_process_of_every_run(
    scenario: Scenario, part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "processors", lambda: 2)
    there = all_compiled(tmp_path / "all", scenario)
    (tmp_path / "empty").mkdir()
    kept, first, never = (
        foreseen(monkeypatch, scenario, loops, 1) for loops in (there, tmp_path / "empty", None)
    )
    assert [one.each_time for one in (kept, first, never)] == [False, False, True]
    assert kept.compile_s == 0.0
    assert first.seconds - kept.seconds == pytest.approx(price(part)) == first.compile_s
    assert never.seconds - kept.seconds == pytest.approx(never.compile_s)
    assert never.compile_s > first.compile_s, "one process compiles, not two"
    kept, never = (foreseen(monkeypatch, scenario, loops, 3) for loops in (there, None))
    assert never.seconds - kept.seconds == pytest.approx(2 * never.compile_s), "each of three replicates, side by side"


def test_loops_are_compiled_each_time_where_some_are_missing_and_none_can_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = all_compiled(tmp_path / "all", SMALL)
    with read_only(tmp_path / "near", there):
        assert not foreseen(monkeypatch, SMALL, tmp_path / "near", 1).compile_s
        next(there.rglob("*.nbi")).unlink()
        some = foreseen(monkeypatch, SMALL, tmp_path / "near", 1)
        assert some.compile_s > 0
        assert some.each_time
    assert not foreseen(monkeypatch, SMALL, there, 1).each_time


def test_the_two_share_the_list(started: Started, compiled_here: list[ahead.Loop]) -> None:
    """Whatever the helper has not begun is compiled here, from the end of the list."""
    started.lines = "import sys; sys.stdin.readline()"
    with compiling_ahead(SMALL):
        assert not compiled_here
    assert compiled_here == list(listed(PARTS[0]))[:0:-1]
    assert [one.returncode is None for one in started] == [False]


def test_one_that_is_interrupted_leaves_none_behind(started: Started) -> None:
    started.lines = WAITS
    with pytest.raises(KeyboardInterrupt), helped(), compiling_ahead(SMALL):
        raise KeyboardInterrupt
    assert [one.returncode for one in started] == [-9]


def test_a_helper_that_is_fast_leaves_nothing(started: Started, compiled_here: list[ahead.Loop]) -> None:
    with helped(), compiling_ahead(SMALL):
        started[0].wait(60)
    assert started[0].returncode == 0
    assert not compiled_here


def test_the_helper_compiles_what_it_is_told_and_passes_over_what_is_not_there(tmp_path: Path) -> None:
    loop = ["glasstown.consequence.halt", "still_made", next(x[2] for x in listed(PARTS[0]) if x[1] == "still_made")]
    told = "\n".join(json.dumps(x) for x in (loop, ["glasstown.nowhere", "nothing", []], [*loop[:2], ["int32 1C"]]))
    answer = subprocess.run(
        [sys.executable, "-m", ahead.__name__],
        input=f"{told}\n", capture_output=True, text=True, check=True, cwd=ROOT,
        env={**os.environ, "GLASSTOWN_CACHE": str(tmp_path)},
    )  # fmt: skip
    assert answer.stdout == "\n\n\n"
    assert len(list(tmp_path.rglob("halt.still_made*.nbc"))) == 1


@pytest.mark.parametrize("part", [PARTS[0], pytest.param(PARTS[1], marks=pytest.mark.slow)])
def test_what_is_compiled_ahead_is_what_a_run_needs(part: str) -> None:
    """After a change of compiled loops: `python -m tests.refresh_loops`."""
    assert LISTED.is_file()
    assert sorted(map(str, map(tuple, listed(part)))) == sorted(map(str, needed(part)))
