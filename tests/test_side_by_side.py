"""Arms side by side: the same seeds, paired differences, and intervals over the seeds."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

import glasstown
from glasstown.cli import app
from glasstown.core.errors import BAD_FILE, Problem
from glasstown.core.estimates import Estimate
from glasstown.report.side_by_side import drawing, table
from glasstown.scenario import differences, load
from glasstown.study.arms import arm, names_of, pieces, short_names, written_out
from glasstown.study.cells import Cell
from glasstown.study.compare import Comparison, Line, Row, chosen, line_between
from glasstown.study.costs import price
from glasstown.study.forecast import Forecast
from glasstown.study.kinds import kind_of
from tests.conftest import Command
from tests.repository import ROOT

SMALL = ["--people", "500", "--days", "2"]


@pytest.fixture(scope="module")
def found() -> Comparison:
    return glasstown.compare("newtown", "newtown+searching-off", "newtown", people=500, days=2, seeds=3)


def line_of(found: Comparison, name: str) -> Line:
    return next(line for line in found.lines if (line.name, line.by) == (name, None))


def test_an_arm_is_a_scenario_with_edits() -> None:
    edited = arm("newtown+retention-7+days=5")
    assert edited == load("newtown", safeguards=["retention-7"], settings=["days=5"])
    assert arm("newtown+days=6", ["days=5"]) == load("newtown", settings=["days=6"]), "an arm's own edits win"
    turned = differences(arm("reality"), arm("reality+integration-50"))
    assert {path for path, _, _ in turned} == {"records.integration"}


@pytest.mark.parametrize(
    ("arms", "text"),
    [
        (["newtown"], "a comparison needs two arms"),
        (["newtown", "newtwn"], "did you mean 'newtown'?"),
        (["newtown", "newtown+retention-8"], "the catalogue has no safeguard 'retention-8'"),
        (["newtown", "newtown+days=many"], "found text 'many'"),
    ],
)
def test_a_bad_arm_is_named(arms: list[str], text: str) -> None:
    with pytest.raises(Problem) as caught:
        glasstown.compare(*arms, people=100, days=1)
    assert text in str(caught.value)


def test_a_part_of_a_variance_may_be_negative() -> None:
    """Where errors fall on good ratings their part is below 0, and so is its interval: an end cut at 0 would show."""
    arm = "city-points+sensing.reports.employer.bias={b: 4, c: 8}"
    found = glasstown.compare(arm, arm, people=40_000, days=184, seeds=3)
    parts = [cell for line in found.lines if line.name == "rating_variance_share" for cell in line.arms]
    assert any(cell.low is not None and cell.low < 0 for cell in parts)
    for cell in parts:
        if cell.value is not None and cell.low is not None and cell.high is not None:
            assert cell.low <= cell.value <= cell.high


def test_an_arm_beside_itself_differs_in_nothing(found: Comparison) -> None:
    """The same arm twice: every difference is exactly 0 in every seed, so the interval has no width."""
    for line in found.lines:
        again = line.differences[1]
        if again.value is not None:
            assert (again.value, again.low or 0.0, again.high or 0.0) == (0.0, 0.0, 0.0), line.name
        assert line.arms[0] == line.arms[2]


def test_differences_are_those_of_the_runs(found: Comparison) -> None:
    """Against runs of their own: would notice a seed or an arm mixed up with another."""
    runs = [glasstown.run("newtown", seed, people=500, days=2) for seed in (1, 2, 3)]
    values = [run.metric("alerts").value or 0.0 for run in runs]
    line = line_of(found, "alerts")
    assert line.arms[0].value == pytest.approx(sum(values) / 3)
    assert line.arms[1].value == 0
    assert line.differences[0].value == pytest.approx(-sum(values) / 3)
    spread = math.sqrt(sum((v - sum(values) / 3) ** 2 for v in values) / 2 / 3)
    assert line.differences[0].high == pytest.approx(-sum(values) / 3 + 4.302653 * spread, rel=1e-6)


def test_the_table_says_what_its_intervals_are_of(found: Comparison) -> None:
    said = f"95 % intervals over {len(found.seeds)} seeds (jackknife, Student's t); a single run varies more"
    agree = "; where every seed says the same, those of the runs; in a difference from end to end."
    assert any(line.endswith(said + agree) for line in table(found, found.lines).splitlines())
    varied = [line for line in found.lines if not any(cell.of_runs for cell in (*line.arms, *line.differences))]
    assert 0 < len(varied) < len(found.lines)
    assert any(line.endswith(f"{said}.") for line in table(found, varied).splitlines())


def test_one_seed_has_the_interval_of_the_run() -> None:
    one = glasstown.compare("newtown", "newtown+searching-off", people=500, days=2, seeds=1)
    run = glasstown.run("newtown", 1, people=500, days=2)
    cell, estimate = line_of(one, "alerts").arms[0], run.metric("alerts")
    assert (cell.value, cell.low, cell.high) == (estimate.value, estimate.low, estimate.high)
    assert line_of(one, "alerts").differences[0].low is None


# ------------------------------------------------------------------ what the seeds do not show
@pytest.fixture(scope="module")
def quiet() -> Comparison:
    """Three seeds of a hamlet: nobody is stopped in any, and how long alerts are kept changes nothing."""
    arms = ("newtown", "newtown+records.alert_retention_days=3", "newtown+cameras-off")
    return glasstown.compare(*arms, people=40, days=2, seeds=3, threads=1)


def test_what_no_seed_has_seen_has_an_upper_bound(quiet: Comparison) -> None:
    """A third of that of one run in each arm, and both of them in the difference; none where the scenario rules it out.

    Would notice a bound that is off by a thousandth, or none.
    """
    runs = [glasstown.run("newtown", seed, people=40, days=2, threads=1).metric("true_alerts") for seed in (1, 2, 3)]
    assert [run.value for run in runs] == [0, 0, 0]
    most = sum(run.high or 0.0 for run in runs) / 9
    assert most > 0.5
    line = line_of(quiet, "true_alerts")
    kept, off = line.differences
    for cell in line.arms[:2]:
        assert (cell.value, cell.low, cell.high) == (0, 0, pytest.approx(most, rel=1e-3))
    assert (kept.value, kept.low, kept.high) == (0, pytest.approx(-most, rel=1e-3), pytest.approx(most, rel=1e-3))
    assert (line.arms[2].low, line.arms[2].high) == (0, 0)
    assert (off.low, off.high) == (pytest.approx(-most, rel=1e-3), 0)


def test_a_difference_that_no_seed_shows_has_no_interval(quiet: Comparison) -> None:
    """Walks past cameras vary from seed to seed and do not depend on the arm; that no seed differs bounds nothing."""
    line = line_of(quiet, "searches")
    assert line.arms[0].low != line.arms[0].high
    kept, off = line.differences
    assert (kept.value, kept.low, kept.high, kept.note) == (0, None, None, "the same in every seed")
    assert off.low is not None
    assert "0 (the same in every seed)" in table(quiet, [line])
    assert "the same in every seed" in json.dumps(quiet.document())


def estimate(value: float | None, low: float | None = None, high: float | None = None, **other: str) -> Estimate:
    usual = {"name": "stops_share", "unit": "share", "by": None, "group": None} | other
    return Estimate(**usual, value=value, low=low, high=high, range_low=None, range_high=None, n=9)


def side(*estimates: Estimate) -> list[dict[Row, Estimate]]:
    return [{("q", None, None): e} for e in estimates]


def test_seeds_that_agree_say_what_their_runs_say() -> None:
    """All of all, half of all, and a percentile: only what was counted is surer after three runs than after one."""
    for runs, low, high, bounded in (
        ([estimate(1.0, 0.7, 1.0)] * 3, 0.9, 1.0, True),
        ([estimate(0.5, 0.2, 0.8)] * 3, 0.2, 0.8, False),
        ([estimate(0.0, 0.0, 3.0, name="passes_per_person_day_p99", unit="passes per person-day")] * 3, 0, 3, False),
        ([estimate(0.0, 0.0, 3.0, unit="stops")] * 3, 0.0, 1.0, True),
        ([estimate(5.0, 5.0, 5.0, unit="searches")] * 3, 5.0, 5.0, True),
    ):
        line = line_between(("q", None, None), [side(*runs), side(*runs)], [False])
        assert (line.arms[0].low, line.arms[0].high) == (pytest.approx(low), pytest.approx(high))
        one = line.differences[0]
        if bounded:
            assert (one.low, one.high) == (pytest.approx(low - high), pytest.approx(high - low))
        else:
            assert (one.value, one.low, one.high, one.note) == (0, None, None, "the same in every seed")
        alike = line_between(("q", None, None), [side(*runs), side(*runs)], [True])
        assert (alike.differences[0].low, alike.differences[0].high) == (0, 0)


PPV = {"name": "ppv", "unit": "share"}


def ratio(events: int, n: int) -> Estimate:
    return replace(estimate(events / n if n else None, **PPV), n=n)


def test_a_share_is_that_of_all_seeds_together_and_says_of_how_many() -> None:
    """5 of 5, 8 of 17 and 5 of 9 are 18 of 31, and no mean of shares; the jackknife is done by hand.

    Would notice a weight of one event, one seed left out on one side only, and a count that is not shown.
    """
    arms = [side(ratio(5, 5), ratio(8, 17), ratio(5, 9)), side(*[ratio(1, 4)] * 3)]
    line = line_between(("q", None, None), arms, [False])
    left, mean = (13 / 26, 10 / 14, 13 / 22), (13 / 26 + 10 / 14 + 13 / 22) / 3
    reach = 4.302653 * math.sqrt(2 / 3 * sum((x - mean) ** 2 for x in left))
    cell, less = line.arms[0], line.differences[0]
    assert (cell.value, cell.seeds, cell.n) == (pytest.approx(18 / 31), 3, 31)
    assert (cell.low, cell.high) == (pytest.approx(18 / 31 - reach, rel=1e-6), 1.0)
    assert (less.value, less.n) == (pytest.approx(1 / 4 - 18 / 31), None)
    assert less.low == pytest.approx(1 / 4 - 18 / 31 - reach, rel=1e-6)
    written = table(Comparison(("a", "b"), (load("newtown"),) * 2, (1, 2, 3), (line,)), [line])
    assert f"0.5806 ({cell.low:.4g} to 1) of 31 " in written
    assert "of 12 " in written
    assert "a share or rate is that of all seeds together" in written
    told = line.document(("a", "b"))
    assert (told["over_seeds"], told["arms"]["a"]["n"], told["arms"]["a"]["seeds"]) == ("pooled", 31, 3)


def test_a_jackknife_of_alike_weights_is_the_interval_of_a_mean() -> None:
    """Against SciPy's own interval of a mean, in an arm and in paired differences."""
    a, b = np.array([0.1, 0.5, 0.3, 0.4]), np.array([0.2, 0.25, 0.35, 0.1])
    for name in ("ppv", "stops", "passes_per_person_day_p90"):
        sides = [side(*(estimate(x, name=name) for x in values)) for values in (a, b)]
        line = line_between(("q", None, None), sides, [False], signed=[name])
        for cell, values in ((line.arms[0], a), (line.differences[0], b - a)):
            within = stats.ttest_1samp(values, 0).confidence_interval()
            assert cell.value == pytest.approx(values.mean())
            assert (cell.low, cell.high) == (pytest.approx(within.low), pytest.approx(within.high))


