"""The quantities read off a nation: what each one counts, against what, and what it says to people."""

from __future__ import annotations

from glasstown import census as c
from glasstown import tables as t
from glasstown.metrics.nation_dealings import DEALINGS
from glasstown.metrics.nation_quantity import Quantity
from glasstown.metrics.nation_wrongs import WRONGS, of


def _door(
    name: str, unit: str, says: str, above: str, across: str = "", others: tuple[str, ...] = (), crossed: str = ""
) -> Quantity:
    return Quantity(
        name,
        unit,
        says,
        "count",
        (above,),
        by="door",
        words=t.DOORS,
        across=across,
        others=others,
        crossed=crossed,
    )


QUANTITIES: tuple[Quantity, ...] = (
    Quantity(
        "listed_stock",
        "people",
        "So many people are on the court's list when the run ends.",
        "count",
        ("listed_end",),
        by="cause",
        words=t.RECORD_CAUSES,
    ),
    Quantity(
        "listed_start", "people", "So many people were on the list when the run began.", "count", ("listed_start",)
    ),
    Quantity(
        "listed_flow",
        "times",
        "So many times somebody came on the list.",
        "count",
        ("listed_new",),
        by="cause",
        words=t.RECORD_CAUSES,
    ),
    Quantity(
        "removed",
        "times",
        "So many times somebody came off the list.",
        "count",
        ("removed",),
        by="reason",
        words=c.REMOVALS,
    ),
    Quantity(
        "ever_listed", "people", "So many different people were on the list at some time.", "count", ("ever_listed",)
    ),
    Quantity(
        "wrongly_listed",
        "people",
        "So many people are on the list at the end who should not be.",
        "count",
        of("listed_end"),
        by="cause",
        words=t.RECORD_CAUSES[1:],
    ),
    Quantity(
        "wrongly_listed_share",
        "share",
        "Of the people on the list at the end, this share should not be.",
        "share",
        of("listed_end"),
        ("listed_end",),
    ),
    Quantity(
        "ever_wrongly_listed",
        "people",
        "So many different people were listed by mistake at some time.",
        "count",
        ("ever_wrong",),
    ),
    Quantity(
        "days_listed",
        "days",
        "A person who was ever listed was on the list for so many days of the run.",
        "mean",
        ("days_listed",),
        ("ever_listed",),
    ),
    Quantity(
        "spell_days",
        "days",
        "Whoever came off the list had been on it for so many days.",
        "mean",
        ("spell_days",),
        ("spells",),
    ),
    _door(
        "refusals",
        "refusals",
        "So many purchases were refused at closed doors: refusals, not people.",
        "refusals",
        across="grade",
        crossed="refusals_graded",
    ),
    Quantity(
        "people_refused",
        "people",
        "So many different people were refused.",
        "count",
        ("refused_anywhere",),
        by="door",
        words=t.DOORS,
        each="people_refused",
    ),
    Quantity(
        "refusals_per_person_refused",
        "refusals per person",
        "A person who was refused at all was refused so often.",
        "mean",
        ("refusals",),
        ("refused_anywhere",),
        by="door",
        words=t.DOORS,
        below_each="people_refused",
    ),
    _door("blocked_trips", "trips", "So many times somebody set out and met a closed door.", "trips"),
    Quantity(
        "refusals_per_listed_year",
        "refusals per person-year",
        "For each year somebody spends on the list, so many purchases are refused to them meanwhile.",
        "rate",
        ("refusals_listed",),
        ("days_listed",),
        per=365.0,
    ),
    _door(
        "refusals_without_reason",
        "refusals",
        "So many purchases were refused to people who should not have been refused.",
        "refusals_wrong",
        across="cause",
        others=t.RECORD_CAUSES,
        crossed="refusals_why",
    ),
    Quantity(
        "refusals_elsewhere",
        "refusals",
        "So many purchases were refused in one jurisdiction for what only another keeps on file.",
        "count",
        ("refusals_elsewhere",),
    ),
    _door(
        "other_documents",
        "trips",
        "So many times somebody to whom a door was closed got through with documents that were not checked.",
        "other_documents",
    ),
    _door("other_way", "trips", "So many times somebody who was refused took another way.", "other_way"),
    _door("gave_up", "times", "So many times somebody stopped trying a door: times, not people.", "gave_up"),
    Quantity(
        "paid_at_door", "times", "So many times somebody paid because of a closed door.", "count", ("paid_at_door",)
    ),
    *WRONGS,
    Quantity("appeals", "appeals", "So many appeals were filed.", "count", ("appeals",)),
    Quantity(
        "appeals_decided",
        "appeals",
        "So many appeals were decided within the run; the others had no answer by its end.",
        "count",
        ("appeals_decided",),
    ),
    Quantity(
        "appeals_granted_share",
        "share",
        "Of the appeals that were decided within the run, this share was granted.",
        "share",
        ("granted_wrong", "granted_right"),
        ("appeals_decided",),
    ),
    Quantity(
        "repaid",
        "times",
        "So many times somebody paid what they owed by judgments.",
        "count",
        ("repaid_listed", "repaid_unlisted"),
        by="listed",
        words=("yes", "no"),
    ),
    Quantity("owing", "people", "So many people owe a judgment at the end.", "count", ("owing_end",)),
    Quantity(
        "grade_share",
        "share",
        "This share of the rated people has the grade at the end.",
        "share",
        ("grade_end",),
        ("rated",),
        by="grade",
    ),
    Quantity(
        "grade_share_start",
        "share",
        "This share had the grade at the start.",
        "share",
        ("grade_start",),
        ("rated",),
        by="grade",
    ),
    Quantity(
        "grade_changes",
        "changes per 100 people",
        "Of 100 rated people so many times a grade changed.",
        "rate",
        ("up", "down"),
        ("rated",),
        by="way",
        words=("up", "down"),
        per=100.0,
    ),
    Quantity(
        "grade_turned_back",
        "changes per 100 people",
        "Of 100 rated people so many times a grade went back the way it came: people near a border.",
        "rate",
        ("turned_back",),
        ("rated",),
        per=100.0,
    ),
    Quantity(
        "entries", "entries", "So many entries were filed.", "count", ("entries",), by="cause", words=t.RECORD_CAUSES
    ),
    Quantity(
        "entries_lost_at_walls",
        "entries",
        "So many acts were reported in one jurisdiction and never reached the file in another.",
        "count",
        ("entries_lost_at_walls",),
    ),
    Quantity(
        "acts",
        "acts",
        "So many acts of which an institution could take note.",
        "count",
        ("acts",),
        by="deed",
        words=t.DEEDS,
    ),
    Quantity(
        "bad_acts",
        "acts",
        "So many of them break a rule.",
        "count",
        of("acts", range(c.N_BAD)),
    ),
    Quantity(
        "deterred",
        "acts",
        "So many acts were left undone because people knew of the system.",
        "count",
        ("deterred",),
        by="deed",
        words=t.DEEDS,
    ),
    Quantity(
        "displaced", "acts", "So many acts happened where nobody could report them instead.", "count", ("displaced",)
    ),
    Quantity("bought_deeds", "acts", "So many good deeds were done for a better grade.", "count", ("bought",)),
    Quantity(
        "perks_given",
        "perks",
        "So many times a grade or the red list opened a perk.",
        "count",
        ("given",),
        by="perk",
        words=t.PERKS,
    ),
    Quantity(
        "perks_wanted", "perks", "So many times somebody wanted a perk.", "count", ("wanted",), by="perk", words=t.PERKS
    ),
    Quantity(
        "perks_anyway_share",
        "share",
        "Of those who had a perk for their grade this share would have had it anyway.",
        "share",
        ("given_anyway",),
        ("given",),
        by="perk",
        words=t.PERKS,
        below_each="given",
    ),
    Quantity("shamed", "people", "So many people were shamed before others at the end.", "count", ("shamed",)),
    Quantity(
        "told_of_shame",
        "tellings",
        "So many times somebody was told that another person is listed.",
        "count",
        ("told_of_shame",),
    ),
    Quantity(
        "people_told_of_shame",
        "people",
        "So many people learned that another person is listed, each counted once for each such person.",
        "count",
        ("people_told_of_shame",),
    ),
    Quantity("isolated", "ties", "So many of those have less to do with that person since.", "count", ("isolated",)),
    Quantity(
        "aware_share", "share", "This share of adults knows of the system at the end.", "share", ("aware",), ("adults",)
    ),
    Quantity("heard", "people", "So many people learned of the system from others.", "count", ("heard",)),
    Quantity(
        "moved",
        "times",
        "So many times somebody moved to another jurisdiction.",
        "count",
        ("moved",),
        ("people",),
    ),
    Quantity(
        "moved_away",
        "times",
        "So many times somebody moved because doors were closed to them.",
        "count",
        ("moved_away",),
    ),
    Quantity(
        "approval_true", "share", "This share of adults approves of the system.", "share", ("approve",), ("adults",)
    ),
    Quantity(
        "approval_stated",
        "share",
        "This share says so in a survey in this town.",
        "share",
        ("say_approve",),
        ("adults",),
    ),
    Quantity(
        "approval_informed",
        "share",
        "Of those who know both sides this share approves.",
        "share",
        ("informed_approve",),
        ("informed",),
    ),
    Quantity("cheated", "acts", "So many deals in which a stranger was cheated.", "count", ("cheats",)),
    *DEALINGS,
)
NAMES: tuple[str, ...] = (
    *(q.name for q in QUANTITIES),
    "people_simulated",
    *("rating_variance_share", "cheating_predicted", "rating_ties", "grade_mobility", "approval_uninformed"),
)
SAYS: dict[str, str] = {q.name: q.says for q in QUANTITIES} | {
    "people_simulated": "So many people were simulated and lived to the end; the nation is scaled up from them.",
    "rating_variance_share": (
        "Of the differences between ratings this share is conduct, luck, bias of reporters, or errors of the data."
    ),
    "cheating_predicted": (
        "Of one person who cheated a stranger and one who did not, the predictor points to the right one this often; "
        "0.5 is a coin. By rating among rated people, by record among all adults."
    ),
    "rating_ties": (
        "Two rated people drawn at random have the same rating half-way with this chance; 128 points below the start "
        "and more count as the same, and so do 127 above it and more."
    ),
    "grade_mobility": "Of the people who began with one grade this share ended with the other.",
    "approval_uninformed": "Of those who do not know both sides this share approves.",
}
_PEOPLE = ("age", "sex", "income", "group", "jurisdiction")
GROUPINGS: frozenset[str] = frozenset(
    (
        *_PEOPLE,
        *(q.by for q in QUANTITIES if q.by),
        *(f"{q.by} x {of}" for q in QUANTITIES if q.by for of in _PEOPLE[2:]),
        *(words for q in QUANTITIES if q.across for words in (q.across, f"{q.by} x {q.across}")),
        *("cause", "cause x group", "predictor", "predictor x group"),
        *("grade x grade_after", "grade x grade_after x group"),
    )
)

# Those that can be below 0 and above 1.
SIGNED: frozenset[str] = frozenset({"rating_variance_share"})
# Those that have a value for everybody, as the long table of the report shows them.
OVERALL: dict[str, str] = {
    name: says
    for name, says in SAYS.items()
    if name not in ("rating_variance_share", "cheating_predicted", "grade_mobility")
}
