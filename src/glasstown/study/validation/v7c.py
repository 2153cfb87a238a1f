"""V7c: secondary checks of what people do and think, read off small runs of the nation's engine."""

from __future__ import annotations

from collections.abc import Sequence

from glasstown.catalogue import fact
from glasstown.core.estimates import Estimate
from glasstown.core.quantity import Quantity
from glasstown.study.compare import arm
from glasstown.study.kinds import kind_of
from glasstown.study.validation.parts import Part, null, part

CITY = "city-points"
SIZE = ("town.people=60000", "town.sample=1", "days=90")
POINTS = 0.05
SEEN = "0.2"
DEED = "traffic_offence"
WATCHED = (f"sensing.reports.police.misses={SEEN}", "consequence.reaction.aware=1")
HIDES, CERTAINTY = "consequence.opinion.hides", "consequence.reaction.certainty"


def parts() -> list[Part]:
    """Check opinion after information, stated less true approval, and the fall under automated fines."""
    found = _lived(CITY, SIZE)
    consequence = arm(CITY, SIZE).consequence
    hides, certainty = consequence.opinion.hides, consequence.reaction.certainty
    said = [_hidden(_lived(CITY, (*SIZE, f"{HIDES}={end}"))) for end in _ends(hides)]
    fell = [_fall(_lived(CITY, (*SIZE, *WATCHED, f"{CERTAINTY}={end}"))) for end in _ends(certainty)]
    return [
        _information(found, consequence.opinion.approve),
        _stated(_hidden(found), said, hides),
        _fines(_fall(_lived(CITY, (*SIZE, *WATCHED))), fell, certainty),
    ]


def _ends(of: Quantity) -> tuple[float, float]:
    return of.value if of.low is None else of.low, of.value if of.high is None else of.high


def _between(values: Sequence[float | None]) -> tuple[float | None, float | None]:
    known = [value for value in values if value is not None]
    return (min(known), max(known)) if len(known) == len(values) else (None, None)


def _assumed(of: Quantity, what: str) -> str:
    low, high = _ends(of)
    return f"assumed: {of.value:g}, from {low:g} to {high:g}, {what}"


def _lived(name: str, settings: Sequence[str]) -> list[Estimate]:
    scenario = arm(name, settings)
    kind = kind_of(scenario)
    return kind.read(kind.live(scenario, 1, kind.survey(scenario), keep=None), scenario)


def _one(found: Sequence[Estimate], name: str, by: str | None = None, group: str | None = None) -> Estimate:
    return next(e for e in found if (e.name, e.by, e.group) == (name, by, group))


def _information(found: Sequence[Estimate], approve: Quantity) -> Part:
    published = fact("sc13-after").value
    within = published - POINTS, published + POINTS
    informed = _one(found, "approval_informed")
    return part(
        "V7c",
        "approval after balanced information",
        published=published,
        predicted=informed.value,
        interval=(informed.low, informed.high),
        within=within,
        nulls=[null("information changes nothing", _one(found, "approval_uninformed").value, within)],
        inputs={
            "opinion.approve": _assumed(approve, "of adults"),
            "opinion.informed": "assumed, near the ratio published",
        },
        fitted_on=("SC13",),
        unit="of those told both sides",
        note="no evidence: the share who still approve was set near what was published; it shows that it is carried",
        evidence=False,
    )


def _hidden(found: Sequence[Estimate]) -> float | None:
    """Return the stated less the true approval."""
    said, true = _one(found, "approval_stated").value, _one(found, "approval_true").value
    return None if said is None or true is None else said - true


def _stated(gap: float | None, ends: Sequence[float | None], hides: Quantity) -> Part:
    published = fact("sc14-gap").quantity
    within = published.low or 0.0, published.high or 0.0
    return part(
        "V7c",
        "stated less true approval",
        published=published.value,
        predicted=gap,
        interval=_between([gap, *ends]),
        within=within,
        nulls=[null("people say what they think", 0.0, within)],
        inputs={"opinion.hides": _assumed(hides, "of those who do not approve say that they do")},
        unit="of adults",
        note=(
            "no evidence: it is the share who hide what they think, which is assumed, carried through, and the "
            "interval is what its range gives; the published gap was measured about a party, not about a rating"
        ),
        evidence=False,
    )


def _fall(found: Sequence[Estimate]) -> float | None:
    """Compare what drivers do with what they would have done."""
    acts, less = (_one(found, name, "deed", DEED).value or 0.0 for name in ("acts", "deterred"))
    return less / (acts + less) if acts + less else None


def _fines(fall: float | None, ends: Sequence[float | None], certainty: Quantity) -> Part:
    fell = fact("be07-violations").quantity
    within = fell.low or 0.0, fell.high or 0.0
    return part(
        "V7c",
        "fall of violations under automated fines",
        published=fell.value,
        predicted=fall,
        interval=_between([fall, *ends]),
        within=within,
        nulls=[
            null("fines deter nobody", 0.0, within),
            null("whoever is sure to be seen never does it", 1.0 - float(SEEN), within),
        ],
        inputs={
            "reports.police.misses": float(SEEN),
            "reaction.certainty": _assumed(certainty, "of what is surely seen"),
        },
        unit="of offences",
        note=(
            "no evidence: it is the certainty that deters, which is assumed, carried through, and the interval is what "
            "its range gives; with displacement: in one city the total of accidents did not fall; the run takes "
            "everybody to know of the cameras and one offence in five to be missed"
        ),
        evidence=False,
    )
