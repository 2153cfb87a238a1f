"""What a run will take, said before it starts, and refused where the machine has not got it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import final

from glasstown.core.errors import Problem
from glasstown.core.machine import free_disk_mb, free_memory_mb
from glasstown.prepare import Ground
from glasstown.scenario import Scenario
from glasstown.study.rows import ROWS_KEPT

# What stands on what: means over newtown at 1,000 to 400,000 people, and over eight real places.
KM_PER_NODE_AND_BLOCK = 1.7e-3
SEGMENTS_PER_NODE = 1.6
ROUTES_PER_PERSON = 2.7
WALK_PER_DISTANCE = 0.7
PASSES_PER_KM = 1.43
PASSES_PER_KM_LISTED = 2.5
CAPTURED = 0.54

# Seconds.
BUILD_S = 0.45
BUILD_S_PER_PERSON_AND_ROOT_OF_NODES = 1.4e-7
READ_S_PER_SEGMENT = 2.7e-5
LIFE_S = 0.08
LIFE_S_PER_PERSON = 2e-6
LIFE_S_PER_PASS = 2.8e-8
LIFE_S_PER_PERSON_DAY = 2.8e-7
LIFE_S_PER_CAPTURE = 5.5e-8
REPORT_S = 1.6
REPORT_S_PER_PERSON = 1.3e-6
REPORT_S_PER_ROW = 1.2e-7
START_S = 1.5

# Bytes.
BASE_BYTES = 385e6
BYTES_PER_PERSON = 1040.0
BYTES_PER_STEP = 13.3
BYTES_PER_PASS = 6.3
BYTES_PER_CAPTURE_OF_A_DAY = 30.0
BYTES_PER_CAPTURE_KEPT = 10.0
BYTES_PER_ROW = 8.8
DISK_BYTES = 1.8e6
DISK_PER_PERSON = 72.0
DISK_PER_ROW = 3.7

_TRIPS = 2.5


@final
@dataclass(frozen=True)
class Forecast:
    """Time, memory and disk that a run is expected to take.

    The constants were fitted by least squares to runs on two cores, with loops compiled before: newtown with 1,000 to
    300,000 people and 1 to 28 days, with and without cameras, GT-1, and three real places. To fit them again, compare
    `forecast` with `actual` in the `run.json` of such runs (`glasstown run newtown --people N --days D --out DIR`);
    time and memory then lay within a quarter of each other. A slower machine takes longer, and the remaining time
    that is shown follows its pace.

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
    """How much there is to do: the counts that time and memory follow."""

    people: float
    person_days: float
    nodes: float
    segments: float
    steps: float
    passes: float
    captures_per_day: float
    captures: float
    footage: float

    def rows(self, most: float, *, over: float) -> float:
        """Add up the rows of the large tables; of one with more than `most` rows, `over` of them count."""
        tables = (_TRIPS * self.person_days, _TRIPS * self.person_days, self.captures, self.footage)
        return sum(n if n <= most else over for n in tables)


def load_of(scenario: Scenario, ground: Ground | None) -> Load:
    """Count what a scenario will ask for, from its knobs and, for real streets, from the streets.

    Limits
    ------
    How far people walk on real streets and how many cameras a route passes are means over eight places.
    """
    town, cameras = scenario.town, scenario.sensing.cameras
    people, days = float(town.people), scenario.days
    if town.kind == "mixed":
        nodes = segments = 0.0
        steps = passes = min(max(people, 20_000.0), 1_000_000.0) * float(town.mixed_devices_per_route)
        per_day = 3 * people * float(town.mixed_devices_per_route) * float(cameras.mixed_mean)
    else:
        km, nodes, segments = _streets(scenario, ground)
        walk_km = WALK_PER_DISTANCE * (float(town.places.work_distance) + float(town.places.errand_distance)) / 1000
        walked = ROUTES_PER_PERSON * people * walk_km
        steps = walked * segments / max(km, 0.001)
        per_km = _per_km(scenario, ground, km) * max(float(cameras.range) / 25, 0.2)
        passes = walked * per_km
        per_day = people * float(town.day.trips_per_day) * walk_km * per_km * CAPTURED * float(cameras.capture)
    return Load(
        people=people,
        person_days=people * days,
        nodes=nodes,
        segments=segments if ground else 0.0,
        steps=steps,
        passes=passes,
        captures_per_day=per_day,
        captures=per_day * days,
        footage=per_day * min(max(float(scenario.records.retention_days), 0.0), days),
    )


