"""What a run was foreseen to take, beside what it took, for 30 scenarios: `python -m benchmarks.forecasts`.

Each scenario is run by the command, in a fresh process with loops compiled before, without towns that were kept. The
forecast is the one that the command would have said before it began. `--fit FILE` keeps the raw figures, from which the
constants of `study/forecast.py` are fitted.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.tools import command, fresh, table

STREETS = ("helsinki_centre_2019", "monaco_2020", "porto_alegre_2020", "london_holborn_2020")
MEASURES = ("seconds", "memory_mb", "disk_mb")
WITHIN = 0.2
KEPT = ("forecast", "actual", "timings", "notes", "not_kept")

# Name, and what the command is told.
INVENTED: dict[str, list[str]] = {
    "the default": [],
    "1,000 people": ["--people", "1000"],
    "3,000 people, half a year": ["--people", "3000", "--days", "182"],
    "50,000 people": ["--people", "50000"],
    "100,000 people, a week": ["--people", "100000", "--days", "7"],
    "100,000 people, two months": ["--people", "100000", "--days", "60"],
    "200,000 people, two weeks": ["--people", "200000", "--days", "14"],
    "300,000 people, a week": ["--people", "300000", "--days", "7"],
    "500,000 people, two days": ["--people", "500000", "--days", "2"],
    "500,000 people": ["--people", "500000"],
    "1,000,000 people, three days": ["--people", "1000000", "--days", "3"],
    "1,000,000 people, two weeks": ["--people", "1000000", "--days", "14"],
    "cameras off": ["--people", "200000", "--set", "sensing.cameras.kind=none"],
    "few cameras": ["--people", "200000", "--set", "sensing.cameras.per_km=0.5"],
    "many cameras": ["--people", "200000", "--days", "7", "--set", "sensing.cameras.per_km=10"],
    "a camera for two people": ["--people", "200000", "--days", "3", "--set", "sensing.cameras.per_km=65"],
    "nothing kept overnight": ["--people", "100000", "--set", "records.retention_days=0"],
    "kept for three days": ["--people", "200000", "--days", "14", "--set", "records.retention_days=3"],
    "kept for good": ["--people", "100000", "--days", "60", "--set", "records.retention_days=365"],
    "all captures written": ["--people", "50000", "--days", "7", "--keep", "captures"],
    "all trips written": ["--people", "100000", "--days", "7", "--keep", "trips"],
    "four replicates": ["--people", "30000", "--replicates", "4"],
    "eight replicates, a week": ["--people", "20000", "--days", "7", "--replicates", "8"],
    "people live far from work": ["--people", "100000", "--days", "7", "--set", "town.places.work_distance=4000"],
    "one thread": ["--people", "200000", "--days", "7", "--threads", "1"],
    "one camera": ["one-camera", "--people", "200000", "--days", "7"],
}
REAL: dict[str, list[str]] = {
    "Helsinki, its cameras": ["--streets", STREETS[0], "--people", "100000", "--days", "14"],
    "Monaco, its cameras": ["--streets", STREETS[1], "--people", "38000"],
    "Porto Alegre, cameras drawn": [
        *("--streets", STREETS[2], "--people", "200000", "--days", "7"),
        *("--set", "sensing.cameras.kind=generated"),
    ],
    "Holborn, its cameras": ["--streets", STREETS[3], "--people", "100000", "--days", "28"],
}


def scenarios() -> dict[str, list[str]]:
    """List what to run; real streets only where GLASSTOWN_DATA leads to them."""
    folder = Path(os.environ.get("GLASSTOWN_DATA", "")) / "streets"
    found: dict[str, list[str]] = {}
    for name, words in REAL.items():
        file = folder / f"{words[1]}.osm.pbf"
        if file.is_file():
            found[name] = [words[0], str(file), *words[2:]]
    return INVENTED | found


def foreseen(words: list[str], threads: int) -> dict[str, Any]:
    """Run one scenario and return its forecast, what it took, and the parts of the time."""
    base = [] if words and not words[0].startswith("-") else ["newtown"]
    with tempfile.TemporaryDirectory() as out:
        told = [*base, *words, *([] if "--threads" in words else ["--threads", str(threads)])]
        environment, before = {"GLASSTOWN_CACHE_GB": "0"}, _cpu_s()
        fresh(command(), "run", *told, "--json", "--out", f"{out}/run", environment=environment)
        document = json.loads((Path(out) / "run" / "run.json").read_text(encoding="utf-8"))
    return {**{name: document[name] for name in KEPT}, "words": told, "cpu_s": _cpu_s() - before}


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def shown(found: dict[str, dict[str, Any]]) -> tuple[str, dict[str, float]]:
    """Return the table, and for each measure the share of scenarios within a fifth."""
    rows: list[list[str]] = []
    within = dict.fromkeys(MEASURES, 0)
    for name, one in found.items():
        row = [name]
        for measure in MEASURES:
            said, was = float(one["forecast"][measure]), max(float(one["actual"][measure]), 0.1)
            within[measure] += abs(said / was - 1) <= WITHIN
            row += [f"{said:,.0f} / {was:,.0f}" if was >= 20 else f"{said:.1f} / {was:.1f}", f"{said / was - 1:+.0%}"]
        rows.append(row)
    head = ["scenario", "seconds", "off by", "memory, MB", "off by", "disk, MB", "off by"]
    return table(head, rows), {measure: n / len(found) for measure, n in within.items()}


def main() -> None:
    """Run the scenarios and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecasts", description=main.__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="+", default=[], help="numbers of scenarios, from 1")
    parser.add_argument("--fit", type=Path, help="also keep the raw figures there, as JSON")
    given = parser.parse_args()
    chosen = {n: w for i, (n, w) in enumerate(scenarios().items(), 1) if not given.only or str(i) in given.only}
    found: dict[str, dict[str, Any]] = {}
    for name, words in chosen.items():
        found[name] = foreseen(words, given.threads)
        if given.fit:
            given.fit.write_text(json.dumps(found, indent=1))
    text, within = shown(found)
    print(text)
    print(", ".join(f"{measure}: {share:.0%} within a fifth" for measure, share in within.items()))


if __name__ == "__main__":
    main()
