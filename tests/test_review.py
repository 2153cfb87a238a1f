"""What operators make of candidates: skill, rarity, haste, company, time; and how many cameras must agree."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from glasstown import catalogue
from glasstown import tables as t
from glasstown.consequence.halt import halt
from glasstown.consequence.knobs import Stop
from glasstown.core.keys import Key
from glasstown.core.quantity import assume
from glasstown.scenario import load
from glasstown.sensing.adjudicate import adjudicate as review
from glasstown.sensing.adjudicate import in_order
from glasstown.sensing.fusion import at_least
from glasstown.sensing.knobs import Operator
from glasstown.sensing.review import Skill, skill
from tests.budget import agrees
from tests.plain.adjudicate import Room
from tests.plain.metrics import rows_of, some_people
from tests.test_adjudicate import FIRST, KEY, N_REFERENCES, alerts_of, candidates_of, operator, some_candidates
from tests.worlds import rows

NORMAL = NormalDist()


def of_area(area: float, towards_no: float = 0.0) -> Skill:
    """Return the skill of somebody known by the area A under their curve, d' = sqrt(2) z(A), and their leaning."""
    half = NORMAL.inv_cdf(area) / math.sqrt(2)
    return Skill(NORMAL.cdf(half - towards_no), NORMAL.cdf(-half - towards_no))


def leaning(of: Skill) -> float:
    """Return by how many probits somebody leans towards "no"."""
    return -(NORMAL.inv_cdf(of.confirm_true) + NORMAL.inv_cdf(of.confirm_false)) / 2


# ---------------------------------------------------------------- skill
def test_an_area_under_the_curve_is_a_distance_between_two_normals() -> None:
    """The chance that a right face looks more alike than a wrong one is the area; a leaning moves both chances."""
    for area in (0.68, 0.87, 0.93):
        plain = of_area(area)
        apart = NORMAL.inv_cdf(plain.confirm_true) - NORMAL.inv_cdf(plain.confirm_false)
        assert NORMAL.cdf(apart / math.sqrt(2)) == pytest.approx(area)
        assert plain.confirm_true == pytest.approx(1 - plain.confirm_false)
        strict = of_area(area, 0.5)
        assert strict.confirm_true < plain.confirm_true
        assert strict.confirm_false < plain.confirm_false
        assert leaning(strict) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("safeguard", "fact"),
    [
        ("", "fr17-students"),
        ("trained-operator", "fr17-reviewers"),
        ("examiner-operator", "fr17-examiners"),
    ],
)
def test_the_tiers_of_the_catalogue_follow_from_their_facts(safeguard: str, fact: str) -> None:
    """The distance is that of the area under the curve, the leaning that of passport officers."""
    officers = Skill(catalogue.fact("fr15-true-acceptance").value, catalogue.fact("fr15-false-acceptance").value)
    tier = of_area(catalogue.fact(fact).value, leaning(officers))
    operator = load("newtown", safeguards=[safeguard] if safeguard else []).sensing.operator
    assert float(operator.confirm_true) == pytest.approx(tier.confirm_true, abs=6e-4)
    assert float(operator.confirm_false) == pytest.approx(tier.confirm_false, abs=6e-4)


@pytest.mark.parametrize("scenario", ["newtown", "busy-street", "crowd", "helsinki-centre"])
def test_training_helps(scenario: str) -> None:
    """Whoever is said to be better trained is right at least as often, of right faces and of wrong ones."""
    plain = load(scenario).sensing.operator
    trained, examiner = (
        load(scenario, safeguards=[name]).sensing.operator for name in ("trained-operator", "examiner-operator")
    )
    assert float(plain.confirm_true) < float(trained.confirm_true) < float(examiner.confirm_true)
    assert float(plain.confirm_false) > float(trained.confirm_false) > float(examiner.confirm_false)


def test_the_untrained_lie_within_a_range_that_ends_where_the_next_ones_are() -> None:
    officers = Skill(catalogue.fact("fr15-true-acceptance").value, catalogue.fact("fr15-false-acceptance").value)
    least, most = (
        of_area(area, leaning(officers)) for area in (0.60, catalogue.fact("fr17-fingerprint-examiners").value)
    )
    operator = load("newtown").sensing.operator
    for knob, ends in (
        (operator.confirm_true, (least.confirm_true, most.confirm_true)),
        (operator.confirm_false, (most.confirm_false, least.confirm_false)),
    ):
        assert (knob.low, knob.high) == pytest.approx(ends, abs=6e-3)


