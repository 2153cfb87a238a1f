"""GT-1, the reference workload, as Mesa 3 and vectorised NumPy run it: `python -m benchmarks.peers numpy 100000`.

People walk routes past sensors. There are 10,000 sensors; the capture probability of each is drawn from
Gamma(1, 0.05) and clipped to 0.6, its weight from 0 to 1. There are max(20,000, min(1,000,000, people)) routes, each
passing Poisson(8) sensors clipped to 1..30. Six groups are recognised at different rates. Each person has two
routes and walks both every day, and a third one drawn at random unless flagged. Every pass captures with the sensor's
probability; a capture is recognised with the group's rate, and with probability 0.001 it is also attributed to a random
other person. Each recognised or attributed capture adds one to that person's count and takes the sensor's weight off
the rating. At the end of the day the rating decays by 1 %, and a person below -3 is flagged.

The answer is known: 1.070 to 1.073 counts per person-day over the first three days. It belongs to one drawing of the
sensors, because the mean of 10,000 capture probabilities itself varies by 1 %; with the exact mean it is 1.085.
`INPUTS` is the first seed whose sensors give the known answer. A single run of 300,000 person-days scatters around it
by 0.002.

Both peers get the same inputs, and neither is a straw man: the Mesa agents keep what they need in local variables and
plain tuples; the NumPy version lays the fixed routes out once, side by side, and works in blocks that stay in the
processor's cache.
"""

from __future__ import annotations

import itertools
import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SENSORS = 10_000
RECOGNISED = (0.98, 0.96, 0.93, 0.90, 0.86, 0.80)
ATTRIBUTED = 0.001
DECAY = 0.99
FLAG_BELOW = -3.0
KNOWN = (1.070, 1.073)
INPUTS = 2


@dataclass(frozen=True)
class Workload:
    """What both peers are given.

    Parameters
    ----------
    p, weight : arrays of float64, shape (sensors,)
        Capture probability, and what a recognised capture costs.
    first : array of int64, shape (routes + 1,)
        Where each route begins in `sensor`.
    sensor : array of int32, shape (passes on all routes,)
        The sensors that each route passes, in order.
    group : array of int64, shape (people,)
        Each person's group.
    fixed : array of int64, shape (people, 2)
        The two routes that each person walks every day.
    """

    p: NDArray[np.float64]
    weight: NDArray[np.float64]
    first: NDArray[np.int64]
    sensor: NDArray[np.int32]
    group: NDArray[np.int64]
    fixed: NDArray[np.int64]


@dataclass(frozen=True)
class Result:
    """What one engine did.

    Parameters
    ----------
    engine : str
        Which.
    people, days : int
        How much it was given.
    build_s, run_s : float
        Seconds to lay out the population, and to live the days.
    counts_per_person_day : float
        The answer, to be compared with the one that is known to be right.
    peak_mb : float
        Peak memory of the whole process.
    """

    engine: str
    people: int
    days: int
    build_s: float
    run_s: float
    counts_per_person_day: float
    peak_mb: float

    @property
    def right(self) -> bool:
        """Whether the answer is the known one, within 3.5 standard errors of the counts."""
        slack = 3.5 * (KNOWN[1] / (self.people * self.days)) ** 0.5
        return KNOWN[0] - slack <= self.counts_per_person_day <= KNOWN[1] + slack

    @property
    def person_days_per_s(self) -> float:
        """How fast it was, building apart."""
        return self.people * self.days / self.run_s


def workload(people: int, seed: int) -> Workload:
    """Draw the inputs of GT-1: the same sensors for any number of people."""
    sensors, rng = (np.random.Generator(np.random.SFC64([seed, part])) for part in range(2))
    n_routes = max(20_000, min(1_000_000, people))
    passes = np.clip(rng.poisson(8, n_routes), 1, 30)
    first = np.concatenate([[0], np.cumsum(passes)])
    return Workload(
        p=np.minimum(sensors.gamma(1.0, 0.05, SENSORS), 0.6),
        weight=sensors.random(SENSORS),
        first=first,
        sensor=rng.integers(0, SENSORS, first[-1], np.int32),
        group=rng.integers(0, len(RECOGNISED), people),
        fixed=rng.integers(0, n_routes, (people, 2)),
    )


