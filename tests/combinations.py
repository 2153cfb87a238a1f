"""The same days lived in many ways, in one process: more threads, other parts, in two goes, beside other lives.

`python -m tests.combinations` lives the loud world in every way of `WAYS` and prints what came of each as JSON, with
what the process is: the instructions that NumPy uses, the processor that loops are compiled for, and how a word
is hashed.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

from glasstown import simulate
from glasstown.metrics.ledger import day_tallies
from glasstown.scenario import Scenario
from glasstown.state import Commons, Day, State
from glasstown.study import life
from glasstown.study.journal import Journal
from glasstown.study.rows import signature
from glasstown.study.run import Run, run_scenario
from tests.worlds import KEY, SEED, communities_of, evening, town

SIZE, DAYS = 60, 4
Signed = dict[tuple[int, int], str]


class Stopped(BaseException):
    """What a process that is killed does not live to see."""


@contextmanager
def stopped_at(day: int, community: int) -> Iterator[None]:
    """End whoever lives this community-day, as a kill would."""
    step = life.step

    def stop(state: State, *given: Any, **how: Any) -> Any:
        if (state.day, state.community) == (day, community):
            raise Stopped
        return step(state, *given, **how)

    with patch.object(life, "step", stop):
        try:
            yield
        except Stopped:
            return
    raise AssertionError("this community-day is not lived")


def signed(days: Iterable[Sequence[tuple[State, Day]]]) -> Signed:
    """Sign every community-day."""
    lived_days = [(state, day) for w in days for state, day in w]
    return {(day.day, day.community): signature(day, day_tallies(state, day)) for state, day in lived_days}


def in_parts(states: Sequence[State], scenario: Scenario, parts: Sequence[Sequence[int]]) -> Signed:
    """Live the communities part by part, each part where it likes, exchanging only the commons each evening."""
    now = list(states)
    found: Signed = {}
    for _ in range(scenario.days):
        after = {i: simulate.step(now[i], scenario, KEY) for part in parts for i in part}
        found |= signed([[after[i]] for i in after])
        closed = [after[i][0].commons.removed for i in sorted(after)]
        total = Commons(np.sum(closed, axis=0))
        now = [replace(after[i][0], commons=total) for i in sorted(after)]
    return found


def told(signatures: Signed, run: Run | None = None) -> list[str]:
    """Say in a few letters what was lived, and, of a whole run, what is read off it."""
    text = json.dumps([[*key, value] for key, value in sorted(signatures.items())])
    answer = [hashlib.sha256(text.encode()).hexdigest()]
    if run is not None:
        read = [estimate.document() for estimate in (*run.metrics, *run.counterfactual)]
        answer += [run.digest, hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()]
    return answer


def _run(**options: Any) -> list[str]:
    run = run_scenario(town(days=DAYS), SEED, **options)
    return told({(day, community): text for day, community, text in run.life.signatures}, run)


def _in_two_goes(day: int, community: int, first: int, then: int) -> list[str]:
    """Let a run end on the way, and go on."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "x"
        with stopped_at(day, community):
            _run(threads=first, journal=place)
        return _run(threads=then, journal=Journal.reopen(place))


def _parts(*parts: list[int]) -> list[str]:
    return told(in_parts(evening(town(days=DAYS)), town(days=DAYS), parts))


WAYS: dict[str, Callable[[], list[str]]] = {
    "one thread": lambda: _run(threads=1),
    "two threads": lambda: _run(threads=2),
    "seven threads": lambda: _run(threads=7),
    "five parts": lambda: _parts([0], [1], [2], [3], [4]),
    "backwards": lambda: _parts([4, 3, 2, 1, 0]),
    "mixed parts": lambda: _parts([2, 0], [4, 1, 3]),
    "four and one": lambda: _parts([0, 1, 2, 3], [4]),
    "ended in the morning": lambda: _in_two_goes(1, 0, 1, 2),
    "ended at noon": lambda: _in_two_goes(2, 3, 2, 1),
    "ended on the last day": lambda: _in_two_goes(DAYS - 1, 4, 3, 3),
}


def lived(ways: Iterable[str] = WAYS) -> dict[str, list[str]]:
    """Live the loud world in so many ways."""
    with communities_of(SIZE):
        return {way: WAYS[way]() for way in ways}


def main() -> None:
    """Live it in every way and say what came of it."""
    import numba

    used = [feature for feature in __cpu_dispatch__ if __cpu_features__[feature]]
    compiled_for = [numba.config.CPU_NAME, numba.config.CPU_FEATURES]  # pyright: ignore
    print(json.dumps({"lived": lived(), "numpy": used, "loops": compiled_for, "hash": hash("word")}))


if __name__ == "__main__":
    main()
