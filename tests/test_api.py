"""What `import glasstown` gives: run, read, report; and one digest whatever does not belong to the question.

Smallest error noticed: one option that changes a digest it must not change, or leaves one that it must; one way of
saying the same settings that leads elsewhere.
"""

from __future__ import annotations

import io
import itertools
import math
import os
import termios
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glasstown as gt
from glasstown import tables as t
from glasstown.core import machine
from glasstown.core import progress as core_progress
from glasstown.core.columns import Table
from glasstown.core.errors import BAD_FILE, BAD_INPUT, Problem
from glasstown.core.machine import free_memory_mb, peak_memory_mb
from glasstown.core.progress import Progress
from glasstown.prepare import locate, survey
from glasstown.scenario import Scenario, load
from glasstown.study import costs
from glasstown.study.fit import refuse_too_large
from glasstown.study.forecast import Forecast, forecast
from glasstown.study.kinds import kind_of
from glasstown.study.run import whole_digest
from tests.conftest import DAYS, PEOPLE, SEED
from tests.odd_files import CROSS
from tests.worlds import problem_of

TINY: dict[str, Any] = {"people": 40, "days": 1, "threads": 1}


@pytest.fixture(scope="module")
def tiny() -> gt.Run:
    return gt.run("newtown", seed=1, **TINY)


# ------------------------------------------------------------------ reading a run
def test_a_run_is_read_by_metric_and_by_table(lived: gt.Run) -> None:
    assert lived.scenario.town.people == PEOPLE
    assert lived.scenario.days == DAYS
    alerts = lived.metric("alerts")
    assert alerts in lived.metrics
    assert alerts.value == lived.frame("alerts").num_rows > 0
    by_group = [lived.metric("alerts", "group", g).value for g in lived.scenario.town.groups]
    assert sum(v or 0 for v in by_group) == alerts.value
    both = lived.metric("alerts", ("age", "sex"), ("18-24", "f"))
    assert both.by == ("age", "sex")
    off = next(m for m in lived.counterfactual if m.name == "alerts" and m.by is None)
    assert off.value == 0
    assert "day" in lived.frame("alerts").column_names
    assert lived.frame("people").num_rows == PEOPLE


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda run: run.metric("alert"), ["no metric 'alert'", "did you mean 'alerts'"]),
        (lambda run: run.metric("alerts", "height"), ["no metric 'alerts' for height", "age, sex, group"]),
        (lambda run: run.metric("alerts", "age", "7"), ["no metric 'alerts' for age 7"]),
        (lambda run: run.frame("alert"), ["no table 'alert'", "did you mean 'alerts'"]),
    ],
)
def test_what_is_not_there_is_named(lived: gt.Run, ask: Any, words: list[str]) -> None:
    said = problem_of(lambda: ask(lived))
    assert said is not None
    assert [word for word in words if word not in str(said)] == []


def test_rows_that_were_not_kept_are_named(lived: gt.Run) -> None:
    rows = {name: kept for name, kept in lived.lived.life.rows.items() if name != "trips"}
    cut = gt.Run(replace(lived.lived, life=replace(lived.lived.life, rows=rows, not_kept={"trips": 2_000_000})))
    with pytest.raises(Problem, match="2,000,000 rows of 'trips' were counted, not kept") as caught:
        cut.frame("trips")
    assert "--keep trips" in caught.value.todo


