"""Records: filed where the system believes, kept as long as stated, and then really gone."""

from __future__ import annotations

import gc
import types
import weakref
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from glasstown import tables as t
from glasstown.core.keys import Key
from glasstown.core.quantity import assume
from glasstown.core.short import Short
from glasstown.records.forget import forget
from glasstown.records.knobs import RecordsKnobs
from glasstown.records.link import link
from glasstown.records.remember import remember
from glasstown.simulate import step
from glasstown.state import Records, Reel, SeenCaptures, State
from tests import harsh, worlds
from tests.worlds import rows

KEY = Key.from_seed(101)


def knobs(days: int, alert_days: int) -> RecordsKnobs:
    return RecordsKnobs(retention_days=assume(days), alert_retention_days=assume(alert_days))


def seen(key: Key, n: int) -> SeenCaptures:
    ids = np.arange(n)
    packed = key("device").below(9, ids) << 11 | key("minute").below(1_440, ids)
    return SeenCaptures.of(t.Faces.of(packed=packed))


def sighted(key: Key, n: int, day: int) -> t.Sightings:
    ids = np.arange(n)
    return t.Sightings.of(
        dossier=key("dossier").below(4, ids),
        day=np.full(n, day),
        device=key("device").below(9, ids),
        minute=key("minute").below(1_440, ids),
    )


def content(parts: tuple[Any, ...]) -> list[tuple[int, ...]]:
    written = (part.footage() if isinstance(part, Reel) else part for part in parts)
    return sorted(row for part in written for row in rows(part))


# ---------------------------------------------------------------- linking
def dossiers_of(*references: int) -> t.Dossiers:
    n = len(references)
    usual = {c.name: np.zeros(n) for c in t.Dossiers.columns()}
    return t.Dossiers.of(**(usual | {"dossier": np.arange(n), "reference": references}))


def test_an_alert_is_filed_under_whom_the_system_takes_the_person_for() -> None:
    alerts = t.SeenAlerts.of(device=[4, 4, 7, 8], minute=[600, 601, 5, 5], reference=[30, 10, 30, 20])
    filed = link(alerts, dossiers_of(20, 10, 40, 30), 6)
    filed.check()
    assert rows(filed) == [(3, 6, 4, 600), (1, 6, 4, 601), (3, 6, 7, 5), (0, 6, 8, 5)]


def test_nothing_to_file() -> None:
    assert len(link(t.SeenAlerts.empty(), dossiers_of(3, 1), 0)) == 0
    assert len(link(t.SeenAlerts.empty(), t.Dossiers.empty(), 0)) == 0


# ---------------------------------------------------------------- keeping and forgetting
@pytest.mark.parametrize("alert_days", [0, 1, 3])
@pytest.mark.parametrize("days", [0, 1, 2, 30])
def test_a_record_is_there_for_its_days_and_gone_after(days: int, alert_days: int) -> None:
    """Evening by evening against a plain list: a record of day d is there on d to d + r - 1."""
    records = Records()
    footage: list[tuple[int, ...]] = []
    sightings: list[tuple[int, ...]] = []
    for day in range(9):
        captures, filed = seen(KEY("seen", day), day % 4 * 20), sighted(KEY("filed", day), (day + 1) % 3 * 7, day)
        records = remember(records, captures, filed, knobs(days, alert_days), day)
        records = forget(records, knobs(days, alert_days), day)
        footage += content((Reel.of(day, captures),))
        sightings += rows(filed)
        assert content(records.footage) == sorted(row for row in footage if row[0] > day - days)
        assert content(records.sightings) == sorted(row for row in sightings if row[1] > day - alert_days)
        assert all(len(part) for part in (*records.footage, *records.sightings))
        for part in (*(reel.footage() for reel in records.footage), *records.sightings):
            part.check()


