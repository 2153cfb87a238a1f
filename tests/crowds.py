"""Small crowds for tests, in which everything happens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

from glasstown import crowds
from glasstown.core.keys import Key
from glasstown.crowds import Met
from glasstown.scenario import Scenario, load
from glasstown.state import CrowdDay
from glasstown.study.run import Run, run_scenario
from glasstown.tables import References
from tests.repository import ROOT

SEED = 11
KEY = Key.from_seed(SEED)
SHORTEST = ROOT / "tests" / "spec" / "valid" / "crowd-shortest.yaml"

# Two blocks; every kind of event many times over.
LOUD: dict[str, object] = {
    "town.faces": 70_000,
    "town.faces_per_person": 2.5,
    "town.listed_present": 300,
    "sensing.cameras.kind": "generated",
    "sensing.cameras.count": 3,
    "sensing.watchlist.size": 1000,
    "sensing.watchlist.wrongly_listed": 0.3,
    "sensing.recognition.system": "custom",
    "sensing.recognition.fmr": 0.00001,
    "sensing.recognition.fnmr": 0.1,
    "sensing.operator.reviews_per_hour": 100_000,
    "consequence.stop.taken_if_false": 0.5,
}


def crowd(changes: Mapping[str, object] | None = None) -> Scenario:
    """Load a loud crowd, with changes."""
    return _crowd(json.dumps({**LOUD, **(changes or {})}))


@cache
def _crowd(changes: str) -> Scenario:
    return load(SHORTEST, changes=json.loads(changes))


@cache
def run() -> Run:
    """Return two days of the loud crowd."""
    return run_scenario(crowd({"days": 2}), SEED)


def lived(scenario: Scenario, threads: int = 1) -> list[tuple[References, list[Met], list[CrowdDay]]]:
    """Let a crowd pass, day after day."""
    return list(crowds.days(scenario, KEY, threads))
