"""How often the intervals hold the truth, over a grid: `python -m tests.coverage` prints docs/intervals.md.

Every point of the grid is a town of known truth: so many events expected, which come one at a time or several in one
household; or so many trials, in households that are alike or not. Where few enough outcomes are possible, all
are enumerated with their chances and the coverage is exact; elsewhere towns are drawn, and the error of that is stated.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasstown.core.intervals import Bounds, Sums, among_all, share_bounds, total_bounds
from glasstown.core.keys import Key

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KEY = Key.from_seed(9_500)
EXPECTED = (0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)
DRAWN = 4_000
MOST_OUTCOMES = 150_000
MOST_PAIRS = 2_000_000
MANY = 1_000_000
LEAST_CHANCE = 1e-11

CLUSTERS: dict[str, dict[int, float]] = {
    "one at a time": {1: 1.0},
    "two together": {2: 1.0},
    "five together": {5: 1.0},
    "one, or two in 3 of 10": {1: 0.7, 2: 0.3},
    "one or five": {1: 0.5, 5: 0.5},
    "one, or five in 2 of 10": {1: 0.8, 5: 0.2},
    "one, or ten in 3 of 10": {1: 0.7, 10: 0.3},
}
ALIKE = ((1, 0.0), (2, 0.0), (2, 0.5), (2, 1.0), (4, 0.0), (4, 0.5), (4, 1.0))
MIXED = {"whole households": True, "mixed households": False}
HOUSEHOLDS = (30, 300, 3000)
SPREAD = (0.3, 0.65)
FEW = (10, 30, 100, 1000)


@dataclass(frozen=True)
class Point:
    """One point of the grid and how often its interval holds the truth; `error` is 0 where that is exact."""

    part: str
    kind: str
    size: str
    expected: float
    coverage: float
    error: float


@dataclass(frozen=True)
class Outcomes:
    """What can happen, each with its chance: how many households had so many events, one column for each size."""

    counts: Ints
    chances: Floats
    exact: bool

    @property
    def error(self) -> float:
        return 0.0 if self.exact else math.sqrt(0.95 * 0.05 / DRAWN)


# ---------------------------------------------------------------- what can happen
def outcomes(households: int, shares: Sequence[float], key: Key) -> Outcomes:
    """Say how many of the households have each of several sizes: all possibilities, or towns drawn."""
    spans = [_span(households, share) for share in shares]
    if math.prod(map(len, spans)) <= MOST_OUTCOMES:
        counts = np.stack([axis.ravel() for axis in np.meshgrid(*spans, indexing="ij")], axis=1)
        chances = np.exp(_log_chances(households, shares, counts))
        some = chances > LEAST_CHANCE
        return Outcomes(counts[some], chances[some], exact=True)
    drawn = np.random.default_rng(key.words).multinomial(households, [*shares, 1 - math.fsum(shares)], size=DRAWN)
    counts, times = np.unique(drawn[:, :-1], axis=0, return_counts=True)
    return Outcomes(counts, times / DRAWN, exact=False)


def _span(households: int, share: float) -> Ints:
    mean = households * share
    reach = 6.5 * (math.sqrt(mean * (1 - share)) + 1)
    return np.arange(max(0, math.floor(mean - reach)), min(households, math.ceil(mean + reach + 3)) + 1)


def _log_chances(households: int, shares: Sequence[float], counts: Ints) -> Floats:
    """Return the logarithm of the multinomial chance of each row of counts."""
    from scipy.special import gammaln

    rest, left = households - counts.sum(axis=1), 1 - math.fsum(shares)
    possible = (rest >= 0) & ((rest == 0) | (left > 1e-15))
    rest = np.maximum(rest, 0)
    log = gammaln(households + 1) - gammaln(rest + 1) + rest * math.log(max(left, 1e-300))
    for column, share in zip(counts.T, shares, strict=True):
        log = log - gammaln(column + 1) + column * math.log(max(share, 1e-300))
    return np.where(possible, log, -np.inf)


def whole(values: Any) -> Any:
    return np.asarray(values, np.int64).astype(object)


def sums(counts: Ints, sizes: Sequence[int], households: int, trials: int) -> Sums:
    """Sum households with `trials` trials each, of which `counts` had `sizes` events and the rest none."""
    size = np.asarray(sizes, np.int64)
    above, above2 = counts @ size, counts @ (size * size)
    n = np.full(len(counts), households)
    return Sums(whole(above), whole(n * trials), whole(above2), whole(above * trials), whole(n * trials**2), n)


def held(bounds: Bounds, truth: float, chances: Floats) -> float:
    inside = (bounds.low <= truth) & (truth <= bounds.high)
    return float(np.sum(chances * inside) / np.sum(chances))


# ---------------------------------------------------------------- the parts of the grid
def totals(expected: Sequence[float] = EXPECTED) -> Iterator[Point]:
    """Rare and frequent events that strike few of very many households."""
    for (kind, cluster), strikes in product(CLUSTERS.items(), expected):
        sizes, shares = list(cluster), [strikes * share / MANY for share in cluster.values()]
        happens = outcomes(MANY, shares, KEY("totals", kind, str(strikes)))
        bounds = total_bounds(sums(happens.counts, sizes, MANY, 1), together(cluster))
        truth = strikes * math.fsum(size * share for size, share in cluster.items())
        yield Point(
            "totals", kind, f"{MANY:,} households", strikes, held(bounds, truth, happens.chances), happens.error
        )


def together(cluster: dict[int, float]) -> float:
    """Return with how many others an event comes, itself included, on average."""
    return sum(n * n * share for n, share in cluster.items()) / sum(n * share for n, share in cluster.items())


def shares(expected: Sequence[float] = EXPECTED, households: Sequence[int] = HOUSEHOLDS) -> Iterator[Point]:
    """Shares of trials, from a tenth of one expected event to half of all trials, in households more or less alike."""
    for (trials, alike), n in product(ALIKE, households):
        for events in (*(e for e in expected if e <= n * trials / 2), n * trials / 2):
            p = events / (n * trials)
            chances = [
                (1 - alike) * math.comb(trials, k) * p**k * (1 - p) ** (trials - k)
                + (alike * p if k == trials else 0.0)
                for k in range(1, trials + 1)
            ]
            happens = outcomes(n, chances, KEY("shares", trials, str(alike), n, str(events)))
            bounds = share_bounds(sums(happens.counts, range(1, trials + 1), n, trials))
            kind = f"{trials} {'trial' if trials == 1 else 'trials'} each" + (
                f", {alike:.0%} alike" if trials > 1 else ""
            )
            yield Point("shares", kind, f"{n:,} households", events, held(bounds, p, happens.chances), happens.error)


def groups(expected: Sequence[float] = EXPECTED[:12]) -> Iterator[Point]:
    """Events of a group that is a fifth or a twentieth of everybody and borrows what everybody shows."""
    for (kind, cluster), part, strikes in product(CLUSTERS.items(), (5, 20), expected):
        sizes = list(cluster)
        mine, rest = (
            outcomes(
                MANY, [times * share / MANY for share in cluster.values()], KEY("groups", kind, part, str(strikes), who)
            )
            for who, times in ((0, strikes), (1, strikes * (part - 1)))
        )
        picks, chances, error = _both(mine, rest, KEY("pick", kind, part, str(strikes)))
        truth = strikes * math.fsum(size * share for size, share in cluster.items())
        inside = np.zeros(len(chances))
        for i, (own, other) in enumerate(picks):
            rows = sums(np.stack([own + other, own]), sizes, MANY, 1)
            bounds = total_bounds(rows, together(cluster), borrow=True)
            inside[i] = bounds.low[1] <= truth <= bounds.high[1]
        coverage = float(np.sum(chances * inside) / np.sum(chances))
        yield Point("groups that borrow", kind, f"1 of {part}", strikes, coverage, error)


def _both(mine: Outcomes, rest: Outcomes, key: Key) -> tuple[list[tuple[Ints, Ints]], Floats, float]:
    """Return pairs of outcomes with their chances: all pairs that count, or a thousand drawn where they are many."""
    n = len(rest.chances)
    if len(mine.chances) * n > MOST_PAIRS:
        i, j = (_picked(of.chances, key(who)) for who, of in (("mine", mine), ("rest", rest)))
        pairs = [(mine.counts[a], rest.counts[b]) for a, b in zip(i, j, strict=True)]
        return pairs, np.ones(len(pairs)), math.sqrt(0.95 * 0.05 / len(pairs))
    chances = np.outer(mine.chances, rest.chances).ravel()
    order = np.argsort(-chances, kind="stable")
    most = int(np.searchsorted(np.cumsum(chances[order]), 0.9999 * np.sum(chances))) + 1
    chosen = order[:most]
    return [(mine.counts[i // n], rest.counts[i % n]) for i in chosen], chances[chosen], 0.0


def _picked(chances: Floats, key: Key) -> Ints:
    """Draw a thousand outcomes by their chances."""
    ends = np.cumsum(chances) / np.sum(chances)
    return np.minimum(np.searchsorted(ends, key.uniform(np.arange(1_000))), len(ends) - 1)


def dense(households: Sequence[int] = FEW) -> Iterator[Point]:
    """Totals to which every household adds, some more and some less: passes, captures, minutes."""
    for n, spread in product(households, SPREAD):
        towns, houses = np.arange(DRAWN)[:, None], np.arange(n)
        variance = math.log(1 + spread * spread)
        level = np.exp(KEY("dense", n, str(spread)).normal(towns, houses) * math.sqrt(variance) - variance / 2)
        above = np.rint(400 * level).astype(np.int64)
        bounds = total_bounds(_of_households(above, np.ones_like(above)))
        error = math.sqrt(0.95 * 0.05 / DRAWN)
        coverage = held(bounds, 400.0 * n, np.ones(DRAWN))
        yield Point("every household adds", f"spread {spread:.0%}", f"{n:,} households", 400.0 * n, coverage, error)


def rates(expected: Sequence[float] = (1, 5, 20, 100)) -> Iterator[Point]:
    """Events for each trial where some households make ten times as many trials as others, as searches do."""
    n = 300
    towns, houses = np.arange(2_000)[:, None], np.arange(n)
    for events in expected:
        key = KEY("rates", str(events))
        below = np.where(key("busy").uniform(towns, houses) < 0.2, 30, 3)
        rate = events / (n * 8.4)
        above = sum((key("trial").uniform(towns, houses, np.int64(i)) < rate) & (i < below) for i in range(30))
        of = _of_households(np.asarray(above, np.int64), below)
        bounds = total_bounds(of)
        trials = np.asarray(of.below, np.float64)
        coverage = held(Bounds(bounds.low / trials, bounds.high / trials), rate, np.ones(len(trials)))
        yield Point(
            "rates", "3 or 30 trials each", f"{n:,} households", events, coverage, math.sqrt(0.95 * 0.05 / 2_000)
        )


def kinds(households: Sequence[int] = (30, 300)) -> Iterator[Point]:
    """Counts of a kind of people, of whom chance draws how many there are: households of one kind, or mixed ones."""
    for n, part, (kind, apart), often in product(households, (2, 5, 20), MIXED.items(), (1, 30)):
        if n < 15 * part:
            continue
        key, towns = KEY("kinds", n, part, kind, often), np.arange(400)[:, None]
        homes, members = np.arange(n), np.arange(4)
        lives = members < 1 + (homes % 4)[:, None]
        mine = key("person").uniform(towns[..., None], homes[:, None], members) * part < 1
        if apart:
            mine = np.broadcast_to((key("home").uniform(towns, homes) * part < 1)[..., None], mine.shape)
        each = np.full(mine.shape, often)
        if often > 1:
            each = 10 + key("often").below(2 * often - 19, towns[..., None], homes[:, None], members)
        own, all_of = ((each * here).sum(axis=2) for here in (lives & mine, np.broadcast_to(lives, mine.shape)))
        people, everybody = (here.sum(axis=-1) for here in (lives & mine, np.broadcast_to(lives, mine.shape)))
        row, first = _of_households(own, people), _of_households(all_of, everybody)
        inside, truth = 0, often * int(lives.sum()) / part
        for i in range(len(own)):
            low, high = total_bounds(among_all(_stacked(first, row, i)), borrow=True)
            inside += bool(low[1] <= truth <= high[1])
        often_said = "once" if often == 1 else f"{often} times"
        yield Point(
            "kinds of people",
            f"1 of {part}, {kind}, counted {often_said}",
            f"{n:,} households",
            truth,
            inside / len(own),
            math.sqrt(0.95 * 0.05 / len(own)),
        )


def _stacked(first: Sums, second: Sums, i: int) -> Sums:
    """Put row `i` of the second below row `i` of the first."""
    rows = zip(vars(first).values(), vars(second).values(), strict=True)
    return Sums(*(np.array([one[i], other[i]], one.dtype) for one, other in rows))


def _of_households(above: Ints, below: Ints) -> Sums:
    rows = [whole(values.sum(axis=1)) for values in (above, below, above * above, above * below, below * below)]
    return Sums(*rows, np.full(len(above), above.shape[1]))


def everything() -> list[Point]:
    return [*totals(), *shares(), *groups(), *dense(), *rates(), *kinds()]


# ---------------------------------------------------------------- the page
def page(points: Sequence[Point]) -> str:
    """Write docs/intervals.md."""
    lines = [HEAD]
    lines += ["| Part of the grid | Points | Least | Mean | Most |", "|---|---:|---:|---:|---:|"]
    parts = list(dict.fromkeys(point.part for point in points))
    for part in parts:
        lines.append(_row(part, [p for p in points if p.part == part]))
    lines.append(_row("**everything**", list(points)))
    for part in parts:
        lines += ["", f"## {part.capitalize()}", "", *_table([p for p in points if p.part == part])]
    return "\n".join(lines) + "\n" + TAIL_OF_PAGE


def _row(name: str, points: Sequence[Point]) -> str:
    covered = [p.coverage for p in points]
    mean = math.fsum(covered) / len(covered)
    return f"| {name} | {len(points)} | {min(covered):.1%} | {mean:.1%} | {max(covered):.1%} |"


def _table(points: Sequence[Point]) -> list[str]:
    columns = sorted({p.expected for p in points})
    if len(columns) > 16 or points[0].part in ("every household adds", "kinds of people"):
        columns = []
    if not columns:
        rows: dict[tuple[str, str], list[Point]] = {}
        for p in points:
            rows.setdefault((p.kind, p.size), []).append(p)
        head = ["| Which | Size | Points | Least, at so many expected events | Mean |", "|---|---|---:|---|---:|"]
        body = []
        for (kind, size), some in rows.items():
            least = min(some, key=lambda p: p.coverage)
            mean = math.fsum(p.coverage for p in some) / len(some)
            body.append(f"| {kind} | {size} | {len(some)} | {_cell(least)} at {least.expected:,.5g} | {mean:.1%} |")
        return head + body
    head = ["| Which | Size | " + " | ".join(f"{c:,.5g}" for c in columns) + " |"]
    head.append("|---|---|" + "---:|" * len(columns))
    keys = list(dict.fromkeys((p.kind, p.size) for p in points))
    found = {(p.kind, p.size, p.expected): p for p in points}
    body = [f"| {k} | {s} | " + " | ".join(_cell(found.get((k, s, c))) for c in columns) + " |" for k, s in keys]
    return head + body


def _cell(point: Point | None) -> str:
    if point is None:
        return ""
    return f"{point.coverage:.1%}" + (f" ±{2 * point.error:.1%}" if point.error else "")


HEAD = """# How often the intervals hold the truth

    python -m tests.coverage > docs/intervals.md      # makes this page; a test compares the two

