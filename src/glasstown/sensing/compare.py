"""Verb 3, compare: each captured face against the watchlist; what reaches the threshold is a candidate."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import CERTAIN, FINE, happens
from glasstown.core.columns import I16, I32, I64, U8, U64, Bool
from glasstown.core.kernels import kernel, piece, whole
from glasstown.core.keys import Key, as_normal, normal_in, normal_table
from glasstown.core.philox import block, words
from glasstown.sensing.recognition import FARTHEST, MOST_ALIKE, NEVER, Machine, OperatingPoint, kind_at
from glasstown.state import Gallery

BATCH = 512
# The keys "compare", "condition" and "light", two words each.
Keys = tuple[np.uint64, np.uint64, np.uint64, np.uint64, np.uint64, np.uint64]
_ZERO, _ONE, _FULL = np.uint64(0), np.uint64(1), np.uint64(BATCH)
_NONE = whole(0)
# What the first word of two is below where a fine threshold decides in favour.
_SCARCE = np.uint64(1 << 12)
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
    if not len(captures) or not len(gallery.references):
        return Compared(t.Findings.empty(), t.Candidates.empty())
    if gallery.picture is not None and point.fresh:
        return _apart(captures, searching, people, gallery, point, key)
    faces = Faces(captures.person, captures.trip, captures.device, captures.minute, searching)
    likeness, shown = gallery.likeness, gallery.references
    kept = likeness.enrolled, likeness.lookalike, likeness.n_alike
    who = Alike(int(people.person[0]), people.group, people.sex, people.age, *kept)
    keys = (*key("compare").words, *key("condition").words, *key("light").words)
    room = 1 + (2 * len(captures) if point.fresh else _room(captures.person, who))
    found = Found(*(np.empty(room, kind) for kind in ("i4", "i4", "u1", "?", "i4", "i2", "i4")))
    shown = Shown(shown.active, shown.harder, normal_table())
    likely = point.machine.returned
    # With fresh coins, a word beyond all thresholds settles that nobody else is returned.
    ceiling = np.where(likely < FINE, likely, _SCARCE).max() if point.fresh else CERTAIN
    dice = Dice(*np.empty((4, BATCH), np.uint64))
    n = _search(faces, who, shown, point.machine, point.fresh, ceiling, keys, dice, found)
    row, person, trip, mated, device, minute, reference = found
    findings = t.Findings(row[:n], np.zeros(n, np.uint8), reference[:n], np.full(n, -1, np.int16))
    return Compared(
        findings, t.Candidates(person[:n], trip[:n], mated[:n], device[:n], minute[:n], reference[:n])
    )


def _apart(
    captures: t.Captures, searching: Bool, people: t.People, gallery: Gallery, point: OperatingPoint, key: Key
) -> Compared:
    """Search captures of people and of pictures, whose fresh coins fall differently."""
    assert gallery.picture is not None
    shown, plain = gallery.picture[captures.person - people.person[0]], replace(gallery, picture=None)
    found: list[t.Findings] = []
    returned: list[t.Candidates] = []
    for among, of in ((~shown, point), (shown, point.of_pictures)):
        findings, candidates = compare(captures.take(among), searching, people, plain, of, key)
        found.append(replace(findings, capture=np.flatnonzero(among).astype(np.int32)[findings.capture]))
        returned.append(candidates)
    together = t.Findings.concat(found)
    order = np.argsort(together.capture, kind="stable")
    return Compared(together.take(order), t.Candidates.concat(returned).take(order))


class Faces(NamedTuple):
    """The captures as a compiled loop takes them."""

    person: I32
    trip: U8
    device: I32
    minute: I16
    searching: Bool


class Alike(NamedTuple):
    """The people of a community as a compiled loop takes them."""

    first: int
    group: U8
    sex: U8
    age: U8
    enrolled: I32
    lookalike: I32
    n_alike: U8


class Shown(NamedTuple):
    """The references as a compiled loop takes them, and the quantiles of normal numbers."""

    active: Bool
    harder: I16
    normal: I64


class Dice(NamedTuple):
    """Room for the words of a batch of captures."""

    one: U64
    two: U64
    three: U64
    four: U64


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
    return t.Searches(*_logged(device_days.n_captures, searching, candidates.device))


@kernel
def _logged(n_captures: I32, searching: Bool, returned_by: I32) -> tuple[I32, I32, I32]:
    """Return the devices that searched, how often each did, and how often each returned somebody."""
    n, used, k = np.uint64(len(n_captures)), _ZERO, _ZERO
    returned = np.zeros(n, np.int32)
    for i in range(len(returned_by)):
        returned[np.uint64(returned_by[i])] += 1
    for i in range(n):
        used += np.uint64(searching[i] & (n_captures[i] > 0))
    # One place more is written over by devices that did not search: nothing to guess.
    device, n_searches = np.empty(used + _ONE, np.int32), np.empty(used + _ONE, np.int32)
    n_candidates = np.empty(used + _ONE, np.int32)
    for i in range(n):
        device[k], n_searches[k], n_candidates[k] = i, n_captures[i], returned[i]
        k += np.uint64(searching[i] & (n_captures[i] > 0))
    return device[:used], n_searches[:used], n_candidates[:used]


class Found(NamedTuple):
    """Candidates as a compiled loop writes them: the capture each stems from, and the columns of `candidates`."""

    row: I32
    person: I32
    trip: U8
    mated: Bool
    device: I32
    minute: I16
    reference: I32


@kernel
def _search(
    faces: Faces,
    who: Alike,
    shown: Shown,
    machine: Machine,
    fresh: bool,
    ceiling: np.uint64,
    keys: Keys,
    dice: Dice,
    found: Found,
) -> int:
    """Write the candidates of every capture; return how many.

    Words are drawn for a batch of captures at a time, whether or not anybody can be returned: a processor draws many at
    once, and that is sooner done than choosing.
    """
    persons, trips, devices, minutes, searching = faces
    first, group, sex, age, enrolled, lookalike, n_alike = who
    active, harder, normal = shown
    match, cut, chance, likely, usable = machine.match, machine.cut, machine.chance, machine.returned, machine.usable
    dawn, dusk, night = machine.dawn, machine.dusk, machine.night
    told, placed, spread = machine.told, machine.place > 0.0, machine.place
    changing = machine.day != 0 or (machine.mask != 0 and machine.masked > _ZERO)
    k0, k1, d0, d1, l0, l1 = keys
    out_row, out_person, out_trip, out_mated, out_device, out_minute, out_reference = found
    size = np.uint64(len(active))
    one, two, three, four = dice
    begin, n, end = _ZERO, _ZERO, np.uint64(len(persons))
    while begin < end:
        m = min(_FULL, end - begin)
        for j in range(m):
            i = begin + j
            a, b, c = np.uint64(persons[i]), np.uint64(trips[i]), np.uint64(devices[i])
            one[j], two[j], three[j], four[j] = words(a, b, c, _ZERO, k0, k1)
        for j in range(m):
            i = begin + j
            person, trip, device, minute = persons[i], trips[i], devices[i], minutes[i]
            at = np.uint64(person - first)
            own, like = enrolled[at], lookalike[at]
            if not (fresh or own >= 0 or like >= 0) or not searching[np.uint64(device)]:
                continue
            if usable < CERTAIN:
                y = block(np.uint64(person), np.uint64(trip), np.uint64(device), _USABLE, k0, k1)
                if not happens(y[0], y[3], usable):
                    continue
            # Written in any case, and written over where there is no match: nothing to guess.
            out_row[n], out_person[n], out_trip[n], out_device[n], out_minute[n] = i, person, trip, device, minute
            out_reference[n], out_mated[n] = own, True
            if own >= 0 and active[np.uint64(own)]:
                limit = np.uint64(match[group[at]])
                if told:
                    level = np.int64(harder[np.uint64(own)])
                    never = level == NEVER
                    level += cut[group[at]]
                    if night and (minute < dawn or minute >= dusk):
                        level += night
                    if placed:
                        level += _placed(np.uint64(device), spread, normal, l0, l1)
                    if changing:
                        level += _worse(np.uint64(person), machine, normal, d0, d1)
                    limit = _ZERO if never else chance[np.uint64(_at(whole(level)))]
                n += np.uint64(happens(one[j], four[j], limit))
            if two[j] >= ceiling:
                continue
            before = n
            if fresh:
                like = np.int32((three[j] * size) >> _HALF)
            if like >= 0 and not (fresh and like == own):
                returned = likely[np.uint64(kind_at(group[at], sex[at], age[at]))]
                if happens(two[j], four[j], returned) and active[np.uint64(like)]:
                    out_reference[n], out_mated[n] = like, False
                    n += _ONE
                for k in range(1, 0 if fresh else n_alike[at]):
                    also = further(whole(like), k, whole(person), len(active))
                    if also != own and active[also]:
                        y = block(np.uint64(person), np.uint64(trip), np.uint64(device), np.uint64(k), k0, k1)
                        if happens(y[1], y[3], returned):
                            out_reference[n], out_mated[n] = also, False
                            n += _ONE
            for k in range(before, n):
                out_row[k], out_person[k], out_trip[k] = i, person, trip
                out_device[k], out_minute[k] = device, minute
        begin += m
    return whole(n)


@kernel
def _room(person: I32, who: Alike) -> int:
    """Return how many candidates there can be at most where nobody is returned but for good reason."""
    n = _NONE
    for i in range(len(person)):
        at = np.uint64(person[i] - who.first)
        n += whole(who.enrolled[at] >= 0) + whole(who.n_alike[at])
    return n


@piece
def further(like: int, k: int, person: int, size: int) -> int:
    """Return the k-th further reference that somebody resembles, given the first.

    References stand on the list in a random order, so a stride of the person's own from a random first one is as
    good as drawing each; it is short enough that none comes twice.
    """
    stride = 1 + (person * 40_503) % max(size // MOST_ALIKE, 1)
    return (like + k * stride) % size


@piece
def _at(level: int) -> int:
    """Return the row of a level in the table of chances."""
    return min(max(level, -FARTHEST), FARTHEST) + FARTHEST


@piece
def _placed(device: np.uint64, spread: float, normal: I64, l0: np.uint64, l1: np.uint64) -> int:
    """Return how much harder a camera makes a match today, in 1/1,024 probit."""
    drawn = block(device, _ZERO, _ZERO, _ZERO, l0, l1)[0]
    return whole(np.floor(as_normal(drawn, normal) * spread))


@piece
def _worse(person: np.uint64, machine: Machine, normal: I64, d0: np.uint64, d1: np.uint64) -> int:
    """Return how much harder somebody is to match today: a bad day, a mask."""
    today = block(person, _ZERO, _ZERO, _ZERO, d0, d1)
    level = (normal_in(today[0], normal) * machine.day) >> 20
    if happens(today[1], today[3], machine.masked):
        level += machine.mask
    return level
