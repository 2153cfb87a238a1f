"""Shortest ways through the streets, found once and walked again and again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from glasstown import tables as t
from glasstown.core.columns import I16, I32, I64, Bool
from glasstown.core.kernels import kernel, piece
from glasstown.state import Layout
from glasstown.town.knobs import Streets

_PAIRS_AT_ONCE = 32_768
_LONGEST_MINUTES = 10_000

FAR = 2**31 - 1
BUCKETS = 64
LEAST_SHIFT = 7


def route_pairs(
    layout: Layout,
    knobs: Streets,
    origin: I32,
    destination: I32,
    from_origin: Bool | None = None,
    threads: int = 1,
) -> tuple[t.Routes, t.Steps]:
    """Find the shortest way for each pair of junctions.

    Parameters
    ----------
    layout : Layout
        The streets; every one can be walked both ways.
    knobs : Streets
        How fast people move and beyond which distance they ride.
    origin, destination : array of int32, shape (n,)
        The pairs; each gives one route, in the order given.
    from_origin : array of bool, shape (n,), optional
        Search outward from the origin, not from the destination. Pairs that share the end searched from
        are found together, so name the end that more pairs have in common.
    threads : int
        How many searches run at once; the result does not depend on it.

    Returns
    -------
    tuple of (Routes, Steps)
        Routes in the order of the pairs, their steps side by side in the same order. A route from a
        junction to itself has no steps and takes a minute.

    Raises
    ------
    ValueError
        If the streets do not connect a pair.

    Notes
    -----
    Dijkstra's search with whole decimetres. Among equally short ways each junction is entered, as seen from
    the end searched from, by the neighbour with the lowest number, then by the segment with the lowest
    number: the way found depends on the pair, not on other pairs or on the order of the search.
    """
    n = len(origin)
    flip = np.zeros(n, np.bool_) if from_origin is None else from_origin
    root = np.where(flip, origin, destination).astype(np.int32)
    end = np.where(flip, destination, origin).astype(np.int32)
    order = np.lexsort((end, root))
    sorted_root = root[order]
    new_root = np.append(True, sorted_root[1:] != sorted_root[:-1])[:n]
    group = np.append(np.flatnonzero(new_root), n).astype(np.int64)
    graph = _graph(layout)

    marks = np.minimum(np.arange(0, n + _PAIRS_AT_ONCE, _PAIRS_AT_ONCE), n)
    edges = np.unique(np.searchsorted(group, marks))
    chunks = [(int(a), int(b)) for a, b in pairwise(edges)]

    def search(chunk: tuple[int, int]) -> tuple[I32, I32, I32]:
        bounds = group[chunk[0] : chunk[1] + 1]
        ends = end[order[bounds[0] : bounds[-1]]]
        return _trees(*graph, sorted_root[bounds[:-1]], bounds - bounds[0], ends)

    with ThreadPoolExecutor(max(1, threads)) as pool:
        found = list(pool.map(search, chunks))

    n_steps, length = np.zeros(n, np.int32), np.zeros(n, np.int32)
    if found:
        n_steps[order] = np.concatenate([part[0] for part in found])
        length[order] = np.concatenate([part[1] for part in found])
    if np.any(n_steps < 0):
        lost = int(np.flatnonzero(n_steps < 0)[0])
        raise ValueError(f"no streets lead from node {origin[lost]} to node {destination[lost]}")
    first = np.cumsum(n_steps, dtype=np.int64) - n_steps
    total = int(n_steps.sum(dtype=np.int64))
    segment, forward = np.empty(total, np.int32), np.empty(total, np.bool_)
    for chunk, part in zip(chunks, found, strict=True):
        rows = order[group[chunk[0]] : group[chunk[1]]]
        _lay(part[2], n_steps[rows], first[rows], flip[rows], segment, forward)

    minutes, ride = travel(knobs, length)
    routes = t.Routes.of(
        route=np.arange(n),
        origin=origin,
        destination=destination,
        first=first,
        n_steps=n_steps,
        length_dm=length,
        minutes=minutes,
        ride=ride,
    )
    return routes, t.Steps(segment=segment, forward=forward)


def as_searched(layout: Layout, knobs: Streets, routes: t.Routes, steps: t.Steps) -> bool:
    """Search some ways again, outward from either end; say whether each agrees with one of the two."""
    there, flip = np.ones(len(routes), np.bool_), np.zeros(len(routes), np.bool_)
    found = [route_pairs(layout, knobs, routes.origin, routes.destination, way) for way in (flip, ~flip)]
    for row in range(len(routes)):
        mine = steps.take(slice(int(routes.first[row]), int(routes.first[row] + routes.n_steps[row])))
        again = [(one.take(slice(row, row + 1)), way) for one, way in found]
        there[row] = any(
            mine.same(way.take(slice(int(one.first[0]), int(one.first[0] + one.n_steps[0]))))
            and (one.length_dm[0], one.minutes[0], one.ride[0])
            == (routes.length_dm[row], routes.minutes[row], routes.ride[row])
            for one, way in again
        )
    return bool(there.all())


def travel(knobs: Streets, length_dm: I32) -> tuple[I16, Bool]:
    """Say how many minutes each way takes, at least one, and whether it is ridden."""
    ride = length_dm > float(knobs.ride_beyond) * 10.0
    speed = np.where(ride, float(knobs.ride), float(knobs.walk)) * (10_000 / 60)
    minutes = np.clip(np.rint(length_dm / speed), 1, _LONGEST_MINUTES)
    return minutes.astype(np.int16), ride


def _graph(layout: Layout) -> tuple[I64, I32, I32, I32, I32]:
    """List the ways out of each junction, sorted by junction, neighbour and segment.

    Returns
    -------
    tuple of (first, tail, neighbour, length, code)
        `first[node]` is a junction's first row in the other columns; `code` is twice the segment, plus one
        where it is walked from node_a to node_b.
    """
    streets = layout.streets
    rows = np.flatnonzero(streets.node_a != streets.node_b)
    a, b = streets.node_a[rows], streets.node_b[rows]
    tail, head = np.concatenate([a, b]), np.concatenate([b, a])
    length = np.concatenate([streets.length_dm[rows]] * 2)
    code = np.concatenate([2 * rows + 1, 2 * rows]).astype(np.int32)
    order = np.lexsort((code, head, tail))
    first = np.searchsorted(tail[order], np.arange(len(layout.nodes) + 1)).astype(np.int64)
    return first, tail[order], head[order], length[order], code[order]


@kernel
def _trees(
    first: I64,
    tail: I32,
    neighbour: I32,
    length: I32,
    code: I32,
    root: I32,
    group: I64,
    end: I32,
) -> tuple[I32, I32, I32]:
    """Search outward from each root until all its ends are reached; write the ways from end to root."""
    nodes = len(first) - 1
    longest = np.int64(1)
    for e in range(len(length)):
        longest = max(longest, np.int64(length[e]))
    shift = 0
    while longest >> shift >= BUCKETS:
        shift += 1
    shift = max(shift, LEAST_SHIFT)
    distance, told, via = np.empty(nodes, np.int32), np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    wanted, bucket = np.zeros(nodes, np.bool_), np.empty(BUCKETS + 1, np.int32)
    distance[:], told[:], bucket[:] = FAR, FAR, -1
    waiting, behind = np.empty(2 * len(neighbour) + 2, np.int32), np.empty(2 * len(neighbour) + 2, np.int32)
    n_steps, total = np.empty(len(end), np.int32), np.empty(len(end), np.int32)
    steps, used = np.empty(1024 + 32 * len(end), np.int32), 0
    # Columns grow only between searches: in a loop that can replace one, each turn would count who holds it.
    for r in range(len(root)):
        low, high = group[r], group[r + 1]
        while True:
            n, full = _spread(
                first, neighbour, length, shift, root[r], low, high, end, distance, told, via, wanted, bucket,
                waiting, behind,
            )  # fmt: skip
            if not full:
                break
            _far_again(distance, told, bucket, waiting, n)
            waiting, behind = np.empty(2 * n, np.int32), np.empty(2 * n, np.int32)
        after = _lead_back(code, tail, via, low, high, end, distance, n_steps, total, steps, used)
        while after < 0:
            steps = _longer(steps)
            after = _lead_back(code, tail, via, low, high, end, distance, n_steps, total, steps, used)
        used = after
        _far_again(distance, told, bucket, waiting, n)
    return n_steps, total, steps[:used]


@piece
def _spread(
    first: I64,
    neighbour: I32,
    length: I32,
    shift: int,
    root: int,
    low: int,
    high: int,
    end: I32,
    distance: I32,
    told: I32,
    via: I32,
    wanted: Bool,
    bucket: I32,
    waiting: I32,
    behind: I32,
) -> tuple[int, bool]:
    """Search outward from a root until its ends, rows low to high, are reached.

    Junctions wait in buckets of nearly equal distance. Within a bucket a junction may be improved after its
    neighbours were told, and then tells them again; once a bucket is empty, all in it are settled.

    Returns
    -------
    tuple of (n, full)
        How many entries of `waiting` were used, and whether there was no room for more of them before the end.
    """
    missing, full = 0, False
    for k in range(low, high):
        missing += not wanted[end[k]]
        wanted[end[k]] = True
    distance[root] = 0
    via[root] = -1
    waiting[0], behind[0], bucket[0] = root, -1, 0
    n_entries, n_waiting, now = 1, 1, np.int64(0)
    while n_waiting > 0 and missing > 0 and not full:
        slot = now % (BUCKETS + 1)
        while bucket[slot] >= 0 and not full:
            entry = bucket[slot]
            bucket[slot] = behind[entry]
            n_waiting -= 1
            here = waiting[entry]
            so_far = distance[here]
            if so_far >> shift != now or told[here] == so_far:
                continue
            told[here] = so_far
            if wanted[here]:
                wanted[here] = False
                missing -= 1
            for e in range(first[here], first[here + 1]):
                there = neighbour[e]
                there_by = so_far + length[e]
                if there_by >= distance[there]:
                    if there_by == distance[there] and e < via[there]:
                        via[there] = e
                    continue
                if n_entries == len(waiting):
                    full = True
                    break
                distance[there] = there_by
                via[there] = e
                at = (there_by >> shift) % (BUCKETS + 1)
                waiting[n_entries], behind[n_entries], bucket[at] = there, bucket[at], n_entries
                n_entries += 1
                n_waiting += 1
        now += 1
    for k in range(low, high):
        wanted[end[k]] = False
    return n_entries, full


@piece
def _lead_back(
    code: I32,
    tail: I32,
    via: I32,
    low: int,
    high: int,
    end: I32,
    distance: I32,
    n_steps: I32,
    total: I32,
    steps: I32,
    used: int,
) -> int:
    """Write the ways from the ends, rows low to high, to their root; return how much is used then, -1 if too much."""
    for k in range(low, high):
        here = end[k]
        if distance[here] == FAR:
            n_steps[k], total[k] = -1, 0
            continue
        total[k], before = distance[here], used
        while via[here] >= 0:
            if used == len(steps):
                return -1
            steps[used] = code[via[here]] ^ 1
            used += 1
            here = tail[via[here]]
        n_steps[k] = used - before
    return used


@piece
def _far_again(distance: I32, told: I32, bucket: I32, waiting: I32, n: int) -> None:
    """Forget a search of which n entries waited."""
    bucket[:] = -1
    for entry in range(n):
        distance[waiting[entry]] = FAR
        told[waiting[entry]] = FAR


@piece
def _longer(column: I32) -> I32:
    """Copy a column that is full into one with twice the room."""
    twice = np.empty(2 * len(column), np.int32)
    for i in range(len(column)):
        twice[i] = column[i]
    return twice


@kernel
def _lay(steps: I32, n_steps: I32, first: I64, flip: Bool, segment: I32, forward: Bool) -> None:
    """Copy ways to their place among all steps, in walking order."""
    done = 0
    for k in range(len(n_steps)):
        n = n_steps[k]
        for s in range(n):
            step = steps[done + n - 1 - s] ^ 1 if flip[k] else steps[done + s]
            segment[first[k] + s] = step >> 1
            forward[first[k] + s] = (step & 1) == 1
        done += n


def unique_pairs(origin: NDArray[np.int32], destination: NDArray[np.int32], flag: Bool) -> tuple[I64, I64]:
    """Find the distinct pairs, numbered in order of first use.

    Parameters
    ----------
    origin, destination : array of int32, shape (n,)
        Junctions.
    flag : array of bool, shape (n,)
        Pairs that differ in it are distinct.

    Returns
    -------
    tuple of (row, number)
        `row[k]` is where pair k is first used; `number[i]` is the pair used in row i.
    """
    packed = (origin.astype(np.int64) << 32) | (destination.astype(np.int64) << 1) | flag
    _, row, inverse = np.unique(packed, return_index=True, return_inverse=True)
    order = np.argsort(row)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return row[order].astype(np.int64), rank[inverse].astype(np.int64)
