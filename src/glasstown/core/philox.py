"""Philox4x32-10: random numbers that have addresses, the same in NumPy and in a compiled loop.

Source
------
Salmon, Moraes, Dror & Shaw 2011, Parallel random numbers: as easy as 1, 2, 3, SC11, section 3.3;
checked against the known-answer vectors published with Random123.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glasstown.core.kernels import inlined, kernel, piece

U64 = NDArray[np.uint64]

M0 = np.uint64(0xD2511F53)
M1 = np.uint64(0xCD9E8D57)
W0 = np.uint64(0x9E3779B9)
W1 = np.uint64(0xBB67AE85)
LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
# So many addresses at once stay in a core's nearest memory.
STRIP = 512
TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE = (np.uint64(i) for i in range(2, 10))


@kernel
def block(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the four 32-bit words at one address (each in a 64-bit integer)."""
    for _ in range(10):
        p0 = M0 * c0
        p1 = M1 * c2
        c0, c1, c2, c3 = (p1 >> HALF) ^ c1 ^ k0, p1 & LOW, (p0 >> HALF) ^ c3 ^ k1, p0 & LOW
        k0 = (k0 + W0) & LOW
        k1 = (k1 + W1) & LOW
    return c0, c1, c2, c3


@inlined
def turn(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Do one of the ten rounds; the upper halves of the words returned mean nothing."""
    p0 = M0 * (c0 & LOW)
    p1 = M1 * (c2 & LOW)
    return (p1 >> HALF) ^ c1 ^ (k0 & LOW), p1, (p0 >> HALF) ^ c3 ^ (k1 & LOW), p0


@inlined
def words(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the four words at one address as `block` does, written out so that a loop does many addresses at once."""
    c0, c1, c2, c3 = turn(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3 = turn(c0, c1, c2, c3, k0 + W0, k1 + W1)
    c0, c1, c2, c3 = turn(c0, c1, c2, c3, k0 + W0 * TWO, k1 + W1 * TWO)
    c0, c1, c2, c3 = turn(c0, c1, c2, c3, k0 + W0 * THREE, k1 + W1 * THREE)
    c0, c1, c2, c3 = turn(c0, c1, c2, c3, k0 + W0 * FOUR, k1 + W1 * FOUR)
    c0, c1, c2, c3 = turn(c0, c1, c2, c3, k0 + W0 * FIVE, k1 + W1 * FIVE)
    c0, c1, c2, c3 = turn(c0, c1, c2, c3, k0 + W0 * SIX, k1 + W1 * SIX)
    c0, c1, c2, c3 = turn(c0, c1, c2, c3, k0 + W0 * SEVEN, k1 + W1 * SEVEN)
    c0, c1, c2, c3 = turn(c0, c1, c2, c3, k0 + W0 * EIGHT, k1 + W1 * EIGHT)
    c0, c1, c2, c3 = turn(c0, c1, c2, c3, k0 + W0 * NINE, k1 + W1 * NINE)
    return c0 & LOW, c1 & LOW, c2 & LOW, c3 & LOW


@inlined
def begun(
    c0: np.uint64, c1: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Do what addresses (c0, c1, anything, 0) have in common; `core.lanes` does the rest, many at a time.

    The numbers returned are what the first word is mixed with in rounds one, two and three, and the third word in round
    two; their upper halves mean nothing.
    """
    p0 = M0 * (c0 & LOW)
    p1 = M1 * (((p0 >> HALF) ^ k1) & LOW)
    return c1 ^ k0, (p1 >> HALF) ^ (k0 + W0), p1 ^ (k0 + W0 * TWO), p0 ^ (k1 + W1)


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
    for _ in range(10):
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
