"""One file to another: reading and writing together.

In: a source and a destination. Out: the destination, and a report. Rules: with a schema, only valid data is written; a
file appears whole or not at all; numbers keep their digits.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast, get_args

from custobar_formats.core.arguments import SupportsSubmit
from custobar_formats.core.entities import ENTITIES
from custobar_formats.core.errors import UsageError, invalid_argument
from custobar_formats.core.findings import Finding, make_finding
from custobar_formats.core.scalars import ExactNumbers
from custobar_formats.core.shown import shown
from custobar_formats.csvtext.delimiter import resolve_delimiter
from custobar_formats.csvtext.writer import CsvDialect
from custobar_formats.files.filenames import is_part_of, is_same_file, is_same_place, name_of, outputs_of, unpacked_name
from custobar_formats.files.output import Destination, check_takes_bytes
from custobar_formats.files.remote import is_open_file, remote_of
from custobar_formats.files.source import ByteInput, Source, TextInput, open_input
from custobar_formats.files.urls import is_url
from custobar_formats.pipeline.api_write import (
    Missing,
    check_is_no_schema,
    write_csv_rows,
    write_json_blocks,
    writing_charset,
)
from custobar_formats.pipeline.checked import CheckedRecords, unless_empty
from custobar_formats.pipeline.collecting import Heard, ignorable, two_collectors
from custobar_formats.pipeline.jobs import Jobs, Unshared, executor_of
from custobar_formats.pipeline.opening import find_format
from custobar_formats.pipeline.options import Options, Wanted, for_format
from custobar_formats.report.report import Report
from custobar_formats.report.written import Written
from custobar_formats.schema.compiled import Schema, SchemaLike, compile_schema
from custobar_formats.text.artefacts import FORMULA_HINT
from custobar_formats.text.encoding import UTF8

if TYPE_CHECKING:
    from custobar_formats.pipeline.csv_parts import CsvShare

DEFAULTS = Options()

ADVICE = "fix them in that file, and convert it too"


class Converted(NamedTuple):
    """A summary of a conversion's output.

    Attributes:
        format: csv, json or jsonl.
        entity: the entity of the records, if it is known.
        records: the number of records.
        rejected: the number of rejected rows.
        parts: the number of files; other than 1 only with ``missing="split"``, or 0 if no row is valid.

    """

    format: str
    entity: str | None
    records: int
    rejected: int
    parts: int = 1


def convert_file(
    source: Source | TextInput | ByteInput,
    destination: Destination,
    schema: SchemaLike | Schema | None = None,
    options: Options = DEFAULTS,
    *,
    to: str | None = None,
    missing: str = "blank",
    streams: bool = False,
    strict: bool = False,
    ignore: Collection[str] = (),
    rejects: Destination | None = None,
    jobs: Jobs | None = None,
    executor: SupportsSubmit | None = None,
    on_finding: Callable[[Finding], None] | None = None,
    on_progress: Callable[[int], None] | None = None,
    on_converted: Callable[[Converted], None] | None = None,
) -> Report:
    """Read a source and write it to a destination.

    ``options`` are for reading; their delimiter and encoding apply to the CSV side, or to the source if both sides are
    CSV. ``to`` is csv, json or jsonl; None means JSON from CSV, and CSV from JSON. With ``streams``, records are
    written as they are read, and the first error ends the run; else the destination appears only if there is no error,
    with ``strict`` no warning. Rows with errors go to ``rejects``, if given; ``on_converted`` gets what was written.
    ``jobs`` and ``executor`` are those of ``validate``; they have no effect from CSV to CSV, or if split.

    Raises:
        InvalidData: the data has errors.
        NotExpressible: a record cannot be represented in the target's format.
        UsageError: an option is invalid, or the destination is the source.
        OSError: a file cannot be read or written.

    """
    _check_destination(source, schema, destination, missing, rejects)
    given: dict[str, Any] = {"to": to, "missing": missing, "streams": streams, "strict": strict, "ignore": ignore}
    given |= {"rejects": rejects, "on_progress": on_progress, "on_converted": on_converted}
    heard = None if on_finding is None else Heard(on_finding)
    try:
        return _convert(source, destination, schema, options, shared=(jobs, executor), on_finding=heard, **given)
    except Unshared:
        if heard is not None:
            heard.again()
        return _convert(source, destination, schema, options, shared=(1, None), on_finding=heard, **given)


def _convert(
    source: Source | TextInput | ByteInput,
    destination: Destination,
    schema: SchemaLike | Schema | None,
    options: Options,
    *,
    to: str | None,
    missing: str,
    streams: bool,
    strict: bool,
    ignore: Collection[str],
    rejects: Destination | None,
    shared: tuple[Jobs | None, SupportsSubmit | None],
    on_finding: Callable[[Finding], None] | None,
    on_progress: Callable[[int], None] | None,
    on_converted: Callable[[Converted], None] | None,
) -> Report:
    """As ``convert_file``.

    Raises:
        Unshared: one process must do it; nothing has been written.

    """
    compiled, numbers = compile_schema(schema), ExactNumbers()
    collector, second = two_collectors(on_finding, ignore=ignorable(ignore, compiled), strict=strict)
    with executor_of(*shared) as executor, open_input(source) as opened, ExitStack() as stack:
        from_csv = (format_ := find_format(opened, options)) == "csv"
        to, separates = to or ("json" if from_csv else "csv"), rejects is not None
        check_sides(options, from_csv=from_csv, to_csv=to == "csv", missing=missing, separates=separates)
        how, form = _forms(opened, replace(options, parse_float=numbers), format_, to)
        share = None
        if to == "csv" and executor is not None and not from_csv and not streams and missing != "split":
            share = _share(_dialect(destination, form))
        wanted = Wanted(texts=to != "csv", findings=collector.limit, csv=share)
        flags: dict[str, Any] = {"separates": separates, "executor": executor if to != "csv" or share else None}
        flags |= {"crosses": compiled is not None and (separates or not streams), "streams": streams}
        found = CheckedRecords(opened, compiled, how, wanted, collector, on_progress=on_progress, **flags)
        blocks = found.valid(second) if rejects is None else unless_empty(found.separated(rejects, stack, ADVICE))
        parts = 1
        if blocks is None:  # an empty file would look like an export that worked
            parts = 0
        elif to == "csv":
            labels = found.reading.labels if from_csv and missing != "split" else None
            records = (block.records for block in blocks)
            written = _write_csv(records, destination, compiled, labels, missing, form, share)
            parts = len(written.files)
            collector.add_all(_written_notices(written, split=missing == "split", formulas=not from_csv))
        else:
            content = (block.content for block in blocks)
            write_json_blocks(content, destination, numbers, entity=found.entity, lines=to == "jsonl")
    if on_converted is not None:
        on_converted(Converted(to, found.entity, found.count, found.rejected, parts))
    return collector.build(found.reading.info)


def _write_csv(
    records: Iterator[list[Any]],
    destination: Destination,
    schema: Schema | None,
    labels: list[str] | None,
    missing: str,
    options: Options,
    share: CsvShare | None,
) -> Written:
    dialect = _dialect(destination, options)
    return write_csv_rows(
        chain.from_iterable(records),
        Path(destination) if isinstance(destination, str) and destination in ENTITIES else destination,
        schema,
        labels,
        missing=cast(Missing, missing),
        delimiter=dialect.delimiter,
        encoding=dialect.charset,
        share=share,
    )


def _share(dialect: CsvDialect) -> CsvShare:
    from custobar_formats.pipeline.csv_parts import CsvShare

    return CsvShare(dialect)


def _dialect(destination: Destination, options: Options) -> CsvDialect:
    """The form of a CSV file that is written."""
    charset = writing_charset(options.encoding or UTF8)
    return CsvDialect(resolve_delimiter(options.delimiter or _delimiter_of(destination)), "\n", charset)


def _check_destination(
    source: object,
    schema: SchemaLike | Schema | None,
    destination: Destination,
    missing: str,
    rejects: Destination | None,
) -> None:
    """Refuse to overwrite the input or the schema, or to write two outputs into one file."""
    if missing not in get_args(Missing):
        raise UsageError(f"missing={shown(missing)}: use one of {', '.join(get_args(Missing))}")
    for named in (destination, rejects):
        if is_open_file(named) or (isinstance(named, (str, os.PathLike)) and is_url(named)):
            check_takes_bytes(named)
    outputs = outputs_of(destination, missing)
    if rejects is not None:
        if _is_one_file(rejects, destination, missing):
            raise UsageError("the rejects file is the output: name another file")
        outputs.append(rejects)
    if any(is_same_file(source, output) for output in outputs):
        raise UsageError(f"{_named(destination)}the output is the input: write to another file")
    for output in outputs:
        check_is_no_schema(output, schema)


def _named(destination: Destination) -> str:
    return f"{os.fsdecode(destination)}: " if isinstance(destination, (str, os.PathLike)) else ""


def _is_one_file(rejects: Destination, destination: Destination, missing: str) -> bool:
    paths = [file for file in (rejects, destination) if isinstance(file, (str, os.PathLike))]
    if len(paths) < 2:
        return is_same_file(rejects, destination)
    if missing == "split" and is_part_of(*map(os.fsdecode, paths)):
        return True
    return is_same_place(*paths)


def _forms(opened: TextInput | ByteInput, options: Options, from_: str, to: str) -> tuple[Options, Options]:
    """The options for reading, and those for a CSV that is written: a spreadsheet has no delimiter of its own."""
    if to == "csv" and isinstance(opened, ByteInput) and opened.spreadsheet is not None:
        return replace(options, delimiter=None, encoding=None), options
    return for_format(options, from_), DEFAULTS if from_ == "csv" else options


def check_sides(options: Options, *, from_csv: bool, to_csv: bool, missing: str, separates: bool) -> None:
    """Refuse options that would be ignored."""
    if not from_csv and separates:
        raise UsageError("rejects are rows of a CSV file; for JSON, 'validate' shows which records are invalid")
    if not from_csv and not to_csv and (options.delimiter or options.encoding):
        raise UsageError("a delimiter or an encoding applies only where one side is CSV")
    if not from_csv and options.blank != "omit":
        raise invalid_argument("blank", options.blank, " applies only where CSV is read")
    if not to_csv and missing != "blank":
        raise invalid_argument("missing", missing, " applies only where CSV is written")


def _delimiter_of(destination: Destination) -> str:
    """The delimiter for the suffix of an output file."""
    is_named = isinstance(destination, (str, os.PathLike)) or remote_of(destination) is not None
    name = (name_of(destination) if is_named else None) or ""
    return "\t" if unpacked_name(name).lower().endswith(".tsv") else ","


def _written_notices(written: Written, *, split: bool, formulas: bool) -> Iterator[Finding]:
    """The notices about what was written; about formulas only if reading has not reported them."""
    if split:
        names = ", ".join(str(file.path) for file in written.files)
        yield make_finding("split-files", f"wrote {names}")
    for file in written.files:
        if file.formula_cells and formulas:
            columns = ", ".join(f"{label} ({count:,})" for label, count in file.formula_cells.items())
            count = sum(file.formula_cells.values())
            run = "1 cell as a formula" if count == 1 else f"{count:,} cells as formulas"
            message = f"a spreadsheet would run {run}; nothing is changed: {columns}"
            yield make_finding("formula-cell", message, hint=FORMULA_HINT)
        blank, empty = sum(file.blank_cells.values()), sum(file.empty_cells.values())
        if not blank and not empty:
            continue
        parts = []
        if blank:
            columns = ", ".join(f"{label} ({count:,})" for label, count in file.blank_cells.items())
            parts.append(f"{blank:,} blank cell{_s(blank)} for keys missing from records: {columns}")
        if empty:
            kinds = ", ".join(f"{kind} ({count:,})" for kind, count in file.empty_cells.items())
            parts.append(f"{empty:,} blank cell{_s(empty)} for empty members: {kinds}")
        hint = "Custobar may read a blank cell as 'remove the value'"
        hint += "; --missing error refuses missing keys, --missing split avoids blank cells for them" if blank else ""
        yield make_finding("blank-cells", "; ".join(parts), hint=hint)


def _s(count: int) -> str:
    return "" if count == 1 else "s"
