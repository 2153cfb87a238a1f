"""A wind tunnel for surveillance policy: what a watching system would do to a fully synthetic town."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Load the engine only when something of it is asked for."""
    from glasstown import api

    if name in api.__all__:
        return getattr(api, name)
    raise AttributeError(f"module 'glasstown' has no attribute '{name}'")
