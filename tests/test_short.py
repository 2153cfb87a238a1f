"""Numbers of which nearly all are small, in a byte each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasstown.core.short import Short

NUMBERS = st.lists(st.one_of(st.integers(0, 3), st.integers(250, 260), st.integers(0, 2**31 - 1)), max_size=40)


@given(NUMBERS)
def test_numbers_come_back_as_they_were(numbers: list[int]) -> None:
    """Would notice one number that is off by one, lost, or at another place."""
    short = Short.of(np.array(numbers, np.int32))
    short.check()
    assert short.byte.dtype == np.uint8
    assert len(short) == len(numbers)
    assert len(short.large) == sum(n >= 255 for n in numbers)
    back = short.numbers()
    assert back.dtype == np.int32
    assert back.tolist() == numbers
    counts = np.arange(len(numbers))
    short.add_to(counts)
    assert counts.tolist() == [i + number for i, number in enumerate(numbers)]


@pytest.mark.parametrize("large", [[], [300], [300, 400, 500], [300, 254]])
def test_large_numbers_that_do_not_belong_to_the_bytes_are_refused(large: list[int]) -> None:
    short = Short.of(np.array([7, 300, 0, 400], np.int32))
    with pytest.raises(ValueError, match="not as large"):
        Short(short.byte, np.array(large, np.int32)).check()
