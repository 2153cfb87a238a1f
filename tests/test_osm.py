from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import osmium
import osmium.filter
import osmium.osm
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glasstown import tables as t
from glasstown.core.errors import Problem
from glasstown.core.keys import Key
from glasstown.core.quantity import assume
from glasstown.state import Layout
from glasstown.town.buildings import AREA_EACH
from glasstown.town.extract import walkable
from glasstown.town.knobs import Places, TownKnobs
from glasstown.town.osm import layout_from_extract
from glasstown.town.places import HOME, SCHOOL, SHOP, WORK
from tests.data import real
from tests.odd_files import CROSS, CROSS_NODES, CROSS_WAYS, NO_MAPS, ODD_MAPS, STREET, grid_point, noise, osm_xml
from tests.plain.extracts import largest_metres
from tests.plain.layouts import check_layout
from tests.test_generate import contents

PLAN = Key.from_seed(0)("plan", 1)
KNOBS = TownKnobs(people=1_000)

# Kilometres of all highway ways as the data folder's SOURCES.md counts them. Ours are fewer: motorways, private
# drives, construction and parts that do not touch the town are left out, and a stretch mapped twice counts once.
KM = {
    "berlin_siegessaeule_2017": 25,
    "helsinki_kamppi_2019": 106,
    "helsinki_centre_2019": 255,
    "london_holborn_2020": 123,
    "monaco_2020": 117,
    "manhattan_midtown": 558,
    "porto_alegre_2020": 2_023,
    "andorra_2020": 1_660,
}
QUICK = ("berlin_siegessaeule_2017", "helsinki_kamppi_2019")
EVERY = [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow]) for name in KM]


def read(folder: Path, content: bytes, knobs: TownKnobs = KNOBS) -> tuple[Layout, t.ListedCameras]:
    path = folder / "map.osm"
    path.write_bytes(content)
    return layout_from_extract(path, knobs, PLAN)


@pytest.mark.parametrize("name", ODD_MAPS)
def test_odd_maps(name: str, tmp_path: Path) -> None:
    content, nodes, segments = ODD_MAPS[name]
    layout, _ = read(tmp_path, content)
    check_layout(layout)
    assert (len(layout.nodes), len(layout.streets)) == (nodes, segments)
    assert layout.notes["buildings"] == 0


@pytest.mark.parametrize("name", NO_MAPS)
def test_content_that_is_no_map(name: str, tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        read(tmp_path, NO_MAPS[name])
    assert caught.value.code == 2
    assert caught.value.where == str(tmp_path / "map.osm")
    assert caught.value.why
    assert caught.value.todo
    assert caught.value.what.isprintable()


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.osm.pbf", Path("/dev/null")):
        with pytest.raises(Problem) as caught:
            layout_from_extract(path, KNOBS, PLAN)
        assert caught.value.code == 74


def test_a_cross_measured_by_hand(tmp_path: Path) -> None:
    """0.001 degrees of latitude are 111.319 m on this sphere; would notice 0.2 m."""
    layout, _ = read(tmp_path, CROSS)
    east_west = 1113.19 * np.cos(np.radians(60.17))
    assert np.allclose(np.sort(layout.streets.length_dm), [east_west, east_west, 1113.19, 1113.19], atol=2)
    assert layout.projection is not None
    lon, lat = layout.projection.degrees(layout.nodes.x_dm, layout.nodes.y_dm)
    found = sorted(zip(lon.round(5).tolist(), lat.round(5).tolist(), strict=True))
    assert found == sorted((round(x, 5), round(y, 5)) for x, y in CROSS_NODES.values())
    assert layout.notes["source"] == "OpenStreetMap contributors, ODbL 1.0"


def test_a_bend_stays_in_the_shape_and_in_the_length(tmp_path: Path) -> None:
    nodes = {1: grid_point(0, 0), 2: grid_point(0, 1), 3: grid_point(1, 1)}
    layout, _ = read(tmp_path, osm_xml(nodes, [(1, [1, 2, 3], STREET)]))
    assert len(layout.streets) == 1
    assert len(layout.points) == 3
    assert layout.streets.length_dm[0] == pytest.approx(1113.19 * (1 + np.cos(np.radians(60.17))), abs=3)


def test_long_winding_streets_are_cut(tmp_path: Path) -> None:
    nodes = {i: grid_point(i / 2, (i % 2) / 10) for i in range(41)}
    layout, _ = read(tmp_path, osm_xml(nodes, [(1, list(range(41)), STREET)]))
    check_layout(layout)
    assert layout.streets.length_dm.max() < 2_500
    assert len(layout.streets) < 12


def test_missing_nodes_and_parts_are_counted(tmp_path: Path) -> None:
    """Of four equal stretches, one in a part of its own: a quarter of the length is left out."""
    nodes = {**{i: grid_point(0, i) for i in range(1, 5)}, 8: grid_point(50, 1), 9: grid_point(50, 2)}
    ways = [(1, [1, 2, 3, 4], STREET), (2, [8, 9], STREET), (3, [4, 500, 501], STREET), (4, [600], STREET)]
    layout, _ = read(tmp_path, osm_xml(nodes, [*ways, (5, [1, 2], {"highway": "proposed"})]))
    assert layout.notes["share_left_out"] == pytest.approx(0.25, abs=0.001)
    assert layout.notes["ways_with_missing_nodes"] == 2
    assert layout.notes["ways_not_walkable"] == 1
    assert layout.notes["km"] == pytest.approx(0.334, abs=0.001)


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ("highway=residential", 0),
        ("highway=service access=permissive", 0),
        ("highway=primary_link", 1),
        ("highway=trunk foot=yes", 1),
        ("highway=steps", 2),
        ("highway=cycleway", 2),
        ("highway=footway access=no foot=designated", 2),
        ("highway=motorway foot=yes", None),
        ("highway=motorway_link", None),
        ("highway=construction", None),
        ("highway=raceway", None),
        ("highway=trunk motorroad=yes", None),
        ("highway=residential foot=no", None),
        ("highway=footway access=private", None),
        ("highway=residential access=no", None),
    ],
)
def test_where_people_may_walk(tags: str, kind: int | None) -> None:
    assert walkable(dict(tag.split("=") for tag in tags.split())) == kind


