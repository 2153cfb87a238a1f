"""Looking up what was read off a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

from glasstown.core.estimates import Estimate
from glasstown.metrics.quantities import BY_NAME

BY = ("age", "sex", "group")
_SEX = {"f": "female", "m": "male"}


@final
class Readings:
    """The estimates of one run, by name and by kind of person.

    Parameters
    ----------
    estimates : iterable of Estimate
        In the order of the run; a metric that is missing reads as undefined.
    """

    def __init__(self, estimates: Iterable[Estimate]) -> None:
        self.all = tuple(estimates)
        self._found = {(e.name, e.by, e.group): e for e in self.all}

    def __getitem__(self, name: str) -> Estimate:
        """Return one metric for everybody."""
        unit = BY_NAME[name].unit if name in BY_NAME else ""
        return self._found.get((name, None, None)) or undefined(name, unit)

    def value(self, name: str) -> float:
        """Return one metric's value for everybody, 0 where it is undefined."""
        return self[name].value or 0.0

    def count(self, name: str) -> int:
        """Return a count for everybody as a whole number."""
        return round(self.value(name))

    def by_kind(self, name: str) -> list[Estimate]:
        """Return one metric by age, then by sex, then by group."""
        return [e for by in BY for e in self.all if e.name == name and e.by == by]


def undefined(name: str, unit: str) -> Estimate:
    """Make the estimate of something that could not be measured."""
    return Estimate(name, unit, None, None, None, None, None, None, None, 0)


def kind_words(by: str, group: str) -> str:
    """Name a kind of people: "25 to 44 years", "female", "group b", "low income", "in north"."""
    if by == "sex":
        return _SEX.get(group, group)
    if by == "age":
        return (
            f"{group.removesuffix('+')} and older"
            if group.endswith("+")
            else f"{group.replace('-', ' to ')} years"
        )
    return {"income": f"{group} income", "jurisdiction": f"in {group}"}.get(by, f"group {group}")
