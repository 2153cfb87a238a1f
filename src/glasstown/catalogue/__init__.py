"""Published facts, recognition systems, safeguards and scenarios: data, and a loader that checks it."""

from __future__ import annotations

from glasstown.catalogue.fact import STATUSES, Fact, fact, facts, known
from glasstown.catalogue.files import KINDS_WITH_BASE, ROOT, base, names, scenario, titles
from glasstown.catalogue.safeguard import Need, Safeguard, safeguard
from glasstown.catalogue.second import blind, disputed
from glasstown.catalogue.system import System, system
from glasstown.catalogue.uses import numbers_of, worked_out_from

__all__ = [
    "KINDS_WITH_BASE",
    "ROOT",
    "STATUSES",
    "Fact",
    "Need",
    "Safeguard",
    "System",
    "base",
    "blind",
    "disputed",
    "fact",
    "facts",
    "known",
    "names",
    "numbers_of",
    "safeguard",
    "scenario",
    "system",
    "titles",
    "worked_out_from",
]
