"""The loops of a nation against plain twins, and blind to the truth.

Smallest error noticed: one point, one copy, one entry of one person that comes out otherwise.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import glasstown.census as c
import glasstown.counts as q
import glasstown.judgement.lists as lists
import glasstown.judgement.movers as movers
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
from glasstown.study.nation import Plan
from glasstown.town.nation import makeup, settle
from tests.nations import both, deeds, lived, loud, nation, one_by_one, plan, rated, total
from tests.plain import nation as plain
from tests.repository import SRC


def moving(*moves: tuple[int, bool, int]) -> c.Changes:
    """Write down who moves: who, whether the file comes along, and where to."""
    columns = [np.array([move[k] for move in moves], np.int32) for k in range(3)]
    return c.Changes(columns[0], columns[1].astype(np.uint8), columns[2], np.array([len(moves)], np.int64))


def by_loops(
    rules: list[Rules],
    entries: list[tuple[int, int, int, int]],
    n: int,
    n_months: int,
    retention: int,
    moves: list[tuple[int, int, bool, int]],
) -> I32:
    """Rate everybody with the compiled loops, month by month; people move at the end of a month.

    The ratings without errors and without bias come out the same, since there is neither.
    """
    by = ratings.rulebooks(rules, retention)
    files, twins = c.blank(c.Files, n), c.blank(c.Twins, n)
    files.covered[:] = 1
    files.opened[:] = -1
    three = files.rating, twins.proper, twins.fair
    columns = np.array(entries, np.int64).reshape(-1, 4)
    month, dossier, deed, copies = (columns[:, k] for k in range(4))
    dossier, deed, copies = dossier.astype(np.int32), deed.astype(np.uint8), copies.astype(np.uint8)
    filed = np.arange(len(entries), dtype=np.int32)
    begins = np.searchsorted(month, np.arange(n_months + 1)).astype(np.int64)
    counts, worth = np.zeros((n, 3, c.N_DEEDS + 1), np.uint16), np.zeros((len(entries), 3), np.int32)
    touched, kept = np.zeros(n, np.uint8), (dossier, dossier, dossier)
    for k in range(n_months):
        fro, to = int(begins[k]), int(begins[k + 1])
        for j, rating in enumerate(three):
            rating[:] += rules[0].base if k == 0 else 0
            mine = counts[:, j], worth[:, j]
            ratings.enter(filed, fro, to, k, dossier, deed, copies, files, rating, *mine, touched, by)
            ratings.expire(filed, begins, k, dossier, deed, worth[:, j], files, rating, touched, by)
        out, arrives = moving(*(move[1:] for move in moves if move[0] == k)), np.zeros(n, np.int16)
        movers.lapse(out, arrives, filed, begins, k, kept, deed, worth, files.opened, three, by)
        movers.reopen(out, files, three, counts, k, by, touched)
        files.seat[out.dossier] = out.reason
    assert files.rating.tolist() == twins.proper.tolist() == twins.fair.tolist()
    return files.rating


entry = st.tuples(st.integers(0, 11), st.integers(-1, 3), st.integers(0, c.N_DEEDS - 1), st.integers(1, 2))
move = st.tuples(st.integers(0, 11), st.integers(0, 3), st.booleans(), st.integers(0, 1))


def two_of(least: int, most: int) -> st.SearchStrategy[list[list[int]]]:
    """Draw a number for each kind of conduct, in each of two places."""
    one = st.lists(st.integers(least, most), min_size=c.N_DEEDS, max_size=c.N_DEEDS)
    return st.lists(one, min_size=2, max_size=2)


def alike(*numbers: int) -> list[list[int]]:
    """Write the same number for each kind of conduct, a place each."""
    return [[number] * c.N_DEEDS for number in numbers]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(entry, min_size=1, max_size=60).map(sorted),
    two_of(-50, 50),
    two_of(0, 5),
    two_of(0, 3),
    st.integers(1, 12),
    st.integers(1, 20),
    st.lists(move, max_size=6, unique_by=lambda one: one[:2]),
)
@example([(0, 0, 12, 1), (1, 0, 12, 1)], alike(10, 10), alike(0, 0), alike(1, 1), 12, 20, [(0, 0, False, 0)])
@example([(1, 0, 12, 1), (2, 0, 12, 1)], alike(10, 10), alike(2, 2), alike(0, 0), 12, 20, [(1, 0, False, 0)])
@example([(0, 0, 12, 1)], alike(10, 10), alike(0, 3), alike(0, 0), 12, 20, [(5, 0, True, 1)])
@example([(0, 0, 12, 1)], alike(10, 0), alike(3, 0), alike(0, 0), 12, 20, [(1, 0, True, 1), (5, 0, True, 0)])
def test_points_are_added_capped_and_taken_back_as_by_hand(
    entries: list[tuple[int, int, int, int]],
    points: list[list[int]],
    expiry: list[list[int]],
    most: list[list[int]],
    period: int,
    retention: int,
    moves: list[tuple[int, int, bool, int]],
) -> None:
    """Two places with points and times of their own. Smallest error: one point of one entry.

    Also of one that a mover left behind in the month of the move or before, or that had its time in the new place
    before the file came there.
    """
    rules = [
        rated(
            base=1_000 + 100 * k,
            points=np.array(points[k], np.int32),
            expiry_months=np.array(expiry[k], np.int32),
            most_per_period=np.array(most[k], np.int32),
            period_months=period,
        )
        for k in range(2)
    ]
    by_hand = plain.ratings(rules, entries, 4, 12, retention, moves)
    assert by_loops(rules, entries, 4, 12, retention, moves).tolist() == by_hand


def test_a_file_that_came_along_with_more_than_is_counted_here_brings_nothing_more() -> None:
    """Six good deeds where nine count, then one where one does: 1,030 stays 1,030; a deed less would show."""
    what = t.DEEDS.index("volunteering")
    many, few = (
        rated(points=deeds(volunteering=5).astype(np.int32), most_per_period=deeds(volunteering=most).astype(np.int32))
        for most in (9, 1)
    )
    by = ratings.rulebooks([many, few], 99)
    files, rating = c.blank(c.Files, 1), np.full(1, 1_000, np.int32)
    files.covered[:], files.opened[:] = 1, -1
    rows = np.arange(7, dtype=np.int32)
    dossier, deed, copies = np.zeros(7, np.int32), np.full(7, what, np.uint8), np.ones(7, np.uint8)
    counts, worth, touched = np.zeros((1, c.N_DEEDS + 1), np.uint16), np.zeros(7, np.int32), np.zeros(1, np.uint8)
    ratings.enter(rows, 0, 6, 0, dossier, deed, copies, files, rating, counts, worth, touched, by)
    assert rating.tolist() == [1_030]
    files.seat[:] = 1
    ratings.enter(rows, 6, 7, 1, dossier, deed, copies, files, rating, counts, worth, touched, by)
    assert rating.tolist() == [1_030]


def test_a_twin_that_never_takes_points_back_would_be_noticed() -> None:
    rules = rated(points=deeds(award=30).astype(np.int32), expiry_months=deeds(award=2).astype(np.int32))
    entries = [(0, 0, t.DEEDS.index("award"), 1)]
    forgetful = replace(rules, expiry_months=deeds().astype(np.int32))
    assert by_loops([rules], entries, 1, 4, 99, []).tolist() != plain.ratings([forgetful], entries, 1, 4, 99)


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
@given(
    st.sets(st.integers(0, 8)),
    st.booleans(),
    st.integers(0, 10**9),
    st.integers(0, 100),
    st.sampled_from([dossiers.LISTS, dossiers.GRADES]),
)
def test_copies_spread_and_are_taken_back_as_by_hand(
    held: set[int], stands: bool, person: int, month: int, salt: int
) -> None:
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
    found = int(dossiers.copies(bits, stands, c.COURT, np.uint64(person), month, salt, sharing, keys))
    expected = plain.holders(
        held, stands, c.COURT, pairs, 0.5, person, month, salt, key("nation", "share"), key("nation", "correct")
    )
    assert {k for k in range(c.N_AGENCIES) if found >> k & 1} == expected


def test_no_copy_of_a_list_has_the_address_of_a_copy_of_a_grade() -> None:
    """Of all 72 pairs each list copy is drawn apart from each grade copy: one shared address would show."""
    n, half = 200, np.uint64(1 << 31)
    pairs = [(a, b) for a in range(c.N_AGENCIES) for b in range(c.N_AGENCIES) if a != b]
    keys = provide.keys(Key.from_seed(3))

    def reached(k: int, salt: int) -> tuple[bool, ...]:
        """Say whom the copy of one pair reaches, the other pairs being closed."""
        (source, target), reaches = pairs[k], np.zeros(len(pairs), np.uint64)
        reaches[k] = half
        of = [np.array([pair[end] for pair in pairs], np.uint8) for end in (0, 1)]
        how = dossiers.Sharing(of[0], of[1], reaches, half)
        copies = (dossiers.copies(1 << source, True, source, np.uint64(i), 0, salt, how, keys) for i in range(n))
        return tuple(bool(held >> target & 1) for held in copies)

    seen = [reached(k, salt) for salt in (dossiers.LISTS, dossiers.GRADES) for k in range(len(pairs))]
    assert len(pairs) == 72
    assert len(set(seen)) == 2 * len(pairs)


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
    copies, what, worth, touched = here.entries.copies, here.entries.deed, here.worth[:, 0], here.touched
    files = here.files
    dossier, counts = here.entries.dossier, here.counts[:, 0]
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


# What the judging side is given of the truth, where a month calls it, and why that is no leak.
GIVEN = {
    # What a hearing finds out about the entries of whoever appealed, and nothing beyond: see `ratings.strike`.
    ("ratings.strike", "here.deeds.cause"),
    ("ratings.strike", "here.deeds.proper"),
    # Ratings as they would be without errors or bias move to another rulebook beside the real one, by the same rule.
    ("movers.reopen", "here.twins.fair"),
    ("movers.reopen", "here.twins.proper"),
    ("movers.lapse", "here.twins.fair"),
    ("movers.lapse", "here.twins.proper"),
    ("movers.lapse", "deeds.fair"),
    ("movers.lapse", "deeds.proper"),
    # `_rate` adds up these ratings with the same loops as the real one; none of them is ever judged by.
    ("_rate", "deeds.proper"),
    ("_rate", "deeds.fair"),
    ("_rate", "twins.proper"),
    ("_rate", "twins.fair"),
    # Registers: who is of age, and who needs a look this month.
    ("lists.listed_before", "who.age"),
    ("movers.hand_over", "who.age"),
    ("lists.open_cases", "here.lot.busy"),
    ("lists.known_at", "looks.some"),
    ("lists.judge", "looks.some"),
    ("lists.judge", "looks.n"),
    ("dossiers.spread", "looks.some"),
    ("dossiers.spread", "looks.n"),
}
TRUTH = {"who": c.Residents, "deeds": c.Deeds, "lot": c.Lots, "twins": c.Twins, "looks": c.Looks, "tally": c.Tally}


def _leaves(node: ast.AST) -> Iterator[str]:
    """Name what an expression is made of, `here.deeds.cause` as one."""
    if isinstance(node, ast.Attribute | ast.Name):
        yield ast.unparse(node)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _leaves(child)


def _is_truth(name: str) -> bool:
    return bool(set(name.split(".")) & TRUTH.keys())


def given_to_the_judging_side(text: str) -> set[tuple[str, str]]:
    """List which truth reaches the loops of judgement and records where a month calls them, also by another name."""
    found: set[tuple[str, str]] = set()
    for verb in (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)):
        stands_for: dict[str, set[str]] = {}
        for node in ast.walk(verb):
            if isinstance(node, ast.Assign):
                target, value = node.targets[0], node.value
                pairs = [(target, value)]
                if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                    pairs = list(zip(target.elts, value.elts, strict=True))
                for name, of in pairs:
                    stands_for.setdefault(ast.unparse(name), set()).update(_leaves(of))
        for call in (node for node in ast.walk(verb) if isinstance(node, ast.Call)):
            what = ast.unparse(call.func)
            if what.partition(".")[0] not in ("ratings", "lists", "movers", "dossiers", "_rate"):
                continue
            given = {name for argument in call.args for name in _leaves(argument)}
            given |= {name for other in given if not _is_truth(other) for name in stands_for.get(other, ())}
            found |= {(what, name) for name in given if _is_truth(name)}
    return found


def test_the_judging_side_is_given_no_truth() -> None:
    """No loop of judgement takes a bundle of truth, and no column of one but those that are listed with a reason.

    The smallest leak that would show is one more column of truth at one call, under whatever name.
    """
    for module in ("judgement/ratings.py", "judgement/lists.py", "judgement/movers.py", "records/dossiers.py"):
        text = (SRC / module).read_text(encoding="utf-8")
        assert not [kind.__name__ for kind in TRUTH.values() if f"c.{kind.__name__}" in text], module
    text = (SRC / "months.py").read_text(encoding="utf-8")
    assert given_to_the_judging_side(text) == GIVEN
    at = "ratings.expire(filed,"
    leak = text.replace(at, "known = here.deeds.doer\n    ratings.expire(known,")
    assert leak != text
    assert given_to_the_judging_side(leak) - GIVEN == {("ratings.expire", "here.deeds.doer")}


# ------------------------------------------------------------------ addresses
def conduct_of(ready: Plan, people: int) -> set[tuple[int, ...]]:
    """List what the first so many people of a nation do: month, person, occasion, kind and place."""
    here, found = ready.empty(), set[tuple[int, ...]]()
    for community in ready.chosen:
        here = ready.lived(int(community), here)
        for k in range(len(ready.months)):
            some = slice(int(here.acts_from[k]), int(here.acts_from[k + 1]))
            acts = here.deeds
            doer, slot, deed, place = (column[some] for column in (acts.doer, acts.slot, acts.deed, acts.place))
            number = doer + int(community) * ready.size
            mine = (doer >= 0) & (number < people)
            found |= {(k, *act) for act in zip(*(x[mine].tolist() for x in (number, slot, deed, place)), strict=True)}
    return found


def test_a_person_lives_the_same_life_in_a_larger_nation() -> None:
    """In a nation with 500 people more, and with other errors of reporters, they do the same in every month.

    One act of one person, its kind or its place, would show. Deterrence, bought deeds and moves away from closed doors
    are off, and so is the list at the start, of which a larger nation has a smaller share: what people do would depend
    on what is on file about others.
    """
    changes: dict[str, Any] = {"judgement.lists.court.initial": 0}
    changes |= {f"consequence.reaction.{name}": 0 for name in ("certainty", "severity", "games_per_month", "moves")}
    small = plan(loud(**changes), both())
    large = plan(loud(**changes, **{"town.people": 6_500, "sensing.reports.police.mistyped": 0.5}), both())
    lives = [conduct_of(ready, small.people) for ready in (small, large)]
    assert large.size > small.size
    assert {act[0] for act in lives[0]} == set(range(len(small.months)))
    assert lives[0] == lives[1]


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


def test_more_trips_than_a_month_holds_are_refused() -> None:
    """They would be cut off uncounted."""
    with pytest.raises(Problem, match="8 times a month") as told:
        plan(nation(**{"consequence.doors.job.attempts_per_year": 100}), rated())
    assert told.value.where == "consequence.doors.job.attempts_per_year"
    assert told.value.why
    assert told.value.todo
