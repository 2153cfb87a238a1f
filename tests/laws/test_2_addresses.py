"""Law 2: random numbers have addresses, not turns.

Smallest error noticed: one bit of one draw against the published vectors; one capture, candidate or stop of anybody
that changes because somebody else moved in or one more camera hangs; one module that could draw without an address.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

import glasstown.tables as t
from glasstown.core.chance import happen, happens, threshold
from glasstown.core.columns import Table
from glasstown.core.keys import Key
from glasstown.core.philox import block, blocks
from glasstown.prepare import operating
from glasstown.scenario import Scenario
from glasstown.sensing.adjudicate import in_order
from glasstown.sensing.capture import capture, working
from glasstown.sensing.compare import compare
from glasstown.sensing.passes import compile_passes
from glasstown.state import Day, State
from glasstown.study.life import live_once
from glasstown.town.live import live as go
from tests.repository import modules
from tests.worlds import KEY, LOUD, NO_FEEDBACK, NO_QUEUE, Lived, differing, live, lived, rows, total, town, world

ALONE: dict[str, object] = {**LOUD, **NO_FEEDBACK, **NO_QUEUE}
BLIND_CAMERA: dict[str, object] = {**ALONE, "consequence.stop.found": 0}
DAYS = 4

# Published with Random123 (kat_vectors, philox 4x32, 10 rounds): counter, key, answer.
VECTORS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def words(text: str) -> list[np.uint64]:
    return [np.uint64(int(word, 16)) for word in text.split()]


# ------------------------------------------------------------------ the generator
@pytest.mark.parametrize(("counter", "key", "answer"), VECTORS)
def test_known_answers(counter: str, key: str, answer: str) -> None:
    assert list(block(*words(counter), *words(key))) == words(answer)
    many = blocks(*(np.full(3, word) for word in words(counter)), *words(key))
    assert [column.tolist() for column in many] == [[int(word)] * 3 for word in words(answer)]


def test_the_numpy_twin_equals_the_kernel() -> None:
    ids = np.arange(500)
    counter = [KEY("counter", i).bits(ids) for i in range(4)]
    k0, k1 = KEY.words
    many = blocks(*counter, k0, k1)
    for i in ids:
        assert block(*(column[i] for column in counter), k0, k1) == tuple(column[i] for column in many)


@pytest.mark.parametrize("p", [0.0, 1e-12, 1e-7, 2.0**-20, 1e-3, 0.5, 1 - 2.0**-32, 1.0])
def test_the_numpy_twin_decides_as_the_kernel_does(p: float) -> None:
    code = threshold(p)
    edge = int(code) if code < 1 << 33 else (int(code) ^ (1 << 63)) >> 32
    values = [v for v in (0, edge - 1, edge, edge + 1, 2**32 - 1) if 0 <= v < 2**32]
    high, low = (np.array(x, np.uint64) for x in zip(*((h, w) for h in values for w in values), strict=True))
    one_by_one = [happens(h, w, code) for h, w in zip(high, low, strict=True)]
    assert happen(high, low, code).tolist() == one_by_one
    assert any(one_by_one) == (p > 0)
    assert all(one_by_one) == (p == 1)


def test_draws_depend_on_their_address_alone() -> None:
    """In any order, in any number of parts, one at a time or all at once."""
    person, trip, device = (KEY("ids", i).below(10_000, np.arange(300)) for i in range(3))
    draws: list[Callable[..., Any]] = [KEY.bits, KEY.uniform, KEY.normal]
    draws += [lambda *ids: KEY.below(77, *ids), lambda *ids: KEY.choice([1, 2, 3], *ids)]
    draws += [lambda *ids: KEY.happens(threshold(0.3), *ids)]
    for draw in draws:
        whole = draw(person, trip, device)
        order = np.argsort(KEY("order").bits(np.arange(300)))
        assert np.array_equal(draw(person[order], trip[order], device[order]), whole[order])
        parts = [draw(person[p], trip[p], device[p]) for p in np.array_split(np.arange(300), 7)]
        assert np.array_equal(np.concatenate(parts), whole)
        assert draw(person[5], trip[5], device[5])[0] == whole[5]
    assert len(np.unique(KEY.bits(np.arange(1000)))) == 1000


def test_each_word_of_a_path_and_each_id_counts() -> None:
    keys = [KEY, KEY("a"), KEY("b"), KEY("a", 1), KEY("a", "1"), KEY("a")(1), KEY("a", 2), Key.from_seed(8)]
    assert len({key.k0 << 32 | key.k1 for key in keys}) == len(keys)
    one = KEY.bits(5)[0]
    assert KEY.bits(5, 0, 0, 0)[0] == one, "ids that are not given are zero"
    assert one not in {KEY.bits(*ids)[0] for ids in ((6,), (5, 1), (5, 0, 1), (5, 0, 0, 1), (0, 5))}


# ------------------------------------------------------------------ repeatable
def check_repeatable(change: Callable[[], Any]) -> None:
    """Assert that two lives of one scenario and seed leave the same bytes whatever happened in between."""
    first = live_once(town(), 3)
    change()
    assert live_once(town(), 3).digest == first.digest


def test_two_runs_have_one_digest_and_two_seeds_have_two() -> None:
    check_repeatable(lambda: live_once(town(), 4))
    assert live_once(town(), 3).digest != live_once(town(), 4).digest


# ------------------------------------------------------------------ order and parts
def check_stage_order(stage: Callable[[Any], Table], given: Any) -> None:
    """Assert that a stage says the same of each row in whatever order and parts the rows come."""
    whole = sorted(rows(stage(given)))
    order = np.argsort(KEY("shuffle").bits(np.arange(len(given))))
    assert sorted(rows(stage(given.take(order)))) == whole
    parts = [stage(given.take(part)) for part in np.array_split(np.arange(len(given)), 5)]
    assert sorted(row for part in parts for row in rows(part)) == whole


def look(state: State, scenario: Scenario, key: Key) -> Callable[[t.Trips], t.Captures]:
    """Return what devices capture of any trips of this state's day."""
    devices, cameras = state.world.devices, scenario.sensing.cameras
    on = working(devices, cameras, key)
    return lambda trips: capture(trips, state.world.passes, on, devices.searching, cameras, key).captures


