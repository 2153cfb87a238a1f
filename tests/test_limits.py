"""What a process may have is looked at first: data, addresses and processors that a shell or a cluster gives it.

Smallest errors noticed: a command that does not end within a minute, or ends with anything but words; a day that is
lived under a limit that leaves no room for its pictures; 16 MB too many said to be free; one processor too many.
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from glasstown.core import machine
from glasstown.core.errors import BAD_FILE, BAD_INPUT

MB = 1 << 20
MINUTE = 60
DATA, ADDRESSES = resource.RLIMIT_DATA, resource.RLIMIT_AS
NAMES = {DATA: "data", ADDRESSES: "addresses"}
OPTION = {DATA: "-d", ADDRESSES: "-v"}

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere not all limits are kept")


def under(kind: int, mb: int, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Python with a soft limit on what the process may have."""
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        timeout=MINUTE,
        preexec_fn=lambda: resource.setrlimit(kind, (mb * MB, resource.getrlimit(kind)[1])),
    )


def command(kind: int, mb: int, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command so."""
    return under(kind, mb, "-m", "glasstown", *words)


@pytest.mark.parametrize("kind", NAMES, ids=NAMES.get)
@pytest.mark.parametrize("words", [["check", "mainz-day"], ["curve", "good", "--gallery", "1000"]], ids=" ".join)
def test_no_command_waits_for_ever_for_memory_that_it_does_not_get(kind: int, words: Sequence[str]) -> None:
    """With so much, loading the library for linear algebra never ends."""
    done = command(kind, {DATA: 150, ADDRESSES: 410}[kind], *words)
    assert done.returncode == BAD_INPUT, done.stderr
    assert f"MB of {NAMES[kind]}, and loading the libraries takes about" in done.stderr
    assert f"ulimit {OPTION[kind]} unlimited" in done.stderr


def test_what_loads_little_runs_with_little() -> None:
    assert "newtown" in command(DATA, 150, "list").stdout
    assert "--people" in command(DATA, 150, "run", "--help").stdout


@pytest.mark.parametrize(
    ("kind", "mb"), [(DATA, 293), (DATA, 590), (ADDRESSES, 1_000), (ADDRESSES, 40_000), (ADDRESSES, 65_600)]
)
def test_a_run_whose_pictures_cannot_be_drawn_is_refused_before_anything_is_lived(
    kind: int, mb: int, tmp_path: Path
) -> None:
    done = command(kind, mb, "run", "newtown", "--people", "100000", "--days", "5", "--out", tmp_path / "out")
    if mb > 300:
        assert "a picture cannot be drawn: a process may have" in done.stderr
        assert done.returncode == BAD_FILE
    assert f"may have {mb:,} MB of {NAMES[kind]}" in done.stderr
    assert f"ulimit {OPTION[kind]} unlimited" in done.stderr
    assert not [*tmp_path.iterdir()]


def test_what_goes_on_with_a_run_or_repeats_it_is_refused_before_anything_is_lived(tmp_path: Path) -> None:
    """Also where the report is only drawn to be compared with the one that is there."""
    out = tmp_path / "out"
    lived = "import glasstown; from glasstown.study.run import run_scenario; from pathlib import Path; import sys; "
    lived += "s = glasstown.load('one-camera', changes={'town.people': 100, 'days': 1}); place = Path(sys.argv[1]); "
    for last in ("run_scenario(s, 1, journal=place)", "glasstown.run(s, out=place)"):
        subprocess.run([sys.executable, "-c", lived + last, out], check=True, timeout=MINUTE)
        words = ["resume", out] if "journal" in last else ["rerun", out]
        done = command(ADDRESSES, 40_000, *words)
        assert (done.returncode, done.stdout) == (BAD_FILE, ""), done.stderr
        assert "a picture cannot be drawn: a process may have 40,000 MB of addresses" in done.stderr


def test_a_comparison_that_is_drawn_is_refused_first(tmp_path: Path) -> None:
    drawing = ["--out", tmp_path / "a.svg"]
    arms = ["newtown", "cameras-off", "--people", "100", "--days", "1", "--seeds", "1"]
    assert "a picture cannot be drawn" in command(ADDRESSES, 40_000, "compare", *arms, *drawing).stderr
    assert command(ADDRESSES, 40_000, "compare", *arms).returncode == 0


@pytest.mark.parametrize(("kind", "mb"), [(DATA, 700), (ADDRESSES, 66_560)])
def test_a_run_whose_pictures_can_be_drawn_is_not_refused(kind: int, mb: int, tmp_path: Path) -> None:
    """The least that is allowed is enough: a small crowd has its report."""
    out = tmp_path / "out"
    done = command(kind, mb, "run", "mainz-day", "--set", "town.faces=1000", "--threads", "1", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "<svg" in (out / "report.html").read_text(encoding="utf-8")


def test_a_run_without_pictures_needs_no_room_for_them(tmp_path: Path) -> None:
    """A nation on a cluster that gives a process 40 GB of addresses."""
    out = tmp_path / "out"
    done = command(ADDRESSES, 40_000, "run", "myth", "--people", "1000", "--days", "60", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "<svg" not in (out / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", NAMES, ids=NAMES.get)
def test_what_a_process_may_have_is_free_at_most(kind: int) -> None:
    """Of 400 MB, a process that holds 200 MB in one block has 200 less what Python itself holds."""
    code = (
        "from glasstown.core.machine import free_memory_mb; before = free_memory_mb(); "
        "held = bytearray(200 << 20); print([before, free_memory_mb()])"
    )
    before, after = json.loads(under(kind, 400, "-c", code).stdout)
    assert 300 < before < 400
    assert before - after == pytest.approx(200, abs=16)


def test_a_run_without_a_folder_is_refused_for_what_its_process_may_have() -> None:
    code = "import glasstown; glasstown.run('newtown', 1, people=100_000, days=5)"
    done = under(DATA, 400, "-c", code)
    assert "this run would take about" in done.stderr
    assert "MB are free" in done.stderr


def test_nothing_limits_a_process_without_limits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nor where the system does not say how much of its limits a process has used."""
    infinite = resource.RLIM_INFINITY
    assert machine.limits_mb() == tuple(
        math.inf if soft == infinite else soft / MB for soft, _ in map(resource.getrlimit, (DATA, ADDRESSES))
    )
    monkeypatch.setattr(machine, "_STATUS", tmp_path / "status")
    assert machine._rationed_mb() == []


def test_processors_that_a_process_may_not_use_are_not_counted() -> None:
    """Bound to one of them, it is foreseen to work on one, and takes one thread where nobody says how many."""
    some = sorted(os.sched_getaffinity(0))
    code = (
        "import json, os, sys; os.sched_setaffinity(0, json.loads(sys.argv[1])); "
        "from glasstown.core.machine import processors; from glasstown.study.asked import threads_for; "
        "from glasstown.study.costs import at_once_of; print([processors(), threads_for(None), at_once_of(64)])"
    )
    for bound in (some[:1], some):
        told = subprocess.run([sys.executable, "-c", code, json.dumps(bound)], capture_output=True, check=True).stdout
        assert len(set(json.loads(told))) == 1
        assert json.loads(told)[0] <= len(bound)


QUOTAS = {"": {"cpu.max": "{} 100000"}, "cpu": {"cpu.cfs_quota_us": "{}", "cpu.cfs_period_us": "100000"}}


def given(folder: Path, version: str, quota: str) -> None:
    """Write what the kernel says of how long processors may work for a group, each tenth of a second."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in QUOTAS[version].items():
        (folder / name).write_text(f"{text.format(quota)}\n")


@pytest.mark.parametrize(("quota", "many"), [(200_000, 2), (150_000, 2), (300_000, 3), (20_000, 1), (9_900_000, 64)])
@pytest.mark.parametrize("least", ["own group", "group around it"])
@pytest.mark.parametrize("version", QUOTAS)
def test_processors_are_those_that_a_container_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, least: str, quota: int, many: int
) -> None:
    """Of 64 processors; a quota of one and a half is rounded up."""
    no_limit = {"": "max", "cpu": "-1"}[version]
    (tmp_path / "member").write_text(f"12:pids:/elsewhere\n3:{'cpu,cpuacct' if version else ''}:/around/own:1\n")
    around = tmp_path / version / "around"
    given(tmp_path / version, version, no_limit)
    given(around, version, str(quota) if least == "group around it" else no_limit)
    given(around / "own:1", version, str(quota) if least == "own group" else no_limit)
    given(around / "another", version, "10000")
    monkeypatch.setattr(machine, "_MEMBER", tmp_path / "member")
    monkeypatch.setattr(machine, "_GROUP", tmp_path)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    assert machine.processors() == many


@pytest.mark.parametrize("text", ["", "max 100000", "200000", "200000 0", "x y"])
def test_a_quota_that_cannot_be_read_limits_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    (tmp_path / "cpu.max").write_text(text)
    for name in ("_MEMBER", "_GROUP"):
        monkeypatch.setattr(machine, name, tmp_path / ("none" if name == "_MEMBER" else "."))
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(7)))
    assert machine.processors() == 5
