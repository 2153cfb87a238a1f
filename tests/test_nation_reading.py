"""What a nation rules out cannot happen in it, and what its reporters are told changes what they do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from glasstown import catalogue
from glasstown import counts as q
from glasstown import tables as t
from glasstown.core.errors import Problem
from glasstown.core.estimates import Estimate
from glasstown.core.keys import Key
from glasstown.judgement.ratings import rulebooks
from glasstown.judgement.rules import ListRules, Rules
from glasstown.metrics.conservation import Inconsistent
from glasstown.metrics.nation_check import check_estimates
from glasstown.metrics.nation_estimates import Counted, estimates
from glasstown.metrics.nation_quantities import QUANTITIES
from glasstown.provide import DEALT, months, ruled_out
from glasstown.report.side_by_side import drawing, table
from glasstown.scenario import Scenario, drawn, load, numbers, with_changes
from glasstown.study.compare import chosen, compare
from glasstown.study.nation import NATION
from tests.nations import both, court, deeds, lived, loud, total

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

MEANS = frozenset(quantity.name for quantity in QUANTITIES if quantity.kind == "mean") | {"cheating_predicted"}


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
    for cause in t.RECORD_CAUSES[:-1]:
        assert found["entries", "cause", cause].high, cause
    assert found["entries", "cause", "stale"].high == 0, "records outlive their reason, entries do not"
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


# ------------------------------------------------------------------ knobs that say something
SEEN: dict[str, Any] = {
    "sensing.recognition.system": "custom",
    "sensing.recognition.fmr": 1e-6,
    "sensing.recognition.fnmr": 0.1,
    "sensing.recognition.fmr_by_group": {"a": 0.5, "b": 2},
    "sensing.recognition.fnmr_by_group": {"a": 0.5, "b": 2},
    "sensing.reports.gallery": 0.5,
}
TOLD = with_changes(load("red-list"), SEEN)
OF_SENSING = [
    number.path
    for number in numbers(TOLD)
    if number.path.startswith("sensing.") and not number.path.endswith("decision_threshold")
]


def thresholds(scenario: Scenario) -> list[Any]:
    """Return what reporters do in the first month, as the loops take it."""
    rules = list(NATION.survey(scenario).rules.values())[-1:]
    first = months(scenario, rules, rulebooks(rules, 0))[0].reporting
    return [np.asarray(value).tolist() for value in first]


@pytest.mark.parametrize("path", OF_SENSING)
def test_every_number_of_sensing_that_a_nation_takes_changes_what_its_reporters_do(path: str) -> None:
    """Notices one knob that is accepted and counted as an assumption, and that no loop reads."""
    now = next(number.value for number in numbers(TOLD) if number.path == path)
    assert thresholds(with_changes(TOLD, {path: now / 2 or 1e-3})) != thresholds(TOLD)


def test_a_threshold_of_a_named_system_changes_what_a_nation_s_cameras_report() -> None:
    of, at = "sensing.recognition.system", "sensing.recognition.decision_threshold"
    named = [with_changes(load("red-list"), {of: "npl-neoface", at: value}) for value in (0.6, 0.62)]
    assert thresholds(named[0]) != thresholds(named[1])


@pytest.mark.parametrize(
    "knob", ["masked", "unmatchable", "repeat", "misses_by_place", "normalised", "unusable", "published_size"]
)
def test_a_nation_refuses_what_only_a_search_by_cameras_reads(knob: str) -> None:
    path = f"sensing.recognition.{knob}"
    with pytest.raises(Problem, match=r"says nothing where town.kind is 'nation'"):
        with_changes(TOLD, {path: 1})
    assert path not in {number.path for number in numbers(TOLD)}
    assert path in {number.path for number in numbers(load("newtown"))}


def test_what_is_drawn_for_a_replicate_of_a_nation_holds_only_what_it_takes() -> None:
    """Multipliers by group keep their mean of 1, and those that only a town has are not asked for."""
    base = {path: value for path, value in SEEN.items() if "_by_group" not in path}
    ranged = {"a": {"value": 0.5, "low": 0.2, "high": 0.9}, "b": {"value": 1.5, "low": 1, "high": 2}}
    two = {"town.groups": {"a": 0.5, "b": 0.5}, "sensing.recognition.fmr_by_group": ranged}
    two |= {f"sensing.reports.{name}.bias": {} for name in t.REPORTERS}
    scenario = with_changes(TOLD, base | two | {"sensing.recognition.fnmr_by_group": {}})
    times_now = drawn(scenario, Key.from_seed(3)).sensing.recognition.fmr_by_group
    assert {name: float(times) for name, times in times_now.items()} != {"a": 0.5, "b": 1.5}
    assert float(times_now["a"]) + float(times_now["b"]) == pytest.approx(2, abs=1e-5)


# ------------------------------------------------------------------ values and counts
@pytest.mark.parametrize("name", ["red-list", "reality"])
def test_a_value_of_a_nation_is_there_where_somebody_could_have_had_it(name: str) -> None:
    """Children do not act, owe or get listed, but they move: notices one value of nobody, one undefined of somebody."""
    found = read(with_changes(load(name), SMALL))
    for e in found:
        assert (e.value is None) == (e.n == 0), e
        assert e.value is None or e.high is not None or e.name in MEANS, e
    told = {(e.name, e.by, e.group): e for e in found}
    for quantity in QUANTITIES:
        child, adult = (told[quantity.name, "age", age] for age in ("0-17", "25-44"))
        assert (child.value is None) == (quantity.name != "moved"), child
        assert quantity.kind != "count" or adult.n, adult
    assert sum(told["moved", "age", age].n for age in t.AGE_BANDS) == told["moved", None, None].n
    assert told["moved", None, None].n == told["people_simulated", None, None].n
    if name == "reality":
        assert told["moved", "age", "0-17"].value
        assert sum(told["moved", "age", age].value or 0 for age in t.AGE_BANDS) == told["moved", None, None].value


def test_what_happened_to_people_who_are_no_adults_has_a_value_and_a_count() -> None:
    """A rulebook that covers children opens perks to them: what is counted of them rests on so many events."""
    rules = replace(both(), covers_ages=np.ones(len(t.AGE_BANDS), np.bool_))
    found = {(e.name, e.group): e for e in NATION.read(lived(loud(), rules), loud()) if e.by == "age"}
    perks = found["perks_wanted", "0-17"]
    assert perks.value == perks.n > 100
    assert found["acts", "0-17"].value is None


def test_a_value_that_counts_nobody_is_a_fault() -> None:
    """The companion: the check of estimates refuses it, and one that is undefined with a count."""
    whole = Estimate("acts", "acts", None, None, 3.0, 1.0, 5.0, None, None, 7)
    check_estimates([whole, replace(whole, value=None, low=None, high=None, n=0)])
    with pytest.raises(Inconsistent, match="counts nobody"):
        check_estimates([replace(whole, n=0)])
    with pytest.raises(Inconsistent, match="undefined"):
        check_estimates([replace(whole, value=None, low=None, high=None)])


def test_a_comparison_by_age_says_that_what_children_do_is_not_defined() -> None:
    """In the table as in the drawing, and for each sign of a difference; notices one that stumbles over nothing."""
    compared = compare("red-list", "red-list+sensing.reports.gallery=0", people=3_000, days=60, by="age")
    lines = chosen(compared.lines, ("acts", "moved"), ("age",))
    written = table(compared, lines)
    rows = [line.split() for line in written.splitlines() if line.startswith("  0-17")]
    assert [row[1] for row in rows] == ["acts", "moved"]
    assert rows[0][2:] == ["not", "defined"] * 3
    assert "not" not in rows[1]
    assert drawing(compared, lines).startswith("<svg")


# ------------------------------------------------------------------ wrong grades
def test_a_wrong_grade_is_one_whether_one_thing_or_two_went_wrong() -> None:
    """People whom errors and biased reporters both moved, or moved back, all occur; notices one counted twice."""
    noisy: dict[str, Any] = {f"sensing.reports.{name}.bias": {"b": 9, "c": 0.1} for name in t.REPORTERS}
    noisy |= {f"sensing.reports.{name}.namesake": 0.4 for name in t.REPORTERS}
    noisy |= {f"sensing.reports.{name}.invents_per_year": 2 for name in t.REPORTERS}
    scenario = loud(**noisy)
    life = lived(scenario, both())
    found = {(e.by, e.group): e for e in NATION.read(life, scenario) if e.name == "misrated_share"}
    wrong = {(e.by, e.group): e for e in NATION.read(life, scenario) if e.name == "wrongly_rated"}
    people = [(None, None), *((by, group) for by, group in found if by in ("age", "sex", "group", "jurisdiction"))]
    for who in people:
        share = found[who]
        assert (share.value or 0) * share.n == pytest.approx(wrong[who].value or 0), who
    causes = [found["cause", name] for name in ("data_error", "reporter_bias")]
    names = ("misrated_by_error", "misrated_by_bias")
    assert [(e.value or 0) * e.n for e in causes] == pytest.approx([total(life, name) for name in names])
    assert sum(e.value or 0 for e in causes) > (found[None, None].value or 0) + 0.01


# ------------------------------------------------------------------ means of few
def told_of(*clusters: tuple[int, int], ruled_out: frozenset[str] = frozenset()) -> Estimate:
    """Return the days listed of a nation whose clusters have so many people ever listed, and days on the list."""
    counted = blank(len(clusters))
    for k, (people, days) in enumerate(clusters):
        counted.rows[k, 0, q.PEOPLE] = 100
        counted.rows[k, 0, [q.EVER_LISTED, q.DAYS_LISTED]] = people, days
    found = estimates(counted, ("a",), ("here",), ("low", "high"), 1.0, ruled_out)
    check_estimates(found)
    return next(e for e in found if (e.name, e.by) == ("days_listed", None))


def blank(clusters: int) -> Counted:
    """Return counts of a nation in which nothing was counted."""
    rows = np.zeros((clusters, 14, q.N_COUNTS), np.int64)
    grades, deals = np.zeros((clusters, 1, 16, 16), np.int64), np.zeros((clusters, 1, 2, 256, 2), np.int64)
    return Counted(rows, np.zeros((1, 1), np.int64), grades, deals)


@pytest.mark.parametrize(
    "clusters",
    [
        [(1, 457), (0, 0), (0, 0)],
        [(9, 900)],
        [(3, 100), (6, 200), (9, 300)],
        [(1, 10**12), (3, 3 * 10**12)],
        [(50, 500), (1, 90)],
    ],
    ids=["one bears it", "there is one", "all say the same", "large and the same", "one bears nearly all"],
)
def test_a_mean_that_nothing_shows_the_spread_of_has_no_interval(clusters: list[tuple[int, int]]) -> None:
    e = told_of(*clusters)
    people, days = (sum(column) for column in zip(*clusters, strict=True))
    assert (e.value, e.n) == (days / people, people)
    assert (e.low, e.high) == (None, None)


def test_a_mean_of_two_clusters_has_the_interval_of_a_mean_of_two() -> None:
    """By hand: 40 and 60 days, Student's t with one degree of freedom; others that bear nothing add nothing."""
    for others in ([], [(0, 0)] * 30):
        e = told_of((10, 400), (10, 600), *others)
        assert (e.value, e.low) == (50, 0)
        assert e.high == pytest.approx(50 + 12.7062 * 10, rel=1e-5)


