"""Reading JSON many records at a time gives the same as reading the records one by one."""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from custobar_formats import load_schema, validate
from custobar_formats.core.findings import EndOfReading, make_finding
from custobar_formats.jsontext import bulk, by_line
from custobar_formats.jsontext import reader as json_reader
from custobar_formats.jsontext.scanner import Malformed, Scanner, Truncated, find_end, is_deep
from custobar_formats.schema.compiled import Schema
from custobar_formats.validation.cell_warnings import json_checks, record_warnings
from custobar_formats.validation.field_checks import FIELD_CHECKS, ITEM_SPACE
from custobar_formats.validation.record_filter import RecordFilter
from tests.laws import strategies

ANYTHING, CUSTOMERS = Schema({}), Schema(load_schema("customers"))
FEW, MANY = 3, 128
"""Records of a block."""

CUT_OFF = "\0cut off"
"""Marks the place where the text ends in a failure."""


def pieces(text: str, sizes: list[int]) -> Iterator[str]:
    """The text in chunks, up to the place where it ends in a failure."""
    before, mark, _ = text.partition(CUT_OFF)
    ends = itertools.accumulate(itertools.cycle(sizes))
    start = 0
    while start < len(before):
        end = next(ends)
        yield before[start:end]
        start = end
    if mark:
        raise EndOfReading(make_finding("undecodable-bytes", "here the bytes are wrong"))


@contextmanager
def one_by_one() -> Iterator[None]:
    """Turn off the reading of records in groups."""
    with (
        mock.patch.object(bulk.GroupScanner, "scan_lines", return_value=None),
        mock.patch.object(bulk.GroupScanner, "find_items", return_value=0),
    ):
        yield


def read(text: str, sizes: list[int], block: int, lines: bool | None, **options: Any) -> Any:
    """Everything that the reader gives."""
    every = mock.patch.object(json_reader, "WRAPPER_CHARS", len(text) + 1)  # or it looks one chunk ahead
    at_first = mock.patch.object(by_line, "WRAPPER_CHARS", len(text) + 1)
    small = mock.patch.object(bulk, "GROUP_CHARS", 16 * block)
    with mock.patch.object(json_reader, "BLOCK_ROWS", block), every, at_first, small:
        reader = json_reader.JsonReader(pieces(text, sizes), lines=lines, wanted=None, **options)
        records: list[Any] = []
        numbers: list[int] = []
        begins: list[int] = []
        findings: list[Any] = []
        skipped = 0
        for found in reader.blocks():
            records += found.records
            numbers += found.numbers
            begins += found.lines
            findings += found.findings
            skipped += found.skipped
        return repr(records), numbers, begins, findings, skipped, reader.wrapper


SIZES = st.one_of(strategies.cuts(), st.just([64]), st.just([10_000]))
DEEP = '{"a":' * 64 + "1" + "}" * 64


