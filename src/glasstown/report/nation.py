"""What the report of a nation says: who is listed, what is closed to them, how much of it is wrong, and to whom."""

from __future__ import annotations

from collections.abc import Callable

from glasstown import tables as t
from glasstown.catalogue.compiled import rules
from glasstown.core.estimates import Estimate
from glasstown.metrics.nation_dealings import SEEN
from glasstown.report.blocks import cell, section
from glasstown.report.lead import as_sentence
from glasstown.report.markup import Child, Markup, paragraphs, table, wide
from glasstown.report.material import Material
from glasstown.report.nation_lead import Told, about, kind_of_place, within
from glasstown.report.readings import kind_words
from glasstown.report.words import few, frequency, whole
from glasstown.scenario import Scenario
from glasstown.tables_nation import MonthByMonth

INTERVALS = (
    "A 95 % interval says how far a number could have been off by chance alone, in a nation with these people, rules "
    "and reporters: of 100 such intervals, about 95 hold the value that many runs would give on average. It is read "
    "off how far communities differ, and it does not cover wrong facts or assumptions. Where too few communities bear "
    "a mean, or all say the same, nothing shows how far it could be off: its interval is not known."
)
LIMITS = (
    "People of a nation have an age, a sex, a group, an income and habits, and no families, friends or streets: whom "
    "a listing harms beside the person does not show, but for how many are told.",
    "Income, age, group and habit are drawn independently of each other. In life they are not.",
    "Nobody ages or is born within a run; people die, emigrate and move between jurisdictions.",
    "Conduct is counted only where an institution could take note. How often that is, and how often reporters "
    "miss, invent and misfile, is assumed in most scenarios: no country has published it.",
    "A door is a purchase refused. What a lost job, a missed funeral or a child sent home mean is not counted.",
    "Companies can be listed too in life; here only people are.",
    "Opinions are shares of people, drawn once; nobody persuades anybody.",
    "The run covers {days}.",
    "Whether such a system is lawful, necessary or proportionate is for people to judge; no number here decides it.",
)


def doors(material: Material) -> Markup:
    """Say what is closed to whom: refusals, different people, and what they did instead."""
    r = Told(material.metrics)
    columns = ("refusals", "people_refused", "refusals_per_person_refused", "other_way", "other_documents", "gave_up")
    met = [name for name in t.DOORS if r.value("refusals", "door", name) or r.value("other_documents", "door", name)]
    rows: list[list[Child]] = [
        [name.replace("_", " "), *(cell(r(q, "door", name)) for q in columns)] for name in met
    ]
    rows.append(["All doors", *(cell(r(q)) for q in columns)])
    head = (
        "",
        "Purchases refused",
        "Different people",
        "Refusals per person",
        "Times another way was taken",
        "Times other documents helped",
        "Times a door was given up",
    )
    return section(
        "doors",
        "Closed doors",
        paragraphs(
            "A refusal is a purchase that was refused; one person can be refused many times. A person "
            "refused at two doors counts once under “all doors”. The last three columns count times, not people: "
            "whoever gives up two doors, or one door twice, counts twice.",
            _elsewhere(r, material.scenario),
            _open_to_all([name.replace("_", " ") for name in t.DOORS if name not in met]),
        ),
        wide(
            table(
                f"In the whole {kind_of_place(material.scenario)}; 95 % intervals in small figures",
                head,
                rows,
                numeric=range(1, 7),
                stacked=True,
            )
        ),
    )


def _open_to_all(names: list[str]) -> str:
    return f"Nobody was refused at: {', '.join(names)}." if names else ""


def _elsewhere(r: Told, scenario: Scenario) -> str:
    if len(scenario.town.jurisdictions) == 1:
        return "There is one jurisdiction, so nobody is refused for what another keeps on file."
    e = r("refusals_elsewhere")
    return f"For what only another jurisdiction keeps on file, {about(e)} purchases were refused. {within(e)}"


