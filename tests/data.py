"""Where the real streets, cameras and margins are, for tests that can use them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("GLASSTOWN_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")


def real(*parts: str) -> Path:
    """Return a data file, or skip the test (counted) where the folder is missing."""
    path = DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs {'/'.join(parts)} (set GLASSTOWN_DATA to the data folder)")
    return path
