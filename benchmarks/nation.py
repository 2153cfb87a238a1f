"""A nation's months beside a part of the same rules in DuckDB: `python -m benchmarks.nation PEOPLE SCENARIO`.

The database rates, grades, lists, refuses and counts by group, with a hash for each chance. It keeps no entries that
expire, no copies, no appeals, no reactions and no ratings without errors beside the one on file; the nation does.
"""

from __future__ import annotations

import json
import sys
import time

from benchmarks.peers import peak_mb
from benchmarks.tools import measured, peer, table, verdict

MONTHS = 12
PEOPLE = 20_000_000
WHOLE = 1_300_000_000
GOAL_MINUTES = 15.0
SCENARIOS = ("court-blacklist", "reality", "myth")
KINDS = ("jaywalking", "fare_evasion", "barking_dog", "cheated_stranger", "punctuality", "blood_donation")
MORE_KINDS = ("snow_clearing", "yielding", "party_position", "award")
# What the database does: traffic offences and volunteering move a rating, judgments lead to the list, one door refuses.
PART: dict[str, object] = {f"town.deeds.{name}.per_year": 0 for name in (*KINDS, *MORE_KINDS)} | {
    "town.deeds.traffic_offence.per_year": 0.6,
    "town.deeds.volunteering.per_year": 0.6,
    "town.deeds.debt_judgment_unpaid.per_year": 0.03,
    "town.deeds.debt_judgments": 0,
    "town.jurisdictions": {"nation": 1},
    "judgement.rulebooks": {},
    "judgement.rulebook": "rongcheng-2014 + court-blacklist",
    "judgement.lists.court.repair_per_year": 0.36,
    "records.sharing": {"court to carrier": 1},
}
SAME = "the same part"


def lived(people: int, scenario: str, threads: int) -> dict[str, float | str]:
    """Live a year of everybody in a nation of this size, once to compile and once to measure."""
    from glasstown.scenario import load
    from glasstown.study.nation import NATION

    name, part = ("reality", PART) if scenario == SAME else (scenario, dict[str, object]())
    small, asked = (load(name, changes={**part, "town.people": n, "town.sample": 1}) for n in (100_000, people))
    law = NATION.survey(asked)
    NATION.live(small, 1, law, threads=threads)
    took: list[float] = []
    for what in (asked, NATION.without(asked)):
        assert what is not None
        start = time.perf_counter()
        NATION.live(what, 1, law, threads=threads)
        took.append(time.perf_counter() - start)
    engine = scenario if scenario == SAME else f"`{scenario}`"
    return {"engine": engine, "run_s": took[0], "bare_s": took[1], "peak_mb": peak_mb()}


def section(threads: int, *, dry: bool) -> str:
    """Measure the nation and the database in one run and lay out what was found."""
    people = PEOPLE // 10 if dry else PEOPLE
    found = [measured("benchmarks.nation", str(people), name, str(threads)) for name in (*SCENARIOS, SAME)]
    rows = [_row(one, people) for one in found]
    other = peer("duckdb", str(people), str(MONTHS))
    rows.append([other, "", "", ""] if isinstance(other, str) else _row(other, people))
    worst = max(found, key=lambda one: float(one["run_s"]))
    minutes = (float(worst["run_s"]) + float(worst["bare_s"])) * WHOLE / people / 60
    goal = verdict(minutes, GOAL_MINUTES, least=False)
    return f"""One year of {people:,} people, month by month, {threads} threads, everybody lived, loops compiled before.
The database does a part of the rules: it rates, grades, lists, refuses and counts by group, and keeps no entries that
expire, no copies, appeals, reactions, or ratings without errors; “{SAME}” turns on no more than that of the
nation, which keeps its entries and its three ratings all the same. A run also lives the nation in which nobody watches.

{table(("", "M person-months/s", "nobody watches", "peak MB"), rows)}

At this pace 1.3 billion people take {minutes:.0f} minutes for {worst["engine"]} and its counterfactual: {goal}.
Memory does not grow with the nation. The everyday sample of 1 in 1,000 takes seconds."""


def _row(one: dict[str, float | str], people: int) -> list[object]:
    pace = [f"{people * MONTHS / float(one[key]) / 1e6:.1f}" if key in one else "" for key in ("run_s", "bare_s")]
    return [one["engine"], *pace, f"{float(one['peak_mb']):,.0f}"]


if __name__ == "__main__":
    print(json.dumps(lived(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
