"""Verb 4, adjudicate: operators look at candidates and pass some on as alerts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import happens
from glasstown.core.columns import I16, I32, I64, U8, U64, Bool
from glasstown.core.kernels import kernel, piece, whole
from glasstown.core.keys import Key
from glasstown.core.ordering import in_sequence
from glasstown.sensing.knobs import Operator
from glasstown.sensing.review import codes

_SKIPPED = 0
_REJECTED = 1
_PASSED = 2
_NO_WORDS = np.zeros(0, np.uint64)
# No camera returned a reference in this minute.
_LONG_AGO = -1_000_000
# Seconds, as far as 32 bits hold them.
_LONGEST = 2**31 - 1


class Reviewed(NamedTuple):
    """What a control room made of a day: alerts, the seconds from each capture to its alert, and all it looked at."""

    alerts: t.Alerts
    seconds: I32
    reviews: t.Reviews


class Room(NamedTuple):
    """What a control room is bound by, in whole numbers.

    An alert hushes its reference for `case_minutes`; a candidate is looked at once `agree` different cameras have
    returned its reference within `within` minutes; a review takes `seconds`, at most `limit` are done in an hour,
    and beyond `calm` in haste.
    """

    human: bool
    case_minutes: int
    agree: int
    within: int
    seconds: int
    limit: int
    calm: int


class Cases(NamedTuple):
    """What is known of each reference: until when its case is open, and which cameras returned it last, and when."""

    open_until: I32
    seen_by: I32
    seen_at: I32


def in_order(candidates: t.Candidates, key: Key) -> t.Candidates:
    """Put candidates in the order in which they reach the control room: by minute, device and an addressed tie."""
    queue = key("queue")

    def tie(rows: I64) -> U64:
        ids = (candidates.person, candidates.trip, candidates.device, candidates.reference)
        return queue.bits(*(column.take(rows) for column in ids))

    c = candidates
    rows, minute, device = in_sequence(c.minute, c.device, tie)
    person, trip, mated = np.empty_like(c.person), np.empty_like(c.trip), np.empty_like(c.mated)
    queued = t.Candidates(person, trip, mated, device, minute, np.empty_like(c.reference))
    _arrange(rows, c.person, c.trip, c.mated, c.reference, person, trip, mated, queued.reference)
    return queued


@kernel
def _arrange(
    rows: I64,
    person: I32,
    trip: U8,
    mated: Bool,
    reference: I32,
    persons: I32,
    trips: U8,
    mateds: Bool,
    references: I32,
) -> None:
    """Write these columns down in an order, all of them at once."""
    for i in range(len(rows)):
        row = np.uint64(rows[i])
        persons[i], trips[i], mateds[i], references[i] = person[row], trip[row], mated[row], reference[row]


def chooses(operator: Operator, case_minutes: int, agree: int) -> bool:
    """Say whether a control room passes on some candidates and not others, by when they arrive or by looking."""
    return operator.kind == "human" or case_minutes > 0 or agree > 1


def adjudicate(
    candidates: t.Candidates,
    operator: Operator,
    case_minutes: int,
    n_references: int,
    key: Key,
    agree: int = 1,
    within: int = 0,
) -> Reviewed:
    """Let one control room look at the day's candidates.

    A candidate for a reference whose case is open is hushed; so is one that too few cameras have returned so far.
    The rest are looked at until the hour's workload limit is reached; beyond it they lapse. The operator passes a
    candidate on with one chance if it is right and another if it is wrong; both fall in haste.

    Parameters
    ----------
    candidates : Candidates
        In order of arrival (see `in_order`), where the room `chooses`.
    operator : Operator
        Error rates, workload limit and time of the room.
    case_minutes : int
        How long an alert hushes repeats for the same reference.
    n_references : int
        Size of the watchlist.
    key : Key
        The day's key; a draw is addressed by person, trip, device and reference.
    agree, within : int
        How many different cameras must return a reference within so many minutes.

    Returns
    -------
    Reviewed
        Alerts in the order of the candidates, and what was looked at.

    Limits
    ------
    Cases and queues do not outlive midnight; the operator's errors do not depend on the group; one review is done at
    a time, by as many people as must agree. The workload limit and haste go by the hours of captures, not by the
    hours in which the room gets to them. An alert bears the minute of its capture, however long it took.
    """
    c, human = candidates, operator.kind == "human"
    if not chooses(operator, case_minutes, agree):
        return Reviewed(_alerts(c), np.broadcast_to(np.int32(0), len(c)), t.Reviews.empty())
    room = Room(
        human,
        case_minutes,
        agree,
        within,
        int(operator.seconds) if human else 0,
        int(operator.reviews_per_hour) if human else len(c) + 1,
        int(operator.hurried_beyond),
    )
    delay, fate = np.zeros(len(c), np.int32), np.empty(len(c), np.uint8)
    seen = (n_references if agree > 1 else 0, agree)
    cases = Cases(np.zeros(n_references, np.int32), np.full(seen, -1, np.int32), np.full(seen, _LONG_AGO, np.int32))
    words = key("adjudicate").words_at(c.person, c.trip, c.device, c.reference) if human else (_NO_WORDS, _NO_WORDS)
    _review(c.minute, c.device, c.reference, c.mated, *words, codes(operator), room, cases, delay, fate)
    done = c.take(fate != _SKIPPED) if human else t.Candidates.empty()
    spent = np.full(len(done), int(operator.seconds) * max(int(operator.reviewers), 1), np.int32)
    passed = fate == _PASSED
    reviews = t.Reviews(done.person, done.trip, done.mated, done.device, done.minute, done.reference, spent)
    return Reviewed(_alerts(c.take(passed)), delay[passed], reviews)


def _alerts(candidates: t.Candidates) -> t.Alerts:
    """Pass candidates on."""
    c = candidates
    return t.Alerts(c.person, c.trip, c.mated, c.device, c.minute, c.reference)


@kernel
def _review(
    minute: I16,
    device: I32,
    reference: I32,
    mated: Bool,
    high: U64,
    low: U64,
    chances: U64,
    room: Room,
    cases: Cases,
    delay: I32,
    fate: U8,
) -> None:
    """Decide what becomes of each candidate, in order of arrival; write that, and how long after its capture.

    `high` and `low` are the words that decide for a human room, `chances` those of a wrong and a right candidate, calm
    and then hurried.
    """
    open_until, seen_by, seen_at = cases
    hour, looked_at, free = -1, 0, 0
    several = room.agree > 1
    for i in range(len(minute)):
        now, one = whole(minute[i]), reference[i]
        if several and not _agreed(seen_by[one], seen_at[one], device[i], now, room.within):
            fate[i] = _SKIPPED
            continue
        if now < open_until[one]:
            fate[i] = _SKIPPED
            continue
        if now // 60 != hour:
            hour, looked_at = now // 60, 0
        if looked_at >= room.limit:
            fate[i] = _SKIPPED
            continue
        looked_at += 1
        free = max(free, now * 60) + room.seconds
        delay[i] = min(free - now * 60, _LONGEST)
        if room.human and not happens(high[i], low[i], chances[whole(mated[i]) + 2 * whole(looked_at > room.calm)]):
            fate[i] = _REJECTED
            continue
        fate[i] = _PASSED
        open_until[one] = now + room.case_minutes


@piece
def _agreed(seen_by: I32, seen_at: I32, device: int, now: int, within: int) -> bool:
    """Note which camera returned a reference, and say whether enough others did so shortly before."""
    n, oldest, known = 0, 0, -1
    for k in range(len(seen_by)):
        if seen_by[k] == device:
            known = k
        elif now - seen_at[k] <= within:
            n += 1
        if seen_at[k] < seen_at[oldest]:
            oldest = k
    place = known if known >= 0 else oldest
    seen_by[place], seen_at[place] = device, now
    return n >= len(seen_by) - 1
