from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from glasstown import tables as t
from glasstown.core.errors import Problem
from glasstown.core.keys import Key
from glasstown.core.quantity import assume
from glasstown.state import Layout
from glasstown.town import generate
from glasstown.town.generate import generate_layout
from glasstown.town.knobs import Places, Streets, TownKnobs
from glasstown.town.network import largest_part, parts, spanning
from glasstown.town.places import HOME, LEISURE, SCHOOL, SHOP, WORK
from tests.plain.layouts import check_layout

PLAN = Key.from_seed(0)("plan", 1)
TABLES = ("nodes", "streets", "points", "places")


def contents(layout: Layout) -> bytes:
    tables = [getattr(layout, name) for name in TABLES]
    return b"".join(getattr(table, c.name).tobytes() for table in tables for c in table.columns())


@pytest.mark.parametrize("people", [1, 137, 10_000, 40_000])
@pytest.mark.parametrize("plan", [0, 1, 2])
def test_what_must_hold(people: int, plan: int) -> None:
    layout = generate_layout(TownKnobs(people=people), Key.from_seed(0)("plan", plan))
    check_layout(layout)
    wanted = max(400, people // 20)
    assert 0.9 * wanted <= len(layout.nodes) <= wanted
    counts = np.bincount(layout.places.kind).tolist()
    assert counts == [max(1, round(people * n / 1000)) for n in (120, 30, 1, 8, 4)] + [1]
    assert layout.projection is None
    assert layout.notes["places_from"] == "streets"


@pytest.mark.parametrize(
    "streets",
    [
        Streets(arterial_every=assume(0)),
        Streets(arterial_every=assume(1)),
        Streets(block=assume(10)),
        Streets(block=assume(1000)),
        Streets(least_nodes=assume(0), people_per_node=assume(1_000_000)),
    ],
)
def test_extreme_sizes_still_make_a_town(streets: Streets) -> None:
    check_layout(generate_layout(TownKnobs(people=500, streets=streets), PLAN))


CUT_OFF = (60, 70, 87)


@pytest.mark.parametrize("plan", CUT_OFF)
def test_crossings_that_are_cut_off_by_parks_are_left_out(plan: int) -> None:
    """In each of these plans one crossing is cut off."""
    check_layout(generate_layout(TownKnobs(people=1), Key.from_seed(0)("plan", plan)))


@pytest.mark.parametrize("plan", CUT_OFF)
def test_with_all_parts_kept_crossings_would_be_cut_off(plan: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "largest_part", lambda n, a, b, length: np.ones(len(a), np.bool_))
    with pytest.raises(AssertionError, match="every node is reached"):
        check_layout(generate_layout(TownKnobs(people=1), Key.from_seed(0)("plan", plan)))


def test_the_largest_part_has_most_street_not_most_segments_and_of_equals_the_lowest_nodes() -> None:
    a, b = np.array([4, 0, 1, 2, 6], np.int32), np.array([5, 1, 2, 3, 7], np.int32)
    for length, ends in (
        ([7, 2, 2, 2, 1], [4]),
        ([6, 2, 2, 2, 7], [6]),
        ([6, 2, 2, 3, 1], [0, 1, 2]),
        ([6, 2, 2, 2, 6], [0, 1, 2]),
        ([7, 2, 2, 2, 7], [4]),
    ):
        assert a[largest_part(8, a, b, np.array(length))].tolist() == ends, length


def _without_a_bridge(layout: Layout) -> dict[str, object]:
    ends = np.bincount(np.concatenate([layout.streets.node_a, layout.streets.node_b]))
    last = ends[layout.streets.node_a] + ends[layout.streets.node_b]
    dead_end = int(np.argmin(np.minimum(ends[layout.streets.node_a], ends[layout.streets.node_b]) * 100 + last))
    rows = np.arange(len(layout.streets)) != dead_end
    streets = layout.streets.take(rows)
    points = layout.points.take(rows[layout.points.segment])
    renumber = np.cumsum(rows) - 1
    return {
        "streets": dataclasses.replace(streets, segment=renumber[rows].astype(np.int32)),
        "points": dataclasses.replace(points, segment=renumber[points.segment].astype(np.int32)),
    }


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ("every node is reached", _without_a_bridge),
        ("shorter than", lambda y: {"streets": dataclasses.replace(y.streets, length_dm=y.streets.length_dm - 2)}),
        ("length is that", lambda y: {"streets": dataclasses.replace(y.streets, length_dm=y.streets.length_dm + 3)}),
        ("starts at", lambda y: {"points": dataclasses.replace(y.points, x_dm=y.points.x_dm + np.int32(1))}),
        ("reached from a node", lambda y: {"places": dataclasses.replace(y.places, node=y.places.node - 1_000)}),
        ("each kind", lambda y: {"places": y.places.take(slice(0, -1))}),
    ],
)
def test_the_checks_can_fail(rule: str, broken: object) -> None:
    layout = generate_layout(TownKnobs(people=1_000), PLAN)
    assert callable(broken)
    with pytest.raises(AssertionError, match=rule):
        check_layout(dataclasses.replace(layout, **broken(layout)))


