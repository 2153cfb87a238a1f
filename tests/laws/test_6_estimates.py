"""Law 6: every estimate carries its intervals, its count and its groups; the undefined is null with n 0, never NaN.

Smallest error noticed: one value outside its interval, one interval outside its range, one number that is not finite,
one undefined value with a count, one group that is missing or counted twice.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from glasstown.core.estimates import Estimate
from glasstown.metrics.quantities import METRICS, Metric
from glasstown.report.folder import metrics_document
from glasstown.study.run import Run, run_scenario
from glasstown.tables import AGE_BANDS, SEXES
from tests.worlds import SEED, run, town

FIELDS = ("name", "unit", "by", "group", "value", "low", "high", "range_low", "range_high", "n")
COUNTS = {m.name for m in METRICS if m.kind in ("count", "distinct")}


def groupings(groups: Sequence[str]) -> dict[Any, list[Any]]:
    """List every group of every grouping, one way and two ways, from the tables and the scenario alone."""
    names: dict[str, Sequence[str]] = {"age": AGE_BANDS, "sex": SEXES, "group": groups}
    made: dict[Any, list[Any]] = {None: [None]}
    made |= {by: list(values) for by, values in names.items()}
    for pair in (("age", "sex"), ("sex", "group"), ("age", "group")):
        made[pair] = list(product(names[pair[0]], names[pair[1]]))
    return made


def check_numbers(estimates: Sequence[Estimate], ranges: bool) -> None:
    """Assert that each value lies in its interval and each interval in its range, or all are null and n is 0."""
    for e in estimates:
        where = f"{e.name} of {e.by} {e.group}"
        assert e.unit, where
        assert isinstance(e.n, int), where
        assert e.n >= 0, where
        if e.value is None:
            assert (e.low, e.high, e.range_low, e.range_high, e.n) == (None, None, None, None, 0), where
            continue
        assert e.low is not None, where
        assert e.high is not None, where
        assert all(math.isfinite(x) for x in (e.value, e.low, e.high)), where
        assert 0 <= e.low <= e.value <= e.high, where
        assert e.unit != "share" or e.high <= 1, where
        assert e.n > 0 or e.name in COUNTS, where
        if not ranges:
            assert (e.range_low, e.range_high) == (None, None), where
        elif e.range_low is not None or e.range_high is not None:
            assert e.range_low is not None, where
            assert e.range_high is not None, where
            assert math.isfinite(e.range_low), where
            assert math.isfinite(e.range_high), where
            assert e.range_low <= e.low <= e.high <= e.range_high, where


def trials(told: Mapping[tuple[Any, ...], Estimate], metric: Metric, e: Estimate) -> int:
    """Return what an estimate counts; a percentile of too few person-days has no count, and the mean tells them."""
    if metric.kind != "percentile" or e.value is not None:
        return e.n
    days = told[f"{metric.above}_per_person_day", e.by, e.group].n
    assert days * (1000 - metric.permille) < 1000, (e.name, e.by, e.group)
    return days


def check_groups(estimates: Sequence[Estimate], groups: Sequence[str]) -> None:
    """Assert that every metric is there once for every group, and that counts of groups add up to the whole."""
    told: dict[tuple[Any, ...], Estimate] = {(e.name, e.by, e.group): e for e in estimates}
    assert len(told) == len(estimates)
    ways = groupings(groups)
    assert set(told) == {(m.name, by, group) for m in METRICS for by, values in ways.items() for group in values}
    for metric in METRICS:
        whole = told[metric.name, None, None]
        for by, values in ways.items():
            parts = [told[metric.name, by, group] for group in values]
            assert sum(trials(told, metric, e) for e in parts) == trials(told, metric, whole), (metric.name, by)
            if metric.name in COUNTS:
                total = sum(e.value or 0 for e in parts)
                exact = pytest.approx(whole.value, rel=1e-12) if metric.per != 1 else whole.value
                assert total == exact, (metric.name, by)


def check_document(document: Mapping[str, Any]) -> None:
    """Assert that metrics are plain JSON without NaN, each with the same fields, crossings as equal-length lists."""
    text = json.dumps(document, allow_nan=False)

    def refuse(word: str) -> float:
        raise AssertionError(f"{word} in JSON")

    plain = json.loads(text, parse_constant=refuse)
    for entry in [*plain["metrics"], *(e for entries in plain["counterfactual"].values() for e in entries)]:
        assert tuple(entry) == FIELDS
        assert type(entry["by"]) is type(entry["group"])
        if isinstance(entry["by"], list):
            assert len(entry["by"]) == len(entry["group"]) == 2


def everything() -> list[tuple[str, Run]]:
    """List runs in which much is defined, hardly anything is, and nothing is seen."""
    lone = town(people=1, days=1, changes={"sensing.watchlist.residents_per_1000": 0})
    off = town(people=80, days=2, changes={"sensing.cameras.kind": "none"})
    return [
        ("loud", run()),
        ("loud twice", run(2)),
        ("one person", run_scenario(lone, SEED)),
        ("no cameras", run_scenario(off, SEED)),
    ]


@pytest.fixture(scope="module", params=range(4), ids=["loud", "loud twice", "one person", "no cameras"])
def lived(request: pytest.FixtureRequest) -> Run:
    return everything()[request.param][1]


def test_values_lie_in_their_intervals_and_intervals_in_their_ranges(lived: Run) -> None:
    check_numbers(lived.metrics, lived.replicates > 1)
    check_numbers(lived.counterfactual, False)


def test_every_metric_is_there_for_every_group_and_groups_add_up(lived: Run) -> None:
    check_groups(lived.metrics, tuple(lived.scenario.town.groups))
    check_groups(lived.counterfactual, tuple(lived.scenario.town.groups))


def test_the_document_is_plain_json(lived: Run) -> None:
    check_document(metrics_document(lived))


def test_ranges_are_null_with_one_replicate_and_given_with_two() -> None:
    """For everybody and for each group of whom anything is known in both replicates."""
    one, two = run(), run(2)
    assert all(e.range_low is None and e.range_high is None for e in one.metrics)
    without = {e.name for e in two.metrics if e.by is None and e.range_low is None}
    assert without == {"share_captured_weekly"}, "three days are no week"
    missing = [e for e in two.metrics if e.range_low is None and e.value is not None]
    assert len(missing) < 0.1 * len(two.metrics)
    bare = [replace(e, range_low=None, range_high=None) for e in two.metrics]
    assert bare == list(one.metrics), "the range changes nothing else"
    assert any(e.low is not None and e.range_low is not None and e.range_low < e.low for e in two.metrics)


def test_what_cannot_happen_is_null_and_what_did_not_is_zero() -> None:
    lived = run_scenario(town(people=80, days=2, changes={"sensing.cameras.kind": "none"}), 1)
    dark = {e.name: e for e in lived.metrics if e.by is None}
    for name in ("ppv", "fpir", "tpir", "fnir", "people_searched_per_true_alert", "wrongful_stops_share"):
        assert (dark[name].value, dark[name].n) == (None, 0), name
    for name in ("people_searched", "searches", "alerts", "stops", "wrongful_stops", "captures_per_person_day"):
        assert (dark[name].value, dark[name].low, dark[name].high) == (0, 0, 0), name


def test_the_files_hold_no_nan(folder: Path) -> None:
    document = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    check_document(document)
    assert document["metrics"] == [json.loads(json.dumps(e.document())) for e in run().metrics]
    lines = (folder / "metrics.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(run().metrics) + 1
    assert not {"nan", "inf", "none"} & {cell for line in lines for cell in line.lower().split(",")}


DAMAGES: dict[str, dict[str, Any]] = {
    "not a number": {"value": math.nan},
    "an endless interval": {"high": math.inf},
    "a value below its interval": {"low": 0.9, "value": 0.8, "high": 1.0},
    "an interval without a value": {"value": None},
    "a value without trials": {"n": 0},
    "no interval": {"low": None},
    "a share above one": {"value": 1.0, "high": 1.2},
    "a range that misses its interval": {"range_low": 0.99, "range_high": 1.0},
    "half a range": {"range_high": None},
    "less than nothing": {"low": -0.1},
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_wrong_estimate_would_be_noticed(damage: str) -> None:
    good = Estimate("ppv", "share", None, None, 0.5, 0.4, 0.6, 0.3, 0.7, 10)
    check_numbers([good], True)
    with pytest.raises(AssertionError):
        check_numbers([Estimate(**{**asdict(good), **DAMAGES[damage]})], True)


def test_a_range_from_one_replicate_would_be_noticed() -> None:
    with pytest.raises(AssertionError):
        check_numbers([Estimate("ppv", "share", None, None, 0.5, 0.4, 0.6, 0.3, 0.7, 10)], False)


@pytest.mark.parametrize("damage", ["left out", "twice", "one more", "another n"])
def test_wrong_groups_would_be_noticed(damage: str) -> None:
    groups, good = tuple(run().scenario.town.groups), list(run().metrics)
    at = next(i for i, e in enumerate(good) if e.name == "searches" and e.by == "sex")
    value = good[at].value
    assert value is not None
    made = {
        "left out": good[:at] + good[at + 1 :],
        "twice": [*good, good[at]],
        "one more": [*good[:at], replace(good[at], value=value + 1), *good[at + 1 :]],
        "another n": [*good[:at], replace(good[at], n=good[at].n + 1), *good[at + 1 :]],
    }
    with pytest.raises(AssertionError):
        check_groups(made[damage], groups)


def test_nan_in_the_document_would_be_noticed() -> None:
    bad = replace(run().metrics[0], value=math.nan)
    with pytest.raises(ValueError, match="not JSON compliant"):
        check_document({"metrics": [bad.document()], "counterfactual": {}})
