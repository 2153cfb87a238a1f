"""Facts: each comes from its record, says under which conditions it holds, and claims to be no surer than it is."""

from __future__ import annotations

import importlib
import json
import math
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

import glasstown.catalogue as catalogue
from glasstown.catalogue import second
from glasstown.catalogue.fact import Fact
from glasstown.catalogue.second import Reading, blind, doubt
from glasstown.cli import app
from glasstown.core.errors import Problem
from glasstown.core.quantity import UNITS
from glasstown.report.facts import card, find, listing, outcomes, uses
from glasstown.scenario import load
from glasstown.scenario.shape import Shape, shape
from tests.data import DATA

FACTS = catalogue.facts()
STRENGTH = ("article_only", "recalled", "excerpt", "primary")
STRONGEST = {
    "confirmed": "excerpt",
    "recalled_sure": "recalled",
    "recalled_unsure": "recalled",
    "article_only": "article_only",
}
RULES = ("SC",)  # records of social credit, entered beside the rulebooks


@pytest.fixture(scope="module")
def records() -> dict[str, Any]:
    """Read the list of figures; what it gives without a record (FI01 to FI03) is taken from its prose."""
    file = DATA.parent / "references" / "references.yaml"
    if not file.exists():
        pytest.skip("needs references/references.yaml beside the data folder")
    tree = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    listed: list[dict[str, Any]] = tree["records"]
    for before, record in pairwise(listed):
        for key in ("source", "address"):
            record[key] = before[key] if record[key] == "same" else record[key]
    prose = file.with_suffix(".md").read_text(encoding="utf-8")
    further = prose.partition("Further inputs: ")[2].partition("\n")[0]
    trial, _, tables = further.partition(". Public ")
    beside = {"definition": "", "simulates": "", "address": "-", "status": "recalled_sure"}
    named = ("South Wales Police field trial, March 2018", trial), ("Public 1:1 tables on IJB-C", tables)
    names = {"FI01": named[0], "FI02": named[1], "FI03": named[1]}
    extra = {name: {**beside, "source": source, "figure": text} for name, (source, text) in names.items()}
    return {record["id"]: record for record in listed} | extra


def ceiling(record: dict[str, Any]) -> str:
    """Return how sure a fact of a record may be: as the record, or an excerpt where its note says 'confirmed'."""
    confirmed = "confirmed" in record.get("note", "").lower()
    return "excerpt" if confirmed else STRONGEST[record["status"]]


def surer(status: str, most: str) -> bool:
    return STRENGTH.index(status) > STRENGTH.index(most)


def figures(text: str) -> set[float]:
    """Find the numbers of a text, with percentages and fractions also as shares."""
    plain = [float(x.replace(",", "")) for x in re.findall(r"\d[\d,]*\.?\d*", text)]
    return {*plain, *(x / 100 for x in plain), *(1 - x / 100 for x in plain)}


# ---------------------------------------------------------------- each fact
@pytest.mark.parametrize("name", FACTS)
def test_a_fact_is_complete_and_plausible(name: str) -> None:
    fact = FACTS[name]
    assert fact.id == name
    for field in ("statement", "unit", "where", "when", "conditions", "source", "locator"):
        assert getattr(fact, field).strip(), field
    unit = UNITS[fact.unit]
    for number in (fact.value, fact.low, fact.high):
        assert number is None or (math.isfinite(number) and unit.least <= number <= unit.most)
    conditional = {"measure", "gallery", "threshold", "corrects"}
    assert fact.model_fields_set >= set(Fact.model_fields) - conditional, "every field is written"


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_speaks_of_what_its_reader_can_see(name: str) -> None:
    """Of publications and of what was read of them, not of notes that are no part of the catalogue."""
    fact = FACTS[name]
    told = " ".join((fact.statement, fact.where, fact.when, fact.conditions, str(fact.threshold), fact.corrects or ""))
    unseen = r"\bthe record says|in the record\b|in the excerpt\b(?! that was read| from which)"
    assert re.findall(unseen, told, re.IGNORECASE) == []
    assert fact.status != "recalled" or "excerpt that was read" not in told, "nothing was read"


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_comes_from_its_record_and_is_no_surer(name: str, records: dict[str, Any]) -> None:
    fact = FACTS[name]
    record = records[fact.record]
    assert not surer(fact.status, ceiling(record))
    if fact.source.startswith(record["source"]):
        assert fact.locator == record["address"]
    else:
        assert fact.source.partition(" (")[0] in record["note"], "another source is one that the record names"
        assert any(fact.locator == other["address"] for other in records.values())


