"""What explaining a rulebook finds: planted dead rules and cliffs, and nothing where nothing was planted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from glasstown import tables as t
from glasstown.catalogue.findings import adds_up, cliffs, dead_rules, reachable
from glasstown.catalogue.rulebook import RatingRules, Rulebook, read, rulebook
from glasstown.cli import app
from glasstown.core.documents import parse
from glasstown.report.rulebook import cliff_in_words, explained, filed_per_year, summary, text
from glasstown.scenario import load

OFTEN = dict.fromkeys(t.DEEDS, 1.0)
AWARDS = OFTEN | {"award": 0.1}
RATING = """
rating:
  base: 100
  floor: 0
  cap: 200
  events:
    traffic_offence: {points: -5, expires_months: 24, article: x}
    volunteering: {points: 5, article: x}
    %s
  grades:
    - {name: top, from: 150, opens: [train_ticket], article: x}
    - {name: good, from: 80, article: x}
    - {name: low, closes: [loan], article: x}
"""


def book(written: str) -> Rulebook:
    return read(parse(f"schema: 1\nid: b\ntitle: B\n{written}", "b.yaml"))


def altered(*swaps: tuple[str, str], event: str = "") -> Rulebook:
    written = RATING % event
    for old, new in swaps:
        assert old in written
        written = written.replace(old, new)
    return book(written)


def found(one: Rulebook, per_year: dict[str, float] | None = None) -> set[tuple[str, str]]:
    return {(dead.kind, dead.rule) for dead in dead_rules(one, OFTEN if per_year is None else per_year)}


def test_nothing_is_found_where_nothing_is_planted() -> None:
    assert found(altered()) == set()


LIMITED = ("volunteering: {points: 5, ", "volunteering: {points: 5, most_per_period: 1, expires_months: 12, ")
ADVERSE = ("volunteering: {points: 5", "volunteering: {points: -5")


@pytest.mark.parametrize(
    ("one", "planted"),
    [
        (altered(event="jaywalking: {points: 0, article: x}"), ("no_effect", "rating.events.jaywalking")),
        (altered(LIMITED), ("unreachable_grade", "rating.grades.top")),
        (altered(ADVERSE), ("unreachable_grade", "rating.grades.top")),
        (altered(ADVERSE), ("unreachable_perk", "rating.grades.top.opens.train_ticket")),
        (altered(("base: 100", "base: 200")), ("cap_binds", "rating.events.volunteering")),
        (altered(("base: 100", "base: 3"), ("from: 80", "from: 2")), ("cap_binds", "rating.events.traffic_offence")),
        (altered(("points: -5", "points: 5")), ("no_effect", "rating.grades.low.closes.loan")),
    ],
    ids=lambda x: x[1] if isinstance(x, tuple) else "book",
)
def test_a_planted_dead_rule_is_found(one: Rulebook, planted: tuple[str, str]) -> None:
    assert planted in found(one)


def test_an_event_that_changes_a_grade_but_no_door_is_dead() -> None:
    one = altered(("opens: [train_ticket], ", ""), ("closes: [loan], ", ""))
    assert found(one) == {("no_effect", f"rating.events.{name}") for name in ("traffic_offence", "volunteering")}
    why = next(dead.why for dead in dead_rules(one, OFTEN))
    assert why == "it can change a grade, but no door and no perk"
    listed = "lists: {court: {grades: [low], closes: [job], article: x}}"
    swaps = ("opens: [train_ticket], ", ""), ("closes: [loan], article: x}", f"article: x}}\n{listed}")
    assert found(altered(*swaps)) == set()


def test_conduct_that_nobody_reports_is_dead() -> None:
    assert found(altered(), OFTEN | {"traffic_offence": 0.0}) == {("not_reported", "rating.events.traffic_offence")}
    one = book("lists: {red: {listed_for: [award], opens: [loan_rate], article: x}}")
    assert found(one, OFTEN | {"award": 0.0}) == {
        ("not_reported", "lists.red.listed_for.award"),
        ("unreachable_perk", "lists.red.opens.loan_rate"),
    }


def test_a_limit_that_binds_at_once_is_found() -> None:
    one = altered(("volunteering: {points: 5, ", "volunteering: {points: 5, most_per_period: 3, "))
    assert found(one, OFTEN | {"volunteering": 5.9}) == set()
    assert found(one, OFTEN | {"volunteering": 6.0}) == {("cap_binds", "rating.events.volunteering")}


def test_a_list_that_does_nothing_is_found() -> None:
    written = "lists: {court: {listed_for: [award], %sarticle: x}}"
    assert found(book(written % "")) == {("empty_list", "lists.court")}
    assert found(book(written % "published: true, ")) == set()
    assert found(book(written % "closes: [job], ")) == set()


def test_a_list_of_an_unreachable_grade_is_found() -> None:
    listed = "lists: {court: {grades: [low], closes: [job], article: x}}"
    one = altered(("points: -5", "points: 5"), ("closes: [loan], article: x}", f"article: x}}\n{listed}"))
    assert {("unreachable_grade", "lists.court.grades"), ("unreachable_grade", "rating.grades.low")} <= found(one)


def rating_of(one: Rulebook) -> RatingRules:
    assert one.rating is not None
    return one.rating


def test_the_reachable_ratings_are_those_that_adding_up_gives() -> None:
    """A plain twin: every sum of up to 45 steps of -5 and +7, clamped on the way, as a person would try."""
    one = rating_of(altered(("volunteering: {points: 5", "volunteering: {points: 7")))
    tried = {100}
    for _ in range(45):
        tried |= {min(max(r + step, 0), 200) for r in tried for step in (-5, 7)}
    assert reachable(one) == tried


def test_limits_and_terms_bound_what_adds_up() -> None:
    limited = ("volunteering: {points: 5, ", "volunteering: {points: 5, most_per_period: 2, expires_months: 24, ")
    one = rating_of(altered(limited))
    assert adds_up(one, 1) == 5 * 2 * 3, "two whole years and the one that has begun"
    assert adds_up(one, -1) == 200
    assert max(reachable(one)) == 130


@pytest.mark.parametrize(
    ("points", "threshold", "events"), [(-5, 80, 5), (-5, 81, 4), (-20, 80, 2), (-21, 80, 1), (-1, 100, 1), (-7, 96, 1)]
)
def test_a_cliff_says_how_many_events_away_it_is(points: int, threshold: int, events: int) -> None:
    """Would notice one event more or less; adding up by hand is the twin."""
    one = altered((": {points: -5", f": {{points: {points}"), ("from: 80", f"from: {threshold}"))
    cliff = next(cliff for cliff in cliffs(one, OFTEN) if cliff.at == threshold)
    assert (cliff.closes, cliff.loses, cliff.events_from_base) == (("loan",), (), events)
    assert 100 + points * events < threshold <= 100 + points * (events - 1)
    assert (cliff.event, cliff.years, cliff.expires_months) == ("traffic_offence", float(events), 24)


def test_the_way_up_is_counted_to_the_grade_itself() -> None:
    top = next(cliff for cliff in cliffs(altered(), OFTEN) if cliff.at == 150)
    assert (top.loses, top.event, top.events_from_base) == (("train_ticket",), "volunteering", 10)
    assert not top.never_adds_up, "these points are never taken back"


def test_the_commonest_event_is_the_one_that_is_filed_most() -> None:
    one = altered(event="jaywalking: {points: -10, article: x}")
    for often, event, events in ((2.0, "jaywalking", 3), (0.5, "traffic_offence", 5)):
        cliff = next(cliff for cliff in cliffs(one, OFTEN | {"jaywalking": often}) if cliff.closes)
        assert (cliff.event, cliff.events_from_base) == (event, events)


@pytest.mark.parametrize(
    ("points", "often", "alone"), [(-21, 0.5, "debt_judgment_unpaid"), (-20, 0.5, ""), (-21, 0.0, ""), (-21, 2.0, "")]
)
def test_one_entry_of_another_kind_is_told_where_it_is_enough(points: int, often: float, alone: str) -> None:
    """From 100 to below 80 takes 21 points; nothing is told of what nobody files, or where it is the commonest."""
    one = altered(event=f"debt_judgment_unpaid: {{points: {points}, article: x}}")
    cliff = next(cliff for cliff in cliffs(one, OFTEN | {"debt_judgment_unpaid": often}) if cliff.at == 80)
    told = f"One entry of another kind is enough (debt judgment unpaid, {points})."
    assert cliff.alone == alone
    assert (told in cliff_in_words(cliff, one)) == bool(alone)


def test_one_entry_that_leads_up_is_told_too() -> None:
    top = next(cliff for cliff in cliffs(altered(event="award: {points: 50, article: x}"), AWARDS) if cliff.at == 150)
    assert (top.event, top.alone) == ("volunteering", "award")
    assert not next(c for c in cliffs(altered(event="award: {points: 49, article: x}"), AWARDS) if c.at == 150).alone


def test_one_event_can_cross_several_grades() -> None:
    one = altered(event="cheated_stranger: {points: -75, article: x}")
    assert next(cliff for cliff in cliffs(one, OFTEN) if cliff.at == 150).steps == 2
    assert next(cliff for cliff in cliffs(altered(), OFTEN) if cliff.at == 150).steps == 1


def test_a_list_is_a_cliff_of_one_entry() -> None:
    one = rulebook("court-blacklist")
    (cliff,) = cliffs(one, OFTEN | {"debt_judgment_unpaid": 0.01})
    assert (cliff.at, cliff.closes, cliff.events_from_base, cliff.years) == (None, t.DOORS, 1, 100.0)
    said = cliff_in_words(cliff, one)
    assert "closes flight, fast train, luxury hotel, private school, job and loan" in said
    assert "an entry never ends by itself" in said


def test_a_grade_without_doors_that_lists_is_a_cliff() -> None:
    one = rulebook("dog-owner-points")
    (cliff,) = cliffs(one, OFTEN)
    assert (cliff.at, cliff.lists, cliff.events_from_base) == (1, ("court",), 4)


def test_words_say_what_numbers_say() -> None:
    one = rulebook("rongcheng-2014")
    said = " ".join(summary(one))
    assert "Traffic offence costs 5 points; taken back after 24 months" in said
    assert "Award gives 30 points, at most 1 time in 12 months" in said
    assert "Grade A (960 to 1,029) changes nothing." in said
    assert "Grade AAA (1,050 to 1,300) opens deposit free rent" in said


def test_what_is_filed_follows_conduct_and_reporters() -> None:
    police = "sensing.reports.police"
    town = load("city-points", settings=[f"{police}.misses=0.5", f"{police}.invents_per_year=0"])
    yearly = filed_per_year(town)
    assert yearly["traffic_offence"] == pytest.approx(0.4 * 0.5)
    blind = filed_per_year(load("city-points", settings=["sensing.reports.police.misses=1"]))
    assert blind["traffic_offence"] == 0


def document(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["rulebook", *words])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def test_the_commands_say_it(tmp_path: Path) -> None:
    code, said = document("explain", "rongcheng-2014", "--json")
    told = json.loads(said)
    assert code == 0
    assert told == json.loads(json.dumps(explained(rulebook("rongcheng-2014"), load("city-points"))))
    assert told["numbers"] == {"sourced": 8, "recalled": 8, "assumed": 34}
    said = document("explain", "rongcheng-2014")[1].rstrip("\n")
    assert said == text(rulebook("rongcheng-2014"), load("city-points"))
    file = tmp_path / "mine.yaml"
    assert "wrote" in document("new", str(file))[1]
    assert "my-rulebook: good. 0 of" in document("check", str(file))[1]
    assert "court-blacklist " in document("list")[1]
    with pytest.raises(Exception, match="it is there already"):
        document("new", str(file))
    with pytest.raises(Exception, match="where nobody reports conduct"):
        document("explain", "red-list", "--scenario", "newtown")
