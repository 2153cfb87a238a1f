"""The figures of the report as Vega-Lite specifications, each as wide as a phone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from glasstown.report.drawing import INK, LINE, LISTED, PALE, PLAIN, RIGHT, SOFT, WRONG, Spec

LABELS = 112
_COUNT = (
    "datum.value >= 1e9 ? format(datum.value / 1e9, ',.3~r') + ' billion' : "
    "datum.value >= 1e6 ? format(datum.value / 1e6, ',.3~r') + ' million' : format(datum.value, ',.3~r')"
)


@final
@dataclass(frozen=True)
class Mark:
    """One row of a figure: a label, a value and its interval (None where undefined), the value in words."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    said: str = ""

    def heard(self, of: str = "") -> str:
        """Say the row for those who do not see the figure, the value followed by `of`."""
        return f"{self.label}: {self.said}{of}" if self.value is not None else f"{self.label}: not defined"


@final
@dataclass(frozen=True)
class Stage:
    """One step from search to stop: its name and count in words, and its parts as (words, colour, number)."""

    said: str
    parts: tuple[tuple[str, str, float], ...]


def intervals(rows: Sequence[Mark | None], overall: float | None, unit: str) -> Spec:
    """Draw dots with intervals, one row for each kind of people; None leaves a gap.

    Parameters
    ----------
    rows : sequence of Mark or None
        From top to bottom.
    overall : float or None
        The value for everybody, drawn as a dashed line.
    unit : str
        Title of the axis.
    """
    values, order = _rows(rows)
    y = {"field": "row", "type": "ordinal", "sort": None, "scale": {"domain": order}, "axis": _labels(rows)}
    x_axis = {"title": unit, "tickCount": 3, "labelExpr": _COUNT, "titlePadding": 8}
    layers: list[Spec] = []
    if overall is not None:
        layers.append(
            {
                "data": {"values": [{"overall": overall}]},
                "mark": {"type": "rule", "color": SOFT, "strokeDash": [3, 3]},
                "encoding": {"x": {"field": "overall", "type": "quantitative"}},
            }
        )
    layers += [
        {
            "mark": {"type": "rule", "color": PLAIN, "strokeWidth": 3, "strokeCap": "round"},
            "transform": [{"filter": "isValid(datum.low)"}],
            "encoding": {"x": _x("low", x_axis), "x2": {"field": "high"}, "y": y},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 64, "color": INK, "opacity": 1},
            "transform": [{"filter": "isValid(datum.value)"}],
            "encoding": {"x": _x("value", x_axis), "y": y},
        },
        _nothing(y),
    ]
    return {"data": {"values": values}, "height": {"step": 21}, "layer": layers}


def bars(rows: Sequence[Mark], unit: str, largest: float, colour: str = RIGHT) -> Spec:
    """Draw horizontal bars with their interval and their value in words at the end.

    Parameters
    ----------
    largest : float
        The largest value or end of an interval of all figures side by side, so that they share their axis.
    """
    values, order = _rows(rows)
    y = {"field": "row", "type": "ordinal", "sort": None, "scale": {"domain": order}, "axis": _labels(rows)}
    axis = {"title": unit, "tickCount": 3, "labelExpr": _COUNT, "titlePadding": 8}
    x = {"type": "quantitative", "axis": axis, "scale": {"domain": [0, largest * 1.3 or 1], "nice": False}}
    edge = "isValid(datum.high) ? max(datum.high, datum.value) : datum.value"
    return {
        "data": {"values": values},
        "height": {"step": 30},
        "transform": [{"calculate": edge, "as": "edge"}],
        "layer": [
            {
                "mark": {"type": "bar", "color": colour, "height": {"band": 0.62}},
                "encoding": {"x": {"field": "value", **x}, "y": y},
            },
            {
                "mark": {"type": "rule", "color": INK, "strokeWidth": 1.5},
                "transform": [{"filter": "isValid(datum.low)"}],
                "encoding": {"x": {"field": "low", **x}, "x2": {"field": "high"}, "y": y},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 6},
                "encoding": {"x": {"field": "edge", **x}, "y": y, "text": {"field": "said"}},
            },
            _nothing(y),
        ],
    }


