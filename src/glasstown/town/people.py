"""The synthetic residents: households, ages, groups, occupations and phones, drawn from shares alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from glasstown import tables as t
from glasstown.core.chance import threshold
from glasstown.core.columns import I32, I64, Bool
from glasstown.core.errors import Problem, did_you_mean
from glasstown.core.keys import Key
from glasstown.core.quantity import Quantity
from glasstown.state import Layout
from glasstown.town.knobs import TownKnobs

HOME = t.PLACE_KINDS.index("home")
NOT_OCCUPIED, WORK, SCHOOL = range(3)
GROUP_OF_HOUSEHOLD = 0.9
ADULT_FROM = 18
PENSION_FROM = 65
SCHOOL_FROM = 5
OLDEST = 95
_PARTS = 1 << 30
_FEW_BITS = np.uint64(15)
_FEW = np.uint64((1 << 15) - 1)


def populate(
    layout: Layout, knobs: TownKnobs, key: Key, first_person: int, first_household: int, n: int
) -> tuple[t.People, t.Tokens]:
    """Invent the residents of one community: who lives with whom, where, how old, and what they do.

    Parameters
    ----------
    layout : Layout
        Streets and places; homes are chosen in proportion to their weight.
    knobs : TownKnobs
        Shares of ages, groups, household sizes, women, the employed and phone owners.
    key : Key
        Where the draws come from; each is addressed by person or household.
    first_person, first_household : int
        Numbers of the first person and the first household.
    n : int
        How many people; the last household is cut to fit.

    Returns
    -------
    tuple of (People, Tokens)
        `n` rows each, in the same order; `anchor` is -1 until habits are chosen, `token` is -1 for people
        who carry no phone.

    Raises
    ------
    Problem
        If there is no home, a share has an unknown name, or the household sizes leave no room for the
        children asked for.

    Limits
    ------
    The first member of each household is an adult, so no child lives alone. The ages of the other members
    are shifted towards childhood by as much as that takes away, so that the shares of all ages come out as
    stated; otherwise ages within a household are independent of each other, of sex and of group. Nine
    members in ten have the group of their household, the others a group of their own draw, so that the
    shares of groups come out as stated too. Where no ages are stated, the bands have equal shares and
    children are as many as the households hold.
    """
    person = np.arange(first_person, first_person + n, dtype=np.int32)
    row_of_household, head = _households(knobs, key, first_household, n)
    household = (first_household + row_of_household).astype(np.int32)

    places = layout.places
    homes = np.flatnonzero(places.kind == HOME)
    if not len(homes):
        raise Problem(
            "The town has no homes.",
            where="town.places",
            why="Every person lives somewhere.",
            todo="Use an extract with buildings or streets, or a larger `homes_per_1000`.",
        )
    n_households = int(row_of_household[-1]) + 1 if n else 0
    numbers = np.arange(first_household, first_household + n_households)
    home = homes[key("home").choice(parts(places.weight[homes]), numbers)]

    age = _ages(knobs, key, person, head)
    occupation = np.where((age >= SCHOOL_FROM) & (age < ADULT_FROM), SCHOOL, NOT_OCCUPIED)
    employed = key("employed").happens(threshold(float(knobs.employed)), person)
    occupation[(age >= ADULT_FROM) & (age < PENSION_FROM) & employed] = WORK

    groups = shares(knobs.groups.values(), "town.groups")
    together = key("shares group").happens(threshold(GROUP_OF_HOUSEHOLD), person)
    of_household = key("group of household").choice(groups, numbers)[row_of_household]
    group = np.where(together, of_household, key("own group").choice(groups, person))

    people = t.People.of(
        person=person,
        household=household,
        age=age,
        sex=~key("sex").happens(threshold(float(knobs.female)), person),
        group=group,
        home=places.place[home][row_of_household],
        occupation=occupation,
        anchor=np.full(n, -1),
    )
    carries = key("phone").happens(threshold(float(knobs.phones)), person)
    tokens = t.Tokens.of(token=np.where(carries, token_numbers(key("token"), person), -1), person=person)
    return people, tokens


def parts(weight: NDArray[np.int32]) -> I64:
    """Make weights fit for `Key.choice`: positive in sum, below 2**32 in sum, all equal if all are zero."""
    whole = np.maximum(weight.astype(np.int64), 0)
    total = int(whole.sum())
    if total == 0:
        return np.ones_like(whole)
    return whole if total < 2**32 else np.maximum(whole // (total // 2**31), 1)


def shares(values: Iterable[Quantity], where: str) -> I64:
    """Turn shares into whole weights with a sum of about 2**30, whatever the shares add up to."""
    given = [float(value) for value in values]
    total = sum(given)
    if total <= 0.0:
        raise Problem("The shares add up to nothing.", where=where, todo="State at least one share above 0.")
    return np.array([round(share / total * _PARTS) for share in given], np.int64)


def token_numbers(key: Key, person: I32) -> I64:
    """Give each person's phone a number of its own, from which the person's number cannot be read.

    A keyed shuffle of the numbers below 2**30 (four Feistel rounds on two halves of 15 bits): different
    people get different numbers, and a person's number depends on nobody else.
    """
    value = person.astype(np.uint64)
    left, right = (value >> _FEW_BITS) & _FEW, value & _FEW
    for turn in range(4):
        left, right = right, left ^ (key.bits(right, turn) & _FEW)
    return ((left << _FEW_BITS) | right).astype(np.int64)


def _households(knobs: TownKnobs, key: Key, first_household: int, n: int) -> tuple[I64, Bool]:
    """Fill households of the stated sizes until everybody has one; return each person's, and who is first."""
    sizes = _sizes(knobs.household_sizes)
    weights = shares(knobs.household_sizes.values(), "town.household_sizes")
    drawn = sizes[key("household size").choice(weights, first_household + np.arange(n))] if n else sizes[:0]
    first = np.cumsum(drawn) - drawn
    first = first[first < n]
    head = np.zeros(n, np.bool_)
    head[first] = True
    return np.cumsum(head) - 1, head


