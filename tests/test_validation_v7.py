"""V7 and V7b: the equations of the court list against closed forms, what was fitted, and what must miss."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from glasstown.catalogue import fact
from glasstown.consequence.knobs_doors import Door
from glasstown.core.growth import Growth
from glasstown.core.quantity import Quantity, assume
from glasstown.scenario import load
from glasstown.study.validation import validate
from glasstown.study.validation.court_list import (
    Habits,
    added,
    blocked,
    fitted_hazard,
    habits,
    spread,
    stock,
)
from glasstown.study.validation.v7 import FEBRUARY_2017, JULY_2019, SCENARIO, forecast

PUBLISHED = {"2014-03-10": 87_079, "2014-07-23": 203_000, "2017-02-14": 6_730_000, "2017-12-31": 8_800_000}


# ------------------------------------------------------------------ growth
def test_the_growth_passes_through_every_published_count_and_never_falls() -> None:
    growth = Growth.of(PUBLISHED)
    for day, count in zip(growth.days, growth.counts, strict=True):
        assert growth.count_at(day) == pytest.approx(count, rel=1e-12)
        assert growth.day_of(count) == pytest.approx(day, abs=1e-6)
    counts = [growth.count_at(day) for day in range(-400, 2000, 3)]
    assert counts == sorted(set(counts))
    assert counts[0] > 0


def test_the_growth_is_smooth_where_the_pace_changes() -> None:
    """Would notice a jump of the pace by a hundredth between the two sides of a published count."""
    growth = Growth.of(PUBLISHED)
    for day, slope in list(zip(growth.days, growth.slopes, strict=True))[1:-1]:
        before, after = (growth.count_at(day) - growth.count_at(day - h) for h in (1e-3, -1e-3))
        assert before / 1e-3 == pytest.approx(slope, rel=0.01)
        assert after / -1e-3 == pytest.approx(slope, rel=0.01)


def test_a_steady_growth_stays_steady() -> None:
    growth = Growth.of({"2020-01-01": 100, "2020-01-11": 200, "2020-02-10": 500})
    assert [growth.count_at(day) for day in (5.0, 25.0, 50.0)] == pytest.approx([150.0, 350.0, 600.0])


@pytest.mark.parametrize("counts", [{"2020-01-01": 5}, {"2020-01-01": 5, "2020-02-01": 5}, {"2020-13-01": 5, "x": 6}])
def test_a_growth_that_is_none_is_told(counts: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"growth|grows|date"):
        Growth.of(counts)


# ------------------------------------------------------------------ closed forms
def test_the_stock_settles_where_as_many_come_off_as_come_on() -> None:
    """Birth and death: stock = flow / hazard, and Little's law: mean time on the list = stock / flow. Notices 0.1 %."""
    listed, off = stock(0.0, np.full(20_000, 100.0), np.array([0.5]))
    assert listed[-1, 0] == pytest.approx(100.0 / -math.expm1(-0.5 / 365), rel=1e-3)
    assert off[-1, 0] - off[-2, 0] == pytest.approx(100.0, rel=1e-3)
    assert listed[-1, 0] / 100.0 / 365 == pytest.approx(1 / 0.5, rel=1e-3)
    assert listed[-1, 0] + off[-1, 0] == pytest.approx(100.0 * 20_000)


def test_nobody_comes_off_without_a_hazard() -> None:
    listed, off = stock(7.0, np.ones(10), np.array([0.0]))
    assert (listed[-1, 0], off[-1, 0]) == (17.0, 0.0)


def test_a_fitted_hazard_is_the_one_put_in() -> None:
    flow = np.linspace(50.0, 500.0, 1000)
    repaid = float(stock(10.0, flow, np.array([0.37]))[1][800, 0])
    assert fitted_hazard(10.0, flow, repaid, 800) == pytest.approx(0.37, rel=1e-6)


def door(**change: Quantity) -> Habits:
    plain = Door(attempts_per_year=assume(2), learns=assume(0), forgets_per_year=assume(0), checked=assume(1))
    return habits(plain.model_copy(update=change))


def test_people_who_never_learn_meet_the_door_on_every_trip() -> None:
    trips = blocked(1000.0, np.zeros(365), np.zeros(1), door())
    assert trips[-1, 0] == pytest.approx(2000.0)


def test_people_who_learn_at_once_meet_it_once() -> None:
    """In 30 years practically everybody has tried: one trip each, whatever the pace."""
    trips = blocked(1000.0, np.zeros(30 * 365), np.zeros(1), door(learns=assume(1)))
    assert trips[-1, 0] == pytest.approx(1000.0, rel=1e-6)


def test_those_who_learn_and_forget_settle_at_the_cycle_of_both() -> None:
    """A renewal process: one blocked trip in 1 / 2 + 1 / 0.5 years when each one teaches. Would notice 1 %."""
    how = door(learns=assume(1), forgets_per_year=assume(0.5))
    trips = blocked(1000.0, np.zeros(40 * 365), np.zeros(1), how)
    assert (trips[-1, 0] - trips[-1 - 365, 0]) == pytest.approx(1000.0 / (1 / 2 + 1 / 0.5), rel=0.01)


