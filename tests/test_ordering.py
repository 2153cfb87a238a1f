"""Orders by a number and a draw, dealt out digit by digit, against sorting row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glasstown import tables as t
from glasstown.core.chance import threshold, thresholds
from glasstown.core.kernels import whole
from glasstown.core.keys import Key, as_normal, normal_table
from glasstown.core.ordering import in_sequence, ranked, sorted_apart
from glasstown.sensing.capture import sight
from glasstown.sensing.knobs import Cameras
from glasstown.sensing.recognition import kind_at, kind_of
from glasstown.simulate import handed_over
from glasstown.state import Passes
from tests.plain.metrics import some_people
from tests.worlds import rows, some_alerts

KEY = Key.from_seed(57)
FULL = 2**32 - 1


def numbers(word: str, n: int, below: int) -> Any:
    return KEY(word, n, below).below(below, np.arange(n)).astype(np.uint32)


@pytest.mark.parametrize("below", [1, 2, 3, 257, 1 << 13, (1 << 13) + 1, 1 << 26, FULL + 1])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 100, 4_096, 4_097, 9_000])
def test_numbers_are_ranked_as_by_sorting(n: int, below: int) -> None:
    given = numbers("first", n, below)
    order, tied = ranked(given)
    assert order.tolist() == sorted(range(n), key=lambda i: (int(given[i]), i))
    ranks = given[order].tolist()
    assert tied.tolist() == [i for i in range(n) if ranks[i] in ranks[max(i - 1, 0) : i] + ranks[i + 1 : i + 2]]


@pytest.mark.parametrize("width", [1, 11, 15])
@pytest.mark.parametrize("below", [1, 2, 2_047, 1 << 11, 1 << 22, (1 << 22) + 1, 1 << 27, FULL + 1])
@pytest.mark.parametrize("n", [0, 1, 2, 100, 4_096, 8_191, 8_192, 70_000])
def test_numbers_are_sorted_and_taken_apart(n: int, below: int, width: int) -> None:
    """Would notice one number lost, doubled or out of place, and one bit on the wrong side."""
    given = numbers("sorted", n, below)
    before = given.copy()
    upper, lower = sorted_apart(given, whole(width))
    assert (upper.dtype, lower.dtype) == (np.int32, np.int16)
    assert (upper.astype(np.uint32) << np.uint32(width) | lower.astype(np.uint32)).tolist() == sorted(before.tolist())
    assert (lower < 1 << width).all()
    assert np.array_equal(given, before)


@pytest.mark.parametrize("far", [0, 1 << 20, FULL])
def test_numbers_that_nearly_all_lie_together_are_sorted(far: int) -> None:
    given = np.append(numbers("near", 50_000, 1_000) + np.uint32(1 << 20), np.uint32(far))
    upper, lower = sorted_apart(given, whole(11))
    assert (upper.astype(np.uint32) << np.uint32(11) | lower.astype(np.uint32)).tolist() == sorted(given.tolist())


@pytest.mark.parametrize("firsts", [1, 5, 1_000, FULL + 1])
@pytest.mark.parametrize("draws", [1, 3, FULL + 1])
@pytest.mark.parametrize("n", [0, 1, 2, 50, 5_000])
def test_a_sequence_is_by_number_draw_and_position(n: int, firsts: int, draws: int) -> None:
    first, draw = numbers("first", n, firsts), numbers("draw", n, draws).astype(np.uint64)
    asked: list[int] = []

    def tie(at: Any) -> Any:
        asked.extend(at.tolist())
        return draw[at]

    expected = sorted(range(n), key=lambda i: (int(first[i]), int(draw[i]), i))
    assert in_sequence(first, tie).tolist() == expected
    alone = {int(x) for x, times in zip(*np.unique(first, return_counts=True), strict=True) if times == 1}
    assert sorted(asked) == [i for i in range(n) if int(first[i]) not in alone]


def test_the_ends_of_the_scale_are_ranked() -> None:
    assert ranked(np.array([FULL, 0, FULL, 1 << 31], np.uint32))[0].tolist() == [1, 3, 0, 2]


@pytest.mark.parametrize("n", [0, 1, 300])
def test_reports_of_the_same_rows_come_in_the_order_of_alerts(n: int) -> None:
    """Would notice an order of alerts given to outcomes that are other rows, or in another order."""
    alerts, ids = some_alerts(n), np.arange(n)
    columns = {c.name: getattr(alerts, c.name) for c in t.Alerts.columns()}
    told = {"wrongly_listed": ids % 2, "outcome": ids % 3, "minutes_lost": ids}
    same = t.Outcomes.of(**columns, **told)
    other = same.take(np.argsort(KEY("turn").bits(ids)))
    assert all(getattr(same, name) is column for name, column in columns.items())
    whole = [handed_over(t.Faces.empty(), alerts, outcomes, KEY("tie")) for outcomes in (same, other)]
    draws = KEY("tie").bits(alerts.person, alerts.trip, alerts.reference)
    expected = sorted(ids, key=lambda i: (alerts.device[i], alerts.minute[i], draws[i]))
    for _, notices, reports in whole:
        notices.check()
        reports.check()
        assert rows(notices) == [(alerts.device[i], alerts.minute[i], alerts.reference[i]) for i in expected]
        assert rows(reports) == [(*row, i % 3) for row, i in zip(rows(notices), expected, strict=True)]


# ------------------------------------------------------------------ small things that compiled loops do for themselves
def test_many_chances_become_the_thresholds_of_each() -> None:
    chances = [0.0, 1e-300, 1e-12, 2.0**-20, np.nextafter(2.0**-20, 0), 0.3, 1 / 3, np.nextafter(1.0, 0), 1.0]
    assert thresholds(chances).tolist() == [int(threshold(p)) for p in chances]
    assert thresholds([]).tolist() == []
    for wrong in (-1e-9, 1.000001, float("nan")):
        with pytest.raises(ValueError, match="lies between 0 and 1"):
            thresholds([0.5, wrong])


def test_a_normal_number_in_a_loop_is_that_of_a_key() -> None:
    bits, normal = KEY.bits(np.arange(2_000)), KEY.normal(np.arange(2_000))
    assert [as_normal(x, normal_table()) for x in bits] == normal.tolist()


def test_the_kind_of_one_person_is_that_of_many() -> None:
    people = some_people(KEY, 300, 3)
    each = zip(people.group, people.sex, people.age, strict=True)
    assert [kind_at(*one) for one in each] == kind_of(people).tolist()


@pytest.mark.parametrize("n", [0, 1, 31, 32, 33, 200])
def test_two_bits_of_each_device_lie_side_by_side(n: int) -> None:
    on, searching = (KEY(word).below(2, np.arange(n)).astype(np.bool_) for word in ("on", "searching"))
    see = sight(Passes(np.zeros(1, np.int64), np.zeros(0, np.uint64)), on, searching, Cameras(), KEY)
    assert len(see.flags) == -(-n // 32)
    found = [int(see.flags[i // 32]) >> 2 * (i % 32) & 3 for i in range(n)]
    assert found == [int(a) + 2 * int(b) for a, b in zip(on, searching, strict=True)]
