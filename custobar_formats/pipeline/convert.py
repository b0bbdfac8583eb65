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

from custobar_formats.core.entities import ENTITIES
from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import Finding, make_finding
from custobar_formats.core.scalars import ExactNumbers
from custobar_formats.core.shown import shown
from custobar_formats.files.filenames import is_part_of, is_same_file, is_same_place, outputs_of, unpacked_name
from custobar_formats.files.output import Destination, open_whole_output
from custobar_formats.files.source import ByteInput, Source, TextInput, open_input
from custobar_formats.pipeline.api_write import Missing, check_is_no_schema, write_csv, write_json_blocks
from custobar_formats.pipeline.collecting import (
    collect,
    collect_all,
    cross_check,
    finish_checks,
    ignorable,
    make_cross_checks,
    two_collectors,
    undisturbed,
    until_error,
)
from custobar_formats.pipeline.opening import find_format
from custobar_formats.pipeline.options import Options, Wanted, entity_of, for_format
from custobar_formats.pipeline.reading import Reading
from custobar_formats.records.block import RecordBlock
from custobar_formats.report.report import Collector, InvalidData, Report
from custobar_formats.report.written import Written
from custobar_formats.schema.compiled import Schema, SchemaLike, compile_schema
from custobar_formats.text.artefacts import FORMULA_HINT
from custobar_formats.text.encoding import UTF8

if TYPE_CHECKING:
    from custobar_formats.pipeline.rejects import RejectsFile
    from custobar_formats.validation.across_records import CrossChecks

DEFAULTS = Options()


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
    on_finding: Callable[[Finding], None] | None = None,
    on_progress: Callable[[int], None] | None = None,
    on_converted: Callable[[Converted], None] | None = None,
) -> Report:
    """Read a source and write it to a destination.

    ``options`` are for reading; their delimiter and encoding apply to the CSV side, or to the source if both sides are
    CSV. ``to`` is csv, json or jsonl; None means JSON from CSV, and CSV from JSON. With ``streams``, records are
    written as they are read, and the first error ends the run; else the destination appears only if there is no error,
    with ``strict`` no warning. Rows with errors go to ``rejects``, if given; ``on_converted`` gets what was written.

    Raises:
        InvalidData: the data has errors.
        NotExpressible: a record cannot be represented in the target's format.
        UsageError: an option is invalid, or the destination is the source.
        OSError: a file cannot be read or written.

    """
    _check_destination(source, schema, destination, missing, rejects)
    compiled, numbers = compile_schema(schema), ExactNumbers()
    collector, second = two_collectors(on_finding, ignore=ignorable(ignore, compiled), strict=strict)
    with open_input(source) as opened, ExitStack() as stack:
        format_ = find_format(opened, options)
        from_csv = format_ == "csv"
        to, separates = to or ("json" if from_csv else "csv"), rejects is not None
        _check_sides(options, from_csv=from_csv, to_csv=to == "csv", missing=missing, separates=separates)
        how, form = _forms(opened, replace(options, parse_float=numbers), format_, to)
        wanted = Wanted(texts=to != "csv", as_read=separates, findings=collector.limit)
        crosses = compiled is not None and (separates or not streams)
        reading, checks = _plan_reading(opened, compiled, how, wanted, crosses=crosses)
        if separates:
            reading, checks = _look_ahead(reading, checks, collector)
        found = _ConvertedRecords(reading, collector, checks, on_progress, streams=streams, crosses=crosses)
        records = found.valid(second) if rejects is None else _unless_empty(found.separated(rejects, stack))
        if records is None:  # an empty file would look like an export that worked
            converted = found.converted(to, parts=0)
        elif to == "csv":
            labels = reading.labels if from_csv and missing != "split" else None
            written = _write_csv(records, destination, compiled, labels, missing, form)
            converted = found.converted(to, parts=len(written.files))
            collector.add_all(_written_notices(written, split=missing == "split", formulas=not from_csv))
        else:
            write_json_blocks(records, destination, numbers, entity=found.entity, lines=to == "jsonl")
            converted = found.converted(to)
    if on_converted is not None:
        on_converted(converted)
    return collector.build(reading.info)


