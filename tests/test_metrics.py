"""The books and the estimates against plain loops, exact zeros, and adding communities."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

import glasstown.tables as t
from glasstown.core.estimates import Estimate
from glasstown.core.keys import Key
from glasstown.metrics.events import Events
from glasstown.metrics.ledger import Book, day_tallies, open_book, post_day
from glasstown.metrics.moments import Moments, add, close, estimates
from glasstown.metrics.partitions import LEVELS, cell_of, labels, n_kinds
from glasstown.metrics.quantities import BY_NAME, COLUMNS, COUNTS, METRICS, column
from glasstown.metrics.recent import COUNTED, MOST, brought_in, nothing_yet, with_today
from glasstown.state import Day, State
from tests.plain.metrics import (
    kind_of,
    plain_households,
    plain_ledger,
    some_day,
    some_gallery,
    some_people,
    state_of,
    without,
)

GROUPS = ("a", "b", "c")
KEY = Key.from_seed(20)
Lived = list[tuple[State, Day]]


@cache
def lived(n_days: int = 9, n: int = 90, first: int = 0, seen: bool = True, seed: int = 20) -> tuple[t.People, Lived]:
    key = Key.from_seed(seed)
    people = some_people(key, n, len(GROUPS), first)
    gallery = some_gallery(key, people)
    days: Lived = []
    for day in range(n_days):
        if day == 4:
            gallery = without(without(gallery, 0), 3)
        days.append((state_of(people, gallery, day), some_day(key, people, gallery, day, seen=seen)))
    return people, days


def booked(people: t.People, days: Lived) -> Book:
    book = open_book(people, days[0][0].gallery)
    for state, day in days:
        book = post_day(book, state, day)
    return book


def of_accounts(book: Book) -> Book:
    """Bring all that is recent into the accounts."""
    return replace(book, accounts=brought_in(book.accounts, book.recent), recent=nothing_yet(0))


def told(moments: Moments, days: int) -> dict[tuple[str, Any, Any], Estimate]:
    return {(e.name, e.by, e.group): e for e in estimates(moments, GROUPS, days)}


@pytest.mark.parametrize("people_an_event", [0, 0.1, 1_000], ids=["never", "at times", "every day"])
def test_the_ledger_is_what_plain_loops_count(people_an_event: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often rare events are brought into the accounts."""
    monkeypatch.setattr("glasstown.metrics.events.PEOPLE_AN_EVENT", people_an_event)
    people, days = lived()
    book, (plain, by_day) = booked(people, days), plain_ledger(days)
    for c in t.Ledger.columns():
        expected = [counted[c.name] for counted in plain]
        assert getattr(book.ledger, c.name).tolist() == expected, c.name
        assert c.name in ("weeks", "days", "person") or len(set(expected)) > 1, f"{c.name} is never put to the test"
    book.ledger.check()
    assert bool(book.accounts.stops.any()) == (people_an_event > 0)
    assert bool(len(book.events.row)) == (people_an_event < 1_000)
    for name, histogram in (("passes", book.passes), ("captures", book.captures)):
        expected = np.zeros_like(histogram)
        for (i, times), n in by_day[name].items():
            expected[book.cell[i], times] += n
        assert np.array_equal(histogram, expected)
    assert book.passes[:, 1023].sum() > 0, "no person-day beyond the last column"
    assert book.captures[:, 64:1023].sum() > 0, "no person-day between the first columns, counted apart, and the last"


