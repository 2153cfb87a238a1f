"""The operating point of the comparison: who is returned, by group, at one gallery size and threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import NamedTuple, final

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import threshold, thresholds
from glasstown.core.columns import F64, I64, U64, Int
from glasstown.core.kernels import piece
from glasstown.core.quantity import Quantity
from glasstown.sensing.fusion import several_images
from glasstown.sensing.gallery import effective_size, fmr_for, fpir_of
from glasstown.sensing.knobs import Recognition

MOST_ALIKE = 8
PROBIT = 1024
FARTHEST = 12 * PROBIT
NEVER = 32767


@final
@dataclass(frozen=True)
class Misses:
    """What misses share, and what makes a match harder.

    Parameters
    ----------
    by_person, by_day, by_place : float
        Shares of the variance of misses (on the probit scale) that a listed person keeps for good, a person keeps
        for a day, and a camera keeps for a day. The rest belongs to each capture.
    scene : float
        Probits by which pose, distance and motion make every match harder than where the rate was measured.
    night, mask, poor_image, old_image : float
        Probits by which darkness, a mask, a poor and an old reference make a match harder.
    masked : float
        Share of person-days with a mask.
    unmatchable : float
        Share of references that match at no threshold.
    dawn, dusk : int
        Minutes between which it is light.
    """

    by_person: float = 0.0
    by_day: float = 0.0
    by_place: float = 0.0
    night: float = 0.0
    mask: float = 0.0
    poor_image: float = 0.0
    old_image: float = 0.0
    masked: float = 0.0
    unmatchable: float = 0.0
    dawn: int = 0
    dusk: int = 1 << 20
    scene: float = 0.0

    @property
    def told(self) -> bool:
        """Whether there is anything beyond the group's own rate."""
        shares = (self.by_person, self.by_day, self.by_place, self.unmatchable, self.mask * self.masked)
        return any(shares) or any((self.night, self.poor_image, self.old_image, self.scene))


class Machine(NamedTuple):
    """What a compiled loop needs to know of the comparison, in whole numbers but for one.

    `match` is the threshold of a match for each group where nothing else is told; else `cut` is the group's level
    of misses in 1/1,024 probit, to which shifts are added, and `chance` the threshold of a match at each level.
    `returned` is that of a candidate for each kind of people who resemble a reference, `usable` that of a face that
    can be compared at all. `place` is how far the levels of cameras spread; each is cut to a whole number.
    """

    match: U64
    cut: I64
    chance: U64
    returned: U64
    usable: np.uint64
    told: bool
    night: int
    mask: int
    masked: np.uint64
    day: int
    dawn: int
    dusk: int
    place: float


