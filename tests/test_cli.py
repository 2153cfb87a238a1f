"""The command as people type it: what it prints, where it writes, how it ends, and what it says when all is not well.

Smallest error noticed: one exit code, one message that does not name what was wrong, one byte on standard output that
does not belong there, one file that stays behind after a run that failed.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer

from glasstown import catalogue, cli
from glasstown.core.errors import BAD_FILE, BAD_INPUT, INTERRUPTED
from glasstown.scenario import from_resolved, load
from glasstown.study.forecast import Forecast
from glasstown.terminal import foretell
from tests.conftest import Command, started
from tests.odd_files import CROSS, noise

TINY = ["--people", "40", "--days", "1"]
UNKEPT = (
    "compiled loops cannot be kept {}, so every run compiles them anew: "
    "set GLASSTOWN_CACHE to a folder that can be written to"
)
KEYS = ["scenario", "seed", "people", "faces", "days", "digest", "metrics", "timings", "peak_memory_mb", "out"]
METRIC = ["name", "unit", "by", "group", "value", "low", "high", "range_low", "range_high", "n"]
NAMES = set(
    """
    people_searched passes_per_person_day captures_per_person_day share_captured_daily unobserved_trips searches
    candidates alerts true_alerts false_alerts ppv fpir tpir stops wrongful_stops misidentified wrongly_listed
    wrongful_stops_per_100k people_searched_per_true_alert minutes_lost trips_avoided listed_found
    """.split()
)


# ------------------------------------------------------------------ what it says when all is well
def test_list_shows_the_whole_catalogue(command: Command) -> None:
    said = command("list")
    assert said.code == 0
    assert said.err == ""
    words = set(said.out.replace(",", " ").split())
    for shelf in ("scenarios", "systems", "rulebooks", "safeguards"):
        assert {shelf, *catalogue.names(shelf)} <= words
    assert "\nsafeguards, and other edits to compare with\n" in said.out


def test_help_says_what_each_command_is_for_in_one_whole_line(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would notice one line cut off at 80 columns, or one command without a sentence."""
    monkeypatch.setenv("COLUMNS", "80")
    said = command("--help").out.partition("Commands:\n")[2].splitlines()
    assert len(said) > 10
    assert not [line for line in said if not re.fullmatch(r"  [a-z]+ +[A-Z].*[^.]\.", line)]


def test_a_template_is_good_as_it_is_and_never_overwrites(command: Command, elsewhere: Path) -> None:
    said = command("new", "my town.yaml")
    assert said.code == 0
    assert "my town.yaml" in said.out
    text = Path("my town.yaml").read_text(encoding="utf-8")
    assert text.count("#") > 20
    assert command("check", "my town.yaml").code == 0
    said = command("new", "my town.yaml")
    assert (said.code, said.out) == (BAD_INPUT, "")
    assert "it is there already" in said.err
    assert Path("my town.yaml").read_text(encoding="utf-8") == text


def test_check_says_what_the_numbers_rest_on(command: Command) -> None:
    said = command("check", "newtown")
    count = r"\d+ of \d+ numbers sourced \(\d+ of these recalled, not looked up\), \d+ assumed"
    assert re.fullmatch(rf"newtown: good\. {count}\.\n", said.out)


def test_what_resolve_prints_is_the_scenario(command: Command) -> None:
    said = command("resolve", "newtown", "--set", "records.retention_days=7")
    assert said.code == 0
    assert from_resolved(json.loads(said.out)) == load("newtown", settings=["records.retention_days=7"])


