"""What the system is said to be for, beside what it takes, and the same town with the cameras off."""

from __future__ import annotations

from glasstown.report.blocks import cell, section
from glasstown.report.lead import lasting
from glasstown.report.markup import Child, Markup, paragraphs, table
from glasstown.report.material import Material
from glasstown.report.readings import Readings
from glasstown.report.words import plural, whole

_CLAIMED = (
    ("listed_found", "Listed residents found and taken into custody"),
    ("true_alerts", "Alerts about the right person"),
)
_TAKEN = (
    ("people_searched", "People whose face was searched"),
    ("captures_per_person_day", "Faces taken per person-day"),
    ("false_alerts", "Alerts about somebody else"),
    ("wrongful_stops", "Wrongful stops"),
    ("minutes_lost", "Minutes lost in wrongful stops"),
    ("trips_avoided", "Trips not made because the way is watched"),
    ("trips_prevented", "Trips not made because of custody"),
)
_LIFE = (
    ("trips_per_person_day", "Trips per person-day"),
    ("minutes_out_per_person_day", "Minutes away from home per person-day"),
)


def balance(material: Material) -> Markup:
    """Put the claimed benefit beside the harm, each beside the run without cameras."""
    on, off = Readings(material.metrics), Readings(material.counterfactual)
    scenario = material.scenario
    if scenario.sensing.cameras.kind == "none":
        said = "The cameras are off in this scenario, so there is nothing to set against a town without them."
        return section("balance", "Claimed benefit and harm", paragraphs(said))
    rows: list[list[Child]] = []
    for heading, part in (
        ("What is claimed", _CLAIMED),
        ("What it takes", _TAKEN),
        ("How people live", _LIFE),
    ):
        rows.append([heading])
        rows += [[label, cell(on[name]), cell(off[name])] for name, label in part]
    return section(
        "balance",
        "Claimed benefit and harm, with and without cameras",
        paragraphs(
            _summary(on, scenario.days),
            "The column on the right is the same town, the same people and the same days with the cameras "
            "off. Listed people found in other ways, crimes, and what people feel are outside this model, "
            "on both sides.",
        ),
        table(
            f"The run as described, and the same run with the cameras off, {lasting(scenario.days)} each; "
            "the 95 % intervals in small figures are each column's own: people and days are the same in both, so the "
            "intervals do not say how sure a difference is; for that, glasstown compare lives several seeds of each",
            ("", "As described", "Cameras off"),
            rows,
            numeric=(1, 2),
        ),
    )


def _summary(r: Readings, days: int) -> str:
    found, listed, wrongful = (r.count(name) for name in ("listed_found", "listed_people", "wrongful_stops"))
    lost, avoided = r.count("minutes_lost"), r.count("trips_avoided")
    return (
        f"The claimed benefit: {whole(found)} of {whole(listed)} listed residents found in {lasting(days)}. Beside it: "
        f"{whole(r.count('people_searched'))} people had their face searched, {whole(wrongful)} wrongful "
        f"{plural(wrongful, 'stop', 'stops')} that took {whole(lost)} {plural(lost, 'minute', 'minutes')}, "
        f"and {whole(avoided)} {plural(avoided, 'trip', 'trips')} left undone because the way is watched."
    )
