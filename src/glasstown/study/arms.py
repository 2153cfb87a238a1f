"""The arms of a comparison: what people write of each, and the scenario that it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import cast

import glasstown.catalogue as catalogue
from glasstown.core.errors import Problem, did_you_mean
from glasstown.scenario import Scenario, turned
from glasstown.study.asked import OPTIONS, Settings, loaded

Arm = str | Path | Scenario

_QUOTES = "A value that has a plus in it needs quotes within those of the shell: 'reality+path=\"one + other\"'."
_LATER = "Write for example: glasstown compare newtown +two-cameras-agree, where a later arm begins with the first."
_EXPONENT = re.compile(r"=\s*[-+]?[0-9.]+[eE]")


def pieces(written: str) -> list[str]:
    """Take an arm apart at its pluses: a scenario, and each safeguard or setting.

    A plus within quotes or brackets of a value, at its beginning, or in its exponent is the value's own, as in
    `reality+judgement.rulebook="rongcheng-2014 + court-blacklist"+days=90`.
    """
    found, piece, quote, depth, escaped = list[str](), "", "", 0, False
    for letter in written:
        value = piece.partition("=")[2].strip() if "=" in piece else None
        if escaped:
            escaped = False
        elif quote:
            escaped = quote == '"' and letter == "\\"
            quote = "" if letter == quote else quote
        elif value and letter == "'" and piece.endswith("'"):
            quote = letter
        elif value is not None and letter in "'\"" and (not value or value[-1] in "[{,:"):
            quote = letter
        elif value is not None and letter in "[{":
            depth += 1
        elif letter in "]}":
            depth = max(depth - 1, 0)
        elif letter == "+" and not depth and value != "" and not _EXPONENT.fullmatch(piece[piece.find("=") :].strip()):
            found.append(piece.strip())
            piece = ""
            continue
        piece += letter
    return [*found, piece.strip()]


def arm(written: Arm, settings: Settings = (), chosen: Mapping[str, object] | None = None) -> Scenario:
    """Load one arm: a scenario, and after each plus a safeguard or a setting (`reality+no-sharing+days=90`).

    Parameters
    ----------
    written : str, Path or Scenario
        A name of the catalogue or a file, with edits; or a file or a scenario as it is.
    settings : str, sequence of str, or mapping
        Knobs turned in every arm, before the arm's own.
    chosen : mapping of str to object
        The same, turned after them.

    Raises
    ------
    Problem
        As `load` does.
    """
    if not isinstance(cast(object, written), str | Path | Scenario):
        todo = "Write a name of the catalogue, a file, or a scenario."
        raise Problem(f"expected a scenario, found {written!r:.60}", where="an arm", todo=todo)
    if not isinstance(written, str):
        return loaded(written, settings, chosen or {}, ())
    name, *edits = pieces(written)
    if not name:
        why = "there is no scenario before the first plus"
        raise Problem(why, where=f"arm {written}", todo=_LATER)
    where = f"arm {written}"
    try:
        own = {path: value for path, value, _ in turned(edit for edit in edits if "=" in edit)}
    except Problem as problem:
        problem.where = where
        raise
    named = [edit for edit in edits if "=" not in edit]
    for before, edit in pairwise([name, *edits]):
        if "=" not in edit and edit not in catalogue.names("safeguards"):
            near = did_you_mean(edit, catalogue.names("safeguards"))
            todo = "" if "=" not in before else _QUOTES
            raise Problem(f"the catalogue has no safeguard '{edit}'", where=where, why=near, todo=todo)
    return loaded(name, settings, {**(chosen or {}), **own}, named, {**OPTIONS, **dict.fromkeys(own, where)})


def written_out(arms: Sequence[Arm]) -> tuple[Arm, ...]:
    """Write the first arm before each that begins with a plus: `newtown +no-sharing` is `newtown newtown+no-sharing`.

    Raises
    ------
    Problem
        Where the first is no text, so that nothing can be written after it.
    """
    found = list(arms)
    for i, written in enumerate(arms[1:], 1):
        if isinstance(written, str) and written.lstrip().startswith("+"):
            if not isinstance(arms[0], str):
                todo = "Write the first arm as a text, or load this one with its safeguards."
                raise Problem("a plus needs a first arm that is a text", where=f"arm {written}", todo=todo)
            found[i] = f"{arms[0].rstrip()}{written.lstrip()}"
    return tuple(found)


def names_of(arms: Sequence[Arm]) -> tuple[str, ...]:
    """Name the arms as they were written; one that comes again gets a number."""
    found: list[str] = []
    for written in arms:
        name = written.id if isinstance(written, Scenario) else str(written)
        often, told = 1, name
        while told in found:
            often += 1
            told = f"{name} ({often})"
        found.append(told)
    return tuple(found)


def short_names(names: Sequence[str]) -> list[str]:
    """Name each arm by what is turned in it, and by its scenario where the arms are of different ones."""
    taken = [pieces(name) for name in names]
    alike = len({name for name, *_ in taken}) == 1
    short: list[str] = []
    for whole, (name, *edits) in zip(names, taken, strict=True):
        parts = [edit.partition("=") for edit in edits]
        words = [f"{path.rpartition('.')[2]}{equals}{value}" for path, equals, value in parts]
        short.append(", ".join(words if alike else [name, *words]) if edits else whole)
    return short if len(set(short)) == len(set(names)) else list(names)
