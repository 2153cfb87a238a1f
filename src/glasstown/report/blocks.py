"""The pieces that sections are made of: headings, figures, rows of figures, tables of shares."""

from __future__ import annotations

from collections.abc import Sequence

from glasstown.core.estimates import Estimate
from glasstown.report.figures import Mark
from glasstown.report.markup import Child, Markup, el, join, table
from glasstown.report.readings import Readings
from glasstown.report.words import amount, frequency, known, limits, times, whole


def section(name: str, title: str, *content: Child) -> Markup:
    """Make a section with its heading."""
    return el("section", el("h2", title, id=name), *content, aria_labelledby=name)


def figure(caption: str, *pictures: Markup) -> Markup:
    """Put pictures side by side, or one below the other on a narrow screen, over one caption."""
    return el("figure", el("div", pictures, class_=f"panels of{len(pictures)}"), el("figcaption", caption))


def panel(title: str, drawn: Markup) -> Markup:
    """Put a picture on its card, under its title."""
    return el("div", el("h3", title), drawn, class_="panel")


def mark(label: str, e: Estimate, scale: float = 1.0) -> Mark:
    """Make a figure's row of an estimate."""
    if e.value is None:
        return Mark(label, None)
    return Mark(label, e.value * scale, times(e.low, scale), times(e.high, scale), amount(e, scale))


def share_table(caption: str, r: Readings, shares: Sequence[tuple[str, str, str, str]]) -> Markup:
    """List shares as natural frequencies, each with its interval and what it was counted over."""
    rows: list[Sequence[Child]] = []
    for name, _, label, what in shares:
        said = frequency(r[name])
        if said is None:
            rows.append((label, el("span", "not defined", class_="none"), f"no {what}"))
        else:
            rows.append((label, join(said.short(), " ", small(said.ends())), f"{whole(r[name].n)} {what}"))
    head = ("", "How many", "Counted over")
    return table(f"{caption}; 95 % intervals in small figures", head, rows, numeric=(1, 2), stacked=True)


def small(ends: str) -> Markup | None:
    """Set an interval beside its value."""
    return el("small", ends) if ends else None


def cell(e: Estimate | None, scale: float = 1.0) -> Child:
    """Write an estimate with its interval for a table."""
    if e is None or e.value is None:
        return el("span", "not defined", class_="none")
    return join(amount(e, scale), " ", small(limits(e, scale) or ("" if known(e) else "interval not known")))
