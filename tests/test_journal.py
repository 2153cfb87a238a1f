"""The journal: what was put comes back bit for bit, what was changed is refused, and one process holds it at a time.

Smallest error noticed: one bit of one array or word of a block, a block read at another address, one value of a state
or of books that is lost between two nights, one changed value of the day that is lived again.
"""

from __future__ import annotations

import dataclasses
import errno
import fcntl
import json
import os
import shutil
import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blake3 import blake3

import glasstown as gt
from glasstown.core.blocks import Block, from_bytes, to_bytes
from glasstown.core.errors import BAD_FILE, Problem
from glasstown.core.trees import put_together, take_apart
from glasstown.core.version import program
from glasstown.metrics.ledger import Book
from glasstown.state import State
from glasstown.study import diary, journal, life
from glasstown.study import run as study_run
from glasstown.study.beside import Beside
from glasstown.study.diary import Diary, Past
from glasstown.study.journal import Chapter, Journal
from glasstown.study.life import _Counts
from glasstown.study.unfinished import folder_of, how_on, size_of
from tests import harsh, worlds
from tests.worlds import LOUD, differing

SMALL: dict[str, Any] = {"people": 60, "days": 4, "settings": LOUD, "threads": 1}
DAY = 2


class Killed(BaseException):
    """What a process that is killed does not live to see."""


