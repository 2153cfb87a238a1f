"""What is there already where something shall be written: a run of ours, or what somebody else would lose."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, cast

from glasstown.core.errors import BAD_FILE, Problem

ANOTHER = "choose another place."
ELSEWHERE = "choose another place with --out DIR."
_MOUNTS = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(rb"\\([0-3][0-7]{2})")
_SCHEMA = "run_schema"
# What is taken for a run's where its list is damaged.
_WRITTEN = {"scenario.json", "metrics.json", "metrics.csv", "report.html"}
_TABLE = re.compile(r"tables/[a-z_]+\.parquet")
# A file that `report` was writing again when it was killed, and what a desktop leaves in every folder that it shows.
_LEFT = re.compile(r"(.*/)?\.(?P<name>[^/]+)\.\d+\.part|(.*/)?(\.DS_Store|\._[^/]*)", re.DOTALL)


def no_place(path: Path, mark: str) -> Problem | None:
    """Say why a run folder must not take the place of what is there; None if it may.

    Parameters
    ----------
    path : Path
        Where the folder shall be.
    mark : str
        The file by which a run is known; its `files` name all others.
    """
    place = path.resolve()
    if is_mount(place):
        return Problem(
            "a disk, or a folder from elsewhere, is mounted there",
            where=str(path),
            why="a run folder takes its place in one step when all is lived, which cannot be done to a mount.",
            todo=f"name a folder in it: --out {path / 'NAME'}",
            code=BAD_FILE,
        )
    others = not_ours(place, mark)
    if others is None:
        return Problem(
            "something else is there already",
            where=str(path),
            why=f"only an empty folder, or a run with its {mark}, is replaced.",
            todo=f"move it away, or {ELSEWHERE}",
            code=BAD_FILE,
        )
    if others:
        more = f" and {len(others) - 1} more" if others[1:] else ""
        return Problem(
            f"the run that is there would be replaced, but {others[0]}{more} is not part of it",
            where=str(path),
            why="a run folder is replaced as a whole, and what somebody else put there would be lost.",
            todo=f"move it away, or {ELSEWHERE}",
            code=BAD_FILE,
        )
    if place == Path.cwd() or place in Path.cwd().parents:
        return Problem(
            "this is the folder you are in",
            where=str(path),
            why="a run folder is put in its place as a whole.",
            todo="name a folder in it: --out DIR.",
            code=BAD_FILE,
        )
    return None


def no_file(path: Path) -> Problem | None:
    """Say why a file must not take the place of what is neither a file nor a folder; None of anything else."""
    if not path.exists() or path.is_file() or path.is_dir():
        return None
    return Problem(
        "a pipe, a device or the like is there",
        where=str(path),
        why="a file is put in its place as a whole, and what is there would be gone.",
        todo=ANOTHER,
        code=BAD_FILE,
    )


def is_mount(place: Path) -> bool:
    """Say whether a disk, or a folder from elsewhere on the same one, is mounted on a folder."""
    if os.path.ismount(place):
        return True
    try:
        lines = _MOUNTS.read_bytes().splitlines()
    except OSError:
        return False
    mounts = [fields[4] for line in lines if len(fields := line.split()) > 4]
    return os.fsencode(place) in {_ESCAPED.sub(lambda code: bytes([int(code[1], 8)]), mount) for mount in mounts}


def not_ours(place: Path, mark: str) -> list[str] | None:
    """List the files in a folder that are no part of the run that is there.

    Parameters
    ----------
    place : Path
        The folder; nothing need be there.
    mark : str
        The file by which a run is known; its `files` name all others. Where it is damaged, what runs call their files
        is taken for a part.

    Returns
    -------
    list of str or None
        None if something is there, but no run.
    """
    if not place.exists() or (place.is_dir() and not any(place.iterdir())):
        return []
    if not (place / mark).is_file():
        return None
    try:
        said = json.loads((place / mark).read_bytes())
    except (OSError, ValueError, RecursionError):
        named = None
    else:
        named = _named(said)
        if named is None:
            return None
    there = (file for file in place.rglob("*") if file.is_symlink() or not file.is_dir())
    names = sorted(file.relative_to(place).as_posix() for file in there)
    return [name for name in names if name != mark and not _is_part(name, mark, named)]


def _named(said: Any) -> set[str] | None:
    """Name the files that a run's list names; None if it is no such list."""
    if not isinstance(said, dict) or _SCHEMA not in said:
        return None
    files = cast(dict[str, Any], said).get("files")
    return set(cast(dict[str, str], files)) if isinstance(files, dict) else None


def _is_part(name: str, mark: str, named: set[str] | None) -> bool:
    if left := _LEFT.fullmatch(name):
        return left["name"] is None or left["name"] in (mark, *_WRITTEN)
    if named is not None:
        return name in named
    return name in _WRITTEN or _TABLE.fullmatch(name) is not None
