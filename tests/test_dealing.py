"""Many numbers sorted and taken apart, against sorting them one by one.

Smallest error noticed: one number lost, doubled or out of place, and one bit on the wrong side.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glasstown.core import dealing
from glasstown.core.dealing import (
    FEW_NUMBERS,
    Dealt,
    _taken_apart,
    dealt,
    dealt_by_comparing,
    dealt_by_digits,
    put_in_order,
)
from glasstown.core.kernels import whole
from glasstown.core.keys import Key

KEY = Key.from_seed(57)
FULL = 2**32 - 1


def numbers(word: str, n: int, below: int) -> Any:
    return KEY(word, n, below).below(below, np.arange(n)).astype(np.uint32)


def together(apart: Dealt | None, width: int) -> list[int]:
    """Put numbers together again, in the order in which they are told."""
    assert apart is not None
    assert (apart.upper.dtype, apart.n.dtype, apart.lower.dtype) == (np.int32, np.int32, np.int16)
    assert (np.diff(apart.upper.astype(np.uint32).astype(np.int64)) > 0).all()
    assert (apart.n > 0).all()
    assert ((apart.lower >= 0) & (apart.lower < 1 << width)).all()
    upper = np.repeat(apart.upper, apart.n).astype(np.uint32)
    return (upper << np.uint32(width) | apart.lower.astype(np.uint32)).tolist()


@pytest.mark.parametrize("width", [1, 11, 15])
@pytest.mark.parametrize("below", [1, 2, 2_047, 1 << 11, 1 << 22, (1 << 22) + 1, 1 << 27, FULL + 1])
@pytest.mark.parametrize("n", [0, 1, 2, 100, 4_096, 8_191, 8_192, 70_000])
@pytest.mark.parametrize("dealing", [dealt, dealt_by_comparing, dealt_by_digits], ids=["few", "comparing", "digits"])
def test_numbers_are_sorted_and_taken_apart(n: int, below: int, width: int, dealing: Any) -> None:
    """Would notice one number lost, doubled or out of place, and one bit on the wrong side."""
    given = numbers("sorted", n, below)
    before = given.copy()
    assert together(dealing(given, whole(width)), width) == sorted(before.tolist())
    assert np.array_equal(given, before)
    given.sort()
    assert together(_taken_apart(given, whole(width)), width) == given.tolist()


@pytest.mark.parametrize("n", [FEW_NUMBERS, FEW_NUMBERS + 1])
def test_few_and_many_numbers_are_taken_apart_alike(n: int) -> None:
    given = numbers("sorted", n, 1 << 22)
    assert together(dealt(given, 11), 11) == sorted(given.tolist())


@pytest.mark.parametrize("far", [0, 1 << 20, FULL])
def test_numbers_that_nearly_all_lie_together_are_sorted(far: int) -> None:
    given = np.append(numbers("near", 50_000, 1_000) + np.uint32(1 << 20), np.uint32(far))
    assert together(dealt_by_digits(given, whole(11)), 11) == sorted(given.tolist())


@pytest.mark.parametrize("at", [1, 7, 8, 9, 63, 64, 65, 40_000, 199_999])
def test_one_number_out_of_order_is_noticed(at: int) -> None:
    given = np.sort(numbers("sorted", 200_000, FULL))
    given[at] = given[at - 1] - 1
    assert _taken_apart(given, whole(11)) is None
    assert together(dealt(given, 11), 11) == sorted(given.tolist())


@pytest.mark.parametrize("n", [FEW_NUMBERS, FEW_NUMBERS + 1])
@pytest.mark.parametrize("compares_well", [False, True])
def test_numbers_may_be_put_in_order_beforehand(n: int, compares_well: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many are, where the processor compares well; what they are dealt into is the same."""
    monkeypatch.setattr(dealing, "_compares_well", lambda: compares_well)
    given, wanted = numbers("sorted", n, 1 << 22), together(dealt(numbers("sorted", n, 1 << 22), 11), 11)
    put_in_order(given)
    assert bool((np.diff(given.astype(np.int64)) >= 0).all()) == (compares_well and n > FEW_NUMBERS)
    assert together(dealt(given, 11), 11) == wanted
