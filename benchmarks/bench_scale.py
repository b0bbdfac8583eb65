"""How far do several processes go? The parts are measured: what each does, and what only the calling one can do.

The simulated file has 100 GB, in ranges of 8 MB; one of 20 processes is three times as slow as the others. The times by
the clock are those of the whole, on cores of the measured speed that do nothing else, and storage that keeps up.
"""

from __future__ import annotations

import heapq
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from benchmarks import data
from benchmarks.command_line import main
from benchmarks.measure import Figure, Options
from custobar_formats import validate

MEGABYTE = 1_000_000
RANGE = 8 * MEGABYTE
SIMULATED = 100_000 * MEGABYTE
PROCESSES = (1, 2, 4, 8, 16, 32, 100)
AHEAD = (2, 8)
SLOW_SHARE, SLOWNESS = 0.05, 3.0
MIN_ROWS = 100_000
"""Smaller files are not read in parts."""
SIZES = (1, 4)
"""How many times the file has the rows; the difference shows what a range more costs."""
ROUNDS = 3
JITTER = 0.1
"""Relative standard deviation of the time that a range takes."""


class Here:
    """Does what is submitted at once, in this process, and counts the seconds and the bytes of the results."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.returned = 0

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """As that of an executor."""
        began = time.process_time()
        future: Future[Any] = Future()
        future.set_result(function(*args))
        self.seconds += time.process_time() - began
        self.returned += len(future.result())
        return future


@dataclass(frozen=True)
class Costs:
    """Seconds of a range in a process, and in the calling one, in which results are put together in their order."""

    each: float
    parent: float
    before: float = 0.0


def simulate(costs: Costs, ranges: int, processes: int, ahead: int, seed: int = 1) -> float:
    """Seconds by the clock for all ranges, with so many in flight for each process; the calling process reads none."""
    chance = random.Random(seed)
    slow = [SLOWNESS if chance.random() < SLOW_SHARE else 1.0 for _ in range(processes)]
    free = [(costs.before, number) for number in range(processes)]
    ends: list[float] = []
    parent = costs.before
    for number in range(ranges):
        if number >= ahead * processes:  # one more is submitted when the first has been taken
            parent = max(parent, ends[number - ahead * processes]) + costs.parent
        at, process = heapq.heappop(free)
        end = max(at, parent if number >= ahead * processes else 0.0)
        end += costs.each * slow[process] * max(0.1, chance.gauss(1, JITTER))
        ends.append(end)
        heapq.heappush(free, (end, process))
    for end in ends[max(0, ranges - ahead * processes) :]:
        parent = max(parent, end) + costs.parent
    return parent


def measure(name: str, rows: int) -> tuple[Costs, float]:
    """The costs of a range more of a data set, and the bytes of results for each byte read."""
    (first_size, first), (size, last) = (_run(name, rows, times) for times in SIZES)
    ranges = (size - first_size) / RANGE
    before = first.parent - first_size * (last.parent - first.parent) / (size - first_size)
    costs = Costs((last.each - first.each) / ranges, (last.parent - first.parent) / ranges, max(0.0, before))
    return costs, last.returned / size


@dataclass(frozen=True)
class _Run:
    each: float
    parent: float
    returned: int


def _run(name: str, rows: int, times: int) -> tuple[int, _Run]:
    """The size of a file, and the seconds of all its ranges and of the calling process."""
    path = data.repeated_file(name, rows, times)
    best: _Run | None = None
    for _ in range(ROUNDS):
        executor, began = Here(), time.process_time()
        report = validate(path, data.schema(name), executor=executor, jobs=64)
        seconds = time.process_time() - began
        assert report.valid
        assert executor.seconds
        found = _Run(executor.seconds, seconds - executor.seconds, executor.returned)
        best = found if best is None or seconds < best.each + best.parent else best
    assert best is not None
    return path.stat().st_size, best


def run(options: Options) -> Iterator[Figure]:
    """The measured parts of each data set, and the simulated times."""
    rows = max(options.rows, MIN_ROWS)
    for name in options.only:
        costs, returned = measure(name, rows)
        yield Figure("a process", "", name, rows, RANGE / MEGABYTE / costs.each, unit="MB/s")
        yield Figure("the calling process", "", name, rows, RANGE / MEGABYTE / costs.parent, unit="MB/s")
        yield Figure("results, of the bytes read", "", name, rows, 100 * returned, unit="%")
        yield Figure("the calling process, before and after", "", name, 0, 1000 * costs.before, unit="ms")
        for processes in PROCESSES:
            for ahead in AHEAD:
                wall = simulate(costs, SIMULATED // RANGE, processes, ahead)
                what = f"100 GB, {processes} processes, {ahead} ranges each"
                yield Figure(what, "", name, 0, wall / 60, unit="min", note="simulated")


if __name__ == "__main__":
    main(__doc__ or "", run)
