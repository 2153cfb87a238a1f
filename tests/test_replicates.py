"""Replicates: facts and doubtful cameras vary, ranges hold intervals, and processes change nothing.

Smallest error noticed: one estimate that differs between one process and several; one drawn number that is the same in
two replicates; a doubtful camera that is there in every replicate or in none.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import glasstown as gt
from glasstown.core.errors import BAD_FILE, BAD_INPUT, Problem
from glasstown.core.estimates import Estimate
from glasstown.core.files import file_digest
from glasstown.core.keys import Key
from glasstown.scenario import Scenario, drawn, from_resolved, load, numbers, resolved
from glasstown.study import replicates
from glasstown.study.costs import price
from glasstown.study.kinds import kind_of
from glasstown.study.replicates import Job, estimate_of, jobs, live_all, lived
from tests.odd_files import CROSS
from tests.trials import NO_STACK

TINY: dict[str, Any] = {"people": 60, "days": 2}
N = 3


@pytest.fixture(scope="module")
def run() -> gt.Run:
    return gt.run("newtown", seed=4, threads=1, replicates=N, **TINY)


def test_ranges_are_filled_and_hold_the_intervals(run: gt.Run) -> None:
    wider = 0
    for m in run.metrics:
        assert (m.range_low is None) == (m.range_high is None)
        if m.range_low is None or m.range_high is None:
            continue
        assert m.low is not None
        assert m.value is not None
        assert m.high is not None
        assert 0 <= m.range_low <= m.low <= m.value <= m.high <= m.range_high
        wider += m.range_low < m.low or m.range_high > m.high
    assert wider > len(run.metrics) / 10
    for name in ("passes_per_person_day", "captures_per_person_day", "searches"):
        assert run.metric(name).range_high is not None
    assert all(m.range_low is None for m in run.counterfactual)


def test_one_replicate_has_no_range(run: gt.Run) -> None:
    alone = gt.run("newtown", seed=4, threads=1, **TINY)
    assert all(m.range_low is None for m in alone.metrics)
    assert [m.low for m in alone.metrics] == [m.low for m in run.metrics]
    assert alone.digest == run.digest


def test_processes_change_nothing(run: gt.Run) -> None:
    apart = gt.run("newtown", seed=4, threads=2, replicates=N, **TINY)
    assert apart.metrics == run.metrics
    assert apart.document()["peak_memory_mb"] > 100


def test_every_range_of_the_scenario_is_drawn_anew() -> None:
    scenario = load("newtown")
    ranged = {n.path for n in numbers(scenario) if n.low is not None and n.low != n.high}
    worlds = [
        {n.path: n.value for n in numbers(drawn(scenario, Key.from_seed(4)("replicate", number)("facts")))}
        for number in (1, 2)
    ]
    same = {path for path in worlds[0] if worlds[0][path] == worlds[1][path]}
    assert len(ranged) > 20
    assert len(ranged & same) <= 2, "whole numbers of a narrow range may coincide"
    balanced = {"sensing.recognition.fmr_by_group.a"}
    assert (worlds[0].keys() - ranged) - same == balanced, "what has no range stays, or keeps the mean of others"


def test_further_lives_are_other_lives(run: gt.Run) -> None:
    found = [lived(job) for job in jobs(run.scenario, 4, N, {}, {})]
    assert [job.number for job in jobs(run.scenario, 4, N, {}, {})] == [1, 2]
    assert found[0] != found[1]
    assert [(m.name, m.by, m.group) for m in found[0]] == [(m.name, m.by, m.group) for m in run.metrics]


def plain(document: Any) -> Any:
    """Take every range out of a scenario's document, so that facts are certain."""
    if not isinstance(document, dict):
        return document
    return {key: plain(value) for key, value in document.items() if key not in ("low", "high")}


def jobs_with(scenario: Scenario, replicates: int, **files: Path) -> list[Job]:
    """List the further lives of a run that has read these files as they are now."""
    return jobs(scenario, 1, replicates, files, {name: file_digest(path) for name, path in files.items()})


def test_a_vague_camera_is_there_in_some_replicates(tmp_path: Path) -> None:
    """One camera at the only crossing, facts certain: passed in every replicate, or, if the list is vague, in some."""
    (tmp_path / "cross.osm").write_bytes(CROSS)
    knobs: dict[str, object] = {
        **{"town.kind": "streets", "town.people": 30, "days": 1, "sensing.cameras.kind": "file"},
        **{"sensing.cameras.dead": 0, "sensing.cameras.working": 1, "sensing.cameras.dome": 1},
        **{"sensing.cameras.certainty_listed": 1, "sensing.cameras.certainty_vague": 0.5},
    }
    scenario = from_resolved(plain(resolved(load("newtown", changes=knobs))))
    assert not any(n.low is not None for n in numbers(scenario))
    passed: dict[str, list[bool]] = {}
    for sure, row in {"vague": "24.931,60.17,", "sure": "24.931,60.17,public"}.items():
        file = tmp_path / f"{sure}.csv"
        file.write_text(f"lon,lat,surveillance\n{row}\n", encoding="utf-8")
        work = jobs_with(scenario, 9, streets=tmp_path / "cross.osm", cameras=file)
        metrics = [{m.name: m.value for m in lived(job) if m.by is None} for job in work]
        passed[sure] = [bool(m["passes_per_person_day"]) for m in metrics]
    assert all(passed["sure"])
    assert 0 < sum(passed["vague"]) < 8