class Anything(str):
    """A text that is equal to every other, for a sabotage."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = str.__hash__


def bytes_of(block: Block, address: str = "a") -> bytes:
    return b"".join(to_bytes(block, address))


# ------------------------------------------------------------------ blocks
ARRAYS = {
    "empty": np.zeros(0, np.int32),
    "one value": np.full(1000, 7, np.int64),
    "narrow": np.arange(-5, 200, dtype=np.int64),
    "wide": np.array([0, 2**63 - 1, -(2**63)], np.int64),
    "large": np.array([0, 2**64 - 1], np.uint64),
    "flags": np.array([True, False, True]),
    "fractions": np.array([0.1, -np.inf, 5e-324]),
    "square": np.arange(12, dtype=np.int16).reshape(3, 4),
    "all alike": np.full((2, 3), 300, np.int16),
    "every other": np.arange(10, dtype=np.int32)[::2],
    "one value in a square": np.broadcast_to(np.int16(-3), (40, 50)),
    "long runs": np.repeat(np.array([70_000, -1, 70_000, 3], np.int32), [300, 1, 66_000, 1]),
    "runs of one length": np.repeat(np.arange(90, dtype=np.int64).reshape(3, 30), 50, axis=1),
    "runs of flags": np.repeat(np.array([True, False, True]), 200),
    "runs of fractions": np.repeat(np.array([0.0, np.nan, -0.0, 1e-300]), 100),
    "runs that end early": np.concatenate([np.zeros(300, np.int32), np.arange(3000, dtype=np.int32)]),
}


def test_a_block_comes_back_bit_for_bit() -> None:
    words = {"text": "Straße", "list": [1, None, {"deep": 0.1}]}
    back = from_bytes(bytes_of(Block(ARRAYS, words)), "a")
    assert back.words == words
    assert not differing(ARRAYS, back.arrays)
    assert all(array.flags.writeable and array.flags.owndata for array in back.arrays.values())


def test_every_bit_of_a_block_counts() -> None:
    whole = bytes_of(Block({"x": np.arange(5, dtype=np.int16)}, {"y": 1}))
    for at in range(len(whole)):
        for flipped in (whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], whole[:at]):
            with pytest.raises(ValueError, match="damaged"):
                from_bytes(flipped, "a")
    with pytest.raises(ValueError, match="of another place"):
        from_bytes(whole, "b")


def test_equal_and_small_numbers_take_little_room() -> None:
    counts = np.zeros(10_000, np.int64)
    assert len(bytes_of(Block({"n": counts}))) < 200
    counts[7] = 255
    assert len(bytes_of(Block({"n": counts}))) < 10_200


def test_values_that_repeat_one_another_take_little_room() -> None:
    devices = np.repeat(np.arange(100, dtype=np.int32) + 500, 50)
    assert len(bytes_of(Block({"device": devices}))) < 600
    block = Block({"n": np.repeat(np.array([1, 2], np.int32), [150, 151])})
    whole = bytes_of(block)
    forged = whole[: -blake3.digest_size].replace(np.int64(151).tobytes(), np.int64(150).tobytes())
    end = blake3(b"a\n" + forged).digest()
    with pytest.raises(ValueError, match="repeated too often"):
        from_bytes(forged + end, "a")


def test_objects_are_not_kept() -> None:
    with pytest.raises(TypeError, match="are not kept"):
        to_bytes(Block({"x": np.array([{}], object)}), "a")
    with pytest.raises(TypeError, match="cannot be kept"):
        take_apart([1, 2], {}, "x")


# ------------------------------------------------------------------ beside the living
def test_no_more_is_under_way_than_there_are_writers() -> None:
    for writers in (1, 2, 3):
        may_end = threading.Event()
        with Beside(writers) as beside:
            for _ in range(writers):
                beside.begin(may_end.wait, 60)
            one_more = threading.Thread(target=beside.begin, args=(may_end.wait, 60))
            one_more.start()
            one_more.join(0.1)
            assert one_more.is_alive(), "it waits"
            may_end.set()
            one_more.join(60)
            assert not one_more.is_alive()


@pytest.mark.parametrize("writers", [1, 2])
def test_what_could_not_be_written_ends_the_living(writers: int) -> None:
    begun: list[int] = []

    def fail() -> None:
        raise Problem("the disk is gone")

    def live_on(days: int) -> None:
        with Beside(writers) as beside:
            beside.begin(fail)
            for day in range(days):
                beside.begin(begun.append, day)

    for days in (0, 9):
        with pytest.raises(Problem, match="the disk is gone"):
            live_on(days)
    assert len(begun) < writers


def test_what_ended_the_living_is_told_and_not_what_came_of_it() -> None:
    def live_on() -> None:
        with Beside(2) as beside:
            beside.begin(divmod, 1, 0)
            raise Killed

    with pytest.raises(Killed):
        live_on()


# ------------------------------------------------------------------ states and books
def test_every_state_and_book_comes_back_bit_for_bit() -> None:
    """A harsh week in communities: custody, appeals, avoidance, files and footage are all there."""
    for lived in harsh.week():
        arrays: dict[str, Any] = {}
        members: list[Any] = []

        def part(member: Any, members: list[Any] = members) -> str:
            members.append(member)
            return str(len(members) - 1)

        first = dataclasses.replace(lived.before, day=0)
        document = json.loads(json.dumps(take_apart(lived.after, arrays, "state", first, part)))
        assert "state.world.passes.packed" not in arrays, "the town is built again, not kept"
        back = put_together(State, document, arrays, first, lambda name, _, members=members: members[int(name)])
        assert not differing(lived.after, back)
        assert (lived.after.records.footage == ()) or "+" in document["records"]["footage"]


def test_books_come_back_bit_for_bit() -> None:
    state = harsh.week()[0].before
    night = life.live_day(
        diary.Night(state, life.open_book(state.town.people, state.gallery)),
        harsh.scenario(),
        worlds.KEY,
        life.Keeper(()),
    )
    arrays: dict[str, Any] = {}
    document = json.loads(json.dumps(take_apart(night.book, arrays, "book")))
    assert not differing(night.book, put_together(Book, document, arrays))


def test_books_are_written_when_it_is_their_turn_and_no_day_is_lived_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Smallest error noticed: one of the two on the wrong side."""
    turn, lived = threading.Lock(), harsh.week()[0].before
    seen: list[tuple[str, bool]] = []

    def watched(name: str) -> None:
        real = getattr(life, name)

        def call(*given: Any, **named: Any) -> Any:
            seen.append((name, turn.locked()))
            return real(*given, **named)

        monkeypatch.setattr(life, name, call)

    for name in ("step", "day_tallies", "post_day", "signature"):
        watched(name)
    night = diary.Night(lived, life.open_book(lived.town.people, lived.gallery))
    life.live_day(night, harsh.scenario(), worlds.KEY, life.Keeper(()), turn)
    assert seen == [("step", False), ("day_tallies", True), ("post_day", True), ("signature", True)]
    assert not turn.locked()