def test_a_report_is_one_file(tiny: gt.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert tiny.out is None
    assert tiny.document()["out"] is None
    assert tiny.report() == Path("report.html")
    assert tiny.digest in Path("report.html").read_text(encoding="utf-8")
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    with pytest.raises(Problem) as caught:
        tiny.report(tmp_path / "no" / "such" / "page.html")
    assert caught.value.code == BAD_FILE


def test_saving_says_where(lived: gt.Run, written: Path) -> None:
    assert lived.out == written
    assert lived.document()["out"] == str(written)


# ------------------------------------------------------------------ asking for a run
def test_settings_can_be_said_in_many_ways() -> None:
    """As lines, as one line, as a mapping, on a name, a file or a scenario: one question, one digest."""
    path, safe = "records.retention_days", "no-operator"
    asked: list[tuple[str | Scenario, Any, Any]] = [
        ("newtown", [f"{path}=2"], [safe]),
        ("newtown", f"{path}=2", safe),
        ("newtown", {path: 2}, (safe,)),
        (load("newtown"), [f"{path}=2"], [safe]),
        (load("newtown"), {path: 2}, safe),
        (load("newtown", settings=[f"{path}=2"], safeguards=[safe]), (), ()),
    ]
    found = {gt.run(s, settings=given, safeguards=names, **TINY).digest for s, given, names in asked}
    assert len(found) == 1
    assert gt.run("newtown", settings={path: 3}, safeguards=safe, **TINY).digest not in found
    assert gt.run("newtown", settings={path: 2}, **TINY).digest not in found


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"seed": "1"}, ["--seed", "found '1'"]),
        ({"seed": 1.5}, ["--seed", "found 1.5"]),
        ({"seed": True}, ["--seed", "found True"]),
        ({"seed": None}, ["--seed", "found None"]),
        ({"seed": 2**63}, ["--seed", "9,223,372,036,854,775,807"]),
        ({"people": "many"}, ["--people", "found 'many'"]),
        ({"people": 2.5}, ["--people", "found 2.5"]),
        ({"days": 0}, ["--days", "from 1 to 3,650"]),
        ({"threads": -1}, ["--threads", "from 1 to 1,024"]),
        ({"replicates": 0}, ["--replicates", "from 1 to 10,000"]),
        ({"keep": "trip"}, ["--keep", "did you mean 'trips'"]),
        ({"settings": {"town.peple": 3}}, ["did you mean 'people'"]),
        ({"settings": "town.people"}, ["--set town.people", "expected path=value"]),
        ({"scenario": load("newtown"), "settings": "town.people"}, ["--set town.people", "expected path=value"]),
        ({"scenario": load("newtown"), "settings": "town.peple=3"}, ["did you mean 'people'"]),
        ({"scenario": load("newtown"), "safeguards": "camera-off"}, ["did you mean 'cameras-off'"]),
        ({"scenario": "newtwon"}, ["did you mean 'newtown'"]),
        ({"cameras": "tagged"}, ["--cameras", "give --streets"]),
        ({"settings": {"sensing.cameras.per_km": math.nan}}, ["per_km: expected a number (per km)", "found nan"]),
        ({"settings": {"sensing.cameras.capture": math.inf}}, ["expected a number (share) from 0 to 1, found inf"]),
        ({"settings": {"records.retention_days": -math.inf}}, ["a whole number (days) from 0", "found -inf"]),
        ({"settings": {"town.groups": {"a": math.nan}}}, ["expected", "found nan"]),
        ({"settings": {"records.retention_days": 10**400}}, ["a whole number (days)", "more than 300 digits"]),
        ({"settings": {"sensing.cameras.capture": {"value": math.nan}}}, ["capture: value: expected", "found nan"]),
        ({"settings": {"sensing.cameras.capture": {"value": 10**400}}}, ["capture: value: expected", "300 digits"]),
        ({"settings": {"town.people": 41}}, ["--people", "'town.people' is said twice: 40, and 41", "leave one"]),
        ({"settings": "days.value=9"}, ["--days", "'days' is said twice: 1, and 9"]),
        ({"settings": "days=2"}, ["--days", "'days' is said twice: 1, and 2 in a setting"]),
        ({"settings": {"town": {"people": 41}}}, ["--people", "'town.people' is said twice"]),
        ({"scenario": load("newtown"), "settings": ["town={people: 41}"]}, ["'town.people' is said twice"]),
    ],
    ids=str,
)
def test_what_cannot_be_run_is_said_before_anything_is_built(given: dict[str, Any], words: list[str]) -> None:
    said = problem_of(lambda: gt.run(**{"people": 40, "days": 1, **given}))
    assert said is not None
    assert said.code == BAD_INPUT
    assert [word for word in words if word not in str(said)] == []


def test_the_same_size_may_be_said_twice() -> None:
    """Only what contradicts is refused."""
    digest = gt.run("newtown", **TINY).digest
    for said in ({"town": {"people": 40, "kind": "generated"}, "days": 1}, {"town.people": {"value": 40}}):
        assert gt.run("newtown", settings=said, **TINY).digest == digest


