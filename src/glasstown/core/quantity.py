"""Numbers of a scenario: each is a sourced fact or is called an assumption, and carries its interval and unit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, final, get_args

from pydantic import BaseModel, ConfigDict, model_validator


@final
@dataclass(frozen=True)
class Unit:
    """What a number counts and between which bounds it makes sense.

    Parameters
    ----------
    name : str
        The unit, in words; a fact is accepted only where its unit has this name.
    least, most : float
        The bounds, both included.
    whole : bool
        Whether only whole numbers make sense.
    """

    name: str
    least: float
    most: float
    whole: bool = False

    def expected(self) -> str:
        """Say in words which numbers are accepted."""
        kind = f"a whole number ({self.name})" if self.whole else f"a number ({self.name})"
        return f"{kind} from {spelled(self.least)} to {spelled(self.most)}"

    def check(self, number: float) -> None:
        """Raise ValueError for a number that is not accepted."""
        within = self.least <= number <= self.most
        if not within or (self.whole and number != round(number)):
            raise ValueError(f"expected {self.expected()}, found {spelled(number)}; {self._instead(number)}")

    def _instead(self, number: float) -> str:
        """Say what can be written in place of a number that is not accepted."""
        if self.name == "share" and 1 < number <= 100:
            return f"{number:g} % is written {number / 100:g}"
        if self.least <= number <= self.most:
            return f"write {math.floor(number)} or {math.ceil(number)}"
        end = f"{self.least:.15g} or more" if number < self.least else f"{self.most:.15g} or less"
        return f"write {end}: a number is never cut to fit"


def spelled(number: float) -> str:
    """Write a number for people: thousands separated, no needless digits."""
    if isinstance(number, int) and abs(number) > 1e300:
        return "a number of more than 300 digits"
    whole = abs(number) < 1e15 and number == round(number)
    return f"{round(number):,}" if whole else f"{number:.6g}"


@final
class Quantity(BaseModel):
    """One number of a scenario.

    In a file it is a bare number (an assumption), `{fact: some-id}`, or `{value:, low:, high:}` (an
    assumption with a range).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    value: float
    low: float | None = None
    high: float | None = None
    fact: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_bare_number(cls, given: Any) -> Any:
        if isinstance(given, bool):
            raise ValueError("expected a number")
        return {"value": float(given)} if isinstance(given, int | float) else given

    @model_validator(mode="after")
    def _ordered(self) -> Quantity:
        if (self.low is None) != (self.high is None):
            alone, lacking = ("low", "high") if self.high is None else ("high", "low")
            raise ValueError(f"a range needs both low and high; write {lacking} too, or leave {alone} out")
        if self.low is None or self.high is None:
            return self
        low, high = spelled(self.low), spelled(self.high)
        if self.low > self.high:
            raise ValueError(f"low ({low}) is above high ({high}); write the lower end as low, the upper end as high")
        if not self.low <= self.value <= self.high:
            what = f"the value ({spelled(self.value)}) must lie between low ({low}) and high ({high})"
            raise ValueError(f"{what}; write another value, or a wider range")
        return self

    def __float__(self) -> float:
        return self.value

    def __int__(self) -> int:
        return round(self.value)


def assume(value: float, low: float | None = None, high: float | None = None) -> Quantity:
    """State an assumption, with the range in which it may lie."""
    return Quantity(value=float(value), low=low, high=high)


@final
@dataclass(frozen=True)
class Within:
    """Checks a quantity, or a plain whole number, against its unit's bounds."""

    unit: Unit

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, given: Quantity | int) -> Quantity | int:
        for number in (given,) if isinstance(given, int) else (given.value, given.low, given.high):
            if number is not None:
                self.unit.check(number)
        return given


