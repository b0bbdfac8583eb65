"""The command: its parts, and how all of them show their help.

In: arguments. Out: results on stdout, messages on stderr; the exit code as the return value. What goes wrong is
thrown, and printed by ``cli.main``. Needs click, the extra ``cli``.
"""

from __future__ import annotations

from typing import NoReturn

import click

import custobar_formats
from custobar_formats.cli.completion import completion
from custobar_formats.cli.convert import convert
from custobar_formats.cli.explain import explain
from custobar_formats.cli.inspect import inspect
from custobar_formats.cli.schema import print_schema
from custobar_formats.cli.validate import validate_command
from custobar_formats.report.text import printable

NARROWEST = 10
"""Columns that the help uses at least."""

HELP_COLUMNS = 80
"""Columns of a terminal that the help uses at most."""

# The help is told here and not in docstrings, which python -OO leaves out.

ABOUT = "Convert between CSV and JSON for Custobar's data import, and validate files before an upload."


class _Context(click.Context):
    """Where a command runs; its help is as narrow as the terminal, which click's own is not below fifty columns."""

    def fail(self, message: str) -> NoReturn:
        """Refuse the arguments; what is told of them is one line."""
        super().fail(printable(message))

    def make_formatter(self) -> click.HelpFormatter:
        """What lays the help out."""
        import shutil

        return click.HelpFormatter(width=max(NARROWEST, min(shutil.get_terminal_size().columns, HELP_COLUMNS) - 1))


@click.group(help=ABOUT)
@click.version_option(custobar_formats.__version__, message="%(prog)s %(version)s", help="Tell the version.")
def command() -> None:
    """The command; what it does is done by its parts."""


for _each in (command, convert, validate_command, inspect, print_schema, explain, completion):
    _each.context_class = _Context
    if _each is not command:
        command.add_command(_each)
