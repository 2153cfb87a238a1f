"""Measure this project beside its peers, in one run, and write docs/benchmarks.md: `make bench`.

Machines drift, so every comparison is a ratio: the engines take turns, round after round, each in a fresh process, and
the ratio of two of them is taken within a round. Nothing here is a test, and no test depends on a time.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.peers import KNOWN, Result

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
LIBRARIES = ("numpy", "numba", "scipy", "mesa")
NAMES = {"mesa": f"Mesa {version('mesa')}, `shuffle_do`", "numpy": f"NumPy {version('numpy')}, vectorised"}
COMMAND = "glasstown"


def machine() -> str:
    """Describe the machine, the date and the versions in one sentence each."""
    model, memory = platform.processor() or platform.machine(), ""
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((x.partition(":")[2].strip() for x in lines if x.startswith("model name")), model)
        memory = f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{datetime.datetime.now(datetime.UTC).date()}, {model}, {cores} cores{memory}, {platform.system()}. "
        f"Python {platform.python_version()}, {libraries}."
    )


def fresh(*command: str) -> str:
    """Run a command in a process of its own and return what it prints."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return done.stdout


def measured(*module: str) -> Result:
    """Run one of the benchmark modules in a process of its own."""
    return Result(**json.loads(fresh(sys.executable, "-m", *module)))


def seconds(*command: str, times: int = 7) -> float:
    """Return the median time of a command, after one that warms the disk."""
    taken: list[float] = []
    for _ in range(times + 1):
        start = time.perf_counter()
        fresh(*command)
        taken.append(time.perf_counter() - start)
    return median(taken[1:])


def gt1(people: int, rounds: int, threads: int) -> str:
    """Run the reference workload on all engines in turn; return the table."""
    turns: dict[str, list[Result]] = {}
    for seed in range(1, rounds + 1):
        for engine in NAMES:
            turns.setdefault(engine, []).append(measured("benchmarks.peers", engine, str(people), str(seed)))
        for n in sorted({1, threads}):
            turns.setdefault(f"glasstown {n}", []).append(measured("benchmarks.ours", str(people), str(n), str(seed)))
    rows = [
        "| Engine | million person-days/s | times Mesa | times NumPy | counts per person-day | peak memory, MB |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for engine, results in turns.items():
        speed = median(r.person_days_per_s for r in results) / 1e6
        against = [_ratio(results, turns[peer]) for peer in NAMES]
        counts = sum(r.counts_per_person_day for r in results) / rounds
        mark = "" if all(r.right for r in results) else " (not the known answer)"
        peak = max(r.peak_mb for r in results)
        name = NAMES.get(engine, results[0].engine)
        rows.append(
            f"| {name} | {speed:.3g} | {against[0]:.3g} | {against[1]:.3g} | {counts:.4f}{mark} | {peak:,.0f} |"
        )
    return "\n".join(rows)


def _ratio(results: list[Result], peers: list[Result]) -> float:
    """Return how many times faster, each round on its own, then the median."""
    return median(a.person_days_per_s / b.person_days_per_s for a, b in zip(results, peers, strict=True))


def newtown(people: int, days: int, rounds: int, threads: int) -> tuple[str, str]:
    """Run the default town at a larger size; return the command and the table."""
    shown = [COMMAND, "run", "newtown", "--people", str(people), "--days", str(days), "--threads", str(threads)]
    documents: list[dict[str, Any]] = []
    for seed in range(1, rounds + 1):
        with tempfile.TemporaryDirectory() as out:
            text = fresh(_command(), *shown[1:], "--seed", str(seed), "--json", "--out", f"{out}/run")
        documents.append(json.loads(text))
    person_days = people * days
    speed = median(person_days / d["timings"]["simulate_s"] for d in documents)
    passes = median(_overall(d, "passes_per_person_day") for d in documents)
    timings = documents[0]["timings"]
    parts = ", ".join(
        f"{name.removesuffix('_s')} {median(d['timings'][name] for d in documents):.2f} s" for name in timings
    )
    peak = max(float(d["peak_memory_mb"]) for d in documents)
    table = "\n".join(
        [
            "| People | million person-days/s | million passes/s | passes per person-day | peak memory, MB |",
            "|--:|--:|--:|--:|--:|",
            f"| {people:,} | {speed / 1e6:.3g} | {speed * passes / 1e6:.3g} | {passes:.1f} | {peak:,.0f} |",
        ]
    )
    return " ".join(shown), f"{table}\n\nTime by part, medians: {parts}."


def _overall(document: dict[str, Any], name: str) -> float:
    return next(float(m["value"]) for m in document["metrics"] if m["name"] == name and m["by"] is None)


def _command() -> str:
    return str(Path(sys.executable).parent / COMMAND)


def start_up() -> str:
    """Time the two things that must stay light; return the table."""
    bare = seconds(sys.executable, "-c", "pass")
    imported = seconds(sys.executable, "-c", "import glasstown")
    shown = seconds(_command(), "--help")
    return "\n".join(
        [
            "| Command | seconds | times `python -c pass` |",
            "|---|--:|--:|",
            f"| `python -c pass` | {bare:.3f} | 1 |",
            f'| `python -c "import glasstown"` | {imported:.3f} | {imported / bare:.1f} |',
            f"| `glasstown --help` | {shown:.3f} | {shown / bare:.1f} |",
        ]
    )


def page(people: list[int], town: int, days: int, rounds: int, threads: int) -> str:
    """Measure everything and return the page."""
    tables = "\n\n".join(
        f"### {n:,} people\n\n    python -m benchmarks.run --people {n} --rounds {rounds}\n\n{gt1(n, rounds, threads)}"
        for n in people
    )
    command, table = newtown(town, days, rounds, threads)
    return f"""# Benchmarks

Written by `make bench`. {machine()}

Engines take turns in one run, each in a fresh process; a ratio is taken within a round, and every figure is the median
of {rounds} rounds. No test depends on a time. What is compiled is compiled beforehand, and building the town is not
counted unless it says so. Peak memory is that of the whole process, the interpreter and its libraries included.

## GT-1, the reference workload

10,000 sensors, three routes of about 8 sensors a day, recognition by group, a rating that fades; `benchmarks/peers.py`
states it whole. The peers get the same inputs, for which the answer is {KNOWN[0]:.3f} to {KNOWN[1]:.3f} counts per
person-day over the first three days. glasstown runs GT-1 as a scenario of its catalogue, through the same `step` as
every other town, and draws its own sensors.

{tables}

## The default town

    {command}

{table} The time to simulate includes the second life, with the cameras
off, that every run has for comparison; its person-days are not counted.

## Starting

    make bench

{start_up()}
"""


def main() -> None:
    """Measure, and write the page; `--dry` prints it instead."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=main.__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[100_000], help="sizes of GT-1")
    parser.add_argument("--town", type=int, default=100_000, help="people in the default town")
    parser.add_argument("--days", type=int, default=7, help="days in the default town")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--dry", action="store_true", help="print the page and write nothing")
    given = parser.parse_args()
    text = page(given.people, given.town, given.days, given.rounds, given.threads)
    if not given.dry:
        PAGE.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
