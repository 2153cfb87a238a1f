"""Slow, obviously right twins of a nation's month: conduct, reports, lists, doors, perks, appeals and wrong records.

They take the knobs as people write them, probabilities as fractions and people as small objects; each draws at the
same addresses as the loops do, so that everything must come out the same, person by person.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from glasstown import tables as t
from glasstown.consequence.knobs_doors import Doors, Perks
from glasstown.consequence.knobs_reaction import Redress
from glasstown.core.keys import Key
from glasstown.judgement.rules import Rules
from glasstown.scenario import Scenario
from tests.plain.nation import words

BAD = 6
FAR = 32767


@dataclass
class Person:
    """Everything that a twin needs to know of one person; what a test does not need stays as it is."""

    number: int
    adult: bool = True
    young: bool = False
    income: str = "middle"
    group: str = "a"
    habitual: bool = False
    home: int = 0
    lives: bool = True
    aware: bool = False
    owes: int = 0
    defaults: int = 0
    cheats: int = 0
    ever: bool = False
    on_list: int | None = None
    case: int | None = None
    claim: bool = False
    pardon: bool = False
    ended: bool = False
    rating: int = 0
    grade: int = 0
    closed: set[int] = field(default_factory=set[int])
    only_home: set[int] = field(default_factory=set[int])
    wrong: set[int] = field(default_factory=set[int])
    given_up: set[int] = field(default_factory=set[int])
    refused: set[int] = field(default_factory=set[int])
    told: bool = False
    tries: int = 0
    answer: int | None = None
    cause: int = 0
    red: bool = False
    shamed: bool = False


def monthly(share: float, days: int) -> float:
    """Return a monthly chance for a month of another length."""
    return 1 - (1 - share) ** (days * 12 / 365)


def hazard(per_year: float, days: int) -> float:
    """Return the chance that something of a yearly rate happens within days."""
    return 1 - math.exp(-per_year * days / 365)


def index_of(u: float, weights: Sequence[float]) -> int:
    """Return where a number in [0, 1) falls among weights that are laid end to end."""
    running, last = 0.0, max(k for k, weight in enumerate(weights) if weight)
    for k, weight in enumerate(weights):
        running += weight / sum(weights)
        if u < running:
            return min(k, last)
    return last


def elsewhere(u: float, weights: Sequence[float], home: int) -> int:
    """Return where a number in [0, 1) falls among the weights of the others, laid end to end; home if there is none."""
    others = [0.0 if k == home else weight for k, weight in enumerate(weights)]
    return index_of(u, others) if any(others) else home


def poisson(u: float, mean: float, most: int) -> int:
    """Return how many there are at a number in [0, 1)."""
    k, below = 0, math.exp(-mean)
    while k < most and u >= below:
        k += 1
        below += math.exp(-mean) * mean**k / math.factorial(k)
    return k


# ------------------------------------------------------------------ conduct
def yearly(person: Person, scenario: Scenario) -> list[float]:
    """Return how often a person does each thing in a year; the multipliers leave the mean over adults as it is."""
    town = scenario.town
    ages = {name: float(share) for name, share in town.ages.items()}
    adults = sum(share for name, share in ages.items() if name != t.AGE_BANDS[0])
    young = ages[t.AGE_BANDS[1]] / adults
    found: list[float] = []
    for deed in t.DEEDS:
        knobs = getattr(town.deeds, deed)
        by_income = {"low": float(knobs.low_income), "middle": 1.0, "high": float(knobs.high_income)}
        mean = young * float(knobs.young) + 1 - young
        mean *= 1 - float(town.life.habitual) + float(town.life.habitual) * float(knobs.habitual)
        mean *= sum(float(town.incomes[name]) * factor for name, factor in by_income.items())
        rate = float(knobs.per_year) / mean if mean else 0.0
        rate *= (float(knobs.young) if person.young else 1.0) * by_income[person.income]
        rate *= float(knobs.habitual) if person.habitual else 1.0
        if deed == "cheated_stranger" and person.ever:
            rate *= float(town.life.defaulters_cheat)
        found.append(rate if person.adult else 0.0)
    return found


def acts(
    people: Sequence[Person], scenario: Scenario, deters: Sequence[float], month: int, days: int, draws: Key
) -> tuple[list[tuple[int, int, int, int, bool]], Counter[str]]:
    """Let people live a month: who did what, as which occasion, where, and whether nobody could report it."""
    rows: list[tuple[int, int, int, int, bool]] = []
    seen: Counter[str] = Counter()
    places = [float(share) for share in scenario.town.jurisdictions.values()]
    for person in people:
        rates = yearly(person, scenario)
        many = poisson(words(draws("month"), person.number, month)[0], sum(rates) * days / 365, 40)
        if not person.lives:
            continue
        for slot in range(many):
            a, b, d, e = words(draws("deed"), person.number, month, slot)
            deed, hidden = index_of(a, rates), False
            if deed < BAD and (person.aware or person.told) and b < deters[deed]:
                seen["deterred"] += 1
                if d >= float(scenario.consequence.reaction.displaced):
                    continue
                seen["displaced"] += 1
                hidden = True
            place = elsewhere(d, places, person.home) if e < float(scenario.town.life.away) else person.home
            if t.DEEDS[deed] == "debt_judgment_unpaid":
                person.owes, person.defaults, person.ever = person.owes + 1, person.defaults + 1, True
            person.cheats += t.DEEDS[deed] == "cheated_stranger"
            rows.append((person.number, deed, slot, place, hidden))
    return rows, seen


# ------------------------------------------------------------------ reports
@dataclass
class Filed:
    """One report: under whose name (-1 nowhere), how often, when it arrives (-1 never), and what is wrong with it."""

    dossier: int = -1
    copies: int = 1
    due: int = -1
    cause: int = 0
    fair: int = -1
    proper: int = -1


def report(
    act: tuple[int, int, int, int, bool],
    people: Sequence[Person],
    scenario: Scenario,
    month: int,
    days: int,
    draws: Key,
) -> Filed:
    """Report one act, or not, or about somebody else."""
    doer, deed, slot, place, hidden = act
    filed, person = Filed(), people[doer]
    if hidden:
        return filed
    by = t.REPORTED_BY[deed]
    knobs, machine = getattr(scenario.sensing.reports, by), scenario.sensing.recognition

    def times(by_group: dict[str, object], group: str) -> float:
        return float(by_group.get(group, 1.0))  # pyright: ignore[reportArgumentType]

    groups = {name: float(share) for name, share in scenario.town.groups.items()}
    missed = {g: min(float(machine.fnmr) * times(machine.fnmr_by_group, g), 1.0) for g in groups}
    looks, recognised, anybody = 1 - float(knobs.misses), 1.0, 1.0
    another = 0.0
    if by == "camera":
        recognised = 1 - missed[person.group]
        anybody = 1 - sum(share * missed[g] for g, share in groups.items())
        fmr = float(machine.fmr) * times(machine.fmr_by_group, person.group)
        here = float(list(scenario.town.jurisdictions.values())[person.home])
        another = 1 - (1 - fmr) ** (scenario.town.people * here * float(scenario.sensing.reports.gallery))
    bias = times(knobs.bias, person.group)
    noted = min(looks * (bias if deed < BAD else 1 / bias), 1.0)
    without_bias, right = looks * anybody, noted * recognised
    in_all = right + noted * (1 - recognised) * another
    a, b, d, e = words(draws("report"), doer, month, slot)
    f, g, _, _ = words(draws("refile"), doer, month, slot)
    if a >= max(without_bias, in_all):
        return filed
    if place != person.home and by != "court" and f >= float(scenario.records.integration):
        return filed
    late, months = float(knobs.late), 0
    while months < 12 and b >= 1 - late ** (months + 1):
        months += 1
    filed.due = month + months
    if a < without_bias:
        filed.fair = doer
    if a >= in_all:
        return filed
    filed.proper = doer
    if a >= right:
        filed.cause = t.RECORD_CAUSES.index("misidentified")
    elif d < float(knobs.namesake):
        filed.cause = t.RECORD_CAUSES.index("namesake")
    elif d < float(knobs.namesake) + float(knobs.mistyped):
        filed.cause = t.RECORD_CAUSES.index("mistyped")
    filed.dossier = doer
    if filed.cause:
        start = int(e * len(people))
        round_ = [*people[start:], *people[:start]]
        adults = (other.number for other in round_ if other.home == person.home and other.lives and other.adult)
        filed.dossier = next(adults, doer)
        filed.cause = filed.cause if filed.dossier != doer else 0
    filed.copies = 2 if g < float(knobs.duplicates) else 1
    return filed


def invented(
    people: Sequence[Person], scenario: Scenario, month: int, days: int, draws: Key
) -> list[tuple[int, int, int, int]]:
    """List reports of what never happened: about whom, what, when they arrive, and what is wrong with them."""
    found: list[tuple[int, int, int, int]] = []
    reporters = [getattr(scenario.sensing.reports, name) for name in t.REPORTERS]
    for person in people:
        biases = [float(r.bias.get(person.group, 1.0)) for r in reporters]
        times = [
            biases[t.REPORTERS.index(who)] ** (1 if deed < BAD else -1) for deed, who in enumerate(t.REPORTED_BY)
        ]
        about = [[x * (who == name) for x, who in zip(times, t.REPORTED_BY, strict=True)] for name in t.REPORTERS]
        rates = [
            float(r.invents_per_year) * sum(row) / t.REPORTED_BY.count(name)
            for r, row, name in zip(reporters, about, t.REPORTERS, strict=True)
        ]
        if not person.lives or not person.adult:
            continue
        if words(draws("month"), person.number, month)[1] >= hazard(sum(rates), days):
            continue
        a, b, d, e = words(draws("refile"), person.number, month, 255)
        by = index_of(a, rates)
        deed = index_of(b, about[by])
        late, months = float(reporters[by].late), 0
        while months < 12 and d >= 1 - late ** (months + 1):
            months += 1
        found.append((person.number, deed, month + months, 2 if e < 1 - 1 / max(times[deed], 1.0) else 1))
    return found


# ------------------------------------------------------------------ lists
def judge(people: Sequence[Person], rules: Rules, scenario: Scenario, month: int, days: int, draws: Key) -> list[str]:
    """Put people on the court's list or take them off; say what happened to each ("" for nothing)."""
    knobs, court = scenario.judgement.lists.court, rules.court
    said: list[str] = []
    for person in people:
        a, b, d, _ = words(draws("listing"), person.number, month)
        pardoned, person.pardon = person.pardon, False
        rating = min(max(person.rating, rules.floor), rules.cap)
        low = court.from_rating <= rating <= court.to_rating
        what = ""
        if person.on_list is None:
            if low or (person.case is not None and a < monthly(float(knobs.listing), days)):
                what = "listed"
        elif pardoned:
            what = "appeal"
        elif person.claim and court.ends_when_repaid and a < monthly(float(knobs.removal), days):
            what = "repaid"
        elif court.expires_months and month - person.on_list >= court.expires_months:
            what = "expired"
        elif person.ended and b < monthly(float(knobs.removal), days):
            what = "death_or_emigration"
        elif d < hazard(float(knobs.repair_per_year), days) and not low:
            what = "repair"
        if what:
            person.on_list, person.claim = month if what == "listed" else None, False
            if what != "listed":
                person.case = None
        said.append(what)
    return said


