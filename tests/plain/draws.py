"""One draw at one address, with Python's whole numbers: as Philox4x32-10 is printed in the paper."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import SupportsInt

from glasstown.core.keys import Key

WORD = 2**32


def philox(counter: Sequence[int], key: Sequence[int]) -> tuple[int, ...]:
    """Ten rounds: two products, their upper and lower halves crossed over, the key raised by a constant."""
    c, k = list(counter), list(key)
    for _ in range(10):
        left, right = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [right // WORD ^ c[1] ^ k[0], right % WORD, left // WORD ^ c[3] ^ k[1], left % WORD]
        k = [(k[0] + 0x9E3779B9) % WORD, (k[1] + 0xBB67AE85) % WORD]
    return tuple(c)


def words(key: Key, *ids: SupportsInt) -> tuple[int, ...]:
    """The four random words at an address of up to four ids."""
    counter = [int(i) % WORD for i in ids] + [0] * (4 - len(ids))
    return philox(counter, (key.k0, key.k1))


def happens(high: int, low: int, p: float) -> bool:
    """An event of probability p: 32 random bits decide, below 2**-20 all 64."""
    if 0.0 < p < 2.0**-20:
        return high * WORD + low < int(p * 2.0**64)
    return high < int(p * 2.0**32)


def yes(key: Key, p: float, *ids: SupportsInt) -> bool:
    """An event of probability p at an address."""
    w = words(key, *ids)
    return happens(w[0], w[1], p)


def normal(bits: int) -> float:
    """A standard normal number between two of 4,097 quantiles, the outermost at 4 and -4."""
    cell, within = bits // 2**20, bits % 2**20
    left, right = (_quantile(c) for c in (cell, cell + 1))
    return (left * (2**20 - within) + right * within) / 2**40


def _quantile(cell: int) -> int:
    if cell in (0, 4096):
        return -4 * 2**20 if cell == 0 else 4 * 2**20
    return round(NormalDist().inv_cdf(cell / 4096) * 2**20)
