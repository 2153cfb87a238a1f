"""Where a safeguard fits: it must change something, and what it says, not something else."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, cast

import glasstown.catalogue as catalogue
from glasstown.catalogue import Need, Safeguard
from glasstown.core.errors import Problem
from glasstown.core.flaws import shown
from glasstown.core.quantity import spelled
from glasstown.scenario.kinds import kind_in, silent_part

_WHY = "It would do nothing here, or something else than it says, and the difference would be called its effect."


def refuse_unfit(names: Sequence[str], tree: dict[str, Any]) -> None:
    """Refuse safeguards that do not fit a scenario, before they are put in place.

    Parameters
    ----------
    names : sequence of str
        Safeguards of the catalogue, to be put in place together.
    tree : dict
        The scenario without them, complete: numbers may be bare, facts, or values with a range.

    Raises
    ------
    Problem
        For a safeguard that changes nothing, or whose needs the scenario does not meet once the others are in place.

    Limits
    ------
    A safeguard that turns a knob which says nothing in this kind of town is refused where the scenario is built.
    """
    kind = kind_in(tree)
    for name in names:
        safeguard = catalogue.safeguard(name)
        if any(silent_part(kind, tuple(path.split("."))) for path in safeguard.change):
            continue
        _refuse_idle(safeguard, tree)
        with_others = copy.deepcopy(tree)
        for other in names:
            if other != name:
                for path, value in catalogue.safeguard(other).change.items():
                    _turn(with_others, path, value)
        for path, need in safeguard.needs.items():
            found = _plain(_at(with_others, path))
            if found is not None and not _met(need, found):
                raise _problem(name, f"'{name}' needs {path} to be {_words(need)}, and here it is {_shown(found)}")


def _refuse_idle(safeguard: Safeguard, tree: dict[str, Any]) -> None:
    if all(_plain(_at(tree, path)) == _plain(value) for path, value in safeguard.change.items()):
        path = next(iter(safeguard.change))
        found = _shown(_plain(_at(tree, path)))
        raise _problem(safeguard.id, f"'{safeguard.id}' changes nothing: {path} is {found} already")


def _problem(name: str, what: str) -> Problem:
    todo = "Leave it out, choose a scenario that it is made for, or turn the knobs you mean with --set path=value."
    return Problem(what, where=f"safeguard {name}", why=_WHY, todo=todo)


def _at(tree: dict[str, Any], path: str) -> Any:
    node: Any = tree
    for key in path.split("."):
        node = cast(dict[str, Any], node).get(key) if isinstance(node, dict) else None
    return node


def _turn(tree: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    node = tree
    for key in above:
        inner = node.get(key)
        if not isinstance(inner, dict):
            inner = node[key] = {}
        node = cast(dict[str, Any], inner)
    node[last] = value


def _plain(given: Any) -> Any:
    """Return a number as its value, low and high end, whichever way it is written; anything else as it is."""
    match given:
        case bool():
            return given
        case int() | float():
            return (float(given), None, None)
        case {"value": int() | float() as value}:
            return (float(value), given.get("low"), given.get("high"))
        case {"fact": str(name)} if (fact := catalogue.known(name)) is not None:
            return (fact.value, fact.low, fact.high)
        case dict():
            return {key: _plain(value) for key, value in cast(dict[str, Any], given).items()}
        case _:
            return given


def _met(need: Need, found: Any) -> bool:
    if need.only or need.never:
        return found == need.only if need.only else found != need.never
    if not isinstance(found, tuple):
        return True
    value = cast(tuple[float], found)[0]
    above, below = need.bounds()
    return (above is None or value > above) and (below is None or value < below)


def _words(need: Need) -> str:
    above, below = need.bounds()
    for said, number in (("more than", above), ("less than", below)):
        if number is not None:
            return f"{said} {spelled(number)}"
    return f"'{need.only}'" if need.only else f"anything but '{need.never}'"


def _shown(found: Any) -> str:
    if isinstance(found, tuple):
        return spelled(cast(tuple[float], found)[0])
    return f"'{found}'" if isinstance(found, str) else shown(found)
