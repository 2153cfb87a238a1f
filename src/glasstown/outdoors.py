"""The first five verbs of a day, from leaving home to being stopped: written out row by row, or streamed."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from glasstown import tables as t
from glasstown.consequence.halt import Halted, cut_short, halt
from glasstown.core.columns import I16, Bool
from glasstown.core.keys import Key
from glasstown.prepare import operating
from glasstown.scenario import Scenario
from glasstown.sensing.adjudicate import Reviewed, adjudicate, chooses, in_order
from glasstown.sensing.capture import withdraw
from glasstown.sensing.compare import Compared, forgo, log
from glasstown.sensing.kinds import Device, FixedCameras, Task, WatchlistSearch
from glasstown.sensing.watchlist import interesting
from glasstown.state import Gallery, SeenCaptures, Town, World
from glasstown.stream import Streamed, stream
from glasstown.sums import summed
from glasstown.town.live import live


class Outdoors(NamedTuple):
    """What happened in the streets: the tables of a day up to the stops, and the faces that were taken."""

    outings: t.Outings
    device_days: t.DeviceDays
    faces: t.Faces
    trips: t.Trips
    conduct: t.Conduct
    exposures: t.Exposures
    captures: t.Captures
    searches: t.Searches
    findings: t.Findings
    candidates: t.Candidates
    reviews: t.Reviews
    alerts: t.Alerts
    outcomes: t.Outcomes


def written_out(town: Town, world: World, gallery: Gallery, scenario: Scenario, day: int, today: Key) -> Outdoors:
    """Live the first five verbs one after the other, with rows for every trip and capture of everybody.

    Parameters
    ----------
    town, world, gallery : Town, World, Gallery
        One community, what all share, and the watchlist as it stands today.
    day : int
        The day of the run.
    today : Key
        The day's key.
    """
    people, searching = town.people, world.devices.searching
    cameras: Device = FixedCameras.today(world, scenario.sensing.cameras, today)
    search: Task = WatchlistSearch(searching, people, gallery, operating(scenario), today)
    trips, conduct = live(town, world.routes, world.passes.watched, day, scenario.weekend(day), today("live"))
    seen = cameras.captures(trips)
    compared = search.compare(seen.captures)
    reviewed, halted = settle(compared, people, gallery, scenario, today)
    trips, kept, broken = cut_short(trips, people, halted.cut)
    if not kept.all() or broken.any():
        gone = seen.captures.minute > halted.cut[seen.captures.person - people.person[0]]
        seen = withdraw(seen, kept, broken, cameras.captures(trips.take(broken)), gone)
        compared = forgo(compared, gone)
    outings = summed(trips, seen.exposures, people, town.habits)
    taken = np.bincount(seen.captures.device, minlength=len(searching))
    device_days = t.DeviceDays.of(device=world.devices.device, n_captures=taken)
    device, minute = seen.captures.device.astype(np.uint32), seen.captures.minute.astype(np.uint32)
    packed = device << np.uint32(t.MINUTE_BITS) | minute
    return Outdoors(
        outings, device_days, t.Faces(packed), trips, conduct, seen.exposures, seen.captures,
        log(device_days, compared.candidates, searching), *compared, reviewed.reviews,
        reviewed.alerts, halted.outcomes,
    )  # fmt: skip


def streamed(town: Town, world: World, gallery: Gallery, scenario: Scenario, day: int, today: Key) -> Outdoors:
    """Live the same day in passes over blocks of people, with rows only where a comparison could find somebody.

    Who is neither enrolled nor resembles anybody enrolled is never returned, never stopped, and changes nobody's day.
    So those who matter to the search go first; when it is known who of them is stopped and when, everybody's day is
    streamed once, and nothing has to be taken back. Where nobody can be stopped, one pass does both.

    Returns
    -------
    Outdoors
        As `written_out`, but without the rows of trips, exposures, captures and findings; faces are left out where none
        are kept.
    """
    people, searching, point = town.people, world.devices.searching, operating(scenario)
    cameras = FixedCameras.today(world, scenario.sensing.cameras, today)
    search: Task = WatchlistSearch(searching, people, gallery, point, today)
    matter = interesting(gallery, point)
    faces = int(scenario.records.retention_days) > 0
    uncut = np.full(len(people), t.NO_CUT, np.int16)

    see, weekend = cameras.sight(), scenario.weekend(day)

    def walk(part: Town, cut: I16, matter: Bool, faces: bool) -> Streamed:
        return stream(part, world, see, day, weekend, today("live"), cut, matter, faces=faces)

    if float(scenario.consequence.stop.found) == 0:
        walked = walk(town, uncut, matter, faces)
        compared = search.compare(walked.captures)
        reviewed, halted = settle(compared, people, gallery, scenario, today)
    else:
        few = only(town, matter)
        first = walk(few, uncut[: len(few.people)], np.ones(len(few.people), np.bool_), False)
        compared = search.compare(first.captures)
        reviewed, halted = settle(compared, people, gallery, scenario, today)
        gone = first.captures.minute > halted.cut[first.captures.person - people.person[0]]
        compared = forgo(compared, gone)
        walked = walk(town, halted.cut, np.zeros(len(people), np.bool_), faces)
    # Counting them one by one would look up devices that lie far apart.
    taken = SeenCaptures.of(walked.faces).taken_by(len(searching)) if faces else walked.taken
    device_days = t.DeviceDays(world.devices.device, taken)
    return Outdoors(
        walked.outings, device_days, walked.faces, t.Trips.empty(), walked.conduct, t.Exposures.empty(),
        t.Captures.empty(), log(device_days, compared.candidates, searching), t.Findings.empty(),
        compared.candidates, reviewed.reviews, reviewed.alerts, halted.outcomes,
    )  # fmt: skip


def only(town: Town, rows: Bool) -> Town:
    """Return the town with some of its people only."""
    at = np.flatnonzero(rows)
    parts: dict[str, Any] = {name: getattr(town, name).take(at) for name in ("people", "habits", "standing")}
    return Town(tokens=town.tokens, rates=town.rates, **parts)


def settle(
    compared: Compared, people: t.People, gallery: Gallery, scenario: Scenario, today: Key
) -> tuple[Reviewed, Halted]:
    """Adjudicate and halt until no stop undoes what followed it.

    A stop takes away the person's later candidates, which frees the operator for others. Each round settles at
    least the next stop in time, because nothing later reaches back.
    """
    sensing, stops = scenario.sensing, float(scenario.consequence.stop.found) > 0
    agree = int(sensing.agree), int(sensing.agree_minutes)
    # Where every candidate is passed on and nobody is stopped, nothing depends on which came first.
    ordered = stops or chooses(sensing.operator, int(sensing.case_minutes), agree[0])
    arrived = in_order(compared.candidates, today) if ordered else compared.candidates
    wrongly = gallery.references.wrongly_listed
    still = np.ones(len(arrived), np.bool_)
    while True:
        there = arrived.take(still)
        reviewed = adjudicate(there, sensing.operator, int(sensing.case_minutes), len(wrongly), today, *agree)
        halted = halt(reviewed.alerts, people, wrongly, scenario.consequence.stop, today, reviewed.seconds)
        before, still = still, _before(halted.cut, arrived, people)
        if np.array_equal(still, before):
            return reviewed, halted


def _before(cut: I16, arrived: t.Candidates, people: t.People) -> Bool:
    """Say which candidates came before their person's day was cut."""
    if cut.min(initial=t.NO_CUT) == t.NO_CUT:
        return np.ones(len(arrived), np.bool_)
    return arrived.minute <= cut[arrived.person - people.person[0]]
