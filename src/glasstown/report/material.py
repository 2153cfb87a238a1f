"""What a page is made of, whether the run just ended or is read back from its folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from glasstown import tables as t
from glasstown.core.estimates import Estimate
from glasstown.scenario import Scenario
from glasstown.study.run import Run


@final
@dataclass(frozen=True)
class Material:
    """Everything a report shows.

    Parameters
    ----------
    scenario : Scenario
        What was simulated.
    metrics, counterfactual : tuple of Estimate
        As described, and with the cameras off.
    provenance : dict
        As in `run.json`: seed, versions, inputs, timings, forecast.
    notes : dict
        What was read, left out and drawn when the streets were made.
    digest : str
        The run's SHA-256.
    streets, points, devices, street_use, tallies : Table
        The town as drawn on the map, and counts by day.
    """

    scenario: Scenario
    metrics: tuple[Estimate, ...]
    counterfactual: tuple[Estimate, ...]
    provenance: dict[str, Any]
    notes: dict[str, float | str]
    digest: str
    streets: t.Streets
    points: t.StreetPoints
    devices: t.Devices
    street_use: t.StreetUse
    tallies: t.Tallies


def of_run(run: Run) -> Material:
    """Take the material from a run that just ended."""
    table: Any = run.life.tables
    return Material(
        scenario=run.scenario,
        metrics=run.metrics,
        counterfactual=run.counterfactual,
        provenance=run.provenance,
        notes=run.ground.notes,
        digest=run.digest,
        streets=table["streets"],
        points=table["street_points"],
        devices=table["devices"],
        street_use=table["street_use"],
        tallies=table["tallies"],
    )