def test_a_difference_of_shares_ends_at_one() -> None:
    line = line_between(("q", None, None), [side(ratio(0, 5), ratio(1, 2)), side(ratio(9, 9), ratio(1, 2))], [False])
    assert (line.differences[0].low, line.differences[0].high) == (-1, 1)


def test_equal_shares_of_unlike_numbers_are_no_difference_that_every_seed_shows() -> None:
    """Seed by seed the shares agree, and those of all seeds do not: 15 of 30 beside 43 of 230."""
    one = side(ratio(9, 10), ratio(1, 10), ratio(5, 10))
    other = side(ratio(18, 20), ratio(20, 200), ratio(5, 10))
    less = line_between(("q", None, None), [one, other], [False]).differences[0]
    assert less.value == pytest.approx(43 / 230 - 0.5)
    assert less.low is not None
    assert less.low < less.value


def test_rates_of_recognition_are_shown_with_list_and_threshold() -> None:
    """In the table, the drawing and the document; not where nobody searches, nor beside other quantities."""
    arms = ("newtown", "+higher-threshold", "+cameras-off")
    found = glasstown.compare(*arms, people=60, days=1, seeds=1, threads=1)
    size = int(load("newtown").sensing.watchlist.size)
    lines = chosen(found.lines, ["fpir"], [])
    first, last = "threshold T = 0.6.", "threshold T = 0.64."
    written = table(found, lines)
    assert f"newtown: N = {size:,} references, {first}" in written
    assert f"newtown+higher-threshold: N = {size:,} references, {last}" in written
    assert written.count(" N = ") == 2
    assert last[:-1] in drawing(found, lines)
    assert " N = " not in table(found, chosen(found.lines, ["stops"], []))
    told = [(entry["list_size"], entry["threshold"]) for entry in found.document()["arms"]]
    assert told == [(size, 0.6), (size, 0.64), (None, None)]


