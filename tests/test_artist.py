"""Pictures are drawn by a process of its own: the same as here, and here where it fails.

Smallest error noticed: one byte of a picture, an error that is told otherwise, a process that stays behind.
"""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from glasstown.core.errors import BAD_FILE, Problem
from glasstown.core.machine import processors
from glasstown.report import artist, drawing
from glasstown.report.artist import Artist, drawing_apart

SPEC: dict[str, Any] = {
    "width": 90,
    "data": {"values": [{"what": "right", "n": 3}, {"what": "é <&>\n", "n": 1}]},
    "mark": "bar",
    "encoding": {"x": {"field": "n", "type": "quantitative"}, "y": {"field": "what", "type": "nominal"}},
}

pytestmark = pytest.mark.skipif(processors() < 2, reason="nothing is drawn apart on one processor")


def begun(present: Artist) -> int:
    """Start the process and return its number."""
    present.begin()
    assert present._process is not None
    return present._process.pid


def test_the_same_picture_is_drawn_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    here = drawing.drawn(SPEC)
    with drawing_apart() as present:
        begun(present)
        monkeypatch.setattr(drawing, "_drawn_here", None)
        assert [drawing.drawn(SPEC) for _ in range(2)] == [here, here]
        assert present.peak_mb > 20
        assert drawing.drawn({**SPEC, "width": 91}) != here


def test_what_a_process_that_has_ended_owes_is_drawn_here() -> None:
    here = drawing.drawn(SPEC)
    with drawing_apart() as present:
        os.kill(begun(present), signal.SIGKILL)
        assert artist.drawn_apart(SPEC) is None
        assert drawing.drawn(SPEC) == here


def test_a_library_that_ends_its_process_is_not_asked_to_end_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it does where addresses are rationed: it aborts, and leaves no word."""
    monkeypatch.setattr(drawing, "_drawn_here", None)
    with drawing_apart() as present:
        os.kill(begun(present), signal.SIGTRAP)
        with pytest.raises(Problem, match="the library that draws ended itself") as caught:
            drawing.drawn(SPEC)
    assert caught.value.code == BAD_FILE
    assert "ulimit -v" in caught.value.todo


def test_what_cannot_be_drawn_is_refused_in_the_same_words() -> None:
    with pytest.raises(Problem, match="a picture cannot be drawn") as here:
        drawing.drawn({"mark": 3})
    with drawing_apart() as present:
        begun(present)
        with pytest.raises(Problem, match="a picture cannot be drawn") as apart:
            drawing.drawn({"mark": 3})
        assert str(apart.value) == str(here.value)


def test_there_is_one_process_at_most_and_it_does_not_stay() -> None:
    with drawing_apart() as present:
        number = begun(present)
        with drawing_apart() as same:
            assert begun(same) == number
        assert artist.drawn_apart({"mark": "point", "data": {"values": []}})
    assert not present.begun
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