def test_a_day_changes_nothing_in_the_state_it_began_with() -> None:
    """What is written beside the living must not change meanwhile, and what is still as at first is not written."""
    for lived in harsh.week()[:6]:
        copied = {name: np.copy(array) for name, array in arrays_of(lived.before).items()}
        again, _ = worlds.simulate.step(lived.before, harsh.scenario(), worlds.KEY)
        assert again.day == lived.before.day + 1
        assert not differing(copied, arrays_of(lived.before))


def arrays_of(state: State) -> dict[str, Any]:
    arrays: dict[str, Any] = {}

    def part(member: Any) -> str:
        take_apart(member, arrays, str(len(arrays)))
        return ""

    take_apart(dataclasses.replace(state, world=None), arrays, "state", None, part)  # pyright: ignore[reportArgumentType]
    return arrays


# ------------------------------------------------------------------ runs that go on
def killed(place: Path, monkeypatch: pytest.MonkeyPatch, at: int = DAY, **changes: Any) -> None:
    """Run until some community begins day `at` of its first life, and end there without a word."""
    step = life.step
    with monkeypatch.context() as patch:

        def stop(state: State, *given: Any, **how: Any) -> Any:
            if state.day == at:
                raise Killed
            return step(state, *given, **how)

        patch.setattr(life, "step", stop)
        with pytest.raises(Killed):
            gt.run("newtown", 5, **{**SMALL, **changes}, out=place)


@pytest.fixture(scope="module")
def whole() -> str:
    return gt.run("newtown", 5, **SMALL).digest


@pytest.mark.parametrize("at", [2, *(pytest.param(at, marks=pytest.mark.slow) for at in (0, 1, 3))])
def test_a_run_goes_on_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: str, at: int
) -> None:
    place = tmp_path / "run"
    killed(place, monkeypatch, at)
    assert [path.name for path in tmp_path.iterdir()] == [".run.unfinished"]
    days: list[int] = []
    step = life.step
    monkeypatch.setattr(life, "step", lambda state, *given, **how: days.append(state.day) or step(state, *given, **how))
    again = gt.resume(place)
    assert again.digest == whole
    tested = [at - 1] if at else []
    assert days == [*tested, *range(at, 4), *range(4)], "one day is tested, and no other day is lived again"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert json.loads((place / "run.json").read_text(encoding="utf-8"))["resumed"] is True


