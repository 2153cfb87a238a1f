"""Facts: numbers from the world, each with its record, its source and how surely it is known."""

from __future__ import annotations

from functools import cache
from typing import Literal, final

from pydantic import BaseModel, ConfigDict, model_validator

from glasstown.catalogue.files import names, opened
from glasstown.core.errors import Problem, did_you_mean
from glasstown.core.quantity import UNITS, Quantity

Status = Literal["primary", "excerpt", "recalled", "article_only"]


@final
class Fact(BaseModel):
    """One number from the world.

    Parameters
    ----------
    id : str
        The record in small letters, a dash, and what the number is.
    record : str
        The record of the project's reference list that it comes from.
    statement : str
        What is claimed, in one or two sentences, with any arithmetic.
    value, low, high : float
        The number and, where the record supports one, the interval.
    unit : str
        One of `glasstown.core.quantity.UNITS`; a knob takes a fact of its own unit only.
    where, when : str
        The place and time it is about.
    conditions : str
        What it depends on; for false matches always gallery size N and threshold T.
    source, locator : str
        The publication, and where it can be found.
    status : str
        `primary` if the primary document was read, `excerpt` if an excerpt of the page was, `recalled` if
        neither was, `article_only` if only the articles that describe the systems say so.
    read_by, checked_by : str or None
        Who read the primary document, and who derived the value again without seeing it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    id: str
    record: str
    statement: str
    value: float
    low: float | None
    high: float | None
    unit: str
    where: str
    when: str
    conditions: str
    source: str
    locator: str
    status: Status
    read_by: str | None
    checked_by: str | None

    @model_validator(mode="after")
    def _consistent(self) -> Fact:
        if self.unit not in UNITS:
            raise ValueError(f"{self.id}: unit '{self.unit}' is unknown; {did_you_mean(self.unit, UNITS)}")
        if not self.id.startswith(self.record.lower() + "-"):
            raise ValueError(f"{self.id}: the id of a fact starts with its record, {self.record}")
        _ = self.quantity
        return self

    @property
    def quantity(self) -> Quantity:
        """The number as a scenario holds it."""
        return Quantity(value=self.value, low=self.low, high=self.high, fact=self.id)


@cache
def _record(name: str) -> dict[str, Fact]:
    entries = [Fact.model_validate(entry) for entry in opened("facts", name).tree]
    return {entry.id: entry for entry in entries}


def facts() -> dict[str, Fact]:
    """Return every fact of the catalogue by its id."""
    return {key: entry for name in names("facts") for key, entry in _record(name).items()}


def fact(name: str) -> Fact:
    """Return one fact.

    Raises
    ------
    Problem
        For an id that is not in the catalogue, with the nearest one that is.
    """
    record = name.split("-")[0]
    found = _record(record).get(name) if record in names("facts") else None
    if found is None:
        raise Problem(f"the catalogue has no fact '{name}'", todo=did_you_mean(name, facts()))
    return found
