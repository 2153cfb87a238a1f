"""The shape of a scenario document, read off the rooms' knobs: which keys there are and what each takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Literal, final, get_args, get_origin

from glasstown.core.quantity import Knobs, Quantity, Unit, Within, unit_of
from glasstown.scenario.model import Scenario

Kind = Literal["section", "table", "number", "whole", "switch", "choice", "text", "texts"]


@final
@dataclass(frozen=True)
class Shape:
    """What one key takes.

    Parameters
    ----------
    kind : str
        `section` (keys with shapes of their own), `table` (names the writer chooses), `number` (a Quantity),
        `whole` (a plain whole number), `switch`, `choice`, `text` or `texts` (a list).
    unit : Unit or None
        The unit of a number.
    keys : dict of str to Shape
        The keys of a section.
    item : Shape or None
        What each name of a table takes.
    choices : tuple
        The words of a choice.
    required : bool
        Whether a file must say it.
    """

    kind: Kind
    unit: Unit | None = None
    keys: Mapping[str, Shape] = field(default_factory=lambda: {})
    item: Shape | None = None
    choices: tuple[str | int, ...] = ()
    required: bool = False


@cache
def shape() -> Shape:
    """Return the shape of the whole document."""
    return _section(Scenario)


def _section(model: type[Knobs], required: bool = False) -> Shape:
    keys: dict[str, Shape] = {}
    for name, info in model.model_fields.items():
        unit = next((extra.unit for extra in info.metadata if isinstance(extra, Within)), None)
        keys[info.alias or name] = _shape(info.annotation, unit, info.is_required())
    return Shape("section", keys=keys, required=required)


def _shape(annotation: Any, unit: Unit | None, required: bool) -> Shape:
    origin = get_origin(annotation)
    if origin is Literal:
        return Shape("choice", choices=get_args(annotation), required=required)
    if origin is dict:
        item = get_args(annotation)[1]
        inner = get_args(item)[0] if get_origin(item) is Annotated else item
        return Shape("table", item=_shape(inner, unit_of(item), False), required=required)
    if origin is tuple:
        return Shape("texts", required=required)
    if isinstance(annotation, type) and issubclass(annotation, Knobs):
        return _section(annotation, required)
    kinds: dict[Any, Kind] = {Quantity: "number", int: "whole", bool: "switch", str: "text"}
    return Shape(kinds[annotation], unit=unit, required=required)


def leaves(tree: Mapping[str, Any], within: Shape | None = None, above: str = "") -> Iterator[tuple[str, Shape, Any]]:
    """Go through the values of a complete document, with the dotted path and shape of each."""
    within = within or shape()
    for key, value in tree.items():
        inner = within.keys.get(key) or within.item
        assert inner is not None, key
        path = f"{above}{key}"
        if inner.kind in ("section", "table"):
            yield from leaves(value, inner, f"{path}.")
        else:
            yield path, inner, value


@cache
def homes() -> dict[str, tuple[str, ...]]:
    """Return the dotted paths at which each key exists, for messages about misplaced keys."""
    found: dict[str, tuple[str, ...]] = {}

    def visit(section: Shape, above: str) -> None:
        for key, inner in section.keys.items():
            found[key] = (*found.get(key, ()), f"{above}{key}")
            visit(inner, f"{above}{key}.")

    visit(shape(), "")
    return found