# ------------------------------------------------------------------ doors
def try_doors(
    people: Sequence[Person], knobs: Doors, papers: Callable[[str], float], scenario: Scenario, month: int, days: int,
    draws: Key,
) -> tuple[Counter[tuple[str, int]], list[bool]]:
    """Let people come to closed doors; return what is counted, by door, and who pays because of one."""
    counts: Counter[tuple[str, int]] = Counter()
    pays: list[bool] = []
    away, known = float(scenario.town.life.away), float(scenario.records.integration)
    for person in people:
        at_door = False
        for k, name in enumerate(t.DOORS):
            door = getattr(knobs, name)
            factor = {"low": float(door.low_income), "middle": 1.0, "high": float(door.high_income)}[person.income]
            if k not in person.closed or not person.lives:
                continue
            if words(draws("user"), person.number, k)[0] >= min(float(door.users) * factor, 1.0):
                continue
            if k in person.given_up:
                if words(draws("door"), person.number, month, k, 255)[0] >= hazard(float(door.forgets_per_year), days):
                    continue
                person.given_up.discard(k)
            mean = float(door.attempts_per_year) * days / 365
            for trip in range(poisson(words(draws("door"), person.number, month, k, 254)[0], mean, 8)):
                a, b, d, e = words(draws("door"), person.number, month, k, 32 * trip)
                elsewhere = a < away
                if elsewhere and k in person.only_home and b >= known:
                    continue
                if d < papers(name):
                    counts["other_documents", k] += 1
                    continue
                a, b, d, _ = words(draws("door"), person.number, month, k, 32 * trip + 1)
                refusals = 1
                if a < float(door.pays) and person.owes:
                    at_door = True
                else:
                    while refusals < 20 and e < float(door.retries):
                        refusals += 1
                        e = words(draws("door"), person.number, month, k, 32 * trip + refusals)[0]
                    counts["other_way", k] += b < float(door.other_way)
                    if d < float(door.learns):
                        person.given_up.add(k)
                        counts["gave_up", k] += 1
                counts["trips", k] += 1
                counts["refusals", k] += refusals
                counts["refusals_elsewhere", 0] += refusals * (elsewhere and k in person.only_home)
                counts["refusals_listed", 0] += refusals * (person.on_list is not None)
                counts["refusals_wrong", k] += refusals * (k in person.wrong)
                counts["refused_anywhere", 0] += not person.refused
                counts["people_refused", k] += k not in person.refused
                person.refused.add(k)
                person.told = True
                if at_door or k in person.given_up:
                    break
        pays.append(at_door)
    return +counts, pays


