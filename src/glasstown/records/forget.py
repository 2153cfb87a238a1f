"""Verb 8, forget: what is due goes, and is really gone."""

from __future__ import annotations

from collections.abc import Sequence

from glasstown import tables as t
from glasstown.records.knobs import RecordsKnobs
from glasstown.state import Records


def forget(records: Records, knobs: RecordsKnobs, day: int) -> Records:
    """Drop every record that has been kept for its retention.

    A record of day d with a retention of r days is there on the evenings d to d + r - 1 and gone after.

    Parameters
    ----------
    day : int
        Today, whose evening it is.
    """
    footage = (reel for reel in records.footage if reel.day > day - int(knobs.retention_days))
    return Records(
        tuple(reel for reel in footage if len(reel)),
        _young(records.sightings, day - int(knobs.alert_retention_days)),
    )


def _young(parts: Sequence[t.Sightings], last_gone: int) -> tuple[t.Sightings, ...]:
    kept = (part if not len(part) or _oldest(part) > last_gone else part.take(part.day > last_gone) for part in parts)
    return tuple(part for part in kept if len(part))


def _oldest(part: t.Sightings) -> int:
    """Return the first day of a part; what `remember` keeps is of one day, said once for all rows."""
    return int(part.day[0] if part.day.strides == (0,) else part.day.min())
