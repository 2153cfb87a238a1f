"""Where the catalogue's files are and what they are called."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from glasstown.core.documents import Document, parse
from glasstown.core.errors import Problem, did_you_mean

ROOT = Path(__file__).resolve().parent

KINDS_WITH_BASE = ("crowd",)

Shelf = Literal["facts", "second", "systems", "safeguards", "scenarios", "rulebooks"]


@cache
def names(shelf: Shelf) -> tuple[str, ...]:
    """List what stands on one shelf of the catalogue (of `facts`: the records they come from)."""
    return tuple(sorted(file.stem for file in (ROOT / shelf).glob("*.yaml")))


def opened(shelf: Shelf, name: str) -> Document:
    """Read one entry.

    Raises
    ------
    Problem
        For a name that is not in the catalogue, with the nearest one that is.
    """
    if name not in names(shelf):
        one = shelf.removesuffix("s")
        raise Problem(
            f"the catalogue has no {one} '{name}'",
            why=did_you_mean(name, names(shelf)),
            todo="'glasstown list' shows the catalogue.",
        )
    return _read(shelf, name)


@cache
def _read(shelf: Shelf, name: str) -> Document:
    where = f"{name}.yaml"
    return parse((ROOT / shelf / where).read_text(encoding="utf-8"), where)


def scenario(name: str) -> Document:
    """Read a scenario of the catalogue as it is written, before anything is filled in."""
    return opened("scenarios", name)


@cache
def base(kind: str = "") -> Document:
    """Read what holds where a scenario says nothing; of one kind of town, what holds otherwise."""
    where = f"base-{kind}.yaml" if kind else "base.yaml"
    return parse((ROOT / where).read_text(encoding="utf-8"), where)


def titles(shelf: Literal["systems", "safeguards", "scenarios", "rulebooks"]) -> dict[str, str]:
    """List what stands on one shelf, each with its title."""
    return {name: str(opened(shelf, name).tree["title"]) for name in names(shelf)}
