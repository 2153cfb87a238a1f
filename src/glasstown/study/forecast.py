"""What a run will take, said before it starts, and refused where the machine has not got it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from glasstown.core.errors import Problem
from glasstown.core.machine import free_memory_mb
from glasstown.prepare import Ground
from glasstown.scenario import Scenario
from glasstown.study.rows import ROWS_KEPT

# Town: what stands on what. Fitted to newtown at 1,000 to 400,000 people and to eight real places.
KM_PER_NODE_AND_BLOCK = 1.7e-3
SEGMENT_PER_BLOCK = 0.92
ROUTES_PER_PERSON = 2.7
WALK_PER_DISTANCE = 0.7
PASSES_PER_KM = 1.43
PASSES_PER_KM_LISTED = 4.0
CAPTURED = 0.75

# Seconds on one core, kernels compiled.
BUILD_S = 0.6
BUILD_S_PER_PERSON = 1.2e-5
BUILD_S_PER_STEP = 2e-7
LIFE_S = 0.05
LIFE_S_PER_PERSON = 2e-6
LIFE_S_PER_PASS = 4e-8
LIFE_S_PER_PERSON_DAY = 5e-7
LIFE_S_PER_CAPTURE = 3e-8
REPORT_S = 2.0
REPORT_S_PER_PERSON = 2e-6
START_S = 1.5

# Bytes.
BASE_BYTES = 210e6
BYTES_PER_PERSON = 900.0
BYTES_PER_STEP = 14.0
BYTES_PER_PASS = 10.0
BYTES_PER_CAPTURE_OF_A_DAY = 40.0
BYTES_PER_CAPTURE_KEPT = 5.0
BYTES_PER_ROW_ASKED_FOR = 12.0
DISK_BYTES = 2e6
DISK_PER_PERSON = 50.0
DISK_PER_ROW = 3.0

_TRIPS = 2.5


@final
@dataclass(frozen=True)
class Forecast:
    """Time, memory and disk that a run is expected to take.

    `run.json` puts it beside what the run then took. The constants were fitted on two cores of 2.1 GHz, with kernels
    compiled, to newtown with 1,000 to 100,000 people and 1 to 28 days, with and without cameras, and to GT-1:
    `glasstown run newtown --people N --days D --json`; time and memory then lay within a quarter of what was
    measured. A slower machine takes longer; the remaining time that is shown follows the pace of the run.

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
    steps: float
    passes: float
    captures_per_day: float
    kept_days: float


def load_of(scenario: Scenario, ground: Ground | None) -> Load:
    """Count what a scenario will ask for, from its knobs and, for real streets, from the streets.

    Limits
    ------
    How far people walk on real streets and how many cameras a route passes are means over eight places.
    """
    town, cameras = scenario.town, scenario.sensing.cameras
    people, capture = float(town.people), float(cameras.capture)
    keeps = max(float(scenario.records.retention_days), 0.0)
    kept = min(keeps, float(scenario.days))
    if town.kind == "mixed":
        routes = min(max(people, 20_000.0), 1_000_000.0)
        steps = routes * float(town.mixed_devices_per_route)
        captures = 3 * people * float(town.mixed_devices_per_route) * float(cameras.mixed_mean)
        return Load(people, people * scenario.days, steps, steps, captures, kept)
    km, segment_m = _streets(scenario, ground)
    walk_km = WALK_PER_DISTANCE * (float(town.places.work_distance) + float(town.places.errand_distance)) / 1000
    walked = ROUTES_PER_PERSON * people * walk_km
    passes_per_km = _per_km(scenario, ground, km) * max(float(cameras.range) / 25, 0.2)
    per_day = people * float(town.day.trips_per_day) * walk_km * passes_per_km * CAPTURED * capture
    return Load(people, people * scenario.days, walked * 1000 / segment_m, walked * passes_per_km, per_day, kept)


def _streets(scenario: Scenario, ground: Ground | None) -> tuple[float, float]:
    """Return the kilometres of street and the mean metres of a segment."""
    if ground is not None and len(ground.layout.streets):
        decimetres = float(ground.layout.streets.length_dm.sum(dtype="int64"))
        return decimetres / 10_000, max(decimetres / 10 / len(ground.layout.streets), 1.0)
    streets = scenario.town.streets
    nodes = max(float(streets.least_nodes), scenario.town.people / max(float(streets.people_per_node), 1.0))
    block = max(float(streets.block), 10.0)
    return nodes * block * KM_PER_NODE_AND_BLOCK, block * SEGMENT_PER_BLOCK


def _per_km(scenario: Scenario, ground: Ground | None, km: float) -> float:
    """Return how many cameras a person passes on a kilometre."""
    cameras = scenario.sensing.cameras
    if cameras.kind == "none":
        return 0.0
    if cameras.kind == "generated":
        return PASSES_PER_KM * min(float(cameras.per_km), float(cameras.most) / max(km, 0.001))
    return PASSES_PER_KM_LISTED * (len(ground.listed) if ground else 0) / max(km, 0.001)


def forecast(
    scenario: Scenario, ground: Ground | None, *, replicates: int = 1, workers: int = 1, n_kept: int = 0
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
    """
    load = load_of(scenario, ground)
    build = BUILD_S + load.people * BUILD_S_PER_PERSON + load.steps * BUILD_S_PER_STEP
    bare = LIFE_S + load.people * LIFE_S_PER_PERSON + load.person_days * LIFE_S_PER_PERSON_DAY
    life = bare + load.passes * LIFE_S_PER_PASS + load.captures_per_day * scenario.days * LIFE_S_PER_CAPTURE
    watched = scenario.sensing.cameras.kind != "none"
    others = (START_S + build + life) * (replicates - 1) / workers if workers > 1 else (build + life) * (replicates - 1)
    rows = max(_TRIPS * load.person_days, load.captures_per_day * scenario.days)
    asked = n_kept * max(rows - ROWS_KEPT, 0.0)
    memory = BASE_BYTES + load.people * BYTES_PER_PERSON + load.steps * BYTES_PER_STEP
    memory += load.passes * BYTES_PER_PASS + load.captures_per_day * BYTES_PER_CAPTURE_OF_A_DAY
    memory += load.captures_per_day * load.kept_days * BYTES_PER_CAPTURE_KEPT
    beside = min(workers, replicates - 1) if workers > 1 else 0
    report = REPORT_S + load.people * REPORT_S_PER_PERSON
    disk = DISK_BYTES + load.people * DISK_PER_PERSON + asked * DISK_PER_ROW
    return Forecast(
        build_s=build,
        life_s=life,
        bare_s=bare if watched else 0.0,
        others_s=others,
        report_s=report,
        memory_mb=(memory * (1 + beside) + asked * BYTES_PER_ROW_ASKED_FOR) / 1e6,
        disk_mb=disk / 1e6,
    )


def refuse_too_large(expected: Forecast) -> None:
    """Refuse a run that the machine's memory cannot hold, before anything is built.

    Raises
    ------
    Problem
        With what the run would take and what is free.
    """
    free = free_memory_mb()
    if free is not None and expected.memory_mb > free:
        raise Problem(
            f"this run would take about {expected.memory_mb:,.0f} MB of memory, and {free:,.0f} MB are free",
            why="the system would end it half-way, and other programs with it.",
            todo="try fewer people (--people), fewer days (--days), fewer threads with --replicates, or less to keep.",
        )
