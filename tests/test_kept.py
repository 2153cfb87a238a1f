"""Built towns are kept: the same bytes fresh or reopened, never trusted when damaged, never without end.

Smallest error noticed: one bit of one byte of a kept file; one person's age in a file that was signed anew.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import glasstown
import glasstown as gt
from glasstown import prepare as preparing
from glasstown import tables as t
from glasstown.core import kept
from glasstown.core.errors import Problem
from glasstown.core.kept import LIMIT, kept_or_made, leaving_room, name_of
from glasstown.core.keys import Key
from glasstown.prepare import Kept, Settled, devices_of, kept_of, settle_people, survey, watch
from glasstown.scenario import Scenario
from glasstown.study import costs
from glasstown.study import forecast as foreseeing
from glasstown.study.day_town import DAY_TOWN
from glasstown.study.forecast import Forecast, forecast
from glasstown.study.run import Run, run_scenario
from glasstown.terminal import tell
from glasstown.town.build import as_invented
from tests.mishaps import disk, read_only
from tests.worlds import LOUD, SEED, communities_of, on_a_cross, town

ALIKE: dict[str, object] = {"sensing.recognition.fmr_by_group": {}, "sensing.recognition.fnmr_by_group": {}}
DOUBT = Key.from_seed(1)("plan", "doubt")
CAMERAS = {**LOUD, "sensing.cameras.per_km": 20}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep even small towns, and keep them here."""
    monkeypatch.setenv("GLASSTOWN_CACHE", str(tmp_path))
    monkeypatch.delenv(LIMIT, raising=False)
    monkeypatch.setattr(preparing, "FEWEST_KEPT", 1)
    return tmp_path / "kept"


def settled(seed: int = SEED, people: int = 300) -> Settled:
    scenario = town(people=people, changes=CAMERAS)
    return settle_people(scenario, survey(scenario), Key.from_seed(seed), keep=True)


def same(one: Settled, other: Settled) -> bool:
    parts = zip(one.towns, other.towns, strict=True)
    towns = all(a.people.same(b.people) and a.habits.same(b.habits) and a.tokens.same(b.tokens) for a, b in parts)
    return towns and one.routes.same(other.routes) and one.steps.same(other.steps)


def lived() -> Run:
    return run_scenario(town(changes=CAMERAS), SEED)


# ------------------------------------------------------------------ the same bytes
def test_a_reopened_town_lives_the_same_life(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LIMIT, "0")
    never = lived()
    assert not folder.exists()
    monkeypatch.delenv(LIMIT)
    fresh = lived()
    assert len(list(folder.glob("*.arrays"))) == 2
    for name in ("build_towns", "compile_passes"):
        real = getattr(preparing, name)
        monkeypatch.setattr(preparing, name, lambda *a, real=real: only_without_cameras(real, *a))
    warm = lived()
    assert never.digest == fresh.digest == warm.digest
    assert never.metrics == fresh.metrics == warm.metrics


def only_without_cameras(real: Callable[..., object], *given: object) -> object:
    """The life without cameras has nothing to keep; anything else must have been reopened."""
    devices = next((part for part in given if isinstance(part, t.Devices)), None)
    assert devices is not None
    assert len(devices) == 0
    return real(*given)


def test_communities_tables_and_passes_come_back(folder: Path) -> None:
    scenario = town(changes=CAMERAS)
    ground = survey(scenario)
    with communities_of(60):
        one = settled()
        other = settled()
    assert len(one.towns) == 5
    assert one.name == other.name
    assert same(one, other)
    seen, again = (watch(scenario, ground, part) for part in (one, other))
    assert len(seen.passes.first) == len(one.routes) + 1
    assert name_of(seen.passes) == name_of(again.passes)
    assert seen.devices.same(again.devices)
    assert seen.posts.same(again.posts)
    assert len(list(folder.glob("*.arrays"))) == 2


def test_what_is_reopened_may_be_written_to_and_the_file_stays(folder: Path) -> None:
    settled()
    settled().towns[0].people.age[:] = 0
    assert settled().towns[0].people.age.any()


def arms_of_two_towns() -> list[Scenario]:
    """A town, the same under another threshold, another town, and the first one under other rules again."""
    turned = ({}, {"sensing.recognition.fmr": 1e-4}, {"town.day.trips_per_day": 2.9}, {"records.retention_days": 1})
    return [town(changes={**CAMERAS, **one}) for one in turned]


