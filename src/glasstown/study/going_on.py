"""What a run that goes on is spared: the days that are in its journal are read, not lived again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, final

from glasstown.scenario import Scenario
from glasstown.study.forecast import Forecast
from glasstown.study.journal import Journal
from glasstown.study.kind import Kind
from glasstown.study.replicates import DONE, chapter_of


@final
@dataclass(frozen=True)
class Spared:
    """Shares of the work that need not be done again: of the life, the one with the system off, the other replicates.

    Parameters
    ----------
    life, bare, others : float
        0 where nothing was lived yet.
    finished : int
        Replicates that are done.
    """

    life: float = 0.0
    bare: float = 0.0
    others: float = 0.0
    finished: int = 0

    def left_of(self, whole: Forecast) -> Forecast:
        """Return what is left of a run; its memory and its disk are those of the whole."""
        shares = {"life_s": self.life, "bare_s": self.bare, "others_s": self.others}
        return replace(whole, **{name: getattr(whole, name) * (1.0 - share) for name, share in shares.items()})


def spared(kind: Kind[Any, Any, Any], scenario: Scenario, replicates: int, journal: Journal) -> Spared:
    """Find out from the names of its blocks what a journal spares."""

    def share(chapter: str) -> float:
        return kind.spared(scenario, journal.chapter(chapter).names())

    def of_others() -> Iterator[float]:
        for number in range(1, replicates):
            chapter = chapter_of(number)
            yield 1.0 if DONE in journal.chapter(chapter).names() else share(chapter)

    others = list(of_others())
    mean = sum(others) / len(others) if others else 0.0
    return Spared(share("life"), share("without"), mean, others.count(1.0))
