"""What the findings rest on: scope, limits, numbers, sources, all metrics, and how to repeat the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from glasstown import catalogue
from glasstown.catalogue import Fact
from glasstown.core.errors import Problem
from glasstown.core.estimates import Estimate
from glasstown.report.blocks import section
from glasstown.report.markup import Child, Markup, el, isolated, items, join, paragraphs, table
from glasstown.report.material import Material
from glasstown.report.readings import BY, Readings, kind_words
from glasstown.report.words import chance, few, known, limits, listing, whole
from glasstown.scenario import Number, Scenario, acting, facts_behind, headline, switched_off

OPEN_STREET_MAP = "© OpenStreetMap contributors, ODbL"

INTERVALS = (
    "A 95 % interval says how far a number could have been off by chance alone, in a town with these "
    "streets, cameras and list: of 100 such intervals, about 95 hold the value that many runs would give "
    "on average. It treats the people of one household as one observation, and it does not cover wrong "
    "facts or assumptions. How often searches find listed people (tpir, fnir, mated_missed) and how many are found "
    "(listed_found) depends on who is listed: there the interval is for this list and these cameras on these days, and "
    "another list may give another rate. How many are rightly on it (listed_people) is taken as it is in this run. "
    "The interval of a count of one kind of people may end above how many of them there are in this run, because "
    "another run draws another number of them."
)
RANGES = (
    "A range, where one is given, additionally lets the numbers with a range and the cameras of which we are "
    "not sure vary within their own intervals."
)
NO_RANGES = (
    "This run has one replicate: what wrong facts and doubtful cameras would change is not shown. Repeat "
    "it with --replicates to see that range."
)

LIMITS = (
    "Only residents walk here. Visitors, commuters from elsewhere and listed people who do not live in the "
    "town pass no camera, so their searches, alerts and stops are missing.",
    "A day is home, work or school, and errands. Nights out, celebrations, protest and worship are not "
    "modelled, although these are the visits that watching touches most.",
    "People live where there are buildings, by their floor area; no census says how many live in which street. They "
    "avoid cameras that work, as if those that are dead could be told apart.",
    "Buildings, trees and crowds hide nobody, and cameras stand as low as the street: real cameras see "
    "other things.",
    "{recognition} Light, angle, masks, twins and the quality of the listed pictures enter only through these rates.",
    "The operator never tires and never learns to trust or distrust the machine.",
    "A stop costs minutes and may end in custody. Fear, shame, force, a lost job and what stays in other "
    "files are not counted.",
    "The only change of ways is that some people avoid watched streets after a wrongful stop. Whether "
    "cameras prevent crime is not modelled, so the report says nothing about it.",
    "One agency watches; nothing is shared with others and no other list is searched.",
    "The run covers {days}. What grows over years, such as records and habits, does not show.",
    "{ending}",
    "Whether such a system is lawful, necessary or proportionate is for people to judge; no number here "
    "decides it.",
)

_NOTES = {
    "source": "Streets from",
    "plan": "Plan of the invented town",
    "nodes": "Junctions",
    "segments": "Street segments",
    "km": "Kilometres of street",
    "places_from": "Homes and workplaces placed in",
    "share_left_out": "Share of street length left out because it is not joined to the rest",
    "ways_with_missing_nodes": "Streets cut where the file lacks a part of them",
    "ways_not_walkable": "Roads left out because people may not walk there",
    "stretches_over_20_km": "Stretches left out because they are longer than 20 km",
    "buildings": "Buildings used",
    "buildings_left_out": "Buildings left out",
    "cameras_tagged": "Cameras tagged in the extract",
    "cameras_left_out": "Tagged devices left out because they are no cameras",
    "speed_cameras": "Speed cameras left out",
    "camera_list_listed": "Cameras in the list",
    "camera_list_left_out": "Entries of the list left out because they are no cameras",
    "camera_list_repeated": "Entries of the list left out because they repeat an earlier one",
    "camera_list_vague": "Cameras of which the list says no more than where they are",
    "camera_list_indoor": "Cameras that watch an inside",
    "camera_list_direction_not_said": "Cameras without a direction",
    "camera_list_direction_not_understood": "Cameras whose direction was not understood",
    "cameras_beyond": "Cameras left out because they stand far beyond the town",
    "cameras_beyond_km": "Kilometres from the town to the nearest of these",
    "people_simulated": "People who were simulated",
    "communities_simulated": "Communities they live in",
}


def comes_off(scenario: Scenario) -> bool:
    """Say whether references come off the list while the run goes on: once the right or the wrong person is taken."""
    return scenario.judgement.remove_when_found and scenario.days > 1


def told_apart(scenario: Scenario) -> tuple[list[str], list[str]]:
    """Name which of group, sex and age false matches depend on, and which of them misses depend on."""
    knobs = scenario.sensing.recognition
    matches = (("group", knobs.fmr_by_group), ("sex", knobs.fmr_by_sex), ("age", knobs.fmr_by_age))
    false = [name for name, factors in matches if any(float(factor) != 1.0 for factor in factors.values())]
    return false, ["group"] if any(float(factor) != 1.0 for factor in knobs.fnmr_by_group.values()) else []


def _recognition(scenario: Scenario) -> str:
    """Name what the error rates depend on in this scenario."""
    knobs = scenario.sensing.recognition
    false, missed = told_apart(scenario)
    false += ["person"] if float(knobs.clustered) else []
    kept = (
        ("person", float(knobs.misses_by_person)),
        ("day", float(knobs.misses_by_day)),
        ("place", float(knobs.misses_by_place)),
        ("darkness", float(knobs.harder_at_night)),
        ("masks", float(knobs.masked) * float(knobs.harder_masked)),
    )
    missed += [name for name, share in kept if share]
    said = f"Recognition is two error rates. False matches {_depend(false)}; misses {_depend(missed)}"
    return f"{said}, and some references never match." if float(knobs.unmatchable) else f"{said}."


def _ending(scenario: Scenario) -> str:
    if not comes_off(scenario):
        return ""
    return (
        "Rates and counts, such as the share of wrong stops, depend on how long the run is: a reference comes off the "
        "list once anybody is taken into custody for it. If that is the wrong person, this false match ends, and the "
        "person listed is no longer looked for. Nobody new is listed, while searches go on."
    )


def _depend(names: Sequence[str]) -> str:
    return f"depend on {listing(names)}" if names else "are equally frequent for all"


def scope(material: Material, limits: Sequence[str]) -> Markup:
    """Say what the model leaves out."""
    days = material.scenario.days
    for_days = f"{whole(days)} days" if days != 1 else "one day"
    words = {"days": for_days, "recognition": _recognition(material.scenario), "ending": _ending(material.scenario)}
    said = [limit for limit in (limit.format(**words) for limit in limits) if limit]
    notes = [(_NOTES.get(key, key.replace("_", " ")), _noted(value)) for key, value in material.notes.items()]
    streets = "people_simulated" not in material.notes
    left_out = material.notes.get("share_left_out")
    if isinstance(left_out, float) and left_out > 0:
        said.append(
            f"Of every 1,000 m of street in the file, {few(1000 * left_out, 2)} m are not joined to the "
            "rest and were left out."
        )
    return section(
        "scope",
        "Scope and limits",
        el("div", items(said), class_="limits"),
        el(
            "details",
            el("summary", "How the streets were made" if streets else "What was simulated"),
            table("Streets" if streets else "People", ("", ""), notes, numeric=(1,)),
        )
        if notes
        else None,
    )


def _noted(value: float | str) -> str:
    return value if isinstance(value, str) else few(value, 9)


def the_numbers(material: Material) -> Markup:
    """List every number of the scenario, sourced and assumed."""
    listed, off = acting(material.scenario), switched_off(material.scenario)
    sourced = [number for number in listed if number.fact]
    assumed = [number for number in listed if not number.fact]
    return section(
        "numbers",
        "The numbers this rests on",
        el("p", f"{headline(material.scenario)}.", class_="say"),
        paragraphs(
            "An assumption is a number that no publication gives us: either a choice that describes the "
            "scenario, or a guess about the world, which then has a range where one could be stated.",
            f"Switched off here, so that its numbers are neither counted nor listed: {listing(off)}." if off else None,
        ),
        table(
            "Sourced numbers",
            ("Number", "What was published", "Source, and how surely we know it"),
            _sourced(sourced),
            stacked=True,
        )
        if sourced
        else None,
        el(
            "details",
            el("summary", f"Assumed numbers ({len(assumed)})"),
            table(
                "Assumed numbers; in small figures the range in which each may lie",
                ("Where it is used", "Value"),
                _assumed(assumed),
                numeric=(1,),
            ),
        ),
    )


def _path(path: str) -> Markup:
    return el("code", join([part, Markup(".<wbr>")] for part in path.split(".")[:-1]), path.split(".")[-1])


def _value(number: Number) -> Markup:
    within = f" ({_range(number)})" if number.low is not None else ""
    return join(el("strong", chance(number.value)), f"{within} {number.unit}")


def _range(number: Number) -> str:
    if number.low is None or number.high is None:
        return ""
    return f"{chance(number.low)} to {chance(number.high)}"


def _sourced(listed: Iterable[Number]) -> list[list[Child]]:
    """Make one row for each fact, however many places it is used in."""
    uses: dict[tuple[str, float], list[Number]] = {}
    for number in listed:
        uses.setdefault((str(number.fact), number.value), []).append(number)
    return [_fact_row(name, numbers) for (name, _), numbers in uses.items()]


def _fact_row(name: str, used: list[Number]) -> list[Child]:
    fact = _fact(name)
    where = [el("small", "in ", _path(number.path), class_="line") for number in used]
    first = join(_value(used[0]), where)
    if fact is None:
        return [first, name, "no longer in the catalogue"]
    status = catalogue.STATUSES[fact.status]
    checked = (
        f"derived again by {fact.checked_by}"
        if fact.checked_by
        else "not yet derived again by a second reader"
    )
    now = "" if fact.value == used[0].value else f" The catalogue now says {chance(fact.value)}."
    about = "; ".join(
        ", ".join(part for part in pair if part) for pair in ((fact.where, fact.when), (fact.conditions,))
    )
    return [
        first,
        join(fact.statement, now, el("small", about, class_="line")),
        join(
            fact.source,
            el("small", fact.locator, class_="line"),
            el("small", f"{status[0].upper()}{status[1:]}; {checked}.", class_="line"),
        ),
    ]


def _fact(name: str) -> Fact | None:
    try:
        return catalogue.fact(name)
    except Problem:
        return None


def _assumed(listed: Iterable[Number]) -> list[list[Child]]:
    rows: list[list[Child]] = []
    room = ""
    for number in listed:
        head, _, rest = number.path.partition(".")
        if rest and head != room:
            room = head
            rows.append([head])
        within = el("small", _range(number)) if number.low is not None else None
        rows.append([_path(rest or head), join(f"{chance(number.value)} {number.unit} ", within)])
    return rows


def sources(material: Material) -> Markup:
    """List the sources of exactly the facts and places that were used."""
    scenario = material.scenario
    used = [_fact(name) for name in facts_behind(scenario)]
    cited = sorted({f"{fact.source}. {fact.locator}" for fact in used if fact})
    places: list[Child] = [isolated(source) for source in scenario.sources]
    if scenario.town.kind == "streets":
        places.insert(0, OPEN_STREET_MAP)
    return section(
        "sources",
        "Sources",
        join(el("h3", "Places"), items(places)) if places else None,
        join(el("h3", "Facts"), items(cited)) if cited else None,
    )


def every_metric(
    material: Material, says: Mapping[str, str], intervals: str = INTERVALS, kinds: Sequence[str] = BY
) -> Markup:
    """Print every quantity, for everybody and by kind of person.

    Parameters
    ----------
    says : mapping of str to str
        What each quantity says, by name, in the order of the table.
    intervals : str
        How the intervals are made.
    kinds : sequence of str
        Which kinds of people are told apart.
    """
    r = Readings(material.metrics)
    ranged = any(e.range_low is not None for e in r.all)
    head = ("Quantity", "Value", "95 % interval", *(("Range",) if ranged else ()), "n", "Unit")
    overall = [
        _metric(join(el("code", name), el("small", said, class_="line")), r[name], ranged)
        for name, said in says.items()
    ]
    by_kind: list[list[Child]] = []
    for name in says:
        by_kind.append([el("code", name)])
        by_kind += [
            _metric(kind_words(str(e.by), str(e.group)), e, ranged)
            for by in kinds
            for e in r.all
            if e.name == name and e.by == by
        ]
    numeric = range(1, len(head) - 1)
    named = f"{', '.join(kinds[:-1])} and {kinds[-1]}"
    return section(
        "metrics",
        "Every quantity",
        paragraphs(intervals, RANGES if ranged else NO_RANGES),
        el(
            "details",
            el("summary", "All quantities, everybody"),
            _scroll(table("Everybody", head, overall, numeric=numeric)),
        ),
        el(
            "details",
            el("summary", f"All quantities, by {named}"),
            _scroll(table(f"By {named}", head, by_kind, numeric=numeric)),
        ),
        paragraphs("Crossings of two kinds are in metrics.csv beside this page."),
    )


def _scroll(inside: Markup) -> Markup:
    return el(
        "div", inside, class_="scroll", tabindex=0, role="region", aria_label="Table that scrolls sideways"
    )


def _metric(label: Child, e: Estimate, ranged: bool) -> list[Child]:
    ends = [limits(e) or ("" if e.value is None else _raw(e.value) if known(e) else "not known")]
    if ranged:
        ends.append(limits(replace(e, low=e.range_low, high=e.range_high)))
    return [label, _raw(e.value), *ends, whole(e.n), e.unit]


def _raw(value: float | None) -> str:
    if value is None:
        return "not defined"
    return whole(value) if value == round(value) else few(value, 4)


def provenance(material: Material) -> Markup:
    """Say how the run was made and how to repeat it."""
    p = material.provenance
    machine, versions, timings = (p.get(key) or {} for key in ("machine", "versions", "timings"))
    rows: list[tuple[Child, Child]] = [
        ("Scenario", material.scenario.id),
        ("Seed", str(p.get("seed", ""))),
        ("Replicates", str(p.get("replicates", ""))),
        ("Digest", el("code", material.digest)),
        ("glasstown", str(p.get("glasstown", ""))),
        ("Python", str(p.get("python", ""))),
        ("Libraries", ", ".join(f"{name} {version}" for name, version in versions.items())),
        ("Machine", " ".join(str(part) for part in machine.values())),
        (
            "Time",
            ", ".join(f"{name.removesuffix('_s')} {few(float(s))} s" for name, s in timings.items() if s),
        ),
    ]
    for name, given in (p.get("inputs") or {}).items():
        file = str(given.get("file", "")).replace("\\", "/").rpartition("/")[2]
        rows.append((f"Input: {name}", join(isolated(file), " ", el("code", given.get("sha256", "")))))
    return section(
        "repeat",
        "How to repeat this run",
        paragraphs(
            join(
                "The folder that holds this page holds everything needed. ",
                el("code", "glasstown rerun DIR"),
                ", with the folder as DIR, lives the run again and names whatever differs.",
            )
        ),
        table("Provenance", ("", ""), [row for row in rows if row[1]], stacked=True),
    )
