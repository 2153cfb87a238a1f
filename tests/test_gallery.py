"""From one comparison to a search: closed forms as oracles, in exact fractions and by summing over every case."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product
from statistics import NormalDist

import numpy as np
import pytest

from glasstown import catalogue
from glasstown.scenario import load
from glasstown.sensing.fusion import at_least, correlation_of_two_lights, falsely_matched, missed, several_images
from glasstown.sensing.gallery import (
    effective_size,
    fmr_for,
    fmr_of,
    fpir_of,
    rank_t,
    repeated,
    t_of,
)
from glasstown.sensing.quality import Conditions, Detections


def test_the_axis_goes_both_ways() -> None:
    for fmr in (1.0, 0.1, 3e-7, 1e-12):
        assert fmr_of(t_of(fmr)) == pytest.approx(fmr, rel=1e-12)
    assert t_of(1e-6) == pytest.approx(6.0)
    assert t_of(0.0) == 300.0
    assert fmr_of(6.0, math.log10(5.0)) == pytest.approx(5e-6)
    assert fmr_of(6.0, -t_of(0.0)) < 1e-300
    assert fmr_of(0.5, 2.0) == 1.0


def test_fpir_is_the_chance_of_at_least_one() -> None:
    """Twelve digits against exact fractions; would notice one reference more or less at N = 200."""
    for fmr, n in product((1e-15, 1e-8, 4e-4, 0.3), (0, 1, 2, 200)):
        assert fpir_of(n, fmr) == pytest.approx(float(1 - (1 - Fraction(fmr)) ** n), rel=1e-12, abs=0)
    assert fpir_of(5, 1.0) == 1.0
    assert fpir_of(0, 1.0) == 0.0
    two = fpir_of(np.array([[10.0], [100.0]]), np.array([0.01, 0.02]))
    assert two == pytest.approx(1 - (1 - np.array([0.01, 0.02])) ** np.array([[10], [100]]))


def test_birthdays() -> None:
    """23 people are 253 comparisons of which one in 365 matches: the same sum with independent pairs gives 0.5005."""
    assert fpir_of(23 * 22 // 2, 1 / 365) == pytest.approx(1 - (364 / 365) ** 253, rel=1e-12)


@pytest.mark.parametrize("clustered", [0.25, 1.0, 4.0])
def test_clustered_false_matches_are_a_mixture_over_people(clustered: float) -> None:
    """The closed form equals the average over a gamma of people's multipliers, summed on 200,000 quantiles."""
    from scipy.special import gammaincinv

    u = (np.arange(200_000) + 0.5) / 200_000
    own = gammaincinv(1 / clustered, u) * clustered
    for n, fmr in ((10, 1e-4), (1_000, 1e-4), (100_000, 1e-4)):
        hazard = -n * math.log1p(-fmr)
        assert fpir_of(n, fmr, clustered) == pytest.approx(np.mean(-np.expm1(-hazard * own)), rel=2e-3)
    assert fpir_of(1e4, 1e-3, clustered) < fpir_of(1e4, 1e-3)


@pytest.mark.parametrize("clustered", [0.0, 0.5, 3.0])
def test_the_rate_for_a_stated_fpir_is_the_inverse(clustered: float) -> None:
    n, wanted = np.array([50.0, 1e3, 1e7]), np.array([[1e-6], [0.01], [0.9]])
    assert fpir_of(n, fmr_for(n, wanted, clustered), clustered) == pytest.approx(np.broadcast_to(wanted, (3, 3)))


def test_thresholds_that_follow_the_gallery() -> None:
    assert effective_size(1e5, 0, 1e4) == pytest.approx(1e5)
    assert effective_size(1e5, 1, 1e4) == pytest.approx(1e4)
    assert effective_size(1e5, 0.2, 1e4) == pytest.approx(1e4 * 10**0.8)
    assert effective_size(1e4, 0.7, 1e4) == pytest.approx(1e4)
    assert effective_size(0, 0.5, 1e4) == 0


