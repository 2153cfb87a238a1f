"""What a scenario is: a title, a length, and the knobs of every room."""

from __future__ import annotations

from typing import Annotated, Literal, final

from pydantic import Field

from glasstown.consequence.knobs import ConsequenceKnobs
from glasstown.core.quantity import Knobs, RunDays, Weekday
from glasstown.judgement.knobs import JudgementKnobs
from glasstown.records.knobs import RecordsKnobs
from glasstown.sensing.knobs import SensingKnobs
from glasstown.town.knobs import TownKnobs

SCHEMA = 1


@final
class Scenario(Knobs):
    """A town, a watching system and its rules: everything a run depends on except the seed.

    Parameters
    ----------
    schema_version : 1
        The form of the document, written `schema`.
    id, title, description : str
        What it is called and what it is about.
    status : str
        `draft`, `provisional`, or `checked` when a second reader has derived every fact it uses again.
    sources : tuple of str
        Where its places and aggregates come from.
    days : int
        How long it runs, 1 to 3,650.
    start_weekday : int
        The weekday of the first day, 0 for Monday to 6 for Sunday.
    town, sensing, records, judgement, consequence
        The knobs of the rooms.
    """

    schema_version: Literal[1] = Field(alias="schema")
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)
    title: str = Field(min_length=1, max_length=200)
    description: str = Field(default="", max_length=5_000)
    status: Literal["draft", "provisional", "checked"] = "draft"
    sources: Annotated[tuple[str, ...], Field(strict=False, max_length=100)] = ()
    days: RunDays = 28
    start_weekday: Weekday = 0
    town: TownKnobs = TownKnobs()
    sensing: SensingKnobs = SensingKnobs()
    records: RecordsKnobs = RecordsKnobs()
    judgement: JudgementKnobs = JudgementKnobs()
    consequence: ConsequenceKnobs = ConsequenceKnobs()

    def weekend(self, day: int) -> bool:
        """Say whether a day of the run is a Saturday or Sunday."""
        return (self.start_weekday + day) % 7 >= 5