def checked_document(text: str) -> dict[str, Any]:
    """Assert that a text is the one document that `--json` promises, and return it."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    document: dict[str, Any] = json.loads(text, parse_constant=refuse)
    assert set(document) == {*KEYS, "counterfactual"}
    assert set(document["timings"]) == {"build_s", "simulate_s", "report_s", "compile_s"}
    assert all(type(seconds) is float and seconds >= 0 for seconds in document["timings"].values())
    assert document["timings"]["build_s"] * document["timings"]["simulate_s"] * document["timings"]["report_s"] > 0
    assert document["peak_memory_mb"] > 50
    assert re.fullmatch(r"[0-9a-f]{64}", document["digest"])
    for part in (document["metrics"], document["counterfactual"]["cameras-off"]):
        assert {metric["name"] for metric in part} >= NAMES
        for metric in part:
            check_metric(metric)
    return document


def check_metric(metric: dict[str, Any]) -> None:
    assert list(metric) == METRIC
    by, group = metric["by"], metric["group"]
    assert type(by) is type(group)
    assert by is None or isinstance(by, str) or (isinstance(by, list) and len(by) == len(group) > 1)
    assert isinstance(metric["n"], int)
    assert (metric["value"] is None) == (metric["low"] is None) == (metric["high"] is None)
    assert metric["value"] is not None or metric["n"] == 0


def test_json_is_one_document_and_nothing_else(command: Command, elsewhere: Path) -> None:
    said = command("run", "newtown", *TINY, "--seed", "9", "--json", "--out", "a/b")
    assert said.code == 0
    document = checked_document(said.out)
    assert said.out.endswith("}\n")
    assert said.out.count("\n") == 1
    expected: dict[str, object] = {"scenario": "newtown", "seed": 9, "people": 40, "days": 1, "out": "a/b"}
    assert {key: document[key] for key in expected} == expected
    assert all(type(document[key]) is int for key in ("seed", "people", "days"))
    kept = json.loads(Path("a/b/metrics.json").read_text(encoding="utf-8"))
    assert kept == {key: document[key] for key in ("metrics", "counterfactual")}
    assert json.loads(Path("a/b/run.json").read_text(encoding="utf-8"))["digest"] == document["digest"]


def test_the_promised_document_is_told_from_others() -> None:
    metric = dict(zip(METRIC, ["ppv", "share", None, None, None, None, None, None, None, 0], strict=True))
    check_metric(metric)
    for change in ({"by": "age"}, {"value": 0.5}, {"n": 1}, {"n": 0.0}, {"by": ["age"], "group": ["0-17"]}):
        with pytest.raises(AssertionError):
            check_metric(metric | change)
    with pytest.raises(AssertionError, match="NaN"):
        checked_document('{"a": NaN}')


def test_a_run_says_the_few_telling_numbers_and_where_the_report_is(command: Command, elsewhere: Path) -> None:
    said = command("run", *TINY)
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == "Newtown under watch: 40 people, 1 day, seed 1"
    assert "stopped" in said.out
    assert "face" in said.out
    assert "is synthetic" in said.out
    assert "numbers sourced" in said.out
    assert lines[-1] == "report: runs/newtown-seed1/report.html"
    assert Path("runs/newtown-seed1/report.html").stat().st_size > 100_000
    assert os.listdir("runs") == ["newtown-seed1"]


def test_a_run_is_repeated_and_its_report_written_again(command: Command, elsewhere: Path) -> None:
    """On streets and cameras of one's own; other people or days are another digest."""
    Path("cross.osm").write_bytes(CROSS)
    Path("cameras.csv").write_text("lon,lat,type,surveillance\n24.931,60.17,camera,public\n", encoding="utf-8")
    places = ["--streets", "cross.osm", "--cameras", "cameras.csv"]
    first = checked_document(command("run", *TINY, *places, "--out", "one", "--json").out)
    said = command("rerun", "one")
    assert (said.code, said.out) == (0, f"same digest: {first['digest']}\n")
    said = command("report", "one")
    assert (said.code, said.out) == (0, "report: one/report.html\n")
    # In a folder that came from somebody else, a link may lead anywhere.
    Path("one/report.html").rename("page")
    Path("one/report.html").symlink_to("../letters")
    Path("letters").write_text("dear", encoding="utf-8")
    assert command("report", "one").code == 0
    assert Path("letters").read_text(encoding="utf-8") == "dear"
    assert Path("one/report.html").read_bytes() == Path("page").read_bytes()
    assert not Path("one/report.html").is_symlink()
    other = checked_document(command("run", *TINY, *places, "--seed", "2", "--out", "two", "--json").out)
    assert other["digest"] != first["digest"]
    text = Path("one/run.json").read_text(encoding="utf-8").replace(first["digest"], other["digest"])
    Path("one/run.json").write_text(text, encoding="utf-8")
    said = command("rerun", "one")
    assert (said.code, said.out) == (1, f"DIFFERENT: {first['digest']}, was {other['digest']}\n")


