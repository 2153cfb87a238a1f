"""Orders by a number and a draw, dealt out digit by digit, against sorting row by row."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import numpy as np
import pytest

from glasstown import tables as t
from glasstown.core.chance import threshold, thresholds
from glasstown.core.keys import Key, as_normal, normal_table
from glasstown.core.ordering import in_sequence, ranked, sorted_rows
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


def whole_numbers(word: str, n: int, below: int, kind: Any) -> Any:
    return numbers(word, n, below).astype(kind)


# Digits end at 9 bits where rows are few and at 14 where they are more than 16,384.
@pytest.mark.parametrize(("firsts", "seconds"), [(1, 1), (3, 2), (2_000, 1_440), (1_440, 1 << 14), (1 << 21, 1 << 11)])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 100, 16_384, 16_385, 40_000])
@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("ranking", [ranked, sorted_rows], ids=["digits", "sorting"])
def test_rows_are_ranked_by_two_numbers(n: int, firsts: int, seconds: int, ordered: bool, ranking: Any) -> None:
    """Would notice two rows that changed places, and one row too many or too few among those that are tied."""
    first, second = whole_numbers("first", n, firsts, np.int32), whole_numbers("second", n, seconds, np.int32)
    if ordered:
        second.sort()
    bits = [int(column.max(initial=0)).bit_length() for column in (first, second)]
    order, places, begins = ranking(first, second, *bits)
    expected = sorted(range(n), key=lambda i: (first[i], second[i]))
    assert order.rows.tolist() == expected
    assert order.rows.dtype == np.int64
    for there, column in ((order.first, first), (order.second, second)):
        assert there.dtype == column.dtype
        assert np.array_equal(there, column[expected])
    runs = [list(run) for _, run in itertools.groupby(range(n), key=lambda at: (order.first[at], order.second[at]))]
    assert places.tolist() == [at for run in runs if len(run) > 1 for at in run]
    assert places[begins].tolist() == [run[0] for run in runs if len(run) > 1 for _ in run]


@pytest.mark.parametrize("firsts", [1, 5, 1_000, 1 << 16])
@pytest.mark.parametrize("seconds", [1, 1 << 16])
@pytest.mark.parametrize("draws", [1, 3, FULL + 1])
@pytest.mark.parametrize("n", [0, 1, 2, 50, 20_000])
def test_a_sequence_is_by_two_numbers_draw_and_position(n: int, firsts: int, seconds: int, draws: int) -> None:
    """Would notice a draw that decides where numbers differ, one not asked for, and one asked for needlessly."""
    narrow = np.int16 if seconds <= 1 << 15 else np.int32
    first, second = whole_numbers("first", n, firsts, np.int32), whole_numbers("second", n, seconds, narrow)
    draw = numbers("draw", n, draws).astype(np.uint64)
    asked: list[int] = []

    def tie(at: Any) -> Any:
        asked.extend(at.tolist())
        return draw[at]

    expected = sorted(range(n), key=lambda i: (first[i], second[i], draw[i], i))
    order = in_sequence(first, second, tie)
    assert order.rows.tolist() == expected
    assert np.array_equal(order.first, first[expected])
    assert np.array_equal(order.second, second[expected])
    assert (order.first.dtype, order.second.dtype) == (first.dtype, second.dtype)
    times = Counter(zip(first.tolist(), second.tolist(), strict=True))
    assert sorted(asked) == [i for i in range(n) if times[int(first[i]), int(second[i])] > 1]


def test_the_ends_of_the_scale_are_in_sequence() -> None:
    """Numbers may take 32 bits together; with one more, two orders would look the same, and that is refused."""
    first, second = np.array([FULL >> 11, 0, FULL >> 11, 1 << 20]), np.array([2_046, 2_047, 2_047, 0])
    assert in_sequence(first, second, lambda at: at).rows.tolist() == [1, 3, 0, 2]
    for one, other in ((first, second + 1), (first << 11, second * 0)):
        with pytest.raises(ValueError, match="less than 32 bits"):
            in_sequence(one, other, lambda at: at)


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


@pytest.mark.parametrize("n", [0, 1, 3, 4, 5, 200])
def test_two_bits_of_each_device_lie_side_by_side(n: int) -> None:
    on, searching = (KEY(word).below(2, np.arange(n)).astype(np.bool_) for word in ("on", "searching"))
    nobody = Passes.of(np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.uint32), np.zeros(0, np.int16))
    see = sight(nobody, on, searching, Cameras(), KEY)
    assert len(see.flags) == -(-n // 4)
    found = [int(see.flags[i // 4]) >> 2 * (i % 4) & 3 for i in range(n)]
    assert found == [int(a) + 2 * int(b) for a, b in zip(on, searching, strict=True)]
