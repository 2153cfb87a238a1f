"""Walking past devices, one trip and one device at a time."""

from __future__ import annotations

from glasstown import tables as t
from glasstown.core.columns import Bool
from glasstown.core.keys import Key
from glasstown.sensing.knobs import Cameras
from glasstown.state import Passes
from tests.plain.draws import WORD, words
from tests.plain.metrics import rows_of

SURE = WORD - 1
# Of each trip of a day: the tour, and which way along it.
TOURS = ((0, 0), (0, 1), (1, 0), (2, 0), (2, 1), (3, 0), (3, 1))


def capture(
    trips: t.Trips, passes: Passes, on: Bool, searching: Bool, knobs: Cameras, key: Key
) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """The rows of exposures (person, slot, passes, captures, searches, minutes in view) and of captures."""
    exposures: list[tuple[int, ...]] = []
    captures: list[tuple[int, ...]] = []
    for trip in rows_of(trips):
        met = [
            (int(passes.device[p]), int(passes.chance[p]), int(passes.after_minutes[p]))
            for p in range(passes.first[trip["route"]], passes.first[trip["route"] + 1])
        ]
        if trip["backward"]:
            met = [(device, chance, trip["travel_minutes"] - after) for device, chance, after in reversed(met)]
        tour, leg = TOURS[trip["trip"]]
        passed, taken, searched = 0, 0, 0
        minutes: set[int] = set()
        for device, chance, after in met:
            minute = trip["depart_minute"] + after
            if not on[device] or minute > trip["until_minute"]:
                continue
            passed += 1
            minutes.add(minute)
            dark = minute < int(knobs.dawn_minute) or minute >= int(knobs.dusk_minute)
            of = WORD if chance == SURE else chance
            if dark:
                of = of * round(float(knobs.night) * 65_536) // 65_536
            if words(key("capture"), trip["person"], device, tour)[leg] < of:
                taken += 1
                searched += bool(searching[device])
                captures.append((trip["person"], trip["trip"], device, minute))
        exposures.append((trip["person"], trip["trip"], passed, taken, searched, len(minutes)))
    return exposures, captures


def working(devices: t.Devices, knobs: Cameras, key: Key) -> list[bool]:
    """Which devices are there, alive, and up today."""
    return [
        bool(alive) and words(key("working"), device)[0] < int(float(knobs.working) * WORD)
        for device, alive in zip(devices.device.tolist(), devices.alive.tolist(), strict=True)
    ]
