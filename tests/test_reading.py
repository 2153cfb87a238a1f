"""What a scenario rules out is zero without an interval, and nothing else is ruled out."""

from __future__ import annotations

import pytest

from glasstown.metrics.conservation import Inconsistent
from glasstown.scenario import load
from glasstown.study.life import live_once
from glasstown.study.reading import FALSE, STOPS, TRUE, cannot_happen, read_off

SMALL = {"town.people": 300, "days": 2}
CUSTOM = {"sensing.recognition.system": "custom", "sensing.recognition.fmr": 0.0005, "sensing.recognition.fnmr": 0.1}
NULLS: dict[str, tuple[dict[str, object], tuple[str, ...]]] = {
    "empty watchlist": (
        {"sensing.watchlist.size": 0},
        ("candidates", "mated_missed", "reviews", "operator_minutes", "alerts", *FALSE, *TRUE, *STOPS),
    ),
    "no false matches": ({**CUSTOM, "sensing.recognition.fmr": 0}, FALSE),
    "nobody listed lives here": ({"sensing.watchlist.residents_per_1000": 0}, TRUE),
    "every match missed": ({**CUSTOM, "sensing.recognition.fnmr": 1}, TRUE),
    "nobody looks at candidates": ({"sensing.operator.reviews_per_hour": 0}, ("alerts", "true_alerts", "false_alerts")),
    "nobody is stopped": (
        {"consequence.stop.intervenes_if_true": 0, "consequence.stop.intervenes_if_false": 0},
        (*STOPS, "trips_prevented", "trips_avoided"),
    ),
    "nobody is found again": ({"consequence.stop.found": 0}, (*STOPS, "trips_prevented", "trips_avoided")),
    "no review": ({"sensing.operator.kind": "off"}, ("reviews", "operator_minutes")),
    "no custody": ({"consequence.custody_days": 0}, ("trips_prevented",)),
    "no response": ({"consequence.response.kind": "off"}, ("trips_avoided",)),
}


def test_the_default_town_rules_nothing_out() -> None:
    """Notices one metric that is held at zero although it can happen."""
    assert cannot_happen(load("newtown")) == frozenset()


@pytest.mark.parametrize("name", NULLS)
def test_what_cannot_happen_has_no_interval(name: str) -> None:
    """Notices an upper bound above zero for something impossible, for any kind of person."""
    changes, names = NULLS[name]
    scenario = load("newtown", changes={**SMALL, **changes})
    found = read_off(live_once(scenario, 3), scenario)
    for estimate in found:
        if estimate.name in names:
            assert estimate.value in (0.0, None), estimate
            assert estimate.low in (0.0, None), estimate
            assert estimate.high in (0.0, None), estimate
    searches = next(e for e in found if (e.name, e.by) == ("searches", None))
    assert searches.value
    assert searches.high
    assert searches.high > searches.value


@pytest.mark.parametrize("knob", ["sensing.cameras.capture", "sensing.recognition.searching"])
def test_where_nothing_is_searched_there_is_no_interval(knob: str) -> None:
    """Notices an upper bound where cameras stand and none of them captures or searches."""
    scenario = load("newtown", changes={**SMALL, knob: 0})
    found = {e.name: e for e in read_off(live_once(scenario, 3), scenario) if e.by is None}
    assert found["passes_per_person_day"].value
    for name in ("searches", "people_searched", "candidates", "mated_missed", "alerts", "stops"):
        assert (found[name].value, found[name].high) == (0, 0), name


def test_matches_that_are_made_easier_are_not_ruled_out() -> None:
    """A shift below 0 finds people though every match is missed where `fnmr` was measured."""
    missed = {**SMALL, **CUSTOM, "sensing.recognition.fnmr": 1}
    for changes in ({"sensing.recognition.harder_pose": -2}, {"sensing.recognition.fnmr_by_group": {"a": 0.5}}):
        assert not cannot_happen(load("newtown", changes={**missed, **changes})) & {"true_alerts", "listed_found"}
    assert "true_alerts" in cannot_happen(load("newtown", changes={**missed, "sensing.recognition.harder_pose": 2}))
    pose, distance = "sensing.recognition.harder_pose", "sensing.recognition.harder_distance"
    easier = load("newtown", changes={**missed, "sensing.recognition.fmr": 1e-6, pose: -10, distance: -10})
    assert next(e for e in read_off(live_once(easier, 4), easier) if e.name == "true_alerts").value


def test_something_ruled_out_that_happens_is_a_fault() -> None:
    """The companion: a life with stops, read as if nobody could be stopped, is refused."""
    loud = load("newtown", changes={**SMALL, **CUSTOM, "consequence.stop.found": 1})
    life = live_once(loud, 3)
    with pytest.raises(Inconsistent, match="rules out"):
        read_off(life, load("newtown", changes={**SMALL, "consequence.stop.found": 0}))
