"""The kind of scenario in which a nation lives month by month, community after community."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import local
from typing import Any, final

import numpy as np
from blake3 import blake3

from glasstown import census as c
from glasstown import counts as q
from glasstown import months, provide
from glasstown.catalogue.compiled import rules as rulebook_of
from glasstown.consequence.reaction import Minds, minds
from glasstown.consequence.trust import Dealing
from glasstown.core.columns import I64, U64, Table
from glasstown.core.estimates import Estimate
from glasstown.core.keys import Key
from glasstown.judgement.ratings import Rulebooks, rulebooks
from glasstown.judgement.rules import Rules
from glasstown.metrics.conservation import HasTable
from glasstown.metrics.nation import BINS, PREDICTORS
from glasstown.metrics.nation_check import check, check_estimates
from glasstown.metrics.nation_estimates import MOST_CLUSTERS, Counted, estimates
from glasstown.metrics.nation_quantities import GROUPINGS, SAYS, SIGNED
from glasstown.metrics.nation_tables import tables_of
from glasstown.scenario import Scenario, with_changes
from glasstown.study.ahead import compiling_ahead
from glasstown.study.costs import compiling
from glasstown.study.forecast import Forecast, foreseen
from glasstown.study.journal import Chapter
from glasstown.study.kind import Again, Choose, Files
from glasstown.study.life import Progress
from glasstown.study.nation_stream import Kept, counted_in, in_order
from glasstown.study.rows import Rows, sign
from glasstown.tables_nation import Census, MonthByMonth
from glasstown.town.conduct import rates
from glasstown.town.nation import communities_of

TOGETHER = 8


@final
@dataclass(frozen=True)
class Law:
    """What a nation stands on: its rulebooks; no streets, no files."""

    notes: dict[str, float | str]
    inputs: dict[str, Path]
    rules: dict[str, Rules]


@final
@dataclass(frozen=True)
class NationLife:
    """What one life of a nation leaves behind: what was counted, and nothing for each person.

    Parameters
    ----------
    counted : Counted
        Integers by cluster.
    scale : float
        People for each one simulated.
    rules : tuple of Rules
        The rulebook of each jurisdiction.
    signatures : tuple of (day, community, str)
        The digest of what each simulated community was counted for, at the last day.
    """

    tables: dict[str, Table]
    counted: Counted
    scale: float
    rules: tuple[Rules, ...]
    digest: str
    signatures: tuple[tuple[int, int, str], ...]
    rows: dict[str, Rows] = field(default_factory=dict[str, Rows])
    not_kept: dict[str, int] = field(default_factory=dict[str, int])


@final
@dataclass(frozen=True)
class Plan:
    """A nation ready to live: rulebooks, thresholds of every month, and which communities are simulated."""

    rules: list[Rules]
    by: Rulebooks
    start: provide.Start
    months: list[provide.Month]
    minds: Minds
    dealing: Dealing
    keys: U64
    size: int
    people: int
    chosen: I64
    n_rows: int
    n_groups: int
    room: int

    @staticmethod
    def of(scenario: Scenario, seed: int, law: Law) -> Plan:
        """Prepare a nation under a seed."""
        rules = provide.rules_of(scenario, law.rules)
        by = rulebooks(rules, int(scenario.records.dossier_months))
        size, _, chosen = communities_of(scenario.town)
        calendar = provide.months(scenario, rules, by)
        most = float(rates(scenario.town).sum(axis=1).max()) * scenario.days / 365
        return Plan(
            rules=rules,
            by=by,
            start=provide.start(scenario, rules, by),
            months=calendar,
            minds=minds(scenario.consequence.opinion),
            dealing=provide.dealing(scenario),
            keys=provide.keys(Key.from_seed(seed)),
            size=size,
            people=scenario.town.people,
            chosen=chosen,
            n_rows=provide.rows_of(scenario),
            n_groups=len(scenario.town.groups),
            room=int(size * (min(most, 4.0 * scenario.days / 365) + 2) + 5_000),
        )

    def lived(self, community: int, here: months.Community) -> months.Community:
        """Live the whole run of one community; a larger one is made where its entries need more room."""
        first = community * self.size
        n = min(self.size, self.people - first)
        while True:
            for counts in (here.cells, *here.tally):
                counts[:] = 0
            months.begin(first, n, here, self.start, self.by, self.keys)
            if all(months.month(first, n, here, now, self.by, self.keys) for now in self.months):
                months.end(first, n, here, self.months[-1], self.minds, self.dealing, self.by, self.keys)
                return here
            here = self.empty(2 * len(here.filed))

    def empty(self, room: int | None = None) -> months.Community:
        """Make an empty community."""
        return months.room_for(self.size, room or self.room, len(self.months), self.n_rows, self.n_groups)


@final
class Nation:
    """People who are rated and listed month by month, in jurisdictions with rulebooks of their own."""

    events: Mapping[str, type[Table]] = {}
    held: tuple[str, ...] = ()
    books: Mapping[str, type[Table]] = {"census": Census, "months": MonthByMonth}
    at_most_n: frozenset[str] = frozenset()
    says: Mapping[str, str] = SAYS
    groupings: frozenset[str] = GROUPINGS
    signed: frozenset[str] = SIGNED
    settling: str = "making ready"
    bare: str = "where nobody watches"

    def light(self, scenario: Scenario) -> bool:
        """Say whether a life is over before another process has started: where few people are simulated."""
        size, _, chosen = communities_of(scenario.town)
        return size * len(chosen) * scenario.days < 30_000_000

    def size(self, scenario: Scenario) -> dict[str, int | None]:
        """Return how many people the nation has, simulated or not."""
        return {"people": scenario.town.people, "faces": None}

    def survey(self, scenario: Scenario, files: Files | None = None) -> Law:
        """Read the rulebooks."""
        del files
        judgement = scenario.judgement
        names = sorted({"none", judgement.rulebook, *judgement.rulebooks.values()})
        size, _, chosen = communities_of(scenario.town)
        simulated = _simulated(scenario, size, chosen)
        notes: dict[str, float | str] = {"people_simulated": simulated, "communities_simulated": len(chosen)}
        return Law(notes, {}, {name: rulebook_of(name, judgement.written) for name in names})

    def stands_on(self, scenario: Scenario) -> object:
        """Return the country and its rulebooks."""
        return scenario.town, scenario.judgement

    def surveyed_first(self, scenario: Scenario) -> bool:
        """A nation is foreseen from its knobs."""
        del scenario
        return False

    def forecast(
        self,
        scenario: Scenario,
        ground: Law | None,
        *,
        replicates: int = 1,
        workers: int = 1,
        keep: Sequence[str] = (),
        threads: int = 1,
        seed: int = 0,
    ) -> Forecast:
        """Foresee time, memory and disk."""
        del ground, keep, seed
        expected = foreseen(
            "nation",
            self.counts(scenario),
            replicates=replicates,
            workers=workers,
            threads=threads,
            compared=self.without(scenario) is not None,
        )
        first, again = (expected.pace * one for one in compiling(scenario))
        others = expected.others_s + (again * (replicates - 1) / workers if workers > 1 else 0.0)
        return replace(expected, build_s=first, others_s=others, compile_s=first, each_time=again > 0)

    def forecast_lives(
        self, scenario: Scenario, ground: Law | None, *, seeds: Sequence[int], settled: bool, threads: int = 1
    ) -> Forecast:
        """Foresee one life for each seed."""
        del settled
        return self.forecast(scenario, ground, threads=threads).lived(len(seeds))

    def settled_as(self, scenario: Scenario, ground: Law | None, key: Key) -> str:
        """Nobody settles beforehand."""
        del scenario, ground, key
        return ""

    def counts(self, scenario: Scenario) -> dict[str, float]:
        """Count what there is to do: months of people, and of those who are rated; what is counted for each cluster."""
        size, _, chosen = communities_of(scenario.town)
        lived = float(_simulated(scenario, size, chosen) * len(provide.days_of(scenario.days)))
        rules = provide.rules_of(scenario, self.survey(scenario).rules)
        rated = sum(of.rates for of in rules) / len(rules)
        cells = float(min(len(chosen), MOST_CLUSTERS) * provide.rows_of(scenario))
        return {
            "once": 1.0,
            "blocks": float(len(chosen)),
            "cells": cells,
            "graded": cells * (rated > 0),
            "person_months": lived,
            "rated": lived * rated,
            "entries": size * (4.0 * scenario.days / 365 + 2),
        }

    def settle(self, scenario: Scenario, ground: Law, key: Key, threads: int = 1) -> None:
        """Settle nothing, each community moves in when its turn comes; but on first use, two processes compile."""
        del ground, key, threads
        with compiling_ahead(scenario):
            pass

    def live(
        self,
        scenario: Scenario,
        seed: int,
        ground: Law,
        settled: None = None,
        *,
        threads: int = 1,
        keep: Sequence[str] | None = (),
        doubt: Key | None = None,
        progress: Progress | None = None,
        chapter: Chapter | None = None,
    ) -> NationLife:
        """Let every simulated community live its whole run, some at a time, and add up what was counted."""
        del settled, keep, doubt
        plan = Plan.of(scenario, seed, ground)
        total, signed, live = _nothing(plan), list[str](), _living(plan)
        chosen = [int(community) for community in plan.chosen]
        with ExitStack() as until_lived:
            kept = until_lived.enter_context(Kept(chapter)) if chapter else None
            if kept:
                signed = kept.taken_up(total, chosen, lambda community: live(community)[1], Key.from_seed(seed))
            for done, (tally, signature) in enumerate(in_order(live, chosen[len(signed) :], threads), len(signed)):
                _add(total, done % MOST_CLUSTERS, tally)
                signed.append(signature)
                if kept:
                    kept.write(signed, total, last=done + 1 == len(chosen))
                if progress and done % TOGETHER == 0:
                    progress("living", scenario.days * (done + 1) / len(chosen), scenario.days)
        signatures = tuple((scenario.days - 1, *one) for one in zip(chosen, signed, strict=True))
        simulated = _simulated(scenario, plan.size, plan.chosen)
        tables = tables_of(total, provide.days_of(scenario.days), tuple(scenario.town.groups), plan.n_rows)
        whole = blake3("".join(signed).encode())
        for rules in plan.rules:
            whole.update(repr([np.asarray(value).tolist() for value in _values(rules)]).encode())
        for name in sorted(tables):
            sign(whole, name, tables[name])
        scale = scenario.town.people / simulated
        return NationLife(tables, total, scale, tuple(plan.rules), whole.hexdigest(), signatures)

    def spared(self, scenario: Scenario, names: Sequence[str]) -> float:
        """Communities that were counted are not lived again, but for one."""
        _, _, chosen = communities_of(scenario.town)
        return max(min(counted_in(names), len(chosen)) - 1, 0) / len(chosen)

    def read(self, life: NationLife, scenario: Scenario) -> list[Estimate]:
        """Estimate every quantity; what the rulebooks rule out is zero.

        Raises
        ------
        Inconsistent
            If something happened that they rule out.
        """
        rated = [of for of in life.rules if of.rates]
        same = {of.bands for of in rated}
        most = max((len(of.bands) for of in rated), default=0)
        bands = rated[0].bands if len(same) == 1 else tuple(f"band {k}" for k in range(most))
        ruled_out = provide.ruled_out(scenario, life.rules)
        return estimates(
            life.counted, tuple(scenario.town.groups), tuple(scenario.town.jurisdictions), bands, life.scale, ruled_out
        )

    def without(self, scenario: Scenario) -> Scenario | None:
        """Return the same nation in which nobody rates or lists; None if nobody does already."""
        judgement = scenario.judgement
        if {judgement.rulebook, *judgement.rulebooks.values()} == {"none"}:
            return None
        return with_changes(scenario, {"judgement.rulebook": "none", "judgement.rulebooks": {}})

    def check(
        self, estimates: Sequence[Estimate], tables: Mapping[str, Table], rows: Mapping[str, HasTable] | None = None
    ) -> None:
        """Check that counts, months and estimates tell the same story."""
        del rows
        check(estimates, tables)

    def check_estimates(self, estimates: Sequence[Estimate]) -> None:
        """Check estimates that have no tables with them."""
        check_estimates(estimates)

    def forecast_again(
        self, scenario: Scenario, ground: Law | None, choose: Choose, *, keep: Sequence[str] = (), threads: int = 1
    ) -> Forecast:
        """Foresee one community, on one thread."""
        del choose, keep, threads
        return self.forecast(scenario, ground).lived(1 / len(communities_of(scenario.town)[2]), report=True)

    def again(
        self,
        scenario: Scenario,
        seed: int,
        ground: Law,
        choose: Choose,
        *,
        keep: Sequence[str] = (),
        threads: int = 1,
        progress: Progress | None = None,
    ) -> Again:
        """Live one community again, all its months; its signature is that of the last day."""
        del keep, threads, progress
        plan = Plan.of(scenario, seed, ground)
        community = int(plan.chosen[choose(len(plan.chosen))])
        tally = plan.lived(community, plan.empty()).tally
        return Again(scenario.days - 1, community, _signature(community, tally), {}, {})


def _values(rules: Rules) -> Iterator[Any]:
    for name, value in vars(rules).items():
        yield from vars(value).values() if name in ("court", "red") else (value,)


def _simulated(scenario: Scenario, size: int, chosen: I64) -> int:
    return int(np.minimum(size, scenario.town.people - chosen * size).sum())


def _nothing(plan: Plan) -> Counted:
    clusters = min(MOST_CLUSTERS, len(plan.chosen))
    return Counted(
        rows=np.zeros((clusters, plan.n_rows, q.N_COUNTS), np.int64),
        series=np.zeros((len(plan.months), len(c.SERIES)), np.int64),
        grades=np.zeros((clusters, plan.n_groups, c.MOST_BANDS, c.MOST_BANDS), np.int64),
        deals=np.zeros((clusters, plan.n_groups, len(PREDICTORS), BINS, 2), np.int64),
    )


def _add(total: Counted, cluster: int, tally: c.Tally) -> None:
    total.rows[cluster] += tally.rows
    total.series[:] += tally.series
    total.grades[cluster] += tally.grades
    total.deals[cluster] += tally.deals


def _living(plan: Plan) -> Callable[[int], tuple[c.Tally, str]]:
    """Return what lives a community, in columns that each thread keeps: what was counted, and its signature."""
    own = local()

    def live(community: int) -> tuple[c.Tally, str]:
        here = own.here = plan.lived(community, getattr(own, "here", None) or plan.empty())
        tally = c.Tally(*(counts.copy() for counts in here.tally))
        return tally, _signature(community, tally)

    return live


def _signature(community: int, tally: c.Tally) -> str:
    digest = blake3(f"{community};".encode())
    for counts in tally:
        digest.update(np.ascontiguousarray(counts).view(np.uint8).data)
    return digest.hexdigest()


NATION = Nation()
