"""The books of the study: each person's counts over the run, one day after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import I16, I32, I64, U8, Bool
from glasstown.core.kernels import kernel
from glasstown.metrics.partitions import cell_of, groups_here, n_cells, parts_of
from glasstown.state import Day, Gallery, State

MOST_A_DAY = 1023
DAYS_A_WEEK = 7

_DENSE = (
    "trips",
    "trips_unobserved",
    "passes",
    "captures",
    "days_captured",
    "minutes_out",
    "minutes_viewed",
    "searches",
    "mated_searches",
)


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
    passes, captures : arrays of int32, shape (cells, 1024)
        How many person-days had 0, 1, 2... passes or captures; the last column holds 1,023 and more.
    """

    ledger: t.Ledger
    n_groups: int
    cell: U8
    seen_this_week: Bool
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
    seen = np.zeros(len(people), np.bool_)
    return Book(open_ledger(people, gallery), groups, cell_of(people, groups), seen, empty, empty)


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
        If the exposures do not belong to the trips, or the trips are not sorted by person.

    Limits
    ------
    Minutes away from home run from a trip's departure to the end of the stay it leads to; arriving home ends them. A
    minute in view counts at most once for each trip and never beyond those minutes.
    """
    ledger, trips, seen = book.ledger, day.trips, day.exposures
    first = int(ledger.person[0]) if len(ledger) else 0
    mated = _on_todays_list(state.gallery)
    columns: dict[str, Any] = {c.name: getattr(ledger, c.name) for c in t.Ledger.columns()}
    for name in _DENSE:
        columns[name] = columns[name].copy()
    passes, captures, this_week = book.passes.copy(), book.captures.copy(), book.seen_this_week.copy()
    done = _post(
        first,
        trips.person,
        trips.depart_minute,
        trips.travel_minutes,
        trips.stay_minutes,
        trips.until_minute,
        seen.n_passes,
        seen.n_captures,
        seen.n_searches,
        seen.minutes_viewed,
        mated,
        book.cell,
        passes,
        captures,
        this_week,
        *(columns[name] for name in _DENSE),
    )
    if done != len(trips) or len(seen) != len(trips):
        raise ValueError("trips are sorted by person, and each has one row of exposures")
    columns["days"] = ledger.days + np.int32(1)
    if day.day % DAYS_A_WEEK == DAYS_A_WEEK - 1:
        columns["weeks"] = ledger.weeks + np.int32(1)
        columns["weeks_captured"] = ledger.weeks_captured + this_week
        this_week = np.zeros_like(this_week)
    _post_events(columns, day, mated, first)
    return Book(t.Ledger(**columns), book.n_groups, book.cell, this_week, passes, captures)


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
    cell, cells = cell_of(people, groups).astype(np.intp), n_cells(groups)
    first = int(people.person[0]) if len(people) else 0
    traveller = cell[day.exposures.person - first]

    def rows(person: I32) -> I64:
        return np.bincount(cell[person - first], minlength=cells)

    def amounts(amount: I16) -> I64:
        return np.bincount(traveller, weights=amount, minlength=cells).astype(np.int64)

    stopped = day.outcomes.outcome != t.OUTCOMES.index("not_found")
    rightful = day.outcomes.mated & ~day.outcomes.wrongly_listed
    parts = parts_of(np.arange(cells), groups)
    return t.Tallies.of(
        day=np.full(cells, day.day),
        age_band=parts["age"],
        sex=parts["sex"],
        group=parts["group"],
        people=np.bincount(cell, minlength=cells),
        trips=rows(day.trips.person),
        passes=amounts(day.exposures.n_passes),
        captures=amounts(day.exposures.n_captures),
        searches=amounts(day.exposures.n_searches),
        candidates=rows(day.candidates.person),
        alerts=rows(day.alerts.person),
        stops=rows(day.outcomes.person[stopped]),
        wrongful_stops=rows(day.outcomes.person[stopped & ~rightful]),
        trips_avoided=rows(day.conduct.person[day.conduct.kind == t.CONDUCT.index("trip_avoided")]),
    )


def _on_todays_list(gallery: Gallery) -> Bool:
    """Say of each person whether a reference that shows them is searched today."""
    own = gallery.likeness.enrolled
    mated = own >= 0
    mated[mated] = gallery.references.active[own[mated]]
    return mated


def _first_of_search(candidates: t.Candidates) -> Bool:
    """Mark the first candidate of each search; candidates of one search follow each other."""
    first = np.ones(len(candidates), np.bool_)
    for column in (candidates.person, candidates.trip, candidates.device):
        first[1:] &= column[1:] == column[:-1]
    first[1:] = ~first[1:]
    return first


def _post_events(columns: dict[str, Any], day: Day, mated: Bool, first: int) -> None:
    """Add the rare events: what the machine returned, alerts, stops, trips left undone."""

    def add(name: str, persons: I32, amount: I16 | int = 1) -> None:
        if len(persons):
            columns[name] = columns[name].copy()
            np.add.at(columns[name], persons - first, amount)

    returned, alerts, outcomes, conduct = day.candidates, day.alerts, day.outcomes, day.conduct
    shown = mated[returned.person - first]
    add("candidates", returned.person)
    add("mated_found", returned.person[shown & returned.mated])
    add("false_found", returned.person[~shown & _first_of_search(returned)])
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
    first: int,
    person: I32,
    depart: I16,
    travel: I16,
    stay: I16,
    until: I16,
    n_passes: I16,
    n_captures: I16,
    n_searches: I16,
    viewed: I16,
    mated: Bool,
    cell: U8,
    hist_passes: I32,
    hist_captures: I32,
    this_week: Bool,
    out_trips: I32,
    out_unobserved: I32,
    out_passes: I32,
    out_captures: I32,
    out_days_captured: I32,
    out_minutes: I32,
    out_viewed: I32,
    out_searches: I32,
    out_mated: I32,
) -> int:
    """Add the day's trips to the columns; return how many rows of trips were read."""
    row = 0
    for who in range(len(cell)):
        passes = captures = searches = 0
        while row < len(person) and person[row] - first == who:
            out_trips[who] += 1
            if n_captures[row] == 0:
                out_unobserved[who] += 1
            minutes = min(travel[row] + stay[row], until[row] + 1 - depart[row])
            out_minutes[who] += minutes
            out_viewed[who] += min(minutes, viewed[row])
            passes += n_passes[row]
            captures += n_captures[row]
            searches += n_searches[row]
            row += 1
        out_passes[who] += passes
        out_captures[who] += captures
        out_searches[who] += searches
        if mated[who]:
            out_mated[who] += searches
        if captures > 0:
            out_days_captured[who] += 1
            this_week[who] = True
        hist_passes[cell[who], min(passes, MOST_A_DAY)] += 1
        hist_captures[cell[who], min(captures, MOST_A_DAY)] += 1
    return row
