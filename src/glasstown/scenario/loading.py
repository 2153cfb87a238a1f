"""Loading a scenario: base, file, safeguards, settings and changes, each over the one before."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import glasstown.catalogue as catalogue
from glasstown.core.documents import Document, KeyPath, parse, read_text
from glasstown.core.errors import Problem
from glasstown.core.flaws import Flaw, raise_for, shown
from glasstown.scenario import books
from glasstown.scenario.fitting import refuse_unfit
from glasstown.scenario.kinds import INSTEAD, kind_in, silent_part
from glasstown.scenario.model import Scenario
from glasstown.scenario.numbers import resolved
from glasstown.scenario.promise import refuse_rows, refuse_table
from glasstown.scenario.shape import Shape, shape
from glasstown.scenario.walk import built

_OF_THE_SYSTEM = ("fmr", "fnmr", "published_size")
_SETS_RATES = (
    ["sensing"],
    ["sensing", "recognition"],
    *(["sensing", "recognition", key] for key in ("system", "decision_threshold", *_OF_THE_SYSTEM)),
)
TEMPLATE = catalogue.ROOT / "template.yaml"


class _Merged:
    """One document put together from several, remembering where each value was written."""

    def __init__(self) -> None:
        self.tree: dict[str, Any] = {}
        self.origins: dict[KeyPath, str] = {}

    def lay(self, document: Document) -> None:
        """Lay a document over what is there: sections merge, everything else is replaced."""
        self._over(self.tree, document.tree, shape(), (), document.at)

    def spread(self, tree: dict[str, Any]) -> None:
        """Lay a document of the program's own over what is there."""
        self._over(self.tree, tree, shape(), (), lambda _: "")
        self.forget()

    def forget(self) -> None:
        """Forget where everything so far was written: it is not the reader's to change."""
        self.origins.clear()

    def _over(
        self,
        under: dict[str, Any],
        over: dict[str, Any],
        here: Shape | None,
        at: KeyPath,
        where: Callable[[KeyPath], str],
    ) -> None:
        for key, value in over.items():
            path = (*at, key)
            inner = here.keys.get(key) if here else None
            section = inner is not None and inner.kind == "section"
            if section and value is None:
                continue
            self.origins[path] = where(path)
            if section and isinstance(value, dict) and isinstance(under.get(key, {}), dict):
                self._over(under.setdefault(key, {}), cast(dict[str, Any], value), inner, path, where)
            else:
                under[key] = copy.deepcopy(value)
                self._mark(value, path, where)

    def _mark(self, value: Any, path: KeyPath, where: Callable[[KeyPath], str]) -> None:
        self.origins[path] = where(path)
        if isinstance(value, dict):
            for key, part in cast(dict[str, Any], value).items():
                self._mark(part, (*path, key), where)

    def turn(self, dotted: str, value: Any, where: str) -> None:
        """Turn one knob; of a section only what is given."""
        keys = dotted.split(".")
        if not all(keys):
            raise Problem(f"'{dotted}' is not a path of keys", where=where, todo="Write for example town.people.")
        node = self.tree
        for depth, key in enumerate(keys[:-1], 1):
            self.origins.setdefault(tuple(keys[:depth]), where)
            inner = node.get(key)
            if not isinstance(inner, dict):
                inner = node[key] = {}
                self.origins[tuple(keys[:depth])] = where
            node = cast(dict[str, Any], inner)
        self._over(node, {keys[-1]: value}, _shape_at(keys[:-1]), tuple(keys[:-1]), lambda _: where)

    def says(self, dotted: str, value: Any) -> bool:
        """Say whether a knob is as it was turned; of a section, whether what was given of it is."""
        node: Any = self.tree
        for key in dotted.split("."):
            if not isinstance(node, dict) or key not in node:
                return False
            node = cast(dict[str, Any], node)[key]
        return _within(node, value)

    def wrote(self, path: KeyPath, document: Document) -> bool:
        """Say whether a value was written in a document, and not turned since."""
        return self.origins.get(path) == document.at(path)

    def unheard(self, scenario: Scenario | None) -> list[Flaw]:
        """Find what the reader wrote that says nothing in this kind of town."""
        if scenario is None:
            return []
        kind = scenario.town.kind
        parts = dict.fromkeys(silent_part(kind, path) for path in self.origins)
        what = f"this says nothing where town.kind is '{kind}'"
        return [
            Flaw(tuple(part.split(".")), what, INSTEAD.get((kind, part), "leave it out"), ("town", "kind"))
            for part in parts
            if part
        ]

    def place(self, flaw: Flaw) -> str:
        """Return where a mistake was written: its key, what caused it, or the nearest key above."""
        for path in (flaw.path, flaw.cause):
            if path in self.origins:
                return self.origins[path]
        path = flaw.path
        while path and path not in self.origins:
            path = path[:-1]
        return self.origins.get(path, "")


def load(
    source: str | Path,
    *,
    settings: Sequence[str] = (),
    changes: Mapping[str, object] | None = None,
    safeguards: Sequence[str] = (),
) -> Scenario:
    """Read a scenario by its catalogue name or from a file, and fill in what it does not say.

    Parameters
    ----------
    source : str or Path
        A name of the catalogue, or a YAML file.
    settings : sequence of str
        `path=value`, the value in YAML, as after `--set`.
    changes : mapping of str to object
        The same from Python: new values by dotted path.
    safeguards : sequence of str
        Safeguards of the catalogue, put in place before settings and changes.

    Returns
    -------
    Scenario
        Complete; facts and the named system are looked up.

    Raises
    ------
    Problem
        With file, line, key, what was expected and what was found, for every mistake at once.
    """
    document = _document(source)
    asked = _Merged()
    _lay_over(asked, document, settings, changes or {}, safeguards)
    merged = _filled(kind_in(asked.tree))
    _lay_over(merged, document, settings, changes or {}, safeguards)
    if safeguards:
        without = _filled(kind_in(asked.tree))
        _lay_over(without, document, settings, changes or {}, ())
        refuse_unfit(safeguards, without.tree)
    beside = Path(document.where).parent
    books.take_in(merged.tree, lambda path: beside if merged.wrote(path, document) else Path())
    scenario, flaws = built(merged.tree)
    flaws += merged.unheard(scenario)
    flaws.sort(key=lambda flaw: document.line(flaw.path))
    raise_for(flaws, document.where, [merged.place(flaw) or document.at(flaw.path) for flaw in flaws])
    assert scenario is not None
    return scenario


