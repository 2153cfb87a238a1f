"""Days as glasstown lives them, through `step`: `python -m benchmarks.ours gt1 --people 100000 --threads 2`.

A small town is lived first, so that compiling is not counted. What is printed is JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from benchmarks.peers import peak_mb


@dataclass(frozen=True)
class Lived:
    """What one town did.

    Parameters
    ----------
    people, days, threads, devices, routes : int
        What it was.
    survey_s, build_s, watch_s, run_s : float
        Seconds to lay out the streets, to let people move in and find their ways, to put up the devices and find out
        which of them each way passes, and to live the days.
    passes, captures, candidates : int
        What happened.
    built_mb, peak_mb : float
        The most memory that the process had held when the town was built, and at the end.
    """

    people: int
    days: int
    threads: int
    devices: int
    routes: int
    survey_s: float
    build_s: float
    watch_s: float
    run_s: float
    passes: int
    captures: int
    candidates: int
    built_mb: float
    peak_mb: float


def lived(base: str, changes: dict[str, object], threads: int, seed: int, *, whole: bool, keep: bool = False) -> Lived:
    """Build a town and live its days.

    Parameters
    ----------
    whole : bool
        Live as a run does: books, tallies and signatures are part of the day. The preparation of the first evening is
        not, and a day begins while the books of the one before are written: so the first day and the last one count as
        much as the mean of the others. If not, only `step` is timed.
    keep : bool
        Reopen the town where it was built before.
    """
    from glasstown.core.keys import Key
    from glasstown.core.machine import few_pools_of_memory, hand_over_often
    from glasstown.prepare import settle_people, survey, watch
    from glasstown.scenario import load

    few_pools_of_memory()
    hand_over_often()
    scenario, key = load(base, changes=changes), Key.from_seed(seed)
    at = [time.perf_counter()]
    ground = survey(scenario)
    at.append(time.perf_counter())
    settled = settle_people(scenario, ground, key, threads, keep=keep)
    at.append(time.perf_counter())
    watched = watch(scenario, ground, settled)
    at.append(time.perf_counter())
    survey_s, build_s, watch_s = (b - a for a, b in pairwise(at))
    sizes = (scenario.town.people, scenario.days, threads, len(watched.devices), len(settled.routes))
    built_mb = peak_mb()
    del watched
    live = _whole_days if whole else _steps
    run_s, counts = live(scenario, seed, ground, settled, threads)
    return Lived(*sizes, survey_s, build_s, watch_s, run_s, *counts, built_mb, peak_mb())


def _steps(scenario: Any, seed: int, ground: Any, settled: Any, threads: int) -> tuple[float, list[int]]:
    from glasstown.core.keys import Key
    from glasstown.metrics.ledger import day_tallies
    from glasstown.prepare import prepare
    from glasstown.simulate import days

    key = Key.from_seed(seed)
    states = prepare(scenario, ground, settled, key)
    run_s, counts = 0.0, [0, 0, 0]
    begun = time.perf_counter()
    for evening in days(states, scenario, key, threads, rows=False):
        run_s += time.perf_counter() - begun
        for state, day in evening:
            counts = _counted(counts, day_tallies(state, day))
        # A run holds no day that is over.
        del evening, state, day
        begun = time.perf_counter()
    return run_s, counts


def _whole_days(scenario: Any, seed: int, ground: Any, settled: Any, threads: int) -> tuple[float, list[int]]:
    from glasstown.study.life import live_once

    ticks: list[float] = []
    life = live_once(
        scenario, seed, ground, settled, threads=threads, progress=lambda *_: ticks.append(time.perf_counter())
    )
    later = (ticks[-2] - ticks[0]) / (len(ticks) - 2)
    return later * scenario.days, _counted([0, 0, 0], life.tables["tallies"])


def _counted(counts: list[int], tallies: Any) -> list[int]:
    columns = (tallies.passes, tallies.captures, tallies.candidates)
    return [n + int(column.sum()) for n, column in zip(counts, columns, strict=True)]


def main() -> None:
    """Measure one town and print the result as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ours", description=main.__doc__)
    parser.add_argument("base", help="a scenario of the catalogue")
    parser.add_argument("--people", type=int, required=True)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cameras", type=int, help="cameras in the whole town, instead of the scenario's")
    parser.add_argument("--per-km", type=float, help="cameras for each kilometre of street, instead of the scenario's")
    parser.add_argument("--whole", action="store_true", help="live whole days as a run does, not only their steps")
    parser.add_argument("--keep", action="store_true", help="reopen the town where it was built before")
    given = parser.parse_args()
    if given.whole and given.days < 3:
        parser.error("--whole needs three days or more: neither the first one nor the last one is timed")
    changes: dict[str, object] = {"days": given.days}
    if given.per_km is not None:
        changes["sensing.cameras.per_km"] = given.per_km
    if given.cameras is not None:
        changes |= {"sensing.cameras.per_km": 1000, "sensing.cameras.most": given.cameras}
    how = {"threads": given.threads, "seed": given.seed, "whole": given.whole}
    lived(given.base, {**changes, "town.people": 1_000, "days": 3}, **how)
    result = lived(given.base, {**changes, "town.people": given.people}, **how, keep=given.keep)
    print(json.dumps(asdict(result)))


if __name__ == "__main__":
    main()
