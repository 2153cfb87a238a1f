"""Rulebooks that a scenario brings along: read from the file that it names, and kept in it as they were written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import glasstown.catalogue as catalogue
from glasstown.core.documents import KeyPath, read_text
from glasstown.core.errors import Problem
from glasstown.core.flaws import Flaw

MOST_LETTERS = 40


def parts_of(name: str) -> list[str]:
    """List the rulebooks that are in force together: `rongcheng-2014 + court-blacklist` are two."""
    return [word.strip() for word in name.split("+")]


def a_file(word: str) -> bool:
    """Say whether a rulebook is named by its file rather than by its name in the catalogue."""
    return Path(word).suffix.lower() in (".yaml", ".yml") or "/" in word or "\\" in word


def take_in(tree: dict[str, Any], folder: Callable[[KeyPath], Path]) -> None:
    """Put the rulebooks whose files a scenario names into the scenario, which then needs the files no more.

    Parameters
    ----------
    tree : dict
        The merged document; changed.
    folder : callable
        From where the file named at a key is looked for.

    Raises
    ------
    Problem
        With file, line and key for a rulebook that is not in order, or that is called as another one is.
    """
    found = tree.get("judgement")
    if not isinstance(found, dict):
        return
    judgement = cast(dict[str, Any], found)
    _take(judgement, "rulebook", ("judgement", "rulebook"), judgement, folder)
    places = judgement.get("rulebooks")
    if isinstance(places, dict):
        for place in cast(dict[str, Any], places):
            _take(cast(dict[str, Any], places), place, ("judgement", "rulebooks", place), judgement, folder)


def _take(
    node: dict[str, Any], key: str, path: KeyPath, judgement: dict[str, Any], folder: Callable[[KeyPath], Path]
) -> None:
    name = node.get(key)
    if not isinstance(name, str) or not any(map(a_file, parts_of(name))):
        return
    words = [_taken(word, folder(path), judgement) if a_file(word) else word for word in parts_of(name)]
    node[key] = " + ".join(words)


def _taken(word: str, folder: Path, judgement: dict[str, Any]) -> str:
    """Read one file into the scenario and return what its rulebook is called."""
    from glasstown.catalogue.rulebook import written

    text = read_text(folder / word, word)
    name = written(text, word).id
    known = judgement.setdefault("written", {})
    what = ""
    if name in ("none", *catalogue.names("rulebooks")):
        what = f"the catalogue has another rulebook '{name}'"
    elif len(name) > MOST_LETTERS:
        what = f"its id has {len(name)} letters, and a run takes {MOST_LETTERS}"
    elif isinstance(known, dict) and known.get(name, text) != text:
        what = f"two different rulebooks are called '{name}'"
    if what:
        raise Problem(what, where=f"{word}: id", why="a run tells rulebooks by their ids.", todo="write another id.")
    if isinstance(known, dict):
        known[name] = text
    return name


def flaws(written: Mapping[str, str]) -> Iterator[Flaw]:
    """Find what is wrong with the rulebooks that a scenario holds."""
    from glasstown.catalogue.rulebook import written as read

    for name, text in written.items():
        path = ("judgement", "written", name)
        try:
            found = read(text, f"rulebook {name}").id
        except Problem as problem:
            where = f"{problem.where}: " if problem.where else ""
            yield Flaw(path, f"{where}{problem.what}", problem.why or problem.todo)
            continue
        if found != name:
            yield Flaw(path, f"this rulebook is called '{found}'", f"write {found}: instead of {name}:")
        elif name in ("none", *catalogue.names("rulebooks")):
            yield Flaw(path, f"the catalogue has another rulebook '{name}'", "write another id")
