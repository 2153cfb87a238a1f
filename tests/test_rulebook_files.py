"""A rulebook of one's own, from its file to a run that needs the file no more.

Smallest error noticed: one point, one door, one letter of the rulebook that a run took.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from glasstown import api
from glasstown.catalogue.compiled import rules
from glasstown.cli import app
from glasstown.core.errors import Problem
from glasstown.report.folder import read_scenario
from glasstown.scenario import brought, from_resolved, load, resolved, with_changes
from glasstown.study.compare import arm

BOOK = """\
schema: 1
id: my-book
title: My book
rating:
  base: {fact: sc01-base}
  floor: 0
  cap: 2000
  events:
    traffic_offence: {points: -15, article: "section 3"}
  grades:
    - {name: good, from: 995, opens: [train_ticket]}
    - {name: low, closes: [loan]}
"""
SMALL = ("town.people=4000", "days=60")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.yaml").write_text(BOOK, encoding="utf-8")
    return tmp_path


def test_a_run_by_a_file_is_kept_and_repeated_without_it(here: Path) -> None:
    made = api.run("city-points", settings=["judgement.rulebook=./my.yaml", *SMALL], out="kept", threads=1)
    assert made.scenario.judgement.rulebook == "my-book"
    assert made.metric("grade_share", "grade", "low").value > 0.01
    assert made.metric("grade_share", "grade", "good").value < 1
    (here / "my.yaml").unlink()
    kept = read_scenario(here / "kept")
    assert kept.judgement.written == {"my-book": BOOK}
    assert api.run(kept, made.lived.seed, threads=1).digest == made.digest
    told = CliRunner().invoke(app, ["rerun", "kept"])
    assert told.exit_code == 0, told.output
    assert made.digest in told.output


def test_the_rulebook_is_the_one_that_was_written(here: Path) -> None:
    scenario = load("city-points", settings=["judgement.rulebook=my.yaml + court-blacklist"])
    assert scenario.judgement.rulebook == "my-book + court-blacklist"
    taken = rules(scenario.judgement.rulebook, scenario.judgement.written)
    assert taken.base == 1_000
    assert taken.points.tolist().count(-15) == 1
    assert taken.court.kept
    assert taken.closes[0].sum() == 1
    assert from_resolved(json.loads(json.dumps(resolved(scenario)))) == scenario
    told = {number.path for number in brought(scenario)}
    assert "rulebooks.my-book.rating.events.traffic_offence.points" in told
    assert any(path.startswith("rulebooks.court-blacklist.") for path in told)


def test_one_letter_more_is_another_run(here: Path) -> None:
    run = {"settings": ["judgement.rulebook=my.yaml", *SMALL], "threads": 1}
    first = api.run("city-points", **run).digest
    (here / "my.yaml").write_text(BOOK.replace("-15", "-14"), encoding="utf-8")
    assert api.run("city-points", **run).digest != first


def test_files_are_named_in_scenarios_in_changes_and_in_arms(here: Path) -> None:
    folder = here / "deep"
    folder.mkdir()
    (here / "my.yaml").rename(folder / "my.yaml")
    town = "schema: 1\nid: mine\ntitle: Mine\ntown: {kind: nation, people: 9000, jurisdictions: {a: 0.5, b: 0.5}}\n"
    (folder / "town.yaml").write_text(f"{town}judgement: {{rulebooks: {{a: my.yaml}}}}\n", encoding="utf-8")
    beside = load(folder / "town.yaml")
    assert beside.judgement.rulebooks == {"a": "my-book"}
    changed = with_changes(load("city-points"), {"judgement.rulebook": "deep/my.yaml"})
    assert changed.judgement.written == beside.judgement.written == {"my-book": BOOK}
    assert arm("city-points+judgement.rulebook=deep/my.yaml").judgement.written == changed.judgement.written


@pytest.mark.parametrize(
    ("swap", "says"),
    [
        (("-15", "-15x"), r"my.yaml:9: rating.events.traffic_offence.points: expected a number \(points\)"),
        (("loan", "loann"), r"my.yaml:12: rating.grades.1.closes: no door is called 'loann'\s+did you mean 'loan'"),
        (("cap:", "top:"), r"my.yaml:7: rating.top: unknown key 'top'"),
        (("my-book", "red-list"), r"my.yaml: id: the catalogue has another rulebook 'red-list'"),
        (("my-book", "a" * 41), r"its id has 41 letters"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_line(here: Path, swap: tuple[str, str], says: str) -> None:
    (here / "my.yaml").write_text(BOOK.replace(*swap), encoding="utf-8")
    with pytest.raises(Problem) as told:
        load("city-points", settings=["judgement.rulebook=my.yaml"])
    assert re.search(says, str(told.value)), str(told.value)
    assert "Traceback" not in str(told.value)


def test_a_file_that_is_not_there_and_two_that_are_called_alike(here: Path) -> None:
    with pytest.raises(Problem, match=r"nowhere\.yaml: there is no such file"):
        load("city-points", settings=["judgement.rulebook=nowhere.yaml"])
    with pytest.raises(Problem, match=r"A file is named with its folder or ending: \./mine\.yaml"):
        load("city-points", settings=["judgement.rulebook=mine"])
    (here / "other.yaml").write_text(BOOK.replace("-15", "-16"), encoding="utf-8")
    with pytest.raises(Problem, match="two different rulebooks are called 'my-book'"):
        load("reality", settings=["judgement.rulebook=my.yaml", "judgement.rulebooks={elsewhere: other.yaml}"])


def test_a_folder_whose_rulebook_was_changed_is_refused(here: Path) -> None:
    """What a scenario holds is read with the same care as the file was."""
    scenario = load("city-points", settings=["judgement.rulebook=my.yaml"])
    for text, says in ((BOOK.replace("id: my-book", "id: mine"), "called 'mine'"), ("x", "expected a rulebook")):
        document = resolved(scenario)
        document["judgement"]["written"]["my-book"] = text
        with pytest.raises(Problem, match=says):
            from_resolved(document)
