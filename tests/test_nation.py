"""A nation against what can be worked out by hand: Poisson, Markov and Little.

Statistical checks are at 4.4 standard errors with a fixed seed; each says the smallest error it would notice.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import glasstown as gt
from glasstown import catalogue
from glasstown import census as c
from glasstown import counts as q
from glasstown import tables as t
from glasstown.core.errors import Problem
from glasstown.metrics.nation_check import check
from glasstown.provide import days_of
from glasstown.scenario import Scenario, load
from glasstown.study.nation import NATION, NationLife
from tests.nations import both, court, deeds, law, lived, loud, nation, plan, rated, total

SIGMAS = 4.4


@pytest.fixture(scope="module")
def life() -> NationLife:
    return lived(loud(), both())


def close_to(found: float, expected: float, sd: float) -> None:
    """Assert that a number is within 4.4 standard errors of what it should be."""
    assert abs(found - expected) <= SIGMAS * sd, (found, expected, (found - expected) / sd)


# ------------------------------------------------------------------ books that balance
def test_everything_adds_up_and_everything_happens(life: NationLife) -> None:
    """The smallest error noticed: one person on a list, one refusal, one payment too many or too few."""
    scenario = loud()
    check(NATION.read(life, scenario), life.tables)
    silent = [name for name in q.SIZES if not total(life, name)]
    assert silent == []


def test_same_bytes_for_any_number_of_threads_and_any_order(life: NationLife) -> None:
    assert lived(loud(), both(), threads=3).digest == life.digest
    assert lived(loud(), both(), seed=8).digest != life.digest
    scenario = loud()
    ready = plan(scenario, both())
    here = ready.empty()
    backwards = [ready.lived(int(k), here).tally.rows.copy() for k in ready.chosen[::-1]]
    assert np.array_equal(sum(backwards), life.counted.rows.sum(axis=0))


def test_more_room_for_entries_changes_nothing(life: NationLife) -> None:
    """A community whose entries do not fit is lived again with twice the room."""
    ready = plan(loud(), both())
    small = replace(ready, room=2_000)
    for community in ready.chosen[:2]:
        tight, wide = (p.lived(int(community), p.empty()).tally.rows for p in (small, ready))
        assert np.array_equal(tight, wide)


def test_months_are_calendar_months_and_a_rest() -> None:
    assert days_of(34).tolist() == [0, 30, 34]
    assert days_of(365).tolist()[-2:] == [335, 365]
    assert len(days_of(365)) == 13
    assert days_of(1).tolist() == [0, 1]


# ------------------------------------------------------------------ closed forms
def test_one_event_of_known_rate_gives_poisson_ratings() -> None:
    """With one kind of conduct, always reported, ratings are base - 10 x Poisson(0.7); 1 % of any share would show."""
    scenario = nation(town__people=60_000, **{"town.deeds.traffic_offence.per_year": 0.7})
    rules = rated(points=deeds(traffic_offence=-10).astype(np.int32))
    ready = plan(scenario, rules)
    here, found, n = ready.empty(), np.zeros(8), 0
    for community in ready.chosen:
        files = ready.lived(int(community), here).files
        size = min(ready.size, ready.people - int(community) * ready.size)
        events = (1_000 - files.rating[:size]) // 10
        found += np.bincount(np.minimum(events, 7), minlength=8)
        n += size
    chances = [math.exp(-0.7) * 0.7**k / math.factorial(k) for k in range(7)]
    for count, p in zip(found, chances, strict=False):
        close_to(count / n, p, math.sqrt(p * (1 - p) / n))


def test_points_that_expire_give_stationary_grades() -> None:
    """With points kept for 6 months, the share with none of them is exp(-0.6 / 2) after the first half year."""
    scenario = nation(town__people=60_000, days=730, **{"town.deeds.traffic_offence.per_year": 0.6})
    rules = rated(
        points=deeds(traffic_offence=-10).astype(np.int32), expiry_months=deeds(traffic_offence=6).astype(np.int32)
    )
    life = lived(scenario, rules)
    n = total(life, "rated")
    p = math.exp(-0.6 * 183 / 365)
    close_to(total(life, "grade_end", 1) / n, p, math.sqrt(p * (1 - p) / n))


def test_the_list_settles_where_birth_and_death_balance() -> None:
    """Judgments at 0.4 a year, off by repair at 0.8 a year: one third is listed in the end, and Little's law holds."""
    scenario = nation(
        town__people=40_000,
        days=3_650,
        **{"town.deeds.debt_judgment_unpaid.per_year": 0.4, "judgement.lists.court.repair_per_year": 0.8},
    )
    life = lived(scenario, replace(rated(rates=False), court=court(ends_when_repaid=False)))
    n = total(life, "adults")
    # Within a month whoever comes on can not come off; and who is on the list is not listed again.
    on, off = 1 - math.exp(-0.4 / 12), 1 - math.exp(-0.8 / 12)
    share = on / (on + off)
    close_to(total(life, "listed_end") / n, share, math.sqrt(share * (1 - share) / n))
    late = life.counted.series[60:]
    stock, flow, taken_off = (late[:, c.SERIES.index(name)].mean() for name in ("listed", "listed_new", "removed"))
    assert flow == pytest.approx(taken_off, rel=0.02)
    # Little: the stock is the flow times the mean months on the list, here 1 / off.
    assert stock == pytest.approx(flow / off, rel=0.02)


