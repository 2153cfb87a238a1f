"""Lives that are only compared: which of them share a town, and what they will take, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from glasstown.prepare import Ground, Kept
from glasstown.scenario import Scenario
from glasstown.study.costs import at_once_of, compiling
from glasstown.study.forecast import Forecast, building, bytes_without_rows, pace_for
from glasstown.study.kinds import kind_of
from glasstown.study.load import load_of


def surveyed_as(scenarios: Sequence[Scenario]) -> list[int]:
    """Return for each arm the first of its kind that stands on the same."""
    kinds = [kind_of(scenario) for scenario in scenarios]
    on = [(type(kind), kind.stands_on(scenario)) for kind, scenario in zip(kinds, scenarios, strict=True)]
    return [on.index(one) for one in on]


def grounds_of(scenarios: Sequence[Scenario], files: Mapping[str, Path] | None) -> list[Any]:
    """Survey what has to be read before anything can be foreseen, and leave the rest None."""
    found: list[Any] = []
    for i, (scenario, first) in enumerate(zip(scenarios, surveyed_as(scenarios), strict=True)):
        kind = kind_of(scenario)
        read = kind.survey(scenario, files) if first == i and kind.surveyed_first(scenario) else None
        found.append(read if first == i else found[first])
    return found


def forecasts_of(
    scenarios: Sequence[Scenario], grounds: Sequence[Any], towns: Sequence[str], seeds: Sequence[int], threads: int
) -> list[Forecast]:
    """Foresee what the lives of each arm take with all seeds.

    Parameters
    ----------
    grounds : sequence
        From `grounds_of`.
    towns : sequence of str
        What the people of each arm are called: they move in for the first arm that has them.
    """
    each = [
        kind_of(scenario).forecast_lives(scenario, ground, seeds=seeds, settled=towns[i] in towns[:i], threads=threads)
        for i, (scenario, ground) in enumerate(zip(scenarios, grounds, strict=True))
    ]
    # Each was foreseen at the pace of its own moment; arms that are alike shall take equally long.
    slowest = max(one.pace for one in each)
    return [one.at(slowest) for one in each]


def of_all(each: Sequence[Forecast]) -> Forecast:
    """Add up what all arms take; loops are compiled once, and nothing is written."""
    compiling_s = max(one.compile_s for one in each)
    return Forecast(
        build_s=compiling_s + sum(one.build_s - one.compile_s for one in each),
        life_s=sum(one.life_s for one in each),
        bare_s=0.0,
        others_s=0.0,
        report_s=0.0,
        memory_mb=max(one.memory_mb for one in each),
        disk_mb=0.0,
        pace=each[0].pace,
        each_time=any(one.each_time for one in each),
    )


def in_a_town(
    scenario: Scenario, ground: Ground | None, kept: Sequence[Kept | None], *, settled: bool, threads: int
) -> Forecast:
    """Estimate what lives in a town take, one after the other, of which only estimates are made.

    Parameters
    ----------
    ground : Ground, optional
        Real streets and the list of cameras, which need not be read again.
    kept : sequence of Kept or None
        Of each life, what of its town is in the cache already; None where it will not be kept.
    settled : bool
        Whether the people have moved in already, for an arm before.
    """
    load, many = load_of(scenario, ground), at_once_of(threads)
    reading = load.cost("reopen") - replace(load, segments=0.0).cost("reopen")
    if settled:
        built = sum(load.cost("watch") for there in kept if there is None or not there.watched)
    else:
        built = sum(building(load, there, many) - reading for there in kept)
    life = load.cost("life", min(many, load.communities)) * len(kept)
    pace = pace_for(built + life, many)
    first, again = compiling(scenario)
    return Forecast(
        build_s=pace * (built + first),
        life_s=pace * life,
        bare_s=0.0,
        others_s=0.0,
        report_s=0.0,
        memory_mb=bytes_without_rows(load) / 1e6,
        disk_mb=0.0,
        pace=pace,
        compile_s=pace * first,
        each_time=again > 0,
    )
