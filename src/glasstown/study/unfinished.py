"""Where an unfinished run has its journal, and what is said where one cannot be begun or gone on with."""

from __future__ import annotations

import shlex
from contextlib import suppress
from pathlib import Path

from glasstown.core import files
from glasstown.core.errors import BAD_FILE, Problem


def folder_of(place: Path) -> Path:
    """Return where the journal of a run folder is.

    Raises
    ------
    Problem
        Code 74, if no folder can be there: it is the root of all, or links lead in a circle.
    """
    try:
        return files.hidden(place.resolve(), "unfinished")
    except (OSError, RuntimeError, ValueError) as error:
        raise Problem(
            "no run folder can be there",
            where=str(place),
            why="the journal of a run lies beside its folder and is called after it.",
            todo="give the DIR that --out named, or runs/NAME-seedN.",
            code=BAD_FILE,
        ) from error


def size_of(place: Path) -> int:
    """Return how many bytes the journal of a run folder takes; 0 where there is none."""
    size = 0
    for file in folder_of(place).rglob("*.*"):
        # A night that nobody needs any more may go meanwhile.
        with suppress(OSError):
            size += file.stat().st_size
    return size


def damaged(place: Path, what: str) -> Problem:
    """Say that a journal is not as it was written."""
    return Problem(
        what,
        where=str(folder_of(place)),
        why="a run goes on only from days that come out the same when they are lived again.",
        todo="start again: 'glasstown run' with the same --out.",
        code=BAD_FILE,
    )


def another_input(name: str, file: str, digest: str, where: str) -> Problem:
    """Say that an input is not the one that a run began with."""
    return Problem(
        f"the {name} file is not the one that the run read",
        where=where,
        why=f"the run read a '{file}' with the SHA-256 {digest}.",
        todo=f"give that file: --{name} FILE.",
        code=BAD_FILE,
    )


def lived_elsewhere(place: Path) -> Problem:
    """Say that a run has one process at a time."""
    return Problem(
        "another process is living this run",
        where=str(place),
        why="two of them would write over each other.",
        todo="wait until it has finished, or choose another place with --out DIR.",
        code=BAD_FILE,
    )


def in_the_way(place: Path) -> Problem:
    """Say that a place is that of another unfinished run."""
    return Problem(
        "another run was ended there and is not finished",
        where=str(place),
        why="a run of other settings would take its place, and what it has lived would be lost.",
        todo=f"choose another place with --out DIR, remove {folder_of(place)}, or, {how_on(place)}",
        code=BAD_FILE,
    )


def how_on(place: Path) -> str:
    """Name the command by which a run goes on."""
    # What begins with a dash would be taken for an option.
    said = str(place) if not str(place).startswith("-") else f"./{place}"
    return f"to go on from what was lived: glasstown resume {shlex.quote(said)}"