def test_arms_of_other_people_or_days_are_not_called_paired() -> None:
    """And how many lived how long is said, with what a difference of counts then is."""
    arms = ("newtown", "+days=2", "+town.people=40", "+searching-off")
    found = glasstown.compare(*arms, people=60, days=1, seeds=2, threads=1)
    written = table(found, chosen(found.lines, ["stops"], []))
    assert "seeds 1 to 2, partly paired" in written
    for words in ("newtown: 60 people, 1 day.", "newtown+days=2: 60 people, 2 days.", "people=40: 40 people, 1 day."):
        assert words in written
    assert "not paired with newtown: newtown+days=2, newtown+town.people=40. " in written
    assert "a difference of counts is also one of how many lived how long" in written
    assert "newtown+days=2: 60 people, 2 days." in drawing(found, chosen(found.lines, ["stops"], []))
    assert [entry["paired"] for entry in found.document()["arms"]] == [True, False, False, True]
    others = glasstown.compare(*arms[:2], people=60, days=1, seeds=1, threads=1)
    assert "seeds 1 to 1, not paired" in table(others, others.lines)
    alike = glasstown.compare(arms[0], arms[3], people=60, days=1, seeds=1, threads=1)
    assert "seeds 1 to 1, paired" in table(alike, alike.lines)
    assert " 60 people" not in table(alike, alike.lines)


