"""Which devices each route passes, and with which chance each of them captures a face."""

from __future__ import annotations

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import I16, I32, I64, U32, U64, Bool
from glasstown.core.kernels import kernel
from glasstown.core.philox import HALF, LOW
from glasstown.sensing.knobs import Cameras
from glasstown.state import Passes

SURE = 0xFFFFFFFF
LONGEST = 2047
_DEVICE = np.uint64(43)
_MINUTES = np.uint64(LONGEST)


def chances(posts: t.Posts, knobs: Cameras, ride: bool) -> U32:
    """Return the chance of a capture by day at each post, in 2**-32; the largest value is certainty.

    The chance is `capture` at no distance and half of it at `half_distance`: capture / (1 + (d / half)^2).
    """
    half = max(float(knobs.half_distance) * 10, 0.1)
    ratio = posts.nearest_dm / half
    p = float(knobs.capture) * (float(knobs.ride) if ride else 1.0) / (1.0 + ratio * ratio)
    return np.minimum(np.floor(p * 2.0**32), float(SURE)).astype(np.uint32)


def compile_passes(
    routes: t.Routes, steps: t.Steps, posts: t.Posts, devices: t.Devices, layout_length: I32, knobs: Cameras
) -> Passes:
    """Join routes with posts: the devices that see a walk along each route, in walking order.

    A device that sees several segments of a route is passed once, with its best chance of a capture. Devices that
    do not exist or are dead for good are left out.

    Limits
    ------
    Posts are taken to stand at all times; devices that move are compiled for the day they stand.
    """
    use = devices.alive[posts.device] if len(posts) else np.zeros(0, np.bool_)
    standing = posts.take(use)
    post_first = np.searchsorted(standing.segment, np.arange(len(layout_length) + 1)).astype(np.int64)
    arguments = (
        routes.first,
        routes.n_steps,
        routes.length_dm,
        routes.minutes,
        routes.ride,
        steps.segment,
        steps.forward,
        steps.start_dm,
        layout_length,
        post_first,
        standing.device,
        (standing.from_dm + standing.to_dm) // 2,
        chances(standing, knobs, False),
        chances(standing, knobs, True),
    )
    stamp = np.full(len(devices), -1, np.int64)
    first = np.zeros(len(routes) + 1, np.int64)
    n = _join(*arguments, stamp, first, np.zeros(0, np.uint64))
    packed = np.empty(n, np.uint64)
    stamp.fill(-1)
    if n:
        _join(*arguments, stamp, first, packed)
    return Passes(first, packed)


@kernel
def _join(
    route_first: I64,
    n_steps: I32,
    route_length: I32,
    minutes: I16,
    ride: Bool,
    segment: I32,
    forward: Bool,
    start: I32,
    length: I32,
    post_first: I64,
    post_device: I32,
    post_middle: I32,
    walk_chance: U32,
    ride_chance: U32,
    stamp: I64,
    first: I64,
    packed: U64,
) -> int:
    """Write the passes of every route; with empty outputs, only count them."""
    write = len(packed) > 0
    n = 0
    for r in range(len(route_first)):
        begin = n
        first[r] = n
        for s in range(route_first[r], route_first[r] + n_steps[r]):
            street = segment[s]
            for p in range(post_first[street], post_first[street + 1]):
                d = post_device[p]
                better = np.uint64(ride_chance[p] if ride[r] else walk_chance[p])
                seen = stamp[d]
                if seen >= begin:
                    if write and better > packed[seen] & LOW:
                        packed[seen] = (packed[seen] & ~LOW) | better
                    continue
                stamp[d] = n
                if write:
                    middle = post_middle[p] if forward[s] else length[street] - post_middle[p]
                    walked = np.int64(start[s]) + middle
                    after = min(walked * minutes[r] // max(np.int64(route_length[r]), 1), LONGEST)
                    packed[n] = (np.uint64(d) << _DEVICE) | (np.uint64(after) << HALF) | better
                n += 1
        if write:
            for i in range(begin + 1, n):
                one = packed[i]
                j = i - 1
                while j >= begin and (packed[j] >> HALF & _MINUTES) > (one >> HALF & _MINUTES):
                    packed[j + 1] = packed[j]
                    j -= 1
                packed[j + 1] = one
    first[len(route_first)] = n
    return n
