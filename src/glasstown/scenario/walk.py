"""From a merged document to a Scenario: every key is looked at once, every mistake is collected."""

from __future__ import annotations

import re
from typing import Any, cast

from pydantic import ValidationError

import glasstown.catalogue as catalogue
from glasstown.core.documents import KeyPath
from glasstown.core.errors import Problem, did_you_mean
from glasstown.core.flaws import Flaw, shown
from glasstown.core.quantity import Quantity
from glasstown.scenario.checks import RECOGNITION, checks
from glasstown.scenario.kinds import spoken
from glasstown.scenario.model import Scenario
from glasstown.scenario.promise import PROMISE, about_people
from glasstown.scenario.rates import of_another_measure, per_search
from glasstown.scenario.shape import Shape, homes, shape
from glasstown.scenario.values import Wrong, value_of

_NAME = re.compile(r"[\w+-][\w +.-]{0,39}")
_NEEDED = {
    "schema": "write 'schema: 1', the form of this document",
    "id": "write 'id: my-town', small letters, digits and dashes",
    "title": "write 'title: ' and a line for the head of the report",
}
_ASIDES = {"seed": "a scenario has no seed: the run is given one (--seed)"}
_PATTERNS = {
    "string_pattern_mismatch": "expected small letters, digits and dashes, starting with a letter or digit",
    "string_too_short": "expected some text, found none",
    "string_too_long": "this text is too long",
    "too_short": "expected at least one entry, found none",
    "too_long": "too many entries",
}


def built(
    tree: dict[str, Any], *, look_up: bool = True, rates: bool | None = None
) -> tuple[Scenario | None, list[Flaw]]:
    """Build a scenario from a merged document, or list everything that is wrong with it.

    Parameters
    ----------
    tree : dict
        The document; it is not changed.
    look_up : bool
        Whether facts must be those of the catalogue (False for a resolved document, which has the values).
    rates : bool or None
        Whether a named system sets its rates; None for as `look_up`.

    Returns
    -------
    scenario : Scenario or None
        None where there are mistakes.
    flaws : list of Flaw
        The mistakes, in the order of the document.
    """
    flaws: list[Flaw] = []
    values = _section(tree, shape(), (), flaws, look_up)
    if look_up if rates is None else rates:
        recognition = values.get("sensing", {}).get("recognition", {})
        if not recognition or any(flaw.path[:2] == RECOGNITION for flaw in flaws):
            flaws += _unknown_system(recognition.get("system"))
        else:
            _set_rates(recognition, tree["sensing"]["recognition"], flaws)
    if flaws:
        return None, flaws
    try:
        scenario = Scenario.model_validate(spoken(values, values.get("town", {}).get("kind", "")))
    except ValidationError as error:
        return None, [_translated(e) for e in cast(list[Any], error.errors())]
    flaws += checks(scenario)
    if look_up:
        flaws += _claimed(scenario, values)
    return (None if flaws else scenario), flaws


def _section(given: Any, here: Shape, path: KeyPath, flaws: list[Flaw], look_up: bool) -> dict[str, Any]:
    if given is None:
        given = {}
    if not isinstance(given, dict):
        keys = ", ".join(list(here.keys)[:4])
        flaws.append(Flaw(path, f"expected a section with keys such as {keys}, found {shown(given)}"))
        return {}
    section = cast(dict[str, Any], given)
    for key, inner in here.keys.items():
        if inner.required and key not in section:
            flaws.append(Flaw(path, f"missing key '{key}'", _NEEDED.get(key, "")))
    values: dict[str, Any] = {}
    for key, value in section.items():
        inner = here.keys.get(key)
        if inner is None:
            flaws.append(_unknown(key, value, here, path))
        else:
            values[key] = _value(value, inner, (*path, key), flaws, look_up)
    return values


def _value(given: Any, here: Shape, path: KeyPath, flaws: list[Flaw], look_up: bool) -> Any:
    if here.kind == "section":
        return _section(given, here, path, flaws, look_up)
    if here.kind == "table":
        return _table(given, here, path, flaws, look_up)
    try:
        value = value_of(given, here, look_up)
    except Wrong as wrong:
        flaws.append(wrong.at(path))
        return None
    other = of_another_measure(path, value) if look_up and isinstance(value, Quantity) else None
    if other is not None:
        flaws.append(Flaw(path, *other))
    return value


