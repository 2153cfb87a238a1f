"""Before the first morning: build the town, put up the devices, draw up the list."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np

from glasstown import tables as t
from glasstown.core.errors import BAD_FILE, Problem
from glasstown.core.kept import is_kept, kept_or_made, name_of
from glasstown.core.keys import Key
from glasstown.core.once import once_each
from glasstown.scenario import Scenario, resolved
from glasstown.sensing.devices import beyond_town, generated_devices, how_many, listed_devices, mixed_devices
from glasstown.sensing.glance import MOST_DEVICES
from glasstown.sensing.passes import compile_passes
from glasstown.sensing.recognition import OperatingPoint, operating_point
from glasstown.sensing.views import mixed_posts, posts
from glasstown.sensing.watchlist import enrol
from glasstown.state import Commons, Docket, Gallery, Layout, Passes, Records, State, Town, World
from glasstown.town.build import as_invented, build_towns
from glasstown.town.generate import generate_layout
from glasstown.town.mixed import mixed_layout, mixed_towns

FEWEST_KEPT = 50_000


@final
@dataclass(frozen=True)
class Ground:
    """What a scenario stands on whatever the seed: the streets, and the cameras a list names.

    `notes` say what was read and left out, for the report; `inputs` holds the path of each file that was read.
    """

    layout: Layout
    listed: t.ListedCameras
    notes: dict[str, float | str]
    inputs: dict[str, Path]


def survey(scenario: Scenario, files: Mapping[str, Path] | None = None) -> Ground:
    """Read or generate the streets and read the list of cameras.

    Parameters
    ----------
    files : mapping of str to Path, optional
        Where the `streets` and the `cameras` are, if not where the scenario's names lead.
    """
    given = files or {}
    plan = Key.from_seed(scenario.town.plan)("plan")
    inputs: dict[str, Path] = {}
    tagged = t.ListedCameras.empty()
    if scenario.town.kind == "streets":
        from glasstown.town.osm import layout_from_extract

        inputs["streets"] = given.get("streets") or locate(
            scenario.town.streets.file, "streets", "--streets", "town.streets.file"
        )
        layout, tagged = layout_from_extract(inputs["streets"], scenario.town, plan("layout"))
    elif scenario.town.kind == "mixed":
        layout = mixed_layout(scenario.town, plan("layout"))
    else:
        layout = generate_layout(scenario.town, plan("layout"))
    if scenario.sensing.cameras.kind == "file":
        from glasstown.sensing.camera_files import read_cameras

        inputs["cameras"] = given.get("cameras") or locate(
            scenario.sensing.cameras.file, "cameras", "--cameras", "sensing.cameras.file"
        )
        read = read_cameras(inputs["cameras"])
        notes = {f"camera_list_{name}": value for name, value in read.notes.items()}
        ground = Ground(layout, read.cameras, layout.notes | notes, inputs)
    else:
        ground = Ground(layout, tagged, dict(layout.notes), inputs)
    # A list of another place, or too long, is refused here, not after everybody has moved in.
    if scenario.sensing.cameras.kind in ("file", "tagged"):
        devices_of(scenario, ground, plan("doubt"))
        return _of_the_town(scenario, ground)
    if scenario.sensing.cameras.kind == "generated":
        _refuse_too_many(how_many(layout, scenario.sensing.cameras))
    return ground


def _of_the_town(scenario: Scenario, ground: Ground) -> Ground:
    """Leave the cameras out that a list names far beyond the town, and note how many they are and how far away."""
    beyond, km = beyond_town(ground.listed, ground.layout, scenario.sensing.cameras)
    n = int(np.count_nonzero(beyond))
    if not n:
        return ground
    notes: dict[str, float | str] = {"cameras_beyond": n, "cameras_beyond_km": round(float(km[beyond].min()), 1)}
    return replace(ground, listed=ground.listed.take(~beyond), notes=ground.notes | notes)


def locate(name: str, folder: str, option: str, key: str) -> Path:
    """Find an input file: as named, or in the folder that GLASSTOWN_DATA names.

    Parameters
    ----------
    name : str
        What the scenario or the caller calls the file.
    folder : str
        What it is read for, `streets` or `cameras`: also the name of its folder in GLASSTOWN_DATA.
    option, key : str
        The option that names such a file, and where this name was written, for messages.
    """
    why = "the scenario stands on real places, which are never copied into the program."
    if not name:
        raise Problem(
            f"no {folder} file is named", where=key, why=why, todo=f"give {option} FILE, or name the file under {key}."
        )
    data = os.environ.get("GLASSTOWN_DATA")
    places = [Path(name)] + ([Path(data) / folder / name, Path(data) / name] if data else [])
    for path in places:
        if os.path.isfile(path):
            return path
    there = next((path for path in places if os.path.exists(path)), None)
    if there is not None:
        kind = "a folder" if os.path.isdir(there) else "no regular file"
        what, todo = f"'{there}' is {kind}", f"name the {folder} file itself."
    else:
        what = f"the {folder} file '{name}' is not there"
        todo = f"give {option} FILE, or set GLASSTOWN_DATA to the folder that has {folder}/{Path(name).name}."
    raise Problem(what, where=key, why=why, todo=todo, code=BAD_FILE)


def devices_of(scenario: Scenario, ground: Ground, doubt: Key) -> t.Devices:
    """Put up the scenario's devices; what is not known about them follows the doubt.

    Raises
    ------
    Problem
        If they are more than can be told apart, or a list of them is of another place.
    """
    devices = _put_up(scenario, ground, doubt)
    _refuse_too_many(len(devices))
    return devices


def _refuse_too_many(devices: int) -> None:
    if devices > MOST_DEVICES:
        raise Problem(
            f"{devices:,} cameras would stand here",
            where="sensing.cameras",
            why=f"a capture tells {MOST_DEVICES:,} of them apart, no more.",
            todo="set fewer (sensing.cameras.most, sensing.cameras.per_km), or give a shorter list.",
        )


def _put_up(scenario: Scenario, ground: Ground, doubt: Key) -> t.Devices:
    cameras, searching = scenario.sensing.cameras, scenario.sensing.recognition.searching
    plan = Key.from_seed(scenario.town.plan)("plan")
    if cameras.kind == "none":
        return t.Devices.empty()
    if scenario.town.kind == "mixed":
        return mixed_devices(ground.layout, cameras, searching, plan, doubt)
    if cameras.kind == "generated":
        return generated_devices(ground.layout, cameras, searching, plan, doubt)
    tagged = cameras.kind == "tagged"
    try:
        return listed_devices(ground.listed, ground.layout, cameras, searching, plan, doubt, tagged=tagged)
    except Problem as problem:
        source = ground.inputs.get("streets" if tagged else "cameras")
        problem.where = problem.where or str(source or "")
        raise


@once_each
def operating(scenario: Scenario) -> OperatingPoint:
    """Return what the comparison does at the scenario's threshold and gallery size."""
    watchlist, cameras = scenario.sensing.watchlist, scenario.sensing.cameras
    return operating_point(
        scenario.sensing.recognition,
        tuple(scenario.town.groups),
        int(watchlist.size),
        watchlist.everybody,
        (int(cameras.dawn_minute), int(cameras.dusk_minute)),
        max(int(watchlist.images), 1),
    )


