"""Which knobs say something in which kind of town: the others are neither written out nor taken."""

from __future__ import annotations

from typing import Any, cast

from glasstown.core.documents import KeyPath
from glasstown.sensing.knobs import Recognition

# What a nation takes of the comparison of faces: a camera reports, misses or takes somebody for another, and no more.
REPORTED = (
    *("system", "decision_threshold", "extrapolate"),
    *("fmr", "fnmr", "fmr_by_group", "fnmr_by_group"),
)
DAILY = (
    "start_weekday",
    *(f"town.{key}" for key in ("plan", "streets", "places", "day", "household_sizes", "employed", "phones")),
    "town.mixed_devices_per_route",
    *(f"sensing.{key}" for key in ("cameras", "watchlist", "operator", "case_minutes")),
    *(f"sensing.recognition.{key}" for key in Recognition.model_fields if key not in REPORTED),
    *("sensing.agree", "sensing.agree_minutes"),
    *(f"records.{key}" for key in ("retention_days", "alert_retention_days")),
    *(f"judgement.{key}" for key in ("rating", "remove_when_found")),
    *(f"consequence.{key}" for key in ("stop", "custody_days", "appeal", "response")),
)
MONTHLY = (
    *(f"town.{key}" for key in ("sample", "counted_among", "jurisdictions", "incomes", "deeds", "life")),
    "sensing.reports",
    *(f"records.{key}" for key in ("dossier_months", "sharing", "correction", "integration")),
    *(f"judgement.{key}" for key in ("rulebook", "rulebooks", "written", "lists")),
    *(f"consequence.{key}" for key in ("doors", "perks", "shaming", "redress", "reaction", "opinion", "trust")),
)
PASSING = (
    *(f"town.{key}" for key in ("faces", "faces_per_person", "listed_present", "listed_per_1000")),
    *("town.from_minute", "town.to_minute", "sensing.cameras.count"),
)
RESIDENT = (
    *("start_weekday", "town.people", "town.mixed_devices_per_route", "sensing.recognition.searching", "records"),
    *(f"town.{key}" for key in ("plan", "streets", "places", "day", "household_sizes", "employed", "phones")),
    *(f"sensing.cameras.{key}" for key in ("file", "per_km", "most", "dome", "range", "field", "capture", "ride")),
    *(f"sensing.cameras.{key}" for key in ("half_distance", "night", "working", "mixed_mean", "dead")),
    *(f"sensing.cameras.certainty_{key}" for key in ("generated", "listed", "vague")),
    *(f"sensing.watchlist.{key}" for key in ("residents_per_1000", "everybody")),
    "judgement.rating",
    *(f"consequence.{key}" for key in ("custody_days", "appeal", "response")),
)
INSTEAD = {("crowd", "town.people"): "a crowd is counted in faces: write town.faces"}
_SILENT = {
    "nation": frozenset((*DAILY, *PASSING)),
    "crowd": frozenset((*MONTHLY, *RESIDENT)),
}
_BY_DEFAULT = frozenset((*MONTHLY, *PASSING))


def kind_in(tree: dict[str, Any]) -> str:
    """Return the kind of town that a document says, "" where it says none."""
    town = tree.get("town")
    kind = cast(dict[str, Any], town).get("kind") if isinstance(town, dict) else None
    return kind if isinstance(kind, str) else ""


def silent(kind: str) -> frozenset[str]:
    """List the sections and knobs, dotted, that say nothing in a town of this kind."""
    return _SILENT.get(kind, _BY_DEFAULT)


def silent_part(kind: str, path: KeyPath) -> str | None:
    """Return the silent section or knob that a key belongs to, None where the key says something."""
    words = [".".join(map(str, path[:depth])) for depth in range(1, len(path) + 1)]
    return next((word for word in words if word in silent(kind)), None)


def spoken(document: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return a document without what says nothing in a town of this kind."""
    return _spoken(document, silent(kind), "")


def _spoken(node: dict[str, Any], quiet: frozenset[str], above: str) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in node.items():
        path = f"{above}{key}"
        if path not in quiet:
            deeper = isinstance(value, dict) and any(other.startswith(f"{path}.") for other in quiet)
            kept[key] = _spoken(cast(dict[str, Any], value), quiet, f"{path}.") if deeper else value
    return kept