def _filled(kind: str) -> _Merged:
    """Return what holds where a scenario of this kind says nothing."""
    merged = _Merged()
    merged.spread(catalogue.base().tree)
    if kind in catalogue.KINDS_WITH_BASE:
        merged.spread(catalogue.base(kind).tree)
    return merged


def _lay_over(
    merged: _Merged,
    document: Document,
    settings: Sequence[str],
    changes: Mapping[str, object],
    safeguards: Sequence[str],
) -> None:
    """Lay a file, safeguards, settings and changes over what is there, each over the one before."""
    merged.lay(document)
    for name in safeguards:
        for path, value in catalogue.safeguard(name).change.items():
            merged.turn(path, value, f"safeguard {name}")
    for path, value, where in turned(settings):
        merged.turn(path, value, where)
    for path, value in changes.items():
        plain = str(value) if isinstance(value, Path) else value
        merged.turn(path, plain, f"change of {path}")


def with_changes(scenario: Scenario, changes: Mapping[str, object]) -> Scenario:
    """Turn knobs of a scenario that is already loaded; everything else stays as it is.

    Parameters
    ----------
    changes : mapping of str to object
        New values by dotted path.

    Raises
    ------
    Problem
        As `load` does.
    """
    merged = _Merged()
    if "town.kind" in changes:
        merged.lay(catalogue.base())
        if changes["town.kind"] in catalogue.KINDS_WITH_BASE:
            merged.lay(catalogue.base(str(changes["town.kind"])))
    merged.spread(resolved(scenario))
    rates = any(path.split(".")[:3] in _SETS_RATES for path in changes)
    recognition = merged.tree["sensing"]["recognition"]
    if rates and recognition["system"] != "custom":
        for key in _OF_THE_SYSTEM:
            recognition.pop(key, None)
    for path, value in changes.items():
        merged.turn(path, value, f"change of {path}")
    books.take_in(merged.tree, lambda _: Path())
    changed, flaws = built(merged.tree, look_up=False, rates=rates)
    if changed is not None:
        _, claims = built(merged.tree, rates=rates)
        flaws += [flaw for flaw in claims if flaw.path in merged.origins or flaw.path == ("status",)]
    flaws += merged.unheard(changed)
    raise_for(flaws, scenario.id, [merged.place(flaw) or scenario.id for flaw in flaws])
    assert changed is not None
    return changed


def _shape_at(keys: Sequence[str]) -> Shape | None:
    here: Shape | None = shape()
    for key in keys:
        here = (here.keys.get(key) or here.item) if here else None
    return here


def _document(source: str | Path) -> Document:
    if isinstance(source, str) and source in catalogue.names("scenarios"):
        return catalogue.scenario(source)
    path = Path(source)
    if isinstance(source, str) and not path.suffix and len(path.parts) <= 1 and not path.exists():
        return catalogue.scenario(source)
    text = read_text(path, str(path))
    refuse_table(text, str(path), path.suffix.lower())
    document = parse(text, str(path))
    refuse_rows(document)
    if not isinstance(document.tree, dict):
        raise Problem(
            f"expected a scenario, found {shown(document.tree)}",
            where=f"{path}:1",
            todo="'glasstown new FILE' writes a template to start from.",
        )
    return document


def setting(line: str) -> tuple[str, Any, str]:
    """Read one `path=value`: the path, the value, and what to call it in messages."""
    where = f"--set {line}"
    path, equals, text = line.partition("=")
    if not equals or not path.strip() or not text.strip():
        raise Problem("expected path=value", where=where, todo="Write for example --set records.retention_days=7.")
    word = text.strip()
    return path.strip(), None if word in ("~", "null") else parse(word, where).tree, where


def turned(lines: Iterable[str]) -> list[tuple[str, Any, str]]:
    """Read settings that are made together: of each the path, the value, and what to call it in messages.

    Raises
    ------
    Problem
        For one that is not `path=value`, or that another would take the place of.
    """
    merged, found = _Merged(), list[tuple[str, Any, str]]()
    standing: list[tuple[str, Any, str]] = []
    for line in lines:
        path, value, where = one = setting(line)
        merged.turn(path, value, where)
        for before in standing:
            if not merged.says(*before[:2]):
                raise Problem(
                    f"'{line}' would take the place of '{before[2].removeprefix('--set ')}'",
                    where=where,
                    why="one of the two would be passed over without a word.",
                    todo="leave one of them out.",
                )
        found.append(one)
        if merged.says(path, value):
            standing.append(one)
    return found


def _within(whole: Any, part: Any) -> bool:
    """Say whether a tree has everything that a part of it says."""
    if not isinstance(whole, dict) or not isinstance(part, dict):
        return whole == part and type(whole) is type(part)
    tree = cast(dict[str, Any], whole)
    return all(key in tree and _within(tree[key], value) for key, value in cast(dict[str, Any], part).items())


def template() -> str:
    """Return a commented scenario to start from; it loads as it is."""
    return TEMPLATE.read_text(encoding="utf-8")
