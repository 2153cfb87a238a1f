"""The communities of a nation, one after the other, and the journal from which a nation goes on after an end.

What is kept is what remains of a community anyway: integers, added up so far, and one signature each. Nothing read back
is trusted: one community, chosen at random from the seed, lives again, and a journal in which it came out otherwise is
refused.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic
from typing import Final, TypeVar, final

from glasstown.core.blocks import Block
from glasstown.core.keys import Key
from glasstown.metrics.nation_estimates import Counted
from glasstown.study.beside import Beside
from glasstown.study.journal import Chapter
from glasstown.study.unfinished import damaged

AHEAD: Final = 4
BETWEEN_S: Final = 1.0
KEPT: Final = 2
_SUMS_OF: Final = ".sums"
_SUMS = ("rows", "series", "grades", "deals")
T = TypeVar("T")


def in_order(live: Callable[[int], T], communities: Sequence[int], threads: int) -> Iterator[T]:
    """Live communities, as many at a time as there are threads, and hand them back in order.

    Parameters
    ----------
    live : callable
        Lives one community; threads share it.
    """
    with ThreadPoolExecutor(max(1, threads)) as pool:
        under_way: deque[Future[T]] = deque()
        try:
            for community in communities:
                under_way.append(pool.submit(live, community))
                if len(under_way) >= AHEAD * max(1, threads):
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()


@final
class Kept(Beside):
    """Writes what was counted so far into a chapter of the journal, beside the living and about once a second.

    Parameters
    ----------
    chapter : Chapter
        Where the life is kept.
    """

    def __init__(self, chapter: Chapter) -> None:
        super().__init__()
        self._chapter = chapter
        self._since = monotonic()
        self._written = 0

    def write(self, signed: Sequence[str], total: Counted, *, last: bool) -> None:
        """Keep the sums so far if it is time; the signatures are those of all communities so far.

        Raises
        ------
        Problem
            If the disk has failed meanwhile: nothing further is lived that could not be kept.
        """
        if not last and monotonic() - self._since < BETWEEN_S:
            return
        if len(signed) == self._written:
            return
        block = Block({name: getattr(total, name).copy() for name in _SUMS}, {"done": len(signed)})
        new = Block({}, {"from": self._written, "signed": list(signed[self._written :])})
        self.begin(self._put, self._written, new, len(signed), block)
        self._since, self._written = monotonic(), len(signed)

    def _put(self, begun: int, new: Block, done: int, block: Block) -> None:
        self._chapter.put(_signed(begun), new)
        self._chapter.put(_sums(done), block)
        self._chapter.drop(_names(self._chapter, _SUMS_OF)[:-KEPT])

    def taken_up(
        self, total: Counted, communities: Sequence[int], live: Callable[[int], str], key: Key
    ) -> list[str]:
        """Add to an empty total what was counted already; return the signatures of the communities it comes from.

        Parameters
        ----------
        total : Counted
            Changed.
        communities : sequence of int
            All of them, in order.
        live : callable
            Lives one community and returns its signature.
        key : Key
            The run's key.

        Raises
        ------
        Problem
            If the journal is damaged, or a community comes out otherwise when it lives again.
        """
        there = _names(self._chapter, _SUMS_OF)
        if not there:
            return []
        try:
            done, signed = self._read(there, total, len(communities))
        except (KeyError, TypeError, ValueError) as error:
            raise damaged(self._chapter.place, f"what was counted in it is damaged ({error})") from error
        at = int(key("resume", done).below(done, 0)[0])
        if live(communities[at]) != signed[at]:
            words = f"community {communities[at]} comes out otherwise when it lives again"
            raise damaged(self._chapter.place, words)
        self._written = done
        return signed

    def _read(self, there: list[str], total: Counted, most: int) -> tuple[int, list[str]]:
        """Read the newest sums that can be read, and the signatures up to there."""
        for name in reversed(there):
            try:
                block = self._chapter.get(name)
                done = block.words["done"] if block else 0
                if block is None or not 0 < done <= most or name != _sums(done):
                    raise ValueError("not the sums of this nation")
                sums = [(getattr(total, kind), block.arrays[kind]) for kind in _SUMS]
                if any(into.shape != read.shape or into.dtype != read.dtype for into, read in sums):
                    raise ValueError("sums of another shape")
                signed = self._signatures(done)
            except (KeyError, ValueError):
                if name == there[0]:
                    raise
                continue
            for into, read in sums:
                into += read
            return done, signed
        raise ValueError("no sums")

    def _signatures(self, done: int) -> list[str]:
        signed: list[str] = []
        while len(signed) < done:
            block = self._chapter.get(_signed(len(signed)))
            if block is None or not block.words["signed"]:
                raise ValueError("signatures are missing")
            signed += [str(one) for one in block.words["signed"]]
        if len(signed) != done:
            raise ValueError("signatures of another journal")
        return signed


def counted_in(names: Sequence[str]) -> int:
    """Return how many communities the newest sums are of, by the names of the blocks."""
    done = [name.removesuffix(_SUMS_OF) for name in names if name.endswith(_SUMS_OF)]
    return max((int(number) for number in done if number.isdecimal()), default=0)


def _names(chapter: Chapter, kind: str) -> list[str]:
    return [name for name in chapter.names() if name.endswith(kind)]


def _signed(begun: int) -> str:
    return f"{begun:07}.signed"


def _sums(done: int) -> str:
    return f"{done:07}{_SUMS_OF}"
