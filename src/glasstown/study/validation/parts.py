"""One prediction set beside what was published, and beside what silly models would have said."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, final

Kind = Literal["pass", "report"]
Given = float | str


@final
@dataclass(frozen=True)
class Null:
    """A model that leaves out what matters, and must therefore miss.

    Parameters
    ----------
    name : str
        What it leaves out.
    predicted : float or None
        What it predicts of the same quantity.
    failed : bool
        Whether it missed by the rule that the model is held to.
    """

    name: str
    predicted: float | None
    failed: bool

    def document(self) -> dict[str, Any]:
        """Return the null as JSON-ready values."""
        return {"name": self.name, "predicted": short(self.predicted), "failed": self.failed}


@final
@dataclass(frozen=True)
class Part:
    """One quantity of a target.

    Parameters
    ----------
    id, part : str
        The target, and which of its quantities.
    kind : str
        `pass` if it can fail, `report` if it is printed and never judged.
    published, predicted : float or None
        What was published, and the centre of the prediction.
    low, high : float or None
        95 % interval of the prediction.
    band_low, band_high : float or None
        Where the prediction (of a `pass`) must lie.
    passed : bool or None
        Whether it does; None for a report.
    nulls : tuple of Null
        Models that must miss.
    inputs : mapping of str to number or text
        Facts by id with the value used, and assumptions in words.
    fitted_on : tuple of str
        Records on which anything was fitted; never the record that is predicted.
    unit : str
        What is counted.
    note : str
        What a reader must know to judge the number.
    evidence : bool
        Whether meeting it says anything about the world; not so where the program is held to a formula, to a
        number that was assumed or near which it was set, or where a null meets it too.
    beside : str
        What the number beside the prediction is, where it was not published.
    """

    id: str
    part: str
    kind: Kind
    published: float | None
    predicted: float | None
    low: float | None
    high: float | None
    band_low: float | None
    band_high: float | None
    passed: bool | None
    nulls: tuple[Null, ...]
    inputs: Mapping[str, Given]
    fitted_on: tuple[str, ...]
    unit: str = ""
    note: str = ""
    evidence: bool = True
    beside: str = "published"

    @property
    def sound(self) -> bool:
        """Whether every null missed: otherwise passing says nothing."""
        return all(null.failed for null in self.nulls)

    def document(self) -> dict[str, Any]:
        """Return the part as JSON-ready values."""
        numbers = ("published", "predicted", "low", "high", "band_low", "band_high")
        return {
            "id": self.id,
            "part": self.part,
            "kind": self.kind,
            **{name: short(getattr(self, name)) for name in numbers},
            "passed": self.passed,
            "nulls": [null.document() for null in self.nulls],
            "inputs": {name: short(value) for name, value in self.inputs.items()},
            "fitted_on": list(self.fitted_on),
            "unit": self.unit,
            "note": self.note,
            "evidence": self.evidence,
            "beside": self.beside,
        }


def part(
    target: str,
    name: str,
    *,
    published: float | None,
    predicted: float | None,
    interval: tuple[float | None, float | None] = (None, None),
    within: tuple[float, float] | None = None,
    nulls: Sequence[Null] = (),
    inputs: Mapping[str, Given] | None = None,
    fitted_on: Sequence[str] = (),
    unit: str = "",
    note: str = "",
    evidence: bool = True,
    beside: str = "published",
) -> Part:
    """Set a prediction beside what was published; with a band it is judged, without one it is reported.

    Parameters
    ----------
    interval : tuple of two floats or None
        95 % interval of the prediction.
    within : tuple of two floats, optional
        The band in which the prediction must lie; it is stated before the prediction is made.
    evidence : bool
        Whether meeting it says anything about the world; never if one of the nulls meets it too.
    beside : str
        What `published` is, where it was not published.
    """
    passed = None if within is None else predicted is not None and within[0] <= predicted <= within[1]
    return Part(
        id=target,
        part=name,
        kind="report" if within is None else "pass",
        published=published,
        predicted=predicted,
        low=interval[0],
        high=interval[1],
        band_low=None if within is None else within[0],
        band_high=None if within is None else within[1],
        passed=passed,
        nulls=tuple(nulls),
        inputs=dict(inputs or {}),
        fitted_on=tuple(fitted_on),
        unit=unit,
        note=note,
        evidence=evidence and all(one.failed for one in nulls),
        beside=beside,
    )


def band(published: float, *, times: float | None = None, plus: float | None = None) -> tuple[float, float]:
    """Return the band around a published number: within a factor, or within a difference."""
    if times is not None:
        return published / times, published * times
    difference = plus or 0.0
    return published - difference, published + difference


def null(name: str, predicted: float | None, within: tuple[float, float]) -> Null:
    """Hold a silly model to the band that the model itself is held to."""
    held = predicted is not None and within[0] <= predicted <= within[1]
    return Null(name, predicted, not held)


def short(value: Any) -> Any:
    """Write a number with six digits, enough for any figure here; everything else stays as it is."""
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
