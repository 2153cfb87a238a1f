"""Is what is read off a nation counted over what its sentence says: decided appeals?

Exact: one appeal is noticed.
"""

from __future__ import annotations

from typing import Any

import pytest

from glasstown.core.estimates import Estimate
from glasstown.study.nation import NATION, NationLife
from tests.nations import both, lived, loud, total


def read(life: NationLife, **changes: Any) -> dict[str, Estimate]:
    """Read a nation off, for everybody."""
    return {e.name: e for e in NATION.read(life, loud(**changes)) if e.by is None}


# ------------------------------------------------------------------ appeals
def test_appeals_are_granted_out_of_those_decided() -> None:
    """Whoever still waits for an answer is no refusal: notices one pending appeal that counts as one."""
    life = lived(loud(), both())
    found = read(life)
    granted, decided = total(life, "granted_wrong") + total(life, "granted_right"), total(life, "appeals_decided")
    assert 0 < granted < decided < total(life, "appeals")
    assert found["appeals_granted_share"].n == decided
    assert found["appeals_granted_share"].value == granted / decided
    assert found["appeals_decided"].value == decided


@pytest.mark.parametrize(("delay", "some"), [(0, True), (5, True), (6, False), (12, False)])
def test_where_no_appeal_can_have_been_decided_no_share_is_granted(delay: int, some: bool) -> None:
    """Over six months; notices a share of 0 that is none, and a bound on what may yet be decided in time."""
    knobs = {"consequence__redress__delay_months": delay, "days": 181}
    scenario = loud(**knobs)
    found = read(lived(scenario, both()), **knobs)
    assert found["appeals"].value
    assert (found["appeals_granted_share"].value is not None) == some
    assert (found["appeals_decided"].high != 0) == some
    assert bool(found["appeals_decided"].value) == some
