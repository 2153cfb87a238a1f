"""What a run rests on: text for people, BibTeX that a strict reader accepts, and no help with citing drafts."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from glasstown import api, catalogue
from glasstown.cli import app
from glasstown.core.errors import BAD_FILE, Problem
from glasstown.report.citing import Cited, bibtex, cited, text
from glasstown.scenario import brought, counted, headline, numbers

Entry = tuple[str, str, dict[str, str]]


def parsed(said: str) -> list[Entry]:
    """Read BibTeX strictly: entries of key and fields in balanced braces, nothing special unescaped, no key twice."""
    entries: list[Entry] = []
    at = 0
    while at < len(said):
        if said[at].isspace():
            at += 1
            continue
        head = re.compile(r"@(\w+)\{").match(said, at)
        assert head, f"no entry at {said[at : at + 40]!r}"
        end = closing(said, head.end() - 1)
        inside = said[head.end() : end]
        at = end + 1
        if head[1] == "comment":
            continue
        key, _, rest = inside.partition(",")
        assert re.fullmatch(r"[a-z0-9-]+", key), key
        entries.append((head[1], key, fields(rest)))
    keys = [key for _, key, _ in entries]
    assert len(set(keys)) == len(keys)
    return entries


def closing(said: str, at: int) -> int:
    depth = 0
    for i in range(at, len(said)):
        depth += {"{": 1, "}": -1}.get(said[i], 0)
        if depth == 0:
            return i
    raise AssertionError("braces do not close")


def fields(said: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while said[at:].strip():
        name = re.compile(r"\s*([a-z]+)\s*=\s*\{").match(said, at)
        assert name, said[at : at + 40]
        end = closing(said, name.end() - 1)
        value = said[name.end() : end]
        assert name[1] not in found
        if name[1] not in ("url", "doi"):
            assert not re.search(r"(?<!\\)[&%$#_]|[~^]", value), value
        found[name[1]] = value
        comma = re.compile(r"\s*,\s*").match(said, end + 1)
        assert comma, "fields end with a comma"
        at = comma.end()
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run a system away from its published threshold: its facts are used only through it."""
    place = tmp_path_factory.mktemp("cite") / "run"
    run = api.run("newtown", people=60, days=1, settings=["sensing.recognition.decision_threshold=0.62"])
    return run.save(place)


@pytest.fixture(scope="module")
def used(folder: Path) -> Cited:
    return cited(folder)


def test_facts_inside_the_system_are_among_those_used(used: Cited) -> None:
    own = {number.fact for number in numbers(used.scenario)} - {None}
    inside = {number.fact for number in brought(used.scenario)} - {None}
    assert {"lf16-fmr", "lf16-fnmr"} <= inside - own
    worked_out_from = set(catalogue.system(used.scenario.sensing.recognition.system).rests_on)
    assert worked_out_from
    assert {fact.id for fact in used.facts} == own | inside | worked_out_from
    assert used.gone == ()


def test_the_text_names_each_fact_with_its_source_and_counts_assumptions(used: Cited) -> None:
    said = text(used)
    assert headline(used.scenario) in said
    for fact in used.facts:
        assert f"{fact.id}: " in said
        assert fact.source in said
        assert "unchecked" in said
    assert said.count(used.facts[0].source) == 1


def test_the_folder_keeps_the_count(folder: Path, used: Cited) -> None:
    assert json.loads((folder / "run.json").read_text())["numbers"] == counted(used.scenario)


def test_bibtex_has_one_entry_for_each_source(used: Cited) -> None:
    entries = parsed(bibtex(used))
    assert len(entries) == len(used.sources) + len(used.places)
    notes = " ".join(entry[2].get("note", "") for entry in entries)
    assert all(fact.id in notes for fact in used.facts)
    mansfield = next(entry for entry in entries if entry[1] == "mansfield2023")
    assert mansfield[2]["author"] == "Mansfield"
    assert mansfield[2]["year"] == "2023"
    assert "\\_mar2023.pdf" in mansfield[2]["howpublished"]


