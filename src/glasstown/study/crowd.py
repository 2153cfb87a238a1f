"""The kind of scenario in which a crowd passes cameras, without streets and without residents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final, get_type_hints

import numpy as np
from blake3 import blake3

from glasstown import crowds
from glasstown import tables as t
from glasstown.core.columns import Table
from glasstown.core.estimates import Estimate
from glasstown.core.keys import Key
from glasstown.crowds import Met
from glasstown.metrics import crowd as counts
from glasstown.metrics.conservation import HasTable, Inconsistent, check_estimates
from glasstown.metrics.moments import Moments, add, estimates, nothing
from glasstown.metrics.partitions import GROUPINGS
from glasstown.metrics.quantities import AT_MOST_N
from glasstown.prepare import operating
from glasstown.scenario import Scenario, with_changes
from glasstown.state import CrowdDay
from glasstown.study.costs import cost
from glasstown.study.crowd_stream import Kept, blocks_in
from glasstown.study.forecast import Forecast, foreseen
from glasstown.study.journal import Chapter
from glasstown.study.kind import Again, Choose, Files
from glasstown.study.life import Life, Progress
from glasstown.study.reading import cannot_happen
from glasstown.study.rows import Keeper, Rows, sign, tables_of
from glasstown.tables_crowd import CrowdTallies, Passers

# A life that is over within so many seconds is lived where it is.
LIGHT_S = 1.5
# Of the work of a block, what need not be done again where it is read.
AS_READ = 0.5


def _events() -> dict[str, type[Table]]:
    hints: dict[str, Any] = get_type_hints(CrowdDay)
    return {name: kind for name, kind in hints.items() if issubclass(kind, Table)}


@final
@dataclass(frozen=True)
class Open:
    """A crowd stands on nothing: no streets, no files."""

    notes: dict[str, float | str]
    inputs: dict[str, Path]


@final
class Crowd:
    """Faces past cameras: so many a day, of people who come once."""

    events: Mapping[str, type[Table]] = _events()
    held: tuple[str, ...] = ()
    books: Mapping[str, type[Table]] = {"tallies": CrowdTallies}
    at_most_n: frozenset[str] = AT_MOST_N
    says: Mapping[str, str] = counts.SAYS
    groupings: frozenset[str] = GROUPINGS
    signed: frozenset[str] = frozenset()
    settling: str = "building the town"
    bare: str = "without cameras"

    def light(self, scenario: Scenario) -> bool:
        """A crowd passes in less than the seconds that a process takes to start, unless it is a very large one."""
        return cost("crowd life", self.counts(scenario)) < LIGHT_S

    def size(self, scenario: Scenario) -> dict[str, int | None]:
        """Return how many faces are taken in all; how many people they belong to is an assumption."""
        return {"people": None, "faces": int(scenario.town.faces) * scenario.days}

    def survey(self, scenario: Scenario, files: Files | None = None) -> Open:
        """Find nothing, for a crowd stands on nothing."""
        del scenario, files
        return Open({}, {})

    def stands_on(self, scenario: Scenario) -> object:
        """Return nothing: all crowds stand on that."""
        del scenario
        return None

    def surveyed_first(self, scenario: Scenario) -> bool:
        """A crowd is foreseen from its knobs."""
        del scenario
        return False

    def forecast(
        self,
        scenario: Scenario,
        ground: Open | None,
        *,
        replicates: int = 1,
        workers: int = 1,
        keep: Sequence[str] = (),
        threads: int = 1,
        seed: int = 0,
    ) -> Forecast:
        """Foresee time, memory and disk."""
        del ground, keep, seed
        return foreseen(
            "crowd",
            self.counts(scenario),
            replicates=replicates,
            workers=workers,
            threads=threads,
            compared=self.without(scenario) is not None,
        )

    def forecast_lives(
        self, scenario: Scenario, ground: Open | None, *, seeds: Sequence[int], settled: bool, threads: int = 1
    ) -> Forecast:
        """Foresee one life for each seed."""
        del settled
        return self.forecast(scenario, ground, threads=threads).lived(len(seeds))

    def settled_as(self, scenario: Scenario, ground: Open | None, key: Key) -> str:
        """Nobody settles."""
        del scenario, ground, key
        return ""

    def counts(self, scenario: Scenario) -> dict[str, float]:
        """Count what there is to do: faces, and those among them who are on the list or resemble somebody there."""
        faces = float(scenario.town.faces) * scenario.days
        alike = float(np.minimum(operating(scenario).resembles.max(), 1.0))
        blocks = float(crowds.blocks_of(int(scenario.town.faces)))
        return {
            "once": 1.0,
            "blocks": blocks,
            "faces": faces,
            "noted": faces * alike + crowds.on_list(scenario) * scenario.days,
            "evenings": blocks * scenario.days,
            "references": float(scenario.sensing.watchlist.size),
        }

    def settle(self, scenario: Scenario, ground: Open, key: Key, threads: int = 1) -> None:
        """Settle nothing: nobody lives here."""
        del scenario, ground, key, threads

    def live(
        self,
        scenario: Scenario,
        seed: int,
        ground: Open,
        settled: None = None,
        *,
        threads: int = 1,
        keep: Sequence[str] | None = (),
        doubt: Key | None = None,
        progress: Progress | None = None,
        chapter: Chapter | None = None,
    ) -> Life:
        """Let the crowd pass day after day; count, keep what was asked for, and sign the bytes."""
        del ground, settled, doubt
        key, n_groups = Key.from_seed(seed), len(scenario.town.groups)
        keeper, total = Keeper(keep), nothing(n_groups)
        signatures: list[tuple[int, int, str]] = []
        tallies: list[CrowdTallies] = []
        with ExitStack() as until_lived:
            blocks = crowds.blocks_of(int(scenario.town.faces))
            kept = until_lived.enter_context(Kept(chapter, blocks, key)) if chapter else None
            for references, met, lived in crowds.days(scenario, key, threads, kept):
                tally, moments = _posted(scenario, references, met, lived)
                tallies.append(tally)
                total = add(total, moments)
                for part, day in zip(met, lived, strict=True):
                    signatures.append((day.day, day.community, _signature(part, day)))
                    for name, table in tables_of(day):
                        rows = Rows.of(table, day.day, day.community) if keeper.wants(name) else None
                        keeper.add(name, len(table), rows)
                if progress:
                    progress("living", lived[0].day + 1, scenario.days)
        tables: dict[str, Table] = {
            "references": crowds.listing(scenario, key),
            "tallies": CrowdTallies.concat(tallies),
        }
        whole = blake3("".join(signed for _, _, signed in signatures).encode())
        for name in sorted(tables):
            sign(whole, name, tables[name])
        return Life(tables, keeper.rows(), keeper.dropped, total, whole.hexdigest(), tuple(signatures))

    def spared(self, scenario: Scenario, names: Sequence[str]) -> float:
        """Blocks that have passed are read, and what the control room makes of them is done again."""
        whole = scenario.days * crowds.blocks_of(int(scenario.town.faces))
        return AS_READ * min(blocks_in(names) / whole, 1.0)

    def read(self, life: Life, scenario: Scenario) -> list[Estimate]:
        """Estimate every metric that makes sense of a crowd; what the scenario rules out is zero."""
        ruled_out = cannot_happen(scenario)
        found = counts.chosen(estimates(life.moments, tuple(scenario.town.groups), 1, ruled_out))
        for estimate in found:
            if estimate.name in ruled_out and estimate.value:
                raise Inconsistent(f"{estimate.name} is {estimate.value:g}, which the scenario rules out")
        return found

    def without(self, scenario: Scenario) -> Scenario | None:
        """Return the same crowd with the cameras off; None if they are off already."""
        if scenario.sensing.cameras.kind == "none":
            return None
        return with_changes(scenario, {"sensing.cameras.kind": "none"})

    def check(
        self, estimates: Sequence[Estimate], tables: Mapping[str, Table], rows: Mapping[str, HasTable] | None = None
    ) -> None:
        """Check that rows, days and estimates tell the same story."""
        counts.check(estimates, tables, rows)

    def check_estimates(self, estimates: Sequence[Estimate]) -> None:
        """Check estimates that have no tables with them."""
        check_estimates(estimates, counts.NAMES)

    def forecast_again(
        self, scenario: Scenario, ground: Open | None, choose: Choose, *, keep: Sequence[str] = (), threads: int = 1
    ) -> Forecast:
        """Foresee the days until the one that is chosen."""
        day, _ = self._chosen(scenario, choose)
        return self.forecast(scenario, ground, threads=threads).lived((day + 1) / scenario.days, report=True)

    def _chosen(self, scenario: Scenario, choose: Choose) -> tuple[int, int]:
        blocks = crowds.blocks_of(int(scenario.town.faces))
        return divmod(choose(scenario.days * blocks), blocks)

    def again(
        self,
        scenario: Scenario,
        seed: int,
        ground: Open,
        choose: Choose,
        *,
        keep: Sequence[str] = (),
        threads: int = 1,
        progress: Progress | None = None,
    ) -> Again:
        """Live one block's day again, and the days before it."""
        del ground, keep
        key, (day, block) = Key.from_seed(seed), self._chosen(scenario, choose)
        for _, met, lived in crowds.days(scenario, key, threads):
            if progress:
                progress("living", lived[block].day + 1, day + 1)
            if lived[block].day == day:
                references = crowds.listing(scenario, key)
                signed = _signature(met[block], lived[block])
                return Again(day, block, signed, dict(tables_of(lived[block])), {"references": references})
        raise AssertionError("a day that was not lived")


