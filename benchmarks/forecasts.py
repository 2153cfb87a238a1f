"""What a run was foreseen to take, beside what it took, for 30 scenarios: `python -m benchmarks.forecasts`.

Each scenario is run by the command, in a fresh process with loops compiled before, without towns that were kept. The
forecast is the one that the command would have said before it began; the costs it rests on were fitted to other runs
(`benchmarks/refit.py`). Memory is the most that was held at one time, disk the journal and the folder together. A third
of the scenarios takes more than a minute; `--keep FILE` keeps the raw figures.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

from benchmarks.tools import command, fresh, table
from glasstown.report.folder import read_scenario
from glasstown.study.costs import at_once_of, pace_now
from glasstown.study.day_town import DayTown
from glasstown.study.kinds import kind_of
from glasstown.study.load import load_of

STREETS = ("helsinki_centre_2019", "monaco_2020", "porto_alegre_2020", "london_holborn_2020")
MEASURES = ("seconds", "memory_mb", "disk_mb")
WITHIN, LONG_S, LOOK_S = 0.2, 60.0, 0.5
KEPT = ("forecast", "actual", "timings", "parts", "journal_mb", "replicates", "threads", "notes", "not_kept")

# Name, and what the command is told.
INVENTED: dict[str, list[str]] = {
    "the default": [],
    "3,000 people": ["--people", "3000"],
    "50,000 people": ["--people", "50000"],
    "100,000 people, a week": ["--people", "100000", "--days", "7"],
    "200,000 people": ["--people", "200000"],
    "500,000 people, a week": ["--people", "500000", "--days", "7"],
    "1,000,000 people, three days": ["--people", "1000000", "--days", "3"],
    "1,000,000 people, eight months": ["--people", "1000000", "--days", "243"],
    "1,000,000 people, five months, one thread": ["--people", "1000000", "--days", "152", "--threads", "1"],
    "2,000,000 people, three months": ["--people", "2000000", "--days", "91"],
    "3,000,000 people, a month": ["--people", "3000000", "--days", "30"],
    "500,000 people, a year and a half": ["--people", "500000", "--days", "548"],
    "cameras off": ["--people", "300000", "--set", "sensing.cameras.kind=none"],
    "many cameras": ["--people", "300000", "--days", "7", "--set", "sensing.cameras.per_km=16"],
    "a camera for two people": ["--people", "400000", "--days", "75", "--set", "sensing.cameras.per_km=65"],
    "nothing kept overnight": ["--people", "100000", "--set", "records.retention_days=0"],
    "kept for three days": ["--people", "200000", "--days", "14", "--set", "records.retention_days=3"],
    "kept for good": ["--people", "200000", "--days", "40", "--set", "records.retention_days=365"],
    "all captures written": ["--people", "60000", "--days", "10", "--keep", "captures"],
    "all trips written": ["--people", "150000", "--days", "7", "--keep", "trips"],
    "four replicates": ["--people", "30000", "--replicates", "4"],
    "sixteen replicates of 200,000 people": ["--people", "200000", "--days", "56", "--replicates", "16"],
    "a crowd of 5,000,000": ["busy-street", "--set", "town.faces=5000000"],
    "a crowd past a long list": [
        *("busy-street", "--set", "town.faces=4000000", "--set", "sensing.watchlist.size=2000000"),
    ],
    "a crowd of 600,000,000": ["busy-street", "--set", "town.faces=600000000"],
    "a nation's court list, everybody": ["court-blacklist", "--people", "300000000", "--set", "town.sample=1"],
    "a nation of points, everybody": ["reality", "--people", "300000000", "--set", "town.sample=1"],
}
REAL: dict[str, list[str]] = {
    "Helsinki, its cameras": ["--streets", STREETS[0], "--people", "100000", "--days", "14"],
    "Porto Alegre, cameras drawn": [
        *("--streets", STREETS[2], "--people", "200000", "--days", "7"),
        *("--set", "sensing.cameras.kind=generated"),
    ],
    "Holborn, its cameras": ["--streets", STREETS[3], "--people", "100000", "--days", "28"],
}

# Whatever these need is compiled before anything is measured.
FIRST = (
    ["--people", "1000"],
    ["--people", "60000", "--days", "20"],
    ["--people", "1000", "--set", "records.retention_days=0"],
    ["busy-street"],
    ["myth"],
    ["court-blacklist"],
    ["reality"],
)


def placed(runs: dict[str, list[str]]) -> dict[str, list[str]]:
    """Find the streets that runs name; such runs are left out where GLASSTOWN_DATA does not lead to them."""
    folder = Path(os.environ.get("GLASSTOWN_DATA", "")) / "streets"
    found: dict[str, list[str]] = {}
    for name, words in runs.items():
        if words[:1] != ["--streets"]:
            found[name] = words
        elif (file := folder / f"{words[1]}.osm.pbf").is_file():
            found[name] = [words[0], str(file), *words[2:]]
    return found


def scenarios() -> dict[str, list[str]]:
    """List what to run."""
    return placed(INVENTED | REAL)


def warmed(threads: int) -> None:
    """Compile the loops of every kind of run."""
    for words in FIRST:
        foreseen(words, threads)


def foreseen(words: list[str], threads: int, **environment: str) -> dict[str, Any]:
    """Run one scenario and return its forecast, what it took, the parts of the time, and what there was to count."""
    base = [] if words and not words[0].startswith("-") else ["newtown"]
    with tempfile.TemporaryDirectory() as out:
        told = [*base, *words, *([] if "--threads" in words else ["--threads", str(threads)])]
        many = at_once_of(int(told[told.index("--threads") + 1]))
        before, pace = _cpu_s(), _quiet_pace(many)
        with _peak_disk(Path(out)) as peak:
            given = {"GLASSTOWN_CACHE_GB": "0", **environment}
            fresh(command(), "run", *told, "--json", "--out", f"{out}/run", environment=given)
        pace = (pace + _quiet_pace(many)) / 2
        folder = Path(out) / "run"
        document = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        counts = _counts(folder, document, words)
    document["actual"]["disk_mb"] = max(document["actual"]["disk_mb"], *peak)
    kept = {name: document[name] for name in KEPT}
    return {**kept, "words": told, "cpu_s": _cpu_s() - before, "pace": pace, "counts": counts}


def _quiet_pace(threads: int) -> float:
    """Probe the machine when what the last run wrote is on the disk: bringing it there takes time of its own."""
    os.sync()
    return pace_now(threads)


@contextmanager
def _peak_disk(place: Path) -> Iterator[list[float]]:
    """Look again and again how much lies in a folder, while the block runs."""
    found, done = [0.0], Event()

    def size(file: str) -> int:
        with suppress(OSError):
            return os.stat(file).st_size
        return 0

    def look() -> None:
        while not done.wait(LOOK_S):
            sizes = (size(os.path.join(folder, file)) for folder, _, files in os.walk(place) for file in files)
            found.append(sum(sizes) / 1e6)

    looking = Thread(target=look)
    looking.start()
    try:
        yield found
    finally:
        done.set()
        looking.join()


def _counts(folder: Path, document: dict[str, Any], words: list[str]) -> dict[str, float]:
    scenario = read_scenario(folder)
    kind = kind_of(scenario)
    if not isinstance(kind, DayTown):
        return kind.counts(scenario)
    streets = {"streets": Path(words[1])} if words[:1] == ["--streets"] else None
    return vars(load_of(scenario, kind.survey(scenario, streets) if streets else None, document["keep"]))


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def shown(found: dict[str, dict[str, Any]]) -> tuple[str, str]:
    """Return the table, and how many are within a fifth: of all, and of those that took more than a minute."""
    rows: list[list[str]] = []
    off: dict[str, list[tuple[bool, float]]] = {measure: [] for measure in MEASURES}
    for name, one in found.items():
        row = [name]
        for measure in MEASURES:
            said, was = float(one["forecast"][measure]), max(float(one["actual"][measure]), 0.1)
            off[measure].append((float(one["actual"]["seconds"]) > LONG_S, said / was - 1))
            row += [f"{said:,.0f} / {was:,.0f}" if was >= 20 else f"{said:.1f} / {was:.1f}", f"{said / was - 1:+.0%}"]
        rows.append(row)
    head = ["scenario", "seconds", "off by", "memory, MB", "off by", "disk, MB", "off by"]
    told = {measure: (_share(each, only_long=True), _share(each, only_long=False)) for measure, each in off.items()}
    words = [f"{name.partition('_')[0]} {long} ({every} of all)" for name, (long, every) in told.items()]
    return table(head, rows), f"of those longer than a minute {', '.join(words)}"


def _share(off: list[tuple[bool, float]], *, only_long: bool) -> str:
    chosen = [abs(by) <= WITHIN for long, by in off if long or not only_long]
    return f"{sum(chosen)}/{len(chosen)}"


def main() -> None:
    """Run the scenarios and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecasts", description=main.__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="+", default=[], help="numbers of scenarios, from 1")
    parser.add_argument("--keep", type=Path, help="also keep the raw figures there, as JSON")
    given = parser.parse_args()
    chosen = {n: w for i, (n, w) in enumerate(scenarios().items(), 1) if not given.only or str(i) in given.only}
    found: dict[str, dict[str, Any]] = {}
    warmed(given.threads)
    for name, words in chosen.items():
        found[name] = foreseen(words, given.threads)
        if given.keep:
            given.keep.write_text(json.dumps(found, indent=1))
    print("\nwithin a fifth: ".join(shown(found)))


if __name__ == "__main__":
    main()
