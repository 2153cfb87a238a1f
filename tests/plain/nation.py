"""Slow, obviously right twins of the loops of a nation: points, grades, and how copies of a record spread."""

from __future__ import annotations

from collections.abc import Sequence

from glasstown.core.keys import Key
from glasstown.judgement.rules import Rules


def ratings(
    rules: Rules, entries: Sequence[tuple[int, int, int, int]], people: int, months: int, retention: int
) -> list[int]:
    """Rate everybody after so many months.

    Parameters
    ----------
    entries : sequence of (month, dossier, deed, copies)
        In the order of filing.
    retention : int
        Months after which an entry is dropped.
    """
    points = [0] * people
    counted: dict[tuple[int, int, int], int] = {}
    for month, dossier, deed, copies in entries:
        if dossier < 0:
            continue
        for _ in range(copies):
            period = (dossier, deed, month // rules.period_months)
            most = int(rules.most_per_period[deed])
            if most and counted.get(period, 0) >= most:
                continue
            counted[period] = counted.get(period, 0) + 1
            last = min(int(rules.expiry_months[deed]) or 10**9, retention)
            if months - 1 - month < last:
                points[dossier] += int(rules.points[deed])
    return [rules.base + own for own in points]


def grade(rules: Rules, rating: int) -> int:
    """Find the grade by trying every one, highest first."""
    held = min(max(rating, rules.floor), rules.cap)
    for band in range(len(rules.bands) - 1, 0, -1):
        if held >= rules.band_from[band]:
            return band
    return 0


def holders(
    held: set[int], stands: bool, origin: int, pairs: Sequence[tuple[int, int, float]], corrects: float,
    person: int, month: int, salt: int, shares: Key, corrections: Key,
) -> set[int]:
    """Return which agencies hold a copy after a month."""
    if stands:
        before = held | {origin}
        after = set(before)
        for k, (source, target, chance) in enumerate(pairs):
            if source in before and target not in after and shares.uniform(person, month, salt + k)[0] < chance:
                after.add(target)
        return after
    return {
        agency for agency in held - {origin} if corrections.uniform(person, month, salt + agency)[0] >= corrects
    }
