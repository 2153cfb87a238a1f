"""Residents and their habits: margins come out as stated, and a person depends on no other person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glasstown import tables as t
from glasstown.core.errors import Problem
from glasstown.core.keys import Key
from glasstown.core.quantity import assume
from glasstown.prepare import survey
from glasstown.scenario import load
from glasstown.town.build import build_towns, community_sizes
from glasstown.town.habits import going_out, usual_places, usual_times
from glasstown.town.knobs import Day, Places, TownKnobs
from glasstown.town.people import populate, token_numbers
from glasstown.town.places import HOME
from tests.plain.live import DAY, lively
from tests.plain.routes import grid_layout

KEY = Key.from_seed(11)
AGES = {"0-17": 0.22, "18-24": 0.08, "25-44": 0.28, "45-64": 0.25, "65-79": 0.13, "80+": 0.04}
SIZES = {"1": 0.42, "2": 0.33, "3": 0.12, "4": 0.13}
N = 40_000
SIGMAS = 4.9


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


def test_too_much_attendance_is_scaled_down() -> None:
    people = np.array([[10, 0, 0, 10, 10], [80, 80, 80, 80, 80], [10, 10, 10, 10, 10]], np.int64)
    rates = going_out(lively(100, day=DAY.model_copy(update={"trips_per_day": assume(0.9)})), people)
    attend = int(rates.attend[1]) / 2**32
    weekday = 7 * 0.9 / (5 + 2 * 0.9)
    assert attend * 0.9 * (2 + 0.3) == pytest.approx(weekday, rel=1e-6)
    assert rates.leisure[:3].tolist() == [0, 0, 0]
    assert int(rates.leisure[3]) > 0


def test_people_without_occupation_go_out_twice_as_often() -> None:
    people = np.array([[40, 0, 0, 40, 40], [45, 45, 45, 45, 45], [15, 15, 15, 15, 15]], np.int64)
    rates = going_out(lively(100), people)
    for chance in (rates.leisure.astype(np.int64), rates.visit.astype(np.int64)):
        assert 0 < chance[0] < 0.95 * 2**32
        assert abs(chance[0] - 2 * chance[1]) <= 2
        assert chance[1] == chance[2]
        assert chance[3] == chance[4] == chance[5]
    assert abs(2 * int(rates.leisure[1]) - 3 * int(rates.visit[1])) <= 5


def test_places_are_chosen_by_attraction_and_distance() -> None:
    """Smallest error noticed: 1.6 points of a share of one half (4.5 standard errors of 20,000 people)."""
    places = t.Places.of(
        place=np.arange(5),
        node=np.zeros(5),
        x_dm=[0, 0, 7_000, 14_000, 0],
        y_dm=[0, 1_000, 0, 0, 21_000],
        kind=[0, 3, 3, 3, 3],
        weight=[1, 3, 4, 10, 2],
    )
    n = 20_000
    people = at_home(n, 0)
    knobs = TownKnobs(places=Places(errand_distance=assume(700)))
    _, usual = usual_places(places, knobs, people, KEY("choice"))
    distance = np.array([1_000, 7_000, 14_000, 21_000]) / 7_000
    pull = np.array([3, 4, 10, 2]) / (1 + distance**2) ** 2
    for place, share in enumerate(pull / pull.sum(), start=1):
        error = (share * (1 - share) / n) ** 0.5
        assert abs(np.count_nonzero(usual.leisure == place) / n - share) < 4.5 * error


@pytest.mark.parametrize(("people", "share", "within"), [(10_000, 1 / 57, 0.004), (300, 2 / 5, 0.08), (3, 1.0, 0.0)])
def test_as_many_visit_neighbours_in_their_own_building_as_is_said(people: int, share: float, within: float) -> None:
    """Of those who visit homes; would notice 2 standard errors."""
    scenario = load("newtown", changes={"town.people": people})
    layout = survey(scenario).layout
    here, _ = populate(layout, scenario.town, KEY("people"), 0, 0, people)
    _, usual = usual_places(layout.places, scenario.town, here, KEY("neighbours"))
    visits = layout.places.kind[usual.visit] == HOME
    own = usual.visit == usual.home
    assert not (own & ~visits).any()
    assert np.count_nonzero(own) / np.count_nonzero(visits) == pytest.approx(share, abs=within)


def at_home(n: int, occupation: int) -> t.People:
    return t.People.of(
        **{name: np.zeros(n) for name in ("household", "age", "sex", "group", "home")},
        person=np.arange(n),
        occupation=np.full(n, occupation),
        anchor=np.full(n, -1),
    )


def row_of_places(kind: int, n: int) -> t.Places:
    """A home, and places of one kind at 100, 200, 300... metres from it."""
    return t.Places.of(
        place=np.arange(n + 1),
        node=np.zeros(n + 1),
        x_dm=np.arange(n + 1) * 1_000,
        y_dm=np.zeros(n + 1),
        kind=[0] + [kind] * n,
        weight=np.ones(n + 1),
    )


def test_pupils_go_to_the_nearest_of_a_few_schools() -> None:
    """The nearest of 24 is never proposed in (23/24)^24 = 36 % of cases; least error noticed: 2.2 points."""
    people, usual = usual_places(row_of_places(2, 24), TownKnobs(), at_home(10_000, 2), KEY("school"))
    missed = np.count_nonzero(usual.anchor > 1) / 10_000
    assert abs(missed - (23 / 24) ** 24) < 0.022
    assert np.array_equal(people.anchor, usual.anchor)
    assert usual.anchor.min() == 1


def test_each_purpose_has_its_own_draws() -> None:
    """Leisure and visits offer the same eight places here, and are chosen apart."""
    knobs = TownKnobs(places=Places(errand_distance=assume(100_000)))
    _, usual = usual_places(row_of_places(4, 8), knobs, at_home(4_000, 0), KEY("apart"))
    both = usual.visit > 0
    assert abs(np.count_nonzero(usual.leisure[both] == usual.visit[both]) / both.sum() - 1 / 8) < 0.035


def test_usual_times_are_spread_for_workers_and_fixed_for_pupils() -> None:
    """Smallest error noticed: a minute of the means and of the spread (4.5 standard errors)."""
    day = Day(start_minute=assume(540), work_minutes=assume(450), school_minutes=assume(300))
    start, stay = usual_times(day, at_home(10_000, 1), KEY("times"))
    for minutes, mean in ((start, 540), (stay, 450)):
        assert abs(minutes.mean() - mean) < 1
        assert abs(minutes.std() - 20) < 1
    assert abs(float(np.corrcoef(start, stay)[0, 1])) < 0.045
    start, stay = usual_times(day, at_home(10, 2), KEY("times"))
    assert set(start.tolist()) == {510}
    assert set(stay.tolist()) == {300}
    assert usual_times(day, at_home(10, 0), KEY("times"))[1].tolist() == [0] * 10


def test_communities_are_fixed_by_the_number_of_people() -> None:
    assert community_sizes(1) == [1]
    assert community_sizes(65_536) == [65_536]
    assert community_sizes(65_537) == [32_769, 32_768]
    assert sum(community_sizes(1_000_003)) == 1_000_003
    assert max(community_sizes(1_000_003)) <= t.COMMUNITY_SIZE


def test_communities_number_people_once_and_threads_do_not_matter() -> None:
    key = KEY("two communities")
    layout = grid_layout(20, 20, key, 500)
    knobs = lively(65_600)
    one, routes, steps = build_towns(layout, knobs, key)
    two, more_routes, more_steps = build_towns(layout, knobs, key, threads=3)
    assert [len(town.people) for town in one] == [32_800, 32_800]
    person = np.concatenate([town.people.person for town in one])
    assert np.array_equal(person, np.arange(65_600))
    assert one[0].people.household.max() < one[1].people.household.min()
    token = np.concatenate([town.tokens.token for town in one])
    carried = token[token >= 0]
    assert len(np.unique(carried)) == len(carried)
    first = (*(town.habits for town in one), routes, steps)
    second = (*(town.habits for town in two), more_routes, more_steps)
    for a, b in zip(first, second, strict=True):
        for column in a.columns():
            assert np.array_equal(getattr(a, column.name), getattr(b, column.name))
