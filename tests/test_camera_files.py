from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glasstown.core.compass import bearing
from glasstown.core.errors import Problem
from glasstown.core.personal import describes_people
from glasstown.sensing import camera_files
from glasstown.sensing.camera_files import CameraFile, read_cameras
from tests.data import real
from tests.odd_files import HEADER, NO_CAMERAS

LISTS = (
    "andorra berlin_siegessaeule helsinki_centre helsinki_kamppi london_holborn manhattan_midtown monaco "
    "porto_alegre tower_hamlets"
).split()


def read(folder: Path, content: str | bytes) -> CameraFile:
    path = folder / "list"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_cameras(path)


@pytest.mark.parametrize("name", NO_CAMERAS)
def test_lists_that_are_refused(name: str, tmp_path: Path) -> None:
    content, words, where = NO_CAMERAS[name]
    with pytest.raises(Problem) as caught:
        read(tmp_path, content)
    assert words in str(caught.value)
    assert where in caught.value.where
    assert caught.value.code == 2
    assert caught.value.todo or caught.value.why


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv", Path("/dev/null")):
        with pytest.raises(Problem) as caught:
            read_cameras(path)
        assert caught.value.code == 74


def test_columns_in_any_order_and_any_spelling(tmp_path: Path) -> None:
    rows = "Direction,Camera Type,note,Latitude,LON,surveillance:type\nNE,Dome,x,60.5,24.25,camera\n,,,60,24,\n"
    for content in (rows, "\ufeff" + rows, rows.replace(",", ";"), rows.replace(",", "\t"), rows.replace("\n", "\r\n")):
        found = read(tmp_path, content)
        found.cameras.check()
        assert found.cameras.lon.tolist() == [24.25, 24.0]
        assert found.cameras.lat.tolist() == [60.5, 60.0]
        assert found.cameras.camera_type.tolist() == [2, 0]
        assert found.cameras.direction_deg.tolist() == [45, -1]
        assert found.cameras.vague.tolist() == [False, True]


def test_what_is_left_out_kept_and_counted(tmp_path: Path) -> None:
    lines = (
        "24.9,60.1,,,,,,",
        "24.9,60.1,,,,,,1",
        "24.9,60.1,,,,,,",
        "24.9,60.1,,,,,,",
        "",
        "24.9,60.1,ALPR,,,,,",
        "24.9,60.1,guard,,,,,",
        "24.9,60.1,camera,indoor,shop,panning,wall,-90",
        "24.9,60.1,camera,public,town,fixed,pole,forward",
    )
    found = read(tmp_path, HEADER + "\n".join(lines))
    assert found.left_out == 2
    assert found.cameras.camera_type.tolist() == [0, 0, 3, 1]
    assert found.cameras.indoor.tolist() == [False, False, True, False]
    assert found.cameras.direction_deg.tolist() == [-1, 1, 270, -1]
    assert found.notes == {
        "listed": 4,
        "left_out": 2,
        "repeated": 2,
        "vague": 2,
        "indoor": 1,
        "direction_not_said": 2,
        "direction_not_understood": 1,
    }


def test_what_differs_in_a_column_that_is_not_read_is_no_repetition(tmp_path: Path) -> None:
    """A city that lists four cameras of one crossing at one point has four cameras."""
    rows = ("N1,24.9,60.1", "N2,24.9,60.1", "N1,24.9,60.1", "N1,24.9,60.2")
    found = read(tmp_path, "pole,lon,lat\n" + "\n".join(rows))
    assert (found.notes["listed"], found.notes["repeated"]) == (3, 1)
    assert found.cameras.lat.tolist() == [60.1, 60.1, 60.2]
    point = {"type": "Point", "coordinates": [24.9, 60.1]}
    features = [{"type": "Feature", "id": number, "geometry": point, "properties": None} for number in (1, 2, 1)]
    found = read(tmp_path, json.dumps({"type": "FeatureCollection", "features": features}))
    assert (found.notes["listed"], found.notes["repeated"]) == (2, 1)


@pytest.mark.parametrize("columns", ["编号,lon,lat,备注", "pole,lon,lat,Pole"])
def test_columns_that_are_not_told_apart_are_compared_all_the_same(tmp_path: Path, columns: str) -> None:
    found = read(tmp_path, f"{columns}\nN1,24.9,60.1,new\nN2,24.9,60.1,new\nN1,24.9,60.1,new\n")
    assert (found.notes["listed"], found.notes["repeated"]) == (2, 1)


