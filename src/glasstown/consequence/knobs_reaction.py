"""What appeals, reactions, opinions and dealings with strangers can be told."""

from __future__ import annotations

from typing import final

from pydantic import Field

from glasstown.core.quantity import Knobs, Months, Multiplier, PerYear, Points, Share, assume


@final
class Redress(Knobs):
    """How a person gets off a list or an entry off a file.

    `notice` is the share who are told; others find out at a closed door. `files` is the monthly chance that
    somebody who knows appeals, `by_group` multiplies it. `delay_months` passes before an answer; `granted_if_wrong`
    and `granted_if_right` are its chances. `tries` is the most appeals one person files about one record.
    """

    notice: Share = assume(0)
    files: Share = assume(0)
    by_group: dict[str, Multiplier] = Field(default={})
    delay_months: Months = assume(1)
    granted_if_wrong: Share = assume(0)
    granted_if_right: Share = assume(0)
    tries: Months = assume(12)


@final
class Reaction(Knobs):
    """How people change because of lists and ratings; every number at its off value changes nobody.

    `aware` is the share of adults who know of the system at the start, `learns_per_year` how fast the rest comes to
    know; `hears_per_year` is how often in a year somebody would hear of it from others if it had struck everybody
    around them (told of a listing, or refused at a door). Bad conduct of people who know falls by `certainty` times the
    chance that it is reported, and by `severity` times the share of doors it can close. `games_per_month` is the chance
    that somebody who knows and stands within `within` points below a better grade buys a visible good deed. `moves` is
    the monthly chance that a person who finds doors closed moves to another jurisdiction, `displaced` the share of
    deterred conduct that happens where nobody reports. `repays` multiplies the hazard of repaying while listed and
    aware of it.
    """

    aware: Share = assume(0)
    learns_per_year: Share = assume(0)
    hears_per_year: PerYear = assume(0)
    certainty: Share = assume(0)
    severity: Share = assume(0)
    games_per_month: Share = assume(0)
    within: Points = assume(0)
    moves: Share = assume(0)
    displaced: Share = assume(0)
    repays: Multiplier = assume(1)


@final
class Opinion(Knobs):
    """What people think of the system, and what they say to a survey.

    `approve` is the share who approve before they know more; `high_income` and `low_income` multiply it.
    `informed` is the share of approvers who still approve once they know both sides, `listed` the share who do once
    a door closed on them. `hides` is the share of people who do not
    approve and say that they do.
    """

    approve: Share = assume(0)
    high_income: Multiplier = assume(1)
    low_income: Multiplier = assume(1)
    knows: Share = assume(0)
    informed: Share = assume(1)
    listed: Share = assume(1)
    hides: Share = assume(0)


@final
class Trust(Knobs):
    """Dealings with strangers, who may look at a rating or at a plain record of judgments before they deal.

    `deals_per_year` is how often each adult deals with a stranger. Strangers refuse whoever stands `refused_points`
    below the start, or has `refused_defaults` judgments on file; from `deposit_points` and `deposit_defaults` on they
    ask for a deposit. 0 never does. A deposit stops the share `deposit_stops` of cheating, and the share `deposit_lost`
    of honest deals, which `low_income` multiplies.
    """

    deals_per_year: PerYear = assume(0)
    refused_points: Points = assume(0)
    deposit_points: Points = assume(0)
    refused_defaults: Points = assume(0)
    deposit_defaults: Points = assume(0)
    deposit_stops: Share = assume(0)
    deposit_lost: Share = assume(0)
    low_income: Multiplier = assume(1)
