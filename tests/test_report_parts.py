"""Are the words of the report right? Known answers and exact properties."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glasstown import tables as t
from glasstown.core.estimates import Estimate
from glasstown.report import lead
from glasstown.report.blocks import share_table
from glasstown.report.crowd import both_readings
from glasstown.report.groups import RESIDENTS, groups
from glasstown.report.readings import Readings
from glasstown.report.recognition import recognition
from glasstown.report.words import amount, between, chance, denominator, few, frequency, near
from glasstown.scenario import load, with_changes
from tests.pages import read
from tests.test_report import material

SVG_SPACE = "http://www.w3.org/2000/svg"
Line = list[tuple[int, int]]
POINTS = st.tuples(st.integers(-99, 3000), st.integers(-99, 3000))


def estimate(
    name: str, value: float | None, low: float | None = None, high: float | None = None, n: int = 0
) -> Estimate:
    return Estimate(name, "x", None, None, value, low, high, None, None, n)


@pytest.mark.parametrize(
    ("value", "low", "high", "n", "said", "ends"),
    [
        (0.87, 0.76, 0.93, 200, "870 of 1,000", "760 to 930 of 1,000"),
        (0.6176, 0.4747, 0.7465, 102, "620 of 1,000", "470 to 750 of 1,000"),
        (8 / 9, 0.56, 0.98, 9, "8 of 9", "5 to 8.8 of 9"),
        (1.0, 0.51, 1.0, 6, "6 of 6", "3.1 to 6 of 6"),
        (0.000222, 0.000125, 0.000366, 3_000_000, "22 of 100,000", "12 to 37 of 100,000"),
        (0.99945, 0.99903, 0.99972, 40_000, "9,994.5 of 10,000", "9,990.3 to 9,997.2 of 10,000"),
        (1.0, 0.93, 1.0, 37, "1,000 of 1,000", "930 to 1,000 of 1,000"),
        (0.0, 0.0, 0.004, 900, "0 of 10,000", "0 to 40 of 10,000"),
        (0.0012, 0.0, 0.3, 800, "10 of 10,000", "0 to 3,000 of 10,000"),
        (0.0012, 0.00004, 0.3, 800, "10 of 10,000", "0.4 to 3,000 of 10,000"),
    ],
)
def test_shares_are_natural_frequencies(
    value: float, low: float, high: float, n: int, said: str, ends: str
) -> None:
    found = frequency(estimate("ppv", value, low, high, n))
    assert found is not None
    assert found.short() == said
    assert found.ends() == ends


@pytest.mark.parametrize(("n", "of"), [(6, "6"), (60, "1,000")])
def test_a_cell_has_one_denominator(n: int, of: str) -> None:
    """Of few trials and of many, with a range; notices 6 beside an interval of 1,000."""
    e = replace(estimate("ppv", 0.5, 0.2, 0.8, n), unit="share", range_low=0.1, range_high=0.9)
    rows = share_table("Errors", Readings((e,)), (("ppv", "", "Right", "alerts"),))
    found = frequency(e)
    assert found is not None
    for said in (read(str(rows)).said(), f"{found.short()} {found.beside()}"):
        assert re.findall(r" of ([\d,]+)", said) == [of] * said.count(" of "), said
        assert said.count(" of ") >= 2, said


def test_a_share_of_nothing_is_no_frequency() -> None:
    assert frequency(estimate("ppv", None)) is None
    assert frequency(estimate("ppv", 0.0, 0.0, 1.0, 0)) is None


@given(st.floats(1e-6, 1 - 1e-6), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=300, deadline=None)
def test_a_frequency_is_never_more_than_half_a_digit_off(p: float, a: float, b: float) -> None:
    """One significant digit of the smaller side at worst, three at best; never all or none of it by rounding."""
    found = frequency(estimate("ppv", p, p * a, p + (1 - p) * b, 1000))
    assert found is not None
    number, of = (float(x.replace(",", "")) for x in found.short().split(" of "))
    small = min(p, 1 - p) * of
    assert 0 < number < of
    assert abs(number - p * of) <= 0.5 * 10 ** math.floor(math.log10(small)) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1234567.0, "1,230,000"),
        (0.00001667, "0.0000167"),
        (1e15, "1,000,000,000,000,000"),
        (0.0, "0"),
        (24.0, "24"),
    ],
)
def test_few_digits_and_no_powers(value: float, said: str) -> None:
    assert few(value) == said


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        few(math.nan)


def test_an_interval_says_how_many_digits_are_known() -> None:
    assert between(376.3, 995.9) == "380 to 1,000"
    assert between(13.358, 13.701) == "13.36 to 13.7"
    assert between(0.024, 14.2, counts=True) == "0.024 to 14"
    assert between(0.0, 14.2, counts=True) == "0 to 14"
    assert near(630.4, 376.3, 995.9) == "630"
    assert near(1.0, 0.02, 1700) == "1"
    assert amount(estimate("stops", 63.0, 37.6, 99.6, 10_000)) == "63"


def test_an_end_that_is_not_0_is_never_shown_as_0() -> None:
    """However wide the interval: an end one whole significant digit off, or at 0, is noticed."""
    assert between(1455.2, 536_000.0) == "1,500 to 540,000"
    assert between(-536_000.0, -1455.2) == "-540,000 to -1,500"
    for low in (1e-9, 0.3, 4.9, 499.0):
        for counts in (False, True):
            said = float(between(low, 1e6, counts=counts).split(" to ")[0].replace(",", ""))
            assert said == pytest.approx(low, rel=0.05), (low, counts)


def test_very_small_numbers_of_a_scenario_are_one_in_many() -> None:
    assert chance(1.6667e-8) == "1 in 60,000,000"
    assert chance(0.0001) == "0.0001"


@pytest.mark.parametrize(
    ("share", "of"), [(0.5, 1000), (0.009, 10_000), (1e-9, 10_000_000), (0.9999, 10_000), (0.0, 1000)]
)
def test_denominators_are_round(share: float, of: int) -> None:
    assert denominator(share) == of


WRONG = "of the wrong person"
OF = "of somebody rightly recognised who should never have been listed"


@pytest.mark.parametrize(
    ("stops", "wrong", "listed", "said"),
    [
        (1000, 870, 0, "Of 1,000 stops, 870 were of the wrong person."),
        (57, 15, 0, "Of 57 stops, 15 (260 of 1,000) were of the wrong person."),
        (57, 1, 0, "Of 57 stops, 1 (18 of 1,000) was of the wrong person."),
        (500, 410, 25, f"Of 500 stops, 410 (820 of 1,000) were {WRONG}, and 25 more (50 of 1,000) were {OF}."),
        (9, 8, 0, "Of 9 stops, 8 were of the wrong person."),
        (7, 1, 2, f"Of 7 stops, 1 was of the wrong person, and 2 more were {OF}."),
        (40, 0, 3, f"None of 40 stops was of the wrong person, but 3 (75 of 1,000) were {OF}."),
        (1, 1, 0, "The one stop was of the wrong person."),
        (1, 0, 1, "The one stop was of the right person, who should never have been listed."),
        (0, 0, 0, "Nobody was stopped."),
    ],
)
def test_the_first_sentence(stops: int, wrong: int, listed: int, said: str) -> None:
    share = (wrong + listed) / stops if stops else None
    low, high = (share, share) if share is None else (max(share - 0.02, 0), min(share + 0.02, 1))
    numbers = [
        estimate("stops", stops, stops, stops, 10_000),
        estimate("misidentified", wrong, wrong, wrong, 10_000),
        estimate("wrongly_listed", listed, listed, listed, 10_000),
        estimate("wrongful_stops_share", share, low, high, stops),
    ]
    assert lead.wrongly_stopped(Readings(numbers))[0] == said


@pytest.mark.parametrize(
    ("people", "endings", "said"),
    [
        ([4] * 7 + [5, 5, 6, 7], [2, 2, 2] + [1] * 8, "11 * fell on 4 different people, one of them 7 times; 3 *"),
        ([4, 4, 4], [1, 1, 1], "3 * all fell on one person; none *"),
        ([4, 5, 6], [1, 2, 1], "3 * fell on 3 different people; 1 *"),
        ([4], [2], None),
    ],
)
def test_stops_of_the_wrong_person_are_laid_to_people(people: list[int], endings: list[int], said: str | None) -> None:
    """Also those who were not found, rightly stopped or wrongly listed are among the rows, and are not counted."""
    n, more = len(people), 3
    columns = {c.name: np.zeros(n + more, np.int64) for c in t.Outcomes.columns()}
    columns |= {"person": np.array([*people, 90, 91, 92]), "outcome": np.array([*endings, 0, 2, 1])}
    columns["mated"] = np.array([False] * n + [False, True, True])
    columns["wrongly_listed"] = np.array([False] * (n + 2) + [True])
    outcomes, r = t.Outcomes.of(**columns), Readings([estimate("misidentified", n, n, n, 100)])
    whole = None if said is None else said.replace("*", "stops of the wrong person", 1)
    ends = "ended with the person being taken into custody."
    wanted = f"The {whole.replace('*', f'of these stops {ends}')}" if whole else f"That stop {ends}"
    assert lead.borne_by(outcomes, r) == wanted
    assert lead.borne_by(None, r) == ""
    assert lead.borne_by(outcomes, Readings([estimate("misidentified", n + 1, n, n, 100)])) == ""


@pytest.mark.parametrize(
    ("minutes", "kind", "said"),
    [
        (60, "human", "within 60 minutes are not shown to the operator."),
        (1, "off", "within 1 minute raise no alert."),
        (0, "human", None),
    ],
)
def test_an_open_case_is_said_under_the_stages(minutes: int, kind: str, said: str | None) -> None:
    changes: dict[str, object] = {"sensing.case_minutes": minutes, "sensing.operator.kind": kind}
    changed = replace(material(), scenario=with_changes(material().scenario, changes))
    told = " ".join(read(str(recognition(changed))).words.split())
    opened = "An alert opens a case; further candidates for the same reference"
    assert (opened in told) is (said is not None)
    assert said is None or f"{opened} {said}" in told


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "depend on group and sex, and not on age; differences between ages are chance or come from where"),
        ({"fmr_by_age": {"80+": 2}}, "depend on group, sex and age."),
        ({"fmr_by_sex": {"f": 1}}, "depend on group, and not on sex and age; differences between the sexes and ages"),
        ({"fmr_by_group": {}, "fmr_by_sex": {}}, "depend on neither group nor sex nor age; differences between"),
        ({"fmr_by_group": {}, "fmr_by_sex": {}, "fnmr_by_group": {"c": 2}}, "depend on group, and not on sex and age;"),
    ],
)
def test_what_errors_depend_on_is_said_where_they_are_borne(given: dict[str, object], said: str) -> None:
    knobs = {f"sensing.recognition.{key}": value for key, value in given.items()}
    changed = replace(material(), scenario=load("newtown", changes=knobs))
    told = " ".join(read(str(groups(changed, RESIDENTS))).words.split())
    assert f"In this scenario errors of the machine {said}" in told


def test_the_interval_of_alerts_is_that_of_the_number_said() -> None:
    """13 of 14 alerts are wrong, and 1 right: the interval is of the wrong ones."""
    numbers = [
        estimate("alerts", 14, 14, 14, 50_000),
        estimate("false_alerts", 13, 7, 22, 50_000),
        estimate("searches", 50_000, 50_000, 50_000, 50_000),
        estimate("ppv", 1 / 14, 0.01, 0.29, 14),
    ]
    first, fine = both_readings(Readings(numbers))
    assert first.startswith("13 of 14 alerts were about the wrong person")
    assert fine.startswith("Of 1,000 alerts, 710 to 990 would be about the wrong person (95\u00a0% interval).")
    ranged = replace(numbers[-1], range_low=0.02, range_high=0.4)
    assert "(95\u00a0% interval; range 600 to 980)" in both_readings(Readings([*numbers[:-1], ranged]))[1]


def test_real_streets_are_not_called_invented() -> None:
    said = "Real streets (town.osm.pbf), invented people; the watching system is that of the scenario. Nothing says"
    newtown = load("newtown", changes={"town.kind": "streets", "town.streets.file": "maps/town.osm.pbf"})
    header = lead.header(replace(material(), scenario=newtown), "")
    assert read(str(header)).said().index(said) < read(str(header)).said().index("An invented town")
    assert lead.on_real_streets(load("newtown")) is None
    assert lead.on_real_streets(load("helsinki-centre")) is None
    bare = lead.on_real_streets(newtown.model_copy(update={"description": ""}))
    assert bare == f"{said} that this place has it."


def test_more_alerts_than_people_are_said_the_other_way_round() -> None:
    numbers = [
        estimate("people_searched_per_true_alert", 0.25, 0.2, 0.3, 4000),
        estimate("people_searched", 1000, 1000, 1000, 1000),
        estimate("true_alerts", 4000, 4000, 4000, 1000),
    ]
    assert (
        lead.searched(Readings(numbers), 28)[0]
        == "Each person whose face was searched led to 4 alerts about the right person, on average."
    )


@pytest.mark.parametrize(
    ("events", "value", "low", "high", "said"),
    [
        (0, 0.0, 0.0, 200.0, "0 among 2,000 people in this run. 95 % interval 0 to 200 for each 100,000 people."),
        (4, 200.0, 70.0, 520.0, "4 among 2,000 people in this run. 95 % interval 70 to 520 for each 100,000 people."),
    ],
)
def test_an_interval_for_100_000_people_names_them(
    events: int, value: float, low: float, high: float, said: str
) -> None:
    """The number before it is of this run, so that the ends would be read as if they were too."""
    numbers = [
        estimate("wrongful_stops", events, 0, 4, 2000),
        estimate("wrongful_stops_per_100k", value, low, high, 2000),
    ]
    assert plain(lead.wrongful_per_100k(Readings(numbers), 3)[1]) == said
    ranged = [numbers[0], replace(numbers[1], range_low=0.0, range_high=900.0)]
    assert plain(lead.wrongful_per_100k(Readings(ranged), 3)[1]).endswith(
        " for each 100,000 people; range 0 to 900 for each 100,000 people."
    )


def test_an_interval_of_people_for_each_alert_names_both() -> None:
    """Before it stands the number of alerts of the run, of which it is no interval."""
    numbers = [
        estimate("people_searched_per_true_alert", 110, 50, 290, 18),
        estimate("people_searched", 1973, 1973, 1973, 2000),
        estimate("true_alerts", 18, 10, 30, 2000),
    ]
    fine = plain(lead.searched(Readings(numbers), 3)[1])
    assert "18 alerts were about the person whom the list shows." in fine
    assert fine.endswith("95 % interval 50 to 290 people for each such alert.")


def test_intervals_of_passes_and_captures_name_their_unit() -> None:
    numbers = [
        estimate("passes_per_person_day", 26, 25.2, 27.1, 6000),
        estimate("captures_per_person_day", 11, 10.89, 11.67, 6000),
    ]
    fine = plain(lead.observed(Readings(numbers))[1])
    assert fine == "Means over 6,000 person-days; 95 % intervals 25.2 to 27.1 and 10.89 to 11.67 times a day."


def plain(said: str) -> str:
    return said.replace("\u00a0", " ")


def test_an_extrapolated_threshold_is_said_first() -> None:
    told = lead.extrapolated(load("newtown", settings=["sensing.recognition.decision_threshold=0.7", EXTRAPOLATE]))
    assert told is not None
    assert "npl-neoface" in told
    assert "0.56 to 0.64" in told
    assert "0.7" in told
    for setting in ("sensing.recognition.decision_threshold=0.62", "days=2"):
        assert lead.extrapolated(load("newtown", settings=[setting, EXTRAPOLATE])) is None


EXTRAPOLATE = "sensing.recognition.extrapolate=true"
