"""Reading an OpenStreetMap extract: walkable streets, buildings, and the cameras that mappers tagged."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import I32, I64, U8
from glasstown.core.compass import bearing
from glasstown.core.errors import BAD_FILE, BAD_INPUT, Problem
from glasstown.town.network import ARTERIAL, PATH, STREET
from glasstown.town.pbf import overblown

MOST_BYTES = 500_000_000
MOST_NODES = 20_000_000
MOST_REFS = 60_000_000

HIGHWAYS = {
    **dict.fromkeys(("residential", "living_street", "unclassified", "service", "road", "track"), STREET),
    **dict.fromkeys(("trunk", "primary", "secondary", "tertiary"), ARTERIAL),
    **dict.fromkeys(("trunk_link", "primary_link", "secondary_link", "tertiary_link"), ARTERIAL),
    **dict.fromkeys(("footway", "path", "steps", "pedestrian", "cycleway", "bridleway", "trail"), PATH),
    **dict.fromkeys(("corridor", "hallway", "platform", "crossing", "elevator"), PATH),
}
CLOSED_TO_FEET = frozenset({"no", "private"})
OPEN_TO_FEET = frozenset({"yes", "designated", "permissive", "official", "destination", "public"})
CAMERA_TYPES = {"fixed": 1, "static": 1, "dome": 2, "panning": 3}

_UNIT = 1e-7
_HOW = "osmium cuts a readable piece: osmium extract --bbox WEST,SOUTH,EAST,NORTH whole.osm.pbf -o piece.osm.pbf"


@final
@dataclass(frozen=True)
class Ways:
    """Lines of an extract as references to nodes.

    Parameters
    ----------
    way : array of int64, shape (ways,)
        OpenStreetMap's number of each.
    code : array of uint8, shape (ways,)
        Street kind for streets; building levels (0 not said) for buildings.
    tag : list of str
        The `building=` value; empty for streets.
    first : array of int64, shape (ways + 1,)
        Where each way's references begin.
    ref : array of int64
        Node numbers, way after way.
    """

    way: I64
    code: U8
    tag: list[str]
    first: I64
    ref: I64


@final
@dataclass(frozen=True)
class Extract:
    """What an extract holds that the town can use.

    Parameters
    ----------
    node : array of int64, shape (nodes,)
        Node numbers, ascending, each once.
    lon, lat : arrays of int32, shape (nodes,)
        Their place in units of 1e-7 degrees.
    streets, buildings : Ways
        Walkable ways, and building outlines.
    cameras : ListedCameras
        Tagged surveillance cameras.
    notes : dict
        What was counted and left out.
    """

    node: I64
    lon: I32
    lat: I32
    streets: Ways
    buildings: Ways
    cameras: t.ListedCameras
    notes: dict[str, float | str]


def read_extract(path: Path) -> Extract:
    """Read streets, buildings and tagged cameras from an OpenStreetMap file.

    Parameters
    ----------
    path : Path
        A `.osm.pbf` or `.osm` file; the content decides which it is, not the name.

    Returns
    -------
    Extract
        Raw: nothing is projected, joined or dropped for missing nodes yet.

    Raises
    ------
    Problem
        Code 74 where there is no readable file; code 2 where its content is no map or too large a one.

    Limits
    ------
    Relations are not read: buildings with courtyards and squares mapped as multipolygons are missing. Of several
    versions of a node the first counts.
    """
    from osmium import InvalidLocationError

    kind = _format(path)
    try:
        lines = _Lines(path)
        for way in _objects(path, kind, "way"):
            lines.take(way)
        points = _Points(path)
        for node in _objects(path, kind, "node"):
            points.take(node)
        tagged = _Tagged()
        for node in _objects(path, kind, "tagged"):
            tagged.take(node)
    except (InvalidLocationError, RuntimeError, ValueError, OSError, MemoryError) as cause:
        raise _no_map(path, "".join(c if c.isprintable() else " " for c in str(cause)).strip()[:200]) from None
    node, lon, lat = points.sorted()
    notes: dict[str, float | str] = {
        "ways_not_walkable": lines.not_walkable,
        "cameras_tagged": len(tagged.rows),
        "cameras_left_out": tagged.left_out,
        "speed_cameras": tagged.speed,
    }
    return Extract(node, lon, lat, lines.streets.ways(), lines.buildings.ways(), tagged.cameras(), notes)


def _format(path: Path) -> str:
    where = str(path)
    if not path.exists():
        raise Problem("there is no such file", where=where, todo="check the path.", code=BAD_FILE)
    if not path.is_file():
        raise Problem("this is not a file", where=where, todo="name the .osm.pbf file itself.", code=BAD_FILE)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as cause:
        raise Problem(
            f"the file cannot be read ({cause.strerror})", where=where, todo="check who may read it.", code=BAD_FILE
        ) from None
    if not size:
        raise _no_map(path, "it is empty")
    if size > MOST_BYTES:
        raise Problem(
            f"the extract is {size / 1e6:,.0f} MB",
            where=where,
            why=f"a town is read from at most {MOST_BYTES / 1e6:,.0f} MB.",
            todo=_HOW,
        )
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return "osm"
    if overblown(path):
        raise _too_much(path, "4 GB when unpacked")
    return "pbf"


def _no_map(path: Path, cause: str) -> Problem:
    return Problem(
        f"this is not a readable map ({cause or 'no reason given'})",
        where=str(path),
        why="streets come from an OpenStreetMap extract: .osm.pbf, or .osm (XML).",
        todo="was the download complete? is it really such a file?",
        code=BAD_INPUT,
    )


def _too_much(path: Path, what: str) -> Problem:
    return Problem(f"the extract holds more than {what}", where=str(path), why="that is no town.", todo=_HOW)


def _objects(path: Path, kind: str, what: str) -> Iterator[Any]:
    import osmium
    import osmium.filter
    import osmium.io
    import osmium.osm

    entities: Any = osmium.osm.WAY if what == "way" else osmium.osm.NODE
    found = osmium.FileProcessor(osmium.io.File(str(path.resolve()), kind), entities)
    if what == "way":
        found = found.with_filter(osmium.filter.KeyFilter("highway", "building"))
    elif what == "tagged":
        found = found.with_filter(osmium.filter.TagFilter(("man_made", "surveillance"), ("highway", "speed_camera")))
    return iter(found)


@final
@dataclass
class _Gathered:
    way: array[int] = field(default_factory=lambda: array("q"))
    code: array[int] = field(default_factory=lambda: array("B"))
    tag: list[str] = field(default_factory=list[str])
    first: array[int] = field(default_factory=lambda: array("q", [0]))
    ref: array[int] = field(default_factory=lambda: array("q"))

    def add(self, way: int, code: int, refs: list[int]) -> None:
        self.way.append(way)
        self.code.append(code)
        self.ref.extend(refs)
        self.first.append(len(self.ref))

    def ways(self) -> Ways:
        way, first, ref = (np.array(a, np.int64) for a in (self.way, self.first, self.ref))
        return Ways(way, np.array(self.code, np.uint8), self.tag, first, ref)


@final
@dataclass
class _Lines:
    path: Path
    streets: _Gathered = field(default_factory=_Gathered)
    buildings: _Gathered = field(default_factory=_Gathered)
    not_walkable: int = 0

    def take(self, way: Any) -> None:
        if not way.visible:
            return
        tags: dict[str, str] = dict(way.tags)
        if "highway" in tags:
            kind = walkable(tags)
            if kind is None:
                self.not_walkable += 1
            else:
                self.streets.add(way.id, kind, [n.ref for n in way.nodes])
        elif tags["building"] != "no":
            self.buildings.add(way.id, _levels(tags.get("building:levels", "")), [n.ref for n in way.nodes])
            self.buildings.tag.append(tags["building"])
        if len(self.streets.ref) + len(self.buildings.ref) > MOST_REFS:
            raise _too_much(self.path, f"{MOST_REFS:,} points of streets and buildings")


def walkable(tags: dict[str, str]) -> int | None:
    """Say which kind of street a way is for people on foot, None where they may not or cannot walk.

    Walkable is every `highway` in `HIGHWAYS` (streets, links, tracks, footways, cycleways, steps, squares,
    corridors), unless `foot=no` or `private`, or `access=no` or `private` without an explicit permission for people
    on foot, or `motorroad=yes`. Motorways and their links, raceways, construction, proposed and abandoned
    ways, and values not in the list are not.
    """
    kind = HIGHWAYS.get(tags["highway"])
    foot = tags.get("foot", "")
    if kind is None or foot in CLOSED_TO_FEET or tags.get("motorroad") == "yes":
        return None
    if tags.get("access") in CLOSED_TO_FEET and foot not in OPEN_TO_FEET:
        return None
    return kind


def _levels(text: str) -> int:
    digits = text.strip().partition(".")[0][:4]
    return min(int(digits), 120) if digits.isascii() and digits.isdigit() else 0


@final
@dataclass
class _Points:
    path: Path
    node: array[int] = field(default_factory=lambda: array("q"))
    lon: array[int] = field(default_factory=lambda: array("i"))
    lat: array[int] = field(default_factory=lambda: array("i"))

    def take(self, node: Any) -> None:
        if not node.visible:
            return
        place = node.location
        self.node.append(node.id)
        self.lon.append(place.x)
        self.lat.append(place.y)
        if len(self.node) > MOST_NODES:
            raise _too_much(self.path, f"{MOST_NODES:,} nodes")

    def sorted(self) -> tuple[I64, I32, I32]:
        lon, lat = np.array(self.lon, np.int32), np.array(self.lat, np.int32)
        there = np.flatnonzero(_on_earth(lon, 180) & _on_earth(lat, 90))
        node, first = np.unique(np.array(self.node, np.int64)[there], return_index=True)
        return node, lon[there[first]], lat[there[first]]


def _on_earth(degrees: I32, most: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.abs(degrees.astype(np.int64)) <= most * 10_000_000


@final
@dataclass
class _Tagged:
    rows: list[tuple[float, float, int, int, bool, bool]] = field(
        default_factory=list[tuple[float, float, int, int, bool, bool]]
    )
    left_out: int = 0
    speed: int = 0

    def take(self, node: Any) -> None:
        if not node.visible:
            return
        tags: dict[str, str] = dict(node.tags)
        if tags.get("man_made") != "surveillance":
            self.speed += 1
            return
        lon, lat = node.location.x, node.location.y
        on_earth = abs(lon) <= 180 * 10_000_000 and abs(lat) <= 90 * 10_000_000
        if tags.get("surveillance:type", "camera") != "camera" or not on_earth:
            self.left_out += 1
            return
        looks = bearing(tags.get("camera:direction") or tags.get("direction") or "")
        said = ("surveillance", "surveillance:type", "surveillance:zone", "camera:type")
        self.rows.append(
            (
                lon * _UNIT,
                lat * _UNIT,
                CAMERA_TYPES.get(tags.get("camera:type", ""), 0),
                -1 if looks is None else looks,
                tags.get("surveillance") == "indoor",
                not any(tags.get(name) for name in said),
            )
        )

    def cameras(self) -> t.ListedCameras:
        columns = zip(*self.rows, strict=True) if self.rows else [()] * 6
        names = (c.name for c in t.ListedCameras.columns())
        return t.ListedCameras.of(**dict(zip(names, columns, strict=True)))
