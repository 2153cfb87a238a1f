"""The command that says how often a recognition system errs: `glasstown curve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasstown.cli_words import number_option, whole_option
from glasstown.core.errors import Problem
from glasstown.terminal import check_drawing, in_json, say

SCENARIO = "newtown"


def curve(
    name: Annotated[str | None, typer.Argument(metavar="SYSTEM")] = None,
    list_: Annotated[bool, typer.Option("--list", help="Name the systems.")] = False,
    gallery: Annotated[list[int] | None, whole_option("N", "References (repeatable).")] = None,
    threshold: Annotated[list[float] | None, number_option("T", "Decision threshold (repeatable).")] = None,
    at_fpir: Annotated[list[float] | None, number_option("P", "Set the threshold for this FPIR (repeatable).")] = None,
    rank: Annotated[int, whole_option("R", "Only the R best are returned; 0 for no limit.")] = 0,
    by: Annotated[str | None, typer.Option(metavar="group|sex|age", help="Apart by kind of people.")] = None,
    scenario: Annotated[str, typer.Option(metavar="NAME|FILE", help="Whose multipliers are taken.")] = SCENARIO,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Turn a knob (repeatable).")
    ] = None,
    extrapolate: Annotated[bool, typer.Option("--extrapolate", help="Allow thresholds nobody published.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows as JSON and nothing else.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Draw FNIR against FPIR.")] = None,
) -> None:
    """Say and draw how often a recognition system errs: FPIR and FNIR by gallery, threshold and group."""
    from glasstown.core.files import write_whole
    from glasstown.report import curves

    if list_ or name is None:
        other = scenario if scenario != SCENARIO else None
        given = {
            **{"SYSTEM": name, "--gallery": gallery, "--threshold": threshold, "--at-fpir": at_fpir, "--rank": rank},
            **{"--by": by, "--scenario": other, "--set": settings, "--extrapolate": extrapolate, "--out": out},
        }
        _refuse_beside_list([word for word, value in given.items() if value], list_)
        say(in_json(curves.listed()) if as_json else curves.listing())
        return
    if out is not None:
        check_drawing(out)
    made = curves.characteristic(
        name,
        scenario,
        settings or (),
        galleries=gallery or (),
        thresholds=threshold or (),
        at_fpir=at_fpir or (),
        by=by,
        rank=rank,
        extrapolate=extrapolate,
    )
    if out is not None:
        write_whole(out, made.drawing().encode())
    if as_json:
        say(in_json([row.document() for row in made.rows]))
    else:
        say(made.table())
        if out is not None:
            say(f"drawing: {out}")


def _refuse_beside_list(given: list[str], list_: bool) -> None:
    """Refuse what says nothing where the systems are listed."""
    if given:
        said = "--list names all systems" if list_ else "no system is named"
        raise Problem(
            f"{said}, and this is about one",
            where=" ".join(given),
            why="it would be passed over without a word.",
            todo="leave --list out." if list_ and "SYSTEM" in given else "name a system: 'glasstown curve --list'.",
        )
