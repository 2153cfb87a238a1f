"""A system's curve: passes through what was published, bends as said, and never says less is known than is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from glasstown import catalogue
from glasstown.core.errors import Problem
from glasstown.sensing.curve import (
    Anchor,
    Curve,
    Fall,
    Interval,
    anchored_by_rank,
    curve,
    fpir,
    interval,
    share_interval,
    together,
)
from glasstown.sensing.fusion import falsely_matched, missed
from glasstown.sensing.gallery import fmr_of, t_of

SLOPE = Interval(0.2, 0.16, 0.24)
SURE = Interval(0.2, 0.2, 0.2)
EXACT = Anchor(1e-6, 1e-6, 1e-6, 0.1, 0.1, 0.1)


def plain(fnmr: float, slope: float, t: float, never: float = 0.0) -> float:
    """Misses that are a straight line on the probit scale through (6, fnmr)."""
    from scipy.special import ndtr, ndtri

    begin = ndtri((fnmr - never) / (1 - never))
    return never + (1 - never) * float(ndtr(begin + slope * (t - 6)))


def test_misses_are_a_straight_line_in_probits() -> None:
    made = curve(0.5, EXACT, Fall(20, 20), SURE, Interval(0.02, 0.02, 0.02))
    for threshold in (0.4, 0.5, 0.6):
        t = 6 + 20 * (threshold - 0.5)
        assert made.t_at(threshold) == pytest.approx(np.full(len(made.t), t))
        assert made.fnmr(t)[0] == pytest.approx(plain(0.1, 0.2, t, 0.02), rel=1e-9)
        assert made.threshold_at(t)[0] == pytest.approx(threshold)
    assert made.fnmr(-300.0)[0] == pytest.approx(0.02), "unmatchable at any threshold"
    assert made.fnmr(6.0, harder=1.0)[0] == pytest.approx(plain(0.1, 0.2, 6 + 1 / 0.2, 0.02), rel=1e-9)


def test_misses_grow_with_the_gallery_at_a_fixed_fpir() -> None:
    """t = log10(N / FPIR) while FPIR is small: nothing of the kind is typed in."""
    made = curve(0.5, EXACT, Fall(20, 20), SURE)
    for n in (1e3, 1e5, 1e7):
        assert made.fnir_at_fpir(n, 1e-4)[0] == pytest.approx(plain(0.1, 0.2, math.log10(n / 1e-4)), rel=1e-3)


def test_rank_without_threshold_falls_in_the_log_of_the_gallery() -> None:
    """Closed-set search: equal steps of log N give nearly equal steps of misses; a longer list misses less."""
    made = curve(0.5, EXACT, Fall(20, 20), SURE)
    misses = [made.fnir(n, -300.0, rank=1)[0] for n in (1e4, 1e5, 1e6, 1e7)]
    steps = np.diff(misses)
    assert np.all(steps > 0)
    assert max(steps) < 2 * min(steps)
    assert made.fnir(1e6, -300.0, rank=50)[0] < misses[2]
    assert made.fnir(1.0, -300.0, rank=1)[0] == pytest.approx(0.0, abs=1e-9), "nobody to be beaten by"
    assert made.fnir(1e6, 12.0, rank=1)[0] == pytest.approx(made.fnmr(12.0)[0], rel=1e-3), "the threshold is higher"
    assert made.fnir(1e6, 6.0, rank=1, shift=1.0)[0] > made.fnir(1e6, 6.0, rank=1)[0]


def test_rank_equals_a_plain_average_over_the_best_of_the_others() -> None:
    from scipy.special import ndtr, ndtri

    n, made = 2_000, curve(0.5, EXACT, Fall(20, 20), SURE)
    u = (np.arange(100_000) + 0.5) / 100_000
    best = t_of(-np.expm1(np.log1p(-u) / n))
    expected = ndtr(ndtri(0.1) + 0.2 * (np.maximum(best, 3.5) - 6)).mean()
    assert made.fnir(n + 1, 3.5, rank=1)[0] == pytest.approx(expected, rel=2e-3)


def test_an_engine_known_by_rank_gives_its_rank_rate_back() -> None:
    level = anchored_by_rank(12e6, 1, 0.04, 0.2, 0.002)
    place = math.log10(12e6)
    at = 10.0**-place
    made = curve(place, Anchor(at, at, at, level, level, level), Fall(1, 1), SURE, Interval(0.002, 0.002, 0.002))
    assert made.fnir(12e6, -300.0, rank=1)[0] == pytest.approx(0.04, rel=1e-6)


def test_no_event_is_a_posterior_and_not_a_zero() -> None:
    """Jeffreys: none in E comparisons has median 0.2275 / E and 97.5 % point 2.512 / E."""
    from scipy.special import gammaincinv

    none = Anchor(1e-9, 1e-9, 1e-9, 0.1, 0.1, 0.1, false=0, exposure=1e8)
    rates = fmr_of(curve(0.5, none, Fall(20, 20), SURE).t)
    assert np.median(rates[1:]) == pytest.approx(gammaincinv(0.5, 0.5) / 1e8, rel=0.05)
    assert np.quantile(rates[1:], 0.975) == pytest.approx(2.512 / 1e8, rel=0.05)
    assert rates.min() > 0


def test_a_band_without_events_bounds_the_fall_from_below() -> None:
    """Against the posterior summed by hand; the more was seen below the band, the steeper the fall must be."""
    def falls(events: float) -> Interval:
        return interval(curve(0.6, EXACT, Fall(10, 40, ((0, 0.04, events), (0.04, math.inf, 0))), SURE).decades)

    grid = 10 * 4 ** ((np.arange(20_000) + 0.5) / 20_000)
    weight = (1 - 10 ** (-0.04 * grid)) ** 8
    cumulative = np.cumsum(weight) / weight.sum()
    expected = [grid[np.searchsorted(cumulative, q)] for q in (0.5, 0.025, 0.975)]
    assert falls(8) == pytest.approx(expected, rel=0.02)
    assert falls(0).value == pytest.approx(20, rel=0.01), "no counts: the middle of the range"
    assert falls(40).low > falls(8).low > falls(0).low


def test_intervals_hold_the_value_and_widen_away_from_what_was_measured() -> None:
    made = catalogue.system("npl-neoface").curve()
    widths = []
    for threshold in (0.60, 0.58, 0.56):
        found = interval(fpir(made, 10_000, threshold))
        assert found.low < found.value < found.high
        widths.append(math.log(found.high / found.low))
    assert widths == sorted(widths)


def test_a_curve_is_the_same_every_time() -> None:
    a, b = (curve(0.6, EXACT, Fall(10, 40), SLOPE) for _ in range(2))
    for name in ("t", "decades", "probit", "slope", "unmatchable"):
        assert np.array_equal(getattr(a, name), getattr(b, name))


def test_stated_intervals_come_out_as_they_went_in() -> None:
    made = curve(0.0, Anchor(3e-7, 2e-7, 6e-7, 0.2, 0.15, 0.3), Fall(0, 0), SLOPE)
    assert interval(fmr_of(made.t)) == pytest.approx((3e-7, 2e-7, 6e-7), rel=0.05)
    assert interval(made.fnmr(made.t[:, None])[:, 0]) == pytest.approx((0.2, 0.15, 0.3), rel=0.05)
    assert interval(made.slope) == pytest.approx(SLOPE, rel=0.03)
    assert share_interval(0.11, 400) == pytest.approx((0.11, 0.0824, 0.1435), abs=2e-3)


# ------------------------------------------------------------------ several systems
def single(fnmr: float, fmr: float = 1e-4) -> Curve:
    return curve(0.0, Anchor(fmr, fmr, fmr, fnmr, fnmr, fnmr), Fall(0, 0), SURE)


@pytest.mark.parametrize("rule", ["or", "and", "majority"])
def test_systems_together_have_the_fused_rates(rule: str) -> None:
    three = (single(0.3), single(0.5), single(0.7))
    misses, false = Interval(0.3, 0.3, 0.3), Interval(0.05, 0.05, 0.05)
    made = together(three, rule, misses, false)  # type: ignore[arg-type]
    assert made.fnmr(made.t[:, None])[0, 0] == pytest.approx(missed(rule, [0.3, 0.5, 0.7], 0.3), rel=1e-6)  # type: ignore[arg-type]
    assert fmr_of(made.t)[0] == pytest.approx(falsely_matched(rule, [1e-4] * 3, 0.05), rel=1e-6)  # type: ignore[arg-type]


def test_one_dependence_for_both_kinds_of_error_gives_something_else() -> None:
    three = (single(0.3), single(0.5), single(0.7))
    two = together(three, "and", Interval(0.3, 0.3, 0.3), Interval(0.0, 0.0, 0.0))
    one = together(three, "and", Interval(0.3, 0.3, 0.3), Interval(0.3, 0.3, 0.3))
    assert fmr_of(two.t)[0] == pytest.approx(1e-12, rel=1e-6)
    assert fmr_of(one.t)[0] > 1e3 * fmr_of(two.t)[0]


# ------------------------------------------------------------------ the catalogue's systems
@pytest.mark.parametrize("name", catalogue.names("systems"))
def test_a_named_system_has_a_curve_through_what_was_published(name: str) -> None:
    system = catalogue.system(name)
    made = system.curve()
    fmr, fnmr = system.operating(system.threshold)
    t = made.t_at(system.threshold)
    assert fmr_of(t)[0] == pytest.approx(fmr.value, rel=1e-5)
    assert made.fnmr(t)[0] == pytest.approx(fnmr.value, rel=1e-5)
    for values in (made.t, made.decades, made.probit, made.slope, made.unmatchable):
        assert np.all(np.isfinite(values))
    assert np.all(np.diff(made.fnmr(np.linspace(2, 10, 30))[0]) > 0)
    for fact in system.facts:
        assert catalogue.fact(fact).record[:2] in ("FR", "LF")


@pytest.mark.parametrize("year", [2010, 2014, 2018])
def test_portrait_engines_give_their_published_rank_rate(year: int) -> None:
    system = catalogue.system(f"mugshot-{year}")
    found = interval(system.curve().fnir(12e6, -300.0, rank=1))
    assert found.value == pytest.approx(catalogue.fact(f"fr07-missed-{year}").value, rel=1e-4)


def test_thresholds_beyond_the_range_need_to_be_asked_for() -> None:
    system = catalogue.system("npl-neoface")
    with pytest.raises(Problem, match="extrapolate: true"):
        system.operating(0.70)
    fmr, fnmr = system.operating(0.70, extrapolate=True)
    assert fmr.value < system.operating(0.64)[0].value
    assert fnmr.value > system.operating(0.64)[1].value
    with pytest.raises(Problem, match="one published setting"):
        catalogue.system("met-trials-2016").operating(1, extrapolate=True)


def test_fpir_by_kind_of_person_is_a_shift() -> None:
    made, shifts = single(0.1, 1e-6), np.log10([0.5, 1.0, 5.0])
    found = fpir(made, 10_000, 0.0, shifts)
    assert found.shape == (len(made.t), 3)
    assert found[0] == pytest.approx([1 - (1 - m * 1e-6) ** 10_000 for m in (0.5, 1, 5)], rel=1e-9)
    assert fpir(made, 10_000, [0.0, 0.0], shifts[:, None]).shape == (len(made.t), 2, 3, 1)
