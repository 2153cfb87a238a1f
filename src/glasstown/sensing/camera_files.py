"""Reading a list of cameras: CSV or GeoJSON, places and kinds only, never people."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast, final

import numpy as np

from glasstown import tables as t
from glasstown.core.compass import bearing
from glasstown.core.errors import BAD_FILE, Problem, did_you_mean
from glasstown.core.personal import describes_people, spelled

MOST_ROWS = 2_000_000
MOST_BYTES = 500_000_000
MOST_DEPTH = 16

COLUMNS = ("lon", "lat", "type", "surveillance", "zone", "camera_type", "mount", "direction_deg")
ALSO_CALLED = {
    **dict.fromkeys(("longitude", "lng", "long", "x"), "lon"),
    **dict.fromkeys(("latitude", "y"), "lat"),
    "surveillance_type": "type",
    "surveillance_zone": "zone",
    "camera_mount": "mount",
    **dict.fromkeys(("direction", "camera_direction", "bearing", "heading"), "direction_deg"),
}
CAMERA_TYPES = {"": 0, "fixed": 1, "static": 1, "bullet": 1, "dome": 2, "panning": 3, "ptz": 3}
CAMERAS = frozenset(("", "camera", "node", "cctv", "video", "surveillance", *CAMERA_TYPES))

_ONLY = "glasstown reads places and kinds of cameras from this file, nothing else."


@final
@dataclass(frozen=True)
class CameraFile:
    """A list of cameras as a file gives it.

    Parameters
    ----------
    cameras : ListedCameras
        The cameras, in the order of the file; an entry that repeats an earlier one in everything is left out.
    left_out : int
        Entries that are not cameras watching people: guards, plate readers and the like.
    notes : dict
        Counts for the report: listed, left_out, repeated, vague, indoor, direction_not_said,
        direction_not_understood.
    """

    cameras: t.ListedCameras
    left_out: int
    notes: dict[str, float | str]


def read_cameras(path: Path) -> CameraFile:
    """Read where cameras are said to stand from a CSV or GeoJSON file.

    CSV has a header with `lon` and `lat` (degrees WGS 84) and, in any order and each optional, `type`,
    `surveillance`, `zone`, `camera_type`, `mount`, `direction_deg`; of other columns nothing is kept. GeoJSON has Point
    features with properties of the same names, or OpenStreetMap's (`surveillance:type`, `camera:type`,
    `direction`). A direction is in degrees, a compass point, or a range, whose middle counts; one that is not
    understood, or goes all the way round, is taken as not said.

    Parameters
    ----------
    path : Path
        The file; the content decides which kind it is, not the name.

    Returns
    -------
    CameraFile
        Entries whose `type` is not empty and no kind of camera are left out and counted, and so is what repeats an
        earlier entry in every column, those that are not read included.

    Raises
    ------
    Problem
        Code 74 where there is no readable file. Code 2, with file and line, for columns that describe people,
        missing or impossible coordinates, no camera or more than two million entries, and content that is neither
        kind of file.

    Limits
    ------
    Zone and mount are accepted but change nothing yet. Such lists are mostly drawn up by volunteers: their count
    is a lower bound. Cameras at one place that differ in anything are taken for different ones.
    """
    text = _text(path)
    gathered = _Gathered()
    entries = _features(path, text) if text.lstrip()[:1] in ("{", "[") else _rows(path, text)
    for number, (where, entry, whole) in enumerate(entries):
        if number >= MOST_ROWS:
            raise Problem(
                f"more than {MOST_ROWS:,} entries",
                where=where,
                why="that is more cameras than any city has.",
                todo="cut the list to the town.",
            )
        gathered.take(where, entry, whole)
    return gathered.file(path)


def _text(path: Path) -> str:
    where = str(path)
    if not path.exists():
        raise Problem("there is no such file", where=where, todo="check the path.", code=BAD_FILE)
    if not path.is_file():
        raise Problem("this is not a file", where=where, todo="name the list of cameras itself.", code=BAD_FILE)
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= MOST_BYTES else b""
    except OSError as cause:
        raise Problem(
            f"the file cannot be read ({cause.strerror})", where=where, todo="check who may read it.", code=BAD_FILE
        ) from None
    if size > MOST_BYTES:
        raise Problem(f"the list is {size / 1e6:,.0f} MB", where=where, todo="cut the list to the town.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        line = content.count(b"\n", 0, cause.start) + 1
        raise Problem(
            "this is not text in UTF-8",
            where=f"{where}:{line}",
            why="a list of cameras is a CSV or a GeoJSON file.",
            todo="save it again as UTF-8 text.",
        ) from None
    if "\0" in text:
        raise Problem(
            "this is not a text file", where=where, why="a list of cameras is a CSV or a GeoJSON file.", todo=_ONLY
        )
    if not text.strip():
        raise Problem("the list is empty", where=where, todo="the first line of a CSV names its columns: lon,lat,...")
    return text


def _named(name: str) -> str:
    """Bring a column's name to one spelling, and to our name for it."""
    return ALSO_CALLED.get(spelled(name), spelled(name))


