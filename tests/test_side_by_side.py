"""Arms side by side: the same seeds, paired differences, and intervals over the seeds."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

import glasstown
from glasstown.cli import app
from glasstown.core.errors import Problem
from glasstown.report.side_by_side import table
from glasstown.scenario import differences, load
from glasstown.study.compare import Cell, Comparison, Line, arm, chosen
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
    said = f"95 % intervals of the mean over {len(found.seeds)} seeds (Student's t); a single run varies more."
    assert table(found, found.lines).endswith(said)


def test_one_seed_has_the_interval_of_the_run() -> None:
    one = glasstown.compare("newtown", "newtown+searching-off", people=500, days=2, seeds=1)
    run = glasstown.run("newtown", 1, people=500, days=2)
    cell, estimate = line_of(one, "alerts").arms[0], run.metric("alerts")
    assert (cell.value, cell.low, cell.high) == (estimate.value, estimate.low, estimate.high)
    assert line_of(one, "alerts").differences[0].low is None


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
