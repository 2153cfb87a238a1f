"""What each count costs, in seconds of the machine on which it was measured and in bytes; and how fast this one is."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from glasstown.core.keys import Key

COSTS = Path(__file__).with_name("costs.json")
PROBES, PROBED = 24, 1 << 20
# In `costs.json`, a count that ends so is divided among the threads.
_SHARED = " shared"


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


def pace_now() -> float:
    """Return how much slower than the machine of the constants this one is just now: draws, and reads from memory."""
    ids = np.arange(PROBED, dtype=np.int64)
    scattered, draw = ids * 40503 % PROBED, Key.from_seed(0)("pace").bits
    draw(ids[:1])
    taken: list[float] = []
    for _ in range(PROBES):
        start = time.perf_counter()
        draw(ids)[scattered].sum()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken)) / price("probe")
