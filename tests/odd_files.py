"""A gallery of odd inputs: maps and camera lists that are broken, strange, or hostile."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import quoteattr

LON, LAT = 24.93, 60.17

Tags = Mapping[str, str]


def noise(name: str, size: int) -> bytes:
    """Return bytes that look random and are always the same."""
    return hashlib.shake_128(name.encode()).digest(size)


def grid_point(column: float, row: float) -> tuple[float, float]:
    """Return (lon, lat) of a point on a grid of about 55 by 111 metres."""
    return round(LON + column / 1000, 7), round(LAT + row / 1000, 7)


def osm_xml(
    nodes: Mapping[int, tuple[float, float]],
    ways: Iterable[tuple[int, list[int], Tags]],
    tagged: Iterable[tuple[float, float, Tags]] = (),
) -> bytes:
    """Write a small map as OpenStreetMap XML."""

    def inside(tags: Tags) -> str:
        return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items())

    lines = [f'<node id="{i}" version="1" lat="{lat}" lon="{lon}"/>' for i, (lon, lat) in nodes.items()]
    for number, (lon, lat, tags) in enumerate(tagged):
        lines.append(f'<node id="{900_000 + number}" version="1" lat="{lat}" lon="{lon}">{inside(tags)}</node>')
    for i, refs, tags in ways:
        body = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        lines.append(f'<way id="{i}" version="1">{body}{inside(tags)}</way>')
    return ('<?xml version="1.0"?><osm version="0.6">' + "\n".join(lines) + "</osm>").encode()


STREET: Tags = {"highway": "residential"}
CROSS_NODES = {
    1: grid_point(0, 0),
    2: grid_point(1, 0),
    3: grid_point(2, 0),
    4: grid_point(1, 1),
    5: grid_point(1, -1),
}
CROSS_WAYS = [(10, [1, 2, 3], STREET), (11, [4, 2, 5], STREET)]
CROSS = osm_xml(CROSS_NODES, CROSS_WAYS)


def with_ways(*ways: tuple[int, list[int], Tags], **more: tuple[float, float]) -> bytes:
    """Add ways (and nodes `n6=(column, row)`) to the cross."""
    extra = {int(name[1:]): grid_point(*point) for name, point in more.items()}
    return osm_xml({**CROSS_NODES, **extra}, [*CROSS_WAYS, *ways])


def _far(node: int) -> tuple[float, float]:
    return round(-70.0 + node / 1000, 7), -30.0


# Strange maps that nevertheless hold a town: each with the number of nodes and segments it must give.
ODD_MAPS: dict[str, tuple[bytes, int, int]] = {
    "cross": (CROSS, 5, 4),
    "byte order mark": (b"\xef\xbb\xbf" + CROSS, 5, 4),
    "way with one node": (with_ways((12, [1], STREET)), 5, 4),
    "way without nodes": (with_ways((12, [], STREET)), 5, 4),
    "missing end": (with_ways((12, [3, 777], STREET)), 5, 4),
    "missing middle": (with_ways((12, [3, 777, 4], STREET)), 5, 4),
    "node twice in a row": (with_ways((12, [3, 3, 6, 6], STREET), n6=(3, 0)), 6, 5),
    "there and back": (with_ways((12, [3, 6, 3], STREET), n6=(3, 0)), 6, 5),
    "the same street twice": (with_ways((12, [1, 2, 3], STREET), (13, [3, 2], STREET)), 5, 4),
    "stub of no length": (with_ways((12, [3, 6], STREET), n6=(2, 0)), 6, 5),
    "loop at a corner": (with_ways((12, [3, 6, 7, 3], STREET), n6=(3, 1), n7=(3, 0)), 7, 7),
    "loop that passes itself": (with_ways((12, [3, 6, 7, 8, 6], STREET), n6=(3, 0), n7=(4, 0), n8=(4, 1)), 8, 8),
    "two ways between two corners": (
        with_ways((12, [1, 6, 2], STREET), (13, [1, 7, 2], STREET), n6=(0.5, 0.2), n7=(0.5, -0.2)),
        7,
        8,
    ),
    "two parts": (with_ways((12, [6, 7], STREET), n6=(9, 9), n7=(9.5, 9)), 5, 4),
    "private drive": (with_ways((12, [3, 6], {**STREET, "access": "private"}), n6=(3, 0)), 5, 4),
    "private drive with a right of way": (
        with_ways((12, [3, 6], {**STREET, "access": "private", "foot": "yes"}), n6=(3, 0)),
        6,
        5,
    ),
    "motorway": (with_ways((12, [3, 6], {"highway": "motorway"}), n6=(3, 0)), 5, 4),
    "unheard-of highway": (with_ways((12, [3, 6], {"highway": "\u202eabc"}), n6=(3, 0)), 5, 4),
    "negative numbers": (
        osm_xml(
            {-i: p for i, p in CROSS_NODES.items()}, [(-w, [-r for r in refs], tags) for w, refs, tags in CROSS_WAYS]
        ),
        5,
        4,
    ),
    "a node twice": (CROSS.replace(b"</osm>", b"") + b'<node id="1" version="2" lat="0" lon="0"/></osm>', 5, 4),
    "a street to another continent": (
        osm_xml({**CROSS_NODES, 6: _far(6), 7: _far(7)}, [*CROSS_WAYS, (12, [3, 6, 7], STREET)]),
        5,
        4,
    ),
    "building with two corners": (with_ways((20, [1, 2, 1], {"building": "yes"})), 5, 4),
    "building that is open": (with_ways((20, [1, 2, 4, 5], {"building": "yes"})), 5, 4),
    "building with a missing corner": (with_ways((20, [1, 2, 777, 1], {"building": "yes"})), 5, 4),
    "building of no area": (with_ways((20, [1, 2, 3, 1], {"building": "yes"})), 5, 4),
    "building as large as a country": (
        osm_xml(
            {**CROSS_NODES, 6: _far(6), 7: (100.0, 80.0), 8: (-100.0, 80.0)},
            [*CROSS_WAYS, (20, [6, 7, 8, 6], {"building": "yes", "building:levels": "99999999999"})],
        ),
        5,
        4,
    ),
}


def _varint(value: int) -> bytes:
    low = b""
    while value > 127:
        low += bytes([value & 127 | 128])
        value >>= 7
    return low + bytes([value])


def _blob(kind: bytes, content: bytes, claimed: int | None = None) -> bytes:
    packed = zlib.compress(content)
    size = len(content) if claimed is None else claimed
    body = b"\x10" + _varint(size) + b"\x1a" + _varint(len(packed)) + packed
    header = b"\x0a" + _varint(len(kind)) + kind + b"\x18" + _varint(len(body))
    return struct.pack(">I", len(header)) + header + body


_PBF_HEADER = _blob(b"OSMHeader", b"\x22\x0eOsmSchema-V0.6\x22\x0aDenseNodes")
_LAUGHS = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))

# Content that is no map; each must give a problem, never a traceback.
NO_MAPS: dict[str, bytes] = {
    "empty": b"",
    "one byte": b"\0",
    "blanks": b"  \n \n",
    "random": noise("map", 5_000),
    "words": b"lon,lat\n24.9,60.2\n",
    "a web page": b"<!DOCTYPE html><html><body>404</body></html>",
    "other xml": b'<?xml version="1.0"?><gpx version="1.1"></gpx>',
    "cut off": CROSS[: len(CROSS) // 2],
    "entities that swell": (
        f'<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a0 "ha">{_LAUGHS}]><osm version="0.6">&a11;</osm>'
    ).encode(),
    "coordinates that are words": CROSS.replace(b'lat="60.17"', b'lat="north"'),
    "coordinates off the map": CROSS.replace(b'lat="60.1', b'lat="160.1'),
    "no streets": osm_xml(CROSS_NODES, []),
    "streets without any node": osm_xml({}, CROSS_WAYS),
    "only motorways": osm_xml(CROSS_NODES, [(10, [1, 2, 3], {"highway": "motorway"})]),
    "streets of one node": osm_xml(CROSS_NODES, [(10, [1], STREET), (11, [2, 2], STREET)]),
    "binary header alone": _PBF_HEADER,
    "header of four gigabytes": b"\xff\xff\xff\xff" + noise("header", 100),
    "block that lies about its size": _PBF_HEADER + _blob(b"OSMData", b"\x0a\x02\x0a\x00", claimed=1 << 31),
    "block of noise": _PBF_HEADER + _blob(b"OSMData", noise("block", 300)),
    "blocks that swell": _PBF_HEADER + _blob(b"OSMData", b"", claimed=32_000_000) * 200,
}

HEADER = "lon,lat,type,surveillance,zone,camera_type,mount,direction_deg\n"

# Camera lists that must be refused, with words of the message and where it points.
NO_CAMERAS: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "empty", "list"),
    "blanks": (b"\n \n", "empty", "list"),
    "random": (b"\xff" + noise("cameras", 2_000), "UTF-8", "list:1"),
    "zeros": (b"lon,lat\n\0\0\0\0", "not a text file", "list"),
    "another coding": ("lon,lat\n1,2\n".encode("utf-16"), "UTF-8", "list:1"),
    "no lat": (b"lon,height\n1,2\n", "no column 'lat'", "list:1"),
    "nearly lat": (b"lon,latt\n1,2\n", "did you mean 'latt'", "list:1"),
    "no header": (b"24.9,60.1\n24.8,60.2\n", "no column 'lon'", "list:1"),
    "two lons": (b"lon,lat,longitude\n1,2,1\n", "two columns for 'lon'", "list:1"),
    "words for numbers": (b"lon,lat\n24.9,60.1\neast,60.1\n", "'east', not a number", "list:3"),
    "comma for point": (b'lon;lat\n"24,9";"60,1"\n', "with a point", "list:2"),
    "not a number": (b"lon,lat\nnan,60.1\n", "not a number", "list:2"),
    "infinite": (b"lon,lat\n1e999,60.1\n", "not a number", "list:2"),
    "nothing": (b"lon,lat\n,60.1\n", "not a number", "list:2"),
    "lon off the map": (b"lon,lat\n181,60.1\n", "off the map", "list:2"),
    "lat off the map": (b"lon,lat\n60.1,-90.01\n", "swapped", "list:2"),
    "metres": (b"lon,lat\n385000,6672000\n", "metres", "list:2"),
    "cut short": ((HEADER + "24.9,60.1,,,,,,\n24.9,6").encode(), "2 values where the header has 8", "list:3"),
    "open quotation": (b'lon,lat\n"24.9,60.1\n', "no CSV", "list:"),
    "people by name": (b"lon,lat,Name\n1,2,x\n", "'Name' describes people", "list:1"),
    "no camera": (b"lon,lat,type\n24.9,60.1,guard\n24.9,60.2,ALPR\n", "all 2 entries are of the type 'guard'", "list"),
    "people by phone's number": (b"device_mac,lat,lon\nx,1,2\n", "'device_mac' describes people", "list:1"),
    "people by account": (b"user_id,lat,lon\nx,1,2\n", "'user_id' describes people", "list:1"),
    "people by home": (b"lat,lon,home_address\n1,2,x\n", "'home_address' describes people", "list:1"),
    "people in another script": ("lat,lon,\u59d3\u540d\n1,2,x\n".encode(), "describes people", "list:1"),
    "people nested": (
        b'{"features": [{"geometry": {"type": "Point", "coordinates": [1, 2]}, "properties": {"seen": {"imsi": 1}}}]}',
        "'imsi' describes people", "list: feature 1",
    ),
    "people beside": (
        b'{"people": [], "features": [{"geometry": {"type": "Point", "coordinates": [1, 2]}, "properties": {}}]}',
        "'people' describes people", "list",
    ),
    "people by birth": (b"lon,lat,dateOfBirth\n1,2,x\n", "describes people", "list:1"),
    "people by phone": (b"lon,lat,phone_number\n1,2,x\n", "describes people", "list:1"),
    "people by plate": (b"lon,lat,licence plate\n1,2,x\n", "describes people", "list:1"),
    "people by face": (b"lon,lat,face_template\n1,2,x\n", "never reads records of individuals", "list:1"),
    "people by number": (b"lon,lat,national_id\n1,2,x\n", "describes people", "list:1"),
    "json, cut short": (b'{"type":"FeatureCollection","features":[{"ty', "no complete JSON", "list:1"),
    "json, but no map": (b'{"cameras": []}', "no GeoJSON", "list"),
    "json, a list": (b"[1, 2]", "no GeoJSON", "list"),
    "json, too deep": (b"[" * 200_000, "200,000 levels deep", "list"),
    "json, open quotations": (b"{" + b'"\\' * 200_000, "no complete JSON", "list:1"),
    "json, a line": (
        b'{"features":[{"geometry":{"type":"LineString","coordinates":[[1,2],[2,3]]}}]}',
        "not a point",
        "feature 1",
    ),
    "json, no feature": (b'{"features":[7]}', "not a point", "feature 1"),
    "json, half a point": (b'{"features":[{"geometry":{"type":"Point","coordinates":[1]}}]}', "no two", "feature 1"),
    "json, a word": (b'{"features":[{"geometry":{"type":"Point","coordinates":["a",2]}}]}', "number", "feature 1"),
    "json, a long number": (
        b'{"features":[{"geometry":{"type":"Point","coordinates":[' + b"9" * 6_000 + b",2]}}]}",
        "not a number",
        "feature 1",
    ),
    "json, people": (
        b'{"features":[{"geometry":{"type":"Point","coordinates":[1,2]},"properties":{"person":"x"}}]}',
        "describes people",
        "feature 1",
    ),
}
