"""The least that a day can take while each pass has a draw of its own: `python -m benchmarks.draws`.

A block of Philox for each pass, eight passes at a time as in the engine, compared with a chance, and nothing else: no
plan, no way read from memory, no minute, no capture. What is printed is JSON.
"""

from __future__ import annotations

import json
import time
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from glasstown.core.keys import Key
from glasstown.core.lanes import LANES, Lanes, pointer
from glasstown.core.philox import BEGUN, LOW, begun, first_words

WALKS = 1_000_000
ROUNDS = 5
_WORD = types.uint64


def _below(context: Any, devices: Any, at: Any, walk: Any, k0: Any, k1: Any, lower: Any, chance: Any) -> Any:
    def generate(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        devices, walk = (pointer(target, builder, signature.args[i], given[i]) for i in (0, 2))
        _, at, _, k0, k1, lower, chance = given
        do = Lanes(builder)
        every = do.column(walk, ir.IntType(64)(0), 1, BEGUN)
        drawn, other = first_words(do, do.load(devices, at), every, k0, k1, lower)
        return do.ones(do.compare(do.differ(drawn, other), "<", chance))

    return _WORD(devices, _WORD, walk, *[_WORD] * 4), generate


below = intrinsic(_below)


@numba.njit(nogil=True, error_model="numpy")
def walked(devices: NDArray[np.uint64], walks: int, k0: Any, k1: Any, lower: Any, chance: Any) -> Any:
    """Draw for eight passes on each of so many walks; return how many draws are below a chance."""
    walk, found = np.empty(BEGUN, np.uint64), np.uint64(0)
    for person in range(np.uint64(walks)):
        walk[0], walk[1], walk[2], walk[3], walk[4] = begun(person, np.uint64(0), k0, k1)
        found += below(devices, np.uint64(LANES) * (person & np.uint64(511)), walk, k0, k1, lower, chance)
    return found


def main() -> None:
    """Print how many nanoseconds a pass takes on one thread."""
    devices = np.arange(512 * LANES, dtype=np.uint64)
    given = (*Key.from_seed(1).words, LOW, np.uint64(1 << 28))
    took: list[float] = []
    for n in [LANES, *[WALKS] * ROUNDS]:
        begun_at = time.perf_counter()
        found = walked(devices, n, *given)
        took.append((time.perf_counter() - begun_at) / (n * LANES))
    if not abs(int(found) / (WALKS * LANES) - 1 / 16) < 1e-3:
        raise SystemExit("these are no draws")
    print(json.dumps({"pass_ns": round(min(took[1:]) * 1e9, 4)}))


if __name__ == "__main__":
    main()
