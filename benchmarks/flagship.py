"""The numbers and pictures of docs/social-credit.md: myth, reality and the steps between, with the same people."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from glasstown.core.quantity import spelled
from glasstown.report import drawing
from glasstown.study.cells import Cell
from glasstown.study.compare import Comparison, compare

ROOT = Path(__file__).resolve().parents[1]
PAGE, PICTURES = ROOT / "docs" / "social-credit.md", ROOT / "docs"
ARMS = ("reality", "reality+integration-25", "reality+integration-50", "reality+integration-100", "myth")
SHOWN = ("reality", "0.25", "0.5", "1", "myth")
SEEDS = 3
Row = tuple[str, str | None, str | None, str]
ROWS: tuple[Row, ...] = (
    ("listed_stock", None, None, "people on the court list at the end"),
    ("listed_flow", None, None, "times somebody came on it in the year"),
    ("ever_listed", None, None, "different people on it at some time"),
    ("refusals", None, None, "purchases refused in a year"),
    ("people_refused", None, None, "different people refused at least once"),
    ("refusals_elsewhere", None, None, "refusals away from home, by what only home had kept"),
    ("entries_lost_at_walls", None, None, "entries about conduct away from home that reached no file"),
    ("wrong_records", None, None, "wrong records that listed somebody or closed a door"),
    ("wrong_records", "cause", "stale", "... because what was right once had outlived its reason"),
    ("wrong_records", "cause", "namesake", "... because of a namesake"),
    ("wrong_records", "cause", "invented", "... because of an invented report"),
    ("wrong_records", "cause", "biased", "... because of a biased reporter"),
    ("doors_closed_per_wrong_record", None, None, "doors closed by one wrong record"),
    ("days_until_right", None, None, "days until one was right again, of those that were"),
    ("days_until_right", "cause", "namesake", "... a namesake's"),
    ("refusals_without_reason", None, None, "refusals without reason"),
    ("wrongly_listed", None, None, "people on the court list who should not be, at the end"),
    ("misrated_share", "cause", "reporter_bias", "share in the wrong grade because of a biased reporter"),
    ("misrated_share", "cause", "data_error", "share in the wrong grade because of an error of the data"),
    ("grade_changes", None, None, "changes of grade, for each 100 rated people"),
    ("deterred", None, None, "acts not done because somebody takes note"),
    ("bought_deeds", None, None, "good deeds done for the points"),
    ("perks_given", None, None, "perks given"),
    ("perks_anyway_share", None, None, "share of these that people would have had anyway"),
    ("repaid", None, None, "judgments paid"),
    ("people_told_of_shame", None, None, "people who learned that somebody is listed, by phone"),
    ("aware_share", None, None, "share of adults who know of it at the end"),
    ("approval_stated", None, None, "share who say in a survey that they approve"),
    ("approval_true", None, None, "share who do approve"),
    ("rating_variance_share", "cause", "conduct", "share of the rating's variance that is conduct"),
    ("rating_variance_share", "cause", "luck", "... that is luck: the same conduct, noted or not"),
    ("rating_variance_share", "cause", "reporter_bias", "... that is the reporters' bias"),
    ("rating_variance_share", "cause", "data_error", "... that is an error of the data"),
    ("cheating_predicted", "predictor", "rating", "how well the rating tells who cheats (1/2 is a coin)"),
    ("cheating_predicted", "predictor", "record", "how well a plain record of past defaults does"),
    ("cheating_prevented", "seen", "rating", "cheated deals that seeing the rating prevented"),
    ("cheating_prevented", "seen", "record", "... that seeing the record prevented"),
    ("honest_deals_lost_per_cheat_prevented", "seen", "rating", "honest deals lost for each, with the rating"),
    ("honest_deals_lost_per_cheat_prevented", "seen", "record", "... with the record"),
)
STEPS = tuple(f"strict-cities{edit}" for edit in ("", "+integration-25", "+integration-50", "+integration-100"))
OF_STEPS: tuple[Row, ...] = (
    ("refusals_elsewhere", None, None, "refusals away from home, by what only home had kept"),
    ("people_refused", None, None, "different people refused at least once"),
    ("wrong_records", None, None, "wrong records that listed somebody or closed a door"),
    ("entries_lost_at_walls", None, None, "entries about conduct away from home that reached no file"),
    ("moved_away", None, None, "people who moved away from closed doors"),
)
DRAWN = ("refusals_without_reason", "wrong_records", "deterred")
TITLES = {name: words for name, by, _, words in ROWS if by is None}


def lived(arms: tuple[str, ...]) -> Comparison:
    """Live several arms with the same seeds."""
    return compare(*arms, seeds=SEEDS, threads=2, progress=lambda what, *_: print(what, file=sys.stderr))


def table(found: Comparison, arms: tuple[str, ...], last: str, quantities: tuple[Row, ...]) -> str:
    """Write one table of the page; the last column is the last arm less the first."""
    lines = {(line.name, line.by, line.group): line for line in found.lines}
    head = ["", *(f"integration {name}" if name[0].isdigit() else name for name in arms), last]
    rows = [head, ["---", *["--:"] * (len(head) - 1)]]
    for name, by, group, words in quantities:
        line = lines[name, by, group]
        rows.append([f"{words} (`{name}`)", *(_short(cell.value) for cell in line.arms), _with(line.differences[-1])])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def picture(found: Comparison, name: str) -> str:
    """Draw one quantity of all arms with its interval."""
    line = next(line for line in found.lines if (line.name, line.by) == (name, None))
    values = [
        {"arm": arm, "value": cell.value, "low": cell.low, "high": cell.high}
        for arm, cell in zip(SHOWN, line.arms, strict=True)
    ]
    axis: dict[str, Any] = {"field": "value", "type": "quantitative", "title": f"{TITLES[name]}, 95 % interval"}
    place: dict[str, Any] = {"field": "arm", "type": "nominal", "sort": None, "title": None}
    spec = {
        "background": "white",
        "width": drawing.WIDTH,
        "height": {"step": 26},
        "data": {"values": values},
        "encoding": {"y": place},
        "layer": [
            {"mark": {"type": "bar", "color": drawing.RIGHT, "height": 14}, "encoding": {"x": axis}},
            {
                "mark": {"type": "rule", "color": drawing.INK, "strokeWidth": 2},
                "encoding": {"x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}},
            },
        ],
    }
    return drawing.drawn(spec)


def _short(value: float | None) -> str:
    if value is None:
        return "none"
    if abs(value) >= 1e6:
        return f"{value / 1e6:,.3g} M"
    return spelled(float(f"{value:.3g}"))


def _with(cell: Cell) -> str:
    if cell.value is None or cell.low is None:
        return _short(cell.value)
    return f"{_short(cell.value)} ({_short(cell.low)} to {_short(cell.high)})"


def put(page: str, mark: str, written: str) -> str:
    """Put a table between its marks."""
    marks = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- end of {mark} -->)", re.DOTALL)
    text, places = marks.subn(lambda m: m[1] + written + m[2], page)
    if places != 1:
        raise SystemExit(f"{PAGE.name} has no place for its {mark}")
    return text


def main() -> None:
    """Write the tables into the page and draw the pictures beside it."""
    found, steps = lived(ARMS), lived(STEPS)
    page = put(PAGE.read_text(encoding="utf-8"), "numbers", table(found, SHOWN, "myth less reality", ROWS))
    page = put(page, "steps", table(steps, ("0", "0.25", "0.5", "1"), "1 less 0", OF_STEPS))
    PAGE.write_text(page, encoding="utf-8")
    for name in DRAWN:
        place = PICTURES / f"social-credit-{name.replace('_', '-')}.svg"
        place.write_text(picture(found, name) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
