"""Ways through the streets: as short as can be, connected, and each independent of the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from glasstown import tables as t
from glasstown.core.keys import Key
from glasstown.core.quantity import assume
from glasstown.state import Layout
from glasstown.town.knobs import Streets
from glasstown.town.routes import route_pairs, travel, unique_pairs
from tests.plain.routes import distances, grid_layout, way

KEY = Key.from_seed(3)


def tangle(nodes: int, extra: int, key: Key) -> Layout:
    """A random tree with extra segments, among them parallel ones and loops, of few different lengths."""
    later = np.arange(1, nodes)
    a = np.concatenate([key("parent").below(later, later), key("a").below(nodes, np.arange(extra))])
    b = np.concatenate([later, key("b").below(nodes, np.arange(extra))])
    a, b = np.append(a, [a[0], 0]), np.append(b, [b[0], 0])
    length = 1 + key("length").below(4, np.arange(len(a)))
    base = grid_layout(nodes, 1, key)
    streets = t.Streets.of(
        segment=np.arange(len(a)), node_a=a, node_b=b, length_dm=length, kind=np.zeros(len(a))
    )
    return replace(base, streets=streets)


def all_pairs(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    one, other = np.divmod(np.arange(nodes * nodes), nodes)
    return one.astype(np.int32), other.astype(np.int32)


def steps_of(routes: t.Routes, steps: t.Steps, row: int) -> list[tuple[int, bool]]:
    rows = slice(int(routes.first[row]), int(routes.first[row] + routes.n_steps[row]))
    return list(zip(steps.segment[rows].tolist(), steps.forward[rows].tolist(), strict=True))


@pytest.mark.parametrize("seed", range(6))
def test_ways_equal_the_plain_twin_step_by_step(seed: int) -> None:
    key = Key.from_seed(seed)
    layout = tangle(14, 3 * seed, key) if seed % 2 else grid_layout(4, 3, key)
    origin, destination = all_pairs(len(layout.nodes))
    flip = key("flip").below(2, np.arange(len(origin))) == 1
    routes, steps = route_pairs(layout, Streets(), origin, destination, flip)
    routes.check()
    steps.check()
    for row in range(len(routes)):
        one, other = int(origin[row]), int(destination[row])
        assert routes.length_dm[row] == distances(layout, other)[one]
        if flip[row]:
            expected = [(segment, not forward) for segment, forward in reversed(way(layout, one, other))]
        else:
            expected = way(layout, other, one)
        assert steps_of(routes, steps, row) == expected


@pytest.mark.parametrize("scale", [1, 37, 500, 90_000])
def test_lanes_and_motorways_in_one_town(scale: int) -> None:
    """Segments from a decimetre to hundreds of kilometres: each way as short as can be, whatever waits beside it."""
    layout = tangle(16, 20, KEY)
    lengths = np.where(KEY("long").below(2, np.arange(len(layout.streets))) == 1, scale, 1) * layout.streets.length_dm
    layout = replace(layout, streets=replace(layout.streets, length_dm=lengths.astype(np.int32)))
    origin, destination = all_pairs(16)
    routes, steps = route_pairs(layout, Streets(), origin, destination)
    for row in range(len(routes)):
        assert steps_of(routes, steps, row) == way(layout, int(destination[row]), int(origin[row]))


def test_steps_make_a_connected_chain() -> None:
    layout = grid_layout(20, 20, KEY)
    origin, destination = all_pairs(400)
    routes, steps = route_pairs(layout, Streets(), origin, destination)
    assert len(steps) == routes.n_steps.sum()
    assert np.array_equal(routes.first, np.cumsum(routes.n_steps) - routes.n_steps)
    streets = layout.streets
    start = np.where(steps.forward, streets.node_a[steps.segment], streets.node_b[steps.segment])
    stop = np.where(steps.forward, streets.node_b[steps.segment], streets.node_a[steps.segment])
    length = streets.length_dm[steps.segment]
    some = np.flatnonzero(routes.n_steps > 0)
    first, last = routes.first[some], (routes.first + routes.n_steps - 1)[some]
    assert np.array_equal(start[first], origin[some])
    assert np.array_equal(stop[last], destination[some])
    inner = np.ones(len(steps), np.bool_)
    inner[first] = False
    assert np.array_equal(start[1:][inner[1:]], stop[:-1][inner[1:]])
    assert np.array_equal(np.add.reduceat(length, first), routes.length_dm[some])


def test_neither_threads_nor_other_pairs_matter() -> None:
    layout = grid_layout(20, 20, KEY)
    origin, destination = all_pairs(400)
    one, one_steps = route_pairs(layout, Streets(), origin, destination, threads=1)
    for threads in (2, 3, 7):
        many, many_steps = route_pairs(layout, Streets(), origin, destination, threads=threads)
        for name in ("first", "n_steps", "length_dm", "minutes", "ride"):
            assert np.array_equal(getattr(one, name), getattr(many, name))
        for name in ("segment", "forward"):
            assert np.array_equal(getattr(one_steps, name), getattr(many_steps, name))
    few = KEY("few").below(len(origin), np.arange(200))
    some, some_steps = route_pairs(layout, Streets(), origin[few], destination[few])
    for row, whole in enumerate(few):
        assert steps_of(some, some_steps, row) == steps_of(one, one_steps, int(whole))


def test_nowhere_to_go_takes_a_minute() -> None:
    layout = grid_layout(3, 3, KEY)
    routes, steps = route_pairs(layout, Streets(), np.array([4], np.int32), np.array([4], np.int32))
    assert (routes.n_steps[0], routes.length_dm[0], routes.minutes[0], routes.ride[0]) == (0, 0, 1, False)
    assert len(steps) == 0


def test_no_pairs_make_empty_tables() -> None:
    routes, steps = route_pairs(
        grid_layout(3, 3, KEY), Streets(), np.zeros(0, np.int32), np.zeros(0, np.int32)
    )
    routes.check()
    steps.check()
    assert (len(routes), len(steps)) == (0, 0)


def test_a_way_may_be_very_long() -> None:
    layout = grid_layout(5_000, 1, KEY)
    routes, steps = route_pairs(layout, Streets(), np.array([4_999], np.int32), np.array([0], np.int32))
    assert routes.n_steps[0] == len(steps) == 4_999
    assert routes.length_dm[0] == layout.streets.length_dm.sum()
    assert np.array_equal(steps.segment, np.arange(4_999)[::-1])


def test_junctions_may_be_improved_again_and_again() -> None:
    """A chain of diamonds whose longer sides are tried first: many more improvements than there was room for."""
    diamonds = 6
    here = 2 * np.arange(diamonds)
    a, b = np.concatenate([here, here, here + 1]), np.concatenate([here + 2, here + 1, here + 2])
    length = np.concatenate([2 + (1 << np.arange(diamonds)[::-1]), np.ones(2 * diamonds, np.int64)])
    streets = t.Streets.of(
        segment=np.arange(len(a)), node_a=a, node_b=b, length_dm=length, kind=np.zeros(len(a))
    )
    layout = replace(grid_layout(2 * diamonds + 1, 1, KEY), streets=streets)
    origin, destination = all_pairs(len(layout.nodes))
    routes, steps = route_pairs(layout, Streets(), origin, destination)
    assert np.array_equal(routes.length_dm, abs(origin - destination))
    for row in range(len(routes)):
        assert steps_of(routes, steps, row) == way(layout, int(destination[row]), int(origin[row]))


def test_streets_that_do_not_connect_are_an_error() -> None:
    layout = grid_layout(3, 3, KEY)
    apart = replace(layout, streets=layout.streets.take(slice(0, 2)))
    with pytest.raises(ValueError, match="no streets lead from node 0 to node 8"):
        route_pairs(apart, Streets(), np.array([0], np.int32), np.array([8], np.int32))


def test_minutes_follow_speed() -> None:
    knobs = Streets(walk=assume(6), ride=assume(12), ride_beyond=assume(1_000))
    minutes, ride = travel(knobs, np.array([0, 1, 999, 1_499, 1_501, 10_000, 10_001, 20_000], np.int32))
    assert minutes.tolist() == [1, 1, 1, 1, 2, 10, 5, 10]
    assert ride.tolist() == [False] * 6 + [True] * 2


def test_pairs_are_numbered_in_order_of_first_use() -> None:
    origin = np.array([5, 1, 5, 1, 5], np.int32)
    destination = np.array([2, 9, 2, 9, 2], np.int32)
    flag = np.array([False, False, False, False, True])
    first, number = unique_pairs(origin, destination, flag)
    assert first.tolist() == [0, 1, 4]
    assert number.tolist() == [0, 1, 0, 1, 2]
