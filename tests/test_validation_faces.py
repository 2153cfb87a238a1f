"""V1 to V3: nothing is predicted from itself, and models that leave out what matters miss."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from glasstown.catalogue.system import system
from glasstown.core.keys import Key
from glasstown.study.validation import v1, v2, v3, v4, validate
from glasstown.study.validation.doubt import exactly
from glasstown.study.validation.parts import Part


def parts(*targets: str) -> dict[str, Part]:
    return {f"{one.id} {one.part}": one for one in validate(targets)}


def test_every_judged_part_stands_beside_models_that_miss() -> None:
    judged = [one for one in parts("V1", "V2", "V2b", "V3", "V4").values() if one.kind == "pass"]
    assert {one.id for one in judged} == {"V1", "V2", "V2b", "V3", "V4"}
    for one in judged:
        assert one.nulls, one.part
        assert any(null.failed for null in one.nulls) or one.id == "V2", one.part
        assert one.sound or not one.evidence, one.part
    assert {one.part for one in judged if not one.sound} == {
        "share of 95 % intervals that hold the count",
        "geometric mean error",
        "multiplier of false matches of the group with the excess",
    }
    assert [one.part for one in judged if one.evidence and one.passed] == [
        "share of walks on which at least one system found the volunteer, phase 1"
    ]


def test_a_gallery_that_is_ignored_is_one_for_which_a_rate_was_published() -> None:
    """Would notice one published gallery that meets the rule and is not shown."""
    every = v1.deployments()
    ignored = {name: v1.judged(model, every) for name, model in v1.NULLS.items() if "gallery size" in name}
    assert [name.split()[-1] for name in ignored] == ["1,000", "10,000"]
    assert [verdict.passed for verdict in ignored.values()] == [True, False]
    assert [round(verdict.factor, 1) for verdict in ignored.values()] == [1.9, 4.3]
    for part in (one for one in v1.parts() if one.passed is not None):
        assert part.passed
        assert not part.evidence
        assert "no evidence" in part.note


def test_who_has_seen_no_data_meets_the_rule_of_v2_too() -> None:
    multiplier, identity = v2.parts()
    (blind,) = multiplier.nulls
    drawn = v2.worlds(Key.from_seed(0)("test"), 20_000).multiplier
    assert blind.predicted == pytest.approx(float(np.median(drawn)), rel=0.05)
    assert (blind.failed, multiplier.evidence, identity.evidence) == (False, False, False)
    assert "has seen no data" in multiplier.note


def test_one_correlation_of_false_alarms_for_the_catalogue_and_the_prediction() -> None:
    """With the range of the combined system the joint false alarms are missed; the page says on what that rests."""
    together = system("suedkreuz-or").together
    assert together is not None
    assert v3.false_alarm_correlation() == (together.false.low, together.false.high)
    joint = v3.false_alarms()
    assert (joint.passed, joint.predicted) == (False, pytest.approx(7.54e-6, rel=0.01))
    assert joint.sound
    assert "up to 0.05 alone" in joint.note


def test_reports_are_never_judged() -> None:
    for one in parts("V1b", "V3b", "V4b").values():
        assert (one.kind, one.passed, one.band_low) == ("report", None, None)
        assert one.low is not None
        assert one.high is not None
        assert one.low <= (one.predicted or 0.0) <= one.high


def test_a_deployment_is_predicted_without_its_own_count() -> None:
    """Its own count may be anything; a count of another one moves the field factor and so the prediction."""
    every = v1.deployments()
    for i, of in enumerate(every):
        others = [other for other in every if other is not of]
        before = v1.predicted(of, others).quantile(0.5)
        assert v1.predicted(replace(of, count=1000), others).quantile(0.5) == before
        more = [replace(other, count=other.count + 20) for other in others]
        assert v1.predicted(of, more).quantile(0.5) > 1.5 * before, i


def test_the_field_factor_is_found_again() -> None:
    """A deployment with 400 expected and 100 seen gives a factor near a quarter, the site's doubt aside."""
    one = replace(v1.deployments()[0], faces=1.0, gallery=exactly(400.0), rate=exactly(1.0), count=100)
    assert 0.2 < v1.field_factor([one] * 12).quantile(0.5) < 0.32


def test_a_planted_error_turns_the_rule_red() -> None:
    """A gallery ten times too large in one deployment alone is a mean error of more than a factor of 3."""
    every = v1.deployments()
    assert v1.judged(v1.predicted, every).passed
    wrong = [replace(every[0], gallery=exactly(72.92)), *every[1:]]
    assert not v1.judged(v1.predicted, wrong).passed


def test_laboratories_with_a_larger_multiplier_show_more_excess() -> None:
    """The same worlds with a multiplier of 1 and of 5; events in clusters alone look like an excess now and then."""
    key = Key.from_seed(0)("test")
    small, large = (v2.worlds(key, 4_000, multiplier=m) for m in (1.0, 5.0))
    assert np.array_equal(small.share, large.share)

    def seen(world: v2.World) -> float:
        return float(v2.excess(world.group[:, 4], world.group[:, 4] + world.others[:, 4], world.share).mean())

    assert seen(small) < 0.25
    assert seen(large) > 0.5


def test_poisson_draws_have_their_mean_and_variance() -> None:
    """Would notice a mean or variance off by 2 % (4.4 standard errors of 200,000 draws)."""
    u = Key.from_seed(0)("test", "poisson").uniform(np.arange(200_000))
    for mean in (0.4, 6.0, 90.0):
        drawn = v2.poisson(u, np.full(len(u), mean))
        assert drawn.mean() == pytest.approx(mean, rel=0.02)
        assert drawn.var() == pytest.approx(mean, rel=0.02)


def test_events_are_counted_upward_as_the_threshold_falls() -> None:
    world = v2.worlds(Key.from_seed(0)("test"), 500)
    assert (np.diff(world.group, axis=1) >= 0).all()
    assert (np.diff(world.others, axis=1) >= 0).all()


def test_correlated_misses_lie_between_the_best_single_system_and_independence() -> None:
    independent = v3.found_by_any((0.3, 0.5, 0.7), 0.0)
    assert independent == pytest.approx(1 - 0.3 * 0.5 * 0.7, abs=1e-9)
    assert 0.7 < v3.found_by_any((0.3, 0.5, 0.7), 0.3) < independent
    assert v3.both(0.002, 0.003, 0.0) == pytest.approx(6e-6, rel=1e-6)
    assert v3.both(0.002, 0.003, v3.misses()) > 3 * 6e-6


def test_a_multiplier_applied_twice_turns_v4_red(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = v4.crowd

    def twice(gallery: int) -> Any:
        scenario = crowd(gallery)
        recognition = scenario.sensing.recognition
        squared = {g: m.model_copy(update={"value": float(m) ** 2}) for g, m in recognition.fmr_by_group.items()}
        changed = recognition.model_copy(update={"fmr_by_group": squared})
        return scenario.model_copy(update={"sensing": scenario.sensing.model_copy(update={"recognition": changed})})

    monkeypatch.setattr(v4, "crowd", twice)
    assert any(one.passed is False for one in v4.parts())


def test_the_fall_of_leads_is_the_closed_form() -> None:
    """0.735 decades turn 56 % into 14 % where every search is non-mated."""
    assert 1 - 0.44 ** (10**-0.735) == pytest.approx(0.14, abs=0.001)
    assert (v4.leads().low or 0) < 0.14 < (v4.leads().high or 0)
