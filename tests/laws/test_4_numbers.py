"""Law 4: every number of a scenario is sourced or openly assumed, and the headline counts all of them.

Smallest error noticed: one number of one scenario that is missing from the list, counted as sourced without a fact of
that id and value, counted as looked up though it was recalled, or left out of the headline or of the report's tables.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from ruamel.yaml import YAML

from glasstown import catalogue
from glasstown.catalogue.rulebook import rulebook
from glasstown.core.keys import Key
from glasstown.core.quantity import UNITS
from glasstown.report.grounds import the_numbers
from glasstown.report.material import of_run
from glasstown.scenario import (
    Number,
    Scenario,
    acting,
    brought,
    drawn,
    facts_behind,
    headline,
    load,
    numbers,
    resolved,
)
from tests.worlds import LOUD, home, run, town

FORM = {"schema"}
RECALLED = {name for name, fact in catalogue.facts().items() if fact.status == "recalled"}
SWITCHES = (("sensing.cameras", "none"), ("sensing.operator", "off"), ("consequence.response", "off"))
ASIDE = {"schema", "id", "title", "description"}
CITED_ONLY = "rests_on"
SCENARIOS: list[tuple[str, tuple[str, ...]]] = [
    *((name, ()) for name in catalogue.names("scenarios")),
    *((home(name), (name,)) for name in catalogue.names("safeguards")),
]


def leaves(node: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Find the numbers of a resolved document by looking for numbers: it knows nothing of what a knob is."""
    if isinstance(node, dict) and "value" in node:
        yield ".".join(at), node
    elif isinstance(node, dict):
        for key, part in node.items():
            yield from leaves(part, (*at, str(key)))
    elif isinstance(node, list):
        for i, part in enumerate(node):
            yield from leaves(part, (*at, str(i)))
    elif isinstance(node, int | float) and not isinstance(node, bool):
        yield ".".join(at), {"value": node}


def complete(scenario: Scenario) -> dict[str, Any]:
    """Return the resolved document with what the named system and the rulebooks say beside it, read from their files.

    A system that consists of others says what their files say too. A fact that the scenario has as a number of its
    own, or that these files have said before, is not said again.
    """
    document = resolved(scenario)
    there = {given.get("fact") for _, given in leaves(document)} - {None}
    system = document.get("sensing", {}).get("recognition", {}).get("system")
    said, systems, waiting = set(there), {}, [system]
    while waiting:
        name = waiting.pop(0)
        file = catalogue.ROOT / "systems" / f"{name}.yaml"
        if name not in systems and file.exists():
            tree = YAML(typ="safe", pure=True).load(file.read_text())
            systems[name] = numbered({k: v for k, v in tree.items() if k not in {*ASIDE, CITED_ONLY}}, said)
            waiting += tree.get("together", {}).get("of", [])
    if systems:
        document["systems"] = systems
    judgement = document.get("judgement", {})
    named = [judgement.get("rulebook", "none"), *judgement.get("rulebooks", {}).values()]
    books = {word.strip() for names in named for word in names.split("+")} - {"none"}
    document["books"] = {name: rulebook(name).model_dump(mode="json", by_alias=True) for name in books}
    for path, given in leaves(document.pop("books")):
        if "low" in given and given["fact"] not in there - {None}:
            document.setdefault("rulebooks", {})[path] = given
    return document


def numbered(node: Any, there: set[Any]) -> Any:
    """Put the number of a fact where its id stands first, or nothing where the scenario has it already."""
    if isinstance(node, dict) and "fact" in node:
        return numbered(node["fact"], there)
    if isinstance(node, dict):
        return {str(key).lower(): numbered(part, there) for key, part in node.items()}
    if isinstance(node, list):
        return [numbered(part, there) for part in node]
    if isinstance(node, str) and node in catalogue.facts():
        fact, said = catalogue.facts()[node], node in there
        there.add(node)
        return None if said else {"value": fact.value, "low": fact.low, "high": fact.high, "fact": node}
    return node


def every(scenario: Scenario) -> list[Number]:
    return numbers(scenario) + brought(scenario)


def said_at(node: Any, path: str) -> Any:
    """Look up what a document says at a dotted path; None where it says nothing."""
    for word in path.split("."):
        node = node.get(word, {}) if isinstance(node, dict) else {}
    return node or None


def check_numbers(document: dict[str, Any], listed: Sequence[Number], line: str) -> None:
    """Assert that the list holds each number of the document once, as it stands there, and the headline counts it."""
    there = {path: given for path, given in leaves(document) if path not in FORM}
    told = {n.path: {"value": n.value, "low": n.low, "high": n.high, "fact": n.fact} for n in listed}
    assert len(told) == len(listed)
    assert told.keys() == there.keys()
    for path, given in there.items():
        assert told[path] == {"low": None, "high": None, "fact": None, **given}, path
    off = tuple(f"{path}." for path, kind in SWITCHES if kind == said_at(document, f"{path}.kind"))
    there = {path: given for path, given in there.items() if not path.startswith(off)}
    sourced = [n for n in listed if n.fact is not None and not n.path.startswith(off)]
    recalled = [n for n in sourced if n.fact in RECALLED]
    apart = f" ({len(recalled)} of these recalled, not looked up)" if recalled else ""
    assumed = len(there) - len(sourced)
    assert line == f"{len(sourced)} of {len(there)} numbers sourced{apart}, {assumed} assumed"


