"""Searching the watchlist, one capture at a time."""

from __future__ import annotations

from glasstown import tables as t
from glasstown.core.columns import Bool
from glasstown.core.keys import Key
from glasstown.sensing.recognition import OperatingPoint
from glasstown.state import Gallery
from tests.plain.draws import WORD, happens, words
from tests.plain.metrics import rows_of


def compare(
    captures: t.Captures, searching: Bool, people: t.People, gallery: Gallery, point: OperatingPoint, key: Key
) -> list[tuple[int, int, bool]]:
    """The candidates: row of the capture, reference, and whether the reference shows the person."""
    person = {row["person"]: row for row in rows_of(people)}
    likeness = {row["person"]: row for row in rows_of(gallery.likeness)}
    active, size = gallery.references.active.tolist(), len(gallery.references)
    fresh = point.repeat == 0 and bool((point.fpir > 0).any())
    found: list[tuple[int, int, bool]] = []
    for row, seen in enumerate(rows_of(captures)):
        if not searching[seen["device"]] or not size:
            continue
        who, draw = person[seen["person"]], words(key("compare"), seen["person"], seen["trip"], seen["device"])
        own, like = likeness[seen["person"]]["enrolled"], likeness[seen["person"]]["lookalike"]
        if own >= 0 and active[own] and happens(draw[0], draw[3], float(point.tpir[who["group"]])):
            found.append((row, own, True))
        if fresh:
            like = draw[2] * size // WORD
        chance = float(max(point.fpir[who["group"], who["sex"]], point.repeat))
        if like >= 0 and like != own and active[like] and happens(draw[1], draw[3], chance):
            found.append((row, like, False))
    return found
