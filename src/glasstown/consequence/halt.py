"""Verb 5, halt: what an alert does to a person in the street."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from glasstown import tables as t
from glasstown.consequence.knobs import Stop
from glasstown.core.chance import steady, threshold
from glasstown.core.columns import I16, I32, I64, U8, U64, Bool
from glasstown.core.kernels import in_place
from glasstown.core.keys import Key

NOT_FOUND = t.OUTCOMES.index("not_found")
CLEARED = t.OUTCOMES.index("cleared")
TAKEN = t.OUTCOMES.index("taken")


class Halted(NamedTuple):
    """What became of each alert, and the minute from which each person's day is cut (NO_CUT: not at all)."""

    outcomes: t.Outcomes
    cut: I16


def halt(
    alerts: t.Alerts, people: t.People, wrongly_listed: Bool, knobs: Stop, key: Key, seconds: I32 | None = None
) -> Halted:
    """Look for the person of each alert; stop, check and clear or take who is found.

    Parameters
    ----------
    alerts : Alerts
        In order of arrival, where anybody may be stopped.
    people : People
        The community.
    wrongly_listed : array of bool, shape (references,)
        Which references should not be on the list.
    key : Key
        The day's key; a draw is addressed by person, trip, device and reference.
    seconds : array of int32, shape (alerts,), optional
        From the capture to the alert; None if alerts come at once.

    Returns
    -------
    Halted
        One outcome for each alert. A person is stopped at most once a day: the earliest stop wins, and from
        its minute the rest of the person's trips and passes are cut.

    Limits
    ------
    Somebody stopped goes home unobserved, or is taken; nobody runs, argues or is hurt. A stop happens in the minute of
    the capture, however long the operator took; the time taken only makes it less likely that the person is found.
    """
    outcomes, stopped = stop(alerts, wrongly_listed, knobs, key, seconds)
    cut = np.full(len(people), t.NO_CUT, np.int16)
    if stopped.any():
        cut[alerts.person[stopped] - people.person[0]] = alerts.minute[stopped]
    return Halted(outcomes, cut)


def stop(
    alerts: t.Alerts,
    wrongly_listed: Bool,
    knobs: Stop,
    key: Key,
    seconds: I32 | None = None,
    pictures: I32 | None = None,
) -> tuple[t.Outcomes, Bool]:
    """Say what became of each alert, and which of them ended in a stop; a person is stopped at most once a day.

    Nobody is found behind an alert on one of `pictures`, the numbers of those who are no person.
    """
    outcome, minutes = np.zeros(len(alerts), np.uint8), np.zeros(len(alerts), np.int16)
    rows = _found(alerts, still_there(knobs, seconds), knobs, key)
    if pictures is not None and len(pictures):
        rows = rows[~np.isin(alerts.person[rows], pictures)]
    if len(rows):
        if_true, if_false = threshold(float(knobs.taken_if_true)), threshold(float(knobs.taken_if_false))
        code = np.where(alerts.mated[rows], if_true, if_false)
        taken = key("identity-check").happens(code, *(column[rows] for column in _address(alerts)))
        outcome[rows] = np.where(taken, TAKEN, CLEARED)
        minutes[rows] = np.where(taken, int(knobs.minutes_taken), int(knobs.minutes_cleared))
    wrongly = np.zeros(len(alerts), np.bool_)
    if len(alerts) and wrongly_listed.any():
        wrongly = wrongly_listed.take(alerts.reference) & alerts.mated
    outcomes = t.Outcomes(
        alerts.person, alerts.trip, alerts.mated, wrongly, alerts.device, alerts.minute, alerts.reference, outcome,
        minutes,
    )  # fmt: skip
    return outcomes, outcome != NOT_FOUND


def wrongful(outcomes: t.Outcomes, among: Bool) -> I64:
    """Return those rows, among some, in which it was the wrong person or somebody who should not be on the list."""
    rows = np.flatnonzero(among)
    return rows[~outcomes.mated[rows] | outcomes.wrongly_listed[rows]]


def _found(alerts: t.Alerts, chance: U64, knobs: Stop, key: Key) -> I64:
    """Return the rows of alerts whose person officers find and stop, each person once."""
    if not chance.any():
        return np.zeros(0, np.int64)
    rows = np.flatnonzero(key("found").happens(chance, *_address(alerts)))
    if_true, if_false = float(knobs.intervenes_if_true), float(knobs.intervenes_if_false)
    if min(if_true, if_false) < 1.0:
        stops = np.where(alerts.mated[rows], threshold(if_true), threshold(if_false))
        rows = rows[key("intervenes").happens(stops, *(column[rows] for column in _address(alerts)))]
    _, earliest = np.unique(alerts.person[rows], return_index=True)
    return rows[np.sort(earliest)]


def _address(alerts: t.Alerts) -> tuple[I32, U8, I32, I32]:
    """Return what a draw about an alert is addressed by."""
    return alerts.person, alerts.trip, alerts.device, alerts.reference


def still_there(knobs: Stop, seconds: I32 | None) -> U64:
    """Return the threshold of finding the person of each alert: less the longer it took to decide."""
    found, half = float(knobs.found), 60.0 * float(knobs.found_half_minutes)
    if seconds is None or half == 0.0 or found == 0.0:
        return np.array([threshold(found)])
    waits, which = np.unique(seconds, return_inverse=True)
    return np.array([_after(found, half, wait) for wait in waits.tolist()], np.uint64)[which]


@lru_cache(1 << 14)
def _after(found: float, half: float, wait: int) -> np.uint64:
    """Return the threshold of finding somebody after so many seconds."""
    return threshold(steady(found * 0.5 ** (wait / half)))


def cut_short(trips: t.Trips, people: t.People, cut: I16) -> tuple[t.Trips, Bool, Bool]:
    """Cut the trips of people who were stopped.

    Returns
    -------
    trips : Trips
        Without those that would have started later, and marked where a walk was broken off.
    kept : array of bool
        Which of the given trips remain.
    broken : array of bool
        Which of the remaining trips were broken off.
    """
    kept, until = np.empty(len(trips), np.bool_), np.empty(len(trips), np.int16)
    row = trips.person - people.person[0] if len(trips) else trips.person
    still_made(row, trips.depart_minute, trips.travel_minutes, trips.stay_minutes, len(trips), cut, kept, until)
    columns = {c.name: getattr(trips, c.name)[kept] for c in trips.columns()}
    columns["until_minute"] = until[kept]
    return t.Trips(**columns), kept, columns["until_minute"] != t.NO_CUT


@in_place
def still_made(row: I32, depart: I16, travel: I16, stay: I16, n: int, cut: I16, kept: Bool, until: I16) -> None:
    """Say of each of the first n trips whether it is still made, and until when.

    Parameters
    ----------
    row : array of int32, shape (n,)
        Whose trip it is: a row of `cut`.
    cut : array of int16, shape (people,)
        The minute of each person's stop (NO_CUT: none).
    kept, until : arrays of bool and of int16, shape (n,)
        Written: the trip starts by then; the minute after which it is cut, NO_CUT if it ends before.
    """
    for i in range(n):
        stop = cut[row[i]]
        kept[i] = depart[i] <= stop
        until[i] = stop if depart[i] + travel[i] + stay[i] > stop else t.NO_CUT
