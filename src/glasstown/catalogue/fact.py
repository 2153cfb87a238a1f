"""Facts: numbers from the world, each with its record, its source and how surely it is known."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Literal, final

from pydantic import BaseModel, ConfigDict, model_validator

from glasstown.catalogue.files import names, opened
from glasstown.catalogue.second import doubt, readings
from glasstown.core.errors import Problem, did_you_mean
from glasstown.core.quantity import UNITS, Quantity

Status = Literal["primary", "excerpt", "recalled", "article_only"]
Measure = Literal["fmr", "fnmr", "fpir", "fnir", "tpir"]

STATUSES: dict[str, str] = {
    "primary": "read in the primary document",
    "excerpt": "read in an excerpt of the page named, not in the whole document",
    "recalled": "recalled, not looked up",
    "article_only": "known only from articles about such systems",
}
RATES: dict[str, tuple[Measure, ...]] = {"fmr": ("fmr",), "fnmr": ("fnmr", "fnir")}
"""Which measures a fact may have where it stands for false matches or for misses; a share found is no miss rate."""

WITHOUT_N_AND_T = "it says nothing without gallery size N and threshold T"
_RATES = re.compile(r"\b(FMR|FNMR|FPIR|FNIR|TPIR)\b")


@final
class Fact(BaseModel):
    """One number from the world.

    Parameters
    ----------
    id : str
        The record in small letters, a dash, and what the number is.
    record : str
        The record that it belongs to: one publication, or a few about the same thing.
    statement : str
        What is claimed, in one or two sentences, with any arithmetic.
    value, low, high : float
        The number and, where the record supports one, the interval.
    unit : str
        One of `glasstown.core.quantity.UNITS`; a knob takes a fact of its own unit only.
    where, when : str
        The place and time it is about.
    conditions : str
        What it depends on.
    measure : str or None
        The rate it states or compares, where it is one: `fmr`, `fnmr`, `fpir`, `fnir`, `tpir`.
    gallery : int or pair of int, or None
        Gallery size N of such a rate, or the range in which it was; 1 for a comparison of two.
    threshold : float or str, or None
        Threshold T of such a rate, or in words how it was set ("not published").
    corrects : str or None
        What is often said instead, where the fact puts it right.
    source, locator : str
        The publication, and where it can be found.
    status : str
        `primary` if the primary document was read, `excerpt` if an excerpt of the page was, `recalled` if
        neither was, `article_only` if only the articles that describe the systems say so.
    read_by, checked_by : str or None
        Who read the primary document, and who derived the value again without seeing it (`second.py`).
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
    measure: Measure | None = None
    gallery: int | tuple[int, int] | None = None
    threshold: float | str | None = None
    corrects: str | None = None
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
        for number in (self.value, self.low, self.high):
            if number is not None:
                UNITS[self.unit].check(number)
        self._under_which_conditions()
        _ = self.quantity
        return self

    def _under_which_conditions(self) -> None:
        named = _RATES.search(self.statement) or self.unit == "per comparison"
        if self.measure is None and named:
            raise ValueError(f"{self.id}: a rate of a comparison says which one it is: measure: fmr, fpir, ...")
        if self.unit == "per comparison" and self.measure != "fmr":
            raise ValueError(f"{self.id}: a rate per comparison is an fmr, not {self.measure}")
        for key, given in (("gallery", self.gallery), ("threshold", self.threshold)):
            if self.measure is not None and (given is None or given == ""):
                raise ValueError(f"{self.id}: {self.measure} without its {key}: {WITHOUT_N_AND_T}")
        sizes = (self.gallery,) if isinstance(self.gallery, int) else self.gallery or ()
        if any(size < 1 for size in sizes) or list(sizes) != sorted(sizes):
            raise ValueError(f"{self.id}: a gallery holds 1 or more, and a range rises")

    @property
    def quantity(self) -> Quantity:
        """The number as a scenario holds it."""
        return Quantity(value=self.value, low=self.low, high=self.high, fact=self.id)


@cache
def _record(name: str) -> dict[str, Fact]:
    entries = [Fact.model_validate_json(json.dumps(entry)) for entry in opened("facts", name).tree]
    for entry in entries:
        if wrong := doubt(entry, readings(name)):
            raise Problem(wrong, where=f"facts/{name}.yaml", todo="see catalogue/second/README.md.")
    return {entry.id: entry for entry in entries}


@cache
def facts() -> dict[str, Fact]:
    """Return every fact of the catalogue by its id."""
    return {key: entry for name in names("facts") for key, entry in _record(name).items()}


def known(name: str) -> Fact | None:
    """Return the fact with this id, if there is one; no other record than its own is read."""
    record = name.split("-")[0]
    return _record(record).get(name) if record in names("facts") else None


def fact(name: str) -> Fact:
    """Return one fact.

    Raises
    ------
    Problem
        For an id that is not in the catalogue, with the nearest one that is.
    """
    found = known(name)
    if found is None:
        near = did_you_mean(name, facts())
        todo = near if near.startswith("did you mean") else "'glasstown facts' lists what there is."
        raise Problem(f"the catalogue has no fact '{name}'", todo=todo)
    return found
