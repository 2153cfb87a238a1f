"""What a person reads when something is wrong: what happened, where, why it matters, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import final

BAD_INPUT = 2
BAD_FILE = 74
INTERRUPTED = 130
ENDED = 143


@final
class Problem(Exception):
    """Something the person at the keyboard can put right; it is never shown as a traceback.

    Parameters
    ----------
    what : str
        What happened, in one sentence.
    where : str
        File, line and key, as far as they are known ("" where they are not).
    why : str
        Why it matters.
    todo : str
        What to do.
    code : int
        Exit code of the command: 2 for bad input, 74 for files that cannot be read or written.
    """

    def __init__(
        self, what: str, *, where: str = "", why: str = "", todo: str = "", code: int = BAD_INPUT
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.todo = todo
        self.code = code

    def __str__(self) -> str:
        first = f"{self.where}: {self.what}" if self.where else self.what
        return "\n  ".join(line for line in (first, self.why, self.todo) if line)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (self.what, self.where, self.why, self.todo, self.code)


def _rebuilt(what: str, where: str, why: str, todo: str, code: int) -> Problem:
    return Problem(what, where=where, why=why, todo=todo, code=code)


def no_thread(error: RuntimeError) -> Problem | None:
    """Say that the system starts no further thread, if an error means that: Python has no kind of its own for it."""
    if str(error) != "can't start new thread":
        return None
    return Problem(
        "the system starts no further thread",
        why="processes and threads are limited, or there is no room for the stack of one.",
        todo="take fewer (--threads 1), or allow more (ulimit -u, or the limit of the container).",
    )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Offer the nearest known word, or list the known ones when none is near."""
    choices = sorted(known)
    near = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{near[0]}'?"
    return f"known: {', '.join(choices)}." if choices else ""
