"""Verb 2, capture: which working devices take a face of whom, and when."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import CERTAIN, threshold
from glasstown.core.columns import U64, Bool
from glasstown.core.keys import Key
from glasstown.core.lanes import LANES
from glasstown.core.philox import HALF, LOW
from glasstown.sensing.glance import DEVICE, MINUTES
from glasstown.sensing.knobs import Cameras
from glasstown.sensing.walks import Sight, eights, in_order, walk_past
from glasstown.state import Passes, ways

NEVER = 1 << 20
_EVEN = np.uint64(65536)
_DEVICE, _MINUTES = np.uint64(DEVICE), np.uint64(MINUTES)


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
    code = threshold(float(knobs.working))
    return devices.alive if code == CERTAIN else devices.alive & key("working").happens(code, devices.device)


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
    # Where it is never light, both are the same minute.
    dusk = max(dusk, dawn)
    plain, k = bool(on.all() and searching.all()), key("capture").words
    # Two bits for each device side by side, four devices to a byte.
    flags = np.packbits(np.stack((on, searching), axis=1), bitorder="little")
    return Sight(passes.packed, passes.longest, flags, plain, dawn, dusk, night, *k, LOW)


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
    begin, n_passes = passes.begin[trips.route], passes.n_passes[trips.route]
    seen, faces = np.empty(len(trips), np.uint64), room_for(int(n_passes.sum()))
    taken = walk_past(
        trips.person,
        trips.trip,
        ways(begin, n_passes, trips.travel_minutes),
        trips.backward,
        trips.depart_minute,
        trips.travel_minutes,
        trips.until_minute,
        len(trips),
        sight(passes, on, searching, knobs, key),
        eights(passes.longest),
        seen,
        faces,
    )
    faces = in_order(faces, taken, trips.backward, seen, len(trips))
    row, device = (faces & LOW).astype(np.int64), (faces >> _DEVICE).astype(np.int32)
    columns = ((seen >> np.uint64(16 * i) & np.uint64(0xFFFF)).astype(np.int16) for i in range(4))
    return Seen(
        t.Exposures(trips.person, trips.trip, *columns),
        t.Captures(trips.person[row], trips.trip[row], device, ((faces >> HALF) & _MINUTES).astype(np.int16)),
    )


def room_for(passes: int) -> U64:
    """Make room for the captures of so many passes."""
    return np.empty(passes + LANES, np.uint64)


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
