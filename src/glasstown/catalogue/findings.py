"""What a rulebook does that nobody may have meant: rules that change nothing, and cliffs where one point decides."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, final

from glasstown import tables as t
from glasstown.catalogue.compiled import span, starts
from glasstown.catalogue.rulebook import Event, Listing, RatingRules, Rulebook

DeadKind = Literal["no_effect", "not_reported", "unreachable_grade", "cap_binds", "unreachable_perk", "empty_list"]
MOST_STATES = 2_000_000
_Effects = tuple[frozenset[str], frozenset[str], frozenset[str]]


@final
@dataclass(frozen=True)
class Dead:
    """A rule that changes nothing, or not what it says.

    Parameters
    ----------
    kind : str
        What is wrong with it.
    rule : str
        Where it stands, dotted.
    why : str
        In words.
    """

    kind: DeadKind
    rule: str
    why: str


@final
@dataclass(frozen=True)
class Cliff:
    """A rating, or an entry, at which one more decides.

    Parameters
    ----------
    rule : str
        Where it stands, dotted.
    at : int or None
        The rating from which things are better; None for a list.
    closes, loses, lists : tuple of str
        Doors closed, perks gone and lists one comes on (or off) one point, or one entry, further down.
    events_from_base : int or None
        How many of the commonest event it takes from the base: to fall below where the base is above, to get there
        where it is below; None where no event leads there.
    event : str
        That event (for a list: what is listed for).
    years : float or None
        In how many years the average adult has so many such entries; None where nobody reports it.
    expires_months : int
        Months until such an entry no longer counts; 0 for never.
    steps : int
        How many grades one such event can cross from here.
    alone : str
        Where the commonest event takes several entries, the commonest other one of which a single entry from the base
        is enough; "" where there is none.
    """

    rule: str
    at: int | None
    closes: tuple[str, ...]
    loses: tuple[str, ...]
    lists: tuple[str, ...]
    events_from_base: int | None
    event: str
    years: float | None
    expires_months: int
    steps: int = 1
    alone: str = ""

    @property
    def never_adds_up(self) -> bool:
        """Whether, at the pace of the average adult, entries end before enough of them are made."""
        return bool(self.years and self.expires_months and (self.events_from_base or 0) > 1) and (
            (self.years or 0.0) * 12 > self.expires_months
        )

    def document(self) -> dict[str, Any]:
        """Return the cliff as JSON-ready values."""
        return {name: list(part) if isinstance(part, tuple) else part for name, part in asdict(self).items()} | {
            "never_adds_up": self.never_adds_up
        }


def reachable(rating: RatingRules) -> set[int]:
    """Return every rating that some sequence of events leads to, within what limits and expiry let add up."""
    floor, cap, base = int(rating.floor), int(rating.cap), int(rating.base)
    least, most = base - adds_up(rating, -1), base + adds_up(rating, 1)
    steps = {int(event.points) for event in rating.events.values()} - {0}
    found, edge = {base}, [base]
    while edge and len(found) < MOST_STATES:
        here = edge.pop()
        for step in steps:
            there = min(max(here + step, floor), cap)
            if there not in found and least <= there <= most:
                found.add(there)
                edge.append(there)
    return found


def adds_up(rating: RatingRules, sign: int) -> int:
    """Return the most points that events of one sign can add up to before the first of them expire.

    An event with a limit and a term counts so often in each period of its term; without either it has no end, and the
    range of the rating is returned.
    """
    total, widest = 0, int(rating.cap) - int(rating.floor)
    for event in rating.events.values():
        points, most, months = int(event.points), int(event.most_per_period), int(event.expires_months)
        if points * sign <= 0:
            continue
        if not most or not months:
            return widest
        periods = -(-months // max(int(rating.period_months), 1)) + 1
        total += abs(points) * most * periods
    return min(total, widest)


def grade_at(rating: RatingRules, points: int) -> int:
    """Return the place of a rating's grade, 0 for the highest."""
    return next(place for place, least in enumerate(starts(rating)) if points >= least)


