"""What the judging side can be told."""

from __future__ import annotations

from typing import final

from pydantic import Field

from glasstown.core.quantity import Count, Knobs, MonthsListed, PerYear, Points, Share, assume


@final
class Rating(Knobs):
    """Points for each sighting, fading day by day; below `alert_threshold` a file is flagged.

    Points are added on the day of a sighting, whether or not it is kept, and stay when it is erased.
    `by_device` draws each device's weight between 0 and 1 instead of counting every sighting alike.
    """

    points_per_sighting: Points = assume(0)
    by_device: bool = False
    decay_per_day: Share = assume(0)
    alert_threshold: Points = assume(-1_000_000)


@final
class CourtList(Knobs):
    """The list of people with an unpaid judgment.

    `initial` are listed when the run begins (in the whole nation), `initial_wrong` of them by mistake, and they
    have been listed for up to `initial_months`. `listing` is the monthly chance that an entry which is reason enough
    leads to a listing. `removal` is the monthly chance that somebody who repaid is taken off, and `repair_per_year`
    how often people come off by other credit repair.

    `growth` is how many entries had ever been made on which dates (2014-07-23: 203000). Where it is written, a run
    starts on the day on which there were `initial` of them, new listings follow the curve instead of
    `deeds.debt_judgments`, sellers have been checking documents since its first date, and with `initial_months: 0`
    people have been listed for as long as it says.
    """

    initial: Count = assume(0)
    initial_wrong: Share = assume(0)
    initial_months: MonthsListed = assume(0)
    listing: Share = assume(1)
    removal: Share = assume(1)
    repair_per_year: PerYear = assume(0)
    growth: dict[str, Count] = Field(default={}, max_length=64)


@final
class Lists(Knobs):
    """The lists that a rulebook can keep."""

    court: CourtList = CourtList()


@final
class JudgementKnobs(Knobs):
    """Rating, and whether a reference comes off the list when the system believes that person found.

    A nation is judged by a `rulebook` of the catalogue or a file (`none` judges nobody); `rulebooks` names another
    one for some of its jurisdictions. `written` holds the rulebooks that were read from files, by id, word for word.
    """

    rating: Rating = Rating()
    remove_when_found: bool = False
    rulebook: str = "none"
    rulebooks: dict[str, str] = Field(default={}, max_length=64)
    written: dict[str, str] = Field(default={}, max_length=16)
    lists: Lists = Lists()
