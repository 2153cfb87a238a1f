"""Numbers inside the catalogue's own entries: which facts a system or rulebook rests on, and what it assumes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, cast

from glasstown.catalogue.fact import known
from glasstown.catalogue.files import names, opened
from glasstown.core.quantity import Quantity

# What a system rests on are publications from which its numbers were worked out, and no numbers of its own.
_ASIDE = frozenset({"schema", "id", "title", "description", "rests_on"})


@cache
def numbers_of(
    shelf: Literal["systems", "rulebooks"], name: str, text: str | None = None
) -> tuple[tuple[str, Quantity], ...]:
    """List every number of an entry with its dotted path: a fact, an assumption with a range, or a bare one.

    A system that consists of others brings their numbers along. Each fact of a system is listed once.

    Parameters
    ----------
    shelf : str
        `systems` or `rulebooks`.
    name : str
        The entry; one that is not in the catalogue has no numbers.
    text : str, optional
        The rulebook itself, where it is not in the catalogue.

    Limits
    ------
    A text that is the id of a fact counts as that fact, wherever it stands.
    """
    if text is None and name not in names(shelf):
        return ()
    if shelf == "rulebooks":
        # Rulebooks bring NumPy along, which would double the time to load a scenario.
        from glasstown.catalogue.rulebook import quantities, rulebook, written

        book = rulebook(name) if text is None else written(text, name)
        return tuple((f"{shelf}.{name}.{path}", quantity) for path, quantity in quantities(book))
    found: list[tuple[str, Quantity]] = []
    there: set[str] = set()
    for part in _parts(name):
        tree = {key: value for key, value in opened(shelf, part).tree.items() if key not in _ASIDE}
        for path, quantity in _numbers(tree, f"{shelf}.{part}"):
            if quantity.fact is None or quantity.fact not in there:
                found.append((path, quantity))
            there |= {quantity.fact} if quantity.fact else set()
    return tuple(found)


def worked_out_from(name: str) -> tuple[str, ...]:
    """List the facts from which numbers of a system, or of those it consists of, were worked out by hand.

    They are cited, and are no numbers of its own. A name that is not in the catalogue has none.
    """
    if name not in names("systems"):
        return ()
    facts = (fact for part in _parts(name) for fact in opened("systems", part).tree.get("rests_on", ()))
    return tuple(dict.fromkeys(facts))


def _parts(name: str) -> list[str]:
    """List a system and those it consists of."""
    together = opened("systems", name).tree.get("together") or {}
    return list(dict.fromkeys((name, *(inner for part in together.get("of", ()) for inner in _parts(part)))))


def _numbers(node: Any, path: str) -> Iterator[tuple[str, Quantity]]:
    match node:
        case bool() | None:
            return
        case int() | float():
            yield path, Quantity(value=float(node))
        case str():
            if (named := known(node)) is not None:
                yield path, named.quantity
        case {"fact": str(name)}:
            yield from _numbers(name, path)
        case {"value": int() | float() as value}:
            low, high = (None if node.get(end) is None else float(node[end]) for end in ("low", "high"))
            yield path, Quantity(value=float(value), low=low, high=high)
        case dict():
            for key, value in cast(dict[str, Any], node).items():
                yield from _numbers(value, f"{path}.{key}")
        case list():
            for i, value in enumerate(cast(list[Any], node)):
                yield from _numbers(value, f"{path}.{i}")
        case _:
            return
