"""Safeguards: each is a few knobs to turn, so that differences print and combine."""

from __future__ import annotations

from functools import cache
from typing import Any, final

from pydantic import BaseModel, ConfigDict

from glasstown.catalogue.files import opened


@final
class Safeguard(BaseModel):
    """A change of the rules, named so that it can be compared with leaving it out.

    Parameters
    ----------
    id, title, description : str
        What it is called and what it does.
    change : dict
        The new value of each knob, by its dotted path.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: str
    title: str
    description: str
    change: dict[str, Any]


@cache
def safeguard(name: str) -> Safeguard:
    """Return one safeguard.

    Raises
    ------
    Problem
        For a name that is not in the catalogue, with the nearest one that is.
    """
    return Safeguard.model_validate(opened("safeguards", name).tree)
