"""V7 and V7b: the courts' list. Repairs and refusals after the records on which the model was fitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import final

import numpy as np

from glasstown.catalogue import fact
from glasstown.core.columns import F64
from glasstown.core.growth import DAYS_A_YEAR, Growth
from glasstown.core.quantity import assume
from glasstown.scenario import load
from glasstown.study.validation.court_list import (
    SAMPLES,
    added,
    blocked,
    day_since,
    fitted_hazard,
    habits,
    spread,
    stock,
)
from glasstown.study.validation.parts import Given, Part, band, null, part

SCENARIO = "court-blacklist"
WITHIN = 1.4
# How differently courts may go about removals, and sellers about counting, before and after: nobody published it.
PACE = assume(1.0, 1 / 1.4, 1.4)
COUNTING = assume(1.0, 1 / 1.5, 1.5)
FEBRUARY_2017, END_2017, END_2018, JULY_2019 = "2017-02-14", "2017-12-31", "2018-12-31", "2019-07-09"
EARLY_2020, MIDDLE_2023, DECEMBER_2023, END_2024 = "2020-01-15", "2023-07-01", "2023-12-03", "2025-01-01"
_FITTED_DOORS = ("SC06 and SC07 up to February 2017",)
_FITTED_HAZARD = ("SC06 and SC10 up to the end of 2018",)


@final
@dataclass(frozen=True)
class Forecast:
    """Everything predicted of the list, for the scenario's values (world 0) and further worlds inside their ranges.

    Parameters
    ----------
    first : str
        Date of day 0.
    hazard : array, shape (worlds,)
        How often a listed person comes off in a year.
    listed, off : arrays, shape (days + 1, worlds)
        On the list, and come off so far.
    ever : array, shape (days + 1,)
        Entries ever made.
    trips : dict of str to array, shape (days + 1, worlds)
        Blocked trips so far at each door, if everybody used it.
    """

    first: str
    hazard: F64
    listed: F64
    off: F64
    ever: F64
    trips: dict[str, F64]

    def day(self, date: str) -> int:
        """Return which day a date is."""
        return day_since(self.first, date)

    def scale(self, door: str, refused: float) -> F64:
        """Return refusals for each blocked trip of the model, fitted on the total of February 2017."""
        return refused / self.trips[door][self.day(FEBRUARY_2017)]

    def refusals(self, door: str, refused: float, begin: str, end: str) -> F64:
        """Return the refusals added between two dates, in every world."""
        more = self.trips[door][self.day(end)] - self.trips[door][self.day(begin)]
        return self.scale(door, refused) * more * _counting(len(self.hazard))

    def person_years(self, begin: str, end: str, ever: bool) -> float:
        """Return the years spent on the list between two dates, or since an entry was made."""
        count = self.ever if ever else self.listed[:, 0]
        return float(count[self.day(begin) : self.day(end)].sum()) / DAYS_A_YEAR


@cache
def forecast(worlds: int = SAMPLES) -> Forecast:
    """Follow the list from its first published count to the end of 2024."""
    scenario = load(SCENARIO)
    counts = {day: float(count) for day, count in scenario.judgement.lists.court.growth.items()}
    growth, first = Growth.of(counts), min(counts)
    days = day_since(first, END_2024)
    flow = added(growth, days, _later(growth, first))
    hazard = fitted_hazard(growth.counts[0], flow, fact("sc10-repaid-2018").value, day_since(first, END_2018))
    hazards = hazard * np.exp(_log_spread(PACE.low or 1.0, PACE.high or 1.0, 6, worlds))
    listed, off = stock(growth.counts[0], flow, hazards)
    until = flow[: day_since(first, JULY_2019)]
    doors = scenario.consequence.doors
    trips = {
        "air": blocked(growth.counts[0], until, hazards, habits(doors.flight, worlds)),
        "rail": blocked(growth.counts[0], until, hazards, habits(doors.fast_train, worlds)),
    }
    return Forecast(first, hazards, listed, off, growth.counts[0] + np.concatenate([[0.0], flow.cumsum()]), trips)


def parts() -> list[Part]:
    """Predict repairs in 2023, refusals from February 2017 to July 2019, and the stock of 2020, 2023 and 2024."""
    known = forecast()
    return [_repairs(known), _refusals(known), *_reported(known), *_stock(known)]


# ------------------------------------------------------------------ V7
def _repairs(known: Forecast) -> Part:
    published = fact("sc09-removed-2023").value
    within = band(published, times=WITHIN)
    off = known.off[known.day("2024-01-01")] - known.off[known.day("2023-01-01")]
    listed = float(known.listed[known.day(MIDDLE_2023), 0])
    last = fact("sc10-repaid-2018").value - fact("sc10-repaid-2017").value
    return part(
        "V7",
        "(a) repairs in 2023",
        published=published,
        predicted=float(off[0]),
        interval=_interval(off),
        within=within,
        nulls=[
            null("no exit but death (no repairs at all)", 0.0, within),
            null("the last value carried forward (repaid in 2018, at most)", last, within),
        ],
        inputs=_inputs(known, {"hazard": float(known.hazard[0]), "sc09-added-2023": fact("sc09-added-2023").value}),
        fitted_on=_FITTED_HAZARD,
        unit="removals",
        note=(
            f"the sum is right although its two factors are not: the model has {listed:,.0f} listed in the middle "
            f"of 2023 and a hazard of {known.hazard[0]:.3f} a year (V7b); the last value, the difference of the two "
            "published totals, is an upper bound, because that of 2017 is a lower one; carried forward it meets the "
            "band as well, so that meeting it is no evidence"
        ),
    )


def _refusals(known: Forecast) -> Part:
    published = fact("sc07-air-added").value
    within = band(published, times=WITHIN)
    refused = fact("sc07-air-2017-02").value
    predicted = known.refusals("air", refused, FEBRUARY_2017, JULY_2019)
    years = known.day(FEBRUARY_2017) / DAYS_A_YEAR, (known.day(JULY_2019) - known.day(FEBRUARY_2017)) / DAYS_A_YEAR
    rate = fact("sc07-air-rate-2017").value
    return part(
        "V7",
        "(b) air tickets refused, February 2017 to July 2019",
        published=published,
        predicted=float(predicted[0]),
        interval=_interval(predicted),
        within=within,
        nulls=[
            null(
                f"a constant rate for each listed person-year (that of 2017, {rate:g})",
                rate * known.person_years(FEBRUARY_2017, JULY_2019, ever=True),
                within,
            ),
            null("the last value carried forward (refusals a year until then)", refused / years[0] * years[1], within),
        ],
        inputs=_inputs(known, {"sc07-air-2017-02": refused}),
        fitted_on=_FITTED_DOORS,
        unit="refused purchases",
        note=(
            "the model expects refusals to follow new entries, because people learn; the published flow for each "
            "entry trebled from 2017 to 2019, and nothing published before February 2017 says so"
        ),
    )


def _reported(known: Forecast) -> list[Part]:
    air, rail = fact("sc07-air-2017-02").value, fact("sc07-rail-2017-02").value
    found = [
        _door_part(known, "rail", "fast-train tickets refused, February 2017 to July 2019", "sc07-rail-added", rail)
    ]
    spans = (("2017", FEBRUARY_2017, END_2017), ("2018", END_2017, END_2018), ("2019", END_2018, JULY_2019))
    totals = [air, *(fact(f"sc07-air-{day}").value for day in ("2017-12", "2018-12", "2019-07"))]
    for k, (year, begin, end) in enumerate(spans):
        values = known.refusals("air", air, begin, end)
        found.append(
            part(
                "V7",
                f"air tickets refused in {year} (a part of the same)",
                published=totals[k + 1] - totals[k],
                predicted=float(values[0]),
                interval=_interval(values),
                inputs=_inputs(known, {"sc07-air-2017-02": air}),
                fitted_on=_FITTED_DOORS,
                unit="refused purchases",
            )
        )
    for name, total, published in (("air", air, "sc07-air-added"), ("rail", rail, "sc07-rail-added")):
        rates = [
            total / known.person_years(known.first, FEBRUARY_2017, ever) * known.person_years(*_WINDOW, ever)
            for ever in (False, True)
        ]
        found.append(
            part(
                "V7",
                f"{name}: a constant rate for each person-year on the list, fitted on the same total",
                published=fact(published).value,
                predicted=rates[0],
                interval=(min(rates), max(rates)),
                inputs=_inputs(known, {f"sc07-{name}-2017-02": total}),
                fitted_on=_FITTED_DOORS,
                unit="refused purchases",
                note=(
                    "a rival, with people on the list and entries ever made as its two ends: for air it lies within "
                    "the band, so that the total of these 29 months alone does not speak against a constant rate; "
                    "for rail it does"
                ),
            )
        )
    return found


_WINDOW = (FEBRUARY_2017, JULY_2019)


def _door_part(known: Forecast, door: str, name: str, published: str, refused: float) -> Part:
    values = known.refusals(door, refused, *_WINDOW)
    inputs = _inputs(known, {f"sc07-{door}-2017-02": refused})
    return part(
        "V7",
        name,
        published=fact(published).value,
        predicted=float(values[0]),
        interval=_interval(values),
        inputs=inputs,
        fitted_on=_FITTED_DOORS,
        unit="refused purchases",
    )


# ------------------------------------------------------------------ V7b
def _stock(known: Forecast) -> list[Part]:
    found: list[Part] = []
    dates = (("early 2020", EARLY_2020, "sc09-stock-2020"), ("December 2023", DECEMBER_2023, "sc09-stock-2023"))
    for name, day, record in dates:
        listed = known.listed[known.day(day)]
        found.append(
            part(
                "V7b",
                f"on the list, {name}",
                published=fact(record).value,
                predicted=float(listed[0]),
                interval=_interval(listed),
                inputs=_inputs(known, {"hazard": float(known.hazard[0])}),
                fitted_on=_FITTED_HAZARD,
                unit="people and companies",
            )
        )
    change = fact("sc09-added-2024").value - (known.off[known.day(END_2024)] - known.off[known.day("2024-01-01")])
    found.append(
        part(
            "V7b",
            "change of the list in 2024",
            published=fact("sc09-added-2024").value - fact("sc09-removed-2024").value,
            predicted=float(change[0]),
            interval=_interval(change),
            inputs=_inputs(known, {"sc09-added-2024": fact("sc09-added-2024").value}),
            fitted_on=_FITTED_HAZARD,
            unit="people and companies",
            note="only the sign was to be predicted; the interval holds both signs where it spans 0",
        )
    )
    needed = _hazard_between(known, fact("sc09-stock-2020").value)
    found.append(
        part(
            "V7b",
            "a constant hazard breaks in 2019: the hazard until early 2020",
            published=needed,
            predicted=float(known.hazard[0]),
            interval=_interval(known.hazard),
            inputs=_inputs(known, {"sc09-stock-2020": fact("sc09-stock-2020").value}),
            fitted_on=_FITTED_HAZARD,
            unit="a year",
            note=(
                f"published is what the stock of early 2020 needs from July 2019 on, {needed / known.hazard[0]:.0f} "
                "times as much as until the end of 2018: a clean-up of the list lies between"
            ),
        )
    )
    return found


def _hazard_between(known: Forecast, stock_2020: float) -> float:
    """Return the hazard from July 2019 on that leads to the published stock of early 2020, by halving."""
    begin, end = known.day(JULY_2019), known.day(EARLY_2020)
    flow = np.diff(known.ever)[begin:end]
    low, high = 1e-3, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        left = stock(float(known.listed[begin, 0]), flow, np.array([middle]))[0][-1, 0]
        low, high = (middle, high) if left > stock_2020 else (low, middle)
    return (low + high) / 2


# ------------------------------------------------------------------ shared
def _later(growth: Growth, first: str) -> Callable[[int], float]:
    """Return the entries of a day after the last count: on a line to the number published for 2023, then 2024's."""
    last, middle, turn = growth.days[-1], day_since(first, MIDDLE_2023), day_since(first, "2024-01-01")
    pace = growth.count_at(last + 1) - growth.count_at(last)
    in_2023, in_2024 = (fact(f"sc09-added-{year}").value / DAYS_A_YEAR for year in (2023, 2024))

    def later(day: int) -> float:
        if day >= turn:
            return in_2024
        return pace + (in_2023 - pace) * min((day - last) / (middle - last), 1.0)

    return later


def _log_spread(low: float, high: float, turn: int, worlds: int) -> F64:
    return spread(assume(0.0, float(np.log(low)), float(np.log(high))), turn, worlds)


def _counting(worlds: int) -> F64:
    return np.exp(_log_spread(COUNTING.low or 1.0, COUNTING.high or 1.0, 7, worlds))


def _interval(values: F64) -> tuple[float, float]:
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def _inputs(known: Forecast, more: Mapping[str, Given]) -> dict[str, Given]:
    listed = {f"sc06-listed-{day}": fact(f"sc06-listed-{day}").value for day in ("2017-02", "2018-12", "2019-07")}
    assumed = f"habits at the doors and their ranges: scenario {SCENARIO}"
    doubts = f"removals {PACE.high:g} times faster or slower, refusals counted {COUNTING.high:g} times otherwise"
    return {**listed, **more, "assumed": assumed, "doubt": doubts, "first day": known.first}