def test_differentials_saturate_in_large_galleries() -> None:
    ratios = fpir_of(np.array([1, 1e3, 1e6, 1e8]), 5e-6) / fpir_of(np.array([1, 1e3, 1e6, 1e8]), 1e-6)
    assert np.all(np.diff(ratios) < 0)
    assert ratios[0] == pytest.approx(5, rel=1e-4)
    assert ratios[3] == pytest.approx(1, abs=1e-9)


def test_a_look_alike_is_one_for_good() -> None:
    assert repeated(1, 0.01, 1, 0.2) == pytest.approx(0.01)
    assert repeated(1, 0.01, 30, 0.01) == pytest.approx(1 - 0.99**30)
    assert repeated(1, 0.01, 30, 1.0) == pytest.approx(0.01)
    assert repeated(1, 0.01, 30, 0.5) == pytest.approx(0.02 * (1 - 0.5**30))
    assert repeated(200, 0.01, 2, 0.5) == pytest.approx(1 - (1 - 0.02 * 0.75) ** 200)


def test_the_best_of_the_others() -> None:
    """Mean of FMR at the R-th best of N is R / (N + 1): a beta distribution."""
    for n, rank in ((1, 1), (9, 3), (10_000, 1), (10_000, 20)):
        t, weight = rank_t(n, rank)
        assert float((fmr_of(t) * weight).sum()) == pytest.approx(rank / (n + 1), rel=0.02)
    t, _ = rank_t(2, 5)
    assert np.all(t == -300)
    moved, _ = rank_t(100, 1, 1.0)
    assert moved - rank_t(100, 1)[0] == pytest.approx(1.0)


# ------------------------------------------------------------------ several deciders
def test_independent_deciders_are_counted_out() -> None:
    p = [0.1, 0.35, 0.8]
    by_number = [0.0] * 4
    for outcome in product((0, 1), repeat=3):
        by_number[sum(outcome)] += math.prod(x if o else 1 - x for x, o in zip(p, outcome, strict=True))
    for k in range(4):
        assert at_least(k, p, 0.0) == pytest.approx(sum(by_number[k:]), rel=1e-10)
    assert at_least(2, [1e-6, 1e-7, 1e-8], 0.0) == pytest.approx(1e-13 + 1e-14 + 1e-15, rel=1e-6)


def test_fully_dependent_deciders_are_one() -> None:
    assert missed("or", [0.2, 0.3, 0.7], 1.0) == pytest.approx(0.2, abs=2e-3)
    assert missed("and", [0.2, 0.3, 0.7], 1.0) == pytest.approx(0.7, abs=2e-3)
    assert missed("majority", [0.2, 0.3, 0.7], 1.0) == pytest.approx(0.3, abs=2e-3)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.5, 0.9])
def test_two_coins_have_the_closed_form_of_the_quadrant(rho: float) -> None:
    """Sheppard 1899: two normal numbers with correlation rho are both negative with chance 1/4 + asin(rho) / 2 pi."""
    both = 0.25 + math.asin(rho) / (2 * math.pi)
    assert at_least(2, [0.5, 0.5], rho) == pytest.approx(both, abs=1e-9)
    assert at_least(1, [0.5, 0.5], rho) == pytest.approx(1 - both, abs=1e-9)


def test_two_unequal_deciders_equal_a_plain_double_integral() -> None:
    """Against the bivariate normal distribution integrated on a grid; would notice rho used for its square root."""
    from scipy.special import ndtr, ndtri

    rho, p, q = 0.4, 0.1, 0.02
    x = np.linspace(-9, float(ndtri(p)), 200_001)
    inner = ndtr((float(ndtri(q)) - rho * x) / math.sqrt(1 - rho * rho)) * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    assert at_least(2, [p, q], rho) == pytest.approx(np.trapezoid(inner, x), rel=1e-6)


