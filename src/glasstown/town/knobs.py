"""What the town can be told."""

from __future__ import annotations

from typing import Literal, final

from pydantic import Field

from glasstown.core.quantity import (
    Count,
    CountedAmong,
    DayUntil,
    Faces,
    KmPerHour,
    Knobs,
    Metres,
    MinuteOfDay,
    Minutes,
    People,
    PerDay,
    PerPerson,
    PerThousand,
    Plan,
    Sample,
    Share,
    assume,
)
from glasstown.town.knobs_nation import Deeds, Life


@final
class Streets(Knobs):
    """Where the streets come from and how people move along them.

    `file` names an OpenStreetMap extract (kind `streets`); the sizes shape a generated town.
    """

    file: str = ""
    people_per_node: Count = assume(20)
    least_nodes: Count = assume(400)
    block: Metres = assume(90)
    arterial_every: Count = assume(5)
    walk: KmPerHour = assume(4.8)
    ride: KmPerHour = assume(15)
    ride_beyond: Metres = assume(2500)


@final
class Places(Knobs):
    """How many places of each kind there are, and how far people go.

    `per_1000` counts are places for 1,000 residents; `sparse_below` is the number of buildings for 1,000
    residents under which places are drawn along the streets instead.
    """

    homes_per_1000: Count = assume(120)
    work_per_1000: Count = assume(30)
    schools_per_1000: Count = assume(1)
    shops_per_1000: Count = assume(8)
    leisure_per_1000: Count = assume(4)
    sparse_below: Count = assume(20)
    work_distance: Metres = assume(1500)
    errand_distance: Metres = assume(700)


@final
class Day(Knobs):
    """How people spend a day."""

    trips_per_day: PerDay = assume(0)
    attend: Share = assume(0)
    chain: Share = assume(0)
    weekend_factor: Share = assume(1)
    start_minute: MinuteOfDay = assume(510)
    work_minutes: Minutes = assume(480)
    school_minutes: Minutes = assume(380)


@final
class TownKnobs(Knobs):
    """The town: generated, on real streets, or well mixed (routes through devices at random).

    `plan` says which generated town it is: the same plan and sizes give the same streets, places and
    cameras under every seed, as a real town stays the same town.

    A nation has no streets: its people live month by month in `jurisdictions` (shares of the people), and one in
    `sample` of them is simulated; 0 chooses a sample of about 1.3 million people, and never thinner than 1 in 1,000.
    Counts that were published (of judgments, of listed people) hold for `counted_among` people and shrink or grow with
    the nation; 0 for as many as it has.

    A crowd has neither streets nor residents: `faces` are taken of it each day between `from_minute` and `to_minute`,
    `faces_per_person` of each who passes (people walk by twice, and cameras stand side by side). `listed_present` of
    those who pass are on the list, and `listed_per_1000` more for each 1,000 faces, never more than the list has. Other
    people come the next day.
    """

    kind: Literal["generated", "streets", "mixed", "nation", "crowd"] = "generated"
    people: People = 10_000
    plan: Plan = 1
    streets: Streets = Streets()
    places: Places = Places()
    day: Day = Day()
    groups: dict[str, Share] = Field(default={"a": assume(1.0)}, min_length=1, max_length=16)
    ages: dict[str, Share] = Field(default={})
    female: Share = assume(0.5)
    household_sizes: dict[str, Share] = Field(default={"1": assume(1.0)}, min_length=1, max_length=12)
    employed: Share = assume(0)
    phones: Share = assume(0)
    mixed_devices_per_route: Count = assume(8)
    sample: Sample = 1
    counted_among: CountedAmong = 0
    jurisdictions: dict[str, Share] = Field(default={"nation": assume(1.0)}, min_length=1, max_length=64)
    incomes: dict[str, Share] = Field(default={})
    faces: Faces = assume(0)
    faces_per_person: PerPerson = assume(1)
    listed_present: Count = assume(0)
    listed_per_1000: PerThousand = assume(0)
    from_minute: MinuteOfDay = assume(0)
    to_minute: DayUntil = assume(1440)
    deeds: Deeds = Deeds()
    life: Life = Life()
