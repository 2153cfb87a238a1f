"""Nothing read back is trusted: live one community-day again and refuse a folder that differs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from glasstown.core.files import file_digest
from glasstown.core.keys import Key
from glasstown.metrics.ledger import day_tallies
from glasstown.prepare import prepare, settle_people, survey
from glasstown.report.folder import broken, check_files, read_scenario
from glasstown.simulate import days
from glasstown.study.rows import signature, tables_of


def replay(folder: Path, files: dict[str, Path]) -> dict[str, Any]:
    """Test a run folder by living one of its community-days again, chosen at random from the seed.

    Parameters
    ----------
    folder : Path
        A run folder.
    files : dict of str to Path
        Where the streets and the cameras are now, if not where the run found them.

    Returns
    -------
    dict
        `run.json`.

    Raises
    ------
    Problem
        If a file was changed, an input differs, or the day comes out otherwise than the folder says.
    """
    document = check_files(folder)
    scenario = read_scenario(folder)
    ground = survey(scenario, inputs_of(document, files))
    for name, path in ground.inputs.items():
        if file_digest(path) != document["inputs"][name]["sha256"]:
            raise broken(path, f"the {name} file is not the one that the run read")
    key = Key.from_seed(int(document["seed"]))
    states = prepare(scenario, ground, settle_people(scenario, ground, key), key)
    which = int(key("replay").below(scenario.days * len(states), 0)[0])
    chosen, community = divmod(which, len(states))
    for lived in days(states, scenario, key, int(document["threads"])):
        state, day = lived[community]
        if day.day < chosen:
            continue
        said = {(d, c): s for d, c, s in document["signatures"]}
        if signature(day, day_tallies(state, day)) != said.get((chosen, community)):
            raise broken(folder, f"day {chosen} of community {community} comes out otherwise when lived again")
        for name, table in tables_of(day):
            if name not in document["not_kept"]:
                _compare_rows(folder, name, type(table), table, chosen, community)
        break
    return document


def inputs_of(document: dict[str, Any], files: dict[str, Path]) -> dict[str, Path]:
    """Say where the inputs of a run folder are: where the caller says, or where the run found them."""
    return {name: Path(entry["file"]) for name, entry in document["inputs"].items()} | files


def _compare_rows(folder: Path, name: str, kind: Any, lived: Any, day: int, community: int) -> None:
    import pyarrow.parquet as pq

    path = folder / "tables" / f"{name}.parquet"
    frame = pq.read_table(path)
    here = (frame["day"].to_numpy() == day) & (frame["community"].to_numpy() == community)
    kept = frame.filter(here)
    for column in kind.columns():
        if not np.array_equal(kept[column.name].to_numpy(), getattr(lived, column.name)):
            raise broken(path, f"day {day} of community {community} comes out otherwise when lived again")


