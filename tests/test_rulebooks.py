"""Rulebooks: every broken one gives the message it carries, and the compiled form says what the readable one says."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import glasstown.catalogue as catalogue
from glasstown import tables as t
from glasstown.catalogue.compiled import compiled, rules, span, starts
from glasstown.catalogue.rulebook import Rulebook, quantities, read, rulebook, template
from glasstown.core.documents import parse
from glasstown.core.errors import BAD_FILE, BAD_INPUT, Problem
from tests.test_spec import expected, faults

INVALID = sorted((Path(__file__).parent / "spec" / "rulebooks").glob("*.yaml"))
NAMES = catalogue.names("rulebooks")


def book(text: str) -> Rulebook:
    return read(parse(f"schema: 1\nid: b\ntitle: B\n{text}", "b.yaml"))


@pytest.mark.parametrize("file", INVALID, ids=lambda f: f.stem)
def test_a_broken_rulebook_gives_the_message_it_carries(file: Path) -> None:
    with pytest.raises(Problem) as caught:
        rulebook(file)
    message = str(caught.value)
    assert caught.value.code == BAD_INPUT
    assert faults(message, file, expected(file)) == [], message


def test_there_are_enough_broken_rulebooks_and_they_differ() -> None:
    assert len(INVALID) >= 45
    assert len({file.read_bytes() for file in INVALID}) == len(INVALID)


def test_several_mistakes_are_told_at_once() -> None:
    with pytest.raises(Problem, match="2 mistakes") as caught:
        book("covers: {from_agee: 18}\nrate: {}\n")
    assert "b.yaml:4: covers.from_agee: unknown key" in str(caught.value)
    assert "b.yaml:5: rate: unknown key" in str(caught.value)
    assert "did you mean 'from_age'" in str(caught.value)


def test_files_that_are_no_rulebook(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        rulebook(tmp_path / "nowhere.yaml")
    assert caught.value.code == BAD_FILE
    with pytest.raises(Problem, match="did you mean 'red-list'"):
        rulebook("redlist")
    (tmp_path / "x.csv").write_text("name,birth_date\nAda,1815\n", encoding="utf-8")
    with pytest.raises(Problem, match="expected a rulebook, found text"):
        rulebook(tmp_path / "x.csv")


@pytest.mark.parametrize("name", NAMES)
def test_a_rulebook_of_the_catalogue_is_readable_sourced_and_compiles(name: str) -> None:
    one = rulebook(name)
    assert one.id == name
    assert one.description
    for path, quantity in quantities(one):
        if quantity.fact is not None:
            assert catalogue.fact(quantity.fact).value == quantity.value, path
    done = rules(name)
    assert done.rates == (one.rating is not None)
    assert {len(done.points), len(done.expiry_months), len(done.most_per_period)} == {len(t.DEEDS)}
    assert done.closes.shape == (len(done.bands), len(t.DOORS))
    assert done.opens.shape == (len(done.bands), len(t.PERKS))
    assert list(done.band_from) == sorted(done.band_from)
    assert done.band_from[0] == done.floor


def test_the_rulebooks_that_pilots_and_courts_had_are_there() -> None:
    needed = {"rongcheng-2014", "suzhou-osmanthus", "xiamen-fuzhou", "hangzhou-qianjiang", "court-blacklist"}
    assert needed | {"red-list", "national-rating", "dog-owner-points"} <= set(NAMES)


def test_rongcheng_is_compiled_as_written() -> None:
    done = rules("rongcheng-2014")
    assert (done.base, done.bands) == (1000, ("D", "C", "B", "A", "AA", "AAA"))
    assert list(done.band_from) == [0, 600, 850, 960, 1030, 1050]
    assert done.points[t.DEEDS.index("traffic_offence")] == -5
    assert done.points[t.DEEDS.index("award")] == 30
    assert done.points[t.DEEDS.index("punctuality")] == 0
    assert done.most_per_period[t.DEEDS.index("award")] == 1
    assert done.expiry_months[t.DEEDS.index("cheated_stranger")] == 60
    assert [d for d, shut in zip(t.DOORS, done.closes[0], strict=True) if shut] == ["job", "loan"]
    assert not done.closes[2:].any()
    assert [p for p, open_ in zip(t.PERKS, done.opens[4], strict=True) if open_] == ["heating_discount", "loan_rate"]
    assert list(done.covers_ages) == [False, True, True, True, True, True]
    assert not done.court.kept
    assert not done.red.kept


def test_the_court_list_is_compiled_as_written() -> None:
    done = rules("court-blacklist")
    assert not done.rates
    assert [d for d, on in zip(t.DEEDS, done.court.triggers, strict=True) if on] == ["debt_judgment_unpaid"]
    assert done.court.closes.all()
    assert (done.court.ends_when_repaid, done.court.expires_months, done.court.national) == (True, 0, True)
    assert done.court.from_rating > done.court.to_rating, "no rating lists anybody"
    assert rules("court-blacklist-two-years").court.expires_months == 24


def test_grades_that_list_become_a_range_of_ratings() -> None:
    text = "rating: {base: 50, floor: 0, cap: 99, events: {}, grades: [%s]}\nlists: {%s}\n"
    grades = "{name: a, from: 90}, {name: b, from: 60}, {name: c, from: 20}, {name: d}"
    for names, ends in (("d", (0, 19)), ("c, d", (0, 59)), ("b", (60, 89)), ("a", (90, 99)), ("a, b", (60, 99))):
        one = book(text % (grades, f"red: {{grades: [{names}], article: x}}"))
        assert one.rating is not None
        assert one.lists.red is not None
        assert span(one.lists.red, one.rating) == ends
        assert starts(one.rating) == [90, 60, 20, 0]
        done = compiled(one)
        assert (done.red.from_rating, done.red.to_rating) == ends


def test_none_rates_nobody() -> None:
    done = rules("none")
    assert not done.rates
    assert not done.points.any()
    assert not done.court.kept


def test_the_template_reads_as_it_is() -> None:
    one = read(parse(template(), "rulebook.yaml"))
    assert one.rating is not None
    assert one.lists.court is not None
    for name in t.DEEDS:
        assert name in template(), name
    for name in (*t.PERKS, *t.DOORS):
        assert name in template(), name


def test_rulebooks_together_are_a_rating_and_its_lists() -> None:
    both = rules("rongcheng-2014 + court-blacklist")
    city, court = rules("rongcheng-2014"), rules("court-blacklist")
    assert both.name == "rongcheng-2014 + court-blacklist"
    for field in fields(city):
        if field.name not in ("name", "court", "red"):
            assert np.array_equal(getattr(both, field.name), getattr(city, field.name)), field.name
    assert not both.red.kept
    assert np.array_equal(both.court.triggers, court.court.triggers)
    assert both.court.kept
    with pytest.raises(Problem, match="both rate"):
        rules("rongcheng-2014 + suzhou-osmanthus")
    with pytest.raises(Problem, match="both keep an adverse list"):
        rules("court-blacklist + court-blacklist-two-years")
    with pytest.raises(Problem, match="did you mean 'court-blacklist'"):
        rules("rongcheng-2014 + court-blaklist")
