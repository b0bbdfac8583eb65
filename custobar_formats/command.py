"""The command: its arguments and streams.

In: arguments. Out: results on stdout, messages on stderr; the exit code as the return value. What goes wrong is
thrown, and told by ``cli.py``. Needs click, the extra ``cli``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, TextIO, get_args

import click

import custobar_formats
from custobar_formats.cli import INVALID, VALID, say, tell
from custobar_formats.cli import explain as explain_error
from custobar_formats.convert import convert_file
from custobar_formats.dump import Missing
from custobar_formats.errors import InvalidData, SchemaError, UsageError
from custobar_formats.load import validate as validate_source
from custobar_formats.names import checked_input, is_same_file, outputs_of
from custobar_formats.publish import Publisher
from custobar_formats.reading import BLANKS, FORMATS, SUFFIXES, Options
from custobar_formats.render import RENDERERS
from custobar_formats.render.text import SHOWN, printable, summary, text_of
from custobar_formats.schema import ENTITIES, compile_schema, load_schema, read_fields

NARROWEST = 10
"""Columns that the help uses at least."""

HELP_COLUMNS = 80
"""Columns of a terminal that the help uses at most."""

# The help is told here and not in docstrings, which python -OO leaves out.

ABOUT = "Convert between CSV and JSON for Custobar's data import, and validate files before an upload."

ABOUT_CONVERT = """Convert CSV to JSON, or JSON to CSV.

IN is a CSV or JSON file, or - for stdin; OUT is the output, stdout if left out. Its suffix (.csv, .tsv, .json,
.jsonl, .ndjson) says its format, unless --to does. CSV to CSV writes a comma and utf-8, whatever was read.

The delimiter and the encoding are those of the CSV side, of IN where both are CSV. With an entity or a schema only
valid data is written: to a file whole or not at all; to stdout record by record, until an error ends it.
"""

ABOUT_VALIDATE = """Tell what is wrong with files.

FILE is a CSV or JSON file, or - for stdin. Of each kind of fault in each column the first three are shown, and all
are counted. The exit code is the worst of the files'.
"""

ABOUT_INSPECT = """Tell what files are: charset, delimiter, columns, entity.

FILE is a CSV or JSON file, or - for stdin. Of each column: what its values look like, what the entity asks for if one
is named, in how many rows it has a value, and some of them. The first 10,000 rows are looked at.
"""

ABOUT_SCHEMA = """Print the JSON Schema of an entity, or a table of its fields.

ENTITY is customers, products, sales, events or shops.
"""

ABOUT_EXPLAIN = """Tell what a finding's code means, with an example and what mends it.