def test_arms_that_share_a_town_settle_it_once_a_seed_and_say_the_same_kept_or_not(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would notice a town that is built twice, or the town of another seed."""
    arms, built, real = arms_of_two_towns(), list[int](), preparing.build_towns
    monkeypatch.setattr(preparing, "build_towns", lambda *given: built.append(len(built)) or real(*given))
    monkeypatch.setenv(LIMIT, "0")
    never = glasstown.compare(*arms, seed=SEED, seeds=2)
    assert (len(built), folder.exists()) == (4, False)
    monkeypatch.delenv(LIMIT)
    fresh = glasstown.compare(*arms, seed=SEED, seeds=2)
    assert len(built) == 8
    warm = glasstown.compare(*arms, seed=SEED, seeds=2)
    assert len(built) == 8, "all were reopened"
    assert never.lines == fresh.lines == warm.lines


def test_each_arm_says_what_a_run_of_its_own_says() -> None:
    """Every quantity of every arm, to the last digit; would notice a town that an arm before has changed."""
    arms = arms_of_two_towns()
    lines = glasstown.compare(*arms, seed=SEED, seeds=1).lines
    for i, scenario in enumerate(arms):
        alone = {(e.name, e.by, e.group): e.value for e in run_scenario(scenario, SEED).metrics}
        assert {(line.name, line.by, line.group): line.arms[i].value for line in lines} == alone


# ------------------------------------------------------------------ the name
@pytest.mark.parametrize(
    "changes",
    [
        {"town.people": 301},
        {"town.places.work_distance": 1400},
        {"town.plan": 2},
        {"town.day.trips_per_day": 2.9},
        {"town.groups": {"b": 0.3, "a": 0.7}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_another_town_has_another_name(changes: dict[str, object]) -> None:
    one, other = (town(changes={**ALIKE, "town.groups": {"a": 0.7, "b": 0.3}, **more}) for more in ({}, changes))
    first, second = (settle_people(s, survey(s), Key.from_seed(SEED), keep=True) for s in (one, other))
    assert first.name != second.name


def test_another_seed_another_size_of_communities_and_other_cameras_have_another_name(folder: Path) -> None:
    names = [settled().name, settled(seed=SEED + 1).name]
    with communities_of(60):
        names.append(settled().name)
    assert len(set(names)) == 3
    scenario = town(changes=CAMERAS)
    base = settled()
    before = len(list(folder.glob("*.arrays")))
    for change in ({}, {"sensing.cameras.range": 30}, {"sensing.recognition.searching": 0.5}, {}):
        part = town(changes={**CAMERAS, **change})
        watch(part, survey(scenario), base)
    assert len(list(folder.glob("*.arrays"))) == before + 3


@pytest.mark.parametrize("other", ["24.931,60.17,91\n", "24.931,60.1701,90\n", "24.931,60.17,90\n24.931,60.171,90\n"])
def test_another_list_of_cameras_in_the_same_file_has_another_name(other: str, tmp_path: Path) -> None:
    scenario = on_a_cross(tmp_path, "lon,lat,direction_deg\n24.931,60.17,90\n", LOUD)
    ground = survey(scenario)
    people = settle_people(scenario, ground, Key.from_seed(SEED), keep=True)
    watch(scenario, ground, people)
    assert kept_of(scenario, survey(scenario), SEED) == Kept(people=True, watched=True)
    changed = survey(on_a_cross(tmp_path, "lon,lat,direction_deg\n" + other, LOUD))
    assert kept_of(scenario, changed, SEED) == Kept(people=True, watched=False)
    assert watch(scenario, changed, people).devices.same(devices_of(scenario, changed, DOUBT))


def test_a_changed_program_has_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    before = name_of("people", {"a": 1})
    monkeypatch.setattr(kept, "program", lambda: "another")
    assert name_of("people", {"a": 1}) != before


def test_small_towns_replicates_and_well_mixed_towns_are_not_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = town()
    assert settle_people(scenario, survey(scenario), Key.from_seed(1)).name is None
    mixed = town(people=300, changes={}, base="gt1")
    assert settle_people(mixed, survey(mixed), Key.from_seed(1), keep=True).name is None
    monkeypatch.setattr(preparing, "FEWEST_KEPT", 301)
    assert settled().name is None
    assert not folder.exists()


# ------------------------------------------------------------------ what is foreseen
def test_what_is_kept_is_known_before_the_town_is_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario, other = town(changes=CAMERAS), town(changes={**CAMERAS, "sensing.cameras.range": 30})
    assert kept_of(scenario, None, SEED) == Kept(people=False, watched=False)
    watch(scenario, survey(scenario), settled(people=scenario.town.people))
    assert kept_of(scenario, None, SEED) == kept_of(scenario, survey(scenario), SEED) == Kept(people=True, watched=True)
    assert kept_of(other, None, SEED) == Kept(people=True, watched=False)
    assert kept_of(scenario, None, SEED + 1) == Kept(people=False, watched=False)
    monkeypatch.setenv(LIMIT, "0")
    assert kept_of(scenario, None, SEED) is None


def test_a_town_that_is_kept_is_foreseen_to_open_sooner_than_it_is_built(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreseeing, "pace_now", lambda *_: 1.0)
    monkeypatch.setattr(costs, "not_compiled", lambda part: set())
    scenario = town(changes=CAMERAS)
    large = town(people=300_000, changes=CAMERAS)
    watch(scenario, survey(scenario), settled(people=scenario.town.people))
    fresh, kept_towns = (forecast(large, None, kept=Kept(there, there)).build_s for there in (False, True))
    assert kept_towns < fresh / 3
    assert (
        DAY_TOWN.forecast(scenario, None, seed=SEED).build_s < DAY_TOWN.forecast(scenario, None, seed=SEED + 1).build_s
    )


def test_a_comparison_foresees_a_town_once_and_which_seeds_are_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would notice the wrong seed, and a town that is foreseen once for each arm."""
    monkeypatch.setattr(foreseeing, "pace_now", lambda *_: 1.0)
    monkeypatch.setattr(costs, "not_compiled", lambda part: set())
    kinds = {"usual": {}, "another": {"town.day.trips_per_day": 2.9}, "strict": {"records.retention_days": 1}}
    arms = {name: town(changes={**CAMERAS, **turned}) for name, turned in kinds.items()}
    glasstown.compare(arms["usual"], arms["usual"], seed=SEED, seeds=1)

    def building(seed: int, *names: str) -> float:
        told: list[Forecast] = []
        glasstown.compare(*(arms[name] for name in names), seed=seed, seeds=1, foresee=told.append)
        for file in set(folder.glob("*.arrays")) - before:
            file.unlink()
        return told[0].build_s

    before = set(folder.glob("*.arrays"))
    kept_town, fresh = building(SEED, "usual", "usual"), building(SEED + 1, "usual", "usual")
    assert 0 < kept_town < fresh
    two_towns = building(SEED + 1, "usual", "another")
    assert building(SEED + 1, "usual", "strict") == pytest.approx(fresh)
    assert two_towns > 1.9 * fresh - kept_town


# ------------------------------------------------------------------ nothing that is damaged is trusted
@pytest.mark.parametrize("where", [0, 20, 45, 60, 300, 0.3, 0.6, 0.9, 0.9999])
def test_one_flipped_bit_is_noticed_and_the_town_is_built_again(folder: Path, where: float) -> None:
    with communities_of(60):
        good = settled()
        (file,) = folder.glob("*.arrays")
        content = bytearray(file.read_bytes())
        at = next(i for i in range(int(where * len(content)) if where % 1 else int(where), -1, -1) if content[i])
        content[at] ^= 4
        file.write_bytes(content)
        assert same(settled(), good)
        assert kept._opened(file) is not None, "it was kept anew"


@pytest.mark.parametrize("length", [0, 10, 57, 4_000, 50_000])
def test_a_file_cut_short_is_built_again(folder: Path, length: int) -> None:
    good = settled()
    (file,) = folder.glob("*.arrays")
    os.truncate(file, length)
    assert same(settled(), good)


def forged(one: Settled) -> dict[str, Settled]:
    """Towns that differ in one person or in one way."""
    people = one.towns[0].people
    older = replace(one.towns[0], people=replace(people, age=people.age + np.uint8(people.person == 17)))
    longer = replace(one.routes, minutes=one.routes.minutes + np.int16(1))
    return {
        "a person": replace(one, towns=[older]),
        "the ways": replace(one, routes=longer),
        "nobody": replace(one, towns=[]),
    }


@pytest.mark.parametrize("what", ["a person", "the ways", "nobody"])
def test_a_forged_town_with_good_checksums_is_built_again(folder: Path, what: str) -> None:
    good = settled()
    (file,) = folder.glob("*.arrays")
    kept._keep(file, dict(kept._parted(forged(good)[what], "")))
    assert kept._opened(file) is not None
    assert same(settled(), good)


def test_without_the_comparison_a_forged_town_would_be_lived_in(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    good = settled()
    (file,) = folder.glob("*.arrays")
    kept._keep(file, dict(kept._parted(forged(good)["a person"], "")))
    monkeypatch.setattr(preparing, "as_invented", lambda *_: True)
    assert not same(settled(), good)


def test_the_comparison_agrees_with_what_was_built() -> None:
    scenario = town(changes=CAMERAS)
    layout, key = survey(scenario).layout, Key.from_seed(SEED)("town")
    one = settled()
    assert as_invented(layout, scenario.town, key, one.towns, one.routes, one.steps)
    assert not as_invented(layout, scenario.town, key("another"), one.towns, one.routes, one.steps)


# ------------------------------------------------------------------ room
def made(size: int) -> t.Standing:
    return t.Standing.of(person=np.zeros(size), held_until_day=np.zeros(size), avoids_until_day=np.zeros(size))


def keep_three(size: int = 40_000) -> None:
    for n in range(3):
        kept_or_made(f"n{n}", t.Standing, lambda: made(size), lambda _: True)


def test_what_was_not_used_for_longest_makes_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_three()
    for n, age in enumerate((50, 99, 10)):
        os.utime(folder / f"n{n}.arrays", (1e9 - age, 1e9 - age))
    size = (folder / "n0.arrays").stat().st_size
    monkeypatch.setenv(LIMIT, str(3.5 * size / 1e9))
    kept_or_made("n3", t.Standing, lambda: made(40_000), lambda _: True)
    assert {file.stem for file in folder.glob("*.arrays")} == {"n0", "n2", "n3"}


def test_reopening_is_using(folder: Path) -> None:
    keep_three()
    os.utime(folder / "n0.arrays", (1e9, 1e9))
    kept_or_made("n0", t.Standing, lambda: made(40_000), lambda _: True)
    assert (folder / "n0.arrays").stat().st_mtime > 1e9


def test_a_town_that_can_be_read_and_not_written_is_reopened(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache in an image, or a share: as by a mount that nobody can write to."""
    good, scenario = settled(), town(people=300, changes=CAMERAS)
    (file,) = folder.glob("*.arrays")
    os.utime(file, (1e9, 1e9))
    with read_only(tmp_path / "shown", folder.parent):
        monkeypatch.setenv("GLASSTOWN_CACHE", str(tmp_path / "shown"))
        with monkeypatch.context() as unbuilt:
            unbuilt.setattr(preparing, "build_towns", lambda *_: pytest.fail("built again"))
            assert same(settled(), good)
        assert kept_of(scenario, None, SEED) == Kept(people=True, watched=False)
        assert len(watch(scenario, survey(scenario), settled()).devices) > 0
    assert file.stat().st_mtime == 1e9
    assert len(list(folder.iterdir())) == 1


def test_what_is_larger_than_the_limit_or_the_disk_is_not_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LIMIT, "0.0001")
    assert len(kept_or_made("big", t.Standing, lambda: made(40_000), lambda _: True)) == 40_000
    monkeypatch.delenv(LIMIT)
    usage = kept.shutil.disk_usage(folder)
    monkeypatch.setattr(kept.shutil, "disk_usage", lambda _: usage._replace(free=100_000))
    assert len(kept_or_made("big", t.Standing, lambda: made(40_000), lambda _: True)) == 40_000
    assert not list(folder.iterdir())


def fits(disk_mb: float, leave: tuple[Path, float] | None, folder: Path) -> bool:
    """Say whether one megabyte is kept on a disk in memory of so many."""
    with disk(folder.parent, "-t", "tmpfs", "-o", f"size={round(disk_mb * 1e3)}k", "tmpfs"):
        with leaving_room(*leave) if leave else nullcontext() as room:
            kept_or_made("one", t.Standing, lambda: made(40_000), lambda _: True)
        there = sum(file.stat().st_size for file in folder.rglob("*"))
        assert room is None or room.kept_mb == there / 1e6
    folder.parent.rmdir()
    return there > 0


def test_the_room_that_a_run_needs_is_left_where_it_is_on_the_same_disk(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Noticed: half of what is kept, too much or too little."""
    monkeypatch.setenv("GLASSTOWN_CACHE", str(tmp_path / "small"))
    small = tmp_path / "small" / "kept"
    kept_or_made("one", t.Standing, lambda: made(40_000), lambda _: True)
    size = (small / "one.arrays").stat().st_size / 1e6
    shutil.rmtree(small.parent)
    near, far = small.parent / "runs" / "x", tmp_path / "far"
    assert not fits(1.5 * size, None, small)
    assert fits(2.5 * size, None, small)
    assert fits(2.5 * size, (near, 0.0), small)
    assert fits(2.5 * size, (near, -9.0), small), "a run that goes on may need less than it has"
    assert fits(2.5 * size, (far, 1e9), small)
    assert not fits(2.5 * size, (near, size), small)
    assert fits(3.5 * size, (near, size), small)


def test_nothing_is_removed_for_what_will_not_fit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_three()
    size = (folder / "n0.arrays").stat().st_size
    monkeypatch.setenv(LIMIT, str(3.5 * size / 1e9))
    with leaving_room(folder, 1e12):
        kept_or_made("n3", t.Standing, lambda: made(40_000), lambda _: True)
    assert {file.stem for file in folder.glob("*.arrays")} == {"n0", "n1", "n2"}


def test_a_run_that_fits_a_disk_is_not_ended_by_its_own_cache(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a disk that holds the run, and not the town beside it; and on one that holds both."""
    monkeypatch.setenv("GLASSTOWN_CACHE", str(tmp_path / "small"))
    said: list[str] = []
    for megabytes in (24, 64):
        with disk(tmp_path / "small", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs"):
            run = gt.run("newtown", 1, people=20_000, days=3, out=tmp_path / "small" / "x")
            there = sum(file.stat().st_size for file in (tmp_path / "small" / "kept").rglob("*.arrays"))
            assert run.lived.kept_mb == pytest.approx(there / 1e6)
            tell(run, as_json=True)
            assert not capsys.readouterr().err
            tell(run, as_json=False)
            said.append(capsys.readouterr().err)
            shutil.rmtree(tmp_path / "small" / "x")
            gt.run("newtown", 1, people=20_000, days=3, out=tmp_path / "small" / "x")
        (tmp_path / "small").rmdir()
    assert said == ["", f"kept for later runs of this town: 11 MB in {tmp_path / 'small' / 'kept'}\n"]


def test_what_a_killed_run_left_is_swept(folder: Path) -> None:
    folder.mkdir(parents=True)
    old, new = folder / ".n9.arrays.1.part", folder / ".n8.arrays.1.part"
    for left in (old, new):
        left.write_bytes(b"half")
    os.utime(old, (1e9, 1e9))
    keep_three()
    assert [file.name for file in folder.glob(".*")] == [new.name]


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("GLASSTOWN_CACHE", str(tmp_path / "file"))
    assert len(settled().towns[0].people) == 300


def test_somebody_without_a_home_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container whose user is only a number."""

    def nowhere() -> Path:
        raise RuntimeError("no home")

    for name in ("GLASSTOWN_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", nowhere)
    assert kept_of(town(changes=CAMERAS), None, SEED) is None
    assert kept_or_made("a", list, lambda: [1], lambda _: True) == [1]


@pytest.mark.parametrize("said", ["lots", "-1", "nan", "1e9"])
def test_a_limit_that_is_no_size_is_refused(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LIMIT, said)
    with pytest.raises(Problem) as told:
        settled()
    assert f"GLASSTOWN_CACHE_GB is '{said}', which is no size" in str(told.value)
    assert "give a number such as 10, or 0 to keep none." in str(told.value)
