"""What a run will take, said before it starts, and refused where the machine has not got it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from glasstown.prepare import Ground, Kept
from glasstown.scenario import Scenario
from glasstown.sensing.recognition import MOST_ALIKE
from glasstown.study.costs import FEW_PROBES, PROBES, at_once_of, compiling, cost, pace_now, price
from glasstown.study.rows import ROWS_KEPT, write_out
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

WIDE_DEVICES = 1 << 16
LONG_S = 10.0
_TRIPS = 2.5


@final
@dataclass(frozen=True)
class Forecast:
    """Time, memory and disk that a run is expected to take.

    What a count costs (`costs.json`) was fitted to the runs of `benchmarks/refit.py`, with loops compiled before;
    `docs/benchmarks.md` says how far off it was. Times are the mean of fits in a slow, a fast and a middling hour of
    one machine. How fast the machine is just now is found out before each run, as far as `pace_now` sees it.

    Parameters
    ----------
    build_s, life_s, bare_s, others_s, report_s : float
        The parts of the time: building the town, living as described, living with the cameras off, the other
        replicates, writing the folder.
    memory_mb, disk_mb : float
        The most memory and disk held at one time, all processes together.
    journal_mb : float
        The part of the disk that is given back when the run is finished; the rest is the run folder.
    pace : float
        How much slower than usual the machine was found to be just before.
    compile_s : float
        The part of building in which loops are compiled.
    each_time : bool
        Whether they have to be compiled again by every run, because they cannot be kept.
    """

    build_s: float
    life_s: float
    bare_s: float
    others_s: float
    report_s: float
    memory_mb: float
    disk_mb: float
    journal_mb: float = 0.0
    pace: float = 1.0
    compile_s: float = 0.0
    each_time: bool = False

    @property
    def seconds(self) -> float:
        """The whole time."""
        return self.build_s + self.life_s + self.bare_s + self.others_s + self.report_s

    def at(self, pace: float) -> Forecast:
        """Return the same at another pace of the machine."""
        by = pace / self.pace
        times = ("build_s", "life_s", "bare_s", "others_s", "report_s", "compile_s")
        return replace(self, pace=pace, **{name: getattr(self, name) * by for name in times})

    def lived(self, times: float, *, report: bool = False) -> Forecast:
        """Return what so many lives take, or a part of one, of which nothing is kept; perhaps a report is written."""
        nothing = dict.fromkeys(("bare_s", "others_s", "disk_mb", "journal_mb"), 0.0)
        return replace(self, life_s=self.life_s * times, report_s=self.report_s * report, **nothing)

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
    segments, drawn, streets : float
        Segments that are read, those that are invented, and all of them.
    crowded : float
        People, more for each doubling of a large town: what its junctions are looked up in lies in no cache.
    devices, device_days : float
        How many watch, and rows about what each did on each evening in each community, where they are few enough.
    reached : float
        Junctions reached by all searches for ways.
    steps, passes : float
        Segments on all routes, and devices passed by all routes.
    walked, captures, stored, wide, footage : float
        Devices passed in the whole run, faces taken, those that are kept overnight, those of them whose device takes
        more than two bytes to name, and those still kept on the last evening.
    watched : float
        Days of people whom cameras may see.
    outings, trips, exposures, seen, on_record : float
        Rows that are kept and written: person-days, trips, what they were exposed to, captures, and those still on
        record on the last evening.
    written, first : float
        Captures of days that are written out row by row, and those of the first of them, whose rows are in the journal
        before it is known that they are too many.
    used, named : float
        Devices, counted on each evening in each community: how many faces each took is kept for the sums of the run,
        and again with footage, where there is any.
    candidates, returned, at_once : float
        What searches return in the whole run, how much of that is kept as rows before it is known to be too much, and
        what they return on one day of one community.
    references, files, filed : float
        References on the watchlist, the files that communities keep on them, and those files day after day.
    reels : float
        Bytes of the footage that is still kept on the last evening, as it is laid out: see `state.Reel`.
    communities, evenings : float
        How many can live at the same time, and how many community-days that makes.
    """

    people: float
    person_days: float
    segments: float
    drawn: float
    streets: float
    crowded: float
    devices: float
    reached: float
    steps: float
    passes: float
    walked: float
    captures: float
    stored: float
    wide: float
    watched: float
    footage: float
    outings: float
    trips: float
    exposures: float
    seen: float
    on_record: float
    written: float
    first: float
    used: float
    named: float
    candidates: float
    returned: float
    at_once: float
    references: float
    files: float
    filed: float
    reels: float
    device_days: float
    communities: float
    evenings: float
    once: float = 1.0

    def cost(self, part: str, workers: float = 1.0) -> float:
        """Add up what the counts cost in a part of the run; what workers share takes less time."""
        return cost(part, vars(self), workers)

    def without_rows(self) -> Load:
        """Return what there is to do where no rows are kept."""
        return replace(self, outings=0.0, trips=0.0, exposures=0.0, seen=0.0, on_record=0.0)


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
    stored = captures if float(scenario.records.retention_days) > 0 else 0.0
    nights = min(max(float(scenario.records.retention_days), 0.0), days)
    footage = per_day * nights

    def kept(name: str, rows: float, written: bool = True) -> float:
        return rows if name in keep or (written and rows <= ROWS_KEPT) else 0.0

    recognition, everybody = scenario.sensing.recognition, scenario.sensing.watchlist.everybody
    gallery = 1.0 if everybody else float(scenario.sensing.watchlist.size)
    # Of everybody's list each search of somebody who lives here is mated; of another one hardly any.
    found = min(float(recognition.fmr) * gallery, MOST_ALIKE) + (1.0 - float(recognition.fnmr)) * everybody
    candidates = captures * float(recognition.searching) * found
    out, trips = write_out(int(person_days), keep), _TRIPS * person_days
    seen = kept("captures", captures, out)
    communities = float(len(community_sizes(int(people))))
    used = devices * communities
    references = people if everybody else float(scenario.sensing.watchlist.size)
    files = references * (1.0 if everybody else communities)
    return Load(
        people=people,
        person_days=person_days,
        segments=segments if ground else 0.0,
        drawn=0.0 if ground else segments,
        streets=segments,
        crowded=people * math.log2(max(people / 100_000, 1.0)),
        devices=devices,
        reached=reached,
        steps=steps,
        passes=passes,
        walked=walked * days,
        captures=captures,
        stored=stored,
        wide=stored if devices > WIDE_DEVICES else 0.0,
        watched=person_days if devices else 0.0,
        footage=footage,
        outings=kept("outings", person_days),
        trips=kept("trips", trips, out),
        exposures=kept("exposures", trips, out),
        seen=seen,
        on_record=kept("footage", footage),
        written=captures if out else 0.0,
        first=per_day if out and not seen else 0.0,
        used=used * days,
        named=used * days if stored else 0.0,
        candidates=candidates,
        returned=min(candidates, ROWS_KEPT),
        at_once=candidates / (communities * days),
        references=references,
        files=files,
        filed=files * days,
        reels=2 * footage + used * nights,
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
    many = float(at_once_of(threads))
    at_once = min(many, load.communities)
    watched = scenario.sensing.cameras.kind != "none"
    built, life = building(load, kept, many), load.cost("life", at_once)
    bare, report = load.cost("bare", at_once) if watched else 0.0, load.cost("report")
    alone = (load.cost("build") + load.cost("life")) * (replicates - 1)
    pace = pace_for(built + life + bare + alone + report, at_once_of(threads, workers))
    first, again = compiling(scenario)
    alone, beside = _beside(alone, replicates, workers, again)
    unwritten = load.without_rows().cost("journal")
    others = beside * price("drawn_journal") if beside else min(replicates - 1, 1)
    journal = load.cost("journal") + unwritten * others
    return Forecast(
        build_s=pace * (built + first),
        life_s=pace * life,
        bare_s=pace * bare,
        others_s=pace * alone / workers,
        report_s=pace * report,
        memory_mb=(load.cost("memory") + beside * bytes_without_rows(load, price("drawn"))) / 1e6,
        disk_mb=(load.cost("folder") + journal) / 1e6,
        journal_mb=journal / 1e6,
        pace=pace,
        compile_s=pace * first,
        each_time=again > 0,
    )


def foreseen(
    kind: str, counts: Mapping[str, float], *, replicates: int, workers: int, threads: int, compared: bool
) -> Forecast:
    """Estimate what a run without streets will take, from what there is to count.

    Parameters
    ----------
    kind : str
        Whose costs: `crowd` or `nation`.
    compared : bool
        Whether it is also lived with nobody watching.
    """
    many = float(at_once_of(threads))
    life, bare, alone = (
        cost(f"{kind} {part}", counts, at_once) for part, at_once in (("life", many), ("bare", many), ("life", 1.0))
    )
    others, report = alone * (replicates - 1), price(f"{kind} report")
    lasts = life + bare * compared + others + report
    pace = pace_for(lasts, at_once_of(threads, workers))
    others, beside = _beside(others, replicates, workers)
    memory = cost(f"{kind} memory", counts)
    journal = cost(f"{kind} journal", counts)
    return Forecast(
        build_s=0.0,
        life_s=pace * life,
        bare_s=pace * bare * compared,
        others_s=pace * others / workers,
        report_s=pace * report,
        memory_mb=(memory + beside * (memory - price(f"{kind} no_report"))) / 1e6,
        disk_mb=(cost(f"{kind} folder", counts) + journal) / 1e6,
        journal_mb=journal / 1e6,
        pace=pace,
    )


def _beside(alone_s: float, replicates: int, workers: int, compiles_s: float = 0.0) -> tuple[float, int]:
    """Return what further replicates take with so many side by side, and how many processes those are; 0 for none."""
    if workers < 2:
        return alone_s, 0
    each = price("start") + compiles_s
    return alone_s * price("beside") + each * (replicates - 1), min(workers, replicates - 1)


def building(load: Load, kept: Kept | None, many: float) -> float:
    """Return the seconds until people live in their town: built, built and kept, or reopened."""
    if kept is None or not kept.people:
        return load.cost("build", many) + (load.cost("keep") if kept else 0.0)
    return load.cost("reopen") + (0.0 if kept.watched else load.cost("watch"))


def pace_for(usually_s: float, threads: int) -> float:
    """Find out how fast the machine is just now, in a moment that is short beside what is foreseen."""
    return pace_now(threads, PROBES if usually_s > LONG_S else FEW_PROBES)


def bytes_without_rows(load: Load, drawn: float = 1.0) -> float:
    """Return what a life holds of which no rows are kept and no report is written; what is drawn may be more."""
    bare = price("memory")
    return bare - price("no_report") + drawn * (load.without_rows().cost("memory") - bare)
