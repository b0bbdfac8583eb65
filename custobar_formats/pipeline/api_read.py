"""Files to records, and the check of a file: what is public of reading.

In: what a caller calls a source. Out: records, or a report. The rule kept here: data never raises but by
``InvalidData``, which has the report.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Literal

from custobar_formats.core.arguments import check_callable, check_count, check_option
from custobar_formats.core.entities import Entity
from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import Finding
from custobar_formats.files.filenames import unpacked_name
from custobar_formats.files.source import ByteInput, Source, TextInput, open_input
from custobar_formats.pipeline.collecting import (
    collect,
    cross_check,
    finish_checks,
    ignorable,
    is_alone,
    make_cross_checks,
    paused,
    undisturbed,
    until_error,
)
from custobar_formats.pipeline.options import Options, Wanted, entity_of
from custobar_formats.pipeline.reading import Reading
from custobar_formats.pipeline.record_input import RecordInput, as_input
from custobar_formats.records.flatten import Record
from custobar_formats.report.report import Collector, InvalidData, Report
from custobar_formats.schema.compiled import Schema, SchemaLike, compile_schema
from custobar_formats.validation.across_records import CrossChecks

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
) -> list[Record]:
    """The records of a CSV file, nested, and typed if there is a schema.

    Until the list is there, Python's collection of garbage is paused, which would look at all records again and
    again; not where there are other threads, which it is on for, too.

    Args:
        source: CSV text (str), its bytes, a ``Path``, or an open file, which is read from where it stands.
        schema: an entity's name, a JSON Schema as a mapping, or the path of one; without, every value is text.
        encoding: utf-8, utf-16 or iso-8859-1; found by looking at the bytes if None.
        delimiter: a comma, a semicolon or a tab (or their names); found by looking at the text if None.
        content_type: an upload's Content-Type header, which says the charset.
        blank: what a blank cell is: left out, ``""`` (Custobar erases the value), or None.
        list_gaps: what a blank list item before one with a value is: an error, or left out.
        parse_float: makes a number of text with a point or an exponent, such as ``decimal.Decimal``.

    Raises:
        InvalidData: the data has errors; its ``report`` lists all of them.
        UsageError: an option makes no sense (UnsupportedCharset, SchemaError are such).
        OSError: the file cannot be read.

    Source: https://www.custobar.com/docs/api/data-import-formats/

    Example:
        >>> from_csv("external_id;stock.0.shop_id;stock.0.quantity\\nP001-01;1;39\\n", "products")
        [{'external_id': 'P001-01', 'stock': [{'shop_id': '1', 'quantity': 39}]}]

    """
    options = Options("csv", encoding, delimiter, content_type, blank, list_gaps, None, parse_float)
    return _read_all(source, compile_schema(schema), options)


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
    on_finding: Callable[[Finding], None] | None = None,
) -> Iterator[Record]:
    """Like ``from_csv``, one record at a time, in memory that does not grow with the file.

    Options are checked at the call, the source is opened at the first record. Every record before the first error
    is yielded, then InvalidData is raised, with a report up to that row. ``on_finding`` is called with each
    finding, warnings included. Python's collection of garbage is paused while the next records are made, unless there
    are other threads.

    Raises:
        InvalidData: the data has an error.
        UsageError: an option makes no sense.
        OSError: the file cannot be read.

    Example:
        >>> [record["a"]["b"] for record in iter_csv("a.b\\n1\\n2\\n")]
        ['1', '2']

    """
    options = Options("csv", encoding, delimiter, content_type, blank, list_gaps, None, parse_float)
    return chain.from_iterable(_iterate(source, compile_schema(schema), options, on_finding))


def from_json(
    source: Source,
    schema: SchemaLike | Schema | None = None,
    *,
    entity: Entity | None = None,
    lines: bool | None = None,
) -> list[Record]:
    """The records of a JSON file: a list, a list wrapped in its entity's name, or one record a line.

    As with ``from_csv``, Python's collection of garbage is paused until the list is there, unless there are other
    threads.

    Args:
        source: JSON text (str), its bytes, a ``Path``, or an open file, which is read from where it stands.
        schema: as in ``from_csv``; text becomes what it asks for.
        entity: the wrapper's name that is wanted; the schema's if None.
        lines: whether there is one record a line; by the file's suffix and the first lines if None.

    Raises:
        InvalidData: the data has errors; its ``report`` lists all of them.
        UsageError: an option makes no sense.
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

    Errors are raised as ``iter_csv`` does.

    Raises:
        InvalidData: the data has an error.
        UsageError: an option makes no sense.
        OSError: the file cannot be read.

    Example:
        >>> next(iter_json('[{"a": 1}, {"a": 2}]'))
        {'a': 1}

    """
    options = _json_options(source, entity, lines)
    return chain.from_iterable(_iterate(source, compile_schema(schema), options, on_finding))


def _json_options(source: Source, entity: Entity | None, lines: bool | None) -> Options:
    if lines is None:
        name = os.fspath(source) if isinstance(source, os.PathLike) else getattr(source, "name", None)
        lines = isinstance(name, str) and unpacked_name(name).lower().endswith((".jsonl", ".ndjson"))
    return Options("jsonl" if lines else "json", entity=entity)


def _read_all(source: Source, schema: Schema | None, options: Options) -> list[Record]:
    collector = Collector()
    records: list[Record] = []
    with open_input(source) as opened:
        reading = Reading(opened, schema, options)
        blocks = reading.blocks()

        def read_alone() -> bool:
            """Read while no other thread lives, and a block more; whether there may be others."""
            for block in blocks:
                collect(block, collector)
                if not collector.has_errors:
                    records.extend(block.records)
                if not is_alone():
                    return True
            return False

        while paused(read_alone):
            pass
    collector.build(reading.info).raise_for_errors()
    return records


def _iterate(
    source: Source, schema: Schema | None, options: Options, on_finding: Callable[[Finding], None] | None
) -> Iterator[list[Record]]:
    """The records before the first error, some at a time: a generator that gave them one by one would cost more."""
    collector = Collector(on_finding)
    with open_input(source) as opened:
        reading = Reading(opened, schema, options)
        for block in undisturbed(reading.blocks()):
            yield until_error(block, collector)
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
    cross_checks: bool = True,
    max_findings: int | None = None,
    ignore: Collection[str] = (),
    fail_fast: bool = False,
    count_blanks: bool = False,
    on_finding: Callable[[Finding], None] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Report:
    """Everything that is wrong with a CSV or JSON file, or with records; bad data never raises.

    Args:
        source: text (str), bytes, a ``Path``, or an open file, which is read from where it stands. Or records, as
            ``to_json`` takes them, which are checked as the JSON lines that they make: a finding's row and line are
            the number of the record.
        schema: as in ``from_csv``; without one, the file's form alone is checked.
        format: csv, json or jsonl; else ``content_type``, the suffix or the first character decides.
        encoding, delimiter, content_type, blank, list_gaps: as in ``from_csv``.
        entity: the wrapper's name that is wanted of JSON, and beside a schema of your own, whose rules across
            records hold; the schema's if None. By itself it checks no field.
        cross_checks: also check records against each other: whole sales, and identifiers that occur twice.
        max_findings: how many findings of one code in one column the report keeps, 100 if None; all are counted.
        ignore: codes of warnings and notices that are neither kept nor counted.
        fail_fast: whether the first error ends the check; the report is then of the rows up to it.
        count_blanks: whether the report has ``blank_cells`` of CSV, which takes some more time.
        on_finding: is called with each finding, also those that the report counts but does not keep.
        on_progress: is called with the number of rows so far, after some hundred each time.

    Raises:
        UsageError: an option makes no sense (UnsupportedCharset, SchemaError are such).
        NotExpressible: one of the records has a value that JSON does not have.
        OSError: the file cannot be read.

    Example:
        >>> report = validate("external_id,emial\\nC-1,a@example.com\\n", "customers")
        >>> print(report.warnings[0].hint)
        did you mean 'email'?

    """
    given: Source | TextInput | ByteInput = as_input(source)
    check_count("max_findings", max_findings)
    check_callable("on_finding", on_finding)
    check_callable("on_progress", on_progress)
    for name, flag in (("cross_checks", cross_checks), ("fail_fast", fail_fast), ("count_blanks", count_blanks)):
        check_option(name, flag, bool, "True or False")
    if isinstance(given, RecordInput):
        if (format, encoding, delimiter, content_type) != (None, None, None, None):
            raise UsageError("records have no format, encoding, delimiter or content type: leave those out")
        format = "jsonl"  # noqa: A001 - the parameter
    options = Options(format, encoding, delimiter, content_type, blank, list_gaps, entity)
    compiled = compile_schema(schema)
    collector = Collector(on_finding, keep=max_findings, ignore=ignorable(ignore))
    with open_input(given) as opened:
        checks = None
        if cross_checks and compiled is not None:
            checks = make_cross_checks(entity_of(compiled, options))
        fields = checks.fields if checks is not None else ()
        wanted = Wanted(records=False, fields=fields, blanks=count_blanks and not fail_fast)
        reading = Reading(opened, compiled, options, wanted)
        _check_all(reading, checks, collector, fail_fast=fail_fast, on_progress=on_progress)
    return collector.build(reading.info)


def _check_all(
    reading: Reading,
    checks: CrossChecks | None,
    collector: Collector,
    *,
    fail_fast: bool,
    on_progress: Callable[[int], None] | None,
) -> None:
    for block in undisturbed(reading.blocks()):
        cross_check(block, checks, reading)
        (until_error if fail_fast else collect)(block, collector)
        if on_progress is not None:
            on_progress(collector.rows)
        if fail_fast and collector.has_errors:
            return  # of sales as a whole nothing is known
    finish_checks(checks, collector, reading)
