"""The nouns in bundles: the town, what survives midnight, and what happened today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from glasstown import tables as t
from glasstown.core.columns import I64, Bool
from glasstown.core.projection import Projection


@final
@dataclass(frozen=True)
class Layout:
    """Streets and places: the part of the town that has no people in it.

    `projection` is None for an invented town; `notes` say what was read, left out and drawn, for the report.
    """

    nodes: t.Nodes
    streets: t.Streets
    points: t.StreetPoints
    places: t.Places
    projection: Projection | None
    notes: dict[str, float | str]


@final
@dataclass(frozen=True)
class Town:
    """The truth that lasts: who lives here and what their days are made of.

    A town holds one community or many; `people`, `habits`, `tokens` and `standing` have the same rows.
    """

    people: t.People
    tokens: t.Tokens
    habits: t.Habits
    rates: t.Rates
    standing: t.Standing


@final
@dataclass(frozen=True)
class Gallery:
    """The watchlist, and who is on it or resembles somebody on it."""

    references: t.References
    likeness: t.Likeness


@final
@dataclass(frozen=True)
class Records:
    """What the system keeps, one part for each day, so that forgetting is dropping a part."""

    footage: tuple[t.Footage, ...] = ()
    sightings: tuple[t.Sightings, ...] = ()


@final
@dataclass(frozen=True)
class Docket:
    """The system's files and the complaints it has not decided yet."""

    dossiers: t.Dossiers
    appeals: t.Appeals


@final
@dataclass(frozen=True)
class Commons:
    """Integer totals by which communities affect each other: closed at a day's end, read the next day.

    Parameters
    ----------
    removed : array of int64, shape (references,)
        How many control rooms have asked for each reference to be taken off the list.
    """

    removed: I64


@final
@dataclass(frozen=True)
class State:
    """What survives midnight in one community."""

    day: int
    community: int
    town: Town
    gallery: Gallery
    records: Records
    docket: Docket
    commons: Commons


@final
@dataclass(frozen=True)
class Day:
    """What happened today in one community."""

    day: int
    community: int
    trips: t.Trips
    conduct: t.Conduct
    exposures: t.Exposures
    captures: t.Captures
    searches: t.Searches
    findings: t.Findings
    candidates: t.Candidates
    alerts: t.Alerts
    outcomes: t.Outcomes
    decisions: t.Decisions
    sanctions: t.Sanctions
    appeals: t.Appeals
    responses: t.Responses


@final
@dataclass(frozen=True)
class World:
    """What every community shares and no day changes: streets, routes, and where devices stand."""

    layout: Layout
    routes: t.Routes
    steps: t.Steps
    devices: t.Devices
    posts: t.Posts
    watched: Bool


__all__ = ["Commons", "Day", "Docket", "Gallery", "Layout", "Records", "State", "Town", "World"]
