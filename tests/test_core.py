"""The ground everything stands on: addressed draws, chances, tables, the map; and the budget of false alarms."""

from __future__ import annotations

import itertools
import math
from statistics import NormalDist
from typing import Any
from weakref import ref

import numpy as np
import pyarrow as pa
import pytest

from glasstown import tables as t
from glasstown.core.chance import CERTAIN, FINE, happen, happens, threshold, thresholds
from glasstown.core.columns import Column, arrow
from glasstown.core.keys import Key
from glasstown.core.once import FEW, once_each
from glasstown.core.philox import block, blocks, draw_all
from glasstown.core.projection import Projection
from tests.budget import OWN_BOUNDS, SHARES, WHOLE, agrees, plausible, smallest_error
from tests.plain import draws
from tests.repository import ROOT

KEY = Key.from_seed(3)
N = 200_000
FULL = 0xFFFFFFFF

# Random123, tests/kat_vectors: the three lines of philox4x32 with 10 rounds: counter, key, answer.
PUBLISHED = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((FULL,) * 4, (FULL,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


# ---------------------------------------------------------------- once
class Thing(list[int]):
    """A list of which it can be told when nobody holds it any more."""


def test_what_is_made_of_the_same_object_is_made_once() -> None:
    """Would notice something made of one object and given for another that equals it, and memory without end."""
    made: list[list[int]] = []

    @once_each
    def doubled(of: list[int]) -> list[int]:
        made.append(of)
        return [2 * x for x in of]

    objects = [Thing([1]) for _ in range(FEW + 1)]
    results = [doubled(one) for one in objects]
    assert all(doubled(one) is result for one, result in zip(objects[1:], results[1:], strict=True))
    assert len({id(result) for result in results}) == len(made) == FEW + 1
    assert doubled(objects[0]) == [2]
    assert len(made) == FEW + 2


def test_what_is_made_of_two_objects_hangs_on_both() -> None:
    """Would notice something made of one pair and given for another that shares one of the two."""
    pair = once_each(lambda one, other: [one, other])
    a, b, c = (Thing([i]) for i in range(3))
    results = {(i, j): pair(x, y) for i, x in enumerate((a, b, c)) for j, y in enumerate((a, b, c))}
    assert all(result == [[i], [j]] for (i, j), result in results.items())
    assert pair(c, c) is results[2, 2]


def test_what_was_made_goes_with_what_it_was_made_of() -> None:
    """Would notice a town that stays in memory because something was made of it."""
    same = once_each(lambda of, other: Thing(of))
    of, other = Thing([1]), Thing([2])
    made = ref(same(of, other))
    assert made() == [1]
    del of
    assert made() is None


# ---------------------------------------------------------------- draws
@pytest.mark.parametrize(("counter", "key", "answer"), PUBLISHED)
def test_philox_gives_the_published_answers(
    counter: tuple[int, ...], key: tuple[int, ...], answer: tuple[int, ...]
) -> None:
    """Four ways to the same four words: compiled, compiled for a batch, NumPy, and whole numbers."""
    assert tuple(int(w) for w in block(*map(np.uint64, counter + key))) == answer
    columns = [np.full(3, c, np.uint64) for c in counter]
    assert all(w.tolist() == [a] * 3 for w, a in zip(blocks(*columns, *map(np.uint64, key)), answer, strict=True))
    draw_all(*columns, *map(np.uint64, key))
    assert [w.tolist() for w in columns] == [[a] * 3 for a in answer]
    assert draws.philox(counter, key) == answer


def test_the_ways_agree_anywhere() -> None:
    ids = [KEY("ids", i).bits(np.arange(300)) for i in range(4)]
    fast = blocks(*ids, *KEY.words)
    batch = [column.copy() for column in ids]
    draw_all(*batch, *KEY.words)
    assert all(np.array_equal(one, other) for one, other in zip(fast, batch, strict=True))
    for row in range(300):
        counter = [int(column[row]) for column in ids]
        plain = draws.philox(counter, (KEY.k0, KEY.k1))
        assert tuple(int(w[row]) for w in fast) == plain
        assert tuple(int(w) for w in block(*map(np.uint64, counter), *KEY.words)) == plain


def test_a_key_draws_at_as_many_addresses_as_asked_for() -> None:
    """Also at none, at one, and around the sizes of the batches in which they are drawn."""
    for n in (0, 1, 255, 256, 257, 511, 512, 513, 1_100):
        ids = np.arange(n)
        counter = [c.astype(np.uint64) for c in np.broadcast_arrays(ids, 5, 2**32 - 1, 0)]
        assert np.array_equal(KEY.bits(ids, 5, -1), blocks(*counter, *KEY.words)[0])
    assert np.array_equal(KEY.bits(7, 7), [draws.words(KEY, 7, 7)[0]])
    square = KEY.bits(np.arange(6).reshape(2, 3), 1)
    assert np.array_equal(square.ravel(), KEY.bits(np.arange(6), 1))
    assert square.shape == (2, 3)


def test_a_draw_belongs_to_its_address() -> None:
    """Order, company and the shape of the question change nothing."""
    who = np.arange(1_000)
    all_at_once = KEY("verb", 4).bits(who, 7)
    assert np.array_equal(all_at_once[::-1], KEY("verb", 4).bits(who[::-1], 7))
    assert np.array_equal(all_at_once[17:18], KEY("verb", 4).bits(17, 7))
    assert np.array_equal(all_at_once, KEY("verb", 4).bits(who.astype(np.int32), np.full(1_000, 7, np.uint8), 0, 0))
    assert draws.words(KEY("verb", 4), 17, 7)[0] == all_at_once[17]
    assert draws.words(KEY, -1) == draws.words(KEY, 2**32 - 1)


def test_different_addresses_give_different_draws() -> None:
    paths = [("a",), ("b",), ("a", "b"), ("ab",), ("a", 1), ("a", "1"), ("a", 1, 1), ("a", 11), (1,), ("1",)]
    keys = [KEY(*path) for path in paths] + [
        KEY("a")("b"),
        Key.from_seed(3),
        Key.from_seed(4),
        Key.from_seed(2**63 - 1),
    ]
    assert len({(key.k0, key.k1) for key in keys}) == len(keys)
    assert KEY("a", "b") == KEY("a", "b")
    grid = KEY.bits(*(g.ravel() for g in np.meshgrid(*[np.arange(6)] * 4)))
    assert len(np.unique(grid)) == 6**4


def test_a_draw_has_at_most_four_ids() -> None:
    with pytest.raises(ValueError, match="four"):
        KEY.bits(1, 2, 3, 4, 5)
    assert KEY.bits().shape == (1,)


def test_draws_are_even() -> None:
    """Smallest error noticed: 0.4 points of a sixteenth of the range, 0.9 of a bit."""
    bits = KEY("even").bits(np.arange(N))
    for part in range(16):
        agrees(np.count_nonzero(bits >> np.uint64(28) == part), N, 1 / 16, notices=0.004)
    for bit in range(0, 32, 5):
        agrees(np.count_nonzero(bits >> np.uint64(bit) & np.uint64(1)), N, 0.5, notices=0.0085)
    other = KEY("even", 1).bits(np.arange(N))
    agrees(np.count_nonzero((bits ^ other) >> np.uint64(31)), N, 0.5, notices=0.0085)
    agrees(np.count_nonzero(bits[1:] > bits[:-1]), N - 1, 0.5, notices=0.0085)


def test_whole_numbers_and_choices_follow_their_weights() -> None:
    """Smallest error noticed: 1.2 points; a weight of 0 is never chosen."""
    ids = np.arange(N)
    weights = [0, 3, 0, 6, 1, 0]
    chosen = np.bincount(KEY("choice").choice(weights, ids), minlength=6)
    assert chosen[[0, 2, 5]].tolist() == [0, 0, 0]
    for index in (1, 3, 4):
        agrees(int(chosen[index]), N, weights[index] / 10, notices=0.0085)
    below = KEY("below").below(np.where(ids % 2 == 0, 3, 1), ids)
    assert below[1::2].max() == 0
    assert KEY.below(2**32, ids[:9]).tolist() == KEY.bits(ids[:9]).tolist()
    for value in range(3):
        agrees(np.count_nonzero(below[::2] == value), N // 2, 1 / 3, notices=0.012)
    for bad in ([], [0, 0], [2**32], [-1]):
        with pytest.raises(ValueError, match="weights"):
            KEY.choice(bad, 1)


def test_normal_draws_have_the_quantiles_of_the_bell() -> None:
    """Smallest error noticed: 0.9 points of the share below a quantile."""
    drawn = KEY("bell").normal(np.arange(N))
    for z in (-3.0, -1.96, -1.0, 0.0, 0.5, 1.0, 2.5):
        agrees(np.count_nonzero(drawn < z), N, NormalDist().cdf(z), notices=0.0085)
    assert np.abs(drawn).max() <= 4.0


# ---------------------------------------------------------------- chances
P = [0.0, 2.0**-90, 1e-10, 2.0**-21, 2.0**-20, 1e-6, 0.3, 0.5, 1 - 2.0**-33, 1.0]


@pytest.mark.parametrize("p", P)
def test_the_three_ways_decide_alike(p: float) -> None:
    """Compiled, NumPy and plain agree at the edges: the last value that happens and the first that does not."""
    code = threshold(p)
    edge = int(p * 2.0**64)
    words = {divmod(max(0, min(2**64 - 1, edge + d)), 2**32) for d in (-(2**32), -1, 0, 1, 2**32)}
    words |= {(0, 0), (FULL, FULL)}
    for high, low in words:
        plain = draws.happens(high, low, p)
        assert bool(happens(np.uint64(high), np.uint64(low), code)) is plain
        assert bool(happen(np.array([high], np.uint64), np.array([low], np.uint64), code)[0]) is plain


def test_certainty_happens_and_never_does_not() -> None:
    assert threshold(1.0) == CERTAIN
    assert threshold(0.0) == 0
    assert bool(happens(np.uint64(FULL), np.uint64(FULL), threshold(1.0)))
    assert not bool(happens(np.uint64(0), np.uint64(0), threshold(0.0)))
    assert KEY.happens(threshold(1.0), np.arange(N)).all()
    assert not KEY.happens(threshold(0.0), np.arange(N)).any()


def test_a_tiny_chance_is_not_never() -> None:
    code = threshold(1e-10)
    assert code > FINE
    assert bool(happens(np.uint64(0), np.uint64(int(1e-10 * 2**64) - 1), code))
    assert not bool(happens(np.uint64(0), np.uint64(int(1e-10 * 2**64) + 1), code))


def test_a_higher_chance_only_adds_events() -> None:
    before = np.zeros(N, np.bool_)
    for p in sorted(P):
        now = KEY("raise").happens(threshold(p), np.arange(N))
        assert not (before & ~now).any()
        before = now


def test_chances_come_out_as_stated() -> None:
    """Smallest error noticed: 0.9 points at one half, 0.2 at one in a hundred."""
    for p, notices in ((0.5, 0.0085), (0.01, 0.002), (1 - 1e-3, 0.0008)):
        agrees(np.count_nonzero(KEY("p", str(p)).happens(threshold(p), np.arange(N))), N, p, notices=notices)


@pytest.mark.parametrize("p", [-1e-9, 1.0000001, math.nan, math.inf])
def test_what_is_no_probability_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        thresholds([0.5, p])


# ---------------------------------------------------------------- tables
def test_every_table_declares_each_column_once() -> None:
    """Every table of the house: empty ones are sound, types are as declared, and every column says what it is."""
    kinds = [kind for kind in vars(t).values() if isinstance(kind, type) and issubclass(kind, t.Table)][1:]
    assert len(kinds) > 30
    for kind in kinds:
        empty: Any = kind.empty()
        empty.check()
        assert len(empty) == 0
        for column in kind.columns():
            assert isinstance(column, Column)
            assert column.meaning
            assert column.unit
            assert getattr(empty, column.name).dtype == np.dtype(column.dtype)
        assert empty.frame().num_rows == 0


def seen_rows(n: int = 500) -> t.Alerts:
    ids = np.arange(n)
    key = KEY("rows")
    return t.Alerts.of(
        person=key("person").below(40, ids),
        trip=key("trip").below(3, ids),
        mated=key("mated").below(2, ids),
        device=key("device").below(9, ids),
        minute=key("minute").below(50, ids),
        reference=key("reference").below(30, ids),
    )


def test_a_table_is_frozen_and_checked() -> None:
    table: Any = seen_rows()
    with pytest.raises(AttributeError):
        table.person = table.person
    table.check()
    assert repr(table) == "Alerts(500 rows)"
    with pytest.raises(TypeError, match=r"Alerts\.trip"):
        t.Alerts(table.person, table.person, table.mated, table.device, table.minute, table.reference).check()
    with pytest.raises(TypeError, match=r"Alerts\.minute"):
        t.Alerts(table.person, table.trip, table.mated, table.device, table.minute[1:], table.reference).check()
    with pytest.raises(TypeError):
        t.SeenAlerts.of(device=[1], minute=[2], reference=[4], person=[3])


def test_taking_and_stacking() -> None:
    table = seen_rows()
    odd = np.arange(500) % 2 == 1
    back = t.Alerts.concat([table.take(slice(0, 100)), table.take(np.arange(100, 500))])
    for column in t.Alerts.columns():
        values = getattr(table, column.name)
        assert np.array_equal(getattr(table.take(odd), column.name), values[1::2])
        assert np.array_equal(getattr(back, column.name), values)
    assert len(t.Alerts.concat([])) == 0


def test_a_frame_says_who_may_see_a_column() -> None:
    frame = seen_rows().frame()
    seen_by = {field.name: field.metadata[b"seen_by"] for field in frame.schema}
    assert seen_by == {
        "person": b"nobody",
        "trip": b"nobody",
        "mated": b"nobody",
        "device": b"system",
        "minute": b"system",
        "reference": b"system",
    }
    assert frame.column("minute").to_pylist() == seen_rows().minute.tolist()


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 1000])
@pytest.mark.parametrize("kind", [np.bool_, np.int8, np.int16, np.int32, np.int64, np.uint64, np.float64])
def test_arrow_holds_the_same_values(kind: type, n: int) -> None:
    """As the library itself would hold them, flags and columns with gaps included."""
    values = (KEY("arrow").bits(np.arange(2 * n)) % 2**31).astype(kind)
    for given in (values[:n], values[::2], values[n:][::-1]):
        held = arrow(given)
        held.validate(full=True)
        assert held.equals(pa.array(given))


def test_what_is_handed_over_carries_no_truth_and_no_order() -> None:
    """Any order of the same rows gives the same bytes, and ties follow the addressed draw."""
    table = seen_rows()
    tie = KEY("tie").bits(table.person, table.trip, table.reference)
    blind = table.seen(t.SeenAlerts, tie)
    expected = sorted(zip(*(c.tolist() for c in (table.device, table.minute, tie, table.reference)), strict=True))
    assert [c.name for c in t.SeenAlerts.columns()] == ["device", "minute", "reference"]
    got = zip(*(c.tolist() for c in (blind.device, blind.minute, blind.reference)), strict=True)
    assert list(got) == [(d, m, r) for d, m, _, r in expected]
    shuffled = np.argsort(KEY("shuffle").bits(np.arange(500)))
    again = table.take(shuffled).seen(t.SeenAlerts, tie[shuffled])
    assert again.reference.tolist() == blind.reference.tolist()


def test_the_largest_device_and_minute_are_handed_over_whole() -> None:
    top = t.Alerts.of(
        person=[1] * 3,
        trip=[0] * 3,
        mated=[0] * 3,
        device=[2_000_000, 0, 2_000_000],
        minute=[2047, 1439, 0],
        reference=[5, 6, 7],
    )
    blind = top.seen(t.SeenAlerts, np.array([FULL, 0, FULL], np.uint64))
    assert blind.reference.tolist() == [6, 7, 5]
    assert blind.device.tolist() == [0, 2_000_000, 2_000_000]
    faces = t.Faces(top.device.astype(np.uint32) << np.uint32(11) | top.minute.astype(np.uint32))
    assert [column.tolist() for column in faces.by_device] == [[0, 2_000_000], [1, 2], [1439, 0, 2047]]


def test_truth_cannot_be_asked_for() -> None:
    with pytest.raises(TypeError, match="truth: person, trip, mated"):
        seen_rows().seen(t.Alerts, np.zeros(500, np.uint64))
    with pytest.raises(TypeError, match="tie"):
        seen_rows().seen(t.SeenAlerts)


# ---------------------------------------------------------------- the map
@pytest.mark.parametrize(("lon", "lat"), [(24.94, 60.17), (-73.98, 40.75), (-51.2, -30.0), (0.0, 0.0), (179.9, -45.0)])
def test_there_and_back_again(lon: float, lat: float) -> None:
    here = Projection(lon, lat)
    x, y = here.dm(np.array([lon, lon + 0.01, lon - 0.02]), np.array([lat, lat - 0.01, lat + 0.03]))
    assert (x[0], y[0]) == (0, 0)
    back = here.degrees(x, y)
    assert np.allclose(back[0], [lon, lon + 0.01, lon - 0.02], atol=1e-6)
    assert np.allclose(back[1], [lat, lat - 0.01, lat + 0.03], atol=1e-6)


@pytest.mark.parametrize("lat", [0.0, 40.75, -30.0, 60.17])
def test_distances_on_the_map_are_those_on_the_globe(lat: float) -> None:
    """Against the great circle on a sphere of 6,371 km: within 0.3 % (the promise is 0.1 % of its own sphere)."""
    here = Projection(10.0, lat)
    for east, north in ((0.01, 0.0), (0.0, 0.01), (0.03, -0.02), (-0.2, 0.1)):
        x, y = here.dm(np.array([10.0 + east]), np.array([lat + north]))
        a, b = math.radians(lat), math.radians(lat + north)
        h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(east) / 2) ** 2
        globe = 2 * 63_710_000 * math.asin(math.sqrt(h))
        assert math.hypot(float(x[0]), float(y[0])) == pytest.approx(globe, rel=0.003)