def funnel(stages: Sequence[Stage]) -> Spec:
    """Draw each stage as one bar of full width split by whom it concerned; counts stand above and below.

    The bars show shares, not numbers: the numbers fall by orders of magnitude from one stage to the next.
    """
    bars_, heads, notes = [], [], []
    for i, stage in enumerate(stages):
        total = sum(number for _, _, number in stage.parts)
        heads.append({"stage": i, "said": stage.said})
        at = 0.0
        for _, shade, number in stage.parts:
            width = number / total if total else 0.0
            if width:
                bars_.append({"stage": i, "from": at, "to": at + width, "colour": shade})
            at += width
        if not total:
            bars_.append({"stage": i, "from": 0.0, "to": 1.0, "colour": LINE})
        first, last = stage.parts[0], stage.parts[-1]
        middle = [words for words, _, _ in stage.parts[1:-1] if words]
        notes.append({"stage": i, "end": "left", "said": first[0], "colour": _readable(first[1])})
        notes.append({"stage": i, "end": "right", "said": last[0], "colour": _readable(last[1])})
        notes += [
            {"stage": i, "end": "below", "said": words, "colour": _readable(LISTED)} for words in middle
        ]
    y: Spec = {"field": "stage", "type": "ordinal", "axis": None}
    x: Spec = {"type": "quantitative", "axis": None, "scale": {"domain": [0, 1]}}
    colour: Spec = {"field": "colour", "type": "nominal", "scale": None}
    saying: Spec = {"text": {"field": "said"}, "y": y}

    def note(end: str, **mark: Any) -> Spec:
        return {
            "data": {
                "values": [n for n in notes if n["end"] == end] or [{"stage": 0, "said": "", "colour": INK}]
            },
            "mark": {"type": "text", "baseline": "middle", **mark},
            "encoding": {**saying, "color": colour},
        }

    return {
        "height": {"step": 82},
        "layer": [
            {
                "data": {"values": bars_},
                "mark": {"type": "bar", "height": 16},
                "encoding": {"y": y, "x": {"field": "from", **x}, "x2": {"field": "to"}, "color": colour},
            },
            {
                "data": {"values": heads},
                "mark": {
                    "type": "text",
                    "align": "left",
                    "dy": -20,
                    "fontSize": 13,
                    "fontWeight": "bold",
                    "x": 0,
                },
                "encoding": saying,
            },
            note("left", align="left", x=0, dy=18),
            note("right", align="right", x="width", dy=18),
            note("below", align="right", x="width", dy=33),
        ],
    }


def by_day(counts: Sequence[float], wrong: Sequence[float] | None, per: str) -> Spec:
    """Draw one column for each day (or week) of the run.

    Parameters
    ----------
    counts : sequence of float
        What happened on each day.
    wrong : sequence of float, optional
        The part of it that concerned the wrong person or somebody wrongly listed.
    per : str
        `day` or `week`.
    """
    parts = (
        [(counts, PLAIN)]
        if wrong is None
        else [(wrong, WRONG), ([c - w for c, w in zip(counts, wrong, strict=True)], PALE)]
    )
    values: list[Spec] = []
    at = [0.0] * len(counts)
    for part, colour in parts:
        values += [
            {"at": i + 0.5, "to": i + 1.5, "low": at[i], "high": at[i] + amount, "colour": colour}
            for i, amount in enumerate(part)
        ]
        at = [a + amount for a, amount in zip(at, part, strict=True)]
    x: Spec = {
        "type": "quantitative",
        "scale": {"domain": [0.5, len(counts) + 0.5], "nice": False},
        "axis": {
            "title": f"{per} of the run",
            "grid": False,
            "tickCount": 6,
            "format": "d",
            "tickMinStep": 1,
        },
    }
    top = max([*counts, 1.0])
    y: Spec = {
        "type": "quantitative",
        "scale": {"domain": [0, top], "nice": True},
        "axis": {
            "title": None,
            "tickCount": 4,
            "tickMinStep": 1,
            "labelExpr": _COUNT,
            "minExtent": 58,
            "maxExtent": 58,
        },
    }
    gap = 1 if len(counts) <= 62 else 0
    return {
        "data": {"values": values},
        "height": 130,
        "mark": {"type": "rect", "xOffset": gap / 2, "x2Offset": -gap / 2},
        "encoding": {
            "x": {"field": "at", **x},
            "x2": {"field": "to"},
            "y": {"field": "low", **y},
            "y2": {"field": "high"},
            "color": {"field": "colour", "type": "nominal", "scale": None},
        },
    }


def _readable(colour: str) -> str:
    """Choose the colour of words about a bar: pale bars take darker words."""
    return SOFT if colour == PALE else colour


def _rows(rows: Sequence[Mark | None]) -> tuple[list[Spec], list[int]]:
    values = [
        {"row": i, "value": r.value, "low": r.low, "high": r.high, "said": r.said, "none": r.value is None}
        for i, r in enumerate(rows)
        if r is not None
    ]
    return values, list(range(len(rows)))


def _labels(rows: Sequence[Mark | None]) -> Spec:
    """Name the rows by number, so that no label, however odd, is taken for another."""
    names = json.dumps(["" if r is None else r.label for r in rows])
    return {
        "title": None,
        "labelExpr": f"{names}[datum.value]",
        "labelLimit": LABELS,
        "labelPadding": 10,
        "minExtent": LABELS,
        "maxExtent": LABELS,
        "labelColor": INK,
        "grid": False,
    }


def _nothing(y: Spec) -> Spec:
    """Say of a row without a value that it is not defined."""
    return {
        "mark": {"type": "text", "align": "left", "color": SOFT, "fontStyle": "italic", "x": 4},
        "transform": [{"filter": "datum.none"}],
        "encoding": {"text": {"value": "not defined"}, "y": y},
    }


def _x(field: str, axis: Spec) -> Spec:
    return {"field": field, "type": "quantitative", "axis": axis, "scale": {"zero": True, "nice": True}}
