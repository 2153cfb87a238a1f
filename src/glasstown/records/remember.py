"""Verb 7, remember: add today's captures and sightings to what is kept."""

from __future__ import annotations

from glasstown import tables as t
from glasstown.records.knobs import RecordsKnobs
from glasstown.state import Records, Reel, SeenCaptures


def remember(
    records: Records, captures: SeenCaptures, sightings: t.Sightings, knobs: RecordsKnobs, day: int
) -> Records:
    """Keep today's captures as footage and today's alerts as sightings.

    Where retention is 0 nothing is written down in the first place.

    Parameters
    ----------
    captures : SeenCaptures
        As handed over: devices and minutes, no names.
    sightings : Sightings
        Today's alerts, filed.
    """
    footage, kept = records.footage, records.sightings
    if int(knobs.retention_days):
        footage = (*footage, Reel.of(day, captures))
    if int(knobs.alert_retention_days):
        kept = (*kept, sightings)
    return Records(footage, kept)
