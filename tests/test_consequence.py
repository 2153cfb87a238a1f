"""Consequences: custody, appeals and avoidance, for as long and as often as stated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from glasstown import tables as t
from glasstown.consequence.appeal import GRANTED, REFUSED, appeal
from glasstown.consequence.halt import CLEARED, TAKEN
from glasstown.consequence.knobs import Appeal, Response
from glasstown.consequence.respond import respond
from glasstown.consequence.sanction import sanction
from glasstown.core.keys import Key
from glasstown.core.quantity import assume
from glasstown.scenario import load
from tests import harsh
from tests.budget import agrees
from tests.plain.draws import yes
from tests.plain.metrics import rows_of
from tests.worlds import rows

KEY = Key.from_seed(121)
FIRST = 400


def outcomes_of(
    person: Any, outcome: Any = TAKEN, mated: Any = False, wrongly: Any = False, reference: Any = 0
) -> t.Outcomes:
    n = len(person)
    columns: dict[str, Any] = {c.name: 0 for c in t.Outcomes.columns()}
    columns |= {"outcome": outcome, "mated": mated, "wrongly_listed": wrongly, "reference": reference, "person": person}
    return t.Outcomes.of(**{name: np.broadcast_to(value, n) for name, value in columns.items()})


def some_outcomes(key: Key, n: int) -> t.Outcomes:
    """At most one stop of a person, as after a day in the street."""
    ids = np.arange(n)
    mated = key("mated").below(2, ids) == 1
    wrongly = mated & (key("wrongly").below(3, ids) == 0)
    return outcomes_of(FIRST + ids, key("outcome").below(3, ids), mated, wrongly, key("reference").below(9, ids))


# ---------------------------------------------------------------- custody
def test_everybody_taken_is_held_for_whole_days_after_today() -> None:
    out = some_outcomes(KEY, 60)
    held = sanction(out, 3, 10)
    held.check()
    expected = [
        (o["person"], o["reference"], 0, o["mated"] and not o["wrongly_listed"], 14)
        for o in rows_of(out)
        if o["outcome"] == TAKEN
    ]
    assert rows(held) == expected
    assert {row[3] for row in expected} == {True, False}
    assert len(sanction(out, 0, 10)) == 0
    assert len(sanction(t.Outcomes.empty(), 3, 10)) == 0


# ---------------------------------------------------------------- appeals
def appeal_knobs(files: float, delay_days: int, granted: float) -> Appeal:
    return Appeal(files=assume(files), delay_days=assume(delay_days), granted=assume(granted))


def waiting_of(person: Any, due: int) -> t.Appeals:
    n = len(person)
    columns = {c.name: np.zeros(n) for c in t.Appeals.columns()}
    return t.Appeals.of(**(columns | {"person": person, "reference": person, "due_day": np.full(n, due)}))


@pytest.mark.parametrize("delay", [0, 1, 4])
def test_appeals_over_a_fortnight_equal_the_plain_twin(delay: int) -> None:
    """Each is filed by somebody wrongly taken, waits its days, is decided once, and is then forgotten."""
    knobs = appeal_knobs(0.7, delay, 0.4)
    waiting = t.Appeals.empty()
    plain: list[dict[str, Any]] = []
    decided_ever = 0
    for day in range(14):
        key = KEY("day", day)
        out = some_outcomes(key, 40 if day < 9 else 0)
        told = appeal(waiting, out, knobs, day, key)
        for table in told:
            table.check()
        decided = [
            {**a, "result": GRANTED if yes(key("appeal-granted"), 0.4, a["person"], a["reference"]) else REFUSED}
            for a in plain
            if a["due_day"] <= day
        ]
        filed = [
            {
                "person": o["person"],
                "reference": o["reference"],
                "filed_day": day,
                "due_day": day + 1 + delay,
                "result": 0,
            }
            for o in rows_of(out)
            if o["outcome"] == TAKEN
            and (not o["mated"] or o["wrongly_listed"])
            and yes(key("appeal-filed"), 0.7, o["person"], o["reference"])
        ]
        plain = [a for a in plain if a["due_day"] > day] + filed
        assert rows_of(told.today) == decided + filed
        assert rows_of(told.waiting) == plain
        assert rows_of(told.granted) == [a for a in decided if a["result"] == GRANTED]
        waiting = told.waiting
        decided_ever += len(decided)
    assert len(waiting) == 0
    assert decided_ever > 30


def test_quick_appeals_are_decided_the_next_day() -> None:
    """As the safeguard says; a wait of one day, which ends on the day after that, is noticed."""
    knobs = load("newtown", safeguards=["quick-appeals"]).consequence.appeal
    knobs = knobs.model_copy(update={"files": assume(1)})
    filed = appeal(t.Appeals.empty(), outcomes_of(np.arange(FIRST, FIRST + 9)), knobs, 5, KEY)
    decided = appeal(filed.waiting, t.Outcomes.empty(), knobs, 6, KEY)
    assert (len(filed.today), len(decided.today), len(decided.waiting)) == (9, 9, 0)
    assert (6 - decided.today.filed_day).tolist() == [1] * 9


def test_appeal_rates_come_out_as_stated() -> None:
    """Files 0.3, granted 0.6; smallest error noticed: 0.9 points. The rightly taken and the cleared never appeal."""
    n = 200_000
    who = np.arange(FIRST, FIRST + n)
    filed = appeal(t.Appeals.empty(), outcomes_of(who), appeal_knobs(0.3, 2, 1), 5, KEY).today
    agrees(len(filed), n, 0.3, notices=0.009)
    decided = appeal(waiting_of(who, 5), t.Outcomes.empty(), appeal_knobs(1, 2, 0.6), 5, KEY)
    agrees(len(decided.granted), n, 0.6, notices=0.009)
    assert len(decided.today) == n
    assert len(decided.waiting) == 0
    early = appeal(waiting_of(who, 6), t.Outcomes.empty(), appeal_knobs(1, 2, 1), 5, KEY)
    assert (len(early.today), len(early.waiting)) == (0, n)
    always = appeal_knobs(1, 0, 1)
    for out in (outcomes_of(who, CLEARED), outcomes_of(who, 0), outcomes_of(who, TAKEN, mated=True)):
        assert len(appeal(t.Appeals.empty(), out, always, 5, KEY).today) == 0
    for out in (outcomes_of(who), outcomes_of(who, mated=True, wrongly=True)):
        assert len(appeal(t.Appeals.empty(), out, always, 5, KEY).today) == n
        assert len(appeal(t.Appeals.empty(), out, appeal_knobs(0, 0, 1), 5, KEY).today) == 0


# ---------------------------------------------------------------- responses
def response(kind: Any = "avoid", avoids: float = 0.5, days: int = 3, flagged: bool = False) -> Response:
    return Response(kind=kind, avoids=assume(avoids), days=assume(days), flagged=flagged)


def standing_of(n: int, held: Any = 0, avoids: Any = 0) -> t.Standing:
    return t.Standing.of(
        person=np.arange(FIRST, FIRST + n),
        held_until_day=np.broadcast_to(held, n),
        avoids_until_day=np.broadcast_to(avoids, n),
    )


@dataclass(frozen=True)
class Evening:
    """What happened by the evening of day 20 to forty people."""

    standing: t.Standing
    outcomes: t.Outcomes
    sanctions: t.Sanctions
    granted: t.Appeals
    flagged: Any


def some_evening(key: Key) -> Evening:
    out = some_outcomes(key, 40)
    old = standing_of(40, key("held").below(25, np.arange(40)), key("avoids").below(25, np.arange(40)))
    freed = waiting_of(FIRST + np.flatnonzero(key("freed").below(4, np.arange(40)) == 0), 20)
    shown = np.concatenate([FIRST + key("flagged").below(60, np.arange(25)) - 10, [-1, -1, 0, 2**31 - 1]])
    return Evening(old, out, sanction(out, 2, 20), freed, shown.astype(np.int32))


def plain_respond(e: Evening, knobs: Response, key: Key) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Responses and where everybody stands: person by person."""
    responses: list[tuple[int, ...]] = []
    standing: list[tuple[int, ...]] = []
    if knobs.kind == "avoid":
        for o in rows_of(e.outcomes):
            wrongful = o["outcome"] > 0 and (not o["mated"] or o["wrongly_listed"])
            if wrongful and yes(key("avoids"), float(knobs.avoids), o["person"]):
                responses.append((o["person"], 0, 21 + int(knobs.days)))
        if knobs.flagged:
            responses += [(p, 0, 22) for p in e.flagged.tolist() if FIRST <= p < FIRST + len(e.standing)]
    for person, held, avoids in rows(e.standing):
        if person in e.granted.person.tolist():
            held = 0
        held = max([held] + [s["until_day"] for s in rows_of(e.sanctions) if s["person"] == person])
        avoids = max([avoids] + [until for p, _, until in responses if p == person])
        standing.append((person, held, avoids))
    return responses, standing


