"""Asking for help or importing the package loads none of the heavy libraries.

Smallest error noticed: one of them, imported on the way by any module.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys

import pytest

from tests.repository import SRC

HEAVY = {
    *("numpy", "numba", "pandas", "scipy", "pyarrow", "vl_convert", "pydantic", "osmium", "shapely", "ruamel"),
    *("llvmlite", "blake3", "rich", "multiprocessing"),
}
LIGHT = [
    ["import glasstown"],
    ["import glasstown", "glasstown.__version__", "dir(glasstown)"],
    ["import glasstown.cli"],
]
HELP = [["run", "--help"], ["resume", "--help"], ["rerun", "--help"], ["report", "--help"], ["new", "--help"]]


def loaded(code: str) -> set[str]:
    """Run a few lines in a fresh interpreter and return the top-level modules that they brought along."""
    before = "import json, sys\n"
    after = "\nprint('\\n' + json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", before + code + after], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("lines", LIGHT, ids="; ".join)
def test_importing_is_light(lines: list[str]) -> None:
    assert not loaded("\n".join(lines)) & HEAVY


def helped(*commands: list[str]) -> set[str]:
    """Ask for help again and again in one process, and return what was loaded."""
    code = f"""
from glasstown import cli
for words in {commands!r}:
    sys.argv = ["glasstown", *words]
    try:
        cli.main()
    except SystemExit as left:
        assert not left.code
"""
    return loaded(code)


def test_help_is_light() -> None:
    assert not helped(["--help"]) & HEAVY


def test_help_of_each_command_is_light() -> None:
    """The library that reads the options brings pydantic along, to convert them."""
    assert not helped(*HELP) & (HEAVY - {"pydantic"})


def test_a_heavy_import_would_be_noticed() -> None:
    assert "numpy" in loaded("import glasstown\nglasstown.run")
    assert "ruamel" in loaded("from glasstown.scenario import load")


def test_the_command_imports_the_engine_only_inside_its_commands() -> None:
    light = {"glasstown.core.endings", "glasstown.core.errors", "glasstown.terminal"}
    for file in (*SRC.glob("cli*.py"), SRC / "terminal.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        named = {node.module for node in tree.body if isinstance(node, ast.ImportFrom) and node.module}
        ours = {name for name in named if name.startswith("glasstown") and not name.startswith("glasstown.cli_")}
        assert ours <= light, file.name