def offer(
    people: Sequence[Person], rules: Rules, knobs: Perks, month: int, days: int, draws: Key
) -> Counter[tuple[str, int]]:
    """Let people want a perk, and have it if their grade opens it."""
    counts: Counter[tuple[str, int]] = Counter()
    perks = [getattr(knobs, name) for name in t.PERKS]
    rates = [float(perk.wanted_per_year) for perk in perks]
    for person in people:
        if not person.lives or words(draws("month"), person.number, month)[2] >= hazard(sum(rates), days):
            continue
        a, b, _, _ = words(draws("perk"), person.number, month)
        k = index_of(a, rates)
        counts["wanted", k] += 1
        if rules.opens[person.grade, k] or (person.red and rules.red.opens[k]):
            counts["given", k] += 1
            factor = float(perks[k].high_income_anyway) if person.income == "high" else 1.0
            counts["given_anyway", k] += b < min(float(perks[k].anyway) * factor, 1.0)
    return +counts


# ------------------------------------------------------------------ appeals
def appeal(people: Sequence[Person], knobs: Redress, month: int, days: int, draws: Key) -> Counter[str]:
    """Let people who know appeal, and answer those whose time has come."""
    counts: Counter[str] = Counter()
    for person in people:
        listed = person.on_list is not None
        a, b, _, _ = words(draws("redress"), person.number, month, 1)
        if not person.lives or not (listed or person.closed or person.answer is not None):
            continue
        if person.answer is not None:
            if month >= person.answer:
                person.answer = None
                counts["appeals_decided"] += 1
                wrong = bool(person.wrong) or (listed and person.cause != 0)
                if a < float(knobs.granted_if_wrong if wrong else knobs.granted_if_right):
                    counts["granted_wrong" if wrong else "granted_right"] += 1
                    person.pardon = True
        elif person.told and person.tries < int(knobs.tries):
            factor = float(knobs.by_group.get(person.group, 1.0))
            if b < monthly(min(float(knobs.files) * factor, 1.0), days):
                person.tries += 1
                person.answer = month + int(knobs.delay_months)
                counts["appeals"] += 1
    return counts


