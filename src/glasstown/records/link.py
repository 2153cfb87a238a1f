"""Verb 6, link: file what was seen under the individual it is taken for."""

from __future__ import annotations

import numpy as np

from glasstown import tables as t


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
    file = np.zeros(int(dossiers.reference.max(initial=-1)) + 1, np.int32)
    file[dossiers.reference] = dossiers.dossier
    today = np.full(len(alerts), day, np.int16)
    return t.Sightings(file.take(alerts.reference), today, alerts.device, alerts.minute)