def test_a_header_alone_lists_no_camera(tmp_path: Path) -> None:
    assert len(read(tmp_path, HEADER).cameras) == 0


def test_geojson_says_the_same_as_csv(tmp_path: Path) -> None:
    def feature(lon: float, lat: float, **said: object) -> dict[str, object]:
        point = {"type": "Point", "coordinates": [lon, lat, 12.0]}
        return {"type": "Feature", "geometry": point, "properties": said or None}

    features = [
        feature(24.9, 60.1),
        feature(24, 60, **{"surveillance:type": "camera", "type": "node", "@id": "node/1", "direction": 90}),
        feature(24, 60, **{"surveillance:type": "ALPR", "type": "camera"}),
        feature(24, 60, camera_type="fixed", direction_deg="90-180", extra={"deep": [1]}, zone=None),
    ]
    found = read(tmp_path, json.dumps({"type": "FeatureCollection", "features": features}))
    rows = "24.9,60.1,,,,,,\n24,60,camera,,,,,90\n24,60,ALPR,,,,,\n24,60,,,,fixed,,135\n"
    same = read(tmp_path, HEADER + rows)
    for column in found.cameras.columns():
        assert np.array_equal(getattr(found.cameras, column.name), getattr(same.cameras, column.name))
    assert found.notes == same.notes


def test_more_entries_than_any_city_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_files, "MOST_ROWS", 10)
    rows = [f"1,{n}\n" for n in range(11)]
    assert len(read(tmp_path, "lon,lat\n" + "".join(rows[:10])).cameras) == 10
    with pytest.raises(Problem, match="more than 10 entries"):
        read(tmp_path, "lon,lat\n" + "".join(rows))


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("0", 0),
        ("360", 0),
        ("-90", 270),
        ("87.5", 88),
        ("359.6", 0),
        (" ne ", 45),
        ("NNW", 338),
        ("North", 0),
        ("90°", 90),
        ("90-180", 135),
        ("350-10", 0),
        ("NW-NE", 0),
        ("0-360", None),
        ("360-0", None),
        ("180--180", None),
        ("90-90", 90),
        ("-90--30", None),
        ("forward", None),
        ("90;270", None),
        ("4000", None),
        ("٩٠", None),
        ("", None),
    ],
)
def test_directions(text: str, degrees: int | None) -> None:
    assert bearing(text) == degrees


@pytest.mark.parametrize(
    "name",
    "name fullName first_name BIRTHDATE dob phone Telephone plate number_plate face person id_number e-mail".split(),
)
def test_columns_about_people(name: str) -> None:
    assert describes_people(name)


@pytest.mark.parametrize(
    "name",
    "id @id camera_id camera_name street_name address operator zone surveillance:zone license height surface".split(),
)
def test_columns_about_things(name: str) -> None:
    assert not describes_people(name)


@pytest.mark.parametrize("name", LISTS)
def test_real_lists(name: str) -> None:
    path = real("cameras", f"{name}_osm_cameras_2025-11.csv")
    found = read_cameras(path)
    found.cameras.check()
    with path.open() as file:
        rows = [row for row in csv.DictReader(file) if row["type"] in ("", "camera")]
    assert found.cameras.lon.tolist() == [float(row["lon"]) for row in rows]
    assert found.cameras.lat.tolist() == [float(row["lat"]) for row in rows]
    kinds = {"": 0, "fixed": 1, "dome": 2, "panning": 3}
    assert found.cameras.camera_type.tolist() == [kinds[row["camera_type"]] for row in rows]
    assert np.count_nonzero(found.cameras.direction_deg >= 0) == sum(bool(row["direction_deg"]) for row in rows)
    assert found.notes["direction_not_understood"] == 0


def outcome(folder: Path, content: bytes) -> CameraFile | Problem:
    try:
        return read(folder, content)
    except Problem as problem:
        return problem


@settings(max_examples=70, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(st.one_of(st.binary(max_size=80), st.text('lonat,;\n\t"0123456789.-e{}[]:', max_size=80).map(str.encode)))
def test_anything_gives_cameras_or_a_problem(tmp_path: Path, content: bytes) -> None:
    for start in (b"", b"lon,lat\n", b'{"features":['):
        found = outcome(tmp_path, start + content)
        if isinstance(found, Problem):
            assert found.code == 2
            assert found.what.isprintable()
        else:
            found.cameras.check()
