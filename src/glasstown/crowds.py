"""The verbs of a crowd: one day of faces past cameras, block by block."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, final

import numpy as np

from glasstown import tables as t
from glasstown.consequence.halt import stop
from glasstown.core.columns import I32, Bool
from glasstown.core.keys import Key
from glasstown.judgement.decide import decide
from glasstown.prepare import operating
from glasstown.scenario import Scenario
from glasstown.sensing.adjudicate import adjudicate, in_order
from glasstown.sensing.compare import compare
from glasstown.sensing.crowd import Lots, Present, enrolled_here, faces_of, lots, present
from glasstown.sensing.recognition import OperatingPoint
from glasstown.sensing.watchlist import gallery_of, interesting, references_of
from glasstown.state import CrowdDay
from glasstown.tables_crowd import Passers
from glasstown.town.crowd import BLOCK, MOST_FACES, arrival, as_people, blocks_of, pass_by


@final
@dataclass(frozen=True)
class Met:
    """One block of the crowd after the comparison, before anybody looks at a candidate.

    Parameters
    ----------
    community : int
        Which block.
    passers, likeness : Passers, Likeness
        Whoever is on the list or resembles somebody on it.
    candidates : Candidates
        What the machine returned.
    others : array of int32, shape (kinds, 251)
        How many of the other people of each kind (age band, sex, group) had so many faces taken.
    faces : str
        Digest of everybody who passed.
    """

    community: int
    passers: Passers
    likeness: t.Likeness
    candidates: t.Candidates
    others: I32
    faces: str


class Memory(Protocol):
    """What is known of blocks that were met before something ended the run."""

    def whole(self, day: int) -> bool:
        """Say whether every block of a day is known, and none of them is to be met again."""
        ...

    def met(self, day: int, block: int, meet: Callable[[int], Met]) -> Met:
        """Recall a block, or let it pass."""
        ...

    def write(self, day: int, met: Met) -> None:
        """Keep a block; called in order."""
        ...


def listing(scenario: Scenario, key: Key) -> t.References:
    """Draw up the list: of none of the people on it is it known when they pass."""
    watchlist = scenario.sensing.watchlist
    nobody = np.full(int(watchlist.size), -1, np.int32)
    return references_of(nobody, watchlist, operating(scenario), key("watchlist"))


def on_list(scenario: Scenario) -> int:
    """Return how many people on the list pass in a day."""
    town = scenario.town
    return round(float(town.listed_present) + float(town.listed_per_1000) * float(town.faces) / 1000)


def days(
    scenario: Scenario, key: Key, threads: int = 1, memory: Memory | None = None
) -> Iterator[tuple[t.References, list[Met], list[CrowdDay]]]:
    """Live day after day: people pass, cameras see, a machine compares, an operator looks, people bear it.

    Truth: pass by     Membrane: capture, compare, adjudicate     Truth: stop     Blind: decide

    One control room looks at the candidates of the whole crowd. Who is believed found comes off the list.

    Parameters
    ----------
    memory : Memory, optional
        Recalls blocks that were met before, and keeps the others.

    Yields
    ------
    references : References
        The list as it was searched that day.
    met, lived : list of Met, list of CrowdDay
        One for each block; the same bytes for any number of threads.
    """
    references = listing(scenario, key)
    watching = scenario.sensing.cameras.kind != "none"
    point, blocks = operating(scenario), range(blocks_of(int(scenario.town.faces)))
    with ThreadPoolExecutor(max(1, threads)) as pool:
        for day in range(scenario.days):
            today = key("day", day)
            listed = Present(np.zeros(0, np.int32), np.zeros(0, np.int32))
            if watching and on_list(scenario) and not (memory and memory.whole(day)):
                drawn = list(pool.map(partial(_lots, scenario, today), blocks))
                listed = present(drawn, on_list(scenario), references.active, today)
            meeting = partial(_meet, scenario, today, references, listed, point, watching)
            met: list[Met] = []
            for part in pool.map(partial(memory.met, day, meet=meeting) if memory else meeting, blocks):
                met.append(part)
                if memory:
                    memory.write(day, part)
            lived, removed = _settle(day, met, references, scenario, today)
            yield references, met, lived
            references = replace(references, active=references.active & ~removed)


def _lots(scenario: Scenario, today: Key, block: int) -> Lots:
    town = scenario.town
    passers = pass_by(town, int(town.faces), block, today)
    here = passers.take(passers.n_faces > 0)
    given = scenario.sensing.watchlist.listed_by_group
    weights = np.array([float(given[group]) if group in given else 1.0 for group in town.groups])
    return lots(here.person, weights[here.group], on_list(scenario), today)


def _meet(
    scenario: Scenario,
    today: Key,
    references: t.References,
    listed: Present,
    point: OperatingPoint,
    watching: bool,
    block: int,
) -> Met:
    """Let one block pass: everybody is counted, and faces are drawn of those whom a search can return."""
    town, cameras = scenario.town, scenario.sensing.cameras
    everybody = pass_by(town, int(town.faces), block, today)
    people, here = as_people(everybody), everybody.n_faces > 0
    enrolled = enrolled_here(everybody.person, listed)
    searched = references if watching else t.References.empty()
    gallery = gallery_of(searched, people, enrolled, point, today("watchlist"))
    if gallery.picture is not None:
        everybody = replace(everybody, picture=gallery.picture)
    noted = here & interesting(gallery, point) & (len(searched) > 0)
    passers = everybody.take(noted)
    candidates = t.Candidates.empty()
    if len(passers):
        faces = faces_of(passers, arrival(town, passers.person, today), int(town.to_minute) - 1, cameras, today)
        searching = np.ones(int(cameras.count), np.bool_)
        candidates = compare(faces, searching, people, gallery, point, today).candidates
    digest = hashlib.sha256(everybody.n_faces.data)
    for column in (everybody.age_band, everybody.sex, everybody.group):
        digest.update(column.data)
    others = _by_kind(everybody.take(here & ~noted), len(town.groups))
    return Met(block, passers, gallery.likeness.take(noted), candidates, others, digest.hexdigest())


def _by_kind(passers: Passers, n_groups: int) -> I32:
    """Count people by kind and by how many faces were taken of each."""
    cells = len(t.AGE_BANDS) * len(t.SEXES) * n_groups
    cell = (passers.age_band.astype(np.int64) * len(t.SEXES) + passers.sex) * n_groups + passers.group
    wide = MOST_FACES + 1
    counted = np.bincount(cell * wide + passers.n_faces, minlength=cells * wide)
    return counted.astype(np.int32).reshape(cells, wide)


def _settle(
    day: int, met: list[Met], references: t.References, scenario: Scenario, today: Key
) -> tuple[list[CrowdDay], Bool]:
    """Adjudicate and stop in one control room, and decide whom to take off the list."""
    candidates = t.Candidates.concat([part.candidates for part in met])
    pictures = np.concatenate([part.passers.person[part.passers.picture] for part in met])
    reviews, alerts, outcomes = settle(candidates, references.wrongly_listed, scenario, today, pictures)
    tie = today("tie").bits(outcomes.person, outcomes.trip, outcomes.reference)
    reports = outcomes.seen(t.SeenOutcomes, tie)
    n = len(references)
    files = t.Dossiers.of(
        dossier=np.arange(n), reference=references.reference, rating=np.zeros(n), n_sightings=np.zeros(n),
        flagged=np.zeros(n),
    )  # fmt: skip
    decided = decide(files, reports, t.Appeals.empty(), references.active, scenario.judgement).decisions
    removed = np.zeros(n, np.bool_)
    removed[decided.reference[decided.decision == t.DECISIONS.index("remove_from_list")]] = True
    block, looked_at = alerts.person // BLOCK, reviews.person // BLOCK
    return [
        CrowdDay(
            day, part.community, part.passers, part.likeness, part.candidates,
            reviews.take(looked_at == part.community),
            alerts.take(block == part.community), outcomes.take(block == part.community),
            decided if part.community == 0 else t.Decisions.empty(),
        )
        for part in met
    ], removed  # fmt: skip


def settle(
    candidates: t.Candidates, wrongly_listed: Bool, scenario: Scenario, today: Key, pictures: I32
) -> tuple[t.Reviews, t.Alerts, t.Outcomes]:
    """Adjudicate and stop until no stop undoes what followed it: whoever is stopped raises no further alert.

    Each round settles at least the next stop in time, because nothing later reaches back. What the machine returned
    stays counted: the faces of a crowd are those that a deployment counted.
    """
    sensing = scenario.sensing
    arrived = in_order(candidates, today)
    people, row = np.unique(arrived.person, return_inverse=True)
    cut = np.full(len(people), t.NO_CUT, np.int16)
    while True:
        there = arrived.take(arrived.minute <= cut[row])
        agree = int(sensing.agree), int(sensing.agree_minutes)
        alerts, waited, reviews = adjudicate(
            there, sensing.operator, int(sensing.case_minutes), len(wrongly_listed), today, *agree
        )
        outcomes, stopped = stop(alerts, wrongly_listed, scenario.consequence.stop, today, waited, pictures)
        now = np.full(len(people), t.NO_CUT, np.int16)
        now[np.searchsorted(people, alerts.person[stopped])] = alerts.minute[stopped]
        if np.array_equal(now, cut):
            return reviews, alerts, outcomes
        cut = now
