"""Who is on the lists of a nation, for how long, and what becomes of it where people move.

Smallest error noticed: one person, or one month of a listing.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from glasstown import census as c
from glasstown import counts as q
from glasstown import months
from glasstown import tables as t
from glasstown.judgement import movers, ratings
from glasstown.judgement.rules import ListRules, Rules
from glasstown.study.nation import NATION, Plan
from tests.nations import court, deeds, law, lived, nation, plan, rated, total
from tests.plain import months as plain_months
from tests.plain import nation as plain

AWARD = t.DEEDS.index("award")
TWO = {"town.jurisdictions": {"north": 0.5, "south": 0.5}, "judgement.rulebooks": {"south": "red-list"}}


def red(**changes: object) -> ListRules:
    """Return a red list of people with awards that opens every perk, within its own jurisdiction."""
    kept = replace(
        ListRules.none(),
        kept=True,
        triggers=deeds(award=1) > 0,
        opens=np.ones(len(t.PERKS), np.bool_),
        national=False,
    )
    return replace(kept, **changes)


# ------------------------------------------------------------------ the red list
@pytest.mark.parametrize("rates", [False, True])
@pytest.mark.parametrize("expires", [0, 3])
def test_an_entry_on_the_red_list_ends_when_it_has_had_its_time(rates: bool, expires: int) -> None:
    """Awards list, with a rating that never moves or without one: everybody is listed since when the twin says."""
    scenario = nation(**{"town.deeds.award.per_year": 1.0})
    rules = rated(rates=rates, red=red(expires_months=expires))
    ready, listed, again = plan(scenario, rules), 0, 0
    n_months = len(ready.months)
    here = ready.empty()
    for community in ready.chosen[:2]:
        here = ready.lived(int(community), here)
        filed: dict[int, list[int]] = {}
        for k in range(n_months):
            for row in here.filed[here.filed_from[k] : here.filed_from[k + 1]]:
                if here.entries.deed[row] == AWARD and here.files.covered[here.entries.dossier[row]]:
                    filed.setdefault(int(here.entries.dossier[row]), []).append(k)
        found = here.files.red[: ready.size].tolist()
        by_hand = [plain.red_since(filed.get(i, ()), n_months, expires) for i in range(ready.size)]
        assert found == [c.NEVER if since is None else since for since in by_hand]
        listed += sum(since is not None for since in by_hand)
        again += sum(since is not None and since > filed[i][0] for i, since in enumerate(by_hand))
    assert listed > 200
    assert (again > 50) == (expires > 0)


def test_whoever_is_worthy_of_the_red_list_is_on_it_anew_a_month_after_the_entry_ended() -> None:
    """Everybody starts in the grade that lists, and no rating moves: on for three months, off in one, on again."""
    rules = rated(red=red(triggers=deeds() > 0, from_rating=1_000, to_rating=100_000, expires_months=3))
    ready = plan(nation(**{"town.ages": {"0-17": 0.5, "25-44": 0.5}}), rules)
    here, seen = ready.empty(), list[set[int]]()
    months.begin(0, ready.size, here, ready.start, ready.by, ready.keys)
    grown = here.files.covered[: ready.size] > 0
    for now in ready.months[:6]:
        assert months.month(0, ready.size, here, now, ready.by, ready.keys)
        seen.append(set(here.files.red[: ready.size][grown].tolist()))
        assert set(here.files.red[: ready.size][~grown].tolist()) == {c.NEVER}, "whom no rulebook covers is not listed"
    assert seen == [{0}, {0}, {0}, {c.NEVER}, {4}, {4}]


# ------------------------------------------------------------------ people who move
def handed_over(old: Rules, new: Rules, age: int, along: bool, deed: int, **listed: Any) -> plain_months.Person:
    """Let one person move by the loop and by hand; assert that it comes to the same, and return the person."""
    person = plain_months.Person(0, claim=True, **listed)
    files = c.blank(c.Files, 1)
    files.on_list[:] = c.NEVER if person.on_list is None else person.on_list
    files.case[:] = c.NEVER if person.case is None else person.case
    files.red[:], files.claim[:], files.held[:] = 0 if person.red else c.NEVER, 1, 5
    out = c.Changes(np.zeros(1, np.int32), np.uint8([along]), np.ones(1, np.int32), np.ones(1, np.int64))
    movers.hand_over(out, np.uint8([deed]), files, ratings.rulebooks([old, new], 99), np.uint8([age]))
    off = plain_months.hand_over(person, old, new, age, along, t.DEEDS[deed])
    assert out.reason[0] == off
    found = int(files.on_list[0]), int(files.case[0]), files.red[0] >= 0, bool(files.claim[0])
    none = [c.NEVER if x is None else x for x in (person.on_list, person.case)]
    assert found == (*none, person.red, person.claim)
    assert files.seat[0] == 1
    assert files.covered[0] == new.covers_ages[age]
    assert bool(files.held[0]) == person.claim
    return person


def test_what_movers_take_along_is_what_it_is_by_hand() -> None:
    """All ways to move: with the file or not, on lists or not, from and to lists of either kind; one listing shows."""
    seen = set[tuple[object, ...]]()
    debt, jay = c.DEBT, t.DEEDS.index("jaywalking")
    triggers = deeds(debt_judgment_unpaid=1) > 0
    ways = {"on_list": 3}, {"on_list": 3, "case": 0}, {"case": 0}, {}
    for along, national, kept, age, deed, listed in product(
        *((False, True) for _ in range(3)), (0, 2), (debt, jay), ways
    ):
        for red_national, red_kept, alike in product((False, True), repeat=3):
            both = triggers | (deeds(jaywalking=1) > 0)
            old = rated(court=court(national=national, triggers=both), red=red(national=red_national))
            new_court = court(kept=kept, triggers=both if alike else triggers)
            new = rated(court=new_court, red=red(kept=red_kept))
            person = handed_over(old, new, age, along, deed, red=True, **listed)
            seen.add((person.on_list, person.case, person.red))
    assert seen == {(a, b, d) for a, b in ((3, None), (3, 0), (None, 0), (None, None)) for d in (False, True)}


def two_cities(first: Rules, second: Rules, **changes: Any) -> Plan:
    """Prepare a nation of two cities with a rulebook each, between which many people move."""
    often = {f"town.deeds.{name}.per_year": 1.0 for name in ("award", "debt_judgment_unpaid", "jaywalking")}
    scenario = nation(**(TWO | often | {"town.life.moves_per_year": 1.0, "days": 730} | changes))
    return Plan.of(scenario, 7, law({"none": first, "red-list": replace(second, name="other")}))


@pytest.mark.parametrize("integration", [0, 1])
def test_a_new_file_has_no_listing_and_no_reason_that_is_older(integration: int) -> None:
    """Behind walls nobody is on a red list since before the move, and no case rests on an entry of the old file.

    But for debts, of which a national court knows everywhere; where files come along, all of it does.
    """
    either = deeds(debt_judgment_unpaid=1, jaywalking=1) > 0
    rules = replace(rated(rates=False), court=court(triggers=either), red=red())
    ready = two_cities(rules, rules, **{"judgement.lists.court.listing": 0.05}, records__integration=integration)
    here, older, cases, moved = ready.empty(), 0, set[int](), 0
    for community in ready.chosen[:2]:
        here = ready.lived(int(community), here)
        files, n = here.files, ready.size
        months_ = np.repeat(np.arange(len(ready.months)), np.diff(here.filed_from))
        filed = dict(zip(here.filed[: len(months_)].tolist(), months_.tolist(), strict=True))
        lived_at = ready.empty()
        months.begin(int(community) * ready.size, n, lived_at, ready.start, ready.by, ready.keys)
        stayed = (files.seat == lived_at.files.seat)[:n]
        moved += int((~stayed).sum())
        opened = files.opened[:n]
        older += int(((files.red[:n] >= 0) & (files.red[:n] <= opened)).sum())
        for i in np.flatnonzero((files.case[:n] >= 0) & (files.on_list[:n] == c.NEVER)):
            if filed[int(files.case[i])] <= opened[i]:
                cases.add(int(here.entries.deed[files.case[i]]))
    assert moved > 100
    assert older == 0
    assert cases == (set() if integration else {c.DEBT})


def test_nobody_is_on_a_list_where_none_is_kept() -> None:
    """The north lists for six months, the south never: whoever comes there with a file is off the list, and counted."""
    rules = replace(rated(rates=False), court=court(expires_months=6), red=red())
    none = rated(rates=False)
    scenario = nation(
        **TWO, **{"town.life.moves_per_year": 1.0, "town.deeds.debt_judgment_unpaid.per_year": 1.0, "days": 730},
        **{"town.deeds.award.per_year": 1.0}, records__integration=1,
    )  # fmt: skip
    books = law({"none": rules, "red-list": replace(none, name="other")})
    ready = Plan.of(scenario, 7, books)
    here = ready.empty()
    for community in ready.chosen[:2]:
        here = ready.lived(int(community), here)
        south = here.files.seat[: ready.size] == 1
        assert south.sum() > 100
        for mark in (here.files.on_list, here.files.red, here.files.case):
            assert (mark[: ready.size][south] == c.NEVER).all()
        assert (here.files.on_list[: ready.size][~south] != c.NEVER).sum() > 50
        assert (here.files.red[: ready.size][~south] != c.NEVER).sum() > 50
    life = NATION.live(scenario, 7, books)
    NATION.check(NATION.read(life, scenario), life.tables)
    assert total(life, "removed", c.REMOVALS.index("moved")) > 1_000


# ------------------------------------------------------------------ people whom no rulebook covers
def test_nobody_whom_the_rulebook_does_not_cover_is_refused_or_listed() -> None:
    """The base closes every door and lists, for half of the people: one refusal or listing of a child would show."""
    closes = np.ones((2, len(t.DOORS)), np.bool_)
    low = court(triggers=deeds() > 0, from_rating=-100_000, to_rating=1_000)
    for rules in (rated(closes=closes), rated(closes=closes, court=low)):
        changes = {"town.ages": {"0-17": 0.5, "25-44": 0.5}, "judgement.lists.court.initial": 0}
        doors = {f"consequence.doors.{name}": {"users": 1.0, "attempts_per_year": 6.0} for name in t.DOORS}
        shares = {f"{a} to {b}": 1.0 for a in ("court", "credit_office") for b in t.AGENCIES if a != b}
        scenario = nation(**changes, **doors, **{"records.sharing": shares})
        life = lived(scenario, rules)
        listed, refused = (life.counted.rows[:, 1:, q.FIRST[name]].sum(axis=0) for name in ("ever_listed", "trips"))
        child, adult = (t.AGE_BANDS.index(age) for age in ("0-17", "25-44"))
        assert listed[child] == refused[child] == 0
        assert listed[adult] == (total(life, "adults") if rules.court.kept else 0)
        assert refused[adult] > 7_000


# ------------------------------------------------------------------ people who pay
def test_a_paid_debt_leaves_a_list_of_jaywalkers_alone() -> None:
    """Everybody owes, pays often and jaywalks: no listing for that is stale, and none ends because somebody paid.

    A list of debtors beside it loses many so; one listing would show.
    """
    often = {f"town.deeds.{name}.per_year": 2.0 for name in ("debt_judgment_unpaid", "jaywalking")}
    changes = {"town.life.repays_per_year": 3.0, "judgement.lists.court.listing": 0.3, "town.life.deaths": 0}
    scenario = nation(**often, **changes)
    for deed, ends in (("jaywalking", False), ("debt_judgment_unpaid", True)):
        life = lived(scenario, replace(rated(rates=False), court=court(triggers=deeds(**{deed: 1}) > 0)))
        assert total(life, "repaid_listed") > 1_000
        for found in (total(life, "removed", c.REMOVALS.index("repaid")), total(life, "days_listed", c.STALE)):
            assert found > 1_000 if ends else found == 0


def test_a_case_about_other_conduct_outlives_a_payment() -> None:
    """One act of jaywalking lists in the end, though its doer pays a debt each month; one lost case would show."""
    often = {"town.deeds.debt_judgment_unpaid.per_year": 6.0, "town.deeds.jaywalking.per_year": 0.5}
    changes = {"judgement.lists.court.listing": 0.5, "town.life.repays_per_year": 50.0, "days": 730}
    ready = plan(nation(**often, **changes), replace(rated(rates=False), court=court(triggers=deeds(jaywalking=1) > 0)))
    here = ready.lived(int(ready.chosen[0]), ready.empty())
    early = here.filed[: here.filed_from[12]]
    jaywalkers = here.entries.dossier[early[here.entries.deed[early] == t.DEEDS.index("jaywalking")]]
    assert len(jaywalkers) > 100
    assert (here.lot.marks[jaywalkers] & 1).all()
