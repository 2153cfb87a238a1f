"""Same scenario and seed, same bytes: for any threads, any partition of the communities, any process, any processor.

Smallest error noticed: one bit of one integer of one table in one community on one day.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

from glasstown import simulate
from glasstown.metrics.ledger import day_tallies
from glasstown.scenario import Scenario, from_resolved, resolved
from glasstown.state import Commons, Day, State
from glasstown.study.life import live_once
from glasstown.study.rows import signature
from glasstown.study.run import run_scenario
from tests.repository import ROOT
from tests.worlds import KEY, LOUD, NO_FEEDBACK, SEED, communities_of, live, lived, run, town, world

SIZE = 60
DAYS = 4
Signed = dict[tuple[int, int], str]

# In another process: the same run, printed as its digest, with the processor's features that NumPy then uses.
PRINT_DIGEST = """
import json, sys
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from glasstown.scenario import from_resolved
from glasstown.study.run import run_scenario
document = json.load(sys.stdin)
used = [f for f in __cpu_dispatch__ if __cpu_features__[f]]
print(json.dumps([run_scenario(from_resolved(document), int(sys.argv[1]), threads=2).digest, used, hash("word")]))
"""


def signed(days: Iterable[Sequence[tuple[State, Day]]]) -> Signed:
    """Sign every community-day."""
    lived_days = [(state, day) for w in days for state, day in w]
    return {(day.day, day.community): signature(day, day_tallies(state, day)) for state, day in lived_days}


def in_parts(states: Sequence[State], scenario: Scenario, parts: Sequence[Sequence[int]]) -> Signed:
    """Live the communities part by part, each part where it likes, exchanging only the commons each evening."""
    now = list(states)
    found: Signed = {}
    for _ in range(scenario.days):
        evening = {i: simulate.step(now[i], scenario, KEY) for part in parts for i in part}
        found |= signed([[evening[i]] for i in evening])
        closed = [evening[i][0].commons.removed for i in sorted(evening)]
        total = Commons(np.sum(closed, axis=0))
        now = [replace(evening[i][0], commons=total) for i in sorted(evening)]
    return found


def check_partition(parts: Sequence[Sequence[int]]) -> None:
    """Assert that communities lived in any groups and any order live the same days."""
    scenario, states = town(days=DAYS), world(days=DAYS, size=SIZE)
    assert sorted(i for part in parts for i in part) == list(range(len(states)))
    assert in_parts(states, scenario, parts) == signed(lived(days=DAYS, size=SIZE))


def check_threads(threads: int) -> None:
    """Assert that a life has one digest however many communities live at the same time."""
    with communities_of(SIZE):
        one, other = (live_once(town(), SEED, threads=n) for n in (1, threads))
    assert other.digest == one.digest
    assert other.signatures == one.signatures


def test_there_are_several_communities_and_they_affect_each_other() -> None:
    days = lived(days=DAYS, size=SIZE)
    assert len(days[0]) == 5
    alone = live(world(days=DAYS, size=SIZE)[:1], town(days=DAYS))
    assert signed(alone).items() - signed(days).items(), "what others remove from the list is searched no more"


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_any_number_of_threads(threads: int) -> None:
    check_threads(threads)


@pytest.mark.parametrize(
    "parts", [[[0], [1], [2], [3], [4]], [[4, 3, 2, 1, 0]], [[2, 0], [4, 1, 3]], [[0, 1, 2, 3], [4]]], ids=str
)
def test_any_partition_of_the_communities(parts: list[list[int]]) -> None:
    check_partition(parts)


def test_the_order_in_which_communities_are_given_does_not_matter() -> None:
    states = world(days=DAYS, size=SIZE)
    assert signed(live(states[::-1], town(days=DAYS), threads=2)) == signed(lived(days=DAYS, size=SIZE))


@pytest.mark.parametrize("kind", ["nobody is taken off the list", "everybody is listed"])
def test_where_nobody_reads_the_commons_a_community_lives_its_whole_run_alone(kind: str) -> None:
    quiet: dict[str, object] = {**LOUD, **NO_FEEDBACK}
    if kind == "everybody is listed":
        quiet = {**LOUD, "sensing.watchlist.everybody": True, "sensing.watchlist.residents_per_1000": 0}
    scenario, states = town(days=DAYS, changes=quiet), world(days=DAYS, changes=quiet, size=SIZE)
    together = signed(live(states, scenario))
    apart: Signed = {}
    for state in reversed(states):
        apart |= signed(live([state], scenario))
    assert apart == together


def test_one_community_more_or_less_is_another_scenario_only_in_its_sizes() -> None:
    """The size of communities belongs to the program: changing it is noticed, so that nobody does it by accident."""
    with communities_of(SIZE):
        split = live_once(town(), SEED)
    assert split.digest != run().life.digest
    assert len(split.signatures) == 5 * town().days


# ------------------------------------------------------------------ other processes, other processors
def elsewhere(scenario: Scenario | None = None, **environment: str) -> tuple[str, list[str], int]:
    """Return the digest of a run in a fresh process, the features NumPy used there, and the hash of a word."""
    told = {k: v for k, v in os.environ.items() if k != "PYTHONHASHSEED"} | environment
    done = subprocess.run(
        [sys.executable, "-c", PRINT_DIGEST, str(SEED)],
        input=json.dumps(resolved(scenario or run().scenario)),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=told,
    )
    assert done.returncode == 0, done.stderr
    digest, used, word = json.loads(done.stdout)
    return digest, used, word


def without_newest() -> str:
    """Name every set of instructions that NumPy would use here beyond the oldest."""
    return " ".join(feature for feature in __cpu_dispatch__ if __cpu_features__[feature])


def test_a_fresh_process_with_the_newest_instructions_switched_off() -> None:
    """NumPy without AVX2 and AVX-512 (where the processor has them), and another hash of words."""
    digest, used, word = elsewhere(NPY_DISABLE_CPU_FEATURES=without_newest(), PYTHONHASHSEED="12345")
    assert used == []
    assert word != hash("word")
    assert digest == run().digest


def test_a_document_read_back_gives_the_same_bytes() -> None:
    again = from_resolved(json.loads(json.dumps(resolved(run().scenario))))
    assert run_scenario(again, SEED).digest == run().digest


@pytest.mark.slow
def test_a_fresh_cache(tmp_path: Path) -> None:
    assert elsewhere(GLASSTOWN_CACHE=str(tmp_path))[0] == run().digest
    assert list((tmp_path / "kernels").glob("*/*/*.nbc"))


@pytest.mark.slow
def test_loops_compiled_for_the_oldest_processor(tmp_path: Path) -> None:
    """Without fused multiply-add and wide vectors in the compiled loops, too."""
    oldest = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "GLASSTOWN_CACHE": str(tmp_path)}
    assert elsewhere(**oldest)[0] == run().digest


@pytest.mark.slow
@pytest.mark.parametrize("feature", [f for f in __cpu_dispatch__ if __cpu_features__[f]])
def test_each_set_of_instructions(feature: str) -> None:
    newest = without_newest().split()
    digest, used, _ = elsewhere(NPY_DISABLE_CPU_FEATURES=" ".join(newest[newest.index(feature) :]))
    assert feature not in used
    assert digest == run().digest


@pytest.mark.slow
@pytest.mark.parametrize("base", ["newtown", "one-camera", "gt1"])
def test_each_kind_of_town_on_an_older_processor(base: str) -> None:
    scenario = town(people=5000, days=2, changes={}, base=base)
    digest, used, _ = elsewhere(scenario, NPY_DISABLE_CPU_FEATURES=without_newest())
    assert used == []
    assert digest == run_scenario(scenario, SEED).digest


@pytest.mark.slow
def test_replicates_in_other_processes() -> None:
    """Ranges are the same whether replicates live here one after the other or elsewhere at the same time."""
    one, other = (run_scenario(town(), SEED, replicates=3, threads=threads) for threads in (1, 2))
    assert one.metrics == other.metrics
    assert one.digest == other.digest
