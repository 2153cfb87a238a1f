"""On the first use of all, loops are compiled by processes of their own while the town is being built.

Compiling takes longer than a small run, and one process compiles one loop at a time. So others live a few people in a
well-mixed town, which needs the loops of a day and none of those that build a town; what they compile goes into the
cache, where the run finds it. Nothing but time depends on them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

from glasstown.core.kernels import compiled_before

PEOPLE, DAYS = 300, 2
PARTS = ("written out", "streamed")
NEEDED_LAST = "ledger"


@contextmanager
def compiling_ahead() -> Generator[None]:
    """Compile the loops of a day elsewhere while the block runs; wait for it at its end."""
    first = (os.cpu_count() or 1) > 1 and not compiled_before(NEEDED_LAST)
    helpers = [_start(part) for part in PARTS] if first else []
    try:
        yield
    except BaseException:
        for helper in helpers:
            helper.kill()
        raise
    finally:
        for helper in helpers:
            helper.wait()


def _start(part: str) -> subprocess.Popen[bytes]:
    nowhere = subprocess.DEVNULL
    command = [sys.executable, "-m", __name__, part]
    return subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere)


def main(part: str) -> None:
    """Live a few people for two days, as runs live many: with rows for everybody, or without."""
    from glasstown.scenario import load
    from glasstown.study.life import live_once
    from glasstown.study.reading import read_off

    scenario = load("newtown", changes={"town.kind": "mixed", "town.people": PEOPLE, "days": DAYS})
    life = live_once(scenario, 1, keep=() if part == PARTS[0] else None)
    read_off(life, scenario)


if __name__ == "__main__":
    main(sys.argv[1])
