"""How far a long run is, with an honest remaining time."""

from __future__ import annotations

import sys
import time
from typing import TextIO, final

QUIET_SECONDS = 2.0


@final
class Progress:
    """Prints how far the work is once it takes longer than two seconds.

    On a terminal one line is rewritten; elsewhere a new line appears now and then. The remaining time is what the
    part under way would still take at the pace so far.

    Parameters
    ----------
    out : text stream, optional
        Where to print; standard error by default.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._live = self._out.isatty()
        self._began = time.monotonic()
        self._part = ""
        self._part_began = self._began
        self._next = self._began + QUIET_SECONDS
        self._written = False

    def __call__(self, part: str, done: float, total: float) -> None:
        """Say that `done` of `total` of a part of the work is finished."""
        now = time.monotonic()
        if part != self._part:
            self._part, self._part_began, self._first_done = part, now, done
        if now < self._next or total <= 0:
            return
        moved = done - self._first_done
        left = (now - self._part_began) / moved * (total - done) if moved > 0 else None
        remaining = f", about {_duration(left)} left" if left is not None else ""
        line = f"{part} {done:,.0f} of {total:,.0f}{remaining}"
        self._out.write(f"\r{line:<70}" if self._live else line + "\n")
        self._out.flush()
        self._written = True
        self._next = now + (0.2 if self._live else 10.0)

    def close(self) -> None:
        """End the line that was rewritten."""
        if self._written and self._live:
            self._out.write("\r" + " " * 70 + "\r")
            self._out.flush()


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
