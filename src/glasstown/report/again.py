"""A run that was lived again, beside its folder: every file and quantity that differs is named."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from glasstown.core.estimates import Estimate, crossed
from glasstown.core.files import unreadable
from glasstown.core.version import VERSION
from glasstown.report.folder import MARK, PAGE, broken, csv_of, read_metrics, run_document
from glasstown.report.material import of_run
from glasstown.report.page import page
from glasstown.study.run import Run

# What a run says of itself that is the same whenever, wherever and with whatever libraries it is lived.
_SAID = ("scenario", "numbers", "notes", "not_kept", "tables_digest", "signatures")
# Libraries may round the last digits of an interval otherwise.
_ROUNDED = 1e-9
_TIME = re.compile(r"<tr[^>]*><th[^>]*>Time</th><td[^>]*>[a-z0-9., ]*</td></tr>")
_PICTURE = re.compile(r"<svg.*?</svg>", re.DOTALL)


def differing(folder: Path, document: Mapping[str, Any], run: Run) -> Iterator[str]:
    """Name what a run folder says otherwise than the same run lived again.

    Parameters
    ----------
    folder, document : Path, mapping
        A run folder whose files are those of its list, and its `run.json`.
    run : study.run.Run
        The run, lived again.

    Yields
    ------
    str
        A file, and what of it differs: times, memory, machines, versions and where inputs lie are left out.

    Raises
    ------
    Problem
        If a file is none that a run writes.

    Limits
    ------
    A page that another version wrote is not compared. Estimates are the same if they agree in nine digits.
    """
    said = json.loads(json.dumps(run_document(run, {}, folder.resolve(), 0)))
    yield from (f"{MARK}: '{key}'" for key in _SAID if document.get(key) != said[key])
    stored = read_metrics(folder)
    for words, made, kept in zip(("", " where nobody watches"), (run.metrics, run.counterfactual), stored, strict=True):
        yield from (f"metrics.json: {what}" for what in _estimates(made, kept, words))
    if _read(folder / "metrics.csv").decode(errors="replace").encode() != csv_of(stored[0]):
        yield "metrics.csv: it is not what metrics.json says"
    yield from _tables(folder, document["files"], run)
    if document["glasstown"] == VERSION:
        yield from _page(folder, document, run)


def _estimates(made: Sequence[Estimate], kept: Sequence[Estimate], words: str) -> Iterator[str]:
    """Compare estimates; the words say whose they are."""
    again, before = ({(e.name, e.by, e.group): e for e in estimates} for estimates in (made, kept))
    if len(before) < len(kept):
        yield f"an estimate is there twice{words}"
    for key in dict.fromkeys([*again, *before]):
        of = _named(*key) + words
        if key not in before or key not in again:
            yield f"{of} {'is not there' if key in again else 'is no quantity of this run'}"
            continue
        one, other = (vars(e[key]) for e in (again, before))
        yield from (f"{of}: {part} {one[part]}, was {other[part]}" for part in one if not _same(one[part], other[part]))


def _named(name: str, by: Any, group: Any) -> str:
    return name if by is None else f"{name} ({crossed(by)} {crossed(group)})"


def _same(one: Any, other: Any) -> bool:
    if not all(isinstance(x, int | float) and not isinstance(x, bool) for x in (one, other)):
        return one == other
    whole = isinstance(one, int) and isinstance(other, int)
    return one == other if whole else math.isclose(one, other, rel_tol=_ROUNDED, abs_tol=1e-12)


def _tables(folder: Path, files: Mapping[str, str], run: Run) -> Iterator[str]:
    """Compare the tables, column by column."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    made = {f"tables/{name}.parquet": table for name, table in run.tables.items()}
    for name in files:
        if name.startswith("tables/") and name not in made:
            yield f"{name}: it is no table of this run"
    for name, table in made.items():
        if name not in files:
            yield f"{name}: it is not there"
            continue
        try:
            kept = pq.read_table(folder / name)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise broken(folder / name, "it is no table") from error
        frame = table.frame()
        if kept.column_names != frame.column_names or len(kept) != len(frame):
            yield f"{name}: it has other columns or rows"
            continue
        yield from (f"{name}: '{c}'" for c in frame.column_names if not kept.column(c).equals(frame.column(c)))


def _page(folder: Path, document: Mapping[str, Any], run: Run) -> Iterator[str]:
    """Compare the page with the one that is written of the run lived again, but for the times that it took."""
    made = page(replace(of_run(run), provenance=dict(document))).encode(errors="replace")
    one, other = (_TIME.sub("", text.decode(errors="replace")) for text in (made, _read(folder / PAGE)))
    if _PICTURE.sub("", one) != _PICTURE.sub("", other):
        yield f"{PAGE}: it is not the page of this run ('glasstown report' writes it again)"
    elif one != other:
        yield f"{PAGE}: a picture (another version of the library that draws may draw it otherwise)"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error
