"""One recognition system on one axis: what its threshold does to false matches and to misses.

Every threshold lies on t = -log10 FMR. Misses are probit-linear in t, conditions shift their mean, and some faces
are matchable at no threshold. What is not known exactly is carried as plausible worlds: arrays whose first axis has
one entry for each, the first of them with every number at its stated value.

Source
------
NIST interagency reports of the FRVT series draw FNMR against FMR on probit and logarithmic axes, where the middle
of the curves is nearly straight. Jeffreys interval of a Poisson rate: Brown, Cai & DasGupta 2003, Statistica Sinica
13, 19.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np
from numpy.typing import ArrayLike

from glasstown.core.columns import F64
from glasstown.sensing.fusion import Rule, falsely_matched, missed
from glasstown.sensing.gallery import fmr_for, fmr_of, fpir_of, rank_t, t_of

WORLDS = 1025
_REACH = 1.959963984540054


class Interval(NamedTuple):
    """A number as stated, and the 95 % interval over plausible worlds."""

    value: float
    low: float
    high: float


NONE = Interval(0.0, 0.0, 0.0)


@final
@dataclass(frozen=True)
class Curve:
    """A recognition system: where its thresholds lie, and how many of the enrolled it misses there.

    Parameters
    ----------
    threshold : float
        The threshold at which it was measured, in the vendor's units.
    t : array of float64, shape (worlds,)
        Where that threshold lies on t = -log10 FMR.
    decades : array of float64, shape (worlds,)
        Growth of t for each unit of the threshold.
    probit : array of float64, shape (worlds,)
        Misses of matchable faces at that threshold, on the probit scale.
    slope : array of float64, shape (worlds,)
        Growth of misses, on the probit scale, for each unit of t.
    unmatchable : array of float64, shape (worlds,)
        Share of enrolled passers-by who are missed at any threshold.

    Limits
    ------
    The straight lines were seen in the middle of published curves; far from the measured threshold they are an
    extrapolation.
    """

    threshold: float
    t: F64
    decades: F64
    probit: F64
    slope: F64
    unmatchable: F64

    def t_at(self, threshold: ArrayLike) -> F64:
        """Return where thresholds lie on the axis, shape (worlds, ...)."""
        moved = np.asarray(threshold, np.float64) - self.threshold
        return _over(self.t, moved) + _over(self.decades, moved) * moved

    def threshold_at(self, t: ArrayLike) -> F64:
        """Return the vendor's thresholds at places on the axis, shape (worlds, ...); the inverse of `t_at`."""
        place = np.asarray(t, np.float64)
        decades = np.where(self.decades > 0, self.decades, np.nan)
        return self.threshold + (place - _over(self.t, place)) / _over(decades, place)

    def fnmr(self, t: ArrayLike, harder: ArrayLike = 0.0) -> F64:
        """Return the misses of one comparison with the person's own reference.

        Parameters
        ----------
        t : array of float, shape (...) or (worlds, ...)
            Thresholds on the axis.
        harder : array of float
            Shift of the mean by pose, light, distance, motion, mask or an old reference, in probits (see
            `quality.Conditions`).

        Returns
        -------
        array of float64, shape (worlds, ...)
        """
        from scipy.special import ndtr

        place = _worldly(t, len(self.t))
        never, begin = _over(self.unmatchable, place[0]), _over(self.probit, place[0])
        moved = _over(self.slope, place[0]) * (place - _over(self.t, place[0]))
        return never + (1.0 - never) * ndtr(begin + moved + np.asarray(harder, np.float64))

    def fnir(self, n: float, t: ArrayLike, harder: ArrayLike = 0.0, rank: int = 0, shift: ArrayLike = 0.0) -> F64:
        """Return the share of searches of an enrolled person that do not return them: FNIR(N, R, T).

        Parameters
        ----------
        n : float
            Gallery size N, the person's own reference among them.
        t : array of float, shape (...) or (worlds, ...)
            Thresholds on the axis; -300 for none.
        rank : int
            R: the reference must be among the R best. 0 sets no limit, and the gallery then plays no part.
        shift : array of float
            Decades by which the person is more easily taken for others.

        Returns
        -------
        array of float64, shape (worlds, ...)
        """
        place = _worldly(t, len(self.t))
        if rank == 0:
            return self.fnmr(place, harder)
        best, weight = rank_t(n - 1.0, rank, shift)
        # The higher of the threshold and the R-th best of the others is what has to be beaten.
        beaten = np.maximum(place[..., None], best)
        return (self.fnmr(beaten, np.asarray(harder, np.float64)[..., None]) * weight).sum(axis=-1)

    def fnir_at_fpir(self, n: float, fpir: float, clustered: float = 0.0, harder: float = 0.0, rank: int = 0) -> F64:
        """Return the misses when the threshold is set so that FPIR(N) is as stated, shape (worlds,)."""
        return self.fnir(n, t_of(fmr_for(n, fpir, clustered)), harder, rank)


