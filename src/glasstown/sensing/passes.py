"""Which devices each route passes, and with which chance each of them captures a face."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import I16, I32, I64, U32, U64, Bool
from glasstown.core.errors import Problem
from glasstown.core.kernels import kernel
from glasstown.core.lines import laid, lines
from glasstown.core.philox import HALF, LOW
from glasstown.sensing.glance import DEVICE, MINUTES, SURE
from glasstown.sensing.knobs import Cameras
from glasstown.state import WAY_MOST, Passes

MOST_PASSES = WAY_MOST
_ROUTES_AT_ONCE = 1 << 16
_DEVICE = np.uint64(DEVICE)
_MINUTES = np.uint64(MINUTES)


def chances(posts: t.Posts, knobs: Cameras, ride: bool) -> U32:
    """Return the chance of a capture by day at each post, in 2**-32; the largest value is certainty.

    The chance is `capture` at no distance and half of it at `half_distance`: capture / (1 + (d / half)^2).
    """
    half = max(float(knobs.half_distance) * 10, 0.1)
    ratio = posts.nearest_dm / half
    p = float(knobs.capture) * (float(knobs.ride) if ride else 1.0) / (1.0 + ratio * ratio)
    return np.minimum(np.floor(p * 2.0**32), float(SURE)).astype(np.uint32)


def compile_passes(
    routes: t.Routes,
    steps: t.Steps,
    posts: t.Posts,
    devices: t.Devices,
    layout_length: I32,
    knobs: Cameras,
    threads: int = 1,
) -> Passes:
    """Join routes with posts: the devices that see a walk along each route, in walking order.

    A device that sees several segments of a route is passed once, with its best chance of a capture. Devices that
    do not exist or are dead for good are left out. The result does not depend on the number of threads.

    Raises
    ------
    Problem
        If one route passes more devices than can be counted.

    Limits
    ------
    Posts are taken to stand at all times; devices that move are compiled for the day they stand. People who avoid
    watched streets avoid what is passed here, which leaves out dead devices.
    """
    use = devices.alive[posts.device] if len(posts) else np.zeros(0, np.bool_)
    standing = posts.take(use)
    seen_from, nearby = _nearby(standing.device, len(devices))
    arguments = (
        routes.first,
        routes.n_steps,
        routes.length_dm,
        routes.minutes,
        routes.ride,
        steps.segment,
        steps.forward,
        layout_length,
        np.searchsorted(standing.segment, np.arange(len(layout_length) + 1)).astype(np.int64),
        standing.device,
        nearby,
        (standing.from_dm + standing.to_dm) // 2,
        chances(standing, knobs, False),
        chances(standing, knobs, True),
    )
    n = len(routes)
    begin, n_passes = np.empty(n, np.int64), np.zeros(n, np.int32)
    chunks = [(low, min(low + _ROUTES_AT_ONCE, n)) for low in range(0, n, _ROUTES_AT_ONCE)]

    def join(packed: U64, chunk: tuple[int, int]) -> None:
        _join(*chunk, *arguments, np.full(seen_from, -1, np.int64), n_passes, begin, packed)

    with ThreadPoolExecutor(max(1, threads)) as pool:
        list(pool.map(partial(join, np.zeros(0, np.uint64)), chunks))
        most = int(n_passes.max(initial=0))
        if most > MOST_PASSES:
            raise Problem(
                f"one walk would pass {most:,} cameras",
                why=f"what a walk passes is counted up to {MOST_PASSES:,}.",
                todo="set fewer cameras for each kilometre (sensing.cameras.per_km).",
            )
        passed = n_passes.astype(np.int16)
        packed = lines(laid(passed, begin))
        if len(packed):
            list(pool.map(partial(join, packed), chunks))
    return Passes(begin, passed, packed)


def _nearby(device: I32, n_devices: int) -> tuple[int, I32]:
    """Number the devices that stand anew, in the order of the streets they see, so that neighbours lie together."""
    number = np.full(n_devices, -1, np.int32)
    seen, where = np.unique(device, return_index=True)
    number[seen[np.argsort(where)]] = np.arange(len(seen), dtype=np.int32)
    return len(seen), number[device] if len(device) else np.zeros(0, np.int32)


@kernel
def _join(
    low: int,
    high: int,
    route_first: I64,
    n_steps: I32,
    route_length: I32,
    minutes: I16,
    ride: Bool,
    segment: I32,
    forward: Bool,
    length: I32,
    post_first: I64,
    post_device: I32,
    post_nearby: I32,
    post_middle: I32,
    walk_chance: U32,
    ride_chance: U32,
    stamp: I64,
    n_passes: I32,
    begin: I64,
    packed: U64,
) -> None:
    """Write the passes of some routes, and nothing into the gaps behind them; with an empty output, only count them."""
    write = len(packed) > 0
    for r in range(low, high):
        here = begin[r] if write else np.int64(r) << np.int64(32)
        n = here
        walked = np.int64(0)
        for s in range(route_first[r], route_first[r] + n_steps[r]):
            street = segment[s]
            for p in range(post_first[street], post_first[street + 1]):
                better = np.uint64(ride_chance[p] if ride[r] else walk_chance[p])
                seen = stamp[post_nearby[p]]
                if seen >= here:
                    if write and better > packed[seen] & LOW:
                        packed[seen] = (packed[seen] & ~LOW) | better
                    continue
                stamp[post_nearby[p]] = n
                if write:
                    middle = post_middle[p] if forward[s] else length[street] - post_middle[p]
                    after = min((walked + middle) * minutes[r] // max(np.int64(route_length[r]), 1), MINUTES)
                    packed[n] = (np.uint64(post_device[p]) << _DEVICE) | (np.uint64(after) << HALF) | better
                n += 1
            walked += length[street]
        if not write:
            n_passes[r] = n - here
            continue
        for i in range(n, begin[r + 1] if r + 1 < len(begin) else len(packed)):
            packed[i] = 0
        for i in range(here + 1, n):
            one = packed[i]
            j = i - 1
            while j >= here and (packed[j] >> HALF & _MINUTES) > (one >> HALF & _MINUTES):
                packed[j + 1] = packed[j]
                j -= 1
            packed[j + 1] = one
