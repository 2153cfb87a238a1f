"""Eight whole numbers side by side: pieces of compiled loops, written for a processor's widest registers.

A compiler does eight turns of a long loop at once by itself, but not those of a walk past eight or ten devices. What is
built here is plain arithmetic of whole numbers of 64 bits, so a processor with narrower registers does the same in
more steps. A mask is eight bits, one for each lane.
"""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES: Final = 8
LOWER: Final = 0xFFFFFFFF
_BIT, _BYTE, _HALF, _WORD = ir.IntType(1), ir.IntType(8), ir.IntType(32), ir.IntType(64)
_MASK, _EIGHT, _PLACES = ir.VectorType(_BIT, LANES), ir.VectorType(_WORD, LANES), ir.VectorType(_HALF, LANES)
_EIGHT_BYTES, _QUARTERS = ir.VectorType(_BYTE, LANES), ir.VectorType(ir.IntType(16), LANES)
_ALIGNED: Final = 8


class Lanes:
    """Builds code that does one thing to eight numbers; a single number stands for eight that are equal.

    Parameters
    ----------
    builder : IRBuilder
        Where the code goes.
    """

    def __init__(self, builder: Any) -> None:
        self._to = builder

    @property
    def numbers(self) -> Any:
        """Return the number of each lane, from 0."""
        return ir.Constant(_EIGHT, list(range(LANES)))

    def wide(self, value: Any) -> Any:
        """Return eight times a single number."""
        if isinstance(value, int):
            return ir.Constant(_EIGHT, [value] * LANES)
        if value.type == _EIGHT:
            return value
        one = self._to.insert_element(ir.Constant(_EIGHT, ir.Undefined), value, _HALF(0))
        return self._to.shuffle_vector(one, ir.Constant(_EIGHT, ir.Undefined), ir.Constant(_PLACES, [0] * LANES))

    def _both(self, name: str, a: Any, b: Any) -> Any:
        if all(isinstance(value, int) or value.type == _WORD for value in (a, b)):
            a, b = (_WORD(value) if isinstance(value, int) else value for value in (a, b))
        else:
            a, b = self.wide(a), self.wide(b)
        return getattr(self._to, name)(a, b)

    def add(self, a: Any, b: Any) -> Any:
        """Return a + b."""
        return self._both("add", a, b)

    def less(self, a: Any, b: Any) -> Any:
        """Return a - b."""
        return self._both("sub", a, b)

    def product(self, a: Any, b: Any) -> Any:
        """Return the product of the lower halves."""
        return self._both("mul", self.all_of(a, LOWER), self.all_of(b, LOWER))

    def differ(self, a: Any, b: Any) -> Any:
        """Return the bits that differ."""
        return self._both("xor", a, b)

    def all_of(self, a: Any, b: Any) -> Any:
        """Return the bits that both have."""
        return self._both("and_", a, b)

    def any_of(self, a: Any, b: Any) -> Any:
        """Return the bits that one has at least."""
        return self._both("or_", a, b)

    def down(self, a: Any, by: Any) -> Any:
        """Return a without so many of its last bits."""
        return self._both("lshr", a, by)

    def up(self, a: Any, by: Any) -> Any:
        """Return a with so many bits put behind it."""
        return self._both("shl", a, by)

    def compare(self, a: Any, sign: str, b: Any) -> Any:
        """Return the mask of where a comparison of numbers without a sign holds."""
        return self._to.icmp_unsigned(sign, self.wide(a), self.wide(b))

    def compare_signed(self, a: Any, sign: str, b: Any) -> Any:
        """Return the mask of where a comparison of numbers with a sign holds."""
        return self._to.icmp_signed(sign, self.wide(a), self.wide(b))

    def choose(self, mask: Any, a: Any, b: Any) -> Any:
        """Return a where the mask is set, and otherwise b."""
        return self._to.select(mask, self.wide(a), self.wide(b))

    def masked(self, *masks: Any) -> Any:
        """Return the mask of where all masks are set."""
        found = masks[0]
        for mask in masks[1:]:
            found = self._to.and_(found, mask)
        return found

    def either(self, one: Any, two: Any) -> Any:
        """Return the mask of where one mask is set at least."""
        return self._to.or_(one, two)

    def mask(self, number: Any) -> Any:
        """Return a number as a mask: bit i is lane i."""
        return self._to.bitcast(self._to.trunc(number, _BYTE), _MASK)

    def masks(self, data: Any, at: Any) -> list[Any]:
        """Read the eight bytes of a number in an array as masks, the lowest first."""
        place = self._to.bitcast(self._to.gep(data, [at]), _BYTE.as_pointer())
        return [
            self._to.bitcast(self._to.load(self._to.gep(place, [_HALF(byte)]), align=1), _MASK) for byte in range(LANES)
        ]

    def column(self, data: Any, at: Any, apart: int, n: int) -> list[Any]:
        """Read a column of n single numbers from an array whose rows are so many numbers long."""
        place = self._to.gep(data, [at])
        return [self.one(place, _HALF(row * apart)) for row in range(n)]

    def one(self, data: Any, at: Any) -> Any:
        """Read a single number from an array."""
        return self._to.load(self._to.gep(data, [at]))

    def number(self, mask: Any) -> Any:
        """Return a mask as a number: lane i is bit i."""
        return self._to.zext(self._to.bitcast(mask, _BYTE), _WORD)

    def ones(self, mask: Any) -> Any:
        """Return how many lanes of a mask are set."""
        return _counted(self._to, self.number(mask))

    def following(self, eight: Any, last: Any) -> Any:
        """Return for each lane the number of the lane after it, and for the last lane a single number."""
        order = ir.Constant(_PLACES, [*range(1, LANES), 0])
        moved = self._to.shuffle_vector(eight, ir.Constant(_EIGHT, ir.Undefined), order)
        return self._to.select(ir.Constant(_MASK, [0] * (LANES - 1) + [1]), self.wide(last), moved)

    def load(self, data: Any, at: Any) -> Any:
        """Read eight numbers side by side from an array."""
        return self._to.load(self._eight_at(data, at), align=_ALIGNED)

    def _eight_at(self, data: Any, at: Any) -> Any:
        return self._to.bitcast(self._to.gep(data, [at]), _EIGHT.as_pointer())

    def load_halves(self, data: Any, at: Any) -> Any:
        """Read eight numbers of 32 bits side by side from an array."""
        place = self._to.bitcast(self._to.gep(data, [at]), _PLACES.as_pointer())
        return self._to.zext(self._to.load(place, align=_ALIGNED // 2), _EIGHT)

    def write(self, eight: Any, data: Any, at: Any) -> None:
        """Write eight numbers side by side into an array."""
        self._to.store(self.wide(eight), self._eight_at(data, at), align=_ALIGNED)

    def write_halves(self, eight: Any, data: Any, at: Any) -> None:
        """Write the last 32 bits of each lane side by side into an array."""
        place = self._to.bitcast(self._to.gep(data, [at]), _PLACES.as_pointer())
        self._to.store(self._to.trunc(self.wide(eight), _PLACES), place, align=_ALIGNED // 2)

    def write_quarters(self, eight: Any, data: Any, at: Any) -> None:
        """Write the last 16 bits of each lane side by side into an array."""
        place = self._to.bitcast(self._to.gep(data, [at]), _QUARTERS.as_pointer())
        self._to.store(self._to.trunc(eight, _QUARTERS), place, align=_ALIGNED // 4)

    def bytes_at(self, data: Any, at: Any) -> Any:
        """Read eight bytes from anywhere in an array of bytes, one by one: many processors are slow at it otherwise."""
        read = ir.Constant(_EIGHT_BYTES, ir.Undefined)
        for lane in range(LANES):
            place = self._to.gep(data, [self._to.extract_element(at, _HALF(lane))])
            read = self._to.insert_element(read, self._to.load(place), _HALF(lane))
        return self._to.zext(read, _EIGHT)

    def write_first(self, eight: Any, mask: Any, data: Any, at: Any) -> None:
        """Write the numbers where the mask is set one after the other; anything may stand behind them, up to eight."""
        kind = ir.FunctionType(_EIGHT, [_EIGHT, _MASK, _EIGHT])
        press = cgutils.get_or_insert_function(self._to.module, kind, "llvm.experimental.vector.compress.v8i64")
        pressed = self._to.call(press, [eight, mask, self.wide(0)])
        self.write(pressed, data, at)


def _counted(builder: Any, number: Any) -> Any:
    kind = ir.FunctionType(_WORD, [_WORD])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.ctpop.i64"), [number])


def _ones(context: Any, number: Any) -> Any:
    def generate(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        return _counted(builder, given[0])

    return types.uint64(types.uint64), generate


ones: Any = intrinsic(_ones)
"""Count the bits of a number that are set."""


def pointer(target: Any, builder: Any, kind: Any, array: Any) -> Any:
    """Return where the numbers of an array lie."""
    return target.make_array(kind)(target, builder, array).data
