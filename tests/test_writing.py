"""All that is written goes through one module, so that what is proven of it is proven of the package.

Smallest error noticed: one call, in any other module, that can open a file to write, make, rename or remove one.
"""

from __future__ import annotations

import ast

import pytest

from tests.repository import modules

ONE = "core/files.py"
WRITES = {
    *("write_text", "write_bytes", "mkdir", "makedirs", "rename", "renames", "unlink", "rmdir", "rmtree", "truncate"),
    *("symlink_to", "hardlink_to", "symlink", "chmod", "utime", "fsync", "copyfile", "copytree", "copy2", "mknod"),
    *("TemporaryFile", "NamedTemporaryFile", "TemporaryDirectory", "mkstemp", "mkdtemp"),
    *("savez", "savez_compressed", "tofile", "memmap", "to_parquet", "to_csv"),
}
# Harmless methods are called so too: these write when they are called on such a module.
WRITES_OF_MODULES = {"remove", "replace", "link", "move", "copy", "open", "save", "write"}
MODULES = {"os", "shutil", "np", "numpy"}


def writes(text: str) -> list[str]:
    """List the calls of a module that write, and the files that it opens otherwise than to read."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return [ast.unparse(call) for call in calls if _writes(call)]


def _writes(call: ast.Call) -> bool:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)
    base = ast.unparse(function.value) if isinstance(function, ast.Attribute) else ""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    if name in WRITES or (name in WRITES_OF_MODULES and base in MODULES):
        return True
    if name == "open":
        modes = [word.value for word in given if isinstance(word, ast.Constant) and isinstance(word.value, str)]
        return any(set(mode) & set("wax+") and len(mode) <= 3 for mode in modes)
    if name == "replace":
        # Text is replaced by text; a file that is renamed has one new name.
        return len(call.args) == 1 and not call.keywords
    return name == "write_table" and base == "pq" and ast.unparse(call.args[1]) != "buffer"


def test_everything_is_written_by_one_module() -> None:
    assert not {str(path): bad for path, text in modules() if path.as_posix() != ONE and (bad := writes(text))}
    assert [bad for path, text in modules() if path.as_posix() == ONE and (bad := writes(text))]


@pytest.mark.parametrize(
    "line",
    [
        "open(p, 'w')",
        "p.open('ab')",
        "p.open(mode='r+')",
        "os.open(p, os.O_WRONLY)",
        "p.write_text('x')",
        "p.replace(q)",
        "os.replace(p, q)",
        "shutil.rmtree(p)",
        "tempfile.TemporaryFile()",
        "np.save(p, x)",
        "pq.write_table(frame, path)",
    ],
)
def test_a_line_that_writes_would_be_noticed(line: str) -> None:
    assert writes(line)


@pytest.mark.parametrize(
    "line", ["open(p)", "p.open('rb')", "text.replace('a', 'b')", "parts.remove(x)", "replace(state, day=1)"]
)
def test_a_line_that_only_reads_is_left_alone(line: str) -> None:
    assert not writes(line)
