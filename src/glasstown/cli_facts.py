"""The commands about what numbers rest on: `glasstown facts` and `glasstown cite`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasstown.terminal import in_json, say


def facts(
    name: Annotated[str | None, typer.Argument(metavar="[ID|RECORD]")] = None,
    search: Annotated[str | None, typer.Option(metavar="WORDS", help="Only facts with all these words.")] = None,
    blind: Annotated[bool, typer.Option("--blind", help="Hide the value: for a second reader.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Show published numbers with their sources, how surely they are known, and what uses them."""
    from glasstown.report import facts as shown

    found = shown.find(name, search)
    if as_json:
        say(in_json([shown.hidden(fact) if blind else shown.document(fact) for fact in found]))
    elif blind:
        say("\n\n".join(shown.blind(fact) for fact in found))
    else:
        say(shown.card(found[0]) if len(found) == 1 else shown.listing(found))


def cite(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")],
    bibtex: Annotated[bool, typer.Option("--bibtex", help="Print BibTeX.")] = False,
) -> None:
    """List the facts and sources that a run used, and how many of its numbers were assumed."""
    from glasstown.report import citing

    used = citing.cited(run)
    say(citing.bibtex(used) if bibtex else citing.text(used))
