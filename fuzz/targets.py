"""The targets of fuzzing: each takes bytes, and fails if the library breaks a promise.

The first bytes choose the options, the rest is the data. Nothing here needs atheris, so any debugger can run a kept
input.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from custobar_formats import (
    InvalidData,
    NotExpressible,
    UsageError,
    decode,
    encode_csv,
    from_csv,
    from_json,
    infer_delimiter,
    iter_csv,
    iter_json,
    to_json,
    unflatten,
    validate,
)
from custobar_formats.core.paths import format_label, parse_label
from custobar_formats.csvtext.other_formats import find_other_format
from custobar_formats.files.content import PATH_LIKE
from custobar_formats.pipeline.convert import convert_file
from custobar_formats.pipeline.options import Options
from custobar_formats.records.header import plan_header
from custobar_formats.validation.record_filter import RecordFilter
from fuzz import file_targets
from fuzz.chosen import BLANKS, CHARSETS, COMPILED, DELIMITERS, LINES, LIST_GAPS, SCHEMAS, SIZES, TYPES, Chosen
from tests.laws import reference, test_json_reading, test_laws, test_reading
from tests.robustness.contract import allowing, check_report, check_schema


def fuzz_csv(data: bytes) -> None:
    """Any bytes as CSV, read in all ways with any options: all agree on whether they are valid."""
    chosen = Chosen(data)
    schema, source = chosen.pick(COMPILED), chosen.source()
    options: Any = {"delimiter": chosen.pick([None, *DELIMITERS]), "encoding": chosen.pick(CHARSETS)}
    options |= {"blank": chosen.pick(BLANKS), "list_gaps": chosen.pick(LIST_GAPS)}
    refusals = chosen.refusals()
    reported: list[Any] = []
    report = allowing(
        lambda: validate(source(), schema, format="csv", cross_checks=False, on_finding=reported.append, **options),
        *refusals,
    )
    if report is None:
        return
    check_report(report)
    assert sum(report.counts.by_code.values()) == len(reported)
    check_report(validate(source(), schema, format="csv", **options))
    records = allowing(lambda: from_csv(source(), schema, **options), InvalidData)
    one_by_one = allowing(lambda: list(iter_csv(source(), schema, **options)), InvalidData)
    assert (records is not None) == report.valid
    assert repr(one_by_one) == repr(records)
    assert records is None or len(records) == report.rows


def fuzz_csv_oracle(data: bytes) -> None:
    """CSV text, read in every way: the results are those of the slow reader."""
    chosen = Chosen(data)
    text, schema, delimiter = chosen.text, chosen.pick(COMPILED), chosen.pick(DELIMITERS)
    way = {
        "block": chosen.pick([2, 1, 3, 5, 0]),
        "sizes": chosen.pick(SIZES),
        "blank": chosen.pick(BLANKS),
        "list_gaps": chosen.pick(LIST_GAPS),
        "parse_float": chosen.pick([float, Decimal]),
        "kept": chosen.pick([100, 1, 3]),
    }
    if not PATH_LIKE.fullmatch(text):
        test_reading.compare(text, schema, delimiter, way)


def fuzz_json(data: bytes) -> None:
    """Any bytes as JSON, or as a detected format, read in all ways: all agree on whether they are valid."""
    chosen = Chosen(data)
    schema, source = chosen.pick(COMPILED), chosen.source()
    lines, content_type = chosen.pick(LINES), chosen.pick(TYPES)
    own = schema.entity if schema is not None else None
    entity = chosen.pick([None, None, own or "customers"])  # another one than the schema's is refused
    refusals = chosen.refusals()
    for format_ in (None, "json", "jsonl"):
        declared = content_type if format_ is None else None
        report = allowing(
            lambda format_=format_, declared=declared: validate(  # type: ignore[misc]
                source(), schema, format=format_, content_type=declared, entity=entity, cross_checks=False
            ),
            *refusals,
        )
        if report is None:
            return
        check_report(report)
    records = allowing(lambda: from_json(source(), schema, entity=entity, lines=lines), InvalidData)
    one_by_one = allowing(lambda: list(iter_json(source(), schema, entity=entity, lines=lines)), InvalidData)
    assert repr(one_by_one) == repr(records)
    report = validate(source(), schema, format="jsonl" if lines else "json", entity=entity, cross_checks=False)
    assert (records is not None) == report.valid
    assert records is None or len(records) == report.rows


def fuzz_json_oracle(data: bytes) -> None:
    """JSON text, read many records at a time: the results are those of reading one by one."""
    chosen = Chosen(data)
    schema, sizes = chosen.pick(COMPILED), chosen.pick(SIZES) or [10_000]
    block, lines, parse_float = chosen.pick([1, 3, 128]), chosen.pick(LINES), chosen.pick([float, Decimal])
    find_unchecked = RecordFilter(schema).find_unchecked if schema is not None else None
    with test_json_reading.one_by_one():
        wanted = test_json_reading.read(chosen.text, [10_000], 128, lines, parse_float=parse_float)
    options: Any = {"parse_float": parse_float, "find_unchecked": find_unchecked}
    assert test_json_reading.read(chosen.text, sizes, block, lines, **options) == wanted


def fuzz_text(data: bytes) -> None:
    """Bytes to text, compared with the reference and with Python; a delimiter; a Content-Type header."""
    chosen = Chosen(data)
    data = chosen.data
    charset = chosen.pick(CHARSETS)
    if chosen.refusals():
        return
    decoded = allowing(lambda: decode(data, charset), InvalidData)
    if charset is None:
        assert (None if decoded is None else (decoded.charset, decoded.text)) == reference.ladder(data)
    elif charset != "utf-16":
        test_laws.check_declared(data, charset)
    whole: Any = chosen.pick([data, chosen.text])
    delimiter = allowing(lambda: infer_delimiter(whole), InvalidData)
    assert delimiter in (*DELIMITERS, None)
    if decoded is not None:
        report = validate(io.BytesIO(data), format="csv", encoding=charset)
        assert report.source.charset in (decoded.charset, None)  # none for a zip archive and the like
    allowing(lambda: validate(b"a\n", content_type=chosen.text), UsageError)
    allowing(lambda: validate(b"a\n", encoding=chosen.text), UsageError)
    allowing(lambda: validate(b"a\n", delimiter=chosen.text), UsageError)


def fuzz_labels(data: bytes) -> None:
    """A header, compared with the reference, and the record of a row below it."""
    chosen = Chosen(data)
    which = chosen.pick(range(len(SCHEMAS)))
    labels, schema = chosen.text.split("\n"), COMPILED[which]
    for label in labels:
        path = test_laws.path_or_none(lambda label=label: parse_label(label, schema.root if schema else None))  # type: ignore[misc]
        assert path is None or format_label(path) == label
        assert path == reference.split_label(label) or which
    plan, findings = plan_header(labels, schema)
    failed = {finding.code for finding in findings if finding.severity == "error"}
    assert which or bool(failed) == bool(reference.header_errors(labels))
    assert failed or len(plan.columns) <= len(labels)
    mapping = {label: chosen.pick(["1", "x,y", "2.5", "true"]) for label in labels}
    record = allowing(lambda: unflatten(mapping, schema), InvalidData)
    text = reference.write_csv([labels, list(mapping.values())], ",")
    is_other = text.casefold().startswith(("\ufeff", "sep=")) or find_other_format(text) is not None
    if len(mapping) == len(labels) and not which and any(labels) and not is_other:
        wanted = None if record is None else [record] if record else []
        assert allowing(lambda: from_csv(text, delimiter=","), InvalidData) == wanted


def fuzz_write(data: bytes) -> None:
    """Records from JSON text: written as JSON and as CSV they read back the same, or they are refused."""
    chosen = Chosen(data)
    which, source = chosen.pick(range(len(SCHEMAS))), chosen.text
    if PATH_LIKE.fullmatch(source):
        return
    records = allowing(lambda: from_json(source, COMPILED[which]), InvalidData)
    if not records:
        return
    for lines in (False, True):
        text = allowing(lambda lines=lines: to_json(records, lines=lines), NotExpressible)  # type: ignore[misc]
        assert text is None or repr(from_json(text, lines=lines)) == repr(records)
    delimiter, charset = chosen.pick(DELIMITERS), chosen.pick(["utf-8", "utf-16", "iso-8859-1"])
    options: Any = {"delimiter": delimiter, "encoding": charset, "line_end": chosen.pick(["\n", "\r\n"])}
    written = allowing(lambda: encode_csv(records, SCHEMAS[which], **options), NotExpressible)
    if not which:
        assert (written is None) == (reference.refusal(records, charset) is not None)
    if written is None:
        return
    schema = SCHEMAS[which] or {}
    wanted = [test_laws.expected(schema, record) for record in records]
    read = allowing(lambda: from_csv(written, SCHEMAS[which], encoding=charset), InvalidData)
    if read is None:  # empty values are lost in writing, and the schema may require them
        reduced = to_json([reference.less_empty(record) for record in records])
        assert not validate(reduced, SCHEMAS[which], cross_checks=False).valid
    else:
        assert reference.equal(read, wanted)


def fuzz_convert(data: bytes) -> None:
    """One file to another, from any format to any format: the written file is valid."""
    chosen = Chosen(data)
    schema, source = chosen.pick(SCHEMAS), chosen.source()
    to, streams = chosen.pick([None, "csv", "json", "jsonl"]), chosen.pick([False, True])
    options = Options(
        format=chosen.pick([None, "csv", "json", "jsonl"]),
        delimiter=chosen.pick([None, *DELIMITERS]),
        encoding=chosen.pick([None, None, "utf-8", "iso-8859-1"]),
        blank=chosen.pick(BLANKS),
    )
    missing = "error" if len(chosen.data) % 4 == 0 else "blank"
    target = io.BytesIO()
    report = allowing(
        lambda: convert_file(source(), target, schema, options, to=to, missing=missing, streams=streams),
        InvalidData,
        NotExpressible,
        UsageError,
    )
    if report is None:
        assert to != "csv" or not target.getvalue()
        return
    check_report(report)
    assert report.valid
    written = to or ("json" if report.source.format == "csv" else "csv")
    charset = (options.encoding if report.source.format != "csv" else None) or "utf-8"
    again: Any = {"format": written, "encoding": charset if written == "csv" else "utf-8"}  # many controls may be meant
    check = validate(target.getvalue(), schema, cross_checks=False, **again)
    assert check.valid or options.blank != "omit"


def fuzz_schema(data: bytes) -> None:
    """A JSON document as a schema: it is refused or it works."""
    chosen = Chosen(data)
    try:
        schema = json.loads(chosen.data)
    except (ValueError, RecursionError):
        return
    if not isinstance(schema, str):  # a str would name a file
        check_schema(schema)


TARGETS: dict[str, Callable[[bytes], None]] = {
    name.removeprefix("fuzz_").replace("_", "-"): function
    for name, function in sorted({**vars(file_targets), **globals()}.items())
    if name.startswith("fuzz_")
}
