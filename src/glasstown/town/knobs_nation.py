"""What a nation can be told: who lives where, and what people do that some institution cares about."""

from __future__ import annotations

from typing import final

from glasstown.core.quantity import Count, Knobs, Multiplier, PerYear, Share, assume


@final
class Deed(Knobs):
    """How often one kind of conduct happens to an adult, and to whom more often.

    `per_year` is the mean over adults; the multipliers say how often it happens to people of an age, an income or a
    habit compared with the others, and are scaled so that the mean stays. 0 a year switches the kind off.
    """

    per_year: PerYear = assume(0)
    young: Multiplier = assume(1)
    low_income: Multiplier = assume(1)
    high_income: Multiplier = assume(1)
    habitual: Multiplier = assume(1)


@final
class Deeds(Knobs):
    """Conduct of which institutions keep records, one section each.

    `debt_judgments` (a count a year in the whole nation) takes the place of `debt_judgment_unpaid.per_year` where
    it is not 0, so that a published number of cases can be put in as it is; whom the system deters is not in it.
    """

    debt_judgment_unpaid: Deed = Deed()
    traffic_offence: Deed = Deed()
    jaywalking: Deed = Deed()
    fare_evasion: Deed = Deed()
    barking_dog: Deed = Deed()
    cheated_stranger: Deed = Deed()
    punctuality: Deed = Deed()
    volunteering: Deed = Deed()
    blood_donation: Deed = Deed()
    snow_clearing: Deed = Deed()
    yielding: Deed = Deed()
    party_position: Deed = Deed()
    award: Deed = Deed()
    debt_judgments: Count = assume(0)


@final
class Life(Knobs):
    """What happens to the people of a nation whatever is kept on file.

    `habitual` is the share of people in the habit of breaking rules (the kinds with a multiplier for it).
    `repays_per_year` is how often a judgment is paid where no list exists, `low_income_repays` how much of that people
    of low income reach. `away` is the share of months in which a person is in another jurisdiction; `moves_per_year`
    and `emigrates_per_year` are moves between jurisdictions and out of the nation. `deaths` multiplies a plain
    life table. `defaulters_cheat` is how much more often people with a judgment in the past cheat a stranger.
    """

    habitual: Share = assume(0)
    repays_per_year: PerYear = assume(0)
    low_income_repays: Multiplier = assume(1)
    away: Share = assume(0)
    moves_per_year: PerYear = assume(0)
    emigrates_per_year: PerYear = assume(0)
    deaths: Multiplier = assume(0)
    defaulters_cheat: Multiplier = assume(1)
