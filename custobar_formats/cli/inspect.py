"""The commands that tell of files, schemas and codes: inspect, schema, explain, completion.

In: arguments. Out: text on stdout; the exit code.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from custobar_formats.cli.entity import Chooser, expanded, settings_of
from custobar_formats.cli.options import (
    check_streams,
    delimiter_option,
    encoding_option,
    entity_option,
    fields_option,
    file_words,
    from_option,
    no_settings_option,
    open_source,
    settings_option,
)
from custobar_formats.cli.terminal import COMPLETE, PROGRAM, VALID, print_out, report_exception
from custobar_formats.core.entities import ENTITIES
from custobar_formats.core.errors import UsageError
from custobar_formats.files.source import open_input
from custobar_formats.pipeline.options import Options

ABOUT_INSPECT = """Tell what files are: charset, delimiter, columns, entity.

FILE is a CSV or JSON file, or - for stdin. Of each column: what its values look like, what the entity asks for, in
how many rows it has a value, and some of them. The first 10,000 rows are looked at.
"""

ABOUT_SCHEMA = """Print the JSON Schema of an entity, or a table of its fields.

ENTITY is customers, products, sales, events or shops.
"""

ABOUT_EXPLAIN = """Tell what a finding's code means, with an example and what mends it.

Without a CODE, all are listed.
"""


ABOUT_COMPLETION = """Print a script that makes a shell complete commands, options and their words.

SHELL is bash (4.4 or newer), zsh or fish. For bash: eval "$(custobar-formats completion bash)" in ~/.bashrc.
"""

SHELLS = ("bash", "zsh", "fish")


@click.command(help=ABOUT_INSPECT, no_args_is_help=True)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, shell_complete=file_words)
@entity_option
@from_option
@delimiter_option
@encoding_option
@fields_option
@settings_option
@no_settings_option
def inspect(
    files: tuple[str, ...],
    entity: str | None,
    from_: str | None,
    delimiter: str | None,
    encoding: str | None,
    fields: Path | None,
    settings: Path | None,
    no_settings: bool,
) -> int:
    """Tell what some files are; the exit code."""
    from custobar_formats.pipeline.inspect import inspect_source, render_inspection

    names = expanded(files)
    check_streams([*names, fields, settings])
    chooser = Chooser(entity, None, fields, settings_of(settings, none=no_settings))
    chooser.check()
    worst = VALID
    options = Options(from_, encoding, delimiter)
    for number, name in enumerate(names):
        try:
            with open_input(open_source(name)) as opened:
                choice = chooser.choose(opened, options)
                found = inspect_source(opened, options)
        except (OSError, UsageError) as error:
            worst = max(worst, report_exception(error))
            continue
        print_out("\n" * (number > 0) + render_inspection(found, choice.schema, choice.entity, choice.reason))
    return worst


@click.command(name="schema", help=ABOUT_SCHEMA, no_args_is_help=True)
@click.argument("entity", metavar="ENTITY", type=click.Choice(ENTITIES))
@fields_option
@settings_option
@no_settings_option
@click.option("--table", is_flag=True, help="A line for each field, for people.")
def print_schema(entity: str, fields: Path | None, settings: Path | None, no_settings: bool, table: bool) -> int:
    """Print a schema; the exit code."""
    from custobar_formats.pipeline.inspect import render_fields

    check_streams([fields, settings])
    chooser = Chooser(entity, None, fields, settings_of(settings, none=no_settings))
    schema = chooser.document(entity)
    print_out(render_fields(schema) if table else json.dumps(schema, indent=2, ensure_ascii=False))
    return VALID


@click.command(help=ABOUT_COMPLETION)
@click.argument("shell", metavar="SHELL", type=click.Choice(SHELLS))
def completion(shell: str) -> int:
    """Print what makes a shell complete; the exit code."""
    from click.shell_completion import get_completion_class

    root = click.get_current_context().find_root()
    found = get_completion_class(shell)
    assert found is not None
    print_out(found(root.command, {}, PROGRAM, COMPLETE).source())
    return VALID


@click.command(help=ABOUT_EXPLAIN)
@click.argument("codes", metavar="[CODE]...", nargs=-1)
def explain(codes: tuple[str, ...]) -> int:
    """Tell what codes mean; the exit code."""
    from custobar_formats.cli.explanations import explain as explain_code
    from custobar_formats.cli.explanations import overview

    print_out("\n\n".join(map(explain_code, codes)) if codes else overview())
    return VALID
