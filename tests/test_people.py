"""Residents: margins come out as stated, no child lives alone, and a person depends on no other person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glasstown import tables as t
from glasstown.core.errors import Problem
from glasstown.core.keys import Key
from glasstown.core.quantity import assume
from glasstown.town.knobs import TownKnobs
from glasstown.town.people import populate, token_numbers
from tests.plain.routes import grid_layout

KEY = Key.from_seed(11)
AGES = {"0-17": 0.22, "18-24": 0.08, "25-44": 0.28, "45-64": 0.25, "65-79": 0.13, "80+": 0.04}
SIZES = {"1": 0.42, "2": 0.33, "3": 0.12, "4": 0.13}
N = 40_000
SIGMAS = 4.5


def knobs(**changes: Any) -> TownKnobs:
    values: dict[str, Any] = {
        "ages": {name: assume(share) for name, share in AGES.items()},
        "household_sizes": {name: assume(share) for name, share in SIZES.items()},
        "groups": {"a": assume(0.6), "b": assume(0.3), "c": assume(0.1)},
        "female": assume(0.52),
        "employed": assume(0.7),
        "phones": assume(0.85),
    }
    return TownKnobs(**(values | changes))


@pytest.fixture(scope="module")
def layout() -> Any:
    return grid_layout(12, 12, KEY("layout"), 300)


@pytest.fixture(scope="module")
def many(layout: Any) -> tuple[t.People, t.Tokens]:
    return populate(layout, knobs(), KEY("town"), 0, 0, N)


def differs(count: int, n: int, share: float, together: float = 1.0) -> bool:
    """Whether a count is further from its share than 4.5 standard errors.

    `together` is the mean size of the lump in which people fall (1 where each is drawn apart). With 40,000
    people the smallest error noticed is 0.2 to 1.2 percentage points for a share of 1 to 50 % drawn apart,
    and 1.9 points for lumps of 2.9; a right program fails one time in 150,000 per share.
    """
    error = (share * (1 - share) * together / n) ** 0.5
    return abs(count / n - share) > SIGMAS * error


def test_margins_come_out_as_stated(many: tuple[t.People, t.Tokens]) -> None:
    people, tokens = many
    band = np.searchsorted(t.AGE_FROM, people.age, side="right") - 1
    for code, name in enumerate(t.AGE_BANDS):
        assert not differs(np.count_nonzero(band == code), N, AGES[name]), name
    assert not differs(np.count_nonzero(people.sex == 0), N, 0.52)
    assert not differs(np.count_nonzero(tokens.token >= 0), N, 0.85)
    working_age = (people.age >= 18) & (people.age < 65)
    employed = people.occupation == 1
    assert not differs(np.count_nonzero(employed), np.count_nonzero(working_age), 0.7)
    size = np.unique(people.household, return_counts=True)[1]
    lump = float((size**2).sum() / size.sum())
    for code, share in enumerate((0.6, 0.3, 0.1)):
        assert not differs(np.count_nonzero(people.group == code), N, share, lump)
    for wanted, share in SIZES.items():
        assert not differs(np.count_nonzero(size == int(wanted)), len(size), share)


def test_a_wrong_margin_would_be_noticed(many: tuple[t.People, t.Tokens]) -> None:
    people, _ = many
    children = np.count_nonzero(people.age < 18)
    assert differs(children, N, AGES["0-17"] + 0.015)
    assert differs(children, N, AGES["0-17"] - 0.015)


def test_ages_are_even_within_bands(many: tuple[t.People, t.Tokens]) -> None:
    """Smallest error noticed: a year of age a fifth more or less frequent than its neighbours."""
    people, _ = many
    upper = (*t.AGE_FROM[1:], 96)
    for low, high in zip(t.AGE_FROM, upper, strict=True):
        inside = people.age[(people.age >= low) & (people.age < high)]
        for age in range(low, high):
            assert not differs(np.count_nonzero(inside == age), len(inside), 1 / (high - low))


def test_households_have_an_adult_and_one_home(many: tuple[t.People, t.Tokens]) -> None:
    people, _ = many
    start = np.flatnonzero(np.append(True, np.diff(people.household) != 0))
    assert np.all(np.diff(people.household) >= 0)
    assert np.all(people.age[start] >= 18)
    assert np.array_equal(np.minimum.reduceat(people.home, start), np.maximum.reduceat(people.home, start))
    together = np.add.reduceat(people.group != np.repeat(people.group[start], np.diff([*start, N])), start)
    assert 0 < np.count_nonzero(together) < 0.2 * len(start)


def test_occupation_follows_age(many: tuple[t.People, t.Tokens]) -> None:
    people, _ = many
    assert np.array_equal(people.occupation == 2, (people.age >= 5) & (people.age <= 17))
    assert np.all(people.age[people.occupation == 1] >= 18)
    assert np.all(people.age[people.occupation == 1] <= 64)


def test_homes_are_chosen_by_weight(layout: Any, many: tuple[t.People, t.Tokens]) -> None:
    people, _ = many
    start = np.flatnonzero(np.append(True, np.diff(people.household) != 0))
    homes = np.flatnonzero(layout.places.kind == 0)
    assert np.all(np.isin(people.home, layout.places.place[homes]))
    for home in homes:
        share = layout.places.weight[home] / layout.places.weight[homes].sum()
        assert not differs(np.count_nonzero(people.home[start] == home), len(start), float(share))


def test_a_person_depends_on_nobody_else(layout: Any) -> None:
    few, few_tokens = populate(layout, knobs(), KEY("town"), 700, 700, 501)
    more, more_tokens = populate(layout, knobs(), KEY("town"), 700, 700, 502)
    for column in t.People.columns():
        assert np.array_equal(getattr(few, column.name), getattr(more, column.name)[:501]), column.name
    assert np.array_equal(few_tokens.token, more_tokens.token[:501])
    assert few.person[0] == 700
    few.check()
    few_tokens.check()


def test_tokens_differ_and_hide_the_person() -> None:
    person = np.arange(30_000, dtype=np.int32)
    token = token_numbers(KEY("tokens"), person)
    assert len(np.unique(token)) == len(person)
    assert token.min() >= 0
    assert token.max() < 2**30
    assert abs(float(np.corrcoef(person, token)[0, 1])) < 0.03
    assert not np.array_equal(token, token_numbers(KEY("other tokens"), person))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_certain_shares_are_exact(layout: Any, share: float) -> None:
    changed = knobs(female=assume(share), phones=assume(share), employed=assume(share))
    people, tokens = populate(layout, changed, KEY, 0, 0, 300)
    assert np.all(people.sex == (0 if share else 1))
    assert np.all((tokens.token >= 0) == (share == 1.0))
    assert np.count_nonzero(people.occupation == 1) == (
        np.count_nonzero((people.age >= 18) & (people.age < 65)) if share else 0
    )


def test_one_person_is_an_adult(layout: Any) -> None:
    for seed in range(20):
        people, _ = populate(layout, knobs(household_sizes={"4": assume(1)}), Key.from_seed(seed), 5, 5, 1)
        assert len(people) == 1
        assert people.age[0] >= 18


def test_unstated_ages_are_equal_bands_as_far_as_households_hold(layout: Any) -> None:
    alone, _ = populate(layout, TownKnobs(), KEY, 0, 0, 4_000)
    assert alone.age.min() >= 18
    pairs, _ = populate(layout, TownKnobs(household_sizes={"2": assume(1)}), KEY, 0, 0, 12_000)
    band = np.searchsorted(t.AGE_FROM, pairs.age, side="right") - 1
    for code in range(len(t.AGE_BANDS)):
        assert not differs(np.count_nonzero(band == code), 12_000, 1 / 6)


@pytest.mark.parametrize(
    ("changes", "says", "where"),
    [
        ({"ages": {"0-15": assume(0.2), "18-24": assume(0.8)}}, "not an age band", "town.ages.0-15"),
        ({"ages": {"0-17": assume(0.7), "18-24": assume(0.3)}}, "more children than places", "town.ages"),
        ({"ages": {"0-17": assume(1.0)}}, "leave no adults", "town.ages"),
        ({"household_sizes": {"many": assume(1.0)}}, "not a household size", "town.household_sizes.many"),
        ({"household_sizes": {"0": assume(1.0)}}, "not a household size", "town.household_sizes.0"),
        ({"groups": {"a": assume(0.0)}}, "add up to nothing", "town.groups"),
    ],
)
def test_impossible_shares_are_explained(layout: Any, changes: Any, says: str, where: str) -> None:
    with pytest.raises(Problem) as caught:
        populate(layout, knobs(**changes), KEY, 0, 0, 50)
    assert says in caught.value.what
    assert caught.value.where == where
    assert caught.value.todo


def test_a_town_without_homes_is_explained() -> None:
    with pytest.raises(Problem, match="no homes"):
        populate(grid_layout(3, 3, KEY), knobs(), KEY, 0, 0, 5)
