"""Communities live day after day with little waiting, and never before they may.

Smallest error noticed: one community that lives on, or is kept, one night too early.
"""

from __future__ import annotations

import gc
import threading
import weakref
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from glasstown.state import Commons, State
from glasstown.study.diary import Night
from glasstown.study.evenings import Close, evenings
from glasstown.study.life import open_book
from tests import harsh

COMMUNITIES, DAYS, SOON = 5, 4, 20.0


def mornings() -> list[Night]:
    state = harsh.week()[0].before
    book = open_book(state.town.people, state.gallery)
    removed = Commons(np.zeros(3, np.int64))
    return [Night(replace(state, community=i, day=0, commons=removed), book) for i in range(COMMUNITIES)]


def next_day(state: State) -> State:
    """Close a day on which each community takes one more reference off the list than it knows to be off."""
    return replace(state, day=state.day + 1, commons=Commons(state.commons.removed + 1))


class Lives:
    """Lives nothing, and writes down who closes, ends and keeps what."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, int]] = []
        self.lock = threading.Lock()
        self.before_books: Callable[[State], None] = lambda _: None

    def say(self, what: str, state: State) -> None:
        with self.lock:
            self.told.append((what, state.day, state.community))

    def live(self, night: Night, close: Close) -> Night:
        self.say("begins", night.state)
        after = next_day(night.state)
        self.say("closes", after)
        close(after)
        self.before_books(after)
        self.say("ends", after)
        return Night(after, night.book)

    def keep(self, night: Night) -> None:
        self.say("kept", night.state)

    def all_days(self, threads: int, *, shared: bool = True) -> list[list[Night]]:
        with ThreadPoolExecutor(threads) as pool:
            days = evenings(pool, mornings(), DAYS, self.live, self.keep, shared=shared)
            return [list(nights) for nights in days]


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_nobody_lives_on_before_all_have_closed_the_day(threads: int) -> None:
    lives = Lives()
    days = lives.all_days(threads)
    assert [[(n.state.day, n.state.community) for n in nights] for nights in days] == [
        [(day + 1, i) for i in range(COMMUNITIES)] for day in range(DAYS)
    ]
    at = {what: place for place, what in enumerate(lives.told)}
    assert len(at) == len(lives.told) == 4 * COMMUNITIES * DAYS
    for what, day, i in lives.told:
        if what == "begins" and day:
            assert all(at["closes", day, j] < at["begins", day, i] for j in range(COMMUNITIES))
            assert at["kept", day, i] < at["begins", day, i]
        if what == "kept" and day > 1:
            assert all(at["kept", day - 1, j] < at["kept", day, i] for j in range(COMMUNITIES))


@pytest.mark.parametrize("shared", [True, False])
def test_each_morning_tells_what_all_closed_the_evening_before(shared: bool) -> None:
    for day, nights in enumerate(Lives().all_days(2, shared=shared)):
        # One more than was known this morning: that is what all five closed, or what the own community did.
        known = sum(COMMUNITIES**n for n in range(1, day + 1)) if shared else day
        assert [night.state.commons.removed.tolist() for night in nights] == [[known + 1] * 3] * COMMUNITIES


def test_a_day_begins_while_the_books_of_the_last_one_are_written() -> None:
    """Otherwise the books would wait forever for the day that begins after them."""
    lives, begun = Lives(), threading.Event()

    def wait(after: State) -> None:
        if after.day == 1 and after.community == COMMUNITIES - 1:
            assert begun.wait(SOON)

    live = lives.live

    def watched(night: Night, close: Close) -> Night:
        if night.state.day == 1:
            begun.set()
        return live(night, close)

    lives.before_books, lives.live = wait, watched
    assert len(lives.all_days(2)) == DAYS


def test_a_night_that_was_handed_out_is_held_no_longer() -> None:
    lives, pasts = Lives(), list[weakref.ref[Night]]()
    real = lives.live

    def live(night: Night, close: Close) -> Night:
        after = real(night, close)
        pasts.append(weakref.ref(after))
        return after

    lives.live = live
    with ThreadPoolExecutor(2) as pool:
        for day, nights in enumerate(evenings(pool, mornings(), DAYS, lives.live, lives.keep, shared=True)):
            for night in nights:
                assert night.state.day == day + 1
            del night
            gc.collect()
            # Those of this day are gone, and of the next one there are no more than live.
            assert sum(past() is not None for past in list(pasts)) <= COMMUNITIES
    assert len(pasts) == COMMUNITIES * DAYS


def test_a_day_that_is_not_closed_by_its_life_is_closed_when_it_ends() -> None:
    lives = Lives()
    lives.live = lambda night, _: Night(next_day(night.state), night.book)
    assert len(lives.all_days(2)) == DAYS


@pytest.mark.parametrize("when", ["begins", "ends", "kept"])
@pytest.mark.parametrize("threads", [1, 3])
def test_what_goes_wrong_ends_all(when: str, threads: int) -> None:
    """No later day is kept, and the error is that of the community."""
    lives = Lives()
    say = lives.say

    def fail(what: str, state: State) -> None:
        if (what, state.day, state.community) == (when, 2, 3):
            raise OSError("no space left")
        say(what, state)

    lives.say = fail
    with pytest.raises(OSError, match="no space left"):
        lives.all_days(threads)
    kept = defaultdict[int, int](int)
    for what, day, _ in lives.told:
        kept[day] += what == "kept"
    assert kept[1] == COMMUNITIES
    assert not kept[4 if when == "begins" else 3]


def test_no_days_are_no_days() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert not list(evenings(pool, mornings(), 0, Lives().live, Lives().keep, shared=True))
