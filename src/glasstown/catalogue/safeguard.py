"""Safeguards: each is a few knobs to turn, so that differences print and combine."""

from __future__ import annotations

from functools import cache
from typing import Any, final

from pydantic import BaseModel, ConfigDict, model_validator

from glasstown.catalogue.fact import fact
from glasstown.catalogue.files import opened

_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True)


@final
class Need(BaseModel):
    """What a knob must be for a safeguard to do what it says; one of the four is given.

    Parameters
    ----------
    only, never : str
        The one word that it must be, or must not be.
    above, below : float or dict
        What it must be more or less than: a number, or `{fact: some-id}`.
    """

    model_config = _STRICT

    only: str | None = None
    never: str | None = None
    above: float | dict[str, str] | None = None
    below: float | dict[str, str] | None = None

    @model_validator(mode="after")
    def _one(self) -> Need:
        given = [self.only, self.never, self.above, self.below]
        if len(given) - given.count(None) != 1:
            raise ValueError("a need says one of only, never, above and below")
        return self

    def bounds(self) -> tuple[float | None, float | None]:
        """Return the numbers that a knob must be above and below, facts looked up."""
        above, below = (fact(end["fact"]).value if isinstance(end, dict) else end for end in (self.above, self.below))
        return above, below


@final
class Safeguard(BaseModel):
    """A change of the rules, named so that it can be compared with leaving it out.

    Parameters
    ----------
    id, title, description : str
        What it is called and what it does.
    change : dict
        The new value of each knob, by its dotted path.
    needs : dict, optional
        What knobs must be, by their dotted paths, for the change to be what the title says; where they are not, the
        safeguard is refused.
    """

    model_config = _STRICT

    id: str
    title: str
    description: str
    change: dict[str, Any]
    needs: dict[str, Need] = {}


@cache
def safeguard(name: str) -> Safeguard:
    """Return one safeguard.

    Raises
    ------
    Problem
        For a name that is not in the catalogue, with the nearest one that is.
    """
    return Safeguard.model_validate(opened("safeguards", name).tree)
