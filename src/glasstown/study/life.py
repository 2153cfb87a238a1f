"""One life of one town: live every day, count, keep what was asked for, and sign the bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from functools import reduce
from itertools import repeat
from threading import Semaphore
from typing import final

import numpy as np
from blake3 import blake3

from glasstown import tables as t
from glasstown.core.columns import I32, I64, Table
from glasstown.core.kernels import kernel
from glasstown.core.keys import Key
from glasstown.core.short import Short
from glasstown.metrics.ledger import day_tallies, open_book, post_day, walked
from glasstown.metrics.moments import Moments, add, close
from glasstown.prepare import Ground, Settled, prepare, settle_people, survey
from glasstown.scenario import Scenario
from glasstown.sensing.views import use_of_streets
from glasstown.simulate import step
from glasstown.state import Reel, State
from glasstown.study.diary import Diary, Night, Past
from glasstown.study.evenings import Close, evenings
from glasstown.study.journal import Chapter
from glasstown.study.rows import Keeper, Rows, rows_in, sign, signature, tables_of
from glasstown.study.unfinished import damaged

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
        BLAKE3 over all integer columns, the rows that were not kept included.
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
    keep: Sequence[str] | None = (),
    doubt: Key | None = None,
    progress: Progress | None = None,
    chapter: Chapter | None = None,
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
    keep : sequence of str, optional
        Tables of rows to keep whatever their size. None keeps nothing but what estimates are made from: no rows, no
        tables and no digest.
    doubt : Key, optional
        Draws what is not known about the devices.
    progress : callable, optional
        Called with a word, the work done and the whole work.
    chapter : Chapter, optional
        Where the journal keeps this life; what it holds already is taken up, not lived again.
    """
    key = Key.from_seed(seed)
    ground = ground or survey(scenario)
    settled = settled or settle_people(scenario, ground, key, threads)
    states = prepare(scenario, ground, settled, key, doubt, threads)
    evening = [Night(state, open_book(state.town.people, state.gallery)) for state in states]
    shared = not scenario.sensing.watchlist.everybody
    person_days = sum(len(town.people) for town in settled.towns) * scenario.days
    counts = _Counts(Keeper(keep, person_days), len(settled.routes), len(states[0].world.devices))

    # Of many threads several write at a time, or all would soon wait for the one that does.
    turn = Semaphore(max(1, threads // 2))

    def live(night: Night, close: Close | None = None) -> Night:
        return live_day(night, scenario, key, counts.keeper, turn, close)

    with ExitStack() as open_until_lived:
        diary = open_until_lived.enter_context(Diary(chapter, evening, threads, shared=shared)) if chapter else None
        # Closed before the diary, so that days that are under way when something ends the run are kept.
        pool = ThreadPoolExecutor(max(1, threads))
        open_until_lived.callback(pool.shutdown, cancel_futures=True)
        nights = diary.taken_up(live, key) if diary else evening
        begun = nights[0].state.day
        try:
            for pasts in diary.pasts(begun) if diary else ():
                counts.add(pasts)
        except (ValueError, IndexError) as error:
            assert chapter is not None
            raise damaged(chapter.place, f"its days are not of this town ({error})") from error

        def live_on(night: Night, close: Close) -> Night:
            after = diary.found(night) if diary else None
            if after is None:
                return live(night, close)
            close(after.state)
            return after

        def keep_on(night: Night) -> None:
            if diary:
                diary.write(night)

        days = evenings(pool, nights, scenario.days - begun, live_on, keep_on, shared=shared)
        for day, lived in enumerate(days, begun):
            nights = []
            for night in lived:
                counts.add([night.past] if night.past else [])
                if day == scenario.days - 1:
                    nights.append(night)
            if diary:
                diary.forget(day)
            if progress:
                progress("living", day + 1, scenario.days)
    return _life(scenario, settled, nights, counts, threads)


def live_day(
    night: Night,
    scenario: Scenario,
    key: Key,
    keeper: Keeper,
    turn: AbstractContextManager[object] | None = None,
    close: Close | None = None,
) -> Night:
    """Live one day of one community, and take from it what the study keeps.

    As soon as it is known how the community stands at midnight, `close` is told.
    Books are written when it is the thread's `turn`. To write them takes many short calls, in which two threads would
    hand Python's lock to and fro; while one writes, the other walks its people past their devices.
    """
    state, day = step(night.state, scenario, key, rows=keeper.writes_out)
    if close:
        close(state)
    with turn or nullcontext():
        tally, stroll = day_tallies(state, day), day.outings.stroll
        return Night(
            state,
            post_day(night.book, state, day),
            Past(
                day=day.day,
                community=day.community,
                signed=signature(day, tally),
                tally=tally,
                n_rows=rows_in(day, tally),
                rows={name: table for name, table in tables_of(day) if keeper.wants(name)},
                strolls=stroll.take(np.flatnonzero(stroll >= 0)),
                taken=Short.of(day.device_days.n_captures),
            ),
        )


@final
class _Counts:
    """What is added up over the days of a life."""

    def __init__(self, keeper: Keeper, n_routes: int, n_devices: int) -> None:
        self.keeper = keeper
        self.tallies: list[t.Tallies] = []
        self.signatures: list[tuple[int, int, str]] = []
        self.walks = np.zeros(n_routes, np.int64)
        self.captured = np.zeros(n_devices, np.int64)

    def add(self, pasts: Sequence[Past]) -> None:
        """Add one day of every community, in order."""
        for past in pasts:
            self.signatures.append((past.day, past.community, past.signed))
            self.tallies.append(past.tally)
            for name, n in past.n_rows.items():
                table = past.rows.get(name)
                rows = None if table is None else Rows.of(table, past.day, past.community)
                self.keeper.add(name, n, rows)
            _count(self.walks, past.strolls)
            if len(past.taken) != len(self.captured):
                raise ValueError("other devices")
            past.taken.add_to(self.captured)


@kernel
def _count(total: I64, at: I32) -> None:
    """Count one at each of some places, of which one may come several times."""
    for i in range(len(at)):
        if not 0 <= at[i] < len(total):
            raise IndexError("nothing is counted at such a place")
        total[at[i]] += 1


def _life(scenario: Scenario, settled: Settled, nights: Sequence[Night], counts: _Counts, threads: int) -> Life:
    """Close the books after the last day."""
    states, books = [night.state for night in nights], [night.book for night in nights]
    keeper = counts.keeper
    for state in states:
        for name, part in _held(state):
            rows = None
            if keeper.wants(name):
                table = part.footage() if isinstance(part, Reel) else part
                rows = Rows.of(table, state.day - 1, state.community)
            keeper.add(name, len(part), rows)
    with ThreadPoolExecutor(max(1, threads)) as pool:
        residents, n_groups = [state.town.people for state in states], len(scenario.town.groups)
        use = None if keeper.keeps_nothing else pool.submit(_use, settled, nights, counts)
        moments = pool.map(close, books, residents, repeat(n_groups))
        if use is None:
            return Life({}, {}, keeper.dropped, reduce(add, moments), "", ())
        rooms = pool.map(sign_room, states)
        tables = town_tables(states) | {
            "tallies": t.Tallies.concat(counts.tallies),
            "ledger": t.Ledger.concat([book.ledger for book in books]),
            **use.result(),
        }
        signed = [*pool.map(_signed, *zip(*sorted(tables.items()), strict=True)), *rooms]
        days = (signed for _, _, signed in counts.signatures)
        digest = blake3("".join([*days, *signed]).encode()).hexdigest()
        return Life(tables, keeper.rows(), keeper.dropped, reduce(add, moments), digest, tuple(counts.signatures))


def _use(settled: Settled, nights: Sequence[Night], counts: _Counts) -> dict[str, Table]:
    """Count how often each street was walked and how many faces each device took."""
    world, walks = nights[0].state.world, counts.walks
    for night in nights:
        walks += walked(night.book, night.state.town.habits, len(walks))
    return {
        "device_use": t.DeviceUse.of(device=world.devices.device, captures=counts.captured),
        "street_use": use_of_streets(settled.routes, settled.steps, walks, world.posts, world.layout),
    }


def _held(state: State) -> Iterator[tuple[str, Table | Reel]]:
    """List what one control room holds on the last evening."""
    yield "dossiers", state.docket.dossiers
    for reel in state.records.footage:
        yield "footage", reel
    for sightings in state.records.sightings:
        yield "sightings", sightings


def _signed(name: str, table: Table) -> str:
    """Sign a table alone."""
    digest = blake3()
    sign(digest, name, table)
    return digest.hexdigest()


def sign_room(state: State) -> str:
    """Sign what one control room holds: footage as it is held, not as a row for each capture."""
    digest = blake3()
    for name, part in _held(state):
        if isinstance(part, Reel):
            digest.update(f"{part.day};".encode())
            captures = part.captures
            sign(digest, name, captures.devices)
            sign(digest, name, captures.minutes)
        else:
            sign(digest, name, part)
    return digest.hexdigest()


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
