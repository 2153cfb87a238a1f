"""Law 5: short for people, complete for machines: the resolved document alone repeats a run bit for bit.

Smallest error noticed: one knob that does not come back from the document, one section or file that takes an unknown
key, one number, word or input that can change without changing the digest.
"""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from glasstown import catalogue
from glasstown.catalogue import Fact, Safeguard, System
from glasstown.core.errors import BAD_INPUT, Problem
from glasstown.core.quantity import Knobs, Quantity
from glasstown.report.folder import read_scenario
from glasstown.scenario import Scenario, from_resolved, load, resolved, with_changes
from glasstown.scenario.kinds import silent_part
from glasstown.scenario.shape import Shape, shape
from glasstown.study.run import run_scenario, whole_digest
from tests.repository import ROOT
from tests.worlds import SEED, home, problem_of, run, town

SCENARIOS: list[tuple[str, tuple[str, ...]]] = [
    *((name, ()) for name in catalogue.names("scenarios")),
    *((home(name), (name,)) for name in catalogue.names("safeguards")),
]
KINDS = shape().keys["town"].keys["kind"].choices
INPUTS = {"cameras": "a" * 64, "streets": "b" * 64}


# ------------------------------------------------------------------ complete
def check_complete(scenario: Scenario, write: Callable[[Scenario], dict[str, Any]] = resolved) -> None:
    """Assert that a scenario comes back from its document, written as text, exactly as it was."""
    text = json.dumps(write(scenario), allow_nan=False)
    again = from_resolved(json.loads(text))
    assert again == scenario
    assert json.dumps(write(again)) == text


@pytest.mark.parametrize(("name", "safeguards"), SCENARIOS, ids=lambda x: "-".join(x) if isinstance(x, tuple) else x)
def test_a_scenario_comes_back_from_its_document(name: str, safeguards: tuple[str, ...]) -> None:
    check_complete(load(name, safeguards=safeguards))


@pytest.mark.parametrize("kind", KINDS)
def test_the_document_says_everything(kind: str) -> None:
    """Every key that says something in a town of this kind is in it, written or not."""
    document = resolved(of_kind(kind))
    for path, section in sections(shape()):
        said = [key for key in section.keys if silent_part(kind, (*path, key)) is None]
        if silent_part(kind, path) is None:
            assert list(part(document, path)) == said, path


def test_every_key_says_something_somewhere() -> None:
    """The smallest error noticed: one knob that no kind of town hears."""
    for path, section in sections(shape()):
        for key in section.keys:
            assert any(silent_part(kind, (*path, key)) is None for kind in KINDS), (path, key)


@pytest.mark.parametrize(("kind", "knob"), [("nation", "sensing.cameras.per_km"), ("generated", "town.life.away")])
def test_a_knob_that_says_nothing_in_a_kind_of_town_is_refused(kind: str, knob: str) -> None:
    with pytest.raises(Problem, match=rf"says nothing where town.kind is '{kind}'"):
        with_changes(of_kind(kind), {knob: 0.5})
    with pytest.raises(Problem, match=rf"says nothing where town.kind is '{kind}'"):
        load("newtown", settings=[f"town.kind={kind}", f"{knob}=0.5"])


def of_kind(kind: str) -> Scenario:
    """Return the reference scenario as a town of another kind."""
    scenario = load("newtown")
    faces = {"town.faces": 1000} if kind == "crowd" else {}
    return scenario if kind == scenario.town.kind else with_changes(scenario, {"town.kind": kind, **faces})


def part(document: dict[str, Any], path: tuple[str, ...]) -> Any:
    """Return the part of a document below a path."""
    node: Any = document
    for key in path:
        node = node[key]
    return node


# ------------------------------------------------------------------ unknown keys
def sections(of: Shape, at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Shape]]:
    """List every section of the document with its path."""
    yield at, of
    for key, inner in of.keys.items():
        if inner.kind == "section":
            yield from sections(inner, (*at, key))


def check_unknown_key(at: tuple[str, ...], read: Callable[[Path], Any], file: Path) -> None:
    """Assert that a file with one key too many is refused, naming the key and its line."""
    lines = ["schema: 1", "id: my-town", "title: My town"]
    lines += [f"{'  ' * depth}{key}:" for depth, key in enumerate(at)] + [f"{'  ' * len(at)}knobb: 1"]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = problem_of(lambda: read(file))
    assert said is not None, f"{'.'.join(at) or 'the scenario'} takes a key that means nothing"
    assert said.code == BAD_INPUT
    assert f"{file}:{len(lines)}" in str(said)
    assert "knobb" in str(said)


@pytest.mark.parametrize("at", [path for path, _ in sections(shape())], ids=".".join)
def test_unknown_keys_are_errors_in_every_section(at: tuple[str, ...], tmp_path: Path) -> None:
    check_unknown_key(at, load, tmp_path / "town.yaml")
    document = resolved(of_kind(next(kind for kind in KINDS if silent_part(kind, at) is None)))
    part(document, at)["knobb"] = {"value": 1}
    with pytest.raises(Problem, match="knobb"):
        from_resolved(document)


