"""The command: its arguments and streams.

In: arguments. Out: results on stdout, messages on stderr; the exit code as the return value. What goes wrong is
thrown, and told by ``cli.py``. Needs typer, the extra ``cli``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

import custobar_formats
from custobar_formats.cli import INVALID, VALID, explain
from custobar_formats.convert import convert_file
from custobar_formats.errors import InvalidData, UsageError
from custobar_formats.load import validate as validate_source
from custobar_formats.reading import SUFFIXES, Options
from custobar_formats.render.text import render_text

app = typer.Typer(
    help="Convert between CSV and JSON for Custobar's data import, and validate files before an upload.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def make_command() -> Any:
    """The command itself, which ``cli.py`` invokes: an error leaves it as it was thrown."""
    return typer.main.get_command(app)


Entity = Annotated[str | None, typer.Option("--entity", help="customers, products, sales, events or shops.")]
SchemaFile = Annotated[Path | None, typer.Option("--schema", help="A JSON Schema (2020-12) of your own.")]
From = Annotated[str | None, typer.Option("--from", help="The input's format: csv, json or jsonl.")]
To = Annotated[str | None, typer.Option("--to", help="The output's format: csv, json or jsonl.")]
DelimiterName = Annotated[str | None, typer.Option("--delimiter", "-d", help="Comma, semicolon or tab.")]
EncodingName = Annotated[
    str | None, typer.Option("--encoding", "-e", help="utf-8, utf-16 or iso-8859-1; windows-1252 to read.")
]
BlankCells = Annotated[str, typer.Option("--blank", help="What a blank cell is: omit, erase or null.")]
MissingKeys = Annotated[str, typer.Option("--missing", help="What a missing key becomes: blank, error or split.")]


def _say_version(wanted: bool) -> None:
    if wanted:
        print(f"custobar-formats {custobar_formats.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Tell the version.")
    ] = False,
) -> None:
    """Convert between CSV and JSON for Custobar's data import, and validate files before an upload."""


@app.command(no_args_is_help=True)
def convert(
    source: Annotated[str, typer.Argument(metavar="IN", help="A CSV or JSON file, or - for stdin.")],
    target: Annotated[str | None, typer.Argument(metavar="OUT", help="The output; stdout if left out.")] = None,
    output: Annotated[str | None, typer.Option("--output", "-o", metavar="OUT", help="The same as OUT.")] = None,
    entity: Entity = None,
    schema: SchemaFile = None,
    from_: From = None,
    to: To = None,
    delimiter: DelimiterName = None,
    encoding: EncodingName = None,
    blank: BlankCells = "omit",
    missing: MissingKeys = "blank",
) -> int:
    """Convert CSV to JSON, or JSON to CSV.

    The delimiter and the encoding are those of the CSV side. With an entity or a schema only valid data is written:
    to a file whole or not at all; to stdout record by record, until an error ends it.
    """
    if target is not None and output is not None:
        raise UsageError("the output is given twice: as OUT and as --output")
    out = target if target is not None else output if output is not None else "-"
    if to not in (None, "csv", "json", "jsonl"):
        raise UsageError(f"--to {to}: use csv, json or jsonl")
    streams = out == "-"
    if not out or not source:
        raise UsageError("a file's name is empty")
    try:
        report = convert_file(
            _open(source),
            sys.stdout.buffer if streams else Path(out),
            schema or entity,
            Options(from_, encoding, delimiter, None, blank, entity=entity),
            to=to or SUFFIXES.get(Path(out).suffix.lower()),
            missing=missing,
            streams=streams,
        )
    except InvalidData as error:
        print(error, file=sys.stderr)
        if streams:
            print("stopped at the first error: 'custobar-formats validate' tells all", file=sys.stderr)
        return INVALID
    if report.findings:
        print(render_text(report), file=sys.stderr)
    return VALID


@app.command(no_args_is_help=True)
def validate(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="CSV or JSON files, or - for stdin.")],
    entity: Entity = None,
    schema: SchemaFile = None,
    from_: From = None,
    delimiter: DelimiterName = None,
    encoding: EncodingName = None,
    blank: BlankCells = "omit",
) -> int:
    """Tell everything that is wrong with files; the exit code is the worst of them."""
    worst = VALID
    for name in files:
        try:
            report = validate_source(
                _open(name),
                schema or entity,
                format=from_,  # type: ignore[arg-type]
                encoding=encoding,
                delimiter=delimiter,
                blank=blank,  # type: ignore[arg-type]
                entity=entity,
            )
        except (OSError, UsageError) as error:
            print(f"{name}: not checked", file=sys.stderr)
            worst = max(worst, explain(error))
            continue
        print(render_text(report))
        worst = max(worst, VALID if report.valid else INVALID)
    return worst


def _open(name: str) -> Path | BinaryIO:
    if not name:
        raise UsageError("a file's name is empty")
    return sys.stdin.buffer if name == "-" else Path(name)