def test_how_many_seeds_a_number_is_of_is_said_where_they_are_not_all() -> None:
    one = side(estimate(0.1), estimate(None), estimate(0.3))
    other = side(estimate(0.4), estimate(0.9), estimate(None))
    line = line_between(("q", None, None), [one, other], [False])
    assert [cell.seeds for cell in (*line.arms, *line.differences)] == [2, 2, 1]
    assert [cell.n for cell in (*line.arms, *line.differences)] == [18, 18, None]
    written = table(Comparison(("a", "b"), (), (1, 2, 3), (line,)), [line])
    assert "0.2 (0 to 1) of 18 in 2 of 3 seeds" in written
    assert "0.3 in 1 of 3 seeds" in written
    assert "in both arms, of a difference." in written
    whole = line_between(("q", None, None), [side(estimate(0.1), estimate(0.2))] * 2, [False])
    assert " of 2 seeds" not in table(Comparison(("a", "b"), (), (1, 2), (whole,)), [whole]).replace("over 2 seeds", "")


# ------------------------------------------------------------------ before anything is lived
CROWD = ROOT / "tests" / "spec" / "valid" / "crowd.yaml"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"seeds": 0}, ["--seeds", "from 1 to 1,000, found 0"]),
        ({"seeds": 1.5}, ["--seeds", "found 1.5"]),
        ({"seed": "1"}, ["--seed", "found '1'"]),
        ({"seed": 2**63 - 2}, ["--seed", "the last of 3 seeds would be larger"]),
        ({"metrics": 3}, ["metrics: ", "found 3"]),
        ({"by": [None]}, ["by: ", "found [None]"]),
        ({"settings": {3: 4}}, ["settings: ", "found 3"]),
        ({"settings": [("days", 3)]}, ["settings: ", "found [('days', 3)]"]),
        ({"threads": 0}, ["--threads", "from 1 to 1,024"]),
        ({"people": "many"}, ["--people", "found 'many'"]),
        ({"days": 0}, ["--days", "from 1 to 3,650"]),
        ({"settings": {"sensing.cameras.per_km": math.nan}}, ["per_km", "found nan"]),
        ({"settings": "town.people=41"}, ["--people", "'town.people' is said twice: 40, and 41"]),
        ({"metrics": "alertss"}, ["--metric", "did you mean 'alerts'"]),
        ({"by": "grop"}, ["--by", "no grouping 'grop'", "did you mean 'group'"]),
        ({"metrics": ["alerts", "deterred"]}, ["no metric 'deterred'"]),
        ({"people": 20_000_000, "settings": ["sensing.cameras.per_km=10000"]}, ["this comparison would take", "MB of"]),
    ],
    ids=str,
)
def test_what_cannot_be_compared_is_said_before_anything_is_lived(given: dict[str, Any], words: list[str]) -> None:
    told: list[str] = []
    usual: dict[str, Any] = {"people": 40, "days": 1, "seeds": 3, "progress": lambda what, *_: told.append(what)}
    with pytest.raises(Problem) as caught:
        glasstown.compare("newtown", "newtown+searching-off", **usual | given)
    assert [word for word in words if word not in str(caught.value)] == []
    assert told == []


