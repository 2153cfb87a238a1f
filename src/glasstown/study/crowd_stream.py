"""The blocks of a crowd in the journal, from which a crowd goes on after an end.

What is kept of a block is what the comparison left of it; what the control room made of that is cheap, and done again.
Nothing read back is trusted: one block, chosen at random from the seed, passes again, and a journal in which it came
out otherwise is refused. A part of the journal that cannot be read is lived again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from time import monotonic
from typing import Final, final

import numpy as np

from glasstown.core.blocks import Block
from glasstown.core.keys import Key
from glasstown.core.trees import put_together, take_apart
from glasstown.crowds import Met
from glasstown.study.beside import Beside
from glasstown.study.journal import Chapter
from glasstown.study.unfinished import damaged

BETWEEN_S: Final = 1.0


@final
class Kept(Beside):
    """Writes the blocks that were met into a chapter of the journal, about once a second, and recalls them.

    Parameters
    ----------
    chapter : Chapter
        Where the life is kept.
    blocks : int
        In each day.
    key : Key
        The run's key.
    """

    def __init__(self, chapter: Chapter, blocks: int, key: Key) -> None:
        super().__init__()
        self._chapter = chapter
        self._blocks = blocks
        self._there = {(day, block): (name, i) for name in chapter.names() for i, (day, block) in enumerate(_in(name))}
        known = sorted(self._there)
        self._doubted = known[int(key("resume", len(known)).below(len(known), 0)[0])] if known else None
        self._read: tuple[str, list[Met]] = ("", [])
        self._reading = Lock()
        self._new: list[Met] = []
        self._since = monotonic()

    def whole(self, day: int) -> bool:
        """Say whether every block of a day is known, and none of them is to be met again."""
        known = all((day, block) in self._there for block in range(self._blocks))
        return known and (self._doubted is None or self._doubted[0] != day) and self._readable(day)

    def met(self, day: int, block: int, meet: Callable[[int], Met]) -> Met:
        """Recall a block, or let it pass.

        Raises
        ------
        Problem
            If it is the one that passes again, and comes out otherwise.
        """
        there = self._recalled(day, block)
        if there is None:
            return meet(block)
        if (day, block) == self._doubted and not _same(there, meet(block)):
            raise damaged(self._chapter.place, f"block {block} of day {day} comes out otherwise when it passes again")
        return there

    def write(self, day: int, met: Met) -> None:
        """Keep a block if it is not kept yet: with those before it, once it is time or the day is over.

        Raises
        ------
        Problem
            If the disk has failed meanwhile: nothing further is lived that could not be kept.
        """
        if self._new and met.community != self._new[-1].community + 1:
            self._begin_to_put(day)
        if (day, met.community) not in self._there:
            self._new.append(met)
        last = met.community == self._blocks - 1
        if self._new and (last or monotonic() - self._since > BETWEEN_S):
            self._begin_to_put(day)

    def _begin_to_put(self, day: int) -> None:
        self.begin(self._put, day, self._new)
        self._new, self._since = [], monotonic()

    def _put(self, day: int, met: list[Met]) -> None:
        block = Block()
        block.words["met"] = [take_apart(part, block.arrays, f"{i}") for i, part in enumerate(met)]
        self._chapter.put(f"{day:05}.{met[0].community:06}.{met[-1].community:06}", block)

    def _recalled(self, day: int, block: int) -> Met | None:
        with self._reading:
            name, i = self._there.get((day, block), ("", 0))
            if name and self._read[0] != name:
                try:
                    self._read = (name, self._opened(name))
                except (KeyError, TypeError, ValueError):
                    for lost in _in(name):
                        self._there.pop(lost, None)
                    return None
            return self._read[1][i] if name else None

    def _readable(self, day: int) -> bool:
        return all(self._recalled(day, block) is not None for block in range(self._blocks))

    def _opened(self, name: str) -> list[Met]:
        block = self._chapter.get(name)
        if block is None:
            raise KeyError(name)
        found: list[Met] = [put_together(Met, document, block.arrays) for document in block.words["met"]]
        if [part.community for part in found] != [number for _, number in _in(name)]:
            raise ValueError("other blocks")
        return found


def blocks_in(names: Sequence[str]) -> int:
    """Count the blocks of a crowd that parts of the journal hold, by their names."""
    return sum(len(_in(name)) for name in names)


def _in(name: str) -> list[tuple[int, int]]:
    """List the blocks that a part of the journal holds, from its name."""
    try:
        day, first, last = (int(number) for number in name.split("."))
    except ValueError:
        return []
    return [(day, block) for block in range(first, last + 1)]


def _same(one: Met, other: Met) -> bool:
    """Compare two blocks column by column."""
    arrays: list[dict[str, np.ndarray]] = [{}, {}]
    words = [take_apart(part, into, "") for part, into in zip((one, other), arrays, strict=True)]
    return (
        words[0] == words[1]
        and arrays[0].keys() == arrays[1].keys()
        and all(np.array_equal(arrays[0][at], arrays[1][at]) for at in arrays[0])
    )