def test_rules_and_the_two_dependences() -> None:
    fnmr, false = [0.3, 0.5, 0.7], [1e-3, 1e-3, 1e-3]
    assert missed("or", fnmr, 0.0) == pytest.approx(0.3 * 0.5 * 0.7)
    assert missed("and", fnmr, 0.0) == pytest.approx(1 - 0.7 * 0.5 * 0.3)
    assert falsely_matched("or", false, 0.0) == pytest.approx(1 - 0.999**3)
    assert falsely_matched("and", false, 0.0) == pytest.approx(1e-9)
    assert falsely_matched("majority", false, 0.0) == pytest.approx(3e-6 - 2e-9)
    assert missed("or", fnmr, 0.5) > missed("or", fnmr, 0.1)
    assert falsely_matched("and", false, 0.5) > 100 * falsely_matched("and", false, 0.05)
    assert several_images(0.3, 4, 0.0) == pytest.approx(0.3**4)
    assert 0.3**4 < several_images(0.3, 4, 0.6) < 0.3
    many = missed("or", np.array([fnmr, [0.1, 0.1, 0.1]]), np.array([0.0, 0.3]))
    assert many.shape == (2,)
    assert many[0] == pytest.approx(0.105)


def test_two_lights_make_misses_come_together() -> None:
    """A light with two values explains by itself how two systems miss together: compare with the two-point mixture."""
    day, night, share = 0.4, 0.85, 0.5
    rho = correlation_of_two_lights(day, night, share)
    mixture = share * night**2 + (1 - share) * day**2
    mean = share * night + (1 - share) * day
    assert missed("or", [mean, mean], rho) == pytest.approx(mixture, abs=0.01)
    assert correlation_of_two_lights(0.4, 0.4, 0.5) == 0
    assert correlation_of_two_lights(0.4, 0.85, 0) == 0


# ------------------------------------------------------------------ quality and detections
def test_conditions_add_up() -> None:
    conditions = Conditions(light=1.2, mask=1.1, ageing=0.05)
    assert conditions.shift() == 0
    assert conditions.shift(light=0.5, mask=np.array([0, 1]), years=10).tolist() == pytest.approx([1.1, 2.2])


def test_a_mask_is_as_hard_as_its_facts_say() -> None:
    """The probits between what was missed without and with one, to a hundredth."""
    plain, masked = (NormalDist().inv_cdf(catalogue.fact(name).value) for name in ("fr12-unmasked", "fr12-masked"))
    assert float(load("newtown").sensing.recognition.harder_masked) == pytest.approx(masked - plain, abs=0.01)


def test_detections_that_are_no_person() -> None:
    """Half the detections match nothing, people or not; a tenth of all show a picture ten times as easily matched."""
    seen = Detections(unusable=0.5, pictures=0.1, picture_shift=1.0)
    person, picture = 1 - (1 - 1e-5) ** 1000, 1 - (1 - 1e-4) ** 1000
    assert seen.fpir(1000, 1e-5) == pytest.approx(0.5 * (0.9 * person + 0.1 * picture), rel=1e-9)
    assert Detections(unusable=0.9, pictures=0.9).fpir(1000, 1e-5) == pytest.approx(0.1 * person, rel=1e-9)
    assert seen.found(0.8) == pytest.approx(0.4)
    assert Detections().fpir(1000, 1e-5) == pytest.approx(person)


@pytest.mark.parametrize("clustered", [0.0, 2.0])
def test_the_rate_of_a_detection_is_found_backwards(clustered: float) -> None:
    for seen in (Detections(), Detections(0.5), Detections(0.5, 0.1, 1.0), Detections(0.0, 1.0, -1.0)):
        for wanted in (1e-9, 1e-3, 0.2):
            fmr = seen.fmr_for(1000.0, wanted, clustered)
            assert seen.fpir(1000, fmr, clustered) == pytest.approx(wanted, rel=1e-9)
    assert Detections(0.5).fmr_for(1000.0, 0.6) == 1.0, "half the detections match nothing at any rate"
