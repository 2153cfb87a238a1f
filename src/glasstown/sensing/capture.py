"""Verb 2, capture: which working devices take a face of whom, and when."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import threshold
from glasstown.core.columns import I16, I32, I64, U8, U64, Bool
from glasstown.core.kernels import kernel
from glasstown.core.keys import Key
from glasstown.core.philox import HALF, LOW, draw
from glasstown.sensing.knobs import Cameras
from glasstown.sensing.passes import SURE
from glasstown.state import Passes

BATCH = 256
AHEAD = 32
NEVER = 1 << 20
_EVEN = np.uint64(65536)
_SURE = np.uint64(SURE)
_ZERO = np.uint64(0)
_SIXTEEN = np.uint64(16)
_DEVICE = np.uint64(43)
_MINUTES = np.uint64(2047)


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
    n_passes = passes.first[trips.route + 1] - passes.first[trips.route]
    room = int(n_passes.sum()) + 1
    n = len(trips)
    counts = np.zeros((4, n), np.int16)
    person, trip = np.empty(room, np.int32), np.empty(room, np.uint8)
    device, minute = np.empty(room, np.int32), np.empty(room, np.int16)
    light = np.array([int(knobs.dawn_minute), int(knobs.dusk_minute)], np.int64)
    k0, k1 = key("capture").words
    taken = _pass_by(
        trips.person,
        trips.trip,
        trips.route,
        trips.backward,
        trips.depart_minute,
        trips.travel_minutes,
        trips.until_minute,
        passes.first,
        passes.packed,
        on,
        searching,
        light,
        np.uint64(round(float(knobs.night) * 65536)),
        k0,
        k1,
        counts,
        person,
        trip,
        device,
        minute,
    )
    exposures = t.Exposures(trips.person, trips.trip, counts[0], counts[1], counts[2], counts[3])
    rows = slice(0, taken)
    return Seen(
        exposures,
        t.Captures(person[rows].copy(), trip[rows].copy(), device[rows].copy(), minute[rows].copy()),
    )


@kernel
def _pass_by(
    person: I32,
    trip: U8,
    route: I32,
    backward: Bool,
    depart: I16,
    travel: I16,
    until: I16,
    first: I64,
    packed: U64,
    on: Bool,
    searching: Bool,
    light: I64,
    night: np.uint64,
    k0: np.uint64,
    k1: np.uint64,
    counts: I16,
    out_person: I32,
    out_trip: U8,
    out_device: I32,
    out_minute: I16,
) -> int:
    """Walk every trip past its devices; return how many captures were written.

    Passes are gathered in batches, so that random numbers are made for a whole batch at once.
    """
    c0, c1 = np.empty(BATCH, np.uint64), np.empty(BATCH, np.uint64)
    c2, c3 = np.empty(BATCH, np.uint64), np.empty(BATCH, np.uint64)
    chance, rows = np.empty(BATCH, np.uint64), np.empty(BATCH, np.int64)
    devices, minutes = np.empty(BATCH, np.int32), np.empty(BATCH, np.int16)
    dawn, dusk = light[0], light[1]
    if night == _EVEN:
        dawn, dusk = -1, NEVER
    n, m = 0, 0
    begins, ends = np.empty(AHEAD, np.int64), np.empty(AHEAD, np.int64)
    fetched = np.zeros(1, np.uint64)
    for row in range(len(person)):
        ahead = row % AHEAD
        if ahead == 0:
            _fetch(route[row : row + AHEAD], first, packed, begins, ends, fetched)
        begin, end = begins[ahead], ends[ahead]
        who, slot = np.uint64(person[row]), np.uint64(trip[row])
        back, last = backward[row], np.int64(until[row])
        start = np.int64(depart[row]) + (np.int64(travel[row]) if back else 0)
        seen_minute = np.int64(-1)
        n_passes, n_minutes = 0, 0
        for i in range(begin, end):
            one = packed[begin + end - 1 - i if back else i]
            d = one >> _DEVICE
            after = np.int64((one >> HALF) & _MINUTES)
            minute = start - after if back else start + after
            if not on[d] or minute > last:
                continue
            n_passes += 1
            n_minutes += minute != seen_minute
            seen_minute = minute
            limit = one & LOW
            limit += np.uint64(limit == _SURE)
            if minute < dawn or minute >= dusk:
                limit = (limit * night) >> _SIXTEEN
            c0[m], c1[m], c2[m], c3[m] = who, slot, d, _ZERO
            chance[m], rows[m], devices[m], minutes[m] = limit, row, d, minute
            m += 1
            if m == BATCH:
                draw(c0, c1, c2, c3, k0, k1, m)
                n = _take(c0, chance, rows, devices, minutes, m, person, trip, searching, counts, n, out_person,
                          out_trip, out_device, out_minute)  # fmt: skip
                m = 0
        counts[0, row], counts[3, row] = n_passes, n_minutes
    draw(c0, c1, c2, c3, k0, k1, m)
    return _take(c0, chance, rows, devices, minutes, m, person, trip, searching, counts, n, out_person, out_trip,
                 out_device, out_minute)  # fmt: skip


@kernel
def _fetch(route: I32, first: I64, packed: U64, begins: I64, ends: I64, fetched: U64) -> None:
    """Look up the passes of the next few trips and touch them all, so that memory is waited for once, not each time."""
    for i in range(len(route)):
        begins[i], ends[i] = first[route[i]], first[route[i] + 1]
    for i in range(len(route)):
        if ends[i] > begins[i]:
            fetched[0] ^= packed[begins[i]] ^ packed[ends[i] - 1]


@kernel
def _take(
    drawn: U64,
    chance: U64,
    rows: I64,
    devices: I32,
    minutes: I16,
    m: int,
    person: I32,
    trip: U8,
    searching: Bool,
    counts: I16,
    n: int,
    out_person: I32,
    out_trip: U8,
    out_device: I32,
    out_minute: I16,
) -> int:
    """Write those of a batch of passes that are captures; every pass is written, the next one over a miss."""
    for i in range(m):
        row, d = rows[i], devices[i]
        captured = drawn[i] < chance[i]
        counts[1, row] += captured
        counts[2, row] += captured & searching[d]
        out_person[n], out_trip[n] = person[row], trip[row]
        out_device[n], out_minute[n] = d, minutes[i]
        n += captured
    return n


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
