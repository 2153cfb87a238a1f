"""What the commands print and draw: text and JSON, on any terminal, and drawings that open."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from glasstown.core.errors import Problem

if TYPE_CHECKING:
    from glasstown import api

WORTH_SAYING_S = 10.0


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


def check_drawing(out: Path) -> None:
    """Make sure before any work that a drawing can be drawn, written where it shall be, and opened by its name.

    Raises
    ------
    Problem
        If the name is that of another kind of file, or (code 74) nothing can be written there, or drawn at all.
    """
    from glasstown.core.files import check_file
    from glasstown.report.artist import refuse_undrawable

    if out.suffix.lower() != ".svg":
        raise Problem(
            "a drawing is an SVG document, and this is named as another kind of file",
            where=str(out),
            why="a program would take the drawing for what its name says and not open it.",
            todo=f"name it '{out.stem or out.name}.svg'.",
        )
    check_file(out)
    refuse_undrawable()


def foretell(expected: api.Forecast, as_json: bool = False) -> None:
    """Say beforehand what will take long, and beside text what will take long each time, on standard error."""
    if expected.each_time and not as_json:
        todo = "set GLASSTOWN_CACHE to a folder that can be written to"
        typer.echo(f"{_unkept()}, so every run compiles them anew: {todo}", err=True)
    if expected.seconds > WORTH_SAYING_S:
        takes = [f"about {expected.seconds:,.0f} s", f"{expected.memory_mb:,.0f} MB of memory"]
        takes += [f"{expected.disk_mb:,.0f} MB of disk"] if expected.disk_mb else []
        back = f", of which {expected.journal_mb:,.0f} MB are given back at its end" if expected.journal_mb > 1 else ""
        typer.echo(f"this will take {', '.join(takes[:-1])} and {takes[-1]}{back}", err=True)


def _unkept() -> str:
    from glasstown.core.cached import cache_root

    with suppress(RuntimeError):
        return f"compiled loops cannot be kept in {cache_root()}"
    return "compiled loops cannot be kept without a home folder"


def tell(done: api.Run, as_json: bool) -> None:
    """Say what a run came to and where its report is, or print its document."""
    if as_json:
        say(in_json(done.document()))
    else:
        _headlines(done)
        tell_kept(done)


def tell_kept(done: api.Run) -> None:
    """Say on standard error how much of a town was kept, and where, if any of it was."""
    from glasstown.core.cached import cache_root

    if done.lived.kept_mb:
        size, folder = f"{done.lived.kept_mb:,.0f} MB", cache_root() / "kept"
        typer.echo(f"kept for later runs of this town: {size} in {folder}", err=True)


def _headlines(done: api.Run) -> None:
    from glasstown.report.afterwards import in_a_line
    from glasstown.report.folder import PAGE
    from glasstown.report.forms import form_of
    from glasstown.report.lead import SYNTHETIC, extrapolated, on_real_streets
    from glasstown.report.material import of_run
    from glasstown.scenario import headline

    form = form_of(done.scenario)
    say(f"{done.scenario.title}: {form.size(done.scenario)}, seed {done.lived.seed}")
    if streets := on_real_streets(done.scenario):
        say(f"  {streets}")
    if beyond := extrapolated(done.scenario):
        say(f"  {beyond}")
    for lead, fine in form.statements(done.metrics, done.scenario, of_run(done.lived).outcomes()):
        say(f"  {lead}\n    {fine}" if fine else f"  {lead}")
    if published := in_a_line(done.metrics, done.scenario):
        say(f"  {published}")
    say(f"{SYNTHETIC}\n{headline(done.scenario)}.")
    assert done.out is not None
    say(f"report: {done.out / PAGE}")
