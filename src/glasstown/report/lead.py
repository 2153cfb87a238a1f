"""What a reader learns first: what this is, what it is not, and the few numbers that matter most."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from glasstown import catalogue
from glasstown import tables as t
from glasstown.core.estimates import Estimate
from glasstown.report.markup import Child, Markup, el, isolated
from glasstown.report.material import Material
from glasstown.report.readings import Readings
from glasstown.report.words import (
    FEW,
    NBSP,
    amount,
    few,
    frequency,
    interval,
    limits,
    plural,
    rounded_to,
    whole,
)
from glasstown.scenario import Scenario, headline

_BANNERS = {
    "draft": "This scenario is a draft: do not cite. Its description and its numbers may still be wrong.",
    "provisional": (
        "This scenario is provisional: do not cite. No second person has yet derived the numbers it "
        "takes from publications again."
    ),
}

SYNTHETIC = (
    "Everybody in this report is synthetic. The people, their households, faces and days were invented by a "
    "program from aggregate numbers; no real person appears, and nothing here was measured on one."
)

CHANCE = (
    "The 95 % intervals say how far chance alone could have moved a number here. They do not cover "
    "wrong facts or assumptions; how they are made is said under “Every quantity”."
)

Statement = tuple[str, str]
Statements = Callable[[Sequence[Estimate], Scenario, t.Outcomes | None], list[Statement]]


def size(scenario: Scenario) -> str:
    """Say how many people live how many days."""
    people = scenario.town.people
    return f"{whole(people)} {plural(people, 'person', 'people')}, {lasting(scenario.days)}"


def lasting(days: int) -> str:
    """Say how long a run was: counts of people and events, and shares of people, grow with it."""
    return f"{whole(days)} {plural(days, 'day', 'days')}"


def header(material: Material, said: str) -> Markup:
    """Write title, description, size, status and the statement that nobody here is real."""
    scenario = material.scenario
    banner, beyond, streets = _BANNERS.get(scenario.status), extrapolated(scenario), on_real_streets(scenario)
    return el(
        "header",
        el("p", "Glasstown · what a watching system would do to a town", class_="kicker"),
        el("h1", isolated(scenario.title)),
        el("p", streets, class_="description") if streets else None,
        el("p", isolated(scenario.description), class_="description") if scenario.description else None,
        el(
            "p",
            f"{said}, seed {material.provenance.get('seed', '?')}. {headline(scenario)}.",
            class_="run",
        ),
        el("p", banner, class_="banner", role="note") if banner else None,
        el("p", beyond, class_="banner", role="note") if beyond else None,
        el("p", SYNTHETIC, class_="synthetic"),
    )


def on_real_streets(scenario: Scenario) -> str | None:
    """Say that streets are real where the scenario's description does not; None where there is nothing to say."""
    if scenario.town.kind != "streets" or "real streets" in scenario.description.lower():
        return None
    file = scenario.town.streets.file.replace("\\", "/").rpartition("/")[2]
    said = f"Real streets ({file}), invented people; the watching system is that of the scenario."
    written = " The description that follows was written for the scenario's own town." if scenario.description else ""
    return f"{said} Nothing says that this place has it.{written}"


def extrapolated(scenario: Scenario) -> str | None:
    """Warn of a decision threshold about which nothing was published; None where there is nothing to warn of."""
    recognition = scenario.sensing.recognition
    if recognition.system not in catalogue.names("systems"):
        return None
    system, threshold = catalogue.system(recognition.system), float(recognition.decision_threshold)
    if system.least <= threshold <= system.most:
        return None
    return (
        f"Extrapolated: nothing was published about {system.id} at decision threshold {few(threshold, 6)}. Its range "
        f"is {few(system.least, 6)} to {few(system.most, 6)}; beyond it every error rate here follows a guess."
    )


def in_short(material: Material, statements: Statements) -> Markup:
    """Write the headline numbers as sentences, each with its count and its interval."""
    said = statements(material.metrics, material.scenario, material.outcomes())
    return el(
        "section",
        el("h2", "In short", id="in-short"),
        el("div", [_statement(lead, fine) for lead, fine in said], class_="statements"),
        el("p", CHANCE, class_="fine note"),
        class_="lead",
        aria_labelledby="in-short",
    )


def statements(
    metrics: Sequence[Estimate], scenario: Scenario, outcomes: t.Outcomes | None = None
) -> list[Statement]:
    """Say the few numbers that matter most: each a sentence, with its counts and its interval behind it."""
    r, days = Readings(tuple(metrics)), scenario.days
    borne = borne_by(outcomes, r)
    return [wrongly_stopped(r, borne), searched(r, days), wrongful_per_100k(r, days), found(r, days), observed(r)]


def _statement(lead: Child, fine: Child) -> Markup:
    return el(
        "div", el("p", lead, class_="say"), el("p", fine, class_="fine") if fine else None, class_="statement"
    )


def wrongly_stopped(r: Readings, borne: str = "") -> Statement:
    """Say how many stops should not have been; `borne` says on whom they fell (see `borne_by`)."""
    stops, misidentified, listed = (r.count(name) for name in ("stops", "misidentified", "wrongly_listed"))
    said = frequency(r["wrongful_stops_share"])
    if said is None:
        return (
            "Nobody was stopped.",
            f"So nothing can be said about how many stops would be of the wrong person. {_none(r, 'stops')}",
        )
    rated = FEW <= stops != said.of

    def so_many(n: int, more: str = "") -> str:
        share = few(rounded_to(n / stops * said.of, 2 if stops < said.of else 3), 12)
        return f"{whole(n)}{more} ({share} of {said.of:,})" if rated and n else f"{whole(n)}{more}"

    unlisted = "of somebody rightly recognised who should never have been listed"
    more = f", and {so_many(listed, ' more')} {_were(listed)} {unlisted}" if listed else ""
    if stops == 1:
        lead, more = f"The one stop was of the {'wrong' if misidentified else 'right'} person", ""
        if listed:
            more = ", who should never have been listed"
    elif misidentified == 0:
        lead = f"None of {whole(stops)} stops was of the wrong person"
        more = more.replace("and", "but", 1).replace(" more", "", 1)
    else:
        lead = f"Of {whole(stops)} stops, {so_many(misidentified)} {_were(misidentified)} of the wrong person"
    little = "So few stops say little about other towns." if stops < FEW else ""
    together = "Wrong person and wrongly listed together: " if listed else ""
    counted = borne or "Somebody stopped twice counts twice."
    ends = as_sentence(together + said.interval()) if said.interval() else ""
    return f"{lead}{more}.", " ".join(part for part in (counted, little, ends) if part)


