"""Each law is broken once on purpose, in the engine itself, and the law's own check must go red."""

from __future__ import annotations

import importlib
import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glasstown.tables as t
from glasstown import simulate
from glasstown.core import keys
from glasstown.core.keys import Key
from glasstown.core.quantity import assume
from glasstown.metrics.conservation import Inconsistent
from glasstown.report import folder as run_folder
from glasstown.report import replay as replaying
from glasstown.report.folder import write_folder
from glasstown.scenario import from_resolved, headline, load, numbers, resolved
from glasstown.state import SeenCaptures
from glasstown.study import day_town, diary, reading
from glasstown.study import life as lives
from glasstown.study import run as runs
from glasstown.study.run import run_scenario
from tests import test_journal as journals
from tests.laws import test_1_truth_and_belief as law_1
from tests.laws import test_2_addresses as law_2
from tests.laws import test_3_safeguards_are_edits as law_3
from tests.laws import test_4_numbers as law_4
from tests.laws import test_5_short_and_complete as law_5
from tests.laws import test_6_estimates as law_6
from tests.laws import test_7_nothing_read_back_is_trusted as law_7
from tests.laws import test_same_bytes as same_bytes
from tests.worlds import LOUD, SEED, place_of, run, town

Patch = pytest.MonkeyPatch


def red(check: Callable[..., Any], *given: Any) -> None:
    """Expect a law's check to fail, and to fail by its own assertion."""
    with pytest.raises(AssertionError) as caught:
        check(*given)
    assert caught.traceback[-1].name not in ("red", "<module>")


# ------------------------------------------------------------------ 1 truth and belief
def test_rows_handed_over_in_the_order_of_persons_are_red(monkeypatch: Patch) -> None:
    def handed_over(faces: t.Faces, alerts: t.Alerts, outcomes: t.Outcomes, tie: Key) -> Any:
        device = (faces.packed >> 11).astype(np.int32)
        return (
            SeenCaptures(
                t.SeenDevices(device, np.ones_like(device)), t.SeenMinutes((faces.packed & 2047).astype(np.int16))
            ),
            t.SeenAlerts(alerts.device, alerts.minute, alerts.reference),
            t.SeenOutcomes(outcomes.device, outcomes.minute, outcomes.reference, outcomes.outcome),
        )

    monkeypatch.setattr(simulate, "handed_over", handed_over)
    red(law_1.check_blindfold, LOUD)


def test_a_stage_that_acts_on_who_really_appeals_is_red(monkeypatch: Patch) -> None:
    decide = simulate.decide

    def decided(rated: Any, reports: Any, granted: t.Appeals, active: Any, knobs: Any) -> Any:
        fair = granted.take(granted.person % 2 == 0)
        return decide(rated, reports, fair, active, knobs)

    monkeypatch.setattr(simulate, "decide", decided)
    red(law_1.check_blindfold, law_1.APPEALS_DECIDE)


def test_a_hand_over_that_leaks_whether_an_alert_is_right_is_red(monkeypatch: Patch) -> None:
    over = simulate.handed_over

    def leaking(faces: t.Faces, alerts: t.Alerts, outcomes: t.Outcomes, tie: Key) -> Any:
        return over(faces, alerts.take(alerts.mated), outcomes, tie)

    monkeypatch.setattr(simulate, "handed_over", leaking)
    red(law_1.check_blindfold, LOUD)


def test_a_hand_over_that_keeps_the_order_within_a_minute_is_red() -> None:
    def by_minute(alerts: t.Alerts) -> t.SeenAlerts:
        order = np.lexsort((alerts.minute, alerts.device))
        return t.SeenAlerts(alerts.device[order], alerts.minute[order], alerts.reference[order])

    red(law_1.check_order_carries_nothing, by_minute)


# ------------------------------------------------------------------ 2 addresses
def positional(stage: Callable[..., Any]) -> Callable[..., Any]:
    """Let a device miss each eighth face by the face's position among the day's captures."""

    def capture(*given: Any) -> Any:
        seen = stage(*given)
        missed = given[-1]("blink").bits(np.arange(len(seen.captures))) < np.uint64(1 << 29)
        return seen._replace(captures=seen.captures.take(~missed))

    return capture


