"""Recognition systems: which false match rate and miss rate a decision threshold gives.

One axis carries every threshold: t = -log10 of the false match rate. A system is what was published about it: an
operating point, the counts behind it, how fast false matches fall with its own threshold, and how misses grow.
"""

from __future__ import annotations

import json
import math
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, cast, final

from pydantic import BaseModel, ConfigDict, model_validator

from glasstown.catalogue.fact import RATES, fact
from glasstown.catalogue.files import opened
from glasstown.catalogue.uses import numbers_of, worked_out_from
from glasstown.core.errors import Problem
from glasstown.core.quantity import Quantity, assume, spelled

if TYPE_CHECKING:
    from glasstown.sensing.curve import Curve, Interval

ONE_SETTING = "the one setting that was published"
_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


@final
class Counts(BaseModel):
    """What was counted behind a published rate: false matches, and those beyond higher thresholds.

    Parameters
    ----------
    false, comparisons : float
        False matches seen at the published threshold, in so many comparisons.
    beyond : pairs of floats
        Higher thresholds, rising, and how many of the matches were still seen from there on.
    design : Quantity
        How many counts are worth one independent count, because one person was searched several times.
    """

    model_config = _STRICT

    false: float
    comparisons: float
    beyond: tuple[tuple[float, float], ...] = ()
    design: Quantity = assume(1)


@final
class Ranked(BaseModel):
    """A miss rate published without a threshold: the share not among the best `rank` of a gallery."""

    model_config = _STRICT

    gallery: int
    rank: int = 1


@final
class Together(BaseModel):
    """Systems that decide together; `misses` and `false` say how far their errors come together (two numbers)."""

    model_config = _STRICT

    of: tuple[str, ...]
    rule: Literal["or", "and", "majority"]
    misses: Quantity
    false: Quantity


@final
class System(BaseModel):
    """A named recognition system with its published operating point.

    Parameters
    ----------
    id, title, description : str
        What it is and where its numbers come from.
    threshold : float
        The threshold at which `fmr` and `fnmr` were published.
    least, most : float
        Thresholds that were published or lie close to one that was.
    scale : str
        `vendor`, or `t` if thresholds are written as -log10 FMR, as evaluations state them.
    fmr, fnmr : str or Quantity
        Facts (by id) or assumptions: false matches per comparison and misses per search of an enrolled person.
    people : int
        Different people behind `fnmr`, which bound how surely it is known (0: as its fact says).
    gallery : int
        Gallery size for which the false match rate was published (1 for a comparison of two).
    counts : Counts, optional
        The events behind `fmr`.
    ranked : Ranked, optional
        If `fnmr` is a search without threshold, its gallery and rank.
    fall : tuple of two floats
        Growth of t for each unit of the threshold lies between these (assumed; sharpened by the counts).
    probits_per_decade : Quantity
        Growth of misses, on the probit scale, for each unit of t (assumed).
    unmatchable : Quantity
        Share of the enrolled missed at any threshold (assumed).
    rests_on : tuple of str
        Further facts from which its numbers were worked out, as the notes in its file say.
    together : Together, optional
        The systems it consists of; nothing else is then said.

    Notes
    -----
    Where a plain number stands, its file may name the fact that it is: `people: {fact: lf16-participants}`.
    Misses are taken as probit-linear in t: public 1:1 curves have 0.16 to 0.24 probits per decade in their middle.
    """

    model_config = _STRICT

    id: str
    title: str
    description: str
    threshold: float
    least: float
    most: float
    scale: Literal["vendor", "t"] = "vendor"
    fmr: str | Quantity | None = None
    fnmr: str | Quantity | None = None
    people: int = 0
    gallery: int = 1
    counts: Counts | None = None
    ranked: Ranked | None = None
    fall: tuple[float, float] = (0.0, 0.0)
    probits_per_decade: Quantity = assume(0.2, 0.16, 0.24)
    unmatchable: Quantity = assume(0)
    rests_on: tuple[str, ...] = ()
    together: Together | None = None

    @model_validator(mode="after")
    def _whole(self) -> System:
        if (self.together is None) == (self.fmr is None) or (self.fmr is None) != (self.fnmr is None):
            raise ValueError("a system has fmr and fnmr, or consists of others")
        for rate, given in (("fmr", self.fmr), ("fnmr", self.fnmr)):
            if isinstance(given, str) and fact(given).measure not in RATES[rate]:
                raise ValueError(f"{self.id}: {rate} is no {fact(given).measure}, as {given} is")
        return self

    @property
    def facts(self) -> tuple[str, ...]:
        """The ids of the facts it rests on."""
        own = (number.fact for _, number in numbers_of("systems", self.id) if number.fact)
        return tuple(dict.fromkeys((*own, *worked_out_from(self.id))))

    @property
    def points(self) -> tuple[float, ...]:
        """Thresholds to show where none is asked for: the ends of the range and the published one."""
        return tuple(dict.fromkeys((self.least, self.threshold, self.most)))

    @property
    def one_setting(self) -> bool:
        """Whether a single setting was published, whose threshold is then a name and no measure."""
        return self.least == self.most

    def curve(self) -> Curve:
        """Return the system on the common axis, with what is not known about it."""
        return _curve(self.id)

    def allow(self, decision_threshold: float, extrapolate: bool = False) -> None:
        """Refuse a threshold outside the published range, unless extrapolation was asked for.

        Raises
        ------
        Problem
            With the range.
        """
        if extrapolate and not self.one_setting:
            return
        if not self.least <= decision_threshold <= self.most:
            raise Problem(
                f"{self.id} has no threshold {spelled(decision_threshold)}: {self._range()}",
                why="Nothing published says how often it errs there.",
                todo="Choose that setting, or write system: custom with your own fmr and fnmr."
                if self.one_setting
                else "Choose a threshold in the range, write extrapolate: true to follow its curve beyond, or "
                "write system: custom with your own fmr and fnmr.",
            )

    def operating(self, decision_threshold: float, extrapolate: bool = False) -> tuple[Quantity, Quantity]:
        """Return the false match rate per comparison and the miss rate at a threshold.

        At the published threshold these are the facts; elsewhere they are assumptions whose range is the 95 % interval
        over what the facts, the counts and the assumed slopes leave open.

        Raises
        ------
        Problem
            For a threshold outside the range of the system.
        """
        self.allow(decision_threshold, extrapolate)
        published = decision_threshold == self.threshold and self.together is None and self.ranked is None
        if published and self.fmr is not None and self.fnmr is not None:
            return _quantity(self.fmr), _quantity(self.fnmr)
        from glasstown.sensing.curve import interval
        from glasstown.sensing.gallery import fmr_of

        curve = self.curve()
        t = curve.t_at(decision_threshold)
        return _ranged(interval(fmr_of(t))), _ranged(interval(curve.fnmr(t)))

    def _range(self) -> str:
        if self.one_setting:
            return f"it has one published setting, decision_threshold {spelled(self.least)}"
        return f"its range is {spelled(self.least)} to {spelled(self.most)}"


