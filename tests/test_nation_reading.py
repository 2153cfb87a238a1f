"""What a nation rules out cannot happen in it, and a value is there where somebody could have had it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from glasstown import catalogue
from glasstown import tables as t
from glasstown.core.estimates import Estimate
from glasstown.judgement.rules import ListRules, Rules
from glasstown.metrics.conservation import Inconsistent
from glasstown.provide import DEALT, ruled_out
from glasstown.scenario import Scenario, load, with_changes
from glasstown.study.nation import NATION
from tests.nations import both, court, deeds, lived, loud

NATIONS = [name for name in catalogue.names("scenarios") if load(name).town.kind == "nation"]
SMALL = {"town.people": 6_000, "town.sample": 1, "days": 184, "town.life.moves_per_year": 0.3}
BUSY: dict[str, Any] = {
    "town.deeds.debt_judgments": 0,
    "town.deeds.debt_judgment_unpaid.per_year": 0.5,
    "town.deeds.cheated_stranger.per_year": 0.5,
    "judgement.lists.court.initial": 300,
    "judgement.lists.court.growth": {},
    "consequence.reaction.aware": 0.5,
}
HONOURED = replace(ListRules.none(), kept=True, triggers=deeds(award=1, blood_donation=1) > 0)
KINDS: dict[str, Rules] = {
    "nobody watches": Rules.none("test"),
    "red list": replace(Rules.none("test"), red=HONOURED),
    "adverse list": replace(Rules.none("test"), court=court()),
    "ratings": replace(both(), court=ListRules.none()),
    "everything": replace(both(), red=HONOURED),
}


def read(scenario: Scenario, seed: int = 1) -> list[Estimate]:
    """Live a nation under the rulebooks it names, and read it off."""
    return NATION.read(NATION.live(scenario, seed, NATION.survey(scenario)), scenario)


@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize("name", NATIONS)
def test_nothing_happens_in_a_nation_of_the_catalogue_that_its_rules_rule_out(name: str, busy: bool) -> None:
    """As it is written, and with many judgments and cheats; notices one event that is ruled out and happens."""
    scenario = with_changes(load(name), SMALL | BUSY if busy else SMALL)
    found = {e.name: e for e in read(scenario) if e.by is None}
    assert found["entries"].value
    assert found["acts"].value


@pytest.mark.parametrize("sharing", [True, False])
@pytest.mark.parametrize("places", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_happens_in_any_kind_of_nation_that_its_rules_rule_out(
    kind: str, places: int, sharing: bool
) -> None:
    """A loud nation of each kind, in one or two jurisdictions, with copies or without; notices one event."""
    changes: dict[str, Any] = {} if places == 2 else {"town.jurisdictions": {"city": 1}}
    scenario = loud(**changes, **({} if sharing else {"records.sharing": {}}))
    found = {e.name: e.value for e in NATION.read(lived(scenario, KINDS[kind]), scenario) if e.by is None}
    assert found["acts"]
    assert bool(found["entries"]) == (kind != "nobody watches")


def test_a_red_list_alone_leaves_entries_and_records_open() -> None:
    """Who looks at records prevents cheats; who looks at ratings sees none. Notices a bound of 0 for any cause."""
    scenario = with_changes(load("red-list"), SMALL | BUSY)
    out = ruled_out(scenario, [NATION.survey(scenario).rules["red-list"]])
    assert not out & {"entries", *DEALT}
    assert {"listed_stock", "refusals", "wrongly_rated", "bought_deeds", "deterred"} <= out
    found = {(e.name, e.by, e.group): e for e in read(scenario)}
    for cause in t.RECORD_CAUSES:
        assert found["entries", "cause", cause].high, cause
    for name in DEALT[1:]:
        assert found[name, "seen", "record"].high, name
        for by, group in ((None, None), ("seen", "rating"), ("group", "a")):
            assert (found[name, by, group].value, found[name, by, group].high) == (0, 0), (name, by)
    for name in ("cheating_prevented", "honest_deals_lost", "deposits_asked"):
        assert found[name, "seen", "record"].value, name


def test_something_ruled_out_that_happens_in_a_nation_is_a_fault() -> None:
    """The companion: a life with a red list, read as if nobody watched, is refused."""
    scenario = with_changes(load("red-list"), SMALL)
    life = NATION.live(scenario, 1, NATION.survey(scenario))
    with pytest.raises(Inconsistent, match=r"entries is .* which the scenario rules out"):
        NATION.read(replace(life, rules=(Rules.none(),)), scenario)