def check_facts(listed: Sequence[Number]) -> None:
    """Assert that each sourced number is the number of a fact of the catalogue, unit and range included."""
    for number in listed:
        if number.fact is not None:
            fact = catalogue.facts()[number.fact]
            assert (number.value, number.low, number.high) == (fact.value, fact.low, fact.high), number.path
            assert number.unit == fact.unit, number.path


def of(name: str, safeguards: tuple[str, ...]) -> Scenario:
    return load(name, safeguards=safeguards)


@pytest.mark.parametrize(("name", "safeguards"), SCENARIOS, ids=lambda x: "-".join(x) if isinstance(x, tuple) else x)
def test_every_number_is_counted_and_every_source_exists(name: str, safeguards: tuple[str, ...]) -> None:
    scenario = of(name, safeguards)
    check_numbers(complete(scenario), every(scenario), headline(scenario))
    check_facts(every(scenario))


def test_numbers_drawn_from_a_range_are_counted_too() -> None:
    world = drawn(load("newtown"), Key.from_seed(1))
    check_numbers(complete(world), every(world), headline(world))


def test_numbers_turned_by_hand_are_assumptions() -> None:
    listed = {n.path: n for n in numbers(town())}
    for path, value in LOUD.items():
        if path in listed and isinstance(value, int | float):
            assert (listed[path].value, listed[path].fact) == (value, None), path


def test_each_number_says_what_it_counts() -> None:
    choices = {"people", "days", "weekday, 0 is Monday", "plan", "people for each one simulated"}
    for name in catalogue.names("scenarios"):
        for number in numbers(load(name)):
            assert number.unit in UNITS or number.unit in choices, number.path


def test_numbers_inside_a_system_are_counted() -> None:
    """Would notice one slope, count or range of a system that no headline counts."""
    scenario = load("newtown")
    inside = {n.path: n for n in brought(scenario)}
    assert inside["systems.npl-neoface.probits_per_decade"].low is not None
    off = load("newtown", settings=["sensing.recognition.decision_threshold=0.62"])
    assert {"lf16-fmr", "lf16-fnmr"} <= {n.fact for n in brought(off)} - {n.fact for n in numbers(off)}
    custom = {"system": "custom", "fmr": 1e-7, "fnmr": 0.1}
    assert brought(load("newtown", changes={f"sensing.recognition.{k}": v for k, v in custom.items()})) == []


def test_numbers_inside_the_parts_of_a_system_are_counted() -> None:
    """Would notice one of the single systems of Suedkreuz whose facts are neither counted nor cited."""
    inside = brought(load("suedkreuz-phase-1"))
    assert {"lf17-single-best", "lf17-single-worst"} <= {number.fact for number in inside}
    assert {"systems.suedkreuz-worst.fmr", "systems.suedkreuz-middle.fnmr"} <= {number.path for number in inside}
    facts = [number.fact for number in inside if number.fact]
    assert len(facts) == len(set(facts))


def test_what_a_number_was_worked_out_from_is_cited_and_not_counted() -> None:
    """Would notice one citation that is counted as a number, and one count that stands in both lists."""
    scenario = load("suedkreuz-phase-1")
    named = {number.fact for number in acting(scenario)}
    cited = set(facts_behind(scenario))
    assert {"lf17-or-far", "lf18-day"} <= cited - named
    assert {fact for fact in named if fact} < cited
    for name in catalogue.names("scenarios"):
        scenario = load(name)
        inside = brought(scenario)
        published = {catalogue.fact(n.fact).value for n in inside if n.fact and n.path.startswith("systems.")}
        bare = {n.value for n in inside if n.fact is None and n.path.startswith("systems.") and n.value > 1}
        assert not published & bare, name


@pytest.mark.parametrize("damage", ["dropped", "doubled", "renamed", "moved", "sourced", "miscounted", "looked up"])
def test_an_unlisted_number_would_be_noticed(damage: str) -> None:
    scenario = load("newtown")
    listed, line = every(scenario), headline(scenario)
    first = next(n for n in listed if n.fact is None)
    others = [n for n in listed if n is not first]
    made = {
        "dropped": others,
        "doubled": [*listed, first],
        "renamed": [*others, replace(first, path="x")],
        "moved": [*others, replace(first, value=first.value + 1e-9)],
        "sourced": [*others, replace(first, fact="lf16-fmr")],
    }
    counts = line.split()
    told = {
        "miscounted": line.replace(counts[0], str(int(counts[0]) + 1), 1),
        "looked up": re.sub(r" \(.*\)", "", line),
    }
    with pytest.raises(AssertionError):
        check_numbers(complete(scenario), made.get(damage, listed), told.get(damage, line))


def test_a_number_that_is_not_the_facts_would_be_noticed() -> None:
    listed = numbers(load("newtown"))
    sourced = next(n for n in listed if n.fact is not None)
    with pytest.raises(AssertionError):
        check_facts([replace(sourced, value=sourced.value * 1.01)])
    with pytest.raises(KeyError):
        check_facts([replace(sourced, fact="lf16-nowhere")])


def test_the_report_names_every_number() -> None:
    """Would notice one number that the page's tables of sourced and assumed numbers leave out."""
    page = str(the_numbers(of_run(run())))
    scenario = run().scenario
    assert headline(scenario) in page
    shown = Counter(re.sub("<[^>]+>", "", code) for code in re.findall("<code>(.*?)</code>", page))
    wanted = Counter(n.path if n.fact or "." not in n.path else n.path.partition(".")[2] for n in every(scenario))
    assert not wanted - shown
