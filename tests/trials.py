"""Runs that end badly, many of them: each in a process of its own, forked from one that has everything loaded.

`python -m tests.trials KIND` reads one trial a line from standard input, as JSON, and answers each with a line. A trial
runs the small world of a kind, in few communities, or goes on with it, and may be told to fail or to be killed at the
k-th time that the package opens, writes, syncs or renames something below the trial's folder.
"""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.repository import ROOT

SEED = 5
COMMUNITY = 20
RUN = ("run", "newtown", "--seed", str(SEED), "--people", "40", "--days", "2", "--threads", "1", "--json")
COMMUNITIES = 4
IN_MONTHS = ("run", "reality", "--seed", str(SEED), "--set", "town.people=400", "--threads", "1", "--json")
IN_A_CROWD = ("run", "busy-street", *RUN[2:4], "--set", "town.faces=50", *RUN[6:])
KINDS = ("open", "write", "fsync", "rename", "mkdir")
LIMIT_S = 300
# No address space has room for the stack of a thread.
NO_STACK = 1 << 60


@dataclass(frozen=True)
class Fault:
    """What shall go wrong: the k-th time something of a kind is done.

    Parameters
    ----------
    kind : str
        One of `KINDS`; "" for nothing.
    k : int
        From 1.
    how : str
        The name of an error, "no memory", "no thread" (from then on the system starts none), "disk of 64k" (from then
        on the mounted folder has no more room), or "kill before", "kill half-way" (a write that is cut) or "kill
        after".
    lasting : bool
        Whether every later one fails too, as on a full disk.
    """

    kind: str = ""
    k: int = 0
    how: str = ""
    lasting: bool = False


@dataclass(frozen=True)
class Ended:
    """How a trial ended.

    Parameters
    ----------
    code : int
        The exit code; minus the signal for a process that was killed.
    out, err : str
        What it said.
    counts : dict of str to int
        How often each kind of thing was done, if it lived to tell.
    lived : int
        How many community-days were lived; whole communities of a nation, blocks of a crowd.
    """

    code: int
    out: str
    err: str
    counts: dict[str, int] = field(default_factory=dict[str, int])
    lived: int = 0

    @property
    def digest(self) -> str:
        """The digest of the run, which is the last thing it says."""
        return str(json.loads(self.out)["digest"])


