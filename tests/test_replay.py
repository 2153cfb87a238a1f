"""Testing a run folder takes a part of a life: how long is said beforehand, and how far it is meanwhile.

Smallest error noticed: one day of the life more or less, and a town that is foreseen as kept.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import glasstown as gt
from glasstown import prepare as preparing
from glasstown import simulate, terminal
from glasstown.core import machine
from glasstown.core.errors import Problem
from glasstown.report.replay import replay
from glasstown.study import costs, rows
from glasstown.study import forecast as foreseeing
from glasstown.study.forecast import Forecast
from glasstown.study.kinds import kind_of
from tests.conftest import Command

DAYS = 6
KINDS: dict[str, dict[str, Any]] = {
    "newtown": {"people": 200, "days": DAYS},
    "busy-street": {"days": DAYS, "settings": {"town.faces": 2_000}},
    "myth": {"people": 40_000, "days": 61},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("replay") / "run"
    gt.run("newtown", 2, **KINDS["newtown"], threads=1, out=place)
    return place


@pytest.fixture
def usual_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreseeing, "pace_now", lambda *_: 1.0)
    monkeypatch.setattr(costs, "not_compiled", lambda part: [])


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.usefixtures("usual_pace")
def test_what_is_lived_again_is_foreseen_and_told(name: str, tmp_path: Path) -> None:
    run = gt.run(name, 2, **KINDS[name], threads=1, out=tmp_path / "run")
    foreseen: list[Forecast] = []
    way: list[tuple[str, float, float]] = []
    replay(tmp_path / "run", {}, threads=1, foresee=foreseen.append, progress=lambda *said: way.append(said))
    whole, (part,) = kind_of(run.scenario).forecast(run.scenario, None), foreseen
    assert (part.bare_s, part.disk_mb, part.journal_mb) == (0, 0, 0)
    assert (part.report_s, part.memory_mb) == (whole.report_s, whole.memory_mb)
    done = [at for _, at, _ in way]
    assert done == sorted(done)
    assert [of for _, _, of in way] == [part.seconds] * len(way)
    assert done[-1] == pytest.approx(part.build_s + part.life_s)
    last = [words for words, _, _ in way if words.startswith("living again, day")]
    assert len(last) == (0 if name == "myth" else round(DAYS * part.life_s / whole.life_s))
    assert last[-1:] == ([] if name == "myth" else [f"living again, day {len(last)} of {len(last)}"])
    assert 0 < part.life_s <= whole.life_s


@pytest.mark.usefixtures("usual_pace")
def test_a_folder_is_tested_on_a_town_built_from_nothing_and_foreseen_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLASSTOWN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(preparing, "FEWEST_KEPT", 1)
    run = gt.run("newtown", 2, **KINDS["newtown"], threads=1, out=tmp_path / "run")
    foreseen: list[Forecast] = []
    built, real = list[int](), preparing.build_towns
    monkeypatch.setattr(preparing, "build_towns", lambda *given: built.append(1) or real(*given))
    replay(tmp_path / "run", {}, threads=1, foresee=foreseen.append)
    assert len(built) == 1
    reopened = kind_of(run.scenario).forecast(run.scenario, None, seed=2)
    assert foreseen[0].build_s > reopened.build_s


def test_what_does_not_fit_is_refused_before_anything_is_built(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "meminfo").write_text("MemAvailable: 8000 kB\n")
    monkeypatch.setattr(machine, "_MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(machine, "_GROUP", tmp_path)
    told: list[object] = []
    with pytest.raises(Problem, match=r"living a day of this run again would take about .* MB of memory"):
        replay(folder, {}, foresee=told.append, progress=lambda *said: told.append(said))
    assert told == []


@pytest.mark.parametrize("keep", [[], ["captures"]])
def test_what_the_run_has_not_written_out_is_not_written_again(
    keep: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a large run; what was kept on request is compared all the same."""
    monkeypatch.setattr(rows, "ROWS_KEPT", 100)
    gt.run("newtown", 2, **KINDS["newtown"], threads=1, keep=keep, out=tmp_path / "run")
    wrote, real = list[bool](), simulate.step
    monkeypatch.setattr(simulate, "step", lambda *a, **how: wrote.append(how["rows"]) or real(*a, **how))
    replay(tmp_path / "run", {}, threads=1)
    assert set(wrote) == {bool(keep)}
    if keep:
        table = tmp_path / "run" / "tables" / "captures.parquet"
        assert table.is_file()
        assert "captures" not in json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["not_kept"]


def test_a_command_foretells_only_the_disk_that_it_will_use(
    folder: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of a test or of a run that is only repeated; of a run that is written once more, no journal."""
    monkeypatch.setattr(terminal, "WORTH_SAYING_S", 0.0)
    copied = Path(shutil.copytree(folder, tmp_path / "run"))
    for words in (["report", copied, "--threads", "1"], ["rerun", copied]):
        said = command(*words)
        assert said.code == 0
        assert "MB of memory" in said.err
        assert "of disk" not in said.err
    said = command("rerun", copied, "--out", tmp_path / "other")
    assert "MB of disk" in said.err
    assert "given back" not in said.err
