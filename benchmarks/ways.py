"""Ways through the streets, ours and pandana's, between the same pairs: `python -m benchmarks.ways 1500000 2`.

Two kinds of pairs on one network of about 50,000 junctions: those that the people of a town really walk (places nearby
are preferred), and pairs drawn evenly, with 80 origins for each destination, as among 4 million pairs there are.
pandana gets a sample of each; what it takes to prepare its hierarchy is told apart. Ours has nothing to prepare: what
is timed begins with the table of streets and ends with the segments of each way.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.tools import peer

NODES = 50_000
SAMPLE = {"walked": 300_000, "even": 150_000}
EVEN_ROOTS, EVEN_EACH = 2_500, 80


def measure(people: int, threads: int) -> dict[str, Any]:
    """Find the ways of a town and of even pairs, and let pandana find some of them again."""
    from glasstown.prepare import survey
    from glasstown.scenario import load
    from glasstown.town.routes import route_pairs

    changes = {"town.people": people, "town.streets.people_per_node": max(people // NODES, 1)}
    scenario = load("newtown", changes=changes)
    layout, streets = survey(scenario).layout, scenario.town.streets
    draws = np.random.Generator(np.random.SFC64(1))
    root = np.repeat(draws.integers(0, len(layout.nodes), EVEN_ROOTS, np.int32), EVEN_EACH)
    even = (draws.integers(0, len(layout.nodes), len(root), np.int32), root, None)
    route_pairs(layout, streets, even[0][:100], even[1][:100])
    result: dict[str, Any] = {"nodes": len(layout.nodes), "segments": len(layout.streets), "threads": threads}
    asked: dict[str, Any] = {}
    for kind, pairs in (("walked", _walked(layout, scenario)), ("even", even)):
        start = time.perf_counter()
        routes, steps = route_pairs(layout, streets, *pairs, threads=threads)
        took = time.perf_counter() - start
        result[kind] = {"ways": len(routes), "seconds": took, "segments_per_way": len(steps) / len(routes)}
        row = draws.permutation(len(routes))[: SAMPLE[kind]]
        asked[kind] = routes.take(row)
    theirs = _pandana(layout, asked)
    if not isinstance(theirs, str):
        for kind, routes in asked.items():
            lengths = np.array(theirs[kind].pop("lengths"))
            theirs[kind]["same_length"] = float(np.mean(np.abs(lengths - routes.length_dm[: len(lengths)]) < 1))
    return result | {"pandana": theirs}


def _walked(layout: Any, scenario: Any) -> tuple[Any, Any, Any]:
    """Return the pairs that the people of a town walk, as its builder asks for them."""
    from glasstown.core.keys import Key
    from glasstown.town import build

    class Asked(Exception):
        """What the builder asked for."""

    def ask(*given: Any) -> None:
        raise Asked(given[2:5])

    found, build.route_pairs = build.route_pairs, ask
    try:
        build.build_towns(layout, scenario.town, Key.from_seed(1)("town"), 2)
    except Asked as asked:
        return asked.args[0]
    finally:
        build.route_pairs = found
    raise AssertionError("a town has ways")


def _pandana(layout: Any, asked: dict[str, Any]) -> dict[str, Any] | str:
    nodes, streets = layout.nodes, layout.streets
    columns = {"x": nodes.x_dm, "y": nodes.y_dm, "a": streets.node_a, "b": streets.node_b, "length": streets.length_dm}
    for kind, routes in asked.items():
        columns |= {f"{kind}_origin": routes.origin, f"{kind}_destination": routes.destination}
    with TemporaryDirectory() as folder:
        np.savez(Path(folder) / "pairs.npz", **columns)
        return peer("pandana", str(Path(folder) / "pairs.npz"))


if __name__ == "__main__":
    print(json.dumps(measure(*(int(word) for word in sys.argv[1:]))))
