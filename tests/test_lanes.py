"""Eight lanes at a time equal plain arithmetic, one number after the other.

Smallest error noticed: one bit of one lane, one number read or written where none may be.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from glasstown.core.columns import I64, U8, U32, U64
from glasstown.core.keys import Key
from glasstown.core.lanes import LANES, LOWER, Lanes, ones, pointer
from glasstown.core.philox import BEGUN, begun, first_words
from glasstown.sensing.glance import ONWARD, cut
from tests.plain.draws import philox

KEY = Key.from_seed(3)
WORD = types.uint64
APART = 3
ZERO = ir.IntType(64)(0)


def _draw(context: Any, walk: Any, where: Any, k0: Any, k1: Any, lower: Any, out: Any) -> Any:
    def generate(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        walk, where, k0, k1, lower, out = given
        do = Lanes(builder)
        walk = pointer(target, builder, signature.args[0], walk)
        every = do.compare(do.numbers, "<", LANES)
        eight = do.load(pointer(target, builder, signature.args[1], where), ZERO)
        drawn = first_words(do, eight, do.column(walk, ZERO, APART, BEGUN), k0, k1, lower)
        for i, word in enumerate(drawn):
            do.write_first(word, every, pointer(target, builder, signature.args[5], out), ZERO.type(i * LANES))
        return target.get_dummy_value()

    return types.void(walk, where, WORD, WORD, WORD, out), generate


def _press(context: Any, values: Any, at: Any, mask: Any, out: Any) -> Any:
    def generate(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        values, at, mask, out = given
        do = Lanes(builder)
        eight = do.load(pointer(target, builder, signature.args[0], values), at)
        do.write_first(eight, do.mask(mask), pointer(target, builder, signature.args[3], out), ZERO)
        return target.get_dummy_value()

    return types.void(values, WORD, WORD, out), generate


def _move(context: Any, values: Any, last: Any, out: Any) -> Any:
    def generate(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        values, last, out = given
        do = Lanes(builder)
        every = do.compare(do.numbers, "<", LANES)
        eight = do.load(pointer(target, builder, signature.args[0], values), ZERO)
        do.write_first(do.following(eight, last), every, pointer(target, builder, signature.args[2], out), ZERO)
        return target.get_dummy_value()

    return types.void(values, WORD, out), generate


def _pick(context: Any, values: Any, places: Any, out: Any) -> Any:
    def generate(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        values, places, out = given
        do = Lanes(builder)
        every = do.compare(do.numbers, "<", LANES)
        at = do.load(pointer(target, builder, signature.args[1], places), ZERO)
        found = do.bytes_at(pointer(target, builder, signature.args[0], values), at)
        do.write_first(found, every, pointer(target, builder, signature.args[2], out), ZERO)
        return target.get_dummy_value()

    return types.void(values, places, out), generate


draw_eight, press_eight, pick_eight, move_eight = (intrinsic(how) for how in (_draw, _press, _pick, _move))


@numba.njit
def draw(c0: Any, c2: Any, where: U64, k0: Any, k1: Any, lower: Any, out: U64) -> None:
    walk = np.zeros(BEGUN * APART, np.uint64)
    walk[0], walk[APART], walk[2 * APART], walk[3 * APART], walk[4 * APART] = begun(c0, c2, k0, k1)
    draw_eight(walk, where, k0, k1, lower, out)


@numba.njit
def press(values: U64, at: Any, mask: Any, out: U64) -> None:
    press_eight(values, at, mask, out)


@numba.njit
def move(values: U64, last: Any, out: U64) -> None:
    move_eight(values, last, out)


@numba.njit
def pick(values: U8, places: U64, out: U64) -> None:
    pick_eight(values, places, out)


@numba.njit
def cut_up(at: Any, left: Any, there: Any, walk: Any, eight_at: I64, masks: U64, eight_walk: U32, m: Any) -> None:
    cut(at, left, there, walk, eight_at, masks, eight_walk, m)


@numba.njit
def count(number: Any) -> Any:
    return ones(number)


def numbers(name: str, n: int) -> U64:
    return KEY(name).bits(np.arange(n)).astype(np.uint64)


def test_eight_draws_at_once_are_the_draws_one_by_one() -> None:
    edges = np.array([0, 1, LOWER, LOWER - 1, 1 << 31, 2, 3, 4], np.uint64)
    for trial, where in enumerate((edges, *numbers("where", 80).reshape(10, LANES))):
        c0, c2, k0, k1 = (int(word) for word in numbers(f"words {trial}", 4))
        out = np.zeros(2 * LANES, np.uint64)
        draw(np.uint64(c0), np.uint64(c2), where, np.uint64(k0), np.uint64(k1), np.uint64(LOWER), out)
        assert out.tolist() == [philox((c0, int(c1), c2, 0), (k0, k1))[word] for word in (0, 1) for c1 in where]


def test_only_lanes_of_the_mask_are_written_in_front() -> None:
    values = np.arange(1, 30, dtype=np.uint64)
    for mask in (0, 1, 0b10000000, 0b01011010, 255):
        for at in (0, 5):
            out = np.zeros(LANES, np.uint64)
            press(values, np.uint64(at), np.uint64(mask), out)
            kept = [int(values[at + i]) for i in range(LANES) if mask >> i & 1]
            assert out[: len(kept)].tolist() == kept


def test_each_lane_sees_the_one_after_it() -> None:
    values = list(range(1, LANES + 1))
    out = np.zeros(LANES, np.uint64)
    move(np.array(values, np.uint64), np.uint64(99), out)
    assert out.tolist() == [*values[1:], 99]


def masks_of(left: int) -> int:
    """Say what an eight is from whose first lane a walk goes on for so many passes."""
    lanes, last = range(min(left, LANES)), [left - 1] if left <= LANES else []
    onward = LANES if left > LANES else 0
    return sum(1 << lane for lane in lanes) + sum(1 << 8 + lane for lane in last) + (onward << ONWARD)


@pytest.mark.parametrize("skipped", range(LANES))
def test_a_walk_is_cut_into_eights_that_lie_side_by_side(skipped: int) -> None:
    """The first one lacks what lies before the walk; each says where it lies, which lanes it has, and whose it is."""
    for left in range(skipped, LANES * LANES + 1):
        eight_at, masks = np.full(12, -1, np.int64), np.zeros(12, np.uint64)
        eight_walk = np.zeros(12, np.uint32)
        there = 2**64 - (1 << skipped)
        cut_up(np.int64(800), np.int64(left), np.uint64(there), np.uint64(7), eight_at, masks, eight_walk, np.uint64(3))
        eights = range(0, left, LANES)
        end = 3 + len(eights)
        assert eight_at[3:end].tolist() == [800 + i for i in eights]
        assert masks[3:end].tolist() == [masks_of(left - i) & (2**64 - 1 if i else there) for i in eights]
        assert eight_walk[3:end].tolist() == [7] * len(eights)
        assert eight_at[:3].tolist() == [-1] * 3
        assert not masks[:3].any()
        assert not eight_walk[:3].any()


def test_bytes_are_read_from_anywhere() -> None:
    values, places = numbers("values", 100).astype(np.uint8), np.array([99, 0, 3, 3, 50, 7, 8, 98], np.uint64)
    out = np.zeros(LANES, np.uint64)
    pick(values, places, out)
    assert out.tolist() == values[places].tolist()


def test_bits_are_counted() -> None:
    for number in (0, 1, 255, 1 << 63, 2**64 - 1, *map(int, numbers("bits", 20))):
        assert count(np.uint64(number)) == number.bit_count()