@pytest.mark.parametrize("kind", ["off", "avoid"])
@pytest.mark.parametrize("flagged", [False, True])
@pytest.mark.parametrize("days", [0, 3])
def test_an_evening_equals_the_plain_twin(days: int, flagged: bool, kind: str) -> None:
    """Also for flagged files that show strangers, people of other communities, and people stopped today."""
    for seed in range(5):
        key = Key.from_seed(seed)
        e, knobs = some_evening(key), response(kind, 0.6, days, flagged)
        told = respond(e.standing, e.outcomes, e.sanctions, e.granted, e.flagged, knobs, 20, key)
        told.responses.check()
        told.standing.check()
        responses, standing = plain_respond(e, knobs, key)
        assert rows(told.responses) == responses
        assert rows(told.standing) == standing


def test_the_longer_reason_to_avoid_counts() -> None:
    """Stopped today (ten days) and flagged tonight (one day): ten days, whichever is told last."""
    out = outcomes_of([FIRST, FIRST + 2])
    flagged = np.array([FIRST + 2, FIRST, FIRST + 1], np.int32)
    told = respond(
        standing_of(4), out, t.Sanctions.empty(), t.Appeals.empty(), flagged, response("avoid", 1, 10, True), 0, KEY
    )
    assert told.standing.avoids_until_day.tolist() == [11, 2, 11, 0]


