"""Verb 6, link: file what was seen under the individual it is taken for."""

from __future__ import annotations

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import I32


def link(alerts: t.SeenAlerts, dossiers: t.Dossiers, day: int) -> t.Sightings:
    """File each alert in the dossier of the reference the system took the person for.

    A dossier holds what one control room takes for one individual. When an alert was wrong, the dossier mixes
    two persons, and nobody on this side can tell.

    Parameters
    ----------
    alerts : SeenAlerts
        As handed over: no truth, no order.
    dossiers : Dossiers
        The room's files.
    day : int
        Today.
    """
    filed = _filed(alerts.reference, dossiers.reference, dossiers.dossier)
    today = np.broadcast_to(np.int16(day), len(alerts))
    return t.Sightings(filed, today, alerts.device, alerts.minute)


def _filed(taken_for: I32, reference: I32, dossier: I32) -> I32:
    """Return the file of each reference that somebody was taken for."""
    file = np.zeros(int(reference.max(initial=-1)) + 1, np.int32)
    file[reference] = dossier
    return file.take(taken_for)
