"""What errors share: look-alikes of several references, misses that come together, and what makes a match harder."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from glasstown.core.keys import Key
from glasstown.core.quantity import assume
from glasstown.sensing.compare import compare
from glasstown.sensing.fusion import at_least
from glasstown.sensing.knobs import Recognition, Watchlist
from glasstown.sensing.recognition import Misses, OperatingPoint, operating_point
from glasstown.sensing.watchlist import enrol, interesting
from tests.budget import agrees
from tests.plain.metrics import some_people
from tests.test_compare import (
    ALL,
    FPIR,
    GROUPS,
    KEY,
    KNOBS,
    N_DEVICES,
    SIZE,
    TPIR,
    N,
    assert_equals_twin,
    captures_of,
    everybody,
    gallery_of,
    many,
    some,
    some_captures,
)
from tests.worlds import rows


# ---------------------------------------------------------------- look-alikes of several references
@pytest.mark.parametrize("repeat", [0.2, 0.9])
@pytest.mark.parametrize("clustered", [0.0, 2.0])
def test_people_resemble_as_many_references_as_the_closed_form_says(clustered: float, repeat: float) -> None:
    """Smallest error noticed: 1.9 points of an FPIR of 0.26; on average N x FMR candidates, clustered or not."""
    people = many()
    knobs = KNOBS.model_copy(update={"repeat": assume(repeat), "clustered": assume(clustered), "fmr_by_group": {}})
    point = operating_point(knobs.model_copy(update={"fmr_by_sex": {}, "fmr": assume(6e-4)}), GROUPS, SIZE)
    hazard = -SIZE * np.log1p(-6e-4)
    fpir = 1 - (1 + clustered * hazard) ** (-1 / clustered) if clustered else 1 - (1 - 6e-4) ** SIZE
    assert point.fpir == pytest.approx(np.full((3, 2, 6), fpir))
    gallery = gallery_of(people, SIZE, 0, point)
    compared = compare(captures_of(people.person), ALL, people, gallery, point, KEY)
    agrees(len(np.unique(compared.candidates.person)), N, fpir, notices=0.019)
    # Nobody resembles more than eight references, which takes a few candidates from the most clustered.
    assert len(compared.candidates) / N == pytest.approx(SIZE * 6e-4, rel=0.02 if not clustered else 0.06)
    assert len(np.unique(compared.candidates.person.astype(np.int64) * SIZE + compared.candidates.reference)) == len(
        compared.candidates
    )
    most = gallery.likeness.n_alike.max()
    assert most == 8 if clustered and repeat < 0.5 else most > 1


def test_age_has_a_multiplier_of_its_own() -> None:
    """FPIR of 80+ at twice, of 0-17 at no false match; smallest error noticed: 1.9 points."""
    people = many()
    age = np.array([85, 10, 40, 40], np.uint8)[people.person % 4]
    people = replace(people, age=age)
    knobs = Recognition(fmr=assume(4e-4), fmr_by_age={"80+": assume(2), "0-17": assume(0)}, repeat=assume(0.3))
    point = operating_point(knobs, GROUPS, SIZE)
    compared = compare(captures_of(people.person), ALL, people, gallery_of(people, SIZE, 0, point), point, KEY)
    returned = np.bincount(compared.candidates.person, minlength=N) > 0
    assert not returned[people.age == 10].any()
    for age, fmr in ((85, 8e-4), (40, 4e-4)):
        mine = people.age == age
        agrees(np.count_nonzero(returned & mine), np.count_nonzero(mine), 1 - (1 - fmr) ** SIZE, notices=0.019)


# ---------------------------------------------------------------- misses that come together
TOGETHER = Misses(by_person=0.3, by_day=0.2, by_place=0.1)


def missed_pairs(misses: Misses, other: Any, day: int = 0) -> tuple[float, float]:
    """The share missed, and the share missed both at device 0 on trip 0 and at another capture."""
    people = many()
    point = OperatingPoint(np.full(3, 0.7), np.zeros((3, 2)), 0.2, misses=misses)
    gallery = everybody(people, point)
    gone = []
    for captures, key in ((captures_of(people.person), KEY("day", 0)), (other(people.person), KEY("day", day))):
        compared = compare(captures, ALL, people, gallery, point, key)
        gone.append(np.bincount(compared.candidates.person, minlength=N) == 0)
    return float(gone[0].mean()), float((gone[0] & gone[1]).mean())


@pytest.mark.parametrize(
    ("other", "day", "shared"),
    [
        (lambda who: captures_of(who, trip=1), 0, "person day"),
        (lambda who: captures_of(who, device=1), 1, "person"),
    ],
)
def test_misses_come_together_as_one_factor_says(other: Any, day: int, shared: str) -> None:
    """Two captures of one person are both missed as often as two normal numbers with the shared correlation say.

    The camera's light of the day is left out: it is one number for all people here and would decide the mean.
    """
    parts = {"person": 0.3, "day": 0.2}
    misses = Misses(by_person=0.3, by_day=0.2)
    rho = sum(parts.get(word, 0.0) for word in shared.split())
    once, both = missed_pairs(misses, other, day)
    agrees(round(once * N), N, 0.3, notices=0.008)
    agrees(round(both * N), N, float(at_least(2, [0.3, 0.3], rho)), notices=0.008)
    assert both > 0.09 + 0.02


def test_a_camera_keeps_its_light_for_a_day() -> None:
    """Over 6 cameras and 300 days the share missed spreads as the stated part of the variance says; none without it."""
    people = many().take(slice(0, 600))
    spread = []
    for by_place in (0.0, 0.3):
        point = OperatingPoint(np.full(3, 0.7), np.zeros((3, 2)), 0.2, misses=Misses(by_place=by_place, night=1e-9))
        gallery = everybody(people, point)
        shares: list[float] = []
        for day, d in product(range(50), range(N_DEVICES)):
            here = captures_of(people.person, device=d)
            compared = compare(here, ALL, people, gallery, point, KEY("day", day))
            shares.append(1 - len(compared.candidates) / 600)
        spread.append(np.std(shares))
        assert np.mean(shares) == pytest.approx(0.3, abs=0.05)
    both = float(at_least(2, [0.3, 0.3], 0.3))
    assert spread[1] ** 2 == pytest.approx(both - 0.09 + 0.21 / 600, rel=0.3)
    assert spread[0] < 0.025


def test_conditions_shift_misses_by_probits() -> None:
    """Night, masks, old and poor images move the share missed as the normal distribution says; 1 point is noticed."""
    people = many()
    level = NormalDist().inv_cdf(0.3)
    knobs = Watchlist(size=assume(N), residents_per_1000=assume(1000), poor_images=assume(1), old_images=assume(1))
    for misses, minute, probits in (
        (Misses(night=0.8, dawn=420, dusk=1_140), 1_200, 0.8),
        (Misses(night=0.8, dawn=420, dusk=1_140), 600, 0.0),
        (Misses(mask=1.1, masked=1.0), 600, 1.1),
        (Misses(scene=0.6), 600, 0.6),
        (Misses(poor_image=0.5), 600, 0.5),
        (Misses(old_image=0.4, by_day=0.2), 600, 0.4),
    ):
        point = OperatingPoint(np.full(3, 0.7), np.zeros((3, 2)), 0.2, misses=misses)
        (gallery,) = enrol([people], knobs, point, KEY)
        compared = compare(captures_of(people.person, minute=minute), ALL, people, gallery, point, KEY)
        agrees(N - len(compared.candidates), N, NormalDist().cdf(level + probits), notices=0.01)
    half = OperatingPoint(np.full(3, 0.7), np.zeros((3, 2)), 0.2, misses=Misses(mask=1.1, masked=0.5))
    masked = compare(captures_of(people.person), ALL, people, everybody(people, half), half, KEY)
    expected = 0.15 + NormalDist().cdf(level + 1.1) / 2
    agrees(N - len(masked.candidates), N, expected, notices=0.01)


def test_the_unmatchable_are_missed_every_time_and_the_mean_is_as_stated() -> None:
    people = many()
    point = OperatingPoint(np.full(3, 0.7), np.zeros((3, 2)), 0.2, misses=Misses(unmatchable=0.2))
    gallery = everybody(people, point)
    found_ever = np.zeros(N, np.bool_)
    for trip in range(12):
        compared = compare(captures_of(people.person, trip=trip), ALL, people, gallery, point, KEY)
        agrees(N - len(compared.candidates), N, 0.3, notices=0.01)
        found_ever[compared.candidates.person] = True
    never = gallery.references.harder == 32767
    agrees(np.count_nonzero(never), N, 0.2, notices=0.01)
    assert not found_ever[never].any()
    assert found_ever[~never].all()


def test_unusable_faces_return_nobody() -> None:
    people = many()
    point = OperatingPoint(np.full(3, 0.8), np.full((3, 2), 0.5), 0.9, usable=0.25)
    compared = compare(captures_of(people.person), ALL, people, everybody(people, point), point, KEY)
    mated = compared.candidates.mated
    agrees(np.count_nonzero(mated), N, 0.2, notices=0.01)
    agrees(np.count_nonzero(~mated), N, 0.125, notices=0.01)
    same = np.bincount(compared.candidates.person, minlength=N) == 2
    agrees(np.count_nonzero(same), N, 0.25 * 0.8 * 0.5, notices=0.01)


# ---------------------------------------------------------------- captures of others
@pytest.mark.parametrize("repeat", [0.0, 0.25])
def test_captures_of_people_who_are_not_interesting_make_no_difference(repeat: float) -> None:
    """Candidates are equal to the bit whether or not the captures of everybody else are there."""
    people = some_people(KEY, 400, 3)
    full = Misses(by_person=0.3, by_day=0.1, by_place=0.1, night=0.5, dawn=420, dusk=1_140, unmatchable=0.05)
    point = OperatingPoint(TPIR, FPIR / 4, repeat, 90.0, misses=full, usable=0.9)
    gallery = gallery_of(people, 90, 50, point)
    captures = some_captures(KEY, people, 3_000)
    mask = interesting(gallery, point)
    assert mask.all() == (repeat == 0)
    few = captures.take(mask[captures.person - people.person[0]])
    one, other = (compare(c, ALL, people, gallery, point, KEY).candidates for c in (captures, few))
    assert rows(one) == rows(other)
    assert len(one) > 30


@pytest.mark.parametrize("seed", range(3))
def test_everything_on_equals_the_plain_twin(seed: int) -> None:
    key = Key.from_seed(seed)
    people = some_people(key, 90, 3, first=700)
    full = Misses(0.25, 0.2, 0.1, 0.7, 1.1, 0.6, 0.4, 0.5, 0.1, 420, 1_140, 0.3)
    point = OperatingPoint(TPIR, np.minimum(FPIR, 0.9), 0.3, 40.0, misses=full, usable=0.8)
    some_of = {"old_images": 0.3, "poor_images": 0.3, "out_of_date": 0.2}
    shares = {name: assume(share) for name, share in some_of.items()}
    knobs = Watchlist(size=assume(40), residents_per_1000=assume(300), **shares)
    gallery = enrol([people], knobs, point, key)[0]
    compared = assert_equals_twin(
        some_captures(key, people, 600), some(key("searching"), N_DEVICES, 0.7), people, gallery, point, key("day", 4)
    )
    assert compared.candidates.mated.any()
    assert (gallery.likeness.n_alike > 2).any()


@pytest.mark.parametrize(("repeat", "clustered"), [(0.5, 0.0), (0.5, 2.0), (0.0, 0.0), (0.0, 2.0)])
def test_pictures_are_taken_for_listed_people_at_a_rate_of_their_own(repeat: float, clustered: float) -> None:
    """A tenth of those who pass are pictures, ten times as easily matched; an error of 2.4 points is noticed."""
    people = many()
    told = {"fmr": 1e-4, "repeat": repeat, "clustered": clustered, "pictures": 0.1, "picture_times": 10}
    point = operating_point(Recognition(**{name: assume(value) for name, value in told.items()}), GROUPS, SIZE)
    gallery = gallery_of(people, SIZE, 0, point)
    returned = np.bincount(
        compare(captures_of(people.person), ALL, people, gallery, point, KEY).candidates.person, minlength=N
    )
    picture = KEY("picture").uniform(people.person) < 0.1
    for rows_here, fmr in ((picture, 1e-3), (~picture, 1e-4)):
        hazard = -SIZE * np.log1p(-fmr)
        fpir = 1 - (1 + clustered * hazard) ** (-1 / clustered) if clustered else 1 - (1 - fmr) ** SIZE
        agrees(np.count_nonzero(returned[rows_here]), np.count_nonzero(rows_here), fpir, notices=0.024)
    plain = replace(point, pictures=0.0)
    same = gallery_of(people, SIZE, 0, plain).likeness
    assert np.array_equal(same.lookalike[~picture], gallery.likeness.lookalike[~picture])