def test_a_draw_addressed_by_position_is_red(monkeypatch: Patch) -> None:
    place = place_of("capture")
    monkeypatch.setattr(place, "capture", positional(place.capture))
    red(law_2.check_nobody_is_disturbed, law_2.without_the_first, {0})
    red(law_2.check_one_more_camera)


def test_a_stage_that_counts_the_rows_before_it_is_red() -> None:
    def third(captures: t.Captures) -> t.Captures:
        return captures.take(np.arange(len(captures)) % 3 == 0)

    ids = np.arange(60)
    captures = t.Captures.of(person=ids, trip=ids % 7, device=ids % 5, minute=600 + ids)
    law_2.check_stage_order(lambda c: c.take(c.person % 3 == 0), captures)
    red(law_2.check_stage_order, third, captures)


def test_a_generator_that_takes_turns_is_red(monkeypatch: Patch) -> None:
    turn = iter(range(1_000_000))
    place = place_of("working")
    working = place.working
    monkeypatch.setattr(
        place, "working", lambda devices, knobs, key: working(devices, knobs, key("turn", next(turn) // 3))
    )
    red(law_2.check_repeatable, lambda: None)


def test_the_path_of_a_key_that_is_not_read_is_red(monkeypatch: Patch) -> None:
    derived = keys._derived
    monkeypatch.setattr(keys, "_derived", lambda path: derived(path.rpartition(b"/")[0] or path))
    red(law_2.test_each_word_of_a_path_and_each_id_counts)


# ------------------------------------------------------------------ 3 safeguards are edits
def test_a_safeguard_that_moves_the_dice_is_red(monkeypatch: Patch) -> None:
    """A run's key that depends on the scenario: the error that unpairs every comparison."""
    step = simulate.step
    monkeypatch.setattr(
        simulate, "step", lambda state, s, key: step(state, s, key("retention", int(s.records.retention_days)))
    )
    red(law_3.check_first_day, "records.retention_days")
    red(law_3.check_whole_run, "records.retention_days")


def test_a_safeguard_that_reaches_upstream_is_red(monkeypatch: Patch) -> None:
    """Where hardly anything is confirmed, cameras are switched off at night: sensible, but not what the knob says."""
    step = simulate.step

    def stepped(state: Any, scenario: Any, key: Key) -> Any:
        if float(scenario.sensing.operator.confirm_false) <= 0.01:
            scenario = law_5.edited(scenario, ("sensing", "cameras", "night"), lambda _: assume(0))
        return step(state, scenario, key)

    law_3.check_first_day("sensing.operator.confirm_false")
    monkeypatch.setattr(simulate, "step", stepped)
    red(law_3.check_first_day, "sensing.operator.confirm_false")


def test_a_threshold_that_draws_anew_is_red(monkeypatch: Patch) -> None:
    place = place_of("compare")
    compare = place.compare

    def anew(captures: Any, searching: Any, people: Any, gallery: Any, point: Any, key: Key) -> Any:
        return compare(captures, searching, people, gallery, point, key("at", str(point.tpir[0])))

    low, high = (town(days=1, changes={**LOUD, "sensing.recognition.fnmr": fnmr}) for fnmr in (0.1, 0.3))
    law_3.check_only_removes(low, high)
    monkeypatch.setattr(place, "compare", anew)
    red(law_3.check_only_removes, low, high)


# ------------------------------------------------------------------ 4 numbers
def test_a_kind_of_number_that_is_not_listed_is_red(monkeypatch: Patch) -> None:
    module = importlib.import_module("glasstown.scenario.numbers")
    leaves = module.leaves
    monkeypatch.setattr(
        module, "leaves", lambda tree: (leaf for leaf in leaves(tree) if leaf[1].kind != "whole" or leaf[0] == "days")
    )
    scenario = load("newtown")
    red(law_4.check_numbers, law_4.complete(scenario), law_4.every(scenario), headline(scenario))


def test_an_assumption_called_a_fact_is_red(monkeypatch: Patch) -> None:
    module = importlib.import_module("glasstown.scenario.numbers")
    before = numbers(load("newtown"))
    scenario = load("newtown", changes={"town.day.trips_per_day": 3})
    sourced = {n.path: n.fact for n in before}
    monkeypatch.setattr(module, "numbers", lambda s: [replace(n, fact=sourced[n.path]) for n in numbers(s)])
    listed = module.numbers(scenario) + module.brought(scenario)
    red(law_4.check_numbers, law_4.complete(scenario), listed, headline(scenario))
    red(law_4.check_facts, module.numbers(scenario))


def test_numbers_of_a_system_that_are_left_out_are_red(monkeypatch: Patch) -> None:
    module = importlib.import_module("glasstown.scenario.numbers")
    monkeypatch.setattr(module, "brought", lambda s: [])
    scenario = load("newtown")
    red(law_4.check_numbers, law_4.complete(scenario), numbers(scenario), headline(scenario))


# ------------------------------------------------------------------ 5 short and complete
def test_unknown_keys_that_are_passed_over_are_red(monkeypatch: Patch, tmp_path: Path) -> None:
    walk = importlib.import_module("glasstown.scenario.walk")
    section = walk._section

    def lenient(given: Any, here: Any, path: Any, flaws: Any, look_up: bool) -> Any:
        known = {k: v for k, v in given.items() if k in here.keys} if isinstance(given, dict) else given
        return section(known, here, path, flaws, look_up)

    law_5.check_unknown_key(("town",), load, tmp_path / "town.yaml")
    monkeypatch.setattr(walk, "_section", lenient)
    for at in ((), ("town",), ("sensing", "recognition")):
        red(law_5.check_unknown_key, at, load, tmp_path / "town.yaml")


def test_a_document_that_rounds_is_red() -> None:
    def rounded(scenario: Any) -> dict[str, Any]:
        document = resolved(scenario)
        fmr = document["sensing"]["recognition"]["fmr"]
        fmr["value"] = float(f"{fmr['value']:.1g}")
        return document

    custom = {"system": "custom", "fmr": 1.2345e-6, "fnmr": 0.1}
    odd = load("newtown", changes={f"sensing.recognition.{key}": value for key, value in custom.items()})
    law_5.check_complete(odd)
    red(law_5.check_complete, odd, rounded)


@pytest.mark.parametrize("blind_to", ["inputs", "tables", "records", "judgement.rating.by_device"])
def test_a_digest_that_is_blind_to_something_is_red(blind_to: str) -> None:
    def digest(scenario: Any, inputs: dict[str, str], tables: str) -> str:
        seen = scenario
        if blind_to == "records":
            seen = scenario.model_copy(update={"records": town().records})
        if blind_to == "judgement.rating.by_device":
            seen = law_5.edited(scenario, ("judgement", "rating", "by_device"), lambda _: False)
        return runs.whole_digest(seen, {} if blind_to == "inputs" else inputs, "" if blind_to == "tables" else tables)

    red(law_5.check_digest, digest)


# ------------------------------------------------------------------ 6 estimates
def test_an_undefined_estimate_that_is_not_a_number_is_red(monkeypatch: Patch) -> None:
    """The law's check is red, and so is the check that runs in every run."""
    estimates = reading.estimates

    def with_nan(*given: Any) -> list[Any]:
        found = estimates(*given)
        return [replace(e, value=math.nan, low=math.nan, high=math.nan) if e.value is None else e for e in found]

    scenario = town(people=60, days=1, changes={"sensing.cameras.kind": "none"})
    monkeypatch.setattr(reading, "estimates", with_nan)
    with pytest.raises(Inconsistent):
        run_scenario(scenario, SEED)
    monkeypatch.setattr(day_town.conservation, "check", lambda *_: None)
    red(law_6.check_numbers, run_scenario(scenario, SEED).metrics, False)


def test_ranges_narrower_than_their_intervals_are_red(monkeypatch: Patch) -> None:
    ranged = runs.with_ranges

    def narrow(*given: Any) -> list[Any]:
        return [replace(e, range_low=e.value, range_high=e.value) for e in ranged(*given)]

    monkeypatch.setattr(runs, "with_ranges", narrow)
    red(law_6.check_numbers, run_scenario(town(), SEED, replicates=2).metrics, True)


def test_a_group_that_is_forgotten_is_red() -> None:
    groups = tuple(run().scenario.town.groups)
    red(law_6.check_groups, [e for e in run().metrics if e.group != groups[-1]], groups)


# ------------------------------------------------------------------ 7 nothing read back is trusted
@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("runs") / "loud"
    write_folder(run(), place)
    return place


@pytest.fixture
def written(once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(once, tmp_path / "run"))


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> law_7.Command:
    return partial(law_7.command, capsys, "report")


def test_a_folder_that_is_taken_without_living_a_day_again_is_red(
    monkeypatch: Patch, written: Path, report: law_7.Command
) -> None:
    law_7.alter(written, "alerts", "mated", law_7.DAY)
    law_7.check_refused(report, written, "tables/alerts.parquet")
    monkeypatch.setattr(replaying, "replay", lambda folder, files, **how: run_folder.check_files(folder))
    red(law_7.check_refused, report, written, "tables/alerts.parquet")


def test_a_folder_whose_files_are_not_looked_at_is_red(
    monkeypatch: Patch, written: Path, report: law_7.Command
) -> None:
    shutil.copy(written / "metrics.csv", written / "metrics.csv.bak")
    (written / "metrics.csv").write_bytes((written / "metrics.csv.bak").read_bytes()[:-1])
    (written / "metrics.csv.bak").unlink()
    law_7.check_refused(report, written, "metrics.csv")
    monkeypatch.setattr(replaying, "check_files", lambda folder: run_folder.read_json(folder / run_folder.MARK))
    red(law_7.check_refused, report, written, "metrics.csv")


# ------------------------------------------------------------------ same bytes
def test_a_community_that_lives_by_who_lived_before_it_is_red(monkeypatch: Patch) -> None:
    turn = iter(range(1_000_000))
    place = place_of("live")
    live = place.live
    monkeypatch.setattr(place, "live", lambda *given: live(*given[:-1], given[-1]("turn", next(turn) % 5)))
    red(same_bytes.check_partition, [[4, 3, 2, 1, 0]])


def test_commons_read_before_the_day_is_closed_are_red(monkeypatch: Patch) -> None:
    """What one community takes off the list today must not be missing for the next one today."""
    step = simulate.step
    taken: dict[int, Any] = {}

    def hasty(state: Any, scenario: Any, key: Key) -> Any:
        early = taken.get(state.day, 0)
        after, day = step(
            replace(state, commons=replace(state.commons, removed=state.commons.removed + early)), scenario, key
        )
        taken[state.day] = early + after.commons.removed
        return after, day

    def check() -> None:
        taken.clear()
        same_bytes.check_partition([[4, 3, 2, 1, 0]])

    check()
    monkeypatch.setattr(simulate, "step", hasty)
    red(check)


def test_a_life_that_depends_on_the_number_of_threads_is_red(monkeypatch: Patch) -> None:
    told: list[int] = []
    pool, step = lives.ThreadPoolExecutor, lives.step

    def opened(threads: int) -> Any:
        told.append(threads)
        return pool(threads)

    monkeypatch.setattr(lives, "ThreadPoolExecutor", opened)
    monkeypatch.setattr(lives, "step", lambda state, s, key, **how: step(state, s, key("on", told[-1]), **how))
    red(same_bytes.check_threads, 2)


def test_a_document_that_was_not_resolved_is_refused() -> None:
    """The companion of law 5: what `from_resolved` takes is complete, or it is no document."""
    document = resolved(town())
    assert from_resolved(document) == town()
    del document["records"]["retention_days"]
    said = law_5.problem_of(lambda: from_resolved(document))
    assert said is not None
    assert "not complete" in str(said)


# ------------------------------------------------------------------ a journal is not trusted either
@pytest.mark.parametrize("what", ["everybody's trips", "a rating", "a device"])
def test_a_journal_that_is_taken_without_living_a_day_again_is_red(
    tmp_path: Path, monkeypatch: Patch, what: str
) -> None:
    journals.killed(tmp_path / "run", monkeypatch, journals.DAY + 1)
    monkeypatch.setattr(diary.Diary, "_live_again", lambda *_: None)
    red(journals.check_refused, tmp_path / "run", what)


def test_a_journal_whose_signatures_are_not_looked_at_is_red(tmp_path: Path, monkeypatch: Patch) -> None:
    """A row of a day that is not lived again: only its signature tells."""
    journals.killed(tmp_path / "run", monkeypatch, journals.DAY + 1)
    said = journals.blocks_of(tmp_path / "run", "day")[0]
    journals.alter(tmp_path / "run", said, journals.add_one("rows.alerts.minute"))

    def check() -> None:
        assert journals.worlds.problem_of(lambda: journals.gt.resume(tmp_path / "run")) is not None

    check()
    monkeypatch.setattr(diary, "signed", lambda *_: journals.Anything())
    red(check)
