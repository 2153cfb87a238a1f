"""On the first use of all, two processes compile loops side by side: this one while it builds the town, and a helper.

Compiling takes longer than a small run, and one process compiles one loop at a time. `loops.json` says which loops the
days of a town need once it is built, or the months of a nation, and the types that they are given, longest first. The
helper takes from the top of that list; when the town is built, this process takes from its end until nothing is left.
Nothing but time depends on it: what the list lacks is compiled when it is called. `python -m tests.refresh_loops`
writes the list anew.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import IO, TYPE_CHECKING, Any, cast

from glasstown.core.cached import compiled_before, loops_are_kept
from glasstown.core.machine import processors

if TYPE_CHECKING:
    from glasstown.scenario import Scenario

# Where a loop is, what it is called, and the types that it is given.
Loop = tuple[str, str, list[Any]]
Helper = subprocess.Popen[bytes]

LISTED = Path(__file__).with_name("loops.json")
# A day that is written out with rows for everybody needs other loops than one that is streamed.
PARTS = ("written out", "streamed", "nation")

_READY: ContextVar[Helper | None] = ContextVar("a helper that was started beforehand", default=None)


@cache
def listed(part: str) -> tuple[Loop, ...]:
    """Return the loops that the days of a part of all runs need, those that take longest to compile first."""
    return tuple(json.loads(LISTED.read_bytes())[part])


def part_of(scenario: Scenario) -> str:
    """Say which loops a scenario's days need."""
    from glasstown.study.rows import write_out

    if scenario.town.kind == "nation":
        return "nation"
    return PARTS[not write_out(scenario.town.people * scenario.days, ())]


def not_compiled(part: str) -> list[Loop]:
    """Return those loops of a part that a run has to compile: all where nothing was kept of any."""
    there = compiled_before() or set()
    return [loop for loop in listed(part) if _short(loop) not in there]


def compiled_each_time(scenario: Scenario) -> bool:
    """Say whether every run of a scenario compiles loops, because they cannot be kept."""
    return not loops_are_kept() and bool(not_compiled(part_of(scenario)))


def _short(loop: Loop) -> str:
    return ".".join([*loop[0].split(".")[-2:], loop[1]])


@contextmanager
def helped() -> Generator[None]:
    """Start the helper before it is known what it will be asked, where no loop of any kind was ever compiled."""
    if not two_compile() or compiled_before():
        yield
        return
    helper = _start()
    told = _READY.set(helper)
    try:
        yield
    finally:
        _READY.reset(told)
        _end(helper)


@contextmanager
def compiling_ahead(scenario: Scenario) -> Generator[None]:
    """Compile the loops that a scenario's days need elsewhere while the block runs, and here after it."""
    from glasstown.core.loops import compile_loop

    waiting = deque(not_compiled(part_of(scenario)))
    if not two_compile() or not waiting:
        yield
        return
    helper = _READY.get() or _start()
    feeding = Thread(target=_feed, args=(helper, waiting))
    feeding.start()
    try:
        yield
        gc.disable()
        with suppress(IndexError):
            while True:
                compile_loop(waiting.pop())
        feeding.join()
    finally:
        gc.enable()
        waiting.clear()
        _end(helper)
        feeding.join()


def two_compile() -> bool:
    """Say whether two processes are faster than one: what the helper compiles reaches this one through the cache."""
    return processors() > 1 and loops_are_kept()


def _start() -> Helper:
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-P", "-m", __name__], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)


def _end(helper: Helper) -> None:
    helper.kill()
    helper.wait()


def _feed(helper: Helper, waiting: deque[Loop]) -> None:
    """Give the helper one loop after the other, as long as it answers."""
    given, answers = cast(IO[bytes], helper.stdin), cast(IO[bytes], helper.stdout)
    with answers, suppress(OSError, IndexError), given:
        while True:
            given.write(json.dumps(waiting.popleft()).encode() + b"\n")
            given.flush()
            if not answers.readline():
                return


def main() -> None:
    """Compile the loops that standard input names, a line each, and answer each with a line."""
    from glasstown.core.loops import compile_loop

    # A compiler makes many small things that live as long as it does.
    gc.disable()
    for loop in listed(PARTS[0]):
        import_module(loop[0])
    for line in sys.stdin:
        compile_loop(json.loads(line))
        print(flush=True)


if __name__ == "__main__":
    main()
