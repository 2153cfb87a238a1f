"""The `glasstown` command."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from glasstown.core.errors import BAD_FILE, INTERRUPTED, Problem

app = typer.Typer(
    name="glasstown",
    help="A wind tunnel for surveillance policy: what a watching system would do to a fully synthetic town.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Settings = Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Turn a knob (repeatable).")]
Streets = Annotated[str | None, typer.Option(help="OpenStreetMap extract (.osm.pbf) to build the town on.")]
Cameras = Annotated[str | None, typer.Option(help="CSV or GeoJSON list of cameras, or 'tagged' for the extract's own.")]
Out = Annotated[Path | None, typer.Option(help="Where to write the run folder.")]


@app.command("list")
def list_() -> None:
    """List the scenarios, recognition systems and safeguards of the catalogue."""
    from glasstown import catalogue

    for shelf in ("scenarios", "systems", "safeguards"):
        typer.echo(shelf)
        for name, title in catalogue.titles(shelf).items():
            typer.echo(f"  {name:<22} {title}")


@app.command()
def new(file: Path) -> None:
    """Write a commented template of a scenario."""
    from glasstown.core.files import write_whole
    from glasstown.scenario import template

    if file.exists():
        raise Problem("it is there already", where=str(file), todo="choose another name.")
    write_whole(file, template().encode())
    typer.echo(f"wrote {file}; try: glasstown check {file}")


@app.command()
def check(source: Annotated[str, typer.Argument(metavar="FILE|NAME")], settings: Settings = None) -> None:
    """Check a scenario and say what it rests on."""
    from glasstown.scenario import headline, load

    scenario = load(source, settings=settings or ())
    typer.echo(f"{scenario.id}: good. {headline(scenario)}.")


@app.command()
def resolve(source: Annotated[str, typer.Argument(metavar="FILE|NAME")], settings: Settings = None) -> None:
    """Print a scenario with everything filled in, as JSON."""
    from glasstown.scenario import load, resolved

    typer.echo(json.dumps(resolved(load(source, settings=settings or ())), indent=1, ensure_ascii=False))


@app.command()
def tables() -> None:
    """Print every table and column, with units and who may see them, as Markdown."""
    from glasstown.report.nouns import nouns

    typer.echo(nouns(), nl=False)


@app.command()
def run(
    source: Annotated[str, typer.Argument(metavar="[NAME|FILE]")] = "newtown",
    seed: Annotated[int, typer.Option(help="Repeats the run bit for bit.")] = 1,
    people: Annotated[int | None, typer.Option(help="How many people live there.")] = None,
    days: Annotated[int | None, typer.Option(help="How many days.")] = None,
    streets: Streets = None,
    cameras: Cameras = None,
    settings: Settings = None,
    safeguard: Annotated[list[str] | None, typer.Option(help="Apply a safeguard (repeatable).")] = None,
    threads: Annotated[int | None, typer.Option(help="Communities that live at the same time.")] = None,
    replicates: Annotated[int, typer.Option(help="Two or more give the range over facts and cameras.")] = 1,
    keep: Annotated[list[str] | None, typer.Option(help="Keep all rows of a table (repeatable).")] = None,
    out: Out = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Run a scenario, write its folder, say where the report is."""
    from glasstown import api
    from glasstown.core.progress import Progress

    progress = Progress()
    done = api.run(
        source,
        seed,
        people=people,
        days=days,
        streets=streets,
        cameras=cameras,
        settings=settings or (),
        safeguards=safeguard or (),
        threads=threads,
        replicates=replicates,
        keep=keep or (),
        progress=progress,
        foresee=None if as_json else _foresee,
    )
    progress.close()
    done.save(out or Path("runs") / f"{done.scenario.id}-seed{seed}")
    if as_json:
        typer.echo(json.dumps(done.document(), ensure_ascii=False, allow_nan=False))
    else:
        _say(done)


@app.command()
def rerun(
    folder: Path,
    streets: Streets = None,
    cameras: Cameras = None,
    threads: Annotated[int | None, typer.Option(help="Communities that live at the same time.")] = None,
    out: Out = None,
) -> None:
    """Repeat the run of a folder and say whether every byte is the same; exit 1 if not."""
    from glasstown import api
    from glasstown.core.progress import Progress
    from glasstown.report.folder import check_files, read_scenario
    from glasstown.report.replay import inputs_of
    from glasstown.study.run import run_scenario

    document = check_files(folder)
    files = inputs_of(document, _files(streets, cameras))
    progress = Progress()
    again = api.Run(
        run_scenario(
            read_scenario(folder),
            int(document["seed"]),
            threads=threads or os.cpu_count() or 1,
            replicates=int(document["replicates"]),
            keep=document["keep"],
            files=files,
            progress=progress,
        )
    )
    progress.close()
    if out:
        again.save(out)
    same = again.digest == document["digest"]
    typer.echo(f"same digest: {again.digest}" if same else f"DIFFERENT: {again.digest}, was {document['digest']}")
    raise typer.Exit(0 if same else 1)


@app.command()
def report(folder: Path, streets: Streets = None, cameras: Cameras = None) -> None:
    """Write a run folder's report again, after living one of its days again to see that it is true."""
    from glasstown.core.files import write_whole
    from glasstown.report.folder import of_folder
    from glasstown.report.page import page
    from glasstown.report.replay import replay

    document = replay(folder, _files(streets, cameras))
    write_whole(folder / "report.html", page(of_folder(folder, document)).encode())
    typer.echo(f"report: {folder / 'report.html'}")


def _files(streets: str | None, cameras: str | None) -> dict[str, Path]:
    given = {"streets": streets, "cameras": cameras}
    return {name: Path(path) for name, path in given.items() if path}


def _foresee(expected: object) -> None:
    from glasstown.study.forecast import Forecast

    if isinstance(expected, Forecast) and expected.seconds > 10:
        typer.echo(
            f"this will take about {expected.seconds:,.0f} s, {expected.memory_mb:,.0f} MB of memory "
            f"and {expected.disk_mb:,.0f} MB of disk",
            err=True,
        )


def _say(done: object) -> None:
    from glasstown import api
    from glasstown.report.lead import SYNTHETIC, statements
    from glasstown.scenario import headline

    assert isinstance(done, api.Run)
    for lead, fine in statements(done.metrics, done.scenario.days):
        typer.echo(f"{lead}\n    {fine}")
    typer.echo(SYNTHETIC)
    typer.echo(f"{headline(done.scenario)}.")
    assert done.out is not None
    typer.echo(f"report: {done.out / 'report.html'}")


def main() -> None:
    """Run the command; say what is wrong in words and leave with a code."""
    try:
        app(prog_name="glasstown")
    except Problem as problem:
        typer.echo(f"glasstown: {problem}", err=True)
        sys.exit(problem.code)
    except KeyboardInterrupt:
        typer.echo("\nglasstown: interrupted; nothing was written. The same command starts again.", err=True)
        sys.exit(INTERRUPTED)
    except MemoryError:
        typer.echo(
            "glasstown: this does not fit in the machine's memory\n  try fewer people (--people) or days (--days).",
            err=True,
        )
        sys.exit(BAD_FILE)
