"""The `glasstown rulebook` commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasstown.cli_words import Command
from glasstown.core.errors import Problem
from glasstown.terminal import in_json, say

books = typer.Typer(
    help="Read, check and explain rulebooks: who is rated or listed for what, and what that opens and closes.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Book = Annotated[str, typer.Argument(metavar="FILE|NAME")]


@books.command("list", cls=Command)
def list_() -> None:
    """List the rulebooks of the catalogue."""
    from glasstown import catalogue

    for name, title in catalogue.titles("rulebooks").items():
        say(f"{name:<30} {title}")


@books.command(cls=Command)
def new(file: Path) -> None:
    """Write a commented template of a rulebook."""
    from glasstown.catalogue.rulebook import template
    from glasstown.core.files import write_whole

    if file.exists():
        raise Problem("it is there already", where=str(file), todo="choose another name.")
    write_whole(file, template().encode())
    say(f"wrote {file}; try: glasstown rulebook explain {file}")


@books.command(cls=Command)
def check(source: Book) -> None:
    """Check a rulebook and say what it rests on."""
    from glasstown.catalogue.rulebook import rulebook
    from glasstown.report.rulebook import counted
    from glasstown.scenario import in_words

    book = rulebook(source)
    say(f"{book.id}: good. {in_words(counted(book))}.")


@books.command(cls=Command)
def explain(
    source: Book,
    scenario: Annotated[str, typer.Option(metavar="FILE|NAME", help="Whose conduct and reporters to take.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Say in plain words what a rulebook does, which of its rules are dead, and where its cliffs are."""
    from glasstown.catalogue.rulebook import rulebook
    from glasstown.report.rulebook import CONTEXT, explained, text
    from glasstown.scenario import load

    book, town = rulebook(source), load(scenario or CONTEXT)
    if town.town.kind != "nation":
        what = f"'{town.id}' is a town of kind '{town.town.kind}', where nobody reports conduct"
        raise Problem(what, todo=f"Name a scenario with town.kind: nation, such as {CONTEXT}.")
    say(in_json(explained(book, town)) if as_json else text(book, town))
