"""Measure this project beside its peers, in one run, and write docs/benchmarks.md: `make bench`.

Machines drift, so every comparison is a ratio: the engines take turns, round after round, each in a fresh process, and
the ratio of two of them is taken within a round. Nothing here is a test, and no test depends on a time.

The page consists of sections. `--only NAME,NAME` measures some of them anew and leaves the others as they are on the
page; `--dry` prints and writes nothing.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from statistics import median
from typing import Any

from benchmarks import forecasts, growth, rates, stages
from benchmarks.peers import KNOWN, Result
from benchmarks.tools import (
    CORES,
    ROOT,
    command,
    fresh,
    machine,
    measured,
    nothing_cached,
    peer,
    seconds,
    table,
    verdict,
)

PAGE = ROOT / "docs" / "benchmarks.md"
NAMES = {"mesa": f"Mesa {version('mesa')}, `shuffle_do`", "numpy": f"NumPy {version('numpy')}, vectorised"}
GIB_MB = 1024.0
BYTES_PER_RECORD = 12
BYTES_PER_PERSON = 250
LIVES = 3
REACHED = "goal"

# Where a goal is missed: why, and what the profile says.
WHY = {
    "towns": """A whole day does more than the loop that walks past devices, as “Where a day goes” shows: in newtown
about half of a thread's time is plans, walks and sums, and the rest the sort of what is kept, signatures, books and
many short calls on arrays, which two threads cannot make at the same time. In a dense town the sort of what is kept
takes a quarter to a third.""",
    "start": """What takes the time is compiling, which two processes share; afterwards, loading libraries, drawing
and writing. All of it goes as fast as one core does.""",
    "gt1": """The ratio to Mesa moves with what else the machine does: Mesa uses one core and little of the memory's
bandwidth. Where the goal is missed: “Where a day goes” shows what `step` does down to the responses; more than half
of it is plans and walks, mostly the loop that draws and decides for each pass (a block of Philox for each, eight at a
time); the rest is comparison and the steps after it.""",
    "nation": """The loops of a month share the time, and none of them stands out. How fast they go follows the machine,
as the database beside them shows: compare the ratio.""",
    "forecasts": """How fast the machine is, is found out before the run, of a long one at five moments of a second
and a half: where other programs come or go meanwhile, or are there all along, times are off most. A moment in which
the machine stands still counts as three such moments at most, so that one odd moment makes no run seem slow, and so
that what others take is seen in part only.""",
}


@dataclass(frozen=True)
class Asked:
    """How large and how often.

    Parameters
    ----------
    people : int
        Of the largest town; the goals are stated for a million.
    rounds : int
        Turns of each engine.
    threads : int
        Of our runs with several.
    dry : bool
        Write nothing, pictures included.
    """

    people: int
    rounds: int
    threads: int
    dry: bool


# ------------------------------------------------------------------ the reference workload
def gt1(asked: Asked) -> str:
    """Run the reference workload on all engines in turn."""
    parts = [_gt1(n, asked.rounds, asked.threads) for n in sorted({min(asked.people, 100_000), asked.people})]
    low, high = KNOWN
    return f"""10,000 sensors, three routes of about 8 sensors a day, recognition by group, a rating that fades;
`benchmarks/peers.py` states it whole. The peers get the same inputs, for which the answer is {low:.3f} to {high:.3f}
counts per person-day over the first three days. glasstown runs GT-1 as a scenario of its catalogue, through the same
`step` as every other town, and draws its own sensors. Engines take turns, each in a fresh process; a ratio is taken
within a round, and every figure is the median of the rounds.

{chr(10).join(parts)}"""


def _gt1(people: int, rounds: int, threads: int) -> str:
    turns: dict[str, list[Result]] = {}
    least: list[float] = []
    for seed in range(1, rounds + 1):
        for engine in NAMES:
            result = measured("benchmarks.peers", engine, str(people), str(seed))
            turns.setdefault(engine, []).append(Result(**result))
        for n in sorted({1, threads}):
            one, passes = _ours(people, n, seed)
            turns.setdefault(f"glasstown {n}", []).append(one)
        least.append(measured("benchmarks.draws")["pass_ns"] * passes)
    rows: list[list[str]] = []
    for engine, results in turns.items():
        speed = median(r.person_days_per_s for r in results) / 1e6
        against = [_ratio(results, turns[other]) for other in NAMES]
        counts = sum(r.counts_per_person_day for r in results) / rounds
        mark = "" if all(r.right for r in results) else " (not the known answer)"
        reached = ""
        if engine == "glasstown 1" and people >= 1_000_000:
            reached = f"12 M: {verdict(speed, 12, least=True)}; 130 x Mesa: {verdict(against[0], 130, least=True)}"
        name, peak = NAMES.get(engine, results[0].engine), max(r.peak_mb for r in results)
        times = [f"{ratio:.3g}" for ratio in against]
        rows.append([name, f"{speed:.3g}", *times, f"{counts:.4f}{mark}", f"{peak:,.0f}", reached])
    head = ["engine", "million person-days/s", "times Mesa", "times NumPy", "counts per person-day", "peak memory, MB"]
    each = zip(least, turns["mesa"], strict=True)
    ns, times = median(least), median(1e9 / one / mesa.person_days_per_s for one, mesa in each)
    limit = f"""A block of Philox for each pass and nothing else (`python -m benchmarks.draws`) takes {ns:.0f} ns for a
