"""The laws, in a crowd: addresses, same bytes, blindness, edits, estimates, and folders that are not trusted.

Smallest error noticed: one bit of one integer of one block; one face that moves when another is added; one truth column
that reaches a decision; one estimate without its count or its groups.
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glasstown import crowds
from glasstown import tables as t
from glasstown.core.files import file_digest
from glasstown.crowds import Met
from glasstown.report.folder import MARK, PAGE
from glasstown.scenario import Scenario
from glasstown.state import CrowdDay
from glasstown.study.run import run_scenario
from tests.conftest import Command
from tests.crowds import SEED, crowd, lived, run
from tests.worlds import differing

# Nothing that depends on the whole crowd: nobody on the list passes, and no operator or case stands in the way.
APART: dict[str, object] = {
    "town.listed_present": 0,
    "sensing.operator.kind": "off",
    "sensing.case_minutes": 0,
    "judgement.remove_when_found": False,
}


# ------------------------------------------------------------------ 1 truth and belief
def test_decisions_do_not_see_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    """With every truth column of the outcomes turned round, the list loses the same references."""
    told = crowds.stop

    def scrambled(*given: Any) -> Any:
        outcomes, stopped = told(*given)
        turned = {"mated": ~outcomes.mated, "wrongly_listed": ~outcomes.wrongly_listed}
        return replace(outcomes, **turned, minutes_lost=outcomes.minutes_lost[::-1].copy()), stopped

    scenario = crowd({"days": 2})
    before = [part.decisions for _, _, day in lived(scenario) for part in day]
    monkeypatch.setattr(crowds, "stop", scrambled)
    after = [part.decisions for _, _, day in lived(scenario) for part in day]
    assert sum(map(len, before)) > 100
    assert differing(before, after) == []


# ------------------------------------------------------------------ 2 addresses
def check_nobody_is_disturbed(few: Scenario, more: Scenario) -> None:
    """Assert that the faces of the smaller crowd are the first of the larger one, with all that happened to them."""
    n = int(few.town.faces)
    one, other = lived(few)[0][2], lived(more)[0][2]
    for name in ("passers", "candidates", "alerts", "outcomes"):
        mine, theirs = (type(getattr(day[0], name)).concat([getattr(p, name) for p in day]) for day in (one, other))
        theirs = theirs.take(theirs.person < n)
        if name in ("passers", "candidates"):
            # The person of the last face may have had more faces taken.
            mine, theirs = mine.take(mine.person < n - 20), theirs.take(theirs.person < n - 20)
        assert len(mine) > 100
        assert differing(mine, theirs) == [], name


@pytest.mark.parametrize("more", [1, 70_000])
def test_more_faces_disturb_nobody(more: int) -> None:
    few = crowd({**APART, "town.faces": 65_536 + 40, "consequence.stop.taken_if_false": 0})
    check_nobody_is_disturbed(few, crowd({**APART, "town.faces": 65_576 + more, "consequence.stop.taken_if_false": 0}))


def test_one_more_person_on_the_list_leaves_the_others_where_they_were() -> None:
    few, more = (lived(crowd({"town.listed_present": n}))[0][2] for n in (40, 41))
    for one, other in zip(few, more, strict=True):
        who = set(one.likeness.person[one.likeness.enrolled >= 0].tolist())
        assert who <= set(other.likeness.person[other.likeness.enrolled >= 0].tolist())


def test_a_higher_rate_of_false_matches_adds_and_takes_nothing_away() -> None:
    low, high = (lived(crowd({**APART, "sensing.recognition.fmr": fmr}))[0][1] for fmr in (1e-6, 1e-5))
    for one, other in zip(low, high, strict=True):
        assert set(one.likeness.person.tolist()) < set(other.likeness.person.tolist())
        assert len(one.candidates) < len(other.candidates)


# ------------------------------------------------------------------ same bytes
def test_any_number_of_threads_gives_the_same_bytes() -> None:
    scenario = crowd({"days": 2, "town.faces": 200_000})
    digests = {run_scenario(scenario, SEED, threads=threads).digest for threads in (1, 2, 5)}
    assert len(digests) == 1
    assert run_scenario(scenario, SEED + 1).digest not in digests


def test_a_block_alone_is_the_block_among_others() -> None:
    """Where nobody on the list passes, a block is the same whether the crowd goes on behind it or not."""
    alone, among = (lived(crowd({**APART, "town.faces": 65_536 * n}))[0][1][0] for n in (1, 4))
    assert isinstance(alone, Met)
    assert differing(alone, among) == []


def test_every_block_counts_in_every_bit() -> None:
    """Signatures cover even people of whom nothing is kept: one face more of one person changes one of them."""
    one, other = (
        run_scenario(crowd({"town.faces": n, "sensing.cameras.kind": "none"}), SEED).life.signatures
        for n in (70_000, 70_001)
    )
    assert one[0] == other[0]
    assert one[1] != other[1]


# ------------------------------------------------------------------ 3 safeguards are edits
@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"consequence.stop.found": 0.1}, ("passers", "likeness", "candidates")),
        ({"sensing.operator.confirm_false": 0.9}, ("passers", "likeness", "candidates")),
        ({"judgement.remove_when_found": False}, ("passers", "likeness", "candidates", "alerts", "outcomes")),
    ],
    ids=lambda x: next(iter(x)) if isinstance(x, dict) else "",
)
def test_what_lies_before_a_knob_stays_bit_identical(change: dict[str, object], same: tuple[str, ...]) -> None:
    before, after = lived(crowd())[0][2], lived(crowd(change))[0][2]
    parts = [name for name in CrowdDay.__dataclass_fields__ if name not in ("day", "community")]
    for name in same:
        assert differing([getattr(d, name) for d in before], [getattr(d, name) for d in after]) == [], name
    rest = [name for name in parts if name not in same]
    assert any(differing([getattr(d, name) for d in before], [getattr(d, name) for d in after]) for name in rest)


def test_a_safeguard_of_the_catalogue_switches_a_crowd_off() -> None:
    from glasstown.scenario import load

    off = load(Path(__file__).parents[1] / "spec" / "valid" / "crowd.yaml", safeguards=["cameras-off"])
    found = {m.name: m.value for m in run_scenario(off, 1).metrics if m.by is None}
    assert found["searches"] == 0
    assert found["listed_people"] == 0


# ------------------------------------------------------------------ 6 estimates
def test_every_estimate_has_its_interval_its_count_and_its_groups() -> None:
    by_name: dict[str, set[Any]] = {}
    for m in run().metrics:
        by_name.setdefault(m.name, set()).add(m.by)
        if m.value is None:
            assert (m.n, m.low, m.high) == (0, None, None)
        else:
            assert m.low is not None
            assert m.high is not None
            assert m.low <= m.value <= m.high
            assert m.n > 0 or m.value == 0
    levels = {None, "age", "sex", "group", ("age", "sex"), ("sex", "group"), ("age", "group")}
    assert all(found == levels for found in by_name.values())
    true = [m for m in run().metrics if m.name == "true_alerts" and m.by is None]
    assert all(one.low < one.value < one.high for one in true if one.low is not None and one.value and one.high)


# ------------------------------------------------------------------ 7 nothing read back is trusted
@pytest.fixture
def folder(tmp_path: Path) -> Path:
    import glasstown as gt

    return gt.Run(run()).save(tmp_path / "crowd")


def test_a_folder_is_repeated_reported_and_refused_when_it_was_changed(folder: Path, command: Command) -> None:
    assert command("report", folder).out == f"report: {folder / PAGE}\n"
    again = command("rerun", folder)
    assert again.code == 0
    assert again.out == f"same digest: {run().digest}\n"

    document = json.loads((folder / MARK).read_text(encoding="utf-8"))
    whole = (folder / MARK).read_text(encoding="utf-8")
    document["signatures"] = [[*s[:2], "0" * 64] for s in document["signatures"]]
    (folder / MARK).write_text(json.dumps(document), encoding="utf-8")
    refused = command("report", folder)
    assert refused.code != 0
    assert "comes out otherwise when lived again" in refused.err

    (folder / MARK).write_text(whole, encoding="utf-8")
    estimates = folder / "metrics.json"
    told = json.loads(estimates.read_text(encoding="utf-8"))
    next(m for m in told["metrics"] if m["name"] == "false_alerts")["value"] += 1
    estimates.write_text(json.dumps(told), encoding="utf-8")
    document = json.loads(whole)
    document["files"]["metrics.json"] = file_digest(estimates)
    (folder / MARK).write_text(json.dumps(document), encoding="utf-8")
    assert "metrics.json" in command("report", folder).err


def test_a_table_that_is_missing_from_the_list_is_refused(folder: Path, command: Command) -> None:
    document = json.loads((folder / MARK).read_text(encoding="utf-8"))
    del document["files"]["tables/tallies.parquet"]
    (folder / MARK).write_text(json.dumps(document), encoding="utf-8")
    assert "is not what a run writes" in command("report", folder).err


def test_a_run_that_was_ended_goes_on_to_the_same_bytes(tmp_path: Path, command: Command) -> None:
    def ended(part: str, done_s: float, of_s: float) -> None:
        del done_s, of_s
        if "day 1 of 2" in part:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_scenario(run().scenario, SEED, journal=tmp_path / "ended", progress=ended)
    assert command("resume", tmp_path / "ended").code == 0
    document = json.loads((tmp_path / "ended" / MARK).read_text(encoding="utf-8"))
    assert document["resumed"] is True
    assert document["digest"] == run().digest


def test_nothing_of_the_order_of_blocks_reaches_the_control_room() -> None:
    """Candidates reach the room by minute, whichever block they come from."""
    [(_, met, day)] = lived(crowd({"sensing.operator.kind": "off", "sensing.case_minutes": 0}))
    assert len(met) == 2
    for part in day:
        minutes = part.alerts.minute.tolist()
        assert all(a <= b for a, b in pairwise(minutes))
        assert len(minutes) > 40
    assert np.array_equal(np.unique(day[1].alerts.person // t.COMMUNITY_SIZE), [1])
