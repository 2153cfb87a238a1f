"""Small nations in which everything is off but what a test turns on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from glasstown import counts as q
from glasstown import months
from glasstown import tables as t
from glasstown.judgement.rules import ListRules, Rules
from glasstown.scenario import Scenario, load, with_changes
from glasstown.study.nation import NATION, Law, NationLife, Plan

QUIET = Scenario.model_validate(
    {"schema": 1, "id": "quiet", "title": "Quiet", "days": 365, "town": {"kind": "nation", "people": 16_000}}
)


def nation(**changes: Any) -> Scenario:
    """Return a nation in which nothing happens, with some knobs turned; `__` stands for a dot."""
    return with_changes(QUIET, {path.replace("__", "."): value for path, value in changes.items()})


def loud(**changes: Any) -> Scenario:
    """Return a small nation in which everything happens often: two jurisdictions, errors, lists, doors, perks."""
    turned: dict[str, Any] = {
        "town.kind": "nation",
        "town.people": 6_000,
        "town.sample": 1,
        "town.jurisdictions": {"north": 0.5, "south": 0.5},
        "days": 184,
        "town.life.away": 0.3,
        "town.life.moves_per_year": 0.3,
        "town.deeds.debt_judgment_unpaid.per_year": 0.5,
        "town.deeds.cheated_stranger.per_year": 0.5,
        "records.sharing": {"court to carrier": 0.7, "credit_office to bank": 0.7, "carrier to hotel": 0.3},
        "records.integration": 0.5,
        "judgement.lists.court.initial": 300,
        "consequence.doors.loan.attempts_per_year": 6,
        "consequence.shaming.ringtone": 0.3,
        "sensing.reports.court.namesake": 0.2,
        "consequence.reaction.aware": 0.5,
        "consequence.reaction.hears_per_year": 0.5,
        "consequence.redress.granted_if_right": 0.3,
    }
    return with_changes(load("newtown"), turned | {path.replace("__", "."): value for path, value in changes.items()})


def deeds(**values: Any) -> np.ndarray:
    """Return an array with one number for each kind of conduct, 0 but for those named."""
    return np.array([values.get(name, 0) for name in t.DEEDS])


def rated(**changes: Any) -> Rules:
    """Return a rulebook with two grades, split at 1,000, and no points."""
    nobody = Rules.none("test")
    rules = replace(
        nobody,
        rates=True,
        base=1_000,
        floor=-100_000,
        cap=100_000,
        bands=("low", "high"),
        band_from=np.array([-100_000, 1_000], np.int32),
        closes=np.zeros((2, len(t.DOORS)), np.bool_),
        opens=np.zeros((2, len(t.PERKS)), np.bool_),
    )
    return replace(rules, **changes)


def court(**changes: Any) -> ListRules:
    """Return a list of people with unpaid judgments that closes every door."""
    kept = replace(
        ListRules.none(),
        kept=True,
        triggers=deeds(debt_judgment_unpaid=1) > 0,
        closes=np.ones(len(t.DOORS), np.bool_),
        shamed=True,
    )
    return replace(kept, **changes)


def both() -> Rules:
    """Return a rulebook that rates, lists, closes and opens everything."""
    points = deeds(traffic_offence=-5, jaywalking=-3, barking_dog=-4, volunteering=5, yielding=2, award=30)
    closes, opens = np.zeros((2, len(t.DOORS)), np.bool_), np.zeros((2, len(t.PERKS)), np.bool_)
    closes[0], opens[1] = True, True
    return rated(
        points=points.astype(np.int32),
        most_per_period=deeds(volunteering=2).astype(np.int32),
        expiry_months=deeds(traffic_offence=3, volunteering=2).astype(np.int32),
        closes=closes,
        opens=opens,
        court=court(expires_months=4),
    )


def law(rules: Rules | Mapping[str, Rules]) -> Law:
    """Put rulebooks in force; one rulebook is in force everywhere."""
    return Law({}, {}, dict(rules) if isinstance(rules, Mapping) else {"none": rules})


def lived(scenario: Scenario, rules: Rules, seed: int = 7, threads: int = 1) -> NationLife:
    """Let a nation live under one rulebook."""
    return NATION.live(scenario, seed, law(rules), threads=threads)


def plan(scenario: Scenario, rules: Rules, seed: int = 7) -> Plan:
    """Prepare a nation under one rulebook."""
    return Plan.of(scenario, seed, law(rules))


def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Python call every verb of a month by its name, so that one of them can be broken."""
    for name in ("begin", "done", "_rate", "judged", "_watched", "_move", "borne", "end"):
        monkeypatch.setattr(months, name, getattr(months, name).py_func)


def total(life: NationLife, name: str, k: int | None = None) -> int:
    """Return one count of everybody, or one number of it."""
    first, size = q.FIRST[name], q.SIZES[name]
    numbers = life.counted.rows[:, 0, first : first + size].sum(axis=0)
    return int(numbers.sum() if k is None else numbers[k])
