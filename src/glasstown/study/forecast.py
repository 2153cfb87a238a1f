"""What a run will take, said before it starts, and refused where the machine has not got it."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np

from glasstown.core.errors import Problem
from glasstown.core.keys import Key
from glasstown.core.machine import free_disk_mb, free_memory_mb
from glasstown.prepare import Ground, Kept
from glasstown.scenario import Scenario
from glasstown.study.ahead import not_compiled, part_of
from glasstown.study.rows import ROWS_KEPT
from glasstown.town.build import community_sizes

# What stands on what: means over newtown at 1,000 to 1,000,000 people, and over eight real places.
KM_PER_NODE_AND_BLOCK = 1.7e-3
SEGMENTS_PER_NODE = 1.82
ROUTES_PER_PERSON = 2.7
WALK_PER_DISTANCE = 0.7
PASSES_PER_KM = 1.43
PASSES_PER_KM_LISTED = 2.5
CAPTURED = 0.54
REACH = 1.95
BUILT_UP = 0.7

# Seconds on one core of the machine that `PROBE_S` was measured on.
SECONDS: dict[str, dict[str, float]] = {
    "build": {"once": 0.1, "segments": 3.5e-5, "people": 1.45e-5, "reached": 4e-9, "steps": 1.4e-8},
    "reopen": {"once": 0.1, "segments": 3.5e-5, "people": 7e-7},
    "watch": {"steps": 1.4e-8},
    "keep": {"people": 1e-6},
    "life": {
        **{"once": 0.06, "people": 2e-6, "passes": 9e-8, "person_days": 1.25e-7, "walked": 1.35e-8},
        "evenings": 0.006,
    },
    "report": {"once": 1.4, "people": 7e-7, "outings": 2e-7, "trips": 1.8e-7},
}
SHARED = {"build": ("people", "reached"), "life": ("passes", "person_days", "walked")}
START_S = 1.4
COMPILE_S = 9.0
PROBE_S = 0.0083
PROBES, PROBED = 24, 1 << 20
PROBED_FROM_S = 10.0

# Bytes.
MEMORY = {"once": 357e6, "people": 890.0, "steps": 2.9, "passes": 9.6, "footage": 7.5, "trips": 30.0, "seen": 60.0}
DISK = {
    **{"once": 1.68e6, "people": 63.0, "streets": 29.0, "devices": 85.0},
    **{"outings": 6.0, "trips": 13.3, "seen": 1.5, "device_days": 5.6},
}
NO_REPORT_BYTES = 130e6

_TRIPS = 2.5


@final
@dataclass(frozen=True)
class Forecast:
    """Time, memory and disk that a run is expected to take.

    The constants were fitted by least squares to the runs of `benchmarks/forecasts.py`, with loops compiled before;
    `docs/benchmarks.md` says how far off they were. How fast this machine is just now is probed where a run is long.

    Parameters
    ----------
    build_s, life_s, bare_s, others_s, report_s : float
        The parts of the time: building the town, living as described, living with the cameras off, the other
        replicates, writing the folder.
    memory_mb, disk_mb : float
        The most memory held at one time, all processes together, and the size of the run folder.
    """

    build_s: float
    life_s: float
    bare_s: float
    others_s: float
    report_s: float
    memory_mb: float
    disk_mb: float

    @property
    def seconds(self) -> float:
        """The whole time."""
        return self.build_s + self.life_s + self.bare_s + self.others_s + self.report_s

    def document(self) -> dict[str, float]:
        """Return the forecast as JSON-ready values."""
        parts = {"seconds": self.seconds, "memory_mb": self.memory_mb, "disk_mb": self.disk_mb}
        return {name: round(value, 1) for name, value in parts.items()}


@final
@dataclass(frozen=True)
class Load:
    """How much there is to do: the counts that time, memory and disk follow.

    Parameters
    ----------
    people, person_days : float
        Who lives here, and how long.
    segments, streets : float
        Segments that are read, none of invented streets; and all segments.
    devices, device_days : float
        How many watch, and rows about what each did on each evening in each community, where they are few enough.
    reached : float
        Junctions reached by all searches for ways.
    steps, passes : float
        Segments on all routes, and devices passed by all routes.
    walked, captures, footage : float
        Devices passed in the whole run, faces taken, and faces still kept on its last evening.
    outings, trips, seen : float
        Rows that are kept and written: person-days, trips with their exposures, and captures with those on record.
    communities, evenings : float
        How many can live at the same time, and how many community-days that makes.
    """

    people: float
    person_days: float
    segments: float
    streets: float
    devices: float
    reached: float
    steps: float
    passes: float
    walked: float
    captures: float
    footage: float
    outings: float
    trips: float
    seen: float
    device_days: float
    communities: float
    evenings: float
    once: float = 1.0

    def cost(self, of: Mapping[str, float], shared: Sequence[str] = (), workers: float = 1.0) -> float:
        """Add up what each count costs; what is shared among workers takes less time."""
        return sum(each * getattr(self, n) / (workers if n in shared else 1.0) for n, each in of.items())


def load_of(scenario: Scenario, ground: Ground | None, keep: Sequence[str] = ()) -> Load:
    """Count what a scenario will ask for, from its knobs and, for real streets, from the streets.

    Limits
    ------
    How far people walk on real streets and how many cameras a route passes are means over eight places.
    """
    town, cameras = scenario.town, scenario.sensing.cameras
    people, days = float(town.people), scenario.days
    segments = reached = 0.0
    devices = 10_000.0
    if town.kind == "mixed":
        steps = passes = min(max(people, 20_000.0), 1_000_000.0) * float(town.mixed_devices_per_route)
        walked = 3 * people * float(town.mixed_devices_per_route)
        per_day = walked * float(cameras.mixed_mean)
    else:
        km, nodes, segments, km2 = _streets(scenario, ground)
        work_km = float(town.places.work_distance) / 1000
        way_km = WALK_PER_DISTANCE * (work_km + float(town.places.errand_distance) / 1000)
        reached = nodes * min(nodes, nodes / max(km2, 0.01) * math.pi * (REACH * work_km) ** 2)
        reached *= 1.0 - math.exp(-1.5 * people / max(nodes, 1.0))
        steps = ROUTES_PER_PERSON * people * way_km * segments / max(km, 0.001)
        devices = km * _density(scenario, ground, km)
        per_km = _per_km(scenario, ground, km) * max(float(cameras.range) / 25, 0.2)
        passes = ROUTES_PER_PERSON * people * way_km * per_km
        walked = people * float(town.day.trips_per_day) * way_km * per_km
        per_day = walked * CAPTURED * float(cameras.capture)
    person_days, captures = people * days, per_day * days
    footage = per_day * min(max(float(scenario.records.retention_days), 0.0), days)

    def kept(name: str, rows: float, written: bool = True) -> float:
        return rows if name in keep or (written and rows <= ROWS_KEPT) else 0.0

    out = person_days <= ROWS_KEPT
    trips, seen = _TRIPS * person_days, kept("captures", captures, out) + kept("footage", footage)
    communities = float(len(community_sizes(int(people))))
    return Load(
        people=people,
        person_days=person_days,
        segments=segments if ground else 0.0,
        streets=segments,
        devices=devices,
        reached=reached,
        steps=steps,
        passes=passes,
        walked=walked * days,
        captures=captures,
        footage=footage,
        outings=kept("outings", person_days),
        trips=(kept("trips", trips, out) + kept("exposures", trips, out)) / 2,
        seen=seen,
        device_days=kept("device_days", devices * communities * days),
        communities=communities,
        evenings=communities * days,
    )


def _streets(scenario: Scenario, ground: Ground | None) -> tuple[float, float, float, float]:
    """Return the kilometres of street, the nodes, the segments and the square kilometres."""
    if ground is not None:
        nodes = ground.layout.nodes
        km = float(ground.layout.streets.length_dm.sum(dtype="int64")) / 10_000
        area = float(np.ptp(nodes.x_dm)) * float(np.ptp(nodes.y_dm)) / 1e8 * BUILT_UP
        return km, float(len(nodes)), float(len(ground.layout.streets)), area
    streets = scenario.town.streets
    nodes = max(float(streets.least_nodes), scenario.town.people / max(float(streets.people_per_node), 1.0))
    km = nodes * max(float(streets.block), 10.0) * KM_PER_NODE_AND_BLOCK
    return km, nodes, nodes * SEGMENTS_PER_NODE, nodes * (max(float(streets.block), 10.0) / 1000) ** 2


def _density(scenario: Scenario, ground: Ground | None, km: float) -> float:
    """Return how many cameras stand on a kilometre of street."""
    cameras = scenario.sensing.cameras
    if cameras.kind == "none":
        return 0.0
    if cameras.kind == "generated":
        return min(float(cameras.per_km), float(cameras.most) / max(km, 0.001))
    return (len(ground.listed) if ground else 0) / max(km, 0.001)


def _per_km(scenario: Scenario, ground: Ground | None, km: float) -> float:
    """Return how many cameras a person passes on a kilometre."""
    each = PASSES_PER_KM if scenario.sensing.cameras.kind == "generated" else PASSES_PER_KM_LISTED
    return each * _density(scenario, ground, km)


def forecast(
    scenario: Scenario,
    ground: Ground | None,
    *,
    replicates: int = 1,
    workers: int = 1,
    keep: Sequence[str] = (),
    threads: int = 1,
    kept: Kept | None = None,
) -> Forecast:
    """Estimate what a run will take, building included.

    Parameters
    ----------
    ground : Ground, optional
        Real streets and the list of cameras; an invented town is foreseen from its knobs alone.
    replicates, workers : int
        How often the scenario is lived, and in how many processes at a time the further ones are.
    keep : sequence of str
        Tables whose rows are kept whatever their size.
    threads : int
        Communities that are built, and that live, at the same time.
    kept : Kept, optional
        What of the town is in the cache already; None where it will not be kept.
    """
    load = load_of(scenario, ground, keep)
    many = min(threads, os.cpu_count() or 1)
    at_once = {"build": float(many), "life": min(float(many), load.communities)}
    seconds = {part: load.cost(costs, SHARED.get(part, ()), at_once.get(part, 1.0)) for part, costs in SECONDS.items()}
    alone = sum(load.cost(SECONDS[part]) for part in ("build", "life"))
    watched = scenario.sensing.cameras.kind != "none"
    bare = replace(load, passes=0.0, walked=0.0, captures=0.0)
    beside = min(workers, replicates - 1) if workers > 1 else 0
    built = seconds["build"]
    if kept is not None:
        built = seconds["reopen"] if kept.people else built + seconds["keep"]
        built += seconds["watch"] if kept.people and not kept.watched else 0.0
    lasts = built + seconds["life"] + seconds["report"] + alone * (replicates - 1)
    pace = pace_now() if lasts > PROBED_FROM_S else 1.0
    return Forecast(
        build_s=pace * (built + (COMPILE_S if not_compiled(part_of(scenario)) else 0.0)),
        life_s=pace * seconds["life"],
        bare_s=pace * bare.cost(SECONDS["life"], SHARED["life"], at_once["life"]) if watched else 0.0,
        others_s=pace * (alone + (START_S if workers > 1 else 0.0)) * (replicates - 1) / workers,
        report_s=pace * seconds["report"],
        memory_mb=(load.cost(MEMORY) * (1 + beside) - NO_REPORT_BYTES * beside) / 1e6,
        disk_mb=load.cost(DISK) / 1e6,
    )


def pace_now() -> float:
    """Return how much slower than the machine of the constants this one is just now: draws, and reads from memory."""
    ids = np.arange(PROBED, dtype=np.int64)
    scattered, draw = ids * 40503 % PROBED, Key.from_seed(0)("pace").bits
    draw(ids[:1])
    start = time.perf_counter()
    for _ in range(PROBES):
        draw(ids)[scattered].sum()
    return (time.perf_counter() - start) / (PROBES * PROBE_S)


def refuse_too_large(expected: Forecast, place: Path | None = None) -> None:
    """Refuse a run that the machine's memory or disk cannot hold, before anything is built.

    Parameters
    ----------
    place : Path, optional
        Where the run's folder shall be.

    Raises
    ------
    Problem
        With what the run would take and what is free.
    """
    less = "fewer people (--people), fewer days (--days), fewer threads with --replicates, or less to keep."
    free = free_memory_mb()
    if free is not None and expected.memory_mb > free:
        raise Problem(
            f"this run would take about {expected.memory_mb:,.0f} MB of memory, and {free:,.0f} MB are free",
            why="the system would end it half-way, and other programs with it.",
            todo=f"try {less}",
        )
    room = free_disk_mb(place) if place else None
    if room is not None and expected.disk_mb > room:
        raise Problem(
            f"this run would take about {expected.disk_mb:,.0f} MB of disk, and {room:,.0f} MB are free",
            where=str(place),
            why="the disk would be full before the run is.",
            todo=f"choose another place (--out), or try {less}",
        )