def test_unknown_keys_are_errors_in_numbers_and_in_settings() -> None:
    with pytest.raises(Problem, match="unknown key 'vlaue'"):
        load("newtown", changes={"town.female": {"vlaue": 0.5}})
    with pytest.raises(Problem, match="'femal'"):
        load("newtown", settings=["town.femal=0.5"])


def models(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for kind in base.__subclasses__():
        yield kind
        yield from models(kind)


@pytest.mark.parametrize("kind", [*models(Knobs), Quantity, Fact, Safeguard, System], ids=lambda k: k.__name__)
def test_unknown_keys_are_errors_in_python_and_in_the_catalogue(kind: type[BaseModel]) -> None:
    with pytest.raises(ValidationError) as caught:
        kind.model_validate({"knobb": 1})
    assert ("knobb",) in [error["loc"] for error in caught.value.errors() if error["type"] == "extra_forbidden"]


# ------------------------------------------------------------------ the digest
def edited(model: Any, path: tuple[str, ...], change: Callable[[Any], Any]) -> Any:
    """Copy a scenario with one value changed, whatever the checks would say."""
    if not path:
        return change(model)
    key = path[0]
    if isinstance(model, dict):
        return {**model, key: edited(model[key], path[1:], change)}
    name = next(n for n, info in type(model).model_fields.items() if (info.alias or n) == key)
    return model.model_copy(update={name: edited(getattr(model, name), path[1:], change)})


def another(value: Any) -> Any:
    """Return some other value of the same kind, as near as can be."""
    if isinstance(value, Quantity):
        return value.model_copy(update={"value": value.value * (1 + 1e-15) if value.value else 1e-12})
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return (*value, "x") if isinstance(value, tuple) else f"{value} "


def knobs(of: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """List the paths of all values of a scenario that say something in its kind of town."""
    if silent_part("generated", at) is not None:
        return
    if isinstance(of, Knobs):
        for name, info in type(of).model_fields.items():
            yield from knobs(getattr(of, name), (*at, info.alias or name))
    elif isinstance(of, dict) and of:
        for key, part in of.items():
            yield from knobs(part, (*at, key))
    else:
        yield at


def check_digest(digest: Callable[[Scenario, dict[str, str], str], str]) -> None:
    """Assert that no value of the scenario, no input and no table can change without changing the digest."""
    scenario = town()
    said = {digest(scenario, INPUTS, "0")}
    variants: list[tuple[str, tuple[Scenario, dict[str, str], str]]] = [
        (".".join(path), (edited(scenario, path, another), INPUTS, "0")) for path in knobs(scenario)
    ]
    variants += [(name, (scenario, {**INPUTS, name: "c" * 64}, "0")) for name in INPUTS]
    variants += [("no inputs", (scenario, {}, "0")), ("the tables", (scenario, INPUTS, "1"))]
    for what, given in variants:
        found = digest(*given)
        assert found not in said, f"{what} does not change the digest"
        said.add(found)
    assert len(said) > 80


def test_every_knob_input_and_table_changes_the_digest() -> None:
    check_digest(whole_digest)


def test_range_and_source_of_a_number_change_the_digest_too() -> None:
    scenario, at = town(), ("sensing", "cameras", "capture")
    made = [
        edited(scenario, at, lambda q, u=update: q.model_copy(update=u))
        for update in ({}, {"low": 0.29}, {"high": 0.91}, {"fact": "lf16-fmr"}, {"low": None, "high": None})
    ]
    assert len({whole_digest(s, {}, "") for s in made}) == len(made)


def test_the_seed_changes_the_digest_and_nothing_else_does() -> None:
    again = run_scenario(town(), SEED, threads=2, keep=["trips"])
    assert again.digest == run().digest
    assert run_scenario(town(), SEED + 1).digest != run().digest


# ------------------------------------------------------------------ rerun
def rerun(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "glasstown", "rerun", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_a_run_comes_out_again_from_its_folder(folder: Path) -> None:
    """In another process, from nothing but the folder."""
    assert read_scenario(folder) == run().scenario
    done = rerun(folder)
    assert done.stdout == f"same digest: {run().digest}\n"
    assert done.returncode == 0


@pytest.mark.slow
def test_a_run_that_comes_out_otherwise_is_said_to_differ(folder: Path, tmp_path: Path) -> None:
    """Somebody wrote another digest into the folder, or the program changed since."""
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    document = json.loads((other / "run.json").read_text(encoding="utf-8"))
    changed = copy.deepcopy(document) | {"digest": "0" * 64}
    (other / "run.json").write_text(json.dumps(changed), encoding="utf-8")
    done = rerun(other)
    assert done.stdout.startswith(f"DIFFERENT: {run().digest}, was 000")
    assert done.returncode == 1
