"""Replicates: the same scenario under other seeds, with facts and doubtful cameras drawn within their intervals.

Each can live in a process of its own: the job goes in as JSON and the estimates come out as JSON, so that nothing but
text passes between processes and the caller's own program is never started a second time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast, final

from glasstown.core.blocks import Block
from glasstown.core.errors import BAD_FILE, BAD_INPUT, Problem, no_thread
from glasstown.core.estimates import Estimate
from glasstown.core.files import file_digest, scratch
from glasstown.core.keys import Key
from glasstown.core.machine import few_pools_of_memory
from glasstown.scenario import Scenario, drawn, from_resolved, resolved
from glasstown.study.journal import Chapter, Journal
from glasstown.study.kinds import kind_of
from glasstown.study.unfinished import another_input

_LOOK_S = 0.02
DONE = "estimates"


@final
@dataclass(frozen=True)
class Job:
    """One further life.

    Parameters
    ----------
    scenario : dict
        The scenario's complete document.
    seed, number : int
        The run's seed, and which replicate it is.
    files, digests : dict of str to str
        Where the inputs are, and what they were when the run read them.
    place : str
        Where the run folder will be, if the run has a journal; else nothing.
    holder : int
        The process that holds the journal: without it nothing more is written there.
    """

    scenario: dict[str, Any]
    seed: int
    number: int
    files: dict[str, str]
    digests: dict[str, str]
    place: str = ""
    holder: int = 0

    def chapter(self) -> Chapter | None:
        """Return where the journal keeps this life."""
        if not self.place:
            return None
        return Journal.join(Path(self.place), self.holder).chapter(chapter_of(self.number))


def chapter_of(number: int) -> str:
    """Name the chapter of the journal that has a replicate."""
    return f"replicate-{number}"


def jobs(
    scenario: Scenario,
    seed: int,
    replicates: int,
    files: Mapping[str, Path],
    digests: Mapping[str, str],
    place: Path | None = None,
) -> list[Job]:
    """List the lives beyond the first.

    Parameters
    ----------
    files, digests : mapping of str
        Where the inputs are, and their digests as the run has read them; a life reads them again.
    place : Path, optional
        Where the run folder will be, if the run has a journal.
    """
    document = resolved(scenario)
    places = {name: str(path) for name, path in files.items()}
    kept = str(place) if place else ""
    return [
        Job(document, seed, number, places, dict(digests), kept, os.getpid()) for number in range(1, replicates)
    ]


def lived(job: Job) -> list[Estimate]:
    """Live once more under another seed, with facts and doubtful cameras drawn within their intervals."""
    key = Key.from_seed(job.seed)("replicate", job.number)
    scenario = drawn(from_resolved(job.scenario), key("facts"))
    kind = kind_of(scenario)
    files = {name: Path(path) for name, path in job.files.items()}
    ground = kind.survey(scenario, files)
    for name, path in files.items():
        if file_digest(path) != job.digests[name]:
            raise another_input(name, path.name, job.digests[name], str(path))
    chapter = job.chapter()
    life = kind.live(scenario, int(key.bits(0)[0]), ground, keep=None, doubt=key("doubt"), chapter=chapter)
    estimates = kind.read(life, scenario)
    if chapter:
        chapter.put(DONE, Block({}, {"estimates": [estimate.document() for estimate in estimates]}))
        chapter.drop(name for name in chapter.names() if name != DONE)
    return estimates


def _done(job: Job) -> list[Estimate] | None:
    """Return what the journal says of a life that was finished before."""
    chapter = job.chapter()
    try:
        block = chapter.get(DONE) if chapter else None
        return [estimate_of(document) for document in block.words["estimates"]] if block else None
    except (KeyError, TypeError, ValueError):
        return None


def live_all(work: list[Job], workers: int, tell: Callable[[int], None]) -> list[list[Estimate]]:
    """Live every job, in so many processes at a time; the result is the same for any number.

    Parameters
    ----------
    work : list of Job
        What to live.
    workers : int
        Processes; with one, everything happens in this process.
    tell : callable
        Told how many are done.
    """
    done = {job.number: found for job in work if (found := _done(job)) is not None}
    left = [job for job in work if job.number not in done]
    for number, result in _here(left) if workers <= 1 else _apart(left, workers):
        done[number] = result
        tell(len(done))
    return [done[job.number] for job in work]


def _here(work: list[Job]) -> Iterator[tuple[int, list[Estimate]]]:
    for job in work:
        yield job.number, lived(job)


@final
@dataclass(frozen=True)
class _Started:
    job: Job
    process: subprocess.Popen[bytes]
    said: IO[bytes]
    complained: IO[bytes]

    def stop(self) -> None:
        """End the process, if it has not ended, and forget what it said."""
        self.process.kill()
        self.process.wait()
        self.said.close()
        self.complained.close()


def _apart(work: list[Job], workers: int) -> Iterator[tuple[int, list[Estimate]]]:
    """Live jobs in processes; whatever ends this one early ends them too."""
    waiting, running = work[::-1], list[_Started]()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                running.append(_start(waiting.pop()))
            ended = next((s for s in running if s.process.poll() is not None), None)
            if ended is None:
                time.sleep(_LOOK_S)
                continue
            running.remove(ended)
            yield ended.job.number, _result(ended)
    finally:
        for started in running:
            started.stop()


def _start(job: Job) -> _Started:
    source = Path(__file__).resolve().parents[2]
    path = os.pathsep.join(filter(None, (str(source), os.environ.get("PYTHONPATH"))))
    said, complained = scratch(), scratch()
    with scratch() as given:
        given.write(json.dumps(vars(job)).encode())
        given.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            stdin=given,
            stdout=said,
            stderr=complained,
            env={**os.environ, "PYTHONPATH": path},
        )
    return _Started(job, process, said, complained)


def _result(ended: _Started) -> list[Estimate]:
    ended.said.seek(0)
    ended.complained.seek(0)
    text, trouble = ended.said.read(), ended.complained.read().decode(errors="replace")
    ended.stop()
    number, code = ended.job.number, ended.process.returncode
    if code and (found := _done(ended.job)) is not None:
        return found
    if code < 0:
        raise Problem(
            f"replicate {number} was ended by the system (signal {-code})",
            why="most often because the machine ran out of memory.",
            todo="try fewer --threads: that many replicates live at the same time.",
        )
    if code == BAD_FILE:
        because = (trouble.strip() or "it could not say why").splitlines()[-1]
        raise Problem(
            f"replicate {number} cannot be read or written: {because}",
            why="each replicate is a process of its own, which loads the program and answers in a file of its own.",
            todo="free some space where temporary files are (TMPDIR), or take one thread (--threads 1).",
            code=BAD_FILE,
        )
    if code:
        raise RuntimeError(f"replicate {number} failed:\n{trouble}")
    answer = json.loads(text)
    if isinstance(answer, dict):
        raise Problem(**answer)
    return [estimate_of(document) for document in answer]


def estimate_of(document: dict[str, Any]) -> Estimate:
    """Make an estimate from its document again.

    Raises
    ------
    TypeError
        If a part of it is of another kind than in an estimate.
    """
    lists: dict[str, Any] = {k: tuple(document[k]) for k in ("by", "group") if isinstance(document[k], list)}
    made = Estimate(**{**document, **lists})
    texts = [made.name, made.unit]
    for words in (made.by, made.group):
        texts += words if isinstance(words, tuple) else () if words is None else (words,)
    numbers = [x for x in (made.value, made.low, made.high, made.range_low, made.range_high) if x is not None]
    if not all(isinstance(cast(Any, text), str) for text in texts):
        raise TypeError("a word of an estimate is no text")
    if type(made.n) is not int or not all(type(number) in (int, float) for number in numbers):
        raise TypeError("a number of an estimate is none")
    return made


def main() -> None:
    """Read a job from standard input and print its estimates, or what is wrong with it."""
    few_pools_of_memory()
    try:
        print(json.dumps(_answer()), flush=True)
    except OSError as error:
        # What it complains in may be on the same full disk.
        with suppress(OSError):
            print(error.strerror or error, file=sys.stderr, flush=True)
        # What could not be written is not tried once more.
        os._exit(BAD_FILE)


def _answer() -> Any:
    try:
        return [e.document() for e in lived(Job(**json.load(sys.stdin)))]
    except Problem as problem:
        return _told(problem)
    except RuntimeError as error:
        problem = no_thread(error)
        if problem is None:
            raise
        return _told(problem)
    except MemoryError:
        return {"what": "a replicate does not fit in the machine's memory", "code": BAD_INPUT}


def _told(problem: Problem) -> dict[str, Any]:
    return {name: getattr(problem, name) for name in ("what", "where", "why", "todo", "code")}


if __name__ == "__main__":
    main()