@final
@dataclass(frozen=True)
class Anchor:
    """How often a system was measured to err at one threshold, and how surely.

    Parameters
    ----------
    false, exposure : float
        False matches seen in so many comparisons, both divided by the design effect of their clusters; exposure 0
        if no counts are known, and then the spread below is taken.
    fmr, fmr_low, fmr_high : float
        The false match rate and its 95 % interval.
    fnmr, fnmr_low, fnmr_high : float
        The misses and their 95 % interval.
    """

    fmr: float
    fmr_low: float
    fmr_high: float
    fnmr: float
    fnmr_low: float
    fnmr_high: float
    false: float = 0.0
    exposure: float = 0.0


@final
@dataclass(frozen=True)
class Fall:
    """How fast false matches fall as the threshold rises: a range, sharpened by counts in bands of the threshold.

    Parameters
    ----------
    low, high : float
        Decades of FMR for each unit of the threshold: any value between, evenly on a logarithmic scale, before
        counts are seen.
    bands : tuple of (float, float, float)
        (from, to, events): false matches seen between two thresholds counted from the measured one; `to` is
        infinite for the last.
    """

    low: float
    high: float
    bands: tuple[tuple[float, float, float], ...] = ()


def curve(
    threshold: float,
    anchor: Anchor,
    fall: Fall,
    slope: Interval,
    unmatchable: Interval = NONE,
    worlds: int = WORLDS,
) -> Curve:
    """Make a system's curve from what was published about it.

    Parameters
    ----------
    threshold : float
        The threshold of the anchor.
    anchor : Anchor
        What was measured there.
    fall : Fall
        How fast false matches fall with the threshold.
    slope : Interval
        Probits of misses for each decade of false matches.
    unmatchable : Interval
        Share of enrolled faces missed at any threshold.

    Notes
    -----
    Counts enter as a gamma distribution with Jeffreys's half event: none seen in E comparisons is a rate with
    median 0.23 / E and upper end 2.5 / E, never zero. In bands of the threshold the counts divide as the fall says,
    so a band without events bounds the fall from below. Stated intervals are read as normal on the scale of t or of
    probits, each half with its own width.
    """
    from scipy.special import gammaincinv, ndtr, ndtri

    u = _lattice(worlds, 5)
    if anchor.exposure > 0:
        rate = gammaincinv(anchor.false + 0.5, u[0]) / anchor.exposure
        t = -np.log10(np.maximum(rate, 1e-299))
        t[0] = t_of(anchor.fmr)
    else:
        t = _spread(float(t_of(anchor.fmr)), float(t_of(anchor.fmr_high)), float(t_of(anchor.fmr_low)), u[0])
    decades = _falls(fall, u[1])
    never = np.clip(_spread(unmatchable.value, unmatchable.low, unmatchable.high, u[4]), 0.0, 1.0)
    ends = [float(ndtri(min(max(x, 1e-12), 1.0 - 1e-12))) for x in (anchor.fnmr, anchor.fnmr_low, anchor.fnmr_high)]
    every = ndtr(_spread(ends[0], ends[1], ends[2], u[2]))
    never = np.minimum(never, every)
    matchable = (every - never) / np.maximum(1.0 - never, 1e-12)
    probit = np.maximum(ndtri(np.clip(matchable, 0.0, 1.0)), -12.0)
    return Curve(threshold, t, decades, probit, _spread(slope.value, slope.low, slope.high, u[3]), never)


def together(curves: tuple[Curve, ...], rule: Rule, misses: Interval, false: Interval) -> Curve:
    """Make one curve of several systems that look at the same face: any, all or most of them must say yes.

    Parameters
    ----------
    curves : tuple of Curve
        The systems, each at its measured threshold.
    misses, false : Interval
        Correlation of their misses (light, place) and of their false alarms: two numbers, never one.

    Returns
    -------
    Curve
        At threshold 0 as measured; a threshold of 1 raises each system by one decade.
    """
    from scipy.special import ndtri

    u = _lattice(len(curves[0].t), 7)[5:]
    rho_misses = np.clip(_spread(misses.value, misses.low, misses.high, u[0]), 0.0, 1.0)
    rho_false = np.clip(_spread(false.value, false.low, false.high, u[1]), 0.0, 1.0)
    at: list[tuple[F64, F64]] = []
    for raised in (0.0, 0.25):
        own = np.stack([c.fnmr(c.t[:, None] + raised)[:, 0] for c in curves], axis=-1)
        rates = np.stack([fmr_of(c.t + raised) for c in curves], axis=-1)
        at.append((t_of(falsely_matched(rule, rates, rho_false)), ndtri(missed(rule, own, rho_misses))))
    (t, probit), (t_raised, probit_raised) = at
    slope = (probit_raised - probit) / np.maximum(t_raised - t, 1e-9)
    return Curve(0.0, t, (t_raised - t) / 0.25, probit, slope, np.zeros_like(t))


