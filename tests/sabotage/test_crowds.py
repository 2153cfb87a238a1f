"""Errors planted in a crowd: each turns a test red."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from glasstown import crowds
from glasstown.metrics import crowd as counts
from glasstown.metrics.conservation import Inconsistent
from glasstown.study.run import run_scenario
from tests import test_crowd
from tests.crowds import SEED, crowd
from tests.laws import test_crowds as laws


def test_an_address_that_knows_the_size_of_the_crowd_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    true = crowds.pass_by
    monkeypatch.setattr(crowds, "pass_by", lambda knobs, faces, block, key: true(knobs, faces, block, key(faces)))
    with pytest.raises(AssertionError):
        laws.test_more_faces_disturb_nobody(1)


def test_a_control_room_for_each_block_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if two rooms looked at the same crowd: each hour's limit counts twice."""
    true = crowds.settle

    def two_rooms(candidates: Any, *given: Any) -> Any:
        block = candidates.person // crowds.BLOCK
        parts = [true(candidates.take(block == i), *given) for i in (0, 1)]
        return tuple(type(one).concat([one, other]) for one, other in zip(*parts, strict=True))

    monkeypatch.setattr(crowds, "settle", two_rooms)
    with pytest.raises(AssertionError):
        test_crowd.test_one_room_looks_at_the_candidates_of_the_whole_crowd()


def test_people_of_whom_nothing_is_kept_and_who_are_not_counted_are_red(monkeypatch: pytest.MonkeyPatch) -> None:
    true = crowds._by_kind
    monkeypatch.setattr(crowds, "_by_kind", lambda passers, n: true(passers.take(slice(1, None)), n))
    test_crowd.run.cache_clear()
    try:
        with pytest.raises(AssertionError):
            test_crowd.test_counts_are_those_of_a_recount()
    finally:
        test_crowd.run.cache_clear()


def test_mated_and_other_searches_swapped_are_red(monkeypatch: pytest.MonkeyPatch) -> None:
    true = counts.posted

    def swapped(passers: Any, likeness: Any, *given: Any) -> Any:
        other = replace(likeness, enrolled=likeness.lookalike, lookalike=likeness.enrolled)
        return true(passers, other, *given)

    monkeypatch.setattr(counts, "posted", swapped)
    with pytest.raises((AssertionError, Inconsistent)):
        test_crowd.test_rates_by_group_and_sex_are_those_of_the_operating_point()


def test_a_kind_that_is_counted_twice_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    true = counts.tallied
    doubled = lambda day, c, cell, people, n: true(day, c, cell, np.where(cell == 0, 2 * people, people), n)  # noqa: E731
    monkeypatch.setattr(counts, "tallied", doubled)
    with pytest.raises(Inconsistent):
        run_scenario(crowd(), SEED)
