"""What a life leaves behind when a town has several communities.

Smallest error noticed: one row of a shared table that is there twice or not at all; one walk on one street; one unit of
one estimate.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
import pytest

from glasstown import simulate
from glasstown import tables as t
from glasstown.core.keys import Key
from glasstown.prepare import settle_people, survey
from glasstown.study.life import _count, live_once
from glasstown.study.reading import read_off
from tests.worlds import LOUD, SEED, communities_of, town, world


def test_a_shared_watchlist_is_told_once() -> None:
    """Also after references came off it, which each community learns of by itself."""
    scenario = town(people=300, days=3, changes=LOUD)
    with communities_of(80):
        life = live_once(scenario, SEED)
    decisions = life.rows["decisions"]
    assert len(set(decisions.community.tolist())) > 1, "references came off the list in more than one community"
    references = life.tables["references"]
    assert isinstance(references, t.References)
    assert np.array_equal(references.reference, np.arange(int(scenario.sensing.watchlist.size)))
    assert not references.active.all()


def test_with_everybody_enrolled_each_community_tells_its_own() -> None:
    changes = {
        "sensing.watchlist.everybody": True,
        "sensing.recognition.system": "custom",
        "sensing.recognition.fmr": 0.001,
        "sensing.recognition.fnmr": 0.1,
    }
    with communities_of(80):
        life = live_once(town(people=300, days=1, changes=changes), SEED)
    references = life.tables["references"]
    assert isinstance(references, t.References)
    assert np.array_equal(references.person, np.arange(300))


def test_a_life_of_which_nothing_is_kept_has_the_same_sums() -> None:
    scenario = town(people=300, days=3, changes=LOUD)
    with communities_of(80):
        whole, bare = live_once(scenario, SEED), live_once(scenario, SEED, keep=None)
    assert read_off(bare, scenario) == read_off(whole, scenario)
    assert not bare.tables
    assert not bare.rows


def test_streets_are_walked_as_often_as_the_trips_say() -> None:
    """Also where habits leave the way open, so that many walks of a day have one route."""
    scenario = town(people=300, days=3, changes={}, base="gt1")
    with communities_of(80):
        ground = survey(scenario)
        settled = settle_people(scenario, ground, Key.from_seed(SEED))
        life = live_once(scenario, SEED, ground, settled)
    trips, use = life.rows["trips"].table, life.tables["street_use"]
    assert isinstance(trips, t.Trips)
    assert isinstance(use, t.StreetUse)
    expected = [0] * len(use)
    for route in trips.route.tolist():
        first, n_steps = int(settled.routes.first[route]), int(settled.routes.n_steps[route])
        for segment in settled.steps.segment[first : first + n_steps].tolist():
            expected[segment] += 1
    assert use.walks.tolist() == expected
    strolls = life.rows["outings"].table
    assert isinstance(strolls, t.Outings)
    routes = strolls.stroll[strolls.stroll >= 0]
    assert len(routes) > len(set(routes.tolist())) > 1, "no route is strolled along twice"


def test_each_place_is_counted_as_often_as_it_comes_and_other_places_are_refused() -> None:
    total = np.array([5, 0, 1], np.int64)
    _count(total, np.array([2, 0, 2], np.int32))
    assert total.tolist() == [6, 0, 3]
    for nowhere in (-1, 3):
        with pytest.raises(IndexError):
            _count(total, np.array([nowhere], np.int32))


def test_nothing_of_a_day_that_is_over_is_held_while_the_next_one_is_lived(monkeypatch: pytest.MonkeyPatch) -> None:
    """Smallest error noticed: one reference to the day before."""
    scenario, held = town(people=200, days=3), list[bool]()
    before = list[weakref.ref[t.Outings]]()
    step = simulate.step

    def watched(*given: Any, **named: Any) -> Any:
        held.append(any(outings() is not None for outings in before))
        return step(*given, **named)

    monkeypatch.setattr(simulate, "step", watched)
    each = simulate.days(list(world(people=200, days=3)), scenario, Key.from_seed(SEED))
    for _ in range(scenario.days):
        day = next(each)
        before = [weakref.ref(lived.outings) for _, lived in day]
        del day
    assert held == [False] * scenario.days