def _signature(met: Met, day: CrowdDay) -> str:
    """Sign one block's day: everybody who passed, and all that happened."""
    digest = blake3(f"{day.day}/{day.community};{met.faces};".encode())
    for name, table in tables_of(day):
        sign(digest, name, table)
    return digest.hexdigest()


def _posted(
    scenario: Scenario, references: t.References, met: Sequence[Met], lived: Sequence[CrowdDay]
) -> tuple[CrowdTallies, Moments]:
    """Count one day of the whole crowd."""
    n_groups, searching = len(scenario.town.groups), scenario.sensing.cameras.kind != "none" and len(references) > 0
    passers = Passers.concat([day.passers for day in lived])
    ledger = counts.posted(
        passers,
        t.Likeness.concat([day.likeness for day in lived]),
        t.Candidates.concat([day.candidates for day in lived]),
        t.Reviews.concat([day.reviews for day in lived]),
        t.Alerts.concat([day.alerts for day in lived]),
        t.Outcomes.concat([day.outcomes for day in lived]),
        references,
        searching,
    )
    others = np.zeros(met[0].others.shape, np.int64)
    for part in met:
        others += part.others
    rows = counts.rows_of(ledger, passers, others, searching, n_groups)
    return counts.tallied(lived[0].day, *rows, n_groups), counts.moments_of(*rows, n_groups)


CROWD = Crowd()
