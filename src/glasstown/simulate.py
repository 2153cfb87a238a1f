"""The verbs: one day, many days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np

from glasstown import tables as t
from glasstown.consequence.appeal import appeal
from glasstown.consequence.halt import Halted, cut_short, halt
from glasstown.consequence.respond import respond
from glasstown.consequence.sanction import sanction
from glasstown.core.keys import Key
from glasstown.judgement.decide import decide, removals
from glasstown.judgement.kinds import Rule, SightingPoints
from glasstown.prepare import operating
from glasstown.records.forget import forget
from glasstown.records.link import link
from glasstown.records.remember import remember
from glasstown.scenario import Scenario
from glasstown.sensing.adjudicate import adjudicate, in_order
from glasstown.sensing.capture import withdraw
from glasstown.sensing.compare import Compared, forgo
from glasstown.sensing.kinds import Device, FixedCameras, Task, WatchlistSearch
from glasstown.sensing.watchlist import revise
from glasstown.state import Commons, Day, Docket, Gallery, State, morning
from glasstown.town.live import live


def step(state: State, scenario: Scenario, key: Key) -> tuple[State, Day]:
    """Live one day: people act, devices see, the system remembers and judges, people bear it.

    Truth:     1 live     Membrane:  2 capture   3 compare  4 adjudicate    Truth:  5 halt
    Blind:     6 link     7 remember  8 forget   9 assess  10 decide
    Truth:    11 sanction  12 appeal  13 respond

    Parameters
    ----------
    state : State
        One community as it stood at midnight.
    scenario : Scenario
        The knobs.
    key : Key
        The run's key.

    Returns
    -------
    State, Day
        The community at the next midnight, and what happened in between.
    """
    n, world, people, docket = state.day, state.world, state.town.people, state.docket
    sensing, after, today = scenario.sensing, scenario.consequence, key("day", n)
    gallery, searching = revise(state.gallery, state.commons), world.devices.searching

    watched = np.diff(world.passes.first) > 0
    trips, conduct = live(state.town, world.routes, watched, n, scenario.weekend(n), today("live"))
    cameras: Device = FixedCameras.today(world, sensing.cameras, today)
    search: Task = WatchlistSearch(searching, people, gallery, operating(scenario), today)
    rule: Rule = SightingPoints(scenario.judgement.rating, len(world.devices), key)
    seen = cameras.captures(trips)
    compared = search.compare(seen.captures)
    alerts, halted = settle(compared, people, gallery, scenario, today)
    trips, kept, broken = cut_short(trips, people, halted.cut)
    if not kept.all() or broken.any():
        gone = seen.captures.minute > halted.cut[seen.captures.person - people.person[0]]
        seen = withdraw(seen, kept, broken, cameras.captures(trips.take(broken)), gone)
        compared = forgo(compared, gone, seen.captures, searching)

    captures, notices, reports = handed_over(seen.captures, alerts, halted.outcomes, today("tie"))
    sightings = link(notices, docket.dossiers, n)
    records = remember(state.records, captures, sightings, scenario.records, n)
    records = forget(records, scenario.records, n)
    rated = rule.judge(docket.dossiers, sightings, records.sightings)
    dossiers, decisions = decide(rated, reports, docket.granted, gallery.references.active, scenario.judgement)

    sanctions = sanction(halted.outcomes, int(after.custody_days), n)
    appeals, waiting, granted = appeal(docket.waiting, halted.outcomes, after.appeal, n, today)
    flagged = gallery.references.person[dossiers.reference[dossiers.flagged]]
    responses, standing = respond(
        state.town.standing, halted.outcomes, sanctions, granted, flagged, after.response, n, today
    )
    return replace(
        state,
        day=n + 1,
        town=replace(state.town, standing=standing),
        gallery=gallery,
        records=records,
        docket=Docket(dossiers, waiting, granted),
        commons=Commons(removals(decisions, len(gallery.references))),
    ), Day(
        n, state.community, trips, conduct, seen.exposures, seen.captures, compared.searches, compared.findings,
        compared.candidates, alerts, halted.outcomes, decisions, sanctions, appeals, responses,
    )  # fmt: skip


def settle(
    compared: Compared, people: t.People, gallery: Gallery, scenario: Scenario, today: Key
) -> tuple[t.Alerts, Halted]:
    """Adjudicate and halt until no stop undoes what followed it.

    A stop takes away the person's later candidates, which frees the operator for others. Each round settles at
    least the next stop in time, because nothing later reaches back.
    """
    sensing = scenario.sensing
    arrived = in_order(compared.candidates, today)
    wrongly = gallery.references.wrongly_listed
    cut = np.full(len(people), t.NO_CUT, np.int16)
    while True:
        there = arrived.take(arrived.minute <= cut[arrived.person - people.person[0]])
        alerts = adjudicate(there, sensing.operator, int(sensing.case_minutes), len(wrongly), today)
        halted = halt(alerts, people, wrongly, scenario.consequence.stop, today)
        if np.array_equal(halted.cut, cut):
            return alerts, halted
        cut = halted.cut


def handed_over(
    captures: t.Captures, alerts: t.Alerts, outcomes: t.Outcomes, tie: Key
) -> tuple[t.SeenCaptures, t.SeenAlerts, t.SeenOutcomes]:
    """Hand the day over to the blind side: truth columns go, and row order carries nothing."""
    return (
        captures.seen(t.SeenCaptures),
        alerts.seen(t.SeenAlerts, tie.bits(alerts.person, alerts.trip, alerts.reference)),
        outcomes.seen(t.SeenOutcomes, tie.bits(outcomes.person, outcomes.trip, outcomes.reference)),
    )


def days(
    states: Sequence[State], scenario: Scenario, key: Key, threads: int = 1
) -> Iterator[list[tuple[State, Day]]]:
    """Live day after day in every community; each morning all read what the others closed the evening before.

    Yields
    ------
    list of (State, Day)
        One for each community, in the order given; the same bytes for any number of threads.
    """
    shared = not scenario.sensing.watchlist.everybody
    with ThreadPoolExecutor(max(1, threads)) as pool:
        for _ in range(scenario.days):
            lived = list(pool.map(partial(step, scenario=scenario, key=key), states))
            yield lived
            states = morning([state for state, _ in lived], shared=shared)
