"""The verbs: one day, many days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np

from glasstown import tables as t
from glasstown.consequence.appeal import appeal
from glasstown.consequence.respond import respond
from glasstown.consequence.sanction import sanction
from glasstown.core.keys import Key
from glasstown.core.ordering import Order
from glasstown.judgement.decide import decide, removals
from glasstown.judgement.kinds import Rule, SightingPoints
from glasstown.outdoors import streamed, written_out
from glasstown.records.forget import forget
from glasstown.records.link import link
from glasstown.records.remember import remember
from glasstown.scenario import Scenario
from glasstown.sensing.watchlist import revise
from glasstown.state import Commons, Day, Docket, SeenCaptures, State, morning


def step(state: State, scenario: Scenario, key: Key, *, rows: bool = True) -> tuple[State, Day]:
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
    rows : bool
        Whether to write out the trips, exposures, captures and findings of everybody; all else is the same either way.

    Returns
    -------
    State, Day
        The community at the next midnight, and what happened in between.
    """
    n, docket, after, today = state.day, state.docket, scenario.consequence, key("day", state.day)
    gallery = revise(state.gallery, state.commons)
    rule: Rule = SightingPoints(scenario.judgement.rating, len(state.world.devices), key)
    out = (written_out if rows else streamed)(state.town, state.world, gallery, scenario, n, today)

    captures, notices, reports = handed_over(out.faces, out.alerts, out.outcomes, today("tie"))
    sightings = link(notices, docket.dossiers, n)
    records = remember(state.records, captures, sightings, scenario.records, n)
    records = forget(records, scenario.records, n)
    rated = rule.judge(docket.dossiers, sightings, records.sightings)
    dossiers, decisions = decide(rated, reports, docket.granted, gallery.references.active, scenario.judgement)

    sanctions = sanction(out.outcomes, int(after.custody_days), n)
    appeals, waiting, granted = appeal(docket.waiting, out.outcomes, after.appeal, n, today)
    flagged = gallery.references.person.take(dossiers.reference.take(np.flatnonzero(dossiers.flagged)))
    responses, standing = respond(
        state.town.standing, out.outcomes, sanctions, granted, flagged, after.response, n, today
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
        n, state.community, out.outings, out.device_days, out.trips, out.conduct, out.exposures, out.captures,
        out.searches, out.findings, out.candidates, out.reviews, out.alerts, out.outcomes, decisions, sanctions,
        appeals, responses,
    )  # fmt: skip


def handed_over(
    faces: t.Faces, alerts: t.Alerts, outcomes: t.Outcomes, tie: Key
) -> tuple[SeenCaptures, t.SeenAlerts, t.SeenOutcomes]:
    """Hand the day over to the blind side: truth columns go, and row order carries nothing."""

    def sequence(rows: t.Alerts | t.Outcomes) -> Order:
        return rows.sequence(lambda at: tie.bits(rows.person[at], rows.trip[at], rows.reference[at]))

    order = sequence(alerts)
    notices = alerts.seen(t.SeenAlerts, order=order)
    deciding = ("person", "trip", "device", "minute", "reference")
    if all(getattr(alerts, name) is getattr(outcomes, name) for name in deciding):
        reports = t.SeenOutcomes(notices.device, notices.minute, notices.reference, outcomes.outcome.take(order.rows))
    else:
        reports = outcomes.seen(t.SeenOutcomes, order=sequence(outcomes))
    return SeenCaptures.of(faces), notices, reports


def days(
    states: Sequence[State], scenario: Scenario, key: Key, threads: int = 1, *, rows: bool = True
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
            living = pool.map(partial(step, scenario=scenario, key=key, rows=rows), states)
            # An evening goes as soon as the day after it is lived, and leaves its room to others.
            states = []
            lived = list(living)
            yield lived
            states = morning([state for state, _ in lived], shared=shared)
            del lived
