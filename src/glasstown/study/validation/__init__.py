"""Validation: what the model predicts of published outcomes that it was not fitted to, beside models that must miss."""

from __future__ import annotations

from glasstown.study.validation.parts import Null, Part, band, null, part
from glasstown.study.validation.targets import TARGETS, Target, validate

__all__ = ["TARGETS", "Null", "Part", "Target", "band", "null", "part", "validate"]
