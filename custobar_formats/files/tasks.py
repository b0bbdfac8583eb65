"""Messages to an executor of the caller, whose workers may be on other machines, and their answers.

In: an executor, what makes the answers, messages: any picklable values. Out: the answers. Rules: a task has all that it
needs, and its result is bytes; whatever the executor itself raises means that the task has not been done, so that it
is submitted again; the executor stays open, because it is the caller's.
"""

from __future__ import annotations

import errno
import pickle
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn

from custobar_formats.core.arguments import SupportsSubmit
from custobar_formats.core.errors import UsageError
from custobar_formats.core.job_limits import MAX_DEATHS
from custobar_formats.core.shown import shown
from custobar_formats.files.workers import answered, packed, unpacked

Make = Callable[[Any], Callable[[Any], Any] | None]
"""What makes the function that answers messages, from the message that comes before all others; of a module."""


class Tasks:
    """Gives messages to an executor.

    Raises:
        UsageError: it is none.

    """

    def __init__(self, executor: SupportsSubmit, make: Make) -> None:
        if isinstance(executor, type) or not callable(getattr(executor, "submit", None)):
            message = "give an object with submit(function, *arguments), such as a ProcessPoolExecutor"
            raise UsageError(f"executor={shown(executor)}: {message}")
        self._executor = executor
        self._make = make
        self._setup = b""
        self._open: set[Task] = set()

    def set_up(self, message: Any) -> None:
        """Give each task a message that has no answer and comes before its own."""
        self._setup = packed(message)

    def submit(self, message: Any) -> Callable[[], Any]:
        """Give the executor a message; call the result for the answer."""
        task = Task(partial(self._executor.submit, answer, self._make, self._setup, message))
        self._open.add(task)

        def receive() -> Any:
            self._open.discard(task)
            return task.receive()

        return receive

    def close(self) -> None:
        """Cancel the tasks whose answers nobody has asked for."""
        while self._open:
            self._open.pop().cancel()


class Task:
    """One message, submitted at once, with a number that differs each time: some executors recognise their tasks."""

    def __init__(self, submit: Callable[[int], Any]) -> None:
        self._submit = submit
        self._begin(0)

    def receive(self) -> Any:
        """The answer.

        Raises:
            ChildProcessError: the executor has failed again and again.
            UsageError: what it gives is no future, or not the result of the function.
            Exception: the one that the message has raised.

        """
        data = self._result()
        if not isinstance(data, bytes):
            raise UsageError(f"executor: a future has {shown(data)}, and not the bytes that the function has returned")
        return unpacked(data)

    def cancel(self) -> None:
        """Let the executor forget it, if it can."""
        with suppress(Exception):  # not all futures have that, and it is over anyway
            self._future.cancel()

    def _begin(self, attempt: int) -> None:
        try:
            self._future = self._submit(attempt)
        except Exception as error:
            self._future = Failed(error)
        if not callable(getattr(self._future, "result", None)):
            raise UsageError(f"executor: submit() has returned {shown(self._future)}, which has no result()")

    def _result(self) -> Any:
        for attempt in range(1, MAX_DEATHS + 2):
            try:
                return self._future.result()
            except Exception as error:  # each executor has its own for a worker that has ended
                failure = error
            if attempt <= MAX_DEATHS:
                self._begin(attempt)
        message = f"the executor has failed {attempt} times over a part of the file"
        raise ChildProcessError(errno.ECHILD, f"{message}: {type(failure).__name__}: {failure}") from failure


class Failed:
    """The future of what could not be submitted."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def result(self) -> NoReturn:
        """Raise what submitting has raised."""
        raise self._error


_last = threading.local()
"""What answers the messages of the last file, of each thread: making that takes as long as many rows."""


def answer(make: Make, setup: bytes, message: Any, attempt: int) -> bytes:  # noqa: ARG001 - see ``Task``
    """The answer to a message, or the exception that it raises, as bytes; this is what an executor calls."""
    return answered(partial(_answer, make, setup), message)


def _answer(make: Make, setup: bytes, message: Any) -> Any:
    if getattr(_last, "setup", None) != setup:
        _last.answer = make(pickle.loads(setup))  # noqa: S301 - the executor has brought it as it has this function
        _last.setup = setup
    return _last.answer(message)