class _ConvertedRecords:
    """The records to convert, and their entity; no record comes after an error that ends the run."""

    def __init__(
        self,
        reading: Reading,
        collector: Collector,
        checks: CrossChecks | None,
        on_progress: Callable[[int], None] | None,
        *,
        streams: bool,
        crosses: bool,
    ) -> None:
        self._reading = reading
        self._collector = collector
        self._crosses = crosses
        self._streams = streams
        blocks, self.entity = _find_entity(reading)
        if crosses and checks is None:
            checks = make_cross_checks(self.entity)
        self._checks = checks
        self._blocks = blocks if on_progress is None else _reporting_progress(blocks, on_progress)
        self._count = 0
        self._rejects: RejectsFile | None = None

    def converted(self, format_: str, *, parts: int = 1) -> Converted:
        """The summary, after all records have been written."""
        return Converted(format_, self.entity, self._count, self._rejects.count if self._rejects else 0, parts)

    def _counted(self, blocks: Iterator[list[Any]]) -> Iterator[list[Any]]:
        for block in blocks:
            self._count += len(block)
            yield block

    def valid(self, second: Collector) -> Iterator[list[Any]]:
        """The records of a file that is converted as a whole or, if streaming, up to the first error.

        ``second`` collects the findings if the file must be read again to find all of them.

        Raises:
            InvalidData: the data has errors; it is raised after the last record.

        """
        yield from self._counted(self._until_error() if self._streams else self._checked())
        reading, collector = self._reading, self._collector
        mixed = reading.find_mixed() if self._crosses and reading.has_money else None
        if mixed:
            reading, collector = reading.again(mixed), second
            collect_all(reading, make_cross_checks(self.entity), collector)
        if collector.fails:
            raise InvalidData(collector.build(reading.info))

    def separated(self, rejects: Destination, stack: ExitStack) -> Iterator[list[Any]]:
        """The records without an error; the rows of the others go to the rejects."""
        from custobar_formats.pipeline.rejects import RejectsFile, Separation

        name = os.fsdecode(rejects) if isinstance(rejects, (str, os.PathLike)) else "the rejects"
        self._rejects = RejectsFile(stack.enter_context(open_whole_output(rejects)), name)
        separation = Separation(self._reading, self._collector, self._rejects, self._checks)
        return self._counted(separation.records(self._blocks))

    def _until_error(self) -> Iterator[list[Any]]:
        for block in self._blocks:
            yield until_error(block, self._collector)
            if self._collector.fails:
                return

    def _checked(self) -> Iterator[list[Any]]:
        for block in self._blocks:
            cross_check(block, self._checks, self._reading)
            collect(block, self._collector)
            if not self._collector.fails:
                yield block.records
        finish_checks(self._checks, self._collector, self._reading)


def _unless_empty(blocks: Iterator[list[Any]]) -> Iterator[list[Any]] | None:
    """The blocks, or None if all are empty."""
    first = next(filter(None, blocks), None)
    return None if first is None else chain([first], blocks)


def _write_csv(
    records: Iterator[list[Any]],
    destination: Destination,
    schema: Schema | None,
    labels: list[str] | None,
    missing: str,
    options: Options,
) -> Written:
    return write_csv(
        chain.from_iterable(records),
        Path(destination) if isinstance(destination, str) and destination in ENTITIES else destination,
        schema,
        columns=labels,
        missing=cast(Missing, missing),
        delimiter=options.delimiter or _delimiter_of(destination),
        encoding=options.encoding or UTF8,
    )


def _reporting_progress(blocks: Iterator[RecordBlock], on_progress: Callable[[int], None]) -> Iterator[RecordBlock]:
    """The blocks; ``on_progress`` is called with the number of rows after each block has been written."""
    rows = 0
    for block in blocks:
        yield block
        rows += block.rows
        on_progress(rows)


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


def _plan_reading(
    opened: TextInput | ByteInput, schema: Schema | None, options: Options, wanted: Wanted, *, crosses: bool
) -> tuple[Reading, CrossChecks | None]:
    """The reading, and the checks across records.

    For CSV, both must be known before reading; for JSON, a wrapper may name the entity later.
    """
    checks = make_cross_checks(entity_of(schema, options)) if crosses else None
    reading = Reading(opened, schema, options, wanted if checks is None else replace(wanted, fields=checks.fields))
    has_sales = wanted.as_read and checks is not None and checks.sales is not None
    if has_sales and isinstance(opened, TextInput):
        raise UsageError("text can be read only once: give its bytes")
    if has_sales or (crosses and reading.has_money):
        opened.make_rereadable()  # its end may show that something before it is wrong
    return reading, checks


def _look_ahead(
    reading: Reading, checks: CrossChecks | None, collector: Collector
) -> tuple[Reading, CrossChecks | None]:
    from custobar_formats.pipeline.rejects import look_ahead

    return look_ahead(reading, checks, collector)


def _find_entity(reading: Reading) -> tuple[Iterator[RecordBlock], str | None]:
    """The blocks, and the entity, which a wrapper may name in the first block with records."""
    blocks = undisturbed(reading.blocks())
    first: list[RecordBlock] = []
    for block in blocks:
        first.append(block)
        if block.records or len(first) == 2:  # the first is about the file, the second has the wrapper
            break
    return chain(first, blocks), reading.info.entity


def _forms(opened: TextInput | ByteInput, options: Options, from_: str, to: str) -> tuple[Options, Options]:
    """The options for reading, and those for a CSV that is written: a spreadsheet has no delimiter of its own."""
    if to == "csv" and isinstance(opened, ByteInput) and opened.spreadsheet is not None:
        return replace(options, delimiter=None, encoding=None), options
    return for_format(options, from_), DEFAULTS if from_ == "csv" else options


def _check_sides(options: Options, *, from_csv: bool, to_csv: bool, missing: str, separates: bool) -> None:
    """Refuse options that would be ignored."""
    if not from_csv and separates:
        raise UsageError("rejects are rows of a CSV file; for JSON, 'validate' shows which records are invalid")
    if not from_csv and not to_csv and (options.delimiter or options.encoding):
        raise UsageError("a delimiter or an encoding applies only where one side is CSV")
    if not from_csv and options.blank != "omit":
        raise UsageError(f"--blank {options.blank} applies only where CSV is read")
    if not to_csv and missing != "blank":
        raise UsageError(f"--missing {missing} applies only where CSV is written")


def _delimiter_of(destination: Destination) -> str:
    """The delimiter for the suffix of an output file."""
    name = os.fsdecode(destination) if isinstance(destination, (str, os.PathLike)) else ""
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
