"""Files that people write: bounded YAML 1.2 that remembers the line of every key.

What can surprise (anchors, aliases, tags, merge keys, duplicate keys, several documents) or exhaust a machine
(size, depth, number of nodes) is refused while reading, before anything is built from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, NoReturn, cast, final

from ruamel.yaml import YAML, events
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from glasstown.core.errors import BAD_FILE, Problem

MOST_BYTES = 1_000_000
MOST_DEPTH = 32
MOST_NODES = 50_000

Tree = Any  # dict with text keys, list, text, int, float, bool or None
KeyPath = tuple[str | int, ...]

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_A_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PLAIN = "A file says everything once and in place, so that what is read is what is meant."
_TOO_LARGE = "No file of this kind needs to be so large."
_TEMPLATES = "'glasstown new FILE' writes a scenario to start from, 'glasstown rulebook new FILE' a rulebook."


@final
@dataclass(frozen=True)
class Document:
    """One file that a person wrote.

    Parameters
    ----------
    where : str
        The file's name as it is shown in messages.
    tree : dict, list, str, int, float, bool or None
        What it says; keys of mappings are always text.
    lines : dict of tuple to int
        The line of every key and list item, counted from 1, by path.
    """

    where: str
    tree: Tree
    lines: dict[KeyPath, int]

    def line(self, path: KeyPath) -> int:
        """Return the line of a key, or of the nearest key above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def at(self, path: KeyPath) -> str:
        """Return `file:line` of a key."""
        return f"{self.where}:{self.line(path)}"


@dataclass
class _Open:
    """A mapping or list that is still being read."""

    node: dict[str, Any] | list[Any]
    path: KeyPath
    key: str | None = None


@dataclass
class _Reader:
    """Builds the tree from events and refuses what must not be there."""

    where: str
    lines: dict[KeyPath, int] = field(default_factory=lambda: {})
    stack: list[_Open] = field(default_factory=lambda: [])
    tree: Tree = None
    nodes: int = 0
    documents: int = 0

    def refuse(self, event: Any, what: str, why: str = _PLAIN, todo: str = "") -> NoReturn:
        raise Problem(what, where=f"{self.where}:{event.start_mark.line + 1}", why=why, todo=todo)

    def take(self, event: Any) -> None:
        match event:
            case events.DocumentStartEvent():
                self._document(event)
            case events.AliasEvent():
                self.refuse(event, f"alias '*{event.anchor}' is not allowed", todo="Write the value out.")
            case events.ScalarEvent() | events.MappingStartEvent() | events.SequenceStartEvent():
                self._node(event)
            case events.MappingEndEvent() | events.SequenceEndEvent():
                self.stack.pop()
            case _:
                pass

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self.refuse(event, "a second document starts here ('---')", todo="Use one file for each document.")
        if event.version or event.tags:
            self.refuse(event, "directives ('%YAML', '%TAG') are not allowed", todo="Delete the line.")

    def _node(self, event: Any) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            self.refuse(event, f"more than {MOST_NODES:,} values", "No file of this kind needs so many.")
        if event.anchor is not None:
            self.refuse(event, f"anchor '&{event.anchor}' is not allowed", todo="Write the value out.")
        if event.tag is not None:
            self.refuse(event, f"tag '{event.tag}' is not allowed", todo="Write a plain value.")
        top = self.stack[-1] if self.stack else None
        if top and isinstance(top.node, dict) and top.key is None:
            self._key(event, top)
            return
        path = self._place(event, top)
        if isinstance(event, events.ScalarEvent):
            value: Any = self._scalar(event)
        else:
            value = {} if isinstance(event, events.MappingStartEvent) else []
        if top is None:
            self.tree = value
        elif isinstance(top.node, list):
            top.node.append(value)
        else:
            top.node[str(top.key)] = value
            top.key = None
        if isinstance(value, dict | list):
            self.stack.append(_Open(cast(Any, value), path))
            if len(self.stack) > MOST_DEPTH:
                self.refuse(event, f"nested more than {MOST_DEPTH} deep", "No file of this kind needs so many levels.")

    def _place(self, event: Any, top: _Open | None) -> KeyPath:
        if top is None:
            return ()
        if isinstance(top.node, dict):
            return (*top.path, str(top.key))
        path = (*top.path, len(top.node))
        self.lines[path] = event.start_mark.line + 1
        return path

    def _key(self, event: Any, top: _Open) -> None:
        if not isinstance(event, events.ScalarEvent):
            self.refuse(event, "a key must be plain text", todo="Write 'key: value'.")
        text = self._text(event)
        if text == "<<" and event.style is None:
            self.refuse(event, "merge key '<<' is not allowed", todo="Write the values out.")
        if not text:
            self.refuse(event, "a key is missing before ':'", todo="Write 'key: value'.")
        path = (*top.path, text)
        if text in top.node:
            first = self.lines[path]
            self.refuse(event, f"key '{text}' is written twice (first in line {first})", todo="Keep one.")
        self.lines[path] = event.start_mark.line + 1
        top.key = text

    def _text(self, event: Any) -> str:
        text: str = event.value
        hidden = _HIDDEN.search(text)
        if hidden:
            code = f"U+{ord(hidden.group()):04X}"
            self.refuse(event, f"invisible control character {code} in a text", todo="Delete it.")
        return text

    def _scalar(self, event: Any) -> str | int | float | bool | None:
        text = self._text(event)
        if event.style is not None:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _NOT_A_NUMBER.fullmatch(text):
            self.refuse(event, f"'{text}' is not a number that can be used", "Every number is finite.")
        if _INT.fullmatch(text):
            if len(text) > 19:
                self.refuse(event, f"number of {len(text)} digits", "No quantity is so large.")
            return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
        if _FLOAT.fullmatch(text):
            number = float(text)
            if abs(number) == float("inf"):
                self.refuse(event, f"number '{text[:40]}' is too large", "Every number is finite.")
            return number
        return text


