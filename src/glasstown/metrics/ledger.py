"""The books of the study: each person's counts over the run, one day after the other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from glasstown import tables as t
from glasstown.core.columns import I32, I64, U8, U16, Bool
from glasstown.core.kernels import kernel, whole
from glasstown.metrics.events import Events, add_to, added, by_column, every, happened_on, posted
from glasstown.metrics.partitions import cell_of, groups_here, n_cells, parts_of
from glasstown.metrics.recent import COUNTED, brought_in, nothing_yet, trips_of, with_today
from glasstown.state import Day, Gallery, State

MOST_A_DAY = 1023
DAYS_A_WEEK = 7

USUAL = ("anchor", "chain", "errand", "leisure", "visit")

_TURNS, _FEW, _MOST = np.uint64(4), np.uint64(64), np.uint64(MOST_A_DAY)


@final
@dataclass(frozen=True)
class Book:
    """Everything counted so far in one community.

    Parameters
    ----------
    accounts : Ledger
        One row for each person, but for the events and what is recent.
    n_groups : int
        Neutral groups up to the last one that lives here.
    cell : array of uint8, shape (people,)
        The finest kind of each person (`partitions.cell_of`).
    seen_this_week : array of bool, shape (people,)
        Captured since the week began.
    walks : array of uint16, shape (5, people)
        How often each usual route was walked: anchor, chain, errand, leisure, visit.
    passes, captures : arrays of int32, shape (cells, 1024)
        How many person-days had 0, 1, 2... passes or captures; the last column holds 1,023 and more.
    events : Events
        What still has to be added to the accounts: so few happen on a day that whole columns are not copied for them.
    recent : array of uint16, shape (9, people)
        What else still has to be added to them (see `metrics.recent`); no columns where that is nothing.
    """

    accounts: t.Ledger
    n_groups: int
    cell: U8
    seen_this_week: Bool
    walks: U16
    passes: I32
    captures: I32
    events: Events = field(default_factory=Events.none)
    recent: U16 = field(default_factory=partial(nothing_yet, 0))

    def check(self) -> None:
        """Raise if the books are not those of one community: compiled loops write in them without looking."""
        people, cells = len(self.accounts), n_cells(self.n_groups)
        shapes = {
            "cell": (np.uint8, (people,)),
            "seen_this_week": (np.bool_, (people,)),
            "walks": (np.uint16, (len(USUAL), people)),
            "passes": (np.int32, (cells, MOST_A_DAY + 1)),
            "captures": (np.int32, (cells, MOST_A_DAY + 1)),
            "recent": (np.uint16, (len(COUNTED), people if self.recent.shape[-1] else 0)),
        }
        for name, kind in shapes.items():
            array: NDArray[Any] = getattr(self, name)
            if (array.dtype, array.shape) != kind:
                raise ValueError(f"{name} of other people, or of another kind")
        if (self.cell >= cells).any():
            raise ValueError("people of a kind that there is not")
        self.events.check_among(people)

    @property
    def ledger(self) -> t.Ledger:
        """One row for each person, with all that was counted."""
        accounts = brought_in(self.accounts, self.recent) if self.recent.shape[1] else self.accounts
        return added(accounts, by_column(self.events))


def open_ledger(people: t.People, gallery: Gallery) -> t.Ledger:
    """Open an account for each person, empty but for whether the person is rightly on the list.

    Raises
    ------
    ValueError
        If the numbers of the people do not follow each other.
    """
    if len(people) and not np.array_equal(people.person, np.arange(len(people)) + people.person[0]):
        raise ValueError("the people of a community have numbers that follow each other")
    own = gallery.likeness.enrolled
    listed = own >= 0
    listed[listed] = ~gallery.references.wrongly_listed[own[listed]]
    columns = {c.name: np.zeros(len(people), np.int32) for c in t.Ledger.columns()}
    return t.Ledger(**{**columns, "person": people.person, "listed": listed.astype(np.int32)})


def open_book(people: t.People, gallery: Gallery) -> Book:
    """Open the books of one community before its first day."""
    groups = groups_here(people)
    empty = np.zeros((n_cells(groups), MOST_A_DAY + 1), np.int32)
    seen, walks = np.zeros(len(people), np.bool_), np.zeros((len(USUAL), len(people)), np.uint16)
    ledger, recent = open_ledger(people, gallery), nothing_yet(len(people))
    return Book(ledger, groups, cell_of(people, groups), seen, walks, empty, empty, recent=recent)


def post_day(book: Book, state: State, day: Day) -> Book:
    """Write one day into the books.

    Parameters
    ----------
    book : Book
        The community's books up to the day before.
    state : State
        As the day left it: its watchlist is the one that was searched today.
    day : Day
        What happened.

    Returns
    -------
    Book
        New books; what did not change today is shared with the old ones.

    Raises
    ------
    ValueError
        If the day has not one row of outings for each person.
    """
    ledger, outings = book.accounts, day.outings
    if not np.array_equal(outings.person, ledger.person):
        raise ValueError("a day has one row of outings for each person, in order")
    first = int(ledger.person[0]) if len(ledger) else 0
    mated, captured = _on_todays_list(state.gallery), outings.n_captures > 0
    accounts, recent = with_today(ledger, book.recent, outings, mated)
    columns: dict[str, Any] = {"days": _one_more(ledger.days)}
    this_week = book.seen_this_week | captured
    if day.day % DAYS_A_WEEK == DAYS_A_WEEK - 1:
        columns["weeks"] = _one_more(ledger.weeks)
        columns["weeks_captured"] = ledger.weeks_captured + this_week
        this_week = np.zeros_like(this_week)
    accounts, events = posted(replace(accounts, **columns), book.events, happened_on(day, mated, first))
    passes, captures, walks = book.passes.copy(), book.captures.copy(), np.empty_like(book.walks)
    for counted, times in ((passes, outings.n_passes), (captures, outings.n_captures)):
        _count_days(book.cell, times, np.zeros((_TURNS, len(counted), _FEW), np.int32), counted)
    _count_walks(outings.slots, outings.stroll, book.walks, walks)
    return Book(accounts, book.n_groups, book.cell, this_week, walks, passes, captures, events, recent)


def day_tallies(state: State, day: Day) -> t.Tallies:
    """Total one day of one community for each age band, sex and group.

    Parameters
    ----------
    state : State
        Of the community, before or after the day: only its people are read.
    day : Day
        What happened.

    Returns
    -------
    Tallies
        One row for each kind of person, also for those of whom there are none, up to the last group that lives
        here. Counted from the day's tables alone, so that books and tallies can be checked against each other.
    """
    people = state.town.people
    groups = groups_here(people)
    cell, cells = cell_of(people, groups), n_cells(groups)
    first, outings = int(people.person[0]) if len(people) else 0, day.outings

    def rows(persons: I32, where: Bool) -> I32:
        counted = np.zeros(cells, np.int32)
        if where.any():
            add_to(counted, cell.take(persons - first).astype(np.int32), 0, where.astype(np.int32))
        return counted

    everybody, trips, passes, captures, searches = np.zeros((5, cells), np.int64)
    counted = (trips_of(outings), outings.n_passes, outings.n_captures, outings.n_searches)
    _total(cell, *counted, everybody, trips, passes, captures, searches)
    stopped = day.outcomes.outcome != t.OUTCOMES.index("not_found")
    rightful = day.outcomes.mated & ~day.outcomes.wrongly_listed
    parts = parts_of(np.arange(cells), groups)
    return t.Tallies.of(
        day=np.full(cells, day.day),
        age_band=parts["age"],
        sex=parts["sex"],
        group=parts["group"],
        people=everybody,
        trips=trips,
        passes=passes,
        captures=captures,
        searches=searches,
        candidates=rows(day.candidates.person, every(day.candidates)),
        alerts=rows(day.alerts.person, every(day.alerts)),
        stops=rows(day.outcomes.person, stopped),
        wrongful_stops=rows(day.outcomes.person, stopped & ~rightful),
        trips_avoided=rows(day.conduct.person, day.conduct.kind == t.CONDUCT.index("trip_avoided")),
    )


def walked(book: Book, habits: t.Habits, n_routes: int) -> I64:
    """Count how often each usual route was walked by the people of one community, shape (routes,)."""
    walks = np.zeros(n_routes, np.int64)
    for i, name in enumerate(USUAL):
        route: I32 = getattr(habits, f"route_{name}")
        has = route >= 0
        np.add.at(walks, route[has], book.walks[i, has].astype(np.int64))
    return walks


def _one_more(times: I32) -> I32:
    """Add one to what is the same for everybody; one number in memory then stands for all of them."""
    return np.broadcast_to(times[:1] + np.int32(1), len(times))


def _on_todays_list(gallery: Gallery) -> Bool:
    """Say of each person whether a reference that shows them is searched today."""
    # Whoever has no reference has number -1, and so what stands last.
    return np.append(gallery.references.active, False).take(gallery.likeness.enrolled)


@kernel
def _count_days(cell: U8, n: I32, few: I32, days: I32) -> None:
    """Count the person-days of each kind by how many passes or captures they had.

    Small numbers are counted in several places by turns: to add to what has just been added to is to wait for it.
    """
    for i in range(np.uint64(len(cell))):
        kind, times = np.uint64(cell[i]), np.uint64(n[i])
        if times < _FEW:
            few[i % _TURNS, kind, times] += np.int32(1)
        else:
            days[kind, min(times, _MOST)] += np.int32(1)
    # Written out: what adds whole arrays takes seconds to compile.
    for turn in range(_TURNS):
        for kind in range(len(days)):
            for times in range(_FEW):
                days[kind, times] += few[turn, kind, times]


@kernel
def _count_walks(slots: U8, stroll: I32, before: U16, after: U16) -> None:
    """Count the walks of each usual route."""
    for i in range(len(slots)):
        filled = whole(slots[i])
        on_the_way = (filled >> 7) & (filled >> 1) & 1
        after[0, i] = before[0, i] + (filled & 1) + ((filled >> 1) & 1) - on_the_way
        after[1, i] = before[1, i] + on_the_way
        after[2, i] = before[2, i] + ((filled >> 2) & 1)
        after[3, i] = before[3, i] + (0 if stroll[i] >= 0 else ((filled >> 3) & 1) + ((filled >> 4) & 1))
        after[4, i] = before[4, i] + ((filled >> 5) & 1) + ((filled >> 6) & 1)


@kernel
def _total(
    cell: U8, n_trips: U8, n_passes: I32, n_captures: I32, n_searches: I32,
    people: I64, trips: I64, passes: I64, captures: I64, searches: I64,
) -> None:  # fmt: skip
    """Add people and the day's outings up by the finest kinds of people."""
    for i in range(len(cell)):
        c = cell[i]
        people[c] += 1
        trips[c] += n_trips[i]
        passes[c] += n_passes[i]
        captures[c] += n_captures[i]
        searches[c] += n_searches[i]
