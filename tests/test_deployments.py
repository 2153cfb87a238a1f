"""The published deployments: each runs, and none is told its own outcome.

Smallest error noticed: one fact about an outcome among the inputs of the deployment it is of.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

import glasstown as gt
import glasstown.catalogue as catalogue
from glasstown.report.afterwards import counterpart, in_a_line
from glasstown.report.facts import outcomes
from glasstown.report.forms import form_of
from glasstown.report.material import of_run
from glasstown.report.page import page
from glasstown.scenario import brought, load, numbers
from tests.conftest import Command
from tests.pages import read

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


@pytest.mark.parametrize("name", NAMES)
def test_every_outcome_that_is_named_is_shown_afterwards(name: str) -> None:
    named = re.findall(r"lf\d\d-[a-z0-9-]+", said(name).partition("no input here:")[2])
    assert [fact.id for fact in outcomes(load(name))] == named
    chapters = [chapter.name for chapter in form_of(load(name)).chapters]
    assert ("afterwards" in chapters) == bool(named)


def test_an_outcome_stands_beside_the_quantity_that_counts_the_same() -> None:
    """Alerts beside alerts, right ones beside right ones; an arrest is no quantity of a run, and no rate is a count."""
    told = {fact.id: counterpart(fact) for name in NAMES for fact in outcomes(load(name))}
    same = {"alerts": "alerts", "true": "true_alerts", "false": "false_alerts", "arrests": None}
    for name, quantity in told.items():
        ending = name.rpartition("-")[2]
        if ending in same:
            assert quantity == same[ending], name
        if quantity:
            unit = catalogue.fact(name).unit
            assert (unit == "share") == (quantity in ("tpir", "fpir")), name
    assert told["lf17-or-found"] == "tpir"
    assert told["lf17-or-far-2"] == "fpir"
    assert told["lf17-single-best-2"] is None, "of one system, where the run has three together"


def test_the_page_shows_what_was_published_beside_the_run_and_calls_it_no_validation(
    command: Command, elsewhere: Path
) -> None:
    name = "met-oxford-circus-2020-02-27"
    done = gt.run(name, 1, threads=1)
    (section,) = [
        s for s in read(page(of_run(done.lived))).all("section") if s.attributes.get("aria-labelledby") == "afterwards"
    ]
    shown = " ".join(section.words.split())
    alerts = done.metric("alerts")
    assert alerts.value is not None
    assert f"8 alerts, 7 of them false. 8 alerts {alerts.value:.0f} 95 % interval" in shown.replace("\u00a0", " ")
    assert "lf10-alerts: recalled, not looked up; unchecked" in shown
    assert "1 arrest after 8 alerts. 1 arrest no quantity" in shown
    assert "That is no validation" in shown
    assert "differs from" not in shown
    other = gt.run(name, 1, settings={"town.faces": 2000}, threads=1)
    changed = "This run differs from the catalogue's scenario in 1 number or choice."
    assert changed in " ".join(read(page(of_run(other.lived))).words.split())
    wrong = done.metric("false_alerts").value
    line = f"8 alerts (here {alerts.value:.0f}) and 7 about the wrong person (here {wrong:.0f})"
    assert f"Published afterwards, no input and no validation: {line}." in command("run", name, "--out", "x").out
    assert "afterwards" not in command("run", "crowd", "--set", "town.faces=2000", "--out", "y").out


def test_a_figure_that_another_one_contradicts_is_told_once_in_the_line() -> None:
    """Of Cardiff 2017 two totals were published, 2,470 and 2,632 alerts; of 2023 and 2024 no total at all."""
    cardiff, later = (in_a_line((), load(name)) for name in ("swp-cardiff-2017-06-03", "swp-2023-2024"))
    assert cardiff is not None
    assert later is not None
    assert cardiff.count(" alerts (here") == 1
    assert "published afterwards, no input and no validation: 0 alerts about the wrong person" in later.lower()


def test_a_scenario_of_ones_own_is_said_to_be_none_of_the_catalogues(elsewhere: Path) -> None:
    """Also where a file of its name lies in the folder."""
    name = "met-oxford-circus-2020-02-27"
    scenario = load(name, changes={"id": "my-event", "town.faces": 300})
    Path("my-event").write_text("schema: 1\nid: my-event\ntitle: Mine\n", encoding="utf-8")
    shown = read(page(of_run(gt.run(scenario, 1, threads=1).lived))).words
    assert "This scenario is none of the catalogue's" in " ".join(shown.split())


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