def test_other_documents_help_until_they_are_checked() -> None:
    never = door(other_documents=assume(1), checked=assume(0))
    assert blocked(1000.0, np.zeros(365), np.zeros(1), never)[-1, 0] == 0.0
    half = door(other_documents=assume(1), checked=assume(0), checked_per_year=assume(0.5))
    late = blocked(1000.0, np.zeros(10 * 365), np.zeros(1), half)
    assert late[-1, 0] - late[-366, 0] == pytest.approx(2000.0, rel=2e-3)


# ------------------------------------------------------------------ what was fitted, and how surely
def test_worlds_fill_their_ranges_and_the_first_has_the_values() -> None:
    values = spread(assume(3, 1, 9), 0, 256)
    assert values[0] == 3
    assert 1 <= values.min() < 1.1
    assert 8.9 < values.max() <= 9
    assert np.abs(np.sort(values[1:]) - np.linspace(1, 9, 255)).max() < 0.1
    assert np.abs(np.corrcoef([spread(assume(0.5, 0, 1), turn, 256) for turn in range(8)]) - np.eye(8)).max() < 0.2


def test_the_scenario_has_the_numbers_that_were_fitted() -> None:
    """Would notice 2 %: so much a fitted number may be rounded."""
    scenario, known = load(SCENARIO), forecast(1)
    assert float(scenario.town.life.repays_per_year) == pytest.approx(known.hazard[0], rel=0.02)
    for name, record, at in (
        ("air", "sc07-air-2017-02", scenario.consequence.doors.flight),
        ("rail", "sc07-rail-2017-02", scenario.consequence.doors.fast_train),
    ):
        factors = {"low": float(at.low_income), "middle": 1.0, "high": float(at.high_income)}
        mean = sum(float(share) * factors[income] for income, share in scenario.town.incomes.items())
        refusals = float(at.users) * mean / (1 - float(at.retries))
        assert refusals == pytest.approx(known.scale(name, fact(record).value)[0], rel=0.02), name


def test_nothing_is_fitted_on_what_is_predicted() -> None:
    parts = validate(["V7", "V7b"])
    assert {part.id for part in parts} == {"V7", "V7b", "V7c"}, "the secondary checks are told along"
    parts = [part for part in parts if part.id != "V7c"]
    for part in parts:
        assert part.fitted_on
        assert not any("2019" in name or "2023" in name for name in part.fitted_on), part.part
    scenario = load(SCENARIO)
    later = {"sc07-air-2017-12", "sc07-air-2019-07", "sc09-stock-2020", "sc09-stock-2023", "sc09-removed-2023"}
    used = {str(part.inputs) for part in parts}
    assert not any(name in text for name in later - {"sc09-stock-2020"} for text in used)
    assert scenario.status == "provisional"


def test_a_total_that_was_not_published_yet_does_not_move_the_fit() -> None:
    known = forecast(1)
    begin = known.day(FEBRUARY_2017)
    assert known.scale("air", 6.15e6)[0] * known.trips["air"][begin, 0] == pytest.approx(6.15e6)
    assert known.refusals("air", 6.15e6, FEBRUARY_2017, JULY_2019)[0] > 0


def test_the_silly_models_miss_and_the_rivals_are_told() -> None:
    parts = {part.part: part for part in validate(["V7"])}
    judged = [part for part in parts.values() if part.kind == "pass"]
    assert [part.part[:3] for part in judged] == ["(a)", "(b)"]
    assert [part.evidence for part in judged] == [False, True], "what was repaid in 2018 meets the band too"
    assert judged[0].nulls[-1].predicted == fact("sc10-repaid-2018").value - fact("sc10-repaid-2017").value
    assert not judged[0].nulls[-1].failed
    assert judged[1].sound
    for part in judged:
        assert len(part.nulls) >= 2
        assert part.low is not None
        assert part.high is not None
        assert part.predicted is not None
        assert part.low < part.predicted < part.high
        assert part.band_low == pytest.approx((part.published or 0) / 1.4)
    rival = next(part for part in parts.values() if part.part.startswith("air: "))
    assert "does not speak against a constant rate" in rival.note


def one_world(how: Habits, world: int) -> Habits:
    """Return the habits of one of the worlds."""
    return Habits(*(getattr(how, field.name)[world : world + 1] for field in fields(Habits)))


def test_the_first_world_is_the_model_and_one_world_is_one_of_them() -> None:
    how = habits(load(SCENARIO).consequence.doors.flight, 5)
    again = one_world(how, 0)
    assert again.learns.tolist() == [0.5]
    assert replace(again, learns=np.array([0.1])).learns.tolist() == [0.1]
    flow = added(Growth.of(PUBLISHED), 100)
    many = blocked(87_079.0, flow, np.full(5, 0.2), how)
    for world in range(5):
        alone = blocked(87_079.0, flow, np.full(1, 0.2), one_world(how, world))
        assert alone[-1, 0] == pytest.approx(many[-1, world], rel=1e-12)
