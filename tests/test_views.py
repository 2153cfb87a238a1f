"""Views: equal to the plain twin piece by piece, and to true geometry within the four metres of a piece."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from shapely.geometry import LineString, Point, Polygon

from glasstown import tables as t
from glasstown.core.keys import Key
from glasstown.core.quantity import assume
from glasstown.prepare import devices_of, survey
from glasstown.scenario import load
from glasstown.sensing import views
from glasstown.sensing.knobs import Cameras
from glasstown.sensing.passes import chances
from glasstown.sensing.views import PIECE_DM, mixed_posts, posts, use_of_streets
from glasstown.state import Layout
from tests.budget import agrees
from tests.plain.routes import grid_layout
from tests.plain.views import posts as plain_posts

KEY = Key.from_seed(41)
SLACK = 3


def layout_of(*lines: list[tuple[int, int]]) -> Layout:
    """Streets of these shapes; each has nodes of its own."""
    n = len(lines)
    length = [round(sum(math.dist(p, q) for p, q in pairwise(line))) for line in lines]
    ends = [end for line in lines for end in (line[0], line[-1])]
    points = [(s, x, y) for s, line in enumerate(lines) for x, y in line]
    segment, x, y = np.array(points, np.int64).reshape(-1, 3).T
    nodes = np.array(ends, np.int64).reshape(-1, 2)
    return Layout(
        nodes=t.Nodes.of(node=np.arange(2 * n), x_dm=nodes[:, 0], y_dm=nodes[:, 1]),
        streets=t.Streets.of(
            segment=np.arange(n),
            node_a=2 * np.arange(n),
            node_b=2 * np.arange(n) + 1,
            length_dm=np.maximum(length, 1),
            kind=np.zeros(n),
        ),
        points=t.StreetPoints.of(segment=segment, x_dm=x, y_dm=y),
        places=t.Places.empty(),
        projection=None,
        notes={},
    )


def cameras_of(*rows: tuple[int, int, int, int, int]) -> t.Devices:
    """Devices (x, y, direction, field, range), all in decimetres and degrees."""
    n = len(rows)
    x, y, direction, field, reach = np.array(rows, np.int64).reshape(n, 5).T
    other = {c.name: np.zeros(n) for c in t.Devices.columns()}
    seen = {"x_dm": x, "y_dm": y, "direction_deg": direction, "field_deg": field, "range_dm": reach}
    there = {"device": np.arange(n), "alive": np.ones(n), "certainty_percent": np.ones(n)}
    return t.Devices.of(**(other | seen | there))


def stretches(found: t.Posts) -> list[tuple[int, ...]]:
    columns = (found.segment, found.device, found.from_dm, found.to_dm, found.nearest_dm)
    return list(zip(*(c.tolist() for c in columns), strict=True))


def assert_equals_twin(devices: t.Devices, layout: Layout) -> t.Posts:
    found = posts(devices, layout)
    found.check()
    assert stretches(found) == plain_posts(devices, layout)
    assert np.all(found.from_day == 0)
    assert np.all(found.to_day == 32_767)
    assert np.all(found.from_minute == 0)
    assert np.all(found.to_minute == 1_440)
    return found


def some_layout(key: Key, n: int, size: int = 3_000) -> Layout:
    """Bent streets of two to five points across a square."""
    lines: list[list[tuple[int, int]]] = []
    for s in range(n):
        x, y = key("start", s).below(size, [0, 1]).tolist()
        line = [(x, y)]
        for k in range(1 + int(key("bends").below(4, s)[0])):
            dx, dy = (key("bend", s, k).below(901, [0, 1]) - 450).tolist()
            line.append((line[-1][0] + dx, line[-1][1] + dy))
        lines.append(line)
    return layout_of(*lines)


def some_cameras(key: Key, n: int, size: int = 3_000) -> t.Devices:
    ids = np.arange(n)
    direction = np.where(key("dome").below(4, ids) == 0, -1, key("direction").below(360, ids))
    field = key("field").choice([1] * 360, ids) + 1
    rows = zip(
        *(c.tolist() for c in (key("x").below(size, ids), key("y").below(size, ids), direction, field)),
        (50 + key("range").below(800, ids)).tolist(),
        strict=True,
    )
    return cameras_of(*rows)


@pytest.mark.parametrize("seed", range(4))
def test_random_streets_equal_the_plain_twin(seed: int) -> None:
    key = Key.from_seed(seed)
    assert len(assert_equals_twin(some_cameras(key, 40), some_layout(key, 20))) > 50


EAST_STREET = [(0, 0), (1_000, 0)]
ODD: dict[str, tuple[t.Devices, Layout, int]] = {
    "no devices": (cameras_of(), layout_of(EAST_STREET), 0),
    "no streets": (cameras_of((0, 0, -1, 360, 100)), layout_of(), 0),
    "neither": (cameras_of(), layout_of(), 0),
    "out of range": (cameras_of((0, 5_000, -1, 360, 100)), layout_of(EAST_STREET), 0),
    "far from the map": (cameras_of((-900_000, 900_000, -1, 360, 100)), layout_of(EAST_STREET), 0),
    "a range of nothing": (cameras_of((500, 0, -1, 360, 0)), layout_of(EAST_STREET), 0),
    "a street of one piece": (cameras_of((0, 0, -1, 360, 100)), layout_of([(0, 0), (9, 0)]), 1),
    "a street of no length": (cameras_of((0, 0, -1, 360, 100)), layout_of([(5, 5), (5, 5)]), 1),
    "a street that turns back": (cameras_of((0, 0, 0, 90, 300)), layout_of([(0, 9), (0, 200), (0, 9)]), 1),
    "one camera twice": (cameras_of(*[(500, 200, 180, 90, 300)] * 2), layout_of(EAST_STREET), 2),
    "two streets at once": (cameras_of((500, 9, -1, 360, 300)), layout_of(EAST_STREET, EAST_STREET[::-1]), 2),
    "negative coordinates": (cameras_of((-500, -9, -1, 360, 300)), layout_of([(-1_000, 0), (0, 0)]), 1),
    "all round, said in degrees": (cameras_of((500, 9, 77, 360, 300)), layout_of(EAST_STREET), 1),
    "looking away": (cameras_of((500, 9, 0, 90, 300)), layout_of(EAST_STREET), 0),
    "a field of no width": (cameras_of((500, 9, 180, 0, 300)), layout_of(EAST_STREET), 0),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_streets_equal_the_plain_twin(name: str) -> None:
    devices, layout, n = ODD[name]
    assert len(assert_equals_twin(devices, layout)) == n


# ---------------------------------------------------------------- true geometry
def sector(x: float, y: float, direction: int, field: int, reach: int) -> Polygon:
    """The field of view, its arc drawn every quarter of a degree."""
    if direction < 0 or field >= 360:
        return Point(x, y).buffer(reach, quad_segs=360)
    bearings = np.radians(np.linspace(direction - field / 2, direction + field / 2, 4 * field + 2))
    arc = np.stack([x + reach * np.sin(bearings), y + reach * np.cos(bearings)], axis=1)
    return Polygon([(x, y), *arc])


def runs_in_view(line: list[tuple[int, int]], view: Polygon) -> list[tuple[float, float, LineString]]:
    """The stretches of a street in view: from, to (along the street), and the stretch."""
    found: list[tuple[float, float, LineString]] = []
    before = 0.0
    for p, q in pairwise(line):
        inside = LineString([p, q]).intersection(view)
        for part in getattr(inside, "geoms", [inside]):
            if isinstance(part, LineString) and part.length > 0:
                a, b = sorted(before + math.dist(p, end) for end in (part.coords[0], part.coords[-1]))
                if found and a - found[-1][1] < 1e-6:
                    found[-1] = (found[-1][0], b, LineString([*found[-1][2].coords, *part.coords]))
                else:
                    found.append((a, b, part))
        before += math.dist(p, q)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_views_are_those_of_true_geometry(seed: int) -> None:
    """Against shapely: a stretch is right to half a piece at each end (2 m, and 0.3 m of rounding).

    A stretch in view that is longer than a piece is always found; a shorter one may be missed.
    """
    key = Key.from_seed(100 + seed)
    layout, devices = some_layout(key, 15, 2_000), some_cameras(key, 40, 2_000)
    found = {(s, d): rest for s, d, *rest in stretches(posts(devices, layout))}
    half, compared = PIECE_DM // 2 + SLACK, 0
    for s in range(len(layout.streets)):
        mine = layout.points.segment == s
        line = list(zip(layout.points.x_dm[mine].tolist(), layout.points.y_dm[mine].tolist(), strict=True))
        for d in range(len(devices)):
            what = (devices.x_dm, devices.y_dm, devices.direction_deg, devices.field_deg, devices.range_dm)
            view = sector(*(int(column[d]) for column in what))
            runs = runs_in_view(line, view)
            long = [run for run in runs if run[1] - run[0] > PIECE_DM + SLACK]
            if (s, d) not in found:
                assert not long, "a stretch longer than a piece was missed"
                continue
            low, high, nearest = found[s, d]
            assert runs, "a stretch is in view that is not"
            assert low >= runs[0][0] - half
            assert high <= runs[-1][1] + half
            here = Point(int(devices.x_dm[d]), int(devices.y_dm[d]))
            assert nearest >= min(run[2].distance(here) for run in runs) - SLACK
            if long:
                compared += 1
                assert low <= long[0][0] + half
                assert high >= long[-1][1] - half
                assert nearest <= min(run[2].distance(here) for run in long) + PIECE_DM + SLACK
    assert compared > 30


@pytest.mark.parametrize(("direction", "seen"), [(0, "north"), (90, "east"), (180, "south"), (270, "west")])
def test_directions_are_those_of_the_compass(direction: int, seen: str) -> None:
    """A camera at a crossing looks down one of four streets; 0 is north, and degrees run clockwise."""
    arms = {"north": (0, 600), "east": (600, 0), "south": (0, -600), "west": (-600, 0)}
    layout = layout_of(*([(way[0] // 20, way[1] // 20), way] for way in arms.values()))
    found = assert_equals_twin(cameras_of((0, 0, direction, 90, 250)), layout)
    assert [list(arms)[s] for s in found.segment] == [seen]
    assert found.to_dm[0] == pytest.approx(220, abs=PIECE_DM // 2 + SLACK)
    wide = assert_equals_twin(cameras_of((0, 0, direction, 200, 250)), layout)
    assert len(wide) == 3


@pytest.mark.parametrize("field", [1, 5, 45, 91, 179, 181, 269, 359])
def test_a_field_is_as_wide_as_stated(field: int) -> None:
    """A ring of short streets 500 m away: the share in view is the field's, to one street in 720 on each side."""
    ring = [math.radians(b / 2) for b in range(720)]
    streets = [[(round(5_000 * math.sin(b) + k), round(5_000 * math.cos(b))) for k in (-2, 2)] for b in ring]
    found = posts(cameras_of((0, 0, 123, field, 6_000)), layout_of(*streets))
    assert abs(len(found) - 2 * field) <= 2