An interval of 95 % should hold the truth in 95 of 100 runs, and no kind of run should be much worse. This page counts
it over a grid of invented towns whose truth is known. The grid has totals from a tenth of one expected event (so that
most runs show none) to 1,000, which strike one at a time or several in one household; shares of trials from a tenth
of one expected event to half of all, in households that are alike or not; groups with few events that borrow from
everybody how events cluster; totals to which every household adds; rates of households that make many or few trials;
and counts of a kind of people of whom chance also draws how many there are.

Numbers without ± are exact: every outcome was enumerated with its chance (of groups, those that make up 99.99 %). The
others come from towns that were drawn, and ± is two standard errors of that. Whole numbers make coverage jump: where
one event or three are expected, no interval can hold exactly 95 %. We ask for a mean of 94 to 96 % over the grid and
for no point under 90 %.
"""
TAIL_OF_PAGE = """
## How they are made

Jeffreys intervals, made wider by how events cluster in households. Where few households show that, the factor is drawn
towards what was expected: for totals, as 12 more households would, towards the `jump` that each metric states in
`metrics/quantities.py`; for shares, as one more household would, towards half of full likeness; for a group, towards
everybody's. It is never drawn below what the data show. What a kind of people adds up to is set against all households
of the town, because another seed draws another number of such people. No event gives 0 to 3 (the rule of three), and
the low end for one event is 0.105, because a rarer event than that happens in under one run in ten.

