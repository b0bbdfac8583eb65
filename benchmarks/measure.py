"""The timing of contenders: figures, as ratios to a reference of the same run.

In: contenders. Out: figures. Rules: contenders take turns (A B A B), so that a noisy machine slows all of them; CPU
time is user and system time together; a ratio is the median of the ratios of all rounds; the garbage collector runs as
it does for users; a contender that is missing gets a figure too.
"""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parent.parent

ROWS = 200_000
"""Rows of a data set by default."""
SLOW_ROWS = 10_000
"""Rows at most for contenders that would take minutes for more; their time is scaled."""
ROUNDS = 5
CHECKED_ROWS = 2_000
"""Rows at most of the files on which results are checked before anything is timed."""

NAMES = ("customers", "products", "wide")


@dataclass(frozen=True)
class Options:
    """What to run, from the command line."""

    rows: int = ROWS
    rounds: int = ROUNDS
    only: tuple[str, ...] = NAMES
    peers: bool = True

    @property
    def checked_rows(self) -> int:
        """Rows of the files on which results are checked."""
        return min(self.rows, CHECKED_ROWS)

    @property
    def absent(self) -> str:
        """Why a peer has no figure."""
        return "not installed" if self.peers else "left out"

    @property
    def slow_rows(self) -> int:
        """Rows for slow contenders."""
        return min(self.rows, SLOW_ROWS)


@dataclass(frozen=True)
class Timing:
    """Seconds of CPU time (user and system), and by the clock."""

    cpu: float
    wall: float


@dataclass(frozen=True)
class Figure:
    """One result: what was measured, against what, on which data. If there is no value, ``note`` has the reason."""

    what: str
    against: str
    data: str
    rows: int
    value: float | None = None
    """A ratio of CPU times, or a number in ``unit``."""
    wall: float | None = None
    """The same ratio of times by the clock."""
    bar: float | None = None
    unit: str = ""
    """Empty for ratios."""
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the value is within the bar; None if there is no value or no bar."""
        return None if self.value is None or self.bar is None else self.value <= self.bar


Name = TypeVar("Name")
Run = Callable[[], Timing]
Pair = tuple[Callable[[], object], Callable[[], object]]
"""Our function, and the reference."""


def in_process(function: Callable[[], object]) -> Run:
    """A contender that is a function; its result is freed after the clock has stopped."""

    def run() -> Timing:
        gc.collect()  # so that no contender pays for the garbage of another
        cpu, wall = time.process_time(), time.perf_counter()
        kept = function()
        timing = Timing(time.process_time() - cpu, time.perf_counter() - wall)
        del kept
        return timing

    return run


def child(arguments: Sequence[str], *, stdout: Path | None = None, environment: Mapping[str, str] | None = None) -> Run:
    """A contender that is a command, with its output in a file or nowhere; a failure is raised with its stderr."""

    def run() -> Timing:
        with open(stdout or os.devnull, "wb") as out:
            wall = time.perf_counter()
            process = subprocess.Popen(
                arguments, cwd=ROOT, env=child_environment(environment), stdout=out, stderr=subprocess.PIPE
            )
            assert process.stderr is not None
            with process.stderr:
                errors = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)  # the only way to the times of this child alone
            wall = time.perf_counter() - wall
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{Path(arguments[0]).name} failed: {errors.decode(errors='replace')}")
        return Timing(usage.ru_utime + usage.ru_stime, wall)

    return run


def output_of(arguments: Sequence[str], *, environment: Mapping[str, str] | None = None) -> str:
    """The stdout of a child process."""
    done = subprocess.run(
        arguments, cwd=ROOT, env=child_environment(environment), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{Path(arguments[0]).name} failed: {done.stderr}")
    return done.stdout


@cache
def folder() -> Path:
    """The temporary folder of this process, removed when the process ends."""
    path = tempfile.mkdtemp(prefix="benchmarks-")
    atexit.register(shutil.rmtree, path)
    return Path(path)


def child_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of child processes: they import this package, compiled as an installed one is."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(folder() / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**environment, **(more or {})}


def command(*arguments: str | os.PathLike[str]) -> list[str]:
    """The arguments that run our command."""
    return [sys.executable, "-m", "custobar_formats", *(os.fspath(argument) for argument in arguments)]


def in_turns(contenders: Mapping[Name, Run], rounds: int) -> dict[Name, list[Timing]]:
    """The timings of contenders that take turns."""
    timings: dict[Name, list[Timing]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            timings[name].append(run())
    return timings


def ratio(ours: Sequence[Timing], reference: Sequence[Timing]) -> Timing:
    """The median ratios over the rounds, of CPU time and of wall time."""
    pairs = list(zip(ours, reference, strict=True))
    return Timing(
        statistics.median(a.cpu / b.cpu for a, b in pairs), statistics.median(a.wall / b.wall for a, b in pairs)
    )


def race(
    what: str, against: str, data: str, options: Options, contenders: Pair, bar: float | None, note: str = ""
) -> Figure:
    """The figure of one function against another, both in this process."""
    timings = in_turns(dict(enumerate(map(in_process, contenders))), options.rounds)
    found = ratio(timings[0], timings[1])
    return Figure(what, against, data, options.rows, found.cpu, found.wall, bar, note=note)