def test_days_under_way_when_something_ends_the_run_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 20 communities two live at a time, and bringing a night to the disk takes a while. None that ended is lost."""
    chapter, lived, bring = Chapter(tmp_path, tmp_path / "life", "life"), list[str](), Chapter.put_together
    live_day = life.live_day

    def slowly(chapter: Chapter, blocks: Any) -> None:
        threading.Event().wait(0.05)
        bring(chapter, blocks)

    def live(night: diary.Night, *given: Any) -> diary.Night:
        after = live_day(night, *given)
        lived.append(f"{after.state.day:05}.{after.state.community:05}.night")
        return after

    def stop(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(Chapter, "put_together", slowly)
    monkeypatch.setattr(life, "live_day", live)
    with worlds.communities_of(20), pytest.raises(Killed):
        life.live_once(worlds.town(400, 4), 5, threads=2, progress=stop, chapter=chapter)
    assert len(lived) >= 20
    assert not set(lived) - set(chapter.names())


def test_a_night_that_was_found_is_not_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chapter, step = Chapter(tmp_path, tmp_path / "life", "life"), life.step

    def some_fall_behind(state: State, *given: Any, **how: Any) -> Any:
        if state.day == 1 and state.community >= 2:
            raise Killed
        return step(state, *given, **how)

    with worlds.communities_of(100):
        monkeypatch.setattr(life, "step", some_fall_behind)
        with pytest.raises(Killed):
            life.live_once(worlds.town(400, 3), 5, chapter=chapter)
        there = {name for name in chapter.names() if name.startswith("00002.")}
        assert there == {"00002.00000.night", "00002.00001.night"}
        written, real = list[str](), Chapter.put_together
        monkeypatch.setattr(life, "step", step)
        monkeypatch.setattr(Chapter, "put_together", lambda c, blocks: written.extend(blocks) or real(c, blocks))
        life.live_once(worlds.town(400, 3), 5, chapter=chapter)
    nights = [name for name in written if name.endswith(".night")]
    assert nights == ["00002.00002.night", "00002.00003.night", *(f"00003.{i:05}.night" for i in range(4))]


def test_what_was_refused_before_a_day_was_lived_leaves_nothing_to_go_on_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be refused again; what was refused later, when days were lived, is gone on with."""
    for at, left in ((0, []), (2, [".run.unfinished"])):
        place, step = tmp_path / str(at) / "run", life.step

        def refused(state: State, *given: Any, at: int = at, step: Any = step, **how: Any) -> Any:
            if state.day == at:
                raise Problem("more than can be counted", todo="ask for less.")
            return step(state, *given, **how)

        monkeypatch.setattr(life, "step", refused)
        with pytest.raises(Problem, match="more than can be counted") as caught:
            gt.run("newtown", 5, **SMALL, out=place)
        monkeypatch.undo()
        assert [path.name for path in place.parent.iterdir()] == left
        assert bool(getattr(caught.value, "__notes__", [])) is bool(left)


@pytest.mark.parametrize("given", [{"threads": 0}, {}])
def test_what_is_refused_as_it_goes_on_can_still_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: str, given: dict[str, Any]
) -> None:
    """Also where nothing was lived yet: memory that is short now may be free later."""
    place = tmp_path / "run"
    monkeypatch.setattr(life, "step", told_to_end)
    with pytest.raises(KeyboardInterrupt):
        gt.run("newtown", 5, **SMALL, out=place)
    monkeypatch.undo()
    monkeypatch.setattr("glasstown.study.fit.free_memory_mb", lambda: 10.0)
    with pytest.raises(Problem, match=r"MB of memory|from 1 to"):
        gt.resume(place, **given)
    monkeypatch.undo()
    assert gt.resume(place).lived.digest == whole


def test_the_same_command_goes_on_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: str) -> None:
    killed(tmp_path / "run", monkeypatch)
    again = gt.run("newtown", 5, **SMALL, out=tmp_path / "run")
    assert again.digest == whole
    assert again.lived.provenance["resumed"]


@pytest.fixture
def unfinished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "run"
    killed(place, monkeypatch, DAY + 1)
    return place


def blocks_of(place: Path, ending: str) -> list[Path]:
    return sorted((folder_of(place) / "life").glob(f"*.{ending}.block"))


def alter(place: Path, file: Path, change: Callable[[Block], None]) -> None:
    """Change a block and make its checksum agree, as somebody would who knows how a journal is checked."""
    said = json.loads((folder_of(place) / "journal.json").read_text(encoding="utf-8"))
    address = f"{journal._digest(said)}/life/{file.name.removesuffix('.block')}"
    block = from_bytes(file.read_bytes(), address)
    change(block)
    file.write_bytes(bytes_of(block, address))


def add_one(name: str) -> Callable[[Block], None]:
    def change(block: Block) -> None:
        assert block.arrays[name].size, name
        block.arrays[name][0] += 1

    return change


def fewer(name: str) -> Callable[[Block], None]:
    def change(block: Block) -> None:
        assert block.arrays[name].shape[1] > 1, name
        block.arrays[name] = np.ascontiguousarray(block.arrays[name][:, :1])

    return change


def in_32_bits(name: str) -> Callable[[Block], None]:
    def change(block: Block) -> None:
        block.arrays[name] = block.arrays[name].astype(np.int32)

    return change


