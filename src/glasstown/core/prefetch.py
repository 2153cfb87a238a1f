"""Ask for memory before it is needed, so that a compiled loop does not wait for it."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_BYTE, _WORD = ir.IntType(8), ir.IntType(32)
_READ, _NEAREST, _DATA = 0, 3, 1


def _prefetch(context: Any, array: Any, index: Any) -> Any:
    def generate(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        data = target.make_array(signature.args[0])(target, builder, given[0]).data
        pointer = builder.bitcast(builder.gep(data, [given[1]]), _BYTE.as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [_BYTE.as_pointer(), _WORD, _WORD, _WORD])
        hint = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(hint, [pointer, _WORD(_READ), _WORD(_NEAREST), _WORD(_DATA)])
        return target.get_dummy_value()

    return types.void(array, index), generate


prefetch: Any = intrinsic(_prefetch)
"""Hint that `array[index]` will be read soon; the hint changes nothing, wherever the index points."""
