"""The arms of a comparison: what people write of each, and the scenario that it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import glasstown.catalogue as catalogue
from glasstown.core.errors import Problem, did_you_mean
from glasstown.scenario import Scenario, setting
from glasstown.study.asked import OPTIONS, Settings, loaded

Arm = str | Path | Scenario

_EXPONENT = re.compile(r"=\s*[-+]?[0-9.]+[eE]")


def pieces(written: str) -> list[str]:
    """Take an arm apart at its pluses: a scenario, and each safeguard or setting.

    A plus within quotes or brackets of a value, at its beginning, or in its exponent is the value's own, as in
    `reality+judgement.rulebook="rongcheng-2014 + court-blacklist"+days=90`.
    """
    found, piece, quote, depth = list[str](), "", "", 0
    for letter in written:
        value = piece.partition("=")[2].strip() if "=" in piece else None
        if quote:
            quote = "" if letter == quote else quote
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
    if not isinstance(written, str):
        return loaded(written, settings, chosen or {}, ())
    name, *edits = pieces(written)
    where = f"arm {written}"
    own = {path: value for path, value, _ in (setting(edit) for edit in edits if "=" in edit)}
    named = [edit for edit in edits if "=" not in edit]
    for edit in named:
        if edit not in catalogue.names("safeguards"):
            near = did_you_mean(edit, catalogue.names("safeguards"))
            raise Problem(f"the catalogue has no safeguard '{edit}'", where=where, why=near)
    return loaded(name, settings, {**(chosen or {}), **own}, named, {**OPTIONS, **dict.fromkeys(own, where)})


def names_of(arms: Sequence[Arm]) -> tuple[str, ...]:
    """Name the arms as they were written; one that comes again gets a number."""
    found: list[str] = []
    for written in arms:
        name = written.id if isinstance(written, Scenario) else str(written)
        again = sum(1 for other in found if other == name or other.startswith(f"{name} ("))
        found.append(f"{name} ({again + 1})" if again else name)
    return tuple(found)


def short_names(names: Sequence[str]) -> list[str]:
    """Name each arm by what is turned in it, and by its scenario where the arms are of different ones."""
    taken = [pieces(name) for name in names]
    alike = len({name for name, *_ in taken}) == 1
    short: list[str] = []
    for whole, (name, *edits) in zip(names, taken, strict=True):
        turned = [edit.partition("=") for edit in edits]
        words = [f"{path.rpartition('.')[2]}{equals}{value}" for path, equals, value in turned]
        short.append(", ".join(words if alike else [name, *words]) if edits else whole)
    return short if len(set(short)) == len(set(names)) else list(names)
