"""What every kind of scenario offers, so that running, keeping, testing and reporting are written once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar, final

from glasstown.core.columns import Table
from glasstown.core.estimates import Estimate
from glasstown.core.keys import Key
from glasstown.metrics.conservation import HasTable
from glasstown.scenario import Scenario
from glasstown.study.forecast import Forecast
from glasstown.study.journal import Chapter
from glasstown.study.life import Progress
from glasstown.study.rows import Rows

Files = Mapping[str, Path]
Choose = Callable[[int], int]


class Found(Protocol):
    """What a scenario stands on whatever the seed: notes for the report, and the files that were read."""

    @property
    def notes(self) -> dict[str, float | str]:
        """What was read, left out and drawn."""
        ...

    @property
    def inputs(self) -> dict[str, Path]:
        """The path of each file that was read."""
        ...


class Lived(Protocol):
    """What one life leaves behind."""

    @property
    def tables(self) -> dict[str, Table]:
        """Lasting tables and counts, by name."""
        ...

    @property
    def rows(self) -> dict[str, Rows]:
        """What happened day by day, where it was kept."""
        ...

    @property
    def not_kept(self) -> dict[str, int]:
        """Tables that were counted but not kept, and how many rows they had."""
        ...

    @property
    def digest(self) -> str:
        """BLAKE3 over all integer columns, the rows that were not kept included."""
        ...

    @property
    def signatures(self) -> tuple[tuple[int, int, str], ...]:
        """Day, community and digest of each community-day."""
        ...


@final
@dataclass(frozen=True)
class Again:
    """One community-day lived a second time.

    Parameters
    ----------
    day, community : int
        Which.
    signature : str
        Its digest.
    rows : dict of str to Table
        What happened.
    lasting : dict of str to Table
        What was there before the first day.
    """

    day: int
    community: int
    signature: str
    rows: dict[str, Table]
    lasting: dict[str, Table]


G = TypeVar("G", bound=Found)
S = TypeVar("S")
L = TypeVar("L", bound=Lived)


class Kind(Protocol[G, S, L]):
    """One kind of scenario: what it stands on, how it is foreseen, lived and read.

    `G` is what it stands on whatever the seed, `S` what is settled before anything watches, `L` what a life leaves.
    """

    @property
    def events(self) -> Mapping[str, type[Table]]:
        """The tables of one community-day, which its signature covers."""
        ...

    @property
    def held(self) -> tuple[str, ...]:
        """Further tables of rows: what the system still holds on the last evening."""
        ...

    @property
    def books(self) -> Mapping[str, type[Table]]:
        """The tables against which estimates are checked."""
        ...

    @property
    def at_most_n(self) -> frozenset[str]:
        """Metrics that cannot exceed their `n`."""
        ...

    @property
    def says(self) -> Mapping[str, str]:
        """What each quantity that is read off says to people, by name."""
        ...

    @property
    def groupings(self) -> frozenset[str]:
        """By what quantities are read off, those together that are crossed."""
        ...

    @property
    def signed(self) -> frozenset[str]:
        """Metrics that can be below 0 and above 1."""
        ...

    @property
    def settling(self) -> str:
        """What is done before anybody lives."""
        ...

    @property
    def bare(self) -> str:
        """What the life with the system off is called while it is lived."""
        ...

    def light(self, scenario: Scenario) -> bool:
        """Say whether a life is over before another process has started, so that replicates live in this one."""
        ...

    def size(self, scenario: Scenario) -> dict[str, int | None]:
        """Return how many `people` live in it, or how many `faces` pass by; the other is None."""
        ...

    def survey(self, scenario: Scenario, files: Files | None = None) -> G:
        """Find or invent what the scenario stands on."""
        ...

    def stands_on(self, scenario: Scenario) -> object:
        """Return all of a scenario that its survey depends on: where that is equal, one survey serves both."""
        ...

    def surveyed_first(self, scenario: Scenario) -> bool:
        """Say whether nothing can be foreseen before the survey."""
        ...

    def forecast(
        self,
        scenario: Scenario,
        ground: G | None,
        *,
        replicates: int = 1,
        workers: int = 1,
        keep: Sequence[str] = (),
        threads: int = 1,
        seed: int = 0,
    ) -> Forecast:
        """Foresee time, memory and disk.

        Parameters
        ----------
        scenario : Scenario
            What shall be simulated.
        ground : ground of this kind, or None
            What it stands on, where the survey was made.
        replicates, workers : int
            How often the scenario is lived, and in how many processes at a time the further ones are.
        keep : sequence of str
            Tables whose rows are kept whatever their size.
        threads : int
            How many communities live at the same time.
        seed : int
            Of the run: a town that is in the cache already need not be built.
        """
        ...

    def forecast_lives(
        self, scenario: Scenario, ground: G | None, *, seeds: Sequence[int], settled: bool, threads: int = 1
    ) -> Forecast:
        """Foresee one life for each seed, of which only estimates are made.

        Parameters
        ----------
        seeds : sequence of int
            Of the lives: towns that are in the cache already need not be built.
        settled : bool
            Whether `settle` was called already, for another scenario with the same `settled_as`.
        """
        ...

    def settled_as(self, scenario: Scenario, ground: G | None, key: Key) -> str:
        """Name what `settle` returns by all that it depends on; empty where it returns nothing."""
        ...

    def settle(self, scenario: Scenario, ground: G, key: Key, threads: int = 1) -> S:
        """Make what is the same whatever watches: it serves the life with the system and the one without."""
        ...

    def live(
        self,
        scenario: Scenario,
        seed: int,
        ground: G,
        settled: S | None = None,
        *,
        threads: int = 1,
        keep: Sequence[str] | None = (),
        doubt: Key | None = None,
        progress: Progress | None = None,
        chapter: Chapter | None = None,
    ) -> L:
        """Live once from the first day to the last; a chapter of the journal keeps what was lived, and is taken up.

        Parameters
        ----------
        scenario : Scenario
            What is simulated.
        seed : int
            The same seed and scenario give the same bytes.
        ground, settled
            What it stands on, and what is the same whatever watches, where that is already made (see `settle`).
        threads : int
            How many communities live at the same time.
        keep : sequence of str, optional
            Tables whose rows are kept whatever their size; None keeps what estimates are made from and no more.
        doubt : Key, optional
            Draws what is not known about the devices.
        progress : callable, optional
            Called with a word, the work done and the whole work.
        chapter : Chapter, optional
            Where the journal keeps this life.
        """
        ...

    def spared(self, scenario: Scenario, names: Sequence[str]) -> float:
        """Say which share of a life's work blocks of the journal spare, by their names: less than 1."""
        ...

    def read(self, life: L, scenario: Scenario) -> list[Estimate]:
        """Estimate every metric."""
        ...

    def without(self, scenario: Scenario) -> Scenario | None:
        """Return the same with the system off; None if it is off already."""
        ...

    def check(
        self, estimates: Sequence[Estimate], tables: Mapping[str, Table], rows: Mapping[str, HasTable] | None = None
    ) -> None:
        """Check that rows, books, days and estimates tell the same story; raises `conservation.Inconsistent`."""
        ...

    def check_estimates(self, estimates: Sequence[Estimate]) -> None:
        """Check estimates that have no tables with them."""
        ...

    def forecast_again(
        self, scenario: Scenario, ground: G | None, choose: Choose, *, keep: Sequence[str] = (), threads: int = 1
    ) -> Forecast:
        """Foresee what `again` takes, and the report."""
        ...

    def again(
        self,
        scenario: Scenario,
        seed: int,
        ground: G,
        choose: Choose,
        *,
        keep: Sequence[str] = (),
        threads: int = 1,
        progress: Progress | None = None,
    ) -> Again:
        """Live one community-day again, on nothing that was kept.

        Parameters
        ----------
        choose : callable
            Picks it from so many.
        keep : sequence of str
            Tables that the run has kept whatever their size.
        progress : callable, optional
            Called with a word, the work done and the whole work.
        """
        ...