def one_device_less(block: Block) -> None:
    taken = block.arrays["taken.byte"]
    assert taken[-1] < 255
    block.arrays["taken.byte"] = taken[:-1]


def leave_out(block: Block, kind: str) -> None:
    block.words[kind] = {}
    for name in [name for name in block.arrays if name.startswith(f"{kind}.")]:
        del block.arrays[name]


TAMPERED: dict[str, tuple[str, Callable[[Block], None], str]] = {
    "everybody's trips": ("night", add_one("book.recent"), "otherwise when lived again"),
    **{
        f"{name} of fewer people": ("night", fewer(f"book.{name}"), "no night in it can be read")
        for name in ("recent", "walks", "passes")
    },
    "counts of another kind": ("night", in_32_bits("book.recent"), "no night in it can be read"),
    "a rating": ("night", add_one("state.docket.dossiers.rating"), "otherwise when lived again"),
    "another day": ("night", lambda b: b.words["state"]["day"].update({"=": 9}), "no night in it can be read"),
    "a tally": ("first day", add_one("tally.trips"), "is damaged"),
    "a device": ("day", add_one("taken.byte"), "otherwise when lived again"),
    "a row": ("first day", add_one("rows.outings.minutes_out"), "rows and signature differ"),
    "a row of the day that is lived again": (
        *("day", add_one("rows.outings.minutes_out")), "otherwise when lived again",
    ),
    "a trip": ("day", add_one("rows.trips.depart_minute"), "otherwise when lived again"),
    "a signature": ("first day", lambda b: b.words.update(signed="0" * 64), "is damaged"),
    "other devices": ("first day", one_device_less, "its days are not of this town"),
    "what the system keeps": ("day", add_one(f"parts.{DAY}.0.minutes.minute"), "otherwise when lived again"),
    "no rows": ("day", lambda b: b.words.update(rows={}), "otherwise when lived again"),
    "rows left out": ("day", lambda b: leave_out(b, "rows"), "the rows of outings are missing"),
}


def check_refused(place: Path, what: str) -> None:
    """Assert that a journal in which something was changed is refused with a sentence."""
    ending, change, because = TAMPERED[what]
    first, _, kind = ending.rpartition(" ")
    blocks = blocks_of(place, kind)
    everywhere = because == "no night in it can be read"
    for file in blocks if everywhere else blocks[:1] if first else blocks[-1:]:
        alter(place, file, change)
    said = worlds.problem_of(lambda: gt.resume(place))
    assert said is not None
    assert said.code == BAD_FILE
    assert because in said.what
    assert said.where == str(folder_of(place))
    assert "glasstown run" in said.todo
    assert not place.exists()


@pytest.mark.parametrize("what", TAMPERED)
def test_a_journal_that_was_changed_is_refused(unfinished: Path, what: str) -> None:
    check_refused(unfinished, what)