## What the grid leaves out

- Events that come in larger clusters than `jump` says, where few have happened; with more than about ten strikes the
  data speak for themselves.
- One strike in ten that is twenty times as large as the others: with about ten strikes expected, the truth is held in
  about 85 of 100 runs.
- What all households share. Streets, cameras and the list are held fixed; replicates vary them (`--replicates`).
- How many people are rightly on the list, or are so and pass (`listed_people`). That is taken as it is in the run,
  without an interval; the interval of how many are found (`listed_found`) is that of their share, times the people
  listed. Only how many are of a kind is left to chance. Another seed has others on the list by mistake.
- Rates of finding listed people (`tpir`, `fnir`, `mated_missed`). Their interval is for this list and these cameras on
  these days: few people are listed, and one who cannot be matched may stay on the list and make many of the searches.
  Another seed draws another list, and over seeds these intervals hold the mean far more seldom than others do. Several
  seeds or replicates show what the list does.
- Percentiles of few people. Each household counts as one observation, which is cautious, but the upper end cannot be
  more than the largest number seen, so a high percentile of some dozens of people is held more seldom. Of fewer than
  100 person-days there is no 99th percentile, of fewer than 10 no 90th: it would be the largest number seen. Where a
  percentile or its upper end is 1,023 a day or more it is undefined, because more is not counted apart.
"""


if __name__ == "__main__":
    sys.stdout.write(page(everything()))
