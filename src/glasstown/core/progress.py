"""How far a long run is, with an honest remaining time."""

from __future__ import annotations

import os
import sys
import threading
import time
from types import TracebackType
from typing import Self, TextIO, final

QUIET_SECONDS = 2.0
_WIDTH = 78


@final
class Progress:
    """Prints how far the work is once it takes longer than two seconds, and never on standard output.

    On a terminal one line is rewritten, cut where that is narrower; elsewhere a new line appears now and then. What
    remains is what was foreseen for the rest, at the pace of what is done; between two reports it counts down, and when
    that has run out it says so.

    Parameters
    ----------
    out : text stream, optional
        Where to print; standard error by default.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        # Standard error may be closed.
        self._live = self._out is not None and self._out.isatty()  # pyright: ignore[reportUnnecessaryComparison]
        self._pause = 0.5 if self._live else 10.0
        self._began = time.monotonic()
        self._part = "starting"
        self._left: float | None = None
        self._told = self._began
        self._written = False
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._clock = threading.Thread(target=self._tick, name="progress", daemon=True)
        self._clock.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __call__(self, part: str, done: float, total: float) -> None:
        """Say which part of the work is under way, and how much of the whole is done, in the seconds foreseen."""
        now = time.monotonic()
        with self._lock:
            self._part, self._told = part, now
            self._left = (now - self._began) / done * (total - done) if done > 0 else total

    def close(self) -> None:
        """Stop, and clear the line that was rewritten."""
        self._over.set()
        self._clock.join(timeout=1)
        if self._written and self._live:
            self._write("\r" + " " * self._width() + "\r")

    def line(self, now: float) -> str:
        """Return what would be printed at a moment of the monotonic clock."""
        with self._lock:
            part, left, told = self._part, self._left, self._told
        if left is None:
            return part
        left -= now - told
        return f"{part}, about {_duration(left)} left" if left > 0 else f"{part}, taking longer than expected"

    def _tick(self) -> None:
        pause = QUIET_SECONDS
        while not self._over.wait(pause):
            line = self.line(time.monotonic())
            self._written = True
            width = self._width()
            if not self._write(f"\r{line[:width]:<{width}}" if self._live else f"{line}\n"):
                return
            pause = self._pause

    def _width(self) -> int:
        """Return how much of a line is written: one that fills its row, or more, would not be rewritten."""
        try:
            columns = os.get_terminal_size(self._out.fileno()).columns
        except (OSError, ValueError, AttributeError):
            columns = 0
        return min(columns - 1, _WIDTH) if columns > 0 else _WIDTH

    def _write(self, text: str) -> bool:
        """Print; a standard error that is closed or full is no reason to stop a run."""
        try:
            self._out.write(text)
            self._out.flush()
        except (OSError, ValueError, AttributeError):
            return False
        return True


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
