"""Threads share a few pools of memory where the C library lets them, and these keep what they give back.

Smallest errors noticed: one pool more than is meant; a third of the memory given back laid out anew; a unit that is
five in a hundred off.
"""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from glasstown.core import machine
from glasstown.core.machine import MOST_POOLS, processors
from glasstown.study.costs import typical

POOLS = """
import ctypes, sys, threading
from glasstown.core.machine import few_pools_of_memory

if sys.argv[1] == "shared":
    few_pools_of_memory()
held, all_there = [], threading.Barrier(6)
threads = [threading.Thread(target=lambda: (held.append(bytearray(100_000)), all_there.wait())) for _ in range(6)]
[thread.start() for thread in threads], [thread.join() for thread in threads]
there = ctypes.CDLL(None)
there.malloc_info(0, ctypes.c_void_p.in_dll(there, "stdout"))
there.fflush(None)
"""

FAULTS = """
import resource, sys
from glasstown.core.machine import few_pools_of_memory

if sys.argv[1] == "kept":
    few_pools_of_memory()
for turn in range(11):
    pieces = [b"x" * (16 << 20) for _ in range(4)]
    del pieces
    if turn == 0:
        first = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - first)
"""
PAGES_OF_A_TURN = (64 << 20) // 4096


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only there is the number of pools told")
@pytest.mark.parametrize(("how", "few"), [("shared", True), ("by default", False)])
def test_threads_take_memory_from_a_few_pools(how: str, few: bool) -> None:
    told = subprocess.run([sys.executable, "-c", POOLS, how], capture_output=True, text=True, check=True).stdout
    assert (told.count("<heap nr=") <= min(processors(), MOST_POOLS)) is few


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only there can the pool be told to")
@pytest.mark.parametrize(("how", "few"), [("kept", True), ("by default", False)])
def test_memory_that_is_given_back_is_not_laid_out_anew(how: str, few: bool) -> None:
    told = subprocess.run([sys.executable, "-c", FAULTS, how], capture_output=True, text=True, check=True).stdout
    assert (int(told) < 10 * PAGES_OF_A_TURN / 3) is few


OF_VERSION = {
    "": ("memory.max", "memory.current", "inactive_file", "max"),
    "memory": ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file", str(2**63 - 4_096)),
}


def group(folder: Path, version: str, free_mb: int | None) -> None:
    """Write what the kernel says of a group of processes with so much free; None for one without a limit."""
    most, current, given_up, no_limit = OF_VERSION[version]
    used, back = 512 * 1_048_576, 100 * 1_048_576
    folder.mkdir(parents=True, exist_ok=True)
    (folder / most).write_text(f"{no_limit if free_mb is None else used - back + free_mb * 1_048_576}\n")
    (folder / current).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"cache 7\n{given_up} {back}\n")


@pytest.mark.parametrize("least", ["machine", "own group", "group around it"])
@pytest.mark.parametrize("version", OF_VERSION)
def test_free_memory_is_told_in_the_unit_of_peak_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, least: str
) -> None:
    """1,024 units of 1,048,576 bytes are free in the machine or in a container: 1,024 either way, not 1,074."""
    free, more = 1_024, 4_096
    of_machine = free if least == "machine" else more
    (tmp_path / "meminfo").write_text(f"MemAvailable: {of_machine * 1_024} kB\nSwapFree: 0 kB\n")
    controllers = "cpu,memory" if version else ""
    (tmp_path / "member").write_text(f"12:pids:/elsewhere\n3:{controllers}:/around/own:1\n")
    around = tmp_path / version / "around"
    group(tmp_path / version, version, None)
    group(around, version, free if least == "group around it" else more)
    group(around / "own:1", version, free if least == "own group" else more)
    group(around / "another", version, 1)
    for name, file in {"_MEMORY": "meminfo", "_MEMBER": "member", "_STATUS": "status", "_GROUP": "."}.items():
        monkeypatch.setattr(machine, name, tmp_path / file)
    assert machine.free_memory_mb() == free
    (tmp_path / "status").write_text(f"VmHWM: {free * 1_024} kB\n")
    assert machine.peak_memory_mb() == free


@pytest.mark.parametrize("member", ["0::/\n", "0::/../outside\n", "what else\n", None])
def test_a_container_that_sees_no_more_than_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, member: str | None
) -> None:
    (tmp_path / "meminfo").write_text("MemAvailable: 4194304 kB\n")
    if member is not None:
        (tmp_path / "member").write_text(member)
    group(tmp_path, "", 1_024)
    for name, file in {"_MEMORY": "meminfo", "_MEMBER": "member", "_GROUP": "."}.items():
        monkeypatch.setattr(machine, name, tmp_path / file)
    assert machine.free_memory_mb() == 1_024


def test_a_moment_that_stands_still_does_not_make_a_machine_slow() -> None:
    """Of 64 probes one took a second instead of two milliseconds: as in a machine whose host does something else."""
    usual = np.full(64, 0.002)
    stalled = usual.copy()
    stalled[7] = 1.0
    assert typical([usual]) == pytest.approx(0.002)
    assert typical([stalled]) == pytest.approx(0.002 * 66 / 64)
    assert typical([2 * usual]) == pytest.approx(0.004)


def test_a_slow_half_second_does_not_make_a_machine_slow_but_most_of_the_time_does() -> None:
    """Of five times, two in which all took half as long again count for nothing; three count."""
    usual = np.full((2, 64), 0.002)
    assert typical([usual, 1.5 * usual, usual, usual, 1.5 * usual]) == pytest.approx(0.002)
    assert typical([1.5 * usual, usual, 1.5 * usual, usual, 1.5 * usual]) == pytest.approx(0.003)
