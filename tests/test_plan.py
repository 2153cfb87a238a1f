"""Plans are made in blocks: whatever a block is made of, and whoever was thought of beforehand, each day is the same.

Smallest error noticed: one number of one trip of one person.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from glasstown import tables as t
from glasstown.core.columns import Bool
from glasstown.state import Town, ways
from glasstown.town.outline import BATCH, SLOTS
from glasstown.town.plan import PlanRoom, left_undone, plan, plan_room, plans
from glasstown.town.walkers import ANY_ROUTE, today_of, walkers
from tests.test_live import KEY, assert_equals_twin, small_town, some, with_standing

PEOPLE = 2 * BATCH + 40


@pytest.fixture(scope="module")
def several_blocks() -> tuple[Town, t.Routes, Bool]:
    """Some are in custody, some avoid watched streets, and some of two blocks walk anywhere."""
    town, routes = small_town(PEOPLE)
    held, avoids = (np.where(some(KEY(name), PEOPLE, 0.2), 8, 0) for name in ("held", "avoids"))
    anywhere = some(KEY("anywhere"), PEOPLE, 0.4) & (np.arange(PEOPLE) > BATCH - 10)
    third = np.arange(PEOPLE) % len(routes)
    people, habits = town.people, town.habits
    people = replace(people, occupation=np.where(anywhere, 0, people.occupation).astype(np.uint8))
    mixed = replace(
        habits,
        route_anchor=np.where(anywhere, third, habits.route_anchor).astype(np.int32),
        route_chain=np.where(anywhere, third[::-1], habits.route_chain).astype(np.int32),
        route_leisure=np.where(anywhere, ANY_ROUTE, habits.route_leisure).astype(np.int32),
    )
    watched = some(KEY("watched"), len(routes), 0.5)
    return with_standing(replace(town, people=people, habits=mixed), held, avoids), routes, watched


@pytest.mark.parametrize("weekend", [False, True])
def test_all_kinds_of_people_side_by_side_equal_the_plain_twin(
    several_blocks: tuple[Town, t.Routes, Bool], weekend: bool
) -> None:
    town, routes, watched = several_blocks
    assert assert_equals_twin(town, routes, watched, 7, weekend, KEY("live", 7)) > 1_000


BLOCKS = (*range(0, PEOPLE, BATCH), PEOPLE)


def planned(
    town: Town, routes: t.Routes, watched: Bool, room: PlanRoom | None, cuts: tuple[int, ...] = BLOCKS
) -> list[Any]:
    """Plan block after block, in one room or each in a new one."""
    made, left, n, m = plans(SLOTS * PEOPLE), left_undone(SLOTS * PEOPLE), 0, 0
    known = ways(np.zeros(len(routes), np.int64), watched, routes.minutes)
    who, today = walkers(town), today_of(town, known, weekend=False)
    for low, high in pairwise(cuts):
        n, m = plan(who, low, high, today, 7, *KEY("live", 7).words, room or plan_room(), made, n, left, m)
    return [*(column[:n].tolist() for column in made), *(column[:m].tolist() for column in left)]


def test_a_block_that_was_thought_of_before_is_planned_the_same(
    several_blocks: tuple[Town, t.Routes, Bool],
) -> None:
    apart, in_one_room = planned(*several_blocks, None), plan_room()
    assert len(apart[0]) > 1_000
    assert len(apart[-1]) > 100
    assert planned(*several_blocks, in_one_room) == apart
    # A room that was used on another day begins anew with the first people.
    assert planned(*several_blocks, in_one_room) == apart
    town, routes, watched = several_blocks
    free = with_standing(town, 0, 0)
    assert planned(free, routes, watched, in_one_room) == planned(free, routes, watched, None)


def test_blocks_may_be_cut_anywhere(several_blocks: tuple[Town, t.Routes, Bool]) -> None:
    whole = planned(*several_blocks, None)
    for cuts in ((0, 1, 2, 200, 456, PEOPLE), (0, 256, 512, 530, PEOPLE), (0, 255, 257, 500, 512, PEOPLE)):
        assert planned(*several_blocks, plan_room(), cuts) == whole


def test_nobody_goes_anywhere_where_there_are_no_routes() -> None:
    town, routes = small_town(50)
    none = {f"route_{name}": np.full(50, -1, np.int32) for name in ("anchor", "chain", "errand", "leisure", "visit")}
    town = replace(town, habits=replace(town.habits, **none))
    assert assert_equals_twin(town, routes.take(slice(0)), np.zeros(0, np.bool_), 0, False, KEY) == 0
