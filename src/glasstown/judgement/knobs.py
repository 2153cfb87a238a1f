"""What the judging side can be told."""

from __future__ import annotations

from typing import final

from glasstown.core.quantity import Knobs, Points, Share, assume


@final
class Rating(Knobs):
    """Points for each sighting on file, fading day by day; below `alert_threshold` a file is flagged.

    `by_device` draws each device's weight between 0 and 1 instead of counting every sighting alike.
    """

    points_per_sighting: Points = assume(0)
    by_device: bool = False
    decay_per_day: Share = assume(0)
    alert_threshold: Points = assume(-1_000_000)


@final
class JudgementKnobs(Knobs):
    """Rating, and whether a reference comes off the list when the system believes that person found."""

    rating: Rating = Rating()
    remove_when_found: bool = False
