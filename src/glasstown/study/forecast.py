"""What a run will take, said before it starts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import final

from glasstown.prepare import Settled
from glasstown.scenario import Scenario

SECONDS_BASE = 0.8
SECONDS_PER_PERSON_DAY = 1.5e-6
SECONDS_PER_CAPTURE = 6e-8
BYTES_BASE = 330e6
BYTES_PER_PERSON = 420.0
BYTES_PER_STEP = 9.0
BYTES_PER_CAPTURE_KEPT = 8.0
DISK_PER_PERSON = 45.0


@final
@dataclass(frozen=True)
class Forecast:
    """Time, memory and disk that a run is expected to take.

    The constants were fitted to runs on two cores (see docs/benchmarks.md); `run.json` puts the forecast beside
    what the run then took.
    """

    seconds: float
    memory_mb: float
    disk_mb: float

    def document(self) -> dict[str, float]:
        """Return the forecast as JSON-ready values."""
        return {name: round(value, 1) for name, value in asdict(self).items()}


def forecast(scenario: Scenario, settled: Settled, replicates: int) -> Forecast:
    """Estimate what living the scenario will take, once its people are there.

    Parameters
    ----------
    settled : Settled
        People and routes.
    replicates : int
        How often the scenario is lived.
    """
    people = sum(len(town.people) for town in settled.towns)
    person_days = people * scenario.days
    walked = float(settled.routes.length_dm.mean()) / 10_000 if len(settled.routes) else 0.0
    per_day = float(scenario.town.day.trips_per_day) * walked * float(scenario.sensing.cameras.per_km) * 0.3
    captures = person_days * per_day
    kept = min(scenario.days, int(scenario.records.retention_days)) / max(scenario.days, 1) * captures
    lives = replicates + 1
    seconds = lives * (SECONDS_BASE + person_days * SECONDS_PER_PERSON_DAY + captures * SECONDS_PER_CAPTURE)
    memory = BYTES_BASE + people * BYTES_PER_PERSON + len(settled.steps) * BYTES_PER_STEP
    memory += kept * BYTES_PER_CAPTURE_KEPT
    return Forecast(seconds, memory / 1e6, (2e6 + people * DISK_PER_PERSON) / 1e6)