def test_a_mean_that_the_scenario_holds_at_zero_is_known() -> None:
    e = told_of((10, 0), (10, 0), ruled_out=frozenset({"days_listed"}))
    assert (e.value, e.low, e.high) == (0, 0, 0)


def test_a_mean_with_an_interval_without_width_is_a_fault() -> None:
    """The companion: the check of estimates refuses it; zero may be the only value there is."""
    mean = Estimate("days_listed", "days", None, None, 457.0, None, None, None, None, 1)
    check_estimates([mean, replace(mean, low=400.0, high=500.0), replace(mean, value=0.0, low=0.0, high=0.0)])
    with pytest.raises(Inconsistent, match="without width"):
        check_estimates([replace(mean, low=457.0, high=457.0)])
    with pytest.raises(Inconsistent, match="one end"):
        check_estimates([replace(mean, low=400.0)])
    with pytest.raises(Inconsistent, match="no interval"):
        check_estimates([replace(mean, name="acts")])


@pytest.mark.parametrize(("name", "people"), [("court-blacklist", 8_000), ("dog-owner-points", 8_000)])
def test_no_mean_of_a_small_nation_is_said_to_be_known_exactly(name: str, people: int) -> None:
    """With few people, most means rest on one or two clusters; notices one interval of no width."""
    found = [e for e in read(with_changes(load(name), {"town.people": people, "days": 1_095})) if e.name in MEANS]
    known = [e for e in found if e.value is not None]
    assert sum(e.low is None for e in known) > 3
    assert [e for e in known if e.low is not None and e.low == e.high and e.value] == []


def test_predictions_of_one_cluster_have_no_interval() -> None:
    """One person cheats and one does not, in one cluster or in two; the chance stays what it is."""
    for clusters, known in ((1, False), (2, True)):
        counted = blank(clusters)
        counted.deals[0, 0, 0, [10, 20], [1, 0]] = 3, 5
        counted.deals[-1, 0, 0, [10, 30], [0, 1]] = 4, 1
        found = estimates(counted, ("a",), ("here",), ("low", "high"), 1.0, frozenset())
        e = next(e for e in found if (e.name, e.by, e.group) == ("cheating_predicted", "predictor", "rating"))
        assert e.value is not None
        assert (e.low is not None, e.high is not None) == (known, known)
