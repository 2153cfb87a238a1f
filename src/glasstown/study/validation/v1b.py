"""V1b: how many alerts of 2017 were false, given how many were true; reported, because faces and lists are unknown."""

from __future__ import annotations

from glasstown.catalogue import fact
from glasstown.study.validation.doubt import Doubt, between, count_interval, exactly, rate_of
from glasstown.study.validation.parts import Given, Part, part

# Assumptions: of the people on the list who walked by, how many were found; and what the lists were.
FOUND = (0.5, 0.8)
LIST = (514.0, 2000.0)


def rate_of_2017() -> Doubt:
    """Return false matches for each comparison, from the force's own trial of March 2018.

    One false alert for so many faces, at the list that was published for a deployment of the same month (that the
    trial used it is assumed).
    """
    each_face = fact("fi01-false-per-face").value
    return rate_of(1, 1 / each_face).times(exactly(1 / fact("lf05-mar-watchlist").value))


def parts() -> list[Part]:
    """Report the false alerts that the rate of March 2018 would give for the crowds of 2017."""
    return [final(), december()]


def final() -> Part:
    """Report the final of June 2017."""
    faces = between(50_000.0, 500_000.0)
    mean = rate_of_2017().times(between(*LIST)).times(faces)
    return part(
        "V1b",
        "false alerts, final in Cardiff, 3 June 2017",
        published=fact("lf01-false").value,
        predicted=mean.quantile(0.5),
        interval=count_interval(mean),
        inputs=_inputs() | {"faces": "50,000 to 500,000, assumed: 170,000 visitors, faces were not published"},
        fitted_on=("FI01",),
        unit="false alerts",
        note="pictures of the list for the final were said to be of poor quality; nothing here knows that",
    )


def december() -> Part:
    """Report the deployment of December 2017."""
    true, found = fact("lf05-dec-true").value, between(*FOUND)
    one_in = between(100.0, 10_000.0)
    passed = rate_of(int(true), 1.0).times(Doubt(-found.logs, found.weights)).times(one_in)
    mean = rate_of_2017().times(between(*LIST)).times(passed)
    return part(
        "V1b",
        "false alerts, Cardiff, 21 December 2017",
        published=fact("lf05-dec-false").value,
        predicted=mean.quantile(0.5),
        interval=count_interval(mean),
        inputs=_inputs()
        | {
            "lf05-dec-true": true,
            "share found": "0.5 to 0.8, assumed",
            "listed people": "one in 100 to 10,000 faces, assumed",
        },
        fitted_on=("FI01",),
        unit="false alerts",
        note="the number of faces follows from the true alerts, and is the widest of the guesses",
    )


def _inputs() -> dict[str, Given]:
    return {
        **{name: fact(name).value for name in ("fi01-false-per-face", "lf05-mar-watchlist")},
        "watchlist": "514 to 2,000, assumed",
    }