def test_rare_faces_are_missed_more_and_confused_less() -> None:
    one = Skill(0.94, 0.14)
    assert one.rarer(0.5, 0.3).confirm_true == pytest.approx(0.94)
    rare = one.rarer(0.005, 0.3)
    assert NORMAL.inv_cdf(rare.confirm_true) == pytest.approx(NORMAL.inv_cdf(0.94) - 0.6)
    assert NORMAL.inv_cdf(rare.confirm_false) == pytest.approx(NORMAL.inv_cdf(0.14) - 0.6)
    assert one.rarer(0.005, 0.0) == one
    assert one.rarer(0.0, 0.3) == one.rarer(1e-9, 0.3)
    assert one.rarer(0.0, 0.3).confirm_true < one.rarer(1e-6, 0.3).confirm_true


def test_haste_takes_from_what_tells_faces_apart() -> None:
    one = Skill(0.94, 0.14)
    hasty = one.hurried(0.4)
    assert leaning(hasty) == pytest.approx(leaning(one))
    apart = [NORMAL.inv_cdf(s.confirm_true) - NORMAL.inv_cdf(s.confirm_false) for s in (one, hasty)]
    assert apart[1] == pytest.approx(0.6 * apart[0])
    lost = one.hurried(1.0)
    assert lost.confirm_true == pytest.approx(lost.confirm_false)


def test_two_people_must_both_confirm() -> None:
    one = Skill(0.9, 0.2)
    free, alike = one.both(2, 0.0), one.both(2, 0.6)
    assert free.confirm_true == pytest.approx(0.81)
    assert free.confirm_false == pytest.approx(0.04)
    assert alike.confirm_false == pytest.approx(float(at_least(2, [0.2, 0.2], 0.6)))
    assert free.confirm_false < alike.confirm_false < one.confirm_false
    assert one.both(1, 0.6) == one


def test_certainty_stays_certain() -> None:
    for sure in (Skill(1.0, 0.0), Skill(0.0, 1.0), Skill(1.0, 1.0), Skill(0.0, 0.0)):
        assert sure.rarer(0.01, 0.5) == sure.hurried(0.5) == sure
        assert sure.both(2, 0.0) == sure


def test_the_rooms_chances_are_put_together_in_order() -> None:
    told: dict[str, Any] = {"confirm_true": 0.9, "confirm_false": 0.2, "prevalence": 0.05, "prevalence_effect": 0.2}
    told |= {"hurried_loss": 0.5, "reviewers": 2, "reviewers_alike": 0.3}
    room = operator(**told)
    assert skill(room) == Skill(0.9, 0.2).rarer(0.05, 0.2).both(2, 0.3)
    assert skill(room, hurried=True) == Skill(0.9, 0.2).rarer(0.05, 0.2).hurried(0.5).both(2, 0.3)


# ---------------------------------------------------------------- the control room
EVERYTHING: dict[str, float] = {
    "confirm_true": 0.8,
    "confirm_false": 0.4,
    "reviews_per_hour": 9,
    "reviewers": 2,
    "prevalence": 0.1,
    "prevalence_effect": 0.2,
    "hurried_beyond": 4,
    "hurried_loss": 0.5,
    "seconds": 50,
}


@pytest.mark.parametrize(("agree", "within"), [(1, 0), (2, 30), (3, 400), (2, 0)])
@pytest.mark.parametrize("case_minutes", [0, 45])
def test_a_room_with_everything_on_equals_the_plain_twin(case_minutes: int, agree: int, within: int) -> None:
    for seed in range(4):
        key = Key.from_seed(seed)
        arrived = in_order(some_candidates(key, 250, references=(2, N_REFERENCES)[seed % 2]), key)
        told = operator(**EVERYTHING)
        alerts, waited, reviews = review(arrived, told, case_minutes, N_REFERENCES, key, agree, within)
        for table in (alerts, reviews):
            table.check()
        room = Room(told, case_minutes, key, agree, within)
        expected = [c for c in rows_of(arrived) if room.passes_on(c)]
        assert rows(alerts) == alerts_of(expected)
        assert waited.tolist() == room.waited
        assert rows(reviews) == [tuple(c[column.name] for column in t.Reviews.columns()) for c in room.reviews]
        assert len(reviews) >= len(alerts) or not reviews


