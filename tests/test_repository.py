"""The repository's own habits: short files, pinned wheels, links that lead somewhere, twins for fast loops."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

import glasstown
from tests.repository import (
    LOCKS,
    PEERS,
    PEERS_LOCK,
    ROOT,
    SRC,
    canonical,
    declared,
    files,
    locked,
    loops,
    modules,
    project,
)

LONGEST = 400
LONGEST_OF = {"simulate.py": 150}
TEXT = {".py", ".md", ".yaml", ".toml", ".cff", ".json", ".lock", ".css", ".js", ".html", ".svg", ""}
PLACES = re.compile(r"(?<![\w.~/-])/(?:work|tmp|root|farm|home|Users|mnt|srv)/\w|[A-Z]:\\\\?Users")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
HOSTS = re.compile(r"://|\bindex-url\b|\bfind-links\b|@ file|\.(org|com|io|net)\b")
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def texts() -> dict[str, str]:
    """Return every text of the repository but the test inputs that are wrong on purpose."""
    return {
        name: file.read_text(encoding="utf-8")
        for file in files()
        if file.suffix in TEXT and not (name := file.relative_to(ROOT).as_posix()).startswith("tests/spec/")
    }


def too_long(name: str, text: str) -> bool:
    """Tell whether a module is longer than a person reads in one go."""
    return len(text.splitlines()) > LONGEST_OF.get(name, LONGEST)


def unpinned(text: str) -> list[str]:
    """Return what is wrong with a lock: lines without a version, entries without a hash, addresses."""
    entries = [e for e in re.split(r"\n(?=\S)", text.strip()) if e]
    wrong = [e.split("\n")[0] for e in entries if not re.match(r"[\w.-]+==[\w.]+( ; [^\n]+)? \\\n", e + "\n")]
    wrong += [e.split("\n")[0] for e in entries if "--hash=sha256:" not in e]
    return wrong + HOSTS.findall(text)


def astray(name: str, text: str) -> list[str]:
    """Return the links of a page that lead to no file of the repository."""
    targets = [(a or b).partition("#")[0] for a, b in LINK.findall(text)]
    local = [t for t in targets if t and not re.match(r"[a-z]+:", t)]
    return [t for t in local if not ((ROOT / name).parent / t).exists()]


def test_module_length() -> None:
    assert not [str(path) for path, text in modules() if too_long(path.as_posix(), text)]


def test_module_length_can_fail() -> None:
    assert too_long("x.py", "a\n" * 401)
    assert not too_long("x.py", "a\n" * 400)
    assert too_long("simulate.py", "a\n" * 151)
    assert not too_long("simulate.py", "a\n" * 150)


def test_no_path_of_one_machine() -> None:
    assert not {name: hits for name, text in texts().items() if (hits := PLACES.findall(text))}


def test_nothing_is_left_unfinished() -> None:
    own = {Path(__file__).relative_to(ROOT).as_posix()}
    assert not {name: hits for name, text in texts().items() if name not in own and (hits := UNFINISHED.findall(text))}


def test_paths_and_unfinished_things_would_be_noticed() -> None:
    assert PLACES.search('open("' + "/home" + '/ada/x.csv")')
    assert PLACES.search("see " + "/tmp" + "/out")
    assert not PLACES.search("make PYTHON=/path/to/python3, docs/wo" + "rk/x, the ~/tm" + "p folder")
    assert UNFINISHED.search("# TODO: later")
    assert not UNFINISHED.search("todo='Write it out.'")


@pytest.mark.parametrize("lock", [*LOCKS, PEERS_LOCK], ids=lambda p: p.name)
def test_locks_pin_wheels_and_name_no_host(lock: Path) -> None:
    assert not unpinned(lock.read_text(encoding="utf-8"))


def test_an_unpinned_library_would_be_noticed() -> None:
    good = "a==1.0 \\\n    --hash=sha256:00\n"
    assert not unpinned(good)
    assert unpinned(good + "b>=2 \\\n    --hash=sha256:00\n")
    assert unpinned(good + "c==1.0\n")
    assert unpinned("--index-url https://index.example/simple\n" + good)


def test_locks_agree_with_the_project() -> None:
    run, develop = (locked(lock.read_text(encoding="utf-8")) for lock in LOCKS)
    document = project()
    needed = {canonical(re.split(r"[^\w.-]", d)[0]) for d in document["project"]["dependencies"]}
    assert needed <= set(run)
    assert declared(document) <= set(develop)
    assert {n: v for n, v in run.items() if develop.get(n) != v} == {}
    peers = tomllib.loads(PEERS.read_text(encoding="utf-8"))
    assert declared(peers) <= set(locked(PEERS_LOCK.read_text(encoding="utf-8")))
    assert not declared(peers) & declared(document), "a peer that shares the program's libraries belongs in a group"


def layers_told(page: str) -> list[set[str]]:
    """Return the layers that CONTRIBUTING lists, from the top."""
    table = page.partition("| Layer | What it holds |\n|---|---|\n")[2].partition("\n\n")[0]
    return [set(re.findall(r"`(\w+)`", line.split("|")[1])) for line in table.splitlines()]


def test_contributing_lists_the_layers() -> None:
    """Would notice one layer, or one of its modules, that is left out or stands elsewhere."""
    [contract] = project()["tool"]["importlinter"]["contracts"]
    layers = [set(re.findall(r"\w+", re.sub(r"\(\w+\)", "", layer))) for layer in contract["layers"]]
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert layers_told(page) == layers
    assert layers_told(page.replace("| `outdoors` |", "| `stream` |")) != layers


def test_versions_agree() -> None:
    version = project()["project"]["version"]
    assert glasstown.__version__ == version
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## {version} " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_numbers_change_comes_first() -> None:
    log = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for entry in re.split(r"^## ", log, flags=re.MULTILINE)[1:]:
        assert re.findall(r"^### (.+)$", entry, re.MULTILINE) == ["Numbers change", "Breaking", "New", "Fixed"]


def test_links_lead_somewhere() -> None:
    pages = {name: text for name, text in texts().items() if name.endswith(".md")}
    assert not {name: bad for name, text in pages.items() if (bad := astray(name, text))}


def test_a_broken_link_would_be_noticed() -> None:
    assert astray("docs/x.md", "[a](nowhere.md) ![b](no.png)") == ["nowhere.md", "no.png"]
    assert not astray("docs/x.md", "[a](words.md#people) [b](https://example.org) [c](#here)")


def test_decisions_are_listed_and_one_page() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    for file in sorted(folder.glob("0*.md")):
        text = file.read_text(encoding="utf-8")
        assert file.name in listed
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Situation", "Choice", "What we gave up"], file.name
        assert len(text.splitlines()) <= 60, file.name


def test_ethics_names_tests_that_exist() -> None:
    page = (ROOT / "ETHICS.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w./]+)(?:::(\w+))?`", page)
    assert len(named) > 5
    for file, function in named:
        assert (ROOT / file).exists(), file
        assert not function or f"def {function}(" in (ROOT / file).read_text(encoding="utf-8"), function


def test_fast_loops_are_tested() -> None:
    """Each module with a compiled loop is imported by a test, and so is a slow twin where there is one."""
    tests = "\n".join(f.read_text(encoding="utf-8") for f in sorted((ROOT / "tests").rglob("*.py")))
    fast = {path: loops(text) for path, text in modules() if loops(text)}
    assert fast
    untested = [str(p) for p in fast if "glasstown." + ".".join(p.with_suffix("").parts) not in tests]
    assert not untested
    twins = [f.stem for f in (ROOT / "tests" / "plain").glob("[!_]*.py")]
    assert not [t for t in twins if f"tests.plain.{t}" not in tests and f"tests.plain import {t}" not in tests]


def test_a_fast_loop_is_recognised() -> None:
    text = "@kernel\ndef f(x: int) -> int: ...\n@cache\ndef g(): ...\ndef h(): ...\n@piece\ndef k(): ..."
    assert loops(text + "\n@in_place\ndef m(): ...") == ["f", "k", "m"]


def given_out(text: str) -> list[str]:
    """Return the loops in place that return something else than numbers, or call such a loop of their own module."""
    functions = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}

    def told(node: ast.FunctionDef) -> set[str]:
        says = {name.id for name in ast.walk(node.returns or ast.Constant(None)) if isinstance(name, ast.Name)}
        calls = [call.func for call in ast.walk(node) if isinstance(call, ast.Call)]
        called = {name.id for name in calls if isinstance(name, ast.Name)} & functions.keys() - {node.name}
        return says.union(*(told(functions[name]) for name in called))

    in_place = [node for node in functions.values() if "in_place" in map(ast.unparse, node.decorator_list)]
    return [node.name for node in in_place if not told(node) <= {"int", "bool", "float", "tuple", "np", "Any"}]


def test_loops_in_place_return_numbers() -> None:
    """An array that they returned would be held by nobody: it could go while it is read."""
    found = {path.as_posix(): text for path, text in modules() if "@in_place" in text}
    assert {"stream.py", "consequence/halt.py", "sensing/walks.py", "town/plan.py"} <= set(found)
    assert not {path: names for path, text in found.items() if (names := given_out(text))}
    assert given_out("@piece\ndef k() -> I64: ...\n@in_place\ndef f() -> int:\n    return k()") == ["f"]
    assert given_out("@in_place\ndef f() -> Plans: ...\n@kernel\ndef g() -> I64: ...") == ["f"]


def test_every_package_says_what_it_is_for() -> None:
    for file in sorted(SRC.rglob("__init__.py")):
        assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))), file


def test_tools_are_strict() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert tools["pyright"]["typeCheckingMode"] == "strict"
    assert tools["pytest"]["ini_options"]["filterwarnings"][0] == "error"
    assert all(c["exhaustive"] for c in tools["importlinter"]["contracts"] if c["type"] == "layers")
