"""Fit what each count costs (`study/costs.json`) to what runs take on this machine: `python -m benchmarks.refit`.

Takes some minutes of a quiet machine, and belongs to every change that makes days faster or slower. The runs are
others than those of the table that `python -m benchmarks.forecasts` prints, so that the table tests the fit.
`--again FILE` fits to the figures that an earlier `--keep FILE` kept. A machine has fast and slow hours: `--mean FILE`
fits nothing, and takes for times the mean of the costs there are and of those in a file, an earlier `costs.json`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from benchmarks.forecasts import foreseen, placed, warmed
from benchmarks.tools import machine
from glasstown.study.costs import COSTS, at_once_of, cost, costs, count, price

TOWNS: dict[str, list[str]] = {
    "the default": [],
    "1,000 people": ["--people", "1000"],
    "few people, half a year": ["--people", "3000", "--days", "182"],
    "40,000 people": ["--people", "40000", "--days", "25"],
    "100,000 people, two months": ["--people", "100000", "--days", "60"],
    "250,000 people, three weeks": ["--people", "250000", "--days", "21"],
    "500,000 people, two days": ["--people", "500000", "--days", "2"],
    "300,000 people, many cameras": ["--people", "300000", "--days", "5", "--set", "sensing.cameras.per_km=65"],
    "500,000 people, ten days": ["--people", "500000", "--days", "10"],
    "1,000,000 people, eight days": ["--people", "1000000", "--days", "8"],
    "1,000,000 people, six weeks": ["--people", "1000000", "--days", "42"],
    "700,000 people, four months": ["--people", "700000", "--days", "120"],
    "cameras off": ["--people", "200000", "--set", "sensing.cameras.kind=none"],
    "few cameras": ["--people", "200000", "--set", "sensing.cameras.per_km=0.5"],
    "many cameras": ["--people", "200000", "--days", "10", "--set", "sensing.cameras.per_km=12"],
    "a camera for two people": ["--people", "200000", "--days", "15", "--set", "sensing.cameras.per_km=65"],
    "nothing kept overnight": ["--people", "150000", "--set", "records.retention_days=0"],
    "kept for good": ["--people", "100000", "--days", "60", "--set", "records.retention_days=365"],
    "all captures written": ["--people", "50000", "--days", "7", "--keep", "captures"],
    "all trips written": ["--people", "100000", "--days", "7", "--keep", "trips"],
    "more captures written": ["--people", "40000", "--days", "21", "--keep", "captures"],
    "more trips written": ["--people", "250000", "--days", "10", "--keep", "trips"],
    "what trips were exposed to": ["--people", "120000", "--days", "14", "--keep", "exposures"],
    "all that is on record": ["--people", "120000", "--days", "21", "--keep", "footage"],
    "six replicates of 20,000 people": ["--people", "20000", "--days", "14", "--replicates", "6"],
    "five replicates": ["--people", "100000", "--days", "10", "--replicates", "5"],
    "four replicates of 200,000 people": ["--people", "200000", "--days", "20", "--replicates", "4"],
    "eight replicates of 150,000 people": ["--people", "150000", "--days", "50", "--replicates", "8"],
    "a long list": ["--people", "1000", "--days", "8", "--set", "sensing.watchlist.size=4000000"],
    "a long list in a large town": ["--people", "300000", "--days", "8", "--set", "sensing.watchlist.size=1000000"],
    "a list that returns nearly everybody": [
        *("--people", "60000", "--days", "17", "--set", "sensing.recognition.system=custom"),
        *("--set", "sensing.recognition.fmr=0.0001", "--set", "sensing.recognition.fnmr=0.1"),
    ],
    "work far away": ["--people", "100000", "--days", "7", "--set", "town.places.work_distance=4000"],
    "one thread": ["--people", "200000", "--days", "14", "--threads", "1"],
    "one thread, two months": ["--people", "100000", "--days", "60", "--threads", "1"],
    "one thread, many cameras": [
        *("--people", "200000", "--days", "7", "--threads", "1", "--set", "sensing.cameras.per_km=30"),
    ],
    "Monaco": ["--streets", "monaco_2020", "--people", "60000", "--days", "14"],
    "Holborn": ["--streets", "london_holborn_2020", "--people", "150000", "--days", "14"],
    "Porto Alegre": [
        *("--streets", "porto_alegre_2020", "--people", "150000", "--days", "7"),
        *("--set", "sensing.cameras.kind=generated"),
    ],
}
CROWDS: dict[str, list[str]] = {
    "a crowd": ["busy-street", "--set", "town.faces=2000000", "--days", "1"],
    "a large crowd": ["busy-street", "--set", "town.faces=60000000", "--days", "1"],
    "a very large crowd": ["busy-street", "--set", "town.faces=150000000", "--days", "1"],
    "a crowd and a long list": ["busy-street", "--set", "sensing.watchlist.size=8000000"],
    "a large crowd past a long list": [
        *("busy-street", "--set", "town.faces=5000000", "--set", "sensing.watchlist.size=3000000"),
    ],
    "a crowd of many days": ["busy-street", "--set", "town.faces=3000000", "--days", "20"],
}
NATIONS: dict[str, list[str]] = {
    "a sample": ["myth", "--set", "town.sample=50"],
    "a court's list": ["court-blacklist", "--people", "20000000", "--set", "town.sample=1"],
    "points": ["reality", "--people", "20000000", "--set", "town.sample=1"],
    "points for all": ["myth", "--people", "20000000", "--set", "town.sample=1"],
    "a court's list in a large country": ["court-blacklist", "--people", "100000000", "--set", "town.sample=1"],
    "points in a large country": ["reality", "--people", "80000000", "--set", "town.sample=1"],
}
KINDS = {"town": TOWNS, "crowd": CROWDS, "nation": NATIONS}
ROWS = ("outings", "trips", "exposures", "seen", "on_record")
# Which counts may cost anything in which part; the rest of the costs are not fitted to runs.
MAY_COST: dict[str, tuple[str, ...]] = {
    "build": ("once", "segments", "drawn", "people shared", "crowded shared", "reached shared", "steps"),
    "life": (
        *("once", "people", "passes", "walked", "walked shared", "captures", "captures shared", "wide", "written"),
        *("person_days", "person_days shared", "footage", "evenings", "evenings shared", "references", "filed"),
        "candidates",
    ),
    "bare": (
        *("once", "people", "person_days", "person_days shared", "evenings", "evenings shared", "references", "filed"),
    ),
    "report": ("once", "people", *ROWS, "devices", "references"),
    "memory": ("once", "people", "steps", "passes", "reels", *ROWS, "at_once", "references", "files"),
    "folder": ("once", "people", "streets", "devices", *ROWS, "device_days", "references"),
    "journal": (
        *("once", "people", "person_days", "watched", "stored", "wide", "first", "used", "named"),
        *(*ROWS, "device_days", "evenings", "returned", "references"),
    ),
    "crowd life": ("once", "faces shared", "noted", "references"),
    "crowd bare": ("once", "faces shared", "references"),
    "crowd report": ("once",),
    "crowd memory": ("once", "blocks", "noted", "evenings", "references"),
    "crowd folder": ("once", "noted", "evenings", "references"),
    "crowd journal": ("once", "noted", "evenings"),
    "nation life": ("once", "person_months shared", "rated shared"),
    "nation bare": ("once", "person_months shared"),
    "nation report": ("once",),
    "nation memory": ("once", "entries", "cells"),
    "nation folder": ("once", "cells"),
    "nation journal": ("once", "cells", "graded", "blocks"),
}
# What is seconds; all else is bytes, or was never fitted.
TIMES = (
    *("build", "life", "bare", "report", "start", "compile", "probe", "beside"),
    *("crowd life", "crowd bare", "crowd report", "nation compile", "nation life", "nation bare", "nation report"),
)
# What costs the time of compiling, and a small run that needs it.
FIRST_USE = {"compile": ["--people", "1000"], "nation compile": ["myth"]}
TIMED = ("build", "life", "bare", "report")


def took(part: str, one: dict[str, Any]) -> float:
    """Return what a part of a run took: seconds at the pace of the fit, or bytes."""
    timings, parts, pace = one["timings"], one["parts"], one["pace"]
    match part.split()[-1]:
        case "build":
            return timings["build_s"] / pace
        case "report":
            return timings["report_s"] / pace
        case "life":
            return (parts["life_s"] + (timings["build_s"] if " " in part else 0.0)) / pace
        case "bare":
            return parts["bare_s"] / pace
        case "memory":
            return one["actual"]["memory_mb"] * 1e6
        case "journal":
            return one["journal_mb"] * 1e6
        case _:
            return (one["actual"]["disk_mb"] - one["journal_mb"]) * 1e6


def counts(part: str, one: dict[str, Any]) -> list[float]:
    """Return the counts that may cost something in a part, each divided among the threads that share it."""
    found, many = one["counts"], float(at_once_of(one["threads"]))
    at_once = min(many, found["communities"]) if part in ("life", "bare") else many
    return [count(found, name, at_once) for name in MAY_COST[part]]


def fitted(part: str, runs: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Fit costs of at least nothing by least squares of what is off in proportion; large runs count more."""
    used = _used(part, runs)
    if not used:
        return dict(costs()[part])
    x, y = np.array([counts(part, one) for one in used]), np.array([took(part, one) for one in used])
    long = np.array([one["actual"]["seconds"] for one in used])
    weight = 1.0 + (long / 10 if part.split()[-1] in TIMED else 8 * y / y.max())
    scale = np.maximum(np.abs(x).max(axis=0), 1e-300)
    each, _ = nnls(x / scale / y[:, None] * weight[:, None], weight)
    return {name: float(f"{value:.3g}") for name, value in zip(MAY_COST[part], each / scale, strict=True) if value > 0}


