"""Verb 2, capture: which working devices take a face of whom, and when."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import threshold
from glasstown.core.columns import I16, I32, I64, U8, U64, Bool
from glasstown.core.kernels import kernel, whole
from glasstown.core.keys import Key
from glasstown.core.philox import HALF, LOW, words
from glasstown.core.prefetch import prefetch
from glasstown.sensing.knobs import Cameras
from glasstown.sensing.passes import SURE
from glasstown.state import Passes

BATCH = 1024
MOST_TRIPS = 1 << 24
AHEAD = 32
SOON = 16
LINE = 8
NEVER = 1 << 20
_EVEN = np.uint64(65536)
_SURE = np.uint64(SURE)
_ZERO = np.uint64(0)
_SIXTEEN = np.uint64(16)
_START = whole(0)
_NONE, _ON, _BACK, _FULL = np.uint64(0), np.uint64(1), np.uint64((1 << 64) - 1), np.uint64(BATCH)
_DEVICE = np.uint64(43)
_MINUTES = np.uint64(2047)
_ROW, _SLOT = np.uint64(40), np.uint64(255)


class Sight(NamedTuple):
    """What a compiled loop needs to know of the devices today.

    `first` and `packed` are those of `Passes`; `on` and `searching` say which devices work today and whose captures
    are searched; it is light from `dawn` to `dusk`, and otherwise chances are multiplied by `night` / 65,536; `k0` and
    `k1` are the words of the key.
    """

    first: I64
    packed: U64
    on: Bool
    searching: Bool
    dawn: int
    dusk: int
    night: np.uint64
    k0: np.uint64
    k1: np.uint64


class Faces(NamedTuple):
    """Room for captures: on which row of the trips, by which device, when."""

    row: I32
    device: I32
    minute: I16


class Counts(NamedTuple):
    """Room for what each trip was exposed to: the columns of `exposures`."""

    passes: I16
    captures: I16
    searches: I16
    minutes: I16


class Batch(NamedTuple):
    """Room for the passes that are decided together.

    `met` holds device (21 bits), minute of day (11) and the chance of a capture now (32), packed as in `Passes`;
    `whose` holds the row of the trip (24), its slot (8) and the person (32).
    """

    met: U64
    whose: U64
    taken: Bool


class Seen(NamedTuple):
    """What the devices made of a set of trips: one row an exposure for each trip, and the captures."""

    exposures: t.Exposures
    captures: t.Captures


def working(devices: t.Devices, knobs: Cameras, key: Key) -> Bool:
    """Draw which devices work today.

    Parameters
    ----------
    key : Key
        The day's key; a draw is addressed by device.
    """
    up = key("working").happens(threshold(float(knobs.working)), devices.device)
    return devices.alive & up


def sight(passes: Passes, on: Bool, searching: Bool, knobs: Cameras, key: Key) -> Sight:
    """Put what matters about the devices today side by side.

    Parameters
    ----------
    passes : Passes
        Which devices each route passes.
    on, searching : arrays of bool, shape (devices,)
        Which devices work today, and whose captures are searched.
    key : Key
        The day's key; a draw is addressed by person, trip and device.
    """
    night = np.uint64(round(float(knobs.night) * 65536))
    dawn, dusk = (-1, NEVER) if night == _EVEN else (int(knobs.dawn_minute), int(knobs.dusk_minute))
    return Sight(passes.first, passes.packed, on, searching, dawn, dusk, night, *key("capture").words)


def capture(trips: t.Trips, passes: Passes, on: Bool, searching: Bool, knobs: Cameras, key: Key) -> Seen:
    """Let devices see people pass: each pass of a working device is one chance of one capture.

    Parameters
    ----------
    trips : Trips
        Any trips of one day.
    passes : Passes
        Which devices each route passes.
    on, searching : arrays of bool, shape (devices,)
        Which devices work today, and whose captures are searched.
    key : Key
        The day's key; a draw is addressed by person, trip and device.

    Returns
    -------
    Seen
        Exposures aligned with `trips`; captures in the order of trips and walking.

    Limits
    ------
    Captures of one person are independent given distance and light; crowds hide nobody.
    """
    if len(trips) >= MOST_TRIPS:
        raise ValueError(f"fewer than {MOST_TRIPS:,} trips walk past devices at a time")
    n_passes = passes.first[trips.route + 1] - passes.first[trips.route]
    seen, faces = counts(len(trips)), room_for(int(n_passes.sum()))
    taken = walk_past(
        trips.person,
        trips.trip,
        trips.route,
        trips.backward,
        trips.depart_minute,
        trips.travel_minutes,
        trips.until_minute,
        len(trips),
        sight(passes, on, searching, knobs, key),
        batch(),
        seen,
        faces,
    )
    row = faces.row[:taken]
    return Seen(
        t.Exposures(trips.person, trips.trip, *seen),
        t.Captures(trips.person[row], trips.trip[row], faces.device[:taken].copy(), faces.minute[:taken].copy()),
    )


def counts(room: int) -> Counts:
    """Make room for what trips were exposed to."""
    return Counts(*(np.empty(room, np.int16) for _ in range(4)))


def room_for(passes: int) -> Faces:
    """Make room for the captures of so many passes: one row more, because a miss is written over by the next pass."""
    return Faces(np.empty(passes + 1, np.int32), np.empty(passes + 1, np.int32), np.empty(passes + 1, np.int16))


def batch() -> Batch:
    """Make room for a batch of passes."""
    return Batch(np.empty(BATCH, np.uint64), np.empty(BATCH, np.uint64), np.empty(BATCH, np.bool_))


@kernel
def walk_past(
    person: I32,
    trip: U8,
    route: I32,
    backward: Bool,
    depart: I16,
    travel: I16,
    until: I16,
    n: int,
    see: Sight,
    held: Batch,
    seen: Counts,
    faces: Faces,
) -> int:
    """Walk the first n trips past their devices; return how many captures were written.

    Passes are gathered in batches, so that random numbers are made for a whole batch at once. Places in a batch are
    counted without a sign, because a place that could be negative is looked at twice.
    """
    first, packed, on, searching, dawn, dusk, night, _, _ = see
    met, whose, _ = held
    seen_passes, seen_captures, seen_searches, seen_minutes = seen
    k, m = _START, _NONE
    for row in range(min(AHEAD, n)):
        prefetch(first, route[row])
    for row in range(min(SOON, n)):
        _fetch(route[row], first, packed)
    for row in range(n):
        if row + AHEAD < n:
            prefetch(first, route[row + AHEAD])
        if row + SOON < n:
            _fetch(route[row + SOON], first, packed)
        begin, end = first[route[row]], first[route[row] + 1]
        who = (np.uint64(row) << _ROW) | (np.uint64(trip[row]) << HALF) | np.uint64(person[row])
        back, last = backward[row], np.int64(until[row])
        start = np.int64(depart[row]) + (np.int64(travel[row]) if back else 0)
        at, by = (np.uint64(end - 1), _BACK) if back else (np.uint64(begin), _ON)
        sign = np.int64(-1) if back else np.int64(1)
        seen_minute = np.int64(-1)
        n_passes, n_minutes = 0, 0
        seen_captures[row], seen_searches[row] = 0, 0
        left = end - begin
        while left > 0:
            some = min(left, BATCH - np.int64(m))
            for _ in range(some):
                one = packed[at]
                at += by
                d = one >> _DEVICE
                minute = start + sign * np.int64((one >> HALF) & _MINUTES)
                passed = on[d] & (minute <= last)
                n_passes += passed
                n_minutes += passed & (minute != seen_minute)
                seen_minute = minute if passed else seen_minute
                limit = one & LOW
                if minute < dawn or minute >= dusk:
                    limit = ((limit + np.uint64(limit == _SURE)) * night) >> _SIXTEEN
                met[m] = (d << _DEVICE) | (np.uint64(minute) << HALF) | limit
                whose[m] = who
                m += np.uint64(passed & (limit > _ZERO))
            left -= some
            if m == _FULL:
                k = _take(held, int(np.int64(m)), see.k0, see.k1, faces, k)
                m = _NONE
        seen_passes[row], seen_minutes[row] = n_passes, n_minutes
    k = _take(held, int(np.int64(m)), see.k0, see.k1, faces, k)
    face_row, face_device, _ = faces
    for i in range(k):
        seen_captures[face_row[i]] += 1
        seen_searches[face_row[i]] += searching[face_device[i]]
    return k


@kernel
def _fetch(route: int, first: I64, packed: U64) -> None:
    """Ask for the passes of a trip that is walked soon: the first lines of memory, whether it has so many or not."""
    begin = first[route]
    prefetch(packed, begin)
    prefetch(packed, begin + LINE)
    prefetch(packed, begin + 2 * LINE)


@kernel
def _take(held: Batch, m: int, k0: np.uint64, k1: np.uint64, faces: Faces, k: int) -> int:
    """Decide a batch of passes, and write down those that are captures; the next one is written over a miss."""
    met, whose, taken = held
    face_row, face_device, face_minute = faces
    for i in range(m):
        one, who = met[i], whose[i]
        drawn = words(who & LOW, (who >> HALF) & _SLOT, one >> _DEVICE, _ZERO, k0, k1)[0]
        limit = one & LOW
        taken[i] = (drawn < limit) | (limit == _SURE)
    at = np.uint64(k)
    for i in range(m):
        one = met[i]
        face_row[at], face_device[at] = whose[i] >> _ROW, one >> _DEVICE
        face_minute[at] = (one >> HALF) & _MINUTES
        at += np.uint64(taken[i])
    return int(np.int64(at))


def withdraw(seen: Seen, kept: Bool, again: Bool, cut_seen: Seen, gone: Bool) -> Seen:
    """Take back what devices saw of walks that a stop cut short.

    Parameters
    ----------
    seen : Seen
        What was seen as if nobody had been stopped.
    kept, again : arrays of bool, shape (trips,)
        Trips still made, and among those that remain, the ones that were cut.
    cut_seen : Seen
        The cut trips, seen again.
    gone : array of bool, shape (captures,)
        Captures that did not happen.
    """
    exposures = seen.exposures.take(kept)
    where = np.flatnonzero(again)
    columns: dict[str, Any] = {}
    for column in exposures.columns():
        values = getattr(exposures, column.name).copy()
        values[where] = getattr(cut_seen.exposures, column.name)
        columns[column.name] = values
    return Seen(t.Exposures(**columns), seen.captures.take(~gone))
