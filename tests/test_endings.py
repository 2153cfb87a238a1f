"""Ctrl-C and the system's request end a process with a code of their own, wherever it is just then.

Smallest error noticed: a process that is interrupted in code made of a text, and ends by the signal itself.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ENDING = r"""
import os, signal, sys
from glasstown.core.endings import end_when_told

number, how = int(sys.argv[1]), sys.argv[2]
if how == "ignored":
    signal.signal(number, signal.SIG_IGN)
if how != "by default":
    end_when_told()
try:
    exec(f"os.kill(os.getpid(), {number})\nfor _ in range(1_000): pass")
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("how", "code"), [("told", 128), ("ignored", 0), ("by default", -1)])
def test_a_process_that_is_told_to_end_says_so(tmp_path: Path, number: signal.Signals, how: str, code: int) -> None:
    """By default a module that Python runs ends by the signal, although it has caught it and leaves with 130."""
    (tmp_path / "ending.py").write_text(ENDING, encoding="utf-8")
    words = [sys.executable, "-m", "ending", str(int(number)), how]
    assert subprocess.run(words, cwd=tmp_path, check=False).returncode == {128: 128 + number, 0: 0, -1: -number}[code]


LOST = r"""
import os, sys, time, weakref
from glasstown.core.endings import end_when_told

number, how = int(sys.argv[1]), sys.argv[2]


class Told:
    def __del__(self):
        if how == "an error":
            raise OSError("something else")
        if how == "when cleared":
            os.kill(os.getpid(), number)
            for _ in range(1_000):
                pass


def called_back(_):
    os.kill(os.getpid(), number)
    for _ in range(1_000):
        pass


end_when_told()
told = Told()
if how == "when called back":
    kept = weakref.ref(told, called_back)
if how == "twice":
    twice = [weakref.ref(told, called_back), weakref.ref(told, called_back)]
del told
time.sleep(0.01 if how == "an error" else 20)
print("went on")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("how", ["when cleared", "when called back", "twice"])
def test_being_told_to_end_is_not_lost(tmp_path: Path, number: signal.Signals, how: str) -> None:
    """What is raised where Python lets nothing through is raised again; otherwise the process would just go on."""
    (tmp_path / "lost.py").write_text(LOST, encoding="utf-8")
    words = [sys.executable, "-m", "lost", str(int(number)), how]
    ended = subprocess.run(words, cwd=tmp_path, check=False, capture_output=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (128 + number, b"", b"")


LEAVING = r"""
import atexit, os, signal, sys, time
from glasstown.core.endings import end_when_told, leave_undisturbed


def told():
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(1_000):
        pass


class ToldWhenCleared:
    def __del__(self):
        told()


end_when_told()
if sys.argv[1] == "at the end":
    atexit.register(told)
else:
    atexit.register(time.sleep, 0.1)
    ToldWhenCleared()
leave_undisturbed()
sys.exit(7)
"""


@pytest.mark.parametrize("when", ["at the end", "just before"])
def test_who_leaves_already_leaves_with_the_code_that_is_known(tmp_path: Path, when: str) -> None:
    """Would notice a second Ctrl-C that ends a program in another way while Python clears up."""
    (tmp_path / "leaving.py").write_text(LEAVING, encoding="utf-8")
    ended = subprocess.run([sys.executable, "-m", "leaving", when], cwd=tmp_path, check=False, capture_output=True)
    assert (ended.returncode, ended.stderr) == (7, b"")


def test_other_errors_that_are_lost_are_told_as_before(tmp_path: Path) -> None:
    (tmp_path / "lost.py").write_text(LOST, encoding="utf-8")
    words = [sys.executable, "-m", "lost", "15", "an error"]
    ended = subprocess.run(words, cwd=tmp_path, check=False, capture_output=True)
    assert (ended.returncode, ended.stdout) == (0, b"went on\n")
    assert b"OSError: something else" in ended.stderr