@pytest.mark.parametrize("name", FACTS)
def test_the_arithmetic_of_a_fact_starts_from_figures_of_its_record(name: str, records: dict[str, Any]) -> None:
    """At least one number of the statement is a figure of the record, as far as the record has any beside 0 and 1."""
    fact = FACTS[name]
    record = records[fact.record]
    text = f"{record['figure']} {record['definition']} {record.get('note', '')} {record['simulates']}"
    there = figures(text) - {0.0, 1.0}
    if fact.unit != "sign" and there - {0.99, 0.01}:
        assert figures(fact.statement) & there, fact.statement


def test_every_record_that_is_not_about_social_credit_has_facts(records: dict[str, Any]) -> None:
    assert {name for name in records if not name.startswith(RULES)} <= {fact.record for fact in FACTS.values()}


def test_conflicting_tables_of_one_day_stand_side_by_side() -> None:
    assert [FACTS[f"lf01-{name}"].value for name in ("alerts", "foi-alerts")] == [2470, 2632]
    assert FACTS["lf01-alerts"].source != FACTS["lf01-foi-alerts"].source


def test_what_is_often_said_instead_is_put_right() -> None:
    corrected = {name: fact.corrects for name, fact in FACTS.items() if fact.corrects}
    assert {"ca04-shenzhen-change", "se06-paper", "se06-seconds-in-use", "se07-range"} <= set(corrected)
    assert FACTS["ca04-shenzhen-change"].value == pytest.approx(7462 / 520, rel=0.03)


def test_the_comparison_of_strength_can_fail() -> None:
    assert surer("primary", "excerpt")
    assert surer("excerpt", "recalled")
    assert not surer("recalled", "recalled")
    assert ceiling({"status": "recalled_sure", "note": "Only the small figure is confirmed."}) == "excerpt"
    assert ceiling({"status": "recalled_sure"}) == "recalled"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lf16-fmr", 1 / 6_000 / 10_000),
        ("lf16-fpir", 1 / 6_000),
        ("lf16-fpir-at-1000", 1 / 60_000),
        ("lf16-fnmr", 1 - 0.89),
        ("lf08-fmr", 0.001 / 3_000),
        ("lf08-fnmr", 1 - 0.70),
        ("lf10-fmr", 7 / 8_600 / 7_292),
        ("lf11-jul16-fmr", 1 / 36_420 / 6_747),
        ("lf17-or-fmr", 0.0067 / 312),
        ("lf17-single-best", 1 - 0.685),
        ("lf17-single-worst", 1 - 0.317),
        ("lf01-false-share", 2_297 / 2_470),
        ("lf01-foi-intervention-true", 96 / 173),
        ("lf03-intervention", (21 + 21) / (88 + 59)),
        ("lf18-night", 15 / 60),
        ("fi01-false-per-face", 1 / 2_251),
        ("fi02-missed-1e-6", 1 - 0.8208),
        ("fr12-mask-factor", 0.05 / 0.003),
        ("fr15-true-acceptance", 1 - 0.06),
        ("hm07-trips", 915 / 365),
        ("hm07-minutes-a-day", 353 * 60 / 365),
        ("ca02-shanghai", 1_000 / 27.06),
        ("ca07-not-working", 32_000 / 264_000),
        ("ca08-always-down", 18 / 710),
        ("ca08-always-up", 22 / 710),
        ("se11-locked-up-share", (706 + 15_683) / 24_412),
    ],
)
def test_derived_facts_are_what_their_arithmetic_gives(name: str, value: float) -> None:
    """Would notice an error of half a percent."""
    assert FACTS[name].value == pytest.approx(value, rel=0.005)


def test_a_bound_from_no_event_is_that_of_the_poisson_distribution() -> None:
    high = FACTS["lf06-false-per-face"].high
    assert high == pytest.approx(-math.log(0.05) / 2_500_000, rel=0.005)


# ---------------------------------------------------------------- rates and their conditions
def entry(**changes: Any) -> str:
    return json.dumps({**FACTS["lf16-fpir"].model_dump(mode="json"), **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gallery": None}, "fpir without its gallery: it says nothing without gallery size N and threshold T"),
        ({"threshold": None}, "fpir without its threshold"),
        ({"threshold": ""}, "fpir without its threshold"),
        ({"measure": "tpir", "gallery": None}, "tpir without its gallery"),
        ({"gallery": 0}, "a gallery holds 1 or more"),
        ({"gallery": [4000, 2000]}, "a range rises"),
        ({"measure": None, "statement": "An FPIR of 1 in 6,000."}, "says which one it is"),
        ({"measure": None, "unit": "per comparison"}, "says which one it is"),
        ({"unit": "per comparison"}, "a rate per comparison is an fmr, not fpir"),
        ({"measure": "accuracy"}, "measure"),
        ({"unit": "shares"}, "did you mean 'share'"),
        ({"value": 1.5}, "from 0 to 1, found 1.5"),
        ({"record": "LF08"}, "starts with its record"),
        ({"low": 0.1}, "both low and high"),
        ({"likes": 3}, "likes"),
    ],
)
def test_a_rate_without_gallery_and_threshold_is_refused(changes: dict[str, Any], message: str) -> None:
    assert Fact.model_validate_json(entry())
    with pytest.raises(ValueError, match=re.escape(message)):
        Fact.model_validate_json(entry(**changes))


