"""Peers that live in an environment of their own: `.venv-peers/bin/python benchmarks/outside.py covasim 100000`.

Covasim and Starsim live their own default day, which is other work of the same shape: people, contacts, chances and
states. They are printed as an outside row, never as a ratio of like with like. pandana finds ways between pairs of
junctions that it is given in a file, through the same streets.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.peers import peak_mb

COMPARED = 10_000


def covasim(people: int, days: int) -> dict[str, object]:
    """Live Covasim's default epidemic."""
    import covasim as cv

    start = time.perf_counter()
    sim = cv.Sim(pop_size=people, n_days=days, verbose=0, pop_infected=max(20, people // 1000))
    sim.initialize()
    middle = time.perf_counter()
    sim.run()
    return {"engine": f"Covasim {cv.__version__}", **_took(people, days, start, middle)}


def starsim(people: int, days: int) -> dict[str, object]:
    """Live Starsim's SIR on its random network."""
    import starsim as ss

    start = time.perf_counter()
    sim = ss.Sim(n_agents=people, diseases="sir", networks="random", dt=ss.days(1), dur=ss.days(days), verbose=0)
    sim.init()
    middle = time.perf_counter()
    sim.run()
    return {"engine": f"Starsim {ss.__version__}", **_took(people, days, start, middle)}


def duckdb(people: int, months: int) -> dict[str, object]:
    """Rate, grade, list, refuse and count by group in a database, month by month; a hash decides each chance."""
    import duckdb as db

    def happens(month: int, purpose: int, chance: float) -> str:
        return f"hash(id, {month}, {purpose}) % 4294967296 < {int(chance * 2**32)}"

    base = db.connect()
    base.execute("SET threads = 2")
    middle = start = time.perf_counter()
    base.execute(
        f"CREATE TABLE p AS SELECT range::INT id, (hash(range, 0) % 3)::TINYINT g, false listed, 1000::SMALLINT rating "
        f"FROM range({people})"
    )
    base.execute("CREATE TABLE c (month INT, g TINYINT, listed BOOL, band TINYINT, n BIGINT, refused BIGINT)")
    middle = time.perf_counter()
    for month in range(months):
        base.execute(
            f"CREATE OR REPLACE TABLE p AS SELECT id, g, CASE WHEN listed THEN NOT ({happens(month, 2, 0.03)}) "
            f"ELSE {happens(month, 1, 0.0025)} END listed, "
            f"(rating - CASE WHEN {happens(month, 3, 0.05)} THEN 5 ELSE 0 END "
            f"+ CASE WHEN {happens(month, 4, 0.05)} THEN 2 ELSE 0 END)::SMALLINT rating FROM p"
        )
        band = "CASE WHEN rating < 960 THEN 0 WHEN rating < 1000 THEN 1 WHEN rating < 1030 THEN 2 ELSE 3 END::TINYINT"
        base.execute(
            f"INSERT INTO c SELECT {month}, g, listed, {band} band, count(*), "
            f"count(*) FILTER (listed AND {happens(month, 5, 0.2)}) FROM p GROUP BY ALL"
        )
    end = time.perf_counter()
    name = f"DuckDB {db.__version__}, a part of the rules"
    return {"engine": name, "build_s": middle - start, "run_s": end - middle, "peak_mb": peak_mb()}


def _took(people: int, days: int, start: float, middle: float) -> dict[str, object]:
    end = time.perf_counter()
    return {"build_s": middle - start, "run_s": end - middle, "person_days": people * days, "peak_mb": peak_mb()}


def pandana(file: str) -> dict[str, object]:
    """Find the ways between the pairs in a file, after preparing the streets in it."""
    import numpy as np
    import pandana as pdna
    import pandas as pd

    given = np.load(file)
    start = time.perf_counter()
    length = pd.DataFrame({"length": given["length"].astype(float)})
    streets = pdna.Network(
        pd.Series(given["x"].astype(float)),
        pd.Series(given["y"].astype(float)),
        pd.Series(given["a"]),
        pd.Series(given["b"]),
        length,
        twoway=True,
    )
    result: dict[str, object] = {"engine": f"pandana {pdna.__version__}", "prepare_s": time.perf_counter() - start}
    for kind in ("walked", "even"):
        pairs = [given[f"{kind}_{end}"].tolist() for end in ("origin", "destination")]
        start = time.perf_counter()
        found = streets.shortest_paths(*pairs)
        took = time.perf_counter() - start
        lengths = streets.shortest_path_lengths(*(nodes[:COMPARED] for nodes in pairs))
        result[kind] = {"ways": len(found), "seconds": took, "lengths": [float(one) for one in lengths]}
    return result


def main(words: list[str]) -> None:
    """Measure one peer and print the result as JSON."""
    name, *rest = words
    if name == "pandana":
        print("\n" + json.dumps(pandana(rest[0])))
    else:
        people, days = (int(word) for word in rest)
        print("\n" + json.dumps({"covasim": covasim, "starsim": starsim, "duckdb": duckdb}[name](people, days)))


if __name__ == "__main__":
    main(sys.argv[1:])
