"""Is the page of a nation whole, right and in the house's words: lists, doors, wrong records, ratings, who bears it?

Exact: one number off its table, one empty row, one column without intervals is noticed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest

from glasstown import tables as t
from glasstown.core.estimates import Estimate
from glasstown.report.material import Material, of_run
from glasstown.report.nation import benefit
from glasstown.report.nation_lead import Told, about, kind_of_place, size, statements
from glasstown.report.page import page
from glasstown.report.words import amount, few, limits
from glasstown.study.compare import arm
from glasstown.study.run import run_scenario
from glasstown.tables_nation import MonthByMonth
from tests.pages import Element, read, visible

SIZES = ("town.people=60000", "days=184")
NATION = (*SIZES, "town.sample=1", "judgement.lists.court.initial=600000000", "town.deeds.debt_judgments=300000000")


@cache
def material(name: str = "reality") -> Material:
    """A small nation that was really lived; many are listed, so that every row of the page has something to say."""
    city = (*SIZES, "judgement.rulebook=strict-city", "records.sharing={credit_office to bank: 1}")
    settings = NATION if name == "reality" else city
    return of_run(run_scenario(arm(name, settings), 5))


@cache
def tree(name: str = "reality") -> Element:
    return read(page(material(name)))


def part(name: str, of: str = "reality") -> Element:
    """Return one section of the page."""
    return next(e for e in tree(of).all("section") if e.attributes.get("aria-labelledby") == name)


def rows(section: Element, table: int = 0) -> list[list[str]]:
    """Return the cells of a table of a section, the head first."""
    found = section.all("table")[table]
    return [[cell.said() for cell in row.all("th", "td")] for row in found.all("tr")]


def said(metrics: Told, names: Sequence[str], by: str, group: str) -> list[str]:
    """Write estimates as cells of a table."""
    found = [metrics(name, by, group) for name in names]
    return [f"{amount(e)} {limits(e)}".strip() if e.value is not None else "not defined" for e in found]


def test_the_head_says_who_lives_there_and_that_they_are_invented() -> None:
    words = visible(tree())
    assert "60,000 people in 5 jurisdictions, 184 days" in words
    assert "Everybody in this report is synthetic." in words
    assert "do not cite" in words
    lead = part("in-short").all("p", "h3", "div")[0].words
    for name in ("court-blacklist", "rongcheng-2014", "suzhou-osmanthus", "xiamen-fuzhou", "hangzhou-qianjiang"):
        assert lead.count(f"“{name}”") >= 1, name


def test_doors_are_those_of_the_run_and_open_ones_have_no_row() -> None:
    r = Told(material().metrics)
    columns = ("refusals", "people_refused", "refusals_per_person_refused", "other_way", "other_documents", "gave_up")
    table = {row[0]: row[1:] for row in rows(part("doors"))[1:]}
    for door in t.DOORS:
        assert table[door.replace("_", " ")] == said(r, columns, "door", door)
    assert rows(part("doors"))[0][2] == "Different people"
    assert all(head.startswith("Times ") for head in rows(part("doors"))[0][4:]), "these are no people"
    city = part("doors", "city-points")
    assert [row[0] for row in rows(city)[1:]] == ["loan", "All doors"]
    assert "Nobody was refused at: flight, fast train, luxury hotel, private school, job." in city.said()


def test_refusals_are_told_first_where_nobody_is_on_a_list() -> None:
    """City-points lists nobody and refuses loans; without any refusal the page does not speak of them."""
    city = material("city-points")
    r = Told(city.metrics)
    assert not r.value("ever_listed")
    (told,) = (lead for lead, _ in statements(city.metrics, city.scenario) if "refused" in lead)
    refusals, people = about(r("refusals")), about(r("people_refused"))
    assert told.startswith(f"{refusals} purchases were refused, to {people} different people")
    none = [replace(e, value=0.0) if e.name == "refusals" else e for e in city.metrics]
    assert not [lead for lead, _ in statements(none, city.scenario) if "refused" in lead]


@pytest.mark.parametrize(
    ("edits", "why"),
    [
        ({"records": {"sharing": {}}}, "No agency passes on what it has on file, so that no door knows of the list."),
        ({"judgement": {"rulebook": "none", "rulebooks": {}}}, "The rules close no door."),
        ({}, "Rules close doors and agencies share what they have on file, but nobody came to a door that knew of it."),
    ],
)
def test_why_nothing_was_refused_is_known(edits: dict[str, dict[str, object]], why: str) -> None:
    nation = material()
    parts = {name: getattr(nation.scenario, name).model_copy(update=given) for name, given in edits.items()}
    none = [replace(e, value=0.0) if e.name == "refusals" else e for e in nation.metrics]
    said = statements(none, nation.scenario.model_copy(update=parts))
    assert ("No purchase was refused.", why) in said


@pytest.mark.parametrize(
    ("jurisdictions", "kind"),
    [({"city": 1}, "city"), ({"nation": 1}, "nation"), ({"a": 0.5, "city": 0.5}, "nation"), ({"Linz": 1}, "place")],
)
def test_a_city_is_not_called_a_nation(jurisdictions: dict[str, float], kind: str) -> None:
    scenario = material().scenario
    town = scenario.town.model_copy(update={"jurisdictions": jurisdictions})
    assert kind_of_place(scenario.model_copy(update={"town": town})) == kind


def test_a_page_names_its_own_kind_of_place() -> None:
    found = [set(re.findall("In the whole (\\w+)", visible(tree(name)))) for name in ("city-points", "reality")]
    assert found == [{"city"}, {"nation"}]


def test_what_people_say_and_what_turned_back_reads_plainly() -> None:
    r = Told(material().metrics)
    words = part("in-short").said()
    said, think = (round(100 * r.value(name)) for name in ("approval_stated", "approval_true"))
    assert f"{said} of 100 adults would say in a survey that they support the system; {think} do." in words
    assert re.search(r"For each 1,000 of them a grade changed and then changed back [\d.,]+ times\.", words)


@pytest.mark.parametrize("name", ["reality", "city-points"])
def test_every_number_said_first_has_its_interval(name: str) -> None:
    """Each sentence but the first, which counts who was simulated, says the interval of each estimate in it."""
    nation = material(name)
    r = Told(nation.metrics)
    said = statements(nation.metrics, nation.scenario)
    assert len(said) >= 5
    assert [lead for lead, fine in said[1:] if "95\u00a0% interval" not in fine] == []
    told = " ".join(fine for _, fine in said[1:])
    shown: list[tuple[Estimate, float]] = [
        *((r(quantity), 1.0) for quantity in ("refusals", "people_refused", "refusals_per_person_refused")),
        *((r(quantity), scale) for quantity, scale in (("misrated_share", 1000.0), ("grade_turned_back", 10.0))),
        *((r("rating_variance_share", "cause", cause), 100.0) for cause in t.RATING_CAUSES),
        *((r("cheating_predicted", "predictor", by), 100.0) for by in ("rating", "record")),
        *((r(f"approval_{what}"), 100.0) for what in ("true", "stated", "informed", "uninformed")),
    ]
    if name == "reality":
        listed = ("listed_stock", "listed_flow", "removed", "ever_listed", "days_listed", "repaid", "wrongly_listed")
        shown += [(r(quantity), 1.0) for quantity in (*listed, "doors_closed_per_wrong_record")]
        shown += [(r("repaid", "listed", "yes"), 1.0), (r("wrongly_listed_share"), 1000.0)]
    ends = [(e.name, limits(e, scale)) for e, scale in shown]
    assert len([one for _, one in ends if one]) >= 12
    assert [(quantity, one) for quantity, one in ends if one not in told] == []


def test_approval_and_prediction_say_which_interval_is_whose() -> None:
    """By hand, with and without a rating, and with the ranges of replicates."""
    given = [
        share("approval_true", 0.539, 0.531, 0.548),
        share("approval_stated", 0.77, 0.763, 0.776),
        share("approval_informed", 0.322, 0.306, 0.338),
        share("approval_uninformed", 0.595, 0.586, 0.604),
        share("cheating_predicted", 0.51, 0.498, 0.523, "predictor", "record"),
    ]
    assert fines(given) == [
        "Counted over 900 of 900 adults (a plain record) who cheated in the second half, by what was on file half-way. "
        "95 % interval, times in 100: a plain record 49.8 to 52.3.",
        "Counted over 900 adults. Of 100 who know both sides 32 support it, of 100 others 60. 95 % intervals, "
        "of 100: would say so 76.3 to 77.6; do 53.1 to 54.8; of those who know both sides 30.6 to 33.8; "
        "of others 58.6 to 60.4.",
    ]
    rated = [*given, share("cheating_predicted", 0.6, 0.5, 0.7, "predictor", "rating")]
    assert fines(rated)[0].endswith("95 % intervals, times in 100: a plain record 49.8 to 52.3; a rating 50 to 70.")
    ranged = [*given[:-1], replace(given[-1], range_low=0.4, range_high=0.6)]
    assert fines(ranged)[0].endswith("a plain record 49.8 to 52.3 (range 40 to 60).")


def share(
    name: str, value: float, low: float, high: float, by: str | None = None, group: str | None = None
) -> Estimate:
    """One estimate that counts 900."""
    return Estimate(name, "share", by, group, value, low, high, None, None, 900)


def fines(metrics: Sequence[Estimate]) -> list[str]:
    """Return what stands under each headline but the first."""
    return [fine.replace("\u00a0", " ") for _, fine in statements(metrics, material().scenario)[1:]]


def test_perks_that_people_would_have_had_anyway_have_their_interval() -> None:
    given = share("perks_anyway_share", 0.172, 0.142, 0.207)
    told = read(str(benefit(replace(material(), metrics=(given,))))).said().replace("\u00a0", " ")
    assert "Of 100 perks given for a grade, 17.2 would have been had anyway. 95 % interval 14.2 to 20.7 of 100." in told


def test_wrong_records_are_told_cause_by_cause() -> None:
    r = Told(material().metrics)
    columns = (
        *("wrong_records", "doors_closed_per_wrong_record", "refusals_without_reason"),
        *("records_put_right", "days_until_right", "tries_until_right", "wrongly_rated"),
    )
    table = {row[0]: row[1:] for row in rows(part("wrong"), 1)[1:]}
    assert list(table) == [*t.RECORD_CAUSES[1:], "All"]
    for cause in t.RECORD_CAUSES[1:]:
        assert table[cause] == said(r, columns, "cause", cause)
    assert r.value("wrong_records", "cause", "stale") > 100


def test_months_say_what_is_of_their_end_and_what_of_the_whole_month() -> None:
    """Lists and debts are looked at when a month is over: notices one stock that seems to be of its first day."""
    head, *body = rows(part("months"))
    months = material().table("months", MonthByMonth)
    stocks = [k for k, name in enumerate(head) if "at the month's end" in name]
    assert [head[k] for k in stocks] == [
        *("On the list at the month's end", "of them wrongly at the month's end", "Owe at the month's end"),
    ]
    last = [body[-1][k] for k in stocks]
    r = Told(material().metrics)
    assert last == [few(r(name).value or 0) for name in ("listed_stock", "wrongly_listed", "owing")]
    said = {column.name: column.meaning for column in MonthByMonth.columns()}
    for name in ("listed", "listed_wrong", "owing"):
        assert "at the month's end" in said[name], name
    assert len(body) == len(months.first_day)


def test_each_city_has_the_grades_of_its_own_rulebook() -> None:
    found = [row[0] for row in rows(part("ratings"))[1:]]
    heads = [name for name in found if "by “" in name]
    assert heads == [
        "points city, by “rongcheng-2014 + court-blacklist”",
        "reward city, by “suzhou-osmanthus + court-blacklist”",
        "benefit city, by “xiamen-fuzhou + court-blacklist”",
        "band city, by “hangzhou-qianjiang + court-blacklist”",
    ]
    assert found[1:7] == ["AAA", "AA", "A", "B", "C", "D"]
    assert not [name for name in found if name.startswith("band ") and "by" not in name]
    assert [row[0] for row in rows(part("ratings", "city-points"))[1:]] == ["A", "B", "C"]
    starts = [row[1] for row in rows(part("ratings"))[2:8]]
    assert starts[2].startswith("1,000"), "everybody of the points city begins with an A"


def test_who_bears_it_is_told_for_each_thousand_of_them() -> None:
    table = {row[0]: row[1:] for row in rows(part("groups"))[1:]}
    r = Told(material().metrics)
    kinds = (
        *(("group c", "group", "c"), ("low income", "income", "low")),
        *(("in points city", "jurisdiction", "points city"), ("Everybody", None, None)),
    )
    for label, by, group in kinds:
        e = r("ever_listed", by, group)
        assert table[label][0].startswith(amount(e, 1000 / e.n).split()[0]), label
        assert re.search(r"\d to \d", table[label][0])
    assert "0 to 17 years" not in table


def test_the_other_column_is_where_nobody_watches() -> None:
    head, *body = rows(part("balance"))
    assert head == ["", "As described", "Where nobody watches"]
    off = Told(material().counterfactual)
    table = {row[0]: row[1:] for row in body}
    assert table["Purchases refused"][1] == "0"
    assert table["Acts that break a rule"][1] == f"{amount(off('bad_acts'))} {limits(off('bad_acts'))}"
    assert all(re.search(r"\d to \d", cell) or cell in ("0", "not defined") for row in body for cell in row[1:])


@pytest.mark.parametrize("name", ["reality", "city-points"])
def test_the_words_of_the_house_are_kept(name: str) -> None:
    words = visible(tree(name)).lower()
    banned = ("accuracy", "suspect", "hit rate", "offender", "criminal", "agent ", "nan ", "inf ", "none ")
    assert [word for word in banned if word in words] == []
    assert re.findall(r"(?<!comparison )\bscores?\b", words) == []
    assert "streets were made" not in words
    percentages = [found for e in tree(name).all("p", "caption") for found in re.findall(r"\d[\d.,]*\s?%", e.words)]
    assert {found.replace("\u00a0", " ") for found in percentages} <= {"95 %"}


def test_a_nation_of_which_nothing_is_known_still_reads() -> None:
    nothing = tuple(replace(e, value=None, low=None, high=None, n=0) for e in material().metrics)
    empty = read(page(replace(material(), metrics=nothing, counterfactual=nothing)))
    assert "not defined" in visible(empty)
    assert "None" not in visible(empty)


def test_every_quantity_says_how_its_interval_was_made_and_for_whom() -> None:
    words = part("metrics").said()
    assert "how far communities differ" in words
    assert "household" not in words
    assert "cameras and list" not in words
    assert "By age, sex, income, group and jurisdiction" in words
    labels = [row[0] for row in rows(part("metrics"), 1)]
    assert labels.count("in reward city") == labels.count("high income") > 60
    assert labels.count("group b") == labels.count("high income") + 1, "ties are told by group alone"


def test_a_mean_of_one_person_says_that_its_interval_is_not_known() -> None:
    """In what is said first, among the doors and in the table of everything; 0 that cannot be otherwise is known."""
    one = {"low": None, "high": None, "value": 6.0, "n": 1}
    given = tuple(replace(e, **one) if e.name == "refusals_per_person_refused" else e for e in material().metrics)
    given = tuple(replace(e, value=0.0, low=0.0, high=0.0) if e.name == "heard" else e for e in given)
    written = read(page(replace(material(), metrics=given)))
    lead, doors, metrics = (
        next(e for e in written.all("section") if e.attributes.get("aria-labelledby") == name)
        for name in ("in-short", "doors", "metrics")
    )
    assert "A refused person was refused 6 times on average (1 person simulated)." in lead.said()
    assert "; times each not known." in lead.said()
    assert {row[3] for row in rows(doors)[1:]} == {"6 interval not known"}
    table = {row[0].split()[0]: row[1:] for row in rows(metrics)[1:]}
    assert table["refusals_per_person_refused"][:3] == ["6", "not known", "1"]
    assert table["heard"][:2] == ["0", "0"]


def test_a_prediction_says_of_whom_it_is_counted() -> None:
    """By hand: fewer people are rated than have a record, and fewer of those who cheated are rated."""
    given = [
        replace(share("approval_true", 0.5, 0.4, 0.6), n=23_352),
        replace(share("misrated_share", 0.01, 0.005, 0.02), n=9_454),
        replace(share("cheating_predicted", 0.52, 0.5, 0.54, "predictor", "record"), n=208),
        replace(share("cheating_predicted", 0.53, 0.48, 0.58, "predictor", "rating"), n=83),
    ]
    (lead, fine), *_ = statements(given, material().scenario)[1:]
    assert lead == (
        "Of one person who cheats a stranger and one who does not, among adults a plain record of judgments points to "
        "the right one 52 times in 100, among rated people a rating does 53 times, a coin 50 times."
    )
    counted = "Counted over 208 of 23,352 adults (a plain record) and 83 of 9,454 rated people (a rating) who cheated"
    assert fine.startswith(counted)
    lead, fine = statements(given[:-1], material().scenario)[1]
    assert "rat" not in lead.replace("stranger", "")
    assert "83" not in fine


def listed(at_end: int, flow: int, off: int, ever: int, paid: int, paid_listed: int, refused: int) -> list[str]:
    """Return what the page of a nation of so many says of its list, with what stands under it."""
    few: dict[str, int] = {
        "listed_stock": at_end, "listed_flow": flow, "removed": off, "ever_listed": ever, "repaid": paid
    }
    few |= {"refusals": refused, "people_refused": refused, "wrongly_listed": 0}
    given = [Estimate(name, "people", None, None, float(n), n / 2, 2.0 * n, None, None, 900) for name, n in few.items()]
    given.append(Estimate("repaid", "people", "listed", "yes", float(paid_listed), 0.0, 3.0, None, None, 900))
    given += [share("wrongly_listed_share", 0.0, 0.0, 0.1), replace(share("days_listed", 268.0, 260.0, 276.0), n=ever)]
    given.append(replace(share("refusals_per_person_refused", 1.0, 1.0, 1.0), low=None, high=None, n=refused))
    return [said for both in statements(given, material().scenario)[1:] for said in both]


def test_none_and_one_are_said_as_people_say_them() -> None:
    """By hand, for nobody on the list, for one and for many."""
    said = listed(0, 0, 0, 269, 2, 0, 1)
    assert said[0] == "No people are on the court's list at the end; none came on and none came off."
    assert said[1].startswith("Ever on it: 270 different people, each for 268 days of the run on average. ")
    assert said[2] == "1 purchase was refused, to 1 different person: refusals are not people."
    assert said[5].startswith("No people, by mistake or left on it too long. ")
    assert said[6] == "Judgments were paid 2 times, none of them while on the list."
    said = listed(1, 1, 0, 1, 0, 0, 5)
    assert said[0] == "1 person is on the court's list at the end; 1 came on and none came off."
    assert said[1].startswith("Ever on it: 1 different person, each for 268 days")
    assert said[6] == "No judgment was paid."
    assert listed(30, 40, 50, 60, 7, 3, 5)[6] == "Judgments were paid 7 times, 3 of them while on the list."
    for told in (said, listed(0, 0, 0, 269, 2, 0, 1)):
        assert [one for one in told if one and not (one[0].isupper() or one[0].isdigit())] == []


def test_a_page_says_how_few_stand_for_how_many() -> None:
    scenario = material().scenario
    given = {"people": 1_300_000_000, "sample": 43_333}
    thin = scenario.model_copy(update={"town": scenario.town.model_copy(update=given)})
    assert size(thin) == "1,300,000,000 people (one in 43,333 simulated) in 5 jurisdictions, 184 days"
    assert size(scenario) == "60,000 people in 5 jurisdictions, 184 days"
    assert "1.3 billion" not in visible(tree()), "a page of 60,000 people does not begin with other people"
