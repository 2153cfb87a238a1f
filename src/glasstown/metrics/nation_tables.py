"""From what was counted in a nation to the tables that a run leaves behind."""

from __future__ import annotations

import numpy as np

from glasstown import census as c
from glasstown import tables as t
from glasstown.core.columns import I64, Table
from glasstown.metrics.nation_estimates import Counted
from glasstown.tables_nation import Census, DealsPredicted, GradeMoves, MonthByMonth


def tables_of(counted: Counted, days: I64, groups: tuple[str, ...], n_rows: int) -> dict[str, Table]:
    """Write the counts as tables; rows of 0 are left out.

    Parameters
    ----------
    days : array of int64, shape (months + 1,)
        On which months begin, and the end.
    groups : tuple of str
        The groups.
    n_rows : int
        Rows of the tally of a community.
    """
    kinds = [(len(t.AGE_BANDS), 1), (len(t.SEXES), 2), (len(t.INCOMES), 3), (len(groups), 4)]
    kind, part = [0], [0]
    for size, code in kinds:
        kind += [code] * size
        part += range(size)
    places = n_rows - len(kind)
    kind += [5] * places
    part += range(places - 1, -1, -1)
    cluster, row, column = np.nonzero(counted.rows)
    moves = np.nonzero(counted.grades)
    dealt = np.nonzero(counted.deals.sum(axis=4))
    return {
        "census": Census.of(
            cluster=cluster,
            kind=np.array(kind)[row],
            part=np.array(part)[row],
            column=column,
            amount=counted.rows[cluster, row, column],
        ),
        "months": MonthByMonth.of(
            month=np.arange(len(counted.series)),
            first_day=days[:-1],
            **{name: counted.series[:, k] for k, name in enumerate(c.SERIES)},
        ),
        "grade_moves": GradeMoves.of(
            cluster=moves[0], group=moves[1], before=moves[2], after=moves[3], people=counted.grades[moves]
        ),
        "deals_predicted": DealsPredicted.of(
            cluster=dealt[0],
            group=dealt[1],
            predictor=dealt[2],
            value=dealt[3],
            cheated=counted.deals[(*dealt, 1)],
            honest=counted.deals[(*dealt, 0)],
        ),
    }