def strike(
    pardoned: set[int],
    rows: Sequence[tuple[int, int, int, bool, int, int]],
    opened: Sequence[int],
    ratings: dict[int, int],
) -> list[tuple[int, int]]:
    """Put right the files of those whose appeals were granted; return where each entry is and what it is worth.

    Parameters
    ----------
    rows : sequence of (month, dossier, belongs, wrong, points, due)
        When an entry was filed, where it is, where it belongs (-1 nowhere), whether something is wrong with it, what it
        brought, and what it is worth where it belongs.
    opened : sequence of int
        At the end of which month each present file was opened: what was filed by then is not in it.
    ratings : dict of int to int
        Changed.
    """
    after: list[tuple[int, int]] = []
    for month, there, belongs, wrong, points, due in rows:
        dossier, worth = there, points
        present = [person for person, since in enumerate(opened) if month > since]
        if belongs in present and belongs != dossier and due > 0 and belongs in pardoned:
            # A good deed that is on another file, or on none, is brought in.
            if dossier in present:
                ratings[dossier] -= worth
            ratings[belongs] += due
            dossier, worth = belongs, due
        elif dossier in present and dossier in pardoned:
            ought = due if dossier == belongs and not wrong else 0
            ratings[dossier] += ought - worth
            worth = ought
        after.append((dossier, worth))
    return after