def test_numbers_of_numpy_are_numbers(tiny: gt.Run, tmp_path: Path) -> None:
    """Each wherever a number may stand, and in what the folder says of them: would notice one that is refused."""
    numbers: dict[str, Any] = {"people": np.int32(40), "days": np.int64(1), "threads": np.uint8(1)}
    made = gt.run("newtown", np.int64(1), replicates=np.int16(2), out=tmp_path / "run", **numbers)
    assert made.digest == tiny.digest
    two = np.int64(2)
    turned = {"records.retention_days": 2}, {"records.retention_days": two}, {"records": {"retention_days": two}}
    digests = {gt.run("newtown", settings=settings, **TINY).digest for settings in turned}
    assert len(digests) == 1
    assert digests != {tiny.digest}


# ------------------------------------------------------------------ one digest
def test_threads_keeping_and_replicates_do_not_change_the_digest(tiny: gt.Run) -> None:
    again = gt.run("newtown", people=40, days=1, threads=3, keep=["captures", "trips"], replicates=2)
    assert again.digest == tiny.digest


def test_the_digest_is_the_same_wherever_the_files_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And whether they are named to the call, in a scenario, or found in GLASSTOWN_DATA; but their content counts."""
    text = "schema: 1\nid: cross\ntitle: Crossing\ntown: {{kind: streets, streets: {{file: {}}}}}\n"
    digests: list[str] = []
    for place in ("a", "b/c"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "cross.osm").write_bytes(CROSS)
        (tmp_path / place / "town.yaml").write_text(text.format("cross.osm"), encoding="utf-8")
        monkeypatch.chdir(tmp_path / place)
        digests.append(gt.run("town.yaml", **TINY).digest)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "by-path.yaml").write_text(text.format("b/c/cross.osm"), encoding="utf-8")
    digests.append(gt.run("by-path.yaml", **TINY).digest)
    digests.append(gt.run("a/town.yaml", streets="b/c/cross.osm", **TINY).digest)
    monkeypatch.setenv("GLASSTOWN_DATA", str(tmp_path / "a"))
    digests.append(gt.run("a/town.yaml", **TINY).digest)
    assert len(set(digests)) == 1
    (tmp_path / "a" / "cross.osm").write_bytes(CROSS + b"\n")
    assert gt.run("a/town.yaml", **TINY).digest not in digests


def test_only_the_name_of_a_file_is_in_the_digest() -> None:
    one, other, third = (
        load("newtown", changes={"town.kind": "streets", "town.streets.file": name})
        for name in ("a/x.osm", "/b/x.osm", "a/y.osm")
    )
    assert whole_digest(one, {}, "") == whole_digest(other, {}, "") != whole_digest(third, {}, "")


def test_a_file_is_found_as_named_or_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for file in ("data/cameras/a.csv", "data/b.csv", "b.csv"):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text("lon,lat\n", encoding="utf-8")
    monkeypatch.setenv("GLASSTOWN_DATA", "data")
    found = {name: locate(name, "cameras", "--cameras", "key") for name in ("a.csv", "b.csv", "data/b.csv")}
    assert found == {"a.csv": Path("data/cameras/a.csv"), "b.csv": Path("b.csv"), "data/b.csv": Path("data/b.csv")}
    for name, words in (("", "no cameras file is named"), ("c.csv", "'c.csv' is not there"), ("data", "is a folder")):
        said = problem_of(lambda name=name: locate(name, "cameras", "--cameras", "key"))
        assert said is not None
        assert words in said.what
        assert said.where == "key"


# ------------------------------------------------------------------ beforehand and meanwhile
def folder_mb(expected: Forecast) -> float:
    return expected.disk_mb - expected.journal_mb


def test_a_forecast_grows_with_what_there_is_to_do() -> None:
    base: dict[str, Any] = {"town.people": 10_000, "days": 7}
    small = forecast(load("newtown", changes=base), None)
    for more in (
        forecast(load("newtown", changes=base | {"town.people": 100_000}), None),
        forecast(load("newtown", changes=base | {"sensing.cameras.per_km": 200}), None),
        forecast(load("newtown", changes=base), None, replicates=5),
        forecast(load("newtown", changes=base | {"days": 700}), None),
    ):
        assert more.at(1.0).seconds > small.at(1.0).seconds
        # Of a long run no rows of everybody are held, which more than makes up for its records.
        assert more.memory_mb >= small.memory_mb or folder_mb(more) < folder_mb(small)
        assert more.journal_mb > small.journal_mb > 0
    assert forecast(load("newtown", changes=base), None, replicates=5, workers=4).memory_mb > 2 * small.memory_mb
    long, both = load("newtown", changes=base | {"days": 700}), ["captures", "trips"]
    assert folder_mb(forecast(long, None, keep=both)) > 2 * folder_mb(small)
    off = forecast(load("newtown", changes=base | {"sensing.cameras.kind": "none"}), None)
    assert off.at(1.0).seconds < small.at(1.0).seconds
    assert off.bare_s == 0
    assert set(small.document()) == {"seconds", "memory_mb", "disk_mb"}


@pytest.mark.parametrize(("base", "days"), [("newtown", 1), ("newtown", 3_000), ("busy-street", 1), ("myth", 1)])
def test_short_runs_and_long_ones_are_foreseen_at_the_pace_of_the_machine(
    base: str, days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine that takes three times as long for everything; a clock that ticks at each look stands for it."""

    def foreseen(tick: float) -> Forecast:
        ticks = itertools.count()
        monkeypatch.setattr(costs.time, "perf_counter", lambda: next(ticks) * tick)
        return kind_of(scenario).forecast(scenario, None)

    scenario = load(base, changes={"days": days} if base == "newtown" else {})
    usual, slow = foreseen(costs.price("probe")), foreseen(3 * costs.price("probe"))
    assert usual.pace == pytest.approx(1.0, abs=1e-9)
    assert slow.seconds == pytest.approx(3 * usual.seconds, rel=1e-9)


