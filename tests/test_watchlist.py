"""The watchlist: equal to the plain twin, listed without regard to anything, and shares as stated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glasstown import tables as t
from glasstown.core.keys import Key
from glasstown.core.quantity import assume
from glasstown.sensing.compare import further
from glasstown.sensing.knobs import Watchlist
from glasstown.sensing.recognition import Misses, OperatingPoint
from glasstown.sensing.watchlist import enrol, revise
from glasstown.state import Commons, Gallery
from tests.budget import agrees
from tests.plain.metrics import some_people
from tests.plain.watchlist import enrol as plain_enrol
from tests.plain.watchlist import everybody as plain_everybody
from tests.worlds import rows

KEY = Key.from_seed(61)
FPIR = np.array([[0.02, 0.04], [0.1, 0.2], [0.4, 0.0]])


def point_of(repeat: float, fpir: Any = FPIR) -> OperatingPoint:
    return OperatingPoint(np.ones(3), np.array(fpir, np.float64), repeat)


def listing(**values: Any) -> Watchlist:
    return Watchlist(**{name: v if isinstance(v, bool) else assume(v) for name, v in values.items()})


def assert_equals_twin(people: list[t.People], knobs: Watchlist, point: OperatingPoint, key: Key) -> list[Gallery]:
    galleries = enrol(people, knobs, point, key)
    references, likeness = plain_enrol(people, knobs, point, key)
    for gallery, told in zip(galleries, likeness, strict=True):
        gallery.references.check()
        gallery.likeness.check()
        assert gallery.references is galleries[0].references
        assert rows(gallery.references) == references
        assert rows(gallery.likeness) == told
    return galleries


def parts(key: Key, *sizes: int) -> list[t.People]:
    """Communities whose people are numbered on from each other, from 500."""
    starts = np.cumsum([500, *sizes])
    return [some_people(key("part", i), n, 3, int(starts[i])) for i, n in enumerate(sizes)]


@pytest.mark.parametrize("repeat", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_random_lists_equal_the_plain_twin(seed: int, repeat: float) -> None:
    key = Key.from_seed(seed)
    knobs = listing(size=90, residents_per_1000=150, wrongly_listed=0.4)
    galleries = assert_equals_twin(parts(key, 120, 70, 150), knobs, point_of(repeat), key("run"))
    own = np.concatenate([g.likeness.enrolled for g in galleries])
    assert np.count_nonzero(own >= 0) == np.count_nonzero(galleries[0].references.person >= 0) == 51
    assert (np.concatenate([g.likeness.lookalike for g in galleries]) >= 0).any() == (repeat > 0)


def test_a_list_of_another_size_changes_nothing_about_residents() -> None:
    """Who is listed by mistake and whose image is how hard; one of 51 residents who differs would show."""
    misses = Misses(by_person=0.4, unmatchable=0.1, old_image=0.5, poor_image=1.0)
    point = OperatingPoint(np.full(3, 0.7), FPIR, 0.3, misses=misses)
    shares = {"wrongly_listed": 0.3, "out_of_date": 0.2, "old_images": 0.4, "poor_images": 0.4}
    people, found = parts(KEY("size"), 120, 70, 150), list[list[Any]]()
    for size in (90, 60, 2_000):
        knobs = listing(size=size, residents_per_1000=150, **shares)
        references = enrol(people, knobs, point, KEY("run"))[0].references
        found.append(sorted(row[1:] for row in rows(references) if row[1] >= 0))
        strangers = references.take(references.person < 0)
        assert size < 1_000 or len(set(strangers.harder.tolist())) > 100
    assert len(found[0]) == 51
    assert found[0] == found[1] == found[2]


def test_where_everybody_is_listed_an_image_is_its_persons() -> None:
    """Two communities of one size: each image is drawn for its person, and one that repeats would show."""
    misses = Misses(by_person=0.4, unmatchable=0.1, old_image=0.5, poor_image=1.0)
    point = OperatingPoint(np.full(3, 0.7), FPIR, 0.3, misses=misses)
    people = parts(KEY("equal"), 80, 80)
    knobs = listing(everybody=True, wrongly_listed=0.3, out_of_date=0.2, old_images=0.4, poor_images=0.4)
    galleries = enrol(people, knobs, point, KEY("run"))
    for part, gallery in zip(people, galleries, strict=True):
        references, likeness = plain_everybody(part, knobs, point, KEY("run"))
        assert rows(gallery.references) == references
        assert rows(gallery.likeness) == likeness
        assert 20 < np.count_nonzero(gallery.references.wrongly_listed) < 60
    first, second = (gallery.references.harder for gallery in galleries)
    assert (first != second).sum() > 60


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_nobody_resembles_one_reference_of_a_short_list_twice(size: int) -> None:
    """Also where scores make a list count for more than it is: one person with one reference twice would show."""
    point = OperatingPoint(np.ones(3), np.full((3, 2), 0.9), 1.0, size=size + 40.5)
    known = enrol(parts(KEY, 3_000), listing(size=size, residents_per_1000=0), point, KEY("short"))[0].likeness
    assert known.n_alike.max() == size
    for person, like, n in zip(known.person.tolist(), known.lookalike.tolist(), known.n_alike.tolist(), strict=True):
        assert len({further(like, k, person, size) for k in range(n)}) == n
    few = OperatingPoint(np.ones(3), np.full((3, 2), 0.999), 1.0, size=1.5)
    assert not few.alike_codes[:, 2:].any()


ODD: dict[str, tuple[tuple[int, ...], dict[str, float], int]] = {
    "an empty list": ((30,), {"size": 0, "residents_per_1000": 500}, 0),
    "nobody from here": ((30,), {"size": 20, "residents_per_1000": 0}, 0),
    "one person, listed": ((1,), {"size": 1, "residents_per_1000": 1_000}, 1),
    "one person, not listed": ((1,), {"size": 4, "residents_per_1000": 400}, 0),
    "the list is full": ((50,), {"size": 10, "residents_per_1000": 900}, 10),
    "everybody and strangers": ((20, 5), {"size": 60, "residents_per_1000": 1_000}, 25),
    "more entries than people": ((20, 5), {"size": 60, "residents_per_1000": 2_000}, 25),
    "all listed by mistake": ((20, 5), {"size": 60, "residents_per_1000": 500, "wrongly_listed": 1}, 12),
    "a community of one": ((20, 1, 5), {"size": 60, "residents_per_1000": 500}, 13),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_lists_equal_the_plain_twin(name: str) -> None:
    sizes, numbers, n = ODD[name]
    galleries = assert_equals_twin(parts(KEY, *sizes), listing(**numbers), point_of(0.5), KEY)
    references = galleries[0].references
    assert np.count_nonzero(references.person >= 0) == n
    assert references.active.all()
    shown = references.person[references.person >= 0]
    assert len(np.unique(shown)) == n


def test_nobody_resembles_the_own_reference() -> None:
    """Two references and ten thousand people who all resemble one of them: never their own."""
    people = parts(KEY, 10_000)
    surely = point_of(1.0, np.ones((3, 2)))
    (gallery,) = enrol(people, listing(size=2, residents_per_1000=1_000), surely, KEY)
    own = gallery.likeness.enrolled >= 0
    assert np.count_nonzero(own) == 2
    assert np.all(gallery.likeness.lookalike[own] == 1 - gallery.likeness.enrolled[own])
    (alone,) = enrol(people, listing(size=1, residents_per_1000=1_000), surely, KEY)
    assert alone.likeness.lookalike[alone.likeness.enrolled == 0].tolist() == [-1]
    assert np.count_nonzero(alone.likeness.lookalike == 0) == 9_999


def test_a_list_does_not_depend_on_how_people_are_grouped_into_communities() -> None:
    whole = parts(KEY, 300)
    cut = [whole[0].take(slice(0, 111)), whole[0].take(slice(111, 112)), whole[0].take(slice(112, 300))]
    knobs, point = listing(size=90, residents_per_1000=150, wrongly_listed=0.4), point_of(0.4)
    (one,) = enrol(whole, knobs, point, KEY)
    others = enrol(cut, knobs, point, KEY)
    assert rows(one.references) == rows(others[0].references)
    assert rows(one.likeness) == [row for g in others for row in rows(g.likeness)]


def test_a_lower_rate_only_loses_lookalikes() -> None:
    people = parts(KEY, 2_000)
    knobs = listing(size=90, residents_per_1000=10)
    more, fewer = (enrol(people, knobs, point_of(0.6, FPIR / by), KEY)[0].likeness.lookalike for by in (1, 3))
    assert np.all((fewer == more) | (fewer == -1))
    assert 0 < np.count_nonzero(fewer >= 0) < np.count_nonzero(more >= 0)


# ---------------------------------------------------------------- known answers
def test_the_share_listed_by_mistake_comes_out_as_stated() -> None:
    """Smallest error noticed: 0.6 points of a share of 0.15, among residents 1.6; 0 and 1 are exact."""
    people = parts(KEY, 60_000)
    knobs = listing(size=200_000, residents_per_1000=500, wrongly_listed=0.15)
    references = enrol(people, knobs, point_of(0), KEY)[0].references
    agrees(np.count_nonzero(references.wrongly_listed), 200_000, 0.15, notices=0.006)
    here = references.person >= 0
    agrees(np.count_nonzero(references.wrongly_listed & here), 30_000, 0.15, notices=0.016)
    for share in (0, 1):
        exact = enrol(people, listing(size=90, wrongly_listed=share), point_of(0), KEY)[0].references
        assert np.all(exact.wrongly_listed == share)


def test_people_are_listed_without_regard_to_who_they_are() -> None:
    """Smallest error noticed: 2.5 points of a share of one half in each kind of person, 1.5 along the list."""
    n = 240_000
    people = some_people(KEY, n, 3)
    (gallery,) = enrol([people], listing(size=n, residents_per_1000=500), point_of(0), KEY)
    listed = gallery.likeness.enrolled >= 0
    assert np.count_nonzero(listed) == n // 2
    for columns in (people.group, people.sex, people.age // 20, people.person // (n // 3)):
        for value in np.unique(columns):
            mine = columns == value
            agrees(np.count_nonzero(listed & mine), np.count_nonzero(mine), 0.5, notices=0.025)
    shown = gallery.references.person >= 0
    for third in np.split(shown, 3):
        agrees(np.count_nonzero(third), n // 3, 0.5, notices=0.015)


@pytest.mark.parametrize("repeat", [0.25, 0.6, 1.0])
def test_each_kind_of_person_resembles_as_stated(repeat: float) -> None:
    """FPIR over the chance to be returned; smallest error noticed: 1.9 points, 3 of which half of the list."""
    n = 240_000
    people = some_people(KEY, n, 3)
    (gallery,) = enrol([people], listing(size=1_000), point_of(repeat), KEY)
    alike = gallery.likeness.lookalike
    for group in range(3):
        for sex in range(2):
            mine = (people.group == group) & (people.sex == sex)
            share = min(1.0, FPIR[group, sex] / max(FPIR[group, sex], repeat))
            agrees(np.count_nonzero(alike[mine] >= 0), np.count_nonzero(mine), share, notices=0.019)
    half = np.count_nonzero(alike >= 0)
    agrees(np.count_nonzero(alike >= 500), half, 0.5, notices=0.03)


# ---------------------------------------------------------------- everybody
def test_with_everybody_each_community_lists_its_own() -> None:
    people = parts(KEY, 40, 30)
    galleries = enrol(people, listing(size=7, residents_per_1000=100, everybody=True), point_of(0), KEY)
    for part, gallery in zip(people, galleries, strict=True):
        assert np.array_equal(gallery.references.person, part.person)
        assert np.array_equal(gallery.likeness.enrolled, np.arange(len(part)))
        assert np.all(gallery.likeness.lookalike == -1)
        assert gallery.references.active.all()
        assert not gallery.references.wrongly_listed.any()


def test_with_everybody_listed_people_resemble_each_other_as_stated() -> None:
    """A repeat chance means lasting look-alikes here too; smallest error noticed: 1.6 points."""
    n = 60_000
    people = some_people(KEY, n, 3)
    (gallery,) = enrol([people], listing(everybody=True), point_of(0.5, np.full((3, 2), 0.1)), KEY)
    alike = gallery.likeness.lookalike
    agrees(np.count_nonzero(alike >= 0), n, 0.2, notices=0.016)
    assert not (alike == gallery.likeness.enrolled).any()


# ---------------------------------------------------------------- taking people off
def test_what_was_asked_to_be_removed_is_off_for_good() -> None:
    gallery = enrol(parts(KEY, 40), listing(size=6, residents_per_1000=100), point_of(0), KEY)[0]
    assert revise(gallery, Commons(np.zeros(6, np.int64))) is gallery
    once = revise(gallery, Commons(np.array([0, 2, 0, 1, 0, 0])))
    assert once.references.active.tolist() == [True, False, True, False, True, True]
    twice = revise(once, Commons(np.array([0, 0, 0, 0, 0, 9])))
    assert twice.references.active.tolist() == [True, False, True, False, True, False]
    assert gallery.references.active.all()
    assert rows(twice.likeness) == rows(gallery.likeness)
    empty = enrol(parts(KEY, 4), listing(), point_of(0), KEY)[0]
    assert len(revise(empty, Commons(np.zeros(0, np.int64))).references) == 0
