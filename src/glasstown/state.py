"""The nouns in bundles: the town, what survives midnight, and what happened today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import final

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import I16, I32, I64, U32, U64, Bool
from glasstown.core.dealing import spread
from glasstown.core.lines import laid, lines
from glasstown.core.projection import Projection
from glasstown.core.short import Short
from glasstown.tables_crowd import Passers

WAY_BEGINS, WAY_PASSES = 29, 14
WAY_MOST = (1 << WAY_BEGINS - WAY_PASSES) - 1


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

    One integer holds a pass, so that reading it costs one access to memory.

    Parameters
    ----------
    begin : array of int64, shape (routes,)
        Where in `packed` the passes of each route begin, in walking order; they lie in as few lines of memory as they
        can (see `core.lines`).
    n_passes : array of int16, shape (routes,)
    packed : array of uint64
        Device (21 bits), whole minutes from the start of the route (11 bits), and the chance of a capture by day in
        2**-32 (32 bits; the largest value stands for certainty); 0 between routes.
    """

    begin: I64
    n_passes: I16
    packed: U64

    @cached_property
    def watched(self) -> Bool:
        """Whether a route passes any device, shape (routes,)."""
        return self.n_passes > 0

    @cached_property
    def longest(self) -> int:
        """How many devices are passed at most on one route."""
        return int(self.n_passes.max(initial=0))

    @staticmethod
    def of(first: I64, device: I32, chance: U32, after_minutes: I16) -> Passes:
        """Pack passes from their columns; those of route r are the rows first[r] to first[r + 1]."""
        where = (device.astype(np.uint64) << np.uint64(43)) | (after_minutes.astype(np.uint64) << np.uint64(32))
        n_passes, begin = np.diff(first).astype(np.int16), np.empty(len(first) - 1, np.int64)
        packed = lines(laid(n_passes, begin))
        packed[:] = 0
        packed[_rows(begin, n_passes)] = where | chance
        return Passes(begin, n_passes, packed)

    @cached_property
    def first(self) -> I64:
        """The first row of each route in `device`, `after_minutes` and `chance`, shape (routes + 1,)."""
        return np.append(np.zeros(1, np.int64), np.cumsum(self.n_passes, dtype=np.int64))

    @property
    def device(self) -> I32:
        """Which device is passed, shape (passes,)."""
        return (self._alone >> np.uint64(43)).astype(np.int32)

    @property
    def after_minutes(self) -> I16:
        """Whole minutes from the start of the route, shape (passes,)."""
        return (self._alone >> np.uint64(32) & np.uint64(2047)).astype(np.int16)

    @property
    def chance(self) -> U32:
        """Chance of a capture by day in 2**-32, shape (passes,)."""
        return (self._alone & np.uint64(0xFFFFFFFF)).astype(np.uint32)

    @property
    def _alone(self) -> U64:
        return self.packed[_rows(self.begin, self.n_passes)]


def _rows(begin: I64, n_passes: I16) -> I64:
    """Return where each pass lies, route by route."""
    first = np.cumsum(n_passes, dtype=np.int64) - n_passes
    return np.repeat(begin - first, n_passes) + np.arange(n_passes.sum(dtype=np.int64))


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

    @cached_property
    def ways(self) -> U64:
        """What a day needs to know of each route (see `ways`)."""
        return ways(self.passes.begin, self.passes.n_passes, self.routes.minutes)


def ways(begin: I64, n_passes: I16 | Bool, minutes: I16) -> U64:
    """Put what a day needs to know of each route into one integer, so that looking it up costs one access to memory.

    Parameters
    ----------
    begin, n_passes, minutes : arrays, shape (routes,)
        Where its passes begin (see `Passes`), how many they are, and how many minutes it takes.

    Returns
    -------
    array of uint64, shape (routes,)
        The three in this order, in 35, 15 and 14 bits.
    """
    where, how_many = (column.astype(np.uint64) for column in (begin, n_passes))
    return where << np.uint64(WAY_BEGINS) | how_many << np.uint64(WAY_PASSES) | minutes.astype(np.uint64)


@final
@dataclass(frozen=True)
class Gallery:
    """The watchlist, and who is on it or resembles somebody on it.

    `picture` says who is no person but a picture, in the order of `likeness`; None if nobody is.
    """

    references: t.References
    likeness: t.Likeness
    picture: Bool | None = None


