"""The laws of the format, as properties: what is written reads back, what is fast equals what is slow, and so on.

Each test is one law; its name says it. The generators are in ``strategies.py``, the oracles in ``reference.py``.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random
from typing import IO, Any, cast
from unittest import mock

import pytest
from hypothesis import assume, event, example, given
from hypothesis import strategies as st

import custobar_formats
from custobar_formats import (
    Finding,
    InvalidData,
    NotExpressible,
    Report,
    SourceInfo,
    UsageError,
    coerce,
    decode,
    encode_csv,
    flatten,
    from_csv,
    from_json,
    infer_delimiter,
    iter_csv,
    iter_json,
    load_schema,
    to_csv,
    to_json,
    unflatten,
    validate,
    write_csv,
)
from custobar_formats.core.entities import Entity
from custobar_formats.core.findings import EndOfReading, order
from custobar_formats.core.paths import BadLabel, format_label, parse_label
from custobar_formats.core.scalars import format_scalar
from custobar_formats.csvtext import reader as csv_reader_module
from custobar_formats.csvtext.delimiter import Delimiter
from custobar_formats.csvtext.reader import RowReader
from custobar_formats.csvtext.writer import quote_row
from custobar_formats.files import source as source_module
from custobar_formats.jsontext import bulk as bulk_module
from custobar_formats.jsontext import reader as json_reader_module
from custobar_formats.pipeline import beginning as beginning_module
from custobar_formats.pipeline.convert import convert_file
from custobar_formats.pipeline.options import Options
from custobar_formats.records import codegen as codegen_module
from custobar_formats.records import json_rows
from custobar_formats.records.codegen import compile_build
from custobar_formats.records.header import plan_header
from custobar_formats.report.report import Collector
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.engine import PythonEngine, RustEngine
from custobar_formats.schema.lenient import without_warnings
from custobar_formats.text.encoding import declared_encoding, decode_chunks, encode_text, guess_encoding
from tests.laws import reference, strategies
from tests.optional import needs_jsonschema_rs

Json = Any

DELIMITERS = st.sampled_from(strategies.DELIMITERS)
CHARSETS = st.sampled_from(strategies.CHARSETS)
BLANKS = st.sampled_from(["omit", "erase", "null"])
LIST_GAPS = st.sampled_from(["error", "close"])
BUNDLED = st.sampled_from(strategies.ENTITIES)

BUNDLED_RECORDS: list[tuple[str, Json]] = [
    ("customers", {"external_id": "C-1", "mailing_lists": ["a", "b"], "mailing_lists.add": ["c"], "can_email": True})
]
BUNDLED_RECORDS += [("customers", {"email": "a@example.com", "tags": ["x,y"], "acme__shoe": {"size": "41"}})]
BUNDLED_RECORDS += [
    ("products", {"external_id": "P1", "price": 1050, "stock": [{"shop_id": "1", "quantity": 39}], "category": ["a"]})
]
BUNDLED_RECORDS += [("products", {"external_id": "P1", "price": 0, "category": "a,b"})]
BUNDLED_RECORDS += [("shops", {"external_id": "S1", "name": "Käthy's"})]


def outcome(function: Callable[[], Any]) -> tuple[str, Any]:
    """The result of a call: a value, or the report of the errors in its data."""
    try:
        return "value", function()
    except InvalidData as error:
        return "report", essence(error.report)


def essence(report: Report) -> dict[str, Json]:
    """A report without the facts about how the bytes were delivered."""
    whole = report.to_dict()
    for name in ("name", "charset", "charset_reason", "content_type"):
        del whole["source"][name]
    return whole


# -- text


@given(strategies.texts(max_size=20), CHARSETS)
@example("\ufeff", "utf-16")
def test_text_written_in_an_encoding_reads_back(text: str, charset: str) -> None:
    try:
        data = encode_text(text, charset)
    except UnicodeEncodeError:
        assert charset == "iso-8859-1"
        return
    if charset == "utf-16":
        assume(reference.ladder(data) is not None)  # every second character is NUL, as in UTF-32
    else:
        assume(not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")))
    decoded = decode(data, charset)
    assert (decoded.text, decoded.charset) == (text, charset)


@given(strategies.byte_soups())
@example(b"")
@example(b"\xff\xfe")
@example(b"a\0")
@example("имя,город\n".encode("utf-16-le"))
@example("имя,город\n".encode("utf-16-be"))
@example(b"a\0b,c\n1\0,2\n")
@example(b"a\0b,cdefg\n1\0,22\n")
@example("ä".encode() * 9 + b"\xe4\xe4")
@example("ä".encode() * 8 + b"\xe4\xe4")
@example(b"\x81\x80")
@example(b"\0" * 16 + b"a" * 144)
@example(b"\0" * 16 + b"a" * 145)
@example(b"\0" * 15)
@example("a,b\n".encode("utf-32"))
@example("a,b\n".encode("utf-32-be"))
def test_an_undeclared_encoding_is_the_first_that_fits(data: bytes) -> None:
    wanted = reference.ladder(data)
    try:
        decoded = decode(data)
    except InvalidData:
        assert wanted is None
    else:
        assert (decoded.charset, decoded.text) == wanted


@given(
    strategies.byte_soups(),
    st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "windows-1252"]),
)
@example(b"\0a\0,", "utf-16")
@example(b"\xfe\xff\0a", "utf-16")
def test_a_declared_encoding_decodes_as_python_does(data: bytes, charset: str) -> None:
    check_declared(data, charset)


def check_declared(data: bytes, charset: str) -> None:
    """Check that bytes are read in a declared encoding as Python reads them."""
    marks = {
        "utf-8": [b"\xef\xbb\xbf"],
        "utf-16-le": [b"\xff\xfe"],
        "utf-16-be": [b"\xfe\xff"],
        "utf-16": [b"\xff\xfe", b"\xfe\xff"],
    }
    mark = next((m for m in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff") if data.startswith(m)), None)
    codec = charset
    if charset == "utf-16":
        is_big = mark == b"\xfe\xff" if mark else data[0::2].count(0) > data[1::2].count(0)
        codec = "utf-16-be" if is_big else "utf-16-le"
    wanted = None
    if mark is None or mark in marks.get(charset, []):
        try:
            wanted = data[len(mark or b"") :].decode(codec)
        except UnicodeDecodeError:
            wanted = None
    assert (outcome(lambda: decode(data, charset).text)[0] == "value") == (wanted is not None)
    assert wanted is None or decode(data, charset).text == wanted


@given(strategies.byte_soups(), st.none() | st.sampled_from(["utf-8", "utf-16", "iso-8859-1", "windows-1252"]))
@example(b"\xff\xfe=\xd8\x00\xde", "utf-16")
@example(b"a\0,\0\n\0", None)
@example(b"\xef\xbb\xbfa\xff", None)
@example(b"\xef\xbb\xbf\xf0\x9f\x98\x80\xc3", None)
@example(b"\xef\xbb", None)
def test_bytes_cut_anywhere_decode_to_the_same_text(data: bytes, charset: str | None) -> None:
    whole = decoded([data], charset)
    for cut in range(1, len(data)):
        assert decoded([data[:cut], data[cut:]], charset) == whole
    assert decoded([data[place : place + 1] for place in range(len(data))], charset) == whole


def decoded(chunks: list[bytes], charset: str | None) -> Any:
    """The encoding that is found, the text, and the finding that ended it."""
    whole = b"".join(chunks)
    try:
        encoding = guess_encoding(lambda: chunks) if charset is None else declared_encoding(charset, whole)
    except EndOfReading as end:
        return end.finding
    text = ""
    try:
        for part in decode_chunks(chunks, encoding):
            text += part
    except EndOfReading as end:
        return encoding, text, end.finding
    return encoding, text, None


# -- labels and headers

PARTS = st.sampled_from([*strategies.NAMES[:4], *strategies.ODD_NAMES[:11], "2", "10", "9999999999", "b.c", "tags"])
LABELS = st.one_of(
    st.lists(PARTS, min_size=1, max_size=4).map(".".join),
    strategies.texts(max_size=4),
    st.integers(62, 66).map(lambda size: ".".join(["a"] * size)),
)


@given(LABELS)
def test_a_label_is_split_at_its_dots(label: str) -> None:
    path = path_or_none(lambda: parse_label(label))
    assert path == reference.split_label(label)
    assert path is None or format_label(path) == label


@given(strategies.schemas(), LABELS)
@example({"properties": {"a": {"properties": {"0": {}}}}}, "a.0")
@example({"properties": {"": {}}}, "")
@example({"properties": {"": {"properties": {"": {}}}}}, "..")
@example({"properties": {"a.b": {}, "a": {}}}, "a.b.c")
@example({"properties": {"a.b": {"properties": {"c": {}}}, "a.b.c": {}}}, "a.b.c")
def test_a_label_is_split_by_the_names_of_a_schema(schema: Json, label: str) -> None:
    path = path_or_none(lambda: parse_label(label, Schema(schema).root))
    assert path == reference.split_label_by(schema, label)
    assert path is None or format_label(path) == label


def path_or_none(function: Callable[[], Any]) -> Any:
    try:
        return function()
    except BadLabel:
        return None


@given(st.lists(st.one_of(LABELS, st.sampled_from(["l.0", "l.1", "l.2", "l.0.k", "o.k", "o", "l", ""])), max_size=6))
@example(["s.0", "s.5000000"])
@example(["", "__rejected_because"])
@example(["__rejected_because", "__rejected_because"])
@example(["l.0", "l.k"])
def test_a_header_has_an_error_exactly_where_the_format_has_one(labels: list[str]) -> None:
    plan, findings = plan_header(labels, None)
    codes = {finding.code for finding in findings if finding.severity == "error"}
    wanted = reference.header_errors(labels)
    assert bool(codes) == bool(wanted)
    if not wanted:
        named = [label for label in labels if label and label != reference.REJECTED]
        assert [column.path for column in plan.columns] == list(map(reference.split_label, named))
    elif "path-conflict" not in wanted:
        assert codes >= wanted - {"index-gap"}


@given(st.lists(LABELS.filter(bool), min_size=1, max_size=5), st.none() | strategies.schemas(), DELIMITERS)
@example(['a"b', "c,d", "e\r\nf", " g "], None, ";")
@example([strategies.LONG_NAME, f"o.{strategies.LONG_NAME}"], None, ",")
@example(["a.b", "a.0"], {"properties": {"a.b": {}, "a": {"properties": {"0": {}}}}}, ",")
def test_a_written_header_reads_back(labels: list[str], document: Json, delimiter: str) -> None:
    text = delimiter.join(quote_row(labels)) + "\n"
    read, line, findings = RowReader(iter([text]), delimiter).read_header()
    assert (read, line, findings) == (labels, 1, [])
    schema = None if document is None else Schema(document)
    plan, findings = plan_header(labels, schema)
    if any(finding.severity == "error" for finding in findings):
        event("refused")
        return
    named = [label for label in labels if label != reference.REJECTED]
    split = reference.split_label if document is None else partial(reference.split_label_by, document)
    assert [column.path for column in plan.columns] == list(map(split, named))
    assert [format_label(column.path) for column in plan.columns] == named


# -- rows

CELLS = strategies.weighted((2, strategies.texts()), (1, st.just("")), (1, strategies.plain_texts()))


@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=5)
    ),
    DELIMITERS,
    st.sampled_from(["\n", "\r\n", "\r"]),
)
@example([["a", "b"], [" ", "\r"]], ",", "\r")
def test_written_rows_read_back(rows: list[list[str]], delimiter: str, line_end: str) -> None:
    rows = [row for row in rows if any(row)]
    assume(rows)
    text = "".join(delimiter.join(quote_row(row)) + line_end for row in rows)
    assert text == reference.write_csv(rows, delimiter, line_end)
    assert [row.cells for row in reference.parse_csv(text, delimiter)[0]] == rows
    reader = RowReader(iter([text]), delimiter)
    header, _, findings = reader.read_header()
    assert findings == []
    assert header == rows[0]
    assert [row for block in reader.blocks(header) for row in block.rows] == rows[1:]


@given(strategies.csv_texts(), DELIMITERS, BLANKS, LIST_GAPS)
@example('a\n"', ",", "omit", "error")
@example("a\nx\0", ",", "omit", "error")
@example('a\n"x"y\n', ",", "omit", "error")
@example('a\r\n"\r\n\r"\rb', ",", "omit", "error")
@example('"\n', ",", "omit", "error")
@example("a,b\n1,2,\n,,,\n", ",", "omit", "error")
@example("a,,b\n,x,\n", ",", "omit", "error")
@example("a,b\n,x,\n1,2\n", ",", "omit", "error")
@example("a,__rejected_because\n,why\n", ",", "omit", "error")
@example("l.0,l.1\n,x\n", ",", "null", "close")
@example('sep=;\na;b\n1;"\n', ";", "omit", "error")
@example("__rejected_because\nwhy\n", ",", "omit", "error")
def test_a_file_reads_as_the_slow_reader_reads_it(text: str, delimiter: str, blank: Any, list_gaps: Any) -> None:
    wanted = reference.read_csv(text, delimiter, blank, list_gaps)
    report = validate(text, format="csv", delimiter=delimiter, blank=blank, list_gaps=list_gaps)
    assume(not report.counts.by_code.keys() & {"not-csv", "title-rows", "quoted-lines"})
    kind, value = outcome(lambda: from_csv(text, delimiter=delimiter, blank=blank, list_gaps=list_gaps))
    event("errors" if wanted.errors else "records" if wanted.records else "nothing")
    if any(row is None for _, row, _ in wanted.errors):
        assert all(finding.row is None for finding in report.errors)
        assert report.errors
        assert (report.rows, report.valid_rows) == (0, 0)
        return
    assert sorted((f.code, f.row, f.line) for f in report.errors) == sorted(wanted.errors)
    assert report.rows == wanted.rows
    assert report.valid_rows == len(wanted.records)
    assert kind == ("report" if wanted.errors else "value")
    assert wanted.errors or value == wanted.records


@given(strategies.record_lists(), DELIMITERS, st.sampled_from(["\n", "\r\n"]))
@example([{"a;b": "1"}, {"a;b": "x;y"}], "\t", "\n")
def test_the_delimiter_of_a_written_file_is_found(records: list[Json], delimiter: str, line_end: Any) -> None:
    assume(reference.refusal(records) is None)
    text = to_csv(records, delimiter=delimiter, line_end=line_end)
    found = infer_delimiter(text)
    assert found == (delimiter if len(reference.columns_of(records)) > 1 else ",")


# -- one value


@given(strategies.typed_values(), DELIMITERS)
@example(("number", -0.0), ",")
@example(("integer", 10**40 + 7), ",")
@example(("integer", 10**4300 - 1), ",")
@example(("number", 5e-324), ",")
@example(("string", "1e400"), ",")
@example(("boolean", False), ",")
def test_a_written_value_reads_back_as_its_type(case: tuple[str, Json], delimiter: str) -> None:
    type_, value = case
    schema = {"properties": {"a": {"type": type_}, "b": {"type": "string"}}}
    wanted = {"a": int(value) if type_ == "integer" else value}
    text = format_scalar(wanted["a"])
    assert text == reference.text_of(wanted["a"])
    assert reference.identical(coerce({"a": text}, schema), wanted)
    assert reference.identical(unflatten({"a": text}, schema), wanted)
    for others in ([], [{"a": value, "b": "x"}] * 3):  # alone, and in a column of equal values
        records = [{"a": value, "b": "x"}, *others]
        rows = from_csv(to_csv(records, schema, delimiter=delimiter), schema, delimiter=delimiter)
        assert reference.identical(rows, [{**wanted, "b": "x"}] * len(records))


# -- one record


@given(strategies.records())
@example({"a": {"b": None, "c": [1]}})
@example({})
def test_a_flattened_record_nests_again(record: Json) -> None:
    why = reference.refusal([record])
    if why is not None and not reference.is_empty(record):
        with pytest.raises(NotExpressible):
            flatten(record)
        return
    assume(not any("" in label.split(".") for label in map(format_label, reference.columns_of([record]))))
    try:
        flat = flatten(record)
    except NotExpressible:
        assert why is not None
        return
    assert {label: cell for label, cell in flat.items() if cell} == {
        format_label(path): text for path, text in reference.unnest(record)
    }
    assert unflatten(flat) == reference.as_read(reference.less_empty(record))


@given(strategies.accepted_records() | strategies.schemas_with_values().map(lambda case: (case[0], [case[1]])))
@example(({"properties": {"a": {"type": "integer"}}}, [{"a": 0.5}, {"a": -0.5, "b": 1e400}]))
@example(({"properties": {"a": {"type": "number", "enum": ["1", 1]}}}, [{"a": 1}]))
@example(({"properties": {"a": {"type": "array", "items": {"type": "string"}}}}, [{"a": "b,c"}, {"a": "b"}]))
def test_a_record_flattened_by_a_schema_nests_again(case: tuple[Json, list[Json]]) -> None:
    """Also for a record that the schema rejects: it comes back unchanged, or is not written."""
    schema, records = case
    for record in records:
        try:
            flat = flatten(record, schema)
        except NotExpressible as why:
            event(f"refused: {generic(why.reason)}")
            continue
        assert reference.equal(unflatten(flat, schema), expected(schema, record))


# -- generated source


@given(
    st.lists(strategies.keys(), min_size=6, max_size=6, unique=True), st.lists(st.booleans(), min_size=6, max_size=6)
)
@example(strategies.CODE_NAMES[:6], [True, False, False, True, False, True])
def test_generated_source_does_not_depend_on_the_labels(names: list[str], blanks: list[bool]) -> None:
    assume(not any("." in name or name in ("", reference.REJECTED) or reference.is_index(name) for name in names))
    assume(not names[0].startswith("\ufeff") and not names[0].casefold().startswith("sep="))
    assert sources(names, blanks) == sources([f"name{number}" for number in range(6)], blanks)


def sources(names: list[str], blanks: list[bool]) -> list[str]:
    """All source that is compiled while rows with these names, some nested, become records and text."""
    a, b, c, d, e, f = names
    labels = [a, f"{b}.{a}", f"{b}.{c}", f"{d}.0", f"{d}.1", f"{e}.0.{f}"]
    rows = [["" if blank else f"x{row}" for blank in blanks] for row in range(2)]
    text = reference.write_csv([labels, ["1"] * 6, *rows * 3, ["2"] * 6], "\t")
    texts: list[str] = []

    def compile_noted(source: str) -> Any:
        texts.append(source)
        return compile_build(source)

    more: Any = {"delimiter": "\t", "list_gaps": "close"}
    with (
        small_steps(2),
        mock.patch.object(codegen_module, "compile_build", compile_noted),
        mock.patch.object(json_rows, "compile_build", compile_noted),
    ):
        from_csv(text, **more)
        convert_file(text, io.BytesIO(), None, Options(format="csv", **more), to="jsonl")
    assert texts
    return texts


# -- a file without a schema


@given(strategies.record_lists(), DELIMITERS, CHARSETS, st.sampled_from(["\n", "\r\n"]))
@example([{"a": "\ufeff"}], ",", "utf-8", "\n")
@example([{"\xff\xfe": "1"}], ",", "iso-8859-1", "\n")
@example([{"PK\x03\x04": "1"}], ",", "utf-8", "\n")
@example([{"PK\x03\x04": "1"}], ",", "utf-16", "\n")
@example([{"PK\x03\x04,": "1"}], ",", "utf-8", "\n")
@example([{"BZh91AY&SY": "1"}], ",", "iso-8859-1", "\n")
@example([{"BZh11AY&SY": "1"}], ",", "utf-8", "\n")
@example([{"BZh": "1"}], ",", "utf-8", "\n")
@example([{"BZh9": "1"}], ",", "utf-8", "\n")
@example([{"\xfd7zXZ\0": "1"}], ",", "iso-8859-1", "\n")
@example([{"sep=": "1"}], ",", "utf-8", "\n")
@example([{"ſep=;": "1"}], ",", "utf-8", "\n")
@example([{"a": "1"}, {"a": {"b": None}, "b": "1"}], ",", "utf-8", "\n")
@example([{"a": {"b": None, "c": "1"}}, {"a": {"b": {"d": "1"}}}], ",", "utf-8", "\n")
@example([{"a": [1, {"b": 1}]}], ",", "utf-8", "\n")
@example([{"a": {"0": 1}}], ",", "utf-8", "\n")
@example([{"0": 1}], ",", "utf-8", "\n")
@example([{"a": 10**4300 - 1}], ",", "utf-8", "\n")
@example([{"a": 10**4300}], ",", "utf-8", "\n")
@example([{"a": "x" * 131_073}], ",", "utf-8", "\n")
@example([{"": None, "a": 1}], ",", "utf-8", "\n")
def test_a_file_without_a_schema_gives_the_records_back(
    records: list[Json], delimiter: str, charset: str, line_end: Any
) -> None:
    why = reference.refusal(records, charset)
    event(f"refused: {why is not None}")
    try:
        data = encode_csv(records, delimiter=delimiter, encoding=charset, line_end=line_end)
    except NotExpressible:
        assert why is not None
        return
    assert why is None
    wanted = [reference.as_read(reference.less_empty(record)) for record in records]
    assert from_csv(data, encoding=charset) == wanted
    assert from_csv(data, encoding=charset, delimiter=delimiter) == wanted


@given(strategies.record_lists(benign=True), DELIMITERS)
def test_records_with_plain_keys_are_never_refused(records: list[Json], delimiter: str) -> None:
    assert from_csv(to_csv(records, delimiter=delimiter)) == [
        reference.as_read(reference.less_empty(record)) for record in records
    ]


@given(st.lists(strategies.records(), min_size=1, max_size=4) | strategies.record_lists())
@example([{"a": {"b": "1"}}, {"a": {"c": "1"}}, {"a": {"b": "2"}}])
def test_split_files_give_the_records_back_without_blanks_for_missing_keys(records: list[Json]) -> None:
    assume(all(reference.refusal([record]) is None for record in records))
    wanted = [reference.as_read(reference.less_empty(record)) for record in records]
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(os, "fsync"):
        written = write_csv(records, Path(folder) / "out.csv", missing="split")
        read = [record for file in written.files for record in from_csv(Path(cast(str, file.path)), encoding="utf-8")]
        assert len(list(Path(folder).iterdir())) == len(written.files)
    assert sorted(map(repr, map(ordered, read))) == sorted(map(repr, map(ordered, wanted)))
    assert written.blank_cells == 0


@given(strategies.record_lists(), DELIMITERS, st.sampled_from(["\n", "\r\n"]))
@example([{"a": 1}, {"b": {"c": [{"d": 1}, {"d": 2, "e": 3}]}}, {"b": {"c": []}, "a": None}], ",", "\n")
@example([{"=a": "+1"}, {"=a": "-1(2"}, {"=a": "@x!"}, {"=a": "\t\uff1dx"}, {"=a": "="}], ",", "\n")
@example([{"a": [{"b": 1}]}, {"a": [{"b": None}, 2]}, {"a": {"b": 1}}], ",", "\n")
def test_a_file_without_a_schema_holds_what_the_format_shows(
    records: list[Json], delimiter: str, line_end: Any
) -> None:
    stream = io.BytesIO()
    if reference.refusal(records) is not None:
        with pytest.raises(NotExpressible) as caught:
            write_csv(records, stream, delimiter=delimiter, line_end=line_end)
        assert reference.first_refused(records) in (None, caught.value.record)
        return
    written = write_csv(records, stream, delimiter=delimiter, line_end=line_end)
    wanted = reference.write(records, delimiter, line_end)
    (file,) = written.files
    assert stream.getvalue().decode() == wanted.text
    assert (file.rows, file.columns) == (len(records), tuple(map(format_label, reference.columns_of(records))))
    assert (file.blank_cells, file.empty_cells, file.formula_cells) == wanted[1:]
    try:
        assert to_csv(records, missing="error") == to_csv(records)
    except NotExpressible:
        assert written.blank_cells > 0
    else:
        assert written.blank_cells == 0


@given(strategies.record_lists(benign=True), st.randoms(use_true_random=False), st.lists(st.just("more"), max_size=1))
def test_given_columns_keep_their_order(records: list[Json], random: Any, more: list[str]) -> None:
    columns = [format_label(path) for path in reference.columns_of(records)] + more
    assume(reference.refusal(records) is None and len(set(columns)) == len(columns))
    random.shuffle(columns)
    text = to_csv(records, columns=columns)
    assert reference.parse_csv(text, ",")[0][0].cells == columns
    assert from_csv(text) == [reference.as_read(reference.less_empty(record)) for record in records]
    needed = {format_label(path) for record in records for path, _ in reference.unnest(record)}
    fewer = [label for label in columns if label != min(needed)]
    if fewer:
        with pytest.raises((NotExpressible, UsageError)):
            to_csv(records, columns=fewer)


@given(strategies.record_lists(), st.randoms(use_true_random=False), DELIMITERS)
@example([{"l": [{"k": 1, "m": 2}, {"k": 3}], "o": {"p": 4}}] * 2, Random(3), ",")
def test_columns_in_another_order_give_the_same_records_without_a_schema(
    records: list[Json], random: Random, delimiter: str
) -> None:
    assume(reference.refusal(records) is None)
    table = [row.cells for row in reference.parse_csv(to_csv(records), ",")[0]]
    text = reference.write_csv(permuted(table, random), delimiter)
    wanted = [reference.as_read(reference.less_empty(record)) for record in records]
    assert reference.equal(from_csv(text, delimiter=delimiter), wanted)


def permuted(table: list[list[str]], random: Random) -> list[list[str]]:
    """A table with its columns in another order, which does not begin with anything that has a meaning there."""
    places = list(range(len(table[0])))
    random.shuffle(places)
    found = [[row[place] for place in places] for row in table]
    assume(not found[0][0].startswith("\ufeff") and not found[0][0].casefold().startswith("sep="))
    return found


@given(strategies.csv_texts(), DELIMITERS, st.sampled_from(["json", "jsonl"]))
@example('l.0,l.1,o.k,b\n"a\r\nb",,"x""y",\n,,,"\u2028"\n', ",", "jsonl")
def test_csv_converted_to_json_and_back_keeps_the_data(text: str, delimiter: str, to: str) -> None:
    kind, records = outcome(lambda: from_csv(text, delimiter=delimiter))
    assume(kind == "value" and records)
    between, last = io.BytesIO(), io.BytesIO()
    convert_file(text, between, None, Options(format="csv", delimiter=delimiter), to=to)
    assert from_json(between.getvalue(), lines=to == "jsonl") == records
    try:
        convert_file(between.getvalue(), last, None, Options(format=to), to="csv")
    except NotExpressible:
        assert reference.refusal(records) is not None
        return
    assert from_csv(last.getvalue(), encoding="utf-8") == records


def ordered(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: ordered(value[key]) for key in sorted(value)}
    return list(map(ordered, value)) if isinstance(value, list) else value


# -- a file with a schema


def expected(schema: Json, record: Json) -> Json:
    """The record without its empty members, and with scalars as text where the schema requires no type."""
    return reference.as_read(reference.less_empty(record), lambda path: reference.asks_for_type(schema, path))


def generic(reason: str) -> str:
    return " ".join(word for word in reason.split() if word.isalpha())[:60]


@given(strategies.accepted_records(), DELIMITERS, CHARSETS)
@example(({"unevaluatedProperties": {"type": "integer"}}, [{"a": 1}]), ",", "utf-8")
@example(({"properties": {"a": {"contains": {"type": "integer"}}}}, [{"a": [1]}]), ",", "utf-8")
@example(({"properties": {"a": {"not": {"type": "string"}}}}, [{"a": 1}]), ",", "utf-8")
@example(({"properties": {"a": {"minLength": 3}}}, [{"a": 5}]), ",", "utf-8")
@example(({"properties": {"a": {"uniqueItems": True}}}, [{"a": [1, "1"]}]), ",", "utf-8")
@example(({"properties": {"a": {"type": ["string", "integer"]}}}, [{"a": 1}]), ",", "utf-8")
@example(({"properties": {"a": {"enum": [1, "1"]}}}, [{"a": 1}, {"a": "1"}]), ",", "utf-8")
@example(({"properties": {"a": {"type": "array", "items": {"type": "string"}}}}, [{"a": ["b,c", "d"]}]), ",", "utf-8")
@example(({"properties": {"a": {"type": "integer"}}}, [{"a": 1e16}]), ";", "utf-16")
@example(({"properties": {"a": {"type": "number"}}}, [{"a": -0.0}, {"a": 5e-324}]), ";", "utf-16")
@example(({"properties": {"c": {"anyOf": [{"type": "string"}], "x-severity": "warning"}}}, [{"c": "a"}]), ",", "utf-8")
@example(({"properties": {"a": {"type": "string", "const": 1, "x-severity": "warning"}}}, [{"a": 1}]), ",", "utf-8")
@example(
    (
        {"properties": {"a": {"allOf": [{"type": name, "x-severity": "warning"} for name in ("object", "integer")]}}},
        [{"a": 0}],
    ),
    ",",
    "utf-8",
)
def test_a_file_with_a_schema_gives_the_records_back(
    case: tuple[Json, list[Json]], delimiter: str, charset: str
) -> None:
    schema, records = case
    try:
        data = encode_csv(records, schema, delimiter=delimiter, encoding=charset)
    except NotExpressible as why:
        event(f"refused: {generic(why.reason)}")
        return
    event("written")
    read = from_csv(data, schema, encoding=charset)
    assert reference.equal(read, [expected(schema, record) for record in records])


@given(strategies.schemas_with_values(), BLANKS)
def test_reading_with_a_schema_equals_reading_without_and_coercing(case: tuple[Json, Json], blank: Any) -> None:
    schema, record = case
    assume(reference.refusal([record]) is None)
    text = to_csv([record])
    compiled = Schema(schema)
    columns = plan_header(list(flatten(record)), compiled)[0].columns
    assume(not any(column.joined for column in columns))
    assume(any(label != cell for label, cell in flatten(record).items()))  # it would be a repeated header
    assume([column.path for column in columns] == reference.columns_of([record]))
    wanted = coerce(from_csv(text, blank=blank)[0], schema)
    kind, value = outcome(lambda: from_csv(text, schema, blank=blank))
    verdict = strategies.is_accepted(schema, wanted)
    assert (kind == "value") == verdict
    assert not verdict or reference.identical(value, [wanted])


@given(strategies.benign_schemas_with_records(), DELIMITERS)
def test_records_of_plain_types_are_never_refused(case: tuple[Json, list[Json]], delimiter: str) -> None:
    schema, records = case
    text = to_csv(records, schema, delimiter=delimiter)
    wanted = [expected(schema, record) for record in records]
    assert reference.equal(from_csv(text, schema), wanted)
    assert reference.equal(reference.as_floats(from_csv(text, schema, parse_float=Decimal)), wanted)


NUMBER_TEXTS = st.from_regex(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?", fullmatch=True)


@given(st.lists(NUMBER_TEXTS, min_size=1, max_size=3))
@example(["1.50", "-0", "-0.0", "-0e0", "1E+2", "0.1e1", "1e-45", "123456789.1234567890123"])
def test_a_conversion_keeps_the_digits_of_numbers(numbers: list[str]) -> None:
    schema = {"properties": {"n": {"type": "number"}, "i": {"type": "string"}}}
    text = reference.write_csv([["i", "n"], *(["x", number] for number in numbers)], ",")
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(os, "fsync"):
        first, second = Path(folder) / "a.json", Path(folder) / "b.csv"
        convert_file(text, first, schema)
        convert_file(first, second, schema)
        in_json = [record["n"] for record in json.loads(first.read_text("utf-8"), parse_float=str, parse_int=str)]
        in_csv = [row.cells[1] for row in reference.parse_csv(second.read_text("utf-8"), ",")[0][1:]]
    wanted = [Decimal(number if number != "-0" else "0") for number in numbers]  # there is no integer -0
    for found in (list(map(Decimal, in_json)), list(map(Decimal, in_csv))):
        assert found == wanted
        assert [number.as_tuple() for number in found] == [number.as_tuple() for number in wanted]


@given(strategies.benign_schemas_with_records(), st.randoms(use_true_random=False), DELIMITERS)
def test_columns_in_another_order_give_the_same_records(
    case: tuple[Json, list[Json]], random: Any, delimiter: str
) -> None:
    schema, records = case
    table = [row.cells for row in reference.parse_csv(to_csv(records, schema), ",")[0]]
    text = reference.write_csv(permuted(table, random), delimiter)
    assert reference.equal(from_csv(text, schema), [expected(schema, record) for record in records])


# -- deliveries


class Pieces:
    """A stream that can be read only once and gives a few bytes or characters at a time, however many are requested."""

    def __init__(self, data: Any, sizes: list[int]) -> None:
        self._data = data
        self._sizes = itertools.cycle(sizes)

    def read(self, size: int = -1) -> Any:
        taken = min(next(self._sizes), size) if size >= 0 else len(self._data)
        piece, self._data = self._data[:taken], self._data[taken:]
        return piece


@contextmanager
def small_steps(block: int) -> Iterator[None]:
    """Make the steps of reading take a few characters and rows at a time, not thousands."""
    with ExitStack() as stack:
        for module, name, value in [
            (source_module, "HEAD_BYTES", 24),
            (source_module, "CHUNK", 5),
            (beginning_module, "SAMPLE_CHARS", 24),
            (csv_reader_module, "BLOCK_ROWS", block),
            (json_reader_module, "BLOCK_ROWS", block),
            (json_reader_module, "WRAPPER_CHARS", 24),
            (json_reader_module, "GROUP_CHARS", 32),
            (bulk_module, "GROUP_CHARS", 32),
        ]:
            stack.enter_context(mock.patch.object(module, name, value))
        yield


SOUP_SCHEMAS: list[Json] = [None, "customers", {"properties": {"a": {"type": "integer"}, "l": {"type": "array"}}}]


@given(strategies.csv_texts(), DELIMITERS, strategies.cuts(), st.integers(1, 3), st.sampled_from(SOUP_SCHEMAS))
@example("a\r\n1\r\n", ",", [2], 1, None)
@example('a\r"\r\n"\r\r', ",", [1], 1, None)
@example("a,b\n" + "\ufeff,\ufeffx\n" * 9, ",", [1, 2], 1, None)
def test_text_in_pieces_gives_the_same_result(
    text: str, delimiter: str, sizes: list[int], block: int, schema: Json
) -> None:
    whole = outcome(lambda: from_csv(text, schema, delimiter=delimiter))
    report = essence(validate(text, schema, format="csv", delimiter=delimiter))
    with small_steps(block):
        pieces = outcome(lambda: from_csv(cast(IO[str], Pieces(text, sizes)), schema, delimiter=delimiter))
        again = validate(cast(IO[str], Pieces(text, sizes)), schema, format="csv", delimiter=delimiter)
    assert pieces == whole
    assert essence(again) == report


@given(strategies.byte_soups(), DELIMITERS, strategies.cuts(), st.integers(1, 3), st.sampled_from(SOUP_SCHEMAS))
@example(b"a\xe4,b\n1,2\n", ",", [1], 1, None)
@example(b"\xff\xfea\0\n\0\x3d\xd8", ",", [1], 1, None)
@example(b"\xef\xbb\xbfa\n\xf0\x9f\x98", ",", [1], 1, None)
def test_bytes_in_pieces_give_the_same_result(
    data: bytes, delimiter: str, sizes: list[int], block: int, schema: Json
) -> None:
    whole = outcome(lambda: from_csv(data, schema, delimiter=delimiter))
    report = validate(data, schema, format="csv", delimiter=delimiter)
    with small_steps(block):
        pieces = outcome(lambda: from_csv(cast(IO[bytes], Pieces(data, sizes)), schema, delimiter=delimiter))
        again = validate(cast(IO[bytes], Pieces(data, sizes)), schema, format="csv", delimiter=delimiter)
    assert pieces == whole
    assert again.to_dict() == report.to_dict()


CUT_CSV = {
    "quotes and breaks": 'a;b;l.0;l.1\r\n"x""\r\ny";ä;1;2\r\n\r\n"";€\U0001f600;"e\u0301";\r\n;;;\r\nz;"\r\r\n\n";;',
    "breaks of carriage returns": 'a\t"o.""k"\r\r"1\t"\tx\r2\ty\n"3"\t"""\U0001d518"""\r\n',
    "a stray quote": 'a,b\n1,2\n3\n4,x,y\n5,"6"7\n',
    "a quote left open": 'sep=;\na;b\n1;"2\r\n',
}
"""Small files with quotes, each kind of line break and multi-byte letters; valid, and with an error in the middle."""

CUT_FORMS = [("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", b"")]
CUT_FORMS += [("utf-16-be", codecs.BOM_UTF16_BE), ("iso-8859-1", b"")]


@pytest.mark.slow
@pytest.mark.parametrize(("codec", "mark"), CUT_FORMS)
@pytest.mark.parametrize("name", CUT_CSV)
def test_csv_cut_at_every_byte_gives_the_same_result(name: str, codec: str, mark: bytes) -> None:
    text = CUT_CSV[name]
    data = mark + text.encode(codec, "replace")
    delimiter = ";" if ";" in text else "\t" if "\t" in text else ","
    for damaged in (data, data[:-1], data[:-9] + b"\xff\xdc" + data[-9:]):
        for encoding in (None, codec):
            check_cuts(damaged, {"format": "csv", "delimiter": delimiter, "encoding": encoding})


CUT_JSON = {
    "a list": '[{"a": 1.5e3, "ä": "€\U0001f600"} ,\r\n {"a": "\\ud83d\\ude00\\"", "b": [null, {}, -0]}\n ] ',
    "a key twice": '[{"a": 1},\n{"a":true,"a":12}, {"\\u0061": "\\u00e4", "ä": "ä"}, 75.0e1, 12]',
    "a wrapped list, an item that is none": '{"customers": [{"a": "x"}, {"a": 1e400}, {"b": "Ã¤\\u00e4"} ,\n 7 ] }\n',
    "lines that end early": '\n{"a": 12, "b": {"c": ["]", "{\\\\"]}}\r\n\r\n{"ä": "\U0001f600"}\n{"a": tru}\n{"a"',
    "a comma left out": '[{"a":1},{"a":2},{"a":"},{"},{"a":3} {"a":4}]',
}


@pytest.mark.parametrize("mark", [b"", pytest.param(codecs.BOM_UTF8, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "name", [next(iter(CUT_JSON)), *(pytest.param(name, marks=pytest.mark.slow) for name in [*CUT_JSON][1:])]
)
def test_json_cut_at_every_byte_gives_the_same_result(name: str, mark: bytes) -> None:
    data = mark + CUT_JSON[name].encode()
    for damaged in (data, data[:-1], data[:-9] + b"\xff" + data[-9:]):
        for format_ in ("json", "jsonl"):
            check_cuts(damaged, {"format": format_})


def check_cuts(data: bytes, options: dict[str, Any]) -> None:
    """Check that bytes give the same report, and records before the first error, wherever they are cut in two."""
    wanted = validate(data, None, **options).to_dict()
    records = records_before(data, options)
    assert len(records) <= wanted["rows"]
    for cut in range(1, len(data)):
        with ExitStack() as stack:
            # Every decision that needs a look ahead looks as far as the cut: no more text is joined than necessary.
            stack.enter_context(small_steps(1 + cut % 2))
            stack.enter_context(mock.patch.object(source_module, "HEAD_BYTES", max(4, cut)))
            stack.enter_context(mock.patch.object(source_module, "CHUNK", len(data)))
            stack.enter_context(mock.patch.object(beginning_module, "SAMPLE_CHARS", 8))
            stack.enter_context(mock.patch.object(json_reader_module, "GROUP_CHARS", 1))
            assert validate(cast(IO[bytes], Pieces(data, [cut, len(data)])), None, **options).to_dict() == wanted
            assert repr(records_before(Pieces(data, [cut, len(data)]), options)) == repr(records)


def records_before(source: Any, options: dict[str, Any]) -> list[Json]:
    """The records that are given one by one before the first error."""
    records: list[Json] = []
    with suppress(InvalidData):
        if options["format"] == "csv":
            records.extend(iter_csv(source, delimiter=options["delimiter"], encoding=options["encoding"]))
        else:
            records.extend(iter_json(source, lines=options["format"] == "jsonl"))
    return records


@given(strategies.json_texts(), strategies.cuts(), st.integers(1, 3), st.sampled_from(["json", "jsonl"]))
@example('{"a":1}\n{"a":"\\ud83d\\ude00"}\n', [1], 1, "jsonl")
@example("[1]", [1], 1, "json")
@example("[" + " " * 32 + '{"a": 1}, 12.5e1, {"a": 2}, 120]', [1], 1, "json")
@example('{"customers":[{"a":12},{"a":1e5}]}', [1], 1, "json")
def test_json_in_pieces_gives_the_same_result(text: str, sizes: list[int], block: int, format_: Any) -> None:
    whole = outcome(lambda: from_json(text, lines=format_ == "jsonl"))
    report = essence(validate(text, format=format_))
    with small_steps(block):
        pieces = outcome(lambda: from_json(cast(IO[str], Pieces(text, sizes)), lines=format_ == "jsonl"))
        again = validate(cast(IO[bytes], Pieces(text.encode("utf-8", "surrogatepass"), sizes)), format=format_)
    assert repr(pieces) == repr(whole)
    assume(text.isascii() and "\0" not in text)  # bytes with NULs may be UTF-16
    assert essence(again) == report


@given(
    st.one_of(strategies.csv_texts(), strategies.json_texts()),
    st.sampled_from(["csv", "json", "jsonl"]),
    st.sampled_from(SOUP_SCHEMAS),
    strategies.cuts(),
)
@example('sep=;\na;b\n1;"', "csv", None, [3])
def test_a_report_is_the_same_for_every_delivery(text: str, format_: Any, schema: Json, sizes: list[int]) -> None:
    assume("\0" not in text)  # bytes with NULs may be UTF-16
    data = text.encode("utf-8")
    encoding = "utf-8"
    report = validate(text, schema, format=format_)
    wanted = essence(report)
    assert report.to_json() == validate(text, schema, format=format_).to_json()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        sources: list[Any] = [io.StringIO(text, newline=""), data, bytearray(data), memoryview(data), io.BytesIO(data)]
        sources += [path, Pieces(data, sizes), Pieces(text, sizes)]
        for source in sources:
            again = validate(source, schema, format=format_, encoding=encoding)
            assert essence(again) == wanted


@given(st.one_of(strategies.csv_texts(), strategies.json_texts()), strategies.cuts())
@example(' [{"a": 1}]', [1])
def test_the_format_is_found_however_the_text_is_delivered(text: str, sizes: list[int]) -> None:
    first = text.removeprefix("\ufeff").lstrip(" \t\r\n")[:1]
    wanted = "json" if first in ("{", "[") else "csv"
    assert validate(text).source.format == wanted
    assert validate(cast(IO[str], Pieces(text, sizes))).source.format == wanted
    assume("\0" not in text)  # it may be UTF-16
    assert validate(b"\xef\xbb\xbf" + text.removeprefix("\ufeff").encode("utf-8")).source.format == wanted
    assert validate(text.encode("utf-8"), encoding="utf-8" if wanted == "csv" else None).source.format == wanted


# -- one record at a time


@given(strategies.csv_texts(), DELIMITERS, st.sampled_from(SOUP_SCHEMAS), BLANKS)
def test_iter_csv_gives_the_records_before_the_first_error(text: str, delimiter: str, schema: Json, blank: Any) -> None:
    reported: list[Finding] = []
    records: list[Json] = []
    iterator = iter_csv(text, schema, delimiter=delimiter, blank=blank, on_finding=reported.append)
    kind, _ = outcome(lambda: records.extend(iterator))
    whole = outcome(lambda: from_csv(text, schema, delimiter=delimiter, blank=blank))
    report = validate(text, schema, format="csv", delimiter=delimiter, blank=blank, cross_checks=False)
    check_iteration(records, kind, reported, whole, report)


@given(strategies.json_texts(), st.sampled_from([None, False, True]), st.sampled_from(SOUP_SCHEMAS))
def test_iter_json_gives_the_records_before_the_first_error(text: str, lines: Any, schema: Json) -> None:
    reported: list[Finding] = []
    records: list[Json] = []
    iterator = iter_json(text, schema, lines=lines, on_finding=reported.append)
    kind, _ = outcome(lambda: records.extend(iterator))
    whole = outcome(lambda: from_json(text, schema, lines=lines))
    format_: Any = "jsonl" if lines else "json"
    report = validate(text, schema, format=format_, cross_checks=False)
    check_iteration(records, kind, reported, whole, report)


def check_iteration(records: list[Json], kind: str, reported: list[Finding], whole: Any, report: Report) -> None:
    assert kind == whole[0] == ("value" if report.valid else "report")
    if report.valid:
        assert repr(records) == repr(whole[1])
        assert tuple(sorted(reported, key=order)) == report.findings
        return
    assert whole[1] == essence(report)
    failed = report.errors[0].row
    last = max(place for place, finding in enumerate(report.findings) if finding.row == failed)
    assert failed is None or len(records) < failed
    assert reported == list(report.findings if failed is None else report.findings[: last + 1])


# -- JSON


@given(
    st.lists(strategies.records(), max_size=4),
    st.sampled_from([None, *strategies.ENTITIES]),
    st.sampled_from([None, 0, 1, 2]),
    st.booleans(),
)
@example([{"a": 1e22, "b": -0.0, "c": 10**40}], None, None, False)
@example([{"a": "\n\u2028"}], "customers", 2, False)
@example([{"a": 10**4300 - 1, "b": 1 - 10**4300}], None, None, True)
def test_written_json_reads_back(records: list[Json], entity: str | None, indent: int | None, lines: bool) -> None:
    shape = {"lines": True} if lines else {"entity": entity, "indent": indent}
    text = to_json(records, **cast(Any, shape))
    assert reference.identical(from_json(text, lines=lines), records)
    assert reference.identical(from_json(text.encode("utf-8"), lines=lines), records)
    if not lines:
        assert json.loads(text) == ({entity: records} if entity else records)
        assert validate(text).source.entity == entity


@given(st.one_of(strategies.json_texts(), strategies.soups()))
@example('{"customers": []}')
@example('{"customers": [{"a": 1}], "b": 1}')
@example('[{"a": "\\ud83d\\ude00"}]')
@example('[{"a": 1e400}]')
@example('[{"a": 1}] 1')
@example('{"customers": [{"a": -0}]}]')
@example('[{"a": 1e-400}]')
@example('[{"a": 0e-400}]')
@example('[{"a": 1, "a": 1}]')
@example('[{"a": "\x7f"}]')
@example("[" * 70)
@example('[{"a":' + "[" * 63 + "]" * 63 + "}]")
@example('[{"a":' + "[" * 64 + "]" * 64 + "}]")
def test_json_holds_the_values_that_the_json_module_reads(text: str) -> None:
    wanted = reference.read_json(text)
    kind, value = outcome(lambda: from_json(text))
    if wanted is reference.UNSURE:
        return
    event("records" if wanted is not None else "refused")
    assert kind == ("report" if wanted is None else "value")
    assert wanted is None or reference.identical(value, wanted)


# -- coercion and validity


@given(strategies.schemas_with_values())
@example(({"properties": {"c": {"anyOf": [{"type": "string"}], "x-severity": "warning"}}}, {"c": "a"}))
@example(({"properties": {"a": {"type": "integer"}}}, {"a": "1.0"}))
@example(({"properties": {"a": {"type": "string", "enum": [1]}}}, {"a": 1}))
@example(({"properties": {"a": {"type": "string", "enum": [True]}}}, {"a": 1}))
@example(
    ({"properties": {"a": {"if": strategies.TEXT, "then": {"type": "integer"}, "else": strategies.TEXT}}}, {"a": "1"})
)
def test_coercion_is_idempotent(case: tuple[Json, Json]) -> None:
    schema, value = case
    once = coerce(value, schema)
    assert reference.identical(coerce(once, schema), once)


@given(strategies.accepted_records(warnings=False))
def test_a_valid_record_is_unchanged_by_coercion(case: tuple[Json, list[Json]]) -> None:
    schema, records = case
    for record in records:
        assert reference.identical(coerce(record, schema), record)
    text = json.dumps(records)
    assume("mixed-money" not in validate(text, schema).counts.by_code)  # 1.0 beside 1
    assert reference.identical(from_json(text, schema), records)


BEHIND = {"a": {"a": {"b": 19.99, "c": "٣"}}}
"""Values behind references to the root, which jsonschema alone treats differently."""

LARGE = {"a": 1e300, "b": -3e300, "c": 9e22}
"""Floats whose exact value differs from the digits that they are written with."""


@given(strategies.schemas_with_values())
@example(({"properties": {"c": {"anyOf": [{"type": "string"}], "x-severity": "warning"}}}, {"c": "a"}))
@example(({"properties": {"a": {"multipleOf": 0.1}}}, {"a": 0.3}))
@example(({"properties": {"a": {"multipleOf": 3}, "b": {"multipleOf": 7}, "c": {"multipleOf": 0.1}}}, LARGE))
@example(
    (
        {"properties": {"": {"maxLength": 0}, "0": {"maxLength": 0}, "01": {"maxLength": 0}}},
        {"": "x", "0": "x", "01": "x"},
    )
)
@example(({"properties": {"a": {"enum": []}}}, {"a": 1}))
@example(({"properties": {"a": {"type": "integer"}}, "x-empty-erases": True, "required": ["a"]}, {"a": ""}))
def test_a_record_is_valid_if_jsonschema_accepts_it(case: tuple[Json, Json]) -> None:
    schema, record = case
    coerced = coerce(record, schema)
    verdict = strategies.is_accepted(schema, coerced)
    report = validate(json.dumps([record]), schema, format="json")
    event(f"valid: {verdict}")
    assert report.valid == verdict
    assert (report.rows, report.valid_rows) == (1, int(verdict))
    if verdict:
        assert reference.identical(from_json(json.dumps([record]), schema), [coerced])


TYPED_BY_A_WARNING = {"pattern": "^[a-z]*$", "allOf": [{"type": "string", "x-severity": "warning"}]}


@given(strategies.schemas_with_values())
@example(({"properties": {"c": TYPED_BY_A_WARNING}}, {"c": 1}))
@example(
    ({"properties": {"c": {"pattern": "^a", "allOf": [{"type": "integer", "x-severity": "warning"}]}}}, {"c": "1"})
)
@example(
    (
        {"properties": {"c": {"uniqueItems": True, "items": {"x-severity": "warning", "type": "string"}}}},
        {"c": [1, "1"]},
    )
)
@example(
    (
        {"if": {"properties": {"c": {"type": "string"}}}, "then": False, "properties": {"c": TYPED_BY_A_WARNING}},
        {"c": 1},
    )
)
def test_validity_is_that_of_the_schema_with_warnings_read_as_true(case: tuple[Json, Json]) -> None:
    schema, record = case
    without = reference.without_warnings(schema)
    text = json.dumps([record])
    verdict = validate(text, without, format="json").valid
    assert validate(text, schema, format="json").valid == verdict
    assert validate([record], schema).valid == verdict if isinstance(record, dict) else True
    if verdict and isinstance(record, dict):
        coerced = from_json(text, schema)
        assert validate(json.dumps(coerced), schema, format="json").valid
        assert reference.identical(coerced, [coerce(record, schema)])
    cells = dict(reference.unnest(record)) if isinstance(record, dict) else {}
    if cells and all(isinstance(part, str) and part.isalpha() for path in cells for part in path):
        labels = [".".join(map(str, path)) for path in cells]
        rows = io.StringIO()
        csv.writer(rows).writerows([labels, cells.values()])
        assert validate(rows.getvalue(), schema).valid == validate(rows.getvalue(), without).valid


@given(strategies.schemas_with_values())
def test_a_value_becomes_valid_or_is_found_invalid(case: tuple[Json, Json]) -> None:
    schema, record = case
    before = validate(json.dumps([record]), schema, format="json")
    after = validate(json.dumps([coerce(record, schema)]), schema, format="json")
    assert before.valid == after.valid
    assert before.valid or before.errors


@needs_jsonschema_rs
@given(strategies.schemas_with_values())
@example(
    (
        {"properties": {"": {"maxLength": 0}, "0": {"maxLength": 0}, "01": {"maxLength": 0}}},
        {"": "x", "0": "x", "01": "x"},
    )
)
@example(
    ({"patternProperties": {"": {"properties": {"1": False}}}, "items": {"items": False}}, {"": {"1": 1, "+1": 1}})
)
@example(({"properties": {"a": True}, "unevaluatedProperties": False}, {"a": 1, "b": 1}))
@example(
    ({"unevaluatedProperties": False, "$ref": "#/$defs/d", "$defs": {"d": {"additionalProperties": False}}}, {"c": 0})
)
@example(({"properties": {"a": {"$ref": "#"}, "b": {"multipleOf": 0.01}, "c": {"pattern": "^\\d$"}}}, BEHIND))
@example(({"properties": {"a": {"$ref": "#"}}, "dependencies": {"b": ["d"], "c": {"required": ["d"]}}}, BEHIND))
@example(({"properties": {"a": {"multipleOf": 3}, "b": {"multipleOf": 3.0}, "c": {"multipleOf": 7}}}, LARGE))
@example(({"properties": {"a": {"multipleOf": 0.1}, "b": {"multipleOf": 7}, "c": {"multipleOf": 1}}}, LARGE))
def test_both_engines_give_the_same_violations(case: tuple[Json, Json]) -> None:
    schema, value = case
    document = Schema(schema).document
    for part in filter(None, (document, without_warnings(document))):
        slow, fast = PythonEngine(part), RustEngine(part)
        assert fast.is_valid(value) == slow.is_valid(value)
        assert fast.violations(value) == slow.violations(value)
        assert fast.is_valid(value) == (not fast.violations(value))
        for location in [("properties", name) for name in part.root.get("properties", ())]:
            assert fast.accepts(location)(value) == slow.accepts(location)(value)


@needs_jsonschema_rs
@given(BUNDLED, strategies.records(), st.booleans())
def test_both_engines_agree_about_the_bundled_schemas(entity: Entity, record: Json, named: bool) -> None:
    schema = load_schema(entity)
    if named:
        record = dict(zip(schema["properties"], record.values(), strict=False))
    document = Schema(schema).document
    for part in filter(None, (document, without_warnings(document))):
        assert RustEngine(part).violations(record) == PythonEngine(part).violations(record)


@given(BUNDLED, st.data())
def test_a_record_like_a_bundled_schema_comes_back(entity: Entity, data: st.DataObject) -> None:
    schema = load_schema(entity)
    names = data.draw(st.lists(st.sampled_from(sorted(schema["properties"])), min_size=1, max_size=6, unique=True))
    some = {**schema, "properties": {name: schema["properties"][name] for name in names}}
    record = data.draw(strategies.instances(some))
    record |= {name: "X-1" for name in ("external_id", "product_id") if name in schema["properties"]}
    assume(strategies.is_accepted(schema, record) and strategies.is_accepted(schema, reference.less_empty(record)))
    assume(not reference.is_empty(record))
    try:
        text = to_csv([record], entity)
    except NotExpressible as why:
        event(f"refused: {generic(why.reason)}")
        return
    event("written")
    assert reference.equal(from_csv(text, entity), [expected(schema, record)])


# -- reports


def collected(findings: list[Finding], rows: int, valid_rows: int) -> Report:
    collector = Collector()
    collector.add_all(findings)
    collector.rows, collector.valid_rows = rows, valid_rows
    return collector.build(SourceInfo(name="file.csv"))


@given(strategies.findings_in_order(), st.lists(st.integers(0, 400), max_size=3))
def test_reports_of_the_parts_of_a_file_merge_into_that_of_the_file(findings: list[Finding], cuts: list[int]) -> None:
    findings = sorted(findings, key=order)
    edges = [0, *sorted(min(cut, len(findings)) for cut in cuts), len(findings)]
    parts = [collected(findings[start:end], end - start, 1) for start, end in itertools.pairwise(edges)]
    whole = collected(findings, len(findings), len(parts))
    assert parts[0].merge(*parts[1:]).to_dict() == whole.to_dict()
    by_steps = parts[0]
    for part in parts[1:]:
        by_steps = by_steps.merge(part)
    assert by_steps.to_dict() == whole.to_dict()


@given(strategies.csv_texts(), st.sampled_from(SOUP_SCHEMAS), st.integers(0, 12))
def test_a_report_merges_from_its_findings(text: str, schema: Json, cut: int) -> None:
    reported: list[Finding] = []
    report = validate(text, schema, format="csv", cross_checks=False, on_finding=reported.append)
    merged = collected(reported[:cut], 0, 0).merge(collected(reported[cut:], report.rows, report.valid_rows))
    assert {**merged.to_dict(), "source": None} == {**report.to_dict(), "source": None}
    assert sum(report.counts.by_code.values()) == sum(report.counts.by_severity.values()) == len(reported)


@given(strategies.parts_of_tables(), st.sampled_from(SOUP_SCHEMAS))
@example(["a,l.0,l.1\n", "1,x,y\n2,,y\n", '"x\r\ny",,\n,,\n\n', "z,,y\n"], SOUP_SCHEMAS[2])
@example(["a\n", '""\n\n', "x\n"], "customers")
def test_reports_of_the_parts_of_a_table_merge_into_that_of_the_table(parts: list[str], schema: Json) -> None:
    """Each part is read alone, with the header; then its rows and lines are numbered on from the parts before."""
    header, *bodies = parts
    more: Any = {"format": "csv", "delimiter": ",", "cross_checks": False}
    reported: list[Finding] = []
    whole = validate("".join(parts), schema, on_finding=reported.append, **more)
    assume(not any(finding.row is None and finding.severity == "error" for finding in whole.findings))
    rows = lines = 0
    reports = [collected([finding for finding in reported if finding.row is None], 0, 0)]
    for body in bodies:
        found: list[Finding] = []
        report = validate(header + body, schema, on_finding=found.append, **more)
        moved = [replace(one, row=one.row + rows, line=(one.line or 0) + lines) for one in found if one.row is not None]
        reports.append(collected(moved, report.rows, report.valid_rows))
        rows += len(reference.parse_csv(body, ",")[0])
        lines += body.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    merged = reports[0].merge(*reports[1:])
    assert {**merged.to_dict(), "source": None} == {**whole.to_dict(), "source": None}
    assert str(replace(merged, source=whole.source)) == str(whole)


ANSWERS = """
import json, sys
import custobar_formats as c
for line in sys.stdin:
    text, schema, format_, records = json.loads(line)
    report = c.validate(text, schema, format=format_)
    reported = [report.to_json(), str(report)]
    try:
        reported.append(c.to_csv(records, schema))
    except c.NotExpressible as error:
        reported.append(str(error))
    print(json.dumps(reported), flush=True)
