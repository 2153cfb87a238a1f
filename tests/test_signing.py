"""Signatures: each number counts, however a column is told.

Smallest error noticed: one number that is one more; one minute, one device, one day of footage that is another one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from blake3 import blake3

from glasstown import tables as t
from glasstown.core.keys import Key
from glasstown.state import Reel, SeenCaptures, State
from glasstown.study.life import sign_room
from glasstown.study.rows import sign
from tests.worlds import LOUD, lived

KEY = Key.from_seed(71)
LONG = 100


def signature(person: Any) -> str:
    digest = blake3()
    zero = np.zeros(len(person), np.int16)
    sign(digest, "standing", t.Standing(np.asarray(person, np.int32), zero, zero))
    return digest.hexdigest()


COLUMNS: dict[str, Any] = {
    "all the same": np.full(LONG, 7),
    "rising": np.arange(LONG) + 7,
    "rising from below nothing": np.arange(LONG) - 5,
    "falling": np.arange(LONG)[::-1],
    "by twos": np.arange(LONG) * 2,
    "any": KEY.below(1_000, np.arange(LONG)),
    "rising with a gap": np.append(np.arange(LONG - 1), LONG),
    "few": np.full(3, 7),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_one_number_more_is_another_signature(name: str) -> None:
    column = COLUMNS[name]
    once = signature(column)
    places = np.arange(len(column))
    others = {signature(column + step * (places == at)) for at in places for step in (-1, 1)}
    assert len(others - {once}) == 2 * len(column)
    assert once not in {signature(column + 1), signature(column[:-1]), signature(np.append(column, column[-1]))}


def test_columns_that_differ_differ_and_those_that_do_not_do_not() -> None:
    assert len({signature(column) for column in COLUMNS.values()}) == len(COLUMNS)
    assert signature(np.full(LONG, 7)) == signature(np.broadcast_to(np.int32(7), LONG))
    assert signature(np.repeat(np.arange(LONG), 2)[::2]) == signature(np.arange(LONG))


@pytest.fixture(scope="module")
def evening() -> State:
    """Return a control room that holds footage of two days, files and sightings."""
    state = lived(changes={**LOUD, "records.retention_days": 3}, days=2)[-1][0][0]
    assert [len(reel) > LONG for reel in state.records.footage] == [True, True]
    assert len(state.docket.dossiers)
    assert all(map(len, state.records.sightings))
    return state


def with_reel(state: State, **changes: Any) -> State:
    first, *others = state.records.footage
    devices, minutes = first.captures.devices, first.captures.minutes
    columns = {"day": first.day, "device": devices.device, "n": devices.n_captures, "minute": minutes.minute} | changes
    devices, minutes = t.SeenDevices(columns["device"], columns["n"]), t.SeenMinutes(columns["minute"])
    reel = Reel.of(columns["day"], SeenCaptures(devices, minutes))
    return replace(state, records=replace(state.records, footage=(reel, *others)))


def one_more(values: Any, at: int) -> Any:
    return values + (np.arange(len(values)) == at).astype(values.dtype)


def test_whatever_a_control_room_holds_is_signed(evening: State) -> None:
    captures, records, dossiers = evening.records.footage[0].captures, evening.records, evening.docket.dossiers
    first, *others = records.sightings
    later = replace(first, minute=one_more(first.minute, 3))
    reels = records.footage
    changed = [
        *(with_reel(evening, minute=one_more(captures.minutes.minute, at)) for at in (0, LONG, len(captures) - 1)),
        with_reel(evening, device=one_more(captures.devices.device, len(captures.devices) - 1)),
        with_reel(evening, n=one_more(captures.devices.n_captures, 0)),
        with_reel(evening, day=5),
        replace(evening, records=replace(records, footage=reels[:1])),
        replace(evening, records=replace(records, footage=reels[::-1])),
        replace(evening, records=replace(records, sightings=(later, *others))),
        replace(evening, docket=replace(evening.docket, dossiers=dossiers.take(np.arange(len(dossiers) - 1)))),
    ]
    assert sign_room(evening) == sign_room(with_reel(evening))
    assert len({sign_room(state) for state in (evening, *changed)}) == 1 + len(changed)
