"""What several tests share: the command as people type it, and one run that is lived once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

import glasstown as gt
from glasstown import cli
from tests.repository import ROOT
from tests.worlds import LOUD

PEOPLE, DAYS, SEED = 300, 3, 5

# No test depends on a time: the first example of a test may compile a loop.
settings.register_profile("glasstown", deadline=None)
settings.load_profile("glasstown")


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    """Type a command; an exception that reaches the person is an error of the test."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def typed(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["glasstown", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Said(int(left.value.code or 0), said.out, said.err)

    yield typed
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, without the data that GLASSTOWN_DATA may name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GLASSTOWN_DATA", raising=False)
    return tmp_path


def started(*words: object, cwd: Path | None = None, **environment: str) -> subprocess.Popen[bytes]:
    """Start the command in a process and a session of its own, as a shell does."""
    return subprocess.Popen(
        [sys.executable, "-m", "glasstown", *map(str, words)],
        cwd=cwd or ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


@pytest.fixture(scope="session")
def lived() -> gt.Run:
    """Return a run in which everything happens, on invented streets."""
    return gt.run("newtown", SEED, people=PEOPLE, days=DAYS, settings=LOUD, threads=1)


@pytest.fixture(scope="session")
def written(lived: gt.Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return that run's folder; tests that change it copy it first."""
    return lived.save(tmp_path_factory.mktemp("runs") / "loud")
