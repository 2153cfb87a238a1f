"""Same scenario and seed, same bytes: for any threads, any partition of the communities, any process, any processor.

Smallest error noticed: one bit of one integer of one table in one community on one day.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

from glasstown.scenario import Scenario, from_resolved, resolved
from glasstown.study.life import live_once
from glasstown.study.run import run_scenario
from tests import combinations
from tests.combinations import DAYS, SIZE, Signed, in_parts, signed
from tests.repository import ROOT
from tests.worlds import LOUD, NO_FEEDBACK, SEED, communities_of, live, lived, run, town, world

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


@pytest.fixture(scope="module")
def expected() -> list[str]:
    """Live the loud world here, in five communities, and say what came of it."""
    return combinations.lived(["one thread"])["one thread"]


def check_every_way(expected: list[str], **environment: str) -> dict[str, Any]:
    """Assert that a process comes to the same bytes in every way, and return what else it says of itself."""
    told = {k: v for k, v in os.environ.items() if k != "PYTHONHASHSEED"} | environment
    words = [sys.executable, "-m", combinations.__name__]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT, env=told)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert len(answer["lived"]) == 10
    for way, came in answer["lived"].items():
        assert came == expected[: len(came)], way
    assert sum(came == expected for came in answer["lived"].values()) == 6, "six ways are whole runs, four sign days"
    return answer


def test_a_dozen_combinations(expected: list[str]) -> None:
    """Threads, parts and runs that go on, in a process whose NumPy is old, with another hash of words."""
    answer = check_every_way(expected, NPY_DISABLE_CPU_FEATURES=without_newest(), PYTHONHASHSEED="12345")
    assert answer["numpy"] == []
    assert answer["hash"] != hash("word")


# What a process is told; those that compile loops anew get a folder of their own for them.
PROCESSORS: dict[str, dict[str, str]] = {
    "as it is": {"PYTHONHASHSEED": "0"},
    "an empty cache": {"PYTHONHASHSEED": "1", "GLASSTOWN_CACHE": "native"},
    "loops for any processor": {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "GLASSTOWN_CACHE": "generic"},
    "old NumPy, and loops for any processor": {
        **{"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "GLASSTOWN_CACHE": "generic"},
        **{"NPY_DISABLE_CPU_FEATURES": "", "PYTHONHASHSEED": "2"},
    },
    "no wide vectors": {"NUMBA_CPU_FEATURES": "+sse4.2,-avx,-avx2,-avx512f,-fma", "GLASSTOWN_CACHE": "narrow"},
    "no vectors at all": {"NUMBA_LOOP_VECTORIZE": "0", "NUMBA_SLP_VECTORIZE": "0", "GLASSTOWN_CACHE": "scalar"},
    "loops hardly improved": {"NUMBA_OPT": "1", "GLASSTOWN_CACHE": "plain", "PYTHONHASHSEED": "3"},
    "one thread in libraries": {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "4"},
    "old NumPy alone": {"NPY_DISABLE_CPU_FEATURES": "", "PYTHONHASHSEED": "5"},
}


@pytest.fixture(scope="module")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("caches")


@pytest.mark.slow
@pytest.mark.parametrize("processor", PROCESSORS)
def test_a_hundred_combinations(expected: list[str], caches: Path, processor: str) -> None:
    """Nine processes of ten ways each, besides the ten of `test_a_dozen_combinations`."""
    environment = dict(PROCESSORS[processor])
    if "GLASSTOWN_CACHE" in environment:
        environment["GLASSTOWN_CACHE"] = str(caches / environment["GLASSTOWN_CACHE"])
    if "NPY_DISABLE_CPU_FEATURES" in environment:
        environment["NPY_DISABLE_CPU_FEATURES"] = without_newest()
    answer = check_every_way(expected, **environment)
    assert (answer["numpy"] == []) == ("NPY_DISABLE_CPU_FEATURES" in environment or not without_newest())
    assert answer["loops"] == [environment.get(name) for name in ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")]


def test_another_combination_would_be_noticed(expected: list[str]) -> None:
    """The companion: one bit of one community-day is another answer."""
    with communities_of(SIZE):
        life = live_once(town(days=DAYS), SEED)
    signatures = {(day, community): text for day, community, text in life.signatures}
    assert combinations.told(signatures) == expected[:1]
    signatures[0, 0] = signatures[0, 0][:-1] + ("0" if signatures[0, 0][-1] != "0" else "1")
    assert combinations.told(signatures) != expected[:1]


def test_a_document_read_back_gives_the_same_bytes() -> None:
    again = from_resolved(json.loads(json.dumps(resolved(run().scenario))))
    assert run_scenario(again, SEED).digest == run().digest


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
