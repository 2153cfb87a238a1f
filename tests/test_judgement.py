"""Judgement: ratings add up and fade in whole numbers, flags follow the threshold, lists follow reports."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glasstown import tables as t
from glasstown.core.keys import Key
from glasstown.core.quantity import assume
from glasstown.judgement.assess import POINT, assess
from glasstown.judgement.decide import decide, removals
from glasstown.judgement.knobs import JudgementKnobs, Rating
from tests import harsh
from tests.plain.draws import words
from tests.worlds import rows

KEY = Key.from_seed(111)
N_FILES, N_DEVICES = 12, 9
REMOVE, FLAG, UNFLAG = range(3)


def rating(by_device: bool = False, **values: float) -> Rating:
    return Rating(by_device=by_device, **{name: assume(value) for name, value in values.items()})


def files(ratings: Any = 0, references: Any = None, flagged: Any = False) -> t.Dossiers:
    n = N_FILES if references is None else len(references)
    return t.Dossiers.of(
        dossier=np.arange(n),
        reference=np.arange(n) if references is None else references,
        rating=np.broadcast_to(ratings, n),
        n_sightings=np.zeros(n),
        flagged=np.broadcast_to(flagged, n),
    )


def sightings(key: Key, n: int, day: int = 0) -> t.Sightings:
    ids = np.arange(n)
    dossier, device = key("dossier").below(N_FILES, ids), key("device").below(N_DEVICES, ids)
    return t.Sightings.of(dossier=dossier, day=np.full(n, day), device=device, minute=ids)


def plain_rating(before: list[int], today: t.Sightings, knobs: Rating, key: Key) -> list[int]:
    """File by file: points for today's sightings, then the whole fades towards zero; halves of a unit are dropped."""
    points, fades = round(float(knobs.points_per_sighting) * POINT), round(float(knobs.decay_per_day) * POINT)
    after: list[int] = []
    for file, rated in enumerate(before):
        weight = 0
        for dossier, device in zip(today.dossier.tolist(), today.device.tolist(), strict=True):
            if dossier == file:
                weight += words(key("device-weight"), device)[0] >> 16 if knobs.by_device else POINT
        rated += weight * points // POINT
        sign = 1 if rated >= 0 else -1
        after.append(sign * (abs(rated) - abs(rated) * fades // POINT))
    return after


@pytest.mark.parametrize("by_device", [False, True])
@pytest.mark.parametrize("points", [0.0, 1.0, -2.5, 0.001])
@pytest.mark.parametrize("decay", [0.0, 0.1, 1.0])
def test_ratings_equal_the_plain_twin_over_a_week(decay: float, points: float, by_device: bool) -> None:
    knobs = rating(by_device, points_per_sighting=points, decay_per_day=decay)
    dossiers, plain = files(), [0] * N_FILES
    for day in range(7):
        today = sightings(KEY("day", day), day * 9 % 25, day)
        dossiers = assess(dossiers, today, (today,), N_DEVICES, knobs, KEY)
        dossiers.check()
        plain = plain_rating(plain, today, knobs, KEY)
        assert dossiers.rating.tolist() == plain
        assert dossiers.n_sightings.tolist() == np.bincount(today.dossier, minlength=N_FILES).tolist()


def test_a_rating_fades_by_its_share_each_day() -> None:
    """Known by hand: 2 points a day that fade by half: 1, 1.5, 1.75; then 0.875, 0.4375."""
    knobs = rating(points_per_sighting=2, decay_per_day=0.5)
    once = t.Sightings.of(dossier=[3], day=[0], device=[0], minute=[0])
    dossiers = files()
    told: list[float] = []
    for day in range(5):
        today = once if day < 3 else t.Sightings.empty()
        dossiers = assess(dossiers, today, (), N_DEVICES, knobs, KEY)
        told.append(dossiers.rating[3] / POINT)
    assert told == [1, 1.5, 1.75, 0.875, 0.4375]
    assert np.count_nonzero(dossiers.rating) == 1
    fallen = assess(files(-3 * POINT), t.Sightings.empty(), (), N_DEVICES, rating(decay_per_day=0.25), KEY)
    assert np.all(fallen.rating == -2.25 * POINT)


def test_sightings_are_counted_over_all_that_is_kept() -> None:
    kept = [sightings(KEY("kept", day), 30, day) for day in range(3)]
    counted = assess(files(), kept[-1], kept, N_DEVICES, Rating(), KEY)
    expected = np.bincount(np.concatenate([part.dossier for part in kept]), minlength=N_FILES)
    assert counted.n_sightings.tolist() == expected.tolist()
    assert not counted.rating.any()


def test_no_files_and_no_devices() -> None:
    none = files(references=np.zeros(0))
    assert len(assess(none, t.Sightings.empty(), (), 0, rating(True, points_per_sighting=1), KEY)) == 0
    decided = decide(none, t.SeenOutcomes.empty(), t.Appeals.empty(), np.zeros(0, np.bool_), JudgementKnobs())
    assert len(decided.decisions) == 0
    assert removals(decided.decisions, 0).tolist() == []


# ---------------------------------------------------------------- decisions
def reports(*given: tuple[int, int]) -> t.SeenOutcomes:
    """Reports (reference, outcome)."""
    reference, outcome = np.array(given, np.int64).reshape(-1, 2).T
    nothing = np.zeros(len(given))
    return t.SeenOutcomes.of(device=nothing, minute=nothing, reference=reference, outcome=outcome)


def granted(*references: int) -> t.Appeals:
    columns = {c.name: np.zeros(len(references)) for c in t.Appeals.columns()}
    return t.Appeals.of(**(columns | {"reference": references, "result": np.ones(len(references))}))


ACTIVE = np.ones(N_FILES, np.bool_)
NOT_FOUND, CLEARED, TAKEN = range(3)


def decisions(dossiers: t.Dossiers, told: t.SeenOutcomes, won: t.Appeals, active: Any, remove: bool) -> list[Any]:
    knobs = JudgementKnobs(rating=rating(alert_threshold=-1), remove_when_found=remove)
    decided = decide(dossiers, told, won, active, knobs)
    decided.decisions.check()
    decided.dossiers.check()
    return rows(decided.decisions)


def test_who_is_taken_comes_off_the_list_once_and_only_if_it_is_the_rule() -> None:
    told = reports((4, TAKEN), (2, CLEARED), (7, NOT_FOUND), (4, TAKEN), (1, TAKEN))
    assert decisions(files(), told, granted(), ACTIVE, True) == [(1, 1, REMOVE), (4, 4, REMOVE)]
    assert decisions(files(), told, granted(), ACTIVE, False) == []
    assert decisions(files(), told, granted(4, 9), ACTIVE, True) == [(1, 1, REMOVE), (4, 4, REMOVE), (9, 9, REMOVE)]
    assert decisions(files(), told, granted(9, 9), ACTIVE, False) == [(9, 9, REMOVE)]
    gone = ACTIVE.copy()
    gone[[4, 9]] = False
    assert decisions(files(), told, granted(9), gone, True) == [(1, 1, REMOVE)]


def test_a_decision_names_the_file_of_the_reference() -> None:
    shuffled = files(references=[5, 3, 0, 4, 1, 2])
    told = reports((4, TAKEN), (0, TAKEN))
    assert decisions(shuffled, told, granted(5), ACTIVE[:6], True) == [(2, 0, REMOVE), (3, 4, REMOVE), (0, 5, REMOVE)]


def test_a_flag_follows_the_threshold_and_is_told_when_it_changes() -> None:
    """A rating at the threshold is not below it: the smallest error noticed is one part in 65,536 of a point."""
    at = -POINT
    rated = files(
        [at - 1, at, at + 1, at - 1, 0, -9 * POINT] + [0] * 6, flagged=[False, True, True, True] + [False] * 8
    )
    told = decisions(rated, reports(), granted(), ACTIVE, True)
    assert told == [(0, 0, FLAG), (5, 5, FLAG), (1, 1, UNFLAG), (2, 2, UNFLAG)]
    knobs = JudgementKnobs(rating=rating(alert_threshold=-1))
    again = decide(rated, reports(), granted(), ACTIVE, knobs).dossiers
    assert np.flatnonzero(again.flagged).tolist() == [0, 3, 5]
    assert decisions(again, reports(), granted(), ACTIVE, True) == []


@pytest.mark.parametrize(
    ("points", "threshold", "n"), [(-0.1, -0.3, 3), (-0.2, -0.6, 3), (-0.3, -0.9, 3), (-0.1, -1, 10), (-7, -21, 3)]
)
def test_round_numbers_reach_the_threshold_together(points: float, threshold: float, n: int) -> None:
    """A file with n sightings is at its threshold and one more flags it; notices a flag one sighting early or late."""
    knobs = JudgementKnobs(rating=rating(points_per_sighting=points, alert_threshold=threshold))
    dossiers, flagged = files(), list[bool]()
    for day in range(n + 1):
        today = t.Sightings.of(dossier=[3], day=[day], device=[0], minute=[0])
        dossiers = assess(dossiers, today, (), N_DEVICES, knobs.rating, KEY)
        dossiers = decide(dossiers, reports(), granted(), ACTIVE, knobs).dossiers
        flagged.append(bool(dossiers.flagged[3]))
    assert flagged == [False] * n + [True]


@pytest.mark.parametrize("by_device", [False, True])
@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_the_largest_points_do_not_overflow(by_device: bool, decay: float) -> None:
    """5,000 sightings at a million points; notices a product of more than 63 bits, which changes its sign."""
    knobs = rating(by_device, points_per_sighting=-1_000_000, decay_per_day=decay)
    n = 5_000
    of = {"dossier": np.full(n, 3), "day": np.zeros(n), "device": np.arange(n) % N_DEVICES, "minute": np.zeros(n)}
    today, plain = t.Sightings.of(**of), [0] * N_FILES
    dossiers = files()
    for _ in range(2):
        dossiers = assess(dossiers, today, (), N_DEVICES, knobs, KEY)
        plain = plain_rating(plain, today, knobs, KEY)
        assert dossiers.rating.tolist() == plain
    assert dossiers.rating[3] < 0


def test_removals_are_counted_by_reference() -> None:
    made = t.Decisions.of(dossier=[0, 1, 2, 3], reference=[4, 4, 4, 0], decision=[REMOVE, FLAG, REMOVE, UNFLAG])
    assert removals(made, 6).tolist() == [0, 0, 0, 0, 2, 0]
    assert removals(t.Decisions.empty(), 3).tolist() == [0, 0, 0]


def test_over_a_week_each_decision_has_its_ground() -> None:
    """Removals follow reports of the day or appeals granted the day before; flags follow the rating."""
    won: dict[int, set[int]] = {}
    removed: set[tuple[int, int]] = set()
    for each in harsh.week(judgement__remove_when_found=True):
        day, room = each.day, each.day.community
        taken = set(day.outcomes.reference[day.outcomes.outcome == TAKEN].tolist())
        off = set(day.decisions.reference[day.decisions.decision == REMOVE].tolist())
        active = set(np.flatnonzero(each.after.gallery.references.active).tolist())
        assert off == (taken | won.get(room, set())) & active
        removed |= {(reference, room) for reference in off}
        before, after = each.before.docket.dossiers.flagged, each.after.docket.dossiers.flagged
        for code, changed in ((FLAG, after & ~before), (UNFLAG, before & ~after)):
            told = day.decisions.dossier[day.decisions.decision == code]
            assert sorted(told.tolist()) == np.flatnonzero(changed).tolist()
        assert np.array_equal(after, each.after.docket.dossiers.rating < -POINT)
        appeals = day.appeals
        won[room] = set(appeals.reference[appeals.result == t.APPEALS.index("granted")].tolist())
    assert len(removed) > 20
