"""The catalogue: every entry loads, every fact has its record, and nothing claims to be surer than it is."""

from __future__ import annotations

from typing import Any

import pytest

import glasstown.catalogue as catalogue
from glasstown.catalogue.system import System
from glasstown.core.errors import Problem
from glasstown.scenario import load, numbers, resolved
from glasstown.scenario.checks import AGE_BANDS, AGENCIES, INCOMES, SEXES
from glasstown.scenario.kinds import silent_part
from glasstown.scenario.shape import Shape, shape
from glasstown.tables import AGE_BANDS as TABLE_AGE_BANDS
from glasstown.tables import AGENCIES as TABLE_AGENCIES
from glasstown.tables import INCOMES as TABLE_INCOMES
from glasstown.tables import SEXES as TABLE_SEXES

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
    daily = not any(silent_part("generated", tuple(path.split("."))) for path in safeguard.change)
    document = resolved(load("newtown" if daily else "reality", safeguards=[name]))
    for path, value in safeguard.change.items():
        found: Any = document
        for key in path.split("."):
            found = found[key]
        if isinstance(value, dict) and "fact" in value:
            assert found["fact"] == value["fact"]
        else:
            assert found in (value, {"value": value})


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