Share = Annotated[Quantity, Within(Unit("share", 0.0, 1.0))]
Count = Annotated[Quantity, Within(Unit("count", 0, 2_000_000_000, whole=True))]
Days = Annotated[Quantity, Within(Unit("days", 0, 3_650, whole=True))]
Minutes = Annotated[Quantity, Within(Unit("minutes", 0, 10_080, whole=True))]
MinuteOfDay = Annotated[Quantity, Within(Unit("minutes after midnight", 0, 1_439, whole=True))]
DayUntil = Annotated[Quantity, Within(Unit("minutes after midnight", 0, 1_440, whole=True))]
Metres = Annotated[Quantity, Within(Unit("metres", 0, 100_000))]
Degrees = Annotated[Quantity, Within(Unit("degrees", 0, 360))]
PerDay = Annotated[Quantity, Within(Unit("per day", 0, 50))]
PerHour = Annotated[Quantity, Within(Unit("per hour", 0, 10_000_000))]
PerKm = Annotated[Quantity, Within(Unit("per km", 0, 10_000))]
PerThousand = Annotated[Quantity, Within(Unit("per 1,000 people", 0, 10_000))]
KmPerHour = Annotated[Quantity, Within(Unit("km/h", 0.5, 200))]
Multiplier = Annotated[Quantity, Within(Unit("times", 0, 10_000))]
Rate = Annotated[Quantity, Within(Unit("per comparison", 0.0, 1.0))]
Threshold = Annotated[Quantity, Within(Unit("decision threshold", -1_000, 1_000))]
Probits = Annotated[Quantity, Within(Unit("probits", -10, 10))]
Seconds = Annotated[Quantity, Within(Unit("seconds", 0, 36_000))]
Points = Annotated[Quantity, Within(Unit("points", -1_000_000, 1_000_000))]
PerYear = Annotated[Quantity, Within(Unit("per year", 0, 10_000))]
Months = Annotated[Quantity, Within(Unit("months", 0, 1_200, whole=True))]
MonthsListed = Annotated[Quantity, Within(Unit("months", 0, 1_000, whole=True))]
Faces = Annotated[Quantity, Within(Unit("faces", 0, 2_000_000_000, whole=True))]
Devices = Annotated[Quantity, Within(Unit("cameras", 0, 2_000_000, whole=True))]
PerPerson = Annotated[Quantity, Within(Unit("faces per person", 1, 50))]

People = Annotated[int, Within(Unit("people", 1, 2_000_000_000, whole=True))]
CountedAmong = Annotated[int, Within(Unit("people", 0, 2_000_000_000, whole=True))]
Sample = Annotated[int, Within(Unit("people for each one simulated", 0, 1_000_000, whole=True))]
RunDays = Annotated[int, Within(Unit("days", 1, 3_650, whole=True))]
Weekday = Annotated[int, Within(Unit("weekday, 0 is Monday", 0, 6, whole=True))]
Plan = Annotated[int, Within(Unit("plan", 0, 1_000_000, whole=True))]


def unit_of(annotation: Any) -> Unit | None:
    """Find the unit in which a field is written, None where it has none."""
    return next((extra.unit for extra in get_args(annotation)[1:] if isinstance(extra, Within)), None)


_OF_FACTS = (
    *(Share, Count, Days, Minutes, DayUntil, Metres, Degrees, PerDay, PerHour, PerKm, PerThousand),
    *(KmPerHour, Multiplier, Rate, Threshold, Points, PerYear, Months, Probits, Seconds, PerPerson),
)
_TOLD = (
    *(Unit(name, 0, 1e12, whole=True) for name in ("people", "faces", "images", "searches", "alerts", "stops")),
    *(Unit(name, 0, 1e12, whole=True) for name in ("arrests", "cameras", "devices", "places", "events", "items")),
    Unit("studies", 0, 1e6, whole=True),
    *(Unit(name, 0, 1e6) for name in ("seconds", "hours", "months", "years", "km", "cm", "square km")),
    *(Unit(name, 0, 1e6) for name in ("per face", "per year", "per person", "per square mile", "per square km")),
    *(Unit(name, -1e3, 1e3) for name in ("exponent", "elasticity", "probits per decade")),
    Unit("percentage points", -100, 100),
    Unit("area under the curve", 0.5, 1),
    Unit("sign", -1, 1, whole=True),
)
UNITS = {unit.name: unit for unit in (*map(unit_of, _OF_FACTS), *_TOLD) if unit is not None}
"""The units of facts. A knob takes facts of its own unit only; those of `_TOLD` are compared with, never turned."""


class Knobs(BaseModel):
    """What a room can be told; every knob has a value that switches it off. Unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
