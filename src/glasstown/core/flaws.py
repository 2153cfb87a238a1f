"""Mistakes in a scenario, collected so that one look at the message is enough to put all of them right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from glasstown.core.documents import KeyPath
from glasstown.core.errors import Problem

MOST_SHOWN = 10


@final
@dataclass(frozen=True)
class Flaw:
    """One mistake.

    Parameters
    ----------
    path : tuple
        The key.
    what, hint : str
        What is wrong, and what would help.
    cause : tuple
        Another key that brought it about, for where the first was not written by the reader.
    """

    path: KeyPath
    what: str
    hint: str = ""
    cause: KeyPath = ()


def shown(value: Any) -> str:
    """Say what was found, short and in words."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            return f"text '{value[:60]}{'...' if len(value) > 60 else ''}'"
        case dict():
            return f"a mapping ({', '.join(map(str, list(value)[:4]))})" if value else "an empty mapping"
        case list():
            return "a list"
        case int() | float():
            return f"{value:,}" if abs(value) >= 1000 else f"{value:g}"
        case _:
            return f"a {type(value).__name__}"


def dotted(path: KeyPath) -> str:
    """Write a path as people write it after --set."""
    return ".".join(map(str, path))


def raise_for(flaws: Sequence[Flaw], where: str, places: Sequence[str]) -> None:
    """Raise one Problem that names every mistake (at most ten of them), if there are any.

    Parameters
    ----------
    flaws : sequence of Flaw
        The mistakes.
    where : str
        What to call the scenario as a whole.
    places : sequence of str
        Where each mistake is written, `file:line`.
    """
    if not flaws:
        return
    if len(flaws) == 1:
        flaw = flaws[0]
        raise Problem(_sentence(flaw), where=places[0], todo=flaw.hint)
    lines = [
        f"{place}: {_sentence(flaw)}{f' ({flaw.hint})' if flaw.hint else ''}"
        for flaw, place in list(zip(flaws, places, strict=True))[:MOST_SHOWN]
    ]
    more = len(flaws) - MOST_SHOWN
    if more > 0:
        lines.append(f"and {more} more")
    raise Problem(f"{len(flaws)} mistakes", where=where, why="\n  ".join(lines))


def _sentence(flaw: Flaw) -> str:
    return f"{dotted(flaw.path)}: {flaw.what}" if flaw.path else flaw.what
