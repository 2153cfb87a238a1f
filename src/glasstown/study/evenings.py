"""Day after day in all communities, with as little waiting as the watchlist that they share allows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from glasstown.state import State, morning
from glasstown.study.diary import Night

Close = Callable[[State], None]


def evenings(
    pool: ThreadPoolExecutor,
    nights: Sequence[Night],
    days: int,
    live: Callable[[Night, Close], Night],
    keep: Callable[[Night], None],
    *,
    shared: bool,
) -> Iterator[Iterator[Night]]:
    """Live so many days in every community, and hand out the nights of each day.

    A day begins when all communities have closed the one before: only then it is known who was taken off the watchlist.
    How a community stands at midnight is known before its books are written, so others need not wait for that. A
    community lives its days one after the other.

    Parameters
    ----------
    pool : ThreadPoolExecutor
        Who lives.
    nights : sequence of Night
        How every community stands before the first of these days.
    live : callable
        Lives one day of one community; calls what it is given beside the night as soon as the day is closed.
    keep : callable
        Called with a night when every community has lived the day before it, and before its community lives on.
    shared : bool
        Whether the communities have one watchlist.

    Yields
    ------
    iterator of Night
        The nights after one day, in the order of communities; all are to be taken before the next are asked for.
    """
    done, states = deque(_done(night) for night in nights), [night.state for night in nights]
    for day in range(days):
        before, closed = tuple(done), [Future[State]() for _ in states]
        living = [
            pool.submit(_live_on, state, evening, before, live, keep, close)
            for state, evening, close in zip(states, before, closed, strict=True)
        ]
        if day:
            yield _handed_out(done)
        del before
        states = morning([close.result() for close in closed], shared=shared)
        done = deque(living)
    if days:
        yield _handed_out(done)


def _live_on(
    state: State,
    evening: Future[Night],
    before: Sequence[Future[Night]],
    live: Callable[[Night, Close], Night],
    keep: Callable[[Night], None],
    closed: Future[State],
) -> Night:
    """Live one day of a community when its own evening before is over, and keep it when all evenings are."""
    try:
        night = live(Night(state, evening.result().book), closed.set_result)
        for other in before:
            other.result()
        keep(night)
        return night
    except BaseException as error:
        if not closed.done():
            closed.set_exception(error)
        raise


def _done(night: Night) -> Future[Night]:
    known = Future[Night]()
    known.set_result(night)
    return known


def _handed_out(done: deque[Future[Night]]) -> Iterator[Night]:
    """Hand out each night as soon as it is there, and hold it no longer."""
    while done:
        yield done.popleft().result()
