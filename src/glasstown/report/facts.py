"""Facts for people: one as a card, many as a list, each with its source, how surely it is known, and who uses it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from glasstown import catalogue
from glasstown.catalogue import STATUSES, Fact
from glasstown.core.errors import Problem
from glasstown.core.quantity import spelled
from glasstown.report.words import plural
from glasstown.scenario import Scenario, facts_behind, load
from glasstown.study.validation import TARGETS

_WIDE, _LABEL = 100, 16
_NAMED = re.compile(r"published afterwards, and no input here: ([^.]*)", re.IGNORECASE)
_ID = re.compile(r"\b[a-z]{2}\d\d-[a-z0-9-]+")
_OUTCOME = "outcome_of"
_SHELVES = ("scenarios", "safeguards", "systems", "rulebooks")


def find(name: str | None = None, search: str | None = None) -> list[Fact]:
    """Return one fact, all facts of a record, those that mention every word of a search, or all.

    Raises
    ------
    Problem
        If there is none, with the nearest id.
    """
    found = list(catalogue.facts().values())
    if name is not None:
        of_record = [fact for fact in found if fact.record.lower() == name.lower()]
        found = of_record or [catalogue.fact(name.lower())]
    if search is not None:
        words = search.lower().split()
        found = [fact for fact in found if all(word in _text(fact) for word in words)]
        if not found:
            raise Problem(f"no fact mentions '{search}'", todo="'glasstown facts' lists all of them.")
    return found


def _text(fact: Fact) -> str:
    said = (fact.id, fact.statement, fact.unit, fact.where, fact.when, fact.conditions, fact.source, fact.corrects)
    return " ".join(part for part in said if part).lower()


def amount(fact: Fact) -> str:
    """Write the number with its interval and unit."""
    if fact.unit == "sign":
        return {-1.0: "falls or is lower", 0.0: "no difference", 1.0: "rises or is higher"}[fact.value]
    within = f" ({spelled(fact.low)} to {spelled(fact.high)})" if fact.low is not None and fact.high is not None else ""
    unit = fact.unit.removesuffix("s") if fact.value == 1 and not within else fact.unit
    return f"{_digits(fact.value)}{within} {unit}"


def _digits(number: float) -> str:
    return f"{number:.5g}" if 0 < abs(number) < 1e-3 else spelled(number)


def setting(fact: Fact) -> str:
    """Write the rate with its gallery size and threshold; nothing where the fact is no such rate."""
    if fact.measure is None:
        return ""
    size = fact.gallery
    n = spelled(size) if isinstance(size, int) else " to ".join(map(spelled, size or ()))
    t = spelled(fact.threshold) if isinstance(fact.threshold, float) else fact.threshold
    return f"{fact.measure.upper()}, gallery size N = {n}, threshold T = {t}"


def listing(found: Iterable[Fact]) -> str:
    """List facts record by record, one line each, with a line on how surely they are known."""
    lines: list[str] = []
    shown = list(found)
    record = ""
    for fact in shown:
        if fact.record != record:
            record = fact.record
            lines.append(f"{record}  {fact.source}")
        lines.append(f"  {fact.id:<34} {amount(fact)}  [{fact.status}] {fact.where}, {fact.when}")
    return "\n".join([*lines, "", *_surely(shown)])


def _surely(shown: list[Fact]) -> Iterator[str]:
    yield f"{len(shown)} {plural(len(shown), 'fact', 'facts')}. How surely they are known:"
    for status, words in STATUSES.items():
        n = sum(fact.status == status for fact in shown)
        if n:
            yield f"  {status:<14} {n:>4}  {words}"
    checked = sum(fact.checked_by is not None for fact in shown)
    yield f"  {'checked':<14} {checked:>4}  derived again by a second reader who had not seen the value"


def card(fact: Fact) -> str:
    """Write everything about one fact, for people."""
    rows = (
        ("Where and when", f"{fact.where}, {fact.when}"),
        ("Conditions", fact.conditions),
        ("Rate", setting(fact)),
        ("Corrects", fact.corrects or ""),
        ("Source", fact.source),
        ("Found at", "" if fact.locator == "-" else fact.locator),
        ("How surely", f"{fact.status}: {STATUSES[fact.status]}{f', by {fact.read_by}' if fact.read_by else ''}"),
        ("Second reader", _second(fact)),
        ("Used by", _used(fact.id)),
    )
    lines = [f"{fact.id}: {amount(fact)}", *textwrap.wrap(fact.statement, _WIDE, break_long_words=False), ""]
    for label, said in rows:
        if said:
            first, *more = textwrap.wrap(said, _WIDE - _LABEL, break_long_words=False, break_on_hyphens=False)
            lines += [f"{label:<{_LABEL}}{first}", *(" " * _LABEL + line for line in more)]
    return "\n".join(lines)


def _second(fact: Fact) -> str:
    if fact.checked_by:
        return f"derived again by {fact.checked_by}"
    against = catalogue.disputed(fact)
    if against:
        values = "; ".join(f"{r.reader} found {_digits(r.value)} on {r.date} ({r.how})" for r in against)
        return f"disputed: {values}"
    return "nobody has derived it again, so it is unchecked"


def _used(name: str) -> str:
    said = [f"{_called(shelf, len(entries))} {', '.join(entries)}" for shelf, entries in uses().get(name, {}).items()]
    return "; ".join(said) or "nothing in the catalogue and no prediction yet"


def _called(shelf: str, n: int) -> str:
    return "set beside runs of" if shelf == _OUTCOME else plural(n, shelf.removesuffix("s"), shelf)


def outcomes(scenario: Scenario) -> list[Fact]:
    """List the facts that a scenario's description names as published afterwards and as no input of it."""
    named = _NAMED.search(" ".join(scenario.description.split()))
    found = [catalogue.known(name) for name in _ID.findall(named[1])] if named else []
    return [fact for fact in found if fact is not None]


