"""Second readings: a fact is checked when somebody else derives its value again without seeing it."""

from __future__ import annotations

import json
import math
import re
from functools import cache
from typing import TYPE_CHECKING, Any, final

from pydantic import BaseModel, ConfigDict

from glasstown.catalogue.files import names, opened

if TYPE_CHECKING:
    from glasstown.catalogue.fact import Fact

AGREE_WITHIN = 0.005
HIDDEN = "[...]"
_OTHER_FACT = re.compile(r"\b[a-z]{2}\d\d-[\w*-]+")
_NUMBER = re.compile(r"[-+]?\b\d[\d,]*(\.\d+)?([eE][-+]?\d+)?")


@final
class Reading(BaseModel):
    """One value, derived from the source by somebody who had not seen the catalogue's.

    Parameters
    ----------
    id : str
        The fact.
    reader, date : str
        Who read, and when.
    value, low, high : float
        What came out.
    how : str
        Table, page and arithmetic.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    id: str
    reader: str
    date: str
    value: float
    low: float | None = None
    high: float | None = None
    how: str

    def agrees(self, fact: Fact) -> bool:
        """Say whether the value and its interval are those of the fact, within 0.5 %."""
        pairs = ((self.value, fact.value), (self.low, fact.low), (self.high, fact.high))
        return all(_alike(mine, its) for mine, its in pairs)


def _alike(mine: float | None, its: float | None) -> bool:
    if mine is None or its is None:
        return mine is its
    return math.isclose(mine, its, rel_tol=AGREE_WITHIN)


@cache
def readings(record: str) -> tuple[Reading, ...]:
    """Return the second readings of one record, such as `lf16`."""
    if record not in names("second"):
        return ()
    return tuple(Reading.model_validate_json(json.dumps(entry)) for entry in opened("second", record).tree)


def doubt(fact: Fact, second: tuple[Reading, ...]) -> str:
    """Say why a fact that claims to be checked is not; nothing for one that is, or that claims nothing.

    Parameters
    ----------
    fact : Fact
        What claims to be checked.
    second : tuple of Reading
        The second readings of its record.
    """
    who = fact.checked_by
    if who is None:
        return ""
    own = [reading for reading in second if reading.id == fact.id and reading.reader == who]
    if fact.read_by is None:
        return f"{fact.id}: checked by {who}, but nobody has read the primary document"
    if who == fact.read_by:
        return f"{fact.id}: {who} read it first and cannot be the second reader"
    if not own:
        return f"{fact.id}: checked by {who}, of whom there is no second reading"
    if not own[-1].agrees(fact):
        return f"{fact.id}: the second reading by {who} differs"
    return ""


def disputed(fact: Fact) -> tuple[Reading, ...]:
    """Return the second readings that differ from a fact and are not settled."""
    if fact.checked_by is not None:
        return ()
    return tuple(r for r in readings(fact.record.lower()) if r.id == fact.id and not r.agrees(fact))


def blind(fact: Fact) -> dict[str, Any]:
    """Return all that a second reader needs, without a number that would give the value away."""
    return {
        "id": fact.id,
        "asked": _hidden(fact.statement),
        "with_interval": fact.low is not None,
        "unit": fact.unit,
        "where": fact.where,
        "when": fact.when,
        "conditions": _hidden(fact.conditions),
        "measure": fact.measure,
        "gallery": fact.gallery,
        "threshold": None if fact.unit == "decision threshold" else fact.threshold,
        "source": fact.source,
        "locator": fact.locator,
    }


def _hidden(said: str) -> str:
    return _NUMBER.sub(HIDDEN, _OTHER_FACT.sub("another fact", said))
