"""Philox4x32-10: random numbers that have addresses, the same in NumPy and in a compiled loop.

Source
------
Salmon, Moraes, Dror & Shaw 2011, Parallel random numbers: as easy as 1, 2, 3, SC11, section 3.3;
checked against the known-answer vectors published with Random123.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from glasstown.core.kernels import kernel, piece
from glasstown.core.lanes import LOWER, Lanes

U64 = NDArray[np.uint64]

M0 = np.uint64(0xD2511F53)
M1 = np.uint64(0xCD9E8D57)
W0 = np.uint64(0x9E3779B9)
W1 = np.uint64(0xBB67AE85)
LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
# So many addresses at once stay in a core's nearest memory.
STRIP = 512
ROUNDS: Final = 10
# So many numbers say what addresses have in common.
BEGUN: Final = 5
_WORD = types.uint64


@kernel
def block(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the four 32-bit words at one address (each in a 64-bit integer)."""
    for _ in range(ROUNDS):
        p0 = M0 * c0
        p1 = M1 * c2
        c0, c1, c2, c3 = (p1 >> HALF) ^ c1 ^ k0, p1 & LOW, (p0 >> HALF) ^ c3 ^ k1, p0 & LOW
        k0 = (k0 + W0) & LOW
        k1 = (k1 + W1) & LOW
    return c0, c1, c2, c3


def _words(context: Any, c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Any:
    def generate(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        do = Lanes(builder)
        c0, c1, c2, c3, k0, k1 = given
        for turn in range(ROUNDS):
            p0, p1 = do.product(c0, int(M0)), do.product(c2, int(M1))
            c0, c1 = _mixed(do, p1, c1, do.all_of(do.add(k0, turn * int(W0)), LOWER)), p1
            c2, c3 = _mixed(do, p0, c3, do.all_of(do.add(k1, turn * int(W1)), LOWER)), p0
        return target.make_tuple(builder, signature.return_type, [do.all_of(c, LOWER) for c in (c0, c1, c2, c3)])

    return types.UniTuple(_WORD, 4)(*[_WORD] * 6), generate


words: Any = intrinsic(_words)
"""words(c0, c1, c2, c3, k0, k1): what `block` returns, written out so that a loop draws many at once."""


def _begun(context: Any, c0: Any, c2: Any, k0: Any, k1: Any) -> Any:
    def generate(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        do = Lanes(builder)
        c0, c2, k0, k1 = given
        p0, p1 = do.product(c0, int(M0)), do.product(c2, int(M1))
        q1 = do.product(do.differ(do.down(p0, 32), k1), int(M1))
        q0 = do.product(_mixed(do, q1, p1, do.add(k0, int(W0))), int(M0))
        one, two = do.differ(do.down(p1, 32), k0), do.differ(p0, do.add(k1, int(W1)))
        three = do.differ(q1, do.add(k0, 2 * int(W0)))
        four = do.differ(do.down(q0, 32), do.add(k1, 2 * int(W1)))
        five = do.differ(q0, do.add(k1, 3 * int(W1)))
        return target.make_tuple(builder, signature.return_type, [one, two, three, four, five])

    return types.UniTuple(_WORD, BEGUN)(*[_WORD] * 4), generate


begun: Any = intrinsic(_begun)
"""begun(c0, c2, k0, k1): what addresses (c0, anything, c2, 0) have in common; `first_words` does the rest.

What changes from address to address is best put second: of the first three rounds, two products are left to do. The
numbers returned are what a word is mixed with in rounds one, two and three, where one word differs, and in round four;
their upper halves mean nothing.
"""


def first_words(do: Lanes, c1: Any, begun: Sequence[Any], k0: Any, k1: Any, lower: Any) -> tuple[Any, Any]:
    """Build the first two of the four words at eight addresses, as `block` returns them: they differ in `c1` only.

    `begun` is what the loop of that name returns for the first and the third word. `lower` is the lower half as a
    number that the compiler does not know: where it knows that only half a product is needed, it takes an instruction
    that is several times slower.
    """
    one, two, three, four, five = begun
    c3 = do.product(do.differ(c1, one), int(M0))
    p1 = do.product(do.differ(do.down(c3, 32), two), int(M1))
    p0, c1 = do.product(do.differ(do.down(p1, 32), three), int(M0)), p1
    p1 = do.product(do.differ(c3, four), int(M1))
    c0, c2 = _mixed(do, p1, c1, do.add(k0, 3 * int(W0))), do.differ(do.down(p0, 32), five)
    c1, c3 = p1, p0
    for turn in range(4, ROUNDS - 1):
        p0, p1 = do.product(c0, int(M0)), do.product(c2, int(M1))
        c0 = _mixed(do, p1, c1, do.add(k0, turn * int(W0)))
        c2 = _mixed(do, p0, c3, do.add(k1, turn * int(W1)))
        c1, c3 = p1, p0
    p1 = do.product(c2, int(M1))
    last = do.differ(do.down(p1, 32), do.all_of(c1, lower))
    return do.differ(last, do.all_of(do.add(k0, (ROUNDS - 1) * int(W0)), LOWER)), do.all_of(p1, lower)


def _mixed(do: Lanes, product: Any, word: Any, key: Any) -> Any:
    return do.differ(do.differ(do.down(product, 32), word), key)


@kernel
def draw_all(c0: U64, c1: U64, c2: U64, c3: U64, k0: np.uint64, k1: np.uint64) -> None:
    """Turn many addresses into their random words, in place."""
    for i in range(len(c0)):
        c0[i], c1[i], c2[i], c3[i] = words(c0[i], c1[i], c2[i], c3[i], k0, k1)


@piece
def draw_row(first: int, n: int, c1: int, c2: int, into: U64, k0: np.uint64, k1: np.uint64) -> None:
    """Draw the four words at n addresses that follow each other in their first number.

    Parameters
    ----------
    into : array of uint64, shape (4, n or more)
        Written.
    """
    for j in range(n):
        into[0, j], into[1, j] = np.uint64(first + j) & LOW, np.uint64(c1)
        into[2, j], into[3, j] = np.uint64(c2), np.uint64(0)
    draw_all(into[0, :n], into[1, :n], into[2, :n], into[3, :n], k0, k1)


def blocks(
    c0: U64, c1: U64, c2: U64, c3: U64, k0: np.uint64, k1: np.uint64
) -> tuple[U64, U64, U64, U64]:
    """Return the four words at many addresses: the plain NumPy twin of `block`.

    Parameters
    ----------
    c0, c1, c2, c3 : arrays of uint64, shape (n,)
        The address, each word below 2**32.
    k0, k1 : uint64
        The key, each word below 2**32.
    """
    key0, key1 = int(k0), int(k1)
    for _ in range(ROUNDS):
        p0 = M0 * c0
        p1 = M1 * c2
        c0, c1, c2, c3 = (
            (p1 >> HALF) ^ c1 ^ np.uint64(key0),
            p1 & LOW,
            (p0 >> HALF) ^ c3 ^ np.uint64(key1),
            p0 & LOW,
        )
        key0 = (key0 + int(W0)) & 0xFFFFFFFF
        key1 = (key1 + int(W1)) & 0xFFFFFFFF
    return c0, c1, c2, c3
