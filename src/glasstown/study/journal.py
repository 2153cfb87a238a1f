"""The journal of a run that is not finished: what it takes to go on after anything has ended it.

It lies hidden beside the place of the run folder, which appears only when it is complete. Its header says which run it
is of; then come blocks, each a file that is whole or not there, addressed by the journal, a chapter and a name. A run
of any kind can keep in it what it has lived::

    chapter = journal.chapter("life")
    block = chapter.get("month-06")              # None where it was not lived yet
    if block is None:
        chapter.put("month-06", Block({"ratings": ratings}, {"month": 6}))

A block that was put is on the disk when `put` returns. Bundles of tables are taken apart and put together by
`core.trees`. Read back, a block is whole and of this journal, no more: whether it is true is for the caller to test, by
living it again.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, final

from glasstown import tables as t
from glasstown.core import files
from glasstown.core.blocks import Block, from_bytes, to_bytes
from glasstown.core.errors import BAD_FILE, BAD_INPUT, Problem
from glasstown.core.version import VERSION, program
from glasstown.metrics.conservation import Inconsistent
from glasstown.scenario import Scenario, resolved
from glasstown.study.unfinished import (
    another_input,
    damaged,
    folder_of,
    how_on,
    in_the_way,
    lived_elsewhere,
    size_of,
)

SCHEMA = 1
_HEADER = "journal.json"
_BLOCK = ".block"
_FORM: dict[str, type] = {
    **dict.fromkeys(("journal", "community_size", "seed", "replicates"), int),
    **dict.fromkeys(("glasstown", "program"), str),
    **dict.fromkeys(("scenario", "inputs"), dict),
    "keep": list,
}


def header(
    scenario: Scenario, seed: int, replicates: int, keep: Iterable[str], inputs: Mapping[str, Path], place: Path
) -> dict[str, Any]:
    """Say which run this is, so that nothing else can be taken for it.

    Parameters
    ----------
    inputs : mapping of str to Path
        The files that it reads; they are known again by their digests.
    place : Path
        Where the run folder will be; inputs are found again from there.
    """
    said = {
        "journal": SCHEMA,
        "glasstown": VERSION,
        "program": program(),
        "community_size": t.COMMUNITY_SIZE,
        "scenario": resolved(scenario),
        "seed": seed,
        "replicates": replicates,
        "keep": sorted(set(keep)),
        "inputs": {
            name: {
                "file": path.name,
                "sha256": files.file_digest(path),
                "path": Path(os.path.relpath(path.resolve(), place.resolve())).as_posix(),
            }
            for name, path in sorted(inputs.items())
        },
    }
    return json.loads(json.dumps(said))


@final
class Journal:
    """The journal of one unfinished run, held by one process at a time.

    Parameters
    ----------
    place : Path
        Where the run folder will be.
    said : dict
        The header: `scenario`, `seed`, `replicates`, `keep` and `inputs` say which run it is.
    begun : bool
        Whether an earlier process has begun it.
    """

    def __init__(
        self, place: Path, said: dict[str, Any], held: int | None, *, begun: bool, parent: int | None = None
    ) -> None:
        self.place = place
        self.said = said
        self.begun = begun
        self._folder = folder_of(place)
        self._held = held
        self._parent = parent

    @classmethod
    def begin(cls, place: Path, said: dict[str, Any]) -> Self:
        """Begin a journal, or go on with one of the same run; one that cannot be gone on with gives way.

        Raises
        ------
        Problem
            If another run was ended there and could be gone on with, or another process is living one.
        """
        folder = folder_of(place)
        try:
            files.make_folder(folder.parent)
            if folder.exists():
                with _holding(place) as held:
                    files.sweep(place.resolve())
                    there = _read(place)
                    if there == said:
                        return cls(place, said, held, begun=True)
                    if _could_go_on(place, there):
                        raise in_the_way(place)
                    files.take_away(folder, place.resolve())
                files.let_go(held)
            files.sweep(place.resolve())
            beside = files.hidden(place.resolve(), f"{os.getpid()}.part")
            files.make_folder(beside)
            files.write_whole(beside / _HEADER, json.dumps(said, ensure_ascii=True, indent=1).encode())
            return cls(place, said, _put_and_held(beside, folder, place), begun=False)
        except OSError as error:
            problem = files.unwritable(place, error)
            if folder.exists():
                problem.add_note(how_on(place))
            raise problem from error

    @classmethod
    def reopen(cls, place: Path) -> Self:
        """Take up the journal of a run that was ended before it was finished.

        Raises
        ------
        Problem
            If there is none, another process is living it, or another version of the program has begun it.
        """
        if not folder_of(place).is_dir():
            raise Problem(
                "no unfinished run is there",
                where=str(place),
                why="a run that was ended leaves its journal beside the place of its folder.",
                todo="give the DIR that its --out named, or runs/NAME-seedN.",
                code=BAD_FILE,
            )
        with _holding(place) as held:
            files.sweep(place.resolve())
            said = _known(place)
            if said["community_size"] != t.COMMUNITY_SIZE:
                raise damaged(place, "its communities are of another size")
            return cls(place, said, held, begun=True)

    @classmethod
    def join(cls, place: Path, holder: int) -> Self:
        """Write in a journal as long as the process that holds it lives: this process, or its parent.

        Raises
        ------
        Problem
            If the program was changed since that process began.
        """
        return cls(place, _known(place), None, begun=True, parent=holder if holder != os.getpid() else None)

    def chapter(self, name: str) -> Chapter:
        """Open a part of the run that is lived apart from others."""
        return Chapter(self.place, self._folder / name, f"{_digest(self.said)}/{name}", self._parent)

    def check_inputs(self, digests: Mapping[str, str]) -> None:
        """Refuse to go on with another input than the one that was begun with."""
        for name, entry in self.said["inputs"].items():
            if digests.get(name) != entry["sha256"]:
                raise another_input(name, entry["file"], entry["sha256"], str(self.place))

    def until_saved(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let others take the journal up; what ended the run is told how.

        Of a run that was refused as it began nothing stays: it would be refused again.

        Raises
        ------
        Problem
            If what an earlier process has lived contradicts itself.
        """
        refused = isinstance(error, Problem) and error.code == BAD_INPUT
        if refused and not self.begun and not any(self._folder.glob(f"*/*{_BLOCK}")):
            with suppress(OSError):
                files.take_away(self._folder, self.place.resolve())
            self.close()
            return
        self.close()
        if self.begun and isinstance(error, Inconsistent):
            raise damaged(self.place, f"what was lived contradicts itself: {error}") from error
        # A journal that is refused itself is not gone on with.
        if error is not None and not (isinstance(error, Problem) and error.where == str(self._folder)):
            error.add_note(how_on(self.place))

    def size(self) -> int:
        """Return how many bytes it takes."""
        return size_of(self.place)

    def finish(self) -> None:
        """Remove the journal of a run whose folder has been written.

        Raises
        ------
        Problem
            If it cannot be removed.
        """
        try:
            files.take_away(self._folder, self.place.resolve())
        except OSError as error:
            raise files.unwritable(self.place, error) from error
        self.close()

    def close(self) -> None:
        """Let others take it up."""
        if self._held is not None:
            files.let_go(self._held)
            self._held = None


