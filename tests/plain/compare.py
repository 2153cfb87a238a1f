"""Searching the watchlist, one capture at a time."""

from __future__ import annotations

import math
from statistics import NormalDist

from glasstown import tables as t
from glasstown.core.columns import Bool
from glasstown.core.keys import Key
from glasstown.sensing.recognition import OperatingPoint
from glasstown.state import Gallery
from tests.plain.draws import WORD, happens, normal, words
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
        address = (seen["person"], seen["trip"], seen["device"])
        usable = words(key("compare"), *address, 255)
        if not happens(usable[0], usable[3], point.usable):
            continue
        who, draw = person[seen["person"]], words(key("compare"), *address)
        own, like = likeness[seen["person"]]["enrolled"], likeness[seen["person"]]["lookalike"]
        if own >= 0 and active[own] and happens(draw[0], draw[3], matches(who, own, seen, gallery, point, key)):
            found.append((row, own, True))
        chance = float(max(fpir_of(who, point), point.repeat))
        if fresh:
            like = draw[2] * size // WORD
            resembled = [like]
        else:
            stride = 1 + seen["person"] * 40_503 % max(size // 8, 1)
            resembled = [(like + k * stride) % size for k in range(likeness[seen["person"]]["n_alike"])]
        for k, other in enumerate(resembled):
            draw = words(key("compare"), *address, k)
            if other != own and active[other] and happens(draw[1], draw[3], chance):
                found.append((row, other, False))
    return found


def fpir_of(who: dict[str, int], point: OperatingPoint) -> float:
    if point.fpir.ndim == 2:
        return float(point.fpir[who["group"], who["sex"]])
    band = sum(who["age"] >= begin for begin in t.AGE_FROM) - 1
    return float(point.fpir[who["group"], who["sex"], band])


def matches(
    who: dict[str, int], own: int, seen: dict[str, int], gallery: Gallery, point: OperatingPoint, key: Key
) -> float:
    """The chance of a match with the own reference, given what it, the day and the camera add."""
    m, tpir = point.misses, float(point.tpir[who["group"]])
    if not m.told:
        return tpir
    harder = int(gallery.references.harder[own])
    if harder == 32767:
        return 0.0
    level = harder + _level((1 - tpir - m.unmatchable) / (1 - m.unmatchable))
    level += round(m.scene * 1024)
    level += math.floor(normal(words(key("light"), seen["device"])[0]) * (m.by_place**0.5 * 1024))
    if not m.dawn <= seen["minute"] < m.dusk:
        level += round(m.night * 1024)
    today = words(key("condition"), seen["person"])
    level += math.floor(normal(today[0]) * round(math.sqrt(m.by_day) * 1024))
    if happens(today[1], today[3], m.masked):
        level += round(m.mask * 1024)
    level = min(max(level, -12 * 1024), 12 * 1024)
    if abs(level) == 12 * 1024:
        return float(level < 0)
    rest = round(1 - m.by_person - m.by_day - m.by_place, 9)
    missed = NormalDist().cdf(level / 1024 / math.sqrt(rest))
    return float(f"{1 - missed:.9g}")


def _level(share: float) -> int:
    """A share missed, in 1/1,024 probit."""
    if share <= 0 or share >= 1:
        return 12 * 1024 * (1 if share >= 1 else -1)
    return round(NormalDist().inv_cdf(share) * 1024)
