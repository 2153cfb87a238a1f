"""Which devices each route passes: one route, one segment, one post at a time."""

from __future__ import annotations

from typing import Any

from glasstown import tables as t
from glasstown.sensing.knobs import Cameras
from tests.plain.draws import WORD
from tests.plain.metrics import rows_of

Pass = tuple[int, int, int]


def chance(post: dict[str, Any], knobs: Cameras, ride: bool) -> int:
    """The chance of a capture in 2**-32: half as much at the half distance, a fifth at twice that."""
    ratio = post["nearest_dm"] / max(float(knobs.half_distance) * 10, 0.1)
    p = float(knobs.capture) * (float(knobs.ride) if ride else 1.0) / (1.0 + ratio * ratio)
    return min(int(p * WORD), WORD - 1)


def passes(
    routes: t.Routes, steps: t.Steps, posts: t.Posts, devices: t.Devices, lengths: list[int], knobs: Cameras
) -> list[list[Pass]]:
    """For each route the devices met: device, chance, whole minutes from the start."""
    standing = [post for post in rows_of(posts) if devices.alive[post["device"]]]
    walked = rows_of(steps)
    return [_met(route, walked, standing, lengths, knobs) for route in rows_of(routes)]


def _met(
    route: dict[str, Any],
    walked: list[dict[str, Any]],
    standing: list[dict[str, Any]],
    lengths: list[int],
    knobs: Cameras,
) -> list[Pass]:
    met: dict[int, Pass] = {}
    start = 0
    for step in walked[route["first"] : route["first"] + route["n_steps"]]:
        for post in standing:
            if post["segment"] != step["segment"]:
                continue
            device, better = post["device"], chance(post, knobs, route["ride"])
            if device in met:
                _, before, after = met[device]
                met[device] = (device, max(before, better), after)
                continue
            middle = (post["from_dm"] + post["to_dm"]) // 2
            along = middle if step["forward"] else lengths[step["segment"]] - middle
            after = (start + along) * route["minutes"] // max(route["length_dm"], 1)
            met[device] = (device, better, after)
        start += lengths[step["segment"]]
    return sorted(met.values(), key=lambda m: m[2])