# ---------------------------------------------------------------- the budget of false alarms
def test_the_suite_keeps_its_budget() -> None:
    assert sum(SHARES.values()) * 1e-6 <= WHOLE
    users = {
        file.name
        for file in (ROOT / "tests").rglob("test_*.py")
        if "import agrees" in (text := file.read_text(encoding="utf-8")) or ", agrees" in text
    }
    assert users == SHARES.keys() - set(OWN_BOUNDS)


def test_the_budget_can_say_no() -> None:
    for n, p in ((1_000, 0.3), (N, 0.002), (N, 0.999), (50, 1.0), (50, 0.0)):
        error = smallest_error(n, p)
        expected = round(n * p)
        assert plausible(expected, n, p)
        worse = [k for k in (round(n * (p + 1.2 * error)), round(n * (p - 1.2 * error))) if 0 <= k <= n]
        for k in worse:
            assert not plausible(k, n, p), (n, p, k)
    with pytest.raises(AssertionError, match="do not agree"):
        agrees(400, 1_000, 0.3, notices=0.2)
    with pytest.raises(AssertionError, match="trials notice"):
        agrees(300, 1_000, 0.3, notices=0.01)


def test_the_exact_tails_are_those_of_the_binomial() -> None:
    """By adding up every outcome of twelve trials."""
    n, p = 12, 0.2
    chance = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    for k, up in zip(range(n + 1), itertools.accumulate(reversed(chance)), strict=True):
        k = n - k
        assert plausible(k, n, p) == (min(up, sum(chance[: k + 1])) >= 5e-7)
