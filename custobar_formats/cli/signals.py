"""Signals that end a process, as an exception: for work that has to leave a note first.

In: signals. Out: an exception. Rule: the first signal raises, a second one ends the process at once.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn


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
    before: dict[int, Any] = {}
    came: list[int] = []

    def raise_it(number: int, _: object) -> NoReturn:
        came.append(number)
        for each, action in before.items():
            signal.signal(each, action)
        raise SignalRaised(number)

    def check() -> None:
        if came:
            raise SignalRaised(came[0])

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        each = getattr(signal, name, None)
        if each is not None and signal.getsignal(each) != signal.SIG_IGN:
            before[each] = signal.signal(each, raise_it)
    try:
        yield check
    finally:
        for each, action in before.items():
            signal.signal(each, action)