@cache
def _curve(name: str) -> Curve:
    from glasstown.sensing.curve import Anchor, Fall, Interval, anchored_by_rank, curve, share_interval, together

    one = system(name)
    if one.together is not None:
        parts = tuple(_curve(part) for part in one.together.of)
        return together(parts, one.together.rule, _interval(one.together.misses), _interval(one.together.false))
    assert one.fmr is not None
    assert one.fnmr is not None
    false, missed = _interval(_quantity(one.fmr)), _interval(_quantity(one.fnmr))
    if one.people and missed.low == missed.high:
        missed = share_interval(missed.value, one.people)
    slope, never = _interval(one.probits_per_decade), _interval(one.unmatchable)
    place = one.threshold
    if one.ranked is not None:
        place = math.log10(one.ranked.gallery)
        n, rank = one.ranked.gallery, one.ranked.rank
        missed = Interval(*(anchored_by_rank(n, rank, x, slope.value, min(never.value, x / 2)) for x in missed))
        false = Interval(*[10.0**-place] * 3)
    counts, fall = one.counts, Fall(*one.fall)
    events = exposure = 0.0
    if counts is not None:
        worth = float(counts.design)
        events, exposure = counts.false / worth, counts.comparisons / worth
        edges = [one.threshold, *(edge for edge, _ in counts.beyond), math.inf]
        left = [counts.false, *(seen for _, seen in counts.beyond), 0.0]
        bands = tuple(
            (edges[i] - one.threshold, edges[i + 1] - one.threshold, (left[i] - left[i + 1]) / worth)
            for i in range(len(edges) - 1)
        )
        fall = Fall(fall.low, fall.high, bands)
    if one.scale == "t":
        fall = Fall(1.0, 1.0)
    anchor = Anchor(false.value, false.low, false.high, missed.value, missed.low, missed.high, events, exposure)
    return curve(place, anchor, fall, slope, never)


def _quantity(given: str | Quantity) -> Quantity:
    return fact(given).quantity if isinstance(given, str) else given


def _interval(quantity: Quantity) -> Interval:
    from glasstown.sensing.curve import Interval

    low = quantity.value if quantity.low is None else quantity.low
    high = quantity.value if quantity.high is None else quantity.high
    return Interval(quantity.value, low, high)


def _ranged(found: Interval) -> Quantity:
    """Make a quantity of six digits, so that the last bit of a library's logarithm never reaches a decision."""
    value, low, high = (float(f"{min(x, 1.0):.6g}") for x in found)
    return Quantity(value=value, low=min(low, value), high=max(high, value))


@cache
def system(name: str) -> System:
    """Return one recognition system.

    Raises
    ------
    Problem
        For a name that is not in the catalogue, with the nearest one that is.
    """
    return System.model_validate_json(json.dumps(_looked_up(opened("systems", name).tree)))


def _looked_up(node: Any) -> Any:
    """Return what a file says with the values of the facts that it names where a plain number stands."""
    match node:
        case {"fact": str(name)} if len(node) == 1:
            value = fact(name).value
            return int(value) if value.is_integer() else value
        case dict():
            return {key: _looked_up(value) for key, value in cast(dict[str, Any], node).items()}
        case list():
            return [_looked_up(value) for value in cast(list[Any], node)]
        case _:
            return node