Without a CODE, all are listed.
"""


def _one_of(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _file(_: click.Context, __: click.Parameter, name: str | None) -> Path | None:
    """The file that an option names."""
    return None if name is None else checked_input(name)


entity_option = click.option("--entity", type=click.Choice(ENTITIES), metavar="NAME", help=f"{_one_of(ENTITIES)}.")
schema_option = click.option(
    "--schema",
    metavar="FILE",
    callback=_file,
    help="A JSON Schema (2020-12) of your own; --entity then adds that entity's rules across records.",
)
fields_option = click.option(
    "--fields",
    metavar="FILE",
    callback=_file,
    help="Company fields beside those of --entity: names and types, as TOML or JSON.",
)
from_option = click.option(
    "--from", "from_", type=click.Choice(FORMATS), metavar="FORMAT", help=f"The input's format: {_one_of(FORMATS)}."
)
delimiter_option = click.option("-d", "--delimiter", metavar="NAME", help="Comma, semicolon or tab.")
encoding_option = click.option(
    "-e", "--encoding", metavar="NAME", help="utf-8, utf-16 or iso-8859-1; windows-1252 to read."
)
blank_option = click.option(
    "--blank",
    type=click.Choice(BLANKS),
    metavar="WORD",
    default="omit",
    show_default=True,
    help=f"What a blank cell is: {_one_of(BLANKS)}.",
)
report_option = click.option(
    "--report",
    "reports",
    metavar="FORMAT[=FILE]",
    multiple=True,
    help=f"How to tell what was found: {_one_of(tuple(RENDERERS))}; into FILE, or in place of the text.",
)


@click.group(help=ABOUT)
@click.version_option(custobar_formats.__version__, message="%(prog)s %(version)s", help="Tell the version.")
def command() -> None:
    """The command; what it does is done by its parts."""


@command.command(help=ABOUT_CONVERT, no_args_is_help=True)
@click.argument("source", metavar="IN")
@click.argument("target", metavar="[OUT]", required=False)
@click.option("-o", "--output", metavar="OUT", help="The same as OUT.")
@entity_option
@schema_option
@from_option
@click.option("--to", type=click.Choice(FORMATS), metavar="FORMAT", help=f"The output's format: {_one_of(FORMATS)}.")
@delimiter_option
@encoding_option
@blank_option
@click.option(
    "--missing",
    type=click.Choice(get_args(Missing)),
    metavar="WORD",
    default="blank",
    show_default=True,
    help=f"What a missing key becomes: {_one_of(get_args(Missing))} (into a file for each set of labels).",
)
@report_option
@fields_option
def convert(
    source: str,
    target: str | None,
    output: str | None,
    entity: str | None,
    schema: Path | None,
    from_: str | None,
    to: str | None,
    delimiter: str | None,
    encoding: str | None,
    blank: str,
    missing: str,
    reports: tuple[str, ...],
    fields: Path | None,
) -> int:
    """Convert one file; the exit code."""
    publisher = Publisher(reports, os.environ)
    if target is not None and output is not None:
        raise UsageError("the output is given twice: as OUT and as --output")
    out = target if target is not None else output if output is not None else "-"
    streams = out == "-"
    if not out or not source:
        raise UsageError("a file's name is empty")
    publisher.keep_off(_streams_too([source, out, schema, fields]), split=out if missing == "split" else None)
    if any(is_same_file(fields, output) for output in outputs_of(out, missing)):
        raise UsageError(f"{out}: the output is the file of --fields: write to another file")
    code = VALID
    try:
        report = convert_file(
            _open(source),
            _opened(sys.stdout, "output").buffer if streams else out,
            _schema_of(entity, schema, fields),
            Options(from_, encoding, delimiter, None, blank, entity=entity),
            to=to or _format_of(out),
            missing=missing,
            streams=streams,
        )
    except InvalidData as error:
        report, code = error.report, INVALID
    if report.findings or publisher.shown:
        tell(publisher.stream_text([report]))
    if code and streams:
        tell("the output ends before this; 'custobar-formats validate' tells of all that is wrong")
    publisher.write_files([report])
    return code


@command.command(help=ABOUT_VALIDATE, no_args_is_help=True)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@entity_option
@schema_option
@from_option
@delimiter_option
@encoding_option
@blank_option
@report_option
@click.option("--strict", is_flag=True, help="Warnings make the exit code 1, too.")
@click.option("--exit-zero", is_flag=True, help="Invalid data leaves the exit code 0.")
@click.option("--ignore", metavar="CODE", multiple=True, help="Leave out a warning or a notice; may be repeated.")
@click.option(
    "--max-findings",
    metavar="N",
    type=click.IntRange(1),
    help="Tell so many of a kind in a column: instead of 3 in text, of 100 in other formats.",
)
@click.option("-q", "--quiet", is_flag=True, help="Tell the verdict of each file, and no findings.")
@fields_option
def validate(
    files: tuple[str, ...],
    entity: str | None,
    schema: Path | None,
    from_: str | None,
    delimiter: str | None,
    encoding: str | None,
    blank: str,
    reports: tuple[str, ...],
    strict: bool,
    exit_zero: bool,
    ignore: tuple[str, ...],
    max_findings: int | None,
    quiet: bool,
    fields: Path | None,
) -> int:
    """Tell what is wrong with some files; the exit code."""
    publisher = Publisher(reports, os.environ)
    inputs = [*files, schema, fields]
    publisher.keep_off(_streams_too(inputs))
    _check_streams(inputs)
    asked = _schema_of(entity, schema, fields)
    worst = VALID
    checked = []
    for name in files:
        try:
            report = validate_source(
                _open(name),
                asked,
                format=from_,  # type: ignore[arg-type]
                encoding=encoding,
                delimiter=delimiter,
                blank=blank,  # type: ignore[arg-type]
                entity=entity,
                max_findings=max_findings,
                ignore=ignore,
            )
        except (OSError, UsageError) as error:
            tell(f"{printable(name)}: not checked")
            worst = max(worst, explain_error(error))
            continue
        fails = not report.valid or (strict and bool(report.counts.by_severity.get("warning")))
        worst = max(worst, INVALID if fails and not exit_zero else VALID)
        checked.append(report)
        if publisher.shown in (None, "text"):
            say(summary(report) if quiet else text_of(report, max_findings or SHOWN))  # at once
    if publisher.shown not in (None, "text"):
        say(publisher.stream_text(checked))
    publisher.write_files(checked)
    return worst


@command.command(help=ABOUT_INSPECT, no_args_is_help=True)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@entity_option
@from_option
@delimiter_option
@encoding_option
def inspect(
    files: tuple[str, ...], entity: str | None, from_: str | None, delimiter: str | None, encoding: str | None
) -> int:
    """Tell what some files are; the exit code."""
    from custobar_formats.inspection import inspect_source, render_inspection

    _check_streams(files)
    worst = VALID
    for number, name in enumerate(files):
        try:
            found = inspect_source(_open(name), Options(from_, encoding, delimiter))
        except (OSError, UsageError) as error:
            worst = max(worst, explain_error(error))
            continue
        say("\n" * (number > 0) + render_inspection(found, entity))
    return worst


@command.command(name="schema", help=ABOUT_SCHEMA, no_args_is_help=True)
@click.argument("entity", metavar="ENTITY", type=click.Choice(ENTITIES))
@fields_option
@click.option("--table", is_flag=True, help="A line for each field, for people.")
def print_schema(entity: str, fields: Path | None, table: bool) -> int:
    """Print a schema; the exit code."""
    from custobar_formats.inspection import render_fields

    _check_streams([fields])
    schema = _schema_of(entity, None, fields)
    if isinstance(schema, str):
        schema = load_schema(entity)
    say(render_fields(schema) if table else json.dumps(schema, indent=2, ensure_ascii=False))
    return VALID


@command.command(help=ABOUT_EXPLAIN)
@click.argument("codes", metavar="[CODE]...", nargs=-1)
def explain(codes: tuple[str, ...]) -> int:
    """Tell what codes mean; the exit code."""
    from custobar_formats.explanations import explain as explain_code
    from custobar_formats.explanations import overview

    say("\n\n".join(map(explain_code, codes)) if codes else overview())
    return VALID


class _Context(click.Context):
    """Where a command runs; its help is as narrow as the terminal, which click's own is not below fifty columns."""

    def fail(self, message: str) -> NoReturn:
        """Refuse the arguments; what is told of them is one line."""
        super().fail(printable(message))

    def make_formatter(self) -> click.HelpFormatter:
        """What lays the help out."""
        import shutil

        return click.HelpFormatter(width=max(NARROWEST, min(shutil.get_terminal_size().columns, HELP_COLUMNS) - 1))


