"""Rare events in the books: what the machine returned, alerts, stops, trips left undone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import I16, I32, U8, Bool
from glasstown.core.kernels import kernel
from glasstown.state import Day

RARE = (
    "candidates",
    "mated_found",
    "false_found",
    "reviews",
    "operator_seconds",
    "true_alerts",
    "false_alerts",
    "stops",
    "misidentified",
    "wrongly_listed",
    "minutes_lost",
    "trips_avoided",
    "trips_prevented",
    "listed_found",
)
# At least so many people for each event that is not in the accounts yet.
PEOPLE_AN_EVENT = 4

# Whose, by row of the ledger, and how much of what is named.
Happened = dict[str, tuple[I32, I16 | I32 | Bool]]


@final
@dataclass(frozen=True)
class Events:
    """Rare events that are not in anybody's account yet.

    Parameters
    ----------
    row : array of int32
        Whose, by row of the ledger.
    column : array of uint8
        What is counted, as numbered in `RARE`.
    amount : array of int32
        How much of it.
    """

    row: I32
    column: U8
    amount: I32

    @staticmethod
    def none() -> Events:
        """Return no events."""
        return Events(np.zeros(0, np.int32), np.zeros(0, np.uint8), np.zeros(0, np.int32))

    def check_among(self, people: int) -> None:
        """Raise if some events are none of so many people, or none that is counted."""
        kinds = (self.row.dtype, self.column.dtype, self.amount.dtype)
        if kinds != (np.int32, np.uint8, np.int32) or not self.row.shape == self.column.shape == self.amount.shape:
            raise ValueError("events of other kinds, or of which something is missing")
        if len(self.row) and not (0 <= self.row.min() and self.row.max() < people and self.column.max() < len(RARE)):
            raise ValueError("events of nobody, or none that is counted")


def posted(accounts: t.Ledger, waiting: Events, happened: Happened) -> tuple[t.Ledger, Events]:
    """Let what happened today wait beside the accounts, or add all to them if that has become much.

    Parameters
    ----------
    accounts : Ledger
        One row for each person.
    waiting : Events
        What waited before.
    happened : dict
        Today's events (see `happened_on`).

    Returns
    -------
    Ledger, Events
        The accounts, and what is not in them yet.
    """
    rows = len(waiting.row) + sum(len(row) for row, _ in happened.values())
    if rows * PEOPLE_AN_EVENT > len(accounts):
        return added(added(accounts, by_column(waiting)), happened), Events.none()
    return accounts, _and(waiting, happened)


def added(ledger: t.Ledger, happened: Happened) -> t.Ledger:
    """Add what happened to the accounts of those whom it befell; columns of which nothing did are shared."""
    columns: dict[str, Any] = {c.name: getattr(ledger, c.name) for c in t.Ledger.columns()}
    for name, (row, amount) in happened.items():
        if len(amount) and amount.any():
            columns[name] = columns[name].copy()
            add_to(columns[name], row, 0, amount.astype(np.int32))
            if name == "listed_found":
                np.minimum(columns[name], 1, out=columns[name])
    return t.Ledger(**columns)


def by_column(events: Events) -> Happened:
    """Sort events by what is counted."""
    which = [np.flatnonzero(events.column == number) for number in range(len(RARE) if len(events.row) else 0)]
    return {name: (events.row[some], events.amount[some]) for name, some in zip(RARE, which, strict=False)}


def _and(events: Events, happened: Happened) -> Events:
    """Return events and, after them, what happened today."""
    rows, amounts = zip(*(happened[name] for name in RARE), strict=True)
    row, amount = np.concatenate(rows), np.concatenate(amounts, dtype=np.int32)
    column = np.repeat(np.arange(len(RARE), dtype=np.uint8), [len(row) for row in rows])
    some = np.flatnonzero(amount)
    return Events(
        np.append(events.row, row[some]),
        np.append(events.column, column[some]),
        np.append(events.amount, amount[some]),
    )


def happened_on(day: Day, mated: Bool, first: int) -> Happened:
    """Say what rare happened to whom: what the machine returned, alerts, stops, trips left undone.

    Parameters
    ----------
    day : Day
        What happened.
    mated : array of bool, shape (people,)
        Of whom a reference is searched today.
    first : int
        Number of the first person in the ledger.

    Returns
    -------
    dict of str to (array of int32, array)
        For each column of `RARE`, whose it is by row of the ledger, and how much.
    """
    returned, reviews, alerts, outcomes, conduct = day.candidates, day.reviews, day.alerts, day.outcomes, day.conduct
    shown = mated.take(returned.person - first)
    stopped = outcomes.outcome != t.OUTCOMES.index("not_found")
    by_mistake = stopped & outcomes.mated & outcomes.wrongly_listed
    wrongful = by_mistake | (stopped & ~outcomes.mated)
    rightful = ~wrongful & (outcomes.outcome == t.OUTCOMES.index("taken"))
    avoided, prevented = (conduct.kind == t.CONDUCT.index(kind) for kind in ("trip_avoided", "trip_prevented"))
    told: list[tuple[Any, dict[str, I16 | I32 | Bool]]] = [
        (returned, {
            "candidates": every(returned),
            "mated_found": shown & returned.mated,
            "false_found": ~shown & first_of_search(returned),
        }),
        (reviews, {"reviews": every(reviews), "operator_seconds": reviews.seconds}),
        (alerts, {"true_alerts": alerts.mated, "false_alerts": ~alerts.mated}),
        (outcomes, {
            "stops": stopped,
            "misidentified": stopped & ~outcomes.mated,
            "wrongly_listed": by_mistake,
            "minutes_lost": wrongful * outcomes.minutes_lost,
            "listed_found": rightful,
        }),
        (conduct, {"trips_avoided": avoided, "trips_prevented": prevented}),
    ]  # fmt: skip
    happened: Happened = {}
    for table, amounts in told:
        row = table.person - np.int32(first)
        happened |= {name: (row, amount) for name, amount in amounts.items()}
    return happened


def first_of_search(candidates: t.Candidates) -> Bool:
    """Mark the first candidate of each search; candidates of one search follow each other."""
    first = np.ones(len(candidates), np.bool_)
    for column in (candidates.person, candidates.trip, candidates.device):
        first[1:] &= column[1:] == column[:-1]
    first[1:] = ~first[1:]
    return first


def every(rows: t.Table) -> Bool:
    """Mark all rows."""
    return np.ones(len(rows), np.bool_)


@kernel
def add_to(counts: I32, whose: I32, first: int, amount: I32) -> None:
    """Add to some of the counts, of which the first one is that of number `first`."""
    for i in range(len(whose)):
        counts[whose[i] - first] += amount[i]
