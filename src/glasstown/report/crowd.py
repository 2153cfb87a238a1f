"""What the report of a crowd says first: what was counted, and both readings of its errors."""

from __future__ import annotations

from collections.abc import Sequence

from glasstown.core.estimates import Estimate
from glasstown.report.blocks import cell, section
from glasstown.report.lead import Statement, as_sentence, wrongly_stopped
from glasstown.report.markup import Child, Markup, paragraphs, table
from glasstown.report.material import Material
from glasstown.report.readings import Readings
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
    "Whether such a system is lawful, necessary or proportionate is for people to judge; no number here decides it.",
)


def size(scenario: Scenario) -> str:
    """Say how many faces pass, how many cameras, on how many days."""
    faces, days, cameras = int(scenario.town.faces), scenario.days, int(scenario.sensing.cameras.count)
    before = f"{whole(cameras)} {plural(cameras, 'camera', 'cameras')}"
    said = f"{whole(faces)} {plural(faces, 'face', 'faces')} past {before}"
    return f"{said}, one day" if days == 1 else f"{said} on each of {whole(days)} days"


def statements(metrics: Sequence[Estimate], scenario: Scenario) -> list[Statement]:
    """Say the few numbers that matter most, the errors both per face and per alert."""
    r = Readings(tuple(metrics))
    said = [setting(r, scenario)]
    if r.count("searches"):
        said += [per_alert(r), per_face(r), wrongly_stopped(r), found(r)]
    return said


def setting(r: Readings, scenario: Scenario) -> Statement:
    """Say what was simulated, at which gallery size and threshold, and that faces are not people."""
    task, town = scenario.sensing.recognition, scenario.town
    searched, passed = r.count("searches"), r["candidates"].n
    if not searched:
        return f"No face was searched: {size(scenario)}, and the cameras are off or the list is empty.", ""
    references = int(scenario.sensing.watchlist.size)
    lead = (
        f"{whole(searched)} {plural(searched, 'face was', 'faces were')} compared with a list of N = "
        f"{whole(references)} at threshold T = {few(float(task.decision_threshold), 6)} ({task.system})."
    )
    each = chance(float(town.faces_per_person))
    within = ""
    if town.faces_per_person.low is not None and town.faces_per_person.high is not None:
        within = f"; {chance(town.faces_per_person.low)} to {chance(town.faces_per_person.high)}"
    fine = (
        f"Faces are not people: at {each} faces per person (assumed{within}) they belong to {whole(passed)} people. "
        f"{_listed(scenario)}"
    )
    if task.extrapolate:
        fine += (
            " The scenario allows thresholds outside the range that was published for the system: there its rates are "
            "an extrapolation."
        )
    return lead, fine


def _listed(scenario: Scenario) -> str:
    town = scenario.town
    n = round(float(town.listed_present) + float(town.listed_per_1000) * float(town.faces) / 1000)
    low, high = town.listed_present.low, town.listed_present.high
    within = f"; {chance(low)} to {chance(high)}" if low is not None and high is not None else ""
    source = "assumed" if town.listed_present.fact is None else "published"
    who = plural(n, "person", "people")
    return f"{whole(n)} {who} on the list {plural(n, 'walks', 'walk')} by each day ({source}{within})."


def per_alert(r: Readings) -> Statement:
    """Say how many alerts are about the wrong person: the critics' reading."""
    alerts, false = r.count("alerts"), r.count("false_alerts")
    if not alerts:
        more = r["alerts"].high
        return (
            "There was no alert.",
            f"In another run of the same crowd there could be up to {few(more, 2)} alerts." if more else "",
        )
    said = frequency(r["ppv"])
    right = f" About the right person: {said.interval()}." if said and said.interval() else ""
    counts = f"{whole(false)} false and {whole(alerts - false)} true {plural(alerts - false, 'alert', 'alerts')}."
    who = plural(false, "was", "were")
    lead = (
        f"Per alert: {whole(false) if false else 'none'} of {whole(alerts)} {plural(alerts, 'alert', 'alerts')} {who} "
        "about somebody who is not the person on the list."
    )
    return lead, f"{counts}{right} Another day of the same crowd: false alerts, {interval(r['false_alerts'])}."


def per_face(r: Readings) -> Statement:
    """Say how many faces pass for one false alert: the reading of those who deploy."""
    false, faces = r.count("false_alerts"), r.count("searches")
    e = r["false_alerts_per_1000_searches"]
    per = f"{whole(false)} in {whole(faces)} faces; per 1,000 faces {few(e.value or 0.0, 2)}"
    ends = f", 95{NBSP}% interval {limits(e)}" if limits(e) else ""
    if not false:
        most = f"at most one in {whole(round(1000 / e.high))}" if e.high else "none can happen"
        return f"Per face: no false alert in {whole(faces)} faces.", as_sentence(f"95{NBSP}% interval: {most}")
    lead = f"Per face: one false alert for every {whole(round(faces / false))} faces."
    return lead, f"{per}{ends}. Both readings describe the same events: always ask which one is quoted."


def found(r: Readings) -> Statement:
    """Say how many of those on the list who passed were found: the benefit that is claimed."""
    listed, n = r.count("listed_people"), r.count("listed_found")
    if not listed:
        return (
            "Nobody who passed is rightly on the list.",
            "So nothing can be said about how many listed people such a system finds.",
        )
    said = frequency(r["listed_found_share"], 100)
    ends = as_sentence(said.interval()) if said else ""
    return (
        f"{whole(n) if n else 'None'} of {whole(listed)} listed people who passed {plural(n or 1, 'was', 'were')} "
        "found and taken.",
        f"People who are rightly on the list, each counted once. How many pass is an input. {ends}",
    )


_ROWS = (
    ("What is claimed", (("true_alerts", "Alerts about the right person"), ("listed_found", "Listed people taken"))),
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