def test_a_shorter_retention_takes_effect_at_once() -> None:
    records = Records()
    for day in range(6):
        records = remember(records, seen(KEY("seen", day), 10), sighted(KEY, 10, day), knobs(90, 90), day)
    assert len(content(records.footage)) == len(content(records.sightings)) == 60
    later = forget(records, knobs(2, 1), 5)
    assert {row[0] for row in content(later.footage)} == {4, 5}
    assert {row[1] for row in content(later.sightings)} == {5}
    nothing = forget(records, knobs(0, 0), 5)
    assert nothing == Records((), ())


def test_a_part_of_several_days_is_cut() -> None:
    mixed = t.Sightings.of(dossier=[0, 1, 0, 2], day=[3, 4, 5, 4], device=[1, 2, 3, 4], minute=[0, 0, 0, 0])
    left = forget(Records((), (mixed,)), knobs(0, 2), 5).sightings
    assert [rows(part) for part in left] == [[(1, 4, 2, 0), (0, 5, 3, 0), (2, 4, 4, 0)]]
    assert left[0].day.base is None


def test_retention_zero_writes_nothing_down() -> None:
    records = remember(Records(), seen(KEY, 10), sighted(KEY, 10, 0), knobs(0, 0), 0)
    assert records == Records((), ())


# ---------------------------------------------------------------- really gone
def reachable(root: Any) -> list[Any]:
    """Everything that can be reached from an object, code and classes left aside."""
    found: dict[int, Any] = {}
    waiting = [root]
    while waiting:
        item = waiting.pop()
        if id(item) in found or isinstance(item, type | types.ModuleType | types.FunctionType | types.MethodType):
            continue
        found[id(item)] = item
        waiting += gc.get_referents(item)
        if isinstance(item, np.ndarray) and item.base is not None:
            waiting.append(item.base)
    return list(found.values())


def test_what_is_forgotten_cannot_be_reached_from_the_state_and_is_freed() -> None:
    """Footage for two days, sightings for three: no table, and no array of one, outlives its days."""
    scenario = harsh.scenario()
    state: State = harsh.week()[0].before
    born: list[tuple[int, str, weakref.ref[Any]]] = []
    for day in range(7):
        state, lived = step(state, scenario, worlds.KEY)
        n_captures = len(lived.captures)
        del lived
        new = state.records.footage[-1]
        assert (new.day, len(new)) == (day, n_captures)
        there = new.taken
        columns = (there.byte, there.large, new.minutes.minute)
        born += [(day, "Reel", weakref.ref(item)) for item in (*columns, there, new.minutes, new)]
        for part in state.records.sightings:
            if part.day[0] == day:
                born += [(day, "Sightings", weakref.ref(array)) for array in (part.device, part.minute, part.day)]
                born.append((day, "Sightings", weakref.ref(part)))
        del new, there, columns, part
        gc.collect()
        kept = [item for item in reachable(state) if isinstance(item, Reel | t.Sightings)]
        assert {reel.day for reel in kept if isinstance(reel, Reel)} == {day, max(day - 1, 0)}
        assert {int(d) for part in kept if isinstance(part, t.Sightings) for d in part.day} <= {day, day - 1, day - 2}
        del kept
        for when, kind, reference in born:
            due = when + (2 if kind == "Reel" else 3) <= day
            assert (reference() is None) == due, f"{kind} of day {when} on the evening of day {day}"
    assert len(born) >= 7 * 8


def test_what_is_reachable_would_be_noticed() -> None:
    part = t.Sightings.of(dossier=[0], day=[1], device=[2], minute=[3])
    hidden = {"a": [(part.take(slice(0, 1)),)]}
    found = reachable(hidden)
    assert any(isinstance(item, t.Sightings) for item in found)
    assert any(item is part.device for item in found)


