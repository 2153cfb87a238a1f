"""What holds of a nation is broken once on purpose, in the engine itself, and its own check must go red."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glasstown import provide
from glasstown.judgement import lists, ratings
from glasstown.metrics import nation as metrics
from glasstown.metrics.conservation import Inconsistent
from glasstown.sensing import reports
from glasstown.study.nation import NATION
from tests import test_nation as nations
from tests import test_nation_loops as loops
from tests.nations import both, lived, loud

Patch = pytest.MonkeyPatch


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