# ------------------------------------------------------------------ wrong records
def wrong_records(story: Sequence[tuple[int, int, set[int], bool, int]]) -> dict[str, list[int]]:
    """Tell the wrong records of one person from month to month.

    Parameters
    ----------
    story : sequence of (day, cause, doors, listed, blame)
        Each month: its first day, what is wrong with the listing (0 nothing), doors closed without reason, whether
        listed, what is wrong with the file.

    Returns
    -------
    dict
        By cause: records that began, doors they closed, records put right, their days.
    """
    found = {name: [0] * len(t.RECORD_CAUSES) for name in ("wrong_records", "wrong_doors", "righted", "righted_days")}
    since: int | None = None
    why, doors = 0, set[int]()
    for day, cause, closed, listed, blame in story:
        stands = (listed and cause != 0) or bool(closed)
        if stands and since is None:
            since, doors = day, set()
            why = cause if listed and cause else blame
            found["wrong_records"][why] += 1
        if stands:
            found["wrong_doors"][why] += len(closed - doors)
            doors |= closed
        elif since is not None:
            found["righted"][why] += 1
            found["righted_days"][why] += day - since
            since = None
    return found


# ------------------------------------------------------------------ payments, good deeds bought, moves
def repay(
    people: Sequence[Person], at_door: Sequence[bool], says: Sequence[str], scenario: Scenario, month: int, days: int,
    draws: Key,
) -> list[bool]:
    """Say who pays a judgment, of their own accord or because of a closed door; `says` is what each entry is about."""
    after, life = scenario.consequence, scenario.town.life
    paid: list[bool] = []
    for person, closed in zip(people, at_door, strict=True):
        rate = float(life.repays_per_year) * (float(life.low_income_repays) if person.income == "low" else 1.0)
        listed = person.on_list is not None
        rate *= float(after.reaction.repays) if listed and person.told else 1.0
        rate *= float(after.shaming.repays) if listed and person.shamed else 1.0
        wants = words(draws("redress"), person.number, month, 2)[0] < hazard(rate, days)
        pays = bool(person.owes) and person.lives and (wants or closed)
        if pays:
            person.owes = 0
            reason = "" if person.case is None else says[person.case]
            if person.on_list is not None and person.on_list < 0 and person.case is None:
                reason = "debt_judgment_unpaid"
            if reason == "debt_judgment_unpaid":
                person.case = person.case if listed else None
                person.claim = person.claim or listed
                if listed and person.cause == 0:
                    person.cause = t.RECORD_CAUSES.index("stale")
        paid.append(pays)
    return paid


def bought(
    people: Sequence[Person], rules: Rules, scenario: Scenario, best: int, month: int, days: int, draws: Key
) -> list[tuple[int, int]]:
    """List who buys a good deed: people just below a better grade who know of the system."""
    knobs = scenario.consequence.reaction
    found: list[tuple[int, int]] = []
    for person in people:
        games = words(draws("month"), person.number, month)[3] < monthly(float(knobs.games_per_month), days)
        if not (games and person.lives and person.aware) or person.grade + 1 >= len(rules.bands):
            continue
        missing = int(rules.band_from[person.grade + 1]) - person.rating
        if 0 < missing <= float(knobs.within):
            found.append((person.number, best))
    return found


def moves(
    people: Sequence[Person], due: Sequence[bool], scenario: Scenario, month: int, days: int, draws: Key
) -> list[tuple[int, bool, int]]:
    """List who moves: who, whether the file comes along, and where to."""
    places = [float(share) for share in scenario.town.jurisdictions.values()]
    away = monthly(float(scenario.consequence.reaction.moves), days)
    found: list[tuple[int, bool, int]] = []
    for person, planned in zip(people, due, strict=True):
        a, b, d, _ = words(draws("react"), person.number, month)
        if not person.lives or not (planned or (person.closed and a < away)):
            continue
        place = elsewhere(b, places, person.home)
        if place != person.home:
            person.home = place
            found.append((person.number, d < float(scenario.records.integration), place))
    return found


def hand_over(person: Person, old: Rules, new: Rules, age: int, along: bool, case_deed: str) -> bool:
    """Let a person take to another place what goes along of listings and reasons; say whether a listing ended.

    Parameters
    ----------
    along : bool
        Whether the file comes along.
    case_deed : str
        What the entry says that is reason to list the person, if any is.
    """
    covered, was_listed = bool(new.covers_ages[age]), person.on_list is not None
    reason_here = bool(new.court.triggers[t.DEEDS.index(case_deed)])
    # The court knows of debts everywhere, if its list is one for the nation; anything else is in the file.
    reason_known = along or (old.court.national and case_deed == "debt_judgment_unpaid")
    if person.on_list is None and not (covered and new.court.kept and reason_here and reason_known):
        person.case = None
    if not (covered and new.court.kept and (along or old.court.national)):
        person.on_list, person.case, person.claim = None, None, False
    if not (covered and new.red.kept and (along or old.red.national)):
        person.red = False
    return was_listed and person.on_list is None
