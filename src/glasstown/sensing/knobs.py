"""What the watching side can be told."""

from __future__ import annotations

from typing import Literal, final

from pydantic import Field

from glasstown.core.quantity import (
    Count,
    Degrees,
    Knobs,
    Metres,
    Minutes,
    Multiplier,
    PerHour,
    PerKm,
    PerThousand,
    Rate,
    Share,
    Threshold,
    assume,
)
from glasstown.sensing.knobs_reports import Reports


@final
class Cameras(Knobs):
    """The cameras: `none`, `generated` along the streets, from a `file`, or `tagged` in the extract.

    A camera captures a face that crosses its view with `capture` at no distance, falling to half of that at
    `half_distance`; `night` and `ride` multiply it after dark and for people in vehicles. `working` is the
    share of days a camera that is not `dead` for good works. The `certainty_*` shares say how surely a camera on
    a list exists and sees the street. In a well-mixed town `mixed_mean` lets the chance vary between devices.
    """

    kind: Literal["none", "generated", "file", "tagged"] = "none"
    file: str = ""
    per_km: PerKm = assume(0)
    most: Count = assume(2_000_000)
    dome: Share = assume(0.5)
    range: Metres = assume(25)
    field: Degrees = assume(90)
    capture: Share = assume(0)
    half_distance: Metres = assume(20)
    night: Share = assume(1)
    ride: Share = assume(0)
    working: Share = assume(1)
    mixed_mean: Share = assume(0)
    dead: Share = assume(0)
    certainty_generated: Share = assume(1)
    certainty_listed: Share = assume(0.9)
    certainty_vague: Share = assume(0.6)
    dawn_minute: Minutes = assume(420)
    dusk_minute: Minutes = assume(1140)


@final
class Watchlist(Knobs):
    """The list of references that captures are searched against.

    Of every 1,000 people in town `residents_per_1000` are on it (never more than `size`); `wrongly_listed` is the
    share listed by mistake. With `everybody` each resident is enrolled, `size` and `residents_per_1000` say nothing,
    and `recognition.fmr` is read as the chance that one search is attributed to a random other person, whatever the
    number enrolled.
    """

    size: Count = assume(0)
    residents_per_1000: PerThousand = assume(0)
    wrongly_listed: Share = assume(0)
    everybody: bool = False


@final
class Recognition(Knobs):
    """The comparison of a capture with the watchlist.

    `system` names an entry of the catalogue, which sets `fmr` and `fnmr` (per comparison, at `decision_threshold`);
    `custom` takes the two numbers as written here. The multipliers apply to the false match rate (`fmr_by_*`) and
    to the miss rate (`fnmr_by_*`) of a group; where their mean over the people is 1, the stated rate is that of
    everybody. A threshold outside what was published about the system is refused unless `extrapolate` is true.
    `repeat` is the chance that a person who resembles a reference is returned again at the next search: 0 makes
    each search a fresh coin. `searching` is the share of cameras connected to the search.
    """

    system: str = "custom"
    decision_threshold: Threshold = assume(0)
    extrapolate: bool = False
    fmr: Rate = assume(0)
    fnmr: Share = assume(0)
    fmr_by_group: dict[str, Multiplier] = Field(default={})
    fmr_by_sex: dict[str, Multiplier] = Field(default={})
    fnmr_by_group: dict[str, Multiplier] = Field(default={})
    repeat: Share = assume(0.2)
    searching: Share = assume(1)


@final
class Operator(Knobs):
    """The person who looks at candidates; `off` passes every candidate on.

    `reviews_per_hour` is the workload limit of one control room; each community has one.
    """

    kind: Literal["off", "human"] = "off"
    confirm_true: Share = assume(1)
    confirm_false: Share = assume(1)
    reviews_per_hour: PerHour = assume(1_000_000)


@final
class SensingKnobs(Knobs):
    """Devices, watchlist, recognition, operator; an alert opens a case that hushes repeats for `case_minutes`."""

    cameras: Cameras = Cameras()
    watchlist: Watchlist = Watchlist()
    recognition: Recognition = Recognition()
    operator: Operator = Operator()
    case_minutes: Minutes = assume(0)
    reports: Reports = Reports()
