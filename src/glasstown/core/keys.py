"""Where random numbers come from: a key is a path, a draw is an address below it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glasstown.core.chance import happen
from glasstown.core.kernels import piece
from glasstown.core.philox import draw_all

_HALF = np.uint64(32)


@final
@dataclass(frozen=True)
class Key:
    """Where a random number comes from: same path and ids, same number, whatever else happened.

    Call a key with words and numbers to go further down the path (`key("capture", day)`); ask it for a
    draw with the ids of the things concerned (`.uniform(person, trip, device)`, at most four ids).

    Parameters
    ----------
    k0, k1 : int
        The two 32-bit words of the counter-based generator's key.
    """

    k0: int
    k1: int

    @staticmethod
    def from_seed(seed: int) -> Key:
        """Start a path from a seed, any integer from 0 to 2**63 - 1."""
        return _derived(f"seed:{int(seed)}".encode())

    def __call__(self, *path: str | int) -> Key:
        """Go down the path: another purpose, another day, another place."""
        words = "/".join(f"{type(word).__name__}:{word}" for word in path)
        return _derived(f"{self.k0}.{self.k1}/{words}".encode())

    @property
    def words(self) -> tuple[np.uint64, np.uint64]:
        """The key as a compiled loop takes it."""
        return np.uint64(self.k0), np.uint64(self.k1)

    def _blocks(self, ids: tuple[ArrayLike, ...]) -> tuple[NDArray[np.uint64], ...]:
        if len(ids) > 4:
            raise ValueError("a draw has at most four ids")
        columns = [np.asarray(i) for i in ids]
        shape = _shape_of(*columns)
        # What is above 32 bits plays no part in a draw.
        counter = np.zeros((4, *shape), np.uint64)
        for words, column in zip(counter, columns, strict=False):
            words[...] = column
        flat = counter.reshape(4, -1)
        draw_all(flat[0], flat[1], flat[2], flat[3], *self.words)
        return tuple(counter)

    def bits(self, *ids: ArrayLike) -> NDArray[np.uint64]:
        """Draw 32 random bits at each address, as integers from 0 to 2**32 - 1."""
        return self._blocks(ids)[0]

    def happens(self, code: ArrayLike, *ids: ArrayLike) -> NDArray[np.bool_]:
        """Decide an event with the given threshold (see `chance.threshold`) at each address."""
        if not np.max(code, initial=0) or not all(np.size(i) for i in ids):
            return np.zeros(_shape_of(code, *ids), np.bool_)
        words = self._blocks(ids)
        return happen(words[0], words[1], code)

    def words_at(self, *ids: ArrayLike) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Draw the two words that decide an event at each address (see `chance.happen`), whatever its chance."""
        words = self._blocks(ids)
        return words[0], words[1]

    def uniform(self, *ids: ArrayLike) -> NDArray[np.float64]:
        """Draw a number in [0, 1) at each address."""
        return self.bits(*ids).astype(np.float64) * 2.0**-32

    def below(self, n: ArrayLike, *ids: ArrayLike) -> NDArray[np.int64]:
        """Draw a whole number from 0 to n - 1 at each address (n at most 2**32)."""
        return ((self.bits(*ids) * np.asarray(n).astype(np.uint64)) >> _HALF).astype(np.int64)

    def choice(self, weights: ArrayLike, *ids: ArrayLike) -> NDArray[np.int64]:
        """Choose an index at each address, in proportion to integer weights of shape (k,)."""
        total = np.cumsum(np.asarray(weights, np.int64))
        if not len(total) or total[-1] <= 0 or total[-1] >= 2**32:
            raise ValueError("weights of a choice are integers with a sum from 1 to 2**32 - 1")
        return np.searchsorted(total, self.below(total[-1], *ids), side="right").astype(np.int64)

    def normal(self, *ids: ArrayLike) -> NDArray[np.float64]:
        """Draw a standard normal number at each address, from a table of 4,096 quantiles."""
        x = self.bits(*ids)
        table = _quantiles()
        cell = (x >> np.uint64(20)).astype(np.int64)
        within = (x & np.uint64(0xFFFFF)).astype(np.int64)
        weighted = table[cell] * (2**20 - within) + table[cell + 1] * within
        return weighted.astype(np.float64) * 2.0**-40


def _shape_of(*arrays: ArrayLike) -> tuple[int, ...]:
    """Return the shape that arrays have together; numbers alone make a row of one."""
    shapes = {np.shape(array) for array in arrays}
    return (shapes.pop() if len(shapes) == 1 else np.broadcast_shapes(*shapes)) or (1,)


@cache
def _derived(path: bytes) -> Key:
    digest = hashlib.blake2b(path, digest_size=8, person=b"glasstown").digest()
    return Key(int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little"))


def normal_table() -> NDArray[np.int64]:
    """Return what `Key.normal` reads: quantiles at 4,097 equal steps, in 2**-20, for compiled loops (`normal_in`)."""
    return _quantiles()


@piece
def as_normal(bits: np.uint64, table: NDArray[np.int64]) -> float:
    """Turn 32 random bits into a standard normal number, the same to the bit as `Key.normal`."""
    cell = np.int64(bits >> np.uint64(20))
    within = np.int64(bits & np.uint64(0xFFFFF))
    return float(table[cell] * (2**20 - within) + table[cell + 1] * within) * 2.0**-40


@piece
def normal_in(bits: np.uint64, table: NDArray[np.int64]) -> int:
    """Turn 32 random bits into a standard normal number in 2**-20: `Key.normal` in whole numbers."""
    cell = np.int64(bits >> np.uint64(20))
    within = np.int64(bits & np.uint64(0xFFFFF))
    return (table[cell] * (2**20 - within) + table[cell + 1] * within) >> 20


@cache
def _quantiles() -> NDArray[np.int64]:
    normal = NormalDist()
    inner = [normal.inv_cdf(i / 4096) for i in range(1, 4096)]
    return np.array([round(z * 2**20) for z in [-4.0, *inner, 4.0]], np.int64)
