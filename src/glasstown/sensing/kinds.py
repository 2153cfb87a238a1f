"""The two extension points of the room: what sees, and what is made of a capture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, final

from glasstown import tables as t
from glasstown.core.columns import Bool
from glasstown.core.keys import Key
from glasstown.core.once import once_each
from glasstown.sensing.capture import Seen, capture, sight, working
from glasstown.sensing.compare import Compared, compare
from glasstown.sensing.knobs import Cameras
from glasstown.sensing.recognition import OperatingPoint
from glasstown.sensing.walks import Sight
from glasstown.state import Gallery, Passes, World


class Device(Protocol):
    """Where and when something sees: given trips of one day, what was seen of them."""

    def captures(self, trips: t.Trips) -> Seen:
        """Return what was seen of each trip, and the captures; a trip seen again gives the same."""
        ...


class Task(Protocol):
    """What is made of a capture: a reference, a label, or nothing."""

    def compare(self, captures: t.Captures) -> Compared:
        """Return findings and candidates, and the log that the system keeps of them."""
        ...


@final
@dataclass(frozen=True)
class FixedCameras:
    """Cameras at their posts, as they work on one day."""

    passes: Passes
    on: Bool
    searching: Bool
    knobs: Cameras
    key: Key

    @staticmethod
    @once_each
    def today(world: World, knobs: Cameras, key: Key) -> FixedCameras:
        """Draw which of the town's cameras work today."""
        devices = world.devices
        return FixedCameras(world.passes, working(devices, knobs, key), devices.searching, knobs, key)

    def captures(self, trips: t.Trips) -> Seen:
        """Let the cameras see people pass (see `capture.capture`)."""
        return capture(trips, self.passes, self.on, self.searching, self.knobs, self.key)

    @once_each
    def sight(self) -> Sight:
        """Return what a compiled loop needs to know of the cameras to see the same."""
        return sight(self.passes, self.on, self.searching, self.knobs, self.key)


@final
@dataclass(frozen=True)
class WatchlistSearch:
    """One community's captures searched against the watchlist as it stands today."""

    searching: Bool
    people: t.People
    gallery: Gallery
    point: OperatingPoint
    key: Key

    def compare(self, captures: t.Captures) -> Compared:
        """Search each capture (see `compare.compare`)."""
        return compare(captures, self.searching, self.people, self.gallery, self.point, self.key)