def units_of_knobs(here: Shape) -> Iterator[str]:
    for inner in (*here.keys.values(), *([here.item] if here.item else [])):
        if inner.unit is not None:
            yield inner.unit.name
        yield from units_of_knobs(inner)


def test_what_is_only_compared_with_fits_no_knob() -> None:
    """A count of the field, such as false alerts for each face, cannot be taken for the rate of a system."""
    knobs = set(units_of_knobs(shape()))
    assert {"share", "per comparison", "decision threshold"} <= knobs
    assert not {"per face", "alerts", "arrests", "area under the curve", "sign"} & knobs
    assert FACTS["fi01-false-per-face"].unit == FACTS["lf06-false-per-face"].unit == "per face"


# ---------------------------------------------------------------- second readers
READ = FACTS["lf16-fmr"].model_copy(update={"read_by": "ada"})
GOOD = Reading(id="lf16-fmr", reader="ben", date="2026-01-31", value=1.67e-8, how="table 3, 1 / 6,000 / 10,000")


def checked(by: str, **changes: Any) -> Fact:
    return READ.model_copy(update={"checked_by": by, **changes})


def test_nothing_is_checked_yet_and_nothing_vouches_for_itself() -> None:
    for fact in FACTS.values():
        assert doubt(fact, second.readings(fact.record.lower())) == ""
        assert fact.status != "primary" or fact.read_by, fact.id
    assert {reading.id for name in catalogue.names("second") for reading in second.readings(name)} <= set(FACTS)


def test_a_second_reading_that_agrees_makes_a_fact_checked() -> None:
    assert doubt(checked("ben"), (GOOD,)) == ""


@pytest.mark.parametrize(
    ("fact", "second", "message"),
    [
        (checked("ben"), (), "no second reading"),
        (checked("eve"), (GOOD,), "no second reading"),
        (checked("ben"), (GOOD.model_copy(update={"id": "lf16-fnmr"}),), "no second reading"),
        (checked("ada"), (GOOD.model_copy(update={"reader": "ada"}),), "read it first and cannot be the second"),
        (checked("ben", read_by=None), (GOOD,), "nobody has read the primary document"),
        (checked("ben"), (GOOD.model_copy(update={"value": 1.7e-8}),), "differs"),
        (checked("ben"), (GOOD.model_copy(update={"low": 1e-8, "high": 2e-8}),), "differs"),
    ],
)
def test_a_check_that_is_none_is_refused(fact: Fact, second: tuple[Reading, ...], message: str) -> None:
    assert message in doubt(fact, second)


def test_the_loader_refuses_a_check_without_a_second_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("glasstown.catalogue.fact")

    class Written:
        tree = [json.loads(checked("ben").model_dump_json())]  # noqa: RUF012

    monkeypatch.setattr(module, "opened", lambda shelf, name: Written)
    with pytest.raises(Problem, match="no second reading"):
        module._record.__wrapped__("lf16")
    monkeypatch.setattr(module, "readings", lambda record: (GOOD,))
    assert module._record.__wrapped__("lf16")["lf16-fmr"].checked_by == "ben"


@pytest.mark.parametrize("name", FACTS)
def test_a_second_reader_does_not_see_the_value(name: str) -> None:
    """The value, its ends, and their forms as a percentage or complement stand nowhere in what is shown."""
    fact = FACTS[name]
    shown = " ".join(str(said) for key, said in blind(fact).items() if key in ("asked", "conditions", "threshold"))
    hidden = {x for v in (fact.value, fact.low, fact.high) if v for x in (v, 100 * v, 100 * (1 - v))}
    near = [x for x in figures(shown) for h in hidden if math.isclose(x, h, rel_tol=0.005)]
    assert not near or fact.threshold is not None
    assert not re.search(r"\b\d", blind(fact)["asked"])
    assert not {"value", "low", "high", "statement"} & set(blind(fact))


# ---------------------------------------------------------------- what people see
def told(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["facts", *words])
    assert done.exit_code == code, done.output
    return done.stdout


