"""Slow, obviously right twins of the loops of a nation: points, grades, copies of a record, deals with strangers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from glasstown.consequence.knobs_reaction import Trust
from glasstown.core.keys import Key
from glasstown.core.philox import block
from glasstown.judgement.rules import Rules


def ratings(
    rules: Sequence[Rules],
    entries: Sequence[tuple[int, int, int, int]],
    people: int,
    months: int,
    retention: int,
    moves: Sequence[tuple[int, int, bool, int]] = (),
) -> list[int]:
    """Rate everybody after so many months, each by what is in the present file.

    Parameters
    ----------
    rules : sequence of Rules
        Of each place; everybody begins in the first.
    entries : sequence of (month, dossier, deed, copies)
        In the order of filing.
    retention : int
        Months after which an entry is dropped.
    moves : sequence of (month, person, comes along, place)
        Who moves at the end of which month, whether the file comes along, and where to.
    """
    places, files = [[0] * (months + 1) for _ in range(people)], [[0] * (months + 1) for _ in range(people)]
    for moved, person, along, place in sorted(moves, key=lambda move: move[0]):
        for month in range(moved + 1, months + 1):
            places[person][month] = place
            files[person][month] += not along
    points = [rules[places[person][months]].base for person in range(people)]
    counted: dict[tuple[int, int, int, int], int] = {}
    for month, dossier, deed, copies in entries:
        if dossier < 0:
            continue
        there = rules[places[dossier][month]]
        file = files[dossier][month]
        period = (dossier, file, deed, month // there.period_months)
        # In each month the file is where the person lives, and at the end of a month where the person moves to.
        had = (
            months_ - month >= (int(rules[places[dossier][at]].expiry_months[deed]) or 10**9)
            for months_ in range(month, months)
            for at in (months_, months_ + 1)
        )
        stands = files[dossier][months] == file and months - 1 - month < retention and not any(had)
        for _ in range(copies):
            most = int(there.most_per_period[deed])
            if not there.points[deed] or (most and counted.get(period, 0) >= most):
                continue
            counted[period] = counted.get(period, 0) + (most > 0)
            points[dossier] += int(there.points[deed]) if stands else 0
    return points


def grade(rules: Rules, rating: int) -> int:
    """Find the grade by trying every one, highest first."""
    held = min(max(rating, rules.floor), rules.cap)
    for band in range(len(rules.bands) - 1, 0, -1):
        if held >= rules.band_from[band]:
            return band
    return 0


def red_since(filed: Sequence[int], months: int, expires: int) -> int | None:
    """Return since when a person is on the red list after so many months; None for not on it.

    Parameters
    ----------
    filed : sequence of int
        Months in which an entry was filed that puts people on it.
    expires : int
        Months after which the person is off again; 0 for never.
    """
    since: int | None = None
    for month in range(months):
        if since is not None and expires and month == since + expires:
            since = None
        if since is None and month in filed:
            since = month
    return since


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


def words(draws: Key, *ids: int) -> list[float]:
    """Return the four numbers in [0, 1) at an address."""
    at = [np.uint64(x) for x in (*ids, 0, 0, 0, 0)[:4]]
    return [int(bits) / 2**32 for bits in block(*at, *draws.words)]


def deals(
    people: Sequence[tuple[int, int, tuple[int, int]]], knobs: Trust, mean: float, draws: Key
) -> dict[str, list[int]]:
    """Count how deals end that strangers look at the rating for, or the record.

    Parameters
    ----------
    people : sequence of (person, times cheated, (points below the start, judgments))
        All of low income.
    mean : float
        Honest deals of each person.
    """
    names = ("cheating_prevented", "honest_deals_lost", "deposits_asked", "honest_refused")
    counts = {"deals": [0], "deals_cheated": [0, 0, 0]} | {name: [0, 0] for name in names}
    refused = (float(knobs.refused_points), float(knobs.refused_defaults))
    deposit = (float(knobs.deposit_points), float(knobs.deposit_defaults))
    for person, cheated, stands in people:
        a, b, d, _ = words(draws, person)
        honest, below = 0, math.exp(-mean)
        while a >= below:
            honest += 1
            below += math.exp(-mean) * mean**honest / math.factorial(honest)
        counts["deals"][0] += honest + cheated
        counts["deals_cheated"][0] += cheated
        for way in range(2):
            prevented = lost = 0
            if stands[way] >= refused[way]:
                prevented, lost = cheated, honest
                counts["honest_refused"][way] += honest > 0 and cheated == 0
            elif stands[way] >= deposit[way]:
                prevented = math.floor(cheated * float(knobs.deposit_stops) + d)
                lost = math.floor(honest * float(knobs.deposit_lost) * float(knobs.low_income) + b)
                counts["deposits_asked"][way] += honest + cheated
            counts["deals_cheated"][1 + way] += cheated - prevented
            counts["cheating_prevented"][way] += prevented
            counts["honest_deals_lost"][way] += lost
    return counts
