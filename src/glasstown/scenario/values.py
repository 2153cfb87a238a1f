"""From what a person wrote to values of the right kind: numbers, facts, switches, words."""

from __future__ import annotations

import re
import sys
from typing import Any, cast

from pydantic import ValidationError

import glasstown.catalogue as catalogue
from glasstown.core.documents import KeyPath
from glasstown.core.errors import Problem, did_you_mean
from glasstown.core.flaws import Flaw, shown
from glasstown.core.quantity import Quantity, Unit, spelled
from glasstown.scenario.shape import Shape

_WITH_UNIT = re.compile(r"\s*([-+]?[0-9][0-9_,' ]*\.?[0-9]*|[-+]?\.[0-9]+)\s*(.*?)\s*")
_YES = {"yes": "true", "on": "true", "no": "false", "off": "false"}


class Wrong(Exception):
    """A value that does not fit its key; the reader of one value raises it, the walk turns it into a Flaw."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint

    def at(self, path: KeyPath) -> Flaw:
        """Say at which key the value was."""
        return Flaw(path, self.what, self.hint)


def value_of(given: Any, shape: Shape, look_up: bool) -> Any:
    """Turn what was written into the value a knob holds.

    Parameters
    ----------
    given : plain value
        From a file, a setting or a change.
    shape : Shape
        What the key takes; not a section or a table.
    look_up : bool
        Whether facts must have the catalogue's values; a resolved document carries its own.

    Raises
    ------
    Wrong
        If it does not fit.
    """
    match shape.kind:
        case "number":
            return quantity_of(given, cast(Unit, shape.unit), look_up)
        case "whole":
            return _whole(given, cast(Unit, shape.unit))
        case "switch":
            if not isinstance(given, bool):
                word = _YES.get(str(given).lower(), "")
                raise Wrong(f"expected true or false, found {shown(given)}", f"write {word}" if word else "")
            return given
        case "choice":
            return _choice(given, shape.choices)
        case "texts":
            if not isinstance(given, list | tuple) or not all(isinstance(x, str) for x in cast(Any, given)):
                raise Wrong(f"expected a list of texts, found {shown(given)}", "write one '- text' in each line")
            return tuple(cast(Any, given))
        case _:
            if not isinstance(given, str):
                hint = "put it in quotes" if isinstance(given, int | float) else ""
                raise Wrong(f"expected text, found {shown(given)}", hint)
            return given


def quantity_of(given: Any, unit: Unit, look_up: bool) -> Quantity:
    """Turn a bare number, `{fact:}` or `{value:, low:, high:}` into a quantity within its unit's bounds."""
    if isinstance(given, Quantity):
        quantity = given
    elif isinstance(given, dict):
        quantity = _mapped(cast(dict[str, Any], given), unit, look_up)
    elif isinstance(given, bool) or not isinstance(given, int | float):
        raise Wrong(f"expected {unit.expected()}, found {shown(given)}", _hint(given, unit))
    else:
        _bounded(given, unit)
        quantity = Quantity(value=float(given))
    for number in (quantity.value, quantity.low, quantity.high):
        if number is not None:
            _bounded(number, unit)
    return quantity


def _bounded(number: float, unit: Unit) -> None:
    try:
        unit.check(number)
    except ValueError as error:
        raise _wrong(str(error)) from None


def _wrong(message: str) -> Wrong:
    """Tell what is wrong from what would help, as the messages of quantities have them."""
    what, _, hint = message.partition("; ")
    return Wrong(what, hint)


def _mapped(given: dict[str, Any], unit: Unit, look_up: bool) -> Quantity:
    known = ("fact", "value", "low", "high")
    for key in given:
        if key not in known:
            raise Wrong(f"unknown key '{key}' in a number", did_you_mean(key, known))
    for key in known[1:]:
        if key in given and (isinstance(given[key], bool) or not isinstance(given[key], int | float)):
            raise Wrong(f"{key}: expected {unit.expected()}, found {shown(given[key])}", _hint(given[key], unit))
        if key in given and not abs(given[key]) <= sys.float_info.max:
            raise Wrong(f"{key}: expected {unit.expected()}, found {spelled(given[key])}", "every number is finite")
    if "fact" in given and (look_up or "value" not in given):
        return _fact(given, unit)
    if "value" not in given:
        raise Wrong("a number needs 'value' or 'fact'", "write a number, {fact: id} or {value: , low: , high: }")
    try:
        return Quantity.model_validate(given)
    except ValidationError as error:
        raise _wrong(error.errors()[0]["msg"].removeprefix("Value error, ")) from None


def _fact(given: dict[str, Any], unit: Unit) -> Quantity:
    name = given["fact"]
    if not isinstance(name, str):
        raise Wrong(f"fact: expected the id of a fact, found {shown(name)}")
    try:
        fact = catalogue.fact(name)
    except Problem as problem:
        raise Wrong(problem.what, problem.todo) from None
    if fact.unit != unit.name:
        rate = unit.name == "per comparison" and fact.unit == "share"
        hint = "a chance for each search (FPIR) grows with the gallery; divide it by N" if rate else ""
        raise Wrong(f"fact '{name}' is in '{fact.unit}', but this number is in '{unit.name}'", hint)
    for key, own in (("value", fact.value), ("low", fact.low), ("high", fact.high)):
        if key in given and given[key] != own:
            was = "none" if own is None else spelled(own)
            raise Wrong(
                f"{key} is not that of fact '{name}' ({was})",
                f"write {{fact: {name}}}, or leave the fact out and call the number an assumption",
            )
    return fact.quantity


def _whole(given: Any, unit: Unit) -> int:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise Wrong(f"expected {unit.expected()}, found {shown(given)}", _hint(given, unit))
    _bounded(given, unit)
    return int(given)


def _choice(given: Any, choices: tuple[str | int, ...]) -> str | int:
    if given in choices and not isinstance(given, bool):
        return given
    words = [str(c) for c in choices]
    listed = words[0] if len(words) == 1 else f"one of {', '.join(words)}"
    no = given is False or str(given).lower() in ("no", "none", "false", "off")
    word = next((w for w in ("off", "none") if no and w in words), given)
    raise Wrong(f"expected {listed}, found {shown(given)}", did_you_mean(word, words) if isinstance(word, str) else "")


def _hint(given: Any, unit: Unit) -> str:
    found = _WITH_UNIT.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        return ""
    digits = re.sub(r"[_,' ]", "", found[1])
    suffix = found[2].lower()
    if suffix in ("%", "percent", "per cent") and unit.name == "share":
        return f"write {float(digits) / 100:g}"
    if not suffix or suffix.rstrip("s") in (unit.name, unit.name.rstrip("s")):
        return f"write {digits}"
    return f"write the number alone (unit: {unit.name})"
