"""What the machine has: free memory and disk, how much of the memory a run took, and how its threads share it."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_KB_PER_MB = 1024.0
_BYTES_PER_MB = _KB_PER_MB**2
_MEMORY = Path("/proc/meminfo")
_STATUS = Path("/proc/self/status")
_MEMBER = Path("/proc/self/cgroup")
_GROUP = Path("/sys/fs/cgroup")
# Of both versions of groups: what a group may hold, what it holds, and what of that the system can have back.
_GROUP_FILES = {
    "": ("memory.max", "memory.current", "inactive_file"),
    "memory": ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
}
_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1
MOST_POOLS = 4
_HOLDS_LOCK_S = 0.0005


def free_memory_mb() -> float | None:
    """Return how much memory a run may take before the system has to end something; None where it is not known.

    What is available and free swap, or what the container, or any other group of processes that has a limit, has left
    if that is less; in units of 1,048,576 bytes, as `peak_memory_mb` counts.

    Source
    ------
    Linux kernel documentation, filesystems/proc (MemAvailable), admin-guide/cgroup-v2 (memory.max) and
    admin-guide/cgroup-v1/memory (memory.limit_in_bytes).

    Limits
    ------
    Limits on the addresses of a process (`ulimit -v`) are not looked at.
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
    """Return the least that any group of processes with this one in it has left; None where none has a limit."""
    left = [_left_mb(folder, *files) for folder, files in _groups()]
    return min((mb for mb in left if mb is not None), default=None)


def _groups() -> Iterator[tuple[Path, tuple[str, str, str]]]:
    """Name the folders of the own group and of those around it, and the files that say what memory they have."""
    try:
        lines = _MEMBER.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = ["0::/"]
    for line in lines:
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        for version, files in _GROUP_FILES.items():
            if version in controllers.split(","):
                own = Path(path.strip("/"))
                yield from ((_GROUP / version / group, files) for group in (own, *own.parents))


def _left_mb(folder: Path, most: str, used: str, given_up: str) -> float | None:
    try:
        limit = (folder / most).read_text(encoding="ascii").strip()
        if not limit.isdigit():
            return None
        taken = int((folder / used).read_text(encoding="ascii"))
        parts = dict(line.split() for line in (folder / "memory.stat").read_text(encoding="ascii").splitlines())
    except (OSError, ValueError):
        return None
    return max(int(limit) - taken + int(parts.get(given_up, 0)), 0) / _BYTES_PER_MB