def test_a_forecast_knows_every_kind_of_town(tmp_path: Path) -> None:
    (tmp_path / "cross.osm").write_bytes(CROSS)
    changes: dict[str, object] = {"town.kind": "streets", "sensing.cameras.kind": "none"}
    real = load("newtown", changes=changes)
    ground = survey(real, {"streets": tmp_path / "cross.osm"})
    for expected in (forecast(real, ground), forecast(load("gt1"), None), forecast(load("one-camera"), None)):
        assert all(value > 0 for value in expected.document().values())


def bytes_of(table: type[Table]) -> int:
    return sum(np.dtype(column.dtype).itemsize for column in table.columns())


def test_a_long_list_is_foreseen_with_the_files_that_each_community_keeps_on_it() -> None:
    """At least what lies in the tables, and not several times that; would notice one community that is not counted."""

    def foreseen(people: int, **watchlist: object) -> Forecast:
        changes = {f"sensing.watchlist.{name}": value for name, value in watchlist.items()}
        own = {"system": "custom", "searching": 0, "fmr": 1e-6, "fnmr": 0.1}
        changes |= {f"sensing.recognition.{name}": value for name, value in own.items()}
        return forecast(load("newtown", changes={"town.people": people, **changes}), None)

    reference, file = bytes_of(t.References), bytes_of(t.Dossiers) + 8
    for people, communities in ((1_000, 1), (65_537, 2), (260_000, 4)):
        held = reference + communities * file
        short, long = foreseen(people, size=1_000), foreseen(people, size=5_001_000)
        assert held < (long.memory_mb - short.memory_mb) / 5 < 4 * held
        assert long.disk_mb > short.disk_mb + 5
        for part in ("life_s", "bare_s", "report_s"):
            assert getattr(long, part) / long.pace > getattr(short, part) / short.pace
    none, everybody = foreseen(100_000, size=0), foreseen(100_000, everybody=True)
    assert reference + file < (everybody.memory_mb - none.memory_mb) / 0.1 < 4 * (reference + file)


