"""Public functions return a result or raise what their docstrings name, also for hostile input.

The functions get arbitrary input; any other exception is a bug and fails the test.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import custobar_formats
from custobar_formats import (
    InvalidData,
    NotExpressible,
    Report,
    SchemaError,
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
    write_json,
)
from tests.laws import strategies
from tests.optional import HAS_JSONSCHEMA_RS, needs_jsonschema_rs
from tests.parameters import slow_if
from tests.processes import PATIENCE
from tests.robustness.contract import allowing, check_report, check_schema

Json = Any

SCHEMAS = st.sampled_from([None, *strategies.ENTITIES])
SOURCES = st.one_of(strategies.soups(), strategies.byte_soups())
FORMATS = st.sampled_from([None, "csv", "json", "jsonl"])


# -- reading


@given(SOURCES, SCHEMAS, st.sampled_from(["omit", "erase", "null"]), st.sampled_from(["error", "close"]))
@example("a\n\ud800", None, "omit", "error")
@example("\ud800\n1", "customers", "omit", "error")
@example(b"", "sales", "omit", "error")
def test_from_csv_raises_invalid_data_only(source: Any, schema: Any, blank: Any, list_gaps: Any) -> None:
    allowing(lambda: from_csv(source, schema, blank=blank, list_gaps=list_gaps), InvalidData)


@given(SOURCES, SCHEMAS)
def test_iter_csv_raises_invalid_data_only(source: Any, schema: Any) -> None:
    allowing(lambda: list(iter_csv(source, schema)), InvalidData)


@given(SOURCES, SCHEMAS, st.sampled_from([None, True, False]))
@example('{"products": [{"a": 1}, {"a"', None, None)
@example("[" * 100_000, None, None)
@example('{"a":' * 100_000, None, True)
def test_from_json_raises_invalid_data_only(source: Any, schema: Any, lines: Any) -> None:
    allowing(lambda: from_json(source, schema, lines=lines), InvalidData)


@given(SOURCES, SCHEMAS, st.sampled_from([None, True, False]))
def test_iter_json_raises_invalid_data_only(source: Any, schema: Any, lines: Any) -> None:
    allowing(lambda: list(iter_json(source, schema, lines=lines)), InvalidData)


@given(SOURCES, SCHEMAS, FORMATS)
@example("[\ud800]", "customers", None)
@example(b'[{"a": "\xff"}]', None, None)
def test_validate_raises_nothing(source: Any, schema: Any, format_: Any) -> None:
    reported: list[Any] = []
    report = validate(source, schema, format=format_, on_finding=reported.append)
    check_report(report)
    assert sum(report.counts.by_code.values()) == len(reported)


@given(SOURCES, st.one_of(st.sampled_from(["utf-8", "UTF16", "latin-1", "cp1252", "rot13", "hex"]), strategies.texts()))
@example(b"x", "idna")
@example(b"x", "undefined")
@example(b"x", "\ud800")
@example(b"x", "a" * 100_000)
def test_a_declared_charset_reads_or_is_refused(source: Any, encoding: str) -> None:
    allowing(lambda: from_csv(source, encoding=encoding), InvalidData, UsageError)


@given(
    strategies.byte_soups(),
    st.one_of(strategies.texts(max_size=8, surrogates=True), st.just("text/csv; charset=utf-8; header=present")),
    st.one_of(st.none(), strategies.texts(surrogates=True), st.sampled_from(["json", "utf-8"])),
    st.one_of(st.none(), strategies.texts(max_size=2, surrogates=True)),
)
@example(b"a", 'text/csv; charset="', None, None)
@example(b"a", "text/csv; charset*=utf-8''utf%2D8", None, None)
@example(b"a", "text/csv; charset*=x''%ff", None, None)
@example(b"a", "text/csv; charset*0=ut; charset*1=f-8", None, None)
@example(b"a", "/" * 1000, None, None)
@example(b"a", "text/csv; charset=\ud800", None, None)
def test_options_work_or_are_misuse(data: bytes, content_type: str, encoding: Any, delimiter: Any) -> None:
    allowing(lambda: validate(data, content_type=content_type, encoding=encoding, delimiter=delimiter), UsageError)


@given(SOURCES)
def test_infer_delimiter_raises_invalid_data_only(source: Any) -> None:
    allowing(lambda: infer_delimiter(source), InvalidData)


@given(strategies.byte_soups(), st.sampled_from([None, "utf-8", "utf-16", "utf-16-be", "latin-1", "windows-1252"]))
def test_decode_raises_invalid_data_only(data: bytes, charset: Any) -> None:
    allowing(lambda: decode(data, charset), InvalidData)


# -- one record

LABELS = st.one_of(st.sampled_from(strategies.HEADERS).map(lambda text: text.split(",")[0]), strategies.keys())


@given(
    st.dictionaries(
        st.one_of(LABELS, strategies.texts(surrogates=True), st.sampled_from([1, None, ("a",), b"a"])),
        st.one_of(strategies.scalars(), strategies.texts(surrogates=True), strategies.python_values()),
        max_size=3,
    ),
    SCHEMAS,
)
@example({"": "x"}, None)
@example({}, "customers")
@example({"s.5000000": "x", "s.0": "y"}, None)
def test_unflatten_raises_invalid_data_or_usage_error(mapping: Any, schema: Any) -> None:
    allowed = [InvalidData] if all(isinstance(text, str) for pair in mapping.items() for text in pair) else [UsageError]
    allowing(lambda: unflatten(mapping, schema), *allowed)


@given(strategies.python_values(), SCHEMAS)
@example({"a": {1}}, None)
def test_flatten_raises_not_expressible_only(value: Any, schema: Any) -> None:
    allowing(lambda: flatten(value, schema), NotExpressible)


@given(strategies.python_values(), st.one_of(SCHEMAS, strategies.schemas()))
def test_coerce_raises_usage_error_only(value: Any, schema: Any) -> None:
    allowing(lambda: coerce(value, schema), UsageError)


# -- writing


@given(st.lists(strategies.python_values(), max_size=3), st.one_of(SCHEMAS, strategies.schemas()))
def test_to_csv_raises_not_expressible_only(values: Any, schema: Any) -> None:
    allowing(lambda: to_csv(values, schema), NotExpressible)
    allowing(lambda: to_csv([{"a": value} for value in values], schema), NotExpressible)


@given(
    strategies.record_lists(),
    st.one_of(st.none(), st.lists(st.one_of(strategies.keys(), strategies.texts(surrogates=True)), max_size=4)),
    st.sampled_from(["blank", "error", "split", "x"]),
    st.one_of(st.sampled_from([",", "tab", ":"]), strategies.texts(max_size=2)),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-16", "latin-1", "windows-1252", "koi8-r"]),
)
def test_encode_csv_writes_refuses_or_is_misused(
    records: Any, columns: Any, missing: Any, delimiter: str, line_end: str, encoding: str
) -> None:
    def call() -> bytes:
        return encode_csv(
            records, columns=columns, missing=missing, delimiter=delimiter, line_end=line_end, encoding=encoding
        )

    allowing(call, NotExpressible, UsageError)


@given(
    st.lists(strategies.python_values(), max_size=3),
    st.sampled_from([None, *strategies.ENTITIES]),
    st.sampled_from([None, 0, 2]),
    st.booleans(),
)
def test_to_json_raises_not_expressible_only(values: Any, entity: Any, indent: Any, lines: bool) -> None:
    shape: Any = {"lines": True} if lines else {"entity": entity, "indent": indent}
    allowing(lambda: to_json(values, **shape), NotExpressible)
    text = allowing(lambda: to_json([{"a": value} for value in values], **shape), NotExpressible)
    if text is not None:
        from_json(text, lines=lines)


@given(st.lists(strategies.python_values(), max_size=2))
def test_what_is_refused_leaves_no_file(values: Any) -> None:
    stream = io.BytesIO()
    allowing(lambda: write_csv([{"a": value} for value in values], stream), NotExpressible)
    allowing(lambda: write_json([{"a": value} for value in values], stream), NotExpressible)


# -- schemas


@given(
    st.one_of(strategies.texts(surrogates=True), st.sampled_from([None, 5, b"sales"])),
    st.one_of(st.none(), st.just({})),
)
@example("types", None)
@example("../customers", None)
@example("sales/", None)
@example("no-such-folder/sales", None)
def test_load_schema_raises_usage_error_only(entity: Any, fields: Any) -> None:
    allowing(lambda: load_schema(entity, fields=fields), UsageError)


@given(
    st.dictionaries(
        st.one_of(strategies.keys(), strategies.texts(surrogates=True)),
        st.one_of(st.sampled_from(["money", "set", "no-such"]), strategies.texts(), strategies.schema_soups()),
        max_size=2,
    )
)
def test_company_fields_extend_a_schema_or_are_refused(fields: Any) -> None:
    schema = allowing(lambda: load_schema("customers", fields=fields), UsageError)
    if schema is not None:
        allowing(lambda: from_csv("external_id,acme__size\nC1,5\n", schema), SchemaError, InvalidData)


META_SCHEMA = "https://json-schema.org/draft/2020-12/schema"


@given(
    st.one_of(
        strategies.schema_soups(),
        strategies.nearly_schemas(),
        st.builds(lambda p: {"pattern": p}, strategies.regexes()),
    )
)
@example({"properties": {"a": {"pattern": "\\p{L}"}}})
@example({"properties": {"a": {"pattern": "\\p{Lu}{2}"}}})
@example({"patternProperties": {"\\p{L}": {"type": "integer"}}})
@example({"$ref": "#"})
@example({"$id": "#"})
@example({"$id": "http://["})
@example({"$dynamicRef": "#a", "$dynamicAnchor": "a"})
@example({"properties": {"$defs": {"type": "integer"}, "$ref": {"type": "integer"}}})
@example({"x-severity": "warning", "type": "string"})
@example({"enum": [10**400]})
@example({"minimum": 10**400, "maximum": -(10**5000)})
@example({"properties": {"a": {"multipleOf": 1e-320}}})
@example({"properties": {"a": {"pattern": "a{99999999999}"}}})
@example({"properties": {"a": {"minLength": 1e300}}})
@example({"properties": {"a": {"$ref": "#/properties/a/const", "const": {"type": "integer"}}}})
@example({"$schema": "http://json-schema.org/draft-07/schema#", "items": [{}]})
@example({"$schema": "https://example.com/other"})
@example({"$schema": "#", "properties": {"a": {"anyOf": [{"type": "string"}]}}})
@example({"$ref": "#", "properties": {"b": {"propertyNames": {"minLength": 1}}}})
@example({"allOf": [{"properties": {"a": {"if": {"$ref": "#/allOf/0/properties/a"}}}}]})
@example({"properties": {"a": {"x-severity": "warning", "$dynamicRef": META_SCHEMA}}})
@example({"properties": {"a": {"$dynamicRef": META_SCHEMA}}})
@example({"properties": {"a": {"$ref": META_SCHEMA}}})
@example({"x-entity": ["customers"]})
@example({"x-entity": "nobody", "x-custobar-type": 5})
@example({"properties": {"a": {"x-custobar-type": {}, "type": "integer"}, "b": {"x-code": []}}})
@example({"properties": {"a": {"type": "integer", "description": 5, "x-severity": "warning"}}})
def test_a_schema_works_or_is_refused(schema: Json) -> None:
    check_schema(schema)


@given(strategies.python_values())
@example(5)
@example(b"customers")
@example("no such schema")
@example("no-such.json")
@example("\0.json")
@example(True)
@example(False)
def test_what_is_no_schema_is_misuse(schema: Any) -> None:
    try:
        allowing(lambda: validate("a\n1\n", schema), UsageError)
    except OSError:
        assert isinstance(schema, (str, os.PathLike))


@pytest.mark.parametrize("source", [5, None, object(), ["a"], {"a": 1}, 1.5])
def test_what_is_no_source_is_misuse(source: Any) -> None:
    for function in (from_csv, from_json, validate):
        of_records = function is validate and isinstance(source, list)
        with pytest.raises(NotExpressible if of_records else UsageError):
            cast(Any, function)(source)


@pytest.mark.parametrize("options", [{"blank": "x"}, {"list_gaps": "x"}, {"delimiter": ":"}, {"encoding": "koi8-r"}])
def test_options_are_checked_at_the_call(options: Any) -> None:
    with pytest.raises(UsageError):
        iter_csv("a\n1\n", **options)


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    for function in (from_csv, from_json, validate):
        with pytest.raises(OSError, match="missing"):
            function(tmp_path / "missing.csv")


@pytest.mark.parametrize("name", ["\0", "\ud800", "x" * 5_000, "."])
def test_a_path_that_no_file_can_have_is_an_os_error_or_misuse(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    calls: list[Callable[[], Any]] = [lambda: from_csv(path), lambda: from_json(path), lambda: validate(path)]
    calls += [lambda: write_csv([{"a": 1}], path), lambda: write_json([{"a": 1}], path)]
    calls += [lambda: write_csv([{"a": 1}], path, missing="split")] if name != "." else []
    for call in calls:
        with pytest.raises((OSError, UsageError)):
            call()
    assert list(tmp_path.iterdir()) == []


# -- hostile sizes: each ends soon, with a finding or a refusal

DEEP: Any = 5
for _ in range(100_000):
    DEEP = [DEEP]

HOSTILE_CSV: dict[str, tuple[str, str]] = {
    "an index far out": ("s.0,s.5000000\n1,2\n", "index-gap"),
    "an index of a million digits": ("s.0,s." + "1" * 1_000_000 + "\n1,2\n", "oversized-cell"),
    "an index of a hundred thousand digits": ("s.0,s." + "1" * 100_000 + "\n1,2\n", "index-gap"),
    "five thousand dots": ("." * 5_000 + "\n1\n", "too-deep"),
    "five thousand parts": (".".join(["a"] * 5_000) + "\n1\n", "too-deep"),
    "too many columns": (",".join(map(str, range(10_001))) + "\n", "too-wide"),
    "far too many columns": (",".join(map(str, range(20_000))) + "\n", "too-wide"),
    "a flood of quotes": ("a\n" + '"' * 200_001, "unclosed-quote"),
    "a flood of pairs of quotes": ("a,b\n" + '"' * 200_000 + "\n", "missing-cell"),
    "a flood of quoted breaks": ('a\n"' + "\r\n" * 60_000, "unclosed-quote"),
    "a label of a megabyte": ("a" * 1_000_000 + "\n1\n", "oversized-cell"),
    "a million columns": ("a," * 999_999 + "a\n1\n", "too-wide"),
    "a million quoted columns": ('"a",' * 999_999 + '"a"\n1\n', "too-wide"),
    "a million quoted breaks for columns": ('"\n",' * 100_000 + "a\n1\n", "too-wide"),
    "a row of a million cells": ("a\n" + "x," * 1_000_000 + "\nx\n", "extra-cell"),
    "a row of a million blank cells": ("a\nx" + "," * 1_000_000 + "\nx\n", "extra-cell"),
    "labels that conflict": (",".join(f"a.{n}" for n in range(5_000)) + ",a\n", "path-conflict"),
    "the same label again and again": (",".join(["a"] * 9_000) + "\n", "duplicate-label"),
    "labels that differ by case": (
        ",".join("aA"[n >> b & 1] for b in range(1) for n in range(2)) + "\n",
        "similar-label",
    ),
    "nothing but delimiters": ("a\n" + "," * 100_000 + "x\n", "extra-cell"),
    "nothing but blank lines": ("a\n" + "\n" * 200_000 + "x,y\n", "extra-cell"),
}


LONGEST_CSV = {"labels that conflict", "a row of a million cells", "a row of a million blank cells"}
"""With a schema, these run only among the slow tests."""


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        *((None, name) for name in HOSTILE_CSV),
        *(("customers", name) for name in HOSTILE_CSV if name not in LONGEST_CSV),
        *(pytest.param("customers", name, marks=pytest.mark.slow) for name in sorted(LONGEST_CSV)),
        *(pytest.param("products", name, marks=pytest.mark.slow) for name in HOSTILE_CSV),
    ],
)
def test_a_hostile_csv_text_becomes_a_finding(name: str, schema: Any) -> None:
    text, code = HOSTILE_CSV[name]
    report = validate(text, schema, format="csv", delimiter=",")
    check_report(report)
    assert code in report.counts.by_code
    check_report(validate(text.encode("utf-8"), schema, format="csv"))


@pytest.mark.parametrize("word", ["x" * 100_000, "ä" * 100_000, "xä" * 50_000, "Œ" * 100_000, "x‘" * 50_000])
def test_a_long_word_that_is_not_utf_8_takes_linear_time(word: str) -> None:
    report = validate(f"name\n{word}\nK\xe4thy\n".encode("cp1252"))
    assert report.valid
    assert {"guessed-charset", "windows-1252"} & set(report.counts.by_code)


@pytest.mark.parametrize("half", [1_000, pytest.param(5_000, marks=pytest.mark.slow)])
def test_ten_thousand_columns_are_read(half: int) -> None:
    labels = [f"l.{n}.k" for n in range(half)] + [f"o.k{n}" for n in range(half)]
    (record,) = from_csv(",".join(labels) + "\n" + ",".join(["1"] * 2 * half) + "\n")
    assert (len(record["l"]), len(record["o"])) == (half, half)
    assert from_csv(to_csv([record])) == [record]


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_ten_thousand_unknown_labels_are_looked_at(count: int) -> None:
    report = validate(",".join(f"emial{n}" for n in range(count)) + "\n", "customers", delimiter=",")
    assert report.counts.by_code["unknown-label"] == count


HOSTILE_JSON: dict[str, tuple[str, str]] = {
    "a hundred thousand lists": ("[" * 100_000, "invalid-json"),
    "a hundred thousand lists that end": ("[" * 100_000 + "]" * 100_000, "too-deep"),
    "a million lists": ("[" * 1_000_000, "invalid-json"),
    "a million lists that end": ("[" * 1_000_000 + "]" * 1_000_000, "invalid-json"),
    "a million lists in a record": ('[{"a":' + "[" * 1_000_000 + "]" * 1_000_000 + "}]", "invalid-json"),
    "a flood of escapes": ('[{"a":1,"a":"' + "\\n" * 100_000 + '"}]', "duplicate-key"),
    "a flood of escapes in a key": ('[{"' + "\\n" * 100_000 + '":1,"a":NaN}]', "not-a-number"),
    "a hundred thousand objects": ('[{"a":' * 100_000, "invalid-json"),
    "a record of a hundred thousand levels": ('[{"a":' + "[" * 100_000 + "]" * 100_000 + "}]", "too-deep"),
    "an integer of a million digits": ('[{"a":' + "1" * 1_000_000 + "}]", "number-too-long"),
    "a fraction of a million digits": ('[{"a":0.' + "1" * 1_000_000 + "e-400}]", "number-too-long"),
    "an exponent of a million digits": ('[{"a":1e' + "1" * 1_000_000 + "}]", "number-too-long"),
    "a string of backslashes": ('[{"a":"' + "\\" * 200_001, "invalid-json"),
    "a string of halves": ('[{"a":"' + "\\ud800" * 50_000 + '"}]', "lone-surrogate"),
    "a hundred thousand commas": ("[" + "," * 100_000, "invalid-json"),
    "nothing but white space": (" \r" * 500_000, "invalid-json"),
    "a key again and again": ("[{" + ",".join(['"a":1'] * 50_000) + "}]", "duplicate-key"),
}


LONGEST_JSON = {"a hundred thousand objects", "a million lists that end", "a million lists in a record"}


@pytest.mark.parametrize("name", slow_if(LONGEST_JSON, HOSTILE_JSON))
@pytest.mark.parametrize("format_", ["json", pytest.param("jsonl", marks=pytest.mark.slow)])
def test_a_hostile_json_text_becomes_a_finding(name: str, format_: Any) -> None:
    text, code = HOSTILE_JSON[name]
    report = validate(text, "customers", format=format_)
    check_report(report)
    assert code in report.counts.by_code if format_ == "json" else report.rows in (0, 1)


class Stream:
    """A stream of some text, followed by one piece of text repeated up to a gigabyte, or up to ``size``."""

    def __init__(self, start: str, piece: str, size: int = 1_000_000_000) -> None:
        self._start, self._piece, self._left = start, piece, size
        self.taken = 0

    def read(self, size: int = -1) -> str:
        if not size:
            return ""
        text, self._start = self._start, ""
        if not text:
            count = min(size, self._left)
            text = (self._piece * (count // len(self._piece) + 1))[:count]
            self._left -= count
        self.taken += len(text)
        return text


ENDLESS: dict[str, tuple[str, str, str, str, tuple[int, int | None]]] = {
    "a header of one cell": ("", "x", "csv", "oversized-cell", (1, 1)),
    "a row of one cell": ("a,b\n1,2\n1,", "x", "csv", "oversized-cell", (3, 2)),
    "a row of one cell with quotes in it": ("a,b\n1,x", '"', "csv", "oversized-cell", (2, 2)),
    "a header of blank cells": ("", ",", "csv", "too-wide", (1, None)),
    "a header of quoted cells": ("", '"x",', "csv", "too-wide", (1, None)),
    "a header of quoted breaks": ("", '"\n",', "csv", "too-wide", (1, None)),
    "a row of blank cells": ("a,b\n", ",", "csv", "extra-cell", (2, 200_001)),
    "a row of short cells": ("a,b\n1,2\n", "x,", "csv", "extra-cell", (3, 200_001)),
    "a row of quoted cells": ("a,b\n", '"x",', "csv", "extra-cell", (2, 200_001)),
    "a row of quoted breaks": ("a,b\n", '"\n",', "csv", "extra-cell", (2, 200_001)),
    "a text behind a quote": ('a,b\n1,"x"y', "z", "csv", "stray-quote", (2, 2)),
    "lists in lists": ("", "[", "json", "invalid-json", (1, 200_003)),
    "lists in a line": ("x", "[", "json", "invalid-json", (1, 1)),
}
"""The start of a stream, the piece that it repeats without end, its format, and the finding with its place."""


@pytest.mark.parametrize("name", slow_if(("a row of quoted breaks", "a row of short cells", "lists in lists"), ENDLESS))
def test_a_stream_without_an_end_is_not_read_to_its_end(name: str) -> None:
    start, piece, format_, code, where = ENDLESS[name]
    stream = Stream(start, piece)
    report = validate(cast(Any, stream), format=cast(Any, format_), delimiter="," if format_ == "csv" else None)
    assert [(finding.code, (finding.line, finding.column)) for finding in report.errors] == [(code, where)]
    assert stream.taken < 2_000_000


LONG_LINES = ["1," + "x" * 270_000, '1,"' + "x" * 270_000, "1," * 250_000]


@pytest.mark.parametrize("line", slow_if(LONG_LINES[2:], LONG_LINES))
def test_what_ends_a_line_that_is_too_long_does_not_depend_on_how_it_comes(line: str) -> None:
    """Not even if half of a surrogate pair follows, which alone would end the reading."""
    text = f"a,b\n{line}\ud800"
    reports = set()
    for size in (1_000, 60_000, 100_003, 10_000_000):
        chunks = (text[start : start + size] for start in range(0, len(text), size))
        stream = SimpleNamespace(read=lambda wanted, chunks=chunks: next(chunks, "") if wanted else "")
        reports.add(str(validate(cast(Any, stream), format="csv", delimiter=",")))
    assert len(reports) == 1
    assert "surrogate" not in reports.pop()


def peak_of(stream: Stream, format_: Any) -> tuple[Report, int]:
    """The report of a stream, and its peak memory in bytes."""
    validate("[]" if format_ != "csv" else "a\n1\n", format=format_)  # imports what it needs
    tracemalloc.start()
    try:
        report = validate(cast(Any, stream), format=format_, delimiter="," if format_ == "csv" else None)
        return report, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


LONG: dict[str, tuple[str, str, str, str, int]] = {
    "a quoted cell": ('a,b\n1,"', "x", "csv", "unclosed-quote", 6),
    "a quoted cell of quotes": ('a,b\n1,"', '"', "csv", "unclosed-quote", 24),
    "a quoted cell of breaks": ('a,b\n1,"', "\n", "csv", "unclosed-quote", 16),
    "a row of long cells": ("a,b\n", "x" * 60_000 + ",", "csv", "extra-cell", 16),
    "text in a list": ('[{"a":"', "x", "json", "invalid-json", 6),
    "escapes in a list": ('[{"a":"', "\\n", "json", "invalid-json", 6),
    "digits in a list": ('[{"a":', "1", "json", "invalid-json", 6),
    "digits behind a point in a list": ('[{"a":0.', "1", "json", "invalid-json", 6),
    "white space in a list": ("[", " ", "json", "invalid-json", 1),
    "text in a line": ('{"a":"', "x", "jsonl", "invalid-json", 12),
    "digits in a line": ('{"a":', "1", "jsonl", "invalid-json", 12),
    "white space in a line": ("", " ", "jsonl", "no-records", 12),
}
"""Texts that must be read to their end, with the bytes of memory allowed for each character."""


@pytest.mark.slow
@pytest.mark.parametrize("name", LONG)
def test_what_is_read_to_its_end_needs_memory_in_proportion(name: str) -> None:
    start, piece, format_, code, multiple = LONG[name]
    size = 1_000_000
    report, peak = peak_of(Stream(start, piece, size), format_)
    assert list(report.counts.by_code) == ([code] if code else [])
    assert peak < multiple * size


@pytest.mark.parametrize("schema", [None, "customers"])
@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"a": "1", "\udeff": "1"}, "lone-surrogate"),
        ({"a": "1", "b": "x\udeff"}, "lone-surrogate"),
        ({"a": "1", "b": "x" * 131_073}, "oversized-cell"),
        ({"a": "1", "b" * 131_073: "x"}, "oversized-cell"),
    ],
)
def test_what_no_file_can_hold_is_not_unflattened(mapping: dict[str, str], code: str, schema: Any) -> None:
    with pytest.raises(InvalidData) as caught:
        unflatten(mapping, schema)
    assert [(finding.code, finding.column) for finding in caught.value.report.errors] == [(code, 2)]


@pytest.mark.parametrize(
    "schema", [{"properties": {"a": {"type": "integer"}}}, {"properties": {"a": {"type": "number"}}}]
)
@pytest.mark.parametrize("text", ["1" * 4_301, "1" * 131_072, "-" + "9" * 100_000, "1e" + "9" * 100_000])
def test_numbers_of_many_digits_are_findings(schema: Json, text: str) -> None:
    for report in (validate(f"a\n{text}\n", schema), validate(json.dumps([{"a": text}]), schema)):
        check_report(report)
        assert not report.valid
    assert coerce({"a": text}, schema) == {"a": text}


def test_a_number_of_a_million_digits_is_refused_when_writing() -> None:
    for value in (10**1_000_000, -(10**1_000_000)):
        for function in (to_csv, to_json):
            with pytest.raises(NotExpressible):
                cast(Any, function)([{"a": value}])


@pytest.mark.parametrize("value", [DEEP, {"a": DEEP}], ids=["a list", "a record"])
def test_a_deep_value_is_refused_when_writing(value: Any) -> None:
    for function in (to_csv, to_json, flatten):
        with pytest.raises(NotExpressible):
            cast(Any, function)([value] if function is not flatten else value)
    with pytest.raises(UsageError):
        coerce(
            value, {"items": {"$ref": "#"}, "properties": {"a": {"$ref": "#"}}, "type": ["array", "integer", "object"]}
        )


def nested(levels: int, *keywords: str) -> str:
    """A schema of so many levels, as JSON text."""
    opening = "".join(f'{{"{keyword}":' for keyword in keywords)
    return opening * levels + "true" + "}" * len(keywords) * levels


BACKTRACKS = "a pattern that backtracks"
"""Without jsonschema-rs it may take forever, as docs/validation.md says."""

HOSTILE_SCHEMAS: dict[str, str] = {
    "many levels of properties": nested(1_000, "properties", "a"),
    "many levels of not": nested(200, "not"),
    "far too many levels of not": nested(100_000, "not"),
    "many levels of lists": '{"allOf":[' * 5_000 + "true" + "]}" * 5_000,
    "a deep constant": '{"properties": {"a": {"const":' + "[" * 400 + "1" + "]" * 400 + "}}}",
    "a very deep constant": '{"properties": {"a": {"const":' + "[" * 50_000 + "1" + "]" * 50_000 + "}}}",
    "a deep unknown keyword": '{"x-anything":' + "[" * 500 + "1" + "]" * 500 + "}",
    "itself": '{"$ref": "#"}',
    "itself among all": '{"allOf": [{"$ref": "#"}]}',
    "itself among any": '{"anyOf": [{"type": "object"}, {"$ref": "#"}]}',
    "itself denied": '{"not": {"$ref": "#"}}',
    "itself on a condition": '{"if": {"$ref": "#"}, "then": true}',
    "itself by a dynamic reference": '{"$dynamicRef": "#"}',
    "itself by a dynamic reference from within": json.dumps(
        {
            "$dynamicAnchor": "n",
            "$ref": "inner",
            "$defs": {"inner": {"$id": "inner", "$dynamicRef": "#n", "$defs": {"n": {"$dynamicAnchor": "n"}}}},
        }
    ),
    "each other": '{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}',
    "itself below any": '{"items": {"$ref": "#/$defs/a"}, "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}}',
    "itself denied below": '{"items": {"$ref": "#/$defs/b"}, "$defs": {"b": {"not": {"$ref": "#/$defs/b"}}}}',
    "itself by a dependency": '{"dependentSchemas": {"a": {"$ref": "#"}}}',
    "itself by a dependency of old": '{"dependencies": {"a": {"$ref": "#"}}}',
    "its items": '{"properties": {"a": {"$ref": "#"}}, "items": {"$ref": "#"}, "additionalProperties": {"$ref": "#"}}',
    "a wide union": json.dumps({"properties": {"a": {"anyOf": [{"const": n} for n in range(500)]}}}),
    "many names": json.dumps({"properties": {f"a.{n}": {"type": "integer"} for n in range(5_000)}}),
    "a chain of references": json.dumps(
        {"$ref": "#/$defs/0", "$defs": {str(n): {"$ref": f"#/$defs/{n + 1}"} for n in range(500)} | {"500": {}}}
    ),
    "references that double": json.dumps(
        {
            "properties": {"a": {"$ref": "#/$defs/0"}},
            "$defs": {str(n): {"anyOf": [{"$ref": f"#/$defs/{n + 1}"}] * 2} for n in range(12)}
            | {"12": {"type": "integer"}},
        }
    ),
    BACKTRACKS: json.dumps({"properties": {"a": {"pattern": "^(A+)+$"}, "b": {"pattern": "^(a|a)*$"}}}),
}

HOSTILE_RUN = """
import json, sys
import custobar_formats as c

