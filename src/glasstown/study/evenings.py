"""Day after day in all communities, with as little waiting as the watchlist that they share allows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from glasstown.metrics.ledger import Book
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
        Lives one day of one community; what it is given beside the night is to be told how the day is closed.
    keep : callable
        Called with a night when that of the day before is kept in every community, and before its community lives on.
    shared : bool
        Whether the communities have one watchlist.

    Yields
    ------
    iterator of Night
        The nights after one day, in the order of communities; all are to be taken before the next are asked for.
    """
    before, states = [_over(night.book) for night in nights], [night.state for night in nights]
    lived = deque[Future[Night]]()
    for day in range(days):
        closed, kept = [Future[State]() for _ in states], [Future[Book]() for _ in states]
        own = zip(states, before, closed, kept, strict=True)
        living = [pool.submit(_live_on, live, keep, before, *of_community) for of_community in own]
        if day:
            yield _handed_out(lived)
        states = morning([close.result() for close in closed], shared=shared)
        before, lived = kept, deque(living)
    if days:
        yield _handed_out(lived)


def _live_on(
    live: Callable[[Night, Close], Night],
    keep: Callable[[Night], None],
    before: Sequence[Future[Book]],
    state: State,
    evening: Future[Book],
    closed: Future[State],
    kept: Future[Book],
) -> Night:
    """Live one day of a community when its own evening before is over, and keep it when all evenings are."""
    try:
        night = live(Night(state, evening.result()), closed.set_result)
        if not closed.done():
            closed.set_result(night.state)
        for other in before:
            other.result()
        keep(night)
    except BaseException as error:
        for told in (closed, kept):
            if not told.done():
                told.set_exception(error)
        raise
    kept.set_result(night.book)
    return night


def _over(book: Book) -> Future[Book]:
    """Return an evening that is over."""
    over = Future[Book]()
    over.set_result(book)
    return over


def _handed_out(lived: deque[Future[Night]]) -> Iterator[Night]:
    """Hand out each night as soon as it is there, and hold it no longer."""
    while lived:
        yield lived.popleft().result()