def parse(text: str, where: str) -> Document:
    """Read YAML from a text, keeping the line of every key.

    Parameters
    ----------
    text : str
        The YAML; at most 1 MB, 32 levels and 50,000 values.
    where : str
        What to call it in messages.

    Returns
    -------
    Document
        Plain values: true, false, null and numbers by the YAML 1.2 core schema, everything else text.

    Raises
    ------
    Problem
        With the line, for anything that is not plain YAML.
    """
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise Problem(f"larger than {MOST_BYTES:,} bytes", where=where, why=_TOO_LARGE)
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise Problem("this is a binary file, not YAML", where=f"{where}:{line}", todo="Give a text file.")
    reader = _Reader(where)
    try:
        for event in _events(text.removeprefix("\ufeff")):
            reader.take(event)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        what = str(error.problem or error.context or "cannot be read").replace("\n", " ")
        if "\\t" in repr(what):
            what = "a tab where only spaces may stand"
        raise Problem(
            f"not valid YAML: {what}",
            where=f"{where}:{line}",
            todo="Check the indentation, colons and quotes here.",
        ) from None
    except YAMLError as error:
        spot = getattr(error, "position", 0)
        line = text.count("\n", 0, spot) + 1
        raise Problem(
            "a character here is not allowed in YAML",
            where=f"{where}:{line}",
            todo="Save the file as plain text.",
        ) from None
    if reader.tree is None:
        raise Problem("the file is empty", where=where, todo=_TEMPLATES)
    return Document(where, reader.tree, reader.lines)


def _events(text: str) -> Iterator[Any]:
    return cast(Iterator[Any], YAML(typ="safe", pure=True).parse(text))


def read_text(path: Path, where: str, most: int = MOST_BYTES) -> str:
    """Read a small text file, or say why it cannot be read.

    Raises
    ------
    Problem
        Missing, a folder, not a regular file, too large, binary or not UTF-8.
    """
    try:
        mode = path.stat().st_mode
        if S_ISDIR(mode):
            raise Problem("this is a folder", where=where, todo="Name a file in it.", code=BAD_FILE)
        if not S_ISREG(mode):
            raise Problem("this is not a regular file", where=where, todo="Name a file.", code=BAD_FILE)
        with path.open("rb") as file:
            data = file.read(most + 1)
    except FileNotFoundError:
        raise Problem("there is no such file", where=where, todo="Check the name.", code=BAD_FILE) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Problem(f"cannot be read ({reason})", where=where, todo="Check the file.", code=BAD_FILE) from None
    if len(data) > most:
        raise Problem(f"larger than {most:,} bytes", where=where, why=_TOO_LARGE)
    if b"\x00" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        line = data.count(b"\n", 0, data.index(b"\x00")) + 1
        raise Problem("this is a binary file, not YAML", where=f"{where}:{line}", todo="Give a text file.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Problem(
            "not UTF-8 text", where=f"{where}:{line}", todo="Save the file with the encoding UTF-8."
        ) from None


def read_document(path: Path) -> Document:
    """Read one YAML file that a person wrote.

    Raises
    ------
    Problem
        With file and line; exit code 74 where the file itself cannot be read.
    """
    return parse(read_text(path, str(path)), str(path))
