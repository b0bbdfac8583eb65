"""The processes that read ranges of files, and how many of them there are.

In: ``jobs`` of a call, perhaps with an executor of the caller. Out: what reads ranges. Rule: no process is started, and
nothing submitted, before a file has been found to be worth it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from custobar_formats.core.arguments import SupportsSubmit
from custobar_formats.core.errors import UsageError
from custobar_formats.core.job_limits import AUTO_IN_FLIGHT, AUTO_SHARE, MAX_AUTO_JOBS, MAX_RANGE, MIN_RANGE
from custobar_formats.core.shown import shown
from custobar_formats.csvtext.cuts import Range
from custobar_formats.pipeline.range_form import Form, make_reader

if TYPE_CHECKING:
    from custobar_formats.files.tasks import Tasks
    from custobar_formats.files.workers import Workers

Receive = Callable[[], Any]
"""Waits for what is found in a range: what the function of the file's form returns."""

Jobs = int | Literal["auto"]


class Unshared(Exception):
    """The work that several processes have begun must be done by one, from the start."""


class Executor(Protocol):
    """Reads ranges of a file, several at a time."""

    def count_for(self, size: int) -> int:
        """How many ranges of a file of so many bytes are read at a time; one if it is not worth it."""

    def ahead_for(self, size: int) -> int:
        """How many ranges of a file of so many bytes may wait until they are received."""

    def start(self, count: int) -> bool:
        """Get ready to read so many ranges at a time; whether that is possible."""

    def set_up(self, form: Form) -> None:
        """Read ranges of this file from now on."""

    def submit(self, part: Range) -> Receive | None:
        """Begin to read a range; call the result for what is found, in the order of the ranges.

        None if the caller is to read it: then nobody else has another share of the work.
        """

    def close(self) -> None:
        """End what was started, and forget what was submitted."""


class Processes:
    """Python processes of our own, one fewer than there are jobs: this process reads too."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._workers: Workers | None = None
        self._count = self._turn = 0

    def count_for(self, size: int) -> int:
        """As ``Executor``."""
        if self._jobs == "auto":
            worth = size // AUTO_SHARE
            return min(worth, _usable()) if worth > 1 else 1
        return 1 if size < 2 * MIN_RANGE else min(self._jobs, -(-size // MIN_RANGE))

    def ahead_for(self, size: int) -> int:
        """As ``Executor``."""
        return 2 * self.count_for(size)

    def start(self, count: int) -> bool:
        """As ``Executor``; where no process can be started, a number of jobs is an error.

        Raises:
            OSError: the system starts no process.

        """
        if self._workers is None:
            from custobar_formats.files.workers import Workers

            try:
                self._workers = Workers("custobar_formats.pipeline.ranges", "work", count - 1)
                self._count = count
            except OSError:
                if self._jobs != "auto":
                    raise
        return self._workers is not None

    def set_up(self, form: Form) -> None:
        """As ``Executor``."""
        assert self._workers is not None
        self._workers.set_up(form)
        self._turn = 0

    def submit(self, part: Range) -> Receive | None:
        """As ``Executor``: this process reads every so many of them."""
        assert self._workers is not None
        turn, self._turn = self._turn, (self._turn + 1) % self._count
        return self._workers.submit(part) if turn else None

    def close(self) -> None:
        """As ``Executor``."""
        workers, self._workers = self._workers, None
        if workers is not None:
            workers.close()


class Submitted:
    """An executor of the caller; this process only puts together what is found.

    Raises:
        UsageError: it is none.

    """

    def __init__(self, executor: SupportsSubmit, jobs: Jobs) -> None:
        from custobar_formats.files.tasks import Tasks

        self._in_flight = AUTO_IN_FLIGHT if jobs == "auto" else jobs
        self._tasks: Tasks = Tasks(executor, make_reader)

    def count_for(self, size: int) -> int:
        """As ``Executor``; with one job, that range is not read by this process."""
        return max(2, min(self._in_flight, -(-size // MIN_RANGE))) if size >= 2 * MIN_RANGE else 1

    def ahead_for(self, size: int) -> int:  # noqa: ARG002 - as ``Executor``
        """As ``Executor``."""
        return self._in_flight

    def start(self, count: int) -> bool:  # noqa: ARG002 - as ``Executor``
        """As ``Executor``."""
        return True

    def set_up(self, form: Form) -> None:
        """As ``Executor``.

        Raises:
            OSError: the file cannot be opened, or it has changed.

        """
        self._tasks.set_up(replace(form, file=form.file.anywhere()))

    def submit(self, part: Range) -> Receive:
        """As ``Executor``."""
        return self._tasks.submit(part)

    def close(self) -> None:
        """As ``Executor``."""
        self._tasks.close()


@contextmanager
def executor_of(jobs: Jobs | None, given: SupportsSubmit | None = None) -> Iterator[Executor | None]:
    """The reader of ranges for a call with ``jobs`` and ``executor``, until its end; None if this process reads all.

    Raises:
        UsageError: so many jobs cannot be had, or the executor is none.

    """
    if jobs is not None:
        check_jobs(jobs, starts=given is None)
    if given is None and jobs in (None, 1):
        yield None
        return
    jobs = "auto" if jobs is None else jobs
    executor = Processes(jobs) if given is None else Submitted(given, jobs)
    try:
        yield executor
    finally:
        executor.close()


def check_jobs(jobs: Jobs, *, starts: bool = True) -> None:
    """Raise UsageError unless this is a number of jobs, which can be had if processes are started, or ``"auto"``."""
    if jobs == "auto":
        return
    if not isinstance(jobs, int) or isinstance(jobs, bool) or jobs < 1:
        raise UsageError(f"jobs={shown(jobs)}: give a whole number from 1 on, or 'auto'")
    if starts and jobs > 1 and not _has_python():
        raise UsageError(f"jobs={jobs}: this program has no Python of its own to start others with: give 1 or 'auto'")


def range_sizes(size: int, count: int, most: int = MAX_RANGE) -> tuple[int, int]:
    """The bytes of the first range of a part of a file, and of each other one, of which ``count`` are read at a time.

    This process reads the first one while the others start. The others end together, as far as that can be planned, and
    have at most ``most`` bytes.

    Example:
        >>> range_sizes(40_000_000, 2), range_sizes(1_000_000, 2)
        ((4194304, 5967616), (500000, 4194304))

    """
    first = min(MIN_RANGE, size // count)
    rounds = -(-(size - first) // (count * most))
    return first, max(most // 2, -(-(size - first) // (count * rounds)))


def _usable() -> int:
    from custobar_formats.files.cores import usable_cores

    return min(MAX_AUTO_JOBS, usable_cores()) if _has_python() else 1


def _has_python() -> bool:
    from custobar_formats.files.workers import has_python

    return has_python()