def test_arms_may_be_scenarios_and_numbers_those_of_numpy() -> None:
    """The same as by name: every cell of every line."""
    usual: dict[str, Any] = {"people": 40, "days": 1, "settings": {"records.retention_days": 2}}
    named = glasstown.compare("newtown", "newtown+searching-off", seeds=2, **usual)
    arms = (load("newtown"), load("newtown", safeguards=["searching-off"]))
    made = glasstown.compare(*arms, seed=np.int64(1), seeds=np.int8(2), **usual)
    assert made.arms == ("newtown", "newtown (2)")
    assert made.scenarios == named.scenarios
    assert made.lines == named.lines
    assert set(made.document()["lines"][0]["arms"]) == set(made.arms)


def test_what_a_comparison_takes_is_foreseen_and_told_in_seconds(found: Comparison) -> None:
    """Once loops are compiled; each of two seeds is half of the whole, and in each the first arm builds the town."""
    assert found.lines
    told: list[tuple[float, float]] = []
    foreseen: list[Forecast] = []
    usual: dict[str, Any] = {"people": 40, "days": 1, "foresee": foreseen.append}
    glasstown.compare("newtown", "newtown", seeds=2, progress=lambda _, done, of: told.append((done, of)), **usual)
    glasstown.compare("newtown", "newtown", seeds=4, **usual)
    lives = [one.at(1.0).life_s for one in foreseen]
    assert lives[1] == pytest.approx(2 * lives[0])
    assert [of for _, of in told] == [foreseen[0].seconds] * 4
    begun, second = [done for done, _ in told], foreseen[0].seconds / 2
    assert begun[::2] == pytest.approx([0, second])
    assert begun[3] - begun[2] == pytest.approx(begun[1])
    assert second / 2 < begun[1] < second
    assert foreseen[1].at(1.0).seconds == pytest.approx(2 * foreseen[0].at(1.0).seconds)
    assert foreseen[0].disk_mb == 0


def test_no_rows_and_no_report_are_foreseen_in_a_comparison() -> None:
    """Would notice one table of rows, and what a report holds."""
    told: list[Forecast] = []
    usual: dict[str, Any] = {"people": 2_000, "days": 2, "seeds": 1, "threads": 1}
    glasstown.compare("newtown", "newtown", foresee=told.append, **usual)
    scenario = load("newtown", changes={"town.people": 2_000, "days": 2})
    run = kind_of(scenario).forecast(scenario, None)
    assert told[0].memory_mb < run.memory_mb - price("no_report") / 1e6


def test_what_only_shares_a_name_is_not_paired() -> None:
    """Of a town, stops of people who should not be listed; of a nation, people on the list who should not be."""
    with pytest.raises(Problem, match="no quantity in common"):
        glasstown.compare("newtown", "reality", seeds=1)
    found = glasstown.compare("newtown+days=1+town.people=40", str(CROWD), seeds=1)
    assert set(found.unpaired) == {"listed_people", "listed_found", "listed_found_share"}
    assert {line.name for line in found.lines}.isdisjoint(found.unpaired)
    assert line_of(found, "alerts").unit == "alerts"
    assert "left out, because they mean other things in these arms: listed" in table(found, found.lines)
    with pytest.raises(Problem, match="'listed_found' does not mean the same in every arm"):
        glasstown.compare("newtown", str(CROWD), seeds=1, metrics=["listed_found"])


