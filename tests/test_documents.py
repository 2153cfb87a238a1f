"""Bounded YAML: plain values by the YAML 1.2 core schema, the line of every key, nothing that can explode."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasstown.core.documents import MOST_BYTES, MOST_NODES, Document, parse, read_document
from glasstown.core.errors import BAD_FILE, BAD_INPUT, Problem


def refusal(read: Callable[[], Document]) -> Problem | None:
    """Return the Problem with which a text is refused; any other exception is a failure."""
    try:
        read()
    except Problem as problem:
        return problem
    return None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-7", -7),
        ("+7", 7),
        ("007", 7),
        ("0x10", 16),
        ("0o17", 15),
        ("1_000", "1_000"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("-1.5E-2", -0.015),
        ("true", True),
        ("FALSE", False),
        ("yes", "yes"),
        ("off", "off"),
        ("null", None),
        ("~", None),
        ("", None),
        ("2020-01-01", "2020-01-01"),
        ("12:30", "12:30"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_plain_values_follow_the_core_schema(text: str, value: Any) -> None:
    found = parse(f"key: {text}\n", "t").tree["key"]
    assert found == value
    assert type(found) is type(value)


def test_keys_are_text_and_every_key_and_item_has_its_line() -> None:
    document = parse("a: 1\n1: x\nb:\n  - p\n  - q: 2\n    r: {s: 3}\nc: >-\n  long\n  text\ntrue: 4\n", "t")
    assert document.tree == {"a": 1, "1": "x", "b": ["p", {"q": 2, "r": {"s": 3}}], "c": "long text", "true": 4}
    lines = {("a",): 1, ("1",): 2, ("b",): 3, ("b", 0): 4, ("b", 1, "q"): 5, ("b", 1, "r", "s"): 6, ("true",): 10}
    assert {path: document.line(path) for path in lines} == lines
    assert document.line(("b", 1, "r", "missing")) == 6
    assert document.at(("c", "deeper")) == "t:7"
    assert document.line(("nowhere",)) == 1


BOMBS = {
    "brackets": "[" * 900_000,
    "braces": "{a: " * 200_000,
    "dashes": "- " * 400_000,
    "items": "- a\n" * 240_000,
    "questions": "? " * 400_000,
    "quotes": '"' * 900_000,
    "newlines": "\n" * 990_000,
    "comments": "#\n" * 400_000,
    "words": "a: " + "b " * 400_000,
    "escapes": '"' + "\\u0061" * 160_000 + '"',
    "flow": "[" + ",".join(["[]"] * (MOST_NODES + 1)) + "]",
    "anchors": "a: &a [1]\nb: [*a]\n" * 10_000,
    "large": "a" * (MOST_BYTES + 1),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_end(name: str) -> None:
    """Each is read or refused; composing them would need gigabytes or hours."""
    problem = refusal(lambda: parse(BOMBS[name], "bomb"))
    assert problem is None or problem.code == BAD_INPUT


@given(st.text(alphabet=st.sampled_from("ab01.-:,[]{}&*!|>%@#'\"? \n\t~\x00\x1bé"), max_size=40))
def test_any_text_is_read_or_refused_with_its_name(text: str) -> None:
    problem = refusal(lambda: parse(text, "any"))
    assert problem is None or problem.where.startswith("any")


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_with_their_name(tmp_path_factory: Any, data: bytes) -> None:
    file = Path(tmp_path_factory.mktemp("bytes")) / "any.yaml"
    file.write_bytes(data)
    problem = refusal(lambda: read_document(file))
    assert problem is None or problem.where.startswith(str(file))


def test_files_that_are_not_files_are_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for path, text in [
        (tmp_path, "this is a folder"),
        (pipe, "this is not a regular file"),
        (Path("/dev/zero"), "this is not a regular file"),
        (loop, "cannot be read"),
        (tmp_path / "none", "there is no such file"),
        (tmp_path / ("x" * 300), "cannot be read"),
        (Path("nul\x00byte"), "cannot be read"),
    ]:
        with pytest.raises(Problem, match=text) as caught:
            read_document(path)
        assert caught.value.code == BAD_FILE


def test_a_large_file_is_not_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    with file.open("wb") as sparse:
        sparse.truncate(50_000_000_000)
    with pytest.raises(Problem, match="larger than 1,000,000 bytes"):
        read_document(file)
