"""What the run shows, section by section: the town, exposure, recognition, groups, days."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glasstown import tables as t
from glasstown.core.estimates import Estimate
from glasstown.report.drawing import LISTED, PALE, PLAIN, RIGHT, WRONG, picture
from glasstown.report.figures import Mark, Stage, bars, by_day, funnel, intervals
from glasstown.report.map import described, town_map
from glasstown.report.markup import Child, Markup, el, join, paragraphs, table
from glasstown.report.material import Material
from glasstown.report.readings import Readings, kind_words
from glasstown.report.words import amount, denominator, few, frequency, limits, plural, whole

WEEKS_FROM = 92


def section(name: str, title: str, *content: Child) -> Markup:
    """Make a section with its heading."""
    return el("section", el("h2", title, id=name), *content, aria_labelledby=name)


def figure(caption: str, *pictures: Markup) -> Markup:
    """Put pictures side by side, or one below the other on a narrow screen, over one caption."""
    return el("figure", el("div", pictures, class_=f"panels of{len(pictures)}"), el("figcaption", caption))


def the_town(material: Material) -> Markup:
    """Show the streets, the cameras, and how observed each street is."""
    if material.scenario.town.kind == "mixed":
        said = "This town has no map: people pass its devices at random, without streets between them."
        return section("town", "The town", paragraphs(said))
    words = described(material.streets, material.devices, material.street_use)
    drawn = town_map(material.streets, material.points, material.devices, material.street_use)
    return section(
        "town",
        "How observed each street is",
        paragraphs(words, _doubts(material)),
        el("figure", drawn, class_="wide") if drawn else None,
    )


def _doubts(material: Material) -> str | None:
    devices = material.devices
    said: list[str] = []
    listed = int(np.count_nonzero(devices.origin != t.DEVICE_ORIGINS.index("generated")))
    if listed:
        said.append(
            f"{whole(listed)} {plural(listed, 'camera is', 'cameras are')} known from volunteers who mapped them, "
            "which is a lower bound: cameras nobody mapped are missing."
        )
    unknown = int(np.count_nonzero(~devices.direction_known))
    if unknown:
        said.append(
            f"Of {whole(len(devices))} cameras, {whole(unknown)} have no published direction or type; where they "
            "look was drawn at random."
        )
    idle = int(np.count_nonzero(~devices.alive))
    if idle:
        said.append(
            f"{whole(idle)} {plural(idle, 'camera takes', 'cameras take')} no face in this run, being dead, indoors or "
            f"not really there; the map counts {plural(idle, 'it', 'them')} all the same, because nobody in the "
            "street can tell."
        )
    return " ".join(said) or None


def exposure(material: Material) -> Markup:
    """Show how much of people's days is in view."""
    r = Readings(material.metrics)
    panels = [(what, _spread(r, f"{what}_per_person_day")) for what in ("passes", "captures")]
    largest = max(max(row.value or 0.0, row.high or 0.0) for _, rows in panels for row in rows)
    titles = {"passes": "In view of a working camera", "captures": "Face taken"}
    pictures = [
        _titled(
            titles[what],
            picture(
                f"exposure-{what}",
                bars(rows, "times per person-day", largest, RIGHT if what == "passes" else PLAIN),
                titles[what],
                "; ".join(f"{row.label}: {row.said}" for row in rows),
            ),
        )
        for what, rows in panels
        if largest
    ]
    hundred = [_mark(label, r[name], 100.0) for name, label, _, _ in _SHARES]
    if largest:
        heard = "; ".join(f"{row.label}: {row.said} of 100" for row in hundred)
        drawn = picture(
            "exposure-shares", bars(hundred, "of 100 days, weeks, trips, minutes", 100.0), "Out of 100", heard
        )
        pictures.append(_titled("Out of 100", drawn))
    return section(
        "exposure",
        "How much of a life is in view",
        paragraphs(
            "A pass is one crossing of one working camera's view; a capture is a face taken on a pass. People "
            "differ: the mean hides those whose every way leads past cameras."
        ),
        figure(
            "Each bar is a number of times in one day of one person. “9 of 10 days” is the number that nine of ten "
            "person-days stay at or below. Thin lines are 95 % intervals.",
            *pictures,
        )
        if pictures
        else None,
        _share_table("How often people are captured, and what stays unobserved", r, _SHARES),
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
    return [_mark(label, r[name + suffix]) for label, suffix in rows]


def _mark(label: str, e: Estimate, scale: float = 1.0) -> Mark:
    if e.value is None:
        return Mark(label, None)
    return Mark(label, e.value * scale, _times(e.low, scale), _times(e.high, scale), amount(e, scale))


def _times(value: float | None, scale: float) -> float | None:
    return None if value is None else value * scale


def _share_table(caption: str, r: Readings, shares: Sequence[tuple[str, str, str, str]]) -> Markup:
    """List shares as natural frequencies, each with its interval and what it was counted over."""
    rows: list[Sequence[Child]] = []
    for name, _, label, what in shares:
        said = frequency(r[name])
        if said is None:
            rows.append((label, el("span", "nothing to count", class_="none"), f"no {what}"))
        else:
            rows.append((label, join(said.short(), " ", _small(said.ends())), f"{whole(r[name].n)} {what}"))
    head = ("", "How many", "Counted over")
    return table(f"{caption}; 95 % intervals in small figures", head, rows, numeric=(1, 2), stacked=True)


def _small(ends: str) -> Markup | None:
    return el("small", ends) if ends else None


def _titled(title: str, drawn: Markup) -> Markup:
    return el("div", el("h3", title), drawn, class_="panel")


def recognition(material: Material) -> Markup:
    """Show how searches become candidates, alerts and stops, and whom they concern."""
    r, scenario = Readings(material.metrics), material.scenario
    if r["searches"].value in (None, 0):
        said = "No face was searched against a list, so there is nothing to say about recognition."
        return section("recognition", "From a search to a stop", paragraphs(said))
    watchlist, task = scenario.sensing.watchlist, scenario.sensing.recognition
    size = scenario.town.people if watchlist.everybody else int(watchlist.size)
    setting = (
        f"Every searched face is compared with N = {whole(size)} references; a candidate is returned when "
        f"its comparison score reaches the decision threshold T = {few(float(task.decision_threshold), 6)}"
        f" (system: {task.system})."
    )
    stages = _stages(r)
    caption = (
        "Each bar shows how the cases of one stage divide. The bars have one length although the numbers shrink "
        "from stage to stage: read the numbers above them."
    )
    svg = picture("funnel", funnel(stages), "From a search to a stop", _read_out(stages))
    drawn = figure(caption, el("div", svg, class_="panel"))
    return section(
        "recognition",
        "From a search to a stop",
        el("div", el("div", paragraphs(setting, _base_rate(r))), drawn, class_="beside"),
        _error_table(r, size, few(float(task.decision_threshold), 6)),
    )


def _stages(r: Readings) -> list[Stage]:
    mated, others = r["tpir"].n, r["fpir"].n
    found = round(mated * r.value("tpir"))
    returned = r.count("candidates")
    right, wrong = r.count("true_alerts"), r.count("false_alerts")
    stops, misidentified, listed = (r.count(name) for name in ("stops", "misidentified", "wrongly_listed"))

    def stage(n: int, one: str, many: str, *parts: tuple[str, str, int]) -> Stage:
        words = tuple(
            (f"{whole(k)} {what}" if k or i != 1 or len(parts) < 3 else "", colour, float(k))
            for i, (what, colour, k) in enumerate(parts)
        )
        return Stage(f"{whole(n)} {plural(n, one, many)}", words)

    return [
        stage(
            mated + others,
            "search",
            "searches",
            ("of listed people", RIGHT, mated),
            ("of others", PALE, others),
        ),
        stage(
            returned,
            "candidate",
            "candidates",
            ("right person", RIGHT, found),
            ("somebody else", WRONG, returned - found),
        ),
        stage(
            right + wrong, "alert", "alerts", ("right person", RIGHT, right), ("somebody else", WRONG, wrong)
        ),
        stage(
            stops,
            "stop",
            "stops",
            ("right person", RIGHT, stops - misidentified - listed),
            ("wrongly listed", LISTED, listed),
            ("wrong person", WRONG, misidentified),
        ),
    ]


def _read_out(stages: list[Stage]) -> str:
    return " ".join(f"{s.said}: {', '.join(words for words, _, _ in s.parts if words)}." for s in stages)


def _base_rate(r: Readings) -> str:
    mated, others = r["tpir"].n, r["fpir"].n
    total = mated + others
    if not mated:
        return (
            f"None of {whole(total)} searches was of somebody on the list: every candidate and every alert "
            "concerned the wrong person."
        )
    if not others:
        return (
            f"Everybody who was searched is on the list: all {whole(total)} searches were of somebody listed."
        )
    of = denominator(mated / total)
    listed = of * mated / total
    others_of = of - listed
    said = (
        f"Of {of:,} searches, {few(listed, 2)} were of somebody on the list, and the machine returned "
        f"{few(listed * r.value('tpir'), 2)} of them. "
    )
    if not r.value("fpir"):
        return said + "No search of anybody else returned a candidate in this run."
    said += f"It also returned somebody in {few(others_of * r.value('fpir'), 2)} of the other {whole(others_of)} searches. "
    right, wrong = r.count("true_alerts"), r.count("false_alerts")
    if wrong > right:
        return said + (
            "That is rare for each search; but so few of those who pass are listed that most alerts are about "
            "somebody else. What an alert is worth depends on whom the cameras see, not on the machine alone."
        )
    return said + (
        "How many alerts are about the right person depends on how many of those who pass are listed, not on "
        "the machine alone: the same machine on streets with fewer listed people gives more false alerts for each true one."
    )


def _error_table(r: Readings, size: int, threshold: str) -> Markup:
    at = f"(N = {whole(size)}, T = {threshold})"
    shares = (
        ("fpir", "", f"False positive identification rate, FPIR {at}", "searches of people not listed"),
        ("tpir", "", f"True positive identification rate, TPIR {at}", "searches of people listed"),
        ("ppv", "", "Alerts about the right person (PPV)", "alerts"),
        ("wrongful_stops_share", "", "Stops of the wrong person or of somebody wrongly listed", "stops"),
    )
    return _share_table("Errors", r, shares)


def groups(material: Material) -> Markup:
    """Show who bears the errors and the watching."""
    r = Readings(material.metrics)
    fpir = r["fpir"]
    of = denominator(fpir.value or fpir.high or 0.0)
    shown = (
        ("wrongful_stops_per_100k", "Wrongful stops", "stops per 100,000 people of the kind", 1.0),
        ("fpir", "False positive identifications", f"of {of:,} searches (FPIR)", float(of)),
        ("captures_per_person_day", "Faces taken", "captures per person-day", 1.0),
    )
    pictures: list[Markup] = []
    for name, title, unit, scale in shown:
        rows = _kind_rows(r, name, scale)
        if all(row is None or row.value is None for row in rows):
            continue
        overall = _times(r[name].value, scale)
        heard = "; ".join(f"{row.label}: {row.said or 'nothing to count'}" for row in rows if row)
        pictures.append(_titled(title, picture(f"who-{name}", intervals(rows, overall, unit), title, heard)))
    return section(
        "groups",
        "Who bears it",
        paragraphs(
            "Groups are neutral letters: they say that a system can serve some people worse, not who these people "
            "are. How much worse is an input of this scenario, listed below with its source or as an assumption."
        ),
        figure(
            "Dots are what happened, bars are 95 % intervals, the dashed line is everybody together. Where "
            "intervals overlap widely, the run does not show a difference.",
            *pictures,
        )
        if pictures
        else None,
        _kinds_table(r, of),
    )


def _kind_rows(r: Readings, name: str, scale: float) -> list[Mark | None]:
    rows: list[Mark | None] = []
    before = None
    for e in r.by_kind(name):
        if before is not None and e.by != before:
            rows.append(None)
        before = e.by
        rows.append(_mark(kind_words(str(e.by), str(e.group)), e, scale))
    return rows


def _kinds_table(r: Readings, of: int) -> Markup:
    columns = (
        ("captures_per_person_day", 1.0),
        ("fpir", float(of)),
        ("wrongful_stops", 1.0),
        ("wrongful_stops_per_100k", 1.0),
        ("minutes_lost", 1.0),
    )
    found = {name: {(e.by, e.group): e for e in r.by_kind(name)} for name, _ in columns}
    rows: list[list[Child]] = [["Everybody", *(_cell(r[name], scale) for name, scale in columns)]]
    rows += [
        [
            kind_words(str(by), str(group)),
            *(_cell(found[name].get((by, group)), scale) for name, scale in columns),
        ]
        for by, group in found["captures_per_person_day"]
    ]
    head = (
        "",
        "Captures per person-day",
        f"False identifications of {of:,} searches",
        "Wrongful stops",
        "Wrongful stops per 100,000 people",
        "Minutes lost",
    )
    caption = "By age, sex and group; 95 % intervals in small figures"
    return el("div", table(caption, head, rows, numeric=range(1, 6), stacked=True), class_="wide")


def _cell(e: Estimate | None, scale: float) -> Child:
    if e is None or e.value is None:
        return el("span", "nothing to count", class_="none")
    return join(amount(e, scale), " ", _small(limits(e, scale)))


def days(material: Material) -> Markup:
    """Show searches, alerts and stops day by day."""
    rows = material.tallies
    if not len(rows):
        return section("days", "Day by day", paragraphs("No day was counted."))
    n = int(rows.day.max()) + 1
    weekly = n > WEEKS_FROM
    at = rows.day // 7 if weekly else rows.day
    per, n_bins = ("week", -(-n // 7)) if weekly else ("day", n)

    def counted(name: str) -> list[float]:
        return [float(x) for x in np.bincount(at, weights=getattr(rows, name), minlength=n_bins)]

    pictures: list[Markup] = []
    for name, title in (("searches", "Searches"), ("alerts", "Alerts"), ("stops", "Stops")):
        counts = counted(name)
        wrong = counted("wrongful_stops") if name == "stops" else None
        heard = f"{title} per {per}: from {whole(min(counts))} to {whole(max(counts))}, {whole(sum(counts))} in all."
        pictures.append(
            _titled(title, picture(f"days-{name}", by_day(counts, wrong, per), f"{title} per {per}", heard))
        )
    caption = f"Counts per {per}. Of the stops, the strongly coloured part was of the wrong person or of somebody wrongly listed."
    return section("days", "Day by day", figure(caption, *pictures))
