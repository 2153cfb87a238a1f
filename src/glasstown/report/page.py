"""The report: one page that needs nothing but itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from pathlib import Path

from glasstown.report import grounds, lead
from glasstown.report.forms import Chapter, form_of
from glasstown.report.markup import Markup, el, join
from glasstown.report.material import Material

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(material: Material) -> str:
    """Write the report of a run that a regulator, a journalist and a teacher can read.

    Parameters
    ----------
    material : Material
        Scenario, estimates, provenance and the few tables that are drawn.

    Returns
    -------
    str
        One HTML document: no script, no request to anywhere, every string of the scenario shown as text.
    """
    form = form_of(material.scenario)
    contents = el("ul", [el("li", el("a", chapter.words, href=f"#{chapter.name}")) for chapter in form.chapters])
    body = el(
        "body",
        el("a", "Skip to the findings", href="#in-short", class_="skip"),
        lead.header(material, form.size(material.scenario)),
        el("nav", contents, aria_label="Contents"),
        el("main", _written(form.chapters, material)),
        _footer(material),
    )
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=POLICY),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="robots", content="noindex") if material.scenario.status != "checked" else None,
        el("title", f"{material.scenario.title} · glasstown"),
        el("style", Markup(style())),
    )
    return f"<!doctype html>\n{el('html', head, body, lang='en')}\n"


def _written(chapters: tuple[Chapter, ...], material: Material) -> list[Markup]:
    """Write the chapters, the next one while one waits for a picture."""
    with ThreadPoolExecutor(2) as pool:
        written = [pool.submit(copy_context().run, chapter.write, material) for chapter in chapters]
        return [chapter.result() for chapter in written]


@cache
def style() -> str:
    """Read the page's style sheet."""
    return Path(__file__).with_name("style.css").read_text(encoding="utf-8")


def _footer(material: Material) -> Markup:
    streets = grounds.OPEN_STREET_MAP if material.scenario.town.kind == "streets" else None
    return el(
        "footer",
        el("p", lead.SYNTHETIC),
        el("p", f"Map: {streets}.") if streets else None,
        el("p", join("glasstown ", material.provenance.get("glasstown", ""))),
    )
