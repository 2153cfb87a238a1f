"""What the benchmarks share: fresh processes, the peers' own environment, the machine in a sentence."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from math import floor
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".venv-peers" / "bin" / "python"
COMMAND = "glasstown"
LIBRARIES = ("numpy", "numba", "scipy", "mesa")
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine() -> str:
    """Describe the machine, the date and the versions in one sentence each."""
    model, memory = platform.processor() or platform.machine(), ""
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((x.partition(":")[2].strip() for x in lines if x.startswith("model name")), model)
        memory = f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{datetime.datetime.now(datetime.UTC).date()}, {model}, {CORES} cores{memory}, {platform.system()}. "
        f"Python {platform.python_version()}, {libraries}."
    )


def command() -> str:
    """Return where the command of this environment is."""
    return str(Path(sys.executable).parent / COMMAND)


def fresh(*words: str, environment: dict[str, str] | None = None) -> str:
    """Run a command in a process of its own and return what it prints."""
    told = {**os.environ, **(environment or {})}
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, env=told)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}\n{done.stderr}")
    return done.stdout


def measured(*module: str, environment: dict[str, str] | None = None) -> dict[str, Any]:
    """Run one of the benchmark modules in a process of its own and return what it measured."""
    return json.loads(fresh(sys.executable, "-m", *module, environment=environment).splitlines()[-1])


def peer(*words: str) -> dict[str, Any] | str:
    """Run `benchmarks/outside.py` in the peers' environment; where that cannot be done, say why."""
    if not PEERS.exists():
        return "not measured: .venv-peers is not there (`make bench` makes it)"
    done = subprocess.run([str(PEERS), "benchmarks/outside.py", *words], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        return f"not measured: {(done.stderr.strip().splitlines() or ['no reason given'])[-1][:120]}"
    return json.loads(done.stdout.splitlines()[-1])


def seconds(*words: str, times: int = 7) -> float:
    """Return the median time of a command, after one that warms the disk."""
    taken: list[float] = []
    for _ in range(times + 1):
        start = time.perf_counter()
        fresh(*words)
        taken.append(time.perf_counter() - start)
    return median(taken[1:])


@contextmanager
def nothing_cached() -> Iterator[dict[str, str]]:
    """Yield an environment whose cache is empty, as on a machine that has never run the program."""
    with TemporaryDirectory() as folder:
        yield {"GLASSTOWN_CACHE": folder}


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Lay rows out as a Markdown table; all columns but the first stand to the right."""
    lines = [f"| {' | '.join(head)} |", f"|---|{'--:|' * (len(head) - 1)}"]
    lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def verdict(value: float, goal: float, *, least: bool) -> str:
    """Say whether a goal is met, and by how much it is missed."""
    if value >= goal if least else value <= goal:
        return "met"
    share = value / goal if least else goal / value
    return f"missed: {floor(100 * share)}% of the way"
