"""Eight passes at a time: which of them happen, which become captures, and where a new minute begins.

A pass is one integer, as in `state.Passes`. A walk that goes backward along its route is read backward, so the first
lane is always the pass that comes first.
"""

from __future__ import annotations

from typing import Any, Final

from numba import types
from numba.extending import intrinsic

from glasstown.core.lanes import LANES, LOWER, Lanes, pointer
from glasstown.core.philox import first_words

SURE: Final = LOWER
DEVICE: Final = 43
MOST_DEVICES: Final = 1 << 64 - DEVICE
MINUTES: Final = 2047
CAPTURED: Final = 8
ENDS: Final = 16
ONWARD: Final = 56
TOGETHER: Final = 1024
# A cache line more, or what is known of one walk would compete for the same places of the nearest memory.
APART: Final = TOGETHER + 8
OF_A_WALK: Final = 8
_MINUTE: Final = 32
_LOWEST: Final = (1 << LANES) - 1
_DEVICES: Final = (1 << 64) - (1 << DEVICE)
_WORD, _WHOLE = types.uint64, types.int64


def masks_of(left: int, back: bool) -> int:
    """Say what an eight is from whose first lane a walk goes on for so many: three masks from the lowest byte on.

    Which lanes have a pass; which pass is the walk's last one; all lanes if the walk goes backward. The highest byte
    leads from where the eight begins in memory to the pass that follows the eight, or nowhere if none does.
    """
    n = min(left, LANES)
    last = 0 if left > LANES else (1 << n) >> 1
    onward = 0 if left <= LANES else 255 if back else LANES
    return (1 << n) - 1 | last << 8 | (_LOWEST if back else 0) << 16 | onward << ONWARD


def _standing(context: Any, packed: Any, at: Any, masks: Any, j: Any, flags: Any) -> Any:
    def generate(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        packed, masks, flags = (pointer(target, builder, signature.args[i], given[i]) for i in (0, 2, 4))
        do = Lanes(builder)
        _, _, turned, *_ = do.masks(masks, given[3])
        device = do.down(do.turned(do.load(packed, given[1]), turned), DEVICE)
        four = do.bytes_at(flags, do.down(device, 2))
        flag = do.down(four, do.up(do.all_of(device, 3), 1))
        on, searching = (do.number(do.compare(do.all_of(flag, bit), "!=", 0)) for bit in (1, 2))
        return builder.or_(on, do.up(searching, LANES))

    return _WORD(packed, _WHOLE, masks, _WORD, flags), generate


standing: Any = intrinsic(_standing)
"""standing(packed, at, masks, j, flags): which of eight devices work (bits 0 to 7) and search (bits 8 to 15).

`packed[at]` is the first of eight passes in memory, `masks[j]` what `masks_of` says of them; `flags` has two bits for
each device, as in `Sight`. What is said of lanes without a pass means nothing.
"""


def _glance(
    context: Any, packed: Any, at: Any, masks: Any, j: Any, walks: Any, walk: Any, awake: Any, dawn: Any, dusk: Any,
    night: Any, k0: Any, k1: Any, lower: Any, faces: Any, k: Any,
) -> Any:  # fmt: skip
    def generate(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        packed, masks, walks, faces = (pointer(target, builder, signature.args[i], given[i]) for i in (0, 2, 4, 13))
        _, at, _, j, _, walk, awake, dawn, dusk, night, k0, k1, lower, _, k = given
        do = Lanes(builder)
        real, ending, turned, *_ = do.masks(masks, j)
        back, start, last, row, *begun = do.column(walks, walk, APART, OF_A_WALK)
        this = do.turned(do.load(packed, at), turned)
        onward = builder.add(at, builder.ashr(do.one(masks, j), at.type(ONWARD)))
        following = do.following(this, do.one(packed, onward))
        other_minute = do.compare(do.all_of(do.differ(this, following), MINUTES << _MINUTE), "!=", 0)
        ends = do.either(other_minute, ending)
        minute = do.add(do.differ(do.all_of(do.down(this, _MINUTE), MINUTES), back), start)
        happen = do.masked(real, do.mask(awake), do.compare_signed(minute, "<=", last))
        dark = do.compare(do.add(minute, builder.neg(dawn)), ">=", builder.sub(dusk, dawn))
        limit = do.all_of(this, LOWER)
        sure = do.compare(limit, "==", SURE)
        by_night = do.choose(sure, do.up(night, 16), do.down(do.product(limit, night), 16))
        by_day = do.choose(sure, LOWER + 1, limit)
        drawn = first_words(do, do.down(this, DEVICE), begun, k0, k1, lower)
        captured = do.masked(happen, do.compare(drawn, "<", do.choose(dark, by_night, by_day)))
        face = do.any_of(do.any_of(do.all_of(this, _DEVICES), do.up(minute, _MINUTE)), row)
        do.write_first(face, captured, faces, k)
        found = builder.or_(do.number(happen), do.up(do.number(captured), CAPTURED))
        return builder.or_(found, do.up(do.number(ends), ENDS))

    eight = packed, _WHOLE, masks, _WORD, walks, _WORD
    today = _WORD, _WHOLE, _WHOLE, _WORD, _WORD, _WORD, _WORD
    return _WORD(*eight, *today, faces, _WORD), generate


glance: Any = intrinsic(_glance)
"""glance(packed, at, masks, j, walks, walk, awake, dawn, dusk, night, k0, k1, lower, faces, k).

Decides eight passes. Bits 0 to 7 of what is returned say which of them happen, bits 8 to 15 which become captures,
bits 16 to 23 after which of them the minute ends or the walk does (of lanes without a pass these mean nothing).
Captures are written to `faces[k]` and on: the device (21 bits), the minute of the day (11) and a row (32); up to eight
further places are written over.

`packed[at]` and `masks[j]` are as in `standing`. Column `walk` of `walks`, whose rows have `APART` numbers, has -1 for
a walk backward and otherwise 0; the minute in which the walk begins (one more if backward); the minute after which
nothing happens; the row; and what `core.philox.begun` returns for person and slot. Nothing happens where a bit of
`awake` is not set; it is dark before `dawn` and from `dusk` on, which is not earlier, and chances are then multiplied
by `night` / 65,536; `lower` is as in `core.philox.first_words`.
"""
