"""Law 1: truth and belief are different kinds of column, and what the system believes never rests on the truth.

Smallest error noticed: one bit of one record, file or decision in eight days that depends on any truth column or on the
order of rows; one parameter of one blind function whose type holds a truth column.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import typing
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

import glasstown.tables as t
from glasstown import simulate
from glasstown.core.columns import Table
from glasstown.core.keys import Key
from glasstown.core.quantity import Knobs
from glasstown.state import Records, SeenCaptures, State
from tests.repository import modules
from tests.worlds import KEY, LOUD, Lived, differing, live, lived, place_of, rows, some_alerts, total, town, world

DAYS = 8
BLIND = ("records", "judgement")
VERBS = ("link", "remember", "forget", "assess", "decide")

# Appeals carry the person who appeals, because the outcome of an appeal ends that person's custody. `decide` is
# given them to read the reference alone; the blindfold hands it other people's.
EXCEPTIONS = {("decide", "granted", t.Appeals)}


class Tie:
    """Draws at the true address, given the scrambled one: what is permuted is the order, not the tie."""

    def __init__(self, key: Key, persons: np.ndarray[Any, Any], trips: np.ndarray[Any, Any]) -> None:
        self.key, self.persons, self.trips = key, persons, trips

    def bits(self, person: Any, trip: Any, reference: Any) -> Any:
        return self.key.bits(self.persons[person], self.trips[trip], reference)


def scrambled(table: Any, key: Key, persons: np.ndarray[Any, Any], trips: np.ndarray[Any, Any]) -> Any:
    """Permute the rows, give every person and trip another number, and put noise into all other truth columns."""
    order = np.argsort(key("order").bits(np.arange(len(table))), kind="stable")
    shuffled = table.take(order)
    columns = {c.name: getattr(shuffled, c.name) for c in table.columns()}
    for c in table.columns():
        if c.name == "person":
            columns[c.name] = persons[columns[c.name]].astype(np.int32)
        elif c.name == "trip":
            columns[c.name] = trips[columns[c.name]].astype(np.uint8)
        elif c.truth:
            noise = key(c.name).bits(np.arange(len(table)))
            columns[c.name] = (noise & np.uint64(1) if c.dtype == "?" else noise).astype(c.dtype)
    return type(table)(**columns)


@contextmanager
def blindfold(people: int, key: Key) -> Generator[None]:
    """Scramble all truth at the hand-over, and in what `decide` is given."""
    persons = np.argsort(key("persons").bits(np.arange(people)), kind="stable")
    trips = np.argsort(key("trips").bits(np.arange(256)), kind="stable")
    over, decide = simulate.handed_over, simulate.decide

    def handed_over(faces: t.Faces, alerts: t.Alerts, outcomes: t.Outcomes, tie: Key) -> Any:
        tables = [scrambled(x, tie(type(x).__name__), persons, trips) for x in (faces, alerts, outcomes)]
        return over(*tables, typing.cast(Key, Tie(tie, np.argsort(persons), np.argsort(trips))))

    def decided(rated: t.Dossiers, reports: t.SeenOutcomes, granted: t.Appeals, *given: Any) -> Any:
        others = dataclasses.replace(granted, person=(persons[granted.person] + 7).astype(np.int32))
        return decide(rated, reports, others, *given)

    with patch.multiple(simulate, handed_over=handed_over, decide=decided):
        yield


def believed(days: Lived) -> list[Any]:
    """Return what the system remembers, has on file and decides, each evening."""
    return [(state.records, state.docket.dossiers, state.commons, day.decisions) for w in days for state, day in w]


def check_blindfold(changes: dict[str, object], size: int = 65_536) -> None:
    """Assert that the blind side does the same whatever is true and in whatever order it is told."""
    scenario, states = town(300, DAYS, changes), world(300, DAYS, changes, size=size)
    plain = live(states, scenario)
    with blindfold(300, KEY("blindfold")):
        blind = live(states, scenario)
    assert not differing(believed(plain), believed(blind))


def tables_in(kind: Any, seen: frozenset[Any] = frozenset()) -> set[type[Table]]:
    """Return every kind of table that a value of this type can hold."""
    if isinstance(kind, list):  # the parameters of a callable
        return {found for part in kind for found in tables_in(part, seen)}
    if kind in seen:
        return set()
    inner = seen | {kind}
    if inspect.isclass(kind) and issubclass(kind, Table):
        return {kind}
    found: set[type[Table]] = set()
    if dataclasses.is_dataclass(kind) or (inspect.isclass(kind) and issubclass(kind, tuple)):
        for part in typing.get_type_hints(kind).values():
            found |= tables_in(part, inner)
    for part in (*typing.get_args(kind), *(kind.__constraints__ if isinstance(kind, typing.TypeVar) else ())):
        found |= tables_in(part, inner)
    return found


def told_truth(thing: Any) -> list[str]:
    """Return the parameters of a function, or the fields of a class, through which a truth column could be seen."""
    return [
        f"{thing.__name__}({name}: {kind.__name__})"
        for name, hint in typing.get_type_hints(thing).items()
        if name != "return"
        for kind in tables_in(hint)
        if any(c.truth for c in kind.columns()) and (thing.__name__, name, kind) not in EXCEPTIONS
    ]


def blind_things() -> list[Any]:
    """Return every function, method and class of the blind rooms, private ones included."""
    names = [p.with_suffix("").as_posix().replace("/", ".") for p, _ in modules() if p.parts[0] in BLIND]
    found: list[Any] = []
    for name in names:
        module = importlib.import_module(f"glasstown.{name.removesuffix('.__init__')}")
        for thing in vars(module).values():
            if getattr(thing, "__module__", "") != module.__name__:
                continue
            if inspect.isfunction(thing):
                found.append(thing)
            elif inspect.isclass(thing) and not issubclass(thing, Knobs):
                methods = [f for f in vars(thing).values() if inspect.isfunction(f)]
                found += [thing, *(f for f in methods if not f.__name__.startswith("__"))]
    return found


def reads_truth(text: str) -> list[str]:
    """Return the names of truth columns that a module reads as attributes, unless a blind table has them too."""
    blind = [kind for kind in every_table() if not any(c.truth for c in kind.columns())]
    both = {c.name for kind in blind for c in kind.columns()}
    hidden = {c.name for kind in every_table() for c in kind.columns() if c.truth} - both
    return sorted({n.attr for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Attribute)} & hidden)


def every_table() -> list[type[Table]]:
    return [k for k in vars(t).values() if inspect.isclass(k) and issubclass(k, Table) and k is not Table]


# ------------------------------------------------------------------ the blindfold
# Where found people stay listed, granted appeals alone take references off the list.
APPEALS_DECIDE: dict[str, object] = {**LOUD, "judgement.remove_when_found": False}


@pytest.mark.parametrize("changes", [LOUD, APPEALS_DECIDE], ids=["found people come off", "only appeals decide"])
def test_the_blind_side_does_the_same_under_a_blindfold(changes: dict[str, object]) -> None:
    check_blindfold(changes)


def test_it_does_so_in_many_rooms_at_once() -> None:
    check_blindfold({**LOUD, "judgement.rating.by_device": True}, size=70)


def test_the_blindfold_has_something_to_hide() -> None:
    days = lived(300, DAYS)
    assert min(total(days, name) for name in ("alerts", "outcomes", "decisions", "appeals")) > 20
    removed = t.Decisions.concat([day.decisions for w in lived(300, DAYS, APPEALS_DECIDE) for _, day in w])
    assert np.count_nonzero(removed.decision == t.DECISIONS.index("remove_from_list")) > 5
    persons, trips = np.arange(300)[::-1], np.arange(256)[::-1]
    alerts = days[0][0][1].alerts
    other = scrambled(alerts, KEY, persons, trips)
    assert set(differing(alerts, other)) == {"person", "trip", "mated", "device", "minute", "reference"}
    assert sorted(299 - other.person) == sorted(alerts.person)


# ------------------------------------------------------------------ what the blind side is given
@pytest.mark.parametrize("thing", blind_things(), ids=lambda thing: thing.__qualname__)
def test_nothing_blind_can_be_given_truth(thing: Any) -> None:
    assert not told_truth(thing)


def test_every_blind_verb_was_looked_at() -> None:
    assert set(VERBS) < {thing.__name__ for thing in blind_things()}
    for name in VERBS:
        verb = getattr(place_of(name), name)
        assert any(tables_in(hint) for hint in typing.get_type_hints(verb).values()), name


def test_a_parameter_that_lets_truth_in_would_be_noticed() -> None:
    @dataclasses.dataclass
    class Held:
        people: t.People

    def peek(alerts: t.Alerts, kept: tuple[t.Sightings, ...]) -> None: ...
    def hidden(state: State) -> None: ...
    def fine(alerts: t.SeenAlerts, records: Records) -> None: ...

    assert told_truth(peek) == ["peek(alerts: Alerts)"]
    assert told_truth(Held) == ["Held(people: People)"]
    assert any("People" in found for found in told_truth(hidden))
    assert not told_truth(fine)


def test_no_blind_module_names_a_truth_column() -> None:
    assert not {str(path): bad for path, text in modules() if path.parts[0] in BLIND and (bad := reads_truth(text))}
    assert reads_truth("x = granted.person[0] + alerts.mated + dossiers.reference") == ["mated", "person"]


def test_what_is_handed_over_holds_no_truth() -> None:
    """At run time too: every argument of every blind verb is a number, knobs, a key, an array or a blind table."""
    given: list[tuple[str, Any]] = []

    def listening(name: str, verb: Callable[..., Any]) -> Callable[..., Any]:
        def listened(*values: Any) -> Any:
            given.extend((name, value) for value in values)
            return verb(*values)

        return listened

    with ExitStack() as stack:
        for name in VERBS:
            place = place_of(name)
            stack.enter_context(patch.object(place, name, listening(name, getattr(place, name))))
        live(world(300, 2), town(300, 2))
    assert {name for name, _ in given} == set(VERBS)
    for name, value in given:
        for kind in {type(part) for part in parts_of(value)}:
            assert issubclass(kind, Table | Knobs | Key | np.ndarray | int), (name, kind)
            if issubclass(kind, Table) and kind is not t.Appeals:
                assert not [c.name for c in kind.columns() if c.truth], (name, kind)


def parts_of(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for part in value:
            yield from parts_of(part)
    elif dataclasses.is_dataclass(value) and not isinstance(value, Table | Key):
        for field in dataclasses.fields(value):
            yield from parts_of(getattr(value, field.name))
    else:
        yield value


# ------------------------------------------------------------------ the hand-over
def check_order_carries_nothing(seen: Callable[[t.Alerts], Table]) -> None:
    """Assert that rows come out in one order, sorted by device and minute, in whatever order they go in."""
    alerts = some_alerts()
    wanted = seen(alerts)
    packed = [(row[0], row[1]) for row in rows(wanted)]
    assert packed == sorted(packed)
    for turn in range(5):
        order = np.argsort(KEY("turn", turn).bits(np.arange(len(alerts))))
        assert rows(seen(alerts.take(order))) == rows(wanted)


def test_order_carries_nothing_out_of_the_town() -> None:
    tie = KEY("tie")
    check_order_carries_nothing(lambda a: a.seen(t.SeenAlerts, tie.bits(a.person, a.trip, a.reference)))


def test_captures_come_out_device_by_device_whoever_was_seen_first() -> None:
    """Would notice one capture more or less, and two that are in the order in which people were walked."""
    packed = KEY("packed").below(40 << 11, np.arange(3_000)).astype(np.uint32)
    wanted = SeenCaptures.of(t.Faces(packed))
    device = np.repeat(wanted.devices.device, wanted.devices.n_captures)
    assert list(zip(device, wanted.minutes.minute, strict=True)) == sorted(
        zip(packed >> 11, packed & 2047, strict=True)
    )
    for turn in range(5):
        other = SeenCaptures.of(t.Faces(packed[np.argsort(KEY("turn", turn).bits(np.arange(len(packed))))]))
        assert not differing(other, wanted)


def test_rows_of_one_device_and_minute_are_in_no_order_of_persons() -> None:
    """Would notice a tie that is the person's number, or its rank."""
    alerts = some_alerts()
    seen = alerts.seen(t.SeenAlerts, KEY("tie").bits(alerts.person, alerts.trip, alerts.reference))
    by_person = alerts.take(np.lexsort((alerts.person, alerts.minute, alerts.device)))
    assert differing(seen.reference, by_person.reference)
    assert sorted(rows(seen)) == sorted(zip(alerts.device, alerts.minute, alerts.reference, strict=True))


@pytest.mark.parametrize("into", [t.Alerts, t.Candidates, t.Captures, t.Outcomes])
def test_truth_is_refused_at_the_membrane(into: type[Table]) -> None:
    outcomes = t.Outcomes.empty()
    with pytest.raises(TypeError, match=r"asks Outcomes for truth: person, trip"):
        outcomes.seen(into, np.zeros(0, np.uint64))


def test_rows_that_differ_need_a_tie() -> None:
    with pytest.raises(TypeError, match="needs a tie"):
        some_alerts().seen(t.SeenAlerts)


def test_every_table_says_of_each_column_who_may_see_it() -> None:
    for kind in every_table():
        for c in kind.columns():
            assert isinstance(c.truth, bool), (kind, c)
            assert c.name != "person" or c.truth, f"{kind.__name__} shows who a person is"
            assert c.name not in ("mated", "wrongly_listed", "lookalike", "enrolled") or c.truth
