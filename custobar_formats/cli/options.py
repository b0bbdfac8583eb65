"""The options that several commands share, and the files and schemas that they name.

In: arguments of the command line. Out: options for click, streams and schemas.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, TextIO

import click
from click.shell_completion import CompletionItem

from custobar_formats.cli.entity import NONE
from custobar_formats.cli.terminal import is_dumb
from custobar_formats.core.delimiters import DELIMITERS
from custobar_formats.core.encodings import ENCODING_WORDS
from custobar_formats.core.entities import ENTITIES, suggest_entity
from custobar_formats.core.errors import UsageError
from custobar_formats.files.filenames import checked_input, is_same_file
from custobar_formats.files.output import check_takes_bytes
from custobar_formats.files.remote import Remote, remote_at
from custobar_formats.files.urls import as_name, is_url
from custobar_formats.mapping.preset_files import presets
from custobar_formats.pipeline.options import BLANKS, FORMATS
from custobar_formats.report.formats import RENDERERS


class EntityName(click.Choice[str]):
    """The name of an entity, or one more word."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name itself; fails as all functions do for an unknown one."""
        if value not in self.choices:
            self.fail(f"unknown entity {value!r}: {suggest_entity(value)}", param, ctx)
        return value


def one_of(words: Sequence[str]) -> str:
    """Words as a choice: a, b or c."""
    return f"{', '.join(words[:-1])} or {words[-1]}"


COUNT = click.IntRange(1)
COUNT.name = "number"  # for "'x' is not a valid number"


def _file_of(_: click.Context, __: click.Parameter, name: str | None) -> Path | None:
    """The file that an option names."""
    return None if name is None else checked_input(name)


