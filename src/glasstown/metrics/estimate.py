"""From sums over households to estimates: every metric, for everybody and for each kind of person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glasstown.core.columns import F64, I64, Bool
from glasstown.core.estimates import Estimate
from glasstown.core.intervals import Bounds, Sums, kish, percentiles, share_bounds, total_bounds
from glasstown.metrics.moments import Moments
from glasstown.metrics.partitions import labels
from glasstown.metrics.quantities import METRICS, Metric

_NOBODY = -1.0


def estimates(moments: Moments, groups: Sequence[str], watched: bool = True) -> list[Estimate]:
    """Estimate every metric for everybody, by age, sex and group, and by each two of them.

    Parameters
    ----------
    moments : Moments
        Of all communities, added up.
    groups : sequence of str
        Names of the neutral groups, in the scenario's order.
    watched : bool
        Whether any device can see any street; if not, what devices see is exactly nothing.

    Returns
    -------
    list of Estimate
        Metric by metric, in the order of `METRICS`; `value`, `low` and `high` are None where there is nothing
        to divide by.

    Limits
    ------
    The interval says how far chance in people's lives and in the devices could move the number in a town of
    these streets, cameras and list. It does not cover wrong facts: for these see `range_low, range_high`.
    """
    if len(groups) != moments.n_groups:
        raise ValueError(f"{moments.n_groups} groups need as many names, not {len(groups)}")
    named = labels(groups)
    found: list[Estimate] = []
    for metric in METRICS:
        value, bounds, n = _estimated(moments, metric)
        if not _could_happen(moments, metric, watched):
            bounds = Bounds(value, value)
        for i, (by, group) in enumerate(named):
            numbers = (None, None, None)
            if value[i] != _NOBODY:
                numbers = (float(value[i]), float(bounds.low[i]), float(bounds.high[i]))
            found.append(Estimate(metric.name, metric.unit, by, group, *numbers, None, None, int(n[i])))
    return found


def _could_happen(moments: Moments, metric: Metric, watched: bool) -> bool:
    if metric.opportunity == "":
        return True
    if metric.opportunity == "devices":
        return watched
    return bool(moments.total(metric.opportunity)[0] > 0)


def _estimated(moments: Moments, metric: Metric) -> tuple[F64, Bounds, I64]:
    """Return value, bounds and count for all kinds; the value is -1 where it is undefined."""
    sums = moments.sums(metric)
    above, below = moments.total(metric.above), moments.total(metric.below)
    if metric.kind == "percentile":
        return _percentile(moments, metric, sums)
    if metric.kind == "share":
        bounds = share_bounds(sums, borrow=True)
        return _where(below > 0, above / np.maximum(below, 1), bounds, below)
    if metric.kind == "distinct":
        bounds = share_bounds(sums, borrow=True)
        return _where(below >= 0, above * 1.0, Bounds(bounds.low * below, bounds.high * below), below)
    totals = total_bounds(sums, metric.jump, borrow=True)
    if metric.kind == "count":
        high = np.where(below > 0, totals.high, 0.0)
        return _where(below >= 0, above * 1.0, Bounds(totals.low, high), below)
    if metric.kind == "each":
        some = np.maximum(below, 1)
        low, high = np.where(below > 0, totals.low, 1.0), np.where(below > 0, totals.high, 1.0)
        return _where(below > 0, above / some, Bounds(above / high, above / low), below)
    scale = metric.per / np.maximum(below, 1)
    return _where(below > 0, above * scale, Bounds(totals.low * scale, totals.high * scale), below)


def _percentile(moments: Moments, metric: Metric, sums: Sums) -> tuple[F64, Bounds, I64]:
    histograms = moments.histograms(metric.above)
    n = histograms.sum(axis=1)
    some = n > 0
    value, low, high = np.full(len(n), _NOBODY), np.zeros(len(n)), np.zeros(len(n))
    value[some], bounds = percentiles(histograms[some], metric.permille, kish(sums)[some])
    low[some], high[some] = bounds
    return value, Bounds(low, high), n


def _where(defined: Bool, value: Any, bounds: Bounds, n: I64) -> tuple[F64, Bounds, I64]:
    """Mark what is undefined, and keep rounding from putting a value outside its own interval."""
    marked = np.where(defined, value, _NOBODY)
    return marked, Bounds(np.minimum(bounds.low, value), np.maximum(bounds.high, value)), n
