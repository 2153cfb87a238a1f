"""Which kind of scenario is which."""

from __future__ import annotations

from typing import Any

from glasstown.scenario import Scenario
from glasstown.study.crowd import CROWD
from glasstown.study.day_town import DAY_TOWN
from glasstown.study.kind import Kind
from glasstown.study.nation import NATION

KINDS: dict[str, Kind[Any, Any, Any]] = {"crowd": CROWD, "nation": NATION}


# What the same scenario is called in which nobody watches.
WITHOUT: dict[str, str] = {"nation": "nobody-watches"}


def without_name(scenario: Scenario) -> str:
    """Return what the counterfactual of a scenario is called."""
    return WITHOUT.get(scenario.town.kind, "cameras-off")


def kind_of(scenario: Scenario) -> Kind[Any, Any, Any]:
    """Return how a scenario's kind of town is lived and read."""
    return KINDS.get(scenario.town.kind, DAY_TOWN)