def test_what_searches_return_is_foreseen() -> None:
    """Many faces past a long list take more than both alone: some 500 B for each who resembles somebody on it."""

    def foreseen(base: str, **changes: object) -> Forecast:
        scenario = load(base, changes={key.replace("__", "."): value for key, value in changes.items()})
        return kind_of(scenario).forecast(scenario, None).at(1.0)

    faces, names = {"town__faces": 5_000_000}, {"sensing__watchlist__size": 3_000_000}
    alone = [foreseen("busy-street", **only) for only in (faces, names)]
    both = foreseen("busy-street", **faces, **names)
    assert both.memory_mb > sum(one.memory_mb for one in alone) + 1_000
    assert both.life_s > sum(one.life_s for one in alone) + 1
    own = {"sensing__recognition__system": "custom", "sensing__recognition__fnmr": 0.1, "town__people": 60_000}
    few, many = (foreseen("newtown", **own, sensing__recognition__fmr=fmr) for fmr in (1e-7, 1e-3))
    assert many.life_s > 2 * few.life_s
    assert many.memory_mb > few.memory_mb + 100
    assert many.journal_mb > few.journal_mb + 10


@pytest.mark.parametrize("base", ["newtown", "busy-street"])
def test_a_list_that_no_memory_can_hold_is_refused(base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With 8 GB free, on whatever system."""
    (tmp_path / "meminfo").write_text("MemAvailable: 8000000 kB\n")
    monkeypatch.setattr(machine, "_MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(machine, "_GROUP", tmp_path)
    scenario = load(base, changes={"sensing.watchlist.size": 2_000_000_000})
    for listed, refused in ((scenario, True), (load(base), False)):
        expected = kind_of(listed).forecast(listed, None)
        if refused:
            with pytest.raises(Problem, match="MB of memory") as told:
                refuse_too_large(expected)
            assert "a shorter list" in told.value.todo
        else:
            refuse_too_large(expected)


def test_only_what_does_not_fit_is_refused() -> None:
    free = free_memory_mb()
    if free is None:
        pytest.skip("the system does not say how much memory is free")
    assert free > 0
    refuse_too_large(Forecast(1, 1, 1, 0, 1, memory_mb=1, disk_mb=1))
    with pytest.raises(Problem, match=r"about 1,000,000,000,000 MB of memory") as caught:
        refuse_too_large(Forecast(1, 1, 1, 0, 1, memory_mb=1e12, disk_mb=1))
    assert caught.value.code == BAD_INPUT


def test_a_run_that_does_not_fit_on_the_disk_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    large = Forecast(1, 1, 1, 0, 1, memory_mb=1, disk_mb=1e12)
    refuse_too_large(large)
    with pytest.raises(Problem, match=r"about 1,000,000,000,000 MB of disk, and [\d,]+ MB are free") as caught:
        refuse_too_large(large, tmp_path / "not" / "there" / "yet")
    refuse_too_large(large, tmp_path, there_mb=1e12)
    assert caught.value.code == BAD_INPUT
    assert "choose another place (--out), or try fewer people" in str(caught.value)


def nothing_foreseen(_: Forecast) -> None:
    pytest.fail("the run has begun")


def test_a_place_that_is_taken_is_refused_before_anything_is_surveyed(tmp_path: Path) -> None:
    """Also where the place is known of the scenario alone, and before the extract is read for its cameras."""
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis.tex").touch()
    (tmp_path / "no.osm").write_bytes(b"not an extract")
    for out in (tmp_path / "theirs", lambda scenario: tmp_path / {"newtown": "theirs"}[scenario.id]):
        for streets in (None, tmp_path / "no.osm"):
            with pytest.raises(Problem, match="something else is there already") as caught:
                gt.run("newtown", 1, **TINY, streets=streets, foresee=nothing_foreseen, out=out)
            assert caught.value.code == BAD_FILE
    assert sorted(f.name for f in tmp_path.rglob("*")) == ["no.osm", "theirs", "thesis.tex"]


def test_peak_memory_is_that_of_this_process() -> None:
    before = peak_memory_mb()
    block = bytearray(int(before * 1e6) + 200_000_000)
    block[::4096] = b"x" * len(block[::4096])
    assert peak_memory_mb() >= before + 150
    assert before > 20


def test_a_run_tells_how_far_it_is(tiny: gt.Run) -> None:
    """Each part begins no earlier than the one before it, and the parts add up to what was foreseen."""
    told: list[tuple[str, float, float]] = []
    foreseen: list[Forecast] = []
    again = gt.run("newtown", replicates=3, progress=lambda *it: told.append(it), foresee=foreseen.append, **TINY)
    assert again.digest == tiny.digest
    done = [round(seconds, 9) for _, seconds, _ in told]
    assert done == sorted(done)
    assert {round(whole, 9) for _, _, whole in told} == {round(foreseen[0].seconds, 9)}
    words = [part for part, _, _ in told]
    assert words[0] == "building the town"
    assert words[-1] == "writing the report"
    assert "living, day 1 of 1" in words
    assert "without cameras, day 1 of 1" in words
    assert "replicates, 2 of 3" in words


def shown(progress: Progress, after: float) -> str:
    """Return the line some seconds after the last thing that was told."""
    return progress.line(time.monotonic() + after)


def test_what_remains_follows_the_pace_and_counts_down() -> None:
    with Progress(io.StringIO()) as progress:
        assert shown(progress, 0) == "starting"
        progress("building the town", 0, 40)
        assert shown(progress, 10) == "building the town, about 30 s left"
        assert shown(progress, 41) == "building the town, taking longer than expected"
        progress._began -= 30
        progress("living, day 1 of 2", 10, 40)
        assert shown(progress, 0) == "living, day 1 of 2, about 2 min left"
        progress("living, day 2 of 2", 20, 40)
        assert shown(progress, 0) == "living, day 2 of 2, about 30 s left"
        progress("writing", 0.01, 40)
        assert "h left" in shown(progress, 0)


def test_short_work_is_not_spoken_of() -> None:
    out = io.StringIO()
    with Progress(out) as progress:
        progress("living", 1, 2)
    assert out.getvalue() == ""
    assert core_progress.QUIET_SECONDS == 2.0


class Terminal(io.StringIO):
    """Text that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Gone(io.StringIO):
    """A terminal that has been closed."""

    def write(self, text: str) -> int:
        raise BrokenPipeError(text)


@pytest.mark.parametrize("columns", [200, 78, 40, 12, 0])
def test_one_line_is_rewritten_in_a_narrow_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No turn is as wide as a real terminal, the one that clears the line included; 0 is one that says no width."""
    monkeypatch.setattr(core_progress, "QUIET_SECONDS", 0.02)
    mine, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    with os.fdopen(theirs, "w") as out, Progress(out) as progress:
        progress._pause = 0.02
        progress("living reality, seed 1, day 300 of 1,000 in a town with a long name", 1, 2)
        said = b""
        while said.count(b"\r") < 4:
            said += os.read(mine, 4_096)
        progress.close()
        said += os.read(mine, 4_096)
    os.close(mine)
    turns = said.decode().split("\r")
    assert "\n" not in said.decode()
    assert len(turns) > 4
    room = min(columns - 1, 78) if columns else 78
    assert {len(turn) for turn in turns if turn} == {room}
    assert turns[1].startswith("living reality"[:room])
    assert turns[-2:] == [" " * room, ""]


def test_long_work_is_spoken_of_where_people_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line rewritten and cleared on a terminal, a line now and then elsewhere, nothing where nobody listens."""
    monkeypatch.setattr(core_progress, "QUIET_SECONDS", 0.02)
    for out, rewritten in ((io.StringIO(), False), (Terminal(), True), (Gone(), False)):
        threads = threading.active_count()
        with Progress(out) as progress:
            progress("living", 1, 2)
            deadline = time.monotonic() + 5
            while not out.getvalue() and not isinstance(out, Gone) and time.monotonic() < deadline:
                time.sleep(0.01)
        said = out.getvalue()
        assert threading.active_count() == threads
        assert ("living" in said) == (not isinstance(out, Gone))
        assert said.startswith("\r") == rewritten
        assert said.endswith("\r") == rewritten
        assert ("\n" in said) == (bool(said) and not rewritten)


def test_a_run_of_one_seed_is_a_run_of_that_seed(lived: gt.Run) -> None:
    assert lived.lived.seed == SEED
    assert lived.document()["seed"] == SEED