def test_people_repay_as_often_as_they_are_said_to() -> None:
    """Nobody lists: of those who owe at the start exp(-0.5) still do after a year at 0.5 a year."""
    changes = {"town.life.repays_per_year": 0.5, "judgement.lists.court.initial": 20_000}
    scenario = nation(town__people=40_000, **changes)
    life = lived(scenario, rated(rates=False))
    owed, p = total(life, "owing_start"), math.exp(-0.5)
    close_to(total(life, "owing_end") / owed, p, math.sqrt(p * (1 - p) / owed))


def test_an_episode_of_refusals_is_geometric() -> None:
    """Half of the refusals lead to another try: two refusals for each trip."""
    scenario = nation(
        town__people=20_000,
        **{
            "judgement.lists.court.initial": 10_000,
            "records.sharing": {"court to carrier": 1.0},
            "consequence.doors.flight": {"users": 1.0, "attempts_per_year": 2.0, "retries": 0.5},
        },
    )
    life = lived(scenario, replace(rated(rates=False), court=court()))
    trips, refusals = total(life, "trips", 0), total(life, "refusals", 0)
    days = total(life, "days_listed")
    close_to(trips, days / 365 * 2.0, math.sqrt(days / 365 * 2.0))
    close_to(refusals / trips, 2.0, math.sqrt(2.0 / trips))
    assert total(life, "refusals", 1) == 0
    assert 0 < total(life, "refused_anywhere") < trips


# ------------------------------------------------------------------ what must not happen
def test_without_errors_there_is_no_wrong_record() -> None:
    """Reporters that miss and delay, but neither invent, misfile nor favour: not one wrong entry, listing or grade."""
    exact: dict[str, object] = {}
    for name in t.REPORTERS:
        for key in ("invents_per_year", "namesake", "mistyped", "duplicates"):
            exact[f"sensing.reports.{name}.{key}"] = 0
        exact[f"sensing.reports.{name}.bias"] = {}
    exact |= {"sensing.recognition.system": "custom", "sensing.recognition.fmr": 0, "sensing.recognition.fnmr": 0.2}
    exact |= {"judgement.lists.court.initial_wrong": 0, "town.deeds.debt_judgment_unpaid.per_year": 0.5}
    life = lived(loud(**exact), both())
    for cause in range(1, c.STALE):
        assert total(life, "entries", cause) == 0
        assert total(life, "listed_new", cause) == 0
    assert total(life, "ever_wrong") == total(life, "misrated_by_error") == total(life, "misrated_by_bias") == 0
    assert total(life, "entries", 0) > 1_000


def test_where_nobody_watches_nothing_is_filed_refused_or_given() -> None:
    life = lived(loud(), replace(both(), rates=False, court=court(kept=False), opens=both().opens & False))
    for name in ("entries", "listed_new", "refusals", "given", "appeals", "deterred", "bought"):
        assert total(life, name) == 0, name
    assert total(life, "acts") > 1_000


def test_walls_keep_what_is_not_national_at_home() -> None:
    closed, open_ = (lived(loud(records__integration=share), both()) for share in (0.0, 1.0))
    assert total(closed, "refusals_elsewhere") == 0
    assert total(open_, "refusals_elsewhere") > 0
    assert total(closed, "entries_lost_at_walls") > 0
    assert total(open_, "entries_lost_at_walls") == 0


def test_what_is_not_shared_closes_no_door() -> None:
    scenario = loud(**{"records.sharing": {}})
    life = lived(scenario, both())
    doors = [total(life, "refusals", k) for k in range(len(t.DOORS))]
    assert sum(doors) == 0
    assert total(life, "listed_new") > 0


