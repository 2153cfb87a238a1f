"""The operating characteristics of a named system: FPIR, FNIR, FMR and FNMR by gallery, threshold and group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, final

import numpy as np

from glasstown.catalogue import System, system
from glasstown.core.columns import F64
from glasstown.core.errors import Problem
from glasstown.core.quantity import Quantity, spelled
from glasstown.scenario import Scenario
from glasstown.sensing.curve import Curve, Interval, interval, jittered
from glasstown.sensing.gallery import effective_size, fmr_of, t_of
from glasstown.sensing.knobs import Recognition
from glasstown.sensing.quality import Detections

GALLERIES = (1_000, 10_000, 100_000)
MOST = 2_000_000_000
MOST_THRESHOLD = 1_000

By = Literal["group", "sex", "age"]


@final
@dataclass(frozen=True)
class Row:
    """One operating point of a system for one kind of people.

    Parameters
    ----------
    system : str
        Its name in the catalogue.
    gallery, threshold, rank : int, float, int or None
        N, T in the vendor's units, and R (None: no limit).
    t : Interval
        Where the threshold lies on t = -log10 FMR.
    fpir, fnir, fmr, fnmr : Interval
        Of a search and of a comparison; each with its 95 % interval over what sources, counts and assumptions leave
        open.
    by, group : str or None
        The kind of people, None for everybody.
    extrapolated : bool
        Whether the threshold lies outside what was published.
    """

    system: str
    gallery: int
    threshold: float
    rank: int | None
    t: Interval
    fpir: Interval
    fnir: Interval
    fmr: Interval
    fnmr: Interval
    by: str | None
    group: str | None
    extrapolated: bool

    def document(self) -> dict[str, Any]:
        """Write the row as JSON: `low` and `high` are those of the FPIR, the others carry their name."""
        written: dict[str, Any] = {
            "system": self.system,
            "gallery": self.gallery,
            "threshold": self.threshold,
            **{name: getattr(self, name).value for name in ("fpir", "fnir", "fmr", "fnmr")},
            "group": self.group,
            "low": self.fpir.low,
            "high": self.fpir.high,
        }
        for name in ("fnir", "fmr", "fnmr"):
            written |= {f"{name}_low": getattr(self, name).low, f"{name}_high": getattr(self, name).high}
        more = {"t": self.t.value, "t_low": self.t.low, "t_high": self.t.high, "rank": self.rank, "by": self.by}
        return {**written, **more, "extrapolated": self.extrapolated}


@final
@dataclass(frozen=True)
class Kind:
    """A kind of people: how many times as often they are falsely matched, and missed."""

    by: str | None
    group: str | None
    false: Quantity
    missed: Quantity


EVERYBODY = Kind(None, None, Quantity(value=1), Quantity(value=1))


def operating_points(
    name: str,
    scenario: Scenario,
    *,
    galleries: Sequence[int] = (),
    thresholds: Sequence[float] = (),
    at_fpir: Sequence[float] = (),
    by: By | None = None,
    rank: int = 0,
    extrapolate: bool = False,
) -> list[Row]:
    """Work out a system's operating points.

    Parameters
    ----------
    name : str
        A system of the catalogue.
    scenario : Scenario
        Whose multipliers by group, sex and age, and whose dependence between comparisons, are taken.
    galleries : sequence of int
        Gallery sizes N; 1,000, 10,000 and 100,000 if none is given.
    thresholds, at_fpir : sequences of float
        Decision thresholds, and FPIRs for which each kind of people's own threshold is found; the published
        thresholds if neither is given.
    by : str, optional
        Rows for each kind of people instead of everybody.
    rank : int
        R: a candidate must be among the R best; 0 for no limit.
    extrapolate : bool
        Allow thresholds outside what was published.

    Returns
    -------
    list of Row
        By gallery, then threshold, then kind of people.

    Raises
    ------
    Problem
        For an unknown system, a threshold out of its range, or a number that makes no sense.
    """
    one = system(name)
    _sensible(one, galleries, at_fpir, rank)
    for threshold in thresholds:
        if not -MOST_THRESHOLD <= threshold <= MOST_THRESHOLD:
            raise Problem(
                f"a threshold lies between -{MOST_THRESHOLD:,} and {MOST_THRESHOLD:,}, not {spelled(threshold)}",
                where="--threshold",
                todo=f"Write for example --threshold {spelled(one.threshold)}.",
            )
    for threshold in thresholds:
        _allow(one, threshold, extrapolate, "--threshold")
    plain = () if at_fpir else one.points
    found: list[Row] = []
    for n in galleries or GALLERIES:
        wanted = [(x, None) for x in thresholds or plain] + [(None, x) for x in at_fpir]
        for threshold, fpir in wanted:
            for i, kind in enumerate(kinds(scenario, by)):
                found.append(_row(one, scenario, n, threshold, fpir, kind, i, rank, extrapolate))
    return found


def _allow(one: System, threshold: float, extrapolate: bool, where: str) -> None:
    """Refuse a threshold that nobody published, and say what to type where no scenario is written."""
    try:
        one.allow(threshold, extrapolate)
    except Problem as problem:
        problem.where = where
        smaller = "a threshold in the range" if where == "--threshold" else "an FPIR that a threshold in the range has"
        problem.todo = f"Choose {smaller}, or give --extrapolate to follow its curve beyond."
        if one.one_setting:
            problem.todo = f"Leave {where} out: what was published is shown."
        raise


def kinds(scenario: Scenario, by: By | None) -> list[Kind]:
    """List the kinds of people of a scenario with their multipliers."""
    if by is None:
        return [EVERYBODY]
    recognition, town = scenario.sensing.recognition, scenario.town
    names = {"group": tuple(town.groups), "sex": ("f", "m"), "age": tuple(town.ages)}[by]
    false: dict[str, Quantity] = getattr(recognition, f"fmr_by_{by}", {})
    missed: dict[str, Quantity] = getattr(recognition, f"fnmr_by_{by}", {})
    one = Quantity(value=1)
    return [Kind(by, name, false.get(name, one), missed.get(name, one)) for name in names]


def _row(
    one: System,
    scenario: Scenario,
    n: int,
    threshold: float | None,
    wanted: float | None,
    kind: Kind,
    place: int,
    rank: int,
    extrapolate: bool,
) -> Row:
    knobs, made = scenario.sensing.recognition, one.curve()
    detected = _detected(knobs)
    clustered = float(knobs.clustered)
    size = float(effective_size(n, float(knobs.normalised), one.gallery))
    shift = _shifts(kind.false, len(made.t), place)
    if threshold is None:
        assert wanted is not None
        threshold = float(f"{_threshold_for(made, detected, size, wanted, clustered, float(shift[0])):.6g}")
        try:
            _allow(one, threshold, extrapolate, "--at-fpir")
        except Problem as problem:
            who = f" for {kind.by} {kind.group}" if kind.group else ""
            problem.what = f"an FPIR of {spelled(wanted)} at N = {spelled(n)}{who} asks too much: {problem.what}"
            raise
    t = made.t_at(threshold)
    fmr = fmr_of(t, shift)
    harder = _harder(made, t, kind.missed, place) + _scene(knobs)

    def missed(more: float) -> tuple[F64, F64]:
        level = (harder + more)[:, None]
        one = made.fnmr(t[:, None], level)[:, 0]
        return one, made.fnir(n, t[:, None], level, rank, shift[:, None])[:, 0] if rank else one

    bare, masked = missed(0.0), float(knobs.masked)
    covered = missed(float(knobs.harder_masked)) if masked else bare
    fnmr, fnir = ((1.0 - masked) * x + masked * y for x, y in zip(bare, covered, strict=True))
    return Row(
        one.id,
        n,
        threshold,
        rank or None,
        interval(t),
        interval(detected.fpir(size, fmr, clustered)),
        interval(_not_returned(detected, fnir)),
        interval(fmr),
        interval(fnmr),
        kind.by,
        kind.group,
        not one.least <= threshold <= one.most,
    )


def _detected(knobs: Recognition) -> Detections:
    times = max(float(knobs.picture_times), 1e-300)
    return Detections(float(knobs.unusable), float(knobs.pictures), math.log10(times))


def _not_returned(detected: Detections, fnir: F64) -> F64:
    return 1.0 - detected.found(1.0 - fnir) if detected.unusable else fnir


def _scene(knobs: Recognition) -> float:
    """Return how much harder than where it was measured the scene makes every match, in probits."""
    return float(knobs.harder_pose) + float(knobs.harder_distance) + float(knobs.harder_motion)


def swept(
    name: str, scenario: Scenario, n: int, kind: Kind = EVERYBODY, points: int = 41, rank: int = 0
) -> list[tuple[float, float]]:
    """Return (FPIR, FNIR) along a system's range of thresholds, among the `rank` best of the gallery, for a drawing."""
    one = system(name)
    if one.one_setting:
        return []
    made = one.curve()
    only_first = replace(
        made, **{x: getattr(made, x)[:1] for x in ("t", "decades", "probit", "slope", "unmatchable")}
    )
    knobs = scenario.sensing.recognition
    detected = _detected(knobs)
    size = float(effective_size(n, float(knobs.normalised), one.gallery))
    shift = _shifts(kind.false, 1, 0)
    drawn: list[tuple[float, float]] = []
    for threshold in np.linspace(one.least, one.most, points):
        t = only_first.t_at(threshold)
        fpir = detected.fpir(size, fmr_of(t, shift), float(knobs.clustered))
        harder = _harder(only_first, t, kind.missed, 0)
        bare, covered = (
            only_first.fnir(n, t[:, None], (harder + _scene(knobs) + more)[:, None], rank, shift[:, None])[:, 0]
            for more in (0.0, float(knobs.harder_masked))
        )
        masked = float(knobs.masked)
        fnir = _not_returned(detected, (1.0 - masked) * bare + masked * covered)
        drawn.append((float(fpir[0]), float(fnir[0])))
    return drawn


