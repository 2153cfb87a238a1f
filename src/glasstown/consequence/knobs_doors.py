"""What closed doors, opened doors and shame can be told."""

from __future__ import annotations

from typing import final

from glasstown.core.quantity import Count, Knobs, Multiplier, PerYear, Share, assume


@final
class Door(Knobs):
    """One door, and what people do who find it closed.

    `users` is the share of adults who ever try it, `low_income` and `high_income` multiply that share, and
    `attempts_per_year` is how often a user tries. A refused person tries again with `retries` (each refusal leads to
    another attempt at that chance), takes another way with `other_way`, pays the debt with `pays`, and gives the
    door up with `learns`; `forgets_per_year` makes people try again. With `other_documents` a person uses
    documents that the seller does not check; `checked` is the share of sellers who check them at the start, and
    `checked_per_year` the share of the unchecked rest that begins to in a year.
    """

    users: Share = assume(0)
    low_income: Multiplier = assume(1)
    high_income: Multiplier = assume(1)
    attempts_per_year: PerYear = assume(0)
    retries: Share = assume(0)
    other_way: Share = assume(0)
    pays: Share = assume(0)
    learns: Share = assume(0)
    forgets_per_year: PerYear = assume(0)
    other_documents: Share = assume(0)
    checked: Share = assume(1)
    checked_per_year: Share = assume(0)


@final
class Doors(Knobs):
    """The doors that a rulebook can close."""

    flight: Door = Door()
    fast_train: Door = Door()
    luxury_hotel: Door = Door()
    private_school: Door = Door()
    job: Door = Door()
    loan: Door = Door()


@final
class Perk(Knobs):
    """One perk: how many adults want it in a year, and the share of these who would have had it anyway."""

    wanted_per_year: PerYear = assume(0)
    anyway: Share = assume(0)
    high_income_anyway: Multiplier = assume(1)


@final
class Perks(Knobs):
    """The perks that a rulebook can open."""

    deposit_free_rent: Perk = Perk()
    heating_discount: Perk = Perk()
    loan_rate: Perk = Perk()
    train_ticket: Perk = Perk()
    hospital_queue: Perk = Perk()
    dating_match: Perk = Perk()


@final
class Shaming(Knobs):
    """Telling others that somebody is listed.

    `ringtone` is the share of listed people whose callers hear a warning, `callers` how many calls of somebody who
    listens one person has in a year; `billboard` and `viewers` the same for a screen. `circle` is how many people could
    learn of one person's listing: a call or a view reaches any of them, so that fewer and fewer are new. `repays`
    multiplies how often a shamed person repays, `isolates` is the share of people who learned of it and have less to do
    with them.
    """

    ringtone: Share = assume(0)
    callers: PerYear = assume(0)
    billboard: Share = assume(0)
    viewers: PerYear = assume(0)
    circle: Count = assume(0)
    repays: Multiplier = assume(1)
    isolates: Share = assume(0)
