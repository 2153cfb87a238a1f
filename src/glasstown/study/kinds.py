"""Which kind of scenario is which."""

from __future__ import annotations

from typing import Any

from glasstown.scenario import Scenario
from glasstown.study.crowd import CROWD
from glasstown.study.day_town import DAY_TOWN
from glasstown.study.kind import Kind

KINDS: dict[str, Kind[Any, Any, Any]] = {"crowd": CROWD}


def kind_of(scenario: Scenario) -> Kind[Any, Any, Any]:
    """Return how a scenario's kind of town is lived and read."""
    return KINDS.get(scenario.town.kind, DAY_TOWN)
