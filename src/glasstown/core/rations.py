"""What a process must be allowed to have before the libraries are loaded that count: one of them waits for it for ever.

Nothing here loads any of them.
"""

from __future__ import annotations

import os
from contextlib import suppress

from glasstown.core.errors import Problem
from glasstown.core.machine import too_little

# Found by trying: with all libraries loaded, a process has 195 MB of data and 675 MB of addresses where linear algebra
# works with one thread, and 80 MB more of either for each further one: two copies of it set aside room for each.
_DATA_MB, _ADDRESSES_MB, _THREAD_MB = 140.0, 620.0, 80.0
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


def check_room_to_load() -> None:
    """Refuse to load the libraries where a limit on the data or the addresses of a process leaves no room for them.

    The library for linear algebra asks for memory again and again where it gets none, and cannot be told to end.

    Raises
    ------
    Problem
        With the limit, and what loading takes.
    """
    more = _THREAD_MB * _threads()
    if lacking := too_little("loading the libraries takes about", _DATA_MB + more, _ADDRESSES_MB + more):
        what, todo = lacking
        raise Problem(what, why="one of them would ask for more again and again, and never end.", todo=todo)


def _threads() -> int:
    """Return for how many threads the library for linear algebra sets memory aside: it looks at no quota."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for name in _THREADS:
        with suppress(KeyError, ValueError):
            return max(min(int(os.environ[name]), there), 1)
    return there
