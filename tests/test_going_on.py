"""What is foreseen of a run that goes on: what is left of it, in every kind of town, and no more.

Smallest error noticed: a life that is foreseen whole although all of it, or half of it, is in the journal.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import glasstown as gt
from glasstown.study import crowd_stream, nation_stream
from glasstown.study.forecast import Forecast
from glasstown.study.kinds import kind_of
from glasstown.study.unfinished import folder_of
from tests.worlds import communities_of

KINDS: dict[str, dict[str, Any]] = {
    "newtown": {"people": 300, "days": 8},
    "busy-street": {"days": 8, "settings": {"town.faces": 2_000}},
    "myth": {"people": 40_000, "days": 61},
}


class Ended(BaseException):
    """What a run that is ended does not live to see."""


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep everything that was lived at once."""
    for module in (crowd_stream, nation_stream):
        monkeypatch.setattr(module, "BETWEEN_S", -1.0)


def ended(place: Path, name: str, part: str, **more: Any) -> Forecast:
    """Run until a part is told, and return what was foreseen of the whole."""
    told: list[Forecast] = []

    def progress(words: str, *_: float) -> None:
        if words.startswith(part):
            raise Ended

    with pytest.raises(Ended):
        gt.run(name, 3, **KINDS[name] | more, threads=1, out=place, progress=progress, foresee=told.append)
    assert folder_of(place).is_dir()
    return told[0].at(1.0)


def gone_on(place: Path, **given: Any) -> tuple[Forecast, list[tuple[str, float, float]]]:
    """Resume, and return what was foreseen and how the way was told."""
    told: list[Forecast] = []
    way: list[tuple[str, float, float]] = []
    run = gt.resume(place, threads=1, foresee=told.append, progress=lambda *said: way.append(said), **given)
    assert run.lived.provenance["forecast"] == told[0].document()
    return told[0].at(1.0), way


@pytest.mark.parametrize("name", KINDS)
def test_a_life_that_was_lived_is_only_read(name: str, tmp_path: Path) -> None:
    with communities_of(100) if name == "newtown" else communities_of(1 << 16):
        whole = ended(tmp_path / "run", name, kind_of(gt.load(name)).bare)
        left, way = gone_on(tmp_path / "run")
    assert 0 < left.life_s < 0.51 * whole.life_s
    assert left.bare_s == pytest.approx(whole.bare_s)
    assert (left.memory_mb, left.disk_mb) == (pytest.approx(whole.memory_mb), pytest.approx(whole.disk_mb))
    done = [at for _, at, _ in way]
    assert all(after > before - 1e-9 for before, after in pairwise(done))
    assert done[-1] < way[-1][2]


def test_half_a_life_is_foreseen_as_the_other_half_and_some_reading(tmp_path: Path) -> None:
    whole = ended(tmp_path / "run", "newtown", "living, day 4 of 8")
    there = len(list(folder_of(tmp_path / "run").glob("life/*.day.block")))
    assert 4 <= there < 8
    left, way = gone_on(tmp_path / "run")
    missing = whole.life_s * (8 - there) / 8
    assert missing < left.life_s < missing + whole.life_s * there / 8 / 2
    pace = way[0][2] / left.seconds
    told = [at for words, at, _ in way if words.startswith("living, day")]
    assert told[-1] == pytest.approx(pace * (left.build_s + left.life_s))
    assert told[-1] - told[0] == pytest.approx(pace * missing * (len(told) - 1) / (8 - there))


def test_the_same_command_tells_what_is_left_too(tmp_path: Path) -> None:
    ended(tmp_path / "run", "newtown", "without cameras")
    way: list[tuple[str, float, float]] = []
    run = gt.run(
        "newtown", 3, **KINDS["newtown"], threads=1, out=tmp_path / "run", progress=lambda *said: way.append(said)
    )
    assert run.lived.provenance["forecast"]["seconds"] == round(way[-1][2], 1)
    assert way[-1][2] < way[0][2]


def test_replicates_that_are_finished_take_nothing(tmp_path: Path) -> None:
    """Of three further lives two were over, and the third was not begun."""
    whole = ended(tmp_path / "run", "newtown", "replicates, 3 of 4", replicates=4)
    left, way = gone_on(tmp_path / "run")
    assert left.others_s == pytest.approx(whole.others_s / 3)
    told = [at for words, at, _ in way if words.startswith("replicates")]
    assert told[-1] - told[0] == pytest.approx(way[0][2] / left.seconds * left.others_s)
