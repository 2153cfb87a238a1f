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
    row = np.zeros(int(dossiers.reference.max(initial=-1)) + 1, np.int64)
    row[dossiers.reference] = np.arange(len(dossiers))
    dossier = row[alerts.reference]
    return t.Sightings.of(
        dossier=dossiers.dossier[dossier], day=np.full(len(alerts), day), device=alerts.device, minute=alerts.minute
    )
