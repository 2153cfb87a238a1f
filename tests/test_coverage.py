"""How often the intervals hold the truth, over a stated grid: 94 to 96 of 100 on average, nowhere under 90."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from glasstown.core import intervals
from tests import coverage
from tests.coverage import Point
from tests.repository import ROOT

PAGE = ROOT / "docs" / "intervals.md"
LEAST, MEAN = 0.90, (0.94, 0.96)


def mean(points: Sequence[Point]) -> float:
    return math.fsum(p.coverage for p in points) / len(points)


def wrong(points: Sequence[Point]) -> list[Point]:
    """Return the points where the truth is held too seldom, beyond the error of the count (4.4 standard errors)."""
    return [p for p in points if p.coverage < LEAST - 4.4 * p.error]


def test_rare_and_frequent_totals_are_held() -> None:
    """Exact, no event and one event included: would notice an end that is off by a tenth of an event."""
    points = list(coverage.totals((0.1, 0.2, 0.5, 1, 2, 5, 10, 50)))
    assert not wrong(points)
    assert MEAN[0] < mean(points) < 0.975, "a grid of rare events alone is held a little too often"


def test_a_narrower_interval_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "TAIL", 0.08)
    assert wrong(list(coverage.totals((3, 5, 10))))


def test_a_point_held_too_seldom_is_red() -> None:
    good = Point("totals", "one at a time", "", 1.0, 0.93, 0.0)
    assert not wrong([good])
    assert wrong([replace(good, coverage=0.89)])
    assert not wrong([replace(good, coverage=0.89, error=0.0035)])


@pytest.mark.slow
def test_the_page_is_what_is_counted_and_keeps_its_word() -> None:
    points = coverage.everything()
    assert PAGE.read_text(encoding="utf-8") == coverage.page(points)
    assert not wrong(points)
    assert MEAN[0] <= mean(points) <= MEAN[1]