def with_mesa(given: Workload, days: int, seed: int) -> tuple[float, float, float]:
    """Run GT-1 with Mesa agents; return seconds to build, seconds to run, and counts."""
    import mesa

    start = time.perf_counter()
    p, weight = given.p.tolist(), given.weight.tolist()
    sensor, first = given.sensor.tolist(), given.first.tolist()
    routes = [tuple(sensor[a:b]) for a, b in itertools.pairwise(first)]
    everybody: list[Walker] = []

    class Walker(mesa.Agent):
        __slots__ = ("count", "flagged", "one", "rate", "rating", "two")

        def __init__(self, model: mesa.Model, rate: float, one: int, two: int) -> None:
            super().__init__(model)
            self.rate, self.one, self.two = rate, routes[one], routes[two]
            self.count, self.rating, self.flagged = 0, 0.0, False

        def step(self) -> None:
            draw = uniform
            walked = self.one + self.two
            if not self.flagged:
                walked += routes[int(draw() * len(routes))]
            for device in walked:
                if draw() < p[device]:
                    if draw() < self.rate:
                        self.count += 1
                        self.rating -= weight[device]
                    if draw() < ATTRIBUTED:
                        other = everybody[int(draw() * len(everybody))]
                        other.count += 1
                        other.rating -= weight[device]

        def close(self) -> None:
            self.rating *= DECAY
            self.flagged = self.rating < FLAG_BELOW

    model = mesa.Model(seed=seed)
    uniform = model.random.random
    rate = [RECOGNISED[g] for g in given.group.tolist()]
    Walker.create_agents(model, len(rate), rate, *given.fixed.T.tolist())
    everybody.extend(model.agents)
    middle = time.perf_counter()
    for _ in range(days):
        model.agents.shuffle_do("step")
        model.agents.do("close")
    end = time.perf_counter()
    return middle - start, end - middle, sum(person.count for person in everybody)


def _passes(given: Workload, route: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return, for routes walked one after the other, the number of passes of each and all their sensors."""
    start = given.first[route]
    n = given.first[route + 1] - start
    skip = np.repeat(start - np.concatenate([[0], np.cumsum(n)[:-1]]), n)
    return n, given.sensor[skip + np.arange(len(skip))]


def with_numpy(given: Workload, days: int, seed: int) -> tuple[float, float, float]:
    """Run GT-1 as whole arrays; return seconds to build, seconds to run, and counts."""
    start = time.perf_counter()
    rng = np.random.Generator(np.random.SFC64(seed))
    people = len(given.group)
    p = given.p.astype(np.float32)
    rate = np.array(RECOGNISED)[given.group]
    n_fixed, sensor_fixed = _passes(given, given.fixed.ravel())
    p_fixed = p[sensor_fixed]
    first_fixed = np.concatenate([[0], np.cumsum(n_fixed.reshape(-1, 2).sum(1))])
    walker_fixed = np.repeat(np.arange(people, dtype=np.int32), np.diff(first_fixed))
    count, rating, flagged = np.zeros(people, np.int64), np.zeros(people), np.zeros(people, bool)
    n_routes, block = len(given.first) - 1, 8_192
    middle = time.perf_counter()
    for _ in range(days):
        for low in range(0, people, block):
            high = min(low + block, people)
            a, b = first_fixed[low], first_fixed[high]
            hit = np.flatnonzero(rng.random(b - a, np.float32) < p_fixed[a:b]) + a
            free = np.flatnonzero(~flagged[low:high]) + low
            n, sensor = _passes(given, rng.integers(0, n_routes, len(free)))
            more = np.flatnonzero(rng.random(len(sensor), np.float32) < p[sensor])
            walker = np.concatenate([walker_fixed[hit], np.repeat(free, n)[more]])
            cost = given.weight[np.concatenate([sensor_fixed[hit], sensor[more]])]
            seen = rng.random(len(walker)) < rate[walker]
            wrong = np.flatnonzero(rng.random(len(walker)) < ATTRIBUTED)
            whom = walker[seen] - low
            count[low:high] += np.bincount(whom, minlength=high - low)
            rating[low:high] -= np.bincount(whom, cost[seen], high - low)
            other = rng.integers(0, people, len(wrong))
            np.add.at(count, other, 1)
            np.subtract.at(rating, other, cost[wrong])
        rating *= DECAY
        flagged = rating < FLAG_BELOW
    end = time.perf_counter()
    return middle - start, end - middle, float(count.sum())


ENGINES: dict[str, Callable[[Workload, int, int], tuple[float, float, float]]] = {
    "mesa": with_mesa,
    "numpy": with_numpy,
}


def peak_mb() -> float:
    """Return the peak memory of this process so far; not that of the one that started it, which Linux adds."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(engine: str, people: int, seed: int, days: int = 3) -> Result:
    """Run one peer in this process; the peak memory is that of the process, so use a fresh one for each."""
    build_s, run_s, counts = ENGINES[engine](workload(people, INPUTS), days, seed)
    return Result(engine, people, days, build_s, run_s, counts / (people * days), peak_mb())


def main(arguments: list[str]) -> None:
    """Measure one peer and print the result as JSON."""
    engine, people, *seed = arguments
    print(json.dumps(asdict(measure(engine, int(people), int(seed[0]) if seed else 1))))


if __name__ == "__main__":
    main(sys.argv[1:])
