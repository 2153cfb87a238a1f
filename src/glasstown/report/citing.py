"""What a run rests on, as text and as BibTeX; it does not help anybody to cite a draft."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import final

from glasstown import catalogue
from glasstown.catalogue import STATUSES, Fact
from glasstown.core.errors import Problem
from glasstown.core.version import VERSION
from glasstown.report.facts import amount
from glasstown.report.folder import check_files, read_scenario
from glasstown.report.grounds import OPEN_STREET_MAP
from glasstown.report.words import plural
from glasstown.scenario import Scenario, facts_behind, headline

_KIND = re.compile(r"\s*\((?:[^()]|\([^()]*\))*\)$")
_AUTHORED = re.compile(r"([A-Z][^\d;:/]*?),? (\d{4})(?:/\d{2,4})?,? +([A-Z0-9].*)")
_PLACE_IN_A_JOURNAL = re.compile(r"\d+[:(]\d|\d\(|:e?\d|^J\. ")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_ADDRESS = re.compile(r"https?://\S+")
_DOI = re.compile(r"https?://(?:dx\.)?doi\.org/(\S+)")
_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    **{mark: f"\\{mark}" for mark in "&%$#_"},
}  # fmt: skip


@final
@dataclass(frozen=True)
class Cited:
    """What one run used.

    Parameters
    ----------
    scenario : Scenario
        What was run.
    seed, digest : int, str
        Which run.
    facts : tuple of Fact
        The facts among its numbers, those inside its recognition system and rulebooks included.
    gone : tuple of str
        Facts that the catalogue no longer has.
    """

    scenario: Scenario
    seed: int
    digest: str
    facts: tuple[Fact, ...]
    gone: tuple[str, ...]

    @property
    def against(self) -> tuple[str, ...]:
        """Why the run is not to be cited; nothing where it may be."""
        unchecked = [fact.id for fact in self.facts if fact.checked_by is None]
        reasons: list[str] = []
        if self.scenario.status != "checked":
            reasons.append(f"the scenario is {self.scenario.status}")
        if unchecked:
            n, of = len(unchecked), len(self.facts)
            reasons.append(f"{n} of its {of} {plural(of, 'fact', 'facts')} {plural(n, 'is', 'are')} unchecked")
        if self.gone:
            reasons.append(f"the catalogue no longer has {', '.join(self.gone)}")
        return tuple(reasons)

    @property
    def sources(self) -> dict[str, list[Fact]]:
        """The facts by their source, in the order of first use."""
        found: dict[str, list[Fact]] = {}
        for fact in self.facts:
            found.setdefault(fact.source, []).append(fact)
        return found

    @property
    def places(self) -> tuple[str, ...]:
        """Where its streets and aggregates come from."""
        streets = (OPEN_STREET_MAP,) if self.scenario.town.kind == "streets" else ()
        return (*streets, *self.scenario.sources)


def cited(folder: Path) -> Cited:
    """Read what a run used from its folder, which is checked against its own list of files.

    Raises
    ------
    Problem
        If the folder is not one that a run wrote, or was changed.
    """
    document = check_files(folder)
    scenario = read_scenario(folder)
    facts: list[Fact] = []
    gone: list[str] = []
    for name in facts_behind(scenario):
        try:
            facts.append(catalogue.fact(name))
        except Problem:
            gone.append(name)
    return Cited(scenario, document["seed"], document["digest"], tuple(facts), tuple(gone))


def text(run: Cited) -> str:
    """List facts, sources and assumptions of a run for people."""
    lines = [
        f"{run.scenario.title} ({run.scenario.id}, seed {run.seed}): {headline(run.scenario)}.",
        *_whether(run),
        "",
    ]
    lines += ["Facts"] if run.facts else ["No number of this run comes from a publication."]
    for source, facts in run.sources.items():
        lines += [f"  {source}", *([f"    {facts[0].locator}"] if facts[0].locator != "-" else [])]
        for fact in facts:
            second = f"derived again by {fact.checked_by}" if fact.checked_by else "unchecked"
            lines.append(f"      {fact.id}: {amount(fact)}. {STATUSES[fact.status].capitalize()}; {second}.")
    if run.places:
        lines += ["Places", *(f"  {place}" for place in run.places)]
    return "\n".join(lines)


def _whether(run: Cited) -> list[str]:
    if run.against:
        return [
            f"Please do not cite this run as a result: {'; '.join(run.against)}.",
            "The sources below may of course be cited for what they say themselves.",
        ]
    return [
        "Please cite",
        f"  The glasstown maintainers: glasstown {VERSION}. Scenario {run.scenario.id}, seed {run.seed},",
        f"  digest {run.digest}.",
        "together with the sources below.",
    ]


def bibtex(run: Cited) -> str:
    """Write one BibTeX entry for each source, with unique keys; the run itself only if it may be cited."""
    entries = [_run_entry(run)] if not run.against else []
    keys: set[str] = set()
    for source, facts in run.sources.items():
        entries.append(_entry(source, facts, keys))
    for place in run.places:
        entries.append(_written("misc", _unique("place", keys), {"title": f"{{{_escaped(place)}}}"}))
    head = f"{run.scenario.id}, seed {run.seed}: {headline(run.scenario)}."
    if run.against:
        head += f" Not to be cited as a result: {'; '.join(run.against)}."
    return "\n\n".join([f"@comment{{{_escaped(head)}}}", *entries])


def _run_entry(run: Cited) -> str:
    said = f"glasstown {VERSION}: scenario {run.scenario.id}, seed {run.seed}"
    fields = {"author": "{The glasstown maintainers}", "title": f"{{{_escaped(said)}}}", "note": f"Digest {run.digest}"}
    return _written("misc", "glasstown", fields)


def _entry(source: str, facts: list[Fact], keys: set[str]) -> str:
    bare = _KIND.sub("", source)
    authored = _AUTHORED.fullmatch(bare)
    locator = facts[0].locator
    fields: dict[str, str] = {}
    year = authored[2] if authored else (_YEAR.findall(bare) or [""])[0]
    if authored:
        fields["author"] = _authors(authored[1])
    named = authored is not None and len(authored[3].split()) > 2 and not _PLACE_IN_A_JOURNAL.search(authored[3])
    fields["title"] = f"{{{_escaped(authored[3] if authored and named else bare)}}}"
    if year:
        fields["year"] = year
    doi, address = _DOI.search(locator), _ADDRESS.search(locator)
    if doi:
        fields["doi"] = _address(doi[1])
    elif address:
        fields["url"] = _address(address[0])
    if locator != "-":
        fields["howpublished"] = _escaped(locator)
    used = ", ".join(f"{fact.id} ({fact.status}{'' if fact.checked_by else ', unchecked'})" for fact in facts)
    kind = _KIND.search(source)
    fields["note"] = _escaped(f"{f'{kind[0].strip()[1:-1]}. ' if kind else ''}Facts used: {used}")
    first = re.split(r"[^A-Za-z]", authored[1] if authored else bare)[0].lower() or "source"
    return _written("misc", _unique(f"{first}{year}", keys), fields)


def _authors(said: str) -> str:
    parts = re.split(r", | & ", said.removesuffix(" et al."))
    if not all(re.fullmatch(r"[\w'-]+", part) for part in parts):
        return f"{{{_escaped(said)}}}"
    return " and ".join([*map(_escaped, parts), *(["others"] if said.endswith(" et al.") else [])])


def _unique(key: str, keys: set[str]) -> str:
    tail = ""
    n = 0
    while key + tail in keys:
        n += 1
        tail = f"-{n + 1}"
    keys.add(key + tail)
    return key + tail


def _escaped(said: str) -> str:
    return "".join(_ESCAPES.get(mark, mark) for mark in " ".join(said.split()))


def _address(said: str) -> str:
    return said.rstrip(".,;").replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")


def _written(kind: str, key: str, fields: dict[str, str]) -> str:
    width = max(map(len, fields))
    inside = "".join(f"  {name:<{width}} = {{{value}}},\n" for name, value in fields.items())
    return f"@{kind}{{{key},\n{inside}}}"
