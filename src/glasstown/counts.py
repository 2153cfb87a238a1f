"""What is counted in a nation, by name: integers that add up over people, months and communities."""

from __future__ import annotations

from typing import Final

from glasstown.census import (
    MOST_BANDS,
    N_AGES,
    N_CAUSES,
    N_CELLS,
    N_DEEDS,
    N_DOORS,
    N_INCOMES,
    N_PERKS,
    N_SEXES,
    REMOVALS,
    Residents,
)
from glasstown.core.columns import I64, Int
from glasstown.core.kernels import piece

# What is counted, in this order, with how many numbers each; integers that add up over people, months and communities.
SIZES: Final[dict[str, int]] = {
    "people": 1,
    "adults": 1,
    "acts": N_DEEDS,
    "deterred": N_DEEDS,
    "displaced": 1,
    "bought": 1,
    "entries": N_CAUSES,
    "entries_lost_at_walls": 1,
    "listed_start": 1,
    "listed_new": N_CAUSES,
    "removed": len(REMOVALS),
    "days_listed": N_CAUSES,
    "listed_end": N_CAUSES,
    "ever_listed": 1,
    "ever_wrong": 1,
    "spells": 1,
    "spell_days": 1,
    "righted": N_CAUSES,
    "righted_days": N_CAUSES,
    "righted_tries": N_CAUSES,
    "refusals": N_DOORS,
    "trips": N_DOORS,
    "people_refused": N_DOORS,
    "refused_anywhere": 1,
    "refusals_wrong": N_DOORS,
    "refusals_why": N_DOORS * N_CAUSES,
    "refusals_graded": N_DOORS * MOST_BANDS,
    "refusals_elsewhere": 1,
    "refusals_listed": 1,
    "other_documents": N_DOORS,
    "other_way": N_DOORS,
    "gave_up": N_DOORS,
    "paid_at_door": 1,
    "wrong_records": N_CAUSES,
    "wrong_doors": N_CAUSES,
    "doors_closed_days": N_DOORS,
    "owing_start": 1,
    "owing_end": 1,
    "repaid_listed": 1,
    "repaid_unlisted": 1,
    "wanted": N_PERKS,
    "given": N_PERKS,
    "given_anyway": N_PERKS,
    "appeals": 1,
    "appeals_decided": 1,
    "granted_wrong": 1,
    "granted_right": 1,
    "shamed": 1,
    "told_of_shame": 1,
    "people_told_of_shame": 1,
    "isolated": 1,
    "aware": 1,
    "heard": 1,
    "moved": 1,
    "moved_away": 1,
    "up": 1,
    "down": 1,
    "turned_back": 1,
    "grade_start": MOST_BANDS,
    "grade_end": MOST_BANDS,
    "rated": 1,
    "misrated_by_error": 1,
    "misrated_by_bias": 1,
    "misrated": N_CAUSES,
    "approve": 1,
    "say_approve": 1,
    "informed": 1,
    "informed_approve": 1,
    "uninformed_approve": 1,
    "cheats": 1,
    "deals": 1,
    "deals_cheated": 3,
    "cheating_prevented": 2,
    "honest_deals_lost": 2,
    "deposits_asked": 2,
    "honest_refused": 2,
    "variance": 11,
}
FIRST: Final[dict[str, int]] = {}
_at = 0
for _name, _size in SIZES.items():
    FIRST[_name] = _at
    _at += _size
N_COUNTS: Final = _at

