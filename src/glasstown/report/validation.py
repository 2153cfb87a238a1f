"""The validation page: every prediction beside what was published, misses included."""

from __future__ import annotations

from collections.abc import Sequence

from glasstown.core.quantity import spelled
from glasstown.report.words import plural
from glasstown.study.validation import TARGETS, Part

HEAD = """# Validation

Written by `glasstown validate --markdown`. What the model predicts of published outcomes, each beside models that
leave out what matters and must therefore miss: a target that a silly model meets says nothing. The wording of the
targets is older than the predictions; what was fitted, and on which records, stands with each. A miss that is honestly
derived is a result. *Reported* means printed with its interval and never judged.
"""


def lines(parts: Sequence[Part]) -> str:
    """Say each part in a few lines for a terminal."""
    return "\n".join(line for part in parts for line in _lines(part))


def _lines(part: Part) -> list[str]:
    found = [f"{part.id}  {verdict(part)}: {part.part}", f"    {_said(part)}"]
    found += [f"    without what matters: {_null(part, i)}" for i in range(len(part.nulls))]
    return found + ([f"    {part.note}"] if part.note else [])


def verdict(part: Part) -> str:
    """Say how a part came out."""
    if part.passed is None:
        return "reported"
    if not part.passed:
        return "MISSED"
    return "met" if part.evidence else "met, no evidence"


def _said(part: Part) -> str:
    said = f"predicted {number(part.predicted)}"
    if part.low is not None and part.high is not None:
        said += f" ({number(part.low)} to {number(part.high)})"
    said += f" {part.unit}" if part.unit else ""
    if part.published is not None:
        said += f"; {part.beside} {number(part.published)}"
    if part.band_low is not None:
        said += f"; must lie within {number(part.band_low)} to {number(part.band_high)}"
    return said


def _null(part: Part, i: int) -> str:
    null = part.nulls[i]
    return f"{null.name}: {number(null.predicted)}, {'misses' if null.failed else 'DOES NOT MISS'}"


def number(value: float | None) -> str:
    """Write a number with three digits that tell, or say that there is none."""
    return "not defined" if value is None else spelled(float(f"{value:.3g}"))


def page(parts: Sequence[Part]) -> str:
    """Write the page, in Markdown."""
    found = [HEAD, *_overview(parts)]
    for name in dict.fromkeys(part.id for part in parts):
        target = TARGETS[name]
        found += [f"\n## {name}\n", target.predicts, f"\n*Rule:* {target.rule}"]
        if target.must_miss:
            found.append(f"*Must miss:* {target.must_miss}")
        found.append(f"*Records:* {', '.join(target.records)}.")
        for part in parts:
            if part.id == name:
                found += _section(part)
    return "\n".join(found) + "\n"


def _overview(parts: Sequence[Part]) -> list[str]:
    rows = [
        f"| {part.id} | {part.part} | {number(part.published) if part.published is not None else ''} | "
        f"{number(part.predicted)} | {_range(part.low, part.high)} | {_range(part.band_low, part.band_high)} | "
        f"{verdict(part)} |"
        for part in parts
    ]
    return [
        f"{count(parts)}\n",
        f"| Target | Part | {_beside(parts)} | Predicted | 95 % interval | Must lie within | Verdict |",
        "|---|---|--:|--:|--:|--:|---|",
        *rows,
    ]


def count(parts: Sequence[Part]) -> str:
    """Count what is met, and say how much of that says nothing about the world."""
    judged = [part for part in parts if part.passed is not None]
    met = [part for part in judged if part.passed]
    said = (
        f"{len(met)} of {len(judged)} judged {plural(len(judged), 'part is', 'parts are')} met, "
        f"{len(judged) - len(met)} missed; {len(parts) - len(judged)} more are reported."
    )
    empty = [part for part in met if not part.evidence]
    if not empty:
        return said
    names = dict.fromkeys(part.id for part in empty)
    which = "; ".join(f"{sum(part.id == name for part in empty)} of {name}" for name in names)
    return (
        f"{said} Of the {len(met)}, {len(empty)} say nothing about the world ({which}): they hold the program to a "
        "formula or to a number that was assumed or set near the published one, or a model that leaves out what "
        "matters meets them too."
    )


def _beside(parts: Sequence[Part]) -> str:
    """Head the column of what a prediction is set beside, naming the targets where that is a formula."""
    formula = list(dict.fromkeys(part.id for part in parts if part.beside != "published"))
    return f"Published, or what the formula gives ({', '.join(formula)})" if formula else "Published"


def _range(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{number(low)} to {number(high)}"


def _section(part: Part) -> list[str]:
    found = [f"\n**{part.part[0].upper()}{part.part[1:]}** ({verdict(part)}). {_said(part).capitalize()}."]
    if part.note:
        found.append(f"{part.note[0].upper()}{part.note[1:]}.")
    if part.nulls:
        found += ["", "| Model that must miss | Predicts | |", "|---|--:|---|"]
        found += [
            f"| {null.name} | {number(null.predicted)} | {'misses' if null.failed else '**does not miss**'} |"
            for null in part.nulls
        ]
    if part.inputs:
        found += ["", "| Input | |", "|---|---|"]
        found += [f"| {name} | {_exact(value)} |" for name, value in part.inputs.items()]
    found.append(f"\nFitted on: {', '.join(part.fitted_on) if part.fitted_on else 'nothing'}.")
    return found


def _exact(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return spelled(value) if abs(value) >= 1e-3 or value == 0 else f"{value:.4g}"
