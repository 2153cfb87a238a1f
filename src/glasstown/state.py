"""The nouns in bundles: the town, what survives midnight, and what happened today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from glasstown import tables as t
from glasstown.core.columns import I16, I32, I64, U32
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
class Passes:
    """Which devices each route passes: a cache of `posts` joined with `steps`, never the model.

    Passes of route r are the rows first[r] to first[r + 1], in walking order.

    Parameters
    ----------
    first : array of int64, shape (routes + 1,)
    device : array of int32, shape (passes,)
    chance : array of uint32, shape (passes,)
        Chance of a capture by day in 2**-32; the largest value stands for certainty.
    after_minutes : array of int16, shape (passes,)
        Whole minutes from the start of the route.
    """

    first: I64
    device: I32
    chance: U32
    after_minutes: I16


@final
@dataclass(frozen=True)
class World:
    """What every community shares and no day changes: streets, routes, and where devices stand."""

    layout: Layout
    routes: t.Routes
    steps: t.Steps
    devices: t.Devices
    posts: t.Posts
    passes: Passes


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
    """The system's files, the complaints it has not decided yet, and those granted but not yet acted on."""

    dossiers: t.Dossiers
    waiting: t.Appeals
    granted: t.Appeals


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
    world: World
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


__all__ = ["Commons", "Day", "Docket", "Gallery", "Layout", "Passes", "Records", "State", "Town", "World"]