for _each in (command, convert, validate, inspect, print_schema, explain):
    _each.context_class = _Context


def _format_of(out: str) -> str | None:
    """The format that an output's suffix says; None where it has none, as stdout and pipes."""
    suffix = Path(out).suffix.lower()
    if suffix and suffix not in SUFFIXES:
        raise UsageError(f"{out}: {suffix} is no format's suffix: use one of {', '.join(SUFFIXES)}, or say --to")
    return SUFFIXES.get(suffix)


def _schema_of(entity: str | None, schema: Path | None, fields: Path | None) -> Any:
    """What to check by, as the library takes it."""
    if fields is None:
        return schema or entity
    if schema is not None or entity is None:
        raise UsageError("--fields adds to a bundled schema: name its --entity, and leave --schema out")
    try:
        extended = load_schema(entity, fields=read_fields(fields))
        compile_schema(extended)
    except SchemaError as error:
        raise UsageError(f"{fields}: {error}") from None
    return extended


def _streams_too(names: Sequence[str | Path | None]) -> list[object]:
    """The files with these names, - for stdin, and the one that stdout may be."""
    return [sys.stdout, *(sys.stdin if name == "-" else name for name in names)]


def _check_streams(names: Sequence[str | Path | None]) -> None:
    """Refuse to read stdin twice, and to write what is told into what is read."""
    if names.count("-") > 1:
        raise UsageError("- is given twice: stdin can be read but once")
    stdout, *files = _streams_too(names)
    for name, file in zip(names, files, strict=True):
        if is_same_file(file, stdout):
            raise UsageError(f"{name}: stdout is this file, which is read: send it to another")


def _open(name: str) -> Path | BinaryIO:
    return _opened(sys.stdin, "input").buffer if name == "-" else checked_input(name)


def _opened(stream: TextIO | None, name: str) -> TextIO:
    """A standard stream, which is None where it was closed before the start."""
    if stream is None:
        raise UsageError(f"the standard {name} is closed")
    return stream
