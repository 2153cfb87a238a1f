"""A rulebook in plain words: what it does, which of its rules are dead, and where its cliffs are."""

from __future__ import annotations

from typing import Any

from glasstown import tables as t
from glasstown.catalogue.compiled import starts
from glasstown.catalogue.findings import Cliff, Dead, cliffs, dead_rules
from glasstown.catalogue.rulebook import Listing, RatingRules, Rulebook, quantities
from glasstown.report.words import plural
from glasstown.scenario import Scenario, in_words, tally

CONTEXT = "city-points"


def filed_per_year(scenario: Scenario) -> dict[str, float]:
    """Say how many entries of each kind of conduct reach the file of the average adult in a year.

    Conduct times the share that is reported, plus what the reporter invents, divided over what it reports on.

    Limits: before anybody changes their ways; a camera's misses in recognising faces are left out.
    """
    found: dict[str, float] = {}
    for name, by in zip(t.DEEDS, t.REPORTED_BY, strict=True):
        deed, reporter = getattr(scenario.town.deeds, name), getattr(scenario.sensing.reports, by)
        kinds = t.REPORTED_BY.count(by)
        seen = 1.0 - float(reporter.misses)
        found[name] = float(deed.per_year) * seen + (float(reporter.invents_per_year) / kinds if seen else 0.0)
    return found


def counted(book: Rulebook) -> dict[str, int]:
    """Count a rulebook's numbers: those with a source, those of them that were recalled, and those assumed."""
    return tally([quantity.fact for _, quantity in quantities(book)])


def explained(book: Rulebook, scenario: Scenario) -> dict[str, Any]:
    """Return everything that can be said about a rulebook, JSON-ready.

    Parameters
    ----------
    scenario : Scenario
        The town whose conduct and reporters are taken for the average adult's.
    """
    yearly = filed_per_year(scenario)
    dead, steep = dead_rules(book, yearly), cliffs(book, yearly)
    return {
        "id": book.id,
        "title": book.title,
        "status": book.status,
        "numbers": counted(book),
        "summary": summary(book),
        "dead_rules": [{"kind": d.kind, "rule": d.rule, "why": d.why, "sentence": dead_in_words(d)} for d in dead],
        "cliffs": [cliff.document() | {"sentence": cliff_in_words(cliff, book)} for cliff in steep],
        "entries_per_year": {name: float(f"{value:.4g}") for name, value in yearly.items()},
        "scenario": scenario.id,
    }


def text(book: Rulebook, scenario: Scenario) -> str:
    """Write the same for people."""
    said = explained(book, scenario)
    lines = [book.title, *(f"  {sentence}" for sentence in said["summary"]), "dead rules:"]
    lines += [f"  {dead['sentence']}" for dead in said["dead_rules"]] or ["  none found"]
    lines += ["cliffs:", *([f"  {cliff['sentence']}" for cliff in said["cliffs"]] or ["  none found"])]
    lines.append(f"{in_words(said['numbers'])}; conduct and reporters as in the scenario '{scenario.id}'.")
    return "\n".join(lines)


# ------------------------------------------------------------------ what it does
def summary(book: Rulebook) -> list[str]:
    """Say what a rulebook does, sentence by sentence."""
    who = f" ({book.covers.who})" if book.covers.who else ""
    age = f"people from {book.covers.from_age} on" if book.covers.from_age else "everybody"
    found = [f"It covers {age}{who}."]
    found += _of_rating(book.rating) if book.rating else ["There is no rating."]
    for name in t.LISTS:
        listing: Listing | None = getattr(book.lists, name)
        found += [_of_list(name, listing)] if listing else [f"There is no {_list(name)}."]
    return found


def _of_rating(rating: RatingRules) -> list[str]:
    base, floor, cap = int(rating.base), int(rating.floor), int(rating.cap)
    found = [f"Everybody starts at {base:,} points; a rating lies between {floor:,} and {cap:,}."]
    for name, event in rating.events.items():
        points = int(event.points)
        said = (
            f"{_said(name)} {'gives' if points > 0 else 'costs'} {abs(points)} {plural(abs(points), 'point', 'points')}"
        )
        most, months = int(event.most_per_period), int(event.expires_months)
        if most:
            said += f", at most {most} {plural(most, 'time', 'times')} in {int(rating.period_months)} months"
        said += f"; taken back after {_months(months)}" if months else "; for ever"
        found.append(f"{said} ({event.article}).")
    top = cap
    for grade, least in zip(rating.grades, starts(rating), strict=True):
        parts = [f"closes {_words(grade.closes)}"] if grade.closes else []
        parts += [f"opens {_words(grade.opens)}"] if grade.opens else []
        found.append(f"Grade {grade.name} ({least:,} to {top:,}) {' and '.join(parts) or 'changes nothing'}.")
        top = least - 1
    return found