def anchored_by_rank(n: float, rank: int, fnir: float, slope: float, unmatchable: float) -> float:
    """Return the misses at t = log10 N of a system known only by how often it misses among the R best of N.

    The threshold has no part in such a search: the reference must beat the R-th best of the others. The level of
    misses is found for which that chance is as published.
    """
    from scipy.special import ndtr

    best, weight = rank_t(n - 1.0, rank)
    place = math.log10(n)
    wanted = (fnir - unmatchable) / (1.0 - unmatchable)
    low, high = -12.0, 12.0
    for _ in range(80):
        middle = (low + high) / 2.0
        found = float((ndtr(middle + slope * (best - place)) * weight).sum())
        low, high = (middle, high) if found < wanted else (low, middle)
    return unmatchable + (1.0 - unmatchable) * float(ndtr((low + high) / 2.0))


def jittered(stated: Interval, worlds: int, place: int) -> F64:
    """Draw one more unsure number for every plausible world, in an order of its own for each place."""
    if stated.low == stated.high:
        return np.full(worlds, stated.value)
    step = math.sqrt(2.0) * (place + 1) + 0.318
    order = np.argsort((step * np.arange(1, worlds)) % 1.0).argsort()
    u = np.concatenate([[0.5], (order + 0.5) / max(worlds - 1, 1)])
    return _spread(stated.value, stated.low, stated.high, u)


def share_interval(share: float, people: float) -> Interval:
    """Give a share seen among so many different people its 95 % interval (Jeffreys)."""
    from scipy.special import betaincinv

    yes, no = people * share + 0.5, people * (1.0 - share) + 0.5
    return Interval(share, float(betaincinv(yes, no, 0.025)), float(betaincinv(yes, no, 0.975)))


def interval(values: F64) -> Interval:
    """Summarise one number over the plausible worlds: as stated, and the 2.5 and 97.5 percentiles of the others."""
    low, high = (values[0], values[0]) if len(values) < 2 else np.quantile(values[1:], (0.025, 0.975))
    value = float(values[0])
    return Interval(value, min(float(low), value), max(float(high), value))


def fpir(curve_: Curve, n: float, threshold: ArrayLike, shift: ArrayLike = 0.0, clustered: float = 0.0) -> F64:
    """Return FPIR(N, T) of a system for kinds of people, shape (worlds, *thresholds, *shifts)."""
    t = curve_.t_at(threshold)
    return fpir_of(n, fmr_of(t.reshape(t.shape + (1,) * np.ndim(shift)), shift), clustered)


def _falls(fall: Fall, u: F64) -> F64:
    """Draw the fall from its range, weighed by how well it explains the counts; the first is the middle draw."""
    if fall.low >= fall.high:
        return np.full(len(u), fall.low)
    grid = fall.low * (fall.high / fall.low) ** ((np.arange(2000) + 0.5) / 2000)
    logs = np.zeros(len(grid))
    for begin, end, events in fall.bands:
        above = 10.0 ** (-grid * begin)
        beyond = 0.0 if math.isinf(end) else 10.0 ** (-grid * end)
        logs += events * np.log(np.maximum(above - beyond, 1e-300))
    weight = np.exp(logs - logs.max())
    cumulative = np.cumsum(weight) / weight.sum()
    drawn = grid[np.minimum(np.searchsorted(cumulative, u), len(grid) - 1)]
    drawn[0] = grid[int(np.searchsorted(cumulative, 0.5))]
    return drawn


def _spread(value: float, low: float, high: float, u: F64) -> F64:
    """Draw around a stated value, normally distributed with a width of its own on either side."""
    from scipy.special import ndtri

    z = ndtri(u) / _REACH
    drawn = value + np.where(z < 0, (value - low) * z, (high - value) * z)
    drawn[0] = value
    return drawn


def _lattice(worlds: int, dimensions: int) -> F64:
    """Fill the unit cube evenly, always with the same points; shape (dimensions, worlds).

    An additive recurrence says in which order, and each coordinate then takes each of its equal steps once. The first
    point is the middle.
    """
    root = 2.0
    for _ in range(64):
        root = (1.0 + root) ** (1.0 / (dimensions + 1))
    steps = root ** -np.arange(1.0, dimensions + 1)
    order = np.argsort((steps[:, None] * np.arange(1, worlds)) % 1.0, axis=1).argsort(axis=1)
    return np.concatenate([np.full((dimensions, 1), 0.5), (order + 0.5) / max(worlds - 1, 1)], axis=1)


def _over(worlds: F64, like: F64) -> F64:
    return worlds.reshape(len(worlds), *([1] * np.ndim(like)))


def _worldly(t: ArrayLike, worlds: int) -> F64:
    """Give thresholds an axis of worlds if they have none."""
    place = np.asarray(t, np.float64)
    if place.ndim and place.shape[0] == worlds:
        return place
    return np.broadcast_to(place, (worlds, *place.shape))
