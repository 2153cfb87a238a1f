"""The extension point of the room: how files are judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, final

from glasstown import tables as t
from glasstown.core.keys import Key
from glasstown.judgement.assess import assess
from glasstown.judgement.knobs import Rating


class Rule(Protocol):
    """How files are judged by what is in them."""

    def judge(self, dossiers: t.Dossiers, today: t.Sightings, kept: Sequence[t.Sightings]) -> t.Dossiers:
        """Return the files with their new ratings, given today's sightings and all that are kept."""
        ...


@final
@dataclass(frozen=True)
class SightingPoints:
    """Points for each sighting, fading day by day."""

    knobs: Rating
    n_devices: int
    key: Key

    def judge(self, dossiers: t.Dossiers, today: t.Sightings, kept: Sequence[t.Sightings]) -> t.Dossiers:
        """Rate each file (see `assess.assess`)."""
        return assess(dossiers, today, kept, self.n_devices, self.knobs, self.key)
