"""Being told to end: Ctrl-C and the system's request."""

from __future__ import annotations

import signal


def end_when_told() -> None:
    """Leave with 128 and the number of the signal, as by `sys.exit`; a signal that is ignored stays so.

    By default Python raises KeyboardInterrupt on Ctrl-C. Where that passes through code that was made of a text, as
    every dataclass is, a program that was started as a module ends by the signal itself, whatever code it leaves with.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def _end(number: int, frame: object) -> None:
    raise SystemExit(128 + number)
