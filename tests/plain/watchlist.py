"""Drawing up the watchlist, one person and one reference at a time."""

from __future__ import annotations

from collections.abc import Sequence

from glasstown import tables as t
from glasstown.core.keys import Key
from glasstown.sensing.knobs import Watchlist
from glasstown.sensing.recognition import OperatingPoint
from tests.plain.draws import WORD, words, yes
from tests.plain.metrics import rows_of


def enrol(
    people: Sequence[t.People], knobs: Watchlist, point: OperatingPoint, key: Key
) -> tuple[list[tuple[int, int, bool, bool]], list[list[tuple[int, int, int]]]]:
    """The references (reference, person, wrongly listed, active), and each community's likeness."""
    size = int(knobs.size)
    everybody = [row for part in people for row in rows_of(part)]
    wanted = round(len(everybody) * float(knobs.residents_per_1000) / 1000)
    drawn = sorted((words(key("listed"), row["person"])[0], row["person"]) for row in everybody)
    listed = sorted(person for _, person in drawn[: min(wanted, size)])
    slots = [slot for _, slot in sorted((words(key("slot"), slot)[0], slot) for slot in range(size))]
    own = dict(zip(listed, slots, strict=False))
    shows = {slot: person for person, slot in own.items()}
    wrongly = [yes(key("wrongly-listed"), float(knobs.wrongly_listed), slot) for slot in range(size)]
    references = [(slot, shows.get(slot, -1), wrongly[slot], True) for slot in range(size)]
    likeness = [
        [(p["person"], own.get(p["person"], -1), _like(p, own, size, point, key)) for p in rows_of(part)]
        for part in people
    ]
    return references, likeness


def _like(p: dict[str, int], own: dict[int, int], size: int, point: OperatingPoint, key: Key) -> int:
    if not size or not point.repeat:
        return -1
    share = float(point.resembles[p["group"], p["sex"]])
    if not yes(key("lookalike"), share, p["person"]):
        return -1
    whom = words(key("lookalike-of"), p["person"])[0] * size // WORD
    if whom == own.get(p["person"], -1):
        whom = (whom + 1) % size
    return -1 if whom == own.get(p["person"], -1) else whom
