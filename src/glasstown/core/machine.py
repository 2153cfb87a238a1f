"""What the machine has: free memory and disk, how much of the memory a run took, and how its threads share it."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import sys
from contextlib import suppress
from pathlib import Path

_KB_PER_MB = 1024.0
_BYTES_PER_MB = _KB_PER_MB**2
_MEMORY = Path("/proc/meminfo")
_STATUS = Path("/proc/self/status")
_GROUP = Path("/sys/fs/cgroup")
_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1
MOST_POOLS = 4
_HOLDS_LOCK_S = 0.0005


def free_memory_mb() -> float | None:
    """Return how much memory a run may take before the system has to end something; None where it is not known.

    What is available and free swap, or what the container has left if that is less; in units of 1,048,576 bytes, as
    `peak_memory_mb` counts.

    Source
    ------
    Linux kernel documentation, filesystems/proc (MemAvailable) and admin-guide/cgroup-v2 (memory.max).
    """
    sizes = _fields(_MEMORY)
    if "MemAvailable" not in sizes:
        return None
    free = (sizes["MemAvailable"] + sizes.get("SwapFree", 0.0)) / _KB_PER_MB
    left = _container_mb()
    return free if left is None else min(free, left)


def free_disk_mb(place: Path) -> float | None:
    """Return how much may still be written where a folder is or shall be; None where that is not known."""
    try:
        above = place.resolve()
        while not above.exists() and above != above.parent:
            above = above.parent
        usage = shutil.disk_usage(above)
        return usage.free / 1e6 if usage.total else None
    except (OSError, RuntimeError, ValueError):
        return None


def peak_memory_mb(processes: int = 0) -> float:
    """Return the most memory that this process has held, and so many finished child processes beside it.

    In units of 1,048,576 bytes.

    Parameters
    ----------
    processes : int
        Children that worked at the same time; each is counted as the largest of them.
    """
    own = _fields(_STATUS).get("VmHWM")
    unit = _KB_PER_MB if sys.platform != "darwin" else _BYTES_PER_MB
    if own is None:
        own = float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss if processes else 0
    return (own + processes * children) / unit


def few_pools_of_memory() -> None:
    """Let the threads of a command take memory from a few pools, which keep what they give back.

    To be called before any of them is started. A day takes and frees large pieces, and where each thread has a pool of
    its own, or what is free goes back to the system, as it does by default, they have to be laid out page by page on
    the next day; where there is one pool, threads wait for each other. Changes nothing but time, and nothing at all
    where the C library is another one.

    Source
    ------
    GNU C library manual, section 3.2.3.12, Malloc Tunable Parameters (M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD).
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_ARENA_MAX, min(os.cpu_count() or 1, MOST_POOLS))
        library.mallopt(_MMAP_THRESHOLD, 1 << 25)
        library.mallopt(_TRIM_THRESHOLD, 1 << 30)


def hand_over_often() -> None:
    """Let a thread of a command give Python's lock to one that waits for it ten times as soon as by default.

    What holds the lock are many short calls, and meanwhile another thread that has walked its people past their devices
    stands idle. Changes nothing but time.
    """
    sys.setswitchinterval(_HOLDS_LOCK_S)


def _fields(file: Path) -> dict[str, float]:
    """Read `name: 123 kB` lines; nothing where there is no such file."""
    try:
        lines = file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return {}
    parts = [line.split() for line in lines]
    return {p[0].rstrip(":"): float(p[1]) for p in parts if len(p) > 2 and p[2] == "kB"}


def _container_mb() -> float | None:
    try:
        most = (_GROUP / "memory.max").read_text(encoding="ascii").strip()
        if not most.isdigit():
            return None
        used = int((_GROUP / "memory.current").read_text(encoding="ascii"))
        parts = dict(line.split() for line in (_GROUP / "memory.stat").read_text(encoding="ascii").splitlines())
    except (OSError, ValueError):
        return None
    given_up = int(parts.get("inactive_file", 0))
    return max(int(most) - used + given_up, 0) / _BYTES_PER_MB
