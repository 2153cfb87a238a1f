"""Drawing up the watchlist, one person and one reference at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence

from glasstown import tables as t
from glasstown.core.keys import Key
from glasstown.sensing.knobs import Watchlist
from glasstown.sensing.recognition import OperatingPoint
from tests.plain.draws import WORD, happens, normal, words, yes
from tests.plain.metrics import rows_of


def enrol(
    people: Sequence[t.People], knobs: Watchlist, point: OperatingPoint, key: Key
) -> tuple[list[tuple[int, int, bool, int, bool]], list[list[tuple[int, int, int, int]]]]:
    """The references (reference, person, wrongly listed, harder, active), and each community's likeness."""
    size = int(knobs.size)
    everybody = [row for part in people for row in rows_of(part)]
    wanted = round(len(everybody) * float(knobs.residents_per_1000) / 1000)
    drawn = sorted((words(key("listed"), row["person"])[0], row["person"]) for row in everybody)
    listed = sorted(person for _, person in drawn[: min(wanted, size)])
    slots = [slot for _, slot in sorted((words(key("slot"), slot)[0], slot) for slot in range(size))]
    own = dict(zip(listed, slots, strict=False))
    shows = {slot: person for person, slot in own.items()}
    references = [
        (slot, whom, _wrongly(knobs, at, key), _harder(knobs, point, at, key), True)
        for slot in range(size)
        for whom in [shows.get(slot, -1)]
        for at in [(slot, 0) if whom < 0 else (whom, 1)]
    ]
    likeness = [
        [(p["person"], own.get(p["person"], -1), *_like(p, own, size, point, key)) for p in rows_of(part)]
        for part in people
    ]
    return references, likeness


def everybody(
    part: t.People, knobs: Watchlist, point: OperatingPoint, key: Key
) -> tuple[list[tuple[int, int, bool, int, bool]], list[tuple[int, int, int, int]]]:
    """The list of a community of which everybody is on it, and its likeness; an image is drawn for its person."""
    people = rows_of(part)
    own = {p["person"]: row for row, p in enumerate(people)}
    references = [
        (row, person, _wrongly(knobs, (person, 1), key), _harder(knobs, point, (person, 1), key), True)
        for person, row in own.items()
    ]
    likeness = [(p["person"], own[p["person"]], *_like(p, own, len(people), point, key)) for p in people]
    return references, likeness


def _wrongly(knobs: Watchlist, at: tuple[int, int], key: Key) -> bool:
    mistaken = yes(key("wrongly-listed"), float(knobs.wrongly_listed), *at)
    return mistaken or yes(key("out-of-date"), float(knobs.out_of_date), *at)


def _harder(knobs: Watchlist, point: OperatingPoint, at: tuple[int, int], key: Key) -> int:
    if yes(key("unmatchable"), point.misses.unmatchable, *at):
        return 32767
    harder = math.floor(normal(words(key("likeness-of-image"), *at)[0]) * (math.sqrt(point.misses.by_person) * 1024))
    harder += yes(key("old-image"), float(knobs.old_images), *at) * round(point.misses.old_image * 1024)
    harder += yes(key("poor-image"), float(knobs.poor_images), *at) * round(point.misses.poor_image * 1024)
    return harder


def _like(p: dict[str, int], own: dict[int, int], size: int, point: OperatingPoint, key: Key) -> tuple[int, int]:
    """The first reference somebody resembles, and how many."""
    if not size or not point.repeat:
        return -1, 0
    whom = words(key("lookalike-of"), p["person"])[0] * size // WORD
    if whom == own.get(p["person"], -1):
        whom = (whom + 1) % size
    if whom == own.get(p["person"], -1):
        return -1, 0
    high, low, *_ = (words(key("lookalike"), p["person"])[i] for i in (0, 1))
    n = 0
    while n < min(8, size) and happens(high, low, at_least(n + 1, p, point)):
        n += 1
    return (whom if n else -1), n


def at_least(k: int, p: dict[str, int], point: OperatingPoint) -> float:
    """The chance of resembling at least k references, summed term by term."""
    fpir = float(point.fpir[(p["group"], p["sex"]) if point.fpir.ndim == 2 else (p["group"], p["sex"], _band(p))])
    returned = max(fpir, point.repeat)
    if not point.size:
        return min(fpir / returned, 1.0) if k == 1 and fpir else 0.0
    n = round(point.size)
    each = (1 - (1 - fpir) ** (1 / n)) / returned
    below = math.fsum(math.comb(n, i) * each**i * (1 - each) ** (n - i) for i in range(k))
    return float(f"{max(1 - below, 0.0):.9g}")


def _band(p: dict[str, int]) -> int:
    return sum(p["age"] >= begin for begin in t.AGE_FROM) - 1
