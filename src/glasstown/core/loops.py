"""What compiled loops are called with, as plain data, so that another process can compile them without calling them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from typing import Any, cast

import numpy as np
from numba.core import types
from numba.core.dispatcher import Dispatcher
from numba.np.numpy_support import as_dtype, from_dtype

Loop = tuple[str, str, list[Any]]


def compile_loop(loop: Loop) -> None:
    """Compile a loop for some types, into the cache; what cannot be is left to whoever calls it.

    Parameters
    ----------
    loop : (str, str, list)
        Where it is, what it is called, and the types that it is given, as `loops_in_use` tells it.
    """
    module, name, given = loop
    # A list that is older than the loops costs time, no more.
    with suppress(Exception):
        getattr(import_module(module), name).compile(tuple(_typed(one) for one in given))


def loops_in_use() -> Iterator[Loop]:
    """List every loop that this process has called, and the types that it was given."""
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith("glasstown.")]
    found = {id(x): x for module in modules for x in vars(module).values() if isinstance(x, Dispatcher)}
    for loop in cast(list[Any], list(found.values())):
        for given in loop.signatures:
            yield loop.py_func.__module__, loop.py_func.__name__, [_told(one) for one in given]


def _told(kind: Any) -> Any:
    """Turn one of numba's types into text and lists."""
    if isinstance(kind, types.BaseTuple):
        held = [_told(one) for one in cast(Any, kind).types]
        of = getattr(kind, "instance_class", None)
        return [f"{of.__module__}:{of.__name__}" if of else "tuple", *held]
    if isinstance(kind, types.Array):
        array = cast(Any, kind)
        if isinstance(array.dtype, types.Record):
            return ["record", f"{array.ndim}{array.layout}", *_columns(as_dtype(array.dtype))]
        return f"{array.dtype} {array.ndim}{array.layout}{'' if array.mutable else ' fixed'}"
    return str(kind)


def _columns(record: np.dtype[np.void]) -> list[Any]:
    """Tell how wide a record is, and name, type, shape and place of each of its fields."""
    told = cast(dict[str, Any], record.fields)
    fields = [(name, *told[name][:2]) for name in record.names or ()]
    return [record.itemsize, *([name, of.base.str, list(of.shape), at] for name, of, at in fields)]


def _of_records(form: str, width: int, *fields: tuple[str, str, list[int], int]) -> Any:
    told = {
        "names": [name for name, *_ in fields],
        "formats": [(of, tuple(shape)) for _, of, shape, _ in fields],
        "offsets": [at for *_, at in fields],
        "itemsize": width,
    }
    record = from_dtype(np.dtype(cast(Any, told), align=True))
    return cast(Any, types.Array)(record, int(form[:-1]), form[-1])


def _typed(told: Any) -> Any:
    """Turn text and lists into one of numba's types."""
    if isinstance(told, list):
        of, *held = cast(list[Any], told)
        if of == "record":
            return _of_records(*held)
        module, _, name = of.partition(":")
        whole = getattr(import_module(module), name) if name else None
        return cast(Any, types.BaseTuple).from_types([_typed(one) for one in held], whole)
    dtype, *form = told.split()
    kind = types.boolean if dtype == "bool" else getattr(types, dtype)
    if not form:
        return kind
    return cast(Any, types.Array)(kind, int(form[0][:-1]), form[0][-1], readonly="fixed" in form)
