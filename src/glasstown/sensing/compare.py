"""Verb 3, compare: each captured face against the watchlist; what reaches the threshold is a candidate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import happens
from glasstown.core.columns import I32, I64, U8, Bool
from glasstown.core.kernels import kernel
from glasstown.core.keys import Key
from glasstown.core.philox import block
from glasstown.sensing.recognition import OperatingPoint
from glasstown.state import Gallery

_ZERO = np.uint64(0)
_HALF = np.uint64(32)


class Compared(NamedTuple):
    """What the comparison returned: findings by capture, the candidates among them, and the system's log."""

    findings: t.Findings
    candidates: t.Candidates
    searches: t.Searches


def compare(
    captures: t.Captures, searching: Bool, people: t.People, gallery: Gallery, point: OperatingPoint, key: Key
) -> Compared:
    """Search each capture against the watchlist.

    A mated search returns the person's own reference with the group's TPIR. Somebody who resembles a reference is
    returned as that person with the chance stated by the operating point; with a repeat chance of 0, each
    search is a fresh coin and returns a reference drawn anew.

    Parameters
    ----------
    captures : Captures
        The day's captures.
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
    """
    kind = people.group.astype(np.int64) * len(t.SEXES) + people.sex
    fresh = point.repeat == 0 and bool(point.fpir.any())
    first = int(people.person[0]) if len(people) else 0
    interesting = (gallery.likeness.enrolled >= 0) | (gallery.likeness.lookalike >= 0)
    room = len(captures) * 2 if fresh else 2 * int(np.count_nonzero(interesting[captures.person - first]))
    row, reference, mated = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.bool_)
    k0, k1 = key("compare").words
    n = 0
    if room and len(gallery.references):
        n = _search(
            captures.person,
            captures.trip,
            captures.device,
            searching,
            first,
            people.group,
            kind,
            gallery.likeness.enrolled,
            gallery.likeness.lookalike,
            gallery.references.active,
            point.match_code,
            point.returned_code,
            fresh,
            k0,
            k1,
            row,
            reference,
            mated,
        )
    row, reference, mated = row[:n].copy(), reference[:n].copy(), mated[:n].copy()
    findings = t.Findings(row, np.zeros(n, np.uint8), reference, np.full(n, -1, np.int16))
    candidates = t.Candidates(
        captures.person[row], captures.trip[row], mated, captures.device[row], captures.minute[row], reference
    )
    return Compared(findings, candidates, log(captures, candidates, searching))


def forgo(compared: Compared, gone: Bool, captures: t.Captures, searching: Bool) -> Compared:
    """Take back what came of captures that did not happen.

    Parameters
    ----------
    gone : array of bool, shape (captures before,)
        Captures that did not happen.
    captures : Captures
        Those that remain.
    """
    kept = ~gone[compared.findings.capture]
    findings = compared.findings.take(kept)
    row = findings.capture - np.searchsorted(np.flatnonzero(gone), findings.capture).astype(np.int32)
    candidates = compared.candidates.take(kept)
    return Compared(replace(findings, capture=row), candidates, log(captures, candidates, searching))


def log(captures: t.Captures, candidates: t.Candidates, searching: Bool) -> t.Searches:
    """Count searches and candidates for each device that searched today."""
    n = np.where(searching, np.bincount(captures.device, minlength=len(searching)), 0)
    returned = np.bincount(candidates.device, minlength=len(searching))
    used = np.flatnonzero(n)
    return t.Searches.of(device=used, n_searches=n[used], n_candidates=returned[used])


@kernel
def _search(
    person: I32,
    trip: U8,
    device: I32,
    searching: Bool,
    first: int,
    group: U8,
    kind: I64,
    enrolled: I32,
    lookalike: I32,
    active: Bool,
    match: Any,
    returned: Any,
    fresh: bool,
    k0: np.uint64,
    k1: np.uint64,
    out_row: I32,
    out_reference: I32,
    out_mated: Bool,
) -> int:
    """Write the candidates of every capture; return how many."""
    n = 0
    size = np.uint64(len(active))
    for i in range(len(person)):
        who = person[i] - first
        own, like = enrolled[who], lookalike[who]
        if (own < 0 and like < 0 and not fresh) or not searching[device[i]]:
            continue
        x = block(np.uint64(person[i]), np.uint64(trip[i]), np.uint64(device[i]), _ZERO, k0, k1)
        if own >= 0 and active[own] and happens(x[0], x[3], match[group[who]]):
            out_row[n], out_reference[n], out_mated[n] = i, own, True
            n += 1
        if fresh:
            like = np.int32((x[2] * size) >> _HALF)
            if like == own:
                continue
        if like >= 0 and active[like] and happens(x[1], x[3], returned[kind[who]]):
            out_row[n], out_reference[n], out_mated[n] = i, like, False
            n += 1
    return n
