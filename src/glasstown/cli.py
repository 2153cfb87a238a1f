"""The `glasstown` command."""

from __future__ import annotations

import atexit
import gc
import sys
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from glasstown.cli_compare import compare
from glasstown.cli_curve import curve
from glasstown.cli_facts import cite, facts
from glasstown.cli_rulebook import books
from glasstown.cli_words import Command, whole_option
from glasstown.core.endings import end_when_told, leave_undisturbed
from glasstown.core.errors import BAD_FILE, BAD_INPUT, ENDED, INTERRUPTED, Problem, no_thread
from glasstown.terminal import foretell, tell, tell_kept
from glasstown.terminal import in_json as _json
from glasstown.terminal import say as _print

RUNS = Path("runs")
MOST_NAMED = 20

app = typer.Typer(
    name="glasstown",
    help="A wind tunnel for surveillance policy: what a watching system would do to a fully synthetic town.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command(short_help="Set scenarios side by side, with the same people.", cls=Command)(compare)
app.command(short_help="Say how often a recognition system errs.", cls=Command)(curve)
app.command(short_help="Show published numbers and their sources.", cls=Command)(facts)
app.command(short_help="List the sources that a run used.", cls=Command)(cite)
app.add_typer(books, name="rulebook", short_help="Read, check and explain rulebooks.")

Settings = Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Turn a knob (repeatable).")]
Streets = Annotated[str | None, typer.Option(metavar="FILE", help="OpenStreetMap extract to build the town on.")]
Cameras = Annotated[
    str | None,
    typer.Option(metavar="FILE|tagged", help="CSV or GeoJSON list of cameras, or 'tagged' for the extract's own."),
]
Threads = Annotated[int | None, whole_option("N", "Communities or replicates at the same time.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Where to write the run folder (runs/NAME-seedN).")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@app.command("list", short_help="List what the catalogue has.", cls=Command)
def list_() -> None:
    """List the scenarios, recognition systems, rulebooks, safeguards and other edits of the catalogue."""
    from glasstown import catalogue

    for shelf in ("scenarios", "systems", "rulebooks", "safeguards"):
        _print("safeguards, and other edits to compare with" if shelf == "safeguards" else shelf)
        for name, title in catalogue.titles(shelf).items():
            _print(f"  {name:<22} {title}")


@app.command(cls=Command)
def new(file: Path) -> None:
    """Write a commented template of a scenario."""
    from glasstown.core.files import write_whole
    from glasstown.scenario import template

    if file.exists():
        raise Problem("it is there already", where=str(file), todo="choose another name.")
    write_whole(file, template().encode())
    _print(f"wrote {file}; try: glasstown check {file}")


@app.command(cls=Command)
def check(source: Annotated[str, typer.Argument(metavar="FILE|NAME")], settings: Settings = None) -> None:
    """Check a scenario and say what it rests on."""
    from glasstown.scenario import headline, load

    scenario = load(source, settings=settings or ())
    _print(f"{scenario.id}: good. {headline(scenario)}.")


@app.command(cls=Command)
def resolve(source: Annotated[str, typer.Argument(metavar="FILE|NAME")], settings: Settings = None) -> None:
    """Print a scenario with everything filled in, as JSON."""
    from glasstown.scenario import load, resolved

    _print(_json(resolved(load(source, settings=settings or ())), indent=1))


@app.command(short_help="Print all tables and columns.", cls=Command)
def tables() -> None:
    """Print every table, column and quantity, with units and who may see them, as Markdown."""
    from glasstown.report.nouns import nouns

    _print(nouns().removesuffix("\n"))


@app.command(cls=Command)
def run(
    source: Annotated[str, typer.Argument(metavar="[NAME|FILE]")] = "newtown",
    seed: Annotated[int, whole_option("N", "Repeats the run bit for bit.")] = 1,
    people: Annotated[int | None, whole_option("N", "How many people live there.")] = None,
    days: Annotated[int | None, whole_option("N", "How many days.")] = None,
    streets: Streets = None,
    cameras: Cameras = None,
    settings: Settings = None,
    safeguard: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Apply a safeguard or another edit of the catalogue (repeatable)."),
    ] = None,
    threads: Threads = None,
    replicates: Annotated[
        int, whole_option("N", "Two or more give ranges over numbers that have a range, and cameras.")
    ] = 1,
    keep: Annotated[
        list[str] | None,
        typer.Option(metavar="TABLE", help="Keep all rows of this table, beyond 1,000,000 too (repeatable)."),
    ] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Run a scenario, write its folder, say where the report is."""
    from glasstown.study.ahead import helped

    with helped():
        from glasstown import api
        from glasstown.core.files import check_place
        from glasstown.core.progress import Progress
        from glasstown.report.folder import MARK

        def place(name: str) -> Path:
            there = out or RUNS / f"{'+'.join((name, *(safeguard or ())))}-seed{seed}"
            check_place(there, MARK)
            if (there / MARK).is_file():
                typer.echo(f"{there}: the run that is there will be replaced", err=True)
            return there

        with Progress() as progress:
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
                foresee=lambda expected: foretell(expected, as_json),
                out=lambda scenario: place(scenario.id),
            )
        tell(done, as_json)


@app.command(short_help="Go on with a run that was ended.", cls=Command)
def resume(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    streets: Streets = None,
    cameras: Cameras = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Go on with a run that was ended; DIR is its --out, or runs/NAME-seedN."""
    from glasstown import api
    from glasstown.core.files import sweep
    from glasstown.core.progress import Progress
    from glasstown.report.folder import MARK, check_files, of_folder
    from glasstown.report.replay import replay
    from glasstown.study.unfinished import folder_of

    api.threads_for(threads)
    if not folder_of(folder).exists() and (folder / MARK).is_file():
        # Who was ended while the journal was removed has left it, hidden.
        sweep(folder.resolve())
        finished = f"nothing is left to do: the run in {folder} is finished"
        if as_json:
            typer.echo(finished, err=True)
            with Progress() as progress:
                document = replay(
                    folder, _files(streets, cameras), threads=threads, progress=progress, foresee=foretell
                )
            _print(_json(of_folder(folder, document).document(folder)))
        else:
            _print(f"{finished}\ndigest: {check_files(folder)['digest']}")
        return
    with Progress() as progress:
        done = api.resume(
            folder,
            streets=streets,
            cameras=cameras,
            threads=threads,
            progress=progress,
            foresee=lambda expected: foretell(expected, as_json),
        )
    tell(done, as_json)


@app.command(short_help="Repeat a run; exit 1 if anything differs.", cls=Command)
def rerun(
    folder: Path,
    streets: Streets = None,
    cameras: Cameras = None,
    threads: Threads = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Also write the repeated run there; otherwise nothing is written."),
    ] = None,
) -> None:
    """Repeat the run of a folder and name each file and quantity that differs; exit 1 if any does."""
    from glasstown import api
    from glasstown.core.files import check_place
    from glasstown.core.progress import Progress
    from glasstown.report.again import differing
    from glasstown.report.folder import MARK, check_files, read_scenario
    from glasstown.report.forms import check_pictures
    from glasstown.report.replay import inputs_of
    from glasstown.study.run import run_scenario

    if out is not None:
        if out.resolve() == folder.resolve():
            why = "a run is compared with its folder, which stays as it is."
            raise Problem("the repeated run would take the place of the run", where=f"--out {out}", why=why)
        check_place(out, MARK)
    document = check_files(folder)
    scenario = read_scenario(folder)
    check_pictures(scenario)
    files = inputs_of(folder, document, _files(streets, cameras))
    with Progress() as progress:
        again = api.Run(
            run_scenario(
                scenario,
                document["seed"],
                threads=api.threads_for(threads),
                replicates=document["replicates"],
                keep=document["keep"],
                files=files,
                progress=progress,
                foresee=lambda expected: foretell(expected if out else replace(expected, disk_mb=0.0)),
            )
        )
        if out:
            again.save(out)
        others = list(differing(folder, document, again.lived))
    tell_kept(again)
    same = again.digest == document["digest"]
    _print(f"same digest: {again.digest}" if same else f"DIFFERENT: {again.digest}, was {document['digest']}")
    for other in others[:MOST_NAMED]:
        _print(f"DIFFERENT: {other}")
    if others[MOST_NAMED:]:
        _print(f"and {len(others) - MOST_NAMED:,} more")
    raise typer.Exit(0 if same and not others else 1)


@app.command(short_help="Write a run's report again.", cls=Command)
def report(folder: Path, streets: Streets = None, cameras: Cameras = None, threads: Threads = None) -> None:
    """Write a run folder's report again, after living one of its days again to see that it is true."""
    from glasstown.core.files import write_together
    from glasstown.core.progress import Progress
    from glasstown.report.folder import PAGE, of_folder
    from glasstown.report.page import page
    from glasstown.report.replay import replay

    with Progress() as progress:
        document = replay(folder, _files(streets, cameras), threads=threads, progress=progress, foresee=foretell)
        # A link in a folder that may be somebody else's is replaced, not followed.
        write_together(folder, {PAGE: [page(of_folder(folder, document)).encode(errors="replace")]})
    _print(f"report: {folder / PAGE}")


@app.command(short_help="Predict published outcomes.", cls=Command)
def validate(
    targets: Annotated[list[str] | None, typer.Argument(metavar="[TARGET]...")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if a judged part is missed.")] = False,
    as_json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the page docs/validation.md.")] = False,
) -> None:
    """Predict published outcomes, beside models that must miss them; all targets if none is named."""
    from glasstown.report.validation import lines, page
    from glasstown.study.validation import validate as predict

    parts = predict(targets or ())
    if as_json:
        _print(_json([part.document() for part in parts]))
    else:
        _print((page(parts) if markdown else lines(parts)).removesuffix("\n"))
    raise typer.Exit(1 if strict and any(part.passed is False for part in parts) else 0)


def _files(streets: str | None, cameras: str | None) -> dict[str, Path]:
    given = {"streets": streets, "cameras": cameras}
    return {name: Path(path) for name, path in given.items() if path}


def main() -> None:
    """Run the command; say what is wrong in words and leave with a code."""
    from glasstown.core.machine import few_pools_of_memory, hand_over_often

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    end_when_told()
    few_pools_of_memory()
    hand_over_often()
    # Loading libraries and compiling make many small things that stay: looking for garbage among them takes a tenth,
    # and once more at the very end, unless they are set aside.
    gc.set_threshold(500_000, 20, 100)
    atexit.register(gc.freeze)
    atexit.register(leave_undisturbed)
    try:
        app(prog_name="glasstown")
    except SystemExit as end:
        if end.code in (INTERRUPTED, ENDED):
            _stopped(end)
        raise
    except Problem as problem:
        _complain(str(problem), *_how_on(problem))
        sys.exit(problem.code)
    except MemoryError as error:
        advice = _how_on(error) or ["try fewer people (--people) or days (--days)."]
        _complain("this does not fit in the machine's memory", *advice)
        sys.exit(BAD_INPUT)
    except RuntimeError as error:
        problem = no_thread(error)
        if problem is None:
            raise
        _complain(str(problem), *_how_on(error))
        sys.exit(problem.code)
    except ImportError as error:
        _complain(f"a library cannot be loaded: {error}", "install glasstown again, or allow more open files.")
        sys.exit(BAD_FILE)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _complain(f"{place}{error.strerror or error}", "nothing half-written is left behind.", *_how_on(error))
        sys.exit(BAD_FILE)


def _stopped(end: SystemExit) -> None:
    words = "interrupted" if end.code == INTERRUPTED else "ended"
    advice = _how_on(end) or ["the same command starts again."]
    _complain(f"{words}: nothing half-written is left behind", *advice)


def _how_on(error: BaseException | None) -> list[str]:
    """Find out how to go on: whoever keeps a journal has noted it."""
    while error is not None:
        notes = getattr(error, "__notes__", None)
        if notes:
            return notes[-1:]
        error = error.__cause__ or error.__context__
    return []


def _complain(*lines: str) -> None:
    try:
        typer.echo("glasstown: " + "\n  ".join(lines), err=True)
    except OSError:
        # The code says it too, unless Python tries once more at its end and gives another one.
        sys.stderr = None
