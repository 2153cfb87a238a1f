"""One written run for all laws that read a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from glasstown.report.folder import write_folder
from tests.worlds import run


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the loud world's run; tests that change it copy it first."""
    place = tmp_path_factory.mktemp("runs") / "loud"
    write_folder(run(), place)
    return place
