"""Small worlds for tests: built once, lived once, shared by all, changed by none."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any
from unittest.mock import patch

import numpy as np

from glasstown import outdoors, simulate
from glasstown import tables as t
from glasstown.core.columns import Table
from glasstown.core.errors import Problem
from glasstown.core.keys import Key
from glasstown.judgement import kinds as rules
from glasstown.prepare import prepare, settle_people, survey
from glasstown.scenario import Scenario, load
from glasstown.sensing import kinds as devices
from glasstown.state import Day, State
from glasstown.study.run import Run, run_scenario
from tests.odd_files import CROSS

SEED = 7
KEY = Key.from_seed(SEED)
Changes = Mapping[str, object]
Lived = list[list[tuple[State, Day]]]

# Everything that can happen does, many times, in a few days of a few hundred people.
LOUD: dict[str, object] = {
    "sensing.watchlist.size": 200,
    "sensing.watchlist.residents_per_1000": 60,
    "sensing.watchlist.wrongly_listed": 0.3,
    "sensing.recognition.system": "custom",
    "sensing.recognition.fmr": 0.0004,
    "sensing.recognition.fnmr": 0.1,
    "records.retention_days": 2,
    "records.alert_retention_days": 3,
    "judgement.rating.points_per_sighting": -1,
    "judgement.rating.alert_threshold": -1,
    "judgement.rating.decay_per_day": 0.1,
    "consequence.stop.taken_if_false": 0.5,
    "consequence.appeal.files": 0.8,
    "consequence.appeal.delay_days": 1,
    "consequence.appeal.granted": 0.6,
    "consequence.response.avoids": 0.7,
}

# Nothing that one day does reaches the next morning of anybody.
NO_FEEDBACK: dict[str, object] = {
    "judgement.remove_when_found": False,
    "consequence.custody_days": 0,
    "consequence.appeal.files": 0,
    "consequence.response.kind": "off",
}

# And nobody stands in anybody's way: no operator to keep busy, no case that hushes another alert.
NO_QUEUE: dict[str, object] = {"sensing.operator.kind": "off", "sensing.case_minutes": 0}


def town(people: int = 300, days: int = 3, changes: Changes = LOUD, base: str = "newtown") -> Scenario:
    """Load a scenario of a few hundred people and a few days."""
    return _town(base, json.dumps({"town.people": people, "days": days, **changes}))


def on_a_cross(where: Path, cameras: str, changes: Mapping[str, object] = MappingProxyType({})) -> Scenario:
    """Load a town on the streets of a small crossing, with the cameras of a list, both written to a folder."""
    (where / "cross.osm").write_bytes(CROSS)
    (where / "list.csv").write_text(cameras, encoding="utf-8")
    kinds = {"town.kind": "streets", "sensing.cameras.kind": "file"}
    files = {"town.streets.file": str(where / "cross.osm"), "sensing.cameras.file": str(where / "list.csv")}
    return town(people=60, changes={**changes, **kinds, **files})


@cache
def _town(base: str, changes: str) -> Scenario:
    return load(base, changes=json.loads(changes))


@contextmanager
def communities_of(size: int) -> Generator[None]:
    """Let communities hold at most so many people."""
    with patch.object(t, "COMMUNITY_SIZE", size):
        yield


def world(
    people: int = 300, days: int = 3, changes: Changes = LOUD, *, size: int = 65_536, seed: int = SEED
) -> list[State]:
    """Return every community of a small world on the evening before the first day."""
    return list(_world(people, days, json.dumps(changes), size, seed))


@cache
def _world(people: int, days: int, changes: str, size: int, seed: int) -> tuple[State, ...]:
    scenario = town(people, days, json.loads(changes))
    with communities_of(size):
        return tuple(evening(scenario, seed))


def evening(scenario: Scenario, seed: int = SEED) -> list[State]:
    """Build every community of any scenario, not remembered."""
    key, ground = Key.from_seed(seed), survey(scenario)
    return prepare(scenario, ground, settle_people(scenario, ground, key), key)


def lived(people: int = 300, days: int = 3, changes: Changes = LOUD, *, size: int = 65_536, seed: int = SEED) -> Lived:
    """Return what happened in a small world, day by day, community by community."""
    return _lived(people, days, json.dumps(changes), size, seed)


@cache
def _lived(people: int, days: int, changes: str, size: int, seed: int) -> Lived:
    scenario = town(people, days, json.loads(changes))
    return live(list(_world(people, days, changes, size, seed)), scenario, Key.from_seed(seed))


def live(states: list[State], scenario: Scenario, key: Key = KEY, threads: int = 1) -> Lived:
    """Live a scenario to its last day, from any evening."""
    return list(simulate.days(states, scenario, key, threads))


@cache
def run(replicates: int = 1) -> Run:
    """Return one whole run of the loud world."""
    return run_scenario(town(), SEED, replicates=replicates)


def forget() -> None:
    """Forget every world that was built, lived or run; for tests that break the engine on purpose."""
    for remembered in (_world, _lived, run):
        remembered.cache_clear()


VERBS = (
    *("live", "capture", "compare", "adjudicate", "halt"),
    *("link", "remember", "forget", "assess", "decide"),
    *("sanction", "appeal", "respond"),
)


def place_of(verb: str) -> ModuleType:
    """Return the module in which a day looks a verb up; there it can be listened to, or broken on purpose."""
    return next(module for module in (simulate, outdoors, devices, rules) if hasattr(module, verb))


@contextmanager
def traced() -> Generator[list[dict[str, Any]]]:
    """Write down what each verb says first on each day, before a later one can take anything back."""
    told: list[dict[str, Any]] = []

    def wrapped(name: str, verb: Callable[..., Any]) -> Callable[..., Any]:
        def listened(*given: Any, **named: Any) -> Any:
            said = verb(*given, **named)
            if name == "live":
                told.append({})
            told[-1].setdefault(name, said)
            return said

        return listened

    with ExitStack() as listening:
        for name in VERBS:
            place = place_of(name)
            listening.enter_context(patch.object(place, name, wrapped(name, getattr(place, name))))
        yield told


def differing(one: Any, other: Any, at: str = "") -> list[str]:
    """Name every array or value in which two tables, states, days or collections of them differ."""
    if type(one) is not type(other):
        return [at or "type"]
    if isinstance(one, np.ndarray):
        same = one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
        return [] if same else [at]
    if isinstance(one, Table):
        parts = [(c.name, getattr(one, c.name), getattr(other, c.name)) for c in one.columns()]
    elif dataclasses.is_dataclass(one):
        names = [field.name for field in dataclasses.fields(one)]
        parts = [(name, getattr(one, name), getattr(other, name)) for name in names]
    elif isinstance(one, dict):
        if one.keys() != other.keys():
            return [at or "keys"]
        parts = [(str(name), one[name], other[name]) for name in one]
    elif isinstance(one, list | tuple):
        if len(one) != len(other):
            return [f"{at} ({len(one)} and {len(other)})"]
        parts = [(str(i), a, b) for i, (a, b) in enumerate(zip(one, other, strict=True))]
    else:
        return [] if one == other else [at]
    return [name for part, a, b in parts for name in differing(a, b, f"{at}.{part}" if at else part)]


def rows(table: Table) -> list[tuple[Any, ...]]:
    """Return the rows of a table as tuples."""
    return list(zip(*(getattr(table, c.name).tolist() for c in table.columns()), strict=True))


def total(days: Lived, name: str) -> int:
    """Count the rows of one of the days' tables."""
    return sum(len(getattr(day, name)) for lived_day in days for _, day in lived_day)


def problem_of(call: Callable[[], Any]) -> Problem | None:
    """Return what a call says is wrong; None if it says nothing."""
    try:
        call()
    except Problem as problem:
        return problem
    return None


@cache
def home(safeguard: str) -> str:
    """Return a scenario that a safeguard fits: newtown, a nation, or the one of the workload."""
    homes = ("newtown", "reality", "gt1")
    return next(name for name in homes if problem_of(lambda name=name: load(name, safeguards=[safeguard])) is None)


def some_alerts(n: int = 400) -> t.Alerts:
    """Many alerts, most of them at the same few devices and minutes."""
    ids = np.arange(n)
    return t.Alerts.of(
        person=ids,
        trip=KEY("trip").below(7, ids),
        mated=KEY("mated").below(2, ids),
        device=KEY("device").below(3, ids),
        minute=600 + KEY("minute").below(3, ids),
        reference=KEY("reference").below(50, ids),
    )
