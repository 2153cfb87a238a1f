"""A crowd without streets: whose face comes next past the cameras, and what kind of person that is."""

from __future__ import annotations

import numpy as np

from glasstown import tables as t
from glasstown.core.chance import happens, threshold
from glasstown.core.columns import I32, I64, U8, U64
from glasstown.core.kernels import kernel
from glasstown.core.keys import Key
from glasstown.core.philox import HALF, block
from glasstown.tables_crowd import Passers
from glasstown.town.knobs import TownKnobs
from glasstown.town.people import shares

BLOCK = t.COMMUNITY_SIZE
MOST_FACES = 250
_ZERO = np.uint64(0)


def blocks_of(faces: int) -> int:
    """Count the blocks of at most 65,536 faces: the unit of threads, and of what is lived again."""
    return -(-faces // BLOCK)


def pass_by(knobs: TownKnobs, faces: int, number: int, key: Key) -> Passers:
    """Let one block of the crowd walk past the cameras.

    Each face is of the same person as the one before with a chance such that `faces_per_person` are taken of a
    person on average; else somebody new comes, whose sex, age and group are drawn from the shares.

    Parameters
    ----------
    knobs : TownKnobs
        Shares of women, ages and groups; faces per person.
    faces : int
        How many faces are taken that day.
    number : int
        Which block.
    key : Key
        The day's key; a draw is addressed by face.

    Returns
    -------
    Passers
        A row for each face of the block, numbered by it; `n_faces` is 0 where a face is a further one of the person
        before. Nobody belongs to two blocks. `picture` is still to be drawn.

    Limits
    ------
    People come in no order and alone; sex, age and group are independent of each other.
    """
    first = number * BLOCK
    n = min(BLOCK, faces - first)
    ages = knobs.ages or {}
    weights = [1] * len(t.AGE_BANDS)
    if ages:
        told = shares(ages.values(), "town.ages")
        weights = [int(told[list(ages).index(band)]) if band in ages else 0 for band in t.AGE_BANDS]
    n_faces, sex = np.zeros(n, np.uint8), np.zeros(n, np.uint8)
    age_band, group = np.zeros(n, np.uint8), np.zeros(n, np.uint8)
    again = threshold(1.0 - 1.0 / float(knobs.faces_per_person))
    k0, k1 = key("passer").words
    _pass_by(
        first,
        again,
        threshold(float(knobs.female)),
        np.cumsum(np.array(weights, np.uint64), dtype=np.uint64),
        np.cumsum(shares(knobs.groups.values(), "town.groups").astype(np.uint64), dtype=np.uint64),
        k0,
        k1,
        n_faces,
        age_band,
        sex,
        group,
    )
    person = np.arange(first, first + n, dtype=np.int32)
    return Passers(person, n_faces, age_band, sex, group, np.zeros(n, np.bool_))


def as_people(passers: Passers) -> t.People:
    """Give passers-by the columns of residents; nobody lives here, and nobody lives together."""
    nowhere = np.full(len(passers), -1)
    return t.People.of(
        person=passers.person,
        household=passers.person,
        age=np.array(t.AGE_FROM)[passers.age_band],
        sex=passers.sex,
        group=passers.group,
        home=nowhere,
        occupation=np.zeros(len(passers)),
        anchor=nowhere,
    )


def arrival(knobs: TownKnobs, person: I32, key: Key) -> I64:
    """Say at which minute of the day each person passes first: any minute of the hours is as likely.

    Parameters
    ----------
    key : Key
        The day's key; a draw is addressed by person.
    """
    begin, end = int(knobs.from_minute), int(knobs.to_minute)
    return begin + key("arrival").below(end - begin, person)


@kernel
def _pass_by(
    first: int,
    again: np.uint64,
    female: np.uint64,
    ages: U64,
    groups: U64,
    k0: np.uint64,
    k1: np.uint64,
    out_faces: U8,
    out_band: U8,
    out_sex: U8,
    out_group: U8,
) -> None:
    """Draw a block face by face; four words at each address: again, sex, age, group."""
    who = 0
    for i in range(len(out_faces)):
        x = block(np.uint64(first + i), _ZERO, _ZERO, _ZERO, k0, k1)
        if i > 0 and out_faces[who] < MOST_FACES and happens(x[0], x[3], again):
            out_faces[who] += 1
            continue
        who = i
        out_faces[i] = 1
        out_sex[i] = not happens(x[1], x[0], female)
        out_band[i] = np.searchsorted(ages, (x[2] * ages[-1]) >> HALF, side="right")
        out_group[i] = np.searchsorted(groups, (x[3] * groups[-1]) >> HALF, side="right")