def test_a_finished_run_is_told_in_the_json_of_the_run_itself(command: Command, elsewhere: Path) -> None:
    first = checked_document(command("run", *TINY, "--out", "one", "--json").out)
    said = command("resume", "one", "--json")
    assert said.code == 0
    assert checked_document(said.out) == first
    assert said.err == "nothing is left to do: the run in one is finished\n"
    # What somebody has left who was killed while the journal was removed goes.
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = Path(f".one.{gone.pid}.part")
    (left / "life").mkdir(parents=True)
    said = command("resume", "one")
    assert said.out == f"nothing is left to do: the run in one is finished\ndigest: {first['digest']}\n"
    assert not left.exists()
    said = command("resume", "one", "--threads", "0")
    assert (said.code, said.out) == (BAD_INPUT, "")
    assert "--threads: expected a whole number from 1 to 1,024, found 0" in said.err
    metrics = Path("one/metrics.json")
    metrics.write_text(metrics.read_text(encoding="utf-8").replace('"value": 1', '"value": 2', 1), encoding="utf-8")
    said = command("resume", "one", "--json")
    assert (said.code, said.out) == (BAD_FILE, ""), "nothing read back is trusted"


@pytest.mark.parametrize("memory", ["1e999", '"much"', "true"])
def test_a_memory_that_is_no_number_is_refused_in_words(command: Command, elsewhere: Path, memory: str) -> None:
    assert command("run", *TINY, "--out", "one").code == 0
    mark = Path("one/run.json")
    text = re.sub(r'"peak_memory_mb": [0-9.]+', f'"peak_memory_mb": {memory}', mark.read_text(encoding="utf-8"))
    mark.write_text(text, encoding="utf-8")
    said = command("resume", "one", "--json")
    assert (said.code, said.out) == (BAD_FILE, "")
    assert "'peak_memory_mb' is not what a run writes" in said.err


