"""Before the first month of a nation: rulebooks, and the thresholds of each month, from the knobs of all rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from glasstown import census as c
from glasstown import tables as t
from glasstown.consequence import doors, reaction, redress, trust
from glasstown.core.chance import DAYS_OF_A_YEAR
from glasstown.core.columns import I32, I64, U8, U64
from glasstown.core.keys import Key
from glasstown.judgement import lists, ratings
from glasstown.judgement.rules import Rules
from glasstown.records import dossiers
from glasstown.scenario import Scenario
from glasstown.sensing import reports
from glasstown.town import conduct, nation

FAR = 1 << 30
DEALT = ("deals", "cheating_prevented", "honest_deals_lost", "deposits_asked", "honest_refused")


class Start(NamedTuple):
    """What holds before the first month."""

    makeup: nation.Makeup
    initial: lists.Initial
    sharing: dossiers.Sharing
    trying: doors.Trying
    learned: U64
    ways: redress.Ways
    rates: bool
    bands: U8


class Month(NamedTuple):
    """One month: its number, its first day and its length, and how everything goes in it.

    `watched` says whether anybody rates or lists, `rates` and `opens` whether there are ratings and perks, `half` the
    month in which ratings are looked at for the prediction; `next_from` (jurisdictions, bands + 1) where each better
    grade begins; `expected` (jurisdictions, at home or away, deeds) what an act is worth on average, in 2**-16 points.
    """

    number: np.int64
    day: np.int64
    days: np.int64
    half: np.int64
    watched: bool
    rates: bool
    opens: bool
    conduct: conduct.Conduct
    sway: conduct.Sway
    reporting: reports.Reporting
    sharing: dossiers.Sharing
    listing: lists.Listing
    trying: doors.Trying
    wants: doors.Wants
    ways: redress.Ways
    reacting: reaction.Reacting
    next_from: I32
    look_at: U8
    expected: I64


def days_of(days: int) -> I64:
    """Return the days on which months begin and the run ends: calendar months of an average year, and a rest.

    Examples
    --------
    >>> days_of(34).tolist()
    [0, 30, 34]
    """
    starts = [round(k * DAYS_OF_A_YEAR / 12) for k in range(days // 30 + 2)]
    return np.array([*(day for day in starts if day < days), days], np.int64)


def keys(key: Key) -> U64:
    """Return the keys of all purposes, shape (purposes, 2)."""
    return c.keys_of([key("nation", purpose).words for purpose in c.PURPOSES])


def rows_of(scenario: Scenario) -> int:
    """Return how many rows a tally has: everybody, ages, sexes, incomes, groups and jurisdictions."""
    town = scenario.town
    return 1 + len(t.AGE_BANDS) + len(t.SEXES) + len(t.INCOMES) + len(town.groups) + len(town.jurisdictions)


def rules_of(scenario: Scenario, known: Mapping[str, Rules]) -> list[Rules]:
    """Return the rulebook of each jurisdiction, in the scenario's order."""
    judgement = scenario.judgement
    return [known[judgement.rulebooks.get(name, judgement.rulebook)] for name in scenario.town.jurisdictions]


def start(scenario: Scenario, rules: list[Rules], by: ratings.Rulebooks) -> Start:
    """Turn the knobs into what holds before the first month."""
    town, after = scenario.town, scenario.consequence
    ends = days_of(scenario.days)
    initial = lists.initial(scenario.judgement.lists, _who_can_be_listed(scenario, rules))
    years = _began(scenario) / DAYS_OF_A_YEAR
    return Start(
        makeup=nation.makeup(town, float(after.reaction.aware), float(after.reaction.learns_per_year), ends[1:]),
        initial=initial,
        sharing=dossiers.sharing(scenario.records, 30),
        trying=doors.trying(after.doors, years, 30),
        learned=doors.learned(after.doors, len(initial.since) - 1, years),
        ways=_ways(scenario, 30),
        rates=bool(by.rates.any()),
        bands=np.array([_band(by, k) for k in range(len(rules))], np.uint8),
    )


