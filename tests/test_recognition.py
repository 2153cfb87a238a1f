"""The operating point: rates per comparison turned into rates per search, by group and sex."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.stats import nbinom, poisson

from glasstown import tables as t
from glasstown.core.quantity import assume
from glasstown.sensing.knobs import Recognition
from glasstown.sensing.recognition import MOST_ALIKE, OperatingPoint, operating_point
from tests.repository import ROOT

GROUPS = ("a", "b", "c")


def recognition(**values: Any) -> Recognition:
    def told(value: Any) -> Any:
        return {k: assume(v) for k, v in value.items()} if isinstance(value, dict) else assume(value)

    return Recognition(**{name: told(value) for name, value in values.items()})


def at_least_one(p: float, n: int) -> float:
    """1 - (1 - p)^n in exact fractions."""
    return float(1 - (1 - Fraction(p)) ** n)


def test_fpir_grows_with_the_gallery_as_the_standard_says() -> None:
    """Exact arithmetic agrees to twelve digits, also where the rate is far below what 1 - p can hold."""
    for fmr in (1e-15, 1e-10, 4e-7, 1e-3, 0.3):
        for n in (0, 1, 2, 500):
            point = operating_point(recognition(fmr=fmr), GROUPS, n)
            assert point.fpir == pytest.approx(np.full((3, 2, 6), at_least_one(fmr, n)), rel=1e-12, abs=0)
    many = operating_point(recognition(fmr=1e-12), GROUPS, 1_000_000).fpir[0, 0, 0]
    assert many == pytest.approx(1e-6 - 0.5e-12, rel=1e-9)


def test_each_group_and_sex_has_its_own_rate() -> None:
    times = {"fmr_by_group": {"b": 3, "c": 0}, "fmr_by_sex": {"f": 2}, "fmr_by_age": {"80+": 0.5}}
    knobs = recognition(fmr=1e-4, **times, fnmr=0.1, fnmr_by_group={"c": 4})
    point = operating_point(knobs, GROUPS, 200)
    for g, by_group in enumerate((1, 3, 0)):
        for s, by_sex in enumerate((2, 1)):
            for a, by_age in enumerate((1, 1, 1, 1, 1, 0.5)):
                expected = at_least_one(1e-4 * by_group * by_sex * by_age, 200)
                assert point.fpir[g, s, a] == pytest.approx(expected, rel=1e-12)
    assert t.SEXES == ("f", "m")
    assert point.tpir == pytest.approx([0.9, 0.9, 0.6])


def test_rates_never_exceed_one() -> None:
    point = operating_point(recognition(fmr=0.5, fmr_by_group={"a": 9}, fnmr=0.5, fnmr_by_group={"b": 9}), GROUPS, 3)
    assert point.fpir[0].tolist() == [[1.0] * 6] * 2
    assert point.tpir.tolist() == [0.5, 0.0, 0.5]
    assert operating_point(recognition(fmr=1), GROUPS, 0).fpir.tolist() == [[[0.0] * 6] * 2] * 3


def test_with_everybody_enrolled_the_rate_is_per_search() -> None:
    for size in (0, 10, 1_000_000):
        fpir = operating_point(recognition(fmr=0.01), GROUPS, size, per_search=True).fpir
        assert fpir.tolist() == [[[0.01] * 6] * 2] * 3


@pytest.mark.parametrize("repeat", [0.0, 1e-9, 0.2, 0.9, 1.0])
def test_resembling_and_being_returned_make_the_fpir(repeat: float) -> None:
    """Some people resemble a reference and are returned now and then: on average as often as the FPIR says."""
    fpir = np.array([[0.0, 1e-12], [1e-6, 0.05], [0.5, 1.0]])
    point = OperatingPoint(np.ones(3), fpir, repeat)
    assert point.resembles * point.returned == pytest.approx(fpir, rel=1e-12, abs=0)
    assert np.all(point.returned >= repeat)
    assert np.all((point.resembles >= 0) & (point.resembles <= 1))
    nobody, everybody = point.resembles[fpir == 0], point.resembles[(fpir >= repeat) & (fpir > 0)]
    assert not nobody.any()
    assert np.all(everybody == 1)
    machine = point.machine
    assert machine.returned.shape == (36,)
    assert point.alike_codes.shape == (36, 8)
    assert not point.alike_codes[:, 1:].any(), "no gallery size: one look-alike at most"
    assert machine.match.shape == (3,)


def test_nobody_to_be_taken_for_is_nobody_returned() -> None:
    point = operating_point(recognition(fmr=0.4, repeat=0.3), GROUPS, 0)
    assert not point.fpir.any()
    assert not point.resembles.any()


def test_what_eight_references_cut_off_is_what_the_page_says() -> None:
    """`docs/decisions/0006-look-alikes.md`, to its last digit, against the negative binomial and the Poisson number."""
    page = " ".join((ROOT / "docs" / "decisions" / "0006-look-alikes.md").read_text(encoding="utf-8").split())
    n, repeat, cut = np.arange(5_000), 0.2, dict[tuple[int, float], tuple[float, float]]()
    for v, mean in ((2, 0.5), (2, 3.0), (10, 1.0)):
        each = mean / max(1 - (1 + v * mean) ** (-1 / v), repeat)
        p = nbinom.pmf(n, 1 / v, 1 / (1 + v * each))
        cut[v, mean] = float(p[MOST_ALIKE + 1 :].sum()), float(1 - (np.minimum(n, MOST_ALIKE) * p).sum() / each)
    (some, taken), (more, most), (wide, lost) = cut.values()
    assert f"{some:.1%} of people where N FMR is 0.5 and {more:.0%} where it is 3".replace("%", " %") in page
    assert f"takes {taken:.0%} and {most:.0%} of the candidates".replace("%", " %") in page
    assert f"at v = 10, {wide:.0%} of people and {lost:.0%} of the candidates".replace("%", " %") in page
    for fpir, below in ((0.85, True), (0.9, False)):
        assert (poisson.sf(MOST_ALIKE, -math.log1p(-fpir) / fpir) < 0.001) == below
