"""Whether a source can be sent as the options want it.

In: the arguments of a call, then the source. Out: the entity. Rule: what can be refused without a look into the source
is.
"""

from __future__ import annotations

import os

from custobar_formats.core.entities import Entity
from custobar_formats.core.errors import UsageError, misuse
from custobar_formats.core.shown import shown
from custobar_formats.files.filenames import checked_output, is_same_file
from custobar_formats.files.output import Destination
from custobar_formats.files.source import ByteInput, TextInput
from custobar_formats.files.urls import is_url
from custobar_formats.pipeline.api_write import check_destination, check_is_no_schema
from custobar_formats.pipeline.convert import check_sides
from custobar_formats.pipeline.opening import find_format
from custobar_formats.pipeline.options import Options, entity_of
from custobar_formats.schema.compiled import Schema, SchemaLike, compile_schema

BY_COLUMNS = "sends the columns as they are, and a mapping changes them: send JSON"
BY_CELLS = "sends cells as they are; other readings of blank cells and of gaps in lists apply only to JSON"


def check_sending(
    source: object, schema: SchemaLike | Schema | None, options: Options, send: str, rejects: Destination | None
) -> Entity:
    """The entity to send; the arguments that need no look into the source are checked.

    Raises:
        UsageError: one of them cannot be used.

    """
    if send not in ("json", "csv"):
        raise UsageError(f"send={shown(send)}: use json or csv")
    compiled = compile_schema(schema)
    if compiled is None:
        raise UsageError("give the schema, such as 'customers': only valid data is sent")
    entity = entity_of(compiled, options)
    if entity is None:
        raise UsageError("the schema has no entity: name it, as in entity='customers'")
    if rejects is not None:
        check_destination(rejects)
        if isinstance(rejects, (str, os.PathLike)) and not is_url(rejects):
            checked_output(rejects)
        if is_same_file(source, rejects):
            raise UsageError("the rejects file is the input: write to another file")
        check_is_no_schema(rejects, schema)
    if send == "csv":
        if options.mapping is not None:
            raise misuse(lambda caller: f"{caller.argument('send', 'csv')} {BY_COLUMNS}")
        if options.blank != "omit" or options.list_gaps != "error":
            raise misuse(lambda caller: f"{caller.argument('send', 'csv')} {BY_CELLS}")
    return entity


def check_source(opened: TextInput | ByteInput, options: Options, send: str, *, separates: bool) -> None:
    """Raise UsageError if the source has not the form that the options, or what is sent, need."""
    format_ = find_format(opened, options)
    check_sides(options, from_csv=format_ == "csv", to_csv=False, missing="blank", separates=separates)
    if send == "csv" and (format_ != "csv" or (isinstance(opened, ByteInput) and opened.spreadsheet is not None)):
        name = opened.name or "<input>"
        raise misuse(lambda caller: f"{name}: {caller.argument('send', 'csv')} is for CSV files: send JSON")