@final
@dataclass(frozen=True)
class Settled:
    """The people of a town and their routes, before anything watches them.

    `name` is what the town is kept under, None where it is not kept.
    """

    towns: list[Town]
    routes: t.Routes
    steps: t.Steps
    name: str | None = None


@final
@dataclass(frozen=True)
class Watched:
    """The devices of a town, what they see, and which of them each route passes."""

    devices: t.Devices
    posts: t.Posts
    passes: Passes


def settle_people(scenario: Scenario, ground: Ground, key: Key, threads: int = 1, *, keep: bool = False) -> Settled:
    """Let people move in: the same people, homes and habits whatever watches them.

    Parameters
    ----------
    key : Key
        The run's key.
    threads : int
        Communities and route searches that are built at the same time.
    keep : bool
        Keep a large town in the cache folder, and reopen it where it was built before. Of a town that is reopened, one
        community and some ways are made afresh and compared; a town that differs is built again.
    """
    mixed = scenario.town.kind == "mixed"
    layout, knobs, draws = ground.layout, scenario.town, key("town")
    name = name_of_town(scenario, ground, key) if keep and _is_large(scenario) else None
    if name is None:
        return Settled(*(mixed_towns if mixed else build_towns)(layout, knobs, draws, threads))
    settled = kept_or_made(
        name,
        Settled,
        lambda: Settled(*build_towns(layout, knobs, draws, threads)),
        lambda there: as_invented(layout, knobs, draws, there.towns, there.routes, there.steps),
    )
    return replace(settled, name=name)


def _is_large(scenario: Scenario) -> bool:
    """Say whether a town takes long enough to build that it is kept."""
    return scenario.town.kind != "mixed" and scenario.town.people >= FEWEST_KEPT


