"""One quantity with its intervals, its count and its group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final


@final
@dataclass(frozen=True)
class Estimate:
    """One quantity for one group.

    Parameters
    ----------
    name, unit : str
        What is measured, and in what.
    by, group : str, tuple of str or None
        The grouping and the group; None for everybody, tuples of equal length for crossings.
    value : float or None
        The estimate; None where it is undefined, never NaN.
    low, high : float or None
        95 % interval of the expectation over seeds with facts fixed, clustered by household; of rates of finding
        listed people (`tpir`, `fnir`, `mated_missed`) that of this list and these cameras on these days. None where the
        value is undefined, and where nothing shows how far chance moves it (a mean of one person).
    range_low, range_high : float or None
        The same with numbers that have a stated range and uncertain cameras varying too; None with one replicate.
    n : int
        How many trials, people or events the value rests on; 0 where it is undefined.
    """

    name: str
    unit: str
    by: str | tuple[str, ...] | None
    group: str | tuple[str, ...] | None
    value: float | None
    low: float | None
    high: float | None
    range_low: float | None
    range_high: float | None
    n: int

    def document(self) -> dict[str, Any]:
        """Return the estimate as JSON-ready values."""
        # `dataclasses.asdict` copies every value with care: ten times slower, for thousands of estimates.
        plain = dict(vars(self))
        for key in ("by", "group"):
            if isinstance(plain[key], tuple):
                plain[key] = list(plain[key])
        return plain


def crossed(words: str | tuple[str, ...] | None) -> str:
    """Write a grouping or a group, of which a crossing has several words; "" for everybody."""
    return " x ".join(words) if isinstance(words, tuple) else words or ""
