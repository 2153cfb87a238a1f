"""Whether a machine can hold what a run or a comparison is foreseen to take."""

from __future__ import annotations

from pathlib import Path

from glasstown.core.errors import Problem
from glasstown.core.machine import free_disk_mb, free_memory_mb
from glasstown.study.forecast import Forecast

_LESS = (
    "fewer people (--people), fewer days (--days), a shorter list (sensing.watchlist.size), fewer threads with "
    "--replicates, or less to keep."
)


def refuse_too_large(
    expected: Forecast, place: Path | None = None, there_mb: float = 0.0, what: str = "this run", less: str = _LESS
) -> None:
    """Refuse a run that the machine's memory or disk cannot hold, before anything is built.

    Parameters
    ----------
    place : Path, optional
        Where the run's folder shall be.
    there_mb : float
        How much of what it needs lies on the disk already.
    what, less : str
        What would be lived, and what of it could be less.

    Raises
    ------
    Problem
        With what the run would take and what is free.
    """
    free = free_memory_mb()
    if free is not None and expected.memory_mb > free:
        raise Problem(
            f"{what} would take about {expected.memory_mb:,.0f} MB of memory, and {free:,.0f} MB are free",
            why="the system would end it half-way, and other programs with it.",
            todo=f"try {less}",
        )
    room = free_disk_mb(place) if place else None
    if room is not None and expected.disk_mb - there_mb > room:
        raise Problem(
            f"{what} would take about {expected.disk_mb - there_mb:,.0f} MB of disk, and {room:,.0f} MB are free",
            where=str(place),
            why="the disk would be full before the run is.",
            todo=f"choose another place (--out), or try {less}",
        )
