"""Write study/loops.json anew, after a change of compiled loops: `python -m tests.refresh_loops`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from tempfile import TemporaryDirectory

from glasstown.core.loops import Loop
from glasstown.study import rows
from glasstown.study.ahead import LISTED, PARTS
from tests.repository import ROOT


def needed(part: str) -> list[Loop]:
    """Return the loops that the default run calls once its town is built, or would if it were larger, or a nation."""
    words = [sys.executable, "-m", "tests.refresh_loops", part]
    while True:
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
        loops, anew = json.loads(done.stdout)
        if not anew:
            return [(module, name, given) for module, name, given in loops]


def _called(part: str) -> tuple[list[Loop], bool]:
    """Run it here; say too whether any loop was compiled meanwhile, and with it those that it calls itself."""
    from numba.core import event

    from glasstown.core.keys import Key
    from glasstown.core.loops import loops_in_use
    from glasstown.prepare import settle_people, survey
    from glasstown.scenario import load
    from glasstown.study.life import live_once
    from glasstown.study.nation import NATION, Plan
    from glasstown.study.reading import read_off

    if part == "nation":
        scenario = load("myth")
        with event.install_recorder("numba:compile") as compiled:
            plan = Plan.of(scenario, 1, NATION.survey(scenario))
            building = list(loops_in_use())
            plan.lived(int(plan.chosen[0]), plan.empty())
        return [loop for loop in loops_in_use() if loop not in building], bool(compiled.buffer)
    if part == "streamed":
        rows.ROWS_KEPT = 0
    # Of many people more faces are taken than are sorted by NumPy.
    scenario = load("newtown", settings=["town.people=20000"] if part == "streamed" else ())
    with event.install_recorder("numba:compile") as compiled:
        ground = survey(scenario)
        settled = settle_people(scenario, ground, Key.from_seed(1))
        building = list(loops_in_use())
        read_off(live_once(scenario, 1, ground, settled), scenario)
    return [loop for loop in loops_in_use() if loop not in building], bool(compiled.buffer)


def _longest_first(loops: list[Loop]) -> list[Loop]:
    """Compile each in a helper whose cache is empty, and sort by how long that takes."""
    taken: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        helper = subprocess.Popen(
            [sys.executable, "-m", "glasstown.study.ahead"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
            env={**os.environ, "GLASSTOWN_CACHE": folder},
        )  # fmt: skip
        assert helper.stdin is not None
        assert helper.stdout is not None
        with helper.stdin, helper.stdout:
            for loop in loops:
                begun = time.perf_counter()
                print(json.dumps(loop), file=helper.stdin, flush=True)
                helper.stdout.readline()
                taken[json.dumps(loop)] = time.perf_counter() - begun
        helper.wait()
    return sorted(loops, key=lambda loop: -taken[json.dumps(loop)])


def main() -> None:
    """Write the list."""
    if sys.argv[1:]:
        print(json.dumps(_called(sys.argv[1])))
        return
    parts = {part: _longest_first(needed(part)) for part in PARTS}
    lines = {part: ",\n".join(f"  {json.dumps(loop)}" for loop in loops) for part, loops in parts.items()}
    text = ",\n".join(f' "{part}": [\n{loops}\n ]' for part, loops in lines.items())
    LISTED.write_text(f"{{\n{text}\n}}\n", encoding="utf-8")
    print(f"wrote {LISTED}")


if __name__ == "__main__":
    main()
