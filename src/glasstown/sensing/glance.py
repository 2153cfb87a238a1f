"""Eight passes at a time: which of them happen, which become captures, and where a new minute begins.

A pass is one integer, as in `state.Passes`. Passes are read as they lie along their route, whichever way a walk goes:
one that goes backward has its first pass in the last lane. Two walks of a person along the same way, out and home, meet
the same passes and share the blocks of their draws, so both are decided at once.
"""

from __future__ import annotations

from typing import Any, Final

from numba import types
from numba.extending import intrinsic

from glasstown.core.lanes import LANES, LOWER, Lanes, pointer
from glasstown.core.philox import BEGUN, first_words

SURE: Final = LOWER
DEVICE: Final = 43
MOST_DEVICES: Final = 1 << 64 - DEVICE
MINUTES: Final = 2047
HAPPEN: Final = 8
CAPTURED: Final = 16
OF_ONE: Final = 16
ONWARD: Final = 56
TOGETHER: Final = 1024
# A cache line more, or what is known of one walk would compete for the same places of the nearest memory.
APART: Final = TOGETHER + 8
OF_A_WALK: Final = 4 + BEGUN
_MINUTE: Final = 32
_SHIFT: Final = 3
_DEVICES: Final = (1 << 64) - (1 << DEVICE)
_WORD, _WHOLE = types.uint64, types.int64