@pytest.mark.parametrize("repeat", [0, 0.2])
def test_membrane_stages_read_neither_order_nor_parts(repeat: float) -> None:
    changes: dict[str, object] = {**ALONE, "sensing.recognition.repeat": repeat}
    (state,), scenario = world(changes=changes), town(changes=changes)
    key, world_, people = KEY("day", 0), state.world, state.town.people
    trips, _ = go(state.town, world_.routes, np.zeros(len(world_.routes), np.bool_), 0, False, key("live"))
    see = look(state, scenario, key)
    check_stage_order(see, trips)
    searching, point = world_.devices.searching, operating(scenario)

    def search(captures: t.Captures) -> t.Candidates:
        return compare(captures, searching, people, state.gallery, point, key).candidates

    captures = see(trips)
    check_stage_order(search, captures)
    candidates = search(captures)
    assert len(candidates) > 50
    assert not differing(in_order(candidates, key), in_order(candidates.take(slice(None, None, -1)), key))


# ------------------------------------------------------------------ one more person
def with_one_more(state: State) -> State:
    """Append one person to a built town: the last one again, under a new number, resembling somebody listed."""
    person = state.town.people.person[-1] + 1

    def grown(table: Any, **changes: Any) -> Any:
        last = replace(table.take(slice(-1, None)), person=np.array([person], np.int32))
        new = replace(last, **{k: np.array([v], getattr(last, k).dtype) for k, v in changes.items()})
        return type(table).concat([table, new])

    old = state.town
    people = grown(old.people, household=old.people.household[-1] + 1)
    more = replace(
        old,
        people=people,
        tokens=grown(old.tokens, token=old.tokens.token.max(initial=0) + 1),
        habits=grown(old.habits),
        standing=grown(old.standing),
    )
    likeness = grown(state.gallery.likeness, enrolled=-1, lookalike=len(state.gallery.references) // 2)
    return replace(state, town=more, gallery=replace(state.gallery, likeness=likeness))


def without_the_first(state: State, n: int = 1) -> State:
    """Let the first people of a built town move out; everybody keeps their number."""
    rest, old = slice(n, None), state.town
    fewer = replace(
        old,
        people=old.people.take(rest),
        tokens=old.tokens.take(~np.isin(old.tokens.person, old.people.person[:n])),
        habits=old.habits.take(rest),
        standing=old.standing.take(rest),
    )
    gallery = replace(state.gallery, likeness=state.gallery.likeness.take(rest))
    return replace(state, town=fewer, gallery=gallery)


def of_others(state: State, day: Day, strangers: set[int]) -> list[Any]:
    """Return everything that a day says of everybody but the strangers."""
    said: list[Any] = []
    mine = np.array(sorted(strangers), np.int32)
    for name in PERSONAL:
        table = getattr(day, name)
        said.append(table.take(~np.isin(table.person, mine)))
    gone = np.isin(day.captures.person, mine)
    number = np.cumsum(~gone) - 1
    findings = day.findings.take(~gone[day.findings.capture])
    said.append(replace(findings, capture=number[findings.capture].astype(np.int32)))
    said.append(state.town.standing.take(~np.isin(state.town.standing.person, mine)))
    return said


PERSONAL = (
    *("outings", "trips", "conduct", "exposures", "captures", "candidates", "alerts"),
    *("outcomes", "sanctions", "appeals", "responses"),
)


def check_nobody_is_disturbed(
    change: Callable[[State], State], strangers: set[int], changes: dict[str, object] = ALONE
) -> None:
    """Assert that everybody's days are the same to the bit whether the strangers live in the town or not."""
    scenario, (state,) = town(days=DAYS, changes=changes), world(days=DAYS, changes=changes)
    before, after = live([state], scenario), live([change(state)], scenario)
    for ((one, day),), ((other, again),) in zip(before, after, strict=True):
        assert not differing(of_others(one, day, strangers), of_others(other, again, strangers))


def test_one_more_person_disturbs_nobody() -> None:
    check_nobody_is_disturbed(with_one_more, {300})


def test_one_person_fewer_disturbs_nobody() -> None:
    check_nobody_is_disturbed(without_the_first, {0})


def test_the_person_who_came_and_the_one_who_left_are_noticed_by_the_cameras() -> None:
    (state,), scenario = world(days=DAYS, changes=ALONE), town(days=DAYS, changes=ALONE)
    assert mentions(live([with_one_more(state)], scenario), 300) > 10
    assert mentions(lived(days=DAYS, changes=ALONE), 0) > 10


def mentions(days: Lived, person: int) -> int:
    return sum(int(np.count_nonzero(day.captures.person == person)) for w in days for _, day in w)


def test_what_is_scarce_carries_effects_around_as_it_should() -> None:
    """An operator with little time, and removal from the list: one alert takes another's place. The check can fail."""
    busy: dict[str, object] = {**LOUD, "sensing.operator.reviews_per_hour": 2}
    with pytest.raises(AssertionError):
        check_nobody_is_disturbed(partial(without_the_first, n=50), set(range(50)), busy)


# ------------------------------------------------------------------ one more camera
def with_one_more_camera(state: State, scenario: Scenario) -> State:
    """Hang one more camera beside the one that is passed most, and find anew which routes pass which devices."""
    world_ = state.world
    devices, posts, passes = world_.devices, world_.posts, world_.passes
    busiest = int(np.bincount(passes.device).argmax())
    number = len(devices)

    def grown(table: Any, of: slice | np.ndarray[Any, Any]) -> Any:
        beside = table.take(of)
        return type(table).concat([table, replace(beside, device=np.full(len(beside), number, np.int32))])

    more = grown(devices, slice(busiest, busiest + 1))
    seeing = grown(posts, posts.device == busiest)
    seeing = seeing.take(np.lexsort((seeing.device, seeing.segment)))
    length, cameras = world_.layout.streets.length_dm, scenario.sensing.cameras
    compiled = compile_passes(world_.routes, world_.steps, seeing, more, length, cameras)
    return replace(state, world=replace(world_, devices=more, posts=seeing, passes=compiled))


def check_one_more_camera() -> None:
    """Assert that one more camera changes no capture and no candidate but its own."""
    scenario, (state,) = town(days=DAYS, changes=BLIND_CAMERA), world(days=DAYS, changes=BLIND_CAMERA)
    more = with_one_more_camera(state, scenario)
    number = len(state.world.devices)
    for ((_, day),), ((_, again),) in zip(live([state], scenario), live([more], scenario), strict=True):
        assert not differing(day.trips, again.trips)
        for name in ("captures", "candidates", "alerts", "outcomes", "searches"):
            told = getattr(again, name)
            assert not differing(getattr(day, name), told.take(told.device != number)), name


def test_one_more_camera_changes_only_the_captures_it_makes() -> None:
    check_one_more_camera()


def test_the_new_camera_sees_and_recognises() -> None:
    scenario, (state,) = town(days=DAYS, changes=BLIND_CAMERA), world(days=DAYS, changes=BLIND_CAMERA)
    days = live([with_one_more_camera(state, scenario)], scenario)
    number = len(state.world.devices)
    assert sum(np.count_nonzero(day.captures.device == number) for ((_, day),) in days) > 30
    assert sum(np.count_nonzero(day.candidates.device == number) for ((_, day),) in days) > 0
    assert total(days, "outcomes") > 30


# ------------------------------------------------------------------ no stage holds a generator
def unaddressed(text: str) -> list[str]:
    """Return what a module uses that draws, or orders, without an address."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names if a.name.split(".")[0] in ("random", "secrets", "uuid")}
            found |= {a.name for a in node.names if a.name.startswith("numpy.random")}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = {a.name for a in node.names}
            if module.split(".")[0] in ("random", "secrets", "uuid") or module.startswith("numpy.random"):
                found.add(module)
            if module == "numpy" and "random" in names:
                found.add("numpy.random")
        elif isinstance(node, ast.Attribute):
            if node.attr == "random" and ast.unparse(node.value) in ("np", "numpy", "pd", "scipy.stats"):
                found.add(ast.unparse(node))
            if node.attr in ("default_rng", "RandomState", "Generator", "SeedSequence", "urandom", "rvs", "shuffle"):
                found.add(ast.unparse(node))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("default_rng", "RandomState", "hash", "urandom"):
                found.add(node.func.id)
    return sorted(found)


def test_no_module_draws_without_an_address() -> None:
    assert not {str(path): bad for path, text in modules() if (bad := unaddressed(text))}


@pytest.mark.parametrize(
    "text",
    [
        "import random",
        "from random import shuffle",
        "import numpy.random as r",
        "from numpy import random",
        "from numpy.random import default_rng",
        "import numpy as np\nx = np.random.rand()",
        "rng = default_rng(3)",
        "g = numpy.random.Generator(bits)",
        "import os\nx = os.urandom(8)",
        "seed = hash('word')",
        "import secrets",
    ],
)
def test_a_generator_would_be_noticed(text: str) -> None:
    assert unaddressed(text)


def test_keys_are_not_taken_for_generators() -> None:
    assert not unaddressed("x = key('capture').bits(person)\ny = numbers.randomised\nz = obj.__hash__")
