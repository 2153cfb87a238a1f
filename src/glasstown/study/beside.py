"""Writing beside the living: whoever keeps a life in a journal hands over what is to be written, and lives on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from types import TracebackType
from typing import ParamSpec, Self

P = ParamSpec("P")


class Beside:
    """Writes in threads of its own; at most as many writings are under way at any time.

    Disks bring several small files to safety in about the time that they take for one. Leaving its context waits for
    what is under way, and raises what went wrong with it, unless something else did before.

    Parameters
    ----------
    writers : int
        How many threads.
    """

    def __init__(self, writers: int = 1) -> None:
        self._writers = writers
        self._pool = ThreadPoolExecutor(writers, "journal")
        self._under_way: tuple[Future[None], ...] = ()
        self._turn = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True)
        if kind is None:
            for writing in self._under_way:
                writing.result()

    def begin(self, write: Callable[P, None], *given: P.args, **named: P.kwargs) -> None:
        """Begin to write, as soon as a writer has brought to the disk what was handed over first.

        Raises
        ------
        Problem
            If a writing before this one failed: nothing further is lived that could not be kept.
        """
        with self._turn:
            self.complain()
            if len(self._under_way) == self._writers:
                first, *others = self._under_way
                first.result()
                self._under_way = tuple(others)
            self._under_way = (*self._under_way, self._pool.submit(write, *given, **named))

    def later(self, write: Callable[P, None], *given: P.args, **named: P.kwargs) -> None:
        """Do something once writers are free; whether it goes well matters to nobody."""
        self._pool.submit(write, *given, **named)

    def complain(self) -> None:
        """Raise what went wrong with a writing, if that is known yet."""
        for writing in self._under_way:
            if writing.done():
                writing.result()