def _of_list(name: str, listing: Listing) -> str:
    reasons = [_said(conduct).lower() for conduct in listing.listed_for]
    reasons += [f"grade {grade}" for grade in listing.grades]
    parts = [f"closes {_words(listing.closes)}"] if listing.closes else []
    parts += [f"opens {_words(listing.opens)}"] if listing.opens else []
    ends = ["by repaying"] if listing.ends_when_repaid else []
    months = int(listing.expires_months)
    ends += [f"after {_months(months)}"] if months else []
    told = "others are told" if listing.published else "others are not told"
    known = "everywhere" if listing.national else "where it is kept"
    does, over = " and ".join(parts) or "changes nothing", " or ".join(ends) or "only by appeal, repair or death"
    return (
        f"People come on the {_list(name)} by {_joined(reasons)}; it {does}; an entry ends {over}; {told}; it is known "
        f"{known} ({listing.article})."
    )


# ------------------------------------------------------------------ what it does without meaning to
def dead_in_words(dead: Dead) -> str:
    """Say one dead rule."""
    return f"{dead.rule}: {dead.why}."


def cliff_in_words(cliff: Cliff, book: Rulebook) -> str:
    """Say one cliff."""
    gone = [f"closes {_words(cliff.closes)}"] if cliff.closes else []
    if cliff.at is None or book.rating is None:
        gone += [f"opens {_words(cliff.loses)}"] if cliff.loses else []
        how = "" if cliff.years is None else f"; the average adult has one such entry in {_years(cliff.years)}"
        what, which = _said(cliff.event).lower(), _list(cliff.lists[0])
        does = f"One entry ({what}) puts a person on the {which}, which {' and '.join(gone)}"
        return f"{does}{how}; {_term(cliff.expires_months)}."
    gone += [f"takes away {_words(cliff.loses)}"] if cliff.loses else []
    gone += [f"changes who is on the {_list(name)}" for name in cliff.lists]
    said = f"Between {cliff.at:,} and {cliff.at - 1:,} points, one point {' and '.join(gone)}. "
    if cliff.events_from_base is None:
        return said + "No event leads there from the base."
    points = int(book.rating.events[cliff.event].points)
    number, base = cliff.events_from_base, int(book.rating.base)
    kind = f"{_said(cliff.event).lower()}, {points:+d}"
    times = f"{number} {plural(number, 'entry', 'entries')} of the commonest kind ({kind})"
    if points > 0:
        said += f"It takes {times} to get there from {base:,}"
    elif number == 0:
        said += f"The base {base:,} lies below"
    else:
        said += f"From {base:,} it takes {times} to fall below"
    if cliff.years is not None:
        said += f", {_years(cliff.years)} for the average adult"
    said += f"; {_term(cliff.expires_months)}."
    if cliff.never_adds_up:
        said += " The first would end before the last is made, at that pace."
    if cliff.alone:
        alone = int(book.rating.events[cliff.alone].points)
        said += f" One entry of another kind is enough ({_said(cliff.alone).lower()}, {alone:+d})."
    if cliff.steps > 1:
        said += f" One event can cross {cliff.steps} grades from here."
    return said


def _term(months: int) -> str:
    return f"an entry ends after {_months(months)}" if months else "an entry never ends by itself"


def _years(years: float) -> str:
    if years < 1 / 12:
        return "less than a month"
    if years < 2:
        return _months(round(years * 12))
    return f"about {years:,.0f} years"


def _months(months: int) -> str:
    return f"{months} {plural(months, 'month', 'months')}"


def _said(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _list(name: str) -> str:
    return {"court": "adverse list", "red": "red list"}[name]


def _words(names: tuple[str, ...]) -> str:
    return _joined([name.replace("_", " ") for name in names])


def _joined(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
