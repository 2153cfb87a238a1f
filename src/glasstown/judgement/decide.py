"""Verb 10, decide: flag files, and take off the list who is believed found or has won an appeal."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import I32, I64, Bool
from glasstown.judgement.assess import threshold_of
from glasstown.judgement.knobs import JudgementKnobs

TAKEN = t.OUTCOMES.index("taken")


class Decided(NamedTuple):
    """The files after today's decisions, and the decisions."""

    dossiers: t.Dossiers
    decisions: t.Decisions


def decide(
    dossiers: t.Dossiers, reports: t.SeenOutcomes, granted: t.Appeals, active: Bool, knobs: JudgementKnobs
) -> Decided:
    """Decide about files and references from what the system knows.

    The system takes "taken" for "found", whoever it was that was taken.

    Parameters
    ----------
    dossiers : Dossiers
        Files with today's ratings.
    reports : SeenOutcomes
        Reports from the street, without truth.
    granted : Appeals
        Appeals granted yesterday; their references come off the list.
    active : array of bool, shape (references,)
        References searched today.
    """
    flagged = dossiers.rating < threshold_of(knobs.rating)
    off = granted.reference
    if knobs.remove_when_found:
        off = np.concatenate([off, reports.reference[reports.outcome == TAKEN]])
    file = np.zeros(0, np.int64)
    if len(off):
        off = np.unique(off).astype(np.int32)
        off = off[active[off]]
        by_reference = np.argsort(dossiers.reference, kind="stable")
        file = by_reference[np.searchsorted(dossiers.reference, off, sorter=by_reference)]
    changed = np.flatnonzero(flagged != dossiers.flagged)
    up, down = changed[flagged[changed]], changed[~flagged[changed]]
    rows: I32 = np.concatenate([file, up, down]).astype(np.int32)
    kinds = np.repeat([0, 1, 2], [len(file), len(up), len(down)])
    decisions = t.Decisions.of(dossier=dossiers.dossier[rows], reference=dossiers.reference[rows], decision=kinds)
    return Decided(replace(dossiers, flagged=flagged), decisions)


def removals(decisions: t.Decisions, n_references: int) -> I64:
    """Count the requests to take each reference off the list."""
    off = decisions.reference[decisions.decision == t.DECISIONS.index("remove_from_list")]
    return np.bincount(off, minlength=n_references).astype(np.int64, copy=False)