def name_of_town(scenario: Scenario, ground: Ground | None, key: Key) -> str:
    """Name the people that settle in a scenario by everything they depend on: the same name, the same people.

    Parameters
    ----------
    ground : Ground, optional
        Needed for real streets only: others are drawn from the knobs.
    key : Key
        The run's key.
    """
    layout = ground.layout if ground and scenario.town.kind == "streets" else None
    streets = [layout.nodes, layout.streets, layout.points, layout.places] if layout else []
    words = [int(word) for word in key("town").words]
    return name_of("people", resolved(scenario)["town"], t.COMMUNITY_SIZE, words, *streets)


def _name_of_watched(scenario: Scenario, ground: Ground | None, people: str | None) -> str | None:
    """Return what the devices and what they see are kept under; None where they are not kept."""
    if people is None or scenario.sensing.cameras.kind == "none":
        return None
    sensing = resolved(scenario)["sensing"]
    told = [sensing["cameras"], sensing["recognition"], scenario.town.plan]
    if ground is None or scenario.town.kind != "streets":
        return name_of("watched", people, told)
    return name_of("watched", people, [*told, repr(ground.layout.projection)], ground.listed)


@final
@dataclass(frozen=True)
class Kept:
    """What of a town a run will find in the cache: the people with their ways, and what the devices see."""

    people: bool
    watched: bool


def kept_of(scenario: Scenario, ground: Ground | None, seed: int) -> Kept | None:
    """Say what of a town is kept already, without reading it; None where it will not be kept either.

    Parameters
    ----------
    ground : Ground, optional
        Needed for real streets only.
    """
    people = name_of_town(scenario, ground, Key.from_seed(seed)) if _is_large(scenario) else None
    there = is_kept(people) if people else None
    if there is None:
        return None
    watched = _name_of_watched(scenario, ground, people)
    return Kept(there, watched is None or bool(is_kept(watched)))


def watch(scenario: Scenario, ground: Ground, settled: Settled, doubt: Key | None = None, threads: int = 1) -> Watched:
    """Put up the devices and find out which of them each route passes.

    Parameters
    ----------
    scenario : Scenario
        What is simulated.
    ground, settled : Ground, Settled
        From `survey` and `settle_people`. For a town that is kept, this is kept too.
    doubt : Key, optional
        Draws what is not known about the devices; by default it belongs to the town's plan.
    threads : int
        How many routes are joined with the devices at once.
    """
    layout, cameras = ground.layout, scenario.sensing.cameras
    planned = Key.from_seed(scenario.town.plan)
    plan, unsure = planned("plan"), doubt or planned("plan", "doubt")

    def made() -> Watched:
        devices = devices_of(scenario, ground, unsure)
        mixed = scenario.town.kind == "mixed"
        standing = mixed_posts(devices, layout, cameras, plan) if mixed else posts(devices, layout)
        lengths, routes, steps = layout.streets.length_dm, settled.routes, settled.steps
        return Watched(devices, standing, compile_passes(routes, steps, standing, devices, lengths, cameras, threads))

    name = _name_of_watched(scenario, ground, settled.name) if doubt is None else None
    return kept_or_made(name, Watched, made, lambda _: True) if name else made()


def prepare(
    scenario: Scenario, ground: Ground, settled: Settled, key: Key, doubt: Key | None = None, threads: int = 1
) -> list[State]:
    """Build the state of every community on the evening before the first day.

    Parameters
    ----------
    scenario : Scenario
        What is simulated.
    ground, settled : Ground, Settled
        From `survey` and `settle_people`.
    key : Key
        The run's key.
    doubt : Key, optional
        Draws what is not known about the devices; by default it belongs to the town's plan.
    threads : int
        How many routes are joined with the devices at once; the result does not depend on it.
    """
    watched = watch(scenario, ground, settled, doubt, threads)
    world = World(ground.layout, settled.routes, settled.steps, watched.devices, watched.posts, watched.passes)
    people = [town.people for town in settled.towns]
    by_group = scenario.sensing.watchlist.listed_by_group
    weights = [float(by_group.get(group, 1.0)) for group in scenario.town.groups] if by_group else []
    galleries = enrol(people, scenario.sensing.watchlist, operating(scenario), key("watchlist"), weights)
    pairs = zip(settled.towns, galleries, strict=True)
    return [_first_evening(i, world, town, gallery) for i, (town, gallery) in enumerate(pairs)]


def _first_evening(community: int, world: World, town: Town, gallery: Gallery) -> State:
    references = gallery.references.reference
    n = len(references)
    dossiers = t.Dossiers.of(
        dossier=np.arange(n), reference=references, rating=np.zeros(n), n_sightings=np.zeros(n), flagged=np.zeros(n)
    )
    docket = Docket(dossiers, t.Appeals.empty(), t.Appeals.empty())
    return State(0, community, world, town, gallery, Records(), docket, Commons(np.zeros(n, np.int64)))
