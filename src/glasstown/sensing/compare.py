"""Verb 3, compare: each captured face against the watchlist; what reaches the threshold is a candidate."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import CERTAIN, happens
from glasstown.core.columns import I16, I32, I64, U8, Bool
from glasstown.core.kernels import kernel
from glasstown.core.keys import Key, normal_in, normal_table
from glasstown.core.philox import block, draw_all
from glasstown.sensing.recognition import FARTHEST, MOST_ALIKE, NEVER, PROBIT, Machine, OperatingPoint, kind_of
from glasstown.state import Gallery

BATCH = 512
_ZERO = np.uint64(0)
_HALF = np.uint64(32)
_USABLE = np.uint64(255)


class Compared(NamedTuple):
    """What the comparison returned: findings by capture, and the candidates among them."""

    findings: t.Findings
    candidates: t.Candidates


def compare(
    captures: t.Captures, searching: Bool, people: t.People, gallery: Gallery, point: OperatingPoint, key: Key
) -> Compared:
    """Search each capture against the watchlist.

    A mated search returns the person's own reference with the group's TPIR, harder or easier by what the reference,
    the person and the camera keep for longer than one capture. Somebody who resembles references is returned as
    each of them with the chance stated by the operating point; with a repeat chance of 0, each search is a fresh
    coin and returns a reference drawn anew.

    Parameters
    ----------
    captures : Captures
        The day's captures; those of people who are not interesting (`watchlist.interesting`) make no difference.
    searching : array of bool, shape (devices,)
        Devices whose captures are searched.
    people, gallery : People, Gallery
        The community and the watchlist.
    key : Key
        The day's key; a draw is addressed by person, trip and device.

    Returns
    -------
    Compared
        Candidates in the order of captures; the right reference before a wrong one.

    Limits
    ------
    A mask makes no false match likelier; where a camera stands and how far away somebody is are part of what each
    capture has for itself.
    """
    first = int(people.person[0]) if len(people) else 0
    room = _room(captures, gallery, point, first)
    row, reference, mated = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.bool_)
    n = 0
    if room and len(gallery.references):
        by_place = point.misses.by_place
        place = np.zeros(len(searching) if by_place else 0, np.int64)
        if by_place:
            place[:] = np.floor(key("light").normal(np.arange(len(searching))) * (by_place**0.5 * PROBIT))
        faces = Faces(captures.person, captures.trip, captures.device, captures.minute, searching, place)
        likeness = gallery.likeness
        who = Alike(first, people.group, kind_of(people), likeness.enrolled, likeness.lookalike, likeness.n_alike)
        shown = Shown(gallery.references.active, gallery.references.harder, normal_table())
        keys = (*key("compare").words, *key("condition").words)
        n = _search(faces, who, shown, point.machine(), point.fresh, keys, row, reference, mated)
    row, reference, mated = row[:n].copy(), reference[:n].copy(), mated[:n].copy()
    findings = t.Findings(row, np.zeros(n, np.uint8), reference, np.full(n, -1, np.int16))
    candidates = t.Candidates(
        captures.person[row], captures.trip[row], mated, captures.device[row], captures.minute[row], reference
    )
    return Compared(findings, candidates)


class Faces(NamedTuple):
    """The captures as a compiled loop takes them, and how much harder each camera makes a match today."""

    person: I32
    trip: U8
    device: I32
    minute: I16
    searching: Bool
    place: I64


class Alike(NamedTuple):
    """The people of a community as a compiled loop takes them."""

    first: int
    group: U8
    kind: I64
    enrolled: I32
    lookalike: I32
    n_alike: U8


class Shown(NamedTuple):
    """The references as a compiled loop takes them, and the quantiles of normal numbers."""

    active: Bool
    harder: I16
    normal: I64


def _room(captures: t.Captures, gallery: Gallery, point: OperatingPoint, first: int) -> int:
    """Return how many candidates there can be at most."""
    if point.fresh:
        return 2 * len(captures)
    rows = captures.person - first
    likeness = gallery.likeness
    return int(np.count_nonzero(likeness.enrolled[rows] >= 0)) + int(likeness.n_alike[rows].sum(dtype=np.int64))


def forgo(compared: Compared, gone: Bool) -> Compared:
    """Take back what came of captures that did not happen.

    Parameters
    ----------
    gone : array of bool, shape (captures before,)
        Captures that did not happen.
    """
    kept = ~gone[compared.findings.capture]
    findings = compared.findings.take(kept)
    row = findings.capture - np.searchsorted(np.flatnonzero(gone), findings.capture).astype(np.int32)
    return Compared(replace(findings, capture=row), compared.candidates.take(kept))


def log(device_days: t.DeviceDays, candidates: t.Candidates, searching: Bool) -> t.Searches:
    """Count searches and candidates for each device that searched today.

    Parameters
    ----------
    device_days : DeviceDays
        One row for each device; each capture of a device that searches is one search.
    """
    used = np.flatnonzero(searching & (device_days.n_captures > 0))
    returned = np.bincount(candidates.device, minlength=len(searching))
    return t.Searches.of(device=used, n_searches=device_days.n_captures[used], n_candidates=returned[used])


@kernel
def _search(
    faces: Faces,
    who: Alike,
    shown: Shown,
    machine: Machine,
    fresh: bool,
    keys: tuple[np.uint64, np.uint64, np.uint64, np.uint64],
    out_row: I32,
    out_reference: I32,
    out_mated: Bool,
) -> int:
    """Write the candidates of every capture; return how many.

    Words are drawn for a batch of captures at a time, those of people who cannot be returned left out.
    """
    n, taken = 0, 0
    k0, k1, d0, d1 = keys
    persons, trips, devices, minutes, searching, place = faces
    first, group, kind, enrolled, lookalike, n_alike = who
    active, harder, returned = shown.active, shown.harder, machine.returned
    match, cut, chance, told = machine.match, machine.cut, machine.chance, machine.told
    dawn, dusk, night, placed = machine.dawn, machine.dusk, machine.night, len(place) > 0
    changing = machine.day != 0 or (machine.mask != 0 and machine.masked > _ZERO)
    usable = machine.usable
    size = np.uint64(len(active))
    rows = np.empty(BATCH, np.int64)
    one, two, three, four = (np.empty(BATCH, np.uint64), np.empty(BATCH, np.uint64), np.empty(BATCH, np.uint64),
                             np.empty(BATCH, np.uint64))  # fmt: skip
    while taken < len(persons):
        m = 0
        while m < BATCH and taken < len(persons):
            at = persons[taken] - first
            if (fresh or enrolled[at] >= 0 or lookalike[at] >= 0) and searching[devices[taken]]:
                rows[m] = taken
                one[m], two[m], three[m], four[m] = persons[taken], trips[taken], devices[taken], _ZERO
                m += 1
            taken += 1
        draw_all(one[:m], two[:m], three[:m], four[:m], k0, k1)
        for j in range(m):
            i = rows[j]
            person, trip, device = np.uint64(persons[i]), np.uint64(trips[i]), np.uint64(devices[i])
            at = persons[i] - first
            own, like = int(enrolled[at]), int(lookalike[at])
            if usable < CERTAIN:
                y = block(person, trip, device, _USABLE, k0, k1)
                if not happens(y[0], y[3], usable):
                    continue
            if own >= 0 and active[own]:
                limit = np.uint64(match[group[at]])
                if told:
                    level = np.int64(harder[own])
                    if level == NEVER:
                        limit = _ZERO
                    else:
                        level += cut[group[at]]
                        if placed:
                            level += place[devices[i]]
                        if minutes[i] < dawn or minutes[i] >= dusk:
                            level += night
                        if changing:
                            level += _worse(person, machine, shown.normal, d0, d1)
                        limit = np.uint64(chance[_at(int(level))])
                if happens(one[j], four[j], limit):
                    out_row[n], out_reference[n], out_mated[n] = i, own, True
                    n += 1
            if fresh:
                like = int(np.int64((three[j] * size) >> _HALF))
                if like == own:
                    continue
            likely = np.uint64(returned[kind[at]])
            if like >= 0 and happens(two[j], four[j], likely) and active[like]:
                out_row[n], out_reference[n], out_mated[n] = i, like, False
                n += 1
            for k in range(1, 0 if fresh else n_alike[at]):
                also = further(like, k, int(persons[i]), len(active))
                if also != own and active[also]:
                    y = block(person, trip, device, np.uint64(k), k0, k1)
                    if happens(y[1], y[3], likely):
                        out_row[n], out_reference[n], out_mated[n] = i, also, False
                        n += 1
    return n


@kernel
def further(like: int, k: int, person: int, size: int) -> int:
    """Return the k-th further reference that somebody resembles, given the first.

    References stand on the list in a random order, so a stride of the person's own from a random first one is as
    good as drawing each; it is short enough that none comes twice.
    """
    stride = 1 + (person * 40_503) % max(size // MOST_ALIKE, 1)
    return (like + k * stride) % size


@kernel
def _at(level: int) -> int:
    """Return the row of a level in the table of chances."""
    return min(max(level, -FARTHEST), FARTHEST) + FARTHEST


@kernel
def _worse(person: np.uint64, machine: Machine, normal: I64, d0: np.uint64, d1: np.uint64) -> int:
    """Return how much harder somebody is to match today: a bad day, a mask."""
    today = block(person, _ZERO, _ZERO, _ZERO, d0, d1)
    level = (normal_in(today[0], normal) * machine.day) >> 20
    if happens(today[1], today[3], machine.masked):
        level += machine.mask
    return level
