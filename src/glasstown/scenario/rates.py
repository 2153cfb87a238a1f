"""Rates of a search that somebody writes into a scenario: they say nothing without gallery size and threshold."""

from __future__ import annotations

import math
from typing import Any, cast

import glasstown.catalogue as catalogue
from glasstown.catalogue.fact import RATES
from glasstown.core.documents import KeyPath
from glasstown.core.errors import Problem
from glasstown.core.quantity import Quantity, spelled
from glasstown.scenario.checks import RECOGNITION

_OF_THE_UNLISTED = ("fpir", "false_alert_rate", "false_positive_rate", "false_alarm_rate", "far")
_OF_THE_LISTED = ("tpir", "fnir", "true_alert_rate")
_CALLED: dict[str | None, str] = {
    "tpir": "a share found (tpir)",
    "fpir": "a rate of false alerts for each search (fpir)",
    "fmr": "a rate of false matches (fmr)",
    "fnmr": "a share missed (fnmr)",
    "fnir": "a share missed (fnir)",
}
_PLAIN = "it says nothing without gallery size N and threshold T"


def per_search(key: str, given: Any) -> tuple[str, str] | None:
    """Say why a rate of a search is no knob, and what to write instead; None for any other key.

    Parameters
    ----------
    key : str
        An unknown key of a scenario.
    given : plain value
        What was written after it: a number, `{fact: id}`, or a mapping with value, gallery and threshold.

    Returns
    -------
    what, hint : str
        For the message.

    Notes
    -----
    With both conditions stated the false match rate follows: FMR = 1 - (1 - FPIR) ** (1 / N), as searches of
    independent references go.
    """
    word = key.lower()
    if word in _OF_THE_LISTED:
        return f"'{key}' is a rate of a search: {_PLAIN}", "write fnmr, the misses at your threshold, or name a system"
    if word not in _OF_THE_UNLISTED:
        return None
    value, gallery, threshold = _conditions(given)
    lacks = [name for name, part in (("gallery", gallery), ("threshold", threshold)) if part is None]
    if lacks or value is None or not 0 <= value < 1 or gallery is None or gallery < 1:
        missing = f" (missing: {', '.join(lacks)})" if lacks else ""
        hint = "divide it by N and write fmr, per comparison, and decision_threshold; or name a system"
        return f"'{key}' is a rate of a search: {_PLAIN}{missing}", hint
    fmr = -math.expm1(math.log1p(-value) / gallery)
    at = f"decision_threshold: {spelled(threshold)}" if isinstance(threshold, float) else "decision_threshold"
    return f"'{key}' holds for one gallery size only", f"write fmr: {fmr:.4g} (per comparison) and {at}"


def of_another_measure(path: KeyPath, given: Quantity) -> tuple[str, str] | None:
    """Say why a fact is not the rate of a comparison that a key takes, though its unit fits; None where it is.

    Parameters
    ----------
    path : tuple of str
        The key.
    given : Quantity
        What was written there, looked up.

    Returns
    -------
    what, hint : str
        For the message.
    """
    allowed = RATES.get(str(path[-1])) if path[:-1] == RECOGNITION else None
    if allowed is None or given.fact is None:
        return None
    fact = catalogue.fact(given.fact)
    if fact.measure in allowed:
        return None
    what = f"fact '{fact.id}' is {_CALLED.get(fact.measure, 'no rate of a comparison')}, but this number is {path[-1]}"
    if fact.measure == "tpir" and "fnir" in allowed:
        return what, f"this is a share found; write 1 - it: {1 - fact.value:.6g}, an assumption"
    return what, f"write a fact whose measure is {' or '.join(allowed)}, or a number of your own"


def _conditions(given: Any) -> tuple[float | None, float | None, object]:
    """Return value, gallery size and threshold as far as they are stated."""
    if not isinstance(given, dict):
        return _number(given), None, None
    said = cast(dict[str, Any], given)
    if isinstance(said.get("fact"), str):
        try:
            fact = catalogue.fact(said["fact"])
        except Problem:
            return None, None, None
        return fact.value, fact.gallery if isinstance(fact.gallery, int) else None, fact.threshold
    threshold = _number(said.get("threshold"))
    return _number(said.get("value")), _number(said.get("gallery")), threshold


def _number(given: Any) -> float | None:
    return float(given) if isinstance(given, int | float) and not isinstance(given, bool) else None
