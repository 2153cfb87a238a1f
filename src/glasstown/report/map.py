"""The town from above: streets by how many cameras see them, cameras by where they look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from glasstown import tables as t
from glasstown.core.columns import I64, U8
from glasstown.report.markup import Markup, el, join
from glasstown.report.words import few, plural, whole

SIZE = 2400
MARGIN = 48
THINNEST, THICKEST = 1.6, 4.0
CLASSES = ("none", "1", "2 or 3", "4 or more")
AT_LEAST = (1, 2, 4)
BUSY_SHARES = (0.6, 0.9)
_NICE = (1, 2, 5)


@final
@dataclass(frozen=True)
class Frame:
    """Where decimetres land on the map: whole units, north up, at most `SIZE` a side.

    Parameters
    ----------
    left, top : int
        West and north edge in decimetres.
    dm : float
        Decimetres to one unit.
    width, height : int
        Size in units.
    """

    left: int
    top: int
    dm: float
    width: int
    height: int

    def place(self, x_dm: NDArray[Any], y_dm: NDArray[Any]) -> tuple[I64, I64]:
        """Turn decimetres into units."""
        x = np.rint((x_dm.astype(np.int64) - self.left) / self.dm).astype(np.int64) + MARGIN
        y = np.rint((self.top - y_dm.astype(np.int64)) / self.dm).astype(np.int64) + MARGIN
        return x, y


def frame(x_dm: NDArray[Any], y_dm: NDArray[Any]) -> Frame:
    """Fit points (at least one) into a map."""
    left, right = int(x_dm.min()), int(x_dm.max())
    bottom, top = int(y_dm.min()), int(y_dm.max())
    dm = max(right - left, top - bottom, 1) / (SIZE - 2 * MARGIN)
    width, height = (round(side / dm) + 2 * MARGIN for side in (right - left, top - bottom))
    return Frame(left, top, dm, width, height)


def classes(n_devices: NDArray[Any]) -> U8:
    """Put each street into a class of `CLASSES` by how many cameras see a part of it."""
    return np.searchsorted(AT_LEAST, n_devices, side="right").astype(np.uint8)


def busyness(walks: NDArray[Any]) -> U8:
    """Put each street into one of three widths: little walked, the busier two fifths, the busiest tenth."""
    walked = walks[walks > 0]
    if not len(walked):
        return np.zeros(len(walks), np.uint8)
    steps = np.quantile(walked, BUSY_SHARES)
    return ((walks > steps[0]).astype(np.uint8) + (walks > steps[1])).astype(np.uint8)


def outline(x: I64, y: I64, begins: NDArray[np.bool_]) -> str:
    """Write polylines as one path of whole numbers, each relative to the one before.

    Parameters
    ----------
    x, y : arrays of int64, shape (points,)
        Points of all lines, in order.
    begins : array of bool, shape (points,)
        Where a new line begins.

    Returns
    -------
    str
        Points that fall onto the one before are left out unless a line begins there.
    """
    if not len(x):
        return ""
    keep = begins.copy()
    keep[1:] |= (np.diff(x) != 0) | (np.diff(y) != 0)
    x, y, starts = x[keep], y[keep], begins[keep].tolist()
    dx = np.diff(x, prepend=0).tolist()
    dy = np.diff(y, prepend=0).tolist()
    return "".join(
        f"{'m' if start else ('' if a < 0 else ' ')}{a}{'' if b < 0 else ' '}{b}"
        for start, a, b in zip(starts, dx, dy, strict=True)
    )


def town_map(streets: t.Streets, points: t.StreetPoints, devices: t.Devices, use: t.StreetUse) -> Markup:
    """Draw the town.

    Parameters
    ----------
    streets, points : Streets, StreetPoints
        Segments and their shapes.
    devices : Devices
        Cameras of the run.
    use : StreetUse
        How often each segment was walked and how many cameras see it.

    Returns
    -------
    Markup
        One figure: picture, scale bar, legend and what it shows; "" where there are no streets.
    """
    if not len(streets):
        return Markup("")
    at = frame(points.x_dm, points.y_dm)
    seen, busy = classes(use.n_devices), busyness(use.walks)
    x, y = at.place(points.x_dm, points.y_dm)
    begins = np.ones(len(points), np.bool_)
    begins[1:] = points.segment[1:] != points.segment[:-1]
    lines: list[Markup] = []
    for level in range(len(CLASSES)):
        for width in range(3):
            rows = ((seen == level) & (busy == width))[points.segment]
            path = outline(x[rows], y[rows], begins[rows])
            if path:
                lines.append(el("path", d=path, class_=f"street seen{level} busy{width}"))
    summary = described(streets, devices, use)
    svg = el(
        "svg",
        el("title", "Map of the town", id="map-title"),
        el("desc", summary, id="map-desc"),
        el("g", lines, class_="streets"),
        el("g", _cameras(devices, at), class_="cameras"),
        viewBox=f"0 0 {at.width} {at.height}",
        style=f"--thick:{thickness(streets, at)}px",
        role="img",
        aria_labelledby="map-title map-desc",
        xmlns="http://www.w3.org/2000/svg",
    )
    shape = f"aspect-ratio:{at.width}/{at.height};--shape:{at.width / at.height:.4f}"
    drawn = el("div", svg, el("div", _scale(at), class_="scalebar"), class_="map", style=shape)
    return join(drawn, _legend(devices))


def thickness(streets: t.Streets, at: Frame) -> float:
    """Choose how thick a street is drawn, in units, so that dense networks stay open.

    A ninth of the mean distance between streets, which is the map's area over the length of the streets.
    """
    length = max(int(streets.length_dm.astype(np.int64).sum()) / at.dm, 1.0)
    return round(min(max(at.width * at.height / length / 9, THINNEST), THICKEST), 2)


def described(streets: t.Streets, devices: t.Devices, use: t.StreetUse) -> str:
    """Say in words how much of the town is in view."""
    length = int(streets.length_dm.astype(np.int64).sum())
    viewed = int(use.viewed_dm.astype(np.int64).sum())
    seen = int(np.count_nonzero(use.n_devices))
    if not len(devices):
        return f"{few(length / 10_000)} km of streets; no camera stands here."
    cameras = f"{whole(len(devices))} {plural(len(devices), 'camera', 'cameras')}"
    return (
        f"{few(length / 10_000)} km of streets and {cameras}. "
        f"{whole(seen)} of {whole(len(streets))} street segments are seen by at least one camera, "
        f"and {few(100 * viewed / max(length, 1), 2)} of every 100 m of street lie in view of one."
    )


def _cameras(devices: t.Devices, at: Frame) -> list[Markup]:
    """Draw dots, and a wedge where a camera looks in one direction."""
    if not len(devices):
        return []
    x, y = at.place(devices.x_dm, devices.y_dm)
    inside = (x >= 0) & (x <= at.width) & (y >= 0) & (y <= at.height)
    looks = inside & (devices.direction_deg >= 0) & (devices.field_deg < 360)
    marks: list[Markup] = []
    for name, rows in (
        ("known", looks & devices.direction_known),
        ("assumed", looks & ~devices.direction_known),
    ):
        path = _wedges(devices.take(rows), x[rows], y[rows], at)
        if path:
            marks.append(el("path", d=path, class_=f"wedge {name}"))
    for name, rows in (("idle", inside & ~devices.alive), ("camera", inside & devices.alive)):
        dots = "".join(f"M{a} {b}h0" for a, b in zip(x[rows].tolist(), y[rows].tolist(), strict=True))
        if dots:
            marks.append(el("path", d=dots, class_=f"dot {name}"))
    return marks


def _wedges(devices: t.Devices, x: I64, y: I64, at: Frame) -> str:
    reach = np.maximum(devices.range_dm / at.dm, SIZE / 120)
    corners: list[I64] = []
    for side in (-0.5, 0.5):
        turn = np.radians(devices.direction_deg + side * np.minimum(devices.field_deg, 170))
        corners += [
            np.rint(np.sin(turn) * reach).astype(np.int64),
            np.rint(-np.cos(turn) * reach).astype(np.int64),
        ]
    rows = zip(x.tolist(), y.tolist(), *(c.tolist() for c in corners), strict=True)
    return "".join(f"M{a} {b}l{c} {d} {e - c} {f - d}z" for a, b, c, d, e, f in rows)


def _scale(at: Frame) -> Markup:
    """Draw a bar of a round length, about a quarter of the map wide."""
    wanted = at.width * at.dm / 10 / 4
    size = 10 ** int(np.floor(np.log10(max(wanted, 1))))
    metres = max((n * size for n in _NICE if n * size <= wanted), default=size)
    share = metres * 10 / (at.width * at.dm)
    words = f"{whole(metres)} m" if metres < 1000 else f"{whole(metres / 1000)} km"
    return el("span", words, style=f"width:{100 * share:.3f}%")


def _legend(devices: t.Devices) -> Markup:
    keys = [
        el("li", el("span", class_=f"key line seen{level}"), f"{words}", class_="entry")
        for level, words in enumerate(CLASSES)
    ]
    entries: list[Markup] = []
    looking = (devices.direction_deg >= 0) & (devices.field_deg < 360)
    if len(devices):
        entries.append(el("li", el("span", class_="key round"), "camera", class_="entry"))
    for name, words, some in (
        ("known", "where it looks", looking & devices.direction_known),
        ("assumed", "where it looks, assumed", looking & ~devices.direction_known),
    ):
        if some.any():
            entries.append(el("li", el("span", class_=f"key wedge-{name}"), words, class_="entry"))
    if (~devices.alive).any():
        entries.append(el("li", el("span", class_="key idle"), "takes no face in this run", class_="entry"))
    return el(
        "div",
        el("p", "Street seen by how many cameras (wider: walked more often). North is up.", class_="heading"),
        el("ul", keys),
        el("ul", entries) if entries else None,
        class_="legend",
    )
