"""What holds of a nation is broken once on purpose, in the engine itself, and its own check must go red."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glasstown import census as c
from glasstown import provide
from glasstown.consequence import doors, redress
from glasstown.judgement import lists, ratings
from glasstown.metrics import nation as metrics
from glasstown.metrics.conservation import Inconsistent
from glasstown.records import dossiers
from glasstown.sensing import reports
from glasstown.study.nation import NATION
from glasstown.town import conduct
from tests import test_nation as nations
from tests import test_nation_loops as loops
from tests import test_nation_twins as twins
from tests.nations import both, lived, loud, one_by_one

Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def verbs(monkeypatch: Patch) -> None:
    """Let each verb be called by its name, as a month calls them in one piece otherwise."""
    one_by_one(monkeypatch)


def test_points_given_to_whom_they_are_truly_due_are_red(monkeypatch: Patch) -> None:
    """A rating that knows whom a misfiled entry is about is better than life, and not blind."""
    report, enter, seen = reports.report, ratings.enter, list[Any]()

    def told(*given: Any) -> None:
        report(*given)
        seen.append(given[7])

    def knowing(filed: Any, begin: int, end: int, month: int, dossier: Any, *rest: Any) -> None:
        enter(filed, begin, end, month, seen[-1].proper, *rest)

    monkeypatch.setattr(reports, "report", told)
    monkeypatch.setattr(ratings, "enter", knowing)
    with pytest.raises(AssertionError):
        loops.test_scrambling_the_truth_leaves_ratings_and_lists_the_same_bits()


def test_points_that_are_never_taken_back_are_red(monkeypatch: Patch) -> None:
    monkeypatch.setattr(ratings, "expire", lambda *_: None)
    with pytest.raises(AssertionError):
        nations.test_points_that_expire_give_stationary_grades()


def test_a_list_that_nobody_comes_on_is_red(monkeypatch: Patch) -> None:
    def idle(*given: Any) -> None:
        given[7].n[0] = 0

    monkeypatch.setattr(lists, "judge", idle)
    with pytest.raises(AssertionError):
        nations.test_the_list_settles_where_birth_and_death_balance()


def test_reports_misfiled_in_spite_of_the_knobs_are_red(monkeypatch: Patch) -> None:
    reporting = reports.reporting

    def careless(*given: Any) -> reports.Reporting:
        how = reporting(*given)
        return how._replace(namesake=np.full_like(how.namesake, 1 << 31))

    monkeypatch.setattr(provide.reports, "reporting", careless)
    with pytest.raises(AssertionError):
        nations.test_without_errors_there_is_no_wrong_record()


def test_people_who_leave_the_list_uncounted_are_red(monkeypatch: Patch) -> None:
    note = metrics.note_changes

    def forgetful(out: Any, *rest: Any) -> None:
        out.n[0] = max(out.n[0] - 1, 0)
        note(out, *rest)

    monkeypatch.setattr(metrics, "note_changes", forgetful)
    scenario = loud()
    life = lived(scenario, both())
    with pytest.raises(Inconsistent):
        NATION.check(NATION.read(life, scenario), life.tables)


def test_a_removal_that_never_happens_is_red(monkeypatch: Patch) -> None:
    """Whoever was on the list stays on it; nobody is told of a removal."""
    judge = lists.judge

    def stubborn(*given: Any) -> None:
        files, out = given[4], given[7]
        before = files.on_list.copy()
        judge(*given)
        files.on_list[before != c.NEVER] = before[before != c.NEVER]
        kept = out.what[: out.n[0]] == c.LISTED
        for column in (out.dossier, out.what, out.reason):
            column[: kept.sum()] = column[: out.n[0]][kept]
        out.n[0] = kept.sum()

    monkeypatch.setattr(lists, "judge", stubborn)
    with pytest.raises(AssertionError):
        nations.test_the_list_settles_where_birth_and_death_balance()
    with pytest.raises(AssertionError):
        twins.test_lists_are_those_of_the_twin(1)


def test_a_report_that_is_never_misfiled_is_red(monkeypatch: Patch) -> None:
    report = reports.report

    def careful(*given: Any) -> None:
        how = given[6]
        report(*given[:6], how._replace(namesake=how.namesake * 0, mistyped=how.mistyped * 0), *given[7:])

    monkeypatch.setattr(reports, "report", careful)
    with pytest.raises(AssertionError):
        twins.test_conduct_and_reports_are_those_of_the_twins(1)
    with pytest.raises(AssertionError):
        twins.test_every_wrong_record_has_a_cause()


def test_sharing_that_is_on_by_default_is_red(monkeypatch: Patch) -> None:
    """An agency that nobody allowed to tell another tells it all the same."""
    sharing = dossiers.sharing

    def gossip(*given: Any) -> dossiers.Sharing:
        how = sharing(*given)
        one = np.uint8([c.COURT]), np.uint8([5]), np.uint64([1 << 32])
        return how if len(how.source) else how._replace(source=one[0], target=one[1], reaches=one[2])

    monkeypatch.setattr(provide.dossiers, "sharing", gossip)
    with pytest.raises(AssertionError):
        nations.test_what_is_not_shared_closes_no_door()


def test_walls_that_leak_are_red(monkeypatch: Patch) -> None:
    try_doors = doors.try_doors

    def leaky(first: Any, month: Any, looks: Any, away: Any, integration: Any, *rest: Any) -> int:
        return try_doors(first, month, looks, away, np.uint64(1 << 32), *rest)

    monkeypatch.setattr(doors, "try_doors", leaky)
    with pytest.raises(AssertionError):
        nations.test_walls_keep_what_is_not_national_at_home()
    with pytest.raises(AssertionError):
        twins.test_doors_are_those_of_the_twin(1)


def test_appeals_that_change_nothing_are_red(monkeypatch: Patch) -> None:
    appeal = redress.appeal

    def deaf(*given: Any) -> bool:
        appeal(*given)
        given[4].pardon[:] = 0
        return False

    monkeypatch.setattr(redress, "appeal", deaf)
    with pytest.raises(AssertionError):
        twins.test_appeals_are_those_of_the_twin(1)
    with pytest.raises(AssertionError):
        twins.test_a_mistake_is_right_again_when_its_appeal_is_answered()


def test_hearings_that_strike_what_is_right_are_red(monkeypatch: Patch) -> None:
    strike = ratings.strike

    def eager(pardon: Any, heard: Any, *rest: Any) -> None:
        strike(pardon, (heard[0] | 1, *heard[1:]), *rest)

    monkeypatch.setattr(ratings, "strike", eager)
    with pytest.raises(AssertionError):
        twins.test_files_are_put_right_as_by_hand()


def test_conduct_that_knows_no_deterrence_is_red(monkeypatch: Patch) -> None:
    act = conduct.act

    def fearless(*given: Any) -> int:
        sway = given[7]
        return act(*given[:7], sway._replace(deters=sway.deters * 0), *given[8:])

    monkeypatch.setattr(conduct, "act", fearless)
    with pytest.raises(AssertionError):
        twins.test_conduct_and_reports_are_those_of_the_twins(1)


def test_wrong_records_that_are_forgotten_are_red(monkeypatch: Patch) -> None:
    """A record that nobody counts before it is put right."""
    monkeypatch.setattr(metrics, "note_wrong", lambda *_: None)
    with pytest.raises(AssertionError):
        twins.test_wrong_records_are_told_as_by_hand()
    with pytest.raises(AssertionError):
        twins.test_every_wrong_record_has_a_cause()


def test_low_ratings_that_are_never_wrong_are_red(monkeypatch: Patch) -> None:
    """Whoever is listed for a grade is listed rightly, whatever the grade rests on."""

    def trusting(*given: Any) -> None:
        given[-1][:] = c.RIGHT

    monkeypatch.setattr(metrics, "note_low", trusting)
    with pytest.raises(AssertionError):
        twins.test_a_listing_for_a_low_rating_is_wrong_where_the_rating_is()


def test_payments_that_the_court_never_hears_of_are_red(monkeypatch: Patch) -> None:
    repay = redress.repay

    def silent(*given: Any) -> int:
        paid = repay(*given)
        given[4].claim[:] = 0
        return paid

    monkeypatch.setattr(redress, "repay", silent)
    with pytest.raises(AssertionError):
        twins.test_payments_are_those_of_the_twin(1)
