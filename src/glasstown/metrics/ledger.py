"""The books of the study: each person's counts over the run, one day after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import I16, I32, I64, U8, U16, Bool
from glasstown.core.kernels import kernel
from glasstown.metrics.partitions import cell_of, groups_here, n_cells, parts_of
from glasstown.state import Day, Gallery, State

MOST_A_DAY = 1023
DAYS_A_WEEK = 7

ALL_SLOTS = 127
USUAL = ("anchor", "chain", "errand", "leisure", "visit")
_TRIPS = np.array([bin(slots).count("1") for slots in range(ALL_SLOTS + 1)], np.int32)


class Dense(NamedTuple):
    """The columns of the ledger that change for most people every day."""

    trips: I32
    trips_unobserved: I32
    passes: I32
    captures: I32
    days_captured: I32
    minutes_out: I32
    minutes_viewed: I32
    searches: I32
    mated_searches: I32


@final
@dataclass(frozen=True)
class Book:
    """Everything counted so far in one community.

    Parameters
    ----------
    ledger : Ledger
        One row for each person.
    n_groups : int
        Neutral groups up to the last one that lives here.
    cell : array of uint8, shape (people,)
        The finest kind of each person (`partitions.cell_of`).
    seen_this_week : array of bool, shape (people,)
        Captured since the week began.
    walks : array of uint16, shape (people, 5)
        How often each usual route was walked: anchor, chain, errand, leisure, visit.
    passes, captures : arrays of int32, shape (cells, 1024)
        How many person-days had 0, 1, 2... passes or captures; the last column holds 1,023 and more.
    """

    ledger: t.Ledger
    n_groups: int
    cell: U8
    seen_this_week: Bool
    walks: U16
    passes: I32
    captures: I32


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
    seen, walks = np.zeros(len(people), np.bool_), np.zeros((len(people), len(USUAL)), np.uint16)
    return Book(open_ledger(people, gallery), groups, cell_of(people, groups), seen, walks, empty, empty)


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
    ledger, outings = book.ledger, day.outings
    if not np.array_equal(outings.person, ledger.person):
        raise ValueError("a day has one row of outings for each person, in order")
    first = int(ledger.person[0]) if len(ledger) else 0
    mated = _on_todays_list(state.gallery)
    columns: dict[str, Any] = {c.name: getattr(ledger, c.name) for c in t.Ledger.columns()}
    before = Dense(*(columns[name] for name in Dense._fields))
    after = Dense(*(np.empty_like(column) for column in before))
    passes, captures, this_week = book.passes.copy(), book.captures.copy(), book.seen_this_week.copy()
    walks = np.empty_like(book.walks)
    _post(
        (outings.slots, outings.stroll, outings.n_unobserved, outings.n_passes, outings.n_captures,
         outings.n_searches, outings.minutes_out, outings.minutes_viewed),
        mated, book.cell, before, after, passes, captures, this_week, book.walks, walks,
    )  # fmt: skip
    columns |= after._asdict()
    columns["days"] = ledger.days + np.int32(1)
    if day.day % DAYS_A_WEEK == DAYS_A_WEEK - 1:
        columns["weeks"] = ledger.weeks + np.int32(1)
        columns["weeks_captured"] = ledger.weeks_captured + this_week
        this_week = np.zeros_like(this_week)
    _post_events(columns, day, mated, first)
    return Book(t.Ledger(**columns), book.n_groups, book.cell, this_week, walks, passes, captures)


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

    def rows(person: I32) -> I64:
        return np.bincount(cell[person - first], minlength=cells)

    everybody, trips, passes, captures, searches = np.zeros((5, cells), np.int64)
    counted = (outings.slots, outings.n_passes, outings.n_captures, outings.n_searches)
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
        candidates=rows(day.candidates.person),
        alerts=rows(day.alerts.person),
        stops=rows(day.outcomes.person[stopped]),
        wrongful_stops=rows(day.outcomes.person[stopped & ~rightful]),
        trips_avoided=rows(day.conduct.person[day.conduct.kind == t.CONDUCT.index("trip_avoided")]),
    )


def walked(book: Book, habits: t.Habits, n_routes: int) -> I64:
    """Count how often each usual route was walked by the people of one community, shape (routes,)."""
    walks = np.zeros(n_routes, np.int64)
    for i, name in enumerate(USUAL):
        route: I32 = getattr(habits, f"route_{name}")
        has = route >= 0
        np.add.at(walks, route[has], book.walks[has, i].astype(np.int64))
    return walks


def _on_todays_list(gallery: Gallery) -> Bool:
    """Say of each person whether a reference that shows them is searched today."""
    own = gallery.likeness.enrolled
    mated = own >= 0
    mated[mated] = gallery.references.active[own[mated]]
    return mated


def first_of_search(candidates: t.Candidates) -> Bool:
    """Mark the first candidate of each search; candidates of one search follow each other."""
    first = np.ones(len(candidates), np.bool_)
    for column in (candidates.person, candidates.trip, candidates.device):
        first[1:] &= column[1:] == column[:-1]
    first[1:] = ~first[1:]
    return first


def _post_events(columns: dict[str, Any], day: Day, mated: Bool, first: int) -> None:
    """Add the rare events: what the machine returned, alerts, stops, trips left undone."""

    def add(name: str, persons: I32, amount: I16 | I32 | int = 1) -> None:
        if len(persons):
            columns[name] = columns[name].copy()
            _add(columns[name], persons, first, np.broadcast_to(np.asarray(amount, np.int16), len(persons)))

    returned, alerts, outcomes, conduct = day.candidates, day.alerts, day.outcomes, day.conduct
    shown = mated[returned.person - first]
    add("candidates", returned.person)
    add("mated_found", returned.person[shown & returned.mated])
    add("false_found", returned.person[~shown & first_of_search(returned)])
    add("reviews", day.reviews.person)
    add("operator_seconds", day.reviews.person, day.reviews.seconds)
    add("true_alerts", alerts.person[alerts.mated])
    add("false_alerts", alerts.person[~alerts.mated])
    stopped = outcomes.outcome != t.OUTCOMES.index("not_found")
    by_mistake = stopped & outcomes.mated & outcomes.wrongly_listed
    wrongful = by_mistake | (stopped & ~outcomes.mated)
    add("stops", outcomes.person[stopped])
    add("misidentified", outcomes.person[stopped & ~outcomes.mated])
    add("wrongly_listed", outcomes.person[by_mistake])
    add("minutes_lost", outcomes.person[wrongful], outcomes.minutes_lost[wrongful])
    add("trips_avoided", conduct.person[conduct.kind == t.CONDUCT.index("trip_avoided")])
    add("trips_prevented", conduct.person[conduct.kind == t.CONDUCT.index("trip_prevented")])
    rightful = ~wrongful & (outcomes.outcome == t.OUTCOMES.index("taken"))
    if rightful.any():
        columns["listed_found"] = columns["listed_found"].copy()
        columns["listed_found"][outcomes.person[rightful] - first] = 1


@kernel
def _post(
    today: tuple[U8, I32, U8, I32, I32, I32, I16, I16],
    mated: Bool,
    cell: U8,
    before: Dense,
    after: Dense,
    hist_passes: I32,
    hist_captures: I32,
    this_week: Bool,
    walks_before: U16,
    walks: U16,
) -> None:
    """Add the day's outings to the columns."""
    slots, stroll, unobserved, passes, captures, searches, minutes_out, minutes_viewed = today
    for i in range(len(cell)):
        filled = int(slots[i])
        after.trips[i] = before.trips[i] + _TRIPS[filled & ALL_SLOTS]
        after.trips_unobserved[i] = before.trips_unobserved[i] + unobserved[i]
        after.passes[i] = before.passes[i] + passes[i]
        after.captures[i] = before.captures[i] + captures[i]
        after.minutes_out[i] = before.minutes_out[i] + minutes_out[i]
        after.minutes_viewed[i] = before.minutes_viewed[i] + minutes_viewed[i]
        after.searches[i] = before.searches[i] + searches[i]
        after.mated_searches[i] = before.mated_searches[i] + (searches[i] if mated[i] else 0)
        after.days_captured[i] = before.days_captured[i] + (captures[i] > 0)
        this_week[i] |= captures[i] > 0
        hist_passes[cell[i], min(passes[i], MOST_A_DAY)] += 1
        hist_captures[cell[i], min(captures[i], MOST_A_DAY)] += 1
        on_the_way = (filled >> 7) & (filled >> 1)
        walks[i, 0] = walks_before[i, 0] + (filled & 1) + ((filled >> 1) & ~on_the_way & 1)
        walks[i, 1] = walks_before[i, 1] + (on_the_way & 1)
        walks[i, 2] = walks_before[i, 2] + ((filled >> 2) & 1)
        walks[i, 3] = walks_before[i, 3] + (0 if stroll[i] >= 0 else ((filled >> 3) & 1) + ((filled >> 4) & 1))
        walks[i, 4] = walks_before[i, 4] + ((filled >> 5) & 1) + ((filled >> 6) & 1)


@kernel
def _add(column: I32, persons: I32, first: int, amount: I16) -> None:
    """Add to the counts of some people."""
    for i in range(len(persons)):
        column[persons[i] - first] += amount[i]


@kernel
def _total(
    cell: U8, slots: U8, n_passes: I32, n_captures: I32, n_searches: I32,
    people: I64, trips: I64, passes: I64, captures: I64, searches: I64,
) -> None:  # fmt: skip
    """Add people and the day's outings up by the finest kinds of people."""
    for i in range(len(cell)):
        c = cell[i]
        people[c] += 1
        trips[c] += _TRIPS[slots[i] & ALL_SLOTS]
        passes[c] += n_passes[i]
        captures[c] += n_captures[i]
        searches[c] += n_searches[i]
