"""What several commands take: options, and the files and schemas that these name.

In: words of the command line. Out: options for click, streams and schemas.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, TextIO

import click
from click.shell_completion import CompletionItem

from custobar_formats.cli.entity import NONE
from custobar_formats.core.delimiters import DELIMITERS
from custobar_formats.core.entities import ENTITIES
from custobar_formats.core.errors import UsageError
from custobar_formats.files.filenames import checked_input, is_same_file
from custobar_formats.pipeline.options import BLANKS, FORMATS
from custobar_formats.report.formats import RENDERERS


def one_of(words: Sequence[str]) -> str:
    """Words, of which one is to be chosen."""
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _file_of(_: click.Context, __: click.Parameter, name: str | None) -> Path | None:
    """The file that an option names."""
    return None if name is None else checked_input(name)


def file_words(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What a shell completes the name of a file by: its own way."""
    return [CompletionItem(incomplete, type="file")]


entity_option = click.option(
    "--entity",
    type=click.Choice((*ENTITIES, NONE)),
    metavar="NAME",
    help=f"{', '.join(ENTITIES)}; or none, to check the form alone. Else it is known by wrapper, name or labels.",
)
schema_option = click.option(
    "--schema",
    metavar="FILE",
    shell_complete=file_words,
    callback=_file_of,
    help="A JSON Schema (2020-12) of your own; --entity then adds that entity's rules across records.",
)
fields_option = click.option(
    "--fields",
    metavar="FILE",
    shell_complete=file_words,
    callback=_file_of,
    help="Company fields beside those of the entity: names and types, as TOML or JSON.",
)
settings_option = click.option(
    "--settings",
    metavar="FILE",
    shell_complete=file_words,
    callback=_file_of,
    help="Settings; else custobar-formats.toml or pyproject.toml, here or in a folder above.",
)
no_settings_option = click.option("--no-settings", is_flag=True, help="Look for no settings.")
verbose_option = click.option("-v", "--verbose", is_flag=True, help="Tell how each file was read, too.")
from_option = click.option(
    "--from", "from_", type=click.Choice(FORMATS), metavar="FORMAT", help=f"The input's format: {one_of(FORMATS)}."
)
delimiter_option = click.option(
    "-d", "--delimiter", metavar="NAME", help=f"{one_of(tuple(DELIMITERS.values())).capitalize()}."
)
encoding_option = click.option(
    "-e", "--encoding", metavar="NAME", help="utf-8, utf-16 or iso-8859-1; windows-1252 to read."
)
blank_option = click.option(
    "--blank",
    type=click.Choice(BLANKS),
    metavar="WORD",
    default="omit",
    show_default=True,
    help=f"What a blank cell is: {one_of(BLANKS)}.",
)
report_option = click.option(
    "--report",
    "reports",
    metavar="FORMAT[=FILE]",
    multiple=True,
    help=f"How to tell what was found: {one_of(tuple(RENDERERS))}; into FILE, or in place of the text.",
)


def streams_too(names: Sequence[str | Path | None]) -> list[object]:
    """The files with these names, - for stdin, and the one that stdout may be."""
    return [sys.stdout, *(sys.stdin if name == "-" else name for name in names)]


def check_streams(names: Sequence[str | Path | None]) -> None:
    """Refuse to read stdin twice, and to write what is told into what is read."""
    if names.count("-") > 1:
        raise UsageError("- is given twice: stdin can be read but once")
    stdout, *files = streams_too(names)
    for name, file in zip(names, files, strict=True):
        if is_same_file(file, stdout):
            raise UsageError(f"{name}: stdout is this file, which is read: send it to another")


def open_source(name: str) -> Path | BinaryIO:
    """What the library reads for a file's name, - for stdin."""
    return opened_stream(sys.stdin, "input").buffer if name == "-" else checked_input(name)


def opened_stream(stream: TextIO | None, name: str) -> TextIO:
    """A standard stream, which is None where it was closed before the start."""
    if stream is None:
        raise UsageError(f"the standard {name} is closed")
    return stream


def in_colour(stream: TextIO | None) -> bool:
    """Whether a stream is to be told in colour: a terminal is, unless NO_COLOR or FORCE_COLOR say otherwise."""
    if stream is None or os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")