@final
@dataclass(frozen=True)
class OperatingPoint:
    """What the comparison does at its decision threshold T and gallery size N.

    Parameters
    ----------
    tpir : array of float64, shape (groups,)
        Chance that a mated search returns the right reference, under the conditions for which it was stated.
    fpir : array of float64, shape (groups, sexes) or (groups, sexes, ages)
        Chance that a non-mated search returns a candidate.
    repeat : float
        Chance that a reference whom somebody resembles is returned at the next search.
    size : float
        Gallery size N; 0 if it plays no part, and then nobody resembles more than one reference.
    clustered : float
        Variance of people's own multipliers of the false match rate (see `gallery.fpir_of`).
    misses : Misses
        What misses share, and what makes a match harder.
    usable : float
        Share of captured faces that can be compared at all.
    pictures, picture_times : float
        Share of passers-by who are no person but a picture, and how many times as often as a person of the same
        kind such a picture is falsely matched.
    """

    tpir: F64
    fpir: F64
    repeat: float
    size: float = 0.0
    clustered: float = 0.0
    misses: Misses = field(default_factory=Misses)
    usable: float = 1.0
    pictures: float = 0.0
    picture_times: float = 1.0

    @property
    def by_kind(self) -> F64:
        """FPIR of each kind of people, shape (groups * sexes * ages,)."""
        whole = self.fpir if self.fpir.ndim == 3 else np.repeat(self.fpir[..., None], len(t.AGE_BANDS), axis=2)
        return np.ascontiguousarray(whole).ravel()

    @property
    def resembles(self) -> F64:
        """How many references somebody resembles on average closely enough to be returned now and then."""
        if not self.size:
            return np.minimum(self.fpir / np.maximum(self.returned, 1e-300), 1.0)
        return self._hazard(self.fpir) / np.maximum(self.returned, 1e-300)

    @property
    def returned(self) -> F64:
        """Chance that a reference whom somebody resembles is returned by one search."""
        return np.maximum(self.fpir, self.repeat)

    @property
    def fresh(self) -> bool:
        """Whether nobody resembles anybody for good: each search is a coin of its own."""
        return self.repeat == 0 and bool(self.fpir.any())

    def _hazard(self, fpir: F64) -> F64:
        """Return how many references a search returns on average."""
        v = self.clustered
        with np.errstate(divide="ignore"):
            none = -np.log1p(-np.minimum(fpir, 1.0))
        return np.minimum(np.expm1(v * np.minimum(none, 50.0)) / v if v else none, 50.0)

    @property
    def alike_codes(self) -> U64:
        """Thresholds of resembling at least 1, 2, ... references, shape (groups * sexes * ages, MOST_ALIKE).

        The number is binomial among N references if matches fall evenly on people, else negative binomial, so that
        FPIR is as stated.
        """
        return self._alike(self.by_kind)

    @property
    def picture_codes(self) -> U64:
        """The same of pictures of each kind; each reference they resemble is returned as often as for people."""
        fpir = self.of_pictures.by_kind
        return self._alike(fpir if self.size else np.minimum(fpir, np.maximum(self.by_kind, self.repeat)))

    @cached_property
    def of_pictures(self) -> OperatingPoint:
        """What the comparison does with pictures."""
        fpir, times = np.minimum(self.fpir, 1.0 - 1e-16), self.picture_times
        if self.size:
            each = np.minimum(fmr_for(self.size, fpir, self.clustered) * times, 1.0)
            fpir = np.asarray(fpir_of(self.size, each, self.clustered), np.float64)
        else:
            fpir = np.minimum(fpir * times, 1.0)
        return replace(self, fpir=fpir)

    def _alike(self, wanted: F64) -> U64:
        reached = np.zeros((len(wanted), MOST_ALIKE))
        for i, (p, usual) in enumerate(zip(wanted, self.by_kind, strict=True)):
            reached[i] = _at_least(float(p), max(float(usual), self.repeat), self.size, self.clustered)
        return thresholds(reached).reshape(reached.shape)

    @cached_property
    def machine(self) -> Machine:
        """The chances as thresholds."""
        m = self.misses
        groups = _cuts(self.tpir, m.unmatchable) + round(m.scene * PROBIT)
        rest = 1.0 - m.by_person - m.by_day - m.by_place
        return Machine(
            thresholds(self.tpir),
            groups,
            _chances(round(rest, 9)) if m.told else np.zeros(1, np.uint64),
            thresholds(np.maximum(self.by_kind, self.repeat)),
            threshold(self.usable),
            m.told,
            round(m.night * PROBIT),
            round(m.mask * PROBIT),
            threshold(m.masked),
            round(m.by_day**0.5 * PROBIT),
            m.dawn,
            m.dusk,
            m.by_place**0.5 * PROBIT,
        )


_SEXES, _BANDS = len(t.SEXES), len(t.AGE_BANDS)
_BAND = (np.searchsorted(np.array(t.AGE_FROM), np.arange(256), side="right") - 1).astype(np.int64)


@piece
def kind_at(group: Int, sex: Int, age: Int) -> int:
    """Return the kind of one person: `kind_of` in a compiled loop."""
    return (np.int64(group) * _SEXES + np.int64(sex)) * _BANDS + _BAND[age]


def kind_of(people: t.People) -> I64:
    """Return the kind of each person: group, then sex, then age band."""
    return (people.group.astype(np.int64) * len(t.SEXES) + people.sex) * len(t.AGE_BANDS) + _BAND[people.age]