# ------------------------------------------------------------------ what it says when something is wrong
BAD: dict[str, tuple[list[str], int, list[str]]] = {
    "no such command": (["rnu"], 2, ["'rnu'", "Did you mean 'run'"]),
    "no such option": (["run", "--peple", "3"], 2, ["--peple", "--people"]),
    "no file": (["check"], 2, ["Missing argument"]),
    "missing file": (["check", "nothere.yaml"], 74, ["nothere.yaml", "there is no such file"]),
    "folder": (["check", "folder"], 74, ["folder", "this is a folder"]),
    "misspelt name": (["run", "newtwon"], 2, ["newtwon", "did you mean 'newtown'?"]),
    "misspelt knob": (["check", "newtown", "--set", "town.peple=3"], 2, ["--set town.peple=3", "mean 'people'?"]),
    "setting without a value": (["run", "--set", "town.people"], 2, ["--set town.people", "expected path=value"]),
    "wrong unit": (["run", "--set", "records.retention_days=30 days"], 2, ["a whole number (days)", "write 30"]),
    "not a number": (["run", "--set", "sensing.cameras.per_km=.nan"], 2, ["per_km", "finite"]),
    "a word for a number": (["run", "--set", "sensing.cameras.per_km=nan"], 2, ["per_km", "found text 'nan'"]),
    "too many people": (["run", "--people", "10000000000"], 2, ["--people", "2,000,000,000", "10,000,000,000"]),
    "nobody": (["run", "--people", "0"], 2, ["--people", "from 1", "write 1 or more: a number is never cut to fit"]),
    "people in words": (["run", "--people", "many"], 2, ["--people", "whole number, found 'many': write it in digits"]),
    "people as a power": (["run", "--people", "1e6"], 2, ["--people", "found '1e6': write 1000000."]),
    "people in groups": (["run", "--people", "10,000"], 2, ["--people", "found '10,000': write 10000."]),
    "half a day": (["run", "--days", "2.5"], 2, ["--days", "whole number, found '2.5': write 2 or 3."]),
    "no seeds": (["compare", "myth", "reality", "--seeds", "0"], 2, ["--seeds", "from 1 to 1,000", "write 1 or more"]),
    "too many days": (["run", "--days", "1000000"], 2, ["--days", "3,650", "write 3650 or less"]),
    "too many cameras": (["run", "--set", "sensing.cameras.per_km=1e9"], 2, ["per_km", "10,000", "1,000,000,000"]),
    "negative seed": (["run", "--seed", "-1"], 2, ["--seed", "found -1", "write 0 or more."]),
    "seed too large": (["run", "--seed", str(2**63)], 2, ["--seed", "9,223,372,036,854,775,807"]),
    "seed in words": (["run", "--seed", "abc"], 2, ["--seed", "a whole number, found 'abc'"]),
    "seed without end": (["run", "--seed", "inf"], 2, ["--seed", "a whole number, found 'inf': write it in digits"]),
    "no threads": (["run", "--threads", "0"], 2, ["--threads", "from 1 to 1,024"]),
    "no replicates": (["run", "--replicates", "0"], 2, ["--replicates", "from 1"]),
    "unknown safeguard": (["run", "--safeguard", "camera-off"], 2, ["did you mean 'cameras-off'"]),
    "unknown table to keep": (["run", "--keep", "captuers"], 2, ["--keep", "did you mean 'captures'"]),
    "a table that is always kept": (["run", "--keep", "people"], 2, ["--keep", "'people'"]),
    "cameras without streets": (["run", "--cameras", "cameras.csv"], 2, ["--cameras", "give --streets"]),
    "tagged without streets": (["run", "--cameras", "tagged"], 2, ["--cameras", "give --streets"]),
    "no streets named": (["run", "helsinki-centre"], 74, ["helsinki_centre_2019.osm.pbf", "GLASSTOWN_DATA"]),
    "missing streets": (["run", "--streets", "no.osm.pbf"], 74, ["--streets", "no.osm.pbf", "GLASSTOWN_DATA"]),
    "streets are a folder": (["run", "--streets", "folder"], 74, ["--streets", "is a folder"]),
    "missing cameras": (["run", "--streets", "cross.osm", "--cameras", "no.csv"], 74, ["--cameras", "no.csv"]),
    "empty streets": (["run", "--streets", "empty"], 2, ["empty", "not a readable map"]),
    "random streets": (["run", "--streets", "random"], 2, ["random", "not a readable map"]),
    "truncated streets": (["run", "--streets", "half.osm"], 2, ["half.osm", "not a readable map"]),
    "empty cameras": (["run", "--streets", "cross.osm", "--cameras", "empty"], 2, ["empty", "the list is empty"]),
    "random cameras": (["run", "--streets", "cross.osm", "--cameras", "random"], 2, ["random", "not text in UTF-8"]),
    "truncated cameras": (["run", "--streets", "cross.osm", "--cameras", "half.json"], 2, ["half.json:1", "JSON"]),
    "lon and lat swapped": (["run", "--streets", "cross.osm", "--cameras", "swapped.csv"], 2, ["swapped.csv", "far"]),
    "another city": (["run", "--streets", "cross.osm", "--cameras", "berlin.csv"], 2, ["berlin.csv", "same place"]),
    "people for cameras": (["run", "--streets", "cross.osm", "--cameras", "people.csv"], 2, ["describes people"]),
    "people for a scenario": (["run", "people.csv"], 2, ["people.csv", "never reads records of individuals"]),
    "out is a file": (["run", "--out", "empty"], 74, ["empty", "something else is there"]),
    "out is somebody's folder": (["run", "--out", "folder"], 74, ["folder", "something else is there"]),
    "out is in a file": (["run", "--out", "empty/run"], 74, ["empty/run", "cannot write there"]),
    "out is here": (["run", "--out", "."], 74, [".", "something else is there"]),
    "out cannot be": (["run", "--out", "/proc/glasstown/run"], 74, ["/proc/glasstown/run", "cannot write there"]),
    "no such folder to rerun": (["rerun", "nowhere"], 74, ["nowhere", "there is no such folder", "name the folder"]),
    "a scenario to cite": (["cite", "newtown"], 74, ["newtown", "there is no such folder", "runs/newtown-seed1"]),
    "nothing to report": (["report", "folder"], 74, ["folder", "this is no run folder: it has no run.json"]),
    "template in no folder": (["new", "no/such/town.yaml"], 74, ["no/such/town.yaml", "make the folder no/such first"]),
}