"""
"""For each line of its input, prints results that must be the same in every process."""

Ask = Callable[[Json], str]


@pytest.fixture(scope="module")
def differently_hashed() -> Iterator[list[Ask]]:
    """Two processes with different hash seeds, which get the same questions."""

    def ask(process: subprocess.Popen[str], question: Json) -> str:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(question) + "\n")
        process.stdin.flush()
        return process.stdout.readline()

    folder = str(Path(custobar_formats.__file__).parent.parent)
    with ExitStack() as stack:
        asks: list[Ask] = []
        for seed in ("1", "2"):
            process = subprocess.Popen(
                [sys.executable, "-c", ANSWERS],
                env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": folder, "PYTHONIOENCODING": "utf-8"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
            asks.append(partial(ask, stack.enter_context(process)))
        yield asks


@pytest.mark.slow
@given(strategies.schemas_with_values(), strategies.csv_texts(), st.lists(strategies.records(), max_size=3))
@example(({"properties": {"e-mail": {}, "Email": {}, "e_mail": {}, "eMail ": {}}}, {"email": 1}), "a,b\n1\n", [{}])
def test_a_report_is_the_same_under_every_hash_seed(
    differently_hashed: list[Ask], case: tuple[Json, Json], text: str, records: list[Json]
) -> None:
    schema, record = case
    near = ",".join(dict.fromkeys(f"{name.swapcase()}_" for name in schema["properties"]))
    for question in [
        [f"{near}\nx\n", schema, "csv", []],
        [json.dumps([record, *records]), schema, "json", [record, *records]],
        [text, schema, "csv", [record, record]],
        [text, "customers", "csv", records],
    ]:
        one, other = [ask(question) for ask in differently_hashed]
        assert one == other != ""


HASHED = """
import sys
import custobar_formats as c
schema = {
    "type": "object",
    "properties": {
        "a": {"anyOf": [{"type": "integer"}, {"enum": ["x", "y", "z"]}], "oneOf": [{"minimum": 1}, {"type": "null"}]},
        "b.c": {"type": ["integer", "boolean", "null"]}, "b": {"properties": {"c": {"type": "integer"}}},
        "Email": {"type": "string"}, "e-mail": {"type": "string"},
    },
    "patternProperties": {"^a": {"not": {"const": "q"}}, "a$": {"type": "integer"}},
    "required": ["k1", "k2", "k3"], "dependentRequired": {"a": ["k4", "k5"], "b.c": ["k6"]},
    "unevaluatedProperties": {"type": "string", "maxLength": 1},
}
rows = "".join(f"{i % 7},{'xq'[i % 2]},yes,v{i},{i}.5\\n" for i in range(150))
text = "a,b.c,email,EMAIL,l.0\\n" + rows + 'x,1,"unclosed'
for report in [
    c.validate(text, schema),
    c.validate("external_id,emial,mailing_lists,tags,can_email\\n" + "1,x,\\"a, b\\",q,yes\\n" * 3, "customers"),
    c.validate("external_id,sale_external_id,sale_currency\\n1,2,x\\n1,2,\\n2,3,\\n", "sales"),
    c.validate('{"sales": [{"a": 1, "b": {"c": [1, 2]}}, {"a": 1, "a": 2}, {"external_id": 5}, NaN]}', "sales"),
    c.validate(b"n\\xe4me;b\\n\\x80;\\xc3\\xa4\\n"),
]:
    sys.stdout.buffer.write((report.to_json(indent=1) + str(report)).encode())
sys.stdout.buffer.write(c.to_csv([{"b": {"y": 1, "x": 2}, "a": [1, 2]}, {"z": 1, "b": {"w": 1}}]).encode())
for data in ([{"a": {1, 2, 3}}], [{"a": [""]}]):
    try:
        c.to_csv(data)
    except c.NotExpressible as error:
        sys.stdout.buffer.write(str(error).encode())
"""


@pytest.mark.slow
def test_no_hash_order_reaches_a_report() -> None:
    folder = Path(custobar_formats.__file__).parent.parent
    outputs = [
        subprocess.run(
            [sys.executable, "-c", HASHED],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(folder)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    ]
    assert len(set(outputs)) == 1
    assert len(outputs[0]) > 1000


def test_a_delimiter_is_a_str_that_shows_why() -> None:
    found = infer_delimiter("a;b\n1;2\n")
    assert isinstance(found, Delimiter)
    assert set(found.scores) == set(strategies.DELIMITERS)
