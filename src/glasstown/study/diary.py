"""What a life leaves in the journal, night by night, and how it is taken up again.

Each community-day leaves two blocks: what is never changed again (the rows that are kept, the tally, the signature, and
the parts by which records grow) and how the community stands at the next midnight. Of the latter only the last few
nights are kept. What is still as on the first evening is not stored: the town is built again.

Nothing read back is trusted: one community, chosen at random from the seed, lives its last day again, and a journal in
which that day came out otherwise is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from glasstown import tables as t
from glasstown.core.blocks import Block
from glasstown.core.columns import I32, Table
from glasstown.core.keys import Key
from glasstown.core.short import Short
from glasstown.core.trees import put_together, take_apart
from glasstown.metrics.ledger import Book
from glasstown.state import State, morning
from glasstown.study.beside import Beside
from glasstown.study.journal import Chapter
from glasstown.study.rows import WRITTEN_OUT, kinds_of_rows, signed
from glasstown.study.unfinished import damaged

NIGHTS_KEPT = 3
_A_DAY = re.compile(r"\d+\.\d+\.day", re.ASCII)
_A_NIGHT = re.compile(r"\d+\.\d+\.night", re.ASCII)


@final
@dataclass(frozen=True)
class Past:
    """What the study keeps of one community-day.

    Parameters
    ----------
    day, community : int
        When and where.
    signed : str
        Its signature.
    tally : Tallies
        Its totals.
    n_rows : dict of str to int
        How many rows each table had.
    rows : dict of str to Table
        The tables themselves, but for those that have grown too large to be kept.
    strolls : array of int32
        The route of each walk for which habits leave the way open.
    taken : Short
        How many faces each device took.
    """

    day: int
    community: int
    signed: str
    tally: t.Tallies
    n_rows: dict[str, int]
    rows: dict[str, Table]
    strolls: I32
    taken: Short


@final
@dataclass(frozen=True)
class Night:
    """One community at midnight: how it stands, its books, and the day that led there (None before the first)."""

    state: State
    book: Book
    past: Past | None = None


Live = Callable[[Night], Night]
Parts = dict[int, tuple[Any, str]]


@final
class Diary(Beside):
    """Writes the nights of one life into a chapter of the journal, beside the living.

    For each community that lives at the same time, at most one night is on its way to the disk: while a finished day
    waits for a writer, its thread does not live on. So a run that is killed lives at most one finished community-day
    again for each of them, and those that were under way.

    Parameters
    ----------
    chapter : Chapter
        Where the life is kept.
    evening : sequence of Night
        Every community before its first day, built anew.
    threads : int
        How many communities live at the same time.
    shared : bool
        Whether the communities have one watchlist.
    """

    def __init__(self, chapter: Chapter, evening: Sequence[Night], threads: int, *, shared: bool) -> None:
        # No more than there are communities: nobody has more to write at a time.
        super().__init__(max(1, min(threads, len(evening))))
        self._chapter = chapter
        self._evening = list(evening)
        self._shared = shared
        self._parts: list[Parts] = [{} for _ in evening]
        self._ahead: dict[int, int] = {}

    # -------------------------------------------------------------- writing
    def write(self, night: Night) -> None:
        """Begin to write one community's night, as soon as what is being written is on the disk.

        What the journal held already when the life was taken up is not written again.
        """
        community = night.state.community
        if self._ahead.get(community) == night.state.day - 1:
            return
        (day, lived), (after, stands), self._parts[community] = self._taken_apart(night, self._parts[community])
        self.begin(self._chapter.put_together, {day: lived, after: stands})

    def forget(self, day: int) -> None:
        """Remove the nights that are not needed once every community has lived a day."""
        old = day + 1 - NIGHTS_KEPT
        if old > 0:
            names = [_night(old, community) for community in range(len(self._evening))]
            self.later(self._chapter.drop, names)

    def _taken_apart(self, night: Night, known: Parts) -> tuple[tuple[str, Block], tuple[str, Block], Parts]:
        """Turn a night and the day before it into blocks."""
        past, community = night.past, night.state.community
        assert past is not None
        now, new = Parts(), dict[str, Any]()

        def part(member: Any) -> str:
            name = known[id(member)][1] if id(member) in known else f"{past.day}.{len(new)}"
            if id(member) not in known:
                new[name] = member
            now[id(member)] = (member, name)
            return name

        stands = Block()
        first = self._evening[community]
        stands.words["state"] = take_apart(night.state, stands.arrays, "state", first.state, part)
        stands.words["book"] = take_apart(night.book, stands.arrays, "book", first.book)
        lived = Block({"strolls": past.strolls}, {"signed": past.signed, "n_rows": past.n_rows})
        for name in ("tally", "taken"):
            lived.words[name] = take_apart(getattr(past, name), lived.arrays, name)
        for kind, members in (("rows", past.rows), ("parts", new)):
            taken = {name: take_apart(member, lived.arrays, f"{kind}.{name}") for name, member in members.items()}
            lived.words[kind] = taken
        return (_day(past.day, community), lived), (_night(past.day + 1, community), stands), now

    # -------------------------------------------------------------- taking up
    def taken_up(self, live: Live, key: Key) -> list[Night]:
        """Go back to the last midnight that every community has reached.

        Parameters
        ----------
        live : callable
            Lives one community-day.
        key : Key
            The run's key.

        Returns
        -------
        list of Night
            Where every community stands in the morning; `pasts` has the days before.

        Raises
        ------
        Problem
            If the journal is damaged, or a day comes out otherwise when it is lived again.
        """
        there, everybody = set(self._chapter.names()), range(len(self._evening))
        last = self._last(there)
        try:
            self._ahead = {i: last for i in everybody if _night(last + 1, i) in there and self._readable(last, i)}
            lived = {i: last if i in self._ahead else last - 1 for i in everybody}
            some = [community for community, day in lived.items() if day >= 0]
            if some:
                chosen = some[int(key("resume", last).below(len(some), 0)[0])]
                self._live_again(lived[chosen], chosen, live)
            return self._mornings(last)
        except (KeyError, TypeError, ValueError) as error:
            raise damaged(self._chapter.place, f"what was lived before day {last} is damaged ({error})") from error

    def pasts(self, last: int) -> Iterator[list[Past]]:
        """Read the days before one, each with its communities in order: one at a time, as they were lived.

        Raises
        ------
        Problem
            If one of them is damaged.
        """
        for day in range(last):
            try:
                yield [self._past(day, community) for community in range(len(self._evening))]
            except (KeyError, TypeError, ValueError) as error:
                raise damaged(self._chapter.place, f"what was lived on day {day} is damaged ({error})") from error

    def found(self, night: Night) -> Night | None:
        """Return the next night of a community that had lived the day already when others had not.

        Raises
        ------
        Problem
            If the disk has failed meanwhile: no further day is lived that could not be kept.
        """
        self.complain()
        community, day = night.state.community, night.state.day
        if self._ahead.get(community) != day:
            return None
        after, self._parts[community] = self._night(day + 1, community)
        return Night(after.state, after.book, self._past(day, community))

    def _last(self, there: set[str]) -> int:
        """Return the last day to the morning of which every community has come, and can be read."""
        everybody = range(len(self._evening))
        days = sorted({int(name.partition(".")[0]) for name in there if _A_NIGHT.fullmatch(name)}, reverse=True)
        complete = [day for day in days if all(_night(day, community) in there for community in everybody)]
        for day in complete:
            try:
                self._mornings(day)
            except (KeyError, TypeError, ValueError):
                continue
            return day
        if complete:
            raise damaged(self._chapter.place, "no night in it can be read")
        return 0

    def _readable(self, day: int, community: int) -> bool:
        try:
            self._past(day, community)
            self._night(day + 1, community)
        except (KeyError, TypeError, ValueError):
            return False
        return True

    def _mornings(self, day: int) -> list[Night]:
        """Return how every community stands in the morning of a day, with what was closed the evening before."""
        if day == 0:
            return self._evening
        read = [self._night(day, community) for community in range(len(self._evening))]
        self._parts = [parts for _, parts in read]
        states = morning([night.state for night, _ in read], shared=self._shared)
        return [Night(state, night.book) for (night, _), state in zip(read, states, strict=True)]

    def _night(self, day: int, community: int) -> tuple[Night, Parts]:
        parts, days = Parts(), dict[int, Block]()

        def part(name: str, kind: Any) -> Any:
            lived = int(name.partition(".")[0])
            block = days.get(lived) or days.setdefault(lived, self._block(_day(lived, community)))
            member = put_together(kind, block.words["parts"][name], block.arrays)
            parts[id(member)] = (member, name)
            return member

        block, first = self._block(_night(day, community)), self._evening[community]
        state = put_together(State, block.words["state"], block.arrays, first.state, part)
        book = put_together(Book, block.words["book"], block.arrays, first.book)
        if (state.day, state.community) != (day, community):
            raise ValueError("another night")
        return Night(state, book), parts

    def _past(self, day: int, community: int) -> Past:
        block = self._block(_day(day, community))
        words, arrays, kinds = block.words, block.arrays, kinds_of_rows()
        rows = {name: put_together(kinds[name], document, arrays) for name, document in words["rows"].items()}
        tally = put_together(t.Tallies, words["tally"], arrays)
        whole = rows.keys() >= kinds.keys() - set(WRITTEN_OUT)
        if whole and signed(day, community, rows.items(), tally) != words["signed"]:
            raise ValueError("rows and signature differ")
        taken = put_together(Short, words["taken"], arrays)
        return Past(day, community, words["signed"], tally, words["n_rows"], rows, arrays["strolls"], taken)

    def _block(self, name: str) -> Block:
        block = self._chapter.get(name)
        if block is None:
            raise KeyError(name)
        return block

    def _live_again(self, day: int, community: int, live: Live) -> None:
        """Live one community-day again and compare all of it with what the journal says."""
        before = self._mornings(day)[community]
        known = self._parts[community]
        for name, block in self._taken_apart(live(before), known)[:2]:
            said = self._block(name)
            if not _same(said, block):
                words = f"day {day} of community {community} comes out otherwise when lived again"
                raise damaged(self._chapter.place, words)


def _same(said: Block, lived: Block) -> bool:
    """Compare two blocks; rows that the journal did not keep are left out."""
    missing = lived.words.get("rows", {}).keys() - said.words.get("rows", {}).keys()
    for name in missing:
        del lived.words["rows"][name]
    kept = {at: v for at, v in lived.arrays.items() if at.split(".")[:1] != ["rows"] or at.split(".")[1] not in missing}
    return (
        said.words == lived.words
        and said.arrays.keys() == kept.keys()
        and all(said.arrays[at].dtype == kept[at].dtype and np.array_equal(said.arrays[at], kept[at]) for at in kept)
    )


def days_in(names: Sequence[str]) -> int:
    """Count the community-days that are among the blocks of a chapter, by their names."""
    return sum(bool(_A_DAY.fullmatch(name)) for name in names)


def _day(day: int, community: int) -> str:
    return f"{day:05}.{community:05}.day"


def _night(day: int, community: int) -> str:
    return f"{day:05}.{community:05}.night"
