"""The command: its subcommands, and the layout of their help.

In: arguments. Out: results on stdout, messages on stderr; the exit code as the return value. Errors are raised, and
``cli.main`` prints them. Needs click, the extra ``cli``.
"""

from __future__ import annotations

from types import TracebackType

import click

import custobar_formats
from custobar_formats.cli.completion import completion
from custobar_formats.cli.convert import convert
from custobar_formats.cli.explain import explain
from custobar_formats.cli.fetch import fetch
from custobar_formats.cli.fix import fix_command
from custobar_formats.cli.inspect import inspect
from custobar_formats.cli.map import map_command
from custobar_formats.cli.sandbox import sandbox
from custobar_formats.cli.schema import print_schema
from custobar_formats.cli.token import make_token
from custobar_formats.cli.upload import upload_command
from custobar_formats.cli.validate import validate_command

NARROWEST = 10
"""The smallest width of the help, in columns."""

HELP_COLUMNS = 80
"""The greatest width of the help, in columns."""

# Help texts are constants and not docstrings, which python -OO leaves out.

ABOUT = "Convert between CSV and JSON for Custobar's data import, and validate files before an upload."


class _Context(click.Context):
    """The context of a command; its help fits the terminal, also below the fifty columns that click's own needs."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        """Name this command in an error of the arguments that names none."""
        if isinstance(error, click.UsageError) and error.ctx is None:
            error.ctx = self
        return super().__exit__(kind, error, trace)

    def make_formatter(self) -> click.HelpFormatter:
        """A formatter as wide as the terminal."""
        import shutil

        return click.HelpFormatter(width=max(NARROWEST, min(shutil.get_terminal_size().columns, HELP_COLUMNS) - 1))


@click.group(help=ABOUT, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(custobar_formats.__version__, message="%(prog)s %(version)s", help="Show the version and exit.")
def command() -> None:
    """The command; its subcommands do the work."""


_COMMANDS = (
    *(convert, validate_command, map_command, fix_command, upload_command, fetch, make_token),
    *(inspect, print_schema, explain, sandbox, completion),
)

for _each in (command, *_COMMANDS):
    _each.context_class = _Context
    if _each is not command:
        command.add_command(_each)
