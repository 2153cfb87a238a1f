"""What the commands print: text and JSON, on any terminal."""

from __future__ import annotations

import json
import sys

import typer


def in_json(document: object, indent: int | None = None) -> str:
    """Write JSON that stays JSON on a terminal that knows only some letters."""
    some = "utf" not in (getattr(sys.stdout, "encoding", None) or "").lower()
    return json.dumps(document, ensure_ascii=some, allow_nan=False, indent=indent)


def say(text: str) -> None:
    """Print on standard output; whoever has closed it does not want to know."""
    if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison]
        try:
            typer.echo(text)
        except BrokenPipeError:
            raise
        except OSError:
            # Or Python tries once more at its end, and leaves with a code of its own.
            sys.stdout = None
            raise