def test_same_plan_same_bytes_other_plan_other_town() -> None:
    knobs = TownKnobs(people=3_000)
    first = contents(generate_layout(knobs, PLAN))
    assert contents(generate_layout(knobs, Key.from_seed(0)("plan", 1))) == first
    assert contents(generate_layout(knobs, Key.from_seed(0)("plan", 2))) != first


@pytest.mark.slow
def test_same_bytes_on_a_processor_without_wide_registers() -> None:
    code = (
        "import hashlib; from tests.test_generate import *;"
        "print(hashlib.sha256(contents(generate_layout(TownKnobs(people=60_000), PLAN))).hexdigest())"
    )
    features = ("", "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR AVX2 FMA3")
    digests = {
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code],
            env={"NPY_DISABLE_CPU_FEATURES": off, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for off in features
    }
    assert len(digests) == 1


def test_more_homes_move_nothing_else() -> None:
    def places(homes: int) -> t.Places:
        knobs = TownKnobs(people=2_000, places=Places(homes_per_1000=assume(homes)))
        return generate_layout(knobs, PLAN).places

    few, many = places(100), places(150)
    for name in ("node", "x_dm", "y_dm", "kind", "weight"):
        assert np.array_equal(getattr(few, name)[few.kind != HOME], getattr(many, name)[many.kind != HOME])


def test_work_and_shops_crowd_in_the_centre_and_homes_and_schools_spread() -> None:
    """Would notice a lost centre: with an even spread the two medians differ by less than 3 %."""
    layout = generate_layout(TownKnobs(people=40_000), PLAN)
    places = layout.places
    away = np.hypot(places.x_dm, places.y_dm)
    homes = np.median(away[places.kind == HOME])
    for kind in (WORK, SHOP):
        assert np.median(away[places.kind == kind]) < 0.85 * homes
    assert np.median(away[places.kind == LEISURE]) < homes
    assert 0.8 * homes < np.median(away[places.kind == SCHOOL]) < 1.25 * homes
    block = np.median(layout.streets.length_dm[_near(layout, 3_000)])
    assert block < 0.9 * np.median(layout.streets.length_dm)


def _near(layout: Layout, within_dm: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    nodes = np.hypot(layout.nodes.x_dm, layout.nodes.y_dm) < within_dm
    return nodes[layout.streets.node_a] & nodes[layout.streets.node_b]


def test_it_does_not_look_like_graph_paper() -> None:
    layout = generate_layout(TownKnobs(people=40_000), PLAN)
    ends = np.bincount(np.bincount(np.concatenate([layout.streets.node_a, layout.streets.node_b])), minlength=5)
    shares = ends / len(layout.nodes)
    assert shares[1] > 0.002
    assert shares[3] > 0.15
    assert shares[4] < 0.8
    assert np.bincount(layout.streets.kind, minlength=3).min() > 0.01 * len(layout.streets)


@pytest.mark.parametrize(
    ("knobs", "where"),
    [
        (TownKnobs(streets=Streets(block=assume(5))), "town.streets.block"),
        (TownKnobs(streets=Streets(block=assume(90_000))), "town.streets.block"),
        (TownKnobs(streets=Streets(people_per_node=assume(0))), "town.streets.people_per_node"),
        (TownKnobs(streets=Streets(least_nodes=assume(400_000_000))), "town.streets"),
        (TownKnobs(people=20_000_000, places=Places(homes_per_1000=assume(9_000))), "town.places"),
    ],
)
def test_sizes_that_make_no_town(knobs: TownKnobs, where: str) -> None:
    with pytest.raises(Problem) as caught:
        generate_layout(knobs, PLAN)
    assert caught.value.where == where
    assert caught.value.todo


@pytest.mark.parametrize(("nodes", "links"), [(1, 0), (2, 1), (30, 12), (300, 250), (300, 1200), (20_000, 21_000)])
def test_parts_and_trees_are_those_of_another_library(nodes: int, links: int) -> None:
    """One link on the wrong side would be noticed; orders have ties, and parts hang together by one link."""
    draw = PLAN("links")
    ends = np.sort(draw("ends").below(nodes, np.arange(2 * links)).reshape(links, 2).astype(np.int32), axis=1)
    ends = np.unique(ends[ends[:, 0] < ends[:, 1]], axis=0)
    a, b = (np.ascontiguousarray(ends[:, side]) for side in (0, 1))
    order = draw("order").below(max(len(a) // 3, 1), np.arange(len(a)))
    part = parts(nodes, a, b)
    shape = (nodes, nodes)
    _, label = connected_components(coo_array((np.ones(len(a)), (a, b)), shape=shape), directed=False)
    _, lowest = np.unique(label, return_index=True)
    assert part.tolist() == lowest[label].tolist()
    rank = np.empty(len(a))
    rank[np.argsort(order, kind="stable")] = np.arange(1, len(a) + 1)
    tree = minimum_spanning_tree(coo_array((rank, (a, b)), shape=shape).tocsr())
    assert np.sort(rank[spanning(nodes, a, b, order)]).tolist() == np.sort(tree.data).tolist()
