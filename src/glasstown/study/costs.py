"""What each count costs, in seconds of the machine on which it was measured and in bytes; and how fast this one is."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glasstown.core.keys import Key
from glasstown.core.machine import processors
from glasstown.core.philox import draw_all
from glasstown.scenario import Scenario
from glasstown.study.ahead import compiled_each_time, not_compiled, part_of, two_compile

COSTS = Path(__file__).with_name("costs.json")
PROBES, FEW_PROBES = 64, 8
# Before a long run, so often and so many seconds apart.
TIMES, APART_S = 5, 0.2
READ, DRAWN, FAR = 1 << 17, 8, 1 << 23
_APART, _LINE = 283_521, 8
# In `costs.json`, a count that ends so is divided among the threads.
_SHARED = " shared"
# How many times as long one process compiles as two.
_ALONE = 1.7


@cache
def costs() -> dict[str, dict[str, float]]:
    """Return what each count costs in each part of a run: seconds on the machine of the fit, or bytes."""
    return json.loads(COSTS.read_bytes())["costs"]


def cost(part: str, counts: Mapping[str, float], workers: float = 1.0) -> float:
    """Add up what counts cost in a part of a run."""
    return sum(each * count(counts, name, workers) for name, each in costs()[part].items())


def count(counts: Mapping[str, float], name: str, workers: float) -> float:
    """Return a count as one of the threads that share it sees it."""
    of = name.removesuffix(_SHARED)
    return counts[of] / (workers if of != name else 1.0)


def price(part: str) -> float:
    """Return what a part costs that is the same in every run."""
    return costs()[part]["once"]


def compiling(scenario: Scenario) -> tuple[float, float]:
    """Return how long compiling takes at the usual pace: in the first process of a run, and in each further one."""
    if not not_compiled(part_of(scenario)):
        return 0.0, 0.0
    together = price("nation compile" if scenario.town.kind == "nation" else "compile")
    alone = together * _ALONE
    return together if two_compile() else alone, alone if compiled_each_time(scenario) else 0.0


def at_once_of(threads: int, workers: int = 1) -> int:
    """Return how many threads, or processes of one thread, will work at the same time."""
    return max(min(max(threads, workers), processors()), 1)


def pace_now(threads: int = 1, probes: int = PROBES, times: int = 1) -> float:
    """Return how much slower than the machine of the constants this one is just now.

    As many threads as will work at the same time draw numbers and read from far memory, each time for some eighth of a
    second, or for an eighth of that where few probes are asked for. A moment in which the whole machine stands still
    counts as three such moments at most. Of several times, a fifth of a second apart, the one in the middle counts.

    Limits
    ------
    Other programs that work all along make such moments too: of what they take, only a part is seen.
    """
    places, far = np.arange(READ) * _APART % FAR, np.ones(FAR + PROBES * _LINE, np.int64)
    words = Key.from_seed(0)("pace").words

    def draw(counters: NDArray[np.uint64]) -> None:
        draw_all(counters[0], counters[1], counters[2], counters[3], *words)

    def probe(counters: NDArray[np.uint64]) -> list[float]:
        taken, read = [time.perf_counter()], np.empty(READ, np.int64)
        for turn in range(probes):
            for _ in range(DRAWN):
                draw(counters)
            # Elsewhere each time: what was read once is near.
            far[turn * _LINE :].take(places, out=read, mode="clip")
            taken.append(time.perf_counter())
        return list(np.diff(taken[1:]))

    draw(np.zeros((4, 1), np.uint64))
    with ThreadPoolExecutor(threads) as pool:
        found = list[NDArray[np.float64]]()
        for turn in range(times):
            time.sleep(APART_S if turn else 0.0)
            found.append(np.array(list(pool.map(probe, np.zeros((threads, 4, READ // DRAWN), np.uint64)))))
    return typical(found) / price("probe")


def typical(found: Sequence[NDArray[np.float64]]) -> float:
    """Return the mean of what each probe took, none counted as more than three times the middle one.

    Of what was found at several times, that of the one in the middle.
    """
    return float(np.median([np.minimum(taken, 3 * np.median(taken)).mean() for taken in found]))