def _threshold_for(
    made: Curve, detected: Detections, size: float, fpir: float, clustered: float, shift: float
) -> float:
    """Return the stated system's threshold at which a kind of people has a stated FPIR."""
    fmr = detected.fmr_for(size, fpir, clustered)
    if fmr >= 1.0:
        raise Problem(
            f"no threshold has an FPIR of {spelled(fpir)}",
            where="--at-fpir",
            why="Even where every comparison matches, too many detections can be compared with nobody.",
            todo="Ask for a smaller FPIR, or set sensing.recognition.unusable lower.",
        )
    t = float(t_of(fmr)) + shift
    return float(made.threshold_at(t)[0])


def _shifts(multiplier: Quantity, worlds: int, place: int) -> F64:
    """Turn a multiplier and its range into shifts along the axis, one for each plausible world."""
    ends = [-float(t_of(x)) for x in _ends(multiplier)]
    return jittered(Interval(*ends), worlds, place)


def _harder(made: Curve, t: F64, multiplier: Quantity, place: int) -> F64:
    """Turn a multiplier of the misses into probits at the threshold itself."""
    from scipy.special import ndtri

    if multiplier.value == 1 and multiplier.low is None:
        return np.zeros(len(t))
    times = jittered(Interval(*_ends(multiplier)), len(t), place + 50)
    never = made.unmatchable
    before = made.fnmr(t[:, None])[:, 0]
    after = np.clip(before * times, never, 1.0 - 1e-12)
    share = [np.clip((x - never) / (1.0 - never), 1e-15, 1.0 - 1e-15) for x in (after, before)]
    return np.asarray(ndtri(share[0]) - ndtri(share[1]), np.float64)


