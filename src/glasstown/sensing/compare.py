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
from glasstown.core.philox import block
from glasstown.sensing.recognition import FARTHEST, MOST_ALIKE, NEVER, PROBIT, Machine, OperatingPoint, kind_of
from glasstown.state import Gallery

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
    """Write the candidates of every capture; return how many."""
    n = 0
    k0, k1, d0, d1 = keys
    active = shown.active
    size = np.uint64(len(active))
    for i in range(len(faces.person)):
        one = faces.person[i] - who.first
        own, like = int(who.enrolled[one]), int(who.lookalike[one])
        if (own < 0 and like < 0 and not fresh) or not faces.searching[faces.device[i]]:
            continue
        person, trip, device = np.uint64(faces.person[i]), np.uint64(faces.trip[i]), np.uint64(faces.device[i])
        if machine.usable < CERTAIN:
            y = block(person, trip, device, _USABLE, k0, k1)
            if not happens(y[0], y[3], machine.usable):
                continue
        x = block(person, trip, device, _ZERO, k0, k1)
        if own >= 0 and active[own]:
            if machine.told:
                match = _match(faces, who, shown, machine, i, own, d0, d1)
            else:
                match = np.uint64(machine.match[who.group[one]])
            if happens(x[0], x[3], match):
                out_row[n], out_reference[n], out_mated[n] = i, own, True
                n += 1
        if fresh:
            like = int(np.int64((x[2] * size) >> _HALF))
            if like == own:
                continue
        returned = np.uint64(machine.returned[who.kind[one]])
        if like >= 0 and active[like] and happens(x[1], x[3], returned):
            out_row[n], out_reference[n], out_mated[n] = i, like, False
            n += 1
        for k in range(1, 0 if fresh else who.n_alike[one]):
            also = further(like, k, int(faces.person[i]), len(active))
            if also != own and active[also]:
                y = block(person, trip, device, np.uint64(k), k0, k1)
                if happens(y[1], y[3], returned):
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
def _match(
    faces: Faces, who: Alike, shown: Shown, machine: Machine, i: int, own: int, d0: np.uint64, d1: np.uint64
) -> np.uint64:
    """Return the threshold of a match for one capture of somebody listed."""
    level = np.int64(shown.harder[own])
    if level == NEVER:
        return _ZERO
    device, minute = faces.device[i], faces.minute[i]
    level += machine.cut[who.group[faces.person[i] - who.first]]
    if len(faces.place):
        level += faces.place[device]
    if minute < machine.dawn or minute >= machine.dusk:
        level += machine.night
    if machine.day or (machine.mask and machine.masked):
        today = block(np.uint64(faces.person[i]), _ZERO, _ZERO, _ZERO, d0, d1)
        level += (normal_in(today[0], shown.normal) * machine.day) >> 20
        if happens(today[1], today[3], machine.masked):
            level += machine.mask
    return np.uint64(machine.chance[min(max(level, -FARTHEST), FARTHEST) + FARTHEST])