def wrong(material: Material) -> Markup:
    """Say what is wrong with the records, how it came about, and how it was put right."""
    r = Told(material.metrics)
    rows: list[list[Child]] = [
        [
            name,
            cell(r("entries", "cause", name)),
            cell(r("listed_flow", "cause", name)),
            cell(r("listed_stock", "cause", name)),
        ]
        for name in t.RECORD_CAUSES
    ]
    columns = (
        *("wrong_records", "doors_closed_per_wrong_record", "refusals_without_reason"),
        *("records_put_right", "days_until_right", "tries_until_right", "wrongly_rated"),
    )
    stand: list[list[Child]] = [
        [name, *(cell(r(q, "cause", name)) for q in columns)] for name in t.RECORD_CAUSES[1:]
    ]
    stand.append(["All", *(cell(r(q)) for q in columns)])
    right = (
        ("appeals", "Appeals filed"),
        ("appeals_decided", "Appeals decided within the run"),
        ("entries_lost_at_walls", "Reports that never reached another jurisdiction"),
    )
    return section(
        "wrong",
        "Wrong records",
        table(
            "Entries and listings by what is wrong with them (right: nothing); 95 % intervals in small figures",
            ("", "Entries filed", "Times somebody came on the list", "On the list at the end"),
            rows,
            numeric=(1, 2, 3),
            stacked=True,
        ),
        paragraphs(
            "A record is wrong while a listing that should not stand does, or while a door is closed that should be "
            "open. Stale: what was right once and outlived its reason. The doors of one record are different doors. "
            "Put right: by an appeal, by a removal, or because an entry expired; days and appeals are of those records."
        ),
        wide(
            table(
                "Wrong records by what is wrong with them; 95 % intervals in small figures",
                (
                    "",
                    "Wrong records",
                    "Doors closed by one",
                    "Purchases refused",
                    "Put right",
                    "Days until then",
                    "Appeals until then",
                    "Wrong grade at the end",
                ),
                stand,
                numeric=range(1, 8),
                stacked=True,
            )
        ),
        table("Appeals and walls", ("", ""), [[label, cell(r(name))] for name, label in right], numeric=(1,)),
    )


def ratings(material: Material) -> Markup:
    """Say how many people have which grade, who moved, and what sets ratings apart."""
    r = Told(material.metrics)
    grades = [str(e.group) for e in r.all if e.name == "grade_share" and e.by == "grade"]
    if not grades or r("grade_share", "grade", grades[0]).value is None:
        return section("ratings", "Ratings", paragraphs("Nobody is rated in this scenario."))
    rows = _grades(r, material.scenario, grades)
    causes: list[list[Child]] = [
        [cause.replace("_", " "), cell(r("rating_variance_share", "cause", cause), 100)] for cause in t.RATING_CAUSES
    ]
    return section(
        "ratings",
        "Ratings",
        table(
            "Of 1,000 rated people; 95 % intervals in small figures",
            ("Grade", "At the start", "At the end"),
            rows,
            numeric=(1, 2),
        ),
        table("What sets ratings apart, of 100 parts", ("", "Share of the variance"), causes, numeric=(1,)),
        paragraphs(
            "Conduct is what people did, each act weighed with the chance that it is reported; luck is whether it was. "
            "Biased reporters and errors of the data are what changes when these are switched off for the same people "
            "and the same acts. The shares add up to 100; one can be negative where errors pull ratings together."
        ),
    )


def _grades(r: Told, scenario: Scenario, grades: list[str]) -> list[list[Child]]:
    """List grades, highest first; where jurisdictions have grades of their own, one jurisdiction after the other."""

    def row(name: str, *at: str) -> list[Child]:
        by, group = ("grade", "grade") if len(at) == 1 else (("grade", "jurisdiction"), at)
        group = at[0] if len(at) == 1 else group
        return [name, *(cell(r(q, by, group), 1000) for q in ("grade_share_start", "grade_share"))]

    judgement = scenario.judgement
    named = {
        place: rules(judgement.rulebooks.get(place, judgement.rulebook), judgement.written)
        for place in scenario.town.jurisdictions
    }
    rated = {place: of.bands for place, of in named.items() if of.rates}
    if len(set(rated.values())) == 1:
        return [row(grade, grade) for grade in reversed(grades)]
    found: list[list[Child]] = []
    for place, bands in rated.items():
        found.append([f"{place}, by “{named[place].name}”"])
        found += [row(band, grades[k], place) for k, band in reversed(list(enumerate(bands)))]
    return found


def who(material: Material) -> Markup:
    """Say who bears it: lists, doors and wrong records by kind of person."""
    r = Told(material.metrics)
    columns = (
        ("ever_listed", "Ever listed"),
        ("refusals", "Purchases refused"),
        ("ever_wrongly_listed", "Listed by mistake"),
        ("wrong_records", "Wrong records"),
        ("misrated_share", "Wrong grade"),
        ("approval_true", "Support the system"),
    )
    nation = _scale(material)

    def said(e: Estimate | None) -> Child:
        if e is None or not e.n:
            return cell(None)
        return cell(e, 1000 if e.unit == "share" else 1000 / (e.n * nation))

    found = {name: {(e.by, e.group): e for e in r.groups(name)} for name, _ in columns}
    rows: list[list[Child]] = [["Everybody", *(said(r(name)) for name, _ in columns)]]
    for by, group in found["ever_listed"]:
        if not found["approval_true"][by, group].n:
            # Children are neither rated nor listed.
            continue
        rows.append([kind_words(str(by), str(group)), *(said(found[name].get((by, group))) for name, _ in columns)])
    return section(
        "groups",
        "Who bears it",
        paragraphs("Groups are neutral letters; how reporters treat them is an input of this scenario."),
        wide(
            table(
                "For each 1,000 adults of the kind (grades: each 1,000 who are rated); 95 % intervals in small figures",
                ("", *(label for _, label in columns)),
                rows,
                numeric=range(1, 7),
                stacked=True,
            )
        ),
    )


