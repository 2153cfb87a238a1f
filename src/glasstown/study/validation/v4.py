"""V4: how often each group is taken for somebody else at another gallery size and threshold, from one measurement."""

from __future__ import annotations

import math

from glasstown.catalogue import fact
from glasstown.scenario import Scenario, load
from glasstown.sensing.gallery import fmr_of, fpir_of, t_of
from glasstown.study.run import run_scenario
from glasstown.study.validation.parts import Given, Part, band, null, part

TIMES = 2.0
FACES = 100_000

# The first measurement is a choice; only its ratios are published.
FMR = 1e-7
LOWERED = 0.5
SMALL, LARGE = 3_000, 300_000
KINDS = (("f", "a"), ("f", "b"), ("m", "a"), ("m", "b"))


def multiplier(sex: str, group: str) -> float:
    """Return the published multiplier of a kind of person, 1 for men of group a."""
    women = fact("fr03-women").high or fact("fr03-women").value
    return (fact("fr02-excess").value if group == "b" else 1.0) * (women if sex == "f" else 1.0)


def crowd(gallery: int) -> Scenario:
    """Return the second measurement as a scenario: another gallery, and a threshold half a decade lower."""
    moved = float(fmr_of(t_of(FMR) - LOWERED))
    return load(
        "crowd",
        changes={
            "town.faces": FACES,
            "town.groups": {"a": 0.5, "b": 0.5},
            "sensing.watchlist.size": gallery,
            "sensing.recognition.system": "custom",
            "sensing.recognition.decision_threshold": 0,
            "sensing.recognition.fmr": moved,
            "sensing.recognition.fnmr": fact("lf16-fnmr").value,
            "sensing.recognition.fmr_by_group": {"a": 1, "b": multiplier("m", "b")},
            "sensing.recognition.fmr_by_sex": {"f": multiplier("f", "a"), "m": 1},
        },
    )


def lived(gallery: int) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Let a crowd pass and count: FPIR with its interval for each sex and group."""
    metrics = run_scenario(crowd(gallery), 0).metrics
    found = {m.group: m for m in metrics if m.name == "fpir" and m.by == ("sex", "group")}
    return {kind: (found[kind].value or 0.0, found[kind].low or 0.0, found[kind].high or 0.0) for kind in KINDS}


def closed(gallery: int, sex: str, group: str) -> float:
    """Return FPIR(N) = 1 - (1 - FMR)^N at the second threshold, with the multiplier on FMR."""
    return -math.expm1(gallery * math.log1p(-min(FMR * 10.0**LOWERED * multiplier(sex, group), 1.0)))


def additive(gallery: int, sex: str, group: str) -> float:
    """Return FPIR where what each trait adds to FMR is summed."""
    times = 1.0 + sum(multiplier(*alone) - 1.0 for alone in ((sex, "a"), ("m", group)))
    return float(fpir_of(gallery, FMR * 10.0**LOWERED * times))


def parts() -> list[Part]:
    """Compare what a crowd shows with the closed form, group by group, and the ratio between the groups."""
    inputs: dict[str, Given] = {
        "fr02-excess": fact("fr02-excess").value,
        "fr03-women": multiplier("f", "a"),
        "first measurement": "FMR 1e-7 for men of group a, a choice; second threshold half a decade lower",
    }
    found: list[Part] = []
    small, large = lived(SMALL), lived(LARGE)
    for sex, group in KINDS:
        published = closed(SMALL, sex, group)
        within = band(published, times=TIMES)
        value, low, high = small[sex, group]
        silly = [null("the multiplier left out", closed(SMALL, "m", "a"), within)]
        if (sex, group) == ("m", "a"):
            mean = sum(multiplier(*kind) for kind in KINDS) / len(KINDS)
            silly = [null("one rate for everybody", float(fpir_of(SMALL, FMR * 10.0**LOWERED * mean)), within)]
        if (sex, group) == ("f", "b"):
            silly.append(null("effects that add", additive(SMALL, sex, group), within))
        found.append(
            part(
                "V4",
                f"FPIR of {'women' if sex == 'f' else 'men'} of group {group} at N = {SMALL:,}",
                published=published,
                predicted=value,
                interval=(low, high),
                within=within,
                nulls=silly,
                inputs=inputs,
                unit="share of searches",
                note="the formula is the closed form of the standard; the prediction is counted in a crowd",
                evidence=False,
                beside="by the formula",
            )
        )
    published = closed(LARGE, "f", "b") / closed(LARGE, "f", "a")
    within = band(published, times=TIMES)
    ratio, before = large["f", "b"][0] / large["f", "a"][0], small["f", "b"][0] / small["f", "a"][0]
    found.append(
        part(
            "V4",
            f"ratio of FPIR between the groups, women, at N = {LARGE:,}",
            published=published,
            predicted=ratio,
            within=within,
            nulls=[null("the ratio of FMR", fact("fr02-excess").value, within)],
            inputs=inputs,
            unit="times",
            evidence=False,
            beside="by the formula",
        )
    )
    falls = (0.0, 0.9)
    found.append(
        part(
            "V4",
            f"the same ratio, as a share of that at N = {SMALL:,}",
            published=published * closed(SMALL, "f", "a") / closed(SMALL, "f", "b"),
            predicted=ratio / before,
            within=falls,
            nulls=[null("a ratio that stays", 1.0, falls)],
            inputs=inputs,
            unit="share",
            note="differences between groups saturate as FPIR grows",
            evidence=False,
            beside="by the formula",
        )
    )
    return [*found, leads()]


def leads() -> Part:
    """Report the fall of searches with a candidate for thresholds a third to one decade and a third higher."""
    before = fact("fr18-leads-before").value

    def after(decades: float) -> float:
        return 1 - (1 - before) ** (10.0**-decades)

    return part(
        "V4b",
        "share of searches with a candidate after the threshold was raised",
        published=fact("fr18-leads-after").value,
        predicted=after(0.8),
        interval=(after(1.3), after(0.3)),
        inputs={
            "fr18-leads-before": before,
            "rise of the threshold": "0.3 to 1.3 decades of FMR, assumed: it was not published",
            "mated searches": "none, assumed: their share was not published",
        },
        unit="share of searches",
        note="the published fall is one of 0.74 decades if no search was mated",
    )
