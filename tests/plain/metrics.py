"""Counting person by person in plain loops, and small random days to count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

import glasstown.tables as t
from glasstown.core.keys import Key
from glasstown.state import Commons, Day, Docket, Gallery, Layout, Passes, Records, State, Town, World

BANDS = ((0, 17), (18, 24), (25, 44), (45, 64), (65, 79), (80, 255))


# ---------------------------------------------------------------- small random towns and days
def some_people(key: Key, n: int, n_groups: int, first: int = 0) -> t.People:
    who = np.arange(first, first + n)
    house = np.cumsum(key("house").below(10, who) < 4) + first
    nowhere = np.zeros(n)
    return t.People.of(
        person=who,
        household=house,
        age=key("age").below(96, who),
        sex=key("sex").below(2, who),
        group=key("group").below(n_groups, who),
        home=nowhere,
        occupation=nowhere,
        anchor=nowhere,
    )


def some_gallery(key: Key, people: t.People, size: int = 40) -> Gallery:
    """Return a list on which about every fourth person stands; the rest of it shows people who live elsewhere."""
    listed = [int(p) for p in people.person[key("listed").below(4, people.person) == 0]][:size]
    shows = np.array(listed + [-1] * (size - len(listed)))
    slot = np.arange(size)
    references = t.References.of(
        reference=slot,
        person=shows,
        wrongly_listed=key("wrongly").below(3, slot) == 0,
        harder=np.zeros(size),
        active=np.ones(size, np.bool_),
    )
    own = [listed.index(p) if p in listed else -1 for p in people.person.tolist()]
    nobody = {"lookalike": np.full(len(people), -1), "n_alike": np.zeros(len(people))}
    return Gallery(references, t.Likeness.of(person=people.person, enrolled=own, **nobody))


def without(gallery: Gallery, reference: int) -> Gallery:
    """Take one reference off the list."""
    active = gallery.references.active.copy()
    active[reference] = False
    return replace(gallery, references=replace(gallery.references, active=active))


def state_of(people: t.People, gallery: Gallery, day: int = 0, community: int = 0) -> State:
    layout = Layout(
        t.Nodes.empty(), t.Streets.empty(), t.StreetPoints.empty(), t.Places.empty(), projection=None, notes={}
    )
    passes = Passes.of(np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.uint32), np.zeros(0, np.int16))
    world = World(layout, t.Routes.empty(), t.Steps.empty(), t.Devices.empty(), t.Posts.empty(), passes)
    town = Town(people, t.Tokens.empty(), t.Habits.empty(), t.Rates.empty(), t.Standing.empty())
    docket = Docket(t.Dossiers.empty(), t.Appeals.empty(), t.Appeals.empty())
    return State(day, community, world, town, gallery, Records(), docket, Commons(np.zeros(0, np.int64)))


def some_day(key: Key, people: t.People, gallery: Gallery, day: int, community: int = 0, seen: bool = True) -> Day:
    """Invent a day whose tables agree with each other; with `seen` false, nobody is seen by anything."""
    dice = _dice(key("day", day))
    tables = "trips exposures captures candidates reviews alerts outcomes conduct"
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in tables.split()}
    searches = 0
    for who, own in zip(people.person.tolist(), gallery.likeness.enrolled.tolist(), strict=True):
        if seen and dice(6) == 0:
            rows["conduct"].append((who, dice(6), dice(2)))
        for slot in range(6):
            if dice(60) > (24 if who % 4 else 1):
                continue
            depart, travel, stay = 200 * slot + dice(60), 1 + dice(40), dice(90)
            until = depart + dice(travel + stay) if dice(8) == 0 else t.NO_CUT
            passes = (1_200 if dice(40) == 0 else dice(7)) if seen else 0
            captures = min(dice(passes + 1), 30) if passes else 0
            searched = dice(captures + 1) if captures else 0
            searches += searched
            rows["trips"].append((who, slot, 0, False, dice(6), depart, travel, stay, until))
            rows["exposures"].append((who, slot, passes, captures, searched, min(passes, 1 + dice(travel + 1))))
            for device in range(captures):
                rows["captures"].append((who, slot, device, depart))
                if device < searched:
                    _candidates(rows, dice, (who, slot, device, depart), own, gallery)
    return _day_of(rows, searches, day, community, people)


def _candidates(rows: Any, dice: Any, where: tuple[int, ...], own: int, gallery: Gallery) -> None:
    who, slot, device, minute = where
    found: list[tuple[int, bool]] = []
    if own >= 0 and gallery.references.active[own] and dice(10) < 6:
        found.append((own, True))
    if dice(10) == 0:
        found.append((dice(len(gallery.references)), False))
    for reference, mated in found:
        if reference == own and not mated:
            continue
        candidate = (who, slot, mated, device, minute, reference)
        rows["candidates"].append(candidate)
        if dice(10) < 8:
            rows["reviews"].append((*candidate, 5 + dice(40)))
        if dice(10) < 7:
            rows["alerts"].append(candidate)
            wrongly = mated and bool(gallery.references.wrongly_listed[reference])
            outcome = dice(3)
            lost = 10 * outcome + dice(5) if outcome else 0
            rows["outcomes"].append((who, slot, mated, wrongly, device, minute, reference, outcome, lost))


def outings_of(people: t.People, trips: t.Trips, exposures: t.Exposures, open_to: Sequence[int] = ()) -> t.Outings:
    """Add up each person's rows; `open_to` names the people whose slot 3 leads anywhere."""
    days = {who: Counter[str](person=who, stroll=-1) for who in people.person.tolist()}
    for trip, seen in zip(rows_of(trips), rows_of(exposures), strict=True):
        day, slot = days[trip["person"]], trip["trip"]
        day["slots"] += 2**slot
        if slot == 1 and not trip["backward"]:
            day["slots"] += 128
        if slot == 3 and trip["person"] in open_to:
            day["stroll"] = trip["route"]
        ends = min(trip["depart_minute"] + trip["travel_minutes"] + trip["stay_minutes"], trip["until_minute"] + 1)
        out = ends - trip["depart_minute"]
        day["n_unobserved"] += seen["n_captures"] == 0
        day["n_passes"] += seen["n_passes"]
        day["n_captures"] += seen["n_captures"]
        day["n_searches"] += seen["n_searches"]
        day["minutes_out"] += out
        day["minutes_viewed"] += min(out, seen["minutes_viewed"])
    return t.Outings.of(**{c.name: [day[c.name] for day in days.values()] for c in t.Outings.columns()})


