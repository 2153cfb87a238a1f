"""A crowd face by face, with Python's whole numbers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate

from glasstown.core.keys import Key
from tests.plain.draws import WORD, happens, words

AGES = ("0-17", "18-24", "25-44", "45-64", "65-79", "80+")
MOST = 250


def weights(shares: Mapping[str, float]) -> list[int]:
    """Whole weights with a sum of about 2**30."""
    return [round(share / sum(shares.values()) * 2**30) for share in shares.values()]


def chosen(weights_: list[int], word: int) -> int:
    """The index that a random word chooses."""
    sums = list(accumulate(weights_))
    return bisect_right(sums, word * sums[-1] // WORD)


def pass_by(
    faces: range, again: float, female: float, ages: Mapping[str, float], groups: Mapping[str, float], key: Key
) -> dict[int, list[int]]:
    """Say of each person, by the number of the first face: faces, age band, sex, group."""
    found: dict[int, list[int]] = {}
    who = faces.start
    of_age = weights(ages) if ages else [1] * len(AGES)
    for face in faces:
        x = words(key("passer"), face)
        if face > faces.start and found[who][0] < MOST and happens(x[0], x[3], again):
            found[who][0] += 1
            continue
        who = face
        found[who] = [1, chosen(of_age, x[2]), int(not happens(x[1], x[0], female)), chosen(weights(groups), x[3])]
    return found