person-day on one thread: {1e3 / ns:.0f} million person-days/s, {times:.0f} times Mesa."""
    return f"\n### {people:,} people, {rounds} rounds\n\n{table([*head, REACHED], rows)}\n\n{limit}\n"


def _ours(people: int, threads: int, seed: int) -> tuple[Result, float]:
    """Return what our engine did, and how many passes a person-day had."""
    words = ["gt1", "--people", str(people), "--threads", str(threads), "--seed", str(seed)]
    one = measured("benchmarks.ours", *words)
    name, build_s = f"glasstown, {threads} thread{'s' if threads > 1 else ''}", one["build_s"] + one["watch_s"]
    counts, passes = (one[name] / (people * one["days"]) for name in ("candidates", "passes"))
    return Result(name, people, one["days"], build_s, one["run_s"], counts, one["peak_mb"]), passes


def _ratio(results: list[Result], peers: list[Result]) -> float:
    """Return how many times faster, each round on its own, then the median."""
    return median(a.person_days_per_s / b.person_days_per_s for a, b in zip(results, peers, strict=True))


# ------------------------------------------------------------------ towns
def _middle(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return of an odd number of runs the one that took neither long nor short."""
    return sorted(runs, key=lambda run: run["run_s"])[len(runs) // 2]


def towns(asked: Asked) -> str:
    """Build the default town and a dense one at size, reopen the dense one, and live whole days in both."""
    people, threads = str(asked.people), str(asked.threads)
    words = ["newtown", "--whole", "--people", people, "--threads", threads]
    with nothing_cached() as empty:
        dense = [*words, "--cameras", str(asked.people // 2), "--days", "5", "--keep"]
        built, *reopened = (measured("benchmarks.ours", *dense, environment=empty) for _ in range(1 + LIVES))
    again = _middle(reopened)
    usual = _middle([measured("benchmarks.ours", *words, "--days", "7") for _ in range(LIVES)])
    took = [one["survey_s"] + one["build_s"] + one["watch_s"] for one in (built, again)]
    at_size = asked.people >= 1_000_000

    def goal(value: float, most: float, what: str, *, least: bool = False) -> str:
        return f"{what}: {verdict(value, most, least=least)}" if at_size else ""

    place = f"{asked.people:,} people, {built['devices']:,} cameras, {built['routes']:,} ways"
    building = table(
        ["town", "seconds", "peak memory, MB", REACHED],
        [
            [f"{place}: from nothing", f"{took[0]:.1f}", f"{built['built_mb']:,.0f}",
             goal(took[0], 60, "60 s") + goal(built["built_mb"], 6 * GIB_MB, "; 6 GiB")],
            ["the same: reopened, just written", f"{took[1]:.2f}", f"{again['built_mb']:,.0f}",
             goal(took[1], 3, "3 s")],
        ],
    )  # fmt: skip
    rows: list[list[str]] = []
    goals = (("newtown", usual, 10.0, 240.0), ("one camera for two people", again, 0.0, 250.0))
    for name, one, speed_goal, pass_goal in goals:
        person_days = one["people"] * one["days"]
        speed, passes = person_days / one["run_s"] / 1e6, one["passes"] / one["run_s"] / 1e6
        each = (one["peak_mb"] - one["built_mb"]) * 2**20 / one["people"]
        records = one["captures"] * BYTES_PER_RECORD / one["people"]
        reached = goal(speed, speed_goal, "10 M person-days/s", least=True) if speed_goal else ""
        allowed = f"{BYTES_PER_PERSON} B and {BYTES_PER_RECORD} B for each record"
        beyond = goal(each - records, BYTES_PER_PERSON, allowed)
        passed = goal(passes, pass_goal, f"{pass_goal:g} M passes/s", least=True)
        reached = "; ".join(filter(None, [reached, passed, beyond]))
        counts = [f"{one['passes'] / person_days:.1f}", f"{one['captures'] / person_days:.1f}"]
        rows.append([name, f"{speed:.2f}", f"{passes:,.0f}", *counts, f"{each:,.0f}", f"{records:,.0f}", reached])
    head = ["town", "million person-days/s", "million passes/s", "passes per person-day", "captures per person-day"]
    head += ["bytes per person beyond the built town", f"allowed for records, at {BYTES_PER_RECORD} bytes each"]
    living = table([*head, REACHED], rows)
    return f"""Whole days, as a run lives them: trips, passes, captures, comparison, operators, records, judgement,
response, books, tallies and signatures; {threads} threads. Loops are compiled beforehand. Each town lives {LIVES}
times, in a fresh process each time; the figures are those of the run in the middle. What is held beyond the built
town includes the records that the scenario retains.

    python -m benchmarks.run --only towns --people {people}

{building}

{living}"""


def day(asked: Asked) -> str:
    """Show where a day goes."""
    return stages.section(asked.people)


def ways(asked: Asked) -> str:
    """Find the ways of a town of 50,000 junctions, beside pandana."""
    one = measured("benchmarks.ways", str(asked.people * 3 // 2), str(asked.threads))
    theirs = one["pandana"]
    rows: list[list[str]] = []
    for kind, words in (("walked", "pairs that people walk"), ("even", "pairs drawn evenly")):
        ours = one[kind]
        speed = ours["ways"] / ours["seconds"]
        reached = ""
        if kind == "walked" and ours["ways"] >= 3_900_000:
            reached = f"4 M in 30 s: {verdict(speed * 30, 4e6, least=True)}"
        mine = [f"{ours['ways']:,}", "0", f"{ours['seconds']:.1f}", f"{speed / 1e3:,.0f}"]
        rows.append([f"glasstown, {words}", *mine, f"{ours['segments_per_way']:.0f}", reached])
        if not isinstance(theirs, str):
            it = theirs[kind]
            told = [f"{it['ways']:,}", f"{theirs['prepare_s']:.1f}", f"{it['seconds']:.1f}"]
            pace = it["ways"] / it["seconds"]
            note = f"ours is {speed / pace:.1f} times as fast; {it['same_length']:.1%} of the ways equally long"
            rows.append([f"{theirs['engine']}, {words}", *told, f"{pace / 1e3:,.0f}", "", note])
    if isinstance(theirs, str):
        rows.append(["pandana", *[""] * 5, theirs])
    head = ["engine", "ways", "preparation, s", "search, s", "thousand ways/s", "segments in a way", REACHED]
    return f"""{one["nodes"]:,} junctions, {one["segments"]:,} segments, {asked.threads} threads; `benchmarks/ways.py`
says which pairs. pandana (AGPL, for comparison only) gets a sample of the same pairs.

{table(head, rows)}"""


def outside(asked: Asked) -> str:
    """Let Covasim and Starsim live their own days."""
    rows: list[list[str]] = []
    for name in ("covasim", "starsim"):
        one = peer(name, str(asked.people), "10")
        if isinstance(one, str):
            rows.append([name.capitalize(), "", "", "", one])
        else:
            speed = one["person_days"] / one["run_s"] / 1e6
            rows.append([one["engine"], f"{speed:.2f}", f"{one['build_s']:.1f}", f"{one['peak_mb']:,.0f}", ""])
    head = ["engine", "million person-days/s", "building, s", "peak memory, MB", "note"]
    return f"""Other work of the same shape, as the peers come: {asked.people:,} people, ten days of their default
epidemic. Not a ratio of like with like.

{table(head, rows)}"""


def course(asked: Asked) -> str:
    """Measure how the cost grows, and draw it."""
    from glasstown.study.rows import ROWS_KEPT

    parts = [growth.section(one, growth.measure(one), dry=asked.dry) for one in growth.courses(asked.people)]
    return f"""Whole days of `newtown`, each point in a fresh process. Runs of up to {ROWS_KEPT:,} person-days write
every trip and capture out, and take two to three times as long as those beyond.

{(chr(10) * 2).join(parts)}"""


# ------------------------------------------------------------------ the first minute
def start_up(asked: Asked) -> str:
    """Time what must stay light, and the default run on a machine that has never run it."""
    del asked
    with nothing_cached() as empty:
        taken = [_default(empty) for _ in range(4)]
    bare = seconds(_python(), "-c", "pass")
    rows = [
        ["`python -c pass`", f"{bare:.3f}", ""],
        ['`python -c "import glasstown"`', f"{seconds(_python(), '-c', 'import glasstown'):.3f}", ""],
    ]
    shown = seconds(command(), "--help")
    told = (("--help`", shown, 0.3), ("run`, compiling", taken[0], 10), ("run`, afterwards", median(taken[1:]), 3))
    for words, took, goal in told:
        rows.append([f"`glasstown {words}", f"{took:.3g}", f"{goal} s: {verdict(took, goal, least=False)}"])
    return table(["command", "seconds", REACHED], rows)


def _python() -> str:
    return command().removesuffix("glasstown") + "python"


def _default(environment: dict[str, str]) -> float:
    import tempfile
    import time

    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        fresh(command(), "run", "--out", f"{out}/run", environment=environment)
        return time.perf_counter() - start


def foreseen(asked: Asked) -> str:
    """Run 30 scenarios and compare what was foreseen with what they took."""
    forecasts.warmed(asked.threads)
    found = {name: forecasts.foreseen(words, asked.threads) for name, words in forecasts.scenarios().items()}
    text, within = forecasts.shown(found)
    return f"""What `glasstown run` said before it began, and what it then took: {len(found)} scenarios, each in a fresh
process, with loops compiled before and without towns that are kept. Disk is what was needed at one time: the journal,
which goes when the run is finished, and the folder. Within a fifth: {within}.

    python -m benchmarks.forecasts

{text}"""


def nation(asked: Asked) -> str:
    """Live a nation's months beside the same rules in a database."""
    if find_spec("benchmarks.nation") is None:
        return "Not measured: there is no benchmark of a nation yet."
    return import_module("benchmarks.nation").section(asked.threads, dry=asked.dry)


def checked(asked: Asked) -> str:
    """Compare the rates of each group with the configured ones, before any speed is printed."""
    del asked
    return rates.section()


SECTIONS: dict[str, tuple[str, Callable[[Asked], str]]] = {
    "rates": ("First, is it right?", checked),
    "gt1": ("GT-1, the reference workload", gt1),
    "towns": ("A town at size", towns),
    "stages": ("Where a day goes", day),
    "ways": ("Ways", ways),
    "outside": ("Covasim and Starsim, their own day", outside),
    "nation": ("A nation", nation),
    "growth": ("How the cost grows", course),
    "start": ("Starting", start_up),
    "forecasts": ("Estimates", foreseen),
}

# Those that say how fast days are lived: each is printed only where the rates are right.
OF_DAYS = {"gt1", "towns", "stages", "growth"}


def page(text: str, new: dict[str, str]) -> str:
    """Put new sections into a page, in their order; what was not measured stays as it was."""
    there = dict(re.findall(r"^## ([^\n]+)\n\n(.*?)(?=\n## |\Z)", text, re.MULTILINE | re.DOTALL))
    titles = [title for title, _ in SECTIONS.values()]
    bodies = {title: there[title].strip() for title in titles if title in there}
    bodies |= {SECTIONS[name][0]: f"{body}\n\n*{machine()}*" for name, body in new.items()}
    parts = [f"## {title}\n\n{bodies[title]}\n" for title in titles if title in bodies]
    return f"""# Benchmarks

Written by `make bench`; each section says when and where. No test depends on a time. Peak memory is that of the whole
process, the interpreter and its libraries included. A goal that is missed says how far the way has come.

{chr(10).join(parts)}"""


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000, help="people in the largest town")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each engine")
    parser.add_argument("--threads", type=int, default=min(2, CORES))
    parser.add_argument("--only", default=",".join(SECTIONS), help=f"some of {', '.join(SECTIONS)}")
    parser.add_argument("--dry", action="store_true", help="print, and write nothing")
    given = parser.parse_args()
    names = [name.strip() for name in given.only.split(",")]
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        parser.error(f"no section is called {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    asked = Asked(given.people, given.rounds, given.threads, given.dry)
    measured_now: dict[str, str] = {}
    if OF_DAYS & set(names):
        rates.refuse_wrong()
    for name in names:
        body = SECTIONS[name][1](asked)
        missed = "missed:" in body or name == "forecasts"
        measured_now[name] = f"{body}\n\n{WHY[name]}" if missed and name in WHY else body
        print(f"## {SECTIONS[name][0]}\n\n{measured_now[name]}\n", flush=True)
    if not asked.dry:
        before: Any = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        PAGE.write_text(page(before, measured_now), encoding="utf-8")


if __name__ == "__main__":
    main()
