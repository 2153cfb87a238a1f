"""What is asked of a run or a comparison: checked, and loaded, before anything is built."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

import glasstown.catalogue as catalogue
from glasstown.core.errors import Problem
from glasstown.core.flaws import shown
from glasstown.core.machine import processors
from glasstown.scenario import Scenario, load, refuse_unfit, resolved, turned, with_changes

Settings = str | Sequence[str] | Mapping[str, object]

_BOUNDS = {"seed": (0, 2**63 - 1), "threads": (1, 1_024), "replicates": (1, 10_000), "seeds": (1, 1_000)}
_NOT_NEEDED = ("threads", "people", "days")

OPTIONS: Mapping[str, str] = {
    "town.people": "--people",
    "days": "--days",
    "town.kind": "--streets",
    "town.streets.file": "--streets",
    "sensing.cameras.kind": "--cameras",
    "sensing.cameras.file": "--cameras",
}


def check_counts(**given: object) -> None:
    """Check whole numbers that were given to a call, by the names of its parameters.

    Raises
    ------
    Problem
        For one that is no whole number, or beyond its bounds.
    """
    for name, value in given.items():
        where = f"--{name}"
        if value is None and name in _NOT_NEEDED:
            continue
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            what = f"expected a whole number, found {value!r:.60}"
            raise Problem(what, where=where, todo="write it in digits, such as 7.")
        number = operator.index(cast(Any, value))
        least, most = _BOUNDS.get(name, (number, number))
        if not least <= number <= most:
            what = f"expected a whole number from {least} to {most:,}, found {number:,}"
            end = f"{least} or more" if number < least else f"{most} or less"
            raise Problem(what, where=where, todo=f"write {end}.")


def threads_for(asked: int | None) -> int:
    """Return how many threads to use: as many as were asked for, or as there are processors for it."""
    check_counts(threads=asked)
    return operator.index(asked or processors())


def several(given: object, what: str = "settings") -> Sequence[str]:
    """Return a list of texts, of which one may be given alone.

    Raises
    ------
    Problem
        For anything else; `what` is what it is called.
    """
    if isinstance(given, str):
        return (given,)
    texts: list[Any] = list(cast(Iterable[Any], given)) if isinstance(given, Iterable) else [given]
    if not all(isinstance(text, str) for text in texts):
        raise Problem(f"expected a text, or several, found {given!r:.60}", where=what)
    return texts


def _knobs(settings: Settings) -> Iterable[tuple[str, object]]:
    """Read settings as pairs of a path and a value."""
    if not isinstance(settings, Mapping):
        return [(path, value) for path, value, _ in turned(several(settings))]
    for path in cast(Mapping[object, object], settings):
        if not isinstance(path, str):
            raise Problem(f"expected the path of a knob, found {path!r:.60}", where="settings")
    return [(path, _plain(value)) for path, value in settings.items()]


def sizes(people: int | None, days: int | None) -> dict[str, object]:
    """Turn sizes that were given to a call into knobs."""
    return {
        path: operator.index(value) for path, value in (("town.people", people), ("days", days)) if value is not None
    }


def refuse_said_twice(settings: Settings, chosen: Mapping[str, object]) -> None:
    """Refuse a setting that says something else than a parameter of the same call does.

    Raises
    ------
    Problem
        With both values: whichever was taken, the other would be passed over without a word.
    """
    for path, value in chosen.items():
        for said in _said(settings, path):
            if said != value:
                raise Problem(
                    f"'{path}' is said twice: {shown(value)}, and {shown(said)} in a setting",
                    where=OPTIONS.get(path, path),
                    why="one of the two would be passed over without a word.",
                    todo="leave one of them out.",
                )


def _said(settings: Settings, path: str) -> Iterator[object]:
    """Find what settings say of one knob, also within sections."""
    for name, value in _knobs(settings):
        if path == name or path.startswith(f"{name}."):
            yield from _within(value, path.removeprefix(name).split(".")[1:])
        elif name == f"{path}.value":
            yield value


def _within(said: Any, keys: Sequence[str]) -> Iterator[object]:
    for key in keys:
        if not isinstance(said, dict) or key not in said:
            return
        said = cast(Any, said)[key]
    yield said["value"] if isinstance(said, dict) and set(cast(Any, said)) == {"value"} else said


def _plain(value: Any) -> Any:
    """Take each number of NumPy as the number that it is."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in cast(Mapping[Any, Any], value).items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in cast(Sequence[Any], value)]
    return value.item() if isinstance(value, np.generic) else value


def loaded(
    scenario: str | Path | Scenario,
    settings: Settings,
    chosen: Mapping[str, object],
    safeguards: Sequence[str],
    names: Mapping[str, str] = OPTIONS,
) -> Scenario:
    """Load or change a scenario; what an option got wrong is told of the option.

    Parameters
    ----------
    settings : str, sequence of str, or mapping
        Knobs to turn.
    chosen : mapping of str to object
        Knobs that are turned after them, by options.
    safeguards : sequence of str
        Safeguards of the catalogue, put in place before them.
    names : mapping of str to str
        What the option is called that turns a knob.
    """
    knobs = dict(_knobs(settings))
    lines = () if isinstance(settings, Mapping) else several(settings)
    changes = {**(knobs if isinstance(settings, Mapping) else {}), **chosen}
    try:
        if not isinstance(scenario, Scenario):
            return load(scenario, settings=lines, changes=changes, safeguards=safeguards)
        own = {**knobs, **chosen}
        edits: dict[str, object] = {}
        for name in safeguards:
            edits |= catalogue.safeguard(name).change
        refuse_unfit(safeguards, resolved(with_changes(scenario, own) if own else scenario))
        edits |= own
        return with_changes(scenario, edits) if edits else scenario
    except Problem as problem:
        for path, option in names.items():
            if path in chosen:
                said = re.compile(rf"change of {re.escape(path)}(?![\w.])")
                problem.where, problem.why = (
                    said.sub(lambda _, option=option: option, text) for text in (problem.where, problem.why)
                )
        if "town.kind" not in chosen and "--cameras" in problem.where:
            problem.todo = "give --streets FILE.osm.pbf too: an invented town has no longitudes and latitudes."
        raise