@pytest.mark.parametrize("most", [0, 40, 300, MOST], ids=["none fits", "few fit", "most fit", "all fit"])
def test_the_ledger_is_the_same_wherever_counts_no_longer_fit(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    people, days = lived()
    plain, _ = plain_ledger(days)
    monkeypatch.setattr("glasstown.metrics.recent.MOST", most)
    book = booked(people, days)
    for name in COUNTED:
        assert getattr(book.ledger, name).tolist() == [counted[name] for counted in plain], name
    moved = [bool(getattr(book.accounts, name).any()) for name in COUNTED]
    assert any(moved) == (most < MOST)
    assert all(moved) == (most == 0)


def test_no_count_wraps_around_where_a_day_alone_is_more_than_fits() -> None:
    """The smallest error noticed is one pass in 200,000; the largest count that still fits stays where it was."""
    people, days = lived(2, 4, seed=3)
    state, day = days[0]
    outings = replace(day.outings, n_passes=np.array([100_000, 0, MOST, 1], np.int32)[: len(people)])
    accounts, recent = open_book(people, state.gallery).accounts, nothing_yet(len(people))
    everybody = np.ones(len(people), np.bool_)
    for turn in (1, 2):
        accounts, recent = with_today(accounts, recent, outings, everybody)
        assert (brought_in(accounts, recent).passes == turn * outings.n_passes).all()
    fits = replace(day.outings, n_passes=np.full(len(people), MOST, np.int32))
    accounts, recent = with_today(open_book(people, state.gallery).accounts, nothing_yet(0), fits, everybody)
    assert not accounts.passes.any()
    assert (recent[COUNTED.index("passes")] == MOST).all()


def test_one_more_than_fits_is_in_the_accounts_whatever_is_counted() -> None:
    """Each count stands at the largest number that fits when the day comes; one too many would begin again at 0."""
    people, days = lived(1, 4, seed=3)
    state, day = days[0]
    one, everybody = np.ones(len(people), np.int32), np.ones(len(people), np.bool_)
    columns = {c.name: one.astype(c.dtype) for c in t.Outings.columns() if c.name not in ("person", "slots", "stroll")}
    outings = replace(day.outings, slots=one.astype(np.uint8), **columns)
    full = np.full((len(COUNTED), len(people)), MOST, np.uint16)
    accounts, recent = with_today(open_book(people, state.gallery).accounts, full, outings, everybody)
    for name in COUNTED:
        assert getattr(accounts, name).tolist() == [MOST + 1] * len(people), name
    assert not recent.any()
    with pytest.raises(ValueError, match="one row of outings for each person"):
        with_today(accounts, full[:, 1:], outings, everybody)


def test_posting_a_day_leaves_the_old_books_as_they_were() -> None:
    people, days = lived()
    before = booked(people, days[:6])
    recent = before.recent.copy()
    copies = {c.name: getattr(before.ledger, c.name).copy() for c in t.Ledger.columns()}
    others = before.passes.copy(), before.captures.copy(), before.seen_this_week.copy(), before.walks.copy()
    post_day(before, *days[6])
    assert all(np.array_equal(getattr(before.ledger, name), copy) for name, copy in copies.items())
    kept = (before.passes, before.captures, before.seen_this_week, before.walks, before.recent)
    for array, copy in zip(kept, (*others, recent), strict=True):
        assert np.array_equal(array, copy)


def test_outings_of_others_are_refused() -> None:
    people, days = lived()
    state, day = days[0]
    for rows in (slice(None, None, -1), slice(1, None)):
        with pytest.raises(ValueError, match="one row of outings for each person"):
            post_day(open_book(people, state.gallery), state, replace(day, outings=day.outings.take(rows)))
    with pytest.raises(ValueError, match="follow each other"):
        open_book(people.take(np.array([0, 2, 1])), state.gallery)


def test_tallies_are_what_plain_loops_count() -> None:
    people, days = lived()
    state, day = days[5]
    tallies = day_tallies(state, day)
    tallies.check()
    before, after = plain_ledger(days[:5])[0], plain_ledger(days[:6])[0]
    wanted = ("trips", "passes", "captures", "searches", "candidates", "alerts", "stops", "wrongful_stops")
    for name in (*wanted, "trips_avoided", "people"):
        expected: Counter[Any] = Counter()
        for i in range(len(people)):
            amount = 1 if name == "people" else after[i][name] - before[i][name]
            expected[kind_of(people, i, ("age", "sex", "group"), GROUPS)] += amount
        found = {
            (t.AGE_BANDS[a], t.SEXES[s], GROUPS[g]): n
            for a, s, g, n in zip(tallies.age_band, tallies.sex, tallies.group, getattr(tallies, name), strict=True)
        }
        assert {k: n for k, n in found.items() if n} == {k: n for k, n in expected.items() if n}, name
    assert set(tallies.day.tolist()) == {5}


def test_kinds_are_numbered_as_they_are_named() -> None:
    named = labels(GROUPS)
    assert len(named) == len(set(named)) == n_kinds(len(GROUPS))
    assert named[:2] == [(None, None), ("age", "0-17")]
    assert (("age", "sex"), ("18-24", "f")) in named
    people = some_people(KEY, 400, len(GROUPS))
    cell = cell_of(people, len(GROUPS))
    finest = [kind_of(people, i, ("age", "sex", "group"), GROUPS) for i in range(len(people))]
    assert len(set(zip(cell.tolist(), finest, strict=True))) == len(set(finest)) == len(set(cell.tolist()))


def test_moments_are_what_plain_loops_add_up() -> None:
    people, days = lived()
    moments, plain = close(booked(people, days), people, len(GROUPS)), plain_ledger(days)[0]
    for i, (by, group) in enumerate(labels(GROUPS)):
        houses = plain_households(people, plain, by, group, GROUPS)
        assert moments.clusters[i] == len(houses)
        assert moments.totals[i].tolist() == [sum(h[name] for h in houses) for name in COLUMNS]
        for metric in METRICS:
            sums = moments.sums(metric)
            pairs = [(h[metric.events], h[metric.trials]) for h in houses]
            assert sums.above[i] == sum(a for a, _ in pairs)
            assert sums.below[i] == sum(b for _, b in pairs)
            assert sums.above2[i] == sum(a * a for a, _ in pairs)
            assert sums.cross[i] == sum(a * b for a, b in pairs)
            assert sums.below2[i] == sum(b * b for _, b in pairs)


def test_household_members_need_not_stand_side_by_side() -> None:
    people, days = lived()
    scattered = replace(people, household=KEY("scatter").below(30, people.person).astype(np.int32))
    moments, plain = close(booked(scattered, days), scattered, len(GROUPS)), plain_ledger(days)[0]
    houses = plain_households(scattered, plain, None, None, GROUPS)
    sums = moments.sums(BY_NAME["searches"])
    assert moments.clusters[0] == len(houses) == len(set(scattered.household.tolist()))
    assert sums.above2[0] == sum(h["searches"] ** 2 for h in houses)


def test_sums_of_squares_do_not_overflow() -> None:
    people, days = lived(1)
    book = of_accounts(booked(people, days))
    huge = np.full(len(people), 500_000_000, np.int32)
    home = replace(people, household=(people.person // 3).astype(np.int32))
    moments = close(replace(book, accounts=replace(book.accounts, minutes_out=huge)), home, len(GROUPS))
    squares = moments.sums(BY_NAME["minutes_out_per_person_day"]).above2[0]
    assert squares == len(people) // 3 * 1_500_000_000**2 > 2**63


def test_every_value_is_what_plain_division_gives() -> None:
    people, days = lived()
    found, (plain, by_day) = told(close(booked(people, days), people, len(GROUPS)), 9), plain_ledger(days)
    undefined: set[tuple[int, int]] = set()
    assert len(found) == len(METRICS) * n_kinds(len(GROUPS))
    for by, group in labels(GROUPS):
        inside = [i for i in range(len(people)) if kind_of(people, i, by, GROUPS) == group]
        total = {name: sum(plain[i][name] for i in inside) for name in COLUMNS}
        for metric in METRICS:
            e, above, below = found[metric.name, by, group], total[metric.above], total[metric.below]
            assert e.unit == metric.unit
            if metric.kind == "percentile":
                values = sorted(
                    times for (i, times), n in by_day[metric.above].items() if i in inside for _ in range(n)
                )
                expected = values[-(-len(values) * metric.permille // 1000) - 1] if values else None
                below = len(values)
                few = len(values) < {500: 2, 900: 10, 990: 100}[metric.permille]
                undefined.update({(metric.permille, len(values))} if few else ())
                if few or (e.value is None and values[-1] >= 1_023):
                    expected, below = None, 0
            elif metric.kind in ("count", "distinct"):
                expected = above / metric.per
            else:
                expected = metric.per * above / below if below else None
            assert e.value == (None if expected is None else pytest.approx(expected, rel=1e-14)), (metric, by, group)
            assert e.n == below
            if e.value is None:
                assert (e.low, e.high, e.n) == (None, None, 0)
            else:
                assert e.low is not None
                assert e.high is not None
                assert 0 <= e.low <= e.value <= e.high < 1e15
    assert any(0 < n < 100 for permille, n in undefined if permille == 990)


@pytest.mark.parametrize(("days", "p90", "p99"), [(9, None, None), (10, 3, None), (99, 3, None), (100, 3, 3)])
def test_a_percentile_that_would_be_the_largest_number_seen_is_undefined(
    days: int, p90: int | None, p99: int | None
) -> None:
    """One person, three passes on every day: of 99 days or fewer nothing lies above a 99th percentile."""
    people, ((state, day),) = lived(1, 1, seed=3)
    here = replace(day, outings=replace(day.outings, n_passes=np.full(len(people), 3, np.int32)))
    lives = [(state, replace(here, day=i)) for i in range(days)]
    found = told(close(booked(people, lives), people, len(GROUPS)), days)
    for name, said in (("median", 3), ("p90", p90), ("p99", p99)):
        e = found[f"passes_per_person_day_{name}", None, None]
        assert (e.value, e.low, e.high, e.n) == (said, said, said, days if said else 0)


def test_counts_by_kind_hold_what_towns_of_other_groups_show() -> None:
    """Everybody is searched ten times, and chance draws who is of which group; the group's size is no excuse.

    The smallest error noticed: intervals for a group of fixed size, which here hold the truth 45 times in 100.
    """
    people, days = lived()
    book, held = of_accounts(booked(people, days)), Counter[str]()
    for seed in range(200):
        group = (Key.from_seed(seed).uniform(people.household) * len(GROUPS)).astype(np.uint8)
        here = replace(people, group=group)
        accounts = replace(book.accounts, searches=np.full(len(people), 10, np.int32))
        found = told(close(replace(book, accounts=accounts, cell=cell_of(here, len(GROUPS))), here, len(GROUPS)), 9)
        for name, truth in (("searches", 10 * len(people) / 3), ("people_searched", len(people) / 3)):
            e = found[name, "group", "a"]
            assert e.low is not None
            assert e.high is not None
            held[name] += e.low <= truth <= e.high
    assert all(180 <= times <= 199 for times in held.values()), held


def test_a_percentile_beyond_what_is_counted_is_undefined() -> None:
    """Two person-days of 2,000 passes: the last column is open, and saying 1,023 would be silent about it."""
    people, days = lived(1, 2, seed=3)
    state, day = days[0]
    for times, said in ((2_000, None), (1_022, 1_022)):
        here = replace(day, outings=replace(day.outings, n_passes=np.full(len(people), times, np.int32)))
        found = told(close(booked(people, [(state, here)]), people, len(GROUPS)), 1)
        e = found["passes_per_person_day_median", None, None]
        assert (e.value, e.high, e.n) == (said, said, 2 if said else 0)


def test_communities_add_up_bit_for_bit() -> None:
    one, one_days = lived(first=0)
    two, two_days = lived(n=70, first=90, seed=21)
    both = t.People.concat([one, two])
    ledgers = booked(one, one_days), booked(two, two_days)
    joined = Book(
        t.Ledger.concat([b.ledger for b in ledgers]),
        len(GROUPS),
        np.concatenate([b.cell for b in ledgers]),
        np.concatenate([b.seen_this_week for b in ledgers]),
        np.concatenate([b.walks for b in ledgers], axis=1),
        ledgers[0].passes + ledgers[1].passes,
        ledgers[0].captures + ledgers[1].captures,
    )
    parts = [close(b, p, len(GROUPS)) for b, p in zip(ledgers, (one, two), strict=True)]
    whole = close(joined, both, len(GROUPS))
    assert estimates(add(*parts), GROUPS, 9) == estimates(whole, GROUPS, 9) == estimates(add(*parts[::-1]), GROUPS, 9)
    assert estimates(parts[0], GROUPS, 9) != estimates(whole, GROUPS, 9)


def test_a_group_that_does_not_live_in_a_community_keeps_its_place() -> None:
    people, days = lived()
    few = replace(people, group=np.minimum(people.group, 1))
    local = [(replace(s, town=replace(s.town, people=few)), d) for s, d in days]
    found = told(close(booked(few, local), few, len(GROUPS)), 9)
    assert found["searches", "group", "c"].value == found["searches", "group", "c"].high == 0
    assert found["searches", "group", "b"].n == int((few.group == 1).sum())
    assert found["captures_per_person_day_p90", "group", "c"].value is None
    assert day_tallies(*local[0]).group.max() == 1


def test_without_cameras_everything_seen_is_exactly_zero() -> None:
    people, days = lived(seen=False)
    for e in told(close(booked(people, days), people, len(GROUPS)), 9).values():
        metric = BY_NAME[e.name]
        if e.value is None:
            assert e.n == 0
        elif e.name == "unobserved_trips":
            assert (e.value, e.low, e.high) == (1, 1, 1)
        elif metric.opportunity and e.name != "listed_people":
            assert (e.value, e.low, e.high) == (0, 0, 0), e


def test_what_could_have_happened_but_did_not_has_an_upper_bound() -> None:
    people, days = lived()
    quiet = [
        (s, replace(d, candidates=t.Candidates.empty(), alerts=t.Alerts.empty(), outcomes=t.Outcomes.empty()))
        for s, d in days
    ]
    found = told(close(booked(people, quiet), people, len(GROUPS)), 9)
    for name, repeats in (("stops", 2), ("wrongful_stops", 4), ("false_alerts", 6), ("candidates", 30)):
        e = found[name, None, None]
        assert (e.value, e.low) == (0, 0)
        together = 1 + (repeats - 1) * 9 / 28
        assert e.high == pytest.approx(-together * math.log(0.05)), "the rule of three, times what comes together"
    assert found["ppv", None, None].value is None
    fpir = found["fpir", None, None]
    assert fpir.value == 0
    assert fpir.high is not None
    assert 0 < fpir.high < 0.2
    lost = found["minutes_lost", None, None].high
    assert lost is not None
    assert lost > 60


def test_nothing_seen_by_chance_has_an_upper_bound_too() -> None:
    """People passed cameras and by chance nobody was captured; notices [0, 0]."""
    people, days = lived(seen=False)
    passed = [
        (s, replace(d, outings=replace(d.outings, n_passes=np.full(len(people), 3, np.int32)))) for s, d in days
    ]
    found = told(close(booked(people, passed), people, len(GROUPS)), 9)
    for name in ("searches", "people_searched", "candidates", "alerts", "stops", "wrongful_stops_per_100k"):
        e = found[name, None, None]
        assert (e.value, e.low) == (0, 0), name
        assert e.high, name
    assert found["searches", None, None].high == pytest.approx(-math.log(0.05))


def test_how_many_are_listed_is_given_and_no_more_of_them_can_be_found() -> None:
    """Notices an interval around an input, and one of those found that is not that of the share found."""
    people, days = lived()
    found = told(close(booked(people, days), people, len(GROUPS)), 9)
    listed, share = found["listed_people", None, None], found["listed_found_share", None, None]
    caught, n = found["listed_found", None, None], listed.value
    assert 0 < caught.value < n, "so that there is something to be uncertain about"
    assert (listed.low, listed.high) == (n, n)
    assert (caught.low, caught.high) == pytest.approx((share.low * n, share.high * n))
    assert caught.low < caught.value < caught.high < n
    of_kinds = [e for e in found.values() if e.name in ("listed_people", "listed_found") and e.by is not None]
    assert max(e.high for e in of_kinds) <= n
    assert any(e.low < e.value < e.high for e in of_kinds if e.name == "listed_people"), "how many of a kind is chance"


def test_where_nobody_is_listed_nobody_can_be_found() -> None:
    people, days = lived()
    book = booked(people, days)
    gone = np.zeros(len(people), np.int32)
    nobody = replace(book, accounts=replace(book.ledger, listed=gone, listed_found=gone), events=Events.none())
    nobody = replace(nobody, recent=nothing_yet(0))
    for (name, *_), e in told(close(nobody, people, len(GROUPS)), 9).items():
        if name in ("listed_people", "listed_found"):
            assert (e.value, e.low, e.high) == (0, 0, 0), e


def test_one_person_gives_finite_numbers() -> None:
    people, days = lived(8, 1, seed=3)
    for e in told(close(booked(people, days), people, len(GROUPS)), 8).values():
        assert e.value is None or (e.low is not None and e.high is not None and 0 <= e.low <= e.value <= e.high < 1e15)


def test_every_metric_can_be_read_by_anybody() -> None:
    assert len(BY_NAME) == len(METRICS)
    for metric in METRICS:
        assert metric.above in COLUMNS
        assert metric.below in COLUMNS
        assert metric.opportunity in ("", *COLUMNS)
        assert metric.says.endswith(".")
        assert metric.says[0].isupper()
    asked = """people_searched passes_per_person_day captures_per_person_day share_captured_daily unobserved_trips
        searches candidates alerts true_alerts false_alerts ppv fpir tpir stops wrongful_stops misidentified
        wrongly_listed wrongful_stops_per_100k people_searched_per_true_alert minutes_lost trips_avoided listed_found"""
    assert set(asked.split()) <= BY_NAME.keys()
    assert "wrongful_stops" in COUNTS
    assert [len(level) for level in LEVELS] == [0, 1, 1, 1, 2, 2, 2]
    ledger = booked(*lived()).ledger
    assert all(len(column(ledger, name)) == len(ledger) for name in COLUMNS)


def test_moments_of_other_days_or_groups_are_refused() -> None:
    people, days = lived()
    book = booked(people, days)
    moments = close(book, people, len(GROUPS))
    with pytest.raises(ValueError, match="other days"):
        estimates(moments, GROUPS, 8)
    with pytest.raises(ValueError, match="other groups"):
        estimates(moments, GROUPS[:2], 9)
    with pytest.raises(ValueError, match="other people"):
        close(book, people.take(slice(0, 5)), len(GROUPS))
    with pytest.raises(ValueError, match="do not add up"):
        add(moments, close(book, people, 4))
