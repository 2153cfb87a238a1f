"""`docs/tables.md` is what `glasstown tables` prints, and it leaves nothing out.

Smallest error noticed: one character of the page, one table or column that is not on it.
"""

from __future__ import annotations

import re

import pytest

from glasstown.core.columns import Table
from glasstown.report.nouns import kinds, nouns
from glasstown.study.run import row_tables
from tests.conftest import Command
from tests.repository import ROOT

PAGE = ROOT / "docs" / "tables.md"
KINDS = kinds()


def section(page: str, name: str) -> str:
    """Return what the page says about one table."""
    found = re.search(rf"^## {name}$(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    return found.group(1) if found else ""


def test_the_page_is_the_one_that_the_command_prints(command: Command) -> None:
    said = command("tables")
    assert said.code == 0
    assert said.out == PAGE.read_text(encoding="utf-8"), "write it again: glasstown tables > docs/tables.md"


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_every_table_and_column_is_listed(kind: type[Table]) -> None:
    said = section(PAGE.read_text(encoding="utf-8"), kind.__name__)
    rows = re.findall(r"^\| `(\w+)` \| (\w+|\?) \| (.+?) \| (.+?) \| (yes|no) \|$", said, re.MULTILINE)
    assert rows == [(c.name, c.dtype, c.unit, c.meaning, "no" if c.truth else "yes") for c in kind.columns()]
    assert kind.__doc__ is not None
    assert kind.__doc__.splitlines()[0] in said


def test_a_column_that_is_missing_would_be_noticed() -> None:
    assert section(nouns(), "Alerts")
    assert not section(nouns(), "Alert")
    assert "`mated`" in section(nouns(), "Alerts")
    assert "`mated`" not in section(nouns(), "SeenAlerts"), "the next section does not count"


def test_rows_that_can_be_kept_have_a_table() -> None:
    names = {kind.__name__.lower() for kind in KINDS}
    assert {name.replace("_", "") for name in row_tables()} <= names
    assert {"trips", "captures", "alerts", "footage", "sightings"} <= set(row_tables())
    assert "people" not in row_tables()
