"""The published deployments: each runs, and none is told its own outcome.

Smallest error noticed: one fact about an outcome among the inputs of the deployment it is of.
"""

from __future__ import annotations

import math
import re

import pytest

import glasstown as gt
import glasstown.catalogue as catalogue
from glasstown.scenario import brought, load, numbers

NAMES = [name for name in catalogue.names("scenarios") if re.match(r"(met|swp|suedkreuz|zhengzhou|mainz)-", name)]
# What a count of the event tells: alerts, stops and arrests, the share found, the rate of false alarms.
OUTCOMES = re.compile(r"alerts|true|false|stops|arrests|found|-far|found-sites")


def test_every_deployment_of_the_record_is_there() -> None:
    assert len(NAMES) == 16


@pytest.mark.parametrize("name", NAMES)
def test_a_deployment_is_not_told_its_outcome(name: str) -> None:
    scenario = load(name)
    used = {number.fact for number in numbers(scenario) if number.fact and number.path.startswith(("town", "sensing"))}
    outcome = {fact for fact in used if OUTCOMES.search(fact) and not fact.startswith("fr15")}
    assert outcome == set()
    told = set(re.findall(r"lf\d\d-[a-z0-9-]+", scenario.description))
    assert told <= set(catalogue.facts())
    assert scenario.status == "provisional"
    assert len(scenario.description) > 200


def said(name: str) -> str:
    return " ".join(load(name).description.split())


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_to_be_no_input_is_in_no_part_of_the_system(name: str) -> None:
    """A system leans on facts of its own, which a scenario does not show."""
    scenario = load(name)
    kept_out = set(re.findall(r"lf\d\d-[a-z0-9-]+", said(name).partition("no input here:")[2]))
    used = {number.fact for number in (*numbers(scenario), *brought(scenario)) if number.fact}
    if scenario.sensing.recognition.system in catalogue.names("systems"):
        used |= set(catalogue.system(scenario.sensing.recognition.system).facts)
    assert kept_out or name.startswith("mainz") or "No outcome is in the catalogue" in said(name)
    assert not kept_out & used


@pytest.mark.parametrize("name", NAMES)
def test_an_outcome_that_a_system_leans_on_is_called_an_input(name: str) -> None:
    system = load(name).sensing.recognition.system
    if system not in catalogue.names("systems"):
        return
    for fact in catalogue.system(system).facts:
        if fact.startswith("lf17") and OUTCOMES.search(fact):
            assert f"({fact})" in said(name)


PLAIN = [name for name in NAMES if "Every candidate is an alert here" in said(name)]


def test_many_deployments_count_every_candidate() -> None:
    assert len(PLAIN) == 12


@pytest.mark.parametrize("name", PLAIN)
def test_every_candidate_is_an_alert_where_the_text_says_so(name: str) -> None:
    """Where nobody is taken, that is: whoever was taken is not searched again."""
    small = {"town.faces": 20_000, "town.faces_per_person": 3, "sensing.recognition.repeat": 1}
    listed = {"town.listed_present": min(100, float(load(name).sensing.watchlist.size)), "consequence.stop.found": 0}
    done = gt.run(name, 3, settings={**small, **listed}, threads=1)
    alerts, candidates = done.metric("alerts").value, done.metric("candidates").value
    assert alerts == candidates
    assert (alerts or 0) > 100


@pytest.mark.parametrize("name", NAMES)
def test_what_was_not_published_has_a_range(name: str) -> None:
    town, size = load(name).town, load(name).sensing.watchlist.size
    for number in (town.faces, town.listed_present, size):
        assert number.fact or number.low is not None, name
    assert town.listed_present.fact is None


@pytest.mark.parametrize("name", PLAIN)
def test_interventions_are_those_of_their_kind_of_alert(name: str) -> None:
    """What was counted of incorrect alerts says nothing about right ones."""
    stop = load(name).consequence.stop
    assert float(stop.found) == 1
    assert stop.intervenes_if_true.fact == "lf01-foi-intervention-true"
    assert stop.intervenes_if_false.fact == "lf03-intervention"


def test_the_day_and_the_night_of_mainz_are_one_day() -> None:
    day, night = (load(name).town for name in ("mainz-day", "mainz-night"))
    passers = catalogue.fact("lf18-passers-a-day").value
    assert float(day.faces) + float(night.faces) == passers
    assert (day.faces.low or 0) + (night.faces.high or 0) == passers
    assert (day.faces.high or 0) + (night.faces.low or 0) == passers
    assert float(day.to_minute) == float(night.from_minute)


def test_a_deployment_runs_and_gives_what_its_rates_imply() -> None:
    """Oxford Circus 2020: 8,600 faces, a list of 7,292, and one false match in three million comparisons."""
    done = gt.run("met-oxford-circus-2020-02-27", 2, threads=1)
    false = done.metric("candidates")
    expected = 8600 * -math.expm1(7292 * math.log1p(-float(done.scenario.sensing.recognition.fmr)))
    assert 15 < expected < 25
    assert false.value is not None
    assert abs(false.value - expected) < 5 * math.sqrt(2 * expected)
    assert done.document()["faces"] == 8600