def _files_of(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> tuple[Path, ...]:
    """The files that an option names."""
    return tuple(map(checked_input, names))


def file_words(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The completion of a file name, which the shell does itself."""
    return [CompletionItem(incomplete, type="file")]


def preset_words(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The presets that begin like an incomplete word."""
    return [CompletionItem(name) for name in presets() if name.startswith(incomplete)]


def _mapping_words(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The presets that begin like an incomplete word, and files."""
    return preset_words(context, parameter, incomplete) or [CompletionItem(incomplete, type="file")]


entity_option = click.option(
    "--entity",
    type=EntityName((*ENTITIES, NONE)),
    metavar="NAME",
    help=f"{one_of(ENTITIES)}; or none, to check only the format. Default: recognised from the JSON wrapper, "
    "the file name or the column names.",
)
schema_option = click.option(
    "--schema",
    metavar="FILE",
    shell_complete=file_words,
    callback=_file_of,
    help="Check against your own JSON Schema (2020-12) instead. With --entity, duplicates and incomplete sales are "
    "checked too.",
)
schema_resource_option = click.option(
    "--schema-resource",
    "resources",
    metavar="FILE",
    multiple=True,
    shell_complete=file_words,
    callback=_files_of,
    help="A document that your schema or your company fields refer to by its $id; nothing is fetched. May be repeated.",
)
fields_option = click.option(
    "--fields",
    metavar="FILE",
    shell_complete=file_words,
    callback=_file_of,
    help="Your company fields, in addition to those of the entity: names and types, as TOML or JSON.",
)
settings_option = click.option(
    "--settings",
    metavar="FILE",
    shell_complete=file_words,
    callback=_file_of,
    help="Settings file. Default: custobar-formats.toml or pyproject.toml, here or in a folder above.",
)
no_settings_option = click.option("--no-settings", is_flag=True, help="Use no settings file.")
verbose_option = click.option("-v", "--verbose", is_flag=True, help="Also print how each file was read.")
from_option = click.option(
    "--from", "from_", type=click.Choice(FORMATS), metavar="FORMAT", help=f"Format of the input: {one_of(FORMATS)}."
)
delimiter_option = click.option(
    "-d", "--delimiter", metavar="NAME", help=f"Delimiter of the CSV: {one_of(tuple(DELIMITERS.values()))}."
)
encoding_option = click.option(
    "-e", "--encoding", metavar="NAME", help=f"Encoding of the CSV: {ENCODING_WORDS}, or an alias such as latin-1."
)
COUNT = click.IntRange(1)
COUNT.name = "number"  # for "'x' is not a valid number"
header_option = click.option(
    "--header", metavar="N", type=COUNT, help="Line of the header, if others are above it; they are skipped."
)
sheet_option = click.option(
    "--sheet", metavar="NAME", help="Sheet of a spreadsheet: its name or number. Default: the first that is not hidden."
)
blank_option = click.option(
    "--blank",
    type=click.Choice(BLANKS),
    metavar="WORD",
    default="omit",
    show_default=True,
    help="How to read a blank cell: omit leaves the field out, erase makes it an empty string, which erases the stored "
    "value, and null makes it null.",
)
min_rows_option = click.option(
    "--min-rows", metavar="N", type=COUNT, help="Treat a file with fewer than N records as invalid."
)


def _jobs(context: click.Context, parameter: click.Parameter, given: str) -> object:
    """The number of jobs, or ``"auto"``."""
    return given if given == "auto" else COUNT.convert(given, parameter, context)  # type: ignore[arg-type] # it takes text


jobs_option = click.option(
    "-j",
    "--jobs",
    metavar="N",
    callback=_jobs,
    default="auto",
    show_default=True,
    help="Read a large CSV or JSON lines file in N processes. auto takes all cores, at most 8, from 16 MB on.",
)
map_option = click.option(
    "--map",
    "map_",
    metavar="FILE",
    shell_complete=_mapping_words,
    help="Take the columns of an export for fields of Custobar, as this mapping file or preset says.",
)
with_option = click.option(
    "--with",
    "answers",
    metavar="NAME=VALUE",
    multiple=True,
    help="Answer a question of the mapping, or give a field the same value in all records. May be repeated.",
)
report_option = click.option(
    "--report",
    "reports",
    metavar="FORMAT[=FILE]",
    multiple=True,
    help=f"Print the report as {one_of(tuple(RENDERERS))}. With =FILE, write it to FILE and still print "
    "the text. May be repeated.",
)


def named(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    """The name of a file of data, or a URL, which is shown without its secrets."""
    return None if name is None else as_name(name)


def streams_too(names: Sequence[str | Path | None]) -> list[object]:
    """Stdout, and the files with these names, where - is stdin."""
    return [sys.stdout, *(sys.stdin if name == "-" else name for name in names)]


def check_streams(names: Sequence[str | Path | None]) -> None:
    """Refuse to read stdin twice, and to print into an input file."""
    if names.count("-") > 1:
        raise UsageError("- is given twice: stdin can be read only once")
    stdout, *files = streams_too(names)
    for name, file in zip(names, files, strict=True):
        if is_same_file(file, stdout):
            raise UsageError(f"{name}: stdout goes to this file, which is an input: redirect it to another file")


def check_outputs(
    outputs: Iterable[tuple[str, object]],
    source: str,
    *,
    schema: Path | None,
    fields: Path | None,
    settings: Path | None,
    resources: Sequence[Path],
    mapping: str | None,
) -> None:
    """Refuse to write an output, given with its name, over a file that the run reads."""
    inputs: dict[str, object] = {"the input": sys.stdin if source == "-" else source, "the schema": schema}
    inputs |= {"the --fields file": fields, "the --settings file": settings, "the --map file": mapping}
    inputs |= {f"the --schema-resource file {path}": path for path in resources}
    for name, output in outputs:
        if isinstance(output, str) and is_url(output):
            check_takes_bytes(output)
        for what, file in inputs.items():
            if is_same_file(file, output):
                raise UsageError(f"{name}: the output is {what}: write to another file")


def open_source(name: str) -> Path | BinaryIO | Remote:
    """The path, the file in another store or the stream of an input's name, where - is stdin."""
    if is_url(name):
        return remote_at(name)
    return opened_stream(sys.stdin, "input").buffer if name == "-" else checked_input(name)


def opened_stream(stream: TextIO | None, name: str) -> TextIO:
    """A standard stream; Python has None where it was closed before the start.

    Raises:
        UsageError: the stream is closed.

    """
    if stream is None:
        raise UsageError(f"the standard {name} is closed")
    return stream


def in_colour(stream: TextIO | None) -> bool:
    """Whether to print in colour: on a terminal, unless NO_COLOR or FORCE_COLOR changes that."""
    if stream is None or os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and not is_dumb())
