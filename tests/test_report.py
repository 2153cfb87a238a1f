"""Is the page whole, quiet, escaped and right, also where the run has nothing, too much, or malice in it?

Everything here is exact: one tag left open, one address to fetch, one letter of markup taken from a scenario, one
number off its table is noticed.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from glasstown import tables as t
from glasstown.core.columns import Table
from glasstown.report.findings import WEEKS_FROM
from glasstown.report.material import Material, of_run
from glasstown.report.page import page
from glasstown.report.readings import Readings
from glasstown.scenario import headline, load, numbers, with_changes
from glasstown.study.run import run_scenario
from tests.pages import Element, read, visible

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)>&lt;b&gt;'


@cache
def material() -> Material:
    """A small town that was really lived, with everything in it."""
    changes: dict[str, object] = {
        "town.people": 400,
        "town.streets.least_nodes": 60,
        "days": 8,
        "sensing.watchlist.size": 300,
        "sensing.watchlist.residents_per_1000": 50,
        "sensing.recognition.system": "custom",
        "sensing.recognition.fmr": 1e-5,
        "sensing.recognition.fnmr": 0.1,
    }
    return of_run(run_scenario(load("newtown", changes=changes), 3))


@cache
def html() -> str:
    return page(material())


@cache
def tree() -> Element:
    return read(html())


def with_metrics(**overall: tuple[float | None, int]) -> Material:
    """The lived town with some of its overall metrics replaced by a value (its own interval) and a count."""
    changed = [
        replace(
            e, value=overall[e.name][0], low=overall[e.name][0], high=overall[e.name][0], n=overall[e.name][1]
        )
        if e.by is None and e.name in overall
        else e
        for e in material().metrics
    ]
    return replace(material(), metrics=tuple(changed))


def scenario_with(**update: Any) -> Material:
    return replace(material(), scenario=material().scenario.model_copy(update=update))


def with_table(name: str, table: Table) -> Material:
    return replace(material(), tables={**material().tables, name: table})


# ----------------------------------------------------------------------------------------------------- structure


def test_headings_go_down_one_step_at_a_time() -> None:
    levels = [int(h.tag[1]) for h in tree().all("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert levels.count(2) >= 11


def test_every_table_says_what_it_shows() -> None:
    tables = tree().all("table")
    assert len(tables) >= 8
    for found in tables:
        assert found.all("caption")[0].said()
        assert all("scope" in th.attributes for th in found.all("th"))
        width = {
            len(tr.children) for tr in found.all("tr") if tr.children[0].attributes.get("colspan") is None
        }
        assert len(width) == 1, f"ragged: {found.all('caption')[0].said()}"


def test_every_picture_is_described() -> None:
    pictures = tree().all("svg")
    assert len(pictures) >= 9
    for found in pictures:
        assert found.attributes["role"] == "img"
        named = (found.attributes["aria-labelledby"] or "").split()
        words = [e.said() for name in named for e in found.all() if e.attributes.get("id") == name]
        assert len(words) == len(named) == 2
        assert all(words)


def test_ids_are_unique_and_every_reference_has_its_target() -> None:
    elements = tree().all()
    ids = Counter(e.attributes["id"] for e in elements if "id" in e.attributes)
    assert ids.most_common(1)[0][1] == 1
    for e in elements:
        for name in (e.attributes.get("aria-labelledby") or "").split():
            assert name in ids
        if "href" in e.attributes:
            assert (e.attributes["href"] or "")[0] == "#"
            assert (e.attributes["href"] or "")[1:] in ids
        for value in e.attributes.values():
            for name in re.findall(r"url\(#([^)]*)\)", value or ""):
                assert name in ids


def test_a_picture_with_nothing_to_show_in_a_row_is_described_so() -> None:
    """A run of less than a week has no weeks; one row without a value is noticed."""
    short = read(page(with_metrics(share_captured_weekly=(None, 0), captures_per_person_day_p99=(None, 0))))
    told = [" ".join(e.words.split()) for e in short.all("desc")]
    assert len(told) >= 9
    assert sum("weeks captured: not defined; trips not seen" in words for words in told) == 1
    assert sum("99 of 100 days: not defined" in words for words in told) == 1
    assert [words for words in told if re.search(r":\s*(;|of\b|$)", words)] == []


def test_nothing_is_fetched_and_nothing_runs() -> None:
    for e in tree().all():
        assert e.tag not in {
            "script",
            "img",
            "image",
            "link",
            "iframe",
            "object",
            "embed",
            "use",
            "base",
            "form",
        }
        for name, value in e.attributes.items():
            assert not name.startswith("on")
            assert name not in {
                "src",
                "srcset",
                "action",
                "data",
                "xlink:href",
                "background",
                "poster",
                "ping",
            }
            assert name == "xmlns" or "//" not in (value or ""), f"{e.tag} {name}={value}"
            assert "url(" not in re.sub(r"url\(#[\w-]+\)", "", value or "")
    sheet = "".join(e.words for e in tree().all("style"))
    assert not re.search(r"@import|url\(|expression|javascript|@font-face|//", sheet)
    policy = [e.attributes.get("content") for e in tree().all("meta") if e.attributes.get("http-equiv")]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"]


def test_the_same_run_gives_the_same_page() -> None:
    assert page(material()) == html()


def test_the_words_of_the_house_are_kept() -> None:
    words = visible(tree()).lower()
    banned = (
        "accuracy",
        "accurate",
        "suspect",
        "hit rate",
        "target",
        "offender",
        "criminal",
        "agent ",
        "agents ",
        "nan ",
    )
    for word in banned:
        assert word not in words, word
    assert re.findall(r"(?<!comparison )\bscores?\b", words) == []
    assert stray(visible(tree())) == []


def test_nothing_undefined_is_written_as_python_writes_it_beside_sentences_that_begin_with_none() -> None:
    """A page that says "None of 9 stops" must not hide one stray None, also where digits follow it."""
    none = with_metrics(
        stops=(9.0, 400), misidentified=(0.0, 400), wrongly_listed=(0.0, 400), wrongful_stops_share=(0.0, 9)
    )
    words = visible(read(page(replace(none, metrics=tuple(e for e in none.metrics if e.name != "listed_found")))))
    assert "None of 9 stops was of the wrong person" in words
    assert re.search(r"None of \d+ listed residents was found", words)
    assert stray(words) == []
    assert [len(stray(words + more)) for more in (" None.", " None of 100", " nan ", " -inf")] == [1, 1, 1, 1]


def stray(words: str) -> list[str]:
    """Find undefined values as Python writes them; sentences such as "None of 9 stops was" are none."""
    return re.findall(r"\b(?:NaN|nan|inf|None)\b(?! of [\d,]+ (?:stops|listed residents) was\b)", words)


def test_a_bare_percentage_is_never_ours() -> None:
    ours = [
        e
        for e in tree().all("p", "td", "figcaption")
        if "published" not in (e.attributes.get("data-label") or "")
    ]
    percentages = [found for e in ours for found in re.findall(r"\d[\d.,]*\s?%", e.words)]
    assert {p.replace("\u00a0", " ") for p in percentages} <= {"95 %"}


# ------------------------------------------------------------------------------------------- what the page says


def test_people_are_said_to_be_synthetic() -> None:
    assert "Everybody in this report is synthetic." in tree().all("header")[0].said()
    assert "no real person appears" in tree().all("header")[0].said()


@pytest.mark.parametrize(("status", "cite"), [("draft", True), ("provisional", True), ("checked", False)])
def test_only_a_checked_scenario_may_be_cited(status: str, cite: bool) -> None:
    said = read(page(scenario_with(status=status))).all("header")[0].said()
    assert ("do not cite" in said) is cite
    assert ("This scenario is a draft: do not cite" in said) is (status == "draft")


def test_the_counts_in_the_text_are_those_of_the_run() -> None:
    r = Readings(material().metrics)
    said = visible(tree())
    stops, wrong = r.count("stops"), r.count("misidentified")
    assert stops > 0
    assert f"{stops:,} stop" in said
    assert re.search(rf"Of {stops:,} stops, {wrong:,}( \([\d,]+ of 1,000\))? (was|were) of the wrong person", said)
    rows = material().outcomes()
    assert rows is not None
    fell = len(set(rows.person[~rows.mated & (rows.outcome > 0)].tolist()))
    assert f"stops of the wrong person fell on {fell} different " in said
    assert f"{r.count('people_searched'):,} different people" in said
    assert f"{r.count('searches'):,} searches" in said
    assert f"{r.count('listed_found')} of {r.count('listed_people')} listed residents" in said


def changed(changes: dict[str, object]) -> Material:
    return replace(material(), scenario=with_changes(material().scenario, changes))


OFF = "Found people come off the list, so the true positive identification rate counts mostly those whom the system"


def test_a_single_published_setting_is_no_threshold() -> None:
    knobs = material().scenario.sensing.recognition.model_copy(update={"system": "suedkreuz-or"})
    sensing = material().scenario.sensing.model_copy(update={"recognition": knobs})
    said = visible(read(page(scenario_with(sensing=sensing))))
    assert "a candidate is returned at the one setting that was published (system: suedkreuz-or)" in said
    assert "FPIR (N = 300, the one setting that was published)" in said
    assert "FPIR (N = 300, T = 0.6)" in visible(tree())


def test_who_comes_off_the_list_is_said_where_somebody_does() -> None:
    longer = "Rates and counts, such as the share of wrong stops, depend on how long the run is"
    assert OFF in visible(tree())
    assert longer in visible(tree())
    assert "If that is the wrong person, this false match ends, and the person listed is no longer" in visible(tree())
    for change in ({"judgement.remove_when_found": False}, {"days": 1}):
        said = visible(read(page(changed(change))))
        assert OFF not in said, change
        assert longer not in said, change


def test_the_limits_name_what_errors_depend_on() -> None:
    said = "False matches depend on group and sex; misses depend on person, day and place, and some references never"
    assert said in visible(tree())
    alike = {f"sensing.recognition.{key}": {} for key in ("fmr_by_group", "fmr_by_sex")}
    alike |= {f"sensing.recognition.{key}": 0 for key in ("misses_by_person", "misses_by_day", "misses_by_place")}
    bare = changed(alike | {"sensing.recognition.unmatchable": 0})
    said = "False matches are equally frequent for all; misses are equally frequent for all."
    assert said in visible(read(page(bare)))
    aged = changed({"sensing.recognition.fmr_by_age": {"80+": 2}, "sensing.recognition.fnmr_by_group": {"b": 2}})
    assert "depend on group, sex and age; misses depend on group, person, day and place" in visible(read(page(aged)))


def test_every_number_is_listed_and_counted() -> None:
    said = visible(tree())
    assert headline(material().scenario) in said
    listed = numbers(material().scenario)
    codes = Counter(e.said().replace(" ", "") for e in tree().all("code"))
    for number in listed:
        path = number.path if number.fact else number.path.split(".", 1)[-1]
        assert codes[path] >= 1, number.path
    assert sum(number.fact is not None for number in listed) >= 5
    assert "not yet derived again by a second reader" in said


def test_openstreetmap_is_credited_where_its_streets_are_used() -> None:
    assert "OpenStreetMap" not in visible(tree())
    town = material().scenario.town.model_copy(update={"kind": "streets"})
    assert "© OpenStreetMap contributors, ODbL" in visible(read(page(scenario_with(town=town))))


def test_mapped_cameras_are_called_a_lower_bound() -> None:
    assert "lower bound" not in visible(tree())
    devices = material().table("devices", t.Devices)
    n = len(devices)
    known = np.arange(n) >= 3
    listed = replace(devices, origin=np.ones(n, np.uint8), direction_known=known)
    said = visible(read(page(with_table("devices", listed))))
    assert f"{n} cameras are known from a list or a map" in said
    assert "a lower bound" in said
    assert f"Of {n} cameras, 3 have no published direction" in said


def test_cameras_indoors_are_told_from_those_that_are_dead() -> None:
    devices = material().table("devices", t.Devices)
    row = np.arange(len(devices))
    certainty, alive = np.where(row < 2, 0, 90).astype(np.uint8), row >= 5
    given = replace(devices, certainty_percent=certainty, alive=alive)
    said = visible(read(page(with_table("devices", given))))
    assert "2 cameras watch an inside or surely are not there, and see no street" in said
    assert "3 cameras take no face in this run, being dead or not really there" in said
    assert "watch an inside" not in visible(tree())


def test_ranges_are_shown_where_there_are_some() -> None:
    ranged = tuple(replace(e, range_low=0.0, range_high=e.high) for e in material().metrics)
    said = visible(read(page(replace(material(), metrics=ranged))))
    assert "; range 0 to" in said
    assert "This run has one replicate" not in said
    assert "This run has one replicate" in visible(tree())


def test_a_street_left_out_is_reported() -> None:
    notes: dict[str, float | str] = {"share_left_out": 0.0134, "an_odd_note": "<b>odd</b>"}
    top = read(page(replace(material(), notes=notes)))
    assert "Of every 1,000 m of street in the file, 13 m are not joined to the rest" in visible(top)
    assert "<b>odd</b>" in visible(top)
    assert not top.all("b")


# ------------------------------------------------------------------------------------ nothing, too much, malice


def test_what_is_undefined_is_said_in_words() -> None:
    nothing = tuple(replace(e, value=None, low=None, high=None, n=0) for e in material().metrics)
    said = visible(read(page(replace(material(), metrics=nothing, counterfactual=nothing))))
    assert "Nobody was stopped. So nothing can be said" in said
    assert "not defined" in said
    assert stray(said) == []


def test_an_interval_that_ends_above_everybody_there_is_is_explained() -> None:
    """Of some kind of people nearly all are searched, and the interval of how many reaches beyond all of them."""
    beyond = [e for e in material().metrics if e.name == "people_searched" and e.by == "age" and (e.high or 0) > e.n]
    assert beyond, "so that there is something to explain"
    section = next(e for e in tree().all("section") if e.attributes.get("aria-labelledby") == "metrics")
    told = "may end above how many of them there are in this run, because another run draws another number of them."
    assert told in section.said()


def test_metrics_that_are_missing_read_as_undefined() -> None:
    assert "Nobody was stopped." in visible(read(page(replace(material(), metrics=(), counterfactual=()))))


def test_zero_stops_are_not_a_rate() -> None:
    zero = with_metrics(
        stops=(0.0, 400), misidentified=(0.0, 400), wrongly_listed=(0.0, 400), wrongful_stops_share=(None, 0)
    )
    short = read(page(zero)).all("section")[0].said()
    assert "Nobody was stopped." in short
    assert "stops," not in short


def test_a_town_without_cameras_streets_or_days() -> None:
    nothing = {name: type(table).empty() for name, table in material().tables.items()}
    empty = replace(material(), tables=nothing, notes={}, provenance={})
    said = visible(read(page(empty)))
    assert "no camera stands here" in said
    assert "No day was counted" in said


def test_huge_numbers_keep_their_digits() -> None:
    huge = tuple(
        replace(e, value=e.value * 1e9, low=(e.low or 0) * 1e9, high=(e.high or 0) * 1e9, n=e.n * 10**9)
        if e.value is not None and e.unit != "share"
        else e
        for e in material().metrics
    )
    top = read(page(replace(material(), metrics=huge, counterfactual=huge)))
    for section in top.all("section")[:7]:
        assert not re.search(r"\d[eE][+-]?\d", section.words)


@pytest.mark.parametrize(
    ("more", "rest"),
    [
        (1, "The last 2 days are no whole week and left out. "),
        (6, ""),
        (7, "The last 1 day is no whole week and left out. "),
    ],
)
def test_long_runs_are_drawn_by_whole_weeks(more: int, rest: str) -> None:
    """The same on every day: a week that was drawn though it has two days would be a dip to 4 of 14."""
    days = np.repeat(np.arange(WEEKS_FROM + more), 2)
    ones = np.ones(len(days), np.int64)
    columns = {c.name: ones for c in t.Tallies.columns()} | {"day": days}
    drawn = page(with_table("tallies", t.Tallies.of(**columns)))
    said = visible(read(drawn))
    assert f"Counts per week. {rest}Of the stops" in said
    assert "Searches per week: from 14 to 14, " in drawn
    assert "Counts per day." in visible(tree())


def test_what_grows_with_the_days_has_them_beside_it() -> None:
    """More people are searched, stopped and found in 28 days than in 8."""
    counted = {
        "in-short": ("at least once in 8 days;", "would be wrongful in 8 days.", "into custody in 8 days."),
        "groups": ("By age, sex and group, over 8 days;",),
        "balance": (
            "listed residents found in 8 days.",
            "with the cameras off, 8 days each;",
            "each column's own: people and days are the same in both, so the intervals do not say",
            "glasstown compare",
        ),
    }
    for name, sentences in counted.items():
        (section,) = [s for s in tree().all("section") if s.attributes.get("aria-labelledby") == name]
        said = " ".join(section.words.split())
        assert all(sentence in said for sentence in sentences), said


@pytest.mark.parametrize("field_name", ["title", "description", "sources", "id"])
def test_what_a_scenario_says_is_text(field_name: str) -> None:
    said: Any = (HOSTILE, "x" * 500, "\u202eevil\x00") if field_name == "sources" else HOSTILE
    attacked = scenario_with(**{field_name: said})
    top = read(page(attacked))
    assert Counter(e.tag for e in top.all()) - Counter(e.tag for e in tree().all()) <= Counter(
        {"li": 3, "ul": 1, "h3": 1, "bdi": 3}
    )
    assert HOSTILE in top.words.replace("  ", " ")
    assert "\u202e" not in page(attacked)
    assert "\x00" not in page(attacked)


def test_a_group_with_an_odd_name_is_text_in_tables_and_pictures() -> None:
    odd = 'b"]}\\<script>alert(1)</script>\u2028'
    renamed = tuple(replace(e, group=odd) if e.group == "b" else e for e in material().metrics)
    top = read(page(replace(material(), metrics=renamed)))
    assert not top.all("script")
    rows = [th.said() for th in top.all("th")]
    assert any(row.startswith('group b"]}\\<script>') for row in rows)
    labels = [e.said() for e in top.all("text")]
    assert any(label.startswith('group b"]}') for label in labels)


def test_inputs_are_named_without_their_folder() -> None:
    inputs = {"streets": {"file": "/".join(["", "home", "wanda", "town.osm.pbf"]), "sha256": "ab" * 32}}
    said = visible(read(page(replace(material(), provenance={**material().provenance, "inputs": inputs}))))
    assert "town.osm.pbf" in said
    assert "wanda" not in said