def _town(*buildings: dict[str, str], side_m: float = 60.0) -> bytes:
    nodes, ways = dict(CROSS_NODES), list(CROSS_WAYS)
    width, height = side_m / 55.37, side_m / 111.32
    for number, tags in enumerate(buildings):
        corners = [100 + 4 * number + k for k in range(4)]
        for corner, (x, y) in zip(corners, ((0, 0), (width, 0), (width, height), (0, height)), strict=True):
            nodes[corner] = grid_point(0.2 + x, 0.1 + y + number / 100)
        ways.append((1_000 + number, [*corners, corners[0]], tags))
    return osm_xml(nodes, ways)


def test_buildings_become_places_by_their_tag_and_area(tmp_path: Path) -> None:
    """A building of 60 by 60 m with 5 levels has 18,000 square metres: 180 dwellings; would notice 2 %."""
    content = _town(
        {"building": "apartments", "building:levels": "5"},
        {"building": "school"},
        {"building": "retail"},
        {"building": "office", "building:levels": "10.5"},
        {"building": "garage"},
        {"building": "no"},
    )
    layout, _ = read(tmp_path, content, TownKnobs(people=100))
    check_layout(layout)
    assert layout.notes["places_from"] == "buildings"
    assert layout.notes["buildings"] == 4
    assert layout.notes["buildings_left_out"] == 1
    places = layout.places
    for kind, floor_m2 in ((HOME, 18_000 / 100), (SCHOOL, 7_200 / 12), (SHOP, 7_200 / 50), (WORK, 36_000 / 30)):
        rows = np.flatnonzero(places.kind == kind)
        assert len(rows) == 1
        assert places.weight[rows[0]] == pytest.approx(floor_m2, rel=0.02)
    assert layout.projection is not None
    x, y = layout.projection.dm(*np.array(grid_point(0.2 + 30 / 55.37, 0.1 + 30 / 111.32)).reshape(2, 1))
    assert abs(places.x_dm[places.kind == HOME] - x) <= 3
    assert abs(places.y_dm[places.kind == HOME] - y) <= 3
    nearest = np.argmin(np.hypot(layout.nodes.x_dm - x, layout.nodes.y_dm - y))
    assert places.node[places.kind == HOME] == nearest


def test_few_buildings_for_the_people_mean_places_along_the_streets(tmp_path: Path) -> None:
    content = _town(*[{"building": "yes"}] * 20)
    for people, sparse, expected in ((1_000, 20, "buildings"), (1_001, 20, "streets"), (100, 201, "streets")):
        knobs = TownKnobs(people=people, places=Places(sparse_below=assume(sparse)))
        layout, _ = read(tmp_path, content, knobs)
        check_layout(layout)
        assert layout.notes["places_from"] == expected