class Trials:
    """A process that is ready to run trials of one kind: "town", "nation" or "crowd"."""

    def __init__(self, kind: str = "town") -> None:
        command = [sys.executable, "-m", __name__, kind]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()

    def run(
        self,
        words: tuple[str, ...],
        root: Path,
        fault: Fault | None = None,
        *,
        after_s: float = 0.0,
        once: str = "",
        end: int = signal.SIGKILL,
        save: bool = True,
    ) -> Ended:
        """Type a command in a process of its own.

        Parameters
        ----------
        words : tuple of str
            What is typed after `glasstown`.
        root : Path
            Below it things go wrong.
        after_s : float
            If not 0, a signal is sent after so many seconds.
        once : str
            If not "", a signal is sent once a file of such a name is below the root.
        end : int
            Which signal.
        save : bool
            Whether a run that is finished is also written; that takes longest.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        asked = {"words": words, "root": str(root), "fault": asdict(fault or Fault()), "after_s": after_s}
        print(json.dumps({**asked, "once": once, "end": end, "save": save}), file=self.process.stdin, flush=True)
        return Ended(**json.loads(self.process.stdout.readline()))


# ------------------------------------------------------------------ in the process that serves
def serve(kind: str) -> None:
    """Load everything, then fork for every line of standard input."""
    from glasstown import api, crowds, tables
    from glasstown.report import folder, page  # noqa: F401  # pyright: ignore[reportUnusedImport]
    from glasstown.study import crowd_stream, nation_stream
    from glasstown.town import crowd, nation
    from tests.worlds import LOUD

    tables.COMMUNITY_SIZE, nation.CLUSTERS, nation_stream.BETWEEN_S = COMMUNITY, COMMUNITIES, 0.0
    crowd.BLOCK = crowds.BLOCK = COMMUNITY
    crowd_stream.BETWEEN_S = -1.0
    if kind == "nation":
        api.run("reality", SEED, settings={"town.people": 400}, threads=1)
    elif kind == "crowd":
        api.run("busy-street", SEED, settings={"town.faces": 50}, days=2, threads=1)
    else:
        api.run("newtown", SEED, people=40, days=2, threads=1, settings=LOUD)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(_trial(**asked)), flush=True)


def _trial(
    words: list[str], root: str, fault: dict[str, Any], after_s: float, once: str, end: int, save: bool
) -> dict[str, Any]:
    told = Path(root).with_suffix(".told")
    told.mkdir(exist_ok=True)
    child = os.fork()
    if child == 0:
        try:
            _child(words, Path(root), Fault(**fault), told, save=save)
        finally:
            os._exit(99)
    deadline = time.monotonic() + LIMIT_S
    while once and not list(Path(root).rglob(once)) and time.monotonic() < deadline:
        time.sleep(0.01)
    if after_s or once:
        time.sleep(after_s)
        os.kill(child, end)
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            break
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGABRT)
        time.sleep(0.002)
    there = {file.name: file.read_text(encoding="utf-8") for file in told.iterdir()}
    said = {name: there.get(name, "") for name in ("out", "err")}
    counts = json.loads(there.get("counts", "{}"))
    lived = len(there.get("lived", ""))
    for file in told.iterdir():
        file.unlink()
    told.rmdir()
    return {"code": os.waitstatus_to_exitcode(status), **said, "counts": counts, "lived": lived}


def _child(words: list[str], root: Path, fault: Fault, told: Path, *, save: bool) -> None:
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(told / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.stdout, sys.stderr = (io.TextIOWrapper(io.FileIO(number, "w", closefd=False)) for number in (1, 2))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    lived = os.open(told / "lived", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    counts = _watch(root, fault)
    _listen(lived, save=save)
    from glasstown import cli

    sys.argv = ["glasstown", *words]
    code = 98
    try:
        cli.main()
    except SystemExit as left:
        code = int(left.code or 0)
    except BaseException as error:
        print(f"Traceback: {error!r}", file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    (told / "counts").write_text(json.dumps(counts), encoding="utf-8")
    os._exit(code)


def _listen(lived: int, *, save: bool) -> None:
    """Note every community-day that was lived, and leave the folder unwritten if nobody looks at it."""
    from glasstown import api, crowds
    from glasstown.study import life
    from glasstown.study.nation import Plan

    write = os.write

    def noting(live: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*given: Any, **how: Any) -> Any:
            after = live(*given, **how)
            write(lived, b"x")
            return after

        return noted

    life.step, Plan.lived, crowds._meet = noting(life.step), noting(Plan.lived), noting(crowds._meet)
    if not save:
        api.Run.save = lambda self, folder: Path(folder)


def _watch(root: Path, fault: Fault) -> Counter[str]:
    """Count what is done below a folder, and let one of it go wrong."""
    counts, lock, files = Counter[str](), threading.Lock(), dict[int, str]()
    real = {name: getattr(os, name) for name in ("open", "write", "fsync", "replace", "mkdir", "close")}

    def below(path: object) -> bool:
        return isinstance(path, str | os.PathLike) and str(path).startswith(str(root))

    def tried(kind: str, path: str, do: Callable[[], Any], half: Callable[[], Any]) -> Any:
        with lock:
            counts[kind] += 1
            number = counts[kind]
        if kind == fault.kind and number == fault.k and fault.how.startswith("disk of "):
            size = fault.how.removeprefix("disk of ")
            subprocess.run(["mount", "-o", f"remount,size={size}", str(root)], check=True)
        elif kind == fault.kind and number == fault.k and fault.how == "no thread":
            threading.stack_size(NO_STACK)
        elif kind == fault.kind and (number == fault.k or (fault.lasting and number > fault.k)):
            if fault.how == "no memory":
                raise MemoryError
            if not fault.how.startswith("kill"):
                code = getattr(errno, fault.how)
                raise OSError(code, os.strerror(code), path)
            if fault.how == "kill half-way":
                half()
            elif fault.how == "kill after":
                do()
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)
        return do()

    def opened(path: Any, *given: Any, **named: Any) -> int:
        # What is no longer needed is cleared away as far as that can be done.
        if not below(path) or "dir_fd" in named:
            return real["open"](path, *given, **named)

        def do() -> int:
            number = real["open"](path, *given, **named)
            files[number] = str(path)
            return number

        return tried("open", str(path), do, do)

    def closed(number: int) -> None:
        files.pop(number, None)
        real["close"](number)

    def written(number: int, content: Any) -> int:
        if number not in files:
            return real["write"](number, content)

        def half() -> int:
            return real["write"](number, content[: len(content) // 2])

        return tried("write", files[number], lambda: real["write"](number, content), half)

    def synced(number: int) -> None:
        if number not in files:
            return real["fsync"](number)
        return tried("fsync", files[number], lambda: real["fsync"](number), lambda: None)

    def replaced(old: Any, new: Any, **named: Any) -> None:
        if not below(new):
            return real["replace"](old, new, **named)
        return tried("rename", str(new), lambda: real["replace"](old, new, **named), lambda: None)

    def made(path: Any, *given: Any, **named: Any) -> None:
        if not below(path):
            return real["mkdir"](path, *given, **named)
        return tried("mkdir", str(path), lambda: real["mkdir"](path, *given, **named), lambda: None)

    os.open, os.close, os.write, os.fsync, os.replace, os.mkdir = opened, closed, written, synced, replaced, made
    return counts


if __name__ == "__main__":
    serve(sys.argv[1])
