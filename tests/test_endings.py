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
