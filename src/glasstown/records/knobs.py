"""What the records can be told."""

from __future__ import annotations

from typing import final

from glasstown.core.quantity import Days, Knobs, assume


@final
class RecordsKnobs(Knobs):
    """How long captures and alerts are kept; 0 keeps nothing overnight."""

    retention_days: Days = assume(0)
    alert_retention_days: Days = assume(0)