@pytest.fixture
def odd(elsewhere: Path) -> Path:
    """Fill the working folder with files that are wrong in one way each."""
    folder = elsewhere / "folder"
    folder.mkdir()
    (folder / "letters.txt").write_text("dear", encoding="utf-8")
    people = "name,birth_date,phone\nA,2000-01-01,1\n"
    files = {
        "cross.osm": CROSS,
        "half.osm": CROSS[: len(CROSS) // 2],
        "empty": b"",
        "random": b"\xff" + noise("anything", 3_000),
        "half.json": b'{"type": "FeatureCollection", "features": [{"ty',
        "cameras.csv": b"lon,lat\n24.931,60.17\n",
        "swapped.csv": b"lon,lat\n60.17,24.931\n",
        "berlin.csv": b"lon,lat\n13.35,52.51\n",
        "people.csv": people.encode(),
    }
    for name, content in files.items():
        (elsewhere / name).write_bytes(content)
    return elsewhere


@pytest.mark.parametrize("what", BAD)
def test_what_is_wrong_is_said_before_anything_is_written(command: Command, odd: Path, what: str) -> None:
    words, code, texts = BAD[what]
    before = {path: path.stat().st_mtime_ns for path in odd.rglob("*")}
    said = command(*words)
    message = " ".join(said.err.split())
    assert [text for text in texts if text not in message] == [], said.err
    assert said.code == code
    assert said.out == ""
    assert {path: path.stat().st_mtime_ns for path in odd.rglob("*")} == before


def test_a_run_that_no_memory_can_hold_is_refused_before_it_starts(command: Command, elsewhere: Path) -> None:
    said = command("run", "--people", "20000000", "--set", "sensing.cameras.per_km=10000", "--replicates", "1000")
    assert said.code == BAD_INPUT
    assert re.search(r"would take about [\d,]+ MB of memory, and [\d,]+ MB are free", said.err)
    assert "--people" in said.err
    assert os.listdir() == []


def test_several_mistakes_are_all_said_at_once(command: Command, elsewhere: Path) -> None:
    said = command("run", "--people", "0", "--days", "0", "--set", "town.femal=2")
    assert said.code == BAD_INPUT
    assert all(word in said.err for word in ("3 mistakes", "--people", "--days", "--set town.femal=2"))


TWICE: dict[str, tuple[list[str], list[str]]] = {
    "people": (["run", "--people", "2000", "--people", "1000"], ["--people", "2000", "1000"]),
    "seed with an equals sign": (["run", "--seed=1", "--seed", "2"], ["--seed", "1", "2"]),
    "a file": (["resume", "x", "--streets", "a.osm", "--streets", "b.osm"], ["--streets", "a.osm", "b.osm"]),
    "kind of people": (["curve", "npl-neoface", "--by", "group", "--by", "sex"], ["--by", "group", "sex"]),
    "words": (["facts", "--search", "false", "--search", "match"], ["--search", "false", "match"]),
    "a command within a command": (
        ["rulebook", "explain", "myth", "--scenario", "myth", "--scenario", "reality"],
        ["--scenario", "myth", "reality"],
    ),
    "seeds": (["compare", "myth", "reality", "--seeds", "2", "--seeds", "3"], ["--seeds", "2", "3"]),
    "a knob": (
        ["check", "newtown", "--set", "records.retention_days=5", "--set", "records.retention_days=6"],
        ["--set records.retention_days=6", "records.retention_days=5"],
    ),
    "a knob within a section": (
        ["check", "newtown", "--set", "records={retention_days: 5}", "--set", "records.retention_days=6"],
        ["--set records.retention_days=6", "records={retention_days: 5}"],
    ),
    "a table within which a share was set": (
        ["check", "newtown", "--set", "town.groups.a=0.5", "--set", "town.groups={x: 1}"],
        ["--set town.groups={x: 1}", "town.groups.a=0.5"],
    ),
    "a knob of a run": (["run", "--set", "days=1", "--set", "days=2"], ["--set days=2", "days=1"]),
    "a knob of a curve": (
        ["curve", "npl-neoface", "--set", "days=1", "--set", "days=2"],
        ["--set days=2", "days=1"],
    ),
    "a knob of an arm": (
        ["compare", "newtown+days=1+days=2", "newtown"],
        ["arm newtown+days=1+days=2: 'days=2' would take the place of 'days=1'"],
    ),
}


@pytest.mark.parametrize("what", TWICE)
def test_what_is_said_twice_in_different_ways_is_refused(command: Command, elsewhere: Path, what: str) -> None:
    """Would notice one option or knob of which the last word is taken and the first passed over."""
    words, texts = TWICE[what][0], [*TWICE[what][1]]
    said = command(*words)
    message = " ".join(said.err.split())
    assert (said.code, said.out) == (BAD_INPUT, ""), said.err
    texts += ["passed over without a word", "leave one of them out"]
    assert [text for text in texts if text not in message] == []
    assert os.listdir() == []


def test_every_option_of_every_command_that_takes_one_value_takes_it_once(command: Command) -> None:
    """Goes through the commands themselves: a new one that forgets it is noticed."""
    found = list(options_of_one_value(typer.main.get_command(cli.app), ()))
    assert len(found) >= 29
    for words, option in found:
        said = command(*words, option, "1", option, "2")
        assert said.code == BAD_INPUT, (words, option)
        assert f"{option}: it is given twice: 1, and 2" in said.err, (words, option)


def options_of_one_value(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, inner in getattr(command, "commands", {}).items():
        yield from options_of_one_value(inner, (*words, name))
    for option in command.params:
        if words and option.param_type_name == "option" and not (option.is_flag or option.multiple):
            yield words, option.opts[0]


def test_what_is_said_twice_in_the_same_way_is_taken(command: Command) -> None:
    once = ["resolve", "newtown", "--set", "days=3"]
    merged = ["--set", "town={female: 0.5}", "--set", "town={people: 7}"]
    assert command(*once, "--set", "days=3", *merged, "--set", "town.people=7").code == 0
    assert command("curve", "npl-neoface", "--by", "sex", "--by", "sex", "--json", "--json").code == 0
    assert command("curve", "npl-neoface", "--gallery", "10", "--gallery", "20").code == 0


def test_another_run_of_ours_is_replaced_and_nothing_else(command: Command, elsewhere: Path) -> None:
    Path("empty").mkdir()
    for seed in ("1", "2"):
        assert command("run", *TINY, "--out", "empty", "--seed", seed).code == 0
    assert json.loads(Path("empty/run.json").read_text(encoding="utf-8"))["seed"] == 2
    assert os.listdir() == ["empty"]


def test_the_place_that_is_looked_at_is_the_one_that_is_written(command: Command, elsewhere: Path) -> None:
    """It is named by the scenario's id, whatever its file is called; what is replaced there is said once."""
    assert command("new", "mytown.yaml").code == 0
    Path("runs/mytown-seed1").mkdir(parents=True)
    Path("runs/mytown-seed1/thesis.tex").touch()
    assert "replaced" not in command("run", "mytown.yaml", *TINY).err
    again = command("run", "mytown.yaml", *TINY)
    assert again.code == 0
    assert again.err.count("runs/my-town-seed1: the run that is there will be replaced\n") == 1
    Path("runs/my-town-seed1/thesis.tex").touch()
    refused = command("run", "mytown.yaml", *TINY)
    assert (refused.code, refused.out) == (BAD_FILE, "")
    assert "thesis.tex is not part of it" in refused.err
    assert not any(words in refused.err for words in ("will be replaced", "this will take"))
    assert sorted(os.listdir("runs")) == ["my-town-seed1", "mytown-seed1"]


def test_names_in_any_letters(command: Command, elsewhere: Path) -> None:
    Path("straße 街 ☂.osm").write_bytes(CROSS)
    said = command("run", *TINY, "--streets", "straße 街 ☂.osm", "--out", "läufe/一", "--json")
    assert json.loads(said.out)["out"] == "läufe/一"
    assert command("rerun", "läufe/一").code == 0
    page = Path("läufe/一/report.html").read_text(encoding="utf-8")
    assert "straße 街 ☂.osm" in page


# ------------------------------------------------------------------ processes, pipes and signals
def ended(process: subprocess.Popen[bytes]) -> tuple[int, bytes, str]:
    out, err = process.communicate(timeout=120)
    text = err.decode("ascii", "backslashreplace")
    assert "Traceback" not in text
    assert "Exception ignored" not in text
    return process.returncode, out, text


def seen(folder: Path) -> list[str]:
    """List what a person sees in a folder and below: what is hidden is not shown."""
    there = [path.relative_to(folder) for path in folder.rglob("*")]
    return sorted(path.as_posix() for path in there if not any(part.startswith(".") for part in path.parts))


def test_interrupting_leaves_only_a_journal_and_says_how_to_go_on(tmp_path: Path) -> None:
    """As Ctrl-C in a shell does: everybody in the foreground is told, in the middle of a life."""
    process = started("run", "--people", "30000", "--days", "3650", "--out", "runs/x", cwd=tmp_path)
    assert process.stderr is not None
    while b"this will take about" not in (said := process.stderr.readline()):
        assert said
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("runs/.x.unfinished/life/*.night.block")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    code, out, err = ended(process)
    assert (code, out) == (INTERRUPTED, b"")
    assert "interrupted: nothing half-written is left behind" in err
    assert err.endswith("to go on from what was lived: glasstown resume runs/x\n")
    assert seen(tmp_path) == ["runs"]
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [".x.unfinished"]


def test_a_reader_that_has_seen_enough(tmp_path: Path) -> None:
    """As in `glasstown resolve newtown | head`; the other end is closed before anything is written."""
    process = started("resolve", "newtown")
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    code, _, err = ended(process)
    assert (code, err) == (1, "")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_a_terminal_that_is_closed_or_full() -> None:
    for words, code, said in (
        ("list >&-", 0, ""),
        ("list >&- 2>&-", 0, ""),
        ("check nowhere.yaml >&- 2>&-", BAD_FILE, ""),
        ("check nowhere.yaml 2>/dev/full", BAD_FILE, ""),
        ("list >/dev/full", BAD_FILE, "No space left"),
    ):
        if "full" in words and not Path("/dev/full").exists():
            continue
        for unbuffered in ("", "1"):
            line = f"PYTHONUNBUFFERED={unbuffered} '{sys.executable}' -m glasstown {words}"
            done = subprocess.run(line, shell=True, capture_output=True, text=True)
            assert done.returncode == code, line
            assert said in done.stderr
            assert "Traceback" not in done.stderr
            assert "ignored" not in done.stderr


def test_a_terminal_that_knows_only_ascii(tmp_path: Path) -> None:
    """JSON stays JSON, and words are spelled out rather than refused."""
    plain = {"LC_ALL": "C", "LANG": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    file = tmp_path / "ort.yaml"
    file.write_text("schema: 1\nid: ort\ntitle: Straße unter Beobachtung, 街\n", encoding="utf-8")
    code, out, _ = ended(started("resolve", file, **plain))
    assert code == 0
    assert json.loads(out.decode("ascii"))["title"] == "Straße unter Beobachtung, 街"
    file.write_text("schema: 1\nid: ort\ntitle: x\nstraße: 1\n", encoding="utf-8")
    code, out, err = ended(started("check", file, **plain))
    assert code == BAD_INPUT
    assert "ort.yaml:4" in err


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """No file may grow beyond 100 kB, as on a disk that is nearly full: the report does not fit."""
    code = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)); "
    code += "from glasstown.cli import main; main()"
    words = ["run", *TINY, "--out", str(tmp_path / "runs" / "x")]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=120)
    assert done.returncode == BAD_FILE, done.stderr
    assert f"{tmp_path / 'runs' / 'x'}" in done.stderr
    assert ".part" not in done.stderr
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert f"glasstown resume {tmp_path / 'runs' / 'x'}\n" in done.stderr
    assert seen(tmp_path) == ["runs"]


