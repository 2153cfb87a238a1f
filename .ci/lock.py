"""Write requirements.lock and requirements-dev.lock from pyproject.toml: versions, hashes of wheels, no addresses.

The peers of the benchmarks, which clash with them, have requirements-peers.lock from benchmarks/peers.toml. `make lock`
writes all three, `python .ci/lock.py peers` the last; both need uv on PATH and a package index. One resolution serves
every supported Python, so that everybody computes with the same libraries. Only wheels that this project can use are
listed: CPython 3.11 to 3.14 on Linux (x86_64, aarch64) and macOS (arm64).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = re.compile(r"-(py2\.py3|py3|py31[1-4]|cp31[1-4])-(none|cp31[1-4])-|-cp3\d+-abi3-")
PLATFORM = re.compile(r"-any\.whl$|manylinux\w*_(x86_64|aarch64)\b|macosx_\d+_\d+_(arm64|universal2)\.whl$")
SUPERFLUOUS = re.compile(r" ; sys_platform == 'win32'")


def usable(wheel: str) -> bool:
    """Tell whether a wheel runs where this project does."""
    return bool(PYTHON.search(wheel) and PLATFORM.search(wheel))


def wheels(resolution: Path) -> dict[str, str]:
    """Return the file name of every wheel in a resolution, by its hash."""
    packages = tomllib.loads(resolution.read_text())["package"]
    return {w["hash"]: w["url"].rpartition("/")[2] for p in packages for w in p.get("wheels", ())}


def locked(exported: str, names: dict[str, str]) -> str:
    """Keep the hashes of usable wheels, in the order of the wheels' names."""
    lines: list[str] = []
    for block in re.split(r"\n(?=\S)", exported.strip()):
        head, *rest = block.replace("\\", "").split("\n")
        if SUPERFLUOUS.search(head):
            continue
        hashes = [line.strip().removeprefix("--hash=") for line in rest]
        kept = sorted((h for h in hashes if usable(names.get(h, ""))), key=lambda h: names[h])
        if not kept:
            raise SystemExit(f"{head.strip()}: no wheel that can be used")
        lines.append(" \\\n    ".join([head.strip(), *(f"--hash={h}" for h in kept)]))
    return "\n".join(lines) + "\n"


def lock(project: Path, files: dict[str, str]) -> None:
    """Resolve one project file in a temporary folder and write its locks, each of some groups."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        shutil.copy(project, work / "pyproject.toml")
        subprocess.run(["uv", "lock", "--quiet", "--fork-strategy", "fewest"], cwd=work, check=True)
        names = wheels(work / "uv.lock")
        export = ["uv", "export", "--quiet", "--frozen", "--no-emit-project", "--no-header", "--no-annotate"]
        for file, groups in files.items():
            text = subprocess.run([*export, groups], cwd=work, check=True, capture_output=True, text=True).stdout
            (ROOT / file).write_text(locked(text, names))


def main(which: list[str]) -> None:
    """Write the locks of the program and of the peers it is measured beside, or of those that are named."""
    if "program" in which or not which:
        lock(
            ROOT / "pyproject.toml",
            {"requirements.lock": "--no-default-groups", "requirements-dev.lock": "--all-groups"},
        )
    if "peers" in which or not which:
        lock(ROOT / "benchmarks" / "peers.toml", {"requirements-peers.lock": "--no-default-groups"})


if __name__ == "__main__":
    main(sys.argv[1:])
