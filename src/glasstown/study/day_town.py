"""The kind of scenario in which people live day by day among streets: invented, real, or well mixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final, get_type_hints

from glasstown import tables as t
from glasstown.core.columns import Table
from glasstown.core.estimates import Estimate
from glasstown.core.keys import Key
from glasstown.metrics import conservation
from glasstown.metrics.conservation import HasTable
from glasstown.metrics.ledger import day_tallies
from glasstown.metrics.partitions import GROUPINGS
from glasstown.metrics.quantities import AT_MOST_N, METRICS
from glasstown.prepare import Ground, Settled, kept_of, name_of_town, prepare, settle_people, survey
from glasstown.scenario import Scenario, with_changes
from glasstown.simulate import days
from glasstown.state import Day, State
from glasstown.study.ahead import compiling_ahead
from glasstown.study.diary import days_in
from glasstown.study.forecast import Forecast, forecast
from glasstown.study.journal import Chapter
from glasstown.study.kind import Again, Choose, Files
from glasstown.study.life import Life, Progress, live_once, town_tables
from glasstown.study.lives import in_a_town
from glasstown.study.reading import read_off
from glasstown.study.rows import signature, tables_of, write_out
from glasstown.town.build import community_sizes

# Of the work of a life, what need not be done again where its days are read.
AS_READ = 0.75


def _events() -> dict[str, type[Table]]:
    hints: dict[str, Any] = get_type_hints(Day)
    return {name: kind for name, kind in hints.items() if issubclass(kind, Table)}


@final
class DayTown:
    """People who live among streets, or meet devices at random, day by day."""

    events: Mapping[str, type[Table]] = _events()
    held: tuple[str, ...] = ("dossiers", "footage", "sightings")
    books: Mapping[str, type[Table]] = {"people": t.People, "ledger": t.Ledger, "tallies": t.Tallies}
    at_most_n: frozenset[str] = AT_MOST_N
    says: Mapping[str, str] = {metric.name: metric.says for metric in METRICS}
    groupings: frozenset[str] = GROUPINGS
    signed: frozenset[str] = frozenset()
    settling: str = "building the town"
    bare: str = "without cameras"

    def light(self, scenario: Scenario) -> bool:
        """No town is."""
        del scenario
        return False

    def size(self, scenario: Scenario) -> dict[str, int | None]:
        """Return how many people live there."""
        return {"people": scenario.town.people, "faces": None}

    def survey(self, scenario: Scenario, files: Files | None = None) -> Ground:
        """Read or invent the streets, and read the list of cameras."""
        return survey(scenario, files)

    def stands_on(self, scenario: Scenario) -> object:
        """Return the town and its cameras."""
        return scenario.town, scenario.sensing.cameras

    def surveyed_first(self, scenario: Scenario) -> bool:
        """Real streets are read before anything can be foreseen; an invented town is foreseen from its knobs."""
        return scenario.town.kind == "streets"

    def forecast(
        self,
        scenario: Scenario,
        ground: Ground | None,
        *,
        replicates: int = 1,
        workers: int = 1,
        keep: Sequence[str] = (),
        threads: int = 1,
        seed: int = 0,
    ) -> Forecast:
        """Foresee time, memory and disk."""
        kept = kept_of(scenario, ground, seed)
        return forecast(scenario, ground, replicates=replicates, workers=workers, keep=keep, threads=threads, kept=kept)

    def forecast_lives(
        self, scenario: Scenario, ground: Ground | None, *, seeds: Sequence[int], settled: bool, threads: int = 1
    ) -> Forecast:
        """Foresee one life for each seed."""
        kept = [kept_of(scenario, ground, seed) for seed in seeds]
        return in_a_town(scenario, ground, kept, settled=settled, threads=threads)

    def settled_as(self, scenario: Scenario, ground: Ground | None, key: Key) -> str:
        """Name the people by what a kept town is named by."""
        return name_of_town(scenario, ground, key)

    def settle(self, scenario: Scenario, ground: Ground, key: Key, threads: int = 1) -> Settled:
        """Let people move in, or open the town that was kept."""
        with compiling_ahead(scenario):
            return settle_people(scenario, ground, key, threads, keep=True)

    def live(
        self,
        scenario: Scenario,
        seed: int,
        ground: Ground,
        settled: Settled | None = None,
        *,
        threads: int = 1,
        keep: Sequence[str] | None = (),
        doubt: Key | None = None,
        progress: Progress | None = None,
        chapter: Chapter | None = None,
    ) -> Life:
        """Live once from the first day to the last; a chapter of the journal keeps what was lived, and is taken up."""
        return live_once(
            scenario, seed, ground, settled, threads=threads, keep=keep, doubt=doubt, progress=progress, chapter=chapter
        )

    def spared(self, scenario: Scenario, names: Sequence[str]) -> float:
        """Days that were lived are read, once the town is there and watched."""
        whole = scenario.days * len(community_sizes(scenario.town.people))
        return AS_READ * min(days_in(names) / whole, 1.0)

    def read(self, life: Life, scenario: Scenario) -> list[Estimate]:
        """Estimate every metric."""
        return read_off(life, scenario)

    def without(self, scenario: Scenario) -> Scenario | None:
        """Return the same town with its cameras off; None if they are off already."""
        if scenario.sensing.cameras.kind == "none":
            return None
        return with_changes(scenario, {"sensing.cameras.kind": "none"})

    def check(
        self, estimates: Sequence[Estimate], tables: Mapping[str, Table], rows: Mapping[str, HasTable] | None = None
    ) -> None:
        """Check that rows, books, days and estimates tell the same story."""
        conservation.check(estimates, tables, rows)

    def check_estimates(self, estimates: Sequence[Estimate]) -> None:
        """Check estimates that have no tables with them."""
        conservation.check_estimates(estimates)

    def forecast_again(
        self, scenario: Scenario, ground: Ground | None, choose: Choose, *, keep: Sequence[str] = (), threads: int = 1
    ) -> Forecast:
        """Foresee the days until the one that is chosen, in a town that is built from nothing."""
        day, _ = _chosen(scenario, len(community_sizes(scenario.town.people)), choose)
        return forecast(scenario, ground, keep=keep, threads=threads).lived((day + 1) / scenario.days, report=True)

    def again(
        self,
        scenario: Scenario,
        seed: int,
        ground: Ground,
        choose: Choose,
        *,
        keep: Sequence[str] = (),
        threads: int = 1,
        progress: Progress | None = None,
    ) -> Again:
        """Live one community-day again, and the days before it; what the run did not write out is not written."""
        key = Key.from_seed(seed)
        states = prepare(scenario, ground, settle_people(scenario, ground, key, threads), key, threads=threads)
        day, community = _chosen(scenario, len(states), choose)
        rows = write_out(scenario.town.people * scenario.days, keep)
        for lived in days(states, scenario, key, threads, rows=rows):
            state, today = lived[community]
            if progress:
                progress("living", today.day + 1, day + 1)
            if today.day == day:
                return _again(states, state, today)
        raise AssertionError("a day that was not lived")


def _chosen(scenario: Scenario, communities: int, choose: Choose) -> tuple[int, int]:
    """Choose a day and a community."""
    return divmod(choose(scenario.days * communities), communities)


def _again(states: Sequence[State], state: State, today: Day) -> Again:
    signed = signature(today, day_tallies(state, today))
    lasting = {name: table for name, table in town_tables(states).items() if name != "references"}
    return Again(today.day, today.community, signed, dict(tables_of(today)), lasting)


DAY_TOWN = DayTown()
