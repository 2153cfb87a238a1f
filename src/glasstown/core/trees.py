"""Bundles of tables taken apart into named arrays and a document, and put together again.

Whatever frozen dataclasses and tables are made of can be taken apart: a column more or less changes nothing here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any, cast, get_args, get_type_hints

import numpy as np

from glasstown.core.blocks import Array

_LITERAL = (bool, int, float, str, type(None))
_FIRST = "as at first"


def take_apart(
    value: Any, arrays: dict[str, Array], at: str, first: Any = None, part: Callable[[Any], str] | None = None
) -> Any:
    """Put the arrays of a bundle into a dictionary and return a document that says how they belong together.

    Parameters
    ----------
    value : dataclass, table, array, tuple, number or text
        What is taken apart. It is not copied.
    arrays : dict of str to array
        Where the arrays go.
    at : str
        Begins the names of the arrays.
    first : object, optional
        The same bundle as it is built anew before the first day; what is still the very same object is not stored.
    part : callable, optional
        Takes a member of a tuple and returns the name under which it is kept elsewhere.

    Returns
    -------
    object
        For JSON.
    """
    if isinstance(value, _LITERAL):
        return {"=": value}
    if value is first:
        return _FIRST
    if isinstance(value, np.ndarray):
        arrays[at] = value
        return {"@": at}
    if isinstance(value, tuple) and part is not None:
        return {"+": [part(member) for member in cast(tuple[Any, ...], value)]}
    if not dataclasses.is_dataclass(value):
        raise TypeError(f"{at}: a {type(value).__name__} cannot be kept")
    return {
        field.name: take_apart(
            getattr(value, field.name), arrays, f"{at}.{field.name}", getattr(first, field.name, None), part
        )
        for field in dataclasses.fields(value)
    }


def put_together(
    kind: Any,
    document: Any,
    arrays: dict[str, Array],
    first: Any = None,
    part: Callable[[str, Any], Any] | None = None,
) -> Any:
    """Make a bundle again from its document and its arrays.

    Parameters
    ----------
    kind : type
        What it was.
    part : callable, optional
        Takes the name of a member of a tuple, and its type, and returns it.

    Raises
    ------
    KeyError, TypeError, ValueError
        If the document or the arrays are not those of such a bundle.
    """
    if document == _FIRST:
        if first is None:
            raise ValueError("nothing was there at first")
        return first
    if "=" in document:
        if not isinstance(document["="], _LITERAL):
            raise TypeError("not a number or a text")
        return document["="]
    if "@" in document:
        return arrays[document["@"]]
    if "+" in document:
        if part is None:
            raise TypeError("no parts are kept here")
        return tuple(part(name, get_args(kind)[0]) for name in document["+"])
    hints = _hints(kind)
    whole = kind(
        **{
            name: put_together(hints[name], document[name], arrays, getattr(first, name, None), part) for name in hints
        }
    )
    if check := getattr(whole, "check", None):
        check()
    return whole


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}
