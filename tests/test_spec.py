"""Every example scenario loads, and every broken one gives the message it carries."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from glasstown.core.errors import BAD_FILE, BAD_INPUT, Problem
from glasstown.core.keys import Key
from glasstown.core.quantity import Quantity
from glasstown.records.knobs import RecordsKnobs
from glasstown.scenario import (
    Scenario,
    brought,
    differences,
    drawn,
    from_resolved,
    headline,
    load,
    numbers,
    resolved,
    template,
    with_changes,
)
from glasstown.town.knobs import TownKnobs

SPEC = Path(__file__).parent / "spec"
VALID = sorted((SPEC / "valid").glob("*"))
INVALID = sorted(file for file in (SPEC / "invalid").glob("*") if file.suffix != ".error")
MARK = "# <-"


def expected(file: Path) -> list[str]:
    """Read the texts that the message must contain: first line, or a file beside it."""
    beside = file.with_name(file.name + ".error")
    if beside.exists():
        return beside.read_text(encoding="utf-8").strip().split(" | ")
    first = file.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# error: "), f"{file.name} does not say what its error is"
    return first.removeprefix("# error: ").strip().split(" | ")


def marked_line(file: Path) -> int | None:
    lines = file.read_bytes().splitlines()
    return next((n for n, line in enumerate(lines, 1) if MARK.encode() in line), None)


def faults(message: str, file: Path, texts: list[str]) -> list[str]:
    """Say what is wrong with a message: a text that is not there, or a file or line that is not named."""
    wrong = [f"lacks {text!r}" for text in texts if text not in message]
    line = marked_line(file)
    place = str(file) if line is None else f"{file}:{line}:"
    if place not in message:
        wrong.append(f"does not name {place}")
    return wrong


@pytest.mark.parametrize("file", INVALID, ids=lambda f: f.name)
def test_a_broken_scenario_gives_the_message_it_carries(file: Path) -> None:
    with pytest.raises(Problem) as caught:
        load(file)
    message = str(caught.value)
    assert caught.value.code == BAD_INPUT
    assert faults(message, file, expected(file)) == [], message


def test_the_comparison_of_messages_can_fail() -> None:
    file = SPEC / "invalid" / "unknown-town-peple.yaml"
    with pytest.raises(Problem) as caught:
        load(file)
    message = str(caught.value)
    assert faults(message, file, ["did you mean 'plan'?"])
    assert faults(message, SPEC / "invalid" / "unknown-tonw.yaml", [])
    assert faults(message.replace(":6:", ":5:"), file, [])


def test_there_are_enough_broken_scenarios_and_they_differ() -> None:
    assert len(INVALID) >= 60
    assert len({file.read_bytes() for file in INVALID}) == len(INVALID)
    sidecars = {f.name.removesuffix(".error") for f in (SPEC / "invalid").glob("*.error")}
    assert sidecars <= {f.name for f in INVALID}


@pytest.mark.parametrize("file", VALID, ids=lambda f: f.name)
def test_an_example_loads_and_comes_back_from_its_resolved_document(file: Path) -> None:
    scenario = load(file)
    document = resolved(scenario)
    again = from_resolved(json.loads(json.dumps(document)))
    assert again == scenario
    assert resolved(again) == document
    assert differences(scenario, again) == []


def test_the_round_trip_can_fail() -> None:
    scenario = load("newtown")
    document = json.loads(json.dumps(resolved(scenario)))
    document["town"]["female"]["value"] += 1e-12
    other = from_resolved(document)
    assert other != scenario
    assert [path for path, _, _ in differences(scenario, other)] == ["town.female"]


@pytest.mark.parametrize("path", ["days", "town.female", "sensing.recognition.fmr", "records"])
def test_a_resolved_document_with_a_gap_is_refused(path: str) -> None:
    document = resolved(load("newtown"))
    node = document
    *above, last = path.split(".")
    for key in above:
        node = node[key]
    del node[last]
    with pytest.raises(Problem, match="not complete"):
        from_resolved(document)


def test_a_resolved_document_can_be_run_as_a_file(tmp_path: Path) -> None:
    scenario = load("newtown")
    file = tmp_path / "resolved.json"
    file.write_text(json.dumps(resolved(scenario)), encoding="utf-8")
    assert load(file) == scenario


def test_facts_are_not_looked_up_again_in_a_resolved_document() -> None:
    document = resolved(load("newtown"))
    document["town"]["day"]["trips_per_day"]["value"] = 2.4
    assert from_resolved(document).town.day.trips_per_day == Quantity(value=2.4, fact="hm07-trips")


def test_settings_changes_and_safeguards_come_in_that_order() -> None:
    path = "records.retention_days"
    kept = load("newtown", safeguards=["retention-7"])
    assert int(kept.records.retention_days) == 7
    kept = load("newtown", safeguards=["retention-7"], settings=[f"{path}=8"])
    assert int(kept.records.retention_days) == 8
    kept = load("newtown", safeguards=["retention-7"], settings=[f"{path}=8"], changes={path: 9})
    assert int(kept.records.retention_days) == 9


def test_a_loaded_scenario_can_be_changed_and_the_rest_stays() -> None:
    scenario = load("newtown")
    path = "sensing.watchlist.size"
    smaller = with_changes(scenario, {path: {"fact": "lf04-watchlist-cap"}})
    assert smaller == load("newtown", safeguards=["smaller-watchlist"])
    stricter = with_changes(scenario, {"sensing.recognition.decision_threshold": {"fact": "lf13-threshold"}})
    assert stricter == load("newtown", safeguards=["higher-threshold"])
    world = drawn(scenario, Key.from_seed(1))
    off = with_changes(world, {"sensing.cameras.kind": "none"})
    assert [p for p, _, _ in differences(world, off)] == ["sensing.cameras.kind"]
    fewer = with_changes(world, {"sensing.recognition.searching": 0.25})
    assert [p for p, _, _ in differences(world, fewer)] == ["sensing.recognition.searching"]
    with pytest.raises(Problem, match="'fmr' is set by the system"):
        with_changes(scenario, {"sensing.recognition.fmr": 1e-3})
    with pytest.raises(Problem, match=r"change of town\.people.*found text 'many'"):
        with_changes(scenario, {"town.people": "many"})


def test_settings_take_yaml_values() -> None:
    scenario = load(
        "newtown",
        settings=[
            "town.people=300",
            "town.groups={x: 0.5, y: 0.5}",
            "sensing.recognition.fmr_by_group={}",
            "sensing.cameras.capture={value: 0.4, low: 0.1, high: 0.5}",
            "sensing.cameras.dead={fact: ca08-always-down}",
            "sensing.cameras.range.high=60",
            "judgement.remove_when_found=false",
            "title='a = b'",
        ],
    )
    assert scenario.town.people == 300
    assert list(scenario.town.groups) == ["x", "y"]
    assert scenario.sensing.cameras.capture == Quantity(value=0.4, low=0.1, high=0.5)
    assert scenario.sensing.cameras.dead.fact == "ca08-always-down"
    assert scenario.sensing.cameras.range == Quantity(value=25, low=15, high=60)
    assert not scenario.judgement.remove_when_found
    assert scenario.title == "a = b"


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("town.people", "expected path=value"),
        ("=3", "expected path=value"),
        ("town.people=", "expected path=value"),
        ("town..people=3", "'town..people' is not a path of keys"),
        ("town.peple=3", "did you mean 'people'?"),
        ("town.people.most=3", "found a mapping (most)"),
        ("town.people=many", "found text 'many'"),
        ("town.people=~", "found nothing"),
        ("town.people=[1", "not valid YAML"),
        ("town.people=&a 1", "anchor '&a' is not allowed"),
        ("sensing.recognition.decision_threshold=0.9", "its range is 0.56 to 0.64"),
    ],
)
def test_a_bad_setting_is_named(setting: str, text: str) -> None:
    with pytest.raises(Problem) as caught:
        load("newtown", settings=[setting])
    message = str(caught.value)
    assert text in message
    assert f"--set {setting}" in message


def test_a_bad_change_and_a_bad_safeguard_are_named() -> None:
    with pytest.raises(Problem, match=r"change of town\.people.*found true"):
        load("newtown", changes={"town.people": True})
    with pytest.raises(Problem, match="did you mean 'cameras-off'"):
        load("newtown", safeguards=["camera-off"])


def test_an_unknown_name_offers_the_nearest() -> None:
    with pytest.raises(Problem) as caught:
        load("newtwon")
    assert "did you mean 'newtown'?" in str(caught.value)
    assert "glasstown list" in str(caught.value)


@pytest.mark.parametrize(("name", "text"), [("missing.yaml", "there is no such file"), ("folder", "this is a folder")])
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(Problem, match=text) as caught:
        load(tmp_path / name)
    assert caught.value.code == BAD_FILE
    assert str(tmp_path / name) in str(caught.value)


def test_what_a_scenario_leaves_out_is_taken_from_newtown(tmp_path: Path) -> None:
    """The template says so; tuning base.yaml or newtown.yaml alone would make it untrue."""
    head = {"id", "title", "description", "status"}
    changed = {path for path, _, _ in differences(load("newtown"), load(SPEC / "valid" / "shortest.yaml"))}
    assert changed <= head
    file = tmp_path / "my-town.yaml"
    file.write_text(template(), encoding="utf-8")
    changed = {path for path, _, _ in differences(load("newtown"), load(file))}
    assert changed <= head


def test_a_named_system_sets_both_rates_and_follows_its_threshold() -> None:
    at_060 = load("newtown").sensing.recognition
    at_064 = load("newtown", safeguards=["higher-threshold"]).sensing.recognition
    assert at_060.fmr.fact == "lf16-fmr"
    assert at_064.fmr.value < at_060.fmr.value
    assert at_064.fnmr.value > at_060.fnmr.value
    assert at_064.fmr.fact is None, "off its published threshold a rate is an assumption"


def test_loading_brings_neither_numpy_nor_the_engine() -> None:
    """They would double the time until a mistake in a file is shown."""
    heavy = "[m for m in ('numpy', 'numba', 'scipy', 'pyarrow') if m in sys.modules]"
    code = f"import sys; from glasstown.scenario import load; load('newtown'); print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_knobs_made_in_python_are_checked_too() -> None:
    with pytest.raises(ValueError, match=r"days.*from 0 to 3,650, found 30,000,000"):
        RecordsKnobs(retention_days=Quantity(value=30_000_000))
    with pytest.raises(ValueError, match=r"found 0\.5"):
        RecordsKnobs(retention_days=Quantity(value=1, low=0.5, high=2))
    with pytest.raises(ValueError, match="from 1 to 2,000,000,000, found 0"):
        TownKnobs(people=0)


# ------------------------------------------------------------------ numbers
def test_every_number_is_listed_once_with_its_unit_and_source() -> None:
    scenario = load("newtown")
    listed = {number.path: number for number in numbers(scenario)}
    assert len(listed) == len(numbers(scenario))
    written = json.dumps(resolved(scenario))
    plain = [n for n in listed.values() if n.path in ("days", "start_weekday", "town.people", "town.plan")]
    assert len(listed) == written.count('"value"') + len(plain) == written.count('"value"') + 4
    assert listed["town.people"].value == 10_000
    assert listed["town.people"].unit == "people"
    assert listed["town.groups.c"].unit == "share"
    assert listed["sensing.recognition.fmr"].fact == "lf16-fmr"
    assert listed["consequence.response.avoids"].high == 0.30


def test_the_headline_counts_sourced_and_assumed() -> None:
    before = load("newtown")
    after = load("newtown", settings=["town.day.trips_per_day=3"])
    counts = [[int(word) for word in re.findall(r"\d+", re.sub(r" \(.*\)", "", headline(s)))] for s in (before, after)]
    assert counts[0][0] + counts[0][2] == counts[0][1] == len(numbers(before)) + len(brought(before))
    assert counts[1] == [counts[0][0] - 1, counts[0][1], counts[0][2] + 1]


def spread(scenario: Scenario, path: str, draws: int = 200) -> list[float]:
    key = Key.from_seed(5)
    worlds = [{n.path: n.value for n in numbers(drawn(scenario, key("range", i)))} for i in range(draws)]
    return [world[path] for world in worlds]


def test_ranges_are_drawn_inside_and_nothing_else_moves() -> None:
    scenario = load("newtown")
    ranged = {n.path for n in numbers(scenario) if n.low is not None}
    assert len(ranged) > 20
    kept = {"sensing.recognition.fmr_by_group.a"}
    for seed in range(5):
        world = drawn(scenario, Key.from_seed(seed))
        moved = {path for path, _, _ in differences(scenario, world)}
        assert moved <= ranged | kept, "multipliers keep their mean together"
        assert len(moved) > 0.8 * len(ranged)
        for number in numbers(world):
            if number.low is not None and number.high is not None:
                assert number.low <= number.value <= number.high
        assert drawn(scenario, Key.from_seed(seed)) == world


def test_draws_are_even_and_factors_are_even_in_logarithms() -> None:
    """Would notice a median off by a twelfth of the range (200 draws: six standard errors are 0.21 / 2.1)."""
    scenario = load("newtown")
    capture = spread(scenario, "sensing.cameras.capture")
    below = sum(value < 0.6 for value in capture) / len(capture)
    assert abs(below - 0.5) < 0.17
    alone = ["sensing.recognition.fmr_by_group={a: 1, b: 1, c: {value: 10, low: 1, high: 100}}"]
    factor = spread(load("newtown", settings=alone), "sensing.recognition.fmr_by_group.c")
    below = sum(value < 10 for value in factor) / len(factor)
    assert abs(below - 0.5) < 0.17, "half of the draws from 1 to 100 lie below 10 on a logarithmic scale"


TIMES = "sensing.recognition.fmr_by_group"
MISSES = "sensing.recognition.fnmr_by_group={a: 0.5, b: {value: 1.4, low: 0.5, high: 5}, c: 2.33}"
AGES = "sensing.recognition.fmr_by_age={0-17: {value: 1, low: 0.2, high: 20}}"
PEOPLE: dict[str, dict[str, float]] = {
    "fmr_by_group": {"a": 0.60, "b": 0.25, "c": 0.15},
    "fmr_by_sex": {"f": 0.51, "m": 0.49},
    "fmr_by_age": {"0-17": 0.21, "18-24": 0.08, "25-44": 0.27, "45-64": 0.25, "65-79": 0.14, "80+": 0.05},
    "fnmr_by_group": {"a": 0.60, "b": 0.25, "c": 0.15},
}


def means(scenario: Scenario) -> dict[str, float]:
    """Return the mean of each table of multipliers over the people of newtown."""
    tables = {name: getattr(scenario.sensing.recognition, name) for name in PEOPLE}
    return {
        name: sum(share * float(tables[name].get(who, 1)) for who, share in shares.items())
        for name, shares in PEOPLE.items()
    }


def test_multipliers_with_a_mean_of_one_keep_it_in_every_draw() -> None:
    """Would notice one draw whose rate of everybody is 5 % off the published one."""
    scenario = load("newtown", settings=[MISSES, AGES])
    key, before = Key.from_seed(8), means(scenario)
    assert all(abs(mean - 1) < 0.01 for mean in before.values())
    worlds = [drawn(scenario, key("range", i)) for i in range(100)]
    for world in worlds:
        assert means(world) == pytest.approx(before, rel=0.05)
    times = [world.sensing.recognition.fmr_by_group for world in worlds]
    ratios = [float(of["c"]) / float(of["a"]) for of in times]
    assert min(ratios) < 2, "by how much groups differ still fills its range"
    assert max(ratios) > 50


@pytest.mark.parametrize("a", [0.54, 3, 0])
def test_multipliers_with_another_mean_are_drawn_as_written(a: float) -> None:
    written = f"{TIMES}={{a: {a}, b: {{value: 2, low: 1, high: 4}}, c: {{value: 5, low: 2, high: 10}}}}"
    scenario = load("newtown", settings=[written])
    for seed in range(5):
        times = drawn(scenario, Key.from_seed(seed)).sensing.recognition.fmr_by_group
        assert (times["a"].value, times["b"].low, times["c"].high) == (a, 1, 10)


def test_a_section_is_turned_only_where_something_is_given() -> None:
    """As in a file: what is left out stays, on the command line, in a call and on a loaded scenario."""
    whole, one = ["consequence={custody_days: 2}", "sensing=null", "records={}"], ["consequence.custody_days=2"]
    assert resolved(load("newtown", settings=whole)) == resolved(load("newtown", settings=one))
    changes = {"sensing": {"operator": {"kind": "off"}}}
    loaded = load("newtown")
    assert resolved(with_changes(loaded, changes)) == resolved(with_changes(loaded, {"sensing.operator.kind": "off"}))
    assert resolved(load("newtown", changes=changes)) == resolved(with_changes(loaded, changes))
    threshold = load("newtown", settings=["sensing.recognition={decision_threshold: 0.62}"]).sensing.recognition
    assert (threshold.system, float(threshold.decision_threshold)) == ("npl-neoface", 0.62)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "checked"}, "'checked' needs every fact to be checked"),
        ({"sensing.operator.confirm_false": {"fact": "made-up", "value": 0.9}}, "has no fact 'made-up'"),
        ({"sensing": {"operator": {"confirm_false": {"fact": "made-up", "value": 0.9}}}}, "has no fact 'made-up'"),
        ({"sensing.operator.confirm_false": {"fact": "fr15-false-acceptance", "value": 0.9}}, "value is not that of"),
        ({"sensing.cameras.dead": {"fact": "lf16-fmr"}}, "is in 'per comparison'"),
    ],
    ids=["status", "invented", "invented in a section", "another value", "another unit"],
)
def test_facts_of_a_change_are_those_of_the_catalogue(changes: dict[str, object], words: str) -> None:
    """On a name and on a scenario that is loaded already: no claim comes in by the second way."""
    loaded = load("newtown")
    for change in (lambda: load("newtown", changes=changes), lambda: with_changes(loaded, changes)):
        with pytest.raises(Problem) as caught:
            change()
        assert words in str(caught.value)


def test_one_more_range_leaves_the_other_draws_as_they_were() -> None:
    before = load("newtown")
    after = load("newtown", settings=["town.female={value: 0.51, low: 0.4, high: 0.6}"])
    key = Key.from_seed(3)
    moved = {path for path, _, _ in differences(drawn(before, key), drawn(after, key))}
    assert moved == {"town.female"}


def test_each_number_has_a_draw_of_its_own() -> None:
    world = drawn(load("newtown"), Key.from_seed(11))
    even = [n for n in numbers(world) if n.unit == "share" and n.low is not None and n.high is not None]
    places = {round((n.value - n.low) / (n.high - n.low), 3) for n in even if n.low is not None and n.high is not None}
    assert len(places) > 0.8 * len(even)


def test_whole_numbers_are_drawn_whole() -> None:
    scenario = load("newtown", settings=["sensing.watchlist.size={value: 40, low: 10, high: 60}"])
    values = spread(scenario, "sensing.watchlist.size", draws=20)
    assert all(value == round(value) for value in values)
    assert len(set(values)) > 5
