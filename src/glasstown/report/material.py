"""What a page is made of, whether the run just ended or is read back from its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, final

from glasstown import tables as t
from glasstown.core.columns import Table
from glasstown.core.estimates import Estimate
from glasstown.scenario import Scenario
from glasstown.study.kinds import kind_of, without_name
from glasstown.study.run import Run

T = TypeVar("T", bound=Table)


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
    tables : mapping of str to Table
        Those that this kind of report draws from (`forms.Form.drawn`), or more; `outcomes` where its rows were kept.
    """

    scenario: Scenario
    metrics: tuple[Estimate, ...]
    counterfactual: tuple[Estimate, ...]
    provenance: dict[str, Any]
    notes: dict[str, float | str]
    digest: str
    tables: Mapping[str, Table]

    def table(self, name: str, kind: type[T]) -> T:
        """Return one table, which is of the kind it is taken for."""
        found = self.tables[name]
        if not isinstance(found, kind):
            raise TypeError(f"'{name}' is no table of {kind.__name__}")
        return found

    def outcomes(self) -> t.Outcomes | None:
        """Return what followed each alert; None where the rows were not kept, or where nobody is stopped in streets."""
        found = self.tables.get("outcomes")
        return found if isinstance(found, t.Outcomes) else None

    def document(self, out: Path | None) -> dict[str, Any]:
        """Return what `glasstown run --json` prints; `out` is the run's folder, if it was written."""
        return {
            "scenario": self.scenario.id,
            "seed": self.provenance["seed"],
            **kind_of(self.scenario).size(self.scenario),
            "days": self.scenario.days,
            "digest": self.digest,
            "metrics": [m.document() for m in self.metrics],
            "counterfactual": {without_name(self.scenario): [m.document() for m in self.counterfactual]},
            "timings": self.provenance["timings"],
            "peak_memory_mb": self.provenance["peak_memory_mb"],
            "out": str(out) if out else None,
        }


def of_run(run: Run) -> Material:
    """Take the material from a run that just ended."""
    return Material(
        scenario=run.scenario,
        metrics=run.metrics,
        counterfactual=run.counterfactual,
        provenance=run.provenance,
        notes=run.ground.notes,
        digest=run.digest,
        tables={**run.life.tables, **{name: rows.table for name, rows in run.life.rows.items() if name == "outcomes"}},
    )
