"""Verb 4, adjudicate: the operator looks at candidates and passes some on as alerts."""

from __future__ import annotations

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import threshold
from glasstown.core.columns import I16, I32, U8, Bool
from glasstown.core.kernels import kernel
from glasstown.core.keys import Key
from glasstown.sensing.knobs import Operator

_SKIPPED = 0
_REJECTED = 1
_PASSED = 2
_WORD = np.uint64(32)


def in_order(candidates: t.Candidates, key: Key) -> t.Candidates:
    """Put candidates in the order in which they reach the control room: by minute, device and an addressed tie."""
    tie = key("queue").bits(candidates.person, candidates.trip, candidates.device, candidates.reference)
    arrival = (candidates.minute.astype(np.uint64) << np.uint64(53)) | (candidates.device.astype(np.uint64) << _WORD)
    return candidates.take(np.argsort(arrival | tie, kind="stable"))


def adjudicate(
    candidates: t.Candidates, operator: Operator, case_minutes: int, n_references: int, key: Key
) -> t.Alerts:
    """Let one control room look at the day's candidates.

    A candidate for a reference whose case is open is hushed. The rest are looked at until the hour's workload limit
    is reached; beyond it they lapse. The operator passes a candidate on with one chance if it is right
    and another if it is wrong.

    Parameters
    ----------
    candidates : Candidates
        In order of arrival (see `in_order`).
    operator : Operator
        Error rates and workload limit of the room.
    case_minutes : int
        How long an alert hushes repeats for the same reference.
    n_references : int
        Size of the watchlist.
    key : Key
        The day's key; a draw is addressed by person, trip, device and reference.

    Returns
    -------
    Alerts
        In order of arrival.

    Limits
    ------
    Cases do not outlive midnight; the operator's errors do not depend on fatigue or on the group.
    """
    human = operator.kind == "human"
    if not human and case_minutes == 0:
        return _alerts(candidates)
    confirm = np.where(
        candidates.mated, threshold(float(operator.confirm_true)), threshold(float(operator.confirm_false))
    ).astype(np.uint64)
    yes = key("adjudicate").happens(
        confirm, candidates.person, candidates.trip, candidates.device, candidates.reference
    )
    limit = int(operator.reviews_per_hour) if human else len(candidates) + 1
    fate = np.zeros(len(candidates), np.uint8)
    _review(candidates.minute, candidates.reference, yes | (not human), limit, case_minutes, n_references, fate)
    return _alerts(candidates.take(fate == _PASSED))


def _alerts(passed: t.Candidates) -> t.Alerts:
    return t.Alerts(passed.person, passed.trip, passed.mated, passed.device, passed.minute, passed.reference)


@kernel
def _review(minute: I16, reference: I32, yes: Bool, limit: int, case_minutes: int, n_references: int, fate: U8) -> None:
    """Decide what becomes of each candidate, in order of arrival."""
    open_until = np.zeros(n_references, np.int32)
    hour, looked_at = -1, 0
    for i in range(len(minute)):
        if minute[i] < open_until[reference[i]]:
            fate[i] = _SKIPPED
            continue
        if minute[i] // 60 != hour:
            hour, looked_at = minute[i] // 60, 0
        if looked_at >= limit:
            fate[i] = _SKIPPED
            continue
        looked_at += 1
        if not yes[i]:
            fate[i] = _REJECTED
            continue
        fate[i] = _PASSED
        open_until[reference[i]] = minute[i] + case_minutes
