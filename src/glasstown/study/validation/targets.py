"""The targets, each worded before it was predicted, and what predicts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import final

from glasstown.core.errors import Problem, did_you_mean
from glasstown.study.validation.parts import Part


@final
@dataclass(frozen=True)
class Target:
    """One published outcome, or a few that belong together.

    Parameters
    ----------
    id, predicts, rule, must_miss : str
        What it is called, what is predicted, when that passes, and which models must not.
    records : tuple of str
        The records that hold what was published.
    module : str
        The module of this package whose `parts` predict it.
    facts : tuple of str
        The facts that the prediction reads itself, those that it is held to among them.
    brings : tuple of str
        Secondary checks that are reported wherever this one is asked for.
    """

    id: str
    predicts: str
    rule: str
    must_miss: str
    records: tuple[str, ...]
    module: str
    facts: tuple[str, ...]
    brings: tuple[str, ...] = ()


def _facts(*of_records: str) -> tuple[str, ...]:
    """Spell out facts of a record: "lf06 faces false" are `lf06-faces` and `lf06-false`."""
    split = [one.split() for one in of_records]
    return tuple(f"{record}-{name}" for record, *names in split for name in names)


TARGETS: dict[str, Target] = {
    target.id: target
    for target in (
        Target(
            "V1",
            "The number of false alerts of each live deployment whose faces, list size and era or threshold are known.",
            "At least 80 % of the 95 % intervals hold the count; the geometric mean error is under a factor of 3.",
            "The gallery size ignored; one rate for all years; a rate for each face instead of each comparison.",
            ("LF06", "LF07", "LF08", "LF10", "LF11", "LF14", "LF16"),
            "v1",
            _facts(
                "lf04 watchlist-cap",
                "lf05 mar-watchlist",
                "lf06 faces false",
                "lf08 fmr watchlist",
                "lf10 faces false watchlist",
                "lf11 jan-alerts jan-arrests jan-faces jan-watchlist july-faces jul7-false",
                "lf11 jul16-faces jul16-false jul16-watchlist",
                "lf16 false-060-062 filler fpir fpir-at-1000 participants searches-each",
            ),
        ),
        Target(
            "V1b",
            "How many of the alerts of 2017 were false, given how many were true.",
            "Reported only: faces, list and prevalence were never published.",
            "",
            ("LF01", "LF05"),
            "v1b",
            _facts("fi01 false-per-face", "lf01 false", "lf05 dec-false dec-true mar-watchlist"),
        ),
        Target(
            "V2",
            "The group multiplier of the laboratory's system, from the thresholds at which groups differed.",
            "The median of the posterior lies between 2 and 10.",
            "A multiplier of 1; a multiplier of 30 or more. As constants these miss whatever the data say, so a "
            "model which has seen no data stands in their place.",
            ("LF16",),
            "v2",
            _facts("lf16 false-060-062 searches-each"),
        ),
        Target(
            "V2b",
            "The ratio of FPIR between a gallery of 10,000 and one of 1,000.",
            "A ratio of 10, within 1 %: an identity, not evidence.",
            "N to the power of 0.8 or 1.1.",
            ("LF16", "FR09"),
            "v2",
            _facts("lf16 fmr fpir fpir-at-1000"),
        ),
        Target(
            "V3",
            "How often at least one of the three systems of Südkreuz found a volunteer, and how often the best two "
            "raised a false alarm together.",
            "The share found within 3 points; the joint false alarms within a factor of 3.",
            "Independent misses; the best single system; one correlation for misses and for false alarms.",
            ("LF17", "LF18"),
            "v3",
            _facts("lf17 and-far or-far or-found single-best single-worst", "lf18 day missed-night"),
        ),
        Target(
            "V3b",
            "The range over sites of the share found by at least one system, and the second phase.",
            "Reported only.",
            "",
            ("LF17",),
            "v3",
            _facts("lf17 single-best single-best-2 single-worst worst-site", "lf18 day missed-night"),
        ),
        Target(
            "V4",
            "FPIR by group and sex at a second gallery size and threshold, from FMR at the first.",
            "Within a factor of 2 of the closed form; the ratio between groups falls as FPIR grows.",
            "The ratio of FMR taken for that of FPIR above 1 %; effects that add instead of multiply.",
            ("FR02", "FR03", "FR09"),
            "v4",
            _facts("fr02 excess", "fr03 women", "lf16 fnmr"),
        ),
        Target(
            "V4b",
            "The fall of searches with a candidate when the threshold was raised.",
            "Reported only: the thresholds and the share of mated searches were not published.",
            "",
            ("FR18",),
            "v4",
            _facts("fr18 leads-after leads-before"),
        ),
        Target(
            "V7",
            "Repairs (removals by repayment or credit repair) in 2023; refusals added, February 2017 to July 2019.",
            "Each within a factor of 1.4.",
            "No exit but death; constant refusals for each listed person-year; the last value carried forward.",
            ("SC06", "SC07", "SC09", "SC10"),
            "v7",
            _facts(
                "sc06 listed-2017-02 listed-2018-12 listed-2019-07",
                "sc07 air-2017-02 air-2017-12 air-2018-12 air-2019-07 air-added air-rate-2017",
                "sc07 rail-2017-02 rail-added",
                "sc09 added-2023 added-2024 removed-2023",
                "sc10 repaid-2017 repaid-2018",
            ),
        ),
        Target(
            "V7b",
            "How many people were on the list in 2020 and in 2023, and whether it grew in 2024.",
            "Reported only, with the year in which a constant hazard breaks.",
            "",
            ("SC09",),
            "v7",
            _facts(
                "sc06 listed-2017-02 listed-2018-12 listed-2019-07",
                "sc09 added-2023 added-2024 removed-2024 stock-2020 stock-2023",
                "sc10 repaid-2018",
            ),
            ("V7c",),
        ),
        Target(
            "V7c",
            "Opinion after information, stated less true approval, and the fall of violations under automated fines.",
            "Secondary and weaker: within 5 points of 29 %; 20 to 40 points; 20 to 60 %.",
            "Information that changes nothing; people who say what they think; fines that deter nobody or everybody.",
            ("SC13", "SC14", "BE07"),
            "v7c",
            _facts("be07 violations", "sc13 after", "sc14 gap"),
        ),
    )
}


def validate(ids: Sequence[str] = ()) -> list[Part]:
    """Predict the named targets, or all of them.

    Parameters
    ----------
    ids : sequence of str
        Names of `TARGETS`, in any case; none for all.

    Raises
    ------
    Problem
        For a target that does not exist.
    """
    named = [_known(name) for name in ids] or list(TARGETS)
    wanted = [one for name in named for one in (name, *TARGETS[name].brings)]
    modules = dict.fromkeys(TARGETS[name].module for name in wanted)
    found: list[Part] = []
    for module in modules:
        found += import_module(f"glasstown.study.validation.{module}").parts()
    return [part for name in dict.fromkeys(wanted) for part in found if part.id == name]


def _known(name: str) -> str:
    for target in TARGETS:
        if target.lower() == name.lower():
            return target
    raise Problem(
        f"no target is called '{name}'",
        why=did_you_mean(name, TARGETS),
        todo=f"the targets are {', '.join(TARGETS)}.",
    )