def test_a_card_tells_all_about_a_fact() -> None:
    said = " ".join(told("lf16-fmr").split())
    fact = FACTS["lf16-fmr"]
    for part in (fact.statement, fact.source, fact.locator, fact.where, fact.when, "N = 10,000", "T = 0.6"):
        assert " ".join(part.split()) in said, part
    assert "excerpt: read in an excerpt" in said
    assert "unchecked" in said
    assert "newtown" in said
    assert "system npl-neoface" in said
    assert "nothing in the catalogue and no prediction yet" in card(FACTS["fr01-people"])
    assert "28 inches" in card(FACTS["se06-paper"])


def test_one_record_one_word_or_all() -> None:
    assert [line.split()[0] for line in told("LF18").splitlines() if line.startswith("  lf18")] == [
        name for name in FACTS if name.startswith("lf18")
    ]
    assert {fact.id for fact in find(search="Square MILE London")} == {"ca03-london-per-square-mile"}
    everything = told()
    assert all(f"  {name} " in everything for name in FACTS)
    assert f"\n{len(FACTS)} facts." in everything
    assert "checked           0" in everything


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lf16-fmrr"], "did you mean 'lf16-fmr'"),
        (["zzz"], "lists what there is"),
        (["--search", "zzz"], "no fact mentions"),
    ],
)
def test_an_unknown_fact_is_told_in_words(words: list[str], message: str) -> None:
    done = CliRunner().invoke(app, ["facts", *words])
    assert isinstance(done.exception, Problem)
    assert message in str(done.exception)


def test_facts_for_machines() -> None:
    (one,) = json.loads(told("lf16-fpir", "--json"))
    assert (one["value"], one["gallery"], one["threshold"]) == (0.00016667, 10_000, 0.6)
    assert one["used_by"] == uses().get("lf16-fpir", {})
    assert len(json.loads(told("--json"))) == len(FACTS)
    (asked,) = json.loads(told("lf16-fpir", "--blind", "--json"))
    assert "value" not in asked
    assert "0.00016667" not in told("lf16-fpir", "--blind")


def test_the_uses_of_facts_are_those_of_the_files() -> None:
    """Would notice one scenario or system whose fact is not told, and one that is told of too many."""
    for shelf in ("systems", "safeguards"):
        for file in sorted((catalogue.ROOT / shelf).glob("*.yaml")):
            said = re.sub(r"#.*", "", file.read_text(encoding="utf-8"))
            for part in [part for listed in re.findall(r"(?m)^  of: \[(.*)\]", said) for part in listed.split(", ")]:
                said += re.sub(r"#.*", "", file.with_name(f"{part}.yaml").read_text(encoding="utf-8"))
            named = set(re.findall(r"(?m)(?:: |\{fact: )([a-z]{2}\d\d-[a-z0-9-]+)(?: *$|\})", said)) & set(FACTS)
            named |= {name for listed in re.findall(r"(?m)^rests_on: \[(.*)\]", said) for name in listed.split(", ")}
            assert {name for name, by in uses().items() if file.stem in by.get(shelf, [])} == named, file.name
    assert "newtown" in uses()["hm07-trips"]["scenarios"]


@pytest.mark.parametrize(
    ("name", "used"),
    [
        ("sc13-after", "Used by         validation V7c\n"),
        ("fi01-false-per-face", "Used by         validation V1b\n"),
        ("sc07-air-2017-02", "validation V7\n"),
    ],
)
def test_a_card_names_the_predictions_that_rest_on_a_fact(name: str, used: str) -> None:
    assert used in told(name)
    assert json.loads(told(name, "--json"))[0]["used_by"]["validation"] == [used.split()[-1]]


def test_a_card_names_the_deployments_beside_whose_runs_a_fact_is_set() -> None:
    """An outcome published afterwards is no input of its scenario, and its report shows it all the same."""
    deployment = "met-oxford-circus-2020-02-27"
    named = {fact.id for fact in outcomes(load(deployment))}
    assert named
    assert {name for name, by in uses().items() if deployment in by.get("outcome_of", [])} == named
    for name in named:
        assert f"set beside runs of {deployment}" in " ".join(told(name).split())


def test_a_dispute_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    other = GOOD.model_copy(update={"value": 3e-8})
    monkeypatch.setattr(second, "readings", lambda record: (other,) if record == "lf16" else ())
    assert "disputed: ben found 3e-08" in card(FACTS["lf16-fmr"])
    assert "disputed" not in card(FACTS["lf16-fnmr"])


def test_a_list_counts_how_surely() -> None:
    said = listing([FACTS["lf16-fmr"], FACTS["lf18-day"]])
    assert re.search(r"excerpt +1 ", said)
    assert re.search(r"recalled +1 ", said)
    assert Path(catalogue.ROOT / "second" / "README.md").exists()