@final
@dataclass(frozen=True)
class Chapter:
    """The blocks of one part of a run."""

    place: Path
    folder: Path
    address: str
    parent: int | None = None

    def put(self, name: str, block: Block) -> None:
        """Write a block; it is on the disk when this returns."""
        self.put_together({name: block})

    def put_together(self, blocks: Mapping[str, Block]) -> None:
        """Write several blocks; all are on the disk when this returns, and none is there before the one before it."""
        if self.parent not in (None, os.getppid()):
            raise Problem("the run has ended", where=str(self.place), why="nobody waits for this part of it any more.")
        if not self.folder.is_dir():
            self._make()
        content = {f"{name}{_BLOCK}": to_bytes(block, f"{self.address}/{name}") for name, block in blocks.items()}
        files.write_together(self.folder, content)

    def get(self, name: str) -> Block | None:
        """Read a block; None if it is not there.

        Raises
        ------
        ValueError
            If it is damaged, or of another journal.
        """
        try:
            content = (self.folder / f"{name}{_BLOCK}").read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise files.unreadable(self.place, error) from error
        return from_bytes(content, f"{self.address}/{name}")

    def names(self) -> list[str]:
        """List the blocks that are there, damaged or not."""
        if not self.folder.is_dir():
            return []
        return sorted(file.name.removesuffix(_BLOCK) for file in self.folder.iterdir() if file.suffix == _BLOCK)

    def drop(self, names: Iterable[str]) -> None:
        """Remove blocks that nobody needs any more."""
        for name in names:
            files.forget(self.folder / f"{name}{_BLOCK}")

    def _make(self) -> None:
        try:
            # Never where the journal has gone meanwhile.
            files.make_folder(self.folder, above=False)
            files.sync_folder(self.folder.parent)
        except OSError as error:
            raise files.unwritable(self.place, error) from error


