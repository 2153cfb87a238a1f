"""The quantities read off a run: what each one counts, against what, and what it says to people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from glasstown import tables as t
from glasstown.core.columns import I32

Kind = Literal["count", "distinct", "rate", "share", "each", "percentile"]

DERIVED: dict[str, tuple[str, ...]] = {
    "alerts": ("true_alerts", "+false_alerts"),
    "wrongful_stops": ("misidentified", "+wrongly_listed"),
    "nonmated_searches": ("searches", "-mated_searches"),
    "mated_missed": ("mated_searches", "-mated_found"),
}

COLUMNS: tuple[str, ...] = (
    "people",
    "searched",
    *(c.name for c in t.Ledger.columns() if c.name != "person"),
    *DERIVED,
)


FOUR_WEEKS = 28
REPEATS: dict[str, float] = {
    "candidates": 30,
    "reviews": 30,
    "operator_seconds": 30,
    "alerts": 4,
    "true_alerts": 3,
    "false_alerts": 6,
    "stops": 2,
    "wrongful_stops": 4,
    "misidentified": 4,
    "trips_avoided": 25,
    "trips_prevented": 4,
}
"""How many events come together in one household over four weeks (assumed, after large runs of `newtown`): a look-alike
stays one, and one stop leaves many trips undone. Few events are drawn towards it; many speak for themselves."""


@final
@dataclass(frozen=True)
class Metric:
    """One quantity: what is counted above the line, and against what below it.

    Parameters
    ----------
    name, unit, says : str
        What it is called, its unit, and one sentence that says it to anybody.
    kind : str
        `count` of events; `distinct` people among people; `rate` of events; `share` of trials; `each`, how many
        of something there are for each event; `percentile` of a person-day.
    above, below : str
        Columns of the ledger, or sums of them (`COLUMNS`).
    per : int
        The rate is for so many of what is below; a count is in units of so many.
    of : str
        Of `distinct` people: a column of those it can be at most, where how many they are in all is given and not left
        to chance; "" where it can be everybody.
    opportunity : str
        Without any of this in the whole run the value could not have been another; a column, or "" for none. Whoever
        passes a working device can be captured and searched, though by chance nobody was.
    jump : float
        What one event adds at most, as far as is known before any happened.
    permille : int
        Which percentile, in thousandths.
    """

    name: str
    unit: str
    says: str
    kind: Kind
    above: str
    below: str = "people"
    per: int = 1
    of: str = ""
    opportunity: str = ""
    jump: float = 1.0
    permille: int = 0

    def together(self, days: int) -> float:
        """Return what events that come together add in a run of so many days."""
        repeats = REPEATS.get(self.events, 1.0)
        return self.jump * (1 + (repeats - 1) * min(1.0, days / FOUR_WEEKS))

    @property
    def events(self) -> str:
        """The column whose chance variation makes the interval."""
        return self.below if self.kind == "each" else self.above

    @property
    def trials(self) -> str:
        """The column against which events are weighed."""
        return self.above if self.kind == "each" else self.below


def _percentiles(what: str, seen: str) -> tuple[Metric, ...]:
    cases = (
        ("median", 500, "On half of all person-days a person is {} at most this often."),
        ("p90", 900, "On nine of ten person-days a person is {} at most this often."),
        ("p99", 990, "On 99 of 100 person-days a person is {} at most this often."),
    )
    return tuple(
        Metric(
            f"{what}_per_person_day_{suffix}",
            f"{what} per person-day",
            says.format(seen),
            "percentile",
            what,
            "days",
            opportunity="passes",
            permille=permille,
        )
        for suffix, permille, says in cases
    )


def _count(name: str, unit: str, says: str, opportunity: str = "passes") -> Metric:
    return Metric(name, unit, says, "count", name, opportunity=opportunity)


METRICS: tuple[Metric, ...] = (
    Metric(
        "people_searched",
        "people",
        "So many different people had their face searched against the watchlist at least once.",
        "distinct",
        "searched",
        opportunity="passes",
    ),
    Metric(
        "passes_per_person_day",
        "passes per person-day",
        "A person crosses the view of a working device so often a day.",
        "rate",
        "passes",
        "days",
        opportunity="passes",
    ),
    *_percentiles("passes", "in view"),
    Metric(
        "captures_per_person_day",
        "captures per person-day",
        "A person's face is taken so often a day.",
        "rate",
        "captures",
        "days",
        opportunity="passes",
    ),
    *_percentiles("captures", "captured"),
    Metric(
        "share_captured_daily",
        "share",
        "On this share of person-days a person is captured at least once.",
        "share",
        "days_captured",
        "days",
        opportunity="passes",
    ),
    Metric(
        "share_captured_weekly",
        "share",
        "In this share of person-weeks a person is captured at least once.",
        "share",
        "weeks_captured",
        "weeks",
        opportunity="passes",
    ),
    Metric(
        "unobserved_trips",
        "share",
        "This share of trips is made without being captured.",
        "share",
        "trips_unobserved",
        "trips",
        opportunity="passes",
    ),
    Metric(
        "share_minutes_viewed",
        "share",
        "During this share of the minutes away from home a working device has the person in view.",
        "share",
        "minutes_viewed",
        "minutes_out",
        opportunity="passes",
    ),
    Metric(
        "trips_per_person_day",
        "trips per person-day",
        "A person makes so many trips a day.",
        "rate",
        "trips",
        "days",
    ),
    Metric(
        "minutes_out_per_person_day",
        "minutes per person-day",
        "A person is away from home for so many minutes a day.",
        "rate",
        "minutes_out",
        "days",
    ),
    _count("searches", "searches", "So many faces were searched against the watchlist, even if nobody was left on it."),
    _count("candidates", "candidates", "The machine said so many times that a face might be on the list."),
    _count("mated_missed", "searches", "So many searches of people who are on the list did not return them."),
    _count("reviews", "reviews", "Operators looked at so many candidates."),
    Metric(
        "operator_minutes",
        "minutes",
        "Operators spent so many minutes looking at candidates.",
        "count",
        "operator_seconds",
        per=60,
        opportunity="passes",
        jump=60.0,
    ),
    _count("alerts", "alerts", "So many alerts reached somebody who can act."),
    _count("true_alerts", "alerts", "So many alerts were about the person whom the reference shows."),
    _count("false_alerts", "alerts", "So many alerts were about somebody else."),
    Metric(
        "false_alerts_per_1000_searches",
        "alerts per 1,000 searches",
        "Of 1,000 searched faces, so many led to an alert about the wrong person.",
        "rate",
        "false_alerts",
        "searches",
        per=1000,
    ),
    Metric(
        "ppv",
        "share",
        "This share of alerts is about the person whom the reference shows.",
        "share",
        "true_alerts",
        "alerts",
    ),
    Metric(
        "fpir",
        "share",
        "This share of searches of people who are not on the list returns somebody.",
        "share",
        "false_found",
        "nonmated_searches",
    ),
    Metric(
        "tpir",
        "share",
        "This share of searches of people who are on the list returns them.",
        "share",
        "mated_found",
        "mated_searches",
    ),
    Metric(
        "fnir",
        "share",
        "This share of searches of people who are on the list does not return them.",
        "share",
        "mated_missed",
        "mated_searches",
    ),
    _count("stops", "stops", "People were stopped so many times."),
    _count("wrongful_stops", "stops", "So many stops were of the wrong person or of somebody wrongly listed."),
    _count("misidentified", "stops", "So many stops were of the wrong person."),
    _count("wrongly_listed", "stops", "So many stops were of the right person, who should not have been listed."),
    Metric(
        "wrongful_stops_per_100k",
        "stops per 100,000 people",
        "Of 100,000 residents, so many wrongful stops over the whole run.",
        "rate",
        "wrongful_stops",
        per=100_000,
        opportunity="passes",
    ),
    Metric(
        "wrongful_stops_share",
        "share",
        "This share of stops was of the wrong person or of somebody wrongly listed.",
        "share",
        "wrongful_stops",
        "stops",
    ),
    Metric(
        "people_searched_per_true_alert",
        "people per alert",
        "So many people had their face searched for each alert about the right person.",
        "each",
        "searched",
        "true_alerts",
    ),
    Metric(
        "searches_per_true_alert",
        "searches per alert",
        "So many faces were searched for each alert about the right person.",
        "each",
        "searches",
        "true_alerts",
    ),
    Metric(
        "minutes_lost",
        "minutes",
        "Wrongful stops took so many minutes of people's time.",
        "count",
        "minutes_lost",
        opportunity="passes",
        jump=240.0,
    ),
    _count("trips_avoided", "trips", "So many trips were left undone because the way is watched."),
    _count("trips_prevented", "trips", "So many trips were left undone because the person was in custody."),
    Metric(
        "listed_people",
        "people",
        "So many residents are rightly on the list.",
        "distinct",
        "listed",
        of="listed",
        opportunity="listed",
    ),
    Metric(
        "listed_found",
        "people",
        "So many residents who are rightly on the list were found and taken into custody.",
        "distinct",
        "listed_found",
        of="listed",
        opportunity="passes",
    ),
    Metric(
        "listed_found_share",
        "share",
        "This share of the residents who are rightly on the list was found and taken into custody.",
        "share",
        "listed_found",
        "listed",
        opportunity="passes",
    ),
)

BY_NAME: dict[str, Metric] = {metric.name: metric for metric in METRICS}

COUNTS: tuple[str, ...] = tuple(m.name for m in METRICS if m.kind in ("count", "distinct") and m.per == 1)

PERCENTILES: frozenset[str] = frozenset(m.name for m in METRICS if m.kind == "percentile")

AT_MOST_N: frozenset[str] = frozenset(m.name for m in METRICS if m.kind == "distinct")


def column(ledger: t.Ledger, name: str) -> NDArray[Any]:
    """Return one of `COLUMNS` for each person."""
    if name == "people":
        return np.ones(len(ledger), np.int32)
    if name == "searched":
        return ledger.searches > 0
    if name not in DERIVED:
        return getattr(ledger, name)
    first, second = DERIVED[name]
    values: I32 = getattr(ledger, first)
    other: I32 = getattr(ledger, second[1:])
    return values - other if second[0] == "-" else values + other
