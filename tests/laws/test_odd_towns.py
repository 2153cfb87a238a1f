"""Odd towns live like any other: conservation holds, and where nothing can happen exactly nothing does.

Smallest error noticed: one pass, capture, search, candidate, alert, stop or minute where there can be none; one value
where there is nothing to divide by; any table of a wrong type or length.
"""

from __future__ import annotations

import dataclasses

import pytest

from tests.laws.test_6_estimates import check_groups, check_numbers
from tests.odd_towns import ODD, Odd, lived


def check_odd(odd: Odd) -> None:
    """Assert that an odd town lives to its last day and comes out at what it must."""
    life, estimates = lived(odd)
    for rows in life.rows.values():
        rows.table.check()
    for table in life.tables.values():
        table.check()
    assert len(life.signatures) == odd.days
    check_numbers(estimates, False)
    check_groups(estimates, tuple(odd.scenario.town.groups))
    told = {e.name: e for e in estimates if e.by is None}
    for name in odd.zero:
        assert (told[name].value, told[name].low) == (0, 0), name
    for name in odd.null:
        assert (told[name].value, told[name].n) == (None, 0), name
    for name in odd.some:
        value = told[name].value
        assert value is not None, name
        assert value > 0, name


@pytest.mark.parametrize("name", ODD)
def test_an_odd_town_lives(name: str) -> None:
    check_odd(ODD[name])


@pytest.mark.parametrize("name", ["no cameras", "cameras that never work", "one street without cameras"])
def test_where_no_camera_can_see_the_interval_is_nothing_too(name: str) -> None:
    _, estimates = lived(ODD[name])
    told = {e.name: e for e in estimates if e.by is None}
    for zero in ODD[name].zero:
        assert told[zero].high == 0, zero


@pytest.mark.parametrize("wrong", [{"zero": ("searches",)}, {"null": ("ppv",)}, {"some": ("share_captured_weekly",)}])
def test_an_odd_town_that_is_not_odd_would_be_noticed(wrong: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(AssertionError):
        check_odd(dataclasses.replace(ODD["one day"], **{"zero": (), "null": (), "some": (), **wrong}))
