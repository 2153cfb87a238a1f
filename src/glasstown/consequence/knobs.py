"""What the consequences can be told."""

from __future__ import annotations

from typing import Literal, final

from glasstown.consequence.knobs_doors import Doors, Perks, Shaming
from glasstown.consequence.knobs_reaction import Opinion, Reaction, Redress, Trust
from glasstown.core.quantity import Days, Knobs, Minutes, Share, assume


@final
class Stop(Knobs):
    """What follows an alert in the street.

    `found` is the chance of still finding the person at once; after `found_half_minutes` of deciding it is half of that
    (0: deciding takes nothing from it). `intervenes_if_true` and `intervenes_if_false` are the chance that officers
    stop whom they found, for the right and the wrong person (1: always); `taken_if_true` and `taken_if_false` the
    chance that the identity check ends with the person being taken.
    """

    found: Share = assume(0)
    found_half_minutes: Minutes = assume(0)
    intervenes_if_true: Share = assume(1)
    intervenes_if_false: Share = assume(1)
    taken_if_true: Share = assume(1)
    taken_if_false: Share = assume(0)
    minutes_cleared: Minutes = assume(0)
    minutes_taken: Minutes = assume(0)


@final
class Appeal(Knobs):
    """Complaints of people wrongly taken: who files, how long it takes, how often it succeeds.

    `delay_days` counts the whole days waited in between: with 0 a complaint is decided the day after it was made.
    """

    files: Share = assume(0)
    delay_days: Days = assume(0)
    granted: Share = assume(0)


@final
class Response(Knobs):
    """How people change: who avoids watched streets after a wrongful stop, and for how long.

    `flagged` makes a flag on a person's file have the same effect. Streets that only dead cameras see are not avoided.
    """

    kind: Literal["off", "avoid"] = "off"
    avoids: Share = assume(0)
    days: Days = assume(0)
    flagged: bool = False


@final
class ConsequenceKnobs(Knobs):
    """Stops, custody, appeals and responses; in a nation doors, perks, shame, redress, reactions, opinion and trust."""

    stop: Stop = Stop()
    custody_days: Days = assume(0)
    appeal: Appeal = Appeal()
    response: Response = Response()
    doors: Doors = Doors()
    perks: Perks = Perks()
    shaming: Shaming = Shaming()
    redress: Redress = Redress()
    reaction: Reaction = Reaction()
    opinion: Opinion = Opinion()
    trust: Trust = Trust()