def _cut(
    context: Any, at: Any, left: Any, there: Any, walk: Any, eight_at: Any, masks: Any, eight_walk: Any, m: Any
) -> Any:  # fmt: skip
    def generate(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        eight_at, masks, eight_walk = (pointer(target, builder, signature.args[i], given[i]) for i in (4, 5, 6))
        at, left, there, walk, *_, m = given
        do = Lanes(builder)
        before = do.up(do.numbers, _SHIFT)
        rest = do.less(left, before)
        more = do.compare_signed(rest, ">", LANES)
        after = do.up(1, do.choose(more, LANES, do.choose(do.compare_signed(rest, "<", 0), 0, rest)))
        last = do.up(do.down(do.choose(more, 0, after), 1), 8)
        onward = do.choose(more, LANES << ONWARD, 0)
        first = do.compare(do.numbers, "==", 0)
        found = do.all_of(do.any_of(do.any_of(do.less(after, 1), last), onward), do.choose(first, there, -1))
        do.write(do.add(at, before), eight_at, m)
        do.write(found, masks, m)
        do.write_halves(walk, eight_walk, m)
        return target.get_dummy_value()

    return types.void(_WHOLE, _WHOLE, _WORD, _WORD, eight_at, masks, eight_walk, _WORD), generate


cut: Any = intrinsic(_cut)
"""cut(at, left, there, walk, eight_at, masks, eight_walk, m): cut the first 64 passes of a walk into eights.

It begins `at` a line of memory and has `left` passes from there on. From place `m` of the three lists on is written
where each eight lies, what it is, and whose; always of eight of them, so what is behind the last one means nothing.

What it is are two masks from the lowest byte on: which lanes have a pass (of the first eight only those that `there`
has too), and which pass is the last one of the walk. The highest byte leads from where the eight begins in memory to
the pass that follows the eight, or nowhere if none does.
"""


def _standing(context: Any, packed: Any, at: Any, flags: Any) -> Any:
    def generate(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        packed, flags = (pointer(target, builder, signature.args[i], given[i]) for i in (0, 2))
        do = Lanes(builder)
        device = do.down(do.load(packed, given[1]), DEVICE)
        four = do.bytes_at(flags, do.down(device, 2))
        flag = do.down(four, do.up(do.all_of(device, 3), 1))
        on, searching = (do.number(do.compare(do.all_of(flag, bit), "!=", 0)) for bit in (1, 2))
        return builder.or_(on, do.up(searching, LANES))

    return _WORD(packed, _WHOLE, flags), generate


standing: Any = intrinsic(_standing)
"""standing(packed, at, flags): which of eight devices work (bits 0 to 7) and search (bits 8 to 15).

`packed[at]` is the first of eight passes in memory; `flags` has two bits for each device, as in `Sight`. What is said
of lanes without a pass means nothing.
"""


def _decided(walks_at_once: int) -> Any:
    """Build the intrinsic that decides eight passes for one walk, or for two along the same way."""

    def glance(
        context: Any, packed: Any, at: Any, masks: Any, j: Any, walks: Any, walk: Any, row: Any, awake: Any, dawn: Any,
        dusk: Any, night: Any, k0: Any, k1: Any, lower: Any, faces: Any, k: Any,
    ) -> Any:  # fmt: skip
        def generate(target: Any, builder: Any, signature: Any, given: Any) -> Any:
            packed, masks, walks, faces = (pointer(target, builder, signature.args[i], given[i]) for i in (0, 2, 4, 14))
            _, at, _, j, _, walk, row, awake, dawn, dusk, night, k0, k1, lower, _, k = given
            do = Lanes(builder)
            real, ending, *_ = do.masks(masks, j)
            this = do.load(packed, at)
            onward = builder.add(at, builder.ashr(do.one(masks, j), at.type(ONWARD)))
            following = do.following(this, do.one(packed, onward))
            other_minute = do.compare(do.all_of(do.differ(this, following), MINUTES << _MINUTE), "!=", 0)
            found = do.number(do.either(other_minute, ending))
            there, after = do.masked(real, do.mask(awake)), do.all_of(do.down(this, _MINUTE), MINUTES)
            limit = do.all_of(this, LOWER)
            sure = do.compare(limit, "==", SURE)
            by_night = do.choose(sure, do.up(night, 16), do.down(do.product(limit, night), 16))
            by_day = do.choose(sure, LOWER + 1, limit)
            every = [do.column(walks, builder.add(walk, walk.type(i)), APART, OF_A_WALK) for i in range(walks_at_once)]
            drawn = first_words(do, do.down(this, DEVICE), every[0][-BEGUN:], k0, k1, lower)
            if walks_at_once == 1:
                other = do.all_of(do.differ(*drawn), every[0][3])
                drawn = [do.differ(drawn[0], other)]
            device = do.all_of(this, _DEVICES)
            for i, ((back, start, last, *_), word) in enumerate(zip(every, drawn, strict=True)):
                minute = do.add(do.differ(after, back), start)
                happen = do.masked(there, do.compare_signed(minute, "<=", last))
                dark = do.compare(do.add(minute, builder.neg(dawn)), ">=", builder.sub(dusk, dawn))
                captured = do.masked(happen, do.compare(word, "<", do.choose(dark, by_night, by_day)))
                face = do.any_of(do.any_of(device, do.up(minute, _MINUTE)), do.add(row, i))
                do.write_first(face, captured, faces, k)
                k = do.add(k, do.ones(captured))
                found = do.any_of(found, do.up(do.number(happen), HAPPEN + OF_ONE * i))
                found = do.any_of(found, do.up(do.number(captured), CAPTURED + OF_ONE * i))
            return found

        eight = packed, _WHOLE, masks, _WORD, walks, _WORD, _WORD
        today = _WORD, _WHOLE, _WHOLE, _WORD, _WORD, _WORD, _WORD
        return _WORD(*eight, *today, faces, _WORD), generate

    return intrinsic(glance)


glance: Any = _decided(1)
"""glance(packed, at, masks, j, walks, walk, row, awake, dawn, dusk, night, k0, k1, lower, faces, k).

Decides eight passes. Bits 0 to 7 of what is returned say after which of them the minute ends or the route does, bits 8
to 15 which of them happen, bits 16 to 23 which become captures (of lanes without a pass these mean nothing). Captures
are written to `faces[k]` and on: the device (21 bits), the minute of the day (11) and a row (32); up to eight further
places are written over.

`packed[at]` is the first of eight passes in memory, `masks[j]` what `cut` wrote of them. Column `walk` of `walks`,
whose rows have `APART` numbers, has -1 for a walk backward and otherwise 0; the minute in which the walk begins (one
more if backward); the minute after which nothing happens; -1 for a walk that draws by the second word of its blocks
and otherwise 0; and what `core.philox.begun` returns for person and tour. Nothing happens where a bit of `awake` is
not set; it is dark before `dawn` and from `dusk` on, which is not earlier, and chances are then multiplied by `night`
/ 65,536; `lower` is as in `core.philox.first_words`.
"""

glance_twice: Any = _decided(2)
"""The same for two walks of one tour along the same way, columns `walk` and `walk` + 1, rows `row` and `row` + 1.

The first one draws by the first word. What happens and becomes a capture on the second one is said by bits 24 to 31 and
32 to 39.
"""
