"""Before any speed is printed: faces are taken, recognised and mistaken as often as the scenario says, in each group.

GT-1 is lived with 30 seeds, day by day through `step`. What is expected of a group is worked out from the passes of the
trips that its people made and the chances that the scenario states, not from the program's own counts. With 30 seeds of
20,000 person-days, a rate of captures or of recognition that is off by 1.5 % of itself is noticed, and a rate of false
matches that is off by 40 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from benchmarks.tools import table

SEEDS = 30
PEOPLE, DAYS = 10_000, 2
FARTHEST = 4.4
RATES = ("captured, of passes", "recognised, of captures", "mistaken for another, of captures")


@dataclass(frozen=True)
class Rate:
    """How often something happened to one group, and how often it should have.

    Parameters
    ----------
    group, rate : str
        Whose, and which of `RATES`.
    trials, found : int
        How often it could happen, and how often it did.
    expected, variance : float
        Of the number found.
    """

    group: str
    rate: str
    trials: int
    found: int
    expected: float
    variance: float

    @property
    def off(self) -> float:
        """How many standard errors lie between the two."""
        return (self.found - self.expected) / self.variance**0.5


@cache
def measured() -> tuple[Rate, ...]:
    """Live all seeds and add up."""
    from glasstown.prepare import operating
    from glasstown.scenario import load

    scenario = load("gt1", changes={"town.people": PEOPLE, "days": DAYS})
    groups = list(scenario.town.groups)
    total = sum(_lived(scenario, seed, len(groups)) for seed in range(1, SEEDS + 1))
    point = operating(scenario)
    found: list[Rate] = []
    for g, group in enumerate(groups):
        passes, expected, variance, captures, mated, other = (float(column[g]) for column in total)
        found.append(Rate(group, RATES[0], int(passes), int(captures), expected, variance))
        for rate, n, p in ((RATES[1], mated, float(point.tpir[g])), (RATES[2], other, float(point.fpir[g].mean()))):
            found.append(Rate(group, rate, int(captures), int(n), captures * p, captures * p * (1 - p)))
    return tuple(found)


def _lived(scenario: Any, seed: int, groups: int) -> Any:
    """Return passes, expected captures and their variance, captures, mated and other candidates; shape (6, groups)."""
    from glasstown.core.keys import Key
    from glasstown.prepare import prepare, settle_people, survey
    from glasstown.simulate import days

    key, ground = Key.from_seed(seed), survey(scenario)
    states = prepare(scenario, ground, settle_people(scenario, ground, key), key)
    passes = states[0].world.passes
    chance = passes.chance.astype(np.float64) * 2.0**-32
    columns = (np.ones_like(chance), chance, chance * (1 - chance))
    upto = [np.concatenate([[0.0], np.cumsum(column)]) for column in columns]
    total = np.zeros((6, groups))
    for evening in days(states, scenario, key):
        for state, day in evening:
            group = state.town.people.group
            walked = group[day.trips.person - state.town.people.person[0]]
            first, last = passes.first[day.trips.route], passes.first[day.trips.route + 1]
            for row, column in enumerate(upto):
                total[row] += np.bincount(walked, column[last] - column[first], groups)
            mated = day.candidates.mated
            people = (day.captures.person, day.candidates.person[mated], day.candidates.person[~mated])
            for row, person in enumerate(people, 3):
                total[row] += np.bincount(group[person - state.town.people.person[0]], minlength=groups)
    _same_streamed(days(states, scenario, key, rows=False), total[3:])
    return total


def _same_streamed(evenings: Any, expected: Any) -> None:
    """Refuse a streamed day, whose speed is printed, that counts otherwise than the one written out."""
    streamed = np.zeros_like(expected)
    for evening in evenings:
        for state, day in evening:
            people, mated = state.town.people, day.candidates.mated
            streamed[0] += np.bincount(people.group, day.outings.n_captures, expected.shape[1])
            for row, whose in enumerate((day.candidates.person[mated], day.candidates.person[~mated]), 1):
                streamed[row] += np.bincount(people.group[whose - people.person[0]], minlength=expected.shape[1])
    if not np.array_equal(streamed, expected):
        raise SystemExit("a streamed day counts otherwise than one that is written out, so no speed is printed")


def refuse_wrong() -> None:
    """Print no speed of a program that is wrong."""
    wrong = [one for one in measured() if abs(one.off) > FARTHEST]
    if wrong:
        told = "\n".join(f"{one.group}, {one.rate}: {one.off:+.1f} standard errors" for one in wrong)
        raise SystemExit(f"the rates are not the configured ones, so no speed is printed:\n{told}")


def section() -> str:
    """Return the table of all groups."""
    rows: list[list[str]] = []
    for one in measured():
        said, was = one.expected / one.trials, one.found / one.trials
        rows.append([f"{one.group}: {one.rate}", f"{one.trials:,}", f"{said:.5f}", f"{was:.5f}", f"{one.off:+.1f}"])
    worst = max(abs(one.off) for one in measured())
    return f"""GT-1 with {SEEDS} seeds, {PEOPLE:,} people, {DAYS} days. Beyond {FARTHEST} standard errors no speed is
printed; the farthest here is {worst:.1f}.

{table(["group and rate", "trials", "configured", "found", "standard errors"], rows)}"""
