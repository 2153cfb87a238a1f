"""Verb 7, remember: add today's captures and sightings to what is kept."""

from __future__ import annotations

import numpy as np

from glasstown import tables as t
from glasstown.records.knobs import RecordsKnobs
from glasstown.state import Records


def remember(
    records: Records, captures: t.SeenCaptures, sightings: t.Sightings, knobs: RecordsKnobs, day: int
) -> Records:
    """Keep today's captures as footage and today's alerts as sightings.

    Where retention is 0 nothing is written down in the first place.

    Parameters
    ----------
    captures : SeenCaptures
        As handed over: a device and a minute, no name.
    sightings : Sightings
        Today's alerts, filed.
    """
    footage, kept = records.footage, records.sightings
    if int(knobs.retention_days):
        today = np.broadcast_to(np.int16(day), len(captures))
        footage = (*footage, t.Footage(today, captures.device, captures.minute))
    if int(knobs.alert_retention_days):
        kept = (*kept, sightings)
    return Records(footage, kept)
