"""A rulebook in the form that loops take: integers only, everything a lawyer wrote and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import I32, Bool

NEVER = 0
MOST_BANDS = 16


@final
@dataclass(frozen=True)
class ListRules:
    """Who comes on a list, what it does to them, and how they get off it.

    Parameters
    ----------
    kept : bool
        Whether there is such a list; False switches everything below off.
    triggers : array of bool, shape (deeds,)
        Entries of which kind of conduct put a person on the list (`tables.DEEDS`).
    from_rating, to_rating : int
        A rating from the first to the second puts a person on the list too; no such rating where the first is larger.
    closes : array of bool, shape (doors,)
        Doors closed to listed people (`tables.DOORS`).
    opens : array of bool, shape (perks,)
        Perks open to listed people (`tables.PERKS`).
    expires_months : int
        Months after which an entry ends by itself; 0 for never.
    ends_when_repaid : bool
        Whether repaying gives a claim to come off.
    shamed : bool
        Whether the list is published (ringtone, billboard).
    national : bool
        Whether the list is known in every jurisdiction; otherwise `records.integration` says how much of it is.
    """

    kept: bool
    triggers: Bool
    from_rating: int
    to_rating: int
    closes: Bool
    opens: Bool
    expires_months: int = NEVER
    ends_when_repaid: bool = True
    shamed: bool = False
    national: bool = True

    @staticmethod
    def none() -> ListRules:
        """Return the rules of a list that is not kept."""
        deeds, doors, perks = (np.zeros(len(names), np.bool_) for names in (t.DEEDS, t.DOORS, t.PERKS))
        return ListRules(False, deeds, 1, 0, doors, perks)


@final
@dataclass(frozen=True)
class Rules:
    """One rulebook: what a rating starts from, what moves it, what it opens and closes.

    Parameters
    ----------
    name : str
        What the catalogue calls it.
    rates : bool
        Whether there is a rating at all; a rulebook may keep lists alone.
    base, floor, cap : int
        Points at the start, and the least and the most there can be.
    points : array of int32, shape (deeds,)
        Points for one entry of each kind of conduct (`tables.DEEDS`); 0 for kinds that do not count.
    most_per_period : array of int32, shape (deeds,)
        Entries of each kind that count within one period; 0 for no limit.
    period_months : int
        Length of that period; every period begins in a month whose number it divides.
    expiry_months : array of int32, shape (deeds,)
        Months after which the points of an entry are taken back; 0 for never.
    bands : tuple of str
        Grades, lowest first, at most 16.
    band_from : array of int32, shape (bands,)
        Lowest rating of each grade, ascending; the first is `floor`.
    covers_ages : array of bool, shape (age bands,)
        Which age bands (`tables.AGE_BANDS`) have a rating and can be listed.
    closes : array of bool, shape (bands, doors)
        Doors closed by each grade.
    opens : array of bool, shape (bands, perks)
        Perks opened by each grade.
    court, red : ListRules
        The adverse and the favourable list.
    """

    name: str
    rates: bool
    base: int
    floor: int
    cap: int
    points: I32
    most_per_period: I32
    period_months: int
    expiry_months: I32
    bands: tuple[str, ...]
    band_from: I32
    covers_ages: Bool
    closes: Bool
    opens: Bool
    court: ListRules
    red: ListRules

    @staticmethod
    def none(name: str = "none") -> Rules:
        """Return the rulebook that rates nobody and lists nobody."""
        zero = np.zeros(len(t.DEEDS), np.int32)
        return Rules(
            name=name,
            rates=False,
            base=0,
            floor=0,
            cap=0,
            points=zero,
            most_per_period=zero,
            period_months=12,
            expiry_months=zero,
            bands=("unrated",),
            band_from=np.zeros(1, np.int32),
            covers_ages=np.array([start >= 18 for start in t.AGE_FROM]),
            closes=np.zeros((1, len(t.DOORS)), np.bool_),
            opens=np.zeros((1, len(t.PERKS)), np.bool_),
            court=ListRules.none(),
            red=ListRules.none(),
        )
