"""Signals that end a process, as an exception: for work that has to leave a note first.

In: signals. Out: an exception. Rule: the first signal raises, a second one ends the process at once.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn


class SignalRaised(KeyboardInterrupt):
    """A signal has come that ends the process; ``code`` is the exit code for it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.code = 128 + number


@contextmanager
def raising_signals() -> Iterator[None]:
    """A context in which the first signal that would end the process raises an exception."""
    before: dict[int, Any] = {}

    def raise_it(number: int, _: object) -> NoReturn:
        for each, action in before.items():
            signal.signal(each, action)
        raise SignalRaised(number)

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        each = getattr(signal, name, None)
        if each is not None and signal.getsignal(each) != signal.SIG_IGN:
            before[each] = signal.signal(each, raise_it)
    try:
        yield
    finally:
        for each, action in before.items():
            signal.signal(each, action)
