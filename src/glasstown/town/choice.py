"""Which place a person chooses among many: by attraction and distance."""

from __future__ import annotations

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import I32, I64, U64
from glasstown.core.kernels import kernel
from glasstown.core.keys import Key
from glasstown.core.philox import block
from glasstown.town.people import parts

CELL = 3.0
_WORD = np.uint64(32)


def choose(
    places: t.Places, among: I32, person: I32, origin: I32, distance_m: float, decay: bool, attempts: int, key: Key
) -> I32:
    """Choose one place for each person, from the surroundings of where the person sets out.

    The town is laid out in square cells three stated distances wide. A place in the origin's cell or one of the
    eight around it is proposed in proportion to its weight and accepted with chance 1/(1 + (d/d0)^2)^2; after the
    last attempt, or without decay, the nearest of those proposed is taken. Where the surroundings hold no such place,
    the whole town is proposed from.

    Parameters
    ----------
    places : Places
        All places.
    among : array of int32
        Rows of the places that are of the right kind; not empty.
    person, origin : arrays of int32, shape (n,)
        Who chooses, and the rows of the places from which they set out.
    distance_m : float
        d0, the distance beyond which places quickly lose their pull, in metres.
    decay : bool
        Whether nearer places are preferred one proposal at a time; if not, the nearest of all proposals is taken.
    attempts : int
        How many places are proposed at most.
    key : Key
        A draw is addressed by person and attempt.

    Returns
    -------
    array of int32, shape (n,)
        Rows of places.

    Limits
    ------
    Nobody looks further than three to six times the stated distance while there is something nearer.
    """
    cell_dm = max(round(distance_m * 10 * CELL), 100)
    left, bottom = int(places.x_dm.min()), int(places.y_dm.min())
    columns = (int(places.x_dm.max()) - left) // cell_dm + 1
    rows = (int(places.y_dm.max()) - bottom) // cell_dm + 1
    cell = (places.y_dm[among] - bottom).astype(np.int64) // cell_dm * columns
    cell += (places.x_dm[among] - left).astype(np.int64) // cell_dm
    order = np.argsort(cell, kind="stable")
    offered = among[order]
    first = np.searchsorted(cell[order], np.arange(rows * columns + 1)).astype(np.int64)
    upto = np.concatenate([[0], np.cumsum(parts(places.weight[offered]))]).astype(np.uint64)
    row = _pick(
        person,
        places.x_dm[origin],
        places.y_dm[origin],
        np.array([left, bottom, cell_dm, columns, rows], np.int64),
        first,
        upto,
        places.x_dm[offered],
        places.y_dm[offered],
        (distance_m * 10.0) ** 2 if decay else 0.0,
        attempts,
        *key.words,
    )
    return offered[row]


@kernel
def _pick(
    person: I32,
    x: I32,
    y: I32,
    grid: I64,
    first: I64,
    upto: U64,
    place_x: I32,
    place_y: I32,
    near: float,
    attempts: int,
    k0: np.uint64,
    k1: np.uint64,
) -> I32:
    """Return the chosen row among the places offered, which lie cell by cell."""
    chosen = np.empty(len(person), np.int32)
    left, bottom, cell_dm, columns, rows = grid[0], grid[1], grid[2], grid[3], grid[4]
    zero = np.uint64(0)
    begin = np.empty(3, np.int64)
    end = np.empty(3, np.int64)
    for i in range(len(person)):
        column, row = (x[i] - left) // cell_dm, (y[i] - bottom) // cell_dm
        low, high = max(column - 1, 0), min(column + 1, columns - 1)
        total = zero
        for r in range(3):
            here = row - 1 + r
            begin[r], end[r] = 0, 0
            if 0 <= here < rows:
                begin[r], end[r] = first[here * columns + low], first[here * columns + high + 1]
            total += upto[end[r]] - upto[begin[r]]
        if total == zero:
            begin[0], end[0] = 0, len(place_x)
            total = upto[end[0]]
        nearest = np.int64(0)
        least = np.int64(0)
        for attempt in range(attempts):
            w0, w1, _, _ = block(np.uint64(person[i]), np.uint64(attempt), zero, zero, k0, k1)
            drawn = (w0 * total) >> _WORD
            strip = 0
            while drawn >= upto[end[strip]] - upto[begin[strip]]:
                drawn -= upto[end[strip]] - upto[begin[strip]]
                strip += 1
            drawn += upto[begin[strip]]
            a, b = begin[strip], end[strip] - 1
            while a < b:
                middle = (a + b) >> 1
                if upto[middle + 1] > drawn:
                    b = middle
                else:
                    a = middle + 1
            east = np.int64(place_x[a]) - np.int64(x[i])
            north = np.int64(place_y[a]) - np.int64(y[i])
            squared = east * east + north * north
            if attempt == 0 or squared < least:
                nearest = a
                least = squared
            closeness = near / (near + np.float64(squared)) if near > 0.0 else 0.0
            if np.float64(w1) < closeness * closeness * 4294967296.0:
                nearest = a
                break
        chosen[i] = nearest
    return chosen
