"""One file to another: reading and writing joined.

In: a source and a destination. Out: the destination, and a report. The rules kept here: with a schema, only valid
data is written; a file appears whole or not at all; the digits of numbers are kept as they stand.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, cast, get_args

from custobar_formats.batches import Batch
from custobar_formats.cells import Wanted
from custobar_formats.crosschecks import CrossChecks
from custobar_formats.dump import Missing, check_is_no_schema, write_csv, write_json_batches
from custobar_formats.errors import InvalidData, UsageError
from custobar_formats.files import Destination, Source, open_input
from custobar_formats.findings import Finding, make_finding
from custobar_formats.formulas import FORMULA_HINT
from custobar_formats.load import collect, cross_check, finish_checks, make_cross_checks, undisturbed, until_error
from custobar_formats.names import is_same_file, outputs_of
from custobar_formats.reading import Options, Reading
from custobar_formats.report import Collector, Report
from custobar_formats.schema import Schema, SchemaLike, compile_schema
from custobar_formats.text import UTF8
from custobar_formats.values import ExactNumbers

if TYPE_CHECKING:
    from custobar_formats.writing import Written

DEFAULTS = Options()


def convert_file(
    source: Source,
    destination: Destination,
    schema: SchemaLike | Schema | None = None,
    options: Options = DEFAULTS,
    *,
    to: str | None = None,
    missing: str = "blank",
    streams: bool = False,
    on_finding: Callable[[Finding], None] | None = None,
) -> Report:
    """Read a source and write it to a destination.

    ``options`` say how to read; their delimiter and encoding are those of the CSV side, the one to read where both
    are CSV. ``to`` is csv, json or jsonl; the other of CSV and JSON if None. With ``streams``, records are written
    as they are read, and an error ends it; else everything is read and checked, also across records, and the
    destination appears only if there is no error.

    Raises:
        InvalidData: the data has errors.
        NotExpressible: the target's format cannot say a record.
        UsageError: an option makes no sense, or the destination is the source.
        OSError: a file cannot be read or written.

    """
    _check_destination(source, schema, destination, missing)
    compiled = compile_schema(schema)
    collector = Collector(on_finding)
    with open_input(source) as opened:
        numbers = ExactNumbers()
        reading = Reading(opened, compiled, replace(options, parse_float=numbers))
        from_csv = reading.find_format() == "csv"
        if not from_csv:
            reading.options = replace(reading.options, delimiter=None, encoding=None)
        to = to or ("json" if from_csv else "csv")
        _check_sides(options, from_csv=from_csv, to_csv=to == "csv", missing=missing)
        wanted = Wanted(texts=to != "csv", all_findings=on_finding is not None)
        # What the checks need must be known before CSV is read; of JSON, a wrapper may name the entity later.
        is_crossed = compiled is not None and not streams
        checks = make_cross_checks(reading.info.entity, all_findings=wanted.all_findings) if is_crossed else None
        reading.wanted = replace(wanted, fields=checks.fields if checks is not None else ())
        batches, entity = _find_entity(reading)
        if is_crossed and checks is None:
            checks = make_cross_checks(entity, all_findings=wanted.all_findings)
        found = _streamed(batches, collector) if streams else _checked(batches, checks, collector, reading)
        found = _raising(found, collector, reading)
        if to == "csv":
            written = write_csv(
                chain.from_iterable(found),
                destination,
                compiled,
                columns=reading.labels if from_csv and missing != "split" else None,
                missing=cast(Missing, missing),
                delimiter=(None if from_csv else options.delimiter) or _delimiter_of(destination),
                encoding=(None if from_csv else options.encoding) or UTF8,
            )
            collector.add_all(_say_written(written, split=missing == "split", formulas=not from_csv))
        else:
            write_json_batches(found, destination, numbers, entity=entity, lines=to == "jsonl")
    return collector.build(reading.info)


def _check_destination(
    source: Source, schema: SchemaLike | Schema | None, destination: Destination, missing: str
) -> None:
    """Refuse to write over the input or the schema."""
    if missing not in get_args(Missing):
        raise UsageError(f"missing={missing!r}: use one of {', '.join(get_args(Missing))}")
    outputs = outputs_of(destination, missing)
    if any(is_same_file(source, output) for output in outputs):
        raise UsageError("the output is the input: write to another file")
    for output in outputs:
        check_is_no_schema(output, schema)


def _find_entity(reading: Reading) -> tuple[Iterator[Batch], str | None]:
    """The batches, and the entity, which a wrapper may name in the first that has records."""
    batches = undisturbed(reading.batches())
    first: list[Batch] = []
    for batch in batches:
        first.append(batch)
        if batch.records or len(first) == 2:  # the first is about the file, the second tells the wrapper
            break
    return chain(first, batches), reading.info.entity


def _streamed(batches: Iterator[Batch], collector: Collector) -> Iterator[list[Any]]:
    for batch in batches:
        yield until_error(batch, collector)
        if collector.has_errors:
            return


def _checked(
    batches: Iterator[Batch], checks: CrossChecks | None, collector: Collector, reading: Reading
) -> Iterator[list[Any]]:
    for batch in batches:
        cross_check(batch, checks, reading)
        collect(batch, collector)
        if not collector.has_errors:
            yield batch.records
    finish_checks(checks, collector, reading)


def _raising(batches: Iterator[list[Any]], collector: Collector, reading: Reading) -> Iterator[list[Any]]:
    yield from batches
    if collector.has_errors:
        raise InvalidData(collector.build(reading.info))


def _check_sides(options: Options, *, from_csv: bool, to_csv: bool, missing: str) -> None:
    """Refuse what would be ignored."""
    if not from_csv and not to_csv and (options.delimiter or options.encoding):
        raise UsageError("a delimiter or an encoding is of use only where one side is CSV")
    if not from_csv and options.blank != "omit":
        raise UsageError(f"--blank {options.blank} is of use only where CSV is read")
    if not to_csv and missing != "blank":
        raise UsageError(f"--missing {missing} is of use only where CSV is written")


def _delimiter_of(destination: Destination) -> str:
    """The delimiter that the suffix of a file to write says."""
    name = os.fspath(destination) if isinstance(destination, (str, os.PathLike)) else ""
    return "\t" if name.lower().endswith(".tsv") else ","


def _say_written(written: Written, *, split: bool, formulas: bool) -> Iterator[Finding]:
    """What there is to say of what was written; of formulas, unless reading has told of them."""
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
            parts.append(f"{blank:,} blank cell{_s(blank)} for keys that records lack: {columns}")
        if empty:
            kinds = ", ".join(f"{kind} ({count:,})" for kind, count in file.empty_cells.items())
            parts.append(f"{empty:,} blank cell{_s(empty)} for empty members: {kinds}")
        hint = "Custobar may take a blank cell for 'remove the value'"
        hint += "; --missing error refuses those for missing keys, split avoids them" if blank else ""
        yield make_finding("blank-cells", "; ".join(parts), hint=hint)


def _s(count: int) -> str:
    return "" if count == 1 else "s"