def dead_rules(book: Rulebook, per_year: Mapping[str, float]) -> list[Dead]:
    """Find rules that change nothing.

    Parameters
    ----------
    per_year : mapping of str to float
        Entries of each kind of conduct that reach the file of the average adult in a year.
    """
    found = list(_dead_in_rating(book, book.rating, per_year)) if book.rating else []
    for name in t.LISTS:
        listing: Listing | None = getattr(book.lists, name)
        if listing is not None:
            found += _dead_in_list(name, listing, book.rating, per_year)
    return found


def _effects(book: Rulebook, rating: RatingRules) -> list[_Effects]:
    """Return what each grade closes and opens, by itself and through the lists it puts people on."""
    found: list[_Effects] = []
    for grade in rating.grades:
        on = [name for name in t.LISTS if grade.name in getattr(getattr(book.lists, name), "grades", ())]
        lists: list[Listing] = [getattr(book.lists, name) for name in on]
        closes = frozenset(grade.closes).union(*(one.closes for one in lists))
        opens = frozenset(grade.opens).union(*(one.opens for one in lists))
        found.append((closes, opens, frozenset(on)))
    return found


def _dead_in_rating(book: Rulebook, rating: RatingRules, per_year: Mapping[str, float]) -> Iterator[Dead]:
    states, floor, cap = reachable(rating), int(rating.floor), int(rating.cap)
    grades, effects = rating.grades, _effects(book, rating)
    where = {points: grade_at(rating, points) for points in states}
    for name, event in rating.events.items():
        at, points = f"rating.events.{name}", int(event.points)
        moved = {(here, grade_at(rating, min(max(p + points, floor), cap))) for p, here in where.items()}
        if points == 0:
            yield Dead("no_effect", at, "it moves the rating by 0 points")
        elif not any(here != there for here, there in moved):
            yield Dead("no_effect", at, "no rating that anybody can have changes its grade by it")
        elif not any(effects[here] != effects[there] for here, there in moved):
            yield Dead("no_effect", at, "it can change a grade, but no door and no perk")
        if per_year.get(name, 0.0) <= 0.0:
            yield Dead("not_reported", at, f"nobody reports it: the {_reporter(name)} files no such entry")
        yield from _limits(at, event, rating, per_year.get(name, 0.0))
    reached = set(where.values())
    for place, grade in enumerate(grades):
        if place not in reached:
            at = f"rating.grades.{grade.name}"
            yield Dead(
                "unreachable_grade", at, f"no sequence of events leads from the base {rating.base.value:,.0f} to it"
            )
            for perk in grade.opens:
                if not any(perk in grades[other].opens for other in reached):
                    yield Dead("unreachable_perk", f"{at}.opens.{perk}", "only grades that nobody can reach open it")
            for door in grade.closes:
                if not any(door in grades[other].closes for other in reached):
                    yield Dead("no_effect", f"{at}.closes.{door}", "only grades that nobody can reach close it")


def _limits(at: str, event: Event, rating: RatingRules, yearly: float) -> Iterator[Dead]:
    points, most = int(event.points), int(event.most_per_period)
    base, floor, cap = int(rating.base), int(rating.floor), int(rating.cap)
    if points > 0 and base + points > cap:
        yield Dead(
            "cap_binds", at, f"the cap {cap:,} binds at once: from the base it gives {cap - base} of its {points}"
        )
    if points < 0 and base + points < floor:
        why = f"the floor {floor:,} binds at once: from the base it takes {base - floor} of its {-points}"
        yield Dead("cap_binds", at, why)
    months = max(int(rating.period_months), 1)
    if most and yearly * months / 12 >= 2 * most:
        why = f"its limit of {most} in {months} months binds at once: the average adult has {yearly * months / 12:.3g}"
        yield Dead("cap_binds", at, why)


