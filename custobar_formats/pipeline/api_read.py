"""The public functions that read: files to records, and files or records to a report.

In: a source. Out: records, or a report. Rule: bad data raises only ``InvalidData``, which has the report.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing, nullcontext
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

from custobar_formats.core.arguments import SupportsSubmit, check_callables, check_flags, checked_parser
from custobar_formats.core.entities import Entity
from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import Finding
from custobar_formats.files.filenames import is_jsonl
from custobar_formats.files.pausing import is_alone, paused
from custobar_formats.files.source import ByteInput, Source, TextInput, open_input
from custobar_formats.mapping.model import MappingLike
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
from custobar_formats.pipeline.jobs import Jobs, executor_of
from custobar_formats.pipeline.options import Options, Wanted, entity_of
from custobar_formats.pipeline.reading import Reading
from custobar_formats.pipeline.record_input import RecordInput, as_input
from custobar_formats.records.flatten import Record
from custobar_formats.report.report import Collector, InvalidData, Report
from custobar_formats.schema.compiled import Schema, SchemaLike, compile_schema
from custobar_formats.validation.across_records import CrossChecks

if TYPE_CHECKING:
    from custobar_formats.mapping.plan import MappingPlan

Blank = Literal["omit", "erase", "null"]
ListGaps = Literal["error", "close"]
Format = Literal["csv", "json", "jsonl"]


def from_csv(
    source: Source,
    schema: SchemaLike | Schema | None = None,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    content_type: str | None = None,
    blank: Blank = "omit",
    list_gaps: ListGaps = "error",
    parse_float: Callable[[str], Any] = float,
    header: int | None = None,
    sheet: str | int | None = None,
    mapping: MappingLike | None = None,
) -> list[Record]:
    """The records of a CSV file or a spreadsheet (.xlsx, .ods, .xls): nested, and typed if there is a schema.

    Python's garbage collection is paused meanwhile, because it would go through all records again and again. It is not
    paused if there are other threads.

    Args:
        source: CSV text (str), its bytes, a ``Path``, or an open file, which is read from where it stands.
        schema: the name of an entity, a JSON Schema as a mapping, or the path of one; without it, every value is text.
        encoding: utf-8, utf-16, iso-8859-1 or windows-1252; None finds it in the bytes.
        delimiter: ``","``, ``";"``, ``"\\t"`` or their names (comma, semicolon, tab); None finds it in the text.
        content_type: the Content-Type header of an upload, which names the encoding.
        blank: how to read a blank cell: ``"omit"`` leaves it out, ``"erase"`` gives ``""`` (Custobar erases the stored
            value), ``"null"`` gives None.
        list_gaps: how to read a blank list item before one with a value: ``"error"``, or ``"close"`` to leave it out.
        parse_float: makes a number from text with a point or an exponent, such as ``decimal.Decimal``.
        header: the 1-based line of the header (the row of a sheet), if there are others above it, which are skipped.
        sheet: the sheet of a spreadsheet, by its name or 1-based number; None reads the first that is not hidden.
        mapping: the export's columns as Custobar's fields, as ``load_mapping`` takes or returns it.

    Raises:
        InvalidData: the data has errors; its ``report`` lists all of them.
        UsageError: an argument cannot be used (UnsupportedCharset and SchemaError are UsageErrors).
        OSError: the file cannot be read.

    Source: https://www.custobar.com/docs/api/data-import-formats/

    Example:
        >>> from_csv("external_id;stock.0.shop_id;stock.0.quantity\\nP001-01;1;39\\n", "products")
        [{'external_id': 'P001-01', 'stock': [{'shop_id': '1', 'quantity': 39}]}]

    """
    form = (encoding, delimiter, content_type, blank, list_gaps)
    options, compiled = _csv_options(schema, mapping, parse_float, form, header, sheet)
    return _read_all(source, compiled, options)


def iter_csv(
    source: Source,
    schema: SchemaLike | Schema | None = None,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    content_type: str | None = None,
    blank: Blank = "omit",
    list_gaps: ListGaps = "error",
    parse_float: Callable[[str], Any] = float,
    header: int | None = None,
    sheet: str | int | None = None,
    mapping: MappingLike | None = None,
    on_finding: Callable[[Finding], None] | None = None,
) -> Iterator[Record]:
    """Like ``from_csv``, one record at a time, in memory that does not grow with the file.

    Options and the schema are checked at the call, the source at the first record. Every record before the first error
    is yielded, then InvalidData is raised, with a report up to that row. ``on_finding`` is called with each finding,
    warnings included. Python's garbage collection is paused while records are made, unless there are other threads.

    Raises:
        InvalidData: the data has an error.
        UsageError: an argument cannot be used.
        OSError: the file cannot be read.

    Example:
        >>> [record["a"]["b"] for record in iter_csv("a.b\\n1\\n2\\n")]
        ['1', '2']

    """
    form = (encoding, delimiter, content_type, blank, list_gaps)
    options, compiled = _csv_options(schema, mapping, parse_float, form, header, sheet)
    return _iterate(source, compiled, options, on_finding)


def from_json(
    source: Source,
    schema: SchemaLike | Schema | None = None,
    *,
    entity: Entity | None = None,
    lines: bool | None = None,
) -> list[Record]:
    """The records of a JSON file: a list, a list wrapped in its entity's name, or one record a line.

    As in ``from_csv``, Python's garbage collection is paused meanwhile, unless there are other threads.

    Args:
        source: JSON text (str), its bytes, a ``Path``, or an open file, which is read from where it stands.
        schema: as in ``from_csv``; text becomes the type that it requires.
        entity: the name that the wrapper must have, if there is one; None means the schema's entity.
        lines: whether each line is a record; None decides by the suffix and the first lines.

    Raises:
        InvalidData: the data has errors; its ``report`` lists all of them.
        UsageError: an argument cannot be used.
        OSError: the file cannot be read.

    Source: https://www.custobar.com/docs/api/data-import-formats/

    Example:
        >>> from_json('{"products": [{"external_id": "P1", "price": "1050"}]}', "products")
        [{'external_id': 'P1', 'price': 1050}]

    """
    return _read_all(source, compile_schema(schema), _json_options(source, entity, lines))


def iter_json(
    source: Source,
    schema: SchemaLike | Schema | None = None,
    *,
    entity: Entity | None = None,
    lines: bool | None = None,
    on_finding: Callable[[Finding], None] | None = None,
) -> Iterator[Record]:
    """Like ``from_json``, one record at a time, in memory that does not grow with the file.

    Errors are raised as in ``iter_csv``.

    Raises:
        InvalidData: the data has an error.
        UsageError: an argument cannot be used.
        OSError: the file cannot be read.

    Example:
        >>> next(iter_json('[{"a": 1}, {"a": 2}]'))
        {'a': 1}

    """
    options = _json_options(source, entity, lines)
    return _iterate(source, compile_schema(schema), options, on_finding)


def planned(
    mapping: MappingLike | None, schema: SchemaLike | Schema | None
) -> tuple[MappingPlan | None, Schema | None]:
    """The plan of a mapping, and the schema, which may be that of the mapping."""
    if mapping is None:
        return None, compile_schema(schema)
    from custobar_formats.pipeline.mapped_reader import plan_mapping

    return plan_mapping(mapping, schema)


def _csv_options(
    schema: SchemaLike | Schema | None,
    mapping: MappingLike | None,
    parse_float: Callable[[str], Any],
    form: tuple[str | None, str | None, str | None, Blank, ListGaps],
    header: int | None,
    sheet: str | int | None,
) -> tuple[Options, Schema | None]:
    parser = checked_parser(parse_float)
    plan, compiled = planned(mapping, schema)
    return Options("csv", *form, None, parser, header=header, mapping=plan, sheet=sheet), compiled


def _json_options(source: Source, entity: Entity | None, lines: bool | None) -> Options:
    check_flags(lines=lines)
    if lines is None:
        lines = not isinstance(source, str) and is_jsonl(source)
    return Options("jsonl" if lines else "json", entity=entity)


def _read_all(source: Source, schema: Schema | None, options: Options) -> list[Record]:
    collector = Collector()
    records: list[Record] = []
    with open_input(source) as opened:
        reading = Reading(opened, schema, options, Wanted(findings=collector.limit))
        if reading.has_money:
            opened.make_rereadable()
        blocks = reading.blocks()

        def read_alone() -> bool:
            """Read while this is the only thread, and one block more; returns whether there is more to read."""
            for block in blocks:
                collect(block, collector)
                if not collector.has_errors:
                    records.extend(block.records)
                if not is_alone():
                    return True
            return False

        while paused(read_alone):
            pass
        finish_checks(None, collector, reading)
        if mixed := reading.find_mixed():
            reading, collector = reading.again(mixed), Collector()
            collect_all(reading, None, collector)
    collector.build(reading.info).raise_for_errors()
    return records


def _iterate(
    source: Source, schema: Schema | None, options: Options, on_finding: Callable[[Finding], None] | None
) -> Iterator[Record]:
    """The records before the first error; arguments are checked at the call."""
    check_callables(on_finding=on_finding)
    entity_of(schema, options)
    return chain.from_iterable(_iterate_blocks(source, schema, options, on_finding))


def _iterate_blocks(
    source: Source, schema: Schema | None, options: Options, on_finding: Callable[[Finding], None] | None
) -> Iterator[list[Record]]:
    """The records before the first error, in blocks: a generator that yields them one by one would be slower."""
    collector = Collector(on_finding)
    with open_input(source) as opened:
        reading = Reading(opened, schema, options, Wanted(findings=collector.limit))
        for block in undisturbed(reading.blocks()):
            until_error(block, collector)
            yield block.records
            if collector.has_errors:
                raise InvalidData(collector.build(reading.info))


def validate(
    source: Source | TextInput | ByteInput | Iterable[Mapping[str, Any]],
    schema: SchemaLike | Schema | None = None,
    *,
    format: Format | None = None,  # noqa: A002 - the field's word
    encoding: str | None = None,
    delimiter: str | None = None,
    content_type: str | None = None,
    blank: Blank = "omit",
    list_gaps: ListGaps = "error",
    entity: Entity | None = None,
    header: int | None = None,
    sheet: str | int | None = None,
    mapping: MappingLike | None = None,
    cross_checks: bool = True,
    max_findings: int | None = None,
    ignore: Collection[str] = (),
    fail_fast: bool = False,
    count_blanks: bool = False,
    min_rows: int | None = None,
    jobs: Jobs | None = None,
    executor: SupportsSubmit | None = None,
    on_finding: Callable[[Finding], None] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Report:
    """A report of every problem in a CSV or JSON file, a spreadsheet, or records; bad data never raises.

    Args:
        source: as in ``from_csv``, or records as in ``to_json``; a finding's row and line are then the record's number.
        schema: as in ``from_csv``; without it, only the format of the file is checked.
        format: csv, json or jsonl; None decides by ``content_type``, the suffix or the first character.
        encoding, delimiter, content_type, blank, list_gaps, header, sheet, mapping: as in ``from_csv``.
        entity: the required name of a JSON wrapper and, with a schema of your own, the entity whose rules across
            records apply; None means the schema's entity. By itself it checks no field.
        cross_checks: also check records against each other: complete sales, duplicate identifiers.
        max_findings: how many findings of one code in one column the report keeps (None: 100); all are counted.
        ignore: codes of warnings and notices to leave out; errors of these codes stay.
        fail_fast: stop at the first error; the report then covers the rows up to it.
        count_blanks: fill the report's ``blank_cells``, for CSV; this takes some more time.
        min_rows: the number of records that the file must have at least; fewer are an error.
        jobs: how many processes read parts of a large file (None: 1); ``"auto"``: all cores, at most 8, from 16 MB.
        executor: reads the parts instead, as those of ``concurrent.futures`` do, ``jobs`` of them at a time (None: 16).
        on_finding, on_progress: called with each finding, kept or not; called with the number of rows now and then.

    Raises:
        UsageError: an argument cannot be used.
        NotExpressible: one of the records has a value that JSON does not have.
        OSError: the file cannot be read.

    Example:
        >>> print(validate("external_id,emial\\nC-1,a@example.com\\n", "customers").warnings[0].hint)
        did you mean 'email'?

    """
    check_flags(**(flags := {"cross_checks": cross_checks, "fail_fast": fail_fast, "count_blanks": count_blanks}))
    plan, compiled = planned(mapping, schema)
    how = (format, encoding, delimiter, content_type, blank, list_gaps, entity, float, min_rows, header, plan, sheet)
    given, options = as_input(source, Options(*how), count_blanks=count_blanks)
    collectors = two_collectors(on_finding, keep=max_findings, ignore=ignorable(ignore, compiled))
    return _report_on(given, compiled, options, collectors, on_progress, (jobs, executor), **flags)


def _report_on(
    source: Source | TextInput | ByteInput,
    schema: Schema | None,
    options: Options,
    collectors: tuple[Collector, Collector],
    on_progress: Callable[[int], None] | None,
    jobs: tuple[Jobs | None, SupportsSubmit | None],
    *,
    cross_checks: bool,
    fail_fast: bool,
    count_blanks: bool,
) -> Report:
    """The report on a source; the second collector is for a second reading, if fields of money are mixed."""
    check_callables(on_progress=on_progress)
    if fail_fast and jobs[1] is not None:
        raise UsageError("executor= reads all parts of a file, and fail_fast=True stops at the first error: give one")
    collector, second = collectors
    entity = entity_of(schema, options) if cross_checks and schema is not None else None
    checks = make_cross_checks(entity)
    fields = checks.fields if checks is not None else ()
    blanks = count_blanks and not fail_fast
    wanted = Wanted(records=False, fields=fields, blanks=blanks, findings=collector.limit, crossed=entity)
    with (
        executor_of(*jobs) as executor,
        open_input(source) as opened,
        closing(source) if isinstance(source, RecordInput) else nullcontext(),
    ):
        reading = Reading(opened, schema, options, wanted, executor=None if fail_fast else executor)
        if reading.has_money:
            opened.make_rereadable()
        is_complete = _check_all(reading, checks, collector, on_progress, fail_fast=fail_fast)
        if is_complete and (mixed := reading.find_mixed()):
            reading, collector = reading.again(mixed), second
            _check_all(reading, make_cross_checks(entity), collector, None, fail_fast=fail_fast)
    return collector.build(reading.info)


def _check_all(
    reading: Reading,
    checks: CrossChecks | None,
    collector: Collector,
    on_progress: Callable[[int], None] | None,
    *,
    fail_fast: bool,
) -> bool:
    """Collect the findings of a reading; whether it was read to its end."""
    for block in undisturbed(reading.blocks()):
        cross_check(block, checks, reading)
        (until_error if fail_fast else collect)(block, collector)
        if on_progress is not None:
            on_progress(collector.rows)
        if fail_fast and collector.has_errors:
            return False  # the sales are incomplete, and are not checked
    finish_checks(checks, collector, reading)
    return True
