"""The repository's own files, for tests that read them."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src" / "glasstown"
LOCKS = (ROOT / "requirements.lock", ROOT / "requirements-dev.lock")
PEERS_LOCK = ROOT / "requirements-peers.lock"
PEERS = ROOT / "benchmarks" / "peers.toml"
LOOPS = {"kernel", "in_place", "piece"}
SKIPPED = {".git", ".venv", ".venv-peers", "runs", "build", "dist"}


@cache
def files() -> tuple[Path, ...]:
    """List the files that belong to the repository: what git knows or would add, else what is there."""
    command = ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split("\0")
        found = [ROOT / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        found = [f for f in ROOT.rglob("*") if not SKIPPED & set(f.relative_to(ROOT).parts)]
    return tuple(sorted(f for f in found if f.is_file() and f.suffix not in {".pyc", ".png", ".pbf"}))


def modules() -> Iterator[tuple[Path, str]]:
    """Yield each module of the package (relative to it) and its text."""
    for file in sorted(SRC.rglob("*.py")):
        yield file.relative_to(SRC), file.read_text(encoding="utf-8")


def loops(text: str) -> list[str]:
    """Return the names of a module's compiled loops that a stage calls (not those pasted into others)."""
    return [
        node.name
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and LOOPS & {*map(ast.unparse, node.decorator_list)}
    ]


def project() -> dict[str, Any]:
    """Return pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def canonical(name: str) -> str:
    """Write a distribution's name the way the package index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(text: str) -> dict[str, str]:
    """Return name and version of everything a lock pins."""
    return {canonical(n): v for n, v in re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", text, re.MULTILINE)}


def declared(document: dict[str, Any]) -> set[str]:
    """Return the names of everything that pyproject.toml asks for, extras and groups included."""
    asked = list(document["project"]["dependencies"])
    for group in (document["project"].get("optional-dependencies", {}), document.get("dependency-groups", {})):
        asked += [a for members in group.values() for a in members if isinstance(a, str)]
    names = (re.match(r"[A-Za-z0-9._-]+", a) for a in asked)
    return {canonical(m.group()) for m in names if m}


def imported(text: str) -> set[str]:
    """Return the full dotted names that a module imports, wherever in it the import stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and _name(node.func) in {"import_module", "__import__"}:
            names |= {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    return names


def called(text: str) -> set[str]:
    """Return the last names of everything that a module calls."""
    return {_name(node.func) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)}


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
