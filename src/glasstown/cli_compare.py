"""The command that sets scenarios side by side: `glasstown compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasstown.cli_words import whole_option
from glasstown.terminal import check_drawing, foretell, in_json, say


def compare(
    arms: Annotated[
        list[str],
        typer.Argument(metavar="ARM ARM...", help="""A scenario, +safeguard, +path=value, '+path="a + in it"'."""),
    ],
    metric: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this quantity (repeatable); 'glasstown tables' lists them."),
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option(metavar="GROUPING", help="By group too, e.g. group, sex, cause (repeatable).")
    ] = None,
    seed: Annotated[int, whole_option("N", "The first seed.")] = 1,
    seeds: Annotated[int, whole_option("N", "How many seeds, the same in each arm.")] = 3,
    people: Annotated[int | None, whole_option("N", "How many people live there.")] = None,
    days: Annotated[int | None, whole_option("N", "How many days.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Turn a knob in every arm (repeatable).")
    ] = None,
    threads: Annotated[int | None, whole_option("N", "Communities at the same time.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Draw it, with the intervals.")] = None,
) -> None:
    """Live several scenarios with the same people and the same luck, and set what differs side by side."""
    from glasstown.core.files import write_whole
    from glasstown.core.progress import Progress
    from glasstown.report.side_by_side import drawing, table
    from glasstown.study.compare import chosen
    from glasstown.study.compare import compare as compared

    if out:
        check_drawing(out)
    with Progress() as progress:
        found = compared(
            *arms,
            seed=seed,
            seeds=seeds,
            people=people,
            days=days,
            settings=settings or (),
            metrics=metric or (),
            by=by or (),
            threads=threads,
            progress=progress,
            foresee=lambda expected: foretell(expected, as_json),
        )
    lines = chosen(found.lines, metric or (), by or ())
    if as_json:
        say(in_json({**found.document(), "lines": [line.document(found.arms) for line in lines]}))
    else:
        say(table(found, lines))
    if out:
        write_whole(out, drawing(found, lines).encode())
        if not as_json:
            say(f"drawing: {out}")