def test_books_that_contradict_the_days_are_refused(unfinished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if the day that is lived again is one that agrees: what conservation asks of every run is asked here too."""
    for file in blocks_of(unfinished, "night"):
        alter(unfinished, file, add_one("book.recent"))
    monkeypatch.setattr(diary.Diary, "_live_again", lambda *_: None)
    with pytest.raises(Problem, match="what was lived contradicts itself") as told:
        gt.resume(unfinished)
    assert told.value.code == BAD_FILE
    assert not hasattr(told.value, "__notes__"), "nobody is told to go on with it"


@pytest.mark.parametrize("nights", [1, 2, 3])
def test_a_run_goes_on_from_books_in_which_counts_no_longer_fitted(
    nights: int, tmp_path: Path, whole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 60 people, somebody's minutes exceed 300 on the first day, and most counts do some days later."""
    monkeypatch.setattr("glasstown.metrics.recent.MOST", 300)
    killed(tmp_path / "run", monkeypatch, nights)
    names = list[str]()
    alter(tmp_path / "run", blocks_of(tmp_path / "run", "night")[-1], lambda block: names.extend(block.arrays))
    assert "book.accounts.minutes_out" in names
    assert gt.resume(tmp_path / "run").digest == whole


def test_a_torn_night_is_lived_again(unfinished: Path, whole: str) -> None:
    last = blocks_of(unfinished, "night")[-1]
    last.write_bytes(last.read_bytes()[:-9])
    assert gt.resume(unfinished).digest == whole


def test_a_torn_day_before_a_whole_night_is_refused(unfinished: Path) -> None:
    first = blocks_of(unfinished, "day")[0]
    first.write_bytes(first.read_bytes()[:-9])
    with pytest.raises(Problem, match=r"damaged|no night in it can be read"):
        gt.resume(unfinished)


def test_blocks_of_another_run_are_refused(unfinished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed(tmp_path / "other", monkeypatch, DAY + 1, people=59)
    for file in blocks_of(tmp_path / "other", "night"):
        (folder_of(unfinished) / "life" / file.name).write_bytes(file.read_bytes())
    with pytest.raises(Problem, match="no night in it can be read"):
        gt.resume(unfinished)


def edit(place: Path, **changes: object) -> None:
    file = folder_of(place) / "journal.json"
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf-8")), **changes}), encoding="utf-8")


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"seed": 6}, "no night in it can be read"),
        ({"program": "0" * 64, "glasstown": "0.0.9"}, "another version of the program has begun this run"),
        ({"journal": 2}, "another version of the program"),
        ({"seed": "6"}, "its header is not what a run writes"),
        ({"inputs": {"streets": 1}}, "its header is not what a run writes"),
        ({"inputs": {"streets": {"file": "a", "sha256": "b", "path": 5}}}, "its header is not what a run writes"),
        ({"inputs": {"streets": {"file": "a", "sha256": "b", "path": "\0"}}}, "its header is not what a run writes"),
        ({"keep": [5]}, "its header is not what a run writes"),
        ({"scenario": {}}, "mistakes"),
        ({"community_size": 5}, "of another size"),
    ],
)
def test_a_header_that_was_changed_is_refused(unfinished: Path, changes: dict[str, object], because: str) -> None:
    edit(unfinished, **changes)
    said = worlds.problem_of(lambda: gt.resume(unfinished))
    assert said is not None
    assert because in str(said)
    assert said.code == BAD_FILE


def test_one_process_at_a_time(unfinished: Path) -> None:
    held = Journal.reopen(unfinished)
    for go_on in (lambda: gt.resume(unfinished), lambda: gt.run("newtown", 5, **SMALL, out=unfinished)):
        with pytest.raises(Problem, match="another process is living this run"):
            go_on()
    held.close()
    assert gt.resume(unfinished).lived.provenance["resumed"]


def test_a_header_that_cannot_be_read_just_now_is_not_taken_for_none(unfinished: Path, whole: str) -> None:
    """Would notice days that are removed because a disk failed once. A link that leads to itself cannot be read."""
    header = folder_of(unfinished) / "journal.json"
    there = header.read_bytes()
    header.unlink()
    header.symlink_to(header)
    for seed in (5, 6):
        with pytest.raises(Problem, match="cannot read it: Too many levels of symbolic links") as caught:
            gt.run("newtown", seed, **SMALL, out=unfinished)
        assert caught.value.code == BAD_FILE
    header.unlink()
    header.write_bytes(there)
    assert gt.resume(unfinished).digest == whole


def test_a_new_journal_is_held_before_others_can_find_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another start at the moment in which it appears in its place would otherwise take it for one that was left."""
    place, replace, met = tmp_path / "run", os.replace, list[str]()

    def replaced(old: Any, new: Any) -> None:
        replace(old, new)
        if Path(new) == folder_of(place):
            with pytest.raises(Problem, match="another process is living this run") as caught:
                Journal.begin(place, {"another": "run"})
            met.append(caught.value.where)

    monkeypatch.setattr(os, "replace", replaced)
    Journal.begin(place, {"this": "run"}).close()
    assert met == [str(place)]


def test_of_two_that_begin_at_once_one_is_told_of_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one's journal is put in the place just before one's own would be."""
    place, replace = tmp_path / "run", os.replace

    def replaced(old: Any, new: Any) -> None:
        if Path(new) == folder_of(place):
            Path(new).mkdir()
            (Path(new) / "journal.json").touch()
        replace(old, new)

    monkeypatch.setattr(os, "replace", replaced)
    with pytest.raises(Problem, match="another process is living this run"):
        Journal.begin(place, {"this": "run"})
    assert [file.name for file in tmp_path.iterdir()] == [folder_of(place).name]


