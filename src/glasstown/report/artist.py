"""Drawing in a process of its own: the library that draws holds up all of Python while it starts and while it draws.

Nothing but time depends on it: what the process does not answer is drawn here.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from threading import Lock
from typing import IO, Any, cast, final

from glasstown.core.errors import BAD_FILE, Problem
from glasstown.core.machine import peak_memory_mb, processors, too_little

_FOR_PRACTICE, _ENDING_S = 4, 1.0
# What a process must be allowed to have. Found by trying, in steps of 20 MB: the engine of the library reserves 64 GB
# of addresses at once, and the process begins with 65,720 to 65,920 MB, not always at the lower end; of data it needs
# 570 MB. Where there is one processor, everything else that a run loads is in the same process.
_DATA_MB, _ADDRESSES_MB, _ALL_ELSE_MB = 600.0, 66_560.0, 800.0
_ABORTED = tuple(-number for number in (signal.SIGABRT, signal.SIGILL, signal.SIGTRAP))
_RESERVES = "it reserves many times as many addresses as it uses."
_ALLOW = "close other programs, or allow more open files (ulimit -n) and addresses (ulimit -v unlimited)."
_LIKE_MOST = {
    "data": {"values": [{"what": "a", "n": 1, "most": 2}, {"what": "b", "n": 2, "most": 4}]},
    "encoding": {"x": {"field": "n", "type": "quantitative"}, "y": {"field": "what", "type": "nominal"}},
    "layer": [
        {"mark": "bar"},
        {"mark": "rule", "encoding": {"x2": {"field": "most"}}},
        {"mark": "text", "encoding": {"text": {"field": "what"}}},
    ],
}

_PRESENT: ContextVar[Artist | None] = ContextVar("who draws in a process of its own", default=None)


@final
class Artist:
    """A process that draws one picture after the other, once it has begun."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._one_at_a_time = Lock()
        self.peak_mb = 0.0

    @property
    def begun(self) -> bool:
        """Whether the process was started."""
        return self._process is not None

    @property
    def aborted(self) -> bool:
        """Whether the library ended the process, as it would end this one: it does so where it gets no memory."""
        if self._process is None:
            return False
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDING_S)
        return self._process.returncode in _ABORTED

    def begin(self) -> None:
        """Start the process, where there is a processor for it."""
        if self._process is None and processors() > 1:
            pipe, command = subprocess.PIPE, [sys.executable, "-P", "-m", __name__]
            # Where files or processes run out, what is drawn here says so.
            with suppress(OSError):
                self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)

    def draw(self, whole: dict[str, Any]) -> str | None:
        """Draw a complete Vega-Lite specification as SVG; None if that does not succeed."""
        if self._process is None:
            return None
        asked, answers = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)
        with self._one_at_a_time, suppress(OSError):
            asked.write(json.dumps(whole).encode() + b"\n")
            asked.flush()
            answer = answers.readline()
            # A process that ends leaves nothing, or half a line.
            if answer.endswith(b"\n"):
                svg, self.peak_mb = json.loads(answer)
                return svg
        return None

    def leave(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            with suppress(OSError):
                self._process.communicate()
            self._process = None


@contextmanager
def drawing_apart() -> Generator[Artist]:
    """Let pictures of this context be drawn by a process of its own, as soon as that has begun."""
    present = _PRESENT.get()
    if present is not None:
        yield present
        return
    artist = Artist()
    told = _PRESENT.set(artist)
    try:
        yield artist
    finally:
        _PRESENT.reset(told)
        artist.leave()


def drawn_apart(whole: dict[str, Any]) -> str | None:
    """Let whoever is present draw; None where nobody is, or where it does not succeed.

    Raises
    ------
    Problem
        If it does not succeed here either.
    """
    artist = _PRESENT.get()
    drawn = artist.draw(whole) if artist else None
    if artist and drawn is None and artist.aborted:
        raise not_drawn("the library that draws ended itself", _RESERVES)
    return drawn


def refuse_undrawable() -> None:
    """Refuse what would be lived to its end and then left without its pictures, before anything is lived.

    Raises
    ------
    Problem
        If a limit on the data or the addresses of a process is below what the library that draws needs.
    """
    more = _ALL_ELSE_MB if processors() < 2 else 0.0
    if lacking := too_little("the library that draws needs", _DATA_MB + more, _ADDRESSES_MB + more):
        because, todo = lacking
        raise not_drawn(because, _RESERVES, todo)


def not_drawn(because: str, why: str, todo: str = _ALLOW) -> Problem:
    """Say that a picture cannot be drawn."""
    return Problem(f"a picture cannot be drawn: {because}", why=why, todo=todo, code=BAD_FILE)


def main() -> None:
    """Draw the specifications that standard input names, a line each, and answer each with a line."""
    import vl_convert

    # The first picture takes thirty times longer than later ones, and the next few twice as long.
    for _ in range(_FOR_PRACTICE):
        vl_convert.vegalite_to_svg(_LIKE_MOST)
    for line in sys.stdin:
        print(json.dumps([vl_convert.vegalite_to_svg(json.loads(line)), peak_memory_mb()]), flush=True)


if __name__ == "__main__":
    main()
