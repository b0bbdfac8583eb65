"""Those who call: a program in Python, or a person with the command; a message names an argument as they write it.

In: a sentence about arguments. Out: its form for each caller.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum


class Caller(Enum):
    """Who calls; the value is what they would repeat."""

    PYTHON = "call"
    COMMAND = "command"

    def argument(self, name: str, value: object = None) -> str:
        """An argument as this caller writes it; without a value only its name.

        Example:
            >>> [each.argument("again", True) for each in Caller]
            ['again=True', '--again']
            >>> [each.argument("in_doubt", "settle") for each in Caller]
            ["in_doubt='settle'", '--in-doubt settle']
            >>> [each.argument("journal") for each in Caller]
            ['journal=', '--journal']

        """
        if self is Caller.PYTHON:
            return f"{name}={'' if value is None else repr(value)}"
        option = f"--{name.replace('_', '-')}"
        return option if value is None or value is True else f"{option} {value}"


Sentence = Callable[[Caller], str]
"""A sentence for a caller."""