def test_where_a_disk_holds_no_folders_a_file_in_them_is_held(
    unfinished: Path, whole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on many disks in a network: what is to be held there must be open to be written."""
    flock = fcntl.flock

    def of_the_network(file: int, how: int) -> None:
        if fcntl.fcntl(file, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, "Bad file descriptor")
        flock(file, how)

    monkeypatch.setattr(fcntl, "flock", of_the_network)
    held = Journal.reopen(unfinished)
    with pytest.raises(Problem, match="another process is living this run"):
        gt.resume(unfinished)
    held.close()
    assert gt.resume(unfinished).digest == whole
    assert gt.run("newtown", 5, **SMALL, out=unfinished.with_name("new")).digest == whole


def test_a_refused_journal_is_let_go(unfinished: Path) -> None:
    """Would notice a lock that outlives the refusal: the same process could not even start again."""
    for changes in ({"keep": [5]}, {"keep": [], "program": "0" * 64}, {"program": program(), "community_size": 5}):
        edit(unfinished, **changes)
        with pytest.raises(Problem, match=r"header|version|size"):
            gt.resume(unfinished)
    assert not gt.run("newtown", 5, **SMALL, out=unfinished).lived.provenance["resumed"]


def test_what_other_programs_leave_in_a_journal_is_passed_over(unfinished: Path, whole: str) -> None:
    """As a disk of another system leaves, a hidden file beside each."""
    for name in ("._00001.00000.night", "x.night", "1.night"):
        (folder_of(unfinished) / "life" / f"{name}.block").write_bytes(b"nothing")
    assert gt.resume(unfinished).lived.digest == whole


def test_days_are_read_one_at_a_time(unfinished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Would notice two days in memory: a run of years could not go on where it had room to begin."""
    there, most = [0], [0]
    add, read = _Counts.add, Diary._past

    def past(diary: Diary, day: int, community: int) -> Past:
        there[0] += 1
        most[0] = max(most[0], there[0])
        return read(diary, day, community)

    def added(counts: _Counts, pasts: Sequence[Past]) -> None:
        add(counts, pasts)
        there[0] = 0

    monkeypatch.setattr(Diary, "_past", past)
    monkeypatch.setattr(_Counts, "add", added)
    gt.resume(unfinished)
    assert most[0] == 1


def test_a_part_of_a_run_is_written_only_while_its_holder_lives(unfinished: Path) -> None:
    """The holder itself may lose its own parent; a process that the holder started may not lose the holder."""
    own, child, orphan = (Journal.join(unfinished, holder) for holder in (os.getpid(), os.getppid(), 1 << 22))
    for joined in (own, child):
        joined.chapter("replicate-1").put("a", Block({}, {}))
    with pytest.raises(Problem, match="the run has ended"):
        orphan.chapter("replicate-1").put("a", Block({}, {}))


def test_nothing_is_written_where_the_journal_has_gone(unfinished: Path) -> None:
    chapter = Journal.join(unfinished, os.getpid()).chapter("replicate-2")
    shutil.rmtree(folder_of(unfinished))
    with pytest.raises(Problem) as caught:
        chapter.put("a", Block({}, {}))
    assert caught.value.code == BAD_FILE
    assert not folder_of(unfinished).exists()


def test_a_part_lived_by_a_changed_program_is_refused(unfinished: Path) -> None:
    edit(unfinished, program="0" * 64)
    with pytest.raises(Problem, match="another version of the program"):
        Journal.join(unfinished, os.getpid())


def test_what_the_journal_takes_already_is_not_asked_for_again(
    unfinished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command goes on where 'resume' does: neither needs the disk that the journal has."""
    said = list[float]()
    monkeypatch.setattr(study_run, "refuse_too_large", lambda expected, place, there_mb: said.append(there_mb))
    there_mb = size_of(unfinished) / 1e6
    gt.run("newtown", 5, **SMALL, out=unfinished)
    assert said == [there_mb]
    assert there_mb > 0.01


def test_an_unfinished_run_does_not_give_way_to_another(unfinished: Path) -> None:
    """Unless it cannot be gone on with: a run of other days at its place is refused, and then the first goes on."""
    with pytest.raises(Problem, match="another run was ended there") as caught:
        gt.run("newtown", 6, **SMALL, out=unfinished)
    assert caught.value.code == BAD_FILE
    assert f"glasstown resume {unfinished}" in caught.value.todo
    kept = folder_of(unfinished).parent / "kept"
    shutil.copytree(folder_of(unfinished), kept)
    assert gt.resume(unfinished).lived.provenance["resumed"]
    kept.rename(folder_of(unfinished))
    edit(unfinished, program="0" * 64)
    assert gt.run("newtown", 6, **SMALL, out=unfinished).lived.seed == 6


def told_to_end(*_: object, **__: object) -> None:
    signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("when", ["kind_of", "refuse_too_large", "whole_digest", "platform.machine"])
def test_ctrl_c_before_the_first_day_or_after_the_last_says_how_to_go_on(
    unfinished: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Would notice a moment of going on, or between living and saving, of which nobody is told how to go on."""
    monkeypatch.setattr(f"glasstown.study.run.{when}", told_to_end)
    with pytest.raises(KeyboardInterrupt) as caught:
        gt.resume(unfinished)
    assert caught.value.__notes__ == [f"to go on from what was lived: glasstown resume {unfinished}"]
    if when == "whole_digest":
        with pytest.raises(KeyboardInterrupt) as caught:
            gt.run("newtown", 5, **SMALL, out=unfinished)
        assert caught.value.__notes__ == [f"to go on from what was lived: glasstown resume {unfinished}"]


def test_nothing_to_resume(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no unfinished run is there"):
        gt.resume(tmp_path / "nowhere")


@pytest.mark.parametrize("place", ["/", "loop", "loop/run", "nul\0"])
def test_what_can_be_no_place_is_told(tmp_path: Path, place: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(Problem, match="no run folder can be there") as caught:
        gt.resume(tmp_path / place)
    assert (caught.value.code, caught.value.where) == (BAD_FILE, str(tmp_path / place))


def test_what_took_the_place_meanwhile_is_told_before_anything_is_lived(unfinished: Path) -> None:
    unfinished.mkdir()
    (unfinished / "thesis.txt").touch()
    with pytest.raises(Problem, match="something else is there already") as caught:
        gt.resume(unfinished)
    assert "move it away" in caught.value.todo
    (unfinished / "thesis.txt").unlink()
    assert gt.resume(unfinished).lived.provenance["resumed"]


def test_a_place_that_looks_like_an_option_can_be_gone_on_with() -> None:
    assert how_on(Path("-x")).endswith("glasstown resume ./-x")
    assert how_on(Path("a b/-x")).endswith("glasstown resume 'a b/-x'")


def test_any_kind_of_run_can_keep_its_blocks(tmp_path: Path) -> None:
    """As the page of the module says."""
    kept = Journal.begin(tmp_path / "run", {"seed": 1, "what": "a nation", **dict.fromkeys(journal._FORM)})
    chapter = kept.chapter("life")
    assert chapter.get("month-06") is None
    chapter.put("month-06", Block({"ratings": np.arange(5)}, {"month": 6}))
    back = chapter.get("month-06")
    assert back is not None
    assert (back.arrays["ratings"].tolist(), back.words) == ([0, 1, 2, 3, 4], {"month": 6})
    assert chapter.names() == ["month-06"]
    assert kept.chapter("without").get("month-06") is None
    kept.finish()
    assert list(tmp_path.iterdir()) == []