def test_a_file_on_a_stranger_concerns_nobody_here() -> None:
    strangers = np.array([-1, FIRST - 1, FIRST + 4, -4], np.int32)
    none = (t.Outcomes.empty(), t.Sanctions.empty(), t.Appeals.empty())
    told = respond(standing_of(4), *none, strangers, response(flagged=True), 0, KEY)
    assert len(told.responses) == 0
    assert not told.standing.avoids_until_day.any()


def test_the_share_who_avoid_comes_out_as_stated() -> None:
    """Smallest error noticed: 0.7 points of a share of 0.16; a lawful stop and no stop change nobody."""
    n = 200_000
    who = np.arange(FIRST, FIRST + n)
    nothing = (t.Sanctions.empty(), t.Appeals.empty(), np.zeros(0, np.int32))
    for out in (outcomes_of(who, CLEARED), outcomes_of(who, TAKEN, mated=True, wrongly=True)):
        told = respond(standing_of(n), out, *nothing, response(avoids=0.16, days=3), 7, KEY)
        agrees(len(told.responses), n, 0.16, notices=0.007)
        assert set(told.standing.avoids_until_day.tolist()) == {0, 11}
        assert np.count_nonzero(told.standing.avoids_until_day) == len(told.responses)
    for out in (outcomes_of(who, 0), outcomes_of(who, TAKEN, mated=True)):
        assert len(respond(standing_of(n), out, *nothing, response(avoids=1), 7, KEY).responses) == 0
    never, off = response(avoids=0), response("off", avoids=1)
    for knobs in (never, off):
        assert len(respond(standing_of(n), outcomes_of(who), *nothing, knobs, 7, KEY).responses) == 0


# ---------------------------------------------------------------- over a week
def test_people_are_held_from_the_day_after_for_four_days_or_until_an_appeal_is_granted() -> None:
    """Told from the outcomes and appeals alone, person by person, over three communities."""
    until: dict[int, int] = {}
    freed_early = 0
    for each in harsh.week(consequence__custody_days=4):
        day = each.day
        standing = each.before.town.standing
        for person, held in zip(standing.person.tolist(), standing.held_until_day.tolist(), strict=True):
            assert (held > day.day) == (until.get(person, 0) > day.day)
        won = day.appeals.person[day.appeals.result == GRANTED].tolist()
        freed_early += sum(until.get(person, 0) > day.day + 1 for person in won)
        until |= dict.fromkeys(won, 0)
        taken = day.outcomes.person[day.outcomes.outcome == TAKEN].tolist()
        until |= dict.fromkeys(taken, day.day + 5)
        assert day.sanctions.person.tolist() == taken
    assert len(until) > 50
    assert freed_early > 0


def test_nobody_avoids_without_a_wrongful_stop_or_a_flag() -> None:
    reasons: set[int] = set()
    for each in harsh.week():
        standing = each.before.town.standing
        avoiding = standing.person[standing.avoids_until_day > each.day.day].tolist()
        assert set(avoiding) <= reasons
        out = each.day.outcomes
        wrongful = (out.outcome > 0) & (~out.mated | out.wrongly_listed)
        reasons |= set(out.person[wrongful].tolist())
        files = each.after.docket.dossiers
        reasons |= set(each.after.gallery.references.person[files.reference[files.flagged]].tolist())


def test_without_a_response_nobody_changes() -> None:
    for each in harsh.week(consequence__response__kind="off"):
        assert len(each.day.responses) == 0
        assert not each.after.town.standing.avoids_until_day.any()
        assert not np.count_nonzero(each.day.conduct.kind == t.CONDUCT.index("trip_avoided"))
