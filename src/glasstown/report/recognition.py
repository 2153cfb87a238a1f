"""From a search to a stop: whom the machine returns, whom the operator passes on, who is stopped."""

from __future__ import annotations

from glasstown import catalogue
from glasstown.catalogue.system import ONE_SETTING
from glasstown.report.blocks import figure, section, share_table
from glasstown.report.drawing import LISTED, PALE, RIGHT, WRONG, picture
from glasstown.report.figures import Stage, funnel
from glasstown.report.grounds import comes_off
from glasstown.report.markup import Markup, el, paragraphs
from glasstown.report.material import Material
from glasstown.report.readings import Readings
from glasstown.report.words import denominator, few, plural, whole
from glasstown.scenario import Scenario
from glasstown.sensing.knobs import Recognition


def recognition(material: Material) -> Markup:
    """Show how searches become candidates, alerts and stops, and whom they concern."""
    r, scenario = Readings(material.metrics), material.scenario
    if r["searches"].value in (None, 0):
        said = "No face was searched against a list, so there is nothing to say about recognition."
        return section("recognition", "From a search to a stop", paragraphs(said))
    watchlist, task = scenario.sensing.watchlist, scenario.sensing.recognition
    size = scenario.town.people if watchlist.everybody else int(watchlist.size)
    reached = f"when its comparison score reaches the decision {at_threshold(task)}"
    if one_setting(task):
        reached = f"at {at_threshold(task)}"
    setting = (
        f"Every searched face is compared with N = {whole(size)} references; a candidate is returned {reached} "
        f"(system: {task.system})."
    )
    stages = _stages(r)
    caption = (
        "Each bar shows how the cases of one stage divide. The bars have one length although the numbers "
        "shrink from stage to stage: read the numbers above them."
    ) + _hushed(scenario)
    svg = picture("funnel", funnel(stages), "From a search to a stop", _read_out(stages))
    drawn = figure(caption, el("div", svg, class_="panel"))
    return section(
        "recognition",
        "From a search to a stop",
        el("div", el("div", paragraphs(setting, _base_rate(r), _missed(scenario))), drawn, class_="beside"),
        _error_table(r, size, at_threshold(task)),
    )


def one_setting(task: Recognition) -> bool:
    """Say whether only one setting of the system was published, which is no threshold."""
    if task.system not in catalogue.names("systems"):
        return False
    return catalogue.system(task.system).one_setting


def at_threshold(task: Recognition) -> str:
    """Say at which threshold faces are compared: "threshold T = 0.6", or the one setting that was published."""
    return ONE_SETTING if one_setting(task) else f"threshold T = {few(float(task.decision_threshold), 6)}"


def _stages(r: Readings) -> list[Stage]:
    mated, others = r["tpir"].n, r["fpir"].n
    found = round(mated * r.value("tpir"))
    returned = r.count("candidates")
    right, wrong = r.count("true_alerts"), r.count("false_alerts")
    stops, misidentified, listed = (r.count(name) for name in ("stops", "misidentified", "wrongly_listed"))

    def stage(n: int, one: str, many: str, *parts: tuple[str, str, int]) -> Stage:
        words = tuple(
            (f"{whole(k)} {what}" if k or i != 1 or len(parts) < 3 else "", colour, float(k))
            for i, (what, colour, k) in enumerate(parts)
        )
        return Stage(f"{whole(n)} {plural(n, one, many)}", words)

    return [
        stage(
            mated + others,
            "search",
            "searches",
            ("of listed people", RIGHT, mated),
            ("of others", PALE, others),
        ),
        stage(
            returned,
            "candidate",
            "candidates",
            ("right person", RIGHT, found),
            ("somebody else", WRONG, returned - found),
        ),
        stage(
            right + wrong, "alert", "alerts", ("right person", RIGHT, right), ("somebody else", WRONG, wrong)
        ),
        stage(
            stops,
            "stop",
            "stops",
            ("right person", RIGHT, stops - misidentified - listed),
            ("wrongly listed", LISTED, listed),
            ("wrong person", WRONG, misidentified),
        ),
    ]


def _read_out(stages: list[Stage]) -> str:
    return " ".join(f"{s.said}: {', '.join(words for words, _, _ in s.parts if words)}." for s in stages)


def _base_rate(r: Readings) -> str:
    mated, others = r["tpir"].n, r["fpir"].n
    total = mated + others
    if not mated:
        return (
            f"None of {whole(total)} searches was of somebody on the list: a candidate or an alert "
            "could only be about the wrong person."
        )
    if not others:
        return (
            f"Everybody who was searched is on the list: all {whole(total)} searches were of somebody listed."
        )
    of = denominator(mated / total)
    listed = of * mated / total
    others_of = of - listed
    said = (
        f"Of {of:,} searches, {few(listed, 2)} were of somebody on the list, and the machine returned "
        f"{few(listed * r.value('tpir'), 2)} of them. "
    )
    if not r.value("fpir"):
        return said + "No search of anybody else returned a candidate in this run."
    false = few(others_of * r.value("fpir"), 2)
    said += f"It also returned somebody in {false} of the other {whole(others_of)} searches. "
    right, wrong = r.count("true_alerts"), r.count("false_alerts")
    if wrong > right:
        return said + (
            "That is rare for each search; but so few of those who pass are listed that most alerts are "
            "about somebody else. What an alert is worth depends on whom the cameras see, not on the "
            "machine alone."
        )
    return said + (
        "How many alerts are about the right person depends on how many of those who pass are listed, not "
        "on the machine alone: the same machine on streets with fewer listed people gives more false "
        "alerts for each true one."
    )


def _hushed(scenario: Scenario) -> str:
    """Say why there are fewer alerts than candidates that an operator would have passed on."""
    minutes, human = float(scenario.sensing.case_minutes), scenario.sensing.operator.kind == "human"
    if not minutes:
        return ""
    what = "are not shown to the operator" if human else "raise no alert"
    time = f"{few(minutes)} {plural(minutes, 'minute', 'minutes')}"
    return f" An alert opens a case; further candidates for the same reference within {time} {what}."


def _missed(scenario: Scenario) -> str | None:
    if not comes_off(scenario):
        return None
    return (
        "Found people come off the list, so the true positive identification rate counts mostly those whom the system "
        "keeps missing."
    )


def _error_table(r: Readings, size: int, threshold: str) -> Markup:
    at = f"(N = {whole(size)}, {threshold.removeprefix('threshold ')})"
    shares = (
        ("fpir", "", f"False positive identification rate, FPIR {at}", "searches of people not listed"),
        ("tpir", "", f"True positive identification rate, TPIR {at}", "searches of people listed"),
        ("ppv", "", "Alerts about the right person (PPV)", "alerts"),
        ("wrongful_stops_share", "", "Stops of the wrong person or of somebody wrongly listed", "stops"),
    )
    return share_table("Errors", r, shares)
