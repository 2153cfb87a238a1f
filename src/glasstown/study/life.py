"""One life of one town: live every day, count, keep what was asked for, and sign the bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import final

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import Table
from glasstown.core.keys import Key
from glasstown.metrics.ledger import Book, day_tallies, open_book, post_day
from glasstown.metrics.moments import Moments, add, close
from glasstown.prepare import Ground, Settled, prepare, settle_people, survey
from glasstown.scenario import Scenario
from glasstown.sensing.views import use_of_streets
from glasstown.simulate import days
from glasstown.state import Day, State
from glasstown.study.rows import Keeper, Rows, sign, signature, tables_of

Progress = Callable[[str, float, float], None]


@final
@dataclass(frozen=True)
class Life:
    """What one life leaves behind.

    Parameters
    ----------
    tables : dict of str to Table
        Town, devices, references and counts.
    rows : dict of str to Rows
        What happened day by day, and what the system still holds.
    not_kept : dict of str to int
        Tables that were counted but not kept, and how many rows they had.
    moments : Moments
        Addable sums from which every estimate is made.
    digest : str
        SHA-256 over all integer columns, the rows that were not kept included.
    signatures : tuple of (day, community, str)
        The digest of each community-day.
    """

    tables: dict[str, Table]
    rows: dict[str, Rows]
    not_kept: dict[str, int]
    moments: Moments
    digest: str
    signatures: tuple[tuple[int, int, str], ...]


def live_once(
    scenario: Scenario,
    seed: int,
    ground: Ground | None = None,
    settled: Settled | None = None,
    *,
    threads: int = 1,
    keep: Sequence[str] = (),
    doubt: Key | None = None,
    progress: Progress | None = None,
) -> Life:
    """Live a scenario once from its first day to its last.

    Parameters
    ----------
    scenario : Scenario
        What is simulated.
    seed : int
        The same seed and scenario give the same bytes.
    ground, settled : Ground, Settled, optional
        Streets and people, where they are already there.
    threads : int
        How many communities live at the same time.
    keep : sequence of str
        Tables of rows to keep whatever their size.
    doubt : Key, optional
        Draws what is not known about the devices.
    progress : callable, optional
        Called with a word, the work done and the whole work.
    """
    key = Key.from_seed(seed)
    ground = ground or survey(scenario)
    settled = settled or settle_people(scenario, ground, key, threads)
    states = prepare(scenario, ground, settled, key, doubt)
    books = [open_book(state.town.people, state.gallery) for state in states]
    keeper = Keeper(keep)
    signatures: list[tuple[int, int, str]] = []
    tallies: list[t.Tallies] = []
    walks = np.zeros(len(settled.routes), np.int64)
    captured = np.zeros(len(states[0].world.devices), np.int64)
    with ThreadPoolExecutor(max(1, threads)) as pool:
        for lived in days(states, scenario, key, threads):
            posted = list(pool.map(_post, books, lived))
            books = [book for book, _, _ in posted]
            for (_, day), (_, tally, signed) in zip(lived, posted, strict=True):
                signatures.append((day.day, day.community, signed))
                tallies.append(tally)
                for name, table in tables_of(day):
                    keeper.add(name, Rows.of(table, day.day, day.community))
                walks += np.bincount(day.trips.route, minlength=len(walks))
                captured += np.bincount(day.captures.device, minlength=len(captured))
            states = [state for state, _ in lived]
            if progress:
                progress("living", states[0].day, scenario.days)
    for state in states:
        for name, part in _held(state):
            keeper.add(name, Rows.of(part, state.day - 1, state.community))
    world = states[0].world
    tables = town_tables(states) | {
        "tallies": t.Tallies.concat(tallies),
        "ledger": t.Ledger.concat([book.ledger for book in books]),
        "device_use": t.DeviceUse.of(device=world.devices.device, captures=captured),
        "street_use": use_of_streets(settled.routes, settled.steps, walks, world.posts, world.layout),
    }
    whole = hashlib.sha256("".join(signed for _, _, signed in signatures).encode())
    for name in sorted(tables):
        sign(whole, name, tables[name])
    for state in states:
        for name, part in _held(state):
            sign(whole, name, part)
    moments = _closed(books, states, len(scenario.town.groups))
    return Life(tables, keeper.rows(), keeper.dropped, moments, whole.hexdigest(), tuple(signatures))


def _post(book: Book, lived: tuple[State, Day]) -> tuple[Book, t.Tallies, str]:
    state, day = lived
    posted = post_day(book, state, day)
    tally = day_tallies(state, day)
    return posted, tally, signature(day, tally)


def _closed(books: Sequence[Book], states: Sequence[State], n_groups: int) -> Moments:
    parts = [close(book, state.town.people, n_groups) for book, state in zip(books, states, strict=True)]
    total = parts[0]
    for part in parts[1:]:
        total = add(total, part)
    return total


def _held(state: State) -> Iterator[tuple[str, Table]]:
    """List what one control room holds on the last evening."""
    yield "dossiers", state.docket.dossiers
    for footage in state.records.footage:
        yield "footage", footage
    for sightings in state.records.sightings:
        yield "sightings", sightings


def town_tables(states: Sequence[State]) -> dict[str, Table]:
    """List the lasting tables of a town: people, streets, places, devices, references."""
    world, layout = states[0].world, states[0].world.layout
    # Communities share one watchlist, or each enrols its own people; whom a reference shows never changes.
    shared = all(state.gallery.references.person is states[0].gallery.references.person for state in states)
    galleries = [state.gallery.references for state in (states[:1] if shared else states)]
    return {
        "people": t.People.concat([state.town.people for state in states]),
        "tokens": t.Tokens.concat([state.town.tokens for state in states]),
        "habits": t.Habits.concat([state.town.habits for state in states]),
        "likeness": t.Likeness.concat([state.gallery.likeness for state in states]),
        "references": t.References.concat(galleries),
        "places": layout.places,
        "nodes": layout.nodes,
        "streets": layout.streets,
        "street_points": layout.points,
        "devices": world.devices,
        "posts": world.posts,
    }