@final
@dataclass(frozen=True)
class SeenCaptures:
    """Captures as the system has them: which device took how many faces, and when, device by device."""

    devices: t.SeenDevices
    minutes: t.SeenMinutes

    @staticmethod
    def of(faces: t.Faces) -> SeenCaptures:
        """Take from faces whose they are: what is left does not depend on the order in which they were taken."""
        device, n_captures, minute = faces.by_device
        return SeenCaptures(t.SeenDevices(device, n_captures), t.SeenMinutes(minute))

    def __len__(self) -> int:
        return len(self.minutes)

    def check(self) -> None:
        """Raise if the tables do not belong together."""
        device, n_captures = self.devices.device, self.devices.n_captures
        rising = bool((np.diff(device) > 0).all()) and (not len(device) or device[0] >= 0)
        if not rising or (n_captures <= 0).any() or n_captures.sum(dtype=np.int64) != len(self):
            raise ValueError("captures that are not those of their devices")

    def taken_by(self, n_devices: int) -> I32:
        """Return how many faces each of so many devices took."""
        return spread(self.devices.device, self.devices.n_captures, n_devices)


@final
@dataclass(frozen=True)
class Reel:
    """The footage of one day, as it is kept: a byte for a device, two for a capture.

    `taken` says how many faces each device took, from the first device to the last one that took any.
    """

    day: int
    taken: Short
    minutes: t.SeenMinutes

    @staticmethod
    def of(day: int, captures: SeenCaptures) -> Reel:
        """Put the captures of a day on a reel."""
        used = int(captures.devices.device.max(initial=-1)) + 1
        return Reel(day, Short.of(captures.taken_by(used)), captures.minutes)

    def __len__(self) -> int:
        return len(self.minutes)

    @property
    def captures(self) -> SeenCaptures:
        """The captures as they were handed over."""
        taken = self.taken.numbers()
        device = np.flatnonzero(taken).astype(np.int32)
        return SeenCaptures(t.SeenDevices(device, taken.take(device)), self.minutes)

    def check(self) -> None:
        """Raise if it is of no day, or its captures are not those of its devices."""
        if type(self.day) is not int or self.day < 0:
            raise TypeError(f"footage of day {self.day!r}")
        self.taken.check()
        self.captures.check()

    def footage(self) -> t.Footage:
        """Write it out, a row for each capture."""
        taken = self.taken.numbers()
        device = np.repeat(np.arange(len(taken), dtype=np.int32), taken)
        return t.Footage(np.broadcast_to(np.int16(self.day), len(self)), device, self.minutes.minute)


@final
@dataclass(frozen=True)
class Records:
    """What the system keeps, one part for each day, so that forgetting is dropping a part."""

    footage: tuple[Reel, ...] = ()
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


def morning(states: Sequence[State], *, shared: bool) -> list[State]:
    """Let every community read what was closed the evening before.

    Parameters
    ----------
    shared : bool
        Whether the communities have one watchlist.
    """
    if not shared:
        return list(states)
    total = Commons(np.sum([state.commons.removed for state in states], axis=0))
    return [replace(state, commons=total) for state in states]


@final
@dataclass(frozen=True)
class Day:
    """What happened today in one community.

    `trips`, `exposures`, `captures` and the `findings` that name a row of them have rows where the day was written out,
    and none where it was streamed; everything else is the same either way.
    """

    day: int
    community: int
    outings: t.Outings
    device_days: t.DeviceDays
    trips: t.Trips
    conduct: t.Conduct
    exposures: t.Exposures
    captures: t.Captures
    searches: t.Searches
    findings: t.Findings
    candidates: t.Candidates
    reviews: t.Reviews
    alerts: t.Alerts
    outcomes: t.Outcomes
    decisions: t.Decisions
    sanctions: t.Sanctions
    appeals: t.Appeals
    responses: t.Responses


@final
@dataclass(frozen=True)
class CrowdDay:
    """What happened today in one block of a crowd: whoever could be returned, and what became of it."""

    day: int
    community: int
    passers: Passers
    likeness: t.Likeness
    candidates: t.Candidates
    reviews: t.Reviews
    alerts: t.Alerts
    outcomes: t.Outcomes
    decisions: t.Decisions


__all__ = [
    "Commons",
    "CrowdDay",
    "Day",
    "Docket",
    "Gallery",
    "Layout",
    "Passes",
    "Records",
    "Reel",
    "SeenCaptures",
    "State",
    "Town",
    "World",
    "morning",
]
