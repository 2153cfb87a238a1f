"""The same scenario and seed give the same bytes as when somebody last looked: no number changes by accident.

Notices any change of one integer in any table of these runs, and of any overall quantity beyond 1 in 10**12.
"""

from __future__ import annotations

import copy
import json

import pytest

from tests.refresh_baseline import BASELINE, CASES, differences, lived, summary


@pytest.mark.parametrize("case", CASES)
def test_numbers_are_as_before(case: str) -> None:
    before = json.loads(BASELINE.read_text(encoding="utf-8"))
    found = differences(before[case], summary(lived(case)))
    assert not found, (
        "\n  ".join(["numbers changed:", *found]) + "\nIf that is meant: python -m tests.refresh_baseline, "
        "and say why under 'Numbers change' in CHANGELOG.md."
    )


def test_the_loud_case_is_loud() -> None:
    """A baseline of zeros would notice little: in the loud town everything happens."""
    metrics = json.loads(BASELINE.read_text(encoding="utf-8"))["newtown, loud"]["metrics"]
    quiet = [name for name, (value, _) in metrics.items() if not value]
    assert not quiet


def test_a_changed_number_would_be_noticed() -> None:
    before = json.loads(BASELINE.read_text(encoding="utf-8"))["newtown, loud"]
    assert not differences(before, before)
    for change in ({"tables": "0"}, {"metrics": before["metrics"] | {"stops": [before["metrics"]["stops"][0] + 1, 1]}}):
        assert differences(before, copy.deepcopy(before) | change)
    missing = {name: m for name, m in before["metrics"].items() if name != "alerts"}
    assert differences(before, before | {"metrics": missing})
