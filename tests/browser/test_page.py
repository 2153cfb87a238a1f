"""Does a real browser open the page quietly, and does it fit a desk and a phone?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from glasstown.core.estimates import Estimate
from glasstown.report.material import Material, of_run
from glasstown.report.page import page
from tests.crowds import run
from tests.test_report import HOSTILE, material, scenario_with
from tests.test_report_nation import material as of_nation

pytestmark = pytest.mark.browser

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
LONG = ("city", "long city", "long nation", "long crowd")
NO_PICTURE = ("nation", "city", "long nation", "long city")
SIZES = {"desk": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("needs Chromium (on Debian: apt-get install chromium fonts-dejavu-core)")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield running
        running.close()


def long(given: Material) -> Material:
    """Give every number as many digits as a page has to hold."""
    def times(e: Estimate) -> Estimate:
        if e.value is None:
            return e
        value = e.value * (1.0 if e.unit == "share" else 23_456.789)
        return replace(e, value=value, low=value * 0.99987, high=value * 1.00013, n=e.n * 23_457)

    return replace(
        given, metrics=tuple(map(times, given.metrics)), counterfactual=tuple(map(times, given.counterfactual))
    )


def written(name: str, folder: Path) -> Path:
    """Write one of the pages that a browser shall open."""
    match name:
        case "lived":
            html = page(material())
        case "crowd":
            html = page(of_run(run()))
        case "nation":
            html = page(of_nation())
        case "city":
            html = page(of_nation("city-points"))
        case "long city":
            html = page(long(of_nation("city-points")))
        case "long nation":
            html = page(long(of_nation()))
        case "long crowd":
            html = page(long(of_run(run())))
        case "hostile":
            words = HOSTILE + "x" * 400
            html = page(scenario_with(title=words, description=words, sources=(words,)))
        case _:
            nothing = tuple(replace(e, value=None, low=None, high=None, n=0) for e in material().metrics)
            html = page(replace(material(), metrics=nothing, counterfactual=nothing))
    file = folder / "report.html"
    file.write_text(html, encoding="utf-8")
    return file


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["lived", "crowd", "nation", "hostile", "empty", *LONG])
def test_the_page_opens_quietly_and_fits(
    browser: Any, tmp_path: Path, name: str, size: str, scheme: str
) -> None:
    file = written(name, tmp_path)
    width, height = SIZES[size]
    heard: list[str] = []
    asked: list[str] = []
    view = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    view.on("console", lambda m: heard.append(f"{m.type}: {m.text}"))
    view.on("pageerror", lambda e: heard.append(f"error: {e}"))
    view.on("dialog", lambda d: (heard.append(f"dialog: {d.message}"), d.dismiss()))
    view.on("request", lambda r: asked.append(r.url))
    view.goto(file.as_uri())
    view.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    view.wait_for_timeout(50)
    assert heard == []
    assert asked == [file.as_uri()]
    assert view.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    boxes: list[dict[str, float]] = view.evaluate(
        "[...document.querySelectorAll('svg')].map(s => s.getBoundingClientRect())"
        ".map(b => ({w: b.width, h: b.height}))"
    )
    least = 0 if name in NO_PICTURE else {"empty": 4, "crowd": 6, "long crowd": 6}.get(name, 9)
    assert len(boxes) >= least
    assert all(box["w"] >= 200 and box["h"] >= 60 for box in boxes)
    smallest: float = view.evaluate(
        "Math.min(...[...document.querySelectorAll('.panel text')].filter(t => t.textContent.trim())"
        ".map(t => t.getBoundingClientRect().height))"
    )
    assert name in NO_PICTURE or smallest >= 10
    view.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_print_is_dark_on_light_and_leaves_the_longest_table_out(browser: Any, tmp_path: Path, scheme: str) -> None:
    """Would notice pale words on white paper, a key without its colours, and fifty pages of one table."""
    view = browser.new_page(color_scheme=scheme)
    view.goto(written("lived", tmp_path).as_uri())
    view.emulate_media(media="print", color_scheme=scheme)
    of = "(query, name) => getComputedStyle(document.querySelector(query)).getPropertyValue(name)"

    def style(query: str, name: str) -> str:
        return str(view.evaluate(f"([query, name]) => ({of})(query, name)", [query, name]))

    assert style(":root", "--ink") == "#1f2a30"
    assert (style("body", "color"), style("body", "background-color")) == ("rgb(31, 42, 48)", "rgb(255, 255, 255)")
    assert style(".key", "print-color-adjust") == "exact"
    assert style(".map", "break-inside") == "avoid"
    assert view.evaluate("document.querySelector('.map').getBoundingClientRect().height") <= 24 / 2.54 * 96 + 1
    tables = "[aria-labelledby=metrics] details"
    assert style(f"{tables}:first-of-type", "display") != "none"
    assert style(f"{tables}:last-of-type", "display") == "none"
    assert "metrics.csv" in view.evaluate(
        "getComputedStyle(document.querySelector('[aria-labelledby=metrics] > p:last-child'), '::before').content"
    )
    view.close()


def test_a_browser_would_notice_a_fetch_and_an_error(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "bad.html"
    file.write_text(
        page(material()).replace("</main>", '<img src="x.png"><div style="width:3000px">x</div></main>')
    )
    heard: list[str] = []
    view = browser.new_page(viewport={"width": 390, "height": 844})
    view.on("console", lambda m: heard.append(m.type))
    view.goto(file.as_uri())
    assert heard == ["error"]
    assert view.evaluate("document.documentElement.scrollWidth - innerWidth") > 0
    view.close()
