"""What reporters of conduct can be told: how often they miss, invent, delay, repeat and misfile."""

from __future__ import annotations

from typing import final

from pydantic import Field

from glasstown.core.quantity import Knobs, Multiplier, PerYear, Share, assume


@final
class Reporter(Knobs):
    """One kind of reporter.

    `misses` is the share of conduct that is never reported (luck: the same conduct is not always seen).
    `invents_per_year` counts reports of conduct that never happened, for each adult; about one person at most one a
    month is invented, by all reporters together. `late` is the share of reports
    that come a month later, again and again. `duplicates` are filed twice; `namesake` and `mistyped` are shares
    filed under another person (one of the same name, or anybody). `bias` multiplies the reports about a group:
    above 1 some are invented, below 1 some are dropped; for good conduct it is divided by instead.
    """

    misses: Share = assume(0)
    invents_per_year: PerYear = assume(0)
    late: Share = assume(0)
    duplicates: Share = assume(0)
    namesake: Share = assume(0)
    mistyped: Share = assume(0)
    bias: dict[str, Multiplier] = Field(default={})


@final
class Reports(Knobs):
    """The reporters: courts, police, neighbours, employers, schools, and cameras.

    A camera's errors beyond these come from `sensing.recognition`: a face that is not recognised gives no report, and a
    false match files it under somebody else. `gallery` is the share of a jurisdiction's people enrolled there.
    """

    court: Reporter = Reporter()
    police: Reporter = Reporter()
    neighbour: Reporter = Reporter()
    employer: Reporter = Reporter()
    school: Reporter = Reporter()
    camera: Reporter = Reporter()
    gallery: Share = assume(0)
