"""On the first use of all, loops are compiled by a process of its own while the town is being built.

Compiling takes longer than a small run, and one process compiles one loop at a time. So another one lives a few people
in a well-mixed town, which needs the loops of a day and none of those that build a town; what it compiles goes into the
cache, where the run finds it. Nothing but time depends on it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

from glasstown.core.kernels import compiled_before
from glasstown.scenario import Scenario
from glasstown.study.rows import ROWS_KEPT

# A day that is written out with rows for everybody needs other loops than one that is streamed.
PARTS = {"written out": (300, 2), "streamed": (ROWS_KEPT // 20, 21)}
NEEDED_LAST = "ledger"


def compiled_loops() -> bool:
    """Say whether the loops of a day were compiled before."""
    return compiled_before(NEEDED_LAST)


@contextmanager
def compiling_ahead(scenario: Scenario) -> Generator[None]:
    """Compile the loops that a scenario's days need elsewhere while the block runs; wait for it at its end."""
    helper = None
    if (os.cpu_count() or 1) > 1 and not compiled_loops():
        helper = _start("written out" if scenario.town.people * scenario.days <= ROWS_KEPT else "streamed")
    try:
        yield
    except BaseException:
        if helper:
            helper.kill()
        raise
    finally:
        if helper:
            helper.wait()


def _start(part: str) -> subprocess.Popen[bytes]:
    nowhere = subprocess.DEVNULL
    command = [sys.executable, "-m", __name__, part]
    return subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere)


def main(part: str) -> None:
    """Live a well-mixed town as large as it takes for its days to be written out, or to be streamed."""
    from glasstown.scenario import load
    from glasstown.study.life import live_once
    from glasstown.study.reading import read_off

    people, days = PARTS[part]
    scenario = load("newtown", changes={"town.kind": "mixed", "town.people": people, "days": days})
    read_off(live_once(scenario, 1), scenario)


if __name__ == "__main__":
    main(sys.argv[1])
