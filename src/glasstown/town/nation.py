"""The people of a nation, one community at a time: who they are, where they live, when they leave."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glasstown import census as c
from glasstown import tables as t
from glasstown.core.chance import cumulative, steady
from glasstown.core.columns import I64, U64, Int
from glasstown.core.kernels import piece
from glasstown.core.philox import STRIP, draw_row
from glasstown.town.knobs import TownKnobs

# Deaths a year by age band, of the order of a present-day life table; `life.deaths` multiplies them.
DEATHS_PER_YEAR = (0.0005, 0.0005, 0.001, 0.005, 0.025, 0.1)
LARGEST = 16_384
FAR = c.FAR
CLUSTERS = 32
SAMPLE_OF = 1_300_000
THINNEST = 1_000


class Makeup(NamedTuple):
    """Of whom a nation consists, as running thresholds; months are counted from the start of the run.

    `leaves` is the chance to have died or emigrated by the end of each month, by age band, `dead` the part of it that
    is death; `moves` and `aware` (one row) the same for moving and for coming to know of the system.
    """

    ages: U64
    groups: U64
    incomes: U64
    places: U64
    female: np.uint64
    habitual: np.uint64
    leaves: U64
    dead: U64
    moves: U64
    aware: U64


def sample_of(town: TownKnobs) -> int:
    """Say one in how many people is simulated."""
    return town.sample or min(max(town.people // SAMPLE_OF, 1), THINNEST)


def communities_of(town: TownKnobs) -> tuple[int, int, I64]:
    """Say how large communities are, how many there are in the nation, and which of them are simulated.

    Returns
    -------
    size : int
        People in a community; the last one of the nation may have fewer.
    whole : int
        Communities in the nation.
    chosen : array of int64
        Which are simulated: every one, or one in `sample`, spread evenly.
    """
    every = sample_of(town)
    size = min(max(town.people // (every * CLUSTERS), 1), LARGEST)
    whole = -(-town.people // size)
    return size, whole, np.arange(every // 2, whole, every, dtype=np.int64)


def makeup(town: TownKnobs, aware: float, learns_per_year: float, ends: I64) -> Makeup:
    """Turn the knobs of the people into thresholds.

    Parameters
    ----------
    aware, learns_per_year : float
        Share who know of the system at the start, and of the rest who come to know it in a year.
    ends : array of int64, shape (months,)
        Days from the start to the end of each month.
    """
    life = town.life
    ages = [float(town.ages[name]) if name in town.ages else 0.0 for name in t.AGE_BANDS]
    if not town.ages:
        ages = [float(name == "25-44") for name in t.AGE_BANDS]
    incomes = [float(town.incomes[name]) if name in town.incomes else 0.0 for name in t.INCOMES]
    years = ends / 365.0
    gone: list[list[int]] = []
    dead: list[int] = []
    for yearly in DEATHS_PER_YEAR:
        death, emigration = yearly * float(life.deaths), float(life.emigrates_per_year)
        gone.append([_code(1 - np.exp(-(death + emigration) * y)) for y in years])
        dead.append(_code(death / (death + emigration) if death else 0.0))
    return Makeup(
        ages=cumulative(ages),
        groups=cumulative([float(share) for share in town.groups.values()]),
        incomes=cumulative(incomes if town.incomes else [0.0, 1.0, 0.0]),
        places=cumulative([float(share) for share in town.jurisdictions.values()]),
        female=np.uint64(_code(float(town.female))),
        habitual=np.uint64(_code(float(life.habitual))),
        leaves=np.array(gone, np.uint64),
        dead=np.array(dead, np.uint64),
        moves=np.array([[_code(1 - np.exp(-float(life.moves_per_year) * y)) for y in years]], np.uint64),
        aware=np.array([[_code(1 - (1 - aware) * (1 - learns_per_year) ** y) for y in [0.0, *years[:-1]]]], np.uint64),
    )


def _code(p: float) -> int:
    return int(steady(float(p)) * 2.0**32)


@piece
def pick(running: U64, bits: np.uint64) -> Int:
    """Take the first index whose running threshold is above the bits."""
    k = 0
    for j in range(len(running) - 1):
        # Comparing all is quicker than guessing where to stop.
        k += np.int64(bits >= running[j])
    return k


@piece
def month_by(running: U64, row: Int, bits: np.uint64) -> Int:
    """Return the first month by whose end something has happened; it does within the run."""
    month = 0
    while bits >= running[row, month]:
        month += 1
    return month


@piece
def settle(first: Int, n: Int, who: c.Residents, makeup: Makeup, keys: U64) -> None:
    """Move n people in, numbered from `first` in the whole nation: draws are addressed by that number alone.

    Limits: income, age, group and habit are independent of each other, and nobody ages or is born within a run.
    """
    k0, k1 = keys[c.P_PEOPLE, 0], keys[c.P_PEOPLE, 1]
    lots = np.empty((12, STRIP), np.uint64)
    for lo in range(0, n, STRIP):
        m = min(STRIP, n - lo)
        for part in range(3):
            draw_row(first + lo, m, part, 0, lots[4 * part : 4 * part + 4], k0, k1)
        for j in range(m):
            i = lo + j
            age, income = pick(makeup.ages, lots[0, j]), pick(makeup.incomes, lots[2, j])
            who.age[i], who.group[i], who.income[i] = age, pick(makeup.groups, lots[1, j]), income
            who.sex[i] = 0 if lots[3, j] < makeup.female else 1
            kind = (age * c.N_SEXES + np.int64(who.sex[i])) * c.N_INCOMES + income
            who.cell[i] = kind * len(makeup.groups) + np.int64(who.group[i])
            who.home[i] = pick(makeup.places, lots[4, j])
            who.kind[i] = c.class_of(age, income, 1 if lots[5, j] < makeup.habitual else 0)
            who.ends[i] = FAR if lots[6, j] >= makeup.leaves[age, -1] else month_by(makeup.leaves, age, lots[6, j])
            who.moves[i] = FAR if lots[7, j] >= makeup.moves[0, -1] else month_by(makeup.moves, 0, lots[7, j])
            who.aware_from[i] = FAR if lots[8, j] >= makeup.aware[0, -1] else month_by(makeup.aware, 0, lots[8, j])
            who.fate[i] = c.DEAD if lots[9, j] < makeup.dead[age] else c.EMIGRATED
            who.lives[i] = c.LIVES
            who.owes[i] = who.defaults[i] = who.cheats[i] = 0
