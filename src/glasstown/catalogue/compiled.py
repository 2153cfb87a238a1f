"""From a rulebook as people write it to the integers that loops take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from glasstown import tables as t
from glasstown.catalogue.rulebook import Listing, RatingRules, Rulebook, rulebook, written
from glasstown.core.columns import Bool
from glasstown.core.errors import Problem
from glasstown.judgement.rules import ListRules, Rules

NOBODY = "none"


def rules(name: str, own: Mapping[str, str] | None = None) -> Rules:
    """Return a rulebook of the catalogue as the judging side takes it; `none` rates and lists nobody.

    Rulebooks that are in force together are written with a plus: `rongcheng-2014 + court-blacklist`.

    Parameters
    ----------
    own : mapping of str to str, optional
        Texts of further rulebooks, by id.

    Raises
    ------
    Problem
        For a name that is not in the catalogue, with the nearest one that is; for two that contradict each other.
    """
    done = Rules.none()
    for part in (word.strip() for word in name.split("+")):
        done = _together(done, _alone(part, (own or {}).get(part)), name)
    return replace(done, name=name)


@cache
def _alone(name: str, text: str | None) -> Rules:
    if name == NOBODY:
        return Rules.none()
    return compiled(rulebook(name) if text is None else written(text, name))


def _together(one: Rules, other: Rules, names: str) -> Rules:
    said = {"both rate": one.rates and other.rates}
    said |= {"both keep an adverse list": one.court.kept and other.court.kept}
    said |= {"both keep a red list": one.red.kept and other.red.kept}
    for what, wrong in said.items():
        if wrong:
            why = "a person has one rating and is on one list, and it would not be said which rulebook counts."
            raise Problem(f"two rulebooks {what}", where=f"rulebook {names}", why=why, todo="leave one of them out.")
    rating = other if other.rates or one.name == NOBODY else one
    court, red = (a if a.kept else b for a, b in ((one.court, other.court), (one.red, other.red)))
    return replace(rating, court=court, red=red)


def compiled(book: Rulebook) -> Rules:
    """Turn a rulebook into integers: `tables.DEEDS`, `DOORS` and `PERKS` in their order, grades from the lowest up."""
    nobody = Rules.none(book.id)
    rating = book.rating
    covered = np.array([start >= book.covers.from_age for start in t.AGE_FROM])
    if rating is None:
        court, red = _list(book.lists.court, None), _list(book.lists.red, None)
        return replace(nobody, covers_ages=covered, court=court, red=red)
    grades = rating.grades[::-1]
    events = [rating.events.get(name) for name in t.DEEDS]
    return Rules(
        name=book.id,
        rates=True,
        base=int(rating.base),
        floor=int(rating.floor),
        cap=int(rating.cap),
        points=np.array([int(e.points) if e else 0 for e in events], np.int32),
        most_per_period=np.array([int(e.most_per_period) if e else 0 for e in events], np.int32),
        period_months=max(int(rating.period_months), 1),
        expiry_months=np.array([int(e.expires_months) if e else 0 for e in events], np.int32),
        bands=tuple(grade.name for grade in grades),
        band_from=np.array(starts(rating)[::-1], np.int32),
        covers_ages=covered,
        closes=np.array([_flags(grade.closes, t.DOORS) for grade in grades]),
        opens=np.array([_flags(grade.opens, t.PERKS) for grade in grades]),
        court=_list(book.lists.court, rating),
        red=_list(book.lists.red, rating),
    )


def starts(rating: RatingRules) -> list[int]:
    """Return the lowest rating of each grade, highest grade first."""
    return [int(rating.floor if grade.from_ is None else grade.from_) for grade in rating.grades]


def span(listing: Listing, rating: RatingRules | None) -> tuple[int, int]:
    """Return the ratings from which people are listed, both included; the first is larger where there are none."""
    if rating is None or not listing.grades:
        return 1, 0
    names = [grade.name for grade in rating.grades]
    places = sorted(names.index(name) for name in listing.grades)
    least = starts(rating)
    return least[places[-1]], int(rating.cap) if places[0] == 0 else least[places[0] - 1] - 1


def _list(listing: Listing | None, rating: RatingRules | None) -> ListRules:
    if listing is None:
        return ListRules.none()
    first, last = span(listing, rating)
    return ListRules(
        kept=True,
        triggers=_flags(listing.listed_for, t.DEEDS),
        from_rating=first,
        to_rating=last,
        closes=_flags(listing.closes, t.DOORS),
        opens=_flags(listing.opens, t.PERKS),
        expires_months=int(listing.expires_months),
        ends_when_repaid=listing.ends_when_repaid,
        shamed=listing.published,
        national=listing.national,
    )


def _flags(words: tuple[str, ...], known: tuple[str, ...]) -> Bool:
    return np.array([word in words for word in known])
