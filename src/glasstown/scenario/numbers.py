"""The complete document of a scenario, its numbers, and what differs between two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, final

import glasstown.catalogue as catalogue
from glasstown.core.errors import Problem
from glasstown.core.flaws import raise_for
from glasstown.core.quantity import Quantity, Unit
from glasstown.scenario.balance import balanced
from glasstown.scenario.books import parts_of
from glasstown.scenario.kinds import silent, spoken
from glasstown.scenario.model import SCHEMA, Scenario
from glasstown.scenario.shape import Shape, leaves, shape
from glasstown.scenario.walk import built

if TYPE_CHECKING:
    from glasstown.core.keys import Key

RESOLVED = "resolved scenario"
_SWITCHES = (("sensing.cameras", "none"), ("sensing.operator", "off"), ("consequence.response", "off"))
_BY_FACTOR = ("per comparison", "times")


@final
@dataclass(frozen=True)
class Number:
    """One number of a scenario.

    Parameters
    ----------
    path : str
        Where it stands, dotted.
    value : float
        The number.
    low, high : float or None
        The range in which it may lie.
    unit : str
        What it counts.
    fact : str or None
        The published fact it comes from; None for an assumption or a choice.
    """

    path: str
    value: float
    low: float | None
    high: float | None
    unit: str
    fact: str | None


def resolved(scenario: Scenario) -> dict[str, Any]:
    """Write everything a scenario says, nothing left to defaults: JSON-ready, in the order of the knobs.

    Knobs that say nothing in this kind of town are left out.
    """
    return spoken(_plain(scenario), scenario.town.kind)


def _plain(value: Any) -> Any:
    if isinstance(value, Quantity):
        parts = {"value": value.value, "low": value.low, "high": value.high, "fact": value.fact}
        return {key: _short(part) for key, part in parts.items() if part is not None}
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in cast(dict[Any, Any], value).items()}
    if isinstance(value, tuple):
        return [_plain(part) for part in cast(tuple[Any, ...], value)]
    fields = getattr(type(value), "model_fields", None)
    if fields is not None:
        return {info.alias or name: _plain(getattr(value, name)) for name, info in fields.items()}
    return value


def _short(part: Any) -> Any:
    return int(part) if isinstance(part, float) and part.is_integer() and abs(part) < 2.0**53 else part


def from_resolved(document: Mapping[str, Any]) -> Scenario:
    """Make the scenario of a complete document again, exactly.

    Facts keep the values written in the document, so that an old run can be repeated after a fact was corrected.

    Raises
    ------
    Problem
        If the document is not one that `resolved` wrote.
    """
    scenario, flaws = built(dict(document), look_up=False)
    raise_for(flaws, RESOLVED, [RESOLVED] * len(flaws))
    if scenario is None or resolved(scenario) != document:
        raise Problem(
            "the document is not complete",
            where=RESOLVED,
            why=f"A resolved scenario of schema {SCHEMA} says everything.",
            todo="Write it with 'glasstown resolve'.",
        )
    return scenario


def numbers(scenario: Scenario) -> list[Number]:
    """List every number of a scenario, sourced, assumed or chosen; see `brought` for those it does not write itself."""
    found: list[Number] = []
    for path, inner, value in leaves(resolved(scenario)):
        if inner.kind == "number":
            unit = cast(Unit, inner.unit).name
            found.append(Number(path, value["value"], value.get("low"), value.get("high"), unit, value.get("fact")))
        elif inner.kind == "whole":
            found.append(Number(path, value, None, None, cast(Unit, inner.unit).name, None))
    return found


def brought(scenario: Scenario) -> list[Number]:
    """List the numbers that the named recognition system and the rulebooks bring along, slopes and counts included.

    A fact that the scenario already shows as a number of its own (the rates of a system at its published threshold)
    is not listed again.
    """
    there = {number.fact for number in numbers(scenario)}
    quiet = silent(scenario.town.kind)
    entries: list[tuple[str, Quantity]] = []
    if "sensing.recognition" not in quiet and "sensing" not in quiet:
        entries += catalogue.numbers_of("systems", scenario.sensing.recognition.system)
    if "judgement.rulebook" not in quiet:
        judgement = scenario.judgement
        named = (judgement.rulebook, *judgement.rulebooks.values())
        for name in dict.fromkeys(part for names in named for part in parts_of(names)):
            entries += catalogue.numbers_of("rulebooks", name, judgement.written.get(name))
    return [
        Number(path, q.value, q.low, q.high, catalogue.fact(q.fact).unit if q.fact else "", q.fact)
        for path, q in entries
        if q.fact is None or q.fact not in there
    ]


def switched_off(scenario: Scenario) -> tuple[str, ...]:
    """List the sections, dotted, whose kind switches them off, so that none of their numbers can act."""
    document = resolved(scenario)
    return tuple(path for path, off in _SWITCHES if _kind_of(document, path) == off)


def _kind_of(document: dict[str, Any], path: str) -> Any:
    room, section = path.split(".")
    return cast(dict[str, Any], document.get(room, {}).get(section, {})).get("kind")


def acting(scenario: Scenario) -> list[Number]:
    """List a scenario's numbers, brought ones included, but for those of parts that are switched off.

    Limits: a number that could act and does not, because another number makes it pointless, is listed.
    """
    off = tuple(f"{path}." for path in switched_off(scenario))
    return [number for number in numbers(scenario) + brought(scenario) if not number.path.startswith(off)]


def facts_behind(scenario: Scenario) -> list[str]:
    """List the facts that acting numbers name, and those from which numbers of the named system were worked out."""
    listed = acting(scenario)
    facts = {number.fact for number in listed if number.fact}
    system = scenario.sensing.recognition.system
    if any(number.path.startswith(f"systems.{system}.") for number in listed):
        facts |= set(catalogue.worked_out_from(system))
    return sorted(facts)


def counted(scenario: Scenario) -> dict[str, int]:
    """Count the numbers of a scenario that can act, brought ones included; see `acting` and `tally`."""
    return tally([number.fact for number in acting(scenario)])


def tally(facts: Sequence[str | None]) -> dict[str, int]:
    """Count numbers by the facts they name: how many name one, how many name none and are assumed.

    Those whose fact was recalled and never looked up are among the sourced, and counted apart as well.
    """
    named = [fact for fact in facts if fact is not None]
    there = {name: catalogue.known(name) for name in set(named)}
    recalled = sum(fact is not None and fact.status == "recalled" for fact in map(there.get, named))
    return {"sourced": len(named), "recalled": recalled, "assumed": len(facts) - len(named)}


def headline(scenario: Scenario) -> str:
    """Say in one line how many of the numbers that act in a scenario, brought ones included, have a source."""
    return in_words(counted(scenario))


def in_words(n: Mapping[str, int]) -> str:
    """Say what `tally` counted."""
    recalled = f" ({n['recalled']} of these recalled, not looked up)" if n["recalled"] else ""
    return f"{n['sourced']} of {n['sourced'] + n['assumed']} numbers sourced{recalled}, {n['assumed']} assumed"


def drawn(scenario: Scenario, key: Key) -> Scenario:
    """Draw every number that has a range from inside it: one possible world of those the scenario allows.

    Rates per comparison and multipliers are drawn evenly on a logarithmic scale, everything else evenly. Each
    draw is addressed by the number's path, so that one more range leaves the others as they were. Multipliers by
    group, sex and age that have a mean of 1 keep it (see `balanced`): a published rate stays that of everybody.

    Limits: the draws are independent; the false match rate and the misses of a system off its published
    threshold share their slope, and are drawn as if they did not.
    """
    return from_resolved(balanced(_drawn(resolved(scenario), shape(), key), scenario))


def _drawn(node: dict[str, Any], within: Shape, key: Key) -> dict[str, Any]:
    after: dict[str, Any] = {}
    for name, value in node.items():
        inner = cast(Shape, within.keys.get(name) or within.item)
        below = key(name)
        if inner.kind in ("section", "table"):
            after[name] = _drawn(value, inner, below)
        elif inner.kind == "number" and value.get("low") is not None:
            u = float(below.uniform()[0])
            after[name] = value | {"value": _between(value["low"], value["high"], u, cast(Unit, inner.unit))}
        else:
            after[name] = value
    return after


def _between(low: float, high: float, u: float, unit: Unit) -> float | int:
    by_factor = unit.name in _BY_FACTOR and low > 0
    number = low * (high / low) ** u if by_factor else low + (high - low) * u
    # Six digits, so that the last bit of a library's power function never reaches a decision.
    number = float(f"{number:.6g}")
    if unit.whole:
        number = round(number)
    return cast(float | int, _short(float(min(max(number, low), high))))


def differences(before: Scenario, after: Scenario) -> list[tuple[str, Any, Any]]:
    """List what differs between two scenarios: dotted path, before, after (None where there is nothing)."""
    old = {path: _bare(value) for path, _, value in leaves(resolved(before))}
    new = {path: _bare(value) for path, _, value in leaves(resolved(after))}
    paths = [*old, *(path for path in new if path not in old)]
    return [(p, old.get(p), new.get(p)) for p in paths if old.get(p) != new.get(p)]


def _bare(value: Any) -> Any:
    return value["value"] if isinstance(value, dict) and len(cast(Any, value)) == 1 else value
