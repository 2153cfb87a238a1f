"""The watchlist: whom its references show, who is on it by mistake, and who merely looks like somebody on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import happen, threshold
from glasstown.core.columns import F64, I32, I64, Bool
from glasstown.core.keys import Key
from glasstown.sensing.knobs import Watchlist
from glasstown.sensing.recognition import MOST_ALIKE, NEVER, PROBIT, OperatingPoint, kind_of
from glasstown.state import Commons, Gallery


def enrol(
    people: Sequence[t.People], knobs: Watchlist, point: OperatingPoint, key: Key, weights: Sequence[float] = ()
) -> list[Gallery]:
    """Draw up the watchlist and say who in each community is on it or resembles somebody on it.

    Parameters
    ----------
    people : sequence of People
        The residents, community by community.
    knobs : Watchlist
        Its size, how many residents are on it and of which groups, the shares listed by mistake or no longer
        sought, and the images.
    point : OperatingPoint
        What share of each group resembles a reference, and what makes a reference harder to match.
    key : Key
        The run's key; draws are addressed by person and by reference.
    weights : sequence of float
        How many times as often as others each group is listed; empty if all alike.

    Returns
    -------
    list of Gallery
        One for each community; all share the same references unless `everybody` is listed, when each
        community's gallery holds its own residents.

    Limits
    ------
    Within a group residents are listed without regard to age or sex.
    """
    if knobs.everybody:
        return [_everybody(part, knobs, point, key) for part in people]
    size = int(knobs.size)
    listed = _listed(people, knobs, weights, key("listed"))
    slots = np.lexsort((np.arange(size), key("slot").bits(np.arange(size))))[: len(listed)].astype(np.int32)
    person = np.full(size, -1, np.int32)
    person[slots] = listed
    shared = references_of(person, knobs, point, key)
    return [gallery_of(shared, part, _enrolled(part, listed, slots), point, key) for part in people]


def gallery_of(references: t.References, people: t.People, enrolled: I32, point: OperatingPoint, key: Key) -> Gallery:
    """Say who of some people is shown by which reference, resembles which, or is no person but a picture."""
    picture = pictured(people.person, enrolled, point, key)
    return Gallery(references, likeness(people, enrolled, len(references), point, key, picture), picture)


def references_of(person: I32, knobs: Watchlist, point: OperatingPoint, key: Key) -> t.References:
    """Write down the references of a watchlist: whom each shows, whether rightly, and how hard its image is to match.

    Parameters
    ----------
    person : array of int32, shape (references,)
        Whom each shows, -1 for somebody who does not live here.
    key : Key
        The run's key; a draw is addressed by whom a reference shows, so that a list of another size changes nothing
        about residents, and else by reference.
    """
    references = np.arange(len(person), dtype=np.int32)
    resident = (person >= 0).astype(np.int32)
    at = np.where(resident, person, references)

    def drawn(word: str, share: float) -> Bool:
        return key(word).happens(threshold(share), at, resident)

    misses = point.misses
    wrongly = drawn("wrongly-listed", float(knobs.wrongly_listed)) | drawn("out-of-date", float(knobs.out_of_date))
    harder = np.zeros(len(person))
    if misses.by_person:
        harder += np.floor(key("likeness-of-image").normal(at, resident) * (misses.by_person**0.5 * PROBIT))
    harder += drawn("old-image", float(knobs.old_images)) * round(misses.old_image * PROBIT)
    harder += drawn("poor-image", float(knobs.poor_images)) * round(misses.poor_image * PROBIT)
    harder = np.where(drawn("unmatchable", misses.unmatchable), NEVER, np.clip(harder, -NEVER, NEVER - 1))
    return t.References.of(
        reference=references, person=person, wrongly_listed=wrongly, harder=harder, active=np.ones(len(person))
    )


def _listed(people: Sequence[t.People], knobs: Watchlist, weights: Sequence[float], key: Key) -> I32:
    """Draw who is listed: a quota for each group, and in it whoever drew the smallest numbers."""
    residents = np.concatenate([part.person for part in people])
    n = min(round(len(residents) * float(knobs.residents_per_1000) / 1000), len(residents), int(knobs.size))
    lot = key.bits(residents)
    if not len(weights):
        return np.sort(residents[np.lexsort((residents, lot))[:n]])
    group = np.concatenate([part.group for part in people])
    quotas = _quotas(n, np.bincount(group, minlength=len(weights)), np.array(weights))
    chosen: list[I32] = []
    for g, quota in enumerate(quotas):
        mine = np.flatnonzero(group == g)
        chosen.append(residents[mine[np.lexsort((residents[mine], lot[mine]))[:quota]]])
    return np.sort(np.concatenate(chosen))


def _quotas(n: int, living: I64, weights: F64) -> list[int]:
    """Share n places among groups in proportion to people times weight, no group beyond its people."""
    left = np.minimum(living.astype(np.float64) * (weights > 0), 1e15)
    given = np.zeros(len(living))
    for _ in range(len(living) + 1):
        claim = np.where(given < left, living * weights, 0.0)
        if claim.sum() <= 0 or given.sum() >= n:
            break
        given = np.minimum(given + (n - given.sum()) * claim / claim.sum(), left)
    # Six decimals, so that the last bit of a sum never decides who gets the last place.
    part = np.round(given - np.floor(given + 1e-6), 6)
    whole = np.floor(given + 1e-6).astype(np.int64)
    for g in np.argsort(-part, kind="stable")[: max(round(float(given.sum())) - int(whole.sum()), 0)]:
        whole[g] += 1
    return [int(x) for x in whole]


def _enrolled(people: t.People, listed: I32, slots: I32) -> I32:
    """Return the reference that shows each person, -1 for none."""
    enrolled = np.full(len(people), -1, np.int32)
    here = (listed >= people.person[0]) & (listed <= people.person[-1]) if len(people) else np.zeros(0, np.bool_)
    enrolled[np.searchsorted(people.person, listed[here])] = slots[here]
    return enrolled


def pictured(person: I32, enrolled: I32, point: OperatingPoint, key: Key) -> Bool | None:
    """Draw which of those who pass are no person but a picture; nobody enrolled is, and None stands for nobody."""
    if not point.pictures:
        return None
    return (enrolled < 0) & key("picture").happens(threshold(point.pictures), person)


def likeness(
    people: t.People, enrolled: I32, size: int, point: OperatingPoint, key: Key, picture: Bool | None = None
) -> t.Likeness:
    """Draw who merely resembles references, which and how many; with a repeat chance of 0 nobody does for good.

    Parameters
    ----------
    enrolled : array of int32, shape (people,)
        The reference that shows each person, -1 for none.
    size : int
        How many references there are.
    picture : array of bool, shape (people,), optional
        Who is no person but a picture.
    """
    lookalike, n_alike = np.full(len(people), -1, np.int32), np.zeros(len(people), np.uint8)
    if size and point.repeat > 0:
        kind = kind_of(people)
        codes = point.alike_codes[kind]
        if picture is not None:
            codes[picture] = point.picture_codes[kind[picture]]
        whom = key("lookalike-of").below(size, people.person).astype(np.int32)
        whom = np.where(whom == enrolled, (whom + 1) % size, whom)
        rows = np.flatnonzero(whom != enrolled)
        high, low = key("lookalike").words_at(people.person[rows])
        for k in range(MOST_ALIKE):
            # One draw for all counts: whoever resembles k + 1 references resembles k.
            if not codes[:, k].any():
                break
            more = happen(high, low, codes[rows, k])
            rows, high, low = rows[more], high[more], low[more]
            n_alike[rows] += 1
        n_alike = np.minimum(n_alike, min(size, MOST_ALIKE)).astype(np.uint8)
        lookalike = np.where(n_alike > 0, whom, -1).astype(np.int32)
    return t.Likeness(people.person, enrolled, lookalike, n_alike)


def interesting(gallery: Gallery, point: OperatingPoint) -> Bool:
    """Say whom a search could return: who is enrolled, and who resembles somebody enrolled.

    Where each search is a fresh coin (a repeat chance of 0), that is everybody.
    """
    known = gallery.likeness
    if point.fresh:
        return np.ones(len(known), np.bool_)
    return (known.enrolled >= 0) | (known.lookalike >= 0)


def _everybody(people: t.People, knobs: Watchlist, point: OperatingPoint, key: Key) -> Gallery:
    rows = np.arange(len(people), dtype=np.int32)
    references = references_of(people.person, knobs, point, key)
    return gallery_of(references, people, rows, point, key)


def revise(gallery: Gallery, commons: Commons) -> Gallery:
    """Take off the list what any control room asked to be removed the evening before."""
    if not len(commons.removed) or not commons.removed.any():
        return gallery
    active = gallery.references.active & (commons.removed == 0)
    return replace(gallery, references=replace(gallery.references, active=active))
