"""Which kind of scenario is which."""

from __future__ import annotations

from typing import Any

from glasstown.scenario import Scenario
from glasstown.study.day_town import DAY_TOWN
from glasstown.study.kind import Kind


def kind_of(scenario: Scenario) -> Kind[Any, Any, Any]:
    """Return how a scenario's kind of town is lived and read."""
    del scenario
    return DAY_TOWN