def test_the_whole_catalogue_makes_valid_bibtex(used: Cited) -> None:
    facts = tuple(catalogue.facts().values())
    entries = parsed(bibtex(replace(used, facts=facts)))
    assert len(entries) == len({fact.source for fact in facts}) + len(used.places)
    authors = {entry[1]: entry[2].get("author") for entry in entries}
    assert authors["white2014"] == "White and Kemp and Jenkins and Matheson and Burton"
    assert authors["grother2018"] == "Grother and others"
    assert authors["newsbytes2026"] is None


def test_awkward_sources_are_escaped(used: Cited) -> None:
    odd = used.facts[0].model_copy(
        update={"source": r"R&D {50 %} of $1_000 ~ #2 ^x \end (press)", "locator": "https://a.b/c_{d}%20"}
    )
    ((_, key, entry),) = parsed(bibtex(replace(used, facts=(odd,))))
    assert key == "r"
    assert r"R\&D \textbraceleft{}50 \%\textbraceright{} of \$1\_000" in entry["title"]
    assert entry["url"] == "https://a.b/c_%7Bd%7D%20"
    twice = [odd, odd.model_copy(update={"source": "R 2020"}), odd.model_copy(update={"source": "R, 2020 again"})]
    assert [key for _, key, _ in parsed(bibtex(replace(used, facts=tuple(twice))))] == ["r", "r2020", "r2020-2"]


def test_the_strict_reader_can_refuse() -> None:
    for bad in ("@misc{a, title = {x}", "@misc{a, title = {x & y},}", "@misc{a, t = {x},}@misc{a, t = {y},}", "text"):
        with pytest.raises(AssertionError):
            parsed(bad)


# ---------------------------------------------------------------- drafts are not dressed up
def vouched(used: Cited) -> Cited:
    scenario = used.scenario.model_copy(update={"status": "checked"})
    facts = tuple(f.model_copy(update={"read_by": "ada", "checked_by": "ben"}) for f in used.facts)
    return replace(used, scenario=scenario, facts=facts)


def test_a_run_on_unchecked_facts_is_not_to_be_cited(used: Cited) -> None:
    assert "Please do not cite this run as a result: the scenario is provisional" in text(used)
    assert f"{len(used.facts)} of its {len(used.facts)} facts are unchecked" in text(used)
    assert "Please cite\n" not in text(used)
    assert "glasstown" not in {key for _, key, _ in parsed(bibtex(used))}
    assert "Not to be cited" in bibtex(used)


@pytest.mark.parametrize("fault", ["draft", "provisional", "one unchecked", "gone"])
def test_one_fault_is_enough(used: Cited, fault: str) -> None:
    good = vouched(used)
    made = {
        "draft": replace(good, scenario=good.scenario.model_copy(update={"status": "draft"})),
        "provisional": replace(good, scenario=good.scenario.model_copy(update={"status": "provisional"})),
        "one unchecked": replace(good, facts=(used.facts[0], *good.facts[1:])),
        "gone": replace(good, gone=("lf99-none",)),
    }[fault]
    assert "Please cite\n" not in text(made)
    assert "Please do not cite" in text(made)


def test_a_checked_run_may_be_cited(used: Cited) -> None:
    good = vouched(used)
    assert "Please cite\n" in text(good)
    assert "do not cite" not in text(good)
    assert good.digest in text(good)
    assert "glasstown" in {key for _, key, _ in parsed(bibtex(good))}


# ---------------------------------------------------------------- the command
def test_the_command_prints_either_form(folder: Path, used: Cited) -> None:
    plain = CliRunner().invoke(app, ["cite", str(folder)])
    assert plain.exit_code == 0
    assert plain.stdout == text(used) + "\n"
    assert CliRunner().invoke(app, ["cite", str(folder), "--bibtex"]).stdout == bibtex(used) + "\n"


def test_what_is_no_run_folder_is_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(Problem) as caught:
        cited(tmp_path)
    assert caught.value.code == BAD_FILE
    scenario = folder / "scenario.json"
    before = scenario.read_bytes()
    try:
        scenario.write_bytes(before.replace(b'"lf16-threshold"', b'"lf13-threshold"') + b" ")
        with pytest.raises(Problem, match="differs from what the run wrote"):
            cited(folder)
    finally:
        scenario.write_bytes(before)


def test_a_fact_that_is_gone_is_named(used: Cited) -> None:
    assert "the catalogue no longer has lf99-none" in text(replace(used, gone=("lf99-none",)))
