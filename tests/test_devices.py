"""Devices: where they stand, where they look, how surely they are known, and what a list may leave out."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shapely import STRtree
from shapely.geometry import LineString, Point

import glasstown
from glasstown import prepare
from glasstown import tables as t
from glasstown.core.errors import BAD_INPUT, Problem
from glasstown.core.keys import Key
from glasstown.core.projection import Projection
from glasstown.core.quantity import assume
from glasstown.scenario import with_changes
from glasstown.sensing.devices import FARTHEST_DM, generated_devices, listed_devices, mixed_devices
from glasstown.sensing.glance import MOST_DEVICES
from glasstown.sensing.knobs import Cameras
from glasstown.sensing.views import posts
from glasstown.state import Layout, Passes
from tests.budget import agrees
from tests.odd_files import CROSS_NODES, CROSS_WAYS, osm_xml
from tests.plain.routes import grid_layout
from tests.worlds import on_a_cross, town

PLAN, DOUBT = Key.from_seed(51)("plan"), Key.from_seed(51)("doubt")
HELSINKI = Projection(24.94, 60.17)
LISTED = "lon,lat\n"


def cameras(**values: Any) -> Cameras:
    return Cameras(**{name: v if isinstance(v, str) else assume(v) for name, v in values.items()})


@cache
def streets() -> Layout:
    """A grid of 264 streets of three kinds, on the map of Helsinki."""
    layout = grid_layout(12, 12, PLAN)
    kind = PLAN("kind").below(3, layout.streets.segment)
    return replace(layout, streets=replace(layout.streets, kind=kind.astype(np.uint8)), projection=HELSINKI)


def generated(knobs: Cameras, searching: float = 1, doubt: Key = DOUBT, plan: Key = PLAN) -> t.Devices:
    devices = generated_devices(streets(), knobs, assume(searching), plan, doubt)
    devices.check()
    assert devices.device.tolist() == list(range(len(devices)))
    return devices


def differing(one: t.Devices, other: t.Devices) -> set[str]:
    return {c.name for c in t.Devices.columns() if not np.array_equal(getattr(one, c.name), getattr(other, c.name))}


# ---------------------------------------------------------------- generated along the streets
def test_the_number_of_cameras_is_that_of_the_streets() -> None:
    km = streets().streets.length_dm.sum() / 10_000
    for per_km in (0, 0.01, 3, 71.3):
        assert len(generated(cameras(per_km=per_km))) == round(km * per_km)
    assert len(generated(cameras(per_km=50, most=7))) == 7
    assert len(generated(cameras(per_km=50, most=0))) == 0
    nowhere = replace(streets(), streets=t.Streets.empty(), points=t.StreetPoints.empty())
    assert len(generated_devices(nowhere, cameras(per_km=50), assume(1), PLAN, DOUBT)) == 0


def test_cameras_stand_at_the_kerb_and_look_along_their_street() -> None:
    """4 m beside a street and parallel to it, to a degree and the rounding of a decimetre; half look each way."""
    devices = generated(cameras(per_km=40, dome=0.3))
    lines = [
        LineString(
            [(x, y) for x, y in zip(streets().points.x_dm[i : i + 2], streets().points.y_dm[i : i + 2], strict=True)]
        )
        for i in range(0, len(streets().points), 2)
    ]
    tree = STRtree(lines)
    ways: set[int] = set()
    for x, y, direction in zip(devices.x_dm, devices.y_dm, devices.direction_deg, strict=True):
        near = [lines[i] for i in tree.query(Point(x, y).buffer(45), predicate="intersects")]
        assert min(abs(line.distance(Point(x, y)) - 40) for line in near) <= 2
        if direction >= 0:
            bearings = [math.degrees(math.atan2(q[0] - p[0], q[1] - p[1])) for p, q in (line.coords for line in near)]
            assert min(abs((direction - b + 90) % 180 - 90) for b in bearings) <= 1
            ways.add(int(direction) // 90)
    assert ways == {0, 1, 2, 3}


def test_cameras_follow_the_bends_of_their_street() -> None:
    """Three streets of which one turns round twice: 4 m from a stretch and looking along it, even shares of its length.

    The smallest error noticed is two decimetres, and a twentieth of the cameras on the wrong stretch.
    """
    corners = [(0, 0), (3_000, 0), (3_000, 1_000), (500, 1_000)]
    plain = [[(0, 5_000), (10, 5_000)], corners, [(9_000, 0), (9_000, 10)]]
    points = t.StreetPoints.of(
        segment=np.repeat(np.arange(3), [len(line) for line in plain]),
        x_dm=[x for line in plain for x, _ in line],
        y_dm=[y for line in plain for _, y in line],
    )
    few = streets().streets.take(slice(0, 3))
    length = np.array([10, 6_500, 10], few.length_dm.dtype)
    layout = replace(streets(), streets=replace(few, length_dm=length, kind=np.zeros(3, np.uint8)), points=points)
    devices = generated_devices(layout, cameras(per_km=10_000, dome=0), assume(1), PLAN, DOUBT)
    stretches = [LineString(corners[i : i + 2]) for i in range(3)]
    on = np.zeros(3, np.int64)
    for x, y, direction in zip(devices.x_dm, devices.y_dm, devices.direction_deg, strict=True):
        away = [abs(line.distance(Point(x, y)) - 40) for line in stretches]
        nearest = int(np.argmin(away))
        if y > 4_000 or x > 8_000:
            continue
        assert away[nearest] <= 2
        assert direction % 180 == (90, 0, 90)[nearest]
        on[nearest] += 1
    for i, line in enumerate(stretches):
        agrees(on[i], int(on.sum()), line.length / 6_500, notices=0.05)


def test_more_cameras_are_added_and_none_is_moved() -> None:
    few, many = generated(cameras(per_km=5)), generated(cameras(per_km=9))
    assert differing(few, many.take(slice(0, len(few)))) == set()


def test_cameras_prefer_arterials() -> None:
    """Weights 2, 5 and 1 a metre: the smallest error noticed is 2.5 points of a share."""
    devices = generated(cameras(per_km=1_000, range=5, dome=1))
    layout, n = streets(), len(devices)
    # A view of five metres from the kerb reaches the camera's own street, and no other but at crossings.
    seen = posts(devices, layout)
    own = seen.take(np.isin(seen.device, np.flatnonzero(np.bincount(seen.device, minlength=n) == 1)))
    length = np.array([layout.streets.length_dm[layout.streets.kind == kind].sum() for kind in range(3)])
    share = length * (2, 5, 1) / (length * (2, 5, 1)).sum()
    for kind in range(3):
        agrees(np.count_nonzero(layout.streets.kind[own.segment] == kind), len(own), float(share[kind]), notices=0.025)


def test_what_is_not_known_follows_the_doubt_alone() -> None:
    knobs = cameras(per_km=40, dome=0.5, dead=0.3, certainty_generated=0.8)
    first = generated(knobs, 0.5)
    assert differing(first, generated(knobs, 0.5, DOUBT("again"))) == {"alive"}
    moved = differing(first, generated(knobs, 0.5, DOUBT, PLAN("again")))
    assert moved == {"x_dm", "y_dm", "direction_deg", "field_deg", "searching"}


def test_a_knob_takes_away_and_never_renumbers() -> None:
    first = generated(cameras(per_km=40, dead=0.2))
    worse = generated(cameras(per_km=40, dead=0.6))
    assert differing(first, worse) == {"alive"}
    assert not (worse.alive & ~first.alive).any()
    less = generated(cameras(per_km=40), 0.3)
    assert differing(generated(cameras(per_km=40), 0.6), less) == {"searching"}
    assert not (less.searching & ~generated(cameras(per_km=40), 0.6).searching).any()


def test_the_shares_of_generated_cameras_come_out_as_stated() -> None:
    """Smallest error noticed: 1.3 points."""
    devices = generated(cameras(per_km=4_000, dome=0.35, dead=0.25, certainty_generated=0.8, field=77, range=31), 0.4)
    n = len(devices)
    assert n > 90_000
    dome = devices.direction_deg < 0
    agrees(np.count_nonzero(dome), n, 0.35, notices=0.013)
    agrees(np.count_nonzero(devices.alive), n, 0.8 * 0.75, notices=0.013)
    agrees(np.count_nonzero(devices.searching), n, 0.4, notices=0.013)
    agrees(np.count_nonzero(devices.searching & devices.alive & dome), n, 0.4 * 0.6 * 0.35, notices=0.013)
    assert np.array_equal(devices.field_deg, np.where(dome, 360, 77))
    assert np.all(devices.range_dm == 310)
    assert np.all(devices.certainty_percent == 80)
    assert devices.direction_known.all()
    for certain, alive in ((1, True), (0, False)):
        assert np.all(generated(cameras(per_km=40, certainty_generated=certain)).alive == alive)
    assert not generated(cameras(per_km=40, dead=1)).alive.any()


def test_a_well_mixed_town_has_one_device_on_each_segment() -> None:
    devices = mixed_devices(streets(), cameras(working=0.5, certainty_generated=0.1), assume(1), PLAN, DOUBT)
    devices.check()
    assert len(devices) == len(streets().streets)
    assert devices.alive.all()
    assert devices.searching.all()
    assert np.all(devices.direction_deg == -1)


# ---------------------------------------------------------------- from a list
FIXED, DOME, PANNING, NOT_SAID = 1, 2, 3, 0


def listed(n: int, lon: Any = 24.941, lat: Any = 60.171, **columns: Any) -> t.ListedCameras:
    usual = {"lon": lon, "lat": lat, "camera_type": FIXED, "direction_deg": -1, "indoor": False, "vague": False}
    return t.ListedCameras.of(**{name: np.broadcast_to(v, n) for name, v in (usual | columns).items()})


def put_up(given: t.ListedCameras, knobs: Cameras, doubt: Key = DOUBT, **more: Any) -> t.Devices:
    devices = listed_devices(given, streets(), knobs, assume(1), PLAN, doubt, **more)
    devices.check()
    assert devices.device.tolist() == list(range(len(given)))
    return devices


def test_a_camera_is_what_the_list_says() -> None:
    """Type, said direction -> looks (None: drawn), whether that was known."""
    cases = [
        (FIXED, 0, 0, True),
        (FIXED, 359, 359, True),
        (FIXED, -1, None, False),
        (DOME, -1, -1, True),
        (DOME, 90, -1, True),
        (PANNING, 45, -1, True),
        (PANNING, -1, -1, True),
        (NOT_SAID, 200, 200, True),
    ]
    given = listed(len(cases), camera_type=[c[0] for c in cases], direction_deg=[c[1] for c in cases])
    devices = put_up(given, cameras(dome=1, field=60))
    for row, (_, _, looks, known) in enumerate(cases):
        assert looks is None or devices.direction_deg[row] == looks
        assert devices.direction_known[row] == known
        assert devices.field_deg[row] == (360 if devices.direction_deg[row] < 0 else 60)
    assert 0 <= devices.direction_deg[2] < 360
    assert np.all(devices.origin == 1)
    assert np.all(put_up(given, cameras(), tagged=True).origin == 2)
    x, y = HELSINKI.dm(given.lon, given.lat)
    assert (devices.x_dm.tolist(), devices.y_dm.tolist()) == (x.tolist(), y.tolist())


def test_what_a_list_does_not_say_is_drawn_with_the_stated_shares() -> None:
    """Smallest error noticed: 0.9 points."""
    n = 200_000
    devices = put_up(listed(n, camera_type=NOT_SAID), cameras(dome=0.3))
    dome = devices.direction_deg < 0
    agrees(np.count_nonzero(dome), n, 0.3, notices=0.009)
    assert not devices.direction_known.any()
    looks = put_up(listed(n), cameras()).direction_deg
    assert (looks.min(), looks.max()) == (0, 359)
    for quarter in range(4):
        agrees(np.count_nonzero(looks // 90 == quarter), n, 0.25, notices=0.009)
    again = put_up(listed(n), cameras(), DOUBT("again")).direction_deg
    agrees(np.count_nonzero(again == looks), n, 1 / 360, notices=0.001)


def test_certainty_is_that_of_the_list() -> None:
    """A vague entry is less sure, an inside is no street; smallest error noticed: 0.9 points."""
    knobs = cameras(certainty_listed=0.85, certainty_vague=0.4, dead=0.2)
    n = 200_000
    for columns, certainty in (({}, 0.85), ({"vague": True}, 0.4), ({"indoor": True}, 0.0)):
        devices = put_up(listed(n, **columns), knobs)
        assert np.all(devices.certainty_percent == round(100 * certainty))
        agrees(np.count_nonzero(devices.alive), n, certainty * 0.8, notices=0.009)
    assert not put_up(listed(n, indoor=True, vague=True), knobs).alive.any()


def test_a_camera_indoors_sees_no_street_and_one_that_may_be_there_sees_it() -> None:
    """Also where it is dead: who walks by cannot tell."""
    knobs = cameras(certainty_vague=0.01, dead=1, range=60)
    for columns, sees in (({}, True), ({"vague": True}, True), ({"indoor": True}, False)):
        given = listed(3, lon=24.94, lat=60.17, camera_type=DOME, **columns)
        found = posts(put_up(given, knobs), streets())
        assert set(found.device.tolist()) == ({0, 1, 2} if sees else set())
    mixed = listed(4, lon=24.94, lat=60.17, camera_type=DOME, indoor=[True, False, True, False])
    assert set(posts(put_up(mixed, knobs), streets()).device.tolist()) == {1, 3}


def test_doubt_moves_no_camera_and_turns_only_those_of_unknown_direction() -> None:
    given = listed(400, camera_type=np.arange(400) % 4, direction_deg=np.where(np.arange(400) % 3 == 0, 77, -1))
    knobs = cameras(dome=0.5, certainty_listed=0.5)
    one, other = put_up(given, knobs), put_up(given, knobs, DOUBT("again"))
    assert differing(one, other) == {"direction_deg", "field_deg", "alive"}
    turned = one.direction_deg != other.direction_deg
    assert not (turned & one.direction_known).any()


def test_one_row_more_or_less_and_another_order_change_no_other_camera() -> None:
    """A camera is drawn by where it stands: one of 400 that looks elsewhere or exists otherwise would show."""
    n = 400
    away = np.arange(n) // 2 * 1e-5
    given = listed(n, lon=24.94 + away, lat=60.17 + away, camera_type=np.arange(n) % 3, vague=np.arange(n) % 2 == 1)
    knobs = cameras(dome=0.5, certainty_listed=0.5, certainty_vague=0.3, dead=0.3)
    whole = put_up(given, knobs)
    columns = [c.name for c in t.Devices.columns() if c.name != "device"]
    every = np.arange(n)
    for rows in (every[2:], np.delete(every, [200, 201, 250, 251]), every.reshape(-1, 2)[::-1].ravel()):
        some = put_up(given.take(rows), knobs)
        for name in columns:
            assert np.array_equal(getattr(some, name), getattr(whole, name)[rows]), name


def test_an_empty_list_is_no_error() -> None:
    assert len(put_up(listed(0), cameras())) == 0


def test_cameras_far_from_every_street_are_refused() -> None:
    """A kilometre beyond the streets; one camera near enough is enough."""
    edge = (int(streets().nodes.y_dm.max()) + FARTHEST_DM) / 1_113_194.9079
    put_up(listed(1, lat=60.17 + edge * 0.999), cameras())
    put_up(listed(2, lat=[60.17 + edge * 3, 60.17]), cameras())
    for lon, lat in ((24.94, 60.17 + edge * 1.01), (60.17, 24.94), (-73.98, 40.75)):
        with pytest.raises(Problem, match="far from every street") as told:
            put_up(listed(3, lon=lon, lat=lat), cameras())
        assert told.value.code == BAD_INPUT
        assert "all 3 cameras" in told.value.what
        assert "swapped" in told.value.todo


def test_cameras_beyond_the_town_are_left_out_and_counted(tmp_path: Path) -> None:
    """The cross ends at 24.932 east and 60.171 north; 0.01 degrees are 1.11 km. Would notice 20 m, or one camera."""
    east, north, corner = "24.9505,60.17", "24.931,60.1802", "24.945,60.178"
    near, far = ["24.931,60.17", "24.931,60.1798", "24.945,60.172"], [east, north, corner]
    scenario = on_a_cross(tmp_path, LISTED + "\n".join(near + far))
    ground = prepare.survey(scenario)
    assert ground.listed.lat.tolist() == [60.17, 60.1798, 60.172]
    assert (ground.notes["cameras_beyond"], ground.notes["cameras_beyond_km"]) == (3, 1.0)
    assert len(prepare.devices_of(scenario, ground, DOUBT)) == 3
    wide = with_changes(scenario, {"sensing.cameras.range": 1_050})
    assert prepare.survey(wide).notes["cameras_beyond"] == 1, "what a camera may see belongs to the town"
    for files in (near, []):
        assert "cameras_beyond" not in prepare.survey(on_a_cross(tmp_path, LISTED + "\n".join(files))).notes
    with pytest.raises(Problem, match="all 3 cameras are far from every street"):
        prepare.survey(on_a_cross(tmp_path, LISTED + "\n".join(far)))


def test_an_extract_whose_cameras_are_all_far_away_has_invented_ones(tmp_path: Path) -> None:
    """As one without cameras; asked for by name, they are refused."""
    for name, lon, kind in (("far", 24.99, "generated"), ("near", 24.931, "tagged")):
        camera = (lon, 60.17, {"man_made": "surveillance", "surveillance:type": "camera"})
        (tmp_path / f"{name}.osm").write_bytes(osm_xml(CROSS_NODES, CROSS_WAYS, [camera]))
        run = glasstown.run("newtown", people=40, days=1, streets=tmp_path / f"{name}.osm")
        assert run.lived.scenario.sensing.cameras.kind == kind
    with pytest.raises(Problem, match="all 1 cameras are far from every street"):
        glasstown.run("newtown", people=40, days=1, streets=tmp_path / "far.osm", cameras="tagged")


def test_a_list_needs_real_streets() -> None:
    invented = replace(streets(), projection=None)
    with pytest.raises(Problem, match="real streets") as told:
        listed_devices(listed(1), invented, cameras(), assume(1), PLAN, DOUBT)
    assert "--streets" in told.value.todo


# ---------------------------------------------------------------- too many
def test_more_cameras_than_can_be_told_apart_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would notice a limit that is one too high, or that differs from what a pass and a capture hold."""
    last, nothing = np.array([MOST_DEVICES - 1]), np.zeros(1, np.uint32)
    assert Passes.of(np.array([0, 1]), last, nothing, nothing).device.tolist() == last.tolist() == [2**21 - 1]
    assert t.Faces.of(packed=last << 11 | 2047).by_device.upper.tolist() == last.tolist()
    scenario = town(changes={"sensing.cameras.most": 40})
    ground = prepare.survey(scenario)
    for most in (40, 39):
        monkeypatch.setattr(prepare, "MOST_DEVICES", most)
        if most == 40:
            assert len(prepare.devices_of(scenario, ground, DOUBT)) == 40
        else:
            for refused in (lambda: prepare.devices_of(scenario, ground, DOUBT), lambda: prepare.survey(scenario)):
                with pytest.raises(Problem, match="40 cameras would stand here") as caught:
                    refused()
                assert "39 of them apart" in caught.value.why
