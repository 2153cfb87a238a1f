"""What the run shows, section by section: the town, exposure, days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from glasstown import tables as t
from glasstown.report.blocks import figure, mark, panel, section, share_table
from glasstown.report.drawing import PLAIN, RIGHT, picture
from glasstown.report.figures import Mark, bars, by_day
from glasstown.report.map import described, town_map
from glasstown.report.markup import Markup, el, paragraphs
from glasstown.report.material import Material
from glasstown.report.readings import Readings
from glasstown.report.words import plural, whole
from glasstown.tables_crowd import CrowdTallies

WEEKS_FROM = 92


def the_town(material: Material) -> Markup:
    """Show the streets, the cameras, and how observed each street is."""
    if material.scenario.town.kind == "mixed":
        said = "This town has no map: people pass its devices at random, without streets between them."
        return section("town", "The town", paragraphs(said))
    streets, devices = material.table("streets", t.Streets), material.table("devices", t.Devices)
    use = material.table("street_use", t.StreetUse)
    words = described(streets, devices, use)
    drawn = town_map(streets, material.table("street_points", t.StreetPoints), devices, use)
    return section(
        "town",
        "How observed each street is",
        paragraphs(words, _doubts(devices)),
        el("figure", drawn, class_="wide") if drawn else None,
    )


def _doubts(devices: t.Devices) -> str | None:
    said: list[str] = []
    listed = int(np.count_nonzero(devices.origin != t.DEVICE_ORIGINS.index("generated")))
    if listed:
        said.append(
            f"{whole(listed)} {plural(listed, 'camera is', 'cameras are')} known from a list or a map, such as "
            "volunteers make. That is a lower bound: cameras nobody mapped are missing."
        )
    unknown = int(np.count_nonzero(~devices.direction_known))
    if unknown:
        said.append(
            f"Of {whole(len(devices))} cameras, {whole(unknown)} have no published direction or type; where "
            "they look was drawn at random."
        )
    outside = devices.certainty_percent > 0
    inside = int(np.count_nonzero(~outside))
    if inside:
        said.append(
            f"{whole(inside)} {plural(inside, 'camera watches', 'cameras watch')} an inside or surely "
            f"{plural(inside, 'is', 'are')} not there, and {plural(inside, 'sees', 'see')} no street."
        )
    idle = int(np.count_nonzero(~devices.alive & outside))
    if idle:
        said.append(
            f"{whole(idle)} {plural(idle, 'camera takes', 'cameras take')} no face in this run, being dead "
            f"or not really there; the map counts {plural(idle, 'it', 'them')} all the same, "
            "because nobody in the street can tell."
        )
    return " ".join(said) or None


def exposure(material: Material) -> Markup:
    """Show how much of people's days is in view."""
    r = Readings(material.metrics)
    panels = [(what, _spread(r, f"{what}_per_person_day")) for what in ("passes", "captures")]
    largest = max(max(row.value or 0.0, row.high or 0.0) for _, rows in panels for row in rows)
    titles = {"passes": "In view of a working camera", "captures": "Face taken"}
    pictures = [
        panel(
            titles[what],
            picture(
                f"exposure-{what}",
                bars(rows, "times per person-day", largest, RIGHT if what == "passes" else PLAIN),
                titles[what],
                "; ".join(row.heard() for row in rows),
            ),
        )
        for what, rows in panels
        if largest
    ]
    hundred = [mark(label, r[name], 100.0) for name, label, _, _ in _SHARES]
    if largest:
        heard = "; ".join(row.heard(" of 100") for row in hundred)
        drawn = picture(
            "exposure-shares", bars(hundred, "of 100 days, weeks, trips, minutes", 100.0), "Out of 100", heard
        )
        pictures.append(panel("Out of 100", drawn))
    return section(
        "exposure",
        "How much of a life is in view",
        paragraphs(
            "A pass is one crossing of one working camera's view; a capture is a face taken on a pass. "
            "People differ: the mean hides those whose every way leads past cameras."
        ),
        figure(
            "Each bar is a number of times in one day of one person. “9 of 10 days” is the number that "
            "nine of ten person-days stay at or below. Thin lines are 95 % intervals.",
            *pictures,
        )
        if pictures
        else None,
        share_table("How often people are captured, and what stays unobserved", r, _SHARES),
    )


_SHARES = (
    ("share_captured_daily", "days captured", "Person-days on which a face was taken", "person-days"),
    ("share_captured_weekly", "weeks captured", "Person-weeks in which a face was taken", "person-weeks"),
    ("unobserved_trips", "trips not seen", "Trips on which no face was taken", "trips"),
    (
        "share_minutes_viewed",
        "minutes in view",
        "Minutes away from home in view of a working camera",
        "minutes",
    ),
)


def _spread(r: Readings, name: str) -> list[Mark]:
    rows = (("mean", ""), ("half of days", "_median"), ("9 of 10 days", "_p90"), ("99 of 100 days", "_p99"))
    return [mark(label, r[name + suffix]) for label, suffix in rows]


RESIDENTS = {"searches": ("searches",), "alerts": ("alerts",), "stops": ("stops",), "wrongful": ("wrongful_stops",)}
PASSERS = {
    "searches": ("searches",),
    "alerts": ("true_alerts", "false_alerts"),
    "stops": ("stops",),
    "wrongful": ("misidentified", "wrongly_listed"),
}


def days(
    material: Material, kind: type[t.Tallies] | type[CrowdTallies], counts: Mapping[str, Sequence[str]]
) -> Markup:
    """Show searches, alerts and stops day by day.

    Parameters
    ----------
    kind : type of table
        Of the tallies.
    counts : mapping
        The columns that make up searches, alerts, stops and the wrongful ones among them.
    """
    rows = material.table("tallies", kind)
    if not len(rows):
        return section("days", "Day by day", paragraphs("No day was counted."))
    n = int(rows.day.max()) + 1
    weekly = n > WEEKS_FROM
    left = n % 7 if weekly else 0
    rows = rows.take(rows.day < n - left)
    at = rows.day // 7 if weekly else rows.day
    per, n_bins = ("week", n // 7) if weekly else ("day", n)

    def counted(name: str) -> list[float]:
        amounts = sum(getattr(rows, column) for column in counts[name])
        return [float(x) for x in np.bincount(at, weights=amounts, minlength=n_bins)]

    pictures: list[Markup] = []
    for name, title in (("searches", "Searches"), ("alerts", "Alerts"), ("stops", "Stops")):
        told = counted(name)
        wrong = counted("wrongful") if name == "stops" else None
        spread = f"from {whole(min(told))} to {whole(max(told))}"
        all_in = "in all whole weeks" if left else "in all"
        heard = f"{title} per {per}: {spread}, {whole(sum(told))} {all_in}."
        pictures.append(
            panel(title, picture(f"days-{name}", by_day(told, wrong, per), f"{title} per {per}", heard))
        )
    rest = f"The last {whole(left)} {plural(left, 'day is', 'days are')} no whole week and left out. " if left else ""
    caption = (
        f"Counts per {per}. {rest}Of the stops, the strongly coloured part was of the wrong person or of somebody "
        "wrongly listed."
    )
    return section("days", "Day by day", figure(caption, *pictures))