def _refuse_people(where: str, names: Iterable[str]) -> None:
    for name in names:
        if describes_people(name):
            raise Problem(
                f"the column '{_shown(name)}' describes people",
                where=where,
                why="glasstown never reads records of individuals.",
                todo="remove that column; a list of cameras needs lon and lat only.",
            )


def _rows(path: Path, text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    where = f"{path}:1"
    try:
        header = next(reader)
        where = f"{path}:{reader.line_num}"
        _refuse_people(where, header)
        names = [_named(name) for name in header]
        _check_header(where, header, names)
        for row in reader:
            where = f"{path}:{reader.line_num}"
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(names):
                raise Problem(
                    f"{len(row)} values where the header has {len(names)} columns",
                    where=where,
                    why="a line that is cut short or has a stray comma would shift its values.",
                    todo="was the file written completely?",
                )
            yield where, dict(zip(names, row, strict=True)), "\0".join(row)
    except csv.Error as cause:
        raise Problem(
            f"this line is no CSV ({cause})", where=f"{path}:{reader.line_num}", todo="is a quotation mark left open?"
        ) from None


def _delimiter(text: str) -> str:
    first = text.lstrip().partition("\n")[0]
    return max(",;\t", key=first.count)


def _check_header(where: str, header: list[str], names: list[str]) -> None:
    for wanted in ("lon", "lat"):
        if wanted not in names:
            near = [name for name in header if did_you_mean(_named(name), [wanted]).startswith("did")]
            raise Problem(
                f"there is no column '{wanted}'",
                where=where,
                why=f"the columns are: {', '.join(map(_shown, header[:20]))}.",
                todo=f"did you mean '{_shown(near[0])}'? rename it to '{wanted}'."
                if near
                else "the first line names the columns: lon,lat, then optional ones.",
            )
    twice = next((name for name in COLUMNS if names.count(name) > 1), None)
    if twice:
        raise Problem(f"there are two columns for '{twice}'", where=where, why=_ONLY, todo="keep one of them.")


def _features(path: Path, text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    document = _json(path, text)
    if not isinstance(document, dict) or not isinstance(document.get("features"), list):
        raise Problem(
            "this is JSON but no GeoJSON",
            where=str(path),
            why="expected {'type': 'FeatureCollection', 'features': [...]}.",
            todo="export the cameras as GeoJSON points, or as CSV.",
        )
    _refuse_people(str(path), _names_in(cast(dict[str, Any], document), "features", "name", "crs"))
    for number, feature in enumerate(cast(list[Any], document["features"]), start=1):
        where = f"{path}: feature {number:,}"
        parts: dict[str, Any] = cast(dict[str, Any], feature) if isinstance(feature, dict) else {}
        geometry, said = parts.get("geometry"), parts.get("properties") or {}
        if not isinstance(geometry, dict) or cast(dict[str, Any], geometry).get("type") != "Point":
            raise Problem(
                "this is not a point", where=where, why="a camera stands at one point.", todo="keep points only."
            )
        if not isinstance(said, dict):
            raise Problem("its properties are not named values", where=where, todo="write {'name': value, ...}.")
        properties = cast(dict[str, Any], said)
        _refuse_people(where, _names_in(parts, "geometry"))
        point: Any = cast(dict[str, Any], geometry).get("coordinates")
        if not isinstance(point, list) or len(cast(list[Any], point)) < 2:
            raise Problem("the point has no two coordinates", where=where, todo="write [lon, lat].")
        entry = {_named(name): _word(value) for name, value in sorted(properties.items(), key=_plainest_first)}
        whole = json.dumps([parts.get("id"), properties, point], sort_keys=True)
        yield where, {**entry, "lon": _word(point[0]), "lat": _word(point[1])}, whole


def _names_in(value: Any, *aside: str) -> Iterator[str]:
    """List the names of all values in a JSON value, however deep, but for those set aside and what is in them."""
    if isinstance(value, list):
        for inner in cast(list[Any], value):
            yield from _names_in(inner)
    elif isinstance(value, dict):
        for name, inner in cast(dict[str, Any], value).items():
            if name not in aside:
                yield name
                yield from _names_in(inner)


def _json(path: Path, text: str) -> Any:
    depth = deepest = 0
    for mark in re.finditer(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', text, re.DOTALL):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(mark.group(), 0)
        deepest = max(deepest, depth)
    if deepest > MOST_DEPTH:
        raise Problem(
            f"nested {deepest:,} levels deep", where=str(path), why=f"a list of cameras needs at most {MOST_DEPTH}."
        )
    try:
        return json.loads(text, parse_int=float)
    except json.JSONDecodeError as cause:
        raise Problem(
            f"this is no complete JSON ({cause.msg})", where=f"{path}:{cause.lineno}", todo="was the file cut short?"
        ) from None


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text.strip()[:40])


def _plainest_first(item: tuple[str, Any]) -> bool:
    return item[0] != "type"


def _word(value: Any) -> str:
    return "" if value is None else str(value)


@final
@dataclass
class _Gathered:
    rows: list[tuple[float, float, int, int, bool, bool]] = field(
        default_factory=list[tuple[float, float, int, int, bool, bool]]
    )
    left_out: int = 0
    repeated: int = 0
    seen: set[bytes] = field(default_factory=set[bytes])
    direction_not_understood: int = 0
    other_types: dict[str, None] = field(default_factory=dict[str, None])

    def take(self, where: str, entry: dict[str, str], whole: str) -> None:
        """Take an entry, unless it is no camera or its whole text was there before."""
        lon = _coordinate(where, "lon", entry["lon"], 180)
        lat = _coordinate(where, "lat", entry["lat"], 90)
        said = [entry.get(name, "").strip().lower() for name in ("type", "surveillance", "zone", "camera_type")]
        if said[0] not in CAMERAS:
            self.left_out += 1
            self.other_types[said[0]] = None
            return
        seen = hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if seen in self.seen:
            self.repeated += 1
            return
        self.seen.add(seen)
        direction = entry.get("direction_deg", "").strip()
        looks = bearing(direction) if direction else None
        if direction and looks is None:
            self.direction_not_understood += 1
        camera_type = CAMERA_TYPES.get(said[3], 0) or CAMERA_TYPES.get(said[0], 0)
        self.rows.append((lon, lat, camera_type, -1 if looks is None else looks, said[1] == "indoor", not any(said)))

    def file(self, path: Path) -> CameraFile:
        if self.left_out and not self.rows:
            types = ", ".join(f"'{_shown(name)}'" for name in [*self.other_types][:5])
            raise Problem(
                "there is no camera in this list",
                where=str(path),
                why=f"all {self.left_out:,} entries are of the type {types}: it would look as if nobody were seen.",
                todo="write 'camera' as the type of cameras, or leave that column out.",
            )
        columns = zip(*self.rows, strict=True) if self.rows else [()] * 6
        names = (c.name for c in t.ListedCameras.columns())
        cameras = t.ListedCameras.of(**dict(zip(names, columns, strict=True)))
        notes: dict[str, float | str] = {
            "listed": len(cameras),
            "left_out": self.left_out,
            "repeated": self.repeated,
            "vague": int(np.count_nonzero(cameras.vague)),
            "indoor": int(np.count_nonzero(cameras.indoor)),
            "direction_not_said": int(np.count_nonzero(cameras.direction_deg < 0)),
            "direction_not_understood": self.direction_not_understood,
        }
        return CameraFile(cameras, self.left_out, notes)


def _coordinate(where: str, name: str, text: str, most: int) -> float:
    plain = text.strip()
    if not re.fullmatch(r"[+-]?(\d{1,20}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,2})?", plain, re.ASCII):
        comma = plain.replace(",", ".", 1)
        raise Problem(
            f"{name} is '{_shown(text)}', not a number",
            where=where,
            why="without its place a camera cannot stand anywhere.",
            todo="write decimal degrees with a point, such as 24.9354."
            if comma != plain
            else "write decimal degrees, such as 24.9354, or remove the line.",
        )
    value = float(plain)
    if not -most <= value <= most:
        raise Problem(
            f"{name} is {plain[:40]}, off the map",
            where=where,
            why=f"{name} lies between -{most} and {most} degrees (WGS 84).",
            todo="are lon and lat swapped?" if most == 90 and abs(value) <= 180 else "is it in metres, not degrees?",
        )
    return value
