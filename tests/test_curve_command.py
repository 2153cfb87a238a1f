"""`glasstown curve`: every rate with N, T, R, group and interval, as rows, table and drawing; refusals in words."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from glasstown import catalogue
from glasstown.core.errors import BAD_FILE, BAD_INPUT, Problem
from glasstown.prepare import operating
from glasstown.report.curves import characteristic, listing
from glasstown.scenario import load, with_changes
from glasstown.study.curves import operating_points, swept
from tests.conftest import Command

FIELDS = ["system", "gallery", "threshold", "fpir", "fnir", "fmr", "fnmr", "group", "low", "high"]


def made(name: str, **given: Any) -> list[dict[str, Any]]:
    return [row.document() for row in characteristic(name, "newtown", given.pop("settings", ()), **given).rows]


def test_the_list_names_every_system_with_its_range() -> None:
    told = listing()
    for name in catalogue.names("systems"):
        assert name in told
    assert "T = 0.56 to 0.64" in told
    assert "T = 0 " not in told


def test_a_single_published_setting_is_no_threshold() -> None:
    found = characteristic("suedkreuz-or", "newtown")
    assert "one setting" in found.table()
    assert "N = 10,000, the one setting that was published: FPIR" in found.drawing()
    assert "T = 0" not in found.table() + found.drawing()


def test_the_command_prints_rows_of_json_and_nothing_else(command: Command) -> None:
    said = command("curve", "npl-neoface", "--gallery", "16000", "--threshold", "0.58", "--threshold", "0.62", "--json")
    assert (said.code, said.err) == (0, "")
    rows = json.loads(said.out)
    assert [row["threshold"] for row in rows] == [0.58, 0.62]
    for row in rows:
        assert list(row)[: len(FIELDS)] == FIELDS
        assert row["fpir"] == pytest.approx(1 - (1 - row["fmr"]) ** 16_000, rel=1e-6)
        assert row["low"] < row["fpir"] < row["high"]
        assert row["fnir_low"] < row["fnir"] == row["fnmr"] < row["fnir_high"]
        assert row["group"] is None
        assert row["rank"] is None
    assert rows[0]["fpir"] > rows[1]["fpir"]
    assert rows[0]["fnir"] < rows[1]["fnir"]


def test_the_table_states_n_t_r_and_the_facts(command: Command) -> None:
    said = command("curve", "npl-neoface")
    assert said.code == 0
    for word in ("N ", "T ", "R ", "FPIR", "FNIR", "10,000", "0.64", "any", "lf16-fmr", "lf16-fnmr"):
        assert word in said.out
    assert command("curve", "--list").out.strip() == listing()


@pytest.mark.parametrize("words", [["--json"], ["--list", "--json"]])
def test_the_list_is_json_where_json_is_asked_for(command: Command, words: list[str]) -> None:
    said = command("curve", *words)
    assert (said.code, said.err) == (0, "")
    rows = {row["system"]: row for row in json.loads(said.out)}
    assert list(rows) == list(catalogue.names("systems"))
    assert [rows["npl-neoface"][key] for key in ("least", "most")] == [0.56, 0.64]
    assert rows["npl-neoface"]["title"] == catalogue.system("npl-neoface").title
    assert [rows["suedkreuz-or"][key] for key in ("threshold", "least", "most")] == [None] * 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--gallery", "100"], "--gallery: no system is named, and this is about one"),
        (["--gallery", "100", "--rank", "2", "--json"], "--gallery --rank: no system is named"),
        (["--scenario", "myth", "--set", "days=2"], "--scenario --set: no system is named"),
        (["--threshold", "0", "--at-fpir", "0.1"], "--threshold --at-fpir: no system is named"),
        (["--extrapolate", "--by", "sex", "--out", "x.svg"], "--by --extrapolate --out: no system is named"),
        (["npl-neoface", "--list"], "SYSTEM: --list names all systems, and this is about one"),
        (["--list", "--gallery", "100"], "--gallery: --list names all systems, and this is about one"),
    ],
)
def test_nothing_is_passed_over_where_systems_are_listed(
    command: Command, elsewhere: Path, arguments: list[str], words: str
) -> None:
    said = command("curve", *arguments)
    assert (said.code, said.out) == (BAD_INPUT, "")
    assert words in said.err
    assert "leave --list out" in said.err if "npl-neoface" in arguments else "name a system" in said.err


@pytest.mark.parametrize("name", ["x.png", "x.html", "x"])
def test_a_drawing_of_another_name_is_refused_before_any_work(command: Command, elsewhere: Path, name: str) -> None:
    """The system does not exist either: that would be said later."""
    said = command("curve", "npl-neofase", "--out", name)
    assert (said.code, said.out) == (BAD_INPUT, "")
    assert f"{name}: a drawing is an SVG document" in said.err
    assert "name it 'x.svg'." in said.err
    assert list(elsewhere.iterdir()) == []


def test_a_place_where_nothing_can_be_drawn_is_told_before_any_work(command: Command, elsewhere: Path) -> None:
    (elsewhere / "folder.svg").mkdir()
    for name, words in (("no/x.svg", "make the folder"), ("folder.svg", "Is a directory")):
        said = command("curve", "npl-neofase", "--out", name)
        assert (said.code, said.out) == (BAD_FILE, "")
        assert f"{name}: cannot write there" in said.err
        assert words in said.err


def test_each_group_has_its_own_closed_form() -> None:
    """FPIR of each group is 1 - (1 - multiplier x FMR)^N; the ratio between groups shrinks as N grows."""
    everybody = made("npl-neoface", galleries=[10_000], thresholds=[0.60])[0]
    times = {"a": 0.54, "b": 1.08, "c": 2.7}
    ratios = []
    for n in (1_000, 10_000_000, 2_000_000_000):
        rows = {row["group"]: row for row in made("npl-neoface", galleries=[n], thresholds=[0.60], by="group")}
        for group, by in times.items():
            expected = -math.expm1(n * math.log1p(-by * everybody["fmr"]))
            assert rows[group]["fpir"] == pytest.approx(expected, rel=1e-6)
            assert rows[group]["by"] == "group"
        ratios.append(rows["c"]["fpir"] / rows["a"]["fpir"])
    assert ratios[0] == pytest.approx(5, rel=1e-3)
    assert ratios == sorted(ratios, reverse=True)
    assert ratios[2] < 1.01


@pytest.mark.parametrize("normalised", [0.5, 1.0])
@pytest.mark.parametrize("name", catalogue.names("systems"))
def test_a_run_and_the_curve_start_from_the_same_gallery(name: str, normalised: float) -> None:
    """Where the threshold follows the gallery, a named system brings the size for which it was published."""
    told: dict[str, object] = {"system": name, "decision_threshold": catalogue.system(name).threshold}
    told |= {"normalised": normalised, "fmr_by_group": {}, "fmr_by_sex": {}}
    changes = {f"sensing.recognition.{key}": value for key, value in told.items()}
    changes["sensing.watchlist.size"] = 2_000
    for scenario in (load("newtown", changes=changes), with_changes(load("newtown"), changes)):
        (row,) = operating_points(name, scenario, galleries=[2_000], thresholds=[catalogue.system(name).threshold])
        # The run's rate has six digits.
        assert operating(scenario).fpir.ravel() == pytest.approx([row.fpir.value] * 36, rel=2e-6)


def test_misses_by_group_follow_their_multiplier() -> None:
    told = ["sensing.recognition.fnmr_by_group={c: 2}"]
    found = made("npl-neoface", galleries=[10_000], thresholds=[0.60], by="group", settings=told)
    rows = {row["group"]: row for row in found}
    assert rows["c"]["fnmr"] == pytest.approx(2 * rows["a"]["fnmr"], rel=1e-6)


def test_masks_and_the_scene_move_misses_and_nothing_else() -> None:
    """A day of masks adds 1.1 probits to the misses of all who can be matched; half a day is the mean of both."""
    from scipy.special import ndtr, ndtri

    def row(*told: str) -> dict[str, Any]:
        settings = [f"sensing.recognition.{one}" for one in told]
        return made("npl-neoface", galleries=[10_000], thresholds=[0.60], settings=settings)[0]

    bare, masked, half = row(), row("masked=1"), row("masked=0.5")
    expected = 0.02 + 0.98 * ndtr(ndtri((0.11 - 0.02) / 0.98) + 1.1)
    assert masked["fnmr"] == pytest.approx(expected, rel=1e-6)
    assert half["fnir"] == pytest.approx((bare["fnir"] + masked["fnir"]) / 2)
    assert row("harder_pose=0.6", "harder_motion=0.5")["fnmr"] == pytest.approx(expected, rel=1e-6)
    assert masked["fpir"] == bare["fpir"]


def test_a_threshold_is_found_for_a_stated_fpir_group_by_group() -> None:
    rows = made("npl-neoface", galleries=[16_000], at_fpir=[2e-4], by="group")
    assert [row["fpir"] for row in rows] == pytest.approx([2e-4] * 3, rel=1e-3)
    assert [row["threshold"] for row in rows] == sorted(row["threshold"] for row in rows)
    assert [row["fnir"] for row in rows] == sorted(row["fnir"] for row in rows)


SEEN = ["unusable=0.5", "pictures=0.3", "picture_times=10", "clustered=1"]


@pytest.mark.parametrize("told", [["unusable=0.5"], ["pictures=0.4"], SEEN])
def test_what_is_no_person_counts_in_tables_drawings_and_thresholds(told: list[str]) -> None:
    """A threshold for an FPIR gives it, and every dot lies on its line."""
    settings = [f"sensing.recognition.{one}" for one in told]
    scenario = load("crowd", settings=["town.faces=1000", *settings])
    (row,) = operating_points("npl-neoface", scenario, galleries=[10_000], at_fpir=[0.0005])
    assert row.fpir.value == pytest.approx(0.0005, rel=1e-3)
    line = swept("npl-neoface", scenario, 10_000, points=3)
    dots = operating_points("npl-neoface", scenario, galleries=[10_000], thresholds=[0.56, 0.6, 0.64])
    for (fpir, fnir), dot in zip(line, dots, strict=True):
        assert (fpir, fnir) == pytest.approx((dot.fpir.value, dot.fnir.value), rel=1e-9)


@pytest.mark.parametrize("threshold", [math.nan, math.inf, -1e300])
def test_a_threshold_that_is_no_number_of_any_system_is_refused(threshold: float) -> None:
    with pytest.raises(Problem, match="a threshold lies between"):
        made("npl-neoface", thresholds=[threshold], extrapolate=True)


def test_an_fpir_that_no_threshold_reaches_is_refused() -> None:
    scenario = load("crowd", settings=["town.faces=1000", "sensing.recognition.unusable=0.5"])
    with pytest.raises(Problem, match=r"no threshold has an FPIR of 0\.6"):
        operating_points("npl-neoface", scenario, galleries=[10_000], at_fpir=[0.6], extrapolate=True)


def test_rank_counts_only_where_it_is_asked_for() -> None:
    free = made("mugshot-2018", galleries=[12_000_000], thresholds=[5.0])[0]
    first = made("mugshot-2018", galleries=[12_000_000], thresholds=[5.0], rank=1)[0]
    assert first["rank"] == 1
    assert first["fnir"] > free["fnir"] == free["fnmr"]
    assert first["fnir"] == pytest.approx(0.002, rel=0.1), "at a low threshold the best of the others is what counts"


def test_a_drawing_with_a_rank_says_it_and_its_line_goes_through_its_dots() -> None:
    """Without the rank the line would begin 100 of 185 points below the dot of the lowest threshold."""
    drawn = characteristic("mugshot-2018", "newtown", galleries=[12_000_000], thresholds=[5.0], rank=1).drawing()
    assert ">N = 12,000,000, R = 1<" in drawn
    dot = re.search(r'translate\(347,([\d.]+)\)" d="M3', drawn)
    line_at = re.search(r'd="M347,([\d.]+)L', drawn)
    assert dot
    assert line_at
    assert float(dot[1]) == pytest.approx(float(line_at[1]), abs=0.1)
    one = catalogue.system("mugshot-2018")
    ends = [one.least, (one.least + one.most) / 2, one.most]
    scenario = load("newtown", settings=["sensing.recognition.masked=0.3"])
    dots = operating_points("mugshot-2018", scenario, galleries=[12_000_000], thresholds=ends, rank=1)
    line = swept("mugshot-2018", scenario, 12_000_000, points=3, rank=1)
    for (fpir, fnir), dot in zip(line, dots, strict=True):
        assert (fpir, fnir) == pytest.approx((dot.fpir.value, dot.fnir.value), rel=1e-9)
    free = swept("mugshot-2018", scenario, 12_000_000, points=3)
    assert line[0][1] > 1.01 * free[0][1], "at a low threshold the best of the others is what counts"


def test_a_drawing_is_a_picture_without_anything_from_outside(command: Command, elsewhere: Path) -> None:
    for arguments in (["npl-neoface", "--by", "group"], ["met-trials-2016"], ["mugshot-2010", "--by", "sex"]):
        said = command("curve", *arguments, "--out", "curve.svg")
        assert (said.code, said.err) == (0, "")
        text = Path("curve.svg").read_text(encoding="utf-8")
        assert ElementTree.fromstring(text).tag.endswith("svg")
        assert "FPIR" in text
        assert "var(" not in text
        assert "href" not in text


def test_extrapolation_is_asked_for_and_said(command: Command) -> None:
    said = command("curve", "npl-neoface", "--threshold", "0.7", "--extrapolate")
    assert said.code == 0
    assert "EXTRAPOLATED" in said.out
    assert made("npl-neoface", galleries=[10], thresholds=[0.7], extrapolate=True)[0]["extrapolated"] is True


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["npl-neofase"], "did you mean 'npl-neoface'"),
        (["npl-neoface", "--threshold", "0.7"], "its range is 0.56 to 0.64"),
        (["npl-neoface", "--threshold", "0.7"], "Choose a threshold in the range, or give --extrapolate"),
        (["npl-neoface", "--at-fpir", "0.9"], "or give --extrapolate to follow its curve beyond"),
        (["npl-neoface", "--threshold", "high"], "expected a number, found 'high': write it in digits"),
        (["met-trials-2016", "--threshold", "1", "--extrapolate"], "Leave --threshold out"),
        (["npl-neoface", "--gallery", "0"], "1 to 2,000,000,000 references"),
        (["npl-neoface", "--gallery", "many"], "expected a whole number, found 'many'"),
        (["npl-neoface", "--at-fpir", "1"], "between 0 and 1"),
        (["npl-neoface", "--at-fpir", "0.9"], "asks too much"),
        (["npl-neoface", "--rank", "-1"], "at least one place"),
        (["npl-neoface", "--by", "sx"], "did you mean 'sex'"),
        (["met-trials-2016", "--at-fpir", "0.01"], "one published setting"),
        (["npl-neoface", "--scenario", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_words(command: Command, arguments: list[str], words: str) -> None:
    said = command("curve", *arguments)
    assert (said.code, said.out) == (BAD_INPUT, "")
    assert words in said.err
    assert "Traceback" not in said.err


def test_a_system_with_one_setting_is_never_extrapolated() -> None:
    with pytest.raises(Problem, match="one published setting"):
        made("met-trials-2016", thresholds=[1.0], extrapolate=True)