def _dead_in_list(
    name: str, listing: Listing, rating: RatingRules | None, per_year: Mapping[str, float]
) -> Iterator[Dead]:
    at = f"lists.{name}"
    for conduct in listing.listed_for:
        if per_year.get(conduct, 0.0) <= 0.0:
            why = f"nobody reports it: the {_reporter(conduct)} files no such entry"
            yield Dead("not_reported", f"{at}.listed_for.{conduct}", why)
    first, last = span(listing, rating)
    listable = rating is not None and any(first <= points <= last for points in reachable(rating))
    if listing.grades and not listable:
        yield Dead("unreachable_grade", f"{at}.grades", "nobody can have a grade that leads here")
    alive = listable or any(per_year.get(conduct, 0.0) > 0.0 for conduct in listing.listed_for)
    if not alive:
        for perk in listing.opens:
            yield Dead("unreachable_perk", f"{at}.opens.{perk}", "nobody comes on the list that opens it")
    if not listing.closes and not listing.opens and not listing.published:
        yield Dead("empty_list", at, "being listed closes no door, opens no perk, and nobody is told")


def cliffs(book: Rulebook, per_year: Mapping[str, float]) -> list[Cliff]:
    """Find where one point or one entry opens or closes something, and how far that is from the start."""
    found = list(_cliffs_of_rating(book, book.rating, per_year)) if book.rating else []
    for name in t.LISTS:
        listing: Listing | None = getattr(book.lists, name)
        if listing is not None and listing.listed_for and (listing.closes or listing.opens):
            event = _commonest(listing.listed_for, per_year)
            yearly = per_year.get(event, 0.0)
            years = 1 / yearly if yearly > 0 else None
            months = int(listing.expires_months)
            found.append(Cliff(f"lists.{name}", None, listing.closes, listing.opens, (name,), 1, event, years, months))
    return found


def _cliffs_of_rating(book: Rulebook, rating: RatingRules, per_year: Mapping[str, float]) -> Iterator[Cliff]:
    lowering = {name: event for name, event in rating.events.items() if int(event.points) < 0}
    raising = {name: event for name, event in rating.events.items() if int(event.points) > 0}
    least, base, effects = starts(rating), int(rating.base), _effects(book, rating)
    for place in range(len(rating.grades) - 1):
        above, below = effects[place], effects[place + 1]
        if above == below:
            continue
        at = least[place]
        gone = _in_order(below[0] - above[0], above[1] - below[1], below[2] ^ above[2])
        way = lowering if base >= at else raising
        event = _commonest(tuple(way), per_year)
        name = f"rating.grades.{rating.grades[place].name}"
        cliff = _cliff(name, rating, at, gone, event, per_year.get(event, 0.0))
        if (cliff.events_from_base or 0) > 1:
            crosses = {kind for kind, one in way.items() if (base + int(one.points) >= at) == (base < at)}
            filed = tuple(kind for kind in crosses if per_year.get(kind, 0.0) > 0.0)
            cliff = replace(cliff, alone=_commonest(filed, per_year))
        yield cliff


def _in_order(doors: frozenset[str], perks: frozenset[str], lists: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    parts = ((t.DOORS, doors), (t.PERKS, perks), (t.LISTS, lists))
    return tuple(tuple(name for name in names if name in part) for names, part in parts)


def _cliff(
    rule: str, rating: RatingRules, at: int, gone: tuple[tuple[str, ...], ...], event: str, yearly: float
) -> Cliff:
    if not event:
        return Cliff(rule, at, gone[0], gone[1], gone[2], None, "", None, 0, 0)
    points, base = int(rating.events[event].points), int(rating.base)
    way = base - (at - 1) if points < 0 else at - base
    number = math.ceil(way / abs(points))
    fall = min((int(e.points) for e in rating.events.values() if int(e.points) < 0), default=0)
    steps = grade_at(rating, max(at + fall, int(rating.floor))) - grade_at(rating, at)
    years = number / yearly if yearly > 0 else None
    return Cliff(
        rule, at, gone[0], gone[1], gone[2], number, event, years, int(rating.events[event].expires_months), steps
    )


def _commonest(conduct: tuple[str, ...], per_year: Mapping[str, float]) -> str:
    return max(conduct, key=lambda name: (per_year.get(name, 0.0), name), default="")


def _reporter(conduct: str) -> str:
    return t.REPORTED_BY[t.DEEDS.index(conduct)]
