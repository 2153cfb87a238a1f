"""Where a day goes, stage by stage: `python -m benchmarks.stages newtown --people 1000000`.

Days are lived by one thread under Python's own profiler, which sees functions and not what is in a compiled loop. It
makes a day a little slower. What is printed is JSON: nanoseconds for each person-day.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
from collections.abc import Callable
from inspect import unwrap
from typing import Any

from benchmarks.tools import measured, table

DAYS = 3
TOWNS: dict[str, list[str]] = {
    "GT-1": ["gt1"],
    "newtown": ["newtown"],
    "one camera for two people": ["newtown", "--dense"],
}
REST = "everything else"
WHOLE = "the whole day"


def stages() -> dict[str, tuple[Callable[..., Any], ...]]:
    """List the stages of a day, each with what it calls; none of these calls another one."""
    from glasstown.consequence.appeal import appeal
    from glasstown.consequence.respond import respond
    from glasstown.consequence.sanction import sanction
    from glasstown.core.dealing import put_in_order
    from glasstown.judgement.decide import decide
    from glasstown.judgement.kinds import SightingPoints
    from glasstown.metrics.ledger import day_tallies, post_day
    from glasstown.outdoors import settle
    from glasstown.records.forget import forget
    from glasstown.records.link import link
    from glasstown.records.remember import remember
    from glasstown.sensing.compare import compare
    from glasstown.simulate import handed_over
    from glasstown.stream import _stream
    from glasstown.study.rows import signature
    from glasstown.tables import Faces

    return {
        "plans, walks past devices and their sums (compiled)": (_stream,),
        "comparison with the watchlist": (compare,),
        "operators and stops": (settle,),
        "captures, device by device and minute by minute": (put_in_order, Faces.by_device.func),
        "handing over to the system, in an order that carries nothing": (handed_over,),
        "linking": (link,),
        "remembering": (remember,),
        "forgetting": (forget,),
        "ratings": (SightingPoints.judge,),
        "decisions": (decide,),
        "sanctions": (sanction,),
        "appeals": (appeal,),
        "responses": (respond,),
        "tallies": (day_tallies,),
        "books": (post_day,),
        "signatures": (signature,),
    }


def lived(base: str, people: int, *, dense: bool) -> dict[str, float]:
    """Live some days of a town and return what each stage took, in nanoseconds for each person-day.

    The first day is lived before, so that memory is laid out and no loop is compiled on the way.
    """
    from glasstown.core.keys import Key
    from glasstown.metrics.ledger import open_book
    from glasstown.prepare import prepare, settle_people, survey
    from glasstown.scenario import load
    from glasstown.state import morning
    from glasstown.study.diary import Night
    from glasstown.study.life import live_day
    from glasstown.study.rows import Keeper

    key, most = Key.from_seed(1), people // 2
    cameras = {"sensing.cameras.per_km": 1000, "sensing.cameras.most": most} if dense else dict[str, object]()
    scenario = load(base, changes={**cameras, "town.people": people, "days": DAYS + 1})
    ground = survey(scenario)
    states = prepare(scenario, ground, settle_people(scenario, ground, key), key)
    nights = [Night(state, open_book(state.town.people, state.gallery)) for state in states]
    profile, keeper = cProfile.Profile(), Keeper((), people * scenario.days)
    for day in range(scenario.days):
        if day:
            profile.enable()
        lived = [live_day(night, scenario, key, keeper) for night in nights]
        profile.disable()
        states = morning([night.state for night in lived], shared=not scenario.sensing.watchlist.everybody)
        nights = [Night(state, night.book) for state, night in zip(states, lived, strict=True)]
    return _by_stage(profile, DAYS * people / 1e9)


def _by_stage(profile: cProfile.Profile, billions: float) -> dict[str, float]:
    found: dict[Any, tuple[int, int, float, float, object]] = vars(pstats.Stats(profile))["stats"]
    taken: dict[str, float] = {}
    for name, called in stages().items():
        codes = [unwrap(function).__code__ for function in called]
        places = [(code.co_filename, code.co_firstlineno, code.co_name) for code in codes]
        taken[name] = sum(found[at][3] for at in places if at in found) / billions
    whole = sum(own for _, _, own, _, _ in found.values()) / billions
    return taken | {REST: whole - sum(taken.values()), WHOLE: whole}


def section(people: int) -> str:
    """Measure the towns and lay their stages side by side."""
    found = {town: measured("benchmarks.stages", *words, "--people", str(people)) for town, words in TOWNS.items()}
    rows = [
        [name, *(f"{one[name]:.0f} ({one[name] / one[WHOLE]:.0%})" for one in found.values())]
        for name in (*stages(), REST, WHOLE)
    ]
    return f"""Nanoseconds of one thread for each person-day, {people:,} people, as Python's profiler sees it.

    python -m benchmarks.run --only stages --people {people}

{table(["stage", *found], rows)}"""


def main() -> None:
    """Profile the days of one town and print the result as JSON."""
    from glasstown.study.rows import ROWS_KEPT

    parser = argparse.ArgumentParser(prog="python -m benchmarks.stages", description=main.__doc__)
    parser.add_argument("base", help="a scenario of the catalogue")
    parser.add_argument("--people", type=int, required=True)
    parser.add_argument("--dense", action="store_true", help="one camera for two people")
    given = parser.parse_args()
    if given.people * (DAYS + 1) <= ROWS_KEPT:
        parser.error(f"days of so few people are written out row by row: take more than {ROWS_KEPT // (DAYS + 1):,}")
    lived(given.base, 2_000, dense=given.dense)
    print(json.dumps(lived(given.base, given.people, dense=given.dense)))


if __name__ == "__main__":
    main()