def test_what_is_wrong_in_a_process_is_said_in_this_one(tmp_path: Path) -> None:
    """The same problem, whether the job is done here or apart."""
    scenario = load("newtown", changes={"town.kind": "streets", "sensing.cameras.kind": "none"})
    work = jobs(scenario, 1, 2, {"streets": tmp_path / "gone.osm"}, {"streets": "0" * 64})
    said: list[dict[str, Any]] = []
    for workers in (1, 2):
        with pytest.raises(Problem) as caught:
            live_all(work, workers, lambda n: None)
        said.append(vars(caught.value))
    assert said[0] == said[1]
    assert said[0]["code"] == BAD_FILE


@pytest.mark.parametrize("workers", [1, 2])
def test_a_file_that_was_changed_meanwhile_is_refused(tmp_path: Path, workers: int) -> None:
    """Would notice ranges over cameras that the run has never seen."""
    (tmp_path / "cross.osm").write_bytes(CROSS)
    file = tmp_path / "cameras.csv"
    file.write_text("lon,lat\n24.931,60.17\n", encoding="utf-8")
    changes = {"town.kind": "streets", "town.people": 20, "days": 1, "sensing.cameras.kind": "file"}
    work = jobs_with(load("newtown", changes=changes), 2, streets=tmp_path / "cross.osm", cameras=file)
    assert live_all(work, workers, lambda n: None)[0]
    file.write_text("lon,lat\n24.932,60.17\n", encoding="utf-8")
    with pytest.raises(Problem, match="the cameras file is not the one that the run read") as caught:
        live_all(work, workers, lambda n: None)
    assert caught.value.code == BAD_FILE


def test_a_process_that_the_system_ended_is_named() -> None:
    started = replicates._start(Job(resolved(load("newtown")), 1, 7, {}, {}))
    os.kill(started.process.pid, signal.SIGKILL)
    started.process.wait()
    with pytest.raises(Problem, match=r"replicate 7 was ended by the system \(signal 9\)") as caught:
        replicates._result(started)
    assert "memory" in caught.value.why


@pytest.mark.parametrize(("n_full", "because"), [(1, "No space left on device"), (2, "it could not say why")])
def test_an_answer_that_does_not_fit_on_the_disk_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, n_full: int, because: str
) -> None:
    """The process is given a file that is always full to answer in, and perhaps another one to complain in."""
    scratch, given = replicates.scratch, list[Any]()

    def full() -> Any:
        given.append(open("/dev/full", "r+b", buffering=0) if len(given) < n_full else scratch())
        return given[-1]

    monkeypatch.setattr(replicates, "scratch", full)
    started = replicates._start(Job(resolved(load("newtown", changes={"town.people": 20, "days": 1})), 1, 7, {}, {}))
    assert started.process.wait() == BAD_FILE
    for file in given[:n_full]:
        monkeypatch.setattr(file, "read", bytes, raising=False)
    with pytest.raises(Problem, match=f"replicate 7 cannot be read or written: {because}") as caught:
        replicates._result(started)
    assert caught.value.code == BAD_FILE


def test_a_process_that_can_start_no_thread_says_so() -> None:
    """As where processes are limited; here no room is left for the stack of one."""
    job = Job(resolved(load("newtown", changes={"town.people": 20, "days": 1})), 1, 7, {}, {})
    code = f"import threading; from glasstown.study import replicates; threading.stack_size({NO_STACK}); "
    given = json.dumps(vars(job)).encode()
    done = subprocess.run([sys.executable, "-c", f"{code}replicates.main()"], input=given, capture_output=True)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["code"] == BAD_INPUT
    assert "no further thread" in answer["what"]
    assert "--threads 1" in answer["todo"]


def test_a_replicate_that_was_finished_is_taken_from_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """However the process ended afterwards."""
    found: list[Estimate] = []
    monkeypatch.setattr(replicates, "_done", lambda job: found)
    started = replicates._start(Job(resolved(load("newtown")), 1, 7, {}, {}))
    os.kill(started.process.pid, signal.SIGKILL)
    started.process.wait()
    assert replicates._result(started) is found


def test_estimates_come_back_from_text(run: gt.Run) -> None:
    assert tuple(estimate_of(m.document()) for m in run.metrics) == run.metrics


@pytest.mark.parametrize(
    ("words", "by"), [(["myth"], 0.12), (["crowd", "--set", "town.faces=6000000"], 0.15)], ids=["nation", "crowd"]
)
def test_this_process_and_its_workers_are_foreseen(words: list[str], by: float, tmp_path: Path) -> None:
    """Within 12 or 15 in a hundred: counted as two processes, or as three that are alike, they are 14 or 19 off."""
    # Who compiles a loop holds more: all are compiled by the first of the two.
    for lives in ("1", "3"):
        options = ["--replicates", lives, "--threads", "2", "--out", str(tmp_path / "out")]
        run = [sys.executable, "-m", "glasstown", "run", *words, *options]
        done = subprocess.run(run, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    said = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert said["forecast"]["memory_mb"] == pytest.approx(said["actual"]["memory_mb"], rel=by)


@pytest.mark.parametrize("words", ["myth", "crowd"])
def test_replicates_in_processes_are_foreseen_as_those_of_towns_are(words: str) -> None:
    """Two beside this one, of which neither holds what a report takes, and which start and slow each other down."""
    large: dict[str, object] = {"town.faces": 30_000_000} if words == "crowd" else {}
    scenario = load(words, changes=large)
    kind = kind_of(scenario)
    one, here, apart, many = (
        kind.forecast(scenario, kind.survey(scenario), replicates=replicates, workers=workers, threads=2)
        for replicates, workers in ((1, 1), (3, 1), (3, 2), (3, 8))
    )
    assert here.memory_mb == one.memory_mb
    each = (apart.memory_mb - one.memory_mb) / 2
    assert 50 < each < one.memory_mb - 80
    assert many.memory_mb == apart.memory_mb
    alone, beside = here.others_s / here.pace, apart.others_s / apart.pace
    assert beside == pytest.approx(alone * price("beside") / 2 + price("start"))
