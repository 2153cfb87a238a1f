"""The loops of a nation against plain twins, and blind to the truth.

Smallest error noticed: one point, one copy, one entry of one person that comes out otherwise.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glasstown.census as c
import glasstown.counts as q
import glasstown.judgement.lists as lists
import glasstown.judgement.ratings as ratings
import glasstown.months as months
import glasstown.records.dossiers as dossiers
import glasstown.sensing.reports as reports
import glasstown.town.conduct as conduct
from glasstown import provide
from glasstown import tables as t
from glasstown.consequence.doors import learned, trying, uses
from glasstown.consequence.reaction import hear, minds, reacting, think
from glasstown.consequence.redress import notify, shame, ways
from glasstown.consequence.trust import deal, dealing
from glasstown.core.columns import I32
from glasstown.core.errors import Problem
from glasstown.core.keys import Key
from glasstown.judgement.rules import Rules
from glasstown.metrics.nation import look_early
from glasstown.town.nation import makeup, settle
from tests.nations import both, deeds, lived, loud, nation, one_by_one, plan, rated, total
from tests.plain import nation as plain
from tests.repository import SRC


def by_loops(rules: Rules, entries: list[tuple[int, int, int, int]], n: int, n_months: int, retention: int) -> I32:
    """Rate everybody with the compiled loops, month by month."""
    by = ratings.rulebooks([rules], retention)
    files = c.blank(c.Files, n)
    files.covered[:] = 1
    files.opened[:] = -1
    files.rating[:] = rules.base
    columns = np.array(entries, np.int64).reshape(-1, 4)
    month, dossier, deed, copies = (columns[:, k] for k in range(4))
    dossier, deed, copies = dossier.astype(np.int32), deed.astype(np.uint8), copies.astype(np.uint8)
    filed = np.arange(len(entries), dtype=np.int32)
    begins = np.searchsorted(month, np.arange(n_months + 1)).astype(np.int64)
    counts, worth = np.zeros((n, c.N_DEEDS + 1), np.uint16), np.zeros(len(entries), np.int32)
    touched = np.zeros(n, np.uint8)
    for k in range(n_months):
        fro, to = int(begins[k]), int(begins[k + 1])
        ratings.enter(filed, fro, to, k, dossier, deed, copies, files, files.rating, counts, worth, touched, by)
        ratings.expire(filed, begins, k, dossier, deed, worth, files, files.rating, touched, by)
    return files.rating


entry = st.tuples(st.integers(0, 11), st.integers(-1, 3), st.integers(0, c.N_DEEDS - 1), st.integers(1, 2))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(entry, min_size=1, max_size=60).map(sorted),
    st.lists(st.integers(-50, 50), min_size=c.N_DEEDS, max_size=c.N_DEEDS),
    st.lists(st.integers(0, 5), min_size=c.N_DEEDS, max_size=c.N_DEEDS),
    st.lists(st.integers(0, 3), min_size=c.N_DEEDS, max_size=c.N_DEEDS),
    st.integers(1, 12),
    st.integers(1, 20),
)
def test_points_are_added_capped_and_taken_back_as_by_hand(
    entries: list[tuple[int, int, int, int]],
    points: list[int],
    expiry: list[int],
    most: list[int],
    period: int,
    retention: int,
) -> None:
    rules = rated(
        points=np.array(points, np.int32),
        expiry_months=np.array(expiry, np.int32),
        most_per_period=np.array(most, np.int32),
        period_months=period,
    )
    assert by_loops(rules, entries, 4, 12, retention).tolist() == plain.ratings(rules, entries, 4, 12, retention)


def test_a_twin_that_never_takes_points_back_would_be_noticed() -> None:
    rules = rated(points=deeds(award=30).astype(np.int32), expiry_months=deeds(award=2).astype(np.int32))
    entries = [(0, 0, t.DEEDS.index("award"), 1)]
    forgetful = replace(rules, expiry_months=deeds().astype(np.int32))
    assert by_loops(rules, entries, 1, 4, 99).tolist() != plain.ratings(forgetful, entries, 1, 4, 99)


@given(st.integers(-3_000, 3_000), st.integers(-500, 0), st.integers(1, 500))
def test_grades_have_their_borders_where_the_rulebook_says(rating: int, floor: int, cap: int) -> None:
    rules = rated(
        floor=floor, cap=cap, bands=("d", "c", "b"), band_from=np.array([floor, floor + 1, cap], np.int32),
        closes=np.zeros((3, 6), np.bool_), opens=np.zeros((3, 6), np.bool_),
    )  # fmt: skip
    by = ratings.rulebooks([rules], 12)
    found = c.band_of(rating, 0, by.floor, by.cap, by.band_from, by.n_bands)
    assert found == plain.grade(rules, rating)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, 8)), st.booleans(), st.integers(0, 10**9), st.integers(0, 100))
def test_copies_spread_and_are_taken_back_as_by_hand(held: set[int], stands: bool, person: int, month: int) -> None:
    pairs = [(0, 5, 0.5), (5, 6, 0.5), (0, 7, 0.25)]
    sharing = dossiers.Sharing(
        np.array([p[0] for p in pairs], np.uint8),
        np.array([p[1] for p in pairs], np.uint8),
        np.array([int(p[2] * 2**32) for p in pairs], np.uint64),
        np.uint64(2**31),
    )
    key = Key.from_seed(3)
    keys = provide.keys(key)
    bits = sum(1 << agency for agency in held)
    found = int(dossiers.copies(bits, stands, c.COURT, np.uint64(person), month, 64, sharing, keys))
    expected = plain.holders(
        held, stands, c.COURT, pairs, 0.5, person, month, 64, key("nation", "share"), key("nation", "correct")
    )
    assert {k for k in range(c.N_AGENCIES) if found >> k & 1} == expected


# ------------------------------------------------------------------ blind
def one_month(scramble: bool) -> tuple[c.Files, int]:
    """Live two months of a community; in between, scramble who truly did what, or not."""
    ready = plan(loud(town__people=100_000), both())
    here, keys, by, now = ready.empty(), ready.keys, ready.by, ready.months[0]
    n = ready.size
    months.begin(0, n, here, ready.start, by, keys)
    begin, k = 0, 0
    months.draw_lots(0, n, k, here.lots, keys)
    rows = here.cells
    at = conduct.act(n, 0, k, here.lots, here.who, here.lot, now.conduct, now.sway, here.deeds, begin, rows, keys)
    at = reports.invent(n, 0, k, here.lots, here.who, now.reporting, here.deeds, here.entries, at, rows, keys)
    reports.report(begin, at, 0, k, here.who, n, now.reporting, here.deeds, here.entries, rows, keys)
    here.acts_from[1] = at
    if scramble:
        order = np.random.default_rng(1).permutation(at)
        for column in (here.deeds.doer, here.deeds.cause, here.deeds.fair, here.deeds.proper, here.deeds.slot):
            column[:at] = column[:at][order]
        mixed = np.random.default_rng(2).permutation(n)
        for column in (here.who.owes, here.who.defaults, here.who.cheats, here.who.kind):
            column[:] = column[mixed]
    to = dossiers.arrive(0, at, k, here.entries, here.waiting, here.n_waiting, here.filed, 0)
    copies, what, worth, touched = here.entries.copies, here.entries.deed, here.worth[0], here.touched
    files = here.files
    dossier, counts = here.entries.dossier, here.counts[0]
    ratings.enter(here.filed, 0, to, k, dossier, what, copies, files, files.rating, counts, worth, touched, by)
    ratings.grade(n, k, touched, files, by, here.changes)
    lists.open_cases(here.filed, 0, to, k, here.entries, files, here.lot.busy, by)
    some = np.flatnonzero(files.case >= 0).astype(np.int32)
    lists.judge(some, len(some), 0, k, files, by, now.listing, here.changes, keys)
    dossiers.spread(np.arange(n, dtype=np.int32), n, 0, k, files, by.closes, now.sharing, keys)
    here.filed_from[1:4] = to
    ratings.expire(here.filed, here.filed_from, 3, dossier, what, worth, files, files.rating, touched, by)
    ratings.grade(n, 3, touched, files, by, here.changes)
    return files, to


def test_scrambling_the_truth_leaves_ratings_and_lists_the_same_bits() -> None:
    (plainly, n), (blindly, m) = one_month(False), one_month(True)
    assert n == m > 50
    for name in c.Files._fields:
        assert np.array_equal(getattr(plainly, name), getattr(blindly, name)), name
    assert (plainly.rating != 1_000).sum() > 20
    assert (plainly.on_list >= 0).sum() > 2
    assert plainly.held.any()
    assert plainly.graded.any()


def test_the_judging_side_is_given_no_truth() -> None:
    """No loop of judgement takes a bundle of truth: the smallest leak would be a parameter."""
    truths = ("Residents", "Deeds", "Lots", "Twins", "Looks", "Tally")
    for module in ("judgement/ratings.py", "judgement/lists.py", "records/dossiers.py"):
        text = (SRC / module).read_text(encoding="utf-8")
        assert not [name for name in truths if f"c.{name}" in text], module


# ------------------------------------------------------------------ addresses
def test_a_person_lives_the_same_life_in_a_larger_nation() -> None:
    """One more community, and more reporters' errors, leave what people do where it was."""
    small, large = plan(loud(), both()), plan(loud(sensing__reports__police__mistyped=0.5), both())
    one, other = small.lived(0, small.empty()), large.lived(0, large.empty())
    rows, more = int(one.acts_from[1]), int(other.acts_from[1])
    mine = one.deeds.doer[:rows], one.deeds.deed[:rows]
    theirs = other.deeds.doer[:more], other.deeds.deed[:more]
    for a, b in zip(mine, theirs, strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize("enrolled", [0, 1, 10_000, 1.3e9])
def test_the_chance_to_be_taken_for_another_has_its_closed_form(enrolled: float) -> None:
    fmr = 1e-6
    expected = 1 - (1 - fmr) ** enrolled
    assert reports.taken_for_another(fmr, enrolled) == pytest.approx(expected, rel=1e-6, abs=1e-12)
    assert reports.taken_for_another(1.0, 5) == 1.0


# ------------------------------------------------------------------ single draws
def test_whoever_counts_for_one_counts_for_each_of_the_groups() -> None:
    """`glasstown.counts.gather` adds to everybody's row and to one row of each grouping, and to no other."""
    scenario = loud()
    n, n_groups, n_places = 500, len(scenario.town.groups), len(scenario.town.jurisdictions)
    who, keys = c.blank(c.Residents, n), provide.keys(Key.from_seed(4))
    settle(0, n, who, makeup(scenario.town, 0.5, 0.0, provide.days_of(365)[1:]), keys)
    rows = np.zeros((provide.rows_of(scenario), q.N_COUNTS), np.int64)
    cells = np.zeros((q.cells_of(n_groups, len(rows)), q.N_COUNTS), np.int64)
    for i in range(n):
        q.count(cells, who, i, q.ACTS, i)
    q.gather(cells, n_places, rows)
    whole = np.arange(n)
    of = (who.age, 6), (who.sex, 2), (who.income, 3), (who.group, n_groups), (n_places - 1 - who.home, n_places)
    expected = [whole.sum(), *(whole[column == k].sum() for column, size in of for k in range(size))]
    assert rows[:, q.ACTS].tolist() == expected
    assert rows.sum() == 6 * whole.sum()


def test_a_month_in_one_piece_is_its_verbs_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the months are compiled to gives the bytes of its verbs, called in turn by Python."""
    compiled = lived(loud(), both())
    one_by_one(monkeypatch)
    by_python = lived(loud(), both())
    assert by_python.digest == compiled.digest
    assert by_python.counted.rows.sum() > 1_000


def test_some_people_use_a_door_and_the_same_ones_for_good() -> None:
    knobs = loud().consequence.doors
    how, keys = trying(knobs, 0.0, 30), provide.keys(Key.from_seed(5))
    door = t.DOORS.index("fast_train")
    first, again = ([uses(np.uint64(i), door, 1, how, keys) for i in range(4_000)] for _ in range(2))
    assert first == again
    assert np.mean(first) == pytest.approx(float(knobs.fast_train.users), abs=4.4 * 0.008)


def test_learning_at_doors_settles_where_learning_and_forgetting_balance() -> None:
    """After 40 years: learned / (learned + forgotten), each month."""
    knobs = loud().consequence.doors
    door = t.DOORS.index("loan")
    chances = learned(knobs, 480, 1_000.0)[door] / 2.0**32
    learns = 1 - np.exp(-float(knobs.loan.attempts_per_year) * float(knobs.loan.learns) * 30 / 365)
    forgets = 1 - np.exp(-float(knobs.loan.forgets_per_year) * 30 / 365)
    assert chances[0] == 0
    assert (np.diff(chances) >= 0).all()
    assert chances[-1] == pytest.approx(learns / (learns + forgets), rel=1e-6)


def test_papers_help_less_as_more_sellers_check_them() -> None:
    knobs = loud().consequence.doors
    early, late = (trying(knobs, year, 30).papers.astype(np.int64) for year in (0.0, 5.0))
    assert (early > late).all()
    assert early[0] == pytest.approx(0.1 * 0.3 * 2**32, rel=1e-6)


def test_notice_reaches_the_stated_share() -> None:
    scenario = loud(**{"consequence.redress.notice": 0.5})
    after, n = scenario.consequence, 4_000
    how = ways(after.redress, after.reaction, after.shaming, ("a", "b", "c"), (0.1, 0.1, 0.1), 30)
    lot, keys = c.blank(c.Lots, n), provide.keys(Key.from_seed(9))
    for i in range(n):
        notify(i, np.uint64(i), 0, True, lot, how, keys)
    assert lot.told.mean() == pytest.approx(0.5, abs=4.4 * 0.008)
    assert (lot.shamed & 1).mean() == pytest.approx(0.3, abs=4.4 * 0.0073)


def test_fewer_and_fewer_of_those_who_are_told_did_not_know() -> None:
    """After k tellings among 20 people, 20 x (1 - 0.95**k) know; half a person too many or too few would show."""
    scenario = loud(**{"consequence.shaming.callers": 365, "consequence.shaming.circle": 20})
    after, n = scenario.consequence, 2_000
    how = ways(after.redress, after.reaction, after.shaming, ("a", "b", "c"), (0.1, 0.1, 0.1), 10)
    who, files, lot, looks = (c.blank(kind, n) for kind in (c.Residents, c.Files, c.Lots, c.Looks))
    looks.some[:], looks.n[0] = np.arange(n), n
    lot.shamed[:] = 1
    rows, keys = np.zeros((16, q.N_COUNTS), np.int64), provide.keys(Key.from_seed(6))
    for month in range(3):
        shame(0, month, looks, who, files, lot, how, rows, keys)
        known = 20 * (1 - 0.95 ** (10 * (month + 1)))
        assert lot.reached.mean() == pytest.approx(known, abs=4.4 * 2 / n**0.5)
        assert rows[0, q.TOLD_OF_SHAME] == 10 * n * (month + 1)
        assert rows[0, q.PEOPLE_TOLD] == lot.reached.sum()
    assert lot.reached.max() <= 20
    assert rows[0, q.ISOLATED] == pytest.approx(0.1 * lot.reached.sum(), rel=0.05)


def test_people_hear_of_it_as_often_as_it_strikes_around_them() -> None:
    """One adult in four refused, 2 a year: 1 - (1 - 2/12 / 4)**3 of the others have heard after three months."""
    scenario, n = loud(**{"consequence.reaction.hears_per_year": 2 * 365 / 360}), 20_000
    points = np.zeros((2, c.N_DEEDS), np.int32)
    how = reacting(scenario.consequence.reaction, points, np.zeros(c.N_DEEDS), 30)
    who, lot, rows = c.blank(c.Residents, n), c.blank(c.Lots, n), np.zeros((16, q.N_COUNTS), np.int64)
    who.age[:], who.aware_from[:] = 2, c.FAR
    lot.refused[: n // 4] = 1
    for month in range(3):
        hear(0, n, month, who, lot, how, rows, provide.keys(Key.from_seed(1)))
    share = 1 - (1 - 1 / 24) ** 3
    assert rows[0, q.HEARD] / (n * 3 / 4) == pytest.approx(share, abs=4.4 * (share / n) ** 0.5)
    assert (who.aware_from < c.FAR).sum() == rows[0, q.HEARD]
    assert (who.aware_from[: n // 4] == c.FAR).all()


def test_opinions_have_their_closed_form() -> None:
    """Approval is approve x (1 - knows x (1 - informed)); a survey adds the part of the rest that hides it."""
    knobs = loud(**{f"consequence.opinion.{k}": 1 for k in ("high_income", "low_income")}).consequence.opinion
    n, keys = 20_000, provide.keys(Key.from_seed(2))
    who, lot = c.blank(c.Residents, n), c.blank(c.Lots, n)
    who.age[:] = 2
    rows = np.zeros((16, q.N_COUNTS), np.int64)
    think(0, n, who, lot, minds(knobs), rows, keys)
    true = float(knobs.approve) * (1 - float(knobs.knows) * (1 - float(knobs.informed)))
    stated = true + (1 - true) * float(knobs.hides)
    assert rows[0, q.APPROVE] / n == pytest.approx(true, abs=4.4 * 0.0036)
    assert rows[0, q.SAY_APPROVE] / n == pytest.approx(stated, abs=4.4 * 0.0032)


def test_people_are_made_as_the_shares_say() -> None:
    """Ages, groups, incomes and places of 16,000 people; a share wrong by 2 in 100 would show."""
    scenario, n = loud(), 16_000
    who, keys = c.blank(c.Residents, n), provide.keys(Key.from_seed(4))
    settle(0, n, who, makeup(scenario.town, 0.5, 0.0, provide.days_of(365)[1:]), keys)
    for column, shares in (
        (who.age, scenario.town.ages),
        (who.group, scenario.town.groups),
        (who.income, scenario.town.incomes),
        (who.home, scenario.town.jurisdictions),
    ):
        found = np.bincount(column, minlength=len(shares)) / n
        assert found == pytest.approx([float(share) for share in shares.values()], abs=4.4 * 0.004)
    assert (who.aware_from == 0).mean() == pytest.approx(0.5, abs=4.4 * 0.004)
    dead = ((who.ends < c.FAR) & (who.age == 5)).sum() / (who.age == 5).sum()
    assert dead == pytest.approx(1 - np.exp(-0.1005), abs=4.4 * 0.011)


def test_ratings_are_looked_at_relative_to_where_they_start() -> None:
    files, twins, who = c.blank(c.Files, 3), c.blank(c.Twins, 3), c.blank(c.Residents, 3)
    files.rating[:] = 900, 1_000, 5_000
    look_early(3, files, twins, who, np.array([1_000], np.int32))
    assert twins.early.tolist() == [-100, 0, 4_000]


# ------------------------------------------------------------------ dealings with strangers
def test_deals_with_strangers_end_as_by_hand() -> None:
    """Three ways of knowing, against a loop over people; the smallest error noticed is one deal of one person."""
    n, key = 400, Key.from_seed(8)
    random = np.random.default_rng(3)
    who, twins = c.blank(c.Residents, n), c.blank(c.Twins, n)
    who.age[:], who.cheats[:], twins.early_cheats[:] = random.integers(0, 3, n), random.integers(0, 4, n), 0
    twins.early[:], twins.early_record[:] = random.integers(-80, 20, n), random.integers(0, 4, n)
    knobs = loud().consequence.trust
    how = dealing(knobs, np.full(c.CLASSES, 0.5), 200)
    rows = np.zeros((16, q.N_COUNTS), np.int64)
    deal(0, n, who, twins, how, rows, provide.keys(key))
    stands = [(-int(rating), int(record)) for rating, record in zip(twins.early, twins.early_record, strict=True)]
    adults = [i for i in range(n) if who.age[i]]
    people = [(i, int(who.cheats[i]), stands[i]) for i in adults]
    counted = plain.deals(people, knobs, 4.5 * 200 / 365, key("nation", "deal"))
    names = ("deals", "deals_cheated", "cheating_prevented", "honest_deals_lost", "deposits_asked", "honest_refused")
    found = {name: rows[0, q.FIRST[name] : q.FIRST[name] + q.SIZES[name]].tolist() for name in names}
    assert found == counted
    assert min(min(numbers) for numbers in counted.values()) > 0


def test_deals_come_to_the_stated_number_and_are_cheated_by_conduct() -> None:
    """4 deals a year, of which 1 in 8 is a cheat's: both are noticed if they are off by one in twenty."""
    changes = {"town.deeds.cheated_stranger.per_year": 0.5, "consequence.trust.deals_per_year": 4}
    life = lived(nation(town__people=20_000, **changes), replace(rated(), rates=False))
    expected = 20_000 * 4 * (365 - 213) / 365
    assert total(life, "deals") == pytest.approx(expected, abs=4.4 * expected**0.5)
    assert total(life, "deals_cheated", 0) == pytest.approx(expected / 8, abs=4.4 * (expected / 8) ** 0.5)
    assert total(life, "cheating_prevented") == total(life, "honest_refused") == 0


def test_without_deals_nothing_is_counted_of_them() -> None:
    life = lived(nation(**{"town.deeds.cheated_stranger.per_year": 0.5}), rated())
    assert total(life, "deals") == total(life, "deals_cheated") == 0


def test_more_deals_than_can_be_counted_are_refused() -> None:
    with pytest.raises(Problem, match="at most 30 are counted"):
        plan(nation(**{"consequence.trust.deals_per_year": 200}), rated())


def test_more_journeys_than_a_month_holds_are_refused() -> None:
    """They would be cut off uncounted."""
    with pytest.raises(Problem, match="8 times a month") as told:
        plan(nation(**{"consequence.doors.job.attempts_per_year": 100}), rated())
    assert told.value.where == "consequence.doors.job.attempts_per_year"
    assert told.value.why
    assert told.value.todo
