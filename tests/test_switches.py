"""Numbers of a part that is switched off are not counted, because none of them can act.

Smallest error noticed: one number of such a part that moves any estimate of a small loud town.
"""

from __future__ import annotations

from typing import Any

import pytest

from glasstown.scenario import acting, counted, headline, load, numbers, switched_off
from glasstown.study.run import run_scenario

TOWN: dict[str, Any] = {
    "days": 3, "town.people": 300, "town.streets.least_nodes": 60,
    "sensing.watchlist.size": 300, "sensing.watchlist.residents_per_1000": 50, "sensing.recognition.system": "custom",
    "sensing.recognition.fmr": 1e-3, "sensing.recognition.fnmr": 0.1,
}  # fmt: skip
OTHERS: dict[tuple[str, str, str], dict[str, Any]] = {
    ("sensing.cameras", "none", "generated"): {
        "per_km": 3, "most": 5, "dome": 0, "range": 9, "field": 20, "capture": 0.1, "half_distance": 3, "night": 1,
        "ride": 1, "working": 0.2, "mixed_mean": 0.5, "dead": 0.6, "certainty_generated": 0.3, "certainty_listed": 0.2,
        "certainty_vague": 0.1, "dawn_minute": 10, "dusk_minute": 1400,
    },
    ("sensing.operator", "off", "human"): {
        "confirm_true": 0.1, "confirm_false": 0.9, "reviewers": 2, "reviewers_alike": 0.9, "prevalence": 0.1,
        "prevalence_effect": 0.5, "reviews_per_hour": 1, "hurried_beyond": 1, "hurried_loss": 0.9, "seconds": 600,
    },
    ("consequence.response", "off", "avoid"): {"avoids": 1, "days": 2},
}  # fmt: skip


@pytest.mark.parametrize(("path", "off", "on"), OTHERS)
def test_no_number_of_a_part_that_is_switched_off_acts(path: str, off: str, on: str) -> None:
    others = {f"{path}.{key}": value for key, value in OTHERS[path, off, on].items()}

    def estimates(kind: str, more: dict[str, Any]) -> Any:
        scenario = load("newtown", changes=TOWN | {f"{path}.kind": kind} | more)
        assert {n.path for n in numbers(scenario) if n.path.startswith(f"{path}.")} == set(others)
        assert (path in switched_off(scenario)) == (kind == off)
        return run_scenario(scenario, 3).metrics

    assert estimates(off, {}) == estimates(off, others)
    assert estimates(on, {}) != estimates(on, others), "numbers that nobody would miss"


def test_no_number_of_operators_who_are_not_there_acts_in_a_crowd() -> None:
    crowd: dict[str, Any] = {"town.faces": 3000, "sensing.recognition.decision_threshold": 0.56}
    others = {f"sensing.operator.{key}": value for key, value in OTHERS["sensing.operator", "off", "human"].items()}

    def estimates(kind: str, more: dict[str, Any]) -> Any:
        return run_scenario(load("crowd", changes=crowd | {"sensing.operator.kind": kind} | more), 3).metrics

    assert estimates("off", {}) == estimates("off", others)
    assert estimates("human", {}) != estimates("human", others)


@pytest.mark.parametrize(("path", "off", "on"), OTHERS)
def test_what_is_switched_off_is_neither_counted_nor_listed(path: str, off: str, on: str) -> None:
    n = {kind: load("newtown", changes={f"{path}.kind": kind}) for kind in (off, on)}
    fewer = len(OTHERS[path, off, on])
    assert sum(counted(n[on])[k] for k in ("sourced", "assumed")) - fewer == sum(
        counted(n[off])[k] for k in ("sourced", "assumed")
    )
    assert headline(n[off]) != headline(n[on])
    assert not [number.path for number in acting(n[off]) if number.path.startswith(f"{path}.")]
    assert len(numbers(n[off])) == len(numbers(n[on])), "the resolved document says them all the same"
