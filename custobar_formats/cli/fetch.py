"""The command that reads records back from Custobar.

In: arguments. Out: a file or stdout, whole or not at all; messages on stderr; the exit code.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, cast

import click

from custobar_formats.cli.connection import (
    company_option,
    key_file_option,
    origin_of,
    patience_option,
    rate_option,
    timeout_option,
    url_option,
)
from custobar_formats.cli.convert import FORMAT_NAMES, counted, format_of
from custobar_formats.cli.entity import settings_of
from custobar_formats.cli.options import (
    COUNT,
    EntityName,
    file_words,
    named,
    no_settings_option,
    one_of,
    opened_stream,
    settings_option,
)
from custobar_formats.cli.progress import Progress
from custobar_formats.cli.signals import announced_signals
from custobar_formats.cli.terminal import VALID, print_message
from custobar_formats.core.entities import ENTITIES
from custobar_formats.core.errors import NotExpressible, UsageError
from custobar_formats.core.shown import shown
from custobar_formats.core.upload_limits import MAX_PAGE_RECORDS, RATE
from custobar_formats.files.filenames import descriptor_of, existing_outputs, unpacked_name
from custobar_formats.files.output import Destination, NewFile, check_takes_bytes, open_whole_output
from custobar_formats.files.urls import is_url
from custobar_formats.pipeline.options import FORMATS
from custobar_formats.report.text import printable

ABOUT_FETCH = """Read records back from Custobar.

ENTITY is customers, products, sales or events. OUT is the file; without it, the records go to stdout. Its suffix sets
the format, unless --to does: csv (the default), json or jsonl. It is written whole or not at all. Where Custobar does
not answer, the requests are repeated; the exit code is 3 if that did not help.

