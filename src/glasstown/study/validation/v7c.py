"""V7c: secondary checks of what people do and think, read off small runs of the nation's engine."""

from __future__ import annotations

from collections.abc import Sequence

from glasstown.catalogue import fact
from glasstown.core.estimates import Estimate
from glasstown.study.compare import arm
from glasstown.study.kinds import kind_of
from glasstown.study.validation.parts import Part, null, part

CITY = "city-points"
SIZE = ("town.people=60000", "town.sample=1", "days=90")
POINTS = 0.05
SEEN = "0.2"
WATCHED = (f"sensing.reports.police.misses={SEEN}", "consequence.reaction.aware=1")


def parts() -> list[Part]:
    """Check opinion after information, stated less true approval, and the fall under automated fines."""
    found = _lived(CITY, SIZE)
    return [_information(found), _stated(found), _fines(_lived(CITY, (*SIZE, *WATCHED)))]


def _lived(name: str, settings: Sequence[str]) -> list[Estimate]:
    scenario = arm(name, settings)
    kind = kind_of(scenario)
    return kind.read(kind.live(scenario, 1, kind.survey(scenario), keep=None), scenario)


def _one(found: Sequence[Estimate], name: str, by: str | None = None, group: str | None = None) -> Estimate:
    return next(e for e in found if (e.name, e.by, e.group) == (name, by, group))


def _information(found: Sequence[Estimate]) -> Part:
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
        inputs={"sc13-before": fact("sc13-before").value, "opinion.informed": "assumed, near the ratio published"},
        fitted_on=("SC13",),
        unit="of those told both sides",
        note="no evidence: the share who still approve was set near what this record says; it shows that it is carried",
        evidence=False,
    )


def _stated(found: Sequence[Estimate]) -> Part:
    gap = fact("sc14-gap").quantity
    within = gap.low or 0.0, gap.high or 0.0
    said, true = _one(found, "approval_stated"), _one(found, "approval_true")
    difference = None if said.value is None or true.value is None else said.value - true.value
    return part(
        "V7c",
        "stated less true approval",
        published=gap.value,
        predicted=difference,
        within=within,
        nulls=[null("people say what they think", 0.0, within)],
        inputs={"opinion.hides": "assumed: half of those who do not approve say that they do"},
        unit="of adults",
        note="measured about a party, not about a rating; the share who hide what they think is assumed, not fitted",
    )


def _fines(found: Sequence[Estimate]) -> Part:
    """Compare what drivers do with what they would have done, where all know that most offences are seen."""
    deed = "traffic_offence"
    acts, less = (_one(found, name, "deed", deed).value or 0.0 for name in ("acts", "deterred"))
    fell = fact("be07-violations").quantity
    within = fell.low or 0.0, fell.high or 0.0
    return part(
        "V7c",
        "fall of violations under automated fines",
        published=fell.value,
        predicted=less / (acts + less) if acts + less else None,
        within=within,
        nulls=[
            null("fines deter nobody", 0.0, within),
            null("whoever is sure to be seen never does it", 1.0 - float(SEEN), within),
        ],
        inputs={"reports.police.misses": float(SEEN), "reaction.certainty": "assumed: 0.6 of what is surely seen"},
        unit="of offences",
        note=(
            "with displacement: in one city the total of accidents did not fall; the run "
            "takes everybody to know of the cameras and one offence in five to be missed"
        ),
    )
