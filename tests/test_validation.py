"""The frame of validation: bands, nulls, and how parts are told."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from glasstown import catalogue
from glasstown.core.errors import Problem
from glasstown.report.validation import count, lines, page
from glasstown.study.validation import TARGETS, band, null, part, validate
from glasstown.study.validation.doubt import between, count_interval, exactly, lognormal, rate_of


def test_a_prediction_is_held_to_its_band() -> None:
    within = band(100.0, times=1.4)
    assert part("V7", "a", published=100, predicted=139.9, within=within).passed
    assert part("V7", "a", published=100, predicted=140.1, within=within).passed is False
    assert part("V7", "a", published=100, predicted=None, within=within).passed is False
    assert part("V7", "a", published=100, predicted=1e9).passed is None
    assert band(0.849, plus=0.03) == pytest.approx((0.819, 0.879))


def test_a_null_that_meets_the_band_makes_a_part_unsound() -> None:
    within = band(100.0, times=1.4)
    good = part("V7", "a", published=100, predicted=100, within=within, nulls=[null("zero", 0.0, within)])
    bad = part("V7", "a", published=100, predicted=100, within=within, nulls=[null("same", 100.0, within)])
    assert good.sound
    assert not bad.sound
    assert (good.evidence, bad.evidence) == (True, False)
    assert "V7  met:" in lines([good])
    assert "V7  met, no evidence:" in lines([bad])
    assert "DOES NOT MISS" in lines([bad])
    assert "**does not miss**" in page([bad])


def test_the_page_counts_what_says_nothing_about_the_world() -> None:
    """Would notice one part held to a formula that is counted as evidence, or called published."""
    within = band(100.0, times=1.4)
    real = part("V7", "a", published=100, predicted=100, within=within)
    missed = part("V4", "b", published=100, predicted=500, within=within, evidence=False, beside="by the formula")
    formula = part("V4", "c", published=100, predicted=100, within=within, evidence=False, beside="by the formula")
    near = part("V7c", "d", published=100, predicted=100, within=within, evidence=False)
    assert count([real, missed]) == "1 of 2 judged parts are met, 1 missed; 0 more are reported."
    said = count([real, missed, formula, near, part("V1", "e", published=1, predicted=1)])
    assert said.startswith("3 of 4 judged parts are met, 1 missed; 1 more are reported. Of the 3, 2 say nothing about")
    assert "(1 of V4; 1 of V7c)" in said
    assert said in page([real, missed, formula, near, part("V1", "e", published=1, predicted=1)])
    assert "| Published, or what the formula gives (V4) |" in page([real, formula])
    assert "| Published |" in page([real, near])
    assert "by the formula 100" in lines([formula])
    assert "published" not in lines([formula])


def test_a_part_is_plain_json() -> None:
    one = part("V7", "a", published=1.23456789, predicted=math.inf, interval=(0.0, None), inputs={"x": "assumed"})
    document = json.loads(json.dumps(one.document(), allow_nan=False))
    assert list(document)[:13] == [
        *("id", "part", "kind", "published", "predicted", "low", "high", "band_low", "band_high"),
        *("passed", "nulls", "inputs", "fitted_on"),
    ]
    assert (document["published"], document["predicted"], document["kind"]) == (1.23457, None, "report")


def test_an_unknown_target_is_told() -> None:
    with pytest.raises(Problem, match="no target is called 'V77'"):
        validate(["V77"])
    assert all(target.rule and target.records for target in TARGETS.values())


READ = """
import json, sys
from glasstown import catalogue
from glasstown.study.validation import TARGETS

of = catalogue.fact
found = {}
for module in dict.fromkeys(target.module for target in TARGETS.values()):
    read = set()

    def fact(name):
        if sys._getframe(1).f_globals["__name__"].startswith("glasstown.study.validation."):
            read.add(name)
        return of(name)

    catalogue.fact = fact
    for name in [name for name in sys.modules if name.startswith("glasstown.study.validation.")]:
        del sys.modules[name]
    __import__(f"glasstown.study.validation.{module}")
    parts = sys.modules[f"glasstown.study.validation.{module}"].parts()
    found[module] = sorted(read), [(part.id, list(part.inputs)) for part in parts]
print(json.dumps(found))
"""


def test_the_facts_of_a_target_are_those_that_its_prediction_reads() -> None:
    """Would notice one fact that a module reads and no target names, one too many, and one input of another target.

    They predict in a process of its own, where nothing is remembered from one module to the next.
    """
    done = subprocess.run([sys.executable, "-c", READ], capture_output=True, text=True, check=True, timeout=300)
    found: dict[str, tuple[list[str], list[tuple[str, list[str]]]]] = json.loads(done.stdout)
    assert len(found) >= 7
    for module, (read, inputs) in found.items():
        mine = {name: set(target.facts) for name, target in TARGETS.items() if target.module == module}
        assert sorted(set().union(*mine.values())) == read, module
        assert read, module
        for target, given in inputs:
            assert set(given) & set(catalogue.facts()) <= mine[target], target


def test_counts_of_a_known_mean_are_poisson() -> None:
    """Would notice an interval that is one count off."""
    for mean in (0.3, 2.0, 9.0):
        terms = [Fraction(mean) ** k / math.factorial(k) * Fraction(math.exp(-mean)) for k in range(40)]
        below = np.cumsum([float(term) for term in terms])
        expected = (int(np.argmax(below > 0.025)), int(np.argmax(below >= 0.975)))
        assert count_interval(exactly(mean)) == expected


def test_doubt_widens_a_count() -> None:
    assert count_interval(lognormal(9.0, 3.0, 27.0))[1] > count_interval(exactly(9.0))[1]
    assert lognormal(9.0, 3.0, 27.0).quantile(0.975) == pytest.approx(27.0, rel=0.02)
    assert between(1.0, 100.0).times(exactly(2.0)).quantile(0.5) == pytest.approx(20.0, rel=0.02)


def test_no_event_is_not_a_rate_of_zero() -> None:
    """The Jeffreys posterior of no event in E has its mean at 0.5 / E."""
    rate = rate_of(0, 1000.0)
    assert float(np.exp(rate.logs) @ rate.weights) == pytest.approx(0.0005, rel=0.02)
    assert rate.quantile(0.5) > 0
