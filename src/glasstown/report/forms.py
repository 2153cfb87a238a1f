"""How the report of each kind of scenario reads: what it says first, which sections follow, which tables they draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import final

from glasstown import tables as t
from glasstown.core.columns import Table
from glasstown.core.estimates import Estimate
from glasstown.metrics.crowd import SAYS
from glasstown.metrics.nation_quantities import OVERALL
from glasstown.metrics.quantities import METRICS
from glasstown.report import balance, crowd, findings, grounds, groups, lead, nation, nation_lead, recognition
from glasstown.report.afterwards import afterwards
from glasstown.report.artist import refuse_undrawable
from glasstown.report.facts import outcomes
from glasstown.report.lead import Statement, Statements
from glasstown.report.markup import Markup
from glasstown.report.material import Material
from glasstown.scenario import Scenario
from glasstown.tables_crowd import CrowdTallies
from glasstown.tables_nation import MonthByMonth


@final
@dataclass(frozen=True)
class Chapter:
    """One section: its anchor, what the contents call it, and the function that writes it."""

    name: str
    words: str
    write: Callable[[Material], Markup]


@final
@dataclass(frozen=True)
class Form:
    """The report of one kind of scenario.

    Parameters
    ----------
    size : callable
        Says how large the scenario is: "10,000 people, 28 days".
    statements : callable
        The few numbers that matter most, each as a sentence.
    chapters : tuple of Chapter
        The sections in order; the first is the short one that holds the statements.
    drawn : mapping of str to type of Table
        The tables that the sections draw from.
    pictures : bool
        Whether any section has a picture.
    """

    size: Callable[[Scenario], str]
    statements: Statements
    chapters: tuple[Chapter, ...]
    drawn: Mapping[str, type[Table]]
    pictures: bool = True


_DAY_TOWN = Form(
    size=lead.size,
    statements=lead.statements,
    chapters=(
        Chapter("in-short", "In short", partial(lead.in_short, statements=lead.statements)),
        Chapter("town", "The town", findings.the_town),
        Chapter("exposure", "In view", findings.exposure),
        Chapter("recognition", "Search to stop", recognition.recognition),
        Chapter("groups", "Who bears it", partial(groups.groups, columns=groups.RESIDENTS)),
        Chapter("balance", "Benefit and harm", balance.balance),
        Chapter("days", "Day by day", partial(findings.days, kind=t.Tallies, counts=findings.RESIDENTS)),
        Chapter("scope", "Limits", partial(grounds.scope, limits=grounds.LIMITS)),
        Chapter("numbers", "Numbers", grounds.the_numbers),
        Chapter("sources", "Sources", grounds.sources),
        Chapter("metrics", "Every quantity", partial(grounds.every_metric, says={m.name: m.says for m in METRICS})),
        Chapter("repeat", "Repeat", grounds.provenance),
    ),
    drawn={
        "streets": t.Streets,
        "street_points": t.StreetPoints,
        "devices": t.Devices,
        "street_use": t.StreetUse,
        "tallies": t.Tallies,
    },
)


_CROWD = Form(
    size=crowd.size,
    statements=crowd.statements,
    chapters=(
        Chapter("in-short", "In short", partial(lead.in_short, statements=crowd.statements)),
        Chapter("readings", "Two readings", crowd.readings),
        Chapter("recognition", "Search to stop", recognition.recognition),
        Chapter("groups", "Who bears it", partial(groups.groups, columns=groups.PASSERS)),
        Chapter("days", "Day by day", partial(findings.days, kind=CrowdTallies, counts=findings.PASSERS)),
        Chapter("scope", "Limits", partial(grounds.scope, limits=crowd.LIMITS)),
        Chapter("numbers", "Numbers", grounds.the_numbers),
        Chapter("sources", "Sources", grounds.sources),
        Chapter("metrics", "Every quantity", partial(grounds.every_metric, says=SAYS)),
        Chapter("repeat", "Repeat", grounds.provenance),
    ),
    drawn={"tallies": CrowdTallies},
)


def _of_a_nation(
    metrics: Sequence[Estimate], scenario: Scenario, outcomes: t.Outcomes | None = None
) -> list[Statement]:
    """Say the numbers that matter most of a nation, in which nobody is stopped in the street."""
    del outcomes
    return nation_lead.statements(metrics, scenario)


_NATION = Form(
    size=nation_lead.size,
    statements=_of_a_nation,
    chapters=(
        Chapter("in-short", "In short", partial(lead.in_short, statements=_of_a_nation)),
        Chapter("doors", "Closed doors", nation.doors),
        Chapter("wrong", "Wrong records", nation.wrong),
        Chapter("ratings", "Ratings", nation.ratings),
        Chapter("groups", "Who bears it", nation.who),
        Chapter("balance", "Benefit and harm", nation.benefit),
        Chapter("months", "Month by month", nation.months),
        Chapter("scope", "Limits", partial(grounds.scope, limits=nation.LIMITS)),
        Chapter("numbers", "Numbers", grounds.the_numbers),
        Chapter("sources", "Sources", grounds.sources),
        Chapter(
            "metrics",
            "Every quantity",
            partial(grounds.every_metric, says=OVERALL, intervals=nation.INTERVALS, kinds=nation_lead.ROWS),
        ),
        Chapter("repeat", "Repeat", grounds.provenance),
    ),
    drawn={"months": MonthByMonth},
    pictures=False,
)

_AFTERWARDS = Chapter("afterwards", "Published afterwards", afterwards)
_FORMS = {"crowd": _CROWD, "nation": _NATION}


def form_of(scenario: Scenario) -> Form:
    """Return how the report of a scenario's kind of town reads, what was published afterwards among it if named."""
    form = _FORMS.get(scenario.town.kind, _DAY_TOWN)
    if scenario.town.kind != "crowd" or not outcomes(scenario):
        return form
    first, readings, *rest = form.chapters
    return replace(form, chapters=(first, readings, _AFTERWARDS, *rest))


def check_pictures(scenario: Scenario) -> None:
    """Refuse, before anything is lived, a scenario whose report could not be drawn at its end.

    Raises
    ------
    Problem
        See `refuse_undrawable`.
    """
    if form_of(scenario).pictures:
        refuse_undrawable()
