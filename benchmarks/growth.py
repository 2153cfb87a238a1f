"""How the cost grows with people, days, devices and threads: measured point by point, and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks.tools import CORES, ROOT, measured, table

PEOPLE = (10_000, 30_000, 100_000, 300_000, 1_000_000)
DAYS = (3, 5, 10, 30, 60)
CAMERAS_PER_KM = (0.25, 1, 4, 16, 64)
PICTURES = ROOT / "docs"


@dataclass(frozen=True)
class Course:
    """One thing that is varied while everything else stays.

    Parameters
    ----------
    name, title, unit : str
        Of the picture, of the axis, and of what else stays.
    points : tuple of (number, options)
        What is varied, and what `benchmarks.ours` is told.
    """

    name: str
    title: str
    rest: str
    points: tuple[tuple[float, dict[str, float]], ...]


def courses(most_people: int) -> list[Course]:
    """List what is varied."""
    people = [n for n in PEOPLE if n <= most_people] or [most_people]
    threads = [n for n in (1, 2, 4, 8, 16, 32) if n <= CORES]
    town, many = min(100_000, most_people), min(300_000, most_people)
    both: dict[str, float] = {"threads": min(2, CORES), "days": 4}
    return [
        Course("people", "people", "4 days", tuple((n, {**both, "people": n}) for n in people)),
        Course("days", "days", f"{town:,} people", tuple((n, {**both, "people": town, "days": n}) for n in DAYS)),
        Course(
            "devices",
            "cameras for each kilometre of street",
            f"{town:,} people, 4 days",
            tuple((n, {**both, "people": town, "per-km": n}) for n in CAMERAS_PER_KM),
        ),
        Course(
            "threads", "threads", f"{many:,} people, 4 days",
            tuple((n, {**both, "people": many, "threads": n}) for n in threads),
        ),
    ]  # fmt: skip


def measure(course: Course) -> list[dict[str, Any]]:
    """Live every point in a fresh process; whole days, as a run does."""
    found: list[dict[str, Any]] = []
    for at, options in course.points:
        words = [word for name, value in options.items() for word in (f"--{name}", f"{value:g}")]
        if "people" in options:
            words[words.index("--people") + 1] = str(int(options["people"]))
        found.append({"at": at, **measured("benchmarks.ours", "newtown", "--whole", *words)})
    return found


def section(course: Course, found: list[dict[str, Any]], *, dry: bool) -> str:
    """Return the picture and the table of one course."""
    rows = [
        [
            f"{one['at']:,.10g}",
            f"{one['survey_s'] + one['build_s'] + one['watch_s']:.2f}",
            f"{one['run_s']:.2f}",
            f"{one['people'] * one['days'] / one['run_s'] / 1e6:.2f}",
            f"{one['passes'] / one['run_s'] / 1e6:,.1f}",
            f"{one['peak_mb']:,.0f}",
        ]
        for one in found
    ]
    head = [course.title, "building, s", "living, s", "million person-days/s", "million passes/s", "peak memory, MB"]
    if not dry:
        _draw(course, found)
    picture = f"![Seconds and memory against {course.title}](benchmarks-{course.name}.svg)"
    return f"### {course.title.capitalize()}\n\n{course.rest.capitalize()}.\n\n{picture}\n\n{table(head, rows)}"


def _draw(course: Course, found: list[dict[str, Any]]) -> None:
    from glasstown.report import drawing

    values: list[dict[str, Any]] = []
    for one in found:
        built = one["survey_s"] + one["build_s"] + one["watch_s"]
        values += [
            {"at": one["at"], "seconds": built, "part": "building"},
            {"at": one["at"], "seconds": one["run_s"], "part": "living"},
        ]
    x = {"field": "at", "type": "quantitative", "title": course.title, "scale": {"type": "log"}}
    x["axis"] = {"values": [one["at"] for one in found], "format": "~s"}
    y = {"type": "quantitative", "scale": {"type": "log"}, "axis": {"tickCount": 4, "format": ",~g"}}
    colour = {"field": "part", "type": "nominal", "title": None, "legend": {"orient": "top"}}
    colour["scale"] = {"domain": ["building", "living"], "range": [drawing.PLAIN, drawing.RIGHT]}
    line = {"type": "line", "point": True}
    left = {"encoding": {"x": x, "y": {**y, "field": "seconds", "title": "seconds"}, "color": colour}}
    right = {"encoding": {"x": x, "y": {**y, "field": "peak_mb", "title": "peak memory, MB"}}}
    size = {"width": 300, "height": 190}
    spec = {
        "background": "white",
        "hconcat": [
            {**size, "data": {"values": values}, "mark": line, **left},
            {**size, "data": {"values": found}, "mark": {**line, "color": drawing.RIGHT}, **right},
        ],
    }
    (PICTURES / f"benchmarks-{course.name}.svg").write_text(drawing.drawn(spec) + "\n", encoding="utf-8")
