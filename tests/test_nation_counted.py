"""Is what is read off a nation counted over what its sentence says: decided appeals, people on the list, times?

Exact: one appeal, one refusal, one event called a person is noticed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from glasstown import tables as t
from glasstown.core.estimates import Estimate
from glasstown.judgement.rules import ListRules
from glasstown.metrics.nation_quantities import QUANTITIES
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


# ------------------------------------------------------------------ refusals of people on the list
def test_a_year_on_the_list_has_the_refusals_of_people_on_it() -> None:
    """Of who is refused for a grade, or for an old copy, none counts: notices one refusal of somebody not listed."""
    life = lived(loud(), both())
    found, listed = read(life)["refusals_per_listed_year"], total(life, "refusals_listed")
    assert 0 < listed < total(life, "refusals")
    assert found.value == 365 * listed / total(life, "days_listed")


def test_a_list_that_closes_no_door_refuses_nobody_who_has_a_good_grade() -> None:
    """The grade alone closes doors, and to people whose rating is above the border they stay open."""
    shut = replace(both().court, closes=np.zeros_like(both().court.closes))
    by_grade = lived(loud(), replace(both(), court=shut))
    assert 0 < total(by_grade, "refusals_listed") < total(by_grade, "refusals")
    by_nothing = lived(loud(), replace(both(), court=shut, closes=np.zeros_like(both().closes)))
    assert total(by_nothing, "days_listed") > 0
    assert total(by_nothing, "refusals") == total(by_nothing, "refusals_listed") == 0
    nobody = lived(loud(), replace(both(), court=ListRules.none()))
    assert total(nobody, "refusals") > 0 == total(nobody, "refusals_listed")


# ------------------------------------------------------------------ people and times
def test_what_can_happen_to_one_person_twice_is_not_called_people() -> None:
    """Notices one quantity that counts times and whose unit or sentence says people."""
    events = (
        *("listed_flow", "removed", "blocked_trips", "other_documents", "other_way", "gave_up", "paid_at_door"),
        *("repaid", "moved", "moved_away"),
    )
    found = {quantity.name: quantity for quantity in QUANTITIES}
    for name in events:
        assert found[name].unit in ("times", "trips"), name
        assert found[name].says.startswith("So many times somebody "), name
    for quantity in QUANTITIES:
        assert quantity.unit != "people" or "times" not in quantity.says, quantity.name


def test_more_doors_are_given_up_than_people_gave_one_up() -> None:
    """Why `gave_up` counts times: whoever gives up two doors counts twice, and they exceed the people refused."""
    knobs = {f"consequence__doors__{name}__learns": 1 for name in t.DOORS}
    life = lived(loud(**knobs), both())
    found = read(life, **knobs)
    assert (found["gave_up"].value or 0) > (found["people_refused"].value or 0) > 0
    assert found["gave_up"].unit == "times"
