"""A wind tunnel for surveillance policy: what a watching system would do to a fully synthetic town."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from glasstown.core.version import VERSION

if TYPE_CHECKING:
    from glasstown.api import Estimate, Problem, Run, Scenario, compare, load, resume, run

__version__ = VERSION
__all__ = ["Estimate", "Problem", "Run", "Scenario", "__version__", "compare", "load", "resume", "run"]


def __getattr__(name: str) -> Any:
    """Load the engine only when something of it is asked for."""
    if name in __all__:
        return getattr(import_module("glasstown.api"), name)
    raise AttributeError(f"module 'glasstown' has no attribute '{name}'")