def test_what_is_kept_is_what_was_captured() -> None:
    """Every capture of the last two days and every alert of the last three, once each; nothing says whose it was."""
    captured: dict[tuple[int, int], list[tuple[int, ...]]] = {}
    alerted: dict[tuple[int, int], list[tuple[int, ...]]] = {}
    for each in harsh.week():
        day, room = each.day.day, each.day.community
        faces, notices = each.day.captures, each.day.alerts
        columns = (faces.device.tolist(), faces.minute.tolist())
        captured[room, day] = [(day, d, m) for d, m in zip(*columns, strict=True)]
        columns = (notices.reference.tolist(), notices.device.tolist(), notices.minute.tolist())
        alerted[room, day] = [(r, day, d, m) for r, d, m in zip(*columns, strict=True)]
        recent = [captured.get((room, d), []) for d in (day - 1, day)]
        assert content(each.after.records.footage) == sorted(row for rows_ in recent for row in rows_)
        recent = [alerted.get((room, d), []) for d in (day - 2, day - 1, day)]
        assert content(each.after.records.sightings) == sorted(row for rows_ in recent for row in rows_)
        files = each.after.docket.dossiers
        kept = np.bincount([row[0] for row in content(each.after.records.sightings)], minlength=len(files))
        assert files.n_sightings.tolist() == kept.tolist()


def test_retention_zero_keeps_nothing_overnight() -> None:
    for each in harsh.week(records__retention_days=0, records__alert_retention_days=0):
        assert each.after.records == Records((), ())
        assert not [item for item in reachable(each.after) if isinstance(item, Reel | t.Sightings)]
        assert not each.after.docket.dossiers.n_sightings.any()


def test_what_does_not_belong_together_is_refused() -> None:
    """Would notice one capture more than devices took, a device that took none, comes twice or is below 0."""
    good = seen(KEY, 40)
    good.check()
    reel = Reel.of(0, good)
    reel.check()
    device, n = good.devices.device, good.devices.n_captures
    shorter, doubled = t.SeenMinutes(good.minutes.minute[1:]), device.copy()
    doubled[1] = doubled[0]
    odd = [t.SeenDevices(device[1:], n[1:]), t.SeenDevices(doubled, n), t.SeenDevices(device - 1, n)]
    odd.append(t.SeenDevices(device, n + np.array([-n[0], n[0], *[0] * (len(n) - 2)], np.int32)))
    for wrong in (replace(good, minutes=shorter), *(replace(good, devices=devices) for devices in odd)):
        with pytest.raises(ValueError, match="not those of their devices"):
            wrong.check()
    with pytest.raises(ValueError, match="not those of their devices"):
        replace(reel, minutes=shorter).check()
    with pytest.raises(ValueError, match="not as large"):
        replace(reel, taken=Short(reel.taken.byte, np.array([300], np.int32))).check()
    for day in (-1, "x", None, 2.5, True):
        with pytest.raises(TypeError, match="footage of day"):
            replace(reel, day=day).check()  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("captures", [[], [(3, 5)], [(0, 1)] * 700 + [(2, 9)] * 255 + [(7, 0)] * 254 + [(8, 3)]])
def test_a_reel_gives_back_what_was_put_on_it(captures: list[tuple[int, int]]) -> None:
    """Would notice one face more or less, at a device that took one, as many as a byte holds, or more."""
    handed_over = SeenCaptures.of(t.Faces.of(packed=[device << 11 | minute for device, minute in captures]))
    reel = Reel.of(4, handed_over)
    reel.check()
    assert len(reel) == len(captures)
    back = reel.captures
    assert rows(back.devices) == rows(handed_over.devices)
    assert back.minutes is handed_over.minutes
    assert rows(reel.footage()) == [(4, device, minute) for device, minute in captures]
    reel.footage().check()


def test_what_is_kept_of_a_day_takes_a_byte_for_a_device_and_two_for_a_capture() -> None:
    faces = t.Faces.of(packed=np.repeat(np.arange(10_000), 3) << 11)
    reel = Reel.of(0, SeenCaptures.of(faces))
    assert reel.taken.byte.nbytes + reel.taken.large.nbytes + reel.minutes.minute.nbytes == 10_000 + 2 * 30_000
