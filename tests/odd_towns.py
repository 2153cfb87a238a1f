"""A gallery of odd towns: each lives like any other, and comes out at exactly nothing where nothing can happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import patch

import numpy as np

from glasstown import tables as t
from glasstown.core.estimates import Estimate
from glasstown.metrics import conservation
from glasstown.metrics.moments import estimates
from glasstown.prepare import Ground
from glasstown.scenario import Scenario, load
from glasstown.state import Layout, State
from glasstown.study import life as lives
from glasstown.study.life import Life, live_once
from tests.worlds import LOUD, SEED

SEEN = ("passes_per_person_day", "captures_per_person_day", "share_captured_daily")
SEARCHED = ("people_searched", "searches")
RETURNED = ("candidates", "alerts", "true_alerts", "false_alerts")
STOPPED = ("stops", "wrongful_stops", "misidentified", "wrongly_listed", "wrongful_stops_per_100k", "minutes_lost")
CHANGED = ("trips_avoided", "trips_prevented", "listed_found")
NOTHING_RETURNED = (*RETURNED, *STOPPED, *CHANGED)
NOTHING_SEARCHED = (*SEARCHED, *NOTHING_RETURNED)
NOTHING_SEEN = (*SEEN, *NOTHING_SEARCHED)
NOBODY_WRONG = ("false_alerts", "misidentified")
OF_SEARCHES = ("fpir", "tpir", "fnir", "false_alerts_per_1000_searches")
OF_ALERTS = ("ppv", "wrongful_stops_share", "people_searched_per_true_alert", "searches_per_true_alert")

CAMERAS, LIST, MACHINE = "sensing.cameras", "sensing.watchlist", "sensing.recognition"
DAY, STOP = "town.day", "consequence.stop"


@dataclass(frozen=True)
class Odd:
    """One odd town: its size, what is odd, and which overall quantities must be exactly nothing, undefined, or more.

    `ground` makes its streets and `evening` changes its communities before the first day, where knobs cannot.
    """

    people: int = 120
    days: int = 2
    changes: Mapping[str, object] = field(default_factory=dict)
    zero: tuple[str, ...] = ()
    null: tuple[str, ...] = ()
    some: tuple[str, ...] = ("trips_per_person_day",)
    ground: Callable[[], Ground] | None = None
    evening: Callable[[State], State] | None = None

    @property
    def scenario(self) -> Scenario:
        """The loud town, made odd."""
        size = {"town.people": self.people, "days": self.days, "town.streets.least_nodes": 300}
        return load("newtown", changes={**LOUD, **size, **self.changes})


def one_street() -> Ground:
    """A hundred metres: homes at one end, everything else at the other."""
    nodes = t.Nodes.of(node=[0, 1], x_dm=[0, 1000], y_dm=[0, 0])
    streets = t.Streets.of(segment=[0], node_a=[0], node_b=[1], length_dm=[1000], kind=[0])
    points = t.StreetPoints.of(segment=[0, 0], x_dm=[0, 1000], y_dm=[0, 0])
    kinds = np.arange(len(t.PLACE_KINDS))
    end = (kinds > 0).astype(np.int32)
    places = t.Places.of(
        place=kinds, node=end, x_dm=1000 * end, y_dm=np.zeros(len(kinds)), kind=kinds, weight=np.ones(len(kinds))
    )
    return Ground(Layout(nodes, streets, points, places, None, {}), t.ListedCameras.empty(), {}, {})


def all_held(state: State) -> State:
    """Everybody is in custody for longer than the run."""
    held = np.full(len(state.town.people), 1_000, np.int16)
    return replace(state, town=replace(state.town, standing=replace(state.town.standing, held_until_day=held)))


def all_avoiding(state: State) -> State:
    """Everybody avoids watched streets for longer than the run."""
    avoids = np.full(len(state.town.people), 1_000, np.int16)
    return replace(state, town=replace(state.town, standing=replace(state.town.standing, avoids_until_day=avoids)))


EVERYWHERE = {f"{CAMERAS}.per_km": 60, f"{CAMERAS}.capture": 1, f"{CAMERAS}.working": 1, f"{CAMERAS}.dead": 0}
SURE = {f"{CAMERAS}.night": 1, f"{CAMERAS}.ride": 1, f"{CAMERAS}.half_distance": 100_000}
STAYS = {"judgement.remove_when_found": False, "consequence.appeal.granted": 0}
LONE = {f"{LIST}.size": 1, f"{LIST}.residents_per_1000": 1000, f"{MACHINE}.fmr": 1, **EVERYWHERE, **STAYS}

ODD: dict[str, Odd] = {
    "one person": Odd(1, 28, LONE, zero=NOBODY_WRONG, null=("fpir",), some=("searches",)),
    "two people": Odd(2, 3, LONE),
    "one day": Odd(days=1, null=("share_captured_weekly",), some=("searches", "alerts")),
    "one weekend day": Odd(days=1, changes={"start_weekday": 6}, null=("share_captured_weekly",)),
    "nobody enrolled": Odd(
        changes={f"{LIST}.residents_per_1000": 0},
        zero=("true_alerts", "wrongly_listed", "listed_people", "listed_found"),
        null=("tpir", "fnir", "listed_found_share", "people_searched_per_true_alert"),
        some=("searches", "false_alerts"),
    ),
    "everybody enrolled": Odd(
        changes={f"{LIST}.size": 120, f"{LIST}.residents_per_1000": 1000, **STAYS},
        null=("fpir",),
        some=("true_alerts", "false_alerts"),
    ),
    "everybody enrolled, one file each": Odd(
        changes={f"{LIST}.everybody": True, f"{MACHINE}.fmr": 0.1, f"{MACHINE}.repeat": 0, **STAYS}
        | {f"{LIST}.wrongly_listed": 0, f"{LIST}.out_of_date": 0},
        zero=("wrongly_listed",),
        null=("fpir",),
        some=("true_alerts", "false_alerts"),
    ),
    "everybody wrongly listed": Odd(
        changes={f"{LIST}.wrongly_listed": 1},
        zero=("listed_people", "listed_found"),
        null=("listed_found_share",),
        some=("wrongly_listed",),
    ),
    "empty watchlist": Odd(
        changes={f"{LIST}.size": 0},
        zero=(*NOTHING_RETURNED, "fpir", "listed_people"),
        null=("tpir", "fnir", *OF_ALERTS),
        some=("searches",),
    ),
    "no cameras": Odd(changes={f"{CAMERAS}.kind": "none"}, zero=NOTHING_SEEN, null=(*OF_SEARCHES, *OF_ALERTS)),
    "cameras that are all dead": Odd(
        changes={f"{CAMERAS}.dead": 1}, zero=NOTHING_SEEN, null=(*OF_SEARCHES, *OF_ALERTS)
    ),
    "cameras that never work": Odd(
        changes={f"{CAMERAS}.working": 0}, zero=NOTHING_SEEN, null=(*OF_SEARCHES, *OF_ALERTS)
    ),
    "cameras that take no face": Odd(
        changes={f"{CAMERAS}.capture": 0},
        zero=(*SEEN[1:], *NOTHING_SEARCHED),
        null=(*OF_SEARCHES, *OF_ALERTS),
        some=("passes_per_person_day",),
    ),
    "cameras without search": Odd(
        changes={f"{MACHINE}.searching": 0},
        zero=NOTHING_SEARCHED,
        null=(*OF_SEARCHES, *OF_ALERTS),
        some=("captures_per_person_day",),
    ),
    "cameras everywhere that miss nothing": Odd(changes={**EVERYWHERE, **SURE}, some=("searches", "stops")),
    "a machine without false matches": Odd(
        changes={f"{MACHINE}.fmr": 0}, zero=(*NOBODY_WRONG, "fpir"), some=("true_alerts",)
    ),
    "a machine that matches everybody": Odd(
        changes={f"{MACHINE}.fmr": 1, f"{MACHINE}.fnmr": 0}, some=("false_alerts", "misidentified")
    ),
    "a machine that misses everybody": Odd(
        changes={f"{MACHINE}.fnmr": 1, f"{MACHINE}.fnmr_by_group": {}},
        zero=("true_alerts", "wrongly_listed", "listed_found", "tpir"),
        some=("false_alerts",),
    ),
    "an operator who confirms nothing": Odd(
        changes={"sensing.operator.confirm_true": 0, "sensing.operator.confirm_false": 0},
        zero=(*RETURNED[1:], *STOPPED, *CHANGED),
        null=("ppv", "wrongful_stops_share"),
        some=("candidates",),
    ),
    "an operator without time": Odd(
        changes={"sensing.operator.reviews_per_hour": 0}, zero=(*RETURNED[1:], *STOPPED), some=("candidates",)
    ),
    "officers who find nobody": Odd(
        changes={f"{STOP}.found": 0},
        zero=(*STOPPED, *CHANGED),
        null=("wrongful_stops_share",),
        some=("alerts",),
    ),
    "everybody stopped is taken for years": Odd(
        days=4,
        changes={
            f"{STOP}.found": 1,
            f"{STOP}.taken_if_true": 1,
            f"{STOP}.taken_if_false": 1,
            "consequence.custody_days": 3650,
        },
        some=("stops", "trips_prevented"),
    ),
    "all held in custody": Odd(
        zero=(*SEEN, *SEARCHED, *RETURNED, *STOPPED, "listed_found", "trips_per_person_day"),
        null=("unobserved_trips", "share_minutes_viewed", *OF_SEARCHES, *OF_ALERTS),
        some=("trips_prevented",),
        evening=all_held,
    ),
    "all avoid watched streets": Odd(some=("trips_avoided", "trips_per_person_day"), evening=all_avoiding),
    "nobody goes out": Odd(
        changes={f"{DAY}.trips_per_day": 0},
        zero=(*NOTHING_SEEN, "trips_per_person_day"),
        null=("unobserved_trips", "share_minutes_viewed", *OF_SEARCHES, *OF_ALERTS),
        some=(),
    ),
    "one street": Odd(
        changes={f"{CAMERAS}.per_km": 50, f"{CAMERAS}.range": 50},
        some=("searches", "alerts", "passes_per_person_day"),
        ground=one_street,
    ),
    "one street without cameras": Odd(changes={f"{CAMERAS}.per_km": 0}, zero=NOTHING_SEEN, ground=one_street),
    "all alike": Odd(
        changes={
            "town.groups": {"x": 1},
            "town.ages": {"25-44": 1},
            "town.female": 0,
            "town.household_sizes": {"12": 1},
            f"{MACHINE}.fmr_by_group": {},
        },
        some=("searches",),
    ),
    "sixteen groups": Odd(
        changes={"town.groups": {f"g{i}": 1 / 16 for i in range(16)}, f"{MACHINE}.fmr_by_group": {"g3": 5}},
        some=("searches",),
    ),
    "always night": Odd(
        changes={f"{CAMERAS}.night": 0, f"{CAMERAS}.dawn_minute": 1440, f"{CAMERAS}.dusk_minute": 1440},
        zero=(*SEEN[1:], *NOTHING_SEARCHED),
        null=(*OF_SEARCHES, *OF_ALERTS),
    ),
    "everything kept for ten years": Odd(
        changes={"records.retention_days": 3650, "records.alert_retention_days": 3650}, some=("alerts",)
    ),
}


def lived(odd: Odd) -> tuple[Life, list[Estimate]]:
    """Live an odd town, let the checks of every run look at it, and estimate."""
    scenario = odd.scenario
    prepare = lives.prepare

    def prepared(*given: Any) -> list[State]:
        states = prepare(*given)
        return [odd.evening(state) for state in states] if odd.evening else states

    with patch.object(lives, "prepare", prepared):
        life = live_once(scenario, SEED, odd.ground() if odd.ground else None)
    found = estimates(life.moments, tuple(scenario.town.groups), scenario.days)
    conservation.check(found, life.tables, life.rows)
    return life, found
