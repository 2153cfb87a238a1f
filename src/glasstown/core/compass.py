"""Directions as people write them, turned into degrees."""

from __future__ import annotations

import math
import re

_POINTS = "N NNE NE ENE E ESE SE SSE S SSW SW WSW W WNW NW NNW".split()
_WORDS = {
    **{word: index * 22.5 for index, word in enumerate(_POINTS)},
    **dict(zip(("NORTH", "EAST", "SOUTH", "WEST"), (0.0, 90.0, 180.0, 270.0), strict=True)),
}
_NUMBER = re.compile(r"[+-]?\d{1,3}(\.\d{1,12})?", re.ASCII)


def bearing(text: str) -> int | None:
    """Read a direction: degrees clockwise from north, a compass point, or a range, whose middle counts.

    Parameters
    ----------
    text : str
        `90`, `-90` (the same as 270), `87.5`, `NE`, `90-180`, `NW-NE`.

    Returns
    -------
    int or None
        Whole degrees from 0 to 359; None where the words are not understood (`forward`, `90;270`) or say no direction
        but a whole turn (`0-360`).
    """
    words = text.strip().upper().removesuffix("°").strip()
    one = _single(words)
    if one is not None:
        return _whole(one)
    first, dash, second = words.partition("-")
    start, end = _single(first.strip()), _single(second.strip())
    if not dash or start is None or end is None or abs(end - start) == 360.0:
        return None
    return _whole(start + ((end - start) % 360.0) / 2.0)


def _single(word: str) -> float | None:
    if word in _WORDS:
        return _WORDS[word]
    if _NUMBER.fullmatch(word) and -360.0 <= float(word) <= 360.0:
        return float(word)
    return None


def _whole(degrees: float) -> int:
    return math.floor(degrees % 360.0 + 0.5) % 360