def _streets(scenario: Scenario, ground: Ground | None) -> tuple[float, float, float]:
    """Return the kilometres of street, the nodes and the segments."""
    if ground is not None:
        km = float(ground.layout.streets.length_dm.sum(dtype="int64")) / 10_000
        return km, float(len(ground.layout.nodes)), float(len(ground.layout.streets))
    streets = scenario.town.streets
    nodes = max(float(streets.least_nodes), scenario.town.people / max(float(streets.people_per_node), 1.0))
    km = nodes * max(float(streets.block), 10.0) * KM_PER_NODE_AND_BLOCK
    return km, nodes, nodes * SEGMENTS_PER_NODE


def _per_km(scenario: Scenario, ground: Ground | None, km: float) -> float:
    """Return how many cameras a person passes on a kilometre."""
    cameras = scenario.sensing.cameras
    if cameras.kind == "none":
        return 0.0
    if cameras.kind == "generated":
        return PASSES_PER_KM * min(float(cameras.per_km), float(cameras.most) / max(km, 0.001))
    return PASSES_PER_KM_LISTED * (len(ground.listed) if ground else 0) / max(km, 0.001)


def forecast(
    scenario: Scenario,
    ground: Ground | None,
    *,
    replicates: int = 1,
    workers: int = 1,
    n_kept: int = 0,
    threads: int = 1,
) -> Forecast:
    """Estimate what a run will take, building included.

    Parameters
    ----------
    ground : Ground, optional
        Real streets and the list of cameras; an invented town is foreseen from its knobs alone.
    replicates, workers : int
        How often the scenario is lived, and in how many processes at a time the further ones are.
    n_kept : int
        Tables whose rows are kept whatever their size.
    threads : int
        Communities that are built, and that live, at the same time.
    """
    del threads
    load = load_of(scenario, ground)
    build = BUILD_S + load.people * math.sqrt(load.nodes) * BUILD_S_PER_PERSON_AND_ROOT_OF_NODES
    build += load.segments * READ_S_PER_SEGMENT
    bare = LIFE_S + load.people * LIFE_S_PER_PERSON + load.person_days * LIFE_S_PER_PERSON_DAY
    life = bare + load.passes * LIFE_S_PER_PASS + load.captures * LIFE_S_PER_CAPTURE
    watched = scenario.sensing.cameras.kind != "none"
    others = (build + life + (START_S if workers > 1 else 0.0)) * (replicates - 1) / workers
    asked = n_kept * max(_TRIPS * load.person_days - ROWS_KEPT, load.captures - ROWS_KEPT, 0.0)
    written = load.rows(ROWS_KEPT, over=0) + asked
    memory = BASE_BYTES + load.people * BYTES_PER_PERSON + load.steps * BYTES_PER_STEP
    memory += load.passes * BYTES_PER_PASS + load.captures_per_day * BYTES_PER_CAPTURE_OF_A_DAY
    memory += load.footage * BYTES_PER_CAPTURE_KEPT + load.rows(ROWS_KEPT, over=ROWS_KEPT) * BYTES_PER_ROW
    beside = min(workers, replicates - 1) if workers > 1 else 0
    report = REPORT_S + load.people * REPORT_S_PER_PERSON + written * REPORT_S_PER_ROW
    disk = DISK_BYTES + load.people * DISK_PER_PERSON + written * DISK_PER_ROW
    return Forecast(
        build_s=build,
        life_s=life,
        bare_s=bare if watched else 0.0,
        others_s=others,
        report_s=report,
        memory_mb=(memory * (1 + beside) + asked * BYTES_PER_ROW) / 1e6,
        disk_mb=disk / 1e6,
    )


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
