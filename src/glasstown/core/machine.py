"""What the machine has, and this process may use: memory, disk and processors; and how threads share the memory."""

from __future__ import annotations

import ctypes
import math
import os
import resource
import shutil
import sys
from collections.abc import Iterator, Mapping
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
# Of both versions: how long all processors together may work for a group, and in what time.
_QUOTA_FILES = {"": ("cpu.max",), "cpu": ("cpu.cfs_quota_us", "cpu.cfs_period_us")}
_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1
MOST_POOLS = 4
_HOLDS_LOCK_S = 0.0005


def free_memory_mb() -> float | None:
    """Return how much memory a run may take before the system has to end something; None where it is not known.

    What is available and free swap, or what the container, or any other group of processes that has a limit, or this
    process under its own limits on data and addresses has left if that is less; in units of 1,048,576 bytes, as
    `peak_memory_mb` counts.

    Source
    ------
    Linux kernel documentation, filesystems/proc (MemAvailable), admin-guide/cgroup-v2 (memory.max) and
    admin-guide/cgroup-v1/memory (memory.limit_in_bytes); getrlimit(2) (RLIMIT_DATA, RLIMIT_AS).

    Limits
    ------
    Limits on data and addresses (`ulimit -d`, `ulimit -v`) are those of one process, and are compared with what all
    processes of a run take together. More addresses are reserved than memory is taken, so that a run may still meet
    its end under `ulimit -v` where it just fits.
    """
    sizes = _fields(_MEMORY)
    if "MemAvailable" not in sizes:
        return None
    free = (sizes["MemAvailable"] + sizes.get("SwapFree", 0.0)) / _KB_PER_MB
    return min([free, *_container_mb(), *_rationed_mb()])


def limits_mb() -> tuple[float, float]:
    """Return how much data and how many addresses this process may have at most, infinite where nothing limits it."""
    soft = [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_DATA, resource.RLIMIT_AS)]
    data, addresses = (math.inf if most == resource.RLIM_INFINITY else most / _BYTES_PER_MB for most in soft)
    return data, addresses


def too_little(something_takes: str, data_mb: float, addresses_mb: float) -> tuple[str, str] | None:
    """Say that this process may have less data or fewer addresses than something takes, and what allows more.

    None if it may have enough.
    """
    needed = zip(limits_mb(), (data_mb, addresses_mb), ("data", "addresses"), "dv", strict=True)
    for limit, least, what, option in needed:
        if limit < least:
            found = f"a process may have {limit:,.0f} MB of {what}, and {something_takes} {least:,.0f} MB"
            return found, f"allow more (ulimit -{option} unlimited)."
    return None


def processors() -> int:
    """Return how many processors this process may use at the same time.

    Those of the machine, those that it is bound to, or what its container, or any other group of processes with it in
    it, is given of their time, rounded up: the least of them.

    Source
    ------
    Linux: sched_getaffinity(2); admin-guide/cgroup-v2 (cpu.max); scheduler/sched-bwc (cpu.cfs_quota_us).
    """
    there = [os.cpu_count() or 1]
    if hasattr(os, "sched_getaffinity"):
        there.append(len(os.sched_getaffinity(0)))
    return max(min([*there, *(n for folder, files in _groups(_QUOTA_FILES) for n in _given(folder, files))]), 1)


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
        library.mallopt(_ARENA_MAX, min(processors(), MOST_POOLS))
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


def _container_mb() -> list[float]:
    """Return what each group of processes that has a limit, with this one in it, has left."""
    left = [_left_mb(folder, *files) for folder, files in _groups(_GROUP_FILES)]
    return [mb for mb in left if mb is not None]


def _rationed_mb() -> list[float]:
    """Return what this process has left of its data and of its addresses, where it may have only so much."""
    has = _fields(_STATUS)
    of = zip(limits_mb(), ("VmData", "VmSize"), strict=True)
    return [max(most - has[name] / _KB_PER_MB, 0.0) for most, name in of if name in has and most < math.inf]


def _groups(files_of: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Name the folders of the own group and of those around it, and the files of that version of groups."""
    try:
        lines = _MEMBER.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = ["0::/"]
    for line in lines:
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        for version, files in files_of.items():
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


def _given(folder: Path, files: tuple[str, ...]) -> list[int]:
    """Return how many processors a group is given, if that is limited."""
    try:
        texts = [(folder / file).read_text(encoding="ascii") for file in files]
        quota, period = map(int, " ".join(texts).split())
    except (OSError, ValueError):
        return []
    return [math.ceil(quota / period)] if quota > 0 and period > 0 else []
