"""What the watching side can be told."""

from __future__ import annotations

from typing import Literal, final

from pydantic import Field

from glasstown.core.quantity import (
    Count,
    DayUntil,
    Degrees,
    Devices,
    Knobs,
    Metres,
    Minutes,
    Multiplier,
    PerHour,
    PerKm,
    PerThousand,
    Probits,
    Rate,
    Seconds,
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
    a list exists and sees the street. In a well-mixed town `mixed_mean` lets the chance vary between devices. Before a
    crowd stand `count` cameras, and every face counted was captured.
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
    dawn_minute: DayUntil = assume(420)
    dusk_minute: DayUntil = assume(1140)
    count: Devices = assume(1)


@final
class Watchlist(Knobs):
    """The list of references that captures are searched against.

    Of every 1,000 people in town `residents_per_1000` are on it (never more than `size`); `wrongly_listed` is the
    share listed by mistake, `out_of_date` the share no longer sought and still listed, `old_images` and
    `poor_images` the shares whose image is old or poor, and `images` how many are enrolled of each person.
    `listed_by_group` says how many times as often as others a group is listed. With `everybody` each resident is
    enrolled, `size`, `residents_per_1000`, `listed_by_group`, `recognition.clustered` and `recognition.normalised`
    say nothing, and `recognition.fmr` is read as the chance that one search is attributed to a random other person,
    whatever the number enrolled.
    """

    size: Count = assume(0)
    residents_per_1000: PerThousand = assume(0)
    listed_by_group: dict[str, Multiplier] = Field(default={})
    wrongly_listed: Share = assume(0)
    out_of_date: Share = assume(0)
    old_images: Share = assume(0)
    poor_images: Share = assume(0)
    images: Count = assume(1)
    everybody: bool = False


@final
class Recognition(Knobs):
    """The comparison of a capture with the watchlist.

    `system` names an entry of the catalogue, which sets `fmr` and `fnmr` (per comparison, at `decision_threshold`)
    and `published_size`; `custom` takes the numbers as written here. The multipliers apply to the false match rate
    (`fmr_by_*`) and to the miss rate (`fnmr_by_*`) of a group; where their mean over the people is 1, the stated
    rate is that of everybody. A threshold outside what was published about the system is refused unless
    `extrapolate` is true.

    False matches: `repeat` is the chance that a reference whom a person resembles is returned again at the next
    search, 0 makes each search a fresh coin. `clustered` is the variance over people of how easily they are taken
    for others (0: all alike), `normalised` how far the vendor makes the threshold follow the gallery, from the size
    for which it was published, `published_size`.

    Misses: `misses_by_person`, `misses_by_day` and `misses_by_place` are the shares of their variance that a listed
    person keeps for good, a person for a day and a camera for a day. `harder_*` are probits by which pose, distance
    and motion (of the whole scene, beyond where `fnmr` was measured), darkness, a mask (worn on the share `masked`
    of person-days), an old and a poor image make a match harder. `unmatchable` references match at no threshold;
    `images_alike` is the correlation of misses between several images of one person. In a crowd `pictures` is the
    share of passers-by who are no person but a face on an advertisement or a shirt, `picture_times` as easily taken
    for somebody listed. Of all captures `unusable` is the share that nothing can be compared with. `searching` is
    the share of cameras connected to the search. A nation takes the rates and their multipliers by group, nothing else.
    """

    system: str = "custom"
    decision_threshold: Threshold = assume(0)
    extrapolate: bool = False
    fmr: Rate = assume(0)
    fnmr: Share = assume(0)
    fmr_by_group: dict[str, Multiplier] = Field(default={})
    fmr_by_sex: dict[str, Multiplier] = Field(default={})
    fmr_by_age: dict[str, Multiplier] = Field(default={})
    fnmr_by_group: dict[str, Multiplier] = Field(default={})
    repeat: Share = assume(0.2)
    clustered: Multiplier = assume(0)
    normalised: Share = assume(0)
    published_size: Count = assume(10_000)
    misses_by_person: Share = assume(0)
    misses_by_day: Share = assume(0)
    misses_by_place: Share = assume(0)
    harder_pose: Probits = assume(0)
    harder_distance: Probits = assume(0)
    harder_motion: Probits = assume(0)
    harder_at_night: Probits = assume(0)
    harder_masked: Probits = assume(0)
    masked: Share = assume(0)
    harder_old_image: Probits = assume(0)
    harder_poor_image: Probits = assume(0)
    unmatchable: Share = assume(0)
    images_alike: Share = assume(0)
    unusable: Share = assume(0)
    pictures: Share = assume(0)
    picture_times: Multiplier = assume(1)
    searching: Share = assume(1)


@final
class Operator(Knobs):
    """The people who look at candidates; `off` passes every candidate on.

    `confirm_true` and `confirm_false` are one person's chances of passing on the right and the wrong one.
    `reviewers` look at each independently but for `reviewers_alike`, the correlation of their judgements, and all
    must confirm. Where the share `prevalence` of candidates is right, each tenfold rarer than one in two makes a
    "no" easier by `prevalence_effect` probits. `reviews_per_hour` is the workload limit of one control room; each
    community has one. Beyond `hurried_beyond` reviews in an hour the share `hurried_loss` of what tells faces apart
    is lost. A review takes `seconds`, one after the other.
    """

    kind: Literal["off", "human"] = "off"
    confirm_true: Share = assume(1)
    confirm_false: Share = assume(1)
    reviewers: Count = assume(1)
    reviewers_alike: Share = assume(0)
    prevalence: Share = assume(0.5)
    prevalence_effect: Probits = assume(0)
    reviews_per_hour: PerHour = assume(1_000_000)
    hurried_beyond: PerHour = assume(1_000_000)
    hurried_loss: Share = assume(0)
    seconds: Seconds = assume(0)


@final
class SensingKnobs(Knobs):
    """Devices, watchlist, recognition, operator; an alert opens a case that hushes repeats for `case_minutes`.

    A candidate counts once `agree` different cameras have returned its reference within `agree_minutes`.
    """

    cameras: Cameras = Cameras()
    watchlist: Watchlist = Watchlist()
    recognition: Recognition = Recognition()
    agree: Count = assume(1)
    agree_minutes: Minutes = assume(60)
    operator: Operator = Operator()
    case_minutes: Minutes = assume(0)
    reports: Reports = Reports()
