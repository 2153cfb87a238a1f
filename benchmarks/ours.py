"""GT-1 as glasstown runs it, as a scenario through `step`: `python -m benchmarks.ours 100000 2` (people, threads)."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict

from benchmarks.peers import Result, peak_mb


def ours(people: int, threads: int, seed: int) -> Result:
    """Live the days of GT-1; a small town is lived first, so that compiling is not counted."""
    _lived(1_000, threads, seed)
    days, build_s, run_s, counts = _lived(people, threads, seed)
    name = f"glasstown, {threads} thread{'s' if threads > 1 else ''}"
    return Result(name, people, days, build_s, run_s, counts / (people * days), peak_mb())


def _lived(people: int, threads: int, seed: int) -> tuple[int, float, float, int]:
    from glasstown.core.keys import Key
    from glasstown.prepare import prepare, settle_people, survey
    from glasstown.scenario import load
    from glasstown.simulate import days

    scenario = load("gt1", changes={"town.people": people})
    key = Key.from_seed(seed)
    start = time.perf_counter()
    ground = survey(scenario)
    states = prepare(scenario, ground, settle_people(scenario, ground, key), key)
    middle = time.perf_counter()
    counts = 0
    for lived in days(states, scenario, key, threads):
        counts += sum(len(day.candidates) for _, day in lived)
    return scenario.days, middle - start, time.perf_counter() - middle, counts


def main(arguments: list[str]) -> None:
    """Measure one run and print the result as JSON."""
    people, threads, *seed = (int(a) for a in arguments)
    print(json.dumps(asdict(ours(people, threads, seed[0] if seed else 1))))


if __name__ == "__main__":
    main(sys.argv[1:])