def _table(given: Any, here: Shape, path: KeyPath, flaws: list[Flaw], look_up: bool) -> dict[str, Any]:
    if not isinstance(given, dict):
        flaws.append(Flaw(path, f"expected names with a number each, found {shown(given)}", "write {a: 1, b: 2}"))
        return {}
    values: dict[str, Any] = {}
    for name, value in cast(dict[str, Any], given).items():
        if not _NAME.fullmatch(name):
            flaws.append(Flaw((*path, name), "a name has 1 to 40 letters, digits, spaces and dashes"))
        values[name] = _value(value, cast(Shape, here.item), (*path, name), flaws, look_up)
    return values


def _unknown(key: str, given: Any, here: Shape, path: KeyPath) -> Flaw:
    rate = per_search(key, given)
    if rate is not None:
        return Flaw((*path, key), *rate)
    near = _ASIDES.get(key) or did_you_mean(key, here.keys)
    if not near.startswith("did you mean") and about_people([key]):
        near = PROMISE
    elsewhere = homes().get(key, ())
    if elsewhere and not near.startswith("did you mean"):
        near = f"did you mean '{elsewhere[0]}'?"
    return Flaw((*path, key), f"unknown key '{key}'", near)


def _set_rates(values: dict[str, Any], given: dict[str, Any], flaws: list[Flaw]) -> None:
    """Give a named system's rates and gallery to the recognition, or insist that a custom one states its rates."""
    name: str = values["system"]
    chosen = (*RECOGNITION, "system")
    if name == "custom":
        for key in ("fmr", "fnmr"):
            if key not in given:
                hint = f"write {key}: and a number, or name a system: {', '.join(catalogue.names('systems'))}"
                flaws.append(Flaw(chosen, f"a custom system needs '{key}'", hint))
        return
    threshold: Quantity = values["decision_threshold"]
    if threshold.low is not None:
        what = "the threshold of a named system is a setting and has no range"
        flaws.append(Flaw((*RECOGNITION, "decision_threshold"), what, "write one number", chosen))
        return
    if unknown := _unknown_system(name):
        flaws += unknown
        return
    system = catalogue.system(name)
    try:
        fmr, fnmr = system.operating(threshold.value, values["extrapolate"])
    except Problem as problem:
        flaws.append(Flaw((*RECOGNITION, "decision_threshold"), problem.what, problem.todo, chosen))
        return
    for key, number in (("fmr", fmr), ("fnmr", fnmr), ("published_size", Quantity(value=system.gallery))):
        if key in given and values[key] != number:
            what = f"'{key}' is set by the system '{name}'"
            flaws.append(Flaw((*RECOGNITION, key), what, "leave it out, or write system: custom", chosen))
        values[key] = number


def _unknown_system(name: str | None) -> list[Flaw]:
    """Find a system that the catalogue does not have; None is one that was not written as a name."""
    if name is None or name == "custom":
        return []
    try:
        catalogue.system(name)
    except Problem as problem:
        near = problem.why if problem.why.startswith("did you mean") else f"{problem.why[:-1]}, custom."
        return [Flaw((*RECOGNITION, "system"), problem.what, near)]
    return []


def _claimed(scenario: Scenario, values: dict[str, Any]) -> list[Flaw]:
    """Find a claim to be checked that the facts do not bear out."""
    if scenario.status != "checked":
        return []
    stack: list[Any] = [values]
    unchecked: set[str] = set()
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            stack.extend(cast(dict[str, Any], node).values())
        elif isinstance(node, Quantity) and node.fact and catalogue.fact(node.fact).checked_by is None:
            unchecked.add(node.fact)
    if not unchecked:
        return []
    what = f"'checked' needs every fact to be checked, and {sorted(unchecked)[0]} is not"
    return [Flaw(("status",), what, "write provisional")]


def _translated(error: dict[str, Any]) -> Flaw:
    what = _PATTERNS.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    return Flaw(tuple(error["loc"]), what)
