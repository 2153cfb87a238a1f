"""The page of six questions: its commands are commands, and its numbers are what they print.

Smallest error noticed: one arm, metric or picture that is not there; one digit of one number of one table.
"""

from __future__ import annotations

import itertools
import re
import shlex
from pathlib import Path

import pytest

from glasstown.metrics.quantities import BY_NAME
from glasstown.study.compare import arm
from tests.conftest import Command
from tests.repository import ROOT

PAGE = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
NUMBER = r"[\d.]+(?:e-\d+)?"
CELL = re.compile(rf"\| ({NUMBER} \({NUMBER} to {NUMBER}\))")
QUESTIONS = re.findall(r"^## \d\..*?(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)


def command_of(question: str) -> list[str]:
    """Return the words of a question's one command."""
    [block] = re.findall(r"```console\n(.*?)\n```", question, re.DOTALL)
    first, *words = shlex.split(block)
    assert first == "glasstown"
    return words


def options(words: list[str], name: str) -> list[str]:
    return [value for option, value in itertools.pairwise(words) if option == name]


def test_there_are_six() -> None:
    assert len(QUESTIONS) == 6


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q[3:6])
def test_a_question_has_a_command_a_picture_and_an_answer_with_intervals(question: str) -> None:
    words = command_of(question)
    [picture] = options(words, "--out")
    assert (ROOT / picture).read_text(encoding="utf-8").startswith("<svg")
    assert f"]({Path(picture).relative_to('docs')})" in question
    assert len(CELL.findall(question)) >= 3
    if words[0] == "compare":
        arms = [word for word in words[1:] if word.startswith("busy-street")]
        assert len(arms) >= 2
        for written in arms:
            assert arm(written, options(words, "--set")).town.kind == "crowd"
        assert set(options(words, "--metric")) <= set(BY_NAME)


@pytest.mark.slow
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q[3:6])
def test_the_numbers_are_those_that_the_command_prints(question: str, command: Command, tmp_path: Path) -> None:
    words = command_of(question)
    words[words.index("--out") + 1] = str(tmp_path / "drawn.svg")
    said = command(*words)
    assert said.code == 0, said.err
    cells = CELL.findall(question)
    assert len(cells) == question.count(" to ", question.index("\n| "), question.rindex(" |\n"))
    for cell in cells:
        assert cell in said.out, cell
