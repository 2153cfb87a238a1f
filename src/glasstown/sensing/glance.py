"""Eight passes at a time: which of them happen, which become captures, and where a new minute begins.

A pass is one integer, as in `state.Passes`. A walk that goes backward along its route is read backward, so the first
lane is always the pass that comes first.
"""

from __future__ import annotations

from typing import Any, Final

from numba import types
from numba.extending import intrinsic

from glasstown.core.lanes import LANES, LOWER, Lanes, pointer

SURE: Final = LOWER
DEVICE: Final = 43
MINUTES: Final = 2047
CAPTURED: Final = 8
ENDS: Final = 16
_MINUTE: Final = 32
_WORD, _WHOLE = types.uint64, types.int64


def _read(do: Lanes, data: Any, at: Any, left: Any, back: Any, turned: Any) -> Any:
    """Read the next passes of a walk, as many as are left."""
    order = do.differ(do.numbers, do.all_of(back, LANES - 1))
    return do.turned(do.load(data, at, do.compare_signed(order, "<", left)), turned)


def _standing(context: Any, packed: Any, at: Any, left: Any, back: Any, flags: Any) -> Any:
    def generate(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        packed, at, left, back, flags = given
        do = Lanes(builder)
        turned = do.compare(back, "!=", 0)
        device = do.down(_read(do, pointer(target, builder, signature.args[0], packed), at, left, back, turned), DEVICE)
        real = do.compare_signed(do.numbers, "<", left)
        word = do.gather(pointer(target, builder, signature.args[4], flags), do.down(device, 5), real)
        flag = do.down(word, do.up(do.all_of(device, 31), 1))
        on, searching = (do.number(do.compare(do.all_of(flag, bit), "!=", 0)) for bit in (1, 2))
        return builder.or_(on, do.up(searching, LANES))

    return _WORD(packed, _WHOLE, _WHOLE, _WHOLE, flags), generate


standing: Any = intrinsic(_standing)
"""standing(packed, at, left, back, flags): which of eight devices work (bits 0 to 7) and search (bits 8 to 15).

`packed[at]` is the first of eight passes in memory, `left` how many the walk still has, `back` -1 for a walk backward
and otherwise 0; `flags` has two bits for each device.
"""


def _glance(
    context: Any, packed: Any, at: Any, left: Any, back: Any, row: Any, person: Any, slot: Any, start: Any, last: Any,
    awake: Any, dawn: Any, dusk: Any, night: Any, k0: Any, k1: Any,
    lower: Any, faces: Any, k: Any,
) -> Any:  # fmt: skip
    def generate(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        packed, at, left, back, row, person, slot, start, last, awake, dawn, dusk, night, k0, k1, lower, faces, k = (
            given
        )
        do = Lanes(builder)
        turned = do.compare(back, "!=", 0)
        data, one = pointer(target, builder, signature.args[0], packed), at.type(1)
        fewer, onward = builder.sub(left, one), builder.add(at, builder.or_(back, one))
        this, following = _read(do, data, at, left, back, turned), _read(do, data, onward, fewer, back, turned)
        other_minute = do.compare(do.all_of(do.differ(this, following), MINUTES << _MINUTE), "!=", 0)
        ends = do.either(other_minute, do.compare(do.numbers, "==", fewer))
        minute = do.add(start, do.differ(do.all_of(do.down(this, _MINUTE), MINUTES), back))
        real = do.compare_signed(do.numbers, "<", left)
        happen = do.masked(real, do.mask(awake), do.compare_signed(minute, "<=", last))
        dark = do.either(do.compare_signed(minute, "<", dawn), do.compare_signed(minute, ">=", dusk))
        limit = do.all_of(this, LOWER)
        sure = do.compare(limit, "==", SURE)
        by_night = do.choose(sure, do.up(night, 16), do.down(do.product(limit, night), 16))
        by_day = do.choose(sure, LOWER + 1, limit)
        device = do.down(this, DEVICE)
        drawn = do.philox(person, slot, device, 0, k0, k1, lower)
        captured = do.masked(happen, do.compare(drawn, "<", do.choose(dark, by_night, by_day)))
        face = do.any_of(do.any_of(do.up(device, DEVICE), do.up(minute, _MINUTE)), row)
        do.write_first(face, captured, pointer(target, builder, signature.args[16], faces), k)
        found = builder.or_(do.number(happen), do.up(do.number(captured), CAPTURED))
        return builder.or_(found, do.up(do.number(ends), ENDS))

    where = packed, _WHOLE, _WHOLE, _WHOLE
    walk = _WORD, _WORD, _WORD, _WHOLE, _WHOLE, _WORD
    today = _WHOLE, _WHOLE, _WORD, _WORD, _WORD, _WORD
    return _WORD(*where, *walk, *today, faces, _WORD), generate


glance: Any = intrinsic(_glance)
"""glance(packed, at, left, back, row, person, slot, start, last, awake, dawn, dusk, night, k0, k1, lower, faces, k).

Decides eight passes. Bits 0 to 7 of what is returned say which of them happen, bits 8 to 15 which become captures, bits
16 to 23 after which of them the minute ends or the walk does. Captures are written to `faces[k]` and on: the device (21
bits), the minute of the day (11) and `row` (32); up to eight further places are written over.

`packed[at]`, `left` and `back` as in `standing`; `start` is the minute in which the walk begins (one minute more for a
walk backward); nothing happens after the minute `last` or where a bit of `awake` is not set; it is dark before `dawn`
and from `dusk` on, and chances are then multiplied by `night` / 65,536; `lower` as in `Lanes.philox`.
"""
