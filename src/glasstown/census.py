"""The nouns of a nation: what is known of each person month by month, and what is counted.

A bundle is a table of records: `files.rating` is a column of it. It is either wholly truth or wholly known: the rooms
that must not know the truth are given bundles of the second kind alone. Rows are the people of one community, and row k
of the files is the dossier opened for person k; what is filed there may be about somebody else. Months are numbered
from 0, and -1 is never.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeVar, cast

import numpy as np

from glasstown import tables as t
from glasstown.core.columns import I8, I16, I32, I64, U8, U16, U64, Int
from glasstown.core.kernels import piece

N_DEEDS: Final = len(t.DEEDS)
N_BAD: Final = 6
N_AGES: Final = len(t.AGE_BANDS)
N_SEXES: Final = len(t.SEXES)
N_INCOMES: Final = len(t.INCOMES)
# Ages, sexes and incomes, crossed: so many cells for each group.
N_CELLS: Final = N_AGES * N_SEXES * N_INCOMES
N_DOORS: Final = len(t.DOORS)
N_PERKS: Final = len(t.PERKS)
N_AGENCIES: Final = len(t.AGENCIES)
N_CAUSES: Final = len(t.RECORD_CAUSES)
MOST_BANDS: Final = 16
CLASSES: Final = 36
DEFAULTED: Final = 1
LIVES: Final = 0
DEAD: Final = 1
EMIGRATED: Final = 2
NEVER: Final = -1
FAR: Final = 32767
UNRATED: Final = 255

DEBT: Final = t.DEEDS.index("debt_judgment_unpaid")
CHEAT: Final = t.DEEDS.index("cheated_stranger")
COURT: Final = t.AGENCIES.index("court")
CREDIT_OFFICE: Final = t.AGENCIES.index("credit_office")
RIGHT: Final = 0
INVENTED: Final = 1
BIASED: Final = 2
NAMESAKE: Final = 3
MISTYPED: Final = 4
MISIDENTIFIED: Final = 5
STALE: Final = 6

# Purposes of random numbers, one key each.
PURPOSES: Final = (
    *("people", "month", "deed", "report", "refile", "initial", "listing", "share", "correct"),
    *("user", "door", "perk", "redress", "react", "shame", "opinion", "deal"),
)
P_PEOPLE: Final = 0
P_MONTH: Final = 1
P_DEED: Final = 2
P_REPORT: Final = 3
P_REFILE: Final = 4
P_INITIAL: Final = 5
P_LISTING: Final = 6
P_SHARE: Final = 7
P_CORRECT: Final = 8
P_USER: Final = 9
P_DOOR: Final = 10
P_PERK: Final = 11
P_REDRESS: Final = 12
P_REACT: Final = 13
P_SHAME: Final = 14
P_OPINION: Final = 15
P_DEAL: Final = 16


Bundle = TypeVar("Bundle", bound=NamedTuple)


class Residents(NamedTuple):
    """Truth: who lives in a community, shape (people,).

    `kind` is the class of conduct (age, income, habit, ever a judgment), `lives` whether the person is alive and
    here, `ends` the month in which that changes and `fate` to what, `moves` the month of a move, `aware_from` when
    the person comes to know of the system, `owes` how many judgments are unpaid, `defaults` and `cheats` how many
    there were; `cell` is age, sex, income and group in one number.
    """

    kind: U8
    age: U8
    sex: U8
    group: U8
    income: U8
    home: U8
    lives: U8
    fate: U8
    ends: I16
    moves: I16
    aware_from: I16
    owes: U8
    defaults: U8
    cheats: U8
    cell: U16


class Deeds(NamedTuple):
    """Truth: what people did, shape (rows,); `doer` is -1 for what never happened.

    `place` is where, `slot` which occasion of the month, `unseen` that nobody could report it. `fair` and `proper` are
    the dossiers that would hold it without bias, and without errors of the data; `cause` is what is wrong with the
    entry. `counted` says where it counts in the rating by conduct: 0 nowhere, else 1 + 2 x jurisdiction, and 1 more if
    it was away from home.
    """

    doer: I32
    deed: U8
    slot: U8
    place: U8
    unseen: U8
    fair: I32
    proper: I32
    cause: U8
    counted: U16


class Entries(NamedTuple):
    """Known: what is filed, shape (rows,): under which dossier (-1 nowhere), what, how often, and when it arrives."""

    dossier: I32
    deed: U8
    copies: U8
    due: I16


class Files(NamedTuple):
    """Known: one dossier a row, shape (people,).

    `seat` is the jurisdiction that keeps the file, `opened` since when, `covered` says that the rulebook applies,
    `record` counts judgments on file, wherever the person lived, `rating` is in points before floor and cap, `band` the
    grade and `shown` the grade that other agencies go by.
    `on_list` and `red` are months of listing; `case` is the entry that is reason to list, or to have listed, `claim` a
    proof of payment, `pardon` an appeal granted, `ended` that the register says the person died or left. `held` and
    `graded` are the agencies that hold a copy of the listing and of a low grade.
    """

    seat: U8
    opened: I16
    covered: U8
    record: U8
    rating: I32
    band: U8
    shown: U8
    on_list: I16
    red: I16
    case: I32
    claim: U8
    pardon: U8
    ended: U8
    held: U16
    graded: U16


class Lots(NamedTuple):
    """Truth: how a person stands with the system, shape (people,).

    `busy` marks whoever needs a look each month. `told` knows of the listing, `cause` is what is wrong with it,
    `since` when it began, `appeal` when an answer is due, `tries` how many appeals there were, `gave_up`, `refused`,
    `wrongly` are sets of doors, `shamed` whether others are told, `first_band` the grade at the start, `marks` whether
    ever listed (1) and listed by mistake (2), `turn` which way the grade last went, `reached` how many others have
    learned of a listing. `since` is a day of the run. `blame` is the latest thing wrong
    with the file; `wrong_from` is the day since which a wrong record has stood against the person (FAR for none), `why`
    what is wrong with it. `goes` are the doors that the person ever tries, once that was drawn.
    """

    busy: U8
    told: U8
    cause: U8
    since: I16
    appeal: I16
    tries: U8
    gave_up: U8
    refused: U8
    wrongly: U8
    shamed: U8
    first_band: U8
    marks: U8
    turn: I8
    reached: U16
    blame: U8
    wrong_from: I16
    why: U8
    goes: U8


class Twins(NamedTuple):
    """Truth: the rating as it would have been, shape (people,): without bias and errors, without errors, by conduct.

    `conduct` is in 2**-16 points: each act counts with the chance that it is reported. `early` is the rating half-way,
    in points above the start, `early_record` and `early_cheats` judgments on file and cheating by then.
    """

    fair: I32
    proper: I32
    conduct: I64
    early: I16
    early_record: U8
    early_cheats: U8


class Looks(NamedTuple):
    """Truth: whom this month needs a look at, and what it brings them.

    `some` lists people (the first `n` are meant), in order; the others have shape (people,): doors closed to each,
    those that only the home jurisdiction knows of, those closed without reason, whether a closed door makes them pay,
    whether they are newly on the list, and the grade by which doors go (UNRATED where nobody rates).
    """

    some: I32
    n: I64
    closed: U8
    local: U8
    wrong: U8
    at_door: U8
    new: U8
    grade: U8


class Tally(NamedTuple):
    """Truth: what is counted in one community.

    `rows` has shape (rows, counts): everybody, then each age band, sex, group, income and jurisdiction; `series` has
    shape (months, series); `grades` counts grades at the start by grades at the end, group by group; `deals` how many
    cheated, by rating and by past defaults (group, predictor, value, cheated or not).
    """

    rows: I64
    series: I64
    grades: I64
    deals: I64


class Changes(NamedTuple):
    """Known: what the list did this month, shape (rows,): to which dossier, what, and for which entry."""

    dossier: I32
    what: U8
    reason: I32
    n: I64


LISTED: Final = 1
REPAID: Final = 2
EXPIRED: Final = 3
APPEALED: Final = 4
REPAIRED: Final = 5
ENDED: Final = 6
MOVED_OFF: Final = 7
REMOVALS: Final = ("repaid", "expired", "appeal", "repair", "death_or_emigration", "moved")

# What each month shows of the whole community, one column each.
SERIES: Final = ("listed", "listed_wrong", "listed_new", "removed", "refusals", "repaid", "owing", "deeds", "entries")


_SHORT: Final[dict[type, str]] = {
    Residents: "u1 u1 u1 u1 u1 u1 u1 u1 i2 i2 i2 u1 u1 u1 u2",
    Files: "u1 i2 u1 u1 i4 u1 u1 i2 i2 i4 u1 u1 u1 u2 u2",
    Lots: "u1 u1 u1 i2 i2 u1 u1 u1 u1 u1 u1 u1 i1 u2 u1 i2 u1 u1",
    Twins: "i4 i4 i8 i2 u1 u1",
    Looks: "i4 i8 u1 u1 u1 u1 u1 u1",
    Deeds: "i4 u1 u1 u1 u1 i4 i4 u1 u2",
    Entries: "i4 u1 u1 i2",
}


def blank(kind: type[Bundle], n: int) -> Bundle:
    """Make a bundle of n rows of zeros; the columns of a row lie side by side, so that a row is read at once."""
    return side_by_side(kind, dict(zip(kind._fields, _SHORT[kind].split(), strict=True)), n)


def side_by_side(kind: type[Bundle], columns: Mapping[str, object], n: int) -> Bundle:
    """Make a table of n rows of zeros whose rows, not columns, lie in one piece; `columns` says what each holds."""
    dtype = np.dtype([(name, *(of if isinstance(of, tuple) else (of,))) for name, of in columns.items()], align=True)
    return cast(Bundle, np.zeros(n, dtype).view(np.recarray))


@piece
def class_of(age: Int, income: Int, habit: Int) -> Int:
    """Return the class of conduct: minors, the young and the others, by income and habit; no judgment yet."""
    stage = 0 if age == 0 else 1 if age == 1 else 2
    return ((stage * 3 + income) * 2 + habit) * 2


@piece
def band_of(rating: Int, at: Int, floor: I32, cap: I32, band_from: I32, n_bands: I32) -> Int:
    """Return the grade of a rating: the highest one whose lower end it reaches, within floor and cap."""
    held = min(max(rating, floor[at]), cap[at])
    band = 0
    for k in range(1, n_bands[at]):
        if held >= band_from[at, k]:
            band = k
    return band


def keys_of(words: list[tuple[np.uint64, np.uint64]]) -> U64:
    """Stack the keys of the purposes, shape (purposes, 2)."""
    return np.array(words, np.uint64)
