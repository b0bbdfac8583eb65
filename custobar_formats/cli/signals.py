"""Signals that end a process, as an exception or with a line: for work that has to leave a note first.

In: signals. Out: an exception, or a line on stderr. Rule: the first signal does that, a second one ends the process.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from custobar_formats.files.filenames import descriptor_of
from custobar_formats.files.output import has_appeared
from custobar_formats.report.text import printable


class SignalRaised(KeyboardInterrupt):
    """A signal has come that ends the process; ``code`` is the exit code for it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.code = 128 + number


@contextmanager
def raising_signals() -> Iterator[Callable[[], None]]:
    """A context in which the first signal that would end the process raises an exception.

    It gives a function to call now and then, which raises that exception again: Python loses one in a finalizer.
    """
    came: list[int] = []

    def check() -> None:
        if came:
            raise SignalRaised(came[0])

    def raise_it(number: int) -> None:
        came.append(number)
        check()

    with _first_signal(raise_it):
        yield check


@contextmanager
def unwinding_signals() -> Iterator[None]:
    """A context that the first signal leaves by an exception; then it ends the process as it would have ended."""
    try:
        with raising_signals() as check:
            yield
            check()
    except SignalRaised as error:
        os.kill(os.getpid(), error.code - 128)
        raise


@contextmanager
def announced_signals(line: str | Callable[[], str]) -> Iterator[None]:
    """A context in which a line is printed before the first signal ends the process as it would have ended."""

    def announce(number: int) -> None:
        text = line if isinstance(line, str) else line()
        with suppress(OSError):
            before = "\n" if os.isatty(2) else ""  # a progress line may be there, and what the terminal shows of Ctrl-C
            os.write(2, f"{before}{text}\n".encode(errors="backslashreplace"))  # the stream may be in a write
        os.kill(os.getpid(), number)

    with _first_signal(announce):
        yield


def announced_outputs(*names: str | None) -> AbstractContextManager[None]:
    """A context in which a signal is answered with a line about outputs of these names; ``-`` is stdout.

    A file is there whole or not at all; a stream may have a part of the output.
    """
    given = [name for name in names if name is not None]

    def line() -> str:
        streams = ["stdout" if name == "-" else printable(name) for name in given if name == "-" or _is_stream(name)]
        if streams:
            return f"interrupted: what was written to {' and '.join(streams)} is not whole"
        if has_appeared():
            return f"interrupted: {' and '.join(map(printable, given))}: written whole, or not at all"
        return f"interrupted: nothing was written{' to ' * bool(given)}{' or '.join(map(printable, given))}"

    return announced_signals(line)


def _is_stream(name: str) -> bool:
    return descriptor_of(Path(name)) is not None or (os.path.exists(name) and not os.path.isfile(name))


@contextmanager
def _first_signal(act: Callable[[int], None]) -> Iterator[None]:
    """A context in which the first signal that would end the process is acted upon, and a second one ends it."""
    before: dict[int, Any] = {}

    def restore() -> None:
        for each, action in before.items():
            signal.signal(each, action)

    def first(number: int, _: object) -> None:
        restore()
        act(number)

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        each = getattr(signal, name, None)
        if each is not None and signal.getsignal(each) != signal.SIG_IGN:
            before[each] = signal.signal(each, first)
    try:
        yield
    finally:
        restore()
