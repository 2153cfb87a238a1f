"""What was published after a deployment, beside what the run of its scenario gives: set side by side, not judged."""

from __future__ import annotations

from collections.abc import Sequence

from glasstown import catalogue
from glasstown.catalogue import STATUSES, Fact
from glasstown.core.estimates import Estimate
from glasstown.report.blocks import section, small
from glasstown.report.facts import amount as published
from glasstown.report.facts import outcomes
from glasstown.report.markup import Child, Markup, el, join, paragraphs, table
from glasstown.report.material import Material
from glasstown.report.readings import Readings
from glasstown.report.words import amount, frequency, interval, listing, plural, whole
from glasstown.scenario import Scenario, differences, load

_QUANTITIES = {"alerts": "alerts", "true": "true_alerts", "false": "false_alerts"}
_RATES = {"lf17-or-found": "tpir", "lf17-or-found-2": "tpir", "lf17-or-far-2": "fpir"}
_SAID = {"alerts": "alerts", "true_alerts": "about the right person", "false_alerts": "about the wrong person"}


def counterpart(fact: Fact) -> str | None:
    """Return the quantity of a run that counts what a fact counts; None where there is none, as for arrests."""
    return _RATES.get(fact.id) or _QUANTITIES.get(fact.id.rpartition("-")[2])


def afterwards(material: Material) -> Markup:
    """Show each published outcome, its source and how surely it was read, and what the run gives."""
    r = Readings(material.metrics)
    rows: list[Sequence[Child]] = []
    for fact in outcomes(material.scenario):
        name = counterpart(fact)
        second = "derived again by a second reader" if fact.checked_by else "unchecked"
        source = join(fact.source, " ", small(f"{fact.id}: {STATUSES[fact.status]}; {second}"))
        rows.append((fact.statement, published(fact), _here(r[name]) if name else _none("no quantity"), source))
    return section(
        "afterwards",
        "What was published afterwards",
        paragraphs(
            "These outcomes are no input of the scenario. Beside each stands what this run gives. That is no "
            "validation: what was never published is an assumption here, one run is one draw of the crowd, and no "
            "prediction was worded before. “glasstown validate” has predictions that were.",
            _changed(material.scenario),
        ),
        table(
            "Published, and in this run; intervals are of the mean over such crowds, ranges add what replicates vary",
            ("What was said", "Published", "This run", "Source, and how surely it was read"),
            rows,
            numeric=(1, 2),
        ),
    )


def in_a_line(metrics: Sequence[Estimate], scenario: Scenario) -> str | None:
    """Say in one line what was published of the alerts and what the run gives; None where nothing was."""
    r = Readings(tuple(metrics))
    said: dict[str, str] = {}
    for fact in outcomes(scenario):
        name = counterpart(fact)
        # Of two figures that contradict each other the page says which is which.
        if name in _SAID and name not in said:
            words = _SAID[name] if said or name == "alerts" else f"alerts {_SAID[name]}"
            said[name] = f"{whole(fact.value)} {words} (here {whole(r.count(name))})"
    return f"Published afterwards, no input and no validation: {listing([*said.values()])}." if said else None


def _here(e: Estimate) -> Child:
    if e.value is None:
        return _none("not defined")
    share = frequency(e) if e.unit == "share" else None
    if share is not None:
        return join(share.short(), " ", small(share.beside()))
    return join(amount(e), " ", small(interval(e)))


def _none(words: str) -> Markup:
    return el("span", words, class_="none")


def _changed(scenario: Scenario) -> str | None:
    """Say that a run is of something else than the catalogue's scenario of this name."""
    if scenario.id not in catalogue.names("scenarios"):
        return "This scenario is none of the catalogue's: it may differ from the deployment in anything."
    n = len(differences(load(scenario.id), scenario))
    if not n:
        return None
    what = plural(n, "number or choice", "numbers or choices")
    return f"This run differs from the catalogue's scenario in {whole(n)} {what}."
