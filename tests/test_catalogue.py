"""The catalogue: every entry loads, every fact has its record, and nothing claims to be surer than it is."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from pydantic import ValidationError

import glasstown as gt
import glasstown.catalogue as catalogue
from glasstown.catalogue.system import System
from glasstown.core.errors import Problem
from glasstown.scenario import Scenario, differences, load, numbers, resolved
from glasstown.scenario.checks import AGE_BANDS, AGENCIES, INCOMES, SEXES
from glasstown.scenario.shape import Shape, shape
from glasstown.tables import AGE_BANDS as TABLE_AGE_BANDS
from glasstown.tables import AGENCIES as TABLE_AGENCIES
from glasstown.tables import INCOMES as TABLE_INCOMES
from glasstown.tables import SEXES as TABLE_SEXES
from tests.worlds import home, problem_of

FACTS = catalogue.facts()


@pytest.mark.parametrize("name", catalogue.names("scenarios"))
def test_a_scenario_of_the_catalogue_loads_under_its_own_name(name: str) -> None:
    scenario = load(name)
    assert scenario.id == name
    assert scenario.title
    assert scenario.status != "checked"
    used = {number.fact for number in numbers(scenario)} - {None}
    assert used <= set(FACTS)


@pytest.mark.parametrize("name", catalogue.names("safeguards"))
def test_a_safeguard_turns_the_knobs_it_names(name: str) -> None:
    safeguard = catalogue.safeguard(name)
    assert safeguard.id == name
    assert safeguard.title
    assert safeguard.description
    assert safeguard.change
    document = resolved(load(home(name), safeguards=[name]))
    for path, value in safeguard.change.items():
        found: Any = document
        for key in path.split("."):
            found = found[key]
        if isinstance(value, dict) and "fact" in value:
            assert found["fact"] == value["fact"]
        else:
            assert found in (value, {"value": value})


# --------------------------------------------------------------- where a safeguard fits
@cache
def plain(name: str) -> Scenario:
    return load(name)


@pytest.mark.parametrize("name", catalogue.names("safeguards"))
def test_a_safeguard_changes_a_scenario_or_is_refused(name: str) -> None:
    """Nothing is put in place without an effect on the scenario, whose difference would be read as its own."""
    for scenario in catalogue.names("scenarios"):
        if (problem := problem_of(lambda scenario=scenario: load(scenario, safeguards=[name]))) is not None:
            assert problem.what
            assert problem.where
            assert "\n" in str(problem)
            continue
        guarded = load(scenario, safeguards=[name])
        assert differences(plain(scenario), guarded), scenario
        before, after = plain(scenario).sensing.watchlist.size, guarded.sensing.watchlist.size
        assert float(after) <= float(before), scenario


@pytest.mark.parametrize(
    ("scenario", "name", "words"),
    [
        ("dog-owner-points", "sanctions-expire", "needs judgement.rulebook to be 'court-blacklist'"),
        ("myth", "creditor-cost-only", "and here it is 'national-rating'"),
        ("swp-2018-03-27", "smaller-watchlist", "sensing.watchlist.size to be more than 2,000, and here it is 514"),
        ("swp-2018-03-27", "two-operators", "needs sensing.operator.kind to be 'human', and here it is 'off'"),
        ("mainz-day", "higher-threshold", "needs sensing.recognition.system to be anything but 'custom'"),
        ("met-notting-hill-2025-08-24", "higher-threshold", "changes nothing"),
        ("busy-street", "three-cameras-agree", "3 cameras must agree and there are 2 cameras"),
        ("one-camera", "two-cameras-agree", "2 cameras must agree and there are 1 camera"),
        ("reality", "searching-off", "says nothing where town.kind is 'nation'"),
        ("reality", "two-cameras-agree", "says nothing where town.kind is 'nation'"),
        ("newtown", "removal", "judgement.remove_when_found is true already"),
        ("gt1", "quick-appeals", "changes nothing: consequence.appeal.delay_days is 0 already"),
    ],
)
def test_a_safeguard_that_does_not_fit_says_why(scenario: str, name: str, words: str) -> None:
    for problem in (
        problem_of(lambda: load(scenario, safeguards=[name])),
        problem_of(lambda: gt.run(plain(scenario), safeguards=name, days=1, threads=1)),
    ):
        assert problem is not None
        assert words in str(problem)


def test_a_safeguard_is_fitted_to_what_was_set_and_to_the_others() -> None:
    longer = "sensing.watchlist.size=3000"
    assert load("swp-2018-03-27", safeguards=["two-operators"], settings=["sensing.operator.kind=human"])
    assert problem_of(lambda: load("newtown", safeguards=["two-operators", "no-operator"])) is not None
    assert problem_of(lambda: load("newtown", safeguards=["no-operator", "two-operators"])) is not None
    assert problem_of(lambda: load("newtown", safeguards=["smaller-watchlist"], settings=["sensing.watchlist.size=9"]))
    assert problem_of(lambda: load("swp-2018-03-27", safeguards=["smaller-watchlist"], settings=[longer])) is None


@pytest.mark.parametrize("name", catalogue.names("safeguards"))
def test_what_a_safeguard_needs_is_a_knob(name: str) -> None:
    for path, need in catalogue.safeguard(name).needs.items():
        here = shape()
        for key in path.split("."):
            here = here.keys[key]
        numeric = need.bounds() != (None, None)
        assert (here.kind in ("number", "whole")) is numeric, path
        assert not need.only or not here.choices or need.only in here.choices


def test_a_need_says_one_thing() -> None:
    for wrong in ({}, {"only": "a", "never": "b"}, {"above": 1, "below": 2}, {"at_least": 1}):
        with pytest.raises(ValidationError):
            catalogue.Need.model_validate(wrong)


def test_titles_are_listed() -> None:
    assert set(catalogue.titles("scenarios")) == set(catalogue.names("scenarios"))
    assert all(catalogue.titles("safeguards").values())
    assert {"newtown", "one-camera", "cameras-off", "helsinki-centre", "manhattan-midtown", "gt1"} <= set(
        catalogue.names("scenarios")
    )


def knobs(here: Shape, tree: Any, path: tuple[str, ...] = ()) -> tuple[set[str], set[str]]:
    """Return the knobs that base.yaml says and those that it leaves out."""
    said: set[str] = set()
    silent: set[str] = set()
    for key, inner in here.keys.items():
        name = ".".join((*path, key))
        if key not in tree:
            silent.add(name)
        elif inner.kind == "section":
            more = knobs(inner, tree[key], (*path, key))
            said |= more[0]
            silent |= more[1]
        else:
            said.add(name)
    return said, silent


def test_base_says_every_knob_of_every_room() -> None:
    _, silent = knobs(shape(), catalogue.base().tree)
    for kind in catalogue.KINDS_WITH_BASE:
        silent -= knobs(shape(), catalogue.base(kind).tree)[0]
    head = {"schema", "id", "title", "description", "status", "sources"}
    by_the_system = {f"sensing.recognition.{key}" for key in ("fmr", "fnmr", "published_size")}
    read_from_files = {"judgement.written"}
    assert silent == head | by_the_system | read_from_files


def test_the_words_that_checks_repeat_are_those_of_the_tables() -> None:
    assert AGE_BANDS == TABLE_AGE_BANDS
    assert (AGENCIES, INCOMES) == (TABLE_AGENCIES, TABLE_INCOMES)
    assert SEXES == TABLE_SEXES


# ------------------------------------------------------------------ systems
@pytest.mark.parametrize("name", catalogue.names("systems"))
def test_a_system_gives_its_facts_at_its_own_threshold(name: str) -> None:
    system = catalogue.system(name)
    assert system.id == name
    fmr, fnmr = system.operating(system.threshold)
    if system.ranked is None:
        for given, published, unit in ((fmr, system.fmr, "per comparison"), (fnmr, system.fnmr, "share")):
            if isinstance(published, str):
                assert given == catalogue.fact(published).quantity
                assert catalogue.fact(published).unit == unit
    assert len(system.facts) or "assumption" in system.description or "lies between" in system.description
    for outside in (system.least - 0.01, system.most + 0.01):
        with pytest.raises(Problem, match=r"its range is|one published setting"):
            system.operating(outside)


@pytest.mark.parametrize("fact", ["lf17-or-found", "lf16-fpir", "fr15-false-acceptance"])
def test_a_system_misses_no_share_found(fact: str) -> None:
    """Would notice a system whose miss rate is a fact of another measure."""
    told = catalogue.system("npl-neoface").model_dump(exclude={"fnmr"})
    with pytest.raises(ValueError, match=f"fnmr is no .* as {fact} is"):
        System.model_validate(told | {"fnmr": fact})


def test_a_higher_threshold_trades_false_matches_for_misses() -> None:
    system = catalogue.system("npl-neoface")
    points = [system.operating(t) for t in (0.56, 0.58, 0.60, 0.62, 0.64)]
    rates = [fmr.value for fmr, _ in points]
    misses = [fnmr.value for _, fnmr in points]
    assert rates == sorted(rates, reverse=True)
    assert misses == sorted(misses)
    for fmr, fnmr in points:
        for rate in (fmr, fnmr):
            if rate.low is not None and rate.high is not None:
                assert rate.low < rate.value < rate.high
                assert rate.fact is None


def test_unknown_names_offer_the_nearest() -> None:
    with pytest.raises(Problem, match="did you mean 'lf16-fmr'"):
        catalogue.fact("lf16-fmrr")
    with pytest.raises(Problem, match="did you mean 'npl-neoface'"):
        catalogue.system("npl-neofase")
    with pytest.raises(Problem, match="did you mean 'keep-nothing'"):
        catalogue.safeguard("keep-nothin")