@given(
    strategies.json_files(),
    SIZES,
    st.sampled_from([1, FEW, MANY]),
    st.sampled_from([None, False, True]),
    st.sampled_from([float, Decimal]),
)
@example('{"a":1,"a":2}\n{"b":1}\n', [64], FEW, True, float)
@example('{"a":1}{"b":1}\n{"b":1}\n', [64], FEW, True, float)
@example('{"a":1} \n{"b":1}\n', [64], FEW, True, float)
@example('{"a":1}\n{"b":1},{}\n', [64], FEW, True, float)
@example('{"a":"\\\\"}\n{"b":1},{"c":1}\n', [64], FEW, True, float)
@example('{"a":[1\n2]}\n{"b":1},{"c":1}\n', [64], FEW, True, float)
@example('{"a":1}\r{"b":1}\r\n\n{"c":1}', [64], FEW, True, float)
@example('{"a":1e400}\n{"a":1e-400}\n{"a":0e-400}\n{"a":-1e999}\n', [64], FEW, True, float)
@example('{"a":"\\ud83d\\ude00"}\n{"a":"\\ud83d"}\n{"a":"\\\\ud83d"}\n', [64], FEW, True, float)
@example('{"a":"\\ud83d\\\n{"a":1}\n', [64], FEW, True, float)
@example(f"{DEEP}\n" * 2, [9_000], FEW, True, float)
@example('{"a":' + DEEP + '}\n{"b":1}\n', [9_000], FEW, True, float)
@example('[{"a":' + DEEP + '},{"b":1}]', [9_000], FEW, False, float)
@example('[{"a":1},\n {"a":1,"a":2}, {"b":2}\n,\n{"c":3}, 4, {"d":5}]', [9_000], MANY, False, float)
@example('{"customers":[{"a":12},{"a":"\\ud83d"},{"b":1}' + CUT_OFF, [9_000], MANY, False, float)
@example(
    '{"a":"Ã¤"}\n{"a":"â\\u0082¬"}\n{"a":"\\u00c3\\u00a4"}\n{"a":"Ã\\u00a4"}\n{"a":"â€\\u00a4"}\n', [64], 1, True, float
)
@example('{"a":1},"\x7f",{"a":2}\n{"a":"\\u007f"}\n{"a":[1\n2]}\n', [9_000], FEW, True, float)
@example('{"a":1},"\x7f",{"a":2}\n{"a":[1\n2]}\n', [9_000], FEW, True, float)
@example('{"a":1},"\\u007F",{"a":2}\n{"a":[1\n2]}\n', [9_000], FEW, True, float)
@example('{"a":[1\n{}\n2]}\n{"a":1},{"a":2}\n', [9_000], FEW, True, float)
@example('{"a":1}]\n[{"a":2}\n', [9_000], FEW, True, float)
@example('{"a":"\\"","a":2}\n{"a":"\\\\","b":"\\""}\n{"b":"\\"\\""}\n', [9_000], FEW, True, float)
@example('{"a":1}\r\n{"a":2}\r\n{"a":3}', [9_000], FEW, True, float)
@example('[{"a":[{"a":1}, {"a":2}]}, {"a":[{"a":3}, {"a":4}]}, {"a":"["}, {"a":5}]', [9_000], MANY, False, float)
@example('[{"a":1},\n{"a":[{},\n{"b":"},{"}]},\n{"a":1,\n"b":2},\n{"a":3},\n{"a":4}]', [9_000], MANY, False, float)
@example('[{"a":1},\n{"a":2}, {"a":3},\n{"a":4},\n{"a":5}]', [9_000], MANY, False, float)
@example('[{"a":1},\n{"a":2},{},\n{"a":"""}]', [9_000], FEW, False, float)
@example('[{"a":1},\n{"a":2},{"b":2},{"c":2},\n{"a":nul}]', [9_000], MANY, False, float)
@example('[{"a":1}, {"a":\n2}, {"b":3}, {"a":4}, {"a":5}]', [9_000], MANY, False, float)
@example('{"a":1}\n{"b":' + "1" * 4301 + '}\n{"c":' + "1" * 4300 + "}\n", [9_000], FEW, True, float)
@example('[{"a":"' + "x" * 5_000 + '"},{"a":NaN},{"a":[' + "1,  " * 2_000 + "-Infinity]}]", [64], FEW, False, float)
def test_json_read_by_groups_is_json_read_one_by_one(
    text: str, sizes: list[int], block: int, lines: bool | None, parse_float: Callable[[str], Any]
) -> None:
    """The same as one by one and in one piece, and as the json module where that reads a list of objects."""
    with one_by_one():
        wanted = read(text, [len(text) or 1], MANY, lines, parse_float=parse_float)
    records, *_, findings, skipped, _ = wanted
    if lines is False and not findings and not skipped and CUT_OFF not in text:
        whole = json.loads(text, parse_float=parse_float)
        assert records == repr(whole if isinstance(whole, list) else next(iter(whole.values())))
    for find_unchecked in (None, RecordFilter(ANYTHING).find_unchecked, RecordFilter(CUSTOMERS).find_unchecked):
        assert read(text, sizes, block, lines, parse_float=parse_float, find_unchecked=find_unchecked) == wanted


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("ascii_", [False, True])
def test_plain_lists_are_read_by_groups(indent: int | None, ascii_: bool) -> None:
    names = ["Käthy", 'a "b"', "], [", ""]
    records = [{"a": name, "b": [{"a": 1}, {"a": 2, "c": {}}]} for name in names * 5]
    text = json.dumps(records, indent=indent, ensure_ascii=ascii_)
    groups = bulk.GroupScanner(float, None)
    first = text.index("{")
    groups.learn_separator(text, json.JSONDecoder().raw_decode(text, first)[1])
    end = groups.find_items(text, first)
    group = groups.scan_items(text[first:end], 1)
    assert group is not None
    assert group.records == records[:-1]
    assert group.lines == [1 + text[first:].count("\n", 0, place) for place in find_starts(text[first:])][:-1]


def find_starts(text: str) -> list[int]:
    """The places where the items of a list begin."""
    starts, at = [], 0
    while at < len(text) - 1:
        starts.append(at)
        at = Scanner(text, at).scan()
        at += len(text[at:]) - len(text[at:].lstrip(", \n]"))
    return starts


@pytest.mark.parametrize("digits", [0, 640, 4300, 10_000])
def test_the_limit_of_digits_is_ours_whatever_the_host_allows(digits: int) -> None:
    before = sys.get_int_max_str_digits()
    lines = "".join('{"a":' + "1" * size + "}\n" for size in (10, 640, 641, 4300, 4301, 10_000, 10_001))
    sys.set_int_max_str_digits(digits)
    try:
        reader = json_reader.JsonReader([lines], wanted=None, lines=True)
        numbers = [number for block in reader.blocks() for number in block.numbers]
    finally:
        sys.set_int_max_str_digits(before)
    assert numbers == [number for number, size in enumerate((10, 640, 641, 4300), 1) if size <= (digits or 4300)]