def _used(part: str, runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what was not there to be measured, and what several processes did at once."""
    alone = part not in ("memory", "journal", "folder")
    return [one for one in runs if took(part, one) > 0.02 and (alone or one["replicates"] == 1)]


def compiling(words: list[str], threads: int) -> float:
    """Return how much longer a run takes where no loop was ever compiled, at the pace of the fit."""
    with TemporaryDirectory() as empty:
        first, second = (foreseen(words, threads, GLASSTOWN_CACHE=empty) for _ in range(2))
    return first["actual"]["seconds"] / first["pace"] - second["actual"]["seconds"] / second["pace"]


def main() -> None:
    """Run, fit, and write the costs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.refit", description=main.__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS), help="kinds of runs")
    parser.add_argument("--keep", type=Path, help="keep the raw figures there, as JSON")
    parser.add_argument("--again", type=Path, help="fit to figures that were kept, without running anything")
    parser.add_argument("--mean", type=Path, help="take for times the mean with these costs, without running anything")
    given = parser.parse_args()
    document = json.loads(COSTS.read_bytes())
    if given.mean:
        earlier = json.loads(given.mean.read_bytes())["costs"]
        document["costs"] |= {part: _mean(document["costs"][part], earlier[part]) for part in TIMES}
        written(document)
        return
    found: dict[str, dict[str, Any]] = {}
    if given.again:
        found = json.loads(given.again.read_bytes())
    else:
        warmed(given.threads)
        for kind, runs in KINDS.items():
            for name, words in placed(runs).items() if kind in given.only else ():
                one = foreseen(words, given.threads)
                found[name] = {"kind": kind, "probe_s": one["pace"] * price("probe"), **one}
                print(f"{name}: {one['actual']['seconds']} s, pace {one['pace']:.2f}", flush=True)
                if given.keep:
                    given.keep.write_text(json.dumps(found, indent=1))
    # The usual pace is that of the machine while this was measured.
    usual = price("probe")
    if len(given.only) == len(KINDS):
        usual = float(f"{np.median([one['probe_s'] for one in found.values()]):.3g}")
    document["costs"]["probe"]["once"] = usual
    written(document)
    for one in found.values():
        one["pace"] = one["probe_s"] / usual
    for part, words in FIRST_USE.items() if not given.again else ():
        document["costs"][part]["once"] = float(f"{compiling(words, given.threads):.3g}")
    for part in MAY_COST:
        kind = part.partition(" ")[0] if " " in part else "town"
        runs = [one for one in found.values() if one["kind"] == kind]
        if runs:
            document["costs"][part] = fitted(part, runs)
    document["fitted"] = machine()
    written(document)
    apart = [one for one in found.values() if one["kind"] == "town" and one["replicates"] > 1]
    if len(apart) > 1:
        (beside, start), _ = nnls(*_replicated(apart))
        (held, drawn), _ = nnls(*_held_by_replicates(apart))
        fit = {"beside": beside, "start": start, "no_report": price("memory") - held, "drawn": drawn}
        document["costs"] |= {name: {"once": float(f"{value:.3g}")} for name, value in fit.items()}
        written(document)
    for part, kind in ((part, part.partition(" ")[0] if " " in part else "town") for part in MAY_COST):
        costed = document["costs"][part]
        runs = _used(part, [one for one in found.values() if one["kind"] == kind])
        each = [costed.get(name, 0.0) for name in MAY_COST[part]]
        off = [float(np.dot(each, counts(part, one))) / took(part, one) - 1 for one in runs]
        if off:
            print(f"{part}: off by {min(off):+.0%} to {max(off):+.0%}; {costed}")


def _replicated(runs: Sequence[dict[str, Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return, for each run, what a replicate would take alone and the time to start it, both over what it took."""
    alone = np.array([cost("build", one["counts"]) + cost("life", one["counts"]) for one in runs])
    lives = np.array([one["replicates"] - 1 for one in runs])
    workers = np.minimum(lives, [one["threads"] for one in runs])
    each = np.array([one["parts"]["others_s"] / one["pace"] for one in runs]) * workers / lives
    return np.stack([alone / each, 1.0 / each], axis=1), np.ones(len(runs))


def _held_by_replicates(runs: Sequence[dict[str, Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return, for each run, one and what its memory grows by without rows, over what the largest replicate held."""
    workers = np.array([min(one["replicates"] - 1, one["threads"]) for one in runs])
    own = np.array([cost("memory", one["counts"]) for one in runs])
    rows = dict.fromkeys(ROWS, 0.0)
    grows = np.array([cost("memory", one["counts"] | rows) for one in runs]) - price("memory")
    each = (np.array([one["actual"]["memory_mb"] * 1e6 for one in runs]) - own) / workers
    return np.stack([1.0 / each, grows / each], axis=1), np.ones(len(runs))


def _mean(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    """Return costs that foresee the mean of what two fits foresee; what a fit does not name costs nothing in it."""
    return {name: float(f"{(one.get(name, 0.0) + other.get(name, 0.0)) / 2:.3g}") for name in {**other, **one}}


def written(document: dict[str, Any]) -> None:
    """Write the costs, and read them anew."""
    COSTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    costs.cache_clear()


if __name__ == "__main__":
    main()