def test_nobody_can_have_been_listed_for_longer_than_days_are_counted() -> None:
    """1,000 months before the run are counted to the day, more are refused; a day that wraps round would show."""
    changes = {"judgement.lists.court.initial": 8_000, "judgement.lists.court.repair_per_year": 50, "days": 60}
    months_ = "judgement.lists.court.initial_months"
    life = lived(nation(**changes, **{months_: 1_000}), replace(rated(rates=False), court=court()))
    spells = total(life, "spells")
    assert spells > 5_000
    sd = 1_000 * 365 / 12 / math.sqrt(12 * spells)
    close_to(total(life, "spell_days") / spells, 500 * 365 / 12, sd + 60 / SIGMAS)
    with pytest.raises(Problem, match="from 0 to 1,000, found 1,200"):
        nation(**{months_: 1_200})


# ------------------------------------------------------------------ bias and other people's files
def entries_of(life: NationLife, scenario: Scenario, by: str) -> dict[object, float]:
    found = NATION.read(life, scenario)
    return {e.group: e.value or 0.0 for e in found if e.name == "entries" and e.by == by}


def test_a_bias_against_a_group_invents_less_that_is_good_and_more_that_is_bad_of_it() -> None:
    """Half a year of reports each: a bias of 3 makes one group's a third, or three times as many; 15 % would show."""
    for reporter, times in (("employer", 1 / 3), ("police", 3.0)):
        bias = {f"sensing.reports.{reporter}.bias": {"b": 3}, "town.groups": {"a": 0.5, "b": 0.5}}
        scenario = nation(**bias, **{f"sensing.reports.{reporter}.invents_per_year": 0.1, "town.people": 60_000})
        life = lived(scenario, rated(points=np.full(len(t.DEEDS), 1, np.int32)))
        found = entries_of(life, scenario, "group")
        a, b = found["a"], found["b"]
        close_to(b / a, times, times * math.sqrt(1 / a + 1 / b))
        biased = total(life, "entries", c.BIASED)
        close_to(biased, b * max(1 - 1 / times, 0), math.sqrt(b))


def test_reports_are_filed_under_adults_alone() -> None:
    """Everything under another name, where half are minors."""
    changes = {"town.ages": {"0-17": 0.5, "25-44": 0.5}, "town.deeds.debt_judgment_unpaid.per_year": 0.5}
    scenario = nation(**changes, **{"sensing.reports.court.namesake": 1})
    life = lived(scenario, rated(points=deeds(debt_judgment_unpaid=-10).astype(np.int32)))
    found = entries_of(life, scenario, "age")
    assert found.get("0-17", 0) == 0
    assert found["25-44"] > 3_000


def test_faces_are_taken_for_people_of_galleries_as_large_as_their_jurisdictions() -> None:
    """99 in 100 people live in one of two: there nearly every face finds somebody, in the other few do."""
    camera = {"sensing.reports.gallery": 1, "sensing.recognition.system": "custom"}
    rates = {"sensing.recognition.fmr": 1e-4, "sensing.recognition.fnmr": 1, "town.deeds.jaywalking.per_year": 4}
    scenario = nation(**camera, **rates, **{"town.jurisdictions": {"big": 0.99, "small": 0.01}, "town.people": 60_000})
    life = lived(scenario, rated(points=deeds(jaywalking=-1).astype(np.int32)))
    acts = {e.group: e.value or 0.0 for e in NATION.read(life, scenario) if e.name == "acts" and e.by == "jurisdiction"}
    found = entries_of(life, scenario, "jurisdiction")
    looked = 1 - float(scenario.sensing.reports.camera.misses)
    for place, share in (("big", 0.99), ("small", 0.01)):
        p = looked * (1 - (1 - 1e-4) ** (60_000 * share))
        close_to(found[place], acts[place] * p, math.sqrt(acts[place] * p))