Sales come as transactions, whose fields have other names than in an upload; they are written as they are.
"""

EVERYWHERE = "external_id"
"""The field that each record has, whichever are asked for: the header of a CSV file without records."""

PAGE = click.IntRange(1, MAX_PAGE_RECORDS)
PAGE.name = "number"


@click.command(help=ABOUT_FETCH)
@click.argument("entity", metavar="ENTITY", type=EntityName(ENTITIES))
@click.argument("target", metavar="[OUT]", required=False, shell_complete=file_words, callback=named)
@click.option("-f", "--force", is_flag=True, help="Overwrite OUT if it exists.")
@click.option("--to", type=click.Choice(FORMATS), metavar="FORMAT", help=f"Format of the output: {one_of(FORMATS)}.")
@company_option
@url_option
@key_file_option
@click.option("--field", "fields", metavar="NAME", multiple=True, help="Get only this field. May be repeated.")
@click.option(
    "--filter",
    "filters",
    metavar="NAME=VALUE",
    multiple=True,
    help="Get only records whose field has this value. May be repeated.",
)
@click.option("--max-records", metavar="N", type=COUNT, help="Get at most N records.")
@click.option("--page-size", metavar="N", type=PAGE, default=1000, show_default=True, help="Records of a request.")
@rate_option
@timeout_option
@patience_option
@click.option("-q", "--quiet", is_flag=True, help="Print only errors.")
@settings_option
@no_settings_option
def fetch(**given: Any) -> int:
    """Read records back; return the exit code."""
    return Fetching(**given).run()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetching:
    """One reading: what is asked for, and where it goes."""

    entity: str
    target: str | None
    force: bool
    to: str | None
    company: str | None
    url: str | None
    key_file: str | None
    fields: tuple[str, ...]
    filters: tuple[str, ...]
    max_records: int | None
    page_size: int
    rate: float | None
    timeout: float
    patience: float
    quiet: bool
    settings: Path | None
    no_settings: bool

    def run(self) -> int:
        """Fetch the records into the output; return the exit code."""
        from custobar_formats.cli.key_source import find_key
        from custobar_formats.upload.client import Client

        out = "-" if self.target is None else self.target
        to = self.to or (format_of(out, ", or --to") if out != "-" else None) or "csv"
        if not out:
            raise UsageError("a file's name is empty")
        if out != "-" and not self.force and _is_there(out):
            raise UsageError(f"{out}: the file already exists: overwrite it with --force, or choose another name")
        settings = settings_of(self.settings, none=self.no_settings)
        origin = origin_of(self.company, self.url, settings)
        filters = dict(map(_filter, self.filters))
        key = find_key(self.key_file, self.settings)
        rate = self.rate or settings.upload.rate or RATE
        with (
            Client(url=origin, key=key, rate=rate, timeout=self.timeout, patience=self.patience) as client,
            Progress(_Named(self.entity), shown=not self.quiet) as progress,
        ):
            records = client.data(
                self.entity,
                page_size=self.page_size,
                max_records=self.max_records,
                fields=self.fields or None,
                filters=filters,
            )
            read = _Read(records, progress, self.fields)
            with announced_signals(lambda: _interrupted(out, read)):
                count = self._write(read, out, to)
        if not self.quiet:
            self._print_written(out, to, count)
            if count and read.absent:
                names = ", ".join(map(shown, read.absent))
                print_message(f"no record has the field{'' if len(read.absent) == 1 else 's'} {names}")
        return VALID

    def _write(self, records: _Read, out: str, to: str) -> int:
        """Write the records; return their number."""
        from custobar_formats.pipeline.api_write import write_csv, write_json

        if out == "-":
            destination: Destination = opened_stream(sys.stdout, "output").buffer
        else:
            destination = out if self.force else NewFile(out)
        if to == "csv":
            schema = None if self.entity == "sales" else self.entity  # sales come under other names
            found = _with_absent(records)
            first = list(islice(found, 1))
            columns = None if first else list(dict.fromkeys((EVERYWHERE, *self.fields)))
            how: dict[str, Any] = {"columns": columns, "delimiter": _delimiter(out)}
            try:
                (file,) = write_csv(chain(first, found), destination, schema, **how).files
            except NotExpressible as error:
                raise NotExpressible(
                    f"{error.reason}; --to jsonl writes any record", error.record, error.path
                ) from None
            return file.rows
        with open_whole_output(destination) as stream:
            return write_json(records, cast(BinaryIO, stream), entity=_entity(self.entity, to), lines=to == "jsonl")

    def _print_written(self, out: str, to: str, count: int) -> None:
        if self.entity == "sales":
            print_message(
                "sales come as transactions: their fields have other names than in an upload, and are kept as they are"
            )
        if out != "-" and descriptor_of(Path(out)) is None:
            facts = f"{FORMAT_NAMES[to]}, {self.entity}"
            print_message(printable(f"{out}: {counted(count, 'record')} written ({facts})"))
        if not count:
            only = "the output has only a header" if to == "csv" else "the output has none"
            print_message(f"Custobar has no such record: {only}")


def _is_there(out: str) -> bool:
    """Whether an output exists that would be replaced; where a store takes no output, that is refused here."""
    if is_url(out):
        check_takes_bytes(out)
        return bool(existing_outputs(out, "blank"))
    return os.path.lexists(out) and descriptor_of(Path(out)) is None


def _entity(entity: str, to: str) -> Any:
    """The name of the wrapper; JSON Lines have none."""
    return entity if to == "json" else None


def _delimiter(out: str) -> str:
    return "\t" if unpacked_name(out).endswith(".tsv") else ","


def _filter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"--filter {shown(text)}: give NAME=VALUE")
    return name, value


@dataclass(frozen=True)
class _Named:
    """A source for the progress line that has only a name."""

    name: str


class _Read:
    """Records as they are read: how many there were, whether these are all, and which fields none of them has."""

    def __init__(self, records: Iterator[dict[str, Any]], progress: Progress, fields: Iterable[str] = ()) -> None:
        self._records, self._progress = records, progress
        self.count, self.are_all, self.absent = 0, False, list(dict.fromkeys(fields))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for record in self._records:
            self.count += 1
            self.absent = [name for name in self.absent if name not in record]
            yield record
            self._progress(self.count)
        self.are_all = True


def _with_absent(read: _Read) -> Iterator[dict[str, Any]]:
    """The records; the last one has the fields that none has, without a value, so that they have a column."""
    last: dict[str, Any] | None = None
    for record in read:
        if last is not None:
            yield last
        last = record
    if last is not None:
        yield {**last, **dict.fromkeys(name for name in read.absent if "." not in name)}  # a path is no name


def _interrupted(out: str, read: _Read) -> str:
    """The line about a reading that a signal ends; the output is written when all records have been read."""
    name = "stdout" if out == "-" else printable(out)
    if not read.are_all:
        return f"interrupted after {counted(read.count, 'record')}: nothing was written to {name}"
    rest = "what was written there is not whole" if out == "-" else "it was written whole, or not at all"
    were = "was" if read.count == 1 else "were"
    return f"interrupted while {counted(read.count, 'record')} {were} written to {name}: {rest}"
