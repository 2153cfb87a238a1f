"""Errors that models of recognition have made before: each check is green as it is and red with the error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from glasstown.core.keys import Key
from glasstown.core.quantity import assume
from glasstown.sensing import compare as comparing
from glasstown.sensing import curve as curves
from glasstown.sensing import watchlist
from glasstown.sensing.compare import compare
from glasstown.sensing.curve import Anchor, Curve, Fall, Interval, curve
from glasstown.sensing.fusion import at_least, falsely_matched, missed
from glasstown.sensing.gallery import fmr_of, fpir_of, t_of
from glasstown.sensing.knobs import Recognition
from glasstown.sensing.recognition import Misses, OperatingPoint, operating_point
from tests.test_compare import ALL, GROUPS, KEY, KNOBS, SIZE, N, captures_of, everybody, gallery_of, many

Patch = pytest.MonkeyPatch
KNOWN = OperatingPoint(np.full(3, 0.7), np.zeros((3, 2)), 0.2, misses=Misses(by_person=0.3, by_day=0.2))


# ------------------------------------------------------------------ misses that come together
def check_together() -> None:
    """Assert that two captures of one person on one day are both missed as often as a correlation of 0.5 says.

    Would notice a correlation of 0.45 or 0.55, about 0.8 points of 0.15.
    """
    people = many()
    gallery = everybody(people, KNOWN)
    gone = []
    for trip in (0, 1):
        found = comparing.compare(captures_of(people.person, trip=trip), ALL, people, gallery, KNOWN, KEY).candidates
        gone.append(np.bincount(found.person, minlength=N) == 0)
    assert abs(gone[0].mean() - 0.3) < 0.008
    assert abs((gone[0] & gone[1]).mean() - float(at_least(2, [0.3, 0.3], 0.5))) < 0.008


def test_misses_of_one_person_come_together() -> None:
    check_together()


MISSES: dict[str, Misses] = {
    "correlation ignored": Misses(),
    "the person forgotten": Misses(by_day=0.2),
    "the day forgotten": Misses(by_person=0.3),
    "the day counted twice": Misses(by_person=0.3, by_day=0.4),
}


@pytest.mark.parametrize("error", MISSES)
def test_misses_that_come_together_wrongly_are_red(error: str, monkeypatch: Patch) -> None:
    def planted(captures: Any, searching: Any, people: Any, gallery: Any, point: Any, key: Key) -> Any:
        wrong = replace(point, misses=MISSES[error])
        return compare(captures, searching, people, everybody(people, wrong), wrong, key)

    monkeypatch.setattr(comparing, "compare", planted)
    with pytest.raises(AssertionError):
        check_together()


# ------------------------------------------------------------------ look-alikes
def check_look_alikes() -> None:
    """Assert FPIR and the chance of a second return of the same people, against the binomial number of look-alikes.

    Would notice 1.2 points of an FPIR of 0.095 to 0.55.
    """
    people = many()
    point = operating_point(KNOBS.model_copy(update={"repeat": assume(0.4)}), GROUPS, SIZE)
    gallery = gallery_of(people, SIZE, 0, point)
    returned = []
    for trip in (0, 1):
        found = comparing.compare(captures_of(people.person, trip=trip), ALL, people, gallery, point, KEY).candidates
        returned.append(np.bincount(found.person, minlength=N) > 0)
    for group, times in ((0, 1), (1, 4)):
        for sex, by_sex in ((0, 2), (1, 1)):
            mine = (people.group == group) & (people.sex == sex)
            fpir = 1 - (1 - 2e-4 * times * by_sex) ** SIZE
            once = max(fpir, 0.4)
            each = (1 - (1 - fpir) ** (1 / SIZE)) / once
            twice = 1 - 2 * (1 - fpir) + (1 - each * (1 - (1 - once) ** 2)) ** SIZE
            assert abs(returned[0][mine].mean() - fpir) < 0.012
            assert abs((returned[0] & returned[1])[mine].mean() - twice) < 0.012


def test_look_alikes_are_as_the_closed_form_says() -> None:
    check_look_alikes()


def _fresh(point: OperatingPoint) -> OperatingPoint:
    return replace(point, repeat=0.0)


LOOKS: dict[str, Callable[[OperatingPoint], OperatingPoint]] = {
    "a look-alike is a fresh coin": _fresh,
    "a look-alike is returned every time": lambda p: replace(p, repeat=1.0),
    "the multiplier of the group twice": lambda p: replace(p, fpir=np.minimum(p.fpir * [[[1]], [[2]], [[1]]], 1.0)),
    "clustered where nothing is": lambda p: replace(p, clustered=8.0),
}


@pytest.mark.parametrize("error", LOOKS)
def test_wrong_look_alikes_are_red(error: str, monkeypatch: Patch) -> None:
    drawn = watchlist.likeness

    def planted(captures: Any, searching: Any, people: Any, gallery: Any, point: Any, key: Key) -> Any:
        wrong = LOOKS[error](point)
        known = drawn(people, gallery.likeness.enrolled, SIZE, wrong, KEY)
        return compare(captures, searching, people, replace(gallery, likeness=known), wrong, key)

    monkeypatch.setattr(comparing, "compare", planted)
    with pytest.raises(AssertionError):
        check_look_alikes()


# ------------------------------------------------------------------ the axis and several systems
def check_curve(at: Callable[[Curve, float], Any] = lambda made, n: made.fnir_at_fpir(n, 1e-4)) -> None:
    """Assert that misses at a fixed FPIR are those at t = log10(N / FPIR), and FPIR that of the shifted rate."""
    sure = Interval(0.2, 0.2, 0.2)
    made = curve(0.0, Anchor(1e-6, 1e-6, 1e-6, 0.1, 0.1, 0.1), Fall(1, 1), sure)
    for n in (1e3, 1e6):
        assert at(made, n)[0] == pytest.approx(made.fnmr(np.log10(n / 1e-4))[0], rel=1e-3)
        assert curves.fpir(made, n, 0.0, np.log10([1, 5]))[0] == pytest.approx(
            [1 - (1 - m * 1e-6) ** n for m in (1, 5)], rel=1e-6
        )


def test_the_curve_is_read_where_it_should_be() -> None:
    check_curve()


AXIS: dict[str, Callable[[Curve, float], Any]] = {
    "N ten times too large": lambda made, n: made.fnir_at_fpir(10 * n, 1e-4),
    "misses do not grow with the gallery": lambda made, n: made.fnir_at_fpir(1e3, 1e-4),
    "FPIR for FMR": lambda made, n: made.fnmr(t_of(1e-4)),
    "mated for non-mated": lambda made, n: 1 - made.fnir_at_fpir(n, 1e-4),
}


@pytest.mark.parametrize("error", AXIS)
def test_a_curve_read_elsewhere_is_red(error: str) -> None:
    with pytest.raises(AssertionError):
        check_curve(AXIS[error])


def test_a_shift_applied_twice_is_red(monkeypatch: Patch) -> None:
    monkeypatch.setattr(
        curves, "fpir", lambda made, n, threshold, shift: fpir_of(n, fmr_of(made.t_at(threshold)[:, None], 2 * shift))
    )
    with pytest.raises(AssertionError):
        check_curve()


def check_fusion() -> None:
    """Assert both rates of three systems together, with a correlation of misses and another of false alarms."""
    sure = Interval(0.2, 0.2, 0.2)
    three = tuple(
        curve(0.0, Anchor(1e-3, 1e-3, 1e-3, f, f, f), Fall(0, 0), sure, worlds=3) for f in (0.3, 0.5, 0.7)
    )
    made = curves.together(three, "majority", Interval(0.4, 0.4, 0.4), Interval(0.05, 0.05, 0.05))
    assert made.fnmr(made.t[:, None])[0, 0] == pytest.approx(missed("majority", [0.3, 0.5, 0.7], 0.4), rel=1e-6)
    assert fmr_of(made.t)[0] == pytest.approx(falsely_matched("majority", [1e-3] * 3, 0.05), rel=1e-6)


def test_three_systems_have_two_dependences() -> None:
    check_fusion()


@pytest.mark.parametrize("error", ["one correlation for both", "swapped", "independent"])
def test_other_dependences_are_red(error: str, monkeypatch: Patch) -> None:
    fuse = curves.together
    wrong = {
        "one correlation for both": lambda c, rule, misses, false: fuse(c, rule, misses, misses),
        "swapped": lambda c, rule, misses, false: fuse(c, rule, false, misses),
        "independent": lambda c, rule, misses, false: fuse(c, rule, Interval(0.0, 0.0, 0.0), Interval(0.0, 0.0, 0.0)),
    }
    monkeypatch.setattr(curves, "together", wrong[error])
    with pytest.raises(AssertionError):
        check_fusion()


def test_age_twice_is_red() -> None:
    """The age multiplier of an operating point, once and twice, against the closed form."""
    knobs = Recognition(fmr=assume(1e-4), fmr_by_age={"80+": assume(3)})
    twice = Recognition(fmr=assume(1e-4), fmr_by_age={"80+": assume(9)})
    expected = 1 - (1 - 3e-4) ** 500
    assert operating_point(knobs, ("a",), 500).fpir[0, 0, 5] == pytest.approx(expected)
    assert operating_point(twice, ("a",), 500).fpir[0, 0, 5] != pytest.approx(expected, rel=0.1)
