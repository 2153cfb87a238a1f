"""`docs/tables.md` is what `glasstown tables` prints, and it leaves nothing out.

Smallest error noticed: one character of the page, one table or column that is not on it.
"""

from __future__ import annotations

import re

import pytest

from glasstown.core.columns import Table
from glasstown.metrics.quantities import METRICS
from glasstown.report.nouns import kinds, nouns
from glasstown.study.compare import arm
from glasstown.study.kinds import kind_of
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


def test_every_quantity_of_towns_and_crowds_is_listed() -> None:
    """One quantity too many or too few, on the page or in a run of either kind, would show; so would one grouping."""
    page = section(PAGE.read_text(encoding="utf-8"), "Quantities of towns and crowds")
    said = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (yes|no) \|$", page, re.MULTILINE)
    assert [row[:3] for row in said] == [(m.name, m.unit, m.says) for m in METRICS]
    listed = {"newtown": {row[0] for row in said}, "crowd": {row[0] for row in said if row[3] == "yes"}}
    ways = re.findall(r"in all and by (.+)\.$", page, re.MULTILINE)[0].split("; ")
    for name, settings in (("newtown", ("town.people=500", "days=1")), ("crowd", ("town.faces=500",))):
        scenario = arm(name, settings)
        kind = kind_of(scenario)
        found = kind.read(kind.live(scenario, 1, kind.survey(scenario)), scenario)
        assert {e.name for e in found} == listed[name]
        assert {" x ".join(e.by) if isinstance(e.by, tuple) else e.by for e in found} - {None} == set(ways)


def test_every_quantity_of_a_nation_is_listed_with_what_it_is_read_off_by() -> None:
    """One quantity or one grouping too many or too few, on the page or in a run, would show."""
    scenario = arm("reality", ("town.people=20000", "town.sample=1", "days=60"))
    kind = kind_of(scenario)
    estimates = kind.read(kind.live(scenario, 1, kind.survey(scenario)), scenario)
    found: dict[str, set[str]] = {}
    for e in estimates:
        words = " x ".join(e.by) if isinstance(e.by, tuple) else e.by
        found.setdefault(e.name, set()).update({words} if words else set())
    said: dict[str, set[str]] = {}
    page = section(PAGE.read_text(encoding="utf-8"), "Quantities of a nation")
    for name, by in re.findall(r"^\| `(\w+)` \| .+ \| (.*) \|$", page, re.MULTILINE):
        said[name] = set[str]()
        for words in filter(None, by.split("; ")):
            first, _, people = words.partition(" x income, group or jurisdiction")
            crossed = words.endswith(" x income, group or jurisdiction") and not people
            kinds_ = ("income", "group", "jurisdiction") if crossed else ()
            said[name] |= {f"{first} x {part}" for part in kinds_} or {words}
    assert found == said
