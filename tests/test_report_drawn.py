"""Are the markup, the map, the pictures and the colours of the report right? Known answers and exact properties."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glasstown import tables as t
from glasstown.report.drawing import COLOURS, check, picture
from glasstown.report.map import CLASSES, busyness, classes, outline, town_map
from glasstown.report.markup import Markup, el, join, text
from glasstown.report.page import style
from tests.pages import read
from tests.test_report import html, material

SVG_SPACE = "http://www.w3.org/2000/svg"
Line = list[tuple[int, int]]
POINTS = st.tuples(st.integers(-99, 3000), st.integers(-99, 3000))


# ------------------------------------------------------------------------------------------------ markup and map


def test_strings_are_text_and_markup_is_not_escaped_twice() -> None:
    assert el("p", "<b>", Markup("<i>x</i>"), None, 3) == "<p>&lt;b&gt;<i>x</i>3</p>"
    assert el("td", "x", data_label='"><b>') == '<td data-label="&quot;&gt;&lt;b&gt;">x</td>'
    assert join(f"{Markup('<i>')}") == "&lt;i&gt;"
    assert text("a\x1b[31m\u202eb\ud800") == "a\ufffd[31m\ufffdb\ufffd"


@pytest.mark.parametrize(
    "inside",
    [
        "<script>1</script>",
        '<image href="x.png"/>',
        "<foreignObject/>",
        "<style>@import 'x'</style>",
        '<a href="#x"><path/></a>',
        '<path onclick="1"/>',
        '<path style="fill:red"/>',
        '<path fill="url(http://x.test/y)"/>',
        '<path xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="#x"/>',
    ],
)
def test_a_picture_with_anything_but_shapes_is_refused(inside: str) -> None:
    check(f'<svg xmlns="{SVG_SPACE}"><g clip-path="url(#clip0)"><path d="M0,0"/></g></svg>')
    with pytest.raises(ValueError, match="must not hold"):
        check(f'<svg xmlns="{SVG_SPACE}">{inside}</svg>')


def test_a_figure_with_a_link_is_never_drawn() -> None:
    words: dict[str, Any] = {"text": {"value": "x"}}
    spec: dict[str, Any] = {"data": {"values": [{}]}, "mark": "text", "encoding": words}
    assert "<text" in picture("plain", spec, "A word", "A word.")
    linked = {**spec, "encoding": {**words, "href": {"value": "#elsewhere"}}}
    with pytest.raises(ValueError, match="must not hold <a>"):
        picture("linked", linked, "A word", "A word.")


def followed(path: str) -> list[Line]:
    """Walk a path of relative moves and lines and return the points of each line."""
    lines: list[Line] = []
    x = y = 0
    for part in path.split("m")[1:]:
        numbers = [int(n) for n in re.findall(r"-?\d+", part)]
        lines.append([])
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            lines[-1].append((x, y))
    return lines


@given(st.lists(st.lists(POINTS, min_size=2, max_size=5), min_size=1, max_size=6))
@settings(max_examples=100, deadline=None)
def test_a_street_is_drawn_where_it_is(lines: list[Line]) -> None:
    points = np.array([p for line in lines for p in line], np.int64)
    begins = np.array([i == 0 for line in lines for i in range(len(line))])
    without_repeats = [[p for i, p in enumerate(line) if i == 0 or p != line[i - 1]] for line in lines]
    assert followed(outline(points[:, 0], points[:, 1], begins)) == without_repeats


def test_streets_are_coloured_by_cameras_and_widened_by_walks() -> None:
    seen = classes(np.array([0, 1, 2, 3, 4, 99]))
    assert [CLASSES[i] for i in seen] == ["none", "1", "2 or 3", "2 or 3", "4 or more", "4 or more"]
    widths = busyness(np.concatenate([np.zeros(50, np.int64), np.arange(1, 101)]))
    assert np.bincount(widths).tolist() == [110, 30, 10]
    assert busyness(np.zeros(3, np.int64)).tolist() == [0, 0, 0]


def test_every_segment_and_every_camera_is_on_the_map() -> None:
    m = material()
    segments, devices = m.table("streets", t.Streets), m.table("devices", t.Devices)
    use = m.table("street_use", t.StreetUse)
    drawn = read(town_map(segments, m.table("street_points", t.StreetPoints), devices, use))
    streets = [
        e.attributes["d"] or "" for e in drawn.all("path") if "street" in (e.attributes["class"] or "")
    ]
    assert sum(path.count("m") for path in streets) == len(segments)
    dots = [e.attributes["d"] or "" for e in drawn.all("path") if "dot" in (e.attributes["class"] or "")]
    assert sum(path.count("M") for path in dots) == len(devices) > 0
    wedges = [e.attributes["d"] or "" for e in drawn.all("path") if "wedge" in (e.attributes["class"] or "")]
    assert sum(path.count("M") for path in wedges) == np.count_nonzero(devices.direction_deg >= 0)


def test_north_is_up_and_a_camera_looks_where_it_looks() -> None:
    def one(direction: int) -> str:
        streets = t.Streets.of(segment=[0], node_a=[0], node_b=[1], length_dm=[1000], kind=[0])
        points = t.StreetPoints.of(segment=[0, 0], x_dm=[0, 0], y_dm=[0, 1000])
        columns: dict[str, Any] = {c.name: [0] for c in t.Devices.columns()}
        devices = t.Devices.of(
            **{
                **columns,
                "x_dm": [0],
                "y_dm": [500],
                "direction_deg": [direction],
                "field_deg": [2],
                "range_dm": [400],
                "direction_known": [True],
                "alive": [True],
            }
        )
        use = t.StreetUse.of(segment=[0], walks=[1], n_devices=[1], viewed_dm=[10])
        drawn = read(town_map(streets, points, devices, use))
        return next(
            e.attributes["d"] or "" for e in drawn.all("path") if "wedge" in (e.attributes["class"] or "")
        )

    east = [int(n) for n in re.findall(r"-?\d+", one(90))]
    north = [int(n) for n in re.findall(r"-?\d+", one(0))]
    assert east[2] > 300 > abs(east[3])
    assert north[3] < -300 < -abs(north[2])


def test_a_large_city_stays_small() -> None:
    """60,000 segments of four points, as many as a large city has, in less than 2 MB."""
    n = 60_000
    i = np.arange(n)
    x, y = i % 300 * 500, i // 300 * 500
    points = t.StreetPoints.of(
        segment=np.repeat(i, 4),
        x_dm=(x[:, None] + np.array([0, 170, 330, 500])).ravel(),
        y_dm=(y[:, None] + np.array([0, 13, -11, 7])).ravel(),
    )
    streets = t.Streets.of(segment=i, node_a=i, node_b=i, length_dm=np.full(n, 500), kind=np.zeros(n))
    use = t.StreetUse.of(segment=i, walks=i, n_devices=i % 5, viewed_dm=np.zeros(n))
    assert len(town_map(streets, points, t.Devices.empty(), use)) < 2_000_000


# --------------------------------------------------------------------------------------------------------- style


def palettes() -> list[dict[str, str]]:
    blocks = style().split("color-scheme: dark)")
    light, dark = (dict(re.findall(r"--([\w]+): (#[0-9a-f]{6})", block)) for block in blocks[:2])
    return [light, light | dark]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", palettes(), ids=["light", "dark"])
def test_words_and_marks_can_be_told_from_what_is_behind_them(palette: dict[str, str]) -> None:
    """At least 4.5 to 1 for words and 3 to 1 for bars, dots and streets (WCAG 2.2, 1.4.3 and 1.4.11)."""
    for behind in ("paper", "card"):
        for words in ("ink", "soft", "right", "wrong", "listed"):
            assert contrast(palette[words], palette[behind]) >= 4.5, (words, behind)
    assert contrast(palette["ink"], palette["banner"]) >= 4.5
    for mark in ("plain", "camera", "seen2", "seen3"):
        assert contrast(palette[mark], palette["card"]) >= 3, mark


def test_the_colours_of_the_pictures_are_those_of_the_page() -> None:
    light = palettes()[0]
    assert {word: light[word] for word in COLOURS.values()} == {
        word: colour for colour, word in COLOURS.items()
    }
    assert "var(--right," in html()