def borne_by(outcomes: t.Outcomes | None, r: Readings) -> str:
    """Say on how many different people the stops of the wrong person fell, and how they ended.

    Returns
    -------
    str
        "" where the rows of the run's stops are not at hand, or where nobody was misidentified.
    """
    if outcomes is None:
        return ""
    wrong = outcomes.take(~outcomes.mated & (outcomes.outcome != t.OUTCOMES.index("not_found")))
    n = len(wrong)
    if not n or n != r.count("misidentified"):
        return ""
    times = np.unique(wrong.person, return_counts=True)[1]
    taken = int(np.count_nonzero(wrong.outcome == t.OUTCOMES.index("taken")))
    ended = f"{whole(taken) if taken else 'none'} of these stops ended with the person being taken into custody"
    if n == 1:
        return f"That stop ended with the person {'' if taken else 'not '}being taken into custody."
    fell = f"fell on {whole(len(times))} different people" if len(times) > 1 else "all fell on one person"
    most = f", one of them {whole(int(times.max()))} times" if 1 < len(times) < n else ""
    return f"The {whole(n)} stops of the wrong person {fell}{most}; {ended}."


def searched(r: Readings, days: int) -> Statement:
    """Say how many people had their face searched over the run for each alert about the right person."""
    e, people, alerts = r["people_searched_per_true_alert"], r.count("people_searched"), r.count("true_alerts")
    time = lasting(days)
    if people == 0:
        return f"Nobody's face was searched against the list in {time}.", as_sentence(_none(r, "searches"))
    if e.value is None:
        return (
            f"{whole(people)} people had their face searched in {time}, without one alert about the right person.",
            f"So there is no number of people searched for each true alert. {_none(r, 'true_alerts')}",
        )
    if e.value < 1:
        alerts_each = f"{few(1 / e.value)} alerts about the right person"
        lead = f"Each person whose face was searched led to {alerts_each}, on average."
    else:
        who = plural(e.value, "person", "people")
        lead = f"{amount(e)} {who} had their face searched for each alert about the right person."
    return (
        lead,
        f"{whole(people)} different people had their face searched at least once in {time}; {whole(alerts)} "
        f"{plural(alerts, 'alert was', 'alerts were')} about the person whom the list shows. "
        f"{as_sentence(interval(e, 'people for each such alert'))}",
    )


def wrongful_per_100k(r: Readings, days: int) -> Statement:
    """Say how many wrongful stops a town of 100,000 would see over the run."""
    e, events = r["wrongful_stops_per_100k"], r.count("wrongful_stops")
    time = lasting(days)
    if e.value is None:
        return "Nobody lives here, so nobody can be stopped.", ""
    ends = as_sentence(interval(e, "for each 100,000 people"))
    fine = f"{whole(events)} among {whole(e.n)} people in this run. {ends}"
    if events == 0:
        return f"There was no wrongful stop in {time}.", fine
    return (
        f"Among 100,000 people, {amount(e)} {plural(e.value, 'stop', 'stops')} would be wrongful in {time}.",
        fine,
    )


def found(r: Readings, days: int) -> Statement:
    """Say how many of the listed residents were found: the benefit that is claimed."""
    listed, n = r.count("listed_people"), r.count("listed_found")
    time = lasting(days)
    if listed == 0:
        return (
            "Nobody who lives here is rightly on the list.",
            "So nothing can be said about how many listed people such a system finds.",
        )
    said = frequency(r["listed_found_share"], 100)
    ends = as_sentence(said.interval()) if said else ""
    return (
        f"{whole(n) if n else 'None'} of {whole(listed)} listed residents {_were(n or 1)} found and taken "
        f"into custody in {time}.",
        f"Residents who are rightly on the list, each counted once. {ends}",
    )


def observed(r: Readings) -> Statement:
    """Say how often an ordinary day is in view."""
    passes, captures = r["passes_per_person_day"], r["captures_per_person_day"]
    if passes.value is None or captures.value is None:
        return "Nobody lived a day here.", ""
    if passes.value == 0:
        return "Nobody came into view of a camera.", f"Counted over {whole(passes.n)} person-days."
    return (
        f"A resident came into view of a working camera {few(passes.value, 2)} times a day, "
        f"and {few(captures.value, 2)} times a face was taken.",
        f"Means over {whole(passes.n)} person-days; 95{NBSP}% intervals {limits(passes)} and "
        f"{limits(captures)} times a day.",
    )


def _none(r: Readings, name: str) -> str:
    """Say what is still possible where nothing happened."""
    e = r[name]
    if e.high:
        return f"In another run of the same town there could be up to {few(e.high, 2)} {e.unit}."
    return ""


def as_sentence(said: str) -> str:
    """Begin with a capital and end with a full stop."""
    return f"{said[0].upper()}{said[1:]}." if said and not said.endswith(".") else said


def _were(n: int) -> str:
    return plural(n, "was", "were")
