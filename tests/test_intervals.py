"""Do 95 % intervals hold the truth 95 times in 100? Also where events come in clusters, are few, or none.

Each coverage test lives 1,000 to 3,000 towns of known truth and asks for a least share of intervals that
hold it. The floor is the smallest coverage that we accept, and the test is red when the coverage seen lies
4.9 standard errors below it: a false alarm once in two million for each case, once in 50,000 for this file.
Coverage that is truly 4 points below the floor is noticed (5 points where 1,000 towns are lived).
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import betainc, gammainc, stdtrit

from glasstown.core.estimates import Estimate
from glasstown.core.intervals import (
    Bounds,
    Sums,
    event_factor,
    kish,
    percentiles,
    share_bounds,
    share_factor,
    total_bounds,
    with_ranges,
)
from glasstown.core.keys import Key

Ints = NDArray[np.int64]
KEY = Key.from_seed(95)
ALARM = 4.9


# ---------------------------------------------------------------- towns of known truth
def sums_of(above: Ints, below: Ints) -> Sums:
    """Sum households: one row a town, one column a household."""

    def exact(values: Ints) -> Any:
        return values.sum(axis=1).astype(object)

    return Sums(
        exact(above),
        exact(below),
        exact(above * above),
        exact(above * below),
        exact(below * below),
        np.full(len(above), above.shape[1]),
    )


def regardless_of_households(sums: Sums) -> Sums:
    """The same totals as if every event and every trial were a household of its own."""
    return replace(
        sums,
        above2=sums.above,
        cross=sums.above,
        below2=sums.below,
        clusters=np.asarray(sums.below, np.int64),
    )


def binomial(key: Key, n: Any, p: Any, shape: tuple[int, int]) -> Ints:
    """Draw counts by tossing each coin."""
    most, towns, houses = int(np.max(n)), *shape
    coins = key.uniform(np.arange(towns)[:, None, None], np.arange(houses)[:, None], np.arange(most))
    chance, tosses = np.broadcast_to(p, shape)[..., None], np.broadcast_to(n, shape)[..., None]
    return ((coins < chance) & (np.arange(most) < tosses)).sum(axis=-1)


@cache
def events(key: Key, towns: int, houses: int, expected: float, jump: str) -> Ints:
    """Give households events that strike at random and come one, five, or a varying number at a time."""
    strikes = binomial(key, 1, expected / houses, (towns, houses))
    if jump == "varying":
        u = key("jump").uniform(np.arange(towns)[:, None], np.arange(houses))
        return strikes * (1 + np.floor(np.log(1 - u) / math.log(1 - 1 / 3))).astype(np.int64)
    return strikes * (5 if jump == "five" else 1)


MEAN_JUMP = {"one": 1, "five": 5, "varying": 3}


def holds(bounds: Bounds, truth: float) -> float:
    return float(np.mean((bounds.low <= truth) & (truth <= bounds.high)))


def is_covered(bounds: Bounds, truth: float, floor: float) -> bool:
    slack = ALARM * math.sqrt(floor * (1 - floor) / len(bounds.low))
    return holds(bounds, truth) >= floor - slack


# ---------------------------------------------------------------- coverage
TOTALS = [
    # jump, households, expected strikes, least coverage
    ("one", 20, 1.0, 0.95),
    ("one", 200, 3.0, 0.91),
    ("one", 200, 10.0, 0.94),
    ("one", 400, 80.0, 0.95),
    ("five", 200, 10.0, 0.93),
    ("five", 400, 80.0, 0.94),
    ("varying", 200, 10.0, 0.92),
    ("varying", 400, 80.0, 0.93),
    ("varying", 30, 10.0, 0.92),
]


@pytest.mark.parametrize(("jump", "houses", "strikes", "floor"), TOTALS)
def test_totals_are_covered(jump: str, houses: int, strikes: float, floor: float) -> None:
    above = events(KEY("totals", jump, houses, str(strikes)), 2_000, houses, strikes, jump)
    bounds = total_bounds(sums_of(above, np.ones_like(above)))
    assert is_covered(bounds, strikes * MEAN_JUMP[jump], floor)


SHARES = [
    # share, trials in each household, households alike?, households, least coverage
    (0.5, 1, False, 200, 0.93),
    (0.1, 7, False, 100, 0.94),
    (0.02, 7, False, 100, 0.93),
    (0.3, 7, True, 100, 0.94),
    (0.1, 7, True, 120, 0.91),
    (0.9, 7, True, 100, 0.93),
    (0.5, 7, True, 10, 0.90),
]


@cache
def households_alike(share: float, trials: int, alike: bool, n_houses: int) -> Sums:
    """Trials by household; with `alike`, half the households (of either outcome) end all their trials one way."""
    key, shape = KEY("shares", str(share), trials, int(alike), n_houses), (1_000, n_houses)
    towns, houses = np.arange(shape[0])[:, None], np.arange(n_houses)
    below = trials * (1 + key("size").below(3, towns, houses))
    p = np.full(shape, share)
    if alike:
        settled = key("settled").uniform(towns, houses) < 0.5
        p = np.where(settled, key("which").uniform(towns, houses) < share, p)
    return sums_of(binomial(key("trial"), below, p, shape), below)


@pytest.mark.parametrize(("share", "trials", "alike", "houses", "floor"), SHARES)
def test_shares_are_covered(share: float, trials: int, alike: bool, houses: int, floor: float) -> None:
    assert is_covered(share_bounds(households_alike(share, trials, alike, houses)), share, floor)


def test_ratios_with_a_random_denominator_are_covered() -> None:
    """Alerts for each search, where some households are searched ten times as often as others."""
    towns, houses = np.arange(1_000)[:, None], np.arange(150)
    key = KEY("ratio")
    below = np.where(key("busy").uniform(towns, houses) < 0.2, 30, 3) * key("out").below(2, towns, houses)
    above = binomial(key("trial"), below, 0.1, (1_000, 150))
    sums = sums_of(above, below)
    bounds = total_bounds(sums)
    rates = Bounds(bounds.low / np.asarray(sums.below, float), bounds.high / np.asarray(sums.below, float))
    assert is_covered(rates, 0.1, 0.94)
    assert is_covered(share_bounds(sums), 0.1, 0.93)


def test_percentiles_are_covered() -> None:
    """Person-days alike within households: the cautious interval holds the true percentile."""
    towns, houses, days = np.arange(1_000)[:, None], np.arange(120), 5
    level = KEY("level").below(20, towns, houses)
    histograms = np.zeros((1_000, 40), np.int64)
    for day in range(days):
        np.add.at(histograms, (towns, level + KEY("day", day).below(10, towns, houses)), 1)
    chance = np.convolve(np.full(20, 1 / 20), np.full(10, 1 / 10))
    for permille in (500, 900, 990):
        truth = int(np.argmax(np.cumsum(chance) >= permille / 1000))
        assert is_covered(percentiles(histograms, permille, np.full(1_000, 120.0))[1], truth, 0.95)


# ---------------------------------------------------------------- the tests above can fail
@pytest.mark.parametrize("case", [case for case in TOTALS if case[0] != "one"])
def test_totals_regardless_of_households_would_fail(case: tuple[str, int, float, float]) -> None:
    jump, houses, strikes, floor = case
    above = events(KEY("totals", jump, houses, str(strikes)), 2_000, houses, strikes, jump)
    bounds = total_bounds(regardless_of_households(sums_of(above, np.ones_like(above))))
    assert not is_covered(bounds, strikes * MEAN_JUMP[jump], floor)


@pytest.mark.parametrize("case", [case for case in SHARES if case[2]])
def test_shares_regardless_of_households_would_fail(case: tuple[float, int, bool, int, float]) -> None:
    share, trials, alike, houses, floor = case
    sums = households_alike(share, trials, alike, houses)
    assert not is_covered(share_bounds(regardless_of_households(sums)), share, floor)


def test_percentiles_of_too_many_independent_days_would_fail() -> None:
    towns, houses = np.arange(1_000)[:, None], np.arange(120)
    histograms = np.zeros((1_000, 20), np.int64)
    np.add.at(histograms, (towns, KEY("level").below(20, towns, houses)), 28)
    assert not is_covered(percentiles(histograms, 475, np.full(1_000, 120.0 * 28))[1], 9, 0.95)


def test_intervals_are_not_wider_than_they_need_be() -> None:
    """Of independent events the interval is the textbook one, within 3 % of its width."""
    above = events(KEY("width"), 500, 400, 80.0, "one")
    sums = sums_of(above, np.ones_like(above))
    bounds, textbook = total_bounds(sums), total_bounds(regardless_of_households(sums))
    assert np.median((bounds.high - bounds.low) / (textbook.high - textbook.low)) == pytest.approx(1, abs=0.03)


# ---------------------------------------------------------------- what the formulas say
def test_independent_events_have_the_jeffreys_interval() -> None:
    """But for one event (and one other outcome): its outer end is that of a rarer thing than one run in ten shows."""
    above = np.zeros((4, 50), np.int64)
    for town, k in enumerate((1, 4, 17, 49)):
        above[town, :k] = 1
    low, high = total_bounds(regardless_of_households(sums_of(above, np.full_like(above, 9))))
    for i, k in enumerate((1, 4, 17, 49)):
        assert low[i] == pytest.approx(-math.log(0.9)) if k == 1 else gammainc(k + 0.5, low[i]) == pytest.approx(0.025)
        assert gammainc(k + 0.5, high[i]) == pytest.approx(0.975)
    low, high = share_bounds(sums_of(above, np.ones_like(above)))
    for i, k in enumerate((1, 4, 17, 49)):
        yes, no, least = k, 50 - k, -math.log(0.9) / 50
        assert (
            low[i] == pytest.approx(yes * least)
            if k == 1
            else betainc(yes + 0.5, no + 0.5, low[i]) == pytest.approx(0.025)
        )
        assert (
            high[i] == pytest.approx(1 - no * least)
            if k == 49
            else betainc(yes + 0.5, no + 0.5, high[i]) == pytest.approx(0.975)
        )


def test_the_variance_is_that_of_a_ratio_and_exact() -> None:
    above, below = np.array([[3, 0, 2, 7, 1]]), np.array([[5, 2, 2, 9, 4]])
    ratio = Fraction(13, 22)
    residual = sum((int(a) - ratio * int(b)) ** 2 for a, b in zip(above[0], below[0], strict=True))
    variance = residual * Fraction(5, 4)
    assert share_factor(sums_of(above, below))[0] == pytest.approx(
        max(1.0, float(variance / Fraction(22) / (ratio * (1 - ratio)))), rel=1e-15
    )
    shifted = above * 10
    assert event_factor(sums_of(shifted, below))[0] == pytest.approx(float(variance * 100 / 130), rel=1e-15)
    huge = Sums(*(np.array([v * 10**30], object) for v in (13, 22, 63, 84, 130)), np.array([5]))
    assert np.isfinite(event_factor(huge)).all()


def test_no_event_gives_zero_and_an_upper_bound() -> None:
    none = sums_of(np.zeros((1, 30), np.int64), np.full((1, 30), 4))
    low, high = total_bounds(none)
    assert low[0] == 0
    assert high[0] == pytest.approx(-math.log(0.05)), "the rule of three"
    assert total_bounds(none, jump=240)[1][0] == pytest.approx(-240 * math.log(0.05))
    low, high = share_bounds(none)
    assert low[0] == 0
    assert (1 - high[0]) ** 30 == pytest.approx(0.05), "each household counts as one trial"
    low, high = share_bounds(none, independent=True)
    assert (1 - high[0]) ** 120 == pytest.approx(0.05)
    low, high = share_bounds(sums_of(np.full((1, 30), 4), np.full((1, 30), 4)))
    assert high[0] == 1
    assert low[0] ** 30 == pytest.approx(0.05)


def test_one_household_is_one_observation() -> None:
    one = sums_of(np.array([[5]]), np.array([[28]]))
    assert event_factor(one)[0] == 5
    assert share_factor(one)[0] == 28
    assert kish(one.below, one.below2)[0] == 1
    three = sums_of(np.array([[1, 1, 1]]), np.array([[2, 2, 2]]))
    assert kish(three.below, three.below2)[0] == pytest.approx(3)


def test_few_events_borrow_from_everybody() -> None:
    """A group with one event among many clustered ones is not given the confidence of a lone event."""
    above = np.zeros((3, 300), np.int64)
    above[0, :40] = 5
    above[1, :1] = 1
    sums = sums_of(above, np.ones_like(above))
    alone, borrowed = total_bounds(sums), total_bounds(sums, borrow=True)
    assert (borrowed.low[0], borrowed.high[0]) == (alone.low[0], alone.high[0])
    assert borrowed.high[1] > 1.5 * alone.high[1]
    assert borrowed.high[2] == pytest.approx(-event_factor(sums)[0] * math.log(0.05), rel=0.1)
    trials = sums_of(above, np.full_like(above, 5))
    assert share_bounds(trials, borrow=True).high[1] > share_bounds(trials).high[1]


def test_odd_sums_give_finite_ordered_intervals() -> None:
    odd: list[tuple[Any, Any]] = [
        ([[0]], [[0]]), ([[0, 0]], [[0, 0]]), ([[1]], [[1]]), ([[0]], [[1]]), ([[1, 0]], [[1, 0]]),
        ([[9, 9]], [[9, 9]]), ([[2_000_000_000, 1]], [[2_000_000_000, 2_000_000_000]]), ([[0, 0, 0]], [[1, 0, 0]]),
        ([[5, 0]], [[0, 5]]), ([[1, 1]], [[1_000_000_000, 1]]),
    ]  # fmt: skip
    with np.errstate(all="raise", under="ignore"):
        for above, below in odd:
            sums = sums_of(np.array(above), np.array(below))
            for borrow in (False, True):
                total = total_bounds(sums, borrow=borrow)
                assert 0 <= total.low[0] <= sums.above[0] <= total.high[0] < 1e12
                share = share_bounds(sums, borrow=borrow)
                assert 0 <= share.low[0] <= share.high[0] <= 1


def test_percentiles_are_those_of_the_sorted_list() -> None:
    values = KEY("list").below(30, np.arange(997))
    histogram = np.bincount(values, minlength=64)[None]
    for permille in (1, 250, 500, 900, 990, 999):
        value, bounds = percentiles(histogram, permille, np.array([997.0]))
        assert value[0] == np.sort(values)[math.ceil(997 * permille / 1000) - 1]
        assert bounds.low[0] <= value[0] <= bounds.high[0] <= 63
    one = np.zeros((1, 64), np.int64)
    one[0, 63] = 1
    assert percentiles(one, 500, np.array([1.0])) == (63, (63, 63))


# ---------------------------------------------------------------- ranges from replicates
BASE = Estimate("stops", "stops", None, None, 10.0, 6.0, 15.0, None, None, 100)


def told(*values: float | None, base: Estimate = BASE) -> list[list[Estimate]]:
    return [[replace(base, value=v, low=v, high=v)] for v in values]


def test_the_range_is_students_t_around_the_value_joined_with_the_interval() -> None:
    (wide,) = with_ranges([BASE], told(4, 10, 16))
    reach = float(stdtrit(2, 0.975)) * 6
    assert (wide.range_low, wide.range_high) == (0.0, pytest.approx(10 + reach))
    (narrow,) = with_ranges([BASE], told(10, 10, 10))
    assert (narrow.range_low, narrow.range_high) == (6.0, 15.0)
    assert replace(wide, range_low=None, range_high=None) == BASE


def test_the_range_stays_within_what_is_possible() -> None:
    share = replace(BASE, name="ppv", unit="share", value=0.5, low=0.4, high=0.6)
    assert with_ranges([share], told(0.1, 0.9, base=share))[0].range_high == 1.0
    assert with_ranges([BASE], told(1, 300))[0].range_high > 100  # pyright: ignore[reportOptionalOperand]
    assert with_ranges([BASE], told(1, 300), at_most_n=["stops"])[0].range_high == 100.0


def test_a_range_holds_its_value_also_where_that_is_below_0() -> None:
    """A part of a variance of -0.12, or 1.04: its range is not cut. An end on the wrong side would show."""
    for value in (-0.12, 1.04):
        part = replace(BASE, name="part", unit="share", value=value, low=value - 0.05, high=value + 0.09)
        (found,) = with_ranges([part], told(value, value - 0.01, value + 0.01, base=part), signed=["part"])
        assert found.range_low is not None
        assert found.range_high is not None
        assert found.range_low <= value - 0.05 < value + 0.09 <= found.range_high


def test_the_range_is_null_where_replicates_do_not_define_it() -> None:
    for replicates in ([], told(3), told(3, None)):
        (e,) = with_ranges([BASE], replicates)
        assert (e.range_low, e.range_high) == (None, None)
    undefined = replace(BASE, value=None, low=None, high=None, n=0)
    assert with_ranges([undefined], told(1, 2, 3)) == [undefined]
    elsewhere = [[replace(e, by="sex", group="f") for e in r] for r in told(1, 2, 3)]
    assert with_ranges([BASE], elsewhere)[0].range_low is None