# ------------------------------------------------------------------ estimates
def test_shares_of_the_variance_add_up_and_follow_their_causes() -> None:
    scenario = loud()
    found = {e.group: e for e in NATION.read(lived(scenario, both()), scenario) if e.name == "rating_variance_share"}
    shares = [found[cause].value for cause in t.RATING_CAUSES]
    assert sum(shares) == pytest.approx(1.0, abs=1e-12)
    sure = {f"sensing.reports.{name}.misses": 0 for name in t.REPORTERS}
    for name in t.REPORTERS:
        for key in ("invents_per_year", "namesake", "mistyped", "duplicates", "late"):
            sure[f"sensing.reports.{name}.{key}"] = 0
    more = {f"sensing.reports.{name}.bias": {} for name in t.REPORTERS}
    more |= {"sensing.recognition.system": "custom", "sensing.recognition.fmr": 0, "sensing.recognition.fnmr": 0}
    exact = loud(**sure, **more, records__integration=1, **{"town.life.moves_per_year": 0})
    rules = replace(both(), most_per_period=deeds().astype(np.int32))
    certain = {e.group: e for e in NATION.read(lived(exact, rules), exact) if e.name == "rating_variance_share"}
    assert certain["conduct"].value == pytest.approx(1.0, abs=1e-6)
    assert certain["luck"].value == pytest.approx(0.0, abs=1e-6)


def test_shares_of_the_variance_do_not_depend_on_what_a_point_is() -> None:
    """With 10,000 points for an entry, the squares of a whole nation need more than 64 bits; a share of 1e-4 shows."""
    scenario = nation(days=2_000, **{"town.deeds.jaywalking.per_year": 40})
    found: list[list[float | None]] = []
    for points in (10_000, 100):
        life = lived(scenario, rated(points=deeds(jaywalking=-points).astype(np.int32)))
        estimates = NATION.read(life, scenario)
        found.append([e.value for e in estimates if e.name == "rating_variance_share" and e.by == "cause"])
    assert None not in found[0]
    assert found[0] == pytest.approx(found[1], abs=1e-4)


def test_knobs_off_leave_people_alone() -> None:
    quiet = lived(nation(), rated(points=deeds(traffic_offence=-5).astype(np.int32)))
    assert total(quiet, "acts") == total(quiet, "entries") == total(quiet, "moved") == 0
    assert total(quiet, "grade_end", 1) == total(quiet, "adults") == 16_000


def test_published_counts_shrink_with_the_nation() -> None:
    """A nation of a tenth of the people has a tenth of the published list; 5 % more or less would show."""
    changes = {"judgement.lists.court.initial": 300_000, "town.counted_among": 1_000_000}
    life = lived(nation(town__people=100_000, **changes), replace(rated(rates=False), court=court()))
    close_to(total(life, "listed_start"), 30_000, math.sqrt(30_000 * 0.7))


def test_grades_of_two_cities_are_not_compared() -> None:
    """People move between two cities with grades of their own and do nothing: nobody's grade changes, ever."""
    first = rated()
    bands = np.array([-100_000, 0, 500, 2_000], np.int32)
    closes, opens = np.zeros((4, len(t.DOORS)), np.bool_), np.zeros((4, len(t.PERKS)), np.bool_)
    second = replace(first, name="other", bands=("d", "c", "b", "a"), band_from=bands, closes=closes, opens=opens)
    changes = {"town.jurisdictions": {"north": 0.5, "south": 0.5}, "town.life.moves_per_year": 0.5}
    for integration in (0, 1):
        scenario = nation(**changes, records__integration=integration, judgement__rulebooks={"south": "red-list"})
        life = NATION.live(scenario, 7, law({"none": first, "red-list": second}))
        assert total(life, "moved") > 3_000
        assert total(life, "up") == total(life, "down") == total(life, "turned_back") == 0
        grades = life.counted.grades.sum(axis=(0, 1))
        assert grades.sum() == np.trace(grades) == total(life, "rated")
        assert np.flatnonzero(np.diag(grades)).tolist() == [1, 2], "the first begins with its grade 1, the other with 2"


@pytest.mark.parametrize("name", ["city-points", "reality", "strict-cities", "myth"])
def test_what_people_say_is_near_the_survey_and_what_they_think_is_assumed(name: str) -> None:
    """A survey counts what people say: its share is where approval ends up, not where it starts."""
    opinion = load(name).consequence.opinion
    assert opinion.approve.fact is None
    assert opinion.approve.low is not None
    done = gt.run(name, 1, settings={"town.people": 20_000, "town.sample": 1, "days": 30}, threads=1)
    stated, true = done.metric("approval_stated").value, done.metric("approval_true").value
    assert stated == pytest.approx(catalogue.fact("sc12-approve").value, abs=0.05)
    assert true is not None
    gap = catalogue.fact("sc14-gap")
    assert (gap.low or 0) <= (stated or 0) - true <= (gap.high or 0)
