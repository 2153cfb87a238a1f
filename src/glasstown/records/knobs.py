"""What the records can be told."""

from __future__ import annotations

from typing import final

from pydantic import Field

from glasstown.core.quantity import Days, Knobs, Months, Share, assume


@final
class RecordsKnobs(Knobs):
    """How long captures and alerts are kept; 0 keeps nothing overnight.

    What was made of them stays: ratings, flags and the list outlive the captures and alerts that they rest on.
    In a nation, agencies keep entries about conduct for `dossier_months`. `sharing` says with which chance a month
    an adverse entry of one agency reaches another (`court to carrier: 1`); nothing is shared that is not written
    there. `correction` is the monthly chance that an agency which has a copy hears that the original was taken
    back. `integration` is the chance that what one jurisdiction keeps is known in another: 0 is a wall, 1 one file.
    """

    retention_days: Days = assume(0)
    alert_retention_days: Days = assume(0)
    dossier_months: Months = assume(1200)
    sharing: dict[str, Share] = Field(default={})
    correction: Share = assume(1)
    integration: Share = assume(0)
