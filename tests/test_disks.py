"""A disk that fails ends a run with code 74 and a sentence, leaves nothing half-written in sight, and the run goes on.

Smallest error noticed: one point at which the package opens, writes, syncs, renames or makes something below the place
of a run where an error of the disk gives another code, a traceback, a visible file that is not whole, or another digest
afterwards.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from glasstown.core.errors import BAD_FILE
from tests.mishaps import ERRORS, LONG, check_full_disk, check_in_sight, failed
from tests.mishaps import trials as trials
from tests.mishaps import undisturbed as undisturbed
from tests.repository import ROOT
from tests.trials import KINDS, Ended, Fault, Trials


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_an_error_at_every_point(trials: Trials, undisturbed: Ended, tmp_path: Path, kind: str) -> None:
    """Each point fails once: the three errors take turns, and so do one failure and a disk that stays broken."""
    n = undisturbed.counts[kind]
    assert n >= (5 if kind == "mkdir" else 50)
    for k in range(1, n + 1):
        how = list(ERRORS)[k % 3]
        failed(trials, tmp_path / f"{k}" / "x", Fault(kind, k, how, lasting=k % 2 == 0), undisturbed)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="mounts a disk in memory")
def test_disks_of_many_sizes(trials: Trials, undisturbed: Ended, tmp_path: Path) -> None:
    """From one that holds nothing, over one that holds the folder, but not beside the journal, to one that is large."""
    lived = [
        check_full_disk(trials, tmp_path / f"{pages}", f"{4 * pages}k", undisturbed, LONG)
        for pages in (1, 9, 16, 24, 30, 42, 48, 54, 60, 66, 80, 100, 145, 230, 600, 4000)
    ]
    assert len(set(lived)) > 5, "they are full at different times"


@pytest.mark.slow
def test_too_few_open_files(tmp_path: Path) -> None:
    """The system itself refuses: wherever that is, it is said in a sentence."""
    for limit in (4, 5, 6, 7, 9, 12, 15, 18, 24, 40):
        code = "import resource, sys; from glasstown.cli import main; "
        code += f"resource.setrlimit(resource.RLIMIT_NOFILE, ({limit}, {limit})); main()"
        words = ["run", *LONG[2:6], "--days", "1", "--out", str(tmp_path / f"{limit}" / "x")]
        done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=ROOT)
        assert done.returncode in (BAD_FILE, 0), done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        check_in_sight(tmp_path / f"{limit}" / "x")
