"""V2: how much more often one group is mistaken, read off the thresholds at which a laboratory saw a difference."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from glasstown.catalogue import fact
from glasstown.core.columns import F64, I64, Bool
from glasstown.core.keys import Key
from glasstown.sensing.gallery import fpir_of
from glasstown.study.validation.parts import Part, band, null, part

BAND = (2.0, 10.0)
DRAWS = 200_000
THRESHOLDS = (0.64, 0.62, 0.60, 0.58, 0.56)

# Assumptions, each drawn evenly (the multiplier and the number of events on a logarithmic scale).
MULTIPLIER = (1.0, 100.0)
DECADES_PER_UNIT = (10.0, 40.0)
SHARE = (0.2, 0.45)
REPEAT = (0.1, 0.9)
EVENTS = (2.0, 32.0)
SIGNIFICANT = 0.025


class World(NamedTuple):
    """What the laboratory would have counted in many possible worlds: rows are draws, columns thresholds."""

    multiplier: F64
    share: F64
    group: I64
    others: I64


def worlds(key: Key, draws: int = DRAWS, multiplier: float | None = None) -> World:
    """Draw possible laboratories from the assumptions.

    A subject who resembles a reference is returned at each of about seven searches with one chance, so that events
    come in clusters; which subjects do at a threshold is a Poisson count that grows as the threshold falls.

    Parameters
    ----------
    draws : int
        How many worlds.
    multiplier : float, optional
        Fixes the group's multiplier, for models that must miss.
    """
    i = np.arange(draws)

    def even(word: str, ends: tuple[float, float]) -> F64:
        return ends[0] + key(word).uniform(i) * (ends[1] - ends[0])

    def evenly(word: str, ends: tuple[float, float]) -> F64:
        return ends[0] * (ends[1] / ends[0]) ** key(word).uniform(i)

    times = evenly("multiplier", MULTIPLIER) if multiplier is None else np.full(draws, multiplier)
    share, slope = even("share", SHARE), even("slope", DECADES_PER_UNIT)
    each = fact("lf16-searches-each").value * even("repeat", REPEAT)
    subjects = evenly("events", EVENTS) / each
    weight = share * times / (share * times + 1 - share)
    group, others = np.zeros((draws, 5), np.int64), np.zeros((draws, 5), np.int64)
    before = np.zeros(draws)
    for column, threshold in enumerate(THRESHOLDS):
        now = subjects * 10.0 ** (-slope * (threshold - 0.60))
        for counted, part_of, word in ((group, weight, "group"), (others, 1 - weight, "others")):
            more = poisson(key(word, column).uniform(i), (now - before) * part_of)
            events = poisson(key(word, "events", column).uniform(i), more * each)
            counted[:, column] = events + (counted[:, column - 1] if column else 0)
        before = now
    return World(times, share, group, others)


def poisson(u: F64, mean: F64) -> I64:
    """Turn uniform draws into Poisson counts by inversion."""
    count = np.zeros(len(u), np.int64)
    term = np.exp(-mean)
    total = term.copy()
    left = np.flatnonzero(u >= total)
    k = 0
    while len(left) and k < 2_000:
        k += 1
        term[left] *= mean[left] / k
        total[left] += term[left]
        count[left] = k
        left = left[(u[left] >= total[left]) & (term[left] > 0)]
    return count


def excess(group: I64, total: I64, share: F64) -> Bool:
    """Say where a group has significantly more events than its share, as if each event were independent."""
    from scipy.special import bdtrc

    tail = np.where(group > 0, bdtrc(np.maximum(group - 1, 0), np.maximum(total, 1), share), 1.0)
    return tail < SIGNIFICANT


def as_published(world: World) -> Bool:
    """Say which worlds show what was published: the events, none from 0.64 on, and an excess at 0.58 and 0.56 alone."""
    total = world.group + world.others
    seen = [excess(world.group[:, c], total[:, c], world.share) for c in range(5)]
    counts = (total[:, 0] == 0) & (total[:, 2] == int(fact("lf16-false-060-062").value))
    return counts & ~seen[1] & ~seen[2] & seen[3] & seen[4]


def gallery_identity() -> Part:
    """Return the ratio of FPIR between two galleries of the same system at one threshold."""
    fmr, large, small = fact("lf16-fmr").value, 10_000.0, 1_000.0
    within = band(large / small, times=1.01)
    ratio = float(fpir_of(large, fmr) / fpir_of(small, fmr))
    silly = {f"N to the power {power:g}": (large / small) ** power for power in (0.8, 1.1)}
    return part(
        "V2b",
        "FPIR at N = 10,000 over FPIR at N = 1,000",
        published=fact("lf16-fpir").value / fact("lf16-fpir-at-1000").value,
        predicted=ratio,
        within=within,
        nulls=[null(name, predicted, within) for name, predicted in silly.items()],
        inputs={"lf16-fmr": fmr},
        unit="times",
        note="an identity, not evidence: the laboratory scaled its counts to both sizes itself",
        evidence=False,
        beside="by the laboratory's scaling",
    )


def parts() -> list[Part]:
    """Return the posterior of the multiplier, and the identity of the gallery size."""
    key = Key.from_seed(0)("validation", "V2")
    drawn = worlds(key("worlds"))
    kept = drawn.multiplier[as_published(drawn)]
    low, median, high = (float(np.quantile(kept, q)) for q in (0.025, 0.5, 0.975))

    def likely(times: float) -> float:
        return float(as_published(worlds(key("fixed"), DRAWS // 4, times)).mean())

    best = likely(median)
    told = " and ".join(f"{likely(times) / best:.2g} times as likely with {times:g}" for times in (1.0, 30.0))
    unseen = math.sqrt(MULTIPLIER[0] * MULTIPLIER[1])
    inputs = {name: fact(name).value for name in ("lf16-false-060-062", "lf16-searches-each")}
    return [
        part(
            "V2",
            "multiplier of false matches of the group with the excess",
            published=None,
            predicted=median,
            interval=(low, high),
            within=BAND,
            nulls=[null("the data ignored: the median before them", unseen, BAND)],
            inputs={
                **inputs,
                "pattern": "8 events at 0.60, none from 0.64, significant at 0.58 and 0.56 only (LF16)",
                "share of the cohort": "0.2 to 0.45, assumed: the counts for each group were not obtained",
                "decades per unit of threshold": "10 to 40, assumed",
                "chance that a look-alike is returned": "0.1 to 0.9, assumed",
                "test": "5 % two-sided on searches taken as independent, assumed",
            },
            fitted_on=("LF16",),
            unit="times",
            note=f"posterior median and 95 % interval over {len(kept):,} of {DRAWS:,} drawn laboratories, prior even "
            f"on a logarithmic scale from 1 to 100. Its median, {unseen:g}, lies on the edge of the band, so that "
            f"whoever has seen no data meets the rule too. The pattern is {told} as with {median:.3g}",
        ),
        gallery_identity(),
    ]
