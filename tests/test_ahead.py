"""On the first use, loops are compiled elsewhere meanwhile; afterwards nothing is started.

Smallest error noticed: a process started for nothing, or left behind.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from glasstown.core import kernels
from glasstown.study import ahead
from glasstown.study.ahead import compiling_ahead
from tests.repository import ROOT
from tests.worlds import town

SMALL = town()


class Started(list[subprocess.Popen[bytes]]):
    """The processes that were started."""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """Start processes that wait, in place of those that compile."""
    there = Started()
    monkeypatch.setattr(ahead, "_start", lambda part: begun(there, "0.2"))
    return there


def begun(there: Started, seconds: str) -> subprocess.Popen[bytes]:
    there.append(subprocess.Popen(["sleep", seconds]))
    return there[-1]


def test_nothing_is_started_where_loops_lie_in_the_cache(
    started: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels.numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(kernels, "_CACHED", True)
    (tmp_path / "metrics_0").mkdir()
    (tmp_path / "metrics_0" / "ledger._post-1.py311.nbi").touch()
    with compiling_ahead(SMALL):
        pass
    monkeypatch.setattr(kernels, "_CACHED", False)
    with compiling_ahead(SMALL):
        pass
    assert not started


def test_the_first_run_waits_for_those_it_started(
    started: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels.numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(kernels, "_CACHED", True)
    monkeypatch.setattr(ahead.os, "cpu_count", lambda: 2)
    with compiling_ahead(SMALL):
        assert started
        assert all(one.poll() is None for one in started)
    assert [one.returncode for one in started] == [0] * len(started)


def test_one_that_is_interrupted_leaves_none_behind(
    started: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels.numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(kernels, "_CACHED", True)
    monkeypatch.setattr(ahead.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(ahead, "_start", lambda part: begun(started, "9"))
    with pytest.raises(KeyboardInterrupt), compiling_ahead(SMALL):
        raise KeyboardInterrupt
    assert [one.returncode for one in started] == [-9]
    monkeypatch.setattr(ahead.os, "cpu_count", lambda: 1)
    with compiling_ahead(SMALL):
        pass
    assert len(started) == 1, "one processor compiles no faster twice"


FORMS = """
import json, sys
import numba
import glasstown as gt
from glasstown.study import ahead
from tests.worlds import LOUD

def forms():
    loops = [x for name, m in list(sys.modules.items()) if name.startswith("glasstown.") for x in vars(m).values()]
    compiled = {id(x): x for x in loops if isinstance(x, numba.core.dispatcher.Dispatcher)}.values()
    return {f"{x.py_func.__module__}.{x.py_func.__name__}": len(x.signatures) for x in compiled}

ahead.main("written out")
before = forms()
gt.run("newtown", people=300, days=2, settings=LOUD)
print(json.dumps([before, forms()]))
"""


def test_what_is_compiled_ahead_is_what_a_run_needs() -> None:
    """A run compiles the loops that build a town, and none of those of a day again for other types."""
    done = subprocess.run([sys.executable, "-c", FORMS], capture_output=True, text=True, check=True, cwd=ROOT)
    before, after = json.loads(done.stdout.splitlines()[-1])
    more = {name for name, n in after.items() if n > before.get(name, 0)}
    assert before["glasstown.metrics.ledger._post"] == 1
    assert more
    assert {name.rpartition(".")[0] for name in more} <= {
        *("glasstown.town.choice", "glasstown.town.routes", "glasstown.sensing.views", "glasstown.core.philox"),
    }