PEOPLE: Final = FIRST["people"]
ADULTS: Final = FIRST["adults"]
ACTS: Final = FIRST["acts"]
DETERRED: Final = FIRST["deterred"]
DISPLACED: Final = FIRST["displaced"]
BOUGHT: Final = FIRST["bought"]
ENTRIES: Final = FIRST["entries"]
WALLED: Final = FIRST["entries_lost_at_walls"]
LISTED_START: Final = FIRST["listed_start"]
LISTED_NEW: Final = FIRST["listed_new"]
REMOVED: Final = FIRST["removed"]
DAYS_LISTED: Final = FIRST["days_listed"]
LISTED_END: Final = FIRST["listed_end"]
EVER_LISTED: Final = FIRST["ever_listed"]
EVER_WRONG: Final = FIRST["ever_wrong"]
SPELLS: Final = FIRST["spells"]
SPELL_DAYS: Final = FIRST["spell_days"]
RIGHTED: Final = FIRST["righted"]
RIGHTED_DAYS: Final = FIRST["righted_days"]
RIGHTED_TRIES: Final = FIRST["righted_tries"]
REFUSALS: Final = FIRST["refusals"]
TRIPS: Final = FIRST["trips"]
PEOPLE_REFUSED: Final = FIRST["people_refused"]
REFUSED_ANYWHERE: Final = FIRST["refused_anywhere"]
REFUSALS_WRONG: Final = FIRST["refusals_wrong"]
REFUSALS_WHY: Final = FIRST["refusals_why"]
REFUSALS_GRADED: Final = FIRST["refusals_graded"]
REFUSALS_ELSEWHERE: Final = FIRST["refusals_elsewhere"]
REFUSALS_LISTED: Final = FIRST["refusals_listed"]
OTHER_DOCUMENTS: Final = FIRST["other_documents"]
OTHER_WAY: Final = FIRST["other_way"]
GAVE_UP: Final = FIRST["gave_up"]
PAID_AT_DOOR: Final = FIRST["paid_at_door"]
WRONG_RECORDS: Final = FIRST["wrong_records"]
WRONG_DOORS: Final = FIRST["wrong_doors"]
CLOSED_DAYS: Final = FIRST["doors_closed_days"]
OWING_START: Final = FIRST["owing_start"]
OWING_END: Final = FIRST["owing_end"]
REPAID_LISTED: Final = FIRST["repaid_listed"]
REPAID_UNLISTED: Final = FIRST["repaid_unlisted"]
WANTED: Final = FIRST["wanted"]
GIVEN: Final = FIRST["given"]
GIVEN_ANYWAY: Final = FIRST["given_anyway"]
APPEALS: Final = FIRST["appeals"]
APPEALS_DECIDED: Final = FIRST["appeals_decided"]
GRANTED_WRONG: Final = FIRST["granted_wrong"]
GRANTED_RIGHT: Final = FIRST["granted_right"]
SHAMED: Final = FIRST["shamed"]
TOLD_OF_SHAME: Final = FIRST["told_of_shame"]
PEOPLE_TOLD: Final = FIRST["people_told_of_shame"]
ISOLATED: Final = FIRST["isolated"]
AWARE: Final = FIRST["aware"]
HEARD: Final = FIRST["heard"]
MOVED: Final = FIRST["moved"]
MOVED_AWAY: Final = FIRST["moved_away"]
UP: Final = FIRST["up"]
DOWN: Final = FIRST["down"]
TURNED_BACK: Final = FIRST["turned_back"]
GRADE_START: Final = FIRST["grade_start"]
GRADE_END: Final = FIRST["grade_end"]
RATED: Final = FIRST["rated"]
MISRATED_BY_ERROR: Final = FIRST["misrated_by_error"]
MISRATED_BY_BIAS: Final = FIRST["misrated_by_bias"]
MISRATED: Final = FIRST["misrated"]
APPROVE: Final = FIRST["approve"]
SAY_APPROVE: Final = FIRST["say_approve"]
INFORMED: Final = FIRST["informed"]
INFORMED_APPROVE: Final = FIRST["informed_approve"]
UNINFORMED_APPROVE: Final = FIRST["uninformed_approve"]
CHEATS: Final = FIRST["cheats"]
DEALS: Final = FIRST["deals"]
DEALS_CHEATED: Final = FIRST["deals_cheated"]
PREVENTED: Final = FIRST["cheating_prevented"]
DEALS_LOST: Final = FIRST["honest_deals_lost"]
DEPOSITS: Final = FIRST["deposits_asked"]
HONEST_REFUSED: Final = FIRST["honest_refused"]
VARIANCE: Final = FIRST["variance"]


@piece
def count(rows: I64, who: Residents, i: Int, column: Int, amount: Int) -> None:
    """Count something for one person: in the cell of age, sex, income and group, and for the jurisdiction.

    Parameters
    ----------
    rows : array of int64
        Cells, then jurisdictions from the last one back; `gather` makes sums for each grouping of them.
    """
    rows[who.cell[i], column] += amount
    rows[rows.shape[0] - 1 - who.home[i], column] += amount


def cells_of(groups: int, rows: int) -> int:
    """Return how many rows `count` needs where `gather` makes so many of them, for so many groups of people."""
    return N_CELLS * groups + rows - (1 + N_AGES + N_SEXES + N_INCOMES + groups)


@piece
def gather(cells: I64, places: Int, rows: I64) -> None:
    """Add what was counted for cells to what is counted for everybody, each age, sex, income, group and jurisdiction.

    Parameters
    ----------
    cells : array of int64, shape (cells + places, counts)
        As `count` filled it.
    rows : array of int64, shape (rows, counts)
        Changed.
    """
    last, n_rows = cells.shape[0] - places, rows.shape[0]
    groups = last // N_CELLS
    for cell in range(last):
        group, rest = cell % groups, cell // groups
        income, rest = rest % N_INCOMES, rest // N_INCOMES
        sex, age = rest % N_SEXES, rest // N_SEXES
        for column in range(cells.shape[1]):
            amount = cells[cell, column]
            rows[0, column] += amount
            rows[1 + age, column] += amount
            rows[1 + N_AGES + sex, column] += amount
            rows[1 + N_AGES + N_SEXES + income, column] += amount
            rows[1 + N_AGES + N_SEXES + N_INCOMES + group, column] += amount
    for place in range(places):
        for column in range(cells.shape[1]):
            rows[n_rows - 1 - place, column] += cells[cells.shape[0] - 1 - place, column]