def outcome(form):
    try:
        c.coerce({"a": "1"}, form)
    except c.UsageError as error:
        assert str(error)
        return "refused"
    for record in [{"a": "1"}, {"a": {"a": ["x"]}}, {"a": "a" * 60 + "!", "b": "a" * 60 + "!"}]:
        c.coerce(record, form)
        c.validate(json.dumps([record]), form).to_json()
        try:
            c.to_csv([record], form)
        except c.NotExpressible:
            pass
    c.validate("a,b.a.0,a.1\\n1,x,y\\n", form)
    return "taken"

for path in sys.argv[1:]:
    try:
        schema = json.loads(open(path, encoding="utf-8").read())
    except RecursionError:
        schema = None
    for form in [path] + ([schema] if schema is not None else []):
        print(path, end="\\t", flush=True)
        print(outcome(form))
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What becomes of each schema, from its file and as a value; in a separate process, which a crash may end."""
    folder = tmp_path_factory.mktemp("schemas")
    names = [name for name in HOSTILE_SCHEMAS if name != BACKTRACKS or HAS_JSONSCHEMA_RS]
    for name in names:
        (folder / f"{name}.json").write_text(HOSTILE_SCHEMAS[name], "utf-8")
    run = subprocess.run(
        [sys.executable, "-c", HOSTILE_RUN, *(str(folder / f"{name}.json") for name in names)],
        env={**os.environ, "PYTHONPATH": str(Path(custobar_formats.__file__).parent.parent)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert run.returncode == 0, f"{run.stdout[-500:]}\n{run.stderr[-2000:]}"  # the last path is the culprit's
    found: dict[str, list[str]] = {}
    for line in run.stdout.splitlines():
        path, outcome = line.split("\t")
        found.setdefault(Path(path).stem, []).append(outcome)
    return found


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=needs_jsonschema_rs if name == BACKTRACKS else ()) for name in HOSTILE_SCHEMAS]
)
def test_a_hostile_schema_is_accepted_or_refused(name: str, outcomes: dict[str, list[str]]) -> None:
    assert outcomes[name]
    assert set(outcomes[name]) <= {"taken", "refused"}
