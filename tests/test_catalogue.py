"""The catalogue: every entry loads, every fact has its record, and nothing claims to be surer than it is."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from ruamel.yaml import YAML

import glasstown.catalogue as catalogue
from glasstown.catalogue.fact import Fact
from glasstown.core.errors import Problem
from glasstown.core.quantity import UNITS
from glasstown.scenario import load, numbers, resolved
from glasstown.scenario.checks import AGE_BANDS, AGENCIES, INCOMES, SEXES
from glasstown.scenario.shape import Shape, leaves, shape
from glasstown.tables import AGE_BANDS as TABLE_AGE_BANDS
from glasstown.tables import AGENCIES as TABLE_AGENCIES
from glasstown.tables import INCOMES as TABLE_INCOMES
from glasstown.tables import SEXES as TABLE_SEXES
from tests.data import DATA

FACTS = catalogue.facts()
STRENGTH = ("article_only", "recalled", "excerpt", "primary")
STRONGEST = {
    "confirmed": "excerpt",
    "recalled_sure": "recalled",
    "recalled_unsure": "recalled",
    "article_only": "article_only",
}


@pytest.fixture(scope="module")
def records() -> dict[str, Any]:
    file = DATA.parent / "references" / "references.yaml"
    if not file.exists():
        pytest.skip("needs references/references.yaml beside the data folder")
    tree = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    return {record["id"]: record for record in tree["records"]}


def stronger(status: str, record_status: str) -> bool:
    return STRENGTH.index(status) > STRENGTH.index(STRONGEST[record_status])


def figures(text: str) -> set[float]:
    """Find the numbers of a text, with percentages and fractions also as shares."""
    plain = [float(x.replace(",", "")) for x in re.findall(r"\d[\d,]*\.?\d*", text)]
    return {*plain, *(x / 100 for x in plain), *(1 - x / 100 for x in plain)}


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_is_complete(name: str) -> None:
    fact = FACTS[name]
    assert fact.id == name
    for field in ("statement", "unit", "where", "when", "conditions", "source", "locator"):
        assert getattr(fact, field).strip(), field
    assert fact.unit in UNITS
    unit = UNITS[fact.unit]
    for number in (fact.value, fact.low, fact.high):
        assert number is None or (math.isfinite(number) and unit.least <= number <= unit.most)
    assert set(catalogue.fact(name).model_fields_set) == set(Fact.model_fields), "every field is written"


def test_nothing_vouches_for_itself() -> None:
    for fact in FACTS.values():
        assert fact.checked_by is None or fact.checked_by != fact.read_by, fact.id
        assert fact.status != "primary" or fact.read_by, fact.id
        assert fact.checked_by is None or fact.read_by is not None, fact.id


def test_rates_of_false_matches_say_their_gallery_and_threshold() -> None:
    rates = [f for f in FACTS.values() if f.unit == "per comparison" or "FPIR" in f.statement + f.conditions]
    assert len(rates) >= 3
    for fact in rates:
        assert "N = " in fact.conditions, fact.id
        assert "T = " in fact.conditions, fact.id


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_comes_from_its_record_and_is_no_surer(name: str, records: dict[str, Any]) -> None:
    fact = FACTS[name]
    record = records[fact.record]
    assert not stronger(fact.status, record["status"])
    assert fact.source.startswith(record["source"])
    assert fact.locator == record["address"]


def test_the_comparison_of_strength_can_fail() -> None:
    assert stronger("primary", "confirmed")
    assert stronger("excerpt", "recalled_sure")
    assert not stronger("recalled", "recalled_sure")


@pytest.mark.parametrize("name", FACTS)
def test_the_arithmetic_of_a_fact_starts_from_figures_of_its_record(name: str, records: dict[str, Any]) -> None:
    """At least one number of the statement is a figure of the record; a fact from nowhere has none."""
    fact = FACTS[name]
    record = records[fact.record]
    text = f"{record['figure']} {record['definition']} {record.get('note', '')} {record['simulates']}"
    stated = figures(fact.statement) & figures(text)
    assert stated - {0.0, 1.0}, fact.statement


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lf16-fmr", 1 / 6_000 / 10_000),
        ("lf16-fpir", 1 / 6_000),
        ("lf16-fnmr", 1 - 0.89),
        ("lf08-fmr", 0.001 / 3_000),
        ("lf08-fnmr", 1 - 0.70),
        ("lf03-intervention", (21 + 21) / (88 + 59)),
        ("fr15-true-acceptance", 1 - 0.06),
        ("lf18-night", 15 / 60),
        ("hm07-trips", 915 / 365),
        ("ca07-not-working", 32_000 / 264_000),
        ("ca08-always-down", 18 / 710),
        ("ca08-always-up", 22 / 710),
    ],
)
def test_derived_facts_are_what_their_arithmetic_gives(name: str, value: float) -> None:
    """Would notice an error of half a percent."""
    assert FACTS[name].value == pytest.approx(value, rel=0.005)


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
    turned = {path: value for path, _, value in leaves(resolved(load("newtown", safeguards=[name])))}
    for path, value in safeguard.change.items():
        found = turned[path]
        fact = value["fact"] if isinstance(value, dict) else None
        if fact is not None:
            assert found["fact"] == fact
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
    head = {"schema", "id", "title", "description", "status", "sources"}
    by_the_system = {"sensing.recognition.fmr", "sensing.recognition.fnmr"}
    assert silent == head | by_the_system


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