def _ends(quantity: Quantity) -> tuple[float, float, float]:
    low = quantity.value if quantity.low is None else quantity.low
    high = quantity.value if quantity.high is None else quantity.high
    return quantity.value, low, high


def _sensible(one: System, galleries: Sequence[int], at_fpir: Sequence[float], rank: int) -> None:
    for n in galleries:
        if not 1 <= n <= MOST:
            raise Problem(
                f"a gallery holds 1 to {MOST:,} references, not {n:,}",
                where="--gallery",
                why="FPIR and FNIR are rates of a search among N references.",
                todo="Write for example --gallery 10000.",
            )
    for p in at_fpir:
        if not 0.0 < p < 1.0:
            raise Problem(
                f"an FPIR lies between 0 and 1, not {spelled(p)}",
                where="--at-fpir",
                why="It is a share of the searches of people who are not enrolled.",
                todo="Write for example --at-fpir 0.001.",
            )
    if rank < 0:
        raise Problem(
            f"a list of candidates has at least one place, not {rank}",
            where="--rank",
            todo="Write for example --rank 1, or leave it out.",
        )
    if at_fpir and one.one_setting:
        raise Problem(
            f"{one.id} has one published setting, so its threshold cannot be set for an FPIR",
            where="--at-fpir",
            why="Nothing published says how often it errs at another threshold.",
            todo="Leave --at-fpir out, or choose a system with a range ('glasstown curve --list').",
        )