def _sizes(household_sizes: Mapping[str, Quantity]) -> I64:
    sizes: list[int] = []
    for name in household_sizes:
        digits = name.removesuffix("+")
        if not digits.isdecimal() or not 1 <= int(digits) <= 50:
            raise Problem(
                f"'{name}' is not a household size.",
                where=f"town.household_sizes.{name}",
                todo="Use whole numbers from 1 to 50, such as '1', '2' or '5+'.",
            )
        sizes.append(int(digits))
    return np.array(sizes, np.int64)


def _ages(knobs: TownKnobs, key: Key, person: I32, head: Bool) -> I64:
    """Draw ages so that first members are adults and the shares of all ages come out as stated."""
    for name in knobs.ages:
        if name not in t.AGE_BANDS:
            raise Problem(
                f"'{name}' is not an age band.",
                where=f"town.ages.{name}",
                why="Every table and every estimate uses the same bands.",
                todo=did_you_mean(name, t.AGE_BANDS),
            )
    weight = np.ones(len(t.AGE_BANDS), np.int64)
    if knobs.ages:
        stated = shares(knobs.ages.values(), "town.ages")
        weight[:] = 0
        weight[[t.AGE_BANDS.index(name) for name in knobs.ages]] = stated
    children, adults = weight[:1], weight[1:]
    if not adults.sum():
        raise Problem(
            "The shares of ages leave no adults.",
            where="town.ages",
            why="Every household has at least one adult.",
            todo="State a share for an age band from 18 years.",
        )
    child = float(children.sum() / weight.sum()) / (1.0 - _heads(knobs)) if _heads(knobs) < 1.0 else 2.0
    if knobs.ages and children.sum() and child > 1.0:
        raise Problem(
            "There are more children than places beside an adult.",
            where="town.ages",
            why="No child lives alone, so the shares of ages cannot come out as stated.",
            todo="State larger households in `household_sizes`, or a smaller share for '0-17'.",
        )
    is_child = ~head & key("child").happens(threshold(min(child, 1.0)), person)
    band = np.where(is_child, 0, 1 + key("age band").choice(adults, person))
    lower = np.array(t.AGE_FROM, np.int64)
    width = np.append(lower[1:], OLDEST + 1) - lower
    return lower[band] + key("age").below(width[band], person)


def _heads(knobs: TownKnobs) -> float:
    """Return the expected share of people who are the first of their household."""
    sizes = _sizes(knobs.household_sizes)
    weights = shares(knobs.household_sizes.values(), "town.household_sizes")
    return int(weights.sum()) / int((weights * sizes).sum())
