"""Scenarios: the rooms' knobs composed into one document, terse for people and complete for machines."""

from __future__ import annotations

from glasstown.scenario.fitting import refuse_unfit
from glasstown.scenario.loading import load, setting, template, turned, with_changes
from glasstown.scenario.model import Scenario
from glasstown.scenario.numbers import (
    Number,
    acting,
    brought,
    counted,
    differences,
    drawn,
    facts_behind,
    from_resolved,
    headline,
    in_words,
    numbers,
    resolved,
    switched_off,
    tally,
)

__all__ = [
    "Number",
    "Scenario",
    "acting",
    "brought",
    "counted",
    "differences",
    "drawn",
    "facts_behind",
    "from_resolved",
    "headline",
    "in_words",
    "load",
    "numbers",
    "refuse_unfit",
    "resolved",
    "setting",
    "switched_off",
    "tally",
    "template",
    "turned",
    "with_changes",
]