def _band(by: ratings.Rulebooks, at: int) -> int:
    return int(c.band_of(by.begins[at], at, by.floor, by.cap, by.band_from, by.n_bands))


def months(scenario: Scenario, rules: list[Rules], by: ratings.Rulebooks) -> list[Month]:
    """Turn the knobs into thresholds for every month of the run."""
    days = days_of(scenario.days)
    lengths = np.diff(days)
    growth, began = lists.growth_of(scenario.judgement.lists), _began(scenario)
    alike: dict[tuple[int, float], Month] = {}
    found: list[Month] = []
    for k, length in enumerate(int(x) for x in lengths):
        day, new = began + float(days[k]), 0.0
        if growth:
            new = (growth.count_at(day + length) - growth.count_at(day)) * DAYS_OF_A_YEAR / length
        if (length, new) not in alike:
            alike[length, new] = _month(scenario, rules, by, length, len(lengths), new)
        trying = doors.trying(scenario.consequence.doors, max(day, 0.0) / DAYS_OF_A_YEAR, length)
        found.append(alike[length, new]._replace(number=np.int64(k), day=np.int64(days[k]), trying=trying))
    return found


def dealing(scenario: Scenario) -> trust.Dealing:
    """Turn the knobs of trust into thresholds for the time after the month in which strangers look."""
    cheats = conduct.rates(scenario.town)[:, c.CHEAT]
    return trust.dealing(scenario.consequence.trust, cheats, _second_half(scenario))