def device_days_of(captures: t.Captures, n_devices: int) -> t.DeviceDays:
    """Count the captures of each device."""
    taken = Counter(captures.device.tolist())
    return t.DeviceDays.of(device=range(n_devices), n_captures=[taken[d] for d in range(n_devices)])


def _day_of(
    rows: dict[str, list[tuple[Any, ...]]], searches: int, day: int, community: int, people: t.People
) -> Day:
    def table(kind: Any, name: str) -> Any:
        columns = list(zip(*rows[name], strict=True)) or [()] * len(kind.columns())
        return kind.of(**{c.name: values for c, values in zip(kind.columns(), columns, strict=True)})

    trips, exposures = table(t.Trips, "trips"), table(t.Exposures, "exposures")
    captures = table(t.Captures, "captures")
    return Day(
        day=day,
        community=community,
        outings=outings_of(people, trips, exposures),
        device_days=device_days_of(captures, 30),
        trips=trips,
        conduct=table(t.Conduct, "conduct"),
        exposures=exposures,
        captures=captures,
        searches=t.Searches.of(device=[0], n_searches=[searches], n_candidates=[len(rows["candidates"])]),
        findings=t.Findings.empty(),
        candidates=table(t.Candidates, "candidates"),
        reviews=table(t.Reviews, "reviews"),
        alerts=table(t.Alerts, "alerts"),
        outcomes=table(t.Outcomes, "outcomes"),
        decisions=t.Decisions.empty(),
        sanctions=t.Sanctions.empty(),
        appeals=t.Appeals.empty(),
        responses=t.Responses.empty(),
    )


def _dice(key: Key) -> Any:
    draws: Iterator[int] = iter(key.bits(np.arange(60_000)).tolist())
    return lambda n: next(draws) % n


# ---------------------------------------------------------------- the plain twins
def rows_of(table: Any) -> list[dict[str, Any]]:
    names = [c.name for c in table.columns()]
    return [
        dict(zip(names, row, strict=True)) for row in zip(*(getattr(table, n).tolist() for n in names), strict=True)
    ]