def test_a_device_is_as_near_as_its_nearest_piece() -> None:
    for away in (0, 37, 200):
        found = assert_equals_twin(cameras_of((500, away, -1, 360, 400)), layout_of(EAST_STREET))
        assert found.nearest_dm[0] == pytest.approx(away, abs=PIECE_DM // 2)
        reach = math.sqrt(400**2 - away**2)
        assert found.from_dm[0] == pytest.approx(500 - reach, abs=PIECE_DM // 2 + SLACK)
        assert found.to_dm[0] == pytest.approx(500 + reach, abs=PIECE_DM // 2 + SLACK)


def test_ranges_beyond_the_map_and_beyond_a_cell() -> None:
    """Nothing is missed when a view spans many cells of the search, nor when cells are widened to save memory."""
    layout = grid_layout(9, 9, KEY)
    for reach in (40, 700, 20_000):
        assert_equals_twin(some_cameras(KEY, 6, 7_200).take(np.arange(6)), layout)
        everywhere = assert_equals_twin(cameras_of((3_600, 3_600, -1, 360, reach)), layout)
        assert (len(everywhere) == len(layout.streets)) == (reach == 20_000)
    wide = layout_of([(0, 0), (300, 0)], [(40_000_000, 30_000_000), (40_000_300, 30_000_000)])
    assert len(assert_equals_twin(cameras_of((150, 9, -1, 360, 30), (40_000_150, 30_000_009, -1, 360, 30)), wide)) == 2


def test_pieces_of_four_metres_cost_as_much_as_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """4 % of the chances and 3 % of the stretches; would notice 1 point of either."""
    scenario = load("newtown", changes={"town.people": 2_000})
    ground, knobs = survey(scenario), scenario.sensing.cameras
    devices = devices_of(scenario, ground, KEY("doubt"))
    taken: list[dict[tuple[int, int], float]] = []
    for length_dm in (PIECE_DM, 2):
        monkeypatch.setattr(views, "PIECE_DM", length_dm)
        found = posts(devices, ground.layout)
        pairs = zip(found.segment.tolist(), found.device.tolist(), strict=True)
        taken.append(dict(zip(pairs, chances(found, knobs, False).tolist(), strict=True)))
    coarse, fine = taken
    assert coarse.keys() <= fine.keys()
    assert sum(coarse.values()) / sum(fine[pair] for pair in coarse) == pytest.approx(0.96, abs=0.01)
    assert len(coarse) / len(fine) == pytest.approx(0.97, abs=0.01)


# ---------------------------------------------------------------- the well-mixed town, and the use of streets
@pytest.mark.parametrize("capture", [0.0, 1e-7])
def test_a_well_mixed_town_in_which_nothing_is_captured_has_posts(capture: float) -> None:
    """A chance of 0 has no distance: posts stand at 0 and not at the root of -1, which would show."""
    knobs = Cameras(capture=assume(capture), half_distance=assume(20), mixed_mean=assume(0.3))
    layout = grid_layout(3, 3, KEY)
    found = mixed_posts(cameras_of(*[(0, 0, -1, 360, 0)] * 5), layout, knobs, KEY)
    assert found.nearest_dm.tolist() == [0] * 5


def test_a_well_mixed_town_has_one_device_a_segment_and_chances_as_stated() -> None:
    """Exponential with the stated mean, cut at the top: the smallest error noticed is 2.7 points of a share."""
    layout = grid_layout(120, 90, KEY)
    n = len(layout.streets)
    assert n > 21_000
    knobs = Cameras(capture=assume(0.8), half_distance=assume(20), mixed_mean=assume(0.3))
    found = mixed_posts(cameras_of(*[(0, 0, -1, 360, 0)] * n), layout, knobs, KEY)
    found.check()
    assert found.device.tolist() == found.segment.tolist() == list(range(n))
    assert np.array_equal(found.to_dm - found.from_dm, layout.streets.length_dm)
    p = chances(found, knobs, False) / 2**32
    for bound in (0.1, 0.3, 0.6):
        agrees(np.count_nonzero(p < bound), n, 1 - math.exp(-bound / 0.3), notices=0.027)
    assert p.max() <= 0.8
    equal = mixed_posts(
        cameras_of(*[(0, 0, -1, 360, 0)] * 5), layout, knobs.model_copy(update={"mixed_mean": assume(0)}), KEY
    )
    assert not equal.nearest_dm.any()


def test_the_use_of_streets_is_counted_walk_by_walk() -> None:
    layout = grid_layout(4, 4, KEY)
    n = len(layout.streets)
    walks = [[0, 3, 5], [], [5, 5], [7]]
    first = np.cumsum([0, *map(len, walks)])[:-1]
    routes: Any = {c.name: np.zeros(4) for c in t.Routes.columns()} | {"n_steps": list(map(len, walks)), "first": first}
    steps = t.Steps.of(segment=np.concatenate(walks), forward=np.ones(6))
    standing = posts(some_cameras(KEY, 9, 2_700), layout)
    times = np.array([2, 50, 3, 1])
    used = use_of_streets(t.Routes.of(**routes), steps, times, standing, layout)
    expected = [0] * n
    for route, walk in enumerate(walks):
        for segment in walk:
            expected[segment] += int(times[route])
    assert used.walks.tolist() == expected
    for s in range(n):
        mine = standing.take(standing.segment == s)
        assert used.n_devices[s] == len(set(mine.device.tolist()))
        seen = np.zeros(int(layout.streets.length_dm[s]), np.bool_)
        for low, high in zip(mine.from_dm, mine.to_dm, strict=True):
            seen[low:high] = True
        assert used.viewed_dm[s] == np.count_nonzero(seen)


def test_routes_whose_steps_are_not_in_their_order_are_refused() -> None:
    layout = grid_layout(4, 4, KEY)
    routes: Any = {c.name: np.zeros(2) for c in t.Routes.columns()} | {"n_steps": [1, 1], "first": [1, 0]}
    steps, standing = t.Steps.of(segment=[0, 1], forward=np.ones(2)), posts(some_cameras(KEY, 9, 2_700), layout)
    with pytest.raises(ValueError, match="the steps of each route follow those of the route before it"):
        use_of_streets(t.Routes.of(**routes), steps, np.ones(2, np.int64), standing, layout)