def _second_half(scenario: Scenario) -> int:
    """Return how many days are left after the month in which strangers look at ratings."""
    ends = days_of(scenario.days)
    return int(ends[-1] - ends[(len(ends) - 1) // 2 + 1])


def _began(scenario: Scenario) -> float:
    """Return on which day of the list's growth the run begins; 0 where no growth is written."""
    growth = lists.growth_of(scenario.judgement.lists)
    return growth.day_of(float(scenario.judgement.lists.court.initial)) if growth else 0.0


def _month(
    scenario: Scenario, rules: list[Rules], by: ratings.Rulebooks, length: int, n_months: int, new: float
) -> Month:
    town, after = scenario.town, scenario.consequence
    groups = tuple(town.groups)
    enrolled = town.people * float(scenario.sensing.reports.gallery)
    reporting = reports.reporting(
        scenario.sensing.reports,
        scenario.sensing.recognition,
        groups,
        tuple(float(share) for share in town.groups.values()),
        tuple(enrolled * float(share) for share in town.jurisdictions.values()),
        float(scenario.records.integration),
        length,
    )
    noted = reporting.fair.astype(np.float64) / 2.0**32
    costs = ((by.points < 0) & (by.rates != 0)[:, None]) | (by.triggers != 0)
    closes = [
        max(int(x).bit_count() for x in [*by.closes[k], by.court_closes[k] * by.court[k]]) for k in range(len(rules))
    ]
    deters, displaced = reaction.deterred(after.reaction, costs.astype(np.float64), noted, np.array(closes) / c.N_DOORS)
    if new or float(town.deeds.debt_judgments):
        # A published number of judgments is what was left after whoever was deterred.
        deters[:, c.DEBT] = 0
    national = reporting.national[reporting.reporter].astype(bool)
    away = np.where(national, 1.0, float(scenario.records.integration))
    expected = by.points[:, None, :] * (noted[None, None, :] * np.array([np.ones(c.N_DEEDS), away])[None]) * 2.0**16
    further = np.full((len(rules), 1), FAR, np.int32)
    return Month(
        number=np.int64(0),
        day=np.int64(0),
        days=np.int64(length),
        half=np.int64(n_months // 2),
        watched=bool(by.rates.any() or by.court.any() or by.red.any()),
        rates=bool(by.rates.any()),
        opens=bool(by.opens.any() or by.red_opens.any()),
        conduct=conduct.conduct(town, length, new / max(noted[c.DEBT], 1e-9)),
        sway=conduct.Sway(deters, displaced),
        reporting=reporting,
        sharing=dossiers.sharing(scenario.records, length),
        listing=lists.listing(scenario.judgement.lists, length),
        trying=doors.trying(after.doors, 0.0, length),
        wants=doors.wants(after.perks, length),
        ways=_ways(scenario, length),
        reacting=reaction.reacting(after.reaction, by.points, noted, length),
        look_at=((by.closes != 0) | (by.court_from <= by.court_to)[:, None]).astype(np.uint8),
        next_from=np.concatenate([by.band_from, further], axis=1).astype(np.int32),
        expected=np.rint(expected).astype(np.int64),
    )


def _ways(scenario: Scenario, length: int) -> redress.Ways:
    after, life = scenario.consequence, scenario.town.life
    own = float(life.repays_per_year)
    yearly = (own * float(life.low_income_repays), own, own)
    return redress.ways(after.redress, after.reaction, after.shaming, tuple(scenario.town.groups), yearly, length)


def _who_can_be_listed(scenario: Scenario, rules: list[Rules]) -> float:
    """Return how many adults live where the court keeps a list, or where nobody does all adults."""
    town = scenario.town
    adults = 1.0 - float(town.ages.get(t.AGE_BANDS[0], 0.0)) if town.ages else 1.0
    shares = [float(share) for share in town.jurisdictions.values()]
    kept = [share for share, of in zip(shares, rules, strict=True) if of.court.kept]
    return adults * (town.counted_among or town.people) * (sum(kept) if kept else 1.0)


def ruled_out(scenario: Scenario, rules: Sequence[Rules]) -> frozenset[str]:
    """Name what rulebooks and knobs hold at zero, however often the nation lives.

    Quantities are named, and numbers of a longer count: where nobody is rated, strangers who look at ratings see none,
    and those who look at records may see something. Whoever keeps a list of whatever kind keeps entries and records.
    """
    listed, rated = any(of.court.kept for of in rules), any(of.rates for of in rules)
    watched = listed or rated or any(of.red.kept for of in rules)
    doors = bool(scenario.records.sharing) and (listed or rated)
    redress = scenario.consequence.redress
    appeals = (listed or doors) and float(redress.files) > 0
    # Records outlive their reason; no entry does, nor is a grade wrong for it.
    found = {f"{name}[{c.STALE}]" for name in ("entries", "misrated")}
    for possible, names in (
        (listed, ("listed_stock", "listed_start", "listed_flow", "removed", "ever_listed", "wrongly_listed")),
        (listed, ("ever_wrongly_listed", "shamed", "told_of_shame", "people_told_of_shame", "isolated")),
        (doors, ("refusals", "people_refused", "blocked_trips", "refusals_without_reason", "refusals_elsewhere")),
        (doors, ("other_documents", "other_way", "gave_up", "paid_at_door", "moved_away")),
        (doors, ("doors_closed_per_wrong_record",)),
        (listed or rated, ("wrong_records", "records_put_right", "deterred", "displaced")),
        (watched, ("entries", "entries_lost_at_walls", *DEALT[1:])),
        (rated, ("bought_deeds", "wrongly_rated", *(f"{name}[0]" for name in DEALT[1:]))),
        (float(scenario.records.integration) > 0, ("refusals_elsewhere",)),
        ((listed or rated) and float(scenario.consequence.reaction.hears_per_year) > 0, ("heard",)),
        (_second_half(scenario) > 0, DEALT),
        (any(of.opens.any() or of.red.opens.any() for of in rules), ("perks_given", "perks_wanted")),
        (appeals, ("appeals", "appeals_decided", "tries_until_right")),
        # One filed in the first month is decided so many months later, and not before the second.
        (len(days_of(scenario.days)) - 2 >= max(int(redress.delay_months), 1), ("appeals_decided",)),
        (len(scenario.town.jurisdictions) > 1, ("moved", "moved_away", "refusals_elsewhere", "entries_lost_at_walls")),
    ):
        if not possible:
            found.update(names)
    return frozenset(found)
