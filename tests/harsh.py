"""A week under a harsh system: small control rooms, many lookalikes, custody, appeals, avoidance; in communities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from glasstown.scenario import Scenario
from glasstown.state import Day, State
from tests import worlds

PEOPLE, DAYS, COMMUNITY = 360, 8, 130
HARSH: dict[str, object] = {
    "start_weekday": 3,
    "town.streets.least_nodes": 80,
    "sensing.cameras.per_km": 20,
    "sensing.cameras.capture": 0.9,
    "sensing.cameras.working": 0.8,
    "sensing.watchlist.size": 80,
    "sensing.watchlist.residents_per_1000": 120,
    "sensing.watchlist.wrongly_listed": 0.4,
    "sensing.recognition.system": "custom",
    "sensing.recognition.fmr": 0.001,
    "sensing.recognition.fnmr": 0.3,
    "sensing.recognition.repeat": 0.3,
    "sensing.recognition.searching": 0.7,
    "sensing.operator.confirm_true": 0.9,
    "sensing.operator.confirm_false": 0.6,
    "sensing.operator.reviews_per_hour": 4,
    "sensing.case_minutes": 30,
    "records.retention_days": 2,
    "records.alert_retention_days": 3,
    "judgement.remove_when_found": False,
    "judgement.rating.points_per_sighting": -2,
    "judgement.rating.decay_per_day": 0.5,
    "judgement.rating.alert_threshold": -1,
    "consequence.stop.found": 0.7,
    "consequence.stop.taken_if_true": 0.8,
    "consequence.stop.taken_if_false": 0.4,
    "consequence.custody_days": 2,
    "consequence.appeal.files": 0.8,
    "consequence.appeal.delay_days": 1,
    "consequence.appeal.granted": 0.7,
    "consequence.response.avoids": 0.7,
    "consequence.response.days": 3,
    "consequence.response.flagged": True,
}


@dataclass(frozen=True)
class Lived:
    """One community's day: how it stood the evening before, what happened, and how it stood at the next midnight."""

    before: State
    day: Day
    after: State


@cache
def scenario(**changes: object) -> Scenario:
    """Load the harsh scenario; a change's dots are written as two underscores."""
    turned = {name.replace("__", "."): value for name, value in changes.items()}
    return worlds.town(PEOPLE, DAYS, {**HARSH, **turned})


@cache
def week(**changes: object) -> tuple[Lived, ...]:
    """Live the harsh week in three communities."""
    told = scenario(**changes)
    with worlds.communities_of(COMMUNITY):
        states = worlds.evening(told)
    assert len(states) == 3
    return tuple(_paired(states, worlds.live(states, told)))


def _paired(states: list[State], lived: worlds.Lived) -> Iterator[Lived]:
    for each in lived:
        yield from (Lived(before, day, after) for before, (after, day) in zip(states, each, strict=True))
        states = [after for after, _ in each]