@given(strategies.json_texts(), st.integers(0, 3))
@example('{"b":1e', 0)
@example('{"a":NaN,"a":1e999}', 0)
@example('{"a":tru', 0)
@example('"' + "a" * 40, 0)
@example("[" * 5_000, 0)
@example("[" + " " * 40, 0)
def test_the_end_of_a_value_is_where_the_scanner_finds_it(text: str, start: int) -> None:
    start += len(text[start:]) - len(text[start:].lstrip(" \t\r\n"))
    try:
        wanted: Any = Scanner(text, start).scan()
    except (Truncated, Malformed) as bad:
        wanted = type(bad)
    try:
        found: Any = find_end(text, start)
    except (Truncated, Malformed) as bad:
        found = type(bad)
    if found is Truncated:
        assert wanted in (Truncated, Malformed)  # a scanner knows
    elif wanted is Truncated:
        assert found == len(text)  # a number may go on
    else:
        assert found == wanted


@given(strategies.values(4), st.integers(0, 70))
def test_depth_is_counted_in_lists_and_objects(value: Any, more: int) -> None:
    def depth(part: Any) -> int:
        inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    for turn in range(more):
        value = [value, 1] if turn % 2 else {"a": [], "b": value}
    assert is_deep(value) == (depth(value) > 64)


@given(st.lists(strategies.values(3) | st.text("ÂÃâ\x80¤ \n\0#N/A", max_size=5), max_size=4), st.booleans())
def test_all_texts_with_a_warning_are_found(values: list[Any], has_schema: bool) -> None:
    records = [{"k": value, "type": value} for value in values]
    own = FIELD_CHECKS["events", ("type",)] if has_schema else ()
    checks = sorted([*json_checks(has_schema=has_schema), *own], key=lambda check: check.code)

    def texts(value: Any, path: Any) -> Any:
        if isinstance(value, str):
            yield path, value
        for step, inner in (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        ):
            yield from texts(inner, (*path, step))

    wanted = {}
    for place, record in enumerate(records):
        for path, text in texts(record, ()):
            asked = [check for check in checks if check.code != "similar-value" or path == ("type",)]
            if isinstance(path[-1], str):
                asked = [check for check in asked if check.find is not ITEM_SPACE.find]
            due = [(text, (check.code, *warning)) for check in asked if (warning := check.find(text))]
            if due and text:
                wanted[place, path] = due[0]
    found = record_warnings(records, "events", set(), has_schema=has_schema)
    assert {key: (text, warning[:3]) for key, (text, warning) in found.items()} == wanted


IDENTIFIERS = st.text(' ab"\\,1\u00e4', max_size=3) | st.sampled_from([" 1", "1.0", "10.0 ", "1.05", ".0"])


@given(
    st.lists(st.dictionaries(st.sampled_from(["product_id", "sale_id", "a"]), IDENTIFIERS | st.just(1.0)), max_size=4),
    st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")]),
    st.sampled_from([None, 1]),
)
def test_all_odd_identifiers_are_found(records: list[Any], separators: tuple[str, str], indent: int | None) -> None:
    records = [{"type": "BROWSE", "date": "2024-01-01", "customer_id": "C-1", **record} for record in records]
    text = json.dumps(records, indent=indent, ensure_ascii=False, separators=separators)
    findings = validate(text, "events").findings
    ids = [
        (at + 1, f"/{key}", record[key]) for at, record in enumerate(records) for key in record if key.endswith("_id")
    ]
    texts = [(row, path, value) for row, path, value in ids if isinstance(value, str) and value[-1:] != " "]
    for word, is_odd in (("identifier", r" .*"), ("decimal number", r"[0-9]+\.0")):
        found = {(each.row, each.path) for each in findings if word in each.message}
        assert found == {(row, path) for row, path, value in texts if re.fullmatch(is_odd, value)}


TEXTS = st.text("ab \t\u00a0\u3000#N/AE+15Ã¤\n", max_size=5) | st.sampled_from(["#N/A", "1,5E+12", "KÃ¤", "x ", "  "])


@given(
    st.lists(
        st.dictionaries(TEXTS, st.recursive(TEXTS, lambda inner: st.lists(inner, max_size=2), max_leaves=3), max_size=3)
    ),
    st.sampled_from([None, 1]),
    st.booleans(),
)
@example([{"a": "x "}, {"a": ["x ", " "]}], None, False)
@example([{"a": "\u00a0x"}], None, False)
def test_a_quick_look_at_json_overlooks_no_warning(records: list[Any], indent: int | None, ascii_: bool) -> None:
    for separators in ((",", ":"), (", ", ": "), (" , ", " : ")):
        text = json.dumps(records, indent=indent, ensure_ascii=ascii_, separators=separators)
        assert bulk._may_warn(text) or not record_warnings(records, "customers", set(), has_schema=True)