def _could_go_on(place: Path, said: dict[str, Any] | None) -> bool:
    try:
        same_size = _of_this_version(place, said)["community_size"] == t.COMMUNITY_SIZE
    except Problem:
        return False
    return same_size and any(folder_of(place).rglob("*.block"))


@contextmanager
def _holding(place: Path) -> Generator[int]:
    """Hold a journal for this process alone, and go on holding it unless the block fails."""
    held = files.hold(folder_of(place), _HEADER)
    if held is None:
        raise lived_elsewhere(place)
    try:
        yield held
    except BaseException:
        files.let_go(held)
        raise


def _put_and_held(beside: Path, folder: Path, place: Path) -> int:
    """Put a new journal in its place, held all the while: nobody finds it there and takes it for one that was left."""
    held = files.hold(beside, _HEADER)
    if held is None:
        raise lived_elsewhere(place)
    try:
        files.put_in_place(beside, folder)
    except BaseException as error:
        files.let_go(held)
        files.forget(beside)
        if isinstance(error, OSError) and error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise lived_elsewhere(place) from error
        raise
    return held


def _known(place: Path) -> dict[str, Any]:
    """Read the header of a journal that this version of the program has begun."""
    return _of_this_version(place, _read(place))


def _of_this_version(place: Path, said: dict[str, Any] | None) -> dict[str, Any]:
    if said is None:
        raise damaged(place, "its header is not what a run writes")
    if (said["journal"], said["program"]) != (SCHEMA, program()):
        raise Problem(
            f"another version of the program has begun this run: glasstown {said['glasstown']}",
            where=str(place),
            why="days lived by different versions would not be one run.",
            todo="go on with that version, or start again: 'glasstown run' with the same --out.",
            code=BAD_FILE,
        )
    return said


def _read(place: Path) -> dict[str, Any] | None:
    """Read a header, if it is one; one that cannot be read just now is not taken for none."""
    try:
        said = json.loads((folder_of(place) / _HEADER).read_bytes())
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError, RecursionError):
        return None
    except OSError as error:
        raise files.unreadable(place, error) from error
    if not isinstance(said, dict) or [type(said.get(name)) for name in _FORM] != list(_FORM.values()):
        return None
    entries = [entry if isinstance(entry, dict) else {} for entry in said["inputs"].values()]
    texts = [*said["keep"], *(entry.get(part) for entry in entries for part in ("file", "sha256", "path"))]
    return said if all(isinstance(text, str) and "\0" not in text for text in texts) else None


def _digest(said: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