def operating_point(
    knobs: Recognition,
    groups: Sequence[str],
    size: int,
    per_search: bool = False,
    light: tuple[int, int] = (0, 1 << 20),
    images: int = 1,
) -> OperatingPoint:
    """Work out FPIR(N, T) and TPIR for each group from the false match and miss rates per comparison.

    Parameters
    ----------
    knobs : Recognition
        Rates per comparison at the decision threshold, multipliers by group, sex and age, and what errors share.
    groups : sequence of str
        The scenario's groups, in order.
    size : int
        Gallery size N.
    per_search : bool
        Take the false match rate as the chance per search whatever the gallery's size.
    light : tuple of int
        Minutes of dawn and dusk.
    images : int
        Images enrolled of each listed person, any of which may match.

    Source
    ------
    FPIR(N) = 1 - (1 - FMR)^N: ISO/IEC 19795-1.

    Limits
    ------
    No limit on how many candidates a search returns: with lists of a fixed length see `curve.Curve.fnir`. More
    images of a person are taken to raise no false matches. Nobody resembles more than `MOST_ALIKE` references. With
    `clustered` that takes candidates from those most often matched (with a `repeat` of 0.2): 8 % of all where
    `clustered` is 2 and N FMR 0.5, 34 % where it is 2 and N FMR 3, 66 % where it is 10 and N FMR 1; and in the last
    case 7 % of FPIR.
    """

    def of(table: dict[str, Quantity], name: str) -> float:
        return float(table[name]) if name in table else 1.0

    by_group = np.array([of(knobs.fmr_by_group, g) for g in groups])
    by_sex = np.array([of(knobs.fmr_by_sex, s) for s in t.SEXES])
    by_age = np.array([of(knobs.fmr_by_age, a) for a in t.AGE_BANDS])
    fmr = np.minimum(float(knobs.fmr) * by_group[:, None, None] * by_sex[:, None] * by_age, 1.0)
    fnmr = np.minimum(np.array([float(knobs.fnmr) * of(knobs.fnmr_by_group, g) for g in groups]), 1.0)
    if images > 1:
        fnmr = np.array([float(f"{x:.9g}") for x in several_images(fnmr, images, float(knobs.images_alike))])
    follows = float(knobs.normalised)
    n = float(effective_size(size, follows, float(knobs.published_size))) if size and follows else float(size)
    clustered = float(knobs.clustered)
    fpir = fmr if per_search else np.asarray(fpir_of(n, fmr, clustered), np.float64)
    misses = Misses(
        by_person=float(knobs.misses_by_person),
        by_day=float(knobs.misses_by_day),
        by_place=float(knobs.misses_by_place),
        night=float(knobs.harder_at_night),
        mask=float(knobs.harder_masked),
        poor_image=float(knobs.harder_poor_image),
        old_image=float(knobs.harder_old_image),
        masked=float(knobs.masked),
        unmatchable=min(float(knobs.unmatchable), float(fnmr.min(initial=1.0))),
        dawn=light[0],
        dusk=light[1],
        scene=float(knobs.harder_pose) + float(knobs.harder_distance) + float(knobs.harder_motion),
    )
    usable = 1.0 - float(knobs.unusable)
    if per_search:
        return OperatingPoint(1.0 - fnmr, fpir, float(knobs.repeat), 0.0, 0.0, misses, usable)
    shown = float(knobs.pictures), float(knobs.picture_times)
    return OperatingPoint(1.0 - fnmr, fpir, float(knobs.repeat), n, clustered, misses, usable, *shown)


def _at_least(fpir: float, returned: float, size: float, clustered: float) -> list[float]:
    """Return the chances of resembling at least 1, 2, ... references."""
    if fpir <= 0.0 or returned <= 0.0:
        return [0.0] * MOST_ALIKE
    if not size:
        return [fpir / returned] + [0.0] * (MOST_ALIKE - 1)
    if clustered:
        return _negative_binomial(fpir, returned, size, clustered)
    from scipy.special import bdtrc, pdtrc

    whole = size == round(size)
    if whole:
        each = 1.0 if fpir >= 1.0 else float(-np.expm1(np.log1p(-fpir) / size)) / returned
        reached = [float(bdtrc(k, int(size), min(each, 1.0))) if k < size else 0.0 for k in range(MOST_ALIKE)]
    else:
        mean = min(-float(np.log1p(-min(fpir, 1.0 - 1e-16))), 50.0) / returned
        reached = [float(pdtrc(k, mean)) if k < size else 0.0 for k in range(MOST_ALIKE)]
    return [_short(p) for p in reached]


def _negative_binomial(fpir: float, returned: float, size: float, v: float) -> list[float]:
    """Return the tail of a Poisson number whose mean has a gamma distribution over people, with variance v."""
    from scipy.special import betainc

    none = min(-float(np.log1p(-min(fpir, 1.0 - 1e-16))), 50.0)
    mean = float(np.expm1(min(v * none, 700.0))) / v / returned
    share = v * mean / (1.0 + v * mean)
    return [_short(float(betainc(k + 1.0, 1.0 / v, share))) if k < size else 0.0 for k in range(MOST_ALIKE)]


def _short(p: float) -> float:
    """Keep nine digits, so that the last bit of a library's function never reaches a decision."""
    return min(float(f"{p:.9g}"), 1.0)


def _cuts(tpir: F64, unmatchable: float) -> I64:
    """Return the level of misses of each group in 1/1,024 probit."""
    from scipy.special import ndtri

    misses = np.maximum(1.0 - tpir - unmatchable, 0.0) / max(1.0 - unmatchable, 1e-12)
    level = np.clip(ndtri(np.clip(misses, 0.0, 1.0)), -12.0, 12.0)
    return np.round(level * PROBIT).astype(np.int64)


@cache
def _chances(rest: float) -> U64:
    """Return the threshold of a match at each level of misses, from -12 to 12 probits in steps of 1/1,024.

    `rest` is the share of the variance that belongs to each capture: the less, the more the shared part decides.
    """
    from scipy.special import ndtr

    level = np.arange(-FARTHEST, FARTHEST + 1) / PROBIT
    missed = np.where(level < 0, 0.0, 1.0) if rest <= 0 else ndtr(level / rest**0.5)
    match = np.array([_short(float(p)) for p in 1.0 - missed])
    match[0], match[-1] = 1.0, 0.0
    return thresholds(match)
