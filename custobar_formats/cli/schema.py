"""The command that prints the JSON Schema of an entity.

In: arguments. Out: text on stdout; the exit code.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from custobar_formats.cli.entity import EntityChooser, settings_of
from custobar_formats.cli.options import (
    EntityName,
    check_streams,
    fields_option,
    no_settings_option,
    schema_resource_option,
    settings_option,
)
from custobar_formats.cli.terminal import VALID, line_width, print_out
from custobar_formats.core.entities import ENTITIES
from custobar_formats.schema.sources import read_resources

ABOUT_SCHEMA = """Print the JSON Schema of an entity, or a table of its fields.

ENTITY is customers, products, sales, events or shops.
"""


@click.command(name="schema", help=ABOUT_SCHEMA)
@click.argument("entity", metavar="ENTITY", type=EntityName(ENTITIES))
@fields_option
@schema_resource_option
@settings_option
@no_settings_option
@click.option("--table", is_flag=True, help="Print a readable table instead, one line for each field.")
def print_schema(
    entity: str,
    fields: Path | None,
    resources: tuple[Path, ...],
    settings: Path | None,
    no_settings: bool,
    table: bool,
) -> int:
    """Print a schema; return the exit code."""
    from custobar_formats.cli.tables import render_fields

    check_streams([fields, settings, *resources])
    chooser = EntityChooser(entity, None, fields, settings_of(settings, none=no_settings), read_resources(resources))
    schema = chooser.document(entity)
    print_out(render_fields(schema, line_width()) if table else json.dumps(schema, indent=2, ensure_ascii=False))
    return VALID
