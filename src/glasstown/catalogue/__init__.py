"""Published facts, recognition systems, safeguards and scenarios: data, and a loader that checks it."""

from __future__ import annotations

from glasstown.catalogue.fact import Fact, fact, facts
from glasstown.catalogue.files import ROOT, base, names, scenario, titles
from glasstown.catalogue.safeguard import Safeguard, safeguard
from glasstown.catalogue.system import System, system

__all__ = [
    "ROOT",
    "Fact",
    "Safeguard",
    "System",
    "base",
    "fact",
    "facts",
    "names",
    "safeguard",
    "scenario",
    "system",
    "titles",
]