def benefit(material: Material) -> Markup:
    """Put what is claimed beside the same nation in which nobody rates or lists."""
    on, off = Told(material.metrics), Told(material.counterfactual)
    shown: tuple[tuple[str, Callable[[Told], Estimate]], ...] = (
        ("Times somebody paid what they owed by judgments", lambda r: r("repaid")),
        ("People who owe one at the end", lambda r: r("owing")),
        ("Acts that break a rule", lambda r: r("bad_acts")),
        ("Acts left undone", lambda r: r("deterred")),
        ("Good deeds done for a better grade", lambda r: r("bought_deeds")),
        ("Deals in which a stranger was cheated", lambda r: r("cheated")),
        ("Perks given for a grade", lambda r: r("perks_given")),
        ("Purchases refused", lambda r: r("refusals")),
        ("People who learned that somebody is listed", lambda r: r("people_told_of_shame")),
        ("Times somebody was told of it", lambda r: r("told_of_shame")),
        ("Moves away from closed doors", lambda r: r("moved_away")),
    )
    rows: list[list[Child]] = [[label, cell(look(on)), cell(look(off))] for label, look in shown]
    anyway = frequency(on("perks_anyway_share"), 100)
    said = ""
    if anyway:
        lead = f"Of 100 perks given for a grade, {anyway.part()} would have been had anyway."
        said = f"{lead} {as_sentence(anyway.interval())}"
    return section(
        "balance",
        "Claimed benefit and harm, with and without",
        paragraphs(
            "On the right are the same people and the same occasions where nobody watches, rates or lists anybody.",
            said,
        ),
        table(
            f"In the whole {kind_of_place(material.scenario)}; 95 % intervals in small figures",
            ("", "As described", "Where nobody watches"),
            rows,
            numeric=(1, 2),
            stacked=True,
        ),
        _strangers(on) if on.value("deals") else None,
    )


def _strangers(r: Told) -> Markup:
    """Show what seeing a rating prevents and whom it refuses, beside a plain record of judgments."""
    shown = (
        ("cheated_deals_share", "Of 1,000 deals, end in cheating", 1000.0),
        ("cheating_prevented", "Cheated deals that seeing this prevented", 1.0),
        ("deposits_asked", "Deposits asked for", 1.0),
        ("honest_deals_lost", "Honest deals that were not made", 1.0),
        ("honest_refused", "Different honest people refused", 1.0),
        ("honest_deals_lost_per_cheat_prevented", "Honest deals lost for each cheated one prevented", 1.0),
    )
    rows: list[list[Child]] = [
        [label, *(cell(r(name, "seen", seen), scale) for seen in SEEN)] for name, label, scale in shown
    ]
    head = ("In the second half", "Strangers see nothing", "They see the rating", "They see a record of judgments")
    what = "The same deals between strangers, gone through three times"
    return table(what, head, rows, numeric=(1, 2, 3), stacked=True)


def _scale(material: Material) -> float:
    """Return how many people of the nation each one who was simulated stands for."""
    return material.scenario.town.people / max(float(material.notes.get("people_simulated", 1)), 1.0)


def months(material: Material) -> Markup:
    """Show the list month by month."""
    lived = material.table("months", MonthByMonth)
    scale = _scale(material)
    names = ("listed", "listed_wrong", "listed_new", "removed", "refusals", "repaid", "owing")
    rows: list[list[Child]] = [
        [whole(day), *(few(float(getattr(lived, name)[k]) * scale) for name in names)]
        for k, day in enumerate(lived.first_day.tolist())
    ]
    head = (
        *("From day", "On the list at the month's end", "of them wrongly at the month's end", "Came on", "Came off"),
        *("Refusals", "Paid", "Owe at the month's end"),
    )
    return section(
        "months",
        "Month by month",
        wide(table(
            f"In the whole {kind_of_place(material.scenario)}; the intervals of the year are under “Every quantity”",
            head,
            rows,
            numeric=range(1, 8),
            stacked=True,
        )),
    )
