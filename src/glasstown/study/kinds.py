"""Which kind of scenario is which."""

from __future__ import annotations

from typing import Any

from glasstown.scenario import Scenario
from glasstown.study.kind import Kind

# What the same scenario is called in which nobody watches.
WITHOUT: dict[str, str] = {"nation": "nobody-watches"}


def without_name(scenario: Scenario) -> str:
    """Return what the counterfactual of a scenario is called."""
    return WITHOUT.get(scenario.town.kind, "cameras-off")


def kind_of(scenario: Scenario) -> Kind[Any, Any, Any]:
    """Return how a scenario's kind of town is lived and read; the other kinds are not loaded."""
    match scenario.town.kind:
        case "crowd":
            from glasstown.study.crowd import CROWD

            return CROWD
        case "nation":
            from glasstown.study.nation import NATION

            return NATION
        case _:
            from glasstown.study.day_town import DAY_TOWN

            return DAY_TOWN