def test_cameras_must_agree_within_their_minutes() -> None:
    """By hand: the same camera twice is one camera; the second camera too late starts anew; a third completes three."""
    sure = operator("off")

    def at(minutes: list[int], devices: list[int], agree: int, within: int) -> list[int]:
        candidates = candidates_of(minutes, device=np.array(devices))
        return review(candidates, sure, 0, 1, KEY, agree, within).alerts.minute.tolist()

    assert at([10, 12, 13], [1, 1, 2], 2, 5) == [13]
    assert at([10, 16, 18], [1, 2, 3], 2, 5) == [18]
    assert at([10, 11, 12, 13], [1, 2, 1, 3], 3, 60) == [13]
    assert at([10, 11, 12, 13, 14], [1, 2, 3, 2, 1], 3, 60) == [12, 13, 14]
    assert at([10, 11, 12], [1, 2, 3], 1, 0) == [10, 11, 12]


def test_agreement_is_about_one_reference() -> None:
    candidates = candidates_of([10, 11, 12], reference=np.array([0, 1, 0]), device=np.array([1, 2, 3]))
    assert review(candidates, operator("off"), 0, 2, KEY, 2, 60).alerts.minute.tolist() == [12]


def test_reviews_wait_for_each_other_and_cost_what_they_cost() -> None:
    """Three candidates in one minute at 40 seconds each wait 40, 80 and 120 seconds; two people double the minutes."""
    queue = candidates_of([600, 600, 600, 603])
    room = operator(seconds=40, reviewers=2)
    alerts, waited, reviews = review(queue, room, 0, 1, KEY)
    assert waited.tolist() == [40, 80, 120, 40]
    assert reviews.seconds.tolist() == [80] * 4
    assert len(alerts) == 4
    free = review(queue, operator("off"), 0, 1, KEY)
    assert not free.seconds.any()
    assert len(free.reviews) == 0


def test_haste_and_rarity_come_out_as_stated() -> None:
    """Smallest error noticed: 1.3 points of 100,000 candidates of either kind, calm or hurried."""
    n = 400_000
    queue = candidates_of(np.arange(n) * 1_440 // n, mated=np.arange(n) % 2 == 0)
    per_hour = n // 24
    rare = {"prevalence": 0.01, "prevalence_effect": 0.2}
    told = operator(confirm_true=0.9, confirm_false=0.2, hurried_beyond=per_hour // 2, hurried_loss=0.6, **rare)
    passed = np.zeros(n, np.bool_)
    passed[review(queue, told, 0, 1, KEY).alerts.person - FIRST] = True
    calm = np.arange(n) % per_hour < per_hour // 2
    for hurried, rows_here in ((False, calm), (True, ~calm)):
        expected = skill(told, hurried)
        for mated, chance in ((True, expected.confirm_true), (False, expected.confirm_false)):
            mine = rows_here & (queue.mated == mated)
            agrees(np.count_nonzero(passed & mine), np.count_nonzero(mine), chance, notices=0.013)


# ---------------------------------------------------------------- people walk on
def test_the_longer_it_takes_the_fewer_are_still_there() -> None:
    """Found 0.8 at once, 0.4 after ten minutes, 0.2 after twenty; smallest error noticed: 1.3 points."""
    n = 100_000
    people = some_people(KEY, n, 1, first=FIRST)
    alerts = t.Alerts.of(**{c.name: getattr(candidates_of(np.full(n, 600)), c.name) for c in t.Alerts.columns()})
    stop = Stop(found=assume(0.8), found_half_minutes=assume(10))
    for seconds, expected in ((0, 0.8), (600, 0.4), (1_200, 0.2)):
        out = halt(alerts, people, np.zeros(1, np.bool_), stop, KEY, np.full(n, seconds, np.int32)).outcomes
        agrees(np.count_nonzero(out.outcome > 0), n, expected, notices=0.013)
    at_once = halt(alerts, people, np.zeros(1, np.bool_), stop, KEY).outcomes
    never_less = Stop(found=assume(0.8))
    patient = halt(alerts, people, np.zeros(1, np.bool_), never_less, KEY, np.full(n, 3_000, np.int32)).outcomes
    assert rows(at_once) == rows(patient)


def test_who_is_still_there_later_was_there_before() -> None:
    people = some_people(KEY, 3_000, 1, first=FIRST)
    alerts = t.Alerts.of(**{c.name: getattr(candidates_of(np.full(3_000, 600)), c.name) for c in t.Alerts.columns()})
    stop, found = Stop(found=assume(0.8), found_half_minutes=assume(5)), []
    for seconds in (0, 60, 300, 2_000):
        out = halt(alerts, people, np.zeros(1, np.bool_), stop, KEY, np.full(3_000, seconds, np.int32)).outcomes
        found.append(set(out.person[out.outcome > 0].tolist()))
    assert found[0] > found[1] > found[2] > found[3]


def test_without_an_operator_nobody_looks() -> None:
    room = Operator(kind="off")
    assert not review(candidates_of([5]), room, 0, 1, KEY).reviews.person.size
