"""What was lived with a broken engine is not remembered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.worlds import forget


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    forget()
    yield
    forget()