def test_everything_that_is_read_off_says_what_it_is(found: Comparison) -> None:
    """Or it could not be compared: of each kind of town, the names that say something are those that are read off.

    And each grouping that is read off is known; of a nation some are known that this one does not have.
    """
    for name in ("newtown", str(CROWD), "reality"):
        small = {"town.people": 2_000, "days": 31} if name == "reality" else {"days": 1}
        scenario = load(name, changes=small if name != "newtown" else small | {"town.people": 40})
        kind = kind_of(scenario)
        life = kind.live(scenario, 1, kind.survey(scenario), keep=None)
        estimates = kind.read(life, scenario)
        assert {e.name for e in estimates} == set(kind.says), name
        groupings = {" x ".join(e.by) if isinstance(e.by, tuple) else e.by for e in estimates if e.by}
        assert groupings <= kind.groupings, name
        assert kind.groupings <= groupings or name == "reality", name


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("newtown", ["newtown"]),
        (" newtown + retention-7 +days=5", ["newtown", "retention-7", "days=5"]),
        ('a+judgement.rulebook="b + c"+days=5', ["a", 'judgement.rulebook="b + c"', "days=5"]),
        ("a+x={a: 1e+3, b: '1+1'}+y", ["a", "x={a: 1e+3, b: '1+1'}", "y"]),
        ("a+x=[+1, 2]+y", ["a", "x=[+1, 2]", "y"]),
        ("a+x=1.5e+3+y=+2+z", ["a", "x=1.5e+3", "y=+2", "z"]),
        ("it's.yaml+x=1e+days=2", ["it's.yaml", "x=1e+days=2"]),
        ("it's.yaml+safe+x=o'b+y", ["it's.yaml", "safe", "x=o'b", "y"]),
        ("a++b", ["a", "", "b"]),
        ("a+t='it''s + b'+y", ["a", "t='it''s + b'", "y"]),
        (r'a+t="b \" + c"+y', ["a", r't="b \" + c"', "y"]),
        ("a+t=''+y", ["a", "t=''", "y"]),
    ],
)
def test_an_arm_is_taken_apart_at_its_pluses(written: str, parts: list[str]) -> None:
    assert pieces(written) == parts


def test_a_value_may_hold_a_plus() -> None:
    both = arm('reality+judgement.rulebook="rongcheng-2014 + court-blacklist"+days=90')
    assert both == load("reality", settings=['judgement.rulebook="rongcheng-2014 + court-blacklist"', "days=90"])
    assert arm("newtown+sensing.cameras.per_km=1e+1") == load("newtown", settings=["sensing.cameras.per_km=10"])


def test_an_arm_that_begins_with_a_plus_is_the_first_and_this() -> None:
    assert written_out(["newtown+days=2", "+two-cameras-agree", " +days=3", "reality"]) == (
        *("newtown+days=2", "newtown+days=2+two-cameras-agree", "newtown+days=2+days=3", "reality"),
    )
    for arms, words in (
        (("+two-cameras-agree", "newtown"), "Write for example: glasstown compare newtown +two-cameras-agree"),
        ((load("newtown"), "+two-cameras-agree"), "a plus needs a first arm that is a text"),
    ):
        with pytest.raises(Problem) as caught:
            glasstown.compare(*arms)
        assert words in str(caught.value)
        assert "arm +two-cameras-agree" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["a", "b", "a", "a"], ("a", "b", "a (2)", "a (3)")),
        (["a (2)", "a", "a"], ("a (2)", "a", "a (3)")),
    ],
)
def test_each_arm_has_a_name_of_its_own(given: list[str], names: tuple[str, ...]) -> None:
    """A document would lose the other."""
    assert names_of(given) == names


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("newtown+days=", ["arm newtown+days=: expected path=value"]),
        ("newtown+town={people: 40}+town.streets.block=x", [".streets.block=x: town.streets.block: expected"]),
        ("reality+judgement.rulebook=rongcheng-2014 + court-blacklist", ["needs quotes within those of the shell"]),
        (None, ["an arm: expected a scenario, found None"]),
    ],
)
def test_what_is_wrong_in_an_arm_is_told_of_it(written: Any, words: list[str]) -> None:
    with pytest.raises(Problem) as caught:
        arm(written)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["a", "a+b.c=1", "a+safe+d=2"], ["a", "c=1", "safe, d=2"]),
        (["a", "b+c=1", "a+c=1"], ["a", "b, c=1", "a, c=1"]),
        (["a+x.size=1", "a+y.size=1"], ["a+x.size=1", "a+y.size=1"]),
        (["myth", "reality"], ["myth", "reality"]),
    ],
)
def test_an_arm_is_called_by_what_tells_it_from_the_others(names: list[str], short: list[str]) -> None:
    assert short_names(names) == short


