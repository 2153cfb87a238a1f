"""How much there is to do in a run among streets: the counts that time, memory and disk follow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from glasstown.prepare import Ground
from glasstown.scenario import Scenario
from glasstown.sensing.recognition import MOST_ALIKE
from glasstown.study.costs import cost
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
_TRIPS = 2.5


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