FORESEEN = (
    *([], ["--replicates", "3", "--threads", "2"], ["--keep", "captures"]),
    ["--set", "sensing.watchlist.size=10000000"],
)


@pytest.mark.slow
@pytest.mark.parametrize("more", FORESEEN, ids=str)
def test_the_memory_that_was_foreseen_is_about_what_it_took(tmp_path: Path, more: list[str]) -> None:
    """In a process of its own; noticed if one is more than twice the other."""
    code, _, _ = ended(started("run", "--people", "60000", "--days", "7", *more, "--out", tmp_path / "x"))
    assert code == 0
    document = json.loads((tmp_path / "x" / "run.json").read_text(encoding="utf-8"))
    assert 0.5 < document["forecast"]["memory_mb"] / document["actual"]["memory_mb"] < 2
    assert 0.3 < document["forecast"]["disk_mb"] / document["actual"]["disk_mb"] < 3


def test_who_compiles_each_time_is_told_how_not_to_and_nobody_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = Forecast(2, 1, 1, 0, 1, memory_mb=1, disk_mb=1, compile_s=1)
    foretell(usual)
    foretell(replace(usual, each_time=True), as_json=True)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setenv("GLASSTOWN_CACHE", "/proc/nowhere")
    foretell(replace(usual, each_time=True))
    assert capsys.readouterr() == ("", UNKEPT.format("in /proc/nowhere") + "\n")
    monkeypatch.undo()
    for name in ("GLASSTOWN_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)
    foretell(replace(usual, each_time=True))
    assert capsys.readouterr() == ("", UNKEPT.format("without a home folder") + "\n")


@pytest.mark.slow
def test_no_home_and_nowhere_to_keep_compiled_loops(tmp_path: Path) -> None:
    """Everything is compiled again, and nothing else happens."""
    if os.access("/proc/nowhere", os.F_OK) or not os.access("/proc", os.F_OK):
        pytest.skip("needs /proc, in which no folder can be made")
    for words in ((), ("--json",)):
        process = started("run", *TINY, "--out", tmp_path / "x", *words, GLASSTOWN_CACHE="/proc/nowhere", HOME="/proc")
        code, out, err = ended(process)
        assert code == 0
        told = [line for line in err.splitlines() if "GLASSTOWN_CACHE" in line]
        assert told == ([] if words else [UNKEPT.format("in /proc/nowhere")])
    assert checked_document(out.decode())["timings"]["compile_s"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.3, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupting_at_any_time_leaves_nothing(tmp_path: Path, after: float, number: signal.Signals) -> None:
    """Replicates in processes of their own end too."""
    words = ["run", "--people", "20000", "--days", "28", "--replicates", "40", "--threads", "2"]
    process = started(*words, "--out", "x", cwd=tmp_path)
    time.sleep(after)
    os.kill(process.pid, number)
    code, out, _ = ended(process)
    assert (code, out) == (128 + number, b"")
    assert seen(tmp_path) == []
    assert [path.name for path in tmp_path.iterdir()] in ([], [".x.unfinished"])
    group = process.pid
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)