def test_where_a_drawing_cannot_be_written_is_said_first(tmp_path: Path, command: Command) -> None:
    """Before the arms are so much as looked for."""
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for name, words in (("no/x.svg", "No such file"), ("folder.svg", "Is a directory"), ("file/x.svg", "a folder")):
        said = command("compare", "nowhere", "nowhere", "--out", tmp_path / name)
        assert said.code == BAD_FILE
        assert said.err.startswith(f"glasstown: {tmp_path / name}: cannot write there: "), said.err
        assert words in said.err


def test_the_table_is_printed_before_the_drawing_is_written(tmp_path: Path) -> None:
    """No file may grow beyond 2,000 bytes, as on a disk that is full: what was lived is told all the same."""
    code = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000)); "
    code += "from glasstown.cli import main; main()"
    words = ["compare", str(CROWD), str(CROWD), "--seeds", "1", "--metric", "alerts", "--out", str(tmp_path / "x.svg")]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=120)
    assert done.returncode == BAD_FILE, done.stderr
    assert "File too large" in done.stderr
    assert "alerts [alerts]" in done.stdout
    assert "drawing" not in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_lines_are_chosen_by_name_and_grouping(found: Comparison) -> None:
    lines = chosen(found.lines, ["alerts"], ["group"])
    assert {line.name for line in lines} == {"alerts"}
    assert [line.group for line in lines] == [None, "a", "b", "c"]
    with pytest.raises(Problem, match="did you mean 'alerts'"):
        chosen(found.lines, ["alertss"], [])
    with pytest.raises(Problem, match="no grouping 'grop'"):
        chosen(found.lines, [], ["grop"])


def test_what_is_not_defined_is_said() -> None:
    none, some = Cell(None, None, None, 0), Cell(2.0, 1.0, 3.0, 3)
    written = table(Comparison(("a", "b"), (), (1, 2, 3), ()), [Line("x", "people", None, None, (none, some), (none,))])
    assert "not defined" in written
    assert "2 (1 to 3)" in written
    assert "b less a" in written


def test_the_command_prints_a_table_or_json() -> None:
    words = ["compare", "newtown", "newtown+no-operator", *SMALL, "--seeds", "2", "--metric", "stops", "--by", "group"]
    done = CliRunner().invoke(app, [*words, "--json"])
    told = json.loads(done.stdout)
    assert [entry["name"] for entry in told["arms"]] == ["newtown", "newtown+no-operator"]
    assert told["seeds"] == [1, 2]
    assert set(told["lines"][0]["arms"]) == {"newtown", "newtown+no-operator"}
    assert set(told["lines"][0]["less_first"]) == {"newtown+no-operator"}
    assert "seeds 1 to 2, paired" in CliRunner().invoke(app, words).stdout


@pytest.mark.parametrize("name", ["x.html", "x.png", "x"])
def test_a_drawing_is_an_svg_document_and_nothing_lives_before_that_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(Problem, match="a drawing is an SVG document") as caught:
        CliRunner().invoke(
            app, ["compare", "newtown", "newtown+nothing", "--out", str(tmp_path / name)], catch_exceptions=False
        )
    assert (caught.value.where, caught.value.todo) == (str(tmp_path / name), "name it 'x.svg'.")
    assert list(tmp_path.iterdir()) == []


def test_a_comparison_is_drawn_with_every_arm_and_group(tmp_path: Path, command: Command) -> None:
    """And an interval ends where the quantity does: no count below 0."""
    crowd = ROOT / "tests" / "spec" / "valid" / "crowd.yaml"
    arms = [crowd, f"{crowd}+sensing.recognition.decision_threshold=0.62"]
    out = tmp_path / "drawn.svg"
    options = ["--metric", "false_alerts", "--metric", "fpir", "--by", "group", "--seeds", "2", "--out", out]
    said = command("compare", *arms, *options)
    assert said.code == 0, said.err
    assert f"drawing: {out}" in said.out
    drawn = out.read_text(encoding="utf-8")
    for words in ("decision_threshold=0.62, group y", "false_alerts", "fpir", "seeds 1 to 2, paired", "95 %"):
        assert words in drawn
    assert "(-" not in said.out.partition(" less ")[0]
