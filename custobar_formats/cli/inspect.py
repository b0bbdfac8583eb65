"""The command that shows what files contain.

In: arguments. Out: text on stdout; the exit code.
"""

from __future__ import annotations

from pathlib import Path

import click

from custobar_formats.cli.entity import EntityChooser, expanded, settings_of
from custobar_formats.cli.options import (
    check_streams,
    delimiter_option,
    encoding_option,
    entity_option,
    fields_option,
    file_words,
    from_option,
    header_option,
    no_settings_option,
    open_source,
    schema_resource_option,
    settings_option,
    sheet_option,
)
from custobar_formats.cli.signals import announced_signals
from custobar_formats.cli.terminal import VALID, line_width, print_out, report_exception
from custobar_formats.core.errors import UsageError
from custobar_formats.files.source import open_input
from custobar_formats.pipeline.options import Options
from custobar_formats.report.text import printable
from custobar_formats.schema.sources import read_resources

ABOUT_INSPECT = """Show what files contain: encoding, delimiter, columns, entity.

FILE is a CSV or JSON file, a pattern such as 'export/*.csv', or - for stdin. For each column, inspect shows what its
values look like, the type that the entity requires, how many rows have a value, and examples. It reads the first
10,000 rows.
"""


@click.command(help=ABOUT_INSPECT)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, shell_complete=file_words)
@entity_option
@from_option
@delimiter_option
@encoding_option
@header_option
@sheet_option
@fields_option
@schema_resource_option
@settings_option
@no_settings_option
def inspect(
    files: tuple[str, ...],
    entity: str | None,
    from_: str | None,
    delimiter: str | None,
    encoding: str | None,
    header: int | None,
    sheet: str | None,
    fields: Path | None,
    resources: tuple[Path, ...],
    settings: Path | None,
    no_settings: bool,
) -> int:
    """Show what files contain; return the exit code."""
    from custobar_formats.cli.tables import render_inspection
    from custobar_formats.pipeline.inspect import inspect_source

    names = expanded(files)
    check_streams([*names, fields, settings, *resources])
    chooser = EntityChooser(entity, None, fields, settings_of(settings, none=no_settings), read_resources(resources))
    chooser.check()
    worst, width = VALID, line_width()
    options = Options(from_, encoding, delimiter, header=header, sheet=sheet)
    for number, name in enumerate(names):
        try:
            line = f"interrupted: {'<stdin>' if name == '-' else printable(name)} was not inspected"
            with announced_signals(line), open_input(open_source(name)) as opened:
                choice = chooser.choose(opened, options)
                found = inspect_source(opened, options)
        except (OSError, UsageError) as error:
            worst = max(worst, report_exception(error))
            continue
        print_out("\n" * (number > 0) + render_inspection(found, choice.schema, choice.entity, choice.reason, width))
    return worst
