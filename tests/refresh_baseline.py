"""Write tests/baseline.json anew, on purpose: `python -m tests.refresh_baseline`. Say why in CHANGELOG.md."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from glasstown.scenario import load
from glasstown.study.run import Run, run_scenario

BASELINE = Path(__file__).with_name("baseline.json")

# Small towns with loud systems: everything that can happen does, many times, within a few seconds.
LOUD: dict[str, object] = {
    "sensing.watchlist.size": 200,
    "sensing.watchlist.residents_per_1000": 20,
    "sensing.watchlist.wrongly_listed": 0.3,
    "sensing.recognition.system": "custom",
    "sensing.recognition.fmr": 0.0005,
    "sensing.recognition.fnmr": 0.1,
    "records.retention_days": 2,
}
CASES: dict[str, tuple[str, dict[str, object]]] = {
    "newtown, loud": ("newtown", {"town.people": 600, "days": 8, **LOUD}),
    "newtown, another plan": ("newtown", {"town.people": 400, "town.plan": 2, "days": 3, **LOUD}),
    "one camera": ("one-camera", {"town.people": 2000, "days": 2}),
    "cameras off": ("cameras-off", {"town.people": 300, "days": 2}),
}


def lived(case: str) -> Run:
    """Run one case."""
    name, changes = CASES[case]
    return run_scenario(load(name, changes=changes), seed=7)


def summary(run: Run) -> dict[str, Any]:
    """Return what is compared: the digest of the integer tables, and every overall quantity with its count."""
    overall = [m for m in run.metrics if m.by is None]
    return {"tables": run.life.digest, "metrics": {m.name: [m.value, m.n] for m in overall}}


def differences(old: dict[str, Any], new: dict[str, Any], relative: float = 1e-12) -> list[str]:
    """Return what differs between two summaries, in words; floating-point values may differ in their last bits."""
    found: list[str] = []
    for name in sorted(old["metrics"] | new["metrics"]):
        (was, n_was), (now, n_now) = (side["metrics"].get(name, [None, 0]) for side in (old, new))
        same = was == now or (None not in (was, now) and abs(was - now) <= relative * abs(was))
        if not same or n_was != n_now:
            found.append(f"{name}: {was} (n = {n_was}) became {now} (n = {n_now})")
    if old["tables"] != new["tables"]:
        found.append("the integer tables differ")
    return found


def written(baseline: dict[str, Any]) -> str:
    """Write a baseline as JSON with one quantity a line, so that a change reads well in a diff."""
    text = json.dumps(baseline, indent=1)
    return re.sub(r"\[\s+([^\s\[\]]+),\s+(\d+)\s+\]", r"[\1, \2]", text) + "\n"


def main() -> None:
    """Run every case, write the baseline, and print what changed."""
    old = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    new = {case: summary(lived(case)) for case in CASES}
    BASELINE.write_text(written(new), encoding="utf-8")
    for case, now in new.items():
        changes = differences(old[case], now) if case in old else ["new"]
        print("\n  ".join([f"{case}: {'as before' if not changes else ''}", *changes]))


if __name__ == "__main__":
    main()
