"""HTML in which every string is text unless it was made here: nothing a scenario says can become markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import final

VOID = frozenset({"br", "col", "hr", "meta"})
_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]"
)


@final
class Markup(str):
    """Text that is already HTML; everything else is escaped where it is used."""

    __slots__ = ()


Child = str | int | None | Iterable["Child"]


def text(value: object) -> Markup:
    """Turn anything into HTML text: markup becomes letters, control and direction characters a sign."""
    if isinstance(value, Markup):
        return value
    return Markup(escape(_UNSAFE.sub("\ufffd", str(value))))


def join(*children: Child) -> Markup:
    """Put pieces side by side, escaping those that are not markup; None is left out."""
    parts: list[str] = []
    for child in children:
        if child is None:
            continue
        if isinstance(child, str | int):
            parts.append(text(child))
        else:
            parts.append(join(*child))
    return Markup("".join(parts))


def el(tag: str, *children: Child, **attributes: str | int | None) -> Markup:
    """Make an element; a trailing or inner underscore of an attribute's name is dropped or becomes a dash."""
    said = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{text(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in VOID:
        return Markup(f"<{tag}{said}>")
    return Markup(f"<{tag}{said}>{join(*children)}</{tag}>")


def isolated(value: object) -> Markup:
    """Show what a scenario says without letting its direction of writing reach the words around it."""
    return el("bdi", text(value))


def paragraphs(*texts: Child) -> Markup:
    """Make one paragraph of each text."""
    return join(el("p", part) for part in texts if part is not None)


def items(texts: Iterable[Child]) -> Markup:
    """Make a list with one point for each text."""
    return el("ul", [el("li", part) for part in texts])


def table(
    caption: Child,
    head: Sequence[Child],
    rows: Iterable[Sequence[Child]],
    *,
    numeric: Sequence[int] = (),
    stacked: bool | None = None,
) -> Markup:
    """Make a table whose first column names the row.

    Parameters
    ----------
    caption : text
        What the table shows.
    head : sequence of text
        Column headings; all empty where the rows speak for themselves.
    rows : iterable of sequence of text
        Cells; a row of one cell is a heading across the table.
    numeric : sequence of int
        Columns that are set as figures.
    stacked : bool, optional
        Whether a narrow screen shows each row as a block with its headings. When left out, tables of three and four
        columns are: they are too wide for a phone, and have too few columns to scroll sideways.
    """
    if stacked is None:
        stacked = len(head) in (3, 4)
    kind = " ".join(word for word, given in (("stacked", stacked), ("words", not numeric)) if given)
    names = [join(name) for name in head]
    header = el(
        "tr",
        [
            el("th", name, scope="col", class_=_number(i, numeric), role="columnheader")
            for i, name in enumerate(names)
        ],
        role="row",
    )
    body = [_row(row, names, numeric, stacked) for row in rows]
    return el(
        "table",
        el("caption", caption),
        el("thead", header, role="rowgroup") if any(names) else None,
        el("tbody", body, role="rowgroup"),
        class_=kind or None,
        role="table",
    )


def wide(inside: Markup) -> Markup:
    """Let a table of many columns scroll sideways by itself where the screen is too narrow."""
    return el("div", inside, class_="wide", tabindex=0, role="region", aria_label="Table that may scroll sideways")


def _row(row: Sequence[Child], names: Sequence[Markup], numeric: Sequence[int], stacked: bool) -> Markup:
    if len(row) == 1:
        across = el("th", row[0], colspan=len(names), scope="colgroup", class_="across", role="columnheader")
        return el("tr", across, role="row")
    first = el("th", row[0], scope="row", role="rowheader")
    rest = [
        el(
            "td",
            cell,
            class_=_number(i, numeric),
            role="cell",
            data_label=Markup(re.sub("<[^>]*>", "", names[i])) if stacked and names[i] else None,
        )
        for i, cell in enumerate(row[1:], 1)
    ]
    return el("tr", first, rest, role="row")


def _number(column: int, numeric: Sequence[int]) -> str | None:
    return "number" if column in numeric else None
