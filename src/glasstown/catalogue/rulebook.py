"""Rulebooks: who is rated or listed for what, and what that opens and closes, as a lawyer would check it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, cast, final, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from glasstown.catalogue.fact import fact
from glasstown.catalogue.files import ROOT, names, opened
from glasstown.core.documents import Document, KeyPath, parse, read_document
from glasstown.core.errors import Problem, did_you_mean
from glasstown.core.flaws import Flaw, raise_for, shown
from glasstown.core.quantity import Count, Knobs, Months, Points, Quantity, assume, spelled

MOST_GRADES = 16
# Squares of ratings are added up over a nation in whole numbers of 64 bits.
MOST_POINTS = 10_000
TEMPLATE = ROOT / "rulebook.yaml"
_NEEDED = {
    "schema": "write 'schema: 1', the form of this document",
    "article": "write where the rule stands, or that it is assumed",
}
_TODO = "'glasstown rulebook new FILE' writes a template to start from."


def _numbers(unit: str) -> BeforeValidator:
    """Take a bare number, `{value:, low:, high:}`, or `{fact:}` of the catalogue in this unit."""

    def look(given: Any) -> Any:
        if not isinstance(given, dict) or "fact" not in given:
            if isinstance(given, bool) or not isinstance(given, dict | int | float | Quantity):
                raise ValueError(f"expected a number ({unit}), found {shown(given)}")
            return cast(Any, given)
        entry = cast(dict[str, Any], given)
        if len(entry) > 1:
            raise ValueError("a fact has its own value and range: write {fact: id} alone")
        try:
            found = fact(str(entry["fact"]))
        except Problem as problem:
            raise ValueError(f"{problem.what}; {problem.todo}") from None
        if found.unit != unit:
            raise ValueError(f"fact '{found.id}' is in '{found.unit}', but this number is in '{unit}'")
        return found.quantity

    return BeforeValidator(look)


BookPoints = Annotated[Points, _numbers("points")]
BookCount = Annotated[Count, _numbers("count")]
BookMonths = Annotated[Months, _numbers("months")]
Words = Annotated[tuple[str, ...], Field(strict=False, max_length=64)]
Line = Annotated[str, Field(min_length=1, max_length=300)]


@final
class Covers(Knobs):
    """Who has a rating and can be listed: everybody from an age on (the first of an age band), and in words who."""

    from_age: int = 18
    who: str = Field(default="", max_length=300)


@final
class Event(Knobs):
    """What one entry about conduct does to a rating.

    `points` are whole and at most 10,000, so that the variance of ratings can be added up over a nation.
    `most_per_period` entries count within one period and no more (0 for no limit); after `expires_months` the
    points are taken back (0 for never). `article` says where that is written.
    """

    points: BookPoints
    most_per_period: BookCount = assume(0)
    expires_months: BookMonths = assume(0)
    article: Line


@final
class Grade(Knobs):
    """A band of the rating: its name, its lowest rating, the doors it closes and the perks it opens."""

    name: Line
    from_: BookPoints | None = Field(default=None, alias="from")
    closes: Words = ()
    opens: Words = ()
    article: str = Field(default="", max_length=300)


@final
class RatingRules(Knobs):
    """A rating: where it starts, its ends, the period of its limits, what moves it, and its grades, highest first."""

    base: BookPoints
    floor: BookPoints
    cap: BookPoints
    period_months: BookMonths = assume(12)
    events: Annotated[dict[str, Event], Field(max_length=64)]
    grades: Annotated[tuple[Grade, ...], Field(strict=False, min_length=1, max_length=MOST_GRADES)]


@final
class Listing(Knobs):
    """A list: what puts people on it, what it does to them, how they come off.

    `listed_for` names conduct, `grades` names grades of the rating. `closes` and `opens` name doors and perks;
    `published` lists are shown to others. An entry ends by itself after `expires_months` (0 for never), or by
    repaying where `ends_when_repaid`. A `national` list is known everywhere; otherwise `records.integration` says
    how much of it is.
    """

    listed_for: Words = ()
    grades: Words = ()
    closes: Words = ()
    opens: Words = ()
    expires_months: BookMonths = assume(0)
    ends_when_repaid: bool = False
    published: bool = False
    national: bool = True
    article: Line


@final
class BookLists(Knobs):
    """The adverse list and the favourable one."""

    court: Listing | None = None
    red: Listing | None = None


@final
class Rulebook(Knobs):
    """A rulebook as people write it.

    Parameters
    ----------
    schema_version : 1
        The form of the document, written `schema`.
    id, title, description : str
        What it is called and where it was, or would be, in force.
    status : str
        `draft`, or `provisional` where its numbers have sources.
    sources : tuple of str
        Where the rules are written.
    covers, rating, lists
        Who, what is rated, what is listed.

    Notes
    -----
    A number is a fact, or a bare number, which is an assumption. Ranges are for readers: a run uses the values.
    """

    schema_version: Literal[1] = Field(alias="schema")
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)
    title: str = Field(min_length=1, max_length=200)
    description: str = Field(default="", max_length=5_000)
    status: Literal["draft", "provisional"] = "draft"
    sources: Words = ()
    covers: Covers = Covers()
    rating: RatingRules | None = None
    lists: BookLists = BookLists()


def rulebook(source: str | Path) -> Rulebook:
    """Read a rulebook by its catalogue name or from a file.

    Raises
    ------
    Problem
        With file, line and key for every mistake at once; for a name that is not in the catalogue, with the nearest.
    """
    path = Path(source)
    by_name = isinstance(source, str) and (source in names("rulebooks") or _a_name(path))
    return _in_catalogue(str(source)) if by_name else read(read_document(path))


def _a_name(path: Path) -> bool:
    return not path.suffix and len(path.parts) <= 1 and not path.exists()


@cache
def _in_catalogue(name: str) -> Rulebook:
    return read(opened("rulebooks", name))


@cache
def written(text: str, where: str) -> Rulebook:
    """Read a rulebook from its text; `where` is what to call it in messages."""
    return read(parse(text, where))


def read(document: Document) -> Rulebook:
    """Make a rulebook of a document, or say everything that is wrong with it."""
    if not isinstance(document.tree, dict):
        what = f"expected a rulebook, found {shown(document.tree)}"
        raise Problem(what, where=f"{document.where}:1", todo=_TODO)
    try:
        book = Rulebook.model_validate(document.tree)
        flaws = list(_contradictions(book))
    except ValidationError as error:
        flaws = [_flaw(cast(dict[str, Any], e)) for e in error.errors()]
        book = None
    flaws.sort(key=lambda flaw: document.line(flaw.path))
    raise_for(flaws, document.where, [document.at(flaw.path) for flaw in flaws])
    assert book is not None
    return book


def template() -> str:
    """Return a commented rulebook to start from; it reads as it is."""
    return TEMPLATE.read_text(encoding="utf-8")


def quantities(node: Any, at: str = "") -> Iterator[tuple[str, Quantity]]:
    """Go through the numbers of a rulebook, each with its dotted path."""
    if isinstance(node, Quantity):
        yield at, node
    elif isinstance(node, BaseModel):
        for name, info in type(node).model_fields.items():
            yield from quantities(getattr(node, name), f"{at}.{info.alias or name}".lstrip("."))
    elif isinstance(node, dict):
        for name, part in cast(dict[str, Any], node).items():
            yield from quantities(part, f"{at}.{name}")
    elif isinstance(node, tuple):
        for place, part in enumerate(cast(tuple[Any, ...], node)):
            yield from quantities(part, f"{at}.{place}")


# ------------------------------------------------------------------ mistakes
def _flaw(error: dict[str, Any]) -> Flaw:
    path: KeyPath = tuple(error["loc"])
    keys = _keys(path[:-1])
    found = shown(error.get("input"))
    match error["type"]:
        case "extra_forbidden":
            return Flaw(path, f"unknown key '{path[-1]}'", did_you_mean(str(path[-1]), keys))
        case "missing":
            return Flaw(path[:-1], f"missing key '{path[-1]}'", _NEEDED.get(str(path[-1]), ""))
        case "model_type" | "model_attributes_type":
            listed = ", ".join(list(_keys(path))[:4])
            return Flaw(path, f"expected a section with keys such as {listed}, found {found}")
        case "dict_type":
            return Flaw(path, f"expected names with a section each, found {found}")
        case "tuple_type":
            return Flaw(path, f"expected a list, found {found}", "write [a, b]")
        case "string_type":
            hint = "put it in quotes" if isinstance(error.get("input"), int | float) else ""
            return Flaw(path, f"expected text, found {found}", hint)
        case "bool_type":
            return Flaw(path, f"expected true or false, found {found}")
        case "int_type":
            return Flaw(path, f"expected a whole number, found {found}")
        case "literal_error":
            return Flaw(path, f"expected {error['ctx']['expected']}, found {found}")
        case "string_pattern_mismatch":
            return Flaw(path, "expected small letters, digits and dashes, starting with a letter or digit")
        case "string_too_short" | "too_short":
            return Flaw(path, "expected at least one entry, found none")
        case "string_too_long" | "too_long":
            return Flaw(path, "this is too long")
        case _:
            what, _, hint = str(error["msg"]).removeprefix("Value error, ").partition("; ")
            return Flaw(path, what, hint)


def _keys(path: KeyPath) -> tuple[str, ...]:
    """List the keys that may stand at a place."""
    here: Any = Rulebook
    for step in path:
        here = _field(here, str(step)) if _model(here) else _within(here)
    here = here if _model(here) else None
    return tuple(info.alias or name for name, info in here.model_fields.items()) if here else ()


def _model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _field(model: type[BaseModel], key: str) -> Any:
    """Return what a field takes: a model, or a list or table of models, without its optional and its checks."""
    found = next((info.annotation for name, info in model.model_fields.items() if key in (name, info.alias)), None)
    while not _model(found) and get_origin(found) not in (dict, tuple) and get_args(found):
        found = get_args(found)[0]
    return found


def _within(annotation: Any) -> Any:
    """Return what a list or a table holds."""
    return next((part for part in get_args(annotation) if _model(part)), None)


def _contradictions(book: Rulebook) -> Iterator[Flaw]:
    # NumPy comes along, and would double the time to load a scenario without a rulebook.
    from glasstown import tables as t

    if book.rating is None and book.lists.court is None and book.lists.red is None:
        yield Flaw((), "this rulebook rates nobody and lists nobody", "write 'rating:' or 'lists:'")
    if book.covers.from_age not in t.AGE_FROM:
        ages = ", ".join(map(str, t.AGE_FROM))
        yield Flaw(("covers", "from_age"), f"ages are known in bands from {ages}, not {book.covers.from_age}")
    if book.rating is not None:
        yield from _rating(book.rating)
    named = [grade.name for grade in book.rating.grades] if book.rating else []
    for name in t.LISTS:
        listing: Listing | None = getattr(book.lists, name)
        if listing is not None:
            yield from _listing(("lists", name), listing, named)


def _rating(rating: RatingRules) -> Iterator[Flaw]:
    from glasstown import tables as t

    base, floor, cap = (float(q) for q in (rating.base, rating.floor, rating.cap))
    if not floor <= base <= cap:
        what = f"the base {spelled(base)} does not lie between floor {spelled(floor)} and cap {spelled(cap)}"
        yield Flaw(("rating", "base"), what)
    for name, event in rating.events.items():
        path = ("rating", "events", name)
        if name not in t.DEEDS:
            yield Flaw(path, f"no conduct is called '{name}'", did_you_mean(name, t.DEEDS))
        if float(event.points) != round(float(event.points)):
            yield Flaw((*path, "points"), "points are whole")
        if abs(float(event.points)) > MOST_POINTS:
            what = f"one entry is worth {MOST_POINTS:,} points at most, found {spelled(float(event.points))}"
            yield Flaw((*path, "points"), what, "let each point of the rulebook stand for several")
    above, seen = cap + 1, set[str]()
    for place, grade in enumerate(rating.grades):
        path = ("rating", "grades", place)
        last = place == len(rating.grades) - 1
        if grade.name in seen:
            yield Flaw((*path, "name"), f"two grades are called '{grade.name}'")
        seen.add(grade.name)
        if grade.from_ is None and not last:
            yield Flaw(path, f"grade '{grade.name}' needs 'from'", "only the lowest begins at the floor by itself")
        least = floor if grade.from_ is None else float(grade.from_)
        if not floor <= least < above:
            what = f"grade '{grade.name}' begins at {spelled(least)}"
            yield Flaw(path, what, "grades go down from the cap, and the lowest begins at the floor or above")
        if last and least > floor:
            what = f"ratings from {spelled(floor)} to {spelled(least)} have no grade"
            yield Flaw(path, what, "leave out 'from' of the lowest grade")
        above = least
        yield from _named(path, grade.closes, grade.opens)


def _listing(path: KeyPath, listing: Listing, grades: list[str]) -> Iterator[Flaw]:
    from glasstown import tables as t

    for conduct in listing.listed_for:
        if conduct not in t.DEEDS:
            yield Flaw((*path, "listed_for"), f"no conduct is called '{conduct}'", did_you_mean(conduct, t.DEEDS))
    places: list[int] = []
    for grade in listing.grades:
        if grade in grades:
            places.append(grades.index(grade))
        else:
            hint = did_you_mean(grade, grades) or "there is no rating"
            yield Flaw((*path, "grades"), f"no grade is called '{grade}'", hint)
    if places and sorted(places) != list(range(min(places), max(places) + 1)):
        yield Flaw((*path, "grades"), "the grades of a list are next to each other")
    if not listing.listed_for and not listing.grades:
        yield Flaw(path, "nothing puts anybody on this list", "write 'listed_for:' or 'grades:'")
    yield from _named(path, listing.closes, listing.opens)


def _named(path: KeyPath, closes: tuple[str, ...], opens: tuple[str, ...]) -> Iterator[Flaw]:
    from glasstown import tables as t

    for key, given, known, one in (("closes", closes, t.DOORS, "door"), ("opens", opens, t.PERKS, "perk")):
        for word in given:
            if word not in known:
                yield Flaw((*path, key), f"no {one} is called '{word}'", did_you_mean(word, known))
