"""From a Vega-Lite specification to a picture inside the page: checked, and coloured by the page's style."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from glasstown.report.artist import drawn_apart, not_drawn
from glasstown.report.markup import Markup, el

Spec = dict[str, Any]

WIDTH = 340

INK = "#1f2a30"
SOFT = "#5c6970"
LINE = "#d5d9d6"
RIGHT = "#2b6a8c"
WRONG = "#b4511d"
LISTED = "#6f611c"
PLAIN = "#7d8b92"
PALE = "#b9c3c7"

COLOURS = {
    INK: "ink",
    SOFT: "soft",
    LINE: "line",
    RIGHT: "right",
    WRONG: "wrong",
    LISTED: "listed",
    PLAIN: "plain",
    PALE: "pale",
}

_ALLOWED = frozenset(
    {"svg", "g", "path", "text", "rect", "line", "circle", "defs", "clipPath", "title", "tspan"}
)
_LOCAL = re.compile(r"url\(#[\w-]+\)")
_SPOKEN = re.compile(r' (?:aria-[a-z]+|role|class|pointer-events|version)="[^"]*"| xmlns:xlink="[^"]*"')
_EMPTY = re.compile(r'<path d=""[^>]*(?:/>|></path>)|<path d="M0,0h0v0h0Z"[^>]*(?:/>|></path>)')
_SVG = "{http://www.w3.org/2000/svg}"

CONFIG: Spec = {
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "padding": {"left": 0, "top": 4, "right": 6, "bottom": 6},
    "axis": {
        "labelColor": SOFT,
        "titleColor": SOFT,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": LINE,
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
    },
    "text": {"color": INK, "fontSize": 12},
}


def picture(name: str, spec: Spec, title: str, described: str) -> Markup:
    """Draw a figure as inline SVG that scales with the page.

    Parameters
    ----------
    name : str
        Distinguishes the ids inside the picture from those of others.
    spec : dict
        A Vega-Lite specification without schema, config and width.
    title, described : str
        What is drawn, and what it shows, for those who do not see it.

    Returns
    -------
    Markup
        An `svg` element with role `img`.

    Raises
    ------
    ValueError
        If the picture holds anything but shapes and text, or refers to anything outside itself.
    Problem
        If the library that draws gets no file or no thread.
    """
    sized = {"width": WIDTH, "autosize": {"type": "fit", "contains": "padding"}, **spec}
    return _inlined(drawn(sized), name, title, described)


def drawn(spec: Spec) -> str:
    """Draw a Vega-Lite specification without schema and config as SVG that holds nothing but shapes and text."""
    whole = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": CONFIG, **spec}
    svg = drawn_apart(whole) or _drawn_here(whole)
    check(svg)
    return svg


def _drawn_here(whole: Spec) -> str:
    import vl_convert

    try:
        return vl_convert.vegalite_to_svg(whole)
    except BaseException as error:
        # A panic of the library is no Exception, and its class has no address.
        if not isinstance(error, ValueError) and type(error).__name__ != "PanicException":
            raise
        why = "the library that draws says no more; it needs some open files, threads and memory."
        raise not_drawn(str(error).splitlines()[-1], why) from error


def check(svg: str) -> None:
    """Refuse a picture that holds scripts, styles, images, links or references to anything outside itself."""
    for element in ElementTree.fromstring(svg).iter():
        tag = element.tag.removeprefix(_SVG)
        if tag not in _ALLOWED:
            raise ValueError(f"a picture must not hold <{tag}>")
        for attribute, value in element.attrib.items():
            bare = attribute.rpartition("}")[2].lower()
            outside = "url(" in _LOCAL.sub("", value)
            if bare.startswith("on") or bare in ("href", "src", "style") or outside:
                raise ValueError(f"a picture must not hold {bare}={value[:40]!r}")


def _inlined(svg: str, name: str, title: str, described: str) -> Markup:
    """Give the picture the page's colours and fonts, ids of its own, and words."""
    body = _EMPTY.sub("", _SPOKEN.sub("", svg))
    body = re.sub(r"\bid=\"([\w-]+)\"", rf'id="{name}-\1"', body)
    body = re.sub(r"url\(#([\w-]+)\)", rf"url(#{name}-\1)", body)
    body = re.sub(r' font-family="[^"]*"', "", body)
    for colour, word in COLOURS.items():
        body = body.replace(f'"{colour}"', f'"var(--{word},{colour})"')
    start = body.index(">") + 1
    box = re.search(r'viewBox="([^"]*)"', body[:start])
    if box is None:
        raise ValueError("a picture has a viewBox")
    inside = body[start : body.rindex("</svg>")]
    heard = [el("title", title, id=f"{name}-title"), el("desc", described, id=f"{name}-desc")]
    return el(
        "svg",
        *heard,
        Markup(inside),
        viewBox=box.group(1),
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        xmlns="http://www.w3.org/2000/svg",
    )
