"""What the report of a crowd says first: what was counted, and both readings of its errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from glasstown import tables as t
from glasstown.core.estimates import Estimate
from glasstown.report.blocks import cell, section
from glasstown.report.lead import Statement, as_sentence, borne_by, wrongly_stopped
from glasstown.report.markup import Child, Markup, paragraphs, table
from glasstown.report.material import Material
from glasstown.report.readings import Readings
from glasstown.report.recognition import at_threshold
from glasstown.report.words import NBSP, chance, few, frequency, interval, limits, plural, whole
from glasstown.scenario import Scenario

LIMITS = (
    "Faces are not people. A counter counts faces: the same person may walk by twice, and cameras stand side by side. "
    "How many faces belong to one person is an assumption here, and so is how many people on the list walk by.",
    "The faces counted are given. Faces that no camera took, and people who made a detour, are not in the count.",
    "Nobody in the crowd lives anywhere: how often a person is watched over weeks, and what people stop doing because "
    "they are watched, does not show. Other people come the next day.",
    "People come in no order and alone; sex, age and group are drawn independently of each other.",
    "Recognition follows the system's published rates. Whether the place, its light and its cameras are like those "
    "of the test that gave the rates is for the reader to judge.",
    "One control room looks at all candidates; the operator never tires and never learns to trust the machine.",
    "A stop costs minutes and may end in custody. Fear, shame, force, a lost job and what stays in other files are not "
    "counted. Whether cameras prevent crime is not modelled.",
    "The run covers {days}, each of a size that was given, not drawn.",
    "{ending}",
    "Whether such a system is lawful, necessary or proportionate is for people to judge; no number here decides it.",
)


def size(scenario: Scenario) -> str:
    """Say how many faces pass, how many cameras, on how many days, and what they are compared with."""
    faces, days, cameras = int(scenario.town.faces), scenario.days, int(scenario.sensing.cameras.count)
    before = f"{whole(cameras)} {plural(cameras, 'camera', 'cameras')}"
    said = f"{whole(faces)} {plural(faces, 'face', 'faces')} (not people) past {before}"
    said = f"{said}, one day" if days == 1 else f"{said} on each of {whole(days)} days"
    return f"{said}; {compared_with(scenario)}"


def compared_with(scenario: Scenario) -> str:
    """Say the gallery size N and the threshold T."""
    size, task = int(scenario.sensing.watchlist.size), scenario.sensing.recognition
    if scenario.sensing.cameras.kind == "none" or not size:
        return "no face is searched"
    return f"searched in a list of N = {whole(size)} at {at_threshold(task)} ({task.system})"


def statements(
    metrics: Sequence[Estimate], scenario: Scenario, outcomes: t.Outcomes | None = None
) -> list[Statement]:
    """Say the few numbers that matter most, the errors both per alert and per face.

    People of a crowd have their numbers for a day: on whom stops fell is said of one day only.
    """
    r = Readings(tuple(metrics))
    if not r.count("searches"):
        return [("No face was searched.", f"{as_sentence(size(scenario))}")]
    borne = borne_by(outcomes, r) if scenario.days == 1 else ""
    return [both_readings(r, scenario.days), wrongly_stopped(r, borne), found(r, scenario.days), counted(r, scenario)]


def counted(r: Readings, scenario: Scenario) -> Statement:
    """Say that faces are not people, and what was assumed of those who pass."""
    town, passed = scenario.town, r["candidates"].n
    each, within = chance(float(town.faces_per_person)), ""
    if town.faces_per_person.low is not None and town.faces_per_person.high is not None:
        within = f"; {chance(town.faces_per_person.low)} to {chance(town.faces_per_person.high)}"
    return (
        f"Faces are not people: these {whole(r.count('searches'))} belong to {whole(passed)} "
        f"{plural(passed, 'person', 'people')}.",
        f"At {each} faces per person (assumed{within}). {_listed(scenario)}",
    )


def _listed(scenario: Scenario) -> str:
    town = scenario.town
    n = round(float(town.listed_present) + float(town.listed_per_1000) * float(town.faces) / 1000)
    low, high = town.listed_present.low, town.listed_present.high
    within = f"; {chance(low)} to {chance(high)}" if low is not None and high is not None else ""
    source = "assumed" if town.listed_present.fact is None else "published"
    who = plural(n, "person", "people")
    return f"{whole(n)} {who} on the list {plural(n, 'walks', 'walk')} by each day ({source}{within})."


def both_readings(r: Readings, days: int = 1) -> Statement:
    """Say how many alerts are false, per alert and per face: critics quote the one, those who deploy the other."""
    alerts, false, faces = (r.count(name) for name in ("alerts", "false_alerts", "searches"))
    rate = r["false_alerts_per_1000_searches"]
    if not alerts:
        more = r["alerts"].high
        return (
            f"There was no alert in {whole(faces)} faces.",
            f"In another run of the same crowd there could be up to {few(more, 2)} alerts." if more else "",
        )
    per_face = f"Per 1,000 faces {few(rate.value or 0.0, 2)} false alerts{_ends(rate)}."
    per_alert = _about_the_wrong(r["ppv"])
    if not false:
        lead = f"None of {whole(alerts)} {plural(alerts, 'alert', 'alerts')} was about the wrong person."
        most = f"one for every {whole(round(1000 / rate.high))} faces" if rate.high else ""
        return lead, f"{per_alert} Per face the 95{NBSP}% interval reaches {most}." if most else per_alert
    one = "the one alert was" if alerts == 1 else f"{whole(false)} of {whole(alerts)} alerts {_were(false)}"
    lead = f"{one[0].upper()}{one[1:]} about the wrong person: one for every {whole(round(faces / false))} faces."
    return lead, f"{per_alert} {per_face} Both readings describe the same events. {_again(r['false_alerts'], days)}"


def _about_the_wrong(right: Estimate) -> str:
    """Say the interval of the share of alerts that are false: what is left of that of the right ones."""
    ends = (right.low, right.high, right.range_low, right.range_high)
    low, high, range_low, range_high = (None if end is None else 1.0 - end for end in ends)
    rest = None if right.value is None else 1.0 - right.value
    wrong = replace(right, value=rest, low=high, high=low, range_low=range_high, range_high=range_low)
    said = frequency(wrong)
    if said is None or not limits(wrong):
        return ""
    ranged = limits(replace(wrong, low=wrong.range_low, high=wrong.range_high), said.of)
    more = f"; range {ranged}" if ranged else ""
    return (
        f"Of {said.of:,} alerts, {limits(wrong, said.of)} would be about the wrong person "
        f"(95{NBSP}% interval{more})."
    )


def _again(false: Estimate, days: int) -> str:
    """Say what would be counted on average of many such runs, which is what an interval holds."""
    if not interval(false):
        return ""
    many, single = ("days", "day") if days == 1 else (f"runs of {whole(days)} days", "run")
    return f"Over many such {many} the mean number of false alerts: {interval(false)}; a single {single} varies more."


def _ends(e: Estimate) -> str:
    return f" (95{NBSP}% interval {limits(e)})" if limits(e) else ""


def _were(n: int) -> str:
    return plural(n, "was", "were")


def found(r: Readings, days: int) -> Statement:
    """Say how many of those on the list who passed were found: the benefit that is claimed.

    The list is the same on every day, so that over several days a reference counts for each day on which it passes.
    """
    listed, n = r.count("listed_people"), r.count("listed_found")
    if not listed:
        return (
            "Nobody who passed is rightly on the list.",
            "So nothing can be said about how many listed people such a system finds.",
        )
    said = frequency(r["listed_found_share"], 100)
    ends = as_sentence(said.interval()) if said else ""
    once, over = "each counted once", ""
    if days > 1:
        once, over = f"{once} a day", f", counted anew on each of {whole(days)} days,"
    return (
        f"{whole(n) if n else 'None'} of {whole(listed)} listed people who passed{over} {_were(n or 1)} "
        "found and taken into custody.",
        f"People who are rightly on the list, {once}. How many pass is an input. {ends}",
    )


_ROWS = (
    (
        "What is claimed",
        (("true_alerts", "Alerts about the right person"), ("listed_found", "Listed people taken into custody")),
    ),
    (
        "What it takes",
        (
            ("searches", "Faces searched"),
            ("false_alerts", "Alerts about somebody else"),
            ("wrongful_stops", "Wrongful stops"),
            ("minutes_lost", "Minutes lost in wrongful stops"),
        ),
    ),
)


def readings(material: Material) -> Markup:
    """Put what is claimed beside what it takes, per run, per face and per alert."""
    r = Readings(material.metrics)
    faces, alerts = r.value("searches"), r.value("alerts")
    rows: list[list[Child]] = []
    for heading, part in _ROWS:
        rows.append([heading])
        for name, label in part:
            per_faces = few(1000 * r.value(name) / faces, 3) if faces and name != "searches" else ""
            per_alerts = few(100 * r.value(name) / alerts, 3) if alerts and name != "searches" else ""
            rows.append([label, cell(r[name]), per_faces, per_alerts])
    return section(
        "readings",
        "The same events, two denominators",
        paragraphs(
            "Some call false alerts among all faces a deployment's “false alert rate”, others false alerts among all "
            "alerts. The first is small because few faces raise any alert; the second depends on how many people on "
            "the list walk by."
        ),
        table(
            "In this run; 95 % intervals in small figures",
            ("", "Count", "Per 1,000 faces", "Per 100 alerts"),
            rows,
            numeric=(1, 2, 3),
        ),
    )
