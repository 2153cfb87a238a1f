"""The loops of a nation's month against slow twins, over people and knobs drawn at random.

Smallest error noticed: one act, one report, one day of lateness, one refusal, one appeal of one person.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from glasstown import census as c
from glasstown import counts as q
from glasstown import months, provide
from glasstown import tables as t
from glasstown.consequence import doors, reaction, redress
from glasstown.core.keys import Key
from glasstown.judgement import lists, ratings
from glasstown.judgement.rules import Rules
from glasstown.metrics import nation as metrics
from glasstown.scenario import Scenario
from glasstown.sensing import reports
from glasstown.town import conduct
from tests.nations import both, court, lived, loud, nation, plan, rated, total
from tests.plain import months as plain

N, MONTHS, DAYS = 300, 3, 30
SEEDS = (1, 2, 3)


def draws_of(seed: int) -> tuple[Any, Any]:
    key = Key.from_seed(seed)
    return provide.keys(key), lambda purpose: key("nation", purpose)


def people(seed: int) -> list[plain.Person]:
    """Invent people of every kind."""
    random, scenario = np.random.default_rng(seed), loud()
    groups = list(scenario.town.groups)

    def doors_() -> set[int]:
        return set(np.flatnonzero(random.random(c.N_DOORS) < 0.4).tolist())

    found: list[plain.Person] = []
    for number in range(N):
        age = int(random.integers(0, 4))
        closed = doors_()
        one = plain.Person(
            number,
            adult=age > 0,
            young=age == 1,
            income=t.INCOMES[random.integers(0, 3)],
            group=groups[random.integers(0, len(groups))],
            habitual=bool(random.random() < 0.3),
            home=int(random.integers(0, 2)),
            lives=bool(random.random() < 0.95),
            aware=bool(random.random() < 0.5),
            owes=int(random.integers(0, 2)),
            ever=bool(random.random() < 0.3),
            on_list=int(random.integers(-9, 1)) if random.random() < 0.5 else None,
            case=int(random.integers(0, 9)) if random.random() < 0.5 else None,
            claim=bool(random.random() < 0.4),
            pardon=bool(random.random() < 0.2),
            ended=bool(random.random() < 0.2),
            rating=int(random.integers(900, 1_100)),
            grade=int(random.integers(0, 2)),
            closed=closed,
            only_home=doors_() & closed,
            wrong=doors_() & closed,
            given_up=doors_(),
            told=bool(random.random() < 0.7),
            tries=int(random.integers(0, 3)),
            answer=int(random.integers(0, 3)) if random.random() < 0.3 else None,
            cause=int(random.integers(0, c.N_CAUSES)),
            red=bool(random.random() < 0.2),
            shamed=bool(random.random() < 0.4),
        )
        found.append(one)
    return found


def bits(some: set[int]) -> int:
    return sum(1 << k for k in some)


def mark(listed: int | None) -> int:
    """Write a month of listing as the files do: those before the run below -1."""
    return c.NEVER if listed is None else listed if listed >= 0 else listed - 2


class Arrays:
    """The same people as the loops take them."""

    def __init__(self, some: list[plain.Person]) -> None:
        kinds = (c.Residents, c.Files, c.Lots, c.Looks)
        self.who, self.files, self.lot, self.looks = (c.blank(kind, N) for kind in kinds)
        who, files, lot, looks = self.who, self.files, self.lot, self.looks
        groups = list(loud().town.groups)
        looks.some[:], looks.n[0], looks.grade[:] = np.arange(N), N, c.UNRATED
        lot.wrong_from[:] = c.FAR
        for i, p in enumerate(some):
            age = 0 if not p.adult else 1 if p.young else 2
            income = t.INCOMES.index(p.income)
            who.age[i], who.income[i], who.group[i], who.home[i] = age, income, groups.index(p.group), p.home
            who.kind[i] = c.class_of(age, income, int(p.habitual)) | (c.DEFAULTED if p.ever else 0)
            who.lives[i], who.aware_from[i] = (c.LIVES if p.lives else c.DEAD), (0 if p.aware else c.FAR)
            who.owes[i], lot.told[i], lot.cause[i], lot.tries[i] = p.owes, p.told, p.cause, p.tries
            lot.shamed[i] = 1 if p.shamed else 0
            lot.gave_up[i], lot.appeal[i] = bits(p.given_up), c.NEVER if p.answer is None else p.answer
            files.on_list[i], files.case[i] = mark(p.on_list), c.NEVER if p.case is None else p.case
            files.claim[i], files.pardon[i], files.ended[i] = p.claim, p.pardon, p.ended
            files.rating[i], files.band[i], files.covered[i] = p.rating, p.grade, 1
            files.red[i] = 0 if p.red else c.NEVER
            looks.closed[i], looks.local[i], looks.wrong[i] = bits(p.closed), bits(p.only_home), bits(p.wrong)
        self.rows = np.zeros((16, q.N_COUNTS), np.int64)
        self.lots = np.zeros((4, N), np.uint64)
        self.deeds, self.entries = c.blank(c.Deeds, 40_000), c.blank(c.Entries, 40_000)

    def counted(self, name: str) -> list[int]:
        return self.rows[0, q.FIRST[name] : q.FIRST[name] + q.SIZES[name]].tolist()


def busy(**changes: Any) -> Scenario:
    """Return a nation in which people do much and reporters err in every way."""
    noisy: dict[str, Any] = {
        f"town.deeds.{deed}.per_year": 3 for deed in t.DEEDS if deed not in ("party_position", "award")
    }
    for name in t.REPORTERS:
        for knob, share in (("namesake", 0.15), ("mistyped", 0.1), ("duplicates", 0.2), ("late", 0.3)):
            noisy[f"sensing.reports.{name}.{knob}"] = share
        noisy[f"sensing.reports.{name}.invents_per_year"] = 1.5
        noisy[f"sensing.reports.{name}.bias"] = {"b": 1.7, "c": 0.6}
    noisy |= {"sensing.recognition.system": "custom", "sensing.recognition.fmr": 1e-4, "sensing.recognition.fnmr": 0.4}
    noisy |= {"sensing.reports.gallery": 1, "consequence.reaction.displaced": 0.5}
    return loud(**(noisy | changes))


@pytest.mark.parametrize("seed", SEEDS)
def test_conduct_and_reports_are_those_of_the_twins(seed: int) -> None:
    scenario = busy()
    now, (keys, draws) = plan(scenario, both()).months[0], draws_of(seed)
    some = people(seed)
    a = Arrays(some)
    deters = (now.sway.deters[0] / 2**32).tolist()
    at, days = 0, int(now.days)
    causes, delays = set[int](), set[int]()
    for k in range(MONTHS):
        months.draw_lots(0, N, k, a.lots, keys)
        begin = at
        at = conduct.act(N, 0, k, a.lots, a.who, a.lot, now.conduct, now.sway, a.deeds, at, a.rows, keys)
        rows, _ = plain.acts(some, scenario, deters, k, days, draws)
        d, e = a.deeds, a.entries
        found = zip(*(column[begin:at].tolist() for column in (d.doer, d.deed, d.slot, d.place, d.unseen)), strict=True)
        assert [(*row[:4], bool(row[4])) for row in found] == rows
        assert len(rows) > 100
        at = reports.invent(N, 0, k, a.lots, a.who, now.reporting, d, e, at, a.rows, keys)
        fresh = slice(begin + len(rows), at)
        made = [column[fresh].tolist() for column in (e.dossier, e.deed, e.due, d.cause)]
        assert list(zip(*made, strict=True)) == plain.invented(some, scenario, k, days, draws)
        reports.report(begin, at, 0, k, a.who, N, now.reporting, d, e, a.rows, keys)
        for row, act in zip(range(begin, begin + len(rows)), rows, strict=True):
            filed = plain.report(act, some, scenario, k, days, draws)
            columns = (e.dossier, e.copies, e.due, d.cause, d.fair, d.proper)
            assert [int(column[row]) for column in columns] == list(vars(filed).values()), (act, filed)
            causes.add(filed.cause)
            delays.add(filed.due - k)
    assert a.who.owes.tolist() == [p.owes for p in some]
    assert a.who.cheats.tolist() == [p.cheats for p in some]
    assert len(causes) == 4
    assert len(delays) > 3


@pytest.mark.parametrize("seed", SEEDS)
def test_lists_are_those_of_the_twin(seed: int) -> None:
    scenario = loud(
        **{
            "judgement.lists.court.listing": 0.6,
            "judgement.lists.court.removal": 0.5,
            "judgement.lists.court.repair_per_year": 1.0,
        }
    )
    low = court(expires_months=6, from_rating=0, to_rating=930)
    rules = replace(both(), floor=0, cap=2_000, court=low)
    now, (keys, draws), some = plan(scenario, rules).months[0], draws_of(seed), people(seed)
    a, by = Arrays(some), ratings.rulebooks([rules, rules], 99)
    out = c.Changes(np.zeros(N, np.int32), np.zeros(N, np.uint8), np.zeros(N, np.int32), np.zeros(1, np.int64))
    names, seen = ("", "listed", *c.REMOVALS), set[str]()
    for k in range(MONTHS):
        lists.judge(a.looks.some, N, 0, k, a.files, by, now.listing, out, keys)
        said = plain.judge(some, rules, scenario, k, int(now.days), draws)
        found = [""] * N
        for row in range(int(out.n[0])):
            found[out.dossier[row]] = names[out.what[row]]
        assert found == said
        assert a.files.on_list.tolist() == [mark(p.on_list) for p in some]
        assert a.files.case.tolist() == [c.NEVER if p.case is None else p.case for p in some]
        assert a.files.pardon.max() == 0
        seen |= set(said)
    assert seen == set(names) - {"moved"}


@pytest.mark.parametrize("seed", SEEDS)
def test_doors_are_those_of_the_twin(seed: int) -> None:
    changes: dict[str, Any] = {
        f"consequence.doors.{name}": {
            **{"users": 0.7, "low_income": 0.6, "high_income": 1.6, "attempts_per_year": 20.0 + 5 * k, "retries": 0.6},
            **{"other_way": 0.3, "pays": 0.2, "learns": 0.4, "forgets_per_year": 5.0, "other_documents": 0.5},
            **{"checked": 0.4, "checked_per_year": 0.2},
        }
        for k, name in enumerate(t.DOORS)
    }
    scenario = loud(**changes)
    now, (keys, draws), some = plan(scenario, both()).months[0], draws_of(seed), people(seed)
    a, knobs, days = Arrays(some), scenario.consequence.doors, int(now.days)
    how = doors.trying(knobs, 0.7, days)
    away, integration = now.conduct.away, now.reporting.integration
    seen, refused = plain.Counter[Any](), 0
    for k in range(MONTHS):
        refused += doors.try_doors(0, k, a.looks, away, integration, a.who, a.files, a.lot, how, a.rows, keys)
        counts, pays = plain.try_doors(some, knobs, lambda _: 0.5 * 0.6 * 0.8**0.7, scenario, k, days, draws)
        seen += counts
        assert a.looks.at_door.astype(bool).tolist() == pays
        assert a.lot.gave_up.tolist() == [bits(p.given_up) for p in some]
        assert a.lot.refused.tolist() == [bits(p.refused) for p in some]
        assert a.lot.told.astype(bool).tolist() == [p.told for p in some]
    for name in ("trips", "refusals", "refusals_wrong", "people_refused", "other_documents", "other_way", "gave_up"):
        assert a.counted(name) == [seen[name, k] for k in range(c.N_DOORS)], name
        assert min(a.counted(name)) > 0
    for name in ("refused_anywhere", "refusals_elsewhere", "refusals_listed"):
        assert a.counted(name) == [seen[name, 0]], name
    assert 0 < seen["refusals_listed", 0] < refused
    assert refused == sum(a.counted("refusals"))
    assert sum(a.counted("refusals_why")) == sum(a.counted("refusals_wrong"))


@pytest.mark.parametrize("seed", SEEDS)
def test_perks_are_those_of_the_twin(seed: int) -> None:
    opens = both().opens.copy()
    opens[1, 0] = False
    rules = replace(both(), opens=opens, red=replace(court(), opens=np.arange(c.N_PERKS) < 3))
    scenario = loud(**{f"consequence.perks.{name}.wanted_per_year": 2 + k for k, name in enumerate(t.PERKS)})
    now, (keys, draws), some = plan(scenario, rules).months[0], draws_of(seed), people(seed)
    a, by = Arrays(some), ratings.rulebooks([rules, rules], 99)
    seen = plain.Counter[Any]()
    for k in range(MONTHS):
        months.draw_lots(0, N, k, a.lots, keys)
        doors.offer(N, 0, k, a.lots, by.opens, by.red_opens, a.who, a.files, now.wants, a.rows, keys)
        seen += plain.offer(some, rules, scenario.consequence.perks, k, int(now.days), draws)
    for name in ("wanted", "given", "given_anyway"):
        assert a.counted(name) == [seen[name, k] for k in range(c.N_PERKS)], name
        assert sum(a.counted(name)) > 10


@pytest.mark.parametrize("seed", SEEDS)
def test_appeals_are_those_of_the_twin(seed: int) -> None:
    scenario = loud(
        **{
            "consequence.redress.files": 0.5,
            "consequence.redress.by_group": {"b": 0.4, "c": 1.5},
            "consequence.redress.granted_if_wrong": 0.7,
            "consequence.redress.granted_if_right": 0.5,
            "consequence.redress.tries": 3,
        }
    )
    now, (keys, draws), some = plan(scenario, both()).months[0], draws_of(seed), people(seed)
    for person in some:
        person.pardon = False
    a, seen = Arrays(some), plain.Counter[str]()
    for k in range(MONTHS):
        redress.appeal(0, k, a.looks, a.who, a.files, a.lot, now.ways, a.rows, keys)
        seen += plain.appeal(some, scenario.consequence.redress, k, int(now.days), draws)
        assert a.files.pardon.astype(bool).tolist() == [p.pardon for p in some]
        assert a.lot.tries.tolist() == [p.tries for p in some]
        assert a.lot.appeal.tolist() == [c.NEVER if p.answer is None else p.answer for p in some]
    for name in ("appeals", "appeals_decided", "granted_wrong", "granted_right"):
        assert a.counted(name) == [seen[name]]
        assert seen[name] > 3
    assert seen["appeals"] > seen["appeals_decided"] > seen["granted_wrong"] + seen["granted_right"]


@pytest.mark.parametrize("seed", SEEDS)
def test_payments_are_those_of_the_twin(seed: int) -> None:
    scenario = loud(
        **{
            "town.life.repays_per_year": 2.0,
            "town.life.low_income_repays": 0.4,
            "consequence.reaction.repays": 1.6,
            "consequence.shaming.repays": 2.5,
        }
    )
    now, (keys, draws), some = plan(scenario, both()).months[0], draws_of(seed), people(seed)
    a, random, paid = Arrays(some), np.random.default_rng(seed), list[bool]()
    says = ["debt_judgment_unpaid" if row % 2 else "jaywalking" for row in range(9)]
    deed = np.array([t.DEEDS.index(what) for what in says], np.uint8)
    for k in range(MONTHS):
        a.looks.at_door[:] = random.random(N) < 0.05
        at_door = a.looks.at_door.astype(bool).tolist()
        found = redress.repay(0, k, a.looks, a.who, a.files, a.lot, deed, now.ways, a.rows, keys)
        by_hand = plain.repay(some, at_door, says, scenario, k, int(now.days), draws)
        assert found == sum(by_hand)
        assert a.who.owes.tolist() == [p.owes for p in some]
        assert a.files.claim.astype(bool).tolist() == [p.claim for p in some]
        assert a.lot.cause.tolist() == [p.cause for p in some]
        assert a.files.case.tolist() == [c.NEVER if p.case is None else p.case for p in some]
        paid += by_hand
    assert sum(a.counted("repaid_listed") + a.counted("repaid_unlisted")) == sum(paid) > 20
    assert a.counted("paid_at_door")[0] > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_bought_deeds_and_moves_are_those_of_the_twin(seed: int) -> None:
    games = {"consequence.reaction.games_per_month": 0.9, "consequence.reaction.within": 90}
    scenario = loud(**games, **{"consequence.reaction.moves": 0.3})
    rules = both()
    ready = plan(scenario, rules)
    now, (keys, draws), some = ready.months[0], draws_of(seed), people(seed)
    a, due = Arrays(some), np.random.default_rng(seed).random(N) < 0.2
    a.files.band[:] = [p.grade for p in some]
    best = int(now.reacting.buys[0])
    assert best == t.DEEDS.index("award"), "thirty points, four in five noted"
    a.who.moves[:], a.lot.busy[:] = np.where(due, 0, c.FAR), 1
    months.draw_lots(0, N, 0, a.lots, keys)
    at = reaction.buy(N, 0, a.lots, now.next_from, a.who, a.files, now.reacting, a.deeds, 0, a.rows)
    found = list(zip(a.deeds.doer[:at].tolist(), a.deeds.deed[:at].tolist(), strict=True))
    assert found == plain.bought(some, rules, scenario, best, 0, int(now.days), draws)
    assert at > 3
    out = c.Changes(np.zeros(N, np.int32), np.zeros(N, np.uint8), np.zeros(N, np.int32), np.zeros(1, np.int64))
    integration, places = now.reporting.integration, now.conduct.places
    busy = a.lot.busy
    reaction.move(0, N, 0, a.looks.closed, integration, places, a.who, busy, now.reacting, out, a.rows, keys)
    n = int(out.n[0])
    lived_at = np.array([p.home for p in some])
    assert (out.reason[:n] != lived_at[out.dossier[:n]]).all()
    moved = zip(out.dossier[:n].tolist(), out.what[:n].astype(bool).tolist(), out.reason[:n].tolist(), strict=True)
    assert list(moved) == plain.moves(some, due.tolist(), scenario, 0, int(now.days), draws)
    assert a.who.home.tolist() == [p.home for p in some]
    assert a.counted("moved")[0] > a.counted("moved_away")[0] > 3


def test_certainty_deters_and_severity_adds_to_it() -> None:
    """A fall of 0.6 x what is noted and 0.1 x the share of closed doors; what costs nothing is not deterred."""
    knobs = loud(
        **{"consequence.reaction.certainty": 0.6, "consequence.reaction.severity": 0.1}
    ).consequence.reaction
    counts, noted = np.array([[1.0, 0.0, 1.0]]), np.array([0.5, 0.5, 0.0])
    deters, displaced = reaction.deterred(knobs, counts, noted, np.array([0.5]))
    assert (deters[0] / 2**32).tolist() == pytest.approx([0.35, 0.0, 0.05], abs=1e-8)
    assert int(displaced) / 2**32 == pytest.approx(float(knobs.displaced), abs=1e-9)


file = st.integers(-1, 3)
entry = st.tuples(st.integers(0, 5), file, file, st.booleans(), st.integers(-9, 9), st.integers(-9, 9))
since = st.lists(st.integers(-1, 5), min_size=4, max_size=4)


@settings(max_examples=100, deadline=None)
@given(st.sets(st.integers(0, 3)), st.lists(entry, min_size=1, max_size=30).map(sorted), since)
@example({0}, [(2, 0, 0, False, 5, 5)], [-1, -1, -1, -1])
def test_files_are_put_right_as_by_hand(
    pardoned: set[int], rows: list[tuple[int, int, int, bool, int, int]], opened: list[int]
) -> None:
    """After a hearing each entry stands where it belongs and brings what it is worth, or nothing.

    What is in a file that a mover left behind stays as it is: one point of one such entry would show.
    """
    columns = [np.array([row[k] for row in rows]) for k in range(6)]
    dossier, belongs, worth, due = (columns[k].astype(np.int32) for k in (1, 2, 4, 5))
    pardon = np.array([i in pardoned for i in range(4)], np.uint8)
    rating, touched = np.zeros(4, np.int32), np.zeros(4, np.uint8)
    heard = columns[3].astype(np.uint8), belongs, due
    filed, filed_from = np.arange(len(rows), dtype=np.int32), np.searchsorted(columns[0], np.arange(7)).astype(np.int64)
    files = np.array(opened, np.int16)
    ratings.strike(pardon, heard, filed, filed_from, 5, dossier, worth, files, rating, touched)
    by_hand = dict.fromkeys(range(-1, 4), 0)
    assert list(zip(dossier.tolist(), worth.tolist(), strict=True)) == plain.strike(pardoned, rows, opened, by_hand)
    assert rating.tolist() == [by_hand[i] for i in range(4)]
    assert all(touched[i] for i in range(4) if rating[i])
    if not pardoned:
        assert not rating.any()


month = st.tuples(
    st.sampled_from(["", "listed", "mistake", "stale"]), st.sets(st.integers(0, 5)), st.integers(1, 5)
)


@settings(max_examples=100, deadline=None)
@given(st.lists(month, min_size=1, max_size=12))
def test_wrong_records_are_told_as_by_hand(drawn: list[tuple[str, set[int], int]]) -> None:
    """From month to month: when a record begins to be wrong, which doors it closes, when it is right again."""
    who, files, lot, looks = (c.blank(kind, 1) for kind in (c.Residents, c.Files, c.Lots, c.Looks))
    lot.wrong_from[0], looks.n[0], files.on_list[0] = c.FAR, 1, c.NEVER
    rows, story = np.zeros((16, q.N_COUNTS), np.int64), list[tuple[int, int, set[int], bool, int]]()
    for k, (how, closed, blame) in enumerate(drawn):
        day = 30 * k
        was, listed = files.on_list[0] != c.NEVER, how != ""
        cause = c.STALE if how == "stale" else c.NAMESAKE if how == "mistake" else c.RIGHT
        if listed and was:
            # Within one listing only a right one changes, and grows stale.
            cause = int(lot.cause[0]) if lot.cause[0] != c.RIGHT else c.STALE if how == "stale" else c.RIGHT
        elif listed:
            lot.since[0] = day
        files.on_list[0], lot.cause[0], lot.blame[0] = (k if listed else c.NEVER), cause, blame
        looks.wrong[0] = bits(closed)
        metrics.note_wrong(looks, day, day, who, files, lot, rows)
        story.append((day, cause, closed, listed, blame))
    for name, numbers in plain.wrong_records(story).items():
        assert rows[0, q.FIRST[name] : q.FIRST[name] + c.N_CAUSES].tolist() == numbers, name


def blamed(rows: list[tuple[int, int, int, int, int]]) -> list[int]:
    """Run the loop that blames over rows of (dossier, fair, proper, cause, copies)."""
    deeds, entries, lot = c.blank(c.Deeds, len(rows)), c.blank(c.Entries, len(rows)), c.blank(c.Lots, 4)
    columns = (entries.dossier, deeds.fair, deeds.proper, deeds.cause, entries.copies)
    for k, row in enumerate(rows):
        for column, value in zip(columns, row, strict=True):
            column[k] = value
    metrics.blame(np.arange(len(rows), dtype=np.int32), 0, len(rows), deeds, entries, lot)
    return lot.blame.tolist()


def test_a_wrong_grade_is_put_down_to_what_went_wrong() -> None:
    """Six ways to go wrong, and a right entry; a file that nothing is wrong with is never blamed."""
    assert blamed([(0, 0, 0, c.RIGHT, 1)]) == [0, 0, 0, 0]
    assert blamed([(1, 0, 0, c.NAMESAKE, 1)]) == [c.NAMESAKE, c.NAMESAKE, 0, 0], "it is missing on the right file too"
    assert blamed([(2, -1, -1, c.INVENTED, 1)]) == [0, 0, c.INVENTED, 0]
    assert blamed([(2, -1, 2, c.BIASED, 1)]) == [0, 0, c.BIASED, 0]
    assert blamed([(2, -1, 2, c.RIGHT, 1)]) == [0, 0, c.BIASED, 0], "noted because of whom it is about"
    assert blamed([(-1, 3, -1, c.RIGHT, 1)]) == [0, 0, 0, c.BIASED], "left out because of whom it is about"
    assert blamed([(0, 0, 0, c.RIGHT, 2)]) == [c.MISTYPED, 0, 0, 0]


def by_cause(rules: Rules, **changes: Any) -> dict[str, list[int]]:
    """Live a nation and return the counts of wrong records by cause."""
    life = lived(loud(**changes), rules)
    names = ("wrong_records", "wrong_doors", "righted", "misrated")
    return {name: life.counted.rows[:, 0, q.FIRST[name] :][:, : c.N_CAUSES].sum(axis=0).tolist() for name in names}


def test_every_wrong_record_has_a_cause() -> None:
    """No wrong record, closed door or wrong grade is put down to nothing; mistakes, bias and old copies all occur."""
    found = by_cause(both(), **{"consequence.redress.files": 0.5})
    assert {name: numbers[c.RIGHT] for name, numbers in found.items()} == dict.fromkeys(found, 0)
    for cause in (c.INVENTED, c.BIASED, c.NAMESAKE, c.MISTYPED, c.STALE):
        assert found["wrong_records"][cause] > 0, t.RECORD_CAUSES[cause]
    assert found["misrated"][c.STALE] == 0


def test_a_mistake_is_right_again_when_its_appeal_is_answered() -> None:
    """Everybody is listed by mistake, told, and appeals at once: 91 days, one appeal. A day would show."""
    changes = {
        "judgement.lists.court.initial": 8_000,
        "judgement.lists.court.initial_wrong": 1,
        "consequence.redress": {"notice": 1, "files": 1, "delay_months": 2, "granted_if_wrong": 1},
        "records.sharing": {"court to carrier": 1.0},
        "town.life.deaths": 0,
    }
    life = lived(nation(**changes), replace(rated(rates=False), court=court()))
    wrong = total(life, "listed_start")
    assert total(life, "wrong_records", c.NAMESAKE) == total(life, "wrong_records") == wrong > 5_000
    assert total(life, "righted", c.NAMESAKE) == total(life, "righted_tries", c.NAMESAKE) == wrong
    assert total(life, "righted_days", c.NAMESAKE) == 91 * wrong
    carriers = sum(name == "carrier" for name in t.ASKED_BY) + sum(name == "court" for name in t.ASKED_BY)
    assert total(life, "wrong_doors", c.NAMESAKE) == carriers * wrong
    assert total(life, "listed_end") == 0
    assert total(life, "aware") == wrong, "whoever was told does not forget the system when the listing is over"


def listed(rules: Rules, **changes: Any) -> list[int]:
    """Live a nation and return how often somebody came on the list, by what was wrong with it."""
    life = lived(loud(**changes, **{"judgement.lists.court.initial": 0}), rules)
    return [total(life, "listed_new", cause) for cause in range(c.N_CAUSES)]


def test_a_listing_for_a_low_rating_is_wrong_where_the_rating_is() -> None:
    """A list of ratings up to 996, and nothing else: bias and invention put people on it who would not be there."""
    low = court(triggers=both().court.triggers & False, from_rating=-100_000, to_rating=996, ends_when_repaid=False)
    found = listed(replace(both(), court=low))
    assert found[c.RIGHT] > 20
    assert found[c.BIASED] > 5
    assert found[c.INVENTED] > 0
    assert found[c.STALE] == 0
    exact: dict[str, Any] = {f"sensing.reports.{name}.bias": {} for name in t.REPORTERS}
    for name in t.REPORTERS:
        for knob in ("invents_per_year", "namesake", "mistyped", "duplicates"):
            exact[f"sensing.reports.{name}.{knob}"] = 0
    exact |= {"sensing.recognition.system": "custom", "sensing.recognition.fmr": 0, "sensing.recognition.fnmr": 0.2}
    assert sum(listed(replace(both(), court=low), **exact)[1:]) == 0


def test_only_a_debt_can_be_paid_before_it_is_listed() -> None:
    """A list of jaywalkers, who owe nothing: no listing is stale from the start."""
    triggers = np.array([deed == "jaywalking" for deed in t.DEEDS])
    found = listed(replace(both(), court=court(triggers=triggers, ends_when_repaid=False)))
    assert found[c.RIGHT] > 100
    assert found[c.STALE] == 0