def plain_ledger(lived: Sequence[tuple[State, Day]]) -> tuple[list[Counter[str]], dict[str, Counter[tuple[int, int]]]]:
    """Count each person's run, and person-days by (row of the person, passes or captures)."""
    people, gallery = lived[0][0].town.people, lived[0][0].gallery
    books = [Counter[str]() for _ in people.person]
    days: dict[str, Counter[tuple[int, int]]] = {"passes": Counter(), "captures": Counter()}
    seen_this_week = [False] * len(books)
    row = {who: i for i, who in enumerate(people.person.tolist())}
    for i, own in enumerate(gallery.likeness.enrolled.tolist()):
        if own >= 0 and not gallery.references.wrongly_listed[own]:
            books[i]["listed"] = 1
    for state, day in lived:
        own = state.gallery.likeness.enrolled.tolist()
        mated = [o >= 0 and bool(state.gallery.references.active[o]) for o in own]
        today = [Counter[str]() for _ in books]
        for trip, seen in zip(rows_of(day.trips), rows_of(day.exposures), strict=True):
            i = row[trip["person"]]
            out = [
                minute
                for minute in range(
                    trip["depart_minute"], trip["depart_minute"] + trip["travel_minutes"] + trip["stay_minutes"]
                )
                if minute <= trip["until_minute"]
            ]
            today[i]["trips"] += 1
            today[i]["trips_unobserved"] += seen["n_captures"] == 0
            today[i]["passes"] += seen["n_passes"]
            today[i]["captures"] += seen["n_captures"]
            today[i]["minutes_out"] += len(out)
            today[i]["minutes_viewed"] += min(len(out), seen["minutes_viewed"])
            today[i]["searches"] += seen["n_searches"]
            today[i]["mated_searches"] += seen["n_searches"] if mated[i] else 0
        searched: set[tuple[int, int, int]] = set()
        for candidate in rows_of(day.candidates):
            i = row[candidate["person"]]
            today[i]["candidates"] += 1
            today[i]["mated_found"] += mated[i] and candidate["mated"]
            search = (candidate["person"], candidate["trip"], candidate["device"])
            today[i]["false_found"] += not mated[i] and search not in searched
            searched.add(search)
        for one in rows_of(day.reviews):
            today[row[one["person"]]]["reviews"] += 1
            today[row[one["person"]]]["operator_seconds"] += one["seconds"]
        for alert in rows_of(day.alerts):
            today[row[alert["person"]]]["true_alerts" if alert["mated"] else "false_alerts"] += 1
        for outcome in rows_of(day.outcomes):
            i = row[outcome["person"]]
            if outcome["outcome"] == 0:
                continue
            today[i]["stops"] += 1
            if not outcome["mated"]:
                today[i]["misidentified"] += 1
                today[i]["minutes_lost"] += outcome["minutes_lost"]
            elif outcome["wrongly_listed"]:
                today[i]["wrongly_listed"] += 1
                today[i]["minutes_lost"] += outcome["minutes_lost"]
            elif outcome["outcome"] == 2:
                books[i]["listed_found"] = 1
        for conduct in rows_of(day.conduct):
            today[row[conduct["person"]]][("trips_avoided", "trips_prevented")[conduct["kind"]]] += 1
        for i, counted in enumerate(today):
            days["passes"][i, min(counted["passes"], 1023)] += 1
            days["captures"][i, min(counted["captures"], 1023)] += 1
            counted["days"] = 1
            counted["days_captured"] = counted["captures"] > 0
            seen_this_week[i] = seen_this_week[i] or counted["captures"] > 0
            if (day.day + 1) % 7 == 0:
                counted["weeks"] = 1
                counted["weeks_captured"] = seen_this_week[i]
                seen_this_week[i] = False
            books[i].update(counted)
    for i, book in enumerate(books):
        book["person"] = people.person.tolist()[i]
        book["people"] = 1
        book["searched"] = int(book["searches"] > 0)
        book["alerts"] = book["true_alerts"] + book["false_alerts"]
        book["wrongful_stops"] = book["misidentified"] + book["wrongly_listed"]
        book["nonmated_searches"] = book["searches"] - book["mated_searches"]
        book["mated_missed"] = book["mated_searches"] - book["mated_found"]
    return books, days


def kind_of(people: t.People, i: int, by: Any, groups: Sequence[str]) -> Any:
    """Name the kind of person i at one level, as an estimate does."""
    age = int(people.age[i])
    named = {
        "age": next(label for label, (low, high) in zip(t.AGE_BANDS, BANDS, strict=True) if low <= age <= high),
        "sex": t.SEXES[people.sex[i]],
        "group": groups[people.group[i]],
    }
    if by is None:
        return None
    return named[by] if isinstance(by, str) else tuple(named[name] for name in by)


def plain_households(
    people: t.People, books: Sequence[Counter[str]], by: Any, group: Any, groups: Sequence[str]
) -> list[Counter[str]]:
    """Add up the people of one kind in each household."""
    houses: dict[int, Counter[str]] = {}
    for i, book in enumerate(books):
        if kind_of(people, i, by, groups) == group:
            houses.setdefault(int(people.household[i]), Counter()).update(book)
    return list(houses.values())