def test_mixed_buildings_follow_the_stated_shares(tmp_path: Path) -> None:
    """2,000 buildings: four standard errors are 0.04, so a share 0.1 off is noticed."""
    layout, _ = read(tmp_path, _town(*[{"building": "yes"}] * 2_000), TownKnobs(people=100))
    found = np.bincount(layout.places.kind, minlength=6) / 2_000
    none_drawn = (1 - 0.65) * (1 - 0.25) * (1 - 0.01) * (1 - 0.15) * (1 - 0.05)
    assert np.abs(found[:5] - [0.65 + none_drawn, 0.25, 0.01, 0.15, 0.05]).max() < 0.04


def test_a_mixed_building_shares_its_floor_among_its_uses(tmp_path: Path) -> None:
    """7,200 square metres among 1 to 5 uses, each rounded down; would notice one use that keeps the whole floor."""
    layout, _ = read(tmp_path, _town(*[{"building": "yes"}] * 200), TownKnobs(people=100))
    held: dict[tuple[int, int], list[tuple[int, int]]] = {(x, y): [] for x, y, _, _ in _housed(layout)}
    for x, y, kind, weight in _rows(layout.places):
        if (x, y) in held:
            held[x, y].append((kind, weight))
    several = [uses for uses in held.values() if len(uses) > 1]
    assert len(several) > 40
    for uses in held.values():
        for kind, weight in uses:
            assert weight == pytest.approx(7_200 / len(uses) / AREA_EACH[kind], rel=0.01, abs=1)


def _housed(layout: Layout) -> set[tuple[int, ...]]:
    """List the places in buildings, but for the kinds that so few buildings may lack."""
    return set(_rows(layout.places.take(np.isin(layout.places.kind, (HOME, WORK, SHOP)))))


def _rows(places: t.Places) -> list[tuple[int, ...]]:
    return list(zip(*(getattr(places, name).tolist() for name in ("x_dm", "y_dm", "kind", "weight")), strict=True))


@pytest.mark.parametrize("first", [False, True])
def test_one_more_building_changes_no_other(first: bool, tmp_path: Path) -> None:
    """Also where it comes first in the file and in the numbers: what a building holds hangs on its own number."""
    content = _town(*[{"building": "yes"}] * 201)
    without = re.sub(rb'<way id="%d".*?</way>' % (1_000 if first else 1_200), b"", content)
    if first:
        content = re.sub(rb'(<way id="10".*\n)((?:.*\n)*)(<way id="1000".*\n)', rb"\3\1\2", content)
        assert content.index(b'<way id="1000"') < content.index(b'<way id="10"')
    before, after = (_housed(read(tmp_path, text, TownKnobs(people=100))[0]) for text in (without, content))
    assert before < after
    assert len(after - before) <= 3


