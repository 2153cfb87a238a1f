"""What a quantity read off a nation is: something counted, against something else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

Kind = Literal["count", "share", "rate", "mean"]


@final
@dataclass(frozen=True)
class Quantity:
    """One quantity: what is counted above the line, and against what below it.

    Parameters
    ----------
    name, unit, says : str
        What it is called, its unit, and one sentence that says it to anybody.
    kind : str
        `count` of people or events in the whole nation; `share` of trials; `rate` of events; `mean`, how much of
        something there is for each of what is below.
    above, below : tuple of str
        Counts of the census that are added (`census.SIZES`); a name with `[k]` is one number of a longer count. Of a
        `count`, `below` is who could have it, and how many they are: where there is nobody it is undefined.
    by : str
        What the numbers of a longer count stand for ("door"); "" where there is one number.
    words : tuple of str
        Their names.
    per : float
        A rate is for so many of what is below.
    each : str or tuple of str
        The longer count, or the counts one after the other, where the whole is not their sum: people refused at two
        doors are one person.
    below_each : str
        What each number of a longer count is weighed against, where that is not `below`.
    across, others, crossed : str, tuple of str, str
        A second thing that the numbers stand for ("cause"), its names, and the count that holds both: all of the second
        for the first of the first, and so on. "" where there is none.
    """

    name: str
    unit: str
    says: str
    kind: Kind
    above: tuple[str, ...]
    below: tuple[str, ...] = ("adults",)
    by: str = ""
    words: tuple[str, ...] = ()
    per: float = 1.0
    each: str | tuple[str, ...] = ""
    below_each: str = ""
    across: str = ""
    others: tuple[str, ...] = ()
    crossed: str = ""
