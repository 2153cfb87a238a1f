"""Passes: which devices a route meets, when, and with which chance; equal to the plain twin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glasstown import tables as t
from glasstown.core.errors import Problem
from glasstown.core.keys import Key
from glasstown.core.quantity import assume
from glasstown.sensing import passes as module
from glasstown.sensing.knobs import Cameras
from glasstown.sensing.passes import MOST_PASSES, SURE, chances, compile_passes
from glasstown.state import Passes, ways
from tests.plain.passes import chance as plain_chance
from tests.plain.passes import passes as plain_passes

KEY = Key.from_seed(31)
KNOBS = Cameras(capture=assume(0.8), half_distance=assume(12), ride=assume(0.3))


def devices_of(n: int, dead: tuple[int, ...] = ()) -> t.Devices:
    columns = {c.name: np.zeros(n) for c in t.Devices.columns()}
    return t.Devices.of(**(columns | {"device": np.arange(n), "alive": ~np.isin(np.arange(n), dead)}))


def posts_of(*rows: tuple[int, int, int, int, int]) -> t.Posts:
    """Posts (device, segment, from, to, nearest) in the order in which devices stand: by segment and device."""
    rows = tuple(sorted(rows, key=lambda row: (row[1], row[0])))
    n = len(rows)
    device, segment, low, high, nearest = np.array(rows).reshape(n, 5).T
    return t.Posts.of(
        device=device,
        segment=segment,
        from_day=np.zeros(n),
        to_day=np.full(n, 32_767),
        from_minute=np.zeros(n),
        to_minute=np.full(n, 1_440),
        from_dm=low,
        to_dm=high,
        nearest_dm=nearest,
    )


def routes_of(
    lengths: list[int], *walks: list[tuple[int, bool]], minutes: tuple[int, ...] = (), ride: tuple[bool, ...] = ()
) -> tuple[t.Routes, t.Steps]:
    """Routes along segments (segment, forward) of the given lengths."""
    first, n, total, steps = [], [], [], []
    for walk in walks:
        first.append(len(steps))
        n.append(len(walk))
        steps += walk
        total.append(sum(lengths[segment] for segment, _ in walk))
    count = len(walks)
    routes = t.Routes.of(
        route=np.arange(count),
        origin=np.zeros(count),
        destination=np.zeros(count),
        first=first,
        n_steps=n,
        length_dm=total,
        minutes=minutes or [10] * count,
        ride=ride or [False] * count,
    )
    segment, forward = np.array(steps).reshape(len(steps), 2).T
    return routes, t.Steps.of(segment=segment, forward=forward)


def met(passes: Passes, route: int) -> list[tuple[int, int, int]]:
    rows = slice(passes.first[route], passes.first[route + 1])
    columns = (passes.device[rows], passes.chance[rows], passes.after_minutes[rows])
    return list(zip(*(c.tolist() for c in columns), strict=True))


def assert_equals_twin(
    routes: t.Routes, steps: t.Steps, posts: t.Posts, devices: t.Devices, lengths: list[int], knobs: Cameras = KNOBS
) -> Passes:
    passes = compile_passes(routes, steps, posts, devices, np.array(lengths, np.int32), knobs)
    plain = plain_passes(routes, steps, posts, devices, lengths, knobs)
    assert [met(passes, r) for r in range(len(routes))] == plain
    assert passes.first.tolist() == np.cumsum([0, *map(len, plain)]).tolist()
    assert (passes.first.dtype, passes.device.dtype) == (np.int64, np.int32)
    assert (passes.chance.dtype, passes.after_minutes.dtype) == (np.uint32, np.int16)
    again = Passes.of(passes.first, passes.device, passes.chance, passes.after_minutes)
    assert np.array_equal(passes.packed, again.packed), "nothing lies between routes"
    return passes


@pytest.mark.parametrize("seed", range(8))
def test_random_towns_equal_the_plain_twin(seed: int) -> None:
    key = Key.from_seed(seed)
    lengths = (1 + key("length").below(1_500, np.arange(20))).tolist()
    walks = [
        [
            (int(s), bool(f))
            for s, f in zip(key("s", r).below(20, np.arange(n)), key("f", r).below(2, np.arange(n)), strict=True)
        ]
        for r, n in enumerate(key("n").below(9, np.arange(25)).tolist())
    ]
    rows: list[Any] = []
    for i in range(45):
        segment, a, b = int(key("at").below(20, i)[0]), *key("stretch", i).uniform([0, 1]).tolist()
        low, high = sorted((int(a * lengths[segment]), int(b * lengths[segment])))
        rows.append((int(key("who").below(12, i)[0]), segment, low, high, int(key("near").below(300, i)[0])))
    minutes = tuple((1 + key("minutes").below(60, np.arange(25))).tolist())
    ride = tuple((key("ride").below(3, np.arange(25)) == 0).tolist())
    routes, steps = routes_of(lengths, *walks, minutes=minutes, ride=ride)
    passes = assert_equals_twin(routes, steps, posts_of(*rows), devices_of(12, dead=(3, 7)), lengths)
    assert len(passes.device) > 60
    assert not np.isin(passes.device, (3, 7)).any()


LENGTHS = [1_000, 500, 300]
THERE = [(0, True), (1, False), (2, True)]
BACK = [(2, False), (1, True), (0, False)]
AT_THE_KERB = plain_chance({"nearest_dm": 0}, KNOBS, False)


def test_a_device_that_sees_several_segments_is_passed_once_with_its_best_chance() -> None:
    """The minute is that of the first stretch; 1,800 dm take 18 minutes."""
    routes, steps = routes_of(LENGTHS, THERE, BACK, minutes=(18, 18))
    posts = posts_of((0, 0, 800, 1_000, 200), (0, 1, 400, 500, 0), (0, 2, 0, 100, 90))
    passes = assert_equals_twin(routes, steps, posts, devices_of(1), LENGTHS)
    assert met(passes, 0) == [(0, AT_THE_KERB, 9)]
    assert met(passes, 1) == [(0, AT_THE_KERB, 2)]


def test_two_posts_of_one_device_on_one_segment_are_one_pass() -> None:
    routes, steps = routes_of(LENGTHS, [(0, True)], minutes=(10,))
    posts = posts_of((0, 0, 0, 200, 200), (0, 0, 700, 900, 0))
    passes = assert_equals_twin(routes, steps, posts, devices_of(1), LENGTHS)
    assert met(passes, 0) == [(0, AT_THE_KERB, 1)]


def test_a_segment_walked_twice_is_one_pass() -> None:
    routes, steps = routes_of(LENGTHS, [(0, True), (0, False), (0, True)], minutes=(30,))
    passes = assert_equals_twin(routes, steps, posts_of((0, 0, 100, 300, 0)), devices_of(1), LENGTHS)
    assert met(passes, 0) == [(0, AT_THE_KERB, 2)]


def test_devices_are_met_in_the_order_of_the_walk() -> None:
    """Three devices along one segment, numbered against the walk; the other way round the minutes turn round."""
    routes, steps = routes_of(LENGTHS, [(0, True)], [(0, False)], minutes=(10, 10))
    posts = posts_of((2, 0, 0, 200, 0), (1, 0, 400, 600, 0), (0, 0, 800, 1_000, 0))
    passes = assert_equals_twin(routes, steps, posts, devices_of(3), LENGTHS)
    assert [(device, after) for device, _, after in met(passes, 0)] == [(2, 1), (1, 5), (0, 9)]
    assert [(device, after) for device, _, after in met(passes, 1)] == [(0, 1), (1, 5), (2, 9)]


def test_several_devices_may_see_the_same_stretch() -> None:
    routes, steps = routes_of(LENGTHS, [(0, True)], minutes=(1,))
    passes = assert_equals_twin(
        routes, steps, posts_of(*((d, 0, 0, 1_000, 0) for d in range(5))), devices_of(5), LENGTHS
    )
    assert [device for device, _, _ in met(passes, 0)] == list(range(5))


ODD: dict[str, tuple[Any, t.Posts, t.Devices]] = {
    "no routes": (routes_of(LENGTHS), posts_of((0, 0, 0, 9, 0)), devices_of(1)),
    "a route without steps": (routes_of(LENGTHS, [], THERE, []), posts_of((0, 0, 0, 9, 0)), devices_of(1)),
    "no devices": (routes_of(LENGTHS, THERE), t.Posts.empty(), devices_of(0)),
    "devices that see no street": (routes_of(LENGTHS, THERE), t.Posts.empty(), devices_of(3)),
    "every device is dead": (routes_of(LENGTHS, THERE), posts_of((0, 0, 0, 9, 0)), devices_of(1, dead=(0,))),
    "a post on a street nobody walks": (routes_of(LENGTHS, [(0, True)]), posts_of((0, 2, 0, 9, 0)), devices_of(1)),
    "a stretch of no length": (routes_of(LENGTHS, THERE), posts_of((0, 1, 250, 250, 0)), devices_of(1)),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_towns_equal_the_plain_twin(name: str) -> None:
    (routes, steps), posts, devices = ODD[name]
    passes = assert_equals_twin(routes, steps, posts, devices, LENGTHS)
    assert len(passes.device) == (name in ("a route without steps", "a stretch of no length"))


@pytest.mark.parametrize("ride", [False, True])
def test_the_chance_is_halved_at_the_half_distance(ride: bool) -> None:
    """Exact but for rounding down: the smallest error noticed is 2 in 2**32."""
    knobs = Cameras(capture=assume(0.8), half_distance=assume(15), ride=assume(0.25))
    stated = {0: 1.0, 75: 0.8, 150: 0.5, 300: 0.2, 450: 0.1}
    codes = chances(posts_of(*((0, i, 0, 9, distance) for i, distance in enumerate(stated))), knobs, ride)
    for code, share in zip(codes.tolist(), stated.values(), strict=True):
        assert abs(code - 0.8 * share * (0.25 if ride else 1.0) * 2**32) <= 2


def test_certain_and_impossible_chances() -> None:
    here = posts_of((0, 0, 0, 9, 0))
    sure = Cameras(capture=assume(1), half_distance=assume(15), ride=assume(1))
    assert chances(here, sure, False).tolist() == [SURE]
    assert chances(here, sure, True).tolist() == [SURE]
    assert chances(here, Cameras(capture=assume(0)), False).tolist() == [0]
    assert chances(here, Cameras(capture=assume(1), ride=assume(0)), True).tolist() == [0]
    nothing_far = Cameras(capture=assume(1), half_distance=assume(0))
    assert chances(here, nothing_far, False).tolist() == [SURE]
    assert chances(posts_of((0, 0, 0, 9, 100)), nothing_far, False)[0] < 2**32 / 10_000


def test_a_route_is_passed_within_its_minutes() -> None:
    routes, steps = routes_of(LENGTHS, THERE, BACK, minutes=(7, 1))
    posts = posts_of((0, 0, 0, 0, 0), (1, 1, 0, 500, 0), (2, 2, 300, 300, 0))
    passes = assert_equals_twin(routes, steps, posts, devices_of(3), LENGTHS)
    assert [after for _, _, after in met(passes, 0)] == [0, 4, 7]
    assert [after for _, _, after in met(passes, 1)] == [0, 0, 1]


def test_a_pass_keeps_its_columns_to_the_largest_number() -> None:
    """Two million devices, any minute of a day, any chance: what goes into the packed integer comes out of it."""
    device = np.array([0, 1, 2_000_000, 2_097_151], np.int32)
    chance = np.array([0, SURE, 1, 2**31], np.uint32)
    after = np.array([0, 1_439, 2_047, 1], np.int16)
    packed = Passes.of(np.array([0, 4]), device, chance, after)
    assert packed.device.tolist() == device.tolist()
    assert packed.chance.tolist() == chance.tolist()
    assert packed.after_minutes.tolist() == after.tolist()


def test_a_route_longer_than_any_day_does_not_spill_into_its_neighbours() -> None:
    lengths = [1_000]
    routes, steps = routes_of(lengths, [(0, True)], [(0, True)], minutes=(32_767, 10))
    passes = compile_passes(
        routes, steps, posts_of((1, 0, 800, 1_000, 0)), devices_of(2), np.array(lengths, np.int32), KNOBS
    )
    assert met(passes, 0) == [(1, AT_THE_KERB, 2_047)]
    assert met(passes, 1) == [(1, AT_THE_KERB, 9)]


def test_a_walk_past_more_cameras_than_can_be_counted_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    routes, steps = routes_of([100], [(0, True)])
    posts, devices = posts_of(*((d, 0, 0, 100, 5) for d in range(3))), devices_of(3)
    for most, refused in ((3, False), (2, True)):
        monkeypatch.setattr(module, "MOST_PASSES", most)
        if refused:
            with pytest.raises(Problem, match="one walk would pass 3 cameras"):
                compile_passes(routes, steps, posts, devices, np.array([100], np.int32), KNOBS)
        else:
            compile_passes(routes, steps, posts, devices, np.array([100], np.int32), KNOBS)


def test_what_a_day_needs_of_each_route_fits_into_one_integer() -> None:
    furthest = 2**35 - 1
    first = np.array([0, 0, MOST_PASSES, furthest - 1, furthest, furthest + 1], np.int64)
    rows = ((0, 0, 1), (0, MOST_PASSES, 10_000), (furthest - 1, 1, 7), (furthest, 1, 16_383))
    told = ways(first[:-1], np.diff(first), np.array([1, 10_000, 0, 7, 16_383], np.int16))[[0, 1, 3, 4]]
    assert [(int(x) >> 29, int(x) >> 14 & MOST_PASSES, int(x) & 16_383) for x in told] == list(rows)
    assert len(ways(*np.zeros((2, 0), np.int64), np.zeros(0, np.int16))) == 0