def test_tagged_cameras(tmp_path: Path) -> None:
    tagged = [
        {"man_made": "surveillance"},
        {"man_made": "surveillance", "surveillance:type": "camera", "camera:type": "dome", "direction": "NE"},
        {"man_made": "surveillance", "surveillance": "indoor", "camera:type": "panning", "camera:direction": "90-180"},
        {"man_made": "surveillance", "surveillance:type": "ALPR"},
        {"man_made": "surveillance", "surveillance:type": "guard"},
        {"highway": "speed_camera", "direction": "87"},
        {"highway": "crossing"},
    ]
    points = [(*grid_point(i, 5), tags) for i, tags in enumerate(tagged)]
    layout, cameras = read(tmp_path, osm_xml(CROSS_NODES, CROSS_WAYS, points))
    cameras.check()
    assert cameras.camera_type.tolist() == [0, 2, 3]
    assert cameras.direction_deg.tolist() == [-1, 45, 135]
    assert cameras.indoor.tolist() == [False, False, True]
    assert cameras.vague.tolist() == [True, False, False]
    assert cameras.lon.round(7).tolist() == [grid_point(i, 5)[0] for i in range(3)]
    assert (layout.notes["cameras_tagged"], layout.notes["cameras_left_out"], layout.notes["speed_cameras"]) == (
        3,
        2,
        1,
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(st.lists(st.lists(st.integers(0, 14), max_size=7), min_size=1, max_size=8))
def test_any_ways_against_the_plain_network(tmp_path: Path, refs: list[list[int]]) -> None:
    """Nodes 12 to 14 are missing. Would notice one stretch lost, doubled or misplaced (the shortest is 55 m)."""
    nodes = {i: grid_point(i % 4, i // 4 + (i % 3) / 10) for i in range(12)}
    largest, total = largest_metres(nodes, refs)
    content = osm_xml(nodes, [(i + 1, way, STREET) for i, way in enumerate(refs)])
    if not total:
        with pytest.raises(Problem, match="no walkable street"):
            read(tmp_path, content)
        return
    layout, _ = read(tmp_path, content)
    check_layout(layout)
    assert int(layout.streets.length_dm.sum()) / 10 == pytest.approx(largest, abs=5)
    assert layout.notes["share_left_out"] == pytest.approx(1 - largest / total, abs=0.01)


@pytest.mark.parametrize("name", EVERY)
def test_real_streets(name: str) -> None:
    path = real("streets", f"{name}.osm.pbf")
    layout, cameras = layout_from_extract(path, KNOBS, PLAN)
    check_layout(layout)
    again, _ = layout_from_extract(path, KNOBS, PLAN)
    assert contents(again) == contents(layout)
    notes = layout.notes
    left_out, km = notes["share_left_out"], notes["km"]
    assert isinstance(left_out, float)
    assert isinstance(km, float)
    assert 0 <= left_out < 0.05
    assert 0.85 * KM[name] < km / (1 - left_out) <= KM[name] + 0.5
    assert notes["cameras_tagged"] == len(cameras)
    largest, _ = _plain(path)
    rounded_up = len(layout.streets) / 10
    assert 0.999 * largest <= 1000 * km <= 1.001 * largest + rounded_up


def _plain(path: Path) -> tuple[float, float]:
    nodes = {
        node.id: (node.lon, node.lat)
        for node in osmium.FileProcessor(str(path), osmium.osm.NODE)
        if node.location.valid()
    }
    roads = osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway"))
    return largest_metres(nodes, [[n.ref for n in w.nodes] for w in roads if walkable(dict(w.tags)) is not None])


@pytest.mark.parametrize("name", EVERY)
def test_tagged_cameras_are_those_of_the_file(name: str) -> None:
    path = real("streets", f"{name}.osm.pbf")
    _, cameras = layout_from_extract(path, KNOBS, PLAN)
    tagged = osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(osmium.filter.KeyFilter("man_made"))
    kinds = [dict(node.tags).get("surveillance:type", "camera") for node in tagged]
    assert len(cameras) == kinds.count("camera")


def outcome(folder: Path, content: bytes) -> Layout | Problem:
    try:
        return read(folder, content)[0]
    except Problem as problem:
        return problem


def test_damaged_files_give_a_problem_or_a_town(tmp_path: Path) -> None:
    """Each byte range of a real file is cut or overwritten; the file is stored plain, so that damage goes deep."""
    path = real("streets", "berlin_siegessaeule_2017.osm.pbf")
    plain = tmp_path / "plain.osm.pbf"
    with osmium.SimpleWriter(osmium.io.File(str(plain), "pbf,pbf_compression=none"), overwrite=True) as writer:
        for thing in osmium.FileProcessor(str(path)):
            writer.add(thing)
    whole, towns = plain.read_bytes(), 0
    for i in range(60):
        at = int.from_bytes(noise(f"at {i}", 4), "little") % len(whole)
        damaged = whole[:at] + (noise(f"bytes {i}", 12) + whole[at + 12 :] if i % 3 else b"")
        found = outcome(tmp_path, damaged)
        if isinstance(found, Problem):
            assert found.code == 2
        else:
            check_layout(found)
            towns += 1
    assert 0 < towns < 60


def test_cameras_in_the_list_are_mostly_those_in_the_extract() -> None:
    path = real("streets", "helsinki_kamppi_2019.osm.pbf")
    _, cameras = layout_from_extract(path, KNOBS, PLAN)
    with real("cameras", "helsinki_kamppi_osm_cameras_2025-11.csv").open() as file:
        listed = {(row["lon"], row["lat"]) for row in csv.DictReader(file)}
    tagged = {(f"{x:.6f}", f"{y:.6f}") for x, y in zip(cameras.lon.tolist(), cameras.lat.tolist(), strict=True)}
    assert len(listed & tagged) > 100
