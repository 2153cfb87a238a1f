"""Writing beside the living: whoever keeps a life in a journal hands over what is to be written, and lives on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from types import TracebackType
from typing import ParamSpec, Self

P = ParamSpec("P")


class Beside:
    """Writes in a thread of its own; at most one writing is under way at any time.

    Leaving its context waits for what is under way, and raises what went wrong with it, unless something else did
    before.
    """

    def __init__(self) -> None:
        self._writer = ThreadPoolExecutor(1, "journal")
        self._under_way: Future[None] | None = None
        self._turn = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.shutdown(wait=True)
        if kind is None and self._under_way is not None:
            self._under_way.result()

    def begin(self, write: Callable[P, None], *given: P.args, **named: P.kwargs) -> None:
        """Begin to write, as soon as what is being written is on the disk.

        Raises
        ------
        Problem
            If the writing before this one failed: nothing further is lived that could not be kept.
        """
        with self._turn:
            if self._under_way is not None:
                self._under_way.result()
            self._under_way = self._writer.submit(write, *given, **named)

    def later(self, write: Callable[P, None], *given: P.args, **named: P.kwargs) -> None:
        """Do something when all that was handed over is written; whether it goes well matters to nobody."""
        self._writer.submit(write, *given, **named)

    def complain(self) -> None:
        """Raise what went wrong with the last writing, if that is known yet."""
        if self._under_way is not None and self._under_way.done():
            self._under_way.result()
