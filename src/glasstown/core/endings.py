"""Being told to end: Ctrl-C and the system's request."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

_SOON_S = 0.01


def end_when_told() -> None:
    """Leave with 128 and the number of the signal, as by `sys.exit`; a signal that is ignored stays so.

    By default Python raises KeyboardInterrupt on Ctrl-C. Where that passes through code that was made of a text, as
    every dataclass is, a program that was started as a module ends by the signal itself, whatever code it leaves with.

    What is raised while an object is cleared away, or where a library calls back, goes no further: Python says so and
    goes on. It is raised again a moment later, as often as it takes.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    if hasattr(signal, "setitimer") and getattr(sys.unraisablehook, "func", None) is not _end_later:
        sys.unraisablehook = partial(_end_later, sys.unraisablehook)


def leave_undisturbed() -> None:
    """Leave with the code that is known by now, whatever else is told meanwhile: all that was held is let go."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)


def _end(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def _end_later(otherwise: Callable[[Any], object], lost: Any) -> None:
    """Raise a lost ending again in a moment; of anything else that was lost is said what was said before."""
    if not isinstance(lost.exc_value, SystemExit):
        otherwise(lost)
        return
    if sys.is_finalizing():
        return
    code = lost.exc_value.code

    def end(*_: object) -> None:
        raise SystemExit(code)

    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, _SOON_S)