@cache
def uses() -> dict[str, dict[str, list[str]]]:
    """Return for each fact what rests on it, shelf by shelf, then predictions, then runs beside which it is set."""
    found: dict[str, dict[str, list[str]]] = {}
    for shelf in _SHELVES:
        for entry in catalogue.names(shelf):
            for name in sorted(_facts_of(shelf, entry)):
                found.setdefault(name, {}).setdefault(shelf, []).append(entry)
    for target in TARGETS.values():
        for name in target.facts:
            found.setdefault(name, {}).setdefault("validation", []).append(target.id)
    for entry in catalogue.names("scenarios"):
        for fact in outcomes(load(entry)):
            found.setdefault(fact.id, {}).setdefault(_OUTCOME, []).append(entry)
    return found


def _facts_of(shelf: str, entry: str) -> set[str]:
    match shelf:
        case "scenarios":
            return set(facts_behind(load(entry)))
        case "safeguards":
            turned = catalogue.safeguard(entry).change.values()
            return {value["fact"] for value in turned if isinstance(value, dict) and "fact" in value}
        case "systems":
            return set(catalogue.system(entry).facts)
        case _:
            return {q.fact for _, q in catalogue.numbers_of("rulebooks", entry) if q.fact}


def document(fact: Fact) -> dict[str, Any]:
    """Return one fact for machines, with who uses it and what disputes it."""
    return {
        **fact.model_dump(mode="json"),
        "status_says": STATUSES[fact.status],
        "disputed_by": [reading.model_dump() for reading in catalogue.disputed(fact)],
        "used_by": uses().get(fact.id, {}),
    }


def hidden(fact: Fact) -> dict[str, Any]:
    """Return one fact for machines without its value."""
    return catalogue.blind(fact)


def blind(fact: Fact) -> str:
    """Write what a second reader needs to derive the value again, without any number that gives it away."""
    rows = hidden(fact)
    asked = rows.pop("asked")
    lines = [f"{rows.pop('id')}: derive this value from its source, without looking at the catalogue's.", asked, ""]
    for key, said in rows.items():
        if said not in (None, "-"):
            shown = {True: "yes", False: "no"}[said] if isinstance(said, bool) else str(said)
            lines.append(f"{key.replace('_', ' ').capitalize():<{_LABEL}}{shown}")
    lines += [
        "",
        f"Write what you find into catalogue/second/{fact.record.lower()}.yaml; catalogue/second/README.md says how.",
    ]
    return "\n".join(lines)
