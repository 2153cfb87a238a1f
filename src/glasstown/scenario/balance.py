"""Multipliers by group, sex and age, drawn so that the rate they multiply stays that of everybody."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from glasstown.core.quantity import Quantity
from glasstown.scenario.checks import AGE_BANDS, SEXES
from glasstown.scenario.model import Scenario

ROUNDED = 0.01
MOST = 10_000.0


def balanced(document: dict[str, Any], scenario: Scenario) -> dict[str, Any]:
    """Return a drawn document in which multipliers whose mean was 1 have that mean again.

    A published rate is that of all who took part. Where the written multipliers of the false match rate or of the
    misses have a mean of 1 over the town's people, the drawn ones are divided by what their mean became, also those
    of whoever had none; their ranges move along. Others stay as they were drawn.

    Parameters
    ----------
    document : dict
        What was drawn; complete.
    scenario : Scenario
        What was written. Its shares of groups, sexes and ages are the weights.

    Limits
    ------
    The mean is over the people of the town, not over those who pass a camera.
    """
    sensing = document.get("sensing", {})
    if "recognition" not in sensing:
        return document
    tables = sensing["recognition"]
    after = {name: _balanced(tables[name], written, of) for name, written, of in _written(scenario) if name in tables}
    return document | {"sensing": sensing | {"recognition": tables | after}}


def _written(scenario: Scenario) -> list[tuple[str, dict[str, Quantity], dict[str, float]]]:
    town, recognition = scenario.town, scenario.sensing.recognition
    groups = {name: float(share) for name, share in town.groups.items()}
    female = float(town.female)
    ages = {name: float(share) for name, share in town.ages.items()} or dict.fromkeys(AGE_BANDS, 1.0)
    return [
        ("fmr_by_group", recognition.fmr_by_group, groups),
        ("fmr_by_sex", recognition.fmr_by_sex, dict(zip(SEXES, (female, 1.0 - female), strict=True))),
        ("fmr_by_age", recognition.fmr_by_age, ages),
        ("fnmr_by_group", recognition.fnmr_by_group, groups),
    ]


def _balanced(table: dict[str, Any], written: dict[str, Quantity], shares: dict[str, float]) -> dict[str, Any]:
    before = mean({name: float(times) for name, times in written.items()}, shares)
    now = mean({name: times["value"] for name, times in table.items()}, shares)
    if abs(before - 1.0) > ROUNDED or now <= 0.0 or now == before:
        return table
    everybody = {name: {"value": 1.0} for name in shares} | table
    return {name: _times(own, before / now) for name, own in everybody.items()}


def mean(multipliers: Mapping[str, float], shares: Mapping[str, float]) -> float:
    """Return the mean multiplier of people in these shares; who has none is counted once."""
    total = math.fsum(shares.values())
    return math.fsum(share * multipliers.get(name, 1.0) for name, share in shares.items()) / total


def _times(own: dict[str, Any], factor: float) -> dict[str, Any]:
    moved = {key: float(f"{min(own[key] * factor, MOST):.6g}") for key in ("value", "low", "high") if key in own}
    return own | moved
